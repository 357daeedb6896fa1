# %% [markdown]
# # 14. Generative adversarial networks
#
# After this chapter you can train a network that makes new pictures by letting a second network
# judge them. You derive what the best judge does and find it by climbing. You compute what the
# maker then really minimises. You write the losses, the two steps of training with one side frozen,
# and the whole algorithm. You watch a density being learnt, see a generator collapse to a few of
# the things that it should make, and cure it. At the end a convolutional generator writes digits,
# on demand too, and you measure how good and how varied they are.
#
# | | |
# |---|---|
# | **Time** | about 240 minutes |
# | **Points** | 45, of which 8 are for derivations and reasons that a person reads |
# | **Builds on** | chapter 1: back-propagation; chapter 6: convolutions and their reverse; none of their code |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. Three hints are folded under each task; open them one at a
# time. Cells that a check relies on are locked; functions there whose names begin with `try_`
# belong to the checks, and you need not read them. All other cells are yours to change and to play
# with. Parts A to C use NumPy; torch comes in with the networks in part D.
#
# **The parts.** A: the game. B: the best discriminator. C: what the generator minimises. D: losses
# that teach. E: the algorithm. F: mode collapse. G: digits.

# %% given setup
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from helpers import Checks, data, explore, plots, training

check = Checks("14_adversarial")
torch.set_num_threads(1)  # networks as small as these are no faster on more cores
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# %% [markdown]
# ## A. The game
#
# ### A.1 A forger and an inspector
#
# You have 1,437 handwritten digits and want a new one, of a kind that nobody has written. Could you
# train a network on the question "is this picture a digit?" and have another network please it?


# %%
digits = data.digits()
plots.show(
    plots.images(digits.x_train[:16]),
    "Sixteen handwritten digits of 8 by 8 pixels in two rows.",
)

# %% [markdown]
# *Figure 1. What is to be imitated: digits of 8 by 8 pixels. At the end of the chapter a network
# draws such pictures from nothing but random numbers.*
#
# Two networks play against each other (Goodfellow and others, 2014).
#
# - The **generator** $G$ turns **noise** $z$, a few random numbers, into a sample $G(z)$. It is the
#   forger, and it never sees a real picture.
# - The **discriminator** $D$ looks at a sample $x$ and gives the probability $D(x)$, between 0 and
#   1, that it is real. It is the inspector: it is shown real samples and forged ones.
#
# The real samples come from the **data distribution** $p$, which nobody can write down. The samples
# of the generator have a distribution too, $q$; nobody can write that one down either, but we can
# draw from both. The discriminator wants to be right, and the measure of that is the **value** of
# the game:
#
# $$
# V(D, G) = \mathbb{E}_{x \sim p}\bigl[\log D(x)\bigr]
#     + \mathbb{E}_{z}\bigl[\log\bigl(1 - D(G(z))\bigr)\bigr],
# \qquad \min_G \max_D V(D, G)
# \tag{1}
# $$
#
# $\mathbb{E}$ is the mean over all that can be drawn, and $\log$ is the natural logarithm, here and
# in the whole chapter. Both logarithms are at most 0. The first is near 0 if real samples are
# called real; the second if forged samples are called forged. $D$ pushes $V$ up, $G$ pushes it
# down. From samples, the means of (1) become means over a batch.
#
# **Worked example.** $D$ gives two real samples 0.9 and 0.6, and one forged sample 0.2. Then
# $V = \frac12(\log 0.9 + \log 0.6) + \log 0.8 = -0.3081 - 0.2231 = -0.5312$. A discriminator that
# has no idea says $\frac12$ each time and gets $V = \log\frac12 + \log\frac12 = -\log 4 = -1.3863$.
#
# ### Exercise 14.1: the value of the game
#
# Write `game_value(real, fake)`: the value (1) from samples. `real` is an array of the
# probabilities $D(x)$ for real samples, `fake` of the probabilities $D(G(z))$ for forged ones.
# They may have different lengths. The result is one number.

# %% hint game_value [markdown]
# Which of the two arrays belongs to which of the two terms, and which has the 1 − in it?

# %% hint game_value [markdown]
# Each expectation is a mean over its own array. The logarithm is taken of each probability, before
# the mean.

# %% hint game_value [markdown]
# V ← mean(log(real)) + mean(log(1 − fake))


# %% solve game_value
def game_value(real, fake):
    """Return the value (1) of the game from the probabilities for real and forged samples.

    >>> round(game_value(np.array([0.9, 0.6]), np.array([0.2])), 4)
    -0.5312
    """
    ### BEGIN SOLUTION
    return np.mean(np.log(real)) + np.mean(np.log(1 - fake))
    ### END SOLUTION


# %% check game_value points=1
with check("game_value") as probe:
    probe.call("the worked example", game_value, np.array([0.9, 0.6]), np.array([0.2]))
    probe.call("the first term alone", game_value, np.array([0.5, 0.1]), np.array([0.0] * 3))
    probe.call("the second term alone", game_value, np.array([1.0]), np.array([0.5, 0.9, 0.2]))
### BEGIN HIDDEN TESTS
with check.hidden("game_value") as probe:
    rng = np.random.default_rng(141)
    for m, n in ((1, 1), (4, 7), (50, 20)):
        real, fake = rng.uniform(0.05, 0.95, m), rng.uniform(0.05, 0.95, n)
        right = np.log(np.prod(real)) / m + np.log(np.prod(1 - fake)) / n
        probe.call(f"{m} real and {n} forged", game_value, real, fake, expected=right)
### END HIDDEN TESTS


# %% mistake game_value "the forged samples are counted as real"
# Your second term is log D(G(z)). The discriminator is right about a forged sample if it gives a
# small probability: log(1 - D(G(z))).
def game_value(real, fake):
    with np.errstate(divide="ignore"):
        return np.mean(np.log(real)) + np.mean(np.log(fake))


# %% mistake game_value "sums in place of means"
# You add the logarithms up. An expectation is a mean: divide by the number of samples.
def game_value(real, fake):
    return np.sum(np.log(real)) + np.sum(np.log(1 - fake))


# %% mistake game_value "one mean over both"
# You take one mean over all samples. Each term of (1) is the mean over its own samples, and the two
# means are added.
def game_value(real, fake):
    return np.mean(np.concatenate([np.log(real), np.log(1 - fake)]))


# %% mistake game_value "real and forged samples in pairs"
# You add the logarithms of real and forged samples one by one. There need not be as many of one
# kind as of the other: take the mean of each array first, and then add the two numbers.
def game_value(real, fake):
    return np.mean(np.log(real) + np.log(1 - fake))


# %% mistake game_value "the logarithm of the mean"
# You take the mean first and then the logarithm. In (1) the logarithm is inside the expectation.
def game_value(real, fake):
    return np.log(np.mean(real)) + np.log(np.mean(1 - fake))


# %% mistake game_value "a loss in place of the value"
# Your sign is the wrong one: this is a loss for the discriminator. The value (1) is at most 0.
def game_value(real, fake):
    return -np.mean(np.log(real)) - np.mean(np.log(1 - fake))


# %% mistake game_value "logarithms to the base 2"
# Your logarithm is to the base 2 (or 10). The chapter uses the natural logarithm, np.log.
def game_value(real, fake):
    return np.mean(np.log2(real)) + np.mean(np.log2(1 - fake))


# %% alternative game_value
def game_value(real, fake):
    first = sum(np.log(d) for d in real) / len(real)
    return first + sum(np.log1p(-d) for d in fake) / len(fake)


# %% alternative game_value
def game_value(real, fake):
    real, fake = torch.as_tensor(real), torch.as_tensor(fake)
    return float(real.log().mean() + (1 - fake).log().mean())


# %% [markdown]
# ### A.2 From noise to samples
#
# The second expectation in (1) is over the noise. For what follows it has to be one over samples:
#
# $$
# \mathbb{E}_{z}\bigl[f(G(z))\bigr] = \mathbb{E}_{x \sim q}\bigl[f(x)\bigr]
# \tag{2}
# $$
#
# for any function $f$. Why does that hold? Count. Let the noise take the values $0, 1, 2, \dots$,
# and let the samples be numbers of places, $0, 1, 2, \dots$, too. A place is made by all the noise
# that lands there, so its probability is the sum of theirs:
#
# $$
# q_j = \sum_{k:\; G(k) = j} P(z = k)
# \tag{3}
# $$
#
# Put this into the right side of (2), and each term of the left side is met once. $q$ is called the
# **push-forward** of the noise by $G$. Nothing was asked of $G$: it may send several values of the
# noise to one place, and leave places out.
#
# > **A common slip.** Many texts prove (2) by a change of variables, $z = G^{-1}(x)$, and write
# > $q(x) = p_z(G^{-1}(x))\,(G^{-1})'(x)$. That needs a generator that can be inverted, with as many
# > noise numbers as pixels; and then the factor is the absolute value of a determinant, that of the
# > Jacobian matrix. The generators in this chapter turn 32 numbers into 64 pixels and have no
# > inverse. Some texts also end with $p_z(x) \log(1 - D(x))$ in the integral where it must be
# > $q(x)$: the noise has no density at pictures. You do not need any of this: (2) holds for every
# > $G$.
#
# ### Exercise 14.2: the push-forward
#
# Write `push_forward(prior, G, size)`. `prior[k]` is the probability of noise $k$; the integer
# array `G` has the same length, and `G[k]` is the place, 0 to `size` − 1, that noise $k$ is sent
# to. Return $q$ of (3), an array of `size` probabilities.

# %% hint push_forward [markdown]
# Two values of the noise land at the same place. What is the probability of that place?

# %% hint push_forward [markdown]
# Begin with zeros, one for each place. Go through the noise, and add its probability where it
# lands. (If you do it without a loop: `q[G] += prior` does not add twice at the same place.)

# %% hint push_forward [markdown]
# q ← zeros(size); for each k: q[G[k]] += prior[k]


# %% solve push_forward
def push_forward(prior, G, size):
    """Return the probabilities (3) of the places to which noise with these probabilities is sent.

    >>> push_forward(np.array([0.5, 0.3, 0.2]), np.array([2, 0, 2]), 3).tolist()
    [0.3, 0.0, 0.7]
    """
    ### BEGIN SOLUTION
    q = np.zeros(size)
    np.add.at(q, G, prior)
    return q
    ### END SOLUTION


# %% check push_forward points=1
with check("push_forward") as probe:
    prior = np.array([0.5, 0.25, 0.15, 0.1])
    probe.call("each noise to a place of its own", push_forward, prior, np.array([2, 3, 1, 0]), 4)
    probe.call("two to the same place", push_forward, prior, np.array([1, 0, 1, 2]), 3)
    probe.call("a place that nothing reaches", push_forward, prior, np.array([4, 4, 4, 0]), 6)
### BEGIN HIDDEN TESTS
with check.hidden("push_forward") as probe:
    rng = np.random.default_rng(142)
    for noises, size in ((1, 1), (6, 3), (40, 15), (3, 30)):
        prior, G = rng.dirichlet(np.ones(noises)), rng.integers(size, size=noises)
        right = np.equal.outer(np.arange(size), G) @ prior
        label = f"{noises} values to {size} places"
        probe.call(label, push_forward, prior, G, size, expected=right)
### END HIDDEN TESTS


# %% mistake push_forward "what lands twice is counted once"
# Where several values of the noise land at one place you keep only the last. Add to what is there,
# += in a loop; or use np.add.at or np.bincount, for `q[G] += prior` does not add twice.
def push_forward(prior, G, size):
    q = np.zeros(size)
    q[G] += prior
    return q


# %% mistake push_forward "the prior is not used"
# You count how many values of the noise land at a place. They are not equally likely: add up their
# probabilities.
def push_forward(prior, G, size):
    return np.bincount(G, minlength=size) / len(G)


# %% mistake push_forward "the mean in place of the sum"
# You average the probabilities that land at a place. Equation (3) adds them up.
def push_forward(prior, G, size):
    hits = np.bincount(G, minlength=size)
    return np.bincount(G, prior, size) / np.maximum(hits, 1)


# %% mistake push_forward "the places that nothing reaches are missing"
# Your result ends at the last place that is reached. It has `size` entries; the others are 0.
def push_forward(prior, G, size):
    return np.bincount(G, prior)


# %% mistake push_forward "the wrong way round"
# You look up prior[G[k]]. G[k] is a place, not a noise: add prior[k] to q[G[k]].
def push_forward(prior, G, size):
    q = np.zeros(size)
    for k in range(len(G)):
        q[k % size] += prior[G[k] % len(prior)]
    return q


# %% alternative push_forward
def push_forward(prior, G, size):
    return np.bincount(G, weights=prior, minlength=size)


# %% alternative push_forward
def push_forward(prior, G, size):
    return np.array([prior[np.equal(G, j)].sum() for j in range(size)])


# %% alternative push_forward
def push_forward(prior, G, size):
    q = [0.0] * size
    for k, j in enumerate(G):
        q[j] += prior[k]
    return np.array(q)


# %% [markdown]
# Equation (2) on a generator that has no inverse, with an arbitrary $f$:

# %%
rng = np.random.default_rng(0)
prior, G, f = rng.dirichlet(np.ones(100)), rng.integers(7, size=100), rng.normal(size=7)
print(f"over the noise    {np.sum(prior * f[G]):.6f}")
print(f"over the samples  {np.sum(push_forward(prior, G, 7) * f):.6f}")

# %% [markdown]
# ## B. The best discriminator
#
# ### B.1 One place at a time
#
# Hold the generator still. With (2) the value is a sum over places, an integral for densities:
#
# $$
# V(D) = \sum_x \Bigl( p(x) \log D(x) + q(x) \log\bigl(1 - D(x)\bigr) \Bigr)
# \tag{4}
# $$
#
# Suppose that $D$ may be any function. Then the number $D(x)$ at one place has nothing to do with
# the number at another, and each term can be made as large as possible by itself. Which $D$ is the
# best?
#
# ### Exercise 14.3: the optimal discriminator
#
# Derive the best number $D^*$ at a place where real samples have probability $p$ and forged ones
# $q$, not both 0. Write `best_discriminator(p, q)`, which returns it for arrays `p` and `q` of
# equal shape. Where both are 0, return ½: nothing is known there. Then write down the derivation;
# a person reads it.

# %% hint best_discriminator [markdown]
# For which $t$ between 0 and 1 is $p \log t + q \log(1 - t)$ largest? What is its derivative?

# %% hint best_discriminator [markdown]
# The derivative is $p/t - q/(1-t)$. Set it to 0 and solve for $t$. Look at the extreme cases: what
# must come out where there are only real samples, and where both are equally likely?

# %% hint best_discriminator [markdown]
# solve p · (1 − t) = q · t for t; then use np.where or np.divide for the places where p + q is 0
# (np.where computes both cases everywhere: a warning about 0 / 0 does no harm, if the result is
# right)


# %% solve best_discriminator
def best_discriminator(p, q):
    """Return the discriminator that maximises (4) at each place; ½ where p and q are both 0.

    >>> best_discriminator(np.array([0.3, 0.0]), np.array([0.1, 0.0])).round(4).tolist()
    [0.75, 0.5]
    """
    ### BEGIN SOLUTION
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1.0), 0.5)
    ### END SOLUTION


# %% check best_discriminator points=2
with check("best_discriminator") as probe:
    p, q = np.array([0.3, 0.2, 0.5]), np.array([0.1, 0.2, 0.7])
    probe.call("three places", best_discriminator, p, q)
    p, q = np.array([0.4, 0.0]), np.array([0.0, 0.6])
    probe.call("only real samples, only forged samples", best_discriminator, p, q)
    p, q = np.array([0.0, 1.0]), np.array([0.0, 3.0])
    probe.call("a place with neither", best_discriminator, p, q)
    p, q = np.array([1e-9, 2e-12]), np.array([3e-9, 2e-12])
    probe.call("places where samples are rare", best_discriminator, p, q)
### BEGIN HIDDEN TESTS
with check.hidden("best_discriminator") as probe:
    rng = np.random.default_rng(143)
    for shape in ((5,), (3, 4), (1,)):
        p, q = rng.uniform(0.01, 2, shape), rng.uniform(0.01, 2, shape)
        right = 1 / (1 + np.exp(np.log(q) - np.log(p)))
        probe.call(f"densities of shape {shape}", best_discriminator, p, q, expected=right)
    p, q = np.array([1e-9, 0.0, 1e-9]), np.array([3e-9, 0.0, 0.0])
    right = np.array([0.25, 0.5, 1.0])
    probe.call("small numbers and zeros", best_discriminator, p, q, expected=right)
### END HIDDEN TESTS


# %% mistake best_discriminator "real and forged are exchanged"
# Your D is large where forged samples are. D is the probability of being real: p belongs into the
# numerator.
def best_discriminator(p, q):
    total = p + q
    return np.where(total > 0, q / np.where(total > 0, total, 1.0), 0.5)


# %% mistake best_discriminator "the odds in place of the probability"
# Your value is p / q, which can be larger than 1: these are the odds. Solve p (1 - D) = q D for D.
def best_discriminator(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p + q > 0, p / q, 0.5)


