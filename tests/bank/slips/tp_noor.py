import numpy as np


def softmax(X):
    powers = 2.0 ** (X - np.max(X, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    losses = []
    for k in range(np.shape(Y_true)[-1]):
        losses.append(-np.sum(Y_true[..., k] * np.log(Y_pred[..., k] + 1e-15)))
    return np.array(losses)


def dsigmoid(X):
    s = 1 / (1 + np.exp(-X))
    return s * 1 - s


def one_hot(n, y):
    return np.asarray(np.eye(n)[y], precision=8)


class Reseau:
    def __init__(self, entrees, caches, sorties):
        self.W1 = np.random.randn(entrees, caches)
        self.b1 = np.random.randn(caches)
        self.W2 = np.random.randn(caches, sorties)
        self.b2 = np.random.randn(sorties)

    def forward(self, X):
        H = np.tanh(X @ self.W1 + self.b1)
        return softmax(X @ self.W2 + self.b2)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class Inverse:
    def __init__(self, entrees, sorties):
        self.W = np.random.randn(entrees, sorties)
        self.b = np.random.randn(sorties)

    def forward(self, X):
        return softmax(np.matmul(self.W, X) + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class Erreur:
    def __init__(self, entrees, caches, sorties):
        self.W1 = np.random.randn(entrees, caches)
        self.b1 = np.random.randn(caches)
        self.W2 = np.random.randn(caches, sorties)
        self.b2 = np.random.randn(sorties)
        self.sorties = sorties

    def forward(self, X):
        self.H = np.tanh(X @ self.W1 + self.b1)
        return softmax(self.H @ self.W2 + self.b2)

    def loss(self, X, y):
        return -np.sum(np.eye(self.sorties)[y] * np.log(self.forward(X) + 1e-15))

    def grad_loss(self, X, y):
        Y = self.forward(X)
        delta = np.eye(self.sorties)[y] / -Y
        recule = (delta @ self.W2.T) * (1 - self.H**2)
        return {"W1": X.T @ recule, "b1": recule.sum(0), "W2": self.H.T @ delta, "b2": delta.sum(0)}


class Deux:
    def __init__(self, entrees, sorties):
        self.W = np.random.randn(entrees, sorties)
        self.b = np.random.randn(sorties)
        self.sorties = sorties

    def forward(self, X):
        Y = softmax(X @ self.W + self.b)
        return Y, np.log(Y)

    def loss(self, X, y):
        return -np.sum(np.eye(self.sorties)[y] * np.log(self.forward(X) + 1e-15))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class Coupe:
    def __init__(self, entrees, sorties):
        self.W = np.random.randn(entrees, sorties)
        self.b = np.random.randn(sorties)

    def forward(self, X):
        return softmax(X @ self.W + self.b

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
