"""What a kind of server accepts, honours and enforces, as data that lowering and lifting read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

__all__ = ["ALL_PICTURES", "Forms", "Manner", "Profile", "Schemas"]

ALL_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


class Schemas(StrEnum):
    """How a request names the schema of its answer."""

    NONE = "in words only"
    STRICT = "response_format json_schema, strict"  # of a subset of JSON Schema
    OPENAI = "response_format json_schema"
    BARE = "response_format json_schema, the schema alone"
    VALUE = "response_format json_schema, under value"


class Forms(StrEnum):
    """How a request names another form of its answer."""

    NONE = "in words only"
    STRUCTURED = "structured_outputs"
    GBNF = "grammar, in llama.cpp's notation"
    REGEX = "response_format regex"


@dataclass(frozen=True)
class Manner:
    """How a decoding strategy is said: what goes with it, and the field of each setting."""

    always: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """
    One kind of server, or one provider. The defaults are what all of them have in common.

    `limit`: the field for the most tokens of output. `stream_usage`: usage is sent in streams on
    request only. `done`: a whole stream ends on [DONE]. `packed`: the field that takes
    `pack`, settings of decoding, as JSON text. `hottest`: the highest temperature. `fixed`: names
    of models that take no sampling options. `enforces`: an answer is really held to the schema.
    `shows_schema`: the server shows the schema to the model, so words need not. `speech`:
    settings of a transcription that are honoured, None if there is no such endpoint.
    `listing`: its models are many, known by name and of different kinds. `forwards`: it may hand
    requests on to other machines. `seen`: when, and how this was learned.
    """

    name: str
    title: str
    seen: str
    limit: str = "max_tokens"
    extra: frozenset[str] = frozenset()
    stream_usage: bool = True
    done: bool = True
    greedy: Manner | None = Manner({"temperature": 0})
    sample: Manner | None = None
    beam: Manner | None = None
    packed: str = ""
    pack: frozenset[str] = frozenset()
    stop: bool = True
    hottest: float | None = None
    largest_seed: int = 2**63 - 1
    fixed: str = ""
    schemas: Schemas = Schemas.NONE
    enforces: bool = False
    shows_schema: bool = False
    forms: Forms = Forms.NONE
    pictures: frozenset[str] = ALL_PICTURES
    speech: frozenset[str] | None = None
    embeds: bool = True
    listing: bool = False
    forwards: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """All that a chat request to it may have: what is not here never leaves."""
        manners = [one for one in (self.greedy, self.sample, self.beam) if one]
        settings = {key for one in manners for key in (*one.always, *one.fields.values())}
        always = {"model", "messages", "stream", self.limit}
        optional = {
            "stop": self.stop,
            "stream_options": self.stream_usage,
            "response_format": self.schemas is not Schemas.NONE or self.forms is Forms.REGEX,
            "structured_outputs": self.forms is Forms.STRUCTURED,
            "grammar": self.forms is Forms.GBNF,
            self.packed: bool(self.packed),
        }
        return frozenset(
            (settings - self.pack) | always | {name for name, has in optional.items() if has}
        )

    def samples(self, model: str) -> bool:
        """Whether the model takes sampling options here."""
        return not (self.fixed and re.match(self.fixed, model))
