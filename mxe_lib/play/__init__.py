"""Things to play with: in the notebooks with a kernel, on the site without one, from the same functions.

A plaything is a module here (``THING``: its words, its data, its still picture) and an ES module in ``static/`` of the
same name, which anywidget runs in a notebook and ``python -m mxe_lib.play DIR`` puts into a page of its own. A new one
is two such files and a line in ``NAMES``. May import: everything but ``lessons`` and ``app``.
"""

import importlib

NAMES = ("a_clip", "label_lab", "luck_lab", "interval_lab", "be_the_spotter", "face_lab")
"""All playthings, in the order of the index."""


def thing(name: str):
    """The ``Plaything`` of this name."""
    return importlib.import_module(f"{__name__}.{name}").THING


def clip():
    """A simulated clip, frame by frame: its face, its flow, what moves in it."""
    return _show("a_clip")


def labels():
    """The label lab: what a network learns, and where two rules put the apex."""
    return _show("label_lab")


def luck():
    """The luck lab: how far choosing among epochs carries a system that learns nothing."""
    return _show("luck_lab")


def intervals():
    """The interval lab: two systems, and other people who might have been filmed."""
    return _show("interval_lab")


def spot():
    """Be the spotter: the apex of ten simulated clips, by your own eyes."""
    return _show("be_the_spotter")


def face():
    """The face lab: action units of a simulated face, mixed by hand."""
    return _show("face_lab")


def _show(name: str):
    from mxe_lib.play import notebook

    return notebook.show(thing(name))
