"""Server-sent events, however the bytes of a stream are cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from s2s_openai.events import Events
from s2s_openai.troubles import BadReply

SAID = "Grüße, 漢字 🙂"
STREAM = (
    b": a comment\n\n"
    b"event: message\ndata: " + json.dumps({"text": SAID}, ensure_ascii=False).encode() + b"\n\n"
    b'data:{"no":"space"}\nid: 7\nretry: 5\n\n'
    b'data: {"two":\ndata: "lines"}\n\n'
    b"data\n\n"
    b"data: [DONE]\n\n"
    b'data: {"not": "ended"}\n'
)
WANTED = [
    json.dumps({"text": SAID}, ensure_ascii=False).encode(),
    b'{"no":"space"}',
    b'{"two":\n"lines"}',
    b"[DONE]",
]


def read(*pieces):
    events = Events()
    return [data for piece in pieces for data in events.push(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_a_stream_reads_alike_wherever_it_is_cut(end):
    stream = STREAM.replace(b"\n", end) + b"x"  # of a CR at the very end, more might come
    for at in range(len(stream)):
        assert read(stream[:at], stream[at:]) == WANTED
    assert read(*(bytes([byte]) for byte in stream)) == WANTED


def test_an_event_without_its_blank_line_does_not_count():
    assert read(b"data: 1\n") == []
    assert read(b"data: 1\n\n") == [b"1"]


def test_a_byte_order_mark_at_the_beginning_is_skipped():
    assert read(b"\xef\xbb\xbfdata: 0\n\ndata: 1\n\n") == [b"0", b"1"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5), st.data())
def test_texts_of_any_kind_come_through_any_cut(texts, data):
    stream = b"".join(b"data: " + json.dumps(text).encode() + b"\n\n" for text in texts)
    cut = data.draw(st.integers(0, len(stream)))
    assert [json.loads(one) for one in read(stream[:cut], stream[cut:])] == texts


@pytest.mark.parametrize("line", [b"a" * 1_000_000, b"data: " + b"a" * 1_000_000 + b"\n"])
def test_an_event_without_end_is_refused_before_it_fills_the_memory(line):
    with pytest.raises(BadReply, match="16,000,000 bytes"):
        read(*[line] * 20)
