"""Folds are trained once, apart from each other, and reproducibly; what is stored is trusted only if it is whole."""

import dataclasses
import os
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch

from mxe_lib.clips import Clip
from mxe_lib.compute import code, determinism, pool, store
from mxe_lib.errors import MxeError
from mxe_lib.evaluation.metrics import uar
from mxe_lib.learning import crossval, training
from mxe_lib.learning.batches import InMemory
from mxe_lib.learning.crossval import FoldJob, cross_validate
from mxe_lib.learning.folds import Fold, folds
from mxe_lib.learning.samples import recognition_samples, spotting_samples
from mxe_lib.learning.training import fit, fold_seed, load
from mxe_lib.recognition.gan import AugmentFlow
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.spotting.task import SpotApex
from mxe_lib.spotting.whole_clip import SpotApexInClip

CLIPS = [
    Clip("smic", f"s{s}", f"c{n}", 100, 0, None, 30, "positive", origin="simulated") for s in range(6) for n in range(6)
]
CLASSES = [index % 3 for index in range(36)]


def samples(strength=2.0, classes=CLASSES, seed=0):
    """Maps in which each class shows in its own corner."""
    maps = np.random.default_rng(seed).normal(size=(36, 3, 28, 28)).astype(np.float32)
    for index, class_ in enumerate(CLASSES):
        maps[index, :, 9 * class_ : 9 * class_ + 9, :14] += strength
    return recognition_samples(CLIPS, maps, classes)


def task(**settings):
    return RecognizeEmotion("ststnet", **{"epochs": 2, "learning_rate": 1e-3, "batch_size": 16} | settings)


@pytest.fixture
def trainings(monkeypatch):
    """Counts how often a model is really trained."""
    count, train = [], training.train
    monkeypatch.setattr(training, "train", lambda *args: count.append(args) or train(*args))
    return count


def test_same_bits_with_one_and_two_workers_and_in_any_order(tmp_path):
    data, three = samples(), folds("kfold3", CLIPS)
    one = cross_validate(task(), data, three, cache=tmp_path / "a")
    two = cross_validate(task(), data, three[::-1], cache=tmp_path / "b", workers=2)
    pool.stop()
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert one["clip"].tolist() == sorted(clip.id for clip in CLIPS)
    torch.manual_seed(99)
    torch.rand(7)
    third = FoldJob(task(), data, three[1], 0, tmp_path / "c").run()
    pd.testing.assert_frame_equal(
        third.sort_values("clip", ignore_index=True),
        one[one["fold"] == three[1].name].reset_index(drop=True),
        check_exact=True,
    )


def test_seeds_outlive_a_move_of_the_tasks_file():
    """All numbers of the study come from these: a changed one changes every table."""
    seeds = [
        training.fold_seed(made, 0, Fold("loso-smic/s1", (), ()))
        for made in (RecognizeEmotion("ststnet"), SpotApex("vgg_m"), SpotApexInClip(), AugmentFlow())
    ]
    assert seeds == [2703751584949031905, 5349987526786053087, 1276545397381565510, 1043899702166795345]


def test_the_callers_random_state_and_threads_are_left_alone(tmp_path):
    settings = task()
    torch.manual_seed(5)
    expected, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(5)
    FoldJob(settings, samples(), folds("kfold2", CLIPS)[0], 0, tmp_path).run()
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads


def test_every_fold_is_trained_from_its_own_start(tmp_path):
    data, two = samples(), folds("kfold2", CLIPS)
    states = []
    for fold in two:
        seed = fold_seed(task(), 0, fold)
        trained = load(fit(task(), data.subset(fold.train), seed, tmp_path)).state_dict()
        with determinism.own_random_state(seed):
            fresh = task().state_dict()
        moved = [name for name in fresh if "network" in name and not torch.equal(fresh[name], trained[name])]
        assert len(moved) == len([name for name in fresh if "network" in name]), "some weights were never trained"
        states.append(trained)
    assert not any(torch.equal(states[0][name], states[1][name]) for name in moved if name.endswith("weight"))


def test_a_trainer_used_twice_would_train_only_the_first_model():
    """Why ``fit`` makes a new Trainer for each fold; if Lightning mends this, the rule may go."""
    data = task().training_data(samples())
    with training.quiet_lightning():
        trainer = pl.Trainer(max_epochs=2, accelerator="cpu", barebones=True)
        changed = []
        for _ in range(2):
            model = task()
            before = [parameter.clone() for parameter in model.parameters()]
            trainer.fit(model, InMemory(data, 16, 0))
            changed.append(any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)))
    assert changed == [True, False]


