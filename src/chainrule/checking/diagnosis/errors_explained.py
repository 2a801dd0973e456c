"""An exception in the learner's code, said in words: what happened, where, and the likely slip."""

import re
from collections.abc import Callable, Sequence

from chainrule.checking.diagnosis.error_texts import meaning_of
from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.desk import Problem

LONGEST = 80  # characters of a source line that are shown
NOTHING = "nothing (None)"  # how `Problem` speaks of None
_SHAPE = re.compile(r"\(\d+,(?: ?\d+(?:, ?\d+)*)?\)")

Shape = tuple[int, ...]


def explain_problem(problem: Problem) -> str:
    """Say what happened, on which line, and what the slip may be."""
    say = _NAMELESS if not problem.name and problem.kind in _NAMELESS else _KINDS
    said = _imported(problem) if problem.imported else say.get(problem.kind, _other)(problem)
    where = _where(problem)
    return f"{where}{said}" if where else f"{said[:1].upper()}{said[1:]}"


def _where(problem: Problem) -> str:
    """Where it happened, as the beginning of a sentence; "" if that is not known."""
    at = place_in_words(problem.cell, problem.line)
    if at:
        where = f"In {at}"
    elif problem.function and not problem.function.startswith("<"):
        where = f"In `{problem.function}`"
    else:
        return ""
    source = problem.source
    if len(source) > LONGEST:
        source = source[: LONGEST - 1].rstrip() + "…"
    return f"{where}, `{source}`: " if source else f"{where}: "


def _imported(problem: Problem) -> str:
    return f"`{problem.name}` could not be imported: {problem.text}."


def _did_you_mean(problem: Problem, owner: str = "") -> str:
    """A question with the name that looks most alike, after a space; "" if none does."""
    return f" Did you mean `{owner}{problem.near[0]}`?" if problem.near else ""


def _name_error(problem: Problem) -> str:
    name = problem.name
    if problem.notebook:
        return (
            f"`{name}` is not a parameter of this function, and it gets no value in it. There is "
            f"a `{name}` outside of the function, but a function should use only what it is "
            f"given.{_did_you_mean(problem)}"
        )
    return f"there is no `{name}` here.{_did_you_mean(problem) or _spelling(name)}"


def _nameless(what: str) -> Callable[[Problem], str]:
    """What is said where the exception does not say which name it is about."""

    def say(problem: Problem) -> str:
        return f"{what}: {_stop(problem.text)}" if problem.text.strip() else f"{what}."

    return say


_NAMELESS = {
    "NameError": _nameless("a name is used that does not exist here"),
    "UnboundLocalError": _nameless("a variable is used before it has a value"),
    "AttributeError": _nameless("something is asked of a value that it does not have"),
}


def _spelling(name: str) -> str:
    return f" Is the name spelt right, and does `{name}` get a value before this line?"


def _unbound(problem: Problem) -> str:
    name = problem.name
    return (
        f"`{name}` is used before it has a value. This function has a line `{name} = …`, so "
        f"`{name}` is a variable of the function everywhere in it, also above that line, and a "
        f"function `{name}` outside of it is not seen. Give the variable another name, "
        f"or give it a value first."
    )


def _attribute(problem: Problem) -> str:
    name = problem.name
    if problem.owner == NOTHING:
        return (
            f"`.{name}` is asked of {NOTHING}. A value is missing here: perhaps a function that "
            "has no `return`, or a line that is still to be written."
        )
    if problem.owner == "self":
        asked = f" Does `__init__` set `self.{name}`, in the same spelling?"
        return f"`self` has no `{name}`.{_did_you_mean(problem, 'self.') or asked}"
    owner = {"a module": "the module"}.get(problem.owner, problem.owner)
    return f"{owner or 'this object'} has no `{name}`.{_did_you_mean(problem, '.')}"


def _type_error(problem: Problem) -> str:
    name, text = problem.name, problem.text
    if "not callable" in text:
        if problem.local:
            return (
                f"`{name}` is called like a function, but in this function `{name}` is a variable "
                "with a value of its own. Give the variable another name."
            )
        what = f"`{name}`" if name else "what stands before the bracket"
        return (
            f"{what} is called like a function, but it is none. "
            "Is a sign such as * or @ missing before a bracket?"
        )
    if "argument" in text and any(w in text for w in ("missing", "takes", "keyword")):
        return _of_arguments(problem)
    if "NoneType" in text:
        return (
            f"a value that is used here is {NOTHING}: perhaps what a function without `return` "
            "gives, or a line that is still to be written."
        )
    if "size-1" in text or "0-dimensional" in text or "scalar" in text:
        return f"one number is needed here, but this is an array. {_here(problem)}".rstrip()
    return next((said for part, said in _OF_ONE_NUMBER.items() if part in text), _other(problem))


