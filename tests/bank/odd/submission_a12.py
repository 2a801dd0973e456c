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
    dtype = np.float32
    def __init__(self, input_size, hidden_size, output_size):
        rng = np.random.RandomState(3)
        mk = lambda *s: rng.uniform(-.1, .1, s).astype(self.dtype)
        self.W_h, self.b_h, self.W_o, self.b_o = mk(input_size, hidden_size), mk(hidden_size), mk(hidden_size, output_size), mk(output_size)
        self.output_size = output_size
    def forward(self, X):
        X = np.asarray(X, dtype=self.dtype)
        return softmax(sigmoid(X @ self.W_h + self.b_h) @ self.W_o + self.b_o).astype(self.dtype)
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y):
        X = np.asarray(X, dtype=self.dtype)
        z = X @ self.W_h + self.b_h
        h = sigmoid(z)
        d = (self.forward(X) - one_hot(self.output_size, y)).astype(self.dtype)
        e = d @ self.W_o.T * dsigmoid(z)
        return {"W_h": (X.T @ e).astype(self.dtype), "b_h": e.sum(0), "W_o": h.T @ d, "b_o": d.sum(0)}
    def train(self, x, y, learning_rate):
        for k, g in self.grad_loss(x, y).items():
            setattr(self, k, (getattr(self, k) - self.dtype(learning_rate) * g).astype(self.dtype))
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1).astype(np.int32)
    def accuracy(self, X, y):
        return np.float32(np.mean(self.predict(X) == y))
