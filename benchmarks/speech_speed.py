"""
Whisper through us, through faster-whisper and through transformers: seconds a second of sound.

Checkpoints of real size that write 64 words of every window (`speech_model.py`), the same
converted weights and numbers for both CTranslate2 ways, the same beam, voice activity detection
on for all but transformers, which is given windows of 30 seconds in batches of 8 and nothing
else to do. All ways run in turn, several times; the figures are medians of one run, so read the
ratios, and the times of the processor where other work shares the machine.

    python benchmarks/speech_speed.py                       # one recording and a folder, tiny
    python benchmarks/speech_speed.py --size base --beam 5
    python benchmarks/speech_speed.py --memory              # three hours, and what they take
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psutil
from speech_model import SIZES, WORDS, checkpoint

RATE = 16_000
SENTENCES = (
    "The river rose all night, and by morning the lower bridge was closed.",
    "Nobody had asked the miller, who kept silent about the mark on his door.",
    "Rain is expected until Friday. After that, the wind turns to the east.",
    "Where is the station, and when does the last train leave for the coast?",
)
TEXT = " ".join(SENTENCES) + " "

Way = Callable[[Sequence[Path]], list[str]]


# --- sound ------------------------------------------------------------------------------------


PAUSES = (0.2, 2.0)
"""Seconds, by chance, after each half a minute of speech."""

SPARSE = (2.0, 8.0)
"""After each sentence of a recording with long pauses."""


def spoken(text: str) -> np.ndarray:
    """Speech by espeak-ng; without it, a buzz in syllables that passes for it."""
    if shutil.which("espeak-ng") is None:
        print("espeak-ng is not installed: a buzz instead of speech", file=sys.stderr)
        return _buzz(len(text) / 14)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        subprocess.run(["espeak-ng", "-s", "160", "-w", str(file), text], check=True)
        with wave.open(str(file)) as said:
            rate = said.getframerate()
            samples = np.frombuffer(said.readframes(said.getnframes()), np.int16) / 32_768
    at = np.arange(0, len(samples) - 1, rate / RATE)
    return np.interp(at, np.arange(len(samples)), samples)


def _buzz(seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(4.4 * at)) / RATE
    sway = np.sin(8.2 * at)
    formants = [(600 + 200 * sway, 90), (1_500 - 500 * sway, 120), (2_500, 160)]
    made = np.zeros(len(at))
    for n in range(1, 30):
        weight = sum(1 / (1 + ((120 * n - f) / width) ** 2) for f, width in formants)
        made += weight * np.sin(n * pitch)
    return 0.2 * made * np.clip(np.sin(22 * at) + 0.6, 0, 1) * (at % 4 < 3)


def recording(
    path: Path, seconds: float, said: Sequence[np.ndarray], pauses: tuple[float, float] = PAUSES
) -> Path:
    """Of any length: what is said, over and over, with pauses between."""
    chance, pieces = random.Random(seconds), itertools.cycle(said)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        left = round(seconds * RATE)
        while left > 0:
            pause = np.zeros(round(chance.uniform(*pauses) * RATE))
            piece = np.concatenate((next(pieces), pause))[:left]
            file.writeframes((piece * 32_000).astype("<i2").tobytes())
            left -= len(piece)
    return path


def many(folder: Path, seconds: float, said: Sequence[np.ndarray]) -> list[Path]:
    """Recordings of lognormal lengths, 3 to 90 seconds, the median about 12."""
    chance, files, total = random.Random(7), [], 0.0
    while total < seconds:
        length = min(90.0, max(3.0, chance.lognormvariate(2.5, 0.9)))
        files.append(recording(folder / f"{len(files):03}.wav", length, said))
        total += length
    return files


def seconds_of(files: Sequence[Path]) -> float:
    total = 0.0
    for path in files:
        with wave.open(str(path)) as file:
            total += file.getnframes() / RATE
    return total


# --- ways -------------------------------------------------------------------------------------


def ours(model: Path, beam: int) -> Way:
    from s2s_whisper.opening import opened

    from s2s_tasks import Beam, Greedy, Tasks

    tasks = Tasks(backend=opened(str(model), compute="int8"))
    decoding = Greedy() if beam == 1 else Beam(beam)

    def run(files: Sequence[Path]) -> list[str]:
        results = tasks.transcribe.map(map(str, files), language="en", decoding=decoding)
        return [result.value.text for result in results]

    return run


def theirs(model: Path, beam: int, *, batched: bool) -> Way:
    """faster-whisper as it comes, without the tries that random weights would set off."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    whisper = WhisperModel(str(model), device="cpu", compute_type="int8")
    pipeline = BatchedInferencePipeline(whisper) if batched else whisper
    more = {} if batched else {"condition_on_previous_text": False}

    def run(files: Sequence[Path]) -> list[str]:
        texts = []
        for path in files:
            segments, _ = pipeline.transcribe(
                str(path),
                language="en",
                beam_size=beam,
                temperature=[0.0],
                vad_filter=True,
                without_timestamps=True,
                **more,
            )
            texts.append("".join(segment.text for segment in segments))
        return texts

    return run


