"""Which kind of server it is, what is known of its models, and how that is told."""

import json

import pytest
from chat_stub import Answer, Stub, models
from s2s_openai import s2s_backends
from s2s_openai.address import Address, Key, configured
from s2s_openai.facts import Facts, Kind, kind_named
from s2s_openai.opening import opened
from s2s_openai.probe import Probe, probed
from s2s_openai.profiles import PROFILES
from s2s_openai.report import report
from s2s_openai.sight import Sight
from terminal import s2s

from s2s_tasks import Registry, hookimpl
from s2s_tasks.errors import BackendError

CANARY = "sk-canary-7Qx9vB2mK4"


@pytest.fixture(autouse=True)
def _bare(monkeypatch):
    for name in ("S2S_OPENAI_URL", "OPENAI_BASE_URL", "S2S_OPENAI_KEY", "S2S_OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


class Site(Stub):
    """Answers GET, and POST to /api/show, by a table of paths."""

    def __init__(self, pages):
        super().__init__(None)
        self.pages = pages

    def answer(self, path, sent):
        found = self.pages.get(path, Answer({"detail": "Not Found"}, 404))
        return found if isinstance(found, Answer) else Answer(found)


LLAMA = {
    "/v1/models": models("tiny", owned_by="llamacpp", meta={"n_ctx": 1024, "n_ctx_train": 4096}),
    "/props": {
        "default_generation_settings": {"n_ctx": 1024},
        "total_slots": 4,
        "modalities": {"vision": True},
    },
}
OLLAMA = {
    "/v1/models": models("llava:7b", owned_by="library"),
    "/api/version": {"version": "0.9.1"},
    "/api/show": {
        "capabilities": ["completion", "vision"],
        "model_info": {"llama.context_length": 8},
    },
    "/api/ps": {"models": [{"name": "llava:7b", "context_length": 8192}]},
}
LM_STUDIO = {
    "/v1/models": models("qwen", "nomic", owned_by="organization_owner"),
    "/api/v0/models": {
        "data": [
            {
                "id": "qwen",
                "type": "vlm",
                "max_context_length": 32768,
                "loaded_context_length": 4096,
            },
            {"id": "nomic", "type": "embeddings", "max_context_length": 2048},
        ]
    },
}
SITES = {
    "llama.cpp": (LLAMA, "tiny", Facts("tiny", context=1024, vision=True, places=4)),
    "vllm": (
        {"/v1/models": models("m", owned_by="vllm", max_model_len=8192)},
        "m",
        Facts("m", context=8192),
    ),
    "ollama": (OLLAMA, "llava:7b", Facts("llava:7b", context=8192, vision=True)),
    "lmstudio": (LM_STUDIO, "qwen", Facts("qwen", context=4096, vision=True)),
    "tgi": (
        {
            "/v1/models": models("m", owned_by="m"),
            "/info": {"model_id": "m", "version": "3.3", "max_total_tokens": 4096, "max_input_tokens": 4000},
        },
        "m",
        Facts("m", context=4096),
    ),
    "litellm": (
        {"/v1/models": models("m", owned_by="openai"), "/health/liveliness": "I'm alive!"},
        "m",
        Facts("m"),
    ),
    "transformers": (
        {"/v1/models": models("m"), "/openapi.json": {"paths": {"/load_model": {}}}},
        "m",
        Facts("m"),
    ),
    "unknown": ({"/v1/models": models("m")}, "m", Facts("m")),
}  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_a_server_is_known_by_what_it_tells(name):
    pages, model, facts = SITES[name]
    with Site(pages) as site:
        probe = probed(Address.of(site.url))
        assert probe.profile is PROFILES[name]
        assert probe.facts(model) == facts
        assert probe.why


def test_an_embedding_model_is_known_by_the_word_of_its_server():
    with Site(LM_STUDIO) as site:
        assert probed(Address.of(site.url)).facts("nomic").kind is Kind.EMBEDDING


def test_ollama_is_not_trusted_with_more_than_it_loads_a_model_with():
    with Site({**OLLAMA, "/api/ps": {"models": []}}) as site:
        assert probed(Address.of(site.url)).facts("llava:7b").context == 4096


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "gemini"),
    ],
)
def test_a_provider_is_known_by_its_host_and_not_asked(url, name):
    from s2s_tasks.testing import no_network

    with no_network():
        probe = probed(Address.of(url))
        assert probe.profile.name == name
        assert probe.facts("m") == Facts("m")


