"""Fetching, against servers on this machine that do what they should not."""

import contextlib
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from s2s_tasks.errors import BadInput
from s2s_tasks.media import addresses, fetch
from s2s_tasks.media.addresses import is_public
from s2s_tasks.media.fetch import fetched

PDF = b"%PDF-1.7\n" + b"x" * 1_000
OK = b"HTTP/1.1 200 OK\r\n"


class Server:
    """Answers each connection by calling `answer` with it, and keeps what was asked."""

    def __init__(self, answer, context=None):
        self.answer, self.context, self.asked = answer, context, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                line, _ = self.socket.accept()
                with contextlib.suppress(OSError), self._wrapped(line) as line:
                    self.asked.append(line.recv(65_536))
                    self.answer(line)

    def _wrapped(self, line):
        line.settimeout(10)
        return self.context.wrap_socket(line, server_side=True) if self.context else line

    def url(self, path="/a/paper.pdf?page=1", scheme="http"):
        return f"{scheme}://localhost:{self.port}{path}"

    @property
    def hosts(self):
        return {f"localhost:{self.port}"}


def saying(*pieces, pause=0.0):
    def answer(line):
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause)

    return answer


def whole(body=PDF):
    return OK + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*pieces, end=b"0\r\n\r\n"):
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + body + end


def fetch_from(answer, **more):
    with Server(answer) as server:
        return fetched(server.url(), hosts=server.hosts, unsafe_loopback=True, **more)


@pytest.mark.parametrize(
    "answer",
    [
        whole(),
        chunked(PDF[:10], PDF[10:]),
        OK + b"\r\n" + PDF,
        OK + b"Content-Type: image/png\r\n\r\n" + PDF,
    ],
    ids=["length", "chunks", "to the end", "a false type"],
)
def test_what_is_fetched_is_what_its_bytes_say(answer):
    media = fetch_from(saying(answer))
    assert (media.mime, media.data, media.name) == ("application/pdf", PDF, "paper.pdf")


def test_it_asks_once_and_says_no_more_than_it_must():
    with Server(saying(whole())) as server:
        fetched(server.url(), hosts=server.hosts, unsafe_loopback=True)
        fetched(server.url("/"), hosts=server.hosts, unsafe_loopback=True)
    first, second = server.asked
    assert first.startswith(b"GET /a/paper.pdf?page=1 HTTP/1.1\r\n")
    assert second.startswith(b"GET / HTTP/1.1\r\n")
    names = {line.split(b":")[0] for line in first.split(b"\r\n")[1:] if line}
    assert names == {b"Host", b"Accept-Encoding", b"Connection"}
    assert f"localhost:{server.port}".encode() in first


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_is_told(status):
    elsewhere = b"HTTP/1.1 %d Moved\r\nLocation: http://169.254.169.254/secret\r\n\r\n" % status
    with pytest.raises(BadInput, match=r"sends on to http://169.254.169.254/secret"):
        fetch_from(saying(elsewhere))


@pytest.mark.parametrize("status", [204, 206, 401, 404, 500])
def test_any_other_status_is_told(status):
    with pytest.raises(BadInput, match=f"localhost answers {status} So"):
        fetch_from(saying(b"HTTP/1.1 %d So\r\nContent-Length: 0\r\n\r\n" % status))


@pytest.mark.parametrize(
    "answer",
    [
        saying(*(bytes([byte]) for byte in whole()), pause=0.05),
        saying(OK, *[b"X-Header: more\r\n"] * 99, pause=0.05),
        saying(OK + b"Content-Length: 1000\r\n\r\n%PDF-", *[b"x"] * 99, pause=0.05),
        saying(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 99, pause=0.05),
        saying(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 99, pause=0.05),
        saying(b"", pause=5.0),
    ],
    ids=["drip", "headers", "body", "chunks", "continue", "silence"],
)  # fmt: skip
def test_a_server_that_takes_its_time_is_left(answer):
    start = time.monotonic()
    with pytest.raises(BadInput, match=r"has not sent all of it within 0.5 seconds"):
        fetch_from(answer, seconds=0.5)
    assert time.monotonic() - start < 2


def test_a_resolver_that_takes_its_time_is_left(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(5))
    start = time.monotonic()
    with pytest.raises(BadInput, match=r"within 0.2 seconds"):
        fetched("https://example.org/a", hosts={"example.org"}, seconds=0.2)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "answer",
    [
        whole(PDF * 100),
        OK + b"Content-Length: 99999999999\r\n\r\n",
        OK + b"\r\n" + PDF * 100,
        chunked(*[PDF] * 100),
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n" + PDF * 100,
    ],
    ids=["length", "a false length", "no length", "chunks", "one chunk"],
)
def test_what_is_too_large_is_refused(answer):
    with pytest.raises(BadInput, match=r"paper.pdf has more than 50,000 bytes") as raised:
        fetch_from(saying(answer), most_bytes=50_000)
    assert "most_bytes" in raised.value.hint


def test_an_endless_body_is_not_read_to_its_end():
    sent = 0

    def endless(line):
        nonlocal sent
        line.sendall(OK + b"\r\n")
        while True:
            line.sendall(PDF)
            sent += len(PDF)

    with pytest.raises(BadInput, match="more than 100,000 bytes"):
        fetch_from(endless, most_bytes=100_000)
    assert sent < 20_000_000


