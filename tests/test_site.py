"""The site: it says what the tables say, its pages find their texts, and no cell or picture is left without a word.

Whether a browser can read it is looked at in ``test_site_browser.py``.
"""

import re
import sys
from pathlib import Path

import nbformat
import pytest

from mxe_lib.study import answers
from mxe_lib.study.answers import front_page

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module", autouse=True)
def site():
    """The folder of the site's own modules, as Sphinx sees it."""
    sys.path.insert(0, str(ROOT / "site"))
    yield
    sys.path.remove(str(ROOT / "site"))


def test_the_front_page_says_five_things_with_intervals_and_what_is_found():
    sentences = answers.of("front_page", answers.REFERENCE)
    assert len(sentences) == len(front_page.TOPICS) == 5
    assert all((ROOT / "notebooks" / f"{name}.ipynb").is_file() for name in front_page.TOPICS.values())
    for sentence in sentences:
        assert re.search(r"\[[+-]?\d.*\]", sentence) or "no intervals" in sentence, sentence
        assert not re.search(r"\w=\w|\bnan\b|kfold|_", sentence), sentence
        assert len(sentence) <= 400


def test_words_follow_the_rule(monkeypatch):
    def read(experiment):
        table = answers.reader(answers.REFERENCE)(experiment)
        return table.assign(p_holm=0.2 if experiment == "leak_ladder" else 0.01)

    said = list(front_page.sentences(read))
    assert "is found, p 0.010 over 17." in said[0]
    assert "not found, p 0.20 over 4" in said[1]


def test_sections_are_taken_from_where_they_stand():
    import sections

    text = sections.filled("# A\n\n{{ README.md: Responsible use }}\n", "about/responsible_use")
    assert "lie detection" in text
    assert "## Cite" not in text
    with pytest.raises(ValueError, match="no section 'Nothing'"):
        sections.filled("{{ README.md: Nothing }}", "index")


@pytest.mark.parametrize(
    ("link", "page", "there"),
    [
        ("[a](notebooks/07_x.ipynb)", "howto/run", "[a](../notebooks/07_x.ipynb)"),
        ("[`m`](mxe_lib)", "index", "[`m`](api/index.md)"),
        ("[a](https://doi.org/1)", "index", "[a](https://doi.org/1)"),
        ("[a](docs/cluster.md#security)", "howto/run", "[a](cluster.md#security)"),
        ("[a](docs/running.md#one-clip)", "howto/run", "[a](clip.md)"),
        ("[a](docs/running.md#laptop)", "index", "[a](howto/run.md#laptop)"),
        ("[nowhere](benchmarks/kills.py)", "index", "nowhere"),
    ],
)
def test_links_lead_somewhere_from_where_the_text_stands(link, page, there):
    import sections

    assert sections.relinked(link, "", page) == there


def test_plumbing_is_folded_and_every_picture_says_what_it_shows():
    import generated
    import notebook_cells

    for path in generated.notebooks():
        notebook = notebook_cells.for_the_site(nbformat.read(path, as_version=4))
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert "hide-input" in code[0].metadata.tags, f"{path.name}: the parameters"
        assert "hide-input" in code[1].metadata.tags, f"{path.name}: the imports"
        for cell in code:
            if any("image/png" in output.get("data", {}) for output in cell.outputs):
                assert len(cell.metadata["mystnb"]["image"]["alt"]) > 15


def test_a_picture_s_own_words_stay():
    import notebook_cells

    output = nbformat.v4.new_output("display_data", {"image/png": ""})
    cell = nbformat.v4.new_code_cell("draw()", outputs=[output], metadata={"mystnb": {"image": {"alt": "A hill."}}})
    other = nbformat.v4.new_code_cell("draw()", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Q"), cell, other])
    notebook.cells.append(nbformat.v4.new_markdown_cell("It **rises**, then [falls](a.md). More."))
    notebook_cells.for_the_site(notebook)
    assert cell.metadata.mystnb.image.alt == "A hill."
    assert other.metadata["mystnb"]["image"]["alt"] == "Figure of the section “Q”. It rises, then falls."


def test_a_plaything_is_alive_on_the_site():
    import notebook_cells

    output = nbformat.v4.new_output("display_data", {"image/png": ""})
    cells = [nbformat.v4.new_code_cell("play.luck()", outputs=[output]), nbformat.v4.new_markdown_cell("And now")]
    shown = notebook_cells.for_the_site(nbformat.v4.new_notebook(cells=cells)).cells
    assert [cell.cell_type for cell in shown] == ["code", "markdown", "markdown"]
    assert not shown[0].outputs
    assert 'src="../play/pages/luck_lab.html"' in shown[1].source


def test_every_notebook_and_wing_has_its_page():
    import generated

    chapters, pages = generated.chapters(), generated.api_pages()
    assert all(
        f"</notebooks/{path.stem}>" in chapters or f"/notebooks/{path.stem}>" in chapters
        for path in generated.notebooks()
    )
    there = {path.parent.name for path in (ROOT / "mxe_lib").glob("*/__init__.py")}
    assert set(pages) == there | {"top"}
    modules = re.findall(r"automodule:: (\S+)", "\n".join(pages.values()))
    assert len(modules) == len(set(modules))
    assert "mxe_lib.models.oc_net" in modules


def test_the_bibliography_names_the_papers_and_what_notebooks_cite():
    import generated

    text = generated.bibliography()
    assert "10.3390/s22114011" in text
    assert len(re.findall(r"^\* ", text, re.MULTILINE)) >= 6
