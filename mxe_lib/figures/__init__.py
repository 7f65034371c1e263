"""How figures look.

``charts`` draws results and holds the colours, ``names`` holds the words for systems and scores, ``pictures`` draws
faces and flow, ``moving`` a clip that runs in a loop, ``spotters`` what spotters see, ``diagrams`` folds and networks,
``study_map`` the study; ``study.mplstyle`` is the style. May import: ``evaluation`` and what stands above it. A chart
that a second notebook draws moves here; one that a single notebook draws stays there.
"""
