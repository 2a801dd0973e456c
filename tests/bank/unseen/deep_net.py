import numpy as np
import matplotlib.pyplot as plt
from scipy.special import expit as sigmoid_scipy

INIT = 0.1


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.asarray(Y_pred)
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(Y_true * np.log(Y_pred))


def sigmoid(X):
    return sigmoid_scipy(X)


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


def init(*shape):
    return np.random.uniform(low=-INIT, high=INIT, size=shape)


class NeuralNet():
    """one hidden layer"""

    def __init__(self, input_size, hidden_size, output_size):
        self.W_h, self.b_h = init(input_size, hidden_size), init(hidden_size)
        self.W_o, self.b_o = init(hidden_size, output_size), init(output_size)
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h = np.dot(X, self.W_h) + self.b_h
        self.H = sigmoid(self.Z_h)
        return self.H

    def forward_output(self, H):
        self.Z_o = np.dot(H, self.W_o) + self.b_o
        return softmax(self.Z_o)

    def forward(self, X):
        return self.forward_output(self.forward_hidden(X))

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        error_o = self.forward(X) - one_hot(self.output_size, y_true)
        error_h = np.dot(error_o, self.W_o.T) * dsigmoid(self.Z_h)
        return {"W_h": np.dot(X.T, error_h), "b_h": np.sum(error_h, axis=0),
                "W_o": np.dot(self.H.T, error_o), "b_o": np.sum(error_o, axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class DeepNeuralNet(NeuralNet):
    """Two hidden layers. predict() and accuracy() come from NeuralNet."""

    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W_h1, self.b_h1 = init(input_size, hidden_size1), init(hidden_size1)
        self.W_h2, self.b_h2 = init(hidden_size1, hidden_size2), init(hidden_size2)
        self.W_o, self.b_o = init(hidden_size2, output_size), init(output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z_h1 = np.dot(X, self.W_h1) + self.b_h1
        self.A_h1 = sigmoid(self.Z_h1)
        self.Z_h2 = np.dot(self.A_h1, self.W_h2) + self.b_h2
        self.A_h2 = sigmoid(self.Z_h2)
        self.Z_o = np.dot(self.A_h2, self.W_o) + self.b_o
        return softmax(self.Z_o)

    def grad_loss(self, X, y_true):
        y_pred = self.forward(X)
        y_true = one_hot(self.output_size, y_true)

        error_o = y_pred - y_true
        error_h2 = np.dot(error_o, self.W_o.T) * dsigmoid(self.A_h2)
        error_h1 = np.dot(error_h2, self.W_h2.T) * dsigmoid(self.A_h1)

        grads = {
            "W_o": np.dot(self.Z_h2.T, error_o), "b_o": np.sum(error_o, axis=0),
            "W_h2": np.dot(self.A_h1.T, error_h2), "b_h2": np.sum(error_h2, axis=0),
            "W_h1": np.dot(X.T, error_h1), "b_h1": np.sum(error_h1, axis=0),
        }
        return grads

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for k in ["W_h1", "b_h1", "W_o", "b_o"]:
            getattr(self, k)[...] -= learning_rate * grads[k]


def run(net, X, y, epochs=10, lr=0.05, n_train=1500):
    curve = []
    for _ in range(epochs):
        for i in range(n_train):
            net.train(X[i], y[i], lr)
        curve.append(net.accuracy(X[n_train:], y[n_train:]))
    return curve


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    digits = load_digits()
    X = (digits.data - digits.data.mean()) / digits.data.std()
    plt.plot(run(NeuralNet(64, 32, 10), X, digits.target), label="1 hidden")
    plt.plot(run(DeepNeuralNet(64, 32, 16, 10), X, digits.target), label="2 hidden")
    plt.legend()
    plt.savefig("compare.png")
