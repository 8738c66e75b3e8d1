"""
The models as data: what each takes, by Anthropic's documentation of November 2026.

The service can say it itself (`learned`), and is then believed. The table is for models that are
not asked about, and for servers that do not tell. What is known of none is answered carefully.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from s2s_tasks.errors import UnknownName

__all__ = ["ALIASES", "DATED", "DEFAULT", "MODELS", "Model", "is_listed", "learned", "model_of", "named"]  # fmt: skip

DATED: Final = "2026-11-22"
"""The day whose documentation the table follows."""

ALIASES: Final = {
    "haiku": "claude-haiku-5-5",
    "sonnet": "claude-sonnet-5-5",
    "opus": "claude-opus-5-5",
    "small": "claude-haiku-5-5",
    "medium": "claude-sonnet-5-5",
    "large": "claude-opus-5-5",
}
DEFAULT: Final = ALIASES["medium"]

SMALL_EDGE, LARGE_EDGE = 1568, 2576
"""Pixels of the longest side that a model sees; larger pictures are scaled down to it."""

MOST_PATCHES: Final = {SMALL_EDGE: 1_568, LARGE_EDGE: 4_784}
"""Tokens of a picture, at most: one for each square of 28 pixels."""

LARGE_CONTEXT: Final = 1_000_000
FEW_PICTURES, MANY_PICTURES = 100, 600
"""In one request, to models of 200,000 tokens of context and to larger ones."""

LEVELS: Final = ("low", "medium", "high", "xhigh", "max")

_shape = re.compile(r"claude-[a-z0-9][a-z0-9.@_-]*")
_date = re.compile(r"[-@]\d{8}$")


@dataclass(frozen=True)
class Model:
    """
    `context` and `most_output` in tokens. `thinks`: it does, where no request says otherwise.
    `thinking`: the types that a request may name. `effort`: the levels, none if it has no such
    option. `structured`: it can be held to a schema. `least_cached`: tokens from which a prompt is
    kept. `edge`: see SMALL_EDGE. `retires`: when it is known to, as a date.
    """

    id: str
    context: int = 200_000
    most_output: int = 64_000
    thinks: bool = True
    thinking: frozenset[str] = frozenset()
    effort: tuple[str, ...] = ()
    structured: bool = True
    pictures: bool = True
    documents: bool = True
    least_cached: int = 1_024
    edge: int = SMALL_EDGE
    retires: str = ""

    @property
    def most_pictures(self) -> int:
        return MANY_PICTURES if self.context >= LARGE_CONTEXT else FEW_PICTURES


def _row(
    name: str, thinking: str, *, thinks: bool = True, effort: str = " ".join(LEVELS),
    cached: int = 1_024, edge: int = LARGE_EDGE, small: bool = False, retires: str = "",
) -> tuple[str, Model]:  # fmt: skip
    context, output = (200_000, 64_000) if small else (LARGE_CONTEXT, 128_000)
    types, levels = frozenset(thinking.split()), tuple(effort.split())
    made = Model(
        f"claude-{name}", context, output, thinks, types, levels,
        least_cached=cached, edge=edge, retires=retires,
    )  # fmt: skip
    return made.id, made


MODELS: Final[Mapping[str, Model]] = dict((
    _row("fable-5-1", "adaptive"),
    _row("mythos-5-1", "adaptive"),
    _row("opus-5-5", "adaptive"),
    _row("sonnet-5-5", "adaptive between_tools", cached=512),
    _row("haiku-5-5", "adaptive disabled", cached=512),
    _row("fable-5", "adaptive"),
    _row("mythos-5", "adaptive"),
    _row("opus-5", "adaptive disabled", cached=512),
    _row("sonnet-5", "adaptive disabled"),
    _row("opus-4-8", "adaptive disabled", thinks=False),
    _row("opus-4-7", "adaptive disabled", thinks=False),
    _row("opus-4-6", "adaptive disabled enabled", thinks=False, effort="low medium high max", edge=SMALL_EDGE),
    _row("sonnet-4-6", "adaptive disabled enabled", thinks=False, effort="low medium high max", edge=SMALL_EDGE),
    _row("opus-4-5", "disabled enabled", thinks=False, effort="low medium high", edge=SMALL_EDGE, small=True),
    _row("sonnet-4-5", "disabled enabled", thinks=False, effort="", edge=SMALL_EDGE, small=True, retires="2026-11-30"),
    _row("haiku-4-5", "disabled enabled", thinks=False, effort="", cached=4_096, edge=SMALL_EDGE, small=True),
))  # fmt: skip


def named(name: str | None) -> str:
    """
    The id that is meant: the default, an alias, or a Claude id as it is.

    Raises UnknownName for anything else: the name of a folder or checkpoint goes nowhere.
    """
    if name is None:
        return DEFAULT
    wanted = ALIASES.get(name, name)
    if is_listed(wanted) or (_shape.fullmatch(wanted) and not Path(wanted).exists()):
        return wanted
    raise UnknownName(
        f"claude has no model {name[:80]!r}",
        hint=f"name one as in {DEFAULT!r}, or one of {', '.join(ALIASES)}",
    )


def is_listed(name: str) -> bool:
    """Whether the table has it, under its name or that of a dated state."""
    return _date.sub("", name) in MODELS


def model_of(name: str) -> Model:
    """What the table says of an id; of one that it does not list, what is safe to believe."""
    found = MODELS.get(_date.sub("", name), Model(name))
    return replace(found, id=name)


def learned(model: Model, info: Mapping[str, object]) -> Model:
    """The model as the service describes it; what it leaves out stays as it is."""
    can = _mapping(info.get("capabilities"))
    effort = _mapping(can.get("effort"))
    types = _mapping(_mapping(can.get("thinking")).get("types"))
    return replace(
        model,
        context=_number(info.get("max_input_tokens"), model.context),
        most_output=_number(info.get("max_tokens"), model.most_output),
        effort=tuple(level for level in LEVELS if _can(effort, level)) if effort else model.effort,
        thinking=frozenset(kind for kind in types if _can(types, kind)) or model.thinking,
        structured=_can(can, "structured_outputs", model.structured),
        pictures=_can(can, "image_input", model.pictures),
        documents=_can(can, "pdf_input", model.documents),
        retires=str(info.get("retires_at") or model.retires)[:10],
    )


def _can(told: Mapping[str, object], what: str, unknown: bool = False) -> bool:
    supported = _mapping(told.get(what)).get("supported")
    return supported if isinstance(supported, bool) else unknown


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object, unknown: int) -> int:
    return value if isinstance(value, int) and value > 0 else unknown
