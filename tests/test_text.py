"""Claims about where text is cut."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks.text import count_words, paragraphs, sentences, trim_words, windows

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = [
    "a", "Word", " ", "  ", "\n", "\n\n", "\r\n", ". ", "! ", "? ", "。", "？", "「", "」", "।", "؟ ",
    "e\u0301", "\u0301", "👩\u200d👩\u200d👧", "🇩🇪", "🇫", "\u200d", "👍🏽", "字", "かな", "กำ", "क्षि",
    "- ", "1. ", "# ", "\u202e", "\x00", "\ud800", "\u2028", "\u00a0", "[3]", '"', "‼", "\ufe00",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=80)


def pieces(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentences(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Smith went. He came!", ["Dr. Smith went.", "He came!"]),
        ("en", "It is 3.5 kg. Good.", ["It is 3.5 kg.", "Good."]),
        (
            "en",
            "As Li et al. [3] show, so it is. Yes.",
            ["As Li et al. [3] show, so it is.", "Yes."],
        ),
        (
            "en",
            "**Never.** It is so. 1. One is. 2. Two.",
            ["**Never.**", "It is so.", "1. One is.", "2. Two."],
        ),
        ("de", "Am 3. Mai ging er. Dann kam er.", ["Am 3. Mai ging er.", "Dann kam er."]),
        ("zh", "这是一句。这是两句！好", ["这是一句。", "这是两句！", "好"]),
        ("ja", "今日は。明日は？うん！", ["今日は。", "明日は？", "うん！"]),
        ("en", "这是一句。这是两句！好", ["这是一句。", "这是两句！", "好"]),
        ("hi", "यह एक है। यह दो है।", ["यह एक है।", "यह दो है।"]),
        ("ar", "كيف حالك؟ أنا بخير.", ["كيف حالك؟", "أنا بخير."]),
        ("qaa-x-none", "Hello there. Who is it?", ["Hello there.", "Who is it?"]),
        ("", "Hello there. Who is it?", ["Hello there.", "Who is it?"]),
    ],
)
def test_sentences_end_where_the_language_ends_them(
    language: str, text: str, expected: list[str]
) -> None:
    assert pieces(text, language) == expected


def test_a_heading_does_not_merge_with_its_paragraph() -> None:
    body = "The results were better than anyone had expected of them."
    assert pieces(f"Results of the year\n{body}") == ["Results of the year", body]


def test_list_items_are_sentences_of_their_own() -> None:
    assert pieces("We need\n- bread and\n- butter\n1) and salt") == [
        "We need",
        "- bread and",
        "- butter",
        "1) and salt",
    ]


def test_a_sentence_wrapped_at_a_margin_is_read_on() -> None:
    text = "The quick brown fox that everyone knows jumps\nover the lazy dog. The dog sleeps on."
    assert pieces(text) == [text[:64], text[65:]]


def test_text_without_marks_falls_back_on_line_ends() -> None:
    line = "a line with no mark at its end that goes on and on"
    assert pieces("\n".join([line] * 30)) == [line] * 30


def test_an_unclosed_quotation_does_not_swallow_the_text() -> None:
    text = 'A 6" pipe is here. ' + "Nothing is said about it. " * 100 + 'A 5" pipe.'
    assert max(map(len, pieces(text))) < 100


@pytest.mark.parametrize("unit", ["a", "字", "word ", "“", "(a "])
def test_a_long_stretch_without_an_end_is_one_sentence(unit: str) -> None:
    text = unit * 5000
    assert sentences(text) == [(0, len(text.strip()))]


def test_sentences_end_in_a_long_text_where_they_end_in_a_short_one() -> None:
    told = "Dr. Smith went to see it. He came home at 3.5 p.m. on that day! Was he well? "
    assert pieces(told * 200) == pieces(told) * 200


def test_blank_lines_always_end_a_sentence() -> None:
    assert pieces("one\n \ntwo\r\n\r\nthree") == ["one", "two", "three"]


@given(texts)
def test_sentences_are_stripped_ordered_and_lose_nothing_but_space(text: str) -> None:
    spans = sentences(text)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())


@given(texts)
def test_every_sentence_lies_in_one_paragraph(text: str) -> None:
    blocks = paragraphs(text)
    assert all(sum(a <= c and d <= b for a, b in blocks) == 1 for c, d in sentences(text))


def test_paragraphs_are_parted_by_blank_lines_only() -> None:
    text = " a\nb \n\t\n\n c"
    assert [text[a:b] for a, b in paragraphs(text)] == ["a\nb", "c"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two", 2),
        ("- one", 2),
        ("don't stop-go", 2),
        ("中文", 2),
        ("中文abc中", 4),
        ("中文 abc，def", 3),
        ("，", 1),
        ("カタカナ", 4),
        ("กำ", 1),
        ("हिन्दी में", 2),
    ],
)
def test_words_are_counted_as_their_script_writes_them(text: str, words: int) -> None:
    assert count_words(text) == words


@given(texts)
def test_words_are_never_fewer_than_white_space_words(text: str) -> None:
    assert count_words(text) >= len(text.split())


@given(texts, texts)
def test_words_add_up_over_a_space(left: str, right: str) -> None:
    assert count_words(f"{left} {right}") == count_words(left) + count_words(right)


@given(texts, st.integers(0, 12))
def test_trimmed_text_keeps_its_limit_and_begins_as_the_text_does(text: str, limit: int) -> None:
    trimmed = trim_words(text, limit)
    assert count_words(trimmed) <= limit
    assert text.strip().startswith(trimmed.removesuffix("…"))
    assert bool(trimmed) == bool(limit and text.strip())


def test_text_within_the_limit_is_left_alone() -> None:
    assert trim_words(" one two. ", 2) == "one two."


def test_a_clause_end_in_the_last_third_is_preferred() -> None:
    assert trim_words("one two three, four five", 4) == "one two three…"
    assert trim_words("one, two three four five", 4) == "one, two three four…"


def units(text: str) -> set[int]:
    """Every place between graphemes, found by reading the whole text at once."""
    return {0, *(found.end() for found in regex.finditer(r"\X", text))}


def clumsy_size(text: str) -> int:
    """A measure that does not add up, as a tokenizer's does not."""
    return 1 + len(text.encode("utf-8", "surrogatepass")) // 3


