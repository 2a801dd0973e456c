import numpy as np

# ---- activations & loss -------------------------------------------------

def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

def softmax(x):
    x = np.asarray(x, dtype='float64')
    y = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return y / np.sum(y, axis=-1, keepdims=True)

def nll(y_true, y_pred):
    y_true = np.atleast_2d(y_true)
    y_pred = np.clip(np.atleast_2d(y_pred), 1e-15, 1 - 1e-15)
    return np.mean(-np.sum(y_true * np.log(y_pred), axis=1))

def sigmoid(x):
    return 1 / (1 + np.exp(np.clip(-np.asarray(x), -500, 500)))

def dsigmoid(x):
    s = sigmoid(x)
    ds = s * (1 - s)
    return ds

# ---- models -------------------------------------------------------------

class LogisticRegression:

    def __init__(self, input_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size

    def forward(self, X):
        Z1 = X @ self.W1 + self.b1
        return softmax(Z1)

    def loss(self, X, y):
        Y = one_hot(self.output_size, y)
        P = self.forward(X)
        nll = nll(Y, P)
        return nll

    def grad_loss(self, X, y_true, y_pred):
        N = X.shape[0]
        dZ1 = y_pred - y_true
        dW1 = 1/N * X.T @ dZ1
        db1 = 1/N * np.sum(dZ1, axis=0, keepdims=True)
        return dW1, db1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class NeuralNet:

    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        Y = one_hot(self.output_size, y)
        return nll(Y, self.forward(X))

    def grad_loss(self, X, y):
        # dZ2 = ...
        # dZ1 = ...
        raise NotImplementedError("still have to work out the chain rule on paper")

    def train(self, x, y, learning_rate):
        # TODO
        return None

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
