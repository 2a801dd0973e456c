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
        self.W_h = np.random.uniform(-.1, .1, (input_size, hidden_size))
        self.b_h = np.random.uniform(-.1, .1, (1, hidden_size))
        self.W_o = np.random.uniform(-.1, .1, (hidden_size, output_size))
        self.b_o = np.random.uniform(-.1, .1, (1, output_size))
        self.output_size = output_size
    def forward_hidden(self, X):
        self.Z_h = np.dot(X, self.W_h) + self.b_h
        return sigmoid(self.Z_h)
    def forward_output(self, H):
        self.Z_o = np.dot(H, self.W_o) + self.b_o
        return softmax(self.Z_o)
    def forward(self, X):
        self.H = self.forward_hidden(X)
        self.P = self.forward_output(self.H)
        return self.P
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y):
        # call forward(X) first!
        E_o = self.P - one_hot(self.output_size, y)
        E_h = E_o.dot(self.W_o.T) * dsigmoid(self.Z_h)
        return {"W_h": X.T.dot(E_h), "b_h": E_h.sum(0, keepdims=True),
                "W_o": self.H.T.dot(E_o), "b_o": E_o.sum(0, keepdims=True)}
    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x); y = np.atleast_1d(y)
        self.forward(x)
        g = self.grad_loss(x, y)
        self.W_h -= learning_rate * g["W_h"]; self.b_h -= learning_rate * g["b_h"]
        self.W_o -= learning_rate * g["W_o"]; self.b_o -= learning_rate * g["b_o"]
    def predict(self, X):
        return self.forward(X).argmax(axis=1)
    def accuracy(self, X, y):
        return (self.predict(X) == y).sum() / y.size
