"""The GAN as augmentation: what it is trained on, what it adds, and what is said when it fails."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mxe_lib import augmentation, crossval
from mxe_lib.augmentation import AugmentFlow, GanAugmentation, enlarge, quality
from mxe_lib.clips import CLASSES, Clip
from mxe_lib.datamodules import Samples, recognition_samples
from mxe_lib.errors import MxeError
from mxe_lib.folds import folds
from mxe_lib.tasks import RecognizeEmotion

SMALL = {"fields_per_class": 3, "epochs": 1, "width": 1 / 16, "batch_size": 16}


def blobs(count: int, seed: int = 0, size: int = 75) -> Samples:
    """Flow with one moving spot, whose place and direction tell the class; four subjects."""
    generator = np.random.default_rng(seed)
    classes = np.arange(count) % 3
    y, x = np.mgrid[:size, :size] / size
    flow = np.zeros((count, 2, size, size), np.float32)
    for row, number in enumerate(classes):
        (cy, cx), direction = [((0.3, 0.3), (0, 1)), ((0.75, 0.5), (0.7, -0.7)), ((0.25, 0.6), (0, -1))][number]
        spot = np.exp(-((y - cy - generator.normal(0, 0.04)) ** 2 + (x - cx) ** 2) / 0.016) * generator.gamma(3, 0.5)
        flow[row] = np.multiply.outer(direction, spot) + generator.normal(0, 0.1, (2, 1, 1))
    clips = [Clip("smic", f"s{row // 3 % 4}", f"c{row:02}", 100, 0, None, 30, "positive") for row in range(count)]
    return recognition_samples(clips, flow, classes)


@pytest.fixture(scope="module")
def samples() -> Samples:
    return blobs(24)


def test_adds_fields_of_each_class_and_leaves_the_real_ones_alone(samples, tmp_path):
    more = GanAugmentation(**SMALL)(samples, 0, tmp_path)
    assert len(more) == len(samples) + 9
    assert torch.equal(more.inputs[: len(samples)], samples.inputs)
    assert more.clips[: len(samples)] == samples.clips
    assert more.classes[len(samples) :].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    added = more.clips[len(samples) :]
    assert {clip.origin for clip in added} == {"simulated"}
    assert [clip.emotion for clip in added[::3]] == list(CLASSES)
    assert torch.isfinite(more.inputs).all()


def test_gan_is_trained_on_the_training_folds_only(samples, tmp_path, monkeypatch):
    """Neither a test clip nor a test subject reaches the GAN of that fold."""
    seen = []
    fit = crossval.fit

    def spy(task, given, *args, **kwargs):
        if isinstance(task, AugmentFlow):
            seen.append({clip.id for clip in given.clips})
        return fit(task, given, *args, **kwargs)

    monkeypatch.setattr(crossval, "fit", spy)
    task = RecognizeEmotion("vgg_m", width=1 / 16, epochs=1)
    chosen = folds("kfold2", samples)
    table = crossval.cross_validate(task, samples, chosen, cache=tmp_path, augment=GanAugmentation(**SMALL))
    assert len(seen) == len(chosen)
    for ids, fold in zip(seen, chosen, strict=True):
        assert ids == set(fold.train)
        assert not ids & set(fold.test)
        assert not {i.rsplit("/", 1)[0] for i in ids} & {i.rsplit("/", 1)[0] for i in fold.test}
    assert sorted(table["clip"]) == sorted(clip.id for clip in samples.clips), "a synthetic clip was scored"


def test_same_settings_give_the_same_fields_and_a_cached_gan(samples, tmp_path, monkeypatch):
    augment = GanAugmentation(**SMALL)
    first, _ = augment.draw(samples, tmp_path / "a")
    second, _ = augment.draw(samples, tmp_path / "b")
    assert torch.equal(first, second)
    monkeypatch.setattr(crossval, "_train", lambda *_: pytest.fail("trained again"))
    cached, _ = augment.draw(samples, tmp_path / "a")
    assert torch.equal(first, cached)


def test_seed_changes_gan_and_fields(samples, tmp_path):
    first, _ = GanAugmentation(**SMALL).draw(samples, tmp_path)
    other, _ = GanAugmentation(**SMALL, seed=1).draw(samples, tmp_path)
    assert not torch.allclose(first, other)


def test_weights_draw_from_a_gan_trained_elsewhere(samples, tmp_path):
    """The control gan_sees_test: one GAN of all clips, whatever the training samples are."""
    everything = GanAugmentation(**SMALL).fit(samples, tmp_path)
    leaky = GanAugmentation(**SMALL, weights=everything.name)
    part = samples.subset([clip.id for clip in samples.clips[:12]])
    assert torch.equal(leaky.draw(part, tmp_path)[0], GanAugmentation(**SMALL).draw(samples, tmp_path)[0])


def test_training_data_lies_in_the_tanh_range(samples):
    gan = AugmentFlow(width=1 / 16)
    flow, classes = gan.training_data(samples)
    assert flow.shape == (len(samples), 2, 80, 80)
    assert flow.abs().max() <= 1
    assert gan.limit == pytest.approx(np.quantile(samples.inputs.abs(), 0.995), rel=1e-6)
    assert torch.equal(classes, samples.classes)


def test_flow_survives_the_way_to_80_and_back(samples):
    """75 -> 80 -> 75: what the resizing alone costs is small against the flow."""
    back = augmentation._resize(augmentation._resize(samples.inputs, 80), 75)
    assert (back - samples.inputs).abs().max() < 0.05 * samples.inputs.abs().max()


def test_a_longer_training_brings_the_classes_apart(samples, tmp_path):
    """Where a class moves, its drawn fields move: each class's mean field resembles its own real mean the most."""
    augment = GanAugmentation(fields_per_class=16, epochs=40, width=1 / 8, batch_size=8)
    fields, classes = augment.draw(samples, tmp_path)
    drawn = torch.stack([fields[classes == n].mean(0) for n in range(3)]).flatten(1)
    real = torch.stack([samples.inputs[samples.classes == n].mean(0) for n in range(3)]).flatten(1)
    likeness = (
        torch.nn.functional.normalize(drawn - drawn.mean(0)) @ torch.nn.functional.normalize(real - real.mean(0)).T
    )
    assert likeness.diagonal().min() > 0.2
    assert likeness.argmax(1).tolist() == [0, 1, 2]


