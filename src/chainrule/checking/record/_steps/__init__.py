"""The steps of a training in its record, and which of them go down on a loss.

`flow` and `runs` lay runs side by side, with first values that are `generic`; `operands` are what
goes into their operations, `steps` their updates. `adjoint` is the chain rule, `losses` what may
be gone down on, `in_parts` and `rivals` those of more than one part. `judgement` is whether a step
is right: by `factors`, but for `decay` and `clips`, on a `way` through a root, and `unjudged` is
where none can tell. `trail`, `weighing` and `averages` look through steps that build on earlier
ones. `replay` and `opinion` compute again, and `spots` has where anything stands.
"""
