"""Things to play with: in the notebooks with a kernel, on the site without one, from the same functions.

May import: everything but ``lessons`` and ``app``.
"""
