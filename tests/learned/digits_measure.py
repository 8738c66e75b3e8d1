"""What the model makes of voices that it never heard: words, language, times, silence."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import jiwer
import numpy as np
from noises import NOISES
from s2s_transformers.device import choose
from s2s_transformers.hearing.ear import TorchEar
from spoken import DIGITS, RATE, Recording, Said, Voice, joined

from s2s_tasks import Greedy
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.exchange import Signal
from s2s_tasks.speech.engine import Wish
from s2s_tasks.speech.features import LogMel
from s2s_tasks.speech.vocabulary import WhisperVocabulary

from .digits_lessons import SECONDS, segments
from .digits_sounds import HELD_OUT, UNSEEN, Speaker, humans, machine

__all__ = ["Hearing", "Transcript", "measured"]

CLOSE = 0.1
"""Seconds that a time may be off."""

MUCH = 60
"""Windows of each kind."""


@dataclass(frozen=True)
class Transcript:
    """`times` are the timestamps as written, in seconds; `starts` when each word begins."""

    language: str
    words: tuple[str, ...]
    times: tuple[float, ...]
    starts: tuple[float, ...]


class Hearing:
    """A checkpoint that hears windows one by one."""

    def __init__(self, folder: Path) -> None:
        checkpoint = Checkpoint(folder, "digits")
        self.known = WhisperVocabulary.of(checkpoint)
        self.ear = TorchEar(checkpoint, self.known, choose(checkpoint, "cpu"))
        self.features = LogMel.from_checkpoint(checkpoint)

    def __call__(self, samples: np.ndarray) -> Transcript:
        [encoded] = self.ear.encode([self.features.of(samples)], [Signal()])
        [likely] = self.ear.languages([encoded])
        language = max(likely, key=likely.__getitem__)
        start = (self.known.start, self.known.languages[language], self.known.transcribe)
        wish = Wish(Greedy(), limit=60, timestamps=True)
        [heard] = self.ear.decode([encoded], [start], wish, [Signal()])
        times = [self.known.seconds(token) for token in heard.tokens]
        said = tuple(token for token in heard.tokens if self.known.is_text(token))
        return Transcript(
            language,
            tuple(self.known.decode([token]).strip() for token in said),
            tuple(time for time in times if time is not None),
            self._starts(encoded, start, said, len(samples) * 100 // RATE),
        )

    def _starts(self, encoded, start, said, frames):
        if not said:
            return ()
        [starts] = self.ear.align([encoded], [start], [said], [frames])
        return tuple(starts[:-1])


@dataclass
class Score:
    """What was said and what was heard, and how far times are off, in seconds."""

    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    languages: list[bool] = field(default_factory=list)
    marks: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)

    def add(self, recording: Recording, language: str, got: Transcript) -> None:
        self.said.append(recording.text)
        self.heard.append(" ".join(got.words))
        self.languages.append(got.language == language)
        self.marks += _off(_borders(recording.words), got.times)
        pairs = _agreeing(recording.words, got)
        self.starts += [abs(said.start - start) for said, start in pairs[1:]]

    def __str__(self) -> str:
        rate = jiwer.wer(self.said, self.heard)
        words = sum(len(text.split()) for text in self.said)
        return (
            f"{words} words, error rate {rate:.1%}, language {np.mean(self.languages):.0%}; "
            f"segments' times {_closeness(self.marks)}; words' starts {_closeness(self.starts)}"
        )


def measured(folder: Path, data: Path) -> str:
    """A report on voices and noises."""
    hear = Hearing(folder)
    lines = [
        f"held-out speaker: {_score(hear, humans(data, [HELD_OUT]))}",
        *(f"unseen voices, {one}: {_score(hear, _unseen(one))}" for one in DIGITS),
        f"words in windows of noise: {_hallucinated(hear)}",
    ]
    return "\n".join(lines)


def sequence(rng: np.random.Generator, speaker: Speaker) -> Recording:
    """A window of this speaker's digits with pauses of all lengths."""
    much = int(rng.integers(2, 9))
    words = [str(word) for word in rng.choice(DIGITS[speaker.language], much)]
    clips = [speaker.clips[word][rng.integers(len(speaker.clips[word]))] for word in words]
    free = SECONDS - sum(map(len, clips)) / RATE
    pauses = np.append(0.2, rng.choice([0.05, 0.15, 0.3, 0.8, 1.5], much))
    return joined(words, clips, pauses * min(1, 0.95 * free / pauses.sum()))


def _unseen(language: str) -> list[Speaker]:
    speeds, pitches = (120, 150, 180), (40, 55)
    return [
        machine(language, Voice(name, speeds[place % 3], pitches[place % 2]))
        for place, name in enumerate(UNSEEN[language])
    ]


def _score(hear, speakers: list[Speaker]) -> Score:
    rng, score = np.random.default_rng(3), Score()
    for number in range(MUCH):
        speaker = speakers[number % len(speakers)]
        recording = sequence(rng, speaker)
        score.add(recording, speaker.language, hear(recording.samples))
    return score


def _hallucinated(hear) -> str:
    rng = np.random.default_rng(4)
    wrong = [
        name
        for name, noise in NOISES.items()
        for _ in range(5)
        if hear(noise(rng, RATE * 6) * np.float32(0.1)).words
    ]
    return f"{len(wrong)} of {5 * len(NOISES)} {wrong}"


def _borders(words: tuple[Said, ...]) -> list[float]:
    return [time for one in segments(words) for time in (one[0].start, one[-1].end)]


def _off(wanted: list[float], got: tuple[float, ...]) -> list[float]:
    return [min((abs(time - one) for one in got), default=SECONDS) for time in wanted]


def _agreeing(words: tuple[Said, ...], got: Transcript) -> list[tuple[Said, float]]:
    """Words that were heard as they were said, with when they were heard to begin."""
    out = jiwer.process_words(" ".join(one.word for one in words), " ".join(got.words) or "-")
    return [
        (words[chunk.ref_start_idx + place], got.starts[chunk.hyp_start_idx + place])
        for chunk in out.alignments[0]
        if chunk.type == "equal"
        for place in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]


def _closeness(errors: list[float]) -> str:
    if not errors:
        return "none"
    return (
        f"{np.mean(np.array(errors) <= CLOSE):.0%} within {CLOSE} s, median {median(errors):.3f} s"
    )
