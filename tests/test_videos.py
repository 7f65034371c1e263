"""Videos and animations: every frame, its time and which way is up; damaged ones are refused at the first bad frame."""

from __future__ import annotations

import re
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from mxe_lib.app import clip_files, movement
from mxe_lib.errors import MxeError
from mxe_lib.simulation.database import SimulatedDatabase

FRAMES = 48


@pytest.fixture(scope="module")
def pictures():
    """Noise that moves, so that every frame takes some bytes; ``(48, 96, 128, 3)``."""
    base = np.kron(np.random.default_rng(0).integers(0, 255, (12, 16, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    return np.stack([np.roll(base, 2 * number, axis=1) for number in range(FRAMES)])


def write(path, pictures, codec, times=None, rate=30, pix_fmt="yuv420p", **options):
    """``times``: stamps in milliseconds."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate, options={"g": "12"} | options)
        stream.height, stream.width, stream.pix_fmt = *pictures.shape[1:3], pix_fmt
        if times is not None:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[number], stream.codec_context.time_base
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def read(path):
    return list(clip_files.open_clip(path).frames)


KINDS = {
    "a.avi": ("mjpeg", {"pix_fmt": "yuvj420p"}),
    "b.avi": ("mpeg4", {}),
    "c.mp4": ("libx264", {}),
    "d.mkv": ("libx264", {}),
    "e.mkv": ("ffv1", {}),
    "f.webm": ("libvpx-vp9", {"cpu-used": "8"}),
    "g.mov": ("prores_ks", {"pix_fmt": "yuv422p10le"}),
    "h.mpg": ("mpeg2video", {}),
    "i.ts": ("libx264", {}),
    "j.flv": ("flv1", {}),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_is_read_with_its_time(tmp_path, pictures, name):
    codec, options = KINDS[name]
    found = read(write(tmp_path / name, pictures, codec, **options))
    assert [frame.number for frame in found] == list(range(1, FRAMES + 1))
    assert np.diff([frame.time for frame in found]) == pytest.approx(1 / 30, abs=0.0011)
    assert np.abs(found[9].image.astype(int) - pictures[9]).mean() < 30


def cut(data):
    return data[: len(data) // 2]


def zeros(data):
    middle = len(data) // 2
    return data[:middle] + bytes(len(data) // 10) + data[middle + len(data) // 10 :]


@pytest.mark.parametrize("damage", [cut, zeros])
@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_video_is_refused_at_its_first_bad_frame(tmp_path, pictures, name, damage):
    codec, options = KINDS[name]
    path = write(tmp_path / name, pictures, codec, **options)
    whole = [frame.image for frame in read(path)]
    path.write_bytes(damage(path.read_bytes()))
    seen = []
    with pytest.raises(MxeError, match=name) as error:
        for frame in clip_files.open_clip(path).frames:
            seen.append(frame)
    assert "\n" not in str(error.value) and len(seen) < FRAMES
    if seen:
        assert f"from frame {len(seen) + 1} on" in str(error.value) and (
            len(seen) == 1 or f"--offset {len(seen)}" in str(error.value)
        )
        for frame, expected in zip(seen, whole, strict=False):  # what came before it is whole
            np.testing.assert_array_equal(frame.image, expected)
    else:
        assert "no frame can be read from it" in str(error.value) or "from frame 1 on" in str(error.value)


@pytest.mark.parametrize("damage", [cut, zeros])
@pytest.mark.parametrize("name", ["a.avi", "b.avi", "d.mkv"])
def test_the_advice_about_a_damaged_video_is_a_way_out(tmp_path, name, damage):
    database = SimulatedDatabase("casme2")
    people = database.frames(max(database.clips(), key=lambda clip: clip.length))
    codec, options = KINDS[name]
    path = write(tmp_path / name, people[:, : people.shape[1] // 2 * 2], codec, **options)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(MxeError) as error:
        movement.read(path, name, None, None, None)
    last = int(re.search(r"--offset (\d+)", str(error.value))[1])
    assert list(movement.read(path, name, None, None, last).crops) == list(range(1, last + 1))
    with pytest.raises(MxeError, match=f"--offset {last}"):
        movement.read(path, name, None, None, last + 1)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_a_copy_that_broke_off(tmp_path, pictures, share):
    path = write(tmp_path / "a.mkv", pictures, "ffv1")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(MxeError, match=r"a\.mkv is cut off or damaged from frame"):
        read(path)


UNEVEN = np.cumsum([0, *([20, 50, 30, 60, 40] * 10)[: FRAMES - 1]]).tolist()


@pytest.mark.parametrize("name", ["a.mkv", "b.mp4"])
def test_times_are_those_of_the_stamps(tmp_path, pictures, name):
    found = read(write(tmp_path / name, pictures, "libx264", times=UNEVEN, bf="0"))
    seconds = np.array([frame.time for frame in found])
    assert seconds - seconds[0] == pytest.approx(np.array(UNEVEN) / 1000, abs=0.0011)


@pytest.mark.parametrize("extension", ["gif", "webp", "png"])
def test_an_animation_lasts_as_long_as_its_delays(tmp_path, pictures, extension):
    delays = ([20, 50, 30, 60, 40] * 10)[:FRAMES]
    images = [Image.fromarray(picture) for picture in pictures]
    images[0].save(tmp_path / f"a.{extension}", save_all=True, append_images=images[1:], duration=delays)
    seconds = np.array([frame.time for frame in read(tmp_path / f"a.{extension}")])
    assert seconds == pytest.approx(np.cumsum([0, *delays[:-1]]) / 1000)


def test_delays_of_nothing_tell_no_time(tmp_path, pictures):
    images = [Image.fromarray(picture) for picture in pictures[:4]]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=0)
    assert [frame.time for frame in read(tmp_path / "a.gif")][1:] == [None] * 3


@pytest.mark.parametrize(
    ("times", "fps"),
    [
        ([0.0, 0.005, 0.010, 0.015], 200),
        ([0.0, 0.033, 0.067, 0.1, 0.133], 30.0752),
        ([0.0, 0.004, 0.008, 0.013, 0.017], 235.2941),
        ([0.0, 0.02, 0.07, 0.1], None),
        ([0.0, 0.033, 0.067, 0.4, 0.433], None),
    ],
)
def test_the_rate_is_that_of_even_frames_only(times, fps):
    found, notes = movement._rate(dict(enumerate(times)))  # noqa: SLF001
    assert found == fps and bool(notes) == (fps is None)


def turned(data, matrix):
    """An MP4 whose header asks players to turn the picture."""
    place = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    return data[:place] + struct.pack(">9i", *matrix) + data[place + 36 :]


@pytest.mark.parametrize(
    ("matrix", "turns"),
    [
        ((0, 65536, 0, -65536, 0, 0, 96 << 16, 0, 1 << 30), 3),
        ((-65536, 0, 0, 0, -65536, 0, 128 << 16, 96 << 16, 1 << 30), 2),
        ((0, -65536, 0, 65536, 0, 0, 0, 128 << 16, 1 << 30), 1),
    ],
)
def test_a_video_is_turned_as_its_header_says(tmp_path, pictures, matrix, turns):
    path = write(tmp_path / "a.mp4", pictures[:3], "libx264")
    plain = read(path)[0].image
    path.write_bytes(turned(path.read_bytes(), matrix))
    np.testing.assert_array_equal(read(path)[0].image, np.rot90(plain, turns))


@pytest.mark.parametrize("content", [b"", b"no video", b"#EXTM3U\n#EXTINF:1,\nfile:/etc/hostname\n", b"\x00" * 5000])
def test_what_is_no_video(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(MxeError, match=r"a\.mp4: no frame can be read from it"):
        read(path)


def test_sound_alone_is_no_clip(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    with pytest.raises(MxeError, match="no frame can be read from it"):
        read(tmp_path / "a.mp4")
