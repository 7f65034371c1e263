"""Databases beside CASME II, SAMM and SMIC: twins in the official layouts, and what goes wrong."""

import numpy as np
import openpyxl
import pytest
from on_disk import write_book, write_images

from mxe_lib.__main__ import main
from mxe_lib.clips import Clip
from mxe_lib.databases import Casme, Casme3A, Dfme, FourDme, Mmew
from mxe_lib.databases.composite import composite, composite_class
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError
from mxe_lib.simulation import clip_writers, writers
from mxe_lib.simulation.borrowed import BORROWED, BorrowedDatabase

WRITE = {
    "casme": clip_writers.write_casme,
    "casme3a": clip_writers.write_casme3a,
    "mmew": clip_writers.write_mmew,
    "dfme": clip_writers.write_dfme,
    "4dme": clip_writers.write_4dme,
}


def check(root, capsys):
    status = main(["check", str(root)])
    return status, capsys.readouterr().out


def edit(path, cell, value, sheet=None):
    """Put a value into one cell of a workbook."""
    book = openpyxl.load_workbook(path)
    (book[sheet] if sheet else book.active)[cell] = value
    book.save(path)


COUNTS = {name: spec.printed or spec.whole[0] for name, spec in DATABASES.items() if spec.printed or spec.whole}


@pytest.fixture
def workbook_only(monkeypatch):
    """Whole twins without their frames."""
    monkeypatch.setattr(writers, "write_frames", lambda place, *_: place.mkdir(parents=True, exist_ok=True))


@pytest.fixture(scope="module")
def twins():
    return {name: BorrowedDatabase(name, size=(64, 80)) for name in BORROWED}


@pytest.mark.parametrize("name", WRITE)
def test_a_twin_comes_back_to_the_bit(tmp_path, twins, name):
    """All of it from PNG; from JPEG, as the official packages have it, but for what JPEG loses."""
    twin = twins[name]
    shortest = sorted(twin.clips(), key=lambda clip: clip.length)[:3]
    for folder, extension in ((tmp_path / "png", "png"), (tmp_path / "jpg", "jpg")):
        WRITE[name](folder / name, twin, shortest, extension=extension)
        read = open_database(name, folder)
        assert read.clips() == sorted(shortest, key=twin.clips().index) and read.repairs() == []
        for clip in shortest:
            frames, back = twin.frames(clip), read.frames(clip)
            assert frames.shape == back.shape and len(back) == clip.length + 1
            assert np.abs(frames.astype(int) - back).mean() <= (0 if extension == "png" else 3)
    assert len({read.fingerprint(clip, clip.frame_numbers()) for clip in shortest}) == 3


@pytest.mark.parametrize("name", WRITE)
def test_the_whole_twin_by_its_workbook(tmp_path, workbook_only, twins, name):
    WRITE[name](tmp_path / name, twins[name])
    read = open_database(name, tmp_path)
    assert read.clips() == twins[name].clips() and read.origin == "simulated"
    emotions = [clip.emotion for clip in read.clips()]
    assert {word: emotions.count(word) for word in set(emotions)} == dict(BORROWED[name].emotions)
    spec = DATABASES[name]
    assert spec.fps in {clip.fps for clip in read.clips()} and spec.marks_apex and spec.twin is None
    assert len(read.clips()) == {**COUNTS, "dfme": 1856}[name] and name in ("dfme", *COUNTS)
    assert composite(read.clips()) == [], "the composite of MEGC 2019 is of three databases"
    assert {composite_class(clip) for clip in read.clips()} >= {"negative", "positive", "surprise"}


@pytest.mark.parametrize("name", WRITE)
def test_check_on_a_written_twin(tmp_path, capsys, twins, name):
    clips = sorted(twins[name].clips(), key=lambda clip: clip.length)[:2]
    WRITE[name](tmp_path / name, twins[name], clips)
    status, out = check(tmp_path, capsys)
    assert f"{name}: found, simulated, 2 clips of" in out and "every listed frame is there" in out
    assert (status == 0) == (DATABASES[name].whole is None) and out.count("problem:") == status
    image = min(path for path in (tmp_path / name).rglob("*") if path.suffix in (".jpg", ".png"))
    image.unlink()
    status, out = check(tmp_path, capsys)
    assert status == 1 and "lacks 1 of" in out and f"frames, first {image.name}" in out


