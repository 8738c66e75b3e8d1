"""Transcripts: texts joined as their scripts want it, subtitles, and what a stream of one says."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks import Backend, BadSetting, Segment, Speech, Spoken, Tasks, UsageError, Word
from s2s_tasks.catalog import Transcribe, Transcript
from s2s_tasks.fallback import Fallback, Member
from s2s_tasks.testing import Recorded, Scripted
from s2s_tasks.words import joined

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
SPEECH = Speech((Segment("Hello.", 0, 1.5), Segment("Bye.", 1.5, 2)), "en", 2.5)


def spoken(text, step=0.5):
    """A segment whose words are said one every half second."""
    words = text.split()
    timed = tuple(Word(word, n * step, (n + 1) * step) for n, word in enumerate(words))
    return Segment(text, 0.0, len(words) * step, timed)


def subtitles(srt):
    return [block.split("\n")[2:] for block in srt.strip().split("\n\n")]


# --- texts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        ([" Hello.", "Bye. "], "Hello. Bye."),
        (["你好。", "再见。"], "你好。再见。"),
        (["これは", "テスト"], "これはテスト"),
        (["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (["안녕", "하세요"], "안녕 하세요"),
        (["", " ", "a", "", "b"], "a b"),
        ([], ""),
    ],
)
def test_segments_are_joined_as_their_script_wants_it(texts, whole):
    assert joined(texts) == whole
    assert Speech(tuple(Segment(text, 0, 1) for text in texts)).text == whole


def test_what_is_known_of_a_recording_is_in_its_transcript():
    speech = Speech(SPEECH.segments, "en", 2.5, ((2.0, 2.4),))
    made = Tasks(backend=Scripted(speech)).transcribe(WAV).value
    assert (made.duration, made.lost, made.silent) == (2.5, ((2.0, 2.4),), False)
    told = json.loads(made.to_json())
    assert told["duration"] == 2.5
    assert told["lost"] == [[2.0, 2.4]]


def test_nobody_speaks_in_an_empty_transcript():
    made = Tasks(backend=Scripted(Speech((), "", 60.0))).transcribe(WAV).value
    assert made.silent
    assert made.to_srt(42) == "\n"


# --- subtitles -----------------------------------------------------------------------------


def test_a_long_segment_is_parted_into_two_lines_at_a_time():
    text = (
        "The river rose all night, and by the morning the lower bridge was closed, so that "
        "everybody had to go the long way round through the hills."
    )
    made = Transcript(text, (spoken(text),))
    shown = subtitles(made.to_srt(42))
    assert all(len(lines) <= 2 and max(map(len, lines)) <= 42 for lines in shown)
    assert " ".join(line for lines in shown for line in lines) == text
    assert shown[0][-1].endswith(","), "it ends where a reader pauses"


def test_each_subtitle_has_the_times_of_its_words():
    text = "word " * 40
    blocks = Transcript(text, (spoken(text),)).to_srt(20).strip().split("\n\n")
    clocks = [block.split("\n")[1].split(" --> ") for block in blocks]
    assert clocks[0][0] == "00:00:00,000"
    assert clocks[-1][1] == "00:00:20,000"
    assert all(one[1] == later[0] for one, later in pairwise(clocks))


def test_the_two_lines_are_as_alike_as_can_be():
    text = "one two three four five six seven eight"
    [lines] = subtitles(Transcript(text, (spoken(text),)).to_srt(30))
    assert lines == ["one two three four", "five six seven eight"]


def test_an_ideograph_takes_two_columns():
    words = tuple(Word(letter, n, n + 1) for n, letter in enumerate("今日は天気がいいですね散歩"))
    made = Transcript(
        "今日は天気がいいですね散歩", (Segment("今日は天気がいいですね散歩", 0, 13, words),)
    )
    shown = subtitles(made.to_srt(12))
    assert [len(line) for lines in shown for line in lines] == [6, 6, 1]


def test_a_segment_that_fits_needs_no_times_of_words():
    assert "Hello." in Transcript("Hello.", SPEECH.segments[:1]).to_vtt(42)


def test_a_long_segment_without_times_of_words_is_refused():
    long = Segment("word " * 40, 0, 20)
    with pytest.raises(UsageError, match="its words have no times") as caught:
        Transcript(long.text, (long,)).to_srt(42)
    assert 'timestamps="word"' in caught.value.hint
    assert "word" in Transcript(long.text, (long,)).to_srt()


def test_a_width_without_room_for_a_word_is_refused():
    with pytest.raises(BadSetting, match="width=3"):
        Transcript("Hello.", SPEECH.segments).to_srt(3)


@given(
    st.lists(st.text("abcdefg,.", min_size=1, max_size=15), min_size=1, max_size=60),
    st.integers(10, 60),
)
def test_subtitles_have_every_word_once(words, width):
    text = " ".join(words)
    shown = subtitles(Transcript(text, (spoken(text),)).to_srt(width))
    assert " ".join(line for lines in shown for line in lines) == text
    for lines in shown:
        assert len(lines) <= 2
        assert all(len(line) <= width or " " not in line for line in lines)


# --- streams -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plain", "scripted", "recorded"])
def test_a_backend_that_does_not_stream_still_tells_segments(kind, tmp_path):
    backend = Plain(SPEECH) if kind == "plain" else Scripted(SPEECH)
    if kind == "recorded":
        path = tmp_path / "tape.jsonl"
        [*Tasks(backend=Recorded(backend, path, mode="auto")).transcribe.stream(WAV)]
        backend = Recorded(None, path)
    pieces = [*Tasks(backend=backend).transcribe.stream(WAV)]
    assert pieces == ["Hello.", " Bye."]
    assert pieces[-1].value == {
        "segments": [
            {"text": "Hello.", "start": 0, "end": 1.5, "words": []},
            {"text": "Bye.", "start": 1.5, "end": 2, "words": []},
        ],
        "heard": 2,
        "duration": 2.5,
    }


def test_a_text_without_times_streams_as_text():
    pieces = [*Tasks(backend=Scripted("Hello there.")).transcribe.stream(WAV)]
    assert "".join(pieces) == "Hello there."
    assert pieces[-1].value == {"segments": [], "heard": 0.0, "duration": 0.0}


def test_what_is_heard_stays_so_through_a_fallback():
    first, second = Broken("x", name="first"), Plain(SPEECH, name="second")
    fallback = Fallback(
        [Member(one.name, one.capabilities, lambda one=one: one) for one in (first, second)]
    )
    *pieces, end = fallback.stream(Transcribe().request(Transcribe().prepare(WAV)))
    assert [(str(piece), piece.attempt) for piece in pieces] == [("Hello.", 1), (" Bye.", 1)]
    assert isinstance(pieces[0], Spoken)
    assert (*pieces[0].segments, *pieces[1].segments) == SPEECH.segments
    assert end.backend == "second"


class Plain(Scripted):
    stream = Backend.stream


class Broken(Scripted):
    def stream(self, request):
        raise RuntimeError("no")
        yield
