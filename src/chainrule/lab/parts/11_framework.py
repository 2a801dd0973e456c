# %% [markdown]
# # Part 11: the same network in a framework
#
# You have written a network by hand: its forward pass, its gradient, its training. In practice
# one seldom does. One uses a **framework**, a library that holds layers, losses and their
# gradients ready. In this part you carry the weights of a trained network over into three of
# them, scikit-learn, Keras and PyTorch, and see that they compute what yours computes, number for
# number. Then you look at what a framework takes off your hands, and at what it leaves to you.
#
# It takes about {minutes} minutes. There is nothing to fill in: read, run the cells, and answer the
# questions. scikit-learn is needed. Where Keras or PyTorch is not installed, its cell says so and
# is left out, and the rest goes on without it.

# %%
import os
from importlib.util import find_spec

import numpy as np
from sklearn.neural_network import MLPClassifier

from chainrule import SGD, NeuralNet, fit, load_digits, nll, one_hot, softmax
from chainrule.lab import pictures

# %% [markdown]
# ## A network to carry over
#
# The digits of the lab, and a network of 64 inputs, 32 hidden units and 10 outputs. `NeuralNet`
# computes what you wrote in the parts before this one. It is trained for 15 epochs, one image at a
# time.

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

net = NeuralNet(64, 32, 10, seed=0)
fit(net, X_train, y_train, SGD(epochs=15, learning_rate=0.1))
print(f"accuracy on the validation part: {net.accuracy(X_validation, y_validation):.1%}")
for name, parameter in net.parameters.items():
    print(f"{name} {parameter.shape} {parameter.dtype}")

# %% [markdown]
# A network is two things: a formula and its numbers. The formula here is
#
# $$h = \operatorname{sigmoid}(x \, W_h + b_h) \qquad y = \operatorname{softmax}(h \, W_o + b_o)$$
#
# and the numbers are the four arrays above. Any program that has the same formula and the same
# numbers must give the same probabilities. That is a strong test, and an easy one: it needs no
# training in the other program.
#
# One thing has to be settled before: the precision. The images are `float32`, numbers of about 7
# decimal digits. `float64` has about 16. To see that two programs agree, and do not only come
# close, everything below is computed in `float64`.

# %%
X_train_64, X_validation_64 = X_train.astype(np.float64), X_validation.astype(np.float64)
y_net = net.forward(X_validation_64)  # (229, 10)


def agree(what, theirs, ours, within=1e-10):
    """Print how far two arrays are apart, and stop where that is more than rounding."""
    theirs, ours = np.asarray(theirs), np.asarray(ours)
    again = "If something was changed in between, run the cells again from the top."
    assert theirs.shape == ours.shape, f"{what}: {theirs.shape}, but ours is {ours.shape}. {again}"
    difference = np.abs(theirs - ours).max()
    assert difference < within, f"{what}: {difference:.2g} away from our network's. {again}"
    print(f"{what}: largest difference {difference:.12f}")


# %% [markdown]
# ## Names and shapes
#
# The same four arrays have other names elsewhere, and one of the frameworks turns them round. A
# layer has `fan_in` inputs and `fan_out` outputs: the hidden layer 64 and 32, the output layer 32
# and 10.
#
# | this lab | scikit-learn | Keras | PyTorch |
# | --- | --- | --- | --- |
# | `W_h` (64, 32) | `coefs_[0]` (64, 32) | `layers[0].kernel` (64, 32) | `[0].weight` (32, 64) |
# | `b_h` (32,) | `intercepts_[0]` (32,) | `layers[0].bias` (32,) | `[0].bias` (32,) |
# | `W_o` (32, 10) | `coefs_[1]` (32, 10) | `layers[1].kernel` (32, 10) | `[2].weight` (10, 32) |
# | `b_o` (10,) | `intercepts_[1]` (10,) | `layers[1].bias` (10,) | `[2].bias` (10,) |
#
# scikit-learn and Keras store weights as `(fan_in, fan_out)` and compute `x @ W + b`, as you did.
# PyTorch stores them as `(fan_out, fan_in)` and computes `x @ W.T + b`. So on the way to PyTorch,
# and on the way back, weights are transposed. Biases stay as they are. (In PyTorch the sigmoid
# counts as a layer of its own, number 1, and therefore the output layer is number 2.)
#
# The names of the sigmoid and of the loss differ too. scikit-learn calls the sigmoid `"logistic"`.
# What this lab calls negative log likelihood is the *log loss* in scikit-learn, and the
# *cross-entropy* in Keras and PyTorch.

