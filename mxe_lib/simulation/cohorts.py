"""Three simulated cohorts with the people, classes, lengths and action units of CASME II, SAMM and SMIC-HS.

They follow public aggregates alone (``cohort_tables``). No row of a real workbook is copied, but for the few that
importers must know because they are broken in the originals.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.compute.seeds import generator
from mxe_lib.errors import MxeError
from mxe_lib.simulation import cohort_tables as tables
from mxe_lib.simulation.action_units import Activation
from mxe_lib.simulation.cohort_tables import COHORTS, Cohort, mixes


@dataclass(frozen=True)
class Row:
    """One clip with what its annotation does not say.

    Attributes:
        clip: as an importer returns it; its units carry the database's own coding only.
        apex: the annotator's apex, also where ``clip.apex`` is None or unusable.
        physical_apex: the frame at which the muscles pull hardest.
        action_units: with the true side and intensity letter of every unit.
        strength: factor on their amplitude.
    """

    clip: Clip
    apex: int
    physical_apex: int
    action_units: tuple[Activation, ...]
    strength: float = 1.0


@dataclass(frozen=True)
class _Special:
    """A clip whose name and annotation importers and tests know: apex "none", "onset", "offset", or frame numbers."""

    emotion: str
    apex: str = ""
    frames: tuple[int, int, int] | None = None


_SPECIALS = {
    "casme2": {
        ("sub04", "EP12_01f"): _Special("disgust", apex="none"),
        ("sub05", "EP09_05f"): _Special("disgust", apex="onset"),
        ("sub05", "EP16_04f"): _Special("others", apex="offset"),
        ("sub12", "EP09_06"): _Special("happiness", apex="offset"),
        ("sub20", "EP16_01"): _Special("disgust", apex="offset"),
        ("sub25", "EP18_04f"): _Special("disgust", apex="offset"),
        ("sub24", "EP07_01"): _Special("sadness"),
        ("sub24", "EP07_04f"): _Special("sadness"),
        ("sub24", "EP10_03"): _Special("sadness"),
    },
    "samm": {
        ("028", "028_4_1"): _Special("surprise", frames=(1052, 1134, 1134)),
        ("032", "032_3_1"): _Special("anger", frames=(4896, 4930, 4969)),
        ("032", "032_3_2"): _Special("anger", frames=(5126, 5127, 5207)),
    },
    "smic": {},
}


@lru_cache(maxsize=8)
def cohort_rows(name: str, seed: int = 0) -> tuple[Row, ...]:
    """All clips of a cohort, sorted by subject and name: CASME II 255, SAMM 159, SMIC 164. Nothing is rendered.

    Raises:
        MxeError: if there is no such cohort.
    """
    if name not in COHORTS:
        raise MxeError(f"unknown cohort '{name}': choose one of {', '.join(COHORTS)}")
    cohort = COHORTS[name]
    rng = generator("cohort", name, seed)
    labelled = [(subject, emotion) for subject, emotions in _emotions(cohort, rng).items() for emotion in emotions]
    lengths, relative = _durations(cohort, len(labelled), rng)
    units = _units(cohort, [emotion for _, emotion in labelled], rng)
    names = _names(cohort, labelled, rng)
    rows = [
        _row(cohort, subject, clip, emotion, int(length), float(position), codes, rng)
        for (subject, emotion), clip, length, position, codes in zip(
            labelled, names, lengths, relative, units, strict=True
        )
    ]
    return tuple(sorted(rows, key=lambda row: (_natural(row.clip.subject), row.clip.name)))


def _emotions(cohort: Cohort, rng: np.random.Generator) -> dict[str, list[str]]:
    """Each subject's emotions; the totals are the database's."""
    if not cohort.codes_emotions:
        return {subject: _words(zip(CLASSES, counts, strict=True)) for subject, counts in cohort.subjects.items()}
    shared = {emotion: n for emotion, n in cohort.negatives.items() if emotion not in cohort.by_subject}
    fixed = [(subject, special.emotion) for (subject, _), special in _SPECIALS[cohort.name].items()]
    fixed = [(subject, emotion) for subject, emotion in fixed if emotion in shared]
    pool = _words(shared.items())
    if len(shared) > 1:
        pool = [pool[i] for i in rng.permutation(len(pool))]
        for _, emotion in fixed:
            pool.remove(emotion)
    emotions: dict[str, list[str]] = {}
    for subject, (negative, positive, surprise) in cohort.subjects.items():
        known = _words((emotion, counts.get(subject, 0)) for emotion, counts in cohort.by_subject.items())
        negatives = [emotion for emotion in known if emotion in cohort.negatives]
        own = [emotion for other, emotion in fixed if other == subject]
        own += [pool.pop() if len(shared) > 1 else pool[0] for _ in range(negative - len(own) - len(negatives))]
        own += negatives + ["happiness"] * positive + ["surprise"] * surprise
        emotions[subject] = own + [emotion for emotion in known if emotion not in cohort.negatives]
    return emotions


def _words(counted: Iterable[tuple[str, int]]) -> list[str]:
    return [word for word, n in counted for _ in range(n)]


def _durations(cohort: Cohort, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lengths (offset - onset, frames) and relative apexes, drawn in strata: n clips keep the moments."""
    first = stats.norm.ppf((np.arange(n) + rng.random(n)) / n)
    second = stats.norm.ppf((np.arange(n) + rng.random(n)) / n)
    first, second = first[rng.permutation(n)], second[rng.permutation(n)]
    rho = cohort.apex_length_correlation
    second = rho * first + np.sqrt(1 - rho**2) * second
    frames = np.interp(stats.norm.cdf(first), (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1), cohort.lengths)
    return np.round(frames), stats.beta.ppf(stats.norm.cdf(second), *cohort.apex_beta)


