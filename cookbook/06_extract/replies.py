"""
What the script says that plays the model, where none is named.

It "reads" the mails and the chronicle of this folder and nothing else: what the recipes show is
how a model is asked, and what becomes of its answer.
"""

import json
import re

from s2s_tasks import Request

TEA = """{"seller": "Elm Street Tea", "number": "T-1041", "due": "2026-09-30", "currency": "EUR",
 "lines": [{"what": "tin of black tea", "count": 2, "price": 12.50},
           {"what": "teapot", "count": 1, "price": 31.90}], "total": 56.90}"""
BOAT = """{"seller": "Harbour Boats Ltd.", "number": "77/B", "due": null, "currency": "eur",
 "lines": [{"what": "hour of boat hire", "count": 3, "price": 40}], "total": 120}"""

PEOPLE = {"Ada Harrow": "pilot", "Jonas Reed": "teacher", "Mira Sole": "engineer", "Tom Sole": None}
ORGANISATIONS = {
    "Harrow Line": "company",
    "Bay Boatyard": "company",
    "Bay Bird Club": "club",
    "Harbour Office": "office",
}
RELATIONS = {
    r"line was founded .* by Ada Harrow": ("Ada Harrow", "founded", "Harrow Line"),
    r"Bay Boatyard has belonged to": ("Harrow Line", "owns", "Bay Boatyard"),
    r"Club had been started by Jonas Reed": ("Jonas Reed", "founded", "Bay Bird Club"),
    r"still leads the club": ("Jonas Reed", "leads", "Bay Bird Club"),
    r"Mira Sole, .* leads the line": ("Mira Sole", "leads", "Harrow Line"),
    r"Tom Sole, .* works for the Harbour": ("Tom Sole", "works for", "Harbour Office"),
}


def chronicle(request: Request) -> str:
    """What stands in the part of the chronicle that the request shows, and null for the rest."""
    text = " ".join(request.text.split())
    year = re.search(r"founded in (\d{4})", text)
    relations = [relation for sign, relation in RELATIONS.items() if re.search(sign, text)]
    found = {
        "company": "Harrow Line" if "Harrow Line" in text else None,
        "founded": int(year[1]) if year else None,
        "people": [{"name": n, "work": w} for n, w in PEOPLE.items() if n in text],
        "organisations": [{"name": n, "kind": k} for n, k in ORGANISATIONS.items() if n in text],
        "relations": [{"who": who, "does": does, "what": what} for who, does, what in relations],
    }
    return json.dumps(found)


def forgetful(request: Request) -> str:
    """The same of a reader who misses Tom Sole, and remembers him when he is asked again."""
    if "put together" in request.instruction:
        found = json.loads(request.text)
        found["people"].append({"name": "Tom Sole"})
    else:
        found = json.loads(chronicle(request))
        found["people"] = [one for one in found["people"] if one["name"] != "Tom Sole"]
    return json.dumps(found)
