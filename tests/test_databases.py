"""Importers on layouts as users have them, and on what goes wrong."""

import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from on_disk import GOOD, HEADER, MAPS, write_book, write_images, write_list, write_maps
from PIL import Image
from tiny import TinyDatabase, named

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.compute import parallel
from mxe_lib.databases import Casme2, FlowMaps, Samm, Smic
from mxe_lib.databases.composite import (
    OFFICIAL_COUNTS,
    OFFICIAL_SUBJECTS,
    class_counts,
    composite,
    composite_class,
    subject_counts,
)
from mxe_lib.databases.frames import frame_files
from mxe_lib.databases.images import MARKER
from mxe_lib.databases.sources import open_database, open_flowmaps
from mxe_lib.databases.subset import subset
from mxe_lib.errors import MxeError
from mxe_lib.simulation import writers
from mxe_lib.spotting import appearance
from mxe_lib.vision import flow

REAL = Path(os.environ.get("MXE_DATA") or "nowhere")
needs_real_maps = pytest.mark.skipif(not (REAL / "flowmaps").is_dir(), reason="MXE_DATA names no folder with flowmaps/")


@pytest.fixture
def casme2(tmp_path):
    """A written CASME II folder with one clip."""
    database = TinyDatabase("casme2", named("casme2", "sub05/EP09_05f"))
    writers.write_casme2(tmp_path / "casme2", database)
    return tmp_path / "casme2"


# ---- CASME II


@pytest.mark.parametrize("row", [GOOD, [1, *GOOD[1:]], [1.0, "EP02_01f ", 46.0, "59", 86, 12, " Happiness"]])
def test_cells_are_read_whatever_type_a_spreadsheet_gave_them(tmp_path, row):
    write_book(tmp_path / "casme2/my copy.xlsx", row, [None] * 7)
    (clip,) = Casme2(tmp_path / "casme2").clips()
    assert clip == Clip("casme2", "sub01", "EP02_01f", 200, 46, 59, 86, "happiness", ("12",), "real")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["01", "EP01_1", 46, 59, 40, "", "fear"], "row 3, column OnsetFrame: onset 46 lies after offset 40"),
        (["01", "EP01_1", 46, 40, 86, "", "fear"], "row 3, column ApexFrame: onset 46 lies after apex 40"),
        (["01", "EP01_1", 46, 90, 86, "", "fear"], "row 3, column ApexFrame: apex 90 lies after offset 86"),
        (["01", "EP01_1", 46, "/", 86, "", "fear"], "row 3, column ApexFrame: '/' is not a frame number"),
        (["01", "EP01_1", 46, 59.5, 86, "", "fear"], "row 3, column ApexFrame: '59.5' is not a frame number"),
        (["01", "EP01_1", -46, 59, 86, "", "fear"], "row 3, column OnsetFrame: '-46' is not a frame number"),
        (["01", "EP01_1", 46, 59, None, "", "fear"], "row 3, column OffsetFrame: the cell is empty"),
        (["01", None, 46, 59, 86, "", "fear"], "row 3, column Filename: the cell is empty"),
        ([None, "EP01_1", 46, 59, 86, "", "fear"], "row 3, column Subject: the cell is empty"),
        (["xx", "EP01_1", 46, 59, 86, "", "fear"], "row 3, column Subject: 'xx' is not a subject number"),
        (["01", "EP01_1", 46, 59, 86, "", "joy"], "row 3, column Estimated Emotion: unknown emotion 'joy'"),
        (GOOD, "row 3, column Filename: casme2/sub01/EP02_01f stands on row 2 already"),
    ],
)
def test_a_faulty_row_is_named_by_file_row_and_column(tmp_path, row, message):
    write_book(tmp_path / "casme2/coding.xlsx", GOOD, row)
    with pytest.raises(MxeError, match=r"^casme2/coding\.xlsx, ") as error:
        Casme2(tmp_path / "casme2")
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("apex", ["/", 300, None])
def test_the_clip_without_apex_stays_without_one_even_if_a_copy_patched_it(tmp_path, apex):
    write_book(tmp_path / "casme2/coding.xlsx", ["04", "EP12_01f", 272, apex, 322, "4", "disgust"])
    database = Casme2(tmp_path / "casme2")
    assert database.clips()[0].apex is None
    assert [repair.found for repair in database.repairs()] == [str(apex) if apex else "(empty)"]


