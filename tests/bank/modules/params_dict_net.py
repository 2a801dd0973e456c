import numpy as np

# Parameters live in dictionaries, like in the deeplearning.ai notebooks

def one_hot(n_classes, y):
    return np.eye(n_classes)[np.array(y, dtype=int)]

def softmax(X):
    X = np.array(X, dtype=float)
    expX = np.exp(X - X.max(axis=-1, keepdims=True))
    return expX / expX.sum(axis=-1, keepdims=True)

def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    m = Y_true.shape[0]
    cost = -(1/m) * np.sum(Y_true * np.log(Y_pred + 1e-15))
    cost = float(np.squeeze(cost))
    return cost

def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))

def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_x, n_h) * 0.1,
            "b1": np.zeros((1, n_h)),
            "W2": np.random.randn(n_h, n_y) * 0.1,
            "b2": np.zeros((1, n_y))}

class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.params = {"W1": np.random.randn(input_size, output_size) * 0.1,
                       "b1": np.zeros((1, output_size))}
        self.n_y = output_size

    def forward(self, X):
        return softmax(X @ self.params["W1"] + self.params["b1"])

    def loss(self, X, y):
        return nll(one_hot(self.n_y, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        m = X.shape[0]
        dZ1 = y_pred - y_true
        return {"W1": X.T @ dZ1 / m, "b1": np.sum(dZ1, axis=0, keepdims=True) / m}

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = initialize_parameters(input_size, hidden_size, output_size)
        self.n_y = output_size
        self.cache = {}

    def forward(self, X):
        p = self.params
        Z1 = X @ p["W1"] + p["b1"]
        A1 = sigmoid(Z1)
        Z2 = A1 @ p["W2"] + p["b2"]
        A2 = softmax(Z2)
        self.cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
        return A2

    def loss(self, X, y):
        A2 = self.forward(X)
        return nll(one_hot(self.n_y, y), A2)

    def grad_loss(self, X, y):
        A2 = self.forward(X)
        m = X.shape[0]
        dZ2 = A2 - one_hot(self.n_y, y)
        dW2 = 1/m * np.dot(self.cache["A1"].T, dZ2)
        db2 = 1/m * np.sum(dZ2, axis=0, keepdims=True)
        dZ1 = np.dot(dZ2, self.params["W2"].T) * dsigmoid(self.cache["Z1"])
        dW1 = 1/m * np.dot(X.T, dZ1)
        db1 = 1/m * np.sum(dZ1, axis=0, keepdims=True)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for name in self.params:
            self.params[name] = self.params[name] - learning_rate * grads[name]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
