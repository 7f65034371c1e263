"""What a task feeds its network, and what it makes of the answers."""

import numpy as np
import pytest
import torch

from mxe_lib import models
from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import recognition_samples, spotting_samples
from mxe_lib.learning.task import network_input
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.spotting.labels import label
from mxe_lib.spotting.task import SpotApex
from mxe_lib.vision import fields

CLIPS = [Clip("casme2", f"sub0{s}", f"EP{n}", 200, 10, 10 + 4 * n, 40, "disgust") for s in (1, 2) for n in (1, 2, 3)]


def maps(channels=2, size=28, count=6, seed=0):
    return np.random.default_rng(seed).normal(size=(count, channels, size, size)).astype(np.float32)


def small(network="ststnet", **settings):
    return RecognizeEmotion(network, epochs=1, learning_rate=1e-3, **settings)


def test_an_untrained_copy_is_made_of_the_settings():
    task = SpotApex("vgg_m", label="log", steepness=5, width=1 / 16, output="linear", network_args={"variant": 1})
    copy = type(task)(**task.hparams)
    assert dict(copy.hparams) == dict(task.hparams)
    assert [p.shape for p in copy.parameters()] == [p.shape for p in task.parameters()]


def test_network_input_has_the_networks_size_and_channels():
    net = models.build("ststnet", outputs=3)  # u, v, strain at 28
    flow = maps(size=40)
    made = network_input(torch.from_numpy(flow), net)
    assert made.shape == (6, 3, 28, 28)
    strain = fields.resize(fields.strain(flow), 28)
    np.testing.assert_allclose(made[:, 2], strain, atol=1e-4)
    np.testing.assert_allclose(made[:, :2], fields.resize(flow, 28), atol=1e-4)
    given = torch.from_numpy(maps(3))
    assert torch.equal(network_input(given, net), given)
    two = models.build("off_apexnet", outputs=3)
    assert torch.equal(network_input(given, two), given[:, :2])
    with pytest.raises(MxeError, match="samples have 4"):
        network_input(torch.zeros(1, 4, 28, 28), net)


def test_flow_is_divided_by_one_constant_of_the_training_inputs():
    task = small("off_apexnet")
    flow = maps() * np.array([1, 5], np.float32)[:, None, None] + 2
    inputs, _ = task.training_data(recognition_samples(CLIPS, flow, [0, 1, 2] * 2))
    assert task.scale.flatten().tolist() == pytest.approx([flow.std()] * 2, rel=1e-4)
    assert task.shift.abs().max() == 0
    np.testing.assert_allclose(inputs, flow / flow.std(ddof=1), rtol=1e-4)


