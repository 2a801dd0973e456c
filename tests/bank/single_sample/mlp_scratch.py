import numpy as np

DELTA = 1e-8   # avoids log(0)


def one_hot(n_classes, y):
    y = np.asarray(y)
    out = np.zeros(y.shape + (n_classes,))
    np.put_along_axis(out, np.expand_dims(y, -1), 1, axis=-1)
    return out


def softmax(X):
    X = np.asarray(X, dtype='float64')
    X = X - X.max(-1, keepdims=True)
    np.exp(X, out=X)
    X /= X.sum(-1, keepdims=True)
    return X


def nll(Y_true, Y_pred):
    Y_pred = np.asarray(Y_pred) + DELTA
    return -np.mean(np.sum(np.asarray(Y_true) * np.log(Y_pred), axis=-1))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -100, 100)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        Z = np.einsum('...d,dk->...k', X, self.W) + self.b
        return softmax(Z)

    def predict(self, X):
        # most probable class
        return np.max(self.forward(X), axis=-1)

    def grad_loss(self, x, y_true):
        diff = self.forward(x) - one_hot(self.output_size, y_true)
        return {"W": np.einsum('d,k->dk', x, diff), "b": diff}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W = self.W - learning_rate * grads["W"]
        self.b = self.b - learning_rate * grads["b"]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def accuracy(self, X, y):
        return np.mean(np.argmax(self.forward(X), axis=1) == y)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        o = sigmoid(np.dot(h, self.W_o) + self.b_o)
        y = softmax(o)      # so that they sum to one
        if keep_activations:
            return y, h, z_h
        return y

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        e = y - one_hot(self.output_size, y_true)
        back = np.dot(e, self.W_o.T) * dsigmoid(z_h)
        return {
            "W_o": np.outer(h, e), "b_o": e,
            "W_h": np.outer(x, back), "b_h": back,
        }

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W_h = self.W_h - learning_rate * grads["W_h"]
        self.b_h = self.b_h - learning_rate * grads["b_h"]
        self.W_o = self.W_o - learning_rate * grads["W_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([np.argmax(self.forward(x)) == t for x, t in zip(X, y)])


def train_all(model, X, y, epochs=10, lr=0.1, verbose=True):
    hist = []
    for e in range(epochs):
        order = np.random.permutation(len(X))
        for i in order:
            model.train(X[i], y[i], lr)
        hist.append(model.loss(X, y))
        if verbose:
            print(f"epoch {e:2d} loss {hist[-1]:.4f} acc {model.accuracy(X, y):.3f}")
    return hist
