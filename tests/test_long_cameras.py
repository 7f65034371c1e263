"""Long videos as cameras, phones and browsers write them, and as accidents leave them: right, told or refused."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from drawn_face import draw_face

from mxe_lib.__main__ import main
from mxe_lib.app import analyze, long_video
from mxe_lib.errors import MxeError


def still(seconds, rate=30, seed=0, noise=1.0):
    face, rng = draw_face(seed=seed)[0].astype(float), np.random.default_rng(0)
    count = round(seconds * rate)
    return [np.clip(face + noise * rng.normal(0, 1, face.shape), 0, 255).astype(np.uint8) for _ in range(count)]


def write(path, pictures, rate=30, *, codec="libx264", sound=False, stamps=None, **options):
    """``stamps``: milliseconds; ``options``: of the container."""
    with av.open(str(path), "w", options=options) as file:
        tuned = (
            {"crf": "16", "preset": "ultrafast"} if codec == "libx264" else {"deadline": "realtime", "cpu-used": "8"}
        )
        stream = file.add_stream(codec, rate=rate, options=tuned)
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape, "yuv420p"
        if stamps is not None:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        voice = file.add_stream("aac", rate=44100, layout="mono") if sound else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            if stamps is not None:
                frame.pts, frame.time_base = stamps[number], stream.codec_context.time_base
            file.mux(stream.encode(frame))
        if voice:
            for number in range(round(len(pictures) / rate * 44100 / 1024) + 40):  # it goes on after the picture
                hum = np.sin(np.arange(1024, dtype=np.float32) / 20)[None]
                frame = av.AudioFrame.from_ndarray(hum, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 44100, 1024 * number
                file.mux(voice.encode(frame))
            file.mux(voice.encode())
        file.mux(stream.encode())
    return path


def told(search, words):
    return any(words in note for note in search.notes)


def nothing_found_in(search, seconds):
    return not search.intervals and not search.left_out and search.searched == pytest.approx(seconds, abs=0.1)


def test_a_phone_held_upright(tmp_path):
    """Its sensor lies on its side, and the header says how the picture is to be turned."""
    film = write(tmp_path / "a.mp4", [np.ascontiguousarray(np.rot90(frame)) for frame in still(2)])
    data = film.read_bytes()
    place = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    quarter = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 140 << 16, 0, 1 << 30)
    film.write_bytes(data[:place] + quarter + data[place + 36 :])
    assert nothing_found_in(long_video.search(film, "a.mp4"), 2)
    film.write_bytes(data)
    with pytest.raises(MxeError, match=r"a\.mp4: no second of it shows one face from the front"):
        long_video.search(film, "a.mp4")


def test_sound_is_no_matter(tmp_path):
    film = write(tmp_path / "a.mp4", still(2), sound=True)
    assert len(av.open(str(film)).streams) == 2
    search = long_video.search(film, "a.mp4")
    assert nothing_found_in(search, 2) and search.last == 60


def test_a_fast_camera(tmp_path):
    search = long_video.search(write(tmp_path / "a.mp4", still(1.5, rate=240), rate=240), "a.mp4")
    assert nothing_found_in(search, 1.5) and search.fps == 240 and told(search, "Of 240 frames a second")


def test_what_a_browser_records(tmp_path):
    """WebM as it is streamed: no duration, no number of frames, stamps in whole milliseconds that tremble."""
    stamps = (1000 / 30 * np.arange(60) + np.random.default_rng(0).integers(-9, 10, 60) + 20).astype(int).tolist()
    film = write(tmp_path / "a.webm", still(2), codec="libvpx", stamps=stamps, live="1")
    search = long_video.search(film, "a.webm")
    assert search.last == 60 and told(search, "do not come evenly") and nothing_found_in(search, 2)


def test_of_two_people_the_larger_is_followed(tmp_path):
    small = cv2.resize(draw_face(seed=3)[0], (98, 119))
    pair = [np.hstack([np.pad(small, ((51, 0), (0, 0)), mode="edge"), frame]) for frame in still(2)]
    search = long_video.search(write(tmp_path / "a.mp4", pair), "a.mp4")
    assert nothing_found_in(search, 2) and told(search, "2 faces are in the first frame with one: the largest is taken")


def test_a_picture_that_never_changes(tmp_path):
    search = long_video.search(write(tmp_path / "a.mp4", still(2, noise=0)), "a.mp4")
    assert nothing_found_in(search, 2) and max(values.max() for _, values in search.belief) < 0.1


def test_a_black_picture(tmp_path):
    film = write(tmp_path / "a.mp4", [np.zeros((170, 140), np.uint8)] * 60)
    with pytest.raises(MxeError, match=r"a\.mp4: no second of it shows one face from the front \(no face found\)"):
        analyze.analyze(film, tmp_path / "out", long=True)
    assert not (tmp_path / "out").exists()


def test_a_recording_that_broke_off(tmp_path):
    film = write(tmp_path / "a.mkv", still(3))
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    with pytest.raises(MxeError, match=r"a\.mkv is cut off or damaged from frame \d+ on") as error:
        long_video.search(film, "a.mkv")
    last = int(str(error.value).split("--offset ")[1].split(",")[0])
    assert nothing_found_in(long_video.search(film, "a.mkv", offset=last), last / 30)


def test_a_folder_of_many_frames_is_told_of_the_search(tmp_path, capsys):
    """Without a rate nobody knows how long they last: they are taken for one movement, and that is said."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number, frame in enumerate(still(14), start=1):
        cv2.imwrite(str(folder / f"img{number:04}.png"), frame)
    command = ["analyze", str(folder), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "420 frames may hold more than one movement: --long --fps RATE searches for all that there are." in said
    assert main([*command, "--fps", "30"]) == 0
    assert "0 intervals in 14.0 searched seconds" in capsys.readouterr().out
