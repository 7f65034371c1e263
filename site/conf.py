"""Sphinx's settings. Nothing is executed, and no page asks another host for anything, be it type or formulas.

``build.py`` lays out the pages, generated ones among them, and calls Sphinx with this file.
"""

import os
import sys
from pathlib import Path

import mxe_lib

sys.path.insert(0, str(Path(__file__).parent))

project = "Micro-expressions, honestly measured"
author = "The contributors of mxe-lib"
copyright = f"{author}; BSD 3-Clause"  # Sphinx's name for it
version = release = mxe_lib.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "mathml",
    "finish",
]
exclude_patterns = ["README.md"]  # its sections stand on several pages

nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {}  # would be asked of other hosts; widgets show their still picture
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
highlight_language = "default"
html_math_renderer = "mathml"
suppress_warnings = [
    "misc.highlighting_failure",  # commands and trees of folders in the README's indented blocks
    "mystnb.unknown_mime_type",
]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
autodoc_inherit_docstrings = False  # Lightning's are long, and about Lightning
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

copybutton_exclude = ".linenos, .gp, .go"

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_favicon = str(Path(__file__).parent / "static" / "mark.svg")
html_theme_options = {
    "logo": {
        "text": "Micro-expressions",
        "image_light": "_static/mark.svg",
        "image_dark": "_static/mark.svg",
        "alt_text": "",
    },
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "show_prev_next": True,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "search_bar_text": "Search the study ...",
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
    "back_to_top_button": False,
}
html_context = {"default_mode": "auto"}  # as the reader's own system has it
html_sidebars = {"index": [], "play/index": []}

repository = os.environ.get("GITHUB_REPOSITORY")  # set by the workflow that publishes the site
if repository:
    html_theme_options["github_url"] = f"https://github.com/{repository}"
