"""What a package says twice must agree, or is told; what cannot be opened is never to be thrown away."""

import openpyxl
import pytest
from on_disk import MAPS, all_there, one_problem, write_book, write_images, write_list, write_maps
from test_units import BOOKS, put

from mxe_lib.__main__ import main
from mxe_lib.databases import flowmaps
from mxe_lib.databases.dfme import Dfme
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.sources import open_database, open_flowmaps
from mxe_lib.errors import MxeError


def rewrite(folder, name, **cells):
    """The workbook with other cells, by column; ``sheet`` names another sheet's rows."""
    stem, header, _ = BOOKS[name]
    book = openpyxl.load_workbook(folder / stem)
    for column, value in cells.items():
        book.active.cell(2, [title.replace(" ", "") for title in header].index(column) + 1).value = value
    book.save(folder / stem)


@pytest.mark.parametrize(
    ("name", "cells", "message"),
    [
        ("mmew", {"Subject": 14}, "column Filename: 'S13-07-001' names subject 13, but the row is of S14"),
        ("mmew", {"Filename": "s12-07-001"}, "'s12-07-001' names subject 12, but the row is of S13"),
        ("dfme", {"Subject": "sub0004"}, "column Filename: 'sub0003_01' names subject 3, but the row is of sub0004"),
        ("dfme", {"Filename": "SUB0030_01"}, "'SUB0030_01' names subject 30, but the row is of sub0003"),
        ("4dme", {"sub_ID": "S31"}, "column fold_name: 'S13_1st_001_01_1' names subject 13, but the row is of S31"),
        ("samm", {"Subject": "007"}, "column Filename: '006_1_2' names subject 6, but the row is of 007"),
        ("samm", {"Filename": "60_1_2"}, "column Filename: '60_1_2' names subject 60, but the row is of 006"),
        ("casme2", {"Filename": "sub02_EP02_01f"}, "'sub02_EP02_01f' names subject 2, but the row is of sub01"),
        ("samm_long", {"Subject": "007"}, "'006_1_1' is not a movement of subject 007"),
    ],
)
def test_a_subject_named_twice(tmp_path, capsys, name, cells, message):
    rewrite(put(tmp_path, name, "4"), name, **cells)
    one_problem(tmp_path, name, capsys, message)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("mmew", {"Subject": "S13", "Filename": "s013-07-001"}),
        ("dfme", {"Subject": 3}),
        ("4dme", {"fold_name": "1st_001_01_1"}),  # says nothing of the subject
        ("4dme", {"sub_ID": 13}),
        ("samm", {"Subject": 6, "Filename": "6_1_2"}),
        ("casme2", {"Filename": "S2f"}),
    ],
)
def test_a_subject_written_in_two_ways_is_one(tmp_path, name, cells):
    folder = put(tmp_path, name, "4")
    rewrite(folder, name, **cells)
    assert len(DATABASES[name].importer(folder).clips()) == 1


