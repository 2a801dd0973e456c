"""What an answer that fails a trial shows: an input to paste, and what its numbers tell."""

import ast
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from chainrule.checking.contract.answers import Answer, alike, right_of
from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.contract.slips import words_of
from chainrule.checking.contract.trials import IN_ORDER, MANY_IMAGES, RATE, Trial
from chainrule.checking.diagnosis.blame import Slip, Symptom
from chainrule.checking.diagnosis.compare import Array, farthest, finite
from chainrule.checking.diagnosis.errors_explained import explain_problem

FEW = 4  # numbers that are shown in a line
DECIMALS = range(1, 13)  # to which somebody may round


def symptom_of(answer: Answer) -> Symptom:
    """A small input that shows what is wrong, with the learner's number and the right one."""
    trial = answer.trial
    *lines, last = trial.text.split("\n")
    if answer.problem is not None:
        if trial.result:
            lines, last = trial.text.split("\n")[:-2], trial.call
        said = explain_problem(replace(answer.problem, function=""))
        return Symptom((*lines, last), f"It fails. {said}", _in_words(answer.right))
    path = answer.place
    given = (answer.given or {}).get(path) if path is not None else None
    if path is None:
        more = [p for p in answer.given or {} if p not in answer.right]
        return Symptom((*lines, last), f"It gives more than is asked for: {', '.join(more)}.")
    last = _at(last, path, answer.right)
    right = answer.right[path]
    if given is None or right is None:
        nothing = not trial.result and _is_nothing(answer.given)
        there = sorted(p for p in answer.given or {} if p)
        said = f"It gives no numbers there{': only ' + ', '.join(there) if there else ''}."
        if nothing:
            last, said = f"print({trial.call})", "It gives None."
        wanted = _in_words(answer.right) if nothing else _numbers(right)
        return Symptom((*lines, last), said, wanted)
    if given.shape != right.shape:
        code = f"np.shape({last})"
        return Symptom((*lines, code), f"It gives {given.shape}.", str(right.shape))
    if right.size <= FEW:
        return Symptom((*lines, last), f"It gives {_numbers(given)}.", _numbers(right))
    place = farthest(given, right)
    code = f"{last}[{', '.join(map(str, place))}]"
    return Symptom((*lines, code), f"It gives {_numbers(given[place])}.", _numbers(right[place]))


def _in_words(right: dict[str, Array | None]) -> str:
    """What should have come out, if that is short."""
    whole = right.get("")
    return _numbers(whole) if whole is not None and whole.size <= FEW else ""


def _at(expression: str, path: str, right: dict[str, Array | None]) -> str:
    """The expression for the array at a path of what an expression gives."""
    if not path:
        return expression
    node = ast.parse(expression, mode="eval").body
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == path:
                return ast.unparse(value)
    places = all(p.isdigit() for p in right)
    return f"{expression}[{path}]" if places else f'{expression}["{path}"]'


def _numbers(array: Array | None) -> str:
    if array is None:
        return "numbers"
    whole = np.asarray(array)
    if not whole.ndim:
        return f"{whole.item():.6g}"
    text = np.array2string(whole, separator=", ", formatter={"float_kind": "{:.6g}".format})
    return " ".join(text.split())


# What can be seen in the numbers


def nothing_returned(answers: Sequence[Answer]) -> str | None:
    """In which calls nothing is returned, after a space; "" for all, None for none of them."""
    returned = [a for a in answers if not a.trial.result and a.given is not None]
    without = [a for a in returned if _is_nothing(a.given) and not _is_nothing(a.right)]
    if not without:
        return None
    return "" if without == returned else f" for {without[0].trial.what}"


def _is_nothing(leaves: Mapping[str, Array | None] | None) -> bool:
    return leaves is not None and list(leaves) == [""] and leaves[""] is None


def noticed(lab: Lab, exercise: Exercise, method: str, answers: Sequence[Answer]) -> Slip | None:
    """What is wrong, if it shows in how the numbers are alike; None if it does not."""
    return next(_noticed(lab, exercise, method, answers), None)


