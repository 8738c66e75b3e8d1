"""A small corpus, and the subword models that are trained on it."""

import json
from functools import cache
from io import BytesIO

CORPUS = """\
The quick brown fox jumps over the lazy dog.
The station is near the old bridge, and the train leaves at 9:45.
Where is the station? It is over there, behind the church.
She bought three red apples and two green pears for 4.50 euros.
In 2024 the committee published its report on the weather.
The committee said that the report is not finished, because 12 pages are missing.
A function returns the sum of two numbers: def add(a, b): return a + b
Please write to info@example.org or see https://example.org/help?id=7 for more.
The weather was cold and wet, but the children played in the garden.
Nobody knows why the old house on the hill is empty.
The doctor asked the patient how long the pain had lasted.
Translate the text into German. Answer with the translation only.
Answer the question from the text. Summarize the text in at most 60 words.
You are a helpful assistant. Name the label that fits the text best.
"Yes," he said, "I can't come today; I'll be there tomorrow."
All models are wrong, but some are useful.
It costs $1,299.00 (about 20% less than last year) - a good price!
Good morning! How are you? I am fine, thank you 😀
Der schnelle braune Fuchs springt über den faulen Hund.
Der Bahnhof liegt neben der alten Brücke, und der Zug fährt um 9:45 Uhr.
Wo ist der Bahnhof? Er ist dort drüben, hinter der Kirche.
Sie kaufte drei rote Äpfel und zwei grüne Birnen für 4,50 Euro.
Im Jahr 2024 veröffentlichte der Ausschuss seinen Bericht über das Wetter.
Das Wetter war kalt und nass, aber die Kinder spielten im Garten.
Niemand weiß, warum das alte Haus auf dem Hügel leer steht.
Die Ärztin fragte den Patienten, wie lange die Schmerzen gedauert hätten.
Die Straße führt durch große Wälder bis zum Meer.
Guten Morgen! Wie geht es Ihnen? Mir geht es gut, danke.
Le renard brun et rapide saute par-dessus le chien paresseux.
La gare est près du vieux pont, et le train part à 9 h 45.
Où est la gare ? Elle est là-bas, derrière l'église.
Elle a acheté trois pommes rouges et deux poires vertes pour 4,50 euros.
En 2024, le comité a publié son rapport sur la météo.
Le temps était froid et humide, mais les enfants jouaient dans le jardin.
Personne ne sait pourquoi la vieille maison sur la colline est vide.
Ça va ? Très bien, merci, et à bientôt !
你好，世界。今天天气很好。
1 2 3 4 5 6 7 8 9 10 100 1000 - ( ) [ ] { } < > = + * / # % & _ | ~ ^ @ ; : ! ?
""".splitlines()

PRINTABLE = "".join(map(chr, range(33, 127)))
"""What every real vocabulary can spell."""

SIZE = 384
"""Pieces of a subword model. Six dozen of them are the characters of the corpus."""


@cache
def sentencepiece_model(kind: str = "unigram", size: int = SIZE, **options: object) -> bytes:
    """A SentencePiece model; `options` are its trainer's (`pad_id=0`, ...)."""
    from sentencepiece import SentencePieceTrainer

    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter([*CORPUS, PRINTABLE]),
        model_writer=written,
        model_type=kind,
        vocab_size=size,
        character_coverage=1.0,
        minloglevel=2,
        num_threads=1,
        **options,
    )
    return written.getvalue()


@cache
def pieces(model: bytes) -> list[str]:
    """The pieces of a SentencePiece model by id."""
    from sentencepiece import SentencePieceProcessor

    read = SentencePieceProcessor(model_proto=model)
    return [read.id_to_piece(number) for number in range(read.get_piece_size())]


def byte_level(*specials: str) -> tuple[dict, list]:
    """Vocabulary and merges of a BPE over bytes, the `specials` first, as fairseq has them."""
    from tokenizers import pre_tokenizers

    return _bpe(pre_tokenizers.ByteLevel(), pre_tokenizers.ByteLevel.alphabet(), specials)


def byte_fallback(*specials: str) -> tuple[dict, list]:
    """Vocabulary and merges of a BPE over characters, with a piece for each byte besides."""
    from tokenizers import pre_tokenizers

    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    return _bpe(pre_tokenizers.Metaspace(), ["▁", *PRINTABLE], [*specials, *bytes_])


def _bpe(splitter, alphabet, specials) -> tuple[dict, list]:
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = splitter
    trainer = trainers.BpeTrainer(
        vocab_size=len(specials) + len(alphabet) + 160,
        initial_alphabet=list(alphabet),
        special_tokens=list(specials),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]


def word_pieces() -> dict[str, int]:
    """A vocabulary of WordPiece, lower-cased as in `bert-base-uncased`."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=SIZE,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        show_progress=False,
    )
    tokenizer.train_from_iterator([*CORPUS, PRINTABLE], trainer)
    return tokenizer.get_vocab()