def test_a_video_of_casme_sq_under_another_subject(tmp_path, capsys):
    put(tmp_path, "casme_sq", "4")
    write_images(tmp_path / "casme_sq" / "rawpic/s15/16_0101disgustingteeth", ["img001.jpg"])
    message = "casme_sq/rawpic/s15/16_0101disgustingteeth: the video's name says subject 16"
    one_problem(tmp_path, "casme_sq", capsys, message)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("samm", "7", "006_1_2", 0), "row 3, column filename_o: '006_1_2' names subject 6, but the row is of 007"),
        (("smic", "s02", "s01_ne_01", 0), "row 3, column filename_o: 's1_ne_01' names subject 1, but the row is of s2"),
        (("smic", "s01", "s01_ne_01", 1), "row 3, column label: 1 is positive, but 's01_ne_01' says negative"),
        (("smic", "s01", "s01_sur_01", 0), "row 3, column label: 0 is negative, but 's01_sur_01' says surprise"),
    ],
)
def test_a_list_of_maps_that_contradicts_itself(tmp_path, changed, message):
    write_maps(tmp_path / "flowmaps", ["sub01_EP02_01f "])
    write_list(tmp_path / "flowmaps" / flowmaps.LIST, [MAPS[0], changed])
    with pytest.raises(MxeError) as error:
        open_flowmaps(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "place", "emotion"),
    [
        ("mmew", "Micro_Expression/fear/S13-07-001", "anger"),
        ("mmew", "Micro_Expression/S13/Repression/S13-07-001", "anger"),
        ("dfme", "DFME_train/happiness/sub0003_01", "anger"),
        ("casme3a", "Surprise/spNO.1_a_355", "disgust"),
        ("4dme", "positive/gray_micro/S13/S13_1st_001_01_1", "negative"),
    ],
)
def test_a_class_named_twice_is_told(tmp_path, capsys, name, place, emotion):
    folder = put(tmp_path, name, "4")
    (clip,) = DATABASES[name].importer(folder).clips()
    write_images(folder / place, [f"{n}.jpg" for n in clip.frame_numbers()])
    database = DATABASES[name].importer(folder)
    told = f"first {name}/{place}, there {emotion}: the workbook's is used"
    assert [note for note in database.notes if told in note]
    assert [clip.emotion for clip in database.clips()] == [emotion]
    all_there(tmp_path, capsys)


@pytest.mark.parametrize("place", ["anger/S13-07-001", "S13/Anger/S13-07-001", "S13/S13-07-001"])
def test_a_class_that_agrees_is_not_told(tmp_path, place):
    folder = put(tmp_path, "mmew", "4")
    write_images(folder / "Micro_Expression" / place, ["8.jpg"])
    assert open_database("mmew", tmp_path).notes == []


def test_others_are_called_repression_in_some_folders(tmp_path):
    folder = put(tmp_path, "mmew", "4")
    rewrite(folder, "mmew", EstimatedEmotion="others")
    write_images(folder / "Micro_Expression/repression/S13-07-001", ["8.jpg"])
    assert open_database("mmew", tmp_path).notes == []


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "it has a password, or is in the old .xls format): open it"),
        (b"Subject;Filename\r\n1;EP01_5", "it is plain text, such as a .csv): open it in a spreadsheet program"),
        (b"\xef\xbb\xbf <html><table>", "it is a web page or XML): open it in a spreadsheet program and save it as"),
        (b"", "the file is empty): get a whole copy of it"),
        (b"PK\3\4broken", "get a whole copy of it, or move it out"),
    ],
)
def test_a_workbook_that_cannot_be_opened_is_not_to_be_removed(tmp_path, capsys, name, content, message):
    (put(tmp_path, name, "4") / BOOKS[name][0]).write_bytes(content)
    with pytest.raises(MxeError) as error:
        open_database(name, tmp_path)
    assert BOOKS[name][0] in str(error.value)
    assert not any(word in str(error.value) for word in ("remove", "delete", "replace"))
    one_problem(tmp_path, name, capsys, message)


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("suffix", [".xls", ".ods", ".xlsb"])
def test_a_workbook_in_another_format_is_named(tmp_path, capsys, name, suffix):
    book = put(tmp_path, name, "4") / BOOKS[name][0]
    book.rename(book.with_suffix(suffix))
    one_problem(tmp_path, name, capsys, f"{book.stem}{suffix}: workbooks in the")


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize(("suffix", "separator"), [(".csv", ","), (".csv", ";"), (".txt", "\t")])
def test_a_list_in_place_of_the_workbook_is_named(tmp_path, capsys, name, suffix, separator):
    book = put(tmp_path, name, "4") / BOOKS[name][0]
    rows = openpyxl.load_workbook(book).active.iter_rows(values_only=True)
    text = "\n".join(separator.join("" if cell is None else str(cell) for cell in row) for row in rows)
    book.unlink()
    book.with_suffix(suffix).write_text("\ufeff" + text, encoding="utf-8")
    (book.parent / "readme.txt").write_text("How to cite us")
    one_problem(tmp_path, name, capsys, f"{book.stem}{suffix}: a list is not read for the workbook")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("casme3a", "Maerz2024/Part_A_ME_clip/frame/spNo.1_a_355"),
        ("casme3a", "Ismael/ME_A/spNO.1/a/color"),
        ("4dme", "Colombo/gray_micro/S13/S13_1st_001_01_1"),
        ("mmew", "MMEW micro and macro/Micro_Expression/anger/S13-07-001"),
    ],
)
def test_folders_whose_names_only_sound_like_other_pictures(tmp_path, capsys, name, place):
    folder = put(tmp_path, name, "4")
    (clip,) = DATABASES[name].importer(folder).clips()
    write_images(folder / place, [f"{n}.jpg" for n in clip.frame_numbers()])
    assert open_database(name, tmp_path).frames(clip).shape[0] == len(clip.frame_numbers())
    all_there(tmp_path, capsys)


