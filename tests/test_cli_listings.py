"""`s2s tasks`, `backends`, `plugins`, `doctor`."""

import json

import pytest
from terminal import Headline, registry, s2s

from s2s_tasks import Backend, BackendSpec, Capabilities, Modality, Place, Registry, hookimpl
from s2s_tasks.cli.availability import install_line
from s2s_tasks.testing import Scripted


class Remote:
    """A backend that cannot be used now."""

    @hookimpl
    def s2s_backends(self):
        can = Capabilities(
            architecture="decoder-only", place=Place.REMOTE, tasks=frozenset({"translate"})
        )
        return [BackendSpec("remote", can, never, extra="bench", availability=lambda: "no key")]


def never(_: str | None) -> Backend:
    raise AssertionError("listing opens no backend")


class Broken:
    """Its hook raises."""

    @hookimpl
    def s2s_backends(self):
        raise ZeroDivisionError("oh")


def rows(command, *plugins):
    end = s2s(command, "--json", known=Registry(*plugins))
    return json.loads(end.stdout)


def test_backends_say_why_they_are_not_available():
    [row] = rows("backends", Remote())
    assert row["backend"] == "remote"
    assert (row["where"], row["architecture"]) == ("remote", "decoder-only")
    assert row["tasks"] == ["translate"]
    assert row["available"].startswith("no key")


def test_a_check_that_raises_is_no_end_of_the_list():
    class Rude(Remote):
        @hookimpl
        def s2s_backends(self):
            [spec] = super().s2s_backends()
            return [BackendSpec("rude", spec.capabilities, never, availability=lambda: 1 / 0)]

    [row] = rows("backends", Rude())
    assert row["available"] != "yes"


def test_the_table_is_plain_where_no_terminal_is():
    end = s2s("backends", known=Registry(Remote()))
    head, line = end.stdout.splitlines()
    assert head.split() == ["backend", "where", "architecture", "tasks", "available"]
    assert line.split()[:4] == ["remote", "remote", "decoder-only", "translate"]
    assert "\x1b" not in end.stdout


def test_tasks_say_who_can_do_them_now():
    pictures = Scripted(
        "x",
        name="eyes",
        capabilities=Capabilities(architecture="x", accepts=frozenset({Modality.IMAGE})),
    )
    known = registry(Scripted("x", name="all"), pictures)
    found = json.loads(s2s("tasks", "--json", known=known).stdout)
    who = {row["task"]: row["who can do it now"] for row in found}
    assert who["caption"] == ["all", "eyes"]
    assert who["summarize"] == ["all"]
    assert who["write-headline"] == ["all"]
    assert {row["task"]: row["what it does"] for row in found}["write-headline"] == (
        Headline.__doc__
    )


def test_who_is_not_available_does_nothing_now():
    assert all(row["who can do it now"] == [] for row in rows("tasks", Remote()))


def test_plugins_are_listed_with_their_state():
    good, bad = rows("plugins", Remote(), Broken())
    assert (good["state"], bad["state"]) == ("ok", "broken")
    assert "oh" in bad["problem"]


@pytest.mark.parametrize(("plugins", "code"), [([Remote()], 0), ([Remote(), Broken()], 1)])
def test_the_doctor_fails_where_a_plugin_is_broken(plugins, code):
    end = s2s("doctor", known=Registry(*plugins))
    assert end.exit_code == code
    assert "plugin Remote" in end.stdout
    assert "off     backend remote: no key" in end.stdout
    assert ("broken  plugin Broken: ZeroDivisionError: oh\n        -> " in end.stdout) == bool(code)


def test_the_doctors_findings_as_json():
    found = rows("doctor", Broken())
    [bad] = [row for row in found if row["state"] == "broken"]
    assert bad["about"] == "plugin Broken"
    assert bad["mend"]


def test_the_install_line_is_for_an_extra_with_a_missing_package():
    can = Capabilities(architecture="x")
    assert install_line(BackendSpec("a", can, never), ()) == ""
    assert install_line(BackendSpec("a", can, never, extra="nonesuch"), ()) == ""
    assert install_line(BackendSpec("a", can, never, extra="test"), ()) == ""


def test_a_plugin_that_is_left_out_is_hinted_at(monkeypatch):
    monkeypatch.setenv("S2S_PLUGINS", "none")
    end = s2s("summarize", known=Registry.installed(), stdin="A text.")
    assert end.exit_code == 2
    assert "S2S_PLUGINS leaves out" in end.stderr
    assert "extractive" in end.stderr
