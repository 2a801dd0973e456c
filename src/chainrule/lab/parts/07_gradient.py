# %% [markdown]
# # Part 7: is my gradient right?
#
# A network with a wrong gradient often learns. It runs without an error, the loss falls, the accuracy
# rises: nothing looks wrong. In this part you learn to measure a gradient, so that you need not take
# anyone's word for it. Then you use that as a detective, on the network of a widely used course lab.
#
# It takes about {minutes} minutes. The network is chainrule's. To look at your own from part 6, paste its
# class into a new cell below the imports.

# %%
import numpy as np

from chainrule import (
    NeuralNet,
    check,
    check_gradients,
    dsigmoid,
    load_digits,
    nll,
    one_hot,
    sigmoid,
    softmax,  # which your own network needs
)
from chainrule.lab import pictures

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

net = NeuralNet(64, 32, 10, seed=0)
X, y = X_train[:20].astype(float), y_train[:20]  # twenty images in double precision are enough

# %% [markdown]
# ## The slope, by trying
#
# What does a derivative say? If this weight grows by a little, the loss grows by that little times the
# derivative. So one can try: move the weight a small step up, look at the loss; move it the same step
# down, look again; divide the difference of the losses by the distance between the two places.
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + \varepsilon) - L(w - \varepsilon)}{2 \varepsilon}$$
#
# This is a **finite difference**. It needs the loss and nothing else: no chain rule, no derivation, so
# it cannot repeat a mistake made there. For training it is much too slow, since it costs two losses for
# every single weight. For checking it is ideal.

# %% [markdown]
# ### Exercise 7.1: a finite difference
#
# Write `finite_difference`. It measures the derivative of `model.loss(X, y)` by a single number in one
# of the model's parameters: `name` is the parameter's name, such as `"W_h"`, and `place` where the
# number stands, such as `(3, 5)`. Leave the model as you found it.
#
# The result: a plain number. For the weight `W_o[3, 5]` it is near 0.76, and `grad_loss` agrees.
#
# <details><summary>Hint 1: reaching the weight</summary>
#
# The line that is given gets the array itself, not a copy. Adding something to `parameter[place]`
# changes the model, and `model.loss(X, y)` then is the loss at that place.
#
# </details>
# <details><summary>Hint 2: putting it back</summary>
#
# Remember the value before you change it, and set it again at the end. Adding and subtracting
# steps until they cancel also works, up to rounding.
#
# </details>


# %% tags=["exercise"]
def finite_difference(model, X, y, name, place, step=1e-5):
    """The derivative of the loss by one number of a parameter, by trying both sides of it."""
    parameter = getattr(model, name)
    ### BEGIN SOLUTION
    value = parameter[place]
    parameter[place] = value + step
    loss_above = model.loss(X, y)
    parameter[place] = value - step
    loss_below = model.loss(X, y)
    parameter[place] = value
    return (loss_above - loss_below) / (2 * step)
    ### END SOLUTION


# %%
check(finite_difference)

# %% [markdown]
# Three numbers of each parameter, measured and computed. They should agree to about eight digits.

# %%
gradients = net.grad_loss(X, y)
rng = np.random.default_rng(1)

for name in ["W_h", "b_h", "W_o", "b_o"]:
    for _ in range(3):
        place = tuple(int(rng.integers(size)) for size in getattr(net, name).shape)
        measured = finite_difference(net, X, y, name, place)
        print(
            f"{name}{list(place)!s:9} measured {measured:12.8f}  computed {gradients[name][place]:12.8f}"
        )

# %% [markdown]
# ## How small a step?
#
# The formula becomes exact as the step goes to 0. So the smaller, the better? Try steps from $10^{-1}$
# down to $10^{-12}$, and beside it the formula that takes the loss on one side only:
# $(L(w + \varepsilon) - L(w)) / \varepsilon$.

# %% [markdown] tags=["guess"]
# **Guess 7.1.** The step shrinks from $10^{-5}$ to $10^{-12}$. How far off is the finite difference then?
#
# - **a** less far, by a factor of some millions
# - **b** as far as before
# - **c** farther

# %%
steps = 10.0 ** -np.arange(1, 13)
place = (3, 5)
exact = gradients["W_o"][place]


def one_sided(step):
    net.W_o[place] += step
    moved = net.loss(X, y)
    net.W_o[place] -= step
    return (moved - net.loss(X, y)) / step


both_sides = [abs(finite_difference(net, X, y, "W_o", place, step) - exact) for step in steps]
one_side = [abs(one_sided(step) - exact) for step in steps]

