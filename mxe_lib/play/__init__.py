"""Things to play with: in the notebooks with a kernel, on the site without one, from the same functions.

A plaything is a module here (``THING``: its words, its data, its still picture) and an ES module in ``static/`` of the
same name, which anywidget runs in a notebook and ``python -m mxe_lib.play DIR`` puts into a page of its own. A new one
is two such files, a line in ``PAGES`` and a function here. May import: everything but ``lessons`` and ``app``.
"""

import importlib

PAGES = {
    "clip": "a_clip",
    "labels": "label_lab",
    "luck": "luck_lab",
    "intervals": "interval_lab",
    "spot": "be_the_spotter",
    "face": "face_lab",
}
"""Of each function below, the module and the page of what it shows, in the order of the index."""

NAMES = tuple(PAGES.values())


def thing(name: str):
    """The ``Plaything`` of this name."""
    return importlib.import_module(f"{__name__}.{name}").THING


def clip():
    """A simulated clip, frame by frame: its face, its flow, what moves in it."""
    from mxe_lib.play import a_clip

    return _show(a_clip.THING)


def labels():
    """The label lab: what a network learns, and where two rules put the apex."""
    from mxe_lib.play import label_lab

    return _show(label_lab.THING)


def luck():
    """The luck lab: how far choosing among epochs carries a system that learns nothing."""
    from mxe_lib.play import luck_lab

    return _show(luck_lab.THING)


def intervals():
    """The interval lab: two systems, and other people who might have been filmed."""
    from mxe_lib.play import interval_lab

    return _show(interval_lab.THING)


def spot():
    """Be the spotter: the apex of ten simulated clips, by your own eyes."""
    from mxe_lib.play import be_the_spotter

    return _show(be_the_spotter.THING)


def face():
    """The face lab: action units of a simulated face, mixed by hand."""
    from mxe_lib.play import face_lab

    return _show(face_lab.THING)


def _show(of):
    from mxe_lib.play import notebook

    return notebook.show(of)
