"""The small parts that local backends share: shelf, batches, stop strings, languages, positions."""

import json
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks import (
    BadSetting,
    Beam,
    Greedy,
    Media,
    Modality,
    NotConfigured,
    Request,
    Sample,
    UnknownName,
)
from s2s_tasks.checkpoint.batches import batches
from s2s_tasks.checkpoint.defaults import DEFAULTS, SIZES, suggested
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.checkpoint.search import anti_patterns, settled_search
from s2s_tasks.checkpoint.senses import HEARING, SEEING
from s2s_tasks.checkpoint.shelf import Shelf, memory_budget
from s2s_tasks.checkpoint.stops import Stops, cut
from s2s_tasks.checkpoint.tongues import Tongues
from s2s_tasks.checkpoint.trained import Trades

# -- batches

lengths = st.lists(st.integers(0, 50), max_size=40)


@given(lengths, st.integers(1, 200), st.integers(1, 9))
def test_every_sequence_is_in_one_batch_within_its_limits(given_, tokens, rows):
    found = batches(given_, tokens=tokens, rows=rows)
    assert sorted(at for batch in found for at in batch) == [*range(len(given_))]
    for batch in found:
        assert len(batch) <= rows
        widest = max(given_[at] for at in batch)
        assert len(batch) == 1 or widest * len(batch) <= tokens


@given(lengths)
def test_batches_come_the_longest_first(given_):
    order = [given_[at] for batch in batches(given_, tokens=64, rows=4) for at in batch]
    assert order == sorted(given_, reverse=True)


def test_what_may_be_written_counts_for_the_order():
    found = batches([5, 5, 5, 5], tokens=100, rows=2, outputs=[9, 90, 9, 90])
    assert list(map(set, found)) == [{1, 3}, {0, 2}]


# -- stop strings


@given(
    st.text("ab", max_size=30),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
    st.data(),
)
def test_a_stream_shows_what_the_whole_text_shows_of_itself(text, stops, data):
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True)]
    gate = Stops(stops)
    shown = "".join(map(gate.clear, pieces))
    whole, _ = cut(text, stops)
    assert whole.startswith(shown)
    held = max((len(stop) - 1 for stop in stops), default=0)
    assert len(whole) - len(shown) <= held


def test_a_text_is_cut_at_the_first_of_its_stop_strings():
    assert cut("one END two STOP", ["STOP", "END"]) == ("one ", True)
    assert cut("one two", ["END"]) == ("one two", False)


# -- the shelf


def test_a_thing_is_loaded_once_by_sixteen_threads():
    shelf, loads = Shelf(lambda: 100), []

    def use():
        with shelf.borrow("key", lambda: loads.append(1) or "thing", 10) as thing:
            assert thing == "thing"

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1


def test_the_longest_unused_goes_when_there_is_no_room():
    shelf = Shelf(lambda: 100)
    for key in "abc":
        with shelf.borrow(key, lambda key=key: key, 40):
            pass
    assert [shelf.holds(key) for key in "abc"] == [False, True, True]


def test_what_is_in_use_stays():
    shelf = Shelf(lambda: 100)
    with shelf.borrow("a", lambda: "a", 60), shelf.borrow("b", lambda: "b", 60):
        assert shelf.holds("a")
        assert shelf.holds("b")


def test_what_can_never_fit_is_refused_with_both_sizes():
    shelf = Shelf(lambda: 10**9)
    message = r"needs 2.0 GB.*may take 1.0 GB"
    with pytest.raises(NotConfigured, match=message), shelf.borrow("a", object, 2 * 10**9):
        pass


def test_a_load_that_failed_is_tried_again():
    shelf = Shelf(lambda: 100)
    with pytest.raises(OSError, match="gone"), shelf.borrow("a", _fails, 1):
        pass
    with shelf.borrow("a", lambda: "a", 1) as thing:
        assert thing == "a"


def test_clearing_waits_for_those_who_use_a_thing_as_long_as_told():
    shelf, used, done = Shelf(lambda: 100), threading.Event(), threading.Event()
    held_at_the_end = []

    def use():
        with shelf.borrow("a", object, 1):
            used.set()
            done.wait(30)
            held_at_the_end.append(shelf.holds("a"))

    thread = threading.Thread(target=use)
    thread.start()
    used.wait(30)
    threading.Timer(0.05, done.set).start()
    shelf.clear(patience=30)
    assert held_at_the_end == [True]
    assert not shelf.holds("a")
    with shelf.borrow("b", object, 1):
        shelf.clear(patience=0.01)
        assert not shelf.holds("b")
    thread.join()


def test_models_go_while_the_interpreter_is_still_whole():
    code = """
import sys
from s2s_tasks.checkpoint.shelf import SHELF
class Model:
    def __del__(self, finalizing=sys.is_finalizing): print(finalizing())
with SHELF.borrow("key", Model, 1): pass
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_so_do_those_of_work_that_nobody_waits_for_any_more():
    """A stream is read in part; its thread is stopped, and keeps what stopped it."""
    code = """
