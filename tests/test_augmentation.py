"""What augmentations add and what they never touch; the GAN: what it is trained on, and what is said when it fails."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning import crossval, training
from mxe_lib.learning.folds import folds
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition import augmentation, simulated_fields
from mxe_lib.recognition.augmentation import Jittered, Resampled, enlarge
from mxe_lib.recognition.gan import AugmentFlow, GanAugmentation, resize
from mxe_lib.recognition.generative_classifiers import class_agreement
from mxe_lib.recognition.simulated_fields import NOISES, Simulated
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.weights import WEIGHTS

SMALL = {"fields_per_class": 3, "steps": 2, "width": 1 / 16, "batch_size": 16}


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
    fit = training.fit

    def spy(task, given, *args, **kwargs):
        if isinstance(task, AugmentFlow):
            seen.append({clip.id for clip in given.clips})
        return fit(task, given, *args, **kwargs)

    monkeypatch.setattr(training, "fit", spy)
    task = RecognizeEmotion("vgg_m", width=1 / 16, epochs=1)
    chosen = folds("kfold4", samples)
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
    monkeypatch.setattr(training, "train", lambda *_: pytest.fail("trained again"))
    cached, _ = augment.draw(samples, tmp_path / "a")
    assert torch.equal(first, cached)


def test_it_takes_the_steps_that_it_is_given(samples, tmp_path, monkeypatch):
    """Not whole passes: 24 samples in batches of 16 are two steps a pass."""
    taken, step = [], AugmentFlow.training_step
    monkeypatch.setattr(AugmentFlow, "training_step", lambda *given: taken.append(1) or step(*given))
    GanAugmentation(**SMALL | {"steps": 5}).fit(samples, tmp_path)
    assert len(taken) == 5


def test_a_tuned_gan_goes_on_from_the_shipped_one(samples, tmp_path):
    """A step later it still draws nearly what that one draws, in units of these samples' flow."""
    settings = SMALL | {"steps": 1, "width": 1 / 8, "learning_rate": 1e-6}
    tuned = training.load(GanAugmentation(**settings, tuned=True).fit(samples, tmp_path))
    shipped = training.load(WEIGHTS / "generator.model")
    classes = torch.arange(3)
    drawn, its = tuned.draw(classes, 75, 0) / tuned.limit, shipped.draw(classes, 75, 0) / shipped.limit
    torch.testing.assert_close(drawn, its, atol=0.01, rtol=0)
    fresh = training.load(GanAugmentation(**settings).fit(samples, tmp_path))
    assert (fresh.draw(classes, 75, 0) / fresh.limit - its).abs().max() > 0.1
    with pytest.raises(MxeError, match=r"shipped one has width 0\.125, not 0\.0625"):
        GanAugmentation(**SMALL, tuned=True).fit(samples, tmp_path)


def test_fields_are_drawn_with_averaged_weights(samples, tmp_path):
    gan = training.load(GanAugmentation(**SMALL | {"steps": 30}).fit(samples, tmp_path))
    now, average = gan.generator.state_dict(), gan.averaged.state_dict()
    assert not any(torch.equal(now[name], average[name]) for name in now)
    with torch.no_grad():
        for weights in gan.generator.parameters():
            weights.fill_(torch.nan)
    assert torch.isfinite(gan.draw(torch.arange(3), 75, 0)).all()


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
    back = resize(resize(samples.inputs, 80), 75)
    assert (back - samples.inputs).abs().max() < 0.05 * samples.inputs.abs().max()


@pytest.fixture(scope="module")
def trained(samples, tmp_path_factory):
    """Fields of a GAN that had time to learn."""
    augment = GanAugmentation(fields_per_class=16, steps=600, width=1 / 8, learning_rate=0.002, batch_size=8)
    return augment.draw(samples, tmp_path_factory.mktemp("cache"))


def test_a_longer_training_brings_the_classes_apart(samples, trained):
    """Where a class moves, its drawn fields move: each class's mean field resembles its own real mean the most."""
    fields, classes = trained
    drawn = torch.stack([fields[classes == n].mean(0) for n in range(3)]).flatten(1)
    real = torch.stack([samples.inputs[samples.classes == n].mean(0) for n in range(3)]).flatten(1)
    likeness = (
        torch.nn.functional.normalize(drawn - drawn.mean(0)) @ torch.nn.functional.normalize(real - real.mean(0)).T
    )
    assert likeness.diagonal().min() > 0.2
    assert likeness.argmax(1).tolist() == [0, 1, 2]


