import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def propagate(w, b, X, Y):
    """X has a column for each picture, Y is a row."""
    m = X.shape[1]
    A = sigmoid(w.T @ X + b)
    cost = -1 / m * np.sum(np.dot(Y.T, np.log(A)) + np.dot((1 - Y).T, np.log(1 - A)))
    dw = X @ (A - Y).T / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost


def optimize(w, b, X, Y, steps, rate):
    costs = []
    for k in range(steps):
        grads, cost = propagate(w, b, X, Y)
        w = w - rate * grads["dw"]
        b = b - rate * grads["db"]
        costs.append(cost)
    return w, b, costs


X = np.random.randn(4, 20)
Y = (X.sum(axis=0, keepdims=True) > 0).astype(float)
w, b, costs = optimize(np.zeros((4, 1)), 0.0, X, Y, 300, 0.1)
print(costs[::100])
