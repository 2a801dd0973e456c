import numpy as np
def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]
def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
def nll(Y_true, Y_pred):
    return -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-15, 1 - 1e-15)))
def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))
def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)
class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-.1, .1, (input_size, output_size))
        self.b = np.random.uniform(-.1, .1, output_size)
        self.output_size = output_size
    def forward(self, X):
        return softmax(X @ self.W + self.b)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), np.sum(y_pred - y_true, axis=0)
from types import SimpleNamespace as NS
class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size, momentum=0.9):
        r = lambda *s: np.random.uniform(-.1, .1, size=s)
        self.params = NS(hidden=NS(W=r(input_size, hidden_size), b=r(hidden_size)), out=NS(W=r(hidden_size, output_size), b=r(output_size)))
        self.momentum = momentum
        self.velocity = {}
        self.output_size = output_size
    def forward(self, X, keep_activations=False):
        z = X @ self.params.hidden.W + self.params.hidden.b
        h = sigmoid(z)
        y = softmax(h @ self.params.out.W + self.params.out.b)
        return (y, h, z) if keep_activations else y
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X)) / np.shape(X)[0]
    def grad_loss(self, X, y):
        p, h, z = self.forward(X, keep_activations=True)
        d = (p - one_hot(self.output_size, y)) / len(X)
        dz = np.dot(d, self.params.out.W.T) * dsigmoid(z)
        return {"hidden": {"W": np.dot(X.T, dz), "b": dz.sum(0)}, "out": {"W": h.T.dot(d), "b": d.sum(0)}}
    def train(self, x, y, learning_rate):
        for layer, gs in self.grad_loss(x, y).items():
            for name, g in gs.items():
                v = self.velocity.get((layer, name), 0) * self.momentum - learning_rate * g
                self.velocity[layer, name] = v
                target = getattr(self.params, layer)
                setattr(target, name, getattr(target, name) + v)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))
