"""A long video in, intervals out: where they are, what was left out, and that four files say the same."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pandas as pd
import pytest
from drawn_face import draw_face

from mxe_lib.__main__ import main
from mxe_lib.app import analyze, long_files, long_page, long_video, moment_stream, progress, videos
from mxe_lib.app.moment_stream import MomentStream
from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results, spotted
from mxe_lib.simulation.long_videos import LongVideos
from mxe_lib.spotting.interval_spotter import distances, moments
from mxe_lib.spotting.shipped_interval_spotter import interval_spotter
from mxe_lib.vision import long_flow


def write(path, pictures, rate=30, times=None):
    """``times``: stamps in milliseconds."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=rate, options={"crf": "16", "bf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0], "yuv420p"
        if times is not None:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            if times is not None:
                frame.pts, frame.time_base = times[number], stream.codec_context.time_base
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def rendered():
    """A simulated person's video of twenty seconds, and its frames."""
    cohort = LongVideos(seed=2, subjects=1, seconds=(20, 20))
    video = cohort.videos()[0]
    return video, cohort.frames(video)


@pytest.fixture(scope="module")
def film(rendered, tmp_path_factory):
    return write(tmp_path_factory.mktemp("film") / "session.mp4", rendered[1])


@pytest.fixture(scope="module")
def found(film, tmp_path_factory):
    return analyze.analyze(film, tmp_path_factory.mktemp("out"))


def still(seconds, seed=0, rate=30):
    """A drawn face at rest, with a camera's noise."""
    face, noise = draw_face(seed=seed)[0].astype(float), np.random.default_rng(0)
    return [np.clip(face + noise.normal(0, 1, face.shape), 0, 255).astype(np.uint8) for _ in range(int(seconds * rate))]


def test_the_intervals_lie_where_the_truth_is(rendered, found):
    true = rendered[0].intervals
    pairs = spotted.match([spotted.Spotted(i.onset, i.apex, i.offset, i.kind) for i in found.search.intervals], true)
    assert len(true) == 3 and len(pairs) >= 2
    for mine, other in pairs:
        one = found.search.intervals[mine]
        assert one.kind == true[other].kind and abs(one.apex - true[other].apex) <= 15
        assert one.onset_s == pytest.approx((one.onset - 1) / 30, abs=1e-3)


def test_table_json_picture_and_page_say_the_same(found):
    assert sorted(path.name for path in found.page.parent.iterdir()) == [
        f"session{ending}" for ending in (".html", ".intervals.csv", ".json", ".png")
    ]
    rows = list(csv.DictReader(io.StringIO(found.table.read_text(encoding="utf-8"))))
    report = json.loads(found.report.read_text(encoding="utf-8"))
    page = found.page.read_text(encoding="utf-8")
    assert len(rows) == len(report["intervals"]) == len(found.search.intervals) == page.count("<section")
    for row, told, one in zip(rows, report["intervals"], found.search.intervals, strict=True):
        ends = [one.onset, one.apex, one.offset]
        assert [int(row[name]) for name in ("onset", "apex", "offset")] == ends
        assert [told[name] for name in ("onset", "apex", "offset")] == ends
        assert row["class"] == told["class"] == max(CLASSES, key=lambda name: float(row[f"p_{name}"]))
        assert sum(float(row[f"prior_{name}"]) for name in CLASSES) == pytest.approx(1, abs=1e-3)
        assert f"Frames {ends[0]} to {ends[2]}, apex {ends[1]}" in page
        assert {picture.number for picture in one.pictures} >= set(ends)
    assert report["fps"] == pytest.approx(30) and report["left_out"] == []
    assert len(report["belief"][0]["values"]) == 300
    for note in report["notes"]:
        assert note.replace("'", "&#39;") in page and note in str(found)
    assert "http" not in page and str(found.page.parent) not in page + found.report.read_text()
    assert any("15 frames" in note and "33 ms" in note for note in report["notes"])
    assert any("with 33.3 of them left" in note for note in report["notes"])


def test_the_same_video_gets_the_same_answer(film, found, tmp_path):
    again = analyze.analyze(film, found.page.parent)
    assert again.report == found.report, "the same video's is replaced"
    assert again.search.intervals[0].probabilities == found.search.intervals[0].probabilities


