"""
Tiny random checkpoints of real speech classes other than Whisper, saved as transformers saves them.

Settings are those of real checkpoints of their kind, but small; the weights are random and far
enough apart that what is heard varies with the sound.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tiny import kept
from tiny_corpus import byte_fallback, sentencepiece_model
from tiny_quiet import quiet
from tiny_recipes import WIDTH
from tiny_weights import scatter

__all__ = ["CTC", "RECIPES", "TRANSDUCERS", "WRITERS", "drone", "tiny_speech"]

LETTERS = ("<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ")

_DEEP = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 2 * WIDTH,
}
_CONVOLVED = {
    **_DEEP,
    "conv_dim": (32,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "apply_spec_augment": False,
    "vocab_size": len(LETTERS),
    "pad_token_id": "<pad>",
    "num_codevectors_per_group": 8,
    "codevector_dim": 16,
    "proj_codevector_dim": 16,
}
_LAYERED = {**_CONVOLVED, "feat_extract_norm": "layer", "conv_bias": True}
_SIDES = {
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 2 * WIDTH,
    "decoder_ffn_dim": 2 * WIDTH,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
}

_ENDS = {"pad_token_id": "<unk>", "bos_token_id": "<s>", "eos_token_id": "</s>"}


@dataclass(frozen=True)
class Speech:
    """
    `tokenizer` makes one in a folder; `extractor`: its class and its settings. `spread` of what
    weights make of inputs of unit variance: of too much or too little, all sounds alike; 0 for
    encoder-decoders, whose weights are drawn as those of text models are, but for the token that
    ends: `ending` times as large.
    """

    model: str
    config: dict
    tokenizer: Callable
    extractor: tuple[str, dict]
    spread: float = 0.0
    ending: float = 1.6


def letters(folder):
    from transformers import Wav2Vec2CTCTokenizer

    path = folder / "vocab.json"
    path.write_text(json.dumps({one: number for number, one in enumerate(LETTERS)}), "utf-8")
    return Wav2Vec2CTCTokenizer(str(path))


def blanked(folder):
    """Pieces of words, and a blank, as Parakeet has them."""
    from transformers import ParakeetTokenizer

    marks = {"pad_token": "<pad>", "unk_token": "<unk>", "blank_token": "<blank>"}
    return _pieced(ParakeetTokenizer, folder, **marks)


def llama(folder):
    from transformers import PreTrainedTokenizerFast

    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return _pieced(PreTrainedTokenizerFast, folder, **marks)


def _pieced(kind, folder, **marks):
    """A tokenizer of pieces that say where words begin, without pieces for bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    del folder
    vocab, merges = byte_fallback(*marks.values())
    plain = (piece for piece in vocab if not piece.startswith("<0x"))
    vocab = {piece: number for number, piece in enumerate(plain)}
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return kind(tokenizer_object=tokenizer, **marks)


def heard_and_said(folder):
    from transformers import Speech2TextTokenizer

    model, pieces = _sentencepiece(folder, pad_id=1, bos_id=0, eos_id=2, unk_id=3)
    vocab = folder / "vocab.json"
    vocab.write_text(json.dumps({one: number for number, one in enumerate(pieces)}), "utf-8")
    return Speech2TextTokenizer(str(vocab), str(model))


def spelled(folder):
    from transformers import SpeechT5Tokenizer

    model, _ = _sentencepiece(folder, kind="char", size=90, pad_id=1, bos_id=0, eos_id=2, unk_id=3)
    return SpeechT5Tokenizer(str(model))


def _sentencepiece(folder, **options):
    from tiny_corpus import pieces

    model = sentencepiece_model(**options)
    path = folder / "sentencepiece.bpe.model"
    path.write_bytes(model)
    return path, pieces(model)