@pytest.mark.parametrize(
    ("name", "place", "word"),
    [
        ("casme3a", "MaE/spNo.1_a_355", "mae"),
        ("casme3a", "depthmaps/ME_A/spNO.1/a/color", "depth"),
        ("4dme", "Colorado/gray_micro/S13/S13_1st_001_01_1", "color"),
        ("mmew", "Macro_Expression/anger/S13-07-001", "macro"),
        ("casme_sq", "selectedpic and rawpic/s15/15_0101disgustingteeth", "selectedpic"),
    ],
)
def test_folders_that_are_set_apart_are_named_where_nothing_else_is_there(tmp_path, capsys, name, place, word):
    folder = put(tmp_path, name, "4")
    write_images(folder / place, ["8.jpg"])
    database = open_database(name, tmp_path)
    with pytest.raises(MxeError, match=f"{name}/{place} is passed over, since '{word}' in its path") as error:
        database.frames(database.clips()[0])
    assert "\n" not in str(error.value)


def test_one_clip_among_folders_that_are_set_apart(tmp_path):
    folder = put(tmp_path, "mmew", "4")
    book = openpyxl.load_workbook(folder / BOOKS["mmew"][0])
    book.active.append([13, "S13-07-002", 8, 10, 11, "4", "Anger"])
    book.save(folder / BOOKS["mmew"][0])
    write_images(folder / "Micro_Expression/anger/S13-07-001", ["8.jpg"])
    write_images(folder / "Macro_Expression/anger/S13-07-002", ["8.jpg"])
    (note,) = open_database("mmew", tmp_path).notes
    assert "mmew/Macro_Expression/anger/S13-07-002 is passed over" in note


@pytest.mark.parametrize(
    ("name", "place", "other"),
    [
        ("mmew", "Micro_Expression/anger/S13-07-001", "Micro_Expression/fear/S14-01-001"),
        ("dfme", "DFME_train/sub0003_01", "DFME_train/sub0009/sub0009_07"),
        ("casme3a", "Part_A_ME_clip/frame/spNo.1_a_355", "Part_A_ME_clip/frame/spNo.2_b_11"),
    ],
)
def test_a_clip_folder_without_a_row_is_told(tmp_path, name, place, other):
    folder = put(tmp_path, name, "4")
    for tree in (place, other):
        write_images(folder / tree, ["8.jpg"])
    notes = open_database(name, tmp_path).notes
    assert f"{name}/{BOOKS[name][0]} does not list 1 clip folder, first {name}/{other}" in notes


def test_a_second_folder_of_a_clip_is_told(tmp_path):
    folder = put(tmp_path, "mmew", "4")
    for emotion in ("anger", "fear"):
        write_images(folder / "Micro_Expression" / emotion / "S13-07-001", ["8.jpg"])
    write_images(folder / "Cropped/anger/S13-07-001", ["8.jpg"])
    (note,) = open_database("mmew", tmp_path).notes
    assert note.startswith("mmew/Micro_Expression/fear/S13-07-001 is passed over: mmew/Micro_Expression/anger/")


def test_names_of_clips_that_no_folder_has(tmp_path):
    folder = put(tmp_path, "mmew", "4")
    write_images(folder / "Micro_Expression/anger/S13-7-1", ["8.jpg"])
    database = open_database("mmew", tmp_path)
    with pytest.raises(MxeError, match="lists S13-07-001, and no S13-7-1, which is there"):
        database.frames(database.clips()[0])


