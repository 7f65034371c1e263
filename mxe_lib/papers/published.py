"""Every number that the two papers and their rivals print, typed once, with the table it stands in.

P1 is Sensors 2022, 22(11), 4011 ("Optimal Compact Network for Micro-Expression Analysis System"); P2 is CMC 2022,
10.32604/cmc.2022.028801 ("Apex Frame Spotting Using Attention Networks").

Metrics carry their honest names: what P1 calls "accuracy" is the pooled one-vs-rest accuracy, and what it calls
"F1-score" is plain accuracy. ``decode`` shows it, from P1's digits alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_COUNTS
from mxe_lib.evaluation import metrics
from mxe_lib.evaluation.results import COLUMNS

EVIDENCE = {
    "S": "read in the source itself: the paper's own table, its code or its log",
    "2": "second-hand: quoted by a later paper or repository",
    "C": "computed from public annotation tables or flow maps; printed nowhere else",
}


@dataclass(frozen=True)
class Number:
    """One printed number.

    Attributes:
        paper: ``P1``, ``P2``, or the method's name.
        place: table, figure or page.
        experiments: our result tables beside which it belongs.
        database: ``casme2``, ``samm``, ``smic``, ``composite``, ``pooled``, or another that no result table holds.
        model, variant, protocol, metric: as in the result tables.
        printed: the digits as printed (P1 prints per cent).
        n: clips, where the source says how many; else None.
        evidence: a key of ``EVIDENCE``.
        ci: the interval, where one is known.
    """

    paper: str
    place: str
    experiments: tuple[str, ...]
    database: str
    model: str
    variant: str
    protocol: str
    metric: str
    printed: str
    n: int | None = None
    evidence: str = "S"
    ci: tuple[float, float] | None = None

    @property
    def value(self) -> float:
        """The number in the units of the result tables: scores from 0 to 1, errors in frames."""
        return float(self.printed.rstrip("%")) / (100 if self.printed.endswith("%") else 1)

    @property
    def source(self) -> str:
        """``published``, or ``ours`` where it was computed for this study from public annotations."""
        return "ours" if self.evidence == "C" else "published"


# ---- The two papers, table by table --------------------------------------------------------------
# place | experiments | database | model | variant | metric=digits; P1's recognition: its "accuracy" and "F1", in %.
# P1 splits spotting by clip into five folds (sec 3.6) and recognition by subject; P2 splits "video clips" (sec 4.1).

_P1_SPOTTING = """
sec 4    | label_functions       | casme2 | vgg_m | label=exponential;predecessor=1           | mae=11.36
sec 4    | label_functions       | pooled | vgg_m | label=linear;predecessor=1;rule=sw_max    | mae=14.37
sec 4    | feedforward_variants  | casme2 | vgg_m | feedforward=any;label=linear;predecessor=1 | mae=8.46
sec 4    | label_functions       | pooled | vgg_m | label=log;rule=sw_max     | mae=12.44
Table 3  | label_functions,feedforward_variants | casme2 | vgg_m | label=log;rule=max    | mae=11.16
Table 3  | label_functions,feedforward_variants | casme2 | vgg_m | label=log;rule=sw_max | mae=10.36
Table 3  | label_functions       | samm   | vgg_m | label=log;rule=max        | mae=14.96
Table 3  | label_functions       | samm   | vgg_m | label=log;rule=sw_max     | mae=14.52
Table 3  | label_functions       | casme2 | vgg_m | label=impulse;rule=max    | mae=21.46
Table 3  | label_functions       | casme2 | vgg_m | label=impulse;rule=sw_max | mae=21.00
Table 3  | label_functions       | samm   | vgg_m | label=impulse;rule=max    | mae=24.33
Table 3  | label_functions       | samm   | vgg_m | label=impulse;rule=sw_max | mae=17.26
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=1;label=log;rule=max    | mae=11.52
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=2;label=log;rule=max    | mae=12.06
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=3;label=log;rule=max    | mae=10.58
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=4;label=log;rule=max    | mae=11.52
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=1;label=log;rule=sw_max | mae=10.28
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=2;label=log;rule=sw_max | mae=11.72
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=3;label=log;rule=sw_max | mae=10.54
Table 4  | feedforward_variants  | casme2 | vgg_m | feedforward=4;label=log;rule=sw_max | mae=10.82
"""

_P1_RECOGNITION = """
Table 5  | gan_augmentation | composite | vgg_m  | gan=no  | 72.34 58.50
Table 5  | gan_augmentation | casme2    | vgg_m  | gan=no  | 76.09 64.14
Table 5  | gan_augmentation | samm      | vgg_m  | gan=no  | 78.79 68.18
Table 5  | gan_augmentation | smic      | vgg_m  | gan=no  | 63.82 45.73
Table 5  | gan_augmentation | composite | vgg_m  | gan=yes | 78.38 67.57
Table 5  | gan_augmentation | casme2    | vgg_m  | gan=yes | 88.97 83.45
Table 5  | gan_augmentation | samm      | vgg_m  | gan=yes | 74.75 62.12
Table 5  | gan_augmentation | smic      | vgg_m  | gan=yes | 71.95 57.93
Table 6  | gan_augmentation,recognition_benchmark | composite | oc_net | gan=no | 78.53 67.80
Table 6  | gan_augmentation,recognition_benchmark | casme2    | oc_net | gan=no | 90.80 86.21
Table 6  | gan_augmentation,recognition_benchmark | samm      | oc_net | gan=no | 69.19 53.79
Table 6  | gan_augmentation,recognition_benchmark | smic      | oc_net | gan=no | 75.20 62.80
Table 7  | ocnet_dropout    | composite | oc_net | dropout=none  | 76.87 65.31
Table 7  | ocnet_dropout    | composite | oc_net | dropout=1     | 77.17 65.76
Table 7  | ocnet_dropout    | composite | oc_net | dropout=1+2   | 78.53 67.80
Table 7  | ocnet_dropout    | composite | oc_net | dropout=1+2+3 | 78.23 67.35
Figure 13 | recognition_benchmark | composite | oc_net       | gan=no | 78.53 67.80
Figure 13 | recognition_benchmark | composite | off_apexnet  | gan=no | 78.38 67.57
Figure 13 | recognition_benchmark | composite | ststnet      | gan=no | 77.48 66.21
Figure 13 | recognition_benchmark | composite | vgg_m        | gan=no | 72.34 58.50
Table 8  | gan_augmentation,recognition_benchmark | composite | oc_net | gan=yes | 79.14 68.71
Table 8  | gan_augmentation,recognition_benchmark | casme2    | oc_net | gan=yes | 90.80 86.21
Table 8  | gan_augmentation,recognition_benchmark | samm      | oc_net | gan=yes | 71.72 57.58
Table 8  | gan_augmentation,recognition_benchmark | smic      | oc_net | gan=yes | 74.80 62.20
"""

# place | experiments | variant of the spotting CNN | folds 1-5 | average as printed
_P2_FOLDS = """
Table 5 | depth         | layers=3;normalization=bn                  | 16.56 14.49 14.13 17.91 16.33 | 15.88
Table 5 | depth         | layers=4;normalization=bn                  | 17.01 14.00 13.11 16.50 17.20 | 15.57
Table 5 | depth         | layers=5;normalization=bn                  | 16.18 13.63 12.55 16.46 17.17 | 15.20
Table 6 | normalization | layers=5;normalization=lrn                 | 14.35 13.98 13.10 18.02 16.41 | 15.17
Table 6 | normalization | layers=5;normalization=bn                  | 16.18 13.63 12.55 16.46 17.17 | 15.20
Table 7 | attention     | attention=yes;layers=5;normalization=lrn   | 13.78 14.02 12.67 15.87 18.18 | 14.90
Table 7 | attention     | attention=no;layers=5;normalization=lrn    | 14.35 13.98 13.10 18.02 16.41 | 15.17
"""

_P2_SUMMARIES = """
Table 8 | depth                       | pooled | spotting_cnn | layers=3;normalization=bn                | mae=15.88
Table 8 | depth                       | pooled | spotting_cnn | layers=4;normalization=bn                | mae=15.57
Table 8 | depth,normalization         | pooled | spotting_cnn | layers=5;normalization=bn                | mae=15.20
Table 8 | normalization               | pooled | spotting_cnn | layers=5;normalization=lrn               | mae=15.17
Table 8 | attention                   | pooled | spotting_cnn | attention=yes;layers=5;normalization=lrn | mae=14.90
Table 9 | spotting_benchmarks         | pooled | spotting_cnn | attention=yes;layers=5;normalization=lrn | mae=14.90
"""

# P2 copied these from other papers, whose videos and splits differ (long videos for the first two).
_P2_COPIED = """
Table 9 | spotting_benchmarks | casme2 | optical_strain_peak      | benchmark=1;video=long | mae=27.21
Table 9 | spotting_benchmarks | casme2 | smeconvnet               | benchmark=2;video=long | mae=22.36
Table 9 | spotting_benchmarks | casme2 | landmark_peak            | benchmark=3;tracker=clm | mae=17.75
Table 9 | spotting_benchmarks | casme2 | lbp_binary_search        | benchmark=4            | mae=15.54
"""

# ---- The rivals ----------------------------------------------------------------------------------
# UF1/UAR on the MEGC 2019 composite (442 clips, LOSO), as printed. method | evidence | all | SMIC | CASME II | SAMM.
# "test_epoch": its code keeps the epoch that is best on the held-out subject.

_COMPOSITE = """
lbp_top         | S | .5882/.5785 | .2000/.5280 | .7026/.7429 | .3954/.4102
bi_woof         | S | .6296/.6227 | .5727/.5829 | .7805/.8026 | .5211/.5139
vgg16           | S | .6425/.6516 | .5800/.5964 | .8166/.8202 | .4870/.4793
alexnet         | S | .6933/.7154 | .6201/.6373 | .7994/.8312 | .6104/.6642
capsulenet test_epoch | S | .6520/.6506 | .5820/.5877 | .7068/.7018 | .6209/.5989
off_apexnet     | S | .7196/.7096 | .6817/.6695 | .8764/.8681 | .5409/.5392
dual_inception  | S | .7322/.7278 | .6645/.6726 | .8621/.8560 | .5868/.5663
ststnet         | S | .7353/.7605 | .6801/.7013 | .8382/.8686 | .6588/.6810
rcn             | S | .7432/.7190 | .6326/.6441 | .8512/.8123 | .7601/.6715
emr             | S | .7885/.7824 | .7461/.7530 | .8293/.8209 | .7754/.7152
featref         | S | .7838/.7832 | .7011/.7083 | .8915/.8873 | .7372/.7155
slstt           | 2 | .8160/.7900 | .740/-      | .901/-      | .715/-
htnet test_epoch | S | .8603/.8475 | .8049/.7905 | .9532/.9516 | .8131/.8124
srmcl           | 2 | .8630/.8830 | .7946/-     | .9635/-     | .8470/-
mfdan           | 2 | -/.8688     | -/-         | -/-         | -/-
ra_icl          | 2 | .8805/.8911 | .8179/-     | .9620/-     | .8668/.8885
ltr3o           | 2 | .8931/.8819 | .8336/-     | .9578/-     | .8912/-
d_face          | 2 | .8943/.8967 | .8422/-     | .9738/-     | .8716/-
causalnet test_epoch | S | .8976/.9020 | .8390/.8452 | .9811/.9858 | .8780/.8582
soda4mer        | 2 | -/-         | .8855/.8881 | -/-         | -/-
"""

_RIVALS = """
STSTNet paper Table III | recognition_benchmark | composite | alexnet     |                    | accuracy=.7308
STSTNet paper Table III | recognition_benchmark | composite | vgg16       |                    | accuracy=.6833
STSTNet paper Table III | recognition_benchmark | composite | off_apexnet |                    | accuracy=.7460
STSTNet paper Table III | recognition_benchmark | composite | ststnet     |                    | accuracy=.7692
STSTNet code's log      | recognition_benchmark,leak_ladder | composite | ststnet | code=pytorch | uf1=.7209 uar=.7250
MEB notebook Figure 2   | recognition_benchmark | composite | sssnet      | code=meb           | uf1=.7394
MEB notebook Figure 2   | recognition_benchmark | casme2    | sssnet      | code=meb           | uf1=.852
MEB notebook Figure 2   | recognition_benchmark | samm      | sssnet      | code=meb           | uf1=.602
MEB notebook Figure 2   | recognition_benchmark | smic      | sssnet      | code=meb           | uf1=.699
MEB notebook Table 3    | leak_ladder | composite | off_apexnet | code=meb;selection=none       | uf1=.7032
MEB notebook Table 3    | leak_ladder | composite | off_apexnet | code=meb;selection=test_epoch | uf1=.8390
MEB notebook Table 3    | leak_ladder | composite | ststnet     | code=meb;selection=none       | uf1=.7127
MEB notebook Table 3    | leak_ladder | composite | ststnet     | code=meb;selection=test_epoch | uf1=.7740
"""

_RIVAL_SPOTTERS = """
student system 2026     | spotting_benchmarks | casme2 | roi_prominence_peak |  | mae=12.74
student system 2026     | spotting_benchmarks | samm   | roi_prominence_peak |  | mae=5.58
LBP-SIP                 |                     | casme  | lbp_sip             |  | mae=1.76
MEGC 2020 MDMD baseline |                     | cas_me_2 | mdmd | | f1_macro=.1196 f1_micro=.0082 f1_all=.0376
MEGC 2020 MDMD baseline |                     | samm_lv | mdmd | | f1_macro=.0629 f1_micro=.0364 f1_all=.0445
SOFTNet figure          |                     | cas_me_2 | softnet | | f1_macro=.2410 f1_micro=.1173 f1_all=.2022
SOFTNet figure          |                     | samm_lv | softnet | | f1_macro=.2169 f1_micro=.1520 f1_all=.1881
Yap, in SOFTNet figure  |                     | samm_lv | yap | | f1_macro=.4081 f1_micro=.0508 f1_all=.3299
"""

# MAE in frames of predictions that look at no pixel, computed from the public coding sheets, apexes as they stand.
# set | database | n | middle [95 %] | best constant fraction, 5 folds | always onset | uniform random
_NAIVE = """
all_rows     | casme2 | 255 | 8.29          | 8.27 | 33.4 | 18.5
five_classes | casme2 | 246 | 8.43 7.5 9.5  | 8.42 | 33.7 | 18.8
megc2019     | casme2 | 145 | 8.95          | 8.93 | 35.7 | 19.5
all_rows     | samm   | 159 | 10.2 9.0 11.5 | 9.50 | 33.1 | 20.7
p2_spotting  | pooled | 405 | 9.13 8.4 9.9  | 9.04 | 33.5 | 19.5
"""


def numbers() -> list[Number]:
    """All of them, in the order of the papers."""
    found = _block("P1", _P1_SPOTTING, "kfold5_by_clip") + _block(
        "P1", _P1_RECOGNITION, "loso", columns=("pooled_ovr_accuracy", "accuracy")
    )
    for place, experiments, variant, folds, average in _cells(_P2_FOLDS):
        common = ("P2", place, (experiments,), "pooled", "spotting_cnn")
        for fold, digits in enumerate(folds.split(), start=1):
            pairs = ";".join(sorted([*variant.split(";"), f"fold={fold}"]))
            found.append(Number(*common, pairs, "kfold5_by_clip", "mae", digits))
        found.append(Number(*common, variant, "kfold5_by_clip", "mae", average))
    found += _block("P2", _P2_SUMMARIES, "kfold5_by_clip") + _block("P2", _P2_COPIED, "", evidence="2")
    for name, evidence, *scores in _cells(_COMPOSITE):
        model, _, selection = name.partition(" ")
        for database, pair in zip(("composite", "smic", "casme2", "samm"), scores, strict=True):
            for metric, digits in zip(("uf1", "uar"), pair.split("/"), strict=True):
                if digits != "-":
                    n = sum(sum(counts) for name, counts in OFFICIAL_COUNTS.items() if database in (name, "composite"))
                    found.append(
                        Number(
                            *(model, "MEGC 2019 composite", ("recognition_benchmark",), database, model),
                            *(f"selection={selection}" if selection else "", "loso", metric, digits, n, evidence),
                        )
                    )
    found += _block("rivals", _RIVALS, "loso", n=442) + _block("rivals", _RIVAL_SPOTTERS, "", evidence="2")
    for clips, database, n, middle, *others in _cells(_NAIVE):
        digits, *ci = middle.split()
        for model, printed in zip(
            ("middle_frame", "constant_fraction", "always_onset", "uniform_random"), (digits, *others), strict=True
        ):
            common = ("coding sheets", "", ("spotting_benchmarks",), database, model, f"set={clips}", "annotations")
            interval = tuple(float(x) for x in ci) if ci and model == "middle_frame" else None
            found.append(Number(*common, "mae", printed, int(n), "C", interval))
    return found


def of_experiment(experiment: str) -> list[Number]:
    """The numbers that belong beside one of our result tables; ``published_metrics`` holds all that fit in a table."""
    if experiment == "published_metrics":
        return [number for number in numbers() if number.experiments]
    return [number for number in numbers() if experiment in number.experiments]


def fold_errors() -> dict[tuple[str, str], list[float]]:
    """P2's errors in frames in each of its five folds: (table, variant) -> [fold 1, ..., fold 5]."""
    rows = _cells(_P2_FOLDS)
    return {(place, variant): [float(x) for x in folds.split()] for place, _, variant, folds, _ in rows}


