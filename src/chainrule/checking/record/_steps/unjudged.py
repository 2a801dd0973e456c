"""Why nothing is said of a training, or not all of it."""


class NotJudgedError(Exception):
    """Nothing can be said, and why."""


class GradientNotFoundError(NotJudgedError):
    """Nothing that was given has the shape of a parameter, and could be its gradient."""


class RoundingError(NotJudgedError):
    """A number is known to too few digits."""


class UnlikeShapesError(NotJudgedError):
    """What was given has other shapes than those that it is meant for."""


class NoTargetError(NotJudgedError):
    """What is trained has no targets that are known, or goes down by differences of a loss."""


class NotAllSeenError(NotJudgedError):
    """What is judged is right, and there is more that a training changes."""


class MadeUpTargetsError(NotJudgedError):
    """Targets that were made up are of a kind that cannot be what is meant."""
