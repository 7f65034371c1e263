"""Playthings as pages of their own: one file each, which needs no kernel, no server and no other file."""

import html
import json
from pathlib import Path

import matplotlib.pyplot as plt

from mxe_lib.compute import store
from mxe_lib.figures import charts
from mxe_lib.play import NAMES, thing
from mxe_lib.play.plaything import STATIC, Plaything, script, style


def write(folder: Path | str) -> list[Path]:
    """Every plaything as ``<name>.html`` with its still picture beside it, and ``index.html``.

    Returns:
        The pages, the index last.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name in NAMES:
        _still(thing(name), folder)
        pages.append(_put(folder / f"{name}.html", page(thing(name))))
    return [*pages, _put(folder / "index.html", index())]


def page(of: Plaything) -> str:
    """The whole page of one plaything."""
    # A script element ends at the first "</", wherever it stands.
    data = json.dumps({"data": of.data()}, separators=(",", ":")).replace("</", "<\\/")
    host = (STATIC / "host.js").read_text(encoding="utf-8")
    return _filled(
        "page.html",
        **{key: html.escape(value, quote=False) for key, value in of.words.items()},
        **{"alt": html.escape(of.alt), "style": style(), "data": data, "script": f"{script(of)}\n{host}"},
        still=still_name(of),
    )


def index() -> str:
    """The page that leads to all of them."""
    items = []
    for of in map(thing, NAMES):
        link = f'<a href="{of.name}.html"><img src="{cover_name(of)}" alt=""><b>{html.escape(of.title)}</b></a>'
        items.append(f"<li>{link}<span>{html.escape(of.do)}</span></li>")
    return _filled("index.html", style=style(), items="\n".join(items))


def still_name(of: Plaything) -> str:
    """The still picture's file: of a face a PNG, of lines an SVG, as ``charts.save`` has it."""
    return f"{of.name}.{'png' if of.name in WITH_IMAGES else 'svg'}"


def cover_name(of: Plaything) -> str:
    """The file of the index's picture."""
    return f"{of.name}_cover.png" if of.cover else still_name(of)


WITH_IMAGES = ("a_clip", "be_the_spotter", "face_lab")


def _still(of: Plaything, folder: Path) -> None:
    drawn = {of.name: of.picture} | ({f"{of.name}_cover": of.cover} if of.cover else {})
    with plt.style.context(list(charts.STYLE)):
        for name, draw in drawn.items():
            figure = draw()
            charts.save(figure, name, folder)
            plt.close(figure)


def _filled(template: str, **parts: str) -> str:
    # One pass, so that nothing within a part is taken for another's place.
    pieces = (STATIC / template).read_text(encoding="utf-8").split("%%")
    return "".join(parts[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def _put(path: Path, text: str) -> Path:
    with store.whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
    return path
