# version sans grad_loss : tout est dans train, une image à la fois
import numpy as np
from sklearn.datasets import load_digits


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(Y_pred))


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class NeuralNet2Hidden:
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size1))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size1)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size1, hidden_size2))
        self.b2 = np.random.uniform(-0.1, 0.1, hidden_size2)
        self.W_out = np.random.uniform(-0.1, 0.1, (hidden_size2, output_size))
        self.b_out = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        self.z1 = np.dot(X, self.W1) + self.b1
        self.h1 = sigmoid(self.z1)
        self.z2 = np.dot(self.h1, self.W2) + self.b2
        self.h2 = sigmoid(self.z2)
        self.z_out = np.dot(self.h2, self.W_out) + self.b_out
        return softmax(self.z_out)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def train(self, x, y, learning_rate):
        p = self.forward(x)
        d_out = p - one_hot(self.output_size, y)
        d2 = np.dot(self.W_out, d_out) * dsigmoid(self.z2)
        d1 = np.dot(self.W2, d2)
        gW_out = np.outer(self.h2, d_out)
        gW2 = np.outer(self.z1, d2)
        gW1 = np.outer(x, d1)
        self.W_out -= learning_rate * gW_out
        self.b_out -= learning_rate * d_out
        self.W2 -= learning_rate * gW2
        self.b2 -= learning_rate * d2
        self.W1 -= learning_rate * gW1
        self.b1 -= learning_rate * d1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class MLP3:
    def __init__(self, input_size, hidden_size1, hidden_size2, hidden_size3, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size1))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size1)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size1, hidden_size2))
        self.b2 = np.random.uniform(-0.1, 0.1, hidden_size2)
        self.W3 = np.random.uniform(-0.1, 0.1, (hidden_size2, hidden_size3))
        self.b3 = np.random.uniform(-0.1, 0.1, hidden_size3)
        self.W_out = np.random.uniform(-0.1, 0.1, (hidden_size3, output_size))
        self.b_out = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        self.z1 = np.dot(X, self.W1) + self.b1
        self.h1 = sigmoid(self.z1)
        self.z2 = np.dot(self.h1, self.W2) + self.b2
        self.h2 = sigmoid(self.z2)
        self.z3 = np.dot(self.h2, self.W3) + self.b3
        self.h3 = sigmoid(self.z3)
        self.z_out = np.dot(self.h3, self.W_out) + self.b_out
        return softmax(self.z_out)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def train(self, x, y, learning_rate):
        p = self.forward(x)
        d_out = p - one_hot(self.output_size, y)
        d3 = np.dot(self.W_out, d_out) * dsigmoid(self.z3)
        # sortie
        self.W_out -= learning_rate * np.outer(self.h3, d_out)
        self.b_out -= learning_rate * d_out
        # 3
        d2 = np.dot(self.W3, d3) * dsigmoid(self.z2)
        self.W3 -= learning_rate * np.outer(self.h2, d3)
        self.b3 -= learning_rate * d3
        # 2
        d1 = np.dot(self.W2, d2) * dsigmoid(self.z1)
        self.b2 -= learning_rate * d2
        # 1
        self.W1 -= learning_rate * np.outer(x, d1)
        self.b1 -= learning_rate * d1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    digits = load_digits()
    X, y = digits.data / 16., digits.target
    for net in (NeuralNet2Hidden(64, 30, 20, 10), MLP3(64, 30, 25, 20, 10)):
        for epoch in range(10):
            for i in np.random.permutation(1500):
                net.train(X[i], y[i], 0.1)
            print(epoch, net.accuracy(X[1500:], y[1500:]))
