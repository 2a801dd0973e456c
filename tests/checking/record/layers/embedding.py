# embedding
import numpy as np


class Embedding:
    def __init__(self, n_vocab, n_dim):
        self.W = np.random.randn(n_vocab, n_dim)
    def forward(self, x):
        self.index = x.astype(int)
        return self.W[self.index]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.index, dout)
        return None
