"""The committed notebooks keep the house rules: executed in order, readable, and silent about the machine they ran on.

That their cells run, and that marked outputs stay the same, is checked by nbval in the same ``make test``.
"""

import json
import re
import socket
from pathlib import Path

import nbformat
import pytest

from mxe_lib import play

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NAMES = [
    "00_start_here",
    "01_flow_extraction",
    "02_reading_the_numbers",
    "03_label_functions",
    "04_attention_ablation",
    "05_what_spots_an_apex",
    "06_apex_for_recognition",
    "07_ocnet_benchmark",
    "08_gan_augmentation",
    "09_what_oc_net_costs",
    "10_inside_the_simulator",
    "11_simulated_to_real",
    "12_your_own_clip",
    "13_verdicts",
    "14_five_classes_seven_or_movements",
    "15_trained_here_tested_there",
    "16_where_in_a_long_video",
]
PATHS = sorted(FOLDER.glob("*.ipynb"))
ABSOLUTE = re.compile(r"(?<![\w./:])(/(home|root|Users|tmp|work|var|mnt|private|opt|usr)/|[A-Z]:\\\\?\w)")


SCORES = re.compile(r"\b(UF1|UAR|F1|MAE|accuracy|errs?|errors?|misses|gains?|points|agree\w*|right|skill|frames)\b")
TYPED = re.compile(r"(?<![\w./-])\d+\.\d+(?![\w]|\.\d)|(?<![\w./-])\d+(?= ?%)")
CODES = re.compile(r"(?<![\w&])[a-z_]+=[\w.]+|kfold\d|\b(?:NaN|nan)\b")
"""What result tables say to programs."""
LEVEL = "0.05"
"""Of significance: a rule, no result."""


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    found = nbformat.read(request.param, as_version=4)
    found["path"] = request.param
    return found


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook) -> list:
    return [output for cell in code(notebook) for output in cell.outputs]


def texts(output) -> list[str]:
    """What an output says in words; the pixels of an image are no words."""
    said = [output.get("text", ""), *output.get("traceback", [])]
    said += [value for kind, value in output.get("data", {}).items() if not kind.startswith("image/png")]
    return [value if isinstance(value, str) else json.dumps(value) for value in said]


def typed_results(prose: str, shown: str) -> list[str]:
    """Numbers in sentences about scores that stand nowhere in what was shown, not even with more digits or in per cent.

    Left alone: solutions and checks of exercises, code, and addresses, such as a paper's section.
    """
    for part in (
        r"<details>.*?</details>",
        r"```.*?```",
        r"`[^`]*`",
        r"\*Check.*?\*",
        r"(?<=\])\([^)]*\)",
        r"arXiv [\d.]+",
        r"\b(?:sec|sections?|Tables?|Figs?)\.? [\d.]+",
    ):
        prose = re.sub(part, "", prose, flags=re.DOTALL)
    known, found = {float(number) for number in re.findall(r"\d+\.\d+|\d+", shown)}, []
    for sentence in re.split(r"(?<=[.!?:;|])\s+|\n\n|\n[*|]", prose):
        for number in TYPED.findall(sentence) if SCORES.search(sentence) else []:
            digits = len(number.partition(".")[2])
            if number != LEVEL and not any(f"{n * by:.{digits}f}" == number for n in known for by in (1, 100)):
                found.append(f"{number}: {sentence}")
    return found


def test_no_result_is_typed(notebook):
    """What a notebook says of scores comes out of its cells: a typed number outlives the run that gave it."""
    shown = "\n".join([cell.source for cell in code(notebook)] + [t for o in outputs(notebook) for t in texts(o)])
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert not [line for source in prose for line in typed_results(source, shown)]


@pytest.mark.parametrize(
    ("prose", "shown", "typed"),
    [
        ("It errs by 8.4 frames.", "MAE 8.43", 0),
        ("It errs by 8.4 frames.", "MAE 9.43", 1),
        ("Right on 86 % of them.", "0.861", 0),
        ("UF1 lies at 0.72 to 0.75.", "0.744", 2),
        ("The smile of 0.3 seconds.", "", 0),
        ("*Check: an error of 3.5.* `uf1 == 0.33`", "", 0),
        ("An accuracy with p below 0.05.", "", 0),
        ("What the paper calls accuracy (sec 3.6).", "", 0),
    ],
)
def test_typed_results_are_found(prose, shown, typed):
    assert len(typed_results(prose, shown)) == typed


