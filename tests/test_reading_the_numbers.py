"""What notebook 02 leaves to the library: rows out of print, the guesser's, the ladder's figures, the fold scheme."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mxe_lib import models  # noqa: F401 (networks bring their names)
from mxe_lib.evaluation import metrics, results
from mxe_lib.figures import fold_scheme, leaks
from mxe_lib.learning.leaks import EveryEpoch
from mxe_lib.study import leak_ladder, printed

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_published_metrics_are_the_committed_ones(tmp_path):
    table = printed.write(tmp_path)
    assert (tmp_path / "published_metrics.csv").read_bytes() == (REFERENCE / "published_metrics.csv").read_bytes()
    assert len(table) > 300


def test_guesses_are_the_committed_ones():
    committed = results.read("leak_ladder", REFERENCE).query("model == 'random_guesser' and metric == 'uf1'")
    ours = leak_ladder.guesses(2000).query("metric == 'uf1'").set_index("variant")["value"]
    assert ours.round(6).to_dict() == committed.set_index("variant")["value"].to_dict()


def test_readers_see_words():
    rows, chance = printed.spotting()
    assert set(chance) == set(printed.SPOTTED_ON) == set(rows["database"])
    assert "OFF-ApexNet, no GAN" in set(printed.pairs()["system"])
    table = leak_ladder.table(results.read("leak_ladder", REFERENCE))
    assert table.index.get_level_values(0).unique().tolist() == ["real data", "simulated data"]
    assert "folds of clips − folds of people" in table.index.get_level_values(1)
    assert not any(code in text for text in table.index.get_level_values(1) for code in "_=")


def test_no_printed_accuracy_on_samm_is_above_always_negative():
    rows = printed.accuracies().query("database == 'samm'")
    assert (rows["value"] < metrics.accuracy_of(printed.always_negative()["samm"])).all()


def test_who_is_tested_has_never_been_seen_in_one_scheme_only():
    person = np.repeat(np.arange(len(fold_scheme.CLIPS)), fold_scheme.CLIPS)
    for folds, known in ((fold_scheme.people_left_out(), 0), (fold_scheme.clips_dealt_out(), 11)):
        assert np.sum(folds, axis=0).tolist() == [1] * len(person)  # each clip is tested once
        assert sum(int(np.isin(person[held], person[~held]).sum()) for held in folds) == known
    left, right = fold_scheme.two_schemes().axes
    assert len(left.patches) == len(right.patches) == 5 * len(person)


def test_the_ladder_stands_beside_what_was_built():
    rows = results.read("leak_ladder", REFERENCE)
    built = {"by_clip": ([0.2, 0.3], [0.7, 0.8]), "best_test_epoch": ([0.3, 0.3], [0.7, 0.7])}
    figure = leaks.beside_honest(rows, built, printed.reruns())
    assert [ax.get_title() for ax in figure.axes] == [
        "built so that it leaks", "STSTNet,\nsimulated data", "STSTNet,\nreal data"
    ]  # fmt: skip
    dots = [float(line.get_xdata()[0]) for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dots == pytest.approx([0.3, 0.7, 0.25, 0.75])
    assert len([line for line in figure.axes[2].lines if line.get_marker() == "D"]) == len(printed.RERUN)


def test_choosing_draws_guesser_and_network():
    by_epoch = pd.DataFrame({"seed": 0, "epoch": [1, 2], "uf1": [0.3, 0.4]})
    best = pd.DataFrame({"y_true": [0, 1, 2], "y_pred": [0, 1, 2]})
    watched = {"simulated clips": ("simulated", [EveryEpoch(best, best, by_epoch)])}
    left, right = leaks.choosing(leak_ladder.guesses(300), watched, printed.composite_scores()).axes
    assert len(left.texts) == len(printed.composite_scores())
    assert [line.get_ydata()[0] for line in right.lines] == [0.3, 1.0]
