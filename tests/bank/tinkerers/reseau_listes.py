# TP 2 : réseau générique avec listes de poids
import numpy as np
from functools import reduce


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.array(y).astype(int)]


def softmax(X):
    e = np.exp(X)
    return e / np.sum(e, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(np.array(Y_true) * np.log(Y_pred))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        return np.dot(X.T, y_pred - y_true), np.sum(y_pred - y_true, axis=0)


class NeuralNet:
    def __init__(self, layer_sizes):
        self.layer_sizes = layer_sizes
        paires = list(zip(layer_sizes[:-1], layer_sizes[1:]))
        self.weights = [np.random.uniform(-0.1, 0.1, p) for p in paires]
        self.biases = [np.random.uniform(-0.1, 0.1, p[1]) for p in paires]
        self.nb_couches = len(paires)

    def forward(self, X):
        cachees = zip(self.weights[:-1], self.biases[:-1])
        h = reduce(lambda a, wb: sigmoid(a @ wb[0] + wb[1]), cachees, X)
        return softmax(h @ self.weights[-1] + self.biases[-1])

    def _toutes_les_activations(self, X):
        activations = [X]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            activations.append(sigmoid(activations[-1] @ W + b))
        return activations

    def loss(self, X, y):
        return nll(one_hot(self.layer_sizes[-1], y), self.forward(X))

    def grad_loss(self, X, y):
        activations = self._toutes_les_activations(X)
        erreur = self.forward(X) - one_hot(self.layer_sizes[-1], y)
        gW = [None] * self.nb_couches
        gb = [None] * self.nb_couches
        for c in range(self.nb_couches - 1, -1, -1):
            gW[c] = activations[c].T @ erreur
            gb[c] = erreur       # dérivée de z par rapport à b = 1
            if c > 0:
                a = activations[c]
                erreur = (erreur @ self.weights[c].T) * a * (1 - a)
        return gW, gb

    def train(self, x, y, learning_rate):
        if x.ndim == 1:
            x = x.reshape(1, -1)
        gW, gb = self.grad_loss(x, y)
        for c in range(self.nb_couches):
            self.weights[c] = self.weights[c] - learning_rate * gW[c]
            self.biases[c] = self.biases[c] - learning_rate * gb[c]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        # nombre de bonnes réponses
        return sum(1 for p, vrai in zip(self.predict(X), y) if p == vrai)


if __name__ == '__main__':
    from sklearn.datasets import load_digits
    digits = load_digits()
    X, y = digits.data / 16, digits.target
    net = NeuralNet([64, 30, 10])
    for ep in range(10):
        for i in range(1500):
            net.train(X[i], y[i], 0.1)
        print(ep, net.accuracy(X[1500:], y[1500:]), "/", len(y[1500:]))