def test_a_classifier_of_true_fields_names_the_classes_of_drawn_ones(samples, trained, tmp_path):
    """Conditioning on the label works; a classifier that learned shuffled labels does not see it."""
    task = RecognizeEmotion("vgg_m", width=1 / 16, epochs=25, learning_rate=2e-3, batch_size=12)
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(3))
    shuffled = recognition_samples(samples.clips, samples.inputs.numpy(), samples.classes[order].tolist())
    agreement = []
    for known in (samples, shuffled):
        recogniser = training.load(training.fit(task, known, 0, tmp_path))
        agreement.append(class_agreement(recogniser, *trained)["all"])
    assert agreement[0] > 0.7
    assert agreement[1] < 0.55


def test_a_step_that_is_not_finite_is_left_out(samples):
    gan = AugmentFlow(steps=9, width=1 / 16)
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
        gan.averaged.out[0].bias.fill_(torch.nan)
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


OTHERS = [Resampled(5), Jittered(5), Simulated(5)]


@pytest.mark.parametrize("augment", OTHERS, ids=lambda augment: type(augment).__name__)
def test_others_add_as_many_to_each_class_and_leave_the_real_rows_alone(augment, samples, tmp_path):
    more = augment(samples, 0, tmp_path)
    assert more.classes[len(samples) :].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert torch.equal(more.inputs[: len(samples)], samples.inputs)
    assert more.clips[: len(samples)] == samples.clips
    assert torch.equal(more.classes[: len(samples)], samples.classes)
    assert torch.isfinite(more.inputs).all()
    assert torch.equal(augment(samples, 1, tmp_path).inputs, more.inputs), "not the network's seed"
    other = type(augment)(5, seed=1)(samples, 0, tmp_path)
    assert not torch.equal(other.inputs, more.inputs)
    assert " at 0x" not in repr(augment)


@pytest.mark.parametrize("augment", OTHERS, ids=lambda augment: type(augment).__name__)
def test_others_are_told_apart_by_the_cache_and_refuse_what_the_gan_refuses(augment, samples, tmp_path):
    task = RecognizeEmotion("vgg_m", width=1 / 16, epochs=1)
    keys = {training.model_key(task, samples.digest(), 0, one) for one in [None, *OTHERS]}
    assert len(keys) == 4
    two = samples.subset([c.id for c, n in zip(samples.clips, samples.clip_classes(), strict=True) if n != 2])
    with pytest.raises(MxeError, match="no training clip is of class surprise"):
        augment(two, 0, tmp_path)


def test_resampled_repeats_each_field_of_a_class_equally_often(samples, tmp_path):
    """Eight fields of each class, 20 more: each stands there two or three times more."""
    added = Resampled(20)(samples, 0, tmp_path).inputs[len(samples) :]
    times = (added[:, None] == samples.inputs[None]).flatten(2).all(2).sum(0)
    assert set(times.tolist()) == {2, 3}
    assert times.sum() == 60
    assert {clip.origin for clip in Resampled(1)(samples, 0, tmp_path).clips} == {"real"}, "repeated, not invented"


def test_jitter_is_small_and_as_large_as_it_says(samples, tmp_path):
    rows = augmentation.repeated(samples, 30, 0)
    drawn = Jittered(30)(samples, 0, tmp_path).inputs[len(samples) :]
    source = samples.inputs[rows]
    change = (drawn - source).square().mean((1, 2, 3)).sqrt() / source.square().mean((1, 2, 3)).sqrt()
    assert 0.1 < change.median() < 0.6
    noise = Jittered(30, shift=0, scale=0)(samples, 0, tmp_path).inputs[len(samples) :] - source
    share = noise.square().mean((1, 2, 3)).sqrt() / source.square().mean((1, 2, 3)).sqrt()
    np.testing.assert_allclose(share, 0.1, rtol=1e-3)
    still = Jittered(30, shift=0, scale=0, noise=0)(samples, 0, tmp_path).inputs[len(samples) :]
    torch.testing.assert_close(still, source, rtol=0, atol=1e-4)


