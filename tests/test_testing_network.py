"""The wall: nothing reaches out of the machine unseen, and all is as before behind it."""

import asyncio
import contextlib
import socket
import threading

import pytest

from s2s_tasks.testing import NetworkRefused, no_network

OUTSIDE = ("192.0.2.1", 9)  # reserved for documentation: nobody answers
FUNCTIONS = ["getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"]
METHODS = ["connect", "connect_ex", "sendto", "sendmsg"]


def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def with_socket(use):
    with udp() as sock:
        return use(sock)


REACHING_OUT = {
    "connect": lambda: with_socket(lambda s: s.connect(OUTSIDE)),
    "connect by name": lambda: with_socket(lambda s: s.connect(("example.org", 9))),
    "connect_ex": lambda: with_socket(lambda s: s.connect_ex(OUTSIDE)),
    "sendto": lambda: with_socket(lambda s: s.sendto(b"x", OUTSIDE)),
    "sendto with flags": lambda: with_socket(lambda s: s.sendto(b"x", 0, OUTSIDE)),
    "sendmsg": lambda: with_socket(lambda s: s.sendmsg([b"x"], [], 0, OUTSIDE)),
    "create_connection": lambda: socket.create_connection(OUTSIDE, timeout=1),
    "getaddrinfo": lambda: socket.getaddrinfo("example.org", 80),
    "getaddrinfo by keyword": lambda: socket.getaddrinfo(host="example.org", port=80),
    "getaddrinfo of bytes": lambda: socket.getaddrinfo(b"example.org", 80),
    "gethostbyname": lambda: socket.gethostbyname("example.org"),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex("example.org"),
    "gethostbyaddr": lambda: socket.gethostbyaddr("192.0.2.1"),
    "getnameinfo": lambda: socket.getnameinfo(OUTSIDE, 0),
    "asyncio": lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection(*OUTSIDE), 5)),
    "asyncio by name": lambda: asyncio.run(asyncio.open_connection("example.org", 80)),
}


@pytest.mark.parametrize("loopback", [False, True], ids=["strict", "loopback"])
@pytest.mark.parametrize("reach", REACHING_OUT.values(), ids=REACHING_OUT)
def test_whoever_reaches_out_is_refused(reach, loopback):
    with pytest.raises(NetworkRefused), no_network(allow_loopback=loopback):
        reach()


def test_the_refusal_says_where_to():
    with pytest.raises(NetworkRefused, match=r"connect\('192\.0\.2\.1'\)"), no_network():
        REACHING_OUT["connect"]()


def test_a_swallowed_attempt_is_raised_at_the_end():
    with pytest.raises(NetworkRefused), no_network(), contextlib.suppress(Exception):
        socket.create_connection(OUTSIDE)


def test_an_attempt_can_be_forgiven():
    with no_network() as wall:
        with pytest.raises(NetworkRefused):
            socket.create_connection(OUTSIDE)
        assert len(wall.attempts) == 1
        wall.attempts.clear()


def test_an_error_of_the_test_itself_is_not_hidden():
    def fail():
        try:
            socket.create_connection(OUTSIDE)
        except NetworkRefused:
            raise KeyError from None

    with pytest.raises(KeyError), no_network():
        fail()


def test_a_refusal_is_no_error_that_retries_catch():
    assert not issubclass(NetworkRefused, OSError)
    assert issubclass(NetworkRefused, RuntimeError)


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"])
def test_loopback_is_let_through_if_allowed(server, host):
    with no_network(allow_loopback=True):
        socket.create_connection((host, server), timeout=5).close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_refused_if_not_allowed(server, host):
    with pytest.raises(NetworkRefused), no_network():
        socket.create_connection((host, server), timeout=5)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example.org", "localhost.example.org", "0.0.0.0", "10.0.0.1", "::"]
)
def test_what_only_looks_like_loopback_is_refused(host):
    with pytest.raises(NetworkRefused), no_network(allow_loopback=True):
        socket.create_connection((host, 9), timeout=1)


def test_asyncio_and_pairs_of_sockets_work_behind_the_wall():
    async def work():
        await asyncio.sleep(0)
        return await asyncio.to_thread(lambda: "done")

    with no_network():
        assert asyncio.run(work()) == "done"
        one, other = socket.socketpair()
        with one, other:
            one.sendmsg([b"x"])
            assert other.recv(1) == b"x"


def test_unix_sockets_work_behind_the_wall(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as sock:
        listening.bind(path)
        listening.listen()
        with no_network():
            sock.connect(path)


def test_asyncio_reaches_a_server_on_loopback_if_allowed():
    async def talk():
        async def serve(_, writer):
            writer.write(b"hi")
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("localhost", port)
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            return said

    with no_network(allow_loopback=True):
        assert asyncio.run(talk()) == b"hi"


def now():
    return [getattr(socket, name) for name in FUNCTIONS], [
        vars(socket.socket).get(name) for name in METHODS
    ]


def test_all_is_as_before_afterwards():
    before = now()
    with no_network(), no_network(allow_loopback=True):
        assert now() != before
    assert now() == before


def test_all_is_as_before_after_an_error():
    before = now()
    with pytest.raises(KeyError), no_network():
        raise KeyError
    assert now() == before


def test_of_nested_walls_the_strictest_holds(server):
    with no_network(allow_loopback=True):
        with pytest.raises(NetworkRefused), no_network():
            socket.create_connection(("127.0.0.1", server))
        socket.create_connection(("127.0.0.1", server)).close()


def test_a_wall_holds_for_every_thread():
    caught = []

    def reach():
        try:
            socket.create_connection(OUTSIDE, timeout=1)
        except RuntimeError as error:
            caught.append(error)

    with no_network() as wall:
        threads = [threading.Thread(target=reach) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [type(error) for error in caught] == [NetworkRefused] * 16
        assert len(wall.attempts) == 16
        wall.attempts.clear()


def test_walls_of_many_threads_come_down_in_any_order():
    before = now()

    def build():
        for _ in range(200):
            with no_network():
                pass

    threads = [threading.Thread(target=build) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert now() == before