@pytest.mark.parametrize("count", [24, 107, 300])
def test_moments_of_a_stream_are_those_of_the_whole(rendered, monkeypatch, count):
    monkeypatch.setattr(moment_stream, "CHUNK", 60)
    monkeypatch.setattr(moment_stream, "BLOCK", 40)
    crops = np.stack([cv2.resize(frame[28:128, 14:114], (64, 64)) for frame in rendered[1][:count]])
    task = interval_spotter()
    stream = MomentStream(task)
    for crop in crops:
        stream.add(crop)
    whole = task.heat_map(moments({d: long_flow.distance_flow(crops, d) for d in distances(30)}, 30))
    np.testing.assert_allclose(stream.heat_map(), whole, atol=1e-6)


def test_a_stream_keeps_a_chunk_however_long_it_is():
    stream = MomentStream(interval_spotter())
    crop = np.zeros((64, 64), np.uint8)
    for _ in range(3 * moment_stream.CHUNK):
        stream.add(crop)
        assert len(stream._kept) < moment_stream.CHUNK + 3 * moment_stream.MARGIN  # noqa: SLF001


def test_the_camera_may_be_faster_or_slower(rendered, found, tmp_path):
    """The same person at 60 frames a second, each frame twice, and at 15: the same movements at the same seconds."""
    twice = write(tmp_path / "fast.mp4", np.repeat(rendered[1], 2, axis=0), rate=60)
    fast = long_video.search(twice, "fast")
    sure = [one.onset_s for one in found.search.intervals if one.score > 0.5]
    assert [one.onset_s for one in fast.intervals if one.score > 0.5] == pytest.approx(sure, abs=0.1)
    assert any("60 frames a second the spotter is given 30" in note for note in fast.notes)
    slow = long_video.search(write(tmp_path / "slow.mp4", rendered[1][::2], rate=15), "slow")
    assert any("15 frames a second are few" in note for note in slow.notes)
    with pytest.raises(MxeError, match="6 frames a second are too few"):
        long_video.search(write(tmp_path / "slower.mp4", rendered[1][::5], rate=6), "slower")


def test_uneven_times_are_told(rendered, found, tmp_path):
    stamps = np.cumsum([0, *([56, 28, 28, 28, 28] * 120)[:599]])
    film = write(tmp_path / "uneven.mkv", rendered[1], times=stamps.tolist())
    search = long_video.search(film, "uneven")
    assert search.fps is None and any("do not come evenly (28 to 56 ms apart)" in note for note in search.notes)
    assert search.seconds == pytest.approx(stamps[-1] / 1000)
    sure = [one.onset for one in found.search.intervals if one.score > 0.5]
    assert [one.onset for one in search.intervals if one.score > 0.4][: len(sure)] == pytest.approx(sure, abs=5)


