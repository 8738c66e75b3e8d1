"""
What the model learns from: windows of digits, and what Whisper would write for each.

A window is cut in pauses, or anywhere: then a word of which less than half is heard is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from spoken import DIGITS, RATE, Recording, Said, joined, resampled

from .digits_sounds import Speaker, noise_of, surrounded

__all__ = ["IGNORED", "SECONDS", "Lesson", "Spelling", "drawn", "segments", "unspoken"]

SECONDS = 10
IGNORED = -100
GRAIN = RATE // 100
"""Windows are so many samples long, or a multiple: Fourier transforms of odd sizes are slow."""

PAUSE = 0.5
"""A longer one ends a segment."""

ENGLISH = dict(zip(DIGITS["de"], DIGITS["en"], strict=True))


@dataclass(frozen=True)
class Lesson:
    """
    A window, and what is written for it.

    For each of `tokens`, `wanted` is what the model should say in its place (IGNORED: whatever
    it likes) and `spans` what it looks at then: from where to where in seconds, or None.
    """

    samples: np.ndarray
    words: tuple[Said, ...]
    tokens: tuple[int, ...]
    wanted: tuple[int, ...]
    spans: tuple[tuple[float, float] | None, ...]


@dataclass(frozen=True)
class Spelling:
    """The ids that lessons are written with."""

    words: dict[str, int]
    marks: dict[str, int]

    def time(self, seconds: float) -> int:
        return self.marks["0.00"] + round(seconds / 0.02)


def drawn(
    rng: np.random.Generator, speaker: Speaker, spelling: Spelling, most: float = SECONDS
) -> Lesson:
    """A window of at most so many seconds of this speaker's digits, surrounded by something."""
    recording = _window(rng, _sequence(rng, speaker), most)
    recording = replace(recording, samples=surrounded(rng, recording.samples))
    task = "translate" if speaker.language == "de" and rng.random() < 0.12 else "transcribe"
    timed = rng.random() < 0.6
    return _written(rng, recording, speaker.language, task, spelling, timed=timed)


def unspoken(rng: np.random.Generator, spelling: Spelling, most: float = SECONDS) -> Lesson:
    """A window in which nobody says a word: "no speech" is wanted in place of a language."""
    size = rng.integers(30, most * 100) * GRAIN
    noises = [noise_of(rng, size) for _ in range(rng.integers(1, 4))]
    sound = sum(noise * 10 ** rng.uniform(-1.5, 0) for noise in noises)
    sound = (sound * 10 ** rng.uniform(-3, 0)).astype(np.float32)
    marks, language = spelling.marks, str(rng.choice([*DIGITS]))
    start = (marks["startoftranscript"], marks[language], marks["transcribe"])
    rest = (spelling.time(0), marks["endoftext"])
    wanted = (IGNORED, marks["nospeech"], IGNORED, *rest)
    return Lesson(sound, (), (*start, *rest), wanted, (None,) * 5)


def segments(words: Sequence[Said]) -> list[list[Said]]:
    """Words between longer pauses."""
    found: list[list[Said]] = []
    for said in words:
        if found and said.start - found[-1][-1].end < PAUSE:
            found[-1].append(said)
        else:
            found.append([said])
    return found


