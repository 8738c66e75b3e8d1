"""Read by mypy and pyright, never run: what a user's editor knows of the verbs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, assert_type

from s2s_tasks import Beam, Decision, Piece, Policy, Result, Results, Stream, Tasks, tasks
from s2s_tasks.catalog import Classification, Summarize, Transcript


@dataclass
class Invoice:
    number: str
    total: float


class Contact(TypedDict):
    name: str


assert_type(tasks.summarize("text", max_words=60, style="bullets"), Result[str])
assert_type(tasks.summarize("text").value, str)
assert_type(tasks.translate("text", to="de", backend="x", model="y"), Result[str])
assert_type(tasks.caption("photo.jpg"), Result[str])
assert_type(tasks.answer("photo.jpg", question="How many?"), Result[str])
assert_type(tasks.codegen("reverse a list", language="python"), Result[str])
assert_type(tasks.transcribe("talk.mp3", timestamps="segment"), Result[Transcript])
assert_type(tasks.classify("text", labels=["a", "b"]), Result[Classification])
assert_type(tasks.extract("mail", schema=Invoice), Result[Invoice])
assert_type(tasks.extract("mail", schema=Contact), Result[Contact])
assert_type(tasks.extract("mail", schema=list[Invoice]).value, list[Invoice])
assert_type(tasks.embed(["a", "b"]).value, tuple[tuple[float, ...], ...])
assert_type(tasks.summarize.explain("text"), Decision)
assert_type(tasks.summarize.stream("text"), Stream[str])
assert_type(tasks.extract.map(["mail"], schema=Invoice), Results[Invoice])
assert_type(tasks.run(Summarize(max_words=5), "text"), Result[str])
assert_type(tasks.summarize("text").usage.input_tokens, int)

private = Tasks(backend="local", policy=Policy(local_only=True))
assert_type(private.using(decoding=Beam(4, length_penalty=0.6), model="m"), Tasks)

for piece in tasks.summarize.stream("text"):
    assert_type(piece, Piece)
for result in tasks.summarize.map(["a", "b"], max_words=60):
    assert_type(result, Result[str])


async def awaited() -> None:
    assert_type(await tasks.extract.aio("mail", schema=Invoice), Result[Invoice])
    async for piece in tasks.summarize.stream("text"):
        assert_type(piece, Piece)
    async for result in tasks.summarize.map(["a", "b"]):
        assert_type(result, Result[str])


def scores(text: str) -> Mapping[str, float]:
    return tasks.classify(text, labels=["a", "b"]).value.scores


# What must be seen as wrong; an unneeded `ignore` here is an error of its own.
tasks.summarize("text", max_word=60)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
tasks.summarize("text", max_words="6")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
tasks.translate("text")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
tasks.summarize("text", style="poem")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
tasks.summarize("text", timeout="soon")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Tasks(polcy=Policy())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
