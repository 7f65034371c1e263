"""What notebooks 03 and 04 train and compare, in one call."""

import pandas as pd
import pytest
import torch

from mxe_lib.clips import Clip
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.spotting.task import SpotApex
from mxe_lib.study import profiles, spotters


@pytest.fixture
def asked(monkeypatch):
    """The jobs that would be trained; each gives every frame of its clips its frame number as a score."""
    jobs = {}

    def answer(runs, **_):
        jobs.update(runs)
        return {name: _scores(run["samples"]) for name, run in runs.items()}

    monkeypatch.setattr(spotters, "cross_validate_all", answer)
    return jobs


def _scores(samples):
    rows = [
        (clip.id, clip.database, clip.subject_id, 0, number, float(number))
        for clip, _, numbers in samples.per_clip()
        for number in numbers
    ]
    return pd.DataFrame(rows, columns=["clip", "database", "subject", "seed", "number", "score"])


def _spotters(profile: str, folder) -> spotters.Spotters:
    clips = [Clip(d, f"s{n}", "a", 200, 0, 4, 9, "others") for d in ("casme2", "samm") for n in range(5)]
    flows = [torch.zeros(3, 2, 8, 8).numpy() for _ in clips]
    samples = spotting_samples(clips, flows, [[0, 4, 9]] * len(clips))
    paths = profiles.Paths(out=folder, data=None)
    return spotters.Spotters("03_label_functions", "vgg_m", samples, profiles.load(profile), paths, 1)


def test_the_larger_profiles_also_train_on_each_database_alone(asked, tmp_path):
    small, large = _spotters("quick", tmp_path), _spotters("full", tmp_path)
    task = SpotApex("vgg_m", width=1 / 32)
    assert list(small.scores({"label=log": task}, alone=["label=log"])) == ["label=log"]
    assert small.steeper(lambda name, k: task) == {}
    asked.clear()
    scores = large.scores({"label=log": task}, alone=["label=log"])
    own = [("label=log;trained_on=own", database) for database in ("casme2", "samm")]
    assert list(asked) == [("label=log", "all"), *own]
    assert {name: len(table) for name, table in scores.items()} == {"label=log": 30, "label=log;trained_on=own": 30}
    steeper = ["k=2.3;label=exponential", "k=5;label=exponential", "k=2.3;label=log", "k=5;label=log"]
    assert list(large.steeper(lambda name, k: task)) == steeper


def test_folds_are_the_profiles_own_unless_named_and_times_are_noted(asked, tmp_path):
    small = _spotters("quick", tmp_path)
    task = SpotApex("vgg_m", width=1 / 32)
    small.scores({"label=log": task})
    assert [fold.name for fold in asked["label=log", "all"]["folds"]][:2] == ["kfold5-0", "kfold5-1"]
    small.scores({"label=log": task}, protocol="kfold5_by_clip")
    assert asked["label=log", "all"]["folds"][0].name == "kfold5_by_clip-0"
    assert len((tmp_path / "timings" / "03_label_functions.csv").read_text().splitlines()) == 3


def test_apexes_are_picked_by_each_rule(asked, tmp_path):
    small = _spotters("quick", tmp_path)
    picked = small.apexes(small.scores({"label=log": SpotApex("vgg_m", width=1 / 32)}), ("max", "interior"))
    assert list(picked) == [("vgg_m", "label=log;rule=max"), ("vgg_m", "label=log;rule=interior")]
    assert set(picked["vgg_m", "label=log;rule=max"]["predicted"]) == {9}
    assert set(picked["vgg_m", "label=log;rule=interior"]["predicted"]) == {4}


def test_each_pair_differs_in_one_thing():
    ablations = spotters.pairs_of_ablations()
    pairs = spotters.pairs_of_labels() + spotters.pairs_of_bypasses()
    pairs += [pair for each in ablations.values() for pair in spotters.under_both_rules(each, "spotting_cnn")]
    assert (len(spotters.pairs_of_labels()), len(spotters.pairs_of_bypasses())) == (15, 8)
    assert {name: len(each) for name, each in ablations.items()} == {"depth": 4, "normalization": 3, "attention": 3}
    for (model, first), (other, second), _ in pairs:
        assert model == other
        assert len(set(first.split(";")) - set(second.split(";"))) == 1
