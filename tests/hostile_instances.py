"""Answers that would cost a parser or validator its time or memory, each by its name."""

import json

ANY = {}
STRINGS = {"type": "array", "items": {"type": "string"}}
DIFFERENT = {"type": "array", "uniqueItems": True}
TREE = {"type": "object", "additionalProperties": {"$ref": "#"}}
TWICE = {
    "anyOf": [
        {"type": "object", "properties": {"a": {"$ref": "#"}, "x": {}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"$ref": "#"}, "y": {}}, "required": ["a"]},
        {"type": "string"},
    ]
}
ONCE = {"oneOf": TWICE["anyOf"]}
FORM = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 9}, "n": {"type": "integer"}},
    "required": ["name"],
    "additionalProperties": False,
}


def text(pattern):
    return {"type": "string", "pattern": pattern}


def deep(depth, inner="0"):
    return '{"a":' * depth + inner + "}" * depth


def listing(count, item):
    return "[" + ",".join([item] * count) + "]"


def numbered(count, form):
    return "[" + ",".join(form % n for n in range(count)) + "]"


REFUSED = {
    "nothing": (ANY, ""),
    "blanks": (ANY, " \n\t" * 100_000),
    "a million open lists": (ANY, "[" * 1_000_000),
    "a million open objects": (ANY, '{"a":' * 400_000),
    "a million closed lists": (ANY, "]" * 1_000_000),
    "65 levels": (ANY, deep(65)),
    "300 levels": (TREE, deep(300)),
    "3,000 levels": (TREE, deep(3_000, "{}")),
    "200,000 levels": (ANY, deep(200_000)),
    "many deep lists side by side": (ANY, listing(10_000, "[" * 66 + "]" * 66)),
    "five million letters": (ANY, json.dumps("x" * 5_000_000)),
    "a key twice": (ANY, '{"a": 1, "a": 2}'),
    "a key twice, escaped": (ANY, r'{"a": 1, "\u0061": 2}'),
    "a key twice among 200,000": (ANY, "{" + '"k":1,' * 200_000 + '"k":2}'),
    "the empty key twice": (ANY, '{"": 1, "": 2}'),
    "NaN": (ANY, "NaN"),
    "Infinity": (ANY, '{"a": Infinity}'),
    "minus Infinity": (ANY, "[-Infinity]"),
    "1e999": (ANY, "1e999"),
    "minus 1e999": (ANY, "[-1e999]"),
    "1e99999999999": (ANY, "1e99999999999"),
    "a float of 400 digits": (ANY, "9" * 400 + ".0"),
    "an integer of 4,301 digits": (ANY, "1" * 4_301),
    "an integer of a million digits": (ANY, "-" + "1" * 1_000_000),
    "an exponent of a million digits": (ANY, "1e" + "9" * 1_000_000),
    "half a character": (ANY, '"\ud800"'),
    "half a character, escaped": (ANY, r'"\ud800"'),
    "the other half, escaped": (ANY, r'["\uDFFF"]'),
    "halves in the wrong order": (ANY, r'"\udc00\ud800"'),
    "half a character in a key": (ANY, r'{"\ud83d": 1}'),
    "half a character behind a backslash": (ANY, r'"\\\ud83d"'),
    "a cut object": (FORM, '{"name": "Ann", "n": 1'),
    "a cut text": (FORM, '{"name": "Ann'),
    "a cut literal": (ANY, "tru"),
    "a cut number": (ANY, "-"),
    "two values": (ANY, "{} {}"),
    "a comma at the end": (ANY, "[1, 2,]"),
    "a comment": (ANY, "[1] // one"),
    "single quotes": (ANY, "{'a': 1}"),
    "no quotes": (ANY, "{a: 1}"),
    "a leading zero": (ANY, "01"),
    "a plus": (ANY, "+1"),
    "a byte order mark": (ANY, "\ufeff{}"),
    "a null byte": (ANY, "\x00"),
    "a control character in a text": (ANY, '"\x01"'),
    "a bad escape": (ANY, r'"\x41"'),
    "a Markdown fence": (ANY, "```json\n{}\n```"),
    "Python's words": (ANY, "{'a': None, 'b': True}"),
    "prose around": (ANY, "Here it is: {}"),
    "a quadratic pattern": (text("^(a+)+$"), json.dumps("a" * 100_000 + "!")),
    "overlapping alternatives": (text("^(a|a)*b$"), json.dumps("a" * 1_000_000)),
    "many dots": (text("^" + ".*" * 30 + "x$"), json.dumps("y" * 20_000)),
    "300,000 wrong items": (STRINGS, listing(300_000, "0")),
    "300,000 wrong objects": (STRINGS, listing(300_000, "{}")),
    "300,000 unknown fields": (FORM, "{" + ",".join(f'"k{n}":0' for n in range(300_000)) + "}"),
    "an unknown field of a million letters": (FORM, json.dumps({"name": "a", "k" * 10**6: 1})),
    "a name of a million letters": (FORM, json.dumps({"name": "a" * 10**6})),
    "a name of quotes and line ends": (FORM, json.dumps({"name": '"\n' * 1_000})),
    "a number of 4,300 digits for a text": (FORM, '{"name": ' + "1" * 4_300 + "}"),
    "two recursive alternatives, wrong at the end": (TWICE, deep(63, "5")),
    "two recursive alternatives, both right": (ONCE, deep(63, '"s"')),
    "equal items at the ends of 100,000": (
        DIFFERENT,
        numbered(100_000, "[%d]")[:-1] + ",[0]]",
    ),
    "equal numbers of two spellings": (DIFFERENT, "[1, 1.0]"),
    "none of 5,000 options": ({"enum": [f"v{n}" for n in range(5_000)]}, '"v5000"'),
    "50,000 times none of 2,000": (
        {"items": {"anyOf": [{"const": n} for n in range(2_000)]}},
        listing(50_000, "-1"),
    ),
    "wrong names of 100,000 fields": (
        {"propertyNames": {"pattern": "^[a-z]$"}},
        "{" + ",".join(f'"k{n}":0' for n in range(100_000)) + "}",
    ),
    "100,000 fields for 60 patterns": (
        {"patternProperties": {f"{n}$": {"type": "string"} for n in range(60)}},
        "{" + ",".join(f'"k{n}":0' for n in range(100_000)) + "}",
    ),
    "too few of many": ({"contains": {"const": 1}, "minContains": 2}, listing(300_000, "2")),
    "an e-mail address of a million letters": ({"format": "email"}, json.dumps("a" * 10**6 + "@")),
    "a host of a million dots": ({"format": "hostname"}, json.dumps("a." * 500_000)),
    "an address of a million colons": ({"format": "ipv6"}, json.dumps(":" * 10**6)),
    "true for one": ({"const": 1}, "true"),
    "text for one": ({"type": "integer"}, '"1"'),
    "above 2^53 by one": ({"const": 2**53}, str(2**53 + 1)),
    "a day that is none": ({"format": "date"}, '"2023-02-29"'),
}

TAKEN = {
    "64 levels": (TREE, deep(63, "{}")),
    "brackets in a text": (ANY, json.dumps("[{" * 500_000)),
    "a million items": (ANY, listing(1_000_000, "0")),
    "600,000 lists": (ANY, listing(600_000, "[]")),
    "400,000 floats": (ANY, listing(400_000, "1.25")),
    "100,000 different objects": (DIFFERENT, numbered(100_000, '{"a":[%d]}')),
    "an integer of 4,300 digits": ({"type": "integer"}, "1" * 4_300),
    "digits in a text": (ANY, json.dumps("1" * 10_000)),
    "backslashes": (ANY, json.dumps("\\" * 500_000)),
    "a backslash before a half": (ANY, r'"\\ud800"'),
    "a whole pair, escaped": (ANY, r'"\ud83d\ude00"'),
    "two recursive alternatives, right": (TWICE, deep(63, '"s"')),
    "the smallest float": (ANY, "5e-324"),
    "a float too small": (ANY, "1e-999"),
    "minus zero": ({"const": 0}, "-0.0"),
    "tiny steps of a huge number": ({"multipleOf": 1e-308}, "1e308"),
    "huge steps": ({"multipleOf": 3}, "3" * 4_000),
}
