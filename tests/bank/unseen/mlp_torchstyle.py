# weights stored like torch.nn.Linear: (out_features, in_features)
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y)]


def softmax(X):
    X = np.asarray(X)
    X = X - np.max(X, axis=-1, keepdims=True)
    return np.exp(X) / np.sum(np.exp(X), axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return np.mean(-np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1)), axis=1))


def sigmoid(X):
    return 1.0 / (1.0 + np.exp(np.negative(X)))


def dsigmoid(X):
    sig = sigmoid(X)
    return sig * (1.0 - sig)


class Linear:
    def __init__(self, in_features, out_features):
        k = 1 / np.sqrt(in_features)
        self.weight = np.random.uniform(-k, k, (out_features, in_features))
        self.bias = np.random.uniform(-k, k, out_features)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        k = 1 / np.sqrt(input_size)
        self.W = np.random.uniform(-k, k, (output_size, input_size))
        self.b = np.random.uniform(-k, k, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W.T + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        G = (y_pred - y_true) / len(X)
        return G.T @ X, G.sum(axis=0)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        k1, k2 = 1 / np.sqrt(input_size), 1 / np.sqrt(hidden_size)
        self.W1 = np.random.uniform(-k1, k1, (hidden_size, input_size))
        self.b1 = np.random.uniform(-k1, k1, hidden_size)
        self.W2 = np.random.uniform(-k2, k2, (output_size, hidden_size))
        self.b2 = np.random.uniform(-k2, k2, output_size)
        self.output_size = output_size

    def forward(self, X):
        self.z1 = X @ self.W1.T + self.b1
        self.a1 = sigmoid(self.z1)
        self.z2 = self.a1 @ self.W2.T + self.b2
        return softmax(self.z2)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        G2 = self.forward(X) - one_hot(self.output_size, y)
        gW2 = G2.T @ self.a1
        gb2 = G2.sum(axis=0)
        G1 = (G2 @ self.W2) * dsigmoid(self.z1)
        gW1 = X.T @ G1
        gb1 = G1.sum(axis=0)
        return gW1, gb1, gW2, gb2

    def train(self, X, y, learning_rate):
        gW1, gb1, gW2, gb2 = self.grad_loss(X, y)
        self.W1 = self.W1 - learning_rate * gW1
        self.b1 = self.b1 - learning_rate * gb1
        self.W2 = self.W2 - learning_rate * gW2
        self.b2 = self.b2 - learning_rate * gb2

    def predict(self, X):
        if X.ndim == 1:
            return int(np.argmax(self.forward(X)))
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        wrong = np.count_nonzero(self.predict(X) != y)
        return wrong / len(y)


# square hidden layer makes it run, TODO find out why
# net = NeuralNet(64, 64, 10)
# for s in range(0, 1500, 30):
#     net.train(X[s:s+30], y[s:s+30], 0.1)
