"""
How checkpoints are told the languages of a translation: five ways, one class each.

By tokens around the text and before the output (NLLB, M2M-100, mBART); by a token before the
text (group models of Marian, MADLAD); in words before the text (T5); not at all, since there
is one pair (Marian); or nothing is known of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from ..backend import Misfit
from ..errors import NotConfigured, UnknownName
from ..language import language_code, language_name, primary
from .codec import Codec
from .folder import Checkpoint
from .tongues import Tongues
from .trained import Trades

__all__ = ["Said", "Translator", "translator_of"]


@dataclass(frozen=True)
class Said:
    """Ids for the encoder, and what stands before the output; `start` is the decoder's own."""

    ids: list[int]
    start: tuple[int, ...]
    settings: dict[str, object] | None = None


class Translator(ABC):
    """`languages` are primary codes, None for any; `default` is taken for an untold source."""

    languages: frozenset[str] | None = None
    default: str = ""
    needs_source: bool = False

    @abstractmethod
    def say(self, text: str, source: str, to: str, start: int) -> Said:
        """Raises UnknownName for a language that it cannot be told."""

    def misfits(self, source: str, to: str) -> Iterator[Misfit]:
        """Why it does not translate from `source` ("" if unknown) to `to`."""
        del source, to
        yield from ()


class Tagged(Translator):
    """Language tokens around the text; the output begins with one."""

    needs_source = True

    def __init__(self, checkpoint: Checkpoint, codec: Codec, tongues: Tongues) -> None:
        self._codec, self._tongues = codec, tongues
        self.languages = tongues.languages
        self._end = _end(checkpoint, codec)
        kind = checkpoint.tokenizer.get("tokenizer_class") or ""
        self._starts_with_tongue = str(kind).startswith("MBartTokenizer")
        self._tongue_last = self._starts_with_tongue or bool(
            checkpoint.tokenizer.get("legacy_behaviour")
        )
        told = str(checkpoint.tokenizer.get("src_lang") or "")
        self.default = Tongues([told, f"__{told}__"]).code_of_first() or "en"

    def say(self, text: str, source: str, to: str, start: int) -> Said:
        tongue, target = self._id(source or self.default), self._id(to)
        body = self._codec.encode(text)
        ids = [*body, self._end, tongue] if self._tongue_last else [tongue, *body, self._end]
        return Said(ids, (target,) if self._starts_with_tongue else (start, target))

    def _id(self, code: str) -> int:
        token = self._tongues.token(code)
        if (found := self._codec.id_of(token)) is None:  # pragma: no cover  # it was listed
            raise UnknownName(f"the vocabulary has no {token!r}")
        return found


class Marked(Translator):
    """A token before the text names the language to write in."""

    def __init__(self, codec: Codec, tongues: Tongues) -> None:
        self._codec, self._tongues = codec, tongues
        self.languages = None  # those it reads are not told; those it writes are checked below

    def say(self, text: str, source: str, to: str, start: int) -> Said:
        del source
        mark = self._codec.id_of(self._tongues.token(to))
        return Said([*([] if mark is None else [mark]), *self._codec.wrapped(text)], (start,))

    def misfits(self, source: str, to: str) -> Iterator[Misfit]:
        del source
        try:
            self._tongues.token(to)
        except UnknownName as error:
            yield Misfit("to", str(error), error.hint)


class Worded(Translator):
    """Words before the text name both languages."""

    def __init__(self, codec: Codec, trades: Trades) -> None:
        self._codec, self._trades = codec, trades
        self.languages = frozenset(code for pair in trades.pairs for code in pair)
        self.default = trades.pairs[0][0]
        self.needs_source = len({source for source, _ in trades.pairs}) > 1

    def say(self, text: str, source: str, to: str, start: int) -> Said:
        trade = self._trades.pair(source or self.default, to)
        if trade is None:
            raise UnknownName(f"it was not trained for {source or self.default} to {to}")
        return Said(self._codec.wrapped(trade.prefix + text), (start,), dict(trade.settings))

    def misfits(self, source: str, to: str) -> Iterator[Misfit]:
        if self._trades.pair(source or self.default, to) is None:
            pairs = ", ".join(f"{one} to {other}" for one, other in self._trades.pairs)
            yield Misfit("to", f"was not trained for {source or self.default} to {to}", pairs)


class Paired(Translator):
    """One pair of languages, which need not be told."""

    def __init__(self, codec: Codec, source: str, to: str) -> None:
        self._codec, self._source, self._to = codec, source, to
        self.languages = frozenset({primary(source), primary(to)} - {""}) or None
        self.default = source

    def say(self, text: str, source: str, to: str, start: int) -> Said:
        del source, to
        return Said(self._codec.wrapped(text), (start,))

    def misfits(self, source: str, to: str) -> Iterator[Misfit]:
        for option, asked, own in (("source", source, self._source), ("to", to, self._to)):
            if asked and own and primary(asked) != primary(own):
                pair = f"it translates {language_name(self._source)} to {language_name(self._to)}"
                yield Misfit(option, f"does not translate {_way(option, asked)}", pair)


def translator_of(checkpoint: Checkpoint, codec: Codec, trades: Trades) -> Translator | None:
    """How this checkpoint is told; None if it was trained for something else."""
    marks = Tongues(token for token in codec.controls if token.startswith((">>", "<2")))
    if marks:
        return Marked(codec, marks)
    if tongues := Tongues(codec.controls):
        return Tagged(checkpoint, codec, tongues)
    if trades.pairs:
        return Worded(codec, trades)
    if checkpoint.model_type == "marian" or not trades.all:
        return _paired(checkpoint, codec)
    return None


def _paired(checkpoint: Checkpoint, codec: Codec) -> Translator:
    told = (checkpoint.tokenizer.get(name) for name in ("source_lang", "target_lang"))
    return Paired(codec, *(_code(str(one or "")) for one in told))


def _end(checkpoint: Checkpoint, codec: Codec) -> int:
    found = checkpoint.generation.get("eos_token_id")
    if isinstance(found, int):
        return found
    if (end := codec.id_of("</s>")) is None:
        raise NotConfigured(f"{checkpoint.name} does not say what ends a text")
    return end


def _code(name: str) -> str:
    try:
        return language_code(name) if name else ""
    except UnknownName:
        return ""


def _way(option: str, code: str) -> str:
    return f"{'from' if option == 'source' else 'into'} {language_name(code)}"
