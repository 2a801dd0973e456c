"""SGD with one sample at a time: x is a vector (D,), y an integer.
Inside, everything is a column vector as on the blackboard."""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(Y_pred))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (hidden_size, input_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (hidden_size, 1))
        self.W2 = np.random.uniform(-0.1, 0.1, (output_size, hidden_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (output_size, 1))
        self.n_classes = output_size

    def forward(self, x):
        self.x = np.reshape(x, (-1, 1))               # (D, 1)
        self.Z1 = self.W1 @ self.x + self.b1          # (H, 1)
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.W2 @ self.A1 + self.b2         # (K, 1)
        self.A2 = softmax(self.Z2.ravel())            # (K,)
        return self.A2

    def loss(self, x, y):
        return nll(one_hot(self.n_classes, y), self.forward(x))

    def grad_loss(self, x, y):
        p = self.forward(x)
        dZ2 = (p - one_hot(self.n_classes, y)).reshape(-1, 1)
        dW2 = dZ2 @ self.A1.T
        db2 = dZ2
        dZ1 = (self.W2.T @ dZ2) * dsigmoid(self.Z1)
        dW1 = dZ1 @ self.x.T
        db1 = dZ1
        return dW1, db1, dW2, db2

    def train(self, x, y, learning_rate):
        dW1, db1, dW2, db2 = self.grad_loss(x, y)
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, x):
        return int(np.argmax(self.forward(x)))

    def accuracy(self, X, y):
        return np.mean([self.predict(xi) == yi for xi, yi in zip(X, y)])


def fit(net, X, y, epochs=5, lr=0.05):
    for e in range(epochs):
        for i in np.random.permutation(len(X)):
            net.train(X[i], y[i], lr)
        print(e, np.mean([net.loss(xi, yi) for xi, yi in zip(X, y)]), net.accuracy(X, y))


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    digits = load_digits()
    fit(NeuralNet(64, 30, 10), digits.data / 16, digits.target)
