"""The vocabulary of a Whisper, its tokens as segments and words, and what to think of a text."""

import json
import shutil
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_whisper import LANGUAGES, tiny_whisper

from s2s_tasks import NotConfigured, UnknownName
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.speech.engine import Heard
from s2s_tasks.speech.fallback import Try, best
from s2s_tasks.speech.prompt import Prompts
from s2s_tasks.speech.segments import lines, spoken
from s2s_tasks.speech.vocabulary import WhisperVocabulary
from s2s_tasks.speech.words import apart, timed

TEXT = st.text(max_size=40).filter(lambda text: "\ufffd" not in text)


@cache
def vocabulary(*, multilingual=True):
    return WhisperVocabulary.of(Checkpoint(tiny_whisper(multilingual=multilingual)))


@pytest.fixture(scope="module")
def known():
    return vocabulary()


@pytest.fixture(scope="module")
def slow(known):
    """The tokenizer of transformers."""
    from transformers import WhisperTokenizer

    return WhisperTokenizer.from_pretrained(tiny_whisper())


# --- vocabulary ----------------------------------------------------------------------------


def test_the_steering_tokens_are_those_that_transformers_knows(known, slow):
    ids = slow.convert_tokens_to_ids
    assert known.start == ids("<|startoftranscript|>")
    assert known.end == slow.eos_token_id
    assert known.transcribe == ids("<|transcribe|>")
    assert known.translate == ids("<|translate|>")
    assert known.previous == ids("<|startofprev|>")
    assert known.no_speech == ids("<|nospeech|>")
    assert known.no_timestamps == ids("<|notimestamps|>")
    assert known.first_time == ids("<|0.00|>")
    assert known.seconds(ids("<|12.34|>")) == pytest.approx(12.34)
    assert known.languages == {code: ids(f"<|{code}|>") for code in LANGUAGES}


def test_what_is_suppressed_stands_in_the_generation_config(known):
    told = json.loads((tiny_whisper() / "generation_config.json").read_text())
    assert [*known.suppressed] == told["suppress_tokens"]
    assert [*known.begin_suppressed] == told["begin_suppress_tokens"]
    assert known.latest_first == 50


def test_a_vocabulary_for_english_has_no_languages():
    english = vocabulary(multilingual=False)
    assert english.languages == {}
    assert english.known == {"en"}
    assert english.no_speech is not None


def test_older_files_make_the_same_vocabulary(known, tmp_path):
    for name in ("config.json", "generation_config.json", "vocab.json", "merges.txt"):
        shutil.copy(tiny_whisper() / name, tmp_path)
    state = json.loads((tiny_whisper() / "tokenizer.json").read_text())
    added = {one["content"]: one["id"] for one in state["added_tokens"]}
    (tmp_path / "added_tokens.json").write_text(json.dumps(added))
    old = WhisperVocabulary.of(Checkpoint(tmp_path))
    assert (old.start, old.first_time, old.languages) == (
        known.start,
        known.first_time,
        known.languages,
    )
    text = " Grüße, 東京! \N{GRINNING FACE}"
    assert old.encode(text) == known.encode(text)
    assert old.decode(old.encode(text)) == text


def test_a_folder_without_a_tokenizer_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(NotConfigured, match=r"neither tokenizer.json, nor vocab.json"):
        WhisperVocabulary.of(Checkpoint(tmp_path))


def test_the_tokenizer_of_another_kind_of_model_is_named():
    from tiny import make

    with pytest.raises(NotConfigured, match="is no Whisper"):
        WhisperVocabulary.of(Checkpoint(make("bart")))


@pytest.mark.parametrize(("asked", "found"), [("de", "de"), ("zh-Hant", "zh"), ("en-GB", "en")])
def test_languages_are_found_by_any_of_their_codes(known, asked, found):
    assert known.language(asked) == found


def test_old_codes_of_the_vocabulary_are_told_as_they_are_called_today(tmp_path):
    for path in tiny_whisper().glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text().replace("<|fr|>", "<|jw|>"))
    old = WhisperVocabulary.of(Checkpoint(tmp_path))
    assert "jv" in old.known
    assert old.language("jv") == "jw"
    assert old.by_code["jv"] == "jw"


def test_an_unknown_language_is_named(known):
    with pytest.raises(UnknownName, match="does not know the language 'sv'"):
        known.language("sv")


@given(TEXT)
def test_any_text_comes_back_whole_and_steers_nothing(text):
    known = vocabulary()
    ids = known.encode(text)
    assert all(map(known.is_text, ids))
    assert known.decode(ids) == text


def test_a_control_token_in_a_text_is_text(known):
    ids = known.encode("<|endoftext|><|0.00|><|de|>")
    assert all(map(known.is_text, ids))


