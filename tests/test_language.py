"""Claims about languages: codes, names, guesses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s_tasks.errors import UnknownName
from s2s_tasks.language import guess_language, language_code, language_name, looks_like

PROSE = {
    "en": "Where is the station? The train was late this morning, and nobody knew why it had stopped.",
    "de": "Wo ist der Bahnhof? Der Zug kam heute Morgen zu spät, und niemand wusste, warum er hielt.",
    "fr": "Où est la gare ? Le train était en retard ce matin, et personne ne savait pourquoi.",
    "es": "¿Dónde está la estación? El tren llegó tarde esta mañana y nadie sabía por qué se paró.",
    "pt": "Onde fica a estação? O trem chegou atrasado esta manhã e ninguém sabia por que parou.",
    "ru": "Где находится вокзал? Сегодня утром поезд опоздал, и никто не знал, почему он стоял.",
    "ja": "駅はどこですか。今朝は電車が遅れていて、なぜ止まったのか誰も知りませんでした。",
    "zh": "车站在哪里？今天早上火车晚点了，没有人知道它为什么停下来，大家都在等消息，谁也没有离开。",
    "ko": "역이 어디에 있습니까? 오늘 아침 기차가 늦었는데 왜 멈췄는지 아무도 몰랐습니다.",
    "ar": "أين تقع المحطة؟ تأخر القطار هذا الصباح ولم يعرف أحد سبب توقفه.",
    "he": "איפה התחנה? הרכבת איחרה הבוקר ואף אחד לא ידע למה היא עצרה.",
    "hi": "स्टेशन कहाँ है? आज सुबह ट्रेन देर से आई और किसी को नहीं पता था कि वह क्यों रुकी।",
    "el": "Πού είναι ο σταθμός; Το τρένο άργησε σήμερα το πρωί και κανείς δεν ήξερε γιατί.",
    "th": "สถานีอยู่ที่ไหน รถไฟมาสายเมื่อเช้านี้ และไม่มีใครรู้ว่าทำไมมันถึงหยุด",
}
AKIN = {("es", "pt"), ("pt", "es")}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("German", "de"),
        ("german", "de"),
        ("Deutsch", "de"),
        ("de", "de"),
        ("deu", "de"),
        ("deu_Latn", "de"),
        (" DE ", "de"),
        ("pt-BR", "pt-BR"),
        ("pt_br", "pt-BR"),
        ("Brazilian Portuguese", "pt-BR"),
        ("Traditional Chinese", "zh-Hant"),
        ("Mandarin", "zh"),
        ("Thai", "th"),
        ("日本語", "ja"),
        ("iw", "he"),
    ],
)
def test_names_and_codes_of_all_kinds_become_one_code(name, code):
    assert language_code(name) == code


@pytest.mark.parametrize(
    "name", ["", " ", "xx", "xqx", "und", "mul", "Gernan", "a", "\ud800", "\0\x80\x80", "de-" * 50]
)
def test_an_unknown_language_is_refused_with_a_way_out(name):
    with pytest.raises(UnknownName) as caught:
        language_code(name)
    assert caught.value.hint


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName) as caught:
        language_code("Gernan")
    assert "German" in caught.value.hint


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_name_is_a_language_or_unknown(name):
    try:
        code = language_code(name)
    except UnknownName:
        return
    assert language_code(code) == code


def test_a_code_has_an_english_name():
    assert [language_name(code) for code in ("de", "pt-BR")] == ["German", "Portuguese (Brazil)"]


@pytest.mark.parametrize("code", PROSE)
def test_prose_is_guessed(code):
    assert guess_language(PROSE[code]) == code


@pytest.mark.parametrize(
    "text", ["", "OK", "123 456", "Hello", "!?", "https://example.org/der-die-das"]
)
def test_too_little_is_not_guessed(text):
    assert guess_language(text) is None


@pytest.mark.parametrize("code", PROSE)
@pytest.mark.parametrize("other", PROSE)
def test_prose_looks_like_its_own_language_and_no_other(code, other):
    assert looks_like(PROSE[code], other) == (code == other or (code, other) in AKIN)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "de"),
        ("OK", "ja"),
        ("iPhone 15 Pro Max", "zh"),
        ("Massachusetts Institute of Technology, Cambridge, Massachusetts", "ja"),
        ("pip install transformers==4.57 && python -m http.server", "ru"),
        ("https://example.org/a-long-path-that-is/english-words-only-and-more", "ja"),
        ("北京 上海", "en"),
        ("東京都", "ja"),
        (
            "Er sagte: Wo ist der Bahnhof? Der Zug kam heute Morgen zu spät an. " * 3
            + PROSE["en"] * 4,
            "en",
        ),
        ("Tämä on suomea", "fi"),
        (PROSE["en"], "tlh"),
        (PROSE["en"], "qaa"),
        ("Он рекао је да воз касни, а нико не зна зашто је стао.", "sr-Latn"),
    ],
)
def test_what_is_not_clearly_another_language_passes(text, code):
    assert looks_like(text, code)


def test_many_threads_may_be_first():
    with ThreadPoolExecutor(16) as pool:
        guesses = list(pool.map(guess_language, [PROSE["fr"]] * 64))
    assert set(guesses) == {"fr"}


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(sorted(PROSE)))
def test_no_text_is_too_odd_to_be_looked_at(text, code):
    assert looks_like(text, code) in {True, False}
    assert guess_language(text) is None or guess_language(text)
