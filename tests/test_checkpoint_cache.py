"""Our own cache: a folder is whole or not there, and what is in it is told by its bytes."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from s2s_tasks import NotConfigured
from s2s_tasks.checkpoint.cache import atomic_folder, cache_dir, content_key, discard, seal, verify
from s2s_tasks.checkpoint.folder import Checkpoint

DAY = 24 * 3600


class Interrupted(BaseException):
    """As KeyboardInterrupt, which pytest would take for its own."""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "cache" / "made"


def fill(folder, text="whole"):
    (folder / "sub").mkdir()
    (folder / "a.bin").write_text(text)
    (folder / "sub/b.bin").write_text(text)


def fail(folder, error):
    fill(folder)
    raise error


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# -- where it is


def test_the_cache_is_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_CACHE", str(tmp_path / "deep/own"))
    folder = cache_dir("kind", "key")
    assert folder == tmp_path / "deep/own/kind/key"
    assert folder.is_dir()
    assert cache_dir("kind", "key") == folder


def test_else_where_the_system_keeps_caches(tmp_path, monkeypatch):
    monkeypatch.delenv("S2S_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in cache_dir().parents


def test_others_cannot_look_into_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_CACHE", str(tmp_path / "own"))
    cache_dir("kind")
    assert (tmp_path / "own").stat().st_mode & 0o077 == 0


def test_a_cache_that_cannot_be_made_is_a_typed_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("S2S_CACHE", str(tmp_path / "file"))
    with pytest.raises(NotConfigured, match="cannot be made") as caught:
        cache_dir("kind")
    assert "S2S_CACHE" in caught.value.hint


# -- whole or not there


def test_a_folder_is_there_once_it_is_whole(place):
    with atomic_folder(place) as work:
        fill(work)
        assert not place.exists()
    assert names(place) == ["a.bin", "sub"]
    assert names(place.parent) == ["made"]


@pytest.mark.parametrize("error", [ValueError, OSError, Interrupted])
def test_an_error_leaves_nothing(place, error):
    with pytest.raises(error), atomic_folder(place) as work:
        fail(work, error)
    assert names(place.parent) == []


def test_the_first_to_end_wins_and_the_other_is_dropped(place):
    with atomic_folder(place) as slow:
        fill(slow, "slow")
        with atomic_folder(place) as fast:
            fill(fast, "fast")
    assert (place / "a.bin").read_text() == "fast"
    assert names(place.parent) == ["made"]


def test_a_folder_that_cannot_be_put_in_place_is_an_error(place):
    place.parent.mkdir()
    place.write_text("a file, not ours")
    with pytest.raises(OSError, match="made"), atomic_folder(place) as work:
        fill(work)
    assert place.read_text() == "a file, not ours"
    assert names(place.parent) == ["made"]


def test_readers_never_see_a_half(place):
    place.mkdir(parents=True)
    half, done = [], threading.Event()

    def read():
        while not done.is_set():
            half.extend(path for path in place.glob("[!.]*") if not verify(path))

    def write():
        for number in range(25):
            with atomic_folder(place / str(number)) as work:
                fill(work)
                seal(work)

    reader, writers = threading.Thread(target=read), [threading.Thread(target=write) for _ in "ab"]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert half == []
    assert names(place) == sorted(map(str, range(25)))


KILLED = """
import sys, time
from pathlib import Path
from s2s_tasks.checkpoint.cache import atomic_folder
with atomic_folder(Path(sys.argv[1])) as work:
    (work / "a.bin").write_text("half")
    print(work, flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_nothing_that_counts(place):
    command = [sys.executable, "-c", KILLED, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        left = Path(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
    assert left.is_dir()
    assert not place.exists()
    with atomic_folder(place) as work:  # the next one is not kept from its work
        fill(work)
    assert names(place.parent) == [left.name, "made"]
    os.utime(left, (time.time() - DAY - 60,) * 2)
    with atomic_folder(place) as work:  # and a day later, the rest is cleared away
        fill(work)
    assert names(place.parent) == ["made"]


def test_discarding_is_at_once_and_may_be_done_twice(place):
    with atomic_folder(place) as work:
        fill(work)
    discard(place)
    assert names(place.parent) == []
    discard(place)


# -- sealed

DAMAGES = {
    "a flipped bit": lambda folder: (folder / "a.bin").write_bytes(b"whmle"),
    "a cut file": lambda folder: (folder / "sub/b.bin").write_bytes(b"whol"),
    "a lost file": lambda folder: (folder / "sub/b.bin").unlink(),
    "an added file": lambda folder: (folder / "sub/c.bin").write_bytes(b""),
    "an added file of sums": lambda folder: (folder / "sub/checksums.json").write_bytes(b"{}"),
    "a renamed file": lambda folder: (folder / "a.bin").rename(folder / "c.bin"),
    "no seal": lambda folder: (folder / "checksums.json").unlink(),
    "a broken seal": lambda folder: (folder / "checksums.json").write_bytes(b"{"),
    "another seal": lambda folder: (folder / "checksums.json").write_bytes(b"[]"),
}


def test_a_sealed_folder_is_verified_wherever_it_is_moved(place):
    place.mkdir(parents=True)
    fill(place)
    seal(place)
    assert verify(place.rename(place.parent / "moved"))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_every_damage_is_found(place, damage):
    place.mkdir(parents=True)
    fill(place)
    seal(place)
    assert verify(place)
    damage(place)
    assert not verify(place)


def test_what_was_never_sealed_is_not_verified(place):
    assert not verify(place)


# -- keys

WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bart"}')
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "source.spm").write_bytes(b"pieces")
    (folder / "README.md").write_text("words")
    return Checkpoint(folder)


CHANGES = {
    "a setting": lambda folder: (folder / "config.json").write_text('{"model_type": "bert"}'),
    "a tokenizer": lambda folder: (folder / "source.spm").write_bytes(b"Pieces"),
    "the header": lambda folder: (folder / "model.safetensors").write_bytes(WEIGHTS[:-2] + b"[]"),
    "the size": lambda folder: (folder / "model.safetensors").write_bytes(WEIGHTS + b"1"),
    "the time": lambda folder: os.utime(folder / "model.safetensors", (0, 0)),
    "a new file": lambda folder: (folder / "generation_config.json").write_text("{}"),
    "a lost file": lambda folder: (folder / "source.spm").unlink(),
    "a name": lambda folder: (folder / "source.spm").rename(folder / "target.spm"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_content_has_another_key(checkpoint, change):
    before = content_key(checkpoint)
    assert content_key(checkpoint) == before
    change(checkpoint.folder)
    assert content_key(checkpoint) != before


def test_words_about_a_checkpoint_do_not_change_its_key(checkpoint):
    before = content_key(checkpoint)
    (checkpoint.folder / "README.md").write_text("other words")
    (checkpoint.folder / "tokenizer.json").mkdir()  # of that name, and no file
    assert content_key(checkpoint) == before


def test_a_key_does_not_say_where_a_checkpoint_is(checkpoint, tmp_path):
    before = content_key(checkpoint)
    moved = checkpoint.folder.rename(tmp_path / "elsewhere")
    assert content_key(Checkpoint(moved, name="org/name", revision="0" * 40)) == before


def as_the_hub_keeps_it(root, revision, blobs):
    """A snapshot of links to blobs that are named by their hash."""
    folder, kept = root / "snapshots" / revision, root / "blobs"
    folder.mkdir(parents=True)
    kept.mkdir(exist_ok=True)
    for name, (blob, content) in blobs.items():
        (kept / blob).write_bytes(content)
        (folder / name).symlink_to(f"../../blobs/{blob}")
    return Checkpoint(folder, revision=revision)


def test_the_same_content_of_two_revisions_has_one_key(tmp_path):
    same = {"config.json": ("a" * 40, b"{}"), "model.safetensors": ("b" * 64, WEIGHTS)}
    first = content_key(as_the_hub_keeps_it(tmp_path, "1" * 40, same))
    os.utime(tmp_path / "blobs" / ("b" * 64), (0, 0))
    assert content_key(as_the_hub_keeps_it(tmp_path, "2" * 40, same)) == first
    other = {**same, "model.safetensors": ("c" * 64, WEIGHTS)}
    assert content_key(as_the_hub_keeps_it(tmp_path, "3" * 40, other)) != first


def test_a_link_to_a_file_of_any_other_name_goes_by_its_content(checkpoint, tmp_path):
    before = content_key(checkpoint)
    config = checkpoint.folder / "config.json"
    config.rename(tmp_path / "elsewhere.json")
    config.symlink_to(tmp_path / "elsewhere.json")
    assert content_key(checkpoint) == before
    (tmp_path / "elsewhere.json").write_text("{}")
    assert content_key(checkpoint) != before
