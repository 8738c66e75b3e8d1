"""
A tiny random language model as a GGUF file, for llama.cpp's server: `python tiny_gguf.py FILE`.

It is run with the `gguf` package of the peer, and writes nonsense that is really sampled,
streamed and held to grammars.
"""

import sys

WIDTH, INNER, HEADS, SHARED, LAYERS, CONTEXT = 64, 128, 4, 2, 2, 2048
SPECIALS = ("<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def letters():
    """GPT-2's printable stand-ins for the bytes, in the order of the bytes."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(byte if byte in shown else next(spare)) for byte in range(256)]


def tokens():
    """Specials, bytes, one merge, and unused ones up to a round number."""
    known = [*SPECIALS, *letters(), "th"]
    return known + [f"<unused{n}>" for n in range(-len(known) % 32)]


def kind(gguf, token):
    if token in SPECIALS:
        return int(gguf.TokenType.CONTROL)
    return int(gguf.TokenType.UNUSED if token.startswith("<unused") else gguf.TokenType.NORMAL)


def shapes(vocabulary):
    """Each tensor's name and shape."""
    head = WIDTH // HEADS
    yield "token_embd.weight", (vocabulary, WIDTH)
    yield "output_norm.weight", (WIDTH,)
    yield "output.weight", (vocabulary, WIDTH)
    for layer in range(LAYERS):
        for name, shape in {
            "attn_norm": (WIDTH,),
            "ffn_norm": (WIDTH,),
            "attn_q": (HEADS * head, WIDTH),
            "attn_k": (SHARED * head, WIDTH),
            "attn_v": (SHARED * head, WIDTH),
            "attn_output": (WIDTH, HEADS * head),
            "ffn_gate": (INNER, WIDTH),
            "ffn_up": (INNER, WIDTH),
            "ffn_down": (WIDTH, INNER),
        }.items():
            yield f"blk.{layer}.{name}.weight", shape


def write(path):
    import gguf
    import numpy as np

    words, chance = tokens(), np.random.default_rng(0)
    file = gguf.GGUFWriter(path, "llama")
    file.add_context_length(CONTEXT)
    file.add_embedding_length(WIDTH)
    file.add_block_count(LAYERS)
    file.add_feed_forward_length(INNER)
    file.add_head_count(HEADS)
    file.add_head_count_kv(SHARED)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(WIDTH // HEADS)
    file.add_vocab_size(len(words))
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("gpt-2")
    file.add_token_list(words)
    file.add_token_types([kind(gguf, word) for word in words])
    file.add_token_merges(["t h"])
    file.add_bos_token_id(1)
    file.add_eos_token_id(4)
    file.add_pad_token_id(0)
    file.add_add_bos_token(False)
    file.add_chat_template(CHATML)
    for name, shape in shapes(len(words)):
        flat = len(shape) == 1
        values = np.ones(shape) if flat else chance.standard_normal(shape) * 0.08
        if name == "output.weight":  # the likeliest token is a letter
            values *= [[4.0 * (len(word) == 1 and "!" <= word <= "~")] for word in words]
        file.add_tensor(name, values.astype(np.float32))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


if __name__ == "__main__":
    write(sys.argv[1])
