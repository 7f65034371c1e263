"""What was printed, and what is left of it.

``printed_numbers.txt`` holds every printed number and ``published`` reads it. ``decode`` finds the whole numbers behind
P1's per cents. ``claims.csv`` says what the papers claim, and ``verdicts`` what our results say of it. May import:
``vision`` and what stands above it. A newly printed number is a line in ``printed_numbers.txt``.
"""
