"""Schemas as users write them, and values that fit them or nearly do."""

from functools import cache

from hypothesis import strategies as st

NAMES = st.sampled_from(["id", "name", "total", "items", "kind", "next", "größe", "a b"])
WORDS = st.sampled_from(["", "a", "ab", "red", "blue", "Straße", "2024-05-01", "😀😀", "x y"])
PATTERNS = st.sampled_from(["^[a-z]+$", "^\\d{2,4}$", "e", "^(red|blue)$", "^.{0,3}$"])
WHOLE = st.integers(-20, 20)
NUMBERS = WHOLE | st.sampled_from([0.5, -1.25, 2.0, 1e3, 10**20])
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
PLAIN = {
    "string": WORDS | st.text(max_size=4),
    "integer": WHOLE | st.just(2.0),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "null": st.none(),
}
DEFS = ["node", "leaf"]


@st.composite
def schemas(draw, depth=3):
    """A raw schema of draft 2020-12; its `$defs` may lead back to themselves."""
    root = draw(_objects(depth) | _any(depth))
    if draw(st.booleans()):
        root = root | {"title": draw(WORDS)}
    if "$ref" in str(root):
        node = draw(_objects(2))
        properties = node["properties"] | {"next": {"$ref": "#/$defs/node"}}
        node |= {"properties": properties, "required": draw(_some(set(properties) - {"next"}))}
        root["$defs"] = {"node": node, "leaf": draw(_any(0))}
    return root


@st.composite
def values(draw, schema):
    """A value that often fits, and often is wrong in one place."""
    value = draw(_fitting(schema, schema, 4))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        value = draw(spoilt(value))
    return value


@cache
def _any(depth):
    plain = st.one_of(
        _strings(),
        _numbers(),
        st.builds(lambda kind: {"type": kind}, st.sampled_from(["boolean", "null"])),
        st.builds(lambda kinds: {"type": kinds}, _some({"string", "integer", "null", "object"}, 1)),
        st.builds(lambda listed: {"enum": listed}, st.lists(SCALARS | st.just([1]), min_size=1)),
        st.builds(lambda value: {"const": value}, SCALARS | st.just({"a": [1]})),
    )
    if depth <= 0:
        return plain
    return st.one_of(
        plain,
        _objects(depth),
        _arrays(depth),
        _composed(depth),
        st.builds(lambda name: {"$ref": f"#/$defs/{name}"}, st.sampled_from(DEFS)),
    )


def _some(names, least=0):
    return (
        st.lists(st.sampled_from(sorted(names)), unique=True, min_size=least)
        if names
        else st.just([])
    )


def _with(base, **optional):
    return st.fixed_dictionaries(base, optional=optional)


@cache
def _strings():
    small = st.integers(0, 4)
    return _with({"type": st.just("string")}, minLength=small, maxLength=small, pattern=PATTERNS)


@cache
def _numbers():
    return _with(
        {"type": st.sampled_from(["integer", "number"])},
        minimum=NUMBERS,
        maximum=NUMBERS,
        exclusiveMinimum=WHOLE,
        exclusiveMaximum=WHOLE,
        multipleOf=st.sampled_from([1, 2, 3, 0.5]),
    )


@cache
@st.composite
def _objects(draw, depth):
    fields = draw(st.dictionaries(NAMES, st.deferred(lambda: _any(depth - 1)), max_size=4))
    made = {"type": "object", "properties": fields, "required": draw(_some(set(fields)))}
    closed = st.booleans() | _any(0)
    more = {
        "additionalProperties": closed,
        "patternProperties": st.dictionaries(PATTERNS, _any(0), max_size=1),
        "propertyNames": _strings(),
        "minProperties": st.integers(0, 2),
        "maxProperties": st.integers(2, 6),
        "dependentRequired": st.dictionaries(NAMES, _some({"id", "name"}), max_size=1),
        "unevaluatedProperties": st.just(False),
    }
    for word in draw(st.lists(st.sampled_from(sorted(more)), unique=True, max_size=2)):
        made[word] = draw(more[word])
    return made


@cache
def _arrays(depth):
    inner = st.deferred(lambda: _any(depth - 1))
    small = st.integers(0, 4)
    return _with(
        {"type": st.just("array"), "items": inner},
        prefixItems=st.lists(inner, min_size=1, max_size=2),
        minItems=small,
        maxItems=small,
        uniqueItems=st.booleans(),
        contains=_any(0),
        minContains=st.integers(0, 2),
        maxContains=st.integers(0, 2),
    )


@cache
def _composed(depth):
    inner = st.deferred(lambda: _any(depth - 1))
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda word, some: {word: some}, st.sampled_from(["anyOf", "oneOf"]), several),
        st.builds(lambda some: {"allOf": some}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda one: {"not": one}, _any(0)),
        _with({"if": _any(0)}, **{"then": inner, "else": inner}),
    )


@cache
def _anything():
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=4,
    )


@st.composite
def _fitting(draw, schema, root, depth):
    """Follows the schema as far as it is simple; it need not fit."""
    if not isinstance(schema, dict) or depth < 0:
        return draw(_anything() if schema is not False and depth >= 0 else SCALARS)
    if "$ref" in schema:
        return draw(_fitting(root["$defs"][schema["$ref"].rpartition("/")[2]], root, depth - 1))
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return draw(_fitting(draw(st.sampled_from(schema[word])), root, depth))
    for word in ("then", "else"):
        if word in schema:
            return draw(_fitting(schema[word], root, depth))
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    kind = schema.get("type", "object")
    kind = draw(st.sampled_from(kind)) if isinstance(kind, list) else kind
    return draw(_of_kind(kind, schema, root, depth))


def _of_kind(kind, schema, root, depth):
    if kind == "object":
        return _object_of(schema, root, depth)
    return _array_of(schema, root, depth) if kind == "array" else PLAIN[kind]


@st.composite
def _object_of(draw, schema, root, depth):
    fields = schema.get("properties", {})
    required = schema.get("required", [])
    names = [name for name in fields if name in required or (depth > 0 and draw(st.booleans()))]
    return {name: draw(_fitting(fields[name], root, depth - 1)) for name in names}


@st.composite
def _array_of(draw, schema, root, depth):
    first = schema.get("prefixItems", [])
    length = draw(st.integers(schema.get("minItems", 0), max(schema.get("minItems", 0), 3)))
    inner = [*first, *[schema.get("items", True)] * length][: max(length, len(first))]
    return [draw(_fitting(one, root, depth - 1)) for one in inner]


@st.composite
def spoilt(draw, value):
    """One change somewhere: another value, a field more or less, an item twice."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: draw(spoilt(value[name]))}
    if isinstance(value, list) and value and draw(st.booleans()):
        n = draw(st.integers(0, len(value) - 1))
        return [*value[:n], draw(spoilt(value[n])), *value[n + 1 :]]
    if isinstance(value, dict):
        name = draw(NAMES)
        rest = {key: one for key, one in value.items() if key != name}
        return draw(st.sampled_from([rest, rest | {name: draw(SCALARS)}]))
    if isinstance(value, list):
        return draw(st.sampled_from([value[1:], value + value[:1], [*value, None]]))
    return draw(SCALARS | st.just([value]) | st.just({"a": value}))
