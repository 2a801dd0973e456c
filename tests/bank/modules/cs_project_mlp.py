import numpy as np

# --------------------------------------------------
# helpers
# --------------------------------------------------
def one_hot(n_classes, y):
    labels = np.asarray(y, dtype=int)
    return np.eye(n_classes)[labels]


def softmax(z):
    e = np.exp(np.asarray(z, dtype=float))
    return (e.T / np.sum(e, axis=-1)).T


def nll(t, p):
    t, p = np.atleast_2d(t), np.atleast_2d(p)
    losses = -np.sum(t * np.log(p), axis=1)
    return np.mean(losses)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


def dsigmoid(z):
    a = sigmoid(z)
    return a * (1.0 - a)


# --------------------------------------------------
# models
# --------------------------------------------------
class Base:
    """everything that only needs forward()"""

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class LogisticRegression(Base):
    def __init__(self, input_size, output_size):
        self.output_size = output_size
        self.W1 = np.random.normal(scale=0.05, size=(input_size, output_size))
        self.b1 = np.zeros(output_size)

    def forward(self, X):
        return softmax(X @ self.W1 + self.b1)

    def grad_loss(self, X, y):
        P = self.forward(X)
        P = P - one_hot(self.output_size, y)
        P = P / X.shape[0]
        return X.T @ P, P.sum(0)


class NeuralNet(Base):
    def __init__(self, input_size, hidden_size, output_size):
        self.output_size = output_size
        self.W1 = np.random.normal(scale=0.05, size=(input_size, hidden_size))
        self.b1 = np.zeros(hidden_size)
        self.W2 = np.random.normal(scale=0.05, size=(hidden_size, output_size))
        self.b2 = np.zeros(output_size)

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        return softmax(self.Z2)

    def grad_loss(self, X, y):
        delta = self.forward(X) - one_hot(self.output_size, y)
        delta /= X.shape[0]
        dW2 = self.A1.T @ delta
        db2 = delta.sum(0)
        delta = (delta @ self.W2.T) * self.A1 * (1 - self.A1)
        dW1 = X.T @ delta
        db1 = delta.sum(0)
        return dW1, db1, dW2, db2

    def train(self, x, y, learning_rate):
        x, y = np.atleast_2d(x), np.atleast_1d(y)
        dW1, db1, dW2, db2 = self.grad_loss(x, y)
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1


if __name__ == "__main__":
    print(softmax([10, 2, -3]))
    print(nll([1, 0, 0], [0.98, 0.01, 0.01]))