@pytest.mark.parametrize("measure", [len, count_words, clumsy_size])
@given(text=texts, limit=st.integers(1, 40))
def test_windows_cover_the_text_within_the_limit_and_spare_graphemes(
    measure: Callable[[str], int], text: str, limit: int
) -> None:
    spans = windows(text, limit, measure)
    assert "".join(text[a:b] for a, b in spans) == text
    assert {place for span in spans for place in span} <= units(text)
    for a, b in spans:
        assert measure(text[a:b]) <= limit or len(regex.findall(r"\X", text[a:b])) == 1


@given(texts, st.integers(1, 40))
def test_no_window_could_take_a_whole_paragraph_more(text: str, limit: int) -> None:
    starts = [start for start, _ in paragraphs(text)][1:]
    spans = windows(text, limit, len)
    for (a, b), _ in pairwise(spans):
        assert not [at for at in starts if b < at <= a + limit]


def test_windows_end_at_the_largest_unit_that_fits() -> None:
    text = "Aa bb. Cc dd.\n\nEe ff gg. Hh\n\nabcdefghijklmno"
    assert [text[a:b] for a, b in windows(text, 15, len)] == [
        "Aa bb. Cc dd.\n\n",
        "Ee ff gg. Hh\n\n",
        "abcdefghijklmno",
    ]
    assert [text[a:b] for a, b in windows(text, 9, len)][:3] == ["Aa bb. ", "Cc dd.\n\n", "Ee ff "]


@pytest.mark.parametrize(
    "text",
    ["word " * 40_000, "a" * 200_000, "字" * 200_000, "Word it. " * 22_000, "x\n\n" * 66_000],
    ids=["no marks", "one word", "han", "sentences", "paragraphs"],
)
def test_measuring_costs_a_few_passes_over_the_text(text: str) -> None:
    seen: list[int] = []

    def measure(piece: str) -> int:
        seen.append(len(piece))
        return len(piece)

    found = windows(text, 1000, measure)
    assert sum(seen) < 10 * len(text)
    assert len(seen) < 10 * len(found)