def by_hand(model: Path, beam: int) -> Way:
    """Generate of transformers, float32, for windows of 30 seconds."""
    import torch
    from faster_whisper.audio import decode_audio
    from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration

    whisper = WhisperForConditionalGeneration.from_pretrained(model).eval()
    tokenizer = AutoTokenizer.from_pretrained(model)
    extractor = WhisperFeatureExtractor.from_pretrained(model)

    def run(files: Sequence[Path]) -> list[str]:
        sounds = [decode_audio(str(path)) for path in files]
        pieces = [
            sound[at : at + 30 * RATE] for sound in sounds for at in range(0, len(sound), 30 * RATE)
        ]
        texts = []
        for at in range(0, len(pieces), 8):
            features = extractor(pieces[at : at + 8], sampling_rate=RATE, return_tensors="pt")
            with torch.inference_mode():
                ids = whisper.generate(
                    features.input_features, language="en", task="transcribe", num_beams=beam
                )
            texts += tokenizer.batch_decode(ids, skip_special_tokens=True)
        return texts

    return run


def as_faster_whisper_takes_it(model: Path, folder: Path) -> Path:
    """Our converted weights, with the tokenizer where faster-whisper looks for it."""
    from s2s_whisper.opening import opened

    converted = opened(str(model), compute="int8").listener._ear._folder
    folder.mkdir()
    for path in (converted / "model.bin", converted / "config.json", converted / "vocabulary.json"):
        (folder / path.name).symlink_to(path)
    for name in ("tokenizer.json", "preprocessor_config.json"):
        shutil.copy(model / name, folder / name)
    return folder


# --- measuring --------------------------------------------------------------------------------


def measured(way: Way, files: Sequence[Path]) -> tuple[float, float, int]:
    """Seconds by the clock and of the processor, and how many windows were heard."""
    clock, work = time.perf_counter(), time.process_time()
    texts = way(files)
    spent = time.perf_counter() - clock, time.process_time() - work
    words = " ".join(texts).split()
    assert words
    assert len(words) % len(WORDS) == 0, f"{len(words)} words"
    assert words[: len(WORDS)] == WORDS
    return *spent, len(words) // len(WORDS)


def compare(title: str, ways: dict[str, Way], files: Sequence[Path], rounds: int) -> None:
    seconds = seconds_of(files)
    times: dict[str, list[tuple[float, float, int]]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            spent = measured(way, files)
            if turn:  # the first warms up
                times[name].append(spent)
    first = next(iter(ways))
    print(f"\n**{title}**: {len(files)} recordings, {seconds:.0f} s\n")
    print("| way | windows | s a minute of sound | CPU s | ours is, by the clock | by CPU time |")
    print("|---|---|---|---|---|---|")
    for name, spent in times.items():
        *columns, windows = zip(*spent, strict=True)
        clock, work = (statistics.median(column) * 60 / seconds for column in columns)
        ratios = [
            statistics.median(b[n] / a[n] for a, b in zip(times[first], spent, strict=True))
            for n in (0, 1)
        ]
        figures = f"{clock:.2f} | {work:.2f} | {ratios[0]:.2f}× | {ratios[1]:.2f}×"
        print(f"| {name} | {windows[0]} | {figures} |")
    sys.stdout.flush()


def memory(way: Way, folder: Path, hours: float) -> None:
    """After recordings of rising length, so that what grows with it is seen."""
    process, said = psutil.Process(), [spoken(2 * TEXT)]
    print("| recording | took | resident memory afterwards |")
    print("|---|---|---|")
    for minutes in (2.0, 10.0, 30.0, 60 * hours):
        path = recording(folder / "long.wav", 60 * minutes, said)
        began = time.perf_counter()
        way([path])
        spent = time.perf_counter() - began
        print(f"| {minutes:g} min | {spent:.0f} s | {process.memory_info().rss / 1e6:.0f} MB |")
        sys.stdout.flush()


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    told.add_argument("--size", choices=SIZES, default="tiny")
    told.add_argument("--beam", type=int, default=1)
    told.add_argument("--minutes", type=float, default=5)
    told.add_argument("--rounds", type=int, default=3)
    told.add_argument("--ways", nargs="*", default=["plain", "batched", "transformers"])
    told.add_argument("--memory", action="store_true")
    told.add_argument("--hours", type=float, default=3)
    args = told.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["S2S_CACHE"] = str(folder / "cache")
        model = checkpoint(args.size, folder / args.size)
        ways = {"s2s_tasks": ours(model, args.beam)}
        if args.memory:
            memory(ways["s2s_tasks"], folder, args.hours)
            return
        other = as_faster_whisper_takes_it(model, folder / "theirs")
        if "plain" in args.ways:
            ways["faster-whisper"] = theirs(other, args.beam, batched=False)
        if "batched" in args.ways:
            ways["faster-whisper, batched"] = theirs(other, args.beam, batched=True)
        if "transformers" in args.ways:
            ways["transformers, float32"] = by_hand(model, args.beam)
        print(f"Whisper-{args.size}, beam {args.beam}, {args.rounds} rounds")
        said, seconds = [spoken(2 * TEXT)], 60 * args.minutes
        one = recording(folder / "one.wav", seconds, said)
        compare("One recording", ways, [one], args.rounds)
        compare("A folder", ways, many(folder, seconds, said), args.rounds)
        sparse = recording(folder / "sparse.wav", seconds, [*map(spoken, SENTENCES)], SPARSE)
        compare("One with long pauses", ways, [sparse], args.rounds)


if __name__ == "__main__":
    main()