@pytest.mark.parametrize("name", WRITE)
def test_what_is_damaged_is_one_line(tmp_path, capsys, workbook_only, twins, name):
    path = WRITE[name](tmp_path / name, twins[name], twins[name].clips()[:5])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    one_problem(tmp_path, name, capsys, f"{name}/{path.name}: cannot be opened as a workbook")
    empty = openpyxl.Workbook()
    empty.save(path)
    one_problem(tmp_path, name, capsys, f"{name}/ holds no")
    path.unlink()
    one_problem(tmp_path, name, capsys, f"{name}/ holds no")


def one_problem(root, name, capsys, message):
    with pytest.raises(MxeError) as error:
        open_database(name, root)
    assert message in str(error.value) and "\n" not in str(error.value)
    status, out = check(root, capsys)
    lines = [line for line in out.splitlines() if "problem: " in line]
    assert status == 1 and len(lines) == 1 and message in lines[0]


# ---- CASME

CASME_HEADER = ["Subject", "Filename", None, "OnsetF", "ApexF1", "ApexF2", "OffsetF", None, "AUs", "Emotion"]
CASME_ROW = [1, "EP01_5", None, 8, 10, None, 11, None, "4+7", "tense"]


@pytest.mark.parametrize(
    ("tree", "stem"),
    [
        ("CASME_raw_selected", "EP01_5-{}.jpg"),
        ("CASME_raw_selected/CASME_raw_selected", "EP01_5-{:03d}.jpg"),
        ("CASME_raw_selected", "img{}.png"),
        ("Cropped", "reg_EP01_5-{}.jpg"),
        ("", "EP01_5-{:03d}.bmp"),
    ],
)
def test_casme_layouts(tmp_path, tree, stem):
    """Padding, extension and nesting of the images are not established: all are read by the number."""
    write_book(tmp_path / "casme/anything.xlsx", CASME_ROW, header=CASME_HEADER)
    write_images(tmp_path / "casme" / tree / "sub01/EP01_5", [stem.format(n) for n in (8, 9, 10, 11)])
    database = Casme(tmp_path / "casme")
    assert database.clips() == [Clip("casme", "sub01", "EP01_5", 60, 8, 10, 11, "tense", ("4", "7"))]
    assert database.frames(database.clips()[0]).shape == (4, 6, 8, 3)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, "xx", "row 2, column Subject: 'xx' is not a subject number"),
        (3, None, "row 2, column OnsetF: the cell is empty"),
        (3, "8-9", "row 2, column OnsetF: '8-9' is not a frame number"),
        (4, "/", "row 2, column ApexF1: '/' is not a frame number"),
        (6, 7, "row 2, column OnsetF: onset 8 lies after offset 7"),
        (6, True, "row 2, column OffsetF: the cell holds TRUE or FALSE"),
        (9, "tens", "row 2, column Emotion: unknown emotion 'tens'"),
        (9, None, "row 2, column Emotion: the cell is empty"),
    ],
)
def test_casme_faulty_cells(tmp_path, capsys, column, value, message):
    row = [value if index == column else cell for index, cell in enumerate(CASME_ROW)]
    write_book(tmp_path / "casme/casme.xlsx", row, header=CASME_HEADER)
    one_problem(tmp_path, "casme", capsys, message)


@pytest.mark.parametrize("column", ["Subject", "Filename", "OnsetF", "ApexF1", "OffsetF", "AUs", "Emotion"])
def test_casme_missing_columns(tmp_path, capsys, column):
    header = ["x" if name == column else name for name in CASME_HEADER]
    write_book(tmp_path / "casme/casme.xlsx", CASME_ROW, header=header)
    one_problem(tmp_path, "casme", capsys, f"row 1: column {column} is missing")