@pytest.mark.parametrize(
    ("stem", "part"),
    [
        ("testA_full_with_AU", "testA"),
        ("DFME_TEST_B_full", "testB"),
        ("DFMETestB", "testB"),
        ("test a", "testA"),
        ("DFME_latest_all", "training"),
        ("contestA", "training"),
        ("latestB_training", "training"),
        ("training_full", "training"),
    ],
)
def test_parts_of_dfme_by_name(tmp_path, stem, part):
    assert Dfme.part(tmp_path / f"{stem}.xlsx") == part


def test_a_test_part_of_dfme_that_does_not_say_which(tmp_path, capsys):
    folder = put(tmp_path, "dfme", "4")
    (folder / BOOKS["dfme"][0]).rename(folder / "DFME_test.xlsx")
    one_problem(tmp_path, "dfme", capsys, "dfme/DFME_test.xlsx: is it testA or testB? call it testA_full.xlsx or")


def test_a_part_of_dfme_in_an_old_format_is_told(tmp_path):
    folder = put(tmp_path, "dfme", "4")
    (folder / "testA_full_with_AU.xls").write_bytes(b"x")
    assert "dfme/testA_full_with_AU.xls is not read: save it as .xlsx" in open_database("dfme", tmp_path).notes


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Micro", "micro"),
        ("Micro - 1/2", "micro"),
        ("macro-expression", "macro"),
        ("MacroExpressions", "macro"),
        ("micro movement", "micro"),
        ("Microwave", None),
        ("Macron", None),
        ("Micro or macro", None),
        ("Not micro", None),
    ],
)
def test_types_of_movements(tmp_path, capsys, cell, kind):
    rewrite(put(tmp_path, "samm_long", "4"), "samm_long", Type=cell)
    if kind is None:
        one_problem(tmp_path, "samm_long", capsys, f"row 2, column Type: unknown type '{cell}'")
    else:
        assert [clip.kind for clip in open_database("samm_long", tmp_path).clips()] == [kind]


def test_two_sheets_of_codes(tmp_path, capsys):
    folder = put(tmp_path, "casme_sq", "4")
    book = openpyxl.load_workbook(folder / BOOKS["casme_sq"][0])
    draft = book.create_sheet("draft")
    draft.append([1, "disgust1_1", 5, 8, 12, "4", "negative", "micro-expression"])
    book.save(folder / BOOKS["casme_sq"][0])
    one_problem(tmp_path, "casme_sq", capsys, "both hold codes: move one of them into another workbook")


def test_a_good_workbook_beside_one_that_cannot_be_opened(tmp_path):
    write_book(tmp_path / "casme2" / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    put(tmp_path, "casme2", "4")
    (note,) = open_database("casme2", tmp_path).notes
    assert "casme2/old.xlsx is passed over (it has a fault)" in note


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([("anger", 0), ("anger", 0), ("fear", 3), ("fear", 3)], []),
        ([("anger", 0), ("anger", 0), ("fear", 0), ("fear", 3), ("fear", 3)], ["fear, EmotionId 0"]),
        ([("anger", 0), ("anger", 0), ("anger", 5)], ["anger, EmotionId 5"]),
        ([("anger", None), ("anger", 0), ("fear", "3"), ("fear", 3)], []),
    ],
)
def test_an_emotion_and_its_id(tmp_path, said, told):
    header = [*BOOKS["dfme"][1], "EmotionId"]
    rows = [["sub0003", f"sub0003_{n:02d}", 8, 10, 11, "4", word, 300, i] for n, (word, i) in enumerate(said)]
    write_book(tmp_path / "dfme" / BOOKS["dfme"][0], *rows, header=header)
    database = open_database("dfme", tmp_path)
    assert [repair.found for repair in database.repairs()] == told
    assert [clip.emotion for clip in database.clips()] == [word for word, _ in said]


