"""Folds never share a subject, whatever the database looks like."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning.folds import folds, kfold, kfold_by_clip, loso

WORDS = ("negative", "positive", "surprise", "others")


def clips_of(shape):
    """A clip for each entry: shape[s] lists the emotions of subject s."""
    return [
        Clip("smic", f"s{subject}", f"c{number}", 100, 0, None, 30, WORDS[word])
        for subject, words in enumerate(shape)
        for number, word in enumerate(words)
    ]


shapes = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=12), min_size=2, max_size=30)


@settings(max_examples=150, deadline=None)
@given(shapes, st.sampled_from(["loso", "kfold2", "kfold3", "kfold5"]), st.integers(0, 99))
def test_no_subject_on_both_sides_and_every_clip_tested_once(shape, protocol, seed):
    clips = clips_of(shape)
    subject = {clip.id: clip.subject_id for clip in clips}
    if protocol != "loso" and len(shape) < int(protocol[5:]):
        with pytest.raises(MxeError):
            folds(protocol, clips, seed)
        return
    made = folds(protocol, clips, seed)
    for fold in made:
        assert fold.train
        assert fold.test
        assert {subject[clip] for clip in fold.train}.isdisjoint(subject[clip] for clip in fold.test)
        assert sorted(fold.train + fold.test) == sorted(subject)
    assert sorted(clip for fold in made for clip in fold.test) == sorted(subject)
    assert len({fold.name for fold in made}) == len(made)


@settings(max_examples=50, deadline=None)
@given(shapes, st.integers(0, 9))
def test_same_seed_gives_the_same_folds_in_any_order_of_clips(shape, seed):
    clips = clips_of(shape)
    shuffled = [clips[i] for i in np.random.default_rng(1).permutation(len(clips))]
    for protocol in ("loso", "kfold2", "kfold2_by_clip"):
        assert folds(protocol, clips, seed) == folds(protocol, shuffled, seed)


def test_classes_are_spread_evenly_where_subjects_allow():
    rng = np.random.default_rng(0)
    clips = clips_of([rng.choice(3, size=rng.integers(3, 9), p=[0.6, 0.25, 0.15]).tolist() for _ in range(40)])
    word = {clip.id: clip.emotion for clip in clips}
    total = {w: sum(v == w for v in word.values()) for w in WORDS[:3]}
    for fold in kfold(clips, 5):
        for w in WORDS[:3]:
            share = sum(word[clip] == w for clip in fold.test) / total[w]
            assert 0.1 < share < 0.3, (fold.name, w, share)


def test_another_seed_draws_other_folds():
    clips = clips_of([[0, 1, 2]] * 20)
    assert kfold(clips, 5, seed=0) != kfold(clips, 5, seed=1)


def test_loso_has_a_fold_for_each_subject():
    made = loso(clips_of([[0], [0, 1], [2, 2, 2]]))
    assert [fold.name for fold in made] == ["loso-smic/s0", "loso-smic/s1", "loso-smic/s2"]
    assert [len(fold.test) for fold in made] == [1, 2, 3]


def test_the_control_does_leak():
    clips = clips_of([[0] * 10] * 4)
    made = kfold_by_clip(clips, 5)
    assert sorted(clip for fold in made for clip in fold.test) == sorted(clip.id for clip in clips)
    subject = {clip.id: clip.subject_id for clip in clips}
    assert any({subject[c] for c in fold.train} & {subject[c] for c in fold.test} for fold in made)


def test_refusals_name_the_protocol():
    clips = clips_of([[0], [1], [2]])
    for protocol in ("kfold5", "kfold1", "kfold5_by_clip", "holdout"):
        with pytest.raises(MxeError, match=protocol):
            folds(protocol, clips)
    with pytest.raises(MxeError, match="loso"):
        folds("loso", clips[:1])
