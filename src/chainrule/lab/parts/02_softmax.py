# %% [markdown]
# # Part 2: softmax and the loss
#
# A classifier ends in ten numbers for each image, one for each digit. Called **logits**, they may be
# any numbers at all: large, small, negative. In this part you turn them into probabilities
# (`softmax`), and measure how far the probabilities are from the truth (`nll`, the negative log
# likelihood). Everything later in the lab stands on these two functions.
#
# It takes about {minutes} minutes, and needs no part before it.

# %%
import numpy as np

from chainrule import check, one_hot
from chainrule.lab import pictures

# %% [markdown]
# ## From logits to probabilities
#
# Probabilities are not negative, and they sum to 1. Softmax makes any row of numbers into such a row.
# It takes the exponential of each number, which is positive, and divides by their sum:
#
# $$\operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_{j} e^{x_j}}$$
#
# The largest logit gets the largest probability. What counts is the *difference* between logits:
# each 1 that a logit gains multiplies its share by $e \approx 2.7$.
#
# Samples are the first axis everywhere in this lab. Logits of $N$ images are an array of shape
# `(N, 10)`, one row for each image, and softmax works on each row by itself. A single vector `(10,)`
# must work too. In NumPy both are *the last axis*: `axis=-1`.

# %% [markdown]
# ### Exercise 2.1: softmax
#
# Write `softmax`. It takes a list or an array of logits, of shape `(K,)` or `(N, K)`, and returns
# probabilities of the same shape.
#
# One thing needs care. `np.exp(1000)` is too large for a floating-point number, and becomes `inf`.
# Subtracting the largest logit of a row from the whole row changes nothing in the quotient (why?) and
# leaves no number above 0.
#
# The result: `softmax([10, 2, -3])` is about `[0.99966, 0.00034, 0.000002]`.
#
# <details><summary>Hint 1: one row or many</summary>
#
# `X.max(axis=-1, keepdims=True)` finds the largest number of each row. With `keepdims=True` the
# result has shape `(N, 1)` rather than `(N,)`, so that it can be subtracted from `(N, K)`.
#
# </details>
# <details><summary>Hint 2: how many lines</summary>
#
# Three are enough: subtract the maximum, take the exponential, divide by the sum. The sum goes along
# the same axis as the maximum, and needs `keepdims=True` for the same reason.
#
# </details>


# %% tags=["exercise"]
def softmax(X):
    """Logits to probabilities, along the last axis: (K,) to (K,), or (N, K) to (N, K)."""
    X = np.asarray(X, dtype=float)
    ### BEGIN SOLUTION
    shifted = X - X.max(axis=-1, keepdims=True)
    exp = np.exp(shifted)
    return exp / exp.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% [markdown]
# `check` calls your function with numbers that you have not seen: one vector, several rows, rows far
# from zero. If something is wrong it says where to look. For more, ask: `check(softmax, hint=2)` says
# what your code computes instead, and `hint=3` shows the right formula and why it is right.

# %%
check(softmax)

# %% [markdown] tags=["guess"]
# **Guess 2.1.** All three logits of a row grow by 5. What happens to the probabilities?
#
# - **a** The largest one grows, the others shrink.
# - **b** They stay as they are.
# - **c** They come nearer to each other.

# %% [markdown] tags=["guess"]
# **Guess 2.2.** And if all three logits are doubled?
#
# - **a** The largest one grows, the smallest shrinks.
# - **b** They do not change.
# - **c** They come nearer to each other.

# %% [markdown]
# Look at it: three logits, the same all 5 larger, and the same doubled. Each bar bears its logit.

# %%
logits = np.array([[0.5, 1, -1.5], [5.5, 6, 3.5], [1, 2, -3]])

pictures.probability_bars(
    logits, softmax(logits), ["three logits", "all logits 5 larger", "all logits doubled"]
)

# %% [markdown] tags=["answer"]
# **Answer 2.1: b.** $e^{x+5} = e^5 e^x$, and $e^5$ cancels in the quotient. That is also why
# subtracting the maximum is allowed.

