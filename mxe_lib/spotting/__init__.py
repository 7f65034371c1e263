"""Finding the apex frame.

``labels`` are what networks learn, ``rules`` turn scores into a frame, ``task`` and ``whole_clip`` are the trained
spotters, ``naive`` and ``classical`` what they have to beat. May import: ``learning`` and what stands above it. A new
spotter is a file here that returns the table of ``rules.pick``.
"""