pictures.difference_errors(steps, one_side, both_sides)

# %% [markdown] tags=["answer"]
# **Answer 7.1: c.** On the right of the picture the error shrinks with the step: a tenth of the step gives
# a hundredth of the error for both sides, a tenth for one side. On the left it grows again. A double
# holds about 16 digits. The two losses are nearly equal, so the digits that they
# share cancel when one is subtracted from the other, and what is left is rounding, about $10^{-16}$ times
# the loss. Dividing by a tiny step makes it large again. A step of $10^{-5}$ is a good middle. (With
# single precision, which has 7 digits, even the best step leaves about four right ones: check gradients
# in double precision.)

# %% [markdown]
# ## All at once
#
# `check_gradients` does this for every number of every parameter, for any network that you write: give
# it the loss as a function of nothing, the parameters, and the gradients that you computed.

# %%
rng = np.random.default_rng(0)
X_small, y_small = rng.normal(size=(6, 8)), rng.integers(3, size=6)


def measured(network):
    """Compare all gradients of a small network with finite differences."""
    parameters = {name: getattr(network, name) for name in ["W_h", "b_h", "W_o", "b_o"]}
    gradients = network.grad_loss(X_small, y_small)
    return check_gradients(lambda: network.loss(X_small, y_small), parameters, gradients)


measured(NeuralNet(8, 5, 3, seed=0))  # the fewer weights, the faster

# %% [markdown]
# Note the sizes: 8 inputs, 5 hidden units, 3 classes, 6 samples, and no two are equal. With equal sizes
# a forgotten transpose gives numbers of the right shape, and hides.
#
# ## The case
#
# Here is the network of a lab that thousands of students have worked through, in its essentials. Its own
# checks passed: the output has the right shape, and the loss is positive. It is trained as that lab
# does, on raw pixels from 0 to 16, with ten hidden units and a learning rate of 0.001.
#
# (The comment in the first line of the cell tells `check` that this class is wrong on purpose.)


