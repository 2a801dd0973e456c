# %% [markdown]
# # Part 4: gradient descent
#
# Part 3 left you with a model that knows nothing, and with the gradient of its loss. In this part
# the gradient improves the weights, one image at a time, until the model reads more than nine out
# of ten digits. Then you look at the weights that came of it.
#
# It takes about {minutes} minutes. What earlier parts made is taken from chainrule; to use your
# own `LogisticRegression`, paste its class below the imports.

# %%
import numpy as np

from chainrule import LogisticRegression, check, load_digits, nll, one_hot, softmax
from chainrule.lab import pictures

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

# %% [markdown]
# ## Stochastic gradient descent
#
# The gradient says in which direction the loss grows fastest. A small step the other way makes it
# smaller:
#
# $$W \leftarrow W - \eta \cdot \frac{\partial L}{\partial W}, \qquad
#   b \leftarrow b - \eta \cdot \frac{\partial L}{\partial b}$$
#
# $\eta$ is the **learning rate**: how long the step is. One could take the gradient over all images
# for each step. **Stochastic** gradient descent takes it over one image (or a few), steps at once, and
# goes on to the next image: the directions are rougher, but there are 1,298 steps where there would
# have been one. A walk through all images is called an **epoch**.

# %% [markdown]
# ### Exercise 4.1: one epoch
#
# Write `train_epoch`. It goes through the images in their order, and for each image takes one step:
# probabilities, gradient, then the update of `model.W` and `model.b`. It changes the model and returns
# nothing.
#
# The result: after one epoch with learning rate 0.01 the accuracy on the validation part is above 0.9.
#
# <details><summary>Hint 1: one image, and still a batch</summary>
#
# `X[i]` has the shape `(D,)`, but `grad_loss` wants `(N, D)`. The slice `X[i : i + 1]` is a batch with
# one image, of shape `(1, D)`. The same works for `y`.
#
# </details>
# <details><summary>Hint 2: what a step needs</summary>
#
# `model.forward` gives the probabilities. `model.grad_loss` takes the image, the one-hot target and
# those probabilities, and returns two gradients. Then each parameter changes by the learning rate
# times its gradient. Downhill is minus.
#
# </details>


# %% tags=["exercise"]
def train_epoch(model, X, y, learning_rate):
    """One step of stochastic gradient descent for each image, in order; changes the model."""
    ### BEGIN SOLUTION
    for i in range(len(X)):
        x, t = X[i : i + 1], one_hot(model.output_size, y[i : i + 1])  # (1, D), (1, K)
        grad_W, grad_b = model.grad_loss(x, t, model.forward(x))
        model.W -= learning_rate * grad_W
        model.b -= learning_rate * grad_b
    ### END SOLUTION


# %%
check(train_epoch)

# %% [markdown]
# Now train: ten epochs, and after each a look at both parts.

# %% [markdown] tags=["guess"]
# **Guess 4.1.** Each epoch takes the same 1,298 steps, with the same learning rate. How much will the
# later epochs lower the loss, beside the first?
#
# - **a** each about as much as the first
# - **b** more and more
# - **c** far less

# %%
model = LogisticRegression(input_size=64, output_size=10, seed=0)
losses, accuracies = [], []

for epoch in range(11):
    if epoch > 0:  # epoch 0 is the untrained model
        train_epoch(model, X_train, y_train, learning_rate=0.01)
    parts = [(X_train, y_train), (X_validation, y_validation)]
    losses.append([model.loss(X, y) / len(X) for X, y in parts])
    accuracies.append([model.accuracy(X, y) for X, y in parts])
    print(
        f"epoch {epoch:2}: loss per image {losses[-1][0]:.3f}, "
        f"accuracy {accuracies[-1][0]:.3f}, on the validation part {accuracies[-1][1]:.3f}"
    )

# %%
pictures.training_curves(losses, accuracies)

# %% [markdown] tags=["answer"]
# **Answer 4.1: c.** The gradient by the logits is $y - t$: what was said less what is true. Once
# an image is classified well, $y$ is near $t$ and the step that it causes is near zero. After the
# first epoch nearly all images are classified rightly, and about half of them with more than 0.9
# on the true class. Most of what is left to gain is not in the few wrong images, but in right ones
# of which the model is not sure yet, and their steps shrink as it gets surer.

# %% [markdown]
# ## What the weights look for
#
# There is one weight for each pixel and class, so the weights of a class can be drawn as an image. A
# positive weight is blue: ink at this pixel speaks *for* the class. A negative one is vermilion, a
# reddish orange: ink speaks *against* it.

# %% [markdown] tags=["guess"]
# **Guess 4.2.** The weights of class 0, in the four pixels in the middle of the image:
#
# - **a** positive
# - **b** negative
# - **c** near 0, since a 0 has no ink there

# %%
pictures.class_weights(model.W)

# %% [markdown] tags=["answer"]
# **Answer 4.2: b.** A 0 has a hole. Ink in the middle of the image is strong evidence against it,
# whatever the rest looks like.

# %% [markdown]
# **Question 4.3.** Why can a single layer not say "ink here *or* there, but not both"?

# %% [markdown] tags=["answer"]
# **Answer 4.3.** A logit is a sum in which each pixel counts by itself: more ink at a pixel always
# pushes the same way, no matter what the other pixels show. "Either, but not both" would need the
# effect of one pixel to depend on another. That takes a layer in between.

# %% [markdown]
# ## What you have now
#
# A classifier that was trained with a gradient that you derived. In part 5 a hidden layer comes in
# between, and with it the chain rule in earnest.
