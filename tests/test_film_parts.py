"""What lies in a film's file: several films, stills, a beginning without its keyframe, mirrored pictures, other kinds.

Each frame is compared with those that were written: read right, or told, or refused.
"""

from __future__ import annotations

import gc
import re
import shutil
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from mxe_lib.app import clip_files, containers, long_video, movement, videos
from mxe_lib.errors import MxeError

FRAMES, EVERY = 20, 10
H264 = {"crf": "6", "bf": "0", "sc_threshold": "0"}
NONE = Disposition(0)


def texture(seed):
    """``(20, 64, 96, 3)``, each frame unlike all others, and like enough to be one film."""
    numbers = np.random.default_rng(seed)

    def smooth():
        coarse = numbers.integers(20, 235, (4, 6, 3)).astype(np.uint8)
        return np.asarray(Image.fromarray(coarse).resize((96, 64), Image.Resampling.BILINEAR)).astype(float)

    scene = smooth()
    return np.stack([0.7 * scene + 0.3 * smooth() for _ in range(FRAMES)]).astype(np.uint8)


FILM, OTHER = texture(1), texture(2)


def write(path, *films, codec="ffv1", pix_fmt="yuv444p", marks=None, start=0, **options):
    """Films side by side, at 25 frames a second, with a keyframe in ten."""
    with av.open(str(path), "w") as file:
        streams = [file.add_stream(codec, rate=25, options={"g": str(EVERY)} | options) for _ in films]
        for number, (stream, film) in enumerate(zip(streams, films, strict=True)):
            stream.height, stream.width, stream.pix_fmt = *film.shape[1:3], pix_fmt
            if marks:
                stream.disposition = marks[number]
        for number in range(FRAMES):
            for stream, film in zip(streams, films, strict=True):
                if number < len(film):
                    frame = av.VideoFrame.from_ndarray(film[number], format="rgb24")
                    frame.pts = number + start
                    file.mux(stream.encode(frame))
        for stream in streams:
            file.mux(stream.encode())
    return path


def h264(path, film=FILM, **options):
    return write(path, film, codec="libx264", pix_fmt="yuv420p", **H264 | options)


def images(path, film=FILM, **options):
    first, *rest = [Image.fromarray(picture) for picture in film]
    first.save(path, save_all=True, append_images=rest, **{"duration": 40} | options)
    return path


def seen(path):
    """Numbers, places among the frames of ``FILM`` and then ``OTHER``, seconds, and notes."""
    opened = clip_files.open_clip(path)
    found = list(opened.frames)
    truth = np.concatenate([FILM, OTHER]).astype(int)
    places, far = [], 0.0
    for frame in found:
        errors = np.abs(truth - frame.image).mean(axis=(1, 2, 3))
        places.append(int(errors.argmin()))
        far = max(far, float(errors.min()))
    assert far < 8, "no frame that was written"
    return [frame.number for frame in found], places, [frame.time for frame in found], opened.notes


WHOLE = list(range(FRAMES))


# --- pictures that are no frames


def tiff(path, mark):
    first = Image.fromarray(OTHER[0]).resize((48, 32) if mark == 1 else (96, 64))
    first.encoderinfo = {"tiffinfo": {254: mark}}
    rest = [Image.fromarray(picture) for picture in FILM]
    for picture in rest:
        picture.encoderinfo = {"tiffinfo": {254: 2}}
    first.save(path, save_all=True, append_images=rest, tiffinfo={254: mark})
    return path


@pytest.mark.parametrize("name", ["a.png", "a.apng", "a.mp4"])
def test_the_picture_for_those_who_play_no_animation_is_no_frame(tmp_path, name):
    pictures = [Image.fromarray(picture) for picture in (OTHER[0], *FILM)]
    pictures[0].save(tmp_path / name, "PNG", save_all=True, append_images=pictures[1:], duration=40, default_image=True)
    numbers, places, times, notes = seen(tmp_path / name)
    assert numbers == list(range(1, FRAMES + 1)) and places == WHOLE
    assert np.diff(times) == pytest.approx(0.04)
    assert notes == [clip_files.STAND_INS]


