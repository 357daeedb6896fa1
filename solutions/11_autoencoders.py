# %% [markdown]
# # 11. Autoencoders
#
# After this chapter you can train a network without a single label. You write an autoencoder that
# squeezes a picture into a few numbers and draws it again from them. You measure that the linear
# one finds the same plane as principal component analysis, and prove why not the same axes. Then
# you give networks harder homework: few active units, noisy pictures, pictures with a hole, half a
# picture. You measure honestly what all this is worth when only 10, 50 or 200 labels are at hand.
# At the end you look into the holes of a latent space, where chapter 12 begins.
#
# | | |
# |---|---|
# | **Time** | about 240 minutes; after part B is a good place to sleep |
# | **Points** | 49, of which 10 are for derivations and reasons that a person reads |
# | **Builds on** | chapter 1: gradients and back-propagation; the ReLU and the logistic function of chapter 2 |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. When an answer is wrong, the check says what it tried,
# what it expected and what it got. Three hints are folded under each task; open them one at a time.
# Cells that a check relies on are locked; functions there whose names begin with `try_` belong to
# the checks, and you need not read them. Write with NumPy, except where the task says torch.
#
# **The parts.** A: a linear autoencoder, and what it finds. B: a deep one, and its narrow place.
# C: four kinds of harder homework. D: few labels. E: holes.

# %% given setup
import copy
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import Checks, data, explore, plots, progress, training

check = Checks("11_autoencoders")
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
torch.set_num_threads(1)  # networks as small as these are slower with more


def squared_error(X_hat, X):
    """Return the squared distance of two rows, as a mean over the rows; arrays or tensors.

    >>> float(squared_error(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
    5.0
    """
    return ((X_hat - X) ** 2).sum(1).mean()


# %% [markdown]
# ## A. A linear autoencoder
#
# ### A.1 Homework without a teacher
#
# Labels are expensive: a person has to look at each picture. Pictures alone cost nothing. What can
# a network learn from pictures alone? Give it a task whose answer is the picture itself: *read it,
# write down k numbers, and draw it again from these numbers*. If k is smaller than the number of
# pixels, it cannot simply copy. It must find out what pictures have in common.
#
# Such a network is an **autoencoder**. Its first half, the **encoder** $f$, turns a picture $x$
# into its **code** $h = f(x)$. Its second half, the **decoder** $g$, turns the code into a
# **reconstruction** $\hat x = g(h)$. The loss is the error of the reconstruction:
#
# $$
# L = \frac{1}{n} \sum_{i=1}^{n} \lVert \hat x_i - x_i \rVert^2, \qquad \hat x_i = g(f(x_i))
# \tag{1}
# $$
#
# The sum of squares runs over all pixels of a picture; the mean runs over the $n$ pictures. Look at
# what can be done with few numbers before you write anything. The next figure reconstructs digits
# of 64 pixels from $k$ numbers, with a method that A.2 explains. How many numbers do *you* need
# until you can read the digit?


# %%
digits = data.digits()
pixels = digits.numpy(flat=True)  # x_train: (1437, 64), x_test: (360, 64), from 0 to 1
AVERAGE = pixels.x_train.mean(axis=0)
DIRECTIONS = np.linalg.svd(pixels.x_train - AVERAGE, full_matrices=False)[2].T


def draw_few_numbers(figure, picture=3, k=4):
    """Draw a digit, what is left of it after k numbers, and what is lost."""
    x, U = pixels.x_test[picture], DIRECTIONS[:, :k]
    x_hat = AVERAGE + U @ (U.T @ (x - AVERAGE))
    axes = figure.subplots(1, 3)
    names = ("picture", f"from {k} numbers", "difference")
    for ax, name, shown in zip(axes, names, (x, x_hat, x_hat - x), strict=True):
        look = ("RdBu_r", -1) if name == "difference" else ("gray_r", 0)
        ax.imshow(shown.reshape(8, 8), cmap=look[0], vmin=look[1], vmax=1)
        ax.set(title=name, xticks=[], yticks=[])
    return f"squared error of this picture: {np.sum((x_hat - x) ** 2):.2f}"


# %%
explore.live(
    draw_few_numbers,
    title="A digit from k numbers",
    description="A digit of 8 by 8 pixels, its reconstruction from k numbers, and the difference.",
    figure_size=(7, 2.8),
    picture=(0, 30),
    k=(1, 40),
)

# %% [markdown]
# *Figure 1. A test digit, its reconstruction from $k$ numbers, and the difference (red: too much
# ink, blue: too little). With some ten numbers most digits can be read; the other fifty pixels
# could be guessed.*
#
# Now the simplest autoencoder, which has two matrices and nothing else. Pictures are the rows of
# $X$; we take $d$ for the number of pixels:
#
# | name | shape | meaning |
# |---|---|---|
# | `X` | (n, d) | the pictures, one a row |
# | `W` | (k, d) | the encoder: $h = W x$ |
# | `V` | (d, k) | the decoder: $\hat x = V h$ |
# | `H`, `X_hat` | (n, k), (n, d) | the codes and the reconstructions, one a row |
#
# In rows, $h = Wx$ and $\hat x = Vh$ read
#
# $$
# H = X W^{\top}, \qquad \hat X = H V^{\top}
# \tag{2}
# $$
#
# **Worked example.** $x = (1, 2)$, $W = (3, -1)$, $V = (2, 0)^\top$. The code is
# $h = 3 \cdot 1 - 1 \cdot 2 = 1$, the reconstruction is $(2 \cdot 1, 0 \cdot 1) = (2, 0)$, and the
# loss is $(2 - 1)^2 + (0 - 2)^2 = 5$.
#
# ### Exercise 11.1: forward
#
# Write `linear_autoencoder(X, W, V)`. Return the tuple `(H, X_hat, loss)` by (2) and (1).

# %% hint linear_autoencoder [markdown]
# Each row of `X` is one $x$. What must stand to the right of it so that the result is $Wx$, again
# as a row?

# %% hint linear_autoencoder [markdown]
# The codes are the pictures times the transposed encoder; the reconstructions are the codes times
# the transposed decoder. For the loss square all differences, add them up, divide by the number of
# rows.

# %% hint linear_autoencoder [markdown]
# H ← X @ W.T; X_hat ← H @ V.T; loss ← sum((X_hat − X)²) / n; return H, X_hat, loss


# %% solve linear_autoencoder
def linear_autoencoder(X, W, V):
    """Return (H, X_hat, loss): codes (n, k), reconstructions (n, d), and the number (1).

    >>> H, X_hat, loss = linear_autoencoder(np.eye(2), np.eye(2), np.eye(2))
    >>> float(loss)
    0.0
    """
    ### BEGIN SOLUTION
    H = X @ W.T
    X_hat = H @ V.T
    return H, X_hat, np.sum((X_hat - X) ** 2) / len(X)
    ### END SOLUTION


# %% check linear_autoencoder points=2
with check("linear_autoencoder") as probe:
    x, W, V = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]]), np.array([[2.0], [0.0]])
    probe.call("the worked example", linear_autoencoder, x, W, V)
    X = np.array([[1.0, 2, 0, -1], [0, 1, 3, 1], [2, -2, 1, 0]])
    W, V = np.array([[1.0, 0, 2, -1], [0, 1, 1, 3]]), np.array([[1.0, 0], [0, 2], [1, 1], [-1, 1]])
    probe.call("three pictures of four pixels, two codes", linear_autoencoder, X, W, V)
    W, V = np.array([[0.0, 1], [2, 3]]), np.array([[1.0, -1], [0, 2]])
    probe.call("square matrices, not symmetric", linear_autoencoder, X[:, :2], W, V)
### BEGIN HIDDEN TESTS
with check.hidden("linear_autoencoder") as probe:
    rng = np.random.default_rng(111)
    for n, d, k in ((1, 3, 1), (5, 7, 2), (4, 3, 5), (6, 6, 6)):
        X, W, V = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=(d, k))
        H = np.array([[np.dot(w, x) for w in W] for x in X])
        X_hat = np.array([[np.dot(v, h) for v in V] for h in H])
        loss = np.mean([np.dot(a - b, a - b) for a, b in zip(X, X_hat, strict=True)])
        label = f"n = {n}, d = {d}, k = {k}"
        probe.call(label, linear_autoencoder, X, W, V, expected=(H, X_hat, loss))
### END HIDDEN TESTS


# %% mistake linear_autoencoder "a mean over all numbers"
# Your loss is divided by the number of pixels too. Equation (1) adds up over the pixels and takes
# the mean over the pictures only.
def linear_autoencoder(X, W, V):
    H = X @ W.T
    return H, H @ V.T, np.mean((H @ V.T - X) ** 2)


# %% mistake linear_autoencoder "a sum over the pictures"
# Your loss grows with the number of pictures. Divide the sum by n.
def linear_autoencoder(X, W, V):
    H = X @ W.T
    return H, H @ V.T, np.sum((H @ V.T - X) ** 2)


# %% mistake linear_autoencoder "half of the square"
# Your loss has a factor of one half. There is none in equation (1).
def linear_autoencoder(X, W, V):
    H = X @ W.T
    return H, H @ V.T, 0.5 * np.sum((H @ V.T - X) ** 2) / len(X)


# %% mistake linear_autoencoder "the distance is not squared"
# Your loss is a mean of distances. Equation (1) has the squares of the distances: no root.
def linear_autoencoder(X, W, V):
    H = X @ W.T
    return H, H @ V.T, np.mean(np.linalg.norm(H @ V.T - X, axis=1))


# %% mistake linear_autoencoder "encoder and decoder are exchanged"
# Your codes are made with V. The encoder is W: it stands first. See equation (2).
def linear_autoencoder(X, W, V):
    H = X @ V
    return H, H @ W, np.sum((H @ W - X) ** 2) / len(X)


# %% mistake linear_autoencoder "nothing is reconstructed in the loss"
# Your loss is the size of the reconstruction. Subtract the picture first.
def linear_autoencoder(X, W, V):
    H = X @ W.T
    return H, H @ V.T, np.sum((H @ V.T) ** 2) / len(X)


# %% mistake linear_autoencoder "the order of the tuple"
# Your tuple has the loss first. The order is (H, X_hat, loss).
def linear_autoencoder(X, W, V):
    H = X @ W.T
    return np.sum((H @ V.T - X) ** 2) / len(X), H, H @ V.T


# %% alternative linear_autoencoder
def linear_autoencoder(X, W, V):
    H = np.einsum("nd,kd->nk", X, W)
    X_hat = np.einsum("nk,dk->nd", H, V)
    return H, X_hat, np.square(X - X_hat).sum(axis=1).mean()


# %% alternative linear_autoencoder
def linear_autoencoder(X, W, V):
    H = np.stack([W @ x for x in X])
    X_hat = np.stack([V @ h for h in H])
    return H, X_hat, sum(np.linalg.norm(a - b) ** 2 for a, b in zip(X, X_hat, strict=True)) / len(X)


# %% [markdown]
# > **A common error.** Some lecture notes print the loss of the linear autoencoder as
# > $\lVert x - W_f W_g\, x \rVert^2$, with an encoder $W_f$ of shape (k, d) and a decoder $W_g$ of
# > shape (d, k). Read from the right: the decoder would see the picture first. Shapes tell: $W_g x$
# > is (d, k) times (d,), which does not exist unless $k = d$. The right product is $W_g W_f\, x$,
# > our $V W x$.
#
# ### A.2 Which plane does it find?
#
# Write $E = \hat X - X$ for the errors, shape (n, d). $V$ stands in (2) once, and chapter 1 gives
# its gradient: the error times what was fed in. $W$ lies one layer below, so the error goes back
# through $V$ first:
#
# $$
# \frac{\partial L}{\partial V} = \frac{2}{n}\, E^{\top} H, \qquad
# \frac{\partial L}{\partial W} = \frac{2}{n}\, (E V)^{\top} X
# \tag{3}
# $$
#
# ### Exercise 11.2: backward
#
# Write `linear_gradients(X, W, V)`. Return the tuple `(dW, dV)` by (3), with the shapes of `W` and
# `V`.

# %% hint linear_gradients [markdown]
# Which shapes do $E^\top H$ and $(EV)^\top X$ have? Are they those of $V$ and $W$?

# %% hint linear_gradients [markdown]
# Run forward to get the codes and the errors (reconstruction less picture). The decoder's gradient
# is errors times codes; the encoder's is errors, sent through V, times pictures; both times 2 / n.

# %% hint linear_gradients [markdown]
# H, X_hat, _ ← linear_autoencoder(X, W, V); E ← X_hat − X; dV ← 2 / n · E.T @ H; dW ← 2 / n · (E @
# V).T @ X; return dW, dV


# %% solve linear_gradients
def linear_gradients(X, W, V):
    """Return (dW, dV), the gradients (3) of the loss (1).

    >>> dW, dV = linear_gradients(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]]), np.ones((2, 1)))
    >>> dW.tolist()
    [[-6.0, -12.0]]
    """
    ### BEGIN SOLUTION
    H, X_hat, _ = linear_autoencoder(X, W, V)
    E = X_hat - X
    return 2 / len(X) * (E @ V).T @ X, 2 / len(X) * E.T @ H
    ### END SOLUTION


# %% check linear_gradients points=3
with check("linear_gradients") as probe:
    X, W, V = np.array([[1.0, 2, 0], [0, 1, 1]]), np.array([[3.0, -1, 2]]), np.eye(3)[:, :1] + 1
    probe.call("two pictures of three pixels, one code", linear_gradients, X, W, V)
    X = np.array([[1.0, 2, 0, -1], [0, 1, 3, 1], [2, -2, 1, 0]])
    W, V = np.array([[1.0, 0, 2, -1], [0, 1, 1, 3]]), np.array([[1.0, 0], [0, 2], [1, 1], [-1, 1]])
    probe.call("the encoder is zero", linear_gradients, X, 0 * W, V)
    probe.call("the decoder is zero", linear_gradients, X, W, 0 * V)
    probe.call("three pictures of four pixels, two codes", linear_gradients, X, W, V)
### BEGIN HIDDEN TESTS
with check.hidden("linear_gradients") as probe:
    rng = np.random.default_rng(112)
    for n, d, k in ((1, 3, 1), (5, 7, 2), (4, 3, 5), (6, 6, 6)):
        X, W, V = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=(d, k))
        A, B = (torch.tensor(array, requires_grad=True) for array in (W, V))
        squared_error(torch.tensor(X) @ A.T @ B.T, torch.tensor(X)).backward()
        right = (A.grad.numpy(), B.grad.numpy())
        probe.call(f"n = {n}, d = {d}, k = {k}", linear_gradients, X, W, V, expected=right)
### END HIDDEN TESTS


# %% mistake linear_gradients "the sign is wrong"
# Your errors are pictures less reconstructions: gradients then point downhill. E = X_hat - X.
def linear_gradients(X, W, V):
    H = X @ W.T
    E = X - H @ V.T
    return 2 / len(X) * (E @ V).T @ X, 2 / len(X) * E.T @ H


# %% mistake linear_gradients "the factor 2 is missing"
# Your gradients lack a factor of 2: the derivative of a square.
def linear_gradients(X, W, V):
    H = X @ W.T
    E = H @ V.T - X
    return 1 / len(X) * (E @ V).T @ X, 1 / len(X) * E.T @ H


# %% mistake linear_gradients "a sum over the pictures"
# Your gradients are those of the sum. The loss (1) is a mean: divide by n.
def linear_gradients(X, W, V):
    H = X @ W.T
    E = H @ V.T - X
    return 2 * (E @ V).T @ X, 2 * E.T @ H


# %% mistake linear_gradients "a mean over all numbers"
# Your gradients are divided by the number of pixels too. The loss (1) is a mean over pictures only.
def linear_gradients(X, W, V):
    H = X @ W.T
    E = H @ V.T - X
    return 2 / X.size * (E @ V).T @ X, 2 / X.size * E.T @ H


# %% mistake linear_gradients "the order of the tuple"
# Your tuple has dV first. The order is (dW, dV).
def linear_gradients(X, W, V):
    H = X @ W.T
    E = H @ V.T - X
    return 2 / len(X) * E.T @ H, 2 / len(X) * (E @ V).T @ X


# %% mistake linear_gradients "the error does not go through V"
# Your dW sends the error back through W. Between the error and the code lies the decoder: E @ V.
def linear_gradients(X, W, V):
    H = X @ W.T
    E = H @ V.T - X
    return 2 / len(X) * (E @ W.T).T @ X, 2 / len(X) * E.T @ H


# %% mistake linear_gradients "the decoder is fed with pictures through V"
# Your dV multiplies the errors by X @ V. What is fed to the decoder is the code, H = X @ W.T.
def linear_gradients(X, W, V):
    E = X @ W.T @ V.T - X
    return 2 / len(X) * (E @ V).T @ X, 2 / len(X) * E.T @ (X @ V)


# %% alternative linear_gradients
def linear_gradients(X, W, V):
    C = X.T @ X / len(X)
    E = V @ W - np.eye(len(V))
    return 2 * V.T @ E @ C, 2 * E @ C @ W.T


# %% alternative linear_gradients
def linear_gradients(X, W, V):
    dW, dV = np.zeros_like(W), np.zeros_like(V)
    for x in X:
        h = W @ x
        e = 2 * (V @ h - x) / len(X)
        dV += np.outer(e, h)
        dW += np.outer(V.T @ e, x)
    return dW, dV


# %% alternative linear_gradients
def linear_gradients(X, W, V):
    X, W, V = (torch.tensor(array) for array in (X, W, V))
    W.requires_grad_(), V.requires_grad_()
    squared_error(X @ W.T @ V.T, X).backward()
    return W.grad.numpy(), V.grad.numpy()


# %% [markdown]
# What should come out? There is an old method with the same aim. **Principal component analysis**
# (PCA) looks for the $k$ orthogonal directions in which the data vary most. It subtracts the mean
# picture $\mu$ and takes the **singular value decomposition** of what is left:
#
# $$
# X - \mu = P\, S\, U^{\top}
# \tag{4}
# $$
#
# The columns of $U$ are orthogonal, of length 1, and sorted: the first is the direction of the
# largest variance. The first $k$ of them make the matrix $U_k$ of shape (d, k). Keeping only those,
# $\hat x = \mu + U_k U_k^{\top} (x - \mu)$, is the best reconstruction that any linear map through
# $k$ numbers can give (Eckart and Young, 1936). That was Figure 1.
#
# ### Exercise 11.3: principal components
#
# Write `pca(X, k)`. Return the tuple `(mean, U)`: the mean picture, shape (d,), and $U_k$, shape
# (d, k). The sign of a column is free. (`np.linalg.svd(…, full_matrices=False)` returns $P$, the
# diagonal of $S$ and $U^\top$; mind the last one. Or take eigenvectors of a covariance matrix.)


# %% given try_pca
def try_pca_shapes(X, k):
    """Return the shapes of the mean and of U."""
    mean, U = pca(X, k)
    return np.shape(mean), np.shape(U)


def try_pca(X, k):
    """Return the mean, the projection on the plane, the products of the columns, the variances."""
    mean, U = pca(X, k)
    return mean, U @ U.T, U.T @ U, np.var((X - X.mean(axis=0)) @ U, axis=0)


# %% hint pca [markdown]
# Does the direction of the largest variance change if all pictures get brighter by the same amount?

# %% hint pca [markdown]
# Subtract the mean over the rows. The third result of `svd` has the directions as its rows, the
# most important first. Take the first k rows and transpose.

# %% hint pca [markdown]
# mean ← X.mean(axis=0); Ut ← svd(X − mean)[2]; return mean, Ut[:k].T


# %% solve pca
def pca(X, k):
    """Return (mean, U): shapes (d,) and (d, k), the first k principal directions as columns.

    >>> mean, U = pca(np.array([[1.0, 0.0], [3.0, 0.0]]), 1)
    >>> np.abs(U).tolist()
    [[1.0], [0.0]]
    """
    ### BEGIN SOLUTION
    mean = X.mean(axis=0)
    return mean, np.linalg.svd(X - mean, full_matrices=False)[2][:k].T
    ### END SOLUTION


# %% check pca points=2
with check("pca") as probe:
    cross = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 3, 0], [0, -3, 0], [0, 0, 2], [0, 0, -2]])
    probe.call("the shapes of the mean and of U", try_pca_shapes, cross, 1)
    probe.call("a cross whose longest arm is the second axis", try_pca, cross, 1)
    probe.call("the same cross, far from the origin", try_pca, cross + [10, 0, 0], 2)
    X = np.random.default_rng(0).normal(size=(9, 4)) @ np.diag([1.0, 2, 4, 8]) @ np.full((4, 4), 1)
    X = X + np.random.default_rng(1).normal(size=(9, 4)) * [0.5, 1, 2, 3]
    probe.call("nine rows of four numbers", try_pca, X, 2)
