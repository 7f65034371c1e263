"""How things are computed, whatever they are: on several processes, with the same bits, and not twice.

``parallel`` runs independent jobs on worker processes, and ``executors`` names other places for them. ``seeds`` makes
seeds from texts, ``determinism`` fixes threads and random state. ``store`` keeps whole files, ``tables``
reads the library's own, and ``code`` says what a result depends on. May import: ``errors``. What any computation could
use goes here; what knows of clips or networks goes further down.
"""