def test_casme_two_workbooks(tmp_path, capsys):
    for name, row in (("a.xlsx", CASME_ROW), ("b.xlsx", [*CASME_ROW[:9], "fear"])):
        write_book(tmp_path / "casme" / name, row, header=CASME_HEADER)
    one_problem(tmp_path, "casme", capsys, "casme/a.xlsx and casme/b.xlsx both fit, and 1 clip differs")


def casme_rows(listed, last=60):
    """A workbook's rows with ``listed`` at row 56, by the workbook's count; subjects may be text or number."""
    rows = [[1, f"EP01_{n}", None, 1, 2, None, 3, None, None, "tense"] for n in range(2, last + 1)]
    rows[54] = [2, "EP09_1", None, *listed, None, "4", "disgust"]
    return rows


@pytest.mark.parametrize(
    ("listed", "images", "expected", "repairs"),
    [
        ((20, 25, None, 90), range(20, 41), (20, 25, 40), [("OffsetF", "90", "40")]),  # the printed do not fit
        ((20, 50, None, 90), range(20, 41), (20, None, 40), [("ApexF1", "50", "none"), ("OffsetF", "90", "40")]),
        ((20, 25, None, 14), (), (20, 25, 40), [("OffsetF", "14", "40")]),  # a contradiction, images or not
        ((20, 25, None, 30), (), (20, 25, 30), []),  # nothing to say against it
        ((20, 25, None, 30), range(20, 31), (20, 25, 30), []),
        ((20, 25, None, 90), range(20, 31), (20, 25, 90), []),  # the correction does not fit either
    ],
)
def test_casme_a_listed_row_is_corrected_only_where_it_must_be(tmp_path, listed, images, expected, repairs):
    write_book(tmp_path / "casme/casme.xlsx", *casme_rows(listed), header=CASME_HEADER)
    if images:
        write_images(tmp_path / "casme/CASME_raw_selected/sub02/EP09_1", [f"EP09_1-{n}.jpg" for n in images])
    database = Casme(tmp_path / "casme")
    (clip,) = [clip for clip in database.clips() if clip.subject == "sub02"]
    assert (clip.onset, clip.apex, clip.offset) == expected
    found = {(repair.field, repair.found, repair.used) for repair in database.repairs()}
    assert found == set(repairs) and all(repair.clip == clip.id for repair in database.repairs())


def test_casme_any_other_row_that_contradicts_itself_is_an_error(tmp_path, capsys):
    rows = casme_rows((20, 25, None, 40))
    rows[53][3:7] = [20, 25, None, 14]
    write_book(tmp_path / "casme/casme.xlsx", *rows, header=CASME_HEADER)
    one_problem(tmp_path, "casme", capsys, "row 55, column OnsetF: onset 20 lies after offset 14")


# ---- CAS(ME)³ part A

CASME3_HEADER = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]
CASME3_ROW = ["spNO.1", "b", 8, 10, 11, "R12，4", "VI", "Happy"]


@pytest.mark.parametrize(
    ("tree", "stem"),
    [
        ("Part_A_ME_clip/frame/spNO.1_b_8", "{}.jpg"),
        ("Part_A_ME_clip/Part_A_ME_clip/frame/spNo.1_b_8", "{:05d}.png"),
        ("part_A/data/ME_A/spNO.1/b/color", "{}.jpg"),
        ("ME_A_cropped/spNO.1/b", "{}.bmp"),
        ("spNO.1/b/color", "img_{}.jpg"),
    ],
)
def test_casme3a_layouts(tmp_path, tree, stem):
    write_book(tmp_path / "casme3a/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", CASME3_ROW, header=CASME3_HEADER)
    write_images(tmp_path / "casme3a" / tree, [stem.format(n) for n in (8, 9, 10, 11)])
    write_images(tmp_path / "casme3a/Part_A_ME_clip/depth/spNO.1_b_8", ["8.png"])
    database = Casme3A(tmp_path / "casme3a")
    assert database.clips() == [Clip("casme3a", "spNO.1", "b_8", 30, 8, 10, 11, "happy", ("R12", "4"))]
    assert database.frames(database.clips()[0]).shape == (4, 6, 8, 3)


