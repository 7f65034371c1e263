"""How things are computed, whatever they are: on several processes, with the same bits, and not twice.

``parallel`` runs independent jobs on worker processes, ``determinism`` fixes threads and random state, ``store`` keeps
whole files, and ``code`` names what a computation depends on. May import: ``errors``. What any computation could use
goes here; what knows of clips or networks goes further down.
"""
