"""What a task needs: of one real call, or of a whole undertaking that is only described."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from statistics import median
from typing import Any, Self

from ..errors import BadInput, BadSetting, S2SError
from ..exchange import Modality, Request
from ..policy import Policy, Priority
from .checks import Output, check
from .hardware import Hardware
from .weights import Weights

__all__ = ["Needs", "Output", "Priority"]

BYTES_A_TOKEN = 4
"""Of English prose in a byte-pair vocabulary."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """
    All that is known of a task; nothing of it must be. What is None or empty is not known.

    `request` and `model` are those of a real call. Numbers may be estimates.
    """

    task: str = ""
    """Its name; empty for anything that is asked for in words."""
    modalities: frozenset[Modality] = frozenset()
    """What goes in; by default what the task reads."""
    languages: tuple[str, ...] = ()
    """Of the input, as BCP-47 codes; several stand mixed in one text."""
    to: str = ""
    """Language of the output."""
    domain: str = ""
    """What the texts are: "news", "support tickets"."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    longest: int | None = None
    """Tokens of the longest input."""
    sample: tuple[str | int, ...] = field(default=(), repr=False)
    """Some of the caller's own items, or their lengths in tokens: the median and the longest count."""

    volume_per_day: float | None = None
    documents: int | None = None
    """How many there are in all, where they are done once."""
    days: float = 1
    """In which they must be done."""
    sessions: int = 1
    """Conversations that are held open at once."""

    latency_ms: float | None = None
    """Until the answer is whole."""
    first_piece_ms: float | None = None
    """Until its first word is there."""

    local_only: bool = False
    offline: bool = False
    """No network at all: nothing can be asked for or fetched."""
    commercial: bool | None = None
    """Whether the models' licences must allow that; None for not said, and then they must."""
    budget_per_day: Decimal | None = None
    """US dollars, over what the machine costs that is there already."""
    machine_per_day: Decimal = Decimal("9.60")
    """US dollars for a machine that runs the model, at $0.40 an hour."""
    hardware: Hardware = Hardware()

    deterministic: bool = False
    """The same input must give the same bytes."""
    creative: bool = False
    """Many outputs are right, and the likeliest is a dull one."""
    quotable: bool = False
    """Every word of the output must stand in the input."""
    house_style: bool = False
    """The output must follow a style of the caller's own, which the labelled pairs show."""
    live: bool = False
    """Speech is to be written while it is spoken."""
    output: Output | None = None
    classes: int | None = None
    """How many labels there are to choose from."""
    labelled_pairs: int | None = None
    """Inputs with the right output that are at hand; 0 for none, None for unknown."""

    priority: Priority | None = None
    weights: Weights = Weights()
    policy: Policy = Policy()
    request: Request | None = field(default=None, repr=False)
    model: str | None = None

    def __post_init__(self) -> None:
        check(self)
        if self.sample and self.input_tokens is None:
            lengths = [*map(_tokens, self.sample)]
            object.__setattr__(self, "input_tokens", max(1, round(median(lengths))))
            object.__setattr__(self, "longest", self.longest or max(lengths))
        if self.priority is None:
            object.__setattr__(self, "priority", self.policy.priority)
        if self.policy.local_only:
            object.__setattr__(self, "local_only", True)

    @classmethod
    def of(cls, request: Request, policy: Policy, model: str | None = None, **known: Any) -> Self:
        """Those of a request as it would be sent, with what else is `known`: weights, hardware."""
        spoken = request.params.get("source") or request.language
        return cls(
            task=request.task,
            modalities=request.modalities,
            languages=(spoken,) if spoken else (),
            to=request.params.get("to", ""),
            input_tokens=_tokens(request.text) if request.text and not request.media else None,
            output=_output(request),
            classes=len(request.labels) or None,
            creative=request.creative,
            policy=policy,
            request=request,
            model=model,
            **known,
        )

    @classmethod
    def read(cls, path: str | Path, **over: Any) -> Self:
        """From a TOML file whose keys are the names here; `over` goes before what it says."""
        try:
            given = tomllib.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path} cannot be read as TOML: {error}") from error
        try:
            return cls(**(_typed(given) | over))
        except S2SError:
            raise
        except (TypeError, ValueError, ArithmeticError) as error:
            raise BadSetting(f"{path} has a value of a wrong kind: {error}") from error

    def but(self, **changes: Any) -> Self:
        """The same with some of it changed."""
        return replace(self, **changes)


def _tokens(item: str | int) -> int:
    if isinstance(item, int):
        return item
    return max(1, len(item.encode("utf-8", "surrogatepass")) // BYTES_A_TOKEN)


def _output(request: Request) -> Output | None:
    if request.schema is not None:
        return "schema"
    return "label" if request.labels else None


def _typed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What TOML cannot say: sets, tuples, sums of money, tables of ours."""
    known = [one.name for one in fields(Needs) if one.name not in {"request", "policy"}]
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            raise BadSetting(f"needs have no {name!r}", hint=hint)
    return {name: _MADE.get(name, _as_it_is)(value) for name, value in given.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _listed(value: str | Sequence[Any]) -> tuple[Any, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


_MADE: Mapping[str, Callable[[Any], Any]] = {
    "modalities": lambda value: frozenset(map(Modality, _listed(value))),
    "languages": _listed,
    "sample": _listed,
    "budget_per_day": lambda value: Decimal(str(value)),
    "machine_per_day": lambda value: Decimal(str(value)),
    "hardware": lambda value: Hardware(**value),
    "weights": lambda value: Weights(**value),
}
