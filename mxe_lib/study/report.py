"""A run on one page, ``report.html``: what was found, then what each notebook shows, numbers from result tables only.

``run_all.py`` builds it at its end, from ``templates/report.html``. The page holds all its pictures and can be printed.
"""

import base64
import contextlib
import csv
import io
import re
from pathlib import Path

import jinja2
from markupsafe import Markup
from PIL import Image

from mxe_lib.compute import store
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.figures.names import DATABASES, METRICS, NAMES, PROTOCOLS, words
from mxe_lib.study import answers, profiles, stamps

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
    figures = [path for path in sorted((out / "figures").glob("*.*")) if path.suffix in (".svg", ".png", ".gif")]
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
    if any(row["model"] not in NAMES for rows in tables.values() for row in rows):
        import mxe_lib.models  # noqa: F401 (networks bring their names; and torch, which takes seconds)
    parts = []
    for notebook in [*notebooks, ""]:
        mine = [name for name in [*asked, *tables] if name in tables and known[name][0] == notebook]
        drawn = [path for path in figures if notebook and path.stem.startswith(notebook[:3])]
        if not notebook:
            mine += [name for name in tables if known[name][0] not in ["", *notebooks]]
            drawn = [path for path in figures if path.stem[:3] not in {name[:3] for name in notebooks}]
        own = out / "notebooks" / f"{notebook}.ipynb"
        title = question(own) if notebook and own.exists() else notebook or "Other results"
        shown = [{"name": name, "question": known[name][1], **_lines(tables[name])} for name in dict.fromkeys(mine)]
        cells = stamps.notebook_cells(own) if drawn and own.exists() else []
        pictures = sorted((_figure(path, notebook, cells) for path in drawn), key=lambda figure: figure["place"])
        said = _answer(out, notebook, titles["profile"]) if notebook and own.exists() else []
        if mine or drawn or said:
            parts.append({"notebook": notebook, "title": title, "answer": said, "tables": shown, "figures": pictures})
    folder = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    template = jinja2.Environment(loader=folder, autoescape=True).get_template("report.html")
    rows = [_notebook(out, name) for name in notebooks]
    page = dict(notebooks=rows, parts=parts, headline=_headline(tables), versions=stamps.versions())
    return template.render(**page, **titles) + "\n"


def _answer(out: Path, notebook: str, profile: str) -> list[str]:
    """What the notebook found, if its tables are there."""
    try:
        return answers.of(notebook, out / "results", profile if profile in profiles.PROFILES else None)
    except MxeError:
        return []


def _headline(tables: dict[str, list[dict[str, str]]]) -> dict | None:
    """The field's own benchmark: UF1 of every system on all clips, real ones where there are any."""
    rows = [row for row in tables.get("recognition_benchmark", []) if row["seed"] in ("", "all")]
    rows = [row for row in rows if (row["metric"], row["source"]) == ("uf1", "ours")]
    origin = "real" if any(row["origin"] == "real" for row in rows) else "simulated"
    rows = [row for row in rows if (row["origin"], row["database"]) == (origin, "composite")]
    rows.sort(key=lambda row: -float(row["value"]))
    lines = [(_system(row), PROTOCOLS.get(row["protocol"], row["protocol"]), interval(row)) for row in rows]
    return {"origin": origin, "n": rows[0]["n"], "lines": lines} if rows else None


def _system(row: dict[str, str]) -> str:
    return words(f"{row['model']} {row['variant']}".strip())


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
    main_metrics = [f"{name}{end}" for name in MAIN_SCORES for end in ("", "_difference")]
    first = set()
    for row in rows:
        if row["seed"] in ("", "all"):
            kind = "published" if row["source"] == "published" else row["origin"]
            p_value = f"{float(row['p_holm']):.3f}" if row["p_holm"] else ""
            protocol = PROTOCOLS.get(row["protocol"], row["protocol"]) if row["source"] == "ours" else ""
            cell = {"interval": interval(row), "protocol": protocol, "n": row["n"], "p": p_value}
            score, database = METRICS.get(row["metric"], row["metric"].replace("_", " ")), row["database"]
            key = (DATABASES.get(database, database), _system(row), score)
            if database in ("composite", "pooled") and row["metric"] in main_metrics:
                first.add(key)
            lines.setdefault(key, {}).setdefault(kind, []).append(cell)
    ours = [key for key in lines if set(lines[key]) - {"published"}]
    main = [key for key in ours if key in first] or ours
    others, printed = ([key for key in keys if key not in less] for keys, less in ((ours, main), (lines, ours)))
    return {
        name: [(key, lines[key]) for key in keys]
        for name, keys in (("main", main), ("others", others), ("printed", printed))
    }


def _figure(path: Path, notebook: str, cells: list[dict]) -> dict[str, str | int]:
    """The picture, what it shows in a sentence (its text alternative in the notebook), and the cell that draws it."""
    found = {"name": path.stem[3:].replace("_", " "), "link": "", "cell": "", "place": 0}
    for number, cell in enumerate([cell for cell in cells if cell.get("cell_type") == "code"], start=1):
        if any(re.fullmatch(pattern, path.stem) for pattern in _saved(cell["source"])):
            alt = cell.get("metadata", {}).get("mystnb", {}).get("image", {}).get("alt", "")
            found |= {"name": alt or found["name"], "cell": str(number), "place": number}
            found["link"] = f"notebooks/{notebook}.ipynb" + (f"#cell-id={cell['id']}" if "id" in cell else "")
    return found | {"data": _address(path)}


def _address(path: Path) -> Markup:
    """A picture as an address that holds it: an SVG as text, with lines to a tenth of a point; others as WebP."""
    if path.suffix == ".svg":
        text = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r'(?<= d=")[^"]*', lambda found: re.sub(r"(\.\d)\d+", r"\1", found[0]), text)
        text = re.sub(r"\s+", " ", text).replace("> <", "><")
        for sign, instead in {"%": "%25", "#": "%23", "'": "%27", "&": "%26"}.items():
            text = text.replace(sign, instead)
        return Markup(f"data:image/svg+xml,{text}")
    kind, content = path.suffix[1:], path.read_bytes()
    with contextlib.suppress(OSError), Image.open(path) as picture:  # else as it is
        if not getattr(picture, "is_animated", False):
            smaller = io.BytesIO()
            picture.convert("RGB").save(smaller, "WEBP", quality=88)
            kind, content = "webp", smaller.getvalue()
    return Markup(f"data:image/{kind};base64,{base64.b64encode(content).decode()}")


def _saved(source: str) -> list[str]:
    """Patterns of the figures that a cell saves: ``f"03_differences_{origin}"`` names one for each origin.

    >>> _saved('charts.save(ax, f"03_differences_{origin}", paths.figures)')
    ['03_differences_.+']
    """
    names = re.findall(r"""f?["']([0-9][0-9]_[^"'\n]*)["']""", source)
    return [".+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", name)) for name in names]
