"""The application: what a mail is about, in one line, and which desk it goes to."""

from dataclasses import dataclass

from s2s_tasks import S2SError, Tasks, tasks

DESKS = ("refund", "bug", "praise")
PERSON = "a person"


@dataclass(frozen=True)
class Ticket:
    """`note` says why a mail goes to a person."""

    subject: str
    desk: str
    note: str = ""


def ticket(mail: str, client: Tasks = tasks) -> Ticket:
    """Never fails: a mail that cannot be sorted goes to a person, with its first line."""
    try:
        subject = client.summarize(mail, style="headline", max_words=10).value
        desk = client.classify(mail, labels=DESKS).value.label
    except S2SError as error:
        return Ticket(mail.strip().partition("\n")[0], PERSON, str(error))
    return Ticket(subject, desk)


def digest(mails: list[str], client: Tasks = tasks) -> str:
    """The day's mails, a line each; those that cannot be read are counted."""
    results = list(client.summarize.map(mails, style="headline", max_words=12))
    lines = [f"- {result}" for result in results if result.ok]
    failed = len(results) - len(lines)
    return "\n".join([*lines, *([f"({failed} could not be read)"] if failed else [])])
