# Réseau à nombre de couches libre (testé avec trois couches cachées)
import numpy as np


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def nll(Y_true, Y_pred):
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(Y_pred))


class DeepNeuralNet:
    def __init__(self, layer_sizes):
        self.n_couches = len(layer_sizes) - 1
        self.Ws = [np.random.uniform(-0.1, 0.1, (layer_sizes[k], layer_sizes[k + 1])) for k in range(self.n_couches)]
        self.bs = [np.random.uniform(-0.1, 0.1, layer_sizes[k + 1]) for k in range(self.n_couches)]
        self.output_size = layer_sizes[-1]

    def forward(self, X):
        H = X
        self.Zs = []
        self.Hs = [X]
        for k in range(self.n_couches - 1):
            Z = np.dot(H, self.Ws[k]) + self.bs[k]
            H = sigmoid(Z)
            self.Zs.append(Z)
            self.Hs.append(H)
        return softmax(np.dot(H, self.Ws[-1]) + self.bs[-1])

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def train(self, x, y, learning_rate):
        """ une étape de SGD, on remonte les couches en partant de la sortie """
        x = x[np.newaxis, :]
        erreur = self.forward(x) - one_hot(self.output_size, y)
        k = self.n_couches - 1
        while k >= 0:
            self.Ws[k] = self.Ws[k] - learning_rate * np.dot(self.Hs[k].T, erreur)
            self.bs[k] = self.bs[k] - learning_rate * np.sum(erreur, axis=0)
            if k > 0:
                erreur = np.dot(erreur, self.Ws[k].T) * dsigmoid(self.Zs[k - 1])
            k -= 1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    digits = load_digits()
    X_train, X_test, y_train, y_test = train_test_split(
        digits.data / 16, digits.target, test_size=0.15, random_state=37)
    reseau = DeepNeuralNet([64, 50, 40, 30, 10])
    for epoch in range(40):
        for x, y in zip(X_train, y_train):
            reseau.train(x, y, 0.2)
        if epoch % 5 == 0:
            print(epoch, reseau.accuracy(X_train, y_train), reseau.accuracy(X_test, y_test))
