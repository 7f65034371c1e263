"""Notebook 05: which spotters find an apex, and which find no better one than the middle frame."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import name, words
from mxe_lib.study.answers.phrases import listed

BENCHMARKS = {
    ("optical_strain_peak", "eyes=masked"): "the peak of strain",
    ("smeconvnet", "rule=sw_max"): "SMEConvNet",
    ("landmark_peak", "shape=tracked"): "the landmarks",
    ("lbp_binary_search", "rule=divide_and_conquer"): "LBP",
}
"""The four that the second paper sets beside its network, in words."""


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``spotting_benchmarks``; of a network's two rules, SW-Max."""
    rows = read("spotting_benchmarks").query("source == 'ours' and database == 'pooled' and seed == 'all'")
    errors = rows[rows["metric"] == "mae"].set_index(["model", "variant"])
    networks = errors["protocol"].isin(["kfold2", "kfold5", "loso", "simulated"])
    other_rule = networks & errors.index.get_level_values("variant").str.contains("rule=max")
    spotters = errors[~errors.index.get_level_values("variant").str.contains("reference=") & ~other_rule]
    error, middle = spotters["value"], spotters.loc["middle_frame", ""]
    best = error.idxmin()
    gaps = rows[rows["metric"] == "mae_difference"]
    than_middle = gaps[(gaps["model"] == best[0]) & gaps["variant"].str.endswith("than=middle_frame")]["p_holm"]
    p = than_middle.iloc[0] if len(than_middle) else spotters["p_holm"][best]  # a pair has one p: the difference's
    who = "our clip spotter, which sees a whole clip" if best[0] == "clip_spotter" else words(" ".join(best).strip())
    on = f"frames on {middle['n']} {middle['origin']} clips"
    if best[0] == "middle_frame":
        yield f"No spotter errs less than the middle frame, which looks at no pixel: by {middle['value']:.1f} {on}."
    else:
        yield (
            f"{who[0].upper()}{who[1:]}, does best: it errs by {error[best]:.1f} {on}, and the middle frame, which "
            f"looks at no pixel, by {middle['value']:.1f}; that difference is "
            f"{'found' if results.found(p) else 'not found'}."
        )
    four = [f"{said} by {error[key]:.1f}" for key, said in BENCHMARKS.items()]
    better = [said for key, said in BENCHMARKS.items() if _less(spotters.loc[key], middle["value"])]
    yield (
        f"Of the paper's four benchmarks, run on the same clips, {four[0].replace(' by ', ' errs by ')} frames, "
        f"{listed(four[1:])}; found to err less than the middle frame: {listed(better) or 'none of them'}."
    )
    masked, kept = error["optical_strain_peak", "eyes=masked"], error["optical_strain_peak", "eyes=kept"]
    did = "lowered the error" if masked < kept else "did not lower the error"
    yield (
        f"Masking the eyes, which is meant to keep blinks out of the strain, {did} on these clips: the peak errs by "
        f"{masked:.1f} frames with the mask and by {kept:.1f} without it."
    )
    yield f"The whole-clip spotter is {_compared(gaps[gaps['model'] == 'clip_spotter'])}."
    yield f"The second paper's attention network is {_compared(gaps[gaps['model'] == 'spotting_cnn'])}."


def _compared(gaps: pd.DataFrame) -> str:
    """Than whom it is found to err less, than whom more, and from whom it is not found to differ."""
    than = gaps["variant"].str.extract(r"than=(\w+)")[0].map(name)
    found = gaps["p_holm"].map(results.found)
    less, more = than[found & (gaps["value"] < 0)], than[found & (gaps["value"] > 0)]
    parts = [f"found to err less than: {listed(less)}"] if len(less) else []
    parts += [f"found to err more than: {listed(more)}"] if len(more) else []
    parts += [f"not found to differ from: {listed(than[~found])}"] if (~found).any() else []
    return "; ".join(parts)


def _less(row: pd.Series, value: float) -> bool:
    return results.found(row["p_holm"]) and row["value"] < value
