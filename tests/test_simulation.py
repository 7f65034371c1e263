"""The simulator: what it shows is what its truth says, it repeats itself exactly, and people can be found in it."""

import dataclasses

import cv2
import numpy as np
import pytest

from mxe_lib.clips import Clip
from mxe_lib.compute.seeds import generator
from mxe_lib.errors import MxeError
from mxe_lib.simulation import (
    NONE,
    PACK_CROP,
    UNITS,
    Activation,
    Crop,
    Distractors,
    SimulatedDatabase,
    atlas,
    fields,
    motion,
    parse,
    sample_flow,
)
from mxe_lib.simulation.cohorts import cohort_rows
from mxe_lib.simulation.displacement import template
from mxe_lib.simulation.face import MEAN_SHAPE, MIRROR, landmarks, many_landmarks
from mxe_lib.simulation.timeline import expression
from mxe_lib.vision import tvl1


@pytest.fixture(scope="module")
def quiet():
    """A CASME II-like cohort in which only the expression moves."""
    return SimulatedDatabase("casme2", distractors=NONE)


def grey(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) if frame.ndim == 3 else frame


def face_without_eyes(flow: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Moving pixels that lie neither near a lid (lids are drawn, not warped) nor at the frame's edge."""
    mask = np.hypot(*flow) > 0.5
    for eye in (points[36:42], points[42:48]):
        (left, top), (right, bottom) = eye.min(axis=0) - 5, eye.max(axis=0) + 5
        mask[int(top) : int(bottom), int(left) : int(right)] = False
    mask[:4], mask[-4:], mask[:, :4], mask[:, -4:] = False, False, False, False
    return mask


def test_the_mean_face_is_symmetric_and_people_differ():
    assert np.array_equal(np.sort(MIRROR), np.arange(68))
    assert np.allclose(MEAN_SHAPE[MIRROR], MEAN_SHAPE * [-1, 1])
    people = many_landmarks(np.random.default_rng(0), 200)
    assert np.allclose(people[:, 36:42].mean(axis=1) + people[:, 42:48].mean(axis=1), 0, atol=1e-9)
    assert np.allclose(people[:, 42:48, 0].mean(axis=1) - people[:, 36:42, 0].mean(axis=1), 1)
    assert np.abs(people.mean(axis=0) - MEAN_SHAPE).max() < 0.03
    assert 0.01 < people.std(axis=0).mean() < 0.1


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit not in (43, 45)])
def test_a_unit_reaches_its_amplitude_and_folds_no_skin(unit):
    x, y = np.linspace(-1.3, 1.3, 131), np.linspace(-1.2, 2.0, 161)
    field = template((Activation(unit, "both", "E"),)).on(MEAN_SHAPE).on_grid(x, y)
    assert np.hypot(*field).max() == pytest.approx(0.095 * UNITS[unit].gain, rel=0.02)
    uy, ux = np.gradient(field[0], y[1] - y[0], x[1] - x[0])
    vy, vx = np.gradient(field[1], y[1] - y[0], x[1] - x[0])
    assert ((1 + ux) * (1 + vy) - uy * vx).min() > 0.1
    mirrored = np.stack([-field[0, :, ::-1], field[1, :, ::-1]])
    assert np.allclose(mirrored, field, atol=1e-6)


def test_units_move_the_face_as_facs_says():
    def moved(*codes):
        return template(tuple(parse(code) for code in codes)).on(MEAN_SHAPE).at(MEAN_SHAPE)

    up, left_corner, right_corner = -1, 54, 48  # the owner's left stands on the image's right
    assert np.sign(moved("1D")[[21, 22], 1]).tolist() == [up, up]
    assert moved("4D")[21, 0] > 0 > moved("4D")[22, 0]  # brows together ...
    assert moved("4D")[[21, 22], 1].min() > 0  # ... and down
    smile = moved("L12D")
    assert smile[left_corner, 0] > 0.02 and smile[left_corner, 1] < -0.02
    assert np.abs(smile[right_corner]).max() < 0.003
    assert moved("15D")[[48, 54], 1].min() > 0.03
    assert moved("26D")[8, 1] > 0.05 > np.abs(moved("26D")[27:36]).max()
    # Combined units are not the sum of their parts: 1+4 lifts the inner brow that 4 alone lowers.
    assert moved("1C", "4C")[21, 1] < 0.5 * (moved("1C") + moved("4C"))[21, 1] < 0
    corner = moved("12C", "15C")[48, 1] - moved("12C")[48, 1]
    assert 0 < corner < moved("15C")[48, 1]


