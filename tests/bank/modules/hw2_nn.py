# HW2 -- neural net, weights are (out, in) like in pytorch
import numpy as np

EPS = 1e-10


def one_hot(n_classes, y):
    y = np.asarray(y).astype(int)
    return (np.arange(n_classes) == y[..., None]).astype(float)


def softmax(X):
    X = np.array(X, dtype=np.float64)
    shifted = X - np.max(X, axis=-1, keepdims=True)
    num = np.exp(shifted)
    den = np.sum(num, axis=-1, keepdims=True)
    return num / den


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.asarray(Y_true), np.asarray(Y_pred)
    per_sample = -np.sum(Y_true * np.log(np.clip(Y_pred, EPS, 1.0)), axis=-1)
    return np.mean(per_sample)


def sigmoid(X):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(X)))


def dsigmoid(X):
    X = np.asarray(X)
    return X - X ** 2


class LogisticRegression(object):
    def __init__(self, input_size, output_size):
        self.k = output_size
        self.W = np.random.uniform(-.1, .1, size=(output_size, input_size))
        self.b = np.random.uniform(-.1, .1, size=output_size)

    def forward(self, X):
        return softmax(np.dot(X, self.W.T) + self.b)

    def loss(self, X, y):
        return nll(one_hot(self.k, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        n = len(X)
        diff = (y_pred - y_true) / n
        return np.dot(diff.T, X), diff.sum(axis=0)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)


class NeuralNet(object):
    def __init__(self, input_size, hidden_size, output_size):
        rng = np.random.default_rng(0)
        self.W1 = rng.normal(0, 0.1, (hidden_size, input_size))
        self.b1 = np.zeros(hidden_size)
        self.W2 = rng.normal(0, 0.1, (output_size, hidden_size))
        self.b2 = np.zeros(output_size)
        self.k = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        p = self.forward(X)
        return nll(one_hot(self.k, y), p)

    def grad_loss(self, X, y):
        n = X.shape[0]
        self.forward(X)
        delta2 = (self.A2 - one_hot(self.k, y)) / n            # (N, K)
        delta1 = np.dot(delta2, self.W2) * dsigmoid(self.Z1)   # (N, H)
        return {
            "W1": delta1.T @ X,
            "b1": delta1.sum(axis=0),
            "W2": delta2.T @ self.A1,
            "b2": delta2.sum(axis=0),
        }

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for name in g:
            setattr(self, name, getattr(self, name) - learning_rate * g[name])

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        good = np.sum(self.predict(X) == y)
        return 100.0 * good / len(y)


def main():
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean(0)) / (X.std(0) + 1e-8)
    net = NeuralNet(64, 40, 10)
    for ep in range(5):
        for xi, yi in zip(X, y):
            net.train(xi, yi, 0.1)
        print("epoch %d: %.1f %%" % (ep, net.accuracy(X, y)))


if __name__ == "__main__":
    main()
