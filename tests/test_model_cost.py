"""What a network costs, against sums done by hand; and that its ONNX files answer as it does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny import cohort
from torch import nn

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.learning import crossval, folds
from mxe_lib.learning.samples import recognition_samples
from mxe_lib.models import onnx_files
from mxe_lib.models.cost import cost, random_inputs
from mxe_lib.models.onnx_files import answers, export, exported, quantize
from mxe_lib.recognition import quantized
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.study import cost_table
from mxe_lib.study.cost_table import COSTED, build


class Small(nn.Module):
    """2 x 6 x 6 -> conv 3x3 -> 4 x 4 x 4 -> ReLU -> flat 64 -> linear -> 5."""

    input_channels, input_size = 2, 6

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 5))

    def forward(self, x):
        return self.layers(x)


def test_a_small_network_by_hand():
    found = cost(Small())
    assert found.parameters == (2 * 3 * 3 * 4 + 4) + (64 * 5 + 5)
    assert found.multiply_adds == 4 * 4 * 4 * (2 * 3 * 3) + 64 * 5
    assert found.weight_bytes == 4 * found.parameters
    # The convolution keeps its input; the ReLU its output, which is also what the linear layer needs, kept once.
    assert found.activation_bytes == 4 * (2 * 6 * 6 + 4 * 4 * 4)


def test_running_statistics_are_weights_and_dropout_keeps_its_mask():
    network = Small()
    network.layers.insert(2, nn.BatchNorm2d(4))
    network.layers.insert(3, nn.Dropout(0.5))
    found = cost(network)
    assert found.multiply_adds == cost(Small()).multiply_adds
    assert found.weight_bytes == 4 * found.parameters + 2 * 4 * 4 + 8  # mean and variance; and an int64 counter
    plain = 4 * (2 * 6 * 6 + 4 * 4 * 4)
    assert found.activation_bytes == plain + 4 * (2 * 4) + 2 * 4 * 64  # BN's two statistics; the mask; what it lets by


def test_counting_leaves_the_network_as_it_was():
    network = build("oc_net", width=1 / 16).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    cost(network)
    assert network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_oc_net_by_its_layer_table():
    """Output map x output channels x (kernel x input channels), from the table in ``oc_net.py`` (P1, section 3.5)."""
    convolutions = [(75, 96, 2), (75, 256, 96), (75, 512, 256), (37, 512, 512), (18, 512, 512)]
    by_hand = sum(side**2 * out * 9 * into for side, out, into in convolutions) + 512 * 128 + 128 * 128 + 128 * 3
    found = cost(build("oc_net"))
    assert found.parameters == 6_206_307
    assert found.multiply_adds == by_hand == 11_883_770_432
    early = [(75, 96, 2), (37, 256, 96), (18, 512, 256), (8, 512, 512), (8, 512, 512)]
    by_hand += sum(side**2 * out * 9 * into for side, out, into in early)
    by_hand -= sum(side**2 * out * 9 * into for side, out, into in convolutions)
    assert cost(build("oc_net", "pooled=1+2+3")).multiply_adds == by_hand
    assert 11 < found.multiply_adds / by_hand < 13  # "a twelfth", oc_net.py


def test_response_normalisation_costs_no_multiply_adds():
    """VGG-M (P1 Table 1): 7x7/2, 5x5/2, three 3x3, and three linear ones; not the LRN's band matrix."""
    convolutions = 35**2 * 96 * 98 + 7**2 * 256 * 25 * 96 + 9 * 512 * 9 * (256 + 512 + 512)
    assert cost(build("vgg_m")).multiply_adds == convolutions + 512 * 128 + 128 * 128 + 128 * 3


def test_the_linear_model():
    found = cost(build("logistic_regression"))
    assert (found.parameters, found.multiply_adds) == (3 * 2352 + 3, 3 * 2352)
    assert found.activation_bytes == 4 * 2352