def _sequence(rng: np.random.Generator, speaker: Speaker) -> Recording:
    """More than a window of digits, in one manner: without pauses, with some, or many."""
    words = list(rng.choice(DIGITS[speaker.language], 24 if rng.random() < 0.8 else 6))
    if rng.random() < 0.15:
        words[: len(words) // 2] = [words[0]] * (len(words) // 2)  # say it again and again
    clips = [speaker.clips[word][rng.integers(len(speaker.clips[word]))] for word in words]
    speed = rng.uniform(0.85, 1.18)
    clips = [resampled(clip, speed * rng.uniform(0.96, 1.04)) for clip in clips]
    levels = 10 ** rng.uniform(-0.2, 0.2, len(clips))
    clips = [
        clip / max(np.abs(clip).max(), 1e-4) * level
        for clip, level in zip(clips, levels, strict=True)
    ]
    return joined([str(word) for word in words], clips, _pauses(rng, len(words)))


def _pauses(rng: np.random.Generator, much: int) -> np.ndarray:
    manner = rng.choice(["none", "short", "some", "long"], p=[0.2, 0.3, 0.35, 0.15])
    short, long = rng.uniform(0.05, 0.4, much + 1), rng.uniform(0.5, 3, much + 1)
    pauses = {
        "none": rng.uniform(0, 0.06, much + 1),
        "short": short,
        "some": np.where(rng.random(much + 1) < 0.25, long, short),
        "long": long,
    }[manner]
    pauses[0] = rng.uniform(0, 0.6) if rng.random() < 0.9 else rng.uniform(0, 2)
    return pauses


def _window(rng: np.random.Generator, whole: Recording, most: float) -> Recording:
    """Cut after a word and a little silence, or anywhere."""
    if rng.random() < 0.35:
        start = rng.uniform(0, max(0.1, whole.seconds - most))
        return _cut(whole, start, start + most * rng.uniform(0.5, 1))
    end = most * np.sqrt(rng.uniform(0.01, 1))
    fitting = [said.end for said in whole.words if said.end <= end]
    last = fitting[-1] if fitting else min(whole.words[0].end, most)
    following = [said.start for said in whole.words if said.start > last] or [whole.seconds]
    return _cut(whole, 0, min(last + rng.uniform(0.05, 0.6), following[0], most))


def _cut(whole: Recording, start: float, end: float) -> Recording:
    first, last = (
        min(round(second * RATE), len(whole.samples)) // GRAIN for second in (start, end)
    )
    samples = whole.samples[first * GRAIN : last * GRAIN]
    start, end = first * GRAIN / RATE, last * GRAIN / RATE
    heard = (
        Said(word, max(first, start) - start, min(last, end) - start)
        for word, first, last in whole.words
        if min(last, end) - max(first, start) > (last - first) / 2
    )
    return Recording(samples, tuple(heard))


def _written(
    rng: np.random.Generator,
    recording: Recording,
    language: str,
    task: str,
    spelling: Spelling,
    *,
    timed: bool,
) -> Lesson:
    """As Whisper writes it: marks, and words with or without the times of segments."""
    marks, end = spelling.marks, recording.seconds
    pieces: list[tuple[int, tuple[float, float] | None]] = []
    for segment in segments(recording.words):
        first, last = segment[0].start, segment[-1].end
        said = [(_word(word, task, spelling), (start, stop)) for word, start, stop in segment]
        begun = (spelling.time(first), (first, first + 0.06))
        done = (spelling.time(last), (last - 0.06, last))
        pieces += [begun, *said, done] if timed else said
    rest = recording.words[-1].end if recording.words else 0
    earlier = _earlier(rng, language, spelling)
    start = [marks["startoftranscript"], marks[language], marks[task]]
    start += [] if timed else [marks["notimestamps"]]
    tail = (rest, max(end, rest + 0.1)) if rest < SECONDS - 0.1 else None
    tokens, spans = zip(*pieces, (marks["endoftext"], tail), strict=True)
    before = (*earlier, *start)
    wanted = [IGNORED] * len(before)
    wanted[len(earlier) + 1] = marks[language]
    return Lesson(
        recording.samples,
        recording.words,
        (*before, *tokens),
        (*wanted, *tokens),
        (*(None for _ in before), *spans),
    )


def _word(word: str, task: str, spelling: Spelling) -> int:
    return spelling.words[ENGLISH.get(word, word) if task == "translate" else word]


def _earlier(rng: np.random.Generator, language: str, spelling: Spelling) -> list[int]:
    """Now and then, what was said before."""
    if rng.random() < 0.9:
        return []
    said = rng.choice(DIGITS[language], rng.integers(1, 12))
    return [spelling.marks["startofprev"], *(spelling.words[str(word)] for word in said)]
