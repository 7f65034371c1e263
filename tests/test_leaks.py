"""Leaks are measured against the very same training: the last epoch is the honest run, the choice only ever gains."""

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch

from mxe_lib.clips import Clip
from mxe_lib.compute import pool
from mxe_lib.errors import MxeError
from mxe_lib.evaluation.metrics import uf1
from mxe_lib.learning import leaks, training
from mxe_lib.learning.crossval import cross_validate
from mxe_lib.learning.folds import folds
from mxe_lib.learning.samples import recognition_samples
from mxe_lib.recognition.task import RecognizeEmotion

CLIPS = [
    Clip("smic", f"s{s}", f"c{n}", 100, 0, None, 30, "positive", origin="simulated") for s in range(6) for n in range(6)
]
CLASSES = [index % 3 for index in range(36)]


def samples(channels=3, size=28):
    """Maps that say nothing about the class."""
    maps = np.random.default_rng(0).normal(size=(36, channels, size, size)).astype(np.float32)
    return recognition_samples(CLIPS, maps, CLASSES)


def task(network="ststnet", **settings):
    return RecognizeEmotion(network, **{"epochs": 4, "learning_rate": 1e-2, "batch_size": 16} | settings)


def hits(table):
    return (table["y_true"] == table["y_pred"]).groupby(table["subject"]).sum()


@pytest.fixture
def trainings(monkeypatch):
    """Counts how often a model is really trained."""
    count, train = [], training.train
    monkeypatch.setattr(training, "train", lambda *args: count.append(args) or train(*args))
    return count


class Scripted(pl.LightningModule):
    """Answers ``answers[epoch][clip]``, whatever it is trained on; epochs are counted by its training steps."""

    def __init__(self, answers, epochs, batch_size=100):
        super().__init__()
        self.save_hyperparameters()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def training_data(self, samples):
        return samples.inputs, samples.classes

    def training_step(self, batch, batch_index):
        self.steps += 1
        return (self.weight * batch[0].mean()).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)

    def predictions(self, samples):
        answers = self.hparams.answers[int(self.steps) - 1]
        columns = {"clip": "id", "database": "database", "subject": "subject_id"}
        table = pd.DataFrame(
            {column: [getattr(clip, name) for clip in samples.clips] for column, name in columns.items()}
        )
        return table.assign(y_true=samples.classes.numpy(), y_pred=[answers[clip.id] for clip in samples.clips])


@pytest.mark.parametrize(
    ("network", "settings", "size"),
    [("ststnet", {}, 28), ("ststnet", {"standardize": "map", "decay": True}, 28), ("oc_net", {"width": 1 / 32}, 28)],
    ids=["dropout", "decay", "channels_last"],
)
def test_the_last_epoch_is_the_honest_run_bit_for_bit(tmp_path, network, settings, size):
    data, two = samples(size=size), folds("kfold2", CLIPS)
    honest = cross_validate(task(network, **settings), data, two, seed=3, cache=tmp_path / "honest")
    watched = leaks.best_test_epoch(task(network, **settings), data, two, seed=3, cache=tmp_path / "watched")
    pd.testing.assert_frame_equal(watched.last, honest, check_exact=True)
    assert watched.by_epoch["epoch"].tolist() == [1, 2, 3, 4]
    assert watched.by_epoch["uf1"].iloc[-1] == uf1(honest["y_true"], honest["y_pred"])


def test_choosing_on_the_test_subject_never_loses_and_lifts_what_has_learned_nothing(tmp_path):
    """Noise for maps: chance is a third. The last epoch stays near it, each subject's best of 20 epochs doesn't."""
    found = leaks.best_test_epoch(task(epochs=20), samples(), folds("loso", CLIPS), cache=tmp_path)
    assert sorted(found.best["clip"]) == sorted(clip.id for clip in CLIPS)
    assert (hits(found.best) >= hits(found.last)).all()
    scores = [uf1(table["y_true"], table["y_pred"]) for table in (found.last, found.best)]
    assert scores[0] < 0.45
    assert scores[1] > scores[0] + 0.1
    assert scores[1] > found.by_epoch["uf1"].max()  # no single epoch suits all subjects


