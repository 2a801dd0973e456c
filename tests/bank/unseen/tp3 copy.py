#!/usr/bin/env python3
# -*- coding: utf-8 -*-
# tp3.py exporté depuis jupyter
import numpy as np

# In[2]:

def one_hot(n_classes, y):
    Y = np.zeros(np.shape(y) + (n_classes,))
    for idx in np.ndindex(*np.shape(y)):
        Y[idx][np.asarray(y)[idx]] = 1
    return Y


# In[3]:

def softmax(X):
    exp = np.exp(X)
    return exp / np.sum(exp, axis=-1, keepdims=True)


# In[4]:

def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    return -np.sum(Y_true * np.log(Y_pred))


# In[5]:

class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        Z = np.dot(X, self.W) + self.b
        return softmax(Z)

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        grad_W = np.dot(X.T, (y_pred - y_true))
        grad_b = np.sum(y_pred - y_true, axis=0)
        return grad_W, grad_b


# In[6]:

def sigmoid(X):
    return 1 / (1 + np.exp(-np.asarray(X)))


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


# In[7]:

class NeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h = np.dot(X, self.W_h) + self.b_h
        return sigmoid(self.Z_h)

    def forward_output(self, H):
        self.Z_o = np.dot(H, self.W_o) + self.b_o
        return softmax(self.Z_o)  # softmax comme pour la régression

    def forward(self, X):
        H = self.forward_hidden(X)
        Y = self.forward_output(H)
        return Y

    def loss(self, X, y):
        y_onehot = one_hot(self.output_size, y.astype(int))
        y_pred = self.forward(X)
        return nll(y_onehot, y_pred)

    def grad_loss(self, X, y_true):
        y_true = one_hot(self.output_size, y_true)
        y_pred = self.forward(X)

        error_o = y_pred - y_true
        grad_W_o = np.dot(self.Z_h.T, error_o)
        grad_b_o = np.sum(error_o, axis=0)

        # on remonte l'erreur à la couche cachée
        error_h = np.dot(error_o, self.W_o.T)
        grad_W_h = np.dot(X.T, error_h)
        grad_b_h = np.sum(error_h, axis=0)

        return {"W_h": grad_W_h, "b_h": grad_b_h, "W_o": grad_W_o, "b_o": grad_b_o}

    def train(self, x, y, learning_rate):
        x = x[np.newaxis, :]
        grads = self.grad_loss(x, np.array([y]))
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        y_preds = np.argmax(self.forward(X), axis=1)
        return np.mean(y_preds == y)


# In[8]:

def entrainer(epoques=15, lr=0.01):
    from sklearn.datasets import load_digits
    d = load_digits()
    X, y = d.data / 16, d.target
    modele = NeuralNet(64, 10, 10)
    for e in range(epoques):
        for i in range(1500):
            modele.train(X[i], y[i], lr)
        print(e, modele.loss(X[1500:], y[1500:]), modele.accuracy(X[1500:], y[1500:]))
    return modele


# In[ ]:

if __name__ == '__main__':
    entrainer()
