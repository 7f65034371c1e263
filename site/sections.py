"""Text of the repository's own pages on the site: sections by name, with links that lead somewhere from there.

A page of ``pages/`` takes what already stands elsewhere: ``{{ README.md: Responsible use }}`` is that section without
its title, ``{{ docs/cluster.md }}`` a whole file with it.
"""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

ON_THE_SITE = {
    "CHANGELOG.md": "about/changelog",
    "CONTRIBUTING.md": "howto/extend",
    "CITATION.cff": "about/bibliography",
    "LICENSE": "about/licence",
    "README.md": "index",
    "docs/databases.md": "howto/database",
    "docs/cluster.md": "howto/cluster",
    "docs/results.md": "about/results",
    "docs/running.md": "howto/run",
    "docs/running.md#a-gpu-for-a-quarter-of-an-hour": "howto/gpu",
    "docs/running.md#one-clip": "howto/clip",
    "mxe_lib": "api/index",
    "mxe_lib/weights/MODEL_CARD.md": "about/model_card",
    "reference": "about/tables",
    "reference/full/spotting_cost.csv": "about/tables",
    "reference/looks.md": "about/looks",
    "teaching/README.md": "teaching/index",
}
"""Where a file of the repository, or a section that has a page of its own, is to be read on the site; notebooks lie
where they lie."""

INCLUDE = re.compile(r"^\{\{ (?P<file>[\w./-]+?)(?:: (?P<title>[^}]+?))? \}\}$", re.MULTILINE)
LINK = re.compile(r"(?P<mark>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<to>[^)\s]+)\)")
FENCE = re.compile(r"^```(python|diff|sh) (\S+)$", re.MULTILINE)


def filled(text: str, page: str) -> str:
    """A page's text with its sections in place; ``page`` is where it will stand, such as ``howto/clip``."""
    return INCLUDE.sub(lambda found: included(found["file"], found["title"], page), text)


def included(file: str, title: str | None, page: str) -> str:
    """A file of the repository, or one of its sections, as it may stand on a page.

    Raises:
        ValueError: if the file has no such section.
    """
    text = (ROOT / file).read_text(encoding="utf-8")
    text = section(text, title, file) if title else text
    text = re.sub(r"<!-- \w+:(begin|end)[^>]*-->\n?", "", text)
    return captioned(relinked(text, Path(file).parent.as_posix(), page)).strip()


def section(text: str, title: str, file: str) -> str:
    """What stands below a heading, up to the next of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"{file} has no section '{title}': a page of the site asks for it")
    return found[2]


def relinked(text: str, folder: str, page: str) -> str:
    """Links of a file in ``folder`` as seen from a page; what is not on the site becomes plain text."""

    def link(found: re.Match) -> str:
        text, to = found["text"], found["to"]
        if re.match(r"[a-z]+:|#", to):
            return found[0]
        path, _, anchor = to.partition("#")
        path = os.path.normpath(os.path.join(folder, path))
        if f"{path}#{anchor}" in ON_THE_SITE:
            goal, anchor = ON_THE_SITE[f"{path}#{anchor}"] + ".md", ""
        elif path in ON_THE_SITE:
            goal = ON_THE_SITE[path] + ".md"
        elif re.fullmatch(r"notebooks/.+\.ipynb|teaching/.+\.md", path) or (found["mark"] and (ROOT / path).is_file()):
            goal = path
        else:
            return text
        goal = os.path.relpath(goal, os.path.dirname(page) or ".")
        return f"{found['mark']}[{text}]({goal}{'#' if anchor else ''}{anchor})"

    return LINK.sub(link, text)


def captioned(text: str) -> str:
    """Blocks that name their file show it as a caption."""
    return FENCE.sub(r"```{code-block} \1\n:caption: \2\n", text)
