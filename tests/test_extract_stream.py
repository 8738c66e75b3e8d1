"""Claims about data as it streams: what has settled stays, and the last of it is the value."""

import asyncio
import json
import pickle
import time
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s2s_tasks import (
    Completion,
    CutOff,
    Enforces,
    InvalidOutput,
    Policy,
    Registry,
    Tasks,
    hookimpl,
)
from s2s_tasks.catalog import Extract
from s2s_tasks.catalog.partial import JsonDraft
from s2s_tasks.testing import Scripted, broken, cut

ANY = {}
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.text(alphabet='"\\/\b\n{}[],: `~e1-', max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=16,
)
fences = st.sampled_from(
    ["{}", "  {}\n", "```json\n{}\n```", "\n~~~\n{}\n~~~\n", "```\n\n {} \n```"]
)


@st.composite
def written(draw):
    """A value, and one of the ways in which a model may write it."""
    value = draw(values)
    text = json.dumps(
        value,
        indent=draw(st.sampled_from([None, 0, 2, "\t"])),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":"), (" , ", " :\r\n")])),
    )
    return value, text, draw(fences).replace("{}", text)


def chunks(text, ends):
    borders = [0, *sorted({end % (len(text) + 1) for end in ends}), len(text)]
    return [text[a:b] for a, b in pairwise(borders) if a < b]


cuts = st.lists(st.integers(0, 10_000), max_size=40)


class Chunked(Scripted):
    """Streams each reply in the chunks it is given as."""

    def __init__(self, *replies):
        super().__init__(["".join(reply) for reply in replies])
        self._chunks = iter(replies)

    def stream(self, request):
        yield from next(self._chunks)
        *_, answer = super().stream(request)
        yield answer


def stream(*replies, schema=ANY, policy=None):
    return Tasks(backend=Chunked(*replies), policy=policy or Policy()).extract.stream(
        "A text.", schema=schema
    )


def grows(before, after):
    """Whether `after` is `before` with more at the ends of its open containers."""
    if isinstance(before, dict):
        return (
            isinstance(after, dict)
            and [*after][: len(before)] == [*before]
            and all(grows(value, after[key]) for key, value in before.items())
        )
    if isinstance(before, list):
        return (
            isinstance(after, list)
            and len(before) <= len(after)
            and all(grows(one, other) for one, other in zip(before, after, strict=False))
        )
    return same(before, after)


def same(one, other):
    return json.dumps(one) == json.dumps(other)  # knows 1 from 1.0 and from true, -0.0 from 0.0


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(item in rest for item in part)


def leaves(value):
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for item in inner for leaf in leaves(item)]
    return [json.dumps(value)]


# --- the pure part ----------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(written(), cuts)
@example(({"a": "x"}, '{"a": "x"}', '```json\n{"a": "x"}\n```'), [*range(30)])
def test_whatever_the_pieces_settled_text_begins_the_answer_and_the_last_value_is_the_value(
    answer, ends
):
    value, text, fenced = answer
    draft, before, moments = JsonDraft(), None, []
    for chunk in chunks(fenced, ends):
        shown = draft.text
        draft.more(chunk)
        now = draft.value()
        assert draft.text.startswith(shown)
        assert text.startswith(draft.text)
        assert before is None or grows(before, now)
        assert before is None or is_subsequence(leaves(before), leaves(value))
        moments.append((draft.value, now))
        before = now
    draft.whole("")
    assert draft.text == text
    assert same(draft.value(), value)
    for moment, then in moments:
        assert same(moment(), then)  # what came later did not reach into it


