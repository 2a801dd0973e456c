# CS-2xx, lab "backprop" -- C. Okafor
# The net inherits from the logistic regression: predict / accuracy / loss are the same.
import numpy as np


def one_hot(n_classes, y):
    if isinstance(y, (int, np.integer)):
        v = np.zeros(n_classes)
        v[y] = 1
        return v
    return np.stack([one_hot(n_classes, int(label)) for label in y])


def softmax(X):
    X = np.asarray(X)
    if X.ndim == 1:
        e = np.exp(X - X.max())
        return e / e.sum()
    e = np.exp(X - X.max(axis=1).reshape(-1, 1))
    return e / e.sum(axis=1).reshape(-1, 1)


def nll(Y_true, Y_pred):
    eps = 1e-15
    Y_true, Y_pred = np.asarray(Y_true), np.asarray(Y_pred)
    losses = -(Y_true * np.log(np.where(Y_pred < eps, eps, Y_pred))).sum(axis=-1)
    return losses.mean()
    return losses.sum()   # old


def sigmoid(X):
    X = np.clip(X, -100, 100)
    return np.exp(X) / (np.exp(X) + 1)


def dsigmoid(X):
    return np.multiply(sigmoid(X), np.subtract(1, sigmoid(X)))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.input_size, self.output_size = input_size, output_size
        self.W = np.random.normal(0, 0.1, (input_size, output_size)).astype(np.float32)
        self.b = np.zeros(output_size, dtype=np.float32)

    def forward(self, X):
        return softmax(np.matmul(X, self.W) + self.b)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        err = (self.forward(X) - one_hot(self.output_size, y)) / len(X)
        return {"W": np.matmul(X.T, err), "b": err.sum(axis=0)}

    def train(self, X, y, learning_rate):
        grads = self.grad_loss(X, y)
        for name in grads:
            p = getattr(self, name)
            p -= (learning_rate * grads[name]).astype(p.dtype)

    def predict(self, X):
        probs = self.forward(X)
        return probs.argmax() if probs.ndim == 1 else probs.argmax(axis=1)

    def accuracy(self, X, y):
        return np.equal(self.predict(X), y).sum() / float(len(y))


class NeuralNet(LogisticRegression):
    def __init__(self, input_size, hidden_size, output_size):
        # super().__init__(hidden_size, output_size)   no, it makes a W that is not used
        self.input_size, self.hidden_size, self.output_size = input_size, hidden_size, output_size
        self.W_h = np.random.normal(0, 0.1, (input_size, hidden_size))
        self.b_h = np.zeros(hidden_size)
        self.W_o = np.random.normal(0, 0.1, (hidden_size, output_size))
        self.b_o = np.zeros(output_size)

    def forward(self, X):
        self.H = sigmoid(np.matmul(X, self.W_h) + self.b_h)
        return softmax(np.matmul(self.H, self.W_o) + self.b_o)

    def grad_loss(self, X, y):
        err = (self.forward(X) - one_hot(self.output_size, y)) / len(X)
        H = self.H
        back = np.matmul(err, np.transpose(self.W_o)) * H * (1 - H)
        return {"W_h": np.matmul(X.T, back), "b_h": back.sum(axis=0),
                "W_o": np.matmul(H.T, err), "b_o": err.sum(axis=0)}


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = X / 16
    for net in (LogisticRegression(64, 10), NeuralNet(64, 32, 10)):
        for step in range(4000):
            batch = np.random.randint(0, 1500, 32)
            net.train(X[batch], y[batch], 0.5)
        print(type(net).__name__, net.accuracy(X[1500:], y[1500:]))
