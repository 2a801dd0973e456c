"""An exception in the learner's code, said in words: what happened, where, and the likely slip.

It is told by its kind and by a pattern in its message; what the pattern catches goes into the
sentence.
"""

import re
from collections.abc import Callable, Sequence

from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.desk import Problem
from chainrule.checking.learner.imports import NOT_HERE

LONGEST = 80  # characters of a source line that are shown
NOTHING = "nothing (None)"  # how `Problem` speaks of None
_TYPES = {
    "dict": 'a dictionary (is an entry of it meant, such as `grads["W_h"]`?)',
    "str": "a text",
    "list": "a list (`np.asarray` makes an array of it)",
    "tuple": "a tuple, several values in one",
    "int": "a whole number",
    "float": "a decimal number",
    "NoneType": NOTHING,
    "Nothing": NOT_HERE,
    "numpy.ndarray": "an array",
    "function": "a function, which is not called",
    "method": "a method, which is not called",
}
_WHOLE = {
    "float": "this is a decimal number, such as 3.0: `//` divides into whole numbers",
    "tuple": "this is a tuple, as an array's `shape` is: `shape[0]`, or `len(…)`, is one number",
    "list": "this is a list: `len(…)` is how long it is",
    "numpy.ndarray": "this is an array: `len(…)` is how many rows it has",
}


_SHAPE = re.compile(r"\(\d+,(?: ?\d+(?:, ?\d+)*)?\)")

Shape = tuple[int, ...]
Found = re.Match[str]


def explain_problem(problem: Problem) -> str:
    """Say what happened, on which line, and what the slip may be."""
    said = _imported(problem) if problem.imported else _meaning(problem)
    where = _where(problem)
    return f"{where}{said}" if where else f"{said[:1].upper()}{said[1:]}"


def _meaning(problem: Problem) -> str:
    """What happened, as the end of a sentence: by the first row that fits."""
    for kinds, pattern, said in _ROWS:
        found = re.search(pattern, problem.text)
        if found and (not kinds or problem.kind in kinds.split()):
            return said(problem, found) if callable(said) else found.expand(said)
    said = f"Python stops with {problem.kind}"
    return f"{said}: {_stop(problem.text)}" if problem.text else f"{said}."


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


def _name_error(problem: Problem, _found: Found) -> str:
    name = problem.name
    if not name:
        return _nameless("a name is used that does not exist here", problem)
    if problem.notebook:
        return (
            f"`{name}` is not a parameter of this function, and it gets no value in it. There is "
            f"a `{name}` outside of the function, but a function should use only what it is "
            f"given.{_did_you_mean(problem)}"
        )
    spelling = f" Is the name spelt right, and does `{name}` get a value before this line?"
    return f"there is no `{name}` here.{_did_you_mean(problem) or spelling}"


def _nameless(what: str, problem: Problem) -> str:
    """What is said where the exception does not say which name it is about."""
    return f"{what}: {_stop(problem.text)}" if problem.text.strip() else f"{what}."


def _unbound(problem: Problem, _found: Found) -> str:
    name = problem.name
    if not name:
        return _nameless("a variable is used before it has a value", problem)
    return (
        f"`{name}` is used before it has a value. This function has a line `{name} = …`, so "
        f"`{name}` is a variable of the function everywhere in it, also above that line, and a "
        f"function `{name}` outside of it is not seen. Give the variable another name, "
        f"or give it a value first."
    )


def _attribute(problem: Problem, _found: Found) -> str:
    name = problem.name
    if not name:
        return _nameless("something is asked of a value that it does not have", problem)
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


def _not_callable(problem: Problem, _found: Found) -> str:
    name = problem.name
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


def _of_arguments(problem: Problem, _found: Found) -> str:
    """A call whose arguments are not those of the function."""
    if problem.name:  # of an argument that there is not
        asked = _did_you_mean(problem)
        return f"the function that is called has no argument `{problem.name}`.{asked}"
    return f"the arguments do not fit the function that is called: {_stop(problem.text)}"


