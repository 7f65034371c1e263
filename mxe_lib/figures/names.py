"""How systems are named where people read them, in the field's own words."""

METRICS = {
    "uf1": "UF1",
    "uar": "UAR",
    "accuracy": "accuracy",
    "pooled_ovr_accuracy": "pooled one-vs-rest accuracy",
    "mae": "mean absolute error (frames)",
    "mae_ms": "mean absolute error (ms)",
    "within_5": "share within 5 frames",
    "skill": "skill over the middle frame",
}
"""Scores, with their units."""

NAMES = {
    "lbp_binary_search": "LBP",
    "pca_svm": "PCA and SVM",
    "smeconvnet": "SMEConvNet",
    "tvl1": "TV-L1",
    "tvl1_opencv": "TV-L1, OpenCV's",
    "dis": "DIS",
    "farneback": "Farneback",
}
"""Methods as the field writes them; networks bring their names with them (``models.registry``). Any other name is read
without its underscores."""

PHRASES = {
    "rule=max": "Max",
    "rule=sw_max": "SW-Max",
    "rule=interior": "Max, interior",
    "rule=divide_and_conquer": "divide and conquer",
    "attention=yes": "attention",
    "reference=yes": "a reference",
    "trained_on=simulated": "simulated people",
}
"""Settings of a variant that read badly as they are stored."""


def words(system: str) -> str:
    """A system as it is read.

    >>> words("vgg_m label=log;rule=sw_max")
    'VGG-M, label log, SW-Max'
    """
    model, _, variant = system.partition(" ")
    pairs = [PHRASES.get(pair, pair.replace("=", " ").replace("_", " ")) for pair in variant.split(";") if pair]
    return ", ".join([NAMES.get(model, model.replace("_", " ")), *pairs])
