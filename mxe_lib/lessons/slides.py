"""Slides and quiz of the class, each one page that needs no network, from the notebooks and ``teaching/quiz.json``.

A slide is a notebook's title with its answer, a question to predict, or a figure with what it shows.
"""

import base64
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import mistune
import nbformat

CLASS = ("00", "01", "03", "02", "07")
"""The notebooks of the plan, in its order."""


def write(notebooks: Path, quiz: Path, folder: Path) -> None:
    """Writes ``slides.html`` and ``quiz.html``."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [slide for number in CLASS for slide in slides(next(notebooks.glob(f"{number}_*.ipynb")))]
    asked = json.loads(quiz.read_text(encoding="utf-8"))
    for name, values in (("slides.html", {"slides": found}), ("quiz.html", {"questions": asked})):
        template = _environment().get_template(name)
        (folder / name).write_text(template.render(**values) + "\n", encoding="utf-8")


def slides(path: Path) -> Iterator[dict[str, str]]:
    """What of a notebook is shown: ``kind``, ``html``, and the notebook's number."""
    notebook, number = nbformat.read(path, as_version=4), path.stem[:2]
    title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
    answer = next(filter(None, (_markdown(cell) for cell in notebook.cells[:6] if cell.cell_type == "code")), "")
    answer = re.sub(r"\s*\*\([^)]*\)\*\s*$", "", answer)  # which run it is of, for who reads the notebook
    said = mistune.html(answer) if answer else ""
    yield {"kind": "title", "number": number, "html": f"<h1>{html.escape(title)}</h1>{said}"}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for part in re.split(r"\n\s*\n", cell.source):
                if part.startswith("**Predict"):
                    yield {"kind": "predict", "number": number, "html": mistune.html(part)}
            continue
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for source in _images(cell):
            text = html.escape(alt)
            figure = f'<figure><img src="{source}" alt="{text}"><figcaption>{text}</figcaption></figure>'
            yield {"kind": "figure", "number": number, "html": figure}


def _markdown(cell: nbformat.NotebookNode) -> str:
    return "".join(output.data.get("text/markdown", "") for output in cell.outputs if "data" in output)


def _images(cell: nbformat.NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            yield f"data:image/png;base64,{data['image/png'].strip()}"
        elif "image/svg+xml" in data:
            yield "data:image/svg+xml;base64," + base64.b64encode(data["image/svg+xml"].encode()).decode()


def _environment() -> jinja2.Environment:
    folder = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    return jinja2.Environment(loader=folder, autoescape=True)
