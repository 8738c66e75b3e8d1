"""
How the model learns: what to write, and what sounds, and where to look while it writes.

The words of a lesson stand at known times. So the encoder is asked which word sounds in each
frame, and the heads that align words are shown the frames of each. And it begins with short
windows, in which there is more to hear for the same time: all this takes minutes where learning
from the texts alone would take hours.
"""

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from spoken import DIGITS, RATE
from torch import nn
from torch.utils.data import DataLoader, IterableDataset
from transformers import WhisperFeatureExtractor

from .digits_lessons import IGNORED, SECONDS, Lesson, Spelling, drawn, unspoken
from .digits_sounds import Speaker

__all__ = ["ALIGNING", "FRAMES", "Course", "begun", "taught"]

FRAMES = 500
"""What the encoder gives for a window."""

ALIGNING = [[2, 0], [2, 1]]
"""Heads that are shown what the next token sounds like: [layer, head]."""

RECALLING = [[0, 0], [0, 1]]
"""Heads that are shown what the last token sounded like: from there the next one is found."""

STAGES = ((0.3, 3), (0.5, 6), (1.0, SECONDS))
"""Until which share of the time windows have how many seconds."""

LASTING = 2_000
"""Lessons that may be given again."""

LINGERING = 0.15
"""How much a word's token looks at the pause after it: words end where the next ones begin."""

SOUNDS = {word: place for place, word in enumerate(sum(DIGITS.values(), ()), 1)}
"""What may sound in a frame. 0: nothing."""

NEARBY, AKIN = 0.7, 0.15
"""How much."""


@dataclass(frozen=True)
class Course:
    """
    Speakers of several kinds, and for how long one learns from them.

    `since`: the share of the course that is over already.
    """

    speakers: list[list[Speaker]]
    spelling: Spelling
    minutes: float
    since: float = 0.0
    batch: int = 16
    rate: float = 2e-3


class Lessons(IterableDataset):
    """
    Batches of lessons without end.

    Making one takes as long as learning from it: half of a batch is new, the other half comes
    out of the last ones.
    """

    def __init__(self, course: Course, seconds: int) -> None:
        self.course, self.seconds = course, seconds
        self.extractor = WhisperFeatureExtractor(chunk_length=seconds)

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        torch.set_num_threads(1)
        rng, half = np.random.default_rng(), self.course.batch // 2
        kept = deque((self._heard(rng) for _ in range(half)), maxlen=LASTING)
        while True:
            fresh = [self._heard(rng) for _ in range(half)]
            again = [kept[place] for place in rng.integers(0, len(kept), half)]
            kept.extend(fresh)
            yield batched(rng, [*fresh, *again], self.course.spelling)

    def _heard(self, rng: np.random.Generator) -> tuple[Lesson, torch.Tensor]:
        lesson = self._lesson(rng)
        heard = self.extractor(lesson.samples, sampling_rate=RATE, return_tensors="pt")
        return lesson, heard.input_features[0]

    def _lesson(self, rng: np.random.Generator) -> Lesson:
        if rng.random() < 0.1:
            return unspoken(rng, self.course.spelling, self.seconds)
        kind = self.course.speakers[rng.choice(len(self.course.speakers), p=[0.4, 0.3, 0.3])]
        speaker = kind[rng.integers(len(kind))]
        return drawn(rng, speaker, self.course.spelling, self.seconds)


# -- lessons as tensors


def batched(rng, heard, spelling: Spelling) -> dict[str, torch.Tensor]:
    """
    Of lessons and their features: "given" and "wanted" tokens, where all "look", the "sounds".

    Short windows are put somewhere into a whole one, at the frame "at": all times are learned.
    """
    lessons, features = zip(*heard, strict=True)
    length = max(len(lesson.tokens) for lesson in lessons) - 1
    frames = features[0].shape[1] // 2
    end, first = spelling.marks["endoftext"], spelling.marks["0.00"]
    at = int(rng.integers(0, FRAMES - frames + 1))
    given = torch.tensor([_filled(one.tokens[:-1], length, end) for one in lessons])
    wanted = torch.tensor([_filled(one.wanted[1:], length, IGNORED) for one in lessons])
    return {
        "at": at,
        "features": torch.stack([_striped(rng, one.clone()) for one in features]),
        "given": given + at * (given >= first),
        "wanted": wanted + at * (wanted >= first),
        "looks": torch.stack([_looks(one, length + 1, frames) for one in lessons]),
        "sounds": torch.stack([_sounds(one, frames) for one in lessons]),
    }


def _filled(tokens, length, filling):
    return [*tokens, *[filling] * (length - len(tokens))]


def _striped(rng, features):
    """As SpecAugment does."""
    quiet = features.min()
    for _ in range(rng.integers(0, 3)):
        bin_, much = rng.integers(0, 80), rng.integers(1, 12)
        features[bin_ : bin_ + much] = quiet
    for _ in range(rng.integers(0, 3)):
        frame, much = rng.integers(0, features.shape[1]), rng.integers(1, 9)
        features[:, frame : frame + much] = quiet
    return features