def _one_number(problem: Problem, _found: Found) -> str:
    return f"one number is needed here, but this is an array. {_here(problem)}".rstrip()


def _product(problem: Problem, _found: Found) -> str:
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


def _elementwise(problem: Problem, _found: Found) -> str:
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


def _outside(problem: Problem, found: Found) -> str:
    index, axis, size = found.groups()
    if size == "0":
        return f"place {index} is asked for, but along axis {axis} the array is empty."
    of_labels = "eye" in problem.source or "one_hot" in problem.source
    return (
        f"place {index} is asked for, but along axis {axis} there are only {size} places, "
        f"counted from 0 to {int(size) - 1}."
        + (" If this is a label, there are fewer classes than it needs." if of_labels else "")
    )


def _too_many_indices(problem: Problem, _found: Found) -> str:
    many = re.search(r"is (\d+)-dimensional, but (\d+)", problem.text)
    count = f"the array has {_axes(int(many[1]))}, but {many[2]} are" if many else "more are"
    return (
        f"{count} given in the square brackets. Is this one sample, where a whole batch was "
        "expected?"
    )


def _axis_error(_problem: Problem, found: Found) -> str:
    return (
        f"axis {found[1]} is asked for, but the array has {_axes(int(found[2]))}, and they are "
        "counted from 0. Is this one sample, where a whole batch was expected? axis=-1 is the "
        "last axis of both."
    )


def _axes(count: int) -> str:
    return {0: "no axes", 1: "only one axis"}.get(count, f"only {count} axes")


def _kind(name: str) -> str:
    return _TYPES.get(name, f"an object of the class {name}")


def _operands(_problem: Problem, found: Found) -> str:
    sign, left, right = found[1], _kind(found[2]), _kind(found[3])
    return f"`{sign}` needs numbers or arrays on both sides. Here is {left}, and {right}."


def _brackets(_problem: Problem, found: Found) -> str:
    if found[1] in ("function", "method", "builtin_function_or_method", "type"):
        return "a function is called with round brackets, but here stand square ones."
    return (
        "square brackets ask for a place or an entry, but this is "
        f"{_kind(found[1])}, which has none. An attribute is asked for with a dot; by a name that "
        "stands in a variable, `getattr(model, name)` gives it."
    )


def _whole_number(_problem: Problem, found: Found) -> str:
    return f"a whole number is needed here, but {_WHOLE.get(found[1], f'this is {found[1]}')}."


def _of_places(_problem: Problem, found: Found) -> str:
    sizes = re.findall(r"\d+", found[1])
    return (
        "places are asked for by lists that are not equally long: "
        f"{' and '.join(sizes)}. Is a number of images written in, where `len(y)` belongs?"
    )


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


