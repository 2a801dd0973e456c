import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(Y_pred))


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        # les labels doivent être du même type que X
        y = np.asarray(y).astype(X.dtype)
        y_onehot = one_hot(self.output_size, y)
        return nll(y_onehot, self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        return np.dot(X.T, y_pred - y_true), np.sum(y_pred - y_true, axis=0)


class TwoLayerNet:
    """deuxième couche cachée facultative"""

    def __init__(self, input_size, hidden_size_1, output_size, hidden_size_2=None):
        self.deux = hidden_size_2 is not None
        tirage = lambda n, m=None: np.random.uniform(-0.1, 0.1, n if m is None else (n, m))
        self.W_h1, self.b_h1 = tirage(input_size, hidden_size_1), tirage(hidden_size_1)
        derniere = hidden_size_1
        if self.deux:
            self.W_h2, self.b_h2 = tirage(hidden_size_1, hidden_size_2), tirage(hidden_size_2)
            derniere = hidden_size_2
        self.W_o, self.b_o = tirage(derniere, output_size), tirage(output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z_h1 = X @ self.W_h1 + self.b_h1
        self.H1 = H = sigmoid(self.Z_h1)
        if self.deux:
            self.Z_h2 = H @ self.W_h2 + self.b_h2
            self.H2 = H = sigmoid(self.Z_h2)
        self.Z_o = H @ self.W_o + self.b_o
        return softmax(self.Z_o)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        err_o = self.forward(X) - one_hot(self.output_size, y)
        if not self.deux:
            err_1 = (err_o @ self.W_o.T) * dsigmoid(self.Z_h1)
            return {"W_h1": X.T @ err_1, "W_o": self.H1.T @ err_o, "b_o": err_o.sum(0)}
        err_2 = (err_o @ self.W_o.T) * dsigmoid(self.Z_h2)
        err_1 = (err_2 @ self.W_h2.T) * dsigmoid(self.Z_h1)
        return {"W_h1": X.T @ err_1,
                "W_h2": self.H1.T @ err_2, "b_h2": err_2.sum(0),
                "W_o": self.H2.T @ err_o, "b_o": err_o.sum(0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for nom, g in grads.items():
            setattr(self, nom, getattr(self, nom) - learning_rate * g)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet:
    """la version normale, une couche"""

    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W_o = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b_o = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        self.H = sigmoid(self.Z_h)
        self.Z_o = self.H @ self.W_o + self.b_o
        return softmax(self.Z_o)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        err_o = self.forward(X) - one_hot(self.output_size, y)
        err_h = (err_o * dsigmoid(self.Z_o)) @ self.W_o.T
        return [X.T @ err_h, err_h.sum(axis=0), self.H.T @ err_o, err_o.sum(axis=0)]

    def train(self, x, y, learning_rate):
        params = [self.W_h, self.b_h, self.W_o, self.b_o]
        for p, g in zip(params, self.grad_loss(x.reshape(1, -1), y)):
            p -= learning_rate * g

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    digits = load_digits()
    X, y = digits.data / 16, digits.target
    for net in (NeuralNet(64, 32, 10), TwoLayerNet(64, 32, 10), TwoLayerNet(64, 32, 10, 16)):
        for epoque in range(10):
            for xi, yi in zip(X[:1500], y[:1500]):
                net.train(xi, yi, 0.1)
        print(type(net).__name__, net.accuracy(X[1500:], y[1500:]))
