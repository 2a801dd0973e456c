#!/usr/bin/env python3
# -*- coding: utf-8 -*-
# exported from the notebook with "download as .py"

# In[1]:
import numpy as np

# In[2]:
def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

# In[3]:
def softmax(X):
    X = np.array(X)
    z = X - np.max(X, axis=-1, keepdims=True)
    return np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)

# In[4]:
EPSILON = 1e-8

def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return -np.mean(np.sum(np.log(np.maximum(Y_pred, EPSILON)) * Y_true, axis=1))

# In[5]:
class LogisticRegression():
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        Z = np.dot(X, self.W) + self.b
        return Z

    def predict(self, X):
        if X.ndim == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def grad_loss(self, x, y_true):
        y_pred = self.forward(x)
        dnll_output = y_pred - one_hot(self.output_size, y_true)
        grad_W = np.outer(x, dnll_output)
        grad_b = dnll_output
        return {"W": grad_W, "b": grad_b}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W = self.W - learning_rate * grads["W"]
        self.b = self.b - learning_rate * grads["b"]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def accuracy(self, X, y):
        y_preds = np.argmax(self.forward(X), axis=1)
        return np.mean(y_preds == y)

# In[6]:
def sigmoid(X):
    Xc = np.clip(X, -30, 30)
    return 1 / (1 + np.exp(-Xc))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))

# In[7]:
class NeuralNet():
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        y = softmax(np.dot(h, self.W_o) + self.b_o)
        if keep_activations:
            return y, h, z_h
        return y

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        d2 = y - one_hot(self.output_size, y_true)
        gW2 = h.reshape(-1, 1) @ d2.reshape(1, -1)
        d1 = (self.W_o @ d2) * dsigmoid(h)
        gW1 = x.reshape(-1, 1) @ d1.reshape(1, -1)
        return {"W_h": gW1, "b_h": d1, "W_o": gW2, "b_o": d2}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        if X.ndim == 1:
            return np.argmax(self.forward(X))
        else:
            return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        y_preds = np.argmax(self.forward(X), axis=1)
        return np.mean(y_preds.reshape(-1, 1) == y)

# In[8]:
# get_ipython().run_line_magic('timeit', 'model.grad_loss(x, y)')