def test_a_zoom_makes_flow_longer_and_a_shift_moves_it():
    size = 41
    flow = torch.zeros(1, 2, size, size)
    flow[0, 0, 18:23, 18:23] = 1.0

    moved = {}
    for name, one in {
        "zoom": Jittered(shift=0, scale=0.5, noise=0),
        "shift": Jittered(shift=0.1, scale=0, noise=0),
    }.items():
        moved[name] = one.jitter(flow.repeat(40, 1, 1, 1), torch.Generator().manual_seed(0))
    assert moved["zoom"].amax((1, 2, 3)).max() > 1.5
    areas, peaks = (moved["zoom"][:, 0] > 0.3).sum((1, 2)).float(), moved["zoom"].amax((1, 2, 3))
    assert np.corrcoef(areas, peaks)[0, 1] > 0.8, "a larger face has longer vectors"
    x = torch.arange(size).float()
    centres = (moved["shift"][:, 0].sum(1) * x).sum(1) / moved["shift"][:, 0].sum((1, 2))
    assert (centres - 20).abs().max() > 3
    assert (moved["shift"][:, 0].sum((1, 2)) > 1).all()


def test_simulated_fields_have_the_length_of_the_training_fields_and_three_cohorts(samples, tmp_path):
    augment = Simulated(7)
    more = augment(samples, 0, tmp_path)
    added = more.inputs[len(samples) :]
    lengths = added.norm(dim=1).mean((1, 2)).reshape(3, -1).mean()
    real = torch.stack([samples.inputs[samples.classes == n].norm(dim=1).mean() for n in range(3)]).mean()
    assert lengths == pytest.approx(float(real), rel=1e-4)
    of_one_noise = [noise for noise in NOISES if abs(_cosine(added, augment.draw(75, noise)[0]) - 1) < 1e-5]
    assert len(of_one_noise) == 1, "the fields of one noise, times one number"
    assert {clip.origin for clip in more.clips[len(samples) :]} == {"simulated"}


def test_noise_of_simulated_fields_follows_that_of_the_training_fields(samples, tmp_path):
    """Training fields that the simulator made with some noise get further fields of that very noise."""
    for noise in (0.0, 0.5, 1.0):
        flow, classes = Simulated(30, seed=5).draw(75, noise)
        clips = [Clip("smic", f"s{n % 4}", f"c{n:02}", 100, 0, None, 30, "positive") for n in range(90)]
        known = recognition_samples(clips, 3 * flow.numpy(), classes.tolist())
        added = Simulated(30)(known, 0, tmp_path).inputs[90:]
        likeness = [_cosine(added, Simulated(30).draw(75, n)[0]) for n in NOISES]
        assert abs(int(np.argmax(likeness)) - NOISES.index(noise)) <= 1


def _cosine(first: torch.Tensor, second: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(first.flatten().double(), second.flatten().double(), dim=0))


def test_simulated_fields_come_in_equal_parts_from_the_cohorts(monkeypatch):
    asked = []

    def sample_flow(n, size, seed, cohort, weights, estimation_noise):
        asked.append((cohort, n, seed, weights))
        return np.ones((n, 2, size, size), np.float32), None

    monkeypatch.setattr(simulated_fields, "sample_flow", sample_flow)
    Simulated(20).draw(28)
    count = {cohort: sum(n for c, n, _, _ in asked if c == cohort) for cohort in ("casme2", "samm", "smic")}
    assert count == {"casme2": 20, "samm": 20, "smic": 20}
    assert [sum(n for _, n, _, w in asked if w[k] == 1) for k in range(3)] == [20, 20, 20]
    assert len({seed for _, _, seed, _ in asked}) == 3, "other people in each class"


def test_gan_takes_public_maps_of_two_channels(tmp_path):
    """28 x 28 in [-1, 1], as public flow maps are: enlarged to 80 for the GAN, drawn fields brought back."""
    maps = blobs(24, size=28)
    maps = recognition_samples(
        maps.clips, (maps.inputs / maps.inputs.abs().amax((1, 2, 3), keepdim=True)).numpy(), maps.classes.tolist()
    )
    more = GanAugmentation(**SMALL)(maps, 0, tmp_path)
    added = more.inputs[24:]
    assert added.shape == (9, 2, 28, 28)
    assert torch.isfinite(added).all()
    assert added.abs().max() <= 1
    back = resize(resize(maps.inputs, 80), 28)
    assert (back - maps.inputs).abs().max() < 0.15


def test_enlarge_keeps_every_row_with_its_clip(samples):
    more = enlarge(samples, samples.inputs[:2], samples.classes[:2])
    assert more.clips[-1].id == "gan/generated/positive_0001"
    assert more.clip_index[-2:].tolist() == [len(samples.clips), len(samples.clips) + 1]
