"""Spotters of intervals in long videos: what they are fed, what they make of it, and who is never looked at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import spotted
from mxe_lib.evaluation.spotted import Spotted
from mxe_lib.learning import training
from mxe_lib.models import registry
from mxe_lib.models.interval_spotter import IntervalSpotter
from mxe_lib.models.layers import parameter_count
from mxe_lib.spotting import curves, interval_spotter, searches, softnet_task
from mxe_lib.spotting.interval_spotter import LENGTHS, SpotIntervals, VideoSamples, heat, mirrored, moments, peaks
from mxe_lib.videos import Interval, LongVideo
from mxe_lib.vision import fields


def video(*spans: tuple[int, int], subject: str = "s1", frames: int = 300, fps: int = 30) -> LongVideo:
    kinds = [(on, off, spotted.kind_of(on, off, fps)) for on, off in spans]
    intervals = tuple(Interval(on, (on + off) // 2, off, kind) for on, off, kind in kinds)
    return LongVideo("casme_sq", subject, f"{subject}_1", fps, 1, frames, intervals, "simulated")


def test_softnet_is_the_papers():
    network = registry.build("softnet")
    assert parameter_count(network) == 78 + 130 + 208 + (784 * 400 + 400) + 401
    assert network(torch.rand(5, 3, 42, 42)).shape == (5, 1)
    assert [stream(torch.rand(1, 1, 42, 42)).shape[1:] for stream in network.streams] == [
        (n, 14, 14) for n in (3, 5, 8)
    ]


def test_the_interval_spotter_looks_at_three_seconds():
    network = IntervalSpotter(52).eval()
    assert parameter_count(network) == 52 * 5 * 48 + 48 + 4 * (48 * 5 * 48 + 48) + 490
    x = torch.zeros(1, 200, 52, requires_grad=True)
    network(x + torch.rand_like(x))[0, 100].sum().backward()
    seen = torch.nonzero(x.grad.abs().sum((0, 2)) > 0).flatten()
    assert (seen[0].item(), seen[-1].item()) == (100 - 46, 100 + 46)


def test_windows_that_touch_an_expression_are_positive():
    one = video((100, 110))
    label = softnet_task.labels(one, "micro", 5, 295)
    assert np.flatnonzero(label).tolist() == list(range(95, 110)), "five frames from there on share one with 99 to 109"
    assert not softnet_task.labels(one, "macro", 5, 295).any()


def test_peaks_are_intervals_of_one_length():
    scores = np.zeros(300)
    scores[95:115] = 1
    (one,) = curves.peak_intervals(scores, 10, 0.5, "macro", first=1)
    assert (one.offset - one.onset, one.kind) == (20, "macro")
    assert abs((one.onset + one.offset) / 2 - 105.5) <= 1
    assert curves.peak_intervals(scores[:20], 10, 0.5, "macro") == []
    assert not curves.peak_intervals(np.zeros(300), 10, 0.5, "macro"), "nothing stands out of nothing"


def test_softnet_cannot_see_how_much_a_face_moves():
    flow = np.random.default_rng(0).normal(size=(2, 2, 32, 32)).astype(np.float32)
    weak, strong = (curves.softnet_inputs(factor * flow) for factor in (0.1, 10))
    assert weak.shape == (2, 3, 42, 42)
    assert (weak.int() - strong.int()).abs().max() <= 1
    shifted = flow + np.float32([3, -2])[:, None, None]
    assert (curves.softnet_inputs(flow).int() - curves.softnet_inputs(shifted).int())[:, :2].abs().float().mean() < 2


def test_a_head_that_turns_or_nears_is_no_movement_of_the_face():
    y, x = np.mgrid[:32, :32] / 31 - 0.5
    rigid = np.stack([2 + 0.8 * x - 0.5 * y, -1 + 0.5 * x + 0.8 * y]).astype(np.float16)
    flows = {d: np.repeat(rigid[None], 90 - d, 0) for d in interval_spotter.distances(30)}
    seen = moments(flows, 30)
    assert seen.shape == (45, 2 * (512 + 6))
    assert np.abs(seen[:, :-12]).max() < 0.04
    assert np.abs(seen[0, -12:]).max() == pytest.approx(2 / interval_spotter.PIXELS, abs=0.05)
    np.testing.assert_allclose(seen[:, -12:], np.tile(seen[:, -12:-6], 2), atol=0.01)


def test_mirrored_moments_are_those_of_the_mirrored_face():
    rng = np.random.default_rng(0)
    flows = {d: rng.normal(size=(90 - d, 2, 32, 32)).astype(np.float32) for d in interval_spotter.distances(30)}
    turned = {d: fields.mirror(flow) for d, flow in flows.items()}
    np.testing.assert_allclose(mirrored(moments(flows, 30)), moments(turned, 30), atol=1e-4)


def test_the_heat_lies_where_and_how_long_an_expression_is():
    one = video((101, 131), (200, 210))
    target = heat(one, 150)
    assert target.shape == (150, len(LENGTHS))
    at, size = np.unravel_index(target[:80].argmax(), (80, len(LENGTHS)))
    assert abs(at - (116 - 1) / 2) <= 0.5
    assert LENGTHS[size] == pytest.approx(1.0, rel=0.1)
    assert not heat(video(), 150).any()


def test_the_peaks_of_a_perfect_map_are_the_intervals():
    """Through the map and back: every interval is found, at an overlap that the protocol takes, and nothing else."""
    rng = np.random.default_rng(1)
    for _ in range(30):
        ends, at = [], 10
        while at < 500:
            length = int(rng.choice([6, 9, 13, 20, 40, 90, 119]))
            ends.append((at, at + length))
            at += length + int(rng.integers(25, 60))
        one = video(*ends, frames=700)
        found = peaks(heat(one, 350), 30, 1, 700)
        found = [each for each in found if each.score > 0.5]
        assert len(spotted.match(found, one.intervals)) == len(one.intervals) == len(found)


def test_of_overlapping_peaks_the_surest_stays():
    map_ = np.zeros((100, len(LENGTHS)))
    map_[40, 4], map_[42, 6], map_[80, 4] = 0.9, 0.8, 0.7
    assert [round(one.score, 1) for one in peaks(map_, 30, 1, 200)] == [0.9, 0.7]


def people(count: int = 6) -> list[LongVideo]:
    rng = np.random.default_rng(0)
    starts = [(int(rng.integers(20, 90)), int(rng.integers(150, 220))) for _ in range(count)]
    return [video((a, a + 9), (b, b + 40), subject=f"s{n}") for n, (a, b) in enumerate(starts)]


def test_a_threshold_knows_nothing_of_the_person_who_is_searched():
    """Whatever the candidates and the truth of the test person are, the others' threshold is the same."""
    videos = people()
    parts = searches.folds("loso", videos)
    rng = np.random.default_rng(3)
    some = {
        v.id: [Spotted(one.onset, one.apex, one.offset, one.kind, rng.uniform(0.4, 0.9)) for one in v.intervals]
        + [Spotted(270, 280, 290, "macro", rng.uniform(0.1, 0.5))]
        for v in videos
    }
    _, before = searches.chosen_above(videos, parts, [some] * len(parts))
    tested = searches.sides(parts[2], videos)[1][0].id
    other = some | {tested: [Spotted(1, 2, 3, "micro", 0.99)] * 5}
    _, after = searches.chosen_above(videos, parts, [other] * len(parts))
    assert before[2] == after[2]
    for fold in parts:
        train, test = searches.sides(fold, videos)
        assert not {v.subject_id for v in train} & {v.subject_id for v in test}
    found, _ = searches.chosen_above(videos, parts, [some] * len(parts))
    assert set(found) == {v.id for v in videos}


