# %% [markdown]
# # Part 8: look at the network
#
# An accuracy of 97.8% is a number. It says how many images a network gets wrong, but not which
# ones, nor why. In this part you train a network once and then look: at one prediction, at the
# worst ones, at the digits that are taken for one another, and at the weights themselves. You
# write one short function, and guess a good deal.
#
# It takes about {minutes} minutes, and needs no part before it.

# %%
import numpy as np

from chainrule import SGD, NeuralNet, check, fit, load_digits, nll, one_hot
from chainrule.lab import pictures

# %% [markdown]
# ## Two networks
#
# `NeuralNet(64, 32, 10)` is the network of this lab: 64 pixels, 32 hidden units, 10 classes. With
# the same seed it draws the same first weights each time. So we can make it twice, train one, and
# keep the other as it was at the beginning, to compare.
#
# All that follows uses the **validation part**: 229 images that the network was not trained on.

# %%
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
X_validation, y_validation = digits.X_validation, digits.y_validation

untrained = NeuralNet(64, 32, 10, seed=0)
net = NeuralNet(64, 32, 10, seed=0)
settings = SGD(epochs=15, learning_rate=0.1)
history = fit(net, X_train, y_train, settings, validation=(X_validation, y_validation))

for epoch in (history[0], history[-1]):
    print(
        f"epoch {epoch.epoch:2}: accuracy {epoch.train_accuracy:.3f} in training, "
        f"{epoch.validation_accuracy:.3f} in validation"
    )

# %% [markdown]
# ## One image, before and after
#
# Here is the first image of the validation part, and the probabilities that each of the two
# networks gives to the ten digits.

# %%
pictures.before_and_after(untrained, net, digits, sample_idx=0)

# %% [markdown] tags=["guess"]
# **Guess 8.1.** The loss of an image is $-\log$ of the probability given to its true class. About what is
# the loss of this image *before* training?
#
# - **a** 0.06
# - **b** 2.75
# - **c** 14

# %% [markdown] tags=["answer"]
# **Answer 8.1: b.** The 4 gets about 0.06, the smallest share of all, and $-\log(0.064) \approx 2.75$: a
# little worse than 2.30, the loss of saying 0.1 for everything. After training it gets 0.996, and the
# loss is about 0.004.

# %% [markdown]
# ## The worst ones
#
# That image was chosen because it is the first. What teaches more are the images that went wrong.
# A good way to find them is to order the images by their loss and look at the highest. This finds
# the wrong ones, and also those that were nearly wrong.

# %% [markdown]
# ### Exercise 8.1: worst_predictions
#
# Write `worst_predictions`. It takes a model, samples `X` of shape `(N, D)`, their labels `y` of
# shape `(N,)`, and a number `n`. It returns **the indices of the `n` samples with the highest
# loss, the worst first**: an integer array of shape `(n,)`.
#
# `model.forward(X)` gives the probabilities, of shape `(N, K)`, where $K$ is the number of classes
# and the labels are whole numbers from 0 to $K - 1$. The digits have ten classes; the check below
# also tries other numbers of samples, features and classes. Use nothing else of the model. Then
# your function works with every model that has a `forward`, and with one of your own too.
#
# The result: `worst_predictions(net, X_validation, y_validation, 12)` is an array of twelve
# different whole numbers between 0 and 228, which begins with 29. Asked for three, it returns the
# first three of these.
#
# <details><summary>Hint 1: one number out of each row</summary>
#
# NumPy can be given two integer arrays as an index, one of row numbers and one of column numbers.
# It pairs them up: `A[[0, 1, 2], [5, 5, 0]]` is the array of `A[0, 5]`, `A[1, 5]` and `A[2, 0]`.
# Here you need every row once, and in each the column of its true class. This is called *fancy
# indexing*.
#
# </details>
# <details><summary>Hint 2: which, not how much</summary>
#
# `np.sort` would give you the losses in order, and forget whose they are. `np.argsort` gives the
# places of the numbers instead: first the place of the smallest. It sorts ascending, and you want
# the largest first. A sign, or a slice that runs backwards, turns the order round.
#
# </details>
# <details><summary>Hint 3: a probability of exactly 0</summary>
#
# Its logarithm is `-inf`, and NumPy warns. Part 2 kept the probabilities away from 0 with
# `np.clip` and `1e-15`, and that helps here too.
#
# </details>


# %% tags=["exercise"]
def worst_predictions(model, X, y, n):
    """Indices of the n samples with the highest loss, the worst first: (N, D), (N,) to (n,)."""
    ### BEGIN SOLUTION
    probabilities = model.forward(X)
    of_true_class = probabilities[np.arange(len(y)), y]
    losses = -np.log(np.clip(of_true_class, 1e-15, 1))
    return np.argsort(-losses)[:n]
    ### END SOLUTION


