"""The scripted backend: it says what it is told to say, and remembers what it was asked."""

import asyncio
import subprocess
import sys
import threading
import time
from decimal import Decimal

import pytest

from s2s_tasks import testing
from s2s_tasks.errors import BackendError, Cancelled
from s2s_tasks.exchange import (
    Completion,
    Finish,
    Media,
    Modality,
    Request,
    Scores,
    Segment,
    Signal,
    Speech,
    Usage,
    Vector,
)
from s2s_tasks.testing import Scripted, broken, cut, refused

HELLO = Request("translate", ("Hello world",), instruction="Into German", params={"to": "de"})


def said(backend, *requests):
    return [answer for _, answer in backend.complete(requests or [HELLO])]


def pieces(backend, request=HELLO):
    *texts, end = backend.stream(request)
    return texts, end


def test_a_text_answers_everything():
    assert [answer.output for answer in said(Scripted("Hallo"), HELLO, HELLO, HELLO)] == [
        "Hallo"
    ] * 3


def test_an_iterable_answers_in_order_over_all_calls():
    backend = Scripted(iter(["a", "b", "c"]))
    assert [said(backend)[0].output, pieces(backend)[1].output, said(backend)[0].output] == [*"abc"]


def test_an_empty_answer_is_an_answer():
    assert [answer.output for answer in said(Scripted(["", "b"]), HELLO, HELLO)] == ["", "b"]


def test_a_script_at_its_end_says_so_once_a_request():
    first, *rest = said(Scripted(["a"], name="prompter"), HELLO, HELLO, HELLO)
    assert first.output == "a"
    assert all(isinstance(answer, BackendError) for answer in rest)
    assert "'prompter' is at its end, and was asked to translate" in str(rest[0])
    assert "more replies" in rest[0].hint


def test_a_function_answers_from_the_request():
    assert said(Scripted(lambda request: request.params["to"]))[0].output == "de"


@pytest.mark.parametrize(
    "output",
    [Scores({"a": 0.9, "b": 0.1}), Vector((0.5, 1.0)), Speech((Segment("Hi there", 0, 1),), "en")],
    ids=lambda output: type(output).__name__,
)
def test_any_kind_of_output_is_an_answer_and_a_stream(output):
    assert said(Scripted(output))[0].output == output
    texts, end = pieces(Scripted([output]))
    assert end.output == output
    assert "".join(texts) == end.partial


@pytest.mark.parametrize(
    ("reply", "finish"),
    [(cut("a b"), Finish.LENGTH), (refused("a b"), Finish.REFUSAL), (broken("a b"), Finish.BROKEN)],
    ids=["cut", "refused", "broken"],
)
def test_an_unfinished_answer_is_streamed_as_far_as_it_got(reply, finish):
    texts, end = pieces(Scripted(reply))
    assert (texts, end.partial, end.finish, end.whole) == (["a", " b"], "a b", finish, False)


@pytest.mark.parametrize("text", ["", " ", "one", " one\n two\t", "漢字 です", "a\n\n\nb "])
def test_pieces_are_words_and_join_to_the_text(text):
    texts, end = pieces(Scripted(text))
    assert "".join(texts) == end.partial == text
    assert all(texts)
    assert len(texts) <= max(1, len(text.split()) + 1)


def test_a_backend_error_answers_its_own_request_only():
    down = BackendError("down", retryable=True)
    assert [type(answer) for answer in said(Scripted([down, "up"]), HELLO, HELLO)] == [
        BackendError,
        Completion,
    ]


def test_a_backend_error_ends_a_stream():
    with pytest.raises(BackendError, match="down"):
        pieces(Scripted(BackendError("down")))


def test_an_error_for_all_is_a_new_one_each_time():
    one, two = said(Scripted(BackendError("down", retryable=True, hint="wait")), HELLO, HELLO)
    assert one is not two
    assert (str(two), two.retryable, two.hint) == ("down", True, "wait")


@pytest.mark.parametrize("script", [[OSError("gone")], OSError("gone")], ids=["listed", "constant"])
def test_any_other_exception_is_raised(script):
    with pytest.raises(OSError, match="gone"):
        said(Scripted(script))


def test_what_a_function_raises_is_raised():
    def fail(request):
        raise BackendError(request.task)

    with pytest.raises(BackendError, match="translate"):
        said(Scripted(fail))


def test_a_reply_of_no_known_kind_is_named():
    with pytest.raises(TypeError, match="None"):
        said(Scripted(lambda _: None))


