import numpy as np

KEEP = 0.7


def softmax_rows(s):
    s = np.exp(s - s.max(axis=1, keepdims=True))
    return s / s.sum(axis=1, keepdims=True)


def train(X, T, hidden=10, rounds=200, lr=0.05):
    V = np.random.randn(X.shape[1], hidden) * 0.3
    c = np.zeros(hidden)
    U = np.random.randn(hidden, T.shape[1]) * 0.3
    d = np.zeros(T.shape[1])
    for r in range(rounds):
        a = np.tanh(X @ V + c)
        mask = (np.random.rand(*a.shape) < KEEP) / KEEP
        dropped = a * mask
        P = softmax_rows(dropped @ U + d)
        nll = -np.sum(T * np.log(P)) / len(X)
        gs = (P - T) / len(X)
        gU, gd = dropped.T @ gs, gs.sum(axis=0)
        ga = gs @ U.T
        gz = ga * (1 - a * a)
        gV, gc = X.T @ gz, gz.sum(axis=0)
        for theta, g in ((V, gV), (c, gc), (U, gU), (d, gd)):
            theta -= lr * g
    return V, c, U, d


data = np.random.randn(30, 5)
labels = np.random.randint(0, 3, 30)
train(data, np.eye(3)[labels])
