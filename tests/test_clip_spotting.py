"""The spotter that looks at whole clips: what it is fed, that it learns, and that tested people are not in it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics
from mxe_lib.learning import crossval, training
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.models.clip_spotter import ClipSpotter
from mxe_lib.models.layers import parameter_count
from mxe_lib.simulation import NONE, SimulatedDatabase, people
from mxe_lib.spotting import rules, shipped_spotter
from mxe_lib.spotting.whole_clip import GRID, MOMENTS, SpotApexInClip, moments, simulated_clips


def test_simulated_clips_are_of_other_people_and_repeatable():
    few = simulated_clips(24)
    assert few.inputs.shape == (24 * MOMENTS, 2, GRID, GRID)
    assert torch.equal(few.inputs, simulated_clips(24).inputs)
    assert torch.equal(few.inputs, simulated_clips(30).inputs[: 24 * MOMENTS])
    for clip, flow, numbers in few.per_clip():
        assert clip.onset == 0 == np.abs(flow[0]).max()
        assert numbers[-1] == clip.offset
        assert clip.origin == "simulated"
    # Names are the same in every cohort; what makes a person is the face.
    for name, subject in (("casme2", "sub01"), ("samm", "006")):
        trained, tested = (people.identity(name, subject, seed).shape for seed in (1, 0))
        assert np.abs(trained - tested).max() > 0.01
    with pytest.raises(MxeError, match="choose 1 or more"):
        simulated_clips(3, seed=0)


def test_more_clips_than_a_cohort_holds_come_from_the_next():
    many = simulated_clips(450)
    assert {clip.name.split("@")[1] for clip in many.clips} == {"1", "2"}
    per_cohort = sum(clip.name.endswith("@1") for clip in many.clips)
    assert (
        1 + shipped_spotter.SPOTTER_CLIPS // per_cohort < 50
    )  # other tests call the people of cohort 50 and on unseen


def test_the_flow_is_the_rendered_clips_own():
    """Where both doors show the same clip, they show the same motion."""
    from mxe_lib.simulation import Crop

    still = Crop(shift=0, zoom=0, stretch=0)
    ours = simulated_clips(1, seed=1, distractors=NONE, noise=0, crop=still)
    (clip, flow, numbers) = ours.per_clip()[0]
    database = SimulatedDatabase("casme2", seed=1, distractors=NONE)
    twin = next(c for c in database.clips() if f"{c.name}@1" == clip.name and c.subject == clip.subject)
    peak = [np.hypot(*database.true_flow(twin, twin.onset + n)).max() for n in numbers]
    mine = np.hypot(flow[:, 0], flow[:, 1]).max((1, 2))
    assert np.corrcoef(peak, mine)[0, 1] > 0.99


def test_moments_are_interpolated_between_the_frames_at_hand():
    clip = Clip("casme2", "sub01", "a", 200, 10, 20, 41, "others")
    numbers = [*range(10, 42, 3), 41]
    ramp = np.array(numbers, np.float32)[:, None, None, None] * np.ones((1, 2, 75, 75), np.float32)
    found = moments(spotting_samples([clip], [ramp], [numbers]))
    assert found.shape == (1, MOMENTS, 2, GRID, GRID)
    np.testing.assert_allclose(found[0, :, 0, 0, 0], np.linspace(10, 41, MOMENTS), rtol=1e-5)


def test_flow_of_a_larger_crop_is_brought_to_the_same_pixels():
    clip = Clip("casme2", "sub01", "a", 200, 0, 1, 2, "others")
    small, large = (np.full((3, 2, size, size), size / 75, np.float32) for size in (75, 150))
    first, second = (moments(spotting_samples([clip], [flow], [[0, 1, 2]])) for flow in (small, large))
    torch.testing.assert_close(first, second)


def test_network_shapes_and_size():
    network = ClipSpotter()
    assert network(torch.zeros(3, MOMENTS, 2, GRID, GRID)).shape == (3, MOMENTS)
    assert parameter_count(network) == 73_457


def test_it_can_be_cross_validated(tmp_path):
    samples = simulated_clips(24, distractors=NONE)
    halves = [tuple(clip.id for clip in samples.clips[part::2]) for part in (0, 1)]
    split = [Fold("a", *halves), Fold("b", *halves[::-1])]
    table = crossval.cross_validate(SpotApexInClip(epochs=1), samples, split, cache=tmp_path)
    assert len(table) == len(samples)
    np.testing.assert_allclose(table.groupby("clip")["score"].sum(), 1)


def test_it_learns_where_the_apex_is(tmp_path):
    train, test = simulated_clips(240, distractors=NONE), simulated_clips(40, seed=9, distractors=NONE)
    weights = training.fit(SpotApexInClip(epochs=8), train, 0, tmp_path)
    scores = training.load(weights).predictions(test).assign(seed=0)
    assert len(scores) == len(test)
    picked = rules.pick(scores, test.clips, "sw_max")
    middle = (picked["onset"] + picked["offset"]) / 2
    ours = metrics.mae(picked["apex"], picked["predicted"])
    assert ours < 0.75 * (picked["apex"] - middle).abs().mean()


def test_a_clip_without_apex_is_refused():
    clip = Clip("smic", "s1", "a", 100, 0, None, 9, "positive")
    samples = spotting_samples([clip], [np.zeros((2, 2, 15, 15), np.float32)], [[0, 9]])
    with pytest.raises(MxeError, match="no apex"):
        SpotApexInClip().training_data(samples)
