"""A tiny Whisper heard by an ear of ours, and by transformers, called by hand."""

import numpy as np
import torch
from tiny_quiet import quiet
from tiny_whisper import tiny_whisper
from transformers import (
    LogitsProcessorList,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
    WhisperForConditionalGeneration,
    WhisperTimeStampLogitsProcessor,
)

from s2s_tasks.exchange import Signal
from s2s_tasks.speech.engine import Wish

__all__ = ["LIMIT", "Listening"]

LIMIT = 40


class Listening:
    """An `ear` over the tiny checkpoint, the same as a model, and `windows` that both have heard."""

    def __init__(self, ear, words, *, multilingual, windows):
        self.ear, self.words = ear, words
        with quiet():
            folder = tiny_whisper(multilingual=multilingual)
            self.model = WhisperForConditionalGeneration.from_pretrained(folder).eval()
        chance = np.random.default_rng(5)
        self.features = chance.normal(size=(windows, 80, 3000)).astype(np.float32)
        self.calm = [Signal()] * windows
        self.encoded = self.ear.encode([*self.features], self.calm)

    def start(self, *, timestamps, language="de"):
        known = self.words.languages
        spoken = (known[language], self.words.transcribe) if known else ()
        plain = () if timestamps else (self.words.no_timestamps,)
        return (self.words.start, *spoken, *plain)

    def heard(self, decoding, *, timestamps=False, prompts=None, limit=LIMIT, signals=None):
        prompts = prompts or [self.start(timestamps=timestamps)] * len(self.features)
        wish = Wish(decoding, limit, timestamps)
        return self.ear.decode(self.encoded, prompts, wish, signals or self.calm)

    def by_hand(self, *, timestamps, **settings):
        spoken = {"language": "de", "task": "transcribe"} if self.words.languages else {}
        with quiet(), torch.inference_mode():
            found = self.model.generate(
                torch.from_numpy(self.features),
                return_timestamps=timestamps,
                max_new_tokens=LIMIT,
                force_unique_generate_call=True,
                **spoken,
                **settings,
            )
        begin = len(self.start(timestamps=timestamps))
        return [_until(row[begin:], self.words.end) for row in found.tolist()]

    def scores(self, window, prompt, heard, *, timestamps):
        """Log-probabilities of what was heard, its end counted, by one pass and the rules."""
        ids = torch.tensor([[*prompt, *heard.tokens]])
        with torch.inference_mode():
            sound = torch.from_numpy(self.features[window : window + 1])
            logits = self.model(sound, decoder_input_ids=ids).logits[0]
        settings, begin = self.model.generation_config, len(prompt)
        rules = LogitsProcessorList([
            SuppressTokensLogitsProcessor(settings.suppress_tokens),
            SuppressTokensAtBeginLogitsProcessor(settings.begin_suppress_tokens, begin),
        ])  # fmt: skip
        if timestamps:
            rules.append(WhisperTimeStampLogitsProcessor(settings, begin))
        new = (*heard.tokens, *((self.words.end,) if heard.ended else ()))
        return [
            rules(ids[:, :end], logits[end - 1 : end]).log_softmax(-1)[0][token].item()
            for end, token in enumerate(new, begin)
        ]


def _until(row, end):
    return tuple(row[: row.index(end)]) if end in row else tuple(row)
