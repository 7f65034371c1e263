"""Correct inputs that are broken on purpose, for ``mutations.py``.

``judge`` says what is right. ``files``, ``pictures`` and ``cells`` hold the ways to break a file of any kind, an image
and a table; ``strict`` reads images and videos once more, by other means than the library. The others each hold kinds
of input: ``databases``, ``maps``, ``clips`` and ``movies`` (what ``mxe analyze`` is pointed at), ``places`` (where it
writes), ``caches``, ``weights`` and ``runs``.
"""
