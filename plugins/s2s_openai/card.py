"""What a server of the dialect can do, known before it is asked: as the environment names one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import BackendSpec, Capabilities, Place
from s2s_tasks.decoding import Greedy, Sample
from s2s_tasks.errors import S2SError
from s2s_tasks.media import Modality

from .address import configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2s_tasks.backend import Backend

__all__ = ["NAME", "ServerSpec", "spec"]

NAME: Final = "openai"
SUMMARY: Final = "OpenAI, vLLM, llama.cpp, Ollama, TGI and other servers of the same dialect"


@dataclass(frozen=True)
class ServerSpec(BackendSpec):
    """A card that can look at any server, too."""

    def examined(self, url: str) -> Iterator[tuple[str, str, str, str]]:
        """What is found at `url`: state ("ok", "off" or "broken"), what, what is wrong, the way out."""
        from .report import report

        return report(url)


def spec() -> ServerSpec:
    """The card by the environment of now."""
    place = Place.LOCAL if _on_this_machine() else Place.REMOTE
    return ServerSpec(
        NAME,
        Capabilities(
            "decoder-only",
            place,
            accepts=frozenset({Modality.TEXT, Modality.IMAGE, Modality.AUDIO}),
            follows_words=True,
            strategies=frozenset({Greedy, Sample}),
            streams=True,
        ),
        _open,
        summary=SUMMARY,
        extra="http",
        availability=_availability,
    )


def _on_this_machine() -> bool:
    try:
        address = configured()
    except S2SError:
        return False
    return address is not None and address.loopback


def _open(model: str | None) -> Backend:
    from .opening import opened

    return opened(model)


def _availability() -> str:
    if find_spec("httpx2") is None:
        return "httpx2 not installed"
    try:
        address = configured()
    except S2SError as error:
        return str(error)
    return "" if address else "neither S2S_OPENAI_URL nor a key (S2S_OPENAI_KEY) is set"
