# wrong: TwoLayerNet.loss; not judged: TwoLayerNet.predict, TwoLayerNet.train
import numpy as np


class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N, D = X.shape

        W1 = np.vstack([W1, b1])
        W2 = np.vstack([W2, b2])
        X = np.hstack([X, np.ones((X.shape[0], 1))])
        h_relu = X.dot(W1)
        h = h_relu * (h_relu > 0)
        h = np.hstack([h, np.ones((h.shape[0], 1))])
        scores = h.dot(W2)

        if y is None:
            return scores

        scores -= np.expand_dims(np.amax(scores, axis=1), axis=1)
        scores = np.exp(scores)
        correct_score = np.expand_dims(scores[np.arange(N), y], axis=1)
        loss = -np.sum(np.log(correct_score / np.expand_dims(np.sum(scores, axis=1), axis=1)))
        loss /= N
        loss += reg * np.sum(W1 * W1) + reg * np.sum(W2 * W2)

        grads = {}
        c = W2.shape[1]
        dsoft = scores / np.expand_dims(np.sum(scores, axis=1), axis=c)
        dsoft[np.arange(N), y] -= 1
        dW2 = h.T.dot(dsoft) / N
        grads['b2'] = dW2[-1, :]
        grads['W2'] = np.delete(dW2, -1, axis=0) + 2 * reg * np.delete(W2, -1, axis=0)
        dh = dsoft.dot(np.delete(W2, -1, axis=0).T)
        dh = dh * (np.delete(h, -1, axis=1) != 0)
        dW1 = X.T.dot(dh) / N
        grads['b1'] = dW1[-1, :]
        grads['W1'] = np.delete(dW1, -1, axis=0) + 2 * reg * np.delete(W1, -1, axis=0)
        return loss, grads

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, reg=5e-6, num_iters=100, batch_size=200):
        for it in range(num_iters):
            rows = np.random.choice(X.shape[0], batch_size)
            loss, grads = self.loss(X[rows], y=y[rows], reg=reg)
            for name in self.params:
                self.params[name] -= learning_rate * grads[name]

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