@pytest.mark.parametrize(
    ("cell", "columns", "contradicts"),
    [
        ("AU4+7", (1, 1, 0), False),
        ("AU4+L7(k)", (1, 1, 0), False),  # whether a marked unit has its 1 is not established
        ("AU4+L7(k)", (1, 0, 0), False),
        ("AU4+23", (1, 0, 0), False),  # no column of 23
        ("AU4+7", (None, None, None), False),
        ("AU4+7", (1, 0, 0), True),
        ("4", (0, 1, 0), True),
        ("AU4(k)+7", (1, 1, 1), True),
    ],
)
def test_units_and_their_columns(tmp_path, cell, columns, contradicts):
    header = [*BOOKS["4dme"][1], "AU4", "AU 7", "AU12"]
    row = ["S13", "S13_1st_001_01_1", 8, 10, 11, cell, "Negative", *columns]
    write_book(tmp_path / "4dme" / BOOKS["4dme"][0], row, header=header)
    repairs = open_database("4dme", tmp_path).repairs()
    assert any("contradicts itself" in repair.reason for repair in repairs) == contradicts


@pytest.mark.parametrize(
    ("name", "place", "stem", "told"),
    [
        ("samm", "SAMM/006/006_1_2", "007_{:05d}.jpg", "006_1_2/007_00562.jpg"),
        ("samm", "SAMM/006/006_1_2", "006_{:05d}.jpg", ""),
        ("samm", "SAMM/006/006_1_2", "6_{:05d}.jpg", ""),
        ("samm", "SAMM/006/006_1_2", "img{}.jpg", ""),
        ("casme", "Cropped/sub01/EP01_5", "reg_EP01_6-{}.jpg", "EP01_5/reg_EP01_6-46.jpg"),
        ("casme", "Cropped/sub01/EP01_5", "reg_EP01_5-{:03d}.jpg", ""),
        ("samm_long", "SAMM_longvideos/006_1", "006_2_{:04d}.jpg", "006_1/006_2_0005.jpg"),
        ("samm_long", "SAMM_longvideos/006_1", "006_1_{:05d}.jpg", ""),
        ("casme2", "CASME2-RAW/sub01/EP02_01f", "img{}.jpg", ""),
        ("dfme", "DFME_train/sub0003_01", "{:05d}.png", ""),
    ],
)
def test_images_called_after_another_clip(tmp_path, capsys, name, place, stem, told):
    folder = put(tmp_path, name, "4")
    (clip,) = DATABASES[name].importer(folder).clips()
    write_images(folder / place, [stem.format(n) for n in clip.frame_numbers()])
    main(["check", str(tmp_path)])
    out = capsys.readouterr().out
    assert ("called after another clip or subject" in out) == bool(told) and told in out
    assert "every listed frame is there" in out


@pytest.mark.parametrize("folder", ["Subs1", "sub01", "person 1"])
def test_a_subject_of_smic_that_would_get_lost(tmp_path, capsys, folder):
    for subject in ("s1", "s2"):
        place = tmp_path / "smic/SMIC_all_raw/HS" / subject / f"micro/positive/{subject}_po_01"
        write_images(place, ["image000001.bmp", "image000002.bmp"])
    (tmp_path / "smic/SMIC_all_raw/HS/s1").rename(tmp_path / "smic/SMIC_all_raw/HS" / folder)
    one_problem(tmp_path, "smic", capsys, f"smic/SMIC_all_raw/HS/{folder}: like a subject's folder, and none")


def test_a_list_that_lost_a_digit_of_a_name(tmp_path):
    maps = [("smic", "s01", "s01_po_1", 1), ("casme2", "sub01", "EP2_01f", 1)]
    write_maps(tmp_path / "flowmaps", ["s01_s01_po_01 ", "sub01_EP02_01f "])
    write_list(tmp_path / "flowmaps" / flowmaps.LIST, maps)
    found = open_flowmaps(tmp_path)
    assert [clip.id for clip in found.clips()] == ["casme2/sub01/EP2_01f", "smic/s1/s1_po_1"]
    (note,) = found.notes
    assert "names 2 maps in other ways than the files, first smic/s1/s1_po_1 of 's01_s01_po_01'" in note
