"""What of a notebook can be shown to a class: a slide for its question, each prediction, formula, figure and table.

A question stands on a slide of its own, and its answer on a later one: figures carry no words that tell what they
show, and what there is to say of them is in the presenter's notes. Each slide has a name that stays, its ``slug``.
"""

import base64
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mistune
import nbformat
from latex2mathml.converter import convert

from mxe_lib import play


@dataclass(frozen=True)
class Slide:
    """One slide.

    Attributes:
        slug: its name: of a figure its file's, of all else the kind and words of the section, ``03-ask-right-way``.
        kind: title, ask, formula, figure, table, printed, play, exercise, answer; own for what no notebook has.
        section: the heading of the notebook below which it stands.
        html: what is shown.
        notes: what is not: markup for who presents.
    """

    slug: str
    kind: str
    section: str
    html: str
    notes: str = ""

    @property
    def number(self) -> str:
        """Its notebook's number; empty for a slide of the class's own."""
        return self.slug[:2] if self.slug[:2].isdigit() else ""


SMALL = re.compile(r"a|an|and|are|be|do|does|from|how|i|in|is|it|of|on|or|that|the|there|this|to|what|which|who|your")
"""Words of a heading that its slides' names do without."""

SOURCES = re.compile(r"^(casme2|samm|smic|flowmaps): (simulated|real) .*\n?", re.MULTILINE)
"""Printed lines about where data come from: every notebook has them, no slide needs them."""


def slides(path: Path, figures: Path) -> Iterator[Slide]:
    """The slides of a notebook, in its order; ``figures`` holds its charts as they were saved."""
    notebook, number, seen = nbformat.read(path, as_version=4), path.stem[:2], Counter()
    section, learn = "", notebook.cells[0].source
    title = learn.partition("\n")[0].lstrip("# ")
    yield Slide(number, "title", title, f"<h1>{html.escape(title)}</h1>", markdown(learn.partition("\n")[2]))

    def named(kind: str) -> str:
        words = [word for word in slug(section).split("-") if not SMALL.fullmatch(word)]
        base = f"{number}-{kind}-{'-'.join(words[:3])}"
        seen[base] += 1
        return base if seen[base] == 1 else f"{base}-{seen[base]}"

    for cell, then in zip(notebook.cells[1:], [*notebook.cells[2:], None], strict=True):
        if cell.cell_type == "markdown":
            before = ""
            for part in re.split(r"\n\s*\n", re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)):
                if heading := re.match(r"##+ (.*)", part):
                    section, part = heading[1].strip(), part[heading.end() :].strip()
                if task := re.match(r"\*\*(\d)\b", part) if section == "Exercises" else None:
                    yield Slide(f"{number}-exercise-{task[1]}", "exercise", section, markdown(part))
                elif "$$" in part:
                    for formula in re.findall(r"\$\$(.*?)\$\$", part, re.DOTALL):
                        shown = f"<h2>{inline(section)}</h2>{_formula(formula)}"
                        yield Slide(named("formula"), "formula", section, shown, markdown(before))
                elif asked := re.search(r"\*\*Predict", part):
                    yield Slide(named("ask"), "ask", section, _question(part, asked.start()), markdown(before))
                before = part
        elif "answers.found" in cell.source:
            yield from _answers(cell, number, title)
        elif section not in ("Exercises", "What we found"):
            said = markdown(_first_words(then))
            if found := re.search(r"^play\.(\w+)\(\)", cell.source, re.MULTILINE):
                yield Slide(f"{number}-play-{found[1]}", "play", section, plaything(found[1]), said)
                continue
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            for name, source, size in _figures(cell, figures):
                picture = f'<img src="{source}" alt="{html.escape(alt)}" style="{size}">'
                yield Slide(f"{number}-{name}", "figure", section, picture, f"<p>{html.escape(alt)}</p>{said}")
            printed, tables = _outputs(cell)
            for caption, table in tables:
                above = f"<h2>{inline(section)}</h2><p>{html.escape(caption).replace(chr(10), '<br>')}</p>"
                yield Slide(named("table"), "table", section, above + table, said)
            if printed:
                shown = f"<h2>{inline(section)}</h2><pre>{html.escape(printed)}</pre>"
                yield Slide(named("printed"), "printed", section, shown, said)


def plaything(name: str) -> str:
    """What stands on the slide of a thing to play with: its title, what to do, and its page."""
    of = play.thing(play.PAGES[name])
    link = f'<a href="play/{of.name}.html">Open it: play/{of.name}.html</a>'
    return f"<h1>{html.escape(of.title)}</h1><p>{html.escape(of.do)}</p><p>{link}</p>"


def slug(text: str) -> str:
    """A heading as a part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def markdown(text: str) -> str:
    """Markup of a notebook as HTML: formulas as MathML, links as their words, since notebooks lie elsewhere."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\$\$(.+?)\$\$", lambda found: convert(found[1].strip(), display="block"), text, flags=re.DOTALL)
    return str(mistune.html(re.sub(r"\$([^$\n]+)\$", lambda found: convert(found[1]), text))).strip()


def inline(text: str) -> str:
    """As ``markdown``, of a line within others."""
    return re.sub(r"^<p>(.*)</p>$", r"\1", markdown(text), flags=re.DOTALL)


