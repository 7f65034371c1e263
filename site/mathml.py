"""Formulas as MathML, made while the site is built: pages need no script, no fonts of their own and no other host.

MathML Core is drawn by all current browsers, and read aloud by screen readers. KaTeX or MathJax would have to be
shipped with the site, a megabyte and more, to set the few formulas that there are.
"""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.math_block) -> None:
    # A formula wider than a phone is moved sideways on its own, with the keyboard too.
    translator.body.append('<div class="formula" tabindex="0" role="region" aria-label="formula">')
    translator.body.append(convert(node.astext(), display="block"))
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
