import numpy as np

EPSILON = 1e-8


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return -np.mean(np.sum(Y_true * np.log(EPSILON + Y_pred), axis=1))


def sigmoid(X):
    ex = np.exp(-np.abs(X))
    return np.where(np.greater_equal(X, 0), 1.0, ex) / (1.0 + ex)


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class Model:
    """what the two models have in common"""

    params = None

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(x) == label for x, label in zip(X, y)])

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        for key in self.params:
            self.params[key] = self.params[key] - learning_rate * grads[key]


class LogisticRegression(Model):
    def __init__(self, input_size, output_size):
        self.output_size = output_size
        self.params = {
            "W": np.random.uniform(-0.1, 0.1, (input_size, output_size)),
            "b": np.random.uniform(-0.1, 0.1, output_size),
        }

    def forward(self, X):
        return softmax(np.dot(X, self.params["W"]) + self.params["b"])

    def grad_loss(self, x, y_true):
        delta = self.forward(x) - one_hot(self.output_size, y_true)
        return {"W": np.outer(x, delta), "b": delta}


class NeuralNet(Model):
    def __init__(self, input_size, hidden_size, output_size):
        self.output_size = output_size
        self.params = {
            "W_h": np.random.uniform(-0.1, 0.1, (input_size, hidden_size)),
            "b_h": np.random.uniform(-0.1, 0.1, hidden_size),
            "W_o": np.random.uniform(-0.1, 0.1, (hidden_size, output_size)),
            "b_o": np.random.uniform(-0.1, 0.1, output_size),
        }

    def forward_keep_activations(self, X):
        p = self.params
        z_h = np.dot(X, p["W_h"]) + p["b_h"]
        h = sigmoid(z_h)
        y = softmax(np.dot(h, p["W_o"]) + p["b_o"])
        return y, h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward_keep_activations(x)
        delta_o = y - one_hot(self.output_size, y_true)
        delta_h = np.dot(self.params["W_o"], delta_o) * dsigmoid(z_h)
        return {"W_h": np.outer(x, delta_h), "b_h": delta_h, "W_o": np.outer(h, delta_o), "b_o": delta_o}


if __name__ == "__main__":
    rs = np.random.RandomState(1)
    X = rs.randn(400, 7)
    y = np.argmax(X[:, :3], axis=1)
    for model in (LogisticRegression(7, 3), NeuralNet(7, 12, 3)):
        for epoch in range(5):
            for a, b in zip(X, y):
                model.train(a, b, 0.1)
        print(type(model).__name__, model.accuracy(X, y))
