# playing with 2 then 3 hidden layers
import numpy as np
import matplotlib.pyplot as plt

def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)

def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(Y_pred))

def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))

###### 2 hidden layers
class NeuralNet:
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W_h1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size1))
        self.b_h1 = np.random.uniform(-0.1, 0.1, hidden_size1)
        self.W_h2 = np.random.uniform(-0.1, 0.1, (hidden_size1, hidden_size2))
        self.b_h2 = np.random.uniform(-0.1, 0.1, hidden_size2)
        self.W_o = np.random.uniform(-0.1, 0.1, (hidden_size2, output_size))
        self.b_o = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward_hidden_1(self, X):
        self.Z_h1 = np.dot(X, self.W_h1) + self.b_h1
        self.H1 = sigmoid(self.Z_h1)
        return self.H1

    def forward_hidden_2(self, H1):
        self.Z_h2 = np.dot(H1, self.W_h2) + self.b_h2
        self.H2 = self.Z_h2
        return self.H2

    def forward_output(self, H2):
        self.Z_o = np.dot(H2, self.W_o) + self.b_o
        return softmax(self.Z_o)

    def forward(self, X):
        return self.forward_output(self.forward_hidden_2(self.forward_hidden_1(X)))

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        y_true = one_hot(self.output_size, y_true)
        e_o = self.forward(X) - y_true
        e_h2 = np.dot(e_o, self.W_o.T) * dsigmoid(self.Z_h2)
        e_h1 = np.dot(e_h2, self.W_h2.T) * dsigmoid(self.Z_h1)
        return {"W_h1": np.dot(X.T, e_h1), "b_h1": np.sum(e_h1, axis=0),
                "W_h2": np.dot(self.H1.T, e_h2), "b_h2": np.sum(e_h2, axis=0),
                "W_o": np.dot(self.H2.T, e_o), "b_o": np.sum(e_o, axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        self.W_h1 -= learning_rate * grads["W_h1"]
        self.b_h1 -= learning_rate * grads["b_h1"]
        self.W_h2 -= learning_rate * grads["W_h2"]
        self.b_h2 -= learning_rate * grads["b_h2"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


###### 3 hidden layers
class NeuralNet:
    def __init__(self, input_size, hidden_size1, hidden_size2, hidden_size3, output_size):
        self.W_h1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size1))
        self.b_h1 = np.random.uniform(-0.1, 0.1, hidden_size1)
        self.W_h2 = np.random.uniform(-0.1, 0.1, (hidden_size1, hidden_size2))
        self.b_h2 = np.random.uniform(-0.1, 0.1, hidden_size2)
        self.W_h3 = np.random.uniform(-0.1, 0.1, (hidden_size2, hidden_size3))
        self.b_h3 = np.random.uniform(-0.1, 0.1, hidden_size3)
        self.W_o = np.random.uniform(-0.1, 0.1, (hidden_size3, output_size))
        self.b_o = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        self.H1 = sigmoid(np.dot(X, self.W_h1) + self.b_h1)
        self.H2 = sigmoid(np.dot(self.H1, self.W_h2) + self.b_h2)
        self.H3 = sigmoid(np.dot(self.H2, self.W_h3) + self.b_h3)
        return softmax(np.dot(self.H3, self.W_o))

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        y_true = one_hot(self.output_size, y_true)
        e_o = self.forward(X) - y_true
        e_h3 = np.dot(e_o, self.W_o.T) * self.H3 * (1 - self.H3)
        e_h2 = np.dot(e_h3, self.W_h3.T) * self.H2 * (1 - self.H2)
        e_h1 = np.dot(e_h2, self.W_h2.T) * self.H1 * (1 - self.H1)
        return {"W_h1": np.dot(X.T, e_h1), "b_h1": np.sum(e_h1, axis=0),
                "W_h2": np.dot(self.H1.T, e_h2), "b_h2": np.sum(e_h2, axis=0),
                "W_h3": np.dot(self.H1.T, e_h3), "b_h3": np.sum(e_h3, axis=0),
                "W_o": np.dot(self.H3.T, e_o), "b_o": np.sum(e_o, axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for name in grads:
            setattr(self, name, getattr(self, name) - learning_rate * grads[name])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    nn = NeuralNet(64, 20, 20, 20, 10)
    acc = []
    for epoch in range(15):
        for a, b in zip(X, y):
            nn.train(a, b, 0.01)
        acc.append(nn.accuracy(X, y))
    plt.plot(acc)
    plt.savefig("acc.png")
