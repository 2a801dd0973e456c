"""Trainings of small networks as source text, most without what reads their data."""

LOGISTIC = """\
w = np.zeros(X.shape[1])
b = 0.0
for i in range(50):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    w = w - 0.1 * X.T @ (p - y) / len(y)
    b = b - 0.1 * np.mean(p - y)
"""
HIDDEN_IN_COLUMNS = """\
W1 = np.random.rand(10, 784) - 0.5
b1 = np.random.rand(10, 1) - 0.5
W2 = np.random.rand(10, 10) - 0.5
b2 = np.random.rand(10, 1) - 0.5
def one_hot(Y):
    out = np.zeros((Y.size, Y.max() + 1))
    out[np.arange(Y.size), Y] = 1
    return out.T
for i in range(100):
    Z1 = W1.dot(X_train) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / sum(np.exp(Z2))
    dZ2 = A2 - one_hot(Y_train)
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    W2 = W2 - 0.1 / n * dZ2.dot(A1.T)
    b2 = b2 - 0.1 / n * np.sum(dZ2, axis=1, keepdims=True)
    W1 = W1 - 0.1 / n * dZ1.dot(X_train.T)
    b1 = b1 - 0.1 / n * np.sum(dZ1, axis=1, keepdims=True)
"""


def softmax_regression(inputs: str = "784") -> str:
    """A training with samples X in rows and labels y."""
    return f"""\
W = np.random.randn({inputs}, 10) * 0.1
b = np.zeros(10)
Y = np.eye(10)[y]
for epoch in range(20):
    z = X @ W + b
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    dz = (p - Y) / len(X)
    W -= 0.1 * X.T @ dz
    b -= 0.1 * dz.sum(axis=0)
"""


XOR_ROWS = """\
import numpy as np

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
W1 = np.random.randn(3, 4)
W2 = np.random.randn(4, 1)
for i in range(10000):
    h = 1 / (1 + np.exp(-X @ W1))
    p = 1 / (1 + np.exp(-h @ W2))
    error = (p - y) * p * (1 - p)
    error_h = error @ W2.T * h * (1 - h)
    W2 -= 0.1 * h.T @ error
    W1 -= 0.1 * X.T @ error_h
"""
