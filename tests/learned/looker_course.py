"""
How the looker is made and what it is taught: an Idefics3 that is asked in our own words.

What our tasks say and what a schema says of itself stands in its prompts. It is taught with some
of that left out at random, so that it does not hang on each word; a new wording still wants a look
at the shares.
"""

import copy
import random
from itertools import islice, takewhile
from pathlib import Path

import torch
from torch.nn.utils.rnn import pad_sequence

from .looker_lessons import KINDS, words
from .scenes import scenes
from .spelling import byte_level

__all__ = ["Looker"]

WIDTH, SIDE, PATCH, SHUFFLED = 128, 64, 8, 2
BEGIN, END, PAD = "<|begin|>", "<|end|>", "<|pad|>"
IMAGE, AROUND, WHOLE = "<image>", "<fake_token_around_image>", "<global-img>"
PLACES = (SIDE // PATCH // SHUFFLED) ** 2
"""For one picture in a prompt."""

ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
LEFT_OUT = 0.1
"""Of the words before the picture, in every second batch."""

CHAT = """\
{#- Pictures stand after the words: what all requests of a kind have in common comes first. -#}
{{- bos_token }}
{%- for message in messages %}
    {{- '<|' + message['role'] + '|>' }}
    {%- if message['content'] is string %}
        {{- message['content'] }}
    {%- else %}
        {%- for part in message['content'] if part['type'] == 'text' %}
            {{- part['text'] }}
        {%- endfor %}
        {%- for part in message['content'] if part['type'] == 'image' %}
            {{- '<image>' }}
        {%- endfor %}
    {%- endif %}
    {{- '<|end|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>' }}
{%- endif %}
"""


class Looker:
    """A model and its processor."""

    def __init__(self, model, processor):
        self.model, self.processor = model, processor
        self.tokenizer = processor.tokenizer
        self._begun = {kind: self._beginning(kind) for kind in KINDS}

    @classmethod
    def begun(cls):
        """Nothing is learned yet; the tokenizer knows the words of prompts and answers."""
        from transformers import Idefics3ForConditionalGeneration, Idefics3Processor

        tokenizer = _tokenizer()
        processor = Idefics3Processor(
            _images(), tokenizer, image_seq_len=PLACES, chat_template=CHAT
        )
        model = Idefics3ForConditionalGeneration(_config(tokenizer))
        model.generation_config = _generation(tokenizer)
        _borrow_eye(model.model.vision_model)
        return cls(model, processor)

    @classmethod
    def loaded(cls, folder):
        from transformers import AutoModelForImageTextToText, AutoProcessor

        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
        return cls(model, AutoProcessor.from_pretrained(folder))

    def save(self, folder):
        self.processor.save_pretrained(folder)
        copy.deepcopy(self.model).half().save_pretrained(folder)

    # -- lessons

    def loss(self, shown, rng):
        """Of two questions about each picture of a batch, and something else about half of them."""
        features = self._features(shown)
        other = rng.choice(["caption", "objects", "objects", "tally"])
        half = len(shown) // 2
        twice = self._taught("question", shown * 2, features.repeat(2, 1, 1), rng)
        return twice + self._taught(other, shown[:half], features[:half], rng)

    def _taught(self, kind, shown, features, rng):
        """Of the answers alone. What all prompts begin with is computed once for a batch."""
        begin = self._begun[kind]
        rows, wanted = [], []
        for scene, _ in shown:
            task, answer = KINDS[kind](scene, rng)
            told = self._ids(self.prompt(task))[len(begin) :]
            said = [*self._ids(answer), self.tokenizer.eos_token_id]
            rows.append(torch.tensor(told + said[:-1]))
            wanted.append(torch.tensor([-100] * (len(told) - 1) + said))
        if rng.random() < 0.5:
            begin = [one for n, one in enumerate(begin) if n < 2 or rng.random() > LEFT_OUT]
        ids = pad_sequence(rows, batch_first=True, padding_value=self.tokenizer.pad_token_id)
        wanted = pad_sequence(wanted, batch_first=True, padding_value=-100)
        hidden = self._read(begin, ids, features)[wanted != -100]
        logits = self.model.lm_head(hidden)
        return torch.nn.functional.cross_entropy(logits.float(), wanted[wanted != -100])

    def _read(self, begin, ids, features):
        reader, embed = self.model.model.text_model, self.model.get_input_embeddings()
        cache = reader(input_ids=torch.tensor([begin]), use_cache=True).cache
        cache.batch_repeat_interleave(len(ids))
        given = embed(ids)
        seen = (ids == self.model.config.image_token_id).unsqueeze(-1)
        given = given.masked_scatter(seen, features.to(given.dtype))
        return reader(inputs_embeds=given, cache=cache).last_hidden_state

    def _features(self, shown):
        pictures = [[image] for _, image in shown]
        pixels = self.processor.image_processor(pictures, return_tensors="pt")
        return torch.stack([*self.model.model.get_image_features(**pixels).pooler_output])

    # -- prompts

    def prompt(self, task):
        """As our backends write it, with a place for each patch of the picture."""
        parts = [{"type": "text", "text": words(task)}, {"type": "image"}]
        told = [{"role": "user", "content": parts}]
        text = self.processor.apply_chat_template(told, add_generation_prompt=True)
        return text.replace(IMAGE, f"{AROUND}{WHOLE}{IMAGE * PLACES}{AROUND}")

    def _ids(self, text):
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def _beginning(self, kind):
        """What all prompts of a kind begin with, up to the picture at most."""
        rng = random.Random(0)
        prompts = [
            self._ids(self.prompt(KINDS[kind](scene, rng)[0]))
            for scene in islice(scenes(hidden=False, seed=0), 50)
        ]
        image = self.tokenizer.convert_tokens_to_ids(AROUND)
        places = takewhile(
            lambda ids: len({*ids}) == 1 and ids[0] != image, zip(*prompts, strict=False)
        )
        return [ids[0] for ids in places]

    # -- what it can do

    def right(self, shown, rng):
        """By kind, whether each answer is right to the letter; with no mask."""
        return {kind: [self._right(kind, *one, rng) for one in shown] for kind in KINDS}

    def _right(self, kind, scene, image, rng):
        task, answer = KINDS[kind](scene, rng)
        prompt = self.prompt(task).replace(f"{AROUND}{WHOLE}{IMAGE * PLACES}{AROUND}", IMAGE)
        given = self.processor(text=prompt, images=image, return_tensors="pt")
        ids = self.model.generate(**given, max_new_tokens=80)[0, given.input_ids.shape[1] :]
        return self.tokenizer.decode(ids, skip_special_tokens=True) == answer


# -- the parts


def _tokenizer():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    rng, texts = random.Random(0), []
    for scene in islice(scenes(hidden=False, seed=0), 1_000):
        for kind in KINDS.values():
            task, answer = kind(scene, rng)
            texts += [words(task), answer]
    vocab, merges = byte_level(texts, BEGIN, END, PAD, IMAGE, AROUND, WHOLE, *ROLES)
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens=[IMAGE, AROUND, WHOLE, *ROLES],
        padding_side="left",
        model_max_length=2_048,
    )


