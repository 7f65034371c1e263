"""Importers of long videos: written in the official layouts and read back, and what goes wrong."""

import pickle
import zlib

import numpy as np
import openpyxl
import pytest
from on_disk import all_there, one_problem, write_book, write_images

from mxe_lib.__main__ import main
from mxe_lib.databases import CasmeSq, SammLongVideos
from mxe_lib.databases.composite import composite_class
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError
from mxe_lib.simulation import video_writers
from mxe_lib.videos import Interval, LongVideo

WRITE = {"samm_long": video_writers.write_samm_long, "casme_sq": video_writers.write_casme_sq}
NAMES = {
    "samm_long": (("006", "006_1"), ("006", "006_12"), ("007", "007_3")),
    "casme_sq": (("s15", "15_0101"), ("s15", "15_0502"), ("s16", "16_0401")),
}
EMOTIONS = {"samm_long": ("", ""), "casme_sq": ("negative", "others")}


class TinyVideos:
    """Three videos of 45 to 120 frames, one without an expression, as small gradients."""

    origin = "simulated"

    def __init__(self, name, fps):
        self.name, self.fps = name, fps

    def videos(self):
        one, two = EMOTIONS[self.name]
        intervals = (
            (Interval(11, 15, 30, "micro", one, ("4", "R7")), Interval(28, None, 60, "macro", two, ("12",))),
            (),
            (Interval(3, 3, 40, "macro", two),),
        )
        return [
            LongVideo(self.name, subject, name, self.fps, 1, last, moves, "simulated")
            for (subject, name), last, moves in zip(NAMES[self.name], (120, 45, 60), intervals, strict=True)
        ]

    def frames(self, video, numbers=None):
        y, x = np.mgrid[:12, :10]
        found = []
        for number in video.frame_numbers() if numbers is None else numbers:
            seed = np.random.default_rng([zlib.crc32(video.id.encode()), number])
            level, dx, dy = seed.uniform(60, 120), *seed.uniform(-4, 4, 2)
            found.append(np.clip(level + dx * x + dy * y, 0, 255).astype(np.uint8))
        return np.stack(found)


FPS = {"samm_long": 200, "casme_sq": 30}


@pytest.fixture(params=WRITE)
def name(request):
    return request.param


def test_videos_come_back_to_the_bit(tmp_path, name):
    tiny = TinyVideos(name, FPS[name])
    WRITE[name](tmp_path / name, tiny, extension="png")
    read = open_database(name, tmp_path)
    assert pickle.loads(pickle.dumps(read)).videos() == tiny.videos(), "workers get it"
    assert read.videos() == tiny.videos() and read.origin == "simulated"
    dropped = [(repair.found, repair.used) for repair in read.repairs()]
    assert dropped == [("0", "none")], "an apex that nobody coded is written as 0"
    for video in read.videos():
        np.testing.assert_array_equal(
            read.frames(video, video.frame_numbers(7)), tiny.frames(video, video.frame_numbers(7))
        )
    clips = read.clips()
    assert [clip.kind for clip in clips] == ["micro", "macro", "macro"]
    assert [clip.interval for clip in clips] == [i for video in tiny.videos() for i in video.intervals]
    for clip in clips:
        video = next(video for video in tiny.videos() if (video.subject, video.name) == (clip.subject, clip.video))
        np.testing.assert_array_equal(read.frames(clip), tiny.frames(video, clip.frame_numbers()))
    assert read.fingerprint(video, [1, 2]) != read.fingerprint(video, [2, 3])


def test_official_images_are_jpeg(tmp_path, name):
    tiny = TinyVideos(name, FPS[name])
    WRITE[name](tmp_path / name, tiny)
    read = open_database(name, tmp_path)
    for video in read.videos():
        assert np.abs(read.frames(video).astype(int) - tiny.frames(video)).max() <= 8


def test_a_video_of_another_name_is_not_written(tmp_path, name):
    tiny = TinyVideos(name, FPS[name])
    strange = LongVideo(name, "006", "007_1", 30, 1, 9)
    with pytest.raises(MxeError, match=f"{name}/006/007_1: in this layout a video is called as"):
        WRITE[name](tmp_path / name, tiny, [strange])
    assert not (tmp_path / name).exists()


def test_check_tells_videos_and_kinds(tmp_path, capsys, name):
    WRITE[name](tmp_path / name, TinyVideos(name, FPS[name]))
    assert main(["check", str(tmp_path)]) == 1  # three movements are not the whole package
    out = capsys.readouterr().out
    assert "3 videos, " in out and "1 without an interval; 1 micro- and 2 macro-expressions" in out
    assert "every listed frame is there" in out and out.count("problem:") == 1
    first = next(path.parent for path in sorted((tmp_path / name).rglob("*.jpg")))
    for path in first.iterdir():
        if int(path.stem.replace("img", "").split("_")[-1]) in (22, 100):
            path.unlink()
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "lacks 1 of 20 frames, first" in out and "lacks 1 frame between its intervals, first 100" in out
    last = max(first.iterdir())
    last.rename(last.with_suffix(".jpe"))
    assert main(["check", str(tmp_path)]) == 1
    assert f"An image that is named like its frames was not read: {last.stem}.jpe." in capsys.readouterr().out