def test_what_was_seen_is_kept():
    with Site(LLAMA) as site:
        for _ in range(3):
            opened("tiny", url=site.url).close()
        assert sorted(path for path, *_ in site.asked) == ["/props", "/v1/models"]


def test_what_was_wrong_is_looked_at_again():
    pages = {"/v1/models": Answer({"error": "loading"}, 503)}
    with Site(pages) as site:
        with pytest.raises(BackendError, match="loading"):
            opened("tiny", url=site.url)
        pages.update(LLAMA)
        assert opened("tiny", url=site.url).profile.name == "llama.cpp"


def test_another_key_is_another_look():
    with Site(LLAMA) as site:
        opened("tiny", url=site.url, key="one")
        opened("tiny", url=site.url, key="two")
        keys = {headers["Authorization"] for _, headers, _ in site.asked}
    assert keys == {"Bearer one", "Bearer two"}


@pytest.mark.parametrize(
    "page",
    [[], 7, None, "text", {"data": 7}, {"data": [7, None]}, {"data": [{"id": 7}]}, Answer(b"<html>"), Answer(b"\xff")],
)  # fmt: skip
@pytest.mark.parametrize("profile", [*PROFILES])
def test_no_answer_to_a_look_brings_it_down(page, profile):
    paths = [
        "/v1/models",
        "/props",
        "/info",
        "/api/show",
        "/api/ps",
        "/api/v0/models",
        "/openapi.json",
    ]
    with Site(dict.fromkeys(paths, page)) as site:
        probe = Probe(Address.of(site.url), Sight(Address.of(site.url)))
        assert probe.profile
        assert isinstance(probe.models, dict)
        given = Probe(Address.of(site.url), Sight(Address.of(site.url)), PROFILES[profile])
        assert isinstance(given.facts("m"), Facts)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("text-embedding-3-small", Kind.EMBEDDING), ("nomic-embed-text", Kind.EMBEDDING),
        ("BAAI/bge-m3", Kind.EMBEDDING), ("intfloat/multilingual-e5-large", Kind.EMBEDDING),
        ("thenlper/gte-base", Kind.EMBEDDING), ("all-MiniLM-L6-v2", Kind.EMBEDDING),
        ("whisper-1", Kind.SPEECH), ("gpt-4o-mini-transcribe", Kind.SPEECH),
        ("nvidia/parakeet-tdt", Kind.SPEECH), ("gpt-4o", Kind.CHAT), ("llama3.2:1b", Kind.CHAT),
        ("google/gemma-3-4b-it", Kind.CHAT), ("large5-chat", Kind.CHAT),
    ],
)  # fmt: skip
def test_what_a_model_is_for_stands_in_its_name(model, kind):
    assert kind_named(model) is kind


# -- addresses and keys


