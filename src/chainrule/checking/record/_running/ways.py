"""The ways to call code that nothing in its file calls: at once, in turn, or part by part.

Names are only where to begin.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from chainrule.checking.learner.source import Source
from chainrule.checking.record._running.known import Known
from chainrule.checking.record._running.making import chosen, constructor_of_layer, made, used_as
from chainrule.checking.record._running.plans import Call, Plan
from chainrule.checking.record._source.signatures import (
    PARAMETER,
    Signature,
    Signatures,
    kind_of,
    role_of,
)

_MOST_ENTRIES = 3
_FORWARD = r"forward\w*|call|fprop|feed_?forward|fwd"
_BACKWARD = r"back\w*|bprop|bwd"
_UPSTREAM = (
    r".*grad.*|d|d_?(out|z|a|y|h|l|x|loss|values?|o)\w*|delta\w*|.*err\w*|out\w*|upstream\w*"
)
_NO_TRAINING = r"__$|numer|(?i:check_?grad|grad\w*_?check|accuracy|predict$|score$|evaluate|plot)"
_GIVES_GRADIENTS = r"(loss|cost)(_and)?(_?grads?|_?gradients?)?|(compute_)?grad(ient)?s?|back\w*"
_OF_NO_ARGUMENT = (
    r"back\w*|bprop|.*update.*|step|optimi[sz]e\w*|.*adjust.*"
    r"|(compute_?|calc\w*_?)?(grad\w*|loss|cost)"
)


@lru_cache(maxsize=4)
def plans(source: Source) -> Sequence[Plan]:
    """The ways to call what trains in a file, the most whole first."""
    signatures = Signatures(source)
    entries = sorted(
        (s for s in signatures.values()
         if not re.search(_NO_TRAINING, s.method) and s.name.split(".")[0] in signatures.own
         and signatures.reaches_change(s.name)),
        key=lambda s: (-len(signatures.reach(s.name)), s.name),
    )  # fmt: skip
    chosen = [plan for entry in entries if (plan := _entry(entry, signatures)) is not None]
    in_turn = _in_turn(signatures)
    return [*chosen[:_MOST_ENTRIES], *in_turn, *_gradients_alone(signatures, in_turn)]


def layers(source: Source) -> list[tuple[Plan, ...]]:
    """For each part of a network, a class or a pair of functions, the ways through it and back."""
    signatures = Signatures(source)
    found = []
    for owner in [c for c in signatures.classes if c in signatures.own]:
        methods = signatures.of(owner)
        forward = next((m for m in methods if _is_called(m, _FORWARD)), None)
        backward = next((m for m in methods if _is_called(m, _BACKWARD)), None)
        makes = constructor_of_layer(owner, signatures)
        lends = any("@" in take for call in makes or () for take in call.takes)
        if forward is not None and backward is not None and makes is not None and not lends:
            found += _through(owner, makes, forward, backward)
    for forward in [s for s in signatures.of("") if s.name in signatures.own]:
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


def _entry(entry: Signature, signatures: Signatures) -> Plan | None:
    """A call of one function that trains."""
    known = Known(settings=signatures.settings)
    once = made(entry.owner, signatures, known)
    if once is None:
        return None
    known.settings = dict(signatures.settings) | {
        need: taken for need in entry.needs if (taken := chosen(need, signatures, entry))
    }
    known.uses = used_as(entry, signatures)
    takes = known.taken(entry.needs, by_role=False)
    if takes is None:
        takes = known.guessed(entry.needs)
    if takes is None:
        return None
    alone = not takes and not entry.owner  # it makes its own data, and parameters
    given = {name for call in once for name in call.gives}
    if not entry.owner and not given.intersection(takes):  # it makes its own parameters
        once = ()
    roles = {*takes, *_roles(once)}
    if not (alone or roles & {"pairs", "table"} or {"X", "Y"} <= roles):
        return None
    losses = tuple(_losses(entry.owner, signatures)) if entry.owner else ()
    takes += tuple(f"{name}=times" for name in entry.idle)
    call = Call(entry.name, takes, known.rebound(entry))
    return Plan(entry.name, once, (*losses, call), depth=_depth(signatures))


def _roles(calls: Sequence[Call]) -> set[str]:
    return {role for call in calls for role in call.takes}


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


def _in_turn(signatures: Signatures) -> list[Plan]:
    """For each class, and for the functions of the file, all that can be called one by one."""
    found = []
    for owner in ("", *(c for c in signatures.classes if c in signatures.own)):
        known = Known(settings=signatures.settings)
        once = made(owner, signatures, known)
        if not once:
            continue
        makers = {call.function for call in once}
        left = [
            s for s in signatures.of(owner)
            if s.name not in makers and not re.search(_NO_TRAINING, s.method)
            and not _trains(s, signatures)
            and (s.needs or re.fullmatch(_OF_NO_ARGUMENT, s.method.lower().strip("_"))
                 or (s.multiplies and not s.draws))
        ]  # fmt: skip
        steps = [s for s in left if s.changes and not s.multiplies]  # these come last
        each = _turn([s for s in left if s not in steps], known, signatures)
        each += _turn(steps, known, signatures)
        if any(signatures.reaches_product(c.function) for c in each):
            found.append(Plan(owner, once, each, descends=True, depth=_depth(signatures)))
    return found


def _gradients_alone(signatures: Signatures, others: Sequence[Plan]) -> Iterator[Plan]:
    """For each class a method that gives gradients of samples and targets, and changes none."""
    tried = {call.function for plan in others for call in plan.each}
    for owner in [c for c in signatures.classes if c in signatures.own]:
        known = Known(settings=signatures.settings)
        once = made(owner, signatures, known)
        for signature in signatures.of(owner) if once else ():
            takes = tuple(role_of(n) for n in signature.needs)
            gives = any(kind_of(name) == "gradients" for name in signature.gives)
            named = re.fullmatch(_GIVES_GRADIENTS, signature.method.lower().strip("_"))
            if re.search(_NO_TRAINING, signature.method):
                continue
            if {*takes} == {"X", "Y"} and (gives or named) and signature.name not in tried:
                call = known.called(signature, tuple(t for t in takes if t))
                yield Plan(owner, once or (), (call,), descends=True, depth=_depth(signatures))


def _trains(signature: Signature, signatures: Signatures) -> bool:
    """Whether it takes whole steps: it comes to a change, and calls what multiplies matrices."""
    others = signatures.reach(signature.name) - {signature.name}
    return signatures.reaches_change(signature.name) and any(
        signatures[other].multiplies for other in others
    )


def _apart(takes: tuple[str, ...]) -> tuple[str, ...]:
    """Arguments where samples and targets go to one function after the other: no pairs."""
    return tuple("X" if each in ("pairs", "tested") else each for each in takes)


def _turn(left: list[Signature], known: Known, signatures: Signatures) -> tuple[Call, ...]:
    """Calls whose arguments are known, one after the other: first those known by name."""
    calls: list[Call] = []
    left = list(left)
    uses = {s.name: used_as(s, signatures) for s in left}
    while left:
        for by_role in (False, True):
            for signature in left:
                known.uses = uses[signature.name]
                takes = known.taken(signature.needs, by_role)
                if takes is not None:
                    break
            else:
                continue
            left.remove(signature)
            calls.append(known.called(signature, _apart(takes)))
            break
        else:
            break
    return tuple(calls)