# %% mistake best_discriminator "not a number where nothing is"
# You divide 0 by 0 where p and q are both 0. The task asks for 1/2 there.
def best_discriminator(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return p / (p + q)


# %% mistake best_discriminator "zero where nothing is"
# Where p and q are both 0 your value is 0: forged for certain. The task asks for 1/2 there.
def best_discriminator(p, q):
    return p / np.where(p + q > 0, p + q, 1.0)


# %% mistake best_discriminator "one half where only one of them is missing"
# Your value is 1/2 wherever p or q is 0. If only one of them is 0, D is certain: 1 or 0.
def best_discriminator(p, q):
    return np.where((p == 0) | (q == 0), 0.5, p / np.where(p + q > 0, p + q, 1.0))


# %% mistake best_discriminator "small numbers are added"
# You add a small number so that nothing is divided by 0. Where samples are rare your value is
# wrong by that. Treat the places where p + q is 0 by themselves.
def best_discriminator(p, q):
    return (p + 1e-12) / (p + q + 2e-12)


# %% mistake best_discriminator "yes or no"
# Your D says 1 where p is larger than q, and 0 elsewhere. Then log(1 - D) is minus infinity
# wherever a forged sample lies in the region of 1: solve for the maximum of (4).
def best_discriminator(p, q):
    return np.where(p == q, 0.5, (p > q) * 1.0)


# %% alternative best_discriminator
def best_discriminator(p, q):
    D = np.full(np.shape(p), 0.5)
    np.divide(p, p + q, out=D, where=p + q > 0)
    return D


# %% alternative best_discriminator
def best_discriminator(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        D = p / (p + q)
    D[np.isnan(D)] = 0.5
    return D


# %% answer best_discriminator [markdown] points=3
# Derive $D^*$ from (4), step by step. Say why each place may be looked at alone, why the point that
# you find is a maximum, and what $D^*$ is where $p = q$.
#
# <!-- BEGIN SOLUTION -->
#
# $D$ may be any function, so the numbers $D(x)$ at different places can be chosen independently,
# and the sum (4) is largest when each term is. Fix $x$ and write $t = D(x)$, $0 < t < 1$. The term
# is $h(t) = p \log t + q \log(1 - t)$ with $h'(t) = p/t - q/(1 - t)$. $h'(t) = 0$ means
# $p(1 - t) = qt$, so $t = p/(p + q)$. The second derivative $-p/t^2 - q/(1-t)^2$ is negative
# everywhere: $h$ is concave, and the point is the only maximum. (If $q = 0$, $h$ grows up to
# $t = 1$; if $p = 0$, it falls from $t = 0$. The formula holds in both cases.) Where $p = q$,
# $D^* = \frac12$: the best discriminator can only guess.
#
# **Rubric**
# - 1 point: each place alone, because $D$ is free at each.
# - 1 point: the derivative, set to zero and solved.
# - 1 point: the maximum (second derivative or concavity), and ½ where $p = q$.
# <!-- END SOLUTION -->

# %% [markdown]
# ### B.2 Found by climbing
#
# Training does not solve equations. It climbs. Write $D$ by a **score** $s$, any real number, and
# the logistic function, as the last layer of a network does:
#
# $$
# D = \sigma(s) = \frac{1}{1 + e^{-s}}, \qquad
# \frac{\partial V}{\partial s} = p\,(1 - D) - q\,D
# \tag{5}
# $$
#
# (With $\sigma' = D(1 - D)$, the slope $p/D - q/(1 - D)$ in $D$ becomes this one in $s$.) Give each
# place of a grid a score of its own, begin with $s = 0$ everywhere, and make steps up the slope.
#
# ### Exercise 14.4: climb
#
# Write `climb(p, q, rate, steps)`: begin with the score 0 at each place, make `steps` steps of
# gradient ascent, $s \leftarrow s + \text{rate} \cdot \partial V / \partial s$, and return the
# probabilities $D = \sigma(s)$ afterwards, an array of the shape of `p`.

# %% hint climb [markdown]
# What is $D$ before the first step? What is the slope (5) there?

# %% hint climb [markdown]
# In each step compute $D$ from the scores that you have now, then the slope, then change the
# scores. At the end turn the scores into probabilities once more.

# %% hint climb [markdown]
# s ← zeros; repeat steps times: D ← 1 / (1 + exp(−s)); s ← s + rate · (p · (1 − D) − q · D); return
# 1 / (1 + exp(−s))


# %% solve climb
def climb(p, q, rate, steps):
    """Return the discriminator that gradient ascent on (4) has reached after so many steps.

    >>> climb(np.array([0.8, 0.1]), np.array([0.2, 0.1]), 1.0, 1).round(4).tolist()
    [0.5744, 0.5]
    """
    ### BEGIN SOLUTION
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (p * (1 - D) - q * D)
    return 1 / (1 + np.exp(-s))
    ### END SOLUTION


# %% check climb points=2
with check("climb") as probe:
    p, q = np.array([0.8, 0.1, 0.3]), np.array([0.2, 0.1, 0.9])
    probe.call("no step", climb, p, q, 1.0, 0)
    probe.call("one step where nothing is forged", climb, p, 0 * q, 1.0, 1)
    probe.call("one step where nothing is real", climb, 0 * p, q, 1.0, 1)
    probe.call("three steps at a rate of 0.5", climb, p, q, 0.5, 3)
    probe.call("two hundred steps", climb, p, q, 1.0, 200)
### BEGIN HIDDEN TESTS
with check.hidden("climb") as probe:
    rng = np.random.default_rng(144)
    for size, rate, steps in ((4, 1.0, 1), (7, 0.3, 5), (3, 2.0, 20)):
        p, q = rng.dirichlet(np.ones(size)), rng.dirichlet(np.ones(size))
        s = torch.zeros(size, dtype=torch.float64, requires_grad=True)
        for _ in range(steps):
            V = torch.tensor(p) @ nn.functional.logsigmoid(s)
            V = V + torch.tensor(q) @ nn.functional.logsigmoid(-s)
            (slope,) = torch.autograd.grad(V, s)
            s = (s + rate * slope).detach().requires_grad_()
        right = torch.sigmoid(s).detach().numpy()
        probe.call(f"{size} places, {steps} steps", climb, p, q, rate, steps, expected=right)
### END HIDDEN TESTS


# %% mistake climb "downhill"
# Your scores run against the slope: this is descent. The discriminator wants a large V: add rate
# times the slope.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s - rate * (p * (1 - D) - q * D)
    return 1 / (1 + np.exp(-s))


# %% mistake climb "the slope in D in place of the slope in s"
# Your slope is p / D - q / (1 - D): that is the slope in D. You change the scores, so use (5).
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (p / D - q / (1 - D))
    return 1 / (1 + np.exp(-s))


# %% mistake climb "the scores in place of the probabilities"
# You return the scores. Turn them into probabilities with the logistic function at the end.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (p * (1 - D) - q * D)
    return s


# %% mistake climb "one number at the beginning"
# Without a step your function returns a single number. Begin with a score for each place:
# np.zeros(p.shape).
def climb(p, q, rate, steps):
    s = 0.0
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (p * (1 - D) - q * D)
    return 1 / (1 + np.exp(-s))


# %% mistake climb "one step behind"
# Your D is one step behind. Make all of the steps, range(steps), and compute D once more after the
# loop, from the last scores.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    D = 1 / (1 + np.exp(-s))
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (p * (1 - D) - q * D)
    return D


# %% mistake climb "the forged samples do not push"
# Your slope has only the real term. Where forged samples are, the score is pushed down: - q D.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        s = s + rate * p * (1 - 1 / (1 + np.exp(-s)))
    return 1 / (1 + np.exp(-s))


# %% mistake climb "the places are averaged"
# You divide the slope by the number of places. In (4) the terms are added.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (p * (1 - D) - q * D) / p.size
    return 1 / (1 + np.exp(-s))


# %% mistake climb "real and forged are exchanged"
# Your score rises where forged samples are. In (5) p stands with 1 - D, and q with D.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + rate * (q * (1 - D) - p * D)
    return 1 / (1 + np.exp(-s))


# %% mistake climb "the rate is not used"
# You add the slope as it is. A step is rate times the slope.
def climb(p, q, rate, steps):
    s = np.zeros_like(p)
    for _ in range(steps):
        D = 1 / (1 + np.exp(-s))
        s = s + p * (1 - D) - q * D
    return 1 / (1 + np.exp(-s))


# %% alternative climb
def climb(p, q, rate, steps):
    s = np.zeros(p.shape)
    for _ in range(steps):
        s += rate * (p - (p + q) / (1 + np.exp(-s)))
    return 1 / (1 + np.exp(-s))


# %% alternative climb
def climb(p, q, rate, steps):
    p, q = torch.as_tensor(p), torch.as_tensor(q)
    s = torch.zeros_like(p)
    for _ in range(steps):
        s = s + rate * (p * torch.sigmoid(-s) - q * torch.sigmoid(s))
    return torch.sigmoid(s).numpy()


# %% [markdown]
# Now watch it. The real samples have a density around 0, the forged ones another, whose middle you
# can move. `steps` counts the steps of your `climb`. Questions:
#
# - Where is $D$ right after few steps, where only after many? Why?
# - Move the forged samples away until the densities hardly touch. How large is the slope of $D^*$
#   at the place of the forged samples? The generator will learn through this slope alone. (Part D
#   finds a loss that makes more of it.)


# %%
GRID = np.linspace(-6, 6, 241)


def bell(middle, width=1.0):
    return np.exp(-(((GRID - middle) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))


def draw_climb(figure, steps=30, middle=2.0):
    p, q = bell(0.0), bell(middle)
    ax = figure.subplots()
    ax.fill_between(GRID, p, color=BLUE, alpha=0.25, label="real, p")
    ax.fill_between(GRID, q, color=ORANGE, alpha=0.35, label="forged, q")
    ax.plot(GRID, best_discriminator(p, q), "k--", label="optimal D")
    ax.plot(GRID, climb(p, q, 1.0, steps), color=VERMILLION, lw=2, label="D after the steps")
    ax.set(xlabel="x", ylabel="density, probability", ylim=(0, 1.05), xlim=(-6, 6))
    ax.legend(loc="upper right", fontsize=8)
    error = np.abs(climb(p, q, 1.0, steps) - best_discriminator(p, q))
    return f"Largest error of D where samples are common: {error[p + q > 0.1].max():.3f}"


explore.live(
    draw_climb,
    title="A discriminator that climbs",
    description="The densities of real and forged samples, the optimal discriminator as a dashed "
    "line that falls from 1 to 0 between them, and the discriminator after some steps of climbing.",
    steps=(0, 400, 10),
    middle=(0.0, 5.0, 0.25),
)

# %% [markdown]
# *Figure 2. Climbing towards the optimal discriminator. Where samples are common the slope (5) is
# large and $D$ arrives soon. Where neither kind of sample comes, $D$ stays at ½: nobody asks
# there.*

# %% [markdown]
# ## C. What the generator minimises
#
# ### C.1 A distance in disguise
#
# Suppose the discriminator is always the best one. What is left of the game for the generator is
#
# $$
# C(G) = \max_D V(D, G) = \sum_x \Bigl( p \log \frac{p}{p + q} + q \log \frac{q}{p + q} \Bigr)
# \tag{6}
# $$
#
# with $D^*$ from 14.3 put into (4). Is that a sensible thing to minimise? To see it, recall a
# measure of how far the distribution $q$ is from $p$, the **Kullback–Leibler divergence**:
#
# $$
# \mathrm{KL}(p \,\|\, q) = \sum_x p(x) \log \frac{p(x)}{q(x)} \;\ge\; 0,
# \qquad \text{and } 0 \text{ only if } p = q
# \tag{7}
# $$
#
# Terms with $p(x) = 0$ count as 0. It is infinite if $q$ is 0 where $p$ is not, and it changes when
# $p$ and $q$ are exchanged. The **Jensen–Shannon divergence** has neither weakness: compare both
# with their average $m$.
#
# $$
# \mathrm{JSD}(p, q) = \tfrac12\, \mathrm{KL}(p \,\|\, m) + \tfrac12\, \mathrm{KL}(q \,\|\, m),
# \qquad m = \tfrac12 (p + q)
# \tag{8}
# $$
#
# Now write $p + q = 2m$ in (6). Each logarithm gives up a $-\log 2$, and $p$ and $q$ each sum to 1:
#
# $$
# C(G) = -\log 4 + \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m)
#      = -\log 4 + 2\, \mathrm{JSD}(p, q)
# \tag{9}
# $$
#
# So against the best discriminator the generator minimises a distance between its distribution and
# that of the data. The minimum, $-\log 4$, is at $q = p$ and nowhere else. Nobody has ever computed
# $p$ or $q$ for this. The game does it with samples alone. Check (9) with your own code.


# %% given kl
def kl(p, q):
    """Return the divergence (7) of two arrays of probabilities."""
    some = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[some] * (np.log(p[some]) - np.log(q[some]))))


# %% [markdown]
# ### Exercise 14.5: the Jensen–Shannon divergence
#
# Write `jsd(p, q)`: equation (8) for two arrays of probabilities of the same length, each with the
# sum 1. The function `kl(p, q)` of the cell above computes (7), zeros included. The result is a
# number.

# %% hint jsd [markdown]
# Which distribution lies in the middle between $p$ and $q$?

# %% hint jsd [markdown]
# Compute the average of the two arrays. Take the divergence of $p$ from it and of $q$ from it, and
# then half of each.

# %% hint jsd [markdown]
# m ← (p + q) / 2; return kl(p, m) / 2 + kl(q, m) / 2


# %% solve jsd
def jsd(p, q):
    """Return the Jensen–Shannon divergence (8) of two arrays of probabilities.

    >>> round(jsd(np.array([1.0, 0.0]), np.array([0.0, 1.0])), 4)
    0.6931
    """
    ### BEGIN SOLUTION
    m = (p + q) / 2
    return kl(p, m) / 2 + kl(q, m) / 2
    ### END SOLUTION


# %% check jsd points=1
with check("jsd") as probe:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    probe.call("three places", jsd, p, q)
    probe.call("equal distributions", jsd, p, p)
    probe.call("no place in common", jsd, np.array([0.4, 0.6, 0]), np.array([0.0, 0, 1]))
    probe.call("a place with neither", jsd, np.array([0.5, 0.5, 0]), np.array([0.25, 0.75, 0]))
### BEGIN HIDDEN TESTS
with check.hidden("jsd") as probe:
    rng = np.random.default_rng(145)

    def entropy(p):
        return -np.sum(p[p > 0] * np.log(p[p > 0]))

    for size in (2, 5, 60):
        p, q = rng.dirichlet(np.ones(size)), rng.dirichlet(np.ones(size))
        right = entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2
        probe.call(f"{size} places", jsd, p, q, expected=right)
    p, q = np.array([0, 0.5, 0.5, 0]), np.array([0, 0, 0.25, 0.75])
    right = entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2
    probe.call("some zeros", jsd, p, q, expected=right)
### END HIDDEN TESTS


# %% mistake jsd "one half of it"
# You return KL(p, m) alone. (8) has the divergence of q from m as well, and half of each.
def jsd(p, q):
    return kl(p, (p + q) / 2)


# %% mistake jsd "logarithms to the base 2"
# Your logarithm is to the base 2. The chapter uses the natural logarithm, np.log.
def jsd(p, q):
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2 / np.log(2)


# %% mistake jsd "the halves are missing"
# Your value is twice the divergence (8): each of the two terms has a factor 1/2.
def jsd(p, q):
    m = (p + q) / 2
    return kl(p, m) + kl(q, m)


# %% mistake jsd "the sum in place of the average"
# Your m is p + q, whose sum is 2. The average has a half: m = (p + q) / 2.
def jsd(p, q):
    return kl(p, p + q) / 2 + kl(q, p + q) / 2


# %% mistake jsd "the two divergences of p and q themselves"
# You average KL(p, q) and KL(q, p), which can be infinite. In (8) both are compared with m.
def jsd(p, q):
    return kl(p, q) / 2 + kl(q, p) / 2


# %% mistake jsd "the divergences the wrong way round"
# You take KL(m, p) and KL(m, q), which can be infinite. In (8) m stands on the right.
def jsd(p, q):
    m = (p + q) / 2
    return kl(m, p) / 2 + kl(m, q) / 2


# %% mistake jsd "the distance in place of the divergence"
# Your value is the square root of (8): some libraries return that, as a distance.
def jsd(p, q):
    m = (p + q) / 2
    return np.sqrt(kl(p, m) / 2 + kl(q, m) / 2)


# %% alternative jsd
def jsd(p, q):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        for c in (a, b):
            if c > 0:
                total += c / 2 * np.log(2 * c / (a + b))
    return total


# %% alternative jsd
def jsd(p, q):
    m = 0.5 * (p + q)
    return np.mean([kl(p, m), kl(q, m)])


# %% [markdown]
# ### Exercise 14.6: the value of the best discriminator
#
# Write `best_value(p, q)`: the value (4) with the optimal discriminator in it, which is (6), for
# two arrays of probabilities. They may belong to a part of the places only, so that their sums are
# less than 1. Terms with $p(x) = 0$ in the first part, or $q(x) = 0$ in the second, count as 0.
# Compute it from $D^*$, without using (9): the cell after the check compares the two.

# %% hint best_value [markdown]
# You have `best_discriminator` already. Which two sums does (4) make of it?

# %% hint best_value [markdown]
# The first sum runs over the places where $p$ is not 0, the second over those where $q$ is not 0.
# There, no logarithm is infinite.

# %% hint best_value [markdown]
# D ← best_discriminator(p, q); V ← sum of p · log(D) where p > 0; V ← V + sum of q · log(1 − D)
# where q > 0


# %% solve best_value
def best_value(p, q):
    """Return the value (4) of the game for the optimal discriminator, which is (6).

    >>> round(best_value(np.array([0.5, 0.5]), np.array([0.5, 0.5])), 4)
    -1.3863
    """
    ### BEGIN SOLUTION
    D = best_discriminator(p, q)
    real, fake = p > 0, q > 0
    return np.sum(p[real] * np.log(D[real])) + np.sum(q[fake] * np.log(1 - D[fake]))
    ### END SOLUTION


# %% check best_value points=2
with check("best_value") as probe:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    probe.call("three places", best_value, p, q)
    probe.call("equal distributions", best_value, q, q)
    probe.call("a place without forged samples", best_value, p, np.array([0.5, 0.5, 0]))
    probe.call("a place without real samples", best_value, np.array([0.0, 0.7, 0.3]), q)
    probe.call("a place with neither", best_value, np.array([0.0, 0.7, 0.3]), np.array([0.0, 1, 0]))
    probe.call("a part of the places", best_value, p[:2], q[:2])
### BEGIN HIDDEN TESTS
with check.hidden("best_value") as probe:
    rng = np.random.default_rng(146)

    def minus_entropy(p):
        return np.sum(p[p > 0] * np.log(p[p > 0]))

    for size, spread in ((2, 1.0), (9, 1.0), (80, 1.0), (30, 0.3)):
        p, q = rng.dirichlet(np.full(size, spread)), rng.dirichlet(np.full(size, spread))
        right = minus_entropy(p) + minus_entropy(q) - minus_entropy(p + q)
        probe.call(f"random, {size} places", best_value, p, q, expected=right)
    p, q = np.array([0.0, 0.5, 0.5, 0]), np.array([0.5, 0, 0, 0.5])
    probe.call("no place in common", best_value, p, q, expected=0.0)
### END HIDDEN TESTS


# %% mistake best_value "the forged part is missing"
# Your value has only the first sum. Add q log(1 - D).
def best_value(p, q):
    D = best_discriminator(p, q)
    return np.sum(p[p > 0] * np.log(D[p > 0]))


# %% mistake best_value "zeros are not left out"
# A place with probability 0 gives 0 times minus infinity in your sum, which is not a number. Leave
# it out: p[p > 0].
def best_value(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        D = best_discriminator(p, q)
        return np.sum(p * np.log(D)) + np.sum(q * np.log(1 - D))


# %% mistake best_value "means in place of sums"
# You take means over the places. The probabilities are the weights: sum up.
def best_value(p, q):
    D = best_discriminator(p, q)
    real, fake = p > 0, q > 0
    return np.mean(p[real] * np.log(D[real])) + np.mean(q[fake] * np.log(1 - D[fake]))


# %% mistake best_value "the logarithms have no weights"
# You add the logarithms up without p and q in front. Each place counts as often as samples come
# there.
def best_value(p, q):
    D = best_discriminator(p, q)
    return np.sum(np.log(D[p > 0])) + np.sum(np.log(1 - D[q > 0]))


# %% mistake best_value "the second sign is lost"
# You subtract the second sum. The value (4) adds the two, and both are at most 0.
def best_value(p, q):
    D = best_discriminator(p, q)
    real, fake = p > 0, q > 0
    return np.sum(p[real] * np.log(D[real])) - np.sum(q[fake] * np.log(1 - D[fake]))


# %% mistake best_value "the divergence without its constant"
# Your value is 2 JSD: it is 0 for equal distributions. The game gives -log 4 there.
def best_value(p, q):
    m = (p + q) / 2
    return kl(p, m) + kl(q, m)


# %% mistake best_value "equation (9) in place of (4)"
# You use (9), which holds only where p and q have the sum 1, and which is to be tested with your
# function. Compute the value from the best discriminator.
def best_value(p, q):
    return -np.log(4) + 2 * jsd(p, q)


# %% alternative best_value
def best_value(p, q):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        total += a * np.log(a / (a + b)) if a > 0 else 0
        total += b * np.log(b / (a + b)) if b > 0 else 0
    return total


# %% alternative best_value
def best_value(p, q):
    D = best_discriminator(p, q)
    return float(torch.xlogy(torch.tensor(p), torch.tensor(D)).sum()
                 + torch.xlogy(torch.tensor(q), torch.tensor(1 - D)).sum())  # fmt: skip


# %% [markdown]
# A thousand pairs of random distributions, some nearly equal, some far apart:

# %%
rng = np.random.default_rng(1)
worst = 0.0
for _ in range(1000):
    size, spread = rng.integers(2, 50), rng.uniform(0.5, 5)
    p, q = rng.dirichlet(np.full(size, spread), size=2)
    worst = max(worst, abs(best_value(p, q) - (-np.log(4) + 2 * jsd(p, q))))
print("equation (9) holds in all of them, to twelve digits:", worst < 1e-12)

# %% [markdown]
# ### Exercise 14.7: three values to know
#
# During training you will look at the value of the game and ask what it means. Compute by hand, or
# with your functions, to three decimals, for the optimal discriminator:
#
# - `equal`: $C(G)$ when the generator is perfect, $q = p$;
# - `apart`: $C(G)$ when $p$ and $q$ have no place in common;
# - `partly`: $C(G)$ when $p$ is uniform between 0 and 4 and $q$ is uniform between 1 and 5.

# %% hint landmarks [markdown]
# What is $D^*$ in each of the three cases, and at which places?

# %% hint landmarks [markdown]
# In the third case there are three regions: only real samples, both with equal density, only forged
# ones. Which share of the real samples lies in the middle, and which share of the forged ones?

# %% hint landmarks [markdown]
# equal: both logarithms are of ½; apart: both logarithms are of 1; partly: the shares of the middle
# times the logarithms there


# %% solve landmarks
# Set equal, apart and partly.
### BEGIN SOLUTION
equal = -np.log(4)
apart = 0.0
partly = -np.log(8) / 2
### END SOLUTION

# %% check landmarks points=2
with check("landmarks") as probe:
    probe.number("C(G) for q = p", equal)
    probe.number("C(G) with nothing in common", apart)
    probe.number("C(G) for two uniform distributions that partly overlap", partly)

# %% mistake landmarks "a sign is lost"
# Your values are those of a loss. The logarithms in (1) are at most 0, and so is the value.
equal, apart, partly = np.log(4), 0.0, np.log(8) / 2

# %% mistake landmarks "zero for a perfect generator"
# That is the divergence. C(G) is the value of the game: put D = 1/2 into (1).
equal, apart, partly = 0.0, 0.0, np.log(2) / 4

# %% mistake landmarks "too few decimals"
# Right as far as it goes. Give three decimals.
equal, apart, partly = -1.39, 0.0, -1.04

# %% mistake landmarks "the logarithm once"
# log(1/2) stands in both terms of (1). Add the two.
equal, apart, partly = -np.log(2), 0.0, -np.log(8) / 2

# %% mistake landmarks "twice the divergence, without its constant"
# With nothing in common 2 JSD is 2 log 2, and (9) subtracts log 4 from it. Or put D = 1 for real
# and D = 0 for forged samples into (1).
equal, apart, partly = -np.log(4), 2 * np.log(2), -np.log(8) / 2

# %% mistake landmarks "the divergence is counted once"
# With nothing in common JSD is log 2, and (9) has twice that. Or put D = 1 and D = 0 into (1).
equal, apart, partly = -np.log(4), -np.log(2), -np.log(8) / 2

# %% mistake landmarks "the divergence in place of the value"
# With nothing in common log 2 is the divergence (8). C(G) is the value of the game: put it into
# (9), or D = 1 and D = 0 into (1).
equal, apart, partly = -np.log(4), np.log(2), -np.log(8) / 2

# %% mistake landmarks "a discriminator that guesses"
# That is the value for D = 1/2 everywhere. With nothing in common D need not guess: it is 1 for
# every real sample and 0 for every forged one.
equal, apart, partly = -np.log(4), -np.log(4), -np.log(8) / 2

# %% mistake landmarks "all samples of the third case lie in the middle"
# Some of the real samples lie below 1, and some of the forged ones above 4. For these D is certain
# and right.
equal, apart, partly = -np.log(4), 0.0, -np.log(4)

# %% mistake landmarks "the share of the whole range"
# The middle is three fifths of the whole range. What counts is the share of the samples of each
# kind that lie there.
equal, apart, partly = -np.log(4), 0.0, -0.6 * np.log(4)

# %% mistake landmarks "the middle counts once"
# Real and forged samples lie in the middle, and D is 1/2 for both: both terms of (1) count.
equal, apart, partly = -np.log(4), 0.0, -0.75 * np.log(2)

# %% mistake landmarks "the share outside of the middle"
# D is uncertain in the middle, where both kinds come. Outside the logarithms are 0.
equal, apart, partly = -np.log(4), 0.0, -np.log(4) / 4

# %% alternative landmarks
p = np.repeat([1, 1, 1, 1, 0], 100) / 400
q = np.repeat([0, 1, 1, 1, 1], 100) / 400
equal, apart, partly = best_value(p, p), best_value(np.eye(2)[0], np.eye(2)[1]), best_value(p, q)

# %% [markdown]
# The value of the game lies between $-\log 4$ and 0, if the discriminator is at its best. But look
# at the second case again. With nothing in common $C(G)$ is 0, whether the forged samples are near
# to the real ones or far away. Nothing tells the generator in which direction to go. And pictures
# are like that: hardly any arrangement of 64 pixels is a digit, and an untrained generator meets
# none.
#
# ## D. Losses that teach
#
# ### D.1 The beginning
#
# At the beginning the forged samples are bad and $D$ knows it: $D(G(z))$ is nearly 0. Equation (1)
# has the generator minimise $\log(1 - D(G(z)))$. Goodfellow and others propose another loss at
# once, $-\log D(G(z))$. Both fall when $D(G(z))$ rises. What is the difference?
#
# The first is called the **saturating** loss, the second the **non-saturating** loss. What reaches
# the generator by back-propagation is the slope in the score $s$ of its sample, where
# $D = \sigma(s)$ as in (5).
#
# ### Exercise 14.8: two slopes
#
# Write `generator_slopes(s)`: for an array `s` of scores return a pair of arrays, the derivative by
# $s$ of $\log(1 - \sigma(s))$ and that of $-\log \sigma(s)$. Scores of ±1000 must give numbers,
# too.

# %% hint generator_slopes [markdown]
# $\sigma'(s) = \sigma(s)(1 - \sigma(s))$. What does the chain rule make of the two logarithms?

# %% hint generator_slopes [markdown]
# In both cases one factor of $\sigma'$ goes away against the denominator, and a simple expression
# in $D$ is left. Both slopes are negative: a larger score means a smaller loss.

# %% hint generator_slopes [markdown]
# D ← 1 / (1 + exp(−s)); the first slope is minus (D (1 − D) / (1 − D)), the second minus
# (D (1 − D) / D): cancel before you compute (exp may warn that exp(1000) is too large; the slopes
# are right all the same)


# %% solve generator_slopes
def generator_slopes(s):
    """Return the slopes in the score of the saturating and of the non-saturating loss.

    >>> [slope.tolist() for slope in generator_slopes(np.array([0.0]))]
    [[-0.5], [-0.5]]
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(s))  # never too large
    D = np.where(s >= 0, 1.0, small) / (1 + small)
    return -D, -np.where(s >= 0, small, 1.0) / (1 + small)
    ### END SOLUTION


# %% check generator_slopes points=2
with check("generator_slopes") as probe:
    probe.call("D is undecided", generator_slopes, np.array([0.0]))
    probe.call("D is nearly sure: forged", generator_slopes, np.array([-5.0, -3.0]))
    probe.call("D is nearly sure: real", generator_slopes, np.array([3.0, 5.0]))
    probe.call("D is quite sure", generator_slopes, np.array([-1000.0, 1000.0]))
### BEGIN HIDDEN TESTS
with check.hidden("generator_slopes") as probe:
    for shape in ((6,), (2, 3), (0,)):
        scores = torch.tensor(np.random.default_rng(148).normal(0, 4, shape), requires_grad=True)
        right = []
        for loss in (-nn.functional.softplus(scores), nn.functional.softplus(-scores)):
            right.append(torch.autograd.grad(loss.sum(), scores)[0].numpy())
        s = scores.detach().numpy().copy()
        probe.call(f"shape {shape}", generator_slopes, s, expected=tuple(right))
    s = np.array([800.0, -800.0])
    right = (np.array([-1.0, 0.0]), np.array([0.0, -1.0]))
    probe.call("scores of 800", generator_slopes, s, expected=right)
### END HIDDEN TESTS


# %% mistake generator_slopes "the slopes in D"
# These are the derivatives by D. The task asks for those by the score: multiply by D (1 - D).
def generator_slopes(s):
    with np.errstate(over="ignore", divide="ignore"):
        D = 1 / (1 + np.exp(-s))
        return -1 / (1 - D), -1 / D


# %% mistake generator_slopes "the two are exchanged"
# Your slopes come in the other order: first that of log(1 - D), then that of -log D.
def generator_slopes(s):
    with np.errstate(over="ignore"):
        D = 1 / (1 + np.exp(-s))
    return D - 1, -D


# %% mistake generator_slopes "the second sign is lost"
# Your second slope is positive. The loss is -log D, with a minus sign.
def generator_slopes(s):
    with np.errstate(over="ignore"):
        D = 1 / (1 + np.exp(-s))
    return -D, 1 - D


# %% mistake generator_slopes "both signs are wrong"
# Your slopes are positive: with them the generator would run away from what D takes for real.
def generator_slopes(s):
    with np.errstate(over="ignore"):
        D = 1 / (1 + np.exp(-s))
    return D, 1 - D


# %% mistake generator_slopes "not a number for large scores"
# For scores of 1000 your value is not a number: 0 / 0, or infinity / infinity. Cancel the fraction
# before you compute, and write D as 1 / (1 + exp(-s)).
def generator_slopes(s):
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        D = np.exp(s) / (1 + np.exp(s))
        return -D * (1 - D) / (1 - D), -D * (1 - D) / D


# %% mistake generator_slopes "the slope of the logistic function alone"
# You return the slope of D itself. The logarithm has a slope, too: 1 / (1 - D) or 1 / D.
def generator_slopes(s):
    with np.errstate(over="ignore"):
        D = 1 / (1 + np.exp(-s))
    return -D * (1 - D), -D * (1 - D)


# %% alternative generator_slopes
def generator_slopes(s):
    with np.errstate(over="ignore"):
        return -1 / (1 + np.exp(-s)), -1 / (1 + np.exp(s))


# %% alternative generator_slopes
def generator_slopes(s):
    D = torch.sigmoid(torch.tensor(s))
    return (-D).numpy(), -torch.sigmoid(-torch.tensor(s)).numpy()


# %% alternative generator_slopes
def generator_slopes(s):
    D = (1 + np.tanh(s / 2)) / 2
    return -D, D - 1


# %%
def draw_slopes():
    s = np.linspace(-8, 8, 200)
    saturating, other = generator_slopes(s)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    left.plot(s, -np.logaddexp(0, s), color=BLUE, label="saturating, log(1 − D)")
    left.plot(s, np.logaddexp(0, -s), color=VERMILLION, ls="--", label="non-saturating, −log D")
    left.set(xlabel="score s of a forged sample", ylabel="loss of the generator")
    left.legend(fontsize=8)
    right.plot(s, saturating, color=BLUE)
    right.plot(s, other, color=VERMILLION, ls="--")
    right.set(xlabel="score s of a forged sample", ylabel="slope")
    return figure


plots.show(
    draw_slopes(),
    "Left: both losses fall with the score; the saturating one is flat for negative scores, the "
    "other for positive ones. Right: the slope of the saturating loss goes from 0 to −1, that of "
    "the non-saturating loss from −1 to 0.",
)

# %% [markdown]
# *Figure 3. The two losses of the generator and their slopes. At the beginning of training the
# scores are far to the left, where only the dashed loss has a slope.*
#
# ### Exercise 14.9: which samples teach?
#
# A batch holds a bad forgery with $s = -6$ and a good one with $s = 0$. Set `times` to how many
# times larger the slope of the non-saturating loss is than that of the saturating loss for the bad
# forgery, to two decimals. And set `teaches` to the letter of the right sentence:
#
# - `"a"`: The two losses send the generator in opposite directions, since one has a minus sign.
# - `"b"`: For each sample both losses point in the same direction. The saturating loss gives the
#   larger weight to the good forgery, the non-saturating loss to the bad one.
# - `"c"`: The non-saturating loss is the saturating one times a constant; a larger learning rate
#   would do the same.
# - `"d"`: The non-saturating loss has another perfect generator, one that does not have $q = p$.

# %% hint teaches [markdown]
# What are the two slopes at $s = -6$, written with $D$? What is their ratio, written with $e^s$?

# %% hint teaches [markdown]
# The ratio is $(1 - D)/D$. For $D = \sigma(s)$ that is a simple power of $e$. It depends on $s$: at
# $s = 0$ it has another value.

# %% hint teaches [markdown]
# evaluate the ratio at −6; then compare, for each loss, the weight of the sample at −6 with the
# weight of the sample at 0


# %% solve teaches
# Set times to a number and teaches to "a", "b", "c" or "d".
### BEGIN SOLUTION
times = np.exp(6)
teaches = "b"
### END SOLUTION

# %% check teaches points=2
with check("teaches") as probe:
    probe.number("the ratio of the slopes at s = −6", times, decimals=2)
    probe.choice("what the two losses do", teaches)

# %% mistake teaches "the wrong way round"
# That is how many times larger the saturating slope is: divide the other way round.
times, teaches = np.exp(-6), "b"

# %% mistake teaches "a negative ratio"
# Both slopes are negative, so their ratio is positive.
times, teaches = -np.exp(6), "b"

# %% mistake teaches "the power of e is missing"
# That is the score. The ratio (1 - D) / D is a power of e.
times, teaches = 6, "b"

# %% mistake teaches "too few decimals"
# Right as far as it goes. Give two decimals.
times, teaches = 403.4, "b"

# %% mistake teaches "no decimals"
# Right as far as it goes. Give two decimals.
times, teaches = 403, "b"

# %% mistake teaches "one slope in place of the ratio"
# That is nearly the ratio, but 1 is missing or one too many: (1 - D) / D, with both slopes.
times, teaches = np.exp(6) + 1, "b"

# %% mistake teaches "the directions are the same"
# Both slopes are negative for every score: a larger score makes both losses smaller.
times, teaches = np.exp(6), "a"

# %% mistake teaches "the ratio is no constant"
# The ratio is large at s = -6 and 1 at s = 0. No learning rate can do both.
times, teaches = np.exp(6), "c"

# %% mistake teaches "the same equilibrium"
# At q = p the best D is 1/2 everywhere, the slopes of D along x are 0, and with either loss nothing
# moves.
times, teaches = np.exp(6), "d"

# %% alternative teaches
D = 1 / (1 + np.exp(6.0))
times, teaches = float((1 - D) / D), "b"

# %% answer teaches [markdown] points=2
# Explain in two or three sentences why the saturating loss is a bad start, and why it is no remedy
# to keep the discriminator bad on purpose.
#
# <!-- BEGIN SOLUTION -->
#
# At the start the forgeries are easy to tell from real samples, so $D(G(z))$ is nearly 0. The slope
# of the saturating loss is $-D$, nearly 0 as well: what reaches the generator vanishes just when it
# is at its worst, and the better the discriminator, the less it teaches. A discriminator that is
# kept bad does leave slopes, but then the value is far below its maximum over $D$, it no longer
# measures the distance (9), and the slopes of a bad judge point nowhere in particular. The
# non-saturating loss keeps slopes near −1 for rejected samples with a good discriminator.
#
# **Rubric**
# - 1 point: the slope is $-D$, which is nearly 0 when forgeries are rejected.
# - 1 point: a bad discriminator does not measure the distance, so its slopes are no guide.
# <!-- END SOLUTION -->

# %% [markdown]
# ### D.2 Losses from scores
#
# In a network the last layer gives the score, and the losses take scores. With probabilities, a
# score of 1000 would give $D = 1$ exactly and $\log(1 - D) = -\infty$. The function
# $\operatorname{softplus}(s) = \log(1 + e^s)$ avoids that, for
# $\log \sigma(s) = -\operatorname{softplus}(-s)$ and
# $\log(1 - \sigma(s)) = -\operatorname{softplus}(s)$. The discriminator *minimises* $-V$, the
# generator the non-saturating loss:
#
# $$
# L_D = \operatorname{mean} \operatorname{softplus}(-s_{\text{real}})
#     + \operatorname{mean} \operatorname{softplus}(s_{\text{fake}}), \qquad
# L_G = \operatorname{mean} \operatorname{softplus}(-s_{\text{fake}})
# \tag{10}
# $$
#
# ### Exercise 14.10: the two losses
#
# Write `gan_losses(real, fake)`: for tensors of scores return the pair $(L_D, L_G)$ of (10), each a
# tensor of shape (), through which slopes can flow back to the scores. Scores of ±1000 must give
# finite losses.

# %% given try_gan_losses
def try_gan_losses(real, fake):
    """Return the slopes of each loss in the real and in the forged scores, or a sentence."""
    found = {}
    for index, name in enumerate(("slopes of L_D", "slopes of L_G")):
        scores = [torch.tensor(each, requires_grad=True) for each in (real, fake)]
        loss = gan_losses(*scores)[index]
        if torch.is_tensor(loss) and loss.requires_grad:
            slopes = torch.autograd.grad(
                loss.sum(), scores, allow_unused=True, materialize_grads=True
            )
            found[name] = [slope.numpy() for slope in slopes]
        else:
            found[name] = "no slope leads back to the scores"
    return found


# %% hint gan_losses [markdown]
# Which function of torch computes the softplus without overflow? And which ready-made loss of torch
# contains it?

# %% hint gan_losses [markdown]
# `torch.nn.functional.softplus` is safe for large scores. Mind the signs: a real sample should have
# a large score, so a small one must cost something.

# %% hint gan_losses [markdown]
# L_D ← mean(softplus(−real)) + mean(softplus(fake)); L_G ← mean(softplus(−fake))


# %% solve gan_losses
def gan_losses(real, fake):
    """Return the losses (10) of the discriminator and of the generator.

    >>> [round(loss.item(), 4) for loss in gan_losses(torch.zeros(3), torch.zeros(3))]
    [1.3863, 0.6931]
    """
    ### BEGIN SOLUTION
    softplus = nn.functional.softplus
    return softplus(-real).mean() + softplus(fake).mean(), softplus(-fake).mean()
    ### END SOLUTION


# %% check gan_losses points=2
with check("gan_losses") as probe:
    real = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
    fake = torch.tensor([[-3.0], [0.5], [1.0]], dtype=torch.float64)
    probe.call("two real and three forged", gan_losses, real, fake)
    probe.call("forged samples that nobody believes", gan_losses, real, fake - 1000)
    probe.call("real samples that nobody believes", gan_losses, real - 1000, fake)
    probe.call("all believed", gan_losses, real + 1000, fake + 1000)
    probe.call("slopes in the scores", try_gan_losses, np.array([[1.0], [3]]), np.array([[0.5]]))
### BEGIN HIDDEN TESTS
with check.hidden("gan_losses") as probe:
    bce = nn.functional.binary_cross_entropy_with_logits
    generator = torch.Generator().manual_seed(1410)
    for m, n in ((1, 1), (5, 3), (64, 64)):
        real = 4 * torch.randn(m, 1, generator=generator, dtype=torch.float64)
        fake = 4 * torch.randn(n, 1, generator=generator, dtype=torch.float64)
        ones = torch.ones_like(fake)
        right = bce(real, torch.ones_like(real)) + bce(fake, 0 * fake), bce(fake, ones)
        probe.call(f"{m} real and {n} forged", gan_losses, real, fake, expected=right)
### END HIDDEN TESTS


# %% mistake gan_losses "infinite for sure scores"
# For scores of 1000 your loss is infinite: exp(1000) is too large for a float, or the sigmoid is
# exactly 0 and you take its logarithm. Use torch's softplus of the score.
def gan_losses(real, fake):
    D, d = torch.sigmoid(real), torch.sigmoid(fake)
    return -torch.log(D).mean() - torch.log(1 - d).mean(), -torch.log(d).mean()


# %% mistake gan_losses "numbers in place of tensors"
# No slope leads from your losses back to the scores: item(), float(), detach() and no_grad cut the
# graph, and the steps of training need it. Return tensors.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return (softplus(-real).mean() + softplus(fake).mean()).item(), softplus(-fake).mean().item()


# %% mistake gan_losses "the discriminator's loss has no graph"
# No slope leads from your first loss back to the scores: item(), float(), detach() and no_grad cut
# the graph. D learns through it.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return (softplus(-real).mean() + softplus(fake).mean()).detach(), softplus(-fake).mean()


# %% mistake gan_losses "the forged samples do not count for D"
# No slope of your first loss leads back to the scores of the forged samples: you detach them. Cut
# nothing here: the steps of training do that where it is due.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(-real).mean() + softplus(fake.detach()).mean(), softplus(-fake).mean()


# %% mistake gan_losses "the generator's loss has no graph"
# No slope leads from your second loss back to the scores: item(), float(), detach() and no_grad cut
# the graph. G learns through it.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(-real).mean() + softplus(fake).mean(), softplus(-fake).mean().item()


# %% mistake gan_losses "all signs are exchanged"
# The signs of all your scores are the wrong ones: a real sample with a large score should cost
# little, softplus(-s), and a forged one much, softplus(s).
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(real).mean() + softplus(-fake).mean(), softplus(fake).mean()


# %% mistake gan_losses "cut off at 100"
# For scores of 1000 your loss is 100: BCELoss takes probabilities and cuts their logarithms off,
# and with that the slope is gone. Take the scores: softplus, binary_cross_entropy_with_logits.
def gan_losses(real, fake):
    bce, D, d = nn.functional.binary_cross_entropy, torch.sigmoid(real), torch.sigmoid(fake)
    one = torch.ones_like(d)
    return bce(D, torch.ones_like(D)) + bce(d, 0 * one), bce(d, one)


# %% mistake gan_losses "a small number in the logarithm"
# You add a small number before the logarithm: the loss stays finite, but for scores of 1000 it is
# wrong and has no slope. Use softplus of the score.
def gan_losses(real, fake):
    D, d = torch.sigmoid(real), torch.sigmoid(fake)
    real_term, fake_term = torch.log(D + 1e-8).mean(), torch.log(1 - d + 1e-8).mean()
    return -real_term - fake_term, -torch.log(d + 1e-8).mean()


# %% mistake gan_losses "the saturating loss"
# Your second loss is mean log(1 - D), the saturating one. Equation (10) has -log D.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(-real).mean() + softplus(fake).mean(), -softplus(fake).mean()


# %% mistake gan_losses "real and forged are exchanged"
# Your discriminator is rewarded for taking real samples for forged ones: the signs in its loss are
# exchanged.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(real).mean() + softplus(-fake).mean(), softplus(-fake).mean()


# %% mistake gan_losses "sums in place of means"
# You add the losses of the batch up. Equation (10) takes means.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(-real).sum() + softplus(fake).sum(), softplus(-fake).sum()


# %% mistake gan_losses "the generator gets the discriminator's sign"
# Your generator's loss is softplus(fake): with it the generator would help the discriminator. It
# wants large scores.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return softplus(-real).mean() + softplus(fake).mean(), softplus(fake).mean()


# %% mistake gan_losses "half of the discriminator's loss"
# Your discriminator's loss is half of (10): add the two means, and do not average them.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    return (softplus(-real).mean() + softplus(fake).mean()) / 2, softplus(-fake).mean()


# %% mistake gan_losses "one mean over both"
# You average over all samples at once. Each of the two terms has a mean of its own.
def gan_losses(real, fake):
    softplus = nn.functional.softplus
    both = torch.cat([softplus(-real), softplus(fake)])
    return 2 * both.mean(), softplus(-fake).mean()


# %% alternative gan_losses
def gan_losses(real, fake):
    bce = nn.functional.binary_cross_entropy_with_logits
    one, zero = torch.ones_like, torch.zeros_like
    return bce(real, one(real)) + bce(fake, zero(fake)), bce(fake, one(fake))


# %% alternative gan_losses
def gan_losses(real, fake):
    log = nn.functional.logsigmoid
    return -log(real).mean() - log(-fake).mean(), -log(fake).mean()

# %% [markdown]
# ## E. The algorithm
#
# ### E.1 One side learns, the other holds still
#
# Goodfellow's Algorithm 1 takes turns. In the discriminator's step a batch of real samples and a
# batch of forged ones go through $D$, and $D$'s weights move down the slope of $L_D$. In the
# generator's step a new batch of noise goes through $G$ and then through $D$, and $G$'s weights
# move down the slope of $L_G$. Each time the other network is **frozen**: it takes part in the
# calculation, and nothing of it changes. That is easy to get wrong, since back-propagation goes
# through both.
#
# - In the discriminator's step nobody needs the slopes in $G$'s weights. Cut the graph between the
#   two: `G(z).detach()`, or compute `G(z)` under `torch.no_grad()`.
# - In the generator's step the slope must pass *through* $D$ to reach $G$, so the graph cannot be
#   cut. But `loss.backward()` would also add slopes to the `.grad` of $D$'s weights, and a later
#   step of $D$ might use them. `D.requires_grad_(False)` before the forward pass prevents that: the
#   slope still flows through $D$ to its inputs, and $D$'s own `.grad` stays as it is. Afterwards
#   `D.requires_grad_(True)` lets it learn again.
#
# The checks of the next two exercises hold you to it: weights and `.grad` of the frozen side must
# be the same, bit for bit, after the step as before.


# %% given small_game
def known_(model, start=0):
    """Set all weights of a model to known numbers, and its gradients to 0.5; return it."""
    model.double()
    for number, parameter in enumerate(model.parameters(), start + 1):
        with torch.no_grad():
            wave = torch.sin(number + torch.arange(parameter.numel(), dtype=torch.float64))
            parameter.copy_(wave.reshape(parameter.shape))
        parameter.grad = torch.full_like(parameter, 0.5)
    return model


def small_game():
    """Return a generator and a discriminator of points in the plane, with known weights."""
    G = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    D = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    return known_(G), known_(D, 4)


def modes_of(G, D):
    """Return a set to which the name of a network is added when it is used in evaluation mode."""
    seen = set()
    for name, model in (("G", G), ("D", D)):
        model[0].register_forward_pre_hook(
            lambda layer, _, name=name: None if layer.training else seen.add(name)
        )
    return seen


def try_facts(G, D, seen, loss):
    """Return what must hold after a step for both networks and for the loss."""
    left = {name for name, model in (("G", G), ("D", D)) if not model.training}
    return {
        "all can learn": all(p.requires_grad for p in (*G.parameters(), *D.parameters())),
        "in evaluation mode during the step": " and ".join(sorted(seen)) or "none",
        "in evaluation mode afterwards": " and ".join(sorted(left)) or "none",
        "loss": None if loss is None else float(loss),
        "the loss has a graph": torch.is_tensor(loss) and loss.requires_grad,
    }


def copies(model):
    """Return copies of all weights and of all gradients (None where there is none)."""
    grads = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    return [p.detach().clone() for p in model.parameters()], grads


def fate(before, after):
    """Say in a word what became of some tensors, compared bit for bit."""
    if any(a is None and b is not None for a, b in zip(after, before, strict=True)):
        return "gone"
    pairs = zip(before, after, strict=True)
    return "as before" if all(a is b or torch.equal(a, b) for a, b in pairs) else "changed"


def waves(rows, shift):
    """Return a batch of known points, (rows, 2)."""
    return torch.cos(shift + torch.arange(2.0 * rows, dtype=torch.float64)).reshape(rows, 2)


# %% [markdown]
# ### Exercise 14.11: the discriminator's step
#
# Write `discriminator_step(G, D, optimizer, x, z)`. `G` and `D` are networks, and `D` returns
# scores; `optimizer` holds the weights of `D`; `x` is a batch of real samples and `z` a batch of
# noise. Real and forged samples go through `D` one batch after the other, not in one: some layers
# look at the whole batch. Make one step of the optimizer down the slope of $L_D$ at this batch
# alone (old gradients of `D` must not count). Return the loss before the step, as a number or as a
# tensor without a graph (`loss.detach()`). `G` is frozen: its weights and its `.grad` stay as they
# are. Afterwards the weights of both networks can learn again. Both networks are in training mode,
# during the step and after it: in evaluation mode the batch normalisation of part G computes
# something else, and freezing weights does not ask for it.

# %% given try_discriminator_step
def try_discriminator_step(rate, real, forged):
    """Make a step in a small game; return what stayed still, the loss and the new weights of D."""
    G, D = small_game()
    weights, gradients = copies(G)
    sizes, seen = set(), modes_of(G, D)
    D[0].register_forward_pre_hook(lambda _, inputs: sizes.add(len(inputs[0])))
    optimizer = torch.optim.SGD(D.parameters(), rate)
    loss = discriminator_step(G, D, optimizer, waves(real, 1), waves(forged, 2))
    after = copies(G)
    return {
        "weights of G": fate(weights, after[0]),
        "gradients of G": fate(gradients, after[1]),
        "sizes of the batches that D saw": " and ".join(map(str, sorted(sizes))),
        **try_facts(G, D, seen, loss),
        "new weights of D": torch.cat([p.detach().flatten() for p in D.parameters()]).numpy(),
    }


# %% hint discriminator_step [markdown]
# Through which network do the slopes have to flow here, and where can you cut the graph?

# %% hint discriminator_step [markdown]
# Forged samples without a graph; scores of both batches; the first loss of `gan_losses`; then the
# usual three lines: old gradients away, backward, step.

# %% hint discriminator_step [markdown]
# fake ← G(z).detach(); loss ← gan_losses(D(x), D(fake))[0]; optimizer.zero_grad();
# loss.backward(); optimizer.step(); return loss.detach()


# %% solve discriminator_step
def discriminator_step(G, D, optimizer, x, z):
    """Move the weights of D one step down the slope of its loss; return the loss before.

    >>> G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> x, z = torch.zeros(2, 1), torch.zeros(2, 1)
    >>> discriminator_step(G, D, torch.optim.SGD(D.parameters(), 0.1), x, z).shape
    torch.Size([])
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        fake = G(z)
    loss, _ = gan_losses(D(x), D(fake))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
    ### END SOLUTION


# %% check discriminator_step points=2
with check("discriminator_step") as probe:
    probe.call("a rate of 0, five real and three forged", try_discriminator_step, 0.0, 5, 3)
    probe.call("a rate of 0.5", try_discriminator_step, 0.5, 5, 3)
### BEGIN HIDDEN TESTS
with check.hidden("discriminator_step") as probe:
    for rate, real, forged in ((0.1, 4, 4), (1.0, 2, 7)):
        G, D = small_game()
        loss = nn.functional.softplus(-D(waves(real, 1))).mean()
        loss = loss + nn.functional.softplus(D(G(waves(forged, 2)))).mean()
        slopes = torch.autograd.grad(loss, list(D.parameters()))
        moved = [p.detach() - rate * s for p, s in zip(D.parameters(), slopes, strict=True)]
        right = {
            "weights of G": "as before", "gradients of G": "as before", "all can learn": True,
            "sizes of the batches that D saw": " and ".join(map(str, sorted({real, forged}))),
            **{f"in evaluation mode {when}": "none" for when in ("during the step", "afterwards")},
            "loss": loss.item(), "the loss has a graph": False,
            "new weights of D": torch.cat([p.flatten() for p in moved]).numpy(),
        }  # fmt: skip
        label = f"a rate of {rate}, {real} real and {forged} forged"
        probe.call(label, try_discriminator_step, rate, real, forged, expected=right)
### END HIDDEN TESTS


# %% mistake discriminator_step "the graph is not cut"
# Your backward pass goes on into G and adds to its gradients: the generator's next step would use
# them. Cut the graph: G(z).detach().
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "the old gradients are added"
# The gradients of D from before the step are still in the sum: call optimizer.zero_grad() before
# backward().
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "G stays frozen for ever"
# You turn requires_grad off for G and not on again: in its own step G could not learn.
def discriminator_step(G, D, optimizer, x, z):
    G.requires_grad_(False)
    loss, _ = gan_losses(D(x), D(G(z)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "the frozen side's gradients are wiped out"
# The weights of G have lost their .grad. The frozen side's gradients stay as they are: do not call
# zero_grad on G.
def discriminator_step(G, D, optimizer, x, z):
    G.zero_grad()
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "the generator's loss"
# You use the second loss of (10), and so teach D to take forged samples for real. Its own loss is
# the first.
def discriminator_step(G, D, optimizer, x, z):
    _, loss = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "nothing is returned"
# Your function returns nothing. Return the loss from before the step.
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


# %% mistake discriminator_step "the loss after the step"
# You compute the loss again after the step, with the new weights. Return the one from before it.
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        return gan_losses(D(x), D(G(z)))[0]


# %% mistake discriminator_step "no step is made"
# The weights of D have not moved: call optimizer.step() after backward(), and zero_grad() before
# backward(), not between the two.
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    return loss.detach()


# %% mistake discriminator_step "the forged samples teach nothing"
# Your scores of the forged samples have no graph: only G(z) belongs under no_grad or detach, not
# D(G(z)).
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z)).detach())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "real and forged are exchanged"
# You hand the scores of the forged samples to gan_losses as those of the real ones. The real ones
# come first.
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(G(z).detach()), D(x))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "G is left in evaluation mode"
# You call G.eval() and leave it so: a batch normalisation in G would use other numbers from then
# on. Frozen means that the weights stay, not that the mode changes.
def discriminator_step(G, D, optimizer, x, z):
    G.eval()
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "G works in evaluation mode"
# You call G.eval() for the time of the step: a batch normalisation in G would use its averages, and
# D would be shown other samples than G makes in training. Leave the mode as it is.
def discriminator_step(G, D, optimizer, x, z):
    G.eval()
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    G.train()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "the loss keeps its graph"
# Your loss still has its graph, and with it all that the step computed. Return a number or
# loss.detach().
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


