from dataclasses import dataclass, field
import numpy as np


def one_hot(n_classes: int, y) -> np.ndarray:
    return np.eye(n_classes)[y]


def softmax(X) -> np.ndarray:
    X = np.asarray(X, dtype=float)
    e = np.exp(X - X.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred) -> float:
    Y_true = np.asarray(Y_true, dtype=float)
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -(Y_true * np.log(Y_pred)).sum(-1).mean()


def sigmoid(X) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X) -> np.ndarray:
    return sigmoid(X) * sigmoid(np.negative(X))


@dataclass
class LogisticRegression:
    input_size: int
    output_size: int
    W: np.ndarray = field(init=False, repr=False)
    b: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        self.W = np.random.uniform(-0.1, 0.1, (self.input_size, self.output_size))
        self.b = np.random.uniform(-0.1, 0.1, (self.output_size,))

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        grads = {"dW": np.zeros_like(self.W), "db": np.zeros_like(self.b)}
        delta = self.forward(X) - one_hot(self.output_size, y)
        for x_i, d_i in zip(X, delta):
            grads["dW"] += np.outer(x_i, d_i) / len(X)
        return grads

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W -= learning_rate * g["dW"]
        self.b -= learning_rate * g["db"]

    def predict(self, X):
        return self.forward(X).argmax(-1)


@dataclass
class NeuralNet:
    input_size: int
    hidden_size: int
    output_size: int
    scale: float = 0.1
    W1: np.ndarray = field(init=False, repr=False)
    b1: np.ndarray = field(init=False, repr=False)
    W2: np.ndarray = field(init=False, repr=False)
    b2: np.ndarray = field(init=False, repr=False)
    cache: dict = field(default_factory=dict, repr=False)

    def __post_init__(self):
        u = lambda *s: np.random.uniform(-self.scale, self.scale, s)
        self.W1, self.b1 = u(self.input_size, self.hidden_size), u(self.hidden_size)
        self.W2, self.b2 = u(self.hidden_size, self.output_size), u(self.output_size)

    def forward(self, X):
        Z1 = X @ self.W1 + self.b1
        A1 = softmax(Z1)
        Z2 = A1 @ self.W2 + self.b2
        A2 = softmax(Z2)
        self.cache = dict(Z1=Z1, A1=A1, Z2=Z2, A2=A2)
        return A2

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        A2 = self.forward(X)
        Z1, A1 = self.cache["Z1"], self.cache["A1"]
        dZ2 = (A2 - one_hot(self.output_size, y)) / len(X)
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(Z1)
        return {"dW1": X.T @ dZ1, "db1": dZ1.sum(0), "dW2": A1.T @ dZ2, "db2": dZ2.sum(0)}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W1 -= learning_rate * g["dW1"]
        self.b1 -= learning_rate * g["db1"]
        self.W2 -= learning_rate * g["dW2"]
        self.b2 -= learning_rate * g["db2"]

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
