"""
Prompts with pictures in outline: words that stand in for texts, placeholders for pictures.

Some templates want what a system or an assistant says as a text, others as a list of parts; some
know no system. Which of them one is can be seen by what it makes of a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import sound
from s2s_tasks.checkpoint.template import RefusedByTemplate, Template
from s2s_tasks.errors import BackendError, NotConfigured

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.checkpoint.standins import StandIns
    from s2s_tasks.checkpoint.template import Content, Turns

    Said = Sequence[tuple[str, str]]

__all__ = ["Outlines"]

UNREAD: Final = ("'type':", '"type":')
"""What a list of parts looks like that was written down and not read."""


class Outlines:
    """`template`: of chats; "" for none. `placeholder`: what a picture is without one."""

    def __init__(self, checkpoint: Checkpoint, template: str, placeholder: str) -> None:
        self._name = checkpoint.name
        self._template = Template(checkpoint, template) if template else None
        self._placeholder = placeholder

    def of(self, system: str, turns: Said, stand_ins: StandIns, pictures: int) -> str:
        """
        The prompt up to where the answer begins, with the pictures before the first turn's text.

        Raises BackendError if the template refuses every way of saying it.
        """
        system = stand_ins.for_text(sound(system))
        turns = [(role, stand_ins.for_text(text)) for role, text in turns]
        if self._template is None:
            said = "\n\n".join(text for text in (system, *(text for _, text in turns)) if text)
            return stand_ins.bare(self._placeholder * pictures + said)
        ways = [*_ways(system, turns, pictures)]
        return stand_ins.bare(self._rendered(self._template, ways, stand_ins))

    def _rendered(self, template: Template, ways: list[Turns], stand_ins: StandIns) -> str:
        problem: Exception | None = None
        for way in ways:
            try:
                outline = template.render(way)
            except (RefusedByTemplate, NotConfigured) as error:
                problem = problem or error
                continue
            if stand_ins.among(outline) and not any(mark in outline for mark in UNREAD):
                return outline
        why = f": {problem}" if problem else ", or leaves a part of it out"
        raise BackendError(f"the chat template of {self._name} refuses this{why}")


def _ways(system: str, turns: Said, pictures: int) -> Iterator[Turns]:
    """Of saying the same, the plainest first."""
    [(role, text), *others] = turns
    for listed in (True, False):
        later = [(who, _listed(said, 0) if listed else said) for who, said in others]
        if system:
            told: Content = _listed(system, 0) if listed else system
            yield [("system", told), (role, _listed(text, pictures)), *later]
        else:
            yield [(role, _listed(text, pictures)), *later]
    if system:
        yield from _ways("", [(role, f"{system}\n\n{text}"), *others], pictures)


def _listed(text: str, pictures: int) -> Content:
    parts = [{"type": "image"} for _ in range(pictures)]
    return [*parts, {"type": "text", "text": text}] if text else parts
