"""Simulated maps as training data: repeatable, in the composite's shares, and never of a clip that is tested."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning.folds import fewer_subjects, folds, trained_also_on, trained_only_on
from mxe_lib.learning.samples import joined, recognition_samples
from mxe_lib.recognition.recipe import MEGC_SHARES, Recipe
from mxe_lib.simulation import COHORTS


def real_maps():
    """Two clips each of seven people, who show one class or two."""
    rng = np.random.default_rng(0)
    clips = [Clip("smic", f"s{s}", f"c{n}", 100, None, None, None, "any") for s in range(7) for n in range(2)]
    classes = [(s + n * (s % 2)) % 3 for s in range(7) for n in range(2)]
    return recognition_samples(clips, rng.random((14, 3, 28, 28), dtype=np.float32), classes)


def test_maps_are_repeatable_scaled_and_in_the_composites_shares():
    simulated = Recipe().maps(600, seed=3)
    again = Recipe().maps(600, seed=3)
    assert torch.equal(simulated.inputs, again.inputs)
    assert not torch.equal(simulated.inputs, Recipe().maps(600, seed=4).inputs)
    assert simulated.inputs.shape == (600, 3, 28, 28)
    assert simulated.inputs.amin((2, 3)).abs().max() == 0
    assert (simulated.inputs.amax((2, 3)) == 1).all()
    shares = np.bincount(simulated.classes, minlength=3) / 600
    np.testing.assert_allclose(shares, MEGC_SHARES, atol=0.06)
    assert {clip.origin for clip in simulated.clips} == {"simulated"}
    assert {clip.database for clip in simulated.clips} == set(COHORTS)
    assert [CLASSES.index(clip.emotion) for clip in simulated.clips] == simulated.classes.tolist()


def test_a_recipe_passes_its_settings_on():
    with pytest.raises(MxeError, match="anatomy 9"):
        Recipe(settings={"anatomy": 9}).maps(3)
    one_class = Recipe(cohorts=("samm",), weights=(0, 0, 1)).maps(20)
    assert set(one_class.classes.tolist()) == {2}
    assert {clip.database for clip in one_class.clips} == {"samm"}


def test_joined_samples_keep_every_row_and_refuse_a_clip_twice():
    real, simulated = real_maps(), Recipe().maps(9)
    simulated = simulated.subset([clip.id for clip in simulated.clips])
    both = joined(real, simulated)
    assert len(both) == len(real) + 9
    assert both.classes.tolist() == real.classes.tolist() + simulated.classes.tolist()
    assert both.clips[both.clip_index[-1]] == simulated.clips[-1]
    assert both.subset([clip.id for clip in simulated.clips]).digest() == simulated.digest()
    with pytest.raises(MxeError, match="twice"):
        joined(simulated, simulated)


def test_simulated_clips_are_trained_on_and_never_tested():
    real, simulated = real_maps(), Recipe().maps(6)
    own = {clip.id for clip in simulated.clips}
    for plain, mixed in zip(folds("loso", real), trained_also_on(folds("loso", real), simulated), strict=True):
        assert mixed.test == plain.test
        assert set(mixed.train) == set(plain.train) | own
        assert mixed.name != plain.name
    (only,) = trained_only_on(simulated, real)
    assert set(only.train) == own
    assert set(only.test) == {clip.id for clip in real.clips}


def test_fewer_subjects_nest_and_hold_two_classes():
    real = real_maps()
    subject = {clip.id: clip.subject_id for clip in real.clips}
    kinds = dict(zip(subject, real.clip_classes(), strict=True))
    whole = folds("loso", real)
    people = len({clip.subject_id for clip in real.clips})
    before = [set() for _ in whole]
    for count in range(1, people + 1):
        for number, fold in enumerate(fewer_subjects(whole, real, count, seed=0)):
            kept = {subject[i] for i in fold.train}
            assert len(kept) == min(count, people - 1)
            assert not kept & {subject[i] for i in fold.test}
            assert fold.test == whole[number].test
            assert before[number] <= kept
            before[number] = kept
            assert len({kinds[i] for i in fold.train}) > 1