def test_casme3a_twin_in_the_layout_of_videos(tmp_path, twins):
    clips = sorted(twins["casme3a"].clips(), key=lambda clip: clip.length)[:2]
    clip_writers.write_casme3a(tmp_path / "casme3a", twins["casme3a"], clips, videos=True, extension="png")
    read = Casme3A(tmp_path / "casme3a")
    for clip in read.clips():
        np.testing.assert_array_equal(read.frames(clip), twins["casme3a"].frames(clip))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, "no 1", "row 2, column Subject: 'no 1' is not a subject number"),
        (1, "bb", "row 2, column Filename: 'bb' is not a letter"),
        (2, 9.5, "row 2, column Onset: '9.5' is not a frame number"),
        (4, 7, "row 2, column Onset: onset 8 lies after offset 7"),
        (3, None, "row 2, column Apex: the cell is empty"),
        (7, "glad", "row 2, column emotion: unknown emotion 'glad'"),
    ],
)
def test_casme3a_faulty_cells(tmp_path, capsys, column, value, message):
    row = [value if index == column else cell for index, cell in enumerate(CASME3_ROW)]
    write_book(tmp_path / "casme3a/book.xlsx", row, header=CASME3_HEADER)
    one_problem(tmp_path, "casme3a", capsys, message)


def test_casme3a_a_letter_holds_several_movements_but_none_twice(tmp_path, capsys):
    later = ["spno.1", "B", 80, 90, 95, 12, "VI", "sad"]
    write_book(tmp_path / "casme3a/book.xlsx", CASME3_ROW, later, header=CASME3_HEADER)
    assert [clip.name for clip in Casme3A(tmp_path / "casme3a").clips()] == ["b_8", "b_80"]
    write_book(tmp_path / "casme3a/book.xlsx", CASME3_ROW, CASME3_ROW, header=CASME3_HEADER)
    one_problem(tmp_path, "casme3a", capsys, "row 3, column Filename: casme3a/spNO.1/b_8 stands on row 2 already")


def test_casme3a_rows_that_are_known_to_the_digit(tmp_path):
    rows = [
        ["spNO.216", "d", 3647, 2668, 2694, None, "I", "disgust"],
        ["spNO.216", "e", 0, 0, 25, None, "I", "disgust"],
        ["spNO.217", "e", 0, 0, 25, None, "I", "disgust"],  # another's 0 is taken at its word
    ]
    write_book(tmp_path / "casme3a/book.xlsx", *rows, header=CASME3_HEADER)
    write_images(tmp_path / "casme3a/Part_A_ME_clip/frame/spNO.216_d_3647", [f"{n}.jpg" for n in range(2647, 2695)])
    database = Casme3A(tmp_path / "casme3a")
    assert [(c.name, c.apex, c.offset) for c in database.clips()] == [
        ("d_2647", 2668, 2694),
        ("e_1", 1, 25),
        ("e_0", 0, 25),
    ]
    told = [(r.clip, r.field, r.found, r.used) for r in database.repairs()]
    assert told == [
        ("casme3a/spNO.216/d_2647", "Onset", "3647", "2647"),
        ("casme3a/spNO.216/e_1", "Onset", "0", "1"),
        ("casme3a/spNO.216/e_1", "Apex", "0", "1"),
    ]
    assert database.frames(database.clips()[0]).shape[0] == 48, "the folder is called after the printed onset"