### BEGIN HIDDEN TESTS
with check.hidden("pca") as probe:
    rng = np.random.default_rng(113)
    for n, d, k in ((30, 5, 2), (12, 3, 1), (50, 8, 5), (20, 4, 4)):
        X = rng.normal(size=(n, d)) * np.arange(1, d + 1) ** 2 + rng.normal(size=d)
        values, vectors = np.linalg.eigh(np.cov(X.T, bias=True))
        U, variances = vectors[:, ::-1][:, :k], values[::-1][:k]
        right = (X.mean(axis=0), U @ U.T, np.eye(k), variances)
        probe.call(f"n = {n}, d = {d}, k = {k}", try_pca, X, k, expected=right)
### END HIDDEN TESTS


# %% mistake pca "the mean is not subtracted"
# Your first direction points to the mean picture. Subtract the mean before the decomposition.
def pca(X, k):
    return X.mean(axis=0), np.linalg.svd(X, full_matrices=False)[2][:k].T


# %% mistake pca "the smallest variances"
# Your directions are those of the smallest variance. `eigh` sorts upwards: take the last k.
def pca(X, k):
    values, vectors = np.linalg.eigh(np.cov(X.T))
    return X.mean(axis=0), vectors[:, :k]


# %% mistake pca "the smallest first"
# Your columns are in ascending order: np.linalg.eigh sorts from the smallest eigenvalue up. The
# largest comes first: turn the columns around, [:, ::-1].
def pca(X, k):
    mean = X.mean(axis=0)
    return mean, np.linalg.eigh(np.cov((X - mean).T))[1][:, -k:]


# %% mistake pca "columns of the transposed matrix"
# Your U has columns of what `svd` returns as third. That is the transposed matrix: its rows are the
# directions.
def pca(X, k):
    mean = X.mean(axis=0)
    return mean, np.linalg.svd(X - mean, full_matrices=False)[2][:, :k]


# %% mistake pca "directions as rows"
# Your U has the directions as its rows. Here they are the columns, shape (d, k): transpose.
def pca(X, k):
    mean = X.mean(axis=0)
    return mean, np.linalg.svd(X - mean, full_matrices=False)[2][:k]


# %% mistake pca "scaled by the singular values"
# Your columns are not of length 1: they carry the singular values. Leave S out.
def pca(X, k):
    mean = X.mean(axis=0)
    _, S, Ut = np.linalg.svd(X - mean, full_matrices=False)
    return mean, (S[:k, None] * Ut[:k]).T


# %% mistake pca "the mean over everything"
# Your mean is one number for all pixels. Each pixel has its own: X.mean(axis=0).
def pca(X, k):
    mean = np.full(X.shape[1], X.mean())
    return mean, np.linalg.svd(X - mean, full_matrices=False)[2][:k].T


# %% alternative pca
def pca(X, k):
    values, vectors = np.linalg.eigh(np.cov(X.T))
    return X.mean(axis=0), vectors[:, np.argsort(-values)[:k]]


# %% alternative pca
def pca(X, k):
    mean = X.sum(axis=0) / len(X)
    A, S, Ut = np.linalg.svd((X - mean).T @ (X - mean))
    return mean, A[:, :k]


# %% [markdown]
# ### A.3 The angle between two planes
#
# The network will find *some* $V$. How do we tell whether its $k$ columns span the same plane as
# the $k$ columns of $U_k$? Entry by entry they may differ: the same plane has many bases. The right
# measure is angles. Two planes in space have an angle; two subspaces of dimension $k$ have $k$ of
# them, the **principal angles** $\theta_1 \le \dots \le \theta_k$. The first is the smallest
# angle between a direction of the one and a direction of the other. The next is the smallest among
# directions orthogonal to those, and so on. If all are 0, the subspaces are the same.
#
# They are computed in three steps (Björck and Golub, 1973). Let $Q_A$ and $Q_B$ be orthonormal
# bases of the columns of $A$ and of $B$ (`np.linalg.qr(A)[0]` is one). Then
#
# $$
# \cos \theta_i = \text{the } i\text{-th singular value of } Q_A^{\top} Q_B
# \tag{5}
# $$
#
# ### Exercise 11.4: principal angles
#
# Write `principal_angles(A, B)` for two arrays of shape (d, k) with independent columns, which need
# not be orthogonal or of length 1. Return an array of the $k$ angles in **degrees**, the smallest
# first. The rounding of the computer can make a cosine 1.0000000000000002, whose arccos is not a
# number: cut the cosines off at 1. (The code gives 3 points; 2 more are for the text after Figure 3.)

# %% hint principal_angles [markdown]
# If a column of `A` becomes twice as long, its plane stays. Do your angles stay too?

# %% hint principal_angles [markdown]
# QR both arrays and keep the first results. Multiply the transposed one by the other, take singular
# values, clip them to [−1, 1], take the arccos, convert to degrees. Singular values come largest
# first: so the angles are sorted already.

# %% hint principal_angles [markdown]
# S ← svd(qr(A)[0].T @ qr(B)[0], compute_uv=False); return degrees(arccos(clip(S, −1, 1)))


# %% solve principal_angles
def principal_angles(A, B):
    """Return the principal angles (5) of two column spaces, k numbers in degrees, smallest first.

    >>> angle = principal_angles(np.array([[1.0], [0.0]]), np.array([[5.0], [5.0]]))
    >>> round(float(angle[0]), 6)
    45.0
    """
    ### BEGIN SOLUTION
    Q_A, Q_B = np.linalg.qr(A)[0], np.linalg.qr(B)[0]
    cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    ### END SOLUTION


# %% given planes
def two_planes(degrees, d, seed, skew=True):
    """Return A and B, shape (d, k), whose column spaces have these principal angles."""
    rng, k = np.random.default_rng(seed), len(degrees)
    Q, turn = np.linalg.qr(rng.normal(size=(d, d)))[0], np.radians(degrees)
    A, B = Q[:, :k], Q[:, :k] * np.cos(turn) + Q[:, k : 2 * k] * np.sin(turn)
    if not skew:
        return A, B
    return A @ rng.normal(size=(k, k)), B @ rng.normal(size=(k, k))


def try_same_plane():
    """Return whether 200 planes have no angle with themselves, in other bases."""
    for seed in range(200):
        A, B = two_planes([0.0, 0.0, 0.0], 7, seed, skew=False)
        M = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
        angles = np.asarray(principal_angles(A, A @ M))
        if not (angles < 1e-4).all():  # also where an angle is not a number
            return False
    return True


# %% check principal_angles points=3
with check("principal_angles") as probe:
    A, B = np.array([[1.0], [0.0]]), np.array([[1.0], [1.0]]) / np.sqrt(2)
    probe.call("two directions of length 1 in the plane", principal_angles, A, B)
    probe.call(
        "planes with orthonormal bases", principal_angles, *two_planes([10, 50], 5, 1, False)
    )
    probe.call("two directions of other lengths", principal_angles, 3 * A, 5 * B)
    probe.call("planes with skew bases", principal_angles, *two_planes([20, 40, 80], 8, 2))
    advice = "A cosine may come out as 1.0000000000000002: clip to 1 before arccos."
    probe.true("200 planes and themselves: each angle is 0", try_same_plane(), advice)
### BEGIN HIDDEN TESTS
with check.hidden("principal_angles") as probe:
    for seed, degrees in enumerate(([30.0], [5.0, 5.0], [1.0, 45, 89], [12.0, 34, 56, 78]), 5):
        A, B = two_planes(degrees, 9, seed)
        label = f"angles of {degrees} degrees"
        probe.call(label, principal_angles, A, B, expected=np.array(degrees), tolerance=1e-5)
### END HIDDEN TESTS


# %% mistake principal_angles "the columns are not orthonormal"
# Your cosines are products of columns as they came. Make orthonormal bases first: np.linalg.qr.
def principal_angles(A, B):
    cosines = np.linalg.svd(A.T @ B, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


# %% mistake principal_angles "radians"
# Your angles are in radians. Degrees are asked for: np.degrees.
def principal_angles(A, B):
    cosines = np.linalg.svd(np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0], compute_uv=False)
    return np.arccos(np.clip(cosines, -1, 1))


# %% mistake principal_angles "the largest first"
# Your angles are in the wrong order. The largest cosine belongs to the smallest angle, which comes
# first.
def principal_angles(A, B):
    cosines = np.linalg.svd(np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0], compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))[::-1]


# %% mistake principal_angles "cosines in place of angles"
# Your values are cosines. Take the arccos of them, in degrees.
def principal_angles(A, B):
    return np.linalg.svd(np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0], compute_uv=False)


# %% mistake principal_angles "columns of length 1 that are not orthogonal"
# You divide each column by its length. The columns of a basis may be skew to each other as well:
# np.linalg.qr makes them orthogonal.
def principal_angles(A, B):
    A, B = A / np.linalg.norm(A, axis=0), B / np.linalg.norm(B, axis=0)
    cosines = np.linalg.svd(A.T @ B, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


# %% mistake principal_angles "angles between pairs of columns"
# Your angles are those between the first columns, the second columns and so on. Which columns
# belong together depends on the bases: take singular values of the product.
def principal_angles(A, B):
    product = np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0]
    return np.degrees(np.arccos(np.clip(np.abs(np.diag(product)), -1, 1)))


# %% mistake principal_angles "cosines are not cut off"
# Some of your angles are not a number, or not 0: a cosine came out as 1.0000000000000002. Cut the
# cosines off at exactly 1 with np.clip or np.minimum.
def principal_angles(A, B):
    cosines = np.linalg.svd(np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0], compute_uv=False)
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arccos(cosines))


# %% alternative principal_angles
def principal_angles(A, B):
    U_A, U_B = (np.linalg.svd(array, full_matrices=False)[0] for array in (A, B))
    cosines = np.minimum(np.linalg.svd(U_A.T @ U_B)[1], 1.0)
    return np.sort(np.rad2deg(np.arccos(cosines)))


# %% alternative principal_angles
def principal_angles(A, B):
    P = A @ np.linalg.pinv(A)
    Q = np.linalg.qr(B)[0]
    squares = np.linalg.eigvalsh(Q.T @ P @ Q)[::-1]
    return np.array([np.degrees(np.arccos(min(1.0, max(0.0, s) ** 0.5))) for s in squares])


# %% [markdown]
# Everything is ready for the experiment. Subtract the mean, start from small random numbers, and go
# downhill with *your* gradients, 800 steps over all training digits at once. Every 10 steps
# measure the largest principal angle to the "plane" of the first four principal components, for the
# columns of the decoder and for the rows of the encoder.


# %%
K = 4
centred = pixels.x_train - AVERAGE


def descend(gradients, parameters, rate, steps, description):
    """Go downhill; return the parameters and, every 10 steps, all of them."""
    way = []
    for number in progress(range(steps), description):
        if number % 10 == 0:
            way.append(parameters)
        slopes = gradients(centred, *parameters)
        parameters = [p - rate * slope for p, slope in zip(parameters, slopes, strict=True)]
    return parameters, way


def start():
    """Return small random numbers to start from, an encoder and a decoder."""
    rng = np.random.default_rng(0)
    return [0.1 * rng.normal(size=(K, 64)), 0.2 * rng.random(size=(64, K))]


@cache
def train_linear():
    """Return encoder and decoder, and the largest angle to PCA's plane of each on the way."""
    U = pca(pixels.x_train, K)[1]
    (W, V), way = descend(linear_gradients, start(), 0.15, 800, "linear autoencoder")
    decoder_angles = [principal_angles(V_now, U)[-1] for _, V_now in way]
    encoder_angles = [principal_angles(W_now.T, U)[-1] for W_now, _ in way]
    return W, V, encoder_angles, decoder_angles


# %%
W, V, encoder_angles, decoder_angles = train_linear()
U = pca(pixels.x_train, K)[1]
print("decoder: largest angle to the plane below 1 degree:", bool(decoder_angles[-1] < 1))
print("encoder: largest angle to the plane above 10 degrees:", bool(encoder_angles[-1] > 10))
best = squared_error(centred @ U @ U.T, centred)
excess = linear_autoencoder(centred, W, V)[2] / best - 1
print("loss within 0.1 % of the best possible:", bool(excess < 1e-3))
lengths = np.linalg.norm(V, axis=0)
cosines = V.T @ V / np.outer(lengths, lengths) - np.eye(K)
print("two columns of the decoder meet at less than 75 degrees:", bool(cosines.max() > 0.26))


# %%
def draw_angles():
    _, _, encoder_angles, decoder_angles = train_linear()
    figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
    steps = 10 * np.arange(len(decoder_angles))
    ax.semilogy(steps, encoder_angles, color=ORANGE, ls="--", lw=2, label="rows of the encoder")
    ax.semilogy(steps, decoder_angles, color=BLUE, lw=2, label="columns of the decoder")
    ax.set(xlabel="step", ylabel="largest angle, in degrees", ylim=(1e-2, 120))
    ax.legend(frameon=False, loc="center right")
    ax.grid(alpha=0.25)
    return figure


plots.show(
    draw_angles(),
    "The largest principal angle to the plane of PCA against the step, on a logarithmic scale. For "
    "the decoder it falls from nearly 90 degrees to a fraction of a degree. For the encoder it falls "
    "from nearly 90 to about 28 degrees, and stays there.",
)

# %% [markdown]
# *Figure 2. Gradient descent finds PCA's plane: the decoder turns into it. The encoder turns a part of
# the way and stops, and the loss is the best possible all the same.*
#
# Two things may surprise you.
#
# *The encoder.* Some pixels of the digits are never inked. Whatever the encoder's weights there,
# they are multiplied by zero, so they have no gradient, and they keep their random start. Other
# directions hardly vary, so their weights hardly move. The data speak only about the directions in
# which they vary.
#
# *The axes.* Compare the columns of $V$ with the principal components. Same plane; same axes?


# %%
def draw_axes():
    V, U = train_linear()[1], pca(pixels.x_train, K)[1]
    figure, axes = plt.subplots(2, K, figsize=(5.5, 2.8), layout="constrained")
    for row, matrix, name in ((axes[0], U, "PCA"), (axes[1], V, "decoder")):
        for ax, column in zip(row, matrix.T, strict=True):
            size = np.abs(column).max()
            ax.imshow(column.reshape(8, 8), cmap="RdBu_r", vmin=-size, vmax=size)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(name)
    return figure


plots.show(
    draw_axes(),
    "Two rows of four pictures of weights. Above: the principal components, four coarse patterns of "
    "ink and less ink. Below: the columns of the decoder, mixtures of these, none of which equals a "
    "component.",
)

# %% [markdown]
# *Figure 3. Above: the first four principal components, sorted. Below: the columns of the decoder,
# each on its own scale. They span the same plane, and not one is equal to another. Nor are the
# decoder's columns orthogonal, as the last line above Figure 2 says.*
#
# So "PCA is a special case of an autoencoder" is nearly right: a linear autoencoder with the
# squared error finds PCA's *subspace*. It has no reason to find PCA's axes. Say why.

# %% answer principal_angles [markdown] points=2
# Let $M$ be any invertible matrix of shape (k, k). Show that the encoder $M W$ with the decoder
# $V M^{-1}$ has the same loss as $W$ with $V$. Then say which two properties of principal components
# a linear autoencoder therefore cannot be expected to have.
#
# <!-- BEGIN SOLUTION -->
#
# The reconstruction is $V M^{-1} M W x = V W x$, the same for every picture. So the loss (1), which
# sees nothing but the reconstruction, is the same.
#
# The columns of $V M^{-1}$ span the same subspace as those of $V$. Since $M$ is any invertible
# matrix, they need not be orthogonal (nor of length 1), and they need not be sorted by variance:
# the code numbers are arbitrary mixtures, correlated with each other.
#
# **Rubric**
# - 1 point: $M^{-1} M$ cancels, so the reconstruction is the same.
# - 1 point: two of: orthogonal, of length 1, sorted by variance, uncorrelated codes.
# <!-- END SOLUTION -->

# %% [markdown]
# ### A.4 Tied weights
#
# PCA encodes with $U_k^\top$ and decodes with $U_k$: one matrix does both. Do the same, $V =
# W^\top$. The weights are then **tied**:
#
# $$
# \hat X = X W^{\top} W, \qquad E = \hat X - X
# \tag{6}
# $$
#
# That saves half of the parameters. (Some lecture notes say that the decoder "should" be the transposed encoder.
# It need not be: Figure 2 had the best loss without it.) Now $W$ is used twice, and chapter 1 has
# the rule: gradients add up. One path goes through the encoder, the other through the decoder. Take
# both from (3), with $V = W^\top$:
#
# $$
# \frac{\partial L}{\partial W}
#   = \underbrace{\tfrac{2}{n}\, (E W^{\top})^{\top} X}_{\text{as encoder}}
#   + \underbrace{\tfrac{2}{n}\, H^{\top} E}_{\text{as decoder}}
# \tag{7}
# $$
#
# The second term is transposed, since $W$ is: $(E^\top H)^\top = H^\top E$.
#
# ### Exercise 11.5: a weight that is used twice
#
# Write `tied_gradient(X, W)`: the gradient (7), with the shape (k, d) of `W`.

# %% hint tied_gradient [markdown]
# `linear_gradients(X, W, W.T)` returns two arrays. What are their shapes, and which one must be
# turned?

# %% hint tied_gradient [markdown]
# Take the gradient for the encoder as it is, and the gradient for the decoder transposed. Add them.

# %% hint tied_gradient [markdown]
# dW, dV ← linear_gradients(X, W, W.T); return dW + dV.T


# %% solve tied_gradient
def tied_gradient(X, W):
    """Return the gradient (7) of the loss of a linear autoencoder with tied weights.

    >>> tied_gradient(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]])).tolist()
    [[24.0, 0.0]]
    """
    ### BEGIN SOLUTION
    dW, dV = linear_gradients(X, W, W.T)
    return dW + dV.T
    ### END SOLUTION


# %% check tied_gradient points=2
with check("tied_gradient") as probe:
    X = np.array([[1.0, 2, 0, -1], [0, 1, 3, 1], [2, -2, 1, 0]])
    W = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0]])
    probe.call("rows of length 1, orthogonal", tied_gradient, X, W)
    W = np.array([[0.5, 1, 0, -1], [0.2, 0, 1, 0.3]])
    probe.call("one picture", tied_gradient, X[:1], W)
    probe.call("three pictures", tied_gradient, X, W)
    probe.call("as many codes as pixels", tied_gradient, X[:, :2], np.array([[1.0, 2], [0, 0.5]]))
### BEGIN HIDDEN TESTS
with check.hidden("tied_gradient") as probe:
    rng = np.random.default_rng(115)
    for n, d, k in ((1, 3, 1), (5, 7, 2), (4, 3, 5), (6, 6, 6)):
        X, W = rng.normal(size=(n, d)), rng.normal(size=(k, d))
        A = torch.tensor(W, requires_grad=True)
        squared_error(torch.tensor(X) @ A.T @ A, torch.tensor(X)).backward()
        label = f"n = {n}, d = {d}, k = {k}"
        probe.call(label, tied_gradient, X, W, expected=A.grad.numpy())
### END HIDDEN TESTS


# %% mistake tied_gradient "only the encoder"
# Your gradient has only the path through the encoder. W is the decoder as well: add the other term
# of equation (7).
def tied_gradient(X, W):
    E = X @ W.T @ W - X
    return 2 / len(X) * (E @ W.T).T @ X


# %% mistake tied_gradient "only the decoder"
# Your gradient has only the path through the decoder. W is the encoder as well: add the other term
# of equation (7).
def tied_gradient(X, W):
    E = X @ W.T @ W - X
    return 2 / len(X) * (X @ W.T).T @ E


# %% mistake tied_gradient "the mean of both paths"
# Your gradient is half of what is due. Two paths add up; no mean is taken.
def tied_gradient(X, W):
    E = X @ W.T @ W - X
    return ((E @ W.T).T @ X + (X @ W.T).T @ E) / len(X)


# %% mistake tied_gradient "the encoder twice"
# Your gradient counts the path through the encoder twice. The two paths are not equal: see the
# second term of equation (7).
def tied_gradient(X, W):
    E = X @ W.T @ W - X
    return 4 / len(X) * (E @ W.T).T @ X


# %% mistake tied_gradient "the sign is wrong"
# Your errors are pictures less reconstructions. E = X_hat - X, see equation (6).
def tied_gradient(X, W):
    E = X - X @ W.T @ W
    return 2 / len(X) * ((E @ W.T).T @ X + (X @ W.T).T @ E)


