"""
Choose how a model searches for its answer.

    python cookbook/05_local_models/choose_decoding.py toys/translator

Without a choice, it is done as the checkpoint's own settings say (here: four beams). Lines that
begin with `#>` are what the toy prints.
"""

import sys

from s2s_tasks import (
    Assistant,
    BadSetting,
    Beam,
    Greedy,
    Policy,
    PromptLookup,
    Sample,
    Tasks,
    Unsupported,
)

model = sys.argv[1]
client = Tasks(backend="local", model=model)
text = "The old harbour is closed today."

# 1. The likeliest token at each step, or the likeliest of several sentences side by side.
print(client.translate(text, to="de", decoding=Greedy()))
print(client.translate(text, to="de", decoding=Beam(4, length_penalty=1.2)))
#> Der alte Hafen ist heute geschlossen.
#> Der alte Hafen ist heute geschlossen.

# The others of the beam come with it.
best = client.translate(text, to="de", decoding=Beam(4, results=4))
print(best, len(best.alternatives), best.value in best.alternatives)
#> Der alte Hafen ist heute geschlossen. 3 False

# 2. By chance. A seed belongs to its request: the same again alone, in a batch, in any order.
drawn = Sample(temperature=1.5, top_k=20, seed=7)
alone = client.translate(text, to="de", decoding=drawn)
crowd = ["The red boat is full.", text, "We will see the new museum tomorrow."]
batch = [*client.translate.map(crowd, to="de", decoding=drawn)]
print(batch[1].value == alone.value)
#> True

seeds = [Sample(temperature=1.5, seed=seed) for seed in range(8)]
print(len({str(client.translate(text, to="de", decoding=seed)) for seed in seeds}) > 1)
#> True

# 3. Speculation changes the speed and not the answer. A smaller checkpoint of the same vocabulary
#    guesses ahead (the toy, for want of one, guesses for itself); another vocabulary is refused.
ahead = Greedy(speculation=Assistant(model, tokens=4))
print(client.translate(text, to="de", decoding=ahead))
#> Der alte Hafen ist heute geschlossen.


# 4. What cannot be honoured is refused before any work, with the way out, and never ignored.
def refused(who: Tasks, decoding: Greedy | Beam | Sample) -> None:
    try:
        print(who.translate(text, to="de", decoding=decoding))
    except Unsupported as error:
        print(error)


# Prompt lookup copies from the prompt, which only decoder-only models write on from.
refused(client, Greedy(speculation=PromptLookup(tokens=10)))
#> local cannot do this: has no prompt before its output to look ahead in (leave speculation out)

# CTranslate2 draws for all requests from one source.
fast = Tasks(backend="fast", model=model)
refused(fast, drawn)
refused(fast, ahead)
#> fast cannot do this: cannot keep a seed to one request (backend='local' can)
#> fast cannot do this: does not speculate (backend='local' can)

# Unless you say that it matters less than an answer. Then the result says what was dropped.
easy = fast.using(policy=Policy(on_unsupported="drop"))
print(*easy.translate(text, to="de", decoding=drawn).warnings)
#> dropped: fast cannot keep a seed to one request (backend='local' can)

# 5. What makes no sense cannot be written down: a strategy has only the settings that it has.
for wrong in (lambda: Beam(1), lambda: Sample(temperature=0), lambda: Beam(4, temperature=0.7)):
    try:
        wrong()
    except (BadSetting, TypeError) as error:
        print(error)
#> width=1 is out of range: 2 to 1024
#> temperature=0 is out of range: 0.01 to 10
#> Beam.__init__() got an unexpected keyword argument 'temperature'

# On the command line: --greedy, --beam 4, --temperature 0.7 --top-p 0.9 --seed 7, --max-tokens 60.
