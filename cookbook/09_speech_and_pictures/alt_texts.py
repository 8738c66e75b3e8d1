"""
Alternative texts for the pictures of a folder, by a model on this machine.

    python cookbook/09_speech_and_pictures/alt_texts.py FOLDER [MODEL]

Nothing leaves the machine, and no picture is paid for: for Claude see 07_remote. They are
written to FOLDER/alt.html, a page that shows each picture with its text, to be read over by
somebody who knows what the pictures are there for. Lines that begin with `#>` are what is
printed of a folder with three files, of which one is no picture, and a small model that knows
coloured shapes only.
"""

import html
import sys
from pathlib import Path

from s2s_tasks import Policy, Tasks

folder = Path(sys.argv[1])
model = sys.argv[2] if len(sys.argv) > 2 else None
client = Tasks(model=model, policy=Policy(local_only=True))

pictures = sorted(file for file in folder.iterdir() if file.suffix in {".png", ".jpg", ".webp"})
rows = []
for picture, result in zip(pictures, client.caption.map(pictures), strict=True):
    print(f"{picture.name}: {result.value if result.ok else result.error}")
    if result.ok:
        alt = html.escape(result.value)
        rows.append(f'<p><img src="{picture.name}" alt="{alt}"><br>{alt}</p>')
(folder / "alt.html").write_text("\n".join(rows), "utf-8")
#> lost.png: lost.png is of no known media type
#> one.png: three red squares
#> two.png: a blue star left of two green circles

# The same from the command line, a text file for each picture:
#
#    s2s caption 'FOLDER/*.png' --local-only -o FOLDER/alt/
