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
def init(sizes):
    return tuple((np.random.randn(m, n) * .2, np.random.randn(n) * .2) for m, n in zip(sizes[:-1], sizes[1:]))
def apply(params, X):
    acts = [X]
    for W, b in params[:-1]:
        acts.append(sigmoid(acts[-1] @ W + b))
    W, b = params[-1]
    return acts, softmax(acts[-1] @ W + b)
class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = init((input_size, hidden_size, output_size))
    def __call__(self, X):
        return apply(self.params, X)[1]
    forward = __call__
    def loss(self, X, y):
        return nll(one_hot(self.params[-1][1].size, y), self(X))
    def grad_loss(self, X, y):
        acts, P = apply(self.params, X)
        d = P - one_hot(P.shape[1], y)
        grads = []
        for (W, b), a in zip(self.params[::-1], acts[::-1]):
            grads.insert(0, (a.T @ d, d.sum(0)))
            d = d @ W.T * a * (1 - a)
        return tuple(grads)
    def train(self, X, y, lr):
        self.params = tuple((W - lr * gW, b - lr * gb) for (W, b), (gW, gb) in zip(self.params, self.grad_loss(X, y)))
    def predict(self, X):
        return self(X).argmax(-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