# Kinds of exceptions, any if it is "", a pattern in the message, and what it means.
_ROWS: tuple[tuple[str, str, str | Callable[[Problem, Found], str]], ...] = (
    ("NameError", "", _name_error),
    ("UnboundLocalError", "", _unbound),
    ("AttributeError", "", _attribute),
    ("KeyError", "", lambda problem, _: f"there is no entry {problem.text} in the dictionary."
     f"{_did_you_mean(problem)}"),
    ("ChainruleError Overwritten", "", lambda problem, _: _stop(problem.text)),
    ("TypeError", "not callable", _not_callable),
    ("TypeError", r"argument.*(missing|takes|keyword)|(missing|takes|keyword).*argument",
     _of_arguments),
    ("TypeError", "NoneType", (
        f"a value that is used here is {NOTHING}: perhaps what a function without `return` "
        "gives, or a line that is still to be written."
    )),
    ("TypeError", "size-1|0-dimensional|scalar", _one_number),
    ("TypeError", r"has no len\(\)|len\(\) of unsized", (
        "`len` asks how many items there are, but this is a single number, which has none."
    )),
    ("TypeError", r"'(int|float)' object is not (subscriptable|iterable)|iteration over a 0-d",
     "a single number is used here as if it were a list or an array of several."),
    ("ValueError", "truth value", (
        "an array of several numbers is used as if it were one yes or no. Reduce it to one "
        "with .all() or .any(), or use np.where."
    )),
    ("ValueError", "inhomogeneous|with a sequence",
     "an array is made of rows that do not all have the same length."),
    ("ValueError", "matmul|not aligned", _product),
    ("ValueError", "broadcast|shape|dimension|reshape", _elementwise),
    ("IndexError", "integer", (
        "an index must be a whole number, but here it is of another type, such as 3.0. If "
        "these are labels, y.astype(int) makes whole numbers of them."
    )),
    ("IndexError", r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", _outside),
    ("IndexError", "too many indices", _too_many_indices),
    ("AxisError", r"axis (-?\d+) is out of bounds for array of dimension (\d+)", _axis_error),
    ("TimeoutError", "(.*)", lambda _, found: "this takes too long and was stopped. Is there a "
     f"loop that never ends?{f' ({found[1]})' if found[1] else ''}"),
    ("ZeroDivisionError", "", "a number is divided by zero."),
    ("RecursionError", "", (
        "a function calls itself again and again, without an end. Was another function meant, or "
        "is a condition missing that stops it?"
    )),
    ("MemoryError", "", "this needs more memory than there is. How large do the arrays become?"),
    ("EOFError", "", (
        "`input()` asks for something to be typed in, but nobody is there to type. Give the value "
        "as a parameter."
    )),
    ("NotImplementedError", "", "this is not written yet."),
    ("SystemExit", "", "`exit()` ends the whole program here. Take it out of the function."),
    ("", r"^too many values to unpack \(expected (\d+)", (
        r"\1 names stand on the left, but on the right there are more values. If this "
        r"is a dictionary: a loop takes its names alone, and `.items()` gives names and values."
    )),
    ("", r"^not enough values to unpack \(expected (\d+), got (\d+)\)", (
        r"\1 names stand on the left, but on the right there are only \2 values."
    )),
    ("", r"^cannot unpack non-iterable", (
        "several names stand on the left, but on the right there is one value alone."
    )),
    ("", r"^unsupported operand .* for (\S+): '(?:\w+\.)?(\w+)' and '(?:\w+\.)?(\w+)'", _operands),
    ("", r"^can't multiply sequence by non-int|^can only concatenate str|dtype\('<U", (
        "a text is used as if it were a number. Is it the name of a parameter, in place of its "
        "values?"
    )),
    ("", r"^can only concatenate (list|tuple)", (
        r"a \1 is put together with something else, not added to it. `np.asarray` makes an array "
        r"of it, with which one can compute."
    )),
    ("", r"^'(?:\w+\.)?(\w+)' object is not subscriptable", _brackets),
    ("", r"^(tuple|list) indices must be", (
        r"a \1 has places, 0, 1, 2, …, and is asked for something else in square brackets."
    )),
    ("", r"^string indices must be", (
        "this is a text, such as the name of a parameter, and not the parameter itself: that is "
        "`getattr(model, name)`."
    )),
    ("", r"^'([\w.]+)' object cannot be interpreted as an integer", _whole_number),
    ("", r"^shape mismatch: indexing arrays .* shapes (.*)", _of_places),
    ("", r"^return arrays must be of ArrayType", (
        "`out=` wants an array to write into, and this is none. What a function is given should "
        "stay as it was: leave `out=` away, and the result is a new array."
    )),
    ("", r"^Cannot cast ufunc '\w+' output from dtype\('float", (
        "decimals do not fit into an array of whole numbers, and `-=`, `*=` or `out=` write into "
        "the array that is there. Compute a new one, or begin with `np.asarray(…, dtype=float)`."
    )),
    ("", r"^Cannot interpret '.*' as a data type", (
        "the sizes of a new array are one argument, in brackets of their own: `np.zeros((n, k))`."
    )),
    ("IndexError", "", lambda problem, _: "a place is asked for that does not exist: "
     f"{_stop(problem.text)}"),
)  # fmt: skip