def test_apex_at_onset_is_legal(tmp_path):
    write_book(tmp_path / "casme2/coding.xlsx", ["05", "EP09_05f", 69, 69, 100, "4", "disgust"])
    assert Casme2(tmp_path / "casme2").clips()[0].apex == 69


@pytest.mark.parametrize("column", HEADER)
def test_a_missing_column_is_named(tmp_path, column):
    keep = [i for i, name in enumerate(HEADER) if name != column]
    write_book(tmp_path / "casme2/c.xlsx", [GOOD[i] for i in keep], header=[HEADER[i] for i in keep])
    with pytest.raises(MxeError, match=f"casme2/c.xlsx, row 1: column {column} is missing"):
        Casme2(tmp_path / "casme2")


def test_other_workbooks_are_passed_over_and_the_newer_coding_wins(tmp_path):
    folder = tmp_path / "casme2"
    write_book(folder / "CASME2-coding-20140508.xlsx", GOOD)
    write_book(folder / "inner/CASME2-coding-20190701.xlsx", [*GOOD[:6], "surprise"])
    write_book(folder / "CASME2-ObjectiveClasses.xlsx", ["01", "x", 1], header=["Subject", "Filename", "Class"])
    (folder / "~$CASME2-coding-20190701.xlsx").write_bytes(b"lock file of a spreadsheet program")
    database = Casme2(folder)
    assert database.clips()[0].emotion == "surprise" and database.workbook.name == "CASME2-coding-20190701.xlsx"


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_an_unreadable_workbook_is_named(tmp_path, content):
    path = write_book(tmp_path / "casme2/coding.xlsx", GOOD)
    path.write_bytes(content if content != b"PK\x03\x04 cut off" else path.read_bytes()[:2000])
    with pytest.raises(MxeError, match=r"casme2/coding\.xlsx: cannot be opened as a workbook"):
        Casme2(tmp_path / "casme2")


@pytest.mark.parametrize("importer", [Casme2, Samm, Smic, FlowMaps])
def test_an_empty_folder_says_what_belongs_there(tmp_path, importer):
    with pytest.raises(MxeError, match=f"^{tmp_path.name}/ holds no .*: (put|unpack) "):
        importer(tmp_path)


def test_the_ending_of_a_workbook(tmp_path):
    write_book(tmp_path / "casme2/CODING.xlsx", GOOD).rename(tmp_path / "casme2/CODING.XLSX")
    assert len(Casme2(tmp_path / "casme2").clips()) == 1
    (tmp_path / "old").mkdir()
    (tmp_path / "old/coding.xls").write_bytes(b"old format")
    with pytest.raises(MxeError, match=r"old/coding\.xls: workbooks in the old \.xls format are not read"):
        Casme2(tmp_path / "old")


def test_a_workbook_without_rows_is_refused(tmp_path):
    write_book(tmp_path / "casme2/coding.xlsx")
    with pytest.raises(MxeError, match="no annotated clip"):
        Casme2(tmp_path / "casme2")


