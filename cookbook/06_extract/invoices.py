"""
Invoices from e-mails.

    python cookbook/06_extract/invoices.py
    python cookbook/06_extract/invoices.py MODEL

Without MODEL, a name on the hub or a folder, a script plays the model: its answers stand in
replies.py, and what is shown is what becomes of them. Lines that begin with `#>` are printed then.
The same from the command line, in this folder:

    s2s extract mails/*.txt --schema shapes:Invoice --backend local -m MODEL > invoices.jsonl
"""

from pathlib import Path

from model import client
from replies import BOAT, TEA
from shapes import Invoice

from s2s_tasks import InvalidOutput

folder = Path(__file__).parent / "mails"
mails = [file.read_text("utf-8") for file in sorted(folder.glob("*.txt"))]
tea, lunch, *_ = mails

# 1. A shape and a text. What comes back is an Invoice: dates are dates, money is Decimal. Models
#    like to put their JSON into a Markdown fence; that is taken off, and nothing else is guessed.
found = client(f"```json\n{TEA}\n```").extract(tea, schema=Invoice)
invoice = found.value
print(f"{invoice.seller} wants {invoice.total:.2f} {invoice.currency} by {invoice.due}")
#> Elm Street Tea wants 56.90 EUR by 2026-09-30

# How it was kept to the schema: "by mask" on a local model, which can write nothing else; "not"
# for one that is told in words. The value was checked in both cases.
print(found.enforced)
#> not

# 2. A mail that holds no invoice. If the shape has no word for that, a model that answers in words
#    is an error, which keeps the answer ...
try:
    print(client("There is no invoice in this mail.").extract(lunch, schema=Invoice))
except InvalidOutput as error:
    print(error)
    print(error.completion.text)
    print(len(error.result.attempts), "attempts")
#> The answer is not valid JSON: Expecting value at line 1 column 1, before "There is no invoice ".
#> There is no invoice in this mail.
#> 2 attempts

# ... and one that is held to the schema has to make an invoice up. So say that there may be none:
# then null is an answer like any other. (A type checker takes list[Invoice], or a model that has a
# field of type Invoice | None, where you would have to silence it here.)
found = client("null").extract(lunch, schema=Invoice | None)
print(found.value, found.ok)
#> None True

# 3. The whole mailbox in one call: lazy, in order, in batches. What is wrong with one mail is an
#    error of its own result. (Use list[Invoice] where a mail may hold more than one.)
mailbox = [*mails, ""]
results = [*client([TEA, "null", BOAT, "null"]).extract.map(mailbox, schema=Invoice | None)]
for result in results:
    if not result.ok:
        print(result.index, "unread:", result.error)
    elif result.value is None:
        print(result.index, "no invoice")
    else:
        print(result.index, result.value.number, f"{result.value.total:.2f}", *result.warnings)
#> 0 T-1041 56.90
#> 1 no invoice
#> 2 77/B 120.00 $.currency: "eur" was read as "EUR"
#> 3 no invoice
#> 4 unread: the text is empty

# A model that is only told may spell an enum in its own way; what was read for it is a warning.

# 4. From here on it is data.
invoices = [result.value for result in results if result.ok and result.value]
print(f"{sum(invoice.total for invoice in invoices):.2f} EUR to pay")
print(invoices[1].model_dump_json(exclude={"lines"}))
#> 176.90 EUR to pay
#> {"seller":"Harbour Boats Ltd.","number":"77/B","due":null,"currency":"EUR","total":"120"}
