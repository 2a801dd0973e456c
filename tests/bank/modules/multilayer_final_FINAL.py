import numpy as np

def one_hot(n_classes, y):
    return np.eye(n_classes)[np.array(y, dtype=int)]

def softmax(X):
    X = np.array(X, dtype=float)
    X = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return X / np.sum(X, axis=-1, keepdims=True)

def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return -np.mean(np.sum(Y_true * np.log(Y_pred + 1e-15), axis=1))

def sigmoid(X):
    # clip because of exp
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(X))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))

class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=(1, output_size), high=0.1, low=-0.1)
        self.output_size = output_size
    def forward(self, X):
        return softmax(X @ self.W + self.b)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def loss(self, X, y):
        P = self.forward(X)
        Y = one_hot(self.output_size, y)
        return np.mean(np.sum(np.abs(Y - P), axis=1))
    def grad_loss(self, X, y_true, y_pred):
        n = len(X)
        return X.T @ (y_pred - y_true) / n, (y_pred - y_true).sum(axis=0, keepdims=True) / n

class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b1 = np.random.uniform(size=(1, hidden_size), high=0.1, low=-0.1)
        self.W2 = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b2 = np.random.uniform(size=(1, output_size), high=0.1, low=-0.1)
        self.output_size = output_size
        # self.W3 = ...    for the bonus

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = softmax(self.A1 @ self.W2 + self.b2)
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        n = X.shape[0]
        dZ2 = (y_pred - y_true) / n
        dW2 = self.A1.T @ dZ2
        db2 = dZ2.sum(axis=0, keepdims=True)
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(self.Z1)
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=0, keepdims=True)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        Y = one_hot(self.output_size, np.atleast_1d(y))
        y_pred = self.forward(x)
        grads = self.grad_loss(x, Y, y_pred)
        for key, val in grads.items():
            self.__dict__[key] -= learning_rate * val

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)

if __name__ == "__main__":
    print(sigmoid(np.linspace(-5, 5, 11)))
    nn = NeuralNet(64, 10, 10)
    print(nn.forward(np.zeros((1, 64))))
