"""Random models whose answers vary: with the input, with the beam and with the seed."""

import math

from tiny_quiet import quiet

ATTENDING = {"q", "k", "q_proj", "k_proj", "query", "key"}
SHARP = 3.0
"""Standard deviation of what these make of inputs of unit variance: attention picks its tokens."""

RARE = 0.3
"""By how much the weights of special tokens are less than others'."""


def built(recipe, tokenizer):
    """A model of the recipe's class, in eval mode, the same each time."""
    import torch

    with torch.random.fork_rng():
        model = blank(recipe, tokenizer)
        scatter(model)
    _favour(model, tokenizer)
    return model


def blank(recipe, tokenizer):
    """As `built`, but with weights as its class draws them before it learns; seeds torch."""
    import torch
    import transformers

    torch.manual_seed(recipe.seed)
    with quiet():
        model = getattr(transformers, recipe.model)(config_of(recipe, tokenizer)).eval()
    for name, value in numbered(recipe.generation, tokenizer).items():
        setattr(model.generation_config, name, value)
    return model


def config_of(recipe, tokenizer):
    """The config of such a model."""
    import transformers

    return getattr(transformers, recipe.model).config_class(**_config(recipe, tokenizer))


def _config(recipe, tokenizer):
    size = math.ceil(len(tokenizer) / 8) * 8  # a few rows too many, as in real checkpoints
    named = {name: getattr(tokenizer, name) for name in ("bos_token", "eos_token", "pad_token")}
    own = {f"{name}_id": token and str(token) for name, token in named.items()}
    common = numbered({"vocab_size": size, **own}, tokenizer)
    config = common | numbered(recipe.config, tokenizer)
    for side in ("encoder", "decoder"):
        if side in config:
            config[side] = common | config[side]
    return config


def numbered(settings, tokenizer):
    """Settings with ids in the places of tokens."""

    def number(value):
        if isinstance(value, list):
            return [number(one) for one in value]
        return tokenizer.convert_tokens_to_ids(value) if isinstance(value, str) else value

    return {
        name: number(value) if name.endswith(("token_id", "token_index", "words_ids")) else value
        for name, value in settings.items()
    }


def scatter(model):
    """Draw weights far enough apart; sinusoids and the inner constants of Mamba stay."""
    from torch import nn

    tied = model.get_input_embeddings().weight
    plain = 1 if model.config.is_encoder_decoder else 2
    for name, module in model.named_modules():
        weight, kind = getattr(module, "weight", None), type(module).__name__
        if isinstance(module, nn.Embedding) and "Sinusoid" not in kind:
            nn.init.normal_(weight, std=SHARP / math.sqrt(module.embedding_dim))
            if module.padding_idx is not None:
                weight.data[module.padding_idx] = 0  # as real checkpoints have it
        elif kind in {"Linear", "Conv1D"} and weight is not tied:
            spread = SHARP if name.rpartition(".")[2] in ATTENDING else plain
            inputs = weight.shape[kind == "Linear"]
            nn.init.normal_(weight, std=spread / math.sqrt(inputs))
        elif "Norm" in kind and weight is not None:
            _flip(weight)


def _flip(scales):
    """Random signs, lest a model that ties its embeddings repeats the token before."""
    import torch

    with torch.no_grad():
        signs = torch.randint_like(scales, 2) * 2 - 1
        scales.copy_(signs if scales.any() else signs - 1)  # Gemma's scales are from one


def _favour(model, tokenizer):
    """Texts rather than special tokens, and ends now and then."""
    import torch

    layers = (model.get_input_embeddings(), model.get_output_embeddings())
    weights = {id(layer.weight): layer.weight for layer in layers if layer is not None}
    begun_by_end = model.config.to_dict().get("decoder_start_token_id") == tokenizer.eos_token_id
    with torch.no_grad():
        for weight in weights.values():
            weight[len(tokenizer) :] = 0
            weight[tokenizer.all_special_ids] *= RARE
            if tokenizer.eos_token_id is not None:
                weight[tokenizer.eos_token_id] *= (1.15 if begun_by_end else 1.5) / RARE