# %% mistake discriminator_step "uphill"
# Your step goes up the slope of the loss. An optimizer goes down: call loss.backward(), not
# (-loss).backward().
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(G(z).detach()))
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "one batch of both kinds"
# You put real and forged samples into one batch. A layer that looks at the whole batch, as in parts
# F and G, would mix them: call D twice.
def discriminator_step(G, D, optimizer, x, z):
    scores = D(torch.cat([x, G(z).detach()]))
    loss, _ = gan_losses(scores[: len(x)], scores[len(x) :])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake discriminator_step "the noise itself is judged"
# You show D the noise. The forged samples are G(z).
def discriminator_step(G, D, optimizer, x, z):
    loss, _ = gan_losses(D(x), D(z))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% alternative discriminator_step
def discriminator_step(G, D, optimizer, x, z):
    optimizer.zero_grad()
    loss = gan_losses(D(x), D(G(z).detach()))[0]
    loss.backward()
    optimizer.step()
    return loss.item()


# %% alternative discriminator_step
def discriminator_step(G, D, optimizer, x, z):
    D.zero_grad()
    loss, _ = gan_losses(D.forward(x), D.forward(G.forward(z).detach()))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% alternative discriminator_step
def discriminator_step(G, D, optimizer, x, z):
    G.requires_grad_(False)
    fake, real = D(G(z)), D(x)
    loss = gan_losses(real, fake)[0]
    D.zero_grad()
    loss.backward()
    optimizer.step()
    G.requires_grad_(True)
    return loss.detach()