# %% mistake tied_gradient "a sum over the pictures"
# Your gradient is that of the sum. The loss (1) is a mean: divide by n.
def tied_gradient(X, W):
    E = X @ W.T @ W - X
    return 2 * ((E @ W.T).T @ X + (X @ W.T).T @ E)


# %% alternative tied_gradient
def tied_gradient(X, W):
    C = X.T @ X / len(X)
    E = W.T @ W - np.eye(W.shape[1])
    return 2 * W @ (E @ C + C @ E)


# %% alternative tied_gradient
def tied_gradient(X, W):
    W = torch.tensor(W, requires_grad=True)
    squared_error(torch.tensor(X) @ W.T @ W, torch.tensor(X)).backward()
    return W.grad.numpy()


# %%
(W_tied,), _ = descend(lambda X, W: [tied_gradient(X, W)], start()[:1], 0.1, 600, "tied weights")
angle = principal_angles(W_tied.T, pca(pixels.x_train, K)[1])[-1]
print("tied encoder: largest angle below 1 degree:", bool(angle < 1))
apart = np.abs(W_tied @ W_tied.T - np.eye(K)).max()
print("its rows are orthogonal and of length 1, within 0.001:", bool(apart < 1e-3))

# %% [markdown]
# Now the encoder finds the plane too. And nobody has asked for orthogonal rows: with $V = W^\top$
# the reconstruction $W^\top W x$ is best when it is a projection. Only the sorting is still missing.
#
# ## B. Deep autoencoders
#
# ### B.1 A curved surface
#
# A plane is a poor description of digits: the mean of two ones that lean to different sides is no
# one. With layers and nonlinearities between pixels and code, the reconstructions may lie on a
# curved surface. The code is then the narrowest layer, the **bottleneck**.
#
# ### Exercise 11.6: an autoencoder of any depth
#
# Write `make_autoencoder(sizes)`. It returns the tuple `(encoder, decoder)` of two
# `torch.nn.Sequential`. `sizes` is a list such as `[64, 32, 2]`: pixels, hidden layers, code.
#
# | part | layers for `[64, 32, 2]` |
# |---|---|
# | encoder | `Linear(64, 32)`, `ReLU()`, `Linear(32, 2)` |
# | decoder | `Linear(2, 32)`, `ReLU()`, `Linear(32, 64)`, `Sigmoid()` |
#
# There is a ReLU between any two linear layers of a part, and none behind the code: a code may be
# negative. The logistic function at the end keeps pixels between 0 and 1.


# %% given try_autoencoder
def set_waves(module):
    """Set all parameters to known numbers."""
    with torch.no_grad():
        for number, parameter in enumerate(module.parameters(), 1):
            wave = torch.sin(number + 2 * torch.arange(parameter.numel(), dtype=torch.float64))
            parameter.copy_(wave.reshape(parameter.shape))
    return module.double()


def try_autoencoder(sizes):
    """Return the codes and the reconstructions of three pictures, all parameters known."""
    given = list(sizes)
    encoder, decoder = make_autoencoder(given)
    if given != list(sizes):
        raise ValueError(f"make_autoencoder changed its argument {list(sizes)} to {given}")
    for parameter in (*encoder.parameters(), *decoder.parameters()):
        if parameter.dtype != torch.float32 or not parameter.requires_grad:
            raise ValueError("a parameter is not as torch makes it: float32, and free to learn")
    encoder, decoder = set_waves(encoder), set_waves(decoder)
    X = torch.cos(torch.arange(3.0 * sizes[0], dtype=torch.float64)).reshape(3, sizes[0])
    with torch.no_grad():
        codes = encoder(X)
        return codes.numpy(), decoder(codes).numpy()


# %% hint make_autoencoder [markdown]
# Which pairs of neighbours has the list `[64, 32, 2]`, read forwards, and read backwards?

# %% hint make_autoencoder [markdown]
# For each pair of neighbours append a linear layer and a ReLU. In the end drop the last ReLU of the
# encoder, and put a Sigmoid in place of the last ReLU of the decoder. The decoder has the sizes in
# reverse.

# %% hint make_autoencoder [markdown]
# def chain(sizes): layers ← []; for a, b in zip(sizes[:−1], sizes[1:]): layers += [Linear(a, b),
# ReLU()]; return layers[:−1]. Then Sequential(*chain(sizes)), Sequential(*chain(sizes[::−1]),
# Sigmoid())


# %% solve make_autoencoder
def make_autoencoder(sizes):
    """Return (encoder, decoder) for a list of sizes: pixels, hidden layers, code.

    >>> encoder, decoder = make_autoencoder([64, 32, 2])
    >>> decoder(encoder(torch.zeros(5, 64))).shape
    torch.Size([5, 64])
    """
    ### BEGIN SOLUTION

    def chain(sizes):
        layers = []
        for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
            layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
        return layers[:-1]

    encoder = torch.nn.Sequential(*chain(sizes))
    return encoder, torch.nn.Sequential(*chain(sizes[::-1]), torch.nn.Sigmoid())
    ### END SOLUTION


# %% check make_autoencoder points=2
with check("make_autoencoder") as probe:
    probe.call("no hidden layer", try_autoencoder, [5, 2])
    probe.call("one hidden layer", try_autoencoder, [6, 4, 2])
    probe.call("two hidden layers", try_autoencoder, [7, 5, 4, 3])
### BEGIN HIDDEN TESTS
with check.hidden("make_autoencoder") as probe:
    for sizes in ([4, 9, 3], [8, 6, 5, 4, 1], [3, 3]):
        Y = torch.cos(torch.arange(3.0 * sizes[0], dtype=torch.float64)).reshape(3, sizes[0])
        both = []
        for part in (sizes, sizes[::-1]):
            for number, (a, b) in enumerate(zip(part[:-1], part[1:], strict=True)):
                Y = Y.clamp(min=0) if number else Y
                A = torch.sin(2 * number + 1 + 2 * torch.arange(float(a * b), dtype=torch.float64))
                c = torch.sin(2 * number + 2 + 2 * torch.arange(float(b), dtype=torch.float64))
                Y = Y @ A.reshape(b, a).T + c
            both.append(Y)
        right = (both[0].numpy(), (1 / (1 + torch.exp(-both[1]))).numpy())
        probe.call(f"sizes {sizes}", try_autoencoder, sizes, expected=right)
### END HIDDEN TESTS


# %% mistake make_autoencoder "a ReLU behind the code"
# Your codes are never negative: a ReLU stands behind the last layer of the encoder. Leave it out.
def make_autoencoder(sizes):
    nn = torch.nn
    encoder, decoder = [], []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        encoder += [nn.Linear(a, b), nn.ReLU()]
    for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True):
        decoder += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*encoder), nn.Sequential(*decoder[:-1], nn.Sigmoid())


# %% mistake make_autoencoder "no logistic function at the end"
# Your reconstructions may be negative or above 1. The decoder ends with a Sigmoid.
def make_autoencoder(sizes):
    nn = torch.nn
    encoder, decoder = [], []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        encoder += [nn.Linear(a, b), nn.ReLU()]
    for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True):
        decoder += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*encoder[:-1]), nn.Sequential(*decoder[:-1])


# %% mistake make_autoencoder "a ReLU before the logistic function"
# Your reconstructions are never below one half: a ReLU stands before the Sigmoid. The Sigmoid takes
# its place.
def make_autoencoder(sizes):
    nn = torch.nn
    encoder, decoder = [], []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        encoder += [nn.Linear(a, b), nn.ReLU()]
    for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True):
        decoder += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*encoder[:-1]), nn.Sequential(*decoder, nn.Sigmoid())


# %% mistake make_autoencoder "no ReLU at all"
# Your layers are all linear: together they are worth no more than one. Put a ReLU between any two.
def make_autoencoder(sizes):
    nn = torch.nn
    encoder = [nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
    decoder = [nn.Linear(a, b) for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True)]
    return nn.Sequential(*encoder), nn.Sequential(*decoder, nn.Sigmoid())


# %% mistake make_autoencoder "a logistic function behind the code"
# Your codes lie between 0 and 1: a Sigmoid stands behind the encoder. Only the decoder has one.
def make_autoencoder(sizes):
    nn = torch.nn
    encoder, decoder = [], []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        encoder += [nn.Linear(a, b), nn.ReLU()]
    for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True):
        decoder += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*encoder[:-1], nn.Sigmoid()), nn.Sequential(*decoder[:-1], nn.Sigmoid())


# %% alternative make_autoencoder
def make_autoencoder(sizes):
    nn, last = torch.nn, len(sizes) - 2
    encoder, decoder = nn.Sequential(), nn.Sequential()
    for i in range(last + 1):
        encoder.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < last:
            encoder.append(nn.ReLU())
    for i in range(last, -1, -1):
        decoder.append(nn.Linear(sizes[i + 1], sizes[i]))
        decoder.append(nn.ReLU() if i else nn.Sigmoid())
    return encoder, decoder


# %% [markdown]
# Count before you train. A linear layer from $a$ to $b$ numbers has $a\,b$ weights and $b$ biases.
#
# ### Exercise 11.7: what does it cost?
#
# For `make_autoencoder([64, 32, 8])` work out on paper
#
# - `encoder_parameters`, `decoder_parameters`: all weights and biases of each part
# - `tied_parameters`: of the whole autoencoder, if each weight matrix of the decoder is the
#   transposed one of the encoder; biases cannot be tied
# - `smaller_by`: how many times fewer numbers the code has than the picture

# %% hint counts [markdown]
# How many numbers does `Linear(64, 32)` hold, and how many `Linear(32, 64)`?

# %% hint counts [markdown]
# Encoder: 64 to 32 and 32 to 8. Decoder: 8 to 32 and 32 to 64. The weights are as many in both; the
# biases belong to the outputs. Tied: count the weights once and the biases of both parts.

# %% hint counts [markdown]
# weights ← 64 · 32 + 32 · 8; biases of the encoder ← 32 + 8; biases of the decoder ← 32 + 64

# %% solve counts
# Set encoder_parameters, decoder_parameters, tied_parameters and smaller_by.
### BEGIN SOLUTION
encoder_parameters = 64 * 32 + 32 * 8 + 32 + 8
decoder_parameters = 8 * 32 + 32 * 64 + 32 + 64
tied_parameters = 64 * 32 + 32 * 8 + 32 + 8 + 32 + 64
smaller_by = 8
### END SOLUTION

# %% check counts points=2
with check("counts") as probe:
    probe.number("parameters of the encoder", encoder_parameters)
    probe.number("parameters of the decoder", decoder_parameters)
    probe.number("parameters with tied weights", tied_parameters)
    probe.number("how many times the code is smaller", smaller_by)

# %% mistake counts "the biases are forgotten"
# You counted weights only. Each output of a layer has a bias.
encoder_parameters, decoder_parameters, tied_parameters, smaller_by = 2304, 2304, 2304, 8

# %% mistake counts "both parts have the same biases"
# Your decoder has the biases of the encoder. Biases belong to outputs, and the decoder's are 32 and
# 64.
encoder_parameters, decoder_parameters, tied_parameters, smaller_by = 2344, 2344, 2384, 8

# %% mistake counts "the biases of the decoder are left out when tied"
# Your `tied_parameters` lacks the biases of the decoder. Only weights are shared.
encoder_parameters, decoder_parameters, tied_parameters, smaller_by = 2344, 2400, 2344, 8

# %% mistake counts "tied weights counted twice"
# Your `tied_parameters` counts shared weights twice. They are the same numbers.
encoder_parameters, decoder_parameters, tied_parameters, smaller_by = 2344, 2400, 4744, 8

# %% mistake counts "the code against the hidden layer"
# `smaller_by` compares the code of 8 numbers with the picture of 64, not with the hidden layer.
encoder_parameters, decoder_parameters, tied_parameters, smaller_by = 2344, 2400, 2440, 4

# %% mistake counts "the ratio is upside down"
# `smaller_by` is upside down: divide the numbers of the picture by those of the code.
encoder_parameters, decoder_parameters, tied_parameters, smaller_by = 2344, 2400, 2440, 1 / 8

# %% alternative counts
encoder_parameters = sum(p.numel() for p in make_autoencoder([64, 32, 8])[0].parameters())
decoder_parameters = sum(p.numel() for p in make_autoencoder([64, 32, 8])[1].parameters())
tied_parameters = encoder_parameters + 32 + 64
smaller_by = 64 / 8

# %% [markdown]
# Now train. The target of each picture is the picture itself, so `training.fit` is given `(x, x)`.
# All networks of this part are 64, 64, 32 and then $k$ numbers; on a GPU the two layers between are
# four times as wide, and learn for longer. (`cache` keeps what was trained.)


# %%
x_train, x_test = digits.x_train.flatten(1), digits.x_test.flatten(1)  # (1437, 64), (360, 64)


def one_cycle(epochs, rate=0.01, batch_size=64):
    """Return a schedule for fit: the learning rate rises, then falls to nothing."""
    steps = epochs * -(-len(x_train) // batch_size)
    return lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)


@cache
def trained(k):
    """Return an encoder and a decoder with k code numbers, trained on the digits."""
    large = training.device().type == "cuda"
    between, epochs = ([256, 128], 150) if large else ([64, 32], 45)
    training.seed(0)
    encoder, decoder = make_autoencoder([64, *between, k])
    training.fit(
        torch.nn.Sequential(encoder, decoder), (x_train, x_train), squared_error, epochs=epochs,
        batch_size=64, schedule=one_cycle(epochs), description=f"code of {k}",
    )  # fmt: skip
    return encoder, decoder


def apply(module, rows):
    """Return what a module makes of rows, as an array."""
    with torch.no_grad():
        rows = torch.as_tensor(np.asarray(rows), dtype=torch.float32)
        return module(rows.to(training.device())).cpu().double().numpy()


# %%
SIZES = (1, 2, 4, 8, 16)


@cache
def errors_by_size():
    """Return the errors on test digits, of deep autoencoders and of PCA, one a size."""
    deep_errors, plane_errors = [], []
    for k in SIZES:
        both = torch.nn.Sequential(*trained(k))
        deep_errors.append(training.evaluate(both, (x_test, x_test), squared_error)["loss"])
        mean, U_k = pca(pixels.x_train, k)
        plane = mean + (pixels.x_test - mean) @ U_k @ U_k.T
        plane_errors.append(float(squared_error(plane, pixels.x_test)))
    return deep_errors, plane_errors


deep_errors, plane_errors = errors_by_size()
print("two numbers: a fifth less error than PCA's:", deep_errors[1] < 0.8 * plane_errors[1])


# %%
def draw_errors():
    deep_errors, plane_errors = errors_by_size()
    figure, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
    ax.plot(SIZES, plane_errors, "s--", color=ORANGE, lw=2, label="PCA")
    ax.plot(SIZES, deep_errors, "o-", color=BLUE, lw=2, label="deep autoencoder")
    ax.set_xscale("log", base=2)
    ax.set_xticks(SIZES, SIZES)
    ax.set(xlabel="numbers in the code", ylabel="squared error of a test digit", ylim=(0, None))
    ax.legend(frameon=False)
    ax.grid(alpha=0.25)
    return figure


plots.show(
    draw_errors(),
    "Squared error of test digits against the size of the code, for PCA and the deep autoencoder. "
    "Both fall. With one to four numbers the autoencoder is far below PCA; with sixteen it is "
    "above it.",
)

# %% [markdown]
# *Figure 4. Error on test digits. With few numbers a curved surface is far better than a plane. With
# sixteen PCA is better: a plane of 16 dimensions has room for most digits, and PCA finds the best one
# exactly, while the network is trained for a few seconds and its narrow layers of 32 stand in the way.*
#
# A code of two numbers can be drawn. Nobody has told either method which digit is which.


# %%
def draw_codes():
    mean, U_2 = pca(pixels.x_train, 2)
    codes = ((pixels.x_test - mean) @ U_2, apply(trained(2)[0], x_test))
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    for ax, name, points in zip(axes, ("PCA", "deep autoencoder"), codes, strict=True):
        plots.latent_space(points, pixels.y_test, ax=ax)
        ax.set_title(name)
    axes[0].get_legend().remove()
    return figure


plots.show(
    draw_codes(),
    "Codes of the test digits in the plane, a colour and a shape for each digit. Left, PCA: the "
    "classes overlap in one cloud, from which three stand out. Right, the deep autoencoder: about half "
    "of the classes have a region of their own, with empty places between some; others overlap.",
)

# %% [markdown]
# *Figure 5. Codes of two numbers. The deep autoencoder has put about half of the digits in places of
# their own, without a label; others, such as 5, 7, 8 and 9, overlap. PCA sets apart fewer.*
#
# ### B.2 Bottleneck features
#
# If the code knows what a picture is about, let another program work with it. The activations of a
# narrow layer, used as the input of something else, are called **bottleneck features**. (Speech
# recognisers long used them: a deep network with a narrow layer is trained, its upper part is thrown
# away, and the numbers of the narrow layer replace the raw sound. There the network was mostly
# trained with labels. Ours is not.)
#
# The simplest "other program" needs no training: give each picture the label of its **nearest
# neighbour** among a few labelled pictures. The distance is measured between codes:
#
# $$
# i^{*}(q) = \arg\min_i\, \lVert q - c_i \rVert
# \tag{8}
# $$
#
# ### Exercise 11.8: the nearest code
#
# Write `nearest(queries, codes)` for arrays of shape (m, k) and (n, k). Return the tuple
# `(index, distance)`, two arrays of shape (m,): for each query the number $i^*$ of the nearest
# code (whole numbers, to be used as indices), and its distance. If several are equally near, the
# first of them counts. One loop at most: in part E you will ask for millions of distances.

# %% hint nearest [markdown]
# Which shape must the array of all distances have, and along which of its axes is the smallest
# sought?

# %% hint nearest [markdown]
# Give the queries an axis in the middle, (m, 1, k), and subtract the codes, (n, k): the differences
# have the shape (m, n, k). Take the length along the last axis, then argmin and min along axis 1.

# %% hint nearest [markdown]
# D ← norm(queries[:, None] − codes, axis=2); return D.argmin(axis=1), D.min(axis=1)


# %% solve nearest
def nearest(queries, codes):
    """Return (index, distance) of the code that is nearest (8) to each query, both (m,).

    >>> index, distance = nearest(np.array([[0.0, 1.0]]), np.array([[9.0, 1.0], [3.0, 5.0]]))
    >>> int(index[0]), float(distance[0])
    (1, 5.0)
    """
    ### BEGIN SOLUTION
    D = np.linalg.norm(queries[:, None] - codes, axis=2)
    return D.argmin(axis=1), D.min(axis=1)
    ### END SOLUTION


# %% check nearest points=2
with check("nearest") as probe:
    codes = np.array([[0.0, 0.0], [4.0, 0.0], [3.0, 4.0]])
    probe.call("a query at a code", nearest, np.array([[3.0, 4.0]]), codes)
    probe.call("two queries, three codes", nearest, np.array([[1.0, 0.5], [5.0, 6.0]]), codes)
    diagonal = np.array([[3.0, 3.0], [0.0, 5.0]])
    probe.call("a diagonal way against a straight one", nearest, np.zeros((1, 2)), diagonal)
    straight = np.array([[3.0, 3.0], [0.0, 4.0]])
    probe.call("a straight way against a diagonal one", nearest, np.zeros((1, 2)), straight)
    deep = np.array([[1.0, 0.0, 5.0], [0.0, 2.0, 0.0]])
    probe.call("codes of three numbers", nearest, np.array([[0.0, 0.0, 0.5]]), deep)
    probe.call("more queries than codes", nearest, 1.5 * np.arange(8.0).reshape(4, 2), codes)
    probe.call("two codes equally near", nearest, np.array([[2.0, 0.0]]), codes[:2])
    whole = np.asarray(nearest(diagonal, codes)[0]).dtype.kind in "iu"
    advice = "Make the numbers of the codes whole, dtype=int: indices cannot be 1.0."
    probe.true("the numbers can be used as indices", whole, advice)
### BEGIN HIDDEN TESTS
with check.hidden("nearest") as probe:
    rng = np.random.default_rng(118)
    for m, n, k in ((1, 1, 1), (5, 3, 2), (4, 20, 7), (6, 6, 6)):
        queries, codes = rng.normal(size=(m, k)), rng.normal(size=(n, k))
        away = [[float(sum((a - b) ** 2)) ** 0.5 for b in codes] for a in queries]
        right = (np.array([row.index(min(row)) for row in away]), np.array([min(r) for r in away]))
        probe.call(f"m = {m}, n = {n}, k = {k}", nearest, queries, codes, expected=right)
