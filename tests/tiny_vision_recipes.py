"""What each tiny checkpoint with an eye is made of; settings as in real ones, but small."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import tiny_chats

__all__ = ["RECIPES", "WIDTH", "Recipe"]

SIDE, PATCH, WIDTH = 32, 8, 64

_EYE = {
    "image_size": SIDE,
    "patch_size": PATCH,
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
_DEEP = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}
_GEMMA = {**_DEEP, "head_dim": 16}
_QWEN_EYE = {
    "depth": 2,
    "embed_dim": WIDTH,
    "hidden_size": WIDTH,
    "num_heads": 4,
    "patch_size": PATCH,
    "out_hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
}
_MROPE = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 3, 3]}
_SQUARE = {"size": {"height": SIDE, "width": SIDE}}
_CLIP = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
_TILES = {
    "size": {"longest_edge": 2 * SIDE},
    "max_image_size": {"longest_edge": SIDE},
    "do_image_splitting": True,
}
_PINPOINTS = [[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE]]
_GRID = tuple(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2))
_FAKE = "<fake_token_around_image>"
_SEEN = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_QWEN_IDS = {
    "image_token_id": "<|image_pad|>",
    "video_token_id": "<|video_pad|>",
    "vision_start_token_id": "<|vision_start|>",
    "vision_end_token_id": "<|vision_end|>",
}
_QWEN_SIZES = {
    "size": {"shortest_edge": 16 * 16, "longest_edge": 64 * 64},
    "patch_size": PATCH,
    "temporal_patch_size": 2,
    "merge_size": 2,
}


@dataclass(frozen=True)
class Recipe:
    """
    Classes of transformers and their settings.

    `images`: model type of the image processor. `tokens`: added to the tokenizer; `named`: names
    that it has for some of them. Settings whose name ends in `token_id` or `token_index` are
    written as tokens. `states`: the processor's class as its file says it, where that one cannot
    be made here. `ends`: the token that ends a text.
    """

    model: str
    tokenizer: str
    template: str
    images: str
    sizes: Mapping[str, object]
    processor: str
    eye: Mapping[str, object] = field(default_factory=lambda: _EYE)
    text: Mapping[str, object] = field(default_factory=lambda: _DEEP)
    config: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    states: str = ""
    ends: str = "<end_of_utterance>"
    seed: int = 7


def _idefics(model, states="", **config):
    return Recipe(
        f"{model}ForConditionalGeneration", "llama3", tiny_chats.SMOLVLM, model.lower(), _TILES,
        "Idefics3Processor", config={"image_token_id": "<image>", "scale_factor": 2, **config},
        text={"model_type": "llama", **_DEEP}, settings={"image_seq_len": 4},
        tokens=("<|im_start|>", _FAKE, "<image>", "<global-img>", "<end_of_utterance>", *_GRID),
        states=states,
    )  # fmt: skip


def _qwen(model, seed=7, eye=(), **text):
    return Recipe(
        f"{model}ForConditionalGeneration", "qwen2", tiny_chats.QWEN, "qwen2_vl", _QWEN_SIZES,
        f"{model}Processor",
        eye={**_QWEN_EYE, **dict(eye)}, text={**_DEEP, "rope_parameters": _MROPE, **text},
        config=_QWEN_IDS, tokens=_SEEN, ends="<|im_end|>", seed=seed,
    )  # fmt: skip


RECIPES = {
    "smolvlm": _idefics("SmolVLM", states="SmolVLMProcessor"),
    "idefics3": _idefics("Idefics3"),
    "idefics2": Recipe(
        "Idefics2ForConditionalGeneration", "llama2", tiny_chats.SMOLVLM.replace("<|im_start|>", ""),
        "idefics2", {"size": {"shortest_edge": 16, "longest_edge": SIDE}, "do_image_splitting": False},
        "Idefics2Processor", text={"model_type": "mistral", **_DEEP},
        config={"image_token_id": "<image>", "perceiver_config": {
            "hidden_size": WIDTH, "resampler_n_latents": 3, "resampler_depth": 1,
            "resampler_n_heads": 4, "resampler_head_dim": 16, "num_key_value_heads": 2}},
        settings={"image_seq_len": 3}, tokens=("<image>", _FAKE, "<end_of_utterance>"),
    ),
    "llava": Recipe(
        "LlavaForConditionalGeneration", "llama2", tiny_chats.LLAVA, "clip", _CLIP,
        "LlavaProcessor", eye={"model_type": "clip_vision_model", **_EYE},
        text={"model_type": "llama", **_DEEP}, config={"image_token_index": "<image>"},
        settings={"patch_size": PATCH, "vision_feature_select_strategy": "default",
                  "num_additional_image_tokens": 1},
        tokens=("<image>",), ends="</s>", seed=8,
    ),
    "llava_next": Recipe(
        "LlavaNextForConditionalGeneration", "llama2", tiny_chats.LLAVA, "llava_next",
        {**_CLIP, "image_grid_pinpoints": _PINPOINTS}, "LlavaNextProcessor",
        eye={"model_type": "clip_vision_model", **_EYE}, text={"model_type": "llama", **_DEEP},
        config={"image_token_index": "<image>", "image_grid_pinpoints": _PINPOINTS},
        settings={"patch_size": PATCH, "vision_feature_select_strategy": "default",
                  "num_additional_image_tokens": 1},
        tokens=("<image>",), ends="</s>", seed=8,
    ),
    "llava_onevision": Recipe(
        "LlavaOnevisionForConditionalGeneration", "qwen2",
        tiny_chats.QWEN.replace("<|vision_start|><|image_pad|><|vision_end|>", "<image>\n"),
        "llava_onevision", {**_SQUARE, "image_grid_pinpoints": _PINPOINTS},
        "LlavaOnevisionProcessor", eye={"model_type": "siglip_vision_model", **_EYE},
        text={"model_type": "qwen2", **_DEEP},
        config={"image_token_index": "<image>", "video_token_index": "<video>",
                "image_grid_pinpoints": _PINPOINTS},
        settings={"num_image_tokens": 16, "vision_feature_select_strategy": "full"},
        tokens=("<image>", "<video>"), ends="<|im_end|>",
    ),
    "qwen2_vl": _qwen("Qwen2VL", seed=8),
    "qwen2_5_vl": _qwen("Qwen2_5_VL", eye={"window_size": 32, "fullatt_block_indexes": [1]}),
    "qwen3_vl": _qwen(
        "Qwen3VL", eye={"deepstack_visual_indexes": [0], "num_position_embeddings": 64}, head_dim=16
    ),
    "paligemma": Recipe(
        "PaliGemmaForConditionalGeneration", "gemma", "", "siglip",
        {**_SQUARE, "image_seq_length": 16}, "PaliGemmaProcessor",
        eye={"model_type": "siglip_vision_model", **_EYE}, text={"model_type": "gemma", **_GEMMA},
        config={"image_token_index": "<image>", "projection_dim": WIDTH, "hidden_size": WIDTH},
        tokens=("<image>",), ends="<eos>",
    ),
    "gemma3": Recipe(
        "Gemma3ForConditionalGeneration", "gemma", tiny_chats.GEMMA3, "gemma3", _SQUARE,
        "Gemma3Processor", eye={"model_type": "siglip_vision_model", **_EYE},
        text={**_GEMMA, "query_pre_attn_scalar": 16, "sliding_window": 16,
              "layer_types": ["sliding_attention", "full_attention"]},
        config={"image_token_index": "<image_soft_token>", "boi_token_index": "<start_of_image>",
                "eoi_token_index": "<end_of_image>", "mm_tokens_per_image": 4},
        settings={"image_seq_length": 4},
        tokens=("<image_soft_token>", "<start_of_image>", "<end_of_image>"),
        named={"image_token": "<image_soft_token>", "boi_token": "<start_of_image>",
               "eoi_token": "<end_of_image>"},
        ends="<end_of_turn>",
    ),
    "internvl": Recipe(
        "InternVLForConditionalGeneration", "qwen2", tiny_chats.INTERNVL, "got_ocr2",
        {**_SQUARE, "crop_to_patches": True, "max_patches": 4}, "InternVLProcessor",
        eye={**_EYE, "image_size": [SIDE, SIDE], "patch_size": [PATCH, PATCH]},
        text={"model_type": "qwen2", **_DEEP},
        config={"image_token_id": "<IMG_CONTEXT>", "image_seq_length": 4},
        settings={"image_seq_length": 4}, tokens=("<img>", "</img>", "<IMG_CONTEXT>", "<video>"),
        named={"start_image_token": "<img>", "end_image_token": "</img>",
               "context_image_token": "<IMG_CONTEXT>", "video_token": "<video>"},
        ends="<|im_end|>",
    ),
}  # fmt: skip
