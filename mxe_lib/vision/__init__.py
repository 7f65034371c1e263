"""From frames to numbers: faces are found and aligned, landmarks tracked, optical flow measured.

``fields`` holds what is computed from flow, such as strain. May import: ``models`` and what stands above it. A new way
to measure flow is a file of its own and an entry in ``flow.METHODS``.
"""
