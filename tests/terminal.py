"""`s2s` as a function: arguments and standard input to output, words and exit code."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from click.testing import CliRunner

from s2s_tasks import InvalidOutput, Registry, Request, Task, hookimpl
from s2s_tasks.cli.program import program
from s2s_tasks.testing import Scripted


@dataclass(frozen=True, kw_only=True)
class Headline(Task[str, str]):
    """Put a headline over a text."""

    name: ClassVar[str] = "write_headline"

    tone: Annotated[Literal["dry", "loud"], "manner of speaking"] = "dry"
    words: Annotated[tuple[str, ...], "words that must occur"] = ()
    extra: Annotated[dict[str, str], "more to know"] = field(default_factory=dict)
    json: Annotated[bool, "a name that an option of the run has too"] = True

    def request(self, value):
        params = {"tone": self.tone, "words": "|".join(self.words), "json": str(self.json)}
        return Request(task=self.name, parts=(value,), params=params | self.extra)

    def read(self, completion):
        if "bad" in completion.text:
            raise InvalidOutput("the headline must not be bad")
        return completion.text


def registry(*backends):
    """A registry with these backends and the task `write_headline`."""

    class Plugin:
        @hookimpl
        def s2s_backends(self):
            return [backend.spec for backend in backends]

        @hookimpl
        def s2s_tasks(self):
            return [Headline]

    return Registry(Plugin())


def s2s(*arguments, backend=None, stdin=None, known=None):
    """The end of `s2s ARGUMENTS`: .stdout, .stderr, .exit_code."""
    if known is None:
        known = registry(backend or Scripted(upper))
    # A default of the machine must not steer the tests.
    unset = dict.fromkeys(["S2S_BACKEND", "S2S_MODEL", "S2S_LOCAL_ONLY", "S2S_DEBUG"])
    return CliRunner(env=unset).invoke(program, [*map(str, arguments)], input=stdin, obj=known)


def upper(request):
    return request.text.upper()


def failing_on(word, error):
    """A script that answers in capitals, and with the error where the text has the word."""
    return lambda request: error if word in request.text else upper(request)
