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
class NeuralNet(object):
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-1, 1, (input_size, hidden_size)); self.b_h = np.random.uniform(-1, 1, hidden_size)
        self.W_o = np.random.uniform(-1, 1, (hidden_size, output_size)); self.b_o = np.random.uniform(-1, 1, output_size)
        self.output_size = output_size
    def forward(self, X, keep_activations=False):
        Z_h = X @ self.W_h + self.b_h
        H = sigmoid(Z_h)
        Y = sigmoid(H @ self.W_o + self.b_o)
        if keep_activations:
            return Y, H, Z_h
        return Y
    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))
    def grad_loss(self, X, y):
        Y, H, Z_h = self.forward(X, keep_activations=True)
        # -log(sigmoid(z))' = sigmoid(z) - 1, only for the true class
        d_o = (Y - 1) * one_hot(self.output_size, y)
        d_h = d_o @ self.W_o.T * dsigmoid(Z_h)
        return {"dW_o": H.T @ d_o, "db_o": d_o.sum(axis=0), "dW_h": X.T @ d_h, "db_h": d_h.sum(axis=0)}
    def train(self, x, y, learning_rate):
        for name, g in self.grad_loss(x, y).items():
            p = getattr(self, name[1:])
            p -= learning_rate * g
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return (self.predict(X) == y).mean()
