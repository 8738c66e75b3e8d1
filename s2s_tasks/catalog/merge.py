"""
One value of what several parts of a text say.

Objects are merged field by field, lists are joined, and of a scalar the value counts that
most parts name, the earlier one if two are named as often. Null says nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from ..exchange import Span
from ..schema import Json
from .outline import Build, Outline

__all__ = ["Candidate", "Merged", "merged"]

MOST_CONFLICTS, MOST_PLACES, MOST_LETTERS = 20, 3, 60
"""Of the conflicts that are told, of the places named for a value, and of a value shown."""


@dataclass(frozen=True)
class Candidate:
    """What one part of a text says, and where that part is."""

    value: Json
    span: Span


@dataclass(frozen=True)
class Merged:
    """`value` is None if no part says anything; `conflicts` tell of parts that disagree."""

    value: Json
    conflicts: tuple[str, ...] = ()


def merged(document: Mapping[str, Json], candidates: Sequence[Candidate]) -> Merged:
    """The value of all candidates, put together by a canonical JSON Schema."""
    merging = _Merging(Outline(document))
    value = merging.value(dict(document), candidates, "$")
    conflicts = merging.conflicts
    if (more := len(conflicts) - MOST_CONFLICTS) > 0:
        conflicts = [*conflicts[:MOST_CONFLICTS], f"the parts disagree in {more} more places"]
    return Merged(value, tuple(conflicts))


class _Merging:
    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self.conflicts: list[str] = []

    def value(self, node: Json, said: Sequence[Candidate], path: str) -> Json:
        """None if nobody says anything."""
        said = [candidate for candidate in said if candidate.value is not None]
        node = self._outline.resolved(node)
        build = self._outline.build(node)
        if said and build in {Build.OBJECT, Build.ANY} and _all_are(dict, said):
            return self._object(node, said, path)
        if said and build in {Build.LIST, Build.ANY} and _all_are(list, said):
            return _joined([items.value for items in said])
        return self._agreed(said, path)

    def _object(self, node: Json, said: Sequence[Candidate], path: str) -> Json:
        found: dict[str, list[Candidate]] = {}
        for candidate in said:
            assert isinstance(candidate.value, dict)
            for name, value in candidate.value.items():
                found.setdefault(name, []).append(Candidate(value, candidate.span))
        made: dict[str, Json] = {}
        for name, values in found.items():
            field = self._outline.field(node, name)
            value = self.value(field, values, f"{path}.{name}")
            if value is not None or self._outline.takes_null(field):
                made[name] = value
        return made

    def _agreed(self, said: Sequence[Candidate], path: str) -> Json:
        groups: dict[Hashable, list[Candidate]] = {}
        for candidate in said:
            groups.setdefault(frozen(candidate.value), []).append(candidate)
        if not groups:
            return None
        taken, *others = sorted(groups.values(), key=len, reverse=True)  # stable: earlier first
        if others:
            said_else = "; ".join(f"not {_told(group)}" for group in others[:MOST_PLACES])
            self.conflicts.append(f"{path} is {_told(taken)}, {said_else}")
        return taken[0].value


def frozen(value: Json) -> Hashable:
    """Equal for values that are equal as JSON: 1 is 1.0 and not true, fields have no order."""
    match value:
        case dict():
            return "{}", frozenset((name, frozen(inner)) for name, inner in value.items())
        case list():
            return "[]", tuple(map(frozen, value))
        case _:
            return isinstance(value, bool), value


def _joined(lists: Sequence[Json]) -> Json:
    """
    All items in their order, those that an earlier list has too left out.

    What one list has twice stays twice: a part that names two equal things means two.
    """
    made: list[Json] = []
    had: Counter[Hashable] = Counter()
    for items in lists:
        assert isinstance(items, list)
        seen: Counter[Hashable] = Counter()
        for item in items:
            key = frozen(item)
            seen[key] += 1
            if seen[key] > had[key]:
                made.append(item)
        had |= seen
    return made


def _all_are(kind: type, said: Sequence[Candidate]) -> bool:
    return all(isinstance(candidate.value, kind) for candidate in said)


def _told(group: Sequence[Candidate]) -> str:
    """The value, and the parts that say it."""
    places = [f"{one.span.start:,}-{one.span.end:,}" for one in group[:MOST_PLACES]]
    more = ", ..." if len(group) > MOST_PLACES else ""
    return f"{_short(group[0].value)} (characters {', '.join(places)}{more})"


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
