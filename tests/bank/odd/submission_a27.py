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
class NeuralNet(LogisticRegression):
    """A hidden layer in front of a softmax regression (which is self.head)."""
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__(hidden_size, output_size)
        self.U = np.random.randn(input_size, hidden_size)
        self.c = np.random.randn(hidden_size)
    def hidden(self, X):
        return np.tanh(X @ self.U + self.c)
    def forward(self, X):
        return super().forward(self.hidden(X))
    def grad_loss(self, X, y):
        H = self.hidden(X)
        T, P = one_hot(self.output_size, y), self.forward(X)
        gW, gb = super().grad_loss(H, T, P)
        E = (P - T) @ self.W.T * (1 - H * H)
        return {"W": gW, "b": gb, "U": X.T @ E, "c": E.sum(axis=0)}
    def train(self, X, y, lr):
        for k, g in self.grad_loss(X, y).items():
            self.__dict__[k] = self.__dict__[k] - lr * g
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
