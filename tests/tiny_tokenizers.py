"""Tokenizers of the real classes, with the special tokens and templates of real checkpoints."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tiny_corpus import byte_fallback, byte_level, pieces, sentencepiece_model, word_pieces
from tiny_quiet import quiet

LLAMA3_CHAT = """\
{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
    {{- message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

LLAMA2_CHAT = """\
{%- if messages[0]['role'] == 'system' %}
    {%- set system = '<<SYS>>\\n' + messages[0]['content'] | trim + '\\n<</SYS>>\\n\\n' %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = '' %}
{%- endif %}
{%- for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- set content = system + message['content'] if loop.first else message['content'] %}
    {%- if message['role'] == 'user' %}
        {{- bos_token + '[INST] ' + content | trim + ' [/INST]' }}
    {%- else %}
        {{- ' ' + content | trim + ' ' + eos_token }}
    {%- endif %}
{%- endfor %}
"""

CHATML = """\
{%- if messages[0]['role'] != 'system' %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

GEMMA_CHAT = """\
{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {{- raise_exception('System role not supported') }}
{%- endif %}
{%- for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- set role = 'model' if message['role'] == 'assistant' else message['role'] %}
    {{- '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<start_of_turn>model\\n' }}
{%- endif %}
"""


def t5(folder):
    from transformers import T5Tokenizer

    model = sentencepiece_model(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    return _converted(T5Tokenizer, folder, "spiece.model", model, extra_ids=10)


def mt5(folder):
    """Its tokens <extra_id_n> are no sentinels but plain pieces, which are not trained here."""
    from transformers import T5Tokenizer

    model = sentencepiece_model(pad_id=0, eos_id=1, unk_id=2, bos_id=-1, byte_fallback=False)
    return _converted(T5Tokenizer, folder, "spiece.model", model, extra_ids=0)


def pegasus(folder):
    from transformers import PegasusTokenizer

    model = sentencepiece_model(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    return _converted(PegasusTokenizer, folder, "spiece.model", model, model_max_length=128)


def mbart(folder):
    from transformers import MBartTokenizer

    model = sentencepiece_model()
    return _converted(MBartTokenizer, folder, "sentencepiece.bpe.model", model, src_lang="en_XX")


def mbart50(folder):
    from transformers import MBart50Tokenizer

    model = sentencepiece_model()
    return _converted(MBart50Tokenizer, folder, "sentencepiece.bpe.model", model, src_lang="en_XX")


def nllb(folder):
    from transformers import NllbTokenizer
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    model = sentencepiece_model("bpe")
    source = _converted(NllbTokenizer, folder, "sentencepiece.bpe.model", model)
    state = json.loads(source.backend_tokenizer.to_str())["model"]
    return NllbTokenizer(
        vocab={token: number for token, number in state["vocab"].items() if token != "<mask>"},
        merges=[tuple(merge) for merge in state["merges"]],
        _spm_precompiled_charsmap=_charsmap(model),
        extra_special_tokens=FAIRSEQ_LANGUAGE_CODES,
        src_lang="eng_Latn",
    )


def marian(folder):
    from transformers import MarianTokenizer

    model = sentencepiece_model()
    vocab = ["</s>", "<unk>", *pieces(model)[3:], "<pad>"]
    (folder / "vocab.json").write_text(_numbered(vocab), "utf-8")
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes(model)
    return MarianTokenizer(
        *(str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")),
        source_lang="en",
        target_lang="de",
        model_max_length=512,
    )


def m2m100(folder):
    from transformers import M2M100Tokenizer
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    model = sentencepiece_model("bpe")
    vocab = ["<s>", "<pad>", "</s>", "<unk>", *pieces(model)[3:]]
    (folder / "vocab.json").write_text(_numbered(vocab), "utf-8")
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    files = (str(folder / name) for name in ("vocab.json", "sentencepiece.bpe.model"))
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    return M2M100Tokenizer(*files, src_lang="en", additional_special_tokens=languages)


def roberta(folder):
    """Also that of BART and LED."""
    from transformers import RobertaTokenizer

    vocab, merges = byte_level("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    return RobertaTokenizer(vocab=vocab, merges=merges, model_max_length=128)


def gpt2(folder):
    from transformers import GPT2Tokenizer

    vocab, merges = byte_level("<|endoftext|>")
    return GPT2Tokenizer(vocab=vocab, merges=merges, model_max_length=256)


def neox(folder):
    from transformers import GPTNeoXTokenizer

    vocab, merges = byte_level("<|endoftext|>", "<|padding|>")
    return GPTNeoXTokenizer(vocab=vocab, merges=merges)


def bloom(folder):
    names = {"unk": "<unk>", "bos": "<s>", "eos": "</s>", "pad": "<pad>"}
    return _backend(byte_level(*names.values()), names)


def llama3(folder):
    from tokenizers.processors import TemplateProcessing

    names = {"bos": "<|begin_of_text|>", "eos": "<|eot_id|>", "pad": "<|finetune_right_pad_id|>"}
    others = ["<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"]
    begin = TemplateProcessing(
        single="<|begin_of_text|> $A",
        pair="<|begin_of_text|> $A <|begin_of_text|> $B",
        special_tokens=[("<|begin_of_text|>", 0)],
    )
    vocab, merges = byte_level(*names.values(), *others)
    return _backend((vocab, merges), names, others, begin, chat_template=LLAMA3_CHAT)


def llama2(folder):
    from transformers import LlamaTokenizer

    vocab, merges = byte_fallback("<unk>", "<s>", "</s>")
    return LlamaTokenizer(
        vocab=vocab, merges=merges, add_bos_token=True, pad_token="</s>", chat_template=LLAMA2_CHAT
    )


def jamba(folder):
    from transformers import LlamaTokenizer

    vocab, merges = byte_fallback("<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|unk|>")
    return LlamaTokenizer(
        vocab=vocab,
        merges=merges,
        add_bos_token=True,
        pad_token="<|pad|>",
        bos_token="<|startoftext|>",
        eos_token="<|endoftext|>",
        unk_token="<|unk|>",
    )


def gemma(folder):
    from transformers import GemmaTokenizer

    turns = ["<start_of_turn>", "<end_of_turn>"]
    vocab, merges = byte_fallback("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *turns)
    return GemmaTokenizer(
        vocab=vocab,
        merges=merges,
        add_bos_token=True,
        extra_special_tokens=turns,
        chat_template=GEMMA_CHAT,
    )


def qwen2(folder):
    from transformers import Qwen2Tokenizer

    vocab, merges = byte_level()
    return Qwen2Tokenizer(
        vocab=vocab,
        merges=merges,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=["<|im_start|>", "<|im_end|>"],
        chat_template=CHATML,
    )


def bert(folder):
    from transformers import BertTokenizer

    return BertTokenizer(vocab=word_pieces(), model_max_length=128)


def modernbert(folder):
    from tokenizers.processors import TemplateProcessing

    names = {"unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "pad": "[PAD]", "mask": "[MASK]"}
    vocab, merges = byte_level(*names.values())
    around = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    return _backend((vocab, merges), names, (), around, model_max_length=128)


def _converted(kind, folder, name, model, **options):
    """By the real class's own conversion from SentencePiece; the model stays in the folder."""
    with TemporaryDirectory() as source:
        (Path(source) / name).write_bytes(model)
        with quiet():
            tokenizer = kind.from_pretrained(source, **options)
    (folder / name).write_bytes(model)
    return tokenizer


def _charsmap(model):
    from sentencepiece import sentencepiece_model_pb2

    read = sentencepiece_model_pb2.ModelProto()
    read.ParseFromString(model)
    return read.normalizer_spec.precompiled_charsmap


def _numbered(vocab):
    return json.dumps({token: number for number, token in enumerate(vocab)}, ensure_ascii=False)


def _backend(trained, names, others=(), around=None, **options):
    """A tokenizer that has no class of its own: all of it stands in tokenizer.json."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocab, merges = trained
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = around or processors.ByteLevel(trim_offsets=False)
    specials = {f"{name}_token": token for name, token in names.items()}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, extra_special_tokens=list(others), **specials, **options
    )
