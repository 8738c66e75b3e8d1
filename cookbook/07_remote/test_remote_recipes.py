"""
Every recipe as a reader runs it, on a stand-in for the service.

    pytest cookbook/07_remote

The scripts are told where the service is as the real libraries are: by ANTHROPIC_BASE_URL, and by
the URL of a private server.
"""

import asyncio
import base64
import io
import json
import os
import re
import runpy
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from stand_in import Said, StandIn, Trouble
from starlette.requests import ClientDisconnect

from s2s_tasks import tasks

HERE = Path(__file__).parent
SCRIPTS = {"fall_back", "web_app", "alt_texts", "private_server"}
NAMES = ("ANTHROPIC_", "S2S_", "OPENAI_")

SUMMARY = "The town let the river in. It rings a bell six hours before the water comes."
ORDER = '{"item": "Assam", "count": 3, "cents": 1250}'
LIMIT = Trouble(429, "rate_limit_error", "slow down")
WRONG_KEY = Trouble(401, "authentication_error", "invalid x-api-key")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, tmp_path):
    """Nothing of this machine's settings, and no backend of the test before."""
    for name in [name for name in os.environ if name.startswith(NAMES)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))  # where the SDK keeps its profiles
    monkeypatch.chdir(tmp_path)
    yield
    tasks.close()


@pytest.fixture
def claude(monkeypatch):
    """Begin a stand-in for Claude's service, which says the same to everybody."""
    with StandIn(lambda _: service.answer) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-nobody")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        service.answer = Said(SUMMARY)
        yield service


@pytest.fixture
def printed(monkeypatch, capsys):
    """The lines that a script prints."""

    def run(script, *arguments):
        path = HERE / f"{script}.py"
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        runpy.run_path(str(path), run_name="__main__")
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    return run


def promised(script, circumstance=""):
    """What follows each `#>`, of those that stand below a comment `# circumstance`."""
    source = (HERE / f"{script}.py").read_text("utf-8")
    if circumstance:
        [source] = re.findall(rf"^# {circumstance}\b.*:\n((?:#.+\n)+)", source, re.MULTILINE)
    said = re.findall(r"^ *# ?>(.*(?:\n#  .*)*)", source, re.MULTILINE)
    return [re.sub(r"\n#  *", " ", line).strip() for line in said]


def test_the_folder_has_no_script_that_is_not_run():
    assert {path.stem for path in HERE.glob("*.py")} - {"stand_in", "test_remote_recipes"} == SCRIPTS


# --- fall_back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circumstance", "answer"),
    [
        ("with a key", Said(SUMMARY)),
        ("with a wrong key", WRONG_KEY),
        ("at a limit", LIMIT),
        ("when Claude refuses", Said("", stop="refusal")),
    ],
)
def test_a_summary_comes_whatever_the_service_says(claude, printed, circumstance, answer):
    claude.answer = answer
    assert printed("fall_back") == promised("fall_back", circumstance) != []
    assert claude.asked