def _images():
    """Whole pictures, which are not cut into tiles."""
    from transformers.models.idefics3 import image_processing_pil_idefics3 as reading

    size = {"longest_edge": SIDE}
    return reading.Idefics3ImageProcessorPil(
        size=size, max_image_size=size, do_image_splitting=False
    )


def _config(tokenizer):
    from transformers import Idefics3Config, Idefics3VisionConfig, LlamaConfig

    eye = Idefics3VisionConfig(
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        image_size=SIDE,
        patch_size=PATCH,
    )
    reader = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=2_048,
        initializer_range=0.05,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return Idefics3Config(
        vision_config=eye,
        text_config=reader,
        scale_factor=SHUFFLED,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        pad_token_id=tokenizer.pad_token_id,
    )


IN_SIGLIP = {
    "embeddings.position_embeddings": "embeddings.position_embedding.weight",
    "patch_embeddings.projection": "patch_embedding",
    "layers.": "encoder.layers.",
    "attention": "self_attn",
    "o_proj": "out_proj",
    "layernorm_before": "layer_norm1",
    "layernorm_after": "layer_norm2",
}
"""How the eye, which is a SigLIP, calls what ViT has."""


def _borrow_eye(tower):
    """Begins with what the captioner has learned to see; so that one is taught first."""
    from transformers import VisionEncoderDecoderModel

    folder = Path(__file__).parent / "captioner"
    seeing = VisionEncoderDecoderModel.from_pretrained(folder, dtype=torch.float32).encoder
    found = {}
    for name, value in seeing.state_dict().items():
        for old, new in IN_SIGLIP.items():
            name = name.replace(old, new)  # noqa: PLW2901
        found[name] = value[0, 1:] if "position" in name else value  # it has no class token
    unknown = tower.load_state_dict(
        {name: value for name, value in found.items() if "layers" in name or "embedding." in name},
        strict=False,
    )
    assert not unknown.unexpected_keys


def _generation(tokenizer):
    from transformers import GenerationConfig

    return GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        _from_model_config=False,
    )
