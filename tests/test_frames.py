"""Images of a folder as frames: natural order or a refusal, and the pixels of the eight-bit clip."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest
from drawn_face import draw_face
from PIL import Image

from mxe_lib.databases import frames, pixels
from mxe_lib.errors import MxeError

MANY = range(1, 30)

ORDERS = {
    "tif": ([f"img{n}.tif" for n in MANY], MANY),
    "in brackets": ([f"img ({n}).jpg" for n in MANY], MANY),
    "a word behind": ([f"img{n}_crop.jpg" for n in MANY], MANY),
    "two endings": ([f"img{n}.bmp.jpg" for n in MANY], MANY),
    "two endings with a digit": ([f"{n}.mp4.png" for n in MANY], MANY),
    "number in front": ([f"{n}_face.JPG" for n in MANY], MANY),
    "subject in front": ([f"006_{n:05d}.jpg" for n in range(5562, 5580)], range(5562, 5580)),
    "date in front": ([f"2021-03-05_{n}.webp" for n in MANY], MANY),
    "any case": (["IMG1.JPG", "img2.jpg", "Img10.jpg"], [1, 2, 10]),
    "labels": (["img1_onset.jpg", "img2.jpg", "img10_apex.jpg"], [1, 2, 10]),
    "both kinds in turn": (["img1.jpg", "img2.png", "img10.jpg"], [1, 2, 10]),
    "number and coordinate": (["frame1_x120.jpg", "frame2_x110.jpg", "frame10_x115.jpg"], [1, 2, 10]),
    "number and time": ([f"frame_{n:03d}_{n * 33:05d}.png" for n in MANY], MANY),
    "dash before the number": ([f"img-{n}.jpg" for n in MANY], MANY),
    "arabic digits": (["img٣.jpg", "img١٠.jpg"], [3, 10]),
    "a full stop in the name": ([f"take1.5_{n}.png" for n in range(8, 12)], range(8, 12)),
    "one": (["img46.png"], [46]),
}
COUNTED = {
    "twenty digits": [f"{10**19 + 33 * n}.png" for n in MANY],
    "nanoseconds": [f"frame{1623412345678901234 + 33333333 * n}.png" for n in MANY],
    "decimals": [f"{n / 30:.3f}.jpg" for n in range(50)],
    "decimals above nine": ["9.5.png", "10.5.png", "11.0.png"],
    "negative": [f"{n}.jpg" for n in range(-12, 12)],
    "negative with a word": [f"t{n}.jpg" for n in range(-12, 12)],
    "clock": [f"12.30.{n}.jpg" for n in range(58, 60)] + [f"12.31.{n:02d}.jpg" for n in range(3)],
    "milliseconds that start again": ["20210305_123059_966.jpg", "20210305_123100_000.jpg", "20210305_123100_033.jpg"],
    "two counters": ["s1_f1.png", "s1_f2.png", "s2_f1.png", "s2_f2.png", "s10_f1.png"],
    "letters": ["a.png", "b.png", "c.png"],
    "no number": ["face.png"],
}
UNCLEAR = {
    "the same number twice": ["img1.jpg", "img01.jpg", "img2.jpg"],
    "two formats": ["img1.jpg", "img1.png", "img2.jpg", "img2.png"],
    "a copy": ["img1.jpg", "img1 (1).jpg", "img2.jpg"],
    "flow beside the frames": ["img1.jpg", "img2.jpg", "flow_1.jpg", "flow_2.jpg"],
    "a picture without number": ["img1.jpg", "img2.jpg", "onset.jpg"],
    "words": ["onset.png", "apex.png", "offset.png"],
    "two cameras": ["IMG_0998.jpg", "IMG_0999.jpg", "DSC_0001.jpg"],
    "only dashes": ["-3.jpg", "-2.jpg", "-1.jpg"],
    "decimals of different length": ["1.25.jpg", "1.3.jpg", "1.4.jpg"],
    "counted behind": ["x120_frame1.jpg", "x90_frame2.jpg", "x100_frame3.jpg"],
}


def fill(folder, names):
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", ORDERS)
def test_natural_order_over_all_runs_of_digits(tmp_path, name):
    names, numbers = ORDERS[name]
    folder = fill(tmp_path / "clip", [*sorted(names, reverse=True), "Thumbs.db", "._img1.jpg", "notes.txt"])
    found = frames.ordered(folder, tmp_path)
    assert [path.name for path in found.files.values()] == names and list(found.files) == list(numbers)
    assert not found.counted and frames.frame_files(folder, tmp_path) == found.files


@pytest.mark.parametrize("name", COUNTED)
def test_names_that_tell_the_order_and_no_number_are_counted(tmp_path, name):
    folder = fill(tmp_path / "clip", sorted(COUNTED[name]))
    found = frames.ordered(folder, tmp_path)
    assert [path.name for path in found.files.values()] == COUNTED[name] and found.counted
    assert list(found.files) == list(range(1, len(COUNTED[name]) + 1))
    with pytest.raises(MxeError, match="has no frame number in its name"):  # annotations speak of frame numbers
        frames.frame_files(folder, tmp_path)


@pytest.mark.parametrize("name", UNCLEAR)
def test_an_order_that_cannot_be_told_is_refused(tmp_path, name):
    folder = fill(tmp_path / "clip", UNCLEAR[name])
    with pytest.raises(MxeError, match="clip: the order of its images cannot be told") as error:
        frames.ordered(folder, tmp_path)
    assert "\n" not in str(error.value)
    assert not {"remove", "delete"} & set(str(error.value).split()), "that would destroy the clip"


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint8)


DEPTHS = {
    "10 bits": ("png", lambda a: a.astype(np.uint16) * 4),
    "12 bits": ("tif", lambda a: a.astype(np.uint16) * 16 + 15),
    "16 bits": ("png", lambda a: a.astype(np.uint16) * 257),
    "16 bits of PGM": ("pgm", lambda a: a.astype(np.uint16) * 256),
    "doubled": ("png", lambda a: a.astype(np.uint16) * 2),
    "8 bits in 16": ("tif", lambda a: a.astype(np.uint16)),
    "32 bits": ("tif", lambda a: a.astype(np.int32) * 16),
    "floating point to 1": ("tif", lambda a: a.astype(np.float32) / 255),
    "floating point to 255": ("tif", lambda a: a.astype(np.float32)),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_deep_grey_images_give_the_eight_bit_clip(tmp_path, grey, name):
    extension, deepen = DEPTHS[name]
    paths = [tmp_path / f"img{n}.{extension}" for n in (1, 2)]
    Image.fromarray(deepen(grey)).save(paths[0])
    Image.fromarray(deepen(grey // 2)).save(paths[1])  # a darker frame: the factor is the clip's, not its own
    read = pixels.read_frames(paths, tmp_path, pixels.factor_of(paths, tmp_path))
    np.testing.assert_array_equal(read, [grey, grey // 2])


@pytest.mark.parametrize("suffix", ["jpg", "bmp", "JPEG"])
@pytest.mark.parametrize("name", DEPTHS)
def test_how_deep_an_image_is_says_its_content_and_not_its_name(tmp_path, grey, name, suffix):
    extension, deepen = DEPTHS[name]
    Image.fromarray(deepen(grey)).save(tmp_path / f"img1.{extension}")
    path = (tmp_path / f"img1.{extension}").rename(tmp_path / f"img1.{suffix}")
    np.testing.assert_array_equal(pixels.read_image(path, tmp_path, pixels.factor_of([path], tmp_path)), grey)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_pipe_is_not_waited_for(tmp_path, suffix):
    path = tmp_path / f"img1.{suffix}"
    os.mkfifo(path)
    assert pixels.factor_of([path], tmp_path) == 1.0
    with pytest.raises(MxeError, match=rf"img1\.{suffix} is unreadable"):
        pixels.read_image(path, tmp_path)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
@pytest.mark.parametrize("among", ["eight bits", "large floats", "sixteen bits"])
def test_fractions_among_larger_values_are_refused(tmp_path, grey, among, suffix):
    others = {"eight bits": grey, "large floats": grey.astype(np.float32), "sixteen bits": grey.astype(np.uint16) * 256}
    paths = [tmp_path / "img1.png", tmp_path / f"img2.{suffix}"]
    Image.fromarray(others[among]).save(paths[0], format="TIFF")
    Image.fromarray(grey / np.float32(255)).save(paths[1], format="TIFF")
    for order in (paths, paths[::-1]):
        with pytest.raises(MxeError, match=rf"img2\.{suffix} has values from 0 to 1, other frames of the clip do not"):
            pixels.factor_of(order, tmp_path)


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_deep_colour_images_give_the_eight_bit_clip(tmp_path, extension):
    colour = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    path = tmp_path / f"img1.{extension}"
    cv2.imwrite(str(path), colour[..., ::-1].astype(np.uint16) * 4)
    np.testing.assert_array_equal(pixels.read_image(path, tmp_path, pixels.factor_of([path], tmp_path)), colour)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_values_that_are_no_brightness_are_refused(tmp_path, grey, value):
    image = grey / np.float32(255)
    image[3, 4] = value
    Image.fromarray(image).save(tmp_path / "img1.tif")
    with pytest.raises(MxeError, match=r"img1\.tif holds negative or undefined values"):
        pixels.factor_of([tmp_path / "img1.tif"], tmp_path)


def stored(image, orientation):
    """As a camera stores it that says ``orientation``."""
    turned = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)  # what undoes it
    columns, rows = turned in (2, 3, 6, 7), turned in (3, 4, 7, 8)
    image = image.swapaxes(0, 1) if turned > 4 else image
    return np.ascontiguousarray(image[:: -1 if rows else 1, :: -1 if columns else 1])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("extension", "deep"), [("png", 0), ("tif", 0), ("webp", 0), ("png", 1), ("tif", 1)])
def test_images_are_turned_upright(tmp_path, orientation, extension, deep):
    upright = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    upright = upright[..., 0].astype(np.uint16) * 256 if deep else upright
    image, path = Image.fromarray(stored(upright, orientation)), tmp_path / f"img1.{extension}"
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(path, exif=exif, **({"lossless": True} if extension == "webp" else {}))
    read = pixels.read_image(path, tmp_path, pixels.factor_of([path], tmp_path))
    np.testing.assert_array_equal(read, upright // 256 if deep else upright)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_bitmap_that_lost_one_byte_is_cut_off(tmp_path, mode):
    """Though that byte was as idle as those that end each row: all pixels behind it have moved."""
    path = tmp_path / "img1.bmp"
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)).convert(mode)
    image.save(path)
    np.testing.assert_array_equal(pixels.read_image(path, tmp_path), np.asarray(image))
    data = path.read_bytes()
    path.write_bytes(data[:-1000] + data[-999:] if mode == "RGB" else data[:-100] + data[-99:])
    with pytest.raises(MxeError, match=r"img1\.bmp is unreadable \(cut off\)"):
        pixels.read_image(path, tmp_path)


@pytest.mark.parametrize("mode", ["1", "LA", "P", "RGBA", "CMYK", "YCbCr"])
def test_other_kinds_of_pixels_are_read_as_they_look(tmp_path, grey, mode):
    flat = Image.new("RGB", (30, 20), (200, 200, 200)).convert("L" if mode in ("1", "LA") else "RGB")
    path = tmp_path / ("img1.tif" if mode in ("CMYK", "YCbCr") else "img1.png")
    flat.convert(mode).save(path)
    read = pixels.read_image(path, tmp_path)
    assert read.ndim == (2 if mode in ("1", "LA") else 3)
    assert abs(int(read.mean()) - (255 if mode == "1" else 200)) < 60


def test_an_image_of_several_pictures_is_no_frame(tmp_path, grey):
    Image.fromarray(grey).save(tmp_path / "img1.tif", save_all=True, append_images=[Image.fromarray(grey)])
    with pytest.raises(MxeError, match=r"img1\.tif holds 2 pictures"):
        pixels.read_image(tmp_path / "img1.tif", tmp_path)


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    Image.new("1", (400, 300)).save(tmp_path / "img1.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)
    with pytest.raises(MxeError, match=r"img1\.png has more pixels than any frame"):
        pixels.read_image(tmp_path / "img1.png", tmp_path)


def test_a_jpeg_that_lost_some_bytes_is_known_as_damaged(tmp_path):
    """As far as its decoder notices; whole ones are never called damaged."""
    smooth = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8), (0, 0), 2)
    path, found = tmp_path / "img1.jpg", []
    kinds = [{}, {"progressive": True}, {"quality": 30}, {"subsampling": 0}]
    for picture in (
        Image.fromarray(smooth),
        Image.fromarray(smooth).convert("L"),
        Image.fromarray(smooth).convert("CMYK"),
    ):
        for kind in kinds:
            picture.save(path, **kind)
            assert pixels.damage(path) is None
    Image.fromarray(draw_face()[0]).save(path, quality=90)
    data = path.read_bytes()
    for start in range(400, len(data) - 200, 50):
        path.write_bytes(data[:start] + data[start + 100 :])
        found.append(pixels.damage(path))
    assert sum(each is not None for each in found) > 0.8 * len(found) and "Corrupt JPEG data" in found[0]
