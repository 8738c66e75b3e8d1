"""
Which kind of model should do it? Two situations, and a kind of your own.

Nothing is run or asked here: the decision rests on what is told, on dated prices, and on what
was measured on this machine (`s2s measure`), of which there is nothing in this recipe.
"""

from s2s_tasks import Registry, hookimpl
from s2s_tasks.decide import Architecture, Finding, Hardware, Needs, decide

# 1. An API, or a small model of your own? It depends on the volume, and on labelled pairs at hand.
for volume, pairs in ((1_000, 0), (1_000_000, 0), (1_000_000, 20_000)):
    advice = decide(Needs(task="translate", to="de", volume_per_day=volume, labelled_pairs=pairs))
    print(f"{volume:,} a day, {pairs:,} pairs: {advice.architecture}")
#> 1,000 a day, 0 pairs: decoder-only-api
#> 1,000,000 a day, 0 pairs: encoder-decoder
#> 1,000,000 a day, 20,000 pairs: encoder-decoder-fine-tuned

# Where would the last answer turn?
print(*advice.break_even, sep="\n")
#> an API costs as much as one machine ($9.60 a day) at 320,000 items a day
#> below about 120,000 items a day: decoder-only-api
#> from about 18,000 tokens an item on: decoder-only-api
#> below 5,000 labelled pairs: encoder-decoder
#> if the API cost 12% of what it does: decoder-only-api

# 2. Fifty thousand long documents that may not leave the building, and one machine without an
#    accelerator.
office = Hardware(cores=8, ram_gb=32, gpu_gb=0)
papers = Needs(
    task="summarize", documents=50_000, input_tokens=12_000, local_only=True, hardware=office
)
advice = decide(papers)
print(advice.architecture, "-", *advice.because[:1])
for no in advice.rejected:
    if no.subject in {"decoder-only-api", "decoder-only-local", "extractive"}:
        print(f"not {no.subject}: {no.text}")
#> encoder-decoder - a model trained for one mapping, as it comes: translation by pairs, news in brief
#> not extractive: 0.67 against 0.75 in all: quality 0.40 against 0.60
#> not decoder-only-api: sends data off this machine
#> not decoder-only-local: would keep 24.6 machines like this one busy


# 3. A kind of your own, as a plugin offers it: what it can do and how well, and what speaks for it.
class OurPlugin:
    @hookimpl
    def s2s_architectures(self):
        yield Architecture(
            "phrasebook",
            "sentences that our translators have done before, looked up",
            quality={"translate": 0.99},
            writes=False,
            findings=(
                Finding("house letters repeat themselves", 0.0, lambda needs: needs.domain == "letters"),
            ),
        )


registry = Registry(OurPlugin())
letters = Needs(task="translate", to="de", domain="letters", local_only=True)
advice = decide(letters, rows=registry.architectures.values())
print(advice.architecture)
print(*advice.because, sep="\n")
#> phrasebook
#> house letters repeat themselves (judgement)
