"""Claims about the extractive summarizer."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from itertools import pairwise
from math import log, sqrt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from s2s_extractive import s2s_backends
from s2s_extractive.graph import Graph
from s2s_extractive.ranking import rank
from s2s_extractive.selection import choose
from s2s_extractive.summary import Style, Summary, summarize
from s2s_extractive.terms import terms

from s2s_tasks import tasks
from s2s_tasks.errors import BackendError, Cancelled, UnknownName, Unsupported
from s2s_tasks.exchange import Request, Signal, Span
from s2s_tasks.text import count_words, sentences

if TYPE_CHECKING:
    from s2s_tasks.exchange import Completion

STORY = (
    "A walk by the sea was planned for the morning. "
    "The harbour bridge closes in March while its steel cables are replaced. "
    "Replacing the steel cables of the bridge costs the harbour nine million. "
    "Ferries carry people over the harbour while the bridge is closed. "
    "A cat slept on a wall. "
    "Shops near the harbour fear for March."
)


def quiet() -> None:
    """Nobody stops the work."""


def body(summary: Summary) -> str:
    return " ".join(summary.text.split())


# -- the graph and the walk, against a slow and obvious twin


def dense_similarity(rows: list[list[str]]) -> list[list[float]]:
    n = len(rows)
    found = {word: sum(word in row for row in rows) for row in rows for word in row}
    weight = {word: log(1 + n / count) for word, count in found.items()}
    vectors = [{word: weight[word] for word in row} for row in rows]
    lengths = [sqrt(sum(w * w for w in vector.values())) for vector in vectors]
    return [
        [
            0.0
            if i == j or not lengths[i] or not lengths[j]
            else sum(w * vectors[j].get(word, 0.0) for word, w in vectors[i].items())
            / (lengths[i] * lengths[j])
            for j in range(n)
        ]
        for i in range(n)
    ]


def dense_rank(rows: list[list[str]], restart: list[float], damping: float) -> list[float]:
    matrix = dense_similarity(rows)
    n = len(rows)
    home = [weight / sum(restart) for weight in restart]
    degrees = [sum(row) for row in matrix]
    shares = home
    for _ in range(400):
        flow = [
            sum(shares[j] * matrix[j][i] / degrees[j] for j in range(n) if degrees[j] > 0)
            for i in range(n)
        ]
        lost = sum(shares[j] for j in range(n) if degrees[j] == 0)
        shares = [damping * (flow[i] + lost * home[i]) + (1 - damping) * home[i] for i in range(n)]
    return shares


rows_of_terms = st.lists(
    st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6), min_size=1, max_size=9
)


@given(rows_of_terms, st.sampled_from([0.5, 0.85]), st.randoms(use_true_random=False))
def test_the_walk_is_that_of_the_dense_matrix(
    rows: list[list[str]], damping: float, draw: random.Random
) -> None:
    restart = [draw.randint(1, 5) * 1.0 for _ in rows]
    shares = rank(Graph(rows, quiet), restart, quiet, damping=damping, tolerance=1e-13)
    assert shares == pytest.approx(dense_rank(rows, restart, damping), abs=1e-9)
    assert sum(shares) == pytest.approx(1)


@given(rows_of_terms)
def test_the_factorised_product_is_the_matrix_less_its_diagonal(rows: list[list[str]]) -> None:
    values = [1.0 + number for number in range(len(rows))]
    expected = [
        sum(s * v for s, v in zip(row, values, strict=True)) for row in dense_similarity(rows)
    ]
    assert Graph(rows, quiet).similarity(values) == pytest.approx(expected, abs=1e-9)


def test_the_graph_holds_each_occurrence_of_a_term_and_no_pair_of_sentences() -> None:
    draw = random.Random(3)
    rows = [list({f"t{draw.randint(0, 40)}" for _ in range(12)}) for _ in range(2000)]
    graph, occurrences = Graph(rows, quiet), sum(map(len, rows))
    held = sum(map(len, graph.rows)) + sum(map(len, graph.links)) + sum(map(len, graph.columns))
    assert held <= 3 * occurrences


def test_steps_of_the_walk_do_not_grow_with_the_text() -> None:
    def steps(size: int) -> int:
        draw = random.Random(5)
        rows = [list({f"t{int(draw.paretovariate(0.7))}" for _ in range(12)}) for _ in range(size)]
        seen: list[int] = []
        rank(Graph(rows, quiet), [1.0] * size, lambda: seen.append(1))
        return len(seen)

    assert steps(3000) <= 2 * steps(100)


# -- the choice


def slow_choice(graph: Graph, scores: list[float], costs: list[int], budget: int) -> list[int]:
    """Every worth computed anew at every turn."""
    chosen: list[int] = []
    said: set[int] = set()
    while True:
        worths = {}
        for number, score in enumerate(scores):
            mass = graph.mass[number]
            share = graph.shared(number, said) / mass if said and mass else 0.0
            fits = number not in chosen and costs[number] <= budget and share < 0.95
            floor = max(scores) * (0.5 if chosen else 0.8)
            if fits and score * (1 - share) >= floor:
                worths[number] = score * (1 - share)
        if not worths:
            return chosen
        best = max(worths, key=lambda number: (worths[number], -number))
        chosen.append(best)
        said.update(graph.rows[best])
        budget -= costs[best]


@given(rows_of_terms, st.randoms(use_true_random=False), st.integers(1, 30))
def test_the_lazy_choice_is_the_greedy_one(
    rows: list[list[str]], draw: random.Random, budget: int
) -> None:
    graph = Graph(rows, quiet)
    scores = [draw.uniform(0.2, 1.0) for _ in rows]
    costs = [draw.randint(1, 9) for _ in rows]
    assert choose(graph, scores, costs, budget, quiet) == slow_choice(graph, scores, costs, budget)


def test_a_planted_central_sentence_is_chosen() -> None:
    assert "steel cables" in summarize(STORY, max_words=14).text


def test_the_focus_moves_the_choice() -> None:
    assert "cat" in summarize(STORY, max_words=14, focus="the cat on the wall").text
    assert "Ferries" in summarize(STORY, max_words=14, focus="ferries").text


def test_a_focus_the_text_does_not_know_is_said_so() -> None:
    plain, lost = summarize(STORY), summarize(STORY, focus="zebra")
    assert lost.text == plain.text
    assert "zebra" in lost.warnings[0]


def test_a_repeated_sentence_is_taken_once() -> None:
    said = "The harbour bridge closes in March while its cables are replaced."
    text = " ".join([said] * 8) + " Ferries carry people over the harbour meanwhile."
    assert summarize(text, max_words=60).text.count(said) == 1


def test_a_heading_is_not_taken_for_a_sentence() -> None:
    heading = "The harbour bridge and its steel cables"
    assert heading not in summarize(f"{heading}\n\n{STORY}", max_words=40).text
    assert summarize(heading).text == heading


def test_inflections_meet_in_one_term() -> None:
    assert terms("Replacing replaced REPLACES") == ["replaci", "replace"]


def test_scripts_without_spaces_give_pairs() -> None:
    assert terms("我爱北京。A城") == ["我爱", "爱北", "北京", "a", "城"]


# -- the summary


CHINESE = (
    "上海今天下雨了。北京的大桥三月关闭，因为要更换钢缆。更换北京大桥的钢缆需要九百万元。"
    "大桥关闭期间，渡轮运送北京的乘客。一只猫在墙上睡觉。"
)


def test_chinese_sentences_are_joined_without_a_space() -> None:
    summary = summarize(CHINESE, max_words=50)
    assert "大桥" in summary.text
    assert len(summary.spans) > 1
    assert " " not in summary.text
    assert count_words(summary.text) <= 50


@pytest.mark.parametrize(
    "text",
    [
        "यह पुल मार्च में बंद होगा। पुल के तार बदले जाएंगे। बिल्ली सो रही है।",
        "يغلق الجسر في مارس. تستبدل كابلات الجسر؟ القط نائم.",
        "สะพานปิดในเดือนมีนาคม เพราะต้องเปลี่ยนสายเคเบิล",
        "다리는 3월에 닫힌다. 다리의 케이블을 바꾼다. 고양이가 잔다.",
    ],
    ids=["hindi", "arabic", "thai", "korean"],
)
def test_other_scripts_are_summarized_in_their_own_sentences(text: str) -> None:
    summary = summarize(text, max_words=8)
    assert summary.text
    assert all(text[a:b].strip() for a, b in summary.spans)


def test_one_sentence_is_its_own_summary() -> None:
    text = "  Only one sentence stands here.\n"
    summary = summarize(text)
    assert summary == Summary("Only one sentence stands here.", ((2, 32),))


def test_bullets_are_one_line_each_and_their_dashes_count() -> None:
    summary = summarize(STORY, max_words=30, style=Style.BULLETS)
    assert len(summary.text.splitlines()) == len(summary.spans) > 1
    assert all(line.startswith("- ") for line in summary.text.splitlines())
    assert len(summary.text.split()) <= 30


def test_the_mark_of_a_list_stays_behind() -> None:
    text = "\n".join(f"- {sentence}." for sentence in STORY.split(". "))
    assert "- " not in summarize(text, max_words=40).text


def test_a_headline_is_the_best_sentence_without_its_full_stop() -> None:
    summary = summarize(STORY, style=Style.HEADLINE)
    assert len(summary.text.split()) <= 12
    assert not summary.text.endswith(".")


def test_a_sentence_too_long_is_cut_and_said_so() -> None:
    text = "One sentence that is much longer than anything that was asked for."
    summary = summarize(text, max_words=4)
    assert summary.text == "One sentence that is…"
    assert summary.spans == ((0, 20),)
    assert "cut" in summary.warnings[0]


def test_the_length_nobody_set_is_a_third_of_the_text_at_most_a_hundred_words() -> None:
    assert count_words(summarize(STORY).text) <= count_words(STORY) * 0.3 or (
        len(summarize(STORY).spans) == 1
    )
    assert count_words(summarize(" ".join([STORY] * 40)).text) <= 100


def test_the_same_text_gives_the_same_summary() -> None:
    assert summarize(STORY) == summarize(STORY)


PIECES = [
    "Bridge", "harbour", " ", " ", ". ", "! ", "\n", "\n\n", "- ", "字桥。", "桥，", "「", "」", "ＡＢ，ＣＤ！",
    "e\u0301", "👩\u200d👧", "🇩🇪", "\u202e", "\u200b", "\x00", "\ud800", "กำ", "،", "؟ ", "1. ", "…", "？",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=80)


@given(texts, st.integers(1, 25), st.sampled_from(Style), st.sampled_from(["", "bridge", "桥"]))
def test_a_summary_keeps_its_budget_and_is_empty_for_nothing_only(
    text: str, limit: int, style: Style, focus: str
) -> None:
    summary = summarize(text, max_words=limit, style=style, focus=focus)
    assert count_words(summary.text) <= limit
    assert bool(summary.text.strip()) == bool(text.strip())


@given(texts, st.integers(1, 25))
def test_citations_are_sentences_of_the_text_in_its_order(text: str, limit: int) -> None:
    summary = summarize(text, max_words=limit)
    assert all(b <= c for (_, b), (c, _) in pairwise(summary.spans))
    starts = {start for start, _ in sentences(text)}
    assert {start for start, _ in summary.spans} <= starts
    marks = str.maketrans("", "", "-1.…")  # of lists and cuts: taken off or put on
    cited = "".join("".join(text[a:b].split()) for a, b in summary.spans)
    assert "".join(summary.text.split()).translate(marks) == cited.translate(marks)


# -- hostile text


def hostile_texts() -> list[str]:
    lone = [
        "", " ", "\n", "\x00", "\x1b[31m", "\ufeff", "\u200b", "\u200d", "\u202e", "\u2066", "\ud800", "\udfff",
        "\u0301", "🇩", "🇩🇪", "👩\u200d👩\u200d👧", "👍🏽", ".", "…", "。", "?!", "(", "“", "「", "”", '"', "'", "- ",
        "#", "1.", "a", "é", "字", "ก", "กำ", "ក្ក", "က္က", "ﷺ", "ß", "İ", "ǅ", "½", "²", "Ⅷ", "𝔘", "𠀀", "\U0010ffff",
        "\u2028", "\u2029", "\x85",
    ]  # fmt: skip
    shapes = [lone, [c * 3000 for c in lone], [(c + " ") * 800 for c in lone]]
    shapes.append([f"A{c}b. {c}C d{c}!\n\n{c}" * 50 for c in lone])
    shapes.append(["a" * 1_000_000, "a. " * 50_000, "\n" * 100_000, "“" * 200_000, "[1]" * 20_000])
    return [text for shape in shapes for text in shape]


def test_there_are_two_hundred_hostile_texts() -> None:
    assert len(hostile_texts()) >= 200


@pytest.mark.parametrize("number", range(len(hostile_texts())))
def test_hostile_text_is_summarized_within_its_budget(number: int) -> None:
    text = hostile_texts()[number]
    for style in Style:
        summary = summarize(text, max_words=7, style=style, focus=text[:20])
        assert count_words(summary.text) <= 7
        assert bool(summary.text) == bool(text.strip())


# -- stopping


def test_the_work_can_be_stopped_anywhere() -> None:
    text = " ".join([STORY] * 300)
    calls: list[int] = []
    summarize(text, check=lambda: calls.append(1))
    assert len(calls) > 10
    for stop in range(0, len(calls), max(1, len(calls) // 7)):
        signal, seen = Signal(), []

        def check(signal: Signal = signal, seen: list[int] = seen, stop: int = stop) -> None:
            if len(seen) == stop:
                signal.abort()
            seen.append(1)
            signal.check()

        with pytest.raises(Cancelled):
            summarize(text, check=check)


def test_an_abort_from_another_thread_is_heeded_at_once() -> None:
    signal = Signal()
    request = Request("summarize", (" ".join([STORY] * 12_000),), signal=signal)
    backend = opened()
    stopped: list[float] = []

    def work() -> None:
        with pytest.raises(Cancelled):
            list(backend.complete([request]))
        stopped.append(time.monotonic())

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(0.2)
    aborted = time.monotonic()
    signal.abort()
    worker.join()
    assert stopped[0] - aborted < 0.25


# -- the backend


def opened(model: str | None = None):
    (spec,) = s2s_backends()
    return spec.open(model)


def answer(*parts: str, **params: str) -> Completion | BackendError:
    ((number, given),) = opened().complete([Request("summarize", parts, params=params)])
    assert number == 0
    return given


def test_the_params_of_a_request_are_heeded() -> None:
    given = answer(STORY, max_words="14", style="bullets", focus="cat", language="en")
    assert given.text == "- A cat slept on a wall."
    assert given.cost == 0


def test_citations_point_into_the_part_they_come_from() -> None:
    parts = (
        "The bridge of the harbour closes in March.",
        "The harbour bridge gets steel cables that cost nine million.",
    )
    given = answer(*parts, max_words="40")
    assert given.citations == (Span(0, len(parts[0]), 0), Span(0, len(parts[1]), 1))


@pytest.mark.parametrize(
    "bad", [{"max_words": "0"}, {"max_words": "-3"}, {"max_words": "x"}, {"style": "x"}]
)
def test_a_param_out_of_range_is_answered_by_an_error(bad: dict[str, str]) -> None:
    assert isinstance(answer(STORY, **bad), BackendError)


def test_a_deadline_that_passed_fails_its_own_request_only() -> None:
    late = Request("summarize", (STORY,), signal=Signal(deadline=0.0))
    answers = dict(opened().complete([late, Request("summarize", (STORY,))]))
    assert isinstance(answers[0], BackendError)
    assert answers[1].text


def test_another_model_is_refused() -> None:
    with pytest.raises(UnknownName):
        opened("gpt")


def test_listing_the_backend_loads_nothing_heavy() -> None:
    heavy = "{'regex', 'sentencex', 'numpy', 's2s_extractive.backend'}"
    code = f"import sys, s2s_extractive as e; list(e.s2s_backends()); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_summary_in_another_language_is_refused_before_any_work():
    german = (
        "Der Fluss stieg in der Nacht über die Straße. Niemand wurde verletzt, sagte die Polizei."
    )
    with pytest.raises(Unsupported, match="not in that language"):
        tasks.summarize(german, language="fr")
    assert tasks.summarize(german, language="German", max_words=12).value


@pytest.mark.parametrize("style", Style)
def test_titles_tables_and_code_are_not_chosen_where_there_is_prose(style):
    text = (
        "# The harbour bridge and its cables and its ferries\n\n"
        + STORY
        + "\n\n| bridge | harbour | cables | ferries | March. |\n"
        + "| harbour bridge | steel cables | ferries | nine million. |\n\n"
        + "```\nbridge harbour cables steel ferries March million.\n```\n"
    )
    chosen = summarize(text, max_words=30, style=style).text
    assert not {"#", "|", "`"} & set(chosen)