@pytest.mark.parametrize(
    ("number", "printed", "used", "repairs"),
    [
        (130, (150, 23, 170), (150, None, 170), [("Apex", "23", "none")]),
        (130, (150, 160, 170), (150, 160, 170), []),
        (710, (20, 25, 4), (20, 25, 34), [("Offset", "4", "34")]),
        (710, (20, 25, 40), (20, 25, 40), []),
        (798, (1820, 1830, 1245), (1820, 1830, 1845), [("Offset", "1245", "1845")]),
    ],
)
def test_casme3a_listed_rows_are_corrected_where_they_contradict_themselves(tmp_path, number, printed, used, repairs):
    rows = [["spNO.2", "a", n, n, n + 9, None, "I", "fear"] for n in range(2, 811)]
    rows[number - 2] = ["spNO.3", "c", *printed, None, "I", "fear"]
    write_book(tmp_path / "casme3a/book.xlsx", *rows, header=CASME3_HEADER)
    database = Casme3A(tmp_path / "casme3a")
    (clip,) = [clip for clip in database.clips() if clip.subject == "spNO.3"]
    assert (clip.onset, clip.apex, clip.offset) == used
    assert [(r.field, r.found, r.used) for r in database.repairs()] == repairs
    rows[number - 3], rows[number - 2] = rows[number - 2], rows[number - 3]
    write_book(tmp_path / "casme3a/book.xlsx", *rows, header=CASME3_HEADER)
    if repairs:
        with pytest.raises(
            MxeError, match=f"row {number - 1}, column .*: (onset|apex) .* lies after .*: correct the row"
        ):
            Casme3A(tmp_path / "casme3a")


# ---- MMEW, DFME, 4DME

HEADERS = {
    "mmew": [
        "Subject",
        "Filename",
        "OnsetFrame",
        "ApexFrame",
        "OffsetFrame",
        "Action Units",
        "Estimated Emotion",
        "remarks",
    ],
    "dfme": ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU"],
    "4dme": ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion", "AU4", "AU7"],
}
ROWS = {
    "mmew": [13, "S13-07-001", 8, 10, 11, "4+7", "Anger", None],
    "dfme": ["sub0003", "sub0003_01", 8, 10, 11, "anger", 0, 300, "4+7"],
    "4dme": ["S13", "S13_1st_001_01_1", 8, 10, 11, "4+7", "Negative", 1, 1],
}
BOOKS = {
    "mmew": "MMEW_Micro_Exp.xlsx",
    "dfme": "training_full_with_AU.xlsx",
    "4dme": "4DME_Labelling_Micro_release v1.xlsx",
}
CLIPS = {
    "mmew": Clip("mmew", "S13", "S13-07-001", 90, 8, 10, 11, "anger", ("4", "7")),
    "dfme": Clip("dfme", "sub0003", "sub0003_01", 300, 8, 10, 11, "anger", ("4", "7")),
    "4dme": Clip("4dme", "S13", "S13_1st_001_01_1", 60, 8, 10, 11, "negative", ("4", "7")),
}
IMPORTERS = {"mmew": Mmew, "dfme": Dfme, "4dme": FourDme}


def put(root, name, *rows, book=None, header=None):
    return write_book(root / name / (book or BOOKS[name]), *rows, header=header or HEADERS[name])


@pytest.mark.parametrize(
    ("name", "tree", "stem"),
    [
        ("mmew", "Micro_Expression/anger/S13-07-001", "{}.jpg"),
        ("mmew", "MMEW_Final/Micro_Expression/S13/Anger/S13-07-001", "{:03d}.png"),
        ("mmew", "S13-07-001", "img{}.bmp"),
        ("dfme", "DFME_train/sub0003_01", "{:05d}.png"),
        ("dfme", "train_data/train_data/sub0003/sub0003_01", "{}.jpg"),
        ("dfme", "DFME_Crop/DFME_train/sub0003_01", "{:05d}.png"),
        ("4dme", "gray_micro/S13/S13_1st_001_01_1", "{}.jpg"),
        ("4dme", "4DME/gray_micro_crop/s13/S13_1st_001_01_1", "Frame_{:09d}.jpg"),
    ],
)
def test_layouts(tmp_path, name, tree, stem):
    put(tmp_path, name, ROWS[name])
    write_images(tmp_path / name / tree, [stem.format(n) for n in (8, 9, 10, 11)])
    for other in ("Macro_Expression/S13/anger/S13-07-001", "rgb_micro/S13/S13_1st_001_01_1"):
        write_images(tmp_path / name / other, ["8.jpg"])
    database = IMPORTERS[name](tmp_path / name)
    assert database.clips() == [CLIPS[name]]
    assert database.frames(CLIPS[name]).shape == (4, 6, 8, 3)


