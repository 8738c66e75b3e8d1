"""Pictures as models see them, pixel by pixel."""

import io
import struct

import pytest

from s2s_tasks.errors import BadInput
from s2s_tasks.media import Media, Modality

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")
pytest.importorskip("av")

import media_files as make  # noqa: E402

from s2s_tasks.media.limits import MOST_PIXELS  # noqa: E402
from s2s_tasks.media.peek import jpeg_scans, webp_size  # noqa: E402
from s2s_tasks.media.picture import picture  # noqa: E402

ORIENTATION = 0x0112


def seen(data):
    return picture(Media.open(data))


def saved(image, kind, **settings):
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()


def random_pixels(shape, high=256, dtype="uint8"):
    return np.random.default_rng(1).integers(0, high, shape, dtype)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("shape", [(30, 40, 3), (1, 1, 3), (1, 300, 3), (300, 1, 3)])
def test_every_pixel_comes_out_as_it_went_in(kind, shape):
    pixels = random_pixels(shape)
    image = seen(saved(Image.fromarray(pixels), kind, lossless=True))
    assert image.mode == "RGB"
    assert (np.asarray(image) == pixels).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_becomes_rgb(mode):
    grey = Image.fromarray(random_pixels((20, 30)))
    image = grey.convert("L").convert(mode) if mode != "PA" else grey.convert("P")
    made = seen(saved(image, "PNG"))
    assert (made.mode, made.size) == ("RGB", (30, 20))


def test_grey_of_16_bits_keeps_its_shades():
    grey = np.arange(0, 65_536, 64, "uint16").reshape(32, 32)
    made = np.asarray(seen(saved(Image.fromarray(grey), "PNG")))
    assert np.abs(made[..., 0].astype(int) - grey // 256).max() <= 1
    assert (made == made[..., :1]).all()


def test_colours_for_print_become_colours_of_a_screen():
    made = seen(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100))
    red, green, blue = made.getpixel((4, 4))
    assert red > 240
    assert max(green, blue) < 15


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_is_white_and_half_of_it_is_pale(kind):
    image = Image.new("RGBA", (30, 20), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 20))
    image.paste((255, 0, 0, 128), (20, 0, 30, 20))
    made = seen(saved(image, kind, lossless=True))
    assert made.getpixel((5, 10)) == (255, 255, 255)
    assert made.getpixel((15, 10)) == (255, 0, 0)
    if kind != "GIF":  # it has no halves
        assert made.getpixel((25, 10)) == (255, 127, 127)


