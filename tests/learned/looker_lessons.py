"""What the looker is asked about a scene, as tasks of ours, and what it is to say."""

import json
from dataclasses import asdict
from io import BytesIO

from s2s_tasks.catalog import Answer, Caption, Extract
from s2s_tasks.media import Media

from .scenes import Objects, Tally, asked

__all__ = ["KINDS", "words"]


def words(task):
    """What our backends say to a chat model beside the picture."""
    return task.request(BLANK).words


def _question(scene, rng):
    question, answer = asked(scene, rng)
    return Answer(question=question), answer


def _caption(scene, rng):
    del rng
    return Caption(), scene.caption


def _objects(scene, rng):
    del rng
    return Extract(schema=Objects), _json(Objects(scene.things))


def _tally(scene, rng):
    del rng
    return Extract(schema=Tally), _json(scene.tally)


def _json(value):
    """As a mask writes it: without idle space."""
    return json.dumps(asdict(value), separators=(",", ":"))


KINDS = {"question": _question, "caption": _caption, "objects": _objects, "tally": _tally}
"""From a scene to a task and its answer."""


def _blank():
    from PIL import Image

    written = BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    return Media.open(written.getvalue())


BLANK = _blank()
"""Any picture will do: the words are the same for all."""
