"""What the judge asks of a learner's code, and what it gets back: arrays, names and problems.

The judge never holds a learner's function. It puts a `Request` on a `Desk` and reads the `Reply`.
Whether the code runs in this process (a notebook) or in another (a file) is the same to it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from chainrule.errors import ChainruleError

LAB_FUNCTIONS = ("one_hot", "softmax", "nll", "sigmoid", "dsigmoid")
# Functions that the lab asks for beside these, and what they take. Their names are common words:
# only with these parameters are they the lab's.
LAB_EXERCISES = {
    "train_epoch": ("model", "X", "y", "learning_rate"),
    "finite_difference": ("model", "X", "y", "name", "place", "step="),
    "worst_predictions": ("model", "X", "y", "n"),
}
LAB_METHODS = ("forward", "loss", "grad_loss", "predict", "train", "accuracy")
# What else people call some of them. A class is judged by such a method where that is right.
OTHER_NAMES = {
    "forward": re.compile(r"feed_?forward|forward_?(prop|propagation|propagate|pass)"),
    "loss": re.compile(r"cost|(compute|get)_(loss|cost)|(loss|cost)_(function|fn)"),
}
Leaves = dict[str, NDArray[Any] | None]


@dataclass(frozen=True)
class Definition:
    """A function or a class that the learner defined.

    Attributes:
        name: as in the source.
        number: 1 for the first definition of that name, 2 for the second, and so on.
        parameters: names that a call takes, of the function or of the class's constructor, without
            `self`; those with a default value end in "=".
        methods: of a class, the same for each method, by name; None for a function.
        blanks: what is left to do, by its marks in the source: methods, "" for a function.
        cell: of a notebook, counted from 1.
        line: in the cell or the file, counted from 1.
        problem: why executing the definition failed.
        places: cell and line of each method that stands in the file itself.
        called: of a class, what it calls a method of the lab's that has another name there; the
            other attributes have such a method by the lab's name.
        columns: whether the file multiplies weights by samples that are columns, `W1 @ X`.
    """

    name: str
    number: int = 1
    parameters: tuple[str, ...] = ()
    methods: Mapping[str, tuple[str, ...]] | None = None
    blanks: frozenset[str] = frozenset()
    cell: int | None = None
    line: int | None = None
    problem: "Problem | None" = None
    places: Mapping[str, tuple[int | None, int]] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    columns: bool = False


OF_A_LIBRARY = "a library"


@dataclass(frozen=True)
class Problem:
    """An exception in the learner's code, in words and names.

    Attributes:
        kind: name of the exception's class.
        text: its message.
        function: in which of the learner's functions it happened.
        cell: of a notebook, counted from 1.
        line: in the cell or the file.
        source: that line.
        name: which name or attribute was not found, which local had no value, or what was called
            though it cannot be.
        owner: for an attribute, the type of what it was looked up on, or "self"; for an argument
            that there is not, `OF_A_LIBRARY` where none of the learner's functions was called.
        near: names that exist and look alike, the most alike first.
        notebook: whether the name is assigned somewhere at the top level of the file or notebook.
        imported: whether the name would have come from an import that failed.
        local: whether the name is assigned in the function itself.
        operands: what was combined where it happened, in source text, and its shape in words.
    """

    kind: str
    text: str
    function: str = ""
    cell: int | None = None
    line: int | None = None
    source: str = ""
    name: str = ""
    owner: str = ""
    near: tuple[str, ...] = ()
    notebook: bool = False
    imported: bool = False
    local: bool = False
    operands: tuple[tuple[str, str], ...] = ()


class Earlier(NamedTuple):
    """Stands for the result of an earlier call of the same request, as an argument."""

    call: int


class Call(NamedTuple):
    """One call: of a method, or with `method` "" of the function itself.

    Arguments are arrays, numbers, lists or `Earlier`; those by name numbers.
    """

    method: str
    args: tuple[Any, ...]
    named: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ReferenceForward:
    """How to compute the right forward pass with the parameters of a learner's object.

    Attributes:
        weights: attribute path of each layer's weights, from the input on.
        flipped: whether weights are stored as `(out, in)`.
        biases: attribute path of each layer's biases, "" where it has none.
        activation: of the hidden layers.
        output: "softmax" or "sigmoid".
        kept: attributes that the learner's own forward pass sets, and the quantity that belongs
            there: z1, h1, z2, …, y, counted from the input on.
    """

    weights: tuple[str, ...]
    flipped: bool
    biases: tuple[str, ...]
    activation: str = "sigmoid"
    output: str = "softmax"
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Script:
    """Statements, as one would paste them into a cell below the learner's definitions.

    Attributes:
        text: of the statements. The value of the last one, an expression, is the result.
        name: of the learner's definition, in what the statements say.
        solutions: Python that defines right answers of the lab, to stand in for what is not looked
            at; names that it defines hide the learner's, but for `name`.
        method: of the learner's class that is looked at, "" for a function or all of a class.
        right_methods: other methods that are to be those of the class of the solutions.
        few_digits: whether `load_digits` gives a few digits, and pictures draw nothing.
        by_line: whether what is looked at is gone through statement by statement.
        stand_ins: arrays for the names that statements of it assign, by the statement's place:
            they hold in place of what the statement gives.
        without_raise: whether lines `raise NotImplementedError` are passed over.
    """

    text: str
    name: str
    solutions: str = ""
    method: str = ""
    right_methods: tuple[str, ...] = ()
    few_digits: bool = False
    by_line: bool = False
    stand_ins: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    without_raise: bool = False


@dataclass(frozen=True)
class Statement:
    """A statement of a learner's function that was gone through by line.

    Attributes:
        line: in the cell or the file.
        source: its first line.
        names: that it gives a value.
        reads: names that it reads.
        changes: names that it gives a value, anywhere in it, or whose arrays it writes into.
        left: whether it stands for what is to be written: `name = ...`, a `raise`.
        ends: whether it leaves the function: a `return`, a `raise`.
    """

    line: int
    source: str
    names: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    left: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Request:
    """Calls to make, one after another, on a fresh object if the definition is a class.

    Attributes:
        definition: its place in `Desk.definitions`.
        calls: what to call.
        sizes: arguments of the constructor, by position.
        named_sizes: more of them, by name.
        state: attributes to set before the first call, by path: "W_h", "params.W1", "layers.0.W".
        references: the lab's functions to replace by right ones, and for each how:
            "sum" or "mean" for `nll`, "" for the others, and for an `nll` of which that is not
            known.
        forward: replaces the object's forward pass by the right one.
        returns: methods that are not to run but to return these values.
        hide: take the notebook's own arrays away while the calls run.
        slopes: attribute paths for which the derivative of the last call's result, a number, is
            to be found by finite differences.
        want_state: whether to send the object's arrays after the calls.
        script: statements to run in place of the calls.
    """

    definition: int
    calls: tuple[Call, ...] = ()
    sizes: tuple[Any, ...] = ()
    named_sizes: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    forward: ReferenceForward | None = None
    returns: Mapping[str, Any] = field(default_factory=dict)
    hide: bool = False
    slopes: tuple[str, ...] = ()
    want_state: bool = False
    script: Script | None = None


@dataclass(frozen=True)
class Reply:
    """What came of a request.

    Attributes:
        results: of each call that returned, its arrays by their path in what was returned: ""
            for a plain array, "W_h" in a dict, "0" in a tuple. What is not numbers is None; of
            a call that returned nothing there is none.
        state: the object's arrays by attribute path, if they were asked for.
        slopes: derivatives by attribute path, each shaped like the attribute.
        entered: what the object's methods returned, also when called from within others; of
            several times the last.
        warned: texts of the warnings that came up.
        problem: the exception that ended it.
        statements: of the function that a script went through by line; then `entered` has what
            each gave that was reached, by its place: the values of its names.
    """

    results: tuple[Leaves, ...] = ()
    state: Leaves = field(default_factory=dict)
    slopes: Leaves = field(default_factory=dict)
    entered: Mapping[str, Leaves] = field(default_factory=dict)
    warned: tuple[str, ...] = ()
    problem: Problem | None = None
    statements: tuple[Statement, ...] = ()


# What of a request decides how the learner's code runs: if it hangs once, it would hang again.
RequestKind = tuple[int, tuple[str, ...], frozenset[str], bool]


def kind_of_request(request: Request) -> RequestKind:
    """What of a request decides how the learner's code runs."""
    script = request.script
    return (
        request.definition,
        tuple(call.method for call in request.calls)
        if script is None
        else ("script", script.method),
        frozenset(request.references),
        request.forward is not None,
    )


class SpentError(ChainruleError):
    """A file's code has taken all that it may: nothing more can be asked of it."""


class Desk(Protocol):
    """A learner's code, wherever it runs."""

    @property
    def definitions(self) -> Sequence[Definition]:
        """What the learner defined, in the order of the file."""
        ...

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Answer each request, in order; a problem in one does not keep the others.

        Raises:
            SpentError: if the code has taken all that it may; of what was to be judged by these
                requests nothing is known.
        """
        ...