@pytest.mark.parametrize(
    ("tree", "prefix"),
    [
        ("", "img"),
        ("CASME2-RAW", "img"),
        ("CASME2_RAW_selected/CASME2_RAW_selected", "img"),
        ("CASME2_preprocessed_Li Xiaobai/Cropped", "reg_img"),
    ],
)
def test_image_trees_at_all_usual_nestings(tmp_path, tree, prefix):
    write_book(tmp_path / "casme2/coding.xlsx", ["01", "EP02_01f", 8, 10, 11, 12, "happiness"])
    place = tmp_path / "casme2" / tree / "sub01/EP02_01f"
    write_images(place, [f"{prefix}{n}.jpg" for n in (8, 9, 10, 11)])
    (place / f"._{prefix}8.jpg").write_bytes(b"written by macOS")
    database = Casme2(tmp_path / "casme2")
    clip = database.clips()[0]
    assert [path.name for path in database.files(clip)] == [f"{prefix}{n}.jpg" for n in (8, 9, 10, 11)]
    assert database.frames(clip).shape == (4, 6, 8, 3)
    assert database.frames(clip, [11, 8]).shape == (2, 6, 8, 3)
    (place / f"{prefix}10.jpg").unlink()
    with pytest.raises(MxeError, match=rf"^casme2/.*sub01/EP02_01f/{prefix}10.jpg is missing"):
        database.frames(clip)
    assert database.frames(clip, [8, 9]).shape == (2, 6, 8, 3)


def test_raw_images_go_before_cropped_ones_unless_asked(tmp_path):
    write_book(tmp_path / "casme2/coding.xlsx", ["01", "EP02_01f", 8, 8, 9, 12, "happiness"])
    for tree, prefix in (("Cropped", "reg_img"), ("CASME2-RAW", "img"), ("CASME2_RAW_selected", "img")):
        write_images(tmp_path / "casme2" / tree / "sub01/EP02_01f", [f"{prefix}8.jpg", f"{prefix}9.jpg"])
    assert Casme2(tmp_path / "casme2").tree.name == "CASME2_RAW_selected"
    assert Casme2(tmp_path / "casme2", cropped=True).tree.name == "Cropped"


def test_no_images_at_all_is_said_when_frames_are_asked_for(tmp_path):
    write_book(tmp_path / "casme2/coding.xlsx", GOOD)
    database = Casme2(tmp_path / "casme2")
    with pytest.raises(MxeError, match="casme2/ holds no image folder"):
        database.frames(database.clips()[0])


def test_images_sort_by_number(tmp_path):
    write_images(tmp_path / "clip", [f"img{n}.jpg" for n in (10, 9, 100)])
    (tmp_path / "clip/Thumbs.db").write_bytes(b"x")
    assert list(frame_files(tmp_path / "clip", tmp_path)) == [9, 10, 100]
    write_images(tmp_path / "other", ["img9.jpg", "reg_img09.jpg"])
    with pytest.raises(MxeError, match=r"other: .* cannot be told \(img9\.jpg and reg_img09\.jpg are named"):
        frame_files(tmp_path / "other", tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.6, 0.95])
def test_a_truncated_jpeg_is_named(casme2, share):
    database = Casme2(casme2)
    clip = database.clips()[0]
    path = database.files(clip)[3]
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 50, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(MxeError, match=rf"^casme2/.*/{path.name} is unreadable \(.*\): unpack"):
        database.frames(clip, clip.frame_numbers()[3:5])
    assert len(database.frames(clip, clip.frame_numbers()[:3])) == 3


def test_frames_of_two_sizes_are_refused(casme2):
    database = Casme2(casme2)
    clip = database.clips()[0]
    Image.new("RGB", (5, 5)).save(database.files(clip)[1])
    with pytest.raises(MxeError, match=rf"{database.files(clip)[1].name} is 5 x 5 pixels in colour, the clip's first"):
        database.frames(clip)


def test_the_fingerprint_is_the_files_bytes(casme2, tmp_path):
    database = Casme2(casme2)
    clip = database.clips()[0]
    numbers = clip.frame_numbers()
    before = database.fingerprint(clip, numbers)
    shutil.copytree(casme2, tmp_path / "moved/casme2")
    assert Casme2(tmp_path / "moved/casme2").fingerprint(clip, numbers) == before
    assert database.fingerprint(clip, numbers[:-1]) != before
    path = database.files(clip)[0]
    path.write_bytes(path.read_bytes() + b"\0")
    assert database.fingerprint(clip, numbers) != before
    path.unlink()
    with pytest.raises(MxeError, match=f"{path.name} is missing"):
        database.fingerprint(clip, numbers)


