"""A clip in, a verdict out: ``analyze`` and ``mxe analyze CLIP --out DIR``."""

import contextlib
import itertools
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure

from mxe_lib import __version__
from mxe_lib.app import long_files, long_reading, long_video, movement, page, spot, verdict_files
from mxe_lib.app.long_files import LongVerdict
from mxe_lib.clips import CLASSES
from mxe_lib.compute import store
from mxe_lib.errors import MxeError, one_line
from mxe_lib.figures import charts, pictures
from mxe_lib.recognition import shipped_recognizer

STATEMENT = "Trained on simulated faces only. For research and teaching, not for decisions about a person."
MEANING = (
    "A class names a facial movement, not what the person feels; a blink, speech or a turn of the head gets one too."
)

_FILES = {"figure": "png", "report": "json", "page": "html"}

HARDLY_MOVES = 0.3
"""Pixels, on a crop 75 wide: what sensor noise alone makes flow report."""


@dataclass(frozen=True)
class Verdict:
    """What ``analyze`` found.

    Attributes:
        clip: name of the file or folder.
        source: where it is, seen from the folder of the report.
        fps: frames per second, or None where unknown or uneven.
        onset, apex, offset: frame numbers as the clip counts them; offset is None where spotting was skipped.
        apex_source: ``given``, ``spotted``, or ``last frame`` of a clip that has no other.
        milliseconds: from onset to apex; None where unknown.
        apex_probability: by frame number, among the frames that were scored; None where spotting was skipped.
        motion: 99th percentile of the motion from onset to apex, in pixels of a crop 75 wide.
        probabilities: by class, which add up to 1.
        prior: by class, before any look at the clip: the classes' shares in the MEGC 2019 composite.
        notes: what a reader must know.
        figure, report, page: the files that were written.
    """

    clip: str
    source: str
    fps: float | None
    onset: int
    apex: int
    offset: int | None
    apex_source: str
    milliseconds: float | None
    apex_probability: dict[int, float] | None
    motion: float
    probabilities: dict[str, float]
    prior: dict[str, float]
    notes: tuple[str, ...]
    figure: Path
    report: Path
    page: Path

    def __str__(self) -> str:
        time = "" if self.milliseconds is None else f", {self.milliseconds:.0f} ms after the onset"
        answers = (f"{name} {p:.2f} (prior {self.prior[name]:.2f})" for name, p in self.probabilities.items())
        lines = [
            f"{one_line(self.clip, 300)}: apex {self.apex} ({self.apex_source}{time})",
            "probabilities: " + ", ".join(answers),
            *self.notes,
            f"written: {one_line(f'{self.page.name}, {self.figure.name}, {self.report.name}', 900)}",
        ]
        return "\n".join(lines)