def _question(part: str, start: int) -> str:
    """What is asked, below what the same paragraph says before it."""
    before = f'<div class="before">{markdown(part[:start])}</div>' if part[:start].strip() else ""
    whole = re.match(r"\*\*Predict\*\* (?!first)", part[start:])  # a sentence that says what to predict
    asked = part[start:] if whole else re.sub(r"^\*\*Predict[^*]*\*\*:?\.?\s*", "", part[start:])
    return before + ("" if whole else "<p><b>Predict</b></p>") + markdown(asked[:1].upper() + asked[1:])


def _formula(tex: str) -> str:
    """Formulas that stand side by side get a line each; one that is long, smaller letters."""
    lines = re.sub(r"\\qquad\s*\\Longrightarrow\s*\\qquad", r"\\qquad\\Longrightarrow ", tex).split(r"\qquad")
    size = 1.1 if len(max(lines, key=len)) < 140 else 0.85
    shown = [convert(line.strip(" ,\n"), display="block") for line in lines if line.strip()]
    return f'<div style="font-size: {size}em">{"".join(shown)}</div>'


def _answers(cell: nbformat.NotebookNode, number: str, title: str) -> Iterator[Slide]:
    """Its first sentence answers the title; the others have a slide of their own."""
    text = "".join(output.data.get("text/markdown", "") for output in cell.outputs if "data" in output)
    first, *others = [line.removeprefix("* ") for line in text.splitlines() if line.startswith("* ")]
    yield Slide(f"{number}-answer", "answer", title, f"<h2>{html.escape(title)}</h2>{markdown(first)}")
    listed = "".join(f"<li>{inline(other)}</li>" for other in others)
    yield Slide(f"{number}-found", "answer", title, f"<h2>{html.escape(title)}</h2><ul>{listed}</ul>")


def _first_words(cell: nbformat.NotebookNode | None) -> str:
    """What the notebook says next, up to a heading or a question."""
    text = cell.source if cell is not None and cell.cell_type == "markdown" else ""
    return re.split(r"^##|\n\s*\n|\*\*Predict", text, maxsplit=1, flags=re.MULTILINE)[0]


def _figures(cell: nbformat.NotebookNode, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Of each picture its name, its address and its size; as it was saved, which for a chart is sharp at any size."""
    shown = [output.data["image/png"].strip() for output in cell.outputs if "image/png" in output.get("data", {})]
    saved = [path for name in re.findall(r'f?"(\d\d_[^"]+)"', cell.source) for path in _saved(name, folder)]
    moving = {base64.b64encode(path.read_bytes()).decode(): path for path in saved}  # shown with the bytes of its file
    charts = iter([path for png, path in moving.items() if png not in [one.replace("\n", "") for one in shown]])
    for place, png in enumerate(shown, start=1):
        path = moving.get(png.replace("\n", "")) or next(charts, None)
        if path is None:
            yield f"picture-{place}", f"data:image/png;base64,{png}", "--w: 1; --r: 2"
            continue
        kind = "svg+xml" if path.suffix == ".svg" else "png"
        source = f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
        yield path.stem[3:], source, _size(path)


def _saved(name: str, folder: Path) -> list[Path]:
    """The files of a figure's name; where it says of which data it is made, simulated ones come first, as in a run."""
    parts = [re.escape(part) for part in re.split(r"{[^}]*}", name)]
    pattern = "(real|simulated|official|-and-|_)+".join(parts) + r"\.(svg|png)"
    found = [path for path in folder.glob(f"{name[:3]}*") if re.fullmatch(pattern, path.name)]
    return sorted(found, key=lambda path: (not path.stem.endswith("_simulated"), path.name))


WIDEST = 7 * 72
"""Points of the study's widest chart: so wide, it fills a slide, and its letters are as large as they get."""


def _size(path: Path) -> str:
    """Shares of the slide's width below which letters get too small, and the ratio of width to height."""
    if path.suffix == ".svg":
        width, height = map(float, re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', path.read_text()).groups())
    else:
        width, height = (int.from_bytes(path.read_bytes()[at : at + 4], "big") for at in (16, 20))
    points = width if path.suffix == ".svg" else 0  # faces and flow carry few words: they fit the screen
    return f"--w: {min(1.0, 0.85 * points / WIDEST):.2f}; --r: {width / height:.2f}"


def _outputs(cell: nbformat.NotebookNode) -> tuple[str, list[tuple[str, str]]]:
    """What a cell prints, and its tables, each with what is printed before it."""
    printed, tables = "", []
    for output in cell.outputs:
        if output.output_type == "stream":
            printed = f"{printed}\n{SOURCES.sub('', output.text)}".strip()
        elif "text/html" in output.data:
            table = re.sub(r"<style.*?</style>", "", output.data["text/html"], flags=re.DOTALL)
            tables.append((printed, re.sub(r"<(/?)(div|table)[^>]*>", r"<\1\2>", table)))
            printed = ""
        elif output.output_type == "execute_result" and set(output.data) == {"text/plain"}:
            printed = f"{printed}\n{output.data['text/plain']}".strip()
    return printed, tables
