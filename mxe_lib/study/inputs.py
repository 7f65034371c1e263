"""What the notebooks look at: clips and maps as many as the profile takes, real where they are at hand."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mxe_lib.clips import Clip, Database
from mxe_lib.databases.composite import MARKED, OFFICIAL_COUNTS, clip_set
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.sources import database_folder, open_database, open_flowmaps
from mxe_lib.databases.subset import subset
from mxe_lib.evaluation import results
from mxe_lib.learning import folds
from mxe_lib.learning.flow_samples import apex_samples, sampled_flow
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.simulation.fields import PACK_CROP, Crop
from mxe_lib.spotting import classical, rules
from mxe_lib.spotting.apexes import candidates, unannotated
from mxe_lib.spotting.naive import middle_frame
from mxe_lib.vision import faces, fields

full_grid = results.at_full_scale


def spotting_clips(paths, settings) -> tuple[list[Database], list[Clip], str]:
    """The clips whose apex coders marked, of CASME II and SAMM; real and simulated ones are never mixed.

    Args:
        paths, settings: ``profiles.Paths`` and ``profiles.Profile``.

    Returns:
        (their databases, as many clips as the profile takes, the origin).
    """
    return _clips(MARKED, "p2_spotting", settings.spotting_clips, paths, settings)


def recognition_clips(paths, settings) -> tuple[list[Database], list[Clip], str]:
    """The clips of the MEGC 2019 composite, otherwise as ``spotting_clips``."""
    return _clips(OFFICIAL_COUNTS, "megc2019", settings.recognition_clips, paths, settings)


def onset_face(databases: Sequence[Database], clip: Clip, side: int = 75) -> np.ndarray:
    """``(side, side)`` grey: a simulated clip's face at its onset; white for a real clip, whose face is licensed."""
    if clip.origin == "real":
        return np.full((side, side), 255, np.uint8)
    database = next(database for database in databases if database.name == clip.database)
    frame = next(iter(database.frames(clip, [clip.onset])))
    return faces.face_crop(frame, faces.align(frame), side)


def _clips(names: Sequence[str], rule: str, count: int | None, paths, settings) -> tuple:
    there = [name for name in names if database_folder(name, paths.data)]
    chosen = there or [name for name in names if DATABASES[name].twin]
    why = "real and simulated clips are never mixed" if there else "it is not simulated"
    for name in names:
        if name not in chosen:
            print(f"{name}: left out (no folder {name}/; {why})")
    databases = [open_database(name, paths.data) for name in chosen]
    usable = clip_set(rule, [clip for database in databases for clip in database.clips()])
    # A folder may hold what our own writers made: such clips are simulated wherever they lie.
    origin = "real" if any(clip.origin == "real" for clip in usable) else "simulated"
    usable = [clip for clip in usable if clip.origin == origin]
    databases = [database for database in databases if any(clip.database == database.name for clip in usable)]
    return databases, subset(usable, count, settings.subjects), origin


def maps_to_read(paths, settings, workers: int = 1) -> tuple:
    """Flow maps for recognisers that were trained elsewhere: the real ones, or those of rendered simulated clips.

    Args:
        paths, settings: ``profiles.Paths`` and ``profiles.Profile``.
        workers: processes for the rendered clips' flow.

    Returns:
        (recognition samples, origin, the ``Crop`` in which their faces lie).
    """
    flowmaps = open_flowmaps(paths.data)
    if flowmaps is not None:
        clips = flowmaps.clips()
        return recognition_samples(clips, flowmaps.maps(clips), [c.emotion for c in clips]), flowmaps.origin, PACK_CROP
    databases = [DATABASES[name].twin(name) for name in OFFICIAL_COUNTS if DATABASES[name].twin]
    usable = clip_set("megc2019", [clip for database in databases for clip in database.clips()])
    clips = subset(usable, settings.recognition_clips, settings.subjects)
    flow = apex_samples(databases, clips, size=settings.flow_size, cache=paths.cache, workers=workers)
    maps = recognition_samples(flow.clips, fields.flow_map(flow.inputs.numpy()), flow.classes.tolist())
    return maps, "simulated", Crop()


def for_recognition(
    databases: Sequence[Database], clips: Sequence[Clip], paths, settings, workers: int = 1
) -> tuple[dict[str, int], str]:
    """Apexes for those of the clips whose database marks none, chosen on the study's spotting clips.

    Args:
        databases, clips: as for ``flow_samples.apex_samples``, whose ``apexes`` the first result is.
        paths, settings: ``profiles.Paths`` and ``profiles.Profile``.
        workers: processes for the flow. For the annotated clips it is the flow that notebook 03 computes and keeps.

    Returns:
        (predicted frame by clip id, the spotter's name); nothing and "" where no clip lacks an apex. Without any
        annotated clip to choose on, the clip spotter is asked.
    """
    nameless = [clip for clip in clips if clip.apex is None and clip.onset is not None]
    if not nameless:
        return {}, ""
    common = dict(size=settings.flow_size, cache=paths.cache, workers=workers)
    step = min(settings.step_at(clip.fps) for clip in nameless)
    asked = sampled_flow(databases, nameless, step=step, **common)
    marked = clip_set("p2_spotting", [clip for d in databases if d.name in MARKED for clip in d.clips()])
    if not marked:
        table = candidates()["clip_spotter"](asked, asked)
        return dict(zip(table["clip"], table["predicted"].astype(int), strict=True)), "clip_spotter"
    marked = subset(marked, settings.spotting_clips, settings.subjects)
    known = sampled_flow(databases, marked, step=settings.frame_step, **common)
    return unannotated(candidates(), known, folds.folds(settings.folds, known), asked)


def truths(databases: Sequence[Database], samples: Samples) -> dict[tuple[str, str], pd.DataFrame]:
    """What no spotter can see, as if two had: the landmarks where they truly are, and the frame of the strongest pull.

    Args:
        databases: of the samples' clips.
        samples: spotting samples.

    Returns:
        (model, variant) -> predictions (``rules.pick``); nothing for real clips, of which nobody knows this.
    """
    if any(clip.origin == "real" for clip in samples.clips):
        return {}
    home = {database.name: database for database in databases}
    shapes = [
        np.stack([home[clip.database].true_landmarks(clip, number) for number in numbers])
        for clip, _, numbers in samples.per_clip()
    ]
    seen = classical.table(samples, [classical.landmark_scores(shape) for shape in shapes])
    strongest = [home[clip.database].truth(clip).physical_apex for clip in samples.clips]
    return {
        ("landmark_peak", "reference=yes;shape=true"): rules.pick(seen, samples.clips, "max"),
        ("strongest_moment", "reference=yes"): middle_frame(samples.clips).assign(predicted=strongest),
    }


def hidden_apexes(databases: Sequence[Database], clips: Sequence[Clip]) -> dict[str, int]:
    """By clip id the apex that the simulator knows, of simulated clips that no coder marked; of real ones, nothing."""
    home = {database.name: database for database in databases}
    asked = [clip for clip in clips if clip.apex is None and clip.origin != "real"]
    return {clip.id: home[clip.database].truth(clip).apex for clip in asked}
