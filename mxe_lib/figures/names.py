"""How systems, settings and protocols are named where people read them, in the field's own words."""

METRICS = {
    "uf1": "UF1",
    "uar": "UAR",
    "accuracy": "accuracy",
    "pooled_ovr_accuracy": "pooled one-vs-rest accuracy",
    "kappa": "kappa (0: chance)",
    "macro_f1": "mean F1 of the units",
    "mae": "mean absolute error (frames)",
    "mae_ms": "mean absolute error (ms)",
    "within_5": "share within 5 frames",
    "skill": "skill over the middle frame",
    "uf1_difference": "difference in UF1",
    "accuracy_difference": "difference in accuracy",
    "kappa_difference": "difference in kappa",
    "macro_f1_difference": "difference in mean F1 of the units",
    "mae_difference": "difference in mean absolute error (frames)",
    "f1_all": "F1",
    "f1_micro": "F1, micro",
    "f1_macro": "F1, macro",
    "f1_any": "F1, kinds left aside",
    "precision_all": "precision",
    "recall_all": "recall",
    "false_alarms": "false alarms a minute",
    "false_alarms_rest": "false alarms a minute at rest",
    "blinks_left": "blinks left alone",
    "words_left": "words left alone",
    "strs": "STRS",
    "f1_named": "F1, spotted and named",
    "f1_all_difference": "difference in F1",
    "f1_micro_difference": "difference in F1, micro",
    "f1_macro_difference": "difference in F1, macro",
    "epe": "endpoint error, whole crop (px)",
    "epe_moving": "endpoint error where it moves (px)",
    "epe_relative": "endpoint error, whole crop, relative to zero flow",
    "epe_moving_relative": "endpoint error where it moves, relative to zero flow",
}
"""Scores, with their units."""

PROTOCOLS = {
    "": "as printed",
    "none": "nothing learned",
    "annotations": "nothing learned but others' annotations",
    "loso": "leave one subject out",
    "kfold2": "two folds of people",
    "kfold2_by_clip": "two folds of clips: people on both sides",
    "kfold5": "five folds of people",
    "kfold5_by_clip": "five folds of clips: people on both sides",
    "best_test_epoch": "each test subject's best epoch",
    "lodo": "leave one database out",
    "simulated": "taught by simulated people only",
    "onset_to_apex": "from onset to apex",
}
"""Who was trained on, and who tested."""

DATABASES = {
    "casme2": "CASME II",
    "samm": "SAMM",
    "smic": "SMIC",
    "casme": "CASME",
    "casme3a": "CAS(ME)³ A",
    "casme_sq": "CAS(ME)²",
    "mmew": "MMEW",
    "dfme": "DFME",
    "4dme": "4DME",
    "samm_long": "SAMM Long Videos",
    "composite": "all",
    "pooled": "all",
}

_PLACES = {key: text for key, text in DATABASES.items() if text != "all"}
PROTOCOLS |= {
    f"{one}>{other}": f"taught by {_PLACES[one]}, tested on {_PLACES[other]}"
    for one in _PLACES
    for other in _PLACES
    if one != other
}

NAMES = {
    "always_absent": "no unit in any clip",
    "always_largest": "always the most frequent class",
    "always_negative": "always negative",
    "always_present": "every unit in every clip",
    "by_frequency": "guessing by frequency",
    "at_rest": "nothing anywhere",
    "clip_spotter": "clip spotter (ours)",
    "committee": "committee of FlowCnns (ours)",
    "emr": "EMR (2019 winner)",
    "flow_cnn": "FlowCnn (ours)",
    "from_units": "who sees every unit",
    "interval_spotter": "interval spotter (ours)",
    "lbp_binary_search": "LBP",
    "logistic_regression": "logistic regression",
    "ours": "ours, chosen in inner folds",
    "pca_svm": "PCA and SVM",
    "shipped": "shipped recogniser",
    "smeconvnet": "SMEConvNet",
    "sssnet": "SSSNet",
    "tvl1": "TV-L1",
    "vgg16": "VGG-16",
    "tvl1_opencv": "TV-L1, OpenCV's",
    "dis": "DIS",
    "farneback": "Farneback",
    "random_intervals": "random intervals",
    "strain_peaks": "strain peaks",
    "true_intervals": "the true intervals",
    "roi_prominence_peak": "peaks in regions (second-hand)",
    "uniform_random": "random frame",
    "middle_frame": "middle frame",
    "always_onset": "always the onset",
    "flow_magnitude_peak": "largest flow",
    "optical_strain_peak": "largest strain",
    "landmark_peak": "landmarks furthest from the onset",
    "strongest_moment": "the strongest moment",
    "mean_relative_position": "others' mean position",
    "median_relative_position": "others' median position",
    "line_on_length": "a line on the clip's length",
}
"""Methods as the field writes them; networks bring their names with them (``models.registry``). Any other name is read
without its underscores."""

