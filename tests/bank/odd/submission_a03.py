import numpy as np
def one_hot(n_classes, y):
    if np.ndim(y) == 0:
        v = [0.0] * n_classes
        v[int(y)] = 1.0
        return np.array(v)
    return np.vstack([one_hot(n_classes, k) for k in y])
def softmax(X):
    X = np.array(X, dtype=np.float64)
    if X.ndim == 1:
        X -= X.max()
        return np.exp(X) / np.exp(X).sum()
    return np.stack([softmax(r) for r in X])
def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    total = 0.0
    for t, p in zip(Y_true, Y_pred):
        for a, b in zip(t, p):
            if a:
                total -= a * np.log(max(b, 1e-15))
    return total / len(Y_true)
def sigmoid(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(-np.abs(X))
    return np.where(X >= 0, 1 / (1 + e), e / (1 + e))
def dsigmoid(X):
    e = np.exp(-np.abs(np.asarray(X)))
    return e / (1 + e) ** 2
class NeuralNet:
    """plain SGD, everything in train"""
    def __init__(self, input_size, hidden_size=12, output_size=10):
        rng = np.random.default_rng(0)
        self.V = rng.normal(size=(hidden_size, input_size)) / np.sqrt(input_size)
        self.v = np.zeros(hidden_size)
        self.U = rng.normal(size=(output_size, hidden_size)) / np.sqrt(hidden_size)
        self.u = np.zeros(output_size)
    def forward(self, X):
        return softmax(sigmoid(X @ self.V.T + self.v) @ self.U.T + self.u)
    def loss(self, X, y):
        return nll(one_hot(len(self.u), y), self.forward(X))
    def train(self, X, y, lr=0.05, epochs=1):
        for _ in range(epochs):
            for x, k in zip(X, y):
                h = sigmoid(self.V @ x + self.v)
                err = softmax(self.U @ h + self.u)
                err[k] -= 1
                back = (self.U.T @ err) * h * (1 - h)
                self.U -= lr * np.outer(err, h)
                self.u -= lr * err
                self.V -= lr * np.outer(back, x)
                self.v -= lr * back
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return sum(int(a == b) for a, b in zip(self.predict(X), y)) / len(y)
