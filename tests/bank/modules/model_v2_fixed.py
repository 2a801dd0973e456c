import numpy as np
import matplotlib.pyplot as plt


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.array(y).astype(int)]


def softmax(Z):
    Z = np.asarray(Z)
    Z = Z - np.max(Z, axis=-1, keepdims=True)
    expZ = np.exp(Z)
    return expZ / expZ.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    if Y_true.ndim == 1:
        return -np.dot(Y_true, np.log(Y_pred))
    return -np.sum(Y_true * np.log(Y_pred)) / Y_true.shape[0]


def sigmoid(Z):
    Z = np.clip(Z, -500, 500)
    return 1 / (1 + np.exp(-Z))


def dsigmoid(Z):
    return sigmoid(Z) * (1 - sigmoid(Z))


class NeuralNet:

    def __init__(self, input_size, hidden_size, output_size):
        # He init? Xavier is better for sigmoid I think
        self.W1 = np.random.randn(input_size, hidden_size) * np.sqrt(1 / input_size)
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = np.random.randn(hidden_size, output_size) * np.sqrt(1 / hidden_size)
        self.b2 = np.zeros((1, output_size))
        self.num_classes = output_size
        self.history = []

    def forward(self, X):
        cache = {}
        cache["A0"] = X
        cache["Z1"] = X @ self.W1 + self.b1
        cache["A1"] = sigmoid(cache["Z1"])
        cache["Z2"] = cache["A1"] @ self.W2 + self.b2
        cache["A2"] = softmax(cache["Z2"])
        self.cache = cache
        return cache["A2"]

    def loss(self, X, y):
        return nll(one_hot(self.num_classes, y), self.forward(X))

    def grad_loss(self, X, y):
        m = X.shape[0]
        self.forward(X)
        A1, A2 = self.cache["A1"], self.cache["A2"]
        dZ2 = A2 - one_hot(self.num_classes, y)
        dW2 = A1.T @ dZ2 / m
        db2 = dZ2.sum(axis=0, keepdims=True) / m
        dA1 = dZ2 @ self.W2
        dZ1 = dA1 * dsigmoid(self.cache["Z1"])
        dW1 = X.T @ dZ1 / m
        db1 = dZ1.sum(axis=0, keepdims=True) / m
        return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        y = np.atleast_1d(y)
        grads = self.grad_loss(x, y)
        for k in ["W1", "b1", "W2", "b2"]:
            param = getattr(self, k)
            param -= learning_rate * grads["d" + k]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        y_pred = self.predict(X)
        return np.mean(y_preds == y)


def plot_history(h):
    plt.plot(h)
    plt.xlabel("epoch")
    plt.show()
