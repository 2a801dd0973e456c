# %% [markdown]
# # Part 9: experiments
#
# How large should the learning rate be? How many hidden units, how many layers? For new data, one
# asks by experiment. In this part you run four, and write a network with two hidden layers. Part 10
# has the rest, and opens the test part at last.
#
# It takes about {minutes} minutes, and needs no part before it.

# %%
import numpy as np

from chainrule import NeuralNet, check, dsigmoid, load_digits, nll, one_hot, sigmoid, softmax
from chainrule.lab import compare, runs, trained

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation
print(f"{len(X_train)} images to train on, {len(X_validation)} to compare settings by")

# %% [markdown]
# ## How to run an experiment honestly
#
# Four rules keep an experiment from telling you what you would like to hear.
#
# 1. **Change one thing.** If two things differ, you cannot say which of them made the difference.
# 2. **Several seeds.** A seed fixes the first weights and the order of the samples. Another seed
#    gives another result, though nothing of interest has changed. So each setting runs with five.
# 3. **Look at the validation part.** On the images it was trained on, a network may look better
#    than it is. The test part stays closed until every choice is made.
# 4. **Guess before you run**, and say to yourself why. A wrong guess teaches most, but only if it was
#    made.
#
# `runs(digits)` trains five networks, one for each of the seeds 0 to 4, and returns five histories;
# `trained(digits, seed)` gives a single network and its history. What you do not name stays as it is:
# one hidden layer of 32 sigmoid units, weights uniform in $[-0.1, 0.1]$, 12 epochs, one sample at a
# time, learning rate 0.1. `compare` draws each seed as a thin line and their mean as a thick one. It
# also prints the mean after the last epoch and, after "±", the spread: the standard deviation
# between the seeds.

# %% [markdown]
# ### Which differences mean something
#
# First the setting that all others are compared with, the **baseline**: five seeds, five results.

# %%
baseline = runs(digits)
final = np.array([history.column("validation_accuracy")[-1] for history in baseline])
print("validation accuracy of the five seeds:", final.round(3))
print(f"mean {final.mean():.3f}, spread between the seeds {final.std(ddof=1):.3f}")

# %% [markdown]
# The spread is about 0.003; one image of 229 is 0.0044. How far apart may the means of two
# settings lie by chance alone? The mean of five seeds varies less than one seed, by $\sqrt 5$, but
# there are two means: their difference varies by $\sqrt{2/5} \approx 0.6$ spreads. Hence the rule
# of this part: a difference **below one spread** says nothing; **above two** it is there; in
# between, run more seeds before you speak of it. Of two unequal spreads, take the larger.

# %% [markdown]
# ## Experiment 1: the learning rate
#
# The learning rate says how far each step goes along the negative gradient. One tries it in
# factors: 0.001, 0.01, 0.1, 1.

# %% [markdown] tags=["guess"]
# **Guess 9.1.** Which rate has the best validation accuracy after 12 epochs?
#
# - **a** 0.001, since small steps are safe
# - **b** 0.01
# - **c** 0.1
# - **d** 1, since it comes furthest

# %%
compare(
    {
        f"learning rate {rate:g}": runs(digits, learning_rate=rate)
        for rate in (0.001, 0.01, 0.1, 1)
    },
    ["validation_accuracy", "validation_loss_mean"],
)

# %% [markdown] tags=["answer"]
# **Answer 9.1: c.** Too small and too large a rate both end below the best, and single curves tell one
# from the other. With 0.001 the curves are smooth and still rising at the end (about 0.79): more
# epochs would help. With 1 the loss jumps up and down around a high value, accuracy stays near
# 0.9, and the seeds lie far apart: each step overshoots. Slow and smooth asks for a larger rate,
# rough and stuck for a smaller one.

# %% [markdown]
# ## Experiment 2: the width
#
# The **width** of a layer is the number of its units. With $H$ hidden units there are
# $64H + H + 10H + 10 = 75H + 10$ parameters.

# %% [markdown] tags=["guess"]
# **Guess 9.2.** Four times as many parameters: are 128 units better than 32?
#
# - **a** yes, by more than one spread
# - **b** no, the difference is below one spread
# - **c** no, they are worse by more than one spread

# %%
compare(
    {f"{width} hidden units": runs(digits, hidden=width) for width in (2, 8, 32, 128)},
    ["validation_accuracy", "validation_loss_mean"],
)

# %% [markdown] tags=["answer"]
# **Answer 9.2: b.** From 32 to 128 the accuracy does not differ by a spread, and the loss is higher (0.12
# against 0.10): 9,610 parameters instead of 2,410 gain nothing. Eight units reach 0.95.

# %% [markdown]
# **Question 9.3.** The activations of two hidden units are a point in a square. Why is that not enough
# for ten digits?

# %% [markdown] tags=["answer"]
# **Answer 9.3.** The output layer sees nothing but that point, and parts the square by straight borders.
# Training does not get ten digits into it so that such borders part them well: about 0.39 are right.

