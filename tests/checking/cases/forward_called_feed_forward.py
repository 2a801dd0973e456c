# not judged: DeepNeuralNetwork.train, DeepNeuralNetwork.accuracy
import numpy as np


class DeepNeuralNetwork:
    def __init__(self, sizes):
        n_in, n_h, n_out = sizes
        self.params = {"W1": np.random.randn(n_h, n_in) * .1, "b1": np.zeros((n_h, 1)),
                       "W2": np.random.randn(n_out, n_h) * .1, "b2": np.zeros((n_out, 1))}
        self.cache = {}

    def feed_forward(self, x):
        self.cache["X"] = x
        self.cache["A1"] = np.tanh(self.params["W1"] @ x.T + self.params["b1"])
        Z2 = self.params["W2"] @ self.cache["A1"] + self.params["b2"]
        e = np.exp(Z2 - Z2.max())
        self.cache["A2"] = e / np.sum(e, axis=0)
        return self.cache["A2"]

    def back_propagate(self, y, output):
        m = y.shape[0]
        dZ2 = output - y.T
        dZ1 = (self.params["W2"].T @ dZ2) * (1 - self.cache["A1"] ** 2)
        return {"W1": dZ1 @ self.cache["X"] / m, "b1": np.sum(dZ1, axis=1, keepdims=True) / m,
                "W2": dZ2 @ self.cache["A1"].T / m, "b2": np.sum(dZ2, axis=1, keepdims=True) / m}

    def train(self, x_train, y_train, epochs=10, batch_size=64, l_rate=0.1):
        for i in range(epochs):
            permutation = np.random.permutation(x_train.shape[0])
            x, y = x_train[permutation], y_train[permutation]
            for j in range(0, len(x), batch_size):
                grads = self.back_propagate(y[j:j + batch_size], self.feed_forward(x[j:j + batch_size]))
                for key in self.params:
                    self.params[key] = self.params[key] - l_rate * grads[key]

    def accuracy(self, y, output):
        return np.mean(np.argmax(y, axis=-1) == np.argmax(output.T, axis=-1))
