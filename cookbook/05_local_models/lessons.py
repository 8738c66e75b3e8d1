"""
What the toys know: an English of a few hundred sentences, in German, and the log of a harbour.

German asks for more than a look-up. Its articles and adjectives follow the gender of the noun,
and in "Wir werden morgen den alten Hafen sehen" the words stand in another order. Some pairs of
an adjective and a noun occur in no lesson: who translates them has learned the grammar.
"""

import random
from itertools import product

NOUNS = {
    "bridge": "die Brücke", "school": "die Schule", "road": "die Straße", "ferry": "die Fähre",
    "harbour": "der Hafen", "station": "der Bahnhof", "market": "der Markt",
    "house": "das Haus", "boat": "das Boot", "museum": "das Museum",
}  # fmt: skip
ADJECTIVES = {
    "old": "alt", "new": "neu", "small": "klein", "red": "rot", "green": "grün", "white": "weiß",
}  # fmt: skip
STATES = {
    "closed": "geschlossen", "open": "geöffnet", "empty": "leer", "full": "voll", "cold": "kalt",
}  # fmt: skip
TIMES = {
    "": "", " today": " heute", " tomorrow": " morgen", " on Monday": " am Montag",
    " at noon": " mittags",
}  # fmt: skip
HIDDEN = 7
"""Every so many-th pair of an adjective and a noun is in no lesson."""


def sentences(*, hidden: bool = False) -> list[tuple[str, str]]:
    """English and German: all that can be said, with the pairs that are hidden or without."""
    things = list(product(ADJECTIVES, NOUNS))
    chosen = [one for n, one in enumerate(things) if (n % HIDDEN == 0) == hidden]
    return [pair for adjective, noun in chosen for pair in _about(adjective, noun)]


def _about(adjective: str, noun: str) -> list[tuple[str, str]]:
    article, name = NOUNS[noun].split()
    stem = ADJECTIVES[adjective]
    thing = f"{adjective} {noun}"
    subject = f"{article} {stem}e {name}"
    seen = f"den {stem}en {name}" if article == "der" else subject
    found = [(f"The {thing}", _begun(subject))]
    for time, zeit in TIMES.items():
        found.append((f"We will see the {thing}{time}.", f"Wir werden{zeit} {seen} sehen."))
        found += [
            (f"The {thing} is {state}{time}.", _begun(f"{subject} ist{zeit} {zustand}."))
            for state, zustand in STATES.items()
        ]
    return found


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]


# --- the log --------------------------------------------------------------------------------

ROUTINE = ("Calm sea.", "Light wind.", "No change.", "Ferry on time.", "Bells rung.")
NEWS = (
    "Boat sunk.", "Dog found.", "Fire out.", "House sold.",
    "Market opened.", "Storm over.", "Thief caught.", "Wall fallen.",
)  # fmt: skip
QUIET = "All quiet."


def log(rng: random.Random, lines: int, news: int) -> tuple[str, str]:
    """So many lines, most of which say nothing, and what is new in them, in order of the alphabet."""
    told = sorted(rng.sample(NEWS, news))
    others = rng.choices((QUIET, *ROUTINE), k=lines - news)
    text = [*told, *others]
    rng.shuffle(text)
    return " ".join(text), " ".join(told) or QUIET


def report(*, lines: int) -> tuple[str, str]:
    """A log as long as you like, ten entries a line, and the four news that are somewhere in it."""
    rng = random.Random(2)
    told = sorted(rng.sample(NEWS, 4))
    entries = rng.choices((QUIET, *ROUTINE), k=lines - len(told))
    for one in told:
        entries.insert(rng.randrange(len(entries)), one)
    rows = (" ".join(entries[at : at + 10]) for at in range(0, lines, 10))
    return "\n".join(rows), " ".join(told)