def test_random_intervals_are_as_many_and_as_long_as_others_show():
    videos = people(12)
    parts = searches.folds("loso", videos)
    draws = [searches.random_intervals(videos, parts, seed) for seed in range(40)]
    counts = [len(own) for draw in draws for own in draw.values()]
    assert np.mean(counts) == pytest.approx(2, abs=0.2)
    assert {one.offset - one.onset for draw in draws for own in draw.values() for one in own} == {9, 40}
    assert draws[0] == searches.random_intervals(videos, parts, 0) != draws[1]
    nothing = spotted.tally(videos, searches.at_rest(videos))
    assert spotted.score(nothing, "f1_all") == 0


def test_strain_peaks_find_a_stretch():
    videos = people()
    parts = searches.folds("kfold2", videos)
    y, x = np.mgrid[:32, :32] / 31 - 0.5
    stretch, flows = np.stack([x * np.exp(-20 * (x**2 + (y - 0.2) ** 2)), 0 * x]), {}
    for one in videos:
        flows[one.id] = {}
        for k in searches.distances(videos, parts):
            course = np.zeros(300 + k)
            for each in one.intervals:
                course[each.apex - 1 : each.offset] = 1
                course[each.onset - 1 : each.apex - 1] = np.linspace(0, 1, each.apex - each.onset)
            change = course[k:300] - course[: 300 - k]
            flows[one.id][k] = (3 * change[:, None, None, None] * stretch).astype(np.float16)
    found, chosen = searches.strain(videos, parts, flows)
    assert len(chosen) == 2
    table = spotted.tally(videos, found)
    assert spotted.score(table, "f1_any") > 0.3


