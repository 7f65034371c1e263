"""The importers of CASME and CAS(ME)³ part A: layouts, listed rows, and what goes wrong."""

import pytest
from on_disk import all_there, one_problem, write_book, write_images

from mxe_lib.clips import Clip
from mxe_lib.databases import Casme, Casme3A
from mxe_lib.errors import MxeError

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
def test_casme_layouts(tmp_path, capsys, tree, stem):
    """Padding, extension and nesting of the images are not established: all are read by the number."""
    write_book(tmp_path / "casme/anything.xlsx", CASME_ROW, header=CASME_HEADER)
    write_images(tmp_path / "casme" / tree / "sub01/EP01_5", [stem.format(n) for n in (8, 9, 10, 11)])
    database = Casme(tmp_path / "casme")
    assert database.clips() == [Clip("casme", "sub01", "EP01_5", 60, 8, 10, 11, "tense", ("4", "7"))]
    assert database.frames(database.clips()[0]).shape == (4, 6, 8, 3)
    all_there(tmp_path, capsys)


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
def test_casme3a_layouts(tmp_path, capsys, tree, stem):
    write_book(tmp_path / "casme3a/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", CASME3_ROW, header=CASME3_HEADER)
    write_images(tmp_path / "casme3a" / tree, [stem.format(n) for n in (8, 9, 10, 11)])
    write_images(tmp_path / "casme3a/Part_A_ME_clip/depth/spNO.1_b_8", ["8.png"])
    database = Casme3A(tmp_path / "casme3a")
    assert database.clips() == [Clip("casme3a", "spNO.1", "b_8", 30, 8, 10, 11, "happy", ("R12", "4"))]
    assert database.frames(database.clips()[0]).shape == (4, 6, 8, 3)
    all_there(tmp_path, capsys)


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