### END HIDDEN TESTS


# %% mistake nearest "the squared distance"
# Your distances are squared. Take the root.
def nearest(queries, codes):
    D = ((queries[:, None] - codes) ** 2).sum(axis=2)
    return D.argmin(axis=1), D.min(axis=1)


# %% mistake nearest "the sum of absolute differences"
# Your distances are sums of absolute differences. Equation (8) has the Euclidean length.
def nearest(queries, codes):
    D = np.abs(queries[:, None] - codes).sum(axis=2)
    return D.argmin(axis=1), D.min(axis=1)


# %% mistake nearest "the largest difference"
# Your distance is the largest of the absolute differences. (8) has the root of the sum of squares.
def nearest(queries, codes):
    away = np.abs(queries[:, None] - codes[None]).max(axis=2)
    return away.argmin(axis=1), away.min(axis=1)


# %% mistake nearest "the first two numbers only"
# You look at the first two numbers of a code. The sum of squares runs over all of them.
def nearest(queries, codes):
    away = np.sqrt(((queries[:, None, :2] - codes[None, :, :2]) ** 2).sum(axis=2))
    return away.argmin(axis=1), away.min(axis=1)


# %% mistake nearest "the nearest query of each code"
# You look for the nearest query of each code. It is the other way round: one answer a query.
def nearest(queries, codes):
    D = np.linalg.norm(queries[:, None] - codes, axis=2)
    return D.argmin(axis=0), D.min(axis=0)


# %% mistake nearest "the farthest"
# You return the farthest code. Take argmin and min.
def nearest(queries, codes):
    D = np.linalg.norm(queries[:, None] - codes, axis=2)
    return D.argmax(axis=1), D.max(axis=1)


# %% mistake nearest "the order of the tuple"
# Your tuple has the distances first. The order is (index, distance).
def nearest(queries, codes):
    D = np.linalg.norm(queries[:, None] - codes, axis=2)
    return D.min(axis=1), D.argmin(axis=1)


# %% mistake nearest "the code in place of its number"
# You return the nearest codes themselves. The number of each is asked for.
def nearest(queries, codes):
    D = np.linalg.norm(queries[:, None] - codes, axis=2)
    return codes[D.argmin(axis=1)], D.min(axis=1)


# %% alternative nearest
def nearest(queries, codes):
    index, distance = [], []
    for query in queries:
        away = np.sqrt(np.sum((codes - query) ** 2, axis=1))
        index.append(np.argmin(away))
        distance.append(away[index[-1]])
    return np.array(index), np.array(distance)


# %% alternative nearest
def nearest(queries, codes):
    D = torch.cdist(torch.as_tensor(queries), torch.as_tensor(codes))
    return D.argmin(1).numpy(), D.min(1).values.numpy()


# %% [markdown]
# You will compare features with it at the end of part C, when there are more of them.
#
# ## C. Harder homework
#
# A code that is as wide as the picture, or wider, could copy. Then nothing is learnt. There are
# other ways than a bottleneck to forbid copying: let only a few units be active, or hide
# something from the network that it has to find out.
#
# ### C.1 Sparse autoencoders
#
# A **sparse** autoencoder may have many code units, but each active one costs something. The loss
# gets a **penalty**, the sum of absolute code values with a weight $\lambda$:
#
# $$
# L = \frac{1}{n} \sum_{i=1}^{n} \Bigl( \lVert \hat x_i - x_i \rVert^2
#     + \lambda \sum_{j=1}^{k} \lvert h_{ij} \rvert \Bigr)
# \tag{9}
# $$
#
# > **A common error.** Some lecture notes print $\frac1n \sum_i \mathcal{L}(x_i, \hat x_i) + \lambda \lVert h_i
# > \rVert_1$. There the $i$ of the penalty stands outside of its sum, so it means nothing. The
# > penalty belongs inside: it is a mean over pictures as well.
#
# ### Exercise 11.9: the sparse loss
#
# Write `sparse_loss(X, X_hat, H, penalty)`: the number (9) for pictures and reconstructions (n, d),
# codes (n, k), and $\lambda$ = `penalty`. It must work for arrays and for torch tensors: use only
# operators and methods that both have, such as `**`, `abs(...)`, `.sum()` and `len(...)`.

# %% hint sparse_loss [markdown]
# In (9), which sums are divided by n, and which one by k?

# %% hint sparse_loss [markdown]
# Add all squared differences and λ times all absolute codes. Divide the total by the number of
# pictures.

# %% hint sparse_loss [markdown]
# return (((X_hat − X) ** 2).sum() + penalty · abs(H).sum()) / len(X)


# %% solve sparse_loss
def sparse_loss(X, X_hat, H, penalty):
    """Return the loss (9) of a sparse autoencoder, for arrays or tensors.

    >>> x = np.zeros((1, 2))
    >>> float(sparse_loss(x, x, np.array([[1.0, -3.0]]), 0.5))
    2.0
    """
    ### BEGIN SOLUTION
    return (((X_hat - X) ** 2).sum() + penalty * abs(H).sum()) / len(X)
    ### END SOLUTION


# %% given try_sparse_loss
def with_slopes(loss, *leaves):
    """Return a loss as a number, and its slopes; they are 0 where torch could not follow."""
    if getattr(loss, "requires_grad", False):
        loss.backward()
    slopes = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    return loss.item() if torch.is_tensor(loss) else loss, *(slope.numpy() for slope in slopes)


def try_sparse_loss(X, X_hat, H, penalty):
    """Return the loss for tensors, as a number, and its gradients for X_hat and for the codes."""
    X, X_hat, H = (torch.tensor(array, dtype=torch.float64) for array in (X, X_hat, H))
    X_hat.requires_grad_()
    H.requires_grad_()
    return with_slopes(sparse_loss(X, X_hat, H, penalty), X_hat, H)


# %% check sparse_loss points=2
with check("sparse_loss") as probe:
    X, X_hat = np.array([[1.0, 2, 0], [0, 1, 3]]), np.array([[1.5, 1, 0], [0, 3, 2]])
    H = np.array([[1.0, -2, 0.5, 0], [0, 0, -3, 2]])
    probe.call("no penalty", sparse_loss, X, X_hat, H, 0.0)
    probe.call("a perfect reconstruction", sparse_loss, X, X, H, 0.5)
    probe.call("both", sparse_loss, X, X_hat, H, 2.0)
    probe.call("one picture", sparse_loss, X[:1], X_hat[:1], H[:1], 2.0)
    probe.call("tensors: the loss and its slopes", try_sparse_loss, X, X_hat, H, 0.1)
### BEGIN HIDDEN TESTS
with check.hidden("sparse_loss") as probe:
    rng = np.random.default_rng(119)
    for n, d, k, penalty in ((1, 2, 3, 0.1), (6, 4, 9, 1.0), (5, 5, 5, 3.0)):
        X, X_hat, H = (rng.normal(size=(n, size)) for size in (d, d, k))
        both = [np.dot(a, a) + penalty * np.abs(h).sum() for a, h in zip(X_hat - X, H, strict=True)]
        label = f"n = {n}, d = {d}, k = {k}"
        probe.call(label, sparse_loss, X, X_hat, H, penalty, expected=np.mean(both))
        right = (np.mean(both), 2 / n * (X_hat - X), penalty * np.sign(H) / n)
        probe.call(f"tensors, {label}", try_sparse_loss, X, X_hat, H, penalty, expected=right)
### END HIDDEN TESTS


# %% mistake sparse_loss "the penalty is not a mean over pictures"
# Your penalty grows with the number of pictures. It stands inside the sum over i: divide by n.
def sparse_loss(X, X_hat, H, penalty):
    return ((X_hat - X) ** 2).sum() / len(X) + penalty * abs(H).sum()


# %% mistake sparse_loss "the penalty is a mean over units"
# Your penalty is a mean over all codes. Equation (9) adds up over the units j.
def sparse_loss(X, X_hat, H, penalty):
    return ((X_hat - X) ** 2).sum() / len(X) + penalty * abs(H).mean()


# %% mistake sparse_loss "squares in the penalty"
# Your penalty adds squares: those make codes small, but hardly ever zero. Take absolute values.
def sparse_loss(X, X_hat, H, penalty):
    return (((X_hat - X) ** 2).sum() + penalty * (H**2).sum()) / len(X)


# %% mistake sparse_loss "no absolute values"
# Your penalty adds the codes as they are: negative codes are rewarded. Take absolute values.
def sparse_loss(X, X_hat, H, penalty):
    return (((X_hat - X) ** 2).sum() + penalty * H.sum()) / len(X)


# %% mistake sparse_loss "the error is a mean over all numbers"
# Your error is divided by the number of pixels too. Equation (9) adds up over pixels.
def sparse_loss(X, X_hat, H, penalty):
    return ((X_hat - X) ** 2).mean() + penalty * abs(H).sum() / len(X)


# %% mistake sparse_loss "a loss for arrays only"
# Your loss works for arrays only. NumPy's functions know nothing of tensors: write (...).sum() in
# place of np.sum(...), and abs(H) in place of np.abs(H).
def sparse_loss(X, X_hat, H, penalty):
    return (np.sum((X_hat - X) ** 2) + penalty * np.sum(np.abs(H))) / len(X)


# %% mistake sparse_loss "a plain number"
# No slope leads from your loss back to the codes and the reconstructions. Return what the sums give:
# no float(...), no .item(), no .detach().
def sparse_loss(X, X_hat, H, penalty):
    return ((((X_hat - X) ** 2).sum() + penalty * abs(H).sum()) / len(X)).item()


# %% mistake sparse_loss "the error is cut off"
# No slope leads from the error back to the reconstructions, so the network would learn from the
# penalty alone. Leave out float(...), .item() and .detach().
def sparse_loss(X, X_hat, H, penalty):
    return (float(((X_hat - X) ** 2).sum()) + penalty * abs(H).sum()) / len(X)


# %% alternative sparse_loss
def sparse_loss(X, X_hat, H, penalty):
    return squared_error(X_hat, X) + penalty * abs(H).sum(1).mean()


# %% alternative sparse_loss
def sparse_loss(X, X_hat, H, penalty):
    loss = 0.0
    for x, x_hat, h in zip(X, X_hat, H, strict=True):
        loss = loss + sum((x_hat - x) ** 2) + penalty * sum(abs(h))
    return loss / len(X)


# %% [markdown]
# Why does the absolute value make codes *exactly* zero, and the square does not? Take a single code
# number. Without a penalty its best value would be $a$. With the penalty one has to minimise
#
# $$
# (h - a)^2 + \lambda \lvert h \rvert
# \tag{10}
# $$
#
# over $h$. The answer is the **soft threshold**: $a$ moves towards 0 by $t = \lambda / 2$, and what
# would pass 0 stops there:
#
# $$
# S_t(a) = \operatorname{sign}(a) \, \max(\lvert a \rvert - t,\; 0)
# \tag{11}
# $$
#
# ### Exercise 11.10: the soft threshold
#
# Write `best_code(a, penalty)`: the $h$ that minimises (10), for each entry of an array `a` of any
# shape, for 2 points. Then derive it, in the cell after the check, for 3.

# %% hint best_code [markdown]
# For $a = 3$ and $\lambda = 2$, where is the slope of (10) zero?

# %% hint best_code [markdown]
# The threshold is half of the penalty. Take it off the size of each entry, cut off at 0, and give
# the sign back.

# %% hint best_code [markdown]
# return sign(a) · maximum(abs(a) − penalty / 2, 0)


# %% solve best_code
def best_code(a, penalty):
    """Return the minimiser of (10) for each entry of a.

    >>> best_code(np.array([3.0, 0.5]), 2.0).tolist()
    [2.0, 0.0]
    """
    ### BEGIN SOLUTION
    return np.sign(a) * np.maximum(np.abs(a) - penalty / 2, 0)
    ### END SOLUTION


# %% check best_code points=2
with check("best_code") as probe:
    a = np.array([[2.0, 0.3, -0.2], [-1.5, 0.0, 5.0]])
    probe.call("no penalty", best_code, a, 0.0)
    probe.call("a penalty of 1", best_code, a, 1.0)
    probe.call("a penalty of 3", best_code, a, 3.0)
    probe.call("a penalty that empties the code", best_code, a, 20.0)
### BEGIN HIDDEN TESTS
with check.hidden("best_code") as probe:
    rng = np.random.default_rng(120)
    for penalty in (0.25, 1.0, 2.0):
        a = rng.integers(-40, 41, size=12) / 16
        tried = np.arange(-2560, 2561) / 1024  # holds every minimiser
        values = (tried - a[:, None]) ** 2 + penalty * np.abs(tried)
        right = tried[values.argmin(axis=1)]
        probe.call(f"a penalty of {penalty}", best_code, a, penalty, expected=right)
### END HIDDEN TESTS


# %% mistake best_code "the whole penalty"
# Your threshold is the penalty itself. The slope of the square is 2 (h - a): half of the penalty.
def best_code(a, penalty):
    return np.sign(a) * np.maximum(np.abs(a) - penalty, 0)


# %% mistake best_code "a hard threshold"
# Your large codes keep their value. They too move towards 0, by half of the penalty.
def best_code(a, penalty):
    return np.where(np.abs(a) > penalty / 2, a, 0.0)


# %% mistake best_code "negative codes are lost"
# Your negative codes become 0. The penalty pulls them up by half of the penalty, as it pulls
# positive ones down.
def best_code(a, penalty):
    return np.maximum(a - penalty / 2, 0)


# %% mistake best_code "the sign is lost"
# Your codes have lost their sign. Multiply by sign(a).
def best_code(a, penalty):
    return np.maximum(np.abs(a) - penalty / 2, 0)


# %% mistake best_code "small codes jump to the other side"
# Your small codes change their sign. What would pass 0 stops there: max(..., 0).
def best_code(a, penalty):
    return a - np.sign(a) * penalty / 2


# %% mistake best_code "the answer for squares"
# Your codes are scaled: that is the minimum for a penalty of squares, and it is 0 only for a = 0.
def best_code(a, penalty):
    return a / (1 + penalty)


# %% alternative best_code
def best_code(a, penalty):
    return a - np.clip(a, -penalty / 2, penalty / 2)


# %% alternative best_code
def best_code(a, penalty):
    return np.maximum(a - penalty / 2, 0) + np.minimum(a + penalty / 2, 0)


# %% answer best_code [markdown] points=3
# Derive (11): look for the minimum of (10) among $h > 0$, among $h < 0$, and at $h = 0$. Then show
# in a line or two that a penalty $\lambda h^2$ makes a code exactly 0 only if $a = 0$.
#
# <!-- BEGIN SOLUTION -->
#
# For $h > 0$ the slope of (10) is $2(h - a) + \lambda$. It is zero at $h = a - \lambda/2$, which is
# positive only if $a > \lambda/2$. For $h < 0$ the slope is $2(h - a) - \lambda$, zero at
# $h = a + \lambda/2$, negative only if $a < -\lambda/2$. If $\lvert a \rvert \le \lambda/2$ there is
# no minimum on either side: the slope is at least 0 to the right of 0 and at most 0 to the left, so
# the minimum is at the kink, $h = 0$. Together: $\operatorname{sign}(a)\max(|a| - \lambda/2, 0)$.
#
# With $\lambda h^2$ the slope is $2(h - a) + 2 \lambda h$, zero at $h = a/(1 + \lambda)$. This is 0
# only for $a = 0$: the square has no kink, near 0 its slope vanishes.
#
# **Rubric**
# - 1 point: the two sides, each with its condition on $a$.
# - 1 point: why the minimum is at 0 for $|a| \le \lambda/2$ (slopes on both sides, or the kink).
# - 1 point: $a/(1+\lambda)$ for the square, and that it is 0 only for $a = 0$.
# <!-- END SOLUTION -->

# %% [markdown]
# Now a sparse autoencoder with 128 code units for 64 pixels, twice as many units as pixels. The
# codes come out of a ReLU, so that they can be exactly 0. One trap: the network could make all codes
# ten times smaller, the decoder ten times larger, and pay a tenth of the penalty. So the columns of
# the decoder are held at length 1.


# %%
class Sparse(torch.nn.Module):
    """A code of 128 units behind a ReLU, and a linear decoder with columns of length 1."""

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU())
        self.decoder = torch.nn.Linear(128, 64)

    def forward(self, x):
        H = self.encoder(x)
        columns = torch.nn.functional.normalize(self.decoder.weight, dim=0)
        return H, H @ columns.T + self.decoder.bias


# %%
def train_by(model, loss, epochs, description):
    """Train a model with Adam on loss(batch of pictures); the learning rate falls to nothing."""
    model.to(training.device())
    optimizer = torch.optim.Adam(model.parameters(), fused=True)  # fewer and larger operations
    schedule = one_cycle(epochs)(optimizer)

    def step(x):
        value = loss(x)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.detach()

    training.loop(step, x_train, epochs, batch_size=64, schedule=schedule, description=description)
    return model


@cache
def sparse(penalty):
    training.seed(0)
    model = Sparse()
    name = f"penalty {penalty}"
    return train_by(model, lambda x: sparse_loss(x, *model(x)[::-1], penalty), 40, name)


# %%
def count_active(penalty):
    """Return how many units are active for a test digit, on average."""
    return float((apply(sparse(penalty).encoder, x_test) > 1e-6).sum(axis=1).mean())


fewer = count_active(0.1) < 0.5 * count_active(0.0)
print("with the penalty less than half as many units are active:", fewer)


# %%
def draw_atoms():
    models = {penalty: sparse(penalty) for penalty in (0.0, 0.1)}
    figure, grid = plt.subplots(4, 12, figsize=(9, 3.6), layout="constrained")
    figure.set_facecolor("white")
    for rows, (penalty, model) in zip((grid[:2], grid[2:]), models.items(), strict=True):
        use = apply(model.encoder, x_train).mean(axis=0)
        busy = use.argsort()[::-1][:24]
        weights = model.decoder.weight.detach().cpu().numpy()[:, busy].T
        for ax, column in zip(rows.flat, weights, strict=True):
            size = np.abs(column).max()
            ax.imshow(column.reshape(8, 8), cmap="RdBu_r", vmin=-size, vmax=size)
            ax.set(xticks=[], yticks=[])
        names = (f"penalty\n{penalty:g}", f"{count_active(penalty):.0f} active")
        for ax, name in zip(rows[:, 0], names, strict=True):
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


plots.show(
    draw_atoms(),
    "Columns of the decoder for the 24 busiest units, without and with the penalty. Without it "
    "they look like noise. With it there are strokes: pieces of digits, and here and there a whole one.",
)

# %% [markdown]
# *Figure 6. What the 24 busiest units add to the picture (red: ink, blue: less ink; each on its own
# scale), and how many of the 128 units are active for a test digit on average. Without a penalty
# about two of three units take part in every digit. With it a digit is put together from fewer
# parts.*
#
# ### C.2 Denoising autoencoders
#
# Or: spoil the picture, and ask for the clean one (Vincent and others, 2008). Copying is now wrong.
# To repair a pixel the network has to know what its neighbours say about it. **Masking noise** sets
# each pixel to 0 with probability $p$, independently of all others:
#
# $$
# \tilde x_{ij} = \begin{cases} 0 & \text{with probability } p \\
#                               x_{ij} & \text{otherwise} \end{cases}
# \tag{12}
# $$
#
# ### Exercise 11.11: spoil it
#
# Write `corrupt(X, p, rng)`: (12) for an array `X` of shape (n, d), as a new array. All chance
# comes from the generator `rng` (`np.random.default_rng(...)`; `rng.random(shape)` is uniform
# between 0 and 1). No pixel is scaled.
#
# The check cannot know your draws. It looks at statistics of 200,000 of them instead, and its
# bounds are so wide that a right answer fails less than once in 10,000 runs.

# %% hint corrupt [markdown]
# With which probability is a uniform number from 0 to 1 smaller than 0.3?

# %% hint corrupt [markdown]
# Draw one uniform number for each entry of X. Where it is smaller than p, the result has a 0, and
# else the entry of X.

# %% hint corrupt [markdown]
# return where(rng.random(X.shape) < p, 0, X)


# %% solve corrupt
def corrupt(X, p, rng):
    """Return X with masking noise (12): each entry is 0 with probability p.

    >>> corrupt(np.ones((1, 2)), 1.0, np.random.default_rng(0)).tolist()
    [[0.0, 0.0]]
    """
    ### BEGIN SOLUTION
    return np.where(rng.random(X.shape) < p, 0, X)
    ### END SOLUTION


