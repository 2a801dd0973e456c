# -*- coding: utf-8 -*-
# TP2 : rétropropagation du gradient.  Export du notebook.
import numpy as np


# ---------------------------------------------------------------- fonctions
def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.asarray(Y_pred)
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    loss = -np.sum(Y_true * np.log(Y_pred))
    return loss


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


# ---------------------------------------------------------------- régression logistique
class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size
        self.input_size = input_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        diff = y_pred - y_true
        return np.dot(X.T, diff), np.sum(diff, axis=0)


# ---------------------------------------------------------------- une couche cachée
class NeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h = np.dot(X, self.W_h) + self.b_h
        return sigmoid(self.Z_h)

    def forward_output(self, H):
        self.Z_o = np.dot(H, self.W_o) + self.b_o
        return softmax(self.Z_o)

    def forward(self, X):
        H = self.forward_hidden(X)
        return self.forward_output(H)

    def loss(self, X, y):
        y_onehot = one_hot(self.output_size, y.astype(int))
        return nll(y_onehot, self.forward(X))

    def grad_loss(self, X, y_true):
        y_true = one_hot(self.output_size, y_true)
        y_pred = self.forward(X)
        error_o = y_pred - y_true
        grad_W_o = np.dot(sigmoid(self.Z_h).T, error_o)   # corrigé au tableau
        grad_b_o = np.sum(error_o, axis=0)
        error_h = np.dot(error_o, self.W_o.T) * dsigmoid(self.Z_h)
        grad_W_h = np.dot(X.T, error_h)
        grad_b_h = np.sum(error_h, axis=0)
        return {"W_h": grad_W_h, "b_h": grad_b_h, "W_o": grad_W_o, "b_o": grad_b_o}

    def train(self, x, y, learning_rate):
        x = x[np.newaxis, :]
        grads = self.grad_loss(x, y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(np.argmax(self.forward(X), axis=1) == y)


# ---------------------------------------------------------------- deux couches de même taille
class TwoLayerNet():
    """ deux couches cachées, toutes les deux de taille hidden_size """

    def __init__(self, input_size, hidden_size, output_size):
        def init(*forme):
            return np.random.uniform(size=forme, high=0.1, low=-0.1)
        self.W_h, self.b_h = init(input_size, hidden_size), init(hidden_size)
        self.W_h2, self.b_h2 = init(hidden_size, hidden_size), init(hidden_size)
        self.W_o, self.b_o = init(hidden_size, output_size), init(output_size)
        self.output_size = output_size

    def forward_keep(self, X):
        Z_i = np.dot(X, self.W_h) + self.b_h
        Z_j = np.dot(sigmoid(Z_i), self.W_h2) + self.b_h2
        Z_o = np.dot(sigmoid(Z_j), self.W_o) + self.b_o
        return Z_i, Z_j, sigmoid(Z_o)

    def forward(self, X):
        return self.forward_keep(X)[-1]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        Z_i, Z_j, y_pred = self.forward_keep(X)
        error_o = y_pred - one_hot(self.output_size, y_true)
        error_j = np.dot(error_o, self.W_o.T) * dsigmoid(Z_j)
        error_i = np.dot(error_j, self.W_h2.T) * dsigmoid(Z_i)

        grads = dict()
        grads["W_o"] = np.dot(sigmoid(Z_j).T, error_o)
        grads["b_o"] = np.sum(error_o, axis=0)
        grads["W_h2"] = np.dot(Z_i.T, error_j)
        grads["b_h2"] = np.sum(error_j, axis=0)
        grads["W_h"] = np.dot(X.T, error_i)
        grads["b_h"] = np.sum(error_i, axis=0)
        return grads

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_h2 -= learning_rate * grads["W_h2"]
        self.b_h2 -= learning_rate * grads["b_h2"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    digits = load_digits()
    X_train, X_test, y_train, y_test = train_test_split(
        digits.data, digits.target, test_size=0.15, random_state=37)
    for Classe in (NeuralNet, TwoLayerNet):
        m = Classe(64, 10, 10)
        for epoch in range(15):
            for x, y in zip(X_train, y_train):
                m.train(x, y, 0.001)
        print(Classe.__name__, m.accuracy(X_test, y_test))
