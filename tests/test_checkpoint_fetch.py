"""Checkpoints of the hub: fetched whole, kept, and never half; and what is said if that fails."""

import errno
import json
import logging
import os
import shutil
import subprocess
import sys
import traceback
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hub import Cut, Flipped, Hub, Longer, Page, Stalled, Status, environment, point_to
from safetensors.numpy import save
from tiny import make

from s2s_tasks import NotConfigured
from s2s_tasks.checkpoint import hub as ours
from s2s_tasks.checkpoint.cache import content_key
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.licence import licence, non_commercial

CANARY = "hf_canaryCANARYcanaryCANARYcanaryCANARY"
CONFIG = {"model_type": "bart", "architectures": ["BartForConditionalGeneration"]}
WEIGHTS = save({"a": np.arange(50_000, dtype=np.float32)})
FILES = {
    "config.json": json.dumps(CONFIG).encode(),
    "tokenizer.json": b'{"model": {}}' * 500,
    "source.spm": bytes(range(256)) * 40,
    "vocab.txt": b"a\nb\n",
    "1_Pooling/config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "README.md": b"---\nlicense: cc-by-nc-4.0\n---\n",
}
UNREAD = {
    "pytorch_model.bin": b"\x80\x04.",
    "tf_model.h5": b"x",
    "modeling_own.py": b"raise SystemExit",
    "rust_model.ot": b"x",
    "flax_model.msgpack": b"x",
    "onnx/model.onnx": b"x",
    "onnx/config.json": b"{}",
    "original/model.safetensors": b"x",
    "run.sh": b"x",
    ".gitattributes": b"x",
}
TINY = "org/tiny"


