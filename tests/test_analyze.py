"""A clip in any form gives one verdict; bad input gives one line and leaves nothing behind."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import sys
import urllib.parse
from pathlib import Path
from types import SimpleNamespace

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn_face import draw_face
from PIL import Image

from mxe_lib.__main__ import main
from mxe_lib.app import analyze, clip_files, spot
from mxe_lib.app import page as page_of
from mxe_lib.clips import CLASSES
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
    names = [f"EP02_01f{ending}" for ending in (".html", ".json", ".png")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
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
        analyze.analyze_command(SimpleNamespace(clips=[folder], out=tmp_path, onset=46, apex=52, offset=None, fps=None))
        == 0
    )


def test_verdicts_of_clips_of_one_name_lie_beside_each_other(folder, frames, tmp_path):
    """Never over one another; the same clip's is replaced."""
    other = tmp_path / "sub02" / folder.name
    shutil.copytree(folder, other)
    dotted = [shutil.copytree(folder, tmp_path / name) for name in ("take1.5", "take1.6")]
    films = [tmp_path / f"clip.{ending}" for ending in ("gif", "webp")]
    images = [Image.fromarray(frame) for frame in frames]
    for film in films:
        images[0].save(film, save_all=True, append_images=images[1:], duration=20)
    number = {clip: 6 if clip in films else FIRST + 6 for clip in (folder, other, *dotted, *films)}
    verdicts = [run(clip, tmp_path, apex=apex) for clip, apex in number.items()]
    names = ["EP02_01f", "sub02-EP02_01f", "take1.5", "take1.6", "clip", "clip.webp"]
    assert [verdict.report.name for verdict in verdicts] == [f"{name}.json" for name in names]
    again = run(other, tmp_path, apex=FIRST + 7)
    assert again.report == verdicts[1].report and json.loads(again.report.read_text())["apex"] == FIRST + 7
    assert len(list((tmp_path / "out").iterdir())) == 18
    sources = [json.loads(verdict.report.read_text())["source"] for verdict in verdicts]
    assert [(tmp_path / "out" / source).resolve() for source in sources] == list(number)


def test_somebody_elses_files_are_not_overwritten(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/EP02_01f.json").write_text("[1]")
    taken = tmp_path / f"out/{tmp_path.name}-EP02_01f.png"
    taken.write_bytes(b"a photograph")
    verdict = run(folder, tmp_path, apex=FIRST + 6)
    assert verdict.report.name.endswith(f"{tmp_path.name}-EP02_01f.json") and verdict.report.name.count("-") > 1
    assert (tmp_path / "out/EP02_01f.json").read_text() == "[1]" and taken.read_bytes() == b"a photograph"


@pytest.mark.parametrize("name", [b"a\xff\xfe b", "Gesicht ü 顔".encode(), b"line\nbreak", b"x" * 240])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_name_of_a_clip_can_be_told(folder, tmp_path, monkeypatch, name, encoding):
    clip = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    folder.rename(clip)
    streams = {each: io.TextIOWrapper(io.BytesIO(), encoding=encoding) for each in ("stdout", "stderr")}
    for each, stream in streams.items():
        monkeypatch.setattr(sys, each, stream)

    def told(stream):
        stream.flush()
        return stream.buffer.getvalue().decode(encoding).splitlines()

    assert main(["analyze", f"--out={tmp_path / 'out'}", "--apex=52", str(clip)]) == 0
    lines = told(streams["stdout"])
    assert "apex 52 (given)" in lines[0] and lines[-1].startswith("written: ") and told(streams["stderr"]) == []
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert main(["analyze", f"--out={tmp_path / 'out'}", str(clip) + "\n?"]) == 2
    assert len(told(streams["stderr"])) == 1


def test_settings_of_the_users_matplotlib_change_no_figure(folder, tmp_path):
    plain = run(folder, tmp_path / "plain", apex=FIRST + 6).figure.read_bytes()
    with plt.rc_context({"text.usetex": True, "font.size": 30, "savefig.bbox": "tight", "axes.facecolor": "red"}):
        assert run(folder, tmp_path / "other", apex=FIRST + 6).figure.read_bytes() == plain


def test_two_frames_are_onset_and_apex(folder, tmp_path):
    for path in sorted(folder.iterdir())[2:]:
        path.unlink()
    verdict = run(folder, tmp_path)
    assert (verdict.apex, verdict.apex_source, verdict.apex_probability) == (FIRST + 1, "last frame", None)
    assert "Two frames: taken for onset and apex; spotting was skipped." in verdict.notes


@pytest.mark.parametrize(("option", "wanted"), [("apex", 51), ("offset", 51), ("onset", 51)])
def test_the_nearest_frames_are_named(folder, tmp_path, option, wanted):
    for path in folder.iterdir():
        if int(path.stem[3:]) % 4 != 2:
            path.unlink()
    with pytest.raises(MxeError, match=rf"frame 51 \(--{option}\) is not there: the nearest are 50 and 54"):
        run(folder, tmp_path, **{option: wanted})


def test_frames_cut_one_by_one_are_refused(folder, tmp_path):
    path = folder / f"img{FIRST + 3}.png"
    Image.open(path).crop((0, 0, 139, 170)).save(path)
    with pytest.raises(MxeError, match="frame 49 is 139 x 170 pixels in grey, frame 46 140 x 170"):
        run(folder, tmp_path)


def test_uneven_times_are_told(frames, tmp_path):
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=[20, 40] * 6)
    verdict = run(tmp_path / "a.gif", tmp_path, apex=7)
    assert verdict.fps is None and verdict.milliseconds == pytest.approx(180)
    assert "180 ms after the onset" in str(verdict) and "do not come evenly (20 to 40 ms apart)" in str(verdict)
    assert run(tmp_path / "a.gif", tmp_path, apex=7, fps=100).milliseconds == pytest.approx(60)


