"""The contract of the lab's exercises: what is right there by the lab's own text.

In reading order: `exercises`, read from the sources of the lab's parts; `trials`, on what each is
tried; `following`, the cells that come after it; `answers`, what a learner's definition gives;
`slips`, what one is likely to write instead; `lines`, the statements of a method one by one;
`judge`, which judges by all of it.
"""
