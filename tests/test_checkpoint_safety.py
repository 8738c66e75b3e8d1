"""Folders that are no checkpoint, not whole, or not harmless: refused before anything is loaded."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks import NotConfigured, UnknownName
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.licence import licence, non_commercial

CONFIG = {"model_type": "bart", "architectures": ["BartForConditionalGeneration"]}
TENSORS = {"a": [2, 3], "b": [4]}
INDEX = "model.safetensors.index.json"


def safetensors(shapes, *, header=None, data=None):
    """A file of 32-bit floats, as the format says it; `header` and `data` say it otherwise."""
    entries, at = {}, 0
    for name, shape in shapes.items():
        end = at + 4 * (shape[0] * shape[1] if len(shape) == 2 else shape[0])
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, end]}
        at = end
    told = json.dumps(entries).encode() if header is None else header
    return struct.pack("<Q", len(told)) + told + (bytes(at) if data is None else data)


@pytest.fixture
def folder(tmp_path):
    """A checkpoint that is in order, as far as can be told without loading it."""
    made = tmp_path / "checkpoint"
    made.mkdir()
    (made / "config.json").write_text(json.dumps(CONFIG))
    (made / "model.safetensors").write_bytes(safetensors(TENSORS))
    return made


def shard(folder, *names, there):
    (folder / "model.safetensors").unlink()
    weights = {f"layer{number}": name for number, name in enumerate(names)}
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weights}))
    for name in there:
        (folder / name).write_bytes(safetensors(TENSORS))


def refusal(folder):
    with pytest.raises(NotConfigured) as caught:
        open_checkpoint(str(folder))
    assert caught.value.hint
    assert not caught.value.retryable
    return str(caught.value)


def test_a_folder_that_is_in_order_is_opened_as_it_is(folder):
    found = open_checkpoint(str(folder))
    assert (found.folder, found.name, found.revision) == (folder, str(folder), "")
    assert found.model_type == "bart"


def test_the_library_reads_what_is_found_in_order(folder):
    from safetensors import safe_open

    open_checkpoint(str(folder))
    with safe_open(folder / "model.safetensors", "np") as file:
        assert set(file.keys()) == set(TENSORS)


# -- names


def test_a_home_folder_is_found(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert open_checkpoint("~/checkpoint").folder == folder


def test_a_folder_goes_before_a_name_of_the_hub(folder, monkeypatch):
    monkeypatch.chdir(folder.parent.parent)
    model = f"{folder.parent.name}/{folder.name}"
    assert open_checkpoint(model).folder == folder


@pytest.mark.parametrize("model", ["./nothing", "/no/such/folder", "~/no-such-folder", "../x/y"])
def test_a_path_without_a_folder_is_not_asked_of_the_hub(model):
    with pytest.raises(UnknownName, match="there is no folder") as caught:
        open_checkpoint(model)
    assert "org/name" in caught.value.hint


@pytest.mark.parametrize("model", ["", "  ", "~nobody-of-that-name/x", "x" * 5000])
def test_what_names_nothing_is_an_unknown_name(model):
    with pytest.raises(UnknownName) as caught:
        open_checkpoint(model)
    assert len(str(caught.value)) < 5200


@pytest.mark.parametrize(
    "model", ["a/b/c", "org/", "org//name", "org/na me", "-x/y", "nul\0/y", "ö/y"]
)
def test_an_impossible_name_is_not_asked_of_the_hub(model):
    with pytest.raises(UnknownName, match="neither a folder nor a name"):
        open_checkpoint(model)


def test_a_file_is_not_taken_for_its_folder(folder):
    assert "is a file" in refusal(folder / "model.safetensors")


# -- settings


def test_a_folder_without_settings_is_no_checkpoint(folder):
    (folder / "config.json").unlink()
    assert "it has no config.json" in refusal(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[" * 200_000], ids=["empty", "cut", "no text", "deep"]
)
@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_broken_settings_are_named(folder, name, content):
    (folder / name).write_bytes(content)
    assert f"{name} of {folder} cannot be read" in refusal(folder)


def test_a_list_is_no_settings(folder):
    (folder / "config.json").write_text("[1]")
    with pytest.raises(NotConfigured, match=r"config\.json of .* is no JSON object"):
        open_checkpoint(str(folder))


def test_settings_above_the_limit_are_not_read(folder):
    with (folder / "extra.json").open("wb") as file:
        file.truncate(64_000_001)
    assert "64,000,001 bytes are above the limit of 64,000,000" in refusal(folder)


# -- code

AUTO = {"AutoModel": "modeling.Model"}


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        ("config.json", {**CONFIG, "auto_map": AUTO}, "auto_map"),
        ("config.json", {**CONFIG, "encoder": {"layers": [{"auto_map": AUTO}]}}, "auto_map"),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["t.T", None]}}, "auto_map"),
        ("generation_config.json", {"trust_remote_code": True}, "trust_remote_code"),
        ("processor_config.json", {"auto_map": AUTO}, "auto_map"),
    ],
)
def test_settings_that_ask_for_code_are_refused(folder, name, settings, named):
    (folder / name).write_text(json.dumps(settings))
    reason = refusal(folder)
    assert f"{name} has " in reason
    assert named in reason


@pytest.mark.parametrize("name", ["modeling_own.py", "custom_generate/generate.py"])
def test_python_files_are_refused(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("raise SystemExit")
    assert name in refusal(folder)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("config.json", {**CONFIG, "auto_map": {}, "trust_remote_code": False}),
        ("vocab.json", {"auto_map": 5, "trust_remote_code": 6}),
        ("tokenizer.json", {"model": {"vocab": {"auto_map": 7}}}),
    ],
)
def test_what_asks_for_nothing_is_not_refused(folder, name, settings):
    (folder / name).write_text(json.dumps(settings))
    open_checkpoint(str(folder))


# -- weights


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.ckpt"])
def test_pickles_alone_are_refused_with_a_way_out(folder, name):
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(NotConfigured, match=f"pickles only .{name}") as caught:
        open_checkpoint(str(folder))
    assert "save_pretrained" in caught.value.hint


def test_pickles_beside_safetensors_do_no_harm(folder):
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    open_checkpoint(str(folder))


def test_gguf_is_named_as_what_it_is(folder):
    (folder / "model.safetensors").rename(folder / "model.gguf")
    assert "GGUF" in refusal(folder)


def test_an_adapter_is_not_taken_for_the_whole(folder):
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/other"}')
    assert "adapter" in refusal(folder)


def test_no_weights_at_all_are_missing(folder):
    (folder / "model.safetensors").unlink()
    assert "are missing: model.safetensors" in refusal(folder)


def test_shards_that_are_all_there_are_opened(folder):
    shard(
        folder,
        "model-1.safetensors",
        "model-2.safetensors",
        there=["model-1.safetensors", "model-2.safetensors"],
    )
    open_checkpoint(str(folder))


def test_the_missing_shards_are_named(folder):
    names = [f"model-{number}.safetensors" for number in range(3)]
    shard(folder, *names, there=names[1:2])
    assert "are missing: model-0.safetensors, model-2.safetensors" in refusal(folder)


def test_a_cut_shard_is_named(folder):
    names = ["model-1.safetensors", "model-2.safetensors"]
    shard(folder, *names, there=names)
    (folder / names[1]).write_bytes(safetensors(TENSORS)[:-1])
    assert refusal(folder).startswith(f"{names[1]} of ")


@pytest.mark.parametrize(
    "name", ["../model.safetensors", "/etc/model.safetensors", "model.bin", ""]
)
def test_an_index_names_safetensors_of_its_folder_only(folder, name):
    shard(folder, name, there=[])
    assert "which is no safetensors file here" in refusal(folder)


@pytest.mark.parametrize("index", ["{}", "[]", '{"weight_map": ["a"]}', '{"weight_map": null}'])
def test_an_index_that_lists_nothing_is_broken(folder, index):
    (folder / "model.safetensors").unlink()
    (folder / INDEX).write_text(index)
    assert INDEX in refusal(folder)


def header_of(**entry):
    whole = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **entry}
    return json.dumps(
        {"a": {key: value for key, value in whole.items() if value is not ...}}
    ).encode()


BROKEN = {
    "empty": b"",
    "within the length": b"\x01\x00",
    "within the header": safetensors(TENSORS)[:40],
    "of a huge header": struct.pack("<Q", 2**62) + b"{}",
    "one byte short": safetensors(TENSORS)[:-1],
    "one byte long": safetensors(TENSORS) + b"\x00",
    "no JSON": safetensors({}, header=b"{a}"),
    "a list": safetensors({}, header=b"[]"),
    "nested deep": safetensors({}, header=b"[" * 100_000),
    "no text": safetensors({}, header=b"\xff\xff"),
    "without a shape": safetensors({}, header=header_of(shape=...), data=bytes(4)),
    "without a type": safetensors({}, header=header_of(dtype=...), data=bytes(4)),
    "without a place": safetensors({}, header=header_of(data_offsets=...), data=bytes(4)),
    "of a wrong size": safetensors({}, header=header_of(shape=[2]), data=bytes(4)),
    "that begins late": safetensors({}, header=header_of(data_offsets=[1, 5]), data=bytes(5)),
    "endless": safetensors({}, header=header_of(data_offsets=[0, float("inf")]), data=bytes(4)),
    "null": safetensors({}, header=b'{"a": null}'),
    "a page of a proxy": b"<html><body>Please log in</body></html>",
    "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_weights_are_refused_before_they_are_loaded(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    assert "model.safetensors of" in refusal(folder)
    assert "is broken" in refusal(folder)


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_the_library_refuses_the_same(folder, content):
    from safetensors import SafetensorError, safe_open

    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(SafetensorError), safe_open(folder / "model.safetensors", "np"):
        pass


@given(st.data())
def test_no_cut_of_a_file_passes(tmp_path_factory, data):
    whole = safetensors(TENSORS)
    folder = tmp_path_factory.mktemp("cut")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    cut = data.draw(st.integers(0, len(whole) - 1))
    (folder / "model.safetensors").write_bytes(whole[:cut])
    refusal(folder)


# -- licences


@pytest.mark.parametrize(
    ("card", "named"),
    [
        ("---\nlicense: apache-2.0\n---\n# Model", "apache-2.0"),
        ("---\r\nlanguage: de\r\nlicense: 'MIT'  # since May\r\n---\r\n", "mit"),
        ("\ufeff---\nlicense:\n- cc-by-nc-4.0\n- mit\n---\n", "cc-by-nc-4.0"),
        ("---\nlicense: other\nlicense_name: qwen-research\n---\n", "qwen-research"),
        ("---\nlicense: other\n---\n", "other"),
        ("---\nlicense_name: mine\n---\n", ""),
        ("---\nlanguage: de\n---\nlicense: mit\n", ""),
        ("# Model\n---\nlicense: mit\n---\n", ""),
        ("---\nlicense: mit\n", ""),
        ("", ""),
    ],
)
def test_the_licence_is_what_the_front_matter_says(folder, card, named):
    (folder / "README.md").write_bytes(card.encode())
    assert licence(open_checkpoint(str(folder))) == named


def test_without_a_card_there_is_no_licence(folder):
    assert licence(open_checkpoint(str(folder))) == ""


@pytest.mark.parametrize(
    ("named", "forbids"),
    [
        ("cc-by-nc-4.0", True),
        ("cc-by-nc-sa-3.0", True),
        ("CC_BY_NC", True),
        ("qwen-research", True),
        ("fair-noncommercial-research-license", True),
        ("Some Non Commercial License", True),
        ("mrl", True),
        ("mnpl", True),
        ("apple-amlr", True),
        ("apache-2.0", False),
        ("mit", False),
        ("cc-by-sa-4.0", False),
        ("llama3.1", False),
        ("gemma", False),
        ("bsd-3-clause", False),
        ("incommon", False),
        ("", False),
    ],
)
def test_a_licence_that_forbids_commercial_use_is_known_by_name(named, forbids):
    assert non_commercial(named) is forbids
