"""Claims about what a flow says beside its requests: remarks on the value, and its text."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import pytest
from verbs import every_verb

from s2s_tasks import InvalidOutput, Remark, Request, Shown, Task, Tasks, ask, together
from s2s_tasks.testing import Scripted


@dataclass(frozen=True, kw_only=True)
class Count(Task[str, int]):
    """Counts the letters that are answered for each word, and says of each what it is."""

    name: ClassVar[str] = "count"

    fails: bool = False
    goes_on: bool = False

    def request(self, value):
        return Request(task=self.name, parts=(value,), lead=None)

    def read(self, completion):
        return len(completion.text)

    def flow(self, value, budget):
        yield Remark("before anything is asked")
        counts = yield from together([self.word(word, budget) for word in value.split()], budget)
        yield Shown(f"{sum(counts)}!")
        if self.goes_on:
            yield from ask(self.request("more"), self.read, budget)
        if self.fails:
            raise InvalidOutput("the number is unlucky")
        return sum(counts)

    def word(self, word, budget):
        yield Remark(f"begins with {word[0]}")
        count = yield from ask(self.request(word), self.read, budget)
        yield Remark("is long") if count > 3 else Remark("is short")
        return count


def upper(request):
    return request.text.upper()


@every_verb
def test_remarks_become_warnings_each_once(verb):
    result = verb(Tasks(backend=Scripted(upper)), Count(), "some of others")
    assert result.value == 12
    said = ["before anything is asked", "begins with s", "begins with o", "is long", "is short"]
    assert result.warnings[0] == said[0]
    assert sorted(result.warnings) == sorted(said)


@every_verb
def test_remarks_are_kept_when_the_flow_fails(verb):
    with pytest.raises(InvalidOutput, match="unlucky") as raised:
        verb(Tasks(backend=Scripted(upper)), Count(fails=True), "a b").value
    assert "begins with a" in raised.value.result.warnings


async def read_async(made):
    return [piece async for piece in made]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_ends_in_the_text_that_the_flow_shows(is_async):
    made = Tasks(backend=Scripted(upper)).stream(Count(), "some of")
    pieces = asyncio.run(read_async(made)) if is_async else list(made)
    assert pieces == ["6!"]
    assert made.result.value == 6


def test_what_was_shown_before_more_is_asked_is_not_the_text_of_the_value():
    made = Tasks(backend=Scripted(upper)).stream(Count(goes_on=True), "some of")
    assert list(made) == []
    assert made.result.value == 6
