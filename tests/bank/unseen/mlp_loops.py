# MLP without any matrix product. numpy only used to hold the numbers.
import numpy as np
from math import exp, log


def one_hot(n_classes, y):
    def row(k):
        return [1 if c == k else 0 for c in range(n_classes)]
    try:
        return np.array([row(k) for k in y])
    except TypeError:
        return np.array(row(y))


def softmax_row(z):
    biggest = max(z)
    e = [exp(v - biggest) for v in z]
    total = sum(e)
    return [v / total for v in e]


def softmax(X):
    if np.ndim(X) == 1:
        return np.array(softmax_row(X))
    return np.array([softmax_row(row) for row in X])


def nll(Y_true, Y_pred):
    Yt = np.asarray(Y_true).ravel()
    Yp = np.asarray(Y_pred).ravel()
    s, count = 0.0, 0
    for t, p in zip(Yt, Yp):
        s = s - t * log(p + 1e-15)
        count = count + 1
    return s / count      # average


def _sig(v):
    if v < -700:
        return 0.0
    return 1 / (1 + exp(-v))


def sigmoid(X):
    X = np.asarray(X, dtype=float)
    out = [_sig(v) for v in X.ravel()]
    return np.array(out).reshape(X.shape)


def dsigmoid(X):
    X = np.asarray(X, dtype=float)
    out = [_sig(v) * (1 - _sig(v)) for v in X.ravel()]
    return np.array(out).reshape(X.shape)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        P = []
        for x in X:
            z = list(self.b)
            for k in range(len(z)):
                for i in range(len(x)):
                    z[k] += x[i] * self.W[i, k]
            P.append(softmax_row(z))
        return np.array(P)

    def predict(self, X):
        return np.array([list(p).index(max(p)) for p in self.forward(X)])

    def loss(self, X, y):
        total = 0.0
        P = self.forward(X)
        for n in range(len(y)):
            total -= log(max(P[n, y[n]], 1e-15))
        return total / len(y)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.n_in, self.n_hid, self.n_out = input_size, hidden_size, output_size
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, output_size)

    def hidden(self, x):
        h = []
        for j in range(self.n_hid):
            s = self.b1[j]
            for i in range(self.n_in):
                s += x[i] * self.W1[i, j]
            h.append(_sig(s))
        return h

    def output(self, h):
        z = []
        for k in range(self.n_out):
            s = self.b2[k]
            for j in range(self.n_hid):
                s += h[j] * self.W2[j, k]
            z.append(s)
        return softmax_row(z)

    def forward(self, X):
        return np.array([self.output(self.hidden(x)) for x in X])

    def loss(self, X, y):
        total = 0.0
        for x, c in zip(X, y):
            total -= log(max(self.output(self.hidden(x))[c], 1e-15))
        return total

    def grad_loss(self, X, y):
        dW1, db1 = np.zeros(self.W1.shape), np.zeros(self.b1.shape)
        dW2, db2 = np.zeros(self.W2.shape), np.zeros(self.b2.shape)
        for x, c in zip(X, y):
            h = self.hidden(x)
            p = self.output(h)
            e = [p[k] - (k == c) for k in range(self.n_out)]
            for k in range(self.n_out):
                db2[k] = e[k]
                for j in range(self.n_hid):
                    dW2[j, k] += e[k] * h[j]
            for j in range(self.n_hid):
                back = sum(e[k] * self.W2[j, k] for k in range(self.n_out))
                back = back * h[j] * (1 - h[j])
                db1[j] = back
                for i in range(self.n_in):
                    dW1[i, j] += back * x[i]
        return dW1, db1, dW2, db2

    def train(self, x, y, learning_rate):
        dW1, db1, dW2, db2 = self.grad_loss([x], [y])
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, X):
        return [int(np.argmax(p)) for p in self.forward(X)]

    def accuracy(self, X, y):
        ok = 0
        for guess, truth in zip(self.predict(X), y):
            ok += guess == truth
        return ok


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    d = load_digits()
    X, y = d.data / 16, d.target
    net = NeuralNet(64, 6, 10)
    for n in range(300):
        net.train(X[n], y[n], 0.1)
    print(net.accuracy(X[1700:], y[1700:]), "right out of", len(y[1700:]))
