# draft!! not the final one
import numpy as np

def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    ex = np.exp(X - X_max)
    return ex / np.sum(ex, axis=-1, keepdims=True)

def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))

def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

class MLP3():

    def __init__(self, input_size, h1, h2, h3, output_size):
        self.W1 = np.random.uniform(-.1, .1, (input_size, h1)); self.b1 = np.random.uniform(-.1, .1, h1)
        self.W2 = np.random.uniform(-.1, .1, (h1, h2));         self.b2 = np.random.uniform(-.1, .1, h2)
        self.W3 = np.random.uniform(-.1, .1, (h2, h3));         self.b3 = np.random.uniform(-.1, .1, h3)
        self.W4 = np.random.uniform(-.1, .1, (h3, output_size)); self.b4 = np.random.uniform(-.1, .1, output_size)
        self.K = output_size

    def forward(self, X):
        self.A1 = sigmoid(X.dot(self.W1) + self.b1)
        self.A2 = sigmoid(self.A1.dot(self.W2) + self.b2)
        self.A3 = sigmoid(self.A2.dot(self.W3) + self.b3)
        return softmax(self.A3.dot(self.W4) + self.b4)

    def loss(self, X, y):
        p = self.forward(X)
        return -np.sum(one_hot(self.K, y) * np.log(p + 1e-15))

    def grad_loss(self, X, y):
        delta4 = self.forward(X) - one_hot(self.K, y)
        dW4 = self.A3.T.dot(delta4)
        db4 = delta4.sum(axis=0)

        delta3 = delta4.dot(self.W4.T) * dsigmoid(self.A3)
        dW3 = self.A2.T.dot(delta3)
        db3 = delta3.sum(axis=0)

        delta2 = delta3.dot(self.W3.T) * self.A2 * (1 - self.A2)
        dW2 = X.T.dot(delta2)
        db2 = delta2.sum(axis=0)

        delta1 = delta2.dot(self.W2.T) * self.A1 * (1 - self.A1)
        dW1 = X.T.dot(delta1)
        db1 = delta1.sum(axis=0)
        return dict(W1=dW1, b1=db1, W2=dW2, b2=db2, W3=dW3, b3=db3, W4=dW4, b4=db4)

    def train(self, x, y, learning_rate=0.01):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for k, g in grads.items():
            setattr(self, k, getattr(self, k) - learning_rate * g)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

# net = MLP3(64, 64, 64, 64, 10)
# for x, y in zip(X_train, y_train):
#     net.train(x, y)
