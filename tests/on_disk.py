"""Small packages on disk: workbooks, image folders, lists of flow maps."""

import contextlib
import csv
import io
import os

import openpyxl
import pytest
from PIL import Image

from mxe_lib.__main__ import main
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError
from mxe_lib.simulation import packages, video_writers, writers

HEADER = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion"]
GOOD = ["01", "EP02_01f", 46, 59, 86, "12", "happiness"]


def write_book(path, *rows, header=HEADER):
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    book.save(path)
    return path


def write_images(folder, names, size=(8, 6), mode="RGB"):
    folder.mkdir(parents=True)
    for index, name in enumerate(names):
        Image.new(mode, size, index if mode == "L" else (index, 0, 0)).save(folder / name)


MAPS = [
    ("casme2", "sub01", "EP02_01f", 1),
    ("samm", "6", "006_1_2", 0),
    ("smic", "s01", "s01_ne_01", 0),
    ("smic", "s20", "s20_sur_01", 2),
]
MAP_HEADER = ["dataset", "sub", "filename_o", "label", "apex", "imagename", "sub_filename"]


def write_list(path, rows=MAPS, header=MAP_HEADER, encoding="utf-8", separator=",", before=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, delimiter=separator)
    table.writerow(header)
    table.writerows([*row, "", "wrong.jpg", ""] for row in rows)
    path.write_bytes((before + text.getvalue()).encode(encoding))
    return path


def write_maps(folder, stems):
    """Red = 10 + index, green 20, blue 30."""
    (folder / "STSNet_whole_norm_u_v_os").mkdir(parents=True)
    for index, stem in enumerate(stems):
        Image.new("RGB", (28, 28), (10 + index, 20, 30)).save(folder / "STSNet_whole_norm_u_v_os" / f"{stem}.png")


def one_problem(root, name, capsys, message):
    """Opening the database in ``root/name`` is refused with this message, and ``mxe check`` says it in one line."""
    with pytest.raises(MxeError) as error:
        open_database(name, root)
    assert message in str(error.value) and "\n" not in str(error.value)
    assert main(["check", str(root)]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if "problem: " in line]
    assert len(lines) == 1 and message in lines[0]


def all_there(root, capsys):
    """``mxe check`` finds every frame that the workbook lists, and nothing wrong but that the package is not whole."""
    _, out = checked(root, capsys)
    assert "every listed frame is there" in out and problems_of(out) == []


def link_images(folder, names):
    """Tiny images of these names, of which all but the first are links to it: a database of thousands in a second."""
    folder.mkdir(parents=True, exist_ok=True)
    first, *others = [folder / name for name in names]
    if not first.exists():
        Image.new("RGB", (4, 4), 90).save(first)
    for path in others:
        with contextlib.suppress(FileExistsError):  # two movements of one video share frames
            os.link(first, path)


@pytest.fixture
def linked_images(monkeypatch):
    """The writers link tiny images in place of rendering frames."""

    def of_clip(place, database, clip, name, numbers=None):
        link_images(place, [name(number) for number in (clip.frame_numbers() if numbers is None else numbers)])

    def of_video(place, database, video, name):
        link_images(place, [name(number) for number in video.frame_numbers()])

    monkeypatch.setattr(writers, "write_frames", of_clip)
    monkeypatch.setattr(video_writers, "_write_video", of_video)


EVERY = {"casme": 10, "casme3a": 10, "mmew": 10, "dfme": 50, "4dme": 10, "casme_sq": 10, "samm_long": 40}
"""So thin that a whole twin is on disk in a second: frame numbers are fewer, all else is as it is."""


def write_whole(root, name, **options):
    """The whole twin in ``root/name``, with the fixture ``linked_images``; (twin, workbook)."""
    twin = packages.twin(name, every=EVERY[name])
    return twin, packages.WRITE[name](root / name, twin, **options)


def checked(root, capsys):
    """What ``mxe check`` exits with and prints."""
    capsys.readouterr()
    return main(["check", str(root)]), capsys.readouterr().out


def problems_of(out):
    """The problems that ``mxe check`` prints, but for a part of a package that is not whole."""
    lines = [line.strip() for line in out.splitlines() if "problem: " in line]
    return [line for line in lines if "put the whole package there" not in line]
