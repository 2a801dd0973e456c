# %% [markdown]
# # Part 1: the digits
#
# In eleven parts you build a neural network that reads handwritten digits. You write its functions
# with your own hands, in plain NumPy, and train it with gradients that you have written yourself.
# This first part is about the data: what they look like, how they are divided, and how they are
# prepared.
#
# After every exercise a line with `check` tries what you wrote. If something is wrong, it tells
# you **which mistake it is**, and not only that there is one. It never changes your code, and you
# can ask as often as you like.
#
# If you have not used a notebook before: click into a cell and press **Shift-Enter**. The cell runs,
# what it prints or draws appears below it, and the next cell is chosen. Run the cells from top to
# bottom, because each uses what those above it have made. After a restart your text is kept, and
# everything that was computed is forgotten: run the cells again from the top (the Run menu has a
# command for that; in Colab it is called Runtime).
#
# Now and then you are asked to **guess**, before something is computed. Click on a letter: the guess
# is kept, also over a restart, and the right answer appears further down, after the cells that show
# it. A wrong guess costs nothing and teaches most. Other questions have their answers folded below
# them.
#
# This part takes about {minutes} minutes.

# %%
import numpy as np

from chainrule import check, load_digits
from chainrule.lab import draw, one_weight, pictures, read_drawing, train_reader

# %% [markdown]
# ## Look at the data
#
# People wrote the digits 0 to 9 on forms, and the forms were scanned. There are 1,797 images, each
# 8 pixels wide and 8 high. A **pixel** is one small square of an image. Its value here is a whole
# number from 0 to 16: of the 4 × 4 points of the scan that it stands for, so many were black. A
# number that says which digit is meant belongs to each image: its **label**.
#
# The images are part of *Optical Recognition of Handwritten Digits* by E. Alpaydin and C. Kaynak
# (UCI Machine Learning Repository, 1998, <https://doi.org/10.24432/C50P49>), under the licence
# [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
#
# `load_digits` gives 1,527 of them to work with. It puts 270 aside; further down you will see why.
# Every picture of this lab has a description in words, for those who cannot see it.

# %%
published = load_digits()
X, y = published.X_train, published.y_train

print("images:", X.shape, "labels:", y.shape)

pictures.first_images(published, 20)

# %% [markdown]
# A network does not see pictures, it sees numbers. Here is one image, and beside it the 64 numbers
# that it consists of.

# %%
image = X[0].reshape(8, 8).astype(int)

pictures.image_and_numbers(image, y[0])

# %% [markdown]
# ## A network reads what you draw
#
# Before you build a network, see one at work. The next cell trains one, in a few seconds, on these
# images and on copies of them that are turned, shifted and thickened a little.

# %%
reader = train_reader(published)
print(reader)

# %% [markdown]
# Draw a digit into the field, with the mouse or a finger. Beside it appear what the network sees of your
# drawing, 8 × 8 pixels, and how probable it finds each digit. If it reads another than you meant, say
# what you meant, and it shows why. (If you see no field, draw with any program, save the picture as
# `digit.png` beside this notebook, and run `read_drawing("digit.png", reader)` in a new cell.)

# %%
draw(reader)

# %% [markdown]
# A network is numbers, its **weights**, and training changes them so that one more number, the **loss**,
# becomes small: it says how surprised the network is by the right digit. Here are one pixel and one
# weight of a smaller network. Move them and watch the loss. Which way must the weight go? And when does
# moving it make no difference? In this lab you write a program that knows this for every weight.

# %%
one_weight(published)

# %% [markdown]
# ## From an image to a row of 64 numbers
#
# Our networks take each image as one row of 64 numbers. The eight rows of the picture are put one
# after the other: first row 0, then row 1, and so on. Counted from 0, the pixel in row $r$ and
# column $c$ stands at place $8r + c$. In NumPy this is `reshape(64)`, and `reshape(8, 8)` goes
# back.
#
# Many images make an array of shape `(N, 64)`: one row for each image, one column for each pixel.
# `X` above is such an array. The *samples*, here the images, are the first axis everywhere in this
# lab.

# %%
print(image.reshape(64))

