"""backprop by hand. I kept everything for ONE sample (a vector) as in class."""
import numpy as np


def one_hot(n_classes, y):
    y = np.asarray(y).astype(int)
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X)
    m = X.max(axis=-1, keepdims=True)
    return np.exp(X - m) / np.exp(X - m).sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    # only the probability of the true class matters
    p = np.sum(Y_true * Y_pred, axis=1)
    return -np.mean(np.log(p))


def sigmoid(x):
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def dsigmoid(s):
    return s * (1 - s)


class LogisticRegression(object):

    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, size=(input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, size=output_size)
        self.input_size, self.output_size = input_size, output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        dz = self.forward(x)
        dz[y_true] -= 1.0
        return dict(W=x[:, None] * dz[None, :], b=dz)

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W -= learning_rate * grads["W"]
        self.b -= learning_rate * grads["b"]

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet(object):

    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-0.1, 0.1, size=(input_size, hidden_size))
        self.b_h = np.random.uniform(-0.1, 0.1, size=hidden_size)
        self.W_o = np.random.uniform(-0.1, 0.1, size=(hidden_size, output_size))
        self.b_o = np.random.uniform(-0.1, 0.1, size=output_size)
        self.output_size = output_size

    def forward_keep_activations(self, X):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        return softmax(np.dot(h, self.W_o) + self.b_o), h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, _ = self.forward_keep_activations(x)
        dz_o = y - one_hot(self.output_size, y_true)
        dh = np.dot(dz_o, self.W_o.T)
        dz_h = dh * dsigmoid(h)
        return {"W_h": np.outer(x, dz_h), "b_h": dz_h, "W_o": np.outer(h, dz_o), "b_o": dz_o}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W_h = self.W_h + learning_rate * g["W_h"]
        self.b_h = self.b_h + learning_rate * g["b_h"]
        self.W_o = self.W_o + learning_rate * g["W_o"]
        self.b_o = self.b_o + learning_rate * g["b_o"]

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


def demo():
    # little blobs, no need of the digits
    centres = np.random.randn(4, 6) * 3
    labels = np.random.randint(0, 4, 300)
    pts = centres[labels] + np.random.randn(300, 6)
    net = NeuralNet(6, 8, 4)
    for e in range(3):
        for a, b in zip(pts, labels):
            net.train(a, b, 0.05)
        print("epoch", e, "loss", net.loss(pts, labels), "acc", net.accuracy(pts, labels))


if __name__ == "__main__":
    demo()