def test_intensity_rises_to_one_apex_and_falls():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        length = int(rng.integers(10, 140))
        apex = int(rng.integers(3, length - 3))
        curve = expression(length, apex, rng)
        assert curve.shape == (length + 1,) and curve[0] == 0 and curve.argmax() == apex and curve[apex] == 1
        assert (np.diff(curve[: apex + 1]) >= 0).all() and (np.diff(curve[apex:]) <= 0).all()
    assert expression(4, 0, np.random.default_rng(0))[0] == 1
    assert expression(4, 4, np.random.default_rng(0))[4] == 1


@pytest.mark.parametrize("codes", [("12E",), ("1E", "2E"), ("4E",), ("L10E",), ("17E",), ("26D",), ("6D", "12E")])
def test_the_onset_frame_warped_by_the_true_flow_is_the_apex_frame(quiet, codes):
    clip = quiet.add_clip(codes, length=20, apex=10, subject="sub03", name=f"warp_{'_'.join(codes)}")
    onset, apex = (grey(frame).astype(np.float32) for frame in quiet.frames(clip, [1, 11]))
    flow = quiet.true_flow(clip, 11)
    y, x = np.mgrid[0:170, 0:140].astype(np.float32)
    back = cv2.remap(apex, x + flow[0], y + flow[1], cv2.INTER_CUBIC)
    mask = face_without_eyes(flow, quiet.true_landmarks(clip, 1))
    assert mask.sum() > 100
    assert np.abs(back - onset)[mask].mean() < 0.25 * np.abs(apex - onset)[mask].mean()


def test_a_head_that_turns_out_of_the_image_moves_its_nose_against_its_cheeks():
    """In the fields, in the truth and in the frames alike."""
    nose, cheek = motion.depth(np.array([0.0, 1.1]), np.array([0.6, 0.6]))
    assert nose > 0.3 > -0.3 > cheek
    restless = SimulatedDatabase("casme2", distractors=Distractors(0, 5, 0, 0, 0, 0))
    same = dict(action_units=("14A",), length=100, apex=50, subject="sub03")
    clips = [restless.add_clip(**same, name=f"turning{n}") for n in range(12)]
    clip = max(clips, key=lambda clip: np.abs(restless.scene(clip).plan.courses.head[-1, 4]))
    apex, end = (grey(frame).astype(np.float32) for frame in restless.frames(clip, [1, 101]))
    flow = restless.true_flow(clip, 101)
    shape = restless.true_landmarks(clip, 1)
    across = np.ptp(shape[:17, 0])
    y, x = (int(n) for n in shape[30][::-1])
    beside = flow[0, y, x] - flow[0, y, int(x - 0.4 * across) : int(x + 0.4 * across)].mean()
    courses = restless.scene(clip).plan.courses.head[-1]
    assert np.sign(beside) == np.sign(courses[4])
    rows, columns = np.mgrid[0:170, 0:140].astype(np.float32)
    back = cv2.remap(end, columns + flow[0], rows + flow[1], cv2.INTER_CUBIC)
    mask = face_without_eyes(flow, shape)
    assert mask.sum() > 100
    assert np.abs(back - apex)[mask].mean() < 0.25 * np.abs(end - apex)[mask].mean()


