"""From clips to samples: the flow of chosen frames, measured or read from the cache."""

from collections.abc import Mapping, Sequence

import numpy as np

from mxe_lib.clips import Clip, Database
from mxe_lib.databases.composite import composite_class
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples, recognition_samples, spotting_samples


def flow_to(
    databases: Sequence[Database],
    clips: Sequence[Clip],
    frames: Mapping[str, Mapping[str, int]],
    **how,
) -> dict[str, Samples]:
    """The same clips' flow from the onset to several apexes each, as ``recognition_samples``.

    All of a clip's flow is made together, so that its face is looked for once. A clip without flow is in none of them.

    Args:
        databases: where the clips' frames are.
        clips: of the composite.
        frames: by the name of a choice, clip id -> frame number, of every clip.
        how: as for ``flow_samples.sampled_flow``.

    Raises:
        MxeError: if a choice names no frame for a clip, or no clip has flow.
    """
    for name, chosen in frames.items():
        if lacking := [clip.id for clip in clips if clip.id not in chosen]:
            raise MxeError(f"{lacking[0]}: '{name}' names no frame for it: leave the clip out, or name one")
    numbers = {clip.id: sorted({int(chosen[clip.id]) for chosen in frames.values()}) for clip in clips}
    flow = _flow(databases, clips, numbers, **how)
    kept = {
        clip: dict(zip(numbers[clip.id], f, strict=True)) for clip, f in zip(clips, flow, strict=True) if f is not None
    }
    if not kept:
        raise MxeError("flow to several apexes: no clip has flow: look at the warnings of the flow computation")
    classes = [composite_class(clip) for clip in kept]
    return {
        name: recognition_samples(list(kept), np.stack([f[chosen[clip.id]] for clip, f in kept.items()]), classes)
        for name, chosen in frames.items()
    }


def sampled_flow(databases: Sequence[Database], clips: Sequence[Clip], *, step: int, **how) -> Samples:
    """Flow from each clip's onset to every ``step``-th of its frames, as ``spotting_samples``: read or computed.

    Args:
        databases: where the clips' frames are.
        clips: of any of these databases; those whose flow can't be computed are left out (with a warning each).
        how: size (side of the face crop in pixels), cache, method and workers, as for ``flow.flows``.

    Raises:
        MxeError: if a clip is of none of the databases.
    """
    numbers = {clip.id: clip.frame_numbers(step) for clip in clips}
    fields = _flow(databases, clips, numbers, **how)
    return spotting_samples(clips, fields, [numbers[clip.id] for clip in clips])


def apex_samples(
    databases: Sequence[Database], clips: Sequence[Clip], apexes: Mapping[str, int] | None = None, **how
) -> Samples:
    """Flow from each clip's onset to its apex, as ``recognition_samples`` with the composite's classes.

    Args:
        databases, how: as for ``sampled_flow``.
        clips: of the composite.
        apexes: clip id -> frame number, such as a spotter's; a clip that is not named has its annotated apex or, where
            its database gives none (SMIC), the middle frame.

    Raises:
        MxeError: if a clip is of none of the databases, or not in the composite.
    """
    known = apexes or {}
    numbers = {c.id: [known.get(c.id, (c.onset + c.offset) // 2 if c.apex is None else c.apex)] for c in clips}
    fields = _flow(databases, clips, numbers, **how)
    kept = [(clip, field[0]) for clip, field in zip(clips, fields, strict=True) if field is not None]
    if not kept:
        raise MxeError("recognition samples: no clip has flow: look at the warnings of the flow computation")
    return recognition_samples(
        [clip for clip, _ in kept], np.stack([field for _, field in kept]), [composite_class(clip) for clip, _ in kept]
    )


def _flow(
    databases: Sequence[Database], clips: Sequence[Clip], numbers: Mapping[str, list[int]], **settings
) -> list[np.ndarray | None]:
    """``flow.flows`` of clips of several databases, in the clips' order."""
    from mxe_lib.vision import flow

    fields: dict[str, np.ndarray | None] = {}
    for database in databases:
        own = [clip for clip in clips if clip.database == database.name]
        found = flow.flows(database, own, [numbers[clip.id] for clip in own], **settings)
        fields |= dict(zip([clip.id for clip in own], found, strict=True))
    if lacking := [clip.id for clip in clips if clip.id not in fields]:
        raise MxeError(f"{lacking[0]}: its database is not among those given: open it too")
    return [fields[clip.id] for clip in clips]
