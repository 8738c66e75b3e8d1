"""
Translate a file, and keep its layout.

    python cookbook/05_local_models/translate_file.py toys/translator
    python cookbook/05_local_models/translate_file.py MODEL FILE

Lines that begin with `#>` are what the toy prints. The same from the command line:

    s2s translate FILE --to de --backend local -m MODEL -o notice.de.md
"""

import re
import sys
from pathlib import Path

from s2s_tasks import InvalidOutput, Tasks

model, *rest = sys.argv[1:]
file = Path(rest[0]) if rest else Path(__file__).parent / "notice.md"
notice = file.read_text(encoding="utf-8")

# 1. Any checkpoint that translates, by its folder or its name on the hub. It is shown sentences
#    only: headings, marks of lists, indentation and blank lines are put back around them.
client = Tasks(backend="local", model=model)
german = client.translate(notice, to="de")
Path(f"{file.stem}.de{file.suffix}").write_text(german.value, encoding="utf-8")
print(german, end="")
#> # Der alte Hafen
#>
#> Der alte Hafen ist heute geschlossen. Wir werden morgen die neue Fähre sehen.
#>
#> - Die rote Brücke ist geöffnet.
#> - Der kleine Markt ist am Montag voll.
#> 1. Das weiße Boot ist kalt.
#> 2. Der grüne Bahnhof ist mittags leer.
#>
#> > Die neue Schule ist geschlossen.
#>
#>
#> ## Das kleine Museum
#>
#> Wir werden am Montag das kleine Museum sehen.


# 2. That is the whole layout: the line break inside a sentence is the only one that is not kept.
joined = notice.replace("ferry\ntomorrow", "ferry tomorrow")
marks = re.compile(r"^[ ]*(?:[#>-]+ |\d+\. )?", re.MULTILINE)
print(marks.findall(german.value) == marks.findall(joined))
#> True

# 3. All of it was read, a sentence at a time and many side by side. Local work costs nothing.
print(f"{german.coverage.ratio:.0%} read in {len(german.attempts)} requests, ${german.cost}")
#> 100% read in 10 requests, $0

# 4. What a translation must keep is looked for: addresses, placeholders, numbers of three digits
#    and more. The toy has not learned to copy them, and that does not pass for a translation.
for text in (
    "The new museum is open, see https://example.org/open.",
    "The old harbour is full of 4711 boats.",
):
    try:
        print(client.translate(text, to="de"))
    except InvalidOutput as error:
        print(error)
#> The translation must keep these addresses as they are: https://example.org/open.
#> The translation must keep these numbers: 4711.