# %% given noise_report
def noise_report(noisy, X, p):
    """Return the number of zeros in all, in rows and in columns, in standard deviations.

    X holds no zero. In all: the count is binomial. In rows, and in columns: the squared deviations
    of the counts add up to about a chi-square number with as many degrees of freedom.
    """
    lost = (np.asarray(noisy) == 0) & (X != 0)
    n, d = lost.shape
    variance = p * (1 - p)
    total = (lost.sum() - n * d * p) / np.sqrt(n * d * variance)
    rows = np.sum((lost.sum(axis=1) - d * p) ** 2) / (d * variance)
    columns = np.sum((lost.sum(axis=0) - n * p) ** 2) / (n * variance)
    return total, (rows - n) / np.sqrt(2 * n), (columns - d) / np.sqrt(2 * d)


# %% check corrupt points=2
with check("corrupt") as probe:
    X = 1 + np.random.default_rng(0).random((4, 3))
    probe.call("p = 0", corrupt, X, 0.0, np.random.default_rng(1))
    probe.call("p = 1", corrupt, X, 1.0, np.random.default_rng(1))
    X = 1 + np.random.default_rng(0).random((400, 500))
    # A share is binomial: a right answer fails, beyond 5 deviations, in 6 of 10 million runs.
    other = noise_report(np.asarray(corrupt(X, 0.6, np.random.default_rng(4))), X, 0.6)[0]
    probe.true("p = 0.6: the share of zeros", abs(other) < 5, "The share of zeros is the argument p.")
    noisy = np.asarray(corrupt(X, 0.3, np.random.default_rng(2)))
    fits = noisy.shape == X.shape
    kept = fits and bool(((noisy == 0) | (noisy == X)).all())
    advice = "Each pixel is 0 or what it was: nothing is added or scaled."
    probe.true("each pixel is 0 or unchanged", kept, advice)
    total, rows, columns = noise_report(noisy, X, 0.3) if fits else (99, 99, 99)
    # The count is binomial: a right answer fails, beyond 5 deviations, in 6 of 10 million runs.
    advice = "The share of zeros is not p. Where a uniform number is smaller than p, put a 0."
    probe.true("a share p of all pixels is 0", abs(total) < 5, advice)
    # Chi-square with 400 and 500 degrees of freedom: a right answer fails in less than 1 of 100
    # million runs, beyond 7 deviations.
    advice = "Draw a number for each pixel of each picture: rng.random(X.shape)."
    probe.true("each picture has its own mask", abs(columns) < 7, advice)
    probe.true("the pixels of a picture are independent", abs(rows) < 7, advice)
    again = np.asarray(corrupt(X, 0.3, np.random.default_rng(2)))
    other = np.asarray(corrupt(X, 0.3, np.random.default_rng(3)))
    advice = "Take all chance from rng: no generator of your own, no np.random.random."
    probe.true("equal generators give equal noise", np.array_equal(again, noisy), advice)
    # Two right draws of 200,000 pixels coincide with a probability that is 0 for all purposes.
    probe.true("another generator gives other noise", not np.array_equal(other, noisy), advice)
### BEGIN HIDDEN TESTS
with check.hidden("corrupt") as probe:
    for seed, n, d, p in ((5, 1000, 200, 0.1), (6, 300, 700, 0.8)):
        X = -1 - np.random.default_rng(seed).random((n, d))
        noisy = np.asarray(corrupt(X, p, np.random.default_rng(seed)))
        probe.shape(f"the shape, p = {p}", noisy, X.shape)
        kept = bool(((noisy == 0) | (noisy == X)).all())
        probe.true(f"each pixel is 0 or unchanged, p = {p}", kept, "Nothing is scaled.")
        total, rows, columns = noise_report(noisy, X, p)
        right = abs(total) < 5 and abs(rows) < 7 and abs(columns) < 7  # a right answer fails: 1e-6
        probe.true(f"the statistics of the mask, p = {p}", right, "Draw for each pixel on its own.")
### END HIDDEN TESTS


# %% mistake corrupt "kept with probability p"
# Your pixels are kept with probability p. They are lost with probability p.
def corrupt(X, p, rng):
    return np.where(rng.random(X.shape) < p, X, 0)


# %% mistake corrupt "one mask for all pictures"
# All your pictures lose the same pixels. Draw a number for each pixel of each picture.
def corrupt(X, p, rng):
    return np.where(rng.random(X.shape[1]) < p, 0, X)


# %% mistake corrupt "whole pictures are lost"
# You draw one number for each picture. Draw one for each of its pixels.
def corrupt(X, p, rng):
    return np.where(rng.random((len(X), 1)) < p, 0, X)


# %% mistake corrupt "scaled as in dropout"
# Your pixels are divided by 1 - p, as dropout does it. Here the network is to see them as they are.
def corrupt(X, p, rng):
    return np.where(rng.random(X.shape) < p, 0, X) / max(1 - p, 1e-9)


# %% mistake corrupt "noise is added"
# You add noise with the deviation p. Masking noise sets pixels to 0 and leaves the others alone.
def corrupt(X, p, rng):
    return X + p * rng.normal(size=X.shape)


# %% mistake corrupt "a generator of its own"
# Your noise is the same on each call: the generator is made inside. Take the one that is passed in.
def corrupt(X, p, rng):
    return np.where(np.random.default_rng(0).random(X.shape) < p, 0, X)


# %% alternative corrupt
def corrupt(X, p, rng):
    return X * (rng.random(X.shape) >= p)


# %% alternative corrupt
def corrupt(X, p, rng):
    keep = rng.binomial(1, 1 - p, size=X.shape)
    noisy = X.copy()
    noisy[keep == 0] = 0
    return noisy


# %% alternative corrupt
def corrupt(X, p, rng):
    rows = [[0.0 if rng.uniform() < p else value for value in row] for row in X.tolist()]
    return np.array(rows)


# %% [markdown]
# The loss compares with the *clean* picture. Written for a network $N$ (encoder and decoder in one)
# and a spoiled picture $\tilde x_i$:
#
# $$
# L = \frac{1}{n} \sum_{i=1}^{n} \lVert N(\tilde x_i) - x_i \rVert^2
# \tag{13}
# $$
#
# ### Exercise 11.12: the loss of a denoiser
#
# Write `denoising_loss(network, X, noisy)`: the number (13) for a function `network` from (n, d) to
# (n, d), clean pictures `X` and spoiled ones `noisy`. Arrays and tensors must work; call `network`
# once.

# %% hint denoising_loss [markdown]
# What does the network see, and what should it have drawn?

# %% hint denoising_loss [markdown]
# Feed the spoiled pictures, compare with the clean ones, with `squared_error` of the first cell.

# %% hint denoising_loss [markdown]
# return squared_error(network(noisy), X)


# %% solve denoising_loss
def denoising_loss(network, X, noisy):
    """Return the loss (13): what a network makes of noisy pictures, compared with clean ones.

    >>> float(denoising_loss(lambda x: 2 * x, np.array([[3.0]]), np.array([[1.0]])))
    1.0
    """
    ### BEGIN SOLUTION
    return squared_error(network(noisy), X)
    ### END SOLUTION


# %% given denoisers
def double(X):
    return 2 * X


def halve(X):
    return X / 2


def shift(X):
    return X + 1


def try_denoising_loss(X, noisy):
    """Return the loss of a network that scales tensors, as a number, and its slopes."""
    factors = torch.arange(1.0, 1 + X.shape[1], dtype=torch.float64).requires_grad_()
    X, noisy = torch.tensor(X), torch.tensor(noisy)
    return with_slopes(denoising_loss(lambda rows: rows * factors, X, noisy), factors)


# %% check denoising_loss points=1
with check("denoising_loss") as probe:
    X = np.array([[1.0, 2, 0], [0, 1, 3]])
    noisy = np.array([[1.0, 0, 0], [0, 0, 3]])
    probe.call("a network that doubles", denoising_loss, double, X, noisy)
    probe.call("a network that adds 1", denoising_loss, shift, X, noisy)
    probe.call("no noise", denoising_loss, shift, X, X.copy())
    probe.call("tensors: the loss and its slopes", try_denoising_loss, X, noisy)
### BEGIN HIDDEN TESTS
with check.hidden("denoising_loss") as probe:
    rng = np.random.default_rng(122)
    for n, d in ((1, 4), (7, 3)):
        X, noisy = rng.normal(size=(2, n, d))
        right = np.mean([np.dot(e, e) for e in 2 * noisy - X])
        probe.call(f"n = {n}, d = {d}", denoising_loss, double, X, noisy, expected=right)
        e = noisy * np.arange(1, 1 + d) - X
        right = (np.sum(e**2) / n, 2 / n * np.sum(e * noisy, axis=0))
        probe.call(f"tensors, n = {n}, d = {d}", try_denoising_loss, X, noisy, expected=right)
### END HIDDEN TESTS


# %% mistake denoising_loss "compared with the noisy picture"
# You compare with the spoiled picture: the network learns to copy its noise. The target is clean.
def denoising_loss(network, X, noisy):
    return squared_error(network(noisy), noisy)


# %% mistake denoising_loss "the network sees the clean picture"
# Your network is fed with clean pictures. It must see the spoiled ones.
def denoising_loss(network, X, noisy):
    return squared_error(network(X), X)


# %% mistake denoising_loss "clean and noisy are exchanged"
# Your network sees the clean picture and is asked for the noisy one. It is the other way round.
def denoising_loss(network, X, noisy):
    return squared_error(network(X), noisy)


# %% mistake denoising_loss "a mean over pixels"
# Your loss is divided by the number of pixels too. Equation (13) adds up over pixels.
def denoising_loss(network, X, noisy):
    return ((network(noisy) - X) ** 2).mean()


# %% mistake denoising_loss "a loss for arrays only"
# Your loss works for arrays only. NumPy's functions know nothing of tensors: write (...).sum() in
# place of np.sum(...).
def denoising_loss(network, X, noisy):
    return np.sum((network(noisy) - X) ** 2) / len(X)


# %% mistake denoising_loss "a plain number"
# No slope leads from your loss back to the network. Return what the sums give: no float(...), no
# .item(), no .detach().
def denoising_loss(network, X, noisy):
    return squared_error(network(noisy), X).item()


# %% alternative denoising_loss
def denoising_loss(network, X, noisy):
    return ((X - network(noisy)) ** 2).sum() / len(X)


# %% alternative denoising_loss
def denoising_loss(network, X, noisy):
    return sum(((a - b) ** 2).sum() for a, b in zip(network(noisy), X, strict=True)) / len(X)


# %% [markdown]
# What does a denoiser learn? For a *linear* one, $f(x) = A x$, it can be worked out. Let the data
# have mean 0 and covariance $C$, and let the noise be additive: to each pixel is added an
# independent number with mean 0 and variance $\sigma^2$. The expected loss is
#
# $$
# \mathbb{E}\, \lVert A(x + \epsilon) - x \rVert^2
#   = \operatorname{tr}\bigl( (A - I)\, C\, (A - I)^{\top} \bigr)
#   + \sigma^2 \operatorname{tr}\bigl( A A^{\top} \bigr)
# \tag{14}
# $$
#
# The first term is the error on clean data, the second what is left of the noise. The gradient with
# respect to $A$ is $2 (A - I) C + 2 \sigma^2 A$. It is zero for
#
# $$
# A = C\, (C + \sigma^2 I)^{-1}
# \tag{15}
# $$
#
# ### Exercise 11.13: the best linear denoiser
#
# Write `linear_denoiser(X, sigma)` for pictures `X` (n, d) and the noise's standard deviation
# `sigma`, greater than 0. Return $A$ of (15), with $C = \frac1n (X - \mu)^\top (X - \mu)$.

# %% hint linear_denoiser [markdown]
# What becomes of $A$ when $\sigma$ is tiny, and when it is huge?

# %% hint linear_denoiser [markdown]
# Subtract the mean over the rows, make the covariance (d, d), add σ² on its diagonal, invert,
# multiply.

# %% hint linear_denoiser [markdown]
# Z ← X − X.mean(axis=0); C ← Z.T @ Z / n; return C @ inv(C + σ² · eye(d))


# %% solve linear_denoiser
def linear_denoiser(X, sigma):
    """Return the matrix (15), shape (d, d).

    >>> linear_denoiser(np.array([[1.0], [-1.0]]), 1.0).tolist()
    [[0.5]]
    """
    ### BEGIN SOLUTION
    Z = X - X.mean(axis=0)
    C = Z.T @ Z / len(X)
    return C @ np.linalg.inv(C + sigma**2 * np.eye(len(C)))
    ### END SOLUTION


# %% check linear_denoiser points=2
with check("linear_denoiser") as probe:
    cross = np.array([[3.0, 0], [-3, 0], [0, 1], [0, -1]])
    probe.call("a cross, noise of 1", linear_denoiser, cross, 1.0)
    probe.call("a cross, noise of 2", linear_denoiser, cross, 2.0)
    probe.call("the cross, far from the origin", linear_denoiser, cross + [5, 0], 1.0)
    X = np.array([[1.0, 2, 0], [0, 1, 3], [2, -2, 1], [4, 0, -1], [1, 1, 1]])
    probe.call("five rows of three numbers", linear_denoiser, X, 0.5)
### BEGIN HIDDEN TESTS
with check.hidden("linear_denoiser") as probe:
    rng = np.random.default_rng(123)
    for n, d, sigma in ((6, 3, 0.3), (40, 5, 2.0), (3, 4, 1.0)):
        X = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3
        values, Q = np.linalg.eigh(np.cov(X.T, bias=True))
        right = Q @ np.diag(values / (values + sigma**2)) @ Q.T
        label = f"n = {n}, d = {d}, sigma = {sigma}"
        probe.call(label, linear_denoiser, X, sigma, expected=right)
### END HIDDEN TESTS


# %% mistake linear_denoiser "sigma in place of its square"
# You add sigma to the diagonal. The variance of the noise is sigma squared.
def linear_denoiser(X, sigma):
    C = np.cov(X.T, bias=True).reshape(X.shape[1], -1)
    return C @ np.linalg.inv(C + sigma * np.eye(len(C)))


# %% mistake linear_denoiser "the mean is not subtracted"
# Your C is made of pictures from which the mean was not subtracted.
def linear_denoiser(X, sigma):
    C = X.T @ X / len(X)
    return C @ np.linalg.inv(C + sigma**2 * np.eye(len(C)))


# %% mistake linear_denoiser "a sum in place of the mean"
# Your C grows with the number of pictures. Divide by n.
def linear_denoiser(X, sigma):
    C = np.cov(X.T, bias=True).reshape(X.shape[1], -1) * len(X)
    return C @ np.linalg.inv(C + sigma**2 * np.eye(len(C)))


# %% mistake linear_denoiser "only the inverse"
# Your matrix is the inverse alone. Multiply it by C.
def linear_denoiser(X, sigma):
    C = np.cov(X.T, bias=True).reshape(X.shape[1], -1)
    return np.linalg.inv(C + sigma**2 * np.eye(len(C)))


# %% mistake linear_denoiser "the variance is added everywhere"
# You add the variance to all entries of C. The noise of two pixels is independent: only the
# diagonal grows. Multiply by np.eye.
def linear_denoiser(X, sigma):
    C = np.cov(X.T, bias=True).reshape(X.shape[1], -1)
    return C @ np.linalg.pinv(C + sigma**2)


# %% mistake linear_denoiser "divided by n - 1"
# Your C is divided by n - 1. Here it is a plain mean: divide by n.
def linear_denoiser(X, sigma):
    C = np.cov(X.T).reshape(X.shape[1], -1)
    return C @ np.linalg.inv(C + sigma**2 * np.eye(len(C)))


# %% alternative linear_denoiser
def linear_denoiser(X, sigma):
    C = np.cov(X.T, bias=True).reshape(X.shape[1], -1)
    return np.linalg.solve(C + sigma**2 * np.eye(len(C)), C)


# %% alternative linear_denoiser
def linear_denoiser(X, sigma):
    _, S, Ut = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    shares = S**2 / (S**2 + len(X) * sigma**2)
    return (Ut.T * shares) @ Ut


# %% [markdown]
# Look at it along the principal components, whose variances are $v_1 \ge v_2 \ge \dots$ There (15)
# multiplies by $v_j / (v_j + \sigma^2)$. Directions in which the data
# vary more than the noise pass; the others are damped. **A linear denoiser is a soft PCA.** PCA keeps
# $k$ directions and drops the rest; denoising learns by itself how much of each to keep. Move the
# noise.


# %%
NOISE_NAMES = ("clean", "noisy", "denoised")
VARIANCES = np.linalg.eigvalsh(np.cov(pixels.x_train.T))[::-1].clip(min=0)


