"""What was printed, and what is left of it.

``published`` holds every printed number, ``decode`` the whole numbers behind P1's per cents, ``claims`` what the papers
claim, ``verdicts`` what our results say of it. May import: ``evaluation`` and what stands above it. A newly printed
number is a line in ``published``.
"""
