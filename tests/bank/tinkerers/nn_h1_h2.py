# Deep net, two hidden layers from the start (the lab has one, I was curious)
import numpy as np

rnd = lambda *shape: np.random.uniform(-0.1, 0.1, size=shape)


def one_hot(n_classes, y):
    m = np.eye(n_classes)
    return m[np.asarray(y, dtype=int), :]


def softmax(X):
    e = np.exp(X - np.max(X, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def nll(Y_true, Y_pred):
    tiny = 1e-15
    return -np.sum(Y_true * np.log(np.asarray(Y_pred) + tiny))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    s = sigmoid(X)
    return np.multiply(s, 1 - s)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = rnd(input_size, output_size)
        self.b = rnd(output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), sum(y_pred - y_true)


class NeuralNet:
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W_h1, self.b_h1 = rnd(input_size, hidden_size1), rnd(hidden_size1)
        self.W_h2, self.b_h2 = rnd(hidden_size1, hidden_size2), rnd(hidden_size2)
        self.W_o, self.b_o = rnd(hidden_size2, output_size), rnd(output_size)
        self.names = ["W_h1", "b_h1", "W_h2", "b_h2", "W_o", "b_o"]
        self.output_size = output_size

    def forward(self, X):
        self.Z_h1 = X @ self.W_h1 + self.b_h1
        self.A_h1 = sigmoid(self.Z_h1)
        self.Z_h2 = self.A_h1 @ self.W_h2 + self.b_h2
        self.A_h2 = sigmoid(self.Z_h2)
        return softmax(self.A_h2 @ self.W_o + self.b_o)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        err_o = self.forward(X) - one_hot(self.output_size, y)
        err_2 = np.dot(err_o, self.W_o) * dsigmoid(self.Z_h2)
        err_1 = np.dot(err_2, self.W_h2.T) * dsigmoid(self.Z_h1)
        return (X.T @ err_1, err_1.sum(axis=0),
                self.A_h1.T @ err_2, err_2.sum(axis=0),
                self.A_h2.T @ err_o, err_o.sum(axis=0))

    def train(self, x, y, learning_rate):
        x = x[np.newaxis, :]
        g = dict(zip(self.names, self.grad_loss(x, y)))
        self.W_h1 -= learning_rate * g["W_h1"]
        self.b_h1 -= learning_rate * g["b_h1"]
        self.W_h2 -= learning_rate * g["W_h2"]
        self.W_o -= learning_rate * g["W_o"]
        self.b_o -= learning_rate * g["b_o"]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    d = load_digits()
    net = NeuralNet(64, 10, 10, 10)
    for e in range(20):
        for x, y in zip(d.data[:1500] / 16, d.target[:1500]):
            net.train(x, y, 0.1)
        print(e, net.accuracy(d.data[1500:] / 16, d.target[1500:]))