def folder_of(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture(scope="module", autouse=True)
def _session():
    """One for all tests, since a client takes its time to read certificates."""
    from huggingface_hub.utils import close_session

    yield
    close_session()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def hub(tmp_path, home, monkeypatch):
    """A hub that has org/tiny, where the client looks for one."""
    with Hub() as served:
        point_to(served.url, home, monkeypatch)
        served.publish(TINY, folder_of(tmp_path / "tiny", {**FILES, **UNREAD}))
        yield served


def publish(hub, tmp_path, files, repo="org/other", branch="main"):
    folder = tmp_path / "published"
    shutil.rmtree(folder, ignore_errors=True)
    return hub.publish(repo, folder_of(folder, files), branch)


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def refusal(model=TINY):
    with pytest.raises(NotConfigured) as caught:
        open_checkpoint(model)
    assert caught.value.hint
    return caught.value


# -- fetched and kept


def test_a_checkpoint_is_fetched_whole_and_nothing_else(hub):
    found = open_checkpoint(TINY)
    assert contents(found.folder) == FILES
    assert sorted(hub.fetched()) == sorted(FILES)
    assert (found.name, found.revision) == (TINY, hub.repos[TINY].branches["main"])
    assert found.model_type == "bart"


def test_what_was_fetched_is_taken_without_asking_again(hub):
    first = open_checkpoint(TINY)
    hub.asked.clear()
    assert open_checkpoint(TINY) == first
    assert open_checkpoint(f"{TINY}@{first.revision}").folder == first.folder
    assert hub.asked == []
    hub.down()
    assert open_checkpoint(TINY) == first


def test_a_checkpoint_needs_no_model_card(hub, tmp_path):
    publish(hub, tmp_path, {name: FILES[name] for name in ("config.json", "model.safetensors")})
    open_checkpoint("org/other")
    hub.down()
    assert licence(open_checkpoint("org/other")) == ""


def test_a_name_without_an_owner_is_a_name(hub, tmp_path):
    publish(hub, tmp_path, FILES, "gpt2")
    assert contents(open_checkpoint("gpt2").folder) == FILES


def test_a_branch_is_looked_up_anew(hub, tmp_path):
    first = open_checkpoint(f"{TINY}@main")
    second = publish(hub, tmp_path, {**FILES, "vocab.txt": b"new\n"}, TINY)
    assert open_checkpoint(TINY).revision == first.revision  # what is whole is kept
    hub.asked.clear()
    found = open_checkpoint(f"{TINY}@main")
    assert found.revision == second
    assert (found.folder / "vocab.txt").read_bytes() == b"new\n"
    assert hub.fetched() == ["vocab.txt"]


def test_a_revision_is_a_branch_a_tag_a_pull_request_or_a_commit(hub, tmp_path):
    commits = [
        publish(hub, tmp_path, {**FILES, "vocab.txt": name.encode()}, branch=name)
        for name in ("main", "v1.0", "refs/pr/1")
    ]
    for name, commit in zip(
        ("v1.0", "refs/pr/1", commits[0]), [*commits[1:], commits[0]], strict=True
    ):
        found = open_checkpoint(f"org/other@{name}")
        assert found.revision == commit
        assert found.name == f"org/other@{name}"
        said = (found.folder / "vocab.txt").read_text()
        assert said == ("main" if name == commits[0] else name)


def test_a_branch_is_taken_from_the_cache_if_the_hub_is_down(hub):
    first = open_checkpoint(f"{TINY}@main")
    hub.down()
    assert open_checkpoint(f"{TINY}@main") == first


def test_what_another_library_fetched_in_part_is_completed(hub):
    from huggingface_hub import hf_hub_download

    for name in ("config.json", "model.safetensors"):
        hf_hub_download(TINY, name)
    assert contents(open_checkpoint(TINY).folder) == FILES
    assert hub.fetched().count("model.safetensors") == 1


def test_what_another_library_fetched_in_part_is_taken_if_the_hub_is_down(hub):
    from huggingface_hub import hf_hub_download

    for name in ("config.json", "model.safetensors"):
        hf_hub_download(TINY, name)
    hub.down()
    assert set(contents(open_checkpoint(TINY).folder)) == {"config.json", "model.safetensors"}


def test_the_same_content_has_one_key_in_two_revisions(hub, tmp_path):
    first = content_key(open_checkpoint(TINY))
    publish(hub, tmp_path, {**FILES, "README.md": b"other words"}, TINY)
    assert content_key(open_checkpoint(f"{TINY}@main")) == first
    publish(hub, tmp_path, {**FILES, "source.spm": b"others"}, TINY)
    assert content_key(open_checkpoint(f"{TINY}@main")) != first


def test_the_licence_comes_with_the_checkpoint(hub):
    assert licence(open_checkpoint(TINY)) == "cc-by-nc-4.0"
    assert non_commercial(licence(open_checkpoint(TINY)))


# -- broken off


@pytest.mark.parametrize("name", ["model.safetensors", "source.spm", "tokenizer.json"])
def test_a_cut_connection_is_taken_up_where_it_was_cut(hub, name, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    hub.faults[name] = Cut(after=3000)
    assert contents(open_checkpoint(TINY).folder) == FILES
    assert hub.fetched().count(name) == 2
    assert [asked.range for asked in hub.asked if asked.range] == ["bytes=3000-"]


def test_a_connection_that_falls_silent_is_taken_up_too(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    hub.faults["model.safetensors"] = Stalled(after=70_000, seconds=1)
    assert contents(open_checkpoint(TINY).folder) == FILES
    assert [asked.range for asked in hub.asked if asked.range] == ["bytes=70000-"]


BREAKS = {
    "cut at once": Cut(after=0, times=99),
    "longer than there is": Longer(by=10),
    "out of order": Status(500),
    "forbidden": Status(403),
    "gone": Status(404),
    "other bytes": Flipped(times=99),
}


@pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS)
def test_a_broken_download_never_counts_and_is_completed_later(hub, fault):
    hub.faults["model.safetensors"] = replace(fault)
    error = refusal()
    assert error.retryable is (fault not in (BREAKS["forbidden"], BREAKS["gone"]))
    hub.asked.clear()
    again = refusal()
    assert (str(again), again.retryable) == (str(error), error.retryable)
    assert set(hub.fetched()) == {"model.safetensors"}  # whole files are kept
    del hub.faults["model.safetensors"]
    assert contents(open_checkpoint(TINY).folder) == FILES


@pytest.mark.parametrize("lost", sorted(FILES.keys() - {"README.md"}))
def test_without_any_file_that_is_read_a_download_is_not_whole(hub, lost, home):
    hub.faults[lost] = Status(500)
    refusal()
    hub.down()
    error = refusal()
    assert error.retryable
    assert "connection" in str(error)
    assert not list(home.rglob("*.incomplete"))


def test_other_bytes_of_the_same_size_are_not_taken(hub, home):
    hub.faults["model.safetensors"] = Flipped()
    error = refusal()
    assert "model.safetensors of org/tiny arrived with other bytes" in str(error)
    assert error.retryable
    assert contents(open_checkpoint(TINY).folder) == FILES


def test_a_blob_that_broke_in_the_cache_is_named_with_its_place(hub):
    found = open_checkpoint(TINY)
    blob = (found.folder / "model.safetensors").resolve()
    blob.write_bytes(WEIGHTS[:-1])
    error = refusal()
    assert "is broken" in str(error)
    assert str(blob) in error.hint
    blob.unlink()  # as the hint says
    assert contents(open_checkpoint(TINY).folder) == FILES


def test_a_full_disk_is_told_with_both_figures_before_it_is_filled(hub, monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")(10**12, 10**12, 100_000_000)  # noqa: PYI024
    monkeypatch.setattr(ours.shutil, "disk_usage", lambda _place: usage)
    open_checkpoint(TINY)
    monkeypatch.setattr(ours.shutil, "disk_usage", lambda _place: usage._replace(free=1000))
    monkeypatch.setattr(ours, "GB", 1e3)
    with monkeypatch.context() as context:
        context.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "not/yet"))
        error = refusal()
    needed = sum(map(len, FILES.values())) / 1e3
    assert f"needs {needed:.1f} GB, and 1.0 GB are free at {tmp_path / 'not/yet'}" in str(error)
    assert "HF_HOME" in error.hint
    assert not error.retryable


def test_a_cache_that_cannot_be_written_is_told(hub, home):
    home.write_text("a file where the cache should be")
    error = refusal()
    assert f"could not be stored: Not a directory ({home}" in str(error)
    assert "HF_HOME" in error.hint
    assert not error.retryable


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "Permission denied (")]
)
def test_a_disk_that_fails_meanwhile_is_told(hub, monkeypatch, number, said):
    def fails(*_, **__):
        raise OSError(number, os.strerror(number), "/some/blob")

    with monkeypatch.context() as context:
        context.setattr("huggingface_hub.file_download.shutil.move", fails)
        error = refusal()
    assert said in str(error)
    assert "HF_HOME" in error.hint
    assert not error.retryable
    assert contents(open_checkpoint(TINY).folder) == FILES


