"""Hostile schemas and answers are answered within a second and 256 MB, from nowhere else."""

import sys
from functools import cache
from pathlib import Path

import hostile
import hostile_instances
import hostile_schemas
import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="bounds of memory need Linux"
)
answers = cache(hostile.answers)


def bounded(told):
    assert told["seconds"] < hostile.SECONDS
    assert not told["touched"], "files and network are left alone"
    assert len(told["message"]) <= 2_000


def test_there_are_sixty_of_each():
    assert len(hostile_schemas.REFUSED) >= 60
    assert len(hostile_instances.REFUSED) >= 60


@pytest.mark.parametrize("name", hostile_schemas.REFUSED)
def test_a_hostile_schema_is_refused(name):
    told = answers("schemas")[name]
    bounded(told)
    assert told["answer"] == "schema refused", told["message"]


@pytest.mark.parametrize("name", hostile_schemas.TAKEN)
def test_a_costly_but_right_schema_is_taken(name):
    told = answers("schemas")[name]
    bounded(told)
    assert told["answer"] in {"taken", "output refused"}, told["message"]


@pytest.mark.parametrize("name", hostile_instances.REFUSED)
def test_a_hostile_answer_is_refused(name):
    told = answers("instances")[name]
    bounded(told)
    assert told["answer"] == "output refused"


@pytest.mark.parametrize("name", hostile_instances.TAKEN)
def test_a_costly_but_right_answer_is_taken(name):
    told = answers("instances")[name]
    bounded(told)
    assert told["answer"] == "taken", told["message"]


def test_the_watch_sees_files_and_network():
    touched = []
    hostile.watch(touched)
    Path(__file__).read_bytes()
    assert touched
