"""
Tiny checkpoints that see: real classes with their real processors, and random weights.

`make(name)` as in tiny. What they say of a picture is noise, but another noise for another
picture; `picture(number)` draws some.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import tiny
import tiny_tokenizers
from tiny_quiet import quiet
from tiny_weights import RARE, numbered, scatter

__all__ = ["NAMES", "load", "make", "picture"]

SIDE, PATCH, WIDTH = 32, 8, 64

_SEEING = {
    "image_size": SIDE,
    "patch_size": PATCH,
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
_SWIN = {
    "image_size": SIDE,
    "patch_size": 4,
    "embed_dim": 16,
    "depths": [2, 2],
    "num_heads": [2, 4],
    "window_size": 4,
}
_DEEP = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 96,
}
_CROSSED = {"is_decoder": True, "add_cross_attention": True}
_BART = {
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 2 * WIDTH,
    "decoder_ffn_dim": 2 * WIDTH,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "max_position_embeddings": 96,
}
_BLIP = {
    "vision_config": {**_SEEING, "initializer_range": 0.3},
    "text_config": {**_DEEP, "sep_token_id": "[SEP]", "bos_token_id": "[DEC]", "eos_token_id": 2},
}
_PATCHES = {
    "vision_config": {
        "hidden_size": WIDTH,
        "patch_embed_hidden_size": 3 * PATCH * PATCH,
        "d_ff": 2 * WIDTH,
        "d_kv": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "seq_len": 64,
    },
    "text_config": {
        "hidden_size": WIDTH,
        "d_kv": 16,
        "d_ff": 2 * WIDTH,
        "num_layers": 2,
        "num_heads": 4,
        "relative_attention_num_buckets": 8,
        "decoder_start_token_id": "<pad>",
    },
}
_DAVIT = {
    "depths": [1, 1],
    "patch_size": [7, 3],
    "patch_stride": [4, 2],
    "patch_padding": [3, 1],
    "patch_prenorm": [False, True],
    "embed_dim": [16, 32],
    "num_heads": [2, 4],
    "num_groups": [2, 4],
    "window_size": 4,
    "projection_dim": WIDTH,
    "drop_path_rate": 0.0,
}
_KEYS = ("menu", "nm", "price", "total")

_QUERIES = {
    "vision_config": {**_SEEING, "initializer_range": 0.3},
    "qformer_config": {**_DEEP, "vocab_size": 512},
}
_OPT = {
    "model_type": "opt",
    "hidden_size": WIDTH,
    "word_embed_proj_dim": WIDTH,
    "ffn_dim": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 96,
    "bos_token_id": "<|endoftext|>",
    "eos_token_id": "<|endoftext|>",
}
_T5 = {
    "model_type": "t5",
    "d_model": WIDTH,
    "d_kv": 16,
    "d_ff": 2 * WIDTH,
    "num_layers": 2,
    "num_heads": 4,
    "bos_token_id": "</s>",
    "decoder_start_token_id": "<pad>",
    "feed_forward_proj": "gated-gelu",
}

SQUARE = {"size": {"height": SIDE, "width": SIDE}}


@dataclass(frozen=True)
class Recipe:
    """
    Classes of transformers and their settings.

    `parts`: settings of the config's parts; those that know words get the vocabulary. Settings
    whose name ends in `token_id` may be written as tokens. `tokens`: added to the tokenizer.
    `ends`: the token that ends a text.
    """

    model: str
    tokenizer: str
    images: str
    processor: str
    parts: Mapping[str, Mapping[str, object]]
    config: Mapping[str, object] = field(default_factory=dict)
    sizes: Mapping[str, object] = field(default_factory=lambda: SQUARE)
    generation: Mapping[str, object] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    ends: str = ""
    seed: int = 7


def _joined(encoder, decoder, tokenizer, begin, end, **options):
    """An encoder of pictures before a decoder of texts."""
    told = {"decoder_start_token_id": begin, "eos_token_id": end, **options.pop("generation", {})}
    return Recipe(
        "VisionEncoderDecoderModel",
        tokenizer,
        options.pop("images", "ViTImageProcessorPil"),
        options.pop("processor", ""),
        {"encoder": encoder, "decoder": decoder},
        {"tie_word_embeddings": False},
        generation=told,
        ends=end,
        **options,
    )


_VIT = {"model_type": "vit", **_SEEING}
_DONUT = {
    "encoder": {"model_type": "donut-swin", **_SWIN},
    "decoder": {"model_type": "mbart", **_BART, **_CROSSED, "scale_embedding": True},
    "tokenizer": "mbart",
    "end": "</s>",
    "images": "DonutImageProcessorPil",
    "processor": "DonutProcessor",
    "sizes": {"size": {"height": SIDE, "width": SIDE}, "do_align_long_axis": False},
}

RECIPES = {
    "vit-gpt2": _joined(
        _VIT,
        {"model_type": "gpt2", "n_embd": WIDTH, "n_layer": 2, "n_head": 4, "n_positions": 96, **_CROSSED},
        "gpt2",
        "<|endoftext|>",
        "<|endoftext|>",
    ),
    "vit-bert": _joined(_VIT, {"model_type": "bert", **_DEEP, **_CROSSED}, "bert", "[CLS]", "[SEP]"),
    "vit-roberta": _joined(
        _VIT, {"model_type": "roberta", **_DEEP, **_CROSSED}, "roberta", "<s>", "</s>"
    ),
    "swin-mbart": _joined(
        {"model_type": "swin", **_SWIN},
        {"model_type": "mbart", **_BART, **_CROSSED},
        "mbart",
        "en_XX",
        "</s>",
        generation={"num_beams": 3, "max_length": 24},
    ),
    "trocr": _joined(
        {"model_type": "deit", **_SEEING},
        {
            "model_type": "trocr",
            "d_model": WIDTH,
            "decoder_layers": 2,
            "decoder_attention_heads": 4,
            "decoder_ffn_dim": 2 * WIDTH,
            "max_position_embeddings": 96,
            "cross_attention_hidden_size": WIDTH,
        },
        "roberta",
        "</s>",
        "</s>",
        images="DeiTImageProcessorPil",
        processor="TrOCRProcessor",
        sizes={**SQUARE, "do_center_crop": False},
        generation={"num_beams": 2, "early_stopping": True, "max_length": 64},
        seed=14,
    ),
    "donut-docvqa": _joined(
        begin="<s_docvqa>",
        tokens=("<s_iitcdip>", "<s_synthdog>", "<s_docvqa>", "<s_question>", "</s_question>",
                "<s_answer>", "</s_answer>", "<sep/>", "<yes/>", "<no/>"),
        **_DONUT,
    ),
    "donut-cord": _joined(
        begin="<s_cord-v2>",
        tokens=("<s_iitcdip>", "<s_synthdog>", "<s_cord-v2>", "<sep/>",
                *(f"<{mark}{key}>" for key in _KEYS for mark in ("s_", "/s_"))),
        seed=9,
        **_DONUT,
    ),
    "blip": Recipe(
        "BlipForConditionalGeneration", "bert", "BlipImageProcessorPil", "BlipProcessor",
        _BLIP, tokens=("[DEC]", "[ENC]"), ends="[SEP]", seed=14,
    ),
    "blip-vqa": Recipe(
        "BlipForQuestionAnswering", "bert", "BlipImageProcessorPil", "BlipProcessor",
        _BLIP, tokens=("[DEC]", "[ENC]"), ends="[SEP]", seed=9,
    ),
    "blip2": Recipe(
        "Blip2ForConditionalGeneration", "gpt2", "BlipImageProcessorPil", "Blip2Processor",
        {**_QUERIES, "text_config": _OPT}, {"num_query_tokens": 4, "image_token_index": "<image>"},
        tokens=("<image>",), ends="<|endoftext|>",
    ),
    "blip2-t5": Recipe(
        "Blip2ForConditionalGeneration", "t5", "BlipImageProcessorPil", "Blip2Processor",
        {**_QUERIES, "text_config": _T5}, {"num_query_tokens": 4, "image_token_index": "<image>"},
        tokens=("<image>",), ends="</s>",
    ),
    "instructblip": Recipe(
        "InstructBlipForConditionalGeneration", "t5", "BlipImageProcessorPil",
        "InstructBlipProcessor", {**_QUERIES, "text_config": _T5},
        {"num_query_tokens": 4, "image_token_index": "<image>"}, tokens=("<image>",), ends="</s>",
    ),
    "git": Recipe(
        "GitForCausalLM", "bert", "CLIPImageProcessorPil", "GitProcessor",
        {"vision_config": _SEEING},
        {**_DEEP, "bos_token_id": "[CLS]", "eos_token_id": "[SEP]"},
        {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}},
        ends="[SEP]",
    ),
    "pix2struct": Recipe(
        "Pix2StructForConditionalGeneration", "t5", "Pix2StructImageProcessorPil",
        "Pix2StructProcessor", _PATCHES,
        sizes={"patch_size": {"height": PATCH, "width": PATCH}, "max_patches": 24}, ends="</s>",
    ),
    "pix2struct-vqa": Recipe(
        "Pix2StructForConditionalGeneration", "t5", "Pix2StructImageProcessorPil",
        "Pix2StructProcessor", _PATCHES, {"is_vqa": True},
        {"patch_size": {"height": PATCH, "width": PATCH}, "max_patches": 24, "is_vqa": True},
        ends="</s>",
    ),
    "florence2": Recipe(
        "Florence2ForConditionalGeneration", "roberta", "CLIPImageProcessorPil",
        "Florence2Processor",
        {"vision_config": _DAVIT, "text_config": {
            "model_type": "bart", **_BART, "decoder_start_token_id": "</s>"}},
        {"image_token_id": "<image>"},
        {**SQUARE, "do_center_crop": False, "image_seq_length": 17},
        {"num_beams": 3, "early_stopping": True, "no_repeat_ngram_size": 3,
         "forced_bos_token_id": "<s>", "forced_eos_token_id": "</s>",
         "decoder_start_token_id": "</s>"},
        tokens=("<image>", *(f"<loc_{number}>" for number in range(8))),
        ends="</s>",
    ),
    "vilt": Recipe(
        "ViltForQuestionAnswering", "bert", "ViltImageProcessorPil", "ViltProcessor", {},
        {**_SEEING, "max_position_embeddings": 24,
         "id2label": {0: "yes", 1: "no", 2: "2", 3: "red", 4: "a cat"}},
        {"size": {"shortest_edge": SIDE}, "size_divisor": PATCH},
    ),
}  # fmt: skip
NAMES = tuple(RECIPES)


def make(name):
    """The folder of a checkpoint: weights, configs, tokenizer, processor."""
    return tiny.kept(name, lambda folder: _build(RECIPES[name], folder))


@cache
def load(name):
    """The model, in eval mode, and its processor, by transformers' own classes."""
    import transformers

    recipe, folder = RECIPES[name], make(name)
    with quiet():
        model = getattr(transformers, recipe.model).from_pretrained(folder).eval()
        if recipe.processor:
            return model, transformers.AutoProcessor.from_pretrained(folder)
        images = transformers.AutoImageProcessor.from_pretrained(folder)
        return model, Pair(images, transformers.AutoTokenizer.from_pretrained(folder))


