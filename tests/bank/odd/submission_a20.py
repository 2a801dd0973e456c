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
    def __init__(self, input_size, hidden_size, output_size):
        u = np.random.uniform
        self.Wih, self.bh, self.Who, self.bo = u(-.1, .1, (input_size, hidden_size)), u(-.1, .1, hidden_size), u(-.1, .1, (hidden_size, output_size)), u(-.1, .1, output_size)
    def forward(self, x):
        return softmax(sigmoid(x @ self.Wih + self.bh) @ self.Who + self.bo)
    def loss(self, X, y):
        return nll(one_hot(self.bo.size, y), self.forward(X)) / max(1, np.size(y))
    def grad_loss(self, x, y):
        assert x.ndim == 1, "one sample at a time"
        h = sigmoid(x @ self.Wih + self.bh)
        d = softmax(h @ self.Who + self.bo)
        d[y] -= 1.
        e = (self.Who @ d) * h * (1 - h)
        return x[:, None] * e, e, h[:, None] * d, d
    def train(self, X, y, learning_rate=.01, epochs=1):
        hist = []
        for ep in range(epochs):
            for i in range(len(X)):
                a, b, c, d = self.grad_loss(X[i], y[i])
                self.Wih -= learning_rate * a
                self.bh -= learning_rate * b
                self.Who -= learning_rate * c
                self.bo -= learning_rate * d
            hist.append((self.loss(X, y), self.accuracy(X, y)))
        return hist
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
