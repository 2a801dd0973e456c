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
import numpy as np

from chainrule import check, dsigmoid, load_digits, nll, one_hot, sigmoid, softmax
from chainrule.lab import pictures

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

# %% [markdown]
# ## Backward, by hand
#
# The network of part 5 with 2 inputs, 3 hidden units and 2 classes, and what it computed for
# $x = (1, 2)$ of class 0:
#
# $$W_o = \begin{pmatrix} 1 & -1 \\ 0.5 & 0 \\ -0.5 & 1 \end{pmatrix}, \quad
#   h = (0.731,\ 0.525,\ 0.378), \quad y = (0.659,\ 0.341), \quad t = (1,\ 0).$$
#
# We go from the back to the front. As before, numbers are rounded after all is computed.
#
# **The logits.** What was said less what is true: $0.659 - 1 = -0.341$ and $0.341 - 0 = 0.341$. More
# logit for class 0 would lower the loss, more for class 1 would raise it.
#
# **The output layer's weights.** Weight $W_{o,jk}$ leads from hidden unit $j$ to class $k$; it multiplied
# $h_j$ on the way to the logit $k$. So its derivative is $h_j$ times that of the logit:
#
# | from unit | to class 0 | to class 1 |
# |---|---|---|
# | 0 | 0.731 · (−0.341) = −0.249 | 0.731 · 0.341 = 0.249 |
# | 1 | 0.525 · (−0.341) = −0.179 | 0.525 · 0.341 = 0.179 |
# | 2 | 0.378 · (−0.341) = −0.129 | 0.378 · 0.341 = 0.129 |
#
# A bias multiplied nothing. Its derivative is that of its logit: −0.341 and 0.341.
#
# **The hidden activations.** Each $h_j$ reached both logits, through the two weights of its row. How the
# loss changes with $h_j$ is the sum of what comes back on both ways:
#
# | unit | by $h$: from class 0 + from class 1 | slope $h (1 - h)$ | by $z_h$ |
# |---|---|---|---|
# | 0 | (−0.341) · 1 + 0.341 · (−1) = −0.682 | 0.731 · 0.269 = 0.197 | −0.682 · 0.197 = −0.134 |
# | 1 | (−0.341) · 0.5 + 0.341 · 0 = −0.171 | 0.525 · 0.475 = 0.249 | −0.171 · 0.249 = −0.043 |
# | 2 | (−0.341) · (−0.5) + 0.341 · 1 = 0.512 | 0.378 · 0.622 = 0.235 | 0.512 · 0.235 = 0.120 |
#
# **Through the sigmoid**, in the last two columns: a change of $z_h$ arrives at $h$ times the slope.
#
# **The hidden layer's weights.** They multiplied $x = (1, 2)$. Those of the first input get the numbers
# by $z_h$ times 1: −0.134, −0.043 and 0.120. Those of the second get them times 2: −0.268, −0.085 and
# 0.240. The biases get them as they are.
#
# That is all of it, in one picture. Each box says what it is made of.

# %%
pictures.backpropagation()

# %% [markdown] tags=["guess"]
# **Guess 6.1.** Suppose the input had been $x = (0, 0)$. Which gradients would be all zeros then?
#
# - **a** by $W_h$ alone
# - **b** by $W_h$ and $b_h$
# - **c** all of them, since the network was given nothing

# %% [markdown] tags=["answer"]
# **Answer 6.1: a.** The weights $W_h$ multiplied zeros, so they had no part in the result. The biases had:
# with $x = 0$ the pre-activations are $b_h$, the hidden units still say something, and the output is
# still not the target.

# %% [markdown]
# Read the gradients of the picture from right to left. To get the gradient by the weights of a layer one
# needs two things: the gradient of its pre-activation, and *what the layer was given* on the way forward.
# The output layer was given $h$, the hidden layer $x$. With $N$ samples, $x$ is `(N, D)`, and all others
# have $N$ rows; the gradients by weights and biases are then sums over the samples.
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
# Compare it with the picture: here is the small network, and what your `grad_loss` says of it.

# %%
small = NeuralNet(input_size=2, hidden_size=3, output_size=2)
small.W_h, small.b_h = np.array([[0.5, -1, 0.2], [0.25, 0.5, -0.6]]), np.array([0, 0.1, 0.5])
small.W_o, small.b_o = np.array([[1, -1], [0.5, 0], [-0.5, 1]]), np.array([0, 0.5])

for name, gradient in small.grad_loss(np.array([[1.0, 2.0]]), np.array([0])).items():
    print(name, gradient.round(3).tolist())

# %% [markdown]
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
    parts = [(X_train, y_train), (X_validation, y_validation)]
    losses.append([net.loss(X, y) / len(X) for X, y in parts])
    accuracies.append([net.accuracy(X, y) for X, y in parts])
    print(
        f"epoch {epoch:2}: loss per image {losses[-1][0]:.4f}, "
        f"accuracy {accuracies[-1][0]:.3f}, on the validation part {accuracies[-1][1]:.3f}"
    )

# %%
pictures.training_curves(losses, accuracies)

# %% [markdown]
# The validation image of part 3, which the untrained model knew nothing about:

# %%
pictures.prediction(net, digits, sample_idx=5)

# %% [markdown] tags=["guess"]
# **Guess 6.2.** On its way back through a layer of sigmoids, a gradient is multiplied by slopes that are
# never above 0.25. In a network with five such layers one behind the other, how much of it can be left
# at the first, if the weights neither enlarge nor shrink it?
#
# - **a** nearly all
# - **b** a twentieth
# - **c** a thousandth

# %% [markdown] tags=["answer"]
# **Answer 6.2: c.** $0.25^5$ is about 0.001. Unless large weights make up for it, early layers of deep
# sigmoid networks learn very slowly. This is the *vanishing gradient*. It is a reason why ReLU, whose
# slope is 1 wherever it is not 0, has taken the sigmoid's place in deep networks.

# %% [markdown]
# **Question 6.3.** This network gets 98 of 100 right. Does that show that its gradient is right?

# %% [markdown] tags=["answer"]
# **Answer 6.3.** No. A wrong gradient can point in a direction that is good enough to learn something, and
# often does. Part 7 shows one that reaches nine out of ten.

# %% [markdown]
# ## What you have now
#
# A network whose every line you wrote, and a gradient that `check` found right. How can one tell that
# without `check`? That is part 7.
