"""How far a person's clips are alike in when they peak: what a network that knows the person knows of the apex."""

from collections.abc import Sequence

import pandas as pd

from mxe_lib.clips import Clip


def share_of_habit(clips: Sequence[Clip]) -> float:
    """The share of the variance of apex positions that is gone if one knows the person, from 0 to 1.

    A position is (apex - onset) / length. The variance within people is compared with that of all clips, both divided
    by their degrees of freedom; where people differ less than chance would have it, the share is 0.

    >>> clip = lambda person, apex: Clip("casme2", person, f"{apex}", 200, 0, apex, 100, "others")
    >>> round(share_of_habit([clip("a", 30), clip("a", 32), clip("b", 70), clip("b", 72)]), 2)
    1.0
    """
    positions = pd.Series([(clip.apex - clip.onset) / max(clip.length, 1) for clip in clips])
    people = positions.groupby([clip.subject_id for clip in clips])
    within = ((positions - people.transform("mean")) ** 2).sum() / max(len(clips) - people.ngroups, 1)
    return max(0.0, float(1 - within / positions.var())) if positions.var() > 0 else 0.0
