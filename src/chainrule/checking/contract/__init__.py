"""The contract of the lab's exercises: what is right there by the lab's own text.

In reading order: `exercises`, read from the sources of the lab's parts; `trials`, on what each is
tried; `answers`, what came of a trial; `attempt`, a learner's definition with what is put around
it; `following`, the cells that come after it; `lines`, its statements one by one; `slips`, what is
likely to be written instead; `symptoms`, what shows in the numbers; `explained`, what is said of
all that; `judge`, which judges by it.
"""
