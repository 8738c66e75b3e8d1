"""`s2s measure`: figures to standard output, all else to standard error, kept as they come."""

import json
import os
import subprocess
import sys

import click
import pytest
from paced import Paced

from s2s_tasks import Registry, hookimpl
from s2s_tasks.backend import BackendSpec, Place
from s2s_tasks.cli.apart import apart
from s2s_tasks.cli.measure import command
from s2s_tasks.errors import BackendError, NotConfigured, UnknownName, Unsupported
from s2s_tasks.evidence import Measured, Store
from s2s_tasks.testing import Scripted

QUICK = {"step": 1e-5, "read": 1e-6}


class Offering:
    """A plugin that offers these specs."""

    def __init__(self, *specs):
        self.specs = specs

    @hookimpl
    def s2s_backends(self):
        return self.specs


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("S2S_LOCAL_ONLY", raising=False)


@pytest.fixture
def run(capsys):
    """Run the command over these backends: the exit code, what it printed, what it said."""

    def ran(*args, of):
        specs = [one if isinstance(one, BackendSpec) else one.spec for one in of]
        given = ["--seconds", "0.1", *args]
        code = command().main(given, obj=Registry(Offering(*specs)), standalone_mode=False)
        out, err = capsys.readouterr()
        return code, out, err

    return ran


def test_all_that_is_local_and_available_is_measured_and_kept(run):
    missing = BackendSpec("absent", Paced().capabilities, None, availability=lambda: "no weights")
    missing = BackendSpec(**{**vars(missing), "open": Paced})
    remote = Paced(name="afar", place=Place.REMOTE, **QUICK)
    code, out, err = run(
        of=[Paced(name="one", **QUICK), Paced(name="two", **QUICK), remote, missing]
    )
    assert code == 0
    assert [line.split()[0] for line in out.split("\n\n")[0].splitlines()[1:]] == ["one", "two"]
    assert err.splitlines() == ["s2s: measuring one", "s2s: measuring two"]
    assert not remote.requests
    book = Measured()
    assert book.find("one", None).output_tokens_per_second > 1000
    assert book.find("afar", None) is None


def test_the_whole_of_it_is_shown_as_json(run):
    _, out, _ = run("--json", of=[Paced(**QUICK)])
    [shown] = json.loads(out)
    kept = Measured().find("paced", None)
    assert shown["input_tokens_per_second"] == kept.input_tokens_per_second
    assert len(shown["timings"]) == len(kept.timings) > 2
    assert shown["measured_at"] == kept.measured_at.isoformat()


def test_a_remote_backend_is_measured_when_it_is_named_and_told_of(run):
    remote = Paced(name="afar", place=Place.REMOTE, **QUICK)
    code, _, err = run("afar", of=[remote])
    assert code == 0
    assert "which may cost" in err
    assert remote.requests


@pytest.mark.parametrize("how", ["option", "environment"])
def test_local_only_is_a_wall(run, monkeypatch, how):
    remote = Paced(name="afar", place=Place.REMOTE, **QUICK)
    if how == "environment":
        monkeypatch.setenv("S2S_LOCAL_ONLY", "1")
    with pytest.raises(Unsupported, match="off this machine"):
        run("afar", *(["--local-only"] if how == "option" else []), of=[remote])
    assert not remote.requests


def test_one_that_fails_does_not_end_the_others(run):
    broken = Scripted(BackendError("out of order"), name="a-broken-one")
    code, out, err = run(of=[broken, Paced(**QUICK)])
    assert code == 1
    assert "paced" in out
    assert "error: out of order" in err
    assert Measured().find("paced", None)


def test_a_named_task_is_the_one_that_is_measured(run):
    run("--task", "translate", of=[Paced(**QUICK)])
    assert Measured().find("paced", None).task == "translate"
    with pytest.raises(click.BadParameter):
        run("--task", "transcribe", of=[Paced(**QUICK)])


@pytest.mark.parametrize(
    ("args", "error", "says"),
    [
        (["pacd"], UnknownName, "pacd"),
        (["absent"], NotConfigured, "no weights"),
        (["paced", "--task", "embed"], Unsupported, "embed"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_any_work(run, args, error, says):
    able = Paced(tasks=frozenset({"summarize"}), **QUICK)
    absent = BackendSpec("absent", able.capabilities, Paced, availability=lambda: "no weights")
    with pytest.raises(error, match=says):
        run(*args, of=[able, absent])
    assert not able.requests


def test_what_is_kept_is_listed_and_forgotten(run):
    backends = [Paced(name="one", **QUICK), Paced(name="two", **QUICK)]
    _, out, _ = run("--list", of=backends)
    assert out == "nothing was measured yet\n"
    run(of=backends)
    _, out, _ = run("--list", of=backends)
    assert [line.split()[0] for line in out.splitlines()] == ["backend", "two", "one"]
    assert out.count("yes") == 2
    _, out, _ = run("--list", "--json", "two", of=backends)
    assert [(one["backend"], one["holds"]) for one in json.loads(out)] == [("two", True)]
    code, out, err = run("--forget", "one", of=backends)
    assert (code, out, err) == (0, "", "s2s: 1 forgotten\n")
    assert [record.evidence.backend for record in Store().records()] == ["two"]


def test_listing_and_forgetting_exclude_each_other(run):
    with pytest.raises(click.UsageError):
        run("--list", "--forget", of=[])


def test_figures_of_other_hardware_are_marked(run, monkeypatch):
    run(of=[Paced(**QUICK)])
    monkeypatch.setenv("S2S_DEVICE", "cuda")
    _, out, _ = run("--list", of=[])
    assert "no: other hardware, versions or settings" in out


def test_a_warning_becomes_a_note(run):
    run(of=[Paced(**QUICK)])
    Store().path.write_bytes(b"no database" * 99)
    code, out, err = run("--list", of=[])
    assert (code, out) == (0, "nothing was measured yet\n")
    assert "s2s: warning: the evidence in" in err


def test_what_was_measured_is_shown_even_if_it_cannot_be_kept(run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("S2S_DATA", str(tmp_path / "file" / "below"))
    code, out, err = run(of=[Paced(**QUICK)])
    assert code == 1
    assert "paced" in out
    assert "S2S_DATA" in err


def test_nothing_that_was_asked_or_answered_is_kept(run):
    secret = Scripted("the answer is a secret of somebody")
    run(of=[secret])
    written = Store().path.read_bytes().lower()
    assert b"secret" not in written
    assert all(word not in written for word in (b"yesterday", b"summarize the text"))


def test_installed_backends_are_measured_in_a_process_of_their_own():
    code = "from s2s_tasks.cli.measure import command; command().main(standalone_mode=False)"
    args = [sys.executable, "-c", code, "extractive", "--seconds", "0.2", "--json"]
    done = subprocess.run(args, capture_output=True, text=True, check=True)
    [shown] = json.loads(done.stdout)
    assert shown["backend"] == "extractive"
    assert Measured().find("extractive", shown["model"])


def test_what_another_process_returns_and_raises_comes_back():
    assert apart(os.getpid) != os.getpid()
    with pytest.raises(ZeroDivisionError):
        apart(divmod, 1, 0)
    with pytest.raises(BackendError, match="killed"):
        apart(os._exit, 9)
