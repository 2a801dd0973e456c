"""The nonlinearities of hidden layers, and the one registry of them.

Each has a function h = f(z) and its derivative f'(z), pure and stable far from zero, on arrays of
any shape `(...)` or lists. The engines take the same in place, in buffers of their own precision;
there f'(z) follows from h, since z has been written over. `ACTIVATIONS` holds all of it by name.

To add one whose slope follows from h (not swish or GELU, which take one h at two z):

1. Write f and its derivative here, finite or at their limits at ±infinity and without warnings,
   and the same in place; enter them in `ACTIVATIONS` with the next kernel number.
2. Name it in `training/engines/kernel/activation.h`, and write its two loops in `sgd.h`, in
   `activate` and `through_activation`. `uv run` builds the kernel anew; `.venv/bin/…` goes on with
   the old one, which is then refused.
3. Write f in ONNX's operators in `runs/_onnx.py`.
4. Show f and f' in `chainrule/__init__.py`, and name the activation in the docstring of
   `NeuralNet` and in the README. `bench/choose_defaults.py NAME` measures which rate suits it.
5. The tests try whatever is in `ACTIVATIONS`, and want what they compare with: LIMITS, and KINKS
   if the slope jumps, in `tests/nn/test_activations.py`, FORMULAS in `test_models.py`, FUNCTIONS
   in `test_gradients.py`. `pytest -k NAME` on `tests/nn`, `tests/training` and
   `tests/checking/test_certify.py` runs them in a minute.

Models and their files, engines, faults, `check`, command line and pictures need nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.arrays import Array, as_floats

LEAKY_SLOPE = 0.01  # of the leaky ReLU below 0; also in training/engines/kernel/sgd.h


def sigmoid(X: ArrayLike) -> Array:
    """Squash each number into (0, 1): 1 / (1 + exp(−x)).

    exp is taken of −|x| alone, which cannot overflow: for negative x the fraction is written
    exp(x) / (1 + exp(x)). Source: Deep Learning (2016), equation 3.30.

    Shape: `(...)` to the same.

    >>> sigmoid([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    X = as_floats(X)
    e = np.exp(-np.abs(X))
    squashed: Array = np.where(X >= 0, 1, e) / (1 + e)
    return squashed


def dsigmoid(X: ArrayLike) -> Array:
    """Derivative of the sigmoid at the pre-activation: sigmoid(x) · (1 − sigmoid(x)).

    Written exp(−|x|) / (1 + exp(−|x|))², which is the same and does not lose the tail where
    1 − sigmoid(x) rounds to 0.

    Shape: `(...)` to the same.

    >>> print(dsigmoid([0, 40]))
    [2.50000000e-01 4.24835426e-18]
    """
    e = np.exp(-np.abs(as_floats(X)))
    slope: Array = e / (1 + e) ** 2
    return slope


def tanh(X: ArrayLike) -> Array:
    """Hyperbolic tangent, (−1, 1).

    Shape: `(...)` to the same.

    >>> tanh([-1000, 0, 1000])
    array([-1.,  0.,  1.])
    """
    return np.tanh(as_floats(X))


def dtanh(X: ArrayLike) -> Array:
    """Derivative of tanh at the pre-activation: 1 − tanh(x)².

    Shape: `(...)` to the same.

    >>> dtanh([-1000, 0, 1000])
    array([0., 1., 0.])
    """
    return 1 - np.tanh(as_floats(X)) ** 2


def relu(X: ArrayLike) -> Array:
    """Rectified linear unit: max(0, x).

    Source: Glorot, Bordes and Bengio, Deep sparse rectifier neural networks (2011).

    Shape: `(...)` to the same.

    >>> relu([-2, 0, 0.5])
    array([0. , 0. , 0.5])
    """
    rectified: Array = np.maximum(as_floats(X), 0)
    return rectified


def drelu(X: ArrayLike) -> Array:
    """Derivative of ReLU at the pre-activation: 1 for x > 0, else 0.

    At 0 itself there is no derivative; 0 is the usual choice.

    Shape: `(...)` to the same.

    >>> drelu([-2, 0, 0.5])
    array([0., 0., 1.])
    """
    X = as_floats(X)
    return (X > 0).astype(X.dtype)


def softplus(X: ArrayLike) -> Array:
    """Smooth ReLU: log(1 + exp(x)).

    Written max(0, x) + log(1 + exp(−|x|)), in which nothing overflows, and which keeps the tail
    exp(x) of large negative x. Source: Deep Learning (2016), equation 3.31.

    Shape: `(...)` to the same.

    >>> softplus([-1000, 0, 1000])
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03])
    """
    X = as_floats(X)
    smooth: Array = np.maximum(X, 0) + np.log1p(np.exp(-np.abs(X)))
    return smooth


def dsoftplus(X: ArrayLike) -> Array:
    """Derivative of softplus at the pre-activation: sigmoid(x).

    Source: Deep Learning (2016), section 3.10.

    Shape: `(...)` to the same.

    >>> dsoftplus([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    return sigmoid(X)


def elu(X: ArrayLike) -> Array:
    """Exponential linear unit with α = 1: x for x > 0, else exp(x) − 1.

    Source: Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by
    exponential linear units (2015), section 3.

    Shape: `(...)` to the same.

    >>> elu([-1000, 0, 1000])
    array([  -1.,    0., 1000.])
    """
    X = as_floats(X)
    bent: Array = np.where(X > 0, X, np.expm1(np.minimum(X, 0)))
    return bent


def delu(X: ArrayLike) -> Array:
    """Derivative of ELU at the pre-activation: 1 for x > 0, else exp(x).

    With α = 1 it has no jump: at 0 it is 1 from both sides.

    Shape: `(...)` to the same.

    >>> delu([-1000, 0, 1000])
    array([0., 1., 1.])
    """
    slope: Array = np.exp(np.minimum(as_floats(X), 0))
    return slope


def leaky_relu(X: ArrayLike) -> Array:
    """ReLU that lets a hundredth through below 0: x for x > 0, else 0.01 · x.

    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models
    (2013), section 2.

    Shape: `(...)` to the same.

    >>> leaky_relu([-2, 0, 0.5])
    array([-0.02,  0.  ,  0.5 ])
    """
    X = as_floats(X)
    return np.where(X > 0, X, LEAKY_SLOPE * X)


def dleaky_relu(X: ArrayLike) -> Array:
    """Derivative of the leaky ReLU at the pre-activation: 1 for x > 0, else 0.01.

    At 0 itself there is no derivative; 0.01 is the choice here, as ReLU's is 0.

    Shape: `(...)` to the same.

    >>> dleaky_relu([-2, 0, 0.5])
    array([0.01, 0.01, 1.  ])
    """
    X = as_floats(X)
    return np.where(X > 0, 1, LEAKY_SLOPE).astype(X.dtype)


@dataclass(frozen=True)
class Activation:
    """A hidden layer's nonlinearity h = f(z), in every form in which it is needed.

    Attributes:
        name: on the command line and in model files.
        function: f, pure, of shape `(...)` to the same.
        derivative: f' at the same z, pure, of shape `(...)` to the same.
        activate: takes a buffer of any shape, in which z becomes h, in the buffer's precision.
        through: takes three buffers of one shape: grad_h, which becomes grad_z = grad_h · f'(z),
            then h, from which f'(z) follows, and a spare one.
        kernel: its number in training/engines/kernel/activation.h.
        learning_rate: the default for training on one sample at a time.
    """

    name: str
    function: Callable[[ArrayLike], Array]
    derivative: Callable[[ArrayLike], Array]
    activate: Callable[[Array], None]
    through: Callable[[Array, Array, Array], None]
    kernel: int
    learning_rate: float

    @property
    def symbol(self) -> str:
        """The function's name in formulas; the derivative's is the same after a d.

        >>> ACTIVATIONS["leaky-relu"].symbol
        'leaky_relu'
        """
        return self.name.replace("-", "_")

    def slope_from(self, h: ArrayLike) -> Array:
        """f'(z) as it follows from h = f(z), in the way of `through`.

        Shape: `(...)` to the same.

        >>> ACTIVATIONS["tanh"].slope_from([0, 0.5])
        array([1.  , 0.75])
        """
        h = as_floats(h)
        slope = np.ones_like(h)
        self.through(slope, h, np.empty_like(h))
        return slope


# In place, without another array of floats: z becomes h; and grad_h becomes grad_z, given h and a
# spare buffer.


def _sigmoid(z: Array) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)  # may become infinity, of which 1 / (1 + infinity) is still right
    z += 1
    np.reciprocal(z, out=z)


def _through_sigmoid(grad: Array, h: Array, spare: Array) -> None:
    np.subtract(1, h, out=spare)
    grad *= spare
    grad *= h


def _tanh(z: Array) -> None:
    np.tanh(z, out=z)


def _through_tanh(grad: Array, h: Array, spare: Array) -> None:
    np.multiply(h, h, out=spare)
    np.subtract(1, spare, out=spare)
    grad *= spare


def _relu(z: Array) -> None:
    np.maximum(z, 0, out=z)


def _through_relu(grad: Array, h: Array, spare: Array) -> None:
    np.greater(h, 0, out=spare)
    grad *= spare


def _softplus(z: Array) -> None:
    bent = z < 40  # from there on it is z itself, to the last bit of double precision
    np.exp(z, out=z, where=bent)
    np.log1p(z, out=z, where=bent)


def _through_softplus(grad: Array, h: Array, spare: Array) -> None:
    """Take sigmoid(z) as 1 − exp(−h)."""
    np.negative(h, out=spare)
    np.expm1(spare, out=spare)
    np.negative(spare, out=spare)
    grad *= spare


def _elu(z: Array) -> None:
    np.expm1(z, out=z, where=z < 0)


def _through_elu(grad: Array, h: Array, spare: Array) -> None:
    """Take 1 or exp(z) as min(0, h) + 1."""
    np.minimum(h, 0, out=spare)
    spare += 1
    grad *= spare


def _leaky_relu(z: Array) -> None:
    np.multiply(z, LEAKY_SLOPE, out=z, where=z < 0)


def _through_leaky_relu(grad: Array, h: Array, spare: Array) -> None:
    np.greater(h, 0, out=spare)
    np.maximum(spare, LEAKY_SLOPE, out=spare)
    grad *= spare


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, dsigmoid, _sigmoid, _through_sigmoid, 0, 0.1),
        Activation("tanh", tanh, dtanh, _tanh, _through_tanh, 1, 0.03),
        Activation("relu", relu, drelu, _relu, _through_relu, 2, 0.01),
        Activation("softplus", softplus, dsoftplus, _softplus, _through_softplus, 3, 0.01),
        Activation("elu", elu, delu, _elu, _through_elu, 4, 0.01),
        Activation(
            "leaky-relu", leaky_relu, dleaky_relu, _leaky_relu, _through_leaky_relu, 5, 0.01
        ),
    )
}
