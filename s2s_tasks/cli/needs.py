"""The options of `s2s decide`: what is known of a task, as needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click

from ..decide import Hardware, Needs
from ..exchange import Modality
from ..language import language_code
from .kinds import Listed
from .options import Dollars

__all__ = ["needs_of", "needs_options"]

Rows = Sequence[tuple[str, Any, str, str]]

TEXTS: Final[Rows] = (
    ("--input", click.Choice([kind.value for kind in Modality]), "", "What goes in."),
    ("--languages", Listed(), "A,B,...", "Languages of the input; several stand mixed in one text."),
    ("--to", click.STRING, "LANGUAGE", "Language of the output."),
    ("--domain", click.STRING, "WORDS", 'What the texts are: "news", "support tickets".'),
    ("--input-tokens", click.INT, "N", "Tokens of an item; a word has about one and a third."),
    ("--output-tokens", click.INT, "N", "Tokens of an answer."),
    ("--longest", click.INT, "N", "Tokens of the longest item."),
    ("--sample", click.Path(exists=True, dir_okay=False), "FILE", "A text of yours, for its length; may be given again."),
)  # fmt: skip
AMOUNTS: Final[Rows] = (
    ("--volume-per-day", click.FLOAT, "N", "Items a day, for ever."),
    ("--documents", click.INT, "N", "Items in all, done once."),
    ("--days", click.FLOAT, "N", "Days to do them in.  [default: 1]"),
    ("--sessions", click.INT, "N", "Conversations held open at once."),
    ("--labelled-pairs", click.INT, "N", "Inputs with the right output, at hand; 0 for none."),
    ("--classes", click.INT, "N", "Labels to choose from."),
)  # fmt: skip
LIMITS: Final[Rows] = (
    ("--latency-ms", click.FLOAT, "N", "Milliseconds until the answer is whole."),
    ("--first-piece-ms", click.FLOAT, "N", "Milliseconds until its first word."),
    ("--budget-per-day", Dollars(), "USD", "Most US dollars a day."),
    ("--machine-per-day", Dollars(), "USD", "What a machine costs a day.  [default: 9.60]"),
    ("--ram-gb", click.FLOAT, "N", "Memory that is free for a model."),
    ("--gpu-gb", click.FLOAT, "N", "Memory of the accelerator; 0 for none."),
    ("--output", click.Choice(["free", "schema", "label", "vector"]), "", "What comes out."),
    ("--priority", click.Choice(["quality", "cost", "latency", "privacy"]), "", "What counts most."),
    ("--model", click.STRING, "NAME", "A model that you think of."),
)  # fmt: skip
WISHES: Final = (
    ("--local-only", "Nothing leaves this machine.", "S2S_LOCAL_ONLY"),
    ("--offline", "There is no network.", None),
    ("--here", "Judge by this machine; so too with the two above.", None),
    ("--research", "Licences need not allow commercial use.", None),
    ("--deterministic", "The same input must give the same bytes.", None),
    ("--creative", "Many outputs are right.", None),
    ("--quotable", "Every word of the output must stand in the input.", None),
    ("--house-style", "The output must follow a style that your pairs show.", None),
    ("--live", "Speech is written while it is spoken.", None),
)
RENAMED: Final = {"input": "modalities"}


def needs_options() -> list[click.Parameter]:
    """New ones, in the order of the help text."""
    file = click.Path(exists=True, dir_okay=False)
    doc = "Read them from a file; options go before it."
    options: list[click.Parameter] = [
        click.Option(["--needs"], type=file, metavar="FILE.TOML", help=doc)
    ]
    for name, kind, metavar, doc in (*TEXTS, *AMOUNTS, *LIMITS):
        several = name in {"--sample", "--languages", "--input"}
        names = [name, "-m"] if name == "--model" else [name]
        option = click.Option(names, type=kind, metavar=metavar or None, multiple=several, help=doc)
        options.append(option)
    for name, doc, variable in WISHES:
        flag = click.Option(
            [name], is_flag=True, help=doc, envvar=variable, show_envvar=bool(variable)
        )
        options.append(flag)
    return options


def needs_of(task: str | None, params: Mapping[str, Any]) -> Needs:
    """What the options and the file say together. Raises BadSetting for what makes no sense."""
    told = {name: value for name, value in params.items() if not _untold(value)}
    given = {RENAMED.get(name, name): value for name, value in told.items()}
    file, here = given.pop("needs", None), given.pop("here", False)
    made = {name: _MADE.get(name, lambda value: value)(value) for name, value in given.items()}
    room = {name: made.pop(name) for name in ("ram_gb", "gpu_gb") if name in made}
    if made.pop("research", False):
        made["commercial"] = False
    if task:
        made["task"] = task.replace("-", "_")
    needs = Needs.read(file, **made) if file else Needs(**made)
    if room:
        return needs.but(hardware=Hardware(**room))
    known = needs.hardware != Hardware()
    here = (here or needs.local_only or needs.offline) and not known
    if not here:
        return needs
    from ..evidence import this_machine  # not needed to show the help

    return needs.but(hardware=this_machine())


def _untold(value: object) -> bool:
    """Not so of a 0, which says much."""
    return value is None or value is False or value == ()


def _flat(groups: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(item) for group in groups for item in group)


_MADE: Mapping[str, Any] = {
    "modalities": lambda kinds: frozenset(map(Modality, kinds)),
    "languages": lambda groups: tuple(map(language_code, _flat(groups))),
    "to": language_code,
    "sample": lambda files: tuple(Path(file).read_text("utf-8", "replace") for file in files),
    "budget_per_day": Decimal,
    "machine_per_day": Decimal,
}
