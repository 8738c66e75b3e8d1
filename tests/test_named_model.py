"""A checkpoint that is named, and no backend: who runs it is read from what it is."""

import pytest
from tiny import make

from s2s_tasks import Tasks, Unsupported
from s2s_tasks.checkpoint.defaults import here, suggested
from s2s_tasks.exchange import Request

ASKED = Request("translate", ("The station is near.",), params={"to": "de"})


@pytest.mark.parametrize(
    ("name", "backend"), [("marian", "encoder-decoder"), ("llama", "decoder-only")]
)
def test_a_folder_is_run_by_who_can(name, backend):
    folder = str(make(name))
    decision = Tasks(model=folder).translate.explain("The station is near.", to="de")
    assert (decision.backend, decision.model) == (backend, folder)


def test_a_folder_of_the_wrong_kind_says_what_it_does():
    with pytest.raises(Unsupported, match=r"does not translate \(it does classify\)"):
        Tasks(model=str(make("bert-nli"))).translate("The station is near.", to="de")


def test_the_embedded_default_has_no_other_model():
    decision = Tasks(model=str(make("bart"))).summarize.explain("It rained all night.")
    assert decision.backend != "extractive"


def test_a_name_that_nothing_has_is_not_fetched_unless_a_backend_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(Unsupported) as caught:
        Tasks(model="org/typo").translate("The station is near.", to="de")
    assert "org/typo is no folder here and not downloaded yet" in caught.value.hint
    assert "pip install" not in caught.value.hint


def test_a_cached_revision_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--org--tiny/snapshots/abc"
    snapshot.mkdir(parents=True)
    assert here("org/tiny") is None
    (snapshot / "config.json").write_text('{"architectures": ["BertModel"]}')
    assert here("org/tiny@main") == snapshot
    assert suggested(ASKED, "org/tiny", frozenset({"decoder-only"})).missing == (
        "org/tiny is encoder-only"
    )
