"""
Drawn scenes: one or two groups of shapes, and what is true of them in words and in data.

Some groups, as "three yellow stars", stand in no training scene: whoever names them in a held-out
one knows numbers, colours and shapes apart, and did not learn pictures by heart.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

__all__ = ["Group", "Objects", "Scene", "Tally", "Thing", "asked", "drawn", "scenes"]

Shape = Literal["circle", "square", "triangle", "star"]
Colour = Literal["red", "green", "blue", "yellow", "purple", "black"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
COLOURS: tuple[Colour, ...] = get_args(Colour)
COUNTS = {1: "a", 2: "two", 3: "three"}
MOST = 4
"""Things in one scene."""

ACROSS, DOWN = "left of", "above"
OPPOSITE = {ACROSS: "right of", DOWN: "below"}
NOT_STATED = "not stated"
HIDDEN = 7
"""Every so many-th group is held out."""


@dataclass(frozen=True)
class Thing:
    """One object."""

    shape: Shape
    colour: Colour


@dataclass(frozen=True)
class Objects:
    """All objects of the image, group by group, from the top or from the left."""

    objects: list[Thing]


@dataclass(frozen=True)
class Tally:
    """How many objects of each shape there are."""

    circles: int
    squares: int
    triangles: int
    stars: int


@dataclass(frozen=True)
class Group:
    """Things that are alike and stand together."""

    count: int
    colour: Colour
    shape: Shape

    def __str__(self) -> str:
        return f"{COUNTS[self.count]} {self.colour} {plural(self.shape, self.count)}"


@dataclass(frozen=True)
class Scene:
    """The first of two groups stands `how` to the second: "left of" or "above"."""

    groups: tuple[Group, ...]
    how: str

    @property
    def caption(self) -> str:
        return f" {self.how} ".join(map(str, self.groups))

    @property
    def things(self) -> list[Thing]:
        return [Thing(one.shape, one.colour) for one in self.groups for _ in range(one.count)]

    @property
    def tally(self) -> Tally:
        return Tally(**{plural(shape): self.count(shape=shape) for shape in SHAPES})

    def count(self, **alike: str) -> int:
        """How many things are so."""
        return sum(all(vars(one)[k] == v for k, v in alike.items()) for one in self.things)

    def of(self, **alike: str) -> list[Group]:
        """The groups whose things are so."""
        return [one for one in self.groups if all(vars(one)[k] == v for k, v in alike.items())]


def plural(shape: str, count: int = 2) -> str:
    return shape if count == 1 else f"{shape}s"


# -- which scenes there are


def _split() -> tuple[list[Group], list[Group]]:
    """The groups that are taught, and those that are held out."""
    groups = [Group(*one) for one in product(COUNTS, COLOURS, SHAPES)]
    held_out = groups[::HIDDEN]
    return [one for one in groups if one not in held_out], held_out


TAUGHT, HELD_OUT = _split()


def scenes(*, hidden: bool, seed: int) -> Iterator[Scene]:
    """Without end. A hidden scene has a group that is held out, the others have none."""
    rng = random.Random(seed)
    while True:
        first = rng.choice(HELD_OUT if hidden else TAUGHT)
        second = rng.choice(TAUGHT)
        how = rng.choice([ACROSS, DOWN])
        if rng.random() < 0.25:  # a group alone
            yield Scene((first,), how)
        elif fit(first, second):
            pair = (first, second) if rng.random() < 0.5 else (second, first)
            yield Scene(pair, how)


def fit(first: Group, second: Group) -> bool:
    """Whether they fit in one picture and can be told apart."""
    alike = (first.colour, first.shape) == (second.colour, second.shape)
    return not alike and first.count + second.count <= MOST


# -- what can be asked


def asked(scene: Scene, rng: random.Random) -> tuple[str, str]:
    """A question about the scene and its answer; kinds of question and answers are in balance."""
    kinds = [_how_many, _how_many, _which_colour, _which_shape, _whether, *[_where] * 2]
    while (found := rng.choice(kinds)(scene, rng)) is None:
        pass
    return found


def _how_many(scene: Scene, rng: random.Random) -> tuple[str, str]:
    shape, colour = _near(scene, rng)
    what, alike = rng.choice(
        [
            (plural(shape), {"shape": shape}),
            (f"{colour} objects", {"colour": colour}),
            ("objects", {}),
        ]
    )
    return f"How many {what} are there?", str(scene.count(**alike))


def _which_colour(scene: Scene, rng: random.Random) -> tuple[str, str] | None:
    """Not of a shape of two colours."""
    shape, _ = _near(scene, rng)
    groups = scene.of(shape=shape)
    if len(groups) > 1:
        return None
    count = groups[0].count if groups else 1
    colour = groups[0].colour if groups else NOT_STATED
    return f"What colour {_be(count)} the {plural(shape, count)}?", colour


def _which_shape(scene: Scene, rng: random.Random) -> tuple[str, str] | None:
    """Not of a colour of two shapes."""
    _, colour = _near(scene, rng)
    groups = scene.of(colour=colour)
    if len(groups) > 1:
        return None
    return f"Which shape is {colour}?", groups[0].shape if groups else NOT_STATED


def _whether(scene: Scene, rng: random.Random) -> tuple[str, str]:
    shape, colour = _near(scene, rng)
    wanted = rng.choice(scene.groups) if rng.random() < 0.4 else None
    shape, colour = (wanted.shape, wanted.colour) if wanted else (shape, colour)
    return f"Is there a {colour} {shape}?", _yes(scene.of(shape=shape, colour=colour))


def _where(scene: Scene, rng: random.Random) -> tuple[str, str] | None:
    """Of two shapes, along the line on which they stand."""
    if len({one.shape for one in scene.groups}) < 2:
        return None
    turned, other_way = rng.random() < 0.5, rng.random() < 0.25
    one, two = reversed(scene.groups) if turned else scene.groups
    how = OPPOSITE[scene.how] if other_way else scene.how
    names = [plural(group.shape, group.count) for group in (one, two)]
    question = f"{_be(one.count).capitalize()} the {names[0]} {how} the {names[1]}?"
    return question, _yes(turned == other_way)


def _near(scene: Scene, rng: random.Random) -> tuple[Shape, Colour]:
    """A shape and a colour: most of the time of the scene, maybe of two groups."""

    def one(there, others):
        return rng.choice(there if rng.random() < 0.7 else others)

    return (
        one([group.shape for group in scene.groups], SHAPES),
        one([group.colour for group in scene.groups], COLOURS),
    )


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _yes(holds: object) -> str:
    return "yes" if holds else "no"


# -- how they are drawn

SIDE = 128
"""Pixels of a picture's sides; the models look at half as many."""

