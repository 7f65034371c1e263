"""Action units in all databases: read right, told, or refused where a spreadsheet program spoiled them."""

from pathlib import Path

import openpyxl
import pytest
from on_disk import HEADER, one_problem

from mxe_lib.clips import Clip
from mxe_lib.databases import units
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError
from mxe_lib.recognition import labels

LONG = ["Subject", "Filename", "Onset", "Apex", "Offset", "Type", "Action Units"]
BOOKS = {
    "casme": (
        "CASME.xlsx",
        ["Subject", "Filename", "OnsetF", "ApexF1", "OffsetF", "AUs", "Emotion"],
        [1, "EP01_5", 46, 48, 49, ..., "disgust"],
    ),
    "casme2": ("CASME2-coding-20140508.xlsx", HEADER, ["01", "EP02_01f", 46, 48, 49, ..., "happiness"]),
    "samm": (
        "SAMM_Micro_FACS_Codes_v2.xlsx",
        ["Subject", "Filename", "Onset Frame", "Apex Frame", "Offset Frame", "Action Units", "Estimated Emotion"],
        ["006", "006_1_2", 562, 563, 565, ..., "Anger"],
    ),
    "casme3a": (
        "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx",
        ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "emotion"],
        ["spNO.1", "a", 355, 357, 359, ..., "disgust"],
    ),
    "mmew": ("MMEW_Micro_Exp.xlsx", HEADER, [13, "S13-07-001", 8, 10, 11, ..., "Anger"]),
    "dfme": (
        "training_full_with_AU.xlsx",
        ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "AU", "Emotion", "Fps"],
        ["sub0003", "sub0003_01", 8, 10, 11, ..., "anger", 300],
    ),
    "4dme": (
        "4DME_Labelling_Micro_release v1.xlsx",
        ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion"],
        ["S13", "S13_1st_001_01_1", 8, 10, 11, ..., "Negative"],
    ),
    "samm_long": ("SAMM_LongVideos_V2_Release.xlsx", LONG, ["006", "006_1_1", 5, 8, 12, "Micro - 1/2", ...]),
    "casme_sq": (
        "CAS(ME)^2code_final.xlsx",
        None,
        [1, "disgust1_1", 5, 8, 12, ..., "negative", "micro-expression", None],
    ),
}
assert {*BOOKS, "smic"} == set(DATABASES)  # SMIC has no workbook


def put(root: Path, name: str, cell: object, number_format: str | None = None) -> Path:
    """A workbook of one row, whose units are this cell."""
    stem, header, row = BOOKS[name]
    book = openpyxl.Workbook()
    for line in (header, [cell if value is ... else value for value in row]):
        if line is not None:
            book.active.append(line)
    if number_format:
        book.active.cell(book.active.max_row, row.index(...) + 1).number_format = number_format
    for title, lines in {"subjects": [[None, "s15", 1]], "videos": [["0101", "disgust1"]]}.items():
        if name == "casme_sq":
            book.create_sheet(title).append(lines[0])
    (root / name).mkdir(exist_ok=True)
    book.save(root / name / stem)
    return root / name


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("4+L12C", ("4", "L12C")),
        ("AU4 AU7", ("4", "7")),
        ("4, 7；R12", ("4", "7", "R12")),  # a semicolon as Chinese keyboards write it
        ("AU1 and AU2", ("1", "2")),
        ("12R+AUL15", ("R12", "L15")),
        ("(R6 or R12)+R15", ("(R6 or R12)", "R15")),
        ("10A/B+ref(7B)", ("10A/B", "ref(7B)")),
        (12, ("12",)),
        (12.0, ("12",)),
        (None, ()),
    ],
)
def test_lists_are_read_in_every_database(tmp_path, name, cell, codes):
    database = DATABASES[name].importer(put(tmp_path, name, cell))
    (clip,) = database.clips()
    assert clip.action_units == codes
    assert not [note for note in database.notes if "FACS" in note]


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize(
    ("cell", "number_format", "message"),
    [
        (4.7, None, "'4.7' is no action unit"),
        (1215, None, "'1215' is no action unit"),
        ("-12; 15", None, "'-12' is no action unit"),
        (6e12, None, "'6000000000000' is no action unit"),  # 6E+12: unit 6 at its strongest, and 12
        ("1 215", None, "'1 215' is no action unit"),
        ("4:7", None, "'4:7' is no action unit"),
        ("L12.15", None, "'L12.15' is no action unit"),
        (47, None, "'47' is no action unit"),
        (12, "#,##0", "the number 12 stands there in the format #,##0"),
        (10, "0.00E+00", "the number 10 stands there in the format 0.00E+00"),
        ("=+4+7", None, "a formula stands there"),
    ],
)
def test_what_a_spreadsheet_program_made_of_a_list_is_refused(tmp_path, capsys, name, cell, number_format, message):
    put(tmp_path, name, cell, number_format)
    where = f"row {1 if BOOKS[name][1] is None else 2}, column "
    with pytest.raises(MxeError) as error:
        open_database(name, tmp_path)
    text = str(error.value)
    assert all(part in text for part in (BOOKS[name][0], where, message, "write the units as text, such as 4+7"))
    one_problem(tmp_path, name, capsys, message)