# %% [markdown]
# Note what is lost. That two pixels are neighbours can be seen in the picture, not in the row. If
# we shuffled the 64 columns in the same way for all images, our networks would learn as well as
# before. They have to find out for themselves which pixels go together.

# %% [markdown]
# ## Labels as rows
#
# A label is a number, but a class is not a quantity: a 9 is not more than a 4, and not nearer to
# an 8 than to a 1. Our networks will give ten numbers for each image, one for each class. So the
# label, too, becomes ten numbers: a 1 at the place of the class, and 0 everywhere else. Such a row
# is called **one-hot**. For the label 3 it is
#
# $$(0, 0, 0, 1, 0, 0, 0, 0, 0, 0)$$
#
# Put the rows of all the classes under each other, and you have the identity matrix: ones on the
# diagonal, zeros elsewhere. The one-hot row of a label is the row of that matrix with this number.

# %% [markdown]
# ### Exercise 1.1: one-hot rows
#
# Write `one_hot`. It takes the number of classes $K$ and `y`, which is one label or a list or
# array of $N$ labels. It returns the rows of the $K \times K$ identity matrix that belong to them:
# shape `(K,)` for one label, `(N, K)` for several.
#
# The results: `one_hot(10, 3)` has the shape `(10,)` and its 1 at place 3.
# `one_hot(10, [0, 4, 9, 1])` has the shape `(4, 10)`, and its 1s are at the places 0, 4, 9 and 1.
#
# <details><summary>Hint 1: the identity matrix</summary>
#
# NumPy makes it: `np.eye(4)` has four rows and four columns. Look at it in a new cell. Which of
# its rows belongs to the label 2?
#
# </details>
# <details><summary>Hint 2: one row or many</summary>
#
# Rows of a matrix can be taken by their numbers. With `A = np.arange(12).reshape(4, 3)`, try
# `A[2]` and `A[[2, 0, 2]]`, and look at the shapes of the results. A whole array of numbers works
# like the list.
#
# </details>
# <details><summary>Hint 3: how many lines</summary>
#
# One is enough. You need neither a loop nor an `if` for the two cases of `y`.
#
# </details>


# %% tags=["exercise"]
def one_hot(n_classes, y):
    """Labels to rows of the identity matrix: a number to (K,), or N numbers to (N, K)."""
    y = np.asarray(y, dtype=int)
    ### BEGIN SOLUTION
    return np.eye(n_classes)[y]
    ### END SOLUTION


# %% [markdown]
# Your code takes the place of the line `raise NotImplementedError`. `check` calls the function with
# labels that you have not seen, one or several. If it finds a mistake it says where to look. For more,
# ask: `check(one_hot, hint=2)` says what your code seems to assume, and `hint=3` shows what is right
# and why.

# %%
check(one_hot)

# %% [markdown]
# A first use for it: in the one-hot rows of all labels, column $k$ has a 1 for each image of class
# $k$. The sums of the columns therefore count the classes.

# %% [markdown] tags=["guess"]
# **Guess 1.1.** A classifier does not look at the images and always says the same digit, the best one
# for that. What is its accuracy, the share of these 1,527 images that it gets right?
#
# - **a** 0, since it has learned nothing
# - **b** about 11 %
# - **c** about a quarter

# %%
counts = one_hot(10, y).sum(axis=0).astype(int)
print("images of each class:", counts, "together", counts.sum())

pictures.class_counts(counts)

# %% [markdown] tags=["answer"]
# **Answer 1.1: b.** It should say 3, the most frequent digit, and is right for 166 of 1,527 images:
# 10.9 %. With ten classes of about the same size, an accuracy near 10 % means that nothing was
# learned. If 95 % of the images showed a 0, always saying 0 would reach 95 %, and nothing would have
# been learned either. An accuracy means something only beside the one that can be had for nothing.