SHADES: dict[str, tuple[int, int, int]] = {
    "red": (214, 44, 44),
    "green": (44, 160, 68),
    "blue": (44, 88, 214),
    "yellow": (236, 206, 40),
    "purple": (146, 60, 176),
    "black": (34, 34, 34),
}


def drawn(scene: Scene, rng: random.Random):
    """
    A PIL image of it: places, sizes, turns and shades as `rng` has them.

    The paper is light; it is plain, or has a grain.
    """
    from PIL import Image, ImageDraw

    paper = tuple(rng.randint(205, 255) for _ in range(3))
    image = Image.new("RGB", (SIDE, SIDE), paper)
    pen = ImageDraw.Draw(image)
    for thing, middle, room in _placed(scene, rng):
        radius = min(rng.uniform(11, 19), room)
        shade = tuple(max(0, min(255, one + rng.randint(-22, 22))) for one in SHADES[thing.colour])
        corners = _corners(thing.shape, middle, radius, rng.uniform(-0.2, 0.2))
        pen.polygon([*corners], fill=shade)
    return _grained(image, rng.choice([0, 0, 5, 10]), rng)


def _placed(scene: Scene, rng: random.Random):
    """Each thing with its place, and the radius that it has room for."""
    bands = len(scene.groups)
    for at, group in enumerate(scene.groups):
        for along, across in _cells(group, at, bands, rng):
            place = (across, along) if scene.how == ACROSS else (along, across)
            yield Thing(group.shape, group.colour), place, SIDE / (2.2 * max(group.count, 2))


def _cells(group: Group, at: int, bands: int, rng: random.Random):
    """
    Along the band of the group its things are evenly spread, but for some jitter.

    Of two groups it is less than what is between them: what is left of a thing is not above it.
    """
    step, width = SIDE / group.count, SIDE / bands
    for n in range(group.count):
        loose = min(max(0.0, step / 2 - 21), SIDE if bands == 1 else 14)
        along = (n + 0.5) * step + rng.uniform(-loose, loose)
        slack = max(0.0, width / 2 - 21)
        yield along, (at + 0.5) * width + rng.uniform(-slack, slack)


FORMS = {
    "circle": (48, 1.0, 1.0),
    "square": (4, 1.12, 1.0),
    "triangle": (3, 1.12, 1.0),
    "star": (10, 1.12, 0.42),
}
"""How many corners, how far out the first is, and how much nearer each second."""


def _corners(shape, middle, radius, turn):
    from math import cos, pi, sin

    count, out, nearer = FORMS[shape]
    start = turn - pi / 2 + (pi / 4 if shape == "square" else 0)
    for n in range(count):
        angle, far = start + 2 * pi * n / count, radius * out * (nearer if n % 2 else 1)
        yield middle[0] + far * cos(angle), middle[1] + far * sin(angle)


def _grained(image, grain, rng):
    import numpy as np
    from PIL import Image

    if not grain:
        return image
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, grain, (SIDE, SIDE, 1))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype("uint8"))