def _units(cohort: Cohort, emotions: list[str], rng: np.random.Generator) -> list[tuple[Activation, ...]]:
    """Each clip's true units: combinations in proportion to the mix, sides, and intensity letters."""
    chosen: list[tuple[int, ...]] = [()] * len(emotions)
    for emotion in sorted(set(emotions)):
        mine = [i for i, other in enumerate(emotions) if other == emotion]
        combinations, weights = zip(*mixes(cohort.name, emotion), strict=True)
        edges = np.cumsum(weights)
        picks = np.searchsorted(edges, (np.arange(len(mine)) + rng.random()) / len(mine) * edges[-1])
        for i, pick in zip(mine, rng.permutation(np.minimum(picks, len(edges) - 1)), strict=True):
            chosen[i] = combinations[pick]
    odds = np.array([max((tables.ONE_SIDED.get(unit, 0) for unit in units), default=0) for units in chosen], float)
    n_unilateral = round(cohort.unilateral * len(chosen))
    one_sided = set(rng.choice(len(chosen), n_unilateral, replace=False, p=odds / odds.sum()).tolist())
    return [_activate(units, i in one_sided, rng) for i, units in enumerate(chosen)]


def draw_units(units: tuple[int, ...], unilateral: float, rng: np.random.Generator) -> tuple[Activation, ...]:
    """Sides and intensity letters for a combination of units; with probability ``unilateral`` one acts on one side."""
    return _activate(units, rng.random() < unilateral and any(unit in tables.ONE_SIDED for unit in units), rng)


def _activate(units: tuple[int, ...], one_sided: bool, rng: np.random.Generator) -> tuple[Activation, ...]:
    base = int(np.searchsorted(tables.LETTER_EDGES, rng.random()))
    sided = max(units, key=lambda unit: tables.ONE_SIDED.get(unit, 0)) if one_sided else None
    activations = []
    for unit in units:
        letter = "ABCDE"[min(4, max(0, base + int(rng.integers(-1, 2)) * (len(units) > 1)))]
        side = ("left", "right")[rng.integers(2)] if unit == sided else "both"
        activations.append(Activation(unit, side, letter))
    return tuple(activations)