def _noticed(
    lab: Lab, exercise: Exercise, method: str, answers: Sequence[Answer]
) -> Iterator[Slip]:
    wrong = [answer for answer in answers if not answer.is_right]
    changes_given = [answer for answer in wrong if _is_kept(answer.trial)]
    if changes_given == wrong:
        yield _changing(exercise, method, wrong[0].trial.result)
    yield from _on_lists(wrong, changes_given)
    if exercise.name == "one_hot" and all(_is_of_one_label(a.trial) for a in wrong):
        yield words_of("one-label-fails")
    rounded = _rounded(answers)
    if rounded is not None:
        yield words_of("rounded", decimals=f"{rounded} decimal{'s' if rounded > 1 else ''}")
    unused = _unused(lab, exercise, method, answers)
    if unused is not None:
        yield words_of("argument-not-used", name=unused)
    if exercise.name == "train_epoch" and _is_of_so_many(answers):
        yield words_of("number-of-images-written-in")
    if exercise.name == "train_epoch" and _is_shuffled(lab, answers):
        yield words_of("not-in-order")
    if method == "loss" and (
        all("last that went forward" in a.trial.what for a in wrong)
        or all(map(_is_stale, answers))
    ):
        yield words_of("stale-forward")
    missing = _missing(answers)
    if missing:
        yield words_of("gradient-missing", names=missing)
    if all("one image, as" in a.trial.what for a in wrong):
        yield words_of("one-image-fails")


def _changing(exercise: Exercise, method: str, name: str) -> Slip:
    """The words for an answer that is right, but changes what has this name."""
    if exercise.name == "finite_difference":
        return words_of("not-put-back")
    if name.startswith("net."):
        parameter = name.removeprefix("net.")
        return words_of("changes-the-model", name=name, method=method, parameter=parameter)
    like = ", as `shifted = X - X.max(…)` does," if name == "X" else ","
    return words_of("changes-what-it-is-given", name=name, like=like)


def _on_lists(wrong: Sequence[Answer], changes_given: Sequence[Answer]) -> Iterator[Slip]:
    """What fails on lists alone, such as the text passes; it may change what it is given."""
    lists = [a for a in wrong if "[" in a.trial.call and "np.array(" not in a.trial.text]
    if not lists or any(a not in lists and a not in changes_given for a in wrong):
        return
    said = "it fails on a list, such as the text passes"
    if lists[0].given is not None:
        nan = any(not finite(a) for a in lists[0].given.values() if a is not None)
        numbers = "nan or inf" if nan else "other numbers"
        said = f"it gives {numbers} on a list, such as the text passes, where an array would do"
    yield words_of("list-fails-and-changes" if changes_given else "list-fails", said=said)


def _is_kept(trial: Trial) -> bool:
    return "must stay as it was" in trial.what


def _is_of_one_label(trial: Trial) -> bool:
    return any(isinstance(last, ast.Constant) for last in _arguments(trial)[-1:])


def _is_stale(answer: Answer) -> bool:
    """Whether an attribute is missing that only `forward` makes, as where nothing went forward."""
    if "last that went forward" in answer.trial.what:
        return not answer.is_right and answer.given is not None
    problem = answer.problem
    missing = problem is not None and (problem.kind, problem.owner) == ("AttributeError", "self")
    return missing or _is_kept(answer.trial)


def _rounded(answers: Sequence[Answer]) -> int | None:
    """To how many decimals all results are rounded; None if they are not."""
    pairs = [
        (answer.given[path], right)
        for answer in answers
        if not _is_kept(answer.trial) and answer.given is not None
        for path, right in answer.right.items()
        if path in answer.given
    ]
    arrays = [(g, r) for g, r in pairs if g is not None and r is not None and g.shape == r.shape]
    if not arrays or not all(finite(g) for g, _ in arrays):
        return None
    if all(np.allclose(g, r, rtol=0, atol=1e-14) for g, r in arrays):
        return None  # whole numbers are what rounding makes of them
    parts = [np.ravel(g)[np.ravel(g) % 1 != 0] for g, _ in arrays]
    if len(np.unique(np.concatenate(parts))) < 2:
        return None  # a constant is rounded by nobody
    for decimals in DECIMALS:
        if all(np.allclose(g, np.round(r, decimals), rtol=0, atol=1e-14) for g, r in arrays):
            return decimals
    return None


