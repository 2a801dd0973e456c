import math
import numpy as np

# everything for ONE image x (a vector of 64 numbers), no batches, no broadcasting magic


def one_hot(n_classes, y):
    if isinstance(y, (list, tuple, np.ndarray)) and np.ndim(y) > 0:
        return np.stack([one_hot(n_classes, v) for v in y])
    v = np.zeros(n_classes)
    v[int(y)] = 1
    return v


def softmax(X):
    X = np.asarray(X, dtype=float)
    mx = X.max(axis=-1, keepdims=True)
    e = np.exp(X - mx)
    return e / e.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    s = 0
    for t, p in zip(np.ravel(Y_true), np.ravel(Y_pred)):
        s -= t * math.log(min(max(p, 1e-15), 1.0))
    return s


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + math.e ** (-X))


def dsigmoid(X):
    return sigmoid(X) - sigmoid(X) ** 2


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, x):
        return softmax(x @ self.W + self.b)

    def predict(self, x):
        return int(np.argmax(self.forward(x)))

    def loss(self, x, y):
        return nll(one_hot(len(self.b), y), self.forward(x))

    def grad_loss(self, x, y_true, y_pred):
        d = [p - t for p, t in zip(y_pred, y_true)]
        return np.outer(x, d), np.array(d)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        np.random.seed(42)
        self.weights = [np.random.uniform(-0.1, 0.1, (input_size, hidden_size)),
                        np.random.uniform(-0.1, 0.1, (hidden_size, output_size))]
        self.biases = [np.random.uniform(-0.1, 0.1, hidden_size),
                       np.random.uniform(-0.1, 0.1, output_size)]

    def forward(self, x):
        W1, W2 = self.weights
        b1, b2 = self.biases
        self.hidden = np.zeros(len(b1))
        for j in range(len(b1)):
            z = b1[j]
            for i in range(len(x)):
                z += x[i] * W1[i, j]
            self.hidden[j] = sigmoid(z)
        out = np.zeros(len(b2))
        for k in range(len(b2)):
            out[k] = b2[k]
            for j in range(len(b1)):
                out[k] += self.hidden[j] * W2[j, k]
        return softmax(out)

    def loss(self, x, y):
        return nll(one_hot(len(self.biases[1]), y), self.forward(x))

    def grad_loss(self, x, y):
        W2 = self.weights[1]
        p = self.forward(x)
        t = one_hot(len(p), y)
        delta_out = [t[k] - p[k] for k in range(len(p))]
        delta_hid = []
        for j in range(len(self.hidden)):
            delta_hid.append(sum(W2[j, k] * delta_out[k] for k in range(len(p))))

        dW1 = np.zeros_like(self.weights[0])
        for i in range(dW1.shape[0]):
            for j in range(dW1.shape[1]):
                dW1[i, j] = x[i] * delta_hid[j]
        dW2 = np.zeros_like(W2)
        for j in range(W2.shape[0]):
            for k in range(W2.shape[1]):
                dW2[j, k] = self.hidden[j] * delta_out[k]
        return [dW1, dW2], [np.array(delta_hid), np.array(delta_out)]

    def train(self, x, y, learning_rate=0.01):
        dW, db = self.grad_loss(x, y)
        for l in range(2):
            self.weights[l] -= 0.01 * dW[l]
            self.biases[l] -= 0.01 * db[l]

    def predict(self, x):
        return int(np.argmax(self.forward(x)))

    def accuracy(self, X, y):
        return sum(self.predict(a) == b for a, b in zip(X, y)) / len(X)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    data = load_digits()
    n = NeuralNet(64, 10, 10)
    for rate in [0.001, 0.01, 0.1]:
        for i in range(200):
            n.train(data.data[i], data.target[i], rate)
        print(rate, n.accuracy(data.data[1000:1100], data.target[1000:1100]))
