# every hidden layer has the same size
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
    eps = 1e-15
    logp = np.log(np.clip(Y_pred, eps, 1.))
    return -(np.asarray(Y_true) * logp).sum()


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-.1, .1, size=(input_size, hidden_size))
        self.b1 = np.random.uniform(-.1, .1, size=(hidden_size,))
        self.W2 = np.random.uniform(-.1, .1, size=(hidden_size, hidden_size))
        self.b2 = np.random.uniform(-.1, .1, size=(hidden_size,))
        self.W3 = np.random.uniform(-.1, .1, size=(hidden_size, output_size))
        self.b3 = np.random.uniform(-.1, .1, size=(output_size,))
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = sigmoid(self.Z2)
        self.Z3 = self.A2 @ self.W3 + self.b3
        return softmax(self.Z3)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        dZ3 = self.forward(X) - one_hot(self.output_size, y)
        dZ2 = (dZ3 @ self.W3.T) * dsigmoid(self.Z2)
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(self.Z2)
        return {"W3": self.A2.T @ dZ3, "b3": dZ3.sum(axis=0),
                "W2": self.A1.T @ dZ2, "b2": dZ2.sum(axis=0),
                "W1": X.T @ dZ1, "b1": dZ1.sum(axis=0)}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x[None], y)
        self.W1 += learning_rate * g["W1"]
        self.W2 += learning_rate * g["W2"]
        self.W3 += learning_rate * g["W3"]
        self.b1 += learning_rate * g["b1"]
        self.b2 += learning_rate * g["b2"]
        self.b3 += learning_rate * g["b3"]

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


# idem with three
class DeepNeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-.1, .1, size=(input_size, hidden_size))
        self.W2 = np.random.uniform(-.1, .1, size=(hidden_size, hidden_size))
        self.W3 = np.random.uniform(-.1, .1, size=(hidden_size, hidden_size))
        self.W4 = np.random.uniform(-.1, .1, size=(hidden_size, output_size))
        self.b1, self.b2, self.b3 = np.random.uniform(-.1, .1, size=(3, hidden_size))
        self.b4 = np.random.uniform(-.1, .1, size=output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = sigmoid(self.Z2)
        self.Z3 = self.A2 @ self.W3 + self.b3
        self.A3 = sigmoid(self.Z3)
        return softmax(self.A3 @ self.W4 + self.b4)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        dZ4 = self.forward(X) - one_hot(self.output_size, y)
        dZ3 = (dZ4 @ self.W4.T) * dsigmoid(self.Z3)
        dZ2 = (dZ3 @ self.W3) * dsigmoid(self.Z2)
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(self.A1)
        return {"W4": self.A3.T @ dZ4, "b4": dZ4.sum(axis=0),
                "W3": self.A2.T @ dZ3, "b3": dZ3.sum(axis=0),
                "W2": self.A1.T @ dZ2, "b2": dZ2.sum(axis=0),
                "W1": X.T @ dZ1, "b1": dZ1.sum(axis=0)}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x[None], y)
        for i in "1234":
            for kind in "Wb":
                setattr(self, kind + i, getattr(self, kind + i) - learning_rate * g[kind + i])

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    for net in [TwoLayerNet(64, 20, 10), DeepNeuralNet(64, 20, 10)]:
        for ep in range(5):
            for xi, yi in zip(X / 16, y):
                net.train(xi, yi, 0.1)
            print(type(net).__name__, ep, net.loss(X / 16, y))