def test_no_images_and_no_workbook(tmp_path, capsys, name):
    path = WRITE[name](tmp_path / name, TinyVideos(name, FPS[name]))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    one_problem(tmp_path, name, capsys, f"{name}/{path.name}: cannot be opened as a workbook")
    path.unlink()
    one_problem(tmp_path, name, capsys, f"{name}/ holds no")
    openpyxl.Workbook().save(path)  # an empty sheet
    one_problem(tmp_path, name, capsys, {"samm_long": "samm_long/ holds no", "casme_sq": ": no sheet has"}[name])


# ---- SAMM Long Videos

HEADER = [
    "Subject",
    "Filename",
    "Inducement Code",
    "Onset",
    "Apex",
    "Offset",
    "Duration",
    "Type",
    "Action Units",
    "Notes",
]
ROW = [6, "006_1_1", 1, 3, 5, 8, None, "Micro - 1/2", "4", None]


@pytest.mark.parametrize(
    ("tree", "stem"),
    [
        ("SAMM_longvideos/006_1", "006_1_{:04d}.jpg"),
        ("SAMM_longvideos/SAMM_longvideos/006_1", "006_1_{:05d}.jpg"),
        ("006_1", "006_1_{}.png"),
        ("SAMM_longvideos/006/006_1", "{:04d}.bmp"),
        ("SAMM_longvideos_crop/006_1", "006_1_{:04d}.jpg"),
    ],
)
def test_samm_long_layouts(tmp_path, capsys, tree, stem):
    write_book(tmp_path / "samm_long/SAMM_LongVideos_V2_Release.xlsx", ROW, header=HEADER)
    write_images(tmp_path / "samm_long" / tree, [stem.format(n) for n in range(1, 11)])
    database = SammLongVideos(tmp_path / "samm_long")
    (video,) = database.videos()
    assert video == LongVideo("samm_long", "006", "006_1", 200, 1, 10, (Interval(3, 5, 8, "micro", "", ("4",)),))
    assert database.frames(video, [3, 10]).shape == (2, 6, 8, 3)
    all_there(tmp_path, capsys)


def test_samm_long_raw_images_go_before_cropped_ones_and_two_alike_are_refused(tmp_path, capsys):
    folder = tmp_path / "samm_long"
    write_book(folder / "book.xlsx", ROW, header=HEADER)
    for tree in ("SAMM_longvideos", "SAMM_longvideos_crop"):
        write_images(folder / tree / "006_1", [f"006_1_{n:04d}.jpg" for n in range(1, 11)])
    assert SammLongVideos(folder).tree.name == "SAMM_longvideos"
    assert SammLongVideos(folder, cropped=True).tree.name == "SAMM_longvideos_crop"
    write_images(folder / "mine/006_1", ["006_1_0001.jpg"])
    one_problem(tmp_path, "samm_long", capsys, "006_1 and samm_long/mine/006_1 are both called so")


def test_samm_long_the_newest_release_is_read(tmp_path):
    folder = tmp_path / "samm_long"
    write_book(folder / "SAMM_LongVideos_V1_Release.xlsx", ROW, header=HEADER)
    write_book(folder / "SAMM_LongVideos_V3_Release.xlsx", [*ROW[:5], 9, *ROW[6:]], header=HEADER)
    database = SammLongVideos(folder)
    assert [clip.offset for clip in database.clips()] == [9] and len(database.notes) == 1
    with pytest.raises(MxeError, match="samm_long/ holds no image folder"):
        database.videos()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, "A", "row 2, column Subject: 'A' is not a subject number"),
        (0, 7, "row 2, column Filename: '006_1_1' is not a movement of subject 007"),
        (1, "6_1", "row 2, column Filename: '6_1' is not a movement of subject 006"),
        (3, 9, "row 2, column Onset: onset 9 lies after offset 8"),
        (3, "3?", "row 2, column Onset: '3?' is not a frame number"),
        (5, None, "row 2, column Offset: the cell is empty"),
        (5, 50000, "row 2, column Offset: offset 50000 lies 49997 frames after the onset"),
        (7, "Mikro", "row 2, column Type: unknown type 'Mikro'"),
        (7, None, "row 2, column Type: the cell is empty"),
    ],
)
def test_samm_long_faulty_cells(tmp_path, capsys, column, value, message):
    row = [value if index == column else cell for index, cell in enumerate(ROW)]
    write_book(tmp_path / "samm_long/book.xlsx", row, header=HEADER)
    one_problem(tmp_path, "samm_long", capsys, message)


