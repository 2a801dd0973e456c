# Inês -- rede neuronal com uma camada escondida
import numpy as np


def one_hot(n_classes, y):
    I = np.identity(n_classes)
    return I[y]


def softmax(X):
    # estabilidade numerica: tirar o maximo de cada linha
    m = np.max(X, axis=1).reshape(-1, 1)
    E = np.exp(X - m)
    return E / np.sum(E, axis=1).reshape(-1, 1)


def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(np.asarray(Y_true, dtype=float))
    Y_pred = np.atleast_2d(np.asarray(Y_pred, dtype=float))
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    custo = np.sum(Y_true * np.log(Y_pred), axis=1)
    return custo.mean()


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(low=-0.1, high=0.1, size=(input_size, output_size))
        self.b = np.random.uniform(low=-0.1, high=0.1, size=output_size)
        self.output_size = output_size

    def forward(self, X):
        Z = X @ self.W + self.b
        return softmax(Z)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        erro = (y_pred - y_true) / X.shape[0]
        grad_W = X.T @ erro
        grad_b = erro.sum(axis=0)
        return [grad_W, grad_b]


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(low=-0.1, high=0.1, size=(input_size, hidden_size))
        self.b1 = np.random.uniform(low=-0.1, high=0.1, size=hidden_size)
        self.W2 = np.random.uniform(low=-0.1, high=0.1, size=(hidden_size, output_size))
        self.b2 = np.random.uniform(low=-0.1, high=0.1, size=output_size)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        Z1 = X @ self.W1 + self.b1
        A1 = sigmoid(Z1)
        Z2 = A1 @ self.W2 + self.b2
        A2 = softmax(Z2)
        if keep_activations:
            return A2, A1, Z1
        return A2

    def loss(self, X, y):
        y = np.asarray(y).astype(int)
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        N = X.shape[0]
        A2, A1, Z1 = self.forward(X, keep_activations=True)
        d2 = (A2 - one_hot(self.output_size, y)) / N
        d1 = d2 @ self.W2.T * dsigmoid(Z1)
        return [X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)]

    def train(self, x, y, learning_rate):
        if x.ndim == 1:
            x = x[None, :]
        dW1, db1, dW2, db2 = self.grad_loss(x, y)
        self.W1 = self.W1 + learning_rate * dW1
        self.b1 = self.b1 + learning_rate * db1
        self.W2 = self.W2 + learning_rate * dW2
        self.b2 = self.b2 + learning_rate * db2

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        certos = self.predict(X) == y
        return certos.mean()


if __name__ == "__main__":
    rede = NeuralNet(64, 20, 10)
    print(rede.forward(np.zeros((2, 64))))
    print(softmax(np.array([[10, 2, -3], [-1, 5, -20]])))
