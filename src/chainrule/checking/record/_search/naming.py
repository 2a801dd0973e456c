"""A change that mends a step, as a mistake: its id in the catalogue, and a sentence."""

from collections.abc import Iterable
from typing import NamedTuple

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.quantities import Kind, Quantity

_NO_DERIVATIVE = "what comes out of this is not the derivative that the chain rule has here"


class Name(NamedTuple):
    """What is said of a mistake.

    Attributes:
        fault: id in the catalogue; "" where it has none.
        sentence: what stands there, and what belongs there.
        idea: of a mistake that has no id, the same without what belongs there.
    """

    fault: str
    sentence: str
    idea: str = ""


def named(change: Change, layers: int) -> Name:
    """The mistake that a change mends, in a network of so many layers."""
    before, after = change.before, change.after
    plain = {
        What.STALE: Name("grad-hidden-stale-or-updated-weights",
                         "the weights that stand here have been updated already"),
        What.TRANSPOSED: Name("grad-transposed", "the result is transposed"),
        What.AXIS: Name("grad-bias-not-summed", f"the sum belongs over axis {change.axis}"),
        What.SIGN: Name("", "a plus stands where a minus belongs, or a minus in place of a plus",
                        "the sign of a part of this is not that of the chain rule"),
        What.REMOVED: _factor_too_many(before, layers),
        What.MASK: Name("grad-relu-mask",
                        "what is put to 0 here is not where the derivative of the activation"
                        f"{_of_layer(after.layer if after else -1, layers)} is 0",
                        "a gradient is kept where the activation passes it on, and only there"),
        What.RESULT: _result(before, after, layers),
        What.ORDER: Name("grad-other-layer",
                         "the layers are not gone through from the last to the first: what comes "
                         "back to each of them is the gradient of another"),
        What.PART: Name("", "a part of an array is taken here, and the one that begins a place "
                            f"{'later' if change.axis == 1 else 'sooner'} belongs",
                        "what is left out of an array here is not what was put into it before"),
    }  # fmt: skip
    if change.what in plain:
        return plain[change.what]
    assert after is not None
    if change.what is What.SLOPE_ADDED:
        return _slope_missing(after, layers)
    return _replaced(before, after, layers)


def words(quantity: Quantity | None, layers: int) -> str:
    """A quantity in words: `the activation of the hidden layer`."""
    if quantity is None:
        return "something else"
    kind, layer = quantity.kind, quantity.layer
    if layer == 0 and kind in (Kind.ACTIVATION, Kind.PREACTIVATION):
        return "the input"
    return f"{kind.value}{_of_layer(layer, layers)}"


def _of_layer(layer: int, layers: int) -> str:
    if layer <= 0:
        return ""
    if layer == layers:
        return " of the output layer"
    return " of the hidden layer" if layers == 2 else f" of hidden layer {layer}"


def _slope_missing(slope: Quantity, layers: int) -> Name:
    if slope.kind is Kind.MASK:
        return Name(
            "grad-dropout-missing",
            "the mask by which units are left out on the way forward is missing here",
        )
    if slope.kind is Kind.SCALE:
        return Name(
            "",
            "the parameter that is a factor on the way forward is none on the way back",
            "a product has two factors on the way back, too, and one is missing",
        )
    fault = "grad-output-mismatch" if slope.layer == layers else "grad-hidden-no-derivative"
    where = _of_layer(slope.layer, layers)
    return Name(fault, f"the derivative of the activation{where} is missing")


def _factor_too_many(before: Quantity | None, layers: int) -> Name:
    output = before is not None and before.layer == layers
    slope = before is not None and (before.kind is Kind.SLOPE or before.kind.is_false_slope)
    fault = "grad-output-sigmoid-factor" if slope and output else ""
    many = f"{words(before, layers)} {_verb('is', before)} a factor too many"
    return Name(fault, many, "a factor of this product does not come from the chain rule")


def _result(before: Quantity | None, after: Quantity | None, layers: int) -> Name:
    if before is not None and before.kind.is_false_slope and before.layer == layers:
        return Name("grad-softmax-diagonal",
                    f"{words(before, layers)} is only the diagonal of the derivative, which is "
                    "a matrix here: each output depends on every input")  # fmt: skip
    belongs = f"{words(after, layers)} {_verb('belongs', after)}"
    return Name("", f"{belongs} here, and this is something else", _NO_DERIVATIVE)


def _replaced(before: Quantity | None, after: Quantity, layers: int) -> Name:
    if before is None:
        return _result(before, after, layers)
    instead = (
        f"{words(before, layers)} {_verb('stands', before)} where {words(after, layers)} "
        f"{_verb('belongs', after)}"
    )
    if (before.kind, after.kind) == (Kind.SLOPE_OF_ACTIVATION, Kind.SLOPE):
        instead = (
            f"the derivative of the activation{_of_layer(after.layer, layers)} is taken at what "
            "came out of it, and belongs at what went in"
        )
    kinds = (before.kind, after.kind)
    same = before.layer == after.layer
    if same and kinds[0] is kinds[1] and kinds[0] is not Kind.WEIGHTS:
        return Name(
            "",
            f"{words(after, layers)} {_verb('belongs', after)} here with the axes in "
            "another order",
            "the shapes fit, and rows meet what belongs to columns",
        )
    if kinds == (Kind.BY_ACTIVATION, Kind.BY_PREACTIVATION) and same:
        return _slope_missing(after, layers)
    if kinds == (Kind.BY_PREACTIVATION, Kind.BY_ACTIVATION) and same:
        fault = "grad-output-sigmoid-factor" if after.layer == layers else ""
        where = _of_layer(after.layer, layers)
        return Name(
            fault,
            f"the derivative of the activation{where} is a factor too many",
            "a factor of this product is already in what it is multiplied with",
        )
    if kinds == (Kind.WEIGHTS, Kind.WEIGHTS) and same:
        instead = f"{words(after, layers)} are not transposed"
        return Name("grad-hidden-weights-not-transposed", instead)
    stands = f"{words(before, layers)} {_verb('stands', before)} in the place of something else"
    return Name(_fault_of(before, after, layers), instead, stands)


