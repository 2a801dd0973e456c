# remark: one_hot; right: dsigmoid; not written: NeuralNet.forward, NeuralNet.loss; not judged: NeuralNet.grad_loss
import numpy as np

def one_hot(n, y):
    return np.eye(n)[y]

def dsigmoid(z):
    s = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
    return s * (1 - s)

class NeuralNet:
    def __init__(self, n_in, n_hid, n_out):
        self.W_h = np.random.uniform(-.1, .1, (n_in, n_hid))
        self.b_h = np.zeros(n_hid)
        self.W_o = np.random.uniform(-.1, .1, (n_hid, n_out))
        self.b_o = np.zeros(n_out)
        self.n_out = n_out

    def hidden(self, X):
        self.Z_h = None  # TODO
        return None  # TODO

    def output(self, H):
        self.Z_o = None  # TODO
        return None  # TODO

    def forward(self, X):
        H = self.hidden(X)
        Y = self.output(H)
        return Y

    def loss(self, X, y):
        y = y.astype(int)
        return None  # TODO

    def grad_loss(self, X, y):
        t = one_hot(self.n_out, y)
        p = self.forward(X)
        e = p - t
        g_Wo = self.Z_h.T @ e
        e_h = (e @ self.W_o.T) * dsigmoid(self.Z_h)
        return {"W_h": X.T @ e_h, "b_h": e_h.sum(0), "W_o": g_Wo, "b_o": e.sum(0)}