def test_sampled_and_rendered_heads_move_alike():
    x, y = np.linspace(-1.5, 1.5, 21, dtype=np.float32), np.linspace(-1.5, 2.2, 25, dtype=np.float32)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    moves = np.array([0.1, 0.2, 0.03, 0.02, 0.3, -0.2], np.float32)
    expected = np.einsum("yxmd,m,yx->dyx", motion.head_fields(grid), moves, motion.head_mask(grid))
    np.testing.assert_allclose(fields.head_flow(moves[None], x[None], y[None])[0], expected, atol=1e-5)


def test_truth_agrees_with_itself():
    database = SimulatedDatabase("casme2")
    for clip in database.clips()[:60:12]:
        truth = database.truth(clip)
        assert truth.intensity.shape == (clip.length + 1,)
        assert clip.onset + int(truth.intensity.argmax()) == truth.physical_apex
        assert not database.true_flow(clip, clip.onset).any()
        flow = database.true_flow(clip, truth.physical_apex)
        before, after = (database.true_landmarks(clip, number) for number in (clip.onset, truth.physical_apex))
        sampled = [cv2.remap(part, *before.astype(np.float32).T[:, None], cv2.INTER_LINEAR)[0] for part in flow]
        inside = (before > 2).all(axis=1) & (before < np.array(database.size) - 3).all(axis=1)
        assert np.abs((after - before) - np.stack(sampled, axis=1))[inside].max() < 0.15


def test_tvl1_finds_the_true_flow():
    """Without distractors its error is a fifth of the zero flow's, with them under two thirds (movements of 4 px)."""
    ratios = {}
    for name, distractors in (("quiet", NONE), ("life", Distractors())):
        errors, sizes = [], []
        for cohort in ("casme2", "samm"):
            database = SimulatedDatabase(cohort, distractors=distractors, size=(140, 170))
            subjects = sorted({clip.subject for clip in database.clips()})
            for i, codes in enumerate([("12E",), ("1E", "2E"), ("4E",), ("15E",)]):
                clip = database.add_clip(codes, length=40, apex=20, subject=subjects[5 * i], name=f"flow_{i}")
                onset, apex = (grey(frame) for frame in database.frames(clip, [1, 21]))
                true = database.true_flow(clip, 21)
                assert np.hypot(*true).max() > 4 * 0.93
                flow = tvl1.tvl1(onset, apex).transpose(2, 0, 1)
                moving = np.hypot(*true) > 0.5
                errors.append(np.hypot(*(flow - true))[moving].sum())
                sizes.append(np.hypot(*true)[moving].sum())
        ratios[name] = sum(errors) / sum(sizes)
    assert ratios["quiet"] <= 1 / 5
    assert ratios["life"] <= 2 / 3


@pytest.mark.parametrize("name", ["casme2", "samm", "smic"])
def test_frames_repeat_bit_for_bit_whatever_else_is_asked(name):
    first, second = SimulatedDatabase(name), SimulatedDatabase(name)
    clip = first.clips()[7]
    numbers = clip.frame_numbers(9)
    together = first.frames(clip, numbers)
    for index in (3, 0, 1):
        assert np.array_equal(second.frames(second.clips()[7], [numbers[index]])[0], together[index])
    width, height = first.size
    colours = () if name == "samm" else (3,)
    assert together.dtype == np.uint8 and together.shape == (len(numbers), height, width, *colours)
    another = SimulatedDatabase(name, seed=1)
    assert not np.array_equal(another.frames(another.clips()[7])[0], together[0])


def test_the_fingerprint_names_all_that_frames_depend_on():
    database = SimulatedDatabase("casme2")
    clip, other = database.clips()[:2]
    same = SimulatedDatabase("casme2")
    prints = [
        database.fingerprint(clip, [clip.onset]),
        database.fingerprint(clip, [clip.onset, clip.offset]),
        database.fingerprint(other, [other.onset]),
        SimulatedDatabase("casme2", size=(100, 120)).fingerprint(clip, [clip.onset]),
        SimulatedDatabase("casme2", distractors=NONE).fingerprint(clip, [clip.onset]),
    ]
    assert len(set(prints)) == len(prints)
    assert prints[0] == same.fingerprint(clip, [clip.onset])


