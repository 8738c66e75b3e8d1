"""
Who is who in a long text: types within types, windows, and what the text says in two ways.

    python cookbook/06_extract/knowledge.py
    python cookbook/06_extract/knowledge.py MODEL FILE

Without MODEL a script plays one that reads 400 words at once, too few for the text. Lines that
begin with `#>` are printed then.
"""

import re
import sys
from pathlib import Path
from typing import Literal

import replies
from model import client
from pydantic import BaseModel, Field, model_validator

file = Path(sys.argv[2]) if sys.argv[2:] else Path(__file__).parent / "chronicle.txt"
text = file.read_text("utf-8")


# 1. The types. The model is shown names, docstrings and descriptions; an enum keeps it to words that
#    your program knows.
class Person(BaseModel):
    name: str
    work: str | None = Field(None, description="what the person does for a living")


class Organisation(BaseModel):
    name: str
    kind: Literal["company", "club", "office"]


class Relation(BaseModel):
    who: str = Field(description="a person or an organisation, by its name")
    does: Literal["founded", "leads", "owns", "works for"]
    what: str = Field(description="an organisation, by its name")


class Knowledge(BaseModel):
    """What a text says about a company and those around it."""

    company: str
    founded: int = Field(description="the year")
    people: list[Person]
    organisations: list[Organisation]
    relations: list[Relation]

    @model_validator(mode="after")
    def _ends_are_known(self) -> "Knowledge":
        known = {one.name for one in self.people} | {one.name for one in self.organisations}
        ends = {end for relation in self.relations for end in (relation.who, relation.what)}
        if strangers := sorted(ends - known):
            raise ValueError(f"in a relation, but not listed: {', '.join(strangers)}")
        return self


# 2. One call, as for a short text. A text that does not fit is read in windows which overlap by some
#    sentences, so that what stands at a border is read whole once.
found = client(replies.chronicle, context=400).extract(text, schema=Knowledge)
print(f"{len(text.split())} words in {len(found.attempts)} parts, {found.coverage.ratio:.0%} read")
#> 656 words in 6 parts, 100% read

# 3. Lists are joined; what two parts list alike stands there once, and what they describe in two ways
#    twice. A part may leave out what it does not say: rules of your own are for the whole.
for person in found.value.people:
    print(person.name, "-", person.work)
for one in found.value.relations:
    print(one.who, one.does, one.what, sep=" / ")
#> Ada Harrow - pilot
#> Jonas Reed - teacher
#> Mira Sole - engineer
#> Tom Sole - None
#> Ada Harrow / founded / Harrow Line
#> Harrow Line / owns / Bay Boatyard
#> Jonas Reed / founded / Bay Bird Club
#> Jonas Reed / leads / Bay Bird Club
#> Mira Sole / leads / Harrow Line
#> Tom Sole / works for / Harbour Office

# 4. Of what there is one of, the value counts that most parts name. That they disagree is a warning,
#    with the places: a guide to the town has its digits the wrong way round.
print(found.value.founded)
print(*found.warnings, sep="\n")
#> 1912
#> parts of the text disagree: $.founded is 1912 (characters 0-733, 2,993-3,310), not 1921
#  (characters 1,369-1,851)

# Whoever has to decide can look it up.
for at in re.finditer(r"\S+ \S+ founded in \d+", text):
    print(f"{at.start():,}: ... {at[0]}")
#> 119: ... line was founded in 1912
#> 1,692: ... Harrow Line, founded in 1921
#> 3,081: ... line was founded in 1912

# 5. If the whole breaks a rule, the model is asked once more: about what was found, and no longer
#    about the text. That is a warning, too.
found = client(replies.forgetful, context=400).extract(text, schema=Knowledge)
print(*(person.name for person in found.value.people), sep=", ")
print(found.warnings[-1])
#> Ada Harrow, Jonas Reed, Mira Sole, Tom Sole
#> the model made the values of the parts fit: The JSON breaks a rule that the schema cannot say. $:
#  in a relation, but not listed: Tom Sole
