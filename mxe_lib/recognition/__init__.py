"""Telling negative, positive and surprise apart.

``task`` trains a network, and ``linear`` is what it has to beat. ``gan``, ``simulated_fields`` and ``augmentation`` add
flow fields to its training samples, and ``generative_*`` judge these fields. ``recipe`` and ``transfer`` bring in
simulated faces. ``selection`` chooses inside training folds. May import: ``spotting`` and what stands above it.
"""
