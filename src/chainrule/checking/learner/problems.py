"""What an exception in the learner's code says: where, which names, which shapes."""

import ast
import builtins
import difflib
import dis
import inspect
import itertools
import linecache
import re
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import OF_A_LIBRARY, Problem
from chainrule.checking.learner.imports import NOT_HERE, Nothing
from chainrule.checking.learner.limits import OutOfTime

ALIKE, VERY_ALIKE = 0.6, 0.75  # how like another a name is, as difflib counts it
LEARNERS = "__learners_names__"  # where code that was taken apart keeps the names of its whole
# Arguments of NumPy's functions in a network; of what is written in C the names are not to be had.
NUMPY_KEYWORDS = {"axis", "keepdims", "dtype", "decimals", "initial", "where", "size", "shape",
                  "low", "high", "copy"}  # fmt: skip
_KEYWORD = re.compile(
    r"unexpected keyword argument '(\w+)'|'(\w+)' is an invalid keyword argument"
)
CELL = re.compile(r"^<cell (\d+)>$")  # how the code of a notebook's cell is called when compiled


def explain(
    error: BaseException,
    names: Mapping[str, Any],
    assigned: frozenset[str],
    failed_imports: Mapping[str, str],
) -> Problem:
    """Say what an exception means, by names, values and the line where it happened.

    Args:
        error: what was raised.
        names: the globals of the learner's code.
        assigned: names assigned at the top level of the file or notebook, or hidden there.
        failed_imports: names that an import should have brought, and why it did not.
    """
    frame, (start, segment) = _innermost(error, names)
    text = str(error).split("\n")[0]
    if frame is None:
        return Problem(type(error).__name__, text, **_of_attribute(error, None))
    code = frame.f_code
    if isinstance(error, OutOfTime):  # what takes the time is the loop, wherever in it that was
        start = _loop_around(code.co_filename, start)
    cell = CELL.match(code.co_filename)
    known: dict[str, Any] = {
        "function": code.co_name,
        "cell": int(cell[1]) if cell else None,
        "line": start,
        "source": linecache.getline(code.co_filename, start).strip(),
    }
    if isinstance(error, NameError):
        known |= _of_name(error, frame, names, assigned, failed_imports)
        text = failed_imports.get(known["name"], text)
    elif isinstance(error, AttributeError):
        known |= _of_attribute(error, frame)
        overwritten = _overwritten_module(segment, names)
        if overwritten:
            return Problem("Overwritten", overwritten, **known)
    elif isinstance(error, TypeError):
        known |= _of_call(text, segment, frame, names)
    return Problem(type(error).__name__, text, **known, operands=_operands(segment, frame))


def _local_names(frame: types.FrameType, names: Mapping[str, Any]) -> set[str]:
    """Names that the code of a frame assigns itself."""
    code = frame.f_code
    local = set(code.co_varnames) | set(code.co_cellvars) | set(code.co_freevars)
    if LEARNERS in frame.f_globals:
        local |= {name for name in frame.f_locals if name not in names and name[:2] != "__"}
    return local


def _of_name(
    error: NameError,
    frame: types.FrameType,
    names: Mapping[str, Any],
    assigned: frozenset[str],
    failed_imports: Mapping[str, str],
) -> dict[str, Any]:
    """Which name there is not, and what it may be meant for; the rest as in `explain`."""
    name = error.name or next(iter(re.findall(r"'(\w+)'", str(error).split("\n")[0])), "")
    return {
        "name": name,
        "near": _of_self(name, frame)
        or (_parameters_meant(name, frame.f_code) if name in assigned else ())
        or _near(name, _local_names(frame, names))
        or _near(name, set(names))
        or _near(name, set(dir(builtins)), VERY_ALIKE),
        "notebook": name in assigned and name not in failed_imports,
        "imported": name in failed_imports,
        "local": isinstance(error, UnboundLocalError),
    }


