"""What the site changes in a copy of a notebook: plumbing is folded away, each picture says what it shows, and a
plaything is alive where the notebook has its still picture."""

import re

import nbformat
from nbformat import NotebookNode

from mxe_lib import play

VERSIONS = re.compile(r"print\(.*__version__")
HEAD = re.compile(r"(?<=\S)\n(\*\*(?:Time|Previous)\*\*)")
"""Lines of a notebook's head that stand on lines of their own."""
ANSWERS = re.compile(r"^(answers\.)?(published|found)\(|^answer\(", re.MULTILINE)
PLAY = re.compile(r"^play\.(\w+)\(\)$", re.MULTILINE)


def for_the_site(notebook: NotebookNode) -> NotebookNode:
    """Marks cells of a notebook, in place, for MyST-NB."""
    cells = notebook.cells
    section = _title(cells[0].source) if cells else ""
    for number, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            cell.source = HEAD.sub(r"\\\n\1", cell.source)
            section = (re.findall(r"^#{1,4} (.+)$", cell.source, re.MULTILINE) or [section])[-1]
            continue
        tags, site = cell.metadata.setdefault("tags", []), cell.metadata.setdefault("mystnb", {})
        if not {"hide-input", "remove-input", "remove-cell"} & set(tags):
            if kind := plumbing(cell):
                tags.append("hide-input")
                site.update(code_prompt_show=kind, code_prompt_hide=kind)
            elif len(cell.source.splitlines()) < 4 and ANSWERS.search(cell.source):
                tags.append("remove-input")
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            following = cells[number + 1].source if number + 1 < len(cells) else ""
            site.setdefault("image", {}).setdefault("alt", alternative(section, following))
    notebook.cells = [each for cell in cells for each in alive(cell)]
    return notebook


def alive(cell: NotebookNode) -> list[NotebookNode]:
    """A cell; one that shows a plaything without its output, and the plaything's page after it."""
    found = PLAY.search(cell.source) if cell.cell_type == "code" else None
    if not found:
        return [cell]
    cell.outputs = []
    name = play.PAGES[found[1]]
    where, title = f"../play/pages/{name}.html", play.thing(name).title
    frame = f'<iframe class="play" loading="lazy" src="{where}" title="{title}"></iframe>'
    shown = nbformat.v4.new_markdown_cell(f"```{{raw}} html\n{frame}\n```")
    shown["id"] = f"{cell.id}-alive"
    return [cell, shown]


def plumbing(cell: NotebookNode) -> str:
    """What a code cell does that nobody comes to read, in words; nothing if it does more."""
    if "parameters" in cell.metadata.get("tags", []):
        return "The profile: how much to run"
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    if VERSIONS.search(cell.source) and all(line.startswith(("import ", "from ", "print(")) for line in lines):
        return "Versions"
    imports = bool(lines) and lines[0].startswith(("import ", "from "))
    if imports and (
        "charts.use_style()" in cell.source or all(line.startswith(("import ", "from ")) for line in lines)
    ):
        return "Imports and settings"
    return ""


def alternative(section: str, following: str) -> str:
    """What a picture without a text of its own is said to show: its section, and the sentence that stands below it."""
    prose = re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`_]", r"\1", following)
    first = re.match(r"(?!#)(?:[^.!?]|[.](?=\S))+[.!?]", prose.strip())
    said = " ".join(first[0].split()) if first and len(first[0]) < 300 else ""
    return f"Figure of the section “{_title(section)}”. {said}".strip()


def _title(source: str) -> str:
    return re.sub(r"^#+ *", "", source.strip().partition("\n")[0]).replace("*", "").replace("`", "")