# %% [markdown] tags=["guess"]
# **Guess 11.1.** A colleague carries over a network of 64 inputs, two hidden layers of 32 units each, and
# 10 classes, and forgets the transposition. PyTorch refuses two of the three arrays of weights. Which
# one does it take?
#
# - **a** that into the first hidden layer
# - **b** that from the first hidden layer to the second
# - **c** that into the output layer

# %% [markdown] tags=["answer"]
# **Answer 11.1: b.** They have the shape (32, 32), and
# transposed they have it still: no error. The network runs, its outputs are probabilities, and
# they are wrong. A shape that fits is no proof. What shows the mistake is a comparison of the
# outputs for the same inputs, as in the cells below.

# %% [markdown]
# ## scikit-learn
#
# `MLPClassifier` is such a network (MLP: multi-layer perceptron). It has no way to be built
# without being trained, so it is given one step of training, which makes arrays of the right
# shapes. Then their contents are replaced.
#
# The settings in the second line are needed further down; read over them for now. Two details are
# worth a look. `classes` tells it all the labels that may come, since a part of the data might
# not hold every one. And `copy()`: training changes arrays in place, and without the copy the
# next step of this model would change our network too.

# %%
N = len(X_train_64)
mlp = MLPClassifier(hidden_layer_sizes=(32,), activation="logistic", solver="sgd", random_state=0)
mlp.set_params(learning_rate_init=0.1, momentum=0, alpha=0, batch_size=N, shuffle=False)
mlp.partial_fit(X_train_64, y_train, classes=np.arange(10))

mlp.coefs_ = [net.W_h.copy(), net.W_o.copy()]
mlp.intercepts_ = [net.b_h.copy(), net.b_o.copy()]

y_mlp = mlp.predict_proba(X_validation_64)
agree("scikit-learn's probabilities", y_mlp, y_net)

# %% [markdown]
# To twelve decimals there is no difference. All 2,290 probabilities, 229 images with 10 classes each,
# in one picture, on logarithmic axes so that the small ones show:

# %%
pictures.agreement(y_net, y_mlp, "scikit-learn")

# %% [markdown]
# ## Keras
#
# In Keras one lists the layers, each with its activation; a layer whose inputs are all connected
# to all of its outputs is called *dense*. The arithmetic is left to another library, the
# **backend** (JAX, TensorFlow or PyTorch), which is chosen before Keras is imported. Keras
# computes in `float32` unless told otherwise.
#
# With PyTorch as its backend, some versions of Keras multiply matrices in `float32` even where they are
# told `float64`. For this reason the cell is content with a difference of less than $10^{-6}$.

# %%
backends = [name for name in ("jax", "tensorflow", "torch") if find_spec(name)]

if find_spec("keras") is None or not backends:
    print("Keras, or a backend for it, is not installed here, so this cell is left out.")
    print("To run it: pip install keras jax, then start the notebook again.")
else:
    settings = {
        "KERAS_BACKEND": backends[0],
        "JAX_ENABLE_X64": "1",  # JAX has no float64 otherwise
        "KERAS_TORCH_DEVICE": "cpu",  # for PyTorch: some other devices have no float64
        "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow prints much otherwise
        "TF_ENABLE_ONEDNN_OPTS": "0",  # the same
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)  # unless it is set already
    import keras

    keras.backend.set_floatx("float64")
    hidden = keras.layers.Dense(32, activation="sigmoid")
    output = keras.layers.Dense(10, activation="softmax")
    keras_net = keras.Sequential([keras.Input((64,)), hidden, output])
    hidden.set_weights([net.W_h, net.b_h])
    output.set_weights([net.W_o, net.b_o])

    y_keras = keras_net.predict(X_validation_64, verbose=0)
    agree("Keras's probabilities", y_keras, y_net, within=1e-6)

# %% [markdown]
# ## PyTorch
#
# In PyTorch too one lists the layers. Its arrays are called **tensors**. `Linear` is the layer
# without activation, `.double()` means `float64`, and `.T` is the transposition of the table. The
# list ends with logits: there is no softmax in it, and further down you will see why.

# %%
if find_spec("torch") is None:
    print("PyTorch is not installed here, so this cell is left out.")
    print("To run it: pip install torch (a large download), then start the notebook again.")
