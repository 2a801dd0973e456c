"""How objects and parameters are made that calls need: by the file's own code, or made up."""

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from chainrule.checking.record._running.known import Known
from chainrule.checking.record._running.plans import Call
from chainrule.checking.record._running.uses import Uses, uses_of
from chainrule.checking.record._source.signatures import (
    PARAMETER,
    SIZES,
    Signature,
    Signatures,
    kind_of,
    role_of,
    sizes_of,
)


def constructor(owner: str, signatures: Signatures) -> Call | None:
    """The call that makes an object of a class; None if what it takes is not known."""
    init = signatures.get(f"{owner}.__init__")
    needs = init.needs if init is not None else ()
    if init is not None and init.rest and not needs:
        return Call(owner, ("inputs", "hidden", "outputs"), (owner,))
    given = {n: taken for n in needs if (taken := chosen(n, signatures, init))}
    functions: tuple[str, ...] = ()
    if init is not None:
        unknown = [n for n in needs if n not in given]
        given |= {n: taken for n in unknown if (taken := _of_a_maker(init, n, signatures))}
        if any(taken[0] in "=@" for taken in given.values()):  # its derivative goes with it
            functions = tuple(
                f"{n}={taken}" for n in init.absent
                if uses_of(init, n, signatures).calls and (taken := chosen(n, signatures, init))
            )  # fmt: skip
    sizes = sizes_of([n for n in needs if n not in given])
    if sizes is None:
        return None
    left = iter(sizes)
    takes = tuple(given[n] if n in given else next(left) for n in needs)
    return Call(owner, (*takes, *functions), (owner,))


def chosen(need: str, signatures: Signatures, of: Signature | None = None) -> str | None:
    """What is chosen for an argument: a text that the code knows, or a function of the file.

    Where it has none, one is lent to a function that calls it.
    """
    if need in signatures.options:
        return repr(signatures.options[need][0])
    words = next((known for asked, known in _FUNCTIONS if re.search(asked, need.lower())), None)
    names = [*signatures.classes, *(s.name for s in signatures.of(""))] if words else []
    found = next((n for n in names if re.fullmatch(words or "", n.lower().strip("_"))), None)
    if found is not None:
        return f"={found}{'()' if found in signatures.classes else ''}"
    uses = uses_of(of, need, signatures) if of is not None else Uses()
    if uses.calls not in ({1}, {2}):
        return None
    slope = bool(re.search(_IS_SLOPE, need.lower()))
    lent = ("slope" if slope else "activation") if uses.calls == {1} else "loss" + "_slope" * slope
    return f"@{lent}{'*' if 'items called' in uses.ways else ''}"


def handed_over(owner: str, signatures: Signatures) -> tuple[Call, ...]:
    """Calls of methods that take nothing but functions, to keep them: `use(loss, loss_prime)`."""
    calls = []
    for method in signatures.of(owner):
        takes = tuple(chosen(n, signatures, method) or "" for n in method.needs)
        if takes and method.method != "__init__" and all(t[:1] in ("=", "@") for t in takes):
            calls.append(Call(method.name, takes))
    return tuple(calls)


def used_as(of: Signature, signatures: Signatures) -> dict[str, str]:
    """What arguments take by their use, where their names do not tell, or tell something else."""
    found: dict[str, str | None] = {}
    have_labels = any(
        role_of(need) == "Y" and not uses_of(of, need, signatures).is_size for need in of.needs
    )
    for need in of.needs:
        uses, role = uses_of(of, need, signatures), role_of(need)
        if uses.keys and kind_of(need) != "parameters":
            found[need] = described_layers(uses.keys, signatures)
        elif uses.labelled and role in (None, "X", "pairs") and "array" not in uses.ways:
            found[need] = None if have_labels else "table"
        elif role in ("X", "Y") and uses.is_size:
            found[need] = role_of(need, SIZES) or "outputs"
        elif role is None and "array" in uses.ways:
            found[need] = {"inputs": "X", "outputs": "Y"}.get(role_of(need, SIZES) or "")
        elif role is None and role_of(need, SIZES) is None and kind_of(need) is None:
            found[need] = "times" if "counts" in uses.ways else "rate" if uses.is_factor else None
            if "ordered" in uses.ways and uses.ways <= {"ordered", "added"}:
                found[need] = "little"
    return {need: taken for need, taken in found.items() if taken is not None}


def _of_a_maker(init: Signature, need: str, signatures: Signatures) -> str | None:
    """What a constructor's argument takes by its use: sizes in a list, a rate, or layers."""
    if role_of(need) is not None:
        return None
    uses, role = uses_of(init, need, signatures), role_of(need, SIZES)
    if uses.keys:
        return described_layers(uses.keys, signatures)
    if uses.is_list and role in ("hidden", None):
        # What lies between is a list where inputs or outputs are told apart from it.
        others = {role_of(n, SIZES) for n in init.needs if n != need}
        return "between" if role or others & {"inputs", "outputs"} else "sizes"
    return "rate" if role is None and uses.is_factor else None