@pytest.mark.parametrize("column", ["Subject", "Filename", "Onset", "Apex", "Offset", "Type", "Action Units"])
def test_samm_long_missing_columns(tmp_path, capsys, column):
    header = ["x" if name == column else name for name in HEADER]
    write_book(tmp_path / "samm_long/book.xlsx", ROW, header=header)
    one_problem(tmp_path, "samm_long", capsys, f"row 1: column {column} is missing")


def test_samm_long_zeros_and_stray_apexes_are_told(tmp_path, capsys):
    rows = [
        [6, "006_1_1", 1, 0, 5, 8, None, "Macro", "4", None],
        [6, "006_1_2", 1, 3, 5, 0, None, "Macro", "4", None],
        [6, "006_1_3", 1, 3, 11, 8, None, "Macro", "4", None],
        [6, "006_1_3", 1, 4, 5.0, 8, None, "micro", "4", None],  # a name twice
    ]
    write_book(tmp_path / "samm_long/book.xlsx", *rows, header=HEADER)
    database = SammLongVideos(tmp_path / "samm_long")
    assert [(c.name, c.onset, c.apex, c.offset) for c in database.clips()] == [
        ("006_1_1", 5, 5, 8),
        ("006_1_2", 3, 5, 5),
        ("006_1_3_3", 3, None, 8),
        ("006_1_3_4", 4, 5, 8),
    ]
    told = [(repair.field, repair.found, repair.used) for repair in database.repairs()]
    assert told == [("Onset", "0", "5"), ("Offset", "0", "5"), ("Apex", "11", "none")]
    write_book(tmp_path / "samm_long/book.xlsx", rows[0], rows[0], header=HEADER)
    one_problem(
        tmp_path, "samm_long", capsys, "row 3, column Filename: samm_long/006/006_1_1_5 stands on row 2 already"
    )
    write_book(tmp_path / "samm_long/book.xlsx", [6, "006_1_1", 1, 0, 0, 8, None, "Macro"], header=HEADER)
    one_problem(tmp_path, "samm_long", capsys, "row 2, column Apex: apex and an end of the interval are 0")


def test_samm_long_what_is_known_to_leave_its_video_is_cut_there(tmp_path, capsys):
    rows = [
        [20, "020_6_5", 6, 3532, 4000, 5476, None, "Macro", "4", None],
        [36, "036_7_4", 7, 5873, 8250, 8298, None, "Macro", "4", None],
        [12, "012_4_1", 4, 9000, 9010, 9050, None, "Macro", "4", None],
    ]
    write_book(tmp_path / "samm_long/book.xlsx", *rows, header=HEADER)
    assert [clip.offset for clip in SammLongVideos(tmp_path / "samm_long").clips()] == [9050, 5476, 8298]
    for video, last in (("020_6", 5001), ("036_7", 8201), ("012_4", 20)):
        numbers = range(max(1, last - 1500), last + 1)
        write_images(tmp_path / "samm_long/SAMM_longvideos" / video, [f"{video}_{n:04d}.jpg" for n in numbers], (2, 2))
    database = SammLongVideos(tmp_path / "samm_long")
    assert [(c.name, c.apex, c.offset) for c in database.clips()] == [("020_6_5", 4000, 5001), ("036_7_4", None, 8201)]
    assert {(r.clip[-7:], r.used) for r in database.repairs()} == {
        ("012_4_1", "left out"),
        ("020_6_5", "5001"),
        ("036_7_4", "8201"),
    }
    assert [video.name for video in database.videos() if not video.intervals] == ["012_4"]
    rows[0][5] = 5480  # another number is no known fault: its images count as missing
    write_book(tmp_path / "samm_long/book.xlsx", *rows, header=HEADER)
    assert main(["check", str(tmp_path)]) == 1
    assert "samm_long/020/020_6_5 lacks 479 of 1949 frames" in capsys.readouterr().out


# ---- CAS(ME)²

SUBJECTS = [(None, "s15", 1), (None, "s16", 2)]
VIDEOS = [("0101", "disgust1"), ("0502", "happy1")]
CODE = [1, "disgust1_1", 3, 5, 8, "4+R7", "negative", "micro-expression", "disgust"]


