"""Training and testing, for spotting and recognition alike.

``samples`` and ``flow_samples`` are what networks are fed, ``folds`` says who is trained on and who is tested on,
``task`` is what both kinds of task share, ``training`` fits and stores a model (a fold's seed is drawn there),
``crossval`` does so for all folds, ``leaks`` holds the controls that let test clips have a say. May import: ``vision``
and what stands above it.
"""
