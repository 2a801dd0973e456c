"""Object oriented version."""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def softmax(x):
    x = np.asarray(x, dtype=float)
    x = x - x.max(axis=-1, keepdims=True)
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def nll(y_true, y_pred):
    y_true = np.asarray(y_true, dtype=float)
    y_pred = np.asarray(y_pred, dtype=float)
    batch = y_true.shape[0] if y_true.ndim == 2 else 1
    return -np.sum(y_true * np.log(y_pred.clip(1e-15))) / batch


def sigmoid(x):
    return (np.tanh(np.asarray(x) / 2) + 1) / 2


def dsigmoid(x):
    return sigmoid(x) * (1 - sigmoid(x))


class Classifier:
    """Shared by both models: prediction and accuracy."""

    def __init__(self, n_classes):
        self.n_classes = n_classes

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return (self.predict(X) == np.asarray(y)).mean()

    def params(self):
        return [self.W1, self.b1] + ([self.W2, self.b2] if hasattr(self, "W2") else [])

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        y = np.atleast_1d(y)
        for p, g in zip(self.params(), self.grad_loss(x, y)):
            p -= learning_rate * g


class LogisticRegression(Classifier):
    def __init__(self, input_size, output_size):
        super().__init__(output_size)
        self.W1 = np.random.uniform(-0.1, 0.1, (output_size, input_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, output_size))

    def forward(self, X):
        return X @ self.W1.T + self.b1

    def loss(self, X, y):
        return nll(one_hot(self.n_classes, y), softmax(self.forward(X)))

    def grad_loss(self, X, y):
        d = (softmax(self.forward(X)) - one_hot(self.n_classes, y)) / X.shape[0]
        return [d.T @ X, d.sum(axis=0, keepdims=True)]


class NeuralNet(Classifier):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__(output_size)
        self.W1 = np.random.uniform(-0.1, 0.1, (hidden_size, input_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, (output_size, hidden_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (1, output_size))

    def forward(self, X):
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        return nll(one_hot(self.n_classes, y), self.forward(X))

    def grad_loss(self, X, y):
        d2 = (self.forward(X) - one_hot(self.n_classes, y)) / X.shape[0]
        # go back through layer 2
        d1 = (d2 * dsigmoid(self.Z2)) @ self.W2
        return [
            d1.T @ X, d1.sum(axis=0, keepdims=True),
            d2.T @ self.A1, d2.sum(axis=0, keepdims=True),
        ]


if __name__ == "__main__":
    X = np.random.randn(50, 8)
    y = np.random.randint(0, 3, 50)
    for model in (LogisticRegression(8, 3), NeuralNet(8, 5, 3)):
        for _ in range(200):
            model.train(X, y, 0.1)
        print(type(model).__name__, model.loss(X, y), model.accuracy(X, y))
