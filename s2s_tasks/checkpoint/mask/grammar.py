"""A schema or form as a grammar of llguidance: as strict as the schema, and without idle space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ...form import Choice, Form, Grammar, Regex
from ...schema import Schema
from .bounds import bounded
from .disjoint import without_one_of

if TYPE_CHECKING:
    from llguidance import LLParserLimits
    from llguidance._lib import JsonCompileOptions

__all__ = ["Constraint", "grammar_of", "limits"]

Constraint: TypeAlias = Schema[object] | Form

OPTIONS: Final[JsonCompileOptions] = {
    "lenient": False,  # an unknown keyword is an error, not a looser grammar
    "coerce_one_of": False,
    "whitespace_flexible": False,
    "item_separator": ",",
    "key_separator": ":",
}


def grammar_of(constraint: Constraint) -> str:
    """Not compiled yet; what is wrong with it shows when it is."""
    import json

    from llguidance import LLMatcher

    match constraint:
        case Schema():
            document = bounded(without_one_of(constraint.json))
            return LLMatcher.grammar_from_json_schema(dict(document), overrides=OPTIONS)
        case Choice(options):
            listed = " | ".join(json.dumps(option, ensure_ascii=False) for option in options)
            return LLMatcher.grammar_from_lark(f"start: {listed}")
        case Regex(pattern):
            return LLMatcher.grammar_from_regex(pattern)
        case Grammar(lark):
            return LLMatcher.grammar_from_lark(lark)


def limits() -> LLParserLimits:
    """
    Bounds on what a grammar may cost: an enum of 5,000 passes, one of 20,000 is refused.

    `max_items_in_row` stays at its default, since 300 optional fields need it. Errors are
    short, since long ones show the text.
    """
    from llguidance import LLParserLimits

    return LLParserLimits(
        max_items_in_row=2_000,
        initial_lexer_fuel=200_000,
        step_lexer_fuel=100_000,
        step_max_items=20_000,
        max_lexer_states=50_000,
        max_grammar_size=100_000,
        verbose_errors=False,
    )
