"""The commands' own manners: wrong options in one line, outputs that end early, files that are somebody's own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mxe_lib import command_line
from mxe_lib.__main__ import main
from mxe_lib.app import analyze, movement, page, verdict_files
from mxe_lib.errors import MxeError
from run_all import main as run_all

ROOT = Path(__file__).parents[1]


# --- options


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--onset", "46.5"], "--onset: '46.5' is no frame number: give a whole number"),
        (["--onset", "4_7"], "--onset: '4_7' is no frame number"),
        (["--fps", "2_5"], "--fps: '2_5' is no number"),
        (["--apex", "x"], "--apex: 'x' is no frame number"),
        (["--offset", ""], "--offset: '' is no frame number"),
        (["--fps", "abc"], "--fps: 'abc' is no number of frames a second: give one such as 29.97"),
        (["--fps", "30,5"], "--fps: '30,5' is no number"),
        (["--fsp", "30"], "unrecognized arguments: --fsp 30"),
        (["--onset"], "--onset: expected one argument"),
        (["--out", ""], "--out: it is empty: name a file or folder"),
    ],
)
def test_wrong_options_are_one_line(tmp_path, capsys, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    assert main(["analyze", "clip", "--out", "out", *options]) == 2
    streams = capsys.readouterr()
    assert streams.out == "" and streams.err.count("\n") == 1 and says in streams.err
    assert streams.err.startswith("error: mxe") and streams.err.endswith(" --help\n")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [["check", ""], ["analyze", "", "--out", "x"], ["analyze", "a", "", "--out", "x"]]
)
def test_an_empty_name_is_not_the_current_folder(tmp_path, capsys, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert "it is empty: name a file or folder" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--workers", "two"], ["--profil"], ["--profile"], ["--at-once", "1.5"]])
def test_wrong_options_of_a_run_are_one_line(capsys, arguments):
    assert run_all(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and arguments[0] in error


def test_help_is_printed_whole(capsys):
    for arguments in (["--help"], ["analyze", "--help"], ["check", "--help"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0 and "usage: mxe" in capsys.readouterr().out


# --- frame numbers


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "clip"
    path.mkdir()
    for number in range(46, 50):
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path / f"img{number}.png")
    return path


@pytest.mark.parametrize(
    ("onset", "apex", "offset", "says"),
    [
        (None, None, 5, r"frame 5 \(--offset\) lies before the clip's first: choose 46 or later"),
        (None, 10, None, r"frame 10 \(--apex\) lies before the clip's first: choose 46 or later"),
        (None, None, -5, r"frame -5 \(--offset\) lies before the clip's first"),
        (1, 2, 3, r"frame 3 \(--offset\) lies before the clip's first"),
        (0, None, 45, r"frame 45 \(--offset\) lies before the clip's first"),
    ],
)
def test_a_frame_before_the_first_is_called_so(folder, onset, apex, offset, says):
    with pytest.raises(MxeError, match=says):
        movement.read(folder, "clip", onset, apex, offset)


def test_one_frame_is_one_frame(folder):
    for number in (47, 48, 49):
        (folder / f"img{number}.png").unlink()
    with pytest.raises(MxeError, match=r"choose 46 or later"):
        movement.read(folder, "clip", None, None, 5)


# --- outputs that end early


def mxe(*arguments, **streams):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "mxe_lib", *map(str, arguments)],
        env=environment, stderr=subprocess.PIPE, text=True, check=False, timeout=300, **streams,
    )  # fmt: skip


@pytest.fixture
def data(tmp_path):
    for name in ("casme2", "samm", "smic"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_whoever_reads_may_go(data):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        done = mxe("check", data, stdout=stream)
    assert (done.returncode, done.stderr) == (command_line.GONE, "")


def test_whoever_reads_a_run_may_go(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for run, arguments in ((run_all, ["--help"]), (main, ["run", "--help"])):
        with contextlib.redirect_stdout(Lost(0, BrokenPipeError(32, "Broken pipe"))):
            assert run(arguments) == command_line.GONE
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("error", "status"), [(BrokenPipeError(32, "Broken pipe"), 141), (OSError(28, "Full"), 2)])
def test_what_is_tidied_up_after_a_lost_output_is_done(error, status, capsys):
    tidied = []

    @command_line.reader_may_go
    def command():
        try:
            print("some lines\n" * 3, flush=True)
        finally:
            tidied.append(True)
        return 0

    with contextlib.redirect_stdout(Lost(0, error)):
        assert command() == status
    assert tidied and capsys.readouterr().err.count("\n") == (status == 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["check", "."], ["--help"]])
def test_a_full_disk_is_one_line(data, arguments):
    with open("/dev/full", "w") as stream:
        done = mxe(*arguments, stdout=stream, cwd=data)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the output cannot be printed (No space left on device)")
    assert done.stderr.count("\n") == 1


class Lost:
    """A stream that takes so many writes."""

    def __init__(self, writes, error):
        self.writes, self.error, self.encoding = writes, error, "utf-8"

    def write(self, text):
        self.writes -= 1
        if self.writes < 0:
            raise self.error
        return len(text)

    def flush(self):
        self.write("")

    def fileno(self):
        raise io.UnsupportedOperation


@pytest.mark.parametrize(
    ("error", "status", "lines"),
    [
        (BrokenPipeError(32, "Broken pipe"), 141, 0),
        (OSError(28, "No space left"), 2, 1),
        (OSError(5, "I/O error"), 2, 1),
    ],
)
@pytest.mark.parametrize("writes", [0, 1, 3])
def test_an_output_lost_on_the_way(data, monkeypatch, capsys, error, status, lines, writes):
    monkeypatch.setattr(sys, "stdout", Lost(writes, error))
    assert main(["check", str(data)]) == status
    assert capsys.readouterr().err.count("\n") == lines


def test_without_outputs_the_status_says_it(data, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["check", str(data)]) == 1
    monkeypatch.setattr(sys, "stderr", Lost(0, OSError(28, "No space left")))
    assert main(["check", str(data / "nowhere")]) == 2


def test_what_the_runner_sets_for_its_notebooks_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("MXE_NOTES", str(tmp_path / "notes"))
    monkeypatch.delenv("MXE_OUT", raising=False)
    monkeypatch.setattr(analyze, "analyze_command", lambda _: verdict_files.store.write(tmp_path / "a", "a"))
    assert main(["analyze", "clip", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "a").read_text() == "a" and not (tmp_path / "notes").exists()


def test_a_command_that_is_terminated_leaves_nothing_half_written(monkeypatch, tmp_path, capsys):
    def analyse(_):
        with verdict_files.store.whole(tmp_path / "a") as partial:
            partial.write_text("half")
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(analyze, "analyze_command", analyse)
    assert main(["analyze", "clip", "--out", str(tmp_path)]) == 130
    assert not list(tmp_path.iterdir()) and "nothing half-written" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == before


# --- the overview of several clips


@pytest.mark.parametrize("ending", [".csv", ".html"])
@pytest.mark.parametrize(
    "content", ["my own table\n", "", "clip,apex\n1,2\n", "<!doctype html>\n<title>My page</title>\n"]
)
def test_an_overview_never_takes_the_place_of_ones_own_file(tmp_path, ending, content):
    own = tmp_path / f"overview{ending}"
    own.write_text(content)
    assert verdict_files.overview(tmp_path).name == "overview-2"
    (tmp_path / "overview-2.json").write_text("{}")  # a clip of that name
    assert verdict_files.overview(tmp_path).name == "overview-3"
    assert own.read_text() == content


def test_a_folder_or_a_broken_link_is_ones_own_too(tmp_path):
    (tmp_path / "overview.csv").mkdir()
    (tmp_path / "overview-2.html").symlink_to("nowhere")
    assert verdict_files.overview(tmp_path).name == "overview-3"


def test_an_overview_takes_the_place_of_the_one_before(tmp_path):
    for ending, text in zip((".html", ".csv"), page.overview([], [("clip", "why")]), strict=True):
        (tmp_path / f"overview{ending}").write_text(text)
    assert verdict_files.overview(tmp_path).name == "overview"


def test_several_clips_beside_ones_own_overview(tmp_path, monkeypatch, capsys):
    found = analyze.Verdict(
        clip="a", source="a", fps=None, onset=1, apex=2, offset=3, apex_source="given", milliseconds=None,
        apex_probability=None, motion=1.0, probabilities=dict.fromkeys(analyze.CLASSES, 1 / 3),
        prior=dict.fromkeys(analyze.CLASSES, 1 / 3), notes=("a note",),
        figure=tmp_path / "a.png", report=tmp_path / "a.json", page=tmp_path / "a.html",
    )  # fmt: skip
    monkeypatch.setattr(analyze, "analyze", lambda *_, **__: found)
    for ending in (".csv", ".html"):
        (tmp_path / f"overview{ending}").write_text("mine")
    for _ in range(2):
        assert main(["analyze", "a", "b", "--out", str(tmp_path)]) == 0
        assert "2 of 2 clips: see overview-2.html and overview-2.csv" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "overview-2.csv", "overview-2.html", "overview.csv", "overview.html",
    ]  # fmt: skip
    assert {(tmp_path / f"overview{ending}").read_text() for ending in (".csv", ".html")} == {"mine"}
    assert (tmp_path / "overview-2.csv").read_text().startswith("clip,source,onset")
