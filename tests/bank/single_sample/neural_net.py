from numpy import eye, exp, log, outer, dot, argmax, mean, clip, array, atleast_2d
import numpy as np

TINY = 1e-8


def one_hot(n_classes, y):
    return eye(n_classes)[y]


def softmax(X):
    e = exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, -1, keepdims=True)


def nll(Y_true, Y_pred):
    a = atleast_2d(Y_true)
    b = atleast_2d(Y_pred)
    total = 0.0
    for yt, yp in zip(a, b):
        total -= dot(yt, log(yp + TINY))
    return total / len(a)


def sigmoid(X):
    return 1 / (1 + exp(clip(-array(X), -500, 500)))


def dsigmoid(X):
    return 1 - sigmoid(X)


class LogisticRegression:

    def __init__(self, input_size, output_size):
        self.input_size = input_size
        self.output_size = output_size
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)

    def forward(self, X):
        return softmax(dot(X, self.W) + self.b)

    def predict(self, X):
        return argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return mean([self.predict(a) == b for a, b in zip(X, y)])

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        target = one_hot(self.output_size, y_true)
        error = target - self.forward(x)      # what we want minus what we have
        return {'W': outer(x, error), 'b': error}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W = self.W - learning_rate * g['W']
        self.b = self.b - learning_rate * g['b']


class NeuralNet:

    def __init__(self, input_size, hidden_size, output_size):
        self.output_size = output_size
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)

    def forward_keep_activations(self, X):
        z_h = dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        y = softmax(dot(h, self.W_o) + self.b_o)
        return y, h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def predict(self, X):
        return argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        good = 0
        for a, b in zip(X, y):
            if argmax(self.forward(a)) == b:
                good += 1
        return good / len(y)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        p, h, z_h = self.forward_keep_activations(x)
        dz_o = p - one_hot(self.output_size, y_true)
        dz_h = dot(dz_o, self.W_o.T) * dsigmoid(z_h)
        return {'W_h': outer(x, dz_h), 'b_h': dz_h, 'W_o': outer(h, dz_o), 'b_o': dz_o}

    def train(self, x, y, learning_rate):
        for k, g in self.grad_loss(x, y).items():
            self.__dict__[k] = self.__dict__[k] - learning_rate * learning_rate * g


# print(dsigmoid(np.array([0., 1., 2.])))
# net = NeuralNet(64, 10, 10); print(net.forward(np.zeros(64)))
