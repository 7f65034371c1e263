"""Every network against the papers' layer tables: output shapes, parameter counts, readings, export."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from mxe_lib.errors import MxeError
from mxe_lib.models import NETWORKS, build
from mxe_lib.models.gan import Discriminator, Generator
from mxe_lib.models.layers import TENSORFLOW_LRN, VGG_LRN, ResponseNorm, layer_table, parameter_count, scaled
from mxe_lib.models.oc_net import COMPACT_CHANNELS
from mxe_lib.models.vgg_m import TwoPassAvgPool2d

COUNTS = [
    ("vgg_m", {}, 6_606_241),
    ("vgg_m", {"outputs": 3}, 6_606_499),
    ("vgg_m", {"variant": 1}, 6_619_041),
    ("vgg_m", {"variant": 2}, 7_048_609),
    ("vgg_m", {"variant": 3}, 6_615_457),
    ("vgg_m", {"variant": 4}, 7_070_625),
    ("spotting_cnn", {"layers": 3}, 1_682_337),
    ("spotting_cnn", {"layers": 4}, 4_042_145),
    ("spotting_cnn", {}, 6_401_953),
    ("spotting_cnn", {"normalization": "bn"}, 6_401_953 + 704),
    ("spotting_cnn", {"pool1": 20}, 6_401_953),
    ("spotting_cnn", {"attention": True}, 9_942_177),
    ("spotting_cnn", {"attention": True, "combine": "add"}, 9_942_177),
    ("sme_conv_net", {}, 60_224 + 131_200 + 129),
    ("oc_net", {}, 6_206_307),
    ("oc_net", {"pooling": "B"}, 6_206_307),
    ("oc_net", {"pooled": (1, 2, 3)}, 6_206_307),
    ("oc_net", {"channels": COMPACT_CHANNELS}, 1_651_043),
    ("flow_cnn", {}, 115_475),
    ("flow_cnn", {"members": 5}, 577_375),
    ("ststnet", {}, 1_683),
    ("off_apexnet", {}, 2_664_475),
    ("dual_inception", {}, 6_449_963),
    ("alexnet", {}, 57_008_387),
]


def test_pooling_in_two_passes_is_average_pooling():
    x = torch.rand(2, 3, 35, 37)
    for kernel in (3, 5, 7):
        torch.testing.assert_close(TwoPassAvgPool2d(kernel, 2)(x), nn.AvgPool2d(kernel, 2)(x))


@pytest.mark.parametrize(("name", "args", "count"), COUNTS)
def test_parameter_count(name, args, count):
    assert parameter_count(build(name, **args)) == count


VGG = [(96, 35), (96, 35), (96, 17), (256, 7), (256, 7), (256, 3), (512, 3), (512, 3), (512, 3), (512, 1)]
DEEP = [(512, 4), (512, 4), (512, 4), (512, 2)]
BASE = [(96, 37), (96, 37), (96, 19), (256, 9), (256, 9), (256, 4)]
MASK = [(256, 4), (256, 4), (256, 2), (512, 2), (512, 2), (512, 4), (256, 4), (256, 4), (256, 4), (256, 4)]
OC_TAIL = [128, 128, 3]
ALEX = [(64, 56), (64, 27), (192, 27), (192, 13), (384, 13), (256, 13), (256, 13), (256, 6), (256, 6)]
SHAPES = [
    ("vgg_m", {}, [*VGG, 128, 128, 1]),
    ("vgg_m", {"variant": 1}, [*VGG[:3], (2, 35), (2, 17), *VGG[3:], 128, 128, 1]),
    ("vgg_m", {"variant": 2}, [*VGG[:6], (96, 7), (96, 3), *VGG[6:], 128, 128, 1]),
    ("vgg_m", {"variant": 3}, [*VGG[:6], (2, 35), (2, 17), (2, 7), (2, 3), *VGG[6:], 128, 128, 1]),
    ("vgg_m", {"variant": 4}, [*VGG[:3], (2, 35), (2, 17), *VGG[3:6], (98, 7), (98, 3), *VGG[6:], 128, 128, 1]),
    ("spotting_cnn", {}, [*BASE, *DEEP, 128, 128, 1]),
    ("spotting_cnn", {"layers": 4}, [*BASE, *DEEP[1:], 128, 128, 1]),
    ("spotting_cnn", {"layers": 3}, [*BASE, *DEEP[2:], 128, 128, 1]),
    ("spotting_cnn", {"pool1": 20}, [*BASE[:2], (96, 41), (96, 20), *BASE[3:], *DEEP, 128, 128, 1]),
    ("spotting_cnn", {"attention": True}, [*BASE, *MASK, *DEEP, 128, 128, 1]),
    (
        "oc_net",
        {},
        [*[(96, 75)] * 3, *[(256, 75)] * 3, (512, 75), (512, 37), (512, 37), (512, 18), (512, 18), (512, 8), *OC_TAIL],
    ),
    (
        "oc_net",
        {"pooling": "B"},
        [*[(96, 73)] * 3, *[(256, 71)] * 3, (512, 71), (512, 35), (512, 35), (512, 17), (512, 17), (512, 8), *OC_TAIL],
    ),
    (
        "oc_net",
        {"pooling": "C"},
        [*[(96, 69)] * 3, *[(256, 65)] * 3, (512, 65), (512, 32), (512, 32), (512, 16), (512, 16), (512, 8), *OC_TAIL],
    ),
    (
        "oc_net",
        {"pooled": (1, 2, 3)},
        [*[(96, 75)] * 2, *[(96, 37)] * 2, *[(256, 37)] * 2, *[(256, 18)] * 2, (512, 18), *[(512, 8)] * 3, *OC_TAIL],
    ),
    (
        "oc_net",
        {"pooled": (1, 2, 3), "pooling": "C", "dropout": ()},
        [*[(96, 69)] * 2, (96, 34), *[(256, 30)] * 2, (256, 15), (512, 15), *[(512, 7)] * 3, *OC_TAIL],
    ),
    ("flow_cnn", {}, [(16, 14), (16, 14), (32, 7), (32, 7), (32, 7), (32, 7), (32, 7), (64, 1), (3, 1)]),
    ("ststnet", {}, [(16, 30), (16, 30), (16, 10), (16, 10), (16, 5), 3]),
    ("off_apexnet", {}, [(6, 28), (6, 14), (16, 14), (16, 7)] * 2 + [1024, 1024, 1024, 1024, 3]),
    (
        "dual_inception",
        {},
        ([(6, 28)] * 5 + [(3, 28), (6, 28), (24, 14)] + [(16, 14)] * 5 + [(24, 14), (16, 14), (64, 7)]) * 2 + [1024, 3],
    ),
    (
        "alexnet",
        {},
        [*ALEX, 9216, 4096, 4096, 4096, 3],
    ),
]


@pytest.mark.parametrize(("name", "args", "shapes"), SHAPES)
def test_output_shape_of_every_layer(name, args, shapes):
    """Activations repeat their input's shape and are left out of the list."""
    table = layer_table(build(name, **args))
    table = table[~table.kind.isin(["ReLU"])]
    expected = [(s,) if isinstance(s, int) else (s[0], s[1], s[1]) for s in shapes]
    assert table.output.tolist() == expected
    assert table.parameters.sum() == parameter_count(build(name, **args))


