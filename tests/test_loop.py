"""The loop for a GPU: on a CPU it gives the Trainer's bits; and which device and precision a result is made with."""

import math

import numpy as np
import pytest
import torch
from test_crossval import CLIPS, samples, task

from mxe_lib.compute import determinism
from mxe_lib.errors import MxeError
from mxe_lib.learning import loop, training
from mxe_lib.learning.batches import InMemory
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.recognition.gan import AugmentFlow
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.spotting.task import SpotApex
from mxe_lib.spotting.whole_clip import SpotApexInClip


def frames(channels=2):
    clips = [clip for clip in CLIPS[:6]]
    clips = [type(clip)(**vars(clip) | {"apex": 12}) for clip in clips]
    flows = np.random.default_rng(0).normal(size=(6, 5, channels, 24, 24)).astype(np.float32)
    return spotting_samples(clips, list(flows), [[0, 6, 12, 20, 30]] * 6)


TASKS = {
    "dropout, batch norm": (task(epochs=3), samples),
    "a rate that decays": (task(decay=True, epochs=3), samples),
    "channels last": (RecognizeEmotion("oc_net", width=1 / 32, epochs=1, batch_size=18), samples),
    "frames": (SpotApex("spotting_cnn", width=1 / 8, epochs=2, batch_size=8), frames),
    "frames, two classes": (
        SpotApex("sme_conv_net", "near", output="class", width=1 / 8, epochs=1, batch_size=8),
        lambda: frames(1),
    ),
    "whole clips": (SpotApexInClip(epochs=2, batch_size=4), frames),
}


def trained(name, **how):
    """Weights after the loop alone, with everything around it as ``training.train`` has it."""
    wanted, data = TASKS[name]
    data = data()
    with determinism.one_thread(), determinism.own_random_state(5):
        model = type(wanted)(**wanted.hparams)
        tensors = model.training_data(data)
        if getattr(model.network, "channels_last", False):
            model.to(memory_format=torch.channels_last)
        loop.train(model, InMemory(tensors, wanted.hparams.batch_size, 5).batches, wanted.hparams.epochs, **how)
    return model.eval()


@pytest.mark.parametrize("name", TASKS)
def test_the_same_bits_as_lightning(name):
    wanted, data = TASKS[name]
    expected = training.train(wanted, data(), 5).state_dict()
    found = trained(name).state_dict()
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("name", ["dropout, batch norm", "frames", "frames, two classes"])
def test_sixteen_bits_train_a_like_network_of_32_bits(name):
    exact, coarse = trained(name), trained(name, bf16=True)
    weights = [torch.cat([p.detach().flatten() for p in model.parameters()]) for model in (exact, coarse)]
    assert {p.dtype for p in coarse.parameters()} == {torch.float32}
    assert not torch.equal(*weights)
    assert float((weights[0] - weights[1]).norm() / weights[0].norm()) < 0.05
    assert math.isfinite(float(weights[1].sum()))


def test_a_gan_drives_its_optimisers_itself():
    assert not loop.suits(AugmentFlow(steps=1, width=1 / 8))
    assert all(loop.suits(wanted) for wanted, _ in TASKS.values())


def test_a_gpu_takes_the_loop_and_the_gan_the_trainer(monkeypatch):
    """As far as it can be seen without one: the device is said to be a GPU, and tensors stay where they are."""
    seen = []
    monkeypatch.setattr(training, "device", lambda: "cuda")
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, *args, **kw: tensor)
    monkeypatch.setattr(torch.nn.Module, "to", lambda module, *args, **kw: module)
    monkeypatch.setattr(loop, "train", lambda model, batches, epochs, bf16: seen.append((type(model), epochs, bf16)))
    monkeypatch.setattr(training, "precision", lambda: "bf16")
    training.train(task(), samples(), 0)
    assert seen == [(RecognizeEmotion, 2, True)]


def test_device_and_precision_are_part_of_a_models_name(monkeypatch):
    keys = {training.model_key(task(), "data", 0, None)}
    monkeypatch.setattr(determinism, "device", lambda: "cuda")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "H200")
    for name in determinism.PRECISIONS:
        monkeypatch.setenv("MXE_PRECISION", name)
        assert determinism.engine() == f"cuda H200 {name}"
        keys.add(training.model_key(task(), "data", 0, None))
    assert len(keys) == 4


def test_a_cpu_has_one_precision(monkeypatch):
    monkeypatch.setenv("MXE_PRECISION", "bf16")
    assert (determinism.engine(), determinism.precision()) == ("cpu", "fp32")


def test_an_unknown_precision_is_refused(monkeypatch):
    monkeypatch.setenv("MXE_PRECISION", "fp8")
    with pytest.raises(MxeError, match="MXE_PRECISION=fp8: choose one of bf16, tf32, fp32"):
        determinism.engine()


def test_settings_of_a_gpu_are_put_back():
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    with determinism.multiplied("fp32"):
        assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (False, False)
    assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == before


def test_a_fold_is_one_process_in_a_batch_job_of_several(monkeypatch):
    for name, value in {
        "SLURM_NTASKS": "4",
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_NAME": "study",
        "SLURM_PROCID": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLURM_LOCALID", "0")
    monkeypatch.setenv("SLURM_NODELIST", "node1")
    assert training.train(task(), samples(), 0) is not None
