import numpy as np


def loss_and_gradient(W, X, labels, reg):
    """Softmax regression, a row for each sample."""
    scores = X @ W
    scores -= scores.max(axis=1, keepdims=True)
    prob = np.exp(scores)
    prob /= prob.sum(axis=1, keepdims=True)
    n = len(labels)
    loss = -np.log(prob[np.arange(n), labels]).mean()
    loss += reg * np.sum(W * W)
    prob[np.arange(n), labels] -= 1
    dW = X.T @ prob / n
    dW += reg * W
    return loss, dW


X = np.random.randn(50, 6)
labels = np.random.randint(0, 4, 50)
W = 0.01 * np.random.randn(6, 4)
for it in range(300):
    loss, dW = loss_and_gradient(W, X, labels, 0.1)
    W -= 0.5 * dW
