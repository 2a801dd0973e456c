"""
Question 3: second hidden layer.
Questions 1 and 2 are kept above because the functions are needed.
"""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    return -np.vdot(Y_true, np.log(Y_pred))


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return np.exp(X) / (np.exp(X) + 1)


def dsigmoid(X):
    return sigmoid(X) * sigmoid(-np.asarray(X))


# Q1
class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), np.sum(y_pred - y_true, axis=0)


# Q2
class NeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        return sigmoid(self.Z_h)

    def forward_output(self, H):
        return softmax(H @ self.W_o + self.b_o)

    def forward(self, X):
        return self.forward_output(self.forward_hidden(X))

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        error_o = self.forward(X) - one_hot(self.output_size, y_true)
        error_h = error_o @ self.W_o.T * dsigmoid(self.Z_h)
        return {"W_h": X.T @ error_h, "b_h": error_h.sum(0),
                "W_o": sigmoid(self.Z_h).T @ error_o, "b_o": error_o.sum(0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[None, :], y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


# Q3
class NeuralNet2Hidden():
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W_h1 = np.random.uniform(size=(input_size, hidden_size1), high=0.1, low=-0.1)
        self.b_h1 = np.random.uniform(size=hidden_size1, high=0.1, low=-0.1)
        self.W_h2 = np.random.uniform(size=(hidden_size1, hidden_size2), high=0.1, low=-0.1)
        self.b_h2 = np.random.uniform(size=hidden_size2, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size2, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h1 = X @ self.W_h1 + self.b_h1
        self.Z_h2 = sigmoid(self.Z_h1) @ self.W_h2 + self.b_h2
        return sigmoid(self.Z_h2)

    def forward_output(self, H):
        return softmax(H @ self.W_o + self.b_o)

    def forward(self, X):
        return self.forward_output(self.forward_hidden(X))

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        error_o = one_hot(self.output_size, y_true) - self.forward(X)
        error_h2 = error_o @ self.W_o.T * dsigmoid(self.Z_h2)
        error_h1 = error_h2 @ self.W_h2.T * dsigmoid(self.Z_h1)
        return {"W_h1": X.T @ error_h1, "b_h1": error_h1.sum(0),
                "W_h2": sigmoid(self.Z_h1).T @ error_h2, "b_h2": error_h2.sum(0),
                "W_o": self.Z_h2.T @ error_o, "b_o": error_o.sum(0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[None, :], y)
        self.W_h1 -= learning_rate * grads["W_h1"]
        self.b_h1 -= learning_rate * grads["b_h1"]
        self.W_h2 -= learning_rate * grads["W_h2"]
        self.b_h2 -= learning_rate * grads["b_h2"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    digits = load_digits()
    for h2 in (5, 10, 20, 40):
        net = NeuralNet2Hidden(64, 20, h2, 10)
        for x, y in zip(digits.data, digits.target):
            net.train(x, y, 0.01)
        print(h2, net.accuracy(digits.data, digits.target))
