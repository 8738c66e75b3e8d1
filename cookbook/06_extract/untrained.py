"""
A model that has learned nothing: it is made here, in a second and without a download.

    python cookbook/06_extract/untrained.py toys

writes `toys/untrained`, a Llama with two layers, random weights and a tokenizer over bytes. It
is a checkpoint as any on the hub, and whatever it says is noise.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

BEGIN, END = "<|begin|>", "<|end|>"
CHAT = "{{ bos_token }}{% for m in messages %}{{ m['content'] }}\n{% endfor %}"


def make(folder: Path) -> None:
    """The same each time."""
    tokenizer = _tokenizer()
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=4_096,
            initializer_range=0.2,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _tokenizer() -> PreTrainedTokenizerFast:
    """Pieces of the words of this file, which has to do for English, and all single bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[BEGIN, END],
        show_progress=False,
    )
    tokenizer.train_from_iterator(Path(__file__).read_text("utf-8").splitlines(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END,
        chat_template=CHAT,
    )


if __name__ == "__main__":
    [to] = sys.argv[1:] or ["toys"]
    make(Path(to) / "untrained")
    print(f"{to}/untrained is there")
