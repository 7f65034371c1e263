"""Deep images in eight bits: some odd pixels do not decide the scale of a clip, and what is cut is told."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mxe_lib.databases import depth, pixels
from mxe_lib.errors import MxeError


@pytest.fixture
def grey():
    """Two frames of 8 bits, none brighter than 230."""
    return np.random.default_rng(0).integers(0, 231, (2, 40, 60)).astype(np.uint8)


def stuck(image, value, share=0.0):
    """With one pixel of this value, or a share of all."""
    image = image.copy()
    image.reshape(-1)[: max(1, int(share * image.size))] = value
    return image


ODD = {
    "a hot pixel in 12 bits": (lambda a: a.astype(np.uint16) * 16, 65535, 0),
    "a written date in 12 bits": (lambda a: a.astype(np.uint16) * 16, 65535, 0.015),
    "a hot pixel in 10 bits": (lambda a: a.astype(np.uint16) * 4, 9000, 0),
    "a hot pixel in 14 bits": (lambda a: a.astype(np.uint16) * 64, 65535, 0),
    "a hot pixel in 8 bits of 16": (lambda a: a.astype(np.uint16), 65535, 0),
    "a hot pixel in 32 bits": (lambda a: a.astype(np.int32) * 16, 2**30, 0),
    "fractions, one above 1": (lambda a: a / np.float32(255), 1.02, 0),
    "fractions, some above 1": (lambda a: a / np.float32(255), 1.5, 0.1),
    "fractions and a hot pixel": (lambda a: a / np.float32(255), 60.0, 0),
    "floats to 255, one above": (lambda a: a.astype(np.float32), 260.1, 0),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_pixels_do_not_decide_the_scale(tmp_path, grey, name):
    deepen, value, share = ODD[name]
    paths = [tmp_path / "img1.tif", tmp_path / "img2.tif"]
    Image.fromarray(deepen(grey[0])).save(paths[0])
    Image.fromarray(stuck(deepen(grey[1]), value, share)).save(paths[1])  # in one frame alone
    scale = pixels.scale_of(paths, tmp_path)
    read = pixels.read_frames(paths, tmp_path, scale.factor)
    np.testing.assert_array_equal(read, [grey[0], stuck(grey[1], 255, share)])
    assert "img2.tif has some pixels of" in scale.note and scale.note.endswith("cut to white.")


WELL_MADE = {
    "12 bits": lambda a: a.astype(np.uint16) * 16,
    "16 bits": lambda a: a.astype(np.uint16) * 257,
    "8 bits in 16": lambda a: a.astype(np.uint16),
    "fractions": lambda a: a / np.float32(255),
    "floats to 255": lambda a: a.astype(np.float32),
}


@pytest.mark.parametrize("name", WELL_MADE)
def test_of_well_made_images_nothing_is_told(grey, name):
    images = [WELL_MADE[name](each) for each in grey]
    scale = depth.scale_of_arrays((image, "img") for image in images)
    np.testing.assert_array_equal([depth.to_8_bits(image, scale.factor, "img") for image in images], grey)
    assert scale.note == ""


def test_a_dark_picture_with_a_bright_part_keeps_its_scale(grey):
    """More than some odd pixels: a lamp, a white wall."""
    image = stuck(grey[0].astype(np.uint16) * 16, 65535, 0.05)
    assert depth.scale_of_arrays([(image, "img")]) == depth.Scale(1 / 256)


@pytest.mark.parametrize("factors", [(16, 256), (4, 16), (1, 257)])
def test_frames_of_two_depths_are_told(grey, factors):
    images = [(each.astype(np.uint16) * factor, f"img{factor}") for each, factor in zip(grey, factors, strict=True)]
    note = depth.scale_of_arrays(images).note
    assert note.startswith(f"img{factors[0]} is far darker than img{factors[1]}") and note.endswith("of one depth?")


def test_a_frame_that_the_scale_does_not_fit_is_refused(grey):
    with pytest.raises(MxeError, match="img9 has more bits than the clip's other frames"):
        depth.to_8_bits(grey[0].astype(np.uint16) * 257, 1 / 16, "img9")


TRANSPARENT = {
    "alpha": (lambda a: Image.fromarray(np.dstack([a, a, a, stuck(np.full_like(a, 255), 0, 0.2)])), True),
    "half transparent greys": (lambda a: Image.fromarray(np.dstack([a, np.full_like(a, 128)]), "LA"), True),
    "a transparent colour of a palette": (lambda a: Image.fromarray(a).convert("P"), True),
    "nothing transparent": (lambda a: Image.fromarray(np.dstack([a, a, a, np.full_like(a, 255)])), False),
    "no alpha": (Image.fromarray, False),
    "sixteen bits": (lambda a: Image.fromarray(a.astype(np.uint16) * 257), False),
}


@pytest.mark.parametrize("name", TRANSPARENT)
def test_whether_an_image_is_transparent(tmp_path, grey, name):
    make, answer = TRANSPARENT[name]
    path = tmp_path / "img1.png"
    make(grey[0]).save(path, **({"transparency": int(grey[0, 0, 0])} if "palette" in name else {}))
    assert pixels.see_through(path) == answer


def test_the_idle_byte_of_a_bitmap_is_no_alpha(tmp_path, grey):
    image = np.dstack([grey[0]] * 3 + [np.zeros_like(grey[0])])
    Image.fromarray(image).save(tmp_path / "img1.bmp")
    assert not pixels.see_through(tmp_path / "img1.bmp")
