"""
A task of your own: what to ask for, and how to read what comes back.

    python cookbook/03_own_task.py

A task is a frozen dataclass. Its fields are its settings; `request` says what is wanted and
`read` takes the value out of the answer, or says what is wrong with it. Neither does any
I/O, so any model that follows words can do it, in every way: call, stream, map, async.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from s2s_tasks import (
    Completion,
    InvalidOutput,
    Registry,
    Request,
    Result,
    Task,
    Tasks,
    Unsupported,
    hookimpl,
    tasks,
)
from s2s_tasks.testing import Scripted

MOST = 8
TEXT = "The ferry stopped at noon. The wind had torn off its flag, and the captain went after it."


# 1. The task. Its docstring is its help text, and so are the words beside its settings.
@dataclass(frozen=True, kw_only=True)
class Headline(Task[str, str]):
    """One line that makes people read the rest."""

    name: ClassVar[str] = "headline"

    tone: Annotated[Literal["plain", "dry", "breathless"], "how it sounds"] = "plain"

    def request(self, value: str) -> Request:
        return Request(
            task=self.name,  # for models that were trained for it,
            params={"tone": self.tone},
            parts=(value,),
            instruction=(  # and for those that follow words
                f"Write one {self.tone} headline of at most {MOST} words for the text."
                " Answer with the headline only."
            ),
            max_tokens=64,
        )

    def read(self, completion: Completion) -> str:
        line = completion.text.strip()
        if "\n" in line:
            raise InvalidOutput("That is more than one line.")
        if (words := len(line.split())) > MOST:
            raise InvalidOutput(f"The headline has {words} words; it must have at most {MOST}.")
        return line


# 2. Run it. A Scripted backend says what it is told to say, so no model is needed to try it.
scripted = Scripted("Captain Follows Flag")
result: Result[str] = Tasks(backend=scripted).run(Headline(tone="dry"), TEXT)
print(result)
print(scripted.requests[0].instruction)
#> Captain Follows Flag
#> Write one dry headline of at most 8 words for the text. Answer with the headline only.

# 3. What `read` complains about is shown to the model, which is asked again. Both attempts count.
scripted = Scripted(["Ferry Stops\n\nCaptain Gone After Flag", "Ferry Stops, Captain Gone"])
result = Tasks(backend=scripted).run(Headline(), TEXT)
print(result)
for attempt in result.attempts:
    print("-", attempt.finish, attempt.problem)
print("the second time it is told:", scripted.requests[1].earlier.complaint)
#> Ferry Stops, Captain Gone
#> - invalid That is more than one line.
#> - stop
#> the second time it is told: That is more than one line.

# 4. A backend that cannot do it is not asked to try.
try:
    tasks.run(Headline(), TEXT)
except Unsupported as error:
    print(error)
    print(*error.reasons, sep="\n")
#> no backend here can do the task 'headline' as asked
#> extractive: does not headline (it does summarize)

# 5. Maps, streams and `await client.arun(task, text)` need nothing more.
client = Tasks(backend=Scripted(["Captain Follows Flag", "Bell Rings, Soup Follows"]))
texts = [TEXT, "The bell rang at ten. There was soup afterwards."]
for result in client.map(Headline(tone="breathless"), texts):
    print(result.index, result)
#> 0 Captain Follows Flag
#> 1 Bell Rings, Soup Follows

for piece in Tasks(backend=Scripted("Captain Follows Flag")).stream(Headline(), TEXT):
    print(repr(str(piece)))
#> 'Captain'
#> ' Follows'
#> ' Flag'


# 6. As a plugin it becomes a verb of every client and a command: `s2s headline --tone dry`.
#    Here it is handed over by hand; recipe 02 shows how a plugin is installed.
class Plugin:
    @staticmethod
    @hookimpl
    def s2s_tasks() -> Iterable[type[Task]]:
        return [Headline]


client = Tasks(backend=Scripted("Flag Lost, Captain Gone"), registry=Registry(Plugin))
print(client.headline(TEXT, tone="plain"))
#> Flag Lost, Captain Gone
