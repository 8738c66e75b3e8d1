"""Claims about long inputs: what is read of them, in which pieces, and what becomes of those."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from s2s_tasks.catalog import Answer, Embed, Summarize, Translate
from s2s_tasks.catalog.layout import by_sentence, by_window
from s2s_tasks.errors import CutOff, InvalidOutput, TooLong
from s2s_tasks.exchange import Completion, Coverage, Finish, Vector
from s2s_tasks.task import Budget

PROSE = "The cat sat on the mat. It was a fine day, and nobody came by!\n\nThen it rained. "


def words(text):
    return len(text.split())


def drive(flow, answer):
    """Answer a flow by a function of the request; the value, and the rounds that were asked."""
    rounds, completions = [], None
    try:
        while True:
            rounds.append(list(flow.send(completions)))
            replies = map(answer, rounds[-1])
            completions = [r if isinstance(r, Completion) else Completion(r) for r in replies]
    except StopIteration as end:
        return end.value, rounds


def flat(rounds):
    return [request for round_ in rounds for request in round_]


def coverage(requests, text):
    spans = tuple(span for request in requests for span in request.reads)
    return Coverage.of(spans, len(text))


def fits(requests, budget):
    return all(
        budget.count(request.instruction + request.text) <= budget.context for request in requests
    )


def in_a_word(request):
    return " ".join(request.text.split()[:3])


# --- summarize --------------------------------------------------------------------------------


def test_a_text_that_fits_is_summarized_in_one_request():
    value, rounds = drive(Summarize().flow(PROSE, Budget(words, 100)), in_a_word)
    assert value == "The cat sat"
    assert [request.text for request in flat(rounds)] == [PROSE]
    assert flat(rounds)[0].reads is None


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_long_text_is_read_in_parts_side_by_side_and_then_summarized(one_by_one):
    text = PROSE * 40
    budget = Budget(words, 120, one_by_one=one_by_one)
    value, rounds = drive(Summarize(max_words=9, focus="cats").flow(text, budget), in_a_word)
    *parts, [last] = rounds
    assert value == "The cat sat"
    assert len(parts[0]) > 1
    assert coverage(parts[0], text).complete
    assert all(request.reads == () for request in flat(parts[1:]))
    assert (last.reads, last.lead) == ((), "")
    assert all(request.lead is None for request in flat(parts))
    assert fits(flat(rounds), budget)
    assert f"part 1 of {len(parts[0])}" in parts[0][0].instruction
    assert "cats" in parts[0][0].instruction
    assert "9 words" in last.instruction


def test_summaries_of_parts_that_do_not_fit_are_summarized_again():
    text = "The cat sat on the mat, and nobody came by. " * 100
    five_words = lambda request: " ".join(request.text.split()[:5])  # noqa: E731
    _, rounds = drive(Summarize().flow(text, Budget(words, 45)), five_words)
    first, *later = rounds
    assert len(later) > 1
    assert coverage(first, text).complete
    assert [request.reads for request in flat(later)] == [()] * len(flat(later))
    assert [request.lead for request in flat(rounds)] == [None] * (len(flat(rounds)) - 1) + [""]


def test_the_last_round_keeps_the_settings_that_the_parts_do_not():
    text = PROSE * 40
    answers = lambda request: "one two" if request.lead is None else "- one\n- two"  # noqa: E731
    value, rounds = drive(Summarize(style="bullets").flow(text, Budget(words, 120)), answers)
    assert value == "- one\n- two"
    assert {request.params["style"] for request in rounds[0]} == {"paragraph"}


@pytest.mark.parametrize("context", [60, 200, 500])
@settings(max_examples=40, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(["Word", "a", ". ", "! ", "\n\n", " ", "\n"]), min_size=300, max_size=900
    ).map("".join)
)
def test_all_of_any_long_text_is_read_within_the_budget(context, text):
    budget = Budget(len, context + 300)
    assume(text.strip() and len(text) > context)
    _, rounds = drive(
        Summarize().flow(text, budget), lambda request: request.text.strip()[:7] or "x"
    )
    assert fits(flat(rounds), budget)
    first = rounds[0]
    if first[0].reads is not None:
        assert coverage(first, text).complete


def test_summaries_that_are_no_shorter_end_in_an_error_and_not_in_a_loop():
    text = PROSE * 40
    with pytest.raises(TooLong, match="no shorter"):
        drive(Summarize().flow(text, Budget(words, 120)), lambda request: request.text)


def test_a_context_without_room_for_text_is_too_short():
    with pytest.raises(TooLong, match="leaves"):
        drive(Summarize().flow(PROSE * 40, Budget(words, 20)), in_a_word)


def test_a_bad_part_is_asked_for_again_and_the_others_are_not():
    text = PROSE * 40
    asked = []

    def answer(request):
        asked.append(request)
        return "" if "part 2 of" in request.instruction and not request.earlier else "fine"

    drive(Summarize().flow(text, Budget(words, 120)), answer)
    assert [request.earlier.complaint for request in asked if request.earlier] == [
        "The answer is empty."
    ]


def test_a_part_that_is_cut_off_is_no_summary():
    with pytest.raises(CutOff):
        drive(
            Summarize().flow(PROSE * 40, Budget(words, 120)),
            lambda _: Completion("The cat", Finish.LENGTH),
        )


# --- answer -----------------------------------------------------------------------------------


def test_a_long_text_is_asked_in_parts_and_what_is_not_stated_is_left_out():
    text = PROSE * 20 + "Ada came by. " + PROSE * 20
    budget = Budget(words, 120)

    def answer(request):
        return "Ada" if "Ada" in request.text else "Not stated."

    value, rounds = drive(Answer(question="Who came by?").flow(text, budget), answer)
    parts, [last] = rounds
    assert value == "Ada"
    assert last.text == "Ada"
    assert last.reads == ()
    assert coverage(parts, text).complete
    assert fits(flat(rounds), budget)
    assert {request.params["question"] for request in flat(rounds)} == {"Who came by?"}


def test_what_no_part_states_is_not_stated():
    value, rounds = drive(
        Answer(question="Who?").flow(PROSE * 40, Budget(words, 120)), lambda _: '"not stated"'
    )
    assert value == "not stated"
    assert len(rounds) == 1


# --- translate --------------------------------------------------------------------------------


def upper(request):
    return request.text.upper()


def same(request):
    return request.text


class Anything(Translate):
    """Takes any answer: the claims are about the flow."""

    def _read_piece(self, source, completion):
        return completion.text


LAYOUT = [
    "Word",
    "one two",
    "3.5",
    ". ",
    "! ",
    "\n\n",
    "\n",
    " ",
    "  ",
    "\t",
    "- ",
    "1. ",
    "# ",
    "> ",
    "é",
    "字。",
    "* ",
]
layouts = st.lists(st.sampled_from(LAYOUT), min_size=1, max_size=60).map("".join)
budgets = st.builds(
    Budget,
    count=st.just(len),
    context=st.none() | st.integers(400, 500),
    window=st.none() | st.integers(5, 60),
    one_by_one=st.booleans(),
)


@pytest.mark.parametrize("answer", [upper, same])
@settings(deadline=None)
@given(text=layouts, budget=budgets)
def test_layout_is_kept_around_whatever_is_translated(answer, text, budget):
    assume(text.strip())
    value, rounds = drive(Anything(to="fr").flow(text, budget), answer)
    assert value == (text if answer is same else text.upper())
    asked = flat(rounds)
    shown = "".join(request.lead + request.text for request in asked)
    assert text.startswith(shown)
    assert not any(map(str.isalpha, text[len(shown) :]))
    assert all(request.text == request.text.strip() != "" for request in asked)
    if asked:
        assert coverage(asked, text).complete


@settings(deadline=None)
@given(text=layouts, limit=st.integers(1, 60))
def test_pieces_are_within_their_limit_and_leave_out_no_letter(text, limit):
    for pieces in (by_window(text, limit, len), by_sentence(text, limit, len, "en")):
        assert all(piece.end - piece.start <= limit for piece in pieces)
        inside = "".join(text[piece.start : piece.end] for piece in pieces)
        assert re.findall(r"[^\W\d_]", inside) == re.findall(r"[^\W\d_]", text)
        assert all(any(map(str.isalpha, text[piece.start : piece.end])) for piece in pieces)


def texts_of(text, **budget):
    _, rounds = drive(Anything(to="fr").flow(text, Budget(words, **budget)), same)
    return [request.text for request in flat(rounds)]


def test_a_text_that_fits_is_translated_in_one_request():
    assert texts_of("  One. Two.\n\n- three\n") == ["One. Two.\n\n- three"]


def test_a_model_trained_on_sentences_gets_one_at_a_time_and_no_marks_of_lists():
    text = "# Title\n\nOne here. Two here. Three here.\n\n- four\n- five\n1. six\n\n***\n"
    assert texts_of(text, window=4) == [
        "Title", "One here.", "Two here.", "Three here.", "four", "five", "six",
    ]  # fmt: skip


def test_a_sentence_above_the_limit_is_cut_between_words():
    assert texts_of("one two three four five six seven", window=3) == [
        "one two three", "four five six", "seven",
    ]  # fmt: skip


def test_even_a_boundless_model_is_not_asked_for_boundless_translations():
    text = "One two three four five six seven eight nine ten. " * 1000
    assert max(map(words, texts_of(text))) <= 3000


def test_what_has_no_letters_is_left_as_it_is():
    value, rounds = drive(Translate(to="de").flow(" 123 - 4.5!\n", Budget()), same)
    assert value == " 123 - 4.5!\n"
    assert not flat(rounds)


def test_a_translation_is_asked_for_both_ways():
    task = Translate(
        to="German", source="eng", formality="formal", glossary={"cat": "Kater", "mat": "Matte"}
    )
    asked = task.request("The cat.")
    assert asked.params == {
        "to": "de",
        "source": "en",
        "formality": "formal",
        "glossary": "cat=Kater; mat=Matte",
    }
    for word in ("from English into German", "formal", "'cat' is 'Kater'"):
        assert word in asked.instruction
    assert Translate(to="pt-BR").request("x").params == {"to": "pt-BR"}


def test_a_bad_piece_is_asked_for_again_and_the_others_are_not():
    text = "Der Preis ist 1234 Euro.\n\nDer Zug kommt."
    asked = []

    def answer(request):
        asked.append(request)
        if "1234" not in request.text:
            return "The train is coming."
        return "The price is 1234 euros." if request.earlier else "The price is 1324 euros."

    value, _ = drive(Translate(to="en").flow(text, Budget(words, window=50)), answer)
    assert value == "The price is 1234 euros.\n\nThe train is coming."
    assert [request.earlier.complaint for request in asked if request.earlier] == [
        "The translation must keep these numbers: 1234."
    ]


def test_the_glossary_is_kept_up_to_inflection():
    task = Translate(to="de", glossary={"house": "Gebäude"})
    drive(task.flow("The houses and the house.", Budget()), lambda _: "Die Häuser, des Gebäudes.")
    with pytest.raises(InvalidOutput, match="Gebäude"):
        drive(task.flow("The house.", Budget(repairs=0)), lambda _: "Das Haus.")


def test_an_answer_in_the_language_of_the_text_is_refused():
    text = "The train was late this morning, and nobody knew why it had stopped so long before."
    with pytest.raises(InvalidOutput, match="not in German"):
        drive(Translate(to="de").flow(text, Budget()), same)


# --- embed ------------------------------------------------------------------------------------


def test_each_text_is_embedded_by_a_request_of_its_own():
    texts = ["a", "bcd", "ef"]
    vectors, rounds = drive(
        Embed().flow(texts, Budget(one_by_one=True)),
        lambda r: Completion(Vector((float(len(r.text)), 1.0))),
    )
    assert vectors == ((1.0, 1.0), (3.0, 1.0), (2.0, 1.0))
    assert len(rounds) == 1
    spans = tuple(span for request in rounds[0] for span in request.reads)
    assert Coverage.of(spans, Embed().extent(texts)).complete


def test_one_text_gives_one_vector():
    vectors, _ = drive(Embed().flow("a", Budget()), lambda _: Completion(Vector((1.0,))))
    assert vectors == ((1.0,),)


def test_vectors_of_different_dimension_are_refused():
    with pytest.raises(InvalidOutput, match="1, 3"):
        drive(
            Embed().flow(["a", "bcd"], Budget()),
            lambda request: Completion(Vector((1.0,) * len(request.text))),
        )
