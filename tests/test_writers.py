from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from tiny import TinyDatabase, named

from mxe_lib.databases import Casme2, Samm, Smic
from mxe_lib.databases.composite import OFFICIAL_SUBJECTS, SADNESS_IN_2014, subject_counts
from mxe_lib.errors import MxeError
from mxe_lib.simulation import SimulatedDatabase, writers

QUIRKY = {
    "casme2": (
        "sub04/EP12_01f",
        "sub05/EP09_05f",
        "sub05/EP16_04f",
        "sub24/EP07_01",
        "sub24/EP07_04f",
        "sub24/EP10_03",
    ),
    "samm": ("028/028_4_1", "032/032_3_1", "032/032_3_2"),
    "smic": ("s1/s1_po_01", "s3/s3_po_08", "s18/s18_sur_03"),
}
WRITE = {"casme2": writers.write_casme2, "samm": writers.write_samm, "smic": writers.write_smic}
READ = {"casme2": Casme2, "samm": Samm, "smic": Smic}


@pytest.fixture
def workbook_only(monkeypatch):
    """Whole cohorts without their frames."""
    monkeypatch.setattr(writers, "write_frames", lambda place, *_: place.mkdir(parents=True, exist_ok=True))


def quirky(name):
    return named(name, *QUIRKY[name])


@pytest.mark.parametrize("cropped", [False, True], ids=["raw", "cropped"])
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("year", [2014, 2019])
def test_casme2_comes_back_unchanged(tmp_path, year, nested, cropped):
    database = TinyDatabase("casme2", quirky("casme2"))
    writers.write_casme2(tmp_path / "casme2", database, year=year, nested=nested, cropped=cropped)
    read = Casme2(tmp_path / "casme2")
    emotion = "surprise" if year == 2019 else "sadness"
    expected = [replace(c, emotion=emotion) if c.id in SADNESS_IN_2014 else c for c in database.clips()]
    assert read.clips() == expected
    assert read.origin == "simulated"
    for clip in database.clips():
        written, back = database.frames(clip), read.frames(clip)
        assert back.shape == written.shape and back.dtype == np.uint8
        assert np.abs(back.astype(int) - written).max() <= 12
    assert [(r.clip, r.found, r.used) for r in read.repairs()] == [("casme2/sub04/EP12_01f", "/", "none")]


@pytest.mark.parametrize("cropped", [False, True], ids=["raw", "cropped"])
@pytest.mark.parametrize("extension", ["jpg", "png"])
def test_samm_comes_back_unchanged(tmp_path, extension, cropped):
    database = TinyDatabase("samm", quirky("samm"))
    writers.write_samm(tmp_path / "samm", database, cropped=cropped, extension=extension)
    read = Samm(tmp_path / "samm")
    assert read.clips() == database.clips()
    for clip in database.clips():
        difference = np.abs(read.frames(clip).astype(int) - database.frames(clip)).max()
        assert difference <= (0 if extension == "png" else 6)
    assert {(r.clip, r.found, r.used) for r in read.repairs()} == {
        ("samm/028/028_4_1", "1143", "1134"),
        ("samm/032/032_3_1", "1930", "4930"),
    }


def test_smic_comes_back_bit_for_bit(tmp_path):
    database = TinyDatabase("smic", quirky("smic"))
    writers.write_smic(tmp_path / "smic", database)
    read = Smic(tmp_path / "smic")
    assert read.clips() == database.clips() and read.repairs() == []
    for clip in database.clips():
        np.testing.assert_array_equal(read.frames(clip), database.frames(clip))


