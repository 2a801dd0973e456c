"""Right networks in the styles that public code has, each a whole training, as source text."""

ROWS = """\
import numpy as np
X = np.random.randn(7, 3)
y = np.array([0, 1, 2, 1, 0, 2, 2])
W1, b1 = np.random.randn(3, 4), np.zeros(4)
W2, b2 = np.random.randn(4, 3), np.zeros(3)
for i in range(60):
    z = X @ W1 + b1
    h = np.tanh(z)
    s = np.exp(h @ W2 + b2)
    p = s / s.sum(axis=1, keepdims=True)
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    e = d @ W2.T * (1 - h ** 2)
    W2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(axis=0)
    W1 -= 0.1 * X.T @ e
    b1 -= 0.1 * e.sum(axis=0)
"""
COLUMNS = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def gradients(p, X, y):
    A = sigmoid(p["W1"] @ X + p["b1"])
    S = np.exp(p["W2"] @ A + p["b2"])
    P = S / S.sum(axis=0)
    loss = -np.log(P[y, np.arange(y.size)]).sum()
    P[y, np.arange(y.size)] -= 1
    D = p["W2"].T @ P * A * (1 - A)
    return {"W1": D @ X.T, "b1": D.sum(axis=1, keepdims=True),
            "W2": P @ A.T, "b2": P.sum(axis=1, keepdims=True)}
X, y = np.random.randn(3, 6), np.array([0, 1, 1, 2, 0, 2])
p = {"W1": np.random.randn(5, 3), "b1": np.zeros((5, 1)),
     "W2": np.random.randn(3, 5), "b2": np.zeros((3, 1))}
for i in range(60):
    g = gradients(p, X, y)
    for k in p:
        p[k] = p[k] - 0.1 * g[k]
"""
PARAMETERS = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8)
class Net:
    def __init__(self):
        self.W, self.b = np.random.randn(3, 4), np.zeros(4)
        self.v, self.c = np.random.randn(4), np.zeros(1)
    def step(self, rate):
        h = np.tanh(X @ self.W + self.b)
        out = h @ self.v + self.c
        print(0.5 * np.sum((out - t) ** 2))
        d = out - t
        e = np.outer(d, self.v) * (1 - h * h)
        self.W -= rate * X.T @ e
        self.b -= rate * e.sum(axis=0)
        self.v -= rate * h.T @ d
        self.c -= rate * d.sum()
net = Net()
for i in range(60):
    net.step(0.1)
"""
UPDATE = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8, 1)
W = [np.random.randn(3, 4), np.random.randn(4, 1)]
def update(W, grads):
    for i in range(len(W)):
        W[i] = W[i] - 0.1 * grads[i]
    return W
for i in range(60):
    h = np.tanh(X @ W[0])
    d = h @ W[1] - t
    loss = 0.5 * (d ** 2).sum()
    W = update(W, [X.T @ (d @ W[1].T * (1 - h ** 2)), h.T @ d])
"""
ONE_UNIT = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8)
w, b = np.random.randn(3), 0.1 * np.ones(1)
for i in range(60):
    p = np.tanh(X @ w + b)
    d = p - t
    print(np.mean(d ** 2))
    e = d * (1 - p ** 2)
    w -= 0.1 * np.sum(X.T @ e.T, axis=tuple(range(1, e.ndim)))
    b -= 0.1 * e.sum()
"""
MOMENTUM = """\
import numpy as np
X, t = np.random.randn(9, 4), np.random.randn(9, 4)
weights = [np.random.randn(4, 4) for _ in range(3)]
velocities = [np.zeros((4, 4)) for _ in range(3)]
for i in range(3):
    h = [X]
    for W in weights[:-1]:
        h.append(np.tanh(h[-1] @ W))
    d = h[-1] @ weights[-1] - t
    loss = np.sum(d ** 2) / 2
    grads = []
    for k in (2, 1, 0):
        grads.insert(0, h[k].T @ d)
        if k:
            d = d @ weights[k].T * (1 - h[k] ** 2)
    for W, v, g in zip(weights, velocities, grads):
        v *= 0.9
        v += g
        W -= 0.1 * v
"""
ADAM = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8, 2)
p = {"W": np.random.randn(3, 4), "V": np.random.randn(4, 2)}
m = {k: np.zeros_like(v) for k, v in p.items()}
s = {k: np.zeros_like(v) for k, v in p.items()}
beta, gamma = 0.9, 0.99
for i in range(1, 5):
    h = np.tanh(X @ p["W"])
    d = (h @ p["V"] - t) / len(X)
    loss = 0.5 * np.sum((h @ p["V"] - t) ** 2) / len(X)
    g = {"W": X.T @ (d @ p["V"].T * (1 - h ** 2)), "V": h.T @ d}
    for k in p:
        m[k] = beta * m[k] + (1 - beta) * g[k]
        s[k] = gamma * s[k] + (1 - gamma) * g[k] ** 2
        first = m[k] / (1 - beta ** i)
        second = s[k] / (1 - gamma ** i)
        p[k] -= 0.01 * first / (np.sqrt(second) + 1e-8)
