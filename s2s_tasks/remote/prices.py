"""
What a model costs: dated data with its sources, before which a file of the user's may go.

`S2S_PRICES` names a JSON file with rows like those of prices.json here. Input tokens are those
beside the cache's, output tokens include those of reasoning. What is not known is None, never 0.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import BadSetting
from ..exchange import Usage

__all__ = ["most", "price_of"]

SHIPPED = Path(__file__).with_name("prices.json")
DATED = re.compile(r"(?P<name>.+)-20\d{6}")
"""The id of one state of a model, which costs what the model costs."""
PER = Decimal(1_000_000)
KINDS = ("input", "output", "cache_read", "cache_write")


@dataclass(frozen=True)
class _Rate:
    """US dollars for a million tokens of each kind, None where it is not known."""

    input: Decimal | None
    output: Decimal | None
    cache_read: Decimal | None
    cache_write: Decimal | None

    def of(self, usage: Usage) -> Decimal | None:
        total = Decimal(0)
        for kind in KINDS:
            count, price = getattr(usage, f"{kind}_tokens"), getattr(self, kind)
            if count and price is None:
                return None
            total += count * (price or 0)
        return total / PER


@dataclass(frozen=True)
class _Row:
    """The rate of a model, and another for the whole of a request with a longer prompt."""

    rate: _Rate
    limit: int | None = None
    above: _Rate | None = None

    def rate_for(self, prompt: int) -> _Rate:
        if self.above is None or self.limit is None or prompt <= self.limit:
            return self.rate
        return self.above


def price_of(model: str, usage: Usage) -> Decimal | None:
    """US dollars, by the prices of today; cache writes are those that last five minutes."""
    row = _row(model)
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    return row.rate_for(prompt).of(usage) if row else None


def most(model: str, input_tokens: int, output_tokens: int) -> Decimal | None:
    """The most US dollars that a request can cost: all of its input might be written to the cache."""
    plain = price_of(model, Usage(input_tokens, output_tokens))
    written = price_of(model, Usage(0, output_tokens, cache_write_tokens=input_tokens))
    return plain if plain is None or written is None else max(plain, written)


def _row(model: str) -> _Row | None:
    own = os.environ.get("S2S_PRICES", "")
    tables = [_read(own, _age(own))] if own else []
    tables.append(_read(str(SHIPPED), 0))
    dated = DATED.fullmatch(model)
    for name in (model, dated["name"]) if dated else (model,):
        for table in tables:
            if name in table:
                return table[name]
    return None


def _age(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError) as error:
        raise _wrong(path, str(error)) from error


@lru_cache(maxsize=8)
def _read(path: str, age: int) -> dict[str, _Row]:
    del age  # the file is read again when it has changed
    try:
        return dict(_rows(json.loads(Path(path).read_bytes())["prices"]))
    except (OSError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _wrong(path, f"{type(error).__name__}: {error}") from error


def _rows(rows: list[dict[str, Any]]) -> Iterator[tuple[str, _Row]]:
    for row in rows:
        above = row.get("above")
        longer = _Row(_rate(row), int(above["prompt"]), _rate(above)) if above else None
        yield row["model"], longer or _Row(_rate(row))


def _rate(row: dict[str, Any]) -> _Rate:
    return _Rate(*(_dollars(row.get(kind)) for kind in KINDS))


def _dollars(given: object) -> Decimal | None:
    if given is None:
        return None
    price = Decimal(str(given))
    if not (price.is_finite() and price >= 0):
        raise ValueError(f"{given!r} is no price")
    return price


def _wrong(path: str, why: str) -> BadSetting:
    return BadSetting(
        f"S2S_PRICES={path!r} is not a file of prices: {why}",
        hint='like {"prices": [{"model": "...", "input": "2", "output": "10"}]}, in dollars for a million tokens',
    )
