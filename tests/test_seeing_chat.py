"""Language models with an eye, against their own processors and `generate` called by hand."""

import json
import shutil
import threading
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import tiny_chats
import tiny_vision
import torch
from s2s_transformers.opening import opened
from s2s_transformers.seeing.turns import Outlines
from tiny_quiet import quiet
from tiny_seeing import picture

from s2s_tasks import (
    BadInput,
    Beam,
    Greedy,
    Media,
    Modality,
    NotConfigured,
    PromptLookup,
    Request,
    Sample,
    Tasks,
    TooLong,
    Unsupported,
)
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.checkpoint.standins import StandIns
from s2s_tasks.exchange import Earlier, Enforces
from s2s_tasks.schema import Schema

TALKING = [name for name in tiny_vision.NAMES if name != "paligemma"]
SIZES = [(48, 40), (40, 48), (30, 64), (64, 30)]
WORDS = "What is in the picture?"
DOCUMENT = Media.open(b"%PDF-1.7\n")
RECEIPT = Schema.of({
    "type": "object",
    "properties": {
        "kind": {"enum": ["receipt of a shop", "invoice of a company"]},
        "pages": {"enum": [1, 2, 3]},
        "paid_in_full": {"type": "boolean"},
    },
    "required": ["kind", "pages", "paid_in_full"],
    "additionalProperties": False,
})  # fmt: skip


@cache
def backend(name):
    return opened("local", str(tiny_vision.make(name)), device="cpu", dtype="float32")


def media(number, size=(48, 40)):
    file = BytesIO()
    picture(number, size).save(file, "PNG")
    return Media.open(file.getvalue())


def asked(*numbers, words=WORDS, **rest):
    parts = tuple(media(number) for number in numbers)
    rest = {"decoding": Greedy(max_tokens=12), "task": "answer", **rest}
    return Request(parts=parts, instruction=words, params={"question": words}, **rest)


def source(name, request):
    return backend(name)._asked(request).source


def answer(name, request):
    [(_, found)] = backend(name).complete([request])
    if isinstance(found, Exception):
        raise found
    return found


def ids(completion):
    return [completion.raw.ids, *(one for one, _ in completion.raw.others)]


def by_hand(name, *numbers, words=WORDS, earlier=()):
    """What the processor makes of it; `earlier`: an answer, and what was wrong with it."""
    processor = tiny_vision.processor(name)
    turns = [{"role": "user", "content": [*[{"type": "image"}] * len(numbers), _text(words)]}]
    for role, text in zip(("assistant", "user"), earlier, strict=False):
        turns.append({"role": role, "content": [_text(text)]})
    text = processor.apply_chat_template(turns, add_generation_prompt=True)
    begin = processor.tokenizer.bos_token
    pictures = [[picture(number) for number in numbers]] if numbers else None
    with quiet():
        return processor(
            text=[text], images=pictures, return_tensors="pt",
            add_special_tokens=not (begin and text.startswith(begin)),
        )  # fmt: skip


def _text(words):
    return {"type": "text", "text": words}


def generated(name, inputs, **settings):
    model = tiny_vision.load(name)
    with quiet(), torch.inference_mode():
        [row] = model.generate(**inputs, max_new_tokens=12, do_sample=False, **settings)
    new = row[inputs["input_ids"].shape[1] :].tolist()
    end = model.generation_config.eos_token_id
    return new[: new.index(end)] if end in new else new


# --- against the processor and `generate` ---------------------------------------------------


@pytest.mark.parametrize("numbers", [(0,), (1,), (2, 1), ()], ids=str)
@pytest.mark.parametrize("name", TALKING)
def test_a_prompt_with_pictures_is_that_of_the_processor(name, numbers):
    inputs, found = by_hand(name, *numbers), source(name, asked(*numbers))
    assert list(found.ids) == inputs["input_ids"][0].tolist()
    assert {*inputs} - {"input_ids", "attention_mask"} == {*found.extras}
    for key, tensor in found.extras.items():
        assert torch.equal(tensor, inputs[key]), key


