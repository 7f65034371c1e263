import numpy as np
import pytest
from scipy.stats import ttest_rel

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.papers import decode, published


def printed(paper, place, **wanted):
    return [
        number.value
        for number in published.numbers()
        if number.paper == paper
        and number.place == place
        and all(getattr(number, name) == value for name, value in wanted.items())
    ]


def test_nineteen_pairs():
    assert {name: len(rows) for name, rows in decode.pairs().items()} == dict(composite=8, casme2=3, samm=4, smic=4)


@pytest.mark.parametrize(
    "database, n, correct",
    [
        ("composite", 441, {258, 298, 299, 303, 288, 290, 297, 292}),
        ("casme2", 145, {93, 121, 125}),
        ("samm", 132, {90, 82, 71, 76}),
        ("smic", 164, {75, 95, 103, 102}),
    ],
)
def test_integers_behind_the_pairs(database, n, correct):
    pairs = [row[2:] for row in decode.pairs()[database]]
    assert decode.decode(pairs)[0] == n
    assert set(decode.decode(pairs)[1]) == correct
    assert all(other % n == 0 for other, _ in decode.fitting(pairs))  # only multiples fit as well


def test_databases_add_up_to_the_whole():
    rows = decode.decoded()
    assert len(rows) == 24
    correct = {(r["place"], r["model"], r["variant"], r["database"]): r["correct"] for r in rows}
    expected = [("Table 5", "vgg_m", "gan=no", 258), ("Table 5", "vgg_m", "gan=yes", 298)]
    expected += [("Table 6", "oc_net", "gan=no", 299), ("Table 8", "oc_net", "gan=yes", 303)]
    for *system, whole in expected:
        assert correct[*system, "composite"] == whole
        assert sum(correct[*system, name] for name in ("casme2", "samm", "smic")) == whole
    assert {r["n"] for r in rows if r["database"] == "composite"} == {441} == {145 + 132 + 164}


def test_other_metrics_do_not_fit():
    with pytest.raises(MxeError, match="fits"):
        decode.decode([(72.34, 57.50), (78.38, 67.57)])


def test_wrong_digits_do_not_fit_the_real_size():
    pairs = [row[2:] for row in decode.pairs()["samm"]]
    spoiled = [(accuracy, f1 + 0.02) for accuracy, f1 in pairs]
    assert 132 not in [n for n, _ in decode.fitting(spoiled)]


def test_every_number_of_the_papers_tables():
    """Row counts and a column sum of each table: a slip of typing changes one of them."""
    recognition = {"Table 5": (16, 1112.71), "Table 6": (8, 584.32), "Table 7": (8, 577.02), "Table 8": (8, 591.16)}
    for place, (count, total) in recognition.items():
        values = printed("P1", place)
        assert (len(values), round(100 * sum(values), 2)) == (count, total)
    spotting = {"Table 3": (8, 135.05), "Table 4": (8, 89.04)}
    for place, (count, total) in spotting.items():
        values = printed("P1", place)
        assert (len(values), round(sum(values), 2)) == (count, total)
    assert len(printed("P1", "Figure 13")) == 8
    folds = {"Table 5": (18, 279.88), "Table 6": (12, 182.22), "Table 7": (12, 180.45)}
    for place, (count, total) in folds.items():
        values = printed("P2", place)
        assert (len(values), round(sum(values), 2)) == (count, total)
    assert len(printed("P2", "Table 8")) == 5
    assert printed("P2", "Table 9") == [14.90, 27.21, 22.36, 17.75, 15.54]


@pytest.mark.parametrize("place, rows", [("Table 5", 3), ("Table 6", 2), ("Table 7", 2)])
def test_folds_of_p2_give_the_printed_average(place, rows):
    values = np.array(printed("P2", place)).reshape(rows, 6)
    np.testing.assert_allclose(values[:, :5].mean(1), values[:, 5], atol=0.011)


def test_attention_is_not_a_significant_gain():
    folds = np.array([x for (place, _), x in published.fold_errors().items() if place == "Table 7"])
    assert (folds[0] < folds[1]).sum() == 3
    assert ttest_rel(*folds).statistic == pytest.approx(-0.43, abs=0.005)


def test_rows_of_every_experiment_can_be_written(tmp_path):
    experiments = {name for number in published.numbers() for name in number.experiments} | {"published_metrics"}
    for experiment in experiments:
        results.write(experiment, published.result_rows(experiment), tmp_path)
        table = results.read(experiment, tmp_path)
        assert (table["origin"] == "real").all()
        scores = table[table["unit"] == ""]
        assert scores["value"].between(0, 1).all()
        assert table.loc[table["unit"] == "frames", "value"].between(5, 40).all()
        assert not table["variant"].str.contains("set=").any() or (table["source"] == "ours").any()


def test_rivals_agree_with_their_chance_level():
    uf1 = [n.value for n in published.numbers() if n.metric == "uf1" and n.database == "composite"]
    assert min(uf1) > 0.2408
    assert max(uf1) == 0.8976
