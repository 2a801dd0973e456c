import numpy as np
def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]
def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
def nll(Y_true, Y_pred):
    return -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-15, 1 - 1e-15)))
def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))
def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)
class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-.1, .1, (input_size, output_size))
        self.b = np.random.uniform(-.1, .1, output_size)
        self.output_size = output_size
    def forward(self, X):
        return softmax(X @ self.W + self.b)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), np.sum(y_pred - y_true, axis=0)
class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.layers = [{"W": np.random.randn(hidden_size, input_size), "b": np.random.randn(hidden_size, 1)},
                       {"W": np.random.randn(output_size, hidden_size), "b": np.random.randn(output_size, 1)}]
    def _fwd(self, X):
        A0 = np.atleast_2d(X).T
        A1 = sigmoid(self.layers[0]["W"] @ A0 + self.layers[0]["b"])
        A2 = softmax((self.layers[1]["W"] @ A1 + self.layers[1]["b"]).T).T
        return A0, A1, A2
    def forward(self, X):
        return self._fwd(X)[-1].T
    def loss(self, X, y):
        m = len(np.atleast_2d(X))
        return 1 / m * nll(one_hot(self.layers[1]["b"].size, y), self.forward(X))
    def grad_loss(self, X, y):
        A0, A1, A2 = self._fwd(X)
        m = A0.shape[1]
        dZ2 = A2 - np.atleast_2d(one_hot(A2.shape[0], y)).T
        dZ1 = self.layers[1]["W"].T @ dZ2 * A1 * (1 - A1)
        return [{"W": 1 / m * dZ1 @ A0.T, "b": 1 / m * np.sum(dZ1, axis=1, keepdims=True)},
                {"W": 1 / m * dZ2 @ A1.T, "b": 1 / m * np.sum(dZ2, axis=1, keepdims=True)}]
    def train(self, X, y, learning_rate=0.1, n_epochs=1, verbose=False):
        for epoch in range(n_epochs):
            for layer, g in zip(self.layers, self.grad_loss(X, y)):
                for key in layer:
                    layer[key] = layer[key] - learning_rate * g[key]
            if verbose:
                print(epoch, self.loss(X, y))
    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)
    def accuracy(self, X, y):
        return np.sum(self.predict(X) == y) / len(y)