import sys, time
from s2s_tasks.checkpoint.shelf import SHELF
from s2s_tasks.worker import handed_over
class Model:
    def __del__(self, finalizing=sys.is_finalizing): print(finalizing())
def work(hand_over):
    with SHELF.borrow("key", Model, 1) as model:
        failed = []
        while True:
            try:
                hand_over(time.sleep(0.001))
            except Exception as error:
                failed.append(error)
                raise
stream = handed_over(work)
next(stream)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def _fails():
    raise OSError("gone")


@pytest.mark.parametrize(
    ("told", "amount"), [("8GB", 8 * 2**30), ("512 MiB", 2**29), ("1024", 1024)]
)
def test_the_budget_of_memory_can_be_told(monkeypatch, told, amount):
    monkeypatch.setenv("S2S_MEMORY", told)
    assert memory_budget() == amount


def test_a_budget_that_is_no_amount_is_refused(monkeypatch):
    monkeypatch.setenv("S2S_MEMORY", "much")
    with pytest.raises(BadSetting, match="much"):
        memory_budget()


# -- languages

FLORES = Tongues(
    ["deu_Latn", "eng_Latn", "zho_Hans", "zho_Hant", "nob_Latn", "arb_Arab", "lvs_Latn", "srp_Cyrl"]
)
MBART = Tongues(["de_DE", "en_XX", "zh_CN", "pt_XX"])
M2M = Tongues(["__de__", "__zh__", "__no__", "__sr__", "<s>", "</s>"])


@pytest.mark.parametrize(
    ("tongues", "code", "token"),
    [
        (FLORES, "de", "deu_Latn"),
        (FLORES, "zh-TW", "zho_Hant"),
        (FLORES, "zh-CN", "zho_Hans"),
        (FLORES, "no", "nob_Latn"),
        (FLORES, "ar-EG", "arb_Arab"),
        (FLORES, "lv", "lvs_Latn"),
        (MBART, "pt-BR", "pt_XX"),
        (MBART, "zh", "zh_CN"),
        (M2M, "nb", "__no__"),
        (Tongues([">>deu<<", ">>fra<<"]), "fr", ">>fra<<"),
        (Tongues(["<2de>"]), "de", "<2de>"),
    ],
)
def test_a_language_is_found_under_the_name_a_checkpoint_has_for_it(tongues, code, token):
    assert tongues.token(code) == token


@pytest.mark.parametrize("code", ["sr-Latn", "sv"])
def test_a_language_it_has_no_token_for_lists_the_nearest(code):
    with pytest.raises(UnknownName) as caught:
        FLORES.token(code)
    assert "nearest" in caught.value.hint


def test_control_tokens_are_no_languages():
    assert not Tongues(["<s>", "</s>", "<extra_id_0>", "[CLS]", "__qq__x"])


# -- settings of a search


def asked(decoding=None, **more):
    return Request("summarize", ("x",), decoding=decoding, **more)


def test_the_checkpoint_decides_where_the_caller_does_not():
    settings = {
        "num_beams": 4,
        "length_penalty": 2.0,
        "early_stopping": True,
        "max_length": 142,
        "min_length": 56,
    }
    search = settled_search(asked(), settings, most=1023)
    assert search.decoding == Beam(4, length_penalty=2.0, early_stopping=True)
    assert (search.limit, search.least) == (142, 56)


def test_the_callers_decoding_replaces_the_checkpoints_as_a_whole():
    settings = {"num_beams": 4, "no_repeat_ngram_size": 3, "min_length": 56, "suppress_tokens": [7]}
    search = settled_search(asked(Greedy(max_tokens=9)), settings, most=None)
    assert search.decoding == Greedy(max_tokens=9)
    assert (search.limit, search.least, search.always_never) == (9, 0, (7,))


def test_positions_bound_every_limit():
    assert settled_search(asked(Greedy(max_tokens=999)), {}, most=50).limit == 50


def test_searches_share_a_batch_if_only_seed_limit_and_stops_differ():
    one, other, apart = (
        settled_search(asked(decoding), {}, most=None).batch_key
        for decoding in (
            Sample(seed=1, max_tokens=3, stop=("x",)),
            Sample(seed=2, max_tokens=9),
            Sample(seed=1, temperature=0.5),
        )
    )
    assert one == other != apart


@pytest.mark.parametrize(
    ("request_", "settings", "word"),
    [
        (asked(Greedy(), creative=True), {}, "creative"),
        (asked(), {"do_sample": True, "num_beams": 3}, "within a beam"),
        (asked(), {"use_cache": False}, "cache"),
    ],
)
def test_what_goes_badly_is_warned_of(request_, settings, word):
    [warning] = anti_patterns(request_, settings)
    assert word in warning


@pytest.mark.parametrize("decoding", [None, Greedy(), Beam(4), Sample()])
def test_what_goes_well_is_not_warned_of(decoding):
    assert anti_patterns(asked(decoding), {"use_cache": True}) == ()


# -- what a checkpoint says


