"""
The vocabulary of a Whisper, out of the files of its checkpoint alone.

Its text tokens come first; after the end token come those that steer it (start, languages,
tasks), and last the timestamps, one for every 20 ms of a window.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..checkpoint.codec import broken, sound
from ..checkpoint.rawtokenizer import raw_tokenizer
from ..checkpoint.twin import Twin
from ..errors import NotConfigured, UnknownName
from ..language import language_code, primary
from ..pattern import pattern
from ..words import space_between

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ..checkpoint.folder import Checkpoint

__all__ = ["TICK", "Spelled", "WhisperVocabulary"]

TICK: Final = 0.02
"""Seconds from one timestamp to the next: two frames of features, which the encoder joins."""

ENGLISH_ONLY: Final = 51_864
"""Ids of the models for English; those for many languages have one or two more."""

HALF: Final = "\ufffd"
"""What half a character is decoded to."""

SAME: Final = {"nb": "no", "nn": "no", "no": "nn"}
"""What may stand for a language that a model has no token for."""

OPENING: Final = frozenset({"Ps", "Pi"})
"""Kinds of marks that stand before a word."""

_language = pattern(r"<\|([a-z]{2,3})\|>")


@dataclass(frozen=True)
class Spelled:
    """
    A word of a text: its tokens from `begin` to before `end`, and which of them are `voiced`.

    What comes before and after those are marks, which take up the pauses around a word.
    """

    text: str
    begin: int
    end: int
    voiced: tuple[int, int]

    def more(self, text: str, end: int) -> Spelled:
        first, last = self.voiced
        if not _is_spoken(self.text):
            first = self.end
        if _is_spoken(text):
            last = end
        return Spelled(self.text + text, self.begin, end, (first, max(first, last)))


class WhisperVocabulary:
    """
    Ids of the tokens that steer: `start`, `end`, `no_timestamps`, `first_time` (0.00 s), and
    where the model has them `transcribe`, `translate`, `previous` (a prompt comes) and `no_speech`.

    `languages`: ids by the codes of the vocabulary ("en", "jw"), empty for a model that knows
    English only. `suppressed` are never written, `begin_suppressed` not as the first token;
    `latest_first`: the last timestamp, counted from the first, that may begin a window, None
    for any.
    """

    def __init__(self, tokenizer: Tokenizer, checkpoint: Checkpoint) -> None:
        self._tokenizer = tokenizer
        self._name = checkpoint.name or str(checkpoint.folder)
        added = {one.content: n for n, one in tokenizer.get_added_tokens_decoder().items()}
        self.start = self._needed("<|startoftranscript|>")
        self.end = self._needed("<|endoftext|>")
        self.no_timestamps = self._needed("<|notimestamps|>")
        self.first_time = self.no_timestamps + 1
        self.transcribe = tokenizer.token_to_id("<|transcribe|>")
        self.translate = tokenizer.token_to_id("<|translate|>")
        self.previous = tokenizer.token_to_id("<|startofprev|>")
        self.no_speech = _first(tokenizer, "<|nospeech|>", "<|nocaptions|>")
        self.languages = _languages(added) if _is_multilingual(checkpoint) else {}
        self._last_time = self.first_time + round(30 / TICK)
        settings = checkpoint.generation
        self.suppressed = _ids(settings.get("suppress_tokens"))
        self.begin_suppressed = _ids(settings.get("begin_suppress_tokens"))
        latest = settings.get("max_initial_timestamp_index")
        self.latest_first = latest if isinstance(latest, int) else None

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> WhisperVocabulary:
        """Raises NotConfigured for a folder without a tokenizer, or with one of another kind."""
        if (checkpoint.folder / "tokenizer.json").is_file():
            return cls(raw_tokenizer(checkpoint), checkpoint)
        return cls(_byte_level(checkpoint), checkpoint)

    # --- languages -------------------------------------------------------------------------

    @cached_property
    def by_code(self) -> Mapping[str, str]:
        """The codes of the vocabulary by BCP-47 codes: "jv" is "jw"."""
        return {language_code(code): code for code in self.languages}

    @cached_property
    def known(self) -> frozenset[str]:
        """Primary BCP-47 codes of what the model writes; also other names of the same."""
        own = frozenset(self.by_code) or frozenset({"en"})
        return own | {one for one, other in SAME.items() if other in own}

    def language(self, code: str) -> str:
        """The vocabulary's code of a BCP-47 code. Raises UnknownName if it has none."""
        wanted = primary(code)
        for one in (wanted, SAME.get(wanted, "")):
            if one in self.by_code:
                return self.by_code[one]
        raise UnknownName(f"{self._name} does not know the language {code!r}")

    # --- text ------------------------------------------------------------------------------

    @property
    def spelling(self) -> Mapping[str, int]:
        """All tokens as they stand in the files, with their ids."""
        return self._tokenizer.get_vocab(with_added_tokens=True)

    def encode(self, text: str) -> list[int]:
        """Of a user's text, in which no token steers. Raises BadInput if it is not Unicode."""
        return self._plain.encode(sound(text), add_special_tokens=False).ids

    @cached_property
    def _plain(self) -> Tokenizer:
        added = self._tokenizer.get_added_tokens_decoder().values()
        return Twin(self._tokenizer, [one.content for one in added]).tokenizer

    def is_text(self, number: int) -> bool:
        return number < self.end or number > self._last_time

    def decode(self, ids: Sequence[int]) -> str:
        """The text, without what steers and without timestamps."""
        text = [number for number in ids if self.is_text(number)]
        return self._tokenizer.decode(text, skip_special_tokens=False)

    def seconds(self, number: int) -> float | None:
        """The second of the window that a timestamp tells; None for any other token."""
        if not self.first_time <= number <= self._last_time:
            return None
        return (number - self.first_time) * TICK

    def words(self, ids: Sequence[int]) -> list[Spelled]:
        """
        Text tokens as words, in order and without a gap.

        A word begins with a space, or anywhere in scripts without; marks go with their words.
        """
        words: list[Spelled] = []
        for text, begin, end in self._characters(ids):
            if words and _goes_on(words[-1].text, text):
                words[-1] = words[-1].more(text, end)
            else:
                words.append(Spelled(text, begin, end, (begin, end)))
        return words

    def _characters(self, ids: Sequence[int]) -> Iterator[tuple[str, int, int]]:
        """The fewest tokens at a time that are whole characters, from one to another."""
        begin = 0
        for end in range(1, len(ids) + 1):
            text = self.decode(ids[begin:end])
            if not text.endswith(HALF) or end == len(ids):
                yield text, begin, end
                begin = end

    def _needed(self, token: str) -> int:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise NotConfigured(
                f"{self._name} is no Whisper: its tokenizer has no {token}",
                hint="give a checkpoint of WhisperForConditionalGeneration with its tokenizer",
            )
        return number


