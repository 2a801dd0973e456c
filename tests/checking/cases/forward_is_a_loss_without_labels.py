# not judged: TwoLayerNet.loss, TwoLayerNet.predict, TwoLayerNet.train
import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-1):
        self.params = {'W1': std * np.random.randn(input_size, hidden_size), 'b1': np.zeros(hidden_size),
                       'W2': std * np.random.randn(hidden_size, output_size), 'b2': np.zeros(output_size)}

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[n] for n in ('W1', 'b1', 'W2', 'b2'))
        N = X.shape[0]
        h = np.maximum(0, X.dot(W1) + b1)
        scores = h.dot(W2) + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean() + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        d = p.copy()
        d[np.arange(N), y] -= 1
        d /= N
        dh = d.dot(W2.T)
        dh[h <= 0] = 0
        return loss, {'W1': X.T.dot(dh) + 2 * reg * W1, 'b1': dh.sum(axis=0), 'W2': h.T.dot(d) + 2 * reg * W2, 'b2': d.sum(axis=0)}

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, num_iters=100, batch_size=200):
        for it in range(num_iters):
            rows = np.random.choice(X.shape[0], batch_size)
            loss, grads = self.loss(X[rows], y[rows])
            for name in self.params:
                self.params[name] -= learning_rate * grads[name]

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
