"""Schemas that would cost a validator its time, memory or isolation, each by its name."""


def nested(depth, word="items"):
    made = {}
    for _ in range(depth):
        made = {word: made}
    return made


def doubling(levels, word):
    """Each definition refers to the next one twice."""
    defs = {f"d{n}": word(f"#/$defs/d{n + 1}") for n in range(levels)}
    return {"$defs": defs | {f"d{levels}": {"type": "string"}}, "$ref": "#/$defs/d0"}


def beside(reference):
    return {"allOf": [{"$ref": reference}, {"$ref": reference}]}


def within(reference):
    return {"properties": {"x": {"$ref": reference}, "y": {"$ref": reference}}}


def chain(length):
    defs = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(length)}
    return {"$defs": defs | {f"d{length}": {}}, "$ref": "#/$defs/d0"}


def ring():
    made = {"type": "object"}
    made["properties"] = {"self": made}
    return made


def fields(count, **more):
    return {"type": "object", "properties": {f"f{n}": {} for n in range(count)}} | more


def objects(count):
    return {"properties": {f"o{n}": fields(100, required=[]) for n in range(count)}}


def text(pattern):
    return {"type": "string", "pattern": pattern}


def many_patterns(count):
    return {"properties": {f"f{n}": text(f"^{n}$") for n in range(count)}}


def product(factors):
    return {"allOf": [{"anyOf": [text(f"^{n}{m}") for m in range(12)]} for n in range(factors)]}


FILE = "file:///etc/passwd"
WEB = "http://127.0.0.1:9/schema.json"

REFUSED = {
    "a reference to a file": {"$ref": FILE},
    "a reference to a web page": {"$ref": WEB},
    "a reference to https": {"properties": {"a": {"$ref": "https://example.com/s.json#/a"}}},
    "a reference to a relative file": {"$ref": "other.json"},
    "a reference to a URN": {"$ref": "urn:example:x"},
    "a reference to nothing": {"$ref": ""},
    "a reference in ftp hidden in a definition": {"$defs": {"a": {"$ref": "ftp://host/s"}}},
    "a base that moves references to the web": {"$defs": {"a": {"$id": WEB, "$ref": "#/x"}}},
    "a dialect of the web": {"$schema": WEB},
    "a dialect from a file": {"$schema": FILE},
    "a dialect that is no text": {"$schema": 4},
    "a dialect within": {"items": {"$schema": WEB}},
    "a vocabulary": {"$vocabulary": {WEB: True}},
    "a dynamic reference": {"$dynamicRef": "#a"},
    "a dynamic anchor": {"$dynamicAnchor": "a"},
    "a recursive reference": {"$recursiveRef": "#"},
    "a reference to itself": {"$ref": "#"},
    "two that refer to each other": {
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        "$ref": "#/$defs/a",
    },
    "a loop through alternatives": {"anyOf": [{"type": "string"}, {"$ref": "#"}]},
    "a loop through not": {"not": {"$ref": "#"}},
    "a loop through if": {"if": {"$ref": "#"}, "then": {}},
    "a loop through a dependent schema": {"dependentSchemas": {"a": {"$ref": "#"}}},
    "a loop that nothing reaches": {"$defs": {"a": {"$ref": "#/$defs/a"}}},
    "a reference that leads nowhere": {"$ref": "#/$defs/missing"},
    "a reference into an enum": {"enum": [{"a": 1}], "$ref": "#/enum/0"},
    "a reference into an extension": {"x-a": {"type": "string"}, "$ref": "#/x-a"},
    "an anchor that is not there": {"$ref": "#here"},
    "an anchor that is there twice": {"items": {"$anchor": "a"}, "contains": {"$anchor": "a"}},
    "a reference that is no text": {"$ref": ["#"]},
    "doubling 2^16 times beside": doubling(16, beside),
    "doubling 2^25 times beside": doubling(25, beside),
    "doubling 2^1000 times beside": doubling(1_000, beside),
    "doubling 2^25 times within": doubling(25, within),
    "a chain of 3,000 references": chain(3_000),
    "a chain of 200 references": chain(200),
    "150 levels deep": nested(150),
    "5,000 levels deep": nested(5_000),
    "100,000 levels deep": nested(100_000),
    "100,000 levels of not": nested(100_000, "not"),
    "a schema that contains itself": ring(),
    "a long list of alternatives": {"anyOf": [{"const": n} for n in range(20_000)]},
    "a million nodes": {"default": [0] * 1_000_000},
    "ten million letters": {"description": "x" * 10_000_000},
    "a name of ten million letters": {"properties": {"x" * 10_000_000: {}}},
    "a keyword of ten million letters": {"x" * 10_000_000: 1},
    "an unknown keyword of 200,000 letters": {"r" * 200_000: 1},
    "a title of control characters beyond 256 KiB": {"title": "\x00" * 60_000},
    "1,001 properties": objects(11),
    "401 optional properties": fields(401),
    "5,000 optional properties": fields(5_000),
    "an enum of 200,000": {"enum": list(range(200_000))},
    "an enum of 5,001": {"enum": list(range(5_001))},
    "an enum of nothing": {"enum": []},
    "an enum that is an object": {"enum": {"a": 1}},
    "65 patterns": many_patterns(65),
    "a pattern of 513 letters": text("a" * 513),
    "a pattern with look-ahead": text("^(?=.*a)b"),
    "a pattern with negative look-ahead": text("^(?!a)"),
    "a pattern with look-behind": text("(?<=a)b"),
    "a pattern with a back-reference": text(r"(a+)\1"),
    "a pattern with a named back-reference": text(r"(?<x>a)\k<x>"),
    "a pattern that repeats repetitions": text("(a{1000}){1000}"),
    "a pattern of nested repetitions": text("((((a{1,50}){1,50}){1,50}){1,50}){1,50}"),
    "a pattern that is open": text("(a"),
    "a pattern in another syntax": text(r"\Aabc\Z"),
    "a bad pattern of names": {"patternProperties": {"(?=a)": {}}},
    "an order to the decoder": {"x-guidance": {"lenient": True}},
    "an order to the decoder, deep": {"properties": {"a": {"items": {"x-guidance": {}}}}},
    "a misspelt keyword": {"require": ["a"]},
    "an unknown format": {"format": "credit-card"},
    "a format that is no text": {"format": {"a": 1}},
    "a type that is none": {"type": "decimal"},
    "no types": {"type": []},
    "a count below zero": {"minLength": -1},
    "a count of 10^400": {"maxItems": 10**400},
    "a count that is no number": {"maxItems": "3"},
    "a count that is half": {"minItems": 1.5},
    "a count that is true": {"minItems": True},
    "an integer of 100,000 digits": {"maximum": 10**100_000},
    "a limit that is infinite": {"maximum": float("inf")},
    "a limit that is no number": {"minimum": float("nan")},
    "steps of zero": {"multipleOf": 0},
    "steps below zero": {"multipleOf": -1},
    "half a character in a name": {"properties": {"\ud800": {}}},
    "half a character in a text": {"const": "\udfff"},
    "a field that is no text": {"properties": {1: {}}},
    "bytes": {"const": b"a"},
    "a set": {"enum": {1, 2}},
    "a tuple": {"enum": (1, 2)},
    "an object of Python": {"default": object()},
    "properties that are a list": {"properties": ["a"]},
    "a property that is a number": {"properties": {"a": 1}},
    "alternatives that are an object": {"anyOf": {"type": "string"}},
    "no alternatives": {"anyOf": []},
    "required that is a text": {"required": "abc"},
    "required twice": {"required": ["a", "a"]},
    "required numbers": {"required": [1]},
    "items as a list in 2020-12": {"items": [{}]},
    "a boolean limit in 2020-12": {"exclusiveMaximum": True},
    "nullable": {"type": "string", "nullable": True},
    "draft 3": {"$schema": "http://json-schema.org/draft-03/schema#"},
}

