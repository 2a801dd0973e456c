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
    def __init__(self, input_size, hidden_size, output_size, learning_rate=0.05):
        self.learning_rate = learning_rate
        self.W_h = np.random.uniform(-.1, .1, (input_size, hidden_size))
        self.b_h = np.random.uniform(-.1, .1, hidden_size)
        self.W_o = np.random.uniform(-.1, .1, (hidden_size, output_size))
        self.b_o = np.random.uniform(-.1, .1, output_size)
        self.history = []
        self.output_size = output_size
    def forward(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        self.A_h = sigmoid(self.Z_h)
        self.Z_o = self.A_h @ self.W_o + self.b_o
        self.A_o = softmax(self.Z_o)
        return self.A_o
    def loss(self, X, y_true):
        return nll(one_hot(self.output_size, y_true), self.forward(X))
    def grad_loss(self, X, y_true, y_pred):
        # y_true one-hot, y_pred from forward(X)
        delta = y_pred - y_true
        dh = (delta @ self.W_o.T) * dsigmoid(self.Z_h)
        return X.T @ dh, dh.sum(axis=0), self.A_h.T @ delta, delta.sum(axis=0)
    def train(self, X, y):
        p = self.forward(X)
        gs = self.grad_loss(X, one_hot(self.output_size, y), p)
        self.W_h -= self.learning_rate * gs[0]
        self.b_h -= self.learning_rate * gs[1]
        self.W_o -= self.learning_rate * gs[2]
        self.b_o -= self.learning_rate * gs[3]
        self.history.append(self.loss(X, y))
    def predict(self, X):
        return self.forward(X).argmax(-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
