"""What every backend promises, and what this one does beside."""

from collections.abc import Sequence

import pytest
import s2s_phrasebook
from s2s_phrasebook import SPEC, Phrasebook

from s2s_tasks import (
    Backend,
    BackendError,
    BackendSpec,
    Policy,
    Registry,
    Request,
    Tasks,
    Unsupported,
)
from s2s_tasks.testing import BackendContract, Scripted

LETTER = """\
Good morning. Where is the station?

- Two tickets to Lyon, please.
- When does the next train leave?
"""
BRIEF = """\
Guten Morgen. Wo ist der Bahnhof?

- Zwei Fahrkarten nach Lyon, bitte.
- Wann fährt der nächste Zug?
"""


class TestContract(BackendContract):
    plugin_module = "s2s_phrasebook"

    def make_backend(self) -> Backend:
        return Phrasebook()

    def make_spec(self) -> BackendSpec:
        return SPEC

    def example_requests(self) -> Sequence[Request]:
        texts = "Good morning.", "Where is the station?", "Thank you very much."
        return [Request("translate", (text,), params={"to": "fr"}) for text in texts]


@pytest.fixture
def client():
    return Tasks(backend=Phrasebook())


def test_a_letter_keeps_its_layout(client):
    assert client.translate(LETTER, to="de").value == BRIEF


def test_any_of_its_languages_can_be_the_source(client):
    assert str(client.translate("Merci beaucoup.", to="en")) == "Thank you very much."
    with pytest.raises(BackendError, match="has no 'Merci"):
        client.translate("Merci beaucoup.", to="en", source="de")


def test_what_is_not_in_the_book_is_an_error_and_never_a_guess(client):
    with pytest.raises(BackendError, match="has no 'Where is my hat"):
        client.translate("Good morning. Where is my hat?", to="de")


def test_what_it_cannot_honour_is_refused_beforehand(client):
    with pytest.raises(Unsupported, match="no setting 'formality'"):
        client.translate("Good morning.", to="de", formality="formal")
    with pytest.raises(Unsupported, match="'it'"):
        client.translate("Good morning.", to="it")


def test_a_model_is_asked_for_the_rest():
    class Model:
        s2s_backends = staticmethod(s2s_phrasebook.hookimpl(lambda: [model.spec]))

    model = Scripted("Wo ist mein Hut?", name="model")
    client = Tasks(
        backend="phrasebook",
        policy=Policy(fallback=("model",)),
        registry=Registry(s2s_phrasebook, Model),
    )
    done = client.translate("- Thank you very much.\n- Where is my hat?", to="de")
    assert str(done) == "- Vielen Dank.\n- Wo ist mein Hut?"
    assert [request.text for request in model.requests] == ["Where is my hat?"]
