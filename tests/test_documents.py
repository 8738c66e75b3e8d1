"""PDFs and pictures where a task about a text can read them."""

import pytest
from claude_stub import Message, Stub
from pydantic import BaseModel
from s2s_claude.opening import opened

from s2s_tasks import BadInput, Media, Modality, Tasks, Unsupported
from s2s_tasks.catalog import Extract, Summarize

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


class Invoice(BaseModel):
    number: str


@pytest.fixture
def paper(tmp_path):
    (tmp_path / "report.pdf").write_bytes(PDF)
    return tmp_path / "report.pdf"


@pytest.mark.parametrize(
    "task", [Summarize(), Extract(schema=Invoice)], ids=["summarize", "extract"]
)
def test_a_path_or_media_is_a_document_and_a_str_is_a_text(task, paper):
    for value in (paper, Media.open(paper)):
        request = task.request(task.prepare(value))
        assert request.modalities == {Modality.DOCUMENT}
        assert "the document" in request.instruction
        assert "the text" not in request.instruction
    assert task.request(str(paper)).modalities == {Modality.TEXT}


def test_a_picture_is_extracted_from_and_not_summarized(tmp_path):
    (tmp_path / "scan.png").write_bytes(PNG)
    assert Extract(schema=Invoice).request(tmp_path / "scan.png").modalities == {Modality.IMAGE}
    with pytest.raises(BadInput, match="image/png"):
        Summarize().request(tmp_path / "scan.png")


def test_who_reads_texts_only_refuses_it(paper):
    with pytest.raises(Unsupported, match="cannot read document"):
        Tasks(backend="extractive").summarize(paper)


def test_claude_is_sent_the_document_before_the_wish(paper):
    with Stub(lambda _body: Message("A short report.")) as stub:
        client = Tasks(backend=opened("haiku", api_key="k", base_url=stub.url))
        assert client.summarize(paper, max_words=9).value
    content = stub.bodies[-1]["messages"][0]["content"]
    assert content[0]["type"] == "document"
    assert content[0]["source"]["media_type"] == "application/pdf"