PHRASES = {
    "rule=max": "Max",
    "rule=sw_max": "SW-Max",
    "rule=interior": "Max, interior",
    "rule=divide_and_conquer": "divide and conquer",
    "attention=yes": "attention",
    "attention=no": "no attention",
    "attention=same_size": "same size, no mask",
    "normalization=bn": "BN",
    "normalization=lrn": "LRN",
    "reference=yes": "a reference",
    "trained_on=simulated": "simulated people",
    "trained_on=own": "trained on its own database",
    "labels=three": "three classes",
    "labels=four": "four emotions",
    "labels=five": "five, with others",
    "labels=seven": "seven emotions",
    "labels=objective": "objective classes",
    "labels=units": "action units",
    "eyes=masked": "eyes masked",
    "eyes=kept": "eyes kept",
    "shape=true": "true landmarks",
    "shape=tracked": "tracked landmarks",
    "tracker=clm": "tracked by a CLM",
    "video=long": "in long recordings",
    "gan=yes": "GAN",
    "gan=no": "no GAN",
    "gan=noise": "a GAN that draws noise",
    "augment=class_weights": "class weights",
    "augment=jittered": "jittered fields",
    "augment=resampled": "repeated fields",
    "augment=simulated": "simulated fields",
    "control=gan_sees_test": "leak: the GAN saw the test subjects",
    "control=best_test_epoch": "leak: each test person's best epoch",
    "control=as_many_clips": "as few clips as without the laboratory",
    "control=by_clip": "leak: folds of clips",
    "control=by_clip_best_epoch": "leak: folds of clips, the best epoch of each",
    "training=simulated": "simulated people only",
    "training=real": "real people only",
    "training=pretrained": "simulated people, then real ones",
    "training=mixed": "simulated and real people at once",
    "training=none": "nothing learned",
    "without=nothing": "the whole recipe",
    "dropout=none": "no dropout",
    "pooled=1+2+3": "early pooling",
    "channels=compact": "narrow reading",
    "selection=test_epoch": "epoch chosen on the test subject",
    "selection=none": "no epoch chosen",
    "code=meb": "rerun by MEB",
    "predecessor=1": "P1's predecessor",
    "feedforward=any": "a bypass",
    "than=another_person": "itself, one person left out",
    "than=as_many_clips": "itself, as few clips, one person left out",
    "than=five_emotions": "itself, five emotions",
    "clips=both": "of clips that have both labels",
    "than=none": "nothing added",
    "than=last_epoch": "the last epoch",
    "than=by_subject": "folds of people",
    "than=gan_per_fold": "a GAN for each fold",
    "than=gan": "a GAN for each fold",
    "than=resampled": "repeated fields",
    "than=no_attention": "no attention",
    "than=same_size": "same size, no mask",
    "than=bn": "BN",
    "than=3_layers": "3 layers",
    "than=early_pooling": "early pooling",
    "than=another_seed": "another seed",
    "than=sw_max": "SW-Max",
    "than=max": "Max",
    "than=interior": "interior",
    "than=base": "no bypass",
    "than=real": "real people only",
    "threshold=published": "published threshold",
    "threshold=chosen": "threshold chosen in folds",
    "taught=others": "taught by other people",
    "taught=folds": "taught in the folds",
    "than=strain": "strain peaks",
    "than=random": "random intervals",
    "than=softnet": "SOFTNet, threshold chosen in folds",
    "than=published": "the published threshold",
}
"""Settings of a variant that read badly as they are stored."""