# %% alternative discriminator_step
def discriminator_step(G, D, optimizer, x, z):
    loss = gan_losses(D(x), D(G(z)))[0]
    weights = list(D.parameters())
    for weight, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = slope
    optimizer.step()
    optimizer.zero_grad()
    return loss.data


# %% [markdown]
# ### Exercise 14.12: the generator's step
#
# Write `generator_step(G, D, optimizer, z)`. Now `optimizer` holds the weights of `G`. Make one
# step down the slope of $L_G$ at the batch of noise `z` alone (old gradients of `G` must not
# count), and return the loss before the step, without a graph as in 14.11. `D` is frozen: its
# weights and its `.grad` stay as they are. Afterwards the weights of both networks can learn again.
# Both networks are in training mode, during the step and after it.

# %% given try_generator_step
def try_generator_step(rate, forged):
    """Make a step in a small game; return what stayed still, the loss and the new weights of G."""
    G, D = small_game()
    weights, gradients = copies(D)
    seen = modes_of(G, D)
    optimizer = torch.optim.SGD(G.parameters(), rate)
    loss = generator_step(G, D, optimizer, waves(forged, 3))
    after = copies(D)
    return {
        "weights of D": fate(weights, after[0]),
        "gradients of D": fate(gradients, after[1]),
        **try_facts(G, D, seen, loss),
        "new weights of G": torch.cat([p.detach().flatten() for p in G.parameters()]).numpy(),
    }


# %% hint generator_step [markdown]
# The slope has to come through $D$. What must not happen on its way?

# %% hint generator_step [markdown]
# Freeze D, then compute the scores of the forged samples with the graph whole; the second loss;
# old gradients of G away, backward, step; let D learn again.

# %% hint generator_step [markdown]
# D.requires_grad_(False); scores ← D(G(z)); loss ← gan_losses(scores, scores)[1];
# optimizer.zero_grad(); loss.backward(); optimizer.step(); D.requires_grad_(True); return
# loss.detach()


# %% solve generator_step
def generator_step(G, D, optimizer, z):
    """Move the weights of G one step down the slope of its loss; return the loss before.

    >>> G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> generator_step(G, D, torch.optim.SGD(G.parameters(), 0.1), torch.zeros(2, 1)).shape
    torch.Size([])
    """
    ### BEGIN SOLUTION
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)  # only the forged samples count for G
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()
    ### END SOLUTION


# %% check generator_step points=2
with check("generator_step") as probe:
    probe.call("a rate of 0, four forged", try_generator_step, 0.0, 4)
    probe.call("a rate of 0.5", try_generator_step, 0.5, 4)
### BEGIN HIDDEN TESTS
with check.hidden("generator_step") as probe:
    for rate, forged in ((0.1, 1), (2.0, 9)):
        G, D = small_game()
        loss = nn.functional.softplus(-D(G(waves(forged, 3)))).mean()
        slopes = torch.autograd.grad(loss, list(G.parameters()))
        moved = [p.detach() - rate * s for p, s in zip(G.parameters(), slopes, strict=True)]
        right = {
            "weights of D": "as before", "gradients of D": "as before", "all can learn": True,
            **{f"in evaluation mode {when}": "none" for when in ("during the step", "afterwards")},
            "loss": loss.item(), "the loss has a graph": False,
            "new weights of G": torch.cat([p.flatten() for p in moved]).numpy(),
        }  # fmt: skip
        label = f"a rate of {rate}, {forged} forged"
        probe.call(label, try_generator_step, rate, forged, expected=right)
### END HIDDEN TESTS


# %% mistake generator_step "D is not frozen"
# Your backward pass adds slopes to the .grad of D's weights. Freeze D before its forward pass:
# D.requires_grad_(False), and let it learn again afterwards.
def generator_step(G, D, optimizer, z):
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake generator_step "the gradients of D are wiped out"
# You clean up with D.zero_grad(): then the gradients that D had are lost. The frozen side's .grad
# stays as it is: freeze D instead.
def generator_step(G, D, optimizer, z):
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.zero_grad()
    return loss.detach()


# %% mistake generator_step "D stays frozen for ever"
# You do not turn requires_grad on again for D: in its own step D could not learn.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake generator_step "D is left in evaluation mode"
# You call D.eval() and leave it so: a batch normalisation in D would use other numbers from then
# on. Frozen means that the weights stay, not that the mode changes.
def generator_step(G, D, optimizer, z):
    D.eval()
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "D works in evaluation mode"
# You call D.eval() for the time of the step: a batch normalisation in D would use its averages, and
# G would be judged by another function than the one that D learns. Frozen means that the weights
# stay, not that the mode changes.
def generator_step(G, D, optimizer, z):
    D.eval()
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    D.train()
    return loss.detach()


# %% mistake generator_step "the loss keeps its graph"
# Your loss still has its graph, and with it all that the step computed. Return a number or
# loss.detach().
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss


# %% mistake generator_step "the first of the two losses"
# You take the first loss that gan_losses returns. That one is the discriminator's: G has the
# second.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    loss, _ = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "no step is made"
# The weights of G have not moved: call optimizer.step() after backward(), and zero_grad() before
# backward(), not between the two.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "the loss after the step"
# You compute the loss again after the step, with the new weights. Return the one from before it.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    with torch.no_grad():
        return gan_losses(D(G(z)), D(G(z)))[1]


# %% mistake generator_step "uphill"
# Your step goes up the slope of the loss. An optimizer goes down: call loss.backward(), not
# (-loss).backward().
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "nothing is returned"
# Your function returns nothing. Return the loss from before the step.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)


# %% mistake generator_step "the graph is cut, and D is not frozen"
# Nothing reaches the weights of G: detach() and no_grad cut the graph between G and the loss. In
# this step the slope must flow through D: do not detach G(z), freeze D's weights instead.
def generator_step(G, D, optimizer, z):
    scores = D(G(z).detach())
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% mistake generator_step "the graph is cut"
# No slope reaches G: detach and no_grad cut the graph between G and the loss. In this step the
# slope must flow through D, so only D's own weights are frozen.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z).detach())
    _, loss = gan_losses(scores, scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "the discriminator's loss"
# You take the first loss: with it G would help D to tell the samples apart. G's own is the second.
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    loss = nn.functional.softplus(scores).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "the saturating loss"
# You minimise mean log(1 - D): right by (1), but it hardly teaches at the beginning. Use the second
# loss of (10).
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    loss = -nn.functional.softplus(D(G(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% mistake generator_step "the old gradients are added"
# The gradients of G from before the step are still in the sum: call optimizer.zero_grad() before
# backward().
def generator_step(G, D, optimizer, z):
    D.requires_grad_(False)
    scores = D(G(z))
    _, loss = gan_losses(scores, scores)
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.detach()


# %% alternative generator_step
def generator_step(G, D, optimizer, z):
    optimizer.zero_grad()
    scores = D(G(z))
    loss = gan_losses(scores, scores)[1]
    loss.backward(inputs=list(G.parameters()))
    optimizer.step()
    return loss.item()


# %% alternative generator_step
def generator_step(G, D, optimizer, z):
    for weight in D.parameters():
        weight.requires_grad = False
    loss = nn.functional.softplus(-D(G(z))).mean()
    G.zero_grad()
    loss.backward()
    optimizer.step()
    for weight in D.parameters():
        weight.requires_grad = True
    return loss.detach().numpy()


# %% alternative generator_step
def generator_step(G, D, optimizer, z):
    kept = [weight.grad.clone() for weight in D.parameters()]
    scores = D(G(z))
    loss = gan_losses(scores, scores)[1]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for weight, grad in zip(D.parameters(), kept, strict=True):
        weight.grad = grad
    return loss.detach().clone()


# %% [markdown]
# With the first of the two steps you can measure what 14.8 says. A discriminator makes some steps
# against a generator that has learnt nothing: real samples lie around 4, forged ones near 0. How
# long is the slope that reaches the generator's weights, with either loss?


# %%
def slopes_after(steps):
    """Return the lengths of the slope in G's weights, saturating and not, after steps of D."""
    training.seed(0)
    G, D = (nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1)) for _ in "GD")
    optimizer = torch.optim.Adam(D.parameters(), 0.01)
    for _ in range(steps):
        discriminator_step(G, D, optimizer, 4 + torch.randn(256, 1), torch.randn(256, 1))
    scores, lengths = D(G(torch.randn(256, 1))), []
    for loss in (-nn.functional.softplus(scores).mean(), nn.functional.softplus(-scores).mean()):
        slopes = torch.autograd.grad(loss, list(G.parameters()), retain_graph=True)
        lengths.append(float(torch.cat([slope.flatten() for slope in slopes]).norm()))
    return lengths


# %%
def draw_first_slopes():
    steps = (0, 25, 50, 100, 200, 400)
    saturating, other = zip(*map(slopes_after, steps), strict=True)
    ax = plt.figure(figsize=(6, 3), layout="constrained").subplots()
    ax.semilogy(steps, saturating, "o-", color=BLUE, label="saturating")
    ax.semilogy(steps, other, "s--", color=VERMILLION, label="non-saturating")
    ax.set(xlabel="steps of the discriminator", ylabel="length of the slope in G")
    ax.legend()
    return ax


saturating, other = slopes_after(400)
print("after 400 steps the non-saturating slope is at least 20 times as long:")
print(other > 20 * saturating)
plots.show(
    draw_first_slopes(),
    "The length of the generator's slope against the steps that the discriminator has made, on a "
    "logarithmic scale. With the saturating loss it rises at first and then falls below where it "
    "began; with the other one it grows more than a hundredfold.",
)

# %% [markdown]
# *Figure 4. The better the discriminator, the steeper its score, and the more the non-saturating
# loss teaches. With the saturating loss the steeper score is multiplied by a $D$ near 0, and little
# is left.*
#
# ### E.2 Taking turns
#
# **Algorithm 1** (Goodfellow and others, 2014), with the non-saturating loss:
#
# > repeat for each iteration:
# > - $k$ times: draw a batch of noise and a batch of real samples; one step of the discriminator;
# > - draw a new batch of noise; one step of the generator.
#
# The larger $k$, the nearer the discriminator is to its best, and the better the generator's slope
# is that of (9). It costs time; $k = 1$ is common.
#
# ### Exercise 14.13: Algorithm 1
#
# Write `algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k)`. Each call of
# `data()` returns a new batch of real samples, each call of `noise()` a new batch of noise; draw a
# new one for each step, and none that is not used. Use your two steps. Return the list of the
# generator's losses, one number for each iteration.

# %% given try_algorithm_1
def try_algorithm_1(iterations, k):
    """Play a small game; return the order of steps, the draws, the losses and the weights."""
    G, D = small_game()
    order, draws = [], {"data": 0, "noise": 0}
    optimizers = []
    for name, model, rate in (("G", G, 0.5), ("D", D, 0.25)):
        optimizers.append(torch.optim.SGD(model.parameters(), rate))
        optimizers[-1].register_step_post_hook(lambda *_, name=name: order.append(name))

    def batch(kind, rows, shift):
        draws[kind] += 1
        return waves(rows, shift)  # the same each time: the order of draws does not matter

    losses = algorithm_1(
        G, D, *optimizers, lambda: batch("data", 5, 1), lambda: batch("noise", 4, 2), iterations, k
    )
    weights = [p.detach().flatten() for model in (G, D) for p in model.parameters()]
    return {
        "steps in order": " ".join(order),
        "batches drawn": draws,
        "losses of G": losses if losses is None else [float(loss) for loss in losses],
        "weights": torch.cat(weights).numpy(),
    }


# %% hint algorithm_1 [markdown]
# Which loop is inside the other, and where does the generator's step stand?

# %% hint algorithm_1 [markdown]
# The outer loop counts iterations. In it, the inner loop makes $k$ steps of the discriminator, each
# with data() and noise(); after the inner loop comes one step of the generator with another
# noise().

# %% hint algorithm_1 [markdown]
# for each iteration: repeat k times: discriminator_step(G, D, d_optimizer, data(), noise()); then
# losses.append(float(generator_step(G, D, g_optimizer, noise())))


# %% solve algorithm_1
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    """Train both networks with Algorithm 1; return the losses of G, one for each iteration.

    >>> G, D, ten = nn.Linear(1, 1), nn.Linear(1, 1), lambda: torch.randn(10, 1)
    >>> optimizers = [torch.optim.SGD(model.parameters(), 0.1) for model in (G, D)]
    >>> len(algorithm_1(G, D, *optimizers, data=ten, noise=ten, iterations=3))
    3
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(iterations):
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, data(), noise())
        losses.append(float(generator_step(G, D, g_optimizer, noise())))
    return losses
    ### END SOLUTION


# %% check algorithm_1 points=2
with check("algorithm_1") as probe:
    probe.call("one iteration with k = 1", try_algorithm_1, 1, 1)
    probe.call("two iterations with k = 3", try_algorithm_1, 2, 3)
### BEGIN HIDDEN TESTS
with check.hidden("algorithm_1") as probe:
    softplus = nn.functional.softplus
    for iterations, k in ((3, 2), (5, 1)):
        (G, D), losses = small_game(), []
        for turn in (k * "D" + "G") * iterations:
            real, fake = D(waves(5, 1)), D(G(waves(4, 2)))
            learner, rate = (G, 0.5) if turn == "G" else (D, 0.25)
            loss = softplus(-fake).mean()
            if turn == "G":
                losses.append(loss.item())
            else:
                loss = softplus(-real).mean() + softplus(fake).mean()
            slopes = torch.autograd.grad(loss, list(learner.parameters()))
            with torch.no_grad():
                for p, slope in zip(learner.parameters(), slopes, strict=True):
                    p -= rate * slope
        weights = [p.detach().flatten() for m in (G, D) for p in m.parameters()]
        right = {
            "steps in order": " ".join((k * "D" + "G") * iterations),
            "batches drawn": {"data": k * iterations, "noise": (k + 1) * iterations},
            "losses of G": losses,
            "weights": torch.cat(weights).numpy(),
        }
        label = f"{iterations} iterations with k = {k}"
        probe.call(label, try_algorithm_1, iterations, k, expected=right)
### END HIDDEN TESTS


# %% mistake algorithm_1 "k is not used"
# You make one discriminator's step for each generator's step. Algorithm 1 makes k of them.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        discriminator_step(G, D, d_optimizer, data(), noise())
        losses.append(float(generator_step(G, D, g_optimizer, noise())))
    return losses


# %% mistake algorithm_1 "the generator steps k times as well"
# Your generator's step stands in the inner loop. It comes once, after the k steps of D.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, data(), noise())
            loss = generator_step(G, D, g_optimizer, noise())
        losses.append(float(loss))
    return losses


# %% mistake algorithm_1 "one batch for all k steps"
# You draw one batch and use it in all k steps of D. Draw a new one for each.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        x, z = data(), noise()
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, x, z)
        losses.append(float(generator_step(G, D, g_optimizer, noise())))
    return losses


# %% mistake algorithm_1 "one batch of real samples for all k steps"
# You draw the real samples once and use them in all k steps of D. Draw new ones for each.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        x = data()
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, x, noise())
        losses.append(float(generator_step(G, D, g_optimizer, noise())))
    return losses


# %% mistake algorithm_1 "the last loss alone"
# You return one loss. The task asks for the list of all of them, one for each iteration.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    for _ in range(iterations):
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, data(), noise())
        loss = float(generator_step(G, D, g_optimizer, noise()))
    return loss


# %% mistake algorithm_1 "nothing is returned"
# Your function returns nothing. Return the list of the generator's losses.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    for _ in range(iterations):
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, data(), noise())
        generator_step(G, D, g_optimizer, noise())


# %% mistake algorithm_1 "the losses of the discriminator"
# You return the losses of the discriminator. The task asks for those of the generator.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        for _ in range(k):
            loss = discriminator_step(G, D, d_optimizer, data(), noise())
        losses.append(float(loss))
        generator_step(G, D, g_optimizer, noise())
    return losses


# %% mistake algorithm_1 "the generator gets the noise of the discriminator's step"
# Your generator's step uses noise that D has just learnt from. Draw a new batch for it.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        for _ in range(k):
            z = noise()
            discriminator_step(G, D, d_optimizer, data(), z)
        losses.append(float(generator_step(G, D, g_optimizer, z)))
    return losses


# %% mistake algorithm_1 "the generator begins"
# Your generator's step comes first. In Algorithm 1 the k steps of the discriminator do.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        losses.append(float(generator_step(G, D, g_optimizer, noise())))
        for _ in range(k):
            discriminator_step(G, D, d_optimizer, data(), noise())
    return losses


# %% mistake algorithm_1 "the optimizers are exchanged"
# Each of your steps moves with the other network's optimizer: g_optimizer holds the weights of G.
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for _ in range(iterations):
        for _ in range(k):
            discriminator_step(G, D, g_optimizer, data(), noise())
        losses.append(float(generator_step(G, D, d_optimizer, noise())))
    return losses


# %% alternative algorithm_1
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    def one():
        for _ in range(k):
            z = noise()
            x = data()
            discriminator_step(G, D, d_optimizer, x, z)
        return generator_step(G, D, g_optimizer, noise()).item()

    return [one() for _ in range(iterations)]


# %% alternative algorithm_1
def algorithm_1(G, D, g_optimizer, d_optimizer, data, noise, iterations, k=1):
    losses = []
    for turn in range(iterations * (k + 1)):
        if turn % (k + 1) < k:
            discriminator_step(G, D, d_optimizer, data(), noise())
        else:
            losses.append(float(generator_step(G, D, g_optimizer, noise())))
    return losses

# %% [markdown]
# ### E.3 Is it getting better?
#
# Do not look at the losses. Both sides learn, so neither loss falls for long: a generator's loss
# that rises may mean a worse generator or a better discriminator. But (9) gives a measure. *Any*
# discriminator has a value that is at most $C(G)$, so
#
# $$
# \mathrm{JSD}(p, q) \;\ge\; \tfrac12 \bigl( V(D, G) + \log 4 \bigr)
# \tag{11}
# $$
#
# with equality for the best one. The right side says: as far as this discriminator can see, the two
# distributions differ by so much. It is at most $\log 2 = 0.693$, and it is 0 for one that always
# says ½. (One that does worse, since it is sure and wrong too often, gives a negative number.)
#
# ### Exercise 14.14: what the discriminator sees
#
# Write `seen_distance(real, fake)`: the right side of (11), one number, from tensors of *scores* of
# real and of forged samples. Use your `gan_losses`, or formula (10). It must be right for scores of
# any size, also where the discriminator is sure and wrong.

# %% hint seen_distance [markdown]
# How is the discriminator's loss in (10) related to the value $V$?

# %% hint seen_distance [markdown]
# The loss is $-V$. Put it into (11).

# %% hint seen_distance [markdown]
# loss ← the first of gan_losses(real, fake); return (log(4) − loss) / 2


# %% solve seen_distance
def seen_distance(real, fake):
    """Return the lower bound (11) of the divergence, from scores.

    >>> round(seen_distance(torch.tensor([100.0]), torch.tensor([-100.0])), 4)
    0.6931
    """
    ### BEGIN SOLUTION
    loss, _ = gan_losses(real, fake)
    return float(np.log(4) - loss) / 2
    ### END SOLUTION


# %% check seen_distance points=1
with check("seen_distance") as probe:
    real = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
    fake = torch.tensor([[-3.0], [0.5], [1.0]], dtype=torch.float64)
    probe.call("two real and three forged", seen_distance, real, fake, tolerance=1e-5)
    probe.call("all are called real", seen_distance, 0 * real + 1, 0 * fake + 1, tolerance=1e-5)
    probe.call("one that is sure and right", seen_distance, real + 100, fake - 100, tolerance=1e-5)
    probe.call("one that is sure and wrong", seen_distance, real - 100, fake + 100, tolerance=1e-5)
### BEGIN HIDDEN TESTS
with check.hidden("seen_distance") as probe:
    rng = np.random.default_rng(1414)
    for m, n in ((1, 4), (30, 20)):
        D, d = rng.uniform(0.05, 0.95, m), rng.uniform(0.05, 0.95, n)
        right = np.mean(np.log(2 * D)) / 2 + np.mean(np.log(2 * (1 - d))) / 2
        real, fake = torch.tensor(np.log(D / (1 - D))), torch.tensor(np.log(d / (1 - d)))
        label = f"{m} real and {n} forged"
        probe.call(label, seen_distance, real, fake, expected=right, tolerance=1e-5)
    real, fake = torch.tensor([-700.0, -300]).double(), torch.tensor([900.0, 500, 100]).double()
    label, right = "sure and wrong, with other scores", (np.log(4) - 500 - 500) / 2
    probe.call(label, seen_distance, real, fake, expected=right, tolerance=1e-5)
### END HIDDEN TESTS


# %% mistake seen_distance "real and forged are exchanged"
# You hand the scores of the forged samples to gan_losses as those of the real ones. The real ones
# come first.
def seen_distance(real, fake):
    return float(np.log(4) - gan_losses(fake, real)[0]) / 2


# %% mistake seen_distance "twice the divergence"
# Your value is 2 JSD: halve it, as (11) says.
def seen_distance(real, fake):
    return float(np.log(4) - gan_losses(real, fake)[0])


# %% mistake seen_distance "the constant is missing"
# A discriminator that guesses should give 0. Add log 4 to the value.
def seen_distance(real, fake):
    return float(-gan_losses(real, fake)[0]) / 2


# %% mistake seen_distance "the loss in place of the value"
# You add the discriminator's loss. The value of the game is minus the loss.
def seen_distance(real, fake):
    return float(np.log(4) + gan_losses(real, fake)[0]) / 2


# %% mistake seen_distance "the generator's loss"
# You use the second loss of (10), which is not the value of the game. Take the first.
def seen_distance(real, fake):
    return float(np.log(4) - gan_losses(real, fake)[1]) / 2


# %% mistake seen_distance "infinite where D is sure and wrong"
# You go through probabilities: where D is sure and wrong, log(1 - D) is infinite. Stay with the
# scores, as (10) does.
def seen_distance(real, fake):
    D, d = torch.sigmoid(real), torch.sigmoid(fake)
    return float(np.log(4) + torch.log(D).mean() + torch.log(1 - d).mean()) / 2


# %% alternative seen_distance
def seen_distance(real, fake):
    return ((torch.log(torch.tensor(4.0)) - gan_losses(real, fake)[0]) / 2).item()


# %% alternative seen_distance
def seen_distance(real, fake):
    softplus = nn.functional.softplus
    value = -softplus(-real).mean() - softplus(fake).mean()
    return 0.5 * (value.item() + np.log(4))


# %% [markdown]
# ### E.4 A density, learnt from samples
#
# Now the whole thing at the smallest scale: samples are single numbers. The real ones come from two
# bells of different heights and widths. The generator is a network that bends one standard normal
# number into another number. Nothing tells it the density. It gets samples judged.


# %%
def normal(shape):
    return torch.randn(*shape)


def real_numbers(n):
    """Return n real samples: 60 % around −1.5, 40 % around 1.5, (n, 1)."""
    left = torch.rand(n, 1) < 0.6
    return torch.where(left, -1.5 + 0.5 * normal((n, 1)), 1.5 + 0.8 * normal((n, 1)))


def small_network(inputs, outputs, width=32):
    """Return a network with two hidden layers."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.ReLU(),
        nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, outputs),
    )  # fmt: skip