# -- refused before its weights are fetched


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"config.json": b"{}", "pytorch_model.bin": b"x"}, "pickles only (pytorch_model.bin)"),
        ({"config.json": b"{}", "tf_model.h5": b"x"}, "weights of org/other are missing"),
        ({"config.json": b"{}", "model-Q4.gguf": b"x"}, "GGUF"),
        ({"adapter_config.json": b"{}", "adapter_model.safetensors": b"x"}, "no config.json"),
        (
            {"config.json": b"{}", "adapter_config.json": b"{}", "model.safetensors": b"x"},
            "adapter",
        ),
        ({"README.md": b"words"}, "no config.json"),
        ({}, "no config.json"),
    ],
)
def test_what_is_no_checkpoint_for_us_is_not_fetched(hub, tmp_path, files, reason):
    publish(hub, tmp_path, {**files, ".gitattributes": b""})
    error = refusal("org/other")
    assert reason in str(error)
    assert hub.fetched() == []


def test_a_checkpoint_that_asks_for_code_is_refused(hub, tmp_path):
    auto = json.dumps({**CONFIG, "auto_map": {"AutoModel": "modeling_own.Own"}}).encode()
    publish(hub, tmp_path, {**FILES, **UNREAD, "config.json": auto})
    assert "config.json has an auto_map" in str(refusal("org/other"))
    assert not [name for name in hub.fetched() if name.endswith(".py")]


def test_a_shard_that_the_hub_lacks_is_named(hub, tmp_path):
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    sharded = {"config.json": FILES["config.json"], "model-1.safetensors": WEIGHTS}
    publish(hub, tmp_path, {**sharded, "model.safetensors.index.json": json.dumps(index).encode()})
    for _ in range(2):
        assert "are missing: model-2.safetensors" in str(refusal("org/other"))


