import numpy as np
def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]
def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
def nll(Y_true, Y_pred):
    return -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-15, 1 - 1e-15)))
def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))
def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)
class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-.1, .1, (input_size, output_size))
        self.b = np.random.uniform(-.1, .1, output_size)
        self.output_size = output_size
    def forward(self, X):
        return softmax(X @ self.W + self.b)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), np.sum(y_pred - y_true, axis=0)
class NeuralNet:
    def __init__(self, n_features=64, n_hidden=32, n_classes=10, *, rng=np.random.default_rng(7)):
        self._p = [rng.normal(0, .1, (n_features, n_hidden)), rng.normal(0, .1, n_hidden), rng.normal(0, .1, (n_hidden, n_classes)), rng.normal(0, .1, n_classes)]
        self.n_classes = n_classes
    W_h = property(lambda self: self._p[0], lambda self, v: self._p.__setitem__(0, v))
    b_h = property(lambda self: self._p[1], lambda self, v: self._p.__setitem__(1, v))
    W_o = property(lambda self: self._p[2], lambda self, v: self._p.__setitem__(2, v))
    b_o = property(lambda self: self._p[3], lambda self, v: self._p.__setitem__(3, v))
    def forward(self, X_batch):
        return softmax(sigmoid(X_batch @ self.W_h + self.b_h) @ self.W_o + self.b_o)
    def loss(self, X_batch, y_batch):
        return nll(one_hot(self.n_classes, y_batch), self.forward(X_batch)) / X_batch.shape[0]
    def grad_loss(self, X_batch, y_batch):
        h = sigmoid(X_batch @ self.W_h + self.b_h)
        d = (self.forward(X_batch) - one_hot(self.n_classes, y_batch)) / X_batch.shape[0]
        e = d @ self.W_o.T * h * (1 - h)
        return dict(grad_W_h=X_batch.T @ e, grad_b_h=e.sum(0), grad_W_o=h.T @ d, grad_b_o=d.sum(0))
    def train(self, X_batch, y_batch, learning_rate):
        for k, g in self.grad_loss(X_batch, y_batch).items():
            setattr(self, k[5:], getattr(self, k[5:]) - learning_rate * g)
    def predict(self, X_batch):
        return np.argmax(self.forward(X_batch), axis=-1)
    def accuracy(self, X_batch, y_batch):
        return np.mean(self.predict(X_batch) == y_batch)