@pytest.mark.parametrize(("model", "variant"), COSTED)
def test_every_network_as_a_file_answers_like_torch(model, variant, tmp_path):
    network = build(model, variant, width=1 / 8)
    found = exported(network, tmp_path, inputs := random_inputs(network, 2))
    assert found.onnx_difference < 1e-5
    assert found.onnx_bytes == (tmp_path / "network.onnx").stat().st_size
    with torch.inference_mode():
        expected = network.eval()(inputs).numpy()
    np.testing.assert_allclose(answers(tmp_path / "network.onnx", inputs), expected, rtol=1e-4, atol=1e-5)
    if cost(network).parameters > 50_000:  # what describes the scales outweighs what small networks save
        assert found.int8_bytes < 0.6 * found.onnx_bytes


def test_a_difference_would_be_seen(tmp_path):
    """The exported file keeps the weights of its day: a network that has moved on no longer agrees with it."""
    network = Small().eval()
    path = export(network, tmp_path / "network.onnx")
    inputs = random_inputs(network, 3)
    with torch.no_grad():
        network.layers[3].bias += 1
        np.testing.assert_allclose(network(inputs).numpy() - answers(path, inputs), 1, atol=1e-5)


def test_eight_bits_answer_nearly_alike(tmp_path):
    network = Small().eval()
    inputs = random_inputs(network, 16)
    small = quantize(export(network, tmp_path / "network.onnx"), tmp_path / "int8.onnx", inputs)
    with torch.no_grad():
        expected = network(inputs).numpy()
    error = np.abs(answers(small, inputs) - expected).max()
    assert 0 < error < 0.05 * np.ptp(expected)


def test_quantized_predictions_are_out_of_fold(tmp_path):
    clips = cohort("casme2")[:40]
    classes = np.arange(len(clips)) % 3
    maps = np.random.default_rng(0).normal(size=(len(clips), 2, 28, 28)).astype("float32")
    maps[:, 0] += 0.2 * (classes - 1)[:, None, None]
    samples = recognition_samples(clips, maps, classes.tolist())
    split = folds.folds("kfold2", samples, 0)
    task = RecognizeEmotion("off_apexnet", width=1 / 16, epochs=3, learning_rate=1e-3)
    whole = crossval.cross_validate(task, samples, split, cache=tmp_path)
    small = quantized.quantized_predictions(task, samples, split, cache=tmp_path)
    same = ["clip", "subject", "fold", "seed", "y_true"]
    assert small[same].astype(str).equals(whole[same].astype(str))
    assert (small["y_pred"] == whole["y_pred"]).mean() > 0.9
    assert not np.allclose(small["p_negative"], whole["p_negative"], atol=1e-7), "these are not 8-bit answers"
    np.testing.assert_allclose(small["p_negative"], whole["p_negative"], atol=0.1)


def test_latency_is_a_time_and_keeps_the_threads(tmp_path):
    network, threads = Small(), torch.get_num_threads()
    path = export(network, tmp_path / "network.onnx")
    inputs = random_inputs(network, 1)
    assert onnx_files.latency(None, network, inputs, 2) > 0
    assert onnx_files.latency(path, network, inputs, 2) > 0
    assert torch.get_num_threads() == threads


def test_rows_keep_the_contract(tmp_path):
    network = build("ststnet")
    parts = {
        ("ststnet", ""): cost(network),
        ("oc_net", "pooled=1+2+3"): exported(network, tmp_path, torch.ones(1, 3, 28, 28)),
    }
    results.write("model_cost", cost_table.rows(parts), tmp_path)
    table = results.read("model_cost", tmp_path).set_index(["model", "metric"])
    assert table.loc[("ststnet", "parameters"), "value"] == 1683
    assert set(table["unit"]) == {"", "bytes", "1e-6"}
    assert {metric for _, metric in table.index} == set(cost_table.UNITS)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda folder: build("oc_net", "pooled=9"),
        lambda folder: build("vgg"),
        lambda folder: build("oc_net", width=0),
        lambda folder: quantize(export(Small(), folder / "a.onnx"), folder / "b.onnx", torch.zeros(0, 2, 6, 6)),
    ],
)
def test_bad_arguments_are_refused_in_one_line(wrong, tmp_path):
    with pytest.raises(MxeError, match=r"choose|give") as error:
        wrong(tmp_path)
    assert "\n" not in str(error.value)
