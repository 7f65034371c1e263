"""Notebooks for students: without outputs, solutions and the published answer; generated, never kept by hand."""

import re
from pathlib import Path

import nbformat

CLASS = ("00", "01", "03", "02", "07")
"""The notebooks of the class's plan, in its order: ``make class`` computes these."""

SOLUTIONS = re.compile(r"<details>\s*<summary>Solutions?\b.*?</details>\s*", re.DOTALL)
PUBLISHED = re.compile(r"^answers\.published\(.*\)\n?", re.MULTILINE)
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)\s#]+)[^)]*\)")
"""A link that leaves ``notebooks/``: a copy may lie anywhere."""

AT_HAND = """
# {said}
import mxe_lib  # noqa: E402, of whose folder the results are, wherever this copy lies

if not os.environ.get("MXE_DATA"):
    os.environ.setdefault("MXE_OUT", os.path.join(os.path.dirname(mxe_lib.__path__[0]), "runs", profile))
"""
OF_THE_CLASS = "What `make class` has computed is read: no cell takes long."
OF_THE_OTHERS = "`make class` has not computed this notebook: its first run takes the time that stands above."


def version(path: Path) -> nbformat.NotebookNode:
    """The student's version of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    said = OF_THE_CLASS if path.stem[:2] in CLASS else OF_THE_OTHERS
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = OUTSIDE.sub(r"\1 (`\2` in the study's folder)", SOLUTIONS.sub("", cell.source)).rstrip()
        else:
            cell.outputs, cell.execution_count = [], None
            cell.source = PUBLISHED.sub("", cell.source).rstrip()
            if "parameters" in cell.metadata.get("tags", []):
                cell.source += "\n" + AT_HAND.format(said=said).rstrip()
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    notebook.metadata.pop("papermill", None)
    return notebook


def write(notebooks: Path, folder: Path) -> list[Path]:
    """Writes the student's version of every notebook into a folder, and says which."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
        nbformat.write(version(path), folder / path.name)
        written.append(folder / path.name)
    return written