def test_maps_are_standardised_by_channel():
    task = small(standardize="map")
    inputs, _ = task.training_data(recognition_samples(CLIPS, maps(3) * 3 + 7, [0, 1, 2] * 2))
    np.testing.assert_allclose(inputs.mean((0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(inputs.std((0, 2, 3)), 1, atol=1e-5)


def test_constant_inputs_do_not_divide_by_zero():
    for standardize in ("flow", "map"):
        task = small(standardize=standardize)
        inputs, _ = task.training_data(recognition_samples(CLIPS, np.ones((6, 3, 28, 28)), [0] * 6))
        assert torch.isfinite(inputs).all()


def test_class_weights_balance_the_training_clips():
    task = small()
    task.training_data(recognition_samples(CLIPS, maps(3), [0, 0, 0, 0, 1, 2]))
    assert task.class_weights.tolist() == pytest.approx([0.5, 2, 2])
    task.training_data(recognition_samples(CLIPS, maps(3), [0, 0, 0, 0, 2, 2]))
    assert task.class_weights.tolist() == pytest.approx([0.75, 0, 1.5])
    plain = small(class_weights=False)
    plain.training_data(recognition_samples(CLIPS, maps(3), [0, 0, 0, 0, 2, 2]))
    assert plain.class_weights.tolist() == [1, 1, 1]


def spotting(clips=CLIPS, step=3):
    numbers = [clip.frame_numbers(step) for clip in clips]
    flows = [maps(size=75, count=len(frames), seed=index) for index, frames in enumerate(numbers)]
    return spotting_samples(clips, flows, numbers)


def test_spotting_targets_are_the_labels_of_each_clip():
    samples = spotting()
    task = SpotApex("vgg_m", label="exponential", steepness=3, width=1 / 16)
    targets = task.targets(samples)
    for index, clip in enumerate(CLIPS):
        expected = label("exponential", clip.frame_numbers(3), clip.onset, clip.apex, clip.offset, 3)
        np.testing.assert_array_equal(targets[samples.clip_index == index], expected)


def test_spotting_scores_are_in_range_only_with_a_sigmoid_and_follow_the_rows():
    samples = spotting()
    task = SpotApex("vgg_m", width=1 / 16)
    table = task.predictions(samples)
    assert table["number"].tolist() == samples.numbers.tolist()
    assert table["clip"].tolist() == [samples.clips[i].id for i in samples.clip_index.tolist()]
    assert table["score"].between(0, 1).all()
    alone = task.predictions(samples.subset([CLIPS[3].id]))
    np.testing.assert_allclose(alone["score"], table.loc[table["clip"] == CLIPS[3].id, "score"], rtol=1e-5)
    linear = SpotApex("vgg_m", width=1 / 16, output="linear")
    linear.load_state_dict(task.state_dict())
    np.testing.assert_allclose(1 / (1 + np.exp(-linear.predictions(samples)["score"])), table["score"], rtol=1e-5)


def test_recognition_predictions_are_probabilities_of_the_classes_in_order():
    samples = recognition_samples(CLIPS, maps(3), [0, 1, 2, 2, 1, 0])
    table = small().predictions(samples)
    columns = ["p_negative", "p_positive", "p_surprise"]
    np.testing.assert_allclose(table[columns].sum(axis=1), 1)
    assert table["y_true"].tolist() == [0, 1, 2, 2, 1, 0]
    assert (table[columns].to_numpy().argmax(1) == table["y_pred"]).all()
    assert table["subject"].unique().tolist() == ["casme2/sub01", "casme2/sub02"]


def test_prediction_leaves_dropout_off_and_the_mode_as_it_was():
    task = small().train()
    samples = recognition_samples(CLIPS, maps(3), [0] * 6)
    assert torch.equal(task.answers(samples), task.answers(samples))
    assert task.training


def test_batches_of_a_channels_last_network_keep_that_format():
    task = SpotApex("vgg_m", width=1 / 16)
    inputs, _ = task.training_data(spotting())
    assert inputs.is_contiguous(memory_format=torch.channels_last) == getattr(task.network, "channels_last", False)


def test_the_published_rate_is_used_unless_another_is_given():
    assert small("oc_net", width=1 / 32).configure_optimizers().param_groups[0]["lr"] == 1e-3
    task = RecognizeEmotion("oc_net", width=1 / 32)
    assert task.configure_optimizers().param_groups[0]["lr"] == 6e-5


def test_bad_settings_and_samples_are_refused():
    for bad in ({"output": "softmax"}, {"label": "cosine"}, {"network": "resnet"}):
        with pytest.raises(MxeError, match="choose"):
            SpotApex(**{"width": 1 / 16} | bad)
    with pytest.raises(MxeError, match="choose flow or map"):
        small(standardize="none")
    no_apex = [Clip("smic", "s1", "s1_po_01", 100, 10, None, 17, "positive")]
    with pytest.raises(MxeError, match="s1_po_01"):
        SpotApex(width=1 / 16).targets(spotting(no_apex))
    with pytest.raises(MxeError, match="spotting_samples"):
        SpotApex(width=1 / 16).targets(recognition_samples(CLIPS, maps(), [0] * 6))
    with pytest.raises(MxeError, match="recognition_samples"):
        small().targets(spotting())
