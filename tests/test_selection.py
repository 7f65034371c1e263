"""Choosing between systems: on other subjects' clips only, and mirrored faces are the same faces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning.folds import folds
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition import linear, selection
from mxe_lib.recognition.recipe import Recipe


@pytest.fixture
def maps() -> Samples:
    """Thirty maps of five subjects; where u is high tells the class. ``EP1`` is the beginning of ``EP1_2``."""
    generator = np.random.default_rng(0)
    inputs, classes = generator.uniform(0.4, 0.6, (30, 3, 28, 28)), [n % 3 for n in range(30)]
    for row, number in enumerate(classes):
        inputs[row, 0, 8 * number : 8 * number + 8] += 0.3
    names = ["EP1", "EP1_2", "EP2", "EP3", "EP4", "EP5"]
    clips = [Clip("casme2", f"sub{n // 6}", names[n % 6], 200, None, None, None, "") for n in range(30)]
    return recognition_samples(clips, inputs.astype(np.float32), classes)


def constant(answer: int, seen: list | None = None) -> selection.System:
    """Answers always the same, and writes down which clips it was shown."""

    def system(samples, splits):
        if seen is not None:
            seen.extend((fold.train, fold.test) for fold in splits)
        table = linear.always_negative(samples.subset([i for fold in splits for i in fold.test]))
        probabilities = {f"p_{name}": float(n == answer) for n, name in enumerate(CLASSES)}
        return table.assign(y_pred=answer, **probabilities)

    return system


def truth(samples, splits) -> pd.DataFrame:
    table = constant(0)(samples, splits)
    sure = pd.get_dummies(table["y_true"]).reindex(columns=range(3), fill_value=0).to_numpy(float)
    return table.assign(y_pred=table["y_true"], **dict(zip(selection.PROBABILITIES, sure.T, strict=True)))


def inner(samples):
    return folds("kfold2", samples)


def test_the_better_system_is_chosen_and_predicts_every_clip(maps):
    systems = {"negative": constant(0), "right": truth, "surprise": constant(2)}
    table, chosen = selection.chosen_inside(systems, maps, folds("loso", maps), folds("kfold2", maps), inner)
    assert set(chosen.values()) == {"right"}
    assert sorted(table["clip"]) == sorted(clip.id for clip in maps.clips)
    assert (table["y_pred"] == table["y_true"]).all()


def test_a_choice_sees_no_clip_of_the_subjects_it_is_made_for(maps):
    seen = []
    groups = folds("kfold2", maps)
    selection.chosen_inside({"a": constant(0, seen)}, maps, folds("loso", maps), groups, inner)
    of_choice = [train + test for train, test in seen if len({i.split("/")[1] for i in train + test}) < 5]
    assert len(of_choice) == 4  # two groups, two inner folds each
    for clips in of_choice:
        assert any(not set(clips) & set(group.test) for group in groups)


def test_a_choice_does_not_hang_on_the_test_clips_classes(maps):
    """Every group's own classes are shuffled in turn: what is chosen for that group stays."""
    systems, groups = {"linear": linear.logistic_regression, "negative": constant(0)}, folds("kfold2", maps)
    _, before = selection.chosen_inside(systems, maps, folds("loso", maps), groups, inner)
    for group in groups:
        classes = maps.classes.clone()
        rows = [n for n, clip in enumerate(maps.clips) if clip.id in group.test]
        classes[rows] = (classes[rows] + 1) % 3
        spoiled = Samples(maps.inputs, maps.clips, maps.clip_index, classes=classes)
        _, after = selection.chosen_inside(systems, spoiled, folds("loso", maps), groups, inner)
        assert after[group.name] == before[group.name]


def test_groups_must_hold_whole_folds(maps):
    for groups in (folds("loso", maps), folds("kfold2", maps)[:1]):
        with pytest.raises(MxeError, match="groups of whole folds"):
            selection.chosen_inside({"a": truth}, maps, folds("kfold2", maps), groups, inner)


def test_only_maps_are_mirrored(maps):
    pixels = Samples(maps.inputs - 0.5, maps.clips, maps.clip_index, classes=maps.classes)
    with pytest.raises(MxeError, match="lie in"):
        selection.mirror(pixels)


def test_average_is_the_mean_probability_over_systems_and_seeds(maps):
    def two_seeds(samples, splits):
        return pd.concat([constant(0)(samples, splits), constant(1)(samples, splits).assign(seed=1)])

    table = selection.averaged(two_seeds, constant(2))(maps, folds("kfold2", maps))
    assert len(table) == 30
    np.testing.assert_allclose(table[selection.PROBABILITIES], [[0.25, 0.25, 0.5]] * 30)
    assert (table["y_pred"] == 2).all()


def test_a_map_without_motion_across_keeps_it_in_the_mirror(maps):
    maps.inputs[0, 0] = 0
    assert not selection.mirror(maps).inputs[0, 0].any()


def test_mirror_twice_is_the_map_itself(maps):
    once = selection.mirror(maps)
    torch.testing.assert_close(selection.mirror(once).inputs, maps.inputs)
    assert once.inputs[0, 0, 3, 0] == 1 - maps.inputs[0, 0, 3, 27]
    assert once.inputs[0, 1, 3, 0] == maps.inputs[0, 1, 3, 27]
    assert once.subject_ids == maps.subject_ids


def test_mirrored_system_answers_for_the_given_clips_alike_from_both_sides(maps):
    system = selection.mirrored(linear.logistic_regression)
    splits = folds("loso", maps)
    table = system(maps, splits)
    assert sorted(table["clip"]) == sorted(clip.id for clip in maps.clips)
    classes = dict(zip((clip.id for clip in maps.clips), maps.classes.tolist(), strict=True))
    assert (table["y_true"] == table["clip"].map(classes)).all()
    turned = selection.mirror(maps)
    turned = Samples(turned.inputs, maps.clips, turned.clip_index, classes=turned.classes)
    np.testing.assert_allclose(
        system(turned, splits)[selection.PROBABILITIES], table[selection.PROBABILITIES], atol=1e-4
    )


def test_ours_run_on_folds_that_share_no_subject(maps, tmp_path):
    systems = selection.ours(Recipe(), tmp_path, at_most=1)
    table = systems["average"](maps, folds("kfold2", maps))
    assert sorted(table["clip"]) == sorted(clip.id for clip in maps.clips)
    np.testing.assert_allclose(table[selection.PROBABILITIES].sum(axis=1), 1, atol=1e-6)
