"""A run on one page, ``report.html``, and the README's two tables: every number read from the result tables.

``run_all.py`` builds the page at its end. ``python -m mxe_lib.study.report --readme`` brings the README up to date with
``reference/``.
"""

from __future__ import annotations

import base64
import csv
import html
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from mxe_lib.compute import store
from mxe_lib.errors import MxeError
from mxe_lib.study import stamps

EXPERIMENTS = {
    "flow_methods": ("01_flow_extraction", "Which optical flow finds the simulator's true motion?"),
    "label_functions": ("02_label_functions", "Which label over time teaches a network to spot the apex?"),
    "feedforward_variants": ("02_label_functions", "Does feeding early layers forward help to spot?"),
    "depth": ("03_attention_ablation", "How deep should the spotting network be?"),
    "normalization": ("03_attention_ablation", "Local response or batch normalisation?"),
    "attention": ("03_attention_ablation", "Does attention help to spot the apex?"),
    "gan_augmentation": ("04_gan_augmentation", "Does a GAN's synthetic flow help recognition?"),
    "sim_to_real": ("08_simulated_to_real", "Does training on simulated faces carry over to real ones?"),
    "simulator_ablation": ("09_inside_the_simulator", "Which ingredients of the simulator matter?"),
    "recognition_benchmark": ("05_ocnet_benchmark", "Which network recognises best, and better than what?"),
    "published_metrics": ("06_reading_the_numbers", "What do the published metrics measure?"),
    "leak_ladder": ("06_reading_the_numbers", "How much does each leak lift a score?"),
    "spotting_benchmarks": ("10_what_spots_an_apex", "What spots an apex better than the middle frame?"),
    "apex_for_recognition": ("11_apex_for_recognition", "Does recognition need the true apex?"),
    "model_cost": ("12_what_oc_net_costs", "What does each network cost?"),
    "ocnet_dropout": ("12_what_oc_net_costs", "Where should OC-Net drop out?"),
    "verdicts": ("13_verdicts", "Which published claims hold?"),
}
"""Each experiment's notebook and question, in the study's order."""

LEAK = "control=best_test_epoch;rung=best_test_epoch;selection=test_epoch"
HEADLINES = (
    ("Spot: the middle frame, nothing learned", "label_functions", "pooled", "middle_frame", "", "mae"),
    ("Spot: VGG-M, log label, SW-Max", "label_functions", "pooled", "vgg_m", "label=log;rule=sw_max", "mae"),
    ("Spot: CNN without attention", "attention", "pooled", "spotting_cnn", "attention=no;layers=5;rule=sw_max", "mae"),
    ("Spot: CNN with attention", "attention", "pooled", "spotting_cnn", "attention=yes;layers=5;rule=sw_max", "mae"),
    ("Spot: peak of optical strain", "spotting_benchmarks", "pooled", "optical_strain_peak", "eyes=masked", "mae"),
    ("Spot: ours, simulated people only", "spotting_benchmarks", "pooled", "clip_spotter", "rule=sw_max", "mae"),
    ("Recognise: always *negative*", "recognition_benchmark", "composite", "always_negative", "", "accuracy"),
    ("Recognise: OC-Net", "recognition_benchmark", "composite", "oc_net", "gan=no", "accuracy"),
    ("Recognise: OC-Net with GAN", "recognition_benchmark", "composite", "oc_net", "gan=yes", "accuracy"),
    ("Recognise: always *negative*", "recognition_benchmark", "composite", "always_negative", "", "uf1"),
    ("Recognise: logistic regression", "recognition_benchmark", "composite", "logistic_regression", "", "uf1"),
    ("Recognise: STSTNet", "recognition_benchmark", "composite", "ststnet", "", "uf1"),
    ("Recognise: OC-Net", "recognition_benchmark", "composite", "oc_net", "gan=no", "uf1"),
    ("A leak: STSTNet, each test subject's best epoch", "leak_ladder", "composite", "ststnet", LEAK, "uf1"),
    ("Recognise: ours, chosen in inner folds", "recognition_benchmark", "composite", "ours", "", "uf1"),
    ("Recognise: simulated people only", "sim_to_real", "composite", "committee", "training=simulated", "uf1"),
    ("Recognise: on real ones, from scratch", "sim_to_real", "composite", "flow_cnn", "training=real", "uf1"),
    ("Recognise: on simulated, then real ones", "sim_to_real", "composite", "flow_cnn", "training=pretrained", "uf1"),
    ("Recognise: on both at once", "sim_to_real", "composite", "flow_cnn", "training=mixed", "uf1"),
)
"""The README's lines: claim, experiment, database, model, settings that a row must not contradict, metric."""