def test_requests_and_rounds_are_remembered():
    backend = Scripted("x")
    one, two = HELLO, Request("summarize", ("b",))
    said(backend, one, two)
    pieces(backend, two)
    assert backend.requests == [one, two, two]
    assert backend.rounds == [[one, two], [two]]


def test_words_are_counted_as_tokens():
    asked = HELLO.after(Completion("bad answer"), "too short by far")
    [answer] = said(Scripted("one two three"), asked)
    assert answer.usage == Usage(input_tokens=2 + 2 + 2 + 4, output_tokens=3)


def test_what_a_completion_states_is_kept_and_the_rest_filled_in():
    told = Completion("x", usage=Usage(7), cost=Decimal("0.5"), model="other", raw={"id": 1})
    assert said(Scripted(told))[0] == told
    assert said(Scripted(told))[0].raw == {"id": 1}
    [filled] = said(Scripted(Completion("x y"), price=Decimal("0.1"), model="m"))
    assert (filled.usage.output_tokens, filled.cost, filled.model) == (2, Decimal("0.1"), "m")


def test_an_unknown_price_stays_unknown():
    backend = Scripted("x", price=None)
    assert backend.price(HELLO) is None
    assert said(backend)[0].cost is None


def test_it_does_anything_for_anybody_by_default():
    media = tuple(Media(kind, "any/type", b"x") for kind in Modality if kind is not Modality.TEXT)
    assert not Scripted("x").misfits(Request("anything", ("text", *media)), local_only=True)


def test_its_spec_opens_itself():
    backend = Scripted("x", name="mine")
    assert backend.spec.open("any") is backend
    assert backend.spec.name == "mine"


def test_warming_and_closing_are_remembered():
    backend = Scripted("x")
    assert (backend.warmed, backend.closed) == (False, False)
    backend.warm()
    backend.close()
    assert (backend.warmed, backend.closed) == (True, True)


def stopping(after):
    signal = Signal()
    threading.Timer(after, signal.abort).start()
    return Request("translate", ("a b c d",), signal=signal)


@pytest.mark.parametrize("ask", [said, pieces], ids=["complete", "stream"])
def test_a_delay_is_cut_short_by_the_signal(ask):
    backend = Scripted("a b c d", delay=30)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ask(backend, stopping(0.05))
    assert time.monotonic() - began < 5


def test_a_delay_is_spread_over_the_pieces_of_a_stream():
    backend, began = Scripted("a b c d", delay=0.4), time.monotonic()
    items = backend.stream(HELLO)
    next(items)
    assert time.monotonic() - began >= 0.1
    assert [*items][-1].output == "a b c d"
    assert time.monotonic() - began >= 0.4


def test_sixteen_threads_share_one_script_without_loss():
    backend = Scripted(str(n) for n in range(16 * 50))  # a generator, which threads cannot share
    answers = []

    def ask():
        for _ in range(50):
            answers.extend(answer.output for answer in said(backend))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=int) == [str(n) for n in range(800)]
    assert len(backend.requests) == len(backend.rounds) == 800


def test_the_async_twins_say_the_same():
    async def ask():
        backend = Scripted(lambda request: request.text)
        answers = [item async for item in backend.acomplete([HELLO])]
        return answers, [item async for item in backend.astream(HELLO)]

    answers, items = asyncio.run(ask())
    assert [answer.output for _, answer in answers] == ["Hello world"]
    assert items[:-1] == ["Hello", " world"]


def test_it_costs_microseconds_a_request():
    backend, requests = Scripted("Hallo Welt"), [HELLO] * 2000
    times = []
    for _ in range(5):
        began = time.perf_counter()
        said(backend, *requests)
        times.append((time.perf_counter() - began) / len(requests))
    assert min(times) < 50e-6  # 5e-6 on an idle machine; ten times that on a crowded one


def test_every_public_name_is_there_and_others_are_not():
    for name in testing.__all__:
        assert getattr(testing, name).__name__ if name not in {"Mode", "Reply", "Script"} else True
        assert getattr(testing, name) is not None
    with pytest.raises(AttributeError, match="Scriptd"):
        testing.Scriptd


def test_the_package_loads_its_rooms_only_when_they_are_used():
    script = (
        "import sys, s2s_tasks.testing.pytest_plugin as p;"
        "print(*sorted(m for m in sys.modules if m.startswith('s2s_tasks.testing.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["s2s_tasks.testing.pytest_plugin"], done.stderr
