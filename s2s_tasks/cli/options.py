"""The options that every task has: who does it, how it decodes, what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import click

from ..client import Tasks
from ..decoding import Beam, Decoding, Greedy, Sample
from ..policy import Policy
from ..registry import Registry
from .kinds import Kind, Listed

__all__ = ["Run", "client", "run_options"]


@dataclass(frozen=True, slots=True)
class Run:
    """What one command is told beside its settings and inputs, read from click's parameters."""

    text: str | None
    lines: bool
    json: bool
    stream: bool | None
    explain: bool
    verbose: bool
    output: str | None
    format: str | None
    width: int | None

    @classmethod
    def of(cls, params: Mapping[str, object]) -> Run:
        """Raises UsageError for options that exclude each other."""
        run = cls(
            text=_text(params, "text"),
            lines=bool(params.get("lines")),
            json=bool(params.get("json")),
            stream=None if params.get("stream") is None else bool(params["stream"]),
            explain=bool(params.get("explain")),
            verbose=bool(params.get("verbose")),
            output=_text(params, "output"),
            format=_text(params, "format"),
            width=width if isinstance(width := params.get("width"), int) else None,
        )
        if run.json and run.stream:
            raise click.UsageError("--json and --stream exclude each other")
        if run.json and run.format:
            raise click.UsageError("--json and --format exclude each other")
        return run


class Dollars(Kind):
    """A sum of US dollars."""

    name = "usd"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            return Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is not a sum of dollars", param, ctx)


def run_options() -> list[click.Option]:
    """New ones for each command, in the order of the help text."""
    names = Listed()
    return [
        _option(
            "--backend",
            metavar="NAME",
            help="Who is to do it; see s2s backends.",
            envvar="S2S_BACKEND",
        ),
        _option("-m", "--model", metavar="NAME", help="Model of that backend.", envvar="S2S_MODEL"),
        _flag("--local-only", help="Nothing leaves this machine.", envvar="S2S_LOCAL_ONLY"),
        _option("--prefer", type=names, multiple=True, help="Backends to choose first."),
        _option("--fallback", type=names, multiple=True, help="Backends to try when one fails."),
        _option("--max-cost", type=Dollars(), help="Most US dollars of this command."),
        _option("--timeout", type=float, metavar="SECONDS", help="Most seconds for one input."),
        _option(
            "--repairs", type=int, metavar="N", help="How often to ask again for a bad answer."
        ),
        _flag("--drop-unsupported", help="Go without options that the backend cannot honour."),
        _flag("--greedy", help="Decode greedily."),
        _option("--beam", type=int, metavar="WIDTH", help="Decode by beam search."),
        _option("--temperature", type=float, metavar="T", help="Draw by chance."),
        _option(
            "--top-p", type=float, metavar="P", help="Draw from this share of the probability."
        ),
        _option("--seed", type=int, metavar="N", help="Draw the same again."),
        _option("--max-tokens", type=int, metavar="N", help="Most tokens of the answer."),
    ]


def output_options(*, text: bool) -> list[click.Option]:
    """As `run_options`: what goes in, for a task that reads text, and what is shown."""
    return [*(_text_options() if text else []), *_shown_options()]


def _text_options() -> list[click.Option]:
    return [
        _option("-t", "--text", metavar="TEXT", help="A text as it stands, in place of files."),
        _flag("--lines", help="Each line is an input of its own."),
    ]


def _shown_options() -> list[click.Option]:
    return [
        _flag("--json", help="The whole result as JSON: value, cost, coverage, decision."),
        _option("--stream/--no-stream", default=None, help="Show the text as it settles."),
        _option(
            "-o",
            "--output",
            metavar="FILE|FOLDER/",
            help="Write there in place of standard output; in a folder, a file for each input.",
        ),
        _flag("--explain", help="Say who would do it and why; run nothing."),
        _flag("-v", "--verbose", help="Say who did it, why and at what cost."),
    ]


def client(registry: Registry, params: Mapping[str, object]) -> Tasks:
    """A client that is configured by the options of the run."""
    timeout = params.get("timeout")
    return Tasks(
        registry=registry,
        backend=_text(params, "backend"),
        model=_text(params, "model"),
        decoding=decoding(params),
        policy=_policy(params),
        timeout=timeout if isinstance(timeout, float) else None,
    )


def _policy(params: Mapping[str, object]) -> Policy:
    cost, repairs = params.get("max_cost"), params.get("repairs")
    return Policy(
        local_only=bool(params.get("local_only")),
        max_cost=cost if isinstance(cost, Decimal) else None,
        prefer=_names(params, "prefer"),
        fallback=_names(params, "fallback"),
        repairs=repairs if isinstance(repairs, int) else Policy.repairs,
        on_unsupported="drop" if params.get("drop_unsupported") else "refuse",
    )


def decoding(params: Mapping[str, object]) -> Decoding | None:
    """The one strategy that the options add up to. Raises UsageError if they name several."""
    greedy, beam, most = (params.get(name) for name in ("greedy", "beam", "max_tokens"))
    drawn = {name: params.get(name) for name in ("temperature", "top_p", "seed")}
    named = [f"--{name.replace('_', '-')}" for name, given in drawn.items() if given is not None]
    named = [*(["--greedy"] if greedy else []), *(["--beam"] if beam is not None else []), *named]
    if len(named) > 1 and named[0] in {"--greedy", "--beam"}:
        raise click.UsageError(f"{named[0]} and {named[1]} exclude each other")
    max_tokens = most if isinstance(most, int) else None
    if isinstance(beam, int):
        return Beam(beam, max_tokens=max_tokens)
    if named and not greedy:
        return _sample(drawn, max_tokens)
    return Greedy(max_tokens=max_tokens) if greedy or most is not None else None


def _sample(drawn: Mapping[str, object], max_tokens: int | None) -> Sample:
    temperature, top_p, seed = (drawn[name] for name in ("temperature", "top_p", "seed"))
    return Sample(
        temperature if isinstance(temperature, float) else 1.0,
        top_p=top_p if isinstance(top_p, float) else None,
        seed=seed if isinstance(seed, int) else None,
        max_tokens=max_tokens,
    )


def _option(*names: str, **settings: object) -> click.Option:
    return click.Option(names, show_envvar="envvar" in settings, **settings)  # type: ignore[arg-type]


def _flag(*names: str, **settings: object) -> click.Option:
    return _option(*names, is_flag=True, **settings)


def _text(params: Mapping[str, object], name: str) -> str | None:
    found = params.get(name)
    return found if isinstance(found, str) else None


def _names(params: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = params.get(name)
    groups = found if isinstance(found, tuple) else ()
    return tuple(str(item) for group in groups for item in group)
