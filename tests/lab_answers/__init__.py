"""Answers to the lab's exercises, right and wrong: the solutions with some lines exchanged."""

from lab_answers.answer import IMPORTS, LAB, Answer
from lab_answers.functions import FUNCTIONS
from lab_answers.networks import NETWORKS
from lab_answers.training import TRAINING

__all__ = ["ANSWERS", "IMPORTS", "LAB", "Answer"]

ANSWERS: dict[str, Answer] = {**FUNCTIONS, **TRAINING, **NETWORKS}