def test_what_is_stored_is_not_trained_again(tmp_path, trainings):
    data, two = samples(), folds("kfold2", CLIPS)
    first = cross_validate(task(), data, two, cache=tmp_path)
    assert len(trainings) == 2
    again = cross_validate(task(), samples(), two, cache=tmp_path)
    assert len(trainings) == 2
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    for file in (tmp_path / "predictions").iterdir():
        file.unlink()
    again = cross_validate(task(), data, two, cache=tmp_path)  # from the weights
    assert len(trainings) == 2
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_whatever_matters_makes_another_model(tmp_path, trainings):
    data, seed = samples(), 1
    paths = [fit(task(), data, seed, tmp_path)]
    paths.append(fit(task(), data, 2, tmp_path))
    paths.append(fit(task(learning_rate=2e-3), data, seed, tmp_path))
    paths.append(fit(task(class_weights=False), data, seed, tmp_path))
    paths.append(fit(task(), samples(seed=1), seed, tmp_path))
    paths.append(fit(task(), data.subset([clip.id for clip in CLIPS[1:]]), seed, tmp_path))
    real = tuple(dataclasses.replace(clip, origin="real") for clip in CLIPS)
    paths.append(fit(task(), dataclasses.replace(data, clips=real, clip_digests=[]), seed, tmp_path))
    assert len(set(paths)) == len(paths) == len(trainings)


def test_other_code_libraries_or_device_make_another_model(monkeypatch, edited):
    def key():
        return training.model_key(task(), "data", 0, None)

    before = key()
    assert key() == before
    for place, name, value in ((code, "versions", lambda *roots: {"torch": "0"}), (training, "engine", lambda: "cuda")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, value)
            assert key() != before, name
    for used in ("learning/training", "recognition/task", "learning/task", "learning/batches", "models/rivals"):
        edited(used, "SEEN = 1\n")
        assert key() != before, used
        edited.undo()
    for unused in ("spotting/labels", "models/oc_net", "models/__init__", "figures/charts", "learning/crossval"):
        edited(unused, "SEEN = 1\n")
        assert key() == before, unused
        edited.undo()
    edited("learning/training", "# a comment\n")
    assert key() == before


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-9] + bytes([b[-9] ^ 1]) + b[-8:]]
)
def test_a_damaged_file_is_made_again(tmp_path, trainings, damage):
    data, two = samples(), folds("kfold2", CLIPS)
    first = cross_validate(task(), data, two, cache=tmp_path)
    for file in [*(tmp_path / "predictions").iterdir(), *(tmp_path / "models").iterdir()]:
        file.write_bytes(damage(file.read_bytes()))
    again = cross_validate(task(), data, two, cache=tmp_path)
    assert len(trainings) == 4
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not list(tmp_path.rglob("*.partial"))


def test_swapped_files_are_made_again(tmp_path, trainings):
    """Each is whole, and the answer to another question."""
    data, two = samples(), folds("kfold2", CLIPS)
    first = cross_validate(task(), data, two, cache=tmp_path)
    for kind in ("predictions", "models"):
        one, other = sorted((tmp_path / kind).iterdir())
        one.rename(tmp_path / "away")
        other.rename(one)
        (tmp_path / "away").rename(other)
        pd.testing.assert_frame_equal(first, cross_validate(task(), data, two, cache=tmp_path), check_exact=True)
        for file in (tmp_path / "predictions").iterdir():
            file.unlink()
    cross_validate(task(), data, two, cache=tmp_path)
    assert len(trainings) == 4


@pytest.mark.parametrize("what", ["pipe", "folder"])
def test_what_is_no_file_in_a_cache_is_made_again_or_named(tmp_path, what):
    data, two = samples(), folds("kfold2", CLIPS)
    first = cross_validate(task(), data, two, cache=tmp_path)
    file = sorted((tmp_path / "predictions").iterdir())[0]
    file.unlink()
    os.mkfifo(file) if what == "pipe" else file.mkdir()
    if what == "pipe":
        pd.testing.assert_frame_equal(first, cross_validate(task(), data, two, cache=tmp_path), check_exact=True)
    else:
        with pytest.raises(MxeError, match=rf"{file.name}: cannot write there \(Is a directory\)"):
            cross_validate(task(), data, two, cache=tmp_path)


