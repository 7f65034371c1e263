"""Builds the site: ``python site/build.py [FOLDER]`` (``make site``); FOLDER is build/site unless it is given.

Pages are laid out in FOLDER's neighbour ``.source``: those of ``site/pages``, the notebooks as they are committed, and
what ``generated.py`` makes of tables, docstrings and citations. Then Sphinx makes HTML of them. No notebook is run.
"""

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import generated
import nbformat
import notebook_cells
import sections

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def lay_out(source: Path) -> None:
    """Writes every page of the site into a folder that is emptied first."""
    shutil.rmtree(source, ignore_errors=True)
    for path in sorted((HERE / "pages").rglob("*.md")):
        name = path.relative_to(HERE / "pages")
        _write(source / name, sections.filled(with_generated(path.read_text(encoding="utf-8")), str(name)))
    for path in generated.notebooks():
        notebook = notebook_cells.for_the_site(nbformat.read(path, as_version=4))
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = sections.relinked(cell.source, "notebooks", f"notebooks/{path.name}")
        _write(source / "notebooks" / path.name, nbformat.writes(notebook))
    for name, text in generated.api_pages().items():
        _write(source / "api" / f"{name}.rst", text)
    for folder in ("figures", "reference"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("*.md"))
    shutil.copy(ROOT / "LICENSE", source)
    more = [f"{name} <{folder}/index>\n" for name, folder, add in CHAPTERS if add(source)]
    index = source / "index.md"
    _write(index, index.read_text(encoding="utf-8").replace("<!-- more -->\n", "".join(more)))


def with_generated(text: str) -> str:
    """``[[ results ]]`` in a page is what that function of ``generated.py`` gives."""
    return re.sub(r"^\[\[ (\w+) \]\]$", lambda found: getattr(generated, found[1])(), text, flags=re.MULTILINE)


def play(source: Path) -> bool:
    """Adds the chapter of interactive pages, as ``python -m mxe_lib.play FOLDER`` writes them, where that is there."""
    if importlib.util.find_spec("mxe_lib.play.__main__") is None:
        return False
    folder = source / "play" / "pages"
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "mxe_lib.play", str(folder)], check=True, cwd=ROOT)
    pages = sorted(path for path in folder.rglob("*.html") if path.name != "index.html")
    lines = ["# Play", "", "Things to move and to guess at. They run in this page alone: no kernel, no network.", ""]
    for path in pages:
        title = re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"), re.DOTALL)
        title = " ".join(title[1].split()) if title else path.stem.replace("_", " ")
        where = f"pages/{path.relative_to(folder).as_posix()}"
        lines += [f"## {title}", "", "```{raw} html"]
        lines += [f'<p><a href="{where}">Open it on a page of its own</a></p>']
        lines += [f'<iframe class="play" loading="lazy" src="{where}" title="{title}"></iframe>', "```", ""]
    _write(source / "play" / "index.md", "\n".join(lines))
    return bool(pages)


def teaching(source: Path) -> bool:
    """Adds the pages of ``teaching/``, whose ``index.md`` or ``README.md`` comes first, where that is there."""
    folder = ROOT / "teaching"
    pages = sorted(folder.rglob("*.md")) if folder.is_dir() else []
    first = next((path for path in pages if path.parent == folder and path.stem in ("index", "README")), None)
    if first is None:
        return False
    others = [path for path in pages if path != first]
    for path in pages:
        name = "index.md" if path == first else path.relative_to(folder).as_posix()
        text = sections.included(path.relative_to(ROOT).as_posix(), None, f"teaching/{name}")
        if path == first:
            entries = "\n".join(str(other.relative_to(folder).with_suffix("")) for other in others)
            text += f"\n\n```{{toctree}}\n:hidden:\n\n{entries}\n```\n"
        _write(source / "teaching" / name, text)
    return True


CHAPTERS = (("Play", "play", play), ("Teach", "teaching", teaching))
"""Those that may be missing: title, folder, and who adds it."""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(folder: Path, jobs: int = 2) -> None:
    """Makes the site in a folder. A warning is an error: a link that leads nowhere is one.

    Raises:
        subprocess.CalledProcessError: if Sphinx found a fault, which it has printed.
    """
    source = folder.with_name(f"{folder.name}.source")
    lay_out(source)
    trees = folder.with_name(f"{folder.name}.doctrees")
    for old in (folder, trees):
        shutil.rmtree(old, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-j", str(jobs)]
    command += ["-c", str(HERE), "-d", str(trees), str(source), str(folder)]
    subprocess.run(command, check=True, cwd=ROOT)
    if (source / "play" / "pages").is_dir():
        shutil.copytree(source / "play" / "pages", folder / "play" / "pages")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "site")
    build(parser.parse_args().folder.resolve())