@pytest.mark.parametrize("name", ["casme2", "samm", "smic"])
def test_cascades_find_the_face_and_both_eyes_of_nearly_everyone(name):
    faces, eyes = (
        cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{kind}.xml")
        for kind in ("frontalface_default", "eye")
    )
    database = SimulatedDatabase(name)
    found = []
    for clip in {clip.subject: clip for clip in database.clips()}.values():
        image = cv2.resize(grey(database.frames(clip, [clip.onset])[0]), None, fx=2, fy=2)
        points = 2 * database.true_landmarks(clip, clip.onset)
        boxes = faces.detectMultiScale(image, 1.1, 3, minSize=(120, 120))
        x, y, width, height = max(boxes, key=lambda box: box[2]) if len(boxes) else (0, 0, 1, 1)
        hits = eyes.detectMultiScale(image[y : y + int(0.6 * height), x : x + width], 1.05, 3)
        seen = [(x + a + w / 2, y + b + h / 2) for a, b, w, h in hits]
        centres = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
        reach = 0.25 * (centres[1] - centres[0])[0]
        found.append(all(any(np.hypot(*(np.array(eye) - centre)) < reach for eye in seen) for centre in centres))
    assert np.mean(found) >= 0.98


def test_a_blink_shuts_the_eyes_and_nothing_else(quiet):
    clip = quiet.add_clip(["45E"], length=10, apex=5, subject="sub03", name="blink")
    onset, shut = (grey(frame).astype(float) for frame in quiet.frames(clip, [1, 6]))
    points = quiet.true_landmarks(clip, 1)
    change = np.abs(shut - onset)
    x, y = points[36:42].mean(axis=0).astype(int)
    assert change[y - 2 : y + 3, x - 3 : x + 4].mean() > 15
    assert change[int(points[33, 1]) :].max() < 3


def test_sampled_fields_are_labelled_repeatable_and_like_the_clips():
    flow, labels = sample_flow(150, 48, seed=3)
    again, same = sample_flow(70, 48, seed=3)
    assert flow.shape == (150, 2, 48, 48) and flow.dtype == np.float32 and labels.dtype == np.int64
    assert np.array_equal(flow[:70], again) and np.array_equal(labels[:70], same)
    assert np.bincount(labels, minlength=3).min() > 30
    only, negative = sample_flow(20, 28, weights=(1, 0, 0), distractors=NONE, estimation_noise=0)
    assert not negative.any() and np.isfinite(only).all()
    peaks = np.hypot(flow[:, 0], flow[:, 1]).max(axis=(1, 2)) / (0.4 * 48)  # in face units
    assert 0.01 < np.median(peaks) < 0.1
    # Classes are told apart by where things move: surprise above the eyes, smiles below.
    quiet_flow, kinds = sample_flow(200, 48, seed=1, distractors=NONE, estimation_noise=0)
    energy = np.hypot(quiet_flow[:, 0], quiet_flow[:, 1])
    upper = energy[:, :18].sum(axis=(1, 2)) / energy.sum(axis=(1, 2))
    assert upper[kinds == 2].mean() > 0.6 > 0.3 > upper[kinds == 1].mean()


def test_muscles_that_differ_move_other_skin_and_nothing_else():
    alike, classes = sample_flow(40, 28, seed=2, distractors=NONE, estimation_noise=0)
    differing, same = sample_flow(40, 28, seed=2, distractors=NONE, estimation_noise=0, anatomy=1.0)
    np.testing.assert_array_equal(classes, same)
    lengths = [np.hypot(*flow.swapaxes(0, 1)).max((1, 2)) for flow in (alike, differing)]
    assert 0.7 < np.median(lengths[1] / lengths[0]) < 1.4
    assert np.corrcoef(alike.ravel(), differing.ravel())[0, 1] > 0.5
    assert not np.allclose(alike, differing)


