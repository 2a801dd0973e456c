# remark: one_hot; right: softmax, sigmoid, Net.forward, Net.train, Net.accuracy
import numpy as np

def one_hot(n, y):
    return np.eye(n)[y]

def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

class Net:
    def __init__(self, n_in, n_hid, n_out, lr=0.1):
        self.W1 = np.random.uniform(-.1, .1, (n_in, n_hid))
        self.b1 = np.zeros(n_hid)
        self.W2 = np.random.uniform(-.1, .1, (n_hid, n_out))
        self.b2 = np.zeros(n_out)
        self.lr = lr

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        return softmax(self.A1 @ self.W2 + self.b2)

    def accuracy(self, X, y):
        return np.mean(np.argmax(self.forward(X), axis=1) == y)

    def train(self, X_train, y_train, X_val, y_val, epochs=100):
        k = self.b2.shape[0]
        t = one_hot(k, y_train)
        t_val = one_hot(k, y_val)
        history = []
        for _ in range(epochs):
            e = self.forward(X_train) - t
            e1 = (e @ self.W2.T) * self.A1 * (1 - self.A1)
            gW2, gb2, gW1, gb1 = self.A1.T @ e, e.sum(0), X_train.T @ e1, e1.sum(0)
            self.W2 -= self.lr * gW2
            self.b2 -= self.lr * gb2
            self.W1 -= self.lr * gW1
            self.b1 -= self.lr * gb1
            history.append(self.accuracy(X_val, y_val))
        return history
