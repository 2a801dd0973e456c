# remark: sigmoid; right: softmax, NeuralNet.forward, NeuralNet.loss, NeuralNet.grad_loss, NeuralNet.train
import numpy as np

def softmax(X):
    e = np.exp(X - X.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

class NeuralNet:
    def __init__(self, n_in, n_hid, n_out):
        rng = np.random.default_rng(0)
        self.W_h = rng.normal(0, 0.1, (n_in, n_hid))
        self.b_h = np.zeros(n_hid)
        self.W_o = rng.normal(0, 0.1, (n_hid, n_out))
        self.b_o = np.zeros(n_out)

    def forward(self, X):
        self.h = sigmoid(X @ self.W_h + self.b_h)
        return softmax(self.h @ self.W_o + self.b_o)

    def loss(self, X, y):
        p = self.forward(X)
        return -np.sum(np.log(p[np.arange(len(y)), y])) + 0.05 * (np.sum(self.W_h**2) + np.sum(self.W_o**2))

    def grad_loss(self, X, y):
        p = self.forward(X)
        p[np.arange(len(y)), y] -= 1
        dz = p @ self.W_o.T * self.h * (1 - self.h)
        return {"W_h": X.T @ dz + 0.1 * self.W_h, "b_h": dz.sum(0), "W_o": self.h.T @ p + 0.1 * self.W_o, "b_o": p.sum(0)}

    def train(self, X, y, lr):
        grads = self.grad_loss(X, y)
        self.W_h -= lr * grads["W_h"]
        self.b_h -= lr * grads["b_h"]
        self.W_o -= lr * grads["W_o"]
        self.b_o -= lr * grads["b_o"]
