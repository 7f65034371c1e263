"""The page and the README's tables say what the result tables say, and nothing else."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.papers import by_claim, claims, decode, published
from mxe_lib.study import answers, paper_scale, profiles, readme, report

ROOT = Path(__file__).resolve().parent.parent
HEAD = "experiment,database,origin,model,variant,protocol,seed,metric,value,unit,ci_low,ci_high,p_holm,n,source"
COLUMNS = HEAD.split(",")


def write(folder: Path, experiment: str, *rows: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{experiment}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"experiment": experiment, "seed": "all", "protocol": "loso", **row} for row in rows)


OC_NET = {"database": "composite", "model": "oc_net", "variant": "gan=no"}
PAPER = OC_NET | {"origin": "real", "metric": "accuracy", "value": "0.678000", "seed": "", "source": "published"}
SIMULATED = OC_NET | {"origin": "simulated", "metric": "accuracy", "value": "0.500000", "source": "ours", "n": "96"}
REAL = SIMULATED | {"origin": "real", "value": "0.612345", "ci_low": "0.550000", "ci_high": "0.660000", "n": "442"}
UNMATCHED = PAPER | {"model": "lbp_top", "value": "0.123000"}


class Cells(HTMLParser):
    """The rows of all tables, as text."""

    def __init__(self, text: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")


@pytest.fixture
def out(tmp_path):
    write(tmp_path / "results", "recognition_benchmark", PAPER, SIMULATED, REAL, REAL | {"seed": "1"}, UNMATCHED)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "07_recognition_benchmark_real.svg").write_text("<svg/>")
    (tmp_path / "notebooks").mkdir()
    cell = {"cell_type": "markdown", "source": ["# 05 · Does OC-Net win?\n", "Perhaps."]}
    (tmp_path / "notebooks" / "07_ocnet_benchmark.ipynb").write_text(json.dumps({"cells": [cell]}))
    return tmp_path


def test_page_sets_paper_real_and_simulated_apart(out):
    page = report.build(out, ["07_ocnet_benchmark", "02_reading_the_numbers"], "quick", "data").read_text()
    rows = Cells(page).rows
    (head,) = [row for row in rows if row[:1] == ["clips"] and len(row) == 6]
    (line,) = [row for row in rows if row[:3] == ["all", "OC-Net, no GAN", "accuracy"]]
    found = dict(zip(head, line, strict=True))
    assert found["in print (real data)"].startswith("0.678")
    assert found["ours, real data"] == "0.612 [0.550, 0.660] leave one subject out, n = 442"
    assert found["ours, simulated data"] == "0.500 leave one subject out, n = 96"
    assert "1 published numbers without a counterpart" in page
    assert "data:image/svg+xml,<svg/>" in page
    assert "<a href='notebooks/07_ocnet_benchmark.ipynb'>" in page
    assert "<h2 id='07_ocnet_benchmark'>Does OC-Net win?</h2>" in page
    assert ["02_reading_the_numbers", "not run"] in rows
    assert any(row[0] == "torch" for row in rows)


def test_the_page_leads_with_answers_of_notebooks_that_were_executed(out):
    cells = [{"cell_type": "markdown", "source": "# What is a micro-expression?"}]
    source = 'charts.save(figure, f"00_second_{origin}", paths.figures)'
    alt = {"mystnb": {"image": {"alt": "Two lines that cross."}}}
    cells += [{"cell_type": "code", "source": 'charts.save(figure, "00_third", paths.figures)', "id": "a"}]
    cells += [{"cell_type": "code", "source": source, "id": "b", "metadata": alt}]
    (out / "notebooks" / "00_start_here.ipynb").write_text(json.dumps({"cells": cells}))
    for name in ("00_second_simulated", "00_third"):
        (out / "figures" / f"{name}.svg").write_text("<svg/>")
    names = ["00_start_here", "07_ocnet_benchmark", "12_your_own_clip"]
    page = report.build(out, names, "smoke", "simulated").read_text()
    first = answers.of("00_start_here", out / "results")[0]
    assert page.index("What was found") < page.index(first) < page.index("<h2 id='00_start_here'>")
    assert answers.of("12_your_own_clip", out / "results")[0] not in page, "it was not executed"
    assert "Its numbers mean nothing" in page
    assert page.index("third <a href='notebooks/00_start_here.ipynb#cell-id=a'>Cell 1") < page.index(
        "Two lines that cross. <a href='notebooks/00_start_here.ipynb#cell-id=b'>Cell 2"
    )


def test_the_published_run_makes_a_page_of_at_most_8_megabytes(tmp_path):
    for name in ("notebooks", "figures"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "results").mkdir()
    for name in report.experiments(ROOT / "notebooks"):
        (tmp_path / "results" / f"{name}.csv").symlink_to(ROOT / "reference" / f"{name}.csv")
    notebooks = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    page = report.build(tmp_path, notebooks, "quick", "data")
    assert page.stat().st_size < 8e6
    assert page.read_text(encoding="utf-8").count("<figure>") == len(list((ROOT / "figures").iterdir()))


def test_page_is_self_contained_and_names_no_machine(out):
    page = report.build(out, ["07_ocnet_benchmark"], "quick", "data").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert str(out) not in page


def test_page_is_written_again_only_when_stale(out):
    arguments = (out, ["07_ocnet_benchmark"], "quick", "data")
    first = report.build(*arguments).stat().st_mtime_ns
    assert report.build(*arguments).stat().st_mtime_ns == first
    write(out / "results", "recognition_benchmark", PAPER, SIMULATED)
    assert "0.612" not in report.build(*arguments).read_text()


def test_text_from_tables_is_escaped(out):
    write(out / "results", "verdicts", REAL | {"model": "<script>"})
    assert "<script>" not in report.build(out, [], "quick", "data").read_text()


def test_a_table_without_a_column_is_named(out):
    (out / "results" / "verdicts.csv").write_text("experiment,value\nverdicts,1\n")
    with pytest.raises(MxeError, match=r"verdicts\.csv: lacks column"):
        report.build(out, [], "quick", "data")


def test_readme_line(tmp_path):
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    leaky = REAL | {"protocol": "kfold5_by_clip", "value": "0.990000"}
    one_fold = PAPER | {"variant": "fold=1;gan=no", "value": "0.900000"}
    with_gan = REAL | {"variant": "gan=yes", "value": "0.800000"}
    rows = (leaky, one_fold, with_gan, PAPER, SIMULATED, REAL)
    write(tmp_path / "reference", "recognition_benchmark", *rows)
    table = readme.readme_tables(tmp_path / "reference")["results"].splitlines()
    (line,) = [line for line in table if "Recognise: OC-Net," in line and "accuracy" in line]
    cells = [cell.strip() for cell in line.split("|")][1:-1]
    assert cells[0] == "Recognise: OC-Net, at 1/32 of its width"
    assert cells[2:5] == ["0.678 (P1, LOSO)", "0.612 [0.550, 0.660], LOSO, n = 442", "0.500, LOSO, n = 96"]
    assert cells[5:7] == ["width, epochs", '`make study DATA=… ONLY="07"`']


def test_a_full_run_speaks_before_a_quick_one(tmp_path):
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    quick = REAL | {"experiment": "sim_to_real", "model": "flow_cnn", "variant": "training=mixed", "metric": "uf1"}
    write(tmp_path / "reference", "sim_to_real", quick, quick | {"origin": "simulated", "value": "0.500000"})
    (tmp_path / "reference" / "full").mkdir()
    write(tmp_path / "reference" / "full", "sim_to_real", quick | {"value": "0.777000"})
    (line,) = [row for row in readme.readme_tables(tmp_path / "reference")["results"].splitlines() if "both" in row]
    cells = [cell.strip() for cell in line.split("|")][1:-1]
    assert cells[3].startswith("0.777")
    assert cells[4].startswith("0.500")
    assert cells[5:7] == ["–", '`make study PROFILE=full DATA=… ONLY="11"`']


def test_what_others_got_of_a_network_stands_beside_its_own_paper():
    (line,) = [row for row in readme.readme_tables(ROOT / "reference")["results"].splitlines() if ": STSTNet |" in row]
    assert "0.735 (its own paper, LOSO); 0.721 (STSTNet code's log); 0.713 (MEB notebook Table 3)" in line
    assert "0.774" not in line, "that one chose its epoch on the test subject"


def test_missing_marker_is_named():
    with pytest.raises(MxeError, match=r"<!-- results:begin -->"):
        readme.with_tables("# no markers\n", {"results": "| |"})


def written() -> str:
    """What README and results page say, on one line."""
    return " ".join(" ".join((ROOT / name).read_text(encoding="utf-8").split()) for name in readme.PAGES)


def test_readme_is_in_sync_with_reference():
    assert set(readme.pages(ROOT)) == {ROOT / name for name in readme.PAGES}
    for path, fresh in readme.pages(ROOT).items():
        assert path.read_text(encoding="utf-8") == fresh, "python -m mxe_lib.study.readme"


def test_numbers_of_the_readme_are_those_of_print():
    page = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    spotting = published.of_experiment("published_metrics") + published.of_experiment("spotting_benchmarks")

    def best(database: str, model: str, variant: str = "") -> str:
        chosen = [n for n in spotting if (n.database, n.model, n.metric) == (database, model, "mae")]
        return f"{min(n.value for n in chosen if variant in n.variant and 'predecessor' not in n.variant):.1f}"

    for database, model, clips, words in (
        ("casme2", "vgg_m", "five_classes", "CASME II, 246"),
        ("samm", "vgg_m", "all_rows", "SAMM, 159"),
        ("pooled", "spotting_cnn", "p2_spotting", "both, 405"),
    ):
        network = "rule=" if model == "vgg_m" else "attention=yes;layers"
        middle, printed = best(database, "middle_frame", clips), best(database, model, network)
        assert re.search(rf"{middle} \[[\d., ]+\] against {printed} \({words}", page)
    overall = [(accuracy, f1) for *_, accuracy, f1 in decode.pairs()["composite"]]
    assert f"out of {decode.decode(overall)[0]} " in page
    negative = 250 / 442  # clips of the composite
    assert f"scores {negative:.1%} and {1 - (1 - negative) * 2 / 3:.1%}".replace("%", " %") in page


def test_every_experiment_of_reference_is_known_to_the_page():
    tables = {path.stem for path in (ROOT / "reference").glob("*.csv")}
    assert tables - {"notebook_minutes"} == set(report.experiments(ROOT / "notebooks"))


def test_readme_has_its_parts_in_order():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = ["## What was found", "## What did not reproduce", "## Where to go", "## Two commands", "## Notebooks"]
    parts += ["## Getting the databases", "## Responsible use", "## Cite, licence"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert page.index("micro-expression") < places[0]
    for word in ("lie detection", "hiring", "policing", "decision about a person"):
        assert word in page


def test_what_the_pages_say_follows_the_one_rule_of_inference():
    """Their words are made from the tables; here are the tables that they rest on, read in another way."""
    page = written()

    def table(name: str, query: str) -> pd.DataFrame:
        return results.read(name, ROOT / "reference").query(f"database in ('composite', 'pooled') and {query}")

    arms = table("sim_to_real", "metric == 'uf1' and seed == 'all'").set_index(["model", "variant"])
    for model, words in (("flow_cnn", "FlowCnn (ours)"), ("ststnet", "STSTNet")):
        alone, real = (arms.loc[(model, f"training={arm}")] for arm in ("simulated", "real"))
        word = "found" if alone.p_holm < 0.05 else "not found"
        assert f"{words} {alone.value:.3f} against {real.value:.3f} ({word}" in page
    gaps = table("recognition_benchmark", "metric == 'uf1_difference' and origin == 'real'")
    assert "over 17" in page and len(gaps) == 17
    gaps = gaps[gaps["variant"].str.endswith("than=logistic_regression")]
    networks = gaps[gaps["model"].isin([*claims.COMPARED, "oc_net"])]
    assert set(networks["model"]) == {*claims.COMPARED, "oc_net"}
    assert "none is found above the linear model" in page
    assert not any(results.found(row.p_holm) and row.value > 0 for row in networks.itertuples())
    ours = gaps[gaps["model"] == "ours"].iloc[0]
    gain = f"{ours.value:+.3f} [{ours.ci_low:+.3f}, {ours.ci_high:+.3f}]"
    assert f"{gain}, not found, p {ours.p_holm:.2f} over 17" in page and not results.found(ours.p_holm)
    assert (published.against_middle_frame()["difference"] > 0).all()
    costs = results.read("model_cost", ROOT / "reference").set_index(["metric", "model", "variant"])["value"]
    times = [
        costs["multiply_adds", "oc_net", v] / costs["multiply_adds", "vgg_m", ""] for v in ("channels=compact", "")
    ]
    assert f"{times[0]:.0f} to {times[1]:.0f} times VGG-M's multiply-adds" in page
    said = by_claim.count(results.read("verdicts", ROOT / "reference"))
    assert f"{said['not']} are not shown" in page and f"{said['cannot test']} cannot be tested" in page
    assert "reproduced" not in said and "none is reproduced" in page


def test_what_is_extrapolated_is_in_the_table():
    page = " ".join((ROOT / "docs" / "running.md").read_text(encoding="utf-8").split())
    costs = pd.read_csv(ROOT / "reference" / "full" / "spotting_cost.csv")
    learned = costs[costs["what"] != "flow"]["samples"].sum()
    assert f"its networks see {learned / 1e6:.0f} million frames" in page
    assert f"takes {costs['hours'].sum() / 24:.0f} days for two processes of one x86_64 core each" in page
    assert (costs["device"] == "2 processes of one x86_64 core").all()
    assert f"the spotters have {paper_scale.Scale().spotting_epochs}, where P1 has 1,000 and P2 200" in page
    assert f"P1's {paper_scale.Scale().epochs} epochs" in page
    paper = profiles.load("paper")
    assert f"STSTNet's own {paper.small_epochs}" in page and (paper.epochs, paper.real_epochs) == (1000, 500)
