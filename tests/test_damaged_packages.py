"""Packages of the further databases, damaged in ten ways: ``mxe check`` says each in one line."""

import re
import shutil

import openpyxl
import pytest
from on_disk import EVERY, checked, linked_images, problems_of  # noqa: F401

from mxe_lib.__main__ import main
from mxe_lib.databases.registry import DATABASES
from mxe_lib.simulation import packages
from mxe_lib.simulation.twin_tables import LONG_TWINS

HEADER_ROW = {"samm_long": 10, "casme_sq": 0}  # else 1; CAS(ME)² has none


class Package:
    """Three clips of a twin, or three of its videos with one movement each, on disk."""

    def __init__(self, root, name):
        self.root, self.name, self.folder = root, name, root / name
        twin = packages.twin(name, every=EVERY[name])
        long = hasattr(twin, "videos")
        some = [video for video in twin.videos() if len(video.intervals) == 1] if long else twin.clips()
        some = sorted(some, key=lambda one: one.intervals[0].length if long else one.length, reverse=True)[:3]
        self.book = packages.WRITE[name](self.folder, twin, some)
        self.first_row = HEADER_ROW.get(name, 1) + 1

    def edit(self, change):
        book = openpyxl.load_workbook(self.book)
        change(book.worksheets[0])
        book.save(self.book)

    def column(self, sheet, index):
        """Where the importer's n-th column stands, from 1 on."""
        columns = getattr(DATABASES[self.name].importer, "columns", None)
        if columns is None:  # CAS(ME)²: its columns have places and no names
            return index + 1
        return next(cell.column for cell in sheet[self.first_row - 1] if cell.value == columns[index])

    def places(self):
        """The clips' or videos' folders."""
        return sorted({path.parent for path in self.folder.rglob("*.[jp][pn]g")})

    def annotated(self, place):
        """The images of the movement in a clip's or a video's folder, in order."""
        images = sorted(place.iterdir(), key=lambda path: int(re.findall(r"\d+", path.stem)[-1]))
        if "videos" not in dir(DATABASES[self.name].importer):
            return images
        (video,) = [video for video in DATABASES[self.name].importer(self.folder).videos() if video.name in place.name]
        (interval,) = video.intervals
        return images[interval.onset - 1 : interval.offset]


def no_workbook(package):
    package.book.unlink()
    return r"holds no annotation workbook \(.*\): put the database's own workbook there$"


def an_unreadable_workbook(package):
    package.book.write_bytes(package.book.read_bytes()[:700])
    return r"\.xlsx: cannot be opened as a workbook \(BadZipFile\): get a whole copy of it, or move it out"


def a_renamed_column(package):
    if package.name == "casme_sq":  # which has none: a sheet is not what it was
        book = openpyxl.load_workbook(package.book)
        del book["naming rule1"]
        book.save(package.book)
        return r"no sheet gives the subjects \(1, s15\): use the database's own workbook$"
    title = DATABASES[package.name].importer.columns[4]
    package.edit(lambda sheet: sheet.cell(package.first_row - 1, package.column(sheet, 4), "end"))
    return rf"row {package.first_row - 1}: column {title} is missing: add it to the header$"


def an_onset_after_the_offset(package):
    package.edit(lambda sheet: sheet.cell(package.first_row, package.column(sheet, 2), 99999))
    return rf"row {package.first_row}, column .*: onset 99999 lies after offset \d+: correct the row$"


def a_cell_that_is_no_number(package):
    package.edit(lambda sheet: sheet.cell(package.first_row + 1, package.column(sheet, 4), "12?"))
    return rf"row {package.first_row + 1}, column .*: '12\?' is not a frame number: correct the cell$"


def a_duplicated_row(package):
    def change(sheet):
        sheet.append([cell.value for cell in sheet[package.first_row]])

    package.edit(change)
    last = package.first_row + 3
    return rf"row {last}, column .*: .* stands on row {package.first_row} already: correct one$"


def a_missing_folder(package):
    place = package.places()[0]
    shutil.rmtree(place)
    return rf"{package.name}/\S+ lacks (\d+) of \1 frames, first \S+$"


def missing_frames(package):
    images = package.annotated(package.places()[0])
    for path in images[1:-1]:
        path.unlink()
    return rf"{package.name}/\S+ lacks {len(images) - 2} of {len(images)} frames, first {re.escape(images[1].name)}$"


def an_empty_image(package):
    image = package.annotated(package.places()[0])[1]
    image.unlink()
    image.touch()
    return rf"{package.name}/\S+ lacks 1 of \d+ frames, first {re.escape(image.name)}$"


