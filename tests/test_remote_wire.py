"""HTTP clients whose every read ends by the deadline, on real sockets."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from fault_server import FaultServer

from s2s_tasks.errors import BackendError, Cancelled, OutOfTime
from s2s_tasks.exchange import Signal
from s2s_tasks.remote import bounds
from s2s_tasks.remote.patience import LOOK, Patience, timeouts

httpx2 = pytest.importorskip("httpx2")

from s2s_tasks.remote.wire import guarded  # noqa: E402  # it needs the library

SOON = 0.3


def line(commit):
    return {"it": commit}


def dripping(line):
    line.raw(b"HTTP/1.1 200 OK\r\n")
    line.drip(b"x-a: b\r\n" * 1_000)


def stalled(line):
    line.open()
    line.raw(b"data: 1\n\n")
    line.pause(30)


def post(url, signal, *, content=b"[[it]]", **settings):
    with guarded(httpx2.Client(trust_env=False)) as client:
        left = signal.remaining()
        return client.post(url, content=content, timeout=timeouts(signal, left, **settings))


def post_async(url, signal, *, content=b"[[it]]", **settings):
    async def main():
        async with guarded(httpx2.AsyncClient(trust_env=False)) as client:
            left = signal.remaining()
            return await client.post(
                url, content=content, timeout=timeouts(signal, left, **settings)
            )

    return asyncio.run(main())


@pytest.fixture(params=[post, post_async], ids=["sync", "async"])
def ask(request):
    return request.param


@pytest.mark.parametrize("commit", [dripping, stalled, lambda line: line.pause(30)])
def test_no_server_outlasts_the_deadline(ask, commit):
    with FaultServer(line(commit)) as server:
        signal = Signal(time.monotonic() + SOON)
        with pytest.raises(OutOfTime) as raised:
            ask(server.url, signal)
        assert 0 <= time.monotonic() - signal.deadline < 0.5
        assert raised.value.maybe_billed, "the request was sent"


def test_an_abort_is_heard_within_a_look(ask):
    with FaultServer(line(stalled)) as server:
        signal = Signal()
        threading.Timer(SOON, signal.abort).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            ask(server.url, signal)
        assert SOON <= time.monotonic() - began < SOON + LOOK + 0.5


def test_silence_has_a_limit_of_its_own(ask):
    with FaultServer(line(stalled)) as server, pytest.raises(httpx2.ReadTimeout):
        ask(server.url, Signal(), idle=SOON)


def test_a_slow_answer_in_time_is_an_answer(ask):
    def slow(line):
        line.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
        for byte in b"all of it":
            line.pause(0.07)
            line.raw(bytes([byte]))

    with FaultServer(line(slow)) as server:
        assert ask(server.url, Signal(time.monotonic() + 30), idle=0.5).content == b"all of it"


def test_a_server_that_does_not_read_holds_nobody_up(ask):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        signal = Signal(time.monotonic() + SOON)
        with pytest.raises((OutOfTime, httpx2.WriteTimeout)):
            ask(url, signal, content=b"x" * 30_000_000)
        assert time.monotonic() - signal.deadline < 1


def test_a_plain_timeout_is_a_timeout():
    with (
        FaultServer(line(stalled)) as server,
        guarded(httpx2.Client(trust_env=False)) as client,
        pytest.raises(httpx2.ReadTimeout),
    ):
        client.post(server.url, content=b"[[it]]", timeout=SOON)


def test_clients_without_the_guard_take_it_for_a_number():
    with (
        FaultServer(line(stalled)) as server,
        httpx2.Client(trust_env=False) as client,
        pytest.raises(httpx2.ReadTimeout),
    ):
        client.post(server.url, content=b"[[it]]", timeout=timeouts(Signal(), None, idle=SOON))


def test_no_redirect_is_followed(ask):
    def moved(line):
        line.reply(302, b"", "location: http://127.0.0.1:9/secret")

    with FaultServer(line(moved)) as server:
        assert ask(server.url, Signal()).status_code == 302


def test_what_is_packed_is_refused_before_it_is_unpacked(ask):
    bomb = gzip.compress(bytes(50_000_000))

    def packed(line):
        line.reply(200, bomb, "content-encoding: gzip")

    with FaultServer(line(packed)) as server, pytest.raises(BackendError, match="unasked"):
        ask(server.url, Signal())


def test_nothing_packed_is_asked_for():
    assert guarded(httpx2.Client()).headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("ending", [b"\n\n", b"\r\n\r\n", b"\r\r"])
def test_a_stream_may_be_long_where_its_events_are_short(ask, monkeypatch, ending):
    monkeypatch.setattr(bounds, "LONGEST_EVENT", 10_000)

    def long(line):
        line.open()
        for _ in range(20):
            line.raw((b"data: 1" + ending) * 1_000)

    with FaultServer(line(long)) as server:
        assert len(ask(server.url, Signal()).content) == 20_000 * (7 + len(ending))


@pytest.mark.parametrize("part", [b"data: a\n", b"a", b": a\r\n"])
def test_an_event_without_end_is_refused(ask, monkeypatch, part):
    monkeypatch.setattr(bounds, "LONGEST_EVENT", 2_000_000)

    def endless(line):
        line.open()
        while True:
            line.raw(part * 10_000)

    with FaultServer(line(endless)) as server, pytest.raises(BackendError, match="event") as raised:
        ask(server.url, Signal())
    assert raised.value.maybe_billed


def test_an_answer_without_end_is_refused(ask, monkeypatch):
    monkeypatch.setattr(bounds, "MOST", 2_000_000)

    def endless(line):
        line.head(200)
        while True:
            line.raw(b" " * 100_000)

    with FaultServer(line(endless)) as server, pytest.raises(BackendError, match="2 MB"):
        ask(server.url, Signal())


def test_patience_is_a_number_and_knows_more():
    signal = Signal()
    patience = Patience(7.5, signal)
    assert (patience, str(patience), patience.signal) == (7.5, "7.5", signal)
    assert timeouts(signal, 2.0).connect == 2.0
    assert timeouts(signal, None).connect == 5.0


def test_the_proxies_of_a_client_are_guarded_too(monkeypatch):
    with FaultServer(line(dripping)) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.setenv("NO_PROXY", "")
        signal = Signal(time.monotonic() + SOON)
        with guarded(httpx2.Client()) as client, pytest.raises(OutOfTime):
            client.post("http://somewhere.invalid/", content=b"[[it]]", timeout=timeouts(signal, 1))
        assert server.asked


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [*made.split(), "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    return path


def test_the_same_holds_under_tls(certificate):
    """A read of an encrypted stream may be tried again in the middle of a record."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificate}.crt", certificate)
    answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"0123456789" * 5_000

    def serve(listener):
        plain, _ = listener.accept()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        with plain:
            for step in (tls.do_handshake, lambda: tls.read(65536)):
                while True:
                    try:
                        step()
                        break
                    except ssl.SSLWantReadError:
                        plain.sendall(outgoing.read())
                        incoming.write(plain.recv(65536))
            tls.write(answer)
            data = outgoing.read()
            for start in range(0, len(data), 9_001):  # records are cut in the middle
                plain.sendall(data[start : start + 9_001])
                time.sleep(LOOK + 0.05 if start < 9_002 else 0)

    trusted = ssl.create_default_context(cafile=f"{certificate}.crt")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        port = listener.getsockname()[1]
        with guarded(httpx2.Client(verify=trusted, trust_env=False)) as client:
            signal = Signal(time.monotonic() + 20)
            got = client.post(
                f"https://localhost:{port}", content=b"x", timeout=timeouts(signal, 20)
            )
    assert got.content == b"0123456789" * 5_000
