"""From a name to a database: the real one where its folder is there, else its simulated twin, said aloud."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import Clip, Database
from mxe_lib.databases import Casme2, FlowMaps, Samm, Smic
from mxe_lib.databases.composite import composite_class
from mxe_lib.errors import MxeError

IMPORTERS = {"casme2": Casme2, "samm": Samm, "smic": Smic}


def open_database(name: str, root: Path | None) -> Database:
    """The database of this name, and one printed line that says whether it is real or simulated.

    Args:
        name: ``casme2``, ``samm`` or ``smic``.
        root: the data folder (``profiles.Paths.data``) that may hold ``<name>/``; None = simulate.

    Raises:
        MxeError: if there is no such database, or the folder is there and faulty (an empty one is).
    """
    if name not in IMPORTERS:
        raise MxeError(f"unknown database '{name}': choose one of {', '.join(IMPORTERS)}")
    folder = database_folder(name, root)
    if folder is None:
        from mxe_lib.simulation import SimulatedDatabase

        why = "MXE_DATA is not set" if root is None else f"no folder {name}/ in {Path(root).name}/"
        print(f"{name}: simulated ({why})")
        return SimulatedDatabase(name)
    database = IMPORTERS[name](folder)
    print(f"{name}: {database.origin} ({len(database.clips())} clips in {Path(root).name}/{folder.name}/)")
    return database


def open_flowmaps(root: Path | None) -> FlowMaps | None:
    """The real flow maps, or None where ``root`` holds no ``flowmaps/``; one printed line says which.

    Raises:
        MxeError: if the folder is there and faulty.
    """
    folder = database_folder("flowmaps", root)
    if folder is None:
        why = "MXE_DATA is not set" if root is None else f"no folder flowmaps/ in {Path(root).name}/"
        print(f"flowmaps: none ({why})")
        return None
    maps = FlowMaps(folder)
    left_out = f"; {len(maps.missing)} listed without a map are left out" if maps.missing else ""
    print(f"flowmaps: {maps.origin} ({len(maps.clips())} maps in {Path(root).name}/{folder.name}/{left_out})")
    return maps


def spotting_clips(paths, settings) -> tuple[list[Database], list[Clip], str]:
    """The clips whose apex coders marked, of CASME II and SAMM; real and simulated ones are never mixed.

    Args:
        paths, settings: ``profiles.Paths`` and ``profiles.Profile``.

    Returns:
        (their databases, as many clips as the profile takes, the origin).
    """
    return _clips(("casme2", "samm"), "p2_spotting", settings.spotting_clips, paths, settings)


def recognition_clips(paths, settings) -> tuple[list[Database], list[Clip], str]:
    """The clips of the MEGC 2019 composite, otherwise as ``spotting_clips``."""
    return _clips(("casme2", "samm", "smic"), "megc2019", settings.recognition_clips, paths, settings)


def _clips(names: Sequence[str], rule: str, count: int | None, paths, settings) -> tuple:
    from mxe_lib.databases.composite import clip_set

    there = [name for name in names if database_folder(name, paths.data)]
    for name in names:
        if there and name not in there:
            print(f"{name}: left out (no folder {name}/; real and simulated clips are never mixed)")
    databases = [open_database(name, paths.data) for name in there or names]
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
    from mxe_lib import fields
    from mxe_lib.databases.composite import clip_set
    from mxe_lib.datamodules import apex_samples, recognition_samples
    from mxe_lib.simulation import PACK_CROP, Crop, SimulatedDatabase

    flowmaps = open_flowmaps(paths.data)
    if flowmaps is not None:
        clips = flowmaps.clips()
        return recognition_samples(clips, flowmaps.maps(clips), [c.emotion for c in clips]), flowmaps.origin, PACK_CROP
    databases = [SimulatedDatabase(name) for name in ("casme2", "samm", "smic")]
    usable = clip_set("megc2019", [clip for database in databases for clip in database.clips()])
    clips = subset(usable, settings.recognition_clips, settings.subjects)
    flow = apex_samples(databases, clips, size=settings.flow_size, cache=paths.cache, workers=workers)
    maps = recognition_samples(flow.clips, fields.flow_map(flow.inputs.numpy()), flow.classes.tolist())
    return maps, "simulated", Crop()


def database_folder(name: str, root: Path | None) -> Path | None:
    """``root/<name>``, in any case of letters, or None."""
    if root is None:
        return None
    return next((path for path in sorted(Path(root).iterdir()) if path.name.lower() == name and path.is_dir()), None)


def subset(clips: Sequence[Clip], n: int | None, subjects: int | None, seed: int = 0) -> list[Clip]:
    """A small, representative choice: at most ``n`` clips of at most ``subjects`` subjects, in the clips' own order.

    Subjects are shared out over the databases; of 200 random draws the one is kept that gives the most clips, then the
    most classes with at least two subjects (so that each class can be trained and tested), then the largest smallest
    class. Clips are then shared out over databases and classes in proportion, with at least two of each where there are
    any, and within a class evenly over subjects. The class is the composite's, else the emotion. Same arguments, same
    choice.

    Args:
        n, subjects: None = all.
    """
    rng = np.random.default_rng(seed)
    clips = list(clips)
    if subjects is not None:
        chosen = _subjects(clips, len(clips) if n is None else n, subjects, rng)
        clips = [clip for clip in clips if clip.subject_id in chosen]
    if n is None or n >= len(clips):
        return clips
    strata: dict[tuple[str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        strata[clip.database, _class(clip)].append(clip)
    sizes = {key: len(group) for key, group in strata.items()}
    taken = {clip.id for key, k in _shares(sizes, n).items() for clip in _spread(strata[key], k, rng)}
    return [clip for clip in clips if clip.id in taken]


def _class(clip: Clip) -> str:
    return composite_class(clip) or clip.emotion


def _subjects(clips: list[Clip], n: int, count: int, rng: np.random.Generator) -> set[str]:
    by_database: dict[str, dict[str, list[Clip]]] = defaultdict(lambda: defaultdict(list))
    for clip in clips:
        by_database[clip.database][clip.subject_id].append(clip)
    shares = _shares({name: len(group) for name, group in by_database.items()}, count, even=True)
    best: tuple[tuple[int, ...], set[str]] = ((-1,), set())
    for _ in range(200):
        draw = [
            subject
            for name, k in shares.items()
            for subject in rng.choice(sorted(by_database[name]), size=k, replace=False).tolist()
        ]
        classes: dict[str, set[str]] = defaultdict(set)
        sizes: dict[str, int] = defaultdict(int)
        for subject in draw:
            for clip in by_database[subject.split("/")[0]][subject]:
                classes[_class(clip)].add(subject)
                sizes[_class(clip)] += 1
        two = sum(len(group) >= 2 for group in classes.values())
        score = (min(sum(sizes.values()), n), two, min(sizes.values(), default=0))
        if score > best[0]:
            best = (score, set(draw))
    return best[1]


def _shares(sizes: dict, n: int, *, even: bool = False) -> dict:
    """``n`` split over groups: by size (or evenly), at most a group's size, two each first (one each if even)."""
    shares = dict.fromkeys(sizes, 0)
    for _ in range(min(n, sum(sizes.values()))):
        open_groups = [key for key in sizes if shares[key] < sizes[key]]

        def need(key: object) -> float:
            floor = 0 if shares[key] < (1 if even else 2) else 1
            return floor * 1e6 + (shares[key] + 0.5) / (1 if even else sizes[key])

        shares[min(open_groups, key=lambda key: (need(key), -sizes[key], str(key)))] += 1
    return shares


def _spread(group: list[Clip], k: int, rng: np.random.Generator) -> list[Clip]:
    """``k`` clips, one subject after the other."""
    queues: dict[str, list[Clip]] = defaultdict(list)
    for i in rng.permutation(len(group)):
        queues[group[i].subject_id].append(group[i])
    chosen: list[Clip] = []
    while len(chosen) < k:
        for queue in queues.values():
            if queue and len(chosen) < k:
                chosen.append(queue.pop())
    return chosen
