"""Checks of the settings that tasks have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ..errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["at_least", "filled", "one_of", "params"]

MOST = 1_000_000


def at_least(name: str, value: object, low: int) -> None:
    """Raise BadSetting unless it is None or a whole number from `low` to a million."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MOST:
        raise BadSetting(
            f"{name}={value!r} is not a whole number from {low} to {MOST:,}",
            hint=f"give such a number, or leave {name} out for no limit",
        )


def one_of(name: str, value: str, options: object) -> None:
    """Raise BadSetting unless it is one of a Literal's values."""
    known = get_args(options)
    if value not in known:
        raise BadSetting(f"{name}={value!r} is not known", hint=f"give one of {', '.join(known)}")


def filled(name: str, value: object, *, optional: bool = True) -> None:
    """Raise BadSetting for anything but a text with something in it (or None, if optional)."""
    if value is None and optional:
        return
    if not isinstance(value, str) or not value.strip():
        way_out = f"give a text, or leave {name} out" if optional else "give a text"
        raise BadSetting(f"{name}={value!r} is not a text with something in it", hint=way_out)


def params(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """What is set, for models that were trained for the task."""
    return {name: str(value) for name, value in pairs if value is not None}