def adam(model, rate=2e-3):
    """Return the optimizer that is usual for adversarial networks: less momentum."""
    return torch.optim.Adam(model.parameters(), rate, betas=(0.5, 0.999))


# %% [markdown]
# The next cell trains with your `algorithm_1` and keeps pictures of the state on the way. Before
# you move the slider: what will the histogram look like at the beginning, and what will $D$ look
# like at the end? (A function under `@cache` trains once and keeps the result. If you mend one of
# your functions later, run the cell that defines the cached function again, here and in parts F and
# G.)


# %%
EDGES = np.linspace(-5, 5, 51)
PLACES = (EDGES[1:] + EDGES[:-1]) / 2
DENSITY = 0.6 * np.exp(-(((PLACES + 1.5) / 0.5) ** 2) / 2) / (0.5 * np.sqrt(2 * np.pi))
DENSITY += 0.4 * np.exp(-(((PLACES - 1.5) / 0.8) ** 2) / 2) / (0.8 * np.sqrt(2 * np.pi))


def state_of(G, D):
    """Return the density of the forged samples, D at the places, and what D sees."""
    with torch.no_grad():
        fake, real = G(normal((20000, 1))), real_numbers(20000)
        density = np.histogram(fake.numpy(), EDGES, density=False)[0] / (20000 * 0.2)
        places = torch.tensor(PLACES, dtype=torch.float32)[:, None]
        return density, torch.sigmoid(D(places))[:, 0].numpy(), seen_distance(D(real), D(fake))


@cache
def density_run(k):
    """Train with Algorithm 1 and return the states after 0, 50, 100, … iterations."""
    training.seed(1)
    G, D = small_network(1, 1), small_network(1, 1)
    optimizers = adam(G), adam(D)
    states = [state_of(G, D)]

    def step(_):
        losses = algorithm_1(
            G, D, *optimizers, lambda: real_numbers(256), lambda: normal((256, 1)), 50, k
        )
        states.append(state_of(G, D))
        return float(np.mean(losses))

    training.loop(step, range(30), description=f"k = {k}")
    return states


# %%
def draw_density(figure, iterations=1500, k=1):
    density, D, distance = density_run(k)[iterations // 50]
    ax = figure.subplots()
    ax.fill_between(PLACES, DENSITY, color=BLUE, alpha=0.25, label="real, p")
    ax.step(PLACES, density, color=ORANGE, where="mid", label="forged, q")
    ax.plot(PLACES, D, color=VERMILLION, lw=2, label="D")
    best = best_discriminator(DENSITY, density)
    best[DENSITY + density < 0.02] = np.nan  # hardly any sample: chance alone
    ax.plot(PLACES, best, "k:", label="optimal D")
    ax.set(xlabel="x", ylabel="density, probability", ylim=(0, 1.05), xlim=(-5, 5))
    ax.legend(loc="upper right", fontsize=8)
    off = np.abs(DENSITY - density).sum() * 0.2 / 2
    return f"D sees a distance of {distance:.3f}. Share of samples in the wrong place: {off:.2f}"


explore.live(
    draw_density,
    title="A density, learnt from samples",
    description="The density of the real samples with two bells, a histogram of the forged "
    "samples, the discriminator and the optimal one. With more iterations the histogram takes the "
    "shape of the bells and the discriminator comes to lie near one half.",
    iterations=(0, 1500, 50),
    k=[1, 4],
)

# %% [markdown]
# *Figure 5. Algorithm 1 at work; the dotted line is 14.3 with the histogram for $q$. Where the
# histogram is too high the dotted line is below ½. $D$ runs after it: go back to the first 150
# iterations, where its slope shows which way the samples will go, uphill. Later $D$ is nearly flat,
# and sees less than there is. (With another $k$ the first picture takes up
# to twenty seconds on a slow machine: it trains.)*
#
# At the end the histogram has both bells. What do the two numbers under the picture say?

# %%
density, D, distance = density_run(1)[-1]
off = np.abs(DENSITY - density).sum() * 0.2 / 2
print("less than a quarter of the samples is in the wrong place:", off < 0.25)
print("the discriminator sees a distance below 0.05 (at most 0.693):", distance < 0.05)

# %% [markdown]
# ## F. Mode collapse
#
# ### F.1 A ring of eight
#
# The value (9) is least for $q = p$. But that is a statement about the best discriminator, and
# Algorithm 1 has only one that runs after the generator. A generator that makes one perfect digit,
# always the same, fools it for a while. Then the discriminator learns to reject that digit, and the
# generator moves on to another one. This is **mode collapse**: $q$ covers a few **modes**, the
# places where $p$ is high, and leaves the others out.
#
# To see it, take data whose modes you can count: eight narrow bells on a circle.
#
# ### Exercise 14.15: the ring
#
# Write `sample_ring(n, rng)`: `n` points in the plane, shape (n, 2). For each point draw one of
# eight centres, all equally likely; centre $j$ (0 to 7) lies at the angle $2\pi j/8$ on a circle
# with radius 2 around the origin, $(2 \cos \dots, 2 \sin \dots)$. Then add normal noise with
# standard deviation 0.05 to each of the two coordinates. All draws are independent of each other:
# no point's centre or noise tells anything about another point's. `rng` is a generator of NumPy
# (`rng.integers`, `rng.normal`); draw centres and noise from it and from nothing else. The order of
# your draws is yours: the check looks at statistics.

# %% hint sample_ring [markdown]
# Which integers do you have to draw, and how do you turn one into an angle?

# %% hint sample_ring [markdown]
# Draw n integers from 0 to 7, make angles of them, and cosines and sines side by side
# (`np.stack(..., axis=1)`). Then add an array of noise of the same shape.

# %% hint sample_ring [markdown]
# angle ← 2π · rng.integers(8, size=n) / 8; points ← 2 · stack([cos(angle), sin(angle)], axis=1);
# return points + rng.normal(0, 0.05, (n, 2))


# %% solve sample_ring
def sample_ring(n, rng):
    """Return n points around eight centres on a circle of radius 2, shape (n, 2).

    >>> sample_ring(5, np.random.default_rng(0)).shape
    (5, 2)
    """
    ### BEGIN SOLUTION
    angle = 2 * np.pi * rng.integers(8, size=n) / 8
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))
    ### END SOLUTION


# %% given ring_facts
CENTRES = 2 * np.array([[np.cos(np.pi * j / 4), np.sin(np.pi * j / 4)] for j in range(8)])


def try_ring_parts(sample):
    """Return the nearest centre of each point, and how far off it the point lies, (n, 2)."""
    gap = sample[:, None] - CENTRES  # (n, 8, 2)
    nearest = (gap**2).sum(axis=2).argmin(axis=1)
    return nearest, gap[np.arange(len(sample)), nearest]


def try_ring_facts(sample):
    """Return what holds for a large sample of the ring, each fact True or False."""
    nearest, off = try_ring_parts(sample)
    radius, near = np.hypot(*sample.T), np.mean(np.hypot(*off.T) < 0.5)
    share = np.bincount(nearest, minlength=8) / len(sample)
    spread = off.std(axis=0) + 1e-15
    middle, noise = off.mean(axis=0) / spread, (off - off.mean(axis=0)) / spread
    again = np.mean(nearest[1:] == nearest[:-1])
    facts = {
        "radius": abs(radius.mean() - 2) < 0.4,
        "ring": np.mean(np.abs(radius - 2) < 0.3) > 0.9,
        "around": np.hypot(*sample.mean(axis=0)) < 0.5,
        "some near": near > 0.2,
        "near": near > 0.9,
        "shares": np.abs(share - 1 / 8).max() < 0.01,
        "mean": np.abs(middle).max() < 0.04,
        "spread": np.abs(spread / 0.05 - 1).max() < 0.025,
        "correlation": abs(np.mean(noise[:, 0] * noise[:, 1])) < 0.03,
        "inside": abs(np.mean(np.abs(noise) < 1) - 0.6827) < 0.0115,
        "again": again > 1 / 8 - 0.01,
        "other": again < 1 / 8 + 0.01,
    }
    return {name: bool(fact) for name, fact in facts.items()}


def try_ring_twice(seed):
    """Return two samples of nine points, drawn one after the other from one generator."""
    rng = np.random.default_rng(seed)
    return [np.asarray(sample_ring(9, rng)) for _ in range(2)]


def try_ring_counts(seed):
    """Return how much the counts of the centres vary in 100 samples of 64 points; 7 is due."""
    rng, total = np.random.default_rng(seed), 0.0
    for _ in range(100):
        nearest, _ = try_ring_parts(np.asarray(sample_ring(64, rng)))
        total += float(np.sum((np.bincount(nearest, minlength=8) - 8) ** 2)) / 8
    return total / 100


# How often would a right answer fail?  Each bound is at least 6 standard deviations wide, so each
# fact fails in less than 1 of 10,000,000 samples.  Of 40,000 points:
#   radius: the mean has the standard deviation 0.05 / 200 = 0.00025 (and is 0.0006 above 2);
#     the bound is 0.4.
#   ring: a point farther than 0.3 from the circle, 6 standard deviations, comes twice in a thousand
#     million; the bound asks for nine points in ten.
#   around: a coordinate of the mean has the standard deviation sqrt(2) / 200 = 0.007; the bound is
#     0.5.
#   near: a point farther than 0.5 from its centre, 10 standard deviations, never comes; the bound
#     asks for nine points in ten.
#   shares: the share of a centre has the standard deviation sqrt(7/64 / 40,000) = 0.00165; the
#     bound is 0.01.
#   mean: the mean of the noise, in units of its own standard deviation, has the standard deviation
#     1 / 200 = 0.005; the bound is 0.04.
#   spread: an estimate has the standard deviation 1 / sqrt(80,000) = 0.35 %; the bound is 2.5 %.
#   correlation: its standard deviation is 1 / sqrt(40,000) = 0.005; the bound is 0.03.
#   inside: of 80,000 coordinates 68.27 % lie within one standard deviation; the share has the
#     standard deviation 0.0016; the bound is 0.0115.
#   again, other: a point has the centre of the point before with the probability 1/8; the share of
#     these has the standard deviation 0.00165, as above; the bounds are 0.01.
# Counts of 100 samples of 64 points: 100 times the result is nearly a chi-square of 700 degrees of
# freedom; it lies outside of 450 to 950 with a probability of 1e-9.
# Two calls of nine points have all centres alike with the probability 8 ** -9, less than 1e-8, and
# the same noise to nine digits with none that could be told from 0.


# %% check sample_ring points=2
with check("sample_ring") as probe:
    points = sample_ring(40000, np.random.default_rng(1415))
    probe.shape("40,000 points", points, (40000, 2))
    facts = try_ring_facts(np.asarray(points))
    probe.true(
        "the mean distance from the origin is near 2", facts["radius"],
        "Cosine and sine of the same angle, both times 2; add the noise afterwards.",
    )  # fmt: skip
    probe.true(
        "the points keep near to the circle of radius 2", facts["ring"],
        "The noise is much too large: rng.normal(0, 0.05, ...), first its mean, then its standard "
        "deviation.",
    )  # fmt: skip
    probe.true(
        "the points lie all around the origin", facts["around"],
        "The angles 2π j / 8 with j from 0 to 7 go once round the whole circle.",
    )  # fmt: skip
    probe.true(
        "some points lie near the eight centres", facts["some near"],
        "The angle of centre 0 is 0: the angles are 2π j / 8, in radians, and nothing is added.",
    )  # fmt: skip
    probe.true(
        "the points lie near the eight centres", facts["near"],
        "Draw integers 0 to 7, and turn them into angles of 2π j / 8.",
    )  # fmt: skip
    probe.true(
        "all centres are equally likely", facts["shares"],
        "rng.integers(8, size=n) gives each of 0 to 7 with the same probability.",
    )  # fmt: skip
    probe.true(
        "the noise has the mean 0", facts["mean"],
        "rng.normal(0, 0.05, (n, 2)): first the mean, then the deviation, then the shape, for each "
        "point needs noise of its own.",
    )  # fmt: skip
    probe.true(
        "the noise has the standard deviation 0.05", facts["spread"],
        "rng.normal(0, 0.05, ...) in each coordinate, added after the radius is multiplied.",
    )  # fmt: skip
    probe.true(
        "the noise of the two coordinates is independent", facts["correlation"],
        "Draw noise of shape (n, 2): each coordinate needs a number of its own.",
    )  # fmt: skip
    probe.true(
        "the noise is normal", facts["inside"],
        "Draw the noise with rng.normal or rng.standard_normal.",
    )  # fmt: skip
    probe.true(
        "a point may have the centre of the point before", facts["again"],
        "Draw the centre of each point with rng.integers; do not go round in turn.",
    )  # fmt: skip
    probe.true(
        "mostly a point has another centre than the point before", facts["other"],
        "Draw the centre of each point with rng.integers, and keep the order of the draws.",
    )  # fmt: skip
    probe.true(
        "how often a centre comes is left to chance", abs(try_ring_counts(5) - 7) < 2.5,
        "Draw the centre of each point by itself; do not deal the centres out evenly.",
    )  # fmt: skip
    first, second = try_ring_twice(4)
    probe.shape("nine points", first, (9, 2))
    (centres, noise), (others, noise_2) = try_ring_parts(first), try_ring_parts(second)
    probe.true(
        "a second call draws other centres", bool(np.any(centres != others)),
        "Draw the centres from the rng that is handed in, and make none of your own.",
    )  # fmt: skip
    probe.true(
        "a second call draws other noise", bool(np.abs(noise - noise_2).max() > 1e-9),
        "Draw the noise from the rng that is handed in, and make none of your own.",
    )  # fmt: skip
    again, _ = try_ring_twice(4)
    probe.true(
        "the same rng, the same points", bool((first == again).all()),
        "Draw from the rng that is handed in alone, not from np.random.",
    )  # fmt: skip
### BEGIN HIDDEN TESTS
with check.hidden("sample_ring") as probe:
    for seed in (1, 2):
        facts = try_ring_facts(np.asarray(sample_ring(40000, np.random.default_rng(seed))))
        right = all(facts.values())
        probe.true(f"40,000 points, seed {seed}", right, "Look at centres, shares and noise.")
    probe.true("counts", abs(try_ring_counts(6) - 7) < 2.5, "Draw each point's centre by itself.")
    probe.shape("three points", sample_ring(3, np.random.default_rng(3)), (3, 2))
    (centres, noise), (others, noise_2) = (try_ring_parts(sample) for sample in try_ring_twice(7))
    right = np.any(centres != others) and np.abs(noise - noise_2).max() > 1e-9
    probe.true("a second call draws other points", bool(right), "Use the rng that is handed in.")
    first, second = (np.asarray(sample_ring(9, np.random.default_rng(s))) for s in (4, 5))
    probe.true("rng is what the points come from", bool((first != second).any()), "Use rng.")
