"""A plugin may do what it likes: the others work, and it is named."""

import os
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from echo import Echo, registry

import s2s_tasks.plugin
from s2s_tasks import (
    Architecture,
    BackendSpec,
    Capabilities,
    Decision,
    MissingExtra,
    Place,
    PluginError,
    Policy,
    Registry,
    Tasks,
    UnknownName,
    Unsupported,
    hookimpl,
)
from s2s_tasks.exchange import Completed
from s2s_tasks.plugin import State
from s2s_tasks.testing import Scripted


class Good:
    @hookimpl
    def s2s_backends(self):
        return [Scripted("fine", name="good").spec]


def plugin(hook, body):
    """A plugin with one hook, implemented by `body`."""
    return type("Bad", (), {hook: hookimpl(body)})()


def raises(self):
    raise RuntimeError("broken on purpose")


def exits(self):
    sys.exit(3)


def interrupts(self):
    raise GeneratorExit


def wrong_type(self):
    return 42


def wrong_items(self):
    return ["not a spec", None]


def endless(self):
    while True:
        yield "x"


def hangs(self):
    time.sleep(60)


def recurses(self):
    return recurses(self)


def half_a_card(self):
    return [replace(Scripted("x").spec, capabilities="everything")]


def nameless(self):
    return [replace(Scripted("x").spec, name="")]


