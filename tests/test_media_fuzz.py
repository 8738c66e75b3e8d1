"""Whatever happened to a file: samples, pixels or BadInput come of it, and nothing else."""

import random

import pytest

from s2s_tasks.errors import BadInput
from s2s_tasks.media import Media, Modality

pytest.importorskip("numpy")
pytest.importorskip("PIL.Image")
pytest.importorskip("av")

import hostile_media
import media_files as make

from s2s_tasks.media.picture import picture
from s2s_tasks.media.sound import Sound

PICTURES = {
    "PNG": lambda: make.noisy("PNG"),
    "PNG of a palette": lambda: make.noisy("PNG", mode="P"),
    "PNG with transparency": lambda: make.drawn("PNG", mode="RGBA"),
    "APNG": lambda: hostile_media.frames("PNG"),
    "JPEG": lambda: make.noisy("JPEG"),
    "JPEG in scans": lambda: make.noisy("JPEG", progressive=True),
    "GIF": lambda: hostile_media.frames("GIF"),
    "WebP": lambda: make.noisy("WEBP"),
    "WebP that moves": lambda: hostile_media.frames("WEBP"),
}
FILES = {name: lambda form=form: make.encoded(form, 0.2) for name, form in make.FORMATS.items()}
FILES |= PICTURES
NUMBERS = (0, 1, 2**15, 2**31 - 1, 2**31, 2**32 - 1)


def opened(data):
    """True if something came of it."""
    try:
        media = Media.open(data)
        if media.modality is Modality.IMAGE:
            image = picture(media)
            assert image.mode == "RGB"
        else:
            assert sum(map(len, Sound.of(media).blocks(16_000)))
    except BadInput:
        return False
    return True


def spoilt(data, chance):
    """With some bytes changed, gone, come, or a number in the place of another; mostly early on."""
    data, reach = bytearray(data), len(data) if chance.random() < 0.4 else min(len(data), 400)
    at, size = chance.randrange(reach), chance.choice([1, 2, 4, 8])
    match chance.randrange(5):
        case 0:
            del data[at:]
        case 1:
            del data[at : at + chance.randrange(1, 200)]
        case 2:
            data[at:at] = chance.randbytes(size)
        case 3:
            number = chance.choice(NUMBERS) & (1 << 8 * size) - 1
            data[at : at + size] = number.to_bytes(size, chance.choice(["big", "little"]))
        case _:
            for _ in range(chance.choice([1, 1, 2, 20])):
                data[chance.randrange(reach)] = chance.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_anywhere_is_bad_input_or_what_is_left_of_it(name):
    data = FILES[name]()
    ends = {*range(0, 64, 3), *range(64, len(data), max(1, len(data) // 30))}
    assert opened(data)
    for end in sorted(ends):
        opened(data[:end])


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_spoilt_anywhere_is_bad_input_or_what_is_left_of_it(name):
    data, chance = FILES[name](), random.Random(name)
    for _ in range(40):
        opened(spoilt(data, chance))


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FILES)
def test_the_same_two_thousand_times(name):
    data, chance = FILES[name](), random.Random(f"{name} at length")
    for end in range(len(data) if len(data) < 5_000 else 0):
        opened(data[:end])
    for _ in range(2_000):
        opened(spoilt(data, chance))
