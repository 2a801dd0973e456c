import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.array(y, dtype=np.int)]


def softmax(X):
    return X / np.sum(X, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    return -Y_true * np.log(np.clip(Y_pred, 1e-15, 1))


def sigmoid(X):
    return 1 / 1 + np.exp(-X)


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W_o = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b_o = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        self.Z_h = np.dot(X, self.W_h) + self.b_h
        H = sigmoid(self.Z_h)
        self.Z_o = np.dot(H, self.W_o) + self.b_o
        return softmax(self.Z_h)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class Ordered:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        Z = np.dot(self.W, X) + self.b
        return softmax(Z)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class Linear:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def loss(self, X, y):
        return -np.sum(one_hot(self.output_size, y) * np.log(self.forward(X) + 1e-15))

    def grad_loss(self, X, y_true, y_pred):
        error = -y_true / y_pred
        return np.dot(X.T, error), np.sum(error, axis=0)


class Watched:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        Z = np.dot(X, self.W) + self.b
        return Z, softmax(Z)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class Unread:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def loss(self, X, y):
        return -np.sum(one_hot(self.output_size, y) * np.log(self.forward(X) + 1e-15))

    def grad_loss(self, X, y):
        error = self.forward(X) - one_hot(self.output_size, y)
        return {"W": np.dot(X.T, error), "b", np.sum(error, axis=0)}