def test_gan_counts_and_shapes():
    generator, discriminator = Generator(), Discriminator()
    assert parameter_count(generator) == 2_124_418
    assert parameter_count(discriminator) == 686_529
    classes = torch.tensor([0, 1, 2])
    x = generator.project(torch.zeros(3, 103))
    sizes = [x.shape[-1]]
    for layer in generator.up:
        x = layer(x)
        sizes.append(x.shape[-1])
    assert sizes == [10, 20, 20, 40, 40, 80, 80]
    flow = generator(torch.randn(3, 100), classes)
    assert flow.shape == (3, 2, 80, 80)
    assert flow.abs().max() <= 1
    assert discriminator.down(torch.zeros(3, 5, 80, 80)).shape == (3, 256, 10, 10)
    assert discriminator(flow, classes).shape == (3,)


def test_gan_reads_its_class():
    generator, discriminator = Generator(width=1 / 8), Discriminator(width=1 / 8).eval()
    noise = torch.randn(1, 100).expand(2, -1)
    fields = generator(noise, torch.tensor([0, 1]))
    assert not torch.equal(fields[0], fields[1])
    same = fields[:1].expand(2, -1, -1, -1)
    scores = discriminator(same, torch.tensor([0, 1]))
    assert scores[0] != scores[1]


@pytest.mark.parametrize("settings", [VGG_LRN, TENSORFLOW_LRN, (4, 1e-2, 0.5, 1.0)])
@pytest.mark.parametrize("channels", [3, 12, 96])
def test_response_norm_equals_torch(settings, channels):
    x = torch.randn(2, channels, 9, 9) * 3
    size, alpha, beta, k = settings
    expected = nn.LocalResponseNorm(size, alpha, beta, k)(x)
    torch.testing.assert_close(ResponseNorm(channels, settings)(x), expected, rtol=1e-5, atol=2e-7)


