# %% [markdown]
# # Part 6: the chain rule, step by step
#
# Part 5 ended with the loss of a network with a hidden layer. How does that loss change with each
# weight? The answer is called **backpropagation**. It is the chain rule, applied from the back to the
# front, with every result kept for the next line.
#
# It takes about {minutes} minutes, and is the heart of the lab. What earlier parts made is taken from
# chainrule.

# %%
import matplotlib.pyplot as plt
import numpy as np

from chainrule import (
    check,
    dsigmoid,
    load_digits,
    nll,
    one_hot,
    plot_prediction,
    sigmoid,
    softmax,
)
from chainrule.lab import plot_backpropagation, show

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

# %% [markdown]
# ## Backward
#
# For each quantity $q$ on the way, `grad_q` is the derivative of the loss by $q$. It always has **the
# shape of** $q$: for each number in $q$, it says how the loss changes with that number. That alone
# catches many mistakes.
#
# Three rules are enough to go all the way back:
#
# 1. **Through softmax and the loss together:** $y - t$. You derived it in part 3.
# 2. **Through a matrix product** $z = a W + b$. By the weights: for each weight, what it multiplied,
#    times the gradient of what came out, summed over the images. By the biases: the gradient of what
#    came out, summed over the images. By $a$, to go further back: each $a$ reached all the $z$ of its
#    image, through the weights of its row; so the gradients come back through the same weights.
# 3. **Through a function of each number** $h = \sigma(z)$. The gradient, number by number, times the
#    slope at $z$.

# %%
plot_backpropagation()
show(
    "The network as a chain of boxes with their shapes. Above, from left to right: x, z_h, h, z_o, "
    "y, loss. Below, from right to left, the gradients: grad_z_o, grad_h, grad_z_h. From grad_z_o "
    "branch off grad_W_o and grad_b_o, from grad_z_h branch off grad_W_h and grad_b_h. Dotted lines "
    "show which forward quantity each gradient needs: t and y, h, W_o, z_h, x."
)

# %% [markdown]
# Read the lower row from right to left. To get the gradient by the weights of a layer one needs two
# things: the gradient of its pre-activation, and *what the layer was given* on the way forward. The
# output layer was given $h$, the hidden layer $X$.
#
# ### Exercise 6.1: the gradient
#
# This is the network of part 5, and its forward pass is given. Fill in the rest, and run the cell with
# `check` after each step.
#
# 1. `grad_loss`: seven lines, one for each gradient in the picture. The comment at the end of a line is
#    the shape it must have.
# 2. `train`: one step of gradient descent, for all four parameters.
#
# Mind the names: in the code `y` holds the labels. The probabilities, which the formulas call $y$, are
# `y_pred`, and the one-hot targets $t$ are `t`.
#
# The result: `check` says "right" of every method.
#
# <details><summary>Hint 1: which product</summary>
#
# If you know the shapes of what goes in and of what comes out, there is only one product that fits.
# `(H, N)` times `(N, K)` is `(H, K)`. Write the shapes on paper.
#
# </details>
# <details><summary>Hint 2: going back through the weights</summary>
#
# Forward, `(N, H)` became `(N, K)` by a product with `W_o`, which is `(H, K)`. Backward, `(N, K)` must
# become `(N, H)`. Which shape must the other factor have?
#
# </details>
# <details><summary>Hint 3: z_h or h?</summary>
#
# The slope of the sigmoid belongs to the pre-activation. The weights `W_o` were multiplied with the
# activation. Each of the two is needed in exactly one of the seven lines.
#
# </details>


