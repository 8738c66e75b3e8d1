"""
What references make of a schema: no endless loops, and no more than a bounded size.

A reference that comes back to its own schema must lead through a property or an item, so that
every turn needs more of the value. Schemas that double at each reference are counted as they
would be written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..errors import SchemaRejected
from .document import Document, Pointer, inner, spelt
from .keywords import BESIDE, CONTAINERS

__all__ = ["check_references"]

MAX_EXPANDED: Final = 50_000
MAX_CHAIN: Final = 100
"""Schemas that apply to one value, each through the one before."""

Edges = Mapping[Pointer, Sequence[Pointer]]


def check_references(document: Document) -> None:
    """Raise SchemaRejected for a reference to nowhere, an endless loop, or too large a schema."""
    beside, all_edges = _edges(document)
    size: dict[Pointer, int] = {}
    chain: dict[Pointer, int] = {}
    for loop in _loops(beside):
        at = loop[-1]
        if len(loop) > 1 or at in beside[at]:
            raise SchemaRejected(
                spelt(at), "references that come back only through a property or an item", "a loop"
            )
        size[at] = 1 + sum(size[next_] for next_ in beside[at])
        chain[at] = 1 + max((chain[next_] for next_ in beside[at]), default=0)
        _check_size(at, size[at], chain[at])
    _check_written_out(all_edges)


def _check_size(at: Pointer, size: int, chain: int = 0) -> None:
    if size > MAX_EXPANDED:
        raise SchemaRejected(
            spelt(at), f"at most {MAX_EXPANDED:,} schemas when written out", f"{size:.3g}"
        )
    if chain > MAX_CHAIN:
        raise SchemaRejected(
            spelt(at), f"at most {MAX_CHAIN} schemas in a chain for one value", chain
        )


def _check_written_out(edges: Edges) -> None:
    """What is in a loop counts once: it is not written out again."""
    size: dict[Pointer, int] = {}
    for loop in _loops(edges):
        within = set(loop)
        leaving = [one for at in loop for one in edges[at] if one not in within]
        whole = len(loop) + sum(size[one] for one in leaving)
        _check_size(loop[-1], whole)
        size |= dict.fromkeys(loop, whole)


def _edges(document: Document) -> tuple[Edges, Edges]:
    """What applies to the same value, and all, by where it is said."""
    beside: dict[Pointer, list[Pointer]] = {}
    all_edges: dict[Pointer, list[Pointer]] = {}
    for at, node in document.places.items():
        target = document.target(at)
        beside[at] = [] if target is None else [target]
        all_edges[at] = [*beside[at]]
        for word, steps, _ in () if isinstance(node, bool) else inner(node, document.dialect):
            if word not in CONTAINERS:
                all_edges[at].append((*at, *steps))
            if word in BESIDE:
                beside[at].append((*at, *steps))
    return beside, all_edges


def _loops(edges: Edges) -> Iterator[list[Pointer]]:
    """Strongly connected components, each after those that it leads to (Tarjan, 1972)."""
    found: dict[Pointer, int] = {}
    lowest: dict[Pointer, int] = {}
    path: list[Pointer] = []
    on_path: set[Pointer] = set()
    for start in edges:
        stack = [] if start in found else [(start, iter(edges[start]))]
        while stack:
            at, rest = stack[-1]
            if at not in found:
                found[at] = lowest[at] = len(found)
                path.append(at)
                on_path.add(at)
            for one in rest:
                if one not in found:
                    stack.append((one, iter(edges[one])))
                    break
                if one in on_path:
                    lowest[at] = min(lowest[at], found[one])
            else:
                stack.pop()
                if stack:
                    lowest[stack[-1][0]] = min(lowest[stack[-1][0]], lowest[at])
                if lowest[at] == found[at]:
                    yield _cut(path, on_path, at)


def _cut(path: list[Pointer], on_path: set[Pointer], at: Pointer) -> list[Pointer]:
    """Takes the end of the path off, from `at` on."""
    made = [path.pop()]
    while made[-1] != at:
        made.append(path.pop())
    on_path.difference_update(made)
    return made
