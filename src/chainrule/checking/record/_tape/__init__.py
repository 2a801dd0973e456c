"""Notes each operation of a run, on arrays and numbers that know where they come from.

`operations` is the list of what can be noted. `tape` keeps it, a `recording` is where it is noted
now; `arrays` are what the learner's code holds, numbers with `operators`, `functions` what it
calls, with `composed` and `noting`; `real` are NumPy's own meanwhile. `world` puts all of it in
the place of NumPy, `random` and `math`. `sums` reads what was noted.
"""
