"""A plaything in a notebook: alive where anywidget is installed, else its still picture."""

import base64
import io

import matplotlib.pyplot as plt

from mxe_lib.figures import charts
from mxe_lib.play.plaything import Plaything, script, style


def show(thing: Plaything):
    """What a cell displays. A notebook that was executed and is read without a kernel shows the still picture."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return Still(thing)

    class Live(anywidget.AnyWidget):
        """``shown`` is what the plaything shows at the moment: a dictionary that a cell may read."""

        _esm = script(thing) + "\nexport default { render };\n"
        _css = style()
        words = traitlets.Dict(thing.words).tag(sync=True)
        data = traitlets.Dict(thing.data()).tag(sync=True)
        shown = traitlets.Dict().tag(sync=True)
        answer = traitlets.Dict().tag(sync=True)
        kernel = traitlets.Bool(thing.answer is not None).tag(sync=True)

        @traitlets.observe("shown")
        def _answer(self, change: dict) -> None:
            if thing.answer is not None:
                self.answer = thing.answer(change["new"])

        def _repr_mimebundle_(self, **settings):
            made = super()._repr_mimebundle_(**settings)
            bundle, metadata = made if isinstance(made, tuple) else (made, {})
            return {**(bundle or {}), **Still(thing).bundle()}, metadata

    Live.__name__ = Live.__qualname__ = "".join(part.title() for part in thing.name.split("_"))
    return Live()


class Still:
    """A plaything's still picture and its words."""

    def __init__(self, thing: Plaything) -> None:
        self.thing = thing

    def bundle(self) -> dict[str, str]:
        """By type what a notebook displays."""
        return {
            "text/plain": f"{self.thing.title}. {self.thing.alt}",
            "image/png": base64.b64encode(png(self.thing)).decode(),
        }

    def _repr_mimebundle_(self, **_) -> dict[str, str]:
        return self.bundle()


def png(thing: Plaything) -> bytes:
    """The still picture, at a size for a screen."""
    with plt.style.context(list(charts.STYLE)):
        figure, file = thing.picture(), io.BytesIO()
        figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
        plt.close(figure)
    return file.getvalue()