def test_weights_that_the_hub_has_broken_are_refused(hub, tmp_path):
    publish(hub, tmp_path, {**FILES, "model.safetensors": WEIGHTS[:-5]})
    assert "model.safetensors of org/other is broken" in str(refusal("org/other"))


# -- the hub says no


def test_no_such_repository(hub):
    error = refusal("org/nothing")
    assert "no model org/nothing" in str(error)
    assert not error.retryable
    assert "HF_TOKEN" in error.hint


def test_no_such_revision(hub):
    error = refusal(f"{TINY}@v9")
    assert "org/tiny has no revision v9" in str(error)
    assert not error.retryable
    assert hub.fetched() == []


def test_no_such_commit(hub):
    assert "no revision 00000" in str(refusal(f"{TINY}@{'0' * 40}"))


@pytest.mark.parametrize("token", [None, CANARY])
def test_a_gated_one_says_how_to_get_in(hub, monkeypatch, token):
    hub.repos[TINY].gated = True
    hub.strangers.add(CANARY)
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    error = refusal()
    assert "org/tiny is gated" in str(error)
    assert "HF_TOKEN" in error.hint
    assert not error.retryable
    hub.members.add(CANARY)
    monkeypatch.setenv("HF_TOKEN", CANARY)
    assert contents(open_checkpoint(TINY).folder) == FILES


@pytest.mark.parametrize("token", [None, CANARY])
def test_a_private_one_is_hidden_from_strangers(hub, monkeypatch, token):
    hub.repos[TINY].private = True
    hub.strangers.add(CANARY)
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    error = refusal()
    assert "no model org/tiny, or none that you may see" in str(error)
    assert "HF_TOKEN" in error.hint
    hub.members.add(CANARY)
    monkeypatch.setenv("HF_TOKEN", CANARY)
    assert contents(open_checkpoint(TINY).folder) == FILES


