"""How the captioner is made and what it is taught: a ViT and a GPT-2 that reads its patches."""

import copy
from itertools import islice

import torch

from .scenes import scenes
from .spelling import byte_level

__all__ = ["Captioner"]

WIDTH, SIDE = 128, 64
END = "<|endoftext|>"
LONGEST = 24


class Captioner:
    """A model, its image processor and its tokenizer."""

    def __init__(self, model, processor, tokenizer):
        self.model, self.processor, self.tokenizer = model, processor, tokenizer

    @classmethod
    def begun(cls):
        """Nothing is learned yet; the tokenizer knows the words of captions."""
        from transformers import GPT2Tokenizer, VisionEncoderDecoderModel, ViTImageProcessorPil

        captions = [scene.caption for scene in islice(scenes(hidden=False, seed=0), 2_000)]
        vocab, merges = byte_level(captions, END)
        tokenizer = GPT2Tokenizer(
            vocab=vocab, merges=merges, pad_token=END, model_max_length=LONGEST
        )
        processor = ViTImageProcessorPil(size={"height": SIDE, "width": SIDE})
        model = VisionEncoderDecoderModel(_config(tokenizer))
        model.generation_config = _generation(tokenizer)
        return cls(model, processor, tokenizer)

    @classmethod
    def loaded(cls, folder):
        from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel

        model = VisionEncoderDecoderModel.from_pretrained(folder, dtype=torch.float32)
        return cls(
            model, AutoImageProcessor.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        )

    def save(self, folder):
        for part in (self.processor, self.tokenizer):
            part.save_pretrained(folder)
        copy.deepcopy(self.model).half().save_pretrained(folder)

    def loss(self, shown, rng):
        """Of the captions of one batch."""
        del rng
        labels = [
            torch.tensor([*self.tokenizer(scene.caption).input_ids, self.tokenizer.eos_token_id])
            for scene, _ in shown
        ]
        labels = torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=-100)
        return self.model(pixel_values=self._pixels(shown), labels=labels).loss

    def right(self, shown, rng):
        del rng
        ids = self.model.generate(pixel_values=self._pixels(shown))
        said = self.tokenizer.batch_decode(ids, skip_special_tokens=True)
        pairs = zip(shown, said, strict=True)
        return {"captions": [scene.caption == caption for (scene, _), caption in pairs]}

    def _pixels(self, shown):
        return self.processor([image for _, image in shown], return_tensors="pt").pixel_values


def _config(tokenizer):
    from transformers import GPT2Config, VisionEncoderDecoderConfig, ViTConfig

    eye = ViTConfig(
        hidden_size=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=3 * WIDTH,
        image_size=SIDE,
        patch_size=8,
        initializer_range=0.05,
    )
    end = tokenizer.eos_token_id
    mouth = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=WIDTH,
        n_layer=2,
        n_head=4,
        n_inner=3 * WIDTH,
        n_positions=LONGEST,
        initializer_range=0.05,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=end,
        eos_token_id=end,
    )
    return VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        eye, mouth, decoder_start_token_id=end, pad_token_id=end, eos_token_id=end
    )


def _generation(tokenizer):
    from transformers import GenerationConfig

    end = tokenizer.eos_token_id
    return GenerationConfig(
        decoder_start_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        max_length=LONGEST,
        _from_model_config=False,
    )
