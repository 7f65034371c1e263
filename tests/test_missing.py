"""What a database lacks: listed repairs of the official packages are told, everything else is a problem."""

import re
import shutil

import pytest
from on_disk import MAP_HEADER, MAPS, write_book, write_images, write_list, write_maps
from PIL import Image
from tiny import TinyDatabase

from mxe_lib.__main__ import main
from mxe_lib.clips import CLASSES
from mxe_lib.databases import Casme2, FlowMaps, Smic
from mxe_lib.databases.composite import composite, composite_class
from mxe_lib.simulation import writers

LACKS_14 = "sub16/EP01_08"


@pytest.fixture
def no_frames(monkeypatch):
    """Packages of empty images: ``mxe check`` looks them up, and needs nothing in them."""

    def write(place, database, clip, name, numbers=None):
        place.mkdir(parents=True, exist_ok=True)
        for number in clip.frame_numbers() if numbers is None else numbers:
            (place / name(number)).write_bytes(b"x")

    monkeypatch.setattr(writers, "write_frames", write)


# ---- CASME II's cropped package


def with_clip(root, name, lost, package="Cropped"):
    """A clip of frames 20 to 59 without the lost ones: the database, the clip."""
    subject, clip = name.split("/")
    write_book(root / "casme2/c.xlsx", [subject[3:], clip, 20, 30, 59, 12, "others"])
    prefix = "img" if package == "CASME2-RAW" else "reg_img"
    write_images(root / "casme2" / package / name, [f"{prefix}{n}.jpg" for n in range(20, 60) if n not in lost])
    database = Casme2(root / "casme2")
    return database, database.clips()[0]


@pytest.mark.parametrize(
    ("lost", "found", "stand_in"),
    [
        (range(31, 45), "31-44 missing", dict.fromkeys(range(31, 45), 30)),
        (range(20, 34), "20-33 missing", dict.fromkeys(range(20, 34), 34)),
        (range(46, 60), "46-59 missing", dict.fromkeys(range(46, 60), 45)),
        ([22, *range(40, 53)], "22, 40-52 missing", {22: 21, 52: 39}),
    ],
)
@pytest.mark.parametrize("package", ["Cropped", "CASME2_preprocessed_Li Xiaobai/Cropped", "", "my images"])
def test_the_14_images_that_the_cropped_package_lacks_are_filled_and_told(
    tmp_path, capsys, lost, found, stand_in, package
):
    database, clip = with_clip(tmp_path, LACKS_14, lost, package)
    (repair,) = database.repairs()
    assert (repair.clip, repair.found) == ("casme2/sub16/EP01_08", found)
    assert [p.name for p in database.files(clip, list(stand_in))] == [f"reg_img{n}.jpg" for n in stand_in.values()]
    assert database.frames(clip).shape == (40, 6, 8, 3)
    main(["check", str(tmp_path)])
    out = capsys.readouterr().out
    assert f"casme2/sub16/EP01_08  frame: {found} -> the frame before" in out and "every listed frame is there" in out


@pytest.mark.parametrize(
    ("name", "lost", "package"),
    [
        (LACKS_14, range(31, 44), "Cropped"),
        (LACKS_14, range(31, 46), "Cropped"),
        (LACKS_14, [31], "Cropped"),
        (LACKS_14, range(31, 45), "CASME2-RAW"),
        ("sub16/EP01_09f", range(31, 45), "Cropped"),
        ("sub17/EP01_08", range(31, 45), "Cropped"),
    ],
)
def test_any_other_missing_images_are_missing(tmp_path, capsys, name, lost, package):
    database, _ = with_clip(tmp_path, name, lost, package)
    assert database.repairs() == []
    main(["check", str(tmp_path)])
    assert f"problem: casme2: casme2/{name} lacks {len(lost)} of 40 frames" in capsys.readouterr().out


