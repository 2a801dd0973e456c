# TP deep learning, seance 3
import numpy as np

EPS = 1e-8


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y)]


def softmax(X):
    X = np.array(X, dtype=float)
    ex = np.exp(X - np.max(X))
    return ex / np.sum(ex)


def nll(Y_true, Y_pred):
    Yt = np.atleast_2d(Y_true)
    Yp = np.atleast_2d(Y_pred)
    # somme sur les classes puis moyenne sur les exemples
    ll = (Yt * np.log(Yp + EPS)).sum(axis=1)
    return np.mean(ll)


def sigmoid(X):
    return 1.0 / (1.0 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1.0 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        delta = self.forward(x) - one_hot(self.output_size, y_true)
        grads = {}
        grads["W"] = np.outer(x, delta)
        grads["b"] = delta
        return grads

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W -= learning_rate * g["W"]
        self.b -= learning_rate * g["b"]

    def accuracy(self, X, y):
        # nombre de bonnes reponses
        bons = [int(np.argmax(self.forward(x))) == t for x, t in zip(X, y)]
        return np.sum(bons)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        u = np.random.uniform
        self.W_h = u(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = u(-0.1, 0.1, hidden_size)
        self.W_o = u(-0.1, 0.1, (hidden_size, output_size))
        self.b_o = u(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        z_h = X @ self.W_h + self.b_h
        h = sigmoid(z_h)
        y = softmax(h @ self.W_o + self.b_o)
        if keep_activations:
            return y, h, z_h
        return y

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        d_o = y - one_hot(self.output_size, y_true)
        d_h = (self.W_o @ d_o) * dsigmoid(z_h)
        return {"W_h": np.outer(x, d_h), "b_h": d_h,
                "W_o": np.outer(h, d_o), "b_o": d_o}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        for nom in ("W_h", "b_h", "W_o", "b_o"):
            setattr(self, nom, getattr(self, nom) - learning_rate * g[nom])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([np.argmax(self.forward(x)) == t for x, t in zip(X, y)])


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean(0)) / (X.std(0) + 1e-9)
    net = NeuralNet(64, 20, 10)
    for epoch in range(5):
        for xi, yi in zip(X[:1500], y[:1500]):
            net.train(xi, yi, 0.1)
        print(epoch, net.loss(X[1500:], y[1500:]), net.accuracy(X[1500:], y[1500:]))
