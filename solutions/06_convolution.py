# %% [markdown]
# # 6. Convolution and output sizes
#
# After this chapter you can say what a convolutional layer computes, how large its output is, what
# it costs and how much of the picture each of its numbers has seen, all before you run it. You
# write the layer three times: with loops, as one matrix product, and with Fourier transforms. You
# measure which is fastest when. You write pooling, unpooling and all the backward passes. From
# these parts you build a network in plain NumPy and check its gradients. At the end its larger
# sisters learn to read digits and to tell clothes apart.
#
# | | |
# |---|---|
# | **Time** | about 350 minutes: C, E and F are the long parts |
# | **Points** | 55, of which 10 are for derivations and reasons that a person reads |
# | **Builds on** | chapter 1: back-propagation, as an idea; none of its code is needed |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. When an answer is wrong, the check says what it tried,
# what it expected and what it got; there `[1][0]` means entry 0 of entry 1 of what you returned.
# Three hints are folded under each task; open them one at a time. Cells that a check relies on are
# locked; functions there whose names begin with `try_` belong to the checks, and you need not read
# them. All other cells are yours to change and to play with. Write parts A to F with NumPy only:
# torch is there to compare with, and for the last part.
#
# **The parts.** A: one kernel on one picture. B: how large is the output? C: a layer, three times.
# D: what a layer costs and sees. E: pooling and its reverse. F: backward, and the transposed layer.
# G: networks.

# %% given setup
import time
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import Checks, data, explore, plots, progress, training

check = Checks("06_convolution")
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# %% [markdown]
# ## A. One kernel on one picture
#
# ### A.1 The same question at every place
#
# A neuron of a fully connected layer has a weight for each pixel of the picture. If it learns to
# find a vertical edge in the upper left corner, it knows nothing about the same edge two pixels
# further down. Can one set of weights look everywhere?
#
# Make the set small, and move it. The small array of weights $W$ is the **kernel**.
# Lay it on the picture $X$, multiply each weight by the pixel under it, and add up. The sum is one
# pixel of the output. Then move the kernel by one pixel and do the same again:
#
# $$
# Y_{ij} = \sum_{u} \sum_{v} W_{uv}\, X_{i+u,\; j+v}
# \tag{1}
# $$
#
# All rows and columns are counted from 0, here and in the whole chapter. The pixels under the
# kernel are its **window**; at output pixel $(i, j)$ the window's upper left corner is $X_{ij}$.
# This operation is called **cross-correlation**. Networks use it under the name of convolution; A.2
# has the difference.
#
# **Worked example.** A picture of 3 by 3 and a kernel of 2 by 2:
#
# $$
# X = \begin{pmatrix} 1 & 2 & 0 \\ 0 & 1 & 3 \\ 2 & 1 & 0 \end{pmatrix}, \qquad
# W = \begin{pmatrix} 1 & 0 \\ 2 & -1 \end{pmatrix}
# $$
#
# | output pixel | its window | sum |
# |---|---|---|
# | $Y_{00}$ | 1, 2 above 0, 1 | $1 \cdot 1 + 0 \cdot 2 + 2 \cdot 0 - 1 \cdot 1 = 0$ |
# | $Y_{01}$ | 2, 0 above 1, 3 | $1 \cdot 2 + 0 \cdot 0 + 2 \cdot 1 - 1 \cdot 3 = 1$ |
# | $Y_{10}$ | 0, 1 above 2, 1 | $1 \cdot 0 + 0 \cdot 1 + 2 \cdot 2 - 1 \cdot 1 = 3$ |
# | $Y_{11}$ | 1, 3 above 1, 0 | $1 \cdot 1 + 0 \cdot 3 + 2 \cdot 1 - 1 \cdot 0 = 3$ |
#
# The kernel of 2 has only two places on a picture of 3, so the output is 2 by 2. In general the
# corner of a kernel with $r$ rows can stand in the rows $0, 1, \dots, h - r$ of a picture with $h$
# rows. These are $h - r + 1$ places.
#
# ### Exercise 6.1: cross-correlation
#
# Write `correlate(X, W)`: equation (1) for a picture `X` of shape (h, w) and a kernel `W` of shape
# (r, s) that fits into it. The result has shape (h − r + 1, w − s + 1). Loops are fine.

# %% hint correlate [markdown]
# Which part of the array `X` lies under the kernel when the kernel's corner is at row 2, column 5?

# %% hint correlate [markdown]
# For each place $(i, j)$ of the output cut the window out of the picture: r rows from $i$ on, s
# columns from $j$ on. Multiply it entry by entry by the kernel, and add everything up.

# %% hint correlate [markdown]
# for each i < h − r + 1, each j < w − s + 1: Y[i, j] ← sum(X[i : i + r, j : j + s] · W)


# %% solve correlate
def correlate(X, W):
    """Return the cross-correlation (1) of a picture (h, w) with a kernel (r, s).

    >>> correlate(np.array([[1.0, 2.0, 4.0]]), np.array([[-1.0, 1.0]])).tolist()
    [[1.0, 2.0]]
    """
    ### BEGIN SOLUTION
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i in range(h - r + 1):
        for j in range(w - s + 1):
            Y[i, j] = np.sum(X[i : i + r, j : j + s] * W)
    return Y
    ### END SOLUTION


# %% check correlate points=2
with check("correlate") as probe:
    X, W = np.array([[1.0, 2, 0], [0, 1, 3], [2, 1, 0]]), np.array([[1.0, 0], [2, -1]])
    probe.call("the worked example", correlate, X, W)
    X = np.array([[1.0, 2, 4, 8], [-1, 3, 0, 5], [7, 2, -6, 1]])
    one = np.array([[0.0, 1.0], [0.0, 0.0]])
    probe.call("a kernel with a single 1, at its upper right", correlate, X, one)
    probe.call("a kernel of one row, 1 by 3", correlate, X, np.array([[1.0, 10, 0.5]]))
    probe.call("a kernel as large as the picture", correlate, X, 1 - X)
### BEGIN HIDDEN TESTS
with check.hidden("correlate") as probe:
    rng = np.random.default_rng(61)
    for h, w, r, s in ((6, 6, 3, 3), (5, 9, 2, 4), (4, 4, 1, 1), (8, 3, 5, 3)):
        X, W = rng.normal(size=(h, w)), rng.normal(size=(r, s))
        right = torch.nn.functional.conv2d(torch.tensor(X)[None, None], torch.tensor(W)[None, None])
        label = f"picture {(h, w)}, kernel {(r, s)}"
        probe.call(label, correlate, X, W, expected=right[0, 0].numpy())
    X, W = 1000 * rng.normal(size=(5, 7)).T, rng.normal(size=(2, 3))
    right = torch.nn.functional.conv2d(torch.tensor(X)[None, None], torch.tensor(W)[None, None])
    probe.call("a transposed picture", correlate, X, W, expected=right[0, 0].numpy())
### END HIDDEN TESTS


# %% mistake correlate "the kernel is flipped"
# Your kernel is turned by half a turn before it is used. In equation (1) both indices run the same
# way: W[u, v] meets X[i + u, j + v].
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s] * W[::-1, ::-1])
    return Y


# %% mistake correlate "one place too few"
# Your output misses its last row and its last column. The corner of the kernel can stand in rows 0
# to h - r, and these are h - r + 1 rows.
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r, w - s))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s] * W)
    return Y


# %% mistake correlate "the mean in place of the sum"
# Your values are means over the window. Equation (1) is a sum.
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.mean(X[i : i + r, j : j + s] * W)
    return Y


# %% mistake correlate "the windows do not overlap"
# Your kernel jumps by its own size. In equation (1) it moves by one pixel: neighbouring windows
# overlap.
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h // r, w // s))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i * r : i * r + r, j * s : j * s + s] * W)
    return Y


# %% mistake correlate "the output is as large as the picture"
# Your output has the size of the picture: the kernel reaches over the edge. Keep only the places
# where it lies inside; there are h - r + 1 by w - s + 1 of them.
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    X = np.pad(X, ((0, r - 1), (0, s - 1)))
    return np.array([[np.sum(X[i : i + r, j : j + s] * W) for j in range(w)] for i in range(h)])


# %% mistake correlate "the weights are not used"
# Your values are the sums of the windows. Multiply each pixel by the weight above it first.
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s])
    return Y


# %% mistake correlate "the rows of the kernel are exchanged"
# Your kernel stands on its head: its last row is used first. In equation (1) W[u, v] meets X[i + u,
# j + v].
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s] * W[::-1])
    return Y


# %% mistake correlate "the columns of the kernel are exchanged"
# Your kernel is mirrored from left to right: its last column is used first. In equation (1) W[u, v]
# meets X[i + u, j + v].
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s] * W[:, ::-1])
    return Y


# %% mistake correlate "the kernel is transposed"
# Your kernel has its rows for columns. In equation (1) the first index of W goes with the rows of
# the picture: W[u, v] meets X[i + u, j + v].
def correlate(X, W):
    W = W.T
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1))
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s] * W)
    return Y


# %% mistake correlate "the values are cut to whole numbers"
# Your output holds whole numbers only: an array with dtype=int cuts off what comes behind the
# point. Leave the dtype out; np.zeros then holds floating-point numbers.
def correlate(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h - r + 1, w - s + 1), dtype=int)
    for i, j in np.ndindex(*Y.shape):
        Y[i, j] = np.sum(X[i : i + r, j : j + s] * W)
    return Y


# %% alternative correlate
def correlate(X, W):
    windows = np.lib.stride_tricks.sliding_window_view(X, W.shape)
    return np.einsum("ijuv,uv->ij", windows, W)


# %% alternative correlate
def correlate(X, W):
    m, n = X.shape[0] - W.shape[0] + 1, X.shape[1] - W.shape[1] + 1
    return sum(W[u, v] * X[u : u + m, v : v + n] for u, v in np.ndindex(*W.shape))


# %% [markdown]
# What can nine weights see? Put four kernels on a picture of clothes. It is one of 9,000 from the
# collection *Fashion-MNIST* that come with the course. Its numbers lie between 0, the background,
# and 1. They are drawn in grey, 1 in black.


# %%
clothes = data.fashion()
shirt = clothes.x_train[26, 0].double().numpy()  # (28, 28)
KERNELS = {
    "horizontal edge": np.array([[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]]),
    "vertical edge": np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]]),
    "mean": np.ones((3, 3)) / 9,
    "sharper": np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
}


# %%
def draw_kernels(picture):
    figure, axes = plt.subplots(1, 5, figsize=(9, 2.2), layout="constrained")
    axes[0].imshow(picture, cmap="gray_r")
    axes[0].set(title="picture", xlabel="column", ylabel="row")
    for ax, (name, W) in zip(axes[1:], KERNELS.items(), strict=True):
        ax.imshow(correlate(picture, W), cmap="RdBu_r", vmin=-2, vmax=2)
        ax.set(title=name, xlabel="column")
    return figure


plots.show(
    draw_kernels(shirt),
    "A striped shirt, and the output of four kernels, negative in blue and positive in red. The "
    "horizontal edge kernel draws the upper edge of each stripe blue and the lower edge red. The "
    "vertical edge kernel shows the sides of the shirt and leaves the stripes out. The mean blurs, "
    "the last one makes edges steeper.",
)

# %% [markdown]
# *Figure 1. A picture and the outputs of four kernels (blue: negative, red: positive). The first
# kernel finds the stripes, the second finds the sides and overlooks the stripes.*
#
# The first kernel answers with a positive number wherever the numbers are larger above than below,
# at every place of the picture, with nine weights. And if the shirt moves, the answer moves with
# it. This is called **equivariance**: shift first and correlate then, or correlate first and shift
# then, the result is the same.
#
# ### A.2 Convolution turns the kernel around
#
# Mathematics knows a sister of (1), the **convolution**:
#
# $$
# Y_{ij} = \sum_{u} \sum_{v} W_{uv}\, X_{i-u,\; j-v}
# \tag{2}
# $$
#
# There is a minus sign in place of the plus. What does it change? Look at one pixel of the
# picture. In (2) the pixel $X_{pq}$ reaches the outputs $i = p + u$, $j = q + v$, each with the
# weight $W_{uv}$. So **every pixel prints a copy of the kernel**, multiplied by its own value, and
# the copies add up. With (1) the printed copy is turned by half a turn.
#
# Where (2) asks for a pixel outside the picture, take it as 0. A picture with $h$ rows and a kernel
# with $r$ rows then make $h + r - 1$ rows of output: from the first row where the copy of the first
# pixel begins, to the last row where the copy of the last pixel ends. This is the **full**
# convolution.
#
# ### Exercise 6.2: full convolution
#
# Write `convolve(X, W)`: equation (2) for all $i$ and $j$ where it can be other than 0. `X` has
# shape (h, w), `W` has shape (r, s), and the result has shape (h + r − 1, w + s − 1).

# %% hint convolve [markdown]
# The picture has a single pixel that is not 0, in its upper left corner. What does the output look
# like?

# %% hint convolve [markdown]
# Either print: begin with zeros and add, for each pixel, the kernel times its value at the right
# place. Or use `correlate`: surround the picture with r − 1 rows and s − 1 columns of zeros on each
# side, and turn the kernel by half a turn.

# %% hint convolve [markdown]
# Y ← zeros((h + r − 1, w + s − 1)); for each pixel (p, q): Y[p : p + r, q : q + s] += X[p, q] · W


# %% solve convolve
def convolve(X, W):
    """Return the full convolution (2) of a picture (h, w) with a kernel (r, s).

    >>> convolve(np.array([[1.0, 2.0]]), np.array([[10.0, 1.0]])).tolist()
    [[10.0, 21.0, 2.0]]
    """
    ### BEGIN SOLUTION
    r, s = W.shape
    X = np.pad(X, ((r - 1, r - 1), (s - 1, s - 1)))
    return correlate(X, W[::-1, ::-1])
    ### END SOLUTION


# %% check convolve points=2
with check("convolve") as probe:
    W = np.array([[1.0, 2, 3], [4, 5, 6]])
    probe.call("a picture of one pixel, 10", convolve, np.array([[10.0]]), W)
    spot = np.zeros((3, 3))
    spot[1, 0] = 1.0
    probe.call("a single 1, in the middle of the left column", convolve, spot, W)
    X = np.array([[1.0, 2, 4], [-1, 3, 0]])
    probe.call("2 by 3 with 2 by 2", convolve, X, np.array([[1.0, 0], [2, -0.5]]))
    probe.call("one row each", convolve, X[:1], W[:1])
### BEGIN HIDDEN TESTS
with check.hidden("convolve") as probe:
    rng = np.random.default_rng(62)
    for h, w, r, s in ((4, 4, 3, 3), (3, 6, 2, 4), (2, 2, 3, 5), (1, 5, 1, 1)):
        X, W = rng.normal(size=(h, w)), rng.normal(size=(r, s))
        sizes = (h + r - 1, w + s - 1)  # the convolution theorem
        right = np.fft.irfft2(np.fft.rfft2(X, sizes) * np.fft.rfft2(W, sizes), sizes)
        probe.call(f"picture {(h, w)}, kernel {(r, s)}", convolve, X, W, expected=right)
    x, y = rng.normal(size=(1, 6)), rng.normal(size=(1, 4))
    right = np.polymul(x[0], y[0])[None]
    probe.call("one row each: polynomials", convolve, x, y, expected=right)
### END HIDDEN TESTS


# %% mistake convolve "the kernel is not turned"
# The printed copies of the kernel stand on their heads: this is the cross-correlation. In equation
# (2) the index of X falls where the index of W grows. If you call correlate and it has not passed
# its check, look there first.
def convolve(X, W):
    r, s = W.shape
    return correlate(np.pad(X, ((r - 1, r - 1), (s - 1, s - 1))), W)


# %% mistake convolve "the kernel is turned in one direction only"
# The kernel is mirrored in its columns but not in its rows. Both indices have a minus sign in (2):
# W[::-1, ::-1]. If you call correlate and it has not passed its check, look there first.
def convolve(X, W):
    r, s = W.shape
    return correlate(np.pad(X, ((r - 1, r - 1), (s - 1, s - 1))), W[:, ::-1])


# %% mistake convolve "the kernel is mirrored top to bottom only"
# The kernel is mirrored in its rows but not in its columns. Both indices have a minus sign in (2):
# W[::-1, ::-1]. If you call correlate and it has not passed its check, look there first.
def convolve(X, W):
    r, s = W.shape
    return correlate(np.pad(X, ((r - 1, r - 1), (s - 1, s - 1))), W[::-1])


# %% mistake convolve "a ring too many"
# Your output has an empty ring around it: r and s zeros on each side are one too many. The
# outermost place is where the kernel still touches the picture: r - 1 and s - 1.
def convolve(X, W):
    r, s = W.shape
    return correlate(np.pad(X, ((r, r), (s, s))), W[::-1, ::-1])


# %% mistake convolve "the copies replace one another"
# Where two copies of the kernel overlap you keep only the later one. They add up: += in place of =.
def convolve(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h + r - 1, w + s - 1))
    for p, q in np.ndindex(h, w):
        Y[p : p + r, q : q + s] = X[p, q] * W
    return Y


# %% mistake convolve "the output is as large as the picture"
# Your output has the size of the picture. The full convolution also has the places at the edges
# where the kernel only overlaps the picture in part: (h + r - 1, w + s - 1).
def convolve(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h + r - 1, w + s - 1))
    for p, q in np.ndindex(h, w):
        Y[p : p + r, q : q + s] += X[p, q] * W
    return Y[:h, :w]


# %% mistake convolve "the values are cut to whole numbers"
# Your output holds whole numbers only: an array with dtype=int cuts off what comes behind the
# point. Leave the dtype out; np.zeros then holds floating-point numbers.
def convolve(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h + r - 1, w + s - 1), dtype=int)
    for i, j in np.ndindex(*Y.shape):
        for u, v in np.ndindex(r, s):
            if 0 <= i - u < h and 0 <= j - v < w:
                Y[i, j] += W[u, v] * X[i - u, j - v]
    return Y


# %% mistake convolve "the kernel wraps around"
# At the edges your kernel meets pixels of the other side: a negative index counts from the end of
# an array. Where (2) asks for a pixel outside the picture, take 0.
def convolve(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h + r - 1, w + s - 1))
    for i, j in np.ndindex(*Y.shape):
        for u, v in np.ndindex(r, s):
            if i - u < h and j - v < w:
                Y[i, j] += W[u, v] * X[i - u, j - v]
    return Y


# %% alternative convolve
def convolve(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h + r - 1, w + s - 1))
    for p, q in np.ndindex(h, w):
        Y[p : p + r, q : q + s] += X[p, q] * W
    return Y


# %% alternative convolve
def convolve(X, W):
    (h, w), (r, s) = X.shape, W.shape
    Y = np.zeros((h + r - 1, w + s - 1))
    for i, j in np.ndindex(*Y.shape):
        for u, v in np.ndindex(r, s):
            if 0 <= i - u < h and 0 <= j - v < w:
                Y[i, j] += W[u, v] * X[i - u, j - v]
    return Y


# %% [markdown]
# With one row each, full convolution is something you have known since school. Which calculation is
# this?

# %%
print(convolve(np.array([[1.0, 2.0]]), np.array([[3.0, 0.0, 4.0]])).tolist())

# %% [markdown]
# It is $(1 + 2t)(3 + 4t^2) = 3 + 6t + 4t^2 + 8t^3$: the coefficients of a product of polynomials.
# This is why convolution does not care which of its two arguments is the kernel, and why a chain of
# convolutions can be done in any order. Correlation has neither property.
#
# ### Exercise 6.3: does it matter?
#
# The layers of torch and of most other libraries compute (1) and are called convolutions. A
# colleague builds the same network with a library that computes (2), in the places where the kernel
# lies inside the picture. Both start from random kernels and learn from the same pictures until the
# loss is small. What is the difference? Set `flipped` to the letter of the right answer.
#
# - `"a"`: None: with the same kernels both networks give the same outputs, since the order of a sum
#   does not matter.
# - `"b"`: The colleague's kernels come out turned by half a turn. Both networks can compute the
#   same functions and reach the same losses.
# - `"c"`: The colleague's network cannot find vertical edges, because they are mirrored.
# - `"d"`: The colleague's gradients have the other sign, so the learning rate has to be negative.

# %% hint flipped [markdown]
# You have a kernel that does its work in (1). Which kernel does the same work in (2)?

# %% hint flipped [markdown]
# A kernel in one library and the same kernel turned by half a turn in the other give the same
# output. Nobody tells a network which of the two to learn.

# %% hint flipped [markdown]
# test each option on a kernel with a single 1 in a corner: which outputs can the other library
# make?

# %% solve flipped
# Set flipped to "a", "b", "c" or "d".
### BEGIN SOLUTION
flipped = "b"
### END SOLUTION

# %% check flipped points=1
with check("flipped") as probe:
    probe.choice("what the other library changes", flipped)

# %% mistake flipped "the same kernel gives another output"
# With the same kernel the outputs differ: compare your correlate with your convolve on a kernel
# that is not symmetric. Then ask which other kernel would give the same output.
flipped = "a"

# %% mistake flipped "nothing is out of reach"
# A kernel that finds an edge can be turned by half a turn, and it then finds the same edge in the
# other library. No output is out of reach.
flipped = "c"

# %% mistake flipped "the gradient follows the formula that is computed"
# Each library differentiates what it computes, so in both a small step against the gradient lowers
# the loss.
flipped = "d"

