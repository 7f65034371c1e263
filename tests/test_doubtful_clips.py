"""What ``mxe analyze`` says beside its verdict of frames that are missing, uneven, or stored in an odd way."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_face import draw_face
from PIL import Image

from mxe_lib.app import clip_files, movement
from mxe_lib.errors import MxeError

FACE = draw_face()[0]


def clip(folder, names, image=FACE):
    folder.mkdir()
    for name in names:
        Image.fromarray(image).save(folder / name)
    return folder


def notes(folder, apex=None):
    return movement.read(folder, folder.name, None, apex, None).notes


UNEVEN = {
    "a gap": ([46, 47, 48, 52, 53], "from frame 48 to frame 52 it is 4 times the usual step"),
    "a gap among every fourth": ([40, 44, 48, 56, 60, 64], "from frame 48 to frame 56 it is 2 times the usual step"),
    "onset, apex, offset": ([46, 59, 86], "from frame 46 to frame 59 it is 0.65 times the usual step"),
    "milliseconds": ([0, 33, 67, 100, 200], "from frame 100 to frame 200 it is 3 times the usual step"),
    "nanoseconds": ([10**18 + n for n in (0, 33, 66, 132)], "from frame 3 to frame 4 it is 2 times the usual step"),
    "a clock": (
        ["123059_900", "123059_933", "123059_966", "123100_066"],
        "from frame 3 to frame 4 it is 3 times the usual step",
    ),
    "a clock with dashes": (
        ["2021-03-05 12-30-59.900", "2021-03-05 12-30-59.950", "2021-03-05 12-31-00.000", "2021-03-05 12-31-00.200"],
        "from frame 3 to frame 4 it is 4 times the usual step",
    ),
    "thousandths": (["0.000", "0.033", "0.067", "0.200"], "from frame 3 to frame 4 it is 3.9 times the usual step"),
}


@pytest.mark.parametrize("name", UNEVEN)
def test_frames_that_do_not_come_evenly_are_told(tmp_path, name):
    numbers, told = UNEVEN[name]
    folder = clip(tmp_path / "clip", [f"{number}.png" for number in numbers])
    assert notes(folder)[-1] == (
        f"The frames do not come evenly: {told} by their names, and the spotter takes the frames for even."
    )


EVEN = {
    "each": range(46, 52),
    "every fourth": range(46, 70, 4),
    "two": [46, 86],
    "milliseconds": [0, 33, 67, 100, 133, 167],
    "hundredths": ["0.00", "0.03", "0.07", "0.10", "0.13"],
    "a clock": ["123059_900", "123059_933", "123059_966", "123100_000", "123100_033"],
    "a clock and a running number": ["123059_007", "123059_008", "123059_009", "123100_010", "123100_011"],
    "240 a second": [0, 4, 8, 13, 17, 21],
}


@pytest.mark.parametrize("name", EVEN)
def test_even_frames_bring_no_note(tmp_path, name):
    folder = clip(tmp_path / "clip", [f"{number}.png" for number in EVEN[name]])
    assert not any("evenly" in note for note in notes(folder))


def test_where_the_apex_is_given_gaps_do_not_matter(tmp_path):
    folder = clip(tmp_path / "clip", [f"img{number}.png" for number in (46, 47, 48, 52, 53)])
    assert notes(folder, apex=52) == ()


def test_more_of_the_clip_in_another_format_is_told(tmp_path):
    folder = clip(tmp_path / "clip", [*(f"img{n}.png" for n in range(46, 50)), *(f"img{n}.gif" for n in (50, 51))])
    (note,) = notes(folder)
    assert note.startswith("2 images that are named like its frames were not read, first img50.gif.")


def test_a_folder_of_images_in_formats_that_are_not_read_says_so(tmp_path):
    folder = clip(tmp_path / "clip", ["img46.gif", "img47.gif"])
    with pytest.raises(MxeError, match=r"no images in this folder that are read here \(img46.gif is not\): save them"):
        clip_files.open_clip(folder)


def test_transparency_is_told_once(tmp_path):
    image = np.dstack([FACE] * 3 + [np.full(FACE.shape[:2], 255, np.uint8)])
    image[:5, :, 3] = 0
    folder = clip(tmp_path / "clip", ["img1.png", "img2.png", "img3.png"], image)
    assert notes(folder) == (f"img1.png {clip_files.SEE_THROUGH}",)
    pictures = [Image.fromarray(np.roll(image, shift, axis=1)) for shift in range(3)]
    pictures[0].save(tmp_path / "clip.webp", save_all=True, append_images=pictures[1:], duration=40, lossless=True)
    assert notes(tmp_path / "clip.webp") == (f"clip.webp {clip_files.SEE_THROUGH}",)


def test_a_hot_pixel_is_told_with_its_frame(tmp_path):
    grey = FACE if FACE.ndim == 2 else FACE[..., 1]
    folder = clip(tmp_path / "clip", ["img1.png", "img2.png", "img3.png"], grey.astype(np.uint16) * 16)
    even = movement.read(folder, "clip", None, None, None)
    hot = grey.astype(np.uint16) * 16
    hot[0, 0] = 65535
    Image.fromarray(hot).save(folder / "img2.png")
    read = movement.read(folder, "clip", None, None, None)
    np.testing.assert_array_equal(read.crops[3], even.crops[3])
    assert even.notes == () and "clip/img2.png has some pixels of 65535" in read.notes[0]
