"""Claims about what a translation keeps, and about answers that go round in circles."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s_tasks.catalog.kept import check_translation
from s2s_tasks.errors import InvalidOutput
from s2s_tasks.loops import has_loop


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("It costs 1,234.50 dollars.", "Es kostet 1.234,50 Dollar."),
        ("It costs 1,234.50 dollars.", "Il coûte 1 234,5 dollars."),
        ("It costs 1,234.50 dollars.", "Es kostet 1'234.50 Dollar."),
        ("About 12,34,567 people", "Rund 1.234.567 Menschen"),
        ("10,000 people", "1万人"),
        ("50 million people", "5000万人"),
        ("1.25 million people", "125万人"),
        ("two of 12 people", "zwei von zwölf Leuten"),
        ("at 2:30 pm on 3/5/2024", "am 5.3.2024 um 14:30 Uhr"),
        ("on 2024-03-05", "am 5. März 2024"),
        ("Index &#8212; end", "Index – Ende"),
        ("in 2024", "二〇二四年"),
        ("in 2024", "في عام ٢٠٢٤"),
        ("in 125 cities", "一百二十五の都市で"),
        ("the 1990s", "die Neunzigerjahre"),
        ("a third", "1/3"),
        ("half, 50%", "die Hälfte, 50 %"),
        ("version 10.14.253", "Version 10.14.253"),
        ("IPv4 192.168.100.200", "IPv4 192.168.100.200"),
        ("Hi {name}, %s of %(all)d, ${x} {{ y }} {}", "{name}: ${x} {{ y }} {} %(all)d %s"),
        ("100% sure, 5%d", "zu 100 % sicher, 5%d"),
        (
            '<b>Hi</b> <a href="x" title="go">you</a><br/>',
            '<a href="x" title="geh">Du</a> <b>Hi</b><br/>',
        ),
        ("if a <b and c> d", "wenn a <b und c> d"),
        (
            "See https://a.example/b?c=1, or mail me@x.example.",
            "见 https://a.example/b?c=1，或 me@x.example。",
        ),
        ("(www.a.example/x)", "(www.a.example/x)"),
        ("{1, 2} {see note}", "{1, 2} {siehe Hinweis}"),
        (
            "The train was late this morning, and nobody knew why. " * 4,
            "今朝は電車が遅れ、理由は誰も知らなかった。" * 4,
        ),
        ("ha " * 40, "ха " * 40),
        ("", ""),
    ],
)
def test_a_good_translation_is_not_called_a_bad_one(source, target):
    check_translation(source, target)
    check_translation(target, source)


@pytest.mark.parametrize(
    ("source", "target"),
    [("nineteen eighty-four", "1984"), ("6 feet", "1,83 m"), ("two million", "2 000 000")],
)
def test_words_may_become_numbers(source, target):
    check_translation(source, target)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("It costs 1,234 dollars.", "Es kostet 1.324 Dollar.", "numbers: 1,234"),
        ("In 2024 it rose by 19.75.", "Es stieg um 19,75.", "numbers: 2024"),
        ("It rose by 15%.", "Es stieg um 50 %.", "numbers: 15"),
        ("Hi {name}", "Hallo {Name}", "{name}"),
        ("%s of %s", "%s von", "%s"),
        ("{a} {b}", "{a} {b} {b}", "{b}"),
        ("<b>Hi</b>", "<b>Hallo", "</b>"),
        ("See https://a.example/b.", "Siehe https://a.example/c.", "https://a.example/b"),
        ("Mail me@x.example", "Mail an mich@x.example", "me@x.example"),
        ("The train was late, and nobody knew why. " * 5, "Der Zug.", "much shorter"),
        (
            "The train was late, and nobody knew why. " * 5,
            "Er kam zu spät, wie immer, ja. " * 40,
            "much longer",
        ),
        ("It was late.", "Es war spät und es war spät und " * 12, "repeats"),
    ],
)
def test_what_is_lost_is_named(source, target, said):
    with pytest.raises(InvalidOutput) as caught:
        check_translation(source, target)
    assert said in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_the_text_itself_keeps_everything(text):
    check_translation(text, text)


POEM = """Row, row, row your boat, gently down the stream.
Merrily, merrily, merrily, merrily, life is but a dream. """


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no, no, no, no, no, no, no",
        "la " * 20,
        POEM * 4,
        "| --- " * 40,
        "-" * 500,
        "." * 500,
        "0 0 0 0 1 0 0 " * 40,
        "".join(f"{n}. Item number {n} of the list.\n" for n in range(60)),
        "\n".join(f"- Name: {chr(65 + n % 26) * 3}{n % 7}x, role: member" for n in range(60)),
        "Hallo! Hallo! Hallo!",
        "は" * 20,
        "a" * 50,
    ],
)
def test_refrains_lists_and_tables_are_no_loops(text):
    assert not has_loop(text)


@pytest.mark.parametrize(
    "text",
    [
        "very " * 30,
        "I do not know. " * 8,
        "A beginning that is fine. " + "And then the same thing happened again to them all. " * 6,
        "It was. " + "是的。" * 30,
        "哈" * 40,
        "spam" * 80,
        "a " * 5000 + "b",
    ],
)
def test_the_same_again_and_again_is_a_loop(text):
    assert has_loop(text)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 300_000,
        "ab" * 500_000,
        "a" * 999_999 + "!",
        "x y z w " * 100_000 + "q",
        "1,234" * 100_000,
    ],
)
def test_looking_for_loops_and_losses_takes_bounded_time(text):
    began = time.perf_counter()
    has_loop(text)
    assert time.perf_counter() - began < 10
    check_translation(text, text)
    assert time.perf_counter() - began < 30