MISDEEDS = [
    raises,
    exits,
    interrupts,
    wrong_type,
    wrong_items,
    endless,
    hangs,
    recurses,
    half_a_card,
    nameless,
]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(s2s_tasks.plugin.guarded, "__defaults__", (0.3,))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("misdeed", MISDEEDS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("hook", ["s2s_backends", "s2s_tasks", "s2s_architectures"])
def test_a_plugin_that_misbehaves_is_named_and_harms_no_other(hook, misdeed):
    if misdeed in (half_a_card, nameless) and hook != "s2s_backends":
        misdeed = wrong_items
    registry = Registry(plugin(hook, misdeed), Good())
    states = {plugin.name: plugin for plugin in registry.plugins}
    assert states["Bad"].state is State.BROKEN
    assert states["Bad"].problem
    assert states["Bad"].mend
    assert states["Good"].state is State.OK
    assert Tasks(registry=registry).run(Echo(), "x").value == "fine"


def test_a_misspelt_hook_is_an_error_of_that_plugin():
    registry = Registry(plugin("s2s_backend", lambda self: []), Good())
    [bad, good] = registry.plugins
    assert (bad.state, good.state) == (State.BROKEN, State.OK)
    assert "s2s_backend" in bad.problem


def test_a_hook_without_its_mark_is_pointed_out():
    class Unmarked:
        def s2s_backends(self):
            return []

    [plugin] = Registry(Unmarked()).plugins
    assert "not marked" in plugin.problem
    assert "hookimpl" in plugin.mend


def test_a_plugin_that_mutates_what_it_is_given_harms_nobody():
    def greedy(self, needs, specs):
        specs.clear()

    registry = Registry(plugin("s2s_choose", greedy), Good())
    assert Tasks(registry=registry).run(Echo(), "x").value == "fine"
    assert [p.state for p in registry.plugins] == [State.BROKEN, State.OK]


@pytest.mark.parametrize("chosen", [Decision(backend="nobody"), "good", 7])
def test_a_choice_of_nobody_is_not_followed(chosen):
    registry = Registry(plugin("s2s_choose", lambda self, needs, specs: chosen), Good())
    assert Tasks(registry=registry).run(Echo(), "x").value == "fine"
    assert registry.plugins[0].state is State.BROKEN


def test_a_plugin_may_choose():
    class Chooser:
        @hookimpl
        def s2s_choose(self, needs, specs):
            return Decision(backend=specs[-1].name, because=("the last one is the best",))

    one, two = Scripted("1", name="a"), Scripted("2", name="b")

    class Two:
        @hookimpl
        def s2s_backends(self):
            return [one.spec, two.spec]

    result = Tasks(registry=Registry(Two(), Chooser())).run(Echo(), "x")
    assert (result.backend, result.decision.because) == ("b", ("the last one is the best",))


def test_an_observer_sees_every_end_and_one_that_raises_is_told_no_more():
    seen, told = [], []

    class Watcher:
        @hookimpl
        def s2s_completed(self, event):
            seen.append(event)

    class Faulty:
        @hookimpl
        def s2s_completed(self, event):
            told.append(event)
            raise RuntimeError("no")

    registry = Registry(Good(), Watcher(), Faulty())
    tasks = Tasks(registry=registry)
    results = [tasks.run(Echo(), "x"), *tasks.map(Echo(), ["y", ""])]
    assert [event.result for event in seen if event.result.ok] == results[:2]
    assert isinstance(seen[0], Completed)
    assert seen[0].task == "echo"
    assert len(told) == 1


def test_two_plugins_with_one_name_are_both_refused_and_named():
    registry = Registry(Good(), Good())
    with pytest.raises(PluginError, match="offered by Good and Good-1") as raised:
        registry.spec("good")
    assert "S2S_PLUGINS" in raised.value.hint
    assert [plugin.state for plugin in registry.plugins] == [State.CLASHES] * 2


def test_an_unknown_backend_is_answered_with_the_nearest():
    with pytest.raises(UnknownName) as raised:
        Registry(Good()).open("goood")
    assert raised.value.__notes__ == ["did you mean 'good'?"]


def test_a_missing_library_is_answered_with_the_command_that_installs_it():
    def open_(model):
        import a_library_nobody_has  # noqa: F401

    spec = BackendSpec("hf", Capabilities("decoder-only"), open_, extra="local")
    with pytest.raises(MissingExtra) as raised:
        Registry(plugin("s2s_backends", lambda self: [spec])).open("hf")
    assert raised.value.hint == 'pip install "s2s-tasks[local]"'


@pytest.mark.parametrize("result", [None, "a string"])
def test_a_spec_that_opens_nonsense_is_an_error_of_its_plugin(result):
    spec = BackendSpec("odd", Capabilities("decoder-only"), lambda model: result)
    with pytest.raises(PluginError, match="odd"):
        Registry(plugin("s2s_backends", lambda self: [spec])).open("odd")


def test_an_availability_that_raises_makes_a_backend_unavailable():
    def unsure():
        raise OSError("no disk")

    spec = replace(Scripted("x", name="aaa").spec, availability=unsure)
    registry = Registry(Good(), plugin("s2s_backends", lambda self: [spec]))
    decision = Tasks(registry=registry).explain(Echo(), "x")
    assert decision.backend == "good"
    assert any("no disk" in reason.text for reason in decision.rejected)


def test_a_backend_is_opened_once_for_each_model():
    opened = []

    def open_(model):
        opened.append(model)
        return Scripted("x")

    spec = BackendSpec("one", Scripted("x").capabilities, open_)
    tasks = Tasks(registry=Registry(plugin("s2s_backends", lambda self: [spec])), backend="one")
    for model in (None, "a", None, "a"):
        tasks.using(model=model).run(Echo(), "x")
    assert opened == [None, "a"]


def test_a_task_of_a_plugin_is_a_verb():
    class Offers:
        @hookimpl
        def s2s_tasks(self):
            return [Echo]

    tasks = Tasks(registry=Registry(Good(), Offers()))
    assert tasks.echo("x").value == "fine"
    assert "echo" in dir(tasks)


def test_a_verb_that_nobody_offers_is_an_attribute_error_with_the_nearest_name():
    with pytest.raises(AttributeError, match="sumarize"):
        Tasks(registry=Registry()).sumarize("x")


@pytest.mark.parametrize("name", ["run", "map", "not a name", ""])
def test_a_task_cannot_take_the_name_of_a_method(name):
    task = dataclass(frozen=True, kw_only=True)(
        type("Odd", (Echo,), {"name": name, "__annotations__": {"name": ClassVar[str]}})
    )
    [odd] = Registry(plugin("s2s_tasks", lambda self: [task])).plugins
    assert odd.state is State.BROKEN


def test_a_plugin_may_add_an_architecture():
    row = Architecture("diffusion", "draws")
    registry = Registry(plugin("s2s_architectures", lambda self: [row]))
    assert registry.architectures["diffusion"] == row
    assert "encoder-decoder" in registry.architectures


# --- choice: walls, wishes, the house order -------------------------------------------------


def offering(*backends):
    return Tasks(registry=registry(*backends))


def remote(name):
    capabilities = replace(Scripted("").capabilities, place=Place.REMOTE)
    return Scripted(name, name=name, capabilities=capabilities)


def local(name, architecture="decoder-only"):
    capabilities = replace(Scripted("").capabilities, architecture=architecture)
    return Scripted(name, name=name, capabilities=capabilities)


def test_the_house_order_is_remote_then_local_then_embedded():
    three = [local("embedded", "extractive"), local("local"), remote("remote")]
    for expected in ("remote", "local", "embedded"):
        result = offering(*three).run(Echo(), "x")
        assert result.value == result.backend == result.decision.backend == expected
        three = [backend for backend in three if backend.name != expected]


def test_local_only_is_a_wall_even_for_a_backend_that_is_named():
    tasks = offering(remote("far"), local("near")).using(policy=Policy(local_only=True))
    assert tasks.run(Echo(), "x").backend == "near"
    with pytest.raises(Unsupported, match="off this machine"):
        tasks.run(Echo(backend="far"), "x")


def test_local_only_is_a_wall_for_fallbacks_too():
    far, near = remote("far"), Scripted("bad", name="near")
    tasks = offering(far, near).using(
        backend="near", policy=Policy(local_only=True, fallback=("far",))
    )
    with pytest.raises(Exception, match="bad"):
        tasks.run(Echo(), "x")
    assert far.requests == []


@pytest.mark.parametrize("given", ["by name", "as an instance"])
def test_local_only_is_a_wall_for_the_first_when_there_are_fallbacks(given):
    far, near = remote("far"), local("near")
    tasks = offering(far, near).using(
        backend="far" if given == "by name" else far,
        policy=Policy(local_only=True, fallback=("near",)),
    )
    assert tasks.run(Echo(), "x").backend == "near"
    assert far.requests == []


def test_a_preference_is_followed_if_it_can_be():
    tasks = offering(local("a"), local("b")).using(policy=Policy(prefer=("nobody", "b")))
    assert tasks.run(Echo(), "x").backend == "b"


def test_explain_says_who_why_and_who_not_and_runs_nothing():
    only = replace(Scripted("").capabilities, tasks=frozenset({"paint"}))
    a, b, c = local("a"), local("b"), Scripted("c", name="c", capabilities=only)
    decision = offering(a, b, c).explain(Echo(), "x")
    assert (decision.backend, decision.runner_up) == ("a", "b")
    assert {reason.subject for reason in decision.rejected} == {"b", "c"}
    assert a.requests == b.requests == c.requests == []


def test_when_nobody_can_the_error_says_why_each_cannot():
    only = replace(Scripted("").capabilities, tasks=frozenset({"paint"}))
    with pytest.raises(Unsupported) as raised:
        offering(Scripted("x", name="painter", capabilities=only)).run(Echo(), "x")
    assert raised.value.reasons == ("painter: does not echo (it does paint)",)


# --- plugins that are installed, in a process of their own ----------------------------------

BAD_MODULES = {
    "raising": "raise RuntimeError('at import')",
    "exiting": "import sys; sys.exit(5)",
    "hanging": "import time; time.sleep(60)",
    "missing": "import a_library_nobody_has",
    "misspelt": "from s2s_tasks import hookimpl\n@hookimpl\ndef s2s_backendz(): return []",
    "clash": (
        "from s2s_tasks import hookimpl\nfrom s2s_tasks.testing import Scripted\n"
        "@hookimpl\ndef s2s_backends(): return [Scripted('x', name='extractive').spec]"
    ),
}


@pytest.fixture
def installed(tmp_path):
    """Distributions with broken plugins, as pip would leave them; runs programs beside them."""
    for name, source in BAD_MODULES.items():
        (tmp_path / f"{name}_plugin.py").write_text(source)
        info = tmp_path / f"{name}_dist-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[s2s_tasks]\n{name} = {name}_plugin\n")

    def run(*command, **environment):
        return subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"PYTHONPATH": str(tmp_path)} | environment,
        )

    return run


