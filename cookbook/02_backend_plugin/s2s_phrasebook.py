"""
A phrasebook as a translator: sentences that somebody has checked, and nothing else.

What is in the book costs nothing and always comes out alike. What is not is an error and
never a guess, so that a model can be asked for it: Policy(fallback=("name",)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from s2s_tasks import (
    Architecture,
    Backend,
    BackendError,
    BackendSpec,
    Capabilities,
    Completion,
    Outcome,
    Request,
    UnknownName,
    hookimpl,
)

MODEL = "travel"
LANGUAGES = ("en", "de", "fr")
PAGES = (
    ("Good morning.", "Guten Morgen.", "Bonjour."),
    ("Where is the station?", "Wo ist der Bahnhof?", "Où est la gare ?"),
    ("When does the next train leave?", "Wann fährt der nächste Zug?", "À quelle heure part le prochain train ?"),
    ("Two tickets to Lyon, please.", "Zwei Fahrkarten nach Lyon, bitte.", "Deux billets pour Lyon, s'il vous plaît."),
    ("Thank you very much.", "Vielen Dank.", "Merci beaucoup."),
)  # fmt: skip

CAPABILITIES = Capabilities(
    architecture="phrasebook",
    tasks=frozenset({"translate"}),
    params=frozenset({"to", "source"}),
    strategies=frozenset(),
    languages=frozenset(LANGUAGES),
    window=64,
)


class Phrasebook(Backend):
    """Translates the sentences of its pages."""

    name = "phrasebook"
    model = MODEL
    capabilities = CAPABILITIES

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        for number, request in enumerate(requests):
            request.signal.check()
            yield number, answer(request)


def answer(request: Request) -> Outcome:
    """Every sentence of the request, looked up; the first that is not there is the error."""
    to = _language(request.params.get("to", ""))
    source = _language(request.params.get("source", ""))
    said: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+", request.text.strip()):
        page = _page(sentence, source)
        if page is None or to is None:
            return BackendError(
                f"the phrasebook has no {sentence[:80]!r} to translate",
                hint="name a model as the fallback, for what is not in the book",
            )
        said.append(page[to])
    return Completion(" ".join(said), cost=Decimal(0), model=MODEL)


def _language(code: str) -> int | None:
    """The column of a language; "de-AT" is German too."""
    primary, _, _ = code.partition("-")
    return LANGUAGES.index(primary) if primary in LANGUAGES else None


def _page(sentence: str, source: int | None) -> Sequence[str] | None:
    for page in PAGES:
        known = page if source is None else [page[source]]
        if sentence in known:
            return page
    return None


def _open(model: str | None) -> Backend:
    if model not in {None, MODEL}:
        raise UnknownName(f"no phrasebook called {model!r}", hint=f"there is {MODEL!r}")
    return Phrasebook()


SPEC = BackendSpec(
    name="phrasebook",
    capabilities=CAPABILITIES,
    open=_open,
    summary="translates checked sentences, and nothing else",
)


@hookimpl
def s2s_backends() -> Iterable[BackendSpec]:
    return [SPEC]


@hookimpl
def s2s_architectures() -> Iterable[Architecture]:
    return [Architecture("phrasebook", "sentences that were translated and checked beforehand")]
