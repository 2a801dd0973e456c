# version with loops, slow but I understand every line
import numpy as np

def one_hot(n_classes, y):
    if np.isscalar(y) or np.ndim(y) == 0:
        vec = [0.0]*n_classes
        vec[int(y)] = 1.0
        return np.array(vec)
    rows = []
    for label in y:
        rows.append(one_hot(n_classes, label))
    return np.array(rows)

def softmax(X):
    X = np.asarray(X, dtype=float)
    if X.ndim == 1:
        e = np.exp(X - max(X))
        return e/sum(e)
    return np.array([softmax(row) for row in X])

def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true, dtype=float)
    Y_pred = np.asarray(Y_pred, dtype=float)
    if Y_true.ndim == 1:
        s = 0.
        for t, p in zip(Y_true, Y_pred):
            s = s - t*np.log(max(p, 1e-15))
        return s
    s = 0.
    for i in range(len(Y_true)):
        s += nll(Y_true[i], Y_pred[i])
    return s/len(Y_true)

def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1/(1 + np.exp(-X))

def dsigmoid(X):
    return sigmoid(X)*(1 - sigmoid(X))

class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, size=(output_size, input_size))
        self.b = np.random.uniform(-0.1, 0.1, size=output_size)
        self.K = output_size

    def forward(self, X):
        out = []
        for x in X:
            out.append(softmax(self.W @ x + self.b))
        return np.array(out)

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        dW = np.zeros(self.W.shape)
        db = np.zeros(self.b.shape)
        n = len(X)
        for i in range(n):
            d = y_pred[i] - y_true[i]
            for k in range(self.K):
                dW[k] += d[k]*X[i]/n
                db[k] += d[k]/n
        return dW, db

    def predict(self, X):
        return np.array([np.argmax(p) for p in self.forward(X)])

class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, size=(hidden_size, input_size))
        self.b1 = np.random.uniform(-0.1, 0.1, size=hidden_size)
        self.W2 = np.random.uniform(-0.1, 0.1, size=(output_size, hidden_size))
        self.b2 = np.random.uniform(-0.1, 0.1, size=output_size)
        self.K = output_size

    def one(self, x):
        # a single sample x of shape (D,)
        z1 = self.W1 @ x + self.b1
        a1 = sigmoid(z1)
        z2 = self.W2 @ a1 + self.b2
        a2 = softmax(z2)
        return z1, a1, z2, a2

    def forward(self, X):
        return np.array([self.one(x)[3] for x in X])

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        dW1 = np.zeros_like(self.W1)
        db1 = np.zeros_like(self.b1)
        dW2 = np.zeros_like(self.W2)
        db2 = np.zeros_like(self.b2)
        for x, label in zip(X, y):
            z1, a1, z2, a2 = self.one(x)
            dz2 = a2 - one_hot(self.K, label)
            dz1 = (self.W2.T @ dz2)*dsigmoid(z1)
            dW2 += np.outer(dz2, a1)
            db2 += dz2
            dW1 += np.outer(dz1, x)
            db1 += dz1
        n = len(X)
        return {"dW1": dW1/n, "db1": db1/n, "dW2": dW2/n, "db2": db2/n}

    def train(self, x, y, learning_rate):
        if np.ndim(x) == 1:
            x, y = [x], np.ravel(y)
        g = self.grad_loss(x, y)
        self.W1 -= learning_rate*g["dW1"]
        self.b1 -= learning_rate*g["db1"]
        self.W2 -= learning_rate*g["dW2"]
        self.b2 -= learning_rate*g["db2"]

    def predict(self, X):
        return np.array([np.argmax(p) for p in self.forward(X)])

    def accuracy(self, X, y):
        c = 0
        for a, b in zip(self.predict(X), y):
            c += int(a == b)
        return c/len(y)
