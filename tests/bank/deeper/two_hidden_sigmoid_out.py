"""
Lab exercise c): second hidden layer, and the handed-out sigmoid at the output is KEPT.
Derivative of  -sum y log(sigmoid(z))  with respect to z is  -y * (1 - p), so that's what I use.
(it learns badly: nothing pushes the other outputs down)
"""
import numpy as np
import matplotlib.pyplot as plt


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.asarray(Y_pred)
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(Y_true * np.log(Y_pred))


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class Layer:
    """just a container"""
    def __init__(self, n_in, n_out):
        self.W = np.random.uniform(size=(n_in, n_out), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=n_out, high=0.1, low=-0.1)


class NeuralNet2Hidden():
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        l1, l2, l3 = Layer(input_size, hidden_size1), Layer(hidden_size1, hidden_size2), Layer(hidden_size2, output_size)
        self.W_h1, self.b_h1 = l1.W, l1.b
        self.W_h2, self.b_h2 = l2.W, l2.b
        self.W_o, self.b_o = l3.W, l3.b
        self.output_size = output_size

    def forward_hidden1(self, X):
        self.Z_h1 = np.dot(X, self.W_h1) + self.b_h1
        return sigmoid(self.Z_h1)

    def forward_hidden2(self, H1):
        self.Z_h2 = np.dot(H1, self.W_h2) + self.b_h2
        return sigmoid(self.Z_h2)

    def forward_output(self, H2):
        self.Z_o = np.dot(H2, self.W_o) + self.b_o
        return sigmoid(self.Z_o)

    def forward(self, X):
        self.H1 = self.forward_hidden1(X)
        self.H2 = self.forward_hidden2(self.H1)
        return self.forward_output(self.H2)

    def loss(self, X, y):
        y = y.astype(int)
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true):
        y_true = one_hot(self.output_size, y_true)
        y_pred = self.forward(X)
        error_o = -y_true * (1 - y_pred)
        error_h2 = np.dot(error_o, self.W_o.T) * dsigmoid(self.Z_h2)
        error_h1 = np.dot(error_h2, self.W_h2.T) * dsigmoid(self.Z_h1)
        grads = {}
        for nom, entree, erreur in (("h1", X, error_h1), ("h2", self.H1, error_h2), ("o", self.H2, error_o)):
            grads["W_" + nom] = np.dot(entree.T, erreur)
            grads["b_" + nom] = np.sum(erreur, axis=0)
        return grads

    def train(self, x, y, learning_rate):
        x = x[np.newaxis, :]
        grads = self.grad_loss(x, y)
        self.W_h1 -= learning_rate * grads["W_h1"]
        self.b_h1 -= learning_rate * grads["b_h1"]
        self.W_h2 -= learning_rate * grads["W_h2"]
        self.b_h2 -= learning_rate * grads["b_h2"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        y_preds = np.argmax(self.forward(X), axis=1)
        return np.mean(y_preds == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    digits = load_digits()
    model = NeuralNet2Hidden(64, 20, 15, 10)
    losses = [model.loss(digits.data, digits.target)]
    for epoch in range(15):
        for x, y in zip(digits.data, digits.target):
            model.train(x, y, 0.001)
        losses.append(model.loss(digits.data, digits.target))
    plt.plot(losses)
    plt.show()
    print(model.accuracy(digits.data, digits.target))