def _of_arguments(problem: Problem) -> str:
    """A call whose arguments are not those of the function."""
    if problem.name:  # of an argument that there is not
        asked = _did_you_mean(problem)
        return f"the function that is called has no argument `{problem.name}`.{asked}"
    return f"the arguments do not fit the function that is called: {_stop(problem.text)}"


_AS_IF_SEVERAL = "a single number is used here as if it were a list or an array of several."
_NO_LENGTH = "`len` asks how many items there are, but this is a single number, which has none."
_OF_ONE_NUMBER = {
    "has no len()": _NO_LENGTH,
    "len() of unsized": _NO_LENGTH,
    "'int' object is not subscriptable": _AS_IF_SEVERAL,
    "'float' object is not subscriptable": _AS_IF_SEVERAL,
    "'int' object is not iterable": _AS_IF_SEVERAL,
    "'float' object is not iterable": _AS_IF_SEVERAL,
    "iteration over a 0-d": _AS_IF_SEVERAL,
}


def _value_error(problem: Problem) -> str:
    text = problem.text
    if "truth value" in text:
        return (
            "an array of several numbers is used as if it were one yes or no. Reduce it to one "
            "with .all() or .any(), or use np.where."
        )
    if "inhomogeneous" in text or "with a sequence" in text:
        return "an array is made of rows that do not all have the same length."
    if "matmul" in text or "not aligned" in text:
        return _product(problem)
    if any(word in text for word in ("broadcast", "shape", "dimension", "reshape")):
        return _elementwise(problem)
    return _other(problem)


def _product(problem: Problem) -> str:
    """A matrix product whose inner sizes differ."""
    if "enough dimensions" in problem.text:
        return (
            "the matrix product needs an array on both sides, but one side is a single number or "
            f"{NOTHING}. {_here(problem)}".rstrip()
        )
    shapes = _operand_shapes(problem)
    if len(shapes) != 2:
        sizes = re.search(r"size (\d+) is different from (\d+)", problem.text)
        inner = f": {sizes[2]} and {sizes[1]}" if sizes else ""
        said = (
            "the shapes do not fit for a matrix product: the last size on the left and the first "
            f"size on the right must be the same, but they differ{inner}. {_here(problem)}"
        )
        return said.rstrip()
    a, b = shapes
    said = (
        f"the shapes do not fit for a matrix product: {a} · {b}. The last size on the left and "
        f"the first size on the right must be the same, but they are {a[-1]} and "
        f"{b[max(len(b) - 2, 0)]}."
    )
    is_turned = [text.endswith((".T", ".transpose()")) for text, _ in problem.operands]
    return f"{said} {_transpose(a, b, is_turned)}".rstrip()


def _transpose(a: Shape, b: Shape, is_turned: Sequence[bool]) -> str:
    """What a transpose more or less, or the other order, would do for the product of two matrices.

    Args:
        a: shape on the left.
        b: shape on the right.
        is_turned: whether each of the two has a `.T` as it is written; empty where not known.
    """
    if len(a) != 2 or len(b) != 2:
        return ""
    left, right = is_turned if len(is_turned) == 2 else (False, False)
    questions = []
    if a[1] == b[1]:
        what = "one too many" if right else "missing"
        questions.append(f"Is a transpose (.T) {what} on the right, to make it {b[::-1]}?")
    if a[0] == b[0]:
        what = "one too many" if left else "missing"
        questions.append(f"Is a transpose (.T) {what} on the left, to make it {a[::-1]}?")
    if a[0] == b[1]:
        questions.append("Are the two in the wrong order?")
    return " Or: ".join(questions)


def _elementwise(problem: Problem) -> str:
    """Arrays that are combined number by number, or put into one another."""
    found = _operand_shapes(problem)
    if len(found) < 2:
        return f"the shapes of the arrays do not fit: {_stop(problem.text)}"
    pair = " and ".join(str(shape) for shape in found[:2])
    if "non-broadcastable output" in problem.text:
        return (
            f"the array on the left has shape {found[0]}, but what should change it has shape "
            f"{found[1]}. A parameter and its gradient must have the same shape."
        )
    if "could not broadcast input" in problem.text:
        return f"an array of shape {found[0]} does not fit into a place of shape {found[1]}."
    said = (
        f"the shapes do not fit for a calculation number by number: {pair}. From the right, the "
        "sizes must be the same, or one of them 1."
    )
    a, b = found[:2]
    if len(a) == len(b) == 2 and a[1] == b[0]:
        said += " Was the matrix product meant? In NumPy it is written @, not *."
    return said


