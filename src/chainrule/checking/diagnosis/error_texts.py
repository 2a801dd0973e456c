"""What messages of Python and NumPy mean, told by their text, to whoever writes a network.

A message is looked up by a pattern; what the pattern catches goes into the sentence.
"""

import re
from collections.abc import Callable

_KINDS = {
    "dict": 'a dictionary (is an entry of it meant, such as `grads["W_h"]`?)',
    "str": "a text",
    "list": "a list (`np.asarray` makes an array of it)",
    "tuple": "a tuple, several values in one",
    "int": "a whole number",
    "float": "a decimal number",
    "NoneType": "nothing (None)",
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


def meaning_of(text: str) -> str:
    """What a message means, as the end of a sentence; "" of one that is not known.

    Examples:
        >>> meaning_of("not enough values to unpack (expected 3, got 2)")
        '3 names stand on the left, but on the right there are only 2 values.'
    """
    for pattern, said in _MEANINGS.items():
        found = re.search(pattern, text)
        if found:
            return said(found) if callable(said) else found.expand(said)
    return ""


def _kind(name: str) -> str:
    return _KINDS.get(name, f"an object of the class {name}")


def _operands(found: re.Match[str]) -> str:
    sign, left, right = found[1], _kind(found[2]), _kind(found[3])
    return f"`{sign}` needs numbers or arrays on both sides. Here is {left}, and {right}."


def _brackets(found: re.Match[str]) -> str:
    if found[1] in ("function", "method", "builtin_function_or_method", "type"):
        return "a function is called with round brackets, but here stand square ones."
    return (
        "square brackets ask for a place or an entry, but this is "
        f"{_kind(found[1])}, which has none. An attribute is asked for with a dot; by a name that "
        "stands in a variable, `getattr(model, name)` gives it."
    )


def _whole_number(found: re.Match[str]) -> str:
    return f"a whole number is needed here, but {_WHOLE.get(found[1], f'this is {found[1]}')}."


def _of_places(found: re.Match[str]) -> str:
    sizes = re.findall(r"\d+", found[1])
    return (
        "places are asked for by lists that are not equally long: "
        f"{' and '.join(sizes)}. Is a number of images written in, where `len(y)` belongs?"
    )


_MEANINGS: dict[str, str | Callable[[re.Match[str]], str]] = {
    r"^too many values to unpack \(expected (\d+)": (
        r"\1 names stand on the left, but on the right there are more values. Of a dictionary a "
        r"loop takes the names alone; `.items()` gives names and values."
    ),
    r"^not enough values to unpack \(expected (\d+), got (\d+)\)": (
        r"\1 names stand on the left, but on the right there are only \2 values."
    ),
    r"^cannot unpack non-iterable": (
        "several names stand on the left, but on the right there is one value alone."
    ),
    r"^unsupported operand .* for (\S+): '(?:\w+\.)?(\w+)' and '(?:\w+\.)?(\w+)'": _operands,
    r"^can't multiply sequence by non-int|^can only concatenate str|dtype\('<U": (
        "a text is used as if it were a number. Is it the name of a parameter, in place of its "
        "values?"
    ),
    r"^can only concatenate (list|tuple)": (
        r"a \1 is put together with something else, not added to it. `np.asarray` makes an array "
        r"of it, with which one can compute."
    ),
    r"^'(?:\w+\.)?(\w+)' object is not subscriptable": _brackets,
    r"^(tuple|list) indices must be": (
        r"a \1 has places, 0, 1, 2, …, and is asked for something else in square brackets."
    ),
    r"^string indices must be": (
        "this is a text, such as the name of a parameter, and not the parameter itself: that is "
        "`getattr(model, name)`."
    ),
    r"^'([\w.]+)' object cannot be interpreted as an integer": _whole_number,
    r"^shape mismatch: indexing arrays .* shapes (.*)": _of_places,
    r"^return arrays must be of ArrayType": (
        "`out=` wants an array to write into, and this is none. What a function is given should "
        "stay as it was: leave `out=` away, and the result is a new array."
    ),
    r"^Cannot cast ufunc '\w+' output from dtype\('float": (
        "decimals do not fit into an array of whole numbers, and `-=`, `*=` or `out=` write into "
        "the array that is there. Compute a new one, or begin with `np.asarray(…, dtype=float)`."
    ),
    r"^Cannot interpret '.*' as a data type": (
        "the sizes of a new array are one argument, in brackets of their own: `np.zeros((n, k))`."
    ),
}
