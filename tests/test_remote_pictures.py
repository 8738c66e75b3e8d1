"""Pictures as a remote model takes them. Pillow makes the ones that go in, and looks at the rest."""

import builtins
import io
import struct
import zlib

import pytest

from s2s_tasks.errors import BadInput, MissingExtra
from s2s_tasks.media import Media, Modality
from s2s_tasks.remote.pictures import within

Image = pytest.importorskip("PIL.Image")

ALL = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
JPEG = frozenset({"image/jpeg"})
MEGABYTE = 1_000_000
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def picture(kind="PNG", size=(40, 20), mode="RGB", colour=None, **settings):
    image = Image.new(mode, size, colour)
    data = io.BytesIO()
    image.save(data, kind, **settings)
    return Media.from_bytes(data.getvalue(), name="photo")


def noise(size, kind="PNG"):
    image = Image.effect_noise(size, 90).convert("RGB")
    data = io.BytesIO()
    image.save(data, kind)
    return Media.from_bytes(data.getvalue(), name="photo")


def fitted(media, edge=1568, most_bytes=5 * MEGABYTE, kinds=ALL):
    return within(media, edge=edge, most_bytes=most_bytes, kinds=kinds)


def seen(media):
    return Image.open(io.BytesIO(media.data))


def exif(**tags):
    made = Image.Exif()
    made[MAKER] = tags.pop("maker", "Camera")
    made[ORIENTATION] = tags.pop("orientation", 1)
    made.get_ifd(GPS)[2] = (48.0, 8.0, 30.0)
    return made


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_fits_is_sent_as_it_is(kind):
    media = picture(kind)
    assert fitted(media) is media


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(3000, 1500), (1500, 3000), (1569, 10)])
def test_no_side_is_longer_than_allowed_and_the_shape_is_kept(kind, size):
    made = seen(fitted(picture(kind, size)))
    assert max(made.size) == 1568
    assert made.width * size[1] == pytest.approx(made.height * size[0], rel=0.06)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_neither_place_nor_camera_is_told(kind):
    media = picture(kind, exif=exif())
    assert b"Camera" in media.data
    made = fitted(media)
    assert b"Camera" not in made.data
    assert not seen(made).getexif()


def test_a_comment_is_not_told():
    media = picture("JPEG", comment=b"in the garden of")
    assert b"garden" not in fitted(media).data


def test_a_text_in_a_png_is_not_told():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "somebody")
    assert b"somebody" not in fitted(picture(pnginfo=info)).data


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_that_lies_on_its_side_is_set_upright(orientation):
    image = Image.new("RGB", (64, 32), "white")
    image.paste("black", (0, 0, 16, 16))  # the corner that shows how it was turned
    data = io.BytesIO()
    image.save(data, "JPEG", exif=exif(orientation=orientation), quality=95)
    made = seen(fitted(Media.from_bytes(data.getvalue()))).convert("L")
    size = (64, 32) if orientation < 5 else (32, 64)
    corner = {2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    across, down = corner[orientation]
    assert made.size == size
    assert made.getpixel((across * (size[0] - 1), down * (size[1] - 1))) < 60
    assert made.getpixel(((1 - across) * (size[0] - 1), (1 - down) * (size[1] - 1))) > 200


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_kept(kind):
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    data = io.BytesIO()
    frames[0].save(data, kind, save_all=True, append_images=frames[1:], duration=100)
    made = seen(fitted(Media.from_bytes(data.getvalue())))
    assert getattr(made, "n_frames", 1) == 1
    red, _, blue = made.convert("RGB").getpixel((15, 15))
    assert red > 200
    assert blue < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
@pytest.mark.parametrize("kinds", [ALL, JPEG, frozenset({"image/webp"})])
def test_every_mode_of_colour_becomes_a_plain_one(mode, kinds):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    made = fitted(picture(kind, (2000, 100), mode), kinds=kinds)
    assert made.mime in kinds
    assert seen(made).mode in {"RGB", "RGBA"}


def test_what_is_transparent_is_white_where_nothing_is_transparent():
    media = picture("PNG", (30, 30), "RGBA", (0, 0, 0, 0))
    assert seen(fitted(media, kinds=JPEG)).getpixel((15, 15)) == (255, 255, 255)


def test_drawings_stay_without_loss_and_photographs_are_no_png():
    assert fitted(picture("PNG", (2000, 10))).mime == "image/png"
    assert fitted(picture("GIF", (2000, 10))).mime == "image/png"
    assert fitted(picture("JPEG", (2000, 10))).mime == "image/jpeg"


@pytest.mark.parametrize("most_bytes", [200_000, 20_000, 5_000])
def test_it_becomes_as_small_as_it_must(most_bytes):
    media = noise((500, 500))
    assert len(media.data) > 200_000
    made = fitted(media, most_bytes=most_bytes)
    assert len(made.data) <= most_bytes
    assert max(seen(made).size) >= 64


def test_what_cannot_be_made_small_enough_is_refused():
    with pytest.raises(BadInput, match="photo cannot be made to fit into 100 bytes"):
        fitted(noise((200, 200)), most_bytes=100)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def lying_png(width, height):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(8001, 8001), (12_000, 12_000), (60_000, 60_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_they_are_made(width, height):
    with pytest.raises(BadInput, match="more than 60,000,000 pixels") as raised:
        fitted(Media.from_bytes(lying_png(width, height)))
    assert raised.value.hint


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_same_where_warnings_are_no_errors():
    with pytest.raises(BadInput, match="pixels"):
        fitted(Media.from_bytes(lying_png(10_000, 10_000)))


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0rubbish", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ",
     lying_png(100, 100)[:60], picture("JPEG", (300, 300)).data[:400]],
)  # fmt: skip
def test_a_broken_picture_is_bad_input(data):
    with pytest.raises(BadInput, match="cannot be read as image/"):
        fitted(Media.from_bytes(data))


def test_every_cut_of_a_picture_is_bad_input_or_a_picture():
    whole = picture("PNG", (9, 9)).data
    for end in range(8, len(whole)):
        try:
            made = fitted(Media.from_bytes(whole[:end]))
        except BadInput:
            continue
        assert seen(made).size == (9, 9)


def test_what_is_no_picture_is_bad_input():
    with pytest.raises(BadInput, match="application/pdf"):
        fitted(Media(Modality.DOCUMENT, "application/pdf", b"%PDF-1.7"))


def test_a_missing_pillow_is_a_missing_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **settings):
        if name == "PIL":
            raise ImportError(name)
        return real(name, *args, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra) as raised:
        fitted(Media(Modality.IMAGE, "image/png", b"x"))
    assert "pillow" in raised.value.hint
