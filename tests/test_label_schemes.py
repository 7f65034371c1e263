"""Other labels: who has which class, what scores them, and that nothing learns from a tested clip."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import cohen_kappa_score, f1_score
from tiny import cohort

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals, label_scores
from mxe_lib.learning import crossval, folds
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition import label_baselines, labels
from mxe_lib.recognition.label_tasks import RAREST, RecognizeClasses, RecognizeUnits, unit_matrix
from mxe_lib.study import label_schemes

WORDS = ("happiness", "disgust", "surprise", "repression", "others")
CODES = {"happiness": ("12",), "disgust": ("4", "L7"), "surprise": ("1", "2B"), "repression": ("15",), "others": ("4",)}


def clip(units, emotion="others", subject="sub01", name="a"):
    return Clip("casme2", subject, name, 200, 1, 5, 9, emotion, tuple(units), "simulated")


def samples(people=10, each=5, seed=0):
    """Maps in which each emotion lights up a square of its own; every person shows every emotion once."""
    clips, inputs, rng = [], [], np.random.default_rng(seed)
    for person in range(people):
        for number in range(each):
            word = WORDS[number % len(WORDS)]
            clips.append(clip(CODES[word], word, f"sub{person:02d}", f"c{number}"))
            one = rng.normal(0, 0.1, (3, 28, 28))
            one[:, 5 * (number % 5) : 5 * (number % 5) + 5] += 1
            inputs.append(one)
    index = torch.arange(len(clips))
    return Samples(torch.tensor(np.array(inputs)).float(), tuple(clips), index, classes=index % len(WORDS))


@pytest.mark.parametrize(
    ("database", "scheme", "counts"),
    [
        ("casme2", "five", (32, 63, 25, 27, 99)),
        ("casme2", "four", (32, 63, 25, 27)),
        ("casme2", "seven", (32, 63, 25, 27, 7, 2, 99)),
        ("casme2", "three", (88, 32, 25)),
        ("samm", "five", (57, 12, 26, 15, 26)),
        ("samm", "seven", (57, 12, 9, 8, 26, 6, 15)),
    ],
)
def test_classes_have_the_databases_numbers(database, scheme, counts):
    """As the coding of 2014 (CASME II) and SAMM's workbook have them."""
    chosen = labels.scheme(scheme, database)
    _, numbers, left_out = labels.labelled(cohort(database), chosen)
    assert tuple(np.bincount(numbers, minlength=len(chosen.classes))) == counts
    assert sum(counts) + sum(left_out.values()) == len(cohort(database))


def test_unknown_labels_are_one_line():
    with pytest.raises(MxeError, match="unknown label scheme 'six'"):
        labels.scheme("six", "casme2")
    with pytest.raises(MxeError, match="smic: has no five emotions"):
        labels.scheme("five", "smic")


@pytest.mark.parametrize(
    ("units", "name"),
    [
        (("12",), "I"),
        (("6B", "R12A"), "I"),
        (("1", "2"), "II"),
        (("5", "24"), "II"),
        (("7", "4"), "III"),
        (("23",), "III"),
        (("4", "9", "17"), "IV"),
        (("10A/B",), "IV"),
        (("1", "4"), "V"),
        (("20",), "VI"),
        (("1", "2", "4"), "VI"),
        (("14",), "VII"),
        (("2",), "VII"),
        (("7",), "VII"),
        (("(R6 or R12)", "R15"), None),
        ((), None),
    ],
)
def test_objective_classes(units, name):
    assert labels.objective_class(clip(units)) == name


def test_no_combination_is_in_two_objective_classes():
    every = [frozenset(c.split("+")) for listed in labels.OBJECTIVE.values() for c in listed.split()]
    assert len(set(every)) == len(every) == 36


def test_objective_classes_that_no_clip_has_are_no_classes():
    chosen = labels.scheme("objective", "casme2", [clip(("12",)), clip(("14",))])
    assert chosen.classes == ("I", "VII")
    assert chosen.number(clip(("14",))) == 1
    assert chosen.number(clip(("20",))) is None


def test_units_need_clips_and_people():
    clips = [clip(("4",), name=f"a{n}", subject=f"s{n % 6}") for n in range(12)]
    clips += [clip(("9",), name=f"b{n}", subject="s1") for n in range(12)]
    clips += [clip(("15",), name=f"c{n}", subject=f"s{n}") for n in range(9)]
    assert labels.frequent_units(clips) == (4,)