def test_quality_knows_copies_and_collapse(samples):
    again = quality(samples, samples.inputs.clone(), samples.classes)
    np.testing.assert_allclose(again[["magnitude", "diversity"]], 1, rtol=1e-5)
    np.testing.assert_allclose(again["novelty"], 0, atol=1e-6)
    assert not again["collapsed"].any()
    one_each = torch.stack([samples.inputs[samples.classes == n][0] for n in range(3)]).repeat_interleave(5, 0)
    jitter = one_each + 1e-3 * torch.randn(one_each.shape, generator=torch.Generator().manual_seed(0))
    collapsed = quality(samples, jitter, torch.arange(3).repeat_interleave(5))
    assert collapsed["collapsed"].all()
    assert (collapsed["diversity"] < 0.05).all()


def test_a_step_that_is_not_finite_is_left_out(samples):
    gan = AugmentFlow(epochs=1, width=1 / 16)
    flow, classes = gan.training_data(samples)
    broken = flow.clone()
    broken[0] = torch.nan
    optimizers = gan.configure_optimizers()
    gan.optimizers = lambda: optimizers
    gan.manual_backward = lambda loss: loss.backward()
    before = {name: value.clone() for name, value in gan.discriminator.state_dict().items()}
    gan.training_step((broken, classes), 0)
    assert gan.skipped_steps == 1, "the discriminator's step; the generator's loss does not see the real fields"
    assert all(torch.equal(value, before[name]) for name, value in gan.discriminator.state_dict().items())
    gan.training_step((flow, classes), 0)
    assert not all(torch.equal(value, before[name]) for name, value in gan.discriminator.state_dict().items())
    assert gan.draw(torch.arange(3), 75, seed=0).shape == (3, 2, 75, 75)


def test_a_diverged_gan_is_refused_in_one_line():
    gan = AugmentFlow(width=1 / 16)
    with torch.no_grad():
        gan.generator.out[0].bias.fill_(torch.nan)
    with pytest.raises(MxeError, match=r"not finite .* lower its learning_rate") as error:
        gan.draw(torch.arange(3), 75, seed=0)
    assert "\n" not in str(error.value)


def test_a_missing_class_and_maps_are_refused(samples, tmp_path):
    two = samples.subset([c.id for c, n in zip(samples.clips, samples.clip_classes(), strict=True) if n != 2])
    with pytest.raises(MxeError, match="no training clip is of class surprise"):
        GanAugmentation(**SMALL)(two, 0, tmp_path)
    maps = recognition_samples(samples.clips, np.zeros((24, 3, 28, 28), np.float32), samples.classes.tolist())
    with pytest.raises(MxeError, match="flow"):
        GanAugmentation(**SMALL)(maps, 0, tmp_path)


def test_enlarge_keeps_every_row_with_its_clip(samples):
    more = enlarge(samples, samples.inputs[:2], samples.classes[:2])
    assert more.clips[-1].id == "gan/generated/positive_0001"
    assert more.clip_index[-2:].tolist() == [len(samples.clips), len(samples.clips) + 1]
