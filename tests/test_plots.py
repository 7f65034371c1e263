import re

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.figures import charts, diagrams, moving, pictures, study_map
from mxe_lib.models import build, layers


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("default"):
        charts.use_style()
        yield
    plt.close("all")


def rows():
    base = dict(experiment="depth", database="pooled", protocol="kfold5", seed="all", metric="mae", unit="frames")
    table = [
        dict(
            model="spotting_cnn", variant="layers=3", value=12, ci_low=10, ci_high=14, origin="simulated", source="ours"
        ),
        dict(model="spotting_cnn", variant="layers=3", value=15.9, origin="real", source="published"),
        dict(model="middle_frame", variant="", value=9, ci_low=8, ci_high=10, origin="simulated", source="ours"),
        dict(model="middle_frame", variant="", value=30, seed="0", origin="simulated", source="ours"),
    ]
    return pd.DataFrame([base | row for row in table], columns=list(results.COLUMNS))


def test_interval_plot_draws_each_system_once():
    ax = charts.interval_plot(rows(), chance={"uniform random": 20.0})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["P2's CNN, 3 layers", "middle frame"]
    markers = [line for line in ax.lines if line.get_marker() in "oD"]
    assert [float(line.get_xdata()[0]) for line in markers] == [12, 15.9, 9]  # the single seed is not drawn
    hollow = [line for line in markers if line.get_markerfacecolor() == "white"]
    assert [line.get_marker() for line in hollow] == ["D"]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [float(line.get_xdata()[0]) for line in dashed] == [20]
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"ours, simulated data", "published, real data"}
    ends = sorted(tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2 and line not in dashed)
    assert ends == [(8, 10), (10, 14)]


