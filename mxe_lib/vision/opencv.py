"""What this OpenCV can do. Several distributions bring a ``cv2``, and the one that was installed last wins."""

import importlib.metadata

import cv2

from mxe_lib.errors import MxeError

OURS = "opencv-contrib-python-headless==4.13.0.92"


def demand(name: str) -> None:
    """Asks for a part of OpenCV, such as ``optflow.DualTVL1OpticalFlow_create``.

    Raises:
        MxeError: if it is not there; says which package to remove, and which to install.
    """
    found = cv2
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not None:
        return
    ours = OURS.partition("=")[0]
    others = sorted(set(importlib.metadata.packages_distributions().get("cv2", ())) - {ours})
    remove = f"pip uninstall {' '.join(others)}, then " if others else ""
    raise MxeError(
        f"this OpenCV ({cv2.__version__}) has no {name}"
        f"{', because ' + ' and '.join(others) + ' replaced it' if others else ''}: {remove}pip install "
        f"--force-reinstall --no-deps {OURS}"
    )
