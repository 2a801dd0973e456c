# right: sigmoid, softmax, Net.forward; remark: Net.loss; wrong: Net.grad_loss, Net.train
# Net.grad_loss says: a parameter has no gradient (in `grad_W2`, `grad_b2`)
# Net.grad_loss says: the gradient of the weights takes the values of another layer (in `grad_W3`)
# Net.train says: a parameter is never updated (in `W2`, `b2`)
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1, self.b1 = 0.1 * np.random.randn(n_in, n_hid), np.zeros(n_hid)
        self.W2, self.b2 = 0.1 * np.random.randn(n_hid, n_hid), np.zeros(n_hid)
        self.W3, self.b3 = 0.1 * np.random.randn(n_hid, n_out), np.zeros(n_out)

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = sigmoid(self.z1)
        self.a2 = sigmoid(self.a1 @ self.W2 + self.b2)
        return softmax(self.a2 @ self.W3 + self.b3)

    def loss(self, X, y):
        return -np.sum(np.log(np.clip(self.forward(X), 1e-12, 1)[np.arange(len(y)), y]))

    def grad_loss(self, X, y):
        d = self.forward(X) - np.eye(len(self.b3))[y]
        e = d @ self.W3.T * self.a1 * (1 - self.a1)
        return {"W1": X.T @ e, "b1": e.sum(axis=0), "W3": self.z1.T @ d, "b3": d.sum(axis=0)}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x[None, :], np.array([y]))
        for name in ("W1", "b1", "W3", "b3"):
            setattr(self, name, getattr(self, name) - learning_rate * g[name])