def described_layers(keys: Iterable[str], signatures: Signatures) -> str | None:
    """A list of layers that are described by what their keys say; None if one is not known."""
    parts = []
    for key in keys:
        options, role = signatures.options.get(key), role_of(key, SIZES)
        if options is None and role not in _WIDTHS:
            return None
        parts.append(f"{key}:{'|'.join(options) if options else role}")
    return f"{{{','.join(parts)}}}"


_SQUASH = r"(sigmoid|logistic|tanh|relu)"
_SLOPE = r"(_?(derivative|deriv|prime|grad(ient)?|backward)s?)"
_IS_SLOPE = r"deriv|prime|grad|slope|^d_"
_LOSS = r"(mse|mean_?squared_?error|squared_?error|(binary_?)?cross_?entropy|bce|quadratic)\w*"
_FUNCTIONS = (
    (
        r"^(act\w*|f)_?(deriv|prime|grad)|^(d_?|deriv\w*_)act|^df$",
        rf"d_?{_SQUASH}|{_SQUASH}{_SLOPE}",
    ),
    (
        r"(loss|cost)\w*(deriv|prime|grad)|^(d_?|deriv\w*_)(loss|cost)",
        rf"d_?{_LOSS}|{_LOSS}{_SLOPE}",
    ),
    (r"^act|nonlin|transfer", _SQUASH),
    (r"loss|cost|criterion|objective", rf"(?!.*{_SLOPE}$){_LOSS}"),
)


def composed(owner: str, signatures: Signatures) -> tuple[Call, ...]:
    """What makes a network of two layers of the file's own kind; nothing if it takes none."""
    init = signatures.get(f"{owner}.__init__")
    needs = init.needs if init is not None else ()
    layer = next((c for c in signatures.classes if c != owner and _is_layer(c, signatures)), None)
    if layer is None:
        return ()
    call = constructor(layer, signatures)
    if call is None or not _WIDTHS.intersection(call.takes):
        return ()
    between = next((Call(c, (), ("active0",)) for c in signatures.classes
                    if re.fullmatch(_SQUASH + "(layer|activation)?", c.lower())
                    and _is_layer(c, signatures)
                    and constructor(c, signatures) == Call(c, (), (c,))), None)  # fmt: skip
    parts = [_between(call, "layer0", "inputs", "hidden"),
             *([between] if between else ()),
             _between(call, "layer1", "hidden", "outputs"),
             *([replace(between, gives=("active1",))] if between else ())]  # fmt: skip
    names = [part.gives[0] for part in parts]
    adds = next((m for m in signatures.of(owner)
                 if re.match(r"add", m.method) and len(m.needs) == 1), None)  # fmt: skip
    parts_do = {s.method for s in signatures.of(layer)}
    held = [n for n in needs if re.fullmatch(r"\w*layers?|modules|\w*sequence|lst", n)
            or (init is not None and uses_of(init, n, signatures).methods & parts_do)]  # fmt: skip
    if adds is None and len(held) != 1:
        return ()
    takes = []
    for need in needs:
        taken = chosen(need, signatures, init)
        role = role_of(need)
        if adds is None and need == held[0]:
            taken = f"[{','.join(names)}]"
        elif taken is None and role in ("rate", "times", "batch", "decay"):
            taken = role
        if taken is None:
            return ()
        takes.append(taken)
    makes = Call(owner, tuple(takes), (owner,))
    added = [Call(adds.name, (name,)) for name in names] if adds is not None else []
    return (*parts, makes, *added)


def _is_layer(owner: str, signatures: Signatures) -> bool:
    """Whether it goes forward and back through a part of a network."""
    names = [s.method.lower() for s in signatures.of(owner)]
    return all(
        any(re.search(w, n) for n in names)
        for w in (r"forward|fprop|call|compute|predict|activate", r"back|bprop|learn")
    )


def _between(call: Call, name: str, inputs: str, outputs: str) -> Call:
    """The call that makes a layer of sizes."""
    sizes = {"inputs": inputs, "outputs": outputs, "hidden": outputs}
    return Call(call.function, tuple(sizes.get(t, t) for t in call.takes), (name,))


_WIDTHS = frozenset(["inputs", "hidden", "outputs"])


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
        makes = composed(owner, signatures) or (None if call is None else (call,))
        return makes and (*makes, *handed_over(owner, signatures))
    calls = []
    for maker in signatures.of(""):
        if not maker.draws or maker.multiplies or maker.changes or not maker.gives:
            continue
        if all(role_of(name) in ("X", "Y") for name in maker.gives):
            continue  # it draws samples
        known.uses = used_as(maker, signatures)
        takes = known.taken(maker.needs, by_role=False) if maker.needs else ()
        written = known.settings.values()
        if takes is None or not {*takes} <= {*_SIZE_ROLES, *known.names.values(), *written}:
            takes = sizes_of(maker.needs)
        if takes is not None:
            calls.append(known.called(maker, takes, made=True))
    known.uses = {}
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


_SIZE_ROLES = ("inputs", "hidden", "hidden2", "outputs", "sizes", "X", "Y", "seed", "generator")