def test_the_packs_crop_puts_the_face_where_its_rule_says():
    """Eyes 0.4 eye distances from the sides, 0.6 from the top; a unit at a landmark shows where that landmark lies."""
    exact = Crop(PACK_CROP.eyes, 0, 0, 0, PACK_CROP.height)
    quiet = dict(distractors=NONE, estimation_noise=0, spread=0, unilateral=0.0)
    flow, _ = sample_flow(60, 90, seed=0, weights=(0, 1, 0), crop=exact, **quiet)
    length = np.hypot(flow[:, 0], flow[:, 1]).mean(0)[:, :45]  # smiles, image's left half
    y, x = np.unravel_index(length.argmax(), length.shape)
    corner = MEAN_SHAPE[48]
    assert abs((x + 0.5) / 90 - (0.9 + corner[0]) / 1.8) < 0.08
    assert abs((y + 0.5) / 90 - (0.6 + corner[1]) / 2.2) < 0.08


def test_the_atlas_has_a_page_for_every_unit():
    pages = atlas([1, "L12", 43], size=(100, 120))
    assert [page.unit.number for page in pages] == [1, 12, 43]
    for page in pages:
        assert page.neutral.shape == page.apex.shape == (120, 100, 3) and page.flow.shape == (2, 120, 100)
        assert np.hypot(*page.flow).max() > 1.5
    assert all(unit.muscle and unit.appearance for unit in UNITS.values())


def test_the_flow_of_sampled_and_rendered_faces_has_one_source():
    shape = landmarks(generator("person"))
    row = dataclasses.replace(cohort_rows("casme2")[0])
    field = template(row.action_units).on(shape)
    on_grid = field.on_grid(shape[:, 0], shape[:, 1])
    at_points = field.at(shape)
    assert np.allclose(on_grid[:, range(68), range(68)].T, at_points, atol=1e-6)


@pytest.mark.parametrize(
    ("act", "range_named"),
    [
        (lambda db: SimulatedDatabase("casme3"), "casme2, samm, smic"),
        (lambda db: SimulatedDatabase("samm", size=(10, 10)), "64 to 1024"),
        (lambda db: Distractors(blinks=-1), "from 0"),
        (lambda db: db.add_clip(["12B"], length=-3), "4 to 2000"),
        (lambda db: db.add_clip(["12B"], length=30, apex=31), "from 0 to the length, 30"),
        (lambda db: db.add_clip(["3B"]), "unknown unit 3: choose from 1, 2, 4"),
        (lambda db: db.add_clip(["12F"]), "from A to E"),
        (lambda db: db.add_clip(["12B"], name=db.clips()[0].name), "choose another name"),
        (lambda db: expression(0, 0, np.random.default_rng(0)), "1 frame or more"),
        (lambda db: expression(10, 11, np.random.default_rng(0)), "from 0 to the length, 10"),
        (lambda db: sample_flow(4, 20), "28 to 150"),
        (lambda db: sample_flow(-1), "0 or more"),
        (lambda db: sample_flow(4, cohort="ck+"), "casme2, samm, smic"),
        (lambda db: sample_flow(4, weights=(0, 0, 0)), "three numbers"),
        (lambda db: sample_flow(4, unilateral=1.5), "0 to 1"),
        (lambda db: sample_flow(4, anatomy=-1), "0 (all alike) to 3"),
        (lambda db: db.frames(db.clips()[0], [1]), "choose from"),
        (lambda db: db.frames(Clip("casme2", "sub01", "no", 200, 1, 2, 3, "others")), "take one of clips()"),
        (lambda db: atlas([99]), "unknown unit 99"),
    ],
)
def test_impossible_settings_are_refused_with_the_range_named(quiet, act, range_named):
    with pytest.raises(MxeError) as refusal:
        act(quiet)
    assert range_named in str(refusal.value)
    assert "\n" not in str(refusal.value)
