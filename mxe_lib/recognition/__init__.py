"""Telling negative, positive and surprise apart.

``task`` trains a network, and ``linear`` is what it has to beat. ``augmentation`` adds flow fields to its training
samples, P1's GAN among them, and ``generative_*`` judge these fields. ``recipe`` and ``transfer`` bring in simulated
faces, and ``selection`` chooses inside training folds. May import: ``spotting`` and what stands above it.
"""
