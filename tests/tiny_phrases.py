"""
A toy pair of languages: what of German can be said with numbers, colours and animals.

The order of words differs, and adjectives agree with what stands before them ("zwei rote",
"die roten"), so that a model has to look at its source out of order.
"""

import random
from itertools import product

COUNTED = dict(zip(
    ("two", "three", "four", "five", "six", "seven", "12", "1,250"),
    ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "12", "1.250"),
    strict=True,
))  # fmt: skip
DEFINITE = {"the": "die", "these": "diese", "our": "unsere", "all": "alle"}
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
    " in the garden": " im Garten",
    " near the river": " am Fluss",
    " behind the church": " hinter der Kirche",
    " at the station": " am Bahnhof",
}
FRAMES = (
    ("{thing}{place}", "{thing}{place}"),
    ("I have seen {thing}{place}.", "Ich habe{place} {thing} gesehen."),
    ("She has bought {thing}{place}.", "Sie hat{place} {thing} gekauft."),
    ("We want to sell {thing}{place}.", "Wir wollen{place} {thing} verkaufen."),
    ("Today I see {thing}{place}.", "Heute sehe ich{place} {thing}."),
)
HIDDEN = 11
"""Every so many-th combination of a number, a colour and a thing occurs in no training."""


def _german(number: str, colour: str, thing: str) -> str:
    if number in DEFINITE:
        return f"{DEFINITE[number]} {COLOURS[colour]}n {THINGS[thing]}"
    return f"{COUNTED[number]} {COLOURS[colour]} {THINGS[thing]}"


PHRASES = [
    (" ".join(words), _german(*words)) for words in product(COUNTED | DEFINITE, COLOURS, THINGS)
]


def pairs(count: int, *, hidden: bool, seed: int) -> list[tuple[str, str]]:
    """Sentences and their translations, all different."""
    rng = random.Random(seed)
    phrases = [one for n, one in enumerate(PHRASES) if (n % HIDDEN == 0) == hidden]
    found = {}
    while len(found) < count:
        frame, german = rng.choice(FRAMES)
        phrase, ausdruck = rng.choice(phrases)
        place, ort = rng.choice(list(PLACES.items()))
        found[frame.format(thing=phrase, place=place)] = german.format(thing=ausdruck, place=ort)
    return list(found.items())


TAUGHT = pairs(3_000, hidden=False, seed=0)
HELD_OUT = pairs(200, hidden=True, seed=1)
"""English and German that learned translators get right, and have not seen."""
