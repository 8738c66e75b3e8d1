"""
A track of sound, decoded strictly: one line of time, and nothing is left out in silence.

FFmpeg plays on over what is lost. Here, a packet that cannot be decoded, a hole in a stream that
may have none, or an end before the told one is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .frames import adts_length, mpeg_length
from .mixer import RATE, Mixer

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

    from .mixer import Samples

__all__ = ["Decoder"]

MICROSECONDS = 1_000_000
"""PyAV's `time_base` of a container."""

TIMED = frozenset({"mov", "matroska", "asf"})
"""Containers that may leave silence out: every packet has its time."""

BARE = {"mp3": mpeg_length, "aac": adts_length}
"""Streams of frames without a container, and how long a frame is."""

HOLE, PAUSE = 0.05, 0.1
"""Seconds between two frames that are no rounding of times, without and with times of their own."""

SLACK = {"flac": 0.02, "mp3": 0.15}
"""Seconds that may be missing at the end: none in FLAC, two frames of MP3."""

SLACK_ELSEWHERE = 0.5
"""A header that is written before the end is known, or counts what is cut off at the ends."""


@dataclass
class Decoder:
    """
    `opener` is the demuxer, `told` the length in seconds. `pauses` are the stretches without
    sound that were filled with silence, in seconds, as far as it has come.
    """

    container: InputContainer
    track: AudioStream
    opener: str
    told: float | None
    pauses: list[tuple[float, float]] = field(default_factory=list)
    end: float = 0.0

    def samples(self) -> Iterator[Samples]:
        """Pieces of one channel at 16 kHz. Raises what PyAV raises, and ValueError for a loss."""
        mixer = Mixer()
        if self.opener in TIMED or self.opener == "mp3":
            self.end = (self.container.start_time or 0) / MICROSECONDS
        for frame in self._frames():
            gap = 0.0 if frame.time is None else frame.time - self.end
            if gap > (PAUSE if self.opener in TIMED else HOLE):
                yield from mixer.rest()
                yield from self._silence(gap)
            yield from mixer.of(frame)
            self.end += frame.samples / frame.sample_rate
        yield from mixer.rest()
        self._check_end()

    def _frames(self) -> Iterator[AudioFrame]:
        """A packet that cannot be decoded is behind the sound, if nothing follows that can be."""
        trouble: Exception | None = None
        last = b""
        for packet in self.container.demux(self.track):
            self._check_packet(packet)
            last = bytes(packet) if packet.size and self.opener in BARE else last
            try:
                frames = packet.decode()
            except ValueError as error:  # FFmpeg's "invalid data" is one
                trouble = trouble or error
                continue
            if frames and trouble:
                raise self._at(trouble)
            yield from frames
        self._check_last(trouble, last)

    def _check_packet(self, packet: Packet[AudioStream]) -> None:
        if packet.has_sidedata("encryption_info"):
            raise ValueError("it is encrypted")
        if packet.is_corrupt and self.opener == "mov":
            raise ValueError(f"it is cut off at {self.end:.1f} seconds")

    def _check_last(self, trouble: Exception | None, last: bytes) -> None:
        """A frame that is cut is a loss, and what is no frame is a tag or padding."""
        length = BARE[self.opener](last) if self.opener in BARE else 0
        if length > len(last):
            raise ValueError(f"its last frame has {len(last)} of {length} bytes")
        if trouble and not self._is_all_there() and (length or self.opener not in BARE):
            raise self._at(trouble)

    def _check_end(self) -> None:
        """Matroska tells one length for all tracks, and a film may go on after its sound."""
        of_all = self.opener == "matroska" and len(self.container.streams) > 1
        if self.told is not None and not of_all and not self._is_all_there():
            raise ValueError(f"it ends at {self.end:.1f} of {self.told:.1f} seconds")

    def _is_all_there(self) -> bool:
        slack = SLACK.get(self.opener, SLACK_ELSEWHERE)
        return self.told is not None and self.end >= self.told - slack

    def _at(self, trouble: Exception) -> ValueError:
        said = getattr(trouble, "strerror", None) or trouble
        return ValueError(f"{said} at {self.end:.1f} seconds")

    def _silence(self, seconds: float) -> Iterator[Samples]:
        import numpy as np

        if self.opener not in TIMED:
            raise ValueError(f"{seconds:.2f} seconds are missing at {self.end:.1f} seconds")
        self.pauses.append((self.end, self.end + seconds))
        self.end += seconds
        for start in range(0, length := round(seconds * RATE), RATE):
            yield np.zeros(min(RATE, length - start), np.float32)