TAKEN = {
    "31 levels deep": nested(31),
    "a pattern that doubles in Python": text("^(a+)+$"),
    "a pattern of alternatives that overlap": text("^(a|a)*b$"),
    "many dots": text("^" + ".*" * 200 + "x$"),
    "64 patterns of a megabyte": {
        "properties": {f"f{n}": text(f"^[a-z]{{{7_000 + n}}}$") for n in range(64)}
    },
    "an enum of 1,600 objects": {"enum": [{"n": n} for n in range(1_600)]},
    "an enum of 5,000": {"enum": [f"v{n}" for n in range(5_000)]},
    "400 optional properties": fields(400),
    "a product of alternatives": product(5),
    "recursion in every field": {
        "properties": {f"f{n}": {"$ref": "#"} for n in range(200)},
        "additionalProperties": False,
    },
    "recursion in two alternatives": {
        "anyOf": [
            {"properties": {"a": {"$ref": "#"}}, "required": ["a"]},
            {"additionalProperties": {"$ref": "#"}, "minProperties": 2},
        ]
    },
    "a hundred schemas that refer to all others": {
        "$defs": {
            f"d{n}": {"properties": {f"p{m}": {"$ref": f"#/$defs/d{m}"} for m in range(9)}}
            for n in range(99)
        },
        "$ref": "#/$defs/d0",
    },
    "names of keywords as fields": {
        "properties": {"$ref": {"type": "string"}, "enum": {}, "x-guidance": {}, "$id": {}}
    },
    "keywords as values": {"const": {"$ref": FILE, "$schema": WEB, "x-guidance": 1}},
    "references as examples": {"examples": [{"$ref": FILE}], "default": {"$ref": WEB}},
    "a base of the web": {"$id": WEB, "type": "string"},
    "tiny steps": {"multipleOf": 1e-308},
    "a limit of 4,000 digits": {"maximum": 10**3_800},
    "escapes in references": {
        "$defs": {"a/b~c%d ü": {"type": "string"}},
        "$ref": "#/$defs/a~1b~0c%25d%20%C3%BC",
    },
}
