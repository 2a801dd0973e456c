# right: softmax, Net.forward; wrong: Net.loss
# Net.loss says: There is a `Y_hat` outside of the function
# Net.loss at: return -np.sum(T * np.log(Y_hat))
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


Y_hat = np.array([[0.2, 0.5, 0.3]])


class Net:
    def __init__(self, n_in, n_out):
        self.W = 0.1 * np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        T = np.eye(len(self.b))[y]
        y_hat = self.forward(X)
        return -np.sum(T * np.log(Y_hat))