# --- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" Don't stop, please!", [" Don't", " stop,", " please!"]),
        (" It is 3.5 km (or so).", [" It", " is", " 3.5", " km", " (or", " so)."]),
        (" naïve Grüße", [" naïve", " Grüße"]),
        ("你好，世界。", ["你", "好，", "世", "界。"]),
        ("「東」京", ["「東」", "京"]),
        (" \N{GRINNING FACE} ok", [" \N{GRINNING FACE}", " ok"]),
        (" 김치 맛", [" 김치", " 맛"]),
        ("", []),
    ],
)
def test_words_are_parted_as_their_script_parts_them(known, text, words):
    assert [word.text for word in known.words(known.encode(text))] == words


@given(TEXT)
def test_words_have_all_of_the_text_and_all_of_its_tokens(text):
    known = vocabulary()
    ids = known.encode(text)
    words = known.words(ids)
    assert "".join(word.text for word in words) == text
    assert [word.begin for word in words] == [0, *(word.end for word in words)][: len(words)]
    assert not words or words[-1].end == len(ids)
    for word in words:
        assert word.begin <= word.voiced[0] <= word.voiced[1] <= word.end


def test_the_pause_at_a_mark_is_not_part_of_the_word(known):
    ids = known.encode(" ant, bee")
    [ant, _] = known.words(ids)
    times = [float(number) for number in range(len(ids) + 1)]
    line = lines(ids, known, 30.0)
    [[first, second]] = timed(line, times, known, [], [(0.0, 30.0)])
    assert first.end == ant.end - 1 < second.start


# --- segments ------------------------------------------------------------------------------


def test_timestamps_part_a_text_into_lines(known):
    def at(second):
        return known.first_time + round(second / 0.02)

    one, two = known.encode(" ant"), known.encode(" bee")
    found = lines([at(0.5), *one, at(2), at(2.5), *two, at(4)], known, 10.0)
    assert [(line.start, line.end, [*line.tokens]) for line in found] == [
        (0.5, 2.0, one),
        (2.5, 4.0, two),
    ]


def test_text_without_times_fills_the_sound(known):
    [line] = lines(known.encode(" ant"), known, 7.5)
    assert (line.start, line.end) == (0, 7.5)


def test_a_line_that_is_not_closed_goes_on_to_the_end(known):
    [line] = lines([known.first_time + 50, *known.encode(" ant")], known, 7.5)
    assert (line.start, line.end) == (1.0, 7.5)


def test_times_beyond_the_sound_are_brought_back_into_it(known):
    first = known.first_time
    tokens = [
        first,
        *known.encode(" ant"),
        first + 100,
        first + 1000,
        *known.encode(" bee"),
        first + 1200,
    ]
    assert [(line.start, line.end) for line in lines(tokens, known, 5.0)] == [(0, 2), (2, 5)]


@given(st.lists(st.integers(0, 1931), max_size=60), st.floats(0.1, 30))
def test_whatever_the_model_writes_its_lines_are_in_order_and_have_all_the_text(tokens, seconds):
    known = vocabulary()
    found = lines(tokens, known, seconds)
    times = [time for line in found for time in (line.start, line.end)]
    assert times == sorted(times)
    assert all(0 <= time <= seconds for time in times)
    text = [token for line in found for token in line.tokens]
    assert text == [token for token in tokens if known.is_text(token)]


@given(
    st.lists(st.integers(0, 1931), max_size=40),
    st.lists(st.floats(-5, 40), min_size=41, max_size=41),
    st.lists(st.floats(0, 20), max_size=8).map(sorted),
    st.lists(st.floats(0.1, 19.9), max_size=3, unique=True).map(sorted),
)
def test_whatever_the_engine_aligns_the_words_are_in_order(tokens, times, borders, splices):
    known = vocabulary()
    found = lines(tokens, known, 20.0)
    count = sum(len(line.tokens) for line in found)
    stretches = [*zip(borders[::2], borders[1::2], strict=False)]
    silent = [at for at in splices if not any(start <= at <= end for start, end in stretches)]
    sides = [*pairwise([0.0, *silent, 20.0])]
    words = timed(found, times[: count + 1], known, stretches, sides)
    assert len(words) == len(found)
    starts = [word.start for line in words for word in line]
    assert starts == sorted(starts)
    assert all(0 <= word.start <= word.end <= 20 for line in words for word in line)
    for word in (word for line in words for word in line if word.start < word.end):
        assert any(start <= word.start < word.end <= end for start, end in sides)
    for line, its in zip(found, words, strict=True):
        parts = [*apart(line, its, sides)]
        assert sum((part.tokens for part, _ in parts), ()) == line.tokens
        assert [word for _, part in parts for word in part] == its


def test_a_word_is_where_it_is_heard_when_the_silence_in_it_is_left_out(known):
    line = lines(known.encode(" ant"), known, 9.0)
    count = len(line[0].tokens)
    for start, end, wanted in [
        (1.0, 4.1, (1.0, 2.0)),
        (1.9, 6.0, (4.0, 6.0)),
        (2.5, 3.95, (3.0, 3.95)),
    ]:
        times = [*[start] * count, end]
        [[word]] = timed(line, times, known, [(1.0, 2.0), (4.0, 6.0)], [(0.0, 3.0), (3.0, 9.0)])
        assert (word.start, word.end) == wanted


