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
    """Full Jacobian of softmax, one sample after the other, nothing simplified."""
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.randn(input_size, hidden_size) * .3
        self.b_h = np.random.randn(hidden_size) * .3
        self.W_o = np.random.randn(hidden_size, output_size) * .3
        self.b_o = np.random.randn(output_size) * .3
    def forward(self, X):
        return softmax(sigmoid(X.dot(self.W_h) + self.b_h).dot(self.W_o) + self.b_o)
    def loss(self, X, y):
        P = self.forward(X)
        return -np.log(np.clip(P[range(len(y)), y], 1e-15, None)).sum()
    def grad_loss(self, X, y):
        grads = {n: np.zeros_like(getattr(self, n)) for n in ("W_h", "b_h", "W_o", "b_o")}
        for x, t in zip(X, y):
            z = x.dot(self.W_h) + self.b_h
            h = sigmoid(z)
            p = softmax(h.dot(self.W_o) + self.b_o)
            dL_dp = np.zeros_like(p)
            dL_dp[t] = -1 / p[t]
            J = np.diag(p) - np.outer(p, p)
            dz_o = J @ dL_dp
            dz_h = np.diag(dsigmoid(z)) @ (self.W_o @ dz_o)
            grads["W_o"] += np.outer(h, dz_o)
            grads["b_o"] += dz_o
            grads["W_h"] += np.tensordot(x, dz_h, axes=0)
            grads["b_h"] += dz_h
        self.grads = grads
        return grads
    def train(self, X, y, learning_rate):
        self.grad_loss(X, y)
        for n, g in self.grads.items():
            setattr(self, n, getattr(self, n) - learning_rate * g)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