def test_a_first_frame_that_is_shown_by_all_is_a_frame(tmp_path):
    assert seen(images(tmp_path / "a.png"))[1::2] == (WHOLE, [])


@pytest.mark.parametrize("mark", [1, 4])
def test_a_thumbnail_or_mask_in_a_tiff_is_no_frame(tmp_path, mark):
    _, places, _, notes = seen(tiff(tmp_path / "a.tif", mark))
    assert places == WHOLE and notes == [clip_files.STAND_INS]


def test_pages_of_a_tiff_are_frames(tmp_path):
    assert seen(tiff(tmp_path / "a.tif", 2))[1::2] == ([FRAMES, *WHOLE], [])


@pytest.mark.parametrize(
    ("name", "stills", "codec"),
    [
        ("a.mkv", (OTHER[:1], FILM), "ffv1"),
        ("b.mkv", (FILM, OTHER[:1]), "ffv1"),
        ("a.mp4", (OTHER[:1], FILM), "png"),
        ("a.avi", (OTHER[:1], OTHER[:1], FILM), "ffv1"),
    ],
)
def test_a_stream_with_one_picture_is_no_film(tmp_path, name, stills, codec):
    path = write(tmp_path / name, *stills, codec=codec, pix_fmt="rgb24" if codec == "png" else "yuv444p")
    assert seen(path)[1::2] == (WHOLE, [])


@pytest.mark.parametrize("mark", [Disposition.attached_pic, Disposition.attached_pic | Disposition.default])
def test_a_cover_is_no_film_though_it_is_marked(tmp_path, mark):
    path = write(tmp_path / "a.mp4", OTHER[:1], FILM, codec="png", pix_fmt="rgb24", marks=[mark, NONE])
    assert seen(path)[1::2] == (WHOLE, [])


@pytest.mark.parametrize("name", ["a.avif", "a.png", "a.mp4"])
def test_an_animated_avif_has_its_frames(tmp_path, name):
    images(tmp_path / "a.avif", quality=95, speed=10)
    shutil.move(tmp_path / "a.avif", tmp_path / name)
    _, places, times, notes = seen(tmp_path / name)
    assert places == WHOLE and np.diff(times) == pytest.approx(0.04) and notes == []


# --- several films side by side


@pytest.mark.parametrize(
    ("films", "marks", "which"),
    [
        ((FILM, OTHER), None, "number 1"),
        ((OTHER, FILM), [NONE, Disposition.default], "number 2, which it marks"),
        ((FILM, OTHER), [Disposition.default, NONE], "number 1, which it marks"),
        ((OTHER, OTHER, FILM), [NONE, NONE, Disposition.default], "holds 3 films side by side: number 3"),
        ((OTHER[:1], OTHER, FILM), [NONE, NONE, Disposition.default], "holds 2 films side by side: number 2"),
    ],
)
def test_of_several_films_the_marked_one_is_read_and_told(tmp_path, films, marks, which):
    _, places, _, notes = seen(write(tmp_path / "a.mkv", *films, marks=marks))
    assert places == WHOLE
    assert len(notes) == 1 and which in notes[0]


def test_several_films_in_an_mp4_or_a_stream(tmp_path):
    for name, codec in (("a.mp4", "libx264"), ("b.ts", "libx264"), ("c.avi", "mjpeg")):
        pix_fmt = "yuvj444p" if codec == "mjpeg" else "yuv420p"
        options = {"qmin": "1", "qmax": "1"} if codec == "mjpeg" else H264
        _, places, _, notes = seen(write(tmp_path / name, FILM, OTHER, codec=codec, pix_fmt=pix_fmt, **options))
        assert places == WHOLE and len(notes) == 1 and "2 films side by side: number 1" in notes[0], name


# --- a beginning without its keyframe