# %% [markdown]
# ## Three parts
#
# A network that has learned its images by heart would be of no use. We want to know how well it
# reads images that it has **not** seen. Therefore the images are divided into three parts, each
# with a purpose of its own.
#
# | part | images | what it is for |
# |---|---|---|
# | training | 1,298 | the weights are learned from it |
# | validation | 229 | to choose: how many hidden units, which learning rate, when to stop |
# | test | 270 | to say at the very end, once, how good the chosen network is |
#
# The test part is fixed: it is the same 270 images for everyone who works with this lab, so that
# results can be compared. `hold_back(0.15, seed=0)` takes 15 % of the other images at random as
# validation part. The **seed** is the number from which a random generator starts; the same seed
# gives the same choice each time.

# %%
split = published.hold_back(0.15, seed=0)

print("training:  ", split.X_train.shape, split.y_train.shape)
print("validation:", split.X_validation.shape, split.y_validation.shape)

# %% [markdown]
# Why not leave the validation part out, and choose by the test part? Because the best of many
# scores is partly the luckiest: the score by which you choose comes out too good. So you choose by
# the validation part, as often as you like. The test part is opened once in this lab, at the end
# of part 10, when nothing is left to choose. There you will also see how much luck can do.

# %% [markdown]
# ## Scaling
#
# One more step before the images go into a network. Look at the 64 pixels one by one: for each,
# take its mean over the training images, and its **standard deviation**, which says how far its
# values typically lie from the mean. We call it the deviation for short.

# %%
mean = split.X_train.mean(axis=0)  # (64,)
deviation = split.X_train.std(axis=0)  # (64,)

print("means:     ", f"from {mean.min():.2f} to {mean.max():.2f}")
print("deviations:", f"from {deviation.min():.2f} to {deviation.max():.2f}")
print("deviation 0:", [f"row {i // 8}, column {i % 8}" for i in np.flatnonzero(deviation == 0)])

# %% [markdown]
# In the middle of the image the deviations are 4 to 6.5. At the left and right edge there is
# seldom any ink, and three pixels are 0 in every training image.
#
# Training changes each weight in small steps. How far a step goes is set by one number, the
# **learning rate**, which is the same for all weights. But a weight also moves in proportion to
# the values of its pixel. A learning rate that suits a pixel with values around 12 is far too
# small for one with values around 0.3. If all pixels have the same mean and the same deviation,
# one learning rate can suit all their weights. So each pixel gets the mean 0 and the deviation 1:
#
# $$x' = \frac{x - \text{mean}}{\text{deviation}}$$
#
# The means and deviations are measured **on the training part alone**. The validation part is
# scaled with those same numbers. It stands for images that we have not seen yet, and from such
# images nothing can be measured beforehand.

# %% [markdown] tags=["guess"]
# **Guess 1.2.** Three pixels are always 0 in training: mean 0, deviation 0. What becomes of the ten
# outputs of a network if these pixels go through the formula?
#
# - **a** Nothing: a pixel that is always 0 adds nothing.
# - **b** NumPy stops with an error.
# - **c** All ten become `nan`, not a number, for every image.

# %% [markdown] tags=["answer"]
# **Answer 1.2: c.** The formula gives $0 / 0$, which is `nan` in NumPy, with a warning. An output is a
# sum over all pixels, and a sum that has a `nan` in it is `nan`: every output, the loss, and after one
# step of training all the weights. A pixel that never changes tells nothing. One may leave it out, or
# divide by 1 where the deviation is 0, as this lab does: then it is 0, and does no harm.

# %%
divisor = np.where(deviation == 0, 1, deviation)
by_hand = (split.X_train - mean) / divisor

digits = split.scaled("standard")
print("chainrule scales in the same way:", np.allclose(digits.X_train, by_hand, atol=1e-3))

pictures.pixel_scales(split.X_train, digits.X_train)

# %% [markdown]
# Apart from the three pixels that never change, all bars have the same length now. Single values can
# still be large. The pixel in the bottom left corner is 1 in one training image and 0 in the other
# 1,297: its deviation is 0.03, so that this 1 becomes 36. Remember it when a single image surprises
# you later.

# %% [markdown]
# ## What you have now
#
# You know the digits, you have `one_hot`, and the images are divided and scaled. Each later part
# of the lab gets them with one line:
# `digits = load_digits().hold_back(0.15, seed=0).scaled("standard")`. In part 2 you turn the ten
# numbers that a classifier gives for an image into probabilities, and measure how far they are
# from the truth.
