import numpy as np
import matplotlib.pyplot as plt

EPSILON = 1e-8
N_CLASSES = 10


def one_hot(n_classes, y):
    if np.ndim(y) == 0:
        v = np.zeros(n_classes)
        v[int(y)] = 1
        return v
    return np.array([one_hot(n_classes, int(k)) for k in y])


def softmax(X):
    X = np.asarray(X, dtype=float)
    if X.ndim == 1:
        e = np.exp(X - X.max())
        return e / e.sum()
    # batch : one row at a time
    return np.array([softmax(row) for row in X])


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true, dtype=float)
    Y_pred = np.asarray(Y_pred, dtype=float)
    if Y_true.ndim == 1:
        return -np.sum(Y_true * np.log(EPSILON + Y_pred))
    return -np.sum(Y_true * np.log(EPSILON + Y_pred)) / len(Y_true)


# ----------------------------------------------------------------------
class LogisticRegression():
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W))

    def grad_loss(self, x, y_true):
        y_pred = self.forward(x)
        dz = y_pred - one_hot(self.output_size, y_true)
        return {"W": np.outer(x, dz), "b": dz}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W -= learning_rate * grads["W"]
        self.b -= learning_rate * grads["b"]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(xx) == yy for xx, yy in zip(X, y)])


def sigmoid(X):
    # two cases to avoid the overflow
    e = np.exp(-np.abs(X))
    return np.where(np.asarray(X) >= 0, 1 / (1 + e), e / (1 + e))


def dsigmoid(X):
    s = sigmoid(X)
    return s - s ** 2


class NeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        z_o = np.dot(h, self.W_o) + self.b_o
        y = softmax(z_o)
        if keep_activations:
            return y, h, z_h
        else:
            return y

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        grad_o = y - one_hot(self.output_size, y_true)
        # propagate the error back through W_o
        grad_hid = np.dot(self.W_o, grad_o)
        return {"W_o": np.outer(h, grad_o), "b_o": grad_o,
                "W_h": np.outer(x, grad_hid), "b_h": grad_hid}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(xx) == yy for xx, yy in zip(X, y)])


def load():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    d = load_digits()
    return train_test_split(d.data / 16.0, d.target, test_size=0.15, random_state=37)


if __name__ == '__main__':
    X_train, X_test, y_train, y_test = load()
    model = NeuralNet(X_train.shape[1], 32, N_CLASSES)
    accs = []
    for epoch in range(10):
        for x, y in zip(X_train, y_train):
            model.train(x, y, 0.1)
        accs.append(model.accuracy(X_test, y_test))
        print('epoch', epoch, 'acc', accs[-1])
    plt.plot(accs)
    plt.savefig('acc.png')
