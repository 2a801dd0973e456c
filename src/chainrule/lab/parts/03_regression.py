# %% [markdown]
# # Part 3: one layer and its gradient
#
# One layer of weights, a softmax, and a loss that says how wrong the result is: that is already a
# classifier, called **softmax regression**. In this part you write it, and derive how its loss
# changes with each weight. In part 4 that will improve the weights.
#
# It takes about {minutes} minutes. The functions of parts 1 and 2 are taken from chainrule; to use your
# own, paste them below the imports.

# %%
import numpy as np

from chainrule import check, load_digits, nll, one_hot, softmax
from chainrule.lab import pictures

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

print("training  ", X_train.shape, y_train.shape)
print("validation", X_validation.shape, y_validation.shape)

# %% [markdown]
# ## One layer
#
# Every class has a weight for each of the 64 pixels, and a bias. The logit of a class is the sum of
# the pixels, each times its weight, plus the bias. For $N$ images at once this is one matrix product:
#
# $$Z = X W + b, \qquad Y = \operatorname{softmax}(Z)$$
#
# | quantity | what it is | shape |
# |---|---|---|
# | $X$ | images, one row each | `(N, D)`, here $D = 64$ |
# | $W$ | weights, a column for each class | `(D, K)`, here $K = 10$ |
# | $b$ | biases | `(K,)` |
# | $Z$ | logits | `(N, K)` |
# | $Y$ | probabilities | `(N, K)` |
# | $T$ | targets, one-hot rows | `(N, K)` |
#
# The bias has shape `(K,)`, and NumPy adds it to every row of `(N, K)`.

# %% [markdown]
# ## How the loss changes
#
# To improve a weight we must know whether the loss rises or falls when the weight grows, and how fast:
# the **derivative** of the loss by that weight. All derivatives together are the **gradient**. The
# chain rule finds it in two steps: how the loss changes with the logits, and how those change with
# the weights.
#
# **The loss by the logits.** Take one image, with the true class $c$. Its loss is
# $-\log y_c$, and $y_c = e^{z_c} / \sum_j e^{z_j}$, so
#
# $$L = -\log y_c = -z_c + \log \sum_j e^{z_j}.$$
#
# The derivative of the second term by $z_k$ is $e^{z_k} / \sum_j e^{z_j}$, which is $y_k$ again. The
# first term gives $-1$ for $k = c$ and $0$ otherwise, which is $-t_k$. Together:
#
# $$\frac{\partial L}{\partial z_k} = y_k - t_k$$
#
# What was said less what is true. Few formulas in this field are as short.
#
# **The loss by a weight.** Written out, the logit of class $k$ is
# $z_k = x_0 W_{0k} + x_1 W_{1k} + \dots + b_k$. The weight $W_{dk}$ stands in this one logit and in no
# other, and there it is multiplied by pixel $x_d$. So $\partial z_k / \partial W_{dk} = x_d$, and the
# chain rule gives
#
# $$\frac{\partial L}{\partial W_{dk}}
#   = \frac{\partial L}{\partial z_k} \cdot \frac{\partial z_k}{\partial W_{dk}}
#   = (y_k - t_k) \cdot x_d .$$
#
# A bias is added to its logit as it is, so $\partial z_k / \partial b_k = 1$ and
# $\partial L / \partial b_k = y_k - t_k$.
#
# **Several images.** The loss is a sum over the images, and so is its derivative. With a number $n$ for
# the image in front, pixel $d$ of image $n$ is $x_{nd}$, and
#
# $$\frac{\partial L}{\partial W_{dk}} = \sum_n x_{nd} \, (y_{nk} - t_{nk}), \qquad
#   \frac{\partial L}{\partial b_k} = \sum_n (y_{nk} - t_{nk}).$$
#
# ## Once with numbers
#
# Two images of three pixels, and two classes. The first image belongs to class 0, the second to class 1.
#
# | image | $x$ | $y$ | $t$ | $y - t$ |
# |---|---|---|---|---|
# | 0 | (1, 2, 0) | (0.7, 0.3) | (1, 0) | (−0.3, 0.3) |
# | 1 | (3, 0, 1) | (0.6, 0.4) | (0, 1) | (0.6, −0.6) |
#
# The weight from pixel 0 to class 0: the pixel is 1 in the first image and 3 in the second, and what is
# said of class 0 less what is true is −0.3 and 0.6. So
#
# $$\frac{\partial L}{\partial W_{00}} = 1 \cdot (-0.3) + 3 \cdot 0.6 = 1.5 .$$
#
# In the same way all six, a row for each pixel and a column for each class, and the two biases:
#
# | | class 0 | class 1 |
# |---|---|---|
# | pixel 0 | 1 · (−0.3) + 3 · 0.6 = 1.5 | 1 · 0.3 + 3 · (−0.6) = −1.5 |
# | pixel 1 | 2 · (−0.3) + 0 · 0.6 = −0.6 | 2 · 0.3 + 0 · (−0.6) = 0.6 |
# | pixel 2 | 0 · (−0.3) + 1 · 0.6 = 0.6 | 0 · 0.3 + 1 · (−0.6) = −0.6 |
# | bias | −0.3 + 0.6 = 0.3 | 0.3 − 0.6 = −0.3 |
#
# Each number is a sum of products over $n$, an index that two arrays share. Such sums are what a matrix
# product computes. Which product it is here, the shapes tell: from $X$ `(N, D)` and the gradient by the
# logits `(N, K)` must come something with the shape of $W$, `(D, K)`.

