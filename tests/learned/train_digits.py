"""
Teaches a small Whisper to hear spoken digits, and says how well it hears voices it never heard.

From the folder of the tests:

    python -m learned.train_digits DATA --minutes 90
    python -m learned.train_digits DATA --evaluate

DATA is the folder of the recordings of the Free Spoken Digit Dataset; espeak-ng has to be
installed. Every window is of one voice, in surroundings drawn by chance. Those weights took a little
over two hours on one busy core, in several goes, the last of 42 minutes with `--further
learned/digits --since 0.5`; new ones replace them.
"""

# ruff: noqa: T201  # a script speaks by printing

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from spoken import DIGITS
from tiny_quiet import quiet
from tiny_whisper import LANGUAGES, TASKS, settled, spelled
from transformers import WhisperConfig, WhisperForConditionalGeneration

from .digits_course import ALIGNING, FRAMES, Course, begun, taught
from .digits_lessons import SECONDS, Spelling
from .digits_measure import measured
from .digits_sounds import HUMANS, humans, machines
from .spelling import byte_level

FOLDER = Path(__file__).parent / "digits"
VOICES = 150
WIDTH = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("data", type=Path, help="the recordings of FSDD")
    parser.add_argument("--evaluate", action="store_true", help="measure, do not train")
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--further", type=Path, help="a checkpoint whose weights to begin with")
    parser.add_argument("--since", type=float, default=0, help="the share that it has learned of")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the checkpoint's folder")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if not given.evaluate:
        train(given)
    print(measured(given.to, given.data))


def train(given: argparse.Namespace) -> None:
    rng = np.random.default_rng(1)
    voices = [machines(rng, language, VOICES) for language in DIGITS]
    tokenizer = vocabulary()
    course = Course(
        [humans(given.data, HUMANS), *voices], spelling(tokenizer), given.minutes, given.since
    )
    torch.manual_seed(1)
    model = begun(blank(tokenizer), tokenizer.convert_tokens_to_ids("<|0.00|>"))
    if given.further:
        model.load_state_dict(load_file(given.further / "model.safetensors"), strict=False)
    for step, loss in taught(model, course):
        print(f"step {step}: loss {loss:.3f}", flush=True)
        if step % 300 == 0:
            save(given.to, model, tokenizer)
    save(given.to, model, tokenizer)


def vocabulary():
    """A tokenizer of Whisper's class in which each digit is one token."""
    said = [f" {word}" for words in DIGITS.values() for word in words]
    return spelled(*byte_level(said * 9), LANGUAGES, SECONDS)


def spelling(tokenizer) -> Spelling:
    of = tokenizer.convert_tokens_to_ids
    said = {word: f" {word}" for words in DIGITS.values() for word in words}
    words = {
        word: tokenizer(text, add_special_tokens=False).input_ids for word, text in said.items()
    }
    marks = ("startoftranscript", *TASKS, *DIGITS, "nospeech", "notimestamps", "startofprev")
    return Spelling(
        {word: only for word, [only] in words.items()},
        {mark: of(f"<|{mark}|>") for mark in (*marks, "endoftext", "0.00")},
    )


def blank(tokenizer) -> WhisperForConditionalGeneration:
    end = tokenizer.eos_token_id
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        encoder_layers=3,
        decoder_layers=3,
        encoder_ffn_dim=3 * WIDTH,
        decoder_ffn_dim=3 * WIDTH,
        encoder_attention_heads=2,
        decoder_attention_heads=4,
        max_source_positions=FRAMES,
        attn_implementation="eager",
        init_std=0.04,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=tokenizer.convert_tokens_to_ids("<|startoftranscript|>"),
    )
    return WhisperForConditionalGeneration(config).train()


def save(folder: Path, model: WhisperForConditionalGeneration, tokenizer) -> None:
    """All of the checkpoint's files, the weights as float16."""
    with torch.no_grad(), quiet():
        copy = WhisperForConditionalGeneration(model.config)
        copy.load_state_dict(model.state_dict())
        settled(folder, copy.half(), tokenizer, ALIGNING, SECONDS)


if __name__ == "__main__":
    main()
