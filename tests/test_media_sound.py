"""Recordings as models hear them, against the tone that was put into them."""

import builtins
import math
import threading
from pathlib import Path

import pytest

from s2s_tasks.errors import BadInput, MissingExtra
from s2s_tasks.media import Media, Modality

np = pytest.importorskip("numpy")
pytest.importorskip("PIL.Image")
pytest.importorskip("av")

import media_files as make  # noqa: E402

from s2s_tasks.media import container  # noqa: E402
from s2s_tasks.media.sound import RATE, Sound  # noqa: E402

FORMATS = pytest.mark.parametrize("form", make.FORMATS.values(), ids=make.FORMATS)
EDGE = 400
"""Samples at both ends that a resampler or a codec fades."""


def heard(data):
    return Sound.of(Media.open(data)).samples()


def loudness(channels):
    """Of the mean of the channels of `make.tone`, against one."""
    return np.mean([1 - 0.5 * n / channels for n in range(channels)])


def aligned(samples, expected, lag):
    """The samples from where they fit best, at most `lag` seconds late, and how far they are off."""
    length = min(len(expected), len(samples)) - 2 * EDGE - round(lag * RATE)
    wanted = expected[EDGE : EDGE + length]
    starts = range(EDGE, EDGE + round(lag * RATE) + 1)
    off = [np.abs(samples[start : start + length] - wanted).max() for start in starts]
    return min(off)


@FORMATS
def test_a_tone_comes_out_as_it_went_in(form):
    samples = heard(make.encoded(form, 2.0))
    expected = make.tone(RATE, 2.0)[0] * loudness(form.channels)
    assert samples.dtype == np.float32
    assert abs(len(samples) - 2 * RATE) <= form.lag * RATE
    assert aligned(samples, expected, form.lag) <= form.loss + 0.001
    spectrum = np.abs(np.fft.rfft(samples[:RATE]))
    assert np.argmax(spectrum) == make.HERTZ


@FORMATS
def test_the_length_is_told_if_the_header_tells_it(form):
    seconds = Sound.of(Media.open(make.encoded(form, 2.0))).seconds
    uncounted = form.container in {"adts", "amr", "mp2"} or "adpcm" in form.codec
    if uncounted or form.options.get("write_xing") == "0":
        assert seconds is None
    else:
        assert seconds == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8])
def test_every_rate_and_number_of_channels_becomes_one_channel_at_16_khz(rate, channels):
    data = make.wave(make.pcm(make.tone(rate, 0.5, channels)), rate=rate, channels=channels)
    samples, expected = heard(data), make.tone(RATE, 0.5)[0] * loudness(channels)
    assert len(samples) == RATE // 2
    assert np.abs(samples - expected)[EDGE:-EDGE].max() < 0.002


@pytest.mark.parametrize("channel", range(8))
def test_no_channel_is_left_out(channel):
    samples = np.zeros((8, RATE), np.float32)
    samples[channel] = make.tone()[0]
    told = heard(make.wave(make.pcm(samples), channels=8))
    assert np.abs(told - make.tone()[0] / 8).max() < 0.001


@FORMATS
def test_it_is_the_same_from_disk_and_in_blocks_of_any_size(form, tmp_path):
    data = make.encoded(form, 0.7)
    (tmp_path / "talk").write_bytes(data)
    whole, sound = heard(data), Sound.of(Media.open(tmp_path / "talk"))
    for size in (1_000, RATE, 10**6):
        blocks = [*sound.blocks(size)]
        assert all(len(block) == size for block in blocks[:-1])
        assert 0 < len(blocks[-1]) <= size
        assert (np.concatenate(blocks) == whole).all()


def test_one_sample_is_a_recording_and_none_is_not():
    assert len(heard(make.wave(b"\0\1"))) == 1
    with pytest.raises(BadInput, match="no sound in it"):
        heard(make.wave(b""))


def test_a_recording_without_a_header_that_tells_is_read_to_its_end():
    data = make.wave(make.pcm(make.tone()), told=0xFFFFFFFF)
    assert Sound.of(Media.open(data)).seconds == 1.0
    assert len(heard(data)) == RATE


