import numpy as np


def one_hot(n_classes, y):
    ids = np.asarray(y, dtype=np.int64)
    result = np.zeros((ids.size, n_classes))
    result[np.arange(ids.size), ids.ravel()] = 1
    return result.reshape(*ids.shape, n_classes)


def softmax(X):
    shifted = np.asarray(X) - np.max(X, axis=-1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.exp(log_probs)


def nll(Y_true, Y_pred):
    # probability given to the right class, then -log, then the mean
    right = np.sum(np.multiply(Y_true, Y_pred), axis=-1)
    return -np.mean(np.log(right + 1e-9))


def sigmoid(X):
    z = np.exp(-np.abs(X))
    return np.where(np.asarray(X) >= 0, 1 / (1 + z), z / (1 + z))


def dsigmoid(X):
    z = np.exp(-np.abs(X))
    return z / (1 + z) ** 2


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = 0.2 * np.random.rand(input_size, output_size) - 0.1
        self.b = 0.2 * np.random.rand(1, output_size) - 0.1
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.atleast_2d(X) @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        N = X.shape[0]
        return X.T @ (y_pred - y_true) / N, np.mean(y_pred - y_true, axis=0, keepdims=True)

    def accuracy(self, X, y):
        return np.count_nonzero(self.predict(X) == y) / len(y)


class NeuralNet:
    """one hidden layer, or two if hidden_size_2 is given"""

    def __init__(self, input_size, hidden_size_1, output_size, hidden_size_2=None):
        self.two_layers = hidden_size_2 is not None
        last = hidden_size_2 if self.two_layers else hidden_size_1
        init = lambda *shape: np.random.uniform(low=-0.1, high=0.1, size=shape)

        self.params = {"W1": init(input_size, hidden_size_1), "b1": init(hidden_size_1)}
        if self.two_layers:
            self.params["W2"] = init(hidden_size_1, hidden_size_2)
            self.params["b2"] = init(hidden_size_2)
        self.params["W_out"] = init(last, output_size)
        self.params["b_out"] = init(output_size)
        self.output_size = output_size

    def forward(self, X):
        p = self.params
        self.cache = {"A1": sigmoid(X @ p["W1"] + p["b1"])}
        A = self.cache["A1"]
        if self.two_layers:
            A = self.cache["A2"] = sigmoid(A @ p["W2"] + p["b2"])
        return softmax(A @ p["W_out"] + p["b_out"])

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        p, grads = self.params, {}
        probs = self.forward(X)
        c = self.cache
        d = (probs - one_hot(self.output_size, y)) / len(X)

        top = c["A2"] if self.two_layers else c["A1"]
        grads["W_out"], grads["b_out"] = top.T @ d, d.sum(axis=0)
        d = d @ p["W_out"].T * top * (1 - top)
        if self.two_layers:
            grads["W2"], grads["b2"] = c["A1"].T @ d, d.sum(axis=0)
            d = d @ p["W2"].T * c["A1"] * (1 - c["A1"])
        grads["W1"], grads["b1"] = X.T @ d, d.sum(axis=0)
        return grads

    def train(self, x, y, learning_rate):
        x = np.reshape(x, (-1, self.params["W1"].shape[0]))
        y = np.reshape(y, (-1,))
        for name, g in self.grad_loss(x, y).items():
            self.params[name] -= learning_rate * g

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return np.average(np.equal(self.predict(X), y))


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    digits = load_digits()
    Xtr, Xte, ytr, yte = train_test_split(digits.data / 16, digits.target, test_size=0.15, random_state=37)
    for h2 in (None, 16, 32):
        net = NeuralNet(64, 32, 10, h2)
        for epoch in range(30):
            for x, y in zip(Xtr, ytr):
                net.train(x, y, 0.1)
        print("h2 =", h2, "->", net.accuracy(Xte, yte))
