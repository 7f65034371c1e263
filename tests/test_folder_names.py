"""Folders whose names differ from the package's in what copying may change: capitals, and spaces around a name."""

import pytest
from on_disk import EVERY, GOOD, checked, linked_images, problems_of, write_book, write_images, write_whole  # noqa: F401

from mxe_lib.databases.casme2 import Casme2
from mxe_lib.databases.smic import Smic
from mxe_lib.databases.sources import open_database

CHANGES = [str.upper, str.swapcase, lambda name: f"{name} ", lambda name: f" {name}"]


def rename_folders(root, change):
    for path in sorted(root.rglob("*"), key=lambda path: len(path.parts), reverse=True):
        if path.is_dir():
            path.rename(path.with_name(change(path.name)))


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", EVERY)
def test_every_clip_is_found(tmp_path, capsys, name):
    write_whole(tmp_path, name)
    before = open_database(name, tmp_path).clips()
    for change in (str.swapcase, lambda name: f"{name} "):
        rename_folders(tmp_path / name, change)
        _, out = checked(tmp_path, capsys)
        assert problems_of(out) == [] and "every listed frame is there" in out and "does not list" not in out
        assert open_database(name, tmp_path).clips() == before


@pytest.mark.parametrize("change", CHANGES)
def test_those_of_the_composite(tmp_path, change):
    write_book(tmp_path / "casme2/CASME2-coding-20140508.xlsx", GOOD)
    write_images(tmp_path / "casme2/CASME2_RAW_selected/sub01/EP02_01f", [f"img{n}.jpg" for n in range(46, 87)])
    write_images(tmp_path / "smic/SMIC_all_raw/HS/s1/micro/positive/s1_po_01", ["image7.bmp", "image8.bmp"])
    write_images(tmp_path / "smic/SMIC_all_raw/VIS/s1/micro/positive/s1_po_01", ["image1.bmp", "image2.bmp"])
    for name in ("casme2", "smic"):
        rename_folders(tmp_path / name, change)
    casme2, smic = Casme2(tmp_path / "casme2"), Smic(tmp_path / "smic")
    (clip,) = casme2.clips()
    assert casme2.frames(clip).shape[0] == 41 and casme2.notes == []
    (clip,) = smic.clips()
    assert (clip.id, clip.onset, clip.offset) == ("smic/s1/s1_po_01", 7, 8) and smic.frames(clip).shape[0] == 2


def test_of_two_that_differ_in_capitals_the_right_one_is_read_and_the_other_told(tmp_path):
    write_book(tmp_path / "casme2/CASME2-coding-20140508.xlsx", GOOD)
    tree = tmp_path / "casme2/CASME2_RAW_selected"
    write_images(tree / "sub01/EP02_01f", [f"img{n}.jpg" for n in range(46, 87)])
    write_images(tree / "Sub01/EP02_01f", ["img46.jpg"])
    database = Casme2(tmp_path / "casme2")
    assert database.frames(database.clips()[0]).shape[0] == 41
    assert any(
        "does not list 1 clips that have images, first casme2/CASME2_RAW_selected/Sub01" in n for n in database.notes
    )