def _goes_on(before: str, text: str) -> bool:
    """Whether a text is more of the word before it."""
    first = unicodedata.category(text[0]) if text else "Mn"
    if first[0] == "M":
        return True
    if text[0].isspace():
        return False
    if first in OPENING:
        return not before.strip()
    if not _is_spoken(text) or not _is_spoken(before):
        return True
    return bool(space_between(before, text))


def _is_spoken(text: str) -> bool:
    return any(map(str.isalnum, text))


def _first(tokenizer: Tokenizer, *tokens: str) -> int | None:
    numbers = (tokenizer.token_to_id(token) for token in tokens)
    return next((number for number in numbers if number is not None), None)


def _languages(added: Mapping[str, int]) -> dict[str, int]:
    found = ((_language().fullmatch(token), number) for token, number in added.items())
    return {match[1]: number for match, number in found if match}


def _is_multilingual(checkpoint: Checkpoint) -> bool:
    told = checkpoint.generation.get("is_multilingual")
    if isinstance(told, bool):
        return told
    return checkpoint.config.get("vocab_size") != ENGLISH_ONLY


def _ids(told: object) -> tuple[int, ...]:
    numbers = told if isinstance(told, list) else []
    return tuple(number for number in numbers if isinstance(number, int) and number >= 0)


def _byte_level(checkpoint: Checkpoint) -> Tokenizer:
    """Of the files that Whisper's first tokenizer kept: vocab.json, merges.txt, added_tokens.json."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    folder = checkpoint.folder
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    if not (vocab.is_file() and merges.is_file()):
        raise NotConfigured(
            f"{checkpoint.name or folder} has no tokenizer: neither tokenizer.json, nor"
            " vocab.json with merges.txt",
            hint="save it there: AutoTokenizer.from_pretrained(model).save_pretrained(folder)",
        )
    try:
        tokenizer = Tokenizer(models.BPE.from_file(str(vocab), str(merges)))
    except Exception as error:  # the library raises Exception itself
        raise broken(checkpoint, f"vocab.json: {error}") from error
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    told = checkpoint.settings("added_tokens.json")
    added = sorted((n, token) for token, n in told.items() if isinstance(n, int))
    tokenizer.add_tokens([AddedToken(t, normalized=False, special=True) for _, t in added])
    for number, token in added:
        if tokenizer.token_to_id(token) != number:
            raise broken(checkpoint, f"added_tokens.json: {token} is not {number}")
    return tokenizer