# %% answer flipped [markdown] points=2
# Give the reason in two or three sentences. Then name one situation in which the difference between
# (1) and (2) does matter.
#
# <!-- BEGIN SOLUTION -->
#
# Put $W'_{uv} = W_{r-1-u,\; s-1-v}$, the kernel turned by half a turn. In (2), in the places where
# the kernel lies inside, $\sum_{u,v} W'_{uv} X_{i-u, j-v}$ is (1) with $W$ at a shifted place. So
# each function that one network computes is computed by the other one with turned kernels. The
# kernels are learnt, random starts are as likely one way as the other, and so training reaches the
# same losses; only the stored kernels are turned.
#
# It matters when kernels are not learnt but given: weights trained with one library are loaded into
# the other; a kernel is designed by hand (the direction of an edge, the sign of a derivative); a
# law of convolution is used, such as the convolution theorem, or that the order may be exchanged.
#
# **Rubric**
# - 1 point: turned kernels give the same outputs, and kernels are learnt.
# - 1 point: one situation in which kernels are not learnt, or in which a law of convolution is
#   used.
# <!-- END SOLUTION -->

# %% [markdown]
# ## B. How large is the output?
#
# ### B.1 Count the places
#
# When a network does not run at all, a wrong size is often the reason. One formula is enough for
# all layers that move a window. Derive it once in one dimension; rows and columns are counted
# separately.
#
# | sign | name |
# |---|---|
# | $N$ | size of the input: its number of rows, or of columns |
# | $F$ | size of the kernel; kernels are $F$ by $F$ from here on |
# | $S$ | **stride**: by how many pixels the kernel moves each time |
# | $P$ | **padding**: how many zeros are put before the first and behind the last pixel |
# | $M$ | size of the output |
#
# With stride $S$ the kernel begins at the pixels $0, S, 2S, \dots$ It must end inside the picture,
# so the place $iS$ is allowed as long as $iS + F \le N$. How many $i$ are there?
#
# $$
# M = \left\lfloor \frac{N - F}{S} \right\rfloor + 1
# \tag{3}
# $$
#
# The brackets $\lfloor\;\rfloor$ mean: round down. If the quotient is not a whole number, then the
# last step of the kernel would end outside. The layer leaves it out, and the last pixels are never
# seen. (Some books call such a stride forbidden. The libraries round down.)
#
# Move the kernel with the sliders of the next figure. (Leave the dilation $D$ at 1; B.2 explains
# it.) Is there a stride for which some pixels take part in no output at all? And what does a ring
# of zeros change about that?

# %%
explore.convolution()

# %% [markdown]
# *Figure 2. A kernel on its way over a picture. The frame is the window, and the output fills up
# cell by cell. The formula below is the one that this part derives, filled in with the present
# numbers.*
#
# Padding makes the input longer at both ends: $N + 2P$ takes the place of $N$.
#
# $$
# M = \left\lfloor \frac{N + 2P - F}{S} \right\rfloor + 1
# \tag{4}
# $$
#
# > **A common error.** Notes and slides often print $(N - F)/S + 1$, equation (3), right under the
# > heading "padding". You are about to find out on an example whether it can be used there.
#
# ### Exercise 6.4: sizes by hand
#
# Work these out on paper. Set
#
# - `size_1`, `size_2`: $M$ for $N = 7$, $F = 3$, no padding, and stride 1; stride 2
# - `quotient`, `size_3`: for stride 3, the value of $(N - F)/S + 1$ before any rounding (two
#   decimals are enough), and the $M$ that a library gives you
# - `pooled`: a window of 2 moves by 2 over an input of 8
# - `printed`: an input of 32, a kernel of 5, stride 1, padding 2: what equation (3) says
# - `with_padding`: what equation (4) says for the same layer

# %% hint sizes [markdown]
# Draw seven boxes in a row and move a bracket over three of them. Where can it begin?

# %% hint sizes [markdown]
# Subtract the kernel from the (padded) input: that is the way which the kernel can go. Divide by
# the length of a step, round down, and add one for the place where it began.

# %% hint sizes [markdown]
# the ways are 4, 4 and 4 pixels, then 6, 27 and 31; divide each by its stride, and add 1

# %% solve sizes
# Set size_1, size_2, quotient, size_3, pooled, printed and with_padding.
### BEGIN SOLUTION
size_1 = 5
size_2 = 3
quotient = 7 / 3
size_3 = 2
pooled = 4
printed = 28
with_padding = 32
### END SOLUTION

# %% check sizes points=2
with check("sizes") as probe:
    probe.number("N = 7, F = 3, stride 1", size_1)
    probe.number("N = 7, F = 3, stride 2", size_2)
    probe.number("N = 7, F = 3, stride 3, before rounding", quotient, decimals=2)
    probe.number("N = 7, F = 3, stride 3", size_3)
    probe.number("a window of 2 that moves by 2 over 8", pooled)
    probe.number("N = 32, F = 5, P = 2 put into equation (3)", printed)
    probe.number("N = 32, F = 5, P = 2 put into equation (4)", with_padding)

# %% mistake sizes "the first place is not counted"
# You counted the steps. The place where the kernel begins is a place too: add 1, in all seven.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 4, 2, 4 / 3, 1, 3, 27, 31

# %% mistake sizes "the stride is not used"
# A size is too large: it is the one for stride 1. With stride 2 the kernel begins at 0, 2, 4:
# divide the way by the stride. This holds for `size_2`, `quotient`, `size_3` and `pooled`.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 5, 5, 5, 7, 28, 32

# %% mistake sizes "rounded too early"
# Your `quotient` is a whole number already. Here the bare value is asked for: 4 / 3 + 1, with two
# decimals.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 3, 2, 2, 4, 28, 32

# %% mistake sizes "rounded up"
# Your `size_3` is rounded up. A third place would begin at pixel 6 and end at pixel 8, but the last
# pixel is number 6. Round down.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 3, 7 / 3, 3, 4, 28, 32

# %% mistake sizes "the printed formula is used with padding"
# Your `with_padding` is what equation (3) says, which knows nothing of the padding. Two zeros
# before and two behind make the input 36 long. See equation (4).
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 3, 7 / 3, 2, 4, 28, 28

# %% mistake sizes "padding on one side only"
# Your `with_padding` has P zeros in all. They are put before the first pixel and behind the last
# one: 2P.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 3, 7 / 3, 2, 4, 28, 30

# %% mistake sizes "equation (3) has no padding"
# For `printed` put N = 32 and F = 5 into equation (3) as it stands, without the padding. The
# question is what that formula says, right or wrong.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 3, 7 / 3, 2, 4, 32, 32

# %% mistake sizes "the size is not rounded"
# Your `size_3` is not a whole number. A library rounds the quotient down.
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5, 3, 7 / 3, 7 / 3, 4, 28, 32

# %% mistake sizes "the number of pixels in place of the places"
# Your `size_1` is the number of pixels. The kernel of 3 must end inside: how many of the seven
# pixels can it begin at?
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 7, 4, 7 / 3, 2, 4, 28, 32

# %% alternative sizes
size_1, size_2, quotient, size_3, pooled, printed, with_padding = 5.0, 3.0, 2.33, 2, 4, 28, 32

# %% [markdown]
# Which of the last two is right? Ask a program that knows no formula. It pads, moves the kernel and
# counts.

# %%
row = np.pad(np.zeros((1, 32)), ((0, 0), (2, 2)))  # one row of 32 pixels, two zeros at each end
print("places of the kernel:", correlate(row, np.ones((1, 5))).shape[1])

# %% [markdown]
# > **The error, resolved.** With $P = 0$ the printed formula is right. With any other padding it
# > lacks $2P$. Notes that print it often give your last example beside it, with the right size, and do
# > not notice that the two disagree.
#
# ### B.2 Gaps in the kernel
#
# A kernel can also be spread out, with gaps between its weights. With **dilation** $D$,
# neighbouring weights lie $D$ pixels apart; $D = 1$ is the kernel that you know. From its first to
# its last weight the spread kernel covers
#
# $$
# F_D = D\,(F - 1) + 1
# \tag{5}
# $$
#
# pixels. This length takes the place of $F$:
#
# $$
# M = \left\lfloor \frac{N + 2P - D\,(F - 1) - 1}{S} \right\rfloor + 1
# \tag{6}
# $$
#
# This is the formula of every layer that moves a window, pooling included. Three choices of the
# padding have names (all with $S = 1$):
#
# | name | padding | output |
# |---|---|---|
# | **valid** | $P = 0$ | $M = N - D(F-1)$, the kernel always lies inside |
# | **same** | $P = D(F-1)/2$ | $M = N$ |
# | **full** | $P = D(F-1)$ | $M = N + D(F-1)$, the kernel always touches the picture |
#
# ### Exercise 6.5: the size of the output
#
# Write `conv_size(N, F, S=1, P=0, D=1)`: equation (6) for whole numbers. The result is a whole
# number of type `int`, not a `float` such as 4.0: later it is the size of an array. Where the
# spread kernel is longer than the padded input it has no place at all: return 0.

# %% hint conv_size [markdown]
# How long is a kernel of 3 with dilation 2? Draw it: weight, gap, weight, gap, weight.

# %% hint conv_size [markdown]
# The way that the kernel can go is the padded input less the length of the spread kernel. If that
# is negative, there is no place. Otherwise divide by the stride, round down, add 1.

# %% hint conv_size [markdown]
# way ← N + 2 · P − D · (F − 1) − 1; return 0 if way < 0, else way // S + 1


# %% solve conv_size
def conv_size(N, F, S=1, P=0, D=1):
    """Return the output size (6): input N, kernel F, stride S, padding P, dilation D.

    >>> conv_size(10, 3, P=1)
    10
    """
    ### BEGIN SOLUTION
    way = N + 2 * P - D * (F - 1) - 1
    return way // S + 1 if way >= 0 else 0
    ### END SOLUTION


# %% check conv_size points=2
with check("conv_size") as probe:
    probe.call("neither stride nor padding", conv_size, 7, 3)
    probe.call("stride 3, which leaves a rest", conv_size, 7, 3, 3)
    probe.call("padding 2", conv_size, 32, 5, 1, 2)
    probe.call("dilation 2", conv_size, 9, 3, 1, 0, 2)
    probe.call("everything at once", conv_size, 20, 4, 3, 2, 3)
    probe.call("a window of 2 that moves by 2 over 9", conv_size, 9, 2, S=2)
    probe.call("a kernel of 5 on an input of 3", conv_size, 3, 5)
    probe.call("a kernel that fits just once", conv_size, 3, 5, 4, 1)
    probe.call("a kernel of 5 on an input of 4, stride 2", conv_size, 4, 5, 2)
    probe.call("a spread kernel of 10 on a padded input of 8", conv_size, 6, 4, 1, 1, 3)
    whole = np.asarray(conv_size(9, 2, S=2)).dtype.kind in "iu"
    advice = "Use // in place of /, or wrap the result in int(...): 4.0 is no size of an array."
    probe.true("conv_size(9, 2, S=2) is an int", whole, advice)
### BEGIN HIDDEN TESTS
with check.hidden("conv_size") as probe:
    rng = np.random.default_rng(64)
    draws = rng.integers((1, 1, 1, 0, 1), (60, 8, 6, 5, 4), size=(30, 5)).tolist()
    for N, F, S, P, D in sorted({tuple(draw) for draw in draws}):
        starts = range(0, N + 2 * P, S)  # count those from which the kernel ends inside
        places = sum(start + D * (F - 1) < N + 2 * P for start in starts)
        label = f"N = {N}, F = {F}, S = {S}, P = {P}, D = {D}"
        probe.call(label, conv_size, N, F, S, P, D, expected=int(places))
### END HIDDEN TESTS


# %% mistake conv_size "not rounded"
# Your size is not a whole number. Round the quotient down: // in place of /.
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N + 2 * P - D * (F - 1) - 1) / S + 1)


# %% mistake conv_size "rounded up"
# Your size is rounded up. The last step of the kernel would end outside the picture, so it is left
# out: round down.
def conv_size(N, F, S=1, P=0, D=1):
    way = N + 2 * P - D * (F - 1) - 1
    return 0 if way < 0 else -(-way // S) + 1


# %% mistake conv_size "rounded to the nearest"
# Your size is rounded to the nearest whole number. A step that ends outside is left out even if it
# nearly fits: round down.
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, round((N + 2 * P - D * (F - 1) - 1) / S + 1))


# %% mistake conv_size "the padding is not used"
# Your formula is the one without padding. The input becomes N + 2P long. See equation (4).
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N - D * (F - 1) - 1) // S + 1)


# %% mistake conv_size "padding on one side only"
# Your padding counts once. There are P zeros before the first pixel and P behind the last: 2P.
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N + P - D * (F - 1) - 1) // S + 1)


# %% mistake conv_size "the dilated kernel is D times F long"
# Your spread kernel is D * F long. Behind its last weight there is no gap: D * (F - 1) + 1. See
# equation (5).
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N + 2 * P - D * F) // S + 1)


# %% mistake conv_size "the dilation is not used"
# Your kernel has no gaps. With dilation it is D * (F - 1) + 1 long. See equation (5).
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N + 2 * P - F) // S + 1)


# %% mistake conv_size "the first place is not counted"
# You counted the steps. The place where the kernel begins is a place too: add 1.
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N + 2 * P - D * (F - 1) - 1) // S)


# %% mistake conv_size "the 1 is inside the quotient"
# Your 1 is divided by the stride too. It counts the first place: add it after the division.
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N + 2 * P - D * (F - 1)) // S)


# %% mistake conv_size "a kernel that does not fit"
# Your size is wrong where the kernel is longer than the padded input. It then has no place: return
# 0.
def conv_size(N, F, S=1, P=0, D=1):
    return (N + 2 * P - D * (F - 1) - 1) // S + 1


# %% mistake conv_size "rounded to the nearest before 1 is added"
# Your size is rounded to the nearest whole number. A step that ends outside is left out even if it
# nearly fits: round down.
def conv_size(N, F, S=1, P=0, D=1):
    way = N + 2 * P - D * (F - 1) - 1
    return 0 if way < 0 else round(way / S) + 1


# %% mistake conv_size "rounded towards zero"
# int(...) rounds towards zero: where the kernel does not fit, it makes -0.5 a 0, and you count one
# place. Return 0 first if the way is negative.
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, int((N + 2 * P - D * (F - 1) - 1) / S) + 1)


# %% mistake conv_size "the kernel without gaps decides whether it fits"
# You compare the input with F. The spread kernel is D * (F - 1) + 1 long: it may not fit although a
# kernel of F would. See equation (5).
def conv_size(N, F, S=1, P=0, D=1):
    return 0 if F > N + 2 * P else (N + 2 * P - D * (F - 1) - 1) // S + 1


# %% mistake conv_size "neither padding nor dilation"
# Your formula is equation (3). Padding and dilation come on top: see equation (6).
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, (N - F) // S + 1)


# %% alternative conv_size
def conv_size(N, F, S=1, P=0, D=1):
    return len(range(0, N + 2 * P - D * (F - 1), S))


# %% alternative conv_size
def conv_size(N, F, S=1, P=0, D=1):
    return max(0, int(np.floor((N + 2 * P - (D * (F - 1) + 1)) / S)) + 1)


# %% answer conv_size [markdown] points=3
# Derive equation (6): which places of the kernel are allowed, and how many of them are there? Then
# show which padding gives $M = N$ for $S = 1$, and say for which kernels that padding is a whole
# number.
#
# <!-- BEGIN SOLUTION -->
#
# The padded input has the pixels $0, 1, \dots, N + 2P - 1$. The kernel at place $i$ begins at
# pixel $iS$. Its weights lie at $iS, iS + D, \dots, iS + D(F-1)$, and the last of them must be
# inside: $iS + D(F-1) \le N + 2P - 1$, that is $i \le (N + 2P - D(F-1) - 1)/S$. The largest whole
# number that is allowed is this quotient rounded down. The places are $i = 0, 1, \dots$ up to it,
# and since 0 is counted as well there is one more than the largest $i$. This is (6).
#
# With $S = 1$ nothing is rounded: $M = N + 2P - D(F-1)$. So $M = N$ where $2P = D(F-1)$, that is
# $P = D(F-1)/2$. It is a whole number where $D(F-1)$ is even: for odd kernels always, for even
# kernels only if $D$ is even.
#
# **Rubric**
# - 1 point: the condition on the last weight, with $N + 2P$ and $D(F-1)$.
# - 1 point: rounding down and the $+1$, each with its reason.
# - 1 point: $P = D(F-1)/2$, whole where $D(F-1)$ is even. "Odd kernels" alone is enough.
# <!-- END SOLUTION -->

# %% [markdown]
# Now get fluent. The drill gives you fresh numbers at each click and tells right from wrong at
# once. It is not graded. Tick convolution and pooling; the other kinds come in parts D and F. Stop
# when five in a row were right without paper.

# %%
explore.drill("output size")

# %% [markdown]
# ## C. A layer, three times
#
# ### C.1 Channels and filters
#
# A colour picture has three numbers at each pixel. In general a picture has **channels**, and a
# layer has **filters**. Each filter has one kernel for each channel of the input, and a bias. It
# adds up what its kernels find and makes one channel of the output. From here on:
#
# | name | shape | meaning |
# |---|---|---|
# | `X` | (batch, channels, height, width) | the pictures |
# | `W` | (filters, channels, F, F) | the kernels: `W[k, c]` belongs to filter $k$, channel $c$ |
# | `b` | (filters,) | the biases |
# | `Y` | (batch, filters, output height, output width) | the output |
#
# Let $\tilde X$ be $X$ with $P$ rows and columns of zeros on all four sides. A **convolutional
# layer** computes
#
# $$
# Y_{nkij} = b_k + \sum_{c} \sum_{u} \sum_{v}
#            W_{kcuv}\, \tilde X_{n,\; c,\; iS + uD,\; jS + vD}
# \tag{7}
# $$
#
# Compare it with (1). New are the sum over channels, the bias, and the stride and the dilation in
# the index. Output height and width follow from (6). The locked cell has the padding.