# %%
check(worst_predictions)

# %% [markdown]
# How much of the loss is theirs? All 229 images share one sum, and here is what the twelve worst
# have in it.

# %%
worst = worst_predictions(net, X_validation, y_validation, 12)

of_worst = nll(one_hot(10, y_validation[worst]), net.forward(X_validation[worst]))
of_all = nll(one_hot(10, y_validation), net.forward(X_validation))
print(f"loss of the 12 worst images: {of_worst:.1f}, of all 229: {of_all:.1f}")
print(f"so 12 images, {12 / 229:.0%} of them, make {of_worst / of_all:.0%} of the loss")

# %% [markdown]
# ## Guess, then reveal
#
# These are the twelve, the worst first, without labels. Which digits did the writers mean?

# %%
pictures.images_to_guess(digits, worst)

# %% [markdown]
# Write your guesses into the list, a digit in place of each `None`. Half-closed eyes or a step
# back from the screen help. If you cannot see the pictures, or do not want to guess, leave them:
# the next cell works all the same. It shows titles in blue where the network was right, and in
# vermilion, a reddish orange, where it was wrong; the words say it too.

# %%
guesses = [
    None,  # image 0
    None,  # image 1
    None,  # image 2
    None,  # image 3
    None,  # image 4
    None,  # image 5
    None,  # image 6
    None,  # image 7
    None,  # image 8
    None,  # image 9
    None,  # image 10
    None,  # image 11
]


# %%
pictures.images_and_guesses(digits, worst, net.forward(X_validation[worst]), guesses)

# %% [markdown]
# The number in brackets is the probability that the network gave to the digit it chose.
#
# **Question 8.2.** The network got more than half of these right, and still they are among its
# twelve worst. How can that be? And look at the five that it got wrong: how sure was it of what it
# said?

# %% [markdown] tags=["answer"]
# **Answer 8.2.** Seven of the twelve are right. The loss does not ask which digit came first, it asks
# how much the true one got. Image 5, an 8, got 0.66: right, with a loss of about 0.41. Half of all
# images have a loss below 0.001, so that even 0.15 is enough for the twelfth place.
#
# The five wrong ones are the five with the highest loss. In four of them the network gave between
# 0.87 and 0.99 to a wrong digit; in image 4 alone was it unsure, with about 0.4. So a high
# probability says how far these weights favour one digit over the others. It does not say that the
# answer can be relied on.
#
# Whether *you* can tell them is another matter. Image 3 is a 6 with a closed loop, which most
# people can read. In image 0 the upper part of a 5 is filled with ink, and in image 4 the loop of
# a 6 has all but gone. It goes the other way too: images 9 and 10 hardly look like a 9 to a
# person, and the network got both.

# %% [markdown]
# ## Which digits are confused?
#
# A **confusion matrix** counts images by two things at once: the row is the true class, the column
# the predicted one. What is right lies on the diagonal. Everything off it is a confusion, and says
# which digit was taken for which.
#
# In the picture the squares of the diagonal are blue, and confusions are vermilion (a reddish
# orange). The deeper the colour, the more images; where there are none, nothing is drawn. Each of
# the two colours has its own scale, in each matrix: the deepest vermilion may stand for two
# images, the deepest blue for thirty. So compare shades within one colour only, and for the rest
# read the numbers.

# %% [markdown] tags=["guess"]
# **Guess 8.3.** What does the matrix of the *untrained* network look like?
#
# - **a** nearly all images on the diagonal
# - **b** about the same number in each square
# - **c** nearly all images in one or two columns

# %%
pictures.confusions(
    digits,
    {"untrained": untrained.forward(X_validation), "trained": net.forward(X_validation)},
)

# %% [markdown] tags=["answer"]
# **Answer 8.3: c.** The first weights are small, so the image hardly matters: each digit gets nearly the
# same probability from every image. Here 3 and 5 happen to lead, with about 0.13 each, and one of
# the two comes first in every image. Other first weights would have other favourites.

# %% [markdown]
# **Question 8.4.** In the trained one a 6 was taken for a 1 twice, and a 1 never for a 6. May you say
# that this network has trouble with sixes?

# %% [markdown] tags=["answer"]
# **Answer 8.4.** No: these are two of 28, and five errors in all. With so few, two and not one
# can be chance. Train with the seeds 1 to 8 and look: with most of them image 4 is read rightly,
# and a single 6 is left. What comes back is not so much a pair of digits as a few images. Images
# 0, 1, 2 and 3 are wrong with every seed from 0 to 8. That says something about these four images,
# or about what the training images lack. A pair of classes would be worth a look if it had dozens
# of errors.

