"""Parts of networks that are right by one convention or another: none is called wrong.

What comes back into a part may be something else than the derivative by what it gave, and what it
gives back something else than that by its input. Whether a part is right is then seen only where
it is used.
"""

from pathlib import Path

import pytest

from chainrule.checking.record.trainings import judged_layers
from recorded_runs import source_of

CONVENTIONS = [
    pytest.param("""\
class SoftmaxLoss:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, y):
        return (self.p - y) / len(y)
""", id="takes labels", marks=pytest.mark.slow),
    pytest.param("""\
class SoftmaxLoss:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, out):
        return (self.p - out) / len(out)
""", id="takes labels that have the name of a gradient"),
    pytest.param("""\
class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.out = e / np.sum(e, axis=1, keepdims=True)
        return self.out
    def backward(self, grad):
        return grad
""", id="softmax passes through"),
    pytest.param("""\
class SigmoidOutput:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out
    def backward(self, delta):
        return delta
""", id="sigmoid output passes through"),
    pytest.param("""\
class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        self.a = 1 / (1 + np.exp(-(x @ self.W + self.b)))
        return self.a
    def backward(self, delta):
        self.dW = self.x.T @ delta
        self.db = delta.sum(axis=0)
        return delta @ self.W.T
""", id="gradient by the pre-activation"),
    pytest.param("""\
class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W + self.b)
    def backward(self, delta):
        self.dW = self.x.T @ delta
        self.db = delta.sum(axis=0)
        return delta @ self.W.T * (1 - self.x ** 2)
""", id="gives the delta of the layer before"),
    pytest.param("""\
class Output:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, delta):
        self.dW = self.x.T @ delta
        return delta @ self.W.T * self.x * (1 - self.x)
""", id="linear that gives the delta of the layer before"),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        m = self.x.shape[0]
        self.dW = self.x.T @ grad / m
        self.db = np.sum(grad, axis=0, keepdims=True) / m
        return grad @ self.W.T
""", id="averages inside", marks=pytest.mark.slow),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad, lr):
        back = grad @ self.W.T
        self.W -= lr * self.x.T @ grad / len(self.x)
        self.b -= lr * grad.mean(axis=0)
        return back
""", id="averages inside and steps"),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in) * 0.1
        self.b = np.zeros((n_out, 1))
    def forward(self, A):
        self.A = A
        return self.W @ A + self.b
    def backward(self, dZ):
        m = self.A.shape[1]
        self.dW = dZ @ self.A.T / m
        self.db = np.sum(dZ, axis=1, keepdims=True) / m
        return self.W.T @ dZ
""", id="averages in columns", marks=pytest.mark.slow),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.dW = np.zeros_like(self.W)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        self.dW += self.x.T @ grad
        return grad @ self.W.T
""", id="gradients accumulate", marks=pytest.mark.slow),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW = np.clip(self.x.T @ grad, -1, 1)
        self.db = np.clip(grad.sum(axis=0), -1, 1)
        return grad @ self.W.T
""", id="clips its gradients"),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW = self.x.T @ grad + 0.01 * self.W
        self.db = grad.sum(axis=0)
        return grad @ self.W.T
""", id="decays inside", marks=pytest.mark.slow),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        back = grad @ self.W.T
        self.W -= 0.1 * self.x.T @ grad
        self.b -= 0.01 * grad.sum(axis=0)
        return back
""", id="rates of its own", marks=pytest.mark.slow),
    pytest.param("""\
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.v = np.zeros_like(self.W)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        back = grad @ self.W.T
        self.v = 0.9 * self.v - 0.01 * self.x.T @ grad
        self.W = self.W + self.v
        return back
""", id="momentum inside", marks=pytest.mark.slow),
    pytest.param("""\
class Layer:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        self.out = 1 / (1 + np.exp(-(x @ self.weights)))
        return self.out
    def backward(self, error):
        delta = error * self.out * (1 - self.out)
        back = delta @ self.weights.T
        self.weights += 0.1 * self.x.T @ delta
        return back
""", id="goes up along target minus output"),
    pytest.param("""\
class Dropout:
    def __init__(self, rate=0.5):
        self.rate = rate
    def forward(self, x):
        self.mask = (np.random.rand(*x.shape) > self.rate) / (1 - self.rate)
        return x * self.mask
    def backward(self, grad):
        return grad * self.mask
