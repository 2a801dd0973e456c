# TP2 - Hugo
# une petite classe Layer, comme ça je peux empiler ce que je veux
import numpy as np
from scipy.special import expit, logsumexp


def one_hot(n_classes, y):
    y = np.array(y, dtype=int)
    out = np.zeros(y.shape + (n_classes,))
    np.put_along_axis(out, y[..., np.newaxis], 1.0, axis=-1)
    return out


def softmax(X):
    return np.exp(X - logsumexp(X, axis=-1, keepdims=True))


def nll(Y_true, Y_pred):
    """moyenne sur les exemples (pas sur les classes)"""
    logp = np.log(np.clip(Y_pred, 1e-15, 1 - 1e-15))
    return np.mean(-np.sum(Y_true * logp, axis=-1))


def sigmoid(X):
    return expit(X)


def dsigmoid(X):
    return expit(X) * expit(np.negative(X))   # 1 - s(x) = s(-x)


class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.uniform(-0.1, 0.1, (n_in, n_out))
        self.b = np.random.uniform(-0.1, 0.1, n_out)

    def __call__(self, A):
        self.A = A
        self.Z = A @ self.W + self.b
        return self.Z


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.layer = Layer(input_size, output_size)
        self.n = output_size

    def forward(self, X):
        return softmax(self.layer(X))

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.n, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        delta = (y_pred - y_true) / len(X)
        return X.T.dot(delta), delta.sum(axis=0)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.layers = [Layer(input_size, hidden_size), Layer(hidden_size, output_size)]
        self.output_size = output_size

    def _logits(self, X):
        cachee, sortie = self.layers
        self.H = sigmoid(cachee(X))
        return sortie(self.H)

    def forward(self, X):
        return softmax(self._logits(X))

    def loss(self, X, y):
        # log-softmax directement, plus stable que log(softmax)
        Z = self._logits(X)
        logp = Z - logsumexp(Z, axis=1, keepdims=True)
        return -logp[np.arange(len(X)), np.asarray(y, dtype=int)].mean()

    def grad_loss(self, X, y):
        P = self.forward(X)
        cachee, sortie = self.layers
        d_o = (P - one_hot(self.output_size, y)) / len(X)
        d_h = d_o @ sortie.W.T * self.H * (1 - self.H)
        return [(X.T @ d_h, d_h.sum(0)), (self.H.T @ d_o, d_o.sum(0))]

    def train(self, x, y, learning_rate):
        if x.ndim == 1:
            x = x[None, :]
        grads = self.grad_loss(x, np.reshape(y, -1))
        for layer, (dW, db) in zip(self.layers, grads):
            layer.W = layer.W - learning_rate * dW
            layer.b = layer.b - learning_rate * db

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        bons = self.predict(X) == np.asarray(y)
        return bons.sum() / len(bons)


def main():
    from sklearn.datasets import load_digits
    d = load_digits()
    p = np.random.RandomState(37).permutation(1797)
    test, tr = p[:270], p[270:]
    X, y = d.data / 16.0, d.target
    net = NeuralNet(64, 32, 10)
    for epoch in range(15):
        for i in tr:
            net.train(X[i], y[i], 0.1)
        print("époque", epoch, net.loss(X[tr], y[tr]), net.accuracy(X[test], y[test]))


if __name__ == "__main__":
    main()