def test_kappa_and_f1_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    true, said = rng.integers(5, size=200), rng.integers(5, size=200)
    said[:90] = true[:90]
    rows = {"clip": range(200), "database": "samm", "subject": rng.integers(9, size=200), "seed": 0}
    counts = label_scores.class_counts(pd.DataFrame(rows).assign(y_true=true, y_pred=said), 5)
    named = label_scores.class_statistics(list("abcde"))
    scores = {metric: float(statistic(counts.sums.sum((0, 1)))) for metric, statistic in named.items()}
    assert scores["kappa"] == pytest.approx(cohen_kappa_score(true, said))
    assert scores["uf1"] == pytest.approx(f1_score(true, said, average="macro"))
    assert scores["f1_c"] == pytest.approx(f1_score(true == 2, said == 2))
    with pytest.raises(MxeError, match=r"labels \[4\]"):
        label_scores.class_counts(pd.DataFrame(rows).assign(y_true=true, y_pred=said), 4)


def test_unit_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    true, said = rng.integers(2, size=(2, 60, 3))
    table = pd.DataFrame({"clip": range(60), "database": "samm", "subject": rng.integers(9, size=60), "seed": 0})
    for place, unit in enumerate((4, 7, 12)):
        table[f"true_{unit}"], table[f"said_{unit}"] = true[:, place], said[:, place]
    counts, named = label_scores.unit_counts(table, (4, 7, 12)), label_scores.unit_statistics((4, 7, 12))
    total = counts.sums.sum((0, 1))
    assert float(named["macro_f1"](total)) == pytest.approx(f1_score(true, said, average="macro"))
    assert float(named["accuracy"](total)) == pytest.approx((true == said).mean())
    assert float(named["f1_au7"](total)) == pytest.approx(f1_score(true[:, 1], said[:, 1]))


def test_a_difference_is_paired_and_tested():
    table = label_baselines.linear_classes(samples(), folds.kfold(samples(), 5))
    good = label_scores.class_counts(table, 5)
    bad = label_scores.class_counts(table.assign(y_pred=0), 5)
    row = dict(experiment="x", database="casme2", origin="simulated", model="m", protocol="kfold5")
    uf1 = label_scores.class_statistics(WORDS)["uf1"]
    made = label_scores.difference_row(good, bad, "uf1", uf1, than="none", resamples=200, **row)
    assert made["ci_low"] > 0.5
    assert made["p"] < 0.05
    assert made["variant"] == "than=none"
    assert label_scores.difference_row(good, good, "uf1", uf1, than="none", resamples=200, **row)["p"] == 1
    assert made["p"] == intervals.permuted(good.sums, bad.sums, uf1, 200)


def test_a_network_learns_five_classes_and_units(tmp_path):
    given, split = samples(), folds.kfold(samples(), 2)
    how = dict(epochs=40, learning_rate=1e-2, batch_size=16)
    table = crossval.cross_validate(RecognizeClasses(classes=5, **how), given, split, cache=tmp_path)
    assert (table["y_true"] == table["y_pred"]).mean() > 0.8
    units = [1, 4, 12, 15]
    table = crossval.cross_validate(RecognizeUnits(units, **how), given, split, cache=tmp_path)
    scores = label_scores.unit_statistics(units)["macro_f1"](label_scores.unit_counts(table, units).sums.sum((0, 1)))
    assert float(scores) > 0.8


def test_presence_counts_as_much_as_absence():
    task = RecognizeUnits([1, 4, 12])
    targets = task.targets(samples())
    assert targets.shape == (50, 3)
    np.testing.assert_allclose(task.presence, [4.0, 1.5, 4.0])
    task.targets(samples(people=40).subset([c.id for c in samples(people=40).clips if c.emotion == "disgust"]))
    assert task.presence.max() <= RAREST
    with pytest.raises(MxeError, match="leave one open"):
        unit_matrix(dataclasses.replace(samples(1, 1), clips=(clip(("5 or 6",)),)), [4])
    with pytest.raises(MxeError, match="class numbers below 3"):
        RecognizeClasses(classes=3).targets(samples())