def _verb(verb: str, quantity: Quantity | None) -> str:
    """A verb of one thing, or of several if that is what a quantity is."""
    plural = quantity is not None and quantity.kind in (Kind.WEIGHTS, Kind.NEW_WEIGHTS)
    return _OF_SEVERAL[verb] if plural else verb


_OF_SEVERAL = {"is": "are", "stands": "stand", "belongs": "belong"}


def _fault_of(before: Quantity, after: Quantity, layers: int) -> str:
    """The id for one quantity in place of another; "" if there is none."""
    if after.kind is Kind.SLOPE:
        return _wrong_slope(before, after, layers)
    same = before.layer == after.layer
    if after.kind is Kind.ACTIVATION and before.kind is Kind.ACTIVATION and not same:
        return "grad-inputs-swapped"
    by_layer = (Kind.BY_PREACTIVATION, Kind.BY_ACTIVATION)
    if before.kind in by_layer and after.kind in by_layer and not same:
        return "grad-other-layer"
    if after.kind is Kind.ACTIVATION and before.kind is Kind.PREACTIVATION and same:
        return "grad-preactivation"
    if after.kind is Kind.PREACTIVATION and before.kind is Kind.ACTIVATION and same:
        return "grad-hidden-derivative-at-activation"
    return _OF_KINDS.get((before.kind, after.kind), "")


_OF_KINDS = {
    (Kind.NEW_WEIGHTS, Kind.WEIGHTS): "grad-hidden-stale-or-updated-weights",
    (Kind.WEIGHTS, Kind.ACTIVATION): "grad-weights-for-inputs",
    (Kind.ACTIVATION, Kind.WEIGHTS): "grad-weights-for-inputs",
}


def _wrong_slope(before: Quantity, after: Quantity, layers: int) -> str:
    """The id for a derivative of an activation that is wrong."""
    if before.kind is Kind.SLOPE and before.layer != after.layer:
        return "grad-hidden-derivative-at-output" if before.layer == layers else ""
    if before.kind is Kind.SLOPE_OF_ACTIVATION:
        return "grad-hidden-derivative-at-activation"
    if before.kind is Kind.PRODUCT_OF_PREACTIVATION:
        return "dsigmoid-of-activation"
    at_layer = before.layer == after.layer and before.kind in (Kind.ACTIVATION, Kind.PREACTIVATION)
    if at_layer or before.kind is Kind.PRODUCT_OF_ACTIVATION:
        return "grad-other-activation"
    return ""


def of_mixed_up(stand: Iterable[Quantity | None], after: Quantity | None) -> Name | None:
    """Weights in a gradient of weights, or what the layer reads in what goes back through it."""
    kinds = [q.kind for q in stand if q is not None]
    due = after.kind if after is not None else None
    if due is Kind.BY_PARAMETER and Kind.WEIGHTS in kinds:
        return Name("grad-weights-for-inputs",
                    "weights stand here where what the layer reads belongs",
                    "a gradient of weights is not made of weights")  # fmt: skip
    if due is Kind.BY_ACTIVATION and Kind.ACTIVATION in kinds and Kind.WEIGHTS not in kinds:
        return Name("grad-weights-for-inputs",
                    "what the layer reads stands here where its weights belong",
                    "what comes back to a layer's inputs came by its weights")  # fmt: skip
    return None


def of_factor(ratio: float, sizes: frozenset[int]) -> Name | None:
    """A gradient that is off by a factor against the others; None if it says nothing plain.

    Args:
        ratio: how many times too large it is.
        sizes: lengths of axes in the step, such as the number of samples.
    """
    if _close(ratio, -1):
        return Name("grad-output-sign", "its sign is opposite to that of the other gradients")
    for plain in (2, 4, 0.5, 0.25):
        if _close(ratio, plain) and round(max(plain, 1 / plain)) not in sizes:
            times = "times too large" if plain > 1 else "of what it should be, against the others"
            return Name("grad-batch-scale", f"it is {plain:g} {times}")
    for size in sorted(sizes, reverse=True):
        if _close(ratio, size):
            return Name("grad-batch-scale", f"it is {size} times too large against the others: it "
                                            f"is not divided by {size}")  # fmt: skip
        if _close(ratio, 1 / size):
            return Name("grad-batch-scale", f"it is divided by {size} once too often, against the "
                                            "others")  # fmt: skip
    return None


def _close(ratio: float, plain: float) -> bool:
    return abs(ratio / plain - 1) < 1e-3