@pytest.mark.filterwarnings("ignore:left out")
def test_what_a_job_carries_does_not_grow_with_the_clips(casme2, monkeypatch):
    """A job that carried the list of all clips would make their number's square of work."""
    database, jobs = Casme2(casme2), []
    clip = database.clips()[0]
    monkeypatch.setattr(parallel, "run", lambda function, asked, *_: jobs.extend(asked) or [(0, "not now")])
    for more in (0, 500):
        listed = [replace(clip, name=f"{clip.name}{number}") for number in range(more)]
        monkeypatch.setattr(database, "_clips", [clip, *listed])
        flow.flows(database, [clip], [[clip.offset]], size=75)
        appearance.appearances(database, [clip], [clip.frame_numbers()])
    sizes = [len(pickle.dumps(job)) for job in jobs]
    assert len(sizes) == 4
    assert sizes[:2] == sizes[2:]
    assert len(database.clips()) == 501
    reader = pickle.loads(pickle.dumps(jobs[0][0]))
    assert (reader.frames(clip) == database.frames(clip)).all()


# ---- SAMM

SAMM_HEADER = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration"]
SAMM_HEADER += ["Micro", "Action Units", "Estimated Emotion", "Objective Classes", "Notes"]


def samm_book(path, *rows, header_row=14):
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.active.title = "MICRO_ONLY"
    book.active["A1"] = "notes on Subject and Filename"
    for i, row in enumerate((SAMM_HEADER, *rows), start=header_row):
        for j, value in enumerate(row, start=1):
            book.active.cell(i, j, value)
    book.save(path)


def samm_row(subject, name, onset, apex, offset, units="7C", emotion="Anger"):
    return [subject, name, 1, onset, apex, offset, "=SUM(F15-D15)+1", "Micro - 1/2", units, emotion, 3, None]


@pytest.mark.parametrize("header_row", [13, 14, 15])
@pytest.mark.parametrize("subject", ["006", 6])
def test_the_samm_header_is_found_by_its_names(tmp_path, header_row, subject):
    samm_book(tmp_path / "samm/any.xlsx", samm_row(subject, "006_1_2", 562, 570, 588, "12+15 "), header_row=header_row)
    (clip,) = Samm(tmp_path / "samm").clips()
    assert clip == Clip("samm", "006", "006_1_2", 200, 562, 570, 588, "anger", ("12", "15"), "real")


def test_a_samm_fault_names_the_excel_row(tmp_path):
    samm_book(tmp_path / "samm/any.xlsx", samm_row("006", "006_1_2", 562, 1570, 588))
    with pytest.raises(MxeError, match=r"samm/any\.xlsx, row 15, column Apex Frame: apex 1570 lies after offset 588"):
        Samm(tmp_path / "samm")


def test_only_the_known_samm_typos_are_repaired(tmp_path):
    rows = [samm_row("028", "028_4_1", 1052, 1143, 1134), samm_row("032", "032_3_1", 4896, 1930, 4969)]
    samm_book(tmp_path / "a/x.xlsx", *rows, samm_row("032", "032_3_2", 5126, 5127, 5207))
    database = Samm(tmp_path / "a")
    assert [clip.apex for clip in database.clips()] == [1134, 4930, 5127] and len(database.repairs()) == 2
    samm_book(tmp_path / "b/x.xlsx", samm_row("028", "028_4_1", 1052, 1105, 1134))  # as one public copy has it
    assert Samm(tmp_path / "b").clips()[0].apex == 1105 and Samm(tmp_path / "b").repairs() == []
    samm_book(tmp_path / "c/x.xlsx", samm_row("032", "032_3_1", 4896, 1931, 4969))
    with pytest.raises(MxeError, match="onset 4896 lies after apex 1931"):
        Samm(tmp_path / "c")


