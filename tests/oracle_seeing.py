"""What a checkpoint says of a picture when its processor and `generate` are called by hand."""

import torch
from tiny_quiet import quiet
from tiny_seeing import load

__all__ = ["expected", "logits", "text"]


def expected(name, picture, question="", *, most, **settings):
    """New tokens of each result, up to the one that ends them; `most` of them."""
    model, processor = load(name)
    inputs, begin = _inputs(name, model, processor, picture, question)
    model.generation_config.forced_eos_token_id = None  # what is cut must not look whole
    with quiet(), torch.inference_mode():
        most += name == "florence2"  # whose first is forced
        found = model.generate(**inputs, max_new_tokens=most, **settings)
    ends = _ends(name, model)
    return [_ended(row[begin:], ends) for row in found.tolist()]


def text(name, ids):
    """As a user decodes it."""
    _, processor = load(name)
    return processor.tokenizer.decode(ids, skip_special_tokens=True).strip()


def logits(name, picture, question):
    model, processor = load(name)
    with torch.inference_mode():
        return model(**processor(picture, question, return_tensors="pt")).logits[0]


def _inputs(name, model, processor, picture, question):
    """The tensors, and how many tokens of an output are not new."""
    match name.partition("-"):
        case "donut", *_:
            return _after_a_prompt(name, processor, picture, question)
        case "git", *_:
            return _after_a_question(processor, picture, question)
        case "pix2struct", *_:
            patches = processor.image_processor.max_patches  # which the processor takes for 2,048
            inputs = processor(picture, question or None, max_patches=patches, return_tensors="pt")
        case "florence2", *_:
            return processor(text=question, images=picture, return_tensors="pt"), 2
        case (("blip2" | "instructblip"), *_):
            return _among_words(name, model, processor, picture, question)
        case (("blip" | "trocr"), *_):
            inputs = processor(picture, question or None, return_tensors="pt")
        case _:
            inputs = processor.image_processor(picture, return_tensors="pt")
    return inputs, 1


def _after_a_prompt(name, processor, picture, question):
    start = "<s_cord-v2>"
    if name == "donut-docvqa":
        start = f"<s_docvqa><s_question>{question}</s_question><s_answer>"
    ids = processor.tokenizer(start, add_special_tokens=False, return_tensors="pt").input_ids
    pixels = processor(picture, return_tensors="pt").pixel_values
    return {"pixel_values": pixels, "decoder_input_ids": ids}, ids.shape[1]


def _after_a_question(processor, picture, question):
    pixels = processor(images=picture, return_tensors="pt").pixel_values
    ids = processor.tokenizer(question, add_special_tokens=False).input_ids
    ids = torch.tensor([[processor.tokenizer.cls_token_id, *ids]])
    return {"pixel_values": pixels, "input_ids": ids}, ids.shape[1]


def _among_words(name, model, processor, picture, question):
    prompt = f"Question: {question} Answer:" if question else None
    if name == "instructblip":
        asked = f"Question: {question} Short answer:"
        prompt = asked if question else "A short image description."
    inputs = processor(picture, prompt, return_tensors="pt")
    given = inputs["input_ids"].shape[1] if prompt else model.config.num_query_tokens + 1
    return inputs, 1 if model.config.text_config.is_encoder_decoder else given


def _ends(name, model):
    if name in {"blip", "blip-vqa"}:
        return {model.config.text_config.sep_token_id}
    return {model.generation_config.eos_token_id}


def _ended(ids, ends):
    cut = [at for at, one in enumerate(ids) if one in ends]
    return tuple(ids[: cut[0]] if cut else ids)