def draw_denoiser(figure, picture=3, sigma=0.3):
    """Draw a digit with noise, the answer of the linear denoiser, and its factors."""
    x = pixels.x_test[picture]
    noisy = x + sigma * np.random.default_rng(picture).normal(size=64)
    A = linear_denoiser(pixels.x_train, sigma)
    answer = AVERAGE + A @ (noisy - AVERAGE)
    axes = figure.subplots(1, 4, gridspec_kw={"width_ratios": [1, 1, 1, 1.7]})
    for ax, name, shown in zip(axes[:3], NOISE_NAMES, (x, noisy, answer), strict=True):
        ax.imshow(shown.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(title=name, xticks=[], yticks=[])
    axes[3].plot(np.arange(1, 65), VARIANCES / (VARIANCES + sigma**2), color=BLUE, lw=2)
    axes[3].set(xlabel="component", ylabel="what passes", ylim=(0, 1.02))
    before, after = np.sum((noisy - x) ** 2), np.sum((answer - x) ** 2)
    return f"squared error: {before:.2f} with noise, {after:.2f} after denoising"


# %%
explore.live(
    draw_denoiser,
    title="A linear denoiser",
    description="A digit, the digit with noise, what the linear denoiser makes of it, and the share "
    "of each principal component that it lets pass.",
    figure_size=(9, 2.6),
    picture=(0, 30),
    sigma=(0.05, 1.0, 0.05),
)

# %% [markdown]
# *Figure 7. The best linear denoiser. With little noise nearly everything passes. With much noise even
# the first components pass in part only, the others hardly, and the picture becomes an average digit.*
#
# A deep denoiser is trained with masking noise, fresh in each batch, so it never sees the same
# spoiled picture twice. Next to it stands a plain autoencoder of the same size. Its code has 32
# numbers, so it could nearly copy.


# %%
def whole(sizes):
    return torch.nn.Sequential(*make_autoencoder(sizes))


def spoiled(x, rng, p=0.4):
    """Return a tensor with masking noise, where the tensor was."""
    noisy = corrupt(x.cpu().double().numpy(), p, rng)
    return torch.as_tensor(noisy, dtype=torch.float32).to(x.device)


@cache
def denoiser(p):
    """Return an autoencoder that was trained with masking noise; p = 0 is a plain one."""
    training.seed(0)
    model, rng = whole([64, 128, 32]), np.random.default_rng(0)
    name = f"noise {p}"
    return train_by(model, lambda x: denoising_loss(model, x, spoiled(x, rng, p)), 60, name)


# %%
noisy_test = corrupt(pixels.x_test, 0.4, np.random.default_rng(9))
restored = {p: apply(denoiser(p), noisy_test) for p in (0.0, 0.4)}
errors = {p: squared_error(rows, pixels.x_test) for p, rows in restored.items()}
print("the denoiser's error is less than half of the plain one's:", errors[0.4] < 0.5 * errors[0.0])
rows = [pixels.x_test[:8], noisy_test[:8], restored[0.0][:8], restored[0.4][:8]]
names = ["clean", "noisy", "plain", "denoiser"]
grid = plots.images(np.concatenate(rows), columns=8)
for ax, name in zip(grid[:, 0], names, strict=True):
    ax.text(-0.15, 0.5, name, transform=ax.transAxes, ha="right", va="center")
plots.show(
    grid,
    "Four rows of eight digits: clean; with two fifths of the pixels lost; what the plain "
    "autoencoder makes of those, as broken as before; and what the denoiser makes, whole digits.",
)

# %% [markdown]
# *Figure 8. From above: test digits, the same with masking noise, the plain autoencoder's answer,
# the denoiser's answer. The plain one copies the holes. The denoiser fills most of them, and where
# too much is lost it draws another digit.*
#
# ### C.3 Context autoencoders
#
# Masking noise loses single pixels, and a neighbour nearly tells them. Hide a whole block, and the
# network must know what is drawn (Pathak and others, 2016: **context encoders**). It is asked for
# the hidden part only; of what it was shown it gets no credit:
#
# $$
# L = \frac{1}{n} \sum_{i=1}^{n} \sum_{j \in B_i} (\hat x_{ij} - x_{ij})^2,
# \qquad B_i \text{: the hidden pixels of picture } i
# \tag{16}
# $$
#
# ### Exercise 11.14: hide and seek
#
# Write two functions.
#
# - `hide(X, corners, size)`: `X` has the shape (n, height, width), `corners` is an array (n, 2) of
#   whole numbers, row and column of the upper left corner of each picture's block, which is `size`
#   by `size` and lies inside. Return the tuple `(shown, mask)`: the pictures with 0 in their blocks,
#   and an array of the same shape that is `True` in the blocks and `False` elsewhere.
# - `context_loss(X, X_hat, mask)`: the number (16), for three arrays, or three tensors, of one shape
#   (n, …). As in 11.9, use operators and methods that both have.

# %% hint hide [markdown]
# Do all pictures have their block at the same place?

# %% hint hide [markdown]
# Begin with a mask that is False everywhere. For each picture set its block to True: `size` rows
# from the first number of its corner on, `size` columns from the second. Then zero what is masked.
# For the loss zero the errors outside of the mask.

# %% hint hide [markdown]
# mask ← zeros(X.shape, dtype=bool); for i, (r, c): mask[i, r : r + size, c : c + size] ← True;
# return where(mask, 0, X), mask. Loss: (((X_hat − X) · mask) ** 2).sum() / len(X)


# %% solve hide
def hide(X, corners, size):
    """Return (shown, mask): pictures with a block of zeros each, and where the blocks are.

    >>> shown, mask = hide(np.ones((1, 2, 2)), np.array([[0, 1]]), 1)
    >>> shown.tolist()
    [[[1.0, 0.0], [1.0, 1.0]]]
    """
    ### BEGIN SOLUTION
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask
    ### END SOLUTION


def context_loss(X, X_hat, mask):
    """Return the loss (16): squared errors of hidden pixels, as a mean over pictures.

    >>> float(context_loss(np.zeros((1, 2)), np.array([[3.0, 5.0]]), np.array([[True, False]])))
    9.0
    """
    ### BEGIN SOLUTION
    return (((X_hat - X) * mask) ** 2).sum() / len(X)
    ### END SOLUTION


# %% given try_context_loss
def try_context_loss(X, X_hat, mask):
    """Return the loss for tensors, as a number, and its gradient with respect to X_hat."""
    X_hat = torch.tensor(X_hat).requires_grad_()
    return with_slopes(context_loss(torch.tensor(X), X_hat, torch.tensor(mask)), X_hat)


# %% check hide points=3
with check("hide") as probe:
    X = 1.0 + np.arange(12.0).reshape(1, 3, 4)
    probe.call("one picture, a block in the middle row", hide, X, np.array([[1, 2]]), 1)
    X = 1.0 + np.arange(75.0).reshape(3, 5, 5)
    probe.call("three pictures, three places", hide, X, np.array([[0, 1], [3, 2], [1, 0]]), 2)
    paper = X * (np.arange(75).reshape(3, 5, 5) % 2)
    probe.call("pictures with zeros of their own", hide, paper, np.array([[0, 1], [3, 2], [1, 0]]), 2)
    X, X_hat = np.array([[1.0, 2, 0], [0, 1, 3]]), np.array([[1.5, 1, 0], [0, 3, 2]])
    nothing, everything = np.zeros((2, 3), dtype=bool), np.ones((2, 3), dtype=bool)
    some = np.array([[True, False, True], [False, True, False]])
    probe.call("loss: everything hidden", context_loss, X, X_hat, everything)
    probe.call("loss: some hidden", context_loss, X, X_hat, some)
    probe.call("loss: nothing hidden", context_loss, X, X_hat, nothing)
    boxes = np.arange(12.0).reshape(3, 2, 2)
    probe.call("loss: three pictures of 2 by 2", context_loss, boxes, boxes + 1, boxes % 3 > 0)
    probe.call("tensors: the loss and its slopes", try_context_loss, X, X_hat, some)
### BEGIN HIDDEN TESTS
with check.hidden("hide") as probe:
    rng = np.random.default_rng(124)
    for n, h, w, size in ((4, 6, 9, 3), (2, 5, 5, 5), (6, 8, 8, 1)):
        X, X_hat = rng.uniform(1, 2, size=(2, n, h, w))
        corners = rng.integers(0, (h - size + 1, w - size + 1), size=(n, 2))
        rows, columns = np.arange(h)[:, None], np.arange(w)
        r, c = corners[:, 0, None, None], corners[:, 1, None, None]
        mask = (rows >= r) & (rows < r + size) & (columns >= c) & (columns < c + size)
        label = f"{n} pictures of {h} by {w}, blocks of {size}"
        probe.call(label, hide, X, corners, size, expected=(X * ~mask, mask))
        loss = float(sum((X_hat - X)[mask] ** 2)) / n
        probe.call(f"loss: {label}", context_loss, X, X_hat, mask, expected=loss)
        right = (loss, 2 / n * (X_hat - X) * mask)
        probe.call(f"tensors, {label}", try_context_loss, X, X_hat, mask, expected=right)
### END HIDDEN TESTS


# %% mistake hide "rows and columns are exchanged"
# Your blocks are mirrored: the first number of a corner is the row.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, column : column + size, row : row + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return (((X_hat - X) * mask) ** 2).sum() / len(X)


# %% mistake hide "every picture has all blocks"
# Your blocks are hidden in all pictures. Each picture has its own: mask[i, ...].
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for row, column in corners:
        mask[:, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return (((X_hat - X) * mask) ** 2).sum() / len(X)


# %% mistake hide "the mask is turned around"
# Your mask is True where the picture is shown. It is True in the blocks.
def hide(X, corners, size):
    mask = np.ones(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = False
    return np.where(mask, X, 0), mask


def context_loss(X, X_hat, mask):
    return (((X_hat - X) * mask) ** 2).sum() / len(X)


# %% mistake hide "the mask is read off the zeros"
# Your mask is True wherever a picture is 0, and pictures have zeros of their own. Set it to True in
# the blocks, where you set the pictures to 0.
def hide(X, corners, size):
    shown = X.copy()
    for n, (r, c) in enumerate(corners):
        shown[n, r : r + size, c : c + size] = 0
    return shown, shown == 0


def context_loss(X, X_hat, mask):
    return (((X_hat - X) ** 2) * mask).sum() / len(X)


# %% mistake hide "the loss counts all pixels"
# Your loss counts the pixels that were shown. Only the hidden ones count: multiply by the mask.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return ((X_hat - X) ** 2).sum() / len(X)


# %% mistake hide "the loss counts what is shown"
# Your loss counts the pixels outside of the blocks. The mask is True for hidden pixels, and those
# count.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return (((X_hat - X) * ~mask) ** 2).sum() / len(X)


# %% mistake hide "the loss is a mean over hidden pixels"
# Your loss is divided by the number of hidden pixels. Equation (16) divides by the number of
# pictures.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return ((X_hat - X) ** 2 * mask).sum() / mask.sum().clip(1)


# %% mistake hide "a loss for arrays only"
# Your loss works for arrays only. NumPy's functions know nothing of tensors: write (...).sum() in
# place of np.sum(...), and multiply by the mask in place of np.where.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return np.sum(((X_hat - X) * mask) ** 2) / len(X)


# %% mistake hide "the loss is a sum over pictures"
# Your loss grows with the number of pictures. Divide the sum by n.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return (((X_hat - X) * mask) ** 2).sum()


# %% mistake hide "the loss is a mean over all numbers"
# Your loss is divided by the number of pixels too. Equation (16) divides by the number of pictures.
def hide(X, corners, size):
    mask = np.zeros(X.shape, dtype=bool)
    for i, (row, column) in enumerate(corners):
        mask[i, row : row + size, column : column + size] = True
    return np.where(mask, 0, X), mask


def context_loss(X, X_hat, mask):
    return (((X_hat - X) * mask) ** 2).mean()


# %% alternative hide
def hide(X, corners, size):
    r, c = np.asarray(corners).T[:, :, None, None]
    rows, columns = np.arange(X.shape[1])[:, None] - r, np.arange(X.shape[2]) - c
    mask = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
    return X * ~mask, mask


def context_loss(X, X_hat, mask):
    return ((X_hat - X)[mask] ** 2).sum() / len(X)


# %% alternative hide
def hide(X, corners, size):
    shown, mask = X.copy(), np.full(X.shape, False)
    for i in range(len(X)):
        for u in range(size):
            for v in range(size):
                shown[i, corners[i][0] + u, corners[i][1] + v] = 0.0
                mask[i, corners[i][0] + u, corners[i][1] + v] = True
    return shown, mask


def context_loss(X, X_hat, mask):
    total = 0.0
    for x, x_hat, hidden in zip(X, X_hat, mask, strict=True):
        total = total + ((x_hat - x) ** 2 * hidden).sum()
    return total / len(X)


# %% [markdown]
# Blocks of 4 by 4, a quarter of a digit, at random places. How good can one be without looking? The
# mean picture is the answer of someone who knows digits but has not seen this one.


# %%
def with_blocks(x, rng, size=4):
    """Return tensors (shown, mask) for rows of 64 pixels, with blocks at random places."""
    pictures = x.cpu().double().numpy().reshape(-1, 8, 8)
    shown, mask = hide(pictures, rng.integers(0, 9 - size, size=(len(x), 2)), size)
    shown, mask = (torch.as_tensor(part.reshape(-1, 64)).to(x.device) for part in (shown, mask))
    return shown.float(), mask


@cache
def context_network():
    training.seed(0)
    model, rng = whole([64, 128, 32]), np.random.default_rng(0)

    def loss(x):
        shown, mask = with_blocks(x, rng)
        return context_loss(x, model(shown), mask)

    return train_by(model, loss, 60, "context")


# %%
shown, mask = (part.numpy() for part in with_blocks(x_test, np.random.default_rng(5)))
guessed = apply(context_network(), shown)
context_error = context_loss(pixels.x_test, guessed, mask)
without = context_loss(pixels.x_test, np.tile(AVERAGE, (len(x_test), 1)), mask)
print("less than half the error of the mean picture:", bool(context_error < 0.5 * without))
filled = np.where(mask, guessed, pixels.x_test)
rows = [pixels.x_test[:8], np.where(mask, 0.35, shown)[:8], filled[:8]]
grid = plots.images(np.concatenate(rows), columns=8)
for ax, name in zip(grid[:, 0], ("picture", "shown", "filled in"), strict=True):
    ax.text(-0.15, 0.5, name, transform=ax.transAxes, ha="right", va="center")
plots.show(
    grid,
    "Three rows of eight digits: the pictures; the same with a grey block of 4 by 4 over each; and "
    "the blocks filled in by the network, mostly with strokes that go on as they should.",
)

# %% [markdown]
# *Figure 9. Test digits, what the network saw (the block is drawn grey; the network sees zeros), and
# its answer set into the block. Strokes go on through the block; fine ends are lost.*
#
# ### C.4 Split-brain autoencoders
#
# A last idea (Zhang, Isola and Efros, 2017): divide the input into two parts, $x = (x^1, x^2)$, and
# train two networks. One sees part 1 and predicts part 2, the other sees part 2 and predicts part 1:
#
# $$
# L = \frac{1}{n} \sum_{i=1}^{n} \Bigl( \lVert f_1(x_i^1) - x_i^2 \rVert^2
#                                     + \lVert f_2(x_i^2) - x_i^1 \rVert^2 \Bigr)
# \tag{17}
# $$
#
# Neither network can copy, for it never sees what it has to draw; nothing has to be spoiled, and no
# bottleneck is needed. The feature of a picture is both codes, one after the other, and together
# they have seen the whole picture. (The paper divides colour photographs into brightness and
# colour. Our digits have no colour: we divide them into an upper and a lower half.)
#
# ### Exercise 11.15: two halves
#
# Write two functions. A row of `X` has $d$ pixels, $d$ even; part 1 is the first $d/2$ of them.
#
# - `split_brain_loss(X, f1, f2)`: the number (17). `f1` and `f2` are functions from (n, d/2) to
#   (n, d/2). Arrays and tensors must work.
# - `split_brain_features(X, e1, e2)`: the array (n, k₁ + k₂) of both codes. `e1` is a function from
#   (n, d/2) to (n, k₁) that encodes part 1, `e2` the one for part 2. Arrays are enough here.

# %% hint split_brain [markdown]
# Which half does `f1` see, and with which half is its answer compared?

# %% hint split_brain [markdown]
# Cut X into its first and its last d/2 columns. Compare f1 of the first with the last, f2 of the last
# with the first, and add both errors. For the features lay both codes side by side, e1 first.

# %% hint split_brain [markdown]
# half ← d // 2; A, B ← X[:, :half], X[:, half:]; loss ← squared_error(f1(A), B) +
# squared_error(f2(B), A); features ← concatenate([e1(A), e2(B)], axis=1)


# %% solve split_brain
def split_brain_loss(X, f1, f2):
    """Return the loss (17): f1 predicts part 2 from part 1, f2 predicts part 1 from part 2.

    >>> float(split_brain_loss(np.array([[1.0, 3.0]]), lambda a: 2 * a, lambda b: 0 * b))
    2.0
    """
    ### BEGIN SOLUTION
    half = X.shape[1] // 2
    A, B = X[:, :half], X[:, half:]
    return squared_error(f1(A), B) + squared_error(f2(B), A)
    ### END SOLUTION


def split_brain_features(X, e1, e2):
    """Return both codes of each row side by side, (n, k1 + k2).

    >>> split_brain_features(np.array([[1.0, 3.0]]), lambda a: 2 * a, lambda b: 0 * b).tolist()
    [[2.0, 0.0]]
    """
    ### BEGIN SOLUTION
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, :half]), e2(X[:, half:])], axis=1)
    ### END SOLUTION


# %% given halves
def zero(X):
    return 0 * X


def square(X):
    return X**2


def sums(X):
    return X.sum(1)[:, None]


def try_split_brain_loss(X):
    """Return the loss for tensors and two networks that scale, as a number, and its slopes."""
    X = torch.tensor(X)
    a, b = (torch.ones(X.shape[1] // 2, dtype=X.dtype).requires_grad_() for _ in range(2))
    loss = split_brain_loss(X, lambda rows: 2 * a * rows, lambda rows: b**3 * rows)
    return with_slopes(loss, a, b)


# %% check split_brain points=2
with check("split_brain") as probe:
    X = np.array([[1.0, 2, 0, 5], [0, 1, 3, 1], [2, -2, 1, 0]])
    probe.call("f2 draws nothing", split_brain_loss, X, double, zero)
    probe.call("f1 draws nothing", split_brain_loss, X, zero, shift)
    probe.call("both draw", split_brain_loss, X, double, square)
    wide = np.arange(12.0).reshape(2, 6) ** 2 % 7
    probe.call("two rows of six pixels", split_brain_loss, wide, double, square)
    probe.call("tensors: the loss and its slopes", try_split_brain_loss, X)
    probe.call("features", split_brain_features, X, double, square)
    probe.call("features of two rows of six pixels", split_brain_features, wide, double, square)
    probe.call("codes of different sizes", split_brain_features, X, sums, double)
### BEGIN HIDDEN TESTS
with check.hidden("split_brain") as probe:
    rng = np.random.default_rng(125)
    for n, d in ((1, 2), (5, 6), (3, 10)):
        X = rng.normal(size=(n, d))
        A, B = np.split(X, 2, axis=1)
        right = (((3 + A - B - 2) ** 2).sum() + ((B**2 - A) ** 2).sum()) / n
        probe.call(f"n = {n}, d = {d}", split_brain_loss, X, shift, square, expected=right)
        one, two = 2 * A - B, B - A
        right = (np.sum(one**2 + two**2) / n, 4 / n * sum(one * A), 6 / n * sum(two * B))
        probe.call(f"tensors, n = {n}, d = {d}", try_split_brain_loss, X, expected=right)
        right = np.hstack([2 * A, B.sum(axis=1, keepdims=True)])
        label = f"features, n = {n}, d = {d}"
        probe.call(label, split_brain_features, X, double, sums, expected=right)
### END HIDDEN TESTS


# %% mistake split_brain "each network draws what it sees"
# Each of your networks is compared with the half that it has seen: two plain autoencoders. Compare
# with the other half.
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    A, B = X[:, :half], X[:, half:]
    return squared_error(f1(A), A) + squared_error(f2(B), B)


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, :half]), e2(X[:, half:])], axis=1)


# %% mistake split_brain "the halves are exchanged"
# Your f1 sees the second half. It belongs to part 1: it sees the first half and predicts the
# second.
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    B, A = X[:, :half], X[:, half:]
    return squared_error(f1(A), B) + squared_error(f2(B), A)


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, half:]), e2(X[:, :half])], axis=1)


# %% mistake split_brain "only one direction"
# Your loss has only the network that predicts part 2. Add the other one's error.
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    return squared_error(f1(X[:, :half]), X[:, half:])


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, :half]), e2(X[:, half:])], axis=1)


# %% mistake split_brain "the mean of both errors"
# Your loss is half of what is due. Equation (17) adds up both errors.
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    A, B = X[:, :half], X[:, half:]
    return (squared_error(f1(A), B) + squared_error(f2(B), A)) / 2


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, :half]), e2(X[:, half:])], axis=1)


# %% mistake split_brain "the codes are in the wrong order"
# Your features have the code of part 2 first. The code of part 1 comes first.
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    A, B = X[:, :half], X[:, half:]
    return squared_error(f1(A), B) + squared_error(f2(B), A)


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e2(X[:, half:]), e1(X[:, :half])], axis=1)


# %% mistake split_brain "the codes lie below one another"
# Your codes lie below one another. Both belong to the same picture: join them along axis 1.
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    A, B = X[:, :half], X[:, half:]
    return squared_error(f1(A), B) + squared_error(f2(B), A)


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, :half]), e2(X[:, half:])], axis=0)


# %% mistake split_brain "a plain number"
# No slope leads from your loss back to the networks. Return what the sums give: no float(...), no
# .item(), no .detach().
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    A, B = X[:, :half], X[:, half:]
    return (squared_error(f1(A), B) + squared_error(f2(B), A)).item()


def split_brain_features(X, e1, e2):
    half = X.shape[1] // 2
    return np.concatenate([e1(X[:, :half]), e2(X[:, half:])], axis=1)


# %% alternative split_brain
def split_brain_loss(X, f1, f2):
    half = X.shape[1] // 2
    errors = (f1(X[:, :half]) - X[:, half:]) ** 2 + (f2(X[:, half:]) - X[:, :half]) ** 2
    return errors.sum() / len(X)


def split_brain_features(X, e1, e2):
    A, B = np.hsplit(X, 2)
    return np.hstack([e1(A), e2(B)])


# %% [markdown]
# The halves of a digit of 8 by 8 are its first 32 and its last 32 pixels: the rows of the picture lie
# one after the other. Each network has a code of 16 numbers.


# %%
@cache
def split_brain():
    training.seed(0)
    pair = torch.nn.ModuleList(whole([32, 64, 16]) for _ in range(2))
    return train_by(pair, lambda x: split_brain_loss(x, *pair), 60, "split brain")


f1, f2 = split_brain()
below, above = apply(f1, x_test[:, :32]), apply(f2, x_test[:, 32:])
both = np.hstack([above, below])
ratio = squared_error(both, pixels.x_test) / squared_error(AVERAGE, pixels.x_test)
print("less than three quarters of the mean picture's error:", bool(ratio < 0.75))
rows = [pixels.x_test[:8], np.hstack([pixels.x_test[:8, :32], below[:8]])]
rows += [np.hstack([above[:8], pixels.x_test[:8, 32:]])]
grid = plots.images(np.concatenate(rows), columns=8)
for ax, name in zip(grid[:, 0], ("picture", "lower guessed", "upper guessed"), strict=True):
    ax.text(-0.15, 0.5, name, transform=ax.transAxes, ha="right", va="center")
for ax in grid[1:].flat:
    ax.axhline(3.5, color=VERMILLION, lw=1)
plots.show(
    grid,
    "Three rows of eight digits: the pictures; their upper halves with a guessed lower half; their "
    "lower halves with a guessed upper half. Most guesses make a digit, some of them another one.",
)

# %% [markdown]
# *Figure 10. Test digits; the lower half guessed from the upper one; the upper half guessed from the
# lower one. Guesses are blurred where several digits begin alike: the squared error asks for the mean
# of all that is possible.*
#
# ### C.5 Which features are worth something?
#
# Now the comparison that was promised. Draw five labelled digits of each class; give each test digit
# the label of the nearest one (exercise 11.8), measured between pixels or between codes; repeat with
# 20 draws. Much depends on the draw. But all features meet the same 20 draws, so look at the
# *difference* from the pixels, draw by draw.