@pytest.mark.parametrize("name", ["tRNS of grey", "tRNS of colour", "tRNS of a palette"])
def test_a_colour_that_stands_for_transparent_is_white(name):
    mode, mark, pixels = {
        "tRNS of grey": (0, b"\0\7", b"\0\7\x80"),
        "tRNS of colour": (2, b"\0\1\0\2\0\3", b"\0\1\2\3\x80\x80\x80"),
        "tRNS of a palette": (3, b"\0", b"\0\0\1"),
    }[name]
    palette = make.chunk(b"PLTE", b"\7\7\7\x80\x80\x80") if mode == 3 else b""
    data = make.png(2, 1, pixels, mode=mode, before=palette + make.chunk(b"tRNS", mark))
    made = seen(data)
    assert made.getpixel((0, 0)) == (255, 255, 255)
    assert made.getpixel((1, 0)) == (128, 128, 128)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_stands_upright_whatever_way_the_camera_was_held(orientation, kind):
    """The oracle is the table of EXIF 2.32: where row 0 and column 0 of the pixels belong."""
    upright = np.zeros((32, 64, 3), "uint8")
    upright[:16, :32], upright[16:, 32:] = (250, 0, 0), (0, 0, 250)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: upright.swapaxes(0, 1)[::-1],
        7: upright.swapaxes(0, 1)[::-1, ::-1],
        8: upright.swapaxes(0, 1)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    made = np.asarray(seen(saved(image, kind, exif=exif, quality=100, lossless=True)))
    assert made.shape == upright.shape
    assert np.abs(made[4:12, 4:28].astype(int) - upright[4:12, 4:28]).max() < 20
    assert np.abs(made[20:28, 36:60].astype(int) - upright[20:28, 36:60]).max() < 20


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_is_none_changes_nothing(orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert seen(make.drawn("JPEG", (30, 20), exif=exif)).size == (30, 20)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_seen(kind):
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue", "green")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=9)
    red, green, blue = seen(data).getpixel((15, 15))
    assert red > 240
    assert max(green, blue) < 15


@pytest.mark.parametrize("interlaced", [{}, {"progressive": True}])
def test_a_jpeg_is_what_it_was_but_for_its_losses(interlaced):
    smooth = np.add.outer(np.arange(64), np.arange(96)).astype("uint8")
    data = saved(Image.fromarray(smooth), "JPEG", quality=95, **interlaced)
    assert np.abs(np.asarray(seen(data))[..., 0].astype(int) - smooth).max() < 8


@pytest.mark.parametrize("mime", MOST_PIXELS)
def test_one_row_more_than_the_limit_is_refused_and_the_limit_is_not_the_reason_below(mime):
    limit = MOST_PIXELS[mime]
    above, below = (10_000, limit // 10_000 + 1), (10_000, limit // 10_000)
    forge = {
        "image/png": lambda size: make.png(*size, b""),
        "image/jpeg": lambda size: make.resized_jpeg(*size),
        "image/gif": lambda size: make.gif(*size),
        "image/webp": lambda size: make.webp(*size),
    }[mime]
    with pytest.raises(BadInput, match=f"more than {limit:,} pixels"):
        seen(forge(above))
    if mime in {"image/png", "image/webp"}:  # the others fill in what is missing
        with pytest.raises(BadInput, match="cannot be read"):
            seen(forge(below))


@pytest.mark.filterwarnings("ignore")
def test_the_limit_is_ours_whatever_limit_pillow_was_given(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(BadInput, match="60,000,000 pixels"):
        seen(make.png(9_000, 9_000, b""))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert seen(make.drawn("PNG", (12, 12))).size == (12, 12)
    with pytest.raises(BadInput, match="60,000,000 pixels"):
        seen(make.drawn("PNG", (40, 30)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("size", [(1, 1), (40, 30), (1_234, 7)])
def test_the_size_of_a_webp_is_read_as_pillow_reads_it(mode, lossless, size):
    data = make.drawn("WEBP", size, mode, lossless=lossless)
    assert webp_size(data) == size
    assert webp_size(data[:20]) in {(0, 0), (1, 1)}


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_scans_are_counted(settings):
    data = make.noisy("JPEG", (200, 100), **settings)
    assert jpeg_scans(data) == (data.count(b"\xff\xda") if settings.get("progressive") else 1)
    thumbnail = Image.Exif()
    thumbnail[0x010E] = "\xff\xda" * 500  # a description that looks like scans
    assert jpeg_scans(make.noisy("JPEG", (20, 10), exif=thumbnail)) == 1


def test_counting_scans_ends():
    chance = np.random.default_rng(2)
    for _ in range(300):
        jpeg_scans(b"\xff\xd8" + chance.bytes(500) + b"\xff\xda")
    assert jpeg_scans(b"") == 0
    assert jpeg_scans(b"\xff\xd8" + b"\xff\xda\0\0" * 50) == 50


def test_a_broken_picture_says_what_and_the_way_out():
    for data in (make.noisy("PNG")[:99], b"\xff\xd8\xff\xe0rubbish", struct.pack(">8s", b"GIF89a")):
        with pytest.raises(BadInput, match="the data cannot be read as image/") as raised:
            seen(data)
        assert "0x" not in str(raised.value)
        assert raised.value.hint


def test_what_is_no_picture_is_bad_input():
    with pytest.raises(BadInput, match="audio/wav: it is no picture"):
        picture(Media(Modality.AUDIO, "audio/wav", make.wave()))