def swap_names(content):
    content["clips"][0]["name"], content["clips"][1]["name"] = "c1", "c0"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content["inputs"][3, 0, 5].add_(0.01),
        lambda content: content["classes"].copy_(content["classes"].roll(1)),
        swap_names,
        lambda content: content["clips"][0].update(subject="s9"),
        lambda content: content.update(clip_digests=["x"] * 36),
        lambda content: content.pop("classes"),
    ],
)
def test_samples_for_workers_are_hashed_again_by_each(tmp_path, damage):
    data = samples()
    path = crossval.store_samples(data, tmp_path)
    assert crossval.read_samples(path).digest() == data.digest()
    before = path.stat().st_mtime_ns
    assert crossval.store_samples(data, tmp_path) == path and path.stat().st_mtime_ns == before
    content = torch.load(path, weights_only=True)
    damage(content)
    torch.save(content, path)
    with pytest.raises(MxeError, match=rf"{path.name}: is missing or damaged: start again"):
        crossval.read_samples(path)
    crossval.store_samples(data, tmp_path)
    assert crossval.read_samples(path).digest() == data.digest()


def test_a_file_of_weights_can_only_make_networks(tmp_path):
    """Not even a whole one: it says the name of a class, and with what to call it."""
    path = tmp_path / "my.model"
    touch = {"class": "subprocess.Popen", "hparams": {"args": ["touch", str(tmp_path / "ran")]}, "weights": {}}
    others = ({"class": "os.system"}, {"class": "nowhere.Net"}, {"class": 7}, {"hparams": None}, {})
    known = {"class": "mxe_lib.recognition.task.RecognizeEmotion", "hparams": {"network": "ststnet"}, "weights": {}}
    for content in (touch, *(known | other for other in others), {}, [1], 7, None):
        torch.save(content, part := tmp_path / "part")
        store.keep(path, part.read_bytes())
        with pytest.raises(
            MxeError, match=r"my\.model: holds no network of this library \(\w+: .*\): train it"
        ) as error:
            load(path)
        assert "\n" not in str(error.value)
    for text in (b"", b"text", pickle.dumps(touch)):
        store.keep(path, text)
        with pytest.raises(MxeError, match=r"my\.model: holds no network"):
            load(path)
    assert not (tmp_path / "ran").exists()
    path.write_bytes(path.read_bytes()[:-1])
    for missing in (path, tmp_path / "nothing.model", tmp_path):
        with pytest.raises(MxeError, match=rf"{missing.name}: is missing or damaged: get this file"):
            load(missing)


def test_weights_may_be_called_as_one_likes(tmp_path):
    path = fit(task(), samples(), 1, tmp_path)
    path.rename(tmp_path / "mine.model")
    assert isinstance(load(tmp_path / "mine.model"), RecognizeEmotion)


def test_a_run_that_stops_half_way_leaves_nothing_half_written(tmp_path, monkeypatch, trainings):
    data, three = samples(), folds("kfold3", CLIPS)
    whole = cross_validate(task(), data, three, cache=tmp_path / "whole")

    def replace(source, target):
        if "models" in str(target) and len(trainings) == 5:
            raise KeyboardInterrupt
        real(source, target)

    real = os.replace
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(task(), data, three, cache=tmp_path / "cut")
    assert len(list((tmp_path / "cut" / "models").glob("*.model"))) == 1
    monkeypatch.setattr(os, "replace", real)
    resumed = cross_validate(task(), data, three, cache=tmp_path / "cut")
    assert len(trainings) == 3 + 2 + 2
    pd.testing.assert_frame_equal(whole, resumed, check_exact=True)


def test_a_real_signal_is_learned_and_shuffled_labels_are_not(tmp_path):
    two, settings = folds("kfold2", CLIPS), {"epochs": 25, "batch_size": 6, "learning_rate": 3e-3}
    learned = cross_validate(task(**settings), samples(), two, cache=tmp_path)
    assert uar(learned["y_true"], learned["y_pred"]) > 0.8
    scores = []
    for seed in range(4):
        shuffled = np.random.default_rng(seed).permutation(CLASSES).tolist()
        chance = cross_validate(task(**settings), samples(classes=shuffled), two, seed=seed, cache=tmp_path)
        scores.append(uar(chance["y_true"], chance["y_pred"]))
    assert abs(np.mean(scores) - 1 / 3) < 0.17, scores


