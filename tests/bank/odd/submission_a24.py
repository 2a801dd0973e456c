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
        self.P = {k: np.random.uniform(-.1, .1, s) for k, s in
                  {"W_h": (input_size, hidden_size), "b_h": hidden_size, "W_o": (hidden_size, output_size), "b_o": output_size}.items()}
    def forward(self, X):
        return softmax(sigmoid(X @ self.P["W_h"] + self.P["b_h"]) @ self.P["W_o"] + self.P["b_o"])
    def loss(self, X, y):
        return nll(one_hot(self.P["b_o"].size, y), self.forward(X))
    def grad_loss(self, X, y, eps=1e-5):
        G = {}
        for k, p in self.P.items():
            G[k] = np.empty_like(p)
            for i in np.ndindex(*p.shape):
                old = p[i]
                p[i] = old + eps; up = self.loss(X, y)
                p[i] = old - eps; down = self.loss(X, y)
                p[i] = old
                G[k][i] = (up - down) / (2 * eps)
        return G
    def train(self, x, y, learning_rate):
        G = self.grad_loss(x, y)
        self.P = {k: self.P[k] - learning_rate * G[k] for k in G}
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