def test_a_stretch_without_the_face_is_told_and_left_out(tmp_path):
    """Nobody yet, the face, nobody, another face, the first one again."""
    nobody = [np.full((170, 140), 90, np.uint8)] * 60
    other = [frame[:, ::-1] // 2 + 20 for frame in still(2, seed=3)]
    other = [cv2.warpAffine(f, np.float32([[1, 0, 0], [0, -1, 169]]), (140, 170)) for f in other]
    parts = [nobody, still(4), nobody, still(4), other, still(3)]
    search = long_video.search(write(tmp_path / "a.mp4", [np.ascontiguousarray(f) for p in parts for f in p]), "a.mp4")
    assert not search.intervals
    first, second, third = search.left_out
    assert first.first == 1 and first.end == pytest.approx(2, abs=0.6) and "no face found" in first.why
    assert second.start == pytest.approx(6, abs=0.1) and second.end == pytest.approx(8, abs=0.6)
    assert third.start == pytest.approx(12, abs=0.1) and third.end == pytest.approx(14, abs=0.6)
    assert search.searched == pytest.approx(
        search.seconds - sum(one.end - one.start for one in search.left_out), abs=0.3
    )
    assert any(note.startswith("Left out: 0.0 to ") for note in search.notes)


def test_who_shows_no_face_in_the_first_seconds_is_refused(tmp_path):
    film = write(tmp_path / "wall.mp4", [np.full((170, 140), 90, np.uint8)] * 360)
    with pytest.raises(
        MxeError, match=r"wall\.mp4: its first 10 seconds show no face to follow \(no face found\)"
    ) as error:
        analyze.analyze(film, tmp_path / "out")
    assert "\n" not in str(error.value) and not (tmp_path / "out").exists()


def test_a_damaged_video_is_refused_at_its_first_bad_frame(film, tmp_path):
    data = film.read_bytes()
    broken = tmp_path / "broken.mp4"
    middle = len(data) // 2
    broken.write_bytes(data[:middle] + bytes(4000) + data[middle + 4000 :])
    with pytest.raises(MxeError, match=r"broken\.mp4 is cut off or damaged from frame \d+ on") as error:
        analyze.analyze(broken, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    last = int(re.search(r"--offset (\d+)", str(error.value))[1])
    verdict = analyze.analyze(broken, tmp_path / "out", offset=last, long=True)
    assert verdict.search.last == last


def test_what_is_long(film, tmp_path):
    assert long_video.is_long(film) and long_video.is_long(film, onset=200)
    for numbers in ({"apex": 5}, {"onset": 1, "offset": 600}, {"offset": 300}, {"onset": 301}, {"fps": 200.0}):
        assert not long_video.is_long(film, **numbers), numbers
    short = write(tmp_path / "short.mp4", still(9.9))
    assert not long_video.is_long(short) and long_video.is_long(short, fps=25)
    assert not videos.outlasts(tmp_path / "nobody.mp4", 1)


def test_a_folder_is_long_where_it_is_said_and_its_rate_known(tmp_path, capsys):
    folder = tmp_path / "frames"
    folder.mkdir()
    for number, frame in enumerate(still(2), start=1):
        cv2.imwrite(str(folder / f"img{number:03}.png"), frame)
    command = ["analyze", str(folder), "--out", str(tmp_path / "out"), "--long"]
    assert main(command) == 2
    assert "how many frames a second it has is not known: give --fps" in capsys.readouterr().err
    assert main([*command, "--fps", "30"]) == 0
    assert "0 intervals in 2.0 searched seconds" in capsys.readouterr().out
    assert main([*command, "--fps", "30", "--apex", "9"]) == 2
    assert "--apex 9 is of one movement" in capsys.readouterr().err


def test_long_videos_stand_in_the_overview(film, tmp_path, capsys):
    assert main(["analyze", str(film), str(film), "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "overview.csv").read_text(encoding="utf-8"))))
    assert [row["clip"] for row in rows] == ["session.mp4"] * 2 and "session.intervals.csv" in rows[0]["notes"]
    assert 'href="session.html"' in (tmp_path / "overview.html").read_text(encoding="utf-8")


def test_somebody_elses_table_is_not_overwritten(found, film, tmp_path):
    theirs = tmp_path / "session.intervals.csv"
    theirs.write_text("theirs")
    verdict = long_files.write(found.search, film, tmp_path)
    assert theirs.read_text() == "theirs" and verdict.table != theirs and verdict.table.is_file()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_clip_was_taken_for_before_leaves_no_file(tmp_path):
    """One movement where there were intervals, and intervals again: each verdict has its own files and no others."""
    film, out = write(tmp_path / "session.mp4", still(2)), tmp_path / "out"
    three, four = ["session.html", "session.json", "session.png"], ["session.intervals.csv"]
    analyze.analyze(film, out, long=True)
    assert names(out) == sorted(three + four)
    verdict = analyze.analyze(film, out, apex=30)
    assert names(out) == three and json.loads(verdict.report.read_text())["apex"] == 30
    again = analyze.analyze(film, out, long=True)
    assert names(out) == sorted(three + four) and again.table.name == "session.intervals.csv"


def test_a_table_that_is_not_the_clips_own_stays(tmp_path):
    film, out = write(tmp_path / "session.mp4", still(2)), tmp_path / "out"
    analyze.analyze(film, out, apex=30)
    theirs = out / "session.intervals.csv"
    theirs.write_text("theirs")
    analyze.analyze(film, out, apex=31)
    long = analyze.analyze(film, out, long=True)
    assert theirs.read_text() == "theirs" and long.table.name == "session.mp4.intervals.csv"
    other = write(tmp_path / "elsewhere.mp4", still(2)).rename(tmp_path / "session.mkv")
    analyze.analyze(other, out, apex=30)
    assert theirs.read_text() == "theirs" and long.table.is_file(), "nothing of another clip goes"


def test_where_writing_fails_the_verdict_before_stays_whole(tmp_path, monkeypatch):
    film, out = write(tmp_path / "session.mp4", still(2)), tmp_path / "out"
    analyze.analyze(film, out, long=True)
    monkeypatch.setattr(analyze.json, "dumps", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(MxeError, match="No space left"):
        analyze.analyze(film, out, apex=30)
    assert len(names(out)) == 4 and "intervals" in json.loads((out / "session.json").read_text())


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_for_terminals(tmp_path, monkeypatch):
    film = write(tmp_path / "a.mkv", still(2))
    for stream, wanted, shown in ((Terminal(), "", True), (io.StringIO(), "", False), (Terminal(), "0", False)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("MXE_PROGRESS", wanted)
        long_video.search(film, "a.mkv")
        said = stream.getvalue()
        assert ("/60 " in said) == shown and "\n" not in said
        assert not said.split("\r")[-1].strip(), "the bar is gone at the end"


def test_how_many_frames_will_be_read(tmp_path):
    film = write(tmp_path / "a.mp4", still(2))
    assert [progress.expected(film, offset) for offset in (None, 20, 500)] == [60, 20, 60]
    for number in range(500, 510):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), np.zeros((9, 9), np.uint8))
    assert [progress.expected(tmp_path, offset) for offset in (None, 503)] == [10, 4]
    assert progress.expected(tmp_path / "nobody.mp4", None) is None


def test_the_rate_of_false_alarms_is_told_where_it_was_measured(tmp_path):
    table = tmp_path / "long_videos.csv"
    assert long_video._alarms(table) == []  # noqa: SLF001
    fixed = dict(experiment="long_videos", database="pooled", origin="simulated", protocol="simulated", seed="all")
    fixed |= dict(metric="false_alarms_rest", unit="a minute", ci_low=0.4, ci_high=2.6, n=30, source="ours")
    rows = [
        fixed | dict(model=model, variant="taught=others", value=value)
        for model, value in (("softnet", 9.0), ("interval_spotter", 1.25))
    ]
    results.write("long_videos", [pd.DataFrame(rows)], tmp_path)
    (note,) = long_video._alarms(table)  # noqa: SLF001
    assert "simulated videos" in note and "1.2 false alarms a minute [0.4, 2.6]" in note
    table.write_text("broken")
    assert long_video._alarms(table) == []  # noqa: SLF001


PEAK = """import resource, sys
from mxe_lib.app import analyze
analyze.analyze(sys.argv[1], sys.argv[2], long=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_length(rendered, tmp_path):
    """Kept, eight more seconds of these frames would be 230 MB."""
    pictures, peaks = [cv2.resize(frame, (512, 624)) for frame in rendered[1][:480]], []
    for count in (240, 480):
        film = write(tmp_path / f"{count}.mp4", pictures[:count])
        call = [sys.executable, "-c", PEAK, str(film), str(tmp_path / "out")]
        said = subprocess.run(call, capture_output=True, text=True, check=True)
        peaks.append(int(said.stdout))
    assert peaks[1] <= 1.1 * peaks[0]


def test_a_long_time_line_has_no_more_rows_than_fit(found):
    rows = long_page.lines(replace(found.search, seconds=5000.0))
    assert len(rows) <= long_page.ROWS and rows[-1]["end"] >= 5000
    (row,) = long_page.lines(found.search)
    assert len(row["intervals"]) == len(found.search.intervals)
    assert max(values.max() for _, values in row["belief"]) >= max(one.score for one in found.search.intervals) - 1e-9