@pytest.mark.parametrize(("tree", "extension"), [("SAMM", "jpg"), ("SAMM_CROP", "png"), ("SAMM/SAMM", "JPG")])
def test_samm_frames_go_by_absolute_number(tmp_path, tree, extension):
    samm_book(tmp_path / "samm/any.xlsx", samm_row("006", "006_1_2", 99, 100, 101))
    place = tmp_path / "samm" / tree / "006/006_1_2"
    write_images(place, [f"006_{n:05d}.{extension}" for n in (98, 99, 100, 101, 102)], mode="L")
    (tmp_path / "samm/SAMM_longvideos/006_1").mkdir(parents=True)
    database = Samm(tmp_path / "samm")
    frames = database.frames(database.clips()[0])
    assert frames.shape == (3, 6, 8) and abs(int(frames[0, 0, 0]) - 1) <= 1
    (place / f"006_00100.{extension}").unlink()
    with pytest.raises(MxeError, match=rf"^samm/{tree}/006/006_1_2/006_00100.jpg is missing"):
        database.frames(database.clips()[0])


# ---- SMIC


@pytest.mark.parametrize("tree", ["SMIC_all_raw/HS", "SMIC_all_cropped/HS", "HS", "", "SMIC/SMIC_all_raw/HS"])
@pytest.mark.parametrize("first", [90823, 190823, 12345678])
def test_smic_trees_and_timestamps(tmp_path, tree, first):
    prefix = "reg_image" if "cropped" in tree else "image"
    names = [f"{prefix}{n:06d}.bmp" for n in range(first, first + 4)]
    for sibling in ("HS", "VIS", "NIR") if tree.endswith("HS") else ("",):
        root = (tmp_path / "smic" / tree).parent / sibling if sibling else tmp_path / "smic" / tree
        write_images(root / "s1/micro/positive/s1_po_01", names)
        write_images(root / "s1/non_micro/s1_nonmicro_01", names)
    database = Smic(tmp_path / "smic")
    assert database.clips() == [Clip("smic", "s1", "s1_po_01", 100, first, None, first + 3, "positive")]
    assert database.frames(database.clips()[0])[:, 0, 0, 0].tolist() == [0, 1, 2, 3]


def test_smic_padded_subjects_lose_their_zero(tmp_path):
    write_images(tmp_path / "HS/s01/micro/negative/s01_ne_01", ["image7.bmp", "image8.bmp"])
    database = Smic(tmp_path)
    assert database.clips()[0].id == "smic/s1/s1_ne_01" and database.frames(database.clips()[0]).shape[0] == 2


def test_smic_gaps_short_ones_are_filled_long_ones_are_missing_frames(tmp_path):
    write_images(tmp_path / "HS/s3/micro/positive/s3_po_08", [f"image{n:06d}.bmp" for n in (1, 2, 5, 6)])
    write_images(tmp_path / "HS/s3/micro/positive/s3_po_09", [f"image{n:06d}.bmp" for n in (1, 2, 6)])
    database = Smic(tmp_path)
    short, long = database.clips()
    assert database.frames(short)[:, 0, 0, 0].tolist() == [0, 1, 1, 1, 2, 3]
    assert [(r.clip, r.found, r.used) for r in database.repairs()] == [
        ("smic/s3/s3_po_08", "3 missing", "2"),
        ("smic/s3/s3_po_08", "4 missing", "2"),
    ]
    with pytest.raises(MxeError, match=r"s3_po_09/image000003.bmp is missing"):
        database.frames(long)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("s2/micro/positive/s2_po_01", "the folder holds no image"),
        ("s2/micro/positive/s2_ne_01", "the name contradicts its folders"),
        ("s2/micro/positive/s3_po_01", "the name contradicts its folders"),
        ("s2/micro/happy/s2_po_01", "not a clip folder"),
        ("s2/micro/positive/clip", "not a clip folder"),
    ],
)
def test_smic_misnamed_and_empty_folders_stop_the_import(tmp_path, place, message):
    (tmp_path / "HS" / place).mkdir(parents=True)
    with pytest.raises(MxeError, match=f"{place}: {message}"):
        Smic(tmp_path)