@dataclass(frozen=True)
class Pair:
    """What has no processor of its own is given its two parts by hand."""

    image_processor: object
    tokenizer: object


def _together(recipe, images, tokenizer):
    import transformers

    if not recipe.processor:
        return Pair(images, tokenizer)
    more = {}
    if "num_query_tokens" in recipe.config:
        more["num_query_tokens"] = recipe.config["num_query_tokens"]
    if recipe.processor == "InstructBlipProcessor":
        more["qformer_tokenizer"] = tiny_tokenizers.bert(None)
    return getattr(transformers, recipe.processor)(images, tokenizer, **more)


def _images(recipe):
    """A new image processor, of the class that needs no torchvision."""
    import importlib

    kind = recipe.images.removesuffix("ImageProcessorPil").lower()
    module = importlib.import_module(f"transformers.models.{kind}.image_processing_pil_{kind}")
    return getattr(module, recipe.images)(**recipe.sizes)


def _build(recipe, folder):
    import torch

    with quiet(), torch.random.fork_rng():
        tokenizer = getattr(tiny_tokenizers, recipe.tokenizer)(folder)
        tokenizer.add_special_tokens({"additional_special_tokens": [*recipe.tokens]})
        if recipe.processor == "Florence2Processor":
            tokenizer._set_model_specific_special_tokens({"image_token": "<image>"})
        torch.manual_seed(recipe.seed)
        model = _model(recipe, tokenizer)
        _favour(model, tokenizer, recipe)
        model.save_pretrained(folder)
        processor = _together(recipe, _images(recipe), tokenizer)
        if isinstance(processor, Pair):
            processor.image_processor.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        else:
            processor.save_pretrained(folder)