def test_a_summary_comes_without_a_key(claude, printed, monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert printed("fall_back") == promised("fall_back", "without a key")
    assert not claude.asked


def test_a_summary_comes_without_a_network(claude, printed, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        assert printed("fall_back") == promised("fall_back", "where nobody can be reached")
    assert not claude.asked


# --- web_app --------------------------------------------------------------------------------


async def answered(app, body, *, spec="2.3", enough=None):
    """
    What an ASGI server would send: the status and the body.

    After `enough` pieces the client goes away, which is told as servers of that version of the
    specification do: up to 2.3 by a message, since then by an error of the next `send`.
    """
    gone, sent = asyncio.Event(), [{"type": "http.request", "body": body}]
    status, said = 0, ""

    async def receive():
        if sent:
            return sent.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        nonlocal status, said
        if gone.is_set() and spec > "2.3":
            raise OSError
        status = message.get("status", status)
        said += message.get("body", b"").decode()
        if enough is not None and said.count("event: piece") >= enough:
            gone.set()

    version = {"version": "3.0", "spec_version": spec}
    scope = {"type": "http", "asgi": version, "method": "POST", "path": "/summary", "headers": []}
    await app(scope, receive, send)
    return status, said


@pytest.fixture
def app():
    return runpy.run_path(str(HERE / "web_app.py"))["app"]


@pytest.mark.parametrize(
    ("circumstance", "answer"),
    [
        ("with a key", Said("Let it in.")),
        ("at a limit", LIMIT),
        ("when the connection breaks", Said("Let it in.", words=2)),
    ],
)
def test_the_app_sends_what_it_says(claude, app, circumstance, answer):
    claude.answer = answer
    status, said = asyncio.run(answered(app, b"A long text."))
    assert status == 200
    assert [line for line in said.splitlines() if line] == promised("web_app", circumstance)


def test_the_app_takes_no_text_that_is_empty_or_too_long(claude, app):
    status, said = asyncio.run(answered(app, b" "))
    assert said == 'event: error\ndata: {"said": "the text is empty", "again": false}\n\n'
    status, said = asyncio.run(answered(app, b"word " * 100_000))
    assert status == 413
    assert not claude.asked


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
def test_the_work_stops_when_the_reader_goes_away(claude, app, spec, caplog):
    claude.answer = Said("Word by word it goes on. " * 400, pause=0.01)  # for 20 seconds

    async def leave():
        with suppress(ClientDisconnect):
            await answered(app, b"A long text.", spec=spec, enough=2)
        return await asyncio.to_thread(claude.left.wait, 3)

    assert asyncio.run(leave()), "the service was still asked for more"
    assert not caplog.messages  # it is no error


# --- alt_texts ------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    boat = Image.new("RGB", (3_000, 1_500), "navy")
    ImageDraw.Draw(boat).polygon([(900, 800), (2_100, 800), (1_800, 1_100), (1_200, 1_100)], "red")
    boat.save(folder / "boat.png")
    tower = Image.new("RGB", (300, 600), "white")
    ImageDraw.Draw(tower).rectangle((100, 100, 200, 600), "grey")
    tower.save(folder / "tower.png")
    (folder / "lost.jpg").write_text("<html>404 Not Found</html>")
    (folder / "notes.txt").write_text("no picture")
    return folder


def looked(sent):
    """What a stand-in can tell of a picture: which of the two it is, by its shape."""
    shown = seen(sent)
    wide = shown.width > shown.height
    text = "A red boat on dark blue water." if wide else "A grey tower with a yellow light."
    return Said(text)


def seen(sent):
    [block] = [one for one in sent["messages"][0]["content"] if one["type"] == "image"]
    return Image.open(io.BytesIO(base64.b64decode(block["source"]["data"])))


def test_pictures_get_their_texts_once(claude, printed, pictures):
    claude.reply = looked
    assert printed("alt_texts", pictures) == promised("alt_texts")
    kept = json.loads((pictures / "alt.json").read_text("utf-8"))
    assert kept == {
        "boat.png": "A red boat on dark blue water.",
        "tower.png": "A grey tower with a yellow light.",
    }
    assert len(claude.asked) == 2
    assert printed("alt_texts", pictures)[-1] == "cost: $0"
    assert len(claude.asked) == 2


def test_a_picture_is_sent_no_larger_than_it_is_seen(claude, printed, pictures):
    claude.reply = looked
    printed("alt_texts", pictures)
    sizes = sorted(seen(sent).size for sent in claude.asked)
    assert sizes == [(300, 600), (1_568, 784)]


# --- private_server -------------------------------------------------------------------------

LLAMA_CPP = {
    "/v1/models": {"data": [{"id": "qwen", "owned_by": "llamacpp", "meta": {"n_ctx": 4_096}}]},
    "/props": {"default_generation_settings": {"n_ctx": 4_096}, "total_slots": 2},
}


def obedient(sent):
    """An answer that fits what the request holds it to."""
    return Said("order" if "grammar" in sent else ORDER)


def ran(server, *command):
    """The process of a command, which finds the server by the environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NAMES)}
    return subprocess.run(
        [sys.executable, *command],
        env=clean | {"S2S_OPENAI_URL": server.url, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_a_private_server_does_what_the_script_says():
    with StandIn(obedient, LLAMA_CPP) as server:
        done = ran(server, "-W", "error", HERE / "private_server.py", "qwen")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines() == promised("private_server")
    shape = server.asked[0]["response_format"]
    assert shape["json_schema"]["schema"]["required"] == ["item", "count", "cents"]
    assert "grammar" in server.asked[-1]


def test_a_server_that_ignores_the_schema_gives_an_error_and_no_data():
    with StandIn(lambda _: Said("Three tins."), LLAMA_CPP) as server:
        done = ran(server, HERE / "private_server.py")
    assert "InvalidOutput: The answer is not valid JSON" in done.stderr
    assert len(done.stdout.splitlines()) == 2  # what it is, and no data


def test_doctor_knows_the_server():
    with StandIn(obedient, LLAMA_CPP) as server:
        done = ran(server, "-m", "s2s_tasks", "doctor", "--server", server.url)
    assert done.returncode == 0
    for said in ("kind: llama.cpp", "model qwen", "schemas: enforced"):
        assert said in done.stdout
