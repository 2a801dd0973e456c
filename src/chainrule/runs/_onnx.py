"""A trained model as an ONNX graph: raw features in, label and probabilities out.

The graph is written as one reads it, in ONNX's own text format, with the lab's names for what it
computes. All is in double precision but for the scaled features, which are rounded to single as
`Scaling.apply` does: so that other programs get these probabilities to the last digits, and not
what single precision makes of them. Source: onnx.ai/onnx/repo-docs/IR.html and Syntax.html.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.data.arrays import Array
from chainrule.data.scaling import Scaling
from chainrule.errors import ChainruleError, choose
from chainrule.nn.activations import LEAKY_SLOPE
from chainrule.nn.classifier import Classifier
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.layouts import right_layers
from chainrule.nn.models import NeuralNet

if TYPE_CHECKING:  # an extra
    import onnx

LARGEST = 2**31 - 2**20  # bytes that a file can hold, with some left for the graph itself
# Old enough for what reads such files, and new enough to have all that is used.
VERSIONS = '<ir_version: 8, opset_import: ["": 17]>'
# h = f(z) of each activation, in operators that onnxruntime has in double precision.
ACTIVATION_STEPS = {
    "sigmoid": "{h} = Sigmoid({z})",
    "tanh": "{h} = Tanh({z})",
    "relu": "{h} = Relu({z})",
    "softplus": """
        {h}_linear = Relu({z})
        {h}_size = Abs({z})
        {h}_negative = Neg({h}_size)
        {h}_tail = Exp({h}_negative)
        {h}_above_1 = Add({h}_tail, one)
        {h}_bend = Log({h}_above_1)
        {h} = Add({h}_linear, {h}_bend)""",
    "elu": """
        {h}_linear = Relu({z})
        {h}_below_0 = Min({z}, zero)
        {h}_tail = Exp({h}_below_0)
        {h}_bend = Sub({h}_tail, one)
        {h} = Add({h}_linear, {h}_bend)""",
    "leaky-relu": """
        {h}_leak = Mul({z}, leaky_slope)
        {h} = Max({z}, {h}_leak)""",
}


def require_onnx() -> None:
    """Refuse to go on without the extra.

    Raises:
        ChainruleError: with what to install.
    """
    try:
        import onnx  # noqa: F401 — only whether it is there
    except ImportError as error:
        raise ChainruleError(
            "writing ONNX needs the package onnx, which is not installed; install it with pip "
            f'install "chainrule[onnx]" ({error})'
        ) from error


def onnx_model(
    model: Classifier,
    scaling: Scaling,
    classes: Sequence[int | str],
    feature_names: Sequence[str] | None,
) -> onnx.ModelProto:
    """The graph, with the classes and the names of the features in its metadata as JSON.

    Raises:
        ChainruleError: if the network makes mistakes on purpose, if it is larger than such a file
            can be, or the extra is not installed.
    """
    require_onnx()
    import onnx

    members = model.members if isinstance(model, Ensemble) else (model,)
    layers = [right_layers(member) for member in members]
    n_bytes = sum(array.nbytes for each in layers for layer in each for array in layer)
    if n_bytes > LARGEST:
        raise ChainruleError(
            f"{model!r} has {n_bytes / 1e9:.2f} GB of parameters, and an ONNX file holds 2 GB at "
            "most; keep its safetensors file"
        )
    labels = np.array(classes)
    if labels.dtype.kind != "i":  # words, or numbers that are no 64-bit integers
        labels = np.array([str(name) for name in classes], dtype=object)
    arrays = {"shift": _doubles(scaling.shift), "scale": _doubles(scaling.scale)}
    arrays["classes"] = labels
    for prefix, member, its_layers in zip(_prefixes(members), members, layers, strict=True):
        arrays |= _constants(prefix, member, its_layers)
    if len(members) > 1:
        arrays["n_members"] = np.array(float(len(members)))
    proto = onnx.parser.parse_model(
        _text(members, "string" if labels.dtype == object else "int64")
    )
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()
    )
    proto.producer_name = "chainrule"
    proto.doc_string = f"{model!r} with its scaling and labels; takes raw features"
    kept = {"classes": list(classes), "feature_names": feature_names}
    onnx.helper.set_model_props(
        proto, {name: json.dumps(value) for name, value in kept.items() if value is not None}
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _prefixes(members: Sequence[Classifier]) -> list[str]:
    """What the names of each member's quantities begin with: nothing where there is one."""
    return [f"member{n}_" for n in range(1, len(members) + 1)] if len(members) > 1 else [""]


def _constants(
    prefix: str, model: Classifier, layers: Sequence[tuple[Array, Array]]
) -> dict[str, Array]:
    """The arrays of a network that the graph names, as the model names its parameters."""
    of_layers = [array for layer in layers for array in layer]
    names = [prefix + name for name in model.parameter_names]
    arrays = dict(zip(names, of_layers, strict=True))
    if isinstance(model, NeuralNet):
        numbers = {"zero": 0.0, "one": 1.0, "leaky_slope": LEAKY_SLOPE}
        steps = ACTIVATION_STEPS[model.activation.name]
        arrays |= {name: np.array(x) for name, x in numbers.items() if name in steps}
    return {name: _doubles(array) for name, array in arrays.items()}


def _doubles(array: Array) -> Array:
    return np.ascontiguousarray(array, np.float64)


def _text(members: Sequence[Classifier], label: str) -> str:
    """The graph in ONNX's text format, but for its constants."""
    D, K = members[0].input_size, members[0].output_size
    steps = [
        "centred = Sub(features, shift)",
        "scaled = Div(centred, scale)",
        "single = Cast <to = 1> (scaled)",  # as the model was trained
        "x = Cast <to = 11> (single)",
    ]
    prefixes = _prefixes(members)
    for prefix, member in zip(prefixes, members, strict=True):
        steps += _steps_to_logits(prefix, member)
    highest = "z_o"  # where two probabilities round to the same, logits differ
    if len(members) == 1:
        steps.append("probabilities = Softmax <axis = 1> (z_o)")
    else:
        highest = "probabilities"
        steps += [f"{prefix}y = Softmax <axis = 1> ({prefix}z_o)" for prefix in prefixes]
        steps.append(f"sum_of_y = Sum({', '.join(f'{prefix}y' for prefix in prefixes)})")
        steps.append("probabilities = Div(sum_of_y, n_members)")
    steps += [
        f"most = ArgMax <axis = 1, keepdims = 0> ({highest})",
        "label = Gather <axis = 0> (classes, most)",
    ]
    body = "\n".join(f"  {step.strip()}" for step in steps)
    return (
        f"{VERSIONS}\nchainrule (double[N, {D}] features) "
        f"=> ({label}[N] label, double[N, {K}] probabilities)\n{{\n{body}\n}}"
    )


def _steps_to_logits(prefix: str, model: Classifier) -> list[str]:
    """From x to a network's z_o."""
    steps, below = [], "x"
    if isinstance(model, NeuralNet):
        of_activation = choose("activation", model.activation.name, ACTIVATION_STEPS)
        for layer in model.hidden_layers:
            z, h = f"{prefix}z_{layer}", f"{prefix}{layer}"
            steps.append(f"{z} = Gemm({below}, {prefix}W_{layer}, {prefix}b_{layer})")
            steps += of_activation.format(z=z, h=h).strip().splitlines()
            below = h
    W, b = model.parameter_names[-2:]
    return [*steps, f"{prefix}z_o = Gemm({below}, {prefix}{W}, {prefix}{b})"]