# %%
def encoded(x):
    """Return names and features of rows of pixels."""
    plain, repair, context = (m[0] for m in (denoiser(0.0), denoiser(0.4), context_network()))
    halves = [lambda rows, m=m: apply(m[0], rows) for m in split_brain()]
    mean, U_8 = pca(pixels.x_train, 8)
    return {
        "pixels, 64": x, "PCA, 8": (x - mean) @ U_8, "deep, 8": apply(trained(8)[0], x),
        "plain, 32": apply(plain, x), "sparse, 128": apply(sparse(0.1).encoder, x),
        "denoising, 32": apply(repair, x), "context, 32": apply(context, x),
        "split-brain, 32": split_brain_features(x, *halves),
    }  # fmt: skip


def accuracies(labelled, tested, draws=20, per_class=5):
    """Return the accuracy of the nearest neighbour for each draw of labelled digits."""
    rng, found = np.random.default_rng(0), []
    for _ in range(draws):
        order = rng.permutation(len(labelled))
        few = np.concatenate([order[pixels.y_train[order] == c][:per_class] for c in range(10)])
        index = nearest(tested, labelled[few])[0]
        found.append(np.mean(pixels.y_train[few][index] == pixels.y_test))
    return np.array(found)


# %%
labelled, tested = encoded(pixels.x_train), encoded(pixels.x_test)
neighbours = {name: accuracies(labelled[name], tested[name]) for name in labelled}


def draw_neighbours():
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for place, found in enumerate(neighbours.values()):
        gains = 100 * (found - neighbours["pixels, 64"])
        for ax, shown in ((left, found), (right, gains)):
            ax.plot(shown, np.full(len(shown), place), "o", color=BLUE, alpha=0.35, mec="none")
            ax.plot(shown.mean(), place, "D", color=VERMILLION, ms=8)
            ax.grid(alpha=0.25, axis="x")
    left.set_yticks(range(len(neighbours)), neighbours)
    left.invert_yaxis()
    left.set(xlabel="share of test digits named correctly, 50 labels")
    right.set(xlabel="the same draw: points above the pixels")
    right.axvline(0, color="black", lw=1)
    return figure


plots.show(
    draw_neighbours(),
    "Left: accuracies of the nearest neighbour with 50 labelled digits, 20 draws a row and their mean, "
    "for pixels and seven kinds of features; the draws of a row spread over about ten points. Right: "
    "the differences from the pixels, draw by draw. They spread less. Those of the plain code lie on "
    "both sides of 0, those of most other features mostly to the left of it.",
)

# %% [markdown]
# *Figure 11. Left: twenty draws of 50 labelled digits (dots) and their mean (diamonds). Right: each
# draw less the pixels' result of the same draw. In our run the pixels give 0.86. The plain code of 32
# numbers gives as much. The sparse code gives 1 point less; denoising, context and split-brain codes
# give 2 to 3 points less, eight numbers (PCA, or deep) 4 to 5, and most of their draws lie on one
# side. No feature beats the pixels, and harder homework does harm here.*
#
# That is worth a second look. The codes are not empty: eight numbers say nearly as much about the
# class as 64 pixels, and nobody told them what a class is. But the digits are small, centred and of one
# size, so that a distance between pixels already means something. On photographs it does not, and
# there learnt features win by far. What a feature is worth depends on the rival.
#
# ## D. Pre-training with few labels
#
# ### D.1 Two stages
#
# Features that stay fixed are half of the story. An autoencoder also gives a *start*:
#
# 1. **Pre-training**: train an autoencoder on all pictures, without labels.
# 2. **Fine-tuning**: put a layer for the classes on top of its encoder, and train the whole on the
#    few pictures that have labels.
#
# The rival is **training from scratch**: the same classifier, the same labelled pictures, but the
# encoder starts from random weights. For years pre-training was thought to be the only way to train
# deep networks at all (Hinton and Salakhutdinov, 2006). Then better activations, starts and more
# labels made it unnecessary for many tasks. Does it help here, with 10, 50 and 200 labels? You are
# going to measure. First the labelled sample.
#
# ### Exercise 11.16: a few labels
#
# Write `few_labels(y, per_class, rng)`. `y` is an array (n,) of class numbers. Return an array with the
# *indices* (whole numbers) of a random sample with exactly `per_class` members of each class that occurs in `y`, without
# repetition, in any order. Within a class all members are equally likely. All chance comes from
# `rng`. Each class has at least `per_class` members.
#
# Again the check counts. A right answer fails less than once in 10,000 runs.

# %% hint few_labels [markdown]
# How do you find the places in `y` that hold a 3?

# %% hint few_labels [markdown]
# For each class take the indices of its members and draw `per_class` of them without replacement
# (`rng.choice(…, replace=False)`). Join the draws.

# %% hint few_labels [markdown]
# for each c in unique(y): chosen += rng.choice(flatnonzero(y == c), per_class, replace=False);
# return them as one array


# %% solve few_labels
def few_labels(y, per_class, rng):
    """Return indices of a random sample with per_class members of each class of y.

    >>> sorted(few_labels(np.array([5, 7]), 1, np.random.default_rng(0)).tolist())
    [0, 1]
    """
    ### BEGIN SOLUTION
    draws = [rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)]
    return np.concatenate(draws)
    ### END SOLUTION


# %% given few_labels_report
LABELS = np.array([1, 0, 2, 2, 1, 2, 0, 2, 1, 2, 0, 1, 2, 1, 2, 0, 2, 1, 2, 2])  # 4, 6, 10 members

TWO_CLASSES = np.arange(100) % 2


def try_few_labels(y, per_class, seed):
    """Return a sample, sorted."""
    return np.sort(few_labels(y, per_class, np.random.default_rng(seed)))


def draw_often(draws, per_class):
    """Return how often each index came, and what all draws looked like."""
    rng, counts = np.random.default_rng(0), np.zeros(len(LABELS))
    sizes, repeats, balanced = True, False, True
    for _ in range(draws):
        chosen = np.asarray(few_labels(LABELS, per_class, rng)).ravel()
        sizes &= len(chosen) == 3 * per_class
        repeats |= len(np.unique(chosen)) < len(chosen)
        inside = chosen[(chosen >= 0) & (chosen < len(LABELS))].astype(int)
        balanced &= np.bincount(LABELS[inside], minlength=3).tolist() == [per_class] * 3
        np.add.at(counts, inside, 1)
    return counts, bool(sizes), bool(repeats), bool(balanced)


# %% check few_labels points=2
with check("few_labels") as probe:
    probe.call("all members of both classes", try_few_labels, np.array([3, 9, 3, 9]), 2, 1)
    one = few_labels(LABELS, 2, np.random.default_rng(7))
    advice = "Make the indices whole, dtype=int: 1.0 is no index."
    probe.true("the indices are whole numbers", np.asarray(one).dtype.kind in "iu", advice)
    counts, sizes, repeats, balanced = draw_often(600, 2)
    probe.true("2 indices a class", sizes, "Return per_class indices for each class.")
    probe.true("no index twice", not repeats, "Draw without replacement.")
    probe.true("2 members of each class", balanced, "Draw from the members of each class.")
    # Each count is binomial, 600 draws of 2 of 4, 6 or 10. A right answer fails, with one of the 20
    # counts beyond 5.5 standard deviations, in 2 of a million runs (exact sums of the binomials).
    share = np.array([2 / 6, 2 / 4, 2 / 10])[[{0: 1, 1: 0, 2: 2}[c] for c in LABELS.tolist()]]
    off = np.abs(counts - 600 * share) / np.sqrt(600 * share * (1 - share))
    advice = "Some members come too often or too rarely: all of a class are equally likely."
    probe.true("all members of a class are equally likely", bool((off < 5.5).all()), advice)
    two = few_labels(LABELS, 2, np.random.default_rng(7))
    advice = "Take all chance from rng: no generator of your own, no np.random.choice."
    probe.true("equal generators give equal samples", np.array_equal(one, two), advice)
    # Two right samples of 5 of 50 in both classes coincide with a probability below 1e-12.
    three, four = (try_few_labels(TWO_CLASSES, 5, seed).tolist() for seed in (1, 2))
    probe.true("another generator gives another sample", three != four, advice)
    halves = np.bincount(TWO_CLASSES[np.array(three, dtype=int) % 100], minlength=2).tolist()
    probe.values("5 of each of two classes: members of each", halves, expected=[5, 5])
    first = np.sort(np.concatenate([np.flatnonzero(c == TWO_CLASSES)[:5] for c in (0, 1)]))
    advice = "These are the first members of each class. Draw them at random."
    probe.true("chance chooses the members", three != first.tolist(), advice)
### BEGIN HIDDEN TESTS
with check.hidden("few_labels") as probe:
    y = np.repeat([4, 0, 7], (30, 50, 20))[np.random.default_rng(2).permutation(100)]
    for per_class in (1, 5, 20):
        chosen = np.asarray(few_labels(y, per_class, np.random.default_rng(per_class)))
        right = np.repeat([0, 4, 7], per_class)
        probe.values(f"classes, {per_class} each", np.sort(y[chosen]), expected=right)
        many = len(set(chosen.tolist()))
        probe.values(f"different, {per_class} each", many, expected=3 * per_class)
    draws = [few_labels(y, 5, np.random.default_rng(s)) for s in range(9)]
    samples = {tuple(np.sort(draw).tolist()) for draw in draws}
    # Two right samples of 15 from these classes coincide with a probability below 1e-15.
    probe.true("nine generators, nine samples", len(samples) == 9, "Take all chance from rng.")
### END HIDDEN TESTS


# %% mistake few_labels "always the first of each class"
# Your sample holds the first members of each class every time. Draw them at random.
def few_labels(y, per_class, rng):
    return np.concatenate([np.flatnonzero(y == c)[:per_class] for c in np.unique(y)])


# %% mistake few_labels "a generator of its own"
# Your sample is the same on each call: the generator is made inside. Take the one that is passed in.
def few_labels(y, per_class, rng):
    rng = np.random.default_rng(0)
    draws = [rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)]
    return np.concatenate(draws)


# %% mistake few_labels "all numbers below the largest"
# Not every number from 0 to the largest class occurs in y. Go through np.unique(y).
def few_labels(y, per_class, rng):
    classes = range(y.max() + 1)
    return np.concatenate(
        [rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in classes]
    )


# %% mistake few_labels "always two of each class"
# Your sample has two members of each class, whatever `per_class` is.
def few_labels(y, per_class, rng):
    chosen = [rng.choice(np.flatnonzero(y == c), 2, replace=False) for c in np.unique(y)]
    return np.concatenate(chosen)


# %% mistake few_labels "with replacement"
# Your sample holds an index twice at times. Draw without replacement: replace=False.
def few_labels(y, per_class, rng):
    draws = [rng.choice(np.flatnonzero(y == c), per_class) for c in np.unique(y)]
    return np.concatenate(draws)


# %% mistake few_labels "the classes are not looked at"
# Your sample has more members of some classes than of others. Draw within each class, from
# np.flatnonzero(y == c), and return indices into y as it was passed in.
def few_labels(y, per_class, rng):
    return rng.choice(len(y), per_class * len(np.unique(y)), replace=False)


# %% mistake few_labels "labels in place of indices"
# You return the classes of the sample. Indices into y are asked for.
def few_labels(y, per_class, rng):
    draws = [rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)]
    return y[np.concatenate(draws)]


# %% mistake few_labels "places within the class"
# Your numbers count within each class. Indices into y are asked for: np.flatnonzero(y == c).
def few_labels(y, per_class, rng):
    draws = [rng.choice(np.sum(y == c), per_class, replace=False) for c in np.unique(y)]
    return np.concatenate(draws)


# %% mistake few_labels "chance of its own"
# Your sample does not depend on rng. Take all chance from the generator that is passed in.
def few_labels(y, per_class, rng):
    rng = np.random.default_rng()
    draws = [rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)]
    return np.concatenate(draws)


# %% alternative few_labels
def few_labels(y, per_class, rng):
    order = rng.permutation(len(y))
    chosen = []
    for c in sorted(set(y.tolist())):
        chosen += [int(i) for i in order if y[i] == c][:per_class]
    return np.array(chosen)


# %% alternative few_labels
def few_labels(y, per_class, rng):
    keys = rng.random(len(y))
    rank = np.array([np.sum((y == y[i]) & (keys < keys[i])) for i in range(len(y))])
    return np.flatnonzero(rank < per_class)


# %% [markdown]
# ### Exercise 11.17: a head on an encoder
#
# Write `classifier(encoder, k, classes)`. Return a `torch.nn.Sequential` of
#
# 1. a deep copy of `encoder` (`copy.deepcopy`), with its weights; `encoder` itself must not change
#    when the classifier is trained, for you will need it again,
# 2. a ReLU, as between any two layers,
# 3. a new linear layer from the `k` numbers of the code to `classes` scores.
#
# All parameters are to be trained, those of the encoder too.


# %% given try_classifier
def try_classifier(sizes, classes):
    """Return what a classifier computes, and what one step of training changes."""
    encoder = set_waves(make_autoencoder(list(sizes))[0])
    before = [parameter.detach().clone() for parameter in encoder.parameters()]
    model = classifier(encoder, sizes[-1], classes).double()
    X = torch.cos(torch.arange(4.0 * sizes[0], dtype=torch.float64)).reshape(4, sizes[0])
    parameters = list(model.parameters())
    with torch.no_grad():
        for number, parameter in enumerate(parameters[len(before) :], 1):
            wave = torch.cos(number + torch.arange(parameter.numel(), dtype=torch.float64))
            parameter.copy_(wave.reshape(parameter.shape))
    scores = model(X)
    scores.square().sum().backward()
    moved = sum(bool(p.grad is not None and p.grad.abs().sum() > 0) for p in parameters)
    with torch.no_grad():
        for parameter in parameters:
            parameter += 1
    kept = all(torch.equal(a, b) for a, b in zip(before, encoder.parameters(), strict=True))
    return {"scores": scores.detach().numpy(), "trained": moved, "encoder kept": int(kept)}


# %% hint classifier [markdown]
# If the classifier holds `encoder` itself and not a copy, what becomes of it in training?

# %% hint classifier [markdown]
# Put three things in a row: the copy, the activation, a linear layer with k inputs and as many
# outputs as classes.

# %% hint classifier [markdown]
# return Sequential(copy.deepcopy(encoder), ReLU(), Linear(k, classes))


# %% solve classifier
def classifier(encoder, k, classes):
    """Return a network: a copy of the encoder, a ReLU, a linear layer from k to classes.

    >>> classifier(torch.nn.Linear(6, 3), 3, 10)(torch.zeros(2, 6)).shape
    torch.Size([2, 10])
    """
    ### BEGIN SOLUTION
    head = torch.nn.Linear(k, classes)
    return torch.nn.Sequential(copy.deepcopy(encoder), torch.nn.ReLU(), head)
    ### END SOLUTION


# %% check classifier points=2
with check("classifier") as probe:
    probe.call("a linear encoder", try_classifier, [5, 3], 2)
    probe.call("an encoder with a hidden layer", try_classifier, [6, 4, 3], 10)
### BEGIN HIDDEN TESTS
with check.hidden("classifier") as probe:
    for sizes, classes in (([4, 7, 2], 3), ([3, 5, 4, 6], 5)):
        Y = torch.cos(torch.arange(4.0 * sizes[0], dtype=torch.float64)).reshape(4, sizes[0])
        for number, (a, b) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
            A = torch.sin(2 * number + 1 + 2 * torch.arange(float(a * b), dtype=torch.float64))
            c = torch.sin(2 * number + 2 + 2 * torch.arange(float(b), dtype=torch.float64))
            Y = (Y @ A.reshape(b, a).T + c).clamp(min=0)
        A = torch.cos(1 + torch.arange(float(classes * sizes[-1]), dtype=torch.float64))
        c = torch.cos(2 + torch.arange(float(classes), dtype=torch.float64))
        scores = (Y @ A.reshape(classes, -1).T + c).numpy()
        right = {"scores": scores, "trained": 2 * len(sizes), "encoder kept": 1}
        probe.call(f"sizes {sizes}", try_classifier, sizes, classes, expected=right)
### END HIDDEN TESTS


# %% mistake classifier "the encoder itself"
# Your classifier holds the encoder itself, not a copy: training the one changes the other. Use
# copy.deepcopy.
def classifier(encoder, k, classes):
    return torch.nn.Sequential(encoder, torch.nn.ReLU(), torch.nn.Linear(k, classes))


# %% mistake classifier "the encoder is frozen"
# The encoder's parameters are not trained. Fine-tuning changes all of them.
def classifier(encoder, k, classes):
    frozen = copy.deepcopy(encoder).requires_grad_(False)
    return torch.nn.Sequential(frozen, torch.nn.ReLU(), torch.nn.Linear(k, classes))


# %% mistake classifier "no ReLU before the head"
# Your head stands on the code without a ReLU: two linear layers in a row are worth one.
def classifier(encoder, k, classes):
    return torch.nn.Sequential(copy.deepcopy(encoder), torch.nn.Linear(k, classes))


# %% mistake classifier "a softmax at the end"
# Your network ends with a softmax. The loss takes the scores themselves: leave it out.
def classifier(encoder, k, classes):
    nn = torch.nn
    return nn.Sequential(
        copy.deepcopy(encoder), nn.ReLU(), nn.Linear(k, classes), nn.Softmax(dim=1)
    )


# %% mistake classifier "a ReLU behind the head"
# Your scores are never negative: a ReLU stands behind the last layer. Leave it out.
def classifier(encoder, k, classes):
    nn = torch.nn
    return nn.Sequential(copy.deepcopy(encoder), nn.ReLU(), nn.Linear(k, classes), nn.ReLU())


# %% alternative classifier
def classifier(encoder, k, classes):
    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = copy.deepcopy(encoder)
            self.head = torch.nn.Linear(k, classes)

        def forward(self, x):
            return self.head(torch.relu(self.encoder(x)))

    return Network()


# %% alternative classifier
def classifier(encoder, k, classes):
    model = torch.nn.Sequential()
    model.append(copy.deepcopy(encoder))
    model.append(torch.nn.ReLU())
    model.append(torch.nn.Linear(in_features=k, out_features=classes))
    return model


# %% [markdown]
# ### D.2 A difference and its error
#
# With ten labels much depends on *which* ten. Two methods must meet the same luck: the same labelled
# pictures, the same seed. Then look at the difference for each seed, $\delta_s = b_s - a_s$, over
# $m$ seeds. Its mean says how much is gained, and its **standard error** how far that mean may be
# off:
#
# $$
# \bar\delta = \frac1m \sum_{s} \delta_s, \qquad
# \text{se} = \frac{1}{\sqrt m} \sqrt{\frac{1}{m-1} \sum_s (\delta_s - \bar\delta)^2}
# \tag{18}
# $$
#
# As a rule of thumb, believe a gain only if it is more than two or three standard errors from 0.
#
# ### Exercise 11.18: a paired comparison
#
# Write `paired_gain(before, after)` for two arrays (m,) with the accuracies of the same $m$ seeds,
# $m \ge 2$. Return the tuple `(mean, se)` of (18), for `after` less `before`. (The code gives 2
# points; 3 more are for the text after Figure 12.)

# %% hint paired_gain [markdown]
# If all seeds gain exactly 0.1, how large should the error be, however different the seeds are?

# %% hint paired_gain [markdown]
# Subtract first, seed by seed. Then take the mean of the differences, and their standard deviation
# with m − 1, divided by the root of m.

# %% hint paired_gain [markdown]
# d ← after − before; return mean(d), std(d, ddof=1) / sqrt(m)


# %% solve paired_gain
def paired_gain(before, after):
    """Return (mean, standard error) (18) of the differences after - before.

    >>> mean, se = paired_gain(np.array([0.0, 0.0]), np.array([1.0, 3.0]))
    >>> float(mean), round(float(se), 6)
    (2.0, 1.0)
    """
    ### BEGIN SOLUTION
    gains = after - before
    return gains.mean(), gains.std(ddof=1) / np.sqrt(len(gains))
    ### END SOLUTION


# %% check paired_gain points=2
with check("paired_gain") as probe:
    before = np.array([0.5, 0.75, 0.625, 0.875])
    probe.call("all gain the same", paired_gain, before, before + 0.125)
    probe.call("four seeds", paired_gain, before, np.array([0.75, 0.8, 0.4, 0.95]))
    probe.call("two seeds, a loss", paired_gain, np.array([0.5, 0.8]), np.array([0.4, 0.5]))
