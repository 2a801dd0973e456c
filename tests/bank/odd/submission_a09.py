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
    lr_default = 0.1   # class attribute
    def __init__(self, input_size, hidden_size, output_size):
        self.D, self.H, self.K = input_size, hidden_size, output_size
        self.w1 = np.random.randn(self.D, self.H); self.c1 = np.random.randn(self.H)
        self.w2 = np.random.randn(self.H, self.K); self.c2 = np.random.randn(self.K)
    def _one(self, x):
        hidden = []
        for j in range(self.H):
            s = self.c1[j]
            for i in range(self.D):
                s += x[i] * self.w1[i, j]
            hidden.append(float(sigmoid(s)))
        out = []
        for k in range(self.K):
            s = self.c2[k]
            for j in range(self.H):
                s += hidden[j] * self.w2[j, k]
            out.append(s)
        return hidden, softmax(np.array(out))
    def forward(self, X):
        if np.ndim(X) == 1:
            return self._one(X)[1]
        return np.array([self._one(x)[1] for x in X])
    def loss(self, X, y):
        total = 0.
        for p, k in zip(self.forward(X), y):
            total += -float(np.log(p[k] + 1e-15))
        return total
    def grad_loss(self, X, y):
        g1, h1, g2, h2 = (np.zeros_like(a) for a in (self.w1, self.c1, self.w2, self.c2))
        for x, t in zip(X, y):
            hid, p = self._one(x)
            for k in range(self.K):
                dk = p[k] - (k == t)
                h2[k] += dk
                for j in range(self.H):
                    g2[j, k] += dk * hid[j]
            for j in range(self.H):
                dj = sum((p[k] - (k == t)) * self.w2[j, k] for k in range(self.K)) * hid[j] * (1 - hid[j])
                h1[j] += dj
                for i in range(self.D):
                    g1[i, j] += dj * x[i]
        return g1, h1, g2, h2
    def train(self, X, y, lr=lr_default):
        for p, g in zip((self.w1, self.c1, self.w2, self.c2), self.grad_loss(X, y)):
            np.subtract.at(p, tuple(np.indices(p.shape)), lr * g)
    def predict(self, X):
        return [int(max(range(self.K), key=lambda k: p[k])) for p in np.atleast_2d(self.forward(X))]
    def accuracy(self, X, y):
        return sum(a == b for a, b in zip(self.predict(X), y)) / len(y)
