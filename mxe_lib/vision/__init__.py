"""From frames to numbers: faces are found and aligned, landmarks tracked, optical flow measured.

``faces`` aligns the study's faces, by the eyes; ``face_detector`` finds faces of any size in any picture, for a user's
own clip. ``fields`` holds what is computed from flow, such as strain. May import: ``models`` and what stands above it.
A new way to measure flow is a file of its own and an entry in ``flow.METHODS``.
"""
