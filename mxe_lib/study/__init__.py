"""What ``run_all.py`` and the notebooks use to run.

``profiles`` holds the settings of a run, ``inputs`` the clips that it looks at. ``runner`` executes a notebook,
``crew`` several beside each other; ``stamps`` remembers what is done, ``report`` shows it, and ``readme`` writes the
README's tables. May import: everything but ``app``. A new experiment is a notebook that names it in its metadata; a
setting that differs between profiles is a line in ``profiles.csv``.
"""