else:
    import torch

    layers = [torch.nn.Linear(64, 32), torch.nn.Sigmoid(), torch.nn.Linear(32, 10)]
    torch_net = torch.nn.Sequential(*layers).double()
    with torch.no_grad():  # what follows is not part of a computation to be differentiated
        torch_net[0].weight.copy_(torch.tensor(net.W_h.T))
        torch_net[0].bias.copy_(torch.tensor(net.b_h))
        torch_net[2].weight.copy_(torch.tensor(net.W_o.T))
        torch_net[2].bias.copy_(torch.tensor(net.b_o))
        logits = torch_net(torch.tensor(X_validation_64))

    agree("PyTorch's probabilities", torch.softmax(logits, dim=-1), y_net)

# %% [markdown]
# ## The gradient
#
# The forward pass agrees. The gradient is the part that took you longest, and a framework does it
# unseen. Is it the same one?
#
# scikit-learn does not show its gradient, but its training betrays it. One step of gradient
# descent with learning rate $r$ goes from the weights $W$ to $W - r \cdot g$, so
#
# $$g = \frac{W_\text{before} - W_\text{after}}{r}$$
#
# For this the step has to be a plain one, and that is what the settings above were for: solver
# `"sgd"`, no momentum, no weight decay (`alpha=0`), and all $N$ images in one batch. The loss of
# scikit-learn is a **mean**, and that of this lab a sum: its gradient is ours divided by $N$.

# %%
mlp.coefs_ = [net.W_h.copy(), net.W_o.copy()]  # anew, since the step below changes them
mlp.intercepts_ = [net.b_h.copy(), net.b_o.copy()]

r = mlp.learning_rate_init
before = [parameter.copy() for parameter in mlp.coefs_ + mlp.intercepts_]
mlp.partial_fit(X_train_64, y_train)  # one step
after = mlp.coefs_ + mlp.intercepts_
grads_mlp = [(b - a) / r for b, a in zip(before, after, strict=True)]

grads = net.grad_loss(X_train_64, y_train)
names = ["W_h", "W_o", "b_h", "b_o"]  # in scikit-learn's order: first all weights, then all biases
for name, theirs in zip(names, grads_mlp, strict=True):
    agree(f"scikit-learn's gradient by {name}", theirs, grads[name] / N)

# %% [markdown]
# PyTorch does show it. It notes every operation of the forward pass, and `loss.backward()` goes
# back along these notes with the chain rule, from the loss to every weight. This is called
# **automatic differentiation**, and it is what you did by hand, one operation after the other.
# Afterwards each parameter has its gradient in `.grad`. With `reduction="sum"` the loss is the
# same sum as ours, and nothing has to be divided. As before, weights are transposed, and so are
# their gradients.

# %%
if find_spec("torch") is None:
    print("PyTorch is not installed here, so this cell is left out.")
else:
    torch_net.zero_grad()  # PyTorch adds each new gradient to the one already there
    cross_entropy = torch.nn.CrossEntropyLoss(reduction="sum")
    loss = cross_entropy(torch_net(torch.tensor(X_train_64)), torch.tensor(y_train))
    loss.backward()

    agree("PyTorch's summed loss", loss.detach(), net.loss(X_train_64, y_train))
    agree("PyTorch's gradient by W_h", torch_net[0].weight.grad.T, grads["W_h"])
    agree("PyTorch's gradient by b_h", torch_net[0].bias.grad, grads["b_h"])
    agree("PyTorch's gradient by W_o", torch_net[2].weight.grad.T, grads["W_o"])
    agree("PyTorch's gradient by b_o", torch_net[2].bias.grad, grads["b_o"])

# %% [markdown]
# Your backpropagation and that of a framework are the same thing. That agreement is worth having in
# everyday work too: whoever writes a layer of their own compares it with what exists, or with a
# numerical gradient, before training anything with it.

# %% [markdown]
# ## What a framework adds
#
# - **The gradient of anything.** You write the forward pass, and automatic differentiation finds
#   the backward pass. Change the network, and its gradient changes with it.
# - **Other layers** (convolutions, layers for sequences and text, normalisation) and other optimisers
#   than gradient descent with a fixed learning rate.
# - **Speed in the large**, on graphics processors, with millions of weights. For 2,410 numbers, as
#   here, there is little to gain.
#
# ## What it leaves to you
#
# - **A loss that matches the output.** A framework accepts pairs that do not belong together, as below.
# - **The scale of the features.** Here `.scaled("standard")` saw to it. Raw pixels from 0 to 16
#   would have been taken as willingly.
# - **Validation.** Which images are held back, that the scaling is fitted without them, and that
#   the test part is opened once: nobody enforces it.
# - **The choice** of learning rate, batch size and epochs. A framework's gradient is right, but it is
#   the gradient of what you wrote, which is not always what you meant.

