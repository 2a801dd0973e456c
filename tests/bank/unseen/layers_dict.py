# backprop lab, general number of layers
# usage:  net = NeuralNet([64, 32, 16, 10])
import sys
import numpy as np

np.random.seed(0)
VERBOSE = True


def one_hot(n_classes, y):
    y = np.array(y, dtype=np.int64)
    flat = y.reshape(-1)
    m = np.zeros((flat.size, n_classes), dtype=np.float32)
    m[np.arange(flat.size), flat] = 1
    if y.ndim == 0:
        return m[0]
    return m


def softmax(X):
    X = np.array(X, dtype=float)
    X = X - X.max(axis=-1)[..., np.newaxis]
    np.exp(X, out=X)
    X /= X.sum(axis=-1)[..., np.newaxis]
    return X


def nll(Y_true, Y_pred):
    Y_true = np.array(Y_true)
    Y_pred = np.array(Y_pred)
    # pick out the probability of the right class
    p_right = (Y_true * Y_pred).sum(axis=-1)
    return -np.log(p_right + 1e-12).sum()


def sigmoid(X):
    X = np.array(X, dtype=float)
    out = np.empty_like(X)
    pos = X >= 0
    out[pos] = 1 / (1 + np.exp(-X[pos]))
    ex = np.exp(X[~pos])
    out[~pos] = ex / (1 + ex)
    return out


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.params = {"W": np.random.uniform(-0.1, 0.1, (input_size, output_size)),
                       "b": np.random.uniform(-0.1, 0.1, output_size)}
        self.output_size = output_size

    def forward(self, X):
        return softmax(X.dot(self.params["W"]) + self.params["b"])

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        err = y_pred - y_true
        return {"W": X.T.dot(err), "b": err.sum(axis=0)}


class NeuralNet:
    def __init__(self, layer_sizes):
        self.layer_sizes = layer_sizes
        self.L = len(layer_sizes) - 1
        self.params = {}
        for l in range(1, self.L + 1):
            self.params["W%d" % l] = np.random.uniform(-0.1, 0.1, (layer_sizes[l - 1], layer_sizes[l]))
            self.params["b%d" % l] = np.random.uniform(-0.1, 0.1, layer_sizes[l])

    def forward(self, X):
        acts = self._activations(X)
        return acts[-1]

    def _activations(self, X):
        acts = [X]
        for l in range(1, self.L + 1):
            z = acts[-1].dot(self.params["W%d" % l]) + self.params["b%d" % l]
            acts.append(softmax(z) if l == self.L else sigmoid(z))
        return acts

    def loss(self, X, y):
        return nll(one_hot(self.layer_sizes[-1], y), self.forward(X))

    def grad_loss(self, X, y):
        acts = self._activations(X)
        grads = {}
        delta = acts[-1] - one_hot(self.layer_sizes[-1], y)
        for l in reversed(range(1, self.L + 1)):
            grads["W%d" % l] = acts[l - 1].T.dot(delta)
            grads["b%d" % l] = delta.sum(axis=0)
            if l > 1:
                a = acts[l - 1]
                delta = delta.dot(self.params["W%d" % l].T) * (a * (1 - a))
        return grads

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for k, v in grads.items():
            self.params[k] = self.params[k] - learning_rate * v

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def accuracy(self, X, y):
        hits = self.predict(X) == np.asarray(y)
        return hits.sum() / len(hits)


def main(path="digits.npz"):
    d = np.load(path)
    net = NeuralNet([64, 32, 10])
    for e in range(15):
        for x, t in zip(d["X"], d["y"]):
            net.train(x / 16., t, 0.1)
        if VERBOSE:
            print(e, net.accuracy(d["X"] / 16., d["y"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
