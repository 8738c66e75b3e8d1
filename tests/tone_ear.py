"""
A language of tones, and an Ear that understands it: every word has a pitch of its own.

What the ear writes depends on nothing but the sound it is given, so a word that is lost, said
twice or cut in two by whoever cuts windows is seen in the transcript.
"""

import io
import threading
import wave
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
from tiny_whisper import tiny_whisper

from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.media import Media
from s2s_tasks.speech.engine import Ear, Heard
from s2s_tasks.speech.features import LogMel
from s2s_tasks.speech.transcribing import Transcribing
from s2s_tasks.speech.vocabulary import TICK, WhisperVocabulary
from s2s_tasks.speech.whisper import Whisper
from s2s_tasks.speech.window import RATE
from s2s_tasks.speech.windows import cut

WORDS = ("ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay", "koala", "lynx")
PITCH = {word: 400 * 1.22**number for number, word in enumerate(WORDS)}
HALF = "uh"
"""What is heard of a word that is cut."""

LENGTH, GAP, PAUSE = 0.4, 0.06, 0.6
"""Seconds of a word, between words, and between sentences."""

FRAME = 0.01


def sound(*sentences, pause=PAUSE, length=LENGTH, before=0.3):
    """Samples of sentences, given as words or lists of words."""
    pieces = [np.zeros(round(before * RATE))]
    for sentence in sentences:
        for word in sentence.split():
            pieces += [_tone(word, length), np.zeros(round(GAP * RATE))]
        pieces.append(np.zeros(round((pause - GAP) * RATE)))
    return np.concatenate(pieces).astype("f4")


def _tone(word, length):
    times = np.arange(round(length * RATE)) / RATE
    ramp = np.minimum(1, np.minimum(times, length - times + 1 / RATE) / 0.01)
    return 0.3 * ramp * np.sin(2 * np.pi * PITCH[word] * times)


def wav(samples):
    """The samples as a recording."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return Media.from_bytes(file.getvalue())


def by_loudness(blocks, most):
    """Windows as they are made everywhere, by a judge who knows tones from silence."""
    return cut(blocks, _loud, most=round(most * RATE), dense=True)


def apart(blocks, most):
    """Windows that end where nobody speaks for three seconds."""
    return cut(blocks, _loud, most=round(most * RATE))


def _loud(step):
    return float(np.sqrt(np.mean(np.square(step))) > 0.01)


@cache
def checkpoint(*, multilingual=True):
    return Checkpoint(tiny_whisper(multilingual=multilingual), "tones/tiny")


def transcribing(ear, *, multilingual=True, cutter=by_loudness):
    kept = checkpoint(multilingual=multilingual)
    ear.knows(WhisperVocabulary.of(kept))
    return Transcribing("tones", kept, Whisper(kept, ear), cutter=cutter)


@cache
def _bins():
    """The band of each word's pitch."""
    mel = LogMel(80, 1.0)
    return {int(mel.of(_tone(word, 1.0).astype("f4"))[:, 50].argmax()): word for word in WORDS}


@dataclass
class Tone:
    """A word as it was heard, in seconds of the window."""

    word: str
    start: float
    end: float


def tones(features):
    """What is in a window."""
    loud = features.max(axis=0) > features.max() - 0.5
    bins = np.where(loud, features.argmax(axis=0), -1)
    edges = [0, *(np.flatnonzero(np.diff(bins)) + 1), len(bins)]
    runs = [(int(bins[a]), a, b) for a, b in pairwise(edges) if bins[a] >= 0]
    heard = []
    for band, begin, end in runs:
        near = min(_bins(), key=lambda one: abs(one - band))
        word = _bins()[near]
        if heard and heard[-1].word == word and begin * FRAME - heard[-1].end < 0.02:
            heard[-1].end = end * FRAME
        else:
            heard.append(Tone(word, begin * FRAME, end * FRAME))
    return [
        Tone(one.word if one.end - one.start > 0.6 * LENGTH else HALF, one.start, one.end)
        for one in heard
        if one.end - one.start > 0.03
    ]


@dataclass
class ToneEar(Ear):
    """
    `mood`: what is written instead of what is heard, by the words and the decoding; a Heard, or
    None for the truth. `tongue`: the probabilities of languages, by the words.

    `breathless`: all that it hears in a window is one line.

    `work` counts windows encoded and tokens written, `calls` the windows of each decoding.
    """

    batch: int = 4
    mood: object = None
    tongue: object = None
    delay: float = 0.0
    breathless: bool = False
    work: int = 0
    calls: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    guessed: int = 0
    lock: object = field(default_factory=threading.Lock)

    def knows(self, vocabulary):
        self.vocabulary = vocabulary

    def encode(self, features, signals):
        self._work(signals, 100 * len(features))
        return [*features]

    def languages(self, encoded):
        self.guessed += len(encoded)
        tell = self.tongue or (lambda words: {"en": 0.9, "de": 0.1})
        return [tell([one.word for one in tones(found)]) for found in encoded]

    def decode(self, encoded, prompts, wish, signals):
        self.calls.append(len(encoded))
        self.asked += [(wish, prompt) for prompt in prompts]
        heard = [self._heard(found, wish) for found in encoded]
        self._work(signals, sum(len(one.tokens) for one in heard))
        return heard

    def align(self, encoded, starts, texts, frames):
        return [self._times(tones(found), text) for found, text in zip(encoded, texts, strict=True)]

    def _work(self, signals, amount):
        with self.lock:
            self.work += amount
        for signal in signals:
            signal.check()
            if self.delay:
                signal.wait(self.delay)

    def _heard(self, features, wish):
        found = tones(features)
        said = self.mood and self.mood([one.word for one in found], wish.decoding)
        return said or Heard((*self._tokens(found, wish.timestamps),), True, -0.1)

    def _tokens(self, found, timestamps):
        first = self.vocabulary.first_time
        for sentence in [found] if self.breathless and found else _sentences(found):
            if timestamps:
                yield first + round(sentence[0].start / TICK)
            for one in sentence:
                yield from self.spelled(one.word)
            if timestamps:
                yield first + round(sentence[-1].end / TICK)

    def spelled(self, word):
        return self.vocabulary.encode(f" {word}")

    def _times(self, found, text):
        times, ends = [], []
        for one in found:
            spelled = self.spelled(one.word)
            spaces = 1 if self.vocabulary.decode(spelled[:1]) == " " else 0
            letters = np.linspace(one.start, one.end, len(spelled) - spaces, endpoint=False)
            times += [one.start] * spaces + letters.tolist()
            ends += [one.end] * len(spelled)
        return [*times[: len(text)], ends[len(text) - 1]]


def _sentences(found):
    sentences = []
    for one in found:
        if sentences and one.start - sentences[-1][-1].end < PAUSE / 2:
            sentences[-1].append(one)
        else:
            sentences.append([one])
    return sentences
