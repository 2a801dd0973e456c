"""Two-layer network, vectorised over the batch.

v2: now the loss is an average, so that it does not depend on the batch size
"""
import numpy as np
import matplotlib.pyplot as plt


def one_hot(n_classes, y):
    y = np.asarray(y)
    return np.eye(n_classes)[y]


def softmax(X):
    exps = np.exp(X - np.max(X))
    return exps / np.sum(exps)


def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    n = Y_true.shape[0]
    return -np.sum(Y_true * np.log(Y_pred)) / n


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        dZ = (y_pred - y_true) / X.shape[0]
        return X.T @ dZ, np.sum(dZ, axis=0, keepdims=True)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        Y = one_hot(self.output_size, y)
        A2 = self.forward(X)

        dZ2 = A2 - Y
        dW2 = self.A1.T @ dZ2
        db2 = np.sum(dZ2, axis=0, keepdims=True)

        dA1 = dZ2 @ self.W2.T
        dZ1 = dA1 * dsigmoid(self.Z1)
        dW1 = X.T @ dZ1
        db1 = np.sum(dZ1, axis=0, keepdims=True)

        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def train(self, X, y, learning_rate):
        grads = self.grad_loss(X, y)
        for p in ("W1", "b1", "W2", "b2"):
            setattr(self, p, getattr(self, p) - learning_rate * grads[p])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean()) / X.std()
    net = NeuralNet(64, 32, 10)
    curve = []
    for epoch in range(50):
        for s in range(0, 1500, 32):
            net.train(X[s:s + 32], y[s:s + 32], 0.01)
        curve.append(net.loss(X[1500:], y[1500:]))
    print(net.accuracy(X[1500:], y[1500:]))
    plt.plot(curve)
    plt.show()
