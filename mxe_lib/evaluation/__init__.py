"""Scores and result tables.

``metrics`` holds every score (UF1, UAR, MAE, ...), ``intervals`` their uncertainty over subjects and the paired tests,
``rows`` makes rows of a result table from predictions, ``results`` writes, reads and shows the tables. May import:
``compute``. A new score is a function in ``metrics`` and an entry in ``RECOGNITION`` or ``SPOTTING`` there.
"""
