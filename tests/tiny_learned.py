"""
Tiny models that learned something within this run, and do it on what they have not seen.

`learned_t5` and `learned_marian` translate tiny_phrases, `learned_llama` answers from a text
(tiny_facts). Each learns in a quarter of a minute on one core, and is kept like the random ones.
"""

import inspect
import json
import random
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from io import BytesIO
from itertools import takewhile
from pathlib import Path

import tiny_tokenizers
from tiny import RECIPES, kept
from tiny_corpus import PRINTABLE, pieces
from tiny_facts import TAUGHT as ANSWERS
from tiny_phrases import TAUGHT as PAIRS
from tiny_quiet import quiet
from tiny_weights import blank, config_of

from s2s_tasks.catalog import Answer
from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.checkpoint.prompting import Prompting

__all__ = ["learned_llama", "learned_marian", "learned_t5"]

BATCH = 32
ECHOES = 4
"""For so many translations, T5 learns to repeat one text that comes without the prefix."""

PREFIX = "translate English to German: "

_WISH = {"early_stopping": True, "max_length": 300, "num_beams": 4, "prefix": PREFIX}


def _but(recipe, **config):
    """The recipe of a random model, but for some of its config."""
    return replace(recipe, config={**recipe.config, **config})


T5 = _but(
    RECIPES["t5"],
    relative_attention_num_buckets=16,
    relative_attention_max_distance=32,
    task_specific_params={"translation_en_to_de": _WISH},
)
MARIAN = replace(
    _but(RECIPES["marian"], init_std=0.05, max_position_embeddings=512),
    generation={"bad_words_ids": [["<pad>"]], "max_length": 512, "num_beams": 4},
)
LLAMA = _but(
    RECIPES["llama"],
    initializer_range=0.05,
    num_attention_heads=2,
    rope_parameters={"rope_theta": 100_000.0, "rope_type": "default"},
)


@dataclass(frozen=True)
class Course:
    """`lessons` are pairs of ids given and ids wanted; `loss(model, given, wanted)` is of a batch."""

    loss: Callable[..., object]
    lessons: list[tuple[list[int], list[int]]]
    steps: int
    rate: float


def learned_t5() -> Path:
    """Translates English to German if it is told so as T5 is, and else repeats."""
    return kept("learned-t5", _t5)


def learned_marian() -> Path:
    """Translates English to German; there is nothing to tell it."""
    return kept("opus-mt-en-de", _marian)


def learned_llama() -> Path:
    """Answers a question from a text, in our words for it: others need another model."""
    words = "".join(inspect.getsource(inspect.getmodule(one)) for one in (Answer, Prompting))
    return kept(f"learned-llama-{sha256(words.encode()).hexdigest()[:8]}", _llama)


# -- what they learn


