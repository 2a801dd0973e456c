import numpy as np
from scipy.special import expit, logsumexp


def one_hot(n_classes, y):
    y = np.asarray(y)
    return np.eye(n_classes)[y]


def log_softmax(X):
    X = np.asarray(X)
    return X - logsumexp(X, axis=-1, keepdims=True)


def softmax(X):
    return np.exp(log_softmax(X))


def nll(Y_true, Y_pred):
    Y_pred = np.maximum(np.asarray(Y_pred), 1e-300 ** 0.05)   # = 1e-15
    return -np.einsum("...k,...k->...", np.asarray(Y_true), np.log(Y_pred)).sum()


def sigmoid(X):
    return expit(X)


def dsigmoid(X):
    return expit(X) * expit(-np.asarray(X))


class DeepNeuralNet:
    """input -> h1 -> h2 -> h3 -> output, the log-probabilities are kept for the loss"""

    def __init__(self, input_size, hidden_size1, hidden_size2, hidden_size3, output_size):
        self.n_out = output_size
        self.W1 = 0.1 * np.random.randn(input_size, hidden_size1)
        self.b1 = 0.1 * np.random.randn(hidden_size1)
        self.W2 = 0.1 * np.random.randn(hidden_size1, hidden_size2)
        self.b2 = 0.1 * np.random.randn(hidden_size2)
        self.W3 = 0.1 * np.random.randn(hidden_size2, hidden_size3)
        self.b3 = 0.1 * np.random.randn(hidden_size3)
        self.W_out = 0.1 * np.random.randn(hidden_size3, output_size)
        self.b_out = 0.1 * np.random.randn(output_size)

    def logits(self, X):
        self.Z1 = np.einsum("...i,ij->...j", X, self.W1) + self.b1
        self.Z2 = np.einsum("...i,ij->...j", sigmoid(self.Z1), self.W2) + self.b2
        self.Z3 = np.einsum("...i,ij->...j", sigmoid(self.Z2), self.W3) + self.b3
        return np.einsum("...i,ij->...j", sigmoid(self.Z3), self.W_out) + self.b_out

    def forward(self, X):
        return softmax(self.logits(X))

    def loss(self, X, y):
        logp = log_softmax(self.logits(X))
        return -np.sum(one_hot(self.n_out, y) * logp)

    def grad_loss(self, X, y):
        D4 = self.forward(X) - one_hot(self.n_out, y)
        D3 = np.einsum("nk,hk->nh", D4, self.W_out) * dsigmoid(self.Z3)
        D2 = np.einsum("nk,hk->nh", D3, self.W3) * dsigmoid(self.Z2)
        D1 = np.einsum("nk,hk->nh", D2, self.W2) * dsigmoid(self.Z1)
        return {
            "W1": np.einsum("ni,nj->ij", X, D1), "b1": np.einsum("nj->j", D1),
            "W2": np.einsum("ni,nj->ij", sigmoid(self.Z1), D2), "b2": np.einsum("nj->j", D2),
            "W3": np.einsum("ni,nj->ij", sigmoid(self.Z2), D3), "b3": np.einsum("nj->j", D3),
            "W_out": np.einsum("ni,nj->ij", sigmoid(self.Z3), D4), "b_out": np.einsum("nj->j", D4),
        }

    def train(self, x, y, learning_rate):
        for name, grad in self.grad_loss(x[np.newaxis], np.atleast_1d(y)).items():
            getattr(self, name)[...] -= learning_rate * grad

    def predict(self, X):
        return self.logits(X).argmax(axis=-1)

    def accuracy(self, X, y):
        return float(np.mean(self.predict(X) == y))


def numerical_check(net, X, y, name, eps=1e-6):
    W = getattr(net, name)
    G = np.zeros_like(W)
    for idx in np.ndindex(*W.shape):
        old = W[idx]
        W[idx] = old + eps
        up = net.loss(X, y)
        W[idx] = old - eps
        down = net.loss(X, y)
        W[idx] = old
        G[idx] = (up - down) / (2 * eps)
    return np.abs(G - net.grad_loss(X, y)[name]).max()


if __name__ == "__main__":
    net = DeepNeuralNet(7, 6, 5, 4, 3)
    X, y = np.random.randn(9, 7), np.random.randint(3, size=9)
    for name in ("W1", "b1", "W2", "b2", "W3", "b3", "W_out", "b_out"):
        print(name, numerical_check(net, X, y, name))
