"""
Alternative texts for the pictures of a folder, by Claude.

    export ANTHROPIC_API_KEY=...
    python cookbook/07_remote/alt_texts.py FOLDER

They are written to FOLDER/alt.json. Pictures that have one there are left alone, so the next run
pays for new ones only, and goes on where this one was stopped. Lines that begin with `#>` are what
is printed of a folder with two pictures, and a third file that is none.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

from s2s_tasks import Policy, Tasks

KINDS = {".png", ".jpg", ".jpeg", ".gif", ".webp"}

# A small model sees well enough. The wall stands around the whole folder: before each picture it
# is asked whether the next may cost more than is left, and then that one is an error, unsent.
client = Tasks(backend="claude", model="haiku", policy=Policy(max_cost=Decimal("1.00")), timeout=60)

folder = Path(sys.argv[1])
kept = folder / "alt.json"
known: dict[str, str] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
pictures = [
    file
    for file in sorted(folder.iterdir())
    if file.suffix.lower() in KINDS and file.name not in known
]

spent: Decimal | None = Decimal(0)
results = client.caption.map(pictures, style="alt", max_words=30)
for picture, result in zip(pictures, results, strict=True):
    if result.ok:
        known[picture.name] = result.value
        kept.write_text(json.dumps(known, indent=2, ensure_ascii=False), "utf-8")
        print(f"{picture.name}: {result.value} (${result.cost})")
    else:
        print(f"{picture.name}: {result.error}")
    # A cost that nobody knows is None and not 0: then the sum is not known either.
    spent = None if spent is None or result.cost is None else spent + result.cost
print("cost:", "not known" if spent is None else f"${spent}")
#> boat.png: A red boat on dark blue water. ($0.00035)
#> lost.jpg: lost.jpg is of no known media type
#> tower.png: A grey tower with a yellow light. ($0.00035)
#> cost: $0.00070

# Eight pictures are on their way at once, and they come back in order; as_completed() of the results
# hands them over as they are done, by their `index`. What the service tells of your limits per minute
# is kept to. To stay below what you share with others, say so yourself:
#
#    from s2s_claude.opening import opened
#    from s2s_tasks.remote.rates import Rates
#    client = Tasks(backend=opened("haiku", rates=Rates(requests_per_minute=50)))
#
# Pictures larger than the model sees are made smaller here, before they are sent.