PATTERNS = {
    "apex": "{} frame",
    "label": "{} label",
    "layers": "{} layers",
    "feedforward": "bypass {}",
    "dropout": "dropout in {}",
    "k": "steepness {}",
    "people": "{} people",
    "maps": "{} maps",
    "epochs": "best of {}",
    "augment": "{} fields",
}
"""How a setting is read whose value speaks."""

IMPLIED = {"control=gan_sees_test": "gan=yes"}
"""A setting that another one of the same variant says already."""

SILENT = ("input", "choice", "rung", "benchmark", "than")
"""Settings that a table or caption says once for all its lines; what a difference is taken from stands at its end."""


COMPARED = {
    **dict.fromkeys(("max", "sw_max", "interior"), "rule"),
    **dict.fromkeys(("linear", "log"), "label"),
    **dict.fromkeys(("no_attention", "same_size"), "attention"),
    "base": "feedforward",
    "3_layers": "layers",
    "bn": "normalization",
}
"""The word after ``than=`` -> the setting in which the two systems of a difference differ."""


def home(database: str, origin: str) -> str:
    """Where clips are from: simulated ones are no database's, but like its.

    >>> home("casme2", "simulated"), home("casme2", "real")
    ('like CASME II', 'CASME II')
    """
    return ("like " if origin == "simulated" else "") + DATABASES.get(database, database)


def phrase(pair: str) -> str:
    """A setting as it is read.

    >>> phrase("label=log"), phrase("rule=sw_max"), phrase("size=75")
    ('log label', 'SW-Max', 'size 75')
    """
    key, _, value = pair.partition("=")
    return PHRASES.get(pair) or PATTERNS.get(key, key.replace("_", " ") + " {}").format(value.replace("_", " "))


def words(system: str) -> str:
    """A system as it is read, or the difference of two.

    >>> words("vgg_m label=log;rule=sw_max")
    'VGG-M, log label, SW-Max'
    >>> words("vgg_m label=log;rule=sw_max;than=linear")
    'VGG-M, log label, SW-Max − linear'
    """
    model, _, variant = system.partition(" ")
    pairs = [pair for pair in variant.split(";") if pair]
    pairs = [pair for pair in pairs if pair not in (IMPLIED.get(other) for other in pairs)]
    said = [phrase(pair) for pair in pairs if pair.partition("=")[0] not in SILENT]
    text = ", ".join([name(model), *said])
    for pair in pairs:
        if pair.startswith("than="):
            text += f" − {PHRASES.get(pair) or name(pair[5:])}"
    return text


def difference(system: str) -> str:
    """The difference of two systems that differ in one setting, with that setting beside the minus.

    >>> difference("vgg_m label=log;rule=sw_max;than=max")
    'VGG-M, log label: SW-Max − Max'
    >>> difference("vgg_m label=log;rule=max;than=linear")
    'VGG-M, Max: log label − linear'
    """
    model, _, variant = system.partition(" ")
    pairs = dict(pair.partition("=")[::2] for pair in variant.split(";") if pair)
    than = pairs.get("than", "")
    shared = [key for key in pairs if key not in SILENT]
    key = COMPARED.get(than) or (shared[0] if len(shared) == 1 else "")
    if key not in pairs or ":" in phrase(f"{key}={pairs[key]}"):
        return words(system)
    rest = [name(model), *(phrase(f"{other}={pairs[other]}") for other in shared if other != key)]
    second = PHRASES.get(f"than={than}") or name(than)
    return f"{', '.join(rest)}: {phrase(f'{key}={pairs[key]}')} − {second}"


def name(model: str) -> str:
    return NAMES.get(model, model.replace("_", " "))
