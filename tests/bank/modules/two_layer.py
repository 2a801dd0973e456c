"""Two layer fully-connected net (names as in cs231n assignment 1)."""
import numpy as np


def one_hot(n_classes, y):
    y = np.asarray(y, dtype=np.int64)
    out = np.zeros(y.shape + (n_classes,))
    np.put_along_axis(out, y[..., None], 1.0, axis=-1)
    return out


def softmax(scores):
    scores = np.asarray(scores)
    exp_scores = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return exp_scores / np.sum(exp_scores, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    logp = np.log(np.maximum(Y_pred, 1e-15))
    num_train = 1 if Y_true.ndim == 1 else Y_true.shape[0]
    return -np.sum(Y_true * logp) / num_train


def sigmoid(x):
    x = np.asarray(x, dtype=float)
    t = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + t), t / (1 + t))


def dsigmoid(x):
    return sigmoid(x) * sigmoid(-np.asarray(x))


class TwoLayerNet(object):
    """
    A two-layer net. input - FC - sigmoid - FC - softmax

    W1: (D, H), b1: (H,), W2: (H, C), b2: (C,)
    """

    def __init__(self, input_size, hidden_size, output_size, std=1e-1):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)
        self.C = output_size

    def forward(self, X):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        hidden = sigmoid(X.dot(W1) + b1)
        return softmax(hidden.dot(W2) + b2)

    def loss(self, X, y):
        probs = self.forward(X)
        return nll(one_hot(self.C, y), probs)

    def grad_loss(self, X, y):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        hidden = sigmoid(X.dot(W1) + b1)
        probs = softmax(hidden.dot(W2) + b2)

        dscores = probs.copy()
        dscores[np.arange(X.shape[0]), y] -= 1
        grads = {}
        grads['dW2'] = hidden.T.dot(dscores)
        grads['db2'] = np.sum(dscores, axis=0)
        dhidden = dscores.dot(W2.T)
        # dhidden[hidden <= 0] = 0     # this was for relu
        grads['dW1'] = X.T.dot(dhidden)
        grads['db1'] = np.sum(dhidden, axis=0)
        return grads

    def train(self, X, y, learning_rate=1e-3):
        X = np.atleast_2d(X)
        y = np.atleast_1d(y)
        grads = self.grad_loss(X, y)
        for p in self.params:
            self.params[p] -= learning_rate * grads['d' + p]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return (self.predict(X) == y).mean()