def long_clip(frames, rest, count):
    """Rest, the movement, rest: aligned crops with a camera's noise."""
    noise = np.random.default_rng(0)
    still = [frames[0]] * rest + list(frames) + [frames[-1]] * (count - rest - len(frames))
    crops = [cv2.resize(frame[20:160, 10:130], (75, 75), interpolation=cv2.INTER_AREA) for frame in still]
    return {
        number: np.clip(crop + noise.normal(0, 1, crop.shape), 0, 255).astype(np.uint8)
        for number, crop in enumerate(crops, start=1)
    }


@pytest.mark.parametrize("rest", [100, 700, 1300])
def test_a_long_clip_is_searched_where_something_happens(frames, rest):
    slow = np.repeat(frames, 5, axis=0)
    apex, scores, notes = spot.apex_of(long_clip(slow, rest, 1500))
    assert rest + 10 < apex < rest + 55 and len(scores) <= spot.SPOTTED_FRAMES
    assert notes[0].startswith("Of 1500 frames those from ")


def test_a_long_clip_in_which_all_moves_tells_how_closely_it_was_looked_at(frames):
    slow = [frames[0] + (frames[6].astype(float) - frames[0]) * height for height in np.sin(np.linspace(0, np.pi, 500))]
    apex, _, notes = spot.apex_of(long_clip(np.stack(slow), 0, 500))
    assert 150 < apex < 350 and notes == [
        "Of 500 frames one in 5 was scored: the apex is known to 5 frames at best. Give --onset and --offset for a "
        "closer look."
    ]


def test_nothing_is_written_among_the_frames(folder):
    before = sorted(folder.iterdir())
    with pytest.raises(MxeError, match="is the clip's own folder"):
        analyze.analyze(folder, folder, apex=FIRST + 3)
    assert sorted(folder.iterdir()) == before


def test_an_animation_beside_its_verdict_stays_as_it_is(frames, tmp_path):
    images, path = [Image.fromarray(frame) for frame in frames], tmp_path / "smile.png"
    images[0].save(path, save_all=True, append_images=images[1:], duration=20)
    before = path.read_bytes()
    assert analyze.analyze(path, tmp_path, apex=7).figure != path and path.read_bytes() == before


def test_the_page_holds_the_frames_the_curve_and_every_caveat(folder, tmp_path):
    verdict = run(folder, tmp_path, fps=200)
    page = verdict.page.read_text(encoding="utf-8")
    data = json.loads(page.partition("id=data>")[2].partition("</script>")[0])
    assert [frame["number"] for frame in data["frames"]] == list(range(FIRST, LAST + 1))
    assert data["frames"][data["start"]]["number"] == verdict.apex == data["apex"]
    assert [number for number, _ in data["curve"]] == list(verdict.apex_probability)
    assert data["frames"][0]["moved"] == 0 < data["frames"][data["start"]]["moved"]
    assert all(html.escape(note, quote=False) in html.unescape(page) for note in verdict.notes)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert str(tmp_path) not in page
    assert run(folder, tmp_path, fps=200).page.read_text(encoding="utf-8") == page


def test_a_long_clip_shows_its_first_frame_its_apex_and_its_last():
    shown = page_of._shown(list(range(10, 2000)), apex=777)  # noqa: SLF001
    assert shown[0] == 10 and shown[-1] == 1999 and 777 in shown and len(shown) <= page_of.SHOWN


def test_a_name_is_text_on_the_page(folder, tmp_path):
    clip = folder.rename(folder.with_name("<img src=x onerror=alert(1)>"))
    page = run(clip, tmp_path).page.read_text(encoding="utf-8")
    assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt;" in page


def test_several_clips_get_an_overview_and_a_table(folder, tmp_path, capsys):
    other = shutil.copytree(folder, tmp_path / "overview")  # not under the overview's own name
    out = tmp_path / "out"
    code = main(["analyze", str(folder), str(other), str(tmp_path / "nobody"), "--out", str(out)])
    streams = capsys.readouterr()
    assert code == 2 and "error: " in streams.err and "nobody" in streams.err
    assert streams.out.rstrip().endswith("2 of 3 clips: see overview.html and overview.csv")
    rows = list(csv.DictReader(io.StringIO((out / "overview.csv").read_text(encoding="utf-8"))))
    assert [row["clip"] for row in rows] == ["EP02_01f", "overview", "nobody"]
    assert [bool(row["refused"]) for row in rows] == [False, False, True]
    assert sum(float(rows[0][f"p_{name}"]) for name in CLASSES) == pytest.approx(1, abs=1e-3)
    page = (out / "overview.html").read_text(encoding="utf-8")
    for name in re.findall('href="([^"]+)"', page):
        assert (out / urllib.parse.unquote(name)).is_file(), name
    assert "no such file" in page


@pytest.mark.parametrize("name", ["onset", "apex", "offset"])
def test_a_frame_number_belongs_to_one_clip(folder, tmp_path, capsys, name):
    assert main(["analyze", str(folder), str(folder), "--out", str(tmp_path), f"--{name}", "52"]) == 2
    assert f"--{name} is a frame of one clip" in capsys.readouterr().err


def test_where_every_clip_is_refused_no_overview_is_written(tmp_path, capsys):
    assert main(["analyze", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out")]) == 2
    assert "none of the 2 clips" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