""", id="dropout"),
    pytest.param("""\
class Dropout:
    def __init__(self, p):
        self.p = 1 - p
    def forward(self, x, training=True):
        self.mask = np.random.binomial(1, self.p, size=x.shape) / self.p
        self.output = x * self.mask
        return self.output
    def backward(self, dvalues):
        self.dinputs = dvalues * self.mask
        return self.dinputs
""", id="dropout, binomial", marks=pytest.mark.slow),
    pytest.param("""\
class Dropout:
    def __init__(self, p=0.5):
        self.p = p
        self.mask = None
    def forward(self, x, train=False):
        if not train:
            return x * (1 - self.p)
        self.mask = np.random.rand(*x.shape) > self.p
        return x * self.mask
    def backward(self, dout):
        return dout if self.mask is None else dout * self.mask
""", id="dropout that is off", marks=pytest.mark.slow),
    pytest.param("""\
class Dropout:
    def __init__(self, ratio=0.5):
        self.ratio = ratio
        self.mask = None
    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.ratio
            return x * self.mask
        return x * (1.0 - self.ratio)
    def backward(self, dout):
        return dout * self.mask
""", id="dropout, scaled in tests only", marks=pytest.mark.slow),
    pytest.param("""\
class BatchNorm:
    def __init__(self, n_features):
        self.gamma = np.ones(n_features)
        self.beta = np.zeros(n_features)
        self.running_mean = np.zeros(n_features)
        self.running_var = np.ones(n_features)
    def forward(self, x, training=True):
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = 0.9 * self.running_mean + 0.1 * mean
            self.running_var = 0.9 * self.running_var + 0.1 * var
        else:
            mean, var = self.running_mean, self.running_var
        self.xc = x - mean
        self.std = np.sqrt(var + 1e-5)
        self.xn = self.xc / self.std
        return self.gamma * self.xn + self.beta
    def backward(self, dout):
        N = len(dout)
        self.dbeta = dout.sum(axis=0)
        self.dgamma = (dout * self.xn).sum(axis=0)
        dxn = dout * self.gamma
        return (dxn - dxn.mean(axis=0) - self.xn * (dxn * self.xn).mean(axis=0)) / self.std
""", id="batch norm", marks=pytest.mark.slow),
    pytest.param("""\
class BatchNorm:
    def __init__(self, n_features):
        self.gamma = np.ones(n_features)
        self.beta = np.zeros(n_features)
        self.running_mean = np.zeros(n_features)
        self.running_var = np.ones(n_features)
    def forward(self, x, training=False):
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = 0.9 * self.running_mean + 0.1 * mean
            self.running_var = 0.9 * self.running_var + 0.1 * var
        else:
            mean, var = self.running_mean, self.running_var
        self.xc = x - mean
        self.std = np.sqrt(var + 1e-5)
        self.xn = self.xc / self.std
        return self.gamma * self.xn + self.beta
    def backward(self, dout):
        N = len(dout)
        self.dbeta = dout.sum(axis=0)
        self.dgamma = (dout * self.xn).sum(axis=0)
        dxn = dout * self.gamma
        return (dxn - dxn.mean(axis=0) - self.xn * (dxn * self.xn).mean(axis=0)) / self.std
""", id="batch norm in test mode"),
    pytest.param("""\
class Noise:
    def __init__(self):
        self.s = 0.1
    def forward(self, x, training):
        self.m = np.random.randn(*x.shape) * self.s if training else np.zeros(x.shape)
        return x * (1 + self.m)
    def backward(self, grad):
        return grad * (1 + self.m)
""", id="flag is needed", marks=pytest.mark.slow),
    pytest.param("""\
class Embedding:
    def __init__(self, n_vocab, n_dim):
        self.W = np.random.randn(n_vocab, n_dim)
    def forward(self, x):
        self.index = x.astype(int)
        return self.W[self.index]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.index, dout)
        return None
""", id="embedding"),
    pytest.param("""\
class Embedding:
    def __init__(self, n_vocab, n_dim):
        self.W = np.random.randn(n_vocab, n_dim)
    def forward(self, x):
        self.index = [0, 1, 2]
        return self.W[self.index]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        self.dW[self.index] += dout
        return None
""", id="embedding in a step", marks=pytest.mark.slow),
    pytest.param("""\
