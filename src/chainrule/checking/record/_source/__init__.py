"""The learner's code, read and prepared to run: nothing of it is executed here.

`signatures` and `statements` are what is in it, `about` is what it is about. `program` prepares
it, with `first_values` and `scale` for its numbers, `instead` for its calls, `unread` for what
may fail, `modules` for what it imports, `numerical` and `pairs` for gradients and losses that
train nothing, `watched` for what the lab's functions are called with. `assigned` and `without`
change a statement of it, and `words` are what is said beside its code.
"""
