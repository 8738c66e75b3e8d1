"""Where media come from, and how they are told apart."""

import hashlib
import io
import os
import pickle
import struct

import pytest

from s2s_tasks.errors import BadInput
from s2s_tasks.exchange import Request
from s2s_tasks.media import Media, Modality
from s2s_tasks.media.frames import is_adts, is_mpeg
from s2s_tasks.media.limits import MOST_IN_FILE, MOST_READ
from s2s_tasks.testing.identity import describe, fingerprint

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")
pytest.importorskip("av")

import media_files as make  # noqa: E402

from s2s_tasks.media.picture import picture  # noqa: E402
from s2s_tasks.media.sound import Sound  # noqa: E402

PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "talk.wav"
    path.write_bytes(make.wave(make.pcm(make.tone())))
    return path


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (make.drawn("PNG"), "image/png"),
        (make.drawn("JPEG"), "image/jpeg"),
        (make.drawn("GIF"), "image/gif"),
        (make.drawn("WEBP"), "image/webp"),
        (PDF, "application/pdf"),
        *((make.encoded(form, 0.1), mime) for mime, form in [
            ("audio/wav", make.FORMATS["wav 16 bits"]),
            ("audio/flac", make.FORMATS["flac"]),
            ("audio/ogg", make.FORMATS["ogg opus"]),
            ("audio/mpeg", make.FORMATS["mp3"]),
            ("audio/mpeg", make.FORMATS["mp3 without a header"]),
            ("audio/mpeg", make.FORMATS["mp3 of MPEG-2.5"]),
            ("audio/mpeg", make.FORMATS["mp2"]),
            ("audio/mp4", make.FORMATS["m4a"]),
            ("audio/webm", make.FORMATS["webm opus"]),
            ("audio/matroska", make.FORMATS["mkv pcm"]),
            ("audio/aac", make.FORMATS["aac"]),
            ("audio/aiff", make.FORMATS["aiff"]),
            ("audio/amr", make.FORMATS["amr"]),
            ("audio/x-ms-wma", make.FORMATS["wma"]),
            ("audio/x-caf", make.FORMATS["caf"]),
            ("audio/basic", make.FORMATS["au"]),
        ]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_type_is_what_the_bytes_say_whatever_the_name(data, mime, tmp_path):
    (tmp_path / "thing.txt").write_bytes(data)
    for source in (data, io.BytesIO(data), bytearray(data), tmp_path / "thing.txt"):
        media = Media.open(source)
        assert media.mime == mime
        assert media.data == data
        with media.file() as file:
            assert file.read() == data


def test_a_recording_by_path_stays_on_disk_and_a_picture_does_not(recording, tmp_path):
    (tmp_path / "a.png").write_bytes(make.drawn("PNG"))
    assert not isinstance(Media.open(recording).content, bytes)
    assert isinstance(Media.open(tmp_path / "a.png").content, bytes)
    assert Media.open(str(recording)).size == recording.stat().st_size


def test_a_recording_may_be_larger_on_disk_than_in_memory(tmp_path):
    path = tmp_path / "long.wav"
    header = make.wave(b"", channels=2, rate=50_000, told=2 * 10**9)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 2 * 10**9)  # a hole, which takes no room
    media = Media.open(path)
    assert Sound.of(media).seconds == 10_000
    with pytest.raises(BadInput, match=r"2,000,000,044 bytes, above the limit of 500,000,000"):
        media.data


def test_a_file_on_disk_has_a_limit_too(tmp_path):
    path = tmp_path / "endless.wav"
    with path.open("wb") as file:
        file.write(make.wave())
        file.truncate(MOST_IN_FILE[Modality.AUDIO] + 1)
    with pytest.raises(BadInput, match="above the limit of 4,294,967,296 for audio"):
        Media.open(path)


@pytest.mark.parametrize("source", [bytes, io.BytesIO], ids=["bytes", "file"])
def test_what_is_held_in_memory_has_a_limit(source):
    data = make.png(1, 1) + bytes(MOST_READ[Modality.IMAGE])
    with pytest.raises(BadInput, match="above the limit of 20,000,000 for image"):
        Media.open(source(data))


@pytest.mark.parametrize("change", ["gone", "longer", "touched"])
def test_a_recording_that_is_no_longer_the_same_is_refused(recording, change):
    media = Media.open(recording)
    if change == "gone":
        recording.unlink()
    elif change == "longer":
        recording.write_bytes(recording.read_bytes() * 2)
    else:
        os.utime(recording, ns=(0, 0))
    for read in (lambda: media.data, media.file, lambda: Sound.of(media)):
        with pytest.raises(BadInput, match="any more" if change == "gone" else "changed"):
            read()


