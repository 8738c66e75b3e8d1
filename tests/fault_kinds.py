"""
Everything that a server, or what stands before it, was ever seen to do wrong, by name.

`WHOLE` kinds are answered right in the end, `NOT` kinds never count as whole, and of `EITHER`
kinds a client may make what it likes, as long as what it calls whole is all of the text.
"""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from functools import cache

from fault_dialects import ANTHROPIC, OPENAI, TEXT, packed

__all__ = ["Fault", "Whole", "kinds"]

STATUSES = (400, 401, 402, 403, 404, 405, 408, 409, 413, 422, 425, 429, 431, 499, 500, 501, 502, 503, 504, 520, 529)  # fmt: skip
PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 520, 529)
LONG = 30.0
"""Seconds that a server stays silent: far longer than anybody waits."""
PRIVATE = "http://169.254.169.254/latest/meta-data"
HUGE = 10_000_000


class Whole(Enum):
    WHOLE, NOT, EITHER = range(3)


WHOLE, NOT, EITHER = Whole


@dataclass(frozen=True)
class Fault:
    """`slow`: it is ended by the deadline only. `stream`: None for both kinds of calls."""

    commit: object
    whole: Whole = NOT
    slow: bool = False
    stream: bool | None = None


def kinds(dialect):
    """All faults of a dialect, by name."""
    found = {}
    for family in (statuses, pauses, redirects, transport, silences, bodies, streams):
        for name, fault in family(dialect).items():
            assert name not in found, name
            found[name] = fault
    specials = anthropic_streams if dialect is ANTHROPIC else openai_streams
    return found | specials(dialect)


def replying(status, body, *headers, **settings):
    return lambda line: line.reply(status, body, *headers, **settings)


# -- statuses


def statuses(dialect):
    shapes = {
        "own": (packed(dialect.error()), "application/json"),
        "html": (b"<html><body>Bad gateway</body></html>", "text/html"),
        "empty": (b"", "application/json"),
        "list": (
            packed([{"error": {"status": "INTERNAL", "message": "x", "code": 500}}]),
            "application/json",
        ),
        "cut": (packed(dialect.error())[:-9], "application/json"),
    }
    found = {}
    for status in STATUSES:
        for shape, (body, kind) in shapes.items():
            found[f"status-{status}-{shape}"] = Fault(replying(status, body, kind=kind))
    foreign = {
        "detail": {"detail": "no such thing"},
        "validation": {"detail": [{"loc": ["body"], "msg": "extra", "type": "x"}]},
        "flat": {"object": "error", "message": "no", "type": "BadRequest", "code": 400},
        "bare": {"error": "overloaded", "error_type": "overloaded"},
        "null": None,
        "number": 5,
        "error-null": {"error": None},
        "nested": {"error": {"error": {"error": {"message": {"a": [1]}}}}},
        "huge": {"error": {"message": "x" * 500_000, "type": 7, "code": ["a"]}},
    }
    for shape, body in foreign.items():
        for status in (400, 422, 500):
            found[f"status-{status}-{shape}"] = Fault(replying(status, packed(body)))
    found["status-500-bad-utf-8"] = Fault(replying(500, b'{"error": {"message": "\xff\xfe"}}'))
    found["status-429-as-text"] = Fault(replying(429, b"slow down", kind="text/plain; charset=wat"))
    return found


def pauses(dialect):
    now = datetime.now(UTC)
    forms = {
        "zero": "0", "negative": "-5", "ages": "100000", "more-ages": "4294967", "float": "0.01",
        "past": format_datetime(now - timedelta(hours=1), usegmt=True),
        "future": format_datetime(now + timedelta(hours=1), usegmt=True),
        "rubbish": "soon", "empty": "", "nan": "nan", "infinite": "inf", "huge": "9" * 400,
        "list": "1, 2", "date-without-sense": "Wed, 99 Foo 2026 99:99:99 GMT",
    }  # fmt: skip
    body, found = packed(dialect.error("rate_limit_error")), {}
    for status in (429, 503):
        for name, value in forms.items():
            fault = Fault(replying(status, body, f"retry-after: {value}"))
            found[f"retry-after-{status}-{name}"] = fault
    for status in (400, 429, 500):
        for said in ("true", "false"):
            fault = Fault(replying(status, body, f"x-should-retry: {said}"))
            found[f"should-retry-{status}-{said}"] = fault
    found["retry-after-ms"] = Fault(replying(429, body, "retry-after-ms: 5"))
    for status in PASSING:
        found[f"once-{status}"] = Fault(_then_right(dialect, replying(status, body)), WHOLE)
        found[f"twice-{status}"] = Fault(_then_right(dialect, replying(status, body), 2), WHOLE)
    return found


