"""Pages that are made from what the study knows already: results, chapters, the API, the bibliography."""

import importlib
import pkgutil
import re
from pathlib import Path

import nbformat
import pandas as pd
import yaml

import mxe_lib
from mxe_lib.errors import MxeError
from mxe_lib.figures.names import words
from mxe_lib.study import answers, report
from mxe_lib.study.answers import front_page
from mxe_lib.study.readme import README_FIGURES
from mxe_lib.study.report import if_there

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "reference"

PARTS = {
    "Foundations": ("00", "01", "02"),
    "Spotting": ("03", "04", "05", "06"),
    "Recognition": ("07", "08", "09"),
    "Simulator": ("10", "11"),
    "Labels and laboratories": ("14", "15"),
    "Long videos": ("16",),
    "Use": ("12", "13"),
}
"""The notebooks in their order; one that no part names stands in the last."""


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def parts() -> dict[str, list[Path]]:
    of = {number: part for part, numbers in PARTS.items() for number in numbers}
    found = {part: [] for part in PARTS}
    for path in notebooks():
        found[of.get(path.name[:2], list(PARTS)[-1])].append(path)
    return found


def results() -> str:
    """The five results, each with a link to the notebook that shows it."""
    lines = []
    for (topic, name), sentence in zip(front_page.TOPICS.items(), answers.of("front_page", REFERENCE), strict=True):
        lines.append(f"1. **{topic}.** {sentence} [Notebook {name[:2]}](notebooks/{name}.ipynb)")
    return "\n".join(lines)


def chapters() -> str:
    """The table of contents of the notebooks, part by part, with each one's answer where there is one."""
    minutes = {row["notebook"]: float(row["seconds"]) / 60 for row in if_there(REFERENCE / report.MINUTES)}
    lines = []
    for part, paths in parts().items():
        lines += [f"## {part}", ""]
        for path in paths:
            time = f" *{minutes[path.stem]:.1f} minutes on two cores.*" if path.stem in minutes else ""
            lines += [
                f"**[{path.name[:2]} · {report.question(path)}](../notebooks/{path.name})** {answer(path)}{time}",
                "",
            ]
        entries = "\n".join(f"{path.name[:2]} · {report.question(path)} </notebooks/{path.stem}>" for path in paths)
        lines += [f"```{{toctree}}\n:hidden:\n:caption: {part}\n\n{entries}\n```", ""]
    return "\n".join(lines)


def answer(path: Path) -> str:
    try:
        return answers.of(path.stem, REFERENCE)[0]
    except (ModuleNotFoundError, MxeError):
        return ""


