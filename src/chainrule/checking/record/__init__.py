"""A learner's training as a record: run, differentiated, and searched for its first wrong line.

In the learner's process `run` executes a file, and everything it computes is noted; what is noted
crosses as a `table`, by `coding`. Here `recorder` asks for such runs, `trainings` for those that a
file needs, and `judge` judges them; `findings` says it as the other results of `check` do.

The folders, each of which builds only on those before it: `_tape` notes what is computed,
`_standins` are what a run reads instead of data that are not here, `_source` reads and prepares
the learner's code, `_steps` finds the steps of a training and whether they are right, `_running`
calls what nothing calls, `_at_sight` tells the mistakes that a look at a step shows, and
`_search` those that must be searched for.

With them: `_one_way` judges a way of running a file, by `_other_runs` of it with other first
values. `_one_step` judges a step under the losses that `_candidates` has, if it is as
`_required`, and gives what was `judged`. `_conventions` and `_rounding` are why nothing is wrong
though it looks so, `_falling` is why more is right than it looks; `_alone` says which functions,
that no training uses, are wrong in all uses. `_otherwise` and `_later` run variants of the code:
with another statement, or without what was judged. `_unseen` names what did not run, and `_graph`
makes a picture of a step.
"""