# %% [markdown] tags=["answer"]
# **Answer 2.2: a.** Doubling the logits squares every ratio between two probabilities. Softmax becomes
# surer. (At a hundred times the logits nearly everything goes to the largest.)

# %% [markdown]
# ## How bad is a prediction?
#
# The target of an image is a one-hot row $t$: 1 at the true class, 0 elsewhere. The prediction is a
# row of probabilities $y$. The **negative log likelihood** is
#
# $$\operatorname{nll}(t, y) = -\sum_{i} t_i \cdot \log(y_i)$$
#
# All terms but one vanish: what is left is $-\log$ of the probability that the true class was given.
# Its unit is the nat, since the logarithm is the natural one.

# %% [markdown] tags=["guess"]
# **Guess 2.3.** A network that has learned nothing says 0.1 for every digit. What is its loss for one
# image, in nats?
#
# - **a** 0.1
# - **b** 0.9
# - **c** 2.3
# - **d** 10

# %%
pictures.loss_curve()

# %% [markdown] tags=["answer"]
# **Answer 2.3: c.** $-\log(0.1) = 2.3026$ per image, whatever the label; over the 1,298 training images
# of this lab $1298 \cdot 2.3026 = 2988.8$. Remember the 2.30: a first loss far above it says that the
# network begins by being sure and wrong, and a loss that never falls below it that nothing is learned.

# %% [markdown]
# Near 1 the curve falls gently, with a slope of −1: to be a little more right pays a little. Near
# 0 it is a cliff: to be sure and wrong costs dearly. And it has a slope everywhere, which is what
# training will follow.

# %% [markdown]
# ### Exercise 2.2: the negative log likelihood
#
# Write `nll`. `Y_true` holds one-hot rows, `Y_pred` probabilities; both have the shape `(K,)` or
# `(N, K)`. For several rows, **return the sum over the rows, one number**.
#
# One thing needs care again. A probability may be exactly 0, and `np.log(0)` is `-inf`. Keep
# probabilities between `1e-15` and `1 - 1e-15` before you take the logarithm; `np.clip` does that.
#
# The results: `nll([1, 0, 0], [0.99, 0.01, 0])` is `0.01005…`, and
# `nll([1, 0, 0], [0.01, 0.01, 0.98])` is `4.605…`.
#
# <details><summary>Hint 1: no loop is needed</summary>
#
# `Y_true * something` is zero wherever the class is not the true one. So the product with all the
# logarithms, summed up, picks the right ones by itself.
#
# </details>
# <details><summary>Hint 2: the sign</summary>
#
# The logarithm of a probability is negative or 0. A loss is positive or 0.
#
# </details>


# %% tags=["exercise"]
def nll(Y_true, Y_pred):
    """Negative log likelihood in nats, summed over the rows: two (K,) or two (N, K) to a number."""
    Y_true = np.asarray(Y_true, dtype=float)
    Y_pred = np.asarray(Y_pred, dtype=float)
    ### BEGIN SOLUTION
    kept_off_zero = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(Y_true * np.log(kept_off_zero))
    ### END SOLUTION


# %%
check(nll)

# %% [markdown]
# Three predictions, and what each costs. Then all three at once: the sum.

# %%
Y_true = one_hot(3, [0, 0, 2])
Y_pred = np.array([[0.99, 0.01, 0.0], [0.01, 0.01, 0.98], [0.3, 0.3, 0.4]])

for t, y in zip(Y_true, Y_pred, strict=True):
    print(f"true class {t.argmax()}, probabilities {y}: loss {nll(t, y):.4f}")
print(f"all three together: {nll(Y_true, Y_pred):.4f}")

# %% [markdown]
# ## Sum or mean?
#
# Many texts call the loss an average, and many programs compute a sum. Both are fine, as long as one
# knows which: the mean is the sum divided by $N$, and so is its gradient. In this lab the loss is a
# **sum**, and where a mean is printed, it says so. (`check` asks for the sum in the lab's exercises. In
# a network of your own it takes either, as long as the gradient belongs to the loss.)

# %% [markdown]
# ## What you have now
#
# `softmax` makes logits into probabilities, `nll` says what a prediction costs. In part 3 you put one
# layer of weights in front of them, and find how the loss changes with each weight.