MAIN_SCORES = ("mae", "accuracy", "uf1", "uar", "pooled_ovr_accuracy")
README_FIGURES = ("05_benchmark_real*", "05_benchmark_*", "*spotting_benchmarks*")
"""The README opens with the first of these that is there."""

METRICS = {"mae": "MAE, frames ↓", "accuracy": "accuracy ↑", "uf1": "UF1 ↑"}
CONTRADICTS = 1000
NEEDED = {"database", "origin", "model", "variant", "protocol", "seed", "metric", "value", "ci_low", "n", "source"}
MINUTES = "notebook_minutes.csv"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .15rem .7rem .15rem 0; border-bottom: 1px solid #ddd; vertical-align: top }
small { color: #555; font-weight: normal } h2 { margin-top: 2.5rem; border-top: 2px solid #0072b2; padding-top: .5rem }
img { max-width: 100%; display: block } figcaption { font-size: 13px; color: #555 } figure { margin: 1rem 0 }
.simulated { color: #b34700 } .real { color: #0072b2 } summary { cursor: pointer; font-size: 13px }
"""


def build(out: Path, notebooks: list[str], profile: str, data: str) -> Path:
    """Writes ``report.html`` of a run, if what it shows has changed since it was written.

    Args:
        out: the run's folder.
        notebooks: names in their order.
        profile, data: for the title; ``data`` is the data folder's name, or ``simulated``.
    """
    tables = {path.stem: read(path) for path in sorted((out / "results").glob("*.csv"))}
    figures = sorted(path for path in (out / "figures").glob("*.*") if path.suffix in (".svg", ".png"))
    page = _page(out, notebooks, tables, figures, profile, data)
    target = out / "report.html"
    if not target.exists() or target.read_text(encoding="utf-8") != page:
        store.write(target, page)
    return target


def read(path: Path) -> list[dict[str, str]]:
    """A table's rows, as text.

    Raises:
        MxeError: if a result table lacks a column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = NEEDED - set(rows[0]) if rows and path.parent.name in ("results", "reference") else ()
    if missing and path.name != MINUTES:
        raise MxeError(f"{path.name}: lacks column {sorted(missing)[0]}: run the notebook that writes it again")
    return rows


def _page(out: Path, notebooks: list[str], tables: dict, figures: list[Path], profile: str, data: str) -> str:
    seconds = {row["notebook"]: row for row in _if_there(out / "timings" / "notebooks.csv")}
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Micro-expression study: {profile}</title>",
        f"<style>{STYLE}</style><h1>Micro-expression study</h1>",
        f"<p>Profile <b>{html.escape(profile)}</b>, data: <b>{html.escape(data)}</b>. A score stands with its 95 % ",
        "interval (resampled subjects). <span class=simulated>Simulated</span> results are compared with no published ",
        "number: those are about <span class=real>real</span> data, and stand beside for orientation.</p>",
        _table(("notebook", "run time"), (_notebook_row(out, name, seconds) for name in notebooks)),
    ]
    known = {name: EXPERIMENTS.get(name, ("", name)) for name in tables}
    for notebook in [*notebooks, ""]:
        mine = [name for name in [*EXPERIMENTS, *tables] if name in tables and known[name][0] == notebook]
        drawn = [path for path in figures if notebook and path.stem.startswith(notebook[:3])]
        if not notebook:
            mine += [name for name in tables if known[name][0] not in ["", *notebooks]]
            drawn = [path for path in figures if path.stem[:3] not in {name[:3] for name in notebooks}]
        if mine or drawn:
            parts.append(f"<h2 id='{notebook}'>{html.escape(_title(out, notebook) or 'Other results')}</h2>")
        for name in dict.fromkeys(mine):
            parts.append(f"<h3>{html.escape(known[name][1])} <small>{name}</small></h3>{_experiment(tables[name])}")
        parts += map(_figure, drawn)
    versions = ((html.escape(name), html.escape(value)) for name, value in stamps.versions().items())
    parts += ["<h2>Versions</h2>", _table(("package", "version"), versions)]
    return "\n".join(parts) + "\n</html>\n"


def _title(out: Path, name: str) -> str:
    """A notebook's question, or its name where it was not run."""
    path = out / "notebooks" / f"{name}.ipynb"
    return _question(path) if name and path.exists() else name


def _question(path: Path) -> str:
    first = next(cell["source"] for cell in stamps.notebook_cells(path) if cell["cell_type"] == "markdown")
    return re.sub(r"^[#\d\s·.]+", "", first.splitlines()[0])


def _if_there(path: Path) -> list[dict[str, str]]:
    return read(path) if path.exists() else []


def _notebook_row(out: Path, name: str, seconds: dict) -> tuple[str, str]:
    done = (out / "notebooks" / f"{name}.ipynb").exists()
    link = f"<a href='notebooks/{name}.ipynb'>{name}</a>" if done else name
    if name not in seconds or not done:
        return link, "not run"
    row = seconds[name]
    cached = "" if row["attempt"] == "1" else ", partly from the cache"
    return link, f"{float(row['seconds']):.0f} s with {row['workers']} workers{cached}"


def _experiment(rows: list[dict[str, str]]) -> str:
    """A line for each system and score: the paper's number, ours on real data, ours on simulated data."""
    lines: dict[tuple, dict[str, str]] = {}
    for row in rows:
        if row["seed"] not in ("", "all"):
            continue
        kind = "published" if row["source"] == "published" else row["origin"]
        protocol = f" <small>{html.escape(row['protocol'])}{', n = ' + row['n'] if row['n'] else ''}</small>"
        p_value = f" <small>p = {float(row['p_holm']):.3f}</small>" if row["p_holm"] else ""
        cells = lines.setdefault(tuple(row[key] for key in ("database", "model", "variant", "metric")), {})
        cells[kind] = "<br>".join(filter(None, [cells.get(kind), interval(row) + protocol + p_value]))
    head = ("database", "model", "variant", "score", "paper (real data)", "ours, real data", "ours, simulated data")
    kinds = (("published", ""), ("real", " class=real"), ("simulated", " class=simulated"))

    def cells(key: tuple) -> tuple[str, ...]:
        found = (f"<span{style}>{lines[key].get(kind, '')}</span>" for kind, style in kinds)
        return (*map(html.escape, key), *found)

    ours = [key for key in lines if set(lines[key]) - {"published"}]
    main = [key for key in ours if key[0] in ("composite", "pooled") and key[3] in MAIN_SCORES] or ours
    printed = [key for key in lines if key not in ours]
    text = _table(head, map(cells, main)) if main else ""
    if len(main) < len(ours):
        table = _table(head, (cells(key) for key in ours if key not in main))
        text += f"<details><summary>each database and every score</summary>{table}</details>"
    if printed:
        table = _table(head[:5], (cells(key)[:5] for key in printed))
        text += f"<details><summary>{len(printed)} published numbers without a counterpart</summary>{table}</details>"
    return text


def interval(row: dict[str, str]) -> str:
    """``0.678 [0.633, 0.720]``, or the value alone where there is no interval.

    >>> interval({"value": "8.290000", "ci_low": "7.500000", "ci_high": "9.500000"})
    '8.29 [7.50, 9.50]'
    """
    digits = 3 if abs(float(row["value"])) < 1.5 else 2
    value = f"{float(row['value']):.{digits}f}"
    if not row["ci_low"]:
        return value
    return f"{value} [{float(row['ci_low']):.{digits}f}, {float(row['ci_high']):.{digits}f}]"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return "<table><tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>\n" + "\n".join(lines) + "</table>"


def _figure(path: Path) -> str:
    kind = {".svg": "image/svg+xml", ".png": "image/png"}[path.suffix]
    data = base64.b64encode(path.read_bytes()).decode()
    name = html.escape(path.stem.replace("_", " "))
    return f"<figure><img alt='{name}' src='data:{kind};base64,{data}'><figcaption>{name}</figcaption></figure>"


def readme_tables(reference: Path) -> dict[str, str]:
    """The README's generated parts by the name of their marker, from the committed result tables."""
    parts = {"results": _results_table(reference), "minutes": _minutes_table(reference)}
    found = [path for name in README_FIGURES for path in sorted((reference.parent / "figures").glob(name))]
    return parts | {"figure": f"![{found[0].stem.replace('_', ' ')}](figures/{found[0].name})" if found else ""}


def _results_table(reference: Path) -> str:
    lines = []
    for claim, experiment, database, model, variant, metric in HEADLINES:
        full = [row | {"profile": "full"} for row in _if_there(reference / "full" / f"{experiment}.csv")]
        rows = [row for row in full + _if_there(reference / f"{experiment}.csv") if row["seed"] in ("", "all")]
        rows = [row for row in rows if (row["database"], row["model"], row["metric"]) == (database, model, metric)]
        found, profile = {}, "quick"

        def rank(row: dict[str, str], variant: str = variant) -> tuple:
            # Where a system ran under both protocols, the field's own, leave one subject out, speaks; where it ran in
            # full, that run does.
            return _distance(row["variant"], variant), "profile" not in row, row["protocol"] != "loso"

        for row in sorted(rows, key=rank):
            if _distance(row["variant"], variant) == CONTRADICTS:
                continue
            if row["source"] == "published":
                found.setdefault("published", interval(row))
            elif not row["protocol"].endswith("_by_clip"):
                number = f", n = {row['n']}" if row["n"] else ""
                if row["origin"] not in found:
                    profile = row.get("profile", profile)
                found.setdefault(row["origin"], f"{interval(row)}{number}")
        if found:
            notebook = EXPERIMENTS[experiment][0]
            cells = [found.get(kind, "–") for kind in ("published", "real", "simulated")]
            full_run = "PROFILE=full " if profile == "full" else ""
            command = f'`make study {full_run}ONLY="{notebook[:2]}"`'
            minutes = _minutes(reference / "full" if full_run else reference).get(notebook, "–")
            lines.append(f"| {claim} | {METRICS[metric]} | {' | '.join(cells)} | {command} | {minutes} |")
    if not lines:
        return "*No run has been published yet: `make publish DATA=…` fills this table.*"
    head = "| | score | paper | ours, real data (95 % CI) | ours, simulated data (95 % CI) | command | minutes |"
    return "\n".join([head, "|---|---|---|---|---|---|---|", *lines])


def _distance(variant: str, wanted: str) -> int:
    """How many settings two variants do not share; ``CONTRADICTS`` where one setting has two values.

    >>> _distance("attention=yes;fold=1", "attention=yes"), _distance("rule=max", "rule=sw_max") == CONTRADICTS
    (1, True)
    """
    one, other = (dict(pair.split("=", 1) for pair in text.split(";") if pair) for text in (variant, wanted))
    if any(one[key] != other[key] for key in one.keys() & other.keys()):
        return CONTRADICTS
    return len(one.keys() ^ other.keys())


def _minutes(reference: Path) -> dict[str, str]:
    rows = _if_there(reference / MINUTES)
    return {row["notebook"]: f"{float(row['seconds']) / 60:.1f}" for row in rows}


def _minutes_table(reference: Path) -> str:
    lines = []
    minutes = _minutes(reference)
    for path in sorted((reference.parent / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        question = _question(path)
        lines.append(f"| [{path.stem}](notebooks/{path.name}) | {question} | {minutes.get(path.stem, '–')} |")
    if not lines:
        return "*No notebook is there yet.*"
    head = "| notebook | question | minutes (`quick`, 2 cores, run in order) |"
    return "\n".join([head, "|---|---|---|", *lines])


def with_tables(text: str, tables: dict[str, str]) -> str:
    """The README with what stands between each pair of markers replaced.

    Raises:
        MxeError: if a marker is missing.
    """
    for name, table in tables.items():
        pattern = re.compile(rf"(<!-- {name}:begin[^>]*-->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise MxeError(f"README.md: needs one pair of markers <!-- {name}:begin --> and <!-- {name}:end -->")
        text = pattern.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
    return text


def update_readme(root: Path) -> None:
    """Rewrites the generated tables of ``root/README.md`` from ``root/reference``."""
    readme = root / "README.md"
    store.write(readme, with_tables(readme.read_text(encoding="utf-8"), readme_tables(root / "reference")))


if __name__ == "__main__":
    if sys.argv[1:] != ["--readme"]:
        sys.exit("usage: python -m mxe_lib.study.report --readme  (updates the tables of README.md from reference/)")
    update_readme(Path(__file__).resolve().parents[2])
