# Oleg, lab 2
import numpy as np
np.random.seed(2024)


def one_hot(n_classes, y):
    y = np.asarray(y, dtype=int)
    shape = y.shape
    oh = np.zeros((y.size, n_classes))
    for i, c in enumerate(y.ravel()):
        oh[i, c] = 1
    return oh.reshape(shape + (n_classes,))


def softmax(X):
    X = np.asarray(X, dtype=float)
    a = X - X.max(axis=-1, keepdims=True)
    return np.exp(a - np.log(np.sum(np.exp(a), axis=-1, keepdims=True)))


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.asarray(Y_true), np.asarray(Y_pred)
    logs = np.log(np.clip(Y_pred, 1e-15, 1 - 1e-15))
    per_row = -(Y_true * logs).sum(axis=-1)
    return np.mean(per_row)


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression(object):
    def __init__(self, input_size, output_size):
        self.params = {'W': np.random.uniform(-0.1, 0.1, (input_size, output_size)),
                       'b': np.random.uniform(-0.1, 0.1, output_size)}
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.params['W']) + self.params['b'])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        d = y_pred - y_true
        return {'W': np.dot(X.T, d), 'b': np.sum(d, axis=0)}


class NeuralNet(object):
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {}
        self.params['W1'] = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.params['b1'] = np.random.uniform(-0.1, 0.1, hidden_size)
        self.params['W2'] = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.params['b2'] = np.random.uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        self.z1 = np.dot(X, self.params['W1']) + self.params['b1']
        self.a1 = sigmoid(self.z1)
        self.z2 = np.dot(self.a1, self.params['W2']) + self.params['b2']
        return self.z2

    def loss(self, X, y):
        y_pred = self.forward(X)
        return nll(one_hot(self.output_size, y), y_pred)

    def grad_loss(self, X, y):
        m = X.shape[0]
        y_pred = self.forward(X)
        dz2 = (y_pred - one_hot(self.output_size, y)) / m
        dz1 = np.dot(dz2, self.params['W2'].T) * dsigmoid(self.z1)
        grads = {}
        grads['W2'] = np.dot(self.a1.T, dz2)
        grads['b2'] = np.sum(dz2, axis=0)
        grads['W1'] = np.dot(X.T, dz1)
        grads['b1'] = np.zeros_like(self.params['b1'])
        return grads

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x.reshape(1, -1), np.reshape(y, 1))
        for key in self.params:
            self.params[key] = self.params[key] - learning_rate * grads[key]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.sum(self.predict(X) == y) / len(y)


if __name__ == '__main__':
    from sklearn.datasets import load_digits
    digits = load_digits()
    X, y = digits.data / 16, digits.target
    nn = NeuralNet(64, 32, 10)
    for epoch in range(10):
        for xx, yy in zip(X[:1500], y[:1500]):
            nn.train(xx, yy, 0.01)
        print('epoch %d  acc %.3f' % (epoch, nn.accuracy(X[1500:], y[1500:])))
