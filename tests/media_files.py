"""Sounds and pictures for the tests, made here: whole ones by the encoders, odd ones by hand."""

import io
import struct
import zlib
from dataclasses import dataclass, field
from functools import cache

import av
import numpy as np
from PIL import Image

HERTZ = 440.0


def tone(rate=16_000, seconds=1.0, channels=1, hertz=HERTZ):
    """A sine of half the full scale, [channels, samples]; each channel is a little softer."""
    time = np.arange(round(rate * seconds)) / rate
    sine = 0.5 * np.sin(2 * np.pi * hertz * time)
    return np.stack([sine * (1 - 0.5 * n / channels) for n in range(channels)]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Format:
    """
    What PyAV calls a container and a codec.

    `lag`: seconds by which the sound may come later or be longer, where the format does not say
    how much the encoder put before it. `loss`: how far a sample may be off.
    """

    container: str
    codec: str
    rate: int = 16_000
    channels: int = 1
    lag: float = 0.0
    loss: float = 0.0
    options: dict = field(default_factory=dict)
    codec_options: dict = field(default_factory=dict)
    bit_rate: int = 0


FORMATS = {
    "wav 16 bits": Format("wav", "pcm_s16le"),
    "wav 24 bits": Format("wav", "pcm_s24le", 44_100, 2),
    "wav 32 bits": Format("wav", "pcm_s32le", 48_000),
    "wav floats": Format("wav", "pcm_f32le", 8_000, 2),
    "wav doubles": Format("wav", "pcm_f64le"),
    "wav 8 bits": Format("wav", "pcm_u8", loss=0.01),
    "wav mu-law": Format("wav", "pcm_mulaw", 8_000, loss=0.02),
    "wav a-law": Format("wav", "pcm_alaw", 8_000, loss=0.02),
    "wav adpcm": Format("wav", "adpcm_ms", 22_050, lag=0.1, loss=0.05),
    "wav ima adpcm": Format("wav", "adpcm_ima_wav", 22_050, lag=0.1, loss=0.05),
    "aiff": Format("aiff", "pcm_s16be", 44_100, 2),
    "au": Format("au", "pcm_s16be", 8_000),
    "caf": Format("caf", "pcm_s16le", 44_100),
    "flac": Format("flac", "flac", 44_100, 2),
    "flac 24 bits": Format("flac", "flac", 96_000),
    "ogg flac": Format("ogg", "flac", 44_100),
    "ogg opus": Format("ogg", "libopus", 48_000, 2, loss=0.05),
    "ogg vorbis": Format(
        "ogg", "vorbis", 44_100, 2, lag=0.1, loss=0.1, codec_options={"strict": "experimental"}
    ),
    "webm opus": Format("webm", "libopus", 48_000, loss=0.05),
    "mkv pcm": Format("matroska", "pcm_s16le", 44_100, 2),
    "mkv ac3": Format("matroska", "ac3", 48_000, 2, lag=0.1, loss=0.1),
    "mp3": Format("mp3", "libmp3lame", 44_100, 2, loss=0.1),
    "mp3 of MPEG-2": Format("mp3", "libmp3lame", 22_050, loss=0.1),
    "mp3 of MPEG-2.5": Format("mp3", "libmp3lame", 8_000, loss=0.1),
    "mp3 without a header": Format(
        "mp3",
        "libmp3lame",
        16_000,
        lag=0.15,
        loss=0.1,
        options={"write_xing": "0", "id3v2_version": "0"},
    ),
    "mp2": Format("mp2", "mp2", 44_100, lag=0.1, loss=0.1),
    "m4a": Format("mp4", "aac", 44_100, 2, lag=0.1, loss=0.1),
    "m4a alac": Format("ipod", "alac", 44_100, lag=0.1),
    "m4a in fragments": Format(
        "mp4", "aac", 44_100, lag=0.15, loss=0.1, options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "aac": Format("adts", "aac", 44_100, 2, lag=0.15, loss=0.1),
    "amr": Format("amr", "libopencore_amrnb", 8_000, lag=0.05, loss=0.3),
    "wma": Format("asf", "wmav2", 44_100, lag=0.2, loss=0.1, bit_rate=64_000),
}


@cache
def encoded(form, seconds=1.0):
    """A tone as a file of that format."""
    samples = tone(form.rate, seconds, form.channels)
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    out = io.BytesIO()
    with av.open(out, "w", form.container, options=form.options) as container:
        stream = container.add_stream(form.codec, form.rate, options=form.codec_options)
        stream.layout = layout
        if form.bit_rate:
            stream.bit_rate = form.bit_rate
        stream.open()
        context = stream.codec_context
        fitting = av.AudioResampler(
            context.format.name, layout, form.rate, context.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(samples, "fltp", layout)
        frame.sample_rate, frame.pts = form.rate, 0
        for fit in [*fitting.resample(frame), *fitting.resample(None)]:
            container.mux(stream.encode(fit))
        container.mux(stream.encode(None))
    return out.getvalue()


def wave(
    data=bytes(32_000), *, code=1, channels=1, rate=16_000, bits=16, block=None, told=None,
    kind=b"RIFF", before=b"", behind=b"",
):  # fmt: skip
    """A WAV with any header."""
    order = ">" if kind == b"RIFX" else "<"
    block = channels * bits // 8 if block is None else block
    told = len(data) if told is None else told
    form = struct.pack(
        order + "HHIIHH", code, channels, rate, rate * block & 0xFFFF_FFFF, block, bits
    )
    body = b"WAVE" + before + b"fmt " + struct.pack(order + "I", len(form)) + form
    body += b"data" + struct.pack(order + "I", told) + data + behind
    return kind + struct.pack(order + "I", min(len(body), 0xFFFF_FFFF)) + body


def pcm(samples):
    """16-bit samples of [channels, samples], as a WAV has them."""
    return (samples.T * 32_767).round().astype("<i2").tobytes()


def atom(name, data, told=None):
    """Of MP4; `told` is the size that it claims."""
    return struct.pack(">I", len(data) + 8 if told is None else told) + name + data


def chunk(name, data):
    """Of PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, pixels=None, *, mode=2, depth=8, before=b"", interlaced=0):
    """`pixels` are the rows, each after its filter byte; rows of zeros if it is None."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, mode, 0, 0, interlaced))
    rows = zlib.compress(pixels, 9) if pixels is not None else zeros(width, height, mode, depth)
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(width, height, mode=2, depth=8):
    """The rows of a black PNG, compressed without being all held."""
    row = bytes(1 + -(-width * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[mode] * depth // 8))
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])


def gif(width, height, frames=1, size=(1, 1)):
    """Frames of one colour in a screen of another size."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + frame * frames + b";"


def drawn(kind, size=(40, 30), mode="RGB", colour=None, **settings):
    """A picture as Pillow writes it."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **settings)
    return out.getvalue()


def noisy(kind, size=(40, 30), mode="RGB", **settings):
    """A picture in which every pixel tells whether it is there."""
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(out, kind, **settings)
    return out.getvalue()


def resized_jpeg(width, height, **settings):
    """A JPEG whose header claims another size than its data has."""
    data = bytearray(noisy("JPEG", (64, 64), **settings))
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp(width, height):
    """A lossless WebP of nothing but a header that claims a size."""
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + struct.pack("<I", bits) + bytes(5)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def write_long(file, kind, seconds, rate=16_000):
    """A recording of hours, a second at a time."""
    form = {"flac": ("flac", "flac", "s16"), "mp3": ("mp3", "libmp3lame", "fltp")}[kind]
    with av.open(file, "w", form[0]) as container:
        stream = container.add_stream(form[1], rate)
        stream.layout = "mono"
        stream.open()
        size = stream.codec_context.frame_size or 4_096
        fitting = av.AudioResampler(form[2], "mono", rate, size)
        noise = np.random.default_rng(1).normal(0, 0.1, (1, rate)).astype(np.float32)
        for second in range(seconds):
            frame = av.AudioFrame.from_ndarray(noise, "fltp", "mono")
            frame.sample_rate, frame.pts = rate, second * rate
            for fit in fitting.resample(frame):
                container.mux(stream.encode(fit))
        for fit in fitting.resample(None):
            container.mux(stream.encode(fit))
        container.mux(stream.encode(None))


def film(container="mp4", seen=2, heard=1):
    """So many seconds of a black picture, and of a tone."""
    out = io.BytesIO()
    with av.open(out, "w", container) as film:
        video = film.add_stream("mpeg4", 10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        audio = film.add_stream("aac", 16_000, layout="mono") if heard else None
        for n in range(seen * 10):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
            frame.pts = n
            film.mux(video.encode(frame))
        for start in range(0, heard * 16_000 - 1_023, 1_024):
            frame = av.AudioFrame.from_ndarray(
                tone(seconds=heard)[:, start : start + 1_024], "fltp", "mono"
            )
            frame.sample_rate, frame.pts = 16_000, start
            film.mux(audio.encode(frame))
        film.mux([*video.encode(None), *(audio.encode(None) if audio else [])])
    return out.getvalue()
