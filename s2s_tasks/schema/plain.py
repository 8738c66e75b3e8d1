"""Plain JSON within limits of size: what is looked at before anything else is done with a schema."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, cast

from ..errors import SchemaRejected

__all__ = ["Json", "Node", "place", "plain", "quoted"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Node: TypeAlias = "Mapping[str, Json]"

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 10_000
"""Real schemas are far below: JSONSchemaBench's largest that constrained decoders compile have
some thousand nodes."""

MAX_BITS: Final = 4_300 * 3
"""Of an integer; Python writes no more than 4,300 digits."""


def plain(document: Node) -> dict[str, Json]:
    """A copy that later changes do not touch; raises SchemaRejected beyond a limit."""
    import json

    letters = 0
    for count, (path, depth, value) in enumerate(_walk(dict(document))):
        if depth > MAX_DEPTH:
            raise SchemaRejected(path, f"at most {MAX_DEPTH} levels deep", depth)
        if count > MAX_NODES:
            raise SchemaRejected(path, f"at most {MAX_NODES:,} nodes", "more")
        letters += _letters(path, value)
        if letters > MAX_BYTES:
            raise SchemaRejected("$", f"at most {MAX_BYTES:,} bytes", letters)
    text = json.dumps(document if isinstance(document, dict) else dict(document))
    if len(text) > MAX_BYTES:
        raise SchemaRejected("$", f"at most {MAX_BYTES:,} bytes", len(text))
    return cast("dict[str, Json]", json.loads(text))


def place(parent: str, step: str | int) -> str:
    """The path of what is in `parent`: `$.lines[0].price`, `$["two words"]`."""
    if isinstance(step, int):
        return f"{parent}[{step}]"
    if step.isascii() and step.replace("$", "_").replace("-", "_").isidentifier():
        return f"{parent}.{step[:80]}"
    return f"{parent}[{quoted(step[:80])}]"


def quoted(text: str) -> str:
    """As JSON on one line, in its own letters where all can be seen."""
    import json

    return json.dumps(text, ensure_ascii=not text.isprintable())


def _walk(root: Json) -> Iterator[tuple[str, int, Json]]:
    stack: list[tuple[str, int, Json]] = [("$", 0, root)]
    while stack:
        path, depth, value = stack.pop()
        yield path, depth, value
        if isinstance(value, dict | list) and len(value) + len(stack) > MAX_NODES:
            raise SchemaRejected(path, f"at most {MAX_NODES:,} nodes", f"{len(value):,} of them")
        if isinstance(value, dict):
            stack += [(place(path, key), depth + 1, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            stack += [(f"{path}[{n}]", depth + 1, inner) for n, inner in enumerate(value)]


def _letters(path: str, value: object) -> int:
    """How much a value writes by itself; raises SchemaRejected where it is not JSON."""
    match value:
        case str() if _writable(value):
            return len(value)
        case str():
            raise SchemaRejected(path, "text without lone surrogates", value[:80])
        case dict():
            return sum(_letters(path, key) for key in value if _is_name(path, key))
        case None | bool() | list():
            return 1
        case int() if value.bit_length() <= MAX_BITS:
            return 1
        case int():
            raise SchemaRejected(path, f"integers of at most {MAX_BITS:,} bits", value.bit_length())
        case float() if math.isfinite(value):
            return 1
    raise SchemaRejected(path, "plain JSON only", value)


def _is_name(path: str, key: object) -> bool:
    if not isinstance(key, str):
        raise SchemaRejected(path, "names that are strings", key)
    return True


def _writable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
