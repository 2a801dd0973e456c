# %% [markdown]
# # Part 5: a hidden layer
#
# A single layer weighs each pixel by itself. A **hidden layer** computes new features first, for
# example "ink top left and none in the middle", and the output layer weighs those. Nobody writes
# these features down: training finds them, by the gradient of the loss. In this part you build such
# a network, as far as its loss. Its gradient is the matter of part 6.
#
# It takes about {minutes} minutes. What earlier parts made is taken from chainrule.

# %%
import numpy as np

from chainrule import check, load_digits, nll, one_hot, softmax
from chainrule.lab import pictures

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

# %% [markdown]
# ## A bend
#
# Two layers of weights one after the other, with nothing in between, are no better than one: the
# product of two matrices is one matrix. Between them must stand something that bends, an **activation
# function**. This lab uses the sigmoid, which squashes any number into the range from 0 to 1:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# Backpropagation needs its slope as well. The quotient rule gives
# $\sigma'(x) = e^{-x} / (1 + e^{-x})^2$, and since $1 - \sigma(x) = e^{-x} / (1 + e^{-x})$, that is
#
# $$\sigma'(x) = \sigma(x) \cdot (1 - \sigma(x)).$$
#
# Mind what $x$ is here: the number that goes *into* the sigmoid, the **pre-activation**.

# %% [markdown]
# ### Exercise 5.1: the sigmoid and its slope
#
# Write `sigmoid(X)` and `dsigmoid(X)`, each for an array of any shape, number by number.
#
# One thing needs care: `np.exp(1000)` overflows. Either keep `X` between −500 and 500 first
# (`np.clip`), or find a way to write it that never takes the exponential of a large positive number.
#
# The results: `sigmoid(0)` is 0.5, and `dsigmoid(0)` is 0.25, which is the largest value it has.
#
# <details><summary>Hint: the slope</summary>
#
# `dsigmoid` may call `sigmoid`. It is given the pre-activation, the same $x$ that `sigmoid` is given.
#
# </details>


# %% tags=["exercise"]
def sigmoid(X):
    """Squash each number into (0, 1)."""
    ### BEGIN SOLUTION
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))
    ### END SOLUTION


def dsigmoid(X):
    """The slope of the sigmoid at each pre-activation."""
    ### BEGIN SOLUTION
    s = sigmoid(X)
    return s * (1 - s)
    ### END SOLUTION


# %%
check(sigmoid, dsigmoid)

# %%
z = np.linspace(-8, 8, 200)

pictures.sigmoid_and_slope(z, sigmoid(z), dsigmoid(z))

# %% [markdown] tags=["guess"]
# **Guess 5.1.** The pre-activation of a hidden unit grows from 8 to 9. By how much does its output grow?
#
# - **a** by 1
# - **b** by about 0.1
# - **c** by less than 0.001

# %%
print(sigmoid(np.array([8.0, 9.0])), dsigmoid(np.array([8.0])))

# %% [markdown] tags=["answer"]
# **Answer 5.1: c.** From 0.99966 to 0.99988. Far from 0 the slope is almost zero, and such a unit hardly
# learns: whatever changes before it, its output stays near 1. It is **saturated**.

# %% [markdown]
# ## Forward
#
# The whole network, in five lines. $H$ is the number of hidden units.
#
# | step | formula | shape |
# |---|---|---|
# | pre-activation of the hidden layer | $z_h = X W_h + b_h$ | `(N, H)` |
# | activation of the hidden layer | $h = \sigma(z_h)$ | `(N, H)` |
# | logits (pre-activation of the output layer) | $z_o = h W_o + b_o$ | `(N, K)` |
# | probabilities | $y = \operatorname{softmax}(z_o)$ | `(N, K)` |
# | loss | $L = -\sum t \cdot \log(y)$ | one number |
#
# ## Forward, by hand
#
# A network small enough for pencil and paper: 2 inputs, 3 hidden units, 2 classes. One sample,
# $x = (1, 2)$, of class 0, so $t = (1, 0)$. Its weights and biases are
#
# $$W_h = \begin{pmatrix} 0.5 & -1 & 0.2 \\ 0.25 & 0.5 & -0.6 \end{pmatrix}, \quad
#   b_h = (0,\ 0.1,\ 0.5), \quad
#   W_o = \begin{pmatrix} 1 & -1 \\ 0.5 & 0 \\ -0.5 & 1 \end{pmatrix}, \quad
#   b_o = (0,\ 0.5).$$
#
# Each hidden unit has a column of $W_h$. What the unit gets is $x$ times that column, plus its bias:
#
# | unit | $z_h$ | $h = \sigma(z_h)$ |
# |---|---|---|
# | 0 | 1 · 0.5 + 2 · 0.25 + 0 = 1 | 0.731 |
# | 1 | 1 · (−1) + 2 · 0.5 + 0.1 = 0.1 | 0.525 |
# | 2 | 1 · 0.2 + 2 · (−0.6) + 0.5 = −0.5 | 0.378 |
#
# The output layer does the same with $h$ and a column of $W_o$. Here and below, numbers are rounded to
# three decimals after all is computed.
#
# | class | $z_o$ | $e^{z_o}$ | $y$ |
# |---|---|---|---|
# | 0 | 0.731 · 1 + 0.525 · 0.5 + 0.378 · (−0.5) + 0 = 0.805 | 2.236 | 2.236 / 3.394 = 0.659 |
# | 1 | 0.731 · (−1) + 0.525 · 0 + 0.378 · 1 + 0.5 = 0.146 | 1.158 | 1.158 / 3.394 = 0.341 |
#
# The two exponentials sum to 3.394, by which softmax divides. The true class got 0.659, so the loss is
# $-\log(0.659) = 0.417$. Keep a note of these numbers: part 6 needs all of them on the way back.

