# the lab in my own structure. grads are kept as attributes for the plots
import numpy as np
from scipy.special import expit


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def softmax(X):
    X = np.asarray(X, dtype=float)
    Z = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return (Z.T / np.sum(Z, axis=-1)).T


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.asarray(Y_true), np.clip(Y_pred, 1e-15, 1.0)
    return -np.tensordot(Y_true, np.log(Y_pred), axes=Y_true.ndim)


sigmoid = lambda x: expit(x)


def dsigmoid(X):
    return expit(X) * (1 - expit(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        return softmax(X @ self.w + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.b.size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), (y_pred - y_true).sum(axis=0)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h, self.W_o = (np.random.uniform(-0.1, 0.1, s)
                              for s in ((input_size, hidden_size), (hidden_size, output_size)))
        self.b_h, self.b_o = np.random.uniform(-0.1, 0.1, hidden_size), np.random.uniform(-0.1, 0.1, output_size)
        self.norms = []

    def forward(self, X):
        self.Z = X @ self.W_h + self.b_h
        self.H = sigmoid(self.Z)
        return softmax(self.H @ self.W_o + self.b_o)

    def loss(self, X, y):
        Y = one_hot(self.b_o.size, y)
        P = self.forward(X)
        return -np.sum(Y * np.log(np.clip(P, 1e-15, 1)))

    def train(self, x, y, learning_rate):
        """one sample, everything by hand"""
        p = self.forward(x)
        e_o = p - one_hot(self.b_o.size, y)
        e_h = np.dot(self.W_o, e_o) * dsigmoid(self.Z)
        dW_o = np.outer(self.Z, e_o)
        dW_h = np.outer(x, e_h)
        self.W_o -= learning_rate * dW_o
        self.b_o -= learning_rate * e_o
        self.W_h -= learning_rate * dW_h
        self.b_h -= learning_rate * e_h
        self.norms.append(np.linalg.norm(dW_h) + np.linalg.norm(dW_o))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        y_pred = self.predict(X)[:, np.newaxis]
        return np.mean(y_pred == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    net = NeuralNet(64, 32, 10)
    for x_i, y_i in zip(X[:1500] / 16, y[:1500]):
        net.train(x_i, y_i, 0.1)
    print(net.accuracy(X[1500:] / 16, y[1500:]))
