"""
Teaches two models to see drawn scenes, and says how well they do on those that were held out.

From the folder of the tests:

    python -m learned.train_scenes captioner --steps 5000
    python -m learned.train_scenes looker --steps 5500 --batch 32
    python -m learned.train_scenes looker --evaluate 300

The captioner is a ViT whose patches a small GPT-2 reads. The looker is an Idefics3: a SigLIP and a
Llama, which is asked in our own words, as our backends send them. Every scene is drawn anew, none
is shown twice. The looker begins with the captioner's eye. Each takes less than an hour of one core
that multiplies bfloat16. Float16 weights replace those that are there; how these were made, in
several runs, stands beside them in NOTICE.
"""

# ruff: noqa: T201  # a script speaks by printing

import argparse
import random
import sys
import time
from itertools import islice
from pathlib import Path

import torch
from tiny_quiet import quiet

from .captioner_course import Captioner
from .looker_course import Looker
from .scenes import drawn, scenes

HERE = Path(__file__).parent
COURSES = {"captioner": Captioner, "looker": Looker}
OFTEN = 250
"""Steps between two notes of the loss."""


def taught(course, steps, batch, rate, seed):
    """Trains the course's model, and yields the number of each step and its loss."""
    rng, source = random.Random(seed), scenes(hidden=False, seed=seed)
    optimizer = torch.optim.AdamW(course.model.parameters(), betas=(0.9, 0.98), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps, pct_start=0.05, cycle_momentum=False
    )
    course.model.train()
    course.model.set_attn_implementation("eager")  # others' way back takes twice as long on a CPU
    for step in range(1, steps + 1):
        shown = [(scene, drawn(scene, rng)) for scene in islice(source, batch)]
        with torch.autocast("cpu", torch.bfloat16):
            loss = course.loss(shown, rng)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(course.model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        yield step, loss.item()


def train(course, folder, told):
    begin, losses = time.monotonic(), []
    for step, loss in taught(course, told.steps, told.batch, told.rate, told.seed):
        losses.append(loss)
        if step % OFTEN == 0:
            minutes = (time.monotonic() - begin) / 60
            print(f"{step:6} loss {sum(losses) / len(losses):.4f} {minutes:.1f} min", flush=True)
            losses.clear()
        if step % (2 * OFTEN) == 0 or step == told.steps:
            with quiet():
                course.save(folder)
            report(course, 25)


def report(course, count):
    """Shares of held-out scenes of which everything said is exactly right."""
    rng = random.Random(1)
    shown = [(scene, drawn(scene, rng)) for scene in islice(scenes(hidden=True, seed=1), count)]
    course.model.eval()
    with torch.inference_mode(), quiet():
        for what, right in course.right(shown, rng).items():
            print(f"{what}: {sum(right)} of {len(right)}", flush=True)
    course.model.train()


def main(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("name", choices=COURSES)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--evaluate", type=int, metavar="SCENES")
    parser.add_argument("--further", action="store_true", help="from the weights that are there")
    told = parser.parse_args(words)
    torch.set_num_threads(1)
    torch.manual_seed(told.seed)
    kind = COURSES[told.name]
    with quiet():
        course = kind.loaded(HERE / told.name) if told.further or told.evaluate else kind.begun()
    if told.evaluate:
        report(course, told.evaluate)
    else:
        train(course, HERE / told.name, told)


if __name__ == "__main__":
    main(sys.argv[1:])
