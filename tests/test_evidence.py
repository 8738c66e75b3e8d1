"""What was measured is kept, found again where it holds, and never in the way."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from s2s_tasks.decide.evidence import Evidence, Score, Timing
from s2s_tasks.errors import NotConfigured
from s2s_tasks.evidence import (
    Fingerprint,
    Machine,
    Measured,
    Store,
    age,
    fingerprint,
    hardware,
    machine,
    this_machine,
)
from s2s_tasks.evidence import bandwidth as bandwidths
from s2s_tasks.evidence.bandwidth import bandwidth
from s2s_tasks.evidence.folder import data_folder

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HERE = fingerprint()
ROWS = (Timing(32, 48, 1, 0.01, 0.5), Timing(128, 48, 16, 0.02, 0.9))


def evidence(backend="fast", model="org/name", days=0, **facts):
    known = {"timings": ROWS, "memory_bytes": 5_000_000, "fingerprint": str(HERE)}
    at = NOW - timedelta(days=days)
    known |= {"measured_at": at, **facts}
    return Evidence(backend, model, "translate", 1.5, 0.01, 900.0, 50.0, **known)


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "share" / "s2s"
    monkeypatch.setenv("S2S_DATA", str(folder))
    return folder


@pytest.fixture
def store(data):
    return Store()


# --- what is kept ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"model": None},
        {"memory_bytes": None, "timings": ()},
        {"scores": (Score("chrf", 0.61, 200), Score("exact", 0.4, 200))},
    ],
)
def test_what_is_kept_comes_back_the_same(store, facts):
    kept = evidence(**facts)
    store.add(kept, HERE)
    [record] = store.records()
    assert record.evidence == kept
    assert record.fingerprint == HERE


def test_nothing_is_made_by_looking(store, data):
    assert store.records() == ()
    assert store.forget() == 0
    assert Measured(store).find("fast", "org/name") is None
    assert not data.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_others_cannot_read_it(store, data):
    store.add(evidence(), HERE)
    assert data.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, []),
        ({"backend": "fast"}, ["local"]),
        ({"model": "org/name"}, ["fast"]),
        ({"backend": "local", "model": "org/name"}, ["fast", "fast"]),
        ({"backend": "none"}, ["fast", "fast", "local"]),
    ],
)
def test_what_is_named_is_forgotten_and_no_more(store, wanted, left):
    for backend, model in (("fast", "org/name"), ("fast", "org/other"), ("local", "org/name")):
        store.add(evidence(backend, model, scores=(Score("chrf", 0.5, 9),)), HERE)
    assert store.forget(**wanted) == 3 - len(left)
    assert [record.evidence.backend for record in store.records()] == left
    assert all(record.evidence.scores for record in store.records())


# --- what may befall the file ----------------------------------------------------------------


def _garbage(path):
    path.write_bytes(b"no database at all" * 100)


def _halved(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _scrambled(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(byte ^ 0x5A for byte in whole[100:]))


@pytest.mark.parametrize("ruin", [_garbage, _halved, _scrambled])
@pytest.mark.parametrize("act", ["add", "records"])
def test_a_ruined_file_is_set_aside_with_a_warning_and_made_anew(store, data, ruin, act):
    store.add(evidence(), HERE)
    ruin(store.path)
    with pytest.warns(RuntimeWarning, match="set aside as evidence.sqlite3.ruined"):
        store.records() if act == "records" else store.add(evidence(), HERE)
    store.add(evidence(), HERE)
    assert len(store.records()) == (1 if act == "records" else 2)
    assert len([*data.glob("*.ruined-*")]) == 1


def test_an_empty_file_is_as_good_as_none(store, data):
    data.mkdir(parents=True)
    store.path.touch()
    store.add(evidence(), HERE)
    assert len(store.records()) == 1


def test_a_file_of_a_later_version_is_left_alone(store):
    import sqlite3
    from contextlib import closing

    store.add(evidence(), HERE)
    with closing(sqlite3.connect(store.path)) as base:
        base.execute("PRAGMA user_version = 99")
    before = store.path.read_bytes()
    with pytest.raises(NotConfigured, match="later version"):
        store.add(evidence(), HERE)
    with pytest.warns(RuntimeWarning, match="not used"):
        assert Measured(store).find("fast", "org/name") is None
    assert store.path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("S2S_DATA", str(tmp_path / "file" / "below"))
    with pytest.raises(NotConfigured) as caught:
        Store().add(evidence(), HERE)
    assert "S2S_DATA" in caught.value.hint


WRITER = """
from test_evidence import HERE, evidence
from s2s_tasks.evidence import Store
for number in range(20):
    Store().add(evidence(model=f"{number}"), HERE)