# %% tags=["chainrule-skip"]
# chainrule: skip
class PublishedNet:
    """One hidden layer, as a widely used lab hands it out."""

    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W_h = rng.uniform(-0.1, 0.1, size=(input_size, hidden_size))
        self.b_h = rng.uniform(-0.1, 0.1, size=hidden_size)
        self.W_o = rng.uniform(-0.1, 0.1, size=(hidden_size, output_size))
        self.b_o = rng.uniform(-0.1, 0.1, size=output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        H = sigmoid(self.Z_h)
        self.Z_o = H @ self.W_o + self.b_o
        return sigmoid(self.Z_o)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        y_true = one_hot(self.output_size, y)
        y_pred = self.forward(X)
        error_o = y_pred - y_true
        grad_W_o = self.Z_h.T @ error_o
        grad_b_o = np.sum(error_o, axis=0)
        error_h = error_o @ self.W_o.T * dsigmoid(self.Z_h)
        grad_W_h = np.dot(X.T, error_h)
        grad_b_h = np.sum(error_h, axis=0)
        return {"W_h": grad_W_h, "b_h": grad_b_h, "W_o": grad_W_o, "b_o": grad_b_o}

    def accuracy(self, X, y):
        return np.mean(self.forward(X).argmax(axis=1) == y)


# %%
raw = load_digits().hold_back(0.15, seed=0)
suspect = PublishedNet(64, 10, 10, seed=0)

for epoch in range(16):
    if epoch > 0:
        for i in range(len(raw.X_train)):
            grads = suspect.grad_loss(raw.X_train[i : i + 1], raw.y_train[i : i + 1])
            for name, gradient in grads.items():
                parameter = getattr(suspect, name)
                parameter -= 0.001 * gradient
    if epoch in (0, 1, 2, 5, 10, 15):
        print(
            f"epoch {epoch:2}: loss {suspect.loss(raw.X_train, raw.y_train):7.1f}, accuracy on the "
            f"validation part {suspect.accuracy(raw.X_validation, raw.y_validation):.3f}"
        )

# %% [markdown]
# More than nine out of ten. The loss rises first, threefold, and then falls; few would look twice.
#
# Now investigate. Measure the gradient of a small one, and read where the report says to begin.

# %%
measured(PublishedNet(8, 5, 3, seed=0))

# %% [markdown]
# **Question 7.2.** Every gradient is wrong. But one mistake early on the way back spoils all that comes
# after it. Two lines of `grad_loss` are to blame. Which? Compare the formulas line by line with the
# picture in part 6. One of the two lines would be right if `forward` ended differently. When you suspect
# a line, mend it in the class, run its cell and measure again.
#
# Mistakes hide each other. As long as the line where the report says to begin is wrong, all four
# gradients stay wrong, and a good repair further on may even make a number worse. So do not judge a
# repair by the report alone: keep what the formulas say, and go on until all four are right.

# %% [markdown] tags=["answer"]
# **Answer 7.2.** The first is `error_o = y_pred - y_true`. That is the derivative of the negative log
# likelihood through a *softmax*. But `forward` ends in a *sigmoid*, and for that the derivative of this
# loss is another one. The second is `grad_W_o = self.Z_h.T @ error_o`: the weights `W_o` were multiplied
# with the activation `H`, not with the pre-activation `Z_h`.
#
# `check` knows both mistakes by name: `grad-output-mismatch` and `grad-preactivation`. In a terminal,
# `chainrule faults grad-preactivation` shows all that it knows of one, and `chainrule faults` lists them.

# %% [markdown]
# ## Four networks, one setting
#
# What happens if the mistakes are mended? chainrule can train the same network with each wrong step, in
# the published lab's setting, from five random starts each:
#
# - `published`: as above, with both mistakes;
# - `one-fault-mended`: `H` in place of `Z_h`, the other mistake still there;
# - `softmax`: both mended, since now the output is a softmax;
# - `sigmoid-derivative`: the sigmoid output kept, with the true derivative of its loss.
#
# (The cell below the two guesses trains all of them, which takes about 10 seconds, and up to a minute
# on a slow machine. Until then it says nothing.)

# %% [markdown] tags=["guess"]
# **Guess 7.3.** Which of the four has the best accuracy after 15 epochs?
#
# - **a** `published`
# - **b** `one-fault-mended`
# - **c** `softmax`
# - **d** `sigmoid-derivative`

# %% [markdown] tags=["guess"]
# **Guess 7.4.** And which has the lowest loss?
#
# - **a** `published`
# - **b** `one-fault-mended`
# - **c** `softmax`
# - **d** `sigmoid-derivative`

# %%
from chainrule.runs.replay import replay

curves = replay(n_seeds=5, data=raw, part="validation")[:4]
pictures.replayed(curves)

for curve in curves:
    print(f"{curve.setting.name:20} accuracy at the end: {curve.accuracy[-1].mean():.2f}")

# %% [markdown] tags=["answer"]
# **Answer 7.3: a.** Along the wrong direction one may still go downhill. `y − t` raises the output of the
# true class and lowers the others, which is a good thing to do, whatever it is the derivative of. (It is
# not downhill on this loss at first: that is why the loss rises threefold in the first epoch.) And
# `Z_h` grows with `H`: where one is large the other is, so the step of `W_o` points roughly the right way.
# With one of the two mistakes mended the network is even worse than with both. A better result is no
# evidence for a gradient, and a worse one is none against it. Only measuring is.

# %% [markdown] tags=["answer"]
# **Answer 7.4: d.** Its gradient is the *right* derivative of its loss, and no loss is lower. Yet its
# accuracy stays at one out of ten, which is chance.

# %% [markdown]
# **Question 7.5.** How can the lowest loss go with the lowest accuracy? Look at the gradient by the logits
# below: a row for each of three images, a column for each class.

# %%
probabilities = np.array([[0.5, 0.5, 0.5, 0.5]] * 3)
targets = one_hot(4, [0, 2, 3])

print("sigmoid, true derivative of the negative log likelihood: −t (1 − y)")
print(-targets * (1 - probabilities))
print("softmax, y − t, with all probabilities equal")
print(probabilities / 2 - targets)

# %% [markdown] tags=["answer"]
# **Answer 7.5.** Minus the logarithm of the true class is all that this loss looks at. With a softmax,
# raising one probability lowers the others, since they share a sum of 1. With ten separate sigmoids
# nothing holds the others down: their gradient is zero, as the first table shows. So the network learns
# to say 1 for *every* class. That makes the loss as small as it can be, and tells no digit from another.
# The gradient was right; the loss did not fit the output. The fitting pairs are softmax with the negative
# log likelihood, and sigmoid with binary cross-entropy, which also charges for a high output at a wrong
# class. For both pairs the derivative is $y - t$.

# %% [markdown]
# ## What you have now
#
# A way to know whether a gradient is right, which needs only the loss: finite differences, in double
# precision, with sizes that all differ. And a reason to use it: neither the accuracy nor a falling loss
# shows a wrong gradient. In part 8 you look at what a network with a right one has learned.
