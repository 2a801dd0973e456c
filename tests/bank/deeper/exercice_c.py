#!/usr/bin/env python
# coding: utf-8

# In[1]:
import numpy as np

# In[4]:
def one_hot(n_classes, y):
    y = np.array(y, dtype=int)
    return (np.arange(n_classes) == y[..., None]).astype(float)


# In[5]:
def softmax(X):
    X = np.array(X, dtype=float)
    X = X - np.max(X, axis=-1, keepdims=True)
    e = np.exp(X)
    s = np.sum(e, axis=-1, keepdims=True)
    return e / s


# In[7]:
def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    par_exemple = -(Y_true * np.log(Y_pred + 1e-15)).sum(axis=1)
    return par_exemple.mean()


# In[9]:
class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        Z = np.dot(X, self.W) + self.b
        return softmax(Z)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        y_onehot = one_hot(self.output_size, y)
        return nll(y_onehot, self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        # la loss est une moyenne => on divise
        erreur = (y_pred - y_true) / X.shape[0]
        return np.dot(X.T, erreur), erreur.sum(axis=0)


# In[12]:
def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))

def dsigmoid(X):
    return np.exp(-np.abs(X)) / (1 + np.exp(-np.abs(X)))**2    # forme symétrique


# In[15]:
class NeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h = np.dot(X, self.W_h) + self.b_h
        return sigmoid(self.Z_h)

    def forward_output(self, H):
        return softmax(np.dot(H, self.W_o) + self.b_o)

    def forward(self, X):
        self.H = self.forward_hidden(X)
        return self.forward_output(self.H)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        e_o = (self.forward(X) - one_hot(self.output_size, y)) / X.shape[0]
        e_h = np.dot(e_o, self.W_o.T) * dsigmoid(self.Z_h)
        return {"W_h": np.dot(X.T, e_h), "b_h": e_h.sum(axis=0),
                "W_o": np.dot(self.H.T, e_o), "b_o": e_o.sum(axis=0)}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x[np.newaxis, :], y)
        for nom in ["W_h", "b_h", "W_o", "b_o"]:
            self.__dict__[nom] -= learning_rate * g[nom]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


# In[23]:
# exercice : deuxieme couche cachee (meme taille)
class DeepNeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b1 = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W2 = np.random.uniform(size=(hidden_size, hidden_size), high=0.1, low=-0.1)
        self.b2 = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_out = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_out = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = np.dot(X, self.W1) + self.b1
        self.H1 = sigmoid(self.Z1)
        self.Z2 = np.dot(self.H1, self.W2) + self.b2
        self.H2 = sigmoid(self.Z2)
        return softmax(np.dot(self.H2, self.W_out) + self.b_out)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        e_o = (self.forward(X) - one_hot(self.output_size, y)) / X.shape[0]
        g = {"W_out": np.dot(self.H1.T, e_o), "b_out": e_o.sum(axis=0)}
        e_2 = np.dot(e_o, self.W_out.T) * dsigmoid(self.Z2)
        g["W2"] = np.dot(self.H1.T, e_2)
        g["b2"] = e_2.sum(axis=0)
        e_1 = np.dot(e_2, self.W2.T) * dsigmoid(self.Z1)
        g["W1"] = np.dot(X.T, e_1)
        g["b1"] = e_1.sum(axis=0)
        return g

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x[np.newaxis, :], y)
        for nom in g:
            self.__dict__[nom] -= learning_rate * g[nom]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


# In[30]:
if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    d = DeepNeuralNet(64, 30, 10)
    for i in range(5 * len(X)):
        d.train(X[i % len(X)] / 16, y[i % len(X)], 0.1)
    print(d.accuracy(X / 16, y))
