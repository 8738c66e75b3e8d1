"""
Tiny checkpoints of language models with an eye: real classes, real processors, random weights.

`make(name)` as in tiny. `processor(name)` is as a user loads it, but for the half that reads
videos, which needs torchvision.
"""

import importlib
import json
from functools import cache

import tiny
import tiny_tokenizers
from tiny_quiet import quiet
from tiny_vision_recipes import RECIPES, WIDTH
from tiny_weights import RARE, numbered, scatter

__all__ = ["NAMES", "RECIPES", "load", "make", "processor"]

NAMES = tuple(RECIPES)


def make(name):
    """The folder of a checkpoint: weights, configs, tokenizer, processor."""
    return tiny.kept(f"see-{name}", lambda folder: _build(RECIPES[name], folder))


@cache
def load(name):
    """The model, in eval mode."""
    import transformers

    with quiet():
        return getattr(transformers, RECIPES[name].model).from_pretrained(make(name)).eval()


@cache
def processor(name):
    """By its own class, with the settings of its file."""
    recipe, folder = RECIPES[name], make(name)
    import transformers

    with quiet():
        images = transformers.AutoImageProcessor.from_pretrained(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return _processor(recipe, images, tokenizer)


def _build(recipe, folder):
    import torch

    with quiet(), torch.random.fork_rng():
        tokenizer = getattr(tiny_tokenizers, recipe.tokenizer)(folder)
        tokenizer.add_special_tokens({"additional_special_tokens": [*recipe.tokens]})
        tokenizer.chat_template = None
        for name, token in recipe.named.items():
            tokenizer._set_model_specific_special_tokens({name: token})
        torch.manual_seed(recipe.seed)
        model = _model(recipe, tokenizer)
        model.save_pretrained(folder)
        _save_processor(recipe, _images(recipe), tokenizer, folder)


def _save_processor(recipe, images, tokenizer, folder):
    """By its own class, or as the hub has it where that one wants a half that reads videos."""
    kind = recipe.states or recipe.processor
    whole = _processor(recipe, images, tokenizer)
    if "video_processor" not in whole.get_attributes() and not recipe.states:
        whole.save_pretrained(folder)
        return
    images.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    state = {"processor_class": kind, **recipe.settings}
    (folder / "processor_config.json").write_text(json.dumps(state), "utf-8")
    template = json.dumps({"chat_template": recipe.template})
    (folder / "chat_template.json").write_text(template, "utf-8")


def _processor(recipe, images, tokenizer):
    import transformers

    class Stills(getattr(transformers, recipe.processor)):
        def check_argument_for_proper_class(self, argument_name, argument):
            if argument is not None:
                super().check_argument_for_proper_class(argument_name, argument)

    Stills.__name__ = recipe.processor
    template = {"chat_template": recipe.template} if recipe.template else {}
    return Stills(image_processor=images, tokenizer=tokenizer, **recipe.settings, **template)


def _images(recipe):
    """Of the class that needs no torchvision."""
    module = importlib.import_module(
        f"transformers.models.{recipe.images}.image_processing_pil_{recipe.images}"
    )
    [kind] = (name for name in module.__all__ if name.endswith("ImageProcessorPil"))
    return getattr(module, kind)(**recipe.sizes)


def _model(recipe, tokenizer):
    import torch
    import transformers

    kind = getattr(transformers, recipe.model)
    end = tokenizer.convert_tokens_to_ids(recipe.ends)
    common = {
        "vocab_size": len(tokenizer),
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": end,
    }
    parts = {"vision_config": {**recipe.eye}, "text_config": {**common, **recipe.text}}
    config = kind.config_class(**(numbered(recipe.config, tokenizer) | parts))
    model = kind(config).eval()
    scatter(model)
    for name, weight in model.named_parameters():
        if name.endswith("projection_weight"):  # Gemma's, which begins as zeros
            torch.nn.init.normal_(weight, std=WIDTH**-0.5)
    _favour(model, tokenizer, end)
    model.generation_config.eos_token_id = end
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def _favour(model, tokenizer, end):
    """Texts rather than special tokens, and ends now and then."""
    import torch

    head = model.get_output_embeddings().weight
    with torch.no_grad():
        head[len(tokenizer) :] = 0
        head[tokenizer.all_special_ids] *= RARE
        head[end] *= 1.3 / RARE
