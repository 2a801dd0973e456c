"""MLP from scratch, column-vector convention as in the lecture (W is n_out x n_in)."""
import numpy as np
from scipy.special import expit, logsumexp, log_softmax


def one_hot(n_classes, y):
    y = np.asarray(y)
    out = np.zeros(y.shape + (n_classes,))
    np.put_along_axis(out, np.expand_dims(y, -1), 1.0, axis=-1)
    return out


def softmax(X):
    return np.exp(log_softmax(np.asarray(X, dtype=np.float64), axis=-1))


def nll(Y_true, Y_pred):
    per_sample = -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-12, None)), axis=-1)
    return np.mean(per_sample)


def sigmoid(X):
    return expit(X)


def dsigmoid(X):
    return expit(X) * expit(np.negative(X))  # 1 - s(x) = s(-x)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.randn(output_size, input_size) * 0.05
        self.b = np.zeros((output_size, 1))

    def logits(self, X):
        return (self.W @ X.T + self.b).T

    def forward(self, X):
        return softmax(self.logits(X))

    def predict(self, X):
        return np.argmax(self.logits(X), axis=-1)

    def loss(self, X, y):
        Z = self.logits(X)
        return np.mean(logsumexp(Z, axis=1) - Z[np.arange(len(y)), y])

    def grad_loss(self, X, y_true, y_pred):
        delta = (y_pred - y_true).T / X.shape[0]
        return delta @ X, delta.sum(axis=1, keepdims=True)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.randn(hidden_size, input_size) / np.sqrt(input_size)
        self.b1 = np.zeros((hidden_size, 1))
        self.W2 = np.random.randn(output_size, hidden_size) / np.sqrt(hidden_size)
        self.b2 = np.zeros((output_size, 1))

    def _forward(self, X):
        A0 = X.T                        # features x samples
        Z1 = self.W1 @ A0 + self.b1
        A1 = sigmoid(Z1)
        Z2 = self.W2 @ A1 + self.b2
        return A0, Z1, A1, Z2

    def forward(self, X):
        return softmax(self._forward(X)[-1].T)

    def loss(self, X, y):
        Z2 = self._forward(X)[-1]
        logp = Z2 - logsumexp(Z2, axis=0, keepdims=True)
        return -np.mean(logp[y, np.arange(X.shape[0])])

    def grad_loss(self, X, y):
        m = X.shape[0]
        A0, Z1, A1, Z2 = self._forward(X)
        dZ2 = softmax(Z2.T).T
        dZ2[y, np.arange(m)] -= 1
        dW2 = dZ2 @ A1.T / m
        db2 = dZ2.sum(axis=1, keepdims=True) / m
        dZ1 = (self.W2.T @ dZ2) * dsigmoid(Z1)
        dW1 = dZ1 @ A0.T / m
        db1 = dZ1.sum(axis=1, keepdims=True) / m
        return dW1, db1, dW2, db2

    def train(self, X, y, learning_rate):
        dW1, db1, dW2, db2 = self.grad_loss(X, y)
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean()) / X.std()
    idx = np.random.default_rng(0).permutation(len(y))
    tr, te = idx[:1500], idx[1500:]
    net = NeuralNet(64, 32, 10)
    for epoch in range(60):
        for s in range(0, 1500, 50):
            b = tr[s:s + 50]
            net.train(X[b], y[b], 0.8)
        if epoch % 10 == 9:
            print(epoch + 1, net.loss(X[tr], y[tr]), net.accuracy(X[te], y[te]))