def samples(videos: list[LongVideo]) -> VideoSamples:
    """Moments in which a bump rises and falls where the truth says so."""
    rng, inputs = np.random.default_rng(5), []
    for one in videos:
        own = rng.normal(0, 0.1, (150, 4, 16, 16)).astype(np.float32)
        for each in one.intervals:
            a, b, c = (round((n - 1) / 2) for n in (each.onset, each.apex, each.offset))
            own[a:b, :, 8:12, 4:12] += 1
            own[b : c + 1, :, 8:12, 4:12] -= 1
        inputs.append(np.hstack([own.reshape(150, -1), np.zeros((150, 12), np.float32)]))
    return VideoSamples(tuple(videos), tuple(inputs))


def test_it_learns_and_is_kept(tmp_path):
    learn, ask = samples(people(10)), samples(people(16)[10:])
    task = SpotIntervals(epochs=20, batch_size=4, components=8)
    path = training.fit(task, learn, 0, tmp_path)
    assert training.fit(task, learn, 0, tmp_path) == path
    own = searches.candidates_of(training.load(path), ask)
    least = searches.thresholds(learn.videos, searches.candidates_of(training.load(path), learn))
    found = {name: interval_spotter.above(each, least) for name, each in own.items()}
    assert spotted.score(spotted.tally(ask.videos, found), "f1_any") > 0.6


def test_softnet_learns_from_half_of_the_rest_and_each_positive_four_times():
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 255, (60, 3, 42, 42), dtype=np.uint8))
    labels = torch.from_numpy((np.arange(60) < 12).astype(np.int64))
    given = softnet_task.FrameSamples(images, labels)
    inputs, targets = softnet_task.SpotFrames(augment=True).training_data(given)
    assert (int(targets.sum()), len(targets)) == (48, 48 + 24)
    assert inputs.dtype == torch.uint8
    inputs, targets = softnet_task.SpotFrames(rows=18).training_data(given)
    assert (int(targets.sum()), len(targets)) == (6, 18)


def test_scores_between_scored_frames_lie_on_a_line():
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 255, (9, 3, 42, 42), dtype=np.uint8))
    task = softnet_task.SpotFrames()
    coarse = softnet_task.SpotFrames(every=2)
    coarse.load_state_dict(task.state_dict())
    every, second = task.scores(images), coarse.scores(images)
    np.testing.assert_allclose(every[::2], second[::2], atol=1e-6)
    np.testing.assert_allclose(second[1::2], (second[:-1:2] + second[2::2]) / 2)


def test_faults_are_one_line():
    with pytest.raises(MxeError, match="no macro-expression among the training videos"):
        curves.half_length([video((10, 19))], "macro")
    with pytest.raises(MxeError, match="protocol loso with 1 subjects"):
        searches.folds("loso", [video()])