def _then_right(dialect, fault, times=1):
    def commit(line):
        if line.again < times:
            fault(line)
        else:
            _right(dialect, line)

    return commit


def _right(dialect, line):
    if line.streaming:
        line.open()
        line.raw(dialect.stream())
    else:
        line.reply(200, packed(dialect.message()))


def redirects(dialect):
    del dialect
    found = {
        f"redirect-{status}": Fault(replying(status, b"", f"location: {PRIVATE}"))
        for status in (300, 301, 302, 303, 304, 307, 308)
    }
    for name, target in {
        "nowhere": "",
        "file": "file:///etc/passwd",
        "rubbish": "http://[::bad",
    }.items():
        found[f"redirect-to-{name}"] = Fault(replying(302, b"", f"location: {target}"))
    return found


# -- transport


def transport(dialect):
    body = packed(dialect.message())

    def raw(data):
        return lambda line: line.raw(data)

    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n"
    chunked = head + b"transfer-encoding: chunked\r\n\r\n"
    found = {
        "close": Fault(lambda line: None),
        "reset": Fault(lambda line: line.reset()),
        "not-http": Fault(raw(b"SSH-2.0-OpenSSH_9.6\r\n")),
        "http-0.9": Fault(raw(b"<html>hello</html>")),
        "http-9.9": Fault(raw(b"HTTP/9.9 200 OK\r\n\r\n{}")),
        "no-status": Fault(raw(b"HTTP/1.1 OK\r\n\r\n")),
        "status-999": Fault(raw(b"HTTP/1.1 999 X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")),
        "status-0": Fault(raw(b"HTTP/1.1 000 X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")),
        "header-without-colon": Fault(raw(b"HTTP/1.1 200 OK\r\nrubbish\r\n\r\n{}")),
        "header-with-nul": Fault(raw(b"HTTP/1.1 200 OK\r\nx: \0\r\n\r\n{}")),
        "header-too-long": Fault(raw(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 300_000 + b"\r\n\r\n{}")),
        "headers-without-end": Fault(_flood(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n" * 1000, 200)),
        "continue-for-ever": Fault(_flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 20)),
        "continue-first": Fault(_continued(dialect), WHOLE),
        "length-too-long": Fault(replying(200, body, length=len(body) + 50), stream=False),
        "length-too-short": Fault(replying(200, body, length=len(body) - 20), stream=False),
        "length-negative": Fault(replying(200, body, length=-1)),
        "length-rubbish": Fault(replying(200, body, length="many")),
        "two-lengths": Fault(replying(200, body, "content-length: 5")),
        "length-0": Fault(replying(200, b"")),
        "chunk-rubbish": Fault(raw(chunked + b"zz\r\nrubbish\r\n")),
        "chunk-negative": Fault(raw(chunked + b"-5\r\nrubbish\r\n")),
        "chunk-huge": Fault(raw(chunked + b"fffffffffffffffff\r\nrubbish\r\n")),
        "chunk-longer-than-said": Fault(raw(chunked + b"3\r\n{}   {}\r\n0\r\n\r\n")),
        "chunk-size-without-end": Fault(raw(chunked + b"0" * 100_000)),
        "chunks-without-end": Fault(raw(chunked + b"%x\r\n%b\r\n" % (len(body), body)), stream=False),
        "chunk-cut": Fault(raw(chunked + b"%x\r\n%b" % (len(body), body[:50]))),
        "204": Fault(raw(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")),
        "206": Fault(replying(206, body[:40])),
        "gzip-bomb": Fault(_bomb),
        "gzip-unasked": Fault(replying(200, gzip.compress(body), "content-encoding: gzip"), EITHER),
        "gzip-lie": Fault(replying(200, body, "content-encoding: gzip")),
        "deflate-lie": Fault(replying(200, body, "content-encoding: deflate")),
        "coding-unknown": Fault(replying(200, body, "content-encoding: wat"), EITHER),
        "cookies": Fault(_cookies(dialect), WHOLE),
        "reset-once": Fault(_then_right(dialect, lambda line: line.reset()), EITHER),
        "close-once": Fault(_then_right(dialect, lambda line: None), EITHER),
    }  # fmt: skip
    for cut in (1, 9, 15, 17, 40, len(head) - 1):
        found[f"head-cut-{cut}"] = Fault(raw((head + b"\r\n")[:cut]))
    return found


def _flood(first, again, times):
    def commit(line):
        line.raw(first)
        for _ in range(times):
            line.raw(again)

    return commit


def _continued(dialect):
    def commit(line):
        line.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
        line.raw(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
        _right(dialect, line)

    return commit


def _cookies(dialect):
    def commit(line):
        if line.streaming:
            line.open("set-cookie: a=b; path=/", "set-cookie: rubbish")
            line.raw(dialect.stream())
        else:
            line.reply(200, packed(dialect.message()), "set-cookie: a=b", "set-cookie: rubbish")

    return commit


@cache
def _packed_zeros():
    return gzip.compress(b"[" * 50_000_000, 1)


def _bomb(line):
    line.reply(200, _packed_zeros(), "content-encoding: gzip")


def silences(dialect):
    """What only a deadline ends."""
    stream, begun = dialect.stream(), dialect.stream(dialect.begun())
    settled = dialect.transcripts["text"].settled

    def slow(commit, whole=NOT, stream=None):
        return Fault(commit, whole, slow=True, stream=stream)

    return {
        "silent": slow(_silent_after(b"")),
        "silent-after-status": slow(_silent_after(b"HTTP/1.1 200 OK\r\n")),
        "silent-after-head": slow(_silent_in_stream(b"")),
        "silent-in-error": slow(_silent_after(b'HTTP/1.1 500 X\r\ncontent-length: 500\r\n\r\n{"error"')),
        "silent-in-body": slow(_silent_after(b'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"id"'), stream=False),
        "slow-head": slow(_dripping(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n" * 10_000)),
        "slow-body": slow(_dripping(b"HTTP/1.1 200 OK\r\n\r\n", packed(dialect.message()) + b" " * 10_000), stream=False),
        "slow-line": slow(_dripping(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", b"data: " * 10_000), stream=True),
        "silent-in-stream": slow(_silent_in_stream(stream[: settled // 2]), stream=True),
        "silent-in-chunk": slow(_silent_in_stream(stream[: settled // 2], chunked=True), stream=True),
        "silent-before-end": slow(_silent_in_stream(stream[: settled - 1]), stream=True),
        "silent-after-reason": slow(_silent_in_stream(stream[:settled]), EITHER, stream=True),
        "silent-after-end": Fault(_silent_in_stream(stream), WHOLE, stream=True),
        "pings-only": slow(_repeating(b"", b'event: ping\ndata: {"type": "ping"}\n\n'), stream=True),
        "comments-only": slow(_repeating(begun, b": still here\n\n"), stream=True),
        "newlines-only": slow(_repeating(begun, b"\n"), stream=True),
        "text-without-end": slow(_repeating(begun, dialect.event(dialect.piece("la "))), stream=True),
    }  # fmt: skip


def _silent_after(data):
    def commit(line):
        line.raw(data)
        line.pause(LONG)

    return commit


def _silent_in_stream(data, chunked=False):
    def commit(line):
        line.open(chunked=chunked)
        line.chunk(data) if chunked else line.raw(data)
        line.pause(LONG)

    return commit


def _dripping(first, data):
    def commit(line):
        line.raw(first)
        line.drip(data)

    return commit


def _repeating(first, again):
    def commit(line):
        line.open()
        line.raw(first)
        while True:
            line.raw(again)
            line.pause(0.05)

    return commit


# -- bodies of a whole answer


def bodies(dialect):
    body = packed(dialect.message())
    other = OPENAI if dialect is ANTHROPIC else ANTHROPIC

    def answer(value, whole=NOT, **settings):
        data = value if isinstance(value, bytes) else packed(value)
        return Fault(replying(200, data, **settings), whole, stream=False)

    found = {
        "body-right": answer(body, WHOLE),
        "body-html": answer(b"<html>Please log in</html>", kind="text/html"),
        "body-html-as-json": answer(b"<html>Please log in</html>"),
        "body-text": answer(b"OK", kind="text/plain"),
        "body-null": answer(None),
        "body-true": answer(True),
        "body-number": answer(5),
        "body-string": answer(TEXT),
        "body-list": answer([dialect.message()]),
        "body-object": answer({}),
        "body-foreign": answer(other.message()),
        "body-error": answer(dialect.error()),
        "body-error-beside": answer(dialect.message() | {"type": "error", **dialect.error()}),
        "body-twice": answer(body + body),
        "body-nan": answer(b'{"a": NaN}'),
        "body-deep": answer(b"[" * 200_000),
        "body-deep-objects": answer(b'{"a":' * 100_000),
        "body-big-number": answer(b'{"usage": ' + b"9" * 100_000 + b"}"),
        "body-bad-utf-8": answer(body.replace("ü".encode(), b"\xff", 1)),
        "body-bom": answer(b"\xef\xbb\xbf" + body, EITHER),
        "body-utf-16": answer(json.dumps(dialect.message()).encode("utf-16"), EITHER),
        "body-as-text": answer(body, EITHER, kind="text/plain"),
        "body-as-octets": answer(body, EITHER, kind="application/octet-stream"),
        "body-as-latin-1": answer(body, EITHER, kind="application/json; charset=latin-1"),
        "body-charset-unknown": answer(body, EITHER, kind="application/json; charset=wat"),
        "body-as-events": answer(dialect.stream(), EITHER, kind="text/event-stream"),
        "body-spaces-first": answer(b" \r\n" * 1000 + body, WHOLE),
        "body-length": answer(dialect.ended("length")),
        "body-refusal": answer(dialect.ended("refusal")),
        "body-reason-null": answer(dialect.ended(None)),
        "body-reason-unknown": answer(dialect.ended("cosmic_ray")),
        "body-reason-number": answer(dialect.ended(7)),
        "body-reason-list": answer(dialect.ended(["stop"])),
        "body-tool": answer(dialect.ended("tool_use" if dialect is ANTHROPIC else "tool_calls")),
        "body-usage-missing": answer(_without(dialect, "usage"), WHOLE),
        "body-model-missing": answer(_without(dialect, "model"), WHOLE),
        "body-huge": answer(b'{"x": "' + b"a" * HUGE + b'"}'),
        "body-endless": Fault(_flood(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[", b" " * 1_000_000, 50), stream=False),
    }  # fmt: skip
    for part in (1, 10, 40, 60, 90, 99):
        cut = body[: len(body) * part // 100]
        found[f"body-cut-at-{part}"] = answer(cut)
        found[f"body-cut-on-the-way-at-{part}"] = answer(cut, length=len(body))
    for name, usage in {
        "null": None, "list": [], "text": "12", "negative": -5, "huge": 10**30, "nested": {"a": {}},
        "float": 1.5,
    }.items():  # fmt: skip
        counts = dict.fromkeys(dialect.message()["usage"], usage)
        found[f"body-usage-{name}"] = answer(dialect.message(usage=counts), EITHER)
        found[f"body-usage-is-{name}"] = answer(dialect.message(usage=usage), EITHER)
    shapes = _anthropic_shapes() if dialect is ANTHROPIC else _openai_shapes()
    return found | {f"body-{name}": answer(dialect.message(**one)) for name, one in shapes.items()}


def _without(dialect, field):
    return {key: value for key, value in dialect.message().items() if key != field}


def _anthropic_shapes():
    return {
        "content-null": {"content": None},
        "content-text": {"content": TEXT},
        "content-object": {"content": {"type": "text", "text": TEXT}},
        "type-missing": {"type": None},
        "type-other": {"type": "completion"},
        "paused": {"stop_reason": "pause_turn"},
        "context-exceeded": {"stop_reason": "model_context_window_exceeded"},
    }


def _openai_shapes():
    message = {"role": "assistant", "content": TEXT}
    return {
        "choices-null": {"choices": None},
        "choices-empty": {"choices": []},
        "choices-object": {"choices": {"0": {"message": message, "finish_reason": "stop"}}},
        "choices-of-text": {"choices": [TEXT]},
        "choices-of-null": {"choices": [None]},
        "message-text": {"choices": [{"index": 0, "message": TEXT, "finish_reason": "stop"}]},
        "reason-missing": {"choices": [{"index": 0, "message": message}]},
        "only-the-second": {"choices": [{"index": 1, "message": message, "finish_reason": "stop"}]},
    }


# -- streams of both dialects


def streams(dialect):
    whole, begun = dialect.stream(), dialect.stream(dialect.begun())
    body = packed(dialect.message())
    other = OPENAI if dialect is ANTHROPIC else ANTHROPIC
    pieces = dialect.pieces()

    def stream(data, whole=NOT, chunked=False, end=None):
        def commit(line):
            line.open(chunked=chunked)
            for part in data if isinstance(data, list) else [data]:
                line.chunk(part) if chunked else line.raw(part)
            if end:
                end(line)
            elif chunked:
                line.raw(b"0\r\n\r\n")

        return Fault(commit, whole, stream=True)

    def cut(line):
        return None

    def events(*made):
        return dialect.stream(list(made))

    good = dialect.events()
    broken = dialect.event(pieces[1]).replace(b"}", b"", 1)
    return {
        "stream-right": stream(whole, WHOLE),
        "stream-in-chunks": stream(whole, WHOLE, chunked=True),
        "stream-in-bytes": stream([bytes([byte]) for byte in whole], WHOLE, chunked=True),
        "stream-in-threes": stream([whole[n : n + 3] for n in range(0, len(whole), 3)], WHOLE, chunked=True),
        "stream-with-crlf": stream(whole.replace(b"\n", b"\r\n"), WHOLE),
        "stream-with-crlf-in-bytes": stream([bytes([byte]) for byte in whole.replace(b"\n", b"\r\n")], WHOLE, chunked=True),
        "stream-with-cr": stream(whole.replace(b"\n", b"\r"), EITHER),
        "stream-with-comments": stream(whole.replace(b"\n\n", b"\n\n: hello\n\n"), WHOLE),
        "stream-with-ids": stream(whole.replace(b"data:", b"id: 7\nretry: 5\ndata:"), WHOLE),
        "stream-without-spaces": stream(whole.replace(b"data: ", b"data:"), WHOLE),
        "stream-with-bom": stream(b"\xef\xbb\xbf" + whole, EITHER),
        "stream-with-nul": stream(whole.replace(b"\n\n", b"\n\0\n", 3), EITHER),
        "stream-with-charset": Fault(_as_kind(whole, "text/event-stream; charset=latin-1"), EITHER, stream=True),
        "stream-as-json": Fault(_as_kind(whole, "application/json"), EITHER, stream=True),
        "stream-as-text": Fault(_as_kind(whole, "text/plain"), EITHER, stream=True),
        "stream-empty": stream(b""),
        "stream-empty-chunked": stream(b"\n", chunked=True),
        "stream-html": Fault(_as_kind(b"<html>Please log in</html>", "text/html"), stream=True),
        "stream-html-as-events": stream(b"<html>\n\nPlease log in</html>"),
        "stream-is-json": Fault(_as_kind(body, "application/json"), EITHER, stream=True),
        "stream-is-json-as-events": stream(body, EITHER),
        "stream-is-foreign": stream(other.stream()),
        "stream-of-rubbish": stream(b"data: rubbish\n\n" * 5),
        "stream-of-null": stream(b'data: null\n\ndata: 5\n\ndata: []\n\ndata: "x"\n\n'),
        "stream-bad-utf-8": stream(whole.replace("ü".encode(), b"\xff", 1)),
        "stream-deep": stream(begun + b"data: " + b"[" * 200_000 + b"\n\n"),
        "stream-big-number": stream(begun + b'data: {"a": ' + b"9" * 100_000 + b"}\n\n"),
        "stream-huge-line": Fault(_huge_line, stream=True),
        "stream-huge-event": Fault(_huge_event, stream=True),
        "stream-early-end": stream(begun),
        "stream-early-end-chunked": stream(begun, chunked=True),
        "stream-cut": stream(begun, chunked=True, end=cut),
        "stream-reset": stream(begun, chunked=True, end=lambda line: line.reset()),
        "stream-reset-at-once": stream(b"", end=lambda line: line.reset()),
        "stream-broken-event": stream(events(*good[:2]) + broken + events(*good[3:])),
        "stream-cut-event": stream(events(*good[:3]) + dialect.event(pieces[1])[:-20] + b"\n\n" + events(*good[4:])),
        "stream-event-without-blank-line": stream(dialect.stream(good[:-2])[:-1], EITHER),
        "stream-error-first": stream(dialect.event(_error_event(dialect))),
        "stream-error-in-the-middle": stream(begun + dialect.event(_error_event(dialect))),
        "stream-error-then-rest": stream(begun + dialect.event(_error_event(dialect)) + dialect.stream(good[5:])),
        "stream-error-overloaded": stream(begun + dialect.event(_error_event(dialect, "overloaded_error"))),
        "stream-length": stream(events(*good[:-2], dialect.reason("max_tokens" if dialect is ANTHROPIC else "length"), dialect.stop)),
        "stream-refusal": stream(events(*good[:4], dialect.reason("refusal" if dialect is ANTHROPIC else "content_filter"), dialect.stop)),
        "stream-reason-unknown": stream(events(*good[:4], dialect.reason("cosmic_ray"), dialect.stop)),
        "stream-reason-number": stream(events(*good[:4], dialect.reason(7), dialect.stop)),
        "stream-unknown-event": stream(whole.replace(b"\n\n", b'\n\nevent: wat\ndata: {"type": "wat"}\n\n', 1), WHOLE),
        "stream-twice": stream(whole + whole, WHOLE),
        "stream-goes-on-after-end": stream(whole + dialect.event(pieces[0]) * 3, WHOLE),
        "stream-rubbish-after-end": stream(whole + b"\xff\xfe rubbish \x00" * 100, WHOLE),
        "stream-reset-after-end": stream(whole, EITHER, chunked=True, end=lambda line: line.reset()),
        "stream-cut-after-end": stream(whole, WHOLE, chunked=True, end=cut),
    }  # fmt: skip


def _as_kind(data, kind):
    def commit(line):
        line.head(200, "connection: close", kind=kind)
        line.raw(data)

    return commit


def _huge_line(line):
    line.open()
    line.raw(b"data: ")
    for _ in range(5):
        line.raw(b"a" * 1_000_000)


def _huge_event(line):
    line.open()
    for _ in range(5):
        line.raw(b"data: " + b"a" * 999_000 + b"\n")


def _error_event(dialect, kind="api_error"):
    return dialect.error(kind)


# -- streams of one dialect


def anthropic_streams(dialect):
    d = dialect
    good = d.events()

    def stream(*events, whole=NOT):
        data = d.stream(list(events))
        return Fault(lambda line: (line.open(), line.raw(data)), whole, stream=True)

    def raw(data, whole=NOT):
        return Fault(lambda line: (line.open(), line.raw(data)), whole, stream=True)

    end = [d.stop_block(), d.reason(), d.stop]
    nameless = b"".join(b"data: %b\n\n" % packed(event) for event in good)
    return {
        "start-missing": stream(*good[1:]),
        "start-twice": stream(*good[:4], *good),
        "start-twice-then-rest": stream(*good[:4], d.start(), d.block(), *good[4:]),
        "start-null": stream({"type": "message_start", "message": None}, *good[1:]),
        "start-without-message": stream({"type": "message_start"}, *good[1:]),
        "start-without-content": stream(d.start(content=None), *good[1:], whole=EITHER),
        "start-of-other-type": stream(d.start(type="wat"), *good[1:], whole=EITHER),
        "block-missing": stream(d.start(), *d.pieces(), *end),
        "block-twice": stream(d.start(), d.block(), d.block(), *d.pieces(), *end),
        "block-null": stream(d.start(), d.block() | {"content_block": None}, *d.pieces(), *end),
        "block-of-other-type": stream(d.start(), d.block(0, type="wat"), *d.pieces(), *end),
        "block-index-gap": stream(d.start(), d.block(5), *d.pieces(5), d.stop_block(5), d.reason(), d.stop),
        "block-index-text": stream(d.start(), d.block() | {"index": "0"}, *d.pieces(), *end),
        "block-not-ended": stream(*good[:-3], *good[-2:], whole=EITHER),
        "delta-of-other-block": stream(d.start(), d.block(), *d.pieces(3), *end),
        "delta-negative": stream(d.start(), d.block(), *d.pieces(-1), *end),
        "delta-null": stream(*good[:3], good[3] | {"delta": None}, *good[4:]),
        "delta-without-text": stream(*good[:3], good[3] | {"delta": {"type": "text_delta"}}, *good[4:]),
        "delta-of-number": stream(*good[:3], d.piece(7), *good[4:]),
        "delta-after-reason": stream(*good[:5], d.reason(), *good[5:-2], d.stop, whole=EITHER),
        "stop-missing": stream(*good[:-1], whole=EITHER),
        "stop-and-reason-missing": stream(*good[:-2]),
        "reason-missing": stream(*good[:-2], d.stop),
        "reason-null": stream(*good[:-2], d.reason(None), d.stop),
        "reason-delta-null": stream(*good[:-2], d.reason() | {"delta": None}, d.stop),
        "reason-usage-null": stream(*good[:-2], d.reason() | {"usage": None}, d.stop, whole=WHOLE),
        "reason-pause": stream(*good[:-2], d.reason("pause_turn"), d.stop),
        "stop-first": stream(d.stop, *good),
        "names-missing": raw(nameless, EITHER),
        "names-wrong": raw(nameless.replace(b"data:", b"event: ping\ndata:"), EITHER),
        "data-on-two-lines": raw(d.stream().replace(b'{"type"', b'{\ndata: "type"'), WHOLE),
        "thinking-only": stream(d.start(), d.block(0, type="thinking", thinking=""), *end[1:-1]),
    }  # fmt: skip


def openai_streams(dialect):
    d = dialect
    good = d.events()

    def stream(*events, whole=NOT):
        data = d.stream(list(events))
        return Fault(lambda line: (line.open(), line.raw(data)), whole, stream=True)

    halves = [d.piece(TEXT[:9]), d.piece(TEXT[9:])]
    second = [one | {"choices": [{"index": 1, "delta": {"content": "no"}}]} for one in halves]
    return {
        "done-missing": stream(*good[:-1], whole=WHOLE),
        "done-only": stream(d.stop),
        "done-first": stream(d.stop, *good[:-1]),
        "done-in-text": stream(d.start, d.piece("data: [DONE]"), d.piece("[DONE]")),
        "reason-missing-and-done": stream(*good[:-3]),
        "reason-first": stream(d.reason(), *good[:5], whole=EITHER),
        "role-only": stream(d.start),
        "usage-first": stream(d.used(), *good, whole=WHOLE),
        "usage-on-every-chunk": stream(*[d.used(one) for one in good[:-1]], d.stop, whole=WHOLE),
        "usage-null": stream(*[one | {"usage": None} for one in good[:-2]], d.stop, whole=WHOLE),
        "usage-rubbish": stream(*good[:-2], d.used() | {"usage": "many"}, d.stop, whole=EITHER),
        "usage-chunk-of-litellm": stream(*good[:-2], d.used(d.chunk()), d.stop, whole=WHOLE),
        "choices-missing": stream({"id": "x"}, {"object": "chat.completion.chunk"}),
        "choices-null": stream({"choices": None}, {"choices": None}),
        "choices-of-null": stream({"choices": [None]}, *good),
        "choices-of-text": stream({"choices": ["text"]}, *good),
        "delta-text": stream({"choices": [{"index": 0, "delta": "text"}]}, *good),
        "delta-null": stream({"choices": [{"index": 0, "delta": None}]}, *good, whole=EITHER),
        "content-null": stream(d.chunk(content=None), *good, whole=WHOLE),
        "content-number": stream(d.chunk(content=7), *good, whole=EITHER),
        "content-parts": stream(d.start, d.chunk(content=[{"type": "text", "text": TEXT}]), d.reason(), d.stop, whole=EITHER),
        "second-choice-between": stream(d.start, second[0], halves[0], second[1], halves[1], d.reason(), d.stop, whole=WHOLE),
        "second-choice-ends-first": stream(d.start, halves[0], d.reason() | {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]}),
        "error-as-text": stream(*d.begun(), {"error": "it broke"}),
        "error-with-choices": stream(*d.begun(), d.reason() | {"error": {"message": "it broke"}}),
        "error-null": stream(*[one | {"error": None} for one in good[:-1]], d.stop, whole=WHOLE),
        "error-event-named": stream(*d.begun(), b'event: error\ndata: {"error": {"message": "it broke"}}\n\n'),
        "tool-calls": stream(d.start, d.chunk(tool_calls=[{"index": 0}]), d.reason("tool_calls"), d.stop),
        "refusal-field": stream(d.start, d.chunk(refusal="I cannot"), d.reason(), d.stop),
        "reasoning-only": stream(d.start, d.chunk(reasoning_content="hm"), d.reason("length"), d.stop),
    }  # fmt: skip