@pytest.mark.parametrize("numbers", [(0,), (1,), (2, 1), (1, 2), ()], ids=str)
@pytest.mark.parametrize("name", TALKING)
def test_an_answer_is_that_of_generate(name, numbers):
    assert list(answer(name, asked(*numbers)).raw.ids) == generated(name, by_hand(name, *numbers))


@pytest.mark.parametrize("name", tiny_vision.NAMES)
def test_another_picture_or_another_order_has_another_answer(name):
    several = [(0,), (1,)] if name == "paligemma" else [(0,), (1,), (2, 1), (1, 2)]
    assert len({answer(name, asked(*numbers)).raw.ids for numbers in several}) == len(several)


@pytest.mark.parametrize("numbers", [(0,), (2, 1)], ids=str)
@pytest.mark.parametrize("name", TALKING)
def test_a_beam_is_that_of_generate(name, numbers):
    found = answer(name, asked(*numbers, decoding=Beam(3, max_tokens=12)))
    assert list(found.raw.ids) == generated(name, by_hand(name, *numbers), num_beams=3)


@pytest.mark.parametrize("name", TALKING)
def test_a_repair_is_shown_as_the_template_has_it(name):
    earlier = Earlier("Three cups.", "The answer must be a number.", 1)
    inputs = by_hand(name, 1, earlier=(earlier.answer, earlier.complaint))
    assert list(source(name, asked(1, earlier=earlier)).ids) == inputs["input_ids"][0].tolist()


@pytest.mark.parametrize(
    ("task", "params", "prompt"),
    [
        ("caption", {"style": "plain"}, "caption en"),
        ("caption", {"style": "detailed", "language": "de"}, "describe de"),
        ("answer", {"question": "How many cups are there?"}, "answer en How many cups are there?"),
        ("answer", {"question": "Wie viele Tassen stehen auf dem Tisch?"},
         "answer de Wie viele Tassen stehen auf dem Tisch?"),
    ],
)  # fmt: skip
def test_paligemma_is_asked_by_its_prefixes(task, params, prompt):
    processor = tiny_vision.processor("paligemma")
    with quiet():
        inputs = processor(text=[f"<image>{prompt}"], images=[[picture(1)]], return_tensors="pt")
    del inputs["labels"]
    request = Request(task, (media(1),), params=params, decoding=Greedy(max_tokens=12))
    assert list(source("paligemma", request).ids) == inputs["input_ids"][0].tolist()
    assert list(answer("paligemma", request).raw.ids) == generated("paligemma", inputs)


# --- batches, streams, threads --------------------------------------------------------------


def mixed(name, decoding):
    several = [(0,), (1,), (2,), (3,)] if name == "paligemma" else [(0,), (2, 1), (), (3,), (1,)]
    return [
        Request(
            "answer",
            tuple(media(one, SIZES[at % 4]) for at, one in enumerate(numbers, number)),
            instruction=f"What is {'in ' * number}it?",
            params={"question": f"What is {'in ' * number}it?"},
            decoding=decoding,
        )
        for number, numbers in enumerate(several)
    ]


DECODINGS = [Greedy(max_tokens=12), Beam(2, max_tokens=12), Sample(seed=3, results=2, max_tokens=8)]


@pytest.mark.parametrize("decoding", DECODINGS, ids=["greedy", "beam", "sample"])
@pytest.mark.parametrize("name", tiny_vision.NAMES)
def test_many_at_once_are_answered_as_each_alone(name, decoding):
    requests = mixed(name, decoding)
    found = dict(backend(name).complete(requests))
    for number, request in enumerate(requests):
        assert ids(found[number]) == ids(answer(name, request)), number


@pytest.mark.parametrize("name", tiny_vision.NAMES)
def test_a_stream_says_what_complete_says(name):
    *pieces, last = backend(name).stream(asked(1))
    assert "".join(pieces) == last.partial == answer(name, asked(1)).partial


@pytest.mark.parametrize("name", ["smolvlm", "qwen2_vl"])
def test_threads_do_not_disturb_each_other(name):
    requests = mixed(name, Greedy(max_tokens=12))
    expected = [answer(name, request).raw.ids for request in requests]
    found = {}

    def work(number):
        found[number] = answer(name, requests[number]).raw.ids

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(len(requests))] == expected


