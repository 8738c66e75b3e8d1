"""
Tiny checkpoints of real architectures, saved as transformers saves them.

`make(name)` builds one at its first use and keeps it for later runs: treat its folder as
read-only, `copied` gives a private one. The weights are random; learned models stand in
tiny_learned.
"""

import json
import os
import shutil
import sys
import tempfile
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import tiny_tokenizers
from tiny_quiet import quiet
from tiny_recipes import DECODERS, ENCODER_DECODERS, ENCODERS, POOLINGS
from tiny_weights import built

__all__ = ["DECODERS", "ENCODERS", "ENCODER_DECODERS", "NAMES", "copied", "kept", "load", "make"]

RECIPES = {**ENCODER_DECODERS, **DECODERS, **ENCODERS}
NAMES = tuple(RECIPES)
LIBRARIES = ("torch", "transformers", "tokenizers", "sentencepiece")


def make(name: str) -> Path:
    """The folder of a checkpoint: weights, configs, tokenizer."""
    return kept(name, lambda folder: _build(name, folder))


def copied(name: str, to: Path) -> Path:
    """A copy of a checkpoint's folder, to change as one likes."""
    return shutil.copytree(make(name), to / name)


@cache
def load(name: str):
    """The model, in eval mode, and the tokenizer, by transformers' Auto classes."""
    return loaded(make(name))


def loaded(folder: Path):
    """As `load`, of any folder."""
    import transformers

    config = json.loads((folder / "config.json").read_text("utf-8"))
    with quiet():
        model = getattr(transformers, _auto(config)).from_pretrained(folder)
        return model.eval(), transformers.AutoTokenizer.from_pretrained(folder)


def kept(name: str, build) -> Path:
    """The folder that `build(folder)` filled, of this run or of an earlier one of the same code."""
    folder = _shelf() / name
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
        try:
            build(fresh)
            _put(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _put(fresh: Path, folder: Path) -> None:
    try:
        fresh.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise  # else another worker was faster, with the same


@cache
def _shelf() -> Path:
    """Where checkpoints are kept: another folder for other code or libraries."""
    sources = sorted(Path(__file__).parent.glob("tiny*.py"))
    state = [source.read_text("utf-8") for source in sources]
    state += [*map(version, LIBRARIES), sys.version]
    key = sha256("\n".join(state).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"s2s-tiny-{os.getuid()}-{key}"


def _build(name: str, folder: Path) -> None:
    recipe = RECIPES[name]
    with quiet():
        tokenizer = getattr(tiny_tokenizers, recipe.tokenizer)(folder)
        model = built(recipe, tokenizer)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    if pooling := POOLINGS.get(name):
        _as_sentence_transformer(folder, pooling)


def _as_sentence_transformer(folder: Path, pooling: str) -> None:
    """The files that sentence-transformers puts beside the model."""
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {
            "idx": number,
            "name": str(number),
            "path": path,
            "type": f"sentence_transformers.models.{kind}",
        }
        for number, (path, kind) in enumerate(kinds.items())
    ]
    width = json.loads((folder / "config.json").read_text("utf-8"))["hidden_size"]
    modes = {"cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max"}
    settings = {f"pooling_mode_{mode}": pooling == kind for mode, kind in modes.items()}
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": False})
    _write(folder / "1_Pooling/config.json", {"word_embedding_dimension": width, **settings})
    (folder / "2_Normalize").mkdir()


def _write(path: Path, settings: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(settings, indent=2), "utf-8")


def _auto(config) -> str:
    [kind] = config["architectures"]
    if "Sequence" in kind:
        return "AutoModelForSequenceClassification"
    if config.get("is_encoder_decoder"):
        return "AutoModelForSeq2SeqLM"
    return "AutoModelForCausalLM" if kind.endswith(("LM", "HeadModel")) else "AutoModel"
