"""How long ``mxe analyze`` takes for a long video, and how much memory: ``python benchmarks/long_video.py``.

A rendered person's half minute is written again and again, forwards and backwards, until the video is long enough.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import cv2

from mxe_lib.simulation.long_videos import LongVideos

RATE = 30


def write(path: Path, minutes: float, size: tuple[int, int], seconds: float = 20.0) -> None:
    """A video of so many minutes; ``size``: (width, height)."""
    cohort = LongVideos(seed=2, subjects=1, seconds=(seconds, seconds))
    frames = list(cohort.frames(cohort.videos()[0]))
    loop = [*frames, *frames[-2:0:-1]]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(round(60 * minutes * RATE)):
            picture = cv2.resize(loop[number % len(loop)], size, interpolation=cv2.INTER_CUBIC)
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0], help="one video of each length")
    parser.add_argument("--size", type=int, nargs=2, default=[512, 624], metavar=("WIDTH", "HEIGHT"))
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as folder:
        for minutes in options.minutes:
            video = Path(folder) / f"{minutes:g}.mp4"
            write(video, minutes, tuple(options.size))
            start = time.perf_counter()
            command = [sys.executable, "-m", "mxe_lib", "analyze", str(video), "--out", folder, "--long"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            said = process.stdout.readline()
            process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            if status:
                sys.exit(f"{' '.join(command)}: failed")
            cpu = used.ru_utime + used.ru_stime
            print(said.strip())
            print(
                f"{60 * minutes:.0f} s of video: {wall:.0f} s ({60 * minutes / wall:.1f} times as fast), {cpu:.0f} s "
                f"of processor time, peak memory {used.ru_maxrss / 1024:.0f} MiB"
            )


if __name__ == "__main__":
    main()
