# right: softmax
import numpy as np


def softmax(Z):
    Z = Z - np.max(Z, axis=0)
    return np.exp(Z) / np.sum(np.exp(Z), axis=0)


def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    return Z1, A1, Z2, softmax(Z2)
