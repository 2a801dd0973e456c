# not finished yet, have to hand in before midnight
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.array(X, dtype=float)
    if X.ndim == 1:
        e = np.exp(X - max(X))
        return e / sum(e)
    return np.array([softmax(r) for r in X])


def nll(Y_true, Y_pred):
    clipped = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    logs = np.log(clipped)
    return -(np.array(Y_true) * logs).sum()


sigmoid = lambda z: 1 / (1 + np.exp(np.clip(z, -500, 500)))


def dsigmoid(X):
    return 1 - sigmoid(X)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.params = [np.random.uniform(-0.1, 0.1, (input_size, output_size)),
                       np.random.uniform(-0.1, 0.1, output_size)]
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.params[0] + self.params[1])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        e = y_pred - y_true
        return [X.T @ e, e.sum(axis=0)]


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.weights = [np.random.uniform(-0.1, 0.1, (input_size, hidden_size)),
                        np.random.uniform(-0.1, 0.1, (hidden_size, output_size))]
        self.biases = [np.random.uniform(-0.1, 0.1, hidden_size),
                       np.random.uniform(-0.1, 0.1, output_size)]
        self.output_size = output_size

    def forward(self, X):
        H = sigmoid(X @ self.weights[0] + self.biases[0])
        return softmax(H @ self.weights[1] + self.biases[1])

    def loss(self, X, y):
        y_pred = self.forward(X)
        return 1.0

    def grad_loss(self, X, y):
        # TODO
        return None

    def train(self, x, y, learning_rate):
        raise NotImplementedError("later")

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


nn = NeuralNet(input_size=64, hidden_size=32, output_size=10)
try:
    assert(nn.forward(np.zeros((1, 64))).shape == (1, 10))
    assert(nn.loss(np.zeros((1, 64)), np.zeros(1)) > 0)
    print("ok")
except:
    raise NotImplementedError("You need to correctly implement the NeuralNet")