def _of_call(
    text: str, segment: str, frame: types.FrameType, names: Mapping[str, Any]
) -> dict[str, Any]:
    """What was called though it cannot be, or with an argument that there is not."""
    if "not callable" in text:
        called = re.match(r"\s*(\w+)\s*\(", segment)
        name = called[1] if called else ""
        return {"name": name, "local": bool(name) and name in _local_names(frame, names)}
    keyword = _KEYWORD.search(text)
    if keyword is None:
        return {}
    name = keyword[1] or keyword[2]
    taken = _arguments_of(text.partition("(")[0], names)
    near = _near(name, taken or NUMPY_KEYWORDS, VERY_ALIKE)
    outside = _is_of_a_library(segment, names)
    return {"name": name, "near": near, "owner": OF_A_LIBRARY if outside else ""}


def _is_of_a_library(segment: str, names: Mapping[str, Any]) -> bool:
    """Whether what an expression calls is a name of another module: `np.sum(…)`, `Encoder(…)`."""
    called = names.get(re.split(r"\W", segment.strip(), maxsplit=1)[0])
    if isinstance(called, types.ModuleType):
        return True
    return callable(called) and getattr(called, "__module__", None) != names.get("__name__")


def _arguments_of(function: str, names: Mapping[str, Any]) -> set[str]:
    """Arguments of a function or method of the learner's, by the name that an exception has."""
    owner, _, method = function.rpartition(".")
    thing = getattr(names.get(owner), method, None) if owner else names.get(method)
    code = getattr(thing, "__code__", None)
    if not isinstance(code, types.CodeType):
        return set()
    return set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) - {"self"}


def _parameters_meant(name: str, code: types.CodeType) -> tuple[str, ...]:
    """Parameters of a function one of which was meant by a name of the notebook, perhaps.

    First those that are a part of it, as X is of X_train, then those that nothing in it reads.
    """
    parameters = code.co_varnames[: code.co_argcount]
    read = {i.argval for i in dis.get_instructions(code) if i.opname.startswith("LOAD")}
    unread = [p for p in parameters if p not in read]
    parts = [p for p in parameters if f"_{p}_" in f"_{name}_"]
    return tuple(dict.fromkeys([*parts, *unread]))


def _loop_around(filename: str, line: int) -> int:
    """The first line of the loop in which a line stands; the line itself where it is in none.

    A `while` is taken before a `for` around it or in it, which comes to its end by itself.
    """
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return line
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.While | ast.For)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    loops = [node for node in around if isinstance(node, ast.While)] or around
    return max((node.lineno for node in loops), default=line)


def _of_attribute(error: BaseException, frame: types.FrameType | None) -> dict[str, Any]:
    """What attribute was asked for, of what, and which there are; nothing of other errors."""
    if not isinstance(error, AttributeError):
        return {}
    name = error.name or next(iter(re.findall(r"attribute '(\w+)'", str(error))), "")
    owner = error.obj
    is_self = owner is not None and frame is not None and owner is frame.f_locals.get("self")
    # What another method sets is spelt as it should be: its value is not there yet.
    known = frame is not None and is_self and _sets(type(owner), name, frame.f_code)
    of_module = owner is None and str(error).startswith("module ")  # as NumPy says of np.int
    return {
        "name": name,
        "owner": "self" if is_self else "a module" if of_module else kind_of(owner),
        "near": () if known else _near(name, set(dir(owner)), first=_set_in(frame)),
    }


def _set_in(frame: types.FrameType | None) -> frozenset[str]:
    """Attributes that the code of a frame gives a value to."""
    instructions = [] if frame is None else dis.get_instructions(frame.f_code)
    return frozenset(str(i.argval) for i in instructions if i.opname == "STORE_ATTR")


def _sets(class_: type, name: str, but: types.CodeType) -> bool:
    """Whether a method of a class or its bases, but for one, gives `self.name` its value.

    An augmented assignment such as `self.name -= 1` reads it first, and does not count.
    """
    methods = (value for one in class_.__mro__ for value in vars(one).values())
    codes = (getattr(method, "__code__", None) for method in methods)
    return any(
        after.opname == "STORE_ATTR" and after.argval == name and before.opname != "SWAP"
        for code in codes
        if isinstance(code, types.CodeType) and code is not but
        for before, after in itertools.pairwise(dis.get_instructions(code))
    )