class RNNCell:
    def __init__(self, n_in, n_hidden):
        self.Wx = np.random.randn(n_in, n_hidden) * 0.1
        self.Wh = np.random.randn(n_hidden, n_hidden) * 0.1
        self.b = np.zeros(n_hidden)
        self.h = None
    def forward(self, x):
        if self.h is None:
            self.h = np.zeros((len(x), self.Wh.shape[0]))
        self.before, self.x = self.h, x
        self.h = np.tanh(x @ self.Wx + self.h @ self.Wh + self.b)
        return self.h
    def backward(self, dh):
        d = dh * (1 - self.h ** 2)
        self.dWx = self.x.T @ d
        self.dWh = self.before.T @ d
        self.db = d.sum(axis=0)
        return d @ self.Wx.T
""", id="recurrent cell", marks=pytest.mark.slow),
    pytest.param("""\
class RNN:
    def __init__(self, n_in, n_hidden):
        self.U = np.random.randn(n_hidden, n_in) * 0.1
        self.W = np.random.randn(n_hidden, n_hidden) * 0.1
    def forward(self, x):
        self.x, self.s = x, np.zeros((len(x) + 1, len(self.W)))
        for t in range(len(x)):
            self.s[t] = np.tanh(self.U @ x[t] + self.W @ self.s[t - 1])
        return self.s[:-1]
    def backward(self, dh):
        self.dU, self.dW = np.zeros_like(self.U), np.zeros_like(self.W)
        for t in range(len(self.x)):
            d = dh[t] * (1 - self.s[t] ** 2)
            for k in range(t, max(-1, t - 2), -1):
                self.dW += np.outer(d, self.s[k - 1])
                self.dU += np.outer(d, self.x[k])
                d = self.W.T @ d * (1 - self.s[k - 1] ** 2)
        return None
""", id="recurrent, over time, truncated", marks=pytest.mark.slow),
    pytest.param("""\
class Relu:
    def forward(self, x):
        self.mask = x <= 0.5
        out = x.copy()
        out[self.mask] = 0
        return out
    def backward(self, dout):
        dout[self.mask] = 0
        return dout
""", id="in place", marks=pytest.mark.slow),
    pytest.param("""\
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        grad *= 1 - self.y ** 2
        return grad
""", id="in place, multiplied", marks=pytest.mark.slow),
    pytest.param("""\
class Relu:
    def forward(self, x):
        x[x < 0.5] = 0
        self.x = x
        return x
    def backward(self, grad):
        return grad * (self.x > 0)
""", id="forward in place"),
    pytest.param("""\
class Sign:
    def forward(self, x):
        self.x = x
        return np.where(x > 0.5, 1.0, 0.1) * x ** 0
    def backward(self, grad):
        return grad * (np.abs(self.x) <= 1)
""", id="straight-through", marks=pytest.mark.slow),
    pytest.param("""\
class Leaky:
    def forward(self, x):
        self.x = x
        return np.maximum(0.01 * x, x)
    def backward(self, dA):
        dZ = np.ones_like(self.x)
        dZ[self.x < 0] = 0.01
        return dZ * dA
""", id="leaky copies", marks=pytest.mark.slow),
    pytest.param("""\
class Softmax:
    def forward(self, x):
        e = np.exp(x)
        self.p = e / e.sum(axis=-1, keepdims=True)
        return self.p
    def backward(self, dA):
        return self.p * (dA - (dA * self.p).sum(axis=-1, keepdims=True))
""", id="softmax with its whole Jacobian", marks=pytest.mark.slow),
    pytest.param("""\
class Sigmoid:
    def forward(self, z):
        self.a = 1 / (1 + np.exp(-z))
        return self.a
    def backward(self, a):
        return a * (1 - a)
""", id="sigmoid slope of what it gave", marks=pytest.mark.slow),
    pytest.param("""\
class Sigmoid:
    def forward(self, z):
        return 1 / (1 + np.exp(-z))
    def backward(self, z):
        s = self.forward(z)
        return s * (1 - s)
""", id="slope only", marks=pytest.mark.slow),
    pytest.param("""\
class Tanh:
    def forward(self, x):
        return np.tanh(x)
    def backward(self, output):
        return 1 - output ** 2
""", id="slope only, of what is called out"),
    pytest.param("""\
class MSE:
    def forward(self, y_pred, y):
        self.e = y_pred - y
        return np.mean(self.e ** 2)
    def backward(self, grad=1):
        return 2 * self.e / self.e.size
