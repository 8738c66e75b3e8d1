"""Claims about the card and the life of a backend."""

# a claim is its name
from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, ClassVar
from unittest import SkipTest

from ..network import no_network
from .subject import Subject

if TYPE_CHECKING:
    from ...backend import BackendSpec

__all__ = ["Card"]

SCRIPT = """
import importlib, sys
module = importlib.import_module(sys.argv[1])
for spec in getattr(module, "s2s_backends", tuple)():
    spec.name, spec.capabilities, spec.summary
print(*[name for name in sys.argv[2:] if name in sys.modules])
"""


class Card(Subject):
    """All backends are listed in every run; only the one that is used is loaded."""

    heavy: ClassVar[tuple[str, ...]] = (
        "anthropic", "ctranslate2", "faster_whisper", "jax", "llama_cpp", "numpy", "onnxruntime",
        "openai", "scipy", "sentencepiece", "tensorflow", "tokenizers", "torch", "transformers",
        "vllm", "whisper",
    )  # fmt: skip
    """Libraries that listing the backend must not load."""

    def test_its_card_is_read_without_heavy_libraries(self) -> None:
        if not self.plugin_module:
            raise SkipTest("plugin_module is not given")
        done = subprocess.run(  # noqa: S603  # our script, the author's module
            [sys.executable, "-c", SCRIPT, self.plugin_module, *self.heavy],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=self.patience,
            check=False,
        )
        assert done.returncode == 0, f"{self.plugin_module} cannot be imported: {done.stderr}"
        assert not done.stdout.split(), f"{self.plugin_module} loads {done.stdout.strip()}"

    def test_its_card_agrees_with_it(self) -> None:
        spec = self._spec()
        with self.opened() as backend:
            assert spec.name == backend.name, "the card bears another name"
            card, found = spec.capabilities, backend.capabilities
            assert card.place is found.place, f"the card says {card.place}, it is {found.place}"
            assert card.architecture, "the card names no architecture"

    def test_its_availability_is_told_in_words_and_without_the_network(self) -> None:
        spec = self._spec()
        with no_network():
            why = spec.availability()
        assert isinstance(why, str), f"availability() returned {why!r:.80}, not words"
        assert "\n" not in why, "availability() is a few words in one line"

    def test_it_can_be_warmed_and_closed_twice(self) -> None:
        backend = self.make_backend()
        backend.warm()
        backend.warm()
        backend.close()
        backend.close()

    def _spec(self) -> BackendSpec:
        if (spec := self.make_spec()) is None:
            raise SkipTest("make_spec gives no card")
        return spec
