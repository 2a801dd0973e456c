"""Ways to call code that nothing in its file calls.

A plan is a row of calls, each with what its arguments seem to take. Names are only where to begin:
whether a plan is believed shows when it runs. Parameters must be made by the file's own code, and
prediction and target must meet in one shape.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from chainrule.checking.learner.source import Source
from chainrule.checking.record._form import Form
from chainrule.checking.record._signatures import (
    PARAMETER,
    SIZES,
    Signature,
    Signatures,
    role_of,
    sizes_of,
)

SMALL = Form(inputs=5, classes=3, count=7)
HIDDEN = (9, 11, 8)  # sizes of hidden layers: all sizes differ
RATE, DECAY, TIMES, STEPS = 0.1, 0.03, 40, 8
_MOST_ENTRIES = 3
_DATA = ("X", "Y", "pairs", "rate", "times", "batch", "decay")  # roles that take no sizes


@dataclass(frozen=True)
class Call:
    """One call of a plan.

    Attributes:
        function: `train`; `Net` makes an object, of which `Net.fit` is then called.
        takes: for each argument its role ("X", "Y", "pairs", "rate", "times", "batch", "decay",
            "sizes", "inputs", "hidden", "hidden2", "outputs"), or the name of what an earlier
            call gave; a text in quotes is itself.
        gives: names for what it gives: one for all of it, or several for its parts.
        may_fail: whether the rest goes on without it.

    A call of no function makes parameters up: it takes "dict", "list" or "each", and their names.
    """

    function: str
    takes: tuple[str, ...]
    gives: tuple[str, ...] = ()
    may_fail: bool = False


@dataclass(frozen=True)
class Plan:
    """Calls that train a network, or go forward and backward in a part of one.

    Attributes:
        name: of what trains.
        once: calls that make it ready.
        each: calls that make up a step, or a whole training.
        form: of the data.
        descends: whether the gradients that the calls give are left to be used: then they are, in
            a step along them.
        depth: how many numbers there are in a list of sizes.
        layer: of a part of a network, whether its "input" or its "parameters" are changed.
        turned: whether weights that are made up have a row for each output.
        flat: whether biases that are made up have one axis.
    """

    name: str
    once: tuple[Call, ...]
    each: tuple[Call, ...]
    form: Form = SMALL
    descends: bool = False
    depth: int = 3
    layer: str = ""
    turned: bool = False
    flat: bool = False

    @property
    def makes_up(self) -> bool:
        """Whether parameters are made up."""
        return any(not call.function for call in self.once)


def plans(source: Source) -> list[Plan]:
    """The ways to call what trains in a file, the most whole first."""
    signatures = Signatures(source)
    entries = sorted(
        (s for s in signatures.values()
         if not s.name.endswith("__") and signatures.reaches_change(s.name)),
        key=lambda s: (-len(signatures.reach(s.name)), s.name),
    )  # fmt: skip
    chosen = [plan for entry in entries if (plan := _entry(entry, signatures)) is not None]
    return [*chosen[:_MOST_ENTRIES], *_in_turn(signatures)]


def layers(source: Source) -> list[tuple[Plan, ...]]:
    """For each part of a network, a class or a pair of functions, the ways through it and back."""
    signatures = Signatures(source)
    found = []
    for owner in signatures.classes:
        methods = signatures.of(owner)
        forward = next((m for m in methods if _is_called(m, _FORWARD)), None)
        backward = next((m for m in methods if _is_called(m, _BACKWARD)), None)
        makes = _constructor_of_layer(owner, signatures)
        if forward is not None and backward is not None and makes is not None:
            found += _through(owner, makes, forward, backward)
    for forward in signatures.of(""):
        stem = re.sub(r"forward|fwd", "", forward.name)
        pairs = (b for b in signatures.of("") if re.sub(r"backward|bwd", "", b.name) == stem)
        backward = next(pairs, None)
        plain = forward.needs[1:]
        if stem == forward.name or backward is None or not forward.needs:
            continue
        if all(re.fullmatch(PARAMETER, n) for n in plain):
            makes = (Call("", ("each", *plain), plain),) if plain else ()
            found += _through(stem, makes, forward, backward)
    return found


_FORWARD = r"forward\w*|call|fprop|feed_?forward|fwd"
_BACKWARD = r"back\w*|bprop|bwd"
_UPSTREAM = (
    r".*grad.*|d|d_?(out|z|a|y|h|l|x|loss|values?|o)\w*|delta\w*|.*err\w*|out\w*|upstream\w*"
)


def _is_called(method: Signature, words: str) -> bool:
    return bool(method.needs) and bool(re.fullmatch(words, method.method.lower().strip("_")))


def _through(
    name: str, makes: tuple[Call, ...], forward: Signature, backward: Signature
) -> list[tuple[Plan, ...]]:
    """Plans that go through a part and back; none if it is not known what it takes."""
    rest = tuple(name or f"kept{i}" for i, name in enumerate(forward.gives[1:]))
    goes = ("input", *(forward.needs[1:] if not forward.owner else ()))
    if forward.owner and len(forward.needs) > 1:
        return []
    takes: list[str] = []
    for need in backward.needs:
        if need in rest:
            takes.append(need)
        elif re.fullmatch(_UPSTREAM, need.lower()):
            takes.append("upstream")
        elif role_of(need) in ("rate", "X"):
            takes.append("rate" if role_of(need) == "rate" else "input")
        elif rest and need not in forward.needs:
            takes.append(rest[-1])
        else:
            return []
    if takes.count("upstream") != 1:
        return []
    gives = ("downstream", *(name or f"d{i}" for i, name in enumerate(backward.gives[1:])))
    each = (
        Call(forward.name, goes, ("output", *rest)),
        Call(backward.name, tuple(takes), gives),
    )
    return [
        tuple(
            Plan(name, makes, each, descends=part == "parameters", layer=part)
            for part in ("input", "parameters")
        )
    ]


def forms(plan: Plan, inputs: int = SMALL.inputs, classes: int = SMALL.classes) -> list[Plan]:
    """The same calls with data as rows and as columns, with each kind of target."""
    if plan.makes_up:
        shapes = [(turned, flat) for turned in (True, False) for flat in (False, True)]
        known = [replace(plan, turned=turned, flat=flat) for turned, flat in shapes]
    else:
        known = [plan]
    if plan.layer:
        return [
            replace(one, form=replace(one.form, inputs=inputs, classes=classes, samples=samples))
            for one in known
            for samples in ("rows", "columns", "single")
        ]
    kinds = [("one-hot", classes), ("numbers", 1), ("labels", classes)]
    return [
        replace(one, form=replace(one.form, samples=samples, targets=targets, classes=count,
                                  inputs=inputs))
        for one in known
        for targets, count in kinds
        for samples in ("columns", "rows")
    ]  # fmt: skip


def single_forms(plan: Plan, inputs: int, classes: int, targets: str) -> list[Plan]:
    """The same calls with one sample, as vectors and as plain lists."""
    form = replace(plan.form, inputs=inputs, classes=classes, targets=targets)
    return [replace(plan, form=replace(form, samples=s)) for s in ("single", "list")]


def _entry(entry: Signature, signatures: Signatures) -> Plan | None:
    """A call of one function that trains."""
    known = _Known()
    once = _made(entry.owner, signatures, known)
    if once is None:
        return None
    takes = known.taken(entry.needs, by_role=False) or known.guessed(entry.needs)
    if takes is None:
        return None
    alone = not takes and not _roles(once) and not entry.owner  # it makes its own data
    if not (alone or "pairs" in takes or {"X", "Y"} <= {*takes, *_roles(once)}):
        return None
    losses = tuple(_losses(entry.owner, signatures)) if entry.owner else ()
    call = Call(entry.name, takes, known.rebound(entry))
    return Plan(entry.name, once, (*losses, call), depth=_depth(signatures))


def _roles(calls: Sequence[Call]) -> set[str]:
    return {role for call in calls for role in call.takes}


def _constructor(owner: str, signatures: Signatures) -> Call | None:
    """The call that makes an object of a class; None if what it takes is not known."""
    constructor = signatures.get(f"{owner}.__init__")
    needs = constructor.needs if constructor is not None else ()
    if constructor is not None and constructor.rest and not needs:
        return Call(owner, ("inputs", "hidden", "outputs"), (owner,))
    texts = {n: signatures.constants[n] for n in needs if n in signatures.constants}
    sizes = sizes_of([n for n in needs if n not in texts])
    if sizes is None:
        return None
    left = iter(sizes)
    return Call(
        owner, tuple(repr(texts[n]) if n in texts else next(left) for n in needs), (owner,)
    )


def _constructor_of_layer(owner: str, signatures: Signatures) -> tuple[Call, ...] | None:
    """The same where it may take its parameters, which are made up then."""
    constructor = signatures.get(f"{owner}.__init__")
    needs = constructor.needs if constructor is not None else ()
    if needs and all(re.fullmatch(PARAMETER, n) for n in needs):
        return Call("", ("each", *needs), needs), Call(owner, needs, (owner,))
    call = _constructor(owner, signatures)
    return None if call is None else (call,)


def _made(owner: str, signatures: Signatures, known: "_Known") -> tuple[Call, ...] | None:
    """What makes an object of a class, or the parameters that functions take."""
    if owner:
        call = _constructor(owner, signatures)
        return None if call is None else (call,)
    calls = []
    for maker in signatures.of(""):
        if not maker.draws or maker.multiplies or maker.changes or not maker.gives:
            continue
        takes = known.taken(maker.needs, by_role=False) if maker.needs else ()
        if takes is None or not {*takes} <= {*_SIZE_ROLES, *known.names.values()}:
            takes = sizes_of(maker.needs)
        if takes is not None:
            calls.append(known.called(maker, takes, made=True))
    return tuple(calls) or _made_up(signatures, known)


def _made_up(signatures: Signatures, known: "_Known") -> tuple[Call, ...]:
    """Parameters under the names by which the file's functions read them."""
    container, names = "", dict[str, None]()
    for signature in signatures.of(""):
        for node in ast.walk(signature.node):
            held, inner = _parameters_in(node)
            if held and len(inner) > len(names):
                container, names = held, dict.fromkeys(inner)
        plain = [n for n in signature.needs if re.fullmatch(PARAMETER, n)]
        if not container and signature.multiplies and len(plain) > len(names):
            names = dict.fromkeys(plain)
    if container.endswith("[]"):
        names = _keys(signatures, container[:-2])
    if not any(name[0] in "wWvVtT" for name in names):
        return ()
    kind = "dict" if container.endswith("[]") else "list" if container else "each"
    gives = tuple(names) if kind == "each" else (container.removesuffix("[]"),)
    known.names |= {name.lower(): name for name in gives}
    known.kinds["parameters"] = gives[0]
    return (Call("", (kind, *names), gives),)


