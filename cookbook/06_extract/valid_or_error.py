"""
Valid or an error: a model that has learned nothing, held to a schema by a mask over its tokens.

    python cookbook/06_extract/untrained.py toys
    python cookbook/06_extract/valid_or_error.py toys/untrained

Its values are noise, and have nothing to do with the mail; but they fit, always. So this is no
extraction. It is what holds for every local model through torch, on its worst day. Lines that begin
with `#>` are printed.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field
from shapes import Invoice

from s2s_tasks import Beam, CutOff, Greedy, InvalidOutput, Sample, Tasks

client = Tasks(backend="local", model=sys.argv[1])
mail = (Path(__file__).parent / "mails" / "1-tea.txt").read_text("utf-8")
mails = [f"{mail}\nP.S. This is mail number {n}." for n in range(20)]
DESKS = ["refund", "bug", "praise"]


# 1. A shape that has an end everywhere: no text, number or list in it can go on for ever. So every
#    answer comes to its end and fits, by whatever search.
class Note(BaseModel):
    subject: str = Field(max_length=30)
    desk: Literal["refund", "bug", "praise"]
    urgency: int = Field(ge=1, le=5)
    tags: list[Literal["tea", "boat", "crane"]] = Field(max_length=3)
    paid: bool | None


for decoding in (Greedy(), Beam(3), Sample(temperature=1.5, seed=1)):
    found = client.extract(mail, schema=Note, decoding=decoding)
    print(type(found.value).__name__, found.enforced, found.value.desk in DESKS)
#> Note by mask True
#> Note by mask True
#> Note by mask True

# Twenty in batches, by chance. `.value` would raise if one of them were an error.
batches = client.extract.map(mails, schema=Note, decoding=Sample(temperature=1.5))
notes = [result.value for result in batches]
print(len(notes), all(len(note.subject) <= 30 and 1 <= note.urgency <= 5 for note in notes))
#> 20 True

# 2. An Invoice has texts and numbers without an end, and dates. So an answer may be cut off, and what
#    a mask lets pass may still be no date (a month has two digits, and there was no year 0) or no
#    number that can be held. Then the result is an error which says so, and keeps the answer.
drawn = Sample(temperature=1.2, max_tokens=160)
results = [*client.extract.map(mails[:10], schema=Invoice, decoding=drawn)]
ends = Counter(type(result.error or result.value) for result in results)
print(ends.total(), "ends:", ends.keys() <= {Invoice, CutOff, InvalidOutput})
#> 10 ends: True

# There is no third: nothing is mended, closed, or passed as it is.
for result in results:
    if not result.ok:
        assert result.attempts[-1].partial.startswith('{"seller":"')

# 3. Streams are held in the same way. What has settled stays, and the last is the value.
stream = client.extract.stream(mail, schema=Note)
seen = [piece.value for piece in stream]
print(seen[-1] == stream.result.value.model_dump())
#> True

# 4. A raw JSON Schema gives plain data, and labels are kept to by the same mask.
scale = {"type": "array", "items": {"enum": [1, 2, 3, 4, 5]}, "minItems": 4, "maxItems": 4}
print(len(client.extract(mail, schema=scale).value))
print(client.classify(mail, labels=DESKS).value.label in DESKS)
#> 4
#> True

# 5. What no mask can hold is told in words, checked, and recorded: here, that all items differ. A
#    model that can read does it; this one gives an error.
differ = {**scale, "uniqueItems": True}
for result in client.extract.map([mail], schema=differ, decoding=Greedy(max_tokens=40)):
    print(type(result.error) in {CutOff, InvalidOutput}, result.enforced)
    print(*result.warnings)
#> True not
#> told in words and checked, since no mask can hold it: Unimplemented keys: ["uniqueItems"]