@pytest.mark.parametrize(
    ("time", "trimmed"),
    [
        ((0.0, 3.0), (1.0, 3.0)),  # begins in the silence before
        ((2.0, 5.5), (2.0, 4.0)),  # ends in the pause
        ((4.5, 7.0), (6.0, 7.0)),  # begins in the pause
        ((3.98, 7.0), (6.0, 7.0)),  # ... or a moment before it
        ((2.0, 6.03), (2.0, 4.0)),
        ((2.0, 7.0), (2.0, 7.0)),  # goes on over the pause
        ((4.5, 5.5), (4.5, 5.5)),  # nowhere else to go
        ((7.0, 9.5), (7.0, 8.0)),
    ],
)
def test_a_time_does_not_reach_into_a_pause(time, trimmed):
    assert spoken([time], [(1.0, 4.0), (6.0, 8.0)]) == [trimmed]


@pytest.mark.parametrize(
    ("times", "whole"),
    [
        ([(1.3, 3.8)], [(1.0, 4.0)]),
        ([(2.0, 3.0)], [(2.0, 3.0)]),  # too far away
        ([(1.3, 2.0), (2.3, 3.8)], [(1.0, 2.0), (2.3, 4.0)]),  # what is between them is nobody's
        ([(6.3, 6.9), (7.0, 7.8)], [(6.0, 6.9), (7.0, 8.0)]),
        ([(3.0, 6.2), (6.3, 7.8)], [(3.0, 6.2), (6.3, 8.0)]),  # has an owner already
        ([(3.7, 3.7)], [(3.7, 4.0)]),
    ],
)
def test_speech_that_is_nobody_elses_belongs_to_what_is_written_next_to_it(times, whole):
    assert spoken(times, [(1.0, 4.0), (6.0, 8.0)]) == whole


# --- prompts -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [0, 10, 1000])
@pytest.mark.parametrize("timestamps", [True, False])
def test_prompt_and_text_have_room_together(known, words, timestamps):
    prompts = Prompts(known, 448)
    hint = prompts.hint("word " * words)
    task = prompts.task("de", translate=False)
    whole = prompts.whole(hint, task, timestamps=timestamps)
    assert len(whole) + prompts.limit <= 448
    assert prompts.limit >= 220
    assert hint.cut == (words == 1000)
    assert (whole[-1] == known.no_timestamps) is not timestamps


# --- what to think of a text ---------------------------------------------------------------


def tried(text="all is well here", *, ended=True, logprob=-0.2, silence=0.0):
    return Try(Heard((), ended, logprob, silence), text)


@pytest.mark.parametrize(
    ("one", "good"),
    [
        (tried(), True),
        (tried(ended=False), False),
        (tried(logprob=-1.01), False),
        (tried("no " * 40), False),
        (tried("and then the same line again. " * 5), False),
        (tried("la la la la"), True),
        (tried(silence=0.9), True),
        (tried(silence=0.9, logprob=-2), True),
        (tried(""), True),
        (tried("", ended=False), False),
    ],
)
def test_a_text_is_good_or_tried_again(one, good):
    assert one.good is good


@pytest.mark.parametrize(
    "text",
    [
        (
            "कल शाम हम सब दोस्त बहुत देर तक रसोई में बैठे रहे और बातें करते रहे कि पिछले दस सालों में"
            " हमारा शहर कितना बदल गया है। पहले यहाँ पुराने लकड़ी के घर हुआ करते थे, अब हर तरफ ऊँची"
            " इमारतें और दुकानें हैं। मुझे लगता है कि लोग अब आपस में कम मिलते हैं।"
        ),
        (
            "เมื่อวานตอนเย็นพวกเรานั่งคุยกันในครัวอยู่นานว่าเมืองของเราเปลี่ยนไปมากแค่ไหนในช่วงสิบปีที่ผ่านมา"
            "เมื่อก่อนที่นี่มีแต่บ้านไม้เก่าๆ แต่ตอนนี้มีตึกสูงและร้านค้าอยู่ทุกที่ ฉันรู้สึกว่าผู้คนพูดคุยกันน้อยลง"
        ),
    ],
    ids=["Hindi", "Thai"],
)
def test_a_script_of_three_bytes_a_letter_is_no_repetition(text):
    assert tried(text).good
    assert not tried(text[:30] * 5).good


def test_the_best_of_bad_texts_is_the_likeliest_that_is_no_loop():
    loop, cut = tried("no " * 40, logprob=-0.1), tried(ended=False, logprob=-0.1)
    dense = tried("and then the same line again. " * 5, logprob=-0.3)
    doubtful, worse = tried(logprob=-1.2), tried(logprob=-1.3)
    assert best([loop, cut, dense, worse, doubtful]) is doubtful
    assert best([loop, cut, dense]) is dense
    assert best([loop, cut]) is None