@pytest.mark.parametrize("name", ["s_2", "x", "subject2"])
def test_smic_a_subject_of_another_name_stops_the_import(tmp_path, name):
    """Passed over, its clips would be missing without a word."""
    write_images(tmp_path / "HS/s1/micro/negative/s1_ne_01", ["image7.bmp", "image8.bmp"])
    write_images(tmp_path / "HS" / name / "micro/negative/s2_ne_01", ["image7.bmp", "image8.bmp"])
    with pytest.raises(MxeError, match=f"HS/{name}: like a subject's folder, and none: call it s1, s2, "):
        Smic(tmp_path)


# ---- flow maps


@pytest.fixture
def maps(tmp_path):
    """A list of four clips with three maps."""
    folder = tmp_path / "flowmaps"
    write_list(folder / "list.csv")
    write_maps(folder, [f"{subject}_{name} " for _, subject, name, _ in MAPS[:3]])
    return folder


def test_flow_maps_carry_the_importers_ids_and_channel_order(maps, capsys):
    database = open_flowmaps(maps.parent)
    assert capsys.readouterr().out == (
        f"flowmaps: real (3 maps in {maps.parent.name}/flowmaps/; 1 listed without a map are left out)\n"
    )
    assert [clip.id for clip in database.clips()] == ["casme2/sub01/EP02_01f", "samm/006/006_1_2", "smic/s1/s1_ne_01"]
    assert [clip.emotion for clip in database.clips()] == ["positive", "negative", "negative"]
    assert database.missing == ["smic/s20/s20_sur_01"] and len(database.repairs()) == 1
    found = database.maps()
    assert found.shape == (3, 3, 28, 28) and found.dtype == np.float32
    np.testing.assert_allclose(found[:, :, 5, 5] * 255, [[10, 20, 30], [11, 20, 30], [12, 20, 30]], atol=1e-4)
    last = database.clips()[2:]
    np.testing.assert_array_equal(database.maps(last), found[2:])
    with pytest.raises(MxeError, match="holds flow, no frames"):
        database.frames(last[0])


def test_a_broken_map_is_named(maps):
    database = FlowMaps(maps)
    path = maps / "STSNet_whole_norm_u_v_os/sub01_EP02_01f .png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(MxeError, match=r"^flowmaps/STSNet_whole_norm_u_v_os/sub01_EP02_01f .png is unreadable"):
        database.maps()
    Image.new("RGB", (30, 28)).save(path)
    with pytest.raises(MxeError, match=r"sub01_EP02_01f .png has shape \(28, 30, 3\)"):
        database.maps()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("casme2,sub01,EP02_01f,1", "casme3,sub01,EP02_01f,1", "row 2, column dataset: 'casme3'"),
        ("sub01,EP02_01f,1", "sub01,EP02_01f,7", "row 2, column label: '7'"),
        ("sub01,EP02_01f,1", ",EP02_01f,1", "row 2, column sub: empty cell"),
        ("s20,s20_sur_01,2", "s01,s01_ne_01,0", "row 5, column filename_o: smic/s1/s1_ne_01 is on row 4 already"),
        (",label,", ",klass,", "row 1: column label is missing"),
    ],
)
def test_a_faulty_list_is_named_by_row_and_column(maps, old, new, message):
    text = (maps / "list.csv").read_text()
    assert old in text
    (maps / "list.csv").write_text(text.replace(old, new))
    with pytest.raises(MxeError, match=r"^flowmaps/list\.csv, ") as error:
        FlowMaps(maps)
    assert message in str(error.value)