def _index_error(problem: Problem) -> str:
    text = problem.text
    if "integer" in text:
        return (
            "an index must be a whole number, but here it is of another type, such as 3.0. If "
            "these are labels, y.astype(int) makes whole numbers of them."
        )
    outside = re.search(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", text)
    if outside:
        index, axis, size = outside.groups()
        if size == "0":
            return f"place {index} is asked for, but along axis {axis} the array is empty."
        return (
            f"place {index} is asked for, but along axis {axis} there are only {size} places, "
            f"counted from 0 to {int(size) - 1}."
        ) + (
            " If this is a label, there are fewer classes than it needs."
            if "eye" in problem.source or "one_hot" in problem.source
            else ""
        )
    if "too many indices" in text:
        many = re.search(r"is (\d+)-dimensional, but (\d+)", text)
        count = f"the array has {_axes(int(many[1]))}, but {many[2]} are" if many else "more are"
        return (
            f"{count} given in the square brackets. Is this one sample, where a whole batch was "
            "expected?"
        )
    return meaning_of(text) or f"a place is asked for that does not exist: {_stop(text)}"


def _axis_error(problem: Problem) -> str:
    axis = re.search(r"axis (-?\d+) is out of bounds for array of dimension (\d+)", problem.text)
    if axis is None:
        return _other(problem)
    return (
        f"axis {axis[1]} is asked for, but the array has {_axes(int(axis[2]))}, and they are "
        "counted from 0. Is this one sample, where a whole batch was expected? axis=-1 is the "
        "last axis of both."
    )


def _axes(count: int) -> str:
    return {0: "no axes", 1: "only one axis"}.get(count, f"only {count} axes")


def _key_error(problem: Problem) -> str:
    return f"there is no entry {problem.text} in the dictionary.{_did_you_mean(problem)}"


def _timeout(problem: Problem) -> str:
    said = "this takes too long and was stopped. Is there a loop that never ends?"
    return f"{said} ({problem.text})" if problem.text else said


def _said(sentence: str) -> Callable[[Problem], str]:
    return lambda _: sentence


def _other(problem: Problem) -> str:
    meaning = meaning_of(problem.text)
    if meaning:
        return meaning
    said = f"Python stops with {problem.kind}"
    return f"{said}: {_stop(problem.text)}" if problem.text else f"{said}."


_KINDS: dict[str, Callable[[Problem], str]] = {
    "NameError": _name_error,
    "UnboundLocalError": _unbound,
    "AttributeError": _attribute,
    "TypeError": _type_error,
    "ValueError": _value_error,
    "IndexError": _index_error,
    "AxisError": _axis_error,
    "KeyError": _key_error,
    "TimeoutError": _timeout,
    "ChainruleError": lambda problem: _stop(problem.text),  # which says what to do
    "ZeroDivisionError": _said("a number is divided by zero."),
    "RecursionError": _said(
        "a function calls itself again and again, without an end. Was another function meant, or "
        "is a condition missing that stops it?"
    ),
    "MemoryError": _said("this needs more memory than there is. How large do the arrays become?"),
    "EOFError": _said(
        "`input()` asks for something to be typed in, but nobody is there to type. Give the value "
        "as a parameter."
    ),
    "NotImplementedError": _said("this is not written yet."),
    "Overwritten": lambda problem: _stop(problem.text),
    "SystemExit": _said("`exit()` ends the whole program here. Take it out of the function."),
}


def _numbers(shape: str) -> Shape | None:
    """The sizes in "(5, 6)"; none of what is no array."""
    return tuple(int(n) for n in re.findall(r"\d+", shape)) if _SHAPE.fullmatch(shape) else None


def _operand_shapes(problem: Problem) -> list[Shape]:
    """The shapes of what was combined, else those in NumPy's message, such as "(5,6) (4,)"."""
    found = [shape for _, said in problem.operands if (shape := _numbers(said))]
    if len(found) == len(problem.operands) == 2:
        return found
    return [shape for said in _SHAPE.findall(problem.text) if (shape := _numbers(said))]


def _here(problem: Problem) -> str:
    """What is known of what was combined: "Here `W` has shape (6, 5) and `b` is a number."."""
    known = [
        f"`{name}` has shape {shape}" if shape.startswith("(") else f"`{name}` is {shape}"
        for name, shape in problem.operands
    ]
    return f"Here {' and '.join(known)}." if known else ""


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
