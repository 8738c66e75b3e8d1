"""A task for tests of the engine: it says its text back."""

from dataclasses import dataclass
from typing import ClassVar

from s2s_tasks import BadInput, InvalidOutput, Registry, Request, Task, Tasks, hookimpl
from s2s_tasks.testing import Scripted


@dataclass(frozen=True, kw_only=True)
class Echo(Task[str, str]):
    """Says it back; an answer that holds "bad" is against its rules."""

    name: ClassVar[str] = "echo"

    def request(self, value):
        if not value.strip():
            raise BadInput("the text is blank", hint="give some words")
        return Request(task=self.name, parts=(value,), instruction="Say it back.")

    def read(self, completion):
        text = completion.text.strip()
        if "bad" in text or not text:
            raise InvalidOutput("the answer must not be bad")
        return text


def client(*script, **options):
    """A client bound to a Scripted backend with these answers."""
    backend = Scripted(script[0] if len(script) == 1 else list(script), **options)
    return Tasks(backend=backend, registry=Registry())


def upper(request):
    return request.text.upper()


def registry(*backends):
    """A registry in which these Scripted backends are installed."""

    class Plugin:
        @hookimpl
        def s2s_backends(self):
            return [backend.spec for backend in backends]

    return Registry(Plugin())
