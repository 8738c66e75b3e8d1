"""Weights: safetensors, all there and whole, or refused. No tensor is read to tell."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Final, NamedTuple

from ..errors import NotConfigured

__all__ = ["absent", "adapter", "check", "is_pickle", "lack", "raw_header"]

SINGLE: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
ADAPTER: Final = "adapter_config.json"
MOST_HEADER: Final = 100_000_000
"""Bytes: the limit of the safetensors library."""

PICKLES: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
BITS: Final[Mapping[str, int]] = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}  # fmt: skip


def check(folder: Path, model: str) -> None:
    """Raise NotConfigured if weights are missing, are no safetensors, or their files are broken."""
    if (folder / ADAPTER).is_file():
        raise adapter(model)
    if missing := absent(folder, model):
        raise lack(model, [path.name for path in folder.iterdir()], missing)
    for name in _files(folder, model):
        try:
            _check_file(folder / name)
        except (OSError, ValueError, RecursionError) as error:
            raise _broken(folder / name, model, str(error)) from error


def absent(folder: Path, model: str) -> tuple[str, ...]:
    """The files of weights that should be there and are not. Raises NotConfigured for a bad index."""
    return tuple(name for name in _files(folder, model) if not (folder / name).is_file())


def adapter(model: str) -> NotConfigured:
    """The error for an adapter beside the weights, which some libraries apply and some do not."""
    return NotConfigured(
        f"{model} has an adapter beside its weights ({ADAPTER}), and none is applied here",
        hint="merge it into the model, save that, and give its folder",
    )


def is_pickle(file: str) -> bool:
    """Whether loading a file of this name could run code."""
    return file.endswith(PICKLES)


def lack(model: str, files: Collection[str], missing: Collection[str] = (SINGLE,)) -> NotConfigured:
    """The error for weights that are not among the `files` of a checkpoint."""
    if not any(file.endswith(".safetensors") for file in files):
        if pickles := sorted(filter(is_pickle, files)):
            return _only_pickles(model, pickles[0])
        if any(file.endswith(".gguf") for file in files):
            return NotConfigured(
                f"the weights of {model} are GGUF, and only safetensors are loaded",
                hint="take the checkpoint that it was made from, or serve it over HTTP",
            )
    return NotConfigured(
        f"weights of {model} are missing: {', '.join(sorted(missing))}",
        hint="download or save the checkpoint anew",
    )


def raw_header(path: Path) -> bytes:
    """The JSON that a safetensors file begins with. Raises ValueError if it is not whole."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 + length:
            raise ValueError(f"it is cut off after {size:,} bytes, within its header")
        if length > MOST_HEADER:
            raise ValueError(f"its header has {length:,} bytes, above the limit of {MOST_HEADER:,}")
        return file.read(length)


def _files(folder: Path, model: str) -> tuple[str, ...]:
    index = folder / INDEX
    if (folder / SINGLE).is_file() or not index.is_file():
        return (SINGLE,)
    try:
        shards = {str(shard) for shard in json.loads(index.read_bytes())["weight_map"].values()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(index, model, "it does not list the weights") from error
    for shard in shards:
        if Path(shard).name != shard or not shard.endswith(".safetensors"):
            raise _broken(index, model, f"it names {shard!r}, which is no safetensors file here")
    return tuple(sorted(shards)) or (SINGLE,)


class _Tensor(NamedTuple):
    begin: int
    end: int
    name: str
    size: int | None


def _check_file(path: Path) -> None:
    header = raw_header(path)
    present, at = path.stat().st_size - 8 - len(header), 0
    for tensor in sorted(_tensors(json.loads(header)), key=lambda tensor: tensor[:2]):
        if tensor.begin != at or tensor.size not in {None, tensor.end - at}:
            raise ValueError(f"tensor {tensor.name} has no place of its size")
        at = tensor.end
    if at != present:
        raise ValueError(f"it has {present:,} bytes of tensors, and its header says {at:,}")


def _tensors(header: object) -> Iterator[_Tensor]:
    if not isinstance(header, dict):
        raise ValueError("its header is no JSON object")  # noqa: TRY004  # the file's fault
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        try:
            begin, end = map(int, entry["data_offsets"])
            bits = BITS.get(str(entry["dtype"]))
            size = None if bits is None else prod(map(int, entry["shape"])) * bits // 8
        except (LookupError, TypeError, ValueError, OverflowError):  # int of Infinity
            raise ValueError(f"its header does not describe tensor {name}") from None
        yield _Tensor(begin, end, name, size)


def _broken(path: Path, model: str, reason: str) -> NotConfigured:
    # What the hub's cache links to is its only copy: without it, the file is fetched again.
    anew = f"delete {path.resolve()}, and it is fetched anew" if path.is_symlink() else ""
    hint = anew or "download or save the checkpoint anew"
    return NotConfigured(f"{path.name} of {model} is broken: {reason}", hint=hint)


def _only_pickles(model: str, file: str) -> NotConfigured:
    return NotConfigured(
        f"{model} has its weights as pickles only ({file}): they can run code, and only "
        "safetensors are loaded",
        hint="look for a pull request with safetensors (org/name@refs/pr/1), or, if you trust "
        "it, load it in transformers and write it with save_pretrained(folder)",
    )
