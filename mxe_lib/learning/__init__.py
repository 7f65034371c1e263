"""Training and testing, for spotting and recognition alike.

``samples`` and ``flow_samples`` are what networks are fed. ``folds`` says who is trained on and who is tested on.
``task`` is what both kinds of task share. ``training`` fits and keeps a model, and gives each fold its seed
(``fold_seed``). ``crossval`` does so for all folds. ``leaks`` holds the controls that let test clips have a say. May
import: ``papers`` and what stands above it.
"""