@settings(max_examples=200, deadline=None)
@given(written(), cuts, cuts)
def test_what_is_settled_does_not_depend_on_the_pieces(answer, ends, others):
    _, _, fenced = answer
    for stop in range(0, len(fenced) + 1, max(1, len(fenced) // 9)):
        begun = fenced[:stop]
        one, other = JsonDraft(), JsonDraft()
        for chunk in chunks(begun, ends):
            one.more(chunk)
        for chunk in chunks(begun, others):
            other.more(chunk)
        assert one.text == other.text
        assert same(one.value(), other.value())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{}[]",:1e-. \n\\atruefnls`~\u00a0', max_size=30), cuts)
def test_what_is_no_json_settles_nothing_that_json_would_not_begin_with(text, ends):
    draft = JsonDraft()
    for chunk in chunks(text, ends):
        draft.more(chunk)
    json.loads(closed(draft.text) or "0")


def closed(text):
    """The shortest JSON that begins with this, for a check that is not the scanner's own."""
    ends, inside, escaped = [], False, False
    for sign in text:
        if inside:
            inside, escaped = escaped or sign != '"', not escaped and sign == "\\"
        elif sign == '"':
            inside = True
        elif sign in "{[":
            ends.append("}" if sign == "{" else "]")
        elif sign in "}]":
            ends.pop()
    close = "".join(reversed(ends))
    tails = ["", "0", ":0", '"\\u0000":0']
    for tail in tails:
        try:
            json.loads(text + tail + close)
        except ValueError:
            continue
        return text + tail + close
    return text


@pytest.mark.parametrize(
    ("text", "settled", "value"),
    [
        ('{"a": 1', '{"a":', {}),
        ('{"a": 1,', '{"a": 1,', {"a": 1}),
        ('{"a": tru', '{"a":', {}),
        ('{"a": "b', '{"a":', {}),
        ('{"a": "b\\', '{"a":', {}),
        ('{"a": "b\\"', '{"a":', {}),
        ('{"a": [[], {', '{"a": [[], {', {"a": [[], {}]}),
        ("[-0.0 , 1", "[-0.0 ,", [-0.0]),
        ("12", "", None),
        ("12\n", "12", 12),
        ("`", "", None),
        ("```js", "", None),
        ("```json\n[", "[", []),
        ("Here it is: [1]", "", None),
        ("[1} 2]", "[1", [1]),
        ("[1, 2]\n```\nand more [3]", "[1, 2]", [1, 2]),
        ("[NaN, 1]", "[", []),
        ("[1e999, 1]", "[", []),
        ("[01, 1]", "[", []),
        ("['a']", "[", []),
        ("[1,]", "[1,", [1]),
        ('{"a": 1, "a": 2}', '{"a": 1,', {"a": 1}),
        ('{"a" 1}', '{"a"', {}),
        ("{1: 2}", "{", {}),
        ('["\t", 1]', "[", []),
        ("\u00a0[1]", "[1]", [1]),
        ("[\u00a01, 2]", "[", []),
        ("", "", None),
    ],
)
def test_settled_is_what_stands_in_whole_tokens(text, settled, value):
    whole = JsonDraft()
    whole.more(text)
    letters = JsonDraft()
    for letter in text:
        letters.more(letter)
    for draft in (whole, letters):
        assert (draft.text, draft.value()) == (settled, value)


def test_deep_values_are_shown_to_a_depth_and_cost_no_recursion():
    draft = JsonDraft()
    for _ in range(100):
        draft.more("[" * 1000)
    assert len(draft.text) < 1000
    assert draft.value()


@pytest.mark.parametrize(
    "text",
    [
        "[" + ", ".join(['{"name": "a b", "n": 12}'] * 8000) + "]",
        '{"text": "' + "a \\n" * 50_000 + '"}',
        "[" + "[1],\n" * 40_000 + "1]",
        " " * 100_000 + "[1]",
        "[" + " " * 100_000 + "1]",
    ],
    ids=["items", "long text", "lists", "spaces before", "spaces within"],
)
def test_a_long_answer_is_looked_at_once(text):
    began, draft = time.process_time(), JsonDraft()
    for at in range(0, len(text), 4):
        draft.more(text[at : at + 4])
        draft.value  # a snapshot is made for each piece, and read only on demand
    assert json.loads(draft.text) == draft.value()
    assert time.process_time() - began < 10  # a tenth of that; squared it would be minutes


# --- the stream -------------------------------------------------------------------------------


@dataclass
class Invoice:
    number: str
    total: float


INVOICE = ['{"num', 'ber": "', "R-7", '", "tot', 'al": 1', "2.5", "}"]


def test_pieces_carry_the_value_so_far_and_the_result_is_typed():
    pieces = stream(INVOICE, schema=Invoice)
    assert [(str(piece), piece.value) for piece in pieces] == [
        ("{", {}),
        ('"number":', {}),
        (' "R-7",', {"number": "R-7"}),
        (' "total":', {"number": "R-7"}),
        (" 12.5}", {"number": "R-7", "total": 12.5}),
    ]
    assert pieces.result.value == Invoice("R-7", 12.5)


async def read_async(made):
    return [piece async for piece in made]


@settings(max_examples=60, deadline=None)
@given(written(), cuts, st.booleans())
def test_the_pieces_are_the_answer_and_the_last_value_is_the_result(answer, ends, is_async):
    value, text, fenced = answer
    made = stream(chunks(fenced, ends))
    pieces = asyncio.run(read_async(made)) if is_async else list(made)
    assert "".join(pieces) == text
    assert {piece.attempt for piece in pieces} == {0}
    assert same(pieces[-1].value, value)
    assert same(made.result.value, value)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_repaired_answer_begins_afresh(is_async):
    made = stream(['{"number": "R', '-7"', "}"], INVOICE, schema=Invoice)
    pieces = asyncio.run(read_async(made)) if is_async else list(made)
    first = [piece for piece in pieces if piece.attempt == 0]
    second = [piece for piece in pieces if piece.attempt == 1]
    assert pieces == first + second
    assert first[-1].value == {"number": "R-7"}
    assert second[0].value == {}
    assert second[-1].value == {"number": "R-7", "total": 12.5}
    assert "".join(second) == "".join(INVOICE)


@pytest.mark.parametrize("is_async", [False, True])
def test_an_answer_that_another_backend_begins_anew_is_a_further_attempt(is_async):
    one = Scripted(broken('{"number": "R-6", "total'), name="one")
    two = Scripted("".join(INVOICE), name="two")

    class Plugin:
        @hookimpl
        def s2s_backends(self):
            return [one.spec, two.spec]

    tasks = Tasks(backend="one", registry=Registry(Plugin()), policy=Policy(fallback=("two",)))
    made = tasks.extract.stream("A text.", schema=Invoice)
    pieces = asyncio.run(read_async(made)) if is_async else list(made)
    assert [p.value for p in pieces if p.attempt == 0][-1] == {"number": "R-6"}
    last = [piece for piece in pieces if piece.attempt == pieces[-1].attempt]
    assert "".join(last) == "".join(INVOICE)
    assert [piece.value for piece in last][-1] == {"number": "R-7", "total": 12.5}
    assert made.result.value == Invoice("R-7", 12.5)


@pytest.mark.parametrize(
    ("schema", "reply", "value"),
    [
        (int, "42", 42),
        (str, '"a text"', "a text"),
        (list[int], "[1, 2]", [1, 2]),
        (bool, "```\ntrue\n```", True),
    ],
)
def test_a_value_that_is_no_object_is_shown_as_the_json_it_is(schema, reply, value):
    made = stream([*reply], schema=schema)
    pieces = list(made)
    assert "".join(pieces) == reply.strip("`\n")
    assert {piece.attempt for piece in pieces} == {0}
    assert pieces[-1].value == made.result.value == value


def test_a_cut_answer_ends_in_an_error_and_its_last_number_is_not_shown():
    made = Tasks(backend=Scripted(cut("[12, 34"))).extract.stream("A text.", schema=list[int])
    pieces = []
    with pytest.raises(CutOff):
        pieces.extend(made)
    assert [(str(piece), piece.value) for piece in pieces] == [("[12,", [12])]


def test_an_answer_that_stays_invalid_ends_in_an_error():
    with pytest.raises(InvalidOutput):
        list(stream(["{}"], ["[]"], schema=Invoice))


def test_a_piece_can_be_kept_and_sent_elsewhere():
    pieces = list(stream(["[[1", ", 2", "], [3]", "]"]))
    copies = pickle.loads(pickle.dumps(pieces))
    assert copies == pieces
    assert [copy.value for copy in copies] == [piece.value for piece in pieces]
    assert pieces[0].value == [[]]


def test_changing_a_value_does_not_reach_the_stream():
    made = stream(["[1, ", "2, ", "3]"])
    for piece in made:
        piece.value.append("mine")
    assert made.result.value == [1, 2, 3]


@pytest.mark.parametrize("verb", ["summarize", "codegen"])
def test_the_pieces_of_a_text_have_no_value(verb):
    tasks = Tasks(backend=Scripted("x = 1"))
    assert {piece.value for piece in getattr(tasks, verb).stream("A text.")} == {None}


# --- enums --------------------------------------------------------------------------------------

STATUS = {"type": "object", "properties": {"status": {"enum": ["paid", "open"]}}}


@pytest.mark.parametrize("is_async", [False, True])
def test_an_enum_in_another_case_is_put_right_told_and_shown_anew(is_async):
    made = stream(['{"status"', ": ", '"PAID"', "}"], schema=STATUS)
    pieces = asyncio.run(read_async(made)) if is_async else list(made)
    assert made.result.value == {"status": "paid"}
    assert made.result.warnings == ('$.status: "PAID" was read as "paid"',)
    assert [piece.value for piece in pieces if piece.attempt == 0][-1] == {"status": "PAID"}
    assert [(*piece.value.items(),) for piece in pieces if piece.attempt == 1] == [
        (("status", "paid"),)
    ]
    assert "".join(piece for piece in pieces if piece.attempt == 1) == '{"status": "paid"}'


def test_of_many_enums_that_are_put_right_some_are_told():
    result = Tasks(backend=Scripted(json.dumps(["PAID"] * 500))).extract(
        "A text.", schema={"type": "array", "items": {"enum": ["paid", "open"]}}
    )
    assert result.value == ["paid"] * 500
    assert len(result.warnings) < 20
    assert result.warnings[-1] == "490 more texts were read so"


@pytest.mark.parametrize("enforced", [Enforces.NATIVELY, Enforces.BY_MASK])
def test_what_a_backend_enforces_is_not_put_right(enforced):
    tasks = Tasks(backend=Scripted(Completion('{"status": "PAID"}', enforced=enforced)))
    with pytest.raises(InvalidOutput, match="status"):
        tasks.extract("A text.", schema=STATUS)


def test_how_the_answer_was_kept_to_the_schema_is_told():
    given = Completion('{"status": "paid"}', enforced=Enforces.BY_MASK)
    assert Tasks(backend=Scripted(given)).extract("A", schema=STATUS).enforced is Enforces.BY_MASK


def test_a_task_of_ones_own_may_add_a_rule():
    class Summed(Extract):
        def read(self, completion):
            if (found := super().read(completion))["total"] != 3:
                raise InvalidOutput("The total must be the sum of the lines, 3.")
            return found

    tasks = Tasks(backend=Chunked(['{"total": 4}'], ['{"total": 3}']))
    made = tasks.stream(Summed(schema={"type": "object"}), "1 + 2")
    assert [piece.value for piece in made][-1] == {"total": 3}
    assert made.result.attempts[0].problem == "The total must be the sum of the lines, 3."