def test_smic_cropped_lacks_what_the_original_lacks(tmp_path):
    database = TinyDatabase("smic", quirky("smic"))
    writers.write_smic(tmp_path / "smic", database, cropped=True)
    read = Smic(tmp_path / "smic")
    assert read.clips() == [clip for clip in database.clips() if clip.name != "s18_sur_03"]
    found = [(repair.clip, repair.used) for repair in read.repairs()]
    clip = next(clip for clip in read.clips() if clip.name == "s3_po_08")
    middle = clip.frame_numbers()[len(clip.frame_numbers()) // 2]
    assert found == [("smic/s18/s18_sur_03", "left out"), *[("smic/s3/s3_po_08", str(middle - 1))] * 2]
    frames, numbers = read.frames(clip), clip.frame_numbers()
    stand_in = [middle - 1 if number in (middle, middle + 1) else number for number in numbers]
    np.testing.assert_array_equal(frames, database.frames(clip, stand_in))


@pytest.mark.parametrize("year", [2014, 2019])
def test_the_whole_casme2_cohort(tmp_path, workbook_only, year):
    database = TinyDatabase("casme2")
    writers.write_casme2(tmp_path / "casme2", database, year=year)
    clips = Casme2(tmp_path / "casme2").clips()
    strip = [replace(clip, emotion="") for clip in clips]
    assert strip == [replace(clip, emotion="") for clip in database.clips()] and len(clips) == 255
    assert subject_counts(clips) == {k: v for k, v in OFFICIAL_SUBJECTS.items() if k.startswith("casme2")}


def test_the_whole_samm_cohort(tmp_path, workbook_only):
    database = TinyDatabase("samm")
    writers.write_samm(tmp_path / "samm", database)
    read = Samm(tmp_path / "samm")
    assert read.clips() == database.clips() and len(read.clips()) == 159 and len(read.repairs()) == 2
    assert subject_counts(read.clips()) == {k: v for k, v in OFFICIAL_SUBJECTS.items() if k.startswith("samm")}


def test_the_whole_smic_cohort(tmp_path):
    database = TinyDatabase("smic")
    writers.write_smic(tmp_path / "smic", database)
    assert Smic(tmp_path / "smic").clips() == database.clips() and len(database.clips()) == 164


def test_the_workbooks_have_the_originals_oddities(tmp_path, workbook_only):
    path = writers.write_casme2(tmp_path / "casme2", TinyDatabase("casme2"), year=2019)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Sheet1", "Sheet2", "Sheet3"]
    rows = list(book["Sheet1"].iter_rows(values_only=True))
    assert rows[0][:2] == ("Subject", "Filename") and rows[0][2] is rows[0][6] is None
    assert rows[0][9] == "Objective Classes" and len(rows) == 256
    assert {type(row[0]) for row in rows[1:]} == {str}  # '01'
    assert {type(row[7]) for row in rows[1:]} == {int, str}  # action units
    assert [row[4] for row in rows[1:] if not isinstance(row[4], int)] == ["/"]
    path = writers.write_samm(tmp_path / "samm", TinyDatabase("samm"))
    sheet = openpyxl.load_workbook(path)["MICRO_ONLY"]
    assert sheet["A14"].value == "Subject" and sheet["G14"].value == "Duration" and sheet.max_column == 12
    assert sheet["G15"].value == "=SUM(F15-D15)+1"
    assert openpyxl.load_workbook(path, data_only=True)["MICRO_ONLY"]["G15"].value is None
    assert {row[9] for row in sheet.iter_rows(15, values_only=True)} >= {"Anger", "Other"}


@pytest.mark.parametrize("name", WRITE)
def test_a_second_write_is_refused_and_a_failed_one_leaves_nothing(tmp_path, name):
    database = TinyDatabase(name, quirky(name)[:1])
    WRITE[name](tmp_path / name, database)
    with pytest.raises(MxeError, match="is there already"):
        WRITE[name](tmp_path / name, database)
    WRITE[name](tmp_path / name, database, cropped=True)  # beside the raw package
    assert READ[name](tmp_path / name).clips() == READ[name](tmp_path / name, cropped=True).clips()

    def broken(clip, numbers):
        raise RuntimeError("no frame")

    database.frames = broken
    with pytest.raises(RuntimeError):
        WRITE[name](tmp_path / "failed", database)
    assert list((tmp_path / "failed").iterdir()) == []


def test_simulated_clips_are_not_written_among_real_files(tmp_path):
    (tmp_path / "real.xlsx").write_text("real")
    with pytest.raises(MxeError, match="holds other files"):
        writers.write_casme2(tmp_path, TinyDatabase("casme2", quirky("casme2")[:1]))
    assert [path.name for path in tmp_path.iterdir()] == ["real.xlsx"]


def test_an_unknown_coding_year_is_refused(tmp_path):
    with pytest.raises(MxeError, match="year 2016: the codings are of 2014 and 2019"):
        writers.write_casme2(tmp_path / "casme2", TinyDatabase("casme2", []), year=2016)


@pytest.mark.parametrize("name", WRITE)
def test_a_rendered_clip_comes_back(tmp_path, name):
    database = SimulatedDatabase(name)
    clip = min(database.clips(), key=lambda clip: clip.length)
    WRITE[name](tmp_path / name, database, [clip])
    read = READ[name](tmp_path / name)
    assert read.clips() == [clip]
    numbers = [clip.onset, clip.offset]
    difference = np.abs(read.frames(clip, numbers).astype(int) - database.frames(clip, numbers))
    assert difference.mean() <= (0 if name == "smic" else 1.5)