def test_frame_scores_of_spotting(tmp_path):
    clips = [Clip("samm", f"00{s}", f"{n}", 200, 5, 11, 20, "anger") for s in range(3) for n in range(2)]
    numbers = [clip.frame_numbers(5) for clip in clips]
    flows = [
        np.random.default_rng(i).normal(size=(len(n), 2, 75, 75)).astype(np.float32) for i, n in enumerate(numbers)
    ]
    spot = SpotApex("vgg_m", width=1 / 16, epochs=1, learning_rate=1e-3, batch_size=8)
    table = cross_validate(spot, spotting_samples(clips, flows, numbers), folds("loso", clips), seed=3, cache=tmp_path)
    assert list(table.columns) == ["clip", "database", "subject", "fold", "seed", "number", "score"]
    assert table.groupby("clip", sort=False)["number"].apply(list).tolist() == numbers
    assert (table["fold"] == "loso-" + table["subject"]).all()
    assert (table["seed"] == 3).all()


@dataclasses.dataclass(frozen=True)
class Doubled:
    """Trains on every clip twice; notes which clips it was shown."""

    strength: float = 1.0

    def __call__(self, given, seed, cache):
        (cache / "seen.txt").open("a").write(" ".join(clip.id for clip in given.clips) + "\n")
        twins = tuple(dataclasses.replace(clip, subject=f"{clip.subject}twin") for clip in given.clips)
        return dataclasses.replace(
            given,
            inputs=torch.cat([given.inputs, given.inputs * self.strength]),
            clips=given.clips + twins,
            clip_index=torch.arange(2 * len(given)),
            classes=torch.cat([given.classes, given.classes]),
            clip_digests=[],
        )


def test_augmentation_sees_training_clips_only_and_belongs_to_the_key(tmp_path, trainings):
    data, two = samples(), folds("kfold2", CLIPS)
    plain = cross_validate(task(), data, two, cache=tmp_path)
    doubled = cross_validate(task(), data, two, cache=tmp_path, augment=Doubled())
    seen = [line.split() for line in (tmp_path / "seen.txt").read_text().splitlines()]
    assert [set(clips) for clips in seen] == [set(fold.train) for fold in two]
    assert [len(args[1]) for args in trainings] == [len(f.train) for f in two] + [2 * len(f.train) for f in two]
    assert not plain["p_negative"].equals(doubled["p_negative"])
    cross_validate(task(), data, two, cache=tmp_path, augment=Doubled())
    assert len(trainings) == 4
    cross_validate(task(), data, two, cache=tmp_path, augment=Doubled(2.0))
    assert len(trainings) == 6
    with pytest.raises(MxeError, match="repr"):
        cross_validate(task(), data, two, cache=tmp_path, augment=lambda given, seed, cache: given)


def test_a_start_is_gone_on_from_and_belongs_to_the_key(tmp_path, trainings):
    data, two = samples(), folds("kfold2", CLIPS)
    before = fit(task(epochs=20), samples(seed=1), 0, tmp_path)
    cold = cross_validate(task(epochs=1), data, two, cache=tmp_path)
    warm = cross_validate(task(epochs=1), data, two, cache=tmp_path, start=before)
    again = cross_validate(task(epochs=1), data, two[::-1], cache=tmp_path, start=before, workers=2)
    pd.testing.assert_frame_equal(warm, again)
    assert uar(warm.y_true, warm.y_pred) > uar(cold.y_true, cold.y_pred) + 0.2
    assert len(trainings) == 1 + 2 + 2


def test_the_rate_decays_to_nothing(tmp_path):
    rates = []
    model = RecognizeEmotion("ststnet", epochs=3, learning_rate=1e-3, batch_size=12, decay=True)
    model.on_train_batch_end = lambda *_: rates.append(model.lr_schedulers().get_last_lr()[0])
    trainer = pl.Trainer(max_epochs=3, barebones=True, accelerator="cpu")
    trainer.fit(model, InMemory(model.training_data(samples()), 12, 0))
    assert len(rates) == 9
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 1e-9


def test_lightning_says_nothing(tmp_path, capfd, recwarn):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        cross_validate(task(), samples(), folds("kfold2", CLIPS), cache=tmp_path)
    out, err = capfd.readouterr()
    assert out + err == ""
    assert not [warning for warning in recwarn if "lightning" in str(warning.filename)]


def test_folds_of_other_clips_are_refused(tmp_path):
    other = folds("kfold2", [*CLIPS, dataclasses.replace(CLIPS[0], subject="s77")])
    with pytest.raises(MxeError, match="smic/s77"):
        cross_validate(task(), samples(), other, cache=tmp_path)
