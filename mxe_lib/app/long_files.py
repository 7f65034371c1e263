"""What was found in a long video, written down: table, JSON, time line and page."""

import contextlib
import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mxe_lib import __version__
from mxe_lib.app import long_page, verdict_files
from mxe_lib.app.long_video import Search
from mxe_lib.app.moment_stream import CLOCK
from mxe_lib.clips import CLASSES
from mxe_lib.compute import store
from mxe_lib.errors import MxeError, one_line
from mxe_lib.figures import charts
from mxe_lib.figures.timelines import KINDS
from mxe_lib.spotting.interval_spotter import step_of

COLUMNS = ("number", "kind", "onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "score", "class", "motion")


@dataclass(frozen=True)
class LongVerdict:
    """What ``analyze`` found in a long video, and where it is written.

    Attributes:
        search: what was found.
        source: where the video is, seen from the folder of the report.
        table, report, figure, page: the files: CSV, JSON, PNG, HTML.
    """

    search: Search
    source: str
    table: Path
    report: Path
    figure: Path
    page: Path

    @property
    def clip(self) -> str:
        return self.search.clip

    @property
    def notes(self) -> tuple[str, ...]:
        return self.search.notes

    def __str__(self) -> str:
        names = ", ".join(path.name for path in (self.page, self.figure, self.table, self.report))
        return f"{self.search}\nwritten: {one_line(names, 900)}"


def write(search: Search, clip: Path, out: Path) -> LongVerdict:
    """All four files, or none.

    Args:
        clip: the video; out: the folder.

    Raises:
        MxeError: if nobody can write there.
    """
    try:
        with store.making(out / "verdict"):  # two at once would choose the same name
            where = verdict_files.place(clip, out, verdict_files.INTERVALS)
            files = [where.file(ending) for ending in verdict_files.INTERVALS]
            verdict = LongVerdict(search, where.source, *files)
            figure, text = draw(search), long_page.render(verdict)
            with contextlib.ExitStack() as whole:
                table, report, picture, html = (whole.enter_context(store.whole(file)) for file in files)
                with plt.style.context(list(charts.STYLE)):
                    figure.savefig(picture, format="png", dpi=160)
                html.write_text(text, encoding="utf-8")
                table.write_text(as_table(search), encoding="utf-8")
                report.write_text(json.dumps(as_report(verdict), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise MxeError(f"--out {out}: cannot write there ({error.strerror}): name another") from None
    return verdict


def as_table(search: Search) -> str:
    """CSV, a row for each interval: frames, seconds, score, class, and each class's probability and prior."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    named = [f"{what}_{name}" for name in CLASSES for what in ("p", "prior")]
    writer.writerow([*COLUMNS, *named])
    for one in search.intervals:
        doubt = [f"{value:.4f}" for name in CLASSES for value in (one.probabilities[name], search.prior[name])]
        seconds = [f"{value:.3f}" for value in (one.onset_s, one.apex_s, one.offset_s)]
        start = [one.number, one.kind, one.onset, one.apex, one.offset, *seconds]
        writer.writerow([*start, f"{one.score:.4f}", one.emotion, f"{one.motion:.3f}", *doubt])
    return text.getvalue()


def as_report(verdict: LongVerdict) -> dict:
    """What the JSON holds."""
    search = verdict.search
    content = {
        name: value
        for name, value in vars(search).items()
        if name not in ("intervals", "left_out", "belief", "glimpses")
    }
    fields = ("number", "kind", "onset", "apex", "offset", "onset_s", "apex_s", "offset_s", "score", "motion")
    content["source"] = verdict.source
    content["intervals"] = [
        {name: getattr(one, name) for name in fields} | {"class": one.emotion, "probabilities": one.probabilities}
        for one in search.intervals
    ]
    content["left_out"] = [asdict(one) for one in search.left_out]
    content["belief_every"] = step_of(CLOCK) / CLOCK
    content["belief"] = [{"start": start, "values": values.round(3).tolist()} for start, values in search.belief]
    content["versions"] = {"mxe_lib": __version__, "opencv": cv2.__version__, "torch": torch.__version__}
    return content


def draw(search: Search) -> Figure:
    """The time line: a row each half minute, the spotter's belief, the intervals, and what was not searched."""
    rows = long_page.lines(search)
    with plt.style.context(list(charts.STYLE)):
        figure = Figure(figsize=(9, 1.2 + 0.75 * len(rows)), layout="constrained")
        axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
        for ax, row in zip(axes, rows, strict=True):
            for one in row["left_out"]:
                ax.axvspan(one.start, one.end, color="0.9", lw=0, zorder=0)
            for seconds, values in row["belief"]:
                ax.fill_between(seconds, values, color="0.6", lw=0)
            for one in row["intervals"]:
                ax.axvspan(one.onset_s, one.offset_s, color=KINDS[one.kind], alpha=0.45, lw=0)
                ax.axvline(one.apex_s, color=KINDS[one.kind], lw=1)
                ax.text(one.apex_s, 1.02, str(one.number), ha="center", va="bottom", fontsize=7, clip_on=False)
            ax.set(xlim=(row["start"], row["end"]), ylim=(0, 1), yticks=[0, 1])
        handles = [Patch(color=colour, alpha=0.45, label=kind) for kind, colour in KINDS.items()]
        handles += [Patch(color="0.6", label="belief"), Patch(color="0.9", label="not searched")]
        figure.legend(handles=handles, ncols=4, loc="outside upper right", fontsize=8, frameon=False)
        axes[-1].set_xlabel("seconds")
        figure.supxlabel(search.notes[-1], x=0.01, ha="left", fontsize=7.5, color=charts.GREY)
    return figure
