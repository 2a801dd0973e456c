"""What judges learners' code.

`learner` calls it, in this process or in another; `diagnosis` says what is wrong with the lab's
functions and with classes; `record` judges any training, by what its operations compute. `batch`
judges files side by side, each by a process that runs `file`; `hints` is how much is said.
"""
