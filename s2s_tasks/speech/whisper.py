"""
Whisper as a Listener: prompts, languages, tries at rising temperatures, timestamps.

Windows are heard for themselves: none is told what was written of the one before it, which is
how one loop becomes many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ..backend import ANY_DECODING, Misfit
from ..exchange import Request
from .engine import Ear, Wish
from .fallback import LADDER, Strategy, Try
from .features import LogMel
from .guessing import guess, is_sure
from .hearing import Hearing
from .listener import Listener, Recording, Said, Stretch, misfits_over_windows
from .parting import cut_at, in_pause, quietest
from .prompt import Prompts
from .vocabulary import WhisperVocabulary
from .window import Window

if TYPE_CHECKING:
    from ..checkpoint.folder import Checkpoint

__all__ = ["Whisper"]

PARTED: Final = 4.0
"""Seconds of a window from which it is parted if nothing could be written of all of it."""

DEPTH: Final = 2
"""How often."""

POSITIONS: Final = 448
"""Of every Whisper that was published."""


class Whisper(Listener):
    """A checkpoint's vocabulary, features and prompts over its engine."""

    dense = True

    def __init__(self, checkpoint: Checkpoint, ear: Ear) -> None:
        self._ear = ear
        self._known = WhisperVocabulary.of(checkpoint)
        self._mel = LogMel.from_checkpoint(checkpoint)
        positions = checkpoint.config.get("max_target_positions")
        self._prompts = Prompts(self._known, positions if isinstance(positions, int) else POSITIONS)
        self._layers = _layers(checkpoint)
        self.seconds = self._mel.seconds
        self.batch, self.concurrency = ear.batch, ear.concurrency
        self.languages = self._known.known
        self.params = frozenset({"timestamps", "language", "prompt", "to"})
        self.strategies = ANY_DECODING

    def hear(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Said]:
        for recording in recordings:
            decoding = recording.request.decoding
            if decoding and (told := self._ear.remarks(decoding)):
                recording.remarks["decoding"] = "; ".join(told)
        return self._said(windows, recordings, DEPTH)

    def _said(
        self, windows: Sequence[Window], recordings: Sequence[Recording], depth: int
    ) -> list[Said]:
        hearings = self._encoded(windows, recordings)
        self._tell_languages(hearings)
        for hearing in hearings:
            self._prompt(hearing)
        self._write(hearings)
        self._time(hearings)
        return [
            self._to_the_end(hearing, depth) if hearing.is_written else self._parted(hearing, depth)
            for hearing in hearings
        ]

    def _encoded(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Hearing]:
        features = []
        for window, recording in zip(windows, recordings, strict=True):
            recording.request.signal.check()
            features.append(self._mel.of(window.samples))
        signals = [recording.request.signal for recording in recordings]
        encoded = self._ear.encode(features, signals)
        return [
            Hearing(window, recording, one, self._known)
            for window, recording, one in zip(windows, recordings, encoded, strict=True)
        ]

    # --- languages -------------------------------------------------------------------------

    def _tell_languages(self, hearings: Sequence[Hearing]) -> None:
        """As told; else by the window and those before it, whatever windows share the batch."""
        for hearing in hearings:
            told = hearing.recording.request.params.get("language", "")
            if told or not self._known.languages:
                hearing.recording.language = told or "en"
        left = [*hearings]
        while left:
            first = {id(hearing.recording): hearing for hearing in reversed(left)}.values()
            self._guess([hearing for hearing in first if not is_sure(hearing.recording)])
            for hearing in first:
                hearing.language = hearing.recording.language
            left = [hearing for hearing in left if not hearing.language]

    def _guess(self, hearings: Sequence[Hearing]) -> None:
        if not hearings:
            return
        found = self._ear.languages([hearing.encoded for hearing in hearings])
        for hearing, probabilities in zip(hearings, found, strict=True):
            guess(hearing.recording, probabilities)

    def _prompt(self, hearing: Hearing) -> None:
        recording = hearing.recording
        params = recording.request.params
        language = self._known.language(hearing.language) if self._known.languages else ""
        hearing.task = self._prompts.task(language, translate="to" in params)
        hint = self._prompts.hint(params.get("prompt", ""))
        if hint.cut:
            recording.remarks["prompt"] = "the prompt is too long: only its end was of use"
        hearing.prompt = self._prompts.whole(
            hint, hearing.task, timestamps=hearing.wants_timestamps
        )

    # --- writing ---------------------------------------------------------------------------

    def _write(self, hearings: Sequence[Hearing]) -> None:
        """Try one decoding after another, each with all windows that have no good text yet."""
        for step in range(len(LADDER)):
            groups: dict[Wish, list[Hearing]] = defaultdict(list)
            for hearing in hearings:
                tried = _decodings(hearing.recording.request)
                if step < len(tried) and not hearing.is_good:
                    wish = Wish(tried[step], self._prompts.limit, hearing.wants_timestamps)
                    groups[wish].append(hearing)
            for wish, group in groups.items():
                self._decode(wish, group)

    def _decode(self, wish: Wish, group: Sequence[Hearing]) -> None:
        found = self._ear.decode(
            [hearing.encoded for hearing in group],
            [hearing.prompt for hearing in group],
            wish,
            [hearing.recording.request.signal for hearing in group],
        )
        for hearing, heard in zip(group, found, strict=True):
            hearing.tries.append(Try(heard, self._known.decode(heard.tokens)))

    def _to_the_end(self, hearing: Hearing, depth: int) -> Said:
        """What is said, with what comes of a last line that was begun and not ended."""
        said = hearing.said(whole=not depth)
        if said.until is None or hearing.window.forced:
            return said
        _, rest = cut_at(hearing.window, said.until, forced=False)
        [more] = self._said([rest], [hearing.recording], depth - 1)
        return said.followed_by(more)

    def _parted(self, hearing: Hearing, depth: int) -> Said:
        """What is said in a window of which nothing can be written at once."""
        window = hearing.window
        if not depth or window.end - window.start < PARTED:
            return Said((), hearing.tokens, lost=(_spoken(window),))
        head, tail = _halves(window)
        [first] = self._said([head], [hearing.recording], depth - 1)
        if first.until is not None:
            _, tail = cut_at(window, first.until, forced=False)
        [second] = self._said([tail], [hearing.recording], depth - 1)
        return Said(tokens=hearing.tokens).followed_by(first).followed_by(second)

    def _time(self, hearings: Iterable[Hearing]) -> None:
        """Align what needs it: words that are asked for, or by which a forced end is told."""
        timed = [hearing for hearing in hearings if hearing.wants_words]
        if not timed:
            return
        found = self._ear.align(
            [hearing.encoded for hearing in timed],
            [hearing.task for hearing in timed],
            [hearing.text_tokens for hearing in timed],
            [self._frames(hearing.window) for hearing in timed],
        )
        for hearing, times in zip(timed, found, strict=True):
            hearing.times = times

    def _frames(self, window: Window) -> int:
        share = len(window.samples) / self._mel.samples
        return min(self._mel.frames, max(1, round(share * self._mel.frames)))

    # --- what it can do --------------------------------------------------------------------

    def misfits(self, request: Request) -> tuple[Misfit, ...]:
        found = [*self._unable(request)]
        if request.decoding is not None:
            found += [*misfits_over_windows(request), *self._ear.misfits(request.decoding)]
        return tuple(found)

    def _unable(self, request: Request) -> Iterable[Misfit]:
        to = request.params.get("to")
        if to and to != "en":
            yield Misfit("to", "translates into English only")
        if to and not self._known.languages:
            yield Misfit("to", "knows English only", "take a model for many languages")
        decoder, encoder = self._layers
        if to and 0 < decoder < encoder:
            yield Misfit(
                "to",
                f"was made short ({decoder} layers of {encoder}) and did not learn to translate",
                "take openai/whisper-medium or openai/whisper-large-v3",
            )
        if request.params.get("prompt") and self._known.previous is None:
            yield Misfit("prompt", "has no token for what comes before")

    def warm(self) -> None:
        self._ear.warm()

    def close(self) -> None:
        self._ear.close()


def _decodings(request: Request) -> tuple[Strategy, ...]:
    """What the caller asks for and nothing else, or the whole ladder."""
    return LADDER if request.decoding is None else (request.decoding,)


def _halves(window: Window) -> tuple[Window, Window]:
    """Parted in the longest pause of its middle third, or where that is quietest."""
    third = (window.end - window.start) / 3
    low, high = window.start + third, window.end - third
    pause = in_pause(window, low, high)
    at = quietest(window, low, high) if pause is None else pause
    return cut_at(window, at, forced=pause is None)


def _spoken(window: Window) -> Stretch:
    """From where in it somebody speaks to where somebody last does."""
    if not window.stretches:
        return window.start, window.end
    return window.stretches[0][0], window.stretches[-1][1]


def _layers(checkpoint: Checkpoint) -> tuple[int, int]:
    told = (checkpoint.config.get(f"{part}_layers") for part in ("decoder", "encoder"))
    decoder, encoder = (number if isinstance(number, int) else 0 for number in told)
    return decoder, encoder