@pytest.mark.parametrize(
    "answer",
    [whole()[:-1], chunked(PDF, end=b""), chunked(PDF)[:-200], b"HTTP/1.1 200", b"", b"nonsense\r\n\r\n",
     OK + b"X: " + b"y" * 70_000, OK + b"X: y\r\n" * 200, OK + b"Transfer-Encoding: chunked\r\n\r\nnonsense"],
    ids=["length", "last chunk", "chunk", "status", "nothing", "nonsense", "header", "headers", "size"],
)  # fmt: skip
def test_an_answer_that_is_cut_or_broken_is_bad_input(answer):
    with pytest.raises(BadInput, match=r"is cut|is empty|cannot fetch from localhost"):
        fetch_from(saying(answer))


def test_what_is_no_media_is_bad_input():
    with pytest.raises(BadInput, match="no known media type"):
        fetch_from(saying(whole(b"<html>please sign in</html>")))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://example.org/a.png", "is not fetched"),
        ("ftp://example.org/a.png", "is not fetched"),
        ("file:///etc/passwd", "is not fetched"),
        ("//example.org/a.png", "is not fetched"),
        ("example.org/a.png", "is not fetched"),
        ("https://", "is not fetched"),
        ("https://user:word@example.org/", "is not fetched"),
        ("https://example.org@evil.org/", "is not fetched"),
        ("https://evil.org/?example.org", "evil.org:443 is not among the hosts"),
        ("https://example.org.evil.org/", "is not among the hosts"),
        ("https://sub.example.org/", "is not among the hosts"),
        ("https://example.org:8443/", "example.org:8443 is not among the hosts"),
        ("https://example.org:99999/", "is no URL"),
        ("https://[::1/", "is no URL"),
        ("https://example.org/a b", "is not fetched"),
        ("https://example.org/a\r\nHost: evil.org", "is not fetched"),
        ("https://exämple.org/", "is not fetched"),
        ("https://127.0.0.1/", "is not among the hosts"),
    ],
)
def test_a_url_of_another_kind_or_host_is_refused_before_anything_is_asked(
    url, complaint, monkeypatch
):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(BadInput, match=complaint):
        fetched(url, hosts={"example.org"})


@pytest.mark.parametrize("host", ["EXAMPLE.org", "example.org.", "example.org:443"])
def test_a_host_may_be_written_in_any_way(host, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(BadInput, match=r"cannot fetch from example.org"):
        fetched("https://Example.ORG./a", hosts={host})


def nowhere(*_, **__):
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
     "100.64.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1",
     "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address, monkeypatch):
    assert not is_public(ipaddress.ip_address(address))
    monkeypatch.setattr(addresses, "_resolved", lambda *_: ["93.184.215.14", address])
    with pytest.raises(BadInput, match="not on the public internet") as raised:
        fetched("https://example.org/a", hosts={"example.org"})
    assert raised.value.hint


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_that_is_public_is_not_refused(address):
    assert is_public(ipaddress.ip_address(address))


def test_this_machine_is_asked_only_in_tests(monkeypatch):
    monkeypatch.setattr(socket, "create_connection", None)
    with pytest.raises(
        BadInput, match=r"localhost is at (127\.0\.0\.1|::1), which is not on the public"
    ):
        fetched("https://localhost/a", hosts={"localhost"})
    monkeypatch.setattr(addresses, "_resolved", lambda *_: ["10.0.0.1"])
    with pytest.raises(BadInput, match="not on the public internet"):
        fetched("http://localhost/a", hosts={"localhost"}, unsafe_loopback=True)


def test_the_address_that_was_looked_at_is_the_one_that_is_called(monkeypatch):
    asked, called = [], []

    def resolve(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]

    def connect(address, timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(BadInput, match=r"cannot fetch from example.org"):
        fetched("https://example.org/a", hosts={"example.org"})
    assert asked == ["example.org"]
    assert called == [("93.184.215.14", 443)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl, which makes a certificate for the test, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


@pytest.fixture
def served(certificate):
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@pytest.fixture
def trust(certificate):
    return ssl.create_default_context(cafile=certificate[1])


def test_tls_is_spoken_to_who_the_certificate_names(served, trust):
    with Server(saying(whole()), served) as server:
        url = server.url(scheme="https")
        assert fetched(url, hosts=server.hosts, trust=trust, unsafe_loopback=True).data == PDF
        with pytest.raises(BadInput, match="CERTIFICATE_VERIFY_FAILED"):
            fetched(url, hosts=server.hosts, unsafe_loopback=True)
        other = url.replace("localhost", "127.0.0.1")
        with pytest.raises(BadInput, match="CERTIFICATE_VERIFY_FAILED"):
            fetched(other, hosts={f"127.0.0.1:{server.port}"}, trust=trust, unsafe_loopback=True)


def test_tls_that_ends_without_an_end_is_cut(served, trust):
    def broken_off(line):
        line.sendall(OK + b"\r\n" + PDF)
        socket.socket(fileno=line.detach()).close()

    with Server(broken_off, served) as server:
        url = server.url(scheme="https")
        with pytest.raises(BadInput, match=r"cannot fetch from localhost: .*EOF"):
            fetched(url, hosts=server.hosts, trust=trust, unsafe_loopback=True)


def test_a_handshake_that_takes_its_time_is_left(trust):
    silent = socket.create_server(("127.0.0.1", 0))
    port, start = silent.getsockname()[1], time.monotonic()
    with silent, pytest.raises(BadInput, match=r"within 0.3 seconds"):
        fetched(
            f"https://localhost:{port}/", hosts={f"localhost:{port}"}, seconds=0.3, trust=trust,
            unsafe_loopback=True,
        )  # fmt: skip
    assert time.monotonic() - start < 2


def test_nothing_is_left_open(recwarn):
    for answer in (whole(), whole()[:-1], b"nonsense"):
        with contextlib.suppress(BadInput):
            fetch_from(saying(answer))
    assert fetch.__all__ == ["fetched"]
    assert not recwarn.list