# %% [markdown]
# ## Experiment 3: a second hidden layer
#
# A second hidden layer reads the activations of the first, as the first reads the image. Before
# the experiment, you write such a network. The forward pass is one layer longer,
#
# $$X \to z_h \to h \to z_{h2} \to h_2 \to z_o \to y$$
#
# and the backward pass goes back the same way: the chain rule does again what it did before.
#
# ### Exercise 9.1: a network with two hidden layers
#
# Complete `DeepNet`: five lines of `forward`, and in `grad_loss` the two hidden layers; the output
# layer is given. Weights have the shape (fan_in, fan_out): `W_h` is $(D, H)$, `W_h2` is
# $(H, H_2)$, `W_o` is $(H_2, K)$. Both hidden layers use the sigmoid. The loss is a sum over the
# samples, and so is its gradient. The result: each quantity has the shape in its comment, and
# `check` finds nothing.
#
# You need not write it all at once. Fill in `forward` first, then run the cell and `check`: it judges
# `forward` at once. Of `grad_loss` it says that it is not written yet, as long as a line in it is
# still `...`. Write the second hidden layer next, and the first one last, since the derivatives
# arrive in that order. Where you are unsure of a product, write the
# shapes of its two arrays beside the shape in the comment: they tell which product fits, and what
# to transpose.
#
# <details><summary>Hint 1: the forward pass</summary>
#
# Each layer takes a weighted sum of what it reads, with a bias, and then the activation. Which
# does the second layer read: the pre-activation of the first, or what the sigmoid made of it?
#
# </details>
# <details><summary>Hint 2: the backward pass</summary>
#
# A derivative goes down in two moves: through the weights *above* the layer, transposed, and
# through the activation, by its slope at the pre-activation, element by element. For the gradient
# of a weight matrix, take what the layer *read* and the derivative by its pre-activation; the
# shapes leave one way to multiply them. A bias is added to every sample alike.
#
# </details>