def a_folder_twice(package):
    place = package.places()[0]
    tree = package.folder / place.relative_to(package.folder).parts[0]
    shutil.copytree(tree, package.folder / "copy")
    if package.name == "casme":  # whose own package would go first by its name
        tree.rename(package.folder / "mine")
    return r"(are both called so: move|all look like image folders, and none|both fit|are both video)"


DAMAGES = (
    no_workbook,
    an_unreadable_workbook,
    a_renamed_column,
    an_onset_after_the_offset,
    a_cell_that_is_no_number,
    a_duplicated_row,
    a_missing_folder,
    missing_frames,
    an_empty_image,
    a_folder_twice,
)


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", packages.WRITE)
def test_each_damage_is_one_line(tmp_path, capsys, name):
    for damage in DAMAGES:
        root = tmp_path / damage.__name__
        message = damage(Package(root, name))
        status, out = checked(root, capsys)
        (line,) = problems_of(out)
        assert status == 1 and re.search(message, line) and line.startswith(f"problem: {name}: "), (damage, line)


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", LONG_TWINS)
def test_a_missing_video_is_one_line_however_many_movements_it_holds(tmp_path, capsys, name):
    twin = packages.twin(name, every=EVERY[name])
    videos = sorted(twin.videos(), key=lambda video: len(video.intervals), reverse=True)[:2]
    packages.WRITE[name](tmp_path / name, twin, videos)
    (place,) = [path for path in (tmp_path / name).rglob(f"{videos[0].name}*") if path.is_dir()]
    shutil.rmtree(place)
    (line,) = problems_of(checked(tmp_path, capsys)[1])
    more = len(videos[0].intervals) - 1
    assert line.endswith(f"; its video's folder is not there, which holds {more} more of the clips") and more > 2


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", LONG_TWINS)
def test_gaps_in_a_movement_and_beside_it_are_told_apart(tmp_path, capsys, name):
    package = Package(tmp_path, name)
    place = package.places()[0]
    inside = package.annotated(place)
    beside = [path for path in place.iterdir() if path not in inside]
    beside = sorted(beside, key=lambda path: int(re.findall(r"\d+", path.stem)[-1]))[1]
    inside[1].unlink(), beside.unlink()
    first, second = problems_of(checked(tmp_path, capsys)[1])
    assert f"lacks 1 of {len(inside)} frames, first {inside[1].name}" in first
    assert f"lacks 1 frame between its intervals, first {int(re.findall(r'[0-9]+', beside.stem)[-1])}: " in second


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", packages.WRITE)
def test_a_truncated_image_is_one_line_of_the_deep_check(tmp_path, capsys, name):
    package = Package(tmp_path, name)
    image = package.annotated(package.places()[0])[1]
    whole = image.read_bytes()
    image.unlink()  # the others are links to the same file
    image.write_bytes(whole[: len(whole) // 2])
    assert problems_of(checked(tmp_path, capsys)[1]) == []
    main(["check", str(tmp_path), "--deep"])
    (line,) = problems_of(capsys.readouterr().out)
    assert re.search(rf"{re.escape(image.name)} is (unreadable|damaged)", line)


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", LONG_TWINS)
def test_damage_between_the_movements_is_found_too(tmp_path, capsys, name):
    """Who spots in a long video reads all of it."""
    package = Package(tmp_path, name)
    place = package.places()[0]
    inside = package.annotated(place)
    last = max(
        (path for path in place.iterdir() if path not in inside),
        key=lambda path: int(re.findall(r"\d+", path.stem)[-1]),
    )
    whole = last.read_bytes()
    last.unlink()
    last.write_bytes(whole[: len(whole) // 2])
    assert problems_of(checked(tmp_path, capsys)[1]) == []
    main(["check", str(tmp_path), "--deep"])
    (line,) = problems_of(capsys.readouterr().out)
    assert f"{last.name} is " in line
    last.write_bytes(b"")
    (line,) = problems_of(checked(tmp_path, capsys)[1])
    assert "lacks 1 frame between its intervals, first " in line


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", LONG_TWINS)
def test_videos_that_were_numbered_anew_are_told(tmp_path, capsys, name):
    places = Package(tmp_path, name).places()
    assert "its images begin with 0" not in checked(tmp_path, capsys)[1]
    for place in places:
        image = min(place.iterdir())
        image.with_name(re.sub(r"\d+(?=\.)", "000", image.name)).hardlink_to(image)
    assert "its images begin with 0, and the package's with 1: " in checked(tmp_path, capsys)[1]


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", packages.WRITE)
def test_links_in_a_ring_hold_nothing(tmp_path, capsys, name):
    folder = Package(tmp_path, name).folder
    (folder / "one").symlink_to("other"), (folder / "other").symlink_to("one")
    (folder / "up").symlink_to(".."), (folder / "gone").symlink_to("nowhere")
    assert problems_of(checked(tmp_path, capsys)[1]) == []