### BEGIN HIDDEN TESTS
with check.hidden("paired_gain") as probe:
    rng = np.random.default_rng(128)
    for m in (2, 5, 30):
        before, after = rng.uniform(size=(2, m))
        d = (after - before).tolist()
        mean = sum(d) / m
        right = (mean, (sum((x - mean) ** 2 for x in d) / (m - 1) / m) ** 0.5)
        probe.call(f"{m} seeds", paired_gain, before, after, expected=right)
### END HIDDEN TESTS


# %% mistake paired_gain "the median"
# You take the median of the differences. (18) has their mean.
def paired_gain(before, after):
    d = after - before
    return float(np.median(d)), float(d.std(ddof=1) / len(d) ** 0.5)


# %% mistake paired_gain "the sign is wrong"
# Your gain is `before` less `after`. It is the other way round.
def paired_gain(before, after):
    gains = before - after
    return gains.mean(), gains.std(ddof=1) / np.sqrt(len(gains))


# %% mistake paired_gain "m in place of m - 1"
# Your standard deviation divides by m. Equation (18) has m - 1: ddof=1.
def paired_gain(before, after):
    gains = after - before
    return gains.mean(), gains.std() / np.sqrt(len(gains))


# %% mistake paired_gain "the deviation in place of the error"
# Your error is the standard deviation of a single difference. A mean of m is less uncertain: divide
# by the root of m.
def paired_gain(before, after):
    gains = after - before
    return gains.mean(), gains.std(ddof=1)


# %% mistake paired_gain "not paired"
# Your error adds the spreads of both arrays: the luck that both share is counted as an error.
# Subtract seed by seed first.
def paired_gain(before, after):
    variance = before.var(ddof=1) + after.var(ddof=1)
    return after.mean() - before.mean(), np.sqrt(variance / len(before))


# %% mistake paired_gain "divided by m"
# Your error is divided by m. Divide by the root of m.
def paired_gain(before, after):
    gains = after - before
    return gains.mean(), gains.std(ddof=1) / len(gains)


# %% alternative paired_gain
def paired_gain(before, after):
    gains = np.subtract(after, before)
    return np.mean(gains), np.sqrt(np.var(gains, ddof=1) / gains.size)


# %% alternative paired_gain
def paired_gain(before, after):
    m, total, squares = len(before), 0.0, 0.0
    for a, b in zip(before, after, strict=True):
        total += b - a
    mean = total / m
    for a, b in zip(before, after, strict=True):
        squares += (b - a - mean) ** 2
    return mean, (squares / (m - 1) / m) ** 0.5


# %% [markdown]
# ### D.3 The measurement
#
# Eight seeds. For each seed an encoder from 64 pixels over 64 units to 32 numbers starts from scratch, one is
# pre-trained as a plain autoencoder, one as a denoiser, all on the same 1,437 pictures without their
# labels. Then each is fine-tuned on the same 10, 50 or 200 labelled pictures, with the same 150
# steps of Adam. A fourth row keeps the plain encoder **frozen** and trains the last layer only: fixed
# features, as in C.5. (One layer bears larger steps, and gets them.) The runs are many and short, so
# they have a loop of their own with a single bar. It takes about a minute.


# %%
def short_run(model, x, y=None, noise=0.0, steps=150, seed=0, rate=3e-3):
    """Train in short: on labels y with all rows at once, or, without y, on reconstruction."""
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), rate, fused=True)
    for _ in range(steps):
        if y is None:
            rows = x[torch.randint(len(x), (64,), generator=generator).to(x.device)]
            loss = denoising_loss(model, rows, spoiled(rows, rng, noise))
        else:
            loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def starts(seed, x):
    """Return three encoders by name: random, and pre-trained in two ways."""
    training.seed(seed)
    parts = {name: make_autoencoder([64, 64, 32]) for name in ("scratch", "plain", "denoising")}
    for name, noise in (("plain", 0.0), ("denoising", 0.4)):
        whole_network = torch.nn.Sequential(*parts[name]).to(x.device)
        short_run(whole_network, x, noise=noise, steps=500, seed=seed)
    return {name: encoder.to(x.device) for name, (encoder, _) in parts.items()}


# %%
LABEL_COUNTS, SEEDS = (10, 50, 200), 8
STARTS = {"scratch": ORANGE, "plain": BLUE, "denoising": GREEN, "plain frozen": VERMILLION}


@cache
def measure():
    """Return test accuracies: a dict from (start, number of labels) to one a seed."""
    x, y = (part.to(training.device()) for part in (x_train, digits.y_train))
    found = {}
    for seed in progress(range(SEEDS), "pre-training and fine-tuning"):
        encoders, rng = starts(seed, x), np.random.default_rng(seed)
        for count in LABEL_COUNTS:
            few = torch.as_tensor(few_labels(pixels.y_train, count // 10, rng)).to(x.device)
            for name in STARTS:
                training.seed(seed)  # the same first weights of the head
                model = classifier(encoders[name.split()[0]], 32, 10).to(x.device)
                frozen = "frozen" in name
                for parameter in list(model.parameters())[:-2]:
                    parameter.requires_grad_(not frozen)
                short_run(model, x[few], y[few], rate=1e-2 if frozen else 3e-3)
                share = training.evaluate(model, (x_test, digits.y_test))["accuracy"]
                found.setdefault((name, count), []).append(share)
    return {key: np.array(shares) for key, shares in found.items()}


# %%
def draw_found():
    found = measure()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for number, (name, colour) in enumerate(STARTS.items()):
        for place, count in enumerate(LABEL_COUNTS):
            shares, at = found[name, count], place + 0.2 * (number - 1.5)
            look = {"marker": "sDo^"[number], "color": colour, "ls": "none"}
            label = name if place == 0 else None
            left.plot(np.full(SEEDS, at), shares, alpha=0.6, ms=5, label=label, **look)
            left.hlines(shares.mean(), at - 0.08, at + 0.08, color="black", lw=2)
            if name != "scratch":
                mean, se = paired_gain(found["scratch", count], shares)
                right.errorbar(at, 100 * mean, 200 * se, capsize=4, **look)
    left.set(ylabel="test accuracy")
    right.set(ylabel="gain over scratch, in points")
    right.axhline(0, color="black", lw=1)
    for ax in (left, right):
        ax.set_xticks(range(3), [f"{count} labels" for count in LABEL_COUNTS])
        ax.grid(alpha=0.25, axis="y")
    left.legend(frameon=False, loc="lower right")
    return figure


plots.show(
    draw_found(),
    "Left: test accuracy of eight seeds for each start and 10, 50 and 200 labels, with means. The "
    "spread of the seeds is large with 10 labels and small with 200. Right: the mean gain over "
    "training from scratch in percentage points, with two standard errors. In our run "
    "they are clearly above zero with 50 labels, not to be told from zero with 10, small with 200, and "
    "the frozen encoder is clearly below zero with 200.",
)

# %% [markdown]
# *Figure 12. Left: each mark is a seed, the lines are means. Right: the mean gain of pre-training,
# seed by seed against scratch; the bars are two standard errors.
# In our run pre-training gains 2 to 3 points with 50 labels, more than its error allows for. With 10
# labels the gain of 1 point is smaller than its error. With 200 it is one point at most, about twice
# its error for the plain start. The frozen encoder gains nothing with 10 and 50 labels and loses 3 points with 200: it cannot adapt.*
#
# Read the figure as a stranger would who wants to know whether to spend time on pre-training.

# %% answer paired_gain [markdown] points=3
# Write five to eight sentences about *your* Figure 12. For which numbers of labels does pre-training
# help, by how much, and is that more than the error allows? Where does it not help, or even do harm?
# Why are the comparisons paired? Name one reason why the answer could be another one for another data
# set.
#
# <!-- BEGIN SOLUTION -->
#
# An answer for our run. With 50 labels pre-training helps: about 2.7 points (standard error 0.9) for
# the plain autoencoder, 1.8 (0.7) for the denoiser, between two and three errors from 0. With 10 labels
# the gain is about 1.2 points with an error of 1.5: eight seeds cannot tell it from nothing, since the
# luck of the ten digits changes the accuracy by 5 points and more. With 200 labels there are 0.8 points
# (0.4) at most; training from scratch already reads nine digits of ten. A frozen encoder does not help,
# and with 200 labels it loses 3 points (0.4): what the code has thrown away, the last layer cannot get
# back. The comparisons are paired, since both methods get the same labelled digits and the same seed;
# the luck that they share cancels in the difference. Elsewhere it may differ: here there are only 1,437
# pictures to pre-train on and a simple task; with millions of unlabelled pictures, or classes that do
# not show in what costs most ink, gains can be far larger, or none at all.
#
# **Rubric**
# - 1 point: each number of labels is judged by gain against error, as in the writer's own figure, and
#   at least one place is named where there is no clear gain (or a loss), if the figure shows one.
# - 1 point: pairing: both methods share the labelled pictures, so the luck of the draw cancels.
# - 1 point: a sound reason why it may differ elsewhere.
# <!-- END SOLUTION -->

# %% [markdown]
# ## E. Holes
#
# ### E.1 Where no code has ever been
#
# The decoder turns codes into digits. Can it invent digits, then, from codes that no picture has?
# Take the autoencoder with two code numbers of Figure 5, move through its plane, and look at what the
# decoder draws. Go to places inside the clouds, between them, and outside.


# %%
@cache
def plane():
    """Return the codes of training digits, (1437, 2), and the low and the high end of nearly all."""
    codes = apply(trained(2)[0], x_train)
    return codes, *np.percentile(codes, (1, 99), axis=0)


def draw_plane(figure, right=0.5, up=0.5):
    """Draw the codes, a place among them, and what the decoder draws there."""
    codes, low, high = plane()
    z = low + np.array([right, up]) * (high - low)
    distance = nearest(z[None], codes)[1][0]
    axes = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.8, 1]})
    plots.latent_space(codes[::3], pixels.y_train[::3], ax=axes[0])
    axes[0].plot(*z, "P", color="black", mec="white", ms=16)
    axes[1].imshow(apply(trained(2)[1], z[None]).reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    axes[1].set(title="decoded", xticks=[], yticks=[])
    return f"distance to the nearest code of a training digit: {distance:.2f}"


# %%
explore.live(
    draw_plane,
    title="A walk in the latent space",
    description="Left: the codes of training digits, and a cross at the chosen place. Right: the "
    "picture that the decoder draws for that place.",
    figure_size=(8.5, 3.8),
    right=(-0.2, 1.2, 0.02),
    up=(-0.2, 1.2, 0.02),
)

# %% [markdown]
# *Figure 13. The latent space of the autoencoder (the sliders count from 0, the low end of nearly all
# codes, to 1, the high end). Inside a cloud the decoder draws digits. In the empty places it draws
# mixtures and fragments: these are **holes**.*
#
# A picture convinces; a number can be compared. Decode a place $z$ and encode the picture again:
#
# $$
# r(z) = \lVert f(g(z)) - z \rVert
# \tag{19}
# $$
#
# Where the networks have been trained, this **round trip** ends near its beginning: the decoder draws
# a picture that the encoder recognises. Nothing in the loss asks for that in a hole.
#
# ### Exercise 11.19: there and back
#
# Write `round_trip(f, g, Z)` for functions `f` (the encoder, from (n, d) to (n, k)) and `g` (the
# decoder, from (n, k) to (n, d)), and codes `Z` (n, k). Return the array (n,) of (19). (The code gives
# 1 point; 2 more are for the text after Figure 15.)

# %% hint round_trip [markdown]
# A code begins the trip. Which of the two functions takes codes?

# %% hint round_trip [markdown]
# Decode, encode, subtract the codes of the beginning; then take the length of each row.

# %% hint round_trip [markdown]
# return norm(f(g(Z)) − Z, axis=1)


# %% solve round_trip
def round_trip(f, g, Z):
    """Return how far each code is from the code of its own decoded picture (19), shape (n,).

    >>> round_trip(lambda x: x + 3, lambda z: z, np.array([[0.0]])).tolist()
    [3.0]
    """
    ### BEGIN SOLUTION
    return np.linalg.norm(f(g(Z)) - Z, axis=1)
    ### END SOLUTION


# %% check round_trip points=1
with check("round_trip") as probe:
    Z = np.array([[1.0, 2], [0, -1], [3, 0.5]])
    probe.call("an encoder that undoes the decoder", round_trip, halve, double, Z)
    probe.call("the decoder doubles, the encoder adds 1", round_trip, shift, double, Z)
    probe.call("the decoder adds 1, the encoder squares", round_trip, square, shift, Z)
### BEGIN HIDDEN TESTS
with check.hidden("round_trip") as probe:
    rng = np.random.default_rng(129)
    for n, k, d in ((1, 2, 5), (6, 3, 4), (4, 1, 3)):
        Z, A, B = rng.normal(size=(n, k)), rng.normal(size=(k, d)), rng.normal(size=(d, k))
        back = [z @ A @ B + 1 - z for z in Z]
        right = np.array([float(np.dot(e, e)) ** 0.5 for e in back])
        label = f"n = {n}, k = {k}, d = {d}"
        f, g = (lambda X, B=B: X @ B + 1), (lambda Z, A=A: Z @ A)
        probe.call(label, round_trip, f, g, Z, expected=right)
### END HIDDEN TESTS


# %% mistake round_trip "encoded first"
# Your trip begins with the encoder. The codes are decoded first: f(g(Z)).
def round_trip(f, g, Z):
    return np.linalg.norm(g(f(Z)) - Z, axis=1)


# %% mistake round_trip "the squared length"
# Your lengths are squared. Take the root.
def round_trip(f, g, Z):
    return ((f(g(Z)) - Z) ** 2).sum(axis=1)


# %% mistake round_trip "one number for all codes"
# You return one number. Each code has its own: take the length along axis 1.
def round_trip(f, g, Z):
    return np.linalg.norm(f(g(Z)) - Z)


# %% mistake round_trip "compared with the picture"
# You compare with the decoded picture. The trip ends at codes, and is compared with the codes of
# its beginning.
def round_trip(f, g, Z):
    return np.linalg.norm(f(g(Z)) - g(Z), axis=1)


# %% alternative round_trip
def round_trip(f, g, Z):
    return np.sqrt(np.sum(np.square(Z - f(g(Z))), axis=1))


# %% alternative round_trip
def round_trip(f, g, Z):
    return np.array([np.hypot.reduce(end - z) for end, z in zip(f(g(Z)), Z, strict=True)])


# %%
def trip(Z):
    encoder, decoder = trained(2)
    return round_trip(lambda x: apply(encoder, x), lambda z: apply(decoder, z), Z)


def places(steps):
    """Return places all over the plane of the codes, (steps squared, 2), from below to above."""
    _, low, high = plane()
    across, along = np.linspace(low, high, steps).T
    return np.stack(np.meshgrid(across, along), axis=-1).reshape(-1, 2)


trips, gaps = trip(places(80)), nearest(places(80), plane()[0])[1]
at_codes = np.median(trip(apply(trained(2)[0], x_test)))
in_holes = np.median(trips[gaps > np.quantile(gaps, 0.9)])
print("far from all codes the round trip is at least twice as long:", bool(in_holes > 2 * at_codes))


# %%
def draw_holes():
    trips, tiles = trip(places(80)), apply(trained(2)[1], places(9))
    codes, low, high = plane()
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 4.2), width_ratios=(1.3, 1), layout="constrained"
    )
    extent, top = (low[0], high[0], low[1], high[1]), np.quantile(trips, 0.98)
    look = {"extent": extent, "aspect": "auto", "vmin": 0, "vmax": top, "origin": "lower"}
    shown = left.imshow(trips.reshape(80, 80), cmap="Blues", **look)
    left.plot(*codes.T, ".", color=VERMILLION, ms=2)
    left.set(xlim=extent[:2], ylim=extent[2:], xlabel="code 1", ylabel="code 2")
    figure.colorbar(shown, ax=left, label="length of the round trip")
    tiles = np.pad(tiles.reshape(9, 9, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)))  # white between them
    tiles = tiles[::-1].transpose(0, 2, 1, 3)  # row, its pixels, column, its pixels
    right.imshow(tiles.reshape(90, 90), cmap="gray_r", vmin=0, vmax=1)
    right.set(xlabel="code 1", ylabel="code 2", title="decoded", xticks=[], yticks=[])
    return figure


plots.show(
    draw_holes(),
    "Left: the length of the round trip over the plane of codes, with the codes of training digits "
    "as dots: it is short where dots are dense, and longest in corners with few dots or none. Right: "
    "nine by nine pictures that the decoder draws at places of the same plane: digits, and between "
    "them many blurred mixtures of two.",
)

# %% [markdown]
# *Figure 14. Left: the round trip (darker: longer) and the training codes (dots). Right: what the
# decoder draws at 81 places of the same plane. Where dots are dense, it draws digits and the trip is
# short. The darkest places have few dots or none. A long trip is a sign of a hole; a short one is no
# proof that there is none: the encoder may recognise a picture that nobody else does.*
#
# One more way to ask for new digits: choose codes at random. We take a normal distribution with the
# mean and the deviations of the training codes, so that it lies where they are.

# %%
codes = plane()[0]
noise = np.random.default_rng(3).normal(size=(16, 2))
random_codes = codes.mean(axis=0) + codes.std(axis=0) * noise
plots.show(
    plots.images(apply(trained(2)[1], random_codes), columns=8),
    "Sixteen pictures decoded from random codes: some are digits, many are mixtures of two or three.",
)

# %% [markdown]
# *Figure 15. Sixteen pictures decoded from random codes. Some are digits, others are mixtures. Nobody
# has told the encoder to fill a round cloud: it spreads the codes as it likes, with arms and gaps, as
# Figures 13 and 14 show. Some random codes fall into the gaps, others where several classes meet.*

# %% answer round_trip [markdown] points=2
# Why are there holes? Argue from the loss (1): which codes does it speak about, and which not? Then
# propose one change of the training that would fill them, and say what it might cost.
#
# <!-- BEGIN SOLUTION -->
#
# The loss has a term for each training picture, so the decoder is trained at the codes of those
# pictures and nowhere else. In between it does what its weights happen to give. Nor does the loss say
# anything about where codes should lie: scattering classes far apart costs nothing, and makes the
# decoder's task easier.
#
# Possible changes: add noise to the code before it is decoded, so that a whole neighbourhood of each
# code must be decoded well; pull all codes towards the origin with a penalty, so that there is no
# room for gaps; or both (that is chapter 12). The cost: neighbourhoods of different pictures overlap,
# the decoder must compromise, and reconstructions become less exact.
#
# **Rubric**
# - 1 point: the loss sees only codes of training pictures, and does not say where codes lie.
# - 1 point: a change that reaches codes between them, with its cost (worse reconstruction).
# <!-- END SOLUTION -->

# %% [markdown]
# ## Summary
#
# **What you built.** The linear autoencoder with its gradients, PCA, and the angles that show that
# both find the same plane. Tied weights, and with them a second path for the gradient. Deep
# autoencoders, whose bottleneck sorts digits without a label. Four kinds of harder homework: sparse
# codes, noise, hidden blocks, two halves. A paired measurement of what pre-training is worth. A map of
# the holes.
#
# **Where it breaks.**
# - *Axes.* A code number by itself means nothing; only the subspace, or the surface, is found.
# - *Copying.* A wide code without any other demand learns to copy, and its features are no better than
#   pixels.
# - *Blur.* The squared error asks for the mean of all possible answers.
# - *Labels.* With enough labels, pre-training on the same few pictures adds little. It pays where
#   pictures without labels are many more than those with.
# - *Holes.* A decoder knows the codes of training pictures. An autoencoder compresses; it does not
#   invent.
#
# **What to read.**
# - Baldi and Hornik (1989), *Neural networks and principal component analysis*: no local minima in the
#   linear autoencoder, only saddle points.
# - Hinton and Salakhutdinov (2006), *Reducing the dimensionality of data with neural networks*.
# - Vincent, Larochelle, Bengio and Manzagol (2008), *Extracting and composing robust features with
#   denoising autoencoders*.
# - Erhan and others (2010), *Why does unsupervised pre-training help deep learning?*
# - Pathak and others (2016), *Context encoders: feature learning by inpainting*.
# - Zhang, Isola and Efros (2017), *Split-brain autoencoders*.
#
# **What comes next.** Chapter 12 fills the holes. It gives each picture a small cloud of codes in
# place of a point, and asks all clouds together to look like one normal distribution. Then a random
# code is a good code, and the decoder can invent.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 11.4, 11.10, 11.18 and 11.19 are not in it: a person reads them.

# %%
check.summary()
