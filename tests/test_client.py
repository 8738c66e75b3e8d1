"""The client as a user meets it: options that are wrong, help, names, copies."""

import copy
import inspect
import pickle
import pydoc

import pytest
from echo import Echo

from s2s_tasks import BadInput, BadSetting, Beam, Policy, Registry, Sample, Tasks, Timeout, tasks
from s2s_tasks.catalog import BUILT_IN
from s2s_tasks.testing import Scripted

WRONG_OPTIONS = {
    "policy": {"local_only": True},
    "decoding": "greedy",
    "backend": 5,
    "timeout": -1,
}


@pytest.mark.parametrize(("name", "value"), WRONG_OPTIONS.items(), ids=WRONG_OPTIONS)
@pytest.mark.parametrize("where", ["call", "client"])
def test_an_option_of_a_wrong_type_is_named(name, value, where):
    options = {"backend": Scripted("never"), "registry": Registry()}
    task = Echo(**({name: value} if where == "call" else {}))
    tasks = Tasks(**(options | ({} if where == "call" else {name: value})))
    with pytest.raises(BadSetting, match=name):
        tasks.run(task, "x")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Policy(max_cost="a lot"),
        lambda: Policy(max_cost=float("inf")),
        lambda: Policy(repairs=-1),
        lambda: Timeout(total="soon"),
        lambda: Timeout(idle=float("nan")),
        lambda: Beam(True),
        lambda: Beam(1),
        lambda: Beam(4, results=5),
        lambda: Sample(temperature="hot"),
        lambda: Sample(top_p=0),
        lambda: Sample(seed=-1),
    ],
)
def test_a_setting_out_of_its_range_cannot_be_made(make):
    with pytest.raises(BadSetting):
        make()


@pytest.mark.parametrize("value", [None, 5, ["a"], b"bytes", "", " \n", "a \ud800 b"])
def test_what_is_no_text_is_refused_by_name(value):
    with pytest.raises(BadInput, match="the text"):
        tasks.summarize(value)


def test_a_misspelt_setting_or_verb_is_answered_with_what_was_meant():
    with pytest.raises(TypeError, match="max_wrds"):
        tasks.summarize("a b.", max_wrds=3)
    with pytest.raises(AttributeError, match="did you mean 'summarize'"):
        tasks.sumarize("a b.")


@pytest.mark.parametrize("task", BUILT_IN, ids=lambda task: task.name)
def test_help_tells_every_setting_of_a_verb(task):
    verb = getattr(tasks, task.name)
    told = pydoc.plain(pydoc.render_doc(verb))
    assert (task.__doc__ or "").strip().splitlines()[0] in told
    for name in inspect.signature(task).parameters:
        assert name in told
        assert name in inspect.signature(verb).parameters


def test_probing_for_private_names_loads_no_plugin():
    registry = Registry()
    registry._found = lambda: pytest.fail("plugins were looked for")
    probed = Tasks(registry=registry)
    assert not hasattr(probed, "_repr_html_")
    assert not hasattr(probed, "__wrapped__")
    assert copy.copy(probed) == probed


def test_results_can_be_copied_and_pickled():
    result = tasks.summarize("One two three. Four five six.")
    assert pickle.loads(pickle.dumps(result)) == copy.deepcopy(result) == result
