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
        self.W1 = np.random.randn(hidden_size, input_size) * .1
        self.b1 = np.random.randn(hidden_size, 1) * .1
        self.W2 = np.random.randn(output_size, hidden_size) * .1
        self.b2 = np.random.randn(output_size, 1) * .1
    def forward(self, x):
        x = np.asarray(x).reshape(-1, 1)
        self.z1 = self.W1 @ x + self.b1
        self.a1 = sigmoid(self.z1)
        self.z2 = self.W2 @ self.a1 + self.b2
        return softmax(self.z2.ravel())
    def loss(self, x, y):
        return -np.log(self.forward(x)[y] + 1e-15)
    def grad_loss(self, x, y):
        p = self.forward(x).reshape(-1, 1)
        t = one_hot(len(p), y).reshape(-1, 1)
        d2 = p - t
        d1 = self.W2.T @ d2 * dsigmoid(self.z1)
        x = np.asarray(x).reshape(1, -1)
        return {"W1": d1 @ x, "b1": d1, "W2": d2 @ self.a1.T, "b2": d2}
    def train(self, x, y, lr):
        for k, g in self.grad_loss(x, y).items():
            self.__dict__[k] -= lr * g
    def predict(self, x):
        return int(np.argmax(self.forward(x)))
    def accuracy(self, X, Y):
        hits = 0
        for x, y in zip(X, Y):
            hits += self.predict(x) == y
        return hits / len(X)