def analyze(
    clip: Path | str,
    out: Path | str,
    *,
    onset: int | None = None,
    apex: int | None = None,
    offset: int | None = None,
    fps: float | None = None,
    long: bool = False,
) -> Verdict | LongVerdict:
    """Find the apex of one facial movement and give probabilities of its class; in a long video, of all movements.

    Args:
        clip: a folder of frames, a video or an animated image; its first frame must show the face.
        out: folder for ``<clip>.html``, ``<clip>.png`` and ``<clip>.json``, which appear together or not at all.
        onset, offset: frame numbers between which the movement lies; default: first and last frame.
        apex: frame number of the strongest moment; given, it is not searched for.
        fps: frames per second, where the clip doesn't say or says it wrong (high-speed cameras do).
        long: search for any number of movements. So it is, too, where more than ``long_video.LONG`` seconds of a video
            are asked about: ``<clip>.intervals.csv`` is then written as well.

    Returns:
        The verdict, whose text says in lines what was found.

    Raises:
        MxeError: in one line, for a clip that can't be read or shows no face, or frame numbers that don't fit it.
    """
    clip, out = Path(clip), Path(out)
    _check_numbers(onset, apex, offset, fps)
    cut = onset is not None and offset is not None
    try:
        if out.exists() and not out.is_dir():
            raise MxeError(f"--out {out} is a file: name a folder")
        if clip.is_dir() and out.exists() and out.samefile(clip):
            raise MxeError(f"--out {out} is the clip's own folder, where a picture counts as a frame: name another")
    except OSError as error:
        raise MxeError(f"--out {one_line(str(out))}: cannot write there ({error.strerror}): name another") from None
    name = verdict_files.name_of(clip)
    if long and apex is not None:
        raise MxeError(f"--apex {apex} is of one movement: leave out --long, or --apex")
    if long or long_video.is_long(clip, onset, apex, offset, fps):
        found = long_video.search(clip, name, onset=onset, offset=offset, fps=fps)
        notes = (*found.notes, *_notes(None, shipped_recognizer.recognizer()))
        return long_files.write(replace(found, notes=notes), clip, out)
    read = movement.read(clip, name, onset, apex, offset)
    crops, numbers = read.crops, list(read.crops)
    onset, offset = numbers[0], None if apex is not None and offset is None else numbers[-1]

    source, scores, notes = "given", None, ["Apex given: spotting was skipped, so there is no curve."]
    if apex is None and len(numbers) == 2:
        apex, source, notes = numbers[1], "last frame", ["Two frames: taken for onset and apex; spotting was skipped."]
    elif apex is None:
        source, (apex, scores, notes) = "spotted", spot.apex_of(crops)
        notes += [] if cut else [spot.ONE_MOVEMENT]
        notes += [] if cut or len(numbers) < spot.LONG else [spot.more_than_one(len(numbers), bool(read.times))]
    notes += long_reading.contradicted(read.fps, fps)
    flow = spot.flow_to(crops, [apex])[0]
    recognizer = shipped_recognizer.recognizer()
    motion = float(np.percentile(np.linalg.norm(flow, axis=0), 99))
    try:
        with store.making(out / "verdict"):  # two at once would choose the same name
            where = verdict_files.place(clip, out, verdict_files.MOVEMENT)
            verdict = Verdict(
                clip=name,
                source=where.source,
                fps=fps or read.fps,
                onset=onset,
                apex=apex,
                offset=offset,
                apex_source=source,
                milliseconds=read.milliseconds(apex, fps),
                apex_probability=scores,
                motion=motion,
                probabilities=recognizer.probabilities(flow),
                prior=dict(zip(CLASSES, shipped_recognizer.prior(), strict=True)),
                notes=(*read.notes, *notes, *_notes(motion, recognizer)),
                **{name: where.file(f".{kind}") for name, kind in _FILES.items()},
            )
            figure, text = draw(verdict, crops[onset], crops[apex], flow), page.render(verdict, crops)
            _write(verdict, figure, text, where.stale)
    except OSError as error:
        raise MxeError(f"--out {out}: cannot write there ({error.strerror}): name another") from None
    return verdict


def analyze_command(args) -> int:
    """The body of ``mxe analyze``; prints the verdict, or those of several clips, and writes the overview of these.

    Raises:
        MxeError: of one clip, as ``analyze``; of several, if frame numbers were given or none could be read.
    """
    numbers = {name: getattr(args, name) for name in ("onset", "apex", "offset", "fps")}
    long = getattr(args, "long", False)
    if len(args.clips) == 1:
        print(analyze(args.clips[0], args.out, long=long, **numbers))
        return 0
    if given := [name for name in ("onset", "apex", "offset") if numbers[name] is not None]:
        raise MxeError(f"--{given[0]} is a frame of one clip: analyse that clip alone")
    verdicts, refused = [], []
    for clip in args.clips:
        try:
            verdicts.append(analyze(clip, args.out, fps=numbers["fps"], long=long))
        except MxeError as error:
            refused.append((one_line(verdict_files.name_of(clip), 300), one_line(str(error), 1000)))
            print(f"error: {refused[-1][1]}", file=sys.stderr, flush=True)
        else:
            print(verdicts[-1], end="\n\n", flush=True)
    if not verdicts:
        raise MxeError(f"none of the {len(args.clips)} clips could be analysed")
    intervals = [verdict for verdict in verdicts if isinstance(verdict, LongVerdict)]
    movements = [verdict for verdict in verdicts if isinstance(verdict, Verdict)]
    path = verdict_files.overview(Path(args.out))
    written = page.overview(movements, refused, intervals)
    for ending, text in zip((".html", ".csv"), written, strict=True):
        store.write(path.with_name(f"{path.name}{ending}"), text)
    print(f"{len(verdicts)} of {len(args.clips)} clips: see {path.name}.html and {path.name}.csv")
    return 2 if refused else 0


