import numpy as np

eps = 1e-8


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X)
    X = X - np.max(X, axis=-1, keepdims=True)
    return np.exp(X) / np.exp(X).sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    return np.mean(np.sum(-np.log(Y_pred + eps) * Y_true, axis=1))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def grad_loss(self, x, y_true):
        d = self.forward(x) - one_hot(self.output_size, y_true)
        grad_W = x * d
        grad_b = d
        return {"W": grad_W, "b": grad_b}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W = self.W - learning_rate * g["W"]
        self.b = self.b - learning_rate * g["b"]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(xi) == yi for xi, yi in zip(X, y)])


def sigmoid(X):
    X = np.asarray(X, dtype=float)
    out = np.empty_like(X)
    pos = X >= 0
    out[pos] = 1 / (1 + np.exp(-X[pos]))
    ex = np.exp(X[~pos])
    out[~pos] = ex / (1 + ex)
    return out


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


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
        y = softmax(np.dot(h, self.W_o) + self.b_o)
        if not keep_activations:
            return y
        return y, h, z_h

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, True)
        t = one_hot(self.output_size, y_true)
        err = t - y
        err_h = np.dot(self.W_o, err) * h * (1 - h)
        grad_W_o = np.outer(h, err)
        grad_W_h = np.outer(h, err_h)
        return {"W_h": grad_W_h, "b_h": err_h, "W_o": grad_W_o, "b_o": err}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W_h = self.W_h - learning_rate * g["W_h"]
        self.b_h = self.b_h - learning_rate * g["b_h"]
        self.W_o = self.W_o - learning_rate * g["W_o"]
        self.b_o = self.b_o - learning_rate * g["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(xi) == yi for xi, yi in zip(X, y)])


# gradient check, to finish
# def check(model, x, y, h=1e-5):
#     g = model.grad_loss(x, y)
#     ...
