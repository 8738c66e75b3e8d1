"""What can go wrong on the way, before it is explained: exceptions of this plugin's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .complaint import Complaint, complaint_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BadReply", "Refusal", "Told"]


class BadReply(Exception):
    """A status of 200, and then not what belongs there."""


class Refusal(Exception):
    """A status that says no."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers
        self.complaint = complaint_of(body)


class Told(Exception):
    """An error that is told with a status of 200, or in the middle of a stream."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__()  # what a server says may have secrets in it
        self.complaint = complaint