def wings() -> list[str]:
    """The library's wings, in the order in which CONTRIBUTING.md lists them, then what it does not list."""
    listed = re.findall(r"^\| `(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    there = [module.name for module in pkgutil.iter_modules(mxe_lib.__path__) if module.ispkg]
    return [name for name in listed if name in there] + [name for name in there if name not in listed]


def api_index() -> str:
    lines = []
    for name in wings():
        summary = (importlib.import_module(f"mxe_lib.{name}").__doc__ or "").strip().partition("\n\n")[0]
        lines += [f"[`{name}`]({name}.rst)", f": {' '.join(summary.split()).replace('``', '`')}", ""]
    entries = "\n".join([*wings(), "top"])
    lines += [
        "[`clips`, `errors`](top.rst)",
        ": What every wing knows: a clip, and an error that says the way out.",
        "",
    ]
    return "\n".join(lines) + f"\n```{{toctree}}\n:hidden:\n\n{entries}\n```\n"


def api_page(title: str, names: list[str]) -> str:
    """A page, in reStructuredText, of modules with their docstrings."""
    lines = [title, "=" * len(title), ""]
    for name in names:
        heading = name.removeprefix("mxe_lib.")
        if heading != title:
            lines += [heading, "-" * len(heading), ""]
        lines += [f".. automodule:: {name}", "   :ignore-module-all:", ""]
    return "\n".join(lines)


def api_pages() -> dict[str, str]:
    """By the name of the page: one for each wing, and one for the modules beside them."""
    found = {}
    for wing in wings():
        package = importlib.import_module(f"mxe_lib.{wing}")
        inside = pkgutil.walk_packages(package.__path__, f"mxe_lib.{wing}.")
        names = [module.name for module in inside if not re.search(r"(^|\.)_", module.name.removeprefix("mxe_lib."))]
        found[wing] = api_page(wing, [f"mxe_lib.{wing}", *names])
    return found | {"top": api_page("clips, errors", ["mxe_lib.clips", "mxe_lib.errors"])}


def bibliography() -> str:
    """What CITATION.cff names, then every paper that a notebook links to, with the notebooks that do."""
    lines = ["## The study, and what it rebuilds", ""]
    named = set()
    for item in yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["references"]:
        lines.append(f"* {reference(item)}")
        named.add(item.get("doi", "").lower())
    cited: dict[str, tuple[str, list[str]]] = {}
    for path in notebooks():
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        for text_of, url in re.findall(r"\[([^\]]+)\]\((https://(?:doi\.org|arxiv\.org)/[^)\s]+)\)", text):
            if url.partition("doi.org/")[2].lower() not in named:
                _, places = cited.setdefault(url, (text_of, []))
                places.append(path.name) if path.name not in places else None
    if cited:
        lines += ["", "## Also cited in the notebooks", ""]
    for url, (text_of, places) in cited.items():
        shown = ", ".join(f"[{name[:2]}](../notebooks/{name})" for name in places)
        lines.append(f"* {text_of}: <{url}> (notebook {shown})")
    return "\n".join(lines)


def reference(item: dict) -> str:
    """An entry of CITATION.cff in one line.

    >>> reference({"authors": [{"family-names": "Li", "given-names": "Xiaobai"}], "title": "SMIC", "year": 2013})
    'Xiaobai Li (2013). *SMIC*.'
    """
    people = [
        " ".join(filter(None, (one.get("given-names"), one.get("family-names"), one.get("name"))))
        for one in item["authors"]
    ]
    where = item.get("journal") or item.get("collection-title") or ""
    volume = f" {item['volume']}" if "volume" in item else ""
    volume += f"({item['issue']})" if "issue" in item else ""
    pages = f", {item['start']}" + (f"–{item['end']}" if "end" in item else "") if "start" in item else ""
    link = f" [doi:{item['doi']}](https://doi.org/{item['doi']})" if "doi" in item else ""
    note = f" ({item['notes']})" if "notes" in item else ""
    place = f" {where}{volume}{pages}." if where else ""
    return f"{', '.join(people)} ({item['year']}). *{item['title'].rstrip('.')}*.{place}{link}{note}"


def tables() -> str:
    """Every committed result table, to be downloaded, with the question that its notebook asks."""
    lines = ["| table | question | notebook |", "|---|---|---|"]
    for name, (notebook, question) in sorted(report.experiments(ROOT / "notebooks").items()):
        path = REFERENCE / f"{name}.csv"
        if path.is_file():
            link = f"[{notebook[:2]}](../notebooks/{notebook}.ipynb)"
            lines.append(f"| {{download}}`{name} <../reference/{name}.csv>` | {question} | {link} |")
    full = sorted((REFERENCE / "full").glob("*.csv"))
    if full:
        lines += ["", "Of runs at full scale:", ""]
        lines += [f"* {{download}}`{path.stem} <../reference/full/{path.name}>`" for path in full]
    return "\n".join(lines)


def figure() -> str:
    """The benchmark in one picture, with its scores in the words that stand for it."""
    path = next(path for name in README_FIGURES for path in sorted((ROOT / "figures").glob(name)))
    rows = pd.read_csv(REFERENCE / "recognition_benchmark.csv").query(
        "metric == 'uf1' and database == 'composite' and origin == 'real' and source == 'ours' and seed == 'all'"
    )
    rows = rows.sort_values("value")
    scores = [f"{words(row.model)} {row.value:.2f}" for row in rows.iloc[[-1, 1, 0]].itertuples()]
    drawn = f"A row for each system, a dot for its UF1, a line for its interval: from {scores[0]} down to {scores[1]}"
    caption = "Each system's UF1 on the benchmark's real clips, with its 95 % interval over people."
    return f"```{{figure}} figures/{path.name}\n:alt: {drawn}; {scores[2]}.\n\n{caption}\n```"