@pytest.mark.parametrize("part", [0.31, 0.52, 0.9, 0.97])
@FORMATS
def test_what_is_cut_is_refused(form, part):
    data = make.encoded(form, 2.0)
    with pytest.raises(BadInput) as raised:
        heard(data[: int(len(data) * part)])
    assert raised.value.hint


@pytest.mark.parametrize(
    "name",
    ["wav 24 bits", "aiff", "au", "caf", "ogg opus", "webm opus", "mp3", "mp2", "aac", "m4a"],
)
def test_what_is_cut_by_one_byte_is_refused(name):
    with pytest.raises(BadInput, match=r"is cut|last frame"):
        heard(make.encoded(make.FORMATS[name], 2.0)[:-1])


@pytest.mark.parametrize(
    "name", ["wav 16 bits", "flac", "mp3", "m4a", "webm opus", "aac", "aiff", "mkv pcm"]
)
def test_what_stands_behind_the_sound_does_not_matter(name):
    data = make.encoded(make.FORMATS[name], 1.0)
    for more in (b"\0", bytes(500), b"a text, as taggers write it" * 9):
        assert len(heard(data + more)) == pytest.approx(len(heard(data)), abs=300)


def test_a_cut_wav_says_how_much_there_is_and_how_to_go_on():
    with pytest.raises(
        BadInput, match="the data is cut: it has 1,044 of the 32,044 bytes"
    ) as raised:
        heard(make.wave()[:1044])
    assert "ffmpeg" in raised.value.hint


@pytest.mark.parametrize(
    "name", ["flac", "ogg opus", "ogg vorbis", "mp3", "aac", "m4a", "webm opus"]
)
def test_a_hole_in_the_middle_is_refused(name):
    data = make.encoded(make.FORMATS[name], 3.0)
    middle = len(data) // 2
    with pytest.raises(BadInput, match=r"seconds|cut") as raised:
        heard(data[:middle] + bytes(700) + data[middle + 700 :])
    assert raised.value.hint


def test_silence_that_was_left_out_is_put_back_and_told():
    import io

    import av

    out, tone = io.BytesIO(), make.tone(48_000, 2.0)
    with av.open(out, "w", "webm") as container:
        stream = container.add_stream("libopus", 48_000)
        stream.layout = "mono"
        stream.open()
        for start in range(0, 96_000, 960):
            frame = av.AudioFrame.from_ndarray(tone[:, start : start + 960], "fltp", "mono")
            frame.sample_rate, frame.pts = 48_000, start + (144_000 if start >= 48_000 else 0)
            fitting = av.AudioResampler("s16", "mono", 48_000)
            container.mux([*(p for f in fitting.resample(frame) for p in stream.encode(f))])
        container.mux(stream.encode(None))
    sound = Sound.of(Media.open(out.getvalue()))
    samples = sound.samples()
    assert len(samples) == pytest.approx(5 * RATE, abs=RATE / 10)
    assert not samples[round(1.2 * RATE) : round(3.8 * RATE)].any()
    assert np.abs(samples[4 * RATE + 800 : round(4.5 * RATE)]).max() > 0.4
    [(start, end)] = sound.pauses
    assert (start, end) == (pytest.approx(1.0, abs=0.05), pytest.approx(4.0, abs=0.05))


