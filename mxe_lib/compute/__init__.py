"""How things are computed, whatever they are: on several processes, with the same bits, and not twice.

``parallel`` runs independent jobs in worker processes: of this machine (``pool``), of a cluster (``cluster``, found
and checked by ``scheduler``) or of another making (``executors``); ``worker`` is what a job finds there. ``seeds``
makes seeds from texts, ``determinism`` fixes threads and random state. ``store`` keeps whole files, ``tables`` reads
the library's own, and ``code`` says what a result depends on. May import: ``errors``. What any computation could use
goes here; what knows of clips or networks goes further down.
"""
