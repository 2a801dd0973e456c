'''
SGD training of a small MLP -- everything in train(), no separate gradient
function for the net.
'''
import numpy as np


def one_hot(n_classes, y):
    y = np.asarray(y, dtype=int)
    return np.eye(n_classes)[y]


def softmax(a):
    a = np.asarray(a, dtype=float)
    b = np.max(a, axis=-1, keepdims=True)
    c = np.exp(a - b)
    return c / np.sum(c, axis=-1, keepdims=True)


def nll(target, prob):
    target = np.asarray(target)
    prob = np.asarray(prob)
    ll = np.sum(target * np.log(np.clip(prob, 1e-15, 1)), axis=-1)
    return -np.mean(ll)


def sigmoid(a):
    return 1 / (1 + np.exp(-np.clip(a, -500, 500)))


def dsigmoid(a):
    return sigmoid(a) * (1 - sigmoid(a))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.K = output_size
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def scores(self, X):
        return X @ self.W + self.b

    def forward(self, X):
        return softmax(self.scores(X))

    def predict(self, X):
        return np.argmax(self.scores(X), axis=-1)

    def loss(self, X, y):
        out = self.forward(X)
        probs = softmax(out)
        return nll(one_hot(self.K, y), probs)

    def grad_loss(self, X, y):
        n = X.shape[0]
        d = self.forward(X)
        d = d - one_hot(self.K, y)
        return X.T @ d / n, d.mean(axis=0)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.K = output_size
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        A1 = sigmoid(X @ self.W1 + self.b1)
        return softmax(A1 @ self.W2 + self.b2)

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def train(self, x, y, learning_rate):
        X = np.atleast_2d(x)
        Y = one_hot(self.K, np.atleast_1d(y))
        n = X.shape[0]

        # forward
        Z1 = X @ self.W1 + self.b1
        A1 = sigmoid(Z1)
        Z2 = A1 @ self.W2 + self.b2
        A2 = softmax(Z2)

        # backward: last layer first
        dZ2 = (A2 - Y) / n
        self.W2 = self.W2 - learning_rate * A1.T @ dZ2
        self.b2 = self.b2 - learning_rate * dZ2.sum(axis=0)

        dZ1 = dZ2 @ self.W2.T * dsigmoid(Z1)
        self.W1 = self.W1 - learning_rate * X.T @ dZ1
        self.b1 = self.b1 - learning_rate * dZ1.sum(axis=0)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))


if __name__ == "__main__":
    rng = np.random.default_rng(1234)
    Xd = rng.normal(size=(200, 6))
    yd = (Xd[:, 0] > 0).astype(int) + (Xd[:, 1] > 0).astype(int)
    net = NeuralNet(6, 12, 3)
    for epoch in range(30):
        order = rng.permutation(len(Xd))
        for i in order:
            net.train(Xd[i], yd[i], 0.5)
    print("acc:", net.accuracy(Xd, yd))
