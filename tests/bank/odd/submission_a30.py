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
    act = staticmethod(sigmoid)
    dact = staticmethod(dsigmoid)
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-.1, .1, (input_size, hidden_size)); self.b_h = np.random.uniform(-.1, .1, hidden_size)
        self.W_o = np.random.uniform(-.1, .1, (hidden_size, output_size)); self.b_o = np.random.uniform(-.1, .1, output_size)
    def forward(self, X):
        self.Z = X @ self.W_h + self.b_h
        return softmax(self.act(self.Z) @ self.W_o + self.b_o)
    def loss(self, X, Y):
        """Y: one-hot"""
        return nll(Y, self.forward(X))
    def grad_loss(self, X, Y):
        """Y: one-hot"""
        d = self.forward(X) - Y
        e = d @ self.W_o.T * self.dact(self.Z)
        return {"W_h": X.T @ e, "b_h": e.sum(0), "W_o": self.act(self.Z).T @ d, "b_o": d.sum(0)}
    def train(self, X, Y, learning_rate):
        for k, g in self.grad_loss(X, Y).items():
            setattr(self, k, getattr(self, k) - learning_rate * g)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, Y):
        return np.mean(self.predict(X) == np.argmax(Y, axis=1))
