'''
Sigmoid output + cross entropy as in Nielsen's book chapter 3.
'''
import numpy as np

LOG_EPS = 1e-12


def one_hot(n_classes, y):
    y = np.asarray(y, dtype=int)
    return (y[..., None] == np.arange(n_classes)) * 1.0


def softmax(X):
    X = np.asarray(X)
    e = np.exp(X - X.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    t = np.asarray(Y_true, dtype=float)
    a = np.clip(Y_pred, LOG_EPS, 1 - LOG_EPS)
    return -np.sum(t * np.log(a) + (1 - t) * np.log(1 - a))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    """trained by hand in main()"""

    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        diff = self.forward(X) - one_hot(self.output_size, y)
        return 0.5 * np.sum(diff ** 2)

    def accuracy(self, X, y):
        return np.mean(self.predict(X).reshape(-1, 1) == np.asarray(y))


class NeuralNet:
    """sizes like in the book: NeuralNet([784, 30, 10])"""

    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [np.random.uniform(-0.1, 0.1, n) for n in sizes[1:]]
        self.weights = [np.random.uniform(-0.1, 0.1, (m, n)) for m, n in zip(sizes[:-1], sizes[1:])]

    def forward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(a @ w + b)
        return a

    def loss(self, X, y):
        return nll(one_hot(self.sizes[-1], y), self.forward(X))

    def grad_loss(self, X, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation, activations, zs = X, [X], []
        for b, w in zip(self.biases, self.weights):
            z = activation @ w + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = activations[-1] - one_hot(self.sizes[-1], y)
        nabla_b[-1] = delta.sum(axis=0)
        nabla_w[-1] = activations[-2].T @ delta
        for l in range(2, self.num_layers):
            delta = (delta @ self.weights[-l + 1].T) * dsigmoid(zs[-l])
            nabla_b[-l] = delta.sum(axis=0)
            nabla_w[-l] = activations[-l - 1].T @ delta
        return nabla_b, nabla_w

    def train(self, x, y, learning_rate):
        nabla_b, nabla_w = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        nabla_w = [learning_rate * nw for nw in nabla_w]
        nabla_b = [learning_rate * nb for nb in nabla_b]
        self.weights = [w - learning_rate * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - learning_rate * nb for b, nb in zip(self.biases, nabla_b)]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


def main():
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = X / 16
    clf = LogisticRegression(64, 10)
    for xi, yi in zip(X[:1500], y[:1500]):
        d = clf.forward(xi) - one_hot(10, yi)
        clf.W -= 0.05 * np.outer(xi, d)
        clf.b -= 0.05 * d
    print("LR", clf.accuracy(X[1500:], y[1500:]))
    net = NeuralNet([64, 30, 10])
    for e in range(10):
        for xi, yi in zip(X[:1500], y[:1500]):
            net.train(xi, yi, 0.7)
    print("NN", net.accuracy(X[1500:], y[1500:]))


if __name__ == "__main__":
    main()
