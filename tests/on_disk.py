"""Small packages on disk: workbooks, image folders, lists of flow maps."""

import csv
import io

import openpyxl
import pytest
from PIL import Image

from mxe_lib.__main__ import main
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError

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
    main(["check", str(root)])
    out = capsys.readouterr().out
    problems = [line for line in out.splitlines() if "problem: " in line and "put the whole package there" not in line]
    assert "every listed frame is there" in out and problems == []
