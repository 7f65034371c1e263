"""Which workbook, list and image tree is read where several fit, and that what is passed over is told."""

import shutil

import openpyxl
import pytest
from on_disk import GOOD, HEADER, MAPS, write_book, write_images, write_list, write_maps

from mxe_lib.databases import Casme2, FlowMaps, Samm, Smic
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError

OTHER = [*GOOD[:6], "surprise"]
SAMM_HEADER = ["Subject", "Filename", "Onset Frame", "Apex Frame", "Offset Frame", "Action Units", "Estimated Emotion"]


def emotions(folder):
    return [clip.emotion for clip in Casme2(folder).clips()]


# ---- workbooks


@pytest.mark.parametrize(
    ("official", "stranger"),
    [
        ("CASME2-coding-20140508.xlsx", "CASME2-coding-20140508 (copy).xlsx"),
        ("CASME2-coding-20140508.xlsx", "zz predictions.xlsx"),
        ("CASME2-coding-20140508.xlsx", "inner/CASME2-coding-updated.xlsx"),
        ("inner/casme2-CODING-20190701.XLSX", "CASME2-coding-20191301 final.xlsx"),
    ],
)
def test_the_official_name_wins_and_a_copy_that_differs_is_told(tmp_path, capsys, official, stranger):
    folder = tmp_path / "casme2"
    write_book(folder / official, GOOD)
    write_book(folder / stranger, OTHER, ["02", *GOOD[1:]])
    database = open_database("casme2", tmp_path)
    assert [clip.emotion for clip in database.clips()] == ["happiness"]
    told = (
        f"casme2/{stranger} is passed over (2 clips differ, first casme2/sub01/EP02_01f): "
        f"casme2/{official} has the official name"
    )
    assert database.notes == [told] and f"casme2: {told}\n" in capsys.readouterr().out


def test_of_two_official_ones_the_newest_is_read_and_the_other_told(tmp_path):
    folder = tmp_path / "casme2"
    write_book(folder / "new/CASME2-coding-20140508.xlsx", GOOD)
    write_book(folder / "CASME2-coding-20190701.xlsx", OTHER)
    assert emotions(folder) == ["surprise"]
    (note,) = Casme2(folder).notes
    assert note == (
        "casme2/new/CASME2-coding-20140508.xlsx is passed over (1 clip differs, first casme2/sub01/EP02_01f): "
        "casme2/CASME2-coding-20190701.xlsx is newer"
    )


@pytest.mark.parametrize("name", ["CASME2-coding-20140508 (copy).xlsx", "x/CASME2-coding-20140508.xlsx", "b.xlsx"])
def test_copies_that_say_the_same_are_no_matter(tmp_path, name):
    write_book(tmp_path / "casme2/CASME2-coding-20140508.xlsx", GOOD)
    write_book(tmp_path / "casme2" / name, [1, "EP02_01f ", 46.0, "59", 86, 12, "Happiness"])
    assert emotions(tmp_path / "casme2") == ["happiness"] and Casme2(tmp_path / "casme2").notes == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024.xlsx", "2025.xlsx"),
        ("a/CASME2-coding-20140508.xlsx", "b/CASME2-coding-20140508.xlsx"),
        ("CASME2-coding-20140508 (1).xlsx", "CASME2-coding-20190701 (1).xlsx"),
    ],
)
def test_two_that_differ_and_no_name_to_settle_it_are_refused(tmp_path, first, second):
    write_book(tmp_path / "casme2" / first, GOOD)
    write_book(tmp_path / "casme2" / second, [*GOOD[:3], 60, *GOOD[4:]])
    with pytest.raises(MxeError) as error:
        Casme2(tmp_path / "casme2")
    assert str(error.value) == (
        f"casme2/{first} and casme2/{second} both fit, and 1 clip differs, first casme2/sub01/EP02_01f: move one out "
        "of casme2/, or give the database's own its official name (CASME2-coding-YYYYMMDD.xlsx)"
    )


def test_samm_has_an_official_name_too(tmp_path):
    row = ["006", "006_1_2", 562, 570, 588, "7C", "Anger"]
    write_book(tmp_path / "SAMM_Micro_FACS_Codes_v2.xlsx", row, header=SAMM_HEADER)
    write_book(tmp_path / "SAMM_Micro_FACS_Codes_v2 mine.xlsx", [*row[:3], 571, *row[4:]], header=SAMM_HEADER)
    database = Samm(tmp_path)
    assert database.clips()[0].apex == 570 and "v2 mine.xlsx is passed over (1 clip differs" in database.notes[0]


