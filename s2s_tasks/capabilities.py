"""
What a backend can do, known without loading it, and why it cannot do what is asked.

`misfits` is one truth with two uses: the decision helper rejects by it, the engine refuses by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .decoding import Beam, Decoding, Greedy, Sample
from .errors import BadSetting
from .exchange import Enforces, Modality, Request
from .form import Choice
from .language import nearest_languages

__all__ = ["ANY_DECODING", "Capabilities", "Misfit", "Place", "unwritten"]

ANY_DECODING: frozenset[type[Decoding]] = frozenset({Greedy, Beam, Sample})
LANGUAGE_PARAMS = ("language", "source", "to")
UNWRITTEN = {"embed": "an embedding model", "transcribe": "a speech model"}
"""Tasks whose answers no text can be, and who gives them."""


class Place(StrEnum):
    """Where the input goes."""

    LOCAL = "local"
    REMOTE = "remote"


@dataclass(frozen=True)
class Misfit:
    """Why a backend cannot honour a request, which `option` it is about, what to do instead."""

    option: str
    reason: str
    instead: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.instead})" if self.instead else self.reason


def unwritten(request: Request) -> Iterator[Misfit]:
    """Why a backend that writes text, for whatever task, cannot do this one."""
    if kind := UNWRITTEN.get(request.task):
        yield Misfit("task", f"writes text, and {request.task} asks for more", f"name {kind}")


@dataclass(frozen=True)
class Capabilities:
    """
    What a backend can do, known without loading it.

    `architecture` names a row of the decision helper. `tasks`: None for a model that takes
    any task. `params`: settings that it honours, None if it takes them all (in words, say).
    `follows_words`: it reads instructions, so it can be told a schema in words and
    asked to repair an answer. `reads_words`: system and instruction are part of its input,
    whether it follows them or not. `writes_json`: it answers with JSON of its own where a schema
    is asked for, which is checked and cannot be held to it. `languages`: BCP-47 primary codes, None for any. `context`:
    tokens of input, None for no limit. `window`: given for translators that
    were trained on sentences and lose what follows one: the most tokens of a sentence. `concurrency`: calls at once,
    over all clients of the program; `batch`: requests worth giving to one call.
    """

    architecture: str
    place: Place = Place.LOCAL
    accepts: frozenset[Modality] = frozenset({Modality.TEXT})
    tasks: frozenset[str] | None = None
    params: frozenset[str] | None = None
    follows_words: bool = False
    reads_words: bool = True
    writes_json: bool = False
    enforces: Enforces = Enforces.NOT
    strategies: frozenset[type[Decoding]] = frozenset({Greedy})
    streams: bool = False
    languages: frozenset[str] | None = None
    context: int | None = None
    window: int | None = None
    concurrency: int = 1
    batch: int = 1

    def __post_init__(self) -> None:
        for name in ("concurrency", "batch", "context", "window"):
            number = getattr(self, name)
            if number is not None and (not isinstance(number, int) or number < 1):
                raise BadSetting(f"{name}={number!r} of a backend is not a whole number above 0")

    def told(self, request: Request) -> str:
        """What of a request stands in its input beside the text."""
        if self.reads_words:
            return request.system + request.words
        return " ".join(request.params.values())  # a question, the names of languages

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        """Why this request cannot be honoured; empty if it can."""
        checks = (
            self._place(local_only=local_only),
            self._task(request),
            self._modalities(request),
            self._strategy(request),
            self._schema(request),
            self._form(request),
            *self._params(request),
            *self._languages(request),
        )
        return tuple(misfit for misfit in checks if misfit)

    def _place(self, *, local_only: bool) -> Misfit | None:
        if local_only and self.place == Place.REMOTE:
            return Misfit("policy", "sends data off this machine", "Policy(local_only=False)")
        return None

    def _task(self, request: Request) -> Misfit | None:
        if self.tasks is not None and request.task not in self.tasks:
            return Misfit("task", f"does not {request.task}", f"it does {_list(self.tasks)}")
        return None

    def _modalities(self, request: Request) -> Misfit | None:
        missing = request.modalities - self.accepts
        if not missing:
            return None
        instead = f"it reads {_list(self.accepts)}"
        if missing == {Modality.DOCUMENT} and Modality.IMAGE in self.accepts:
            instead = "give its pages as pictures, or its text, or ask a remote model"
        return Misfit("input", f"cannot read {_list(missing)}", instead)

    def _strategy(self, request: Request) -> Misfit | None:
        if request.decoding is None or type(request.decoding) in self.strategies:
            return None
        names = _list({kind.__name__ for kind in self.strategies}) or "no decoding option"
        asked = type(request.decoding).__name__
        return Misfit("decoding", f"does not decode by {asked}", f"it takes {names}")

    def _schema(self, request: Request) -> Misfit | None:
        told = self.follows_words or self.writes_json
        if request.schema is None or told or self.enforces is not Enforces.NOT:
            return None
        return Misfit("schema", "cannot be held to a schema, nor told one in words")

    def _form(self, request: Request) -> Misfit | None:
        if self.enforces is Enforces.BY_MASK or isinstance(request.form, Choice | None):
            return None  # whether it is one of some texts, can be seen
        kind = type(request.form).__name__
        return Misfit(kind.lower(), f"cannot be held to a {kind}", "take one that masks tokens")

    def _params(self, request: Request) -> Iterator[Misfit]:
        if self.params is None or self._task(request):
            return  # another task's settings say nothing
        for name in request.params:
            if name not in self.params:
                yield Misfit(name, f"has no setting {name!r}", f"it has {_list(self.params)}")

    def _languages(self, request: Request) -> Iterator[Misfit]:
        for param in LANGUAGE_PARAMS:
            code = request.params.get(param, "").split("-")[0]
            if code and self.languages is not None and code not in self.languages:
                yield Misfit(
                    param,
                    f"does not know the language {code!r}",
                    f"it knows {', '.join(nearest_languages(code, self.languages))}",
                )


def _list(names: frozenset[str] | frozenset[Modality] | set[str]) -> str:
    return ", ".join(sorted(names))
