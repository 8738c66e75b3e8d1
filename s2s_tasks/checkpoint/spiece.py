"""Tokenizers over sentencepiece with a vocabulary of their own: Marian and M2M-100."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .codec import OPEN, Codec, broken, sound
from .specials import added_tokens, listed_tokens, named_tokens
from .tidying import JOINING, tidied, wants_tidying

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

    from .folder import Checkpoint

__all__ = ["M2MCodec", "MarianCodec"]

UNKNOWN, END, PAD, BEGIN = "<unk>", "</s>", "<pad>", "<s>"

LANGUAGES: Final = {
    "m2m100": (
        "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl"
        " gu ha he hi hr ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml"
        " mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th"
        " tl tn tr uk ur uz vi wo xh yi yo zh zu"
    ),
    "wmt21": "en ha is ja cs ru zh de",
}
"""In the order of their ids, as fairseq has them (Fan et al. 2020, Tran et al. 2021)."""


class _PieceCodec(Codec):
    """
    Pieces by a sentencepiece model, ids by vocab.json; other pieces are the unknown token.

    `ids` are those of inputs, `tokens` those of outputs, which may have a vocabulary of their
    own. The `special` tokens are left out of outputs, `marks` only control inputs.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        ids: Mapping[str, int],
        tokens: Mapping[int, str],
        special: Iterable[str],
        marks: Iterable[str],
    ) -> None:
        self._ids, self._tokens = ids, tokens
        named = named_tokens(checkpoint)
        self._unknown = _known(checkpoint, ids, named.get("unk_token", UNKNOWN))
        self._end = _known(checkpoint, ids, named.get("eos_token", END))
        found = dict.fromkeys([*special, *named.values(), *listed_tokens(checkpoint)])
        self._left_out = frozenset(ids[token] for token in found if token in ids)
        controls = [token for token in dict.fromkeys([*found, *marks]) if token in ids]
        self.controls = tuple(token for token in controls if ids[token] != self._unknown)
        self.control = frozenset(ids[token] for token in self.controls)
        self.size = max(*ids.values(), *tokens) + 1
        self._tidies = wants_tidying(checkpoint)
        self.open = OPEN + JOINING * self._tidies

    _source: SentencePieceProcessor
    _target: SentencePieceProcessor

    def encode(self, text: str) -> list[int]:
        pieces: list[str] = self._source.encode(sound(text), out_type=str)
        found = (self._ids.get(piece, self._unknown) for piece in pieces)
        return [self._unknown if one in self.control else one for one in found]

    def wrapped(self, text: str) -> list[int]:
        return [*self.encode(text), self._end]

    def typed_pair(self, one: str, other: str) -> tuple[list[int], list[int]]:
        ids = [*self.wrapped(one)[:-1], *self.encode(other), self._end]
        return ids, [0] * len(ids)  # they know one text only

    def marked(self, text: str) -> list[int]:
        return self.encode(text)  # no template of words goes with these

    def decode(self, ids: Sequence[int]) -> str:
        tokens = [self.token_of(one) for one in ids if one not in self._left_out]
        text = str(self._target.decode_pieces(tokens)).replace("▁", " ").strip()
        return tidied(text) if self._tidies else text

    def id_of(self, token: str) -> int | None:
        return self._ids.get(token)

    def token_of(self, number: int) -> str:
        return self._tokens.get(number, UNKNOWN)


class MarianCodec(_PieceCodec):
    """source.spm, target.spm, vocab.json; target_vocab.json where the two languages share none."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        ids = _vocabulary(checkpoint, "vocab.json")
        apart = bool(checkpoint.tokenizer.get("separate_vocabs"))
        written = _vocabulary(checkpoint, "target_vocab.json") if apart else ids
        marks = [token for token in ids if token.startswith(">>") and token.endswith("<<")]
        super().__init__(checkpoint, *_added(checkpoint, ids, written), [END, UNKNOWN, PAD], marks)
        self._source = _pieces(checkpoint, "source.spm")
        # As transformers decodes: a shared vocabulary by the source's model.
        self._target = _pieces(checkpoint, "target.spm") if apart else self._source


class M2MCodec(_PieceCodec):
    """sentencepiece.bpe.model and vocab.json, with language tokens behind the vocabulary."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        ids = _vocabulary(checkpoint, "vocab.json")
        kind = str(checkpoint.tokenizer.get("language_codes") or "m2m100")
        codes = LANGUAGES.get(kind, LANGUAGES["m2m100"]).split()
        tongues = {f"__{code}__": len(ids) + n for n, code in enumerate(codes)}
        ids = {**ids, **tongues}
        special = [BEGIN, END, PAD, UNKNOWN, *tongues]
        super().__init__(checkpoint, *_added(checkpoint, ids, ids), special, ())
        self._source = self._target = _pieces(checkpoint, "sentencepiece.bpe.model")
        told = checkpoint.tokenizer.get("src_lang") or "en"
        self._tongue = _known(checkpoint, self._ids, f"__{told}__")

    def wrapped(self, text: str) -> list[int]:
        return [self._tongue, *self.encode(text), self._end]


def _added(
    checkpoint: Checkpoint, ids: Mapping[str, int], written: Mapping[str, int]
) -> tuple[dict[str, int], dict[int, str]]:
    """Ids of inputs and tokens of outputs, with what was added to both vocabularies."""
    told = {number: str(one["content"]) for number, one in added_tokens(checkpoint).items()}
    tokens = {number: token for token, number in written.items()}
    return {**ids, **{token: n for n, token in told.items()}}, {**tokens, **told}


def _known(checkpoint: Checkpoint, ids: Mapping[str, int], token: str) -> int:
    if token not in ids:
        raise broken(checkpoint, f"vocab.json has no {token!r}")
    return ids[token]


def _vocabulary(checkpoint: Checkpoint, file: str) -> dict[str, int]:
    try:
        loaded = json.loads((checkpoint.folder / file).read_text("utf-8"))
        return {str(token): int(number) for token, number in loaded.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise broken(checkpoint, f"{file}: {error}") from error


def _pieces(checkpoint: Checkpoint, file: str) -> SentencePieceProcessor:
    from sentencepiece import SentencePieceProcessor

    try:
        return SentencePieceProcessor(model_file=str(checkpoint.folder / file))
    except (OSError, RuntimeError) as error:
        raise broken(checkpoint, f"{file}: {error}") from error
