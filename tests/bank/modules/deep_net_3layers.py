# exercise c): one hidden layer first, then the same class with two
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X, dtype=float)
    E = np.exp(X - X.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


# def nll(Y_true, Y_pred): return -np.sum(Y_true * np.log(Y_pred))
def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.asarray(Y_pred)
    rows = Y_true.shape[0] if Y_true.ndim > 1 else 1
    return -np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1 - 1e-15))) / rows


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, output_size)
        self.K = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        return softmax(self.Z2)

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        n = X.shape[0]
        dZ2 = self.forward(X) - one_hot(self.K, y)
        dZ1 = dZ2 @ self.W2.T * dsigmoid(self.Z1)
        return X.T @ dZ1 / n, dZ1.mean(axis=0), self.A1.T @ dZ2 / n, dZ2.mean(axis=0)

    def train(self, x, y, learning_rate):
        x, y = np.atleast_2d(x), np.atleast_1d(y)
        steps = [learning_rate * g for g in self.grad_loss(x, y)]
        self.W1 -= learning_rate * steps[0]
        self.b1 -= learning_rate * steps[1]
        self.W2 -= learning_rate * steps[2]
        self.b2 -= learning_rate * steps[3]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


# ----------------------------------------------------------------------
# two hidden layers
# ----------------------------------------------------------------------
class NeuralNet:
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size1))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size1)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size1, hidden_size2))
        self.b2 = np.random.uniform(-0.1, 0.1, hidden_size2)
        self.W3 = np.random.uniform(-0.1, 0.1, (hidden_size2, output_size))
        self.b3 = np.random.uniform(-0.1, 0.1, output_size)
        self.K = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = sigmoid(self.Z2)
        self.Z3 = self.A2 @ self.W3 + self.b3
        return softmax(self.Z3)

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        n = X.shape[0]
        dZ3 = self.forward(X) - one_hot(self.K, y)
        dZ2 = dZ3 @ self.W3.T * dsigmoid(self.Z2)
        dZ1 = dZ2 @ self.W2.T
        dW3 = self.A2.T @ dZ3 / n
        dW2 = self.A1.T @ dZ2 / n
        dW1 = X.T @ dZ1 / n
        return dW1, dZ1.mean(axis=0), dW2, dZ2.mean(axis=0), dW3, dZ3.mean(axis=0)

    def train(self, x, y, learning_rate):
        x, y = np.atleast_2d(x), np.atleast_1d(y)
        names = ["W1", "b1", "W2", "b2", "W3", "b3"]
        for n, g in zip(names, self.grad_loss(x, y)):
            setattr(self, n, getattr(self, n) - learning_rate * g)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
