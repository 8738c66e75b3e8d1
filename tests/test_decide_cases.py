"""Worked situations, one a row: what is needed, which kind of model it calls for, and the reason."""

from decimal import Decimal

import pytest

from s2s_tasks import Modality
from s2s_tasks.decide import Hardware, Needs, decide

API, LOCAL = "decoder-only-api", "decoder-only-local"
PAIR, TUNED = "encoder-decoder", "encoder-decoder-fine-tuned"
ENCODER, SPEECH, VISION = "encoder-only", "speech-encoder-decoder", "vision-language"
STATE, EXTRACTIVE = "state-space", "extractive"

PROCESSOR = Hardware(cores=8, ram_gb=16, gpu_gb=0)
LAPTOP = Hardware(cores=4, ram_gb=8, gpu_gb=0)
SMALL_CARD = Hardware(cores=8, ram_gb=16, gpu_gb=8)
CARD = Hardware(cores=16, ram_gb=64, gpu_gb=24)
BIG_CARD = Hardware(cores=16, ram_gb=128, gpu_gb=141)

IMAGE, AUDIO = frozenset({Modality.IMAGE}), frozenset({Modality.AUDIO})
DOCUMENT = frozenset({Modality.DOCUMENT})


def row(name, architecture, reason, **needs):
    return pytest.param(Needs(**needs), architecture, reason, id=name)


STARTING_TABLE = [
    row("a general task", API, "without data or hardware"),
    row("one translation at volume, with pairs", TUNED, "tuned on your pairs",
        task="translate", volume_per_day=1_000_000, labelled_pairs=50_000),
    row("one translation at volume, pairs not told", TUNED, "pairs can be made by an API",
        task="translate", volume_per_day=1_000_000),
    row("one summary at volume, with pairs", TUNED, "on 6 of 12 sets",
        task="summarize", volume_per_day=1_000_000, labelled_pairs=50_000),
    row("one summary at volume, pairs not told", TUNED, "pairs can be made by an API",
        task="summarize", volume_per_day=1_000_000),
    row("embedding", ENCODER, "vectors", task="embed"),
    row("vectors", ENCODER, "vectors", output="vector"),
    row("classification", ENCODER, "one pass", task="classify"),
    row("labels", ENCODER, "one pass", output="label"),
    row("speech to text", SPEECH, "sound", task="transcribe"),
    row("sound", SPEECH, "sound", modalities=AUDIO, task="transcribe"),
    row("long inputs at low cost", STATE, "does not grow",
        task="summarize", input_tokens=200_000, priority="cost"),
    row("long inputs at low cost, whatever the task", STATE, "does not grow",
        input_tokens=100_000, priority="cost"),
    row("many long inputs", STATE, "does not grow",
        task="summarize", input_tokens=100_000, volume_per_day=10_000),
    row("long inputs that stay here", STATE, "does not grow",
        task="summarize", input_tokens=100_000, local_only=True),
]  # fmt: skip

TRANSLATION = [
    row("a brochure", API, "83 to 92", task="translate", languages=("en",), to="de", volume_per_day=10),
    row("half a million sentences in private, on processors", PAIR, "one pair of languages",
        task="translate", languages=("en",), to="de", volume_per_day=500_000, local_only=True, hardware=PROCESSOR),
    row("2,000 pairs tune no language model", PAIR, "30 to 50 %",
        task="translate", volume_per_day=1_000_000, labelled_pairs=2_000),
    row("100,000 pairs in a house style, on a card", LOCAL, "13 BLEU",
        task="translate", volume_per_day=5_000, labelled_pairs=120_000, house_style=True, hardware=CARD),
    row("Icelandic in a product, offline", PAIR, "54 of 100",
        task="translate", languages=("en",), to="is", commercial=True, offline=True),
    row("Icelandic for research", PAIR, "54 of 100",
        task="translate", languages=("en",), to="is", commercial=False, local_only=True),
    row("Kannada, quality first", API, "75 to 84", task="translate", languages=("en",), to="kn", priority="quality"),
    row("Maasai", API, "no system is adequate", task="translate", languages=("en",), to="mas"),
    row("two languages in one text", API, "whatever languages", task="translate", languages=("de", "tr"), to="en"),
    row("two languages in one text, in private", LOCAL, "language model",
        task="translate", languages=("de", "tr"), to="en", local_only=True),
    row("a novel, whose terms must agree", API, "83 to 92", task="translate", languages=("en",), to="fr", input_tokens=90_000),
    row("800 strings into 25 languages, once", API, "a day for 20,000", task="translate", documents=20_000),
    row("an answer in 300 ms on processors", PAIR, "as it comes", task="translate", latency_ms=300, hardware=PROCESSOR),
    row("Portuguese to Japanese, in private", PAIR, "one pair",
        task="translate", languages=("pt",), to="ja", local_only=True),
    row("a laptop without a network", PAIR, "one pair", task="translate", languages=("fr",), to="de", offline=True, hardware=LAPTOP),
    row("a language with little data, for ever", TUNED, "brought Yoruba",
        task="translate", languages=("en",), to="yo", volume_per_day=2_000_000),
    row("the same bytes each time, for an audit", PAIR, "one pair",
        task="translate", languages=("en",), to="de", deterministic=True),
    row("ten million short texts", TUNED, "pairs can be made", task="translate", volume_per_day=10_000_000),
    row("a field device with 1 GB", PAIR, "no other kind",
        task="translate", languages=("en",), to="fr", offline=True, hardware=Hardware(ram_gb=1, gpu_gb=0)),
]  # fmt: skip