def _unused(lab: Lab, exercise: Exercise, method: str, answers: Sequence[Answer]) -> str | None:
    """An argument that changes nothing where it should: told by two trials that differ in it."""
    names = [argument.arg for argument in exercise.methods[method].args.args]
    names = names[1:] if exercise.is_class else names
    for one, other in itertools.combinations(answers, 2):
        if one.trial.setup != other.trial.setup or one.trial.result != other.trial.result:
            continue
        differing = _differing(one.trial, other.trial)
        if len(differing) != 1 or not one.given or not other.given:
            continue
        if not _varies(answers, one.trial.result):
            continue
        if alike(one.given, other.given) and not alike(right_of(lab, one.trial), other.right):
            return names[differing[0]]
    return None


def _varies(answers: Sequence[Answer], result: str) -> bool:
    """Whether what is looked at so holds different numbers, as finely as the right ones do.

    A constant depends on nothing, and of whole numbers nobody knows what rounding has hidden.
    """
    same_result = [a for a in answers if a.trial.result == result]
    given = _all_numbers(a.given or {} for a in same_result)
    right = _all_numbers(a.right for a in same_result)
    return len(given) > 1 and (bool((given % 1).any()) or not (right % 1).any())


def _all_numbers(several: Iterable[Mapping[str, Array | None]]) -> Array:
    """The different finite numbers in results."""
    arrays = [np.ravel(a) for leaves in several for a in leaves.values() if a is not None]
    numbers: Array = np.concatenate([np.zeros(0), *arrays])
    return np.unique(numbers[np.isfinite(numbers)])


def _differing(one: Trial, other: Trial) -> list[int]:
    """The places of the arguments in which two calls differ."""
    arguments = [list(map(ast.unparse, _arguments(trial))) for trial in (one, other)]
    if len(arguments[0]) != len(arguments[1]):
        return []
    return [i for i, (a, b) in enumerate(zip(*arguments, strict=True)) if a != b]


def _arguments(trial: Trial) -> list[ast.expr]:
    """The arguments of a call, as they are written."""
    call = ast.parse(trial.call, mode="eval").body
    return call.args if isinstance(call, ast.Call) else []


def _is_of_so_many(answers: Sequence[Answer]) -> bool:
    """Whether a loop is of a length of its own: wrong for many images, or too long for few."""
    (many,) = [a for a in answers if a.trial.what == MANY_IMAGES]
    few = [a for a in answers if a is not many]
    if all(a.is_right for a in few):
        return not many.is_right
    too_long = all(a.problem is not None and a.problem.kind == "IndexError" for a in few)
    return too_long and many.given is not None


def _is_shuffled(lab: Lab, answers: Sequence[Answer]) -> bool:
    """Whether an epoch is right for one image, and for several in some other order."""
    several = [a for a in answers if a.trial.what == "several images"]
    if not several or several[0].given is None or not answers[0].is_right:
        return False
    (answer,) = several
    for order in itertools.permutations(range(IN_ORDER)):
        call = f"train_epoch(model, X[{list(order)}], y[{list(order)}], {RATE})"
        if alike(several[0].given, right_of(lab, replace(answer.trial, call=call))):
            return True
    return False


def _missing(answers: Sequence[Answer]) -> str:
    """Names of the parameters whose gradients are missing in all results."""
    given = [a for a in answers if a.given is not None and not _is_kept(a.trial)]
    named = [p for a in given for p in a.right if p and not p.isdigit()]
    if not given or not named:
        return ""
    there = {path for a in given for path, array in (a.given or {}).items() if array is not None}
    absent = [p for p in dict.fromkeys(named) if p not in there]
    return ", ".join(f"`{p}`" for p in absent) if there.intersection(named) else ""