def test_a_difference_that_is_not_found_is_hollow():
    table = rows().query("source == 'ours' and seed == 'all'").assign(metric="mae_difference", model="vgg_m")
    table = table.assign(
        variant=["label=log;rule=sw_max;than=max", "label=log;rule=max;than=linear"], p_holm=[0.01, 0.2]
    )
    ax = charts.interval_plot(table)
    faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert faces == [charts.COLOURS["simulated"], "white"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["log label: SW-Max − Max", "Max: log label − linear"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["found", "not found"]


def test_interval_plot_refuses_a_mixture():
    table = pd.concat([rows(), rows().assign(metric="skill")])
    with pytest.raises(MxeError, match="'metric'"):
        charts.interval_plot(table)


def test_panels_hold_a_database_each():
    table = pd.concat([rows(), rows().assign(database="samm").head(1)])
    figure = charts.interval_panels(
        table, {"pooled": "all", "smic": "none", "samm": "SAMM"}, chance={"samm": {"x": 1.0}}
    )
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["all", "SAMM"]
    assert [len(ax.get_yticks()) for ax in figure.axes] == [2, 1]
    assert [t.get_text() for t in figure.axes[1].texts] == ["x"]


def test_lines_are_saved_as_the_same_svg_twice(tmp_path):
    for name in ("a", "b"):
        ax = charts.interval_plot(rows())
        charts.caption(ax, "simulated", protocol="kfold5", n=60)
        charts.save(ax, name, tmp_path)
    first, second = (tmp_path / "a.svg").read_bytes(), (tmp_path / "b.svg").read_bytes()
    assert first == second
    assert b"<dc:date>" not in first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.svg", "b.svg"]


def test_images_are_saved_as_png(tmp_path):
    charts.save(pictures.image_row([np.zeros((5, 5)), np.zeros((5, 5, 3))], ["onset", "apex"]), "frames", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["frames.png"]
    assert b"Software" not in (tmp_path / "frames.png").read_bytes()


def test_flow_image_is_white_at_rest_and_turns_with_direction():
    assert np.allclose(pictures.flow_image(np.zeros((2, 3, 3))), 1)
    directions = np.array([[1, 0, -1, 0], [0, -1, 0, 1]], float)[:, None]
    colours = pictures.flow_image(directions, scale=1)[0]
    assert len({tuple(c) for c in colours.round(3)}) == 4
    assert colours[0].tolist() == [1, 0, 0]  # to the right is red
    half = pictures.flow_image(directions / 2, scale=1)[0]
    assert np.allclose(half, 0.5 + colours / 2)


def test_flow_panels_share_one_signed_scale():
    flow = np.stack([np.full((4, 4), -2.0), np.full((4, 4), 0.5)])
    axes = pictures.flow_panels(flow)
    limits = {ax.images[0].get_clim() for ax in axes}
    assert limits == {(-2.0, 2.0)}


def test_every_other_figure_draws(tmp_path):
    numbers = list(range(10, 31))
    hill = np.sin(np.linspace(0, np.pi, 21))
    flow = np.random.default_rng(0).normal(size=(2, 30, 30))
    drawn = {
        "labels": charts.label_curves(numbers, {"linear": hill, "log": hill**0.5}, apex=20),
        "score": charts.score_curve(numbers, hill, apex=20, predicted=22, label=(numbers, hill)),
        "confusion": charts.confusion_matrix(np.arange(9).reshape(3, 3)),
        "ladder": charts.ladder([("honest", 0.7), ("best epoch on test", 0.8, 0.75, 0.85)], chance=0.33),
        "quiver": pictures.quiver(flow, image=np.zeros((30, 30))),
        "wheel": pictures.hue_wheel(longest=1.5),
        "map": study_map.study_map(),
    }
    for name, ax in drawn.items():
        charts.save(ax, name, tmp_path)
    kinds = {path.stem: path.suffix for path in tmp_path.iterdir()}
    assert kinds == dict.fromkeys(drawn, ".svg") | dict.fromkeys(("quiver", "wheel"), ".png")
    curves = [line.get_ydata() for line in drawn["labels"].lines if len(line.get_ydata()) == len(hill)]
    assert any(np.allclose(curve, hill) for curve in curves) and any(np.allclose(curve, hill**0.5) for curve in curves)
    assert "picked 22" in [text.get_text() for text in drawn["score"].texts]
    counts = [t.get_text() for t in drawn["confusion"].texts]
    assert counts[-1] == "8\n38%"
    assert [t.get_text() for t in drawn["confusion"].get_yticklabels()] == ["negative", "positive", "surprise"]


def test_a_hue_wheel_points_where_its_words_say():
    ax = pictures.hue_wheel(longest=2)
    words = {text.get_text(): text.get_position() for text in ax.texts}
    flows = {"right": (2, 0), "left": (-2, 0), "up": (0, -2), "down": (0, 2)}
    image = np.asarray(ax.images[0].get_array())
    for word, flow in flows.items():
        across, down = (round(100 + 49 * part) for part in flow)
        hue = pictures.flow_image(np.reshape(flow, (2, 1, 1)), scale=2)[0, 0]
        assert np.abs(image[down, across] - hue).max() < 0.05
        assert np.allclose(words[word], np.array(flow) * 0.55)
    assert ax.get_title() == "rim: 2 px"


def test_the_map_names_every_notebook_once():
    said = [text.get_text() for text in study_map.study_map().texts]
    assert [text[:2] for text in said if text[:2].isdigit()] == [f"{number:02}" for number in range(14)]


def test_a_clip_moves_at_three_speeds(tmp_path):
    frames = np.zeros((21, 40, 30), np.uint8)
    frames[:, 10:20, 10:20] = np.linspace(40, 200, 21)[:, None, None]
    flows = np.zeros((21, 2, 40, 30))
    flows[:, 0] = np.linspace(0, 2, 21)[:, None, None]
    pictures = moving.loop(frames, flows, 100, slower=4, factor=3, rest=80)
    assert len(pictures) == (4 * 200 + 80) // moving.STEP
    shown = moving.save(pictures, "clip", tmp_path)
    file = tmp_path / "clip.png"
    assert shown.data == file.read_bytes()
    with Image.open(file) as kept:
        assert kept.n_frames > 10
        assert kept.info["loop"] == 0
    assert [p.name for p in tmp_path.iterdir()] == ["clip.png"]


def test_magnified_moves_as_often_as_far():
    frame = np.zeros((40, 40), np.uint8)
    frame[:, 10] = 255
    flow = np.zeros((2, 40, 40))
    flow[0] = 2
    assert moving.magnified(frame, flow, 5)[20].argmax() == 20


def test_caption_says_data_protocol_and_n():
    figure = plt.figure()
    charts.caption(figure, "simulated", protocol="loso", n=96, note="3 seeds")
    assert re.fullmatch(r"Simulated data; leave one subject out; n = 96 clips; 3 seeds", figure.get_supxlabel())


@pytest.mark.parametrize("part", ["whole", "attention"])
def test_the_drawn_cnn_has_the_sizes_of_the_network(part):
    steps = diagrams.BRANCH if part == "attention" else diagrams.CNN[1:]
    table = layers.layer_table(build("spotting_cnn", attention=part == "attention"))
    table = table[table["layer"].str.startswith("attention") == (part == "attention")]
    shapes = table[table["kind"].isin(["Conv2d", "MaxPool2d", "Upsample"])]["output"]
    drawn = [tuple(int(n) for n in size.split(" × ")) for _, size, _ in steps]
    assert [size for size in drawn if len(size) == 3] == shapes.tolist()


def test_repetitions_and_bypasses_are_drawn(tmp_path):
    ax = diagrams.repeated([0, 1], {"shuffled": np.zeros((2, 5)), "apart": np.ones((2, 5))}, {"ours": 0.5})
    assert [text.get_text() for text in ax.texts] == ["shuffled", "apart", "ours"]
    charts.save(ax, "repeated", tmp_path)
    charts.save(diagrams.bypasses(), "bypasses", tmp_path)
    charts.save(diagrams.spotting_cnn(), "cnn", tmp_path)
