"""A canary in the key, a header, the address and the prompt is seen by the server and nobody else."""

import asyncio
import base64
import logging
import traceback
from urllib.parse import quote

import pytest
from claude_stub import Complaint, Message, Stub
from s2s_claude.opening import opened

from s2s_tasks.errors import NotConfigured, S2SError
from s2s_tasks.exchange import Request

CANARY = "cAnArY/+7f3d=91"
PROMPT = "pRoMpTcAnArY"
REQUEST = Request("summarize", (f"Say {PROMPT}",), instruction="Summarize.")


def forms(secret):
    plain = base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    return [secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1], plain, secret[:8]]


def echo(body):
    """A server that repeats what it was told, as some proxies do in their errors."""
    del body
    return Complaint(
        500, "api_error", f"Authorization: Bearer {CANARY} at {quote(CANARY, safe='')}"
    )


SERVERS = {
    "answers": lambda _: Message("fine"),
    "repeats the key": echo,
    "refuses it": lambda _: Complaint(401, "authentication_error", f"invalid key {CANARY}"),
    "sends a page": lambda _: b"<html>no</html>",
    "breaks the stream": lambda _: Message("one two three", cut=4),
    "complains in the stream": lambda _: Message(
        "one two", cut=4, then={"type": "error", "error": {"type": "x", "message": CANARY}}
    ),
}


def everything(backend):
    """All that is said of one request, each way."""
    said = [repr(backend), repr(vars(backend)), repr(backend._clients)]
    for ask in (_complete, _stream, _acomplete, _astream):
        try:
            outcome = ask(backend)
        except S2SError as error:
            outcome = error
        if isinstance(outcome, S2SError):
            said += traceback.format_exception(outcome)
            said.append(repr(outcome.attempts))
        said.append(repr(outcome))
    return "\n".join(said)


def _complete(backend):
    [(_, outcome)] = backend.complete([REQUEST])
    return outcome


def _stream(backend):
    return [*backend.stream(REQUEST)][-1]


def _acomplete(backend):
    async def ask():
        return [outcome async for _, outcome in backend.acomplete([REQUEST])].pop()

    return asyncio.run(ask())


def _astream(backend):
    async def ask():
        return [item async for item in backend.astream(REQUEST)][-1]

    return asyncio.run(ask())


@pytest.mark.parametrize("name", SERVERS)
def test_the_canary_is_nowhere(name, monkeypatch, caplog, capfd, tmp_path):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"X-Proxy-Auth: {CANARY}")
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    with Stub(SERVERS[name]) as stub:
        address = stub.url.replace("//", f"//user:{quote(CANARY, safe='')}@")
        backend = opened("sonnet", api_key=CANARY, base_url=address)
        backend._asking.retrying._sleep = lambda _: None
        habits = backend._asking.retrying._habits
        object.__setattr__(habits, "attempts", 1)
        said = everything(backend)
        backend.warm()
        backend.close()
    assert stub.asked[0].headers["x-proxy-auth"] == CANARY
    assert PROMPT in str(stub.bodies[0])
    out, err = capfd.readouterr()
    for where, text in {"said": said, "logs": caplog.text, "out": out, "err": err}.items():
        for form in (*forms(CANARY), PROMPT):
            assert form not in text, f"{form} in {where}"
    assert not [*tmp_path.iterdir()]


def test_an_address_nobody_can_read_is_refused_without_the_secret_in_it():
    with pytest.raises(NotConfigured) as caught:
        opened("haiku", api_key="k", base_url=f"http://user:{CANARY}@[::")
    assert CANARY not in "".join(traceback.format_exception(caught.value))
