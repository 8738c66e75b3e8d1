"""
Rules of your own, and a model that is told when it breaks one.

    python cookbook/06_extract/own_rule.py
    python cookbook/06_extract/own_rule.py MODEL

A schema says what a value looks like. That a total is the sum of its lines, or that a seller is
known, no schema can say, and no mask can hold. Such a rule is looked at when the answer is there;
what it complains about is shown to the model, which is asked again. Without MODEL a script plays
the model, with a bad answer first. Lines that begin with `#>` are printed then.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar

from model import client
from pydantic import model_validator
from replies import TEA
from shapes import Invoice

from s2s_tasks import Completion, InvalidOutput, Policy
from s2s_tasks.catalog import Extract

mail = (Path(__file__).parent / "mails" / "1-tea.txt").read_text("utf-8")
ONE_TIN = TEA.replace('"count": 2', '"count": 1')
CURT = TEA.replace("Elm Street Tea", "Elm Tea")


# 1. A rule that belongs to the type is a validator of pydantic's. The words of its ValueError are
#    for the model: say what is wrong, with the numbers, and leave the repair to it.
class Checked(Invoice):
    @model_validator(mode="after")
    def _adds_up(self) -> "Checked":
        lines = sum((line.count * line.price for line in self.lines), Decimal(0))
        if lines != self.total:
            raise ValueError(f"the lines come to {lines:.2f}, and the total is {self.total:.2f}")
        return self


found = client([ONE_TIN, TEA]).extract(mail, schema=Checked)
print(found.value.lines[0].count, "tins")
for attempt in found.attempts:
    print(f"- {attempt.finish}: {attempt.problem}")
#> 2 tins
#> - invalid: The JSON breaks a rule that the schema cannot say.
#> $: the lines come to 44.40, and the total is 56.90
#> - stop:

# 2. It is asked again once, or as often as the policy says. A model that does not learn is an error,
#    which has all that it said: no value passes that breaks a rule.
try:
    client(ONE_TIN).extract(mail, schema=Checked, policy=Policy(repairs=2))
except InvalidOutput as error:
    print(len(error.result.attempts), "attempts, and the last said", error.completion.text[-15:])
#> 3 attempts, and the last said "total": 56.90}


# 3. A rule that needs to know more than the value is a task of your own. It is `extract` in all
#    other ways: calls, streams, maps, long texts. `read` has the whole answer; an InvalidOutput is
#    what the model is told.
@dataclass(frozen=True, kw_only=True)
class ReadBill(Extract[Checked]):
    """Read a bill of a seller that we know."""

    name: ClassVar[str] = "read_bill"

    schema: type[Checked] = Checked
    sellers: Annotated[tuple[str, ...], "whom we buy from"]

    def read(self, completion: Completion) -> Checked:
        bill = super().read(completion)
        if bill.seller not in self.sellers:
            known = ", ".join(self.sellers)
            raise InvalidOutput(f"{bill.seller!r} is none of our sellers. They are: {known}")
        return bill


task = ReadBill(sellers=("Elm Street Tea", "Harbour Boats Ltd."))
found = client([CURT, TEA]).run(task, mail)
print(found.value.seller)
print(found.attempts[0].problem)
#> Elm Street Tea
#> 'Elm Tea' is none of our sellers. They are: Elm Street Tea, Harbour Boats Ltd.

# Recipe 03 shows how a task becomes a verb of every client, and a command of `s2s`.
