"""
A toy pair of languages: what of German can be said with numbers, colours and animals.

The order of words differs, so that a model has to look at its source out of order.
"""

import random
from itertools import product

NUMBERS = dict(zip(
    ("two", "three", "four", "five", "six", "seven", "12", "40"),
    ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "12", "40"),
    strict=True,
))  # fmt: skip
COLOURS = {
    "red": "rote",
    "blue": "blaue",
    "green": "grüne",
    "black": "schwarze",
    "white": "weiße",
    "small": "kleine",
    "old": "alte",
    "young": "junge",
}
THINGS = {
    "cats": "Katzen",
    "dogs": "Hunde",
    "birds": "Vögel",
    "horses": "Pferde",
    "cows": "Kühe",
    "mice": "Mäuse",
    "fish": "Fische",
    "houses": "Häuser",
    "trees": "Bäume",
    "books": "Bücher",
}
PLACES = {
    "": "",
    " in the garden": "im Garten ",
    " near the river": "am Fluss ",
    " behind the church": "hinter der Kirche ",
    " at the station": "am Bahnhof ",
}
FRAMES = (
    ("I have seen {}{}.", "Ich habe {}{} gesehen."),
    ("She has bought {}{}.", "Sie hat {}{} gekauft."),
    ("We want to sell {}{}.", "Wir wollen {}{} verkaufen."),
    ("Today I see {}{}.", "Heute sehe ich {}{}."),
)
HELD_OUT = 11
"""Every so many-th phrase occurs in no training."""

PHRASES = [
    (" ".join(words), " ".join([NUMBERS[words[0]], COLOURS[words[1]], THINGS[words[2]]]))
    for words in product(NUMBERS, COLOURS, THINGS)
]


def pairs(count: int, *, held_out: bool, seed: int) -> list[tuple[str, str]]:
    """Sentences and their translations, all different."""
    rng = random.Random(seed)
    phrases = [one for n, one in enumerate(PHRASES) if (n % HELD_OUT == 0) == held_out]
    found = {}
    while len(found) < count:
        frame, rahmen = rng.choice(FRAMES)
        phrase, ausdruck = rng.choice(phrases)
        place, ort = rng.choice(list(PLACES.items()))
        found[frame.format(phrase, place)] = rahmen.format(ort, ausdruck)
    return list(found.items())


TRANSLATIONS = pairs(30, held_out=True, seed=1)
"""English and German that the learned translators get right, and have not seen."""
