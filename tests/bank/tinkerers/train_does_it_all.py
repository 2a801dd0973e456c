# Homework 2. train() does forward, backward and update in one go (I find that easier to read),
# grad_loss is there too, for the gradient norm plot.
import numpy as np


class Funcs:
    """old class, not used anymore"""
    @staticmethod
    def step(x):
        return (x > 0).astype(int)


def one_hot(n_classes, y):
    table = np.diag(np.ones(n_classes))
    return np.take(table, np.asarray(y, dtype=int), axis=0)


def softmax(X):
    X = np.asarray(X, dtype=float)
    top = np.exp(X - X.max(axis=-1, keepdims=True))
    return np.divide(top, top.sum(axis=-1, keepdims=True))


def nll(Y_true, Y_pred):
    P = np.where(np.asarray(Y_pred) < 1e-14, 1e-14, Y_pred)
    return -np.vdot(Y_true, np.log(P))


def sigmoid(X):
    return np.tanh(np.asarray(X) / 2) / 2 + 0.5


def dsigmoid(X):
    t = np.tanh(np.asarray(X) / 2)
    return (1 - t * t) / 4


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.params = [np.random.uniform(-.1, .1, (input_size, output_size)),
                       np.random.uniform(-.1, .1, output_size)]

    def forward(self, X):
        W, b = self.params
        return softmax(np.matmul(X, W) + b)

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def loss(self, X, y):
        K = self.params[1].size
        return nll(one_hot(K, y), self.forward(X))

    def grad_loss(self, X, y):
        delta = self.forward(X) - one_hot(self.params[1].size, y)
        return [np.tensordot(X, delta, axes=(0, 0)), delta.sum(0)]

    def train(self, X, y, learning_rate):
        self.params = [p - learning_rate * g for p, g in zip(self.params, self.grad_loss(X, y))]

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size, momentum=0.0, seed=123):
        np.random.seed(seed)
        scale = 1 / np.sqrt(input_size)
        self.W1 = np.random.randn(input_size, hidden_size) * scale
        self.b1 = np.random.randn(hidden_size) * scale
        self.W2 = np.random.randn(hidden_size, output_size) * scale
        self.b2 = np.random.randn(output_size) * scale
        self.momentum = momentum
        self.v = [0, 0, 0, 0]
        self.steps = 0
        self.n_out = output_size

    def forward(self, X):
        self.a1 = sigmoid(X @ self.W1 + self.b1)
        return softmax(self.a1 @ self.W2 + self.b2)

    def __call__(self, X):
        return self.forward(X)

    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), self(X))

    def grad_loss(self, X, y):
        d2 = self(X) - one_hot(self.n_out, y)
        d1 = d2 @ self.W2.T * self.a1 * (1 - self.a1)
        return X.T @ d1, d1.sum(0), self.a1.T @ d2, d2.sum(0)

    def train(self, x, y, learning_rate):
        """one sample: x is a vector, y a label"""
        a1 = sigmoid(x @ self.W1 + self.b1)
        p = softmax(a1 @ self.W2 + self.b2)
        d2 = p.copy()
        d2[y] -= 1.0
        d1 = (self.W2 @ d2) * a1 * (1 - a1)     # before W2 changes!
        grads = [np.outer(x, d1), d1, np.outer(a1, d2), d2]
        self.v = [self.momentum * v + g for v, g in zip(self.v, grads)]
        self.W1 -= learning_rate * self.v[0]
        self.b1 -= learning_rate * self.v[1]
        self.W2 -= learning_rate * self.v[2]
        self.b2 -= learning_rate * self.v[3]
        self.steps += 1

    def predict(self, X):
        return self(X).argmax(-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


def run(hidden, lr):
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - 4.88) / 6.0
    perm = np.random.RandomState(37).permutation(len(X))
    te, tr = perm[:270], perm[270:]
    net = NeuralNet(64, hidden, 10, momentum=0.5)
    norms = []
    for epoch in range(15):
        for i in tr:
            net.train(X[i], y[i], lr)
        norms.append(np.sqrt(sum((g ** 2).sum() for g in net.grad_loss(X[tr], y[tr]))))
    return net.accuracy(X[te], y[te]), norms


if __name__ == "__main__":
    for hidden in (10, 32, 64):
        print(hidden, run(hidden, 0.05))
