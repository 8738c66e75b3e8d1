"""
What the house itself costs: start-up, one call, and the memory of a long map.

    python benchmarks/overhead.py

Start-up is measured in whole processes, in turn with a bare Python and with `llm --help`
(a command line of the same kind; from the extra `bench`), so that the ratios hold while the
speed of the machine drifts. Calls are measured with a scripted backend, whose own time is
subtracted.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import psutil

from s2s_tasks import Completion, Registry, Request, Task, Tasks
from s2s_tasks.testing import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 21
CALLS = 2_000
ITEMS = 100_000
BIN = Path(sys.executable).parent

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import s2s_tasks": [sys.executable, "-c", "import s2s_tasks"],
    "s2s --help": [str(BIN / "s2s"), "--help"],
    "llm --help": [str(BIN / "llm"), "--help"],
}


@dataclass(frozen=True, kw_only=True)
class Echo(Task[str, str]):
    """Says it back."""

    name: ClassVar[str] = "echo"

    def request(self, value: str) -> Request:
        return Request(task=self.name, parts=(value,), instruction="Say it back.")

    def read(self, completion: Completion) -> str:
        return completion.text


def start_up() -> None:
    """Medians in ms of whole processes, taken in turn, and their ratios."""
    commands = {name: c for name, c in COMMANDS.items() if c[0] == sys.executable or _is_there(c)}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        for name, command in commands.items():
            times[name].append(seconds(command))
    medians = {name: statistics.median(taken[1:]) for name, taken in times.items()}
    bare = medians["python -c pass"]
    for name, median in medians.items():
        print(f"{name:18} {median * 1000:7.0f} ms  {median / bare:6.1f} x bare Python")
    if "llm --help" in medians:
        print(
            f"s2s --help is {medians['llm --help'] / medians['s2s --help']:.1f} x faster than llm's"
        )


def _is_there(command: list[str]) -> bool:
    return Path(command[0]).exists()


def seconds(command: list[str]) -> float:
    """Wall time of one process."""
    # Some machines forbid compiled modules; installed programs have them.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


def one_call() -> None:
    """Our own µs per call and per item of a map, over the backend's own."""
    backend = Scripted("done")
    tasks = Tasks(backend=backend, registry=Registry())
    request = Request(task="echo", parts=("x",))
    own = best(lambda: [list(backend.complete([request])) for _ in range(CALLS)]) / CALLS
    call = best(lambda: [tasks.run(Echo(), "x") for _ in range(CALLS)]) / CALLS
    item = best(lambda: list(tasks.map(Echo(), ["x"] * CALLS))) / CALLS
    print(f"scripted backend   {own * 1e6:7.1f} µs")
    print(f"one call           {call * 1e6:7.1f} µs, ours {(call - own) * 1e6:.1f} µs")
    print(f"one item of a map  {item * 1e6:7.1f} µs, ours {(item - own) * 1e6:.1f} µs")


def best(work: Callable[[], object]) -> float:
    """Shortest of five runs, in seconds."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def long_map() -> None:
    """Memory growth of a map over many items, after the first 2,000."""
    backend = Scripted("done")
    tasks = Tasks(backend=backend, registry=Registry())
    process, before = psutil.Process(), 0
    began = time.perf_counter()
    for n, _ in enumerate(tasks.map(Echo(), (str(n) for n in range(ITEMS)))):
        backend.requests.clear()
        backend.rounds.clear()
        if n == 2_000:
            gc.collect()
            before = process.memory_info().rss
    grown = (process.memory_info().rss - before) / 1e6
    print(
        f"{ITEMS:,} items       {time.perf_counter() - began:7.1f} s, memory grew by {grown:.1f} MB"
    )


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {ROUNDS} rounds\n")
    start_up()
    print()
    one_call()
    print()
    long_map()