def test_a_wrong_token_is_named_as_the_reason(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", CANARY)
    error = refusal()
    assert "status 401" in str(error)
    assert "HF_TOKEN is wrong" in error.hint
    assert not error.retryable


def test_the_token_is_shown_to_the_hub_only(hub, monkeypatch):
    hub.members.add(CANARY)
    monkeypatch.setenv("HF_TOKEN", CANARY)
    open_checkpoint(TINY)
    by_place = {asked.path.startswith("/store/"): set() for asked in hub.asked}
    for asked in hub.asked:
        by_place[asked.path.startswith("/store/")].add(asked.token)
    assert by_place == {False: {CANARY}, True: {None}}


ENDS = {
    "not valid": lambda hub: None,
    "gated": lambda hub: (hub.strangers.add(CANARY), setattr(hub.repos[TINY], "gated", True)),
    "private": lambda hub: (hub.strangers.add(CANARY), setattr(hub.repos[TINY], "private", True)),
    "out of order": lambda hub: hub.faults.update(info=Status(500)),
    "out of order for a file": lambda hub: hub.faults.update(head=Status(500)),
    "cut": lambda hub: (hub.members.add(CANARY), hub.faults.update({"source.spm": Cut(0, 99)})),
    "down": lambda hub: hub.down(),
    "not a token": lambda hub: hub.down(),
}


@pytest.mark.parametrize("ends", ENDS)
def test_no_error_and_no_log_says_the_token(hub, monkeypatch, caplog, capfd, ends):
    caplog.set_level(logging.DEBUG)
    token = f"{CANARY}ö" if ends == "not a token" else CANARY  # no header may have it
    monkeypatch.setenv("HF_TOKEN", token)
    ENDS[ends](hub)
    error = refusal()
    seen, told = error, []
    while seen is not None:
        told += [str(seen), repr(seen), str(vars(seen)), *map(str, getattr(seen, "__notes__", ()))]
        seen = seen.__cause__ or seen.__context__
    told += [*traceback.format_exception(error), caplog.text, *capfd.readouterr()]
    assert CANARY not in "".join(told)
    assert ends in {"down", "not a token"} or {asked.token for asked in hub.asked} >= {CANARY}


def test_what_fails_keeps_its_cause(hub):
    assert type(refusal("org/nothing").__cause__).__name__ == "RepositoryNotFoundError"


# -- the hub says nothing


def test_nobody_there_is_worth_another_try(hub):
    hub.down()
    error = refusal()
    assert error.retryable
    assert "connection failed" in str(error)
    assert "check the network" in error.hint


@pytest.mark.parametrize("part", ["info", "tree", "head"])
@pytest.mark.parametrize(
    ("status", "retryable"), [(500, True), (503, True), (429, True), (402, False)]
)
def test_a_hub_out_of_order_is_named_by_its_status(hub, part, status, retryable):
    hub.faults[part] = Status(status)
    error = refusal()
    assert f"status {status}" in str(error)
    assert error.retryable is retryable
    del hub.faults[part]
    assert contents(open_checkpoint(TINY).folder) == FILES


def test_a_hub_that_does_not_answer_in_time_is_given_up(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 0.2)
    hub.faults["info"] = Stalled(after=5, seconds=1)
    assert refusal().retryable


@pytest.mark.parametrize("fault", [Page(), Page(b"{}"), Page(b"[]"), Status(404)])
def test_what_is_no_hub_is_told_as_that(hub, fault):
    hub.faults["info"] = fault
    assert "if HF_ENDPOINT is set, check that a hub is there" in refusal().hint


def test_offline_is_told_as_the_users_wish(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    error = refusal()
    assert "HF_HUB_OFFLINE forbids" in str(error)
    assert "unset HF_HUB_OFFLINE" in error.hint
    assert not error.retryable
    assert hub.asked == []


@pytest.mark.parametrize("model", [TINY, f"{TINY}@main"])
def test_offline_the_cache_is_enough(hub, monkeypatch, model):
    first = open_checkpoint(TINY)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    hub.asked.clear()
    assert open_checkpoint(model).folder == first.folder
    assert hub.asked == []


# -- a fresh process, which reads its environment

OPENED = """
import sys
from s2s_tasks.checkpoint.fetch import open_checkpoint
found = open_checkpoint(sys.argv[1])
heavy = {"torch", "transformers", "tokenizers", "numpy"} & set(sys.modules)
print(found.folder, found.revision, *heavy)
"""
TRANSLATED = """
import sys, torch
from s2s_tasks import CutOff, Greedy, Tasks
torch.set_num_threads(1)
for model in sys.argv[1:]:
    tasks = Tasks(backend="local", model=model, decoding=Greedy(max_tokens=9))
    try:
        print(tasks.translate("Two red cats.", to="de").value.encode())
    except CutOff as cut:  # noise, of random weights, which seldom ends by itself
        print(cut.completion.partial.encode())
"""


def run(code, *arguments, **settings):
    """What a process prints that has these settings, and no others of the hub."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))
    }
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    done = subprocess.run(
        command, env={**plain, **settings}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("name", ["HF_HOME", "HF_HUB_CACHE"])
def test_a_fresh_process_heeds_its_environment(hub, home, tmp_path, name):
    hub.repos[TINY].private = True
    hub.members.add(CANARY)
    there = {"HF_HOME": home / "hub", "HF_HUB_CACHE": tmp_path / "other"}[name]
    settings = environment(hub.url, home) | {name: str(home if name == "HF_HOME" else there)}
    [first] = run(OPENED, TINY, HF_TOKEN=CANARY, **settings)
    folder, revision = first.split()  # and nothing heavy was loaded
    assert Path(folder).is_relative_to(there)
    assert revision == hub.repos[TINY].branches["main"]
    assert contents(Path(folder)) == FILES
    hub.asked.clear()
    assert run(OPENED, TINY, HF_HUB_OFFLINE="1", **settings) == [first]
    assert hub.asked == []


def test_a_task_is_done_by_the_name_of_a_checkpoint_and_again_without_the_hub(hub, home):
    marian = make("marian")
    commit = hub.publish("org/marian", marian)
    settings = environment(hub.url, home)
    by_folder, by_name = run(TRANSLATED, str(marian), "org/marian", **settings)
    assert by_name == by_folder > "b'"
    hub.down()
    [kept] = run(OPENED, "org/marian", **settings)
    assert kept.split()[1] == commit