def draw(verdict: Verdict, onset: np.ndarray, apex: np.ndarray, movement: np.ndarray) -> Figure:
    """One page: both faces, the movement between them, the spotter's curve, the probabilities beside the prior.

    Args:
        onset, apex: ``(H, W)`` uint8 crops; movement: ``(2, H, W)`` flow in crop pixels.
    """
    with plt.style.context(list(charts.STYLE)):
        figure = Figure(figsize=(7, 4.6), layout="constrained")
        grid = figure.add_gridspec(2, 6, height_ratios=[1.1, 1])
        panels = [figure.add_subplot(grid[0, part]) for part in (slice(0, 2), slice(2, 4), slice(4, 6))]
        panels[0].imshow(onset, cmap="gray", vmin=0, vmax=255, interpolation="bicubic")
        panels[1].imshow(apex, cmap="gray", vmin=0, vmax=255, interpolation="bicubic")
        panels[2].imshow(pictures.flow_image(movement))
        pictures.hue_wheel(panels[2].inset_axes([0.8, 0.0, 0.2, 0.2]), directions=False)
        titles = (f"onset, frame {verdict.onset}", f"apex ({verdict.apex_source}), frame {verdict.apex}")
        for ax, title in zip(panels, (*titles, f"movement, up to {verdict.motion:.1f} px"), strict=True):
            ax.set_title(title)
            ax.axis("off")
        curve, bars = figure.add_subplot(grid[1, :4]), figure.add_subplot(grid[1, 4:])
        if verdict.apex_probability is None:
            curve.text(
                0.5,
                0.5,
                f"apex: {verdict.apex_source}, spotting was skipped",
                ha="center",
                va="center",
                color=charts.GREY,
            )
            curve.axis("off")
        else:
            scores = np.array(list(verdict.apex_probability.values()))
            charts.score_curve(
                list(verdict.apex_probability),
                scores,
                predicted=verdict.apex,
                ylabel="probability of the apex",
                ax=curve,
            )
        places = np.arange(len(CLASSES))
        bars.barh(places, list(verdict.probabilities.values()), 0.55, color=charts.COLOURS["simulated"])
        for place, name in zip(places, CLASSES, strict=True):
            bars.plot([verdict.prior[name]] * 2, [place - 0.4, place + 0.4], color=charts.GREY, ls="--", lw=1)
            bars.text(verdict.probabilities[name] + 0.02, place, f"{verdict.probabilities[name]:.2f}", va="center")
        bars.set_yticks(places, CLASSES)
        bars.set(xlim=(0, 1.12), ylim=(2.6, -0.6), xlabel="probability (dashed: prior)")
        figure.supxlabel(STATEMENT, x=0.01, ha="left", fontsize=7.5, color=charts.GREY)
    return figure


def _check_numbers(onset: int | None, apex: int | None, offset: int | None, fps: float | None) -> None:
    given = [(name, n) for name, n in (("onset", onset), ("apex", apex), ("offset", offset)) if n is not None]
    for (name, number), (later, other) in itertools.pairwise(given):
        if number > other or (number == other and name == "onset"):
            raise MxeError(f"--{name} {number} does not lie before --{later} {other}: give the frames in their order")
    if fps is not None and not 0 < fps < 100_000:
        raise MxeError(f"--fps {fps}: give frames per second, more than 0")


def _notes(motion: float | None, recognizer: shipped_recognizer.Recognizer) -> tuple[str, ...]:
    notes = []
    if motion is not None and motion < HARDLY_MOVES:
        notes.append(f"The face hardly moves ({motion:.2f} pixels on a crop 75 wide): read nothing into these numbers.")
    share = f"{recognizer.accuracy:.0%} of {recognizer.checked}"
    notes.append(f"This recogniser got {share} clips of unseen simulated people right; expect less on real faces.")
    return (*notes, MEANING, STATEMENT)


def _write(verdict: Verdict, figure: Figure, page: str, stale: Iterable[Path]) -> None:
    content = {name: value for name, value in asdict(verdict).items() if name not in _FILES}
    content["versions"] = {"mxe_lib": __version__, "opencv": cv2.__version__, "torch": torch.__version__}
    files = (store.whole(path) for path in (verdict.figure, verdict.page, verdict.report))
    with contextlib.ExitStack() as whole:
        picture, html, report = (whole.enter_context(file) for file in files)
        with plt.style.context(list(charts.STYLE)):
            figure.savefig(picture, format="png", dpi=160)
        html.write_text(page, encoding="utf-8")
        report.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        for path in stale:  # while the report before still says whose they are
            path.unlink(missing_ok=True)
