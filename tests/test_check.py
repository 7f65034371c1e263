import errno
import os
import pathlib
import sys

import numpy as np
import pytest
from PIL import Image
from tiny import TinyDatabase, named

from mxe_lib.__main__ import main
from mxe_lib.databases import check
from mxe_lib.simulation import writers


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The whole SMIC cohort as the cropped package, which lacks one clip and a few images."""
    root = tmp_path_factory.mktemp("data")
    writers.write_smic(root / "smic", TinyDatabase("smic"), cropped=True)
    return root


def test_a_whole_database_is_fine_and_its_repairs_are_told(whole, capsys):
    assert main(["check", str(whole), "--deep"]) == 0
    out = capsys.readouterr().out
    assert "casme2: absent, will be simulated" in out and "flowmaps: absent" in out
    assert "smic: found, simulated, 163 clips of 16 subjects" in out
    assert "composite 163 = 70/51/42 (negative/positive/surprise); MEGC 2019 counts 164: with smic/s18" in out
    assert "repaired (6):" in out and "every listed frame is there and whole" in out and "no problem" in out


def test_missing_frames_and_a_short_composite_are_problems(tmp_path, capsys):
    database = TinyDatabase("casme2", named("casme2", "sub05/EP09_05f"))
    writers.write_casme2(tmp_path / "casme2", database)
    image = sorted(tmp_path.rglob("img*.jpg"))[0]
    image.unlink()
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "MEGC 2019 counts 145 = 88/32/25: the package is not whole" in out
    assert f"lacks 1 of {len(database.clips()[0].frame_numbers())} frames" in out
    assert image.name in out and "problems: 2" in out


def test_a_truncated_image_is_found_by_the_deep_check(tmp_path, capsys):
    writers.write_samm(tmp_path / "samm", TinyDatabase("samm", named("samm", "032/032_3_2")))
    image = sorted(tmp_path.rglob("*.jpg"))[2]
    Image.new("L", (300, 300), 7).save(image)
    image.write_bytes(image.read_bytes()[:-40])
    assert main(["check", str(tmp_path)]) == 1
    assert "problems: 1\n" in capsys.readouterr().out  # the composite alone
    assert main(["check", str(tmp_path), "--deep"]) == 1
    assert f"{image.name} is unreadable" in capsys.readouterr().out


def test_pixels_that_are_cut_to_white_are_told_by_the_deep_check(tmp_path, capsys):
    writers.write_samm(tmp_path / "samm", TinyDatabase("samm", named("samm", "032/032_3_2")))
    image = sorted(tmp_path.rglob("*.jpg"))[2]
    with Image.open(image) as stored:
        deep = np.full(stored.size[::-1], 3000, np.uint16)
    deep[0, 0] = 65535
    Image.fromarray(deep).save(image, format="PNG")  # as deep as its content says
    assert main(["check", str(tmp_path), "--deep"]) == 1
    out = capsys.readouterr().out
    assert f"{image.name} has some pixels of 65535" in out and "problems: 1\n" in out  # the composite alone


def test_a_faulty_workbook_is_one_line(tmp_path, capsys):
    (tmp_path / "samm").mkdir()
    (tmp_path / "samm/book.xlsx").write_bytes(b"broken")
    assert main(["check", str(tmp_path)]) == 1
    assert "problem: samm: samm/book.xlsx: cannot be opened as a workbook" in capsys.readouterr().out


def test_a_folder_without_any_database_is_a_problem(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "holds none of casme2/, samm/, smic/, " in out and ", flowmaps/: make a folder" in out


def test_wrong_calls_exit_with_two(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    for arguments in ([], ["check"], ["chekc", "x"], ["analyze", "clip"]):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: mxe") and error.count("\n") == 1 and error.endswith(" --help\n")


def test_analyze_hands_its_options_over(monkeypatch, tmp_path, capsys):
    seen = {}
    module = type(sys)("mxe_lib.app.analyze")
    module.analyze_command = lambda options: seen.update(vars(options))
    monkeypatch.setitem(sys.modules, "mxe_lib.app.analyze", module)
    assert main(["analyze", "clip.gif", "--out", str(tmp_path), "--onset", "3", "--apex", "9", "--fps", "99.5"]) == 0
    assert [clip.name for clip in seen["clips"]] == ["clip.gif"] and seen["out"] == tmp_path
    assert (seen["onset"], seen["apex"], seen["offset"], seen["fps"]) == (3, 9, None, 99.5)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_folder_that_may_not_be_looked_at(tmp_path, monkeypatch, capsys, number):
    def refuse(path):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(pathlib.Path, "is_dir", refuse)
    assert main(["check", str(tmp_path / "data")]) == 2
    err = capsys.readouterr().err
    assert f"data cannot be looked at ({os.strerror(number)}): mend its rights" in err and err.count("\n") == 1


def test_a_name_longer_than_any_folder_can_have(capsys):
    assert main(["check", "/tmp/" + "x" * 5000]) == 2
    err = capsys.readouterr().err
    assert "xxx... " in err and err.count("\n") == 1 and len(err) < 400


def test_a_report_that_nobody_reads_any_more_is_no_problem_of_a_database(tmp_path, monkeypatch):
    def closed(*args, **kwargs):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    (tmp_path / "smic").mkdir()
    monkeypatch.setattr(check, "database_folder", closed)
    with pytest.raises(BrokenPipeError):
        check.check(tmp_path)
