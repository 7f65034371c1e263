"""Names of frames in which the order is not that of the digits: read right, told, or refused with two names."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mxe_lib.databases import frames
from mxe_lib.errors import MxeError

TEN = range(10)


def halves(first, second):
    """Five names of one pattern, then five of another; both count from 0."""
    return [first.format(n) for n in range(5)] + [second.format(n) for n in range(5)]


ANEW = {
    "camera": [f"IMG_{n:04d}.png" for n in (9997, 9998, 9999, 1, 2, 3)],
    "six digits": [f"image{n % 10**6:06d}.png" for n in range(999_995, 1_000_005)],
    "eight bits": [f"f{n % 256:03d}.png" for n in range(250, 260)],
    "sixteen bits, unpadded": [f"f{n % 65536}.png" for n in range(65530, 65540)],
    "every fourth": [f"f{n % 10000:04d}.png" for n in range(9981, 10021, 4)],
    "one frame after": [f"f{n % 10000:04d}.png" for n in range(9991, 10001)],
    "seconds": [f"f{n % 60:02d}.png" for n in range(55, 65)],
    "milliseconds": [f"t_{n % 1000:03d}.png" for n in range(900, 1100, 20)],
    "midnight": halves("235959_{}.png", "000000_{}.png"),
    "midnight in one number": [f"235959{n}.png" for n in range(900, 1000, 20)] + ["000000000.png", "000000020.png"],
    "midnight with colons": halves("23.59.5{}.png", "00.00.0{}.png"),
    "minutes": halves("59_5{}.png", "00_0{}.png"),
    "one o'clock": halves("12.59.5{} PM.png", "1.00.0{} PM.png"),
    "day, month, year": halves("31-01-2024_5{}.png", "01-02-2024_0{}.png"),
    "month, day, year": halves("12-31-2023_5{}.png", "01-01-2024_0{}.png"),
    "date in one number": halves("31012024_5{}.png", "01022024_0{}.png"),
    "short date in one number": halves("310124_5{}.png", "010224_0{}.png"),
}
TWO = {
    "cameras, running numbers": halves("cam1_00{}.png", "cam2_01{}.png"),
    "cameras, the same numbers": halves("cam1_00{}.png", "cam2_00{}.png"),
    "people": halves("face 1 - {}.png", "face 2 - {}.png"),
    "takes": halves("take1_00{}.png", "take2_00{}.png"),
    "a frame of each camera": [f"{n:03d}_cam{camera}.png" for n in TEN for camera in (1, 2)],
    "a frame of each of three": [f"{n:03d}_{camera}.png" for n in TEN for camera in (0, 1, 2)],
}
SCRAMBLED = {
    "alphabets": [f"{letter}.png" for letter in "абвгдеёжз"],
    "first letters of words": ["img_a.png", "img_f.png", "img_o.png"],
    "numerals of two signs": [f"帧{sign}.png" for sign in ("九", "十", "十一")],
    "roman": ["i.png", "ii.png", "iii.png", "iv.png", "v.png"],
    "powers of ten": ["t=1.0e-05.png", "t=2.0e-04.png", "t=3.0e-03.png"],
    "count down": [f"T-{n}s.png" for n in range(10, 0, -1)],
    "only negative": [f"t=-{n}.png" for n in range(10, 0, -1)],
    "seconds and minutes": ["58s.png", "59s.png", "1m0s.png"],
    "micro- and milliseconds": ["900 us.png", "950 us.png", "1 ms.png"],
    "before and after noon": ["11 AM.png", "12 PM.png", "1 PM.png"],
    "over a thousand": ["998.png", "999.png", "1,000.png"],
    "over a thousand, otherwise": ["img 998.png", "img 999.png", "img 1 000.png"],
    "decimals of different length": ["1,25.png", "1,3.png", "1,4.png"],
    "hexadecimal": ["0f.png", "10.png", "1a.png"],
}
NUMERALS = {
    "chinese": [f"帧{sign}.png" for sign in "一二三四五六七八九十"],
    "raised": [f"img{sign}.png" for sign in "¹²³⁴⁵⁶⁷⁸⁹"],
    "circled": [f"img{sign}.png" for sign in "①②③④⑤⑥⑦⑧⑨⑩"],
    "roman signs": [f"{sign}.png" for sign in "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"],
    "ordinals": [f"{n}.png" for n in ("1st", "2nd", "3rd", "4th")],
}
PLAIN = {
    "a full cycle": [f"img{n:02d}.png" for n in range(100)],
    "a gap in the middle": [f"img{n:02d}.png" for n in (*range(40), *range(60, 100))],
    "over a thousand": [f"img{n}.png" for n in range(995, 1005)],
    "onset, apex, offset": ["img1.png", "img58.png", "img59.png"],
    "every fourth": [f"img{n}.png" for n in range(46, 90, 4)],
    "year, month, day": halves("20240131_23595{}.png", "20240201_00000{}.png"),
    "the next minute": halves("123059_{}.png", "123100_{}.png"),
    "seconds and a running number": [f"{170_000 + n // 5}_{n:03d}.png" for n in TEN],
    "labels": ["img1_onset.png", "img2.png", "img3_apex.png", "img4.png"],
    "two decimals": [f"{n / 30:.2f}.png" for n in range(40)],
}


def fill(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", ANEW)
def test_numbers_that_begin_anew_are_refused(tmp_path, name):
    """Natural order would show the end of the clip first."""
    names = ANEW[name]
    folder = fill(tmp_path / "clip", names)
    with pytest.raises(MxeError, match="clip: the order of its images cannot be told") as error:
        frames.ordered(folder, folder)
    assert names[0] in str(error.value) and "began anew" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", TWO)
def test_frames_of_two_clips_are_refused(tmp_path, name):
    folder = fill(tmp_path / "clip", TWO[name])
    with pytest.raises(MxeError, match=r"of two clips\?|of one frame\?") as error:
        frames.ordered(folder, folder)
    assert sum(each in str(error.value) for each in TWO[name]) == 2


@pytest.mark.parametrize("name", SCRAMBLED)
def test_names_whose_digits_or_letters_are_in_another_order_are_refused(tmp_path, name):
    folder = fill(tmp_path / "clip", SCRAMBLED[name])
    with pytest.raises(MxeError, match=r"cannot be told .* named by their numbers") as error:
        frames.ordered(folder, folder)
    assert any(each in str(error.value) for each in SCRAMBLED[name])


@pytest.mark.parametrize("name", NUMERALS)
def test_numerals_that_are_no_digits_are_read(tmp_path, name):
    folder = fill(tmp_path / "clip", NUMERALS[name])
    found = frames.ordered(folder, folder)
    assert [path.name for path in found.files.values()] == NUMERALS[name] and not found.counted
    assert list(found.files) == list(range(1, len(NUMERALS[name]) + 1))


@pytest.mark.parametrize("name", PLAIN)
def test_names_that_tell_their_order_bring_no_note(tmp_path, name):
    folder = fill(tmp_path / "clip", PLAIN[name])
    found = frames.ordered(folder, folder)
    assert [path.name for path in found.files.values()] == PLAIN[name] and found.notes == ()


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (halves("part1_00{}.png", "part2_01{}.png"), ("part1_004.png", "part2_010.png")),
        (halves("1_00{}.png", "2_01{}.png"), ("1_004.png", "2_010.png")),
        (halves("00{}_left.png", "01{}_right.png"), ("004_left.png", "010_right.png")),
        (halves("00{}_neutral.png", "01{}_smile.png"), ("004_neutral.png", "010_smile.png")),
    ],
)
def test_parts_that_follow_one_another_are_taken_for_one_clip_and_told(tmp_path, names, pair):
    folder = fill(tmp_path / "clip", names)
    found = frames.ordered(folder, folder)
    assert [path.name for path in found.files.values()] == names
    assert found.notes[0].startswith(f"{pair[0]} is followed by {pair[1]}: taken for frames of one clip")


def test_annotations_ask_for_numbers_wherever_these_begin(tmp_path):
    folder = fill(tmp_path / "clip", ANEW["camera"])
    assert frames.frame_files(folder, tmp_path)[9998].name == "IMG_9998.png"


OTHERS = {
    "jpe": "img{}.jpe",
    "gif": "img{}.GIF",
    "heic": "img{}.heic",
    "no ending": "img{}",
    "half copied": "img{}.png.part",
    "a browser's": "img{}.png.crdownload",
    "hidden": ".img{}.png",
    "kept by an editor": "img{}.png~",
    "below": "part2/img{}.png",
    "two below": "more/part2/img{}.jpg",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_looks_like_more_frames_is_told(tmp_path, name):
    folder = fill(tmp_path / "clip", [])
    for number in range(46, 52):
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / f"img{number}.png")
    for number in range(52, 56):
        (folder / OTHERS[name].format(number)).parent.mkdir(parents=True, exist_ok=True)
        (folder / OTHERS[name].format(number)).write_bytes((folder / "img46.png").read_bytes())
    found = frames.ordered(folder, folder)
    assert list(found.files) == list(range(46, 52))
    (note,) = frames.left_out(frames.overlooked(folder, found.files), folder)
    assert note.startswith(f"4 images that are named like its frames were not read, first {OTHERS[name].format(52)}.")


def test_letters_go_on_in_another_format(tmp_path):
    folder = fill(tmp_path / "clip", ["a.png", "b.png", "c.gif"])
    found = frames.ordered(folder, folder)
    assert [path.name for path in frames.overlooked(folder, found.files)] == ["c.gif"]


def test_labelled_frames_go_on_in_another_format(tmp_path):
    folder = fill(tmp_path / "clip", ["img1_onset.png", "img2.png", "img2_mask.gif", "img3_offset.gif"])
    found = frames.ordered(folder, folder)
    assert [path.name for path in frames.overlooked(folder, found.files)] == ["img3_offset.gif"]


def test_what_stands_beside_a_frame_is_none(tmp_path):
    beside = ["Thumbs.db", "notes.txt", "img46.txt", "._img47.png", ".img46.png", "img48.gif", "img99.txt", "img99.mp4"]
    folder = fill(tmp_path / "clip", [*(f"img{n}.png" for n in range(46, 52)), *beside, "other52.gif"])
    fill(folder / "small", [f"img{n}.png" for n in range(46, 52)])
    (folder / "loop").symlink_to(folder)
    assert frames.overlooked(folder, frames.ordered(folder, folder).files) == []
