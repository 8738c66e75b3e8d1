"""
The manner of an encoder-decoder: where it wants prefixes, language tokens and its first token.

Read from the checkpoint: `task_specific_params`, the tokens of its tokenizer, its class of
tokenizer, its generation config. A checkpoint that says nothing maps text to text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..backend import Misfit
from ..errors import NotConfigured
from ..exchange import Request
from ..language import guess_language, language_name, looks_like, primary
from .codec import Codec
from .folder import Checkpoint
from .lowering import Lowered, Lowering
from .positions import decoder_positions, encoder_positions, start_token
from .shortening import shortened
from .trained import T5_LIKE, Trades
from .translators import Paired, Said, Translator, translator_of

__all__ = ["Wording"]

SENTENCE: Final = 200
"""Tokens from which translators trained on sentences lose the end of a text."""

SAMPLE: Final = 2_000
"""Characters by which the language of a text is told."""

UNTOLD: Final = "the checkpoint does not say which tasks it was trained for"
PARAMS: Final = {
    "translate": {"to", "source"},
    "summarize": {"max_words", "style", "language"},
    "answer": {"question"},
    "codegen": {"language", "context"},
    "extract": set(),
}


class Wording(Lowering):
    """Of one checkpoint, by its files."""

    def __init__(self, checkpoint: Checkpoint, codec: Codec) -> None:
        self._checkpoint, self._codec = checkpoint, codec
        self._trades = Trades(checkpoint)
        self._translator = translator_of(checkpoint, codec, self._trades)
        self._start = _start(checkpoint)
        self._decoder_positions = decoder_positions(checkpoint)
        self._told = bool(self._trades.all) or not isinstance(self._translator, Paired | None)
        self._told = self._told or checkpoint.model_type == "marian"
        self.tasks = frozenset(self._tasks())
        self.params = frozenset(param for task in self.tasks for param in PARAMS[task])
        self.languages = self._languages()
        self.reads_words = not self._told and checkpoint.model_type in T5_LIKE
        translates = "translate" in self.tasks and self._told
        self.window = SENTENCE if translates else None
        self.positions = encoder_positions(checkpoint)
        self.overhead = self._overhead()

    def lower(self, request: Request) -> Lowered:
        said, warnings = self._said(request)
        forced = self._checkpoint.generation.get("forced_bos_token_id")
        start = said.start
        if len(start) == 1 and isinstance(forced, int) and request.task != "translate":
            start = (*start, forced)
        settings = {**self._checkpoint.generation, **(said.settings or {})}
        if not self._told:
            warnings = (*warnings, UNTOLD)
        return Lowered(tuple(said.ids), start, settings, warnings)

    def room(self, lowered: Lowered) -> int | None:
        most = self._decoder_positions
        return None if most is None else most - len(lowered.start)

    def misfits(self, request: Request) -> Iterator[Misfit]:
        if request.task == "translate" and self._translator is not None:
            params = request.params
            yield from self._translator.misfits(params.get("source", ""), params.get("to", ""))
        if request.task == "summarize":
            yield from _summary_misfits(request)

    def shapes(self, request: Request) -> bool:
        return request.task == "summarize" and "max_words" in request.params

    def shaped(self, request: Request, text: str) -> tuple[str, tuple[str, ...]]:
        if not self.shapes(request):
            return text, ()
        return shortened(text, int(request.params["max_words"]))

    # --- what it can do --------------------------------------------------------------------

    def _tasks(self) -> Iterator[str]:
        if not self._told:
            yield from PARAMS
            return
        yield from self._trades.any_task
        if self._translator is not None and not (
            isinstance(self._translator, Paired) and self._checkpoint.model_type != "marian"
        ):
            yield "translate"
        if self._checkpoint.model_type in T5_LIKE and self._trades.all:
            yield "answer"  # T5's own mixture has SQuAD in it (Raffel et al. 2020, appendix D.15)

    def _languages(self) -> frozenset[str] | None:
        only = self.tasks == frozenset({"translate"})
        return self._translator.languages if only and self._translator is not None else None

    def _overhead(self) -> int:
        prefixes = [trade.prefix for trade in self._trades.all]
        longest = max((len(self._codec.encode(prefix)) for prefix in prefixes), default=0)
        return longest + 2  # the end token and one for the language or the beginning

    # --- how it is told --------------------------------------------------------------------

    def _said(self, request: Request) -> tuple[Said, tuple[str, ...]]:
        if request.task == "translate" and self._translator is not None:
            return self._translated(request, self._translator)
        trade = self._trades.of(request.task)
        prefix = trade.prefix if trade else ""
        settings = dict(trade.settings) if trade else None
        text = prefix + self._text(request)
        return Said(self._codec.wrapped(text), (self._start,), settings), ()

    def _text(self, request: Request) -> str:
        if request.task == "answer":
            return f"question: {request.params.get('question', '')} context: {request.text}"
        if request.schema is not None and self._checkpoint.model_type in T5_LIKE:
            return f"{request.words}\n\n{request.text}"  # as FLAN's were taught to obey
        return request.text

    def _translated(self, request: Request, how: Translator) -> tuple[Said, tuple[str, ...]]:
        to, source = request.params.get("to", ""), request.params.get("source", "")
        warnings: tuple[str, ...] = ()
        if not source and how.needs_source:
            source, warnings = self._guessed(request, how)
        return how.say(request.text, source, to, self._start), warnings

    def _guessed(self, request: Request, how: Translator) -> tuple[str, tuple[str, ...]]:
        guess = request.language or guess_language(request.text[:SAMPLE])
        if guess and (how.languages is None or primary(guess) in how.languages):
            return guess, ()
        taken = language_name(how.default)
        return how.default, (f"the language of the text was not told, and taken for {taken}",)


def _start(checkpoint: Checkpoint) -> int:
    if (found := start_token(checkpoint)) is None:
        raise NotConfigured(
            f"{checkpoint.name} does not say what its decoder begins with",
            hint="its generation_config.json needs a decoder_start_token_id",
        )
    return found


def _summary_misfits(request: Request) -> Iterator[Misfit]:
    style, language = request.params.get("style", ""), request.params.get("language", "")
    if style not in {"", "paragraph"}:
        yield Misfit("style", f"writes running text, not {style}", "leave style out")
    if language and not looks_like(request.text[:SAMPLE], language):
        reason = f"summarizes in the language of the text, which is not {language_name(language)}"
        yield Misfit("language", reason, "translate the summary")