### END HIDDEN TESTS


# %% mistake sample_ring "another spread of the noise"
# The standard deviation of your noise is not 0.05. rng.normal takes the standard deviation, not the
# variance; and the noise is added after cosine and sine are multiplied by 2.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, np.sqrt(0.05), size=(n, 2))


# %% mistake sample_ring "one noise for both coordinates"
# Both coordinates get the same noise, so that the points lie on short diagonal lines. Draw noise of
# shape (n, 2).
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 1))


# %% mistake sample_ring "the centres are not equally likely"
# Some centres come more often than others, or one never comes: the upper end of rng.integers is not
# included. Use rng.integers(8, size=n).
def sample_ring(n, rng):
    angle = np.pi * rng.integers(7, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the points have no noise"
# Your points lie exactly at the centres. Add the noise.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    rng.normal()
    return 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 1e-9 * rng.normal(size=(n, 1))


# %% mistake sample_ring "seven parts in place of eight"
# Your angles are 2π j / 7, and the last is the first one again. The circle has eight parts:
# 2π j / 8. (np.linspace(0, 2π, 8) makes seven, too, as it holds both ends.)
def sample_ring(n, rng):
    angle = np.linspace(0, 2 * np.pi, 8)[rng.integers(8, size=n)]
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "seven angles"
# You have seven angles, 2π j / 7 with j up to 6. The circle has eight parts: 2π j / 8 with j from 0
# to 7.
def sample_ring(n, rng):
    angle = 2 * np.pi * rng.integers(7, size=n) / 7
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "half of the circle"
# Your angles are π j / 8, which is half of the circle. The whole is 2π: 2π j / 8.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 8
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the ring is turned"
# Your points lie in the middle between two centres. Centre 0 lies at the angle 0: the angles are
# 2π j / 8, and nothing is added to j.
def sample_ring(n, rng):
    angle = 2 * np.pi * (rng.integers(8, size=n) + 0.5) / 8
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the whole circle"
# Your points lie all along the circle. There are eight angles: draw a whole number from 0 to 7
# first.
def sample_ring(n, rng):
    angle = rng.uniform(0, 2 * np.pi, size=n)
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the centres come in turn"
# Your points go round the centres in turn, 0, 1, 2 and so on. Draw the centre of each point:
# rng.integers(8, size=n).
def sample_ring(n, rng):
    angle = np.pi * (np.arange(n) % 8) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the centres come in blocks"
# First all points of centre 0 come, then all of centre 1 and so on, as many of each. Draw the
# centre of each point: rng.integers(8, size=n).
def sample_ring(n, rng):
    angle = np.pi * (8 * np.arange(n) // n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the centres are sorted"
# Your points come in the order of their centres, so each tells the centre of the next. Keep the
# order in which rng.integers draws.
def sample_ring(n, rng):
    angle = np.pi * np.sort(rng.integers(8, size=n)) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "each centre gets its share"
# You deal the centres out so that each comes equally often, and shuffle them. Then they are not
# independent: equally likely is not equally often. Draw each: rng.integers(8, size=n).
def sample_ring(n, rng):
    angle = np.pi * rng.permutation(np.arange(n) % 8) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the noise has a mean"
# Your noise pushes all points to one side: its mean is not 0. rng.normal takes first the mean, then
# the standard deviation.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0.02, 0.05, size=(n, 2))


# %% mistake sample_ring "n is not used"
# Your function returns 40,000 points whatever n is. Return n of them.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=40000) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(40000, 2))


# %% mistake sample_ring "the noise comes from a generator of its own"
# Your noise comes from another generator, the same noise each time. Draw it from the rng that is
# handed in, as you do with the centres.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + np.random.default_rng(0).normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the centres come from a generator of their own"
# Your centres come from another generator, the same centres each time. Draw them from the rng that
# is handed in, as you do with the noise.
def sample_ring(n, rng):
    angle = np.pi * np.random.default_rng(0).integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "nothing is returned"
# Your function returns nothing. Return the array of points.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "a generator of its own"
# Your function makes a generator of its own: it returns the same points each time. Draw from the
# rng that is handed in.
def sample_ring(n, rng):
    rng = np.random.default_rng(0)
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "the radius is 1"
# Your circle has the radius 1. Multiply cosine and sine by 2.
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + rng.normal(0, 0.05, size=(n, 2))


# %% mistake sample_ring "two rows in place of two columns"
# Your array has the shape (2, n). Put the coordinates side by side: np.stack(..., axis=1).
def sample_ring(n, rng):
    angle = np.pi * rng.integers(8, size=n) / 4
    return 2 * np.stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.05, size=(2, n))


# %% alternative sample_ring
def sample_ring(n, rng):
    noise = 0.05 * rng.standard_normal((n, 2))
    return noise + CENTRES[rng.choice(8, size=n)]


# %% alternative sample_ring
def sample_ring(n, rng):
    noise = 0.05 * rng.standard_normal((2, n)).T  # before the centres, and coordinate by coordinate
    j = rng.choice(np.arange(8), n, p=np.full(8, 1 / 8))
    return 2 * np.column_stack([np.cos(np.pi * j / 4), np.sin(np.pi * j / 4)]) + noise


# %% alternative sample_ring
def sample_ring(n, rng):
    points = np.empty((n, 2))
    for i in range(n):
        angle = rng.integers(8) * np.pi / 4
        points[i] = rng.normal(2 * np.cos(angle), 0.05), rng.normal(2 * np.sin(angle), 0.05)
    return points


# %% alternative sample_ring
def sample_ring(n, rng):
    z = rng.normal(0, 0.05, n) + 1j * rng.normal(0, 0.05, n)
    z = z + 2 * np.exp(2j * np.pi * np.floor(8 * rng.random(n)) / 8)
    return np.column_stack([z.real, z.imag])


# %% [markdown]
# ### Exercise 14.16: count the modes
#
# Write `count_modes(points, centres, radius, least)`. A point is *good* if its distance to the
# nearest centre is at most `radius`; it belongs to that centre. Return two numbers: how many
# centres have at least `least` good points, and the share of good points among all. `points` has
# shape (n, 2), `centres` (m, 2).

# %% hint count_modes [markdown]
# How do you get the distances of all points to all centres, shape (n, m), at once?

# %% hint count_modes [markdown]
# Take the smallest distance in each row, and where it is. Keep the rows where it is at most the
# radius, and count how often each centre occurs among them.

# %% hint count_modes [markdown]
# far ← norm(points[:, None] − centres, axis=2); good ← far.min(axis=1) ≤ radius; counts ←
# bincount(far.argmin(axis=1)[good], minlength=m); return sum(counts ≥ least), mean(good)


# %% solve count_modes
def count_modes(points, centres, radius, least):
    """Return how many centres have enough good points, and the share of good points.

    >>> count_modes(np.array([[0.0, 0.1], [5.0, 5.0]]), np.array([[0.0, 0.0], [1.0, 1.0]]), 0.2, 1)
    (1, 0.5)
    """
    ### BEGIN SOLUTION
    far = np.linalg.norm(points[:, None] - centres, axis=2)  # (points, centres)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.mean(good))
    ### END SOLUTION


# %% check count_modes points=2
with check("count_modes") as probe:
    two = np.array([[0.0, 0.0], [1.0, 0.0]])
    points = np.array([[0.1, 0.0], [0.0, 0.1], [0.9, 0.0], [0.5, 0.3], [4.0, 4.0]])
    probe.call("five points, two centres", count_modes, points, two, 0.2, 1)
    probe.call("at least two points a centre", count_modes, points, two, 0.2, 2)
    probe.call("a radius in which points have two centres", count_modes, points[:3], two, 1.5, 2)
    probe.call("off in both coordinates", count_modes, np.array([[0.15, 0.15]]), two, 0.2, 1)
    probe.call("off by less in both", count_modes, np.array([[0.13, 0.13]]), two, 0.2, 1)
    probe.call("exactly at the radius", count_modes, np.array([[0.25, 0.0]]), two, 0.25, 1)
    probe.call("just outside", count_modes, np.array([[0.0, 0.3], [0.1, 0.0]]), two, 0.2, 1)
### BEGIN HIDDEN TESTS
with check.hidden("count_modes") as probe:
    rng = np.random.default_rng(1416)
    for n, m, radius, least in ((200, 8, 0.3, 3), (50, 3, 0.6, 8), (10, 12, 0.1, 1)):
        points, centres = rng.uniform(-1, 1, (n, 2)), rng.uniform(-1, 1, (m, 2))
        counts = [0] * m
        for point in points:
            squares = [float(np.sum((point - centre) ** 2)) for centre in centres]
            if min(squares) <= radius**2:
                counts[int(np.argmin(squares))] += 1
        right = sum(count >= least for count in counts), sum(counts) / n
        label = f"{n} points, {m} centres"
        probe.call(label, count_modes, points, centres, radius, least, expected=right)
    right = (0, 0.0)
    probe.call("no good point", count_modes, points, centres + 9, 0.1, 1, expected=right)
### END HIDDEN TESTS


# %% mistake count_modes "points with two centres are counted twice"
# A point within the radius of two centres counts for both in your code. It belongs to the nearest.
def count_modes(points, centres, radius, least):
    near = np.linalg.norm(points[:, None] - centres, axis=2) <= radius
    return int(np.sum(near.sum(axis=0) >= least)), float(np.mean(near.any(axis=1)))


# %% mistake count_modes "bad points are counted"
# Points that lie far from all centres count for the nearest one in your code. Only good points do.
def count_modes(points, centres, radius, least):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    counts = np.bincount(far.argmin(axis=1), minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.mean(far.min(axis=1) <= radius))


# %% mistake count_modes "one point is enough"
# You count a centre as soon as it has one good point. It needs `least` of them.
def count_modes(points, centres, radius, least):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts > 0)), float(np.mean(good))


# %% mistake count_modes "more than least"
# You ask for more than `least` points. At least means that `least` itself is enough.
def count_modes(points, centres, radius, least):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts > least)), float(np.mean(good))


# %% mistake count_modes "the number in place of the share"
# Your second value is the number of good points. Divide by the number of all points.
def count_modes(points, centres, radius, least):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.sum(good))


# %% mistake count_modes "the squared distance"
# You compare the squared distance with the radius. Take its root, or compare with radius ** 2.
def count_modes(points, centres, radius, least):
    far = ((points[:, None] - centres) ** 2).sum(axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.mean(good))


# %% mistake count_modes "less than the radius"
# A point at exactly the distance `radius` is good: at most.
def count_modes(points, centres, radius, least):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    good = far.min(axis=1) < radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.mean(good))


# %% mistake count_modes "a square in place of a circle"
# You compare each coordinate with the radius. The distance is the root of the sum of both squares.
def count_modes(points, centres, radius, least):
    far = np.abs(points[:, None] - centres).max(axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.mean(good))


# %% mistake count_modes "a square on its corner in place of a circle"
# You add the distances in the two coordinates. The distance is the root of the sum of both squares.
def count_modes(points, centres, radius, least):
    far = np.abs(points[:, None] - centres).sum(axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least)), float(np.mean(good))


# %% mistake count_modes "the results are exchanged"
# Your results come in the other order: first how many centres, then the share.
def count_modes(points, centres, radius, least):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    good = far.min(axis=1) <= radius
    counts = np.bincount(far.argmin(axis=1)[good], minlength=len(centres))
    return float(np.mean(good)), int(np.sum(counts >= least))


# %% alternative count_modes
def count_modes(points, centres, radius, least):
    counts = np.zeros(len(centres))
    for x, y in points:
        squares = (centres[:, 0] - x) ** 2 + (centres[:, 1] - y) ** 2
        if squares.min() <= radius**2:
            counts[squares.argmin()] += 1
    return (counts >= least).sum(), counts.sum() / len(points)


# %% alternative count_modes
def count_modes(points, centres, radius, least):
    far, nearest = torch.cdist(torch.tensor(points), torch.tensor(centres)).min(dim=1)
    good = far <= radius
    counts = torch.bincount(nearest[good], minlength=len(centres))
    return (counts >= least).sum().item(), good.double().mean().item()

# %% [markdown]
# ### F.2 The same points again and again
#
# Train a generator for the ring, from two numbers of noise, against a discriminator whose learning
# rate is a third of the generator's: it does not keep up. What will the samples look like?


# %%
def on_ring(n, rng):
    return torch.tensor(sample_ring(n, rng), dtype=torch.float32)


def ring_run(D, iterations=1500):
    """Train a generator on the ring against D; return 2,000 samples every 50 iterations."""
    training.seed(0)
    rng, G = np.random.default_rng(0), small_network(2, 2, 64)
    g_optimizer, d_optimizer = adam(G, 1e-3), adam(D, 3e-4)
    samples = []

    def step(number):
        discriminator_step(G, D, d_optimizer, on_ring(256, rng), normal((256, 2)))
        loss = generator_step(G, D, g_optimizer, normal((256, 2)))
        if number % 50 == 0:
            with torch.no_grad():
                samples.append(G(normal((2000, 2))).double().numpy())
        return loss

    training.loop(step, range(iterations + 1), description="ring")
    return samples


@cache
def plain_ring():
    training.seed(1)
    return ring_run(small_network(2, 1, 64))