TEXT = "Rain fell. The rain filled the river. The river rose over the road. Nobody was hurt."


def test_broken_distributions_leave_the_summarizer_working(installed):
    program = f"from s2s_tasks import tasks; print(tasks.summarize({TEXT!r}, max_words=7))"
    done = installed("-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_doctor_names_each_broken_plugin_with_its_mend(installed):
    done = installed("-m", "s2s_tasks", "doctor")
    assert done.returncode != 0
    for name in BAD_MODULES:
        assert name in done.stdout
    assert "pip install a_library_nobody_has" in done.stdout
    assert "extractive" in done.stdout


def test_an_allow_list_keeps_the_others_from_being_imported(installed):
    done = installed("-m", "s2s_tasks", "doctor", S2S_PLUGINS="extractive")
    assert done.returncode == 0, done.stdout + done.stderr
    done = installed(
        "-c", "from s2s_tasks import tasks; tasks.summarize('A. B.')", S2S_PLUGINS="none"
    )
    assert "no backend here can do the task 'summarize'" in done.stderr


def test_nothing_of_a_plugin_is_imported_before_it_is_needed(installed):
    program = textwrap.dedent("""
        import sys
        import s2s_tasks
        s2s_tasks.tasks.summarize
        assert not [m for m in sys.modules if m.endswith("_plugin")], "imported too early"
        assert "s2s_extractive" not in sys.modules
    """)
    assert installed("-c", program).returncode == 0