SUMMARIES = [
    row("ten documents a day", API, "a day for 10 items", task="summarize", volume_per_day=10),
    row("a million news a day", PAIR, "trained on the news", task="summarize", domain="news", volume_per_day=1_000_000),
    row("support tickets, as it comes", API, "language model", task="summarize", domain="support tickets"),
    row("support tickets, 2,000 summaries of ours", TUNED, "6 of 12",
        task="summarize", domain="support tickets", labelled_pairs=2_000, volume_per_day=200_000),
    row("one contract of 300 pages", API, "five times", task="summarize", input_tokens=185_000, documents=1),
    row("the same, which must stay, on a card", STATE, "does not grow",
        task="summarize", input_tokens=185_000, local_only=True, hardware=CARD),
    row("50,000 long documents, which must stay", STATE, "does not grow",
        task="summarize", documents=50_000, days=7, input_tokens=20_000, local_only=True),
    row("the same without an accelerator", EXTRACTIVE, "no other kind",
        task="summarize", documents=50_000, days=7, input_tokens=20_000, local_only=True, hardware=PROCESSOR),
    row("papers of 10,000 tokens, 5,000 pairs", TUNED, "6 of 12", task="summarize", input_tokens=10_000, labelled_pairs=5_000),
    row("nothing may be invented", EXTRACTIVE, "only copies", task="summarize", quotable=True),
    row("headlines in private", PAIR, "one-line", task="summarize", output_tokens=15, local_only=True, hardware=PROCESSOR),
    row("a brand's voice", API, "style", task="summarize", creative=True, volume_per_day=20),
    row("Hindi, in private", LOCAL, "other languages than English",
        task="summarize", languages=("hi",), volume_per_day=1_000, local_only=True, hardware=SMALL_CARD),
    row("a digest of 30 documents", API, "language model", task="summarize", input_tokens=30_000, volume_per_day=5),
    row("minutes of a meeting", SPEECH, "then summarize", task="summarize", modalities=AUDIO),
    row("50,000 overnight", API, "a day for 50,000 items", task="summarize", documents=50_000),
]  # fmt: skip

SEEN = [
    row("alt text for 50 pictures", API, "a day for 50", task="caption", volume_per_day=50),
    row("two million photos", VISION, "captioners", task="caption", volume_per_day=2_000_000),
    row("family photos on a laptop", VISION, "no other kind", task="caption", local_only=True, hardware=LAPTOP),
    row("scanned invoices, 100 a day", API, "a day for 100", task="extract", modalities=IMAGE, volume_per_day=100),
    row("the same, which must stay", VISION, "thinking off",
        task="extract", modalities=DOCUMENT, volume_per_day=100, local_only=True, hardware=SMALL_CARD),
    row("one layout of receipts, 5,000 labelled", VISION, "tuned on your layout",
        task="extract", modalities=IMAGE, labelled_pairs=5_000, volume_per_day=70_000),
    row("a PDF's own text", API, "language model", task="extract", input_tokens=400),
    row("charts", API, "language model", task="answer", modalities=IMAGE, domain="charts"),
    row("closed questions, millions of pictures", VISION, "pixels", task="answer", modalities=IMAGE, volume_per_day=3_000_000),
]  # fmt: skip