@pytest.mark.parametrize("container", ["mp4", "matroska", "mov"])
@pytest.mark.parametrize(("seen", "sounds"), [(2, 2), (6, 2), (1, 3)])
def test_of_a_film_the_sound_is_heard(container, seen, sounds, capfd):
    samples = heard(make.film(container, seen, sounds))
    assert len(samples) == pytest.approx(sounds * RATE, abs=0.15 * RATE)
    assert np.argmax(np.abs(np.fft.rfft(samples[RATE // 2 : RATE + RATE // 2]))) == make.HERTZ
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("demuxer", "playlist"),
    [
        ("hls", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"),
        ("concat", "ffconcat version 1.0\nfile '{}'\n"),
    ],
)
def test_a_recording_cannot_name_another_file(demuxer, playlist, tmp_path, monkeypatch):
    """Even if a playlist were taken for a recording."""
    (tmp_path / "other.wav").write_bytes(make.wave())
    data = playlist.format(tmp_path / "other.wav").encode()
    with pytest.raises(BadInput, match=r"known media type|is a playlist"):
        Media.open(data)
    monkeypatch.setitem(container.OPENERS, "audio/list", demuxer)
    with pytest.raises(BadInput, match=r"names another file|cannot be decoded|no sound"):
        Sound.of(Media(Modality.AUDIO, "audio/list", data))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30, 17.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_that_cannot_be_are_refused_and_named(value, channels):
    samples = np.zeros(RATE * channels, "<f4")
    samples[RATE // 2 * channels] = value * channels
    with pytest.raises(BadInput, match=r"samples .*near 0.[45] seconds"):
        heard(make.wave(samples.tobytes(), code=3, bits=32, channels=channels))


def test_a_recording_in_which_the_form_changes_is_heard_to_its_end():
    first, second = (
        make.encoded(make.Format("adts", "aac", rate), 1.0) for rate in (44_100, 22_050)
    )
    assert len(heard(first + second)) == pytest.approx(2.1 * RATE, abs=0.1 * RATE)


def test_what_cannot_be_held_at_once_can_be_read_in_blocks(monkeypatch):
    sound = Sound.of(Media.open(make.wave(bytes(2 * 4_000 * 121), rate=4_000)))
    monkeypatch.setattr("s2s_tasks.media.sound.MOST_AT_ONCE", 120)
    with pytest.raises(BadInput, match=r"longer than 2 minutes"):
        sound.samples()
    assert sum(map(len, sound.blocks(RATE * 60))) == 121 * RATE


def files():
    return len([*Path("/proc/self/fd").iterdir()])


def test_a_block_that_nobody_waits_for_holds_no_file(tmp_path):
    path = tmp_path / "talk.wav"
    path.write_bytes(make.wave(make.pcm(make.tone(seconds=30))))
    before = files()
    for _ in range(20):
        blocks = Sound.of(Media.open(path)).blocks(100)
        next(blocks)
        blocks.close()
    assert files() == before


def test_many_threads_hear_the_same(tmp_path):
    path = tmp_path / "talk.flac"
    path.write_bytes(make.encoded(make.FORMATS["flac"], 2.0))
    sound = Sound.of(Media.open(path))
    told = []
    threads = [threading.Thread(target=lambda: told.append(sound.samples())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert all((one == told[0]).all() for one in told)


def test_nothing_is_said_on_standard_error(capfd):
    for name in ("mp3", "flac", "ogg opus", "m4a", "aac"):
        data = make.encoded(make.FORMATS[name], 1.0)
        with pytest.raises(BadInput):
            heard(data[: len(data) // 2])
    assert capfd.readouterr() == ("", "")


def test_what_is_no_recording_is_bad_input():
    with pytest.raises(BadInput, match="application/pdf, and no recording"):
        Sound.of(Media(Modality.DOCUMENT, "application/pdf", b"%PDF-1.7"))


def test_a_missing_pyav_is_a_missing_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **settings):
        if name == "av":
            raise ImportError(name)
        return real(name, *args, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra) as raised:
        Sound.of(Media.open(make.wave()))
    assert "av" in raised.value.hint


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["wav", "flac", "mp3"])
def test_three_hours_are_heard_in_flat_memory(kind, tmp_path):
    import psutil

    path = tmp_path / "day"
    seconds = 3 * 3600
    with path.open("wb") as file:
        if kind == "wav":
            file.write(make.wave(b"", channels=2, rate=44_100, told=seconds * 44_100 * 4))
            file.truncate(44 + seconds * 44_100 * 4)
        else:
            make.write_long(file, kind, seconds)
    process, low, high, length = psutil.Process(), 0, 0, 0
    sound = Sound.of(Media.open(path))
    for n, block in enumerate(sound.blocks(30 * RATE)):
        length += len(block)
        if n == 10:
            low = process.memory_info().rss
        high = max(high, process.memory_info().rss)
    assert length / RATE == pytest.approx(seconds, abs=0.1)
    assert high - low < 10_000_000, f"{(high - low) / 1e6:.1f} MB"