def _overwritten_module(segment: str, names: Mapping[str, Any]) -> str:
    """What to say where `np.` does not mean NumPy any more; "" elsewhere."""
    if not segment.startswith("np.") or isinstance(names.get("np"), types.ModuleType):
        return ""
    return (
        f"`np` is no longer NumPy: the name now holds {kind_of(names.get('np'))}. Give that "
        "another name, and run `import numpy as np` again"
    )


def _of_self(name: str, frame: types.FrameType) -> tuple[str, ...]:
    """`self.W`, where W alone was written and the object has it."""
    here = frame.f_locals.get("self")
    return (f"self.{name}",) if here is not None and hasattr(here, name) else ()


def _innermost(
    error: BaseException, names: Mapping[str, Any]
) -> tuple[types.FrameType | None, tuple[int, str]]:
    """The deepest frame of the learner's own code, and the line and expression in it."""
    innermost, at = None, (0, "")
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        whole = frame.f_globals.get(LEARNERS)
        if frame.f_globals is names or whole is names or CELL.match(frame.f_code.co_filename):
            innermost, at = frame, _expression(frame.f_code, trace.tb_lasti, trace.tb_lineno)
        trace = trace.tb_next
    return innermost, at


def _expression(code: types.CodeType, instruction: int, line: int) -> tuple[int, str]:
    """The line, and the source text of the expression, of an instruction."""
    positions = list(code.co_positions())[instruction // 2]
    first, last, start, end = positions
    if first is None or last is None or start is None or end is None:
        return line, ""
    lines = [linecache.getline(code.co_filename, n) for n in range(first, last + 1)]
    joined = [text.encode() for text in lines]  # columns are counted in bytes
    if not joined or not all(joined):
        return line, ""
    if len(joined) == 1:
        return line, joined[0][start:end].decode(errors="replace")
    joined[0], joined[-1] = joined[0][start:], joined[-1][:end]
    return line, b"".join(joined).decode(errors="replace")


def _operands(segment: str, frame: types.FrameType) -> tuple[tuple[str, str], ...]:
    """What an expression combines, as written, and the shapes: only names and attributes."""
    try:
        node = ast.parse(segment.strip(), mode="eval").body
    except SyntaxError:
        try:  # an augmented assignment: W -= …
            statement = ast.parse(segment.strip()).body[0]
        except (SyntaxError, IndexError):
            return ()
        if not isinstance(statement, ast.AugAssign):
            return ()
        parts: list[ast.expr] = [statement.target, statement.value]
    else:
        if isinstance(node, ast.BinOp):
            parts = [node.left, node.right]
        elif isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Call):
            parts = [*node.args]
        else:
            parts = [node]
    shapes = []
    for part in parts:
        value = _look(part, frame)
        if value is not None:
            shapes.append((ast.unparse(part), _shape(value)))
    return tuple(shapes)


def _look(node: ast.expr, frame: types.FrameType) -> Any:
    """The value of a name, an attribute or a plain sum of such; nothing is called."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = _look(node.value, frame)
        return (
            None
            if owner is None
            else inspect.getattr_static(owner, node.attr, None)
            if not (isinstance(owner, np.ndarray) or hasattr(owner, "__dict__"))
            else getattr(owner, node.attr, None)
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    return None


def _shape(value: object) -> str:
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, bool | int | float | np.generic):
        return "a number"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    return kind_of(value)


def kind_of(value: object) -> str:
    """What a value is, in words: "an int", "nothing (None)"."""
    if value is None:
        return "nothing (None)"
    if type(value).__name__ == Nothing.__name__:  # or what has its name
        return NOT_HERE
    name = {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def _near(
    name: str, candidates: set[str], least: float = ALIKE, first: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Names like this one: first those that differ in case or underscores alone.

    Of the others those in `first` come before the rest.
    """
    bare = name.replace("_", "").lower()
    plain = sorted(c for c in candidates if not c.startswith("__") and c != name)
    same = [c for c in plain if c.replace("_", "").lower() == bare]
    begins = [c for c in plain if name.startswith(f"{c}_")]  # y_test, where y was meant
    alike = difflib.get_close_matches(name, plain, n=len(plain) or 1, cutoff=least)
    alike.sort(key=lambda c: c not in first)
    return tuple(dict.fromkeys([*same, *begins, *alike]))[:3]