"""
SINGLE = """\
import numpy as np
X, T = np.random.randn(4, 3), np.random.randn(4, 1, 1)
w, b = np.random.randn(1, 3), np.zeros(1)
for i in range(9):
    for x, t in zip(X, T):
        d = np.tanh(w @ x + b) - t
        loss = 0.5 * np.sum(d ** 2)
        e = (d * (1 - np.tanh(w @ x + b) ** 2)).ravel()
        w -= 0.1 * np.outer(e, x)
        b -= 0.1 * e
"""
TWICE = """\
import numpy as np
S, R, N = np.random.randn(9, 3), np.random.randn(9, 1), np.random.randn(9, 3)
W, V = np.random.randn(3, 4), np.random.randn(4, 1)
def forward(x):
    h = np.tanh(x @ W)
    return h, h @ V
for i in range(9):
    h, q = forward(S)
    target = R + 0.9 * forward(N)[1]
    d = q - target
    print(np.sum(d ** 2) / 2)
    e = d @ V.T * (1 - h ** 2)
    V -= 0.01 * h.T @ d
    W -= 0.01 * S.T @ e
"""
AGAIN = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8, 1)
def update(W, X, t):
    return W - 0.1 * X.T @ (X @ W - t)
class Model:
    def __init__(self):
        self.W = np.random.randn(3, 1)
    def step(self, X, t):
        return self.W - 0.1 * X.T @ (X @ self.W - t)
"""
SLOPES = """\
import numpy as np
def bend(z):
    return np.tanh(z)
def slope(z):
    return 1 - np.tanh(z) ** 2
X, T = np.random.randn(8, 3), np.random.randn(8, 2)
W, b = np.random.randn(3, 5), np.zeros(5)
V, c = np.random.randn(5, 2), np.zeros(2)
for i in range(30):
    z = X @ W + b
    h = bend(z)
    d = (h @ V + c - T) / 8
    print(np.sum(d ** 2) * 4)
    e = d @ V.T * slope(z)
    V -= 0.1 * h.T @ d
    c -= 0.1 * d.sum(axis=0)
    W -= 0.1 * X.T @ e
    b -= 0.1 * e.sum(axis=0)
"""
NEURONS = """\
import math
import random
class Unit:
    def __init__(self, n):
        self.w, self.b = [random.gauss(0, 1) for _ in range(n)], random.gauss(0, 1)
    def out(self, x):
        z = self.b
        for w, v in zip(self.w, x):
            z = z + w * v
        self.a = math.tanh(z)
        return self.a
below, top = [Unit(3) for _ in range(2)], Unit(2)
def learn(x, t):
    y = top.out([u.out(x) for u in below])
    top.d = (t - y) * (1 - y ** 2)
    for i, u in enumerate(below):
        u.d = top.d * top.w[i] * (1 - u.a ** 2)
    for i, u in enumerate(below):
        top.w[i] += 0.2 * top.d * u.a
    top.b += 0.2 * top.d
    for u in below:
        for k in range(3):
            u.w[k] += 0.2 * u.d * x[k]
        u.b += 0.2 * u.d
samples = [([0.3, 0.5, -0.2], 0.4), ([-0.7, 0.1, 0.9], -0.6), ([0.2, -0.8, 0.6], 0.1)]
for i in range(9):
    for x, t in samples:
        learn(x, t)
"""
BIASES = """\
import numpy as np
X, T = np.random.randn(40, 3), np.random.rand(40)
W, v = np.random.randn(3, 4), np.random.randn(4)
b, c = np.array([0.0, 0.0, 0.0, 0.0]), np.zeros(1)
seen = np.zeros(40, dtype=int)
for k in range(40):
    h = np.tanh(X[k] @ W + b)
    d = h @ v + c[0] - T[k]
    seen[k] = 100 * d
    e = d * v * (1 - h ** 2)
    v -= 0.1 * d * h
    W -= 0.1 * np.outer(X[k], e)
    for j in range(4):
        b[j] = b[j] - 0.1 * e[j]
    c[0] -= 0.1 * d
"""
SCRIPT = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
X = np.random.randn(7, 3)
Y = np.random.randint(0, 2, (7, 2))
W1, b1 = np.random.randn(3, 4), np.zeros(4)
W2, b2 = np.random.randn(4, 2), np.zeros(2)
v = [0, 0]
for i in range(100):
    a = sigmoid(X @ W1 + b1)
    p = sigmoid(a @ W2 + b2)
    e = p - Y
    d = e @ W2.T * a * (1 - a)
    W2 -= 0.1 * a.T @ e
    b2 -= 0.1 * e.sum(axis=0)
    W1 -= 0.1 * X.T @ d
    b1 -= 0.1 * d.sum(axis=0)
"""