RAW = ("Wav2Vec2FeatureExtractor", {"do_normalize": True, "return_attention_mask": False})
MASKED = ("Wav2Vec2FeatureExtractor", {"do_normalize": True, "return_attention_mask": True})
PLAIN = ("Wav2Vec2FeatureExtractor", {"do_normalize": False, "return_attention_mask": True})

_CONFORMER = {
    **_DEEP,
    "num_mel_bins": 80,
    "subsampling_conv_channels": 16,
    "conv_kernel_size": 9,
}

CTC = {
    "wav2vec2": Speech("Wav2Vec2ForCTC", _CONVOLVED, letters, RAW, 2.0),
    "wav2vec2-layered": Speech(
        "Wav2Vec2ForCTC", {**_LAYERED, "do_stable_layer_norm": True}, letters, MASKED, 2.0
    ),
    "hubert": Speech("HubertForCTC", _LAYERED, letters, MASKED, 2.0),
    "wavlm": Speech("WavLMForCTC", _CONVOLVED, letters, RAW, 2.0),
    "data2vec": Speech(
        "Data2VecAudioForCTC", {**_LAYERED, "conv_pos_kernel_size": 7}, letters, MASKED, 0.5
    ),
    "unispeech": Speech(
        "UniSpeechForCTC", {**_CONVOLVED, "num_ctc_classes": 32}, letters, RAW, 2.0
    ),
    "sew": Speech("SEWForCTC", {**_CONVOLVED, "conv_dim": (32,) * 13}, letters, RAW, 0.5),
    "wav2vec2-bert": Speech(
        "Wav2Vec2BertForCTC",
        {**_DEEP, "vocab_size": len(LETTERS), "pad_token_id": "<pad>", "apply_spec_augment": False},
        letters,
        ("SeamlessM4TFeatureExtractor", {}),
        2.0,
    ),
    "parakeet": Speech(
        "ParakeetForCTC",
        {
            "encoder_config": _CONFORMER,
            "pad_token_id": "<pad>",
        },
        blanked,
        ("ParakeetFeatureExtractor", {}),
        5.0,
    ),
}

_TRANSDUCER = {
    "encoder_config": _CONFORMER,
    "decoder_hidden_size": WIDTH,
    "num_decoder_layers": 1,
    "pad_token_id": "<pad>",
    "blank_token_id": "<blank>",
}
TRANSDUCERS = {
    "parakeet-tdt": Speech(
        "ParakeetForTDT",
        {**_TRANSDUCER, "durations": [0, 1, 2, 3, 4]},
        blanked,
        ("ParakeetFeatureExtractor", {}),
        3.0,
    ),
    "parakeet-rnnt": Speech(
        "ParakeetForRNNT", _TRANSDUCER, blanked, ("ParakeetFeatureExtractor", {}), 3.0
    ),
}

