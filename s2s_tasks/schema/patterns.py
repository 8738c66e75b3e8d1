"""Patterns of users run in an engine of linear time, and only within limits of size."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ..errors import SchemaRejected
from ..pattern import pattern as _pattern

if TYPE_CHECKING:
    from jsonschema_rs import RegexOptions

__all__ = ["MAX_PATTERNS", "all_letters", "check_pattern", "engine"]

MAX_LENGTH: Final = 512
MAX_PATTERNS: Final = 64

LETTERS: Final = {
    (r"\w", True): r"\p{L}\p{M}\p{N}_",
    (r"\w", False): r"[\p{L}\p{M}\p{N}_]",
    (r"\W", False): r"[^\p{L}\p{M}\p{N}_]",
}
"""By what is written, and whether it is in a class."""

_token = _pattern(r"\\.|.", re.DOTALL)
_beyond_regular = _pattern(r"\\\\|(?P<found>\(\?(?:=|!|<=|<!|>)|\\[1-9]|\\k<)", re.DOTALL)


def engine() -> RegexOptions:
    """Rust's `regex`, read as ECMA-262; at most 1 MB for a pattern and 2 MB for its states."""
    from jsonschema_rs import RegexOptions

    return RegexOptions(size_limit=1_000_000, dfa_size_limit=2_000_000)


def check_pattern(path: str, pattern: str) -> None:
    """Raise SchemaRejected for a pattern that is too long, or that the engine cannot run."""
    if len(pattern) > MAX_LENGTH:
        raise SchemaRejected(path, f"a pattern of at most {MAX_LENGTH} characters", len(pattern))
    if not _compiles(pattern):
        raise SchemaRejected(path, _wanted(pattern), pattern)


@lru_cache(maxsize=1024)
def _compiles(pattern: str) -> bool:
    from jsonschema_rs import Draft202012Validator, ValidationError

    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=engine())
    except ValidationError:
        return False
    return True


def all_letters(pattern: str) -> str:
    r"""
    The pattern with `\w` as pydantic means it: letters of all scripts, not only ASCII.

    >>> all_letters(r"^\w[\w-]*$")
    '^[\\p{L}\\p{M}\\p{N}_][\\p{L}\\p{M}\\p{N}_-]*$'
    """
    made, within = "", False
    for token in _token().findall(pattern):
        made += LETTERS.get((token, within), token)
        within = token == "[" or (within and token != "]")  # noqa: S105
    return made


def _wanted(pattern: str) -> str:
    if any(found["found"] for found in _beyond_regular().finditer(pattern)):
        return "a pattern without look-around and back-references"
    return "a pattern of ECMA-262 that compiles to at most 1 MB"
