"""
Translate ten thousand lines.

    python cookbook/05_local_models/many_lines.py toys/translator
    python cookbook/05_local_models/many_lines.py MODEL 500

goes through CTranslate2 with weights of int8 where that is installed, else through torch. Lines
that begin with `#>` are what the toy prints. The same of a file, as JSON Lines:

    s2s translate lines.txt --lines --to de --backend fast -m MODEL > german.jsonl
"""

import random
import sys
import time
from collections import Counter
from importlib.util import find_spec

import lessons

from s2s_tasks import Tasks

model = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000

# 1. The lines, and what the toy should make of them. One in a hundred is bad: it is empty, or has a
#    number that the toy loses.
rng = random.Random(1)
pairs = rng.choices(lessons.sentences(), k=count)
lines = [english for english, _ in pairs]
for at in range(50, count, 100):
    lines[at] = "" if at % 200 == 50 else "The old harbour is full of 4711 boats."

# 2. One call. It is lazy, and `lines` may be an endless generator: no more than some batches of them
#    are held, sorted by length, and handed back in order as soon as they are done.
backend = "fast" if find_spec("ctranslate2") else "local"
client = Tasks(backend=backend, model=model)
client.translate("The old harbour", to="de")  # converts and loads, which is not to be timed
began = time.perf_counter()
results = [*client.translate.map(lines, to="de")]
seconds = time.perf_counter() - began
print([result.index for result in results] == [*range(count)])
#> True

# 3. A bad line is a result with an error. It costs itself and nothing else.
failed = [result for result in results if not result.ok]
print(f"{len(failed) / count:.0%} failed")
#> 1% failed

problems = Counter(f"{type(result.error).__name__}: {result.error}" for result in failed)
for problem, times in sorted(problems.items()):
    print(f"{times / len(failed):.0%} {problem}")
#> 50% BadInput: the text is empty
#> 50% InvalidOutput: The translation must keep these numbers: 4711.

# 4. The others are right, or nearly all: int8 weights are a little coarser than those it learned.
done = zip(results, pairs, strict=True)
right = sum(result.ok and result.value == german for result, (_, german) in done)
print(right / (count - len(failed)) > 0.99)
#> True

# 5. How fast? That is told on standard error, since it is not the same twice.
tokens = sum(result.usage.output_tokens for result in results)
print(
    f"{backend}: {count:,} lines in {seconds:.1f} s, {count / seconds:,.0f} lines"
    f" and {tokens / seconds:,.0f} tokens a second",
    file=sys.stderr,
)
