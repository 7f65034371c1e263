"""Samples keep rows, clips and hashes together; batches cover each row once."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning.batches import Batches, InMemory
from mxe_lib.learning.flow_samples import apex_samples, sampled_flow
from mxe_lib.learning.folds import kfold
from mxe_lib.learning.samples import recognition_samples, spotting_samples

CLIPS = [Clip("samm", f"00{s}", f"00{s}_1_{n}", 200, 10, 14, 20, "anger") for s in range(3) for n in range(2)]


def spotting(seed=0):
    rng = np.random.default_rng(seed)
    numbers = [clip.frame_numbers(3 + index % 2) for index, clip in enumerate(CLIPS)]
    flows = [rng.normal(size=(len(frames), 2, 6, 6)).astype(np.float32) for frames in numbers]
    return spotting_samples(CLIPS, flows, numbers), flows, numbers


def test_spotting_rows_follow_the_clips():
    samples, flows, numbers = spotting()
    assert len(samples) == sum(map(len, numbers))
    for index, (flow, frames) in enumerate(zip(flows, numbers, strict=True)):
        rows = samples.clip_index == index
        assert torch.equal(samples.inputs[rows], torch.from_numpy(flow))
        assert samples.numbers[rows].tolist() == frames
        clip, inputs, its_numbers = samples.per_clip()[index]
        assert (clip, its_numbers) == (CLIPS[index], frames)
        np.testing.assert_array_equal(inputs, flow)
    assert samples.subject_ids[-1] == "samm/002"


def test_clips_without_flow_are_left_out():
    _, flows, numbers = spotting()
    flows[2] = None
    samples = spotting_samples(CLIPS, flows, numbers)
    assert CLIPS[2] not in samples.clips
    assert samples.clip_index.unique().tolist() == list(range(5))
    with pytest.raises(MxeError, match="no clip has flow"):
        spotting_samples(CLIPS, [None] * 6, numbers)


def test_sampled_flow_asks_each_database_for_its_own_clips(monkeypatch, tmp_path):
    others = [dataclasses.replace(clip, database="casme2", subject=f"sub{clip.subject}") for clip in CLIPS[:2]]
    clips = [CLIPS[0], others[0], CLIPS[1], others[1]]

    def flows(database, own, numbers, **settings):
        assert {clip.database for clip in own} == {database.name}
        assert settings == dict(size=6, cache=tmp_path, workers=2)
        return [
            None if c is CLIPS[1] else np.full((len(n), 2, 6, 6), len(c.id)) for c, n in zip(own, numbers, strict=True)
        ]

    monkeypatch.setattr("mxe_lib.vision.flow.flows", flows)
    databases = [SimpleNamespace(name=name) for name in ("casme2", "samm")]
    settings = dict(step=3, size=6, cache=tmp_path, workers=2)
    samples = sampled_flow(databases, clips, **settings)
    assert samples.clips == (CLIPS[0], others[0], others[1])
    for clip, inputs, numbers in samples.per_clip():
        assert numbers == clip.frame_numbers(3)
        assert (inputs == len(clip.id)).all()
    with pytest.raises(MxeError, match=others[0].id):
        sampled_flow(databases[1:], clips, **settings)


def test_subset_keeps_rows_classes_and_hashes():
    maps = np.random.default_rng(0).random((6, 3, 4, 4), dtype=np.float32)
    samples = recognition_samples(CLIPS, maps, ["negative", 1, 2, "surprise", 0, 0])
    assert samples.classes.tolist() == [0, 1, 2, 2, 0, 0]
    assert samples.clip_classes() == [0, 1, 2, 2, 0, 0]
    whole = samples.digest()
    part = samples.subset([CLIPS[5].id, CLIPS[1].id])
    assert samples.digest([CLIPS[5].id, CLIPS[1].id]) == part.digest()
    assert [clip.id for clip in part.clips] == [CLIPS[1].id, CLIPS[5].id]
    assert torch.equal(part.inputs, torch.from_numpy(maps[[1, 5]]))
    assert part.classes.tolist() == [1, 0]
    fresh = recognition_samples([CLIPS[1], CLIPS[5]], maps[[1, 5]], [1, 0])
    assert part.digest() == fresh.digest() != whole
    with pytest.raises(MxeError, match="samm/099"):
        samples.subset(["samm/099/x"])


def test_the_hash_sees_every_change():
    maps = np.random.default_rng(0).random((6, 3, 4, 4), dtype=np.float32)
    digests = [
        recognition_samples(CLIPS, maps, [0] * 6).digest(),
        recognition_samples(CLIPS, maps, [0] * 5 + [1]).digest(),
    ]
    changed = maps.copy()
    changed[3, 1, 2, 2] += 1e-6
    digests.append(recognition_samples(CLIPS, changed, [0] * 6).digest())
    digests.append(recognition_samples(CLIPS, maps.reshape(6, 3, 2, 8), [0] * 6).digest())
    for change in ({"origin": "simulated"}, {"apex": 15}, {"subject": "003"}):
        clips = [*CLIPS[:5], dataclasses.replace(CLIPS[5], **change)]
        digests.append(recognition_samples(clips, maps, [0] * 6).digest())
    assert len(set(digests)) == len(digests)
    assert recognition_samples(CLIPS, maps, [0] * 6).digest() == digests[0]


def test_folds_are_balanced_by_the_samples_own_classes():
    clips = [dataclasses.replace(CLIPS[0], subject=f"{s:03}", name=f"{s}_{n}") for s in range(8) for n in range(3)]
    classes = [0 if index < 12 else 1 for index in range(24)]  # one emotion word, two classes
    samples = recognition_samples(clips, np.zeros((24, 2, 4, 4)), classes)
    of = {clip.id: class_ for clip, class_ in zip(clips, classes, strict=True)}
    for fold in kfold(samples, 4):
        assert sorted(of[clip] for clip in fold.test) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("count, batch_size", [(1, 4), (4, 4), (5, 4), (65, 64), (97, 32), (7, 3)])
def test_batches_cover_each_row_once_and_are_even(count, batch_size):
    batches = Batches([torch.arange(count), -torch.arange(count)], batch_size, seed=3)
    got = list(batches)
    sizes = [len(x) for x, _ in got]
    assert len(got) == len(batches)
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert sorted(torch.cat([x for x, _ in got]).tolist()) == list(range(count))
    assert all(torch.equal(x, -y) for x, y in got)


def test_order_comes_from_the_seed_and_changes_each_epoch():
    def epochs(seed):
        loader = InMemory([torch.arange(50)], 8, seed).train_dataloader()
        return [torch.cat([rows for (rows,) in loader]).tolist() for _ in range(2)]

    torch.manual_seed(1)
    first = epochs(7)
    torch.manual_seed(2)
    assert epochs(7) == first
    assert first[0] != first[1]
    assert epochs(8) != first


def test_apex_samples_take_the_apex_the_middle_or_a_spotters_frame(monkeypatch, tmp_path):
    clips = [
        Clip("samm", "001", "a", 200, 10, 14, 20, "anger"),
        Clip("smic", "s1", "b", 100, 10, None, 21, "positive"),
        Clip("samm", "002", "c", 200, 10, 14, 20, "surprise"),
        Clip("samm", "002", "d", 200, 10, 14, 20, "happiness"),
    ]
    asked = {}

    def flows(database, own, numbers, **settings):
        asked.update(zip([clip.id for clip in own], numbers, strict=True))
        return [None if clip.name == "d" else np.full((1, 2, 4, 4), n[0]) for clip, n in zip(own, numbers, strict=True)]

    monkeypatch.setattr("mxe_lib.vision.flow.flows", flows)
    databases = [SimpleNamespace(name="samm"), SimpleNamespace(name="smic")]
    samples = apex_samples(databases, clips, {clips[2].id: 17}, size=4, cache=tmp_path)
    assert asked == {clips[0].id: [14], clips[1].id: [15], clips[2].id: [17], clips[3].id: [14]}
    assert samples.clips == tuple(clips[:3]), "a clip without flow is left out"
    assert samples.inputs[:, 0, 0, 0].tolist() == [14, 15, 17]
    assert samples.classes.tolist() == [0, 1, 2]


def test_bad_input_names_the_clip_or_the_field():
    maps = np.zeros((6, 2, 4, 4), np.float32)
    with pytest.raises(MxeError, match=r"samm/001/001_1_0.*others"):
        recognition_samples(CLIPS, maps, [0, 0, "others", 0, 0, 0])
    with pytest.raises(MxeError, match="6 clips, 5 maps"):
        recognition_samples(CLIPS, maps[:5], [0] * 6)
    maps[4, 0, 0, 0] = np.nan
    with pytest.raises(MxeError, match=r"samm/002/002_1_0"):
        recognition_samples(CLIPS, maps, [0] * 6)
    with pytest.raises(MxeError, match="twice"):
        recognition_samples(CLIPS[:1] * 2, np.zeros((2, 2, 4, 4)), [0, 0])
    _, flows, numbers = spotting()
    with pytest.raises(MxeError, match=CLIPS[1].id):
        spotting_samples(CLIPS, [flows[0], flows[1][:-1], *flows[2:]], numbers)