def test_formulas_and_formats_elsewhere_do_no_harm(tmp_path):
    folder = put(tmp_path, "casme2", "4+7")
    book = openpyxl.load_workbook(folder / BOOKS["casme2"][0])
    book.active["J2"], book.active["D2"].number_format = "=SUM(D2-C2)+1", "#,##0"
    book.save(folder / BOOKS["casme2"][0])
    (clip,) = DATABASES["casme2"].importer(folder).clips()
    assert (clip.apex, clip.action_units) == (48, ("4", "7"))


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("cell", ["smile", "4/7", "4+lip", 0])
def test_words_that_are_no_codes_stay_and_are_told(tmp_path, name, cell):
    database = DATABASES[name].importer(put(tmp_path, name, cell))
    (clip,) = database.clips()
    assert "+".join(clip.action_units) == str(cell)
    assert [note for note in database.notes if f"no FACS codes, first {clip.id}: " in note]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("AU4, AU7(k)", ("4",)),
        ("AU4(k)L7", ("L7",)),
        ("AUR2+12(k)+45", ("R2", "45")),
        ("AU4（K）+L7", ("L7",)),
    ],
)
def test_4dme_marks_whatever_stands_around_them(tmp_path, cell, codes):
    database = DATABASES["4dme"].importer(put(tmp_path, "4dme", cell))
    assert database.clips()[0].action_units == codes
    assert [repair.found for repair in database.repairs()] == [cell]


def test_labels_know_what_the_reader_leaves():
    def coded(text):
        return labels.units(Clip("casme2", "1", "a", 200, 1, 2, 3, "anger", units.split_units(text)))

    assert coded("AU12R、l4B") == {4, 12}
    assert coded("soft focus") is None and coded("4+lip") is None


@pytest.mark.parametrize(("name", "merged"), [("casme2", "F2:F3"), ("samm", "F2:F3"), ("samm_long", "G2:G3")])
def test_a_merged_cell_is_not_taken_for_an_empty_one(tmp_path, capsys, name, merged):
    folder = put(tmp_path, name, "4+7")
    book = openpyxl.load_workbook(folder / BOOKS[name][0])
    row = [None if value is ... else value for value in BOOKS[name][2]]
    book.active.append([row[0], f"{row[1][:-1]}9", *row[2:]])
    book.save(folder / BOOKS[name][0])
    coded = [clip.action_units for clip in DATABASES[name].importer(folder).clips()]
    assert sorted(coded) == [(), ("4", "7")]  # nothing coded is no fault
    book.active.merge_cells(merged)
    book.active.merge_cells("A10:J12")
    book.save(folder / BOOKS[name][0])
    one_problem(tmp_path, name, capsys, "row 3, column Action Units: the cell is merged with another")


def test_merged_ranges_without_end_cost_nothing(tmp_path):
    folder = put(tmp_path, "casme2", "4+7")
    book = openpyxl.load_workbook(folder / BOOKS["casme2"][0])
    for n in range(300):
        book.active.merged_cells.add(f"H{10 + n}:XFD1048576")
    book.save(folder / BOOKS["casme2"][0])
    (clip,) = DATABASES["casme2"].importer(folder).clips()
    assert clip.action_units == ("4", "7")
