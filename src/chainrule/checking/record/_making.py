"""How objects and parameters are made that calls need: by the file's own code, or made up."""

import ast
import re

from chainrule.checking.record._known import Known
from chainrule.checking.record._plans import Call
from chainrule.checking.record._signatures import PARAMETER, Signatures, kind_of, sizes_of


def constructor(owner: str, signatures: Signatures) -> Call | None:
    """The call that makes an object of a class; None if what it takes is not known."""
    init = signatures.get(f"{owner}.__init__")
    needs = init.needs if init is not None else ()
    if init is not None and init.rest and not needs:
        return Call(owner, ("inputs", "hidden", "outputs"), (owner,))
    texts = {n: signatures.constants[n] for n in needs if n in signatures.constants}
    sizes = sizes_of([n for n in needs if n not in texts])
    if sizes is None:
        return None
    left = iter(sizes)
    return Call(
        owner, tuple(repr(texts[n]) if n in texts else next(left) for n in needs), (owner,)
    )


def constructor_of_layer(owner: str, signatures: Signatures) -> tuple[Call, ...] | None:
    """The same where it may take its parameters, which are made up then."""
    init = signatures.get(f"{owner}.__init__")
    needs = init.needs if init is not None else ()
    if needs and all(re.fullmatch(PARAMETER, n) for n in needs):
        return Call("", ("each", *needs), needs), Call(owner, needs, (owner,))
    call = constructor(owner, signatures)
    return None if call is None else (call,)


def made(owner: str, signatures: Signatures, known: Known) -> tuple[Call, ...] | None:
    """What makes an object of a class, or the parameters that functions take."""
    if owner:
        call = constructor(owner, signatures)
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


def _made_up(signatures: Signatures, known: Known) -> tuple[Call, ...]:
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
        if kind_of(held) == "parameters" and all(re.fullmatch(PARAMETER, n) for n in names):
            return held, names
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        held, key = getattr(node.value, "id", ""), node.slice.value
        if kind_of(held) == "parameters" and isinstance(key, str):
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
