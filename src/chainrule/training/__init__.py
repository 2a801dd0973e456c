"""Training: settings, epochs, history, and the engines that take the steps.

In reading order: `sgd`, the settings and the order of the samples, with `schedules`, the learning
rate in each epoch; `epochs`, one after the other, with `_look`, the scores after each, and
`numerics`, how NumPy computes meanwhile, and `fit`, all of that in one call; `history`, a row for
each epoch; `progress`, what it takes to go on; `augmentation`, images deformed anew for each
epoch; `engines`, what takes the steps; `health`, why a model does not learn.
"""
