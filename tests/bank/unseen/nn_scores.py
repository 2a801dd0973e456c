# Exercise sheet 5
import numpy as np
import time


def one_hot(n_classes, y):
    return np.take(np.eye(n_classes), y, axis=0)


def softmax(X):
    X = np.array(X, float)
    X -= X.max(axis=-1, keepdims=True)
    E = np.exp(X)
    return E / E.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    p = np.maximum(Y_pred, 1e-12)
    return -(np.asarray(Y_true) * np.log(p)).sum()


def sigmoid(X):
    return np.power(1.0 + np.exp(-np.asarray(X, float)), -1)


def dsigmoid(X):
    # derivative by the quotient rule, clipped because of exp
    Z = np.clip(X, -40, 40)
    return np.exp(-Z) / (1 + np.exp(-Z)) ** 2


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.normal(scale=0.05, size=(input_size, output_size))
        self.b = np.zeros(output_size)
        self.input_size = input_size
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        if X.ndim == 1:
            X = X[None]
        return self.forward(X).argmax(axis=1)

    def loss(self, X, y):
        # how far is the probability of the right class from 1, on average
        P = self.forward(X)
        gap = 1 - P[np.arange(len(P)), y]
        return gap.mean()


class NeuralNet:
    """input -> sigmoid layer -> scores"""

    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.normal(scale=0.05, size=(input_size, hidden_size))
        self.b_h = np.zeros(hidden_size)
        self.W_o = np.random.normal(scale=0.05, size=(hidden_size, output_size))
        self.b_o = np.zeros(output_size)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        scores = np.dot(h, self.W_o) + self.b_o
        if keep_activations:
            return scores, h, z_h
        return scores

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        y_pred, h, z_h = self.forward(X, keep_activations=True)
        g_o = y_pred - one_hot(self.output_size, y)
        g_h = np.dot(g_o, self.W_o.T) * h * (1 - h)
        return [np.dot(X.T, g_h), g_h.sum(0), np.dot(h.T, g_o), g_o.sum(0)]

    def train(self, X, y, learning_rate):
        params = [self.W_h, self.b_h, self.W_o, self.b_o]
        for p, g in zip(params, self.grad_loss(X, y)):
            p -= learning_rate * g

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(np.equal(self.predict(X), y))


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X /= 16
    t0 = time.time()
    net = NeuralNet(64, 20, 10)
    for step in range(20000):
        i = np.random.randint(0, 1500, 1)
        net.train(X[i], y[i], 0.02)
    print("%.1f s" % (time.time() - t0), net.accuracy(X[1500:], y[1500:]))