def test_one_broken_picture_does_not_end_the_others():
    broken = Media.open(media(0).data[:60])
    requests = [asked(0), Request("caption", (broken,), decoding=Greedy(max_tokens=4)), asked(1)]
    found = dict(backend("smolvlm").complete(requests))
    assert isinstance(found[1], BadInput)
    assert [ids(found[n]) for n in (0, 2)] == [ids(answer("smolvlm", asked(n))) for n in (0, 1)]


def test_what_was_computed_for_one_picture_is_not_taken_for_another():
    first, second = answer("llava", asked(0)), answer("llava", asked(1))
    assert first.raw.ids != second.raw.ids
    assert second.usage.cache_read_tokens == 0


# --- what users write -----------------------------------------------------------------------


@pytest.mark.parametrize("name", tiny_vision.NAMES)
def test_no_text_of_a_user_becomes_a_picture_or_a_turn(name):
    controls = tiny_vision.processor(name).tokenizer.all_special_tokens
    said = f"Is {' or '.join(controls)} in it?"
    control = backend(name)._codec.control
    plain, spelled = (source(name, asked(0, words=words)) for words in ("Is a in it?", said))
    kept = [[one for one in each.ids if one in control] for each in (plain, spelled)]
    assert kept[0] == kept[1]
    assert len(spelled.ids) > len(plain.ids) + 2 * len(controls)
    assert answer(name, asked(0, words=said)).usage.input_tokens == len(spelled.ids)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("What", "{}"), ("  What is it? ", "  {} "), ("\n", "\n"), ("a a", "{}")],
)
def test_stand_ins_show_the_spaces_of_their_texts(text, shown):
    stand_ins = StandIns()
    word = stand_ins.for_text(text)
    outline = stand_ins.bare(f"<image>{word}<end>")
    assert outline == f"<image>{shown.format(word.strip())}<end>"
    assert stand_ins.whole(outline) == f"<image>{text}<end>"


IN_PARTS = (
    "<|im_start|>system\n{0}<|im_end|>\n<|im_start|>user\n"
    "<|vision_start|><|image_pad|><|vision_end|>{1}<|im_end|>\n<|im_start|>assistant\n{2}"
    "<|im_end|>\n<|im_start|>user\n{3}<|im_end|>\n<|im_start|>assistant\n"
)