def write_three(path, *codes, subjects=SUBJECTS, videos=VIDEOS, order=(0, 1, 2)):
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    tables = (("codes", codes), ("rule1", subjects), ("rule2", videos))
    for title, rows in (tables[index] for index in order):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("book", "tree", "stem", "how"),
    [
        ("CAS(ME)^2code_final.xlsx", "rawpic/s15/15_0101disgustingteeth", "img{:03d}.jpg", {}),
        ("code_final.xlsx", "rawpic/rawpic/s15/15_0101disgustingteeth", "img{:04d}.jpg", {"order": (2, 0, 1)}),
        ("any.xlsx", "CASME_sq/rawpic_crop/s15/15_0101", "img_{:05d}.png", {"videos": [(101, "disgust1")]}),
        ("CAS(ME)2code_final.xlsx", "s15/15_0101 teeth", "{}.bmp", {"videos": [("code", "name"), *VIDEOS]}),
        # A number in the subjects' first column is no video's code.
        ("code_final.xlsx", "rawpic/s15/15_0101", "img{:03d}.jpg", {"subjects": [(15, "s15", 1), (16, "s16", 2)]}),
    ],
)
def test_casme_sq_layouts(tmp_path, capsys, book, tree, stem, how):
    folder = tmp_path / "casme_sq"
    write_three(folder / book, CODE, [2, "happy1_1", 4.0, 0, "9", None, "Positive", "Macro-expression"], **how)
    write_images(folder / tree, [stem.format(n) for n in range(1, 11)])
    write_images(folder / "selectedpic/s15/15_0101disgustingteeth", ["img3.jpg"])
    if "videos" in how and len(how["videos"]) == 1:
        write_three(folder / book, CODE, **how)
    database = CasmeSq(folder)
    video = database.videos()[0]
    assert video == LongVideo(
        "casme_sq", "s15", "15_0101", 30, 1, 10, (Interval(3, 5, 8, "micro", "negative", ("4", "R7")),)
    )
    assert database.frames(video, [3, 10]).shape == (2, 6, 8, 3)
    if len(database.clips()) == 1:  # the other's video has no folder here
        all_there(tmp_path, capsys)
    classes = [composite_class(clip) for clip in database.clips()]
    assert classes[0] == "negative" and classes[1:] in ([], ["positive"])


def test_casme_sq_a_header_is_passed_over(tmp_path):
    header = ["subject", "video", "onset", "apex", "offset", "au", "emotion", "type", "self"]
    write_three(tmp_path / "casme_sq/book.xlsx", header, CODE)
    assert len(CasmeSq(tmp_path / "casme_sq").clips()) == 1


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, 3, "row 1, column subject (A): no sheet says which folder subject 3 has"),
        (1, "fear1_1", "row 1, column video (B): no sheet says which code video fear1_1 has"),
        (1, None, "row 1, column video (B): the cell is empty"),
        (2, 9, "row 1, column onset (C): onset 9 lies after offset 8"),
        (4, "8f", "row 1, column offset (E): '8f' is not a frame number"),
        (6, "joy", "row 1, column emotion (G): unknown emotion 'joy': one of negative, positive, surprise, others"),
        (7, "mini-expression", "row 1, column type (H): unknown type 'mini-expression'"),
    ],
)
def test_casme_sq_faulty_cells(tmp_path, capsys, column, value, message):
    row = [value if index == column else cell for index, cell in enumerate(CODE)]
    write_three(tmp_path / "casme_sq/code_final.xlsx", row, [*CODE[:1], "happy1_3", *CODE[2:]])
    one_problem(tmp_path, "casme_sq", capsys, message)


def test_casme_sq_faulty_sheets(tmp_path, capsys):
    path = tmp_path / "casme_sq/code_final.xlsx"
    write_three(path, CODE, subjects=[])
    one_problem(tmp_path, "casme_sq", capsys, "code_final.xlsx: no sheet gives the subjects (1, s15)")
    write_three(path, CODE, videos=[("0101", "disgust1"), ("x", "happy1")])
    one_problem(tmp_path, "casme_sq", capsys, "code_final.xlsx: no sheet gives the videos (0101, disgust1)")
    write_three(path, CODE, videos=[*VIDEOS, ("0401", "disgust1")])
    one_problem(tmp_path, "casme_sq", capsys, "sheet rule2, row 3: disgust1 stands there twice")
    write_three(path, CODE[:7])
    one_problem(tmp_path, "casme_sq", capsys, "no sheet has micro-expression or macro-expression in its eighth column")
    write_three(path, CODE)
    write_three(tmp_path / "casme_sq/CAS(ME)^2code_final(Updated).xlsx", [*CODE[:4], 9, *CODE[5:]])
    one_problem(tmp_path, "casme_sq", capsys, "both fit, and 1 clip differs")


def test_casme_sq_two_folders_of_one_video_are_refused(tmp_path, capsys):
    write_three(tmp_path / "casme_sq/code_final.xlsx", CODE)
    for name in ("15_0101a", "15_0101b"):
        write_images(tmp_path / "casme_sq/rawpic/s15" / name, ["img001.jpg"])
    one_problem(tmp_path, "casme_sq", capsys, "are both video 0101 of s15")
