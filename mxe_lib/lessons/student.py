"""Notebooks for students: as they are, without outputs and without solutions; generated, never kept by hand."""

import re
from pathlib import Path

import nbformat

SOLUTIONS = re.compile(r"<details>\s*<summary>Solutions?\b.*?</details>\s*", re.DOTALL)

AT_HAND = """
# What `make class` has computed is read, so that no cell takes long.
os.environ.setdefault("MXE_OUT", os.path.abspath(os.path.join("..", "..", "quick")))
"""


def version(path: Path) -> nbformat.NotebookNode:
    """The student's version of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = SOLUTIONS.sub("", cell.source).rstrip()
        else:
            cell.outputs, cell.execution_count = [], None
            if "parameters" in cell.metadata.get("tags", []):
                cell.source += "\n" + AT_HAND.rstrip()
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