# %% [markdown]
# ### Exercise 5.2: the network, forward
#
# Fill in three methods of `NeuralNet`, from the top down, and run the cell with `check` after each. It
# judges each by itself (`forward` once both of its halves are there), and says of the others that they
# are not written yet. `predict` and `accuracy` are given.
#
# Mind the names: in the code `y` holds the labels. The probabilities, which the formulas call $y$, are
# `y_pred`, and the one-hot targets $t$ are `t`.
#
# 1. `forward_hidden`: images to $h$.
# 2. `forward_output`: $h$ to probabilities.
# 3. `loss`: as in part 3, the sum.
#
# The result: `check` says "right" of every method.
#
# <details><summary>Hint 1: which product</summary>
#
# If you know the shapes of what goes in and of what comes out, there is only one product that fits:
# `(N, D)` times `(D, H)` is `(N, H)`. Write the shapes on paper.
#
# </details>
# <details><summary>Hint 2: the loss</summary>
#
# The labels become one-hot rows, as in part 3, and `self.forward` has both halves in it.
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
        ### BEGIN SOLUTION
        return sigmoid(X @ self.W_h + self.b_h)
        ### END SOLUTION

    def forward_output(self, H):
        """Activations h (N, H) to probabilities (N, K)."""
        ### BEGIN SOLUTION
        return softmax(H @ self.W_o + self.b_o)
        ### END SOLUTION

    def forward(self, X):
        """Images (N, D) to probabilities (N, K)."""
        return self.forward_output(self.forward_hidden(X))

    def loss(self, X, y):
        """Images (N, D) and labels (N,) to the summed loss, one number."""
        ### BEGIN SOLUTION
        return nll(one_hot(self.output_size, y), self.forward(X))
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
# Does it compute what you can compute by hand? Here is the small network from above. The last two
# numbers should be its $y$, and its loss.

# %%
small = NeuralNet(input_size=2, hidden_size=3, output_size=2)
small.W_h, small.b_h = np.array([[0.5, -1, 0.2], [0.25, 0.5, -0.6]]), np.array([0, 0.1, 0.5])
small.W_o, small.b_o = np.array([[1, -1], [0.5, 0], [-0.5, 1]]), np.array([0, 0.5])
x = np.array([[1.0, 2.0]])

print("h", small.forward_hidden(x).round(3))
print("y", small.forward(x).round(3), "loss", round(float(small.loss(x, np.array([0]))), 3))

# %% [markdown]
# And a network for the digits, new and knowing nothing: its loss should be near 2.30 for each image, as
# in part 2.

# %% [markdown] tags=["guess"]
# **Guess 5.2.** It has 64 inputs, 32 hidden units and 10 classes. Softmax regression has
# $64 \cdot 10 + 10 = 650$ parameters. How many has this network?
#
# - **a** 106
# - **b** 2,410
# - **c** 20,480

# %%
net = NeuralNet(input_size=64, hidden_size=32, output_size=10)
print(f"loss per image {net.loss(X_train, y_train) / len(X_train):.3f}")
print("parameters:", sum(p.size for p in (net.W_h, net.b_h, net.W_o, net.b_o)))

# %% [markdown] tags=["answer"]
# **Answer 5.2: b.** Each layer has its weights and its biases, and the layers add up:
# $64 \cdot 32 + 32 + 32 \cdot 10 + 10 = 2410$.

# %% [markdown]
# ## What you have now
#
# A network as far as its loss, and nothing yet by which it could learn. The gradient of that loss, by
# each of the four parameters, is what part 6 is about.
