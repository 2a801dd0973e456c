"""Lab 2 (Jonas). The training step is written out in full in train(), I did not
see the point of a separate function for the gradient."""
import numpy as np
import random

random.seed(3)


def one_hot(n_classes, y):
    return np.array(np.arange(n_classes) == np.expand_dims(y, -1), dtype=float)


def softmax(X):
    X = np.asarray(X, dtype=float)
    top = np.max(X, axis=-1, keepdims=True)
    e = np.exp(X - top)
    return e / np.sum(e, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    eps = 1e-10
    return -np.sum(np.multiply(Y_true, np.log(np.add(Y_pred, eps))))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -50, 50)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, size=(input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, size=output_size)
        self.n_classes = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.n_classes, y), self.forward(X))

    def train(self, x, y, learning_rate):
        err = self.forward(x) - one_hot(self.n_classes, y)
        self.W -= learning_rate * np.outer(x, err)
        self.b -= learning_rate * err

    def accuracy(self, X, y):
        good = self.predict(X) == y
        return np.sum(good)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, size=(input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, size=hidden_size)
        self.W2 = np.random.uniform(-0.1, 0.1, size=(hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, size=output_size)
        self.n_classes = output_size

    def forward(self, X):
        self.a1 = sigmoid(np.dot(X, self.W1) + self.b1)
        return softmax(np.dot(self.a1, self.W2) + self.b2)

    def loss(self, X, y):
        scores = self.forward(X)
        probs = softmax(scores)
        return nll(one_hot(self.n_classes, y), probs)

    def train(self, x, y, learning_rate):
        p = self.forward(x)
        a1 = self.a1
        # output layer
        delta2 = p - one_hot(self.n_classes, y)
        self.W2 -= learning_rate * np.outer(a1, delta2)
        self.b2 -= learning_rate * delta2
        # hidden layer
        delta1 = np.dot(self.W2, delta2) * a1 * (1 - a1)
        self.W1 -= learning_rate * np.outer(x, delta1)
        self.b1 -= learning_rate * delta1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        good = self.predict(X) == y
        return np.sum(good) / len(good)


def main():
    from sklearn.datasets import load_digits
    digits = load_digits()
    X, y = digits.data / 16.0, digits.target
    order = list(range(len(y)))
    random.shuffle(order)
    train, test = order[:1500], order[1500:]
    net = NeuralNet(64, 32, 10)
    for epoch in range(20):
        random.shuffle(train)
        for i in train:
            net.train(X[i], y[i], 0.1)
        print(epoch, net.loss(X[test], y[test]), net.accuracy(X[test], y[test]))
    # import pdb; pdb.set_trace()


if __name__ == "__main__":
    main()
