"""The same of networks with more in them than dense layers, as source text."""

LAYERS = """\
import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
        self.dW, self.db = np.zeros((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW += self.x.T @ d
        self.db += d.sum(axis=0)
        return d @ self.W.T
class Relu:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)
    def backward(self, d):
        return d * (self.x > 0)
net = [Dense(3, 5), Relu(), Dense(5, 2)]
X, Y = np.random.randn(8, 3), np.random.randn(8, 2)
rate = 0.1
for i in range(60):
    out = X
    for layer in net:
        out = layer.forward(out)
    loss = np.mean((out - Y) ** 2)
    d = 2 * (out - Y) / Y.size
    for layer in net[::-1]:
        d = layer.backward(d)
    for layer in net[::2]:
        layer.W -= rate * layer.dW
        layer.b -= rate * layer.db
        layer.dW[:], layer.db[:] = 0, 0
"""
GELU = """\
import math
import numpy as np
erf = np.vectorize(math.erf)
def gelu(z): return 0.5 * z * (1 + erf(z / math.sqrt(2)))
def slope(z):
    return 0.5 * (1 + erf(z / math.sqrt(2))) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
X, t = np.random.randn(4, 2), np.random.randn(4, 1)
V, W = np.random.randn(2, 3), np.random.randn(3, 1)
for i in range(60):
    z = X @ V
    d = gelu(z) @ W - t
    loss = np.sum(d ** 2) / 2
    e = d @ W.T * slope(z)
    W -= 0.1 * gelu(z).T @ d
    V -= 0.1 * X.T @ e
"""
DROPOUT = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8, 2)
W1, W2 = np.random.randn(3, 6), np.random.randn(6, 2)
keep = 0.7
for i in range(60):
    a = np.tanh(X @ W1)
    mask = (np.random.rand(8, 6) < keep) / keep
    h = a * mask
    d = h @ W2 - t
    loss = np.sum(d ** 2) / 2
    e = d @ W2.T * mask
    e = e * (1 - a ** 2)
    W2 -= 0.1 * h.T @ d
    W1 -= 0.1 * X.T @ e
"""
RELU_DROPOUT = """\
import numpy as np
def step(p, X, t):
    z = X.dot(p["W1"]) + p["b1"]
    a = np.maximum(0, z)
    m = np.random.binomial(1, 0.6, size=a.shape)
    a *= m
    a /= 0.6
    out = a.dot(p["W2"]) + p["b2"]
    loss = np.mean((out - t) ** 2)
    d = 2 * (out - t) / t.size
    back = d.dot(p["W2"].T) * (z > 0)
    back = back * m / 0.6
    g = {"W2": a.T.dot(d), "b2": d.sum(0), "W1": X.T.dot(back), "b1": back.sum(0)}
    for k in p:
        p[k] -= 0.1 * g[k]
X, t = np.random.randn(9, 4), np.random.randn(9, 2)
p = {"W1": np.random.randn(4, 6), "b1": np.zeros(6),
     "W2": np.random.randn(6, 2), "b2": np.zeros(2)}
for i in range(60):
    step(p, X, t)
"""
RESIDUAL = """\
import numpy as np
X, t = np.random.randn(8, 4), np.random.randn(8, 2)
V, W, U = np.random.randn(4, 4), np.random.randn(4, 4), np.random.randn(4, 2)
for i in range(60):
    x = np.tanh(X @ V)
    h = np.tanh(x @ W)
    y = x + h
    d = y @ U - t
    print(np.sum(d ** 2) / 2)
    dy = d @ U.T
    dz = dy * (1 - h ** 2)
    dx = dz @ W.T + dy
    dV = X.T @ (dx * (1 - x ** 2))
    U -= 0.1 * y.T @ d
    W -= 0.1 * x.T @ dz
    V -= 0.1 * dV
"""
TIED = """\
import numpy as np
X = np.random.randn(8, 5)
W = np.random.randn(5, 3)
for i in range(60):
    h = np.tanh(X @ W)
    d = h @ W.T - X
    loss = np.sum(d ** 2) / 2
    dW = d.T @ h + X.T @ (d @ W * (1 - h ** 2))
    W -= 0.1 * dW
"""
UNITS = """\
import numpy as np
X, t = np.random.randn(4, 3), np.random.randn(4, 2)
W, V = np.random.randn(3, 3), np.random.randn(3, 2)
for i in range(3):
    gW, gV = np.zeros((3, 3)), np.zeros((3, 2))
    for x, y in zip(X, t):
        h = np.tanh(x @ W)
        d = h @ V - y
        gV += np.outer(h, d)
        e = np.zeros(3)
        for j in range(2):
            e += d[j] * V[:, j]
        gW += np.outer(x, e * (1 - h ** 2))
    W = W - 0.1 * gW
    V = V - 0.1 * gV
"""
ATTENTION = """\
import numpy as np
X, t = np.random.randn(7, 3), np.random.randn(7, 2)
W, V = np.random.randn(3, 4), np.random.randn(4, 2)
for i in range(60):
    s = np.exp(X @ W)
    a = s / s.sum(axis=1, keepdims=True)
    d = a @ V - t
    loss = np.sum(d ** 2) / 2
    g = d @ V.T
    e = a * (g - np.sum(g * a, axis=1, keepdims=True))
    V -= 0.1 * a.T @ d
    W -= 0.1 * X.T @ e