# %% [markdown]
# ## Softmax twice
#
# PyTorch's `CrossEntropyLoss` takes **logits**. It applies softmax itself and takes the logarithm
# in the same breath, which is exact also where a probability is too small to be represented.
# (Keras has both ways: its loss takes probabilities, or logits if `from_logits=True` is set.)
#
# Now someone ends the network with a softmax, because a classifier ought to give probabilities,
# and trains it with `CrossEntropyLoss`. The loss applies softmax once more, to numbers between 0
# and 1. There is no error and no warning. What happens can be seen without PyTorch.

# %% [markdown] tags=["guess"]
# **Guess 11.2.** However well this network is trained, how low can its loss for an image come?
#
# - **a** as near to 0 as one likes
# - **b** not below about 1.5
# - **c** not below 2.30: it learns nothing

# %%
sure = y_net.max(axis=1).argmax()  # the image about which the network is surest
once, twice = y_net[sure], softmax(y_net[sure])
print(f"the surest image: {once.max():.3f} with one softmax, {twice.max():.3f} with two")

T = one_hot(10, y_validation)
for number, y in [("one softmax", y_net), ("two softmaxes", softmax(y_net))]:
    n_right = (y.argmax(axis=1) == y_validation).sum()
    print(f"{number}: {n_right} of {len(T)} images right, mean loss {nll(T, y) / len(T):.3f}")

# %% [markdown]
# On the left of the picture is that image. On the right is the loss of one image whose true class has the
# logit on the axis, while the logits of the nine others are 0. Left of 0 the network is wrong, and the
# further left, the surer it is that the class is another one.

# %%
z_true = np.linspace(-8, 8, 321)
Z = np.zeros((321, 10))
Z[:, 0] = z_true
loss_once, loss_twice = (-np.log(p[:, 0]) for p in (softmax(Z), softmax(softmax(Z))))

pictures.twice(once, twice, z_true, {"one softmax": loss_once, "two": loss_twice})

# %% [markdown] tags=["answer"]
# **Answer 11.2: b.** Softmax keeps the order of its inputs, so as many images are right. But after the
# first softmax all numbers lie between 0 and 1. At best they are 1 for the true class and 0 for the nine
# others, and the second softmax makes of this $e / (e + 9) = 0.232$: a loss of $-\log(0.232) = 1.46$.
#
# Training follows the slope. With one softmax the slope at logit −8 is about −1: to be sure and wrong
# gives the strongest push. With two it is nearly 0, because the first softmax hardly changes any more
# when the logit does. The image that most needs correcting is corrected least. So the network still
# learns, but badly. This was tried with PyTorch, single images and learning rate 0.1, in several runs:
# after one epoch with two softmaxes between about 0.4 and 0.65 of the validation images were right, in
# place of 0.91 to 0.96 with one; after 15 epochs 0.84 to 0.97, in place of 0.965 to 0.983.
#
# Whoever looks at the accuracy alone, at the end, may notice nothing. What gives it away is a loss that
# stays above 1.46. The remedy: the network ends in logits, as in the PyTorch cell above, and softmax is
# applied where someone wants to see probabilities.

# %% [markdown]
# ## Mean or sum, once more
#
# Above, scikit-learn's gradient had to be compared with ours divided by $N$, and PyTorch's loss
# was told `reduction="sum"`. Told nothing, PyTorch takes the mean over the batch, and so do Keras
# and scikit-learn. Sum and mean have their minimum at the same weights. What differs is the
# length of a step.

# %% [markdown] tags=["guess"]
# **Guess 11.3.** A program trains in batches of 32 with the mean loss and learning rate 0.1. Someone
# changes the loss to the sum and leaves the rest alone. What happens to the steps?
#
# - **a** They become 32 times as long.
# - **b** They stay the same, since the minimum does.
# - **c** They become 32 times as short.

# %% [markdown] tags=["answer"]
# **Answer 11.3: a.** The gradient of the sum is 32 times that of the mean, as with a learning rate of 3.2:
# much too long, in all likelihood. The learning rate $0.1 / 32 = 0.003125$ brings the old steps back, but
# not for the last batch: 1,298 images are 40 batches of 32 and one of 18, whose sum is 18 times its mean.
# In a report, a learning rate without "mean" or "sum" and the batch size says little.

# %% [markdown]
# ## What you have now
#
# You have seen a network that you understand from the first product to the last derivative give
# the same numbers in a framework as in plain NumPy. This is the last part. When you go on with a
# framework and something does not learn, you know what is inside, and where to look: at the loss,
# its gradient, the scale of the features, and the images that were held back.
