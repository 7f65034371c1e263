"""Telling negative, positive and surprise apart.

``task`` trains a network, ``linear`` is what it has to beat, ``augmentation`` adds fields to its training samples (P1's
GAN among them; ``generative_*`` judge them), ``recipe`` and ``transfer`` bring in simulated faces, ``selection`` chooses
inside training folds. May import: ``spotting`` and what stands above it.
"""
