"""Long videos that are not what they seem: times nobody wrote, fragments, still pictures, contradicting options."""

from __future__ import annotations

from array import array
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from drawn_face import draw_face
from PIL import Image

from mxe_lib.app import clip_files, long_reading, long_video, videos
from mxe_lib.app.standing import Standing
from mxe_lib.errors import MxeError
from mxe_lib.evaluation.spotted import Spotted

FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
NOISE = np.random.default_rng(0).normal(0, 1, (90, 170, 140))


def still(seconds, rate=30):
    """A drawn face at rest, with a camera's noise."""
    face = draw_face(seed=0)[0].astype(float)
    return [np.clip(face + NOISE[n % 90], 0, 255).astype(np.uint8) for n in range(int(seconds * rate))]


def write(path, pictures, codec="libx264", form=None, rate=30, options=None, said=None):
    with av.open(str(path), "w", format=form, options=options or {}) as file:
        file.metadata.update(said or {})
        how = {"crf": "16", "g": "15", "bf": "0", "preset": "ultrafast"} if codec == "libx264" else {}
        stream = file.add_stream(codec, rate=Fraction(rate), options=how)
        stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format=stream.pix_fmt)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def notes_of(path):
    opened = clip_files.open_clip(path)
    assert list(opened.frames)
    return opened.notes


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write(tmp_path_factory.mktemp("film") / "film.mp4", still(2))


@pytest.mark.parametrize(("codec", "form"), [("mjpeg", "mjpeg"), ("libx264", "h264")])
def test_a_raw_stream_has_no_times(tmp_path, codec, form):
    """FFmpeg makes up 25 frames a second for some."""
    raw = write(tmp_path / f"raw.{form}", still(1), codec, form, rate=30)
    assert [time for _, _, time in videos.read(raw)] == [None] * 30
    assert not videos.outlasts(raw, 0.5) and videos.outlasts(raw, 0.5, fps=30)
    with pytest.raises(MxeError, match="how many frames a second it has is not known: give --fps"):
        long_video.search(raw, raw.name)


def test_a_fragment_that_breaks_off(tmp_path):
    whole = write(tmp_path / "whole.mp4", still(2), options=FRAGMENTS)
    assert not notes_of(whole), "its list of fragments is at its end"
    data = whole.read_bytes()
    third = [place for place in range(len(data)) if data[place : place + 4] == b"moof"][2] - 4
    between = tmp_path / "between.mp4"
    between.write_bytes(data[:third])
    assert len(list(videos.read(between))) == 30
    assert any("does not say where it ends" in note for note in notes_of(between))
    for more in (4, 20):
        between.write_bytes(data[: third + more])
        if more > 8:
            with pytest.raises(MxeError, match="it ends within a fragment"):
                list(videos.read(between))


def test_slow_motion_is_told(tmp_path, film):
    options = {"movflags": "use_metadata_tags"}
    slow = write(tmp_path / "slow.mp4", still(1), options=options, said={"com.android.capture.fps": "120.0"})
    (note,) = notes_of(slow)
    assert "The camera took 120 frames a second, and the file shows 30" in note and "--fps 120" in note
    assert not notes_of(film)


@pytest.mark.parametrize("name", ["film.gif", "film.png"])
def test_a_film_under_an_images_name_is_one(tmp_path, film, name):
    renamed = tmp_path / name
    renamed.write_bytes(film.read_bytes())
    frames = list(clip_files.open_clip(renamed).frames)
    assert len(frames) == 60 and frames[-1].time == pytest.approx(59 / 30, abs=1e-3)


def test_an_animation_of_more_than_ten_seconds_is_long(tmp_path):
    def animation(name, count, milliseconds):
        images = [Image.fromarray(np.full((16, 16), n % 251, np.uint8)) for n in range(count)]
        images[0].save(tmp_path / name, save_all=True, append_images=images[1:], duration=milliseconds)
        return tmp_path / name

    assert long_video.is_long(animation("long.gif", 260, 40))
    assert not long_video.is_long(tmp_path / "long.gif", offset=200)
    assert not long_video.is_long(animation("short.gif", 100, 40))
    assert not long_video.is_long(animation("slow.gif", 12, 1000)), "one movement, shown slowly"


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"offset": 5}, r"frames 1 to 5 last 0\.13 s, too short to search"),
        ({"offset": 500}, r"frame 500 \(--offset\) lies outside the clip: choose up to 60"),
        ({"onset": 500}, r"frame 500 \(--onset\) lies outside the clip: choose up to 60"),
    ],
)
def test_bounds_that_do_not_fit(film, numbers, said):
    with pytest.raises(MxeError, match=said):
        long_video.search(film, "film.mp4", **numbers)


def test_options_that_contradict_the_video_are_told(film):
    notes = long_video.search(film, "film.mp4", onset=11, fps=25).notes
    assert any("30 frames a second: --fps 25 was taken instead" in note for note in notes)
    assert any("Seconds count from frame 11" in note for note in notes)


def test_an_interval_that_the_end_cuts_is_told():
    segment = long_reading.Segment(0, 0.0, numbers=array("q", range(100)))
    spans = [(segment, Spotted(*ends, "macro")) for ends in ((0, 3, 20), (30, 40, 50), (60, 98, 99))]
    (note,) = long_video._cut(spans)  # noqa: SLF001
    assert "Intervals 1, 3 reach" in note
    assert long_video._cut(spans[1:2]) == []  # noqa: SLF001


def looked_at(pictures, rate=30):
    standing = Standing()
    for number, picture in enumerate(pictures, start=1):
        standing.look(cv2.resize(picture, (75, 75)), number, number / rate)
    return standing.notes(rate)


def test_pictures_that_repeat_are_told():
    moving = still(3)
    assert looked_at(moving) == []
    (note,) = looked_at([*moving[:30], *[moving[30]] * 60, *moving[31:60]])
    assert "stands still: 1.0 to 3.0 s (frames 31 to 90)" in note
    keyframe = np.clip(moving[30].astype(int) + 1, 0, 255).astype(np.uint8)
    (note,) = looked_at([*[moving[30]] * 60, *[keyframe] * 60])
    assert "stands still: 0.0 to 4.0 s (frames 1 to 120)" in note, "a keyframe shows the same picture anew"
    (note,) = looked_at([picture for picture in moving for _ in range(2)])
    assert "50% of the frames repeat the one before: the camera gave about 14.9 a second" in note and "67 ms" in note