def _model(recipe, tokenizer):
    import transformers

    kind = getattr(transformers, recipe.model)
    common = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    parts = {
        name: numbered(
            (common if name in {"decoder", "text_config"} else {}) | dict(part), tokenizer
        )
        for name, part in recipe.parts.items()
    }
    config = kind.config_class(**(common | numbered(recipe.config, tokenizer) | parts))
    model = kind(config).eval()
    scatter(model)
    for name, value in numbered(recipe.generation, tokenizer).items():
        setattr(model.generation_config, name, value)
    return model


def _favour(model, tokenizer, recipe):
    """Texts rather than special tokens, but for what is a text's structure, and ends now and then."""
    import torch

    if not recipe.ends:
        return
    head = getattr(model, "text_decoder", model).get_output_embeddings().weight
    rare = {*tokenizer.all_special_ids}.difference(
        map(tokenizer.convert_tokens_to_ids, recipe.tokens)
    )
    with torch.no_grad():
        head[[*rare]] *= RARE
        head[tokenizer.convert_tokens_to_ids(recipe.ends)] *= 1.3 / RARE
        for token in recipe.tokens if "Donut" in recipe.processor else ():
            head[tokenizer.convert_tokens_to_ids(token)] *= 1.5


def picture(number=0, size=(48, 40)):
    """Shapes on a ground, in other places and colours for another number."""
    from PIL import Image, ImageDraw

    hues = ["crimson", "navy", "gold", "seagreen", "white", "black"]
    drawn = Image.new("RGB", size, hues[number % 6])
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((3 + 5 * number, 4, 20 + 5 * number, 22), hues[(number + 1) % 6])
    pen.rectangle((6, 20 - 2 * number, 40, 34 - 3 * number), hues[(number + 2) % 6])
    return drawn
