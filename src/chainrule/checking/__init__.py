"""What judges learners' code.

`learner` calls it, in this process or in another; `diagnosis` says what is wrong with the lab's
functions and with classes; `record` judges any training, by what its operations compute.
`contract` holds the lab's own exercises to what its text asks and does with them. `verdict` is
`check` in a notebook; `batch` judges files side by side, each by a process that runs `file`, on
numbers of `chance`; how much is said is in `hints`.
"""
