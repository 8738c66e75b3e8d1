"""Tokenizers of every family, and odd ones, beside transformers' own over the same files."""

import json
from types import SimpleNamespace

from tiny import copied
from tiny_quiet import quiet

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["FAMILIES", "PLAIN", "config", "opened", "rewritten"]

PLAIN = (
    "t5", "mt5", "pegasus", "mbart", "nllb", "marian", "m2m100", "bart", "gpt2", "llama", "llama2",
    "gemma", "qwen2", "jamba", "bloom", "mpt", "bert-classify", "modernbert-classify",
)  # fmt: skip
"""A checkpoint for each way of making tokens."""


def rewritten(file):
    """Decorates a function that changes a loaded JSON file of a folder."""
    return lambda change: lambda folder: _rewrite(folder / file, change)


def config(**settings):
    """Sets what tokenizer_config.json says."""
    return rewritten("tokenizer_config.json")(lambda told: told.update(settings))


def _rewrite(path, change):
    told = json.loads(path.read_text("utf-8"))
    change(told)
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def cut_and_padded(folder):
    from tokenizers import Tokenizer

    file = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(file)
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=50)
    tokenizer.save(file)


@rewritten("vocab.json")
def many_targets(ids):
    for code in ("deu", "fra"):
        ids[f">>{code}<<"] = len(ids)


def two_vocabularies(folder):
    ids = json.loads((folder / "vocab.json").read_text("utf-8"))
    shifted = ["</s>", "<unk>", *[*ids][2:-1][::-1], "<pad>"]
    text = json.dumps({token: n for n, token in enumerate(shifted)}, ensure_ascii=False)
    (folder / "target_vocab.json").write_text(text, "utf-8")
    config(separate_vocabs=True)(folder)


@rewritten("tokenizer.json")
def languages_as_pieces(state):
    """As in MADLAD: they are no added tokens."""
    state["model"]["vocab"] += [[f"<2{code}>", -3.0] for code in ("en", "de", "zh_Latn")]


@rewritten("tokenizer.json")
def thinking(state):
    """Control tokens that are not special, and blanks that control nothing, as in Gemma."""
    first = max(token["id"] for token in state["added_tokens"]) + 1
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    state["added_tokens"] += [
        {"id": first + n, "content": content, "special": False, **flags}
        for n, content in enumerate(("<think>", "</think>", "<tool_call>", "\n\n", "  "))
    ]


def told_beside(folder):
    """The last added token stands in tokenizer_config.json only."""
    state = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    told = {str(token.pop("id")): token for token in state["added_tokens"]}
    last = max(map(int, told))
    told[str(last + 1)] = {**told[str(last)], "content": "<|late|>"}
    config(added_tokens_decoder=told)(folder)


CHANGED = {
    "t5-tidied": ("t5", config(clean_up_tokenization_spaces=True)),
    "bert-tidied": ("bert-classify", config(clean_up_tokenization_spaces=True)),
    "marian-tidied": ("marian", config(clean_up_tokenization_spaces=True)),
    "llama-tidied": ("llama", config(clean_up_tokenization_spaces=True)),
    "llama2-ended": ("llama2", config(add_bos_token=False, add_eos_token=True)),
    "qwen2-thinking": ("qwen2", thinking),
    "qwen2-late": ("qwen2", told_beside),
    "bart-cut": ("bart", cut_and_padded),
    "marian-many": ("marian", many_targets),
    "marian-apart": ("marian", two_vocabularies),
    "t5-madlad": ("t5", languages_as_pieces),
}
FAMILIES = (*PLAIN, *CHANGED)


def opened(name, folder):
    """Ours and theirs of a copy in `folder`: codec, checkpoint, tokenizer."""
    import transformers

    base, change = CHANGED.get(name, (name, lambda _: None))
    copy = copied(base, folder)
    change(copy)
    checkpoint = Checkpoint(copy, name)
    with quiet():
        tokenizer = transformers.AutoTokenizer.from_pretrained(copy)
    return SimpleNamespace(
        name=name, codec=codec_of(checkpoint), checkpoint=checkpoint, tokenizer=tokenizer
    )