# %% [markdown]
# ## What a hidden unit looks for
#
# Each hidden unit has 64 weights, one for each pixel: a column of `W_h`. Put into 8 rows of 8,
# they are a picture of the same size as the images. A blue pixel has a positive weight: more ink
# there raises the pre-activation $z_h$ of the unit. A vermilion pixel has a negative one: more ink
# there lowers it. A pixel that is hardly coloured does not matter to this unit.
#
# First the untrained network, then the trained one. Mind the scales beside them: they are not the
# same.

# %%
pictures.hidden_weights(untrained)

# %%
pictures.hidden_weights(net)

# %% [markdown]
# On the scale of the second picture the whole first one would have hardly any colour. Training has made
# many weights larger, and has put some order into them: strong weights often stand next to one
# another, mostly away from the edges on the left and right, where there is seldom ink.
#
# One more thing is needed to read such a picture. The pixels are standardised: 0 means *as much
# ink as this pixel has on average*, and less ink than that is a negative number. So a negative
# weight works in two ways. Ink there lowers $z_h$, and a gap where ink is usual **raises** it.
#
# Here is one unit in numbers. The row and column of a pixel are counted from 0, from the top left.

# %%
unit = 3

pictures.unit_weights(net, unit)

# %% [markdown]
# Two pixels stand out, in row 5, columns 2 and 3: left of the middle, in the lower half.

# %% [markdown] tags=["guess"]
# **Guess 8.5.** For which digits is the output of this unit near 0? Think of where they have ink, or look
# at the images further up.
#
# - **a** 3, 5 and 9
# - **b** 0, 2 and 7
# - **c** 1, 4, 6 and 8

# %% [markdown]
# Let the images answer. The cell orders the validation part by $z_h$ of this unit. (The sigmoid rises
# with $z_h$, so the order of $h$ is the same.)

# %%
trace = net.forward_trace(X_validation)
z = trace["z_h"][:, unit]  # (229,)

pictures.excited_by(digits, z)

print("digit  mean of h")
for digit in range(10):
    print(f"{digit:5}  {trace['h'][y_validation == digit, unit].mean():9.2f}")

# %% [markdown] tags=["answer"]
# **Answer 8.5: c.** For 6 its mean is 0.00, for 4 about 0.08, for 1 and 8 below 0.2; for 3, 5 and 9 it is
# above 0.9. Zeros lie at about 0.76, 2 and 7 at a little over one half. So it is no detector of
# one digit. It tests, above all, one place: whether the lower left is open, as it is in a 3, a 5
# and a 9, or has ink, as in a 1, a 4, a 6 and an 8. One such answer does not name the digit. The
# output layer puts 32 of them together.
#
# Set `unit` to another number, run the two cells above again, and try to say what that one tests. Most
# are harder to put into words. Unit 22 has strong blue weights in the upper half. Its mean is about 0.8
# or more for 0, 4, 6, 8 and 9, and almost 0 for 2 and 3.

# %% [markdown]
# How much depends on this unit? The next cell silences it: it gives the mean of its $h$ for every
# image, and so can tell nothing any more. Then it does the same with each of the other units in
# turn.

# %% [markdown] tags=["guess"]
# **Guess 8.6.** Of 229 images 5 are wrong now. How many will be wrong without unit 3?
#
# - **a** 5
# - **b** about 20
# - **c** about 100

# %%
wrong = []
for silenced in range(32):
    h = net.forward_hidden(X_validation)  # (229, 32)
    h[:, silenced] = h[:, silenced].mean()
    said = net.forward_output(h).argmax(axis=1)
    wrong.append(int(np.sum(said != y_validation)))

print(f"without unit {unit}: {wrong[unit]} wrong")
print("without unit 0, 1, 2, …, 31:", wrong)

# %% [markdown] tags=["answer"]
# **Answer 8.6: a.** They are the same five as before; without another unit there are between 4 and 7. The
# network can do without any single unit. That does not mean that the unit is idle: the mean loss of an
# image rises a little, from 0.100 to 0.104. But the work is shared, and what one unit no longer says,
# others still do. It is another matter to silence many at once: with 16 units picked at random, between
# about 10 and 30 images are wrong.

# %% [markdown]
# ## What these pictures can tell, and what not
#
# The worst images were picked *because* they went wrong. They show where the network fails, and
# not how it reads a usual image. Five errors are too few to say which digits are hard. A weight
# picture shows what one unit adds up, and not why training made it so; with another seed the
# accuracy is about the same and the pictures are different ones. It is easy to see a stroke or a
# curve in 64 coloured squares, and a story about one unit is a guess until something tests it, as
# the silencing did. What the pictures are good for is finding such guesses, and mistakes: a label
# that is wrong, an image that nobody could read, weights that are still noise after training.

# %% [markdown]
# ## What you have now
#
# You can find the images on which any network is worst, see what it confuses, and ask a hidden
# unit what it answers to. In parts 9 and 10 you let several networks compete, choose one by the validation
# part, and open the test part, once.
