"""
A recording's container, opened by PyAV, and its one track of sound.

The demuxer is the one that the first bytes say, the decoders are those of sound, and there is no
protocol to open anything else: a recording cannot name another file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from ..errors import BadInput, MissingExtra
from .kinds import KINDS
from .limits import check_form
from .modality import Modality
from .whole import check_whole

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from .media import Media

__all__ = ["OPENERS", "decoding", "track"]

OPENERS = {kind.mime: kind.opener for kind in KINDS if kind.modality is Modality.AUDIO}

DECODERS = (
    "aac,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,alac,amrnb,amrwb,eac3,flac,"
    "g722,g726,g726le,gsm,gsm_ms,ilbc,libopencore_amrnb,libopencore_amrwb,libopus,mp1float,mp2,"
    "mp2float,mp3,mp3float,opus,pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,"
    "pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s64be,pcm_s64le,pcm_s8,pcm_u8,"
    "speex,tta,vorbis,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice"
)
"""FFmpeg's decoders of what people record and publish: fewer to be broken into than all 250."""

CONTAINER_OPTIONS = {
    "protocol_whitelist": "",
    "codec_whitelist": DECODERS,
    "max_streams": "64",
}
CIPHERS = frozenset({"enca", "drms"})
"""What an MP4 calls sound that is not to be heard: ISO 14496-12, 8.12.1, and Apple's."""

STRICT = {"err_detect": "crccheck+bitstream+buffer+explode"}
"""Checksums are compared, and what is broken is an error and no guess."""


@contextmanager
def decoding(media: Media) -> Iterator[InputContainer]:
    """The open container. Whatever PyAV raises inside of it is BadInput."""
    av_open = _library()
    if (opener := OPENERS.get(media.mime)) is None:
        raise BadInput(f"{media.label} is {media.mime}, and no recording")
    with _broken(media), media.file() as file:
        check_whole(media.label, opener, file)
        with av_open(
            file,
            "r",
            opener,
            container_options=CONTAINER_OPTIONS,
            metadata_errors="replace",
            io_open=_nothing_else,
        ) as container:
            yield container


def track(media: Media, container: InputContainer) -> AudioStream:
    """The first track of sound. Raises BadInput if there is none that can be decoded."""
    if not (tracks := container.streams.audio):
        raise BadInput(f"{media.label} has no sound", hint="give a recording with a sound track")
    found = tracks[0]
    context = cast("AudioCodecContext | None", found.codec_context)
    if context is None or context.codec.name not in DECODERS.split(","):
        raise BadInput(
            f"{media.label} has sound that cannot be decoded",
            hint="convert it, for example by ffmpeg -i IT sound.flac",
        )
    if context.codec_tag in CIPHERS:
        raise BadInput(f"{media.label} is encrypted", hint="give it as the owner can play it")
    context.options = STRICT
    check_form(media.label, found.channels, found.rate)
    return found


@contextmanager
def _broken(media: Media) -> Iterator[None]:
    try:
        yield
    except BadInput:
        raise
    except Exception as error:  # a demuxer of broken files may raise anything
        raise BadInput(
            f"{media.label} cannot be decoded as {media.mime}: {_said(error)}",
            hint="it is broken, cut or of a rare kind: see what ffmpeg -i IT sound.flac makes of it",
        ) from error


def _said(error: Exception) -> str:
    """What FFmpeg says, without the name it gives to the file."""
    return str(getattr(error, "strerror", "") or error)


def _nothing_else(url: str, flags: int, options: dict[str, str]) -> None:
    del flags, options
    raise BadInput(f"the recording names another file, {url!r}", hint="give that file itself")


def _library() -> Callable[..., InputContainer]:
    try:
        from av import open as av_open
    except ImportError as error:
        raise MissingExtra(
            "recordings are decoded with PyAV, which is not installed", hint="pip install av"
        ) from error
    return av_open