# %% tags=["exercise"]
class NeuralNet:
    """A network with one hidden layer: sigmoid, then softmax."""

    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W_h = rng.uniform(-0.1, 0.1, size=(input_size, hidden_size))  # (D, H)
        self.b_h = rng.uniform(-0.1, 0.1, size=hidden_size)  # (H,)
        self.W_o = rng.uniform(-0.1, 0.1, size=(hidden_size, output_size))  # (H, K)
        self.b_o = rng.uniform(-0.1, 0.1, size=output_size)  # (K,)
        self.output_size = output_size

    def forward_hidden(self, X):
        """Images (N, D) to the activation h of the hidden layer, (N, H)."""
        return sigmoid(X @ self.W_h + self.b_h)

    def forward_output(self, H):
        """Activations h (N, H) to probabilities (N, K)."""
        return softmax(H @ self.W_o + self.b_o)

    def forward(self, X):
        """Images (N, D) to probabilities (N, K)."""
        return self.forward_output(self.forward_hidden(X))

    def loss(self, X, y):
        """Images (N, D) and labels (N,) to the summed loss, one number."""
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        """Images (N, D) and labels (N,) to the gradient of the loss by each parameter."""
        t = one_hot(self.output_size, y)  # (N, K)
        z_h = X @ self.W_h + self.b_h  # (N, H)
        h = self.forward_hidden(X)  # (N, H)
        y_pred = self.forward_output(h)  # (N, K)

        # The output layer: from the loss back to its weights.
        ### BEGIN SOLUTION
        grad_z_o = y_pred - t  # (N, K)
        grad_W_o = h.T @ grad_z_o  # (H, K)
        grad_b_o = grad_z_o.sum(axis=0)  # (K,)
        ### END SOLUTION

        # The hidden layer: back through W_o, then through the sigmoid.
        ### BEGIN SOLUTION
        grad_h = grad_z_o @ self.W_o.T  # (N, H)
        grad_z_h = grad_h * dsigmoid(z_h)  # (N, H)
        grad_W_h = X.T @ grad_z_h  # (D, H)
        grad_b_h = grad_z_h.sum(axis=0)  # (H,)
        ### END SOLUTION

        return {"W_h": grad_W_h, "b_h": grad_b_h, "W_o": grad_W_o, "b_o": grad_b_o}

    def train(self, x, y, learning_rate):
        """One step of gradient descent on one image (D,) with its label."""
        X, y = x[np.newaxis, :], np.array([y])  # (1, D), (1,)
        ### BEGIN SOLUTION
        grads = self.grad_loss(X, y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]
        ### END SOLUTION

    def predict(self, X):
        """The most probable class of each image, (N,)."""
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        """The share of images that are classified rightly, 0 to 1."""
        return np.mean(self.predict(X) == y)


# %%
check(NeuralNet)

# %% [markdown]
# If something is wrong, `check(NeuralNet, hint=2)` says what was computed instead, and `hint=3` shows
# the right step and why it is right.
#
# ## Train it
#
# 32 hidden units, learning rate 0.1, 15 epochs, one image at a time in a new order each epoch: about
# 20,000 steps.

# %%
net = NeuralNet(input_size=64, hidden_size=32, output_size=10)
rng = np.random.default_rng(0)
losses, accuracies = [], []

for epoch in range(16):
    if epoch > 0:  # epoch 0 is the untrained network
        for i in rng.permutation(len(X_train)):
            net.train(X_train[i], y_train[i], learning_rate=0.1)
    losses.append(net.loss(X_train, y_train) / len(X_train))
    accuracies.append([net.accuracy(X_train, y_train), net.accuracy(X_validation, y_validation)])
    print(
        f"epoch {epoch:2}: loss per image {losses[-1]:.4f}, "
        f"accuracy {accuracies[-1][0]:.3f}, on the validation part {accuracies[-1][1]:.3f}"
    )

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3))
axes[0].semilogy(losses, "-o", color="#0072B2")
axes[0].set(xlabel="epoch", ylabel="training loss per image, in nats", xticks=range(0, 16, 5))
axes[1].plot([pair[0] for pair in accuracies], "-o", color="#0072B2", label="training")
axes[1].plot([pair[1] for pair in accuracies], ":s", color="#009E73", label="validation")
axes[1].set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.05), xticks=range(0, 16, 5))
axes[1].legend()
show(
    "Left: the training loss falls from 2.3 to less than 0.01 over 15 epochs, on a logarithmic axis. "
    "Right: the accuracy rises steeply in the first two epochs; training reaches 1.0, validation "
    "about 0.98."
)

# %%
plot_prediction(net, sample_idx=5, data=digits, part="validation")
show(
    "The validation image from part 3 beside the trained network's probabilities for it: nearly "
    "all of the probability is on the true class."
)

# %% [markdown]
# **Question 6.1.** Softmax regression has 650 parameters, this network 2,410. How do these numbers come
# about?
#
# **Question 6.2.** `grad_z_h` is `grad_h` times a slope that is never above 0.25. What does that mean
# for the gradients of a network with many such layers, one behind the other?

# %% [markdown] tags=["answer"]
# **Answers.** 6.1: $64 \cdot 10 + 10 = 650$; and $64 \cdot 32 + 32 + 32 \cdot 10 + 10 = 2410$.
#
# 6.2: Every sigmoid on the way back multiplies by 0.25 at most, so after five of them at most a
# thousandth is left, unless large weights make up for it. Early layers of deep sigmoid networks learn
# very slowly. This is the *vanishing gradient*. It is a reason why ReLU, whose slope is 1 wherever it
# is not 0, has taken the sigmoid's place in deep networks.

# %% [markdown]
# **Question 6.3.** This network gets 98 of 100 right. Does that show that its gradient is right?

# %% [markdown] tags=["answer"]
# **Answer.** No. A wrong gradient can point in a direction that is good enough to learn something, and
# often does. Part 7 shows one that reaches nine out of ten.

# %% [markdown]
# ## What you have now
#
# A network whose every line you wrote, and a gradient that `check` found right. How can one tell that
# without `check`? That is part 7.
