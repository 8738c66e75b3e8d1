"""
Its tests: no model, no key, no network, and each in milliseconds.

    pytest cookbook/04_test_your_app

The application takes its client as a parameter; that is all it does to be tested. The
fixtures `s2s_scripted` and `s2s_no_network` come with s2s_tasks.
"""

import os
from pathlib import Path

import pytest
from helpdesk import PERSON, Ticket, digest, ticket

from s2s_tasks import BackendError, Tasks, tasks
from s2s_tasks.testing import Recorded, Scripted, cut, refused

MAIL = "Hello,\nI ordered one lamp. I was charged for two lamps, and I have one. Please help."
MAILS = [MAIL, "", "Your lamp is the nicest lamp I have owned. My cat likes the lamp, too."]


# 1. A script: one reply a request, in the order of asking.


def test_a_mail_becomes_a_ticket(s2s_scripted):
    client, backend = s2s_scripted(["Charged for two lamps", "refund"])
    assert ticket(MAIL, client) == Ticket("Charged for two lamps", "refund")
    asked_for_subject, asked_for_desk = backend.requests  # what the model was shown
    assert asked_for_subject.params == {"max_words": "10", "style": "headline"}
    assert asked_for_desk.labels == ("refund", "bug", "praise")
    assert asked_for_desk.text == MAIL


# 2. Models misbehave, and the real client deals with it: only the model is played here.


def test_a_desk_that_does_not_exist_is_asked_for_again(s2s_scripted):
    client, backend = s2s_scripted(["Charged for two lamps", "billing", "Refund."])
    assert ticket(MAIL, client).desk == "refund"
    assert "'billing' is none of the labels" in backend.requests[-1].earlier.complaint


@pytest.mark.parametrize(
    "reply",
    [
        refused("I'd rather not."),
        cut("Charged for"),
        BackendError("out of order"),
        "word after word, more words than anybody would have asked a subject line to hold",
    ],
    ids=["refused", "cut off", "failed", "too long"],
)
def test_no_mail_is_lost(s2s_scripted, reply):
    client, _ = s2s_scripted(reply)
    found = ticket(MAIL, client)
    assert (found.subject, found.desk) == ("Hello,", PERSON)
    assert found.note  # why a person has to look


# 3. A function of the request, where the order of asking does not matter.


def test_the_desk_follows_the_mail(s2s_scripted):
    def play(request):
        if request.task == "summarize":
            return "A subject"
        return "praise" if "nicest" in request.text else "bug"

    client, _ = s2s_scripted(play)
    assert [ticket(mail, client).desk for mail in (MAIL, MAILS[2])] == ["bug", "praise"]


# 4. A Scripted backend of its own, where its price, delay or capabilities matter.


def test_a_slow_model_costs_a_ticket_and_not_the_day():
    slow = Scripted("too late", delay=5)
    found = ticket(MAIL, Tasks(backend=slow, timeout=0.05))
    assert found.desk == PERSON
    assert "within the timeout" in found.note


# 5. Nothing leaves the machine, whatever is installed and whoever catches the error.


@pytest.mark.usefixtures("s2s_no_network")
def test_a_digest_is_made_at_home():
    assert len(digest(MAILS, Tasks(backend="extractive")).splitlines()) == 3


# 6. Recorded: what a real backend said, in a file that you commit and review. To record anew
#    (the application asks something else, the wording of a task has changed), run
#
#    RECORD=1 pytest cookbook/04_test_your_app
#
#    "auto" asks for what is not in the file yet. Yours would be the model that you use; the
#    one here is the one that everybody has.

TAPE = Path(__file__).parent / "digest.jsonl"


@pytest.fixture
def recorded():
    if os.environ.get("RECORD"):
        return Recorded(tasks.registry.open("extractive"), TAPE, "auto")
    return Recorded(None, TAPE)


@pytest.mark.usefixtures("s2s_no_network")
def test_a_digest_has_a_line_for_each_mail(recorded):
    assert digest(MAILS, Tasks(backend=recorded)).splitlines() == [
        "- I was charged for two lamps, and I have one",
        "- Your lamp is the nicest lamp I have owned",
        "(1 could not be read)",
    ]


def test_a_question_that_was_not_recorded_is_an_error_and_says_what_is_new():
    replaying = Tasks(backend=Recorded(None, TAPE))
    with pytest.raises(BackendError, match="the nearest differs in instruction, params"):
        replaying.summarize(MAIL, style="headline", max_words=11)
