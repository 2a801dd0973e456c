"""
Deep NN from scratch, for the lab exercise "support for a second hidden layer".
The number of layers is free.
"""
import numpy as np


class Initializer:
    @staticmethod
    def uniform(shape):
        return np.random.uniform(low=-0.1, high=0.1, size=shape)


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def nll(Y_true, Y_pred):
    """mean NLL of the samples"""
    Y_pred = np.clip(Y_pred, 1e-12, None)
    return np.mean(-np.sum(np.asarray(Y_true) * np.log(Y_pred), axis=-1))


class DeepNeuralNet:

    def __init__(self, layer_sizes):
        self.L = len(layer_sizes) - 1
        self.sizes = layer_sizes
        self.W = [Initializer.uniform((layer_sizes[l], layer_sizes[l + 1])) for l in range(self.L)]
        self.b = [Initializer.uniform(layer_sizes[l + 1]) for l in range(self.L)]

    def forward(self, X):
        self.Z, self.A = [], [X]
        for l in range(self.L):
            self.Z.append(np.dot(self.A[l], self.W[l]) + self.b[l])
            if l < self.L - 1:
                self.A.append(sigmoid(self.Z[l]))
            else:
                self.A.append(softmax(self.Z[l]))
        return self.A[-1]

    def loss(self, X, y):
        return nll(one_hot(self.sizes[-1], y), self.forward(X))

    def grad_loss(self, X, y):
        dW = [0] * self.L
        db = [0] * self.L
        d = self.forward(X) - one_hot(self.sizes[-1], y)
        for l in reversed(range(self.L)):
            dW[l] = np.dot(self.A[l].T, d)
            db[l] = np.sum(d, axis=0)
            if l != 0:
                d = np.dot(d, self.W[l].T) * dsigmoid(self.Z[l - 1])
        return {"W": dW, "b": db}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for l in range(self.L):
            self.W[l] -= learning_rate * grads["W"][l]
            # self.b[l] -= learning_rate * grads["b"][l]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    from sklearn.preprocessing import scale
    X, y = load_digits(return_X_y=True)
    X = scale(X)
    net = DeepNeuralNet([64, 40, 20, 10])
    for epoch in range(10):
        for i in range(1527):
            net.train(X[i], y[i], 0.05)
        print("%2d  loss %.4f  acc %.3f" % (epoch, net.loss(X[1527:], y[1527:]), net.accuracy(X[1527:], y[1527:])))