WRITERS = {
    "moonshine": Speech(
        "MoonshineForConditionalGeneration",
        {
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "encoder_num_hidden_layers": 2,
            "decoder_num_hidden_layers": 2,
            "encoder_num_attention_heads": 4,
            "decoder_num_attention_heads": 4,
            "max_position_embeddings": 194,
            "bos_token_id": "<s>",
            "eos_token_id": "</s>",
            "decoder_start_token_id": "<s>",
        },
        llama,
        PLAIN,
    ),
    "moonshine_streaming": Speech(
        "MoonshineStreamingForConditionalGeneration",
        {
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "encoder_config": {
                "hidden_size": WIDTH,
                "intermediate_size": 2 * WIDTH,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_key_value_heads": 4,
                "sliding_windows": [[16, 4], [16, 0]],
            },
            "max_position_embeddings": 194,
            "bos_token_id": "<s>",
            "eos_token_id": "</s>",
            "decoder_start_token_id": "<s>",
        },
        llama,
        PLAIN,
    ),
    "speech_to_text": Speech(
        "Speech2TextForConditionalGeneration",
        {
            **_SIDES,
            "conv_channels": 64,
            "max_target_positions": 200,
            "pad_token_id": "<pad>",
            "bos_token_id": "<s>",
            "eos_token_id": "</s>",
            "decoder_start_token_id": "</s>",
        },
        heard_and_said,
        ("Speech2TextFeatureExtractor", {}),
        ending=1.4,
    ),
    "speech-encoder-decoder": Speech(
        "SpeechEncoderDecoderModel",
        {
            "encoder": {
                **_CONVOLVED,
                "model_type": "wav2vec2",
                "add_adapter": True,
                "pad_token_id": 0,
            },
            "decoder": {
                **_SIDES,
                "model_type": "bart",
                "is_decoder": True,
                "is_encoder_decoder": False,
                "add_cross_attention": True,
                "max_position_embeddings": 128,
                **_ENDS,
            },
            **_ENDS,
            "decoder_start_token_id": "<s>",
        },
        llama,
        RAW,
        ending=3.0,
    ),
    "speecht5": Speech(
        "SpeechT5ForSpeechToText",
        {
            "hidden_size": WIDTH,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_ffn_dim": 2 * WIDTH,
            "decoder_ffn_dim": 2 * WIDTH,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "conv_dim": (32,) * 7,
            "num_conv_pos_embeddings": 16,
            "num_conv_pos_embedding_groups": 4,
            "apply_spec_augment": False,
            "pad_token_id": "<pad>",
            "bos_token_id": "<s>",
            "eos_token_id": "</s>",
            "decoder_start_token_id": "</s>",
        },
        spelled,
        ("SpeechT5FeatureExtractor", {"do_normalize": True}),
        ending=4.0,
    ),
}


RECIPES = {**CTC, **TRANSDUCERS, **WRITERS}


def tiny_speech(name: str) -> Path:
    """The folder of a checkpoint: weights, configs, extractor and tokenizer."""
    return kept(f"speech-{name}", lambda folder: _build(RECIPES[name], folder))


def _build(recipe, folder):
    import transformers

    with quiet():
        tokenizer = recipe.tokenizer(folder)
        model = _drawn(getattr(transformers, recipe.model), _config(recipe, tokenizer), recipe)
        kind, settings = recipe.extractor
        extractor = getattr(transformers, kind)(**settings)
        for part in (model, tokenizer, extractor):
            part.save_pretrained(folder)


def _config(recipe, tokenizer):
    """With ids in the places of tokens, and the size of the vocabulary."""
    size = {"vocab_size": len(tokenizer)}

    def numbered(settings):
        return {
            name: numbered(size | value)
            if name == "decoder"
            else tokenizer.convert_tokens_to_ids(value)
            if name.endswith("token_id") and isinstance(value, str)
            else value
            for name, value in settings.items()
        }

    return numbered(size | recipe.config)


def _drawn(kind, settings, recipe):
    """A model of the class in eval mode, the same each time."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = kind(kind.config_class(**settings)).eval()
        if hasattr(model.config, "blank_token_id"):
            model.generation_config.decoder_start_token_id = model.config.blank_token_id
        if recipe.spread:
            _spread(model, recipe.spread)
        else:
            scatter(model)
            _favour_the_end(model, recipe.ending)
    return model


def _spread(model, spread):
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=spread / math.sqrt(module.weight.shape[1]))


def _favour_the_end(model, ending):
    import torch

    with torch.no_grad():
        model.get_output_embeddings().weight[model.generation_config.eos_token_id] *= ending


def drone(seconds, seed=0):
    """Something like a voice: a tone that glides, and noise that swells."""
    import numpy as np

    chance = np.random.default_rng(seed)
    time = np.arange(round(seconds * 16_000)) / 16_000
    glide = 0.2 * np.sin(2 * np.pi * (300 + 200 * np.sin((5 + seed) * time)) * time)
    swell = 0.1 * chance.normal(size=len(time)) * (1 + np.sin(2 * np.pi * 3 * time))
    return (glide + swell).astype(np.float32)
