"""What the two papers claim, one entry for each, with where they say so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """What a paper says of two systems, and where our paired difference of them stands.

    Attributes:
        paper, place: where it is claimed.
        says: the claim in a sentence, with the cells of ours that it is tested on.
        in_print: the same for what the paper's own table is asked, where that is other cells.
        experiment, model, variant: of the difference's row; the variant names the other system by ``than=``.
        sign: -1 where the claim wants a smaller error than the other's, +1 where it wants a larger one.
        metric: of the difference.
    """

    paper: str
    place: str
    says: str
    experiment: str
    model: str
    variant: str
    sign: int = -1
    metric: str = "mae_difference"
    in_print: str = ""


CLAIMS = {
    "linear_label": Claim(
        *("P1", "sec 5", "the linear label errs less than the log label (SW-Max)"),
        *("label_functions", "vgg_m", "label=log;rule=sw_max;than=linear", +1),
    ),
    "continuous_labels": Claim(
        *("P1", "Table 3", "the impulse label errs more than the log label (Max)"),
        *("label_functions", "vgg_m", "label=impulse;rule=max;than=log", +1),
    ),
    "sw_max": Claim(
        *("P1", "Table 3", "SW-Max errs less than Max (log label)"),
        *("label_functions", "vgg_m", "label=log;rule=sw_max;than=max"),
        in_print="SW-Max errs less than Max (mean over all eight printed pairs)",
    ),
    "feedforward": Claim(
        *("P1", "Table 4", "a feed-forward bypass lowers the error (bypass 1, log label, SW-Max)"),
        *("feedforward_variants", "vgg_m", "feedforward=1;label=log;rule=sw_max;than=base"),
        in_print="a feed-forward bypass lowers the error (mean over all eight printed cells)",
    ),
    "depth": Claim(
        *("P2", "sec 4.2", "five layers err less than three (BN, Max)"),
        *("depth", "spotting_cnn", "layers=5;normalization=bn;rule=max;than=3_layers"),
    ),
    "normalization": Claim(
        *("P2", "Table 6", "response normalisation errs less than batch normalisation (5 layers, Max)"),
        *("normalization", "spotting_cnn", "layers=5;normalization=lrn;rule=max;than=bn"),
    ),
    "attention": Claim(
        *("P2", "Table 7", "attention lowers the error (Max)"),
        *("attention", "spotting_cnn", "attention=yes;layers=5;normalization=lrn;rule=max;than=no_attention"),
    ),
    "attention_not_size": Claim(
        *("P2", "Table 7", "attention errs less than a network of the same size without it (Max)"),
        *("attention", "spotting_cnn", "attention=yes;layers=5;normalization=lrn;rule=max;than=same_size"),
    ),
} | {
    f"beats_{name}": Claim(
        *("P2", "Table 9", f"the attention network (SW-Max) errs less than {words}"),
        *("spotting_benchmarks", "spotting_cnn", f"attention=yes;rule=sw_max;than={name}"),
    )
    for name, words in {
        "optical_strain_peak": "the peak of optical strain",
        "smeconvnet": "SMEConvNet",
        "landmark_peak": "the peak of landmark displacement",
        "lbp_binary_search": "local binary patterns with divide and conquer",
    }.items()
}
CLAIMS |= {
    "gan_vgg_m": Claim(
        *("P1", "Table 5", "flow from a GAN raises VGG-M's score"),
        *("gan_augmentation", "vgg_m", "gan=yes;than=none", +1, "uf1_difference"),
    ),
    "gan_oc_net": Claim(
        *("P1", "Table 8", "flow from a GAN raises OC-Net's score"),
        *("recognition_benchmark", "oc_net", "gan=yes;than=none", +1, "uf1_difference"),
    ),
    "dropout_or_none": Claim(
        *("P1", "Table 7", "OC-Net scores higher with dropout in units 1 and 2 than with none"),
        *("ocnet_dropout", "oc_net", "dropout=1+2;than=none", +1, "uf1_difference"),
    ),
    "dropout_or_more": Claim(
        *("P1", "Table 7", "OC-Net scores higher with dropout in units 1 and 2 than with a third one"),
        *("ocnet_dropout", "oc_net", "dropout=1+2;than=1+2+3", +1, "uf1_difference"),
    ),
    "late_pooling": Claim(
        *("P1", "sec 3.5", "OC-Net scores higher than if it pooled early"),
        *("ocnet_dropout", "oc_net", "dropout=1+2;than=early_pooling", +1, "uf1_difference"),
    ),
    "compact_parameters": Claim(
        *(
            "P1",
            "sec 3.5",
            "OC-Net is a compact network: fewer parameters than the median of those it is compared with",
        ),
        *("model_cost", "oc_net", "than=median_of_others", -1, "log10_parameters_difference"),
    ),
    "compact_arithmetic": Claim(
        *("P1", "abstract", "OC-Net suits phones: fewer multiply-adds than the median of those it is compared with"),
        *("model_cost", "oc_net", "than=median_of_others", -1, "log10_multiply_adds_difference"),
    ),
} | {
    f"oc_net_beats_{name}": Claim(
        *("P1", "Fig. 13", f"OC-Net scores higher than {words}"),
        *("recognition_benchmark", "oc_net", f"than={name}", +1, "uf1_difference"),
    )
    for name, words in {
        "off_apexnet": "OFF-ApexNet",
        "ststnet": "STSTNet",
        "dual_inception": "Dual-Inception",
        "alexnet": "AlexNet",
        "vgg_m": "VGG-M",
    }.items()
}
"""By name; what both papers claim of spotting, and P1 of augmentation and recognition."""

COMPARED = ("vgg_m", "ststnet", "off_apexnet", "dual_inception", "alexnet")
"""The networks of P1's Fig. 13 beside OC-Net."""