def _parameters_in(node: ast.AST) -> tuple[str, list[str]]:
    """What a node takes out of a parameter-like name: `W1, b1 = params`, `params["W1"]`."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        held = getattr(node.value, "id", "")
        names = [e.id for e in node.targets[0].elts if isinstance(e, ast.Name)]
        if re.fullmatch(_WEAK[-1][1], held) and all(re.fullmatch(PARAMETER, n) for n in names):
            return held, names
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        held, key = getattr(node.value, "id", ""), node.slice.value
        if re.fullmatch(_WEAK[-1][1], held) and isinstance(key, str):
            return f"{held}[]", [key]
    return "", []


def _keys(signatures: Signatures, held: str) -> dict[str, None]:
    """All keys with which a dictionary is read."""
    keys: dict[str, None] = {}
    for signature in signatures.of(""):
        for node in ast.walk(signature.node):
            name, inner = _parameters_in(node)
            if name == f"{held}[]" and re.fullmatch(PARAMETER, inner[0]):
                keys[inner[0]] = None
    return keys


_SIZE_ROLES = ("inputs", "hidden", "hidden2", "outputs", "sizes", "X", "Y")


def _losses(owner: str, signatures: Signatures) -> Iterator[Call]:
    """Methods that take samples and targets, and change nothing: one may give the loss."""
    for signature in signatures.of(owner):
        roles = tuple(role_of(n) for n in signature.needs)
        if {*roles} == {"X", "Y"} and not signatures.reaches_change(signature.name):
            yield Call(signature.name, tuple(r for r in roles if r), may_fail=True)


def _depth(signatures: Signatures) -> int:
    """How many names a list of sizes is given to at once; 3 if to none."""
    for signature in signatures.values():
        for node in ast.walk(signature.node):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                name = getattr(node.value, "attr", getattr(node.value, "id", ""))
                if name and role_of(name) == "sizes":
                    return len(node.targets[0].elts)
    return 3


# ---- calls in turn: forward, backward, and nothing in the file that calls them

_WEAK = (
    ("prediction", r"y_?(hat|pred\w*|prob\w*|out\w*)|.*pred.*|outputs?|out|.*prob.*|scores?|logits"
                   r"|al|a_?(\d|o|out|last)|o|final\w*"),
    ("cache", r"caches?|mem\w*|store\w*|states?|activations?|intermediates?|values|.*cache.*"),
    ("gradients", r".*grad.*|derivatives?|deltas?|updates?"),
    ("parameters", r"param\w*|weights?|theta|model|net\w*|w"),
)  # fmt: skip
_OF_NO_ARGUMENT = (
    r"back\w*|bprop|.*update.*|step|optimi[sz]e\w*|.*adjust.*"
    r"|(compute_?|calc\w*_?)?(grad\w*|loss|cost)"
)


@dataclass
class _Known:
    """Names in the store of a plan that is being made.

    Attributes:
        names: by what an argument is called, in small letters.
        kinds: by what it is: "prediction", "cache", "gradients", "parameters".
    """

    names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    unnamed: list[str] = field(default_factory=list)

    def taken(self, needs: Sequence[str], by_role: bool) -> tuple[str, ...] | None:
        """What each argument takes; None if that cannot be told of one."""
        found = [self.names.get(need.lower()) or _data_role(need) for need in needs]
        if found.count("Y") > 1:  # one is what is predicted
            found = [None if f == "Y" and role_of(n, _WEAK[:1]) else f
                     for n, f in zip(needs, found, strict=True)]  # fmt: skip
        if "Y" in found:
            found = ["X" if f == "pairs" else f for f in found]
        missing = [i for i, f in enumerate(found) if f is None]
        if missing and len(missing) == len(self.unnamed):
            return _filled(found, self.unnamed)
        weak = (role_of(need, _WEAK) for need in needs)
        by_kind = [
            self.kinds.get(kind) if kind and (by_role or kind == "parameters") else None
            for kind in weak
        ]
        together = [f or k for f, k in zip(found, by_kind, strict=True)]
        return None if None in together else tuple(f for f in together if f is not None)

    def guessed(self, needs: Sequence[str]) -> tuple[str, ...] | None:
        """The same where it cannot be told of samples or targets, which come in this order."""
        found = [self.names.get(need.lower()) or _data_role(need) for need in needs]
        left = [role for role in ("X", "Y") if role not in found]
        missing = found.count(None)
        return _filled(found, left) if missing and missing == len(left) else None

    def called(self, of: Signature, takes: tuple[str, ...], made: bool = False) -> Call:
        """The call, what it gives being known from now on."""
        gives = tuple(name or f"{of.name}[{i}]" for i, name in enumerate(of.gives))
        if len(gives) == 1 and not of.gives[0]:
            gives = (f"{of.name}()",)
        if not made and "parameters" in self.kinds:  # a step gives them anew
            gives = tuple(
                self.kinds["parameters"] if role_of(name, _WEAK) == "parameters" else name
                for name in gives
            )
        for name, plain in zip(gives, of.gives, strict=True):
            if plain:
                self.names[plain.lower()] = name
            elif made and len(gives) > 1:
                self.unnamed.append(name)
        if gives and made:
            self.kinds["parameters"] = gives[0]
        elif gives and "X" in takes and of.multiplies and "Y" not in takes:
            self.kinds["prediction"], self.kinds["cache"] = gives[0], gives[-1]
        elif gives and ("Y" in takes or "cache" in takes):
            self.kinds["gradients"] = gives[0]
        return Call(of.name, takes, gives, may_fail=not made)

    def rebound(self, of: Signature) -> tuple[str, ...]:
        """Names for what a function gives that changes what it takes."""
        if all(name and name.lower() in self.names for name in of.gives):
            return tuple(self.names[name.lower()] for name in of.gives)
        return ()


def _filled(found: Sequence[str | None], names: Sequence[str]) -> tuple[str, ...]:
    rest = iter(names)
    return tuple(f or next(rest) for f in found)


def _data_role(need: str) -> str | None:
    """The role of an argument that takes data or settings; not of what predictions are called."""
    if role_of(need, _WEAK[:1]) and need.lower() != "y_hat":
        return None
    role = role_of(need)
    return role if role in _DATA or role == "sizes" else role_of(need, SIZES)


def _in_turn(signatures: Signatures) -> list[Plan]:
    """For each class, and for the functions of the file, all that can be called one by one."""
    found = []
    for owner in ("", *signatures.classes):
        known = _Known()
        once = _made(owner, signatures, known)
        if not once:
            continue
        made = {call.function for call in once}
        left = [
            s for s in signatures.of(owner)
            if s.name not in made and not s.name.endswith("__") and not _trains(s, signatures)
            and (s.needs or re.fullmatch(_OF_NO_ARGUMENT, s.method.lower().strip("_")))
        ]  # fmt: skip
        steps = [s for s in left if s.changes and not s.multiplies]  # these come last
        each = _turn([s for s in left if s not in steps], known) + _turn(steps, known)
        if any(signatures[c.function].multiplies for c in each):
            found.append(Plan(owner, once, each, descends=True, depth=_depth(signatures)))
    return found


def _trains(signature: Signature, signatures: Signatures) -> bool:
    """Whether it takes whole steps: it comes to a change, and calls what multiplies matrices."""
    others = signatures.reach(signature.name) - {signature.name}
    return signatures.reaches_change(signature.name) and any(
        signatures[other].multiplies for other in others
    )


def _turn(left: list[Signature], known: _Known) -> tuple[Call, ...]:
    """Calls whose arguments are known, one after the other: first those known by name."""
    calls: list[Call] = []
    left = list(left)
    while left:
        for by_role in (False, True):
            chosen = next(
                ((s, t) for s in left if (t := known.taken(s.needs, by_role)) is not None), None
            )
            if chosen is not None:
                break
        else:
            break
        signature, takes = chosen
        left.remove(signature)
        calls.append(known.called(signature, takes))
    return tuple(calls)
