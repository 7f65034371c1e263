"""What the README and ``docs/results.md`` take from the committed result tables: ``python -m mxe_lib.study.readme``
writes it anew.

``headlines.csv`` says which numbers stand there: claim, experiment, database, model, settings that a row must not
contradict, metric, and the profile's setting that narrows the network, if one does. Each score says under which folds
it came about, each printed one where.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from mxe_lib.compute import store, tables
from mxe_lib.errors import MxeError
from mxe_lib.papers import published
from mxe_lib.study import answers, profiles
from mxe_lib.study.answers import (
    five_classes_seven_or_movements,
    front_page,
    not_reproduced,
    results_page,
    trained_here_tested_there,
    where_in_a_long_video,
)
from mxe_lib.study.report import MINUTES, experiments, if_there, interval, question

PAGES = {"README.md": ("found", "figure", "not_reproduced", "minutes")}
PAGES["docs/results.md"] = ("benchmark", "read", "labels", "laboratories", "long_videos", "authors_recipe", "results")
"""Which parts are generated where."""

README_FIGURES = ("07_benchmark_real*", "07_benchmark_*", "*spotting_benchmarks*")
"""The README opens with the first of these that is there."""

METRICS = {"mae": "MAE, frames ↓", "accuracy": "accuracy ↑", "uf1": "UF1 ↑", "uf1_difference": "UF1, difference"}
FOLDS = {"loso": "LOSO", "kfold5": "5 folds", "simulated": "taught by simulated people only"}
FOLDS |= {"kfold5_by_clip": "5 folds by clip", "best_test_epoch": "LOSO, epoch chosen on the test subject"}
"""How the pages name a protocol; one that is not here learned nothing."""

BENCHMARK = {
    "ours, chosen in inner folds": ("ours", "ours", "loso"),
    "SSSNet, as the MEB benchmark ran it": ("sssnet", "published", ""),
    "logistic regression on the flow map": ("logistic_regression", "ours", "loso"),
    "STSTNet, our run": ("ststnet", "ours", "loso"),
    "always *negative*": ("always_negative", "ours", "none"),
}
"""Who stands in the README's first table: model, whose run, protocol."""

CONTRADICTS = 1000


def readme_tables(reference: Path) -> dict[str, str]:
    """The generated parts by the name of their marker, from the committed result tables."""
    parts = {"benchmark": _benchmark_table(reference), "results": _results_table(reference)}
    parts |= {"minutes": _minutes_table(reference), "found": _found(reference)}
    parts |= {
        "read": _listed(results_page.sentences, reference),
        "not_reproduced": _listed(not_reproduced.sentences, reference),
        "labels": _listed(five_classes_seven_or_movements.sentences, reference),
        "laboratories": _listed(trained_here_tested_there.sentences, reference),
        "long_videos": _listed(where_in_a_long_video.sentences, reference),
        "authors_recipe": _listed(where_in_a_long_video.at_full, reference / "full"),
    }
    found = [path for name in README_FIGURES for path in sorted((reference.parent / "figures").glob(name))]
    alt = "UF1 of every system on the benchmark's clips, with 95 % intervals"
    return parts | {"figure": f"![{alt}](figures/{found[0].name})" if found else ""}


def _found(reference: Path) -> str:
    """The study in five sentences, each with the notebook that shows it."""
    try:
        sentences = list(front_page.sentences(answers.reader(reference)))
        places = front_page.TOPICS.items()
        return "\n".join(
            f"* **[{topic}](notebooks/{name}.ipynb).** {said}"
            for (topic, name), said in zip(places, sentences, strict=True)
        )
    except (MxeError, LookupError):  # a table, or a row of it, that only a run on real maps writes
        return "*No run on real flow maps has been published yet: `make publish DATA=…` fills this list.*"


def _listed(sentences: Callable, reference: Path) -> str:
    """The sentences of a module of ``answers``, a line each."""
    try:
        return "\n".join(f"* {said}" for said in sentences(answers.reader(reference)))
    except (MxeError, LookupError):
        return "*No run on real flow maps has been published yet: `make publish DATA=…` fills this list.*"


def _benchmark_table(reference: Path) -> str:
    """The field's own benchmark: scores on real clips, leave one subject out, beside one figure in print."""
    rows = [row for row in if_there(reference / "recognition_benchmark.csv") if row["metric"] in ("uf1", "uar")]
    rows = [row for row in rows if row["origin"] == "real" and row["seed"] in ("", "all")]
    lines, columns = [], [("composite", "uf1"), ("composite", "uar")]
    columns += [(database, "uf1") for database in ("casme2", "samm", "smic")]
    for name, (model, source, protocol) in BENCHMARK.items():
        mine = [row for row in rows if (row["model"], row["source"]) == (model, source)]
        mine = {(row["database"], row["metric"]): row for row in mine if protocol in ("", row["protocol"])}
        if columns[0] in mine:
            cells = [interval(mine[column]) if column in mine else "–" for column in columns]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    if not lines:
        return "*No run on real flow maps has been published yet: `make publish DATA=…` fills this table.*"
    head = "| (95 % CI over subjects) | composite, UF1 ↑ | composite, UAR ↑ | CASME II, UF1 | SAMM, UF1 | SMIC, UF1 |"
    return "\n".join([head, "|---|---|---|---|---|---|", *lines])


