"""Stretches of the input, and how much of it they cover."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Coverage", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of one part of the input: characters of a text, milliseconds of sound."""

    start: int
    end: int
    part: int = 0

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which spans of the input were read, out of `total` characters (or milliseconds)."""

    spans: tuple[Span, ...] = ()
    total: int = 0

    @classmethod
    def of(cls, spans: tuple[Span, ...], total: int) -> Coverage:
        """Merge spans that touch or overlap."""
        merged: list[Span] = []
        for span in sorted(spans, key=lambda span: (span.part, span.start)):
            last = merged[-1] if merged else None
            if last and last.part == span.part and span.start <= last.end:
                merged[-1] = replace(last, end=max(last.end, span.end))
            else:
                merged.append(span)
        return cls(tuple(merged), total)

    @property
    def ratio(self) -> float:
        """Share of the input that was read, 0 to 1."""
        return sum(span.length for span in self.spans) / self.total if self.total else 1.0

    @property
    def complete(self) -> bool:
        return self.ratio >= 1.0