@pytest.mark.parametrize(
    ("told", "url", "root"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
        ("http://h/v1/", "http://h/v1", "http://h"),
        ("http://h/v1/chat/completions", "http://h/v1", "http://h"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai", "https://h/v1beta/openai"),
        (" http://h/proxy/v1 ", "http://h/proxy/v1", "http://h/proxy"),
    ],
)
def test_an_address_is_what_the_paths_follow(told, url, root):
    address = Address.of(told)
    assert (address.url, address.root) == (url, root)


@pytest.mark.parametrize(
    ("env", "url", "keyed"),
    [
        ({}, None, False),
        ({"OPENAI_API_KEY": "k"}, "https://api.openai.com/v1", True),
        (
            {"S2S_OPENAI_URL": "http://h/v1", "OPENAI_BASE_URL": "http://other"},
            "http://h/v1",
            False,
        ),
        ({"OPENAI_BASE_URL": "http://other/v1", "S2S_OPENAI_KEY": "k"}, "http://other/v1", True),
        ({"S2S_OPENAI_URL": "  ", "OPENAI_API_KEY": ""}, None, False),
        ({"OPENAI_BASE_URL": "http://h/v1", "OPENAI_API_KEY": "k"}, "http://h/v1", True),
        ({"S2S_OPENAI_URL": "http://h/v1", "S2S_OPENAI_KEY": "k"}, "http://h/v1", True),
        (
            {"S2S_OPENAI_URL": "https://api.openai.com/v1", "OPENAI_API_KEY": "k"},
            "https://api.openai.com/v1",
            True,
        ),
    ],
)
def test_the_environment_names_server_and_key(env, url, keyed):
    address = configured(env)
    assert (address and address.url) == url
    assert bool(address and address.key) == keyed


def test_a_key_is_not_shown():
    address = Address.of("http://h", CANARY)
    assert CANARY not in f"{address!r} {address} {address.key} {vars(address)}"
    assert address.key.scrubbed(f"Bearer {CANARY}") == "Bearer [secret]"
    assert Key(CANARY) == Key(CANARY) != Key("other")


def test_a_key_for_openai_is_not_sent_to_another_server():
    told = {"S2S_OPENAI_URL": "http://127.0.0.1:8000", "OPENAI_API_KEY": CANARY}
    assert not configured(told).key


# -- the doctor


class Plugin:
    s2s_backends = staticmethod(hookimpl(s2s_backends))


def doctor(*arguments):
    end = s2s("doctor", *arguments, known=Registry(Plugin()))
    return end.exit_code, end.stdout


def test_the_doctor_tells_what_a_server_is_and_keeps_to():
    with Site(LLAMA) as site:
        code, said = doctor("--server", site.url)
    assert code == 0
    assert "kind: llama.cpp, since its models are owned by llamacpp" in said
    assert "model tiny: context of 1,024 tokens, reads images, 4 at once" in said
    assert "schemas: enforced by response_format json_schema; checked all the same" in said


def test_the_doctors_report_as_json():
    with Site(SITES["transformers"][0]) as site:
        code, said = doctor("--json", "--server", site.url)
    found = {row["about"]: row for row in json.loads(said)}
    assert code == 0
    assert found["schemas"]["state"] == "off"
    assert found["schemas"]["problem"].startswith("it ignores them")


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({"/v1/models": Answer({"error": "no"}, 401)}, "does not take the key: no"),
        ({}, "has no such endpoint"),
        ({"/v1/models": Answer(b"<html>")}, "answered with no list of models"),
        ({"/v1/models": Answer(b"", 302, headers={"Location": "http://h"})}, "redirects elsewhere"),
    ],
)
def test_the_doctor_says_what_is_wrong_and_what_to_do(pages, says):
    with Site(pages) as site:
        code, said = doctor("--server", site.url)
    assert code == 1
    assert says in said
    assert "-> " in said


def test_the_doctor_says_that_nobody_is_there():
    code, said = doctor("--server", "http://127.0.0.1:9")
    assert code == 1
    assert "no server answers at http://127.0.0.1:9/v1" in said
    assert len(said.splitlines()) == 2


def test_the_doctor_shows_a_key_to_the_server_it_is_for_only(monkeypatch):
    with Site(LLAMA) as site, Site(LLAMA) as other:
        monkeypatch.setenv("S2S_OPENAI_URL", site.url)
        monkeypatch.setenv("S2S_OPENAI_KEY", CANARY)
        outputs = [doctor("--server", one.url)[1] for one in (site, other)]
        assert {headers.get("Authorization") for _, headers, _ in site.asked} == {
            f"Bearer {CANARY}"
        }
        assert {headers.get("Authorization") for _, headers, _ in other.asked} == {None}
    assert CANARY not in "".join(outputs)


def test_without_a_plugin_that_looks_at_servers_the_doctor_says_so():
    end = s2s("doctor", "--server", "http://h", known=Registry())
    assert end.exit_code == 1
    assert "no plugin here looks at servers" in end.stdout


@pytest.mark.parametrize("name", [*PROFILES])
def test_every_profile_has_a_whole_report(name, monkeypatch):
    monkeypatch.setattr("s2s_openai.probe.CLUES", ())
    monkeypatch.setattr("s2s_openai.probe.UNKNOWN", PROFILES[name])
    with Site({"/v1/models": models(*"abcdefghijklmnop")}) as site:
        lines = [*report(site.url)]
    assert all(len(line) == 4 for line in lines)
    assert ("ok", "and 4 more models", "", "") in lines