@pytest.mark.parametrize("cropped", [False, True], ids=["raw", "cropped"])
def test_a_whole_package_of_casme2_is_no_problem(tmp_path, no_frames, capsys, cropped):
    writers.write_casme2(tmp_path / "casme2", TinyDatabase("casme2"), cropped=cropped)
    assert main(["check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "255 clips of 26 subjects" in out and "composite 145 = 88/32/25" in out
    assert "repaired (1):" in out and "no problem" in out


def test_clips_outside_the_composite_are_counted_too(tmp_path, no_frames, capsys):
    database = TinyDatabase("casme2")
    others = [clip for clip in database.clips() if clip.emotion == "others"]
    writers.write_casme2(tmp_path / "casme2", database, [c for c in database.clips() if c != others[0]])
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "composite 145 = 88/32/25 (negative/positive/surprise), as MEGC 2019 counts" in out
    assert "problem: casme2: 254 clips of 26 subjects, but the authors' package has 255 of 26" in out


def test_the_right_counts_of_the_wrong_subjects_are_a_problem(tmp_path, no_frames, capsys):
    database = TinyDatabase("samm")
    clips = database.clips()
    first = next(clip for clip in clips if clip.emotion == "happiness")
    moved = [
        clip.__class__(**(vars(clip) | {"subject": "006", "name": "006_9_9"})) if clip is first else clip
        for clip in clips
    ]
    writers.write_samm(tmp_path / "samm", database, moved)
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "composite 133 = 92/26/15 (negative/positive/surprise), but MEGC 2019 has them of other subjects" in out
    assert "first samm/006: the package is not whole" in out


# ---- SMIC


def smic(root, cropped, clips=None):
    return writers.write_smic(root / "smic", TinyDatabase("smic"), clips, cropped=cropped)


@pytest.mark.parametrize("gone", ["emptied", "not there"])
def test_the_empty_clip_of_the_cropped_smic_may_be_lost_in_unpacking(tmp_path, no_frames, capsys, gone):
    tree = smic(tmp_path, cropped=True)
    if gone == "not there":
        (tree / "s18/micro/surprise/s18_sur_03").rmdir()
    assert main(["check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "repaired (6):" in out and "smic/s18/s18_sur_03  clip: no" in out
    shutil.rmtree(tree / "s18/micro/surprise/s18_sur_02")
    assert main(["check", str(tmp_path)]) == 1
    assert "composite 162 = 70/51/41 (negative/positive/surprise), but MEGC 2019" in capsys.readouterr().out


def test_in_the_raw_smic_that_clip_must_be_there(tmp_path, no_frames, capsys):
    tree = smic(tmp_path, cropped=False)
    shutil.rmtree(tree / "s18/micro/surprise/s18_sur_03")
    assert main(["check", str(tmp_path)]) == 1
    (tree / "s18/micro/surprise/s18_sur_03").mkdir()
    assert main(["check", str(tmp_path)]) == 1
    assert "s18_sur_03: the folder holds no image: unpack the clip again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cropped", "clip", "lost"), [(True, "s1_po_01", 1), (False, "s3_po_08", 2), (True, "s3_ne_16", 1)]
)
def test_a_gap_that_no_package_is_known_to_have_is_filled_and_a_problem(
    tmp_path, no_frames, capsys, cropped, clip, lost
):
    tree = smic(tmp_path, cropped=cropped)
    (place,) = tree.glob(f"*/micro/*/{clip}")
    images = sorted(place.iterdir())
    before = int("".join(filter(str.isdecimal, images[0].name)))
    for path in images[1 : 1 + lost]:
        path.unlink()
    read = Smic(tmp_path / "smic")
    (found,) = [c for c in read.clips() if c.name == clip]
    assert read.files(found, [before + 1]) == [images[0]]
    assert len(read.faults) == 1 and f"{found.id} lacks {2 if clip == 's3_ne_16' else lost} of " in read.faults[0]
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert f"problem: smic: {read.faults[0]}" in out and "problems: 1" in out


def test_frames_that_lie_elsewhere_are_a_problem(tmp_path, no_frames, capsys):
    """The clip ends with the last image of its folder: without a word it would be a shorter one."""
    tree = smic(tmp_path, cropped=False)
    (place,) = tree.glob("*/micro/*/s1_po_01")
    first, *_, last = sorted(place.iterdir())
    last.rename(place / f".{last.name}")
    (place / f"._{first.name}").write_bytes(b"x")  # what a Mac leaves beside each file
    fault = f"smic/s1/s1_po_01: An image that is named like its frames was not read: .{last.name}."
    (found,) = Smic(tmp_path / "smic").faults
    assert found.startswith(fault)
    assert main(["check", str(tmp_path)]) == 1
    assert f"problem: smic: {fault}" in capsys.readouterr().out


# ---- flow maps


def published_rows():
    """The 442 clips as the published list and its maps write them: SMIC padded, too."""
    clips = [clip for name in ("casme2", "samm", "smic") for clip in composite(TinyDatabase(name).clips())]
    rows = [(clip.database, clip.subject, clip.name, CLASSES.index(composite_class(clip))) for clip in clips]
    return [row if row[0] != "smic" else (row[0], _padded(row[1]), _padded(row[2]), row[3]) for row in rows]


def _padded(name):
    return re.sub(r"^s(\d)(?!\d)", r"s0\1", name)


SPREADSHEETS = {
    "as published": ({}, lambda row: row),
    "numbers": ({}, lambda row: (row[0], row[1].lstrip("0") + ".0" * row[1].isdecimal(), row[2], f"{row[3]}.0")),
    "no zeros": ({}, lambda row: (row[0], re.sub(r"^(\D*)0+", r"\1", row[1]), *row[2:])),
    "no prefix": ({}, lambda row: (row[0].upper(), row[1].lstrip("sub0"), *row[2:])),
    "short names": ({}, lambda row: (*row[:2], re.sub(r"^(s?)0+(?=\d)", r"\1", row[2]), row[3])),
    "semicolons": ({"separator": ";", "header": [*MAP_HEADER, "", "", ""]}, lambda row: row),
    "tabs in UTF-16": ({"separator": "\t", "encoding": "utf-16"}, lambda row: row),
    "no mark": ({"separator": ";", "encoding": "utf-16-le"}, lambda row: row),
    "UTF-8 with its mark": ({"encoding": "utf-8-sig"}, lambda row: row),
    "an instruction": ({"separator": ";", "before": "sep=;\r\n"}, lambda row: row),
    "loud": ({"header": [name.upper() for name in MAP_HEADER]}, lambda row: row),
    "empty lines": ({"before": ",,,\r\n\r\n"}, lambda row: row),
}


@pytest.fixture(scope="module")
def all_maps(tmp_path_factory):
    """442 maps, named as the published ones are."""
    folder = tmp_path_factory.mktemp("maps") / "flowmaps"
    write_maps(folder, [f"{subject}_{name} " for _, subject, name, _ in published_rows()])
    return folder


@pytest.mark.parametrize("kind", SPREADSHEETS)
def test_maps_are_found_by_number_whatever_a_spreadsheet_made_of_the_list(all_maps, kind, capsys):
    options, change = SPREADSHEETS[kind]
    write_list(all_maps / "list.csv", [change(row) for row in published_rows()], **options)
    maps = FlowMaps(all_maps)
    assert maps.missing == [] and len(maps.clips()) == 442
    clips = [clip for name in ("casme2", "samm", "smic") for clip in composite(TinyDatabase(name).clips())]
    assert {clip.id for clip in maps.clips()} == {clip.id for clip in clips}
    assert main(["check", str(all_maps.parent)]) == 0
    assert "samm: 133 of 133 maps, 92/26/15" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda rows: [r for r in rows if r[0] != "samm"],
            "the maps of samm are not MEGC 2019's 92/26/15, first of samm/006",
        ),
        (lambda rows: rows[1:], "the maps of casme2 are not MEGC 2019's 88/32/25, first of casme2/sub01"),
        (lambda rows: [(*rows[0][:3], 2 - rows[0][3]), *rows[1:]], "the maps of casme2 are not MEGC 2019's"),
        (
            lambda rows: [*rows[:-1], (*rows[-1][:2], "s20_sur_99", rows[-1][3])],
            "smic/s20/s20_sur_99: list.csv lists it, but",
        ),
    ],
    ids=["a database", "a clip", "a class", "a map"],
)
def test_a_list_or_map_that_is_missing_is_a_problem(all_maps, change, message, capsys):
    write_list(all_maps / "list.csv", change(published_rows()))
    assert main(["check", str(all_maps.parent)]) == 1
    out = capsys.readouterr().out
    assert f"problem: flowmaps: {message}" in out and "no problem" not in out


