"""
A form that fills while the model writes.

    python cookbook/06_extract/form.py
    python cookbook/06_extract/form.py MODEL

A piece of a stream has the data so far as its `value`: what has settled, and no half of a number
or a word. Fields and items are added, and none that was shown changes. Without MODEL a script
plays the model, and lines that begin with `#>` are what is printed.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from model import client
from replies import TEA
from shapes import Invoice

from s2s_tasks import InvalidOutput, Piece

mail = (Path(__file__).parent / "mails" / "1-tea.txt").read_text("utf-8")
BAD = TEA.replace("EUR", "euro").replace("T-1041", "1041")


class Form:
    """One row for the screen, with `_` for what is to come. It is told of every piece."""

    def __init__(self) -> None:
        self.row, self.attempt = "", 0

    def update(self, piece: Piece) -> bool:
        """Whether it looks different now."""
        before = self.row, self.attempt
        data = piece.value if isinstance(piece.value, Mapping) else {}
        fields = (_brief(data.get(name, "_")) for name in Invoice.model_fields)
        self.row, self.attempt = " | ".join(fields), piece.attempt
        return before != (self.row, self.attempt)


def _brief(value: object) -> str:
    """A field, whatever it is: the data is as the model writes it, and not checked yet."""
    return f"{len(value)} listed" if isinstance(value, list) else str(value)


# 1. Hand each piece to the form, and draw it where it has changed. In a terminal that is in place:
#    print(f"\r\033[K{form.row}", end="", flush=True); in a page it is sent to a script.
form = Form()
stream = client(TEA).extract.stream(mail, schema=Invoice)
for piece in stream:
    if form.update(piece):
        print(form.row)
#> _ | _ | _ | _ | _ | _
#> Elm Street Tea | _ | _ | _ | _ | _
#> Elm Street Tea | T-1041 | _ | _ | _ | _
#> Elm Street Tea | T-1041 | 2026-09-30 | _ | _ | _
#> Elm Street Tea | T-1041 | 2026-09-30 | EUR | _ | _
#> Elm Street Tea | T-1041 | 2026-09-30 | EUR | 1 listed | _
#> Elm Street Tea | T-1041 | 2026-09-30 | EUR | 2 listed | _
#> Elm Street Tea | T-1041 | 2026-09-30 | EUR | 2 listed | 56.9

# The pieces hold plain JSON, since half an Invoice is none. The result has the Invoice.
print(repr(stream.result.value.due))
#> datetime.date(2026, 9, 30)

# 2. All of it is checked at the end only. If it breaks the schema, the model is asked again, and
#    `piece.attempt` goes up: what was shown is void, and the form begins anew.
form = Form()
for piece in client([BAD, TEA]).extract.stream(mail, schema=Invoice):
    if piece.attempt > form.attempt:
        print("void:", form.row)
    form.update(piece)
print("good:", form.row)
#> void: Elm Street Tea | 1041 | 2026-09-30 | euro | 2 listed | 56.9
#> good: Elm Street Tea | T-1041 | 2026-09-30 | EUR | 2 listed | 56.9

# 3. If no answer is good, an error ends the loop, and the form was full by then. So act on a result,
#    and never on a form.
form = Form()
try:
    for piece in client(BAD).extract.stream(mail, schema=Invoice):
        form.update(piece)
except InvalidOutput as error:
    print("void:", form.row)
    print(error)
#> void: Elm Street Tea | 1041 | 2026-09-30 | euro | 2 listed | 56.9
#> The JSON does not fit the schema.
#> $.currency: must be one of "EUR", "USD", not "euro"


# 4. The same in a server, where many forms fill at once. Whoever closes a form stops its model: a
#    stream that is dropped asks for nothing more.
async def fill(form: Form) -> Invoice:
    stream = client(TEA).extract.stream(mail, schema=Invoice)
    async for piece in stream:
        form.update(piece)
    return stream.result.value


async def fill_all(*forms: Form) -> list[Invoice]:
    return await asyncio.gather(*map(fill, forms))


invoices = asyncio.run(fill_all(Form(), Form()))
print([invoice.number for invoice in invoices])
#> ['T-1041', 'T-1041']