def without(source, target, count, first=0):
    """A copy of the packets without some of the first."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = old.streams.video[0]
        copy = new.add_stream_from_template(stream)
        for number, packet in enumerate(old.demux(stream)):
            if packet.dts is not None and not first <= number < first + count:
                packet.stream = copy
                new.mux(packet)
    return target


CUT = {
    "a.mkv": ("libx264", H264),
    "a.mp4": ("libx264", H264),
    "a.ts": ("libx264", H264),
    "a.flv": ("libx264", H264),
    "b.avi": ("mpeg4", {"qmin": "2", "qmax": "2", "sc_threshold": "1000000000"}),
    "b.ts": ("mpeg2video", {"qmin": "2", "qmax": "2", "sc_threshold": "1000000000"}),
    "c.flv": ("flv1", {"qmin": "2", "qmax": "2", "sc_threshold": "1000000000"}),
    "a.webm": ("libvpx", {"crf": "4", "b": "4M", "keyint_min": "10"}),
    "b.webm": ("libvpx-vp9", {"crf": "4", "cpu-used": "8"}),
    "d.mkv": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:keyint=10:bframes=0:qp=6"}),
}


@pytest.mark.parametrize("name", CUT)
def test_a_film_that_was_cut_out_begins_at_its_first_keyframe(tmp_path, name):
    codec, options = CUT[name]
    whole = write(tmp_path / f"whole-{name}", FILM, codec=codec, pix_fmt="yuv420p", **options)
    assert seen(whole)[1::2] == (WHOLE, [])
    numbers, places, times, notes = seen(without(whole, tmp_path / name, 3))
    assert places == WHOLE[EVERY:] and numbers == list(range(1, FRAMES - EVERY + 1))
    assert np.diff(times) == pytest.approx(0.04, abs=0.0011)
    assert len(notes) == 1 and notes[0].startswith(
        "The film begins in the middle of another: its first 7 frames need earlier ones"
    )


@pytest.mark.parametrize("packets", [1, 5, 20, 60])
def test_a_recording_that_began_anywhere(tmp_path, packets):
    """As of a receiver that was switched on: bytes are missing, up to some packet of the stream."""
    path = h264(tmp_path / "a.ts")
    path.write_bytes(path.read_bytes()[188 * packets :])
    _, places, times, notes = seen(path)
    assert np.diff(times) == pytest.approx(0.04, abs=0.0011)
    if places == WHOLE:  # what was lost was a table
        assert packets == 1 and notes == []
    else:
        assert places == WHOLE[EVERY:] and re.search(r"its first (\d+ frames need|frame needs)", notes[0])


def test_pictures_that_stand_alone_may_be_cut_anywhere(tmp_path):
    whole = write(tmp_path / "whole.avi", FILM, codec="mjpeg", pix_fmt="yuvj444p", qmin="1", qmax="1")
    _, places, _, notes = seen(without(whole, tmp_path / "a.mkv", 3))
    assert places == WHOLE[3:] and notes == []


OPEN = {"x264-params": "open-gop=1:bframes=2:b-adapt=0:b-pyramid=none:keyint=9:scenecut=0"}


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mkv", "libx264", H264 | {"bf": "2"} | OPEN),
        ("a.ts", "libx264", H264 | {"bf": "2"} | OPEN),
        ("b.ts", "mpeg2video", {"bf": "2", "qmin": "2", "qmax": "2", "sc_threshold": "1000000000"}),
    ],
)
def test_pictures_before_an_open_group_are_counted_too(tmp_path, name, codec, options):
    """The first keyframe is there; of frames between it and the one before, those that they are made from are not."""
    whole = write(tmp_path / f"whole-{name}", FILM, codec=codec, pix_fmt="yuv420p", **options)
    with av.open(str(whole)) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
    second = [number for number, packet in enumerate(packets) if packet.is_keyframe][1]
    early = sum(packet.pts < packets[second].pts for packet in packets[second:])
    assert early == 2  # so that the case is there
    _, places, _, notes = seen(without(whole, tmp_path / name, second))
    assert places == WHOLE[second + early :]
    assert len(notes) == 1 and "its first 2 frames need earlier ones" in notes[0]


def test_a_film_without_any_keyframe_is_refused_or_told(tmp_path):
    whole = h264(tmp_path / "whole.mkv", g="100")
    with pytest.raises(MxeError, match=r"a\.mkv begins in the middle of a film and holds no whole picture"):
        seen(without(whole, tmp_path / "a.mkv", 3))


def test_what_an_edit_list_hides_is_not_missing(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w", options={"avoid_negative_ts": "disabled"}) as file:
        stream = file.add_stream("libx264", rate=25, options={"g": "20", "bf": "0", "crf": "6"})
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for number, picture in enumerate(FILM):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number - 5
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    assert seen(tmp_path / "a.mp4")[1::2] == (WHOLE[5:], [])


# --- one film behind another


def joined(path, *parts):
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.gif", "a.png", "a.webp", "a.flv", "a.wmv", "a.avi", "a.mkv"])
def test_films_in_one_file_are_told(tmp_path, name):
    ending = name[1:]
    pair = []
    for number, film in enumerate((FILM, OTHER)):
        path = tmp_path / f"{number}{ending}"
        if ending in (".mp4", ".mov", ".flv"):
            pair.append(h264(path, film))
        elif ending == ".wmv":
            pair.append(write(path, film, codec="wmv2", pix_fmt="yuv420p", qmin="2", qmax="2"))
        elif ending in (".avi", ".mkv"):
            pair.append(write(path, film, codec="ffv1"))
        else:
            pair.append(images(path, film, lossless=True))
    for path in pair:
        assert len(containers.films(path)) == 1 and containers.followed(path) is None
    goes_on = ending in (".avi", ".mkv")
    _, places, _, notes = seen(joined(tmp_path / name, *pair))
    assert places == (list(range(2 * FRAMES)) if goes_on else WHOLE)
    (note,) = notes
    assert "holds 2 films, one after the other" in note
    assert ("read as one" in note) == goes_on and ("only the first is read" in note) != goes_on


@pytest.mark.parametrize(
    ("name", "options"), [("a.mkv", {"live": "1"}), ("a.mp4", {"movflags": "frag_keyframe+empty_moov"}), ("a.ts", {})]
)
def test_films_whose_length_is_not_written_are_refused_where_the_next_begins(tmp_path, name, options):
    pair = []
    for number, film in enumerate((FILM, OTHER)):
        pair.append(tmp_path / f"{number}{name[1:]}")
        with av.open(str(pair[-1]), "w", options=options) as file:
            stream = file.add_stream("libx264", rate=25, options={"g": str(EVERY)} | H264)
            stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
            for picture in film:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            file.mux(stream.encode())
        assert seen(pair[-1])[2][-1] == pytest.approx((FRAMES - 1) / 25, abs=0.0011)
    with pytest.raises(MxeError, match=rf"{name} is cut off or damaged from frame (1\d|2[01]) on"):
        seen(joined(tmp_path / name, *pair))


def test_where_films_of_an_mpeg_were_joined_their_clock_starts_again(tmp_path):
    options = {"codec": "mpeg2video", "pix_fmt": "yuv420p", "qmin": "2", "qmax": "2"}
    pair = [write(tmp_path / f"{number}.mpg", film, **options) for number, film in enumerate((FILM, OTHER))]
    numbers, places, times, _ = seen(joined(tmp_path / "a.mpg", *pair))
    assert places == list(range(2 * FRAMES))
    (note,) = movement._untimed(dict(zip(numbers, times, strict=True)), dict.fromkeys(numbers))  # noqa: SLF001
    assert f"does not go on at frame {FRAMES + 1}" in note


def test_a_film_behind_one_of_another_kind(tmp_path):
    path = joined(tmp_path / "a.mp4", h264(tmp_path / "1.mp4"), write(tmp_path / "2.mkv", OTHER))
    _, places, _, notes = seen(path)
    assert places == WHOLE and "only the first is read" in notes[0]


def test_frames_that_were_read_do_not_stay_in_memory(tmp_path):
    path = h264(tmp_path / "film.mp4")
    gc.collect()
    gc.disable()  # nothing may wait for it
    try:
        read = sum(1 for _ in videos.read(path))
        left = sum(isinstance(it, av.VideoFrame) for it in gc.get_objects())
    finally:
        gc.enable()
    assert read == len(FILM) and left <= 2


def test_what_else_follows_a_film_is_no_film(tmp_path):
    for number, rest in enumerate((bytes(999), b"a note of the camera " * 9, b"\0\0\0\x10free" + bytes(8))):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(h264(tmp_path / "whole.mp4").read_bytes() + rest)
        assert containers.followed(path) is None
        assert seen(path)[1::2] == (WHOLE, [])


def test_a_film_in_fragments_or_several_riffs_is_one(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w", options={"movflags": "frag_keyframe+empty_moov"}) as file:
        stream = file.add_stream("libx264", rate=25, options={"g": "5"})
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for picture in FILM:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())
    assert (tmp_path / "a.mp4").read_bytes().count(b"moof") > 2
    assert containers.films(tmp_path / "a.mp4") == ["mp4"]
    whole = write(tmp_path / "a.avi", FILM).read_bytes()
    more = b"AVIX" + b"JUNK" + struct.pack("<I", 8) + bytes(8)
    (tmp_path / "b.avi").write_bytes(whole + b"RIFF" + struct.pack("<I", len(more)) + more)
    assert containers.films(tmp_path / "b.avi") == ["avi"]


def test_old_films_without_a_name_for_their_kind(tmp_path):
    whole = h264(tmp_path / "1.mov").read_bytes()
    size = int.from_bytes(whole[:4], "big")
    assert whole[4:8] == b"ftyp"
    bare = whole[size:]
    (tmp_path / "a.mov").write_bytes(bare)
    (tmp_path / "b.mov").write_bytes(bare + bare)
    assert containers.films(tmp_path / "a.mov") == ["mp4"] and containers.films(tmp_path / "b.mov") == ["mp4", "mp4"]


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"\x1a\x45\xdf\xa3", b"GIF89a", b"\x89PNG\r\n\x1a\n", bytes(7), b"\xff" * 99]
)
def test_what_is_cut_off_holds_no_second_film(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    assert len(containers.films(tmp_path / "a")) <= 1


# --- clocks


def test_where_the_clock_starts_again_no_times_are_told():
    crops = dict.fromkeys(range(1, 5))
    assert movement._untimed({1: 0.0, 2: 0.1, 3: 0.2, 4: 0.3}, crops) == []  # noqa: SLF001
    assert movement._untimed({1: 0.0}, crops) == movement._untimed({}, crops) == []  # noqa: SLF001
    (note,) = movement._untimed({1: 0.0, 2: 0.1, 3: 0.0, 4: 0.1}, crops)  # noqa: SLF001
    assert "frame 3" in note
    (note,) = movement._untimed({1: 0.0, 2: 0.1, 3: 0.1, 4: 0.2}, crops)  # noqa: SLF001
    assert "frame 3" in note
    (note,) = movement._untimed({1: 0.0, 2: 0.1, 4: 0.3}, crops)  # noqa: SLF001
    assert "Frame 3 has no time stamp" in note


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.flv", "a.ts", "a.mp4", "a.wmv", "a.mpg"])
def test_a_film_may_begin_later_than_at_nought(tmp_path, name):
    kinds = {"a.webm": ("libvpx", {"crf": "4", "b": "4M"}), "a.wmv": ("wmv2", {"qmin": "2", "qmax": "2"})}
    kinds["a.mpg"] = ("mpeg2video", {"qmin": "2", "qmax": "2"})
    codec, options = kinds.get(name, ("libx264", H264))
    path = write(tmp_path / name, FILM, codec=codec, pix_fmt="yuv420p", start=125, **options)
    _, places, times, notes = seen(path)
    assert places == WHOLE and np.diff(times) == pytest.approx(0.04, abs=0.0011) and notes == []


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mkv", "libx264", H264 | {"x264-params": "interlaced=1"}),
        ("a.mp4", "libx264", H264 | {"x264-params": "tff=1"}),
        ("a.ts", "mpeg2video", {"flags": "+ildct+ilme", "qmin": "2", "qmax": "2"}),
        ("a.mov", "prores_ks", {"flags": "+ildct"}),
    ],
)
def test_an_interlaced_film_is_told(tmp_path, name, codec, options):
    pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    _, places, _, notes = seen(write(tmp_path / name, FILM, codec=codec, pix_fmt=pix_fmt, **options))
    assert places == WHOLE and notes == [videos.INTERLACED]


# --- which way is up


ONE, LAST = 1 << 16, 1 << 30


def headed(path, matrix):
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    data[place : place + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(bytes(data))
    return path


MATRICES = {
    "mirrored": ((-ONE, 0, 0, 0, ONE, 0, 96 * ONE, 0, LAST), lambda image: image[:, ::-1]),
    "upside down": ((ONE, 0, 0, 0, -ONE, 0, 0, 64 * ONE, LAST), lambda image: image[::-1]),
    "mirrored and turned": ((0, ONE, 0, ONE, 0, 0, 0, 0, LAST), lambda image: image.swapaxes(0, 1)),
    "along the other diagonal": ((0, -ONE, 0, -ONE, 0, 0, 0, 0, LAST), lambda image: np.rot90(image, 2).swapaxes(0, 1)),
    "turned": ((0, ONE, 0, -ONE, 0, 0, 64 * ONE, 0, LAST), lambda image: np.rot90(image, 3)),
    "a little askew": ((65526, 1144, 0, -1144, 65526, 0, 0, 0, LAST), lambda image: image),
}


@pytest.mark.parametrize("name", MATRICES)
def test_a_film_is_turned_and_mirrored_as_its_header_says(tmp_path, name):
    matrix, upright = MATRICES[name]
    plain = next(iter(clip_files.open_clip(h264(tmp_path / "a.mp4")).frames)).image
    opened = clip_files.open_clip(headed(tmp_path / "a.mp4", matrix))
    np.testing.assert_array_equal(next(opened.frames).image, upright(plain))
    assert opened.notes == []


@pytest.mark.parametrize(
    "matrix", [(46341, 46341, 0, -46341, 46341, 0, 0, 0, LAST), (0,) * 8 + (LAST,), (ONE, 0, 0, ONE, 0, 0, 0, 0, LAST)]
)
def test_a_header_that_makes_no_upright_picture_is_told(tmp_path, matrix):
    _, places, _, notes = seen(headed(h264(tmp_path / "a.mp4"), matrix))
    assert places == WHOLE and notes == [
        "The film's header turns the picture by no quarter of a circle: read as it is stored."
    ]


@pytest.mark.parametrize(("wide", "high"), [(60, 1), (1, 60), (90, 7)])
def test_pixels_that_no_camera_has_are_refused(tmp_path, wide, high):
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(wide, high)
        for picture in FILM:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())
    with pytest.raises(MxeError, match=r"a\.mp4: its header says that pixels are \d+(/\d+)? times as wide as high"):
        seen(tmp_path / "a.mp4")


# --- what is in it counts, not its name


@pytest.mark.parametrize(
    ("kind", "name"), [("webp", "a.mp4"), ("gif", "a.mov"), ("png", "a.mkv"), ("tiff", "a.avi"), ("gif", "clip")]
)
def test_an_animation_under_another_name(tmp_path, kind, name):
    path = images(tmp_path / f"x.{kind}", lossless=True)
    shutil.move(path, tmp_path / name)
    assert seen(tmp_path / name)[1::2] == (WHOLE, [])


@pytest.mark.parametrize(("kind", "name"), [("avi", "a.gif"), ("mkv", "a.png"), ("mp4", "a.tif"), ("mp4", "a.jpg")])
def test_a_film_under_an_images_name(tmp_path, kind, name):
    path = h264(tmp_path / f"x.{kind}") if kind == "mp4" else write(tmp_path / f"x.{kind}", FILM)
    shutil.move(path, tmp_path / name)
    assert seen(tmp_path / name)[1::2] == (WHOLE, [])


@pytest.mark.parametrize("name", ["notes.txt", "notes.mp4", "notes", "notes.gif"])
@pytest.mark.parametrize("text", ["hello\nworld\n" * 200, "\x1b[2J\x1b[1;1Hhello\n" * 200, "frame,apex\n1,2\n" * 99])
def test_a_text_is_no_film(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(MxeError, match=r"notes(\.\w+)?(: no frame can be read from it| is not an image)"):
        seen(tmp_path / name)
    assert not videos.is_video(tmp_path / name) and not long_video.is_long(tmp_path / name)