def _looks(lesson, length, frames):
    """Where each token looks: [tokens, frames], each row a distribution or zero."""
    looks = torch.zeros(length, frames)
    starts = [_frame(span[0]) if span else 0 for span in (*lesson.spans[1:], None)]
    for row, (span, following) in enumerate(zip(lesson.spans, starts, strict=True)):
        if span is not None:
            first = min(_frame(span[0]), frames - 1)
            last = max(_frame(span[1]), first + 1)
            looks[row, first:last] = 1
            looks[row, last:following] = LINGERING
    return looks / looks.sum(1, keepdim=True).clamp(min=1)


def _sounds(lesson, frames):
    heard = torch.zeros(frames, dtype=torch.long)
    for word, start, end in lesson.words:
        heard[_frame(start) : _frame(end)] = SOUNDS[word]
    return heard


def _frame(second):
    return round(second * FRAMES / SECONDS)


# -- learning


def begun(model, first):
    """
    What Whisper's weights come to in time, from the beginning.

    The encoder's queries and keys agree for neighbours; and timestamps, which begin with the
    token `first`, are to each other as the frames are that they stand for.
    """
    encoder, tokens = model.model.encoder, model.get_input_embeddings().weight
    places = encoder.embed_positions.weight
    with torch.no_grad():
        for layer in encoder.layers:
            for part in (layer.self_attn.q_proj, layer.self_attn.k_proj):
                part.weight += NEARBY * torch.eye(len(part.weight))
        last = 2 * places[-1:] - places[-2:-1]
        tokens[first:] = AKIN * torch.cat((places, last))
    return model


def taught(model, course: Course) -> Iterator[tuple[int, float]]:
    """Teach until the time is over; yields steps done and the loss, every hundred steps."""
    teller = nn.Linear(model.config.d_model, len(SOUNDS) + 1)
    weights = [*model.parameters(), *teller.parameters()]
    learning = [weight for weight in weights if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, betas=(0.9, 0.98), weight_decay=0.02)
    mean = 0.0
    for step, (done, batch) in enumerate(_batches(course), 1):
        for group in optimizer.param_groups:
            group["lr"] = course.rate * _pace(step, done)
        with torch.autocast("cpu", torch.bfloat16):
            loss = _loss(model, teller, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        mean += (loss.item() - mean) / min(step, 100)
        if step % 100 == 0:
            yield step, mean


def _batches(course):
    """Each with the share of the time that is over."""
    begin = time.monotonic()
    for until, seconds in STAGES:
        if until <= course.since:
            continue
        lessons = Lessons(course, seconds)
        for batch in DataLoader(lessons, batch_size=None, num_workers=1, prefetch_factor=4):
            elapsed = (time.monotonic() - begin) / 60 / course.minutes
            done = course.since + (1 - course.since) * elapsed
            if done >= until:
                break
            yield done, batch


def _pace(step, done):
    return min(1, step / 150) * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)


def _loss(model, teller, batch):
    with _watched(model, RECALLING) as recalling, _watched(model, ALIGNING) as aligning:
        encoded = _encoded(model.model.encoder, batch["features"], batch["at"])
        said = model(
            encoder_outputs=(encoded,), decoder_input_ids=batch["given"], use_cache=False
        ).logits
    written, heard = _missed(said, batch["wanted"]), _missed(teller(encoded), batch["sounds"])
    looks = batch["looks"]
    astray = _astray(recalling, looks[:, :-1]) + _astray(aligning, looks[:, 1:])
    return written + 0.5 * heard + 0.3 * astray


def _encoded(encoder, features, at):
    """As the encoder does it, for features of a part of a window."""
    heard = nn.functional.gelu(encoder.conv1(features))
    heard = nn.functional.gelu(encoder.conv2(heard)).transpose(1, 2)
    heard = heard + encoder.embed_positions.weight[at : at + heard.shape[1]]
    for layer in encoder.layers:
        heard = layer(heard, None)
    return encoder.layer_norm(heard)


def _missed(logits, wanted):
    return nn.functional.cross_entropy(
        logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED
    )


def _astray(attending, looks):
    """How far heads are from where they should look."""
    shown = looks.sum(-1) > 0
    losses = [-(looks * one).sum(-1)[shown].mean() for one in attending]
    return sum(losses) / len(losses)


@contextmanager
def _watched(model, heads):
    """Collects the log-attention of each head: [batch, tokens, frames]."""
    attending, handles = _Attending(), []
    for layer, head in heads:
        block = model.model.decoder.layers[layer].encoder_attn
        handles += attending.hooked(block, head)
    try:
        yield attending
    finally:
        for handle in handles:
            handle.remove()


class _Attending(list):
    """Computes it from the queries and keys that pass by."""

    def hooked(self, block, head):
        place = slice(head * block.head_dim, (head + 1) * block.head_dim)
        queries = []

        def query(_module, _given, made):
            queries.append(made[..., place])

        def keyed(_module, _given, made):
            scores = queries[-1].float() @ made[..., place].float().transpose(1, 2)
            self.append((scores * block.head_dim**-0.5).log_softmax(-1))

        return block.q_proj.register_forward_hook(query), block.k_proj.register_forward_hook(keyed)
