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
        self.Wh = np.random.uniform(-.1, .1, (input_size, hidden_size)); self.bh = np.random.uniform(-.1, .1, hidden_size)
        self.Wo = np.random.uniform(-.1, .1, (hidden_size, output_size)); self.bo = np.random.uniform(-.1, .1, output_size)
        self.output_size = output_size
    def forward(self, X):
        X = np.atleast_2d(X)
        if X.shape[1] != self.Wh.shape[0]:
            raise ValueError("wrong number of features")
        self.X = X
        self.H = sigmoid(X @ self.Wh + self.bh)
        self.Y = softmax(self.H @ self.Wo + self.bo)
        return self.Y
    def loss(self, X, y):
        return nll(one_hot(self.output_size, np.atleast_1d(y)), self.forward(X)).mean()
    def backward(self, y):
        d = self.Y - one_hot(self.output_size, np.atleast_1d(y))
        self.gWo = self.H.T @ d
        self.gbo = d.sum(0)
        e = d @ self.Wo.T * self.H * (1 - self.H)
        self.gWh = self.X.T @ e
        self.gbh = e.sum(0)
    def train(self, x, y, learning_rate):
        self.forward(x)
        self.backward(y)
        self.Wo -= learning_rate * self.gWo
        self.bo -= learning_rate * self.gbo
        self.Wh -= learning_rate * self.gWh
        self.bh -= learning_rate * self.gbh
    def predict(self, X):
        y = np.argmax(self.forward(X), axis=-1)
        return y[0] if np.ndim(X) == 1 else y
    def accuracy(self, X, y):
        ok = self.predict(X) == y
        return ok.mean()
