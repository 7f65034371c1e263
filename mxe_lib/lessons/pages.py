"""The pages of the class, each one file that needs no network: index, plan, project, slides and quiz.

The slides stand in the plan's order; those that it does not name come after them.
"""

import json
import re
from pathlib import Path

import jinja2
import markupsafe

from mxe_lib.errors import MxeError
from mxe_lib.lessons import plan as plans
from mxe_lib.lessons.slides import Slide, inline, markdown, slides, slug
from mxe_lib.lessons.student import CLASS

SURPLUS = "More from the notebooks"


def write(root: Path, folder: Path) -> None:
    """Writes the pages of a clone's ``teaching/`` and ``notebooks/`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    teaching = root / "teaching"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(teaching.glob("*.md"))}
    shown = deck(root)
    numbers = {slide.slug: place for place, slide in enumerate(shown, start=1)}
    asked = json.loads((teaching / "quiz.json").read_text(encoding="utf-8"))
    written = {"slides.html": ("slides.html", {"slides": shown}), "quiz.html": ("quiz.html", {"questions": asked})}
    for name in ("plan", "project"):
        written[f"{name}.html"] = ("page.html", {"body": _page(texts[name], numbers), "title": _title(texts[name])})
    written["index.html"] = ("index.html", {"notebooks": _notebooks(root)})
    for name, (template, values) in written.items():
        page = _environment().get_template(template).render(**values)
        (folder / name).write_text(page + "\n", encoding="utf-8")


def deck(root: Path) -> list[Slide]:
    """All slides, those of the plan first and in its order; a slide with a heading opens each part.

    Raises:
        MxeError: if the plan names a slide that is not there.
    """
    plan = (root / "teaching" / "plan.md").read_text(encoding="utf-8")
    known = {one.slug: one for one in own(root)}
    for number in CLASS:
        path = next((root / "notebooks").glob(f"{number}_*.ipynb"))
        known |= {one.slug: one for one in slides(path, root / "figures")}
    found: list[Slide] = []
    for heading, names in plans.sessions(plan):
        if unknown := [name for name in names if name not in known]:
            raise MxeError(f"teaching/plan.md: there is no slide {unknown[0]}")
        found += [_divider(heading), *(known[name] for name in names)]
    used = {one.slug for one in found}
    return [*found, _divider(SURPLUS), *(one for name, one in known.items() if name not in used)]


def own(root: Path) -> list[Slide]:
    """The slides that no notebook has, of ``teaching/slides.md``: name and title, what is shown, notes below a line."""
    text = (root / "teaching" / "slides.md").read_text(encoding="utf-8")
    parts = [part.partition("\n") for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]]
    found = []
    for heading, _, body in parts:
        (name, _, title), (shown, _, said) = heading.partition(": "), body.partition("\n---\n")
        found.append(Slide(name, "own", "", markdown(f"# {title}\n{shown}"), markdown(said)))
    return found


def _divider(heading: str) -> Slide:
    return Slide(slug(heading), "part", "", f"<h1>{inline(heading)}</h1>")


def _page(text: str, numbers: dict[str, int]) -> str:
    """A page of ``teaching/`` as HTML; slides, pages and notebooks are linked where they lie in the class's folder."""
    text = re.sub(r"<!--.*?-->", "", text)
    text = re.sub(r"\[([^\]]+)\]\((\w+)\.md\)", r"<a href='\2.html'>\1</a>", text).replace("README.html", "index.html")
    text = re.sub(r"\[([^\]]+)\]\(\.\./(notebooks/[^)#]+)\)", r"<a href='\2'>\1</a>", text)
    text = re.sub(r"`(play|slides|quiz)([/\w]*)\.html`", r"<a href='\1\2.html'>\1\2.html</a>", text)
    body = markdown(text)
    for name, number in numbers.items():
        link = f'<a href="slides.html#{name}">{number}\u00a0<code>{name}</code></a>'
        body = body.replace(f"<code>{name}</code>", link)
    return body


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ")


def _notebooks(root: Path) -> list[tuple[str, str]]:
    """The class's notebooks in the plan's order: file and title."""
    paths = [next((root / "notebooks").glob(f"{number}_*.ipynb")) for number in CLASS]
    return [(path.name, next(iter(slides(path, root / "figures"))).section) for path in paths]


def _environment() -> jinja2.Environment:
    folder = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    environment = jinja2.Environment(loader=folder, autoescape=True)
    environment.filters["inline"] = lambda text: markupsafe.Markup(inline(text))
    return environment
