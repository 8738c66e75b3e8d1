"""
The official JSON-Schema-Test-Suite against our reading, as a ratchet.

Run as a script to write tests/schema_suite.json anew when more is right than before.
"""

import json
import os
import sys
from pathlib import Path

from s2s_tasks import InvalidOutput, SchemaRejected
from s2s_tasks.schema import FORMATS, Schema

WHERE = "S2S_JSON_SCHEMA_SUITE"
RATCHET = Path(__file__).with_suffix(".json")
DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
OPTIONAL = ["bignum", "ecmascript-regex", "float-overflow", "non-bmp-regex"]
"""Beside the formats that we assert; other optional files are not claimed."""

RIGHT, REFUSED, TOO_STRICT, FALSE_ACCEPT = "right", "refused", "too strict", "false accept"


def folder():
    """The suite's `tests`; None where it is not."""
    told = os.environ.get(WHERE)
    found = Path(told, "tests") if told else None
    return found if found and found.is_dir() else None


def files(tests, draft):
    """The paths of the suite that we claim, by name."""
    main = sorted((tests / draft).glob("*.json"))
    optional = [tests / draft / "optional" / f"{name}.json" for name in OPTIONAL]
    formats = [tests / draft / "optional" / "format" / f"{name}.json" for name in sorted(FORMATS)]
    every = [path for path in (*main, *optional, *formats) if path.exists()]
    return {str(path.relative_to(tests / draft)): path for path in every}


def outcomes(path, draft):
    """(claim, what came of it) for each test of a file."""
    for group in json.loads(path.read_text(encoding="utf-8")):
        schema = group["schema"]
        if isinstance(schema, dict):
            schema = {"$schema": DRAFTS[draft], **schema}
        for test in group["tests"]:
            yield f"{group['description']}: {test['description']}", outcome(schema, test)


def outcome(schema, test):
    try:
        shape = Schema.of(schema)
    except SchemaRejected:
        return REFUSED
    try:
        shape.read(json.dumps(test["data"]))
    except InvalidOutput:
        return RIGHT if not test["valid"] else TOO_STRICT
    return RIGHT if test["valid"] else FALSE_ACCEPT


def tally(tests, draft):
    """Per file how many are right, and the names of those that are not."""
    made = {}
    for name, path in files(tests, draft).items():
        found = list(outcomes(path, draft))
        made[name] = {RIGHT: sum(what == RIGHT for _, what in found)}
        for kind in (REFUSED, TOO_STRICT, FALSE_ACCEPT):
            if listed := [claim for claim, what in found if what == kind]:
                made[name][kind] = listed
    return made


if __name__ == "__main__":
    if (tests := folder()) is None:
        sys.exit(f"{WHERE} must name a folder with the suite's `tests`")
    made = {draft: tally(tests, draft) for draft in DRAFTS}
    RATCHET.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
