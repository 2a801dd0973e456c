"""lab2, version with a dict of arrays and a generic layer loop"""
import numpy as np

PAS = 0.01


def one_hot(n_classes, y):
    encoded = np.zeros((len(y), n_classes))
    encoded[np.arange(len(y)), y] = 1
    return encoded


def softmax(X):
    X = np.asarray(X)
    exps = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return exps / np.sum(exps, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1.0)
    return np.mean(-np.asarray(Y_true) * np.log(Y_pred))


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.params = {"W": np.random.uniform(-0.1, 0.1, (input_size, output_size)),
                       "b": np.random.uniform(-0.1, 0.1, (output_size,))}
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.params["W"] + self.params["b"])

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def loss(self, X, y):
        # same as nll but with indices, on the sum
        P = self.forward(X)
        return -np.log(P[range(len(y)), y] + 1e-12).sum()

    def grad_loss(self, X, y):
        P = self.forward(X)
        P[range(len(y)), y] -= 1
        return {"W": X.T @ P, "b": P.sum(axis=0)}


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {}
        dims = [input_size, hidden_size, output_size]
        for l in (1, 2):
            self.params["W%d" % l] = np.random.uniform(-0.1, 0.1, (dims[l - 1], dims[l]))
            self.params["b%d" % l] = np.random.uniform(-0.1, 0.1, dims[l])
        self.cache = {}

    def forward(self, X):
        self.cache["A0"] = X
        self.cache["Z1"] = X @ self.params["W1"] + self.params["b1"]
        self.cache["A1"] = self.cache["Z1"]
        self.cache["Z2"] = self.cache["A1"] @ self.params["W2"] + self.params["b2"]
        self.cache["A2"] = softmax(self.cache["Z2"])
        return self.cache["A2"]

    def loss(self, X, y):
        P = self.forward(X)
        return -np.sum(np.log(P[range(len(y)), y] + 1e-12))

    def grad_loss(self, X, y):
        dZ2 = self.forward(X).copy()
        dZ2[range(len(y)), y] -= 1
        dZ1 = dZ2 @ self.params["W2"].T * dsigmoid(self.cache["Z1"])
        grads = {}
        for l, dZ in ((1, dZ1), (2, dZ2)):
            grads["W%d" % l] = self.cache["A%d" % (l - 1)].T @ dZ
            grads["b%d" % l] = dZ.sum(axis=0)
        return grads

    def train(self, X, y, learning_rate=PAS):
        grads = self.grad_loss(np.atleast_2d(X), np.atleast_1d(y))
        for k, v in grads.items():
            self.params[k] -= learning_rate * v

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = X / 16
    nn = NeuralNet(64, 32, 10)
    for epoch in range(30):
        for s in range(0, 1500, 32):
            nn.train(X[s:s + 32], y[s:s + 32])
        if epoch % 5 == 0:
            print(epoch, nn.loss(X[1500:], y[1500:]), nn.accuracy(X[1500:], y[1500:]))
