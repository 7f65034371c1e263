"""The importers of MMEW, DFME and 4DME: layouts, repairs, and what goes wrong."""

import pytest
from on_disk import all_there, one_problem, write_book, write_images

from mxe_lib.clips import Clip
from mxe_lib.databases import Dfme, FourDme, Mmew
from mxe_lib.databases.composite import composite_class
from mxe_lib.errors import MxeError

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
def test_layouts(tmp_path, capsys, name, tree, stem):
    put(tmp_path, name, ROWS[name])
    write_images(tmp_path / name / tree, [stem.format(n) for n in (8, 9, 10, 11)])
    for other in ("Macro_Expression/S13/anger/S13-07-001", "rgb_micro/S13/S13_1st_001_01_1"):
        write_images(tmp_path / name / other, ["8.jpg"])
    database = IMPORTERS[name](tmp_path / name)
    assert database.clips() == [CLIPS[name]]
    assert database.frames(CLIPS[name]).shape == (4, 6, 8, 3)
    all_there(tmp_path, capsys)


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
