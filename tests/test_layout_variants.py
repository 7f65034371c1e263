"""Whole twins in each layout that public code knows of the further databases: ``mxe check`` counts them as ever."""

import shutil

import openpyxl
import pytest
from on_disk import EVERY, checked, link_images, linked_images, problems_of, write_whole  # noqa: F401
from test_whole_twins import OFFICIAL, VIDEOS, counted, told

from mxe_lib.databases.casme import CORRECTIONS
from mxe_lib.databases.mmew import NO_OFFSET
from mxe_lib.simulation import packages

VARIANTS = {}


def variant(name, **options):
    """Registers what is changed in a written twin of ``name``; it returns how many repairs ``mxe check`` tells."""

    def register(change):
        VARIANTS[f"{name}: {change.__name__}"] = (name, options, change)
        return change

    return register


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("which", VARIANTS)
def test_a_layout_is_read_and_counted(tmp_path, capsys, which):
    name, options, change = VARIANTS[which]
    twin, path = write_whole(tmp_path, name, **options)
    repaired = change(tmp_path / name, path) or 0
    status, out = checked(tmp_path, capsys)
    assert (status, problems_of(out)) == (0, []) and "every listed frame is there" in out
    assert (f"repaired ({repaired}):" in out) if repaired else "repaired" not in out
    left_out = out.count("-> left out")
    clips, subjects, emotions, videos = told(name, out)
    assert clips + left_out == OFFICIAL[name][0] and "public work on it counts" not in out
    assert videos == VIDEOS.get(name)
    if change is mistyped_rows:  # which name a subject of the database that the twin lacks
        return
    assert subjects == (OFFICIAL[name][1] or twin.twin.subjects)
    if OFFICIAL[name][2] and not left_out:
        assert counted(emotions) == counted(OFFICIAL[name][2])


def nest(folder, inner, *outer):
    """Moves ``inner`` below further folders."""
    place = folder.joinpath(*outer)
    place.parent.mkdir(parents=True, exist_ok=True)
    (folder / inner).rename(folder / "moved")
    place.parent.mkdir(parents=True, exist_ok=True)
    (folder / "moved").rename(place)


def renamed(folder, pattern, new):
    for path in [path for path in folder.rglob(pattern) if path.is_file()]:
        path.rename(path.with_name(new(path)))


def edit(path, change, sheet=0):
    """``change(sheet)`` on a workbook's sheet, saved."""
    book = openpyxl.load_workbook(path)
    change(book.worksheets[sheet])
    book.save(path)


# ---- CASME


@variant("casme")
def raw_images_twice_nested(folder, path):
    nest(folder, "CASME_raw_selected", "CASME_raw_selected", "CASME_raw_selected")


@variant("casme", cropped=True)
def cropped_images(folder, path):
    assert next((folder / "Cropped").rglob("reg_EP*-*.jpg"))


@variant("casme")
def five_rows_that_do_not_fit_the_images(folder, path):
    """Rows 42, 44, 45, 56 and 142, by the workbook's count: public code has the frames of the images."""
    printed = {42: (8, 9, 3), 44: (9, 10, 3), 45: (9, 9, 3), 56: (20, 25, 14), 142: (120, 130, 42)}

    def change(sheet):
        for row, (onset, apex, offset) in printed.items():
            sheet.cell(row, 4, onset), sheet.cell(row, 5, apex), sheet.cell(row, 7, offset)
            used = CORRECTIONS[row]
            name = sheet.cell(row, 2).value
            place = folder / "CASME_raw_selected" / f"sub{sheet.cell(row, 1).value:02d}" / name
            shutil.rmtree(place)
            link_images(place, [f"{name}-{n}.jpg" for n in range(used.get("onset", onset), used["offset"] + 1)])

    edit(path, change)
    return 11  # onset, offset and an apex that lies outside, three times; the offset alone, twice


# ---- CAS(ME)²


@variant("casme_sq")
def the_workbook_of_public_code_and_longer_numbers(folder, path):
    path.rename(folder / "code_final.xlsx")
    renamed(folder, "img*.jpg", lambda path: f"img{int(path.stem[3:]):05d}.jpg")


@variant("casme_sq")
def sheets_in_another_order_and_codes_without_their_zero(folder, path):
    book = openpyxl.load_workbook(path)
    for row in book.worksheets[2].iter_rows():
        row[0].value = int(row[0].value)
    book.move_sheet(book.worksheets[2], -2)
    book.save(path)
    nest(folder, "rawpic", "CASME_sq", "rawpic", "rawpic")


@variant("casme_sq")
def an_apex_or_offset_of_0(folder, path):
    def change(sheet):
        sheet.cell(5, 4, 0)  # no apex
        sheet.cell(9, 5, 0)  # no offset: the interval ends at its apex

    edit(path, change)
    return 2


# ---- CAS(ME)³ part A