def test_the_tasks_of_a_config_are_read_with_their_prefixes(tmp_path):
    params = {
        "summarization": {"prefix": "summarize: ", "num_beams": 4},
        "translation_en_to_de": {"prefix": "translate English to German: "},
    }
    (tmp_path / "config.json").write_text(json.dumps({"task_specific_params": params}))
    trades = Trades(Checkpoint(tmp_path))
    assert trades.of("summarize").prefix == "summarize: "
    assert trades.pair("en", "de").prefix == "translate English to German: "
    assert trades.pair("de", "en") is None


@pytest.mark.parametrize(
    "text", ["[1]", "{", "\udc80".encode("utf-8", "surrogatepass").decode("latin1")]
)
def test_settings_that_cannot_be_read_are_named(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(NotConfigured, match=r"config\.json"):
        _ = Checkpoint(tmp_path).config


# -- defaults


def test_every_default_may_be_used_commercially_and_says_its_size():
    for row in DEFAULTS:
        assert row.licence in {"MIT", "Apache-2.0"}
        assert row.size in SIZES
        assert row.gigabytes > 0


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("text", "to", "wish", "model"),
    [
        (
            "Where is the station of this town, please?",
            "de",
            None,
            "Helsinki-NLP/opus-mt-en-de",
        ),
        ("Where is the station of this town, please?", "sw", None, "facebook/m2m100_418M"),
        ("Where is the station?", "de", "large", "google/madlad400-3b-mt"),
        ("Where is the station?", "de", "my/own", "my/own"),
    ],
)
def test_the_default_translator_is_that_of_the_pair_if_there_is_one(text, to, wish, model):
    request = Request("translate", (text,), params={"to": to})
    found = suggested(request, wish, frozenset({"encoder-decoder"}))
    assert found.model == model
    assert found.missing


def test_a_task_without_a_default_is_refused_with_what_there_is():
    with pytest.raises(UnknownName, match="transcribe"):
        suggested(Request("transcribe", ()), None, frozenset({"encoder-decoder"}))


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("task", "part", "model"),
    [
        ("transcribe", Modality.AUDIO, "openai/whisper-base"),
        ("caption", Modality.IMAGE, "HuggingFaceTB/SmolVLM-256M-Instruct"),
        ("answer", Modality.IMAGE, "HuggingFaceTB/SmolVLM-256M-Instruct"),
        ("answer", Modality.TEXT, "Qwen/Qwen2.5-0.5B-Instruct"),
    ],
)
def test_the_default_reads_what_is_shown(task, part, model):
    shown = "A text." if part is Modality.TEXT else Media(part, "any/any", b"")
    kinds = frozenset(row.architecture for row in DEFAULTS)
    assert suggested(Request(task, (shown,)), None, kinds).model == model


# -- senses


def installed_classes():
    """What hears and what sees, by the Auto mappings of transformers."""
    from transformers.models.auto import modeling_auto as auto

    def classes(*names):
        found = {}
        for name in names:
            for kind, one in getattr(auto, f"MODEL_FOR_{name}_MAPPING_NAMES").items():
                found[kind] = found.get(kind, frozenset()) | {one}
        return found

    seen = classes("IMAGE_TEXT_TO_TEXT", "VISUAL_QUESTION_ANSWERING")
    heard = classes("SPEECH_SEQ_2_SEQ", "CTC", "RNNT", "TDT")
    several = {kind: one for kind, one in classes("MULTIMODAL_LM").items() if kind not in seen}
    return {**several, **heard}, seen


BOTH = {"phi4_multimodal", "qwen2_5_omni", "qwen3_omni_moe"}  # they hear, see and read
MUSIC = {"audioflamingo3", "musicflamingo"}  # in no mapping of speech
NO_TEXT = {"evolla", "pi0"}  # proteins, and moves of a robot
NO_SIGHT = {"mistral4"}  # its text part, in a mapping of pictures all the same


def test_the_table_of_senses_is_that_of_the_installed_transformers():
    heard, seen = installed_classes()
    assert {k: v for k, v in HEARING.items() if k not in MUSIC} == {
        kind: one for kind, one in heard.items() if kind not in BOTH
    }
    assert dict(SEEING) == {k: v for k, v in seen.items() if k not in NO_TEXT | NO_SIGHT}


@pytest.mark.parametrize(
    ("config", "row"),
    [
        ('{"model_type": "whisper", "is_encoder_decoder": true}', "speech-encoder-decoder"),
        ('{"architectures": ["Wav2Vec2ForCTC"]}', "speech-encoder-decoder"),
        ('{"architectures": ["Wav2Vec2ForSequenceClassification"]}', "encoder-only"),
        ('{"architectures": ["GitForCausalLM"]}', "vision-language"),
        ('{"architectures": ["Gemma3ForConditionalGeneration"]}', "vision-language"),
        ('{"architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text"}', "decoder-only"),
    ],
)
def test_the_class_says_what_a_checkpoint_hears_or_sees(tmp_path, config, row):
    (tmp_path / "config.json").write_text(config)
    assert Checkpoint(tmp_path).architecture == row
