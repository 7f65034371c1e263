"""What spotters see, drawn: the pictures say what they are given."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from mxe_lib.figures import charts, spotters


def test_strain_says_how_much_of_it_is_masked():
    strain, mask = np.ones((10, 10)), np.zeros((10, 10), bool)
    mask[:4] = True
    curves = {name: ([0, 4, 8], np.array([0.0, peak, 1.0])) for name, peak in (("masked", 0.5), ("kept", 2.0))}
    figure = spotters.strain_and_eyes(np.ones((2, 10, 10)), strain, mask, curves, apex=4)
    assert "40%" in figure.axes[1].get_title()
    assert [line.get_xdata()[0] for line in figure.axes[2].lines if len(line.get_xdata()) == 1] == [8, 4]


def test_halving_marks_what_is_kept_and_what_is_highest():
    ax = spotters.halving([0, 1, 4, 8, 4, 1, 0, 0, 1, 3, 1, 4, 2, 3, 1, 0])
    said = {text.get_text(): text.xy[0] for text in ax.texts if hasattr(text, "xy")}
    assert said == {"kept": 11, "highest": 3}
    assert {"8", "10", "7"} <= {text.get_text() for text in ax.texts}


def test_the_clip_spotter_and_the_five_apexes_draw(tmp_path):
    rng = np.random.default_rng(0)
    belief = np.full(32, 1 / 32)
    figure = spotters.clip_spotter(
        rng.random((32, 2, 15, 15)), rng.random((32, 8)), rng.random((2, 32)), belief, apex=9
    )
    charts.save(figure, "clip_spotter", tmp_path)
    clip = SimpleNamespace(id="smic/a", database="smic", onset=10, offset=20)
    figure = spotters.five_apexes([clip], {"used": {clip.id: 15}}, {clip.id: {"used": "the spotter's"}})
    assert figure.axes[0].get_title() == "SMIC"
    charts.save(figure, "five", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip_spotter.png", "five.svg"]
    plt.close("all")