def _names(cohort: Cohort, labelled: list[tuple[str, str]], rng: np.random.Generator) -> list[str]:
    """Clip names in the database's style; the clips of ``_SPECIALS`` get theirs first."""
    names: list[str | None] = [None] * len(labelled)
    taken = set()
    for (subject, clip), special in _SPECIALS[cohort.name].items():
        free = (i for i, label in enumerate(labelled) if label == (subject, special.emotion) and names[i] is None)
        names[next(free)] = clip
        taken.add((subject, clip))
        taken.add((subject, clip.removesuffix("f")))
    counters: Counter = Counter()
    for i, (subject, emotion) in enumerate(labelled):
        if names[i] is None and not cohort.codes_emotions:
            short = {"negative": "ne", "positive": "po", "surprise": "sur"}[emotion]
            counters[subject, emotion] += 1
            names[i] = f"{subject}_{short}_{counters[subject, emotion]:02d}"
        while names[i] is None:
            if cohort.episodes:
                stem = f"EP{rng.integers(1, 20):02d}_{rng.integers(1, 12):02d}"
                clip = stem + "f" * int(rng.random() < 0.28)
            else:
                stem = clip = f"{subject}_{rng.integers(1, 8)}_{rng.integers(1, 9)}"
            if (subject, stem) not in taken:
                names[i] = clip
                taken.add((subject, stem))
    return names


def _row(
    cohort: Cohort,
    subject: str,
    name: str,
    emotion: str,
    length: int,
    relative: float,
    codes: tuple[Activation, ...],
    rng: np.random.Generator,
) -> Row:
    special = _SPECIALS[cohort.name].get((subject, name), _Special(emotion))
    onset = _first_frame(cohort, subject, rng)
    apex = onset + int(np.clip(round(relative * length), 1, length - 1))
    jitter = round(float(np.clip(rng.standard_normal(), -2, 2)) * cohort.jitter)
    if special.frames is not None:
        onset, apex, offset = special.frames
        length = offset - onset
    offset = onset + length
    physical = int(np.clip(apex - jitter, onset + min(5, length // 3), offset - min(3, length // 4)))
    if special.apex == "offset":
        apex = offset
        physical = offset - abs(jitter)
    annotated = {"none": None, "onset": onset}.get(special.apex, apex)
    clip = Clip(
        database=cohort.name,
        subject=subject,
        name=name,
        fps=cohort.fps,
        onset=onset,
        apex=annotated if cohort.marks_apex else None,
        offset=offset,
        emotion=emotion,
        action_units=_as_coded(cohort, codes, rng),
        origin="simulated",
    )
    return Row(clip, apex if annotated is None else annotated, physical, codes, cohort.strength)


def _as_coded(cohort: Cohort, codes: tuple[Activation, ...], rng: np.random.Generator) -> tuple[str, ...]:
    """What the workbook says of these units: CASME II no letters, SAMM some, SMIC nothing."""
    keep = rng.random(len(codes)) >= cohort.unlettered
    if not cohort.codes_emotions:
        return ()
    texts = (code.code if kept else code.code.rstrip("ABCDE") for code, kept in zip(codes, keep, strict=True))
    return tuple(texts)


def _first_frame(cohort: Cohort, subject: str, rng: np.random.Generator) -> int:
    """An onset in the database's own way of counting: within the clip, within the long video, or a camera's clock."""
    if cohort.onsets:
        return int(rng.integers(*cohort.onsets))
    digits = (5, 6, 6, 6, 8)[int(subject[1:]) % 5]
    return int(rng.integers(10 ** (digits - 1), 9 * 10 ** (digits - 1)))


def _natural(subject: str) -> tuple[str, int]:
    digits = "".join(character for character in subject if character.isdigit())
    return subject.rstrip("0123456789"), int(digits)