SPOKEN = [
    row("40 languages", SPEECH, "sound", task="transcribe", languages=("fr", "tr")),
    row("live captions", SPEECH, "streaming model", task="transcribe", languages=("en",), live=True, hardware=LAPTOP),
    row("music on hold", SPEECH, "voice detection", task="transcribe", domain="call centre"),
    row("Bengali", SPEECH, "224 tokens", task="transcribe", languages=("bn",)),
    row("an hour on a laptop", SPEECH, "sound", task="transcribe", input_tokens=180_000, hardware=LAPTOP),
    row("French speech to English text", SPEECH, "no other kind", task="translate", modalities=AUDIO, languages=("fr",), to="en"),
    row("French speech to German text", SPEECH, "then translate", task="translate", modalities=AUDIO, languages=("fr",), to="de"),
]  # fmt: skip

CODE = [
    row("a repository that may not leave", LOCAL, "12 to 30B", task="codegen", local_only=True, hardware=CARD),
    row("completion in 150 ms", LOCAL, "12 to 30B",
        task="codegen", input_tokens=300, output_tokens=10, latency_ms=150, hardware=CARD),
    row("refactoring over many files", API, "language model", task="codegen", input_tokens=60_000),
    row("on a laptop", LOCAL, "4B", task="codegen", local_only=True, commercial=True, hardware=LAPTOP),
]  # fmt: skip

LABELS = [
    row("20 examples, 100 a day", API, "into the prompt", task="classify", labelled_pairs=20, volume_per_day=100),
    row("20 examples, a million a day", ENCODER, "SetFit", task="classify", labelled_pairs=20, volume_per_day=1_000_000),
    row("ten million a day", ENCODER, "one pass", task="classify", classes=10, volume_per_day=10_000_000),
    row("500 labels, political positions in German", ENCODER, "beats prompted",
        task="classify", languages=("de",), labelled_pairs=500),
    row("300 labels, yes or no", API, "language model", task="classify", classes=2, labelled_pairs=300),
    row("labels that change every week", API, "language model", task="classify", labelled_pairs=0),
    row("60 labels, nothing labelled, in private", LOCAL, "in one pass",
        task="classify", classes=60, labelled_pairs=0, local_only=True, volume_per_day=10_000),
    row("labels for 6,000 tokens", ENCODER, "one pass", task="classify", input_tokens=6_000),
    row("vectors of a hundred million sentences", ENCODER, "vectors",
        task="embed", languages=("en",), documents=100_000_000, days=30, input_tokens=20),
    row("search over many languages", ENCODER, "vectors", task="embed", languages=("fr", "hi"), input_tokens=2_000),
    row("names and dates in five million texts", ENCODER, "without generating", task="extract", volume_per_day=5_000_000),
    row("an answer that is a span", ENCODER, "spans", task="answer", quotable=True),
    row("JSON from texts in private", LOCAL, "this machine", task="extract", local_only=True),
]  # fmt: skip

WALLS = [
    row("records that may not leave", LOCAL, "this machine", task="answer", local_only=True),
    row("ten of anything a day", API, "a day for 10", volume_per_day=10),
    row("talk on a laptop", LOCAL, "4B", local_only=True, hardware=LAPTOP),
    row("anything on a card of 8 GB", LOCAL, "4 to 12B", local_only=True, hardware=SMALL_CARD),
    row("500 sessions of 32,000 tokens", STATE, "sessions",
        sessions=500, input_tokens=32_000, local_only=True, hardware=BIG_CARD),
    row("Mamba for inputs of 200 tokens", PAIR, "one pair",
        task="translate", languages=("en",), to="de", input_tokens=200, local_only=True),
    row("nothing to pay with", LOCAL, "a day for 10,000", task="answer", budget_per_day=Decimal(0)),
    row("nothing to pay with, and no card", PAIR, "a day for 10,000",
        task="translate", budget_per_day=Decimal(0), hardware=PROCESSOR),
]  # fmt: skip


@pytest.mark.parametrize(("needs", "architecture", "reason"), STARTING_TABLE)
def test_the_starting_table_comes_out_exactly(needs, architecture, reason):
    made = decide(needs)
    assert made.architecture == architecture
    assert reason in " ".join(made.because)


@pytest.mark.parametrize(
    ("needs", "architecture", "reason"),
    [*TRANSLATION, *SUMMARIES, *SEEN, *SPOKEN, *CODE, *LABELS, *WALLS],
)
def test_a_situation_calls_for_a_kind_of_model_with_a_reason(needs, architecture, reason):
    made = decide(needs)
    assert made.architecture == architecture, made
    assert reason in " ".join(made.because)
