"""Twins of CAS(ME)² and SAMM Long Videos: people, videos and expressions as many and as long as theirs."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError
from mxe_lib.simulation import packages, video_writers
from mxe_lib.simulation.long_twins import LongTwinDatabase
from mxe_lib.simulation.twin_tables import LONG_TWINS
from mxe_lib.spotting.curves import half_length
from mxe_lib.videos import KINDS

THIN = {"casme_sq": 2, "samm_long": 10}  # half of the frames, a tenth


@pytest.fixture(scope="module")
def twins():
    return {name: LongTwinDatabase(name, size=(64, 80), every=every) for name, every in THIN.items()}


@pytest.mark.parametrize(
    ("name", "people", "videos", "seconds", "half_lengths"),
    [("casme_sq", 22, 98, 148, {"micro": 6, "macro": 18}), ("samm_long", 32, 147, 35.5, {"micro": 37, "macro": 174})],
)
def test_people_videos_and_expressions_are_the_databases(twins, name, people, videos, seconds, half_lengths):
    """Half-lengths: k = (mean length + 1) / 2, as SOFTNet's authors print it of the real ones."""
    found, every = twins[name].videos(), THIN[name]
    assert len(found) == videos == len({video.id for video in found})
    assert len({video.subject for video in found}) == people
    assert np.mean([video.seconds * every for video in found]) == pytest.approx(seconds, rel=0.02)
    intervals = [interval for video in found for interval in video.intervals]
    assert Counter((i.kind, i.emotion) for i in intervals) == {
        (kind, word): count for kind, words in LONG_TWINS[name].counts.items() for word, count in words.items()
    }
    for kind in KINDS:
        assert half_length(found, kind) * every == pytest.approx(half_lengths[kind], rel=0.1, abs=every)
    assert sum(any(i.kind == "macro" for i in video.intervals) for video in found) == LONG_TWINS[name].moving
    still = {video.subject for video in found} - {video.subject for video in found if video.intervals}
    assert still == set(LONG_TWINS[name].still)


@pytest.mark.parametrize("name", THIN)
def test_nothing_overlaps_and_micro_expressions_are_short(twins, name):
    for video in twins[name].videos():
        ends = [(interval.onset, interval.offset) for interval in video.intervals]
        assert all(before[1] < after[0] for before, after in pairwise(ends))
        for interval in video.intervals:
            seconds, frame = interval.length * THIN[name] / video.fps, THIN[name] / video.fps
            assert seconds <= 0.5 + frame / 2 if interval.kind == "micro" else seconds >= 0.5
    events = twins[name].events()
    assert sum(len(one["blinks"]) for one in events.values()) > len(events)


@pytest.mark.parametrize("name", THIN)
def test_rendered_videos_come_back_to_the_bit(tmp_path, name):
    twin = LongTwinDatabase(name, size=(64, 80), every={"casme_sq": 10, "samm_long": 40}[name])
    videos = [video for video in twin.videos() if video.intervals]
    video = min(videos, key=lambda video: video.last)
    packages.WRITE[name](tmp_path / name, twin, [video], extension="png")
    read = open_database(name, tmp_path)
    assert read.videos() == [video] and read.repairs() == []
    numbers = [1, video.intervals[0].apex, video.last]
    np.testing.assert_array_equal(read.frames(video, numbers), twin.frames(video, numbers))
    onset = twin.frames(video, [video.intervals[0].onset, video.intervals[0].apex]).astype(int)
    assert np.abs(onset[1] - onset[0]).max() > 3, "something moves"


@pytest.mark.parametrize("name", THIN)
def test_the_whole_annotation_comes_back(tmp_path, monkeypatch, twins, name):
    """As long as the twin is, since no picture is written: read by the workbook alone."""
    monkeypatch.setattr(video_writers, "_write_video", lambda place, *_: place.mkdir(parents=True))
    packages.WRITE[name](tmp_path / name, twins[name])
    read = open_database(name, tmp_path)
    mine = {(video.subject, video.name): list(video.intervals) for video in twins[name].videos() if video.intervals}
    found = {}
    for clip in read.clips():
        found.setdefault((clip.subject, clip.video), []).append(clip.interval)
    assert {key: sorted(some, key=lambda i: i.onset) for key, some in found.items()} == mine


def test_what_is_no_twin_is_refused():
    with pytest.raises(MxeError, match=r"^unknown twin 'casme': choose one of casme_sq, samm_long$"):
        LongTwinDatabase("casme")
    for every in (0, 7, 15):
        with pytest.raises(MxeError, match=f"^every {every}: choose a divisor of 30 that leaves three frames a second"):
            LongTwinDatabase("casme_sq", every=every)
