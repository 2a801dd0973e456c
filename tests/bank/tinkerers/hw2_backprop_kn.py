# HW2
# (derivations: see my notes p.4)
import numpy as np
from functools import partial

uniform = partial(np.random.uniform, -0.1, 0.1)


def one_hot(n_classes, y):
    y = np.asarray(y, dtype=int)
    return np.squeeze(np.eye(n_classes)[y.reshape(-1)]) if y.ndim == 0 else np.eye(n_classes)[y]


def softmax(X):
    ex = np.exp(np.subtract(X, np.max(X, axis=-1, keepdims=True)))
    return ex / ex.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1)
    return -np.sum(Y_true * np.log(Y_pred))


def sigmoid(X):
    return 1.0 / (1.0 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * sigmoid(-np.asarray(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.n_out = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        residual = y_true - y_pred
        grad_W = np.einsum('ni,nk->ik', X, residual)
        grad_b = residual.sum(axis=0)
        return grad_W, grad_b


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {
            "W_h": np.random.uniform(-0.1, 0.1, (input_size, hidden_size)),
            "b_h": np.random.uniform(-0.1, 0.1, hidden_size),
            "W_o": np.random.uniform(-0.1, 0.1, (hidden_size, output_size)),
            "b_o": np.random.uniform(-0.1, 0.1, output_size),
        }
        self.n_out = output_size

    def forward(self, X):
        self.H = sigmoid(X @ self.params["W_h"] + self.params["b_h"])
        return softmax(self.H @ self.params["W_o"] + self.params["b_o"])

    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), self.forward(X))

    def grad_loss(self, X, y):
        P = self.forward(X)
        T = one_hot(self.n_out, y)
        dO = (P - T) * (P * (1 - P))
        dH = np.einsum('nk,hk->nh', dO, self.params["W_o"])
        dH = dH * dsigmoid(self.H)
        return {"W_h": X.T @ dH, "b_h": dH.sum(axis=0), "W_o": self.H.T @ dO, "b_o": dO.sum(axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[None], y)
        self.params = {k: self.params[k] - learning_rate * grads[k] for k in self.params}

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return float(np.mean(self.predict(X) == y))


if __name__ == "__main__":
    import matplotlib.pyplot as plt
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X /= 16
    for lr in (0.01, 0.1, 1.0):
        net, curve = NeuralNet(64, 32, 10), []
        for epoch in range(10):
            for xi, yi in zip(X[:1500], y[:1500]):
                net.train(xi, yi, lr)
            curve.append(net.accuracy(X[1500:], y[1500:]))
        plt.plot(curve, label=str(lr))
    plt.legend()
    plt.show()
