import numpy as np
from types import SimpleNamespace
from collections import namedtuple
from scipy.special import expit, logsumexp, softmax as sp_softmax
rng = np.random.default_rng(0)
def one_hot(n_classes, y):
    return (np.arange(n_classes) == np.asarray(y, dtype=int)[..., None]).astype(float)
def softmax(X):
    X = np.asarray(X, dtype=float)
    return np.exp(X - logsumexp(X, axis=-1, keepdims=True))
def nll(Y_true, Y_pred):
    p = np.sum(np.asarray(Y_true) * np.asarray(Y_pred), axis=-1)
    return float(np.mean(-np.log(np.maximum(p, 1e-12))))
sigmoid = expit
def dsigmoid(X):
    s = 0.5 * (1 + np.tanh(0.5 * np.asarray(X)))
    return s - s**2

class Layer:
    def __init__(self, n_in, n_out):
        self.W = rng.normal(size=(n_in, n_out)) * 0.1
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.dW = self.x.T @ g
        self.db = g.sum(0)
        return g @ self.W.T

class NeuralNet:
    """layer objects, mean loss, grads nested"""
    def __init__(self, input_size, hidden_size=16, output_size=10, *, seed=0):
        self.l1 = Layer(input_size, hidden_size); self.l2 = Layer(hidden_size, output_size)
        self.output_size = output_size
    def forward(self, X, keep_activations=False):
        X = np.atleast_2d(X)
        self.z1 = self.l1.forward(X)
        self.a1 = expit(self.z1)
        y = softmax(self.l2.forward(self.a1))
        if keep_activations:
            return y, self.a1, self.z1
        return y
    __call__ = forward
    def loss(self, X, y):
        return nll(one_hot(self.output_size, np.atleast_1d(y)), self.forward(X))
    def grad_loss(self, X, y):
        p, a, z = self.forward(X, keep_activations=True)
        g = (p - one_hot(self.output_size, np.atleast_1d(y))) / len(p)
        ga = self.l2.backward(g)
        self.l1.backward(ga * a * (1 - a))
        return {"l1": {"W": self.l1.dW, "b": self.l1.db}, "l2": {"W": self.l2.dW, "b": self.l2.db}}
    def train(self, X, y, learning_rate=0.1, epochs=1):
        for _ in range(epochs):
            for xi, yi in zip(np.atleast_2d(X), np.atleast_1d(y)):
                g = self.grad_loss(xi[None], np.array([yi]))
                self.l1.W -= learning_rate * g["l1"]["W"]; self.l1.b -= learning_rate * g["l1"]["b"]
                self.l2.W -= learning_rate * g["l2"]["W"]; self.l2.b -= learning_rate * g["l2"]["b"]
    def predict(self, X):
        out = self.forward(X).argmax(1)
        return out[0] if np.ndim(X) == 1 else out
    def accuracy(self, X, y):
        return sum(int(a) == int(b) for a, b in zip(self.predict(X), y)) / len(y)

class NetNS:
    def __init__(self, n_inputs, n_hidden, n_outputs):
        self.p = SimpleNamespace(W1=np.random.randn(n_hidden, n_inputs), b1=np.random.randn(n_hidden, 1), W2=np.random.randn(n_outputs, n_hidden), b2=np.random.randn(n_outputs, 1))
        self.n_outputs = n_outputs
    def forward(self, X):
        x = np.atleast_2d(X).T
        self.h = np.tanh(self.p.W1 @ x + self.p.b1)
        out = sp_softmax(self.p.W2 @ self.h + self.p.b2, axis=0).T
        return out[0] if np.ndim(X) == 1 else out
    def loss(self, X, y):
        p = np.atleast_2d(self.forward(X))
        return -np.log(p[np.arange(len(p)), np.atleast_1d(y)] + 1e-9).sum()
    def grad_loss(self, X, y):
        x = np.atleast_2d(X).T
        p = np.atleast_2d(self.forward(X)).T
        d2 = p.copy(); d2[np.atleast_1d(y), np.arange(p.shape[1])] -= 1
        d1 = (self.p.W2.T @ d2) * (1 - self.h**2)
        G = namedtuple("G", "W1 b1 W2 b2")
        return G(d1 @ x.T, d1.sum(1, keepdims=True), d2 @ self.h.T, d2.sum(1, keepdims=True))
    def train(self, x, y, lr):
        g = self.grad_loss(x, y)
        for k in g._fields:
            setattr(self.p, k, getattr(self.p, k) - lr * getattr(g, k))
    def accuracy(self, X, y):
        return np.mean(np.argmax(self.forward(X), axis=-1) == np.asarray(y))

class Momentum:
    def __init__(self, sizes):
        self.W = [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
        self.b = [np.random.randn(1, b) for b in sizes[1:]]
        self.vW = [np.zeros_like(w) for w in self.W]
        self.vb = [np.zeros_like(w) for w in self.b]
    def forward(self, X):
        self.acts = [np.atleast_2d(X)]
        for i, (W, b) in enumerate(zip(self.W, self.b)):
            z = self.acts[-1] @ W + b
            self.acts.append(np.maximum(z, 0) if i < len(self.W) - 1 else softmax(z))
        return self.acts[-1]
    def loss(self, X, y):
        return nll(one_hot(self.W[-1].shape[1], y), self.forward(X))
    def grad_loss(self, X, y):
        p = self.forward(X)
        d = (p - one_hot(p.shape[1], y)) / len(p)
        gW, gb = [], []
        for i in reversed(range(len(self.W))):
            gW.insert(0, np.einsum("ni,nj->ij", self.acts[i], d))
            gb.insert(0, np.einsum("nj->j", d)[None])
            if i:
                d = (d @ self.W[i].T) * (self.acts[i] > 0)
        return gW, gb
    def train(self, X, y, lr, momentum=0.9):
        gW, gb = self.grad_loss(np.atleast_2d(X), np.atleast_1d(y))
        for i in range(len(self.W)):
            self.vW[i] = momentum * self.vW[i] - lr * gW[i]
            self.vb[i] = momentum * self.vb[i] - lr * gb[i]
            self.W[i] = self.W[i] + self.vW[i]
            self.b[i] = self.b[i] + self.vb[i]
    def predict(self, X):
        return [int(np.argmax(r)) for r in self.forward(X)]
class Slots:
    __slots__ = ("W_h", "b_h", "W_o", "b_o", "Z_h", "H", "output_size")
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-.1,.1,(input_size, hidden_size)); self.b_h = np.zeros(hidden_size)
        self.W_o = np.random.uniform(-.1,.1,(hidden_size, output_size)); self.b_o = np.zeros(output_size)
        self.output_size = output_size
    def forward(self, X):
        self.H = expit(X @ self.W_h + self.b_h)
        return softmax(self.H @ self.W_o + self.b_o)
    def loss(self, X, y): return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y):
        e = (self.forward(X) - one_hot(self.output_size, y)) / len(X)
        d = e @ self.W_o.T * self.H * (1 - self.H)
        return X.T @ d, d.sum(0), self.H.T @ e, e.sum(0)
class F32(Slots):
    __slots__ = ()
    def forward(self, X):
        X = np.asarray(X, np.float32)
        self.H = expit(X @ self.W_h.astype(np.float32) + self.b_h.astype(np.float32))
        return softmax(self.H @ self.W_o.astype(np.float32) + self.b_o.astype(np.float32)).astype(np.float32)