@variant("casme3a", videos=True)
def colour_images_of_whole_videos_beside_depth(folder, path):
    for place in sorted((folder / "ME_A").glob("*/*/color"))[:20]:
        link_images(place.parent / "depth", [f"{n}.png" for n in range(1, 9)])


@variant("casme3a")
def mistyped_rows(folder, path):
    """Rows 130, 710, 751, 752, 798 and 800, by the workbook's count."""
    rows = {
        130: (None, None, (150, 23, 170), 150, 170),
        710: (None, None, (20, 25, 4), 20, 34),
        751: ("spNO.216", "d", (3647, 2668, 2694), 2647, 2694),
        752: ("spNO.216", "e", (0, 0, 25), 1, 25),
        798: (None, None, (1820, 1830, 1245), 1820, 1845),
        800: (None, None, (2380, 2390, 2303), 2380, 2403),
    }

    def change(sheet):
        for row, (subject, letter, printed, first, last) in rows.items():
            subject, letter = subject or sheet.cell(row, 1).value, letter or "m"
            for column, value in enumerate((subject, letter, *printed), start=1):
                sheet.cell(row, column, value)
            place = folder / "Part_A_ME_clip/frame" / f"{subject}_{letter}_{first}"
            link_images(place, [f"{n}.jpg" for n in range(first, last + 1)])

    edit(path, change)
    return 7  # the row of frame 0 has two


# ---- MMEW


@variant("mmew")
def the_whole_package_with_macro_expressions(folder, path):
    nest(folder, "Micro_Expression", "MMEW_Final", "Micro_Expression")
    path.rename(folder / "MMEW_Final" / path.name)
    link_images(folder / "MMEW_Final/Macro_Expression/S01/anger", ["S01-07-001.jpg"])
    for clip in sorted((folder / "MMEW_Final/Micro_Expression/anger").iterdir())[:4]:
        renamed(clip, "*.jpg", lambda path: f"{int(path.stem):03d}.jpg")


@variant("mmew")
def sixteen_rows_without_apex_and_offset(folder, path):
    def change(sheet):
        for row in NO_OFFSET:
            sheet.cell(row, 4).value = sheet.cell(row, 5).value = None

    edit(path, change)
    return 16


# ---- 4DME


@variant("4dme", cropped=True)
def cropped_grey_images_beside_colour(folder, path):
    place = next((folder / "gray_micro_crop").iterdir())
    shutil.copytree(place, folder / "rgb_micro" / place.name)


@variant("4dme")
def units_marked_k_and_emotions_between_other_signs(folder, path):
    def change(sheet):
        for row in (146, 147):  # whose units public code swaps: they stay as they are
            sheet.cell(row, 6, "AU4+7(k)+12")
            for column in range(8, sheet.max_column + 1):  # of single units
                sheet.cell(row, column, int(sheet.cell(1, column).value in ("AU4", "AU7", "AU12")))
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, 7).value = sheet.cell(row, 7).value.replace(" & ", ", ").lower()

    edit(path, change)
    return 2


# ---- DFME


@variant("dfme")
def clips_below_their_subjects(folder, path):
    tree = folder / "DFME_train"
    for place in list(tree.iterdir()):
        (tree / place.name[:7]).mkdir(exist_ok=True)
        place.rename(tree / place.name[:7] / place.name)


@variant("dfme")
def three_parts(folder, path):
    """The training part's subjects spread over workbooks of training and of both tests."""
    book = openpyxl.load_workbook(path)
    rows = list(book.active.iter_rows(min_row=2, values_only=True))
    for part, number in (("training", 0), ("testA", 1), ("testB", 2)):
        own = openpyxl.Workbook()
        own.active.append([cell.value for cell in book.active[1]])
        for row in rows:
            if int(row[0][3:]) % 3 == number:
                own.active.append(row)
        own.save(folder / f"{part}_full_with_AU.xlsx")


# ---- SAMM Long Videos


@variant("samm_long", release=1)
def the_first_release_and_longer_numbers(folder, path):
    assert path.name == "SAMM_LongVideos_V1_Release.xlsx"
    renamed(folder, "*_*_*.jpg", lambda path: f"{path.stem[:-5]}_{int(path.stem[-4:]):05d}.jpg")


@variant("samm_long", release=3)
def the_third_release_twice_nested(folder, path):
    assert path.name == "SAMM_LongVideos_V3_Release.xlsx"
    nest(folder, "SAMM_longvideos", "SAMM_longvideos", "SAMM_longvideos")


@variant("samm_long")
def an_offset_of_0_and_an_apex_outside(folder, path):
    def change(sheet):
        sheet.cell(15, 6, 0)
        sheet.cell(20, 5, 1930)

    edit(path, change)
    return 2


def test_each_database_has_its_variants():
    assert {name for name, _, _ in VARIANTS.values()} == set(packages.WRITE) == set(EVERY)
