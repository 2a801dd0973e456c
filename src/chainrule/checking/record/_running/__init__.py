"""How code is called that nothing in its file calls.

`plans` are calls and data, `ways` are the plans for a file. `known` and `uses` tell what an
argument takes, `making` how objects and parameters are made, and `fitting` in which form data fit
the code. `drive` makes the calls, in the learner's process.
"""