def _results_table(reference: Path) -> str:
    lines, asked = [], experiments(reference.parent / "notebooks")
    for line in tables.read(Path(__file__).with_name("headlines.csv")):
        claim, experiment, database, model, variant, metric, narrowed = line.values()
        full = [row | {"profile": "full"} for row in if_there(reference / "full" / f"{experiment}.csv")]
        rows = [row for row in full + if_there(reference / f"{experiment}.csv") if row["seed"] in ("", "all")]
        rows = [row for row in rows if (row["database"], row["model"], row["metric"]) == (database, model, metric)]
        found, folds, profile = {}, {}, "quick"

        def rank(row: dict[str, str], variant: str = variant) -> tuple:
            # Where a system ran under both protocols, the field's own, leave one subject out, speaks; where it ran in
            # full, that run does.
            return _distance(row["variant"], variant), "profile" not in row, row["protocol"] != "loso"

        for row in sorted(rows, key=rank):
            if _distance(row["variant"], variant) == CONTRADICTS:
                continue
            if row["source"] == "published":
                if "published" not in found:
                    found["published"] = "; ".join([f"{interval(row)} ({_source(row)})", *_runs_again(row)])
                    folds["published"] = row["protocol"]
            elif not row["protocol"].endswith("_by_clip"):
                number = f", {FOLDS[row['protocol']]}" if row["protocol"] in FOLDS else ""
                number += f", n = {row['n']}" if row["n"] else ""
                if row["origin"] not in found:
                    profile = row.get("profile", profile)
                found.setdefault(row["origin"], f"{interval(row)}{number}")
                folds.setdefault(row["origin"], row["protocol"])
        if found:
            notebook = asked[experiment][0]
            full_run = "PROFILE=full " if profile == "full" else ""
            width = getattr(profiles.load(profile), narrowed) if narrowed else 1
            cells = [found.get(kind, "–") for kind in ("published", "real", "simulated")]
            cells.append(_unlike(folds, width))
            claim += f", at {Fraction(width).limit_denominator(64)} of its width" if width < 1 else ""
            data = "DATA=… " if "real" in found else ""
            command = f'`make study {full_run}{data}ONLY="{notebook[:2]}"`'
            minutes = _minutes(reference / "full" if full_run else reference).get(notebook, "–")
            lines.append(f"| {claim} | {METRICS[metric]} | {' | '.join(cells)} | {command} | {minutes} |")
    if not lines:
        return "*No run has been published yet: `make publish DATA=…` fills this table.*"
    head = (
        "| | score | printed (where, judged by) | ours, real data (95 % CI) | ours, simulated data (95 % CI) "
        "| ours is not as printed in | command | minutes |"
    )
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *lines])


def _unlike(folds: dict[str, str], width: float) -> str:
    """In what our run differs from the printed one; a dash where one of the two is not there."""
    mine = folds.get("real", folds.get("simulated"))
    if mine is None or "published" not in folds:
        return "–"
    unlike = [] if "real" in folds else ["clips"]
    unlike += ["folds"] if folds["published"] != mine and mine != "best_test_epoch" else []
    return ", ".join([*unlike, *(["width"] if width < 1 else []), "epochs"])


def _runs_again(row: dict[str, str]) -> list[str]:
    """What others got of the same network with nothing chosen on test subjects: by its code's log, or run again."""
    again = [
        number
        for number in published.numbers()
        if (number.database, number.model, number.metric) == (row["database"], row["model"], row["metric"])
        and row["variant"] == ""
        and "code=" in number.variant
        and "test_epoch" not in number.variant
    ]
    return [f"{number.value:.3f} ({number.place})" for number in again]


def _source(row: dict[str, str]) -> str:
    """Which paper prints a published number, and under which folds."""
    for number in published.of_experiment(row["experiment"]):
        if all(getattr(number, name) == row[name] for name in ("database", "model", "variant", "metric")):
            folds = "best_test_epoch" if "selection=test_epoch" in row["variant"] else row["protocol"]
            place = {"P1": "P1", "P2": "P2", "rivals": number.place}.get(number.paper, "its own paper")
            return ", ".join(filter(None, [place, FOLDS.get(folds, "")]))
    raise MxeError(f"README: no printed number is {row['model']} {row['variant']} {row['metric']}: run publish again")


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
    rows = if_there(reference / MINUTES)
    return {row["notebook"]: f"{float(row['seconds']) / 60:.1f}" for row in rows}


def _minutes_table(reference: Path) -> str:
    lines = []
    minutes = _minutes(reference)
    for path in sorted((reference.parent / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        asked = question(path)
        lines.append(f"| [{path.stem}](notebooks/{path.name}) | {asked} | {minutes.get(path.stem, '–')} |")
    if not lines:
        return "*No notebook is there yet.*"
    head = "| notebook | question | minutes (`quick`, 2 cores, one at a time) |"
    for row in if_there(reference / MINUTES):
        if row["notebook"] == "all":
            lines.append(f"| all, {row['at_once']} at a time | | {minutes['all']} |")
    return "\n".join([head, "|---|---|---|", *lines])


def with_tables(text: str, tables: dict[str, str]) -> str:
    """A page with what stands between each pair of markers replaced.

    Raises:
        MxeError: if a marker is missing.
    """
    for name, table in tables.items():
        pattern = re.compile(rf"(<!-- {name}:begin[^>]*-->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise MxeError(
                f"README.md or docs/results.md: needs one pair of markers <!-- {name}:begin --> and <!-- {name}:end -->"
            )
        text = pattern.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
    return text


def pages(root: Path) -> dict[Path, str]:
    """Each page under ``root`` that has generated parts, and its text with these made anew."""
    parts, found = readme_tables(root / "reference"), {}
    for name, own in PAGES.items():
        if (path := root / name).is_file() or name == "README.md":
            found[path] = with_tables(path.read_text(encoding="utf-8"), {part: parts[part] for part in own})
    return found


def update_readme(root: Path) -> None:
    """Rewrites the generated parts of ``root/README.md`` and ``root/docs/results.md`` from ``root/reference``."""
    for path, text in pages(root).items():
        store.write(path, text)


if __name__ == "__main__":
    update_readme(Path(__file__).resolve().parents[2])