def test_a_fault_of_the_official_one_is_not_passed_over_but_that_of_another_is_told(tmp_path):
    bad = [*GOOD[:2], "x", *GOOD[3:]]
    write_book(tmp_path / "a/CASME2-coding-20140508.xlsx", GOOD)
    write_book(tmp_path / "a/mine.xlsx", bad)
    (tmp_path / "a/broken.xlsx").write_bytes(b"broken")
    write_book(tmp_path / "a/stripped.xlsx", GOOD[:6], header=HEADER[:6])
    notes = Casme2(tmp_path / "a").notes
    assert [note.partition(" is passed over (it has a fault)")[0] for note in notes] == [
        "a/broken.xlsx",
        "a/mine.xlsx",
        "a/stripped.xlsx",
    ]
    write_book(tmp_path / "a/CASME2-coding-20190701.xlsx", bad)
    with pytest.raises(MxeError, match=r"20190701\.xlsx, row 2, column OnsetFrame: 'x' is not a frame number"):
        Casme2(tmp_path / "a")
    write_book(tmp_path / "a/CASME2-coding-20190701.xlsx", GOOD[:6], header=HEADER[:6])
    with pytest.raises(MxeError, match=r"20190701\.xlsx, row 1: column Estimated Emotion is missing"):
        Casme2(tmp_path / "a")


def sheets_of(path, state, *tables):
    book = openpyxl.Workbook()
    for index, rows in enumerate(tables):
        sheet = book.active if index == 0 else book.create_sheet(f"Sheet{index + 1}")
        for row in (HEADER, *rows):
            sheet.append(row)
        sheet.sheet_state = state if index == 0 else "visible"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def test_sheets_that_differ_a_hidden_one_is_told_two_visible_ones_are_refused(tmp_path):
    path = tmp_path / "casme2/CASME2-coding-20140508.xlsx"
    sheets_of(path, "hidden", [OTHER], [GOOD])
    database = Casme2(tmp_path / "casme2")
    assert database.clips()[0].emotion == "happiness"
    assert "sheet Sheet is passed over (1 clip differs" in database.notes[0] and "lies open" in database.notes[0]
    sheets_of(path, "visible", [OTHER], [GOOD])
    with pytest.raises(MxeError, match=r"sheet Sheet and casme2/.*, sheet Sheet2 both fit"):
        Casme2(tmp_path / "casme2")
    sheets_of(path, "veryHidden", [GOOD], [])
    database = Casme2(tmp_path / "casme2")  # what lies open is a header alone
    assert len(database.clips()) == 1 and "sheet Sheet is read, a hidden sheet" in database.notes[0]


@pytest.mark.parametrize("name", ["ApexFrame", "apex frame", "Apex Frame 2"])
def test_a_column_that_is_there_twice_is_refused(tmp_path, name):
    write_book(tmp_path / "casme2/c.xlsx", [*GOOD, 60], header=[*HEADER, name])
    with pytest.raises(MxeError, match=r"c\.xlsx, row 1: column ApexFrame is there twice: rename one"):
        Casme2(tmp_path / "casme2")


# ---- image trees

PACKAGES = {
    "casme2": (Casme2, "sub01/EP02_01f", "img{}.jpg", ["CASME2_RAW_selected", "casme2-raw", "Cropped", ""]),
    "samm": (Samm, "006/006_1_2", "006_{:05d}.jpg", ["SAMM", "samm_crop", "SAMM/SAMM", ""]),
    "smic": (Smic, "s1/micro/positive/s1_po_01", "image{:06d}.bmp", ["SMIC_all_raw/HS", "smic_all_cropped/hs", "HS"]),
}
STRANGERS = ["AAA_optflow", "Apex_magnified", "features", "masks/HS", "SAMM_optflow", "CASME2_RAW_selected_flow"]


def tree(folder, name, place):
    _, clip, image, _ = PACKAGES[name]
    write_images(folder / place / clip, [image.format(n) for n in (46, 47)])
    if name == "casme2":
        write_book(folder / "c.xlsx", ["01", "EP02_01f", 46, 46, 47, 12, "fear"])
    elif name == "samm":
        write_book(folder / "c.xlsx", ["006", "006_1_2", 46, 46, 47, "7", "Fear"], header=SAMM_HEADER)


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("name", "package"), [(name, p) for name in PACKAGES for p in PACKAGES[name][3]])
def test_a_package_goes_before_a_tree_of_any_other_name(tmp_path, name, package, stranger):
    tree(tmp_path / name, name, package)
    tree(tmp_path / name, name, stranger)
    database = PACKAGES[name][0](tmp_path / name)
    assert database.tree == tmp_path / name / package
    (note,) = database.notes
    shown = f"{name}/{package}".rstrip("/")
    assert note == f"{name}/{stranger} is passed over: {shown} is read"


@pytest.mark.parametrize("name", PACKAGES)
def test_several_unknown_trees_are_refused_and_a_single_one_is_told(tmp_path, name):
    importer = PACKAGES[name][0]
    tree(tmp_path / name, name, "my crops")
    database = importer(tmp_path / name)
    assert database.tree.name == "my crops"
    assert database.notes == [
        f"{name}/my crops is read, under a name that is no package's: nothing else is there",
    ]
    tree(tmp_path / name, name, "optflow")
    with pytest.raises(MxeError, match=f"^{name}/my crops and {name}/optflow all look like image folders") as error:
        importer(tmp_path / name)
    assert "give the official images theirs" in str(error.value)
    shutil.rmtree(tmp_path / name / "optflow")
    (tmp_path / name / "optflow").symlink_to(tmp_path / name / "my crops")
    assert importer(tmp_path / name).tree.name == "my crops", "a link to the same images is no second tree"