# %% tags=["exercise"]
class DeepNet:
    """Two hidden layers of sigmoid units, then a softmax."""

    def __init__(self, input_size, hidden_size, hidden_size_2, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W_h = rng.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = rng.uniform(-0.1, 0.1, hidden_size)
        self.W_h2 = rng.uniform(-0.1, 0.1, (hidden_size, hidden_size_2))
        self.b_h2 = rng.uniform(-0.1, 0.1, hidden_size_2)
        self.W_o = rng.uniform(-0.1, 0.1, (hidden_size_2, output_size))
        self.b_o = rng.uniform(-0.1, 0.1, output_size)

    def forward(self, X, everything=False):
        """Probabilities (N, K); with everything=True also the quantities on the way."""
        x = np.atleast_2d(X)  # (N, D): one sample becomes a batch of one
        ### BEGIN SOLUTION
        z_h = x @ self.W_h + self.b_h  # (N, H)
        h = sigmoid(z_h)  # (N, H)
        z_h2 = h @ self.W_h2 + self.b_h2  # (N, H2)
        h2 = sigmoid(z_h2)  # (N, H2)
        z_o = h2 @ self.W_o + self.b_o  # (N, K)
        ### END SOLUTION
        y = softmax(z_o)  # (N, K)
        return (x, z_h, h, z_h2, h2, y) if everything else y

    def loss(self, X, y):
        """Negative log likelihood in nats, summed over the samples; y holds labels."""
        return nll(one_hot(len(self.b_o), np.atleast_1d(y)), self.forward(X))

    def grad_loss(self, X, y):
        """Derivative of the loss by each parameter, by name."""
        x, z_h, h, z_h2, h2, y_pred = self.forward(X, everything=True)
        t = one_hot(len(self.b_o), np.atleast_1d(y))  # (N, K)

        # The output layer
        grad_z_o = y_pred - t  # (N, K)
        grad_W_o = h2.T @ grad_z_o  # (H2, K)
        grad_b_o = grad_z_o.sum(axis=0)  # (K,)

        # The second hidden layer
        ### BEGIN SOLUTION
        grad_h2 = grad_z_o @ self.W_o.T  # (N, H2)
        grad_z_h2 = grad_h2 * dsigmoid(z_h2)  # (N, H2)
        grad_W_h2 = h.T @ grad_z_h2  # (H, H2)
        grad_b_h2 = grad_z_h2.sum(axis=0)  # (H2,)
        ### END SOLUTION

        # The first hidden layer
        ### BEGIN SOLUTION
        grad_h = grad_z_h2 @ self.W_h2.T  # (N, H)
        grad_z_h = grad_h * dsigmoid(z_h)  # (N, H)
        grad_W_h = x.T @ grad_z_h  # (D, H)
        grad_b_h = grad_z_h.sum(axis=0)  # (H,)
        ### END SOLUTION

        gradients = {"W_h": grad_W_h, "b_h": grad_b_h, "W_h2": grad_W_h2, "b_h2": grad_b_h2}
        return {**gradients, "W_o": grad_W_o, "b_o": grad_b_o}

    def train(self, x, y, learning_rate):
        """One step on one sample, or on the mean loss of a batch."""
        n_samples = len(np.atleast_2d(x))
        for name, gradient in self.grad_loss(x, y).items():
            parameter = getattr(self, name)
            parameter -= learning_rate / n_samples * gradient

    def predict(self, X):
        """The most probable class of each sample, (N,)."""
        return self.forward(X).argmax(axis=1)

    def accuracy(self, X, y):
        """Share of samples classified rightly."""
        return np.mean(self.predict(X) == y)


# %%
check(DeepNet)

# %% [markdown]
# Let your network learn. For a while hardly anything happens, and that is not your mistake; the
# experiment says why. `NeuralNet(64, (32, 32), 10)` is the same network, with the same first
# weights for the same seed. It trains faster, so it does the experiment.

# %%
deep_net = DeepNet(64, 32, 32, 10, seed=0)
same_net = NeuralNet(64, (32, 32), 10, seed=0)
same = np.allclose(deep_net.forward(X_train), same_net.forward(X_train))
print("same network:", same)
if not same:
    print("Your forward gives other probabilities with the same weights: look there first.")
rng = np.random.default_rng(0)
for epoch in range(1, 4):
    for i in rng.permutation(len(X_train)):
        deep_net.train(X_train[i], y_train[i], learning_rate=0.1)
    loss = deep_net.loss(X_validation, y_validation) / len(y_validation)
    accuracy = deep_net.accuracy(X_validation, y_validation)
    print(f"epoch {epoch}: validation loss {loss:.3f} per image, accuracy {accuracy:.3f}")

# %% [markdown]
# Now one hidden layer; two, with small first weights as before; and two with `init="glorot"`,
# after Glorot and Bengio: weights uniform within
# $\pm\sqrt{6 / (\text{fan\_in} + \text{fan\_out})}$, which is $\pm 0.31$ from 32 to 32 units, and
# biases 0.

# %% [markdown] tags=["guess"]
# **Guess 9.4.** Which ends with the best validation accuracy?
#
# - **a** two layers with small weights, by more than two spreads
# - **b** two layers with Glorot's weights, by more than two spreads
# - **c** neither: nothing ends above one layer by more than a spread

# %%
compare(
    {
        "one layer": baseline,
        "two layers, within 0.1": runs(digits, hidden=(32, 32)),
        "two layers, glorot": runs(digits, hidden=(32, 32), init="glorot"),
    },
    ["validation_accuracy", "validation_loss_mean"],
)

# %% [markdown] tags=["answer"]
# **Answer 9.4: c.** One layer ends at 0.978; two with Glorot weights at 0.972, within the
# spread; two with small weights at 0.967, not above either. The late start: on its way to the
# first layer the derivative passes the weights above and the slope of each sigmoid, at most 1/4.
# With small weights little of it arrives, and going forward the second layer hardly sees how
# images differ. Larger first weights let more through: 0.91 after one epoch instead of 0.32.

# %% [markdown]
# ## Experiment 4: activations
#
# Besides the sigmoid two activations are common: **tanh**, the hyperbolic tangent, from −1 to 1;
# and **ReLU**, the rectified linear unit, $\max(0, z)$. All three begin with Glorot's weights, so
# that one thing differs. Each is tried at the rate 0.1, which was chosen for the sigmoid, and at a
# tenth of it. The axis of the second picture is zoomed, from 0.85 to 1, so that the three can be told
# apart.

# %% [markdown] tags=["guess"]
# **Guess 9.5.** How does ReLU do at the rate 0.1?
#
# - **a** best of the three
# - **b** like the other two
# - **c** far worse than the other two

# %%
for rate, limits in ((0.1, {}), (0.01, {"validation_accuracy": (0.85, 1)})):
    named = {
        f"{name}, rate {rate}": runs(digits, activation=name, init="glorot", learning_rate=rate)
        for name in ("sigmoid", "tanh", "relu")
    }
    compare(named, "validation_accuracy", limits)
net, _ = trained(digits, 0, activation="relu", init="glorot")
print(f"ReLU at rate 0.1, seed 0: the largest weight is {np.abs(net.W_h).max():.0e}")

# %% [markdown] tags=["answer"]
# **Answer 9.5: c.** Each at the better of its two rates, sigmoid (0.976 at 0.1), tanh (0.975 at 0.1) and
# ReLU (0.976 at 0.01) are equal within the spread. ReLU at 0.1 blew up, with weights beyond
# $10^{10}$: nothing bounds what a ReLU unit hands on, large activations make large gradients, and
# these make still larger weights. A sigmoid or tanh unit hands on at most 1, and its slope goes to
# 0 where $z$ is large. At one rate for all, the rate decides: at 0.01 the sigmoid is last.

# %% [markdown]
# ## What you have now
#
# You can run an experiment that tells you something, and tell a difference from an accident. You know
# what the learning rate, the width, the depth and the activation do to training. Part 10 goes on with
# how to begin, batches and momentum; then one network is chosen, and tested.
