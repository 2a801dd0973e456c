import numpy as np
import matplotlib.pyplot as plt

N_CLASSES = 10

def softmax(X):
    exp = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return exp / np.sum(exp, axis=-1, keepdims=True)

def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))

def dsigmoid(X):
    s = sigmoid(X)
    return s - s**2

def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

def nll(Y_true, Y_pred):
    eps = 1e-10
    return -np.sum(np.array(Y_true) * np.log(np.array(Y_pred) + eps))


class NeuralNet2Hidden:

    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.input_size = input_size
        self.hidden_size1 = hidden_size1
        self.hidden_size2 = hidden_size2
        self.output_size = output_size
        self.W1 = np.random.uniform(low=-0.1, high=0.1, size=(input_size, hidden_size1))
        self.W2 = np.random.uniform(low=-0.1, high=0.1, size=(hidden_size1, hidden_size2))
        self.W_out = np.random.uniform(low=-0.1, high=0.1, size=(hidden_size2, output_size))
        self.b1 = np.random.uniform(low=-0.1, high=0.1, size=hidden_size1)
        self.b2 = np.random.uniform(low=-0.1, high=0.1, size=hidden_size2)
        self.b_out = np.random.uniform(low=-0.1, high=0.1, size=output_size)

    def forward_hidden1(self, X):
        self.Z1 = np.dot(X, self.W1) + self.b1
        return sigmoid(self.Z1)

    def forward_hidden2(self, H1):
        self.Z2 = np.dot(H1, self.W2) + self.b2
        return sigmoid(self.Z2)

    def forward_output(self, H2):
        self.Z_out = np.dot(H2, self.W_out) + self.b_out
        return softmax(self.Z_out)

    def forward(self, X):
        H1 = self.forward_hidden1(X)
        H2 = self.forward_hidden2(H1)
        return self.forward_output(H2)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y):
        y_pred = self.forward(X)
        # output
        error_out = y_pred - one_hot(self.output_size, y)
        grad_W_out = np.dot(self.Z2.T, error_out)
        grad_b_out = np.sum(error_out, axis=0)
        # 2nd hidden
        error_2 = np.dot(error_out, self.W_out.T) * dsigmoid(self.Z2)
        grad_W2 = np.dot(self.Z1.T, error_2)
        grad_b2 = np.sum(error_2, axis=0)
        # 1st hidden
        error_1 = np.dot(error_2, self.W2.T)
        grad_W1 = np.dot(X.T, error_1)
        grad_b1 = np.sum(error_1, axis=0)
        return {'W1': grad_W1, 'b1': grad_b1, 'W2': grad_W2, 'b2': grad_b2,
                'W_out': grad_W_out, 'b_out': grad_b_out}

    def train(self, x, y, learning_rate):
        x = x.reshape(1, -1)
        grads = self.grad_loss(x, y)
        self.W1 = self.W1 - learning_rate * grads['W1']
        self.b1 = self.b1 - learning_rate * grads['b1']
        self.W2 = self.W2 - learning_rate * grads['W2']
        self.b2 = self.b2 - learning_rate * grads['b2']
        self.W_out = self.W_out - learning_rate * grads['W_out']
        self.b_out = self.b_out - learning_rate * grads['b_out']

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return (self.predict(X) == y).sum() / len(y)


def plot_losses(losses):
    plt.plot(losses)
    plt.title("Training loss")
    plt.show()


def main():
    from sklearn.datasets import load_digits
    digits = load_digits()
    X, y = digits.data / 16, digits.target
    model = NeuralNet2Hidden(64, 10, 10, N_CLASSES)
    losses = []
    for epoch in range(20):
        for i in np.random.permutation(len(X)):
            model.train(X[i], y[i], 0.05)
        losses.append(model.loss(X, y))
        print(epoch, losses[-1])
    plot_losses(losses)

if __name__ == '__main__':
    main()
