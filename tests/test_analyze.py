"""A clip in any form gives one verdict; bad input gives one line and leaves nothing behind."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from drawn_face import draw_face
from PIL import Image

from mxe_lib.__main__ import main
from mxe_lib.app import analyze, clip_files
from mxe_lib.errors import MxeError
from mxe_lib.vision import tvl1

FIRST, LAST = 46, 57


@pytest.fixture(autouse=True, scope="module")
def quick_flow():
    """Coarser flow, in half the time."""
    patch = pytest.MonkeyPatch()
    patch.setattr(tvl1, "PARAMETERS", tvl1.PARAMETERS | {"warps": 2, "outerIterations": 1})
    yield
    patch.undo()


@pytest.fixture(scope="module")
def frames():
    """Corners of the mouth that rise for six frames and sink again; ``(12, 170, 140)``."""
    face, points = draw_face()
    y, x = np.mgrid[:170, :140].astype(np.float32)
    bump = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / 200) for px, py in points[[48, 54]])
    heights = np.concatenate([np.linspace(0, 3, 7), np.linspace(2.4, 0, 5)])
    return np.stack([cv2.remap(face, x, (y + h * bump).astype(np.float32), cv2.INTER_LINEAR) for h in heights])


@pytest.fixture
def folder(frames, tmp_path):
    path = tmp_path / "EP02_01f"
    path.mkdir()
    for number, frame in enumerate(frames, start=FIRST):
        Image.fromarray(frame).save(path / f"img{number}.png")
    return path


def run(clip, tmp_path, **options):
    return analyze.analyze(clip, tmp_path / "out", **options)


def test_folder_of_frames(folder, tmp_path):
    verdict = run(folder, tmp_path, fps=200)
    assert (verdict.onset, verdict.offset, verdict.apex_source) == (FIRST, LAST, "spotted")
    assert FIRST < verdict.apex <= LAST and list(verdict.apex_probability) == list(range(FIRST, LAST + 1))
    assert sum(verdict.probabilities.values()) == pytest.approx(1) == sum(verdict.prior.values())
    assert [round(442 * share) for share in verdict.prior.values()] == [250, 109, 83]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["EP02_01f.json", "EP02_01f.png"]
    report = json.loads(verdict.report.read_text())
    assert report["apex"] == verdict.apex and report["probabilities"] == verdict.probabilities
    assert str(tmp_path) not in verdict.report.read_text()
    assert Image.open(verdict.figure).size[0] > 1000
    for text in (str(verdict), " ".join(report["notes"])):
        assert analyze.STATEMENT in text and "unseen simulated people" in text
    assert "200" not in str(verdict) and "ms after the onset" in str(verdict)


def test_onset_and_apex_are_enough(folder, tmp_path):
    verdict = run(folder, tmp_path, onset=FIRST, apex=FIRST + 6)
    assert (verdict.apex, verdict.apex_source, verdict.offset, verdict.apex_probability) == (
        FIRST + 6,
        "given",
        None,
        None,
    )
    assert "spotting was skipped" in str(verdict)
    assert verdict.motion > analyze.HARDLY_MOVES


def test_video_and_gif_agree_with_the_folder(folder, frames, tmp_path):
    video = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter_fourcc(*"FFV1"), 100, (140, 170), isColor=True)
    for frame in frames:
        video.write(np.dstack([frame] * 3))
    video.release()
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(tmp_path / "clip.gif", save_all=True, append_images=images[1:], duration=20)
    of_folder = run(folder, tmp_path, apex=FIRST + 6)
    for name, fps in (("clip.avi", 100), ("clip.gif", 50)):
        verdict = run(tmp_path / name, tmp_path, apex=7)
        assert (verdict.onset, verdict.apex, verdict.fps) == (1, 7, fps)
        assert verdict.motion == pytest.approx(of_folder.motion, rel=0.1)


def test_same_clip_same_verdict(folder, tmp_path):
    first, again = run(folder, tmp_path / "a"), run(folder, tmp_path / "b")
    assert first.report.read_bytes() == again.report.read_bytes()


def truncate(path):
    path.write_bytes(path.read_bytes()[:-200])


def break_folder(folder, what):
    files = sorted(folder.iterdir())
    if what == "empty":
        [file.unlink() for file in files]
    elif what == "truncated":
        truncate(files[4])
    elif what == "one frame":
        [file.unlink() for file in files[1:]]
    elif what == "no face":
        [Image.new("L", (140, 170), 128).save(file) for file in files]


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        ("empty", {}, "no images in this folder"),
        ("truncated", {}, r"EP02_01f/img50.png is unreadable"),
        ("one frame", {}, "holds a single frame"),
        ("no face", {}, "frame 46: no face found"),
        ("", {"onset": 50, "apex": 48}, "--onset 50 does not lie before --apex 48"),
        ("", {"onset": 50, "apex": 50}, "--onset 50 does not lie before --apex 50"),
        ("", {"apex": 56, "offset": 50}, "--apex 56 does not lie before --offset 50"),
        ("", {"onset": 20}, r"frame 20 \(--onset\) is not there"),
        ("", {"onset": 90}, r"frame 90 \(--onset\) lies outside the clip"),
        ("", {"apex": 90}, r"frame 90 .* lies outside the clip: choose up to 57"),
        ("", {"offset": 90}, "frame 90 .* lies outside the clip: choose up to 57"),
        ("", {"onset": 57}, "fewer than two frames"),
        ("", {"fps": 0.0}, "--fps 0.0"),
    ],
)
def test_bad_folder_or_numbers(folder, tmp_path, what, options, message):
    break_folder(folder, what)
    with pytest.raises(MxeError, match=message) as error:
        run(folder, tmp_path, **options)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nothing", None, "no such file or folder"),
        ("text.mp4", b"no video", "text.mp4: no frame can be read"),
        ("text.gif", b"no image", "text.gif is not an image"),
        ("still.png", "still", "holds a single frame"),
        ("short.gif", "short", "short.gif is cut off or damaged"),
    ],
)
def test_bad_file(frames, tmp_path, capfd, name, content, message):
    path = tmp_path / name
    images = [Image.fromarray(frame) for frame in frames]
    if content == "still":
        images[0].save(path)
    elif content == "short":
        images[0].save(path, save_all=True, append_images=images[1:])
        path.write_bytes(path.read_bytes()[:9000])
    elif content:
        path.write_bytes(content)
    with pytest.raises(MxeError, match=message):
        run(path, tmp_path)
    assert not (tmp_path / "out").exists()
    assert capfd.readouterr().err == ""


def test_unwritable_output_leaves_nothing(folder, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(MxeError, match="is a file: name a folder"):
        analyze.analyze(folder, blocked, apex=FIRST + 3)
    with pytest.raises(MxeError, match="cannot write there"):
        analyze.analyze(folder, blocked / "below", apex=FIRST + 3)

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", disk_full)
    with pytest.raises(MxeError, match="No space left"):
        run(folder, tmp_path, apex=FIRST + 3)
    assert list((tmp_path / "out").iterdir()) == []


def test_frames_without_numbers_count_from_one(frames, tmp_path):
    for name, frame in zip("cab", frames[:3], strict=True):
        Image.fromarray(frame).save(tmp_path / f"{name}.png")
    opened = clip_files.open_clip(tmp_path)
    found = list(opened.frames)
    assert [frame.number for frame in found] == [1, 2, 3] and found[0].time is None
    assert opened.notes == ["The names hold no frame numbers: frames are counted from 1 (a.png) to 3 (c.png)."]
    np.testing.assert_array_equal(found[0].image, frames[1])


def test_command_line(folder, tmp_path, capsys):
    arguments = ["analyze", str(folder), "--out", str(tmp_path / "out"), "--apex", "52"]
    assert main(arguments) == 0
    assert "EP02_01f: apex 52 (given)" in capsys.readouterr().out
    assert main(["analyze", str(folder / "x"), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ") and printed.count("\n") == 1
    assert (
        analyze.analyze_command(SimpleNamespace(clip=folder, out=tmp_path, onset=46, apex=52, offset=None, fps=None))
        == 0
    )