def test_outputs_are_for_readers(notebook):
    """Words, not the codes of the result tables, and no holes."""
    said = [re.sub(r"<[^>]*>", " ", text) for output in outputs(notebook) for text in texts(output)]
    assert not [found[0] for text in said for found in CODES.finditer(text)]


@pytest.mark.parametrize("text", ["VGG-M rule=sw_max", "kfold5_by_clip", "UF1 NaN", "label=linear;rule=max"])
def test_codes_are_found(text):
    assert CODES.search(text)


def test_playthings_are_there(notebook):
    """In a published notebook a plaything is its still picture: a widget without its kernel is an error message."""
    assert "widgets" not in notebook.metadata
    for cell in code(notebook):
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        assert not any("widget" in kind for kind in kinds)
        if found := re.search(r"^play\.(\w+)\(\)$", cell.source, re.MULTILINE):
            assert "image/png" in kinds
            assert cell.metadata["mystnb"]["image"]["alt"] == play.thing(play.PAGES[found[1]]).alt


def test_every_plaything_has_its_notebook():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PATHS)
    assert not [name for name in play.PAGES if f'"play.{name}()"' not in sources]


def test_all_are_there():
    assert [path.stem for path in PATHS] == NAMES


def test_executed_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "publish an executed run: make publish DATA=…"


def test_no_errors_and_no_noise(notebook):
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not [output.text for output in outputs(notebook) if output.get("name") == "stderr"]


def test_size_and_format(notebook):
    assert notebook.path.stat().st_size <= 1_000_000
    nbformat.validate(nbformat.from_dict({key: value for key, value in notebook.items() if key != "path"}))
    assert notebook.metadata.kernelspec.name == "python3"
    assert "papermill" not in notebook.metadata
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_first_three_cells(notebook):
    first, second, third = notebook.cells[:3]
    title = first.source.splitlines()[0]
    assert first.cell_type == "markdown"
    assert title.startswith("# ")
    assert title.endswith("?"), f"the title is a question: {title}"
    assert len(re.findall(r"^[-*] ", first.source, re.MULTILINE)) >= 3, "three things you will learn"
    assert re.search(r"minute|\d (min|s)\b", first.source), "how long it takes"
    assert second.cell_type == third.cell_type == "code"
    assert second.metadata.get("tags") == ["parameters"]
    assert second.source == 'import os\n\nprofile = os.environ.get("MXE_PROFILE", "quick")'
    assert "profiles.load(profile)" in third.source


def test_cells_are_short_and_explained(notebook):
    # Imports don't count: there are as many as the notebook uses rooms of the library, one to a line.
    said = {cell.id: re.findall(r"^(?!from |import )", cell.source, re.MULTILINE) for cell in code(notebook)}
    lines = {cell: len(found) for cell, found in said.items()}
    long = {cell: number for cell, number in lines.items() if number > 15}
    assert not long, f"cells over 15 lines: {long}"
    markdown = sum(cell.cell_type == "markdown" for cell in notebook.cells)
    assert 3 * markdown >= 2 * len(code(notebook))
    own = [cell for cell in notebook.cells if not cell.source.startswith("play.")]  # playthings come on top
    assert 18 <= len(own) <= 36


def test_no_magics_paths_or_machines(notebook):
    for cell in code(notebook):
        assert not re.search(r"^\s*[%!]|get_ipython", cell.source, re.MULTILINE), cell.source
    said = [cell.source for cell in notebook.cells] + [text for output in outputs(notebook) for text in texts(output)]
    for text in said:
        assert not ABSOLUTE.search(text), f"an absolute path: {ABSOLUTE.search(text)} in {text[:200]}"
        assert "/cuda" not in text
    host = socket.gethostname()
    assert len(host) < 5 or not any(host in text for text in said)


def test_outputs_are_compared_and_exercises_solved(notebook):
    checked = [cell for cell in code(notebook) if "NBVAL_CHECK_OUTPUT" in cell.source]
    assert checked
    assert all(cell.outputs for cell in checked), "a stripped notebook makes its checks pass silently"
    assert any("<details>" in cell.source for cell in notebook.cells), "exercises with folded solutions"