"""
WINDOWS = """\
import numpy as np
class Windows:
    def __init__(self, n, width):
        self.W, self.b = np.random.randn(n, width), np.zeros(n)
    def forward(self, x):
        self.x, k = x, self.W.shape[1]
        return np.stack([self.W @ x[i : i + k] + self.b for i in range(len(x) - k + 1)])
    def backward(self, d):
        dx, dW, k = np.zeros(self.x.shape), np.zeros(self.W.shape), self.W.shape[1]
        for i in range(len(d)):
            dW += np.outer(d[i], self.x[i : i + k])
            dx[i : i + k] += d[i] @ self.W
        self.W -= 0.1 * dW
        self.b -= 0.1 * d.sum(axis=0)
        return dx
first, second = Windows(1, 3), Windows(2, 2)
X, T = np.random.randn(3, 6), np.random.randn(3, 3, 2)
for i in range(1):
    for x, t in zip(X, T):
        h = np.tanh(first.forward(x))
        d = second.forward(h[:, 0]) - t
        loss = np.sum(d ** 2) / 2
        first.backward(second.backward(d)[:, None] * (1 - h ** 2))
"""
RECURRENT = """\
import numpy as np
def gradients(p, xs, t):
    h = [np.zeros(4)]
    for x in xs:
        h.append(np.tanh(p["U"] @ x + p["W"] @ h[-1] + p["b"]))
    d = p["V"] @ h[-1] - t
    loss = np.sum(d ** 2) / 2
    g = {k: np.zeros_like(v) for k, v in p.items()}
    g["V"] += np.outer(d, h[-1])
    dh = p["V"].T @ d
    for k in range(len(xs), 0, -1):
        dz = dh * (1 - h[k] ** 2)
        g["U"] += np.outer(dz, xs[k - 1])
        g["W"] += np.outer(dz, h[k - 1])
        g["b"] += dz
        dh = p["W"].T @ dz
    for k in g:
        np.clip(g[k], -9, 9, out=g[k])
    return g
p = {"U": np.random.randn(4, 2), "W": np.random.randn(4, 4), "b": np.zeros(4),
     "V": np.random.randn(1, 4)}
X, T = np.random.randn(3, 3, 2), np.random.randn(3, 1)
for i in range(1):
    for xs, t in zip(X, T):
        g = gradients(p, xs, t)
        for k in p:
            p[k] -= 0.1 * g[k]
"""
STATES = """\
import numpy as np
def learn(xs, ts, h):
    hs, ys, loss = {-1: h}, {}, 0
    for t in range(len(xs)):
        hs[t] = np.tanh(A @ xs[t] + B @ hs[t - 1] + c)
        ys[t] = D @ hs[t]
        loss += 0.5 * np.sum((ys[t] - ts[t]) ** 2)
    dA, dB, dD, dc = (np.zeros_like(p) for p in (A, B, D, c))
    later = np.zeros_like(h)
    for t in reversed(range(len(xs))):
        dy = ys[t] - ts[t]
        dD += dy @ hs[t].T
        dh = D.T @ dy + later
        dz = (1 - hs[t] ** 2) * dh
        dc += dz
        dA += dz @ xs[t].T
        dB += dz @ hs[t - 1].T
        later = B.T @ dz
    return loss, (dA, dB, dD, dc), hs[len(xs) - 1]
A, B, D = np.random.randn(5, 2), np.random.randn(5, 5) * 0.5, np.random.randn(3, 5)
c, h = np.zeros((5, 1)), np.zeros((5, 1))
squares = [np.zeros_like(p) for p in (A, B, D, c)]
xs = [np.random.randn(2, 1) for _ in range(4)]
ts = [np.random.randn(3, 1) for _ in range(4)]
smooth = 0
for i in range(9):
    loss, grads, h = learn(xs, ts, h)
    smooth = 0.9 * smooth + 0.1 * loss
    for p, g, s in zip((A, B, D, c), grads, squares):
        np.clip(g, -9, 9, out=g)
        s += g * g
        p -= 0.1 * g / np.sqrt(s + 1e-8)
"""
NORMALISED = """\
import numpy as np
X, t = np.random.randn(9, 3), (np.random.rand(9, 1) > 0.5) * 1.0
W, b, V = np.random.randn(3, 4), np.zeros(4), np.random.randn(4, 1)
for i in range(30):
    z = X @ W + b
    spread = 1 / np.sqrt(z.var(axis=0) + 1e-5)
    n = (z - z.mean(axis=0)) * spread
    p = 1 / (1 + np.exp(-np.tanh(n) @ V))
    loss = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    d = (p - t) / len(t)
    e = d @ V.T * (1 - np.tanh(n) ** 2)
    dz = spread / 9 * (9 * e - e.sum(axis=0) - n * (e * n).sum(axis=0))
    V -= 0.2 * np.tanh(n).T @ d
    W -= 0.2 * X.T @ dz
    b -= 0.2 * dz.sum(axis=0)
"""
POOLED = """\
import numpy as np
def pooled(x):
    out = np.zeros((len(x) // 2, x.shape[1]))
    for i in range(len(out)):
        out[i] = x[2 * i : 2 * i + 2].max(axis=0)
    return out
def back(d, x):
    dx = np.zeros(x.shape)
    for i in range(len(d)):
        most = x[2 * i : 2 * i + 2].max(axis=0)
        for j in range(x.shape[1]):
            for k in (2 * i, 2 * i + 1):
                if x[k, j] == most[j]:
                    dx[k, j] = d[i, j]
    return dx
X, t = np.random.randn(12, 3), np.random.randn(6, 2)
W, V = np.random.randn(3, 4), np.random.randn(4, 2)
for i in range(9):
    h = np.tanh(X @ W)
    y = pooled(h)
    d = y @ V - t
    loss = np.sum(d ** 2) / 2
    e = back(d @ V.T, h) * (1 - h ** 2)
    V -= 0.1 * y.T @ d
    W -= 0.1 * X.T @ e
"""