def test_each_subject_gets_its_best_epoch_and_of_several_the_first(tmp_path):
    """Worked by hand. Clips are of classes 0, 1 (subject a) and 2 (b); three epochs."""
    clips = [Clip("smic", s, n, 100, 0, None, 30, "positive", origin="simulated") for s, n in ("ax", "ay", "bx")]
    ids, script = [clip.id for clip in clips], [(2, 1, 0), (0, 0, 2), (0, 1, 2)]  # hits of a: 1, 1, 2; of b: 0, 1, 1
    data = recognition_samples(clips, np.zeros((3, 3, 4, 4), np.float32), [0, 1, 2])
    scripted = Scripted([dict(zip(ids, answers, strict=True)) for answers in script], epochs=3)
    found = leaks.best_test_epoch(scripted, data, folds("loso", clips), cache=tmp_path)
    assert found.best["clip"].tolist() == ids
    assert found.best["epoch"].tolist() == [3, 3, 2]
    assert found.last["y_pred"].tolist() == [0, 1, 2]
    # Epoch 1: one of three right, class 1. Epoch 2: class 0 has F1 2/3, class 2 has 1. Epoch 3: all right.
    assert found.by_epoch["uf1"].tolist() == pytest.approx([1 / 3, (2 / 3 + 1) / 3, 1])
    two = Scripted(scripted.hparams.answers[:2], epochs=2)
    found = leaks.best_test_epoch(two, data, folds("loso", clips), cache=tmp_path)
    assert found.best["epoch"].tolist() == [1, 1, 2]  # a tie for subject a: the first
    assert found.best["y_pred"].tolist() == [2, 1, 2]


def test_one_epoch_is_chosen_for_a_whole_fold():
    """Whichever subjects it holds: a fold of clips is no excuse for choosing clip by clip."""
    answers = {("c1", "f1"): (0, 1, 1), ("c2", "f1"): (1, 0, 1), ("c3", "f1"): (1, 0, 1), ("c4", "f2"): (1, 1, 0)}
    rows = [(c, f, c, e, 0, y) for (c, f), ys in answers.items() for e, y in enumerate(ys, 1)]
    table = pd.DataFrame(rows, columns=["clip", "fold", "subject", "epoch", "y_true", "y_pred"])
    chosen = leaks.choose(table).sort_values("clip")
    assert chosen[["clip", "epoch"]].to_numpy().tolist() == [["c1", 2], ["c2", 2], ["c3", 2], ["c4", 3]]


def test_what_is_stored_is_not_trained_again(tmp_path, trainings):
    first = leaks.best_test_epoch(task(), samples(), folds("kfold2", CLIPS), cache=tmp_path)
    assert len(trainings) == 2
    again = leaks.best_test_epoch(task(), samples(), folds("kfold2", CLIPS), cache=tmp_path)
    assert len(trainings) == 2
    for name in ("last", "best", "by_epoch"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name), check_exact=True)
    leaks.best_test_epoch(task(), samples(), folds("kfold2", CLIPS), seed=1, cache=tmp_path)
    assert len(trainings) == 4


def test_same_bits_with_one_and_two_workers(tmp_path):
    one = leaks.best_test_epoch(task(), samples(), folds("kfold2", CLIPS), cache=tmp_path / "a")
    two = leaks.best_test_epoch(task(), samples(), folds("kfold2", CLIPS), cache=tmp_path / "b", workers=2)
    pool.stop()
    for name in ("last", "best", "by_epoch"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)


def test_the_callers_random_state_is_left_alone(tmp_path):
    settings = task()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    leaks.best_test_epoch(settings, samples(), folds("kfold2", CLIPS)[:1], cache=tmp_path)
    assert torch.equal(torch.rand(1), expected)


def test_what_predicts_no_classes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        RecognizeEmotion, "predictions", lambda self, rows: pd.DataFrame({"clip": [], "a": [], "b": []})
    )
    with pytest.raises(MxeError, match="predicts no classes"):
        leaks.best_test_epoch(task(epochs=1), samples(), folds("kfold2", CLIPS)[:1], cache=tmp_path)
