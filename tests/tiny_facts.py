"""
One sentence of facts, a question about one of them, and its answer.

Some combinations of a number, a colour and an animal occur in no training: whoever answers
questions about these has read the text, and the question too, since each text has six facts.
"""

import random
from itertools import product

PEOPLE = ("Anna", "Ben", "Clara", "David", "Emma", "Felix")
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOURS = ("red", "blue", "green", "black", "white", "brown", "grey", "yellow")
ANIMALS = ("cats", "dogs", "foxes", "cows", "horses", "birds", "mice", "bears", "wolves", "frogs")
PLACES = ("in the garden", "near the river", "behind the church", "at the station")
DAYS = ("Monday", "Tuesday", "Friday", "Sunday")

TEXTS = (
    "{who} saw {number} {colour} {animals} {place} on {day}.",
    "On {day} {who} saw {number} {colour} {animals} {place}.",
    "It was {day}, and {number} {animals} were {place}. {who} saw that they were {colour}.",
)
QUESTIONS = {
    "who": "Who saw them?",
    "number": "How many were there?",
    "colour": "What colour were they?",
    "animals": "Which animals were they?",
    "place": "Where were they?",
    "day": "Which day was it?",
}
HIDDEN = 7
"""Every so many-th combination is held out."""


def answers(count: int, *, hidden: bool, seed: int) -> list[tuple[str, str, str]]:
    """Text, question and answer, all different."""
    rng = random.Random(seed)
    triples = enumerate(product(NUMBERS, COLOURS, ANIMALS))
    known = [triple for n, triple in triples if (n % HIDDEN == 0) == hidden]
    found = {}
    while len(found) < count:
        facts = _facts(rng, rng.choice(known))
        asked, question = rng.choice(list(QUESTIONS.items()))
        found[rng.choice(TEXTS).format_map(facts), question] = facts[asked]
    return [(text, question, answer) for (text, question), answer in found.items()]


def _facts(rng: random.Random, triple: tuple[str, str, str]) -> dict[str, str]:
    number, colour, animals = triple
    return {
        "who": rng.choice(PEOPLE),
        "number": number,
        "colour": colour,
        "animals": animals,
        "place": rng.choice(PLACES),
        "day": rng.choice(DAYS),
    }


TAUGHT = answers(3_000, hidden=False, seed=0)
HELD_OUT = answers(100, hidden=True, seed=1)
"""What the learned model answers right, and has not seen."""