def _t5(folder):
    from transformers import T5Tokenizer

    model = _spelling(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    tokenizer = tiny_tokenizers._converted(T5Tokenizer, folder, "spiece.model", model, extra_ids=10)
    told = [(PREFIX + english, german) for english, german in PAIRS]
    bare = [(english, english) for english, _ in PAIRS[::ECHOES]]
    _translator(folder, T5, tokenizer, [*told, *bare], 400)


def _marian(folder):
    from transformers import MarianTokenizer

    model = _spelling()
    vocab = ["</s>", "<unk>", *pieces(model)[3:], "<pad>"]
    numbered = {token: number for number, token in enumerate(vocab)}
    (folder / "vocab.json").write_text(json.dumps(numbered), "utf-8")
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes(model)
    files = (str(folder / name) for name in ("source.spm", "target.spm", "vocab.json"))
    with quiet():
        tokenizer = MarianTokenizer(*files, source_lang="en", target_lang="de")
    # Real ones have a row for each token and no more, the pad last: CTranslate2 relies on it.
    exact = _but(MARIAN, vocab_size=len(tokenizer))
    _translator(folder, exact, tokenizer, PAIRS, 300)


def _translator(folder, recipe, tokenizer, told, steps):
    lessons = [
        (tokenizer(text).input_ids, tokenizer(text_target=wanted).input_ids)
        for text, wanted in told
    ]
    _learned(folder, recipe, tokenizer, Course(_translation_loss, lessons, steps, 3e-3))


def _llama(folder):
    texts = [
        part
        for text, question, answer in ANSWERS
        for part in (Answer(question=question).request(text).words, text, answer)
    ]
    with quiet():
        tokenizer = tiny_tokenizers.llama3(folder)
        tokenizer = tokenizer.train_new_from_iterator(
            [*texts, *["user", "assistant"] * 9], 1_000, show_progress=False
        )
    lessons = _asked(folder, tokenizer)
    shared = _beginning([prompt for prompt, _ in lessons])
    tails = [(prompt[len(shared) :], answer) for prompt, answer in lessons]
    course = Course(partial(_answer_loss, shared), tails, 500, 2e-3)
    _learned(folder, LLAMA, tokenizer, course)


def _asked(folder, tokenizer):
    """Prompts as our own code writes them, and the answers with their end."""
    _saved(folder, config_of(LLAMA, tokenizer), tokenizer)
    checkpoint = Checkpoint(folder, "learned-llama")
    manner = Prompting(checkpoint, codec_of(checkpoint))
    return [
        (
            list(manner.lower(Answer(question=question).request(text)).ids),
            [*tokenizer(answer, add_special_tokens=False).input_ids, tokenizer.eos_token_id],
        )
        for text, question, answer in ANSWERS
    ]


def _beginning(prompts):
    """What all of them begin with."""
    places = takewhile(lambda ids: len({*ids}) == 1, zip(*prompts, strict=False))
    return [ids[0] for ids in places]


def _spelling(**options):
    """A SentencePiece model whose pieces are words, so that sentences are short."""
    from sentencepiece import SentencePieceTrainer

    lines = [PREFIX, *(line for pair in PAIRS for line in pair)]
    words = dict.fromkeys(word.strip(".:") for line in lines for word in line.split())
    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(
            [*(f"{word} {word}." for word in words for _ in range(9)), PRINTABLE]
        ),
        model_writer=written,
        vocab_size=1_000,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
        num_threads=1,
        **options,
    )
    return written.getvalue()


# -- how they learn


def _learned(folder, recipe, tokenizer, course):
    import torch

    with quiet(), torch.random.fork_rng(), _one_thread():
        model = blank(recipe, tokenizer)
        _teach(model, course)
    _saved(folder, model, tokenizer)


def _teach(model, course):
    """AdamW, its rate rising and falling as a cosine; all of a batch is of the same length."""
    import torch

    rng = random.Random(1)
    classes = _alike(course.lessons)
    sizes = [len(one) for one in classes]
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, course.rate, total_steps=course.steps, pct_start=0.1, cycle_momentum=False
    )
    for [lessons] in (rng.choices(classes, sizes) for _ in range(course.steps)):
        given, wanted = map(torch.tensor, zip(*rng.choices(lessons, k=BATCH), strict=True))
        course.loss(model, given, wanted).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        _clear_pad(model.get_input_embeddings())


def _clear_pad(embeddings):
    """A row of zeros, as Marian's decoders begin with; a head that shares it would move it."""
    if embeddings.padding_idx is not None:
        embeddings.weight.data[embeddings.padding_idx] = 0


def _alike(lessons):
    """Lessons by the lengths of both sides."""
    classes = {}
    for given, wanted in lessons:
        classes.setdefault((len(given), len(wanted)), []).append((given, wanted))
    return [*classes.values()]


def _translation_loss(model, given, wanted):
    return model(input_ids=given, labels=wanted).loss


def _answer_loss(shared, model, given, wanted):
    """Of the answer alone. What all prompts begin with is computed once for a batch."""
    import torch

    begun = model(torch.tensor([shared]), use_cache=True, logits_to_keep=1).past_key_values
    begun.batch_repeat_interleave(len(given))
    ids = torch.cat([given, wanted[:, :-1]], 1)
    said = model(ids, cache=begun, logits_to_keep=wanted.shape[1]).logits
    return torch.nn.functional.cross_entropy(said.flatten(0, 1), wanted.flatten())


@contextmanager
def _one_thread():
    """On one core more threads are slower; and sums are the same each time."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _saved(folder, *parts):
    with quiet():
        for part in parts:
            part.save_pretrained(folder)
