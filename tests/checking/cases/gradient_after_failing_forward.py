# remark: one_hot; right: sigmoid, dsigmoid; wrong: NeuralNet.forward; not judged: NeuralNet.grad_loss
import numpy as np

def one_hot(n, y):
    return np.eye(n)[y]

def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

def dsigmoid(z):
    return sigmoid(z) * (1 - sigmoid(z))

class NeuralNet:
    def __init__(self, n_in, n_hid, n_out):
        self.W_h = np.random.uniform(-.1, .1, (n_in, n_hid))
        self.b_h = np.zeros(n_hid)
        self.W_o = np.random.uniform(-.1, .1, (n_hid, n_out))
        self.b_o = np.zeros(n_out)
        self.n_out = n_out

    def hidden(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        return sigmoid(self.Z_h)

    def output(self, H):
        return sigmoid(H @ self.W_o + self.b_o)

    def forward(self, X):
        return self.output(self.hidden(self.hidden(X)))

    def grad_loss(self, X, y):
        t = one_hot(self.n_out, y)
        e = self.forward(X) - t
        e_h = (e @ self.W_o.T) * dsigmoid(self.Z_h)
        return {"W_h": X.T @ e_h, "b_h": e_h.sum(0), "W_o": self.Z_h.T @ e, "b_o": e.sum(0)}
