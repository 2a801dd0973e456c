import numpy as np
from scipy import special


def one_hot(n_classes, y):
    y = np.asarray(y, dtype=int)
    result = np.zeros((y.size, n_classes), dtype=np.float32)
    result[np.arange(y.size), y.ravel()] = 1
    return result.reshape(y.shape + (n_classes,))


def softmax(X):
    return special.softmax(np.asarray(X, dtype=float), axis=-1)


def nll(Y_true, Y_pred):
    # xlogy(0, p) = 0, clip for the rest
    return -special.xlogy(Y_true, np.clip(Y_pred, 1e-12, 1)).sum(axis=-1).mean()


def sigmoid(X):
    return special.expit(X)


def dsigmoid(X):
    return special.expit(X) * special.expit(np.negative(X))


class TwoLayerNet:
    """weights[0]: (H, D), weights[1]: (K, H)"""

    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.standard_normal((hidden_size, input_size)) / np.sqrt(input_size)
        self.b1 = np.zeros(hidden_size)
        self.W2 = np.random.standard_normal((output_size, hidden_size)) / np.sqrt(hidden_size)
        self.b2 = np.zeros(output_size)
        self.K = output_size

    def forward(self, X):
        self.Z1 = np.einsum("nd,hd->nh", X, self.W1) + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = np.einsum("nh,kh->nk", self.A1, self.W2) + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        A2 = self.forward(X)
        N = X.shape[0]
        dZ2 = (A2 - one_hot(self.K, y)) / N
        dZ1 = np.einsum("nk,kh,nh->nh", dZ2, self.W2, dsigmoid(self.Z1))
        return dict(
            W1=np.einsum("nh,nd->hd", dZ1, X),
            b1=np.einsum("nh->h", dZ1),
            W2=np.einsum("nk,nh->kh", dZ2, self.A1),
            b2=np.einsum("nk->k", dZ2),
        )

    def train(self, X, y, learning_rate=0.1):
        X, y = np.atleast_2d(X), np.atleast_1d(y)
        g = self.grad_loss(X, y)
        self.W1 -= learning_rate * g["W1"]
        self.b1 -= learning_rate * g["b1"]
        self.W2 -= learning_rate * g["W2"]
        self.b2 -= learning_rate * g["b2"]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def accuracy(self, X, y):
        return np.equal(self.predict(X), y).mean()