@needs_real_maps
def test_the_real_list_agrees_with_the_official_composite():
    database = FlowMaps(REAL / "flowmaps")
    clips = database.clips()
    assert database.missing == []
    for name, official in OFFICIAL_COUNTS.items():
        mine = [clip for clip in clips if clip.database == name]
        if mine:
            assert class_counts(mine) == official
            expected = {k: v for k, v in OFFICIAL_SUBJECTS.items() if k.startswith(name)}
            assert subject_counts(mine) == expected
    found = database.maps()
    assert found.shape == (len(clips), 3, 28, 28)
    # Min-max scaling: each channel of each map reaches (nearly) both ends.
    assert np.median(found.min((2, 3))) < 0.02 and np.median(found.max((2, 3))) > 0.98


# ---- sources


def test_open_database_says_what_it_opens(casme2, capsys):
    database = open_database("casme2", casme2.parent)
    assert capsys.readouterr().out == f"casme2: simulated (1 clips in {casme2.parent.name}/casme2/)\n"
    (casme2 / MARKER).unlink()
    assert open_database("casme2", casme2.parent).origin == "real" and database.origin == "simulated"
    assert open_flowmaps(None) is None
    with pytest.raises(MxeError, match="unknown database 'casme3': choose one of casme2, samm, smic"):
        open_database("casme3", None)


def test_that_an_absent_database_is_simulated_is_printed(tmp_path, capsys):
    assert open_database("samm", tmp_path).origin == "simulated"
    assert open_database("samm", None).origin == "simulated"
    assert capsys.readouterr().out == (
        f"samm: simulated (no folder samm/ in {tmp_path.name}/)\nsamm: simulated (MXE_DATA is not set)\n"
    )


@pytest.mark.parametrize(("n", "subjects"), [(24, 6), (60, 12), (96, 12), (None, 5), (10, None), (None, None)])
@pytest.mark.parametrize("names", [("casme2",), tuple(OFFICIAL_COUNTS)])
def test_subset(names, n, subjects):
    clips = composite(clip for name in names for clip in TinyDatabase(name).clips())
    chosen = subset(clips, n, subjects)
    assert chosen == subset(list(clips), n, subjects) and chosen == [clip for clip in clips if clip in chosen]
    assert len({clip.subject_id for clip in chosen}) <= (subjects or 99)
    people = {clip.subject_id for clip in chosen}
    assert len(chosen) == n if n else chosen == [clip for clip in clips if clip.subject_id in people]
    assert n or len(people) == (subjects or len({clip.subject_id for clip in clips}))
    for emotion_class in CLASSES:
        people = {clip.subject_id for clip in subset(clips, n, subjects) if composite_class(clip) == emotion_class}
        assert len(people) >= 2, emotion_class
    assert n is None or subset(clips, n, subjects, seed=1) != chosen


def test_deep_images_of_a_clip_keep_their_brightness_among_themselves(tmp_path):
    """One factor for the clip, whichever of its frames are asked for; and the fingerprint knows it."""
    samm_book(tmp_path / "samm/x.xlsx", samm_row("006", "006_1_2", 5, 6, 7))
    folder = tmp_path / "samm/SAMM/006/006_1_2"
    folder.mkdir(parents=True)
    grey = np.arange(256, dtype=np.uint16).reshape(16, 16)
    for number, factor in ((5, 4), (6, 8), (7, 16)):
        Image.fromarray(grey * factor).save(folder / f"006_{number:05d}.png")
    database = Samm(tmp_path / "samm")
    clip = database.clips()[0]
    np.testing.assert_array_equal(database.frames(clip), np.stack([grey // 4, grey // 2, grey]))
    np.testing.assert_array_equal(database.frames(clip, [5]), [grey // 4])
    before = database.fingerprint(clip, [5])
    Image.fromarray(grey * 64).save(folder / "006_00007.png")
    again = Samm(tmp_path / "samm")
    assert again.fingerprint(clip, [5]) != before, "frame 5 is the same file, and looks darker now"