"""


def test_many_may_write_at_once(store):
    """Processes and threads, all of which meet a file that is not there yet."""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER], env={**os.environ, "PYTHONPATH": path})
        for _ in range(3)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: store.add(evidence(model=f"t{number}"), HERE), range(40)))
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(store.records()) == 100


# --- what is found ---------------------------------------------------------------------------


def test_the_newest_is_found_whenever_it_was_added(store):
    for days in (3, 1, 2):
        store.add(evidence(days=days), HERE)
    found = Measured(store).find("fast", "org/name")
    assert age(found, NOW) == timedelta(days=1)


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, machine=replace(machine(), cpu="Other 9000")),
        replace(HERE, machine=replace(machine(), cores=machine().cores + 1)),
        replace(HERE, machine=replace(machine(), gpu="Other GPU")),
        replace(HERE, versions={**HERE.versions, "python": "3.1"}),
        replace(HERE, versions={**HERE.versions, "s2s": "99.0"}),
        replace(HERE, versions={**HERE.versions, "a-library-that-is-gone": "1.0"}),
        replace(HERE, settings={"S2S_DEVICE": "cuda"}),
    ],
    ids=["cpu", "cores", "gpu", "python", "s2s", "library", "setting"],
)
def test_what_was_taken_elsewhere_is_kept_and_not_found(store, other):
    store.add(evidence(days=5), HERE)
    store.add(evidence(days=0), other)
    assert len(store.records()) == 2
    assert age(Measured(store).find("fast", "org/name"), NOW) == timedelta(days=5)


def test_a_setting_of_the_environment_is_heeded_at_once(store, monkeypatch):
    store.add(evidence(), HERE)
    book = Measured(store)
    assert book.find("fast", "org/name")
    monkeypatch.setenv("S2S_COMPUTE", "int8")
    assert book.find("fast", "org/name") is None
    monkeypatch.delenv("S2S_COMPUTE")
    assert book.find("fast", "org/name")


def test_backends_and_models_are_told_apart(store):
    store.add(evidence("fast", None), HERE)
    book = Measured(store)
    assert book.find("fast", None)
    assert book.find("fast", "org/name") is None
    assert book.find("local", None) is None


def test_a_book_sees_what_is_added_and_forgotten_later(store):
    book = Measured(store)
    assert book.find("fast", "org/name") is None
    store.add(evidence(), HERE)
    assert book.find("fast", "org/name") == evidence()
    store.forget()
    assert book.find("fast", "org/name") is None


def test_a_ruined_file_does_not_stop_the_book(store):
    store.add(evidence(), HERE)
    _garbage(store.path)
    with pytest.warns(RuntimeWarning, match="set aside"):
        assert Measured(store).find("fast", "org/name") is None


def test_looking_it_up_takes_less_than_a_millisecond(store):
    for number in range(200):
        store.add(evidence(model=str(number % 20), days=number), HERE)
    book = Measured(store)
    book.find("fast", "7")
    begin = time.perf_counter()
    for _ in range(100):
        assert book.find("fast", "7")
    assert (time.perf_counter() - begin) / 100 < 1e-3


def test_a_prior_has_no_age():
    assert age(evidence(measured_at=None)) is None


# --- where and under what --------------------------------------------------------------------


def test_a_fingerprint_comes_back_from_its_text_and_names_everything():
    taken = fingerprint("fast")
    assert Fingerprint.read(taken.text) == taken
    assert taken.key == Fingerprint.read(taken.text).key != replace(taken, settings={"A": "1"}).key
    assert taken.holds
    for name in (machine().cpu, "python 3.", "s2s 0.", f"{machine().cores} cores"):
        assert name in str(taken)


def test_the_versions_are_those_of_the_backends_libraries():
    assert fingerprint().versions.keys() == {"python", "s2s"}
    assert "ctranslate2" in fingerprint("fast").versions
    assert "torch" in fingerprint("local").versions
    assert all(version.split("+")[0].count(".") == 1 for version in HERE.versions.values())


def test_the_hardware_is_seen():
    here = machine()
    assert here.cpu
    assert here.cores >= 1
    assert here.ram >= 0


def test_without_platformdirs_the_place_is_the_same(monkeypatch):
    monkeypatch.delenv("S2S_DATA", raising=False)
    with_it = data_folder()
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    if sys.platform == "linux":
        assert data_folder() == with_it
        monkeypatch.setenv("XDG_DATA_HOME", "/some/where")
        assert str(data_folder()) == "/some/where/s2s_tasks"


def test_the_speed_of_the_memory_is_what_was_copied_by_the_time_it_took(monkeypatch):
    """Each of four threads reads and writes 64 MiB, the quickest time in a quarter of a second."""
    times = iter([4.0, 0.5, 0.25, 1.0])
    monkeypatch.setattr(bandwidths, "_seconds", lambda *_: next(times))
    monkeypatch.setattr(bandwidths, "machine", lambda: Machine("some", 4, 16))
    assert bandwidth.__wrapped__() == 2 * 4 * 64 * 2**20 / 0.25 / 1e9


def test_what_is_copied_arrives():
    to, source = bytearray(bandwidths.SIZE), bytearray(b"\x07" * bandwidths.SIZE)
    bandwidths._copy((to, source))
    assert to == source


@pytest.mark.parametrize(
    ("gpu", "said", "gigabytes"),
    [
        ("", "", 0),
        ("NVIDIA H100", "81559\n", 79.6),
        ("NVIDIA A, NVIDIA B", "8192\n24576\n", 24),
        ("NVIDIA H100", "No devices were found\n", None),
    ],
)
def test_the_memory_of_an_accelerator_is_asked_of_its_driver(
    tmp_path, monkeypatch, gpu, said, gigabytes
):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<END\n{said}END\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(hardware, "AMD", tmp_path / "none")
    monkeypatch.setattr(hardware, "machine", lambda: Machine("some", 4, 16, gpu))
    assert this_machine.__wrapped__().gpu_gb == gigabytes
