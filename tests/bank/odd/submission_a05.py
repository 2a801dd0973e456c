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
class NeuralNet:
    __slots__ = ("weights", "biases", "cache", "_sizes")
    def __init__(self, sizes):
        self._sizes = list(sizes)
        self.weights = [np.random.randn(a, b) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(b) * .1 for b in sizes[1:]]
        self.cache = None
    @property
    def depth(self):
        return len(self.weights)
    @property
    def n_classes(self):
        return self._sizes[-1]
    def forward(self, X):
        self.cache = [X]
        for i in range(self.depth):
            a = self.cache[-1] @ self.weights[i] + self.biases[i]
            self.cache.append(np.tanh(a) if i < self.depth - 1 else softmax(a))
        return self.cache[-1]
    def loss(self, X, y):
        return nll(one_hot(self.n_classes, y), self.forward(X))
    def grad_loss(self, X, y):
        self.forward(X)
        delta = self.cache[-1] - one_hot(self.n_classes, y)
        gW, gb = [None] * self.depth, [None] * self.depth
        for i in range(self.depth - 1, -1, -1):
            gW[i] = self.cache[i].T @ delta
            gb[i] = delta.sum(axis=0)
            if i:
                delta = (delta @ self.weights[i].T) * (1 - self.cache[i] ** 2)
        return gW, gb
    def train(self, X, y, lr):
        gW, gb = self.grad_loss(X, y)
        for i in range(self.depth):
            self.weights[i] = self.weights[i] - lr * gW[i]
            self.biases[i] = self.biases[i] - lr * gb[i]
    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
    def accuracy(self, X, y):
        return float((self.predict(X) == y).sum()) / len(y)