def test_response_norm_keeps_nothing_on_disk():
    assert (
        build("vgg_m", width=1 / 16).state_dict().keys() == dict(build("vgg_m", width=1 / 16).named_parameters()).keys()
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_width_scales_down_and_trains(name):
    """At a small width each network still runs, both ways, and every weight gets a gradient."""
    network = build(name, width=1 / 16, outputs=3).train()
    assert parameter_count(network) < parameter_count(build(name, outputs=3))
    x = torch.randn(2, network.input_channels, network.input_size, network.input_size)
    scores = network(x)
    assert scores.shape == (2, 3)
    scores.sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("name", [name for name in NETWORKS if getattr(NETWORKS[name], "channels_last", False)])
def test_channels_last_changes_nothing(name):
    network = build(name, width=1 / 16).eval()
    x = torch.randn(1, network.input_channels, network.input_size, network.input_size)
    expected = network(x)
    found = network.to(memory_format=torch.channels_last)(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_spatial_padding_reading_keeps_the_rest():
    """Readings 19 and 20 of pool1 share all weights, so only where the windows lie differs."""
    narrow, wide = (build("spotting_cnn", width=1 / 16, pool1=size).eval() for size in (19, 20))
    wide.load_state_dict({k.replace("block1.3", "block1.4"): v for k, v in narrow.state_dict().items()})
    x = torch.randn(2, 2, 75, 75)
    assert narrow(x).shape == wide(x).shape


def test_attention_mask_lies_between_0_and_1_and_gates():
    network = build("spotting_cnn", attention=True, width=1 / 16).eval()
    x = torch.randn(2, 16, 4, 4)
    mask = network.attention.mask(x)
    assert mask.shape == x.shape
    assert 0 < mask.min() <= mask.max() < 1
    torch.testing.assert_close(network.attention(x), (1 + mask) * x)


@pytest.mark.parametrize("units", [(), (1,), (1, 2), (1, 2, 3)])
def test_dropout_sits_where_table_7_puts_it(units):
    network = build("oc_net", width=1 / 16, dropout=units)
    found = [n for n, unit in enumerate(network.units, 1) if any(isinstance(m, nn.Dropout) for m in unit)]
    assert tuple(found) == units
    for number in set(units) & {1, 2}:
        assert [type(m).__name__ for m in network.units[number - 1]] == ["Conv2d", "ReLU", "BatchNorm2d", "Dropout"]


def test_early_pooling_moves_the_pools_and_nothing_else():
    late, early = (build("oc_net", width=1 / 16, pooled=units) for units in ((3, 4, 5), (1, 2, 3)))
    assert [tuple(p.shape) for p in early.parameters()] == [tuple(p.shape) for p in late.parameters()]
    for network, expected in ((late, [3, 4, 5]), (early, [1, 2, 3])):
        pools = [n for n, unit in enumerate(network.units, 1) if any(isinstance(m, nn.MaxPool2d) for m in unit)]
        assert pools == expected
    kinds = [type(m).__name__ for m in early.units[0]]
    assert kinds == ["Conv2d", "ReLU", "BatchNorm2d", "MaxPool2d", "Dropout"]


def test_ststnet_is_three_streams_in_one():
    """Written out as the paper draws it, with the same weights, it gives the same scores."""
    network = build("ststnet").eval()
    network.streams[2].running_mean.uniform_(-1, 1)
    conv, norm, x = network.streams[0], network.streams[2], torch.randn(4, 3, 28, 28)
    streams = []
    for rows in torch.arange(16).split([3, 5, 8]):
        stream = functional.relu(functional.conv2d(x, conv.weight[rows], conv.bias[rows], padding=2))
        stream = functional.batch_norm(stream, norm.running_mean[rows], norm.running_var[rows])
        streams.append(functional.max_pool2d(stream, 3, 3, padding=1))
    together = functional.avg_pool2d(torch.cat(streams, 1), 2)
    torch.testing.assert_close(network(x), network.fc(together.flatten(1)))


def test_two_streams_do_not_mix():
    """A change of v must not reach the u stream."""
    for name in ("off_apexnet", "dual_inception"):
        network = build(name, width=1 / 4).eval()
        seen = []
        network.streams[0].register_forward_hook(lambda module, args, out, seen=seen: seen.append(out))
        x = torch.randn(1, 2, 28, 28)
        network(x)
        network(x + torch.tensor([0.0, 1.0])[None, :, None, None])
        assert torch.equal(*seen)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("vgg", {}),
        ("vgg_m", {"variant": 5}),
        ("spotting_cnn", {"layers": 6}),
        ("spotting_cnn", {"normalization": "none"}),
        ("oc_net", {"pooling": "D"}),
        ("oc_net", {"dropout": (4,)}),
        ("oc_net", {"dropout": 1}),
        ("oc_net", {"pooled": (0, 1, 2)}),
        ("oc_net", {"pooled": "123"}),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_in_one_line(name, args):
    with pytest.raises(MxeError, match=r"choose|name units") as error:
        build(name, **args)
    assert "\n" not in str(error.value)


def test_scaled_never_vanishes():
    assert [scaled(n, 1 / 100) for n in (1, 96, 512)] == [1, 1, 5]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "args"), [("oc_net", {}), ("vgg_m", {"variant": 4}), ("spotting_cnn", {"attention": True})]
)
def test_onnx_export_gives_the_same_scores(name, args, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    network = build(name, width=1 / 16, **args).eval()
    x = torch.randn(2, 2, 75, 75)
    path = tmp_path / "network.onnx"
    torch.onnx.export(network, (x,), str(path), dynamo=False, input_names=["flow"], output_names=["scores"])
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"flow": x.numpy()})[0]
    np.testing.assert_allclose(found, network(x).detach().numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("settings", [VGG_LRN, TENSORFLOW_LRN])
def test_the_norms_written_gradient_is_the_true_one(settings):
    layer = ResponseNorm(7, settings).double().train()
    x = torch.randn(2, 7, 3, 3, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(layer, (x,))
    with torch.no_grad():
        expected = layer.eval()(x)
    torch.testing.assert_close(layer.train()(x), expected)
