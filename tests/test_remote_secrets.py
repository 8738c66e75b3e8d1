"""What must not be said, taken out of what is said."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks.remote.secrets import scrubbed

KEY = "sk-ant-api03-Zq+9/x y%&\"'\\\n_ä=="
FORMS = {
    "as it is": str,
    "quoted": quote,
    "quoted wholly": lambda text: quote(text, safe=""),
    "as a form field": quote_plus,
    "repr": repr,
    "repr of bytes": lambda text: repr(text.encode()),
    "JSON": json.dumps,
    "JSON as it is": lambda text: json.dumps(text, ensure_ascii=False),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "basic": lambda text: base64.b64encode(b":" + text.encode()).decode(),
    "basic with a name": lambda text: base64.b64encode(b"me:" + text.encode() + b"!").decode(),
    "in an URL": lambda text: f"http://me:{quote(text, safe='')}@host/v1?key={quote(text)}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("secret", [KEY, "sk-123456789", "hunter22", "ключ-12345"])
def test_a_secret_is_found_in_all_its_forms(form, secret):
    said = scrubbed(f"got {form(secret)} and no answer", [secret])
    assert said.startswith("got ")
    assert said.endswith(" and no answer")
    assert "[secret]" in said
    for known in FORMS.values():
        core = known(secret)[4:-4]
        assert len(core) < 4 or core not in said


@given(st.text(), st.lists(st.text(max_size=30)))
def test_no_secret_survives_whatever_it_is(text, secrets):
    said = scrubbed(text + "".join(secrets), secrets)
    assert not any(len(secret) > 8 and secret in said for secret in secrets)


def test_all_of_them_are_taken_out_the_longer_first():
    assert scrubbed("key-1 key-1-more", ["key-1", "key-1-more"]) == "[secret] [secret]"


@pytest.mark.parametrize("secrets", [[], [""], ["a"], ["xyz"]])
def test_what_is_too_short_to_be_one_takes_nothing_away(secrets):
    assert scrubbed("a plain sentence xyz", secrets) == "a plain sentence xyz"
