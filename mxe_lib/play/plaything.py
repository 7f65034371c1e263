"""What a plaything is, and how its data are packed so that a page stays small."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

STATIC = Path(__file__).with_name("static")

NOBODY = "All faces are simulated: nobody here exists."


@dataclass(frozen=True)
class Plaything:
    """Something to play with.

    Attributes:
        name: of its module and its page; code: its script, named whole, so that a change of it is seen by ``code``.
        title: a few words.
        do, see, means: a sentence each: what to do, what to see, what it means for reading papers.
        alt: the still picture in words.
        note: where the data come from.
        data: what the script works with: small, of JSON's types alone, the same at every call.
        picture: the same story on paper.
        cover: the picture of the index, where the still one would give away what there is to find.
        answer: what a kernel can add to what is shown; a page without one does without.
    """

    name: str
    code: str
    title: str
    do: str
    see: str
    means: str
    alt: str
    note: str
    data: Callable[[], dict]
    picture: Callable[[], Figure]
    answer: Callable[[dict], dict] | None = None
    cover: Callable[[], Figure] | None = None

    @property
    def words(self) -> dict[str, str]:
        """What stands above and below it."""
        return {name: getattr(self, name) for name in ("title", "do", "see", "means", "note")}


def script(of: Plaything) -> str:
    """Its script after the kit that all share; it defines ``render``."""
    return _text("kit.js") + "\n" + _text(of.code)


def style() -> str:
    """The look of all playthings."""
    return _text("play.css")


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def webp(image: np.ndarray, quality: int = 60) -> str:
    """A picture as a data address: WebP is a third of a JPEG's size at these few pixels."""
    done, packed = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise RuntimeError("this OpenCV writes no WebP")
    return "data:image/webp;base64," + base64.b64encode(packed.tobytes()).decode()


def numbers(values: np.ndarray) -> dict:
    """An array in one byte a value: ``scale`` times the signed bytes in ``bytes`` (base64), with its ``shape``."""
    values = np.asarray(values, float)
    scale = float(np.abs(values).max(initial=0)) / 127 or 1.0
    packed = np.round(values / scale).astype(np.int8).tobytes()
    return {"shape": list(values.shape), "scale": scale, "bytes": base64.b64encode(packed).decode()}


def rounded(values: np.ndarray, digits: int = 4) -> list:
    """Numbers as a list, without digits that nobody sees."""
    return np.round(np.asarray(values, float), digits).tolist()