""", id="mean squared error", marks=pytest.mark.slow),
    pytest.param("""\
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1)
        self.out = 1 / (1 + np.exp(-(self.h @ self.W2)))
        return self.out
    def backward(self, expected_outputs):
        d = self.out - expected_outputs
        self.dW2 = self.h.T @ d
        self.dW1 = self.x.T @ (d @ self.W2.T * (1 - self.h ** 2))
""", id="whole network: takes targets", marks=pytest.mark.slow),
    pytest.param("""\
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1)
        self.out = 1 / (1 + np.exp(-(self.h @ self.W2)))
        return self.out
    def backward(self, outputs):
        d = self.out - outputs
        self.dW2 = self.h.T @ d
        self.dW1 = self.x.T @ (d @ self.W2.T * (1 - self.h ** 2))
""", id="whole network: targets are called outputs"),
    pytest.param("""\
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1)
        self.out = 1 / (1 + np.exp(-(self.h @ self.W2)))
        return self.out
    def backward(self, error):
        d = error
        self.dW2 = self.h.T @ d
        self.dW1 = self.x.T @ (d @ self.W2.T * (1 - self.h ** 2))
""", id="whole network: takes the error"),
    pytest.param("""\
class Perceptron:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        self.z = np.tanh(x @ self.W + self.b)
        return self.z
    def backward(self, err, lr):
        self.W += lr * self.x.T @ err
        self.b += lr * err.sum(axis=0)
""", id="takes the error of a perceptron"),
    pytest.param("""\
class Scale:
    def forward(self, x):
        return 3 * x
    def backward(self, grad):
        return 3 * grad
""", id="scaled by a constant inside", marks=pytest.mark.slow),
    pytest.param("""\
class GradientReversal:
    def forward(self, x):
        return x * 1.0
    def backward(self, grad):
        return -0.5 * grad
""", id="gradient reversal", marks=pytest.mark.slow),
    pytest.param("""\
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        return np.clip(grad * (1 - self.y ** 2), -0.1, 0.1)
""", id="clips what goes back"),
    pytest.param("""\
class Log:
    def forward(self, x):
        self.x = x
        return np.log(x + 1e-8)
    def backward(self, grad):
        return grad / self.x
""", id="a small number in a logarithm", marks=pytest.mark.slow),
    pytest.param("""\
def sigmoid_forward(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z
def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)
def linear_forward(A, W, b):
    Z = W.dot(A) + b
    cache = (A, W, b)
    return Z, cache
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1 / m * np.dot(dZ, A_prev.T)
    db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db
""", id="functions: backward by Z in a cache", marks=pytest.mark.slow),
    pytest.param("""\
def softmax_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p
def softmax_backward(d_out, p):
    return (p - d_out) / len(p)
""", id="functions: softmax loss by labels"),
]  # fmt: skip


@pytest.mark.parametrize("text", CONVENTIONS)
def test_what_is_right_by_a_convention_is_not_called_wrong(tmp_path: Path, text: str) -> None:
    judged = judged_layers(source_of(tmp_path, "import numpy as np\n" + text).path)
    assert [one.mistakes for one in judged.values()] == [()] * len(judged)


TANH = """\
import numpy as np
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        return grad * (1 - self.y ** 2)
"""
STEPS_ITSELF = """\
import numpy as np
class Layer:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        self.out = 1 / (1 + np.exp(-(x @ self.weights)))
        return self.out
    def backward(self, error):
        delta = error * self.out * (1 - self.out)
        back = delta @ self.weights.T
        self.weights += 0.1 * self.x.T @ delta
        return back
"""
WRONG = {
    "a slope at the wrong place": (TANH, "(1 - self.y ** 2)", "(1 - np.tanh(self.y) ** 2)", 7),
    "a slope of another activation": (TANH, "(1 - self.y ** 2)", "self.y * (1 - self.y)", 7),
    "weights that were changed before": (
        STEPS_ITSELF, "return back", "return delta @ self.weights.T", 13),
}  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong", "line"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_by_every_convention_is_called_so(
    tmp_path: Path, text: str, right: str, wrong: str, line: int
) -> None:
    assert text.count(right) == 1
    judged = judged_layers(source_of(tmp_path, text.replace(right, wrong)).path)
    assert [m.code.line for one in judged.values() for m in one.mistakes] == [line]
