import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
data = np.asarray(digits.data, dtype="float32")
target = np.asarray(digits.target, dtype="int32")
X_train, X_test, y_train, y_test = train_test_split(data, target, test_size=0.15, random_state=37)


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X)
    exp = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.asarray(Y_pred)
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    loglik = np.sum(Y_true * np.log(Y_pred), axis=-1)
    return -np.mean(loglik)


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:

    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size
        self.input_size = input_size

    def forward(self, X):
        Z = np.dot(X, self.W) + self.b
        return softmax(Z)

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        y_onehot = one_hot(self.output_size, y_train.astype(int))
        y_pred = self.forward(X)
        return nll(y_onehot, y_pred)

    def grad_loss(self, X, y_true, y_pred):
        err = (y_pred - y_true) / len(X)
        grad_W = np.dot(X.T, err)
        grad_b = np.sum(err, axis=0)
        return grad_W, grad_b


class NeuralNet:

    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b1 = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W2 = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b2 = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = np.dot(X, self.W1) + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = np.dot(self.A1, self.W2) + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y):
        N = X.shape[0]
        Y = one_hot(self.output_size, y)
        dZ2 = (self.forward(X) - Y) / N
        dW2 = self.A1.T * dZ2
        db2 = np.sum(dZ2, axis=0)
        dZ1 = np.dot(dZ2, self.W2.T) * dsigmoid(self.Z1)
        dW1 = np.dot(X.T, dZ1)
        db1 = np.sum(dZ1, axis=0)
        return [dW1, db1, dW2, db2]

    def train(self, x, y, learning_rate):
        x = x[np.newaxis, :]
        grads = self.grad_loss(x, y)
        params = [self.W1, self.b1, self.W2, self.b2]
        for p, g in zip(params, grads):
            p -= learning_rate * g

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        y_preds = np.argmax(self.forward(X), axis=1)
        return np.mean(y_preds == y)


lr = LogisticRegression(X_train.shape[1], 10)
print("initial loss", lr.loss(X_train, y_train))
# print("test loss", lr.loss(X_test, y_test))

model = NeuralNet(X_train.shape[1], 10, 10)
print(model.forward(X_train[:2]))
