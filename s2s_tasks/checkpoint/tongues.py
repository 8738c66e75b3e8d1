"""Languages as checkpoints call them: deu_Latn, de_DE, __de__, >>deu<< and <2de> are "de"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from ..errors import UnknownName
from ..language import language_code, language_name, nearest_languages, primary
from ..pattern import pattern

__all__ = ["Tongues"]

_token = pattern(
    r"(?P<flores>[a-z]{3}_[A-Z][a-z]{3})|(?P<mbart>[a-z]{2,3}_[A-Z]{2})|__(?P<m2m>[a-z]{2,3})__"
    r"|>>(?P<marian>[a-z]{2,3}(?:_[A-Z][a-z]{3})?)<<|<2(?P<madlad>[a-z]{2,3}(?:_[A-Z][a-z]{3})?)>"
)
# What one code stands for where a checkpoint has only the other.
_SAME = {"no": "nb", "nb": "no", "sr": "sh", "tl": "fil", "fil": "tl"}


class Tongues:
    """The language tokens among `tokens`, by BCP-47 code. False if there are none."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens: dict[str, str] = {}
        for token in tokens:
            if code := _code_of(token):
                self._tokens.setdefault(code, token)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    @property
    def by_code(self) -> Mapping[str, str]:
        return self._tokens

    def code_of_first(self) -> str:
        """The code of the first token that is one; empty if there is none."""
        return next(iter(self._tokens), "")

    @property
    def languages(self) -> frozenset[str]:
        """Primary codes: "pt" for pt_XX and "zh" for zho_Hans; also other names of the same."""
        own = {primary(code) for code in self._tokens}
        return frozenset(own | {other for one, other in _SAME.items() if one in own})

    def find(self, code: str) -> str | None:
        """The token of a language in its script; another script is another language here."""
        scripted = _scripted(code)
        wanted = (code, scripted, _SAME.get(scripted, ""))
        return next((self._tokens[one] for one in wanted if one in self._tokens), None)

    def token(self, code: str) -> str:
        """Raises UnknownName with the nearest languages that the checkpoint has."""
        if (token := self.find(code)) is None:
            raise UnknownName(
                f"the checkpoint has no token for {language_name(code)} ({code})",
                hint=f"its nearest: {', '.join(nearest_languages(code, self._tokens))}",
            )
        return token


@lru_cache(maxsize=4096)
def _code_of(token: str) -> str | None:
    found = _token().fullmatch(token)
    if found is None or found.lastgroup is None:
        return None
    name = found[found.lastgroup]
    if found.lastgroup == "mbart":
        name = name.split("_")[0]  # XX is no region, and each language stands there once
    try:
        return _scripted(language_code(name.replace("_", "-")))
    except UnknownName:
        return None


@lru_cache(maxsize=4096)
def _scripted(code: str) -> str:
    """Its macrolanguage, with the script if that is not the usual one: "zh-TW" is "zh-Hant"."""
    from langcodes import Language

    tag = Language.get(code).prefer_macrolanguage()
    script = tag.maximize().script
    usual = Language.get(tag.language or code).maximize().script
    language = language_code(tag.language or code)
    return language if script in {usual, None} else f"{language}-{script}"
