"""any number of layers :)   usage: DeepNeuralNet([64, 32, 16, 10])"""
import numpy as np
from scipy.special import expit


def one_hot(n_classes, y):
    y = np.asarray(y)
    out = np.zeros(y.shape + (n_classes,))
    np.put_along_axis(out, y[..., None], 1.0, axis=-1)
    return out


def softmax(X):
    X = np.asarray(X)
    X = X - X.max(-1, keepdims=True)
    return np.exp(X) / np.exp(X).sum(-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.asarray(Y_true), np.asarray(Y_pred)
    return -(Y_true * np.log(np.maximum(Y_pred, 1e-15))).sum()


def sigmoid(X):
    return expit(np.asarray(X, dtype=float))


def dsigmoid(X):
    """derivative of the sigmoid at the pre-activation X"""
    return sigmoid(X) * sigmoid(-np.asarray(X))


class DeepNeuralNet:
    def __init__(self, layer_sizes):
        self.layer_sizes = layer_sizes
        self.weights = []
        self.biases = []
        for n, m in zip(layer_sizes[:-1], layer_sizes[1:]):
            self.weights.append(np.random.uniform(-0.1, 0.1, (n, m)))
            self.biases.append(np.random.uniform(-0.1, 0.1, m))

    def forward(self, X):
        self.A = [X]
        last = len(self.weights) - 1
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            z = self.A[-1] @ W + b
            self.A.append(softmax(z) if i == last else sigmoid(z))
        return self.A[-1]

    def loss(self, X, y):
        return nll(one_hot(self.layer_sizes[-1], y), self.forward(X))

    def grad_loss(self, X, y):
        P = self.forward(X)
        delta = P - one_hot(self.layer_sizes[-1], y)
        gW, gb = [None] * len(self.weights), [None] * len(self.weights)
        for i in range(len(self.weights) - 1, -1, -1):
            gW[i] = self.A[i].T @ delta
            gb[i] = delta.sum(0)
            if i > 0:
                delta = (delta @ self.weights[i].T) * dsigmoid(self.A[i])
        return {"weights": gW, "biases": gb}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), y)
        for i in range(len(self.weights)):
            self.weights[i] -= learning_rate * g["weights"][i]
            self.biases[i] -= learning_rate * g["biases"][i]

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def accuracy(self, X, y):
        return (self.predict(X) == y).mean()


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean()) / X.std()
    for sizes in ([64, 32, 10], [64, 32, 16, 10], [64, 32, 16, 12, 10]):
        net = DeepNeuralNet(sizes)
        for _ in range(5):
            for xi, yi in zip(X[:1500], y[:1500]):
                net.train(xi, yi, 0.1)
        print(sizes, net.accuracy(X[1500:], y[1500:]))