@pytest.mark.parametrize("name", BOOKS)
def test_images_that_are_not_there_and_two_folders_of_one_name(tmp_path, capsys, name):
    put(tmp_path, name, ROWS[name])
    database = IMPORTERS[name](tmp_path / name)
    with pytest.raises(MxeError, match=f"^{name}/ holds no image folder"):
        database.frames(CLIPS[name])
    for place in ("one", "two"):
        write_images(tmp_path / name / place / CLIPS[name].subject / CLIPS[name].name, ["8.jpg", "9.jpg"])
    one_problem(tmp_path, name, capsys, f"and {name}/two/{CLIPS[name].subject}/{CLIPS[name].name} are both called so")


@pytest.mark.parametrize("name", BOOKS)
def test_missing_columns(tmp_path, capsys, name):
    for column in IMPORTERS[name].columns:
        put(tmp_path, name, ROWS[name], header=["x" if cell == column else cell for cell in HEADERS[name]])
        one_problem(tmp_path, name, capsys, f"row 1: column {column} is missing")


@pytest.mark.parametrize(
    ("name", "column", "value", "message"),
    [
        ("mmew", "Subject", "S", "row 2, column Subject: 'S' is not a subject number"),
        ("mmew", "ApexFrame", None, "row 2, column ApexFrame: the cell is empty"),
        ("mmew", "OffsetFrame", 7, "row 2, column OnsetFrame: onset 8 lies after offset 7"),
        ("mmew", "Estimated Emotion", "rage", "row 2, column Estimated Emotion: unknown emotion 'rage'"),
        ("dfme", "Subject", "S3", "row 2, column Subject: 'S3' is not a subject number"),
        ("dfme", "Fps", 30, "row 2, column Fps: '30' is not one of 500, 300, 200"),
        ("dfme", "Fps", None, "row 2, column Fps: the cell is empty"),
        ("dfme", "ApexFrame", 12, "row 2, column ApexFrame: apex 12 lies after offset 11"),
        ("dfme", "Emotion", "others", "row 2, column Emotion: unknown emotion 'others'"),
        ("4dme", "sub_ID", "S", "row 2, column sub_ID: 'S' is not a subject"),
        ("4dme", "fold_name", "../x", "row 2, column fold_name: '../x' is not the name of a clip"),
        ("4dme", "Onset", 9.5, "row 2, column Onset: '9.5' is not a frame number"),
        ("4dme", "Emotion", "negative, sad", "row 2, column Emotion: unknown emotion 'negative, sad'"),
    ],
)
def test_faulty_cells(tmp_path, capsys, name, column, value, message):
    row = [value if title == column else cell for title, cell in zip(HEADERS[name], ROWS[name], strict=True)]
    put(tmp_path, name, row)
    one_problem(tmp_path, name, capsys, message)


@pytest.mark.parametrize(
    ("name", "subjects"), [("mmew", (13, "13", "S13", "s13", 13.0)), ("dfme", (3, "0003", "sub3", "SUB0003"))]
)
def test_subjects_are_read_whatever_a_spreadsheet_made_of_them(tmp_path, name, subjects):
    for subject in subjects:
        put(tmp_path, name, [subject, *ROWS[name][1:]])
        assert IMPORTERS[name](tmp_path / name).clips() == [CLIPS[name]]