def test_packages_inside_other_folders(tmp_path):
    tree(tmp_path / "casme2", "casme2", "from the authors/Cropped")
    tree(tmp_path / "casme2", "casme2", "from the authors/CASME2_RAW_selected")
    assert Casme2(tmp_path / "casme2").tree.name == "CASME2_RAW_selected"
    tree(tmp_path / "casme2", "casme2", "magnified/CASME2_RAW_selected")
    with pytest.raises(MxeError, match=r"casme2/from the authors/.* and casme2/magnified/.* all look like"):
        Casme2(tmp_path / "casme2")
    assert Casme2(tmp_path / "casme2", cropped=True).tree.name == "Cropped"


def test_a_second_copy_of_a_package_is_told(tmp_path):
    tree(tmp_path / "casme2", "casme2", "CASME2_RAW_selected")
    tree(tmp_path / "casme2", "casme2", "CASME2_RAW_selected/CASME2_RAW_selected")
    tree(tmp_path / "casme2", "casme2", "Cropped")
    database = Casme2(tmp_path / "casme2")
    assert database.tree == tmp_path / "casme2/CASME2_RAW_selected"
    assert database.notes == [
        "casme2/CASME2_RAW_selected/CASME2_RAW_selected is passed over: casme2/CASME2_RAW_selected is read"
    ]


# ---- lists and maps


def test_two_lists_of_maps(tmp_path):
    stems = [f"{subject}_{name} " for _, subject, name, _ in MAPS]
    write_maps(tmp_path, stems)
    write_list(tmp_path / "zz.csv")
    write_list(tmp_path / "aa.csv", separator=";")
    assert len(FlowMaps(tmp_path).clips()) == 4 and FlowMaps(tmp_path).notes == []
    write_list(tmp_path / "aa.csv", [(*MAPS[0][:3], 2), *MAPS[1:]])
    with pytest.raises(MxeError, match=r"aa\.csv and .*/zz\.csv both fit, and 1 clip differs, first casme2/sub01"):
        FlowMaps(tmp_path)
    (tmp_path / "zz.csv").rename(tmp_path / "combined_3_class2_for_optical_flow.csv")
    maps = FlowMaps(tmp_path)
    assert maps.clips()[0].emotion == "positive" and "aa.csv is passed over (1 clip differs" in maps.notes[0]


def test_a_second_folder_of_maps_is_told(tmp_path):
    write_list(tmp_path / "list.csv")
    write_maps(tmp_path, ["sub01_EP02_01f "])
    write_maps(tmp_path / "old", ["006_006_1_2 "])
    maps = FlowMaps(tmp_path)
    assert [clip.database for clip in maps.clips()] == ["casme2"]
    name = "STSNet_whole_norm_u_v_os"
    assert maps.notes == [f"{tmp_path.name}/old/{name} is passed over: {tmp_path.name}/{name} is read"]


def test_two_maps_of_one_clip(tmp_path):
    write_list(tmp_path / "list.csv")
    write_maps(tmp_path, ["006_006_1_2 ", "sub01_EP02_01f "])
    place = tmp_path / "STSNet_whole_norm_u_v_os"
    shutil.copy(place / "006_006_1_2 .png", place / "006_006_1_2.png")
    assert len(FlowMaps(tmp_path).clips()) == 2
    shutil.copy(place / "sub01_EP02_01f .png", place / "006_006_1_2.png")
    with pytest.raises(MxeError, match=r"'006_006_1_2 \.png' and '006_006_1_2\.png' are maps of one clip, and differ"):
        FlowMaps(tmp_path)


# ---- the data folder


def test_two_folders_of_one_name(tmp_path):
    write_book(tmp_path / "casme2/c.xlsx", GOOD)
    if (tmp_path / "CASME2").exists():
        pytest.skip("this disk does not tell CASME2/ from casme2/")
    write_book(tmp_path / "CASME2/c.xlsx", OTHER)
    with pytest.raises(MxeError, match="casme2: CASME2/ and casme2/ are both in"):
        open_database("casme2", tmp_path)


def test_a_file_or_a_broken_link_is_no_absent_database(tmp_path):
    (tmp_path / "samm").write_text("a file")
    (tmp_path / "smic").symlink_to("/nowhere/smic")  # a disk that is not mounted
    for name, what in (("samm", "is no folder"), ("smic", "is a link to what isn't there")):
        with pytest.raises(MxeError, match=f"^{name}: .*/{name} {what}"):
            open_database(name, tmp_path)
    with pytest.raises(MxeError, match="nowhere cannot be read"):
        open_database("samm", tmp_path / "nowhere")