def test_a_row_of_another_subject_than_its_clip_is_refused(all_maps, capsys):
    *rows, last = published_rows()
    write_list(all_maps / "list.csv", [*rows, (last[0], "s7", *last[2:])])
    assert main(["check", str(all_maps.parent)]) == 1
    out = capsys.readouterr().out
    assert "'s20_sur_05' names subject 20, but the row is of s7: correct the cell that is wrong" in out


def test_maps_that_are_not_on_disk_are_named_and_counted(tmp_path, capsys):
    write_list(tmp_path / "flowmaps/list.csv")
    write_maps(tmp_path / "flowmaps", [f"{subject}_{name} " for _, subject, name, _ in MAPS[:1]])
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "3 listed without a map are left out" in out
    assert "problem: flowmaps: samm/006/006_1_2: list.csv lists it, but its map is not on disk" in out


def test_an_image_that_is_no_map_is_not_taken_for_one(tmp_path):
    write_list(tmp_path / "list.csv")
    write_maps(tmp_path, ["sub01_EP02_01f"])
    Image.new("RGB", (28, 28)).save(tmp_path / "STSNet_whole_norm_u_v_os/006_006_1_2 .jpg")
    assert FlowMaps(tmp_path).missing == ["samm/006/006_1_2", "smic/s1/s1_ne_01", "smic/s20/s20_sur_01"]