def test_mmew_rows_without_an_offset_are_left_out_where_they_are_known(tmp_path, capsys):
    rows = [[1, f"S01-01-{n:03d}", 1, 2, 9, None, "others", None] for n in range(2, 160)]
    rows[33][3:5], rows[35][3:5] = [None, None], ["/", "/"]
    put(tmp_path, "mmew", *rows)
    database = Mmew(tmp_path / "mmew")
    assert len(database.clips()) == 156
    assert [(repair.clip, repair.field, repair.used) for repair in database.repairs()] == [
        ("mmew/S01/S01-01-035", "clip", "left out"),
        ("mmew/S01/S01-01-037", "clip", "left out"),
    ]
    rows[34][3:5] = ["/", "/"]
    put(tmp_path, "mmew", *rows)
    one_problem(tmp_path, "mmew", capsys, "row 36, column OffsetFrame: '/' is not a frame number")


def test_dfme_parts_are_read_together(tmp_path, capsys, twins):
    twin = twins["dfme"]
    clips = sorted(twin.clips(), key=lambda clip: clip.length)[:3]
    for part, clip in zip(("training", "testA", "testB"), clips, strict=True):
        clip_writers.write_dfme(tmp_path / "dfme", twin, [clip], part=part)
    read = Dfme(tmp_path / "dfme")
    assert read.clips() == sorted(clips, key=twin.clips().index) and read.notes == []
    for clip in clips:
        np.testing.assert_array_equal(read.frames(clip), twin.frames(clip))
    (tmp_path / "dfme/testA_full_with_AU.xlsx").unlink()
    assert Dfme(tmp_path / "dfme").notes == ["no workbook of testA: their clips are not read"]
    put(
        tmp_path,
        "dfme",
        ["sub0009", "sub0009_01", 8, 10, 11, "fear", 0, 500, None],
        book="DFME_test_A_full_with_AU.xlsx",
    )
    assert 500 in {clip.fps for clip in Dfme(tmp_path / "dfme").clips()}
    (tmp_path / "dfme/testA_full_with_AU.xlsx").write_bytes((tmp_path / "dfme/testB_full_with_AU.xlsx").read_bytes())
    one_problem(
        tmp_path, "dfme", capsys, "dfme/DFME_test_A_full_with_AU.xlsx and dfme/testA_full_with_AU.xlsx both fit"
    )
    (tmp_path / "dfme/DFME_test_A_full_with_AU.xlsx").unlink()
    one_problem(tmp_path, "dfme", capsys, f"{clips[2].id} stands in dfme/testA_full_with_AU.xlsx as well")


@pytest.mark.parametrize(
    ("cell", "emotion", "its_class"),
    [
        ("Positive", "positive", "positive"),
        ("Repression, negative", "negative+repression", "negative"),
        ("Negative and Surprise", "negative+surprise", None),
        ("other", "others", None),
        ("Surprise/Others", "surprise+others", None),
    ],
)
def test_4dme_several_emotions(tmp_path, cell, emotion, its_class):
    put(tmp_path, "4dme", [*ROWS["4dme"][:6], cell, 1, 1])
    (clip,) = FourDme(tmp_path / "4dme").clips()
    assert clip.emotion == emotion and composite_class(clip) == its_class


def test_4dme_units_marked_k_are_left_out_and_told(tmp_path):
    put(tmp_path, "4dme", [*ROWS["4dme"][:5], "AU4+7(k)+L12", "others", 1, 1])
    database = FourDme(tmp_path / "4dme")
    assert database.clips()[0].action_units == ("4", "L12")
    assert [(repair.found, repair.used) for repair in database.repairs()] == [("AU4+7(k)+L12", "4+L12")]


def test_an_absent_one_is_just_left_out(tmp_path, capsys):
    put(tmp_path, "mmew", ROWS["mmew"])
    check(tmp_path, capsys)
    with pytest.raises(MxeError, match=r"dfme: no folder dfme/ in .*, and it is not simulated: get it from its"):
        open_database("dfme", tmp_path)
    _, out = check(tmp_path, capsys)
    assert (
        "casme2: absent, will be simulated" in out
        and "\ncasme, casme3a, casme_sq, dfme, 4dme, samm_long: absent\n" in out
    )
    assert "public work on it counts 300 clips, here are 1: is the package whole?" in out
