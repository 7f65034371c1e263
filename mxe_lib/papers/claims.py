"""What the two papers claim, one line for each in ``claims.csv``, with where they say so.

Spotters are compared by SW-Max, P1's own rule: P2 does not say by which rule its errors came about. One claim is about
Max: that the impulse errs most, which P1 says of that rule's worst error. Both claims about a GAN are tested without
class weights, as P1 has none (notebook 08); notebook 07's OC-Net has them.
"""

from dataclasses import dataclass
from pathlib import Path

from mxe_lib.compute import tables


@dataclass(frozen=True)
class Claim:
    """What a paper says of two systems, and where our paired difference of them stands.

    Attributes:
        paper, place: where it is claimed.
        experiment, model, variant: of the difference's row; the variant names the other system by ``than=``.
        metric: of the difference.
        sign: -1 where the claim wants a smaller error than the other's, +1 where it wants a larger one.
        says: the claim in a sentence, with the cells of ours that it is tested on.
        in_print: the same for what the paper's own table is asked, where that is other cells.
    """

    paper: str
    place: str
    experiment: str
    model: str
    variant: str
    metric: str
    sign: int
    says: str
    in_print: str = ""


CLAIMS = {
    row.pop("name"): Claim(**row | {"sign": int(row["sign"])})
    for row in tables.read(Path(__file__).with_name("claims.csv"))
}
"""By name; what both papers claim of spotting, and P1 of augmentation and recognition."""

COMPARED = ("vgg_m", "ststnet", "off_apexnet", "dual_inception", "alexnet")
"""The networks that P1 sets beside OC-Net (section 4, Fig. 13)."""

PRINTED = ("vgg_m", "ststnet", "off_apexnet")
"""Those of them whose scores stand in its text. Of AlexNet and Dual-Inception it gives the rank, between STSTNet and
VGG-M; their values are in the picture of Fig. 13 alone, which could not be read."""
