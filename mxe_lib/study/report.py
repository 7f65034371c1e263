"""A run on one page, ``report.html``: every number read from the result tables.

``run_all.py`` builds it at its end, from ``templates/report.html``.
"""

import base64
import csv
import re
from pathlib import Path

import jinja2

from mxe_lib.compute import store
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.study import stamps

MAIN_SCORES = ("mae", "accuracy", "uf1", "uar", "pooled_ovr_accuracy")
NEEDED = set(results.COLUMNS) - {"experiment", "unit"}
MINUTES = "notebook_minutes.csv"


def build(out: Path, notebooks: list[str], profile: str, data: str) -> Path:
    """Writes ``report.html`` of a run, if what it shows has changed since it was written.

    Args:
        out: the run's folder.
        notebooks: names in their order.
        profile, data: for the title; ``data`` is the data folder's name, or ``simulated``.
    """
    tables = {path.stem: read(path) for path in sorted((out / "results").glob("*.csv"))}
    figures = [path for path in sorted((out / "figures").glob("*.*")) if path.suffix in (".svg", ".png")]
    figures = [path for path in figures if path.is_file()]
    page = _page(out, notebooks, tables, figures, profile=profile, data=data)
    target = out / "report.html"
    if not target.is_file() or target.read_text(encoding="utf-8", errors="replace") != page:
        store.write(target, page)
    return target


def read(path: Path) -> list[dict[str, str]]:
    """A table's rows, as text.

    Raises:
        MxeError: if it can't be read, or a result table lacks a column or has a word for a number.
    """
    try:
        if not path.is_file():  # a pipe would be waited for
            raise OSError(2, "no such file")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if path.parent.name in ("results", "reference") and path.name != MINUTES:
            if missing := NEEDED - set(rows[0] if rows else NEEDED):
                raise ValueError(f"lacks column {min(missing)}")
            for number, row in enumerate(rows, start=2):
                if None in row or None in row.values():
                    raise ValueError(f"row {number} has not as many cells as the header")
                _ = float(row["value"]), [float(row[name] or 0) for name in results.NUMBERS]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        again = "run the notebook that writes it again"
        raise MxeError(f"{path.name}: {getattr(error, 'strerror', None) or error}: {again}") from None
    return rows


def experiments(folder: Path) -> dict[str, tuple[str, str]]:
    """Each experiment's notebook and question, as the notebooks of a folder say in their metadata."""
    found = {}
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        for name, question in stamps.metadata(path).get("experiments", {}).items():
            found[name] = path.stem, question
    return found


def question(path: Path) -> str:
    """The question that a notebook has for its title."""
    texts = [cell["source"] for cell in stamps.notebook_cells(path) if cell.get("cell_type") == "markdown"]
    return re.sub(r"^[#\d\s·.]+", "", "".join(texts[:1]).partition("\n")[0]) or path.stem


def if_there(path: Path) -> list[dict[str, str]]:
    """A table's rows, none where there is no such table."""
    return read(path) if path.exists() else []


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


def _page(out: Path, notebooks: list[str], tables: dict, figures: list[Path], **titles: str) -> str:
    asked = experiments(out / "notebooks")
    known = {name: asked.get(name, ("", name)) for name in tables}
    parts = []
    for notebook in [*notebooks, ""]:
        mine = [name for name in [*asked, *tables] if name in tables and known[name][0] == notebook]
        drawn = [path for path in figures if notebook and path.stem.startswith(notebook[:3])]
        if not notebook:
            mine += [name for name in tables if known[name][0] not in ["", *notebooks]]
            drawn = [path for path in figures if path.stem[:3] not in {name[:3] for name in notebooks}]
        if mine or drawn:
            own = out / "notebooks" / f"{notebook}.ipynb"
            title = question(own) if notebook and own.exists() else notebook or "Other results"
            shown = [{"name": name, "question": known[name][1], **_lines(tables[name])} for name in dict.fromkeys(mine)]
            parts.append({"notebook": notebook, "title": title, "tables": shown, "figures": map(_figure, drawn)})
    folder = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    template = jinja2.Environment(loader=folder, autoescape=True).get_template("report.html")
    rows = [_notebook(out, name) for name in notebooks]
    return template.render(notebooks=rows, parts=parts, versions=stamps.versions(), **titles) + "\n"


def _notebook(out: Path, name: str) -> dict:
    times = {row.get("notebook"): row for row in if_there(out / stamps.TIMES)}
    done, row, time = (out / "notebooks" / f"{name}.ipynb").exists(), times.get(name), "not run"
    if done and row:
        try:
            cached = "" if row["attempt"] == "1" else ", partly from the cache"
            time = f"{float(row['seconds']):.0f} s with {row['workers']} workers{cached}"
        except (KeyError, ValueError, TypeError):
            time = f"not known: {stamps.TIMES} is damaged"
    return {"name": name, "done": done, "time": time}


def _lines(rows: list[dict[str, str]]) -> dict[str, list]:
    """A line for each system and score, with the paper's number, ours on real data, ours on simulated data."""
    lines: dict[tuple, dict[str, list[dict]]] = {}
    for row in rows:
        if row["seed"] in ("", "all"):
            kind = "published" if row["source"] == "published" else row["origin"]
            p_value = f"{float(row['p_holm']):.3f}" if row["p_holm"] else ""
            cell = {"interval": interval(row), "protocol": row["protocol"], "n": row["n"], "p": p_value}
            key = tuple(row[name] for name in ("database", "model", "variant", "metric"))
            lines.setdefault(key, {}).setdefault(kind, []).append(cell)
    ours = [key for key in lines if set(lines[key]) - {"published"}]
    main = [key for key in ours if key[0] in ("composite", "pooled") and key[3] in MAIN_SCORES] or ours
    others, printed = ([key for key in keys if key not in less] for keys, less in ((ours, main), (lines, ours)))
    return {
        name: [(key, lines[key]) for key in keys]
        for name, keys in (("main", main), ("others", others), ("printed", printed))
    }


def _figure(path: Path) -> dict[str, str]:
    kind = {".svg": "image/svg+xml", ".png": "image/png"}[path.suffix]
    return {"name": path.stem.replace("_", " "), "kind": kind, "data": base64.b64encode(path.read_bytes()).decode()}