def _cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def _block(
    paper: str, text: str, protocol: str, *, n: int | None = None, evidence: str = "S", columns: tuple[str, ...] = ()
) -> list[Number]:
    """The numbers of a block; with ``columns``, its scores are bare per cents of these metrics."""
    found = []
    for place, experiments, database, model, variant, scores in _cells(text):
        clips = n if database == "composite" else None
        beside = tuple(experiments.split(",")) if experiments else ()
        words = [f"{m}={d}%" for m, d in zip(columns, scores.split(), strict=True)] if columns else scores.split()
        for metric, digits in (word.split("=") for word in words):
            found.append(
                Number(paper, place, beside, database, model, variant, protocol, metric, digits, clips, evidence)
            )
    return found


def result_rows(experiment: str) -> pd.DataFrame:
    """What the papers and the rivals print that belongs beside this experiment; always about real data.

    Where one number is printed in several tables, it stands once.
    """
    shared = ("database", "model", "variant", "protocol", "metric", "value", "n", "source")
    rows = []
    for number in of_experiment(experiment):
        low, high = number.ci or (np.nan, np.nan)
        row = dict(experiment=experiment, origin="real", seed="", unit=metrics.UNITS.get(number.metric, ""))
        rows.append(row | {name: getattr(number, name) for name in shared} | {"ci_low": low, "ci_high": high})
    return pd.DataFrame(rows, columns=list(COLUMNS)).drop_duplicates(list(COLUMNS), ignore_index=True)