@pytest.mark.parametrize(
    ("template", "outline"),
    [
        (tiny_chats.QWEN, IN_PARTS),
        (tiny_chats.PIXTRAL, "<s>[INST][IMG]{1}[/INST]{2}</s>[INST]{0}\n\n{3}[/INST]"),
        (tiny_chats.PIXTRAL.replace('"system"', '"-"'),
         "<s>[INST][IMG]{0}\n\n{1}[/INST]{2}</s>[INST]{3}[/INST]"),
        ("", "<image>{0}\n\n{1}\n\n{2}\n\n{3}"),
    ],
    ids=["parts", "texts", "no system", "no template"],
)  # fmt: skip
def test_a_template_is_told_in_the_form_that_it_reads(tmp_path, template, outline):
    settings = {"bos_token": "<s>", "eos_token": "</s>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    stand_ins = StandIns()
    turns = [("user", "Count them."), ("assistant", "Two."), ("user", "Digits only.")]
    outlines = Outlines(Checkpoint(tmp_path), template, "<image>")
    found = outlines.of("Be brief.", turns, stand_ins, 1)
    said = ("Be brief.", *(text for _, text in turns))
    assert stand_ins.whole(found) == outline.format(*said)


# --- schemas --------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [(0,), (2, 1)], ids=str)
@pytest.mark.parametrize("name", TALKING)
def test_a_mask_holds_what_is_read_off_a_picture(name, numbers, monkeypatch):
    request = asked(*numbers, task="extract", schema=RECEIPT, decoding=None)
    found = answer(name, request)
    assert found.enforced is Enforces.BY_MASK
    assert RECEIPT.read(found.partial)
    *pieces, last = backend(name).stream(request)
    assert "".join(pieces) == last.partial == found.partial
    monkeypatch.setattr(type(backend(name).engine), "_skips", lambda *_: False)
    assert answer(name, request).raw.ids == found.raw.ids


def test_a_picture_is_given_to_extract_as_a_path(tmp_path):
    picture(1).save(tmp_path / "receipt.png")
    model = str(tiny_vision.make("smolvlm"))
    tasks = Tasks(backend="vision-language", model=model)
    result = tasks.extract(tmp_path / "receipt.png", schema=RECEIPT.json)
    assert result.value["pages"] in {1, 2, 3}
    assert tasks.caption(tmp_path / "receipt.png").usage.input_tokens > 50
    assert tasks.answer(str(tmp_path / "receipt.png"), question=WORDS).backend == "vision-language"


# --- what cannot be done --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["llava", "internvl"])
def test_pictures_count_as_the_tokens_that_they_take(name):
    taken = answer(name, asked(0)).usage.input_tokens - answer(name, asked()).usage.input_tokens
    with pytest.raises(TooLong, match="reads at most"):
        answer(name, asked(*[0] * (1024 // taken)))


@pytest.mark.parametrize("name", ["smolvlm", "paligemma"])
def test_a_pdf_is_refused_with_a_way_out(name):
    [misfit] = backend(name).misfits(Request("answer", (DOCUMENT,), params={"question": WORDS}))
    assert "document" in misfit.reason
    if name == "smolvlm":
        assert "as pictures" in misfit.instead


def test_a_model_that_sees_says_what_it_reads():
    assert backend("qwen2_vl").capabilities.accepts == {Modality.TEXT, Modality.IMAGE}
    assert backend("paligemma").capabilities.accepts == {Modality.IMAGE}


def test_the_part_that_writes_may_say_how_it_ends(tmp_path):
    whole = Path(tiny_vision.make("smolvlm"))
    shutil.copy(whole / "config.json", tmp_path)
    told = json.loads((tmp_path / "config.json").read_text())
    found = Checkpoint(tmp_path).generation
    assert "eos_token_id" not in told
    assert found["eos_token_id"] == told["text_config"]["eos_token_id"]
    assert "hidden_act" not in found


@pytest.mark.parametrize("name", ["smolvlm", "paligemma"])
def test_a_writer_makes_no_vectors(name):
    with pytest.raises(Unsupported, match="embed"):
        Tasks(backend=backend(name)).embed("a cat")


def test_what_guesses_ahead_does_not_see():
    [misfit] = backend("llava").misfits(asked(0, decoding=Greedy(speculation=PromptLookup())))
    assert "pictures" in misfit.reason


@pytest.mark.parametrize(
    ("file", "settings", "error", "says"),
    [
        ("processor_config.json", {"processor_class": "PixtralProcessor"}, Unsupported, "orchvision"),
        ("processor_config.json", {"processor_class": "OtherProcessor"}, Unsupported, "not know"),
        ("preprocessor_config.json", {"image_processor_type": "Lfm2VlImageProcessor"}, Unsupported, "orchvision"),
        ("preprocessor_config.json", {"image_processor_type": "OtherImageProcessor"}, NotConfigured, "mage"),
        ("preprocessor_config.json", {"auto_map": {"AutoImageProcessor": "own.Own"}}, NotConfigured, "code"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_processor_that_cannot_be_had_is_said_to_be_one(tmp_path, file, settings, error, says):
    import shutil

    folder = shutil.copytree(tiny_vision.make("smolvlm"), tmp_path / "copy")
    (folder / file).write_text(json.dumps({"image_seq_len": 4, **settings}))
    if says == "orchvision" and _has_torchvision():
        pytest.skip("torchvision is here, and so is what needs it")
    with pytest.raises(error, match=says):
        opened("local", str(folder), device="cpu", dtype="float32")


def _has_torchvision():
    from transformers.utils import is_torchvision_available

    return is_torchvision_available()
