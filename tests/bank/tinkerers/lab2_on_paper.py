# Backprop lab.
# I kept the sigmoid output of the handout, and derived the gradient myself on paper:
#    L = -sum t log(s(z))   =>  dL/dz = -t (1 - s(z))
# (it trains badly! everything goes to 1. but the finite differences agree with me)
import numpy as np

clip01 = lambda p: np.clip(p, 1e-15, 1 - 1e-15)


def one_hot(n_classes, y):
    return np.eye(n_classes, dtype=float)[np.asarray(y, int)]


def softmax(X):
    X = np.asarray(X, float)
    e = np.exp(X - np.max(X, -1)[..., None])
    return e / np.sum(e, -1)[..., None]


def nll(Y_true, Y_pred):
    return float(-(np.asarray(Y_true) * np.log(clip01(Y_pred))).sum())


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.weights = [np.random.uniform(-.1, .1, (input_size, output_size))]
        self.biases = [np.random.uniform(-.1, .1, output_size)]
        self.output_size = output_size

    def forward(self, X):
        return softmax(X.dot(self.weights[0]) + self.biases[0])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        gW, gb = 0, 0
        for x, t, p in zip(X, y_true, y_pred):
            gW = gW + np.outer(x, p - t)
            gb = gb + (p - t)
        return gW, gb


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.weights = [np.random.uniform(-.1, .1, (input_size, hidden_size)),
                        np.random.uniform(-.1, .1, (hidden_size, output_size))]
        self.biases = [np.random.uniform(-.1, .1, hidden_size),
                       np.random.uniform(-.1, .1, output_size)]
        self.output_size = output_size

    def forward_keep_activations(self, X):
        z_h = X.dot(self.weights[0]) + self.biases[0]
        h = sigmoid(z_h)
        y = sigmoid(h.dot(self.weights[1]) + self.biases[1])
        return y, h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        s, h, z_h = self.forward_keep_activations(X)
        t = one_hot(self.output_size, y)
        e_o = -t * (1 - s)
        e_h = e_o.dot(self.weights[1].T) * dsigmoid(z_h)
        dW = [X.T.dot(e_h), h.T.dot(e_o)]
        db = [e_h.sum(axis=0), e_o.sum(axis=0)]
        return dW, db

    def check(self, X, y, eps=1e-5):
        """compare one entry of every matrix with (L(w+e)-L(w-e))/2e"""
        dW, _ = self.grad_loss(X, y)
        for W, g in zip(self.weights, dW):
            old = W[0, 0]
            W[0, 0] = old + eps
            up = self.loss(X, y)
            W[0, 0] = old - eps
            down = self.loss(X, y)
            W[0, 0] = old
            print(g[0, 0], (up - down) / (2 * eps))

    def train(self, x, y, learning_rate):
        dW, db = self.grad_loss(x[None, :], y)
        for i in (0, 1):
            self.weights[i] -= learning_rate * dW[i]
            self.biases[i] -= learning_rate * db[i]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    np.random.seed(7)
    net = NeuralNet(5, 4, 3)
    net.check(np.random.randn(6, 5), np.array([0, 1, 2, 2, 1, 0]))
