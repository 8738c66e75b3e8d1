"""
Media that nobody means well with, each with what is expected of it.

Run as a program, it opens each in a process of its own, which may take 512 MB above what the
libraries take, and prints what came out and what it took.
"""

import io
import json
import os
import resource
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import media_files as make
import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

from s2s_tasks.errors import BadInput
from s2s_tasks.media import Media, Modality
from s2s_tasks.media.picture import picture
from s2s_tasks.media.sound import Sound

MEGABYTES = 512
SECONDS = 1.0


@dataclass(frozen=True)
class Case:
    """
    `handled`: the seconds of a recording or the size of a picture. `refused`: what the error
    says. The one that is not expected is None.
    """

    data: Callable[[], bytes]
    refused: str | None = None
    handled: object = None


def refused(saying, data):
    return Case(data, refused=saying)


def handled(as_what, data):
    return Case(data, handled=as_what)


def mp3(**more):
    return make.encoded(make.FORMATS["mp3"], **more)


def tagged(size, behind):
    """An ID3 tag that claims a size."""
    return b"ID3\x04\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + behind


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def half(data):
    return data[: len(data) // 2]


def film():
    return make.film(container="mp4", heard=0)


def frames(kind, count=3, **settings):
    out = io.BytesIO()
    first, *others = [Image.new("RGB", (30, 20), (n, 0, 0)) for n in range(count)]
    first.save(out, kind, save_all=True, append_images=others, duration=20, **settings)
    return out.getvalue()


def endless_flac():
    """Its header counts 36 bits of samples."""
    data = bytearray(make.encoded(make.FORMATS["flac"]))
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    return bytes(data)


def endless_jpeg():
    """A progressive one, whose last scan comes a thousand times."""
    data = make.noisy("JPEG", (2000, 1500), "L", progressive=True)
    last = data.rfind(b"\xff\xda")
    return (
        data[:last]
        + data[last:-2] * 1
        + (data[last : last + 10] + b"\0\xff\0") * 1000
        + b"\xff\xd9"
    )


def texts(size, count):
    """A PNG with texts that are nothing but length."""
    import zlib

    body = b"note\0\0" + zlib.compress(bytes(size), 9)
    return make.png(9, 9, before=b"".join(make.chunk(b"zTXt", body) for _ in range(count)))


def matroska(told):
    """A header, and a segment of a size."""
    head = b"\x1aE\xdf\xa3\x84" + b"\x42\x82\x81w"
    return head + b"\x18\x53\x80\x67\x01" + told.to_bytes(7, "big") + b"nonsense" * 50


def sine(channels=1, rate=16_000):
    return make.pcm(make.tone(rate, 1.0, channels))


def floats(value, count=16_000):
    return np.full(count, value, "<f4").tobytes()


CASES = {
    # recordings: headers
    "empty file": refused("is empty", lambda: b""),
    "text": refused("no known media type", lambda: b"this is no sound at all\n" * 99),
    "RIFF and nothing": refused("no known media type", lambda: b"RIFF"),
    "WAV header alone": refused("no samples", lambda: b"RIFF\x24\0\0\0WAVE"),
    "WAV without samples": refused("no sound", lambda: make.wave(b"")),
    "WAV cut in its header": refused("no samples", lambda: make.wave()[:30]),
    "WAV of 4 GB": refused("of the 4,000,000,044 bytes", lambda: make.wave(told=4_000_000_000)),
    "WAV cut by a byte": refused("is cut", lambda: make.wave()[:-1]),
    "WAV into a pipe": handled(1.0, lambda: make.wave(sine(), told=0xFFFFFFFF)),
    "WAV by SoX into a pipe": handled(1.0, lambda: make.wave(sine(), told=0x7FFFF000)),
    "WAV with 1 byte too many": handled(1.0, lambda: make.wave(sine() + b"\1", told=32_001)),
    "WAV of rate 0": refused("0 samples a second|cannot be decoded", lambda: make.wave(rate=0)),
    "WAV of rate 1": refused("1 samples a second", lambda: make.wave(rate=1)),
    "WAV of rate 2^32-1": refused(
        "samples a second|cannot be decoded", lambda: make.wave(rate=2**32 - 1)
    ),
    "WAV of 0 channels": refused("0 channels", lambda: make.wave(channels=0, block=2)),
    "WAV of 65,535 channels": refused(
        "65535 channels", lambda: make.wave(channels=65_535, bits=8)
    ),
    "WAV of 9 channels": refused("9 channels", lambda: make.wave(bytes(36_000), channels=9)),
    "WAV with a huge block": refused("blocks of 65535 bytes", lambda: make.wave(block=65_535)),
    "WAV with a block of 0": refused("blocks of 0 bytes", lambda: make.wave(block=0)),
    "WAV of 0 bits": refused("blocks of|cannot be decoded", lambda: make.wave(bits=0)),
    "WAV of 12 bits in 2 bytes": handled(1.0, lambda: make.wave(sine(), bits=12, block=2)),
    "WAV of a codec nobody has": refused("decoded", lambda: make.wave(code=0x7A21)),
    "WAV with 20,000 empty chunks": refused(
        "no samples", lambda: make.wave(before=b"JUNK\0\0\0\0" * 20_000)
    ),
    "WAV with a list behind": handled(1.0, lambda: make.wave(sine(), behind=b"LIST\x04\0\0\0INFO")),
    "WAV that swaps bytes": handled(
        1.0, lambda: make.wave(np.frombuffer(sine(), "<i2").astype(">i2").tobytes(), kind=b"RIFX")
    ),
    # recordings: samples
    "WAV of no numbers": refused("no numbers", lambda: make.wave(floats(np.nan), code=3, bits=32)),
    "WAV of infinity": refused("no numbers", lambda: make.wave(floats(-np.inf), code=3, bits=32)),
    "WAV of integers as floats": refused(
        "of 12,345, and full scale is 1", lambda: make.wave(floats(12_345), code=3, bits=32)
    ),
    "WAV of 8 channels at 192 kHz": handled(
        1.0, lambda: make.wave(sine(8, 192_000), channels=8, rate=192_000)
    ),
    "WAV of 3 channels": handled(1.0, lambda: make.wave(sine(3), channels=3)),
    "WAV of 24 bits": handled(1.0, lambda: make.encoded(make.FORMATS["wav 24 bits"])),
    "WAV of doubles": handled(1.0, lambda: make.encoded(make.FORMATS["wav doubles"])),
    "WAV of mu-law": handled(1.0, lambda: make.encoded(make.FORMATS["wav mu-law"])),
    "WAV of ADPCM": handled(1.0, lambda: make.encoded(make.FORMATS["wav adpcm"])),
    "WAV of one sample": handled(1 / 16_000, lambda: make.wave(b"\0\1")),
    # other containers
    "MP3 with a tag of 256 MB": refused(
        "decoded|no known", lambda: tagged(2**28 - 1, mp3()[45:])
    ),
    "ID3 tag alone": refused("decoded|no sound", lambda: tagged(0, b"")),
    "MP3 with a text behind": handled(1.0, lambda: mp3() + b"LYRICSBEGIN and so on" * 9),
    "MP3 cut": refused("last frame", lambda: half(mp3())),
    "MP3 without its middle": refused("seconds", lambda: mp3()[:4000] + bytes(900) + mp3()[4900:]),
    "FLAC behind a tag": handled(
        1.0, lambda: tagged(20, bytes(20) + make.encoded(make.FORMATS["flac"]))
    ),
    "FLAC header alone": refused("decoded", lambda: make.encoded(make.FORMATS["flac"])[:60]),
    "FLAC of 400 hours": refused("longer than 12 hours", endless_flac),
    "FLAC cut": refused("at 0.[3-6]", lambda: half(make.encoded(make.FORMATS["flac"]))),
    "FLAC with a bit flipped": refused(
        "missing|Invalid data", lambda: flipped(make.encoded(make.FORMATS["flac"]), 9_000)
    ),
    "Ogg with a broken sum": refused(
        "missing|decoded", lambda: flipped(make.encoded(make.FORMATS["ogg opus"], 3.0), 9_000)
    ),
    "Ogg cut": refused("last page", lambda: half(make.encoded(make.FORMATS["ogg opus"]))),
    "Ogg of nonsense": refused("last page", lambda: b"OggS" + bytes(range(256)) * 9),
    "Ogg pages of nonsense": refused(
        "decoded|no sound", lambda: (b"OggS\0\4" + bytes(20) + b"\1\4nope") * 99
    ),
    "M4A with an atom of 2 GB": refused(
        "of the 2,147,4", lambda: make.atom(b"ftyp", b"M4A \0\0\0\0") + make.atom(b"moov", b"", 2**31 - 1)
    ),
    "M4A with a wide atom": refused(
        "is cut", lambda: make.atom(b"ftyp", b"M4A \0\0\0\0") + b"\0\0\0\1mdat" + b"\x7f" * 8
    ),
    "M4A with a million entries": refused(
        "decoded|no sound", lambda: make.encoded(make.FORMATS["m4a"]).replace(
            b"stsz\0\0\0\0\0\0\0\0\0\0", b"stsz\0\0\0\0\0\0\0\0\x3f\xff"
        )
    ),
    "M4A within itself": refused(
        "decoded|no sound",
        lambda: make.atom(b"ftyp", b"M4A \0\0\0\0") + nested(b"moov", 3_000),
    ),
    "M4A cut": refused("is cut", lambda: half(make.encoded(make.FORMATS["m4a"]))),
    "M4A of ciphers": refused(
        "encrypted", lambda: make.encoded(make.FORMATS["m4a"]).replace(b"mp4a\0\0", b"enca\0\0")
    ),
    "video without sound": refused("no sound", film),
    "MKV of nonsense": refused("decoded|no sound", lambda: matroska(400)),
    "MKV of 72 petabytes": refused("is cut", lambda: matroska(2**56 - 2)),
    "AAC cut": refused("last frame", lambda: half(make.encoded(make.FORMATS["aac"]))),
    "AMR of nonsense": refused("decoded|no sound", lambda: b"#!AMR\n" + b"\xff" * 999),
    "AIFF of 2 GB": refused(
        "of the 2,0", lambda: make.encoded(make.FORMATS["aiff"]).replace(
            b"SSND", b"SSND\x77\x77\x77\x77", 1
        )
    ),
    "playlist": refused("is a playlist", lambda: b"#EXTM3U\nfile:///etc/passwd\n"),
    "concat script": refused("no known", lambda: b"ffconcat version 1.0\nfile /etc/passwd\n"),
    "MIDI": refused("MIDI", lambda: b"MThd" + bytes(40)),
    # pictures
    "PNG of 16k by 16k": refused("60,000,000 pixels", lambda: make.png(16_384, 16_384, b"")),
    "PNG of 2^31 by 2^31": refused(
        "pixels|cannot be read", lambda: make.png(2**31 - 1, 2**31 - 1, b"")
    ),
    "PNG of 0 by 0": refused("cannot be read", lambda: make.png(0, 0, b"")),
    "PNG bomb": refused("60,000,000 pixels", lambda: make.png(8_000, 8_000)),
    "PNG as large as may be": handled([7_700, 7_700], lambda: make.png(7_700, 7_700)),
    "PNG with too few rows": handled([99, 99], lambda: make.png(99, 99, bytes(298 * 50))),
    "PNG cut": refused("read", lambda: half(make.noisy("PNG"))),
    "PNG with texts of 1 GB": refused("read", lambda: texts(10**9 // 100, 100)),
    "PNG with many texts": refused("read", lambda: texts(999_000, 200)),
    "PNG with a broken sum": refused("read", lambda: flipped(make.png(9, 9), 20)),
    "PNG with a profile of junk": handled(
        [9, 9], lambda: make.png(9, 9, before=make.chunk(b"iCCP", b"x\0\0junk"))
    ),
    "PNG of 1 by 50,000": handled([1, 50_000], lambda: make.png(1, 50_000)),
    "PNG of 1 pixel": handled([1, 1], lambda: make.png(1, 1)),
    "PNG of 16 bits": handled([30, 20], lambda: make.png(30, 20, depth=16)),
    "PNG of 1 bit": handled([30, 20], lambda: make.png(30, 20, mode=0, depth=1)),
    "PNG of a palette that is missing": refused("read", lambda: make.png(30, 20, mode=3)),
    "PNG in an archive": refused("ZIP", lambda: b"PK\x03\x04" + make.png(9, 9)),
    "PNG and a WAV": handled([9, 9], lambda: make.png(9, 9) + make.wave()),
    "APNG": handled([30, 20], lambda: frames("PNG")),
    "JPEG of 16k by 16k": refused("50,000,000 pixels", lambda: make.resized_jpeg(16_000, 16_000)),
    "JPEG that claims more": handled([5_000, 5_000], lambda: make.resized_jpeg(5_000, 5_000)),
    "JPEG of a thousand scans": refused("goes over 3,000,000 pixels 10", endless_jpeg),
    "JPEG cut": refused("truncated", lambda: half(make.noisy("JPEG", (300, 200)))),
    "JPEG start alone": refused("read", lambda: b"\xff\xd8\xff"),
    "JPEG of CMYK": handled([30, 20], lambda: make.drawn("JPEG", (30, 20), "CMYK")),
    "JPEG with a profile of junk": handled(
        [30, 20], lambda: make.drawn("JPEG", (30, 20), icc_profile=b"junk" * 999)
    ),
    "JPEG with EXIF of junk": handled(
        [30, 20], lambda: make.drawn("JPEG", (30, 20), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" * 9)
    ),
    "JPEG and a ZIP": handled([30, 20], lambda: make.drawn("JPEG", (30, 20)) + b"PK\x03\x04" * 9),
    "GIF of 65k by 65k": refused("60,000,000 pixels", lambda: make.gif(65_535, 65_535)),
    "GIF with a frame of 65k by 65k": refused(
        "60,000,000 pixels|read", lambda: make.gif(9, 9, size=(65_535, 65_535))
    ),
    "GIF of 10,000 frames": handled([500, 500], lambda: make.gif(500, 500, 10_000)),
    "GIF without a frame": refused("read", lambda: make.gif(9, 9, 0)),
    "WebP of 16k by 16k": refused("30,000,000 pixels", lambda: make.webp(16_000, 16_000)),
    "WebP of nothing": refused("read", lambda: make.webp(100, 100)),
    "WebP that moves": handled([30, 20], lambda: frames("WEBP", 40)),
    "WebP cut": refused("read", lambda: half(make.noisy("WEBP", (300, 200)))),
    "BMP": refused("BMP", lambda: make.drawn("BMP")),
    "TIFF": refused("TIFF", lambda: make.drawn("TIFF")),
    "HEIC": refused("HEIC", lambda: make.atom(b"ftyp", b"heic\0\0\0\0mif1")),
    "SVG": refused("no known", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
}  # fmt: skip


def nested(name, depth):
    """Atoms in atoms."""
    sizes = range(depth * 8, 0, -8)
    return b"".join(struct.pack(">I", size) + name for size in sizes)


def outcome(path):
    media = Media.open(path)
    if media.modality is Modality.IMAGE:
        return [*picture(media).size]
    heard = sum(map(len, Sound.of(media).blocks(16_000)))
    return heard / 16_000


def measured(path):
    """What came of it, in a process that may take so much and no more."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEGABYTES * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        said = {"handled": outcome(path)}
    except BadInput as error:
        said = {"refused": str(error), "hint": error.hint}
    except BaseException as error:  # noqa: BLE001  # it is told, and fails the test
        said = {"raised": repr(error)}
    said["seconds"] = time.process_time() - start
    said["megabytes"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return said


def apart(path):
    """In a child; a crash is an outcome, too."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, json.dumps(measured(path)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(told) if told else {"raised": f"the process ended with {status}"}


def main():
    Image.init()
    ImageOps.exif_transpose(Image.new("RGB", (1, 1)))
    assert PngImagePlugin
    for name, case in CASES.items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(case.data())
            file.flush()
            sys.stdout.write(json.dumps({"name": name, **apart(file.name)}) + "\n")
            sys.stdout.flush()  # before the next child has a copy of it


if __name__ == "__main__":
    sys.exit(main())