# %% [markdown] tags=["guess"]
# **Guess 3.1.** $\partial L / \partial W_{00} = 1.5$ in this example. To make the loss smaller, which way
# should $W_{00}$ go?
#
# - **a** It should grow.
# - **b** It should shrink.
# - **c** It cannot be said without the value that it has.

# %% [markdown] tags=["answer"]
# **Answer 3.1: b.** A positive derivative says that the loss grows with this weight. Pixel 0 speaks for
# class 0, in image 0 rightly. In image 1 it has three times as much ink and class 0 is wrong, which
# counts for more.

# %% [markdown] tags=["guess"]
# **Guess 3.2.** A pixel has the value 0 in some image. What does this image add to the derivatives by the
# weights of that pixel?
#
# - **a** nothing
# - **b** $y_k - t_k$
# - **c** It depends on the weights.

# %% [markdown] tags=["answer"]
# **Answer 3.2: a.** Its part is $x_{nd} (y_{nk} - t_{nk})$ with $x_{nd} = 0$. What did not take part in a
# prediction is not blamed for it. The bias always takes part.

# %% [markdown]
# ### Exercise 3.1: the model
#
# Fill in three methods of `LogisticRegression`.
#
# 1. `forward`: from images `(N, D)` to probabilities `(N, K)`.
# 2. `loss`: the negative log likelihood of these probabilities. `y` holds labels, such as
#    `[3, 0, 7]`, and `nll` wants one-hot rows.
# 3. `grad_loss`: the gradient. It is given the one-hot targets `y_true` and the probabilities `y_pred`
#    that `forward` computed before, so that they need not be computed twice. The comments say which
#    shape each line must have.
#
# The result: `check` says "right" of every method. A new model should have a loss near 2.3 for each image.
#
# <details><summary>Hint 1: the class around it</summary>
#
# `self.W` and `self.b` are the parameters of this model, `self.output_size` is the number of classes.
# To call another method of the same object, write `self.` before its name.
#
# </details>
# <details><summary>Hint 2: the matrix product for the weights</summary>
#
# A product of `(D, N)` and `(N, K)` has the shape `(D, K)`. `A.T` turns an array of shape `(N, D)`
# into one of shape `(D, N)`.
#
# </details>
# <details><summary>Hint 3: the biases</summary>
#
# The result has the shape `(K,)`: the first axis, that of the images, is summed away.
#
# </details>


# %% tags=["exercise"]
class LogisticRegression:
    """Softmax regression: probabilities from one layer of weights."""

    def __init__(self, input_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W = rng.uniform(-0.1, 0.1, size=(input_size, output_size))  # (D, K)
        self.b = rng.uniform(-0.1, 0.1, size=output_size)  # (K,)
        self.output_size = output_size

    def forward(self, X):
        """Images (N, D) to probabilities (N, K)."""
        ### BEGIN SOLUTION
        z = X @ self.W + self.b  # (N, K)
        return softmax(z)
        ### END SOLUTION

    def loss(self, X, y):
        """Images (N, D) and labels (N,) to the summed loss, one number."""
        ### BEGIN SOLUTION
        return nll(one_hot(self.output_size, y), self.forward(X))
        ### END SOLUTION

    def grad_loss(self, X, y_true, y_pred):
        """Images (N, D), targets and probabilities (N, K) to the gradients by W and b."""
        ### BEGIN SOLUTION
        grad_z = y_pred - y_true  # (N, K)
        grad_W = X.T @ grad_z  # (D, K)
        grad_b = grad_z.sum(axis=0)  # (K,)
        ### END SOLUTION
        return grad_W, grad_b

    def predict(self, X):
        """The most probable class of each image, (N,)."""
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        """The share of images that are classified rightly, 0 to 1."""
        return np.mean(self.predict(X) == y)


# %%
check(LogisticRegression)

# %% [markdown]
# Before training the model knows nothing. Look at its loss, and at what it says of one image of the
# validation part.

# %%
model = LogisticRegression(input_size=64, output_size=10)
print(f"loss per image {model.loss(X_train, y_train) / len(X_train):.3f}")

pictures.prediction(model, digits, sample_idx=5)

# %% [markdown]
# ## What you have now
#
# A classifier that knows nothing yet, and the three things that every network of this lab has: a
# forward pass, a loss, and the gradient of that loss. In part 4 the gradient is put to work.