# %% given pad
def pad(X, P):
    """Return X with P zeros on all four sides of its last two axes.

    >>> pad(np.ones((1, 1)), 1).tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return np.pad(X, [(0, 0)] * (X.ndim - 2) + [(P, P), (P, P)])


# %% [markdown]
# ### Exercise 6.6: with loops
#
# Write `conv_loop(X, W, b, S=1, P=0, D=1)`: equation (7), for arrays with the shapes of the table.
# Height and width of a picture may differ. Use as many loops as you like: this version is to be
# right, not fast.

# %% hint conv_loop [markdown]
# Take one output pixel $(i, j)$ of one picture and one filter. Which rows of the padded picture lie
# under the kernel, and which step goes from one of them to the next?

# %% hint conv_loop [markdown]
# Compute the output's height and width with `conv_size`. For each output pixel cut the window out
# of the padded pictures, all channels of it: it begins at row iS and column jS and takes every D-th
# pixel. Multiply it by the kernels of a filter, add up over the channels and both directions of the
# kernel, add the bias of the filter.

# %% hint conv_loop [markdown]
# padded ← pad(X, P); reach ← D · (F − 1) + 1; for each n, k, i, j: window ← padded[n, :, i·S : i·S
# + reach : D, j·S : j·S + reach : D]; Y[n, k, i, j] ← sum(window · W[k]) + b[k]


# %% solve conv_loop
def conv_loop(X, W, b, S=1, P=0, D=1):
    """Return the output (7) of a convolutional layer, with loops.

    X: (batch, channels, height, width), W: (filters, channels, F, F), b: (filters,).

    >>> conv_loop(np.ones((1, 2, 3, 3)), np.ones((1, 2, 2, 2)), np.array([0.5]))[0, 0].tolist()
    [[8.5, 8.5], [8.5, 8.5]]
    """
    # 1. the sizes of the output
    # 2. one output pixel after another
    ### BEGIN SOLUTION
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X, reach = pad(X, P), D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * S : i * S + reach : D, j * S : j * S + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k]) + b[k]
    return Y
    ### END SOLUTION


# %% check conv_loop points=3
with check("conv_loop") as probe:
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(1, 1, 4, 5)), rng.normal(size=(1, 1, 3, 3)), np.zeros(1)
    probe.call("one channel, one filter", conv_loop, X, W, b)
    probe.call("stride 2", conv_loop, X, W[..., :2, :2], b, S=2)
    probe.call("padding 1, a kernel of 4", conv_loop, X, rng.normal(size=(1, 1, 4, 4)), b, P=1)
    probe.call("dilation 2", conv_loop, X, W[..., :2, :2], b, D=2)
    X, W = rng.normal(size=(2, 2, 3, 3)), rng.normal(size=(3, 2, 2, 2))
    probe.call("two pictures, two channels, three filters", conv_loop, X, W, np.zeros(3))
    probe.call("biases only", conv_loop, X, 0 * W, np.array([1.0, 2.0, 4.0]))
    probe.call("stride 2, padding 2, dilation 3", conv_loop, X, W, np.ones(3), 2, 2, 3)
### BEGIN HIDDEN TESTS
with check.hidden("conv_loop") as probe:
    rng = np.random.default_rng(66)
    for n, c, h, w, k, F, S, P, D in (
        (2, 3, 6, 6, 4, 3, 1, 1, 1), (1, 2, 9, 5, 2, 3, 2, 0, 2), (3, 1, 5, 8, 1, 1, 3, 1, 1),
        (1, 4, 7, 7, 2, 5, 1, 2, 1), (2, 2, 8, 9, 3, 2, 3, 2, 4),
    ):
        X, W, b = rng.normal(size=(n, c, h, w)), rng.normal(size=(k, c, F, F)), rng.normal(size=k)
        right = torch.nn.functional.conv2d(*map(torch.tensor, (X, W, b)), S, P, D).numpy()
        label = f"picture {(n, c, h, w)}, kernel {F}, S = {S}, P = {P}, D = {D}"
        probe.call(label, conv_loop, X, W, b, S, P, D, expected=right)
### END HIDDEN TESTS


# %% mistake conv_loop "the bias is forgotten"
# Your output has no bias. Add b[k] to every pixel of channel k of the output. See equation (7).
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X, reach = pad(X, P), D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * S : i * S + reach : D, j * S : j * S + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k])
    return Y


# %% mistake conv_loop "the bias is added once for each channel"
# Your bias counts as often as there are channels. It stands outside the sum over c. See equation
# (7).
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, channels, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X, reach = pad(X, P), D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * S : i * S + reach : D, j * S : j * S + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k]) + channels * b[k]
    return Y


# %% mistake conv_loop "only one channel is read"
# Your output is that of a single channel. The sum in (7) runs over all channels c of the input.
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X, reach = pad(X, P), D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, 0, i * S : i * S + reach : D, j * S : j * S + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k, 0]) + b[k]
    return Y


# %% mistake conv_loop "the kernels are flipped"
# Your kernels are turned by half a turn. The layer is a cross-correlation: in (7) u and v enter the
# index of X with a plus.
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X, reach = pad(X, P), D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * S : i * S + reach : D, j * S : j * S + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k, :, ::-1, ::-1]) + b[k]
    return Y


# %% mistake conv_loop "the stride is not used"
# Your windows move by one pixel, whatever the stride. Window i begins at row iS. See equation (7).
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X, reach = pad(X, P), D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i : i + reach : D, j : j + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k]) + b[k]
    return Y


# %% mistake conv_loop "the dilation is not used"
# Your windows are F neighbouring pixels, whatever the dilation. The u-th weight meets the pixel uD
# further on. See equation (7).
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)))
    X = pad(X, P)
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * S : i * S + F, j * S : j * S + F]
        Y[n, k, i, j] = np.sum(window * W[k]) + b[k]
    return Y


# %% mistake conv_loop "the padding is not used"
# Your windows are cut out of the picture without its zeros. Pad first: X becomes pad(X, P).
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, S, 0, D), conv_size(w, F, S, 0, D)))
    reach = D * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * S : i * S + reach : D, j * S : j * S + reach : D]
        Y[n, k, i, j] = np.sum(window * W[k]) + b[k]
    return Y


# %% mistake conv_loop "stride and dilation are exchanged"
# Your windows begin at iD and take every S-th pixel. The stride belongs to the place, the dilation
# to the weight: iS + uD.
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.zeros((n, k, conv_size(h, F, D, P, S), conv_size(w, F, D, P, S)))
    X, reach = pad(X, P), S * (F - 1) + 1
    for n, k, i, j in np.ndindex(*Y.shape):
        window = X[n, :, i * D : i * D + reach : S, j * D : j * D + reach : S]
        Y[n, k, i, j] = np.sum(window * W[k]) + b[k]
    return Y


# %% alternative conv_loop
def conv_loop(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    padded = pad(X, P)
    Y = np.zeros((n, k, m_h, m_w)) + b[:, None, None]
    for i in range(m_h):
        for j in range(m_w):
            for u in range(F):
                for v in range(F):
                    Y[:, :, i, j] += padded[:, :, i * S + u * D, j * S + v * D] @ W[:, :, u, v].T
    return Y


# %% alternative conv_loop
def conv_loop(X, W, b, S=1, P=0, D=1):
    F, X = W.shape[-1], pad(X, P)
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(X, (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D]
    return np.einsum("ncijuv,kcuv->nkij", windows, W) + b[:, None, None]


# %% [markdown]
# ### C.2 One matrix product
#
# Python spends its time on the loops, not on the numbers. But (7) is a sum of products, and NumPy
# has a very fast routine for many sums of products: the matrix product. So write every window as a
# row of a matrix. This is called **im2col** (picture to columns; many libraries lay the windows
# down as columns, we take rows).
#
# - The rows belong to the output pixels: picture after picture, in each picture row after row, from
#   left to right. That is the order of the indices $n, i, j$.
# - The columns belong to the weights of a filter, in the order $c, u, v$: the same order in which
#   `W[k].ravel()` has them.
#
# With this matrix $C$ and the matrix $W'$ of shape (filters, channels · F · F), whose row $k$ is
# `W[k].ravel()`,
#
# $$
# Y' = C\, W'^{\top} + b
# \tag{8}
# $$
#
# has one row for each output pixel and one column for each filter.
#
# ### Exercise 6.7: im2col
#
# Write two functions. `im2col(X, F, S=1, P=0, D=1)` returns $C$, with shape (batch · output height
# · output width, channels · F · F). `conv_im2col(X, W, b, S=1, P=0, D=1)` returns the same as
# `conv_loop`, by (8).

# %% hint im2col [markdown]
# The result of (8) has the axes $(n\,i\,j, k)$, and the layer's output has $(n, k, i, j)$. Can a
# `reshape` alone get you from one to the other?

# %% hint im2col [markdown]
# Fill an array with six axes (n, c, u, v, i, j). For fixed $u$ and $v$ its part is a picture with
# every S-th pixel, beginning at row uD and column vD. Move the axes into the order n, i, j, c, u,
# v, then reshape. After the product give the rows their three axes back, and move the filters to
# axis 1.

# %% hint im2col [markdown]
# padded ← pad(X, P); for each u, v: C[:, :, u, v] ← padded[:, :, u·D : u·D + S·(m_h − 1) + 1 : S,
# and the same with v and m_w]; return C.transpose(0, 4, 5, 1, 2, 3).reshape(n · m_h · m_w, −1).
# Then Y ← im2col(…) @ W.reshape(k, −1).T + b; return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1,
# 2)


# %% solve im2col
def im2col(X, F, S=1, P=0, D=1):
    """Return the windows of X as rows: (batch * height * width of the output, channels * F * F).

    >>> im2col(np.arange(6.0).reshape(1, 1, 2, 3), 2).tolist()
    [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0]]
    """
    ### BEGIN SOLUTION
    n, c, h, w = X.shape
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    X = pad(X, P)
    C = np.zeros((n, c, F, F, m_h, m_w))
    for u, v in np.ndindex(F, F):
        rows = slice(u * D, u * D + S * (m_h - 1) + 1, S)
        columns = slice(v * D, v * D + S * (m_w - 1) + 1, S)
        C[:, :, u, v] = X[:, :, rows, columns]
    return C.transpose(0, 4, 5, 1, 2, 3).reshape(n * m_h * m_w, c * F * F)
    ### END SOLUTION


def conv_im2col(X, W, b, S=1, P=0, D=1):
    """Return the output (7) of a convolutional layer, as the matrix product (8).

    >>> conv_im2col(np.ones((1, 2, 2, 2)), np.ones((1, 2, 2, 2)), np.array([0.5])).tolist()
    [[[[8.5]]]]
    """
    ### BEGIN SOLUTION
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)
    ### END SOLUTION


# %% check im2col points=3
with check("im2col") as probe:
    X = np.arange(9.0).reshape(1, 1, 3, 3)
    probe.call("windows of 2 by 2 in a picture of 3 by 3", im2col, X, 2)
    X = np.arange(16.0).reshape(1, 2, 2, 4)
    probe.call("two channels, stride 2", im2col, X, 2, S=2)
    X = np.arange(12.0).reshape(2, 1, 2, 3)
    probe.call("two pictures, padding 1, dilation 2", im2col, X, 2, P=1, D=2)
    probe.call("a kernel of 1 by 1", im2col, X, 1)
    rng = np.random.default_rng(1)
    X, W, b = rng.normal(size=(2, 2, 3, 4)), rng.normal(size=(3, 2, 2, 2)), np.array([0.0, 1, 2])
    probe.call("the layer: two pictures, two channels, three filters", conv_im2col, X, W, b)
    probe.call("the layer: stride 2, padding 1, dilation 2", conv_im2col, X, W, b, 2, 1, 2)
### BEGIN HIDDEN TESTS
with check.hidden("im2col") as probe:
    rng = np.random.default_rng(67)
    for n, c, h, w, k, F, S, P, D in (
        (2, 3, 6, 6, 4, 3, 1, 1, 1), (1, 2, 9, 5, 2, 3, 2, 0, 2), (3, 1, 5, 8, 1, 1, 3, 1, 1),
        (1, 4, 7, 7, 2, 5, 1, 2, 1), (2, 2, 8, 9, 3, 2, 3, 2, 4),
    ):
        X, W, b = rng.normal(size=(n, c, h, w)), rng.normal(size=(k, c, F, F)), rng.normal(size=k)
        label = f"picture {(n, c, h, w)}, kernel {F}, S = {S}, P = {P}, D = {D}"
        rows = torch.nn.functional.unfold(torch.tensor(X), F, dilation=D, padding=P, stride=S)
        rows = rows.mT.reshape(-1, c * F * F).numpy()
        probe.call(f"rows: {label}", im2col, X, F, S, P, D, expected=rows)
        right = torch.nn.functional.conv2d(*map(torch.tensor, (X, W, b)), S, P, D).numpy()
        probe.call(f"layer: {label}", conv_im2col, X, W, b, S, P, D, expected=right)
### END HIDDEN TESTS


# %% mistake im2col "reshaped without moving the axes"
# Your layer has the right numbers in the wrong places. The rows of (8) are output pixels and its
# columns are filters: give the rows their axes back first, (n, m_h, m_w, k), then move k to place
# 1.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    return Y.reshape(n, k, conv_size(h, F, S, P, D), conv_size(w, F, S, P, D))


# %% mistake im2col "the windows are columns"
# Your matrix is the transposed one: here a window is a row. Shape (output pixels, channels * F *
# F).
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F).T


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D).T @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the channels run fastest"
# Your columns have the order u, v, c. They must have that of W[k].ravel(): c, u, v.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 4, 5, 1)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "reshaped without moving the axes of the windows"
# Your rows mix pixels of different windows. An array with the axes (n, c, u, v, i, j) needs them in
# the order n, i, j, c, u, v before it is reshaped.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 1, 4, 5, 2, 3)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the bias is forgotten"
# Your layer has no bias. b is a row with one entry for each filter, as the columns of (8): add it
# there.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the dilation is not used"
# Your windows have no gaps. For weight u, v the picture begins at row uD and column vD.
def im2col(X, F, S=1, P=0, D=1):
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (F, F), (2, 3))
    windows = windows[:, :, ::S, ::S].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P), conv_size(w, F, S, P)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the pictures are the inner order"
# Your rows go through the pictures first and through the pixels of each picture last. Picture after
# picture: the order is n, i, j.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(2, 3, 0, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(m_h, m_w, n, k).transpose(2, 3, 0, 1)


# %% mistake im2col "the dilation is in the size only"
# Your matrix has the right shape, but its windows have no gaps. For weight u, v the slice begins at
# row uD and column vD.
def im2col(X, F, S=1, P=0, D=1):
    m_h, m_w = conv_size(X.shape[2], F, S, P, D), conv_size(X.shape[3], F, S, P, D)
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (F, F), (2, 3))
    windows = windows[:, :, ::S, ::S][:, :, :m_h, :m_w].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the stride is in the size only"
# Your matrix has the right shape, but its windows move by one pixel. Take every S-th row and
# column: the slices need S as their step.
def im2col(X, F, S=1, P=0, D=1):
    m_h, m_w = conv_size(X.shape[2], F, S, P, D), conv_size(X.shape[3], F, S, P, D)
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, :m_h, :m_w, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "u and v are exchanged"
# Your rows hold each window column by column. W[k].ravel() goes through a kernel row by row: the
# order is c, u, v.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 5, 4)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the kernels are reshaped where they should be transposed"
# Your matrix of weights has the right shape and mixes the filters: W.reshape(-1, k) is not the
# transposed matrix. Give each filter its row first, then transpose: W.reshape(k, -1).T.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(-1, k) + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(n, m_h, m_w, k).transpose(0, 3, 1, 2)


# %% mistake im2col "the rows of the product are reshaped without the pictures"
# Your layer has the right numbers in the wrong places. The transposed product has the axes k and n
# i j: reshape it to (k, n, m_h, m_w), then exchange the first two axes.
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = im2col(X, F, S, P, D) @ W.reshape(k, -1).T + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.T.reshape(n, k, m_h, m_w)


# %% alternative im2col
def im2col(X, F, S=1, P=0, D=1):
    reach = D * (F - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(pad(X, P), (reach, reach), (2, 3))
    windows = windows[:, :, ::S, ::S, ::D, ::D].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, X.shape[1] * F * F)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = W.reshape(k, -1) @ im2col(X, F, S, P, D).T + b[:, None]
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return Y.reshape(k, n, m_h, m_w).swapaxes(0, 1)


# %% alternative im2col
def im2col(X, F, S=1, P=0, D=1):
    m_h, m_w = conv_size(X.shape[2], F, S, P, D), conv_size(X.shape[3], F, S, P, D)
    X, reach, rows = pad(X, P), D * (F - 1) + 1, []
    for n, i, j in np.ndindex(len(X), m_h, m_w):
        rows.append(X[n, :, i * S : i * S + reach : D, j * S : j * S + reach : D].ravel())
    return np.array(rows)


def conv_im2col(X, W, b, S=1, P=0, D=1):
    (n, _, h, w), (k, _, F, _) = X.shape, W.shape
    Y = np.einsum("rm,km->rk", im2col(X, F, S, P, D), W.reshape(k, -1)) + b
    m_h, m_w = conv_size(h, F, S, P, D), conv_size(w, F, S, P, D)
    return np.moveaxis(Y.reshape(n, m_h, m_w, k), 3, 1)


# %% [markdown]
# What does the speed cost? Each pixel is written down once for every window that it is in.

# %%
X = np.zeros((1, 3, 32, 32))
C = im2col(X, 5, P=2)
print(f"the picture has {X.size} numbers, its matrix {C.size}: {C.size // X.size} times as many")

# %% [markdown]
# ### C.3 Through frequencies
#
# The third way needs neither windows nor loops over weights. The **discrete Fourier transform**
# (DFT) writes a picture as a sum of waves. Waves have a remarkable property: if you shift a wave,
# it is only multiplied by a number. A convolution is a sum of shifted pictures, so it only
# multiplies each wave by a number. This is the **convolution theorem**. For the cross-correlation
# the factor is the complex conjugate (the bar):
#
# $$
# \hat Y_{nk} = \sum_c \hat X_{nc}\; \overline{\hat W_{kc}}
# \tag{9}
# $$
#
# The hat stands for the transform, and the product on the right is taken entry by entry, frequency
# by frequency. For that the kernel must be as large as the picture: fill it up with zeros below and
# to the right. `np.fft.rfft2(W, (h, w))` does both, and `np.fft.irfft2(Y_hat, (h, w))` transforms
# back. Both work on the last two axes.
#
# One thing must be watched. The DFT takes the picture for a tile that repeats for ever. A kernel
# that reaches over the right edge finds there the left edge again. The result is a **circular**
# correlation. Which of its pixels are right? Those for which the kernel lies inside the picture.

# %%
row = np.array([1.0, 2, 4, 8, 16])
circular = np.fft.irfft(np.fft.rfft(row) * np.conj(np.fft.rfft([1.0, 1.0], 5)), 5)
print("circular:", circular.round(6).tolist())
print("inside:  ", correlate(row[None], np.ones((1, 2)))[0].tolist())

# %% [markdown]
# The last number is $16 + 1$: the kernel went round. The others are right, and they come first.
#
# ### Exercise 6.8: through the Fourier transform
#
# Write `conv_fft(X, W, b, P=0)`: the same as `conv_loop` with stride 1 and dilation 1, by equation
# (9). Pad first. Keep only the output pixels for which the kernel lies inside the padded picture.

# %% hint conv_fft [markdown]
# In the small example above: how many of the five numbers are right, and where do they stand? And
# in a padded picture with $H$ rows and a kernel with $F$?

# %% hint conv_fft [markdown]
# Transform the padded pictures, and the kernels filled up to the same size. Multiply the first by
# the conjugate of the second for every picture, filter and channel, and add up over the channels.
# Transform back, keep the first H − F + 1 rows and the first columns in the same way, add the
# biases.

# %% hint conv_fft [markdown]
# padded ← pad(X, P); X_hat ← rfft2(padded); W_hat ← rfft2(W, (H, B)); Y ←
# irfft2(einsum("nchw,kchw->nkhw", X_hat, conj(W_hat)), (H, B)); return Y[:, :, : H − F + 1, : B − F
# + 1] + b[:, None, None]


# %% solve conv_fft
def conv_fft(X, W, b, P=0):
    """Return the output (7) of a layer with stride 1 and dilation 1, by Fourier transforms (9).

    >>> conv_fft(np.ones((1, 2, 3, 3)), np.ones((1, 2, 2, 2)), np.zeros(1)).shape
    (1, 1, 2, 2)
    """
    ### BEGIN SOLUTION
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y_hat = np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj())
    Y = np.fft.irfft2(Y_hat, (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]
    ### END SOLUTION


# %% check conv_fft points=2
with check("conv_fft") as probe:
    rng = np.random.default_rng(2)
    X, W, b = rng.normal(size=(1, 1, 4, 5)), rng.normal(size=(1, 1, 3, 3)), np.zeros(1)
    probe.call("one channel, one filter", conv_fft, X, W, b)
    probe.call("padding 1", conv_fft, X, W, b, P=1)
    X, W = rng.normal(size=(2, 3, 3, 3)), rng.normal(size=(2, 3, 2, 2))
    probe.call("two pictures, three channels, two filters", conv_fft, X, W, np.zeros(2))
    probe.call("biases only", conv_fft, X, 0 * W, np.array([1.0, 2.0]))
### BEGIN HIDDEN TESTS
with check.hidden("conv_fft") as probe:
    rng = np.random.default_rng(68)
    for n, c, h, w, k, F, P in (
        (2, 3, 6, 6, 4, 3, 1), (1, 2, 9, 5, 2, 3, 0), (3, 1, 5, 8, 1, 1, 1), (1, 2, 7, 7, 3, 7, 3)
    ):
        X, W, b = rng.normal(size=(n, c, h, w)), rng.normal(size=(k, c, F, F)), rng.normal(size=k)
        right = torch.nn.functional.conv2d(*map(torch.tensor, (X, W, b)), padding=P).numpy()
        label = f"picture {(n, c, h, w)}, kernel {F}, P = {P}"
        probe.call(label, conv_fft, X, W, b, P, expected=right, tolerance=1e-5)
### END HIDDEN TESTS


# %% mistake conv_fft "without the conjugate"
# Your result is a convolution: the kernel is turned. Take the complex conjugate of the kernel's
# transform. See equation (9).
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]


# %% mistake conv_fft "the conjugate of the picture"
# Your result has the conjugate at the wrong factor: the bar in (9) is over the kernel's transform.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat.conj(), W_hat), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]


# %% mistake conv_fft "the pixels that went round are kept"
# Your output is as large as the padded picture. Where the kernel reaches over the edge it meets the
# other side. Keep the first h - F + 1 rows and w - F + 1 columns.
def conv_fft(X, W, b, P=0):
    X = pad(X, P)
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()), (h, w))
    return Y + b[:, None, None]


# %% mistake conv_fft "the last pixels are kept in place of the first"
# You cut off the first rows and columns. The pixels that went round are the last ones: keep the
# first h - F + 1 rows and w - F + 1 columns.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()), (h, w))
    return Y[:, :, F - 1 :, F - 1 :] + b[:, None, None]


# %% mistake conv_fft "the bias is forgotten"
# Your output has no bias. Add b[k] to every pixel of channel k, after transforming back.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1]


# %% mistake conv_fft "the bias is added to the transform"
# Your bias is added before transforming back. There it changes every frequency. Add it to the
# pixels.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y_hat = np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()) + b[:, None, None]
    return np.fft.irfft2(Y_hat, (h, w))[:, :, : h - F + 1, : w - F + 1]


# %% mistake conv_fft "the padding is not used"
# Your pictures are transformed without their zeros. Pad first: X becomes pad(X, P).
def conv_fft(X, W, b, P=0):
    F = W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]


# %% mistake conv_fft "transformed back without the size"
# Where a row has an odd number of pixels your numbers are wrong. The transform keeps half of the
# waves, and from them alone irfft2 makes an even number of columns: tell it the size, irfft2(Y_hat,
# (h, w)).
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]


# %% mistake conv_fft "only one channel is read"
# Your output is that of a single channel. The sum in (9) runs over all channels c of the input.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nhw,khw->nkhw", X_hat[:, 0], W_hat[:, 0].conj()), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]


# %% mistake conv_fft "the mean over the channels"
# Your output is a mean over the channels. Equation (9) is a sum.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj() / X.shape[1]), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b[:, None, None]


# %% mistake conv_fft "the bias is added along the columns"
# Your biases differ from column to column. b[k] belongs to channel k: give b two more axes, b[:,
# None, None].
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()), (h, w))
    return Y[:, :, : h - F + 1, : w - F + 1] + b


# %% mistake conv_fft "one place too few"
# Your output misses its last row and its last column: the kernel has h - F + 1 places in h rows.
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.rfft2(X), np.fft.rfft2(W, (h, w))
    Y = np.fft.irfft2(np.einsum("nchw,kchw->nkhw", X_hat, W_hat.conj()), (h, w))
    return Y[:, :, : h - F, : w - F] + b[:, None, None]


# %% alternative conv_fft
def conv_fft(X, W, b, P=0):
    X, F = pad(X, P), W.shape[-1]
    h, w = X.shape[2:]
    X_hat, W_hat = np.fft.fft2(X), np.fft.fft2(W[:, :, ::-1, ::-1], (h, w))
    Y = np.fft.ifft2((X_hat[:, None] * W_hat[None]).sum(axis=2)).real
    return Y[:, :, F - 1 :, F - 1 :] + b[:, None, None]


# %% [markdown]
# Do all three agree with torch? The next cell takes a layer of the size that you meet in a network.


# %%
def largest_difference(layer):
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(2, 3, 32, 32)), rng.normal(size=(10, 3, 5, 5)), rng.normal(size=10)
    theirs = torch.nn.functional.conv2d(*map(torch.tensor, (X, W, b)), padding=2).numpy()
    return np.abs(layer(X, W, b, P=2) - theirs).max()


for layer in (conv_loop, conv_im2col, conv_fft):
    print(f"{layer.__name__}: agrees to 1e-5: {bool(largest_difference(layer) < 1e-5)}")

# %% [markdown]
# ### C.4 Which is fastest, and when?
#
# Count first. With output pixels $M^2$, channels $C$, filters $K$ and kernels of $F^2$ weights:
#
# - (7) and (8) need $M^2 F^2 C K$ **multiply-adds** (one multiplication and one addition each) for
#   each picture, in a loop or in a matrix product.
# - (9) needs $C + K$ transforms for each picture and $CK$ for the kernels, each some $N^2 \log_2
#   N^2$ operations. Then it needs about $\tfrac12 N^2 C K$ complex products for each picture
#   (`rfft2` keeps half of the waves), and a complex product is as much work as four multiply-adds.
#   There is no $F$ in it.
#
# What will the measured times look like when $F$ grows? Draw your guess, then run. The output stays
# 32 by 32 (the input gets a ring of zeros, $P = (F-1)/2$), with 4 channels, 4 filters, and kernels
# of 1 to 31.


# %%
def seconds(layer, F):
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(1, 4, 32, 32)), rng.normal(size=(4, 4, F, F)), np.zeros(4)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        layer(X, W, b, P=F // 2)
        times.append(time.perf_counter() - start)
    return min(times)


# %%
def draw_times():
    sizes = (1, 3, 5, 7, 11, 15, 21, 31)
    figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    styles = ((conv_loop, VERMILLION, "^:"), (conv_im2col, BLUE, "o-"), (conv_fft, GREEN, "s--"))
    for layer, color, style in styles:
        times = [1000 * seconds(layer, F) for F in sizes]
        ax.loglog(sizes, times, style, color=color, label=layer.__name__)
    ax.set(xlabel="kernel size F", ylabel="milliseconds", xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()
    ax.legend()
    return figure


plots.show(
    draw_times(),
    "Time against kernel size, on logarithmic axes. For small kernels the loop is slowest, by a "
    "factor of about a hundred, and it grows slowly. The time of the matrix product grows with the "
    "kernel. That of the Fourier transform hardly grows; it is the lowest for large kernels.",
)

# %% [markdown]
# *Figure 3. The time of one layer against the size of its kernels. Where the lines cross depends on
# your machine and on the numbers of channels and filters.*
#
# ### Exercise 6.9: which is fastest?
#
# Look at the counts above and at your figure. Which statement is right? Set `fastest`.
#
# - `"a"`: The matrix product is always fastest, since it does the fewest multiply-adds of the
#   three.
# - `"b"`: For small kernels the matrix product; from some size of the kernel on, the Fourier
#   transform, because its number of operations does not contain $F$.
# - `"c"`: For small kernels the Fourier transform; from some size of the kernel on, the matrix
#   product, because it needs no complex numbers.
# - `"d"`: For large kernels the loop, because it then has fewer output pixels to compute.

# %% hint fastest [markdown]
# In each of the two counts: what happens when $F$ doubles and the output keeps its size?

# %% hint fastest [markdown]
# One count grows with the square of $F$. The other has no $F$, but it has to be paid even for a
# kernel of 1 by 1.

# %% hint fastest [markdown]
# compare M²·F²·C·K with a number that stays the same: which is smaller for F = 1, which for F = 31?

# %% solve fastest
# Set fastest to "a", "b", "c" or "d".
### BEGIN SOLUTION
fastest = "b"
### END SOLUTION

# %% check fastest points=1
with check("fastest") as probe:
    probe.choice("which version is fastest when", fastest)

# %% mistake fastest "the matrix product does as many as the loop"
# The matrix product does the same multiply-adds as the loop, only without Python in between. There
# are F * F for each output pixel, channel and filter, and with large kernels that is a lot.
fastest = "a"

# %% mistake fastest "the other way round"
# The count of the Fourier transform has no F: it is the same for a kernel of 1 by 1, where the
# matrix product needs least.
fastest = "c"

# %% mistake fastest "the output stays as large"
# The padding keeps the output at 32 by 32 for every kernel, so the loop has as many pixels to
# compute as before.
fastest = "d"

# %% answer fastest [markdown] points=2
# Give the reason for your choice with the two counts. Then think of a layer of today: 8 pictures of
# 32 by 32, $C = K = 64$, $F = 3$. The counts are about $3 \cdot 10^8$ for the matrix product and
# half as many for the Fourier transforms. Yet the matrix product is faster, and almost all
# libraries compute such layers without transforms. What do the counts leave out? Name two things.
#
# <!-- BEGIN SOLUTION -->
#
# The matrix product needs $M^2 F^2 C K$ multiply-adds, which grow with the square of $F$. The
# transforms and the product of frequencies need about $(C + K + CK) N^2 \log_2 N^2 + 2 N^2 C K$
# operations, whatever $F$ is ($N$ grows with the padding, here from 32 to 62). For $F = 1$ the
# first number is far smaller, for $F = 31$ it has the factor 961. (The figure shows the loop so
# slow for another reason: Python does some microseconds of work around every window.)
#
# What the counts leave out: (a) Speed of one operation. A matrix product uses each number many
# times while it is in fast memory, so it runs near the peak of the hardware, and processors have
# circuits for it. A transform, and a product entry by entry, wait for memory. (b) Memory. Each
# kernel of 9 numbers becomes as large as a padded picture, 34 by 34 here. (c) Stride. The
# transforms compute all places, and with stride 2 three quarters are thrown away. (d) Most kernels
# are 3 by 3 or 1 by 1: there is only a factor of 9 or 1 to save, and (a) eats it up. With few
# channels or kernels of 1 by 1 the counts themselves favour the matrix product.
#
# **Rubric**
# - 1 point: the one count grows with $F^2$, the other does not contain $F$.
# - 1 point: two of: speed of one operation; memory for kernels as large as the picture; stride;
#   small kernels leave little to save. One of them, well explained, is enough. "The matrix product
#   needs fewer operations" is not: for this layer it does not.
# <!-- END SOLUTION -->

# %% [markdown]
# ## D. What a layer costs and sees
#
# ### D.1 Parameters and multiply-adds
#
# A layer is described by four numbers: filters $K$, kernel size $F$, stride, padding. What does it
# cost? Its **parameters** are what must be learnt and stored. With $C$ input channels there are
# $F \cdot F \cdot C$ weights for each filter and one bias:
#
# $$
# \text{parameters} = (F \cdot F \cdot C + 1)\, K
# \tag{10}
# $$
#
# The size of the picture is not in it. The work is: each of the $M_h \times M_w \times K$ numbers
# of the output takes one multiply-add for every weight of its filter (the bias is not counted):
#
# $$
# \text{multiply-adds} = M_h \cdot M_w \cdot K \cdot (F \cdot F \cdot C)
# \tag{11}
# $$
#
# ### Exercise 6.10: what does it cost?
#
# A picture of 32 by 32 with 3 channels meets ten kernels of 5 by 5, stride 1, padding 2. Set
#
# - `layer_parameters`: weights and biases of this layer
# - `numbers`: how many numbers its output has, for one picture
# - `multiply_adds`: its multiply-adds for one picture
# - `dense_parameters`: the parameters (weights and biases) of a fully connected layer with the same
#   input and as many output numbers

# %% hint counts [markdown]
# How many channels of the input does one filter look at, and how large is the output by equation
# (6)?

# %% hint counts [markdown]
# One filter has 5 · 5 weights for each of the three channels, and one bias. The output is as large
# as the picture and has a channel for each filter. In the fully connected layer every output number
# has a weight for every input number, and a bias.

# %% hint counts [markdown]
# one filter: 5·5·3 + 1 parameters; one channel of the output: 32·32 numbers; one of these numbers:
# 5·5·3 multiply-adds; one number of the dense layer: 32·32·3 + 1 parameters. How many of each?

# %% solve counts
# Set layer_parameters, numbers, multiply_adds and dense_parameters.
### BEGIN SOLUTION
layer_parameters = (5 * 5 * 3 + 1) * 10
numbers = 32 * 32 * 10
multiply_adds = numbers * 5 * 5 * 3
dense_parameters = (32 * 32 * 3 + 1) * numbers
### END SOLUTION

# %% check counts points=2
with check("counts") as probe:
    probe.number("parameters of the layer", layer_parameters, decimals=0)
    probe.number("numbers in the output", numbers, decimals=0)
    probe.number("multiply-adds", multiply_adds, decimals=0)
    probe.number("parameters of a fully connected layer", dense_parameters, decimals=0)

# %% mistake counts "the biases are forgotten"
# You counted the weights only. Each of the ten filters has a bias too.
layer_parameters, numbers, multiply_adds, dense_parameters = 750, 10240, 768000, 3073 * 10240

# %% mistake counts "the channels are forgotten"
# Your filters have 5 * 5 weights. A filter has a kernel for each of the three channels: 5 * 5 * 3.
layer_parameters, numbers, multiply_adds, dense_parameters = 260, 10240, 768000, 3073 * 10240

# %% mistake counts "the channels of the dense layer's input are forgotten"
# Your `dense_parameters` has one channel. The input has 32 * 32 * 3 numbers, not 32 * 32.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 768000, 1025 * 10240

# %% mistake counts "one filter only"
# Your number is that of a single filter, or of a single channel of the output. There are ten of
# them.
layer_parameters, numbers, multiply_adds, dense_parameters = 76, 1024, 76800, 3073 * 1024

# %% mistake counts "one bias for all filters"
# You gave the ten filters one bias together. Each of them has its own.
layer_parameters, numbers, multiply_adds, dense_parameters = 751, 10240, 768000, 3072 * 10240 + 1

# %% mistake counts "multiplications and additions are counted one by one"
# Your `multiply_adds` is twice too large. One multiplication and the addition after it count as one
# multiply-add.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 1536000, 3073 * 10240

# %% mistake counts "the bias is counted as a multiply-add"
# Your `multiply_adds` counts the bias. Equation (11) leaves it out: 5 * 5 * 3 for each number.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 778240, 3073 * 10240

# %% mistake counts "the dense layer has ten output numbers"
# Your `dense_parameters` is that of a layer with ten output numbers. It is to have as many as the
# convolutional layer: 32 * 32 * 10.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 768000, 3073 * 10

# %% mistake counts "a bias for each channel"
# You gave each of the 30 kernels a bias. A filter has a single one for all its channels.
layer_parameters, numbers, multiply_adds, dense_parameters = 780, 10240, 768000, 3073 * 10240

# %% mistake counts "a bias for each output number"
# You gave each of the 32 * 32 * 10 output numbers a bias. All places share the bias of their
# filter.
layer_parameters, numbers, multiply_adds, dense_parameters = 10990, 10240, 768000, 3073 * 10240

# %% mistake counts "the output without the padding"
# Your output is 28 by 28. With padding 2 it keeps its 32 by 32. See equation (4).
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 7840, 588000, 3073 * 7840

# %% mistake counts "the input channels are counted in the output"
# Your output has 30 channels. A filter adds up over the channels of the input and makes one
# channel.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 30720, 2304000, 3073 * 30720

# %% mistake counts "multiply-adds of one place"
# Your `multiply_adds` is the work for a single number of the output. It is done at each of the 32 *
# 32 places.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 750, 3073 * 10240

# %% mistake counts "multiply-adds of one channel"
# Your `multiply_adds` has 5 * 5 for each output number. The sum in (7) runs over the
# three channels too.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 256000, 3073 * 10240

# %% mistake counts "the biases of the fully connected layer"
# Your `dense_parameters` has no biases. Each output number has one.
layer_parameters, numbers, multiply_adds, dense_parameters = 760, 10240, 768000, 3072 * 10240

# %% alternative counts
layer_parameters = np.ones((10, 3, 5, 5)).size + 10
numbers = 10 * conv_size(32, 5, P=2) ** 2
multiply_adds = 75 * 10240
dense_parameters = 3072 * 10240 + 10240

# %% [markdown]
# The fully connected layer has 40,000 times as many parameters. What does the convolutional layer
# give up for that? Weights that look far away, and weights that differ from place to place.
#
# ### D.2 The receptive field
#
# A kernel of 3 by 3 looks at 9 pixels. Yet networks with nothing else recognise whole objects. How?
# The second layer looks at 3 by 3 numbers of the first, and each of these has seen 3 by 3 pixels,
# so together 5 by 5. The **receptive field** $r$ of a number is the size of the square of pixels
# that can influence it.
#
# Let $j$ be the **jump**: how many pixels lie between the windows of two neighbouring numbers. At
# the input $r = 1$ and $j = 1$. A layer with kernel $F$, stride $S$ and dilation $D$ makes of them
#
# $$
# r \leftarrow r + D\,(F - 1)\, j, \qquad \text{then} \qquad j \leftarrow S \cdot j .
# \tag{12}
# $$
#
# In words: from the first to the last number under the kernel there are $D(F-1)$ steps, and each is
# $j$ pixels wide. Padding changes neither of the two.
#
# ### Exercise 6.11: how far does it see?
#
# Write `receptive_field(layers)`. `layers` is a list of tuples `(F, S, D)`, first layer first;
# pooling layers have kernel, stride and dilation too. Return the tuple `(r, j)` after the last
# layer.

# %% hint receptive_field [markdown]
# Does a stride in the first layer make the second layer see more, or the first one?

# %% hint receptive_field [markdown]
# Start with 1 and 1. For each layer first widen the field, with the jump that the layer's input
# has; then multiply the jump by the layer's stride.

# %% hint receptive_field [markdown]
# r, j ← 1, 1; for F, S, D in layers: r ← r + D · (F − 1) · j; j ← j · S; return r, j


# %% solve receptive_field
def receptive_field(layers):
    """Return (r, j), the receptive field and the jump (12) after layers of (F, S, D).

    >>> receptive_field([(3, 1, 1), (3, 1, 1)])
    (5, 1)
    """
    ### BEGIN SOLUTION
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j *= S
    return r, j
    ### END SOLUTION


# %% check receptive_field points=2
with check("receptive_field") as probe:
    probe.call("one layer, stride 2", receptive_field, [(5, 2, 1)])
    probe.call("three layers of 3", receptive_field, [(3, 1, 1)] * 3)
    probe.call("dilations 1, 2, 4", receptive_field, [(3, 1, 1), (3, 1, 2), (3, 1, 4)])
    mixed = [(3, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1), (3, 1, 2)]
    probe.call("two poolings in between", receptive_field, mixed)
    probe.call("strides 2 and 3", receptive_field, [(4, 2, 1), (2, 3, 1), (3, 1, 1)])
    both = [(2, 2, 1), (3, 3, 2), (2, 1, 2)]
    probe.call("a layer with stride and dilation", receptive_field, both)
### BEGIN HIDDEN TESTS
with check.hidden("receptive_field") as probe:
    rng = np.random.default_rng(611)
    for depth in (1, 2, 3, 4, 5, 6):
        layers = [tuple(int(rng.integers(1, top)) for top in (6, 4, 4)) for _ in range(depth)]
        places = [{0}, {1}]  # which pixels do two neighbouring outputs see?
        for F, S, D in reversed(layers):
            places = [{p * S + u * D for p in seen for u in range(F)} for seen in places]
        right = (max(places[0]) - min(places[0]) + 1, min(places[1]) - min(places[0]))
        probe.call(f"{depth} layers", receptive_field, layers, expected=right)
### END HIDDEN TESTS


# %% mistake receptive_field "the jump is multiplied too early"
# Your stride counts in its own layer. It only spreads the numbers that the next layer reads: widen
# r first, then multiply j. See equation (12).
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        j *= S
        r += D * (F - 1) * j
    return r, j


# %% mistake receptive_field "F in place of F - 1"
# Your field grows by F steps in each layer. From the first to the last of F weights there are F -
# 1.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * F * j
        j *= S
    return r, j


# %% mistake receptive_field "the jump is not used"
# Your field ignores strides. One step of a layer after a stride of 2 is two pixels wide: multiply
# by j.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1)
        j *= S
    return r, j


# %% mistake receptive_field "the strides are added"
# Your jump is a sum of strides. After two layers with stride 2 neighbours are 4 pixels apart:
# multiply.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j += S - 1
    return r, j


# %% mistake receptive_field "the dilation is not used"
# Your field ignores dilation. Neighbouring weights are D numbers apart: D * (F - 1) steps.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, _ in layers:
        r += (F - 1) * j
        j *= S
    return r, j


# %% mistake receptive_field "the kernels are multiplied"
# Your field is a product of kernel sizes. Each layer adds to the field: see equation (12).
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r *= D * (F - 1) + 1
        j *= S
    return r, j


# %% mistake receptive_field "r and j are exchanged"
# Your tuple has the jump first. The order is (r, j).
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j *= S
    return j, r


# %% mistake receptive_field "the jump is only the last stride"
# Your jump forgets the layers before: after two layers with stride 2 neighbours are 4 pixels apart.
# Multiply: j becomes S * j.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j = S
    return r, j


# %% mistake receptive_field "the strides are added to 1"
# Your jump is a sum. Each layer multiplies it by its stride: after one layer with stride 2 it is 2,
# after two of them it is 4.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j += S
    return r, j


# %% mistake receptive_field "the return is inside the loop"
# Your answer is the one after the first layer: the return stands inside the loop and ends it. Move
# it to the left.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j *= S
        return r, j


# %% mistake receptive_field "the field begins at 0"
# Your field is one too small. Before any layer a number sees itself: begin with r = 1.
def receptive_field(layers):
    r, j = 0, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j *= S
    return r, j


# %% mistake receptive_field "stride and dilation are exchanged"
# You read the tuples as (F, D, S). The order is (F, S, D).
def receptive_field(layers):
    r, j = 1, 1
    for F, D, S in layers:
        r += D * (F - 1) * j
        j *= S
    return r, j


# %% mistake receptive_field "the last layer comes first"
# You go through the layers from the last to the first. Equation (12) begins at the input.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers[::-1]:
        r += D * (F - 1) * j
        j *= S
    return r, j


# %% mistake receptive_field "the area in place of the side"
# Your field is a number of pixels. r is the side of the square.
def receptive_field(layers):
    r, j = 1, 1
    for F, S, D in layers:
        r += D * (F - 1) * j
        j *= S
    return r**2, j


# %% alternative receptive_field
def receptive_field(layers):
    jumps = [1]
    for _, S, _ in layers:
        jumps.append(jumps[-1] * S)
    r = 1 + sum(D * (F - 1) * j for (F, _, D), j in zip(layers, jumps, strict=False))
    return r, jumps[-1]


# %% alternative receptive_field
def receptive_field(layers):
    r = 1
    for F, S, D in reversed(layers):
        r = (r - 1) * S + D * (F - 1) + 1
    return r, int(np.prod([S for _, S, _ in layers], dtype=int))


# %% [markdown]
# Is that what a network sees? Measure it. Set all weights to 1, send a 1 back from the middle of
# the output, and look which pixels it reaches: the gradient at a pixel counts the paths from it.


# %%
def paths(layers, N=21):
    X = torch.zeros(1, 1, N, N, requires_grad=True)
    Y = X
    for F, S, D in layers:
        Y = torch.nn.functional.conv2d(Y, torch.ones(1, 1, F, F), stride=S, dilation=D)
    Y[0, 0, Y.shape[2] // 2, Y.shape[3] // 2].backward()
    return X.grad[0, 0].numpy()


STACKS = {
    "three layers of 3": [(3, 1, 1)] * 3,
    "dilations 1, 2, 4": [(3, 1, 1), (3, 1, 2), (3, 1, 4)],
    "stride 2 in the middle": [(3, 1, 1), (3, 2, 1), (3, 1, 1)],
}


# %%
def draw_fields():
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
    for ax, (name, layers) in zip(axes, STACKS.items(), strict=True):
        seen = paths(layers)
        ax.imshow(seen / seen.max(), cmap="Blues", vmin=0, vmax=1)
        ax.set(title=f"{name}: r = {receptive_field(layers)[0]}", xlabel="column")
    axes[0].set_ylabel("row")
    return figure


plots.show(
    draw_fields(),
    "Three pictures of 21 by 21 pixels: the number of paths from each pixel to one output. Three "
    "layers of 3 reach a square of 7, most paths in its middle. With dilations 1, 2, 4 it is 15 by "
    "15, with a regular pattern of more and fewer paths. With stride 2 in the middle it is 9 by 9.",
)

# %% [markdown]
# *Figure 4. Which pixels reach one output number, and along how many paths (darker: more, each
# panel on its own scale). The squares are as wide as your function says. But the middle has many
# more paths than the edge: the field that counts in practice, the **effective** one, is smaller.*
#
# Three layers of 3 see as much as one layer of 7, with $27 C^2$ weights in place of $49 C^2$ (for
# $C$ channels everywhere, without biases), and with two more nonlinearities between them. This is
# one reason why large kernels became rare.

# %% [markdown]
# ## E. Pooling, and the way back
#
# ### E.1 Max pooling
#
# Where exactly an edge lies is often less important than that it is there. A **pooling** layer
# makes the picture smaller: it moves a window over each channel and keeps one number for each
# place. It has no parameters and leaves the number of channels alone. Its size is again (6): a
# picture of 8 by 8 with 10 channels, windows of 2, stride 2, becomes 4 by 4 with 10 channels.
#
# **Max pooling** keeps the largest number:
#
# $$
# Y_{ncij} = \max_{0 \le u, v < F} X_{n,\; c,\; iS + u,\; jS + v}
# \tag{13}
# $$
#
# And backward? Let $L$ be the loss at the end of the network, and let $dY$ stand for the array of
# all $\partial L / \partial Y_{ncij}$; the same for the other letters. A small change of a number
# that is not the largest of its window changes nothing. So the whole gradient of an output goes to
# the **winner** of its window. To know the winners on the way back, write them down on the way
# forward. As torch does, we number the pixels of one channel row by row: pixel $(p, q)$ of a
# picture with width $w$ has the number $p w + q$.
#
# ### Exercise 6.12: max pooling
#
# Write two functions for pictures `X` of shape (batch, channels, height, width), without padding:
#
# - `max_pool(X, F, S)` returns the tuple `(Y, where)`: equation (13), and an array of the same
#   shape as `Y` with the number of each winner's pixel, $p w + q$ (with `dtype=int`: these numbers
#   will be indices). If several pixels of a window are largest, the first in reading order wins.
# - `max_pool_backward(dY, where, h, w)` returns $dX$ of shape (batch, channels, h, w). If windows
#   overlap, one pixel can win several times.

# %% hint max_pool [markdown]
# `argmax` on a window of 3 by 3 gives a number from 0 to 8. To which pixel of the picture does
# number 5 belong?

# %% hint max_pool [markdown]
# Forward: for each place cut out the window, find its winner as a number inside the window, split
# it into row and column (`divmod` by F), and shift both by the window's corner. Backward: begin
# with zeros; for each output number add its gradient to the pixel that `where` names. Add, since
# another window may have put something there already.

# %% hint max_pool [markdown]
# u, v ← divmod(argmax(window), F); where[n, c, i, j] ← (i·S + u) · w + j·S + v. Backward: dX ←
# zeros((n, c, h · w)); for each n, c, i, j: dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]; reshape


# %% solve max_pool
def max_pool(X, F, S):
    """Return (Y, where): the largest number (13) of each window, and the number of its pixel.

    >>> Y, where = max_pool(np.array([[[[1.0, 7.0], [3.0, 2.0]]]]), 2, 2)
    >>> float(Y[0, 0, 0, 0]), int(where[0, 0, 0, 0])
    (7.0, 1)
    """
    ### BEGIN SOLUTION
    n, c, h, w = X.shape
    Y = np.zeros((n, c, conv_size(h, F, S), conv_size(w, F, S)))
    where = np.zeros(Y.shape, dtype=int)
    for i, j in np.ndindex(*Y.shape[2:]):
        window = X[:, :, i * S : i * S + F, j * S : j * S + F].reshape(n, c, F * F)
        u, v = np.divmod(window.argmax(axis=2), F)
        where[:, :, i, j] = (i * S + u) * w + j * S + v
        Y[:, :, i, j] = window.max(axis=2)
    return Y, where
    ### END SOLUTION


def max_pool_backward(dY, where, h, w):
    """Return dX, shape (batch, channels, h, w): each gradient goes to the winner of its window.

    >>> max_pool_backward(np.array([[[[5.0]]]]), np.array([[[[1]]]]), 2, 2).tolist()
    [[[[0.0, 5.0], [0.0, 0.0]]]]
    """
    ### BEGIN SOLUTION
    n, c = dY.shape[:2]
    dX = np.zeros((n, c, h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)
    ### END SOLUTION


# %% check max_pool points=3
with check("max_pool") as probe:
    X = np.array([[1.0, 5, 2, 0], [3, 4, 9, 7], [-3, -1, 6, 6], [-2, -4, 6, 1]])[None, None]
    probe.call("windows of 2 that do not overlap", max_pool, X, 2, 2)
    probe.call("windows of 3 that move by 1", max_pool, X, 3, 1)
    X = np.random.default_rng(3).normal(size=(2, 2, 3, 5))
    answer = probe.call("two pictures, two channels, 3 by 5", max_pool, X, 2, 2)
    probe.call("windows of 3 that move by 2", max_pool, X, 3, 2)
    probe.call("windows of 2 that move by 3", max_pool, X, 2, 3)
    whole = isinstance(answer, (tuple, list)) and np.asarray(answer[-1]).dtype.kind in "iu"
    advice = "Build it with dtype=int: an array of floating-point numbers cannot be an index."
    probe.true("where holds whole numbers", whole, advice)
    dY = np.array([[1.0, 10], [100, 1000]])[None, None]
    where = np.array([[1, 6], [9, 10]])[None, None]
    probe.call("backward: four winners", max_pool_backward, dY, where, 4, 4)
    where = np.array([[5, 6], [5, 5]])[None, None]
    probe.call("backward: one pixel wins three times", max_pool_backward, dY, where, 3, 4)
    dY = np.arange(1.0, 5).reshape(2, 2, 1, 1)
    where = np.array([0, 3, 3, 1]).reshape(2, 2, 1, 1)
    probe.call("backward: two pictures, two channels", max_pool_backward, dY, where, 2, 2)
### BEGIN HIDDEN TESTS
with check.hidden("max_pool") as probe:
    rng = np.random.default_rng(612)
    for n, c, h, w, F, S in ((2, 3, 8, 8, 2, 2), (1, 1, 7, 5, 3, 2), (3, 2, 4, 6, 2, 1)):
        X = rng.normal(size=(n, c, h, w)) - 3
        T = torch.tensor(X, requires_grad=True)
        Y, where = torch.nn.functional.max_pool2d(T, F, S, return_indices=True)
        dY = rng.normal(size=tuple(Y.shape))
        Y.backward(torch.tensor(dY))
        right = (Y.detach().numpy(), where.numpy())
        label = f"pictures {(n, c, h, w)}, windows {F}, stride {S}"
        probe.call(label, max_pool, X, F, S, expected=right)
        dX = T.grad.numpy()
        probe.call(f"backward: {label}", max_pool_backward, dY, where.numpy(), h, w, expected=dX)
    flat = np.zeros((1, 1, 4, 4))
    right = (np.zeros((1, 1, 2, 2)), np.array([[0, 2], [8, 10]])[None, None])
    probe.call("all pixels equal", max_pool, flat, 2, 2, expected=right)
### END HIDDEN TESTS


# %% mistake max_pool "the winner's number inside its window"
# Your `where` counts inside each window. Shift row and column by the window's corner, and number
# the pixels of the whole picture: p * w + q.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    return windows.max(axis=4), windows.argmax(axis=4)


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "the height in place of the width"
# Your numbers of the winners are p * h + q. A row has w pixels: p * w + q.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * S + u) * X.shape[2] + columns * S + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "the last of the largest wins"
# Where several pixels of a window are equally large, your winner is the last of them. The first one
# in reading order was asked for.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(F * F - 1 - windows[..., ::-1].argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * S + u) * X.shape[3] + columns * S + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "nothing is larger than zero"
# Where all pixels of a window are negative you return 0. Begin with the first pixel of the window,
# not with 0.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    where = (rows * S + u) * X.shape[3] + columns * S + v
    return np.maximum(windows.max(axis=4), 0), where


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "the stride is not used"
# Your windows move by their own size, whatever the stride. Window i begins at row iS. See equation
# (13).
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::F, ::F]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * F + u) * X.shape[3] + columns * F + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "a pixel that wins again loses what it had"
# Where a pixel wins several windows you keep the gradient of the last one only. Its change reaches
# the loss along several paths, and paths add up: += in place of =. With arrays of indices += is not
# enough either, it adds once for each index, however often it is listed; np.add.at adds each time.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * S + u) * X.shape[3] + columns * S + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] = dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "all pictures share their winners"
# Your gradients of different pictures or channels end up in one picture. Every picture and every
# channel has winners of its own.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * S + u) * X.shape[3] + columns * S + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros(dY.shape[0] * dY.shape[1] * h * w)
    np.add.at(dX, where.ravel(), dY.ravel())
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "the stride is left out of the winner's number"
# Your `where` shifts by i and j. The corner of window (i, j) is the pixel (iS, jS).
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows + u) * X.shape[3] + columns + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "Y and where are exchanged"
# Your tuple has `where` first. The order is (Y, where).
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return (rows * S + u) * X.shape[3] + columns * S + v, windows.max(axis=4)


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "the pixels are counted from 1"
# Your winners are counted from 1. Pixels are counted from 0: p * w + q.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * S + u) * X.shape[3] + columns * S + v + 1


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% mistake max_pool "the numbers run through all pictures"
# Your numbers go on from one channel or picture to the next. Each channel of each picture has its
# own pixels 0, 1, and so on: p * w + q.
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    before = np.arange(len(X) * X.shape[1]).reshape(len(X), -1, 1, 1) * X[0, 0].size
    return windows.max(axis=4), before + (rows * S + u) * X.shape[3] + columns * S + v


def max_pool_backward(dY, where, h, w):
    dX = np.zeros((*dY.shape[:2], h * w))
    for n, c, i, j in np.ndindex(*dY.shape):
        dX[n, c, where[n, c, i, j]] += dY[n, c, i, j]
    return dX.reshape(*dY.shape[:2], h, w)


# %% alternative max_pool
def max_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    windows = windows.reshape(*windows.shape[:4], F * F)
    u, v = np.divmod(windows.argmax(axis=4), F)
    rows, columns = np.indices(u.shape[2:])
    return windows.max(axis=4), (rows * S + u) * X.shape[3] + columns * S + v


def max_pool_backward(dY, where, h, w):
    n, c = dY.shape[:2]
    dX = np.zeros((n * c, h * w))
    np.add.at(dX, (np.arange(n * c)[:, None], where.reshape(n * c, -1)), dY.reshape(n * c, -1))
    return dX.reshape(n, c, h, w)


# %% [markdown]
# What is left of a picture after pooling, and who wins?


# %%
def draw_pooling(picture):
    picture = picture[None, None]  # (1, 1, 28, 28)
    Y, where = max_pool(picture, 4, 4)
    winners = max_pool_backward(np.ones(Y.shape), where, 28, 28)
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.8), layout="constrained")
    panels = (("picture", picture), ("largest of 4 by 4", Y), ("winners", picture * winners))
    for ax, (title, pixels) in zip(axes, panels, strict=True):
        ax.imshow(pixels[0, 0], cmap="gray_r", vmin=0, vmax=1)
        ax.set(title=title, xlabel="column")
    p, q = np.divmod(where.ravel(), 28)
    axes[2].scatter(q, p, s=36, marker="s", facecolors="none", edgecolors=ORANGE, linewidths=0.8)
    axes[0].set_ylabel("row")
    return figure


plots.show(
    draw_pooling(shirt),
    "Three panels: a picture of 28 by 28; its maxima over windows of 4 by 4, a coarse and darker "
    "picture of 7 by 7; and the first picture with only the winners left, single pixels, one in "
    "each window, each in an orange frame.",
)

# %% [markdown]
# *Figure 5. Max pooling with windows of 4. Of 16 pixels one goes on, and on the way back that one
# alone gets the gradient. The 49 winners are framed; those in the background are white, or nearly.
# The stripes are finer than the windows and are lost.*
#
# ### E.2 Average pooling
#
# **Average pooling** keeps the mean of each window:
#
# $$
# Y_{ncij} = \frac{1}{F^2} \sum_{u=0}^{F-1} \sum_{v=0}^{F-1} X_{n,\; c,\; iS + u,\; jS + v}
# \tag{14}
# $$
#
# With $F = S = h = w$ the window is the whole picture: one number remains for each channel. This is
# **global average pooling**. A picture of 100 by 100 with 3 channels becomes 1 by 1 with 3
# channels. Many networks end with it in place of a large fully connected layer, since it has no
# parameters and takes pictures of any size.
#
# ### Exercise 6.13: average pooling
#
# Write `average_pool(X, F, S)`: equation (14), without padding. And write
# `average_pool_backward(dY, F, S, h, w)`, which returns $dX$ of shape (batch, channels, h, w) for a
# picture of that size. Here, too, windows may overlap; pixels in no window get 0.

# %% hint average_pool [markdown]
# By how much does the mean of nine pixels change when one of them rises by 1? Which of the nine
# does it matter?

# %% hint average_pool [markdown]
# Every pixel of a window has the same share in its mean, one F²-th. So each output number sends an
# F²-th of its gradient to all pixels of its window, on top of what other windows have sent.

# %% hint average_pool [markdown]
# for each i, j: Y[:, :, i, j] ← mean of the window over its two axes. Backward: for each i, j: add
# dY[:, :, i, j] / F², with two new axes, to dX[:, :, i·S : i·S + F, j·S : j·S + F]


# %% solve average_pool
def average_pool(X, F, S):
    """Return the mean (14) of each window.

    >>> average_pool(np.array([[[[1.0, 7.0], [3.0, 2.0]]]]), 2, 2).tolist()
    [[[[3.25]]]]
    """
    ### BEGIN SOLUTION
    n, c, h, w = X.shape
    Y = np.zeros((n, c, conv_size(h, F, S), conv_size(w, F, S)))
    for i, j in np.ndindex(*Y.shape[2:]):
        Y[:, :, i, j] = X[:, :, i * S : i * S + F, j * S : j * S + F].mean(axis=(2, 3))
    return Y
    ### END SOLUTION


def average_pool_backward(dY, F, S, h, w):
    """Return dX, shape (batch, channels, h, w): each gradient is shared out evenly.

    >>> average_pool_backward(np.array([[[[8.0]]]]), 2, 2, 2, 2).tolist()
    [[[[2.0, 2.0], [2.0, 2.0]]]]
    """
    ### BEGIN SOLUTION
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX
    ### END SOLUTION


# %% check average_pool points=2
with check("average_pool") as probe:
    X = np.arange(16.0).reshape(1, 1, 4, 4) ** 2
    probe.call("windows of 2 that do not overlap", average_pool, X, 2, 2)
    probe.call("windows of 3 that move by 1", average_pool, X, 3, 1)
    probe.call("windows of 1 that move by 3", average_pool, X, 1, 3)
    X = np.random.default_rng(4).normal(size=(2, 3, 2, 5))
    probe.call("two pictures, three channels, 2 by 5", average_pool, X, 2, 2)
    probe.call("windows of 2 that move by 3", average_pool, X, 2, 3)
    probe.call("global: one window for the whole picture", average_pool, X[..., :2], 2, 2)
    dY = np.array([[1.0, 10], [100, 1000]])[None, None]
    probe.call("backward: windows of 2 that move by 2", average_pool_backward, dY, 2, 2, 4, 5)
    probe.call("backward: windows of 3 that move by 1", average_pool_backward, dY, 3, 1, 4, 4)
    probe.call("backward: windows of 3 that move by 2", average_pool_backward, dY, 3, 2, 5, 6)
    probe.call("backward: windows of 2 that move by 3", average_pool_backward, dY, 2, 3, 6, 5)
    dY = np.arange(1.0, 5).reshape(2, 2, 1, 1)
    probe.call("backward: global", average_pool_backward, dY, 2, 2, 2, 2)
### BEGIN HIDDEN TESTS
with check.hidden("average_pool") as probe:
    rng = np.random.default_rng(613)
    for n, c, h, w, F, S in (
        (2, 3, 8, 8, 2, 2), (1, 1, 7, 5, 3, 2), (3, 2, 4, 6, 2, 1), (2, 4, 5, 5, 5, 5)
    ):
        X = rng.normal(size=(n, c, h, w))
        T = torch.tensor(X, requires_grad=True)
        Y = torch.nn.functional.avg_pool2d(T, F, S)
        dY = rng.normal(size=tuple(Y.shape))
        Y.backward(torch.tensor(dY))
        label = f"pictures {(n, c, h, w)}, windows {F}, stride {S}"
        probe.call(label, average_pool, X, F, S, expected=Y.detach().numpy())
        dX = T.grad.numpy()
        probe.call(f"backward: {label}", average_pool_backward, dY, F, S, h, w, expected=dX)
### END HIDDEN TESTS


# %% mistake average_pool "the sum in place of the mean"
# Your values are sums. Divide by the number of pixels in a window, F * F. See equation (14).
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.sum(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "backward: the share is forgotten"
# Your backward sends the whole gradient to every pixel of the window. Each pixel has a share of one
# F * F-th in the mean: divide.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None]
    return dX


# %% mistake average_pool "backward: divided by F"
# Your backward divides by F. A window has F * F pixels.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F
    return dX


# %% mistake average_pool "backward: windows replace one another"
# Where windows overlap, your backward keeps the share of the last window only. A pixel collects
# from all windows that it is in: += in place of =.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] = dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "the stride is not used"
# Your windows move by their own size, whatever the stride. Window i begins at row iS. See equation
# (14).
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::F, ::F]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "the channels are averaged too"
# Your mean runs over the channels as well. Pooling treats each channel by itself and keeps their
# number.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(1, 4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "divided by F"
# Your values are sums divided by F. A window has F * F pixels. See equation (14).
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.sum(axis=(4, 5)) / F


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "all channels have the same mean"
# Your mean runs over the channels, and all of them get it. Pooling treats each channel by itself:
# average over the last two axes of the window only.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    mean = windows.mean(axis=(1, 4, 5))
    return mean[:, None].repeat(X.shape[1], axis=1)


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "one mean for all pictures and channels"
# Your mean runs over pictures and channels too. Average over the last two axes of the window only.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    mean = windows.mean(axis=(0, 1, 4, 5))
    return np.zeros((*X.shape[:2], 1, 1)) + mean


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% mistake average_pool "backward: divided by the size of the picture"
# Your backward divides by h * w. A pixel has the share of one F * F-th in the mean of its window,
# however large the picture is.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + F, j * S : j * S + F] += dY[:, :, i, j, None, None] / (h * w)
    return dX


# %% mistake average_pool "backward: only the corner of the window"
# Your backward sends everything to the corner of the window. All of its pixels take part in the
# mean.
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    for i, j in np.ndindex(*dY.shape[2:]):
        dX[:, :, i * S : i * S + 1, j * S : j * S + 1] += dY[:, :, i, j, None, None] / F**2
    return dX


# %% alternative average_pool
def average_pool(X, F, S):
    windows = np.lib.stride_tricks.sliding_window_view(X, (F, F), (2, 3))[:, :, ::S, ::S]
    return windows.mean(axis=(4, 5))


def average_pool_backward(dY, F, S, h, w):
    dX = np.zeros((*dY.shape[:2], h, w))
    m_h, m_w = dY.shape[2:]
    for u, v in np.ndindex(F, F):
        dX[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S] += dY / F / F
    return dX


# %% [markdown]
# ### E.3 Unpooling
#
# A network that has to answer for every pixel ("which of them belong to the shoe?") shrinks the
# picture to understand it, and then must get back to the old size. **Unpooling** makes the picture
# larger by a factor $F$ in both directions. One number becomes an $F$ by $F$ block, in one of three
# ways:
#
# | kind | in code | what stands in the block |
# |---|---|---|
# | **bed of nails** | `"nails"` | the number in the upper left corner, zeros around it |
# | **nearest neighbour** | `"nearest"` | the number in all places |
# | **max unpooling** | `"max"` | the number where the winner of a max pooling was, else zeros |
#
# The last one needs `where`, the winners that a max pooling with windows of $F$ and stride $F$
# wrote down on the way in. That pooling had an input of just the size that unpooling makes.
#
# Backward there is nothing new to learn. The output pixel that holds a copy of a number sends its
# gradient to that number. A pixel that is always zero sends nothing.
#
# ### Exercise 6.14: unpooling
#
# Write `unpool(Y, F, kind, where=None)`, for `Y` of shape (batch, channels, height, width). The
# result has shape (batch, channels, F · height, F · width). And write `unpool_backward(dX, F,
# kind, where=None)`: `dX` has that larger shape, and the result has the shape of `Y`. Only for the
# kind `"max"` is `where` given; it is then an array in the shape of `Y`, as in exercise 6.12, and
# each pixel that it names lies in the block of its number.

# %% hint unpool [markdown]
# Which of your functions puts numbers where `where` says, and zeros everywhere else?

# %% hint unpool [markdown]
# Nails: zeros, and every F-th pixel in both directions is a number of Y. Nearest: repeat rows and
# columns F times. Max: as the backward pass of max pooling. Backward: pick every F-th pixel; or add
# up each block; or pick the pixels that `where` names.

# %% hint unpool [markdown]
# nails: X[:, :, ::F, ::F] ← Y; nearest: Y.repeat(F, axis=2).repeat(F, axis=3); max:
# max_pool_backward(Y, where, F·h, F·w). Backward: dX[:, :, ::F, ::F]; F² · average_pool(dX, F, F);
# np.take_along_axis on the pixels of each channel, numbered row by row


# %% solve unpool
def unpool(Y, F, kind, where=None):
    """Return Y enlarged F times in both directions; kind is "nails", "nearest" or "max".

    >>> unpool(np.array([[[[5.0]]]]), 2, "nails").tolist()
    [[[[5.0, 0.0], [0.0, 0.0]]]]
    """
    ### BEGIN SOLUTION
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    X = np.zeros((n, c, F * h, F * w))
    X[:, :, ::F, ::F] = Y
    return X
    ### END SOLUTION


def unpool_backward(dX, F, kind, where=None):
    """Return dY, the gradient at the input of unpool, for the gradient dX at its output.

    >>> unpool_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), 2, "nearest").tolist()
    [[[[10.0]]]]
    """
    ### BEGIN SOLUTION
    if kind == "max":
        n, c = dX.shape[:2]
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    if kind == "nearest":
        return F**2 * average_pool(dX, F, F)
    return dX[:, :, ::F, ::F].copy()
    ### END SOLUTION


# %% check unpool points=3
with check("unpool") as probe:
    Y = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    probe.call("nails, F = 2", unpool, Y, 2, "nails")
    probe.call("nearest, F = 2", unpool, Y, 2, "nearest")
    probe.call("nearest, F = 3, two channels", unpool, Y.reshape(1, 2, 3, 1), 3, "nearest")
    where = np.array([[[[1, 6], [12, 11]]], [[[0, 3], [9, 14]]]])  # pixels of 4 by 4
    Y = np.arange(1.0, 9).reshape(2, 1, 2, 2)
    probe.call("max, two pictures", unpool, Y, 2, "max", where)
    dX = np.arange(32.0).reshape(2, 1, 4, 4) ** 2
    probe.call("backward: nails", unpool_backward, dX, 2, "nails")
    probe.call("backward: nearest", unpool_backward, dX, 2, "nearest")
    probe.call("backward: max", unpool_backward, dX, 2, "max", where)
    Y, where = np.array([[[[1.0, 2]], [[3.0, 4]]]]), np.array([[[[7, 16]], [[0, 11]]]])  # 3 by 6
    probe.call("nails, F = 3, two channels", unpool, Y, 3, "nails")
    probe.call("max, F = 3, two channels", unpool, Y, 3, "max", where)
    dX = np.arange(36.0).reshape(1, 2, 3, 6) ** 2
    probe.call("backward: nails, F = 3", unpool_backward, dX, 3, "nails")
    probe.call("backward: nearest, F = 3", unpool_backward, dX, 3, "nearest")
    probe.call("backward: max, F = 3, two channels", unpool_backward, dX, 3, "max", where)
### BEGIN HIDDEN TESTS
with check.hidden("unpool") as probe:
    rng = np.random.default_rng(614)
    for n, c, h, w, F in ((2, 3, 2, 2, 2), (1, 2, 3, 1, 3), (1, 1, 2, 5, 4), (2, 1, 3, 4, 1)):
        Y, dX = rng.normal(size=(n, c, h, w)), rng.normal(size=(n, c, F * h, F * w))
        stored = torch.nn.functional.max_pool2d(
            torch.tensor(rng.normal(size=dX.shape)), F, F, return_indices=True)[1]
        for kind in ("nails", "nearest", "max"):
            T = torch.tensor(Y, requires_grad=True)
            block = torch.zeros(F, F, dtype=T.dtype)
            block[0, 0] = 1.0
            if kind == "max":
                larger = torch.nn.functional.max_unpool2d(T, stored, F, F)
            elif kind == "nearest":
                larger = torch.nn.functional.interpolate(T, scale_factor=F, mode="nearest")
            else:
                larger = torch.kron(T, block)
            larger.backward(torch.tensor(dX))
            more = [stored.numpy()] if kind == "max" else []
            label, right = f"{kind}, {(n, c, h, w)}, F = {F}", larger.detach().numpy()
            probe.call(label, unpool, Y, F, kind, *more, expected=right)
            right = T.grad.numpy()
            probe.call(f"backward: {label}", unpool_backward, dX, F, kind, *more, expected=right)
### END HIDDEN TESTS


# %% mistake unpool "the picture is laid out as tiles"
# For "nearest" you repeat the whole picture. Each number is to fill a block of its own: np.repeat
# in place of np.tile.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return np.tile(Y, (1, 1, F, F))
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "nearest backward takes the mean"
# Your backward of "nearest" is the mean of a block. All F * F pixels are copies of one number, and
# each sends its whole gradient: add them up.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.mean(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "nails backward adds up the block"
# Your backward of "nails" adds up the block. Its other pixels are always zero, whatever the number
# is: only the upper left one sends a gradient.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    return dX.reshape(n, c, h // F, F, w // F, F).sum(axis=(3, 5))


# %% mistake unpool "the nail is at the lower right"
# Your nails stand in the lower right corner of their blocks. The upper left was asked for.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[-1].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, -1, :, -1]


# %% mistake unpool "max unpooling does not use the winners"
# Your max unpooling is a bed of nails. Each number goes to the pixel that `where` names for it.
def unpool(Y, F, kind, where=None):
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "max backward takes the largest gradient"
# Your backward of "max" is the largest gradient of each block. The number sits at the pixel that
# `where` names; take the gradient there, large or small.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    if kind == "max":
        return blocks.max(axis=(3, 5))
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "height and width are exchanged"
# Your max unpooling has its rows for columns. The larger picture has F * height rows and F * width
# columns.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * w, F * h)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "nearest backward takes the corner"
# Your backward of "nearest" takes one pixel of each block. All F * F pixels are copies of one
# number, and each sends its gradient: add them up.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks[:, :, :, 0, :, 0]


# %% mistake unpool "max backward takes the corner"
# Your backward of "max" takes the upper left pixel of each block. The number sits at the pixel that
# `where` names.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "max backward reads the first channel only"
# Your backward of "max" reads all gradients from the first channel of the first picture. `where`
# counts the pixels of each channel anew.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        return dX.ravel()[where]
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "nearest is divided by the size of the block"
# Your "nearest" shares each number out over its block. Every pixel of the block is the number
# itself.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2).repeat(F, axis=3) / F**2
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% mistake unpool "only the rows are repeated"
# Your "nearest" repeats the rows and not the columns. Repeat along both axes.
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "max":
        return max_pool_backward(Y, where, F * h, F * w)
    if kind == "nearest":
        return Y.repeat(F, axis=2)
    return np.kron(Y, np.eye(F * F)[0].reshape(F, F))


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    if kind == "max":
        picked = np.take_along_axis(dX.reshape(n, c, -1), where.reshape(n, c, -1), axis=2)
        return picked.reshape(where.shape)
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    return blocks.sum(axis=(3, 5)) if kind == "nearest" else blocks[:, :, :, 0, :, 0]


# %% alternative unpool
def unpool(Y, F, kind, where=None):
    n, c, h, w = Y.shape
    if kind == "nearest":
        return np.kron(Y, np.ones((F, F)))
    X = np.zeros((n, c, F * h * F * w))
    if kind == "nails":
        where = (np.arange(h)[:, None] * F * w * F + np.arange(w) * F) + np.zeros_like(Y, dtype=int)
    np.put_along_axis(X, where.reshape(n, c, -1), Y.reshape(n, c, -1), axis=2)
    return X.reshape(n, c, F * h, F * w)


def unpool_backward(dX, F, kind, where=None):
    n, c, h, w = dX.shape
    blocks = dX.reshape(n, c, h // F, F, w // F, F)
    if kind == "nearest":
        return blocks.sum(axis=(3, 5))
    if kind == "nails":
        return blocks[:, :, :, 0, :, 0]
    dY = np.zeros(where.shape)
    for index in np.ndindex(*where.shape):
        dY[index] = dX[index[0], index[1]].ravel()[where[index]]
    return dY


# %% [markdown]
# Compare the three on the picture: pool it with windows of 2, then enlarge it again.


# %%
def draw_unpooling(picture):
    picture = picture[None, None]  # (1, 1, 28, 28)
    Y, where = max_pool(picture, 2, 2)
    figure, axes = plt.subplots(1, 4, figsize=(9, 2.6), layout="constrained")
    axes[0].imshow(picture[0, 0], cmap="gray_r", vmin=0, vmax=1)
    axes[0].set(title="picture", xlabel="column", ylabel="row")
    for ax, kind in zip(axes[1:], ("nails", "nearest", "max"), strict=True):
        again = unpool(Y, 2, kind, where if kind == "max" else None)
        ax.imshow(again[0, 0], cmap="gray_r", vmin=0, vmax=1)
        ax.set(title=kind, xlabel="column")
    return figure


plots.show(
    draw_unpooling(shirt),
    "Four panels of 28 by 28: a picture, and what three kinds of unpooling make of its maxima. Bed "
    "of nails gives a regular grid of dots, nearest neighbour a picture in blocks of 2 by 2, max "
    "unpooling single dots at the places of the largest numbers.",
)

# %% [markdown]
# *Figure 6. A picture, pooled with windows of 2 and enlarged again in three ways. Max unpooling
# alone knows where the largest numbers were; the three quarters of the pixels that lost are gone
# in all three.*

# %% [markdown]
# ## F. Backward, and the transposed layer
#
# ### F.1 The gradients of a convolutional layer
#
# The layer (7) has three inputs: the pictures, the weights and the biases. Given $dY$, the
# gradients at its output, what are the gradients at all three? The rule of back-propagation is: a
# number that reaches the loss along several paths gets a sum, one term for each path. So the only
# question is who is connected with whom. Equation (7) with dilation 1 says: $Y_{nkij}$ is connected
# with $\tilde X_{n,\,c,\,iS+u,\,jS+v}$, and the weight of this connection is $W_{kcuv}$. Then
#
# $$ db_k = \sum_{n} \sum_{i} \sum_{j} dY_{nkij} \tag{15} $$
#
# $$ dW_{kcuv} = \sum_{n} \sum_{i} \sum_{j} dY_{nkij}\; \tilde X_{n,\, c,\, iS+u,\, jS+v} \tag{16} $$
#
# $$ d\tilde X_{ncpq} = \sum_{k} \;
#    \sum_{\substack{i,\,u:\\ iS + u = p}} \; \sum_{\substack{j,\,v:\\ jS + v = q}}
#    dY_{nkij}\; W_{kcuv} \tag{17} $$
#
# and $dX$ is $d\tilde X$ without its border: nobody needs gradients of the padding.
#
# The sums in (17) look worse than they are. Read the equation the other way round: fix $u$ and $v$,
# and every output pixel $(i, j)$ *sends* something to one pixel of the input, namely to
# $(iS + u,\; jS + v)$. For all $i, j$ together these are the rows $u, u + S, u + 2S, \dots$ and the
# columns $v, v + S, \dots$ In NumPy that is a slice with a step, to which an array is added.
#
# ### Exercise 6.15: the backward pass
#
# Write `conv_backward(dY, X, W, S=1, P=0)`. It returns the tuple `(dX, dW, db)` of equations (15)
# to (17), in the shapes of `X`, `W` and (filters,). `X` is the layer's input, not yet padded. Loop
# over $u$ and $v$ only: you will train with this function, and loops over all pixels are more than
# ten times slower.

# %% hint conv_backward [markdown]
# Take the weight in the upper left corner of a kernel, $u = v = 0$. With which pixels of the padded
# picture does it meet while the kernel moves?

# %% hint conv_backward [markdown]
# For each $u, v$ cut out of the padded pictures the pixels that this weight meets: from row u on,
# every S-th, as many as the output has rows; the same for columns. The gradient of the weight is
# this slice times dY, summed over pictures and places. In the same slice of dX collect dY times the
# weight, summed over the filters. At the end cut the padding off.

# %% hint conv_backward [markdown]
# padded ← pad(X, P); for each u, v: slice ← [:, :, u : u + S·(m_h − 1) + 1 : S, v : v + S·(m_w − 1)
# + 1 : S]; dW[:, :, u, v] ← einsum("nkij,ncij->kc", dY, padded[slice]); dX[slice] +=
# einsum("nkij,kc->ncij", dY, W[:, :, u, v]); db ← dY.sum(axis=(0, 2, 3)); return dX without its P
# outer rows and columns, dW, db


# %% solve conv_backward
def conv_backward(dY, X, W, S=1, P=0):
    """Return (dX, dW, db), the gradients (15) to (17) of a convolutional layer.

    dY has the shape of the layer's output, X and W are its input and its kernels.

    >>> X, W, dY = np.array([[[[5.0]]]]), np.array([[[[2.0]]]]), np.array([[[[10.0]]]])
    >>> [float(gradient.sum()) for gradient in conv_backward(dY, X, W)]
    [20.0, 50.0, 10.0]
    """
    ### BEGIN SOLUTION
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    padded = pad(X, P)
    dX, dW = np.zeros(padded.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        rows = slice(u, u + S * (m_h - 1) + 1, S)
        columns = slice(v, v + S * (m_w - 1) + 1, S)
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, padded[:, :, rows, columns])
        dX[:, :, rows, columns] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% check conv_backward points=4
with check("conv_backward") as probe:
    rng = np.random.default_rng(5)
    X, W = rng.normal(size=(1, 1, 3, 4)), rng.normal(size=(1, 1, 2, 2))
    spot = np.zeros((1, 1, 2, 3))
    spot[0, 0, 1, 0] = 1.0
    probe.call("one output pixel has a gradient", conv_backward, spot, X, W)
    probe.call("two neighbours have one", conv_backward, spot + spot[..., ::-1, :], X, W)
    probe.call("stride 2", conv_backward, np.array([[[[1.0, 10]]]]), X, W, S=2)
    probe.call("padding 1", conv_backward, rng.normal(size=(1, 1, 4, 5)), X, W, P=1)
    X, W = rng.normal(size=(2, 3, 3, 3)), rng.normal(size=(2, 3, 2, 2))
    dY = rng.normal(size=(2, 2, 2, 2))
    probe.call("two pictures, three channels, two filters", conv_backward, dY, X, W)
    probe.call("stride 2, padding 1", conv_backward, dY, X, W, 2, 1)
    X = rng.normal(size=(2, 3, 6, 5))
    probe.call("stride 3, which leaves a rest", conv_backward, dY, X, W, 3)
### BEGIN HIDDEN TESTS
with check.hidden("conv_backward") as probe:
    rng = np.random.default_rng(615)
    for n, c, h, w, k, F, S, P in (
        (2, 3, 6, 6, 4, 3, 1, 1), (1, 2, 9, 5, 2, 3, 2, 0), (3, 1, 5, 8, 1, 1, 3, 1),
        (1, 4, 7, 7, 2, 5, 1, 2), (2, 2, 8, 9, 3, 2, 3, 2),
    ):
        arrays = (rng.normal(size=(n, c, h, w)), rng.normal(size=(k, c, F, F)), np.zeros(k))
        T = [torch.tensor(array, requires_grad=True) for array in arrays]
        Y = torch.nn.functional.conv2d(*T, stride=S, padding=P)
        dY = rng.normal(size=tuple(Y.shape))
        Y.backward(torch.tensor(dY))
        right = tuple(tensor.grad.numpy() for tensor in T)
        label = f"pictures {(n, c, h, w)}, filters {k}, kernel {F}, S = {S}, P = {P}"
        probe.call(label, conv_backward, dY, *arrays[:2], S, P, expected=right)
### END HIDDEN TESTS


# %% mistake conv_backward "the padding is not cut off"
# Your dX has the size of the padded picture. X itself has no padding: cut P rows and columns off on
# each side.
def conv_backward(dY, X, W, S=1, P=0):
    m_h, m_w = dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX, dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "the slice P : -P without padding"
# Your dX is empty where P is 0: the slice 0 : -0 holds nothing. Cut with P : P + h in place of P :
# -P.
def conv_backward(dY, X, W, S=1, P=0):
    m_h, m_w = dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P:-P, P:-P], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "windows replace one another in dX"
# Where windows overlap, your dX keeps only what came last. A pixel reaches the loss through every
# window that it is in: += in place of =.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] = np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "windows replace one another in dX, place by place"
# Where windows overlap, your dX keeps only the window that came last. A pixel reaches the loss
# through every window that it is in: += in place of =.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), F = X.shape[2:], W.shape[-1]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for i, j in np.ndindex(*dY.shape[2:]):
        at = np.s_[:, :, i * S : i * S + F, j * S : j * S + F]
        dW += np.einsum("nk,ncuv->kcuv", dY[:, :, i, j], X[at])
        dX[at] = np.einsum("nk,kcuv->ncuv", dY[:, :, i, j], W)
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "the kernel is turned in dX"
# Your dX uses the kernel turned by half a turn on top of the sending. Output pixel (i, j) sends to
# pixel (iS + u, jS + v) with the very weight W[u, v] with which it read there.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, -1 - u, -1 - v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "dW is turned"
# Your dW is turned by half a turn. The entry dW[u, v] collects the pixels that W[u, v] met. See
# equation (16).
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, -1 - u, -1 - v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "the mean over the pictures"
# Your dW and db are means over the batch. Equations (15) and (16) are sums over n; a mean, if the
# loss has one, is in dY already.
def conv_backward(dY, X, W, S=1, P=0):
    (n, _, h, w), (m_h, m_w) = X.shape, dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at]) / n
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3)) / n


# %% mistake conv_backward "db is the mean over the places"
# Your db is a mean. The bias is added at every place of every picture, so its gradient is the sum
# of all of them. See equation (15).
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.mean(axis=(0, 2, 3))


# %% mistake conv_backward "the places are not summed in db"
# Your db is not one number for each filter. All pictures and all places share the bias of their
# filter: sum over the axes 0, 2 and 3.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=0)


# %% mistake conv_backward "the stride is not used"
# Your backward pass takes neighbouring pixels, whatever the stride. Output pixel i read from row iS
# + u: take every S-th row from u on.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + m_h, v : v + m_w]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "dX and dW are exchanged"
# Your tuple has dW first. The order is dX, dW, db.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dW, dX[:, :, P : P + h, P : P + w], dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "the padding is cut off at the end only"
# Your dX has the right size and is shifted: you cut all of the padding off at the end. P rows and
# columns stand on each side.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, :h, :w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "dX is built from the shape of dY"
# Your dX is too small where the stride leaves a rest. Pixels that no window reaches are pixels too;
# their gradient is 0. Begin with zeros in the shape of the padded X.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    reached = [S * (m - 1) + W.shape[-1] for m in (m_h, m_w)]
    dX, dW = np.zeros((*X.shape[:2], *reached)), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% mistake conv_backward "one number for all biases"
# Your db is a single number. Each filter has its own bias: sum over the axes 0, 2 and 3 only.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum()


# %% mistake conv_backward "the bias is averaged over the pictures"
# Your db is a mean over the pictures. Equation (15) is a sum over n; a mean, if the loss has one,
# is in dY already.
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, u, v])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(2, 3)).mean(axis=0)


# %% mistake conv_backward "the kernel is transposed in dX"
# Your dX uses W[v, u]. Output pixel (i, j) sends to pixel (iS + u, jS + v) with the weight W[u, v].
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), (m_h, m_w) = X.shape[2:], dY.shape[2:]
    X = pad(X, P)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for u, v in np.ndindex(*W.shape[2:]):
        at = np.s_[:, :, u : u + S * (m_h - 1) + 1 : S, v : v + S * (m_w - 1) + 1 : S]
        dW[:, :, u, v] = np.einsum("nkij,ncij->kc", dY, X[at])
        dX[at] += np.einsum("nkij,kc->ncij", dY, W[:, :, v, u])
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% alternative conv_backward
def conv_backward(dY, X, W, S=1, P=0):
    (h, w), F = X.shape[2:], W.shape[-1]
    padded = pad(X, P)
    dX, dW = np.zeros_like(padded), np.zeros_like(W)
    for i, j in np.ndindex(*dY.shape[2:]):
        at = np.s_[:, :, i * S : i * S + F, j * S : j * S + F]
        dW += np.einsum("nk,ncuv->kcuv", dY[:, :, i, j], padded[at])
        dX[at] += np.einsum("nk,kcuv->ncuv", dY[:, :, i, j], W)
    return dX[:, :, P : P + h, P : P + w], dW, dY.sum(axis=(0, 2, 3))


# %% alternative conv_backward
def conv_backward(dY, X, W, S=1, P=0):
    (n, c, h, w), (k, _, F, _) = X.shape, W.shape
    rows = dY.transpose(0, 2, 3, 1).reshape(-1, k)
    dW = (rows.T @ im2col(X, F, S, P)).reshape(W.shape)
    numbers = np.arange(1.0, c * h * w + 1).reshape(1, c, h, w)  # im2col tells which pixel is where
    target = np.tile(im2col(numbers, F, S, P).astype(int), (n, 1))
    picture = np.repeat(np.arange(n), len(rows) // n)[:, None]
    dX = np.zeros((n, c * h * w + 1))
    np.add.at(dX, (picture, target), rows @ W.reshape(k, -1))
    return dX[:, 1:].reshape(X.shape), dW, rows.sum(axis=0)


# %% answer conv_backward [markdown] points=3
# Derive (16) and (17) from (7), by naming the paths from a weight, and from a pixel, to the loss.
# Then show: with $S = 1$, one channel and one filter, $d\tilde X$ is the full convolution (2) of
# $dY$ with $W$.
#
# <!-- BEGIN SOLUTION -->
#
# *Weights.* $W_{kcuv}$ stands in the formula of every $Y_{nkij}$, for all $n, i, j$ and this $k$.
# So there is one path through each, and $dW_{kcuv} = \sum_{n,i,j} dY_{nkij}\, \partial Y_{nkij} /
# \partial W_{kcuv}$. In (7) the weight is multiplied by $\tilde X_{n,c,iS+u,jS+v}$, which is the
# local derivative. That is (16).
#
# *Pixels.* $\tilde X_{ncpq}$ stands in the formula of $Y_{nkij}$ if there are $u, v$ in the kernel
# with $iS + u = p$ and $jS + v = q$; there it is multiplied by $W_{kcuv}$. It does so for all
# filters $k$. The sum over all these paths is (17).
#
# *Full convolution.* With $S = 1$ the condition reads $i = p - u$, $j = q - v$. So $d\tilde X_{pq}
# = \sum_{u,v} W_{uv}\, dY_{p-u,\,q-v}$, where $dY$ counts as 0 outside its size. This is (2) with
# $dY$ in the place of $X$. Its size fits: $(N - F + 1) + F - 1 = N$.
#
# **Rubric**
# - 1 point: (16), with the sum over $n, i, j$ justified by the paths.
# - 1 point: (17), with the condition $iS + u = p$ and the sum over $k$.
# - 1 point: $i = p - u$ for $S = 1$, recognised as (2).
# <!-- END SOLUTION -->

# %% [markdown]
# Is your function right? Measure. Move every pixel, every weight and every bias of a small layer a
# little up and a little down, and compare the change of the loss with what your function says. As
# loss take $L = \sum R \cdot Y$ with fixed random numbers $R$. Then $dY = R$.


# %%
def central_differences(loss, array, step=1e-5):
    gradient = np.zeros(array.shape)
    for index in np.ndindex(*array.shape):
        kept, ends = array[index], []
        for moved in (kept + step, kept - step):
            array[index] = moved
            ends.append(loss())
        array[index] = kept
        gradient[index] = (ends[0] - ends[1]) / (2 * step)
    return gradient


# %%
def layer_difference(S, P):
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(2, 2, 5, 5)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)
    R = rng.normal(size=conv_im2col(X, W, b, S, P).shape)
    measured = [
        central_differences(lambda: np.sum(R * conv_im2col(X, W, b, S, P)), array)
        for array in (X, W, b)
    ]
    gradients = conv_backward(R, X, W, S, P)
    return max(np.abs(g - m).max() for g, m in zip(gradients, measured, strict=True))


for S, P in ((1, 0), (1, 1), (2, 1)):
    print(f"S = {S}, P = {P}: differences below 1e-7: {bool(layer_difference(S, P) < 1e-7)}")

# %% [markdown]
# ### F.2 The same connections, used forwards
#
# Equation (17) takes a small array, $dY$, and makes a large one, $d\tilde X$. Used as a layer of
# its own it enlarges pictures, and with weights that can be learnt. This is the **transposed
# convolution**. (Write the layer as a matrix that acts on the list of all pixels. Then (17) is the
# transposed matrix. The name "deconvolution" is common and wrong: the values are not brought back,
# only the size.) Each number of its input prints a copy of the kernel into the output, the copies
# begin $S$ pixels apart, and where they overlap they add up.
#
# Your own function can do it already. Compare with torch:

# %%
rng = np.random.default_rng(0)
small, W = rng.normal(size=(1, 3, 4, 4)), rng.normal(size=(3, 2, 3, 3))
theirs = torch.nn.functional.conv_transpose2d(torch.tensor(small), torch.tensor(W), stride=2)
large, _, _ = conv_backward(small, np.zeros((1, 2, 9, 9)), W, S=2)
print("shape", tuple(theirs.shape), "the same numbers:", bool(np.allclose(theirs, large)))

# %% [markdown]
# From 4 by 4 to 9 by 9. Why 9? Nothing stopped us from passing zeros of 10 by 10 to your function:
# it would have worked as well. Think of the layer backwards: the output size of the transposed
# layer is the **input** size of the convolution whose connections it uses. But because (6) rounds
# down, inputs of several sizes give outputs of the same size.
#
# > **A common error.** One finds the output size of the transposed layer printed as
# >
# > $$ S\,(N - 1) + \big((N + 2P - F) \bmod S\big) + F - 2P \tag{18} $$
# >
# > with $N$ called "the input width". ($a \bmod S$ is what is left when $a$ is divided by $S$.) Try
# > it on the layer above, whose input is 4 wide.
#
# ### Exercise 6.16: two sizes, one output
#
# Take $F = 3$, $S = 2$, $P = 0$ in all questions. Set
#
# - `from_9` and `from_10`: what an ordinary convolution makes of an input of 9, and of 10, by (6)
# - `printed_size`: what (18) says for the transposed layer with the input $N = 4$
# - `last_pixel`: the transposed layer prints four copies of the kernel. The number of the last
#   pixel that they reach, counted from 0.

# %% hint two_sizes [markdown]
# At which pixel does the fourth copy of the kernel begin, if the first begins at 0 and each begins
# 2 pixels after the one before it?

# %% hint two_sizes [markdown]
# Put the two sizes into (6) and round down. Put N = 4 into (18) as it stands. For the last one: the
# fourth copy begins three strides after the first and is three pixels long.

# %% hint two_sizes [markdown]
# ways of 6 and 7 pixels in steps of 2; then 2 · (4 − 1), the rest of 4 − 3 divided by 2, and 3;
# then a copy that begins at 2 · 3: at which pixel does it end?

# %% solve two_sizes
# Set from_9, from_10, printed_size and last_pixel.
### BEGIN SOLUTION
from_9 = conv_size(9, 3, 2)
from_10 = conv_size(10, 3, 2)
printed_size = 2 * (4 - 1) + (4 - 3) % 2 + 3
last_pixel = 2 * 3 + 3 - 1
### END SOLUTION

# %% check two_sizes points=2
with check("two_sizes") as probe:
    probe.number("a convolution of 9", from_9)
    probe.number("a convolution of 10", from_10)
    probe.number("equation (18) for an input of 4", printed_size)
    probe.number("the last pixel that the copies reach", last_pixel)

# %% mistake two_sizes "not rounded"
# Your `from_10` is not a whole number. Libraries round down in (6).
from_9, from_10, printed_size, last_pixel = 4, 4.5, 10, 8

# %% mistake two_sizes "rounded up"
# Your `from_10` is rounded up. Round down: the last pixel of the 10 is in no window.
from_9, from_10, printed_size, last_pixel = 4, 5, 10, 8

# %% mistake two_sizes "the first place is not counted"
# Your `from_9` or `from_10` counts the steps of the kernel. Its first place counts too: add 1. See
# equation (6).
from_9, from_10, printed_size, last_pixel = 3, 3, 10, 8

# %% mistake two_sizes "the rest is left out"
# Your `printed_size` lacks the middle term of (18): (4 - 3) mod 2 is 1. Right or wrong, put the
# numbers in as it stands.
from_9, from_10, printed_size, last_pixel = 4, 4, 9, 8

# %% mistake two_sizes "the middle term of another size"
# Your `printed_size` uses the width of another layer. Put N = 4, the input of the transposed layer,
# in both places.
from_9, from_10, printed_size, last_pixel = 4, 4, 8, 8

# %% mistake two_sizes "the size in place of the last pixel's number"
# Your `last_pixel` is the size. Pixels are counted from 0, so the last one of 9 has the number 8.
from_9, from_10, printed_size, last_pixel = 4, 4, 10, 9

# %% mistake two_sizes "the corner of the last copy"
# Your `last_pixel` is the one where the fourth copy begins. The copy is three pixels long.
from_9, from_10, printed_size, last_pixel = 4, 4, 10, 6

# %% [markdown]
# > **The error, resolved.** The last pixel that the copies reach fits the size that torch gave you.
# > (18) is one too large. Its middle term would be right if $N$ were the width of the *other* end: the
# > rest that the forward convolution of 9 or of 10 left over. A transposed layer gets an input of 4
# > and cannot know which of the two was meant. So the libraries let you say it: **`output_padding`**
# > is the number of rows and columns to add at the end.
#
# Where nothing else is said, the layer makes the smallest of all sizes that fit.
#
# ### Exercise 6.17: the size of a transposed layer
#
# Let $M$ be the size of the transposed layer's input and $N$ that of its output. Derive a formula
# for $N$ on paper: what is the smallest $N$ from which `conv_size` leads to $M$? Then write
# `transposed_size(M, F, S=1, P=0, D=1, output_padding=0)`. It returns that smallest size plus
# `output_padding`, which is at least 0 and less than `S`.

# %% hint transposed_size [markdown]
# In (6), which values of the quotient before rounding give the output size M? Which is the
# smallest?

# %% hint transposed_size [markdown]
# Or count the copies of the kernel. The corners of the first and the last are M − 1 strides apart,
# then comes the length of one (dilated) kernel. Cut the padding off on both sides, add the output
# padding once.

# %% hint transposed_size [markdown]
# solve (N + 2 · P − D · (F − 1) − 1) / S = M − 1 for N; return N + output_padding


# %% solve transposed_size
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    """Return the output size of a transposed convolution with an input of size M.

    >>> transposed_size(4, 3, S=2)
    9
    """
    ### BEGIN SOLUTION
    return (M - 1) * S - 2 * P + D * (F - 1) + 1 + output_padding
    ### END SOLUTION


# %% check transposed_size points=2
with check("transposed_size") as probe:
    probe.call("stride 1", transposed_size, 5, 3)
    probe.call("stride 2", transposed_size, 4, 3, 2)
    probe.call("stride 3, output padding 2", transposed_size, 4, 3, 3, 0, 1, 2)
    probe.call("stride 2, padding 1, output padding 1", transposed_size, 7, 3, 2, 1, 1, 1)
    probe.call("dilation 3", transposed_size, 5, 3, D=3)
    probe.call("everything at once", transposed_size, 6, 4, 3, 2, 2, 1)
### BEGIN HIDDEN TESTS
with check.hidden("transposed_size") as probe:
    for M in (1, 4, 9):
        for F, S, P, D, o in ((3, 1, 0, 1, 0), (2, 2, 0, 1, 1), (5, 3, 2, 1, 2), (3, 2, 1, 2, 1),
                              (4, 4, 1, 3, 3)):
            T = torch.nn.functional.conv_transpose1d(
                torch.zeros(1, 1, M), torch.zeros(1, 1, F), None, S, P, o, 1, D)
            label = f"M = {M}, F = {F}, S = {S}, P = {P}, D = {D}, output_padding = {o}"
            probe.call(label, transposed_size, M, F, S, P, D, o, expected=T.shape[2])
### END HIDDEN TESTS


# %% mistake transposed_size "the padding is added"
# Your padding makes the output larger. The convolution had added 2P pixels to this end, so the
# transposed layer cuts them off: subtract.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S + 2 * P + D * (F - 1) + 1 + output_padding


# %% mistake transposed_size "the padding is not used"
# Your size has no padding in it. The convolution had added P pixels on both sides of this end: cut
# them off.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S + D * (F - 1) + 1 + output_padding


# %% mistake transposed_size "M strides in place of M - 1"
# Your size has a stride too many. Between the corners of M copies there are M - 1 strides.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return M * S - 2 * P + D * (F - 1) + 1 + output_padding


# %% mistake transposed_size "the output padding counts twice"
# Your output padding is added on both sides. It is added at the end only.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - 2 * P + D * (F - 1) + 1 + 2 * output_padding


# %% mistake transposed_size "the output padding is not used"
# Your size leaves output_padding out. Add it at the end.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - 2 * P + D * (F - 1) + 1


# %% mistake transposed_size "the dilation is not used"
# Your kernel has no gaps. With dilation it is D * (F - 1) + 1 long. See equation (5).
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - 2 * P + F + output_padding


# %% mistake transposed_size "the printed formula"
# Your size is that of equation (18). Its middle term asks for a size that the layer does not know;
# output_padding takes its place.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S + (M + 2 * P - F) % S + F - 2 * P


# %% mistake transposed_size "the size of a convolution"
# Your size is that of an ordinary convolution. The transposed layer goes the other way: from M to
# N.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return conv_size(M, F, S, P, D)


# %% mistake transposed_size "padding on one side only"
# Your padding counts once. The convolution had put P pixels on each side, so 2P are cut off.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - P + D * (F - 1) + 1 + output_padding


# %% mistake transposed_size "the dilated kernel is D times F long"
# Your spread kernel is D * F long. Behind its last weight there is no gap: D * (F - 1) + 1. See
# equation (5).
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - 2 * P + D * F + output_padding


# %% mistake transposed_size "the 1 is missing"
# Your size is one too small. The last copy is D * (F - 1) + 1 pixels long. See equation (5).
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - 2 * P + D * (F - 1) + output_padding


# %% mistake transposed_size "the output padding is multiplied by the stride"
# Your output padding counts in strides. It is a number of pixels: add it as it is.
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    return (M - 1) * S - 2 * P + D * (F - 1) + 1 + output_padding * S


# %% alternative transposed_size
def transposed_size(M, F, S=1, P=0, D=1, output_padding=0):
    smallest = next(N for N in range(1, 10000) if conv_size(N, F, S, P, D) == M)
    return smallest + output_padding


# %% [markdown]
# The formula, with $o$ for the output padding:
#
# $$
# N = (M - 1)\, S - 2P + D\,(F - 1) + 1 + o, \qquad 0 \le o < S
# \tag{19}
# $$
#
# In words: the corners of the first and the last copy are $M - 1$ strides apart, the last copy is
# $D(F-1)+1$ long, $P$ pixels are cut off on both sides, as the convolution had put $P$ there, and
# $o$ are added at the end. The sizes of both directions belong together. For every output padding
# below the stride, the convolution leads back:

# %%
for o in range(3):
    N = transposed_size(5, 4, S=3, P=1, output_padding=o)
    print(f"from 5 to {N}, and back to {conv_size(N, 4, S=3, P=1)}")

# %% [markdown]
# ### Exercise 6.18: there and back, by hand
#
# A network makes pictures of 30 by 30 smaller, and then larger again. Its layers, in order:
#
# 1. convolution, $F = 3$, dilation 2, stride 1, no padding
# 2. convolution, $F = 5$, stride 2, padding 1
# 3. max pooling with windows of 3 that move by 2
# 4. transposed convolution, $F = 4$, stride 2, padding 1
# 5. transposed convolution, $F = 3$, stride 3, padding 1, and some output padding
#
# Work out on paper how large the picture is after each of the first four layers: `after_1`,
# `after_2`, `after_3`, `after_4`. Which `output_padding` in the last layer makes it 30 by 30 again?

# %% hint there_and_back [markdown]
# Which of the five layers leave a rest, so that you have to round?

# %% hint there_and_back [markdown]
# Equation (6) for the first three layers, each with the size that the one before it left. Equation
# (19) for the fourth. For the last one put everything into (19) but the output padding, and compare
# with 30.

# %% hint there_and_back [markdown]
# ways: 30 − 5; after_1 + 2 − 5; after_2 − 3, each divided by its stride, rounded down, plus 1; then
# (after_3 − 1) · 2 − 2 + 4; last: 30 less what (19) makes of after_4 with o = 0

# %% solve there_and_back
# Set after_1, after_2, after_3, after_4 and output_padding.
### BEGIN SOLUTION
after_1 = 26
after_2 = 12
after_3 = 5
after_4 = 10
output_padding = 2
### END SOLUTION

# %% check there_and_back points=2
with check("there_and_back") as probe:
    probe.number("after the dilated convolution", after_1)
    probe.number("after the convolution with stride 2", after_2)
    probe.number("after the pooling", after_3)
    probe.number("after the first transposed convolution", after_4)
    probe.number("the output padding of the last layer", output_padding)

# %% mistake there_and_back "the dilation is not used"
# Your `after_1` is that of a kernel without gaps. With dilation 2 a kernel of 3 is 5 long. See
# equation (5).
after_1, after_2, after_3, after_4, output_padding = 28, 12, 5, 10, 2

# %% mistake there_and_back "the dilated kernel is D times F long"
# Your `after_1` has a kernel 6 long. Behind its last weight there is no gap. See equation (5).
after_1, after_2, after_3, after_4, output_padding = 25, 12, 5, 10, 2

# %% mistake there_and_back "rounded up after the second layer"
# Your `after_2` is rounded up. The last step of the kernel would end outside: round down.
after_1, after_2, after_3, after_4, output_padding = 26, 13, 5, 10, 2

# %% mistake there_and_back "the padding of the second layer is not used"
# Your `after_2` has no padding in it. One pixel on each side makes the input 28 long.
after_1, after_2, after_3, after_4, output_padding = 26, 11, 5, 10, 2

# %% mistake there_and_back "the windows of the pooling do not overlap"
# Your `after_3` is that of windows that move by their own size. These move by 2.
after_1, after_2, after_3, after_4, output_padding = 26, 12, 4, 10, 2

# %% mistake there_and_back "rounded up after the pooling"
# Your `after_3` is rounded up. A window that ends outside is left out: round down.
after_1, after_2, after_3, after_4, output_padding = 26, 12, 6, 10, 2

# %% mistake there_and_back "the padding is not cut off"
# Your `after_4` has no padding in it, or a stride too many. A transposed layer cuts P pixels off on
# each side, and between 5 copies there are 4 strides. See equation (19).
after_1, after_2, after_3, after_4, output_padding = 26, 12, 5, 12, 2

# %% mistake there_and_back "the padding is added"
# Your `after_4` grows with the padding. A transposed layer cuts it off: see equation (19).
after_1, after_2, after_3, after_4, output_padding = 26, 12, 5, 14, 2

# %% mistake there_and_back "the size of a convolution"
# Your `after_4` is that of an ordinary convolution. The transposed layer makes pictures larger: see
# equation (19).
after_1, after_2, after_3, after_4, output_padding = 26, 12, 5, 2, 2

# %% mistake there_and_back "the padding of the last layer is not cut off"
# Your `output_padding` fits a last layer without padding. It cuts one pixel off on each side.
after_1, after_2, after_3, after_4, output_padding = 26, 12, 5, 10, 0

# %% mistake there_and_back "the dilation is used twice"
# Your `after_1` is that of a kernel of 7. With dilation 2 a kernel of 3 is 5 long: one gap between
# neighbouring weights, and there are two gaps.
after_1, after_2, after_3, after_4, output_padding = 24, 12, 5, 10, 2

# %% mistake there_and_back "padding on one side only"
# Your `after_4` cuts the padding off on one side only. P pixels go on each side: see equation (19).
after_1, after_2, after_3, after_4, output_padding = 26, 12, 5, 11, 2

# %% mistake there_and_back "the output padding counts on both sides"
# Your `output_padding` is half of what is missing. It is added at the end only.
after_1, after_2, after_3, after_4, output_padding = 26, 12, 5, 10, 1

# %% alternative there_and_back
after_1 = conv_size(30, 3, D=2)
after_2 = conv_size(after_1, 5, 2, 1)
after_3 = conv_size(after_2, 3, 2)
after_4 = transposed_size(after_3, 4, 2, 1)
output_padding = 30 - transposed_size(after_4, 3, 3, 1)

# %% [markdown]
# Once again the drill, now with everything ticked. Can you still do five in a row?

# %%
explore.drill("output size")

# %% [markdown]
# ## G. Networks
#
# ### G.1 All of it in NumPy
#
# You have all the parts of a **convolutional network**: layers that find, layers that shrink, and
# at the end a fully connected layer that decides. The smallest one that deserves the name:
#
# | step | what it computes | shape for digits of 8 by 8 |
# |---|---|---|
# | input | $X$ | (batch, 1, 8, 8) |
# | convolution, $F = 3$, $S = 1$, $P = 1$ | $Z$ = (7) with $W_1, b_1$ | (batch, filters, 8, 8) |
# | ReLU | $A = \max(Z, 0)$, entry by entry | (batch, filters, 8, 8) |
# | max pooling, $F = S = 2$ | $B$ = (13) | (batch, filters, 4, 4) |
# | flatten | $V$: each picture's numbers in one row | (batch, filters · 16) |
# | fully connected | $U = V W_2^\top + b_2$ | (batch, classes) |
# | softmax and cross-entropy | $L$, one number | () |
#
# The last step turns the **scores** $U$ into probabilities $p_{nk} = e^{U_{nk}} / \sum_l
# e^{U_{nl}}$ and takes the mean of $-\log p$ of the right class. Its gradient at the scores is
# short: $p$, less 1 at the right class, divided by the number of pictures. The locked cell has this
# step. (Chapter 3 is about it.)


# %% given softmax_cross_entropy
def softmax_cross_entropy(U, labels):
    """Return (L, dU): the mean cross-entropy of scores (batch, classes), and its gradient."""
    shifted = U - U.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.eye(U.shape[1])[labels]
    return -np.sum(right * log_p) / len(U), (np.exp(log_p) - right) / len(U)


# %% [markdown]
# Backward, each step turns the gradient at its output into the gradient at its input, from the last
# step to the first. For the fully connected layer, $dW_2 = dU^\top V$, $db_2$ is the sum of $dU$
# over the batch, and $dV = dU\, W_2$. Flatten only changes the shape, and so does its way back.
# ReLU lets the gradient through where $Z > 0$ and stops it elsewhere. The other steps you have
# written.
#
# ### Exercise 6.19: the network, forward and backward
#
# Write `cnn_gradients(X, labels, parameters)`. `parameters` is a dictionary of arrays with the keys
# `W1` (filters, channels, 3, 3), `b1` (filters,), `W2` (classes, features) and `b2` (classes,).
# Return the tuple `(L, gradients)`: the loss, and a dictionary with the same keys and shapes. The
# height and the width of `X` are even.

# %% hint cnn_gradients [markdown]
# Which arrays of the forward pass does the backward pass need again? Go through its five steps and
# write down what each asks for.

# %% hint cnn_gradients [markdown]
# Forward: conv_im2col with P = 1, ReLU, max_pool with 2 and 2, reshape, matrix product and bias,
# softmax_cross_entropy. Backward from dU: the fully connected layer; reshape to the shape that
# pooling had made; max_pool_backward with the winners; zero where Z was not positive;
# conv_backward.

# %% hint cnn_gradients [markdown]
# dV ← dU @ W2; dA ← max_pool_backward(dV.reshape(B.shape), where, h, w); dZ ← dA · (Z > 0); _, dW1,
# db1 ← conv_backward(dZ, X, W1, P=1); dW2 ← dU.T @ V; db2 ← dU.sum(axis=0)


# %% solve cnn_gradients
def cnn_gradients(X, labels, parameters):
    """Return (L, gradients) of the network above; gradients has the keys W1, b1, W2, b2.

    X: (batch, channels, height, width), labels: (batch,) whole numbers.

    >>> shapes = {"W1": (1, 1, 3, 3), "b1": (1,), "W2": (2, 1), "b2": (2,)}
    >>> zeros = {key: np.zeros(shape) for key, shape in shapes.items()}
    >>> round(float(cnn_gradients(np.ones((1, 1, 2, 2)), np.array([0]), zeros)[0]), 3)
    0.693
    """
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    # 1. forward, step by step
    # 2. backward, from dU to dW1 and db1
    ### BEGIN SOLUTION
    Z = conv_im2col(X, W1, b1, P=1)  # (batch, filters, height, width)
    A = np.maximum(Z, 0)
    B, where = max_pool(A, 2, 2)
    V = B.reshape(len(X), -1)  # (batch, features)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dB = (dU @ W2).reshape(B.shape)
    dZ = max_pool_backward(dB, where, *A.shape[2:]) * (Z > 0)
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}
    ### END SOLUTION


# %% check cnn_gradients points=3
with check("cnn_gradients") as probe:
    rng = np.random.default_rng(6)
    X, labels = rng.normal(size=(3, 2, 4, 6)), np.array([1, 0, 2])
    shapes = {"W1": (2, 2, 3, 3), "b1": 2, "W2": (3, 12), "b2": 3}
    parameters = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    zeros = {key: 0 * array for key, array in parameters.items()}
    probe.call("only b2 is not 0", cnn_gradients, X, labels, {**zeros, "b2": parameters["b2"]})
    no_kernels = {**parameters, "W1": zeros["W1"]}
    probe.call("no convolution: W1 = 0", cnn_gradients, X, labels, no_kernels)
    probe.call("all parameters", cnn_gradients, X, labels, parameters)
    probe.call("a single picture", cnn_gradients, X[:1], labels[:1], parameters)
### BEGIN HIDDEN TESTS
with check.hidden("cnn_gradients") as probe:
    rng = np.random.default_rng(618)
    for n, c, h, w, k, classes in ((2, 1, 8, 8, 4, 10), (5, 3, 6, 4, 2, 3), (1, 2, 2, 2, 3, 2)):
        X, labels = rng.normal(size=(n, c, h, w)), rng.integers(classes, size=n)
        shapes = {"W1": (k, c, 3, 3), "b1": k, "W2": (classes, k * h * w // 4), "b2": classes}
        parameters = {key: rng.normal(size=shape) / 2 for key, shape in shapes.items()}
        T = {key: torch.tensor(a, requires_grad=True) for key, a in parameters.items()}
        B = torch.nn.functional.conv2d(torch.tensor(X), T["W1"], T["b1"], padding=1).relu()
        U = torch.nn.functional.max_pool2d(B, 2).flatten(1) @ T["W2"].T + T["b2"]
        L = torch.nn.functional.cross_entropy(U, torch.tensor(labels))
        L.backward()
        right = (L.item(), {key: tensor.grad.numpy() for key, tensor in T.items()})
        label = f"pictures {(n, c, h, w)}, {k} filters, {classes} classes"
        probe.call(label, cnn_gradients, X, labels, parameters, expected=right)
### END HIDDEN TESTS


# %% mistake cnn_gradients "ReLU is forgotten on the way back"
# Your gradients of W1 and b1 lack the ReLU. Where Z is not positive the output is 0 whatever Z is:
# no gradient passes there.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    A = np.maximum(conv_im2col(X, W1, b1, P=1), 0)
    B, where = max_pool(A, 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *A.shape[2:])
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% mistake cnn_gradients "no ReLU at all"
# Your network has no ReLU, neither forward nor backward. It stands between the convolution and the
# pooling.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    A = conv_im2col(X, W1, b1, P=1)
    B, where = max_pool(A, 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *A.shape[2:])
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% mistake cnn_gradients "the value of ReLU in place of its derivative"
# Your gradient is multiplied by the output of the ReLU. Multiply it by the slope: 1 where Z is
# positive, else 0.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    A = np.maximum(conv_im2col(X, W1, b1, P=1), 0)
    B, where = max_pool(A, 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *A.shape[2:]) * A
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% mistake cnn_gradients "the bias of the convolution is forgotten"
# Your convolution has no bias. Pass b1 to it: see equation (7).
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z = conv_im2col(X, W1, 0 * b1, P=1)
    B, where = max_pool(np.maximum(Z, 0), 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *Z.shape[2:]) * (Z > 0)
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% mistake cnn_gradients "the bias of the last layer is forgotten"
# Your scores have no bias: U = V @ W2.T + b2.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z = conv_im2col(X, W1, b1, P=1)
    B, where = max_pool(np.maximum(Z, 0), 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T, labels)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *Z.shape[2:]) * (Z > 0)
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% mistake cnn_gradients "the mean over the batch twice"
# Your gradients are divided by the number of pictures once too often: dU holds that division
# already.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z = conv_im2col(X, W1, b1, P=1)
    B, where = max_pool(np.maximum(Z, 0), 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dU = dU / len(X)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *Z.shape[2:]) * (Z > 0)
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% mistake cnn_gradients "the mean in the gradient of b2"
# Your gradient of b2 is a mean over the batch. dU holds the division by the number of pictures
# already: sum.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z = conv_im2col(X, W1, b1, P=1)
    B, where = max_pool(np.maximum(Z, 0), 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dZ = max_pool_backward((dU @ W2).reshape(B.shape), where, *Z.shape[2:]) * (Z > 0)
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.mean(axis=0)}


# %% mistake cnn_gradients "average pooling in place of max pooling"
# Your network averages where it should take the largest. The table has max pooling.
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z = conv_im2col(X, W1, b1, P=1)
    B = average_pool(np.maximum(Z, 0), 2, 2)
    V = B.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dZ = average_pool_backward((dU @ W2).reshape(B.shape), 2, 2, *Z.shape[2:]) * (Z > 0)
    _, dW1, db1 = conv_backward(dZ, X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": dU.T @ V, "b2": dU.sum(axis=0)}


# %% alternative cnn_gradients
def cnn_gradients(X, labels, parameters):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    Z = conv_loop(X, W1, b1, P=1)
    B, where = max_pool(Z, 2, 2)  # the ReLU may also come after the pooling
    A = B * (B > 0)
    V = A.reshape(len(X), -1)
    L, dU = softmax_cross_entropy(V @ W2.T + b2, labels)
    dB = (dU @ W2).reshape(B.shape) * (B > 0)
    _, dW1, db1 = conv_backward(max_pool_backward(dB, where, *Z.shape[2:]), X, W1, P=1)
    return L, {"W1": dW1, "b1": db1, "W2": np.einsum("nk,nf->kf", dU, V), "b2": dU.sum(axis=0)}


# %% [markdown]
# Before you train, check all the gradients of the whole network by measuring. (A network with ReLU
# and max pooling has kinks, where no derivative exists. The measured difference is wrong there if
# the step reaches over a kink. With a small step and numbers like these it does not.)


# %%
def start(channels, size, filters, classes, rng):
    features = filters * (size // 2) ** 2
    return {
        "W1": rng.normal(size=(filters, channels, 3, 3)) * np.sqrt(2 / (9 * channels)),
        "b1": np.zeros(filters),
        "W2": rng.normal(size=(classes, features)) / np.sqrt(features),
        "b2": np.zeros(classes),
    }


# %%
def network_differences():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(2, 1, 4, 4)), np.array([2, 0])
    parameters = start(1, 4, 2, 3, rng)
    _, gradients = cnn_gradients(X, labels, parameters)
    for key, array in parameters.items():
        measured = central_differences(lambda: cnn_gradients(X, labels, parameters)[0], array)
        yield key, np.abs(gradients[key] - measured).max()


for key, difference in network_differences():
    print(f"{key}: difference below 1e-8: {bool(difference < 1e-8)}")

# %% [markdown]
# Now let it learn: gradient descent on minibatches of 32 digits, five times through all of them.
# Your program does nothing that a library does not do, only more slowly: it takes some five
# seconds, or a minute or two if your `conv_backward` or your pooling loops over all pixels.


# %%
def learn_digits(pictures, epochs, rate=0.3, size=32):
    rng = np.random.default_rng(0)
    network = start(1, 8, 8, 10, rng)
    for _ in progress(range(epochs), "training"):
        order = rng.permutation(len(pictures.x_train))
        for part in np.split(order, range(size, len(order), size)):
            X, labels = pictures.x_train[part], pictures.y_train[part]
            _, gradients = cnn_gradients(X, labels, network)
            network = {key: array - rate * gradients[key] for key, array in network.items()}
    return network


def read(X, network):
    Z = conv_im2col(X, network["W1"], network["b1"], P=1)
    V = max_pool(np.maximum(Z, 0), 2, 2)[0].reshape(len(X), -1)
    return (V @ network["W2"].T + network["b2"]).argmax(axis=1)


# %%
small_pictures = data.digits().numpy()
answers = read(small_pictures.x_test, learn_digits(small_pictures, epochs=5))
share = np.mean(answers == small_pictures.y_test)
print("more than 90 % of the test digits are read correctly:", bool(share > 0.9))

# %% [markdown]
# ### G.2 The same with a library
#
# From here on torch computes the gradients, and `helpers.training` runs the loop: minibatches, Adam
# (a step rule, see chapter 5) and the records. What remains for you is the part that this chapter
# is about: the sizes.
#
# ### Exercise 6.20: a small network in torch
#
# Write `small_cnn(channels, size, classes, width=32)`. It returns a `torch.nn.Sequential` of these
# layers, for pictures of `size` by `size` pixels:
#
# | layer | in torch |
# |---|---|
# | convolution to `width` filters, $F = 3$, $P = 1$ | `torch.nn.Conv2d(...)` |
# | ReLU | `torch.nn.ReLU()` |
# | max pooling, $F = S = 2$ | `torch.nn.MaxPool2d(2)` |
# | convolution to $2\,\cdot$ `width` filters, $F = 3$, $P = 1$ | |
# | ReLU | |
# | max pooling, $F = S = 2$ | |
# | flatten | `torch.nn.Flatten()` |
# | fully connected to `classes` scores | `torch.nn.Linear(features, classes)` |
#
# `size` need not be even: compute `features` with your `conv_size`. The scores go straight to the
# loss, so there is no softmax in the network. The check sets all parameters to known numbers and
# compares the scores.


# %% given try_small_cnn
def try_small_cnn(channels, size, classes, width):
    """Return the shapes of the parameters and the scores for two pictures, all numbers known."""
    model = small_cnn(channels, size, classes, width)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters(), 1):
            wave = torch.sin(number + torch.arange(parameter.numel(), dtype=torch.float64))
            parameter.copy_(wave.reshape(parameter.shape) / parameter[0].numel() ** 0.5)
        shape = (2, channels, size, size)
        X = torch.cos(torch.arange(float(np.prod(shape)), dtype=torch.float64)).reshape(shape)
        scores = model.double()(X)
    return [list(parameter.shape) for parameter in model.parameters()], scores.numpy()


# %% hint small_cnn [markdown]
# How large is a picture of 7 by 7 after one pooling with windows of 2, and after two?

# %% hint small_cnn [markdown]
# The convolutions keep the size. Each pooling changes it as conv_size(size, 2, S=2) says. After the
# second one there are 2 · width channels, and flatten makes one row of all their numbers.

# %% hint small_cnn [markdown]
# after ← conv_size(conv_size(size, 2, S=2), 2, S=2); features ← 2 · width · after²; return
# Sequential(Conv2d(channels, width, 3, padding=1), ReLU(), MaxPool2d(2), …, Flatten(),
# Linear(features, classes))


# %% solve small_cnn
def small_cnn(channels, size, classes, width=32):
    """Return the network of the table for pictures of size by size pixels.

    >>> small_cnn(1, 8, 10)(torch.zeros(5, 1, 8, 8)).shape
    torch.Size([5, 10])
    """
    ### BEGIN SOLUTION
    after = conv_size(conv_size(size, 2, S=2), 2, S=2)
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, width, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(width, 2 * width, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(2 * width * after**2, classes),
    )
    ### END SOLUTION


# %% check small_cnn points=2
with check("small_cnn") as probe:
    probe.call("digits: one channel, 8 by 8", try_small_cnn, 1, 8, 10, 4)
    probe.call("colours: three channels, 12 by 12", try_small_cnn, 3, 12, 2, 2)
    probe.call("a size that is not even: 7 by 7", try_small_cnn, 1, 7, 3, 2)
### BEGIN HIDDEN TESTS
with check.hidden("small_cnn") as probe:
    for channels, size, classes, width in ((1, 28, 10, 16), (2, 13, 5, 3), (3, 4, 2, 1)):
        known, shapes = [], [
            (width, channels, 3, 3), (width,), (2 * width, width, 3, 3), (2 * width,),
            (classes, 2 * width * (size // 4) ** 2), (classes,),
        ]
        for number, shape in enumerate(shapes, 1):
            wave = np.sin(number + np.arange(np.prod(shape))).reshape(shape)
            known.append(torch.tensor(wave / np.sqrt(np.prod(shape[1:]))))
        shape = (2, channels, size, size)
        Y = torch.tensor(np.cos(np.arange(float(np.prod(shape)))).reshape(shape))
        for W, b in (known[:2], known[2:4]):
            Y = torch.nn.functional.conv2d(Y, W, b, padding=1).clamp(min=0)
            Y = Y.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
        right = ([list(s) for s in shapes], (Y.flatten(1) @ known[4].T + known[5]).numpy())
        label = f"{channels} channels, {size} by {size}, {classes} classes, width {width}"
        probe.call(label, try_small_cnn, channels, size, classes, width, expected=right)
### END HIDDEN TESTS


# %% mistake small_cnn "the pooling is forgotten in the size"
# Your fully connected layer expects pictures that were never pooled. Each of the two poolings
# halves the size: use conv_size.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * size**2, classes),
    )


# %% mistake small_cnn "only one pooling in the size"
# Your fully connected layer expects pictures that were pooled once. There are two poolings in the
# table.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (size // 2) ** 2, classes),
    )


# %% mistake small_cnn "the channels are forgotten in the features"
# Your fully connected layer expects one channel. Flatten lines up the numbers of all 2 * width of
# them.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear((size // 4) ** 2, classes),
    )


# %% mistake small_cnn "both convolutions have as many filters"
# Your second convolution has `width` filters. The table asks for twice as many.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(width * (size // 4) ** 2, classes),
    )


# %% mistake small_cnn "a ReLU is missing"
# Your network has only one ReLU. Without one between them, two convolutions are worth no more than
# one: both are linear.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (size // 4) ** 2, classes),
    )


# %% mistake small_cnn "a softmax at the end"
# Your network ends with a softmax. The loss takes the scores themselves and has a softmax of its
# own: leave it out.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (size // 4) ** 2, classes), nn.Softmax(dim=1),
    )


# %% mistake small_cnn "the convolutions have no padding"
# Your convolutions make the pictures smaller. With F = 3 the padding P = 1 keeps their size.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    after = ((size - 2) // 2 - 2) // 2
    return nn.Sequential(
        nn.Conv2d(channels, width, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * after**2, classes),
    )


# %% mistake small_cnn "the convolutions have no padding, the features are counted with it"
# Your convolutions make the pictures smaller: with pictures of 8 by 8 nothing is left after the
# second pooling. With F = 3 the padding P = 1 keeps their size: padding=1 in both.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (size // 4) ** 2, classes),
    )


# %% mistake small_cnn "the second ReLU is missing"
# Your network has no ReLU after its second convolution. The table has one after each.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (size // 4) ** 2, classes),
    )


# %% mistake small_cnn "the features are rounded up"
# Your fully connected layer expects more numbers than there are: you round up. A pooling leaves out
# a window that does not fit: use conv_size twice.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (-(-size // 4)) ** 2, classes),
    )


# %% mistake small_cnn "average pooling in place of max pooling"
# Your network averages where it should take the largest. The table has max pooling.
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * (size // 4) ** 2, classes),
    )


# %% alternative small_cnn
def small_cnn(channels, size, classes, width=32):
    nn, layers = torch.nn, []
    for before, behind in ((channels, width), (width, 2 * width)):
        layers += [nn.Conv2d(before, behind, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2, 2)]
    features = nn.Sequential(*layers, nn.Flatten())(torch.zeros(1, channels, size, size)).shape[1]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, classes))


# %% alternative small_cnn
def small_cnn(channels, size, classes, width=32):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, 1, 1), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, 1, 1), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(2 * width * (size // 4) ** 2, classes),
    )


# %% [markdown]
# Train it on the digits. `training.fit` evaluates the network on the test pictures after each
# epoch. The learning rate first rises and then falls to nothing, which saves epochs (`OneCycleLR`;
# chapter 5 says why).


# %%
def train_cnn(pictures, epochs, width, batch_size=64):
    """Return a trained small_cnn and the history of its training."""
    training.seed(0)
    _, channels, size, _ = pictures.x_train.shape
    model = small_cnn(channels, size, len(pictures.class_names), width)
    steps = epochs * -(-len(pictures.x_train) // batch_size)

    def schedule(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps)

    history = training.fit(
        model, pictures, epochs=epochs, batch_size=batch_size, schedule=schedule
    )
    return model, history


# %%
digits = data.digits()
model, history = train_cnn(digits, epochs=24, width=32)
accuracy = training.evaluate(model, digits.test)["accuracy"]
print("at least 98 % of the test digits are read correctly:", accuracy >= 0.98)
ax = history.plot()
ax.set_yscale("log")
ax.get_legend().set_loc("lower left")
plots.show(
    ax,
    "Training loss and test loss, on a logarithmic scale, and test accuracy against the epoch, for "
    "the digits: both losses fall steeply in the first epochs. Then the training loss falls on, "
    "the test loss stays where it is, and the accuracy is above 0.98.",
)

# %% [markdown]
# *Figure 7. Learning the digits; the losses are on a logarithmic scale. Compare the two at the end:
# the network knows its training pictures better than the others.*
#
# And clothes? They are larger, 28 by 28, there are more of them, and they look more alike. On a
# processor the next cell trains for some ten seconds on the 8,000 training pictures that come with
# the course. With a GPU it trains a network four times as wide, for more epochs, and on all 60,000
# pictures where they are installed. (`cache` keeps the result: later cells do not train again.)


# %%
def clothes_for(large):
    try:
        return data.fashion(full=large)
    except Exception as error:  # all of them are not on this machine
        print(error)
        return data.fashion()


@cache
def clothes_network():
    """Return a network that was trained on clothes, and the clothes."""
    large = training.device().type == "cuda"
    pictures = clothes_for(large)
    width, epochs, batch_size = (64, 10, 256) if large else (16, 3, 64)
    return train_cnn(pictures, epochs, width, batch_size)[0], pictures


model, pictures = clothes_network()
accuracy = training.evaluate(model, pictures.test)["accuracy"]
print("at least 82 % of the test pictures are named correctly:", accuracy >= 0.82)

# %% [markdown]
# Which clothes does it mistake for which? Guess the pair before you look.


# %%
def named(model, x):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(part.to(training.device())).argmax(1) for part in x.split(500)])


def draw_confusion():
    model, pictures = clothes_network()
    figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
    x, y = pictures.test
    plots.confusion_matrix(y, named(model, x), pictures.class_names, ax=ax)
    return figure


plots.show(
    draw_confusion(),
    "Confusion matrix of ten kinds of clothes. Most counts are on the diagonal. The largest "
    "numbers beside it are in the rows and columns of shirt, T-shirt, pullover and coat. Trousers and bags "
    "are hardly ever mistaken.",
)

# %% [markdown]
# *Figure 8. True classes in rows, answers in columns. Shirts are taken for T-shirts, pullovers and
# coats, and the other way round. On pictures of 28 by 28 these are hard for people too.*
#
# In part A you gave the network four kernels by hand. Which ones did it find by itself?

# %%
kernels = clothes_network()[0][0].weight.detach()[:16]
kernels = kernels / kernels.abs().amax(dim=(1, 2, 3), keepdim=True)  # each on its own scale
plots.show(
    plots.filters(kernels, columns=8),
    "Sixteen kernels of 3 by 3, each divided by its largest weight, with positive weights in red "
    "and negative ones in blue. Some are red on one side and blue on the other.",
)

# %% [markdown]
# *Figure 9. Kernels of the first layer, each divided by its largest weight. Some have one sign on
# one side and the other sign opposite: they answer to edges in some direction, as the two of Figure
# 1 do. Nobody has asked for edges; the loss has.*
#
# ## Summary
#
# **What you built.** The convolutional layer from its definition, three times: with loops, as a
# matrix product, through frequencies. The formula for the output size of everything that moves a
# window, and the one for the way back. Counts of parameters and of work, and the receptive field.
# Pooling and unpooling, with all their backward passes. The backward pass of the layer, which
# turned out to be the transposed layer. A whole network in NumPy with gradients that you measured,
# and one in torch that reads digits and names clothes.
#
# **Where it breaks.**
# - *Sizes.* A stride that leaves a rest drops the last pixels without a word. On the way back the
#   size is then ambiguous.
# - *Edges of the picture.* Padding with zeros is a lie about what lies outside; a network sees the
#   border.
# - *Far relations.* A pixel and another one far away meet only in deep layers, and few paths join
#   them.
# - *Other movements.* Shifts are built in, turns and sizes are not. And strides and pooling make
#   even shifts hold only for whole steps.
# - *Transposed layers.* Where the kernel size is no multiple of the stride, some output pixels get
#   more copies than others, which shows as a checkerboard.
#
# **What to read.**
# - Fukushima (1980), *Neocognitron*: alternating layers that find and layers that pool, before
#   back-propagation was used to train them.
# - LeCun, Bottou, Bengio and Haffner (1998), *Gradient-based learning applied to document
#   recognition*: LeNet-5.
# - Chellapilla, Puri and Simard (2006), *High performance convolutional neural networks for
#   document processing*: convolution as a matrix product.
# - Mathieu, Henaff and LeCun (2014), *Fast training of convolutional networks through FFTs*.
# - Lavin and Gray (2016), *Fast algorithms for convolutional neural networks*: fewer
#   multiplications for kernels of 3.
# - Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*: pictures of
#   every case of parts B and F.
# - Odena, Dumoulin and Olah (2016), *Deconvolution and checkerboard artifacts*.
# - Luo, Li, Urtasun and Zemel (2016), *Understanding the effective receptive field in deep
#   convolutional neural networks*.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 6.3, 6.5, 6.9 and 6.15 are not in it: a person reads them.

# %%
check.summary()