def test_two_are_equal_if_they_are_the_same(recording, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Media.open(recording) == Media.open("talk.wav")
    assert hash(Media.open(recording)) == hash(Media.open("talk.wav"))
    assert Media.open(PDF) == Media.open(io.BytesIO(PDF))
    before = Media.open(recording)
    os.utime(recording, ns=(0, 0))
    assert Media.open(recording) != before


def test_it_can_be_sent_to_another_process(recording):
    for media in (Media.open(recording), Media.open(PDF)):
        sent = pickle.loads(pickle.dumps(media))
        assert sent == media
        assert sent.data == media.data
    assert len(pickle.dumps(Media.open(recording))) < 1_000


def test_a_recording_is_told_by_its_bytes_wherever_they_are(recording):
    on_disk, in_memory = (
        Media.open(recording),
        Media.from_bytes(recording.read_bytes(), name="talk.wav"),
    )
    told = [describe(Request("transcribe", (media,))) for media in (on_disk, in_memory)]
    assert told[0] == told[1]
    assert fingerprint(told[0], "m") == fingerprint(told[1], "m")
    assert hashlib.sha256(recording.read_bytes()).hexdigest() in str(told[0])


def test_a_row_of_floats_is_sound_to_the_sample():
    [samples] = make.tone()
    for kind in ("float32", "float64"):
        sound = Sound.of(Media.open(samples.astype(kind)))
        assert sound.seconds == 1.0
        assert (sound.samples() == samples).all()


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.zeros(0), "is empty"),
        (np.array([0.0, np.nan]), "no numbers"),
        (np.array([0.0, 20_000.0]), "20,000, and full scale is 1"),
        (np.zeros(9, "int16"), "int16"),
        (np.zeros((2, 99), "float32"), "neither sound nor a picture"),
        (np.zeros((9, 9, 5), "uint8"), "neither sound nor a picture"),
        (np.zeros((9, 9), "float32"), "neither sound nor a picture"),
        (np.zeros((0, 9), "uint8"), "no pixels"),
        (np.broadcast_to(np.zeros((1, 1), "uint8"), (60_001, 1_000)), "60,000,000 pixels"),
        (np.array(["a"]), "neither sound nor a picture"),
    ],
    ids=["empty", "nan", "loud", "int16", "stereo", "5 deep", "floats", "0 high", "huge", "text"],
)
def test_an_array_that_is_neither_is_refused(array, complaint):
    with pytest.raises(BadInput, match=complaint):
        Media.open(array)


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_an_array_of_bytes_is_a_picture_to_the_pixel(shape):
    pixels = np.random.default_rng(1).integers(0, 255, shape, "uint8")
    seen = np.asarray(picture(Media.open(pixels)))
    assert (seen == (pixels if len(shape) == 3 else pixels[..., None])).all()


def test_what_is_transparent_in_an_array_is_white():
    pixels = np.zeros((2, 2, 4), "uint8")
    assert picture(Media.open(pixels)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16", "F"]
)
def test_an_image_of_pillow_is_a_picture(mode):
    assert picture(Media.open(Image.new(mode, (30, 20)))).size == (30, 20)


def test_an_image_of_pillow_is_set_upright():
    sideways = Image.open(io.BytesIO(make.drawn("JPEG", (30, 20), exif=turned(6))))
    assert picture(Media.open(sideways)).size == (20, 30)


def test_an_image_of_pillow_that_cannot_be_read_is_bad_input():
    cut = Image.open(io.BytesIO(make.noisy("PNG", (99, 99))[:500]))
    with pytest.raises(BadInput, match="the image cannot be read"):
        Media.open(cut)
    with pytest.raises(BadInput, match="60,000,000 pixels"):
        Media.open(Image.new("1", (60_001, 1_000)))


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (5, "cannot read media from a int"),
        (None, "cannot read media from a NoneType"),
        ([1.0, 2.0], "cannot read media from a list"),
        (io.StringIO("text"), "known media type|text mode"),
        ("https://example.org/a.wav", "nothing is fetched"),
        ("file:///etc/passwd", "nothing is fetched"),
        ("no such file", "no file at"),
        ("\0", "cannot read|no file"),
        ("/dev/zero", "no file at"),
        (b"", "is empty"),
        (b"%!PS-Adobe", "no known media type"),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_what_is_no_source_is_bad_input(source, complaint):
    with pytest.raises(BadInput, match=complaint):
        Media.open(source)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(BadInput, match="no file at"):
        Media.open(tmp_path)


def test_a_closed_file_is_bad_input(recording):
    with recording.open("rb") as file:
        pass
    with pytest.raises(BadInput, match="cannot read the file"):
        Media.open(file)


@pytest.mark.parametrize("version", [0, 2, 3])
@pytest.mark.parametrize("layer", [1, 2])
def test_every_frame_of_mpeg_is_known_and_its_neighbours_are_not(version, layer):
    header = 0xFFE00000 | version << 19 | layer << 17 | 5 << 12
    known = is_mpeg(struct.pack(">I", header))
    assert known == ((version, layer) != (0, 2))
    assert not is_mpeg(struct.pack(">I", header | 1 << 19) if version == 0 else b"\xff\xe8\x50\x00")
    assert not is_mpeg(struct.pack(">I", header | 15 << 12))
    assert not is_mpeg(struct.pack(">I", header | 3 << 10))


def test_noise_and_texts_are_no_frames():
    chance = np.random.default_rng(3)
    for _ in range(2_000):
        noise = b"\xff" + chance.bytes(4095)
        assert not (is_mpeg(noise) and is_adts(noise))
    for text in ("\ufeffwords and words", "ÿûÿûÿû"):
        for code in ("utf-8", "utf-16"):
            assert not is_mpeg(text.encode(code) * 99)
            assert not is_adts(text.encode(code) * 99)