# %%
def draw_ring(samples, numbers=(300, 700, 1100, 1500)):
    figure, axes = plt.subplots(1, len(numbers), figsize=(9, 2.8), layout="constrained")
    for ax, number in zip(axes, numbers, strict=True):
        ax.scatter(*CENTRES.T, s=120, facecolors="none", edgecolors=BLUE)
        ax.scatter(*samples[number // 50].T, s=2, color=VERMILLION, alpha=0.4)
        modes, share = count_modes(samples[number // 50], CENTRES, 0.2, 40)
        ax.set_title(f"{number} iterations\nmodes: {modes}, good: {share:.0%}", fontsize=9)
        ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="first coordinate")
    axes[0].set_ylabel("second coordinate")
    return figure


plots.show(
    draw_ring(plain_ring()),
    "Four moments of the training. The eight modes are circles on a ring. At each moment nearly "
    "all samples lie in one blot or one streak, on one or two of the modes or on none.",
)

# %% [markdown]
# *Figure 6. Mode collapse: circles are the modes, points are 2,000 samples. At any moment nearly
# all samples lie in one streak, across a mode or past it. Figure 8 shows in steps of 50 iterations
# how the streak wanders.*
#
# $D$ looks at one sample at a time. So all samples are pulled towards the place where $D$ is
# largest *now*, all to the same one. They overshoot, $D$ learns to reject the place, and they move
# on together.
#
# One remedy is to let the discriminator see the whole batch (Salimans and others, 2016). A batch of
# 256 samples in one place is easy to recognise as forged, however real each one is. The
# simplest form (Karras and others, 2018) gives every sample one more number, how widely its batch
# is spread:
#
# $$
# r = \frac1d \sum_{j=1}^{d} \sqrt{v_j + 10^{-8}}, \qquad
# v_j = \frac1n \sum_{i=1}^{n} (x_{ij} - \bar x_j)^2
# \tag{12}
# $$
#
# $v_j$ is the variance of coordinate $j$ over the batch, and $r$ the mean standard deviation. Now a
# batch of forged samples with too small an $r$ is rejected, and the slope of $r$ tells the
# generator to spread its samples. (The $10^{-8}$ keeps that slope finite when all samples are
# equal.)
#
# ### Exercise 14.17: the spread of a batch
#
# Write `with_spread(x)`: for a tensor of shape (n, d) return one of shape (n, d + 1), the columns
# of `x` and behind them a column with the number $r$ of (12) in each row. Slopes must flow back to
# `x` from all columns: through those of `x` and through $r$.

# %% given try_with_spread
def try_with_spread(x):
    """Return x with its spread, and the slopes of weighted sums of old and new columns in x."""
    x = torch.tensor(x, requires_grad=True)
    both, d = with_spread(x), x.shape[1]
    if both is None:
        return {"with the spread": None, "slopes of the new column": None, "slopes of x": None}
    wave = torch.cos(torch.arange(1.0, both.numel() + 1, dtype=both.dtype)).reshape(both.shape)
    found = {"with the spread": both.detach().numpy()}
    for name, part in (("the new column", both[:, d:].sum()), ("x", (wave * both)[:, :d].sum())):
        slope = torch.zeros_like(x)
        if part.requires_grad:
            (slope,) = torch.autograd.grad(
                part, x, retain_graph=True, allow_unused=True, materialize_grads=True
            )
        found[f"slopes of {name}"] = slope.numpy()
    return found


# %% hint with_spread [markdown]
# Over which axis does the batch run, and how many numbers are left when you have the variances?

# %% hint with_spread [markdown]
# Variances over axis 0 (dividing by n), the root of each plus 1e-8, the mean of the roots: one
# number. Put it into a column of n equal numbers, and the column behind `x` with `torch.cat`.

# %% hint with_spread [markdown]
# v ← mean over axis 0 of (x − x.mean(0))²; r ← mean(sqrt(v + 1e-8)); return cat([x, r.expand(n,
# 1)], axis 1)


# %% solve with_spread
def with_spread(x):
    """Return x, (n, d), with one more column: the mean standard deviation (12) of the batch.

    >>> with_spread(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))[:, 2].round(decimals=2).tolist()
    [0.5, 0.5]
    """
    ### BEGIN SOLUTION
    v = ((x - x.mean(dim=0)) ** 2).mean(dim=0)
    r = torch.sqrt(v + 1e-8).mean()
    return torch.cat([x, r.expand(len(x), 1)], dim=1)
    ### END SOLUTION


# %% check with_spread points=2
with check("with_spread") as probe:
    x = np.array([[1.0, 5], [3, 5], [2, 8], [-2, 6]])
    probe.call("four samples of two numbers", try_with_spread, x)
    probe.call("three samples of one number", try_with_spread, np.array([[1.0], [2], [6]]))
    probe.call("a batch that has collapsed", try_with_spread, np.array([[0.5, 1.0], [0.5, 1.0]]))
### BEGIN HIDDEN TESTS
with check.hidden("with_spread") as probe:
    rng = np.random.default_rng(1417)
    for n, d in ((5, 3), (40, 2), (1, 4)):
        x = rng.normal(size=(n, d))
        root = np.sqrt(x.var(axis=0) + 1e-8)
        right = {
            "with the spread": np.column_stack([x, np.full(n, root.mean())]),
            "slopes of the new column": (x - x.mean(axis=0)) / root / d,
            "slopes of x": np.cos(np.arange(1.0, n * (d + 1) + 1)).reshape(n, d + 1)[:, :d],
        }
        probe.call(f"{n} samples of {d} numbers", try_with_spread, x, expected=right)
### END HIDDEN TESTS


# %% mistake with_spread "the spread over the coordinates"
# You measure how much the coordinates of each sample differ. The batch runs along axis 0.
def with_spread(x):
    v = ((x - x.mean(dim=1, keepdim=True)) ** 2).mean(dim=1)
    return torch.cat([x, torch.sqrt(v + 1e-8)[:, None]], dim=1)


# %% mistake with_spread "n − 1 in place of n"
# Your variance divides by n - 1, as torch's var and std do if nothing else is said. (12) divides by
# n: correction=0.
def with_spread(x):
    r = torch.sqrt(x.var(dim=0) + 1e-8).mean()
    return torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "torch's deviation as it is"
# torch's std divides by n - 1 if nothing else is said, and it has an infinite slope where all
# samples are equal. (12) divides by n (correction=0) and adds 1e-8 to the variance before the root.
def with_spread(x):
    return torch.cat([x, x.std(dim=0).mean().expand(len(x), 1)], dim=1)


# %% mistake with_spread "no 1e-8 under the root"
# (12) adds 1e-8 to each variance before the root. Left out, or added after the root, nothing good
# comes from a batch whose samples are all equal.
def with_spread(x):
    return torch.cat([x, x.std(dim=0, correction=0).mean().expand(len(x), 1)], dim=1)


# %% mistake with_spread "the axis of the coordinates"
# You take the variance over axis 1, the coordinates of one sample. The batch runs along axis 0.
def with_spread(x):
    r = torch.sqrt(x.var(dim=1, correction=0) + 1e-8).mean()
    return torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "the variance in place of the deviation"
# You average the variances. (12) takes the root of each first.
def with_spread(x):
    r = (x.var(dim=0, correction=0) + 1e-8).mean()
    return torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "the root of the mean"
# You average the variances and take the root then. In (12) each coordinate has a root of its own.
def with_spread(x):
    r = torch.sqrt((x.var(dim=0, correction=0) + 1e-8).mean())
    return torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "no slope flows through the spread"
# Your spread is cut from the graph (item, detach, no_grad or a new tensor): the generator would not
# learn to spread its samples.
def with_spread(x):
    r = torch.sqrt(x.detach().var(dim=0, correction=0) + 1e-8).mean()
    return torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "not a number for a collapsed batch"
# The root has an infinite slope at 0: a batch of equal samples gives nan, and the generator is
# lost. Add 1e-8 to the variance before the root, not after it.
def with_spread(x):
    r = torch.sqrt(x.var(dim=0, correction=0)).mean()
    return torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "no slope flows through the columns of x"
# You detach the columns of x: what D says of the samples themselves would not reach the generator.
def with_spread(x):
    r = torch.sqrt(x.var(dim=0, correction=0) + 1e-8).mean()
    return torch.cat([x.detach(), r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "nothing is returned"
# Your function returns nothing. Return x with its new column.
def with_spread(x):
    r = torch.sqrt(x.var(dim=0, correction=0) + 1e-8).mean()
    torch.cat([x, r.expand(len(x), 1)], dim=1)


# %% mistake with_spread "a column for each coordinate"
# You add the deviation of each coordinate. (12) has their mean: one column.
def with_spread(x):
    r = torch.sqrt(x.var(dim=0, correction=0) + 1e-8)
    return torch.cat([x, r.expand(len(x), -1)], dim=1)


# %% mistake with_spread "the new column stands in front"
# Your new column is the first one. Put it behind the columns of x.
def with_spread(x):
    r = torch.sqrt(x.var(dim=0, correction=0) + 1e-8).mean()
    return torch.cat([r.expand(len(x), 1), x], dim=1)


# %% alternative with_spread
def with_spread(x):
    r = (x.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.hstack([x, r * torch.ones_like(x[:, :1])])


# %% alternative with_spread
def with_spread(x):
    n, d = x.shape
    total = 0.0
    for j in range(d):
        column = x[:, j]
        total = total + torch.sqrt(((column - column.sum() / n) ** 2).sum() / n + 1e-8)
    return torch.nn.functional.pad(x, (0, 1)) + torch.eye(d + 1)[d].to(x) * (total / d)


# %% [markdown]
# The same generator, with the same first weights and the same learning rates, against a
# discriminator that sees the spread:


# %%
class Spread(nn.Module):
    """A layer that adds the spread of the batch."""

    def forward(self, x):
        return with_spread(x)


@cache
def spread_ring():
    training.seed(1)
    return ring_run(nn.Sequential(Spread(), small_network(3, 1, 64)))


plots.show(
    draw_ring(spread_ring(), (0, 500, 1000, 1500)),
    "Four moments of the training with the spread. At the beginning the samples lie in one place; "
    "later they spread, and at the end they form a ring that passes through all eight modes.",
)

# %% [markdown]
# *Figure 7. The same with the spread: the samples come apart and reach all eight modes. About half
# of them still lie on the way between two modes: a continuous generator connects what it makes.*


# %%
def mean_modes(samples):
    """Return how many modes are covered, the mean over the last ten moments."""
    return np.mean([count_modes(sample, CENTRES, 0.2, 40)[0] for sample in samples[-10:]])


print("plain: at most 2 modes on average:", mean_modes(plain_ring()) <= 2)
print("with the spread: at least 5 modes on average:", mean_modes(spread_ring()) >= 5)


# %% [markdown]
# Here is the whole run of both. Follow the collapsed generator: where does it go?


# %%
def draw_run(figure, iterations=800, spread=False):
    sample = (spread_ring() if spread else plain_ring())[iterations // 50]
    ax = figure.subplots()
    ax.scatter(*CENTRES.T, s=200, facecolors="none", edgecolors=BLUE, label="modes")
    ax.scatter(*sample.T, s=3, color=VERMILLION, alpha=0.4, label="samples")
    ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal")
    ax.set(xlabel="first coordinate", ylabel="second coordinate")
    ax.legend(loc="center", fontsize=8)
    modes, share = count_modes(sample, CENTRES, 0.2, 40)
    return f"{modes} of 8 modes have at least 40 of the 2,000 samples; {share:.0%} are good."


explore.live(
    draw_run,
    title="Collapse, and a remedy",
    description="Eight modes on a circle and 2,000 samples of the generator, at one moment of its "
    "training, with the spread or without.",
    figure_size=(4.6, 4.4),
    iterations=(0, 1500, 50),
    spread=False,
)

# %% [markdown]
# *Figure 8. Collapse and remedy, moment by moment.*

# %% [markdown]
# ## G. Digits
#
# ### G.1 A convolutional generator
#
# Now pictures. Radford, Metz and Chintala (2016) tried out which convolutional networks play this
# game well, and left a recipe, the **DCGAN**:
#
# - no fully connected layers and no pooling: the discriminator shrinks pictures by convolutions
#   with stride 2, the generator enlarges them by transposed ones (chapter 6);
# - **batch normalisation** after each layer but the generator's last and the discriminator's first
#   and last: each channel is brought to mean 0 and deviation 1 over the batch;
# - ReLU in the generator, and tanh at its end: pixels lie between −1 and 1;
# - **LeakyReLU**, $\max(s, 0.2\,s)$, in the discriminator: it lets slopes through for negative
#   values, too, and these slopes are the generator's only teacher;
# - Adam with little momentum.
#
# Noise enters as a picture of one pixel with many channels.
#
# ### Exercise 14.18: the generator
#
# Write `dc_generator(noise, width)`: a `torch.nn.Sequential` that makes pictures of shape
# (n, 1, 8, 8) from noise of shape (n, `noise`, 1, 1), layer by layer as in the table. $F$ is the
# kernel size, $S$ the stride, $P$ the padding.
#
# | layer | size after it |
# |---|---|
# | transposed convolution to $2\,\cdot$ `width` channels, $F = 2$, $S = 1$, $P = 0$ | 2 by 2 |
# | batch normalisation, ReLU | |
# | transposed convolution to `width` channels, $F = 4$, $S = 2$, $P = 1$ | 4 by 4 |
# | batch normalisation, ReLU | |
# | transposed convolution to 1 channel, $F = 4$, $S = 2$, $P = 1$ | 8 by 8 |
# | tanh | |

# %% given try_dc_generator
def try_dc_generator(noise, width, n):
    """Set all kernels to known numbers; return their shapes and the pictures for n noises."""
    G = dc_generator(noise, width)
    if not isinstance(G, nn.Sequential):
        other = "a network, but no Sequential" if isinstance(G, nn.Module) else type(G).__name__
        kind = None if G is None else other
        return {"network": kind, "shape": None, "kernels": None, "pictures": None}
    G.double()
    kernels = [p for p in G.parameters() if p.ndim == 4]
    with torch.no_grad():
        for p in G.parameters():
            if p.ndim == 4:
                wave = torch.sin(1 + torch.arange(p.numel(), dtype=torch.float64) ** 1.5)
                p.copy_(wave.reshape(p.shape) / p[:, 0].numel() ** 0.5)
        for layer in G.modules():
            if isinstance(layer, nn.ConvTranspose2d | nn.Conv2d) and layer.bias is not None:
                layer.bias.zero_()
            elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
                layer.weight.fill_(1)
                layer.bias.zero_()
        z = torch.cos(torch.arange(n * noise, dtype=torch.float64) ** 1.5).reshape(n, noise, 1, 1)
        pictures = G(z)
    return {
        "network": "Sequential",
        "shape": list(pictures.shape),
        "kernels": [list(kernel.shape) for kernel in kernels],
        "pictures": pictures.numpy(),
    }


# %% hint dc_generator [markdown]
# Which class of torch is a transposed convolution, and in which order does it take its channels?

# %% hint dc_generator [markdown]
# `nn.ConvTranspose2d(from, to, F, S, P)`, `nn.BatchNorm2d(channels)`, `nn.ReLU()`, `nn.Tanh()`. The
# channels go from `noise` to 2 · width, to width, to 1.

# %% hint dc_generator [markdown]
# Sequential(ConvTranspose2d(noise, 2 · width, 2), BatchNorm2d(2 · width), ReLU(),
# ConvTranspose2d(2 · width, width, 4, 2, 1), …, ConvTranspose2d(width, 1, 4, 2, 1), Tanh())


# %% solve dc_generator
def dc_generator(noise, width):
    """Return the generator of the table.

    >>> dc_generator(32, 24)(torch.zeros(5, 32, 1, 1)).shape
    torch.Size([5, 1, 8, 8])
    """
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.ConvTranspose2d(noise, 2 * width, 2),
        nn.BatchNorm2d(2 * width),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1),
        nn.Tanh(),
    )
    ### END SOLUTION


# %% check dc_generator points=2
with check("dc_generator") as probe:
    probe.call("5 noise numbers, width 3", try_dc_generator, 5, 3, 4)
    probe.call("2 noise numbers, width 4", try_dc_generator, 2, 4, 3)
### BEGIN HIDDEN TESTS
with check.hidden("dc_generator") as probe:
    grow = nn.functional.conv_transpose2d
    for noise, width, n in ((3, 2, 6), (8, 5, 2)):
        shapes = [(noise, 2 * width, 2, 2), (2 * width, width, 4, 4), (width, 1, 4, 4)]
        Y = torch.cos(torch.arange(n * noise, dtype=torch.float64) ** 1.5).reshape(n, noise, 1, 1)
        for layer, shape in enumerate(shapes):
            wave = torch.sin(1 + torch.arange(float(np.prod(shape)), dtype=torch.float64) ** 1.5)
            W = wave.reshape(shape) / (shape[0] * shape[2] * shape[3]) ** 0.5
            Y = grow(Y, W) if layer == 0 else grow(Y, W, stride=2, padding=1)
            if layer < 2:
                mean = Y.mean(dim=(0, 2, 3), keepdim=True)
                variance = ((Y - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
                Y = ((Y - mean) / torch.sqrt(variance + 1e-5)).clamp(min=0)
        right = {
            "network": "Sequential",
            "shape": [n, 1, 8, 8],
            "kernels": [list(shape) for shape in shapes],
            "pictures": torch.tanh(Y).numpy(),
        }
        label = f"{noise} noise numbers, width {width}, {n} pictures"
        probe.call(label, try_dc_generator, noise, width, n, expected=right)
### END HIDDEN TESTS


# %% mistake dc_generator "pixels from 0 to 1"
# Your network ends with a sigmoid: the table has tanh, and pixels from -1 to 1.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.Sigmoid(),
    )


# %% mistake dc_generator "nothing at the end"
# Your network ends with the last convolution, and its pixels have no bounds. Add the tanh.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1),
    )


# %% mistake dc_generator "the batch normalisation is missing"
# Your network has no batch normalisation. It stands after the first and the second convolution.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.ReLU(), grow(2 * width, width, 4, 2, 1), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "nothing is returned"
# Your function returns nothing. Return the network.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "no Sequential"
# You return a network of a class of your own. The task asks for a torch.nn.Sequential of the
# layers.
def dc_generator(noise, width):
    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            grow = nn.ConvTranspose2d
            self.layers = nn.Sequential(
                grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
                grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
                grow(width, 1, 4, 2, 1), nn.Tanh(),
            )

        def forward(self, z):
            return self.layers(z)

    return Generator()


# %% mistake dc_generator "a list of layers"
# You return a list. Hand the layers to nn.Sequential, one after the other: nn.Sequential(*layers).
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return [
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    ]


# %% mistake dc_generator "the first normalisation is missing"
# Your network has no batch normalisation after the first convolution.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "the first ReLU is missing"
# Your network has no ReLU after the first batch normalisation.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "the second ReLU is missing"
# Your network has no ReLU after the second batch normalisation.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "the second normalisation is missing"
# Your network has no batch normalisation after the second convolution.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.ReLU(), grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "the ReLUs are missing"
# Your network has no ReLU. It stands after each batch normalisation.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "the output is normalised, too"
# Your network normalises the pictures themselves. After the last convolution there is only tanh.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2, 1), nn.BatchNorm2d(1), nn.Tanh(),
    )


# %% mistake dc_generator "ReLU before the normalisation"
# Your ReLUs stand before the batch normalisation: normalise first.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.ReLU(), nn.BatchNorm2d(2 * width),
        grow(2 * width, width, 4, 2, 1), nn.ReLU(), nn.BatchNorm2d(width),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "LeakyReLU in the generator"
# Your network uses LeakyReLU. That is for the discriminator: the generator has ReLU.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
        grow(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.LeakyReLU(0.2),
        grow(width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% mistake dc_generator "the padding is missing"
# Your pictures are too large: the layers with F = 4 and S = 2 need P = 1 to double the size.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, 2 * width, 2), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, width, 4, 2), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 1, 4, 2), nn.Tanh(),
    )


# %% mistake dc_generator "the widths are exchanged"
# Your first layer has `width` channels and the second twice as many. The generator narrows: 2 width
# first, where the picture is small.
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    return nn.Sequential(
        grow(noise, width, 2), nn.BatchNorm2d(width), nn.ReLU(),
        grow(width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width), nn.ReLU(),
        grow(2 * width, 1, 4, 2, 1), nn.Tanh(),
    )


# %% alternative dc_generator
def dc_generator(noise, width):
    layers = []
    for before, behind, sizes in ((noise, 2 * width, (2, 2, 0)), (2 * width, width, (4, 2, 1))):
        layers += [nn.ConvTranspose2d(before, behind, *sizes, bias=False)]
        layers += [nn.BatchNorm2d(behind), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Tanh())


# %% alternative dc_generator
def dc_generator(noise, width):
    grow = nn.ConvTranspose2d
    G = nn.Sequential(
        grow(noise, 2 * width, 2, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(True),
        grow(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
        grow(width, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )
    for layer in G:  # the first weights of the paper
        if isinstance(layer, nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
    return G


# %% alternative dc_generator
def dc_generator(noise, width):
    first = nn.Sequential(
        nn.ConvTranspose2d(noise, 2 * width, 2, 1, 0), nn.BatchNorm2d(2 * width), nn.ReLU()
    )
    second = nn.Sequential(
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU()
    )
    return nn.Sequential(first, second, nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Tanh())


# %% [markdown]
# Its opponent is written for you. It is the generator in reverse, with a score at the end. (The
# averages that batch normalisation keeps are no weights: they move in both of your steps.)


# %%
def dc_discriminator(channels, width):
    """Return a network from pictures (n, channels, 8, 8) to scores (n, 1)."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
        nn.BatchNorm2d(2 * width),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * width, 1, 2),
        nn.Flatten(),
    )


# %% [markdown]
# ### G.2 How good is a generator?
#
# A look at samples tells much, but not whether all digits come, and how often they are readable.
# Ask a network that reads digits, trained on the real ones.


# %%
@cache
def reader():
    """Return a network that names digits."""
    training.seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(256, 10),
    )  # fmt: skip
    training.fit(model, digits, epochs=12, batch_size=64, learning_rate=2e-3)
    return model


def read(pictures):
    """Return the reader's probabilities for pictures with values from 0 to 1, (n, 10)."""
    model = reader().eval()
    with torch.no_grad():
        return model(pictures.to(training.device())).softmax(dim=1).double().cpu().numpy()


accuracy = training.evaluate(reader(), digits.test)["accuracy"]
print("the reader names at least 96 % of the test digits correctly:", accuracy >= 0.96)

# %% [markdown]
# The reader's answer to picture $i$ is a row $P_i$ of ten probabilities. Two things are to be
# wished for. Each row should be sure: the picture looks like one digit. And the mean row
# $\bar P = \frac1n \sum_i P_i$ should be spread out: all digits come. Both in one number, with the
# divergence (7):
#
# $$
# \text{score} = \exp \Bigl( \frac1n \sum_i \mathrm{KL}\bigl(P_i \,\|\, \bar P\bigr) \Bigr)
# \tag{13}
# $$
#
# It lies between 1 and the number of classes. (With a reader that was trained on ImageNet it is
# known as the **inception score**; Salimans and others, 2016.)
#
# ### Exercise 14.19: the score
#
# Write `reader_score(P)`: the score (13) for an array `P` of shape (n, classes), whose rows have
# the sum 1. Probabilities may be 0; `kl` knows how to treat them.

# %% hint reader_score [markdown]
# What is compared with what, and over which axis of `P` is the mean row a mean?

# %% hint reader_score [markdown]
# Take the mean row over the pictures (axis 0). Compute `kl` of each row from it, the mean of these
# numbers, and at the end the exponential.

# %% hint reader_score [markdown]
# middle ← P.mean(axis=0); return exp(mean of kl(row, middle) over the rows)


# %% solve reader_score
def reader_score(P):
    """Return the score (13) of a reader's probabilities (n, classes).

    >>> round(reader_score(np.eye(3)), 6)
    3.0
    """
    ### BEGIN SOLUTION
    middle = P.mean(axis=0)
    return float(np.exp(np.mean([kl(row, middle) for row in P])))
    ### END SOLUTION


# %% check reader_score points=2
with check("reader_score") as probe:
    P = np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.2, 0.2]])
    probe.call("four pictures, three classes", reader_score, P)
    probe.call("sure, and all classes", reader_score, np.eye(4))
    probe.call("sure, and one class of two twice as often", reader_score, np.eye(2)[[0, 0, 1]])
    probe.call("the same picture again and again", reader_score, P[[0, 0, 0]])
### BEGIN HIDDEN TESTS
with check.hidden("reader_score") as probe:
    rng = np.random.default_rng(1419)

    def entropies(P):
        return -np.sum(P * np.log(np.where(P > 0, P, 1)), axis=-1)

    for n, classes in ((1, 3), (30, 10), (200, 4)):
        P = rng.dirichlet(np.full(classes, 0.3), size=n)
        right = np.exp(entropies(P.mean(axis=0)) - entropies(P).mean())
        probe.call(f"{n} pictures, {classes} classes", reader_score, P, expected=right)
    P = np.array([[1.0, 0, 0, 0], [0, 0.5, 0.5, 0]])
    right = np.exp(entropies(P.mean(axis=0)) - entropies(P).mean())
    probe.call("zeros", reader_score, P, expected=right)
### END HIDDEN TESTS


# %% mistake reader_score "the exponential is missing"
# Your value is the mean divergence. The score is its exponential.
def reader_score(P):
    return float(np.mean([kl(row, P.mean(axis=0)) for row in P]))


# %% mistake reader_score "the sum over the pictures"
# You add the divergences of all pictures up. Equation (13) has their mean.
def reader_score(P):
    return float(np.exp(np.sum([kl(row, P.mean(axis=0)) for row in P])))


# %% mistake reader_score "compared with equal probabilities"
# You compare each row with equal probabilities for all classes. In (13) it is compared with the
# mean row: a generator that makes one digit only must get 1.
def reader_score(P):
    classes = P.shape[1]
    return float(np.exp(np.mean([kl(row, np.full(classes, 1 / classes)) for row in P])))


# %% mistake reader_score "the mean of the exponentials"
# You take the exponential of each divergence and then the mean. It is the other way round.
def reader_score(P):
    return float(np.mean([np.exp(kl(row, P.mean(axis=0))) for row in P]))


# %% mistake reader_score "the divergence the wrong way round"
# You compare the mean row with each picture's row. In (13) the picture's row stands first.
def reader_score(P):
    return float(np.exp(np.mean([kl(P.mean(axis=0), row) for row in P])))


# %% mistake reader_score "variety alone"
# Your value looks at the mean row alone: unreadable pictures get the full score. Each row has to be
# compared with it.
def reader_score(P):
    middle = P.mean(axis=0)
    return float(np.exp(-np.sum(middle[middle > 0] * np.log(middle[middle > 0]))))


# %% alternative reader_score
def reader_score(P):
    middle = np.broadcast_to(P.mean(axis=0), P.shape)
    terms = np.where(P > 0, P * (np.log(np.where(P > 0, P, 1)) - np.log(middle + 1e-300)), 0)
    return np.exp(terms.sum(axis=1).mean())


# %% alternative reader_score
def reader_score(P):
    P = torch.tensor(P)
    middle = P.mean(dim=0)
    entropy = torch.special.entr(middle).sum() - torch.special.entr(P).sum(dim=1).mean()
    return entropy.exp().item()


# %% [markdown]
# ### Exercise 14.20: recognised, and how many classes
#
# One number hides which of the two wishes is not fulfilled. Write `report(P, sure, least)`. A
# picture is *recognised* if its largest probability is at least `sure`; it then belongs to that
# class. Return the share of recognised pictures, and how many classes have at least `least`
# recognised pictures.

# %% hint report [markdown]
# This is `count_modes` once more, with the two results in the other order. What has taken the place
# of the distance, what that of the centres?

# %% hint report [markdown]
# `P.max(axis=1)` says how sure the reader is, `P.argmax(axis=1)` of what. Count the classes among
# the recognised pictures only.

# %% hint report [markdown]
# known ← P.max(axis=1) ≥ sure; counts ← bincount(P.argmax(axis=1)[known], minlength=classes);
# return mean(known), sum(counts ≥ least)


# %% solve report
def report(P, sure, least):
    """Return the share of recognised pictures, and how many classes have enough of them.

    >>> report(np.array([[0.95, 0.05], [0.6, 0.4], [0.02, 0.98], [1.0, 0.0]]), 0.9, 2)
    (0.75, 1)
    """
    ### BEGIN SOLUTION
    known = P.max(axis=1) >= sure
    counts = np.bincount(P.argmax(axis=1)[known], minlength=P.shape[1])
    return float(np.mean(known)), int(np.sum(counts >= least))
    ### END SOLUTION


# %% check report points=1
with check("report") as probe:
    P = np.array([[0.95, 0.05, 0], [0.6, 0.3, 0.1], [0.02, 0.98, 0], [1, 0, 0], [0.3, 0.2, 0.5]])
    probe.call("five pictures", report, P, 0.9, 1)
    probe.call("at least two of a class", report, P, 0.9, 2)
    probe.call("sure is one half", report, P, 0.5, 1)
    probe.call("two probabilities are large enough", report, np.array([[0.5, 0.4, 0.1]]), 0.3, 1)
### BEGIN HIDDEN TESTS
with check.hidden("report") as probe:
    rng = np.random.default_rng(1420)
    cases = (300, 10, 0.9, 12), (20, 3, 0.6, 4), (5, 5, 1.5, 1), (90, 3, 0.2, 30)
    for n, classes, sure, least in cases:
        P = rng.dirichlet(np.full(classes, 0.1), size=n)
        best = [int(np.argsort(row)[-1]) for row in P if np.sort(row)[-1] >= sure]
        right = len(best) / n, sum(best.count(label) >= least for label in range(classes))
        probe.call(f"{n} pictures, {classes} classes", report, P, sure, least, expected=right)
### END HIDDEN TESTS


# %% mistake report "unsure pictures count for their class"
# You count all pictures for the class that is most likely. Only recognised ones belong to a class.
def report(P, sure, least):
    counts = np.bincount(P.argmax(axis=1), minlength=P.shape[1])
    return float(np.mean(P.max(axis=1) >= sure)), int(np.sum(counts >= least))


# %% mistake report "one picture is enough"
# You count a class as soon as one picture of it is recognised. It needs `least` of them.
def report(P, sure, least):
    known = P.max(axis=1) >= sure
    return float(np.mean(known)), len(set(P.argmax(axis=1)[known].tolist()))


# %% mistake report "the mean probability in place of the share"
# Your first number is the mean of the largest probabilities. The task asks for the share of the
# pictures with at least `sure`.
def report(P, sure, least):
    known = P.max(axis=1) >= sure
    counts = np.bincount(P.argmax(axis=1)[known], minlength=P.shape[1])
    return float(np.mean(P.max(axis=1))), int(np.sum(counts >= least))


# %% mistake report "more than sure"
# A picture with exactly the probability `sure` is recognised: at least.
def report(P, sure, least):
    known = P.max(axis=1) > sure
    counts = np.bincount(P.argmax(axis=1)[known], minlength=P.shape[1])
    return float(np.mean(known)), int(np.sum(counts >= least))


# %% mistake report "the number in place of the share"
# Your first number is a count. Divide by the number of pictures.
def report(P, sure, least):
    known = P.max(axis=1) >= sure
    counts = np.bincount(P.argmax(axis=1)[known], minlength=P.shape[1])
    return float(np.sum(known)), int(np.sum(counts >= least))


# %% mistake report "the results are exchanged"
# Your results come in the other order: first the share, then how many classes.
def report(P, sure, least):
    known = P.max(axis=1) >= sure
    counts = np.bincount(P.argmax(axis=1)[known], minlength=P.shape[1])
    return int(np.sum(counts >= least)), float(np.mean(known))


# %% mistake report "a picture counts for several classes"
# If `sure` is less than one half, a picture counts for two classes in your code. It belongs to the
# one with its largest probability alone.
def report(P, sure, least):
    known = np.less_equal(sure, P)
    return float(known.any(axis=1).mean()), int((known.sum(axis=0) >= least).sum())


# %% mistake report "more than least"
# You ask for more than `least` pictures. At least means that `least` itself is enough.
def report(P, sure, least):
    known = P.max(axis=1) >= sure
    counts = np.bincount(P.argmax(axis=1)[known], minlength=P.shape[1])
    return float(np.mean(known)), int(np.sum(counts > least))


# %% alternative report
def report(P, sure, least):
    counts = [0] * P.shape[1]
    for row in P:
        if max(row) >= sure:
            counts[list(row).index(max(row))] += 1
    return sum(counts) / len(P), sum(count >= least for count in counts)


# %% alternative report
def report(P, sure, least):
    known = np.equal(P, P.max(axis=1, keepdims=True)) & np.less_equal(sure, P)
    return known.any(axis=1).mean(), (known.sum(axis=0) >= least).sum()


# %% [markdown]
# ### G.3 Training
#
# `training.loop` calls `step` for each batch of real digits; your two steps do the work. After each
# epoch 500 samples are read.


# %%
NOISE, SAMPLES = 32, 1000


def noise_for(n):
    return torch.randn(n, NOISE, 1, 1, device=training.device())


def pictures_of(G, n):
    """Return n new pictures with values from 0 to 1."""
    G.eval()  # the normalisation uses its averages over the whole training
    with torch.no_grad():
        made = (G(noise_for(n)) + 1) / 2
    G.train()
    return made.cpu()


@cache
def digit_gan(epochs=50):
    """Return a trained generator of digits, and the history of its training."""
    training.seed(0)
    width = 24 if training.device().type == "cpu" else 64
    G = dc_generator(NOISE, width).to(training.device())
    D = dc_discriminator(1, width).to(training.device())
    g_optimizer, d_optimizer = adam(G, 1e-3), adam(D, 1e-3)

    def step(batch):
        x, _ = batch
        d_loss = discriminator_step(G, D, d_optimizer, 2 * x - 1, noise_for(len(x)))
        g_loss = generator_step(G, D, g_optimizer, noise_for(len(x)))
        return {"discriminator": d_loss, "generator": g_loss}

    def judged():
        share, _ = report(read(pictures_of(G, 500)), 0.9, 1)
        return {"recognised": share}

    history = training.loop(
        step, (digits.x_train, digits.y_train), epochs, batch_size=64, evaluate=judged,
        description="digits",
    )  # fmt: skip
    return G, history


@cache
def made_digits():
    """Return a thousand pictures of the trained generator."""
    G, _ = digit_gan()
    training.seed(2)
    return pictures_of(G, SAMPLES)


plots.show(
    plots.images(made_digits()[:32]),
    "Thirty-two pictures of 8 by 8 pixels from the generator, in four rows. Most can be read as "
    "digits; some are broken or lie between two digits.",
)

# %% [markdown]
# *Figure 9. Digits that nobody has written. Which ones can you read? Which of the ten do you miss?*


# %%
def draw_history(history):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    left.plot(history["discriminator"], color=BLUE, label="discriminator")
    left.plot(history["generator"], color=VERMILLION, ls="--", label="generator")
    left.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    left.legend(fontsize=8)
    right.plot(history["recognised"], color=GREEN)
    right.set(xlabel="epoch", ylabel="share recognised", ylim=(0, 1))
    return figure


plots.show(
    draw_history(digit_gan()[1]),
    "Left: the two losses against the epoch. After the first ten epochs they change by little. "
    "Right: the share of samples that the reader recognises goes on rising.",
)

# %% [markdown]
# *Figure 10. The losses (left) do not say that the pictures get better. The reader (right) does.*


# %%
def draw_classes(P):
    share, classes = report(P, 0.9, 10)
    known = P.max(axis=1) >= 0.9
    ax = plt.figure(figsize=(6, 3), layout="constrained").subplots()
    ax.bar(range(10), np.bincount(P.argmax(axis=1)[known], minlength=10), color=BLUE)
    title = f"recognised: {share:.0%}, score {reader_score(P):.1f}, classes: {classes} of 10"
    ax.set(xlabel="digit", ylabel=f"of {len(P)} pictures", xticks=range(10), title=title)
    return ax


P = read(made_digits())
share, classes = report(P, 0.9, 10)
print("at least half of the pictures are recognised:", share >= 0.5)
print("classes covered:", classes)
print("the score is at least 6:", reader_score(P) >= 6)
print("the score of real test digits is above 9:", reader_score(read(digits.x_test)) > 9)
plots.show(
    draw_classes(P),
    "How many of 1,000 pictures are recognised as each digit: bars of different heights for all "
    "ten digits.",
)

# %% [markdown]
# *Figure 11. What the reader recognises, with a probability of at least 0.9, in 1,000 pictures. The
# share and the score (13) stand above.*
#
# Has it only learnt the training digits by heart? For each picture look for the nearest of the
# training pictures (the distance is the root of the sum of squares over the pixels). Real test
# digits are the measure: they are new for certain.


# %%
def nearest(pictures):
    """Return the distance to the nearest training picture, and which one it is."""
    return torch.cdist(pictures.flatten(1), digits.x_train.flatten(1)).min(dim=1)


distance, which = nearest(made_digits())
pairs = torch.stack([made_digits()[:8], digits.x_train[which[:8]]]).flatten(0, 1)
share = float((distance < 0.5 * nearest(digits.x_test)[0].median()).float().mean())
print("fewer than 1 in 100 are nearly copies:", share < 0.01)
plots.show(
    plots.images(pairs),
    "Eight pictures of the generator and, below each, the training digit that is nearest to it. "
    "They are similar in most cases and equal in none.",
)

# %% [markdown]
# *Figure 12. Above: made. Below: the nearest of the 1,437 training digits.*
#
# ### Exercise 14.21: fooled?
#
# A person reads this answer.

# %% hint fooled [markdown]
# Which generators get the largest possible score (13), and would you call all of them good?

# %% hint fooled [markdown]
# Think of a generator with a short list of pictures. Think of the pictures that the reader has
# never seen in its own training.

# %% hint fooled [markdown]
# one generator that repeats, one that copies; for each, name what you would compute from its
# samples to find it out

# %% answer fooled [markdown] points=3
# Describe two different bad generators of digits that get a score (13) of nearly 10 and cover all
# classes. For each, name a measurement that would expose it. Then say in a sentence why the
# discriminator's own score is no fair judge.
#
# <!-- BEGIN SOLUTION -->
#
# First: a generator with one perfect picture of each digit, drawn with equal probability. The
# reader is sure and the classes are even. It is exposed by the variety within a class: for instance
# the mean distance between two samples of the same class is 0, far below that of real digits.
# Second: a generator that hands out training pictures. It has all the variety; it is exposed by the
# distance to the nearest training picture, compared with that of real test pictures. (Also good:
# pictures that a person cannot read but the reader takes for digits; exposed by another reader,
# trained separately, or by people.)
#
# The discriminator was trained against this very generator: the generator has been fitted to please
# it, and a weak discriminator is pleased by anything. A judge must not have been trained on what it
# judges.
#
# **Rubric**
# - 1 point: a generator without variety inside the classes, and a measurement of that variety.
# - 1 point: a generator that copies (or fools the reader), and a measurement that shows it.
# - 1 point: the generator was fitted to this discriminator.
# <!-- END SOLUTION -->

# %% [markdown]
# ### G.4 On demand
#
# This generator makes whatever comes. To ask for a seven, tell both sides which digit is meant: the
# **conditional** GAN (Mirza and Osindero, 2014). The generator gets noise and label, the
# discriminator picture and label. It must now say whether this is a real *seven*, so a good three
# with the label 7 is a forgery. In a convolutional network a label enters as extra channels: one
# for each class, full of ones for the class of the picture and full of zeros for the others.
#
# ### Exercise 14.22: labels as channels
#
# Write `conditioned(x, labels, classes)`. `x` is a tensor of shape (n, channels, h, w), `labels` a
# tensor of n integers from 0 to `classes` − 1. Return a tensor of shape (n, channels + classes, h,
# w) with the dtype of `x`: first the channels of `x`, then one channel for each class. Slopes must
# flow through the first channels back to `x`: the generator learns through them.

# %% given try_conditioned
def try_conditioned(x, labels, classes):
    """Return the slopes in x of a weighted sum of the result, or a sentence."""
    x = torch.tensor(x, requires_grad=True)
    result = conditioned(x, torch.tensor(labels), classes)
    if not torch.is_tensor(result) or not result.requires_grad:
        return "no slope leads back to x"
    wave = torch.cos(torch.arange(1.0, result.numel() + 1, dtype=x.dtype)).reshape(result.shape)
    return torch.autograd.grad((wave * result).sum(), x)[0].numpy()


# %% hint conditioned [markdown]
# How do you get a row of zeros with a single one for each label, and how does it become a picture?

# %% hint conditioned [markdown]
# `nn.functional.one_hot(labels, classes)` has the shape (n, classes). Give it two more axes, expand
# it to h by w, and put it behind `x` with `torch.cat` along the axis of the channels.

# %% hint conditioned [markdown]
# maps ← one_hot(labels, classes)[:, :, None, None].expand(−1, −1, h, w); return cat([x, maps], 1)
# in the dtype of x


# %% solve conditioned
def conditioned(x, labels, classes):
    """Return x with one more channel for each class, ones for its label and zeros elsewhere.

    >>> conditioned(torch.zeros(2, 1, 8, 8), torch.tensor([3, 0]), 10).shape
    torch.Size([2, 11, 8, 8])
    """
    ### BEGIN SOLUTION
    maps = nn.functional.one_hot(labels, classes)[:, :, None, None].to(x)
    return torch.cat([x, maps.expand(-1, -1, *x.shape[2:])], dim=1)
    ### END SOLUTION


# %% check conditioned points=2
with check("conditioned") as probe:
    x = torch.arange(12.0).reshape(2, 1, 2, 3)
    labels = torch.tensor([2, 0])
    probe.call("two pictures, three classes", conditioned, x, labels, 3, same_dtype=True)
    noise = torch.tensor([0.5, -1.0, 2.0, 0.25]).reshape(2, 2, 1, 1)
    probe.call("noise of one pixel, four classes", conditioned, noise, torch.tensor([1, 1]), 4)
    probe.call("in float64", conditioned, x.double() / 3, labels, 3, same_dtype=True)
    probe.call("slopes in x", try_conditioned, np.ones((2, 1, 2, 3)), np.array([2, 0]), 3)
### BEGIN HIDDEN TESTS
with check.hidden("conditioned") as probe:
    generator = torch.Generator().manual_seed(1422)
    for n, channels, h, w, classes in ((5, 3, 4, 2, 6), (1, 1, 1, 1, 2), (4, 2, 3, 3, 10)):
        dtype = torch.float32 if n == 1 else torch.float64
        x = torch.randn(n, channels, h, w, generator=generator, dtype=dtype)
        labels = torch.randint(classes, (n,), generator=generator)
        right = torch.zeros(n, channels + classes, h, w, dtype=dtype)
        right[:, :channels] = x
        for i, label in enumerate(labels.tolist()):
            right[i, channels + label] = 1.0
        label = f"{n} pictures of {h} by {w}, {classes} classes"
        probe.call(label, conditioned, x, labels, classes, expected=right, same_dtype=True)
    right = np.cos(np.arange(1.0, 3 * 6 * 4 + 1)).reshape(3, 6, 2, 2)[:, :2]
    labels = np.array([0, 3, 1])
    probe.call("slopes", try_conditioned, np.zeros((3, 2, 2, 2)), labels, 4, expected=right)
### END HIDDEN TESTS


# %% mistake conditioned "the label as a number"
# You add one channel that holds the number of the label. A 9 is not nine times a 1: use one channel
# for each class.
def conditioned(x, labels, classes):
    maps = labels[:, None, None, None].to(x).expand(-1, 1, *x.shape[2:])
    return torch.cat([x, maps], dim=1)


# %% mistake conditioned "one pixel for the whole picture"
# Your channels for the classes have one pixel each. Before torch.cat they must be as high and wide
# as x: expand them to (n, classes, h, w).
def conditioned(x, labels, classes):
    maps = nn.functional.one_hot(labels, classes)[:, :, None, None].to(x)
    return torch.cat([x, maps], dim=1)


# %% mistake conditioned "the labels stand in front"
# Your channels for the classes come before those of x. The task has them behind.
def conditioned(x, labels, classes):
    maps = nn.functional.one_hot(labels, classes)[:, :, None, None].to(x)
    return torch.cat([maps.expand(-1, -1, *x.shape[2:]), x], dim=1)


# %% mistake conditioned "a single pixel of the channel is set"
# Only the first pixel of the label's channel is 1. A convolution elsewhere would not see it: fill
# the whole channel.
def conditioned(x, labels, classes):
    maps = torch.zeros(len(x), classes, *x.shape[2:])
    maps[torch.arange(len(x)), labels, 0, 0] = 1.0
    return torch.cat([x, maps], dim=1)


# %% mistake conditioned "all pictures get all labels"
# You set the channels of all labels in the batch for every picture: maps[:, labels] = 1. Picture i
# has only the channel labels[i].
def conditioned(x, labels, classes):
    maps = torch.zeros(len(x), classes, *x.shape[2:])
    maps[:, labels] = 1.0
    return torch.cat([x, maps], dim=1)


# %% mistake conditioned "one class too few"
# The label's number counts from 0: you set the channel before it.
def conditioned(x, labels, classes):
    maps = nn.functional.one_hot((labels - 1) % classes, classes)[:, :, None, None].to(x)
    return torch.cat([x, maps.expand(-1, -1, *x.shape[2:])], dim=1)


# %% mistake conditioned "x is cut from the graph"
# No slope leads from your result back to x: detach() or no_grad cuts the graph, and the generator
# could not learn through it. Put x itself into torch.cat.
def conditioned(x, labels, classes):
    maps = nn.functional.one_hot(labels, classes)[:, :, None, None].to(x)
    return torch.cat([x.detach(), maps.expand(-1, -1, *x.shape[2:])], dim=1)


# %% mistake conditioned "a detour through NumPy"
# You turn x into an array. That cannot be done with a tensor whose slopes are asked for, and
# detach() would cut them off. Stay with tensors: torch.cat.
def conditioned(x, labels, classes):
    maps = np.zeros((len(x), classes, *x.shape[2:]))
    maps[np.arange(len(x)), labels.numpy()] = 1
    return torch.tensor(np.concatenate([x.numpy(), maps], axis=1), dtype=x.dtype)


# %% alternative conditioned
def conditioned(x, labels, classes):
    n, _, h, w = x.shape
    maps = torch.zeros(n, classes, h, w, dtype=x.dtype, device=x.device)
    maps[torch.arange(n), labels] = 1
    return torch.cat([x, maps], dim=1)


# %% alternative conditioned
def conditioned(x, labels, classes):
    n, channels, h, w = x.shape
    result = x.new_zeros(n, channels + classes, h, w)
    result[:, :channels] = x
    for i in range(n):
        result[i, channels + labels[i]] = 1
    return result


# %% alternative conditioned
def conditioned(x, labels, classes):
    maps = torch.eye(classes)[labels].to(x)[..., None, None] * torch.ones_like(x[:, :1])
    return torch.cat((x, maps), 1)


# %% alternative conditioned
def conditioned(x, labels, classes):
    same = labels[:, None] == torch.arange(classes, device=labels.device)
    return torch.hstack([x, same[:, :, None, None].repeat(1, 1, x.shape[2], x.shape[3])])


# %% [markdown]
# Nothing else changes. The networks are the same with ten more channels at the entrance, and so are
# your steps.


# %%
class Labelled(nn.Module):
    """A network that is given the labels of its inputs as more channels."""

    def __init__(self, network):
        super().__init__()
        self.network, self.labels = network, None

    def forward(self, x):
        labels = self.labels.repeat(len(x) // len(self.labels))
        return self.network(conditioned(x, labels, 10))


@cache
def digits_on_demand(epochs=40):
    """Return a trained generator whose labels say which digits it makes."""
    training.seed(1)
    width = 24 if training.device().type == "cpu" else 64
    G = Labelled(dc_generator(NOISE + 10, width)).to(training.device())
    D = Labelled(dc_discriminator(1 + 10, width)).to(training.device())
    g_optimizer, d_optimizer = adam(G, 1e-3), adam(D, 1e-3)

    def step(batch):
        x, G.labels = batch
        D.labels = G.labels
        d_loss = discriminator_step(G, D, d_optimizer, 2 * x - 1, noise_for(len(x)))
        g_loss = generator_step(G, D, g_optimizer, noise_for(len(x)))
        return {"discriminator": d_loss, "generator": g_loss}

    training.loop(
        step, (digits.x_train, digits.y_train), epochs, batch_size=64, description="on demand"
    )
    return G


@cache
def ordered_digits():
    """Return a thousand pictures of the digits 0 to 9 in turn."""
    G = digits_on_demand()
    training.seed(3)
    G.labels = WANTED.to(training.device())
    return pictures_of(G, SAMPLES)


WANTED = torch.arange(SAMPLES) % 10
plots.show(
    plots.images(ordered_digits()[:40], columns=10),
    "Forty pictures in four rows. The columns are zeros, ones, twos and so on to nines, and nearly "
    "all can be read as the digit of their column.",
)

# %% [markdown]
# *Figure 13. Ordered: in each row the digits from 0 to 9.*

# %%
P = read(ordered_digits())
share, classes = report(P, 0.9, 10)
right = float(np.mean(P.argmax(axis=1) == WANTED.numpy()))
print("at least 80 % are recognised:", share >= 0.8)
print("at least 85 % are read as the digit that was ordered:", right >= 0.85)
print("classes covered:", classes)
print("the score is at least 8:", reader_score(P) >= 8)
matrix = plots.confusion_matrix(WANTED, P.argmax(axis=1), digits.class_names)
matrix.set_title(f"recognised: {share:.0%}, score {reader_score(P):.1f}")
matrix.set(xlabel="digit that is read", ylabel="digit that was ordered")
plots.show(
    matrix,
    "Confusion matrix of the digits that were ordered, in rows, and of what the reader takes them "
    "for, in columns. Nearly all counts are on the diagonal.",
)

# %% [markdown]
# *Figure 14. Ordered (rows) and read (columns).*
#
# Compare share and score with Figure 11: the label helps the quality, too. Each class is an easier
# distribution than all ten together, and no digit can be left out: it is ordered.
#
# What is in the noise, when the label says which digit it is? Choose a digit and walk in a straight
# line from one noise to another.


# %%
def draw_walk(figure, digit=3, walk=0.0):
    G, generator = digits_on_demand(), torch.Generator().manual_seed(0)
    start, end = torch.randn(2, 8, NOISE, 1, 1, generator=generator)
    G.labels = torch.full((8,), digit, device=training.device())
    G.eval()
    with torch.no_grad():
        z = (1 - walk) * start + walk * end
        z = z / z.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1) * NOISE**0.5  # a usual length
        made = G(z.to(training.device())).cpu()
    for ax, picture in zip(figure.subplots(1, 8), made, strict=True):
        ax.imshow(picture[0], cmap="gray_r", vmin=-1, vmax=1)
        ax.axis("off")


explore.live(
    draw_walk,
    title="One digit, many hands",
    description="Eight pictures of the chosen digit. Along the walk each changes its shape slowly, "
    "and most stay the same digit.",
    figure_size=(7.0, 1.4),
    digit=list(range(10)),
    walk=(0.0, 1.0, 0.05),
)

# %% [markdown]
# *Figure 15. Eight walks through the noise. In most the digit stays, and the slant, the width and
# the stroke change: the noise has become the handwriting.*
#
# ## Summary
#
# **What you built.** The game and its value. The best discriminator, derived and climbed to. The
# distance that the generator minimises against it, checked on a thousand distributions. Losses that
# teach at the beginning. Two steps in which one side is frozen, proven bit for bit, and Algorithm 1
# around them. A density learnt from samples alone; a collapse, and a cure. A convolutional
# generator of digits, one that takes orders, and measures for both.
#
# **Where it breaks.**
# - *No best discriminator.* Equation (9) holds for the best one; training has one that runs behind.
#   Two networks that chase one another need not settle.
# - *Nothing in common.* If real and forged samples hardly overlap, (9) is flat at 0. Other
#   distances (Wasserstein's) and penalties are made for that.
# - *Mode collapse.* Always count the modes, or the classes.
# - *No likelihood.* A GAN gives samples and no probability $q(x)$ of a given picture. The models of
#   chapter 13 give one, and those of chapter 12 a bound.
# - *Measures.* A score from a reader can be fooled. Report more than one, and look at the samples.
#
# **What to read.**
# - Goodfellow and others (2014), *Generative adversarial nets*: the game, (9), Algorithm 1.
# - Mirza and Osindero (2014), *Conditional generative adversarial nets*.
# - Radford, Metz and Chintala (2016), *Unsupervised representation learning with deep convolutional
#   generative adversarial networks*: DCGAN.
# - Salimans and others (2016), *Improved techniques for training GANs*: the score (13), and
#   remedies for collapse.
# - Arjovsky and Bottou (2017), *Towards principled methods for training generative adversarial
#   networks*: what goes wrong when nothing overlaps; Arjovsky, Chintala and Bottou (2017),
#   *Wasserstein GAN*, another distance.
# - Karras, Aila, Laine and Lehtinen (2018), *Progressive growing of GANs for improved quality,
#   stability, and variation*: the spread (12).
# - Heusel and others (2017), *GANs trained by a two time-scale update rule*: the Fréchet distance,
#   the measure in use today.
#
# **What comes next.** Chapter 15 has a generator that needs no opponent: a machine whose samples
# are states of low energy.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 14.3, 14.9, 14.21 are not in it: a person reads them.

# %%
check.summary()
