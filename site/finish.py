"""Last touches on docstrings: a drawn table stays as drawn, and a constant's text is text."""

import re

from sphinx.application import Sphinx

DRAWN = re.compile(r" {4,}\S")


def drawn_tables(lines: list[str]) -> list[str]:
    """An indented block after an empty line is a table of layers, say: it is set as it was typed.

    >>> drawn_tables(["Layers:", "", "    conv  3x3"])
    ['Layers:', '', '::', '', '    conv  3x3']
    """
    found: list[str] = []
    for number, line in enumerate(lines):
        before = next((other for other in reversed(lines[:number]) if other.strip()), "")
        opens = DRAWN.match(line) and number > 1 and not lines[number - 1].strip()
        if opens and re.match(r"\S", before) and not before.endswith("::") and not before.startswith(">>>"):
            found += ["::", ""]
        found.append(line)
    return found


def setup(app: Sphinx) -> dict:
    texts: dict[str, list[str]] = {}

    def before_napoleon(app, what, name, thing, options, lines) -> None:
        lines[:] = drawn_tables(lines)
        if what in ("data", "attribute"):
            texts[name] = list(lines)
            # A long value says nothing here, and a path only where the site was built.
            options.no_value = len(repr(thing)) > 60 or "Path(" in repr(thing)

    def after_napoleon(app, what, name, thing, options, lines) -> None:
        # Napoleon takes what stands before a colon for the constant's type; here it is a sentence's.
        if name in texts and what in ("data", "attribute"):
            lines[:] = texts.pop(name)

    app.connect("autodoc-process-docstring", before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
