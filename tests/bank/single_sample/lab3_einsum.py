import numpy as np

LOG_FLOOR = 1e-10


def es(spec, *arrays):
    return np.einsum(spec, *arrays, optimize=True)


def one_hot(n_classes, y):
    return np.equal.outer(np.asarray(y), np.arange(n_classes)).astype(float)


def softmax(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(X - X.max(-1)[..., None])
    return es('...k,...->...k', e, 1.0 / e.sum(-1))


def nll(Y_true, Y_pred):
    L = np.log(np.asarray(Y_pred) + LOG_FLOOR)
    return -np.mean(es('...k,...k->...', np.asarray(Y_true, dtype=float), L))


def sigmoid(X):
    return 1.0 / (1.0 + np.exp(-np.clip(X, -500.0, 500.0)))


def dsigmoid(X):
    return sigmoid(X) * sigmoid(np.negative(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(es('...d,dk->...k', X, self.W) + self.b)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        r = self.forward(x) - one_hot(self.output_size, y_true)
        return {"W": es('d,k->dk', x, r), "b": r}

    def train(self, x, y, learning_rate):
        for name, g in self.grad_loss(x, y).items():
            setattr(self, name, getattr(self, name) - learning_rate * g)

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W_o = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b_o = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward_keep_activations(self, X):
        z_h = es('...d,dh->...h', X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        y = softmax(es('...h,hk->...k', h, self.W_o) + self.b_o)
        return y, h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward_keep_activations(x)
        r = y - one_hot(self.output_size, y_true)
        q = es('k,hk,h->h', r, self.W_o, dsigmoid(z_h))
        return {"W_h": es('d,h->dh', x, q), "b_h": q, "W_o": es('h,k->hk', h, r), "b_o": r}

    def train(self, x, y, learning_rate):
        for name, g in self.grad_loss(x, y).items():
            setattr(self, name, getattr(self, name) - learning_rate * g)

    def predict(self, X):
        return self.forward(X).argmax(-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


def run(hidden=32, lr=0.1, epochs=15, seed=0):
    from sklearn.datasets import load_digits
    np.random.seed(seed)
    X, y = load_digits(return_X_y=True)
    X = (X - X[:1500].mean(0)) / (X[:1500].std(0) + 1e-3)
    net = NeuralNet(64, hidden, 10)
    for _ in range(epochs):
        for i in np.random.permutation(1500):
            net.train(X[i], y[i], lr)
    return net.accuracy(X[1500:], y[1500:])


if __name__ == "__main__":
    for hidden in (8, 16, 32, 64):
        print(hidden, run(hidden))