@pytest.mark.parametrize("system", ["always_largest", "by_frequency", "linear_classes", "from_units"])
def test_who_answers_classes_knows_the_training_clips_alone(system):
    given, split = samples(), folds.kfold(samples(), 5)
    answer = getattr(label_baselines, system)
    before = answer(given, split)
    assert before.groupby("seed")["clip"].nunique().eq(50).all()
    fold = split[0]
    other = given.classes.clone()
    tested = [index for index, one in enumerate(given.clips) if one.id in fold.test]
    other[tested] = (other[tested] + 1) % 5
    turned = answer(dataclasses.replace(given, classes=other, clip_digests=[]), [fold])
    same = before[before["fold"] == fold.name]
    assert turned.set_index(["seed", "clip"])["y_pred"].equals(same.set_index(["seed", "clip"])["y_pred"])


def test_naive_and_perfect_answers():
    given, split = samples(), folds.kfold(samples(), 5)
    seen = label_baselines.from_units(given, split)
    assert (seen["y_true"] == seen["y_pred"]).all(), "in these clips each emotion has units of its own"
    units = (1, 4, 12)
    present = label_baselines.always(given, units, present=True)
    assert present["said_4"].all()
    assert present["true_4"].mean() == 0.4
    guessed = label_baselines.units_by_frequency(given, split, units)
    assert guessed["said_4"].mean() == pytest.approx(0.4, abs=0.08)
    linear = label_baselines.linear_units(given, split, (*units, 43))
    assert (linear["true_12"] == linear["said_12"]).mean() > 0.9
    assert not linear["said_43"].any(), "no training clip shows it"


def test_clips_with_open_units_have_nothing_in_common():
    """Whoever sees every unit knows nothing of a clip whose coders left one open: it gets the most frequent class."""
    open_ones = [clip(("(R6 or R12)",), "happiness", name=str(number)) for number in range(3)]
    known = [clip(("4",), "others", name=f"k{number}") for number in range(4)]
    asked = clip(("(R6 or R12)",), "happiness", "sub02", "asked")
    clips = (*open_ones, *known, asked)
    given = Samples(torch.zeros(8, 3, 2, 2), clips, torch.arange(8), classes=torch.tensor([0, 0, 0, 4, 4, 4, 4, 0]))
    fold = Fold("mine", tuple(one.id for one in clips[:-1]), (asked.id,))
    assert label_baselines.from_units(given, [fold])["y_pred"].tolist() == [4]


def test_movements_and_emotions_are_compared_on_the_same_clips():
    """The two kappas that stand beside their difference are of the clips that have both labels, and no others."""
    given = {"casme2": samples()}
    schemes = [label_schemes.under(given["casme2"], "casme2", name) for name in ("objective", "five")]
    found = {}
    for one in schemes:
        split = folds.kfold(one.samples, 5)
        answers = label_baselines.linear_classes(one.samples, split)
        cut = answers if one.scheme.name == "objective" else answers.iloc[5:]
        found["casme2", one.scheme.name, "logistic_regression"] = cut
    common = dict(experiment="x", origin="simulated", protocol="kfold5", resamples=20)
    *_, scores, others, gap = label_schemes.rows(found, schemes, {"casme2": ()}, **common)
    assert gap["n"] == scores["n"].item() == others["n"].item() == 45
    assert gap["value"] == pytest.approx(scores["value"].item() - others["value"].item())


def test_a_fold_of_one_class_is_one_line():
    given = samples()
    ids = [one.id for one in given.clips if one.emotion == "disgust"]
    with pytest.raises(MxeError, match="all of one class"):
        label_baselines.linear_classes(given, [Fold("mine", tuple(ids[:5]), tuple(ids[5:]))])


def test_shares_and_meanings():
    one = label_schemes.under(samples(), "casme2", "five")
    (line,) = label_schemes.shares([one]).to_dict("records")
    assert (line["classes"], line["clips"], line["its share"]) == (5, 50, 0.2)
    assert line["UF1 of naming it"] == pytest.approx(2 * 0.2 / 1.2 / 5)
    both = [clip(("4",), "others"), clip(("R4B",), "disgust", name="b"), clip(("4",), "disgust", name="c")]
    assert label_schemes.meanings(both, frozenset({4})) == {"disgust": 2, "others": 1}
