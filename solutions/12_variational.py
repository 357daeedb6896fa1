# %% [markdown]
# # 12. Variational autoencoders
#
# After this chapter you can build a network that invents pictures: digits that nobody wrote and
# clothes that nobody sewed. You measure how far two distributions are apart, by hand and in code.
# You derive the loss of the variational autoencoder line by line, and each line is a small check.
# You find out how a gradient passes through a random number, and by how much the good way beats
# the obvious one. At the end you walk through the plane of codes and watch what the decoder draws.
#
# | | |
# |---|---|
# | **Time** | about 300 minutes; after parts A to C, half of it, is a good place to sleep |
# | **Points** | 43, of which 12 are for derivations and reasons that a person reads |
# | **Builds on** | chapter 1: gradients and back-propagation; the logistic function of chapter 2 |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. Three hints are folded under each task; open them one at a
# time. Cells that a check relies on are locked; functions there whose names begin with `try_`
# belong to the checks, and you need not read them. Write with torch where the arguments are tensors,
# else with NumPy. Numbers of information are in **nats** everywhere: logarithms are natural.
#
# **The parts.** A: why a plain autoencoder cannot invent. B: the distance between two
# distributions. C: the bound, line by line. D: Gaussians. E: a gradient through a random number.
# F: a variational autoencoder of digits. G: clothes, and how to trade one term for the other.

# %% given setup
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import Checks, data, explore, plots, training

torch.set_num_threads(1)  # one step is too small to be shared out among cores
check = Checks("12_variational")
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# %% [markdown]
# ## A. A decoder asked about nothing
#
# An **autoencoder** (chapter 11) is a pair of networks. The **encoder** turns a picture into a few
# numbers, its **code** $z$. The **decoder** turns a code back into a picture. Both are trained
# together, so that what comes out resembles what went in. The decoder has then seen everything that
# is needed to draw digits. So why not throw the encoder away, choose a code at random and let the
# decoder draw?
#
# Try it. Here is an autoencoder with codes of two numbers, so that we can look at all of them. It
# trains for a few seconds, on 1,437 digits of 8 by 8 pixels.


# %%
def two_networks(pixels, hidden, codes, latent):
    """Return an encoder that makes `codes` numbers and a decoder that takes `latent` of them."""
    nn = torch.nn
    encoder = nn.Sequential(
        nn.Flatten(), nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, codes)
    )
    decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
    return nn.ModuleList([encoder, decoder]).to(training.device())


# %%
@cache
def plain_autoencoder():
    training.seed(0)
    encoder, decoder = both = two_networks(64, 128, codes=2, latent=2)
    optimizer = torch.optim.Adam(both.parameters(), 3e-3)

    def step(x):
        logits = decoder(encoder(x))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x.flatten(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    training.loop(step, data.digits().x_train, epochs=30, batch_size=64)
    return encoder, decoder


# %% [markdown]
# (The decoder's last layer has no activation. Its outputs are **logits**: the logistic function
# makes them pixels between 0 and 1, and the loss does that by itself.) Now look for places halfway
# between two digits where no digit lives, and let the decoder draw there.


# %%
def farthest(codes, count):
    """Return points halfway between two codes, as far as possible from all codes and each other."""
    rng = np.random.default_rng(0)
    tried, points = codes[rng.integers(len(codes), size=(2, 3000))].mean(axis=0), []
    for _ in range(count):
        others = np.concatenate([codes, *points])
        gaps = np.linalg.norm(tried[:, None] - others, axis=2).min(axis=1)
        points.append(tried[[gaps.argmax()]])
    return np.concatenate(points)


# %%
encoder, decoder = plain_autoencoder()
digits = data.digits()
with torch.no_grad():
    plain_codes = encoder(digits.x_test.to(training.device())).cpu().numpy()
    places = farthest(plain_codes, 8)
    at_places = torch.tensor(places, dtype=torch.float32, device=training.device())
    drawn = torch.sigmoid(decoder(at_places)).cpu()


# %%
def draw_plain():
    figure, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    plots.latent_space(plain_codes, digits.y_test, ax=ax)
    for letter, (x, y) in zip("abcdefgh", places, strict=True):
        box = {"boxstyle": "circle", "fc": "white", "ec": "black"}
        ax.annotate(letter, (x, y), ha="center", va="center", bbox=box)
    return figure


plots.show(
    draw_plain(),
    "Codes of the test digits in the plane. Most classes have a region of their own size and shape, "
    "some lie on top of one another, and there are empty places. Eight are marked a to h.",
)
plots.show(
    plots.images(drawn, titles=list("abcdefgh")),
    "What the decoder draws at the eight empty places: some could pass for a digit, others are halfway "
    "from one digit to another.",
)

# %% [markdown]
# *Figure 1. Above: codes of test digits, and eight places where nobody lives. Below: what the
# decoder draws there.*
#
# Some could pass for a digit. Others are halfway from one digit to another, half a 1 and half a 6,
# or a 0 with the crossbar of a 4, and nobody would write them. The loss has never asked the decoder
# about these places. Three things are missing:
#
# 1. **A rule where to draw from.** How far does the inhabited land reach? Look at the scales of the
#    axes: nothing told the encoder to stay near 0.
# 2. **No holes.** Neighbouring codes should give similar pictures, and every code should give one.
# 3. **A loss that says so**: one number that is low only if 1 and 2 hold and the pictures are good.
#
# The **variational autoencoder** (Kingma and Welling, 2014) changes two things. Its encoder does
# not answer with a point but with a small cloud, a normal distribution, and the decoder must cope
# with any point of the cloud. And a price is put on clouds that differ from one fixed cloud around
# 0, from which we shall draw later. The price is a distance between distributions. With it we
# begin.
#
# ## B. How far apart are two distributions?
#
# ### B.1 The Kullback–Leibler divergence
#
# A die has been tampered with. You believe in the probabilities $Q$, the truth is $P$. You see an
# outcome $x$. How strongly does it speak for $P$ and against $Q$? The usual measure is the
# logarithm of the ratio, $\log \frac{P(x)}{Q(x)}$: zero if both say the same, positive if $P$ saw
# it coming. On average over what really happens, over $P$, this is the **Kullback–Leibler
# divergence**:
#
# $$
# \mathrm{KL}(P \,\|\, Q) = \sum_x P(x)\, \log \frac{P(x)}{Q(x)}
# \tag{1}
# $$
#
# **Worked example.** A coin with $P = (\tfrac12, \tfrac12)$, and the belief $Q = (\tfrac14,
# \tfrac34)$:
#
# $$
# \mathrm{KL}(P \,\|\, Q) = \tfrac12 \log \tfrac{1/2}{1/4} + \tfrac12 \log \tfrac{1/2}{3/4}
# = \tfrac12 \cdot 0.6931 + \tfrac12 \cdot (-0.4055) = 0.1438 \text{ nats}
# $$
#
# The second term is negative: tails speak for $Q$. The sum is not. With the roles exchanged:
#
# $$
# \mathrm{KL}(Q \,\|\, P) = \tfrac14 \log \tfrac{1/4}{1/2} + \tfrac34 \log \tfrac{3/4}{1/2}
# = -0.1733 + 0.3041 = 0.1308 \text{ nats}
# $$
#
# The two differ. So this is no distance as between two towns, and it is called a divergence.
#
# ### Exercise 12.1: by hand
#
# Three outcomes: $P = (0.36,\, 0.48,\, 0.16)$, and $Q = (\tfrac13, \tfrac13, \tfrac13)$. Work with
# a pocket calculator, with natural logarithms, and write down each term. Give four decimals.
#
# - `last_term`: the term of the third outcome in $\mathrm{KL}(P \,\|\, Q)$
# - `kl_pq`: $\mathrm{KL}(P \,\|\, Q)$
# - `kl_qp`: $\mathrm{KL}(Q \,\|\, P)$

# %% hint by_hand [markdown]
# Which of the three ratios P(x) / Q(x) are larger than 1? Which terms are therefore positive?

# %% hint by_hand [markdown]
# Dividing by a third is multiplying by three: the ratios are 3 · 0.36, 3 · 0.48 and 3 · 0.16. For
# the other direction turn the ratios over, and weight with a third each.

# %% hint by_hand [markdown]
# kl_pq = 0.36 · ln(1.08) + 0.48 · ln(1.44) + last_term; kl_qp = −(ln(1.08) + ln(1.44) + ln(0.48)) /
# 3

# %% solve by_hand
# Set last_term, kl_pq and kl_qp.
### BEGIN SOLUTION
last_term = 0.16 * np.log(0.16 * 3)
kl_pq = 0.36 * np.log(0.36 * 3) + 0.48 * np.log(0.48 * 3) + last_term
kl_qp = -(np.log(0.36 * 3) + np.log(0.48 * 3) + np.log(0.16 * 3)) / 3
### END SOLUTION

# %% check by_hand points=2
with check("by_hand") as probe:
    probe.number("the third term of KL(P‖Q)", last_term, decimals=4)
    probe.number("KL(P‖Q)", kl_pq, decimals=4)
    probe.number("KL(Q‖P)", kl_qp, decimals=4)

# %% mistake by_hand "logarithms to base 10"
# Your logarithms have base 10. Nats come from the natural logarithm, the key ln.
last_term, kl_pq, kl_qp = -0.0510, 0.0370, 0.0423

# %% mistake by_hand "logarithms to base 2"
# Your logarithms have base 2: these are bits. Nats come from the natural logarithm, the key ln.
last_term, kl_pq, kl_qp = -0.1694, 0.1231, 0.1406

# %% mistake by_hand "the sign of a term is lost in the sum"
# Your sum takes the terms without their signs. A negative term makes it smaller.
last_term, kl_pq, kl_qp = -0.1174, 0.3202, 0.3919

# %% mistake by_hand "the ratio upside down"
# Your ratio is upside down. In equation (1) the distribution that weights stands on top: where it is
# the smaller one, the logarithm is negative.
last_term, kl_pq, kl_qp = 0.1174, -0.0853, -0.0975

# %% mistake by_hand "the term is not weighted"
# Your logarithms are not weighted. Each is multiplied by the probability in front of it: P(x) in the
# one divergence, Q(x) in the other.
last_term, kl_pq, kl_qp = -0.7340, -0.2924, 0.2924

# %% mistake by_hand "a third is rounded to 0.33"
# Your Q is 0.33 three times, which is not 1 together. Use one third: divide by 3 at the end.
last_term, kl_pq, kl_qp = -0.1158, 0.0953, 0.0865

# %% mistake by_hand "the two directions are exchanged"
# Your two divergences are exchanged: in KL(P‖Q) the weights in front are P's.
last_term, kl_pq, kl_qp = -0.1174, 0.0975, 0.0853

# %% [markdown]
# ### B.2 In code, with zeros
#
# What if a probability is 0? An outcome with $P(x) = 0$ never happens and adds nothing, whatever
# $Q$ says: as $t \to 0$, $t \log t \to 0$. But an outcome that happens and that $Q$ declares
# impossible, $P(x) > 0$ and $Q(x) = 0$, makes the divergence infinite: after one look you know for
# certain that $Q$ is wrong.
#
# ### Exercise 12.2: the divergence
#
# Write `kl(P, Q)`: equation (1) in nats for two arrays of shape (k,), each of which sums to 1.
# Terms with $P(x) = 0$ count 0, also where $Q(x) = 0$; the result is `np.inf` where some $P(x) > 0$
# has $Q(x) = 0$.

# %% hint kl [markdown]
# What does NumPy make of `0 * np.log(0)`? Which outcomes need not be looked at?

# %% hint kl [markdown]
# Keep only the outcomes with P > 0, in both arrays. Then sum P times the logarithm of the ratio. A
# division by 0 is then right: NumPy makes it infinite (and warns, which you may ignore).

# %% hint kl [markdown]
# seen ← P > 0; return sum(P[seen] · log(P[seen] / Q[seen]))


# %% solve kl
def kl(P, Q):
    """Return KL(P‖Q) in nats, equation (1), for two distributions of shape (k,).

    >>> float(round(kl(np.array([0.5, 0.5]), np.array([0.25, 0.75])), 4))
    0.1438
    """
    ### BEGIN SOLUTION
    seen = P > 0
    with np.errstate(divide="ignore"):
        return np.sum(P[seen] * np.log(P[seen] / Q[seen]))
    ### END SOLUTION


# %% given size_of
def size_of(value):
    """Return the size of a divergence in words, whatever small number stands in for a zero."""
    value = float(value)
    if not np.isfinite(value) or value > 1e6:
        return "huge, but finite" if np.isfinite(value) else str(value)
    return "large, but finite" if value > 0.5 else "small"


# %% check kl points=2
with check("kl") as probe:
    coin, belief = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    probe.call("the worked example", kl, coin, belief)
    probe.call("the worked example, roles exchanged", kl, belief, coin)
    probe.call("P = Q", kl, belief, belief.copy())
    P, Q = np.array([0.1, 0.6, 0.3]), np.array([0.5, 0.3, 0.2])
    probe.call("three outcomes", kl, P, Q)
    probe.call("P(x) = 0 at one outcome", kl, np.array([0.0, 0.4, 0.6]), Q)
    impossible = kl(P, np.array([0.0, 0.4, 0.6]))
    probe.values("Q(x) = 0 where P(x) > 0: the value is", size_of(impossible))
    probe.call("both 0 at one outcome", kl, np.array([0, 0.5, 0.5]), np.array([0, 0.1, 0.9]))
### BEGIN HIDDEN TESTS
with check.hidden("kl") as probe:
    rng = np.random.default_rng(122)
    for k in (2, 5, 40, 1000):
        P, Q = rng.dirichlet(np.full(k, 0.5), size=2)
        P[rng.random(k) < 0.3] = 0
        P[0] = 0.2
        P /= P.sum()
        T, U = torch.tensor(P), torch.tensor(Q)
        right = (torch.xlogy(T, T) - torch.xlogy(T, U)).sum().item()
        probe.call(f"{k} outcomes, some with P(x) = 0", kl, P, Q, expected=right)
    probe.call("certain and impossible", kl, np.array([1.0, 0]), np.array([0, 1.0]), expected=np.inf)
    probe.call("one outcome", kl, np.array([1.0]), np.array([1.0]), expected=0.0)
### END HIDDEN TESTS


# %% mistake kl "P and Q are exchanged"
# Your value is the divergence in the other direction. The weights in front are P's, and P stands on
# top in the ratio.
def kl(P, Q):
    seen = Q > 0
    return np.sum(Q[seen] * np.log(Q[seen] / P[seen]))


# %% mistake kl "the ratio is upside down"
# Your value has the wrong sign: P stands on top in the ratio. A divergence is never negative.
def kl(P, Q):
    seen = P > 0
    return np.sum(P[seen] * np.log(Q[seen] / P[seen]))


# %% mistake kl "zeros are not treated"
# Your function gives nan where P(x) = 0: NumPy's 0 * log(0) is not a number. Leave these outcomes
# out.
def kl(P, Q):
    return np.sum(P * np.log(P / Q))


# %% mistake kl "a small number is added"
# Your function adds a small number to the probabilities, so that an impossible outcome costs a few
# nats in place of infinitely many. Leave out the outcomes with P(x) = 0; the others need no
# addition.
def kl(P, Q):
    return np.sum(P * np.log((P + 1e-10) / (Q + 1e-10)))


# %% mistake kl "infinity is turned into a number"
# Your value is a huge number where it should be infinite: np.nan_to_num replaces infinity too. Leave
# out the outcomes with P(x) = 0, and let the others be.
def kl(P, Q):
    return np.nan_to_num(P * np.log(P / Q)).sum()


# %% mistake kl "impossible outcomes are left out"
# Your function leaves out the outcomes with Q(x) = 0. Where P(x) > 0 they make the divergence
# infinite.
def kl(P, Q):
    seen = (P > 0) & (Q > 0)
    return np.sum(P[seen] * np.log(P[seen] / Q[seen]))


# %% mistake kl "logarithms to base 2"
# Your value is in bits: the logarithm has base 2. Nats come from np.log.
def kl(P, Q):
    seen = P > 0
    return np.sum(P[seen] * np.log2(P[seen] / Q[seen]))


# %% mistake kl "logarithms to base 10"
# Your logarithm has base 10. Nats come from np.log.
def kl(P, Q):
    seen = P > 0
    return np.sum(P[seen] * np.log10(P[seen] / Q[seen]))


# %% mistake kl "the cross-entropy"
# Your value is the cross-entropy, - sum of P log Q. The divergence is smaller by the entropy of P:
# P = Q must give 0.
def kl(P, Q):
    seen = P > 0
    return -np.sum(P[seen] * np.log(Q[seen]))


# %% mistake kl "the logarithms are not weighted"
# Your value is the plain sum of the logarithms. Each is weighted with P(x).
def kl(P, Q):
    seen = P > 0
    return np.sum(np.log(P[seen] / Q[seen]))


# %% mistake kl "the mean in place of the sum"
# Your value is a mean over the outcomes. Equation (1) is a sum: the weights P(x) make it a mean
# already.
def kl(P, Q):
    seen = P > 0
    return np.mean(P[seen] * np.log(P[seen] / Q[seen]))


# %% alternative kl
def kl(P, Q):
    total = 0.0
    for p, q in zip(P, Q, strict=True):
        if p > 0:
            total += p * (np.log(p) - np.log(q)) if q > 0 else np.inf
    return total


# %% alternative kl
def kl(P, Q):
    P, Q = torch.as_tensor(P), torch.as_tensor(Q)
    return (torch.special.xlogy(P, P) - torch.special.xlogy(P, Q)).sum()


# %% alternative kl
def kl(P, Q):
    if np.any((P > 0) & (Q == 0)):
        return float("inf")
    return float(np.where(P > 0, P * np.log(np.where(P > 0, P / np.where(Q > 0, Q, 1), 1)), 0).sum())


# %% [markdown]
# > **A common error.** For the very $P$ and $Q$ of Exercise 12.1 one finds printed:
# >
# > $$ 0.36 \log \tfrac{0.36}{0.33} + 0.48 \log \tfrac{0.48}{0.33} + 0.16 \log \tfrac{0.16}{0.33} = 0.0414 $$
# >
# > $$ 0.33 \log \tfrac{0.33}{0.36} + 0.33 \log \tfrac{0.33}{0.48} + 0.33 \log \tfrac{0.33}{0.16} = 0.0375 $$
# >
# > for $\mathrm{KL}(P \,\|\, Q)$ and for $\mathrm{KL}(Q \,\|\, P)$.
# >
# > You found other numbers, and in yours the second one is the larger. What went wrong?
#
# ### Exercise 12.3: the printed numbers
#
# Find out by computing how the printed numbers came about; there are two causes. Set
#
# - `base`: the base of the logarithm that was used
# - `mass`: the sum of the three printed probabilities of $Q$
# - `printed_pq`, `printed_qp`: the two sums, computed as they were printed, to five decimals. (The
#   last digit of one of the printed numbers was cut off, not rounded.)
# - `excess`: by how many nats is $\mathrm{KL}(P\|Q)$ too large if only $Q$ is rounded to 0.33, and
#   the logarithm is natural? Three decimals.
# - `harmful`: what can make such a "divergence" negative, for some $P$ and $Q$? `'a'` the base of
#   the logarithm alone, `'b'` a rounding of Q alone, up or down, `'c'` each of the two alone, `'d'`
#   only both together

# %% hint printed [markdown]
# Your calculator has two keys for logarithms. What does each of them make of the printed formula?

# %% hint printed [markdown]
# log to base b is ln divided by ln b: it changes all terms by the same positive factor. What
# happens to (1) if Q is multiplied by a number c in all places? Take the factor out of the
# logarithm.

# %% hint printed [markdown]
# printed_pq = sum of P · log10(P / 0.33); printed_qp = sum of 0.33 · log10(0.33 / P); excess = sum
# of P · ln(P / 0.33) less kl_pq. For the last one: try Q = 0.35 three times, and P a third each.

# %% solve printed
# Set base, mass, printed_pq, printed_qp, excess and harmful.
### BEGIN SOLUTION
P = np.array([0.36, 0.48, 0.16])
base = 10
mass = 3 * 0.33
printed_pq = np.sum(P * np.log10(P / 0.33))
printed_qp = np.sum(0.33 * np.log10(0.33 / P))
excess = -np.log(mass)
harmful = "b"
### END SOLUTION

# %% check printed points=2
with check("printed") as probe:
    probe.number("the base of the logarithm", base, decimals=3)
    probe.number("the sum of the printed Q", mass, decimals=3)
    probe.number("KL(P‖Q) as printed", printed_pq, decimals=5)
    probe.number("KL(Q‖P) as printed", printed_qp, decimals=5)
    probe.number("the excess through rounding, in nats", excess, decimals=3)
    probe.choice("the harmful one", harmful)

# %% mistake printed "natural logarithms"
# Your base gives 0.0953 for the first number, not 0.0414. Try the other logarithm.
base, mass, printed_pq, printed_qp, excess, harmful = 2.71828, 0.99, 0.09535, 0.08653, 0.0100503, "b"

# %% mistake printed "bits"
# Your base gives 0.1376 for the first number, not 0.0414. Try another one.
base, mass, printed_pq, printed_qp, excess, harmful = 2, 0.99, 0.13756, 0.12484, 0.0100503, "b"

# %% mistake printed "the sum that Q should have"
# Your mass is what Q should sum to. Add up what is printed: three times 0.33.
base, mass, printed_pq, printed_qp, excess, harmful = 10, 1.0, 0.04141, 0.03758, 0.0100503, "b"

# %% mistake printed "Q is not rounded"
# Your printed_pq uses a third. What was printed used 0.33.
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.03705, 0.04232, 0.0100503, "b"

# %% mistake printed "copied, not computed"
# Your printed_qp is what stands in the box, a digit of which was cut off. Compute it: five decimals.
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.04141, 0.0375, 0.0100503, "b"

# %% mistake printed "four decimals"
# Your sum has four decimals. Five are due; you may leave the rounding to the check.
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.0414, 0.0376, 0.0100503, "b"

# %% mistake printed "the two sums are exchanged"
# Your two sums are exchanged. printed_pq is the one whose weights are those of P.
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.03758, 0.04141, 0.0100503, "b"

# %% mistake printed "the excess to base 10"
# Your excess is in units of base 10. In nats, with natural logarithms, it is larger by ln(10).
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.04141, 0.03758, 0.00436, "b"

# %% mistake printed "the excess has the wrong sign"
# Your excess is negative. A smaller Q makes every ratio P/Q larger.
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.04141, 0.03758, -0.0100503, "b"

# %% mistake printed "the base is blamed"
# Another base multiplies all terms by the same positive number. Can that change a sign?
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.04141, 0.03758, 0.0100503, "a"

# %% mistake printed "both are blamed"
# Another base multiplies all terms by the same positive number. Can that change a sign?
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.04141, 0.03758, 0.0100503, "c"

# %% mistake printed "only both together"
# Try Q = 0.35 three times with P a third each, and natural logarithms: is one cause enough?
base, mass, printed_pq, printed_qp, excess, harmful = 10, 0.99, 0.04141, 0.03758, 0.0100503, "d"

# %% [markdown]
# Give a reason for your letter: what does each of the two causes do to the value of (1), for any
# $P$ and $Q$? And why does the wrong computation even exchange which direction is the larger?

# %% answer printed [markdown] points=2
# *Your reason:*
#
# <!-- BEGIN SOLUTION -->
# **Model answer.** Logarithms to base 10 are natural ones divided by $\ln 10 = 2.303$. All terms,
# and the whole divergence, are multiplied by the same positive number: another unit, but the same
# order and the same sign. A $Q$ that is multiplied by $c$ (here 0.99) changes the sum by $-\sum P
# \log c = -\log c$, here $+0.01005$ nats for $\mathrm{KL}(P\|Q)$. With $c > 1$ this is negative,
# and for $P = Q$, where the true value is 0, the "divergence" is negative: the rounding is harmful.
# In the other direction $\mathrm{KL}(cQ\|P) = c\,\mathrm{KL}(Q\|P) + c \log c$, here smaller by
# $0.0109$. One goes up, the other down, and since they are only $0.0122$ apart they change places.
#
# **Rubric.**
# - 1 point: the base is a positive common factor, so it changes neither sign nor order; a $Q$ that
#   does not sum to 1 adds $-\log c$, which can be negative (an example with numbers is enough).
# - 1 point: the rounding raises one direction and lowers the other by more than their difference
#   together.
# <!-- END SOLUTION -->

# %% [markdown]
# ### B.3 Never negative
#
# The number that we shall minimise later is useful because it has a floor. Here is the floor, and
# it is worth a proof, for the whole chapter stands on it.
#
# ### Exercise 12.4: why a divergence is never negative
#
# Prove on paper, for distributions $P$ and $Q$ on $k$ outcomes with $P(x) > 0$ and $Q(x) > 0$:
#
# $$
# \mathrm{KL}(P \,\|\, Q) \ge 0, \qquad \text{with equality only for } P = Q
# \tag{2}
# $$
#
# You may use that $\log t \le t - 1$ for all $t > 0$, with equality only at $t = 1$: the line is
# the tangent of the logarithm at 1. Say where your proof needs that $P$ and $Q$ sum to 1.

# %% hint gibbs [markdown]
# The inequality bounds a logarithm from above. Which sign does the logarithm need, so that you
# bound the divergence from below?

# %% hint gibbs [markdown]
# Write −KL as a sum of P(x) log(Q(x) / P(x)), and put t = Q(x) / P(x) into the inequality, in every
# term.

# %% hint gibbs [markdown]
# −KL(P‖Q) ≤ sum of P(x) · (Q(x) / P(x) − 1) = (sum of Q) − (sum of P). When is every single ≤ an
# equality?

# %% answer gibbs [markdown] points=3
# *Your proof:*
#
# <!-- BEGIN SOLUTION -->
# **Model answer.**
#
# $$ -\mathrm{KL}(P\|Q) = \sum_x P(x) \log \frac{Q(x)}{P(x)} \le \sum_x P(x) \Big( \frac{Q(x)}{P(x)} -
# 1 \Big) = \sum_x Q(x) - \sum_x P(x) = 1 - 1 = 0 $$
#
# The inequality was used with $t = Q(x)/P(x)$ in each term; multiplying by $P(x) > 0$ keeps its
# direction. That both sum to 1 is needed in the last step. If the sum is 0, then no term lost
# anything: $t = 1$ in every term, that is $Q(x) = P(x)$ for all $x$. (A proof with Jensen's
# inequality for the concave logarithm is as good.)
#
# **Rubric.**
# - 1 point: the sign is turned, or the ratio, so that the inequality bounds in the right direction.
# - 1 point: the sum is carried out and the normalisation is named where it is needed.
# - 1 point: equality only for $P = Q$, from equality in each term (all have positive weight).
# <!-- END SOLUTION -->

# %% [markdown]
# ### B.4 Which direction?
#
# A model $q$ has to stand in for a truth $p$ that it cannot copy. Take a $p$ with two humps, and
# for $q$ a bell with a mean and a width that we may choose. Does it matter which of the two
# directions we make small? Move the sliders until the first number is as small as you can get it;
# note the bell. Then do the same for the second.


# %% given bells
z_axis = np.linspace(-6, 6, 241)


def bell(mean, width):
    """Return a normal distribution on z_axis, as 241 probabilities that sum to 1."""
    heights = np.exp(-0.5 * ((z_axis - mean) / width) ** 2)
    return heights / heights.sum()


two_humps = 0.4 * bell(-2.0, 0.7) + 0.6 * bell(1.5, 0.6)
means, widths = np.linspace(-4, 4, 81), np.linspace(0.3, 3, 28)


# %%
def draw_fit(figure, mean=0.0, width=1.0):
    q = bell(mean, width)
    ax = figure.subplots()
    ax.plot(z_axis, two_humps, color="black", label="p, two humps")
    ax.plot(z_axis, q, color=BLUE, ls="--", label="q, a bell")
    ax.fill_between(z_axis, q, color=BLUE, alpha=0.15)
    ax.set(xlabel="z", ylabel="probability", ylim=(0, 0.07))
    ax.legend(loc="upper left", frameon=False)
    there, back = kl(two_humps, q), kl(q, two_humps)
    return f"KL(p‖q) = {there:.3f} nats, KL(q‖p) = {back:.3f} nats"


# %%
explore.live(
    draw_fit,
    title="One bell for two humps",
    description="A distribution with two humps, and a bell whose mean and width the sliders set. The "
    "line below tells the divergence in both directions.",
    mean=(-4.0, 4.0, 0.1),
    width=(0.3, 3.0, 0.1),
)

# %% [markdown]
# *Figure 2. A truth with two humps, black, and a bell that has to stand in for it, blue and
# dashed.*
#
# ### Exercise 12.5: two best bells
#
# Let the computer search: for every mean in `means` and every width in `widths` take
# `bell(mean, width)` and compute both divergences with your `kl`. Set
#
# - `mean_forward`, `width_forward`: the bell $q$ with the smallest $\mathrm{KL}(p\,\|\,q)$
# - `mean_reverse`, `width_reverse`: the bell $q$ with the smallest $\mathrm{KL}(q\,\|\,p)$
#
# Here $p$ is `two_humps`.

# %% hint two_fits [markdown]
# How many bells are there to try? Two loops, one inside the other, visit all of them.

# %% hint two_fits [markdown]
# Keep, for each direction, the smallest divergence so far and the mean and the width that gave it.
# `min` of tuples (divergence, mean, width) does this by itself.

# %% hint two_fits [markdown]
# tried ← all pairs (m, w); forward ← the pair with the least kl(two_humps, bell(m, w)); reverse ←
# the pair with the least kl(bell(m, w), two_humps)

# %% solve two_fits
# Set mean_forward, width_forward, mean_reverse and width_reverse.
### BEGIN SOLUTION
pairs = [(mean, width) for mean in means for width in widths]
mean_forward, width_forward = min(pairs, key=lambda pair: kl(two_humps, bell(*pair)))
mean_reverse, width_reverse = min(pairs, key=lambda pair: kl(bell(*pair), two_humps))
### END SOLUTION

# %% check two_fits points=2
with check("two_fits") as probe:
    probe.number("the mean for the smallest KL(p‖q)", mean_forward, decimals=2)
    probe.number("the width for the smallest KL(p‖q)", width_forward, decimals=2)
    probe.number("the mean for the smallest KL(q‖p)", mean_reverse, decimals=2)
    probe.number("the width for the smallest KL(q‖p)", width_reverse, decimals=2)

# %% mistake two_fits "the two directions are exchanged"
# Your mean_forward is the mean of the other direction: KL(p‖q) is kl(two_humps, bell(...)).
pairs = [(mean, width) for mean in means for width in widths]
mean_forward, width_forward = min(pairs, key=lambda pair: kl(bell(*pair), two_humps))
mean_reverse, width_reverse = min(pairs, key=lambda pair: kl(two_humps, bell(*pair)))

# %% mistake two_fits "the largest in place of the smallest"
# Your bell has the largest divergence. Look for the smallest.
pairs = [(mean, width) for mean in means for width in widths]
mean_forward, width_forward = max(pairs, key=lambda pair: kl(two_humps, bell(*pair)))
mean_reverse, width_reverse = max(pairs, key=lambda pair: kl(bell(*pair), two_humps))

# %% mistake two_fits "places in the list in place of values"
# Your mean_forward is a place in the list of means. Look up the mean that stands there.
F = np.array([[kl(two_humps, bell(m, w)) for w in widths] for m in means])
R = np.array([[kl(bell(m, w), two_humps) for w in widths] for m in means])
mean_forward, width_forward = np.unravel_index(F.argmin(), F.shape)
mean_reverse, width_reverse = np.unravel_index(R.argmin(), R.shape)

# %% mistake two_fits "the width stays 1"
# Your widths are 1: only the means were searched. Try every width with every mean.
mean_forward = min(means, key=lambda mean: kl(two_humps, bell(mean, 1.0)))
mean_reverse = min(means, key=lambda mean: kl(bell(mean, 1.0), two_humps))
width_forward = width_reverse = 1.0

# %% mistake two_fits "the moments of p in place of a bell of the grid"
# Your width is the standard deviation of p, which is near. Take the best one of the list widths.
pairs = [(mean, width) for mean in means for width in widths]
mean_forward = np.sum(two_humps * z_axis)
width_forward = np.sqrt(np.sum(two_humps * (z_axis - mean_forward) ** 2))
mean_reverse, width_reverse = min(pairs, key=lambda pair: kl(bell(*pair), two_humps))

# %% alternative two_fits
F = np.array([[kl(two_humps, bell(m, w)) for w in widths] for m in means])
R = np.array([[kl(bell(m, w), two_humps) for w in widths] for m in means])
i, j = np.unravel_index(F.argmin(), F.shape)
mean_forward, width_forward = means[i], widths[j]
i, j = np.unravel_index(R.argmin(), R.shape)
mean_reverse, width_reverse = means[i], widths[j]

# %% alternative two_fits
best = {"forward": (np.inf,), "reverse": (np.inf,)}
for m in means:
    for w in widths:
        best["forward"] = min(best["forward"], (kl(two_humps, bell(m, w)), m, w))
        best["reverse"] = min(best["reverse"], (kl(bell(m, w), two_humps), m, w))
(_, mean_forward, width_forward), (_, mean_reverse, width_reverse) = best.values()


# %%
def draw_fits():
    try:
        forward, reverse = bell(mean_forward, width_forward), bell(mean_reverse, width_reverse)
    except NameError:
        raise NotImplementedError("Exercise 12.5: set the four numbers first") from None
    figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    ax.plot(z_axis, two_humps, color="black", label="p")
    ax.plot(z_axis, forward, color=BLUE, ls="--", label="smallest KL(p‖q)")
    ax.plot(z_axis, reverse, color=VERMILLION, ls=":", lw=2.5, label="smallest KL(q‖p)")
    ax.set(xlabel="z", ylabel="probability")
    ax.legend(frameon=False)
    return figure


plots.show(
    draw_fits(),
    "The two humps and the two best bells. The bell with the smallest KL(p‖q) is wide and covers both "
    "humps, with its top between them. The one with the smallest KL(q‖p) sits on the larger hump.",
)

# %% [markdown]
# *Figure 3. The best bell depends on the direction.*
#
# $\mathrm{KL}(p\,\|\,q)$ averages over $p$: wherever $p$ puts weight, $q$ must not be near 0, and
# so the bell covers both humps and puts much of its weight between them, where $p$ has next to
# none. (The best one has the mean and the variance of $p$; that is a theorem.)
# $\mathrm{KL}(q\,\|\,p)$ averages over $q$: wherever $q$ puts weight, $p$ must not be near 0, and
# so the bell retires to one hump and forgets the other. One is **zero-avoiding**, the other
# **zero-forcing**. We shall meet the second kind: there we can draw from $q$ and not from $p$.
#
# ## C. The bound, line by line
#
# ### C.1 A story about how pictures come about
#
# Think of a picture $x$ as made in two steps. First something that nobody sees is drawn, a **latent
# variable** $z$, from a distribution $p(z)$, the **prior**: what kind of clothing, which size,
# which cut. Then the picture is drawn from $p(x \mid z)$, the **likelihood**, which a decoder will
# compute. We see only $x$, and ask two things:
#
# $$
# p(x) = \sum_z p(x \mid z)\, p(z), \qquad
# p(z \mid x) = \frac{p(x \mid z)\, p(z)}{p(x)}
# \tag{3}
# $$
#
# The **evidence** $p(x)$ says how well the model explains the picture: with better and better
# models $\log p(x)$, summed over the training pictures, grows. The **posterior** $p(z \mid x)$ says
# which $z$ may be behind the picture. It is what an encoder should answer.
#
# **Worked example.** Three kinds of clothing with $p(z) = (0.5, 0.3, 0.2)$. A picture is too dark
# to be sure: each kind produces such a picture with the probability $p(x \mid z) = (0.1, 0.4,
# 0.2)$.
#
# | $z$ | shirt | coat | dress | sum |
# |---|---|---|---|---|
# | $p(x, z) = p(x \mid z)\,p(z)$ | 0.05 | 0.12 | 0.04 | $p(x) = 0.21$ |
# | $p(z \mid x)$ | 0.238 | 0.571 | 0.190 | 1 |
#
# $p(x, z)$ is the **joint** probability. It is all that the model has to give; the rest is adding
# up and dividing.
#
# ### Exercise 12.6: evidence and posterior
#
# Write `bayes(prior, likelihood)`: equation (3) for one picture. Both arguments have shape (k,),
# the second holds $p(x \mid z)$ of that picture for each $z$. Return the evidence, a number, and
# the posterior, of shape (k,).

# %% hint bayes [markdown]
# Which row of the table above do you need first? Which number makes its sum 1?

# %% hint bayes [markdown]
# Multiply the two arrays entry by entry: this is the joint. The evidence is its sum, the posterior
# is the joint divided by that sum.

# %% hint bayes [markdown]
# joint ← prior · likelihood; evidence ← sum(joint); return evidence, joint / evidence


# %% solve bayes
def bayes(prior, likelihood):
    """Return (evidence, posterior) of one picture, equation (3); all arrays have shape (k,).

    >>> evidence, posterior = bayes(np.array([0.5, 0.5]), np.array([0.1, 0.3]))
    >>> float(evidence), posterior.round(2).tolist()
    (0.2, [0.25, 0.75])
    """
    ### BEGIN SOLUTION
    joint = prior * likelihood
    return joint.sum(), joint / joint.sum()
    ### END SOLUTION


# %% check bayes points=1
with check("bayes") as probe:
    prior, likelihood = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.4, 0.2])
    probe.call("the worked example", bayes, prior, likelihood)
    probe.call("all z explain the picture alike", bayes, prior, np.array([0.3, 0.3, 0.3]))
    probe.call("a prior without preference", bayes, np.full(4, 0.25), np.array([0.1, 0.0, 0.7, 1]))
### BEGIN HIDDEN TESTS
with check.hidden("bayes") as probe:
    rng = np.random.default_rng(126)
    for k in (1, 2, 7, 300):
        prior, likelihood = rng.dirichlet(np.ones(k)), rng.random(k) ** 3
        evidence = float(np.dot(prior, likelihood))
        right = (evidence, np.exp(np.log(prior) + np.log(likelihood) - np.log(evidence)))
        probe.call(f"{k} values of z", bayes, prior, likelihood, expected=right)
### END HIDDEN TESTS


# %% mistake bayes "the posterior is the joint"
# Your posterior does not sum to 1: it is still the joint. Divide it by the evidence.
def bayes(prior, likelihood):
    return np.sum(prior * likelihood), prior * likelihood


# %% mistake bayes "the evidence without the prior"
# Your evidence is the plain sum of the likelihood. Each z counts with its prior probability.
def bayes(prior, likelihood):
    return likelihood.sum(), prior * likelihood / np.sum(prior * likelihood)


# %% mistake bayes "the posterior without the prior"
# Your posterior forgets the prior: it is the likelihood, scaled to sum 1.
def bayes(prior, likelihood):
    return np.sum(prior * likelihood), likelihood / likelihood.sum()


# %% mistake bayes "no prior anywhere"
# Your function does not use the prior. The joint is likelihood times prior.
def bayes(prior, likelihood):
    return likelihood.sum(), likelihood / likelihood.sum()


# %% mistake bayes "the evidence is a mean"
# Your evidence is a mean over z. Equation (3) is a sum: the prior is the weight.
def bayes(prior, likelihood):
    joint = prior * likelihood
    return joint.mean(), joint / joint.sum()


# %% mistake bayes "evidence and posterior are exchanged"
# Your function returns the posterior first. The evidence comes first.
def bayes(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum(), joint.sum()


# %% alternative bayes
def bayes(prior, likelihood):
    evidence = prior @ likelihood
    return evidence, np.array([p * f / evidence for p, f in zip(prior, likelihood, strict=True)])


# %% alternative bayes
def bayes(prior, likelihood):
    evidence = sum(p * f for p, f in zip(prior.tolist(), likelihood.tolist(), strict=True))
    return [evidence, np.array([a / evidence for a in (prior * likelihood).tolist()])]


# %% [markdown]
# Two additions. Why then is anything difficult? In a network $z$ is not one of three kinds but a
# list of $d$ real numbers, and the sum is an integral, $p(x) = \int p(x \mid z)\,p(z)\,dz$. To add
# it up on a grid with 20 points along each axis takes $20^d$ runs of the decoder, and all of them
# anew **after each step of training**: 400 for $d = 2$, ten million million for $d = 10$. The
# evidence is **intractable**, and with it the posterior, which needs it as a divisor.
#
# ### C.2 A stand-in for the posterior
#
# So we choose a distribution $q(z)$ of a simple family and move it as near to the posterior as it
# gets, in the direction that averages over $q$, from which we can draw: minimise
# $\mathrm{KL}(q(z)\,\|\,p(z \mid x))$. There the unknown evidence seems to stand in the way. The
# next five lines get rid of it. You write every line as a function and convince yourself that its
# value is the same as that of the line before, **for any numbers whatever**: a check tries 100
# random distributions at a time.
#
# The letters of this part: `q`, `posterior`, `joint`, `prior` and `likelihood` have shape (k,), an
# entry for each $z$; all belong to one picture $x$, and all entries are positive. `evidence` is a
# number.
#
# **Line 1: turn the fraction over.** By (1), with $q$ for $P$ and the posterior for $Q$, and
# because $\log \frac{a}{b} = -\log \frac{b}{a}$:
#
# $$
# \mathrm{KL}\big(q(z)\,\|\,p(z \mid x)\big) = -\sum_z q(z)\, \log \frac{p(z \mid x)}{q(z)}
# \tag{4}
# $$
#
# ### Exercise 12.7: line 1
#
# Write `line_1(q, posterior)`: the right-hand side of (4), as it stands.

# %% hint line_1 [markdown]
# Which of the two stands on top now, and what makes up for it?

# %% hint line_1 [markdown]
# Take the logarithm of posterior over q, weight it with q, add up, change the sign.

# %% hint line_1 [markdown]
# return −sum(q · log(posterior / q))


# %% solve line_1
def line_1(q, posterior):
    """Return the right-hand side of (4), a number of nats.

    >>> float(round(line_1(np.array([0.5, 0.5]), np.array([0.25, 0.75])), 4))
    0.1438
    """
    ### BEGIN SOLUTION
    return -np.sum(q * np.log(posterior / q))
    ### END SOLUTION


# %% given random_models
def random_models(count, seed):
    """Yield q, prior, likelihood for pictures with 2 to 9 values of z, all of them random."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        k = rng.integers(2, 10)
        q, prior = rng.dirichlet(np.ones(k), size=2) + 1e-3
        yield q / q.sum(), prior / prior.sum(), rng.uniform(0.01, 1, size=k)


def divergence(P, Q):
    return float(np.sum(P * (np.log(P) - np.log(Q))))


# %% check line_1 points=1
with check("line_1") as probe:
    q, posterior = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.1, 0.3])
    probe.call("three values of z", line_1, q, posterior)
    probe.call("q is the posterior", line_1, q, q.copy())
    probe.call("two values of z", line_1, np.array([0.9, 0.1]), np.array([0.3, 0.7]))
    ok = []
    for q, prior, likelihood in random_models(100, seed=1):
        posterior = prior * likelihood / np.sum(prior * likelihood)
        ok.append(abs(float(line_1(q, posterior)) - divergence(q, posterior)) < 1e-9)
    probe.true("equal to KL(q‖posterior) for 100 random distributions", all(ok),
               "It is not for some: compare your line with (4), sign and weights.")
### BEGIN HIDDEN TESTS
with check.hidden("line_1") as probe:
    for number, (q, prior, likelihood) in enumerate(random_models(5, seed=127)):
        posterior = prior * likelihood / np.sum(prior * likelihood)
        label = f"random distributions, number {number}"
        probe.call(label, line_1, q, posterior, expected=divergence(q, posterior))
### END HIDDEN TESTS


# %% mistake line_1 "the minus sign is forgotten"
# Your value has the wrong sign. The fraction was turned over and a minus makes up for it: do both,
# or neither.
def line_1(q, posterior):
    return np.sum(q * np.log(posterior / q))


# %% mistake line_1 "weighted with the posterior"
# Your terms are weighted with the posterior. The average is over q, from which we can draw.
def line_1(q, posterior):
    return -np.sum(posterior * np.log(posterior / q))


# %% mistake line_1 "not weighted"
# Your logarithms are not weighted: multiply each by q.
def line_1(q, posterior):
    return -np.sum(np.log(posterior / q))


# %% mistake line_1 "the mean in place of the sum"
# Your value is a mean over z. (4) has a sum: the weights q(z) make it an average already.
def line_1(q, posterior):
    return -np.mean(q * np.log(posterior / q))


# %% mistake line_1 "the other direction"
# Your value is KL(posterior‖q). In (4) the average is over q, and q stands below.
def line_1(q, posterior):
    return np.sum(posterior * np.log(posterior / q))


# %% alternative line_1
def line_1(q, posterior):
    return kl(q, posterior)


# %% alternative line_1
def line_1(q, posterior):
    return -sum(a * np.log(b / a) for a, b in zip(q, posterior, strict=True))


# %% [markdown]
# **Line 2: put in what the posterior is.** By (3), $p(z \mid x) = p(x, z) / p(x)$:
#
# $$
# \mathrm{KL} = -\sum_z q(z)\, \log \frac{p(x, z)}{p(x)\; q(z)}
# \tag{5}
# $$
#
# Now only things stand there that the model gives, but for one: the evidence $p(x)$.
#
# ### Exercise 12.8: line 2
#
# Write `line_2(q, joint, evidence)`: the right-hand side of (5), as it stands. Take the evidence
# from the argument: some probes set it to 1, to see the rest alone.

# %% hint line_2 [markdown]
# What has become of `posterior` in line 1?

# %% hint line_2 [markdown]
# As in line 1, with joint over (evidence times q) under the logarithm.

# %% hint line_2 [markdown]
# return −sum(q · log(joint / (evidence · q)))


# %% solve line_2
def line_2(q, joint, evidence):
    """Return the right-hand side of (5), a number of nats.

    >>> float(round(line_2(np.array([0.5, 0.5]), np.array([0.05, 0.15]), 0.2), 4))
    0.1438
    """
    ### BEGIN SOLUTION
    return -np.sum(q * np.log(joint / (evidence * q)))
    ### END SOLUTION


# %% check line_2 points=1
with check("line_2") as probe:
    q, joint = np.array([0.2, 0.5, 0.3]), np.array([0.06, 0.1, 0.04])
    probe.call("evidence 1", line_2, q, joint, 1.0)
    probe.call("joint = q, evidence 0.2", line_2, q, q.copy(), 0.2)
    probe.call("evidence 0.2", line_2, q, joint, 0.2)
    ok = []
    for q, prior, likelihood in random_models(100, seed=2):
        joint = prior * likelihood
        right = divergence(q, joint / joint.sum())
        ok.append(abs(float(line_2(q, joint, joint.sum())) - right) < 1e-9)
    probe.true("equal to line 1 for 100 random distributions", all(ok),
               "It is not for some: compare your line with (5), sign and weights.")
### BEGIN HIDDEN TESTS
with check.hidden("line_2") as probe:
    for number, (q, prior, likelihood) in enumerate(random_models(5, seed=128)):
        joint = prior * likelihood
        right = divergence(q, joint) + float(np.log(0.7 * joint.sum()))
        label = f"random distributions, number {number}"
        probe.call(label, line_2, q, joint, 0.7 * joint.sum(), expected=right)
### END HIDDEN TESTS


# %% mistake line_2 "the evidence is not used"
# Your line has no evidence in it. The posterior is the joint divided by the evidence.
def line_2(q, joint, evidence):
    return -np.sum(q * np.log(joint / q))


# %% mistake line_2 "multiplied by the evidence"
# Your joint is multiplied by the evidence. The posterior is the joint divided by it.
def line_2(q, joint, evidence):
    return -np.sum(q * np.log(joint * evidence / q))


# %% mistake line_2 "the minus sign is forgotten"
# Your value has the wrong sign: line 1 has a minus in front.
def line_2(q, joint, evidence):
    return np.sum(q * np.log(joint / (evidence * q)))


# %% mistake line_2 "the whole sum is divided by the evidence"
# Your evidence divides the whole sum. It belongs under the logarithm.
def line_2(q, joint, evidence):
    return -np.sum(q * np.log(joint / q)) / evidence


# %% mistake line_2 "q is missing below"
# Your fraction has no q below. In (5) it is joint over evidence times q.
def line_2(q, joint, evidence):
    return -np.sum(q * np.log(joint / evidence))


# %% alternative line_2
def line_2(q, joint, evidence):
    return line_1(q, joint / evidence)


# %% alternative line_2
def line_2(q, joint, evidence):
    return sum(a * (np.log(evidence) + np.log(a) - np.log(b)) for a, b in zip(q, joint, strict=True))


# %% [markdown]
# **Line 3: a quotient becomes a difference.** $\log \frac{a}{p(x)\,b} = \log \frac{a}{b} - \log
# p(x)$, and a sum of differences is a difference of sums:
#
# $$
# \mathrm{KL} = \underbrace{-\sum_z q(z)\, \log \frac{p(x, z)}{q(z)}}_{\text{first}}
# \; + \; \underbrace{\sum_z q(z)\, \log p(x)}_{\text{second}}
# \tag{6}
# $$
#
# ### Exercise 12.9: line 3
#
# Write `line_3(q, joint, evidence)`, which returns the two numbers of (6) as a pair, first and
# second, with their signs.

# %% hint line_3 [markdown]
# Which of the two depends on the joint, which on the evidence?

# %% hint line_3 [markdown]
# The first is line 2 without the evidence. The second averages log(evidence) over q.

# %% hint line_3 [markdown]
# return −sum(q · log(joint / q)), sum(q · log(evidence))


# %% solve line_3
def line_3(q, joint, evidence):
    """Return the two sums of (6), in nats.

    >>> first, second = line_3(np.array([0.5, 0.5]), np.array([0.05, 0.15]), 0.2)
    >>> round(float(first), 4), round(float(second), 4)
    (1.7533, -1.6094)
    """
    ### BEGIN SOLUTION
    return -np.sum(q * np.log(joint / q)), np.sum(q * np.log(evidence))
    ### END SOLUTION


# %% check line_3 points=1
with check("line_3") as probe:
    q, joint = np.array([0.2, 0.5, 0.3]), np.array([0.06, 0.1, 0.04])
    probe.call("evidence 1", line_3, q, joint, 1.0)
    probe.call("joint = q, evidence 0.2", line_3, q, q.copy(), 0.2)
    probe.call("evidence 0.2", line_3, q, joint, 0.2)
    ok = []
    for q, prior, likelihood in random_models(100, seed=3):
        joint = prior * likelihood
        first, second = line_3(q, joint, joint.sum())
        right = divergence(q, joint / joint.sum())
        ok.append(abs(float(first) + float(second) - right) < 1e-9)
    probe.true("their sum equal to line 2 for 100 random distributions", all(ok),
               "It is not for some: compare the signs of your two numbers with (6).")
### BEGIN HIDDEN TESTS
with check.hidden("line_3") as probe:
    for number, (q, prior, likelihood) in enumerate(random_models(5, seed=129)):
        joint = prior * likelihood
        evidence = float(joint.sum())
        label = f"random distributions, number {number}"
        right = (divergence(q, joint), float(np.log(evidence)))
        probe.call(label, line_3, q, joint, evidence, expected=right)
### END HIDDEN TESTS


# %% mistake line_3 "the second sum has a minus"
# Your second number has the wrong sign: minus times minus is plus.
def line_3(q, joint, evidence):
    return -np.sum(q * np.log(joint / q)), -np.sum(q * np.log(evidence))


# %% mistake line_3 "the first sum lost its minus"
# Your first number has the wrong sign: the minus of line 2 stands in front of both terms.
def line_3(q, joint, evidence):
    return np.sum(q * np.log(joint / q)), np.sum(q * np.log(evidence))


# %% mistake line_3 "the logarithm of the evidence is missing"
# Your second number averages the evidence itself: it is its logarithm that comes out of the
# fraction.
def line_3(q, joint, evidence):
    return -np.sum(q * np.log(joint / q)), np.sum(q * evidence)


# %% mistake line_3 "the second sum is not weighted"
# Your second number adds log p(x) once for each z: weight it with q.
def line_3(q, joint, evidence):
    return -np.sum(q * np.log(joint / q)), len(q) * np.log(evidence)


# %% mistake line_3 "the evidence is in both"
# Your first number still has the evidence in it. It has moved to the second.
def line_3(q, joint, evidence):
    return -np.sum(q * np.log(joint / (evidence * q))), np.sum(q * np.log(evidence))


# %% mistake line_3 "the two are exchanged"
# Your function returns the second number first. The one with the joint comes first.
def line_3(q, joint, evidence):
    return np.sum(q * np.log(evidence)), -np.sum(q * np.log(joint / q))


# %% alternative line_3
def line_3(q, joint, evidence):
    return line_2(q, joint, 1.0), np.log(evidence)


# %% [markdown]
# **Line 4: the evidence does not depend on z.** So it comes out of its sum, and $\sum_z q(z) = 1$.
# Give the other sum a name, turn its sign, and move it to the other side:
#
# $$
# \log p(x) = \mathrm{KL}\big(q(z)\,\|\,p(z \mid x)\big) + L, \qquad
# L = \sum_z q(z)\, \log \frac{p(x, z)}{q(z)}
# \tag{7}
# $$
#
# Read it slowly, for this is the heart of the chapter. On the left stands what we want and cannot
# compute. On the right stands a divergence, which we cannot compute either, but it is **never
# negative** (2). And $L$ has nothing in it that we do not have. Therefore
#
# $$
# L \le \log p(x), \qquad \text{with equality only for } q(z) = p(z \mid x)
# \tag{8}
# $$
#
# $L$ is the **evidence lower bound**, the **ELBO**. The left side of (7) does not depend on $q$. So
# if we move $q$ to make $L$ larger, the divergence must become smaller by as much: **maximising
# what we can compute brings q to the posterior that we cannot.**
#
# ### Exercise 12.10: line 4, the bound
#
# Write `elbo(q, joint)`: the $L$ of (7).

# %% hint elbo [markdown]
# Which of the two numbers of line 3 is it, up to a sign?

# %% hint elbo [markdown]
# The average over q of the logarithm of joint over q.

# %% hint elbo [markdown]
# return sum(q · log(joint / q))


# %% solve elbo
def elbo(q, joint):
    """Return L of equation (7), in nats.

    >>> float(round(elbo(np.array([0.5, 0.5]), np.array([0.05, 0.15])), 4))
    -1.7533
    """
    ### BEGIN SOLUTION
    return np.sum(q * np.log(joint / q))
    ### END SOLUTION


# %% check elbo points=1
with check("elbo") as probe:
    q, joint = np.array([0.2, 0.5, 0.3]), np.array([0.06, 0.1, 0.04])
    probe.call("three values of z", elbo, q, joint)
    probe.call("q is the posterior", elbo, joint / joint.sum(), joint)
    probe.call("q is sure of the last z, all but", elbo, np.array([0.001, 0.001, 0.998]), joint)
    equal, below, tight = [], [], []
    for q, prior, likelihood in random_models(100, seed=4):
        joint = prior * likelihood
        L, log_evidence = float(elbo(q, joint)), float(np.log(joint.sum()))
        posterior = joint / joint.sum()
        equal.append(abs(L + divergence(q, posterior) - log_evidence) < 1e-9)
        below.append(log_evidence >= L - 1e-12)
        tight.append(abs(float(elbo(posterior, joint)) - log_evidence) < 1e-9)
    probe.true("KL + L = log p(x) for 100 random distributions", all(equal), "See equation (7).")
    probe.true("L <= log p(x) for all of them", all(below), "See equation (8).")
    probe.true("L = log p(x) where q is the posterior", all(tight), "See equation (8).")
### BEGIN HIDDEN TESTS
with check.hidden("elbo") as probe:
    for number, (q, prior, likelihood) in enumerate(random_models(5, seed=1210)):
        joint = prior * likelihood
        right = float(np.log(joint.sum())) - divergence(q, joint / joint.sum())
        probe.call(f"random distributions, number {number}", elbo, q, joint, expected=right)
### END HIDDEN TESTS


# %% mistake elbo "the sign is turned"
# Your value is -L. A bound from below must lie below log p(x).
def elbo(q, joint):
    return -np.sum(q * np.log(joint / q))


# %% mistake elbo "weighted with the joint"
# Your terms are weighted with the joint. The average is over q.
def elbo(q, joint):
    return np.sum(joint * np.log(joint / q))


# %% mistake elbo "q is missing under the logarithm"
# Your logarithm has the joint alone. Divide it by q.
def elbo(q, joint):
    return np.sum(q * np.log(joint))


# %% mistake elbo "the logarithm of the sum"
# Your value is log p(x) for every q: the logarithm stands outside of the sum. In (7) it stands
# inside.
def elbo(q, joint):
    return np.log(np.sum(q * joint / q))


# %% mistake elbo "the joint is divided by its sum"
# Your value is -KL: you use the posterior. L has the joint, which is not divided by the evidence.
def elbo(q, joint):
    return np.sum(q * np.log(joint / joint.sum() / q))


# %% alternative elbo
def elbo(q, joint):
    return -line_3(q, joint, 1.0)[0]


# %% alternative elbo
def elbo(q, joint):
    return q @ (np.log(joint) - np.log(q))


# %% [markdown]
# See it move. The sliders set $q$ for the dark picture of the worked example; the third probability
# is what is left to 1, so `coat` gives way where the two are too large. The blue part of the bar ends
# at $\log p(x)$ and never moves; with the orange part it ends at $L$. Find the $q$ at which the
# orange part is gone. Do you know these three numbers?


# %%
def draw_bound(figure, shirt=0.6, coat=0.2):
    joint = np.array([0.05, 0.12, 0.04])
    coat = min(coat, 0.99 - shirt)
    q = np.array([shirt, coat, 1 - shirt - coat])
    L, gap = elbo(q, joint), kl(q, joint / joint.sum())
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.5])
    left.bar(["shirt", "coat", "dress"], q, color=BLUE)
    left.set(ylim=(0, 1), ylabel="q(z)")
    right.barh([0], [L + gap], color=BLUE, label="log p(x), which stays")
    right.barh([0], [-gap], left=[L + gap], color=ORANGE, hatch="//", label="KL(q‖posterior)")
    right.vlines(L, -0.6, 0.7, color="black", ls="--", label="L")
    right.set(xlim=(-4, 0), yticks=[], xlabel="nats", ylim=(-0.6, 1.6))
    right.legend(loc="upper left", frameon=False)
    return f"L = {L:.3f}, KL = {gap:.3f}, together {L + gap:.3f} = log 0.21"


# %%
explore.live(
    draw_bound,
    title="The bound and its gap",
    description="Left: the distribution q over shirt, coat and dress. Right: a bar from 0 to log p(x), "
    "which does not move, and the divergence added to its left, which ends at the bound L.",
    shirt=(0.01, 0.97, 0.01),
    coat=(0.01, 0.97, 0.01),
)

# %% [markdown]
# *Figure 4. Whatever q is, the divergence (hatched) reaches from $L$ to the evidence.*
#
# **Line 5: what the bound asks of a network.** Split the joint, $p(x, z) = p(x \mid z)\,p(z)$, and
# the sum with it:
#
# $$
# L = \underbrace{\sum_z q(z)\, \log p(x \mid z)}_{\text{how well is } x \text{ drawn}}
# \; - \; \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{how far is } q \text{ from the prior}}
# \tag{9}
# $$
#
# There they are, the two wishes of part A in one number. The first term is large if the decoder
# draws the picture well from the codes of $q$. The second keeps $q$ near the prior, from which we
# shall draw when we want new pictures. Nobody invented a penalty: it came out of (7).
#
# ### Exercise 12.11: line 5, the two terms
#
# Write `elbo_terms(q, prior, likelihood)`, which returns the two terms of (9) as a pair: the first
# one and the divergence, so that $L$ is their **difference**.

# %% hint elbo_terms [markdown]
# Which of the two terms knows the picture?

# %% hint elbo_terms [markdown]
# The first is the average over q of the logarithm of the likelihood. For the second you have
# written a function: `kl`.

# %% hint elbo_terms [markdown]
# return sum(q · log(likelihood)), kl(q, prior)


# %% solve elbo_terms
def elbo_terms(q, prior, likelihood):
    """Return the two terms of (9), in nats; the bound is the first less the second.

    >>> half = np.array([0.5, 0.5])
    >>> drawn, away = elbo_terms(half, half, np.array([0.1, 0.3]))
    >>> round(float(drawn), 4), round(float(away), 4)
    (-1.7533, 0.0)
    """
    ### BEGIN SOLUTION
    return np.sum(q * np.log(likelihood)), kl(q, prior)
    ### END SOLUTION


# %% check elbo_terms points=1
with check("elbo_terms") as probe:
    q, prior = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.1, 0.3])
    likelihood = np.array([0.4, 0.9, 0.05])
    probe.call("q is the prior", elbo_terms, q, q.copy(), likelihood)
    probe.call("every z draws the picture for certain", elbo_terms, q, prior, np.ones(3))
    probe.call("both terms", elbo_terms, q, prior, likelihood)
    ok = []
    for q, prior, likelihood in random_models(100, seed=5):
        drawn, away = elbo_terms(q, prior, likelihood)
        right = -divergence(q, prior * likelihood)
        ok.append(abs(float(drawn) - float(away) - right) < 1e-9)
    probe.true("their difference equal to L for 100 random distributions", all(ok),
               "It is not for some: compare your two numbers with (9).")
### BEGIN HIDDEN TESTS
with check.hidden("elbo_terms") as probe:
    for number, (q, prior, likelihood) in enumerate(random_models(5, seed=1211)):
        right = (float(q @ np.log(likelihood)), divergence(q, prior))
        label = f"random distributions, number {number}"
        probe.call(label, elbo_terms, q, prior, likelihood, expected=right)
### END HIDDEN TESTS


# %% mistake elbo_terms "the divergence has a minus"
# Your second number is -KL. Return the divergence itself, which is never negative.
def elbo_terms(q, prior, likelihood):
    return np.sum(q * np.log(likelihood)), -kl(q, prior)


# %% mistake elbo_terms "the divergence in the other direction"
# Your second number is KL(prior‖q). Both terms average over q.
def elbo_terms(q, prior, likelihood):
    return np.sum(q * np.log(likelihood)), kl(prior, q)


# %% mistake elbo_terms "the first average is over the prior"
# Your first number averages over the prior. Both terms average over q.
def elbo_terms(q, prior, likelihood):
    return np.sum(prior * np.log(likelihood)), kl(q, prior)


# %% mistake elbo_terms "the logarithm of the average"
# Your first number is the logarithm of the average likelihood. In (9) the logarithm stands inside.
def elbo_terms(q, prior, likelihood):
    return np.log(np.sum(q * likelihood)), kl(q, prior)


# %% mistake elbo_terms "the first term has a minus"
# Your first number is a loss: it has the sign turned. Return it as it stands in (9).
def elbo_terms(q, prior, likelihood):
    return -np.sum(q * np.log(likelihood)), kl(q, prior)


# %% mistake elbo_terms "the first term holds the prior"
# Your first number has the joint in it. The prior went into the second term.
def elbo_terms(q, prior, likelihood):
    return np.sum(q * np.log(prior * likelihood)), kl(q, prior)


# %% mistake elbo_terms "the two terms are exchanged"
# Your function returns the divergence first. The average over q comes first.
def elbo_terms(q, prior, likelihood):
    return kl(q, prior), np.sum(q * np.log(likelihood))


# %% alternative elbo_terms
def elbo_terms(q, prior, likelihood):
    drawn = q @ np.log(likelihood)
    return drawn, drawn - elbo(q, prior * likelihood)


# %% [markdown]
# That was the theory; from here on $z$ is a list of real numbers, and sums over $z$ become
# integrals. All lines stay.
#
# ## D. Gaussians
#
# ### D.1 A cloud with a price in closed form
#
# The usual choice for $q$ is a normal distribution for each of the $d$ numbers of the code, all
# independent: mean $\mu_j$ and standard deviation $\sigma_j$. The prior is the **standard normal
# distribution**, mean 0 and standard deviation 1 in each. Logarithms of densities add up over
# independent numbers, so it is enough to find the divergence for one of them:
#
# $$
# \mathrm{KL} = \int q(z) \log \frac{q(z)}{p(z)}\, dz, \qquad
# q(z) = \frac{e^{-(z-\mu)^2 / 2\sigma^2}}{\sqrt{2\pi}\,\sigma}, \qquad
# p(z) = \frac{e^{-z^2/2}}{\sqrt{2\pi}}
# \tag{10}
# $$
#
# ### Exercise 12.12: the divergence from the prior
#
# Work out (10) on paper, and write the derivation down below the check. You need nothing but two
# averages over $q$: that of $(z - \mu)^2$ is $\sigma^2$, and that of $z^2$ is $\mu^2 + \sigma^2$.
#
# Then write `gaussian_kl(mu, log_var)` in torch. `mu` holds the means and `log_var` the
# **logarithms of the variances**, $\log \sigma_j^2$, both of shape (batch, d). It returns the
# divergences of shape (batch,), each summed over the $d$ numbers, in nats. (Why the logarithm? A
# network's outputs may have any sign, and a variance may not.)

# %% hint gaussian_kl [markdown]
# What is the logarithm of q(z), what that of p(z)? Which parts of them depend on z, and which are
# the same in both?

# %% hint gaussian_kl [markdown]
# log q − log p = −log σ − (z − μ)² / 2σ² + z² / 2. Average each of the three over q. Then write
# everything with log σ² : σ² is exp(log_var), and log σ is half of log_var.

# %% hint gaussian_kl [markdown]
# return half of the sum over the last axis of (mu² + exp(log_var) − 1 − log_var)


# %% solve gaussian_kl
def gaussian_kl(mu, log_var):
    """Return the divergence from the prior for each row: (batch, d) and (batch, d) to (batch,).

    >>> gaussian_kl(torch.tensor([[3.0, 4.0]]), torch.zeros(1, 2))
    tensor([12.5000])
    """
    ### BEGIN SOLUTION
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    ### END SOLUTION


# %% given try_gaussian_gradient
def gradient_of(tensor):
    return "none arrived" if tensor.grad is None else tensor.grad


def try_gaussian_gradient(mu, log_var):
    """Return the gradients of the sum of gaussian_kl."""
    mu, log_var = (tensor.clone().requires_grad_() for tensor in (mu, log_var))
    gaussian_kl(mu, log_var).sum().backward()
    return gradient_of(mu), gradient_of(log_var)


# %% check gaussian_kl points=2
with check("gaussian_kl") as probe:
    zero = torch.zeros(1, 1, dtype=torch.float64)
    mu = torch.tensor([[0.5, -1.0, 2.0], [0.0, 0.3, -0.7]], dtype=torch.float64)
    log_var = torch.tensor([[0.4, -1.2, 0.0], [-3.0, 1.0, 0.6]], dtype=torch.float64)
    probe.call("q is the prior", gaussian_kl, zero, zero.clone())
    probe.call("one number, only its mean differs", gaussian_kl, zero + 3, zero.clone())
    probe.call("one number, only its variance differs", gaussian_kl, zero.clone(), zero + 1.5)
    probe.call("two pictures, codes of three numbers", gaussian_kl, mu, log_var)
    probe.values("the gradients for both arguments", try_gaussian_gradient(mu, log_var))
### BEGIN HIDDEN TESTS
with check.hidden("gaussian_kl") as probe:
    generator = torch.Generator().manual_seed(1212)
    N = torch.distributions.Normal
    for batch, d in ((1, 1), (4, 2), (3, 20), (0, 5)):
        mu, log_var = torch.randn(2, batch, d, generator=generator, dtype=torch.float64).unbind()
        q = N(mu, (log_var / 2).exp())
        right = torch.distributions.kl_divergence(q, N(0.0, 1.0)).sum(1)
        label = f"{batch} pictures, codes of {d} numbers"
        probe.call(label, gaussian_kl, mu, log_var, expected=right)
    mu, log_var = torch.randn(2, 5, 3, generator=generator).unbind()
    right = torch.distributions.kl_divergence(N(mu, (log_var / 2).exp()), N(0.0, 1.0)).sum(1)
    probe.call("float32", gaussian_kl, mu, log_var, expected=right)
### END HIDDEN TESTS


# %% mistake gaussian_kl "the half is forgotten"
# Your value is twice the divergence: the half in the exponents of (10) stands in front of all terms.
def gaussian_kl(mu, log_var):
    return (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)


# %% mistake gaussian_kl "the sign is turned"
# Your value is the negative of the divergence. This is how it stands in L, with a minus in front;
# return the divergence itself.
def gaussian_kl(mu, log_var):
    return -0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)


# %% mistake gaussian_kl "the 1 is forgotten"
# Your value is not 0 where q is the prior: the average of (z - mu)² / sigma² is 1, with a minus in
# front.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - log_var).sum(dim=1)


# %% mistake gaussian_kl "log_var is taken for sigma"
# Your function takes its second argument for sigma. It is the logarithm of sigma².
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var**2 - 1 - torch.log(log_var**2)).sum(dim=1)


# %% mistake gaussian_kl "log_var is taken for the logarithm of sigma"
# Your function takes its second argument for log sigma. It is the logarithm of the variance sigma².
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1)


# %% mistake gaussian_kl "sigma in place of its square"
# Your function has sigma, exp(log_var / 2), where the variance sigma² = exp(log_var) belongs.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + (log_var / 2).exp() - 1 - log_var).sum(dim=1)


# %% mistake gaussian_kl "the mean is not squared"
# Your value has the mean without its square. The average of z² is mu² + sigma².
def gaussian_kl(mu, log_var):
    return 0.5 * (mu + log_var.exp() - 1 - log_var).sum(dim=1)


# %% mistake gaussian_kl "log_var has the wrong sign"
# Your log_var is added. log q has - log sigma in it.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 + log_var).sum(dim=1)


# %% mistake gaussian_kl "the mean over the code"
# Your value is a mean over the numbers of a code. Divergences of independent numbers add up.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=1)


# %% mistake gaussian_kl "no sum"
# Your result still has an entry for each number of a code. Sum over them: dim=1.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var)


# %% mistake gaussian_kl "the sum over the batch too"
# Your value is one number for the whole batch. Sum over the numbers of a code only: dim=1.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()


# %% mistake gaussian_kl "the divergence in the other direction"
# Your value is KL(p‖q): the roles of the prior and of q are exchanged.
def gaussian_kl(mu, log_var):
    return 0.5 * ((1 + mu**2) / log_var.exp() - 1 + log_var).sum(dim=1)


# %% mistake gaussian_kl "no gradient passes"
# Your values are right, but no gradient passes through them. Leave out .detach(), .item() and NumPy.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).detach()


# %% mistake gaussian_kl "no gradient passes to mu"
# Your values are right, but no gradient passes to mu. Leave out .detach(), .data and NumPy.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu.detach() ** 2 + log_var.exp() - 1 - log_var).sum(dim=1)


# %% mistake gaussian_kl "a part of the gradient for log_var is lost"
# Your values are right, but exp(log_var) passes no gradient on. Leave out .detach(), .data and NumPy.
def gaussian_kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp().detach() - 1 - log_var).sum(dim=1)


# %% alternative gaussian_kl
def gaussian_kl(mu, log_var):
    N = torch.distributions.Normal
    q, p = N(mu, torch.exp(0.5 * log_var)), N(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(q, p).sum(-1)


# %% alternative gaussian_kl
def gaussian_kl(mu, log_var):
    sigma = torch.exp(log_var / 2)
    total = torch.zeros(len(mu), dtype=mu.dtype)
    for j in range(mu.shape[1]):
        total = total + (mu[:, j] ** 2 + sigma[:, j] ** 2 - 1) / 2 - torch.log(sigma[:, j])
    return total


# %% alternative gaussian_kl
def gaussian_kl(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)


# %% answer gaussian_kl [markdown] points=3
# *Your derivation of the closed form, line by line from (10):*
#
# <!-- BEGIN SOLUTION -->
# **Model answer.** The factors $1/\sqrt{2\pi}$ cancel:
#
# $$ \log \frac{q(z)}{p(z)} = -\log \sigma - \frac{(z-\mu)^2}{2\sigma^2} + \frac{z^2}{2} $$
#
# Average each term over $q$. The first is a constant. The second has the average $-\sigma^2 /
# 2\sigma^2 = -\tfrac12$. The third has $\tfrac12(\mu^2 + \sigma^2)$, because $z = \mu + (z - \mu)$,
# so that $z^2 = \mu^2 + 2\mu(z-\mu) + (z-\mu)^2$, and the middle part averages to 0. Together
#
# $$ \mathrm{KL} = -\log\sigma - \tfrac12 + \tfrac12(\mu^2 + \sigma^2)
# = \tfrac12\left(\mu^2 + \sigma^2 - 1 - \log\sigma^2\right) $$
#
# and for independent numbers the sum over $j$.
#
# **Rubric.**
# - 1 point: the logarithm of the ratio is right, with the constants cancelled.
# - 1 point: the three averages are right, each with its reason.
# - 1 point: put together, written with $\log \sigma^2$, and summed over the numbers of the code.
# <!-- END SOLUTION -->

# %% [markdown]
# The result, for later use:
#
# $$
# \mathrm{KL}\big(\mathcal N(\mu, \sigma^2)\,\|\,\mathcal N(0, 1)\big)
# = \tfrac12 \sum_{j=1}^{d} \left( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \right)
# \tag{11}
# $$
#
# ### D.2 The same by drawing lots
#
# A formula that was derived on paper deserves to be measured. A divergence is an average over $q$,
# and an average can be estimated from samples: draw $z_1, \dots, z_n$ from $q$ and take
#
# $$
# \widehat{\mathrm{KL}} = \frac1n \sum_{i=1}^n \big( \log q(z_i) - \log p(z_i) \big)
# \tag{12}
# $$
#
# This is a **Monte Carlo estimate**. It needs no closed form, but it is a random number: another
# draw gives another value, and its spread falls as $1/\sqrt n$.
#
# ### Exercise 12.13: estimated
#
# Write `kl_monte_carlo(mu, sigma, n, rng)`: the estimate (12) for one number $z$, with the $q$ and
# the $p$ of (10), from `n` independent samples of $q$. `mu` and `sigma` are numbers, `rng` is a
# NumPy generator (draw with `rng.normal`), and the result is a number. Note that `sigma` is the
# standard deviation itself here.
#
# (The result is random, so the check makes statistical statements: it compares estimates from many
# samples with what they should be, and is content within five standard errors. A right answer fails
# fewer than one time in 100,000, whatever the order of its draws.)

# %% hint kl_monte_carlo [markdown]
# From which of the two distributions are the samples? Which number do you compute from each?

# %% hint kl_monte_carlo [markdown]
# log q(z) = −log σ − ½ ((z − μ) / σ)², and log p(z) = −½ z², both up to the same constant, which
# cancels. Draw n samples, take the difference for each, and then the mean.

# %% hint kl_monte_carlo [markdown]
# z ← rng.normal(mu, sigma, size=n); return mean(−log(sigma) − ((z − mu) / sigma)² / 2 + z² / 2)


# %% solve kl_monte_carlo
def kl_monte_carlo(mu, sigma, n, rng):
    """Return the estimate (12) of KL(N(mu, sigma²)‖N(0, 1)) from n samples, in nats.

    >>> bool(abs(kl_monte_carlo(0.0, 2.0, 100_000, np.random.default_rng(0)) - 0.8069) < 0.05)
    True
    """
    ### BEGIN SOLUTION
    z = rng.normal(mu, sigma, size=n)
    log_q = -np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2
    return np.mean(log_q + 0.5 * z**2)
    ### END SOLUTION


# %% given estimate_is
def nearest(value, error, known):
    """Return the name of the number in `known` that is nearest to `value`, within 5 errors."""
    name = min(known, key=lambda each: abs(known[each] - value))
    return name if abs(known[name] - value) <= 5 * error else "none of the usual numbers"


def by_ratio(value, error, known):
    """The same for positive numbers, with an error relative to the number."""
    logarithms = {name: np.log(number) for name, number in known.items()}
    return nearest(np.log(max(float(value), 1e-300)), error, logarithms)


def exact_and_error(mu, sigma, n):
    """Return the divergence, and the standard error of an estimate (12) of it."""
    spread = np.sqrt((sigma**2 - 1) ** 2 / 2 + (mu * sigma) ** 2)  # of one term
    return (mu**2 + sigma**2 - 1) / 2 - np.log(sigma), spread / np.sqrt(n)


def estimate_is(value, mu, sigma, n):
    """Return which number the estimate is near to: within 5 standard errors, if it is right."""
    exact, error = exact_and_error(mu, sigma, n)
    if abs(value - exact) <= 5 * error:
        return "the divergence"
    wide = (mu**2 + sigma**4 - sigma**2) / 2 - np.log(sigma)
    if abs(value / n - exact) <= 5 * error:
        return "n times the divergence"
    usual = {
        "its negative": -exact,
        "an average over the prior": (1 - (1 + mu**2) / sigma**2) / 2 - np.log(sigma),
        "the divergence without log sigma": exact + np.log(sigma),
        "log sigma with the wrong sign": exact + 2 * np.log(sigma),
        "samples with the standard deviation sigma²": wide,
        "an exponent that is divided by sigma": exact + (1 - sigma) / 2,
    }
    return nearest(value, 4 * error, usual)


def spread_is(values, mu, sigma, n):
    """Return what the spread of 300 estimates is like; its standard error is 0.041 of it."""
    exact, error = exact_and_error(mu, sigma, n)
    if np.std(values) < 1e-6 * error:
        return "none, all are exact" if abs(values[0] - exact) < 1e-6 else "none, all are the same"
    known = {f"that of {n} samples": 1.0, "that of a single sample": np.sqrt(n), "n times that": n}
    return by_ratio(np.std(values) / error, 0.06, known)


# %% check kl_monte_carlo points=2
# A right answer fails a probe below with a probability of at most 1 in 1,000,000 (5 standard errors
# of a mean of 20,000 terms; for the spread of 300 estimates, 7), so the whole check below 1 in 100,000.
with check("kl_monte_carlo") as probe:
    one = kl_monte_carlo(0.0, 1.0, 50, np.random.default_rng(0))
    probe.values("what comes back", "nothing" if one is None else f"shape {tuple(np.shape(one))}")
    probe.true("q is the prior: every term is 0", abs(float(one)) < 1e-6,
               "Compute log q and log p at the same samples: for mu = 0 and sigma = 1 they agree.")
    for mu, sigma, seed in ((2.0, 0.3, 1), (0.0, 0.5, 2), (-0.5, 2.0, 3)):
        got = kl_monte_carlo(mu, sigma, 20_000, np.random.default_rng(seed))
        found = estimate_is(float(got), mu, sigma, 20_000)
        probe.values(f"mu = {mu}, sigma = {sigma}, n = 20,000: near to", found)
    one, again, other = (float(kl_monte_carlo(0.3, 0.8, 100, np.random.default_rng(seed)))
                         for seed in (5, 5, 6))
    probe.true("two generators with the same seed: the same value", abs(one - again) < 1e-9,
               "Draw from the generator that is passed in: rng.normal, not np.random.normal.")
    probe.true("another seed: another value", abs(one - other) > 1e-9,
               "Draw from the generator that is passed in, not from one of your own.")
    rng = np.random.default_rng(7)
    one, other = (float(kl_monte_carlo(0.3, 0.8, 100, rng)) for _ in range(2))
    probe.true("a second call with the same generator: another value", abs(one - other) > 1e-9,
               "Draw from the generator itself, which moves on, not from a copy of it.")
    for mu, sigma in ((-0.5, 2.0), (-2.0, 1.2)):
        many = [float(kl_monte_carlo(mu, sigma, 100, np.random.default_rng(s))) for s in range(300)]
        label = f"mu = {mu}, sigma = {sigma}: the spread of 300 estimates with n = 100"
        probe.values(label, spread_is(many, mu, sigma, 100))
    few = [float(kl_monte_carlo(0.1, 0.9, 4, np.random.default_rng(s))) for s in range(300)]
    probe.true("some of 300 estimates with n = 4 are negative", min(few) < 0,  # of each, 1 in 3
               "A divergence is not negative, but an estimate of it may be: return the mean itself.")
### BEGIN HIDDEN TESTS
with check.hidden("kl_monte_carlo") as probe:  # 5 probes, each below 1 in 1,000,000, as above
    for mu, sigma, n, seed in ((2.0, 0.3, 40_000, 4), (0.4, 1.7, 25_000, 5), (-3.0, 1.0, 30_000, 6)):
        got = float(kl_monte_carlo(mu, sigma, n, np.random.default_rng(seed)))
        exact, error = exact_and_error(mu, sigma, n)
        probe.true(f"mu = {mu}, sigma = {sigma}, n = {n}: within five standard errors",
                   abs(got - exact) < 5 * error, "Compare with equation (12).")
    many = [float(kl_monte_carlo(0.4, 1.7, 50, np.random.default_rng(s))) for s in range(300)]
    ratio = np.std(many) / exact_and_error(0.4, 1.7, 50)[1]
    probe.true("the spread for n = 50", 0.6 < ratio < 1.45, "Draw n samples, not another number.")
### END HIDDEN TESTS


# %% mistake kl_monte_carlo "the samples come from the prior"
# Your samples come from p. The average in (12) is over q: mean mu, standard deviation sigma.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(size=n)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "the difference has the wrong sign"
# Your value is the negative of the estimate: it is log q less log p.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return -np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "log sigma is left out"
# Your log q lacks - log(sigma): the factor in front of the exponential of (10) is not the same in q
# and p.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return np.mean(-0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "the variance in place of the standard deviation"
# Your samples have the standard deviation sigma². rng.normal takes the standard deviation.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma**2, size=n)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "the sum in place of the mean"
# Your value is a sum over the samples. Divide by n.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return np.sum(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "log sigma has the wrong sign"
# Your log q has + log(sigma). In (10) sigma stands below: its logarithm is subtracted.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return np.mean(np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "a single sample"
# Your estimate comes from a single sample. Draw n of them: size=n.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "the mean is forgotten"
# Your result is an array with a number for each sample. The estimate (12) is their mean.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return -np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2


# %% mistake kl_monte_carlo "the generator that is passed in is not used"
# Your samples do not come from rng: the same seed gives other values each time. Draw with rng.normal,
# not with np.random.normal or a generator of your own.
def kl_monte_carlo(mu, sigma, n, rng):
    z = np.random.normal(mu, sigma, size=n)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "always the same samples"
# Your value is the same for every generator: the samples come from a generator of your own with a
# fixed seed, or from a grid. Draw them with rng.normal.
def kl_monte_carlo(mu, sigma, n, rng):
    z = np.random.default_rng(0).normal(mu, sigma, size=n)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "nothing is drawn"
# Your value is always the exact one, from the closed form (11) or from an integral. Here it shall be
# estimated from samples.
def kl_monte_carlo(mu, sigma, n, rng):
    return 0.5 * (mu**2 + sigma**2 - 1) - np.log(sigma)


# %% mistake kl_monte_carlo "not n independent samples"
# Your estimates are right on average, but their spread is not that of n independent samples of q.
# Draw n numbers with rng.normal, neither more nor fewer, and use each as it comes.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=20_000)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "pairs that mirror one another"
# Your samples come in pairs, one on each side of mu, so their spread is not that of n independent
# ones. Draw all n with rng.normal.
def kl_monte_carlo(mu, sigma, n, rng):
    half = rng.normal(size=(n + 1) // 2)
    z = mu + sigma * np.concatenate([half, -half])[:n]
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "drawn from a copy of the generator"
# Your samples come from a copy of rng, so that each call gives the same ones again. Draw from rng.
def kl_monte_carlo(mu, sigma, n, rng):
    import copy

    z = copy.deepcopy(rng).normal(mu, sigma, size=n)
    return np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% mistake kl_monte_carlo "negative estimates are cut off"
# Your estimate is never negative. A divergence is not, but its estimate may be: return the mean itself.
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return max(0.0, np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2))


# %% mistake kl_monte_carlo "the exponent is divided by sigma"
# Your log q has (z - mu)² / sigma. In (10) it is divided by sigma².
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    return np.mean(-np.log(sigma) - 0.5 * (z - mu) ** 2 / sigma + 0.5 * z**2)


# %% mistake kl_monte_carlo "nothing is returned"
# Your function returns nothing: is a `return` missing?
def kl_monte_carlo(mu, sigma, n, rng):
    z = rng.normal(mu, sigma, size=n)
    np.mean(-np.log(sigma) - 0.5 * ((z - mu) / sigma) ** 2 + 0.5 * z**2)


# %% alternative kl_monte_carlo
def kl_monte_carlo(mu, sigma, n, rng):
    total = 0.0
    for _ in range(n):
        z = mu + sigma * rng.standard_normal()
        total += -np.log(sigma) - (z - mu) ** 2 / (2 * sigma**2) + z**2 / 2
    return total / n


# %% alternative kl_monte_carlo
def kl_monte_carlo(mu, sigma, n, rng):
    N = torch.distributions.Normal
    z = torch.tensor(rng.normal(size=n) * sigma + mu)
    return (N(mu, sigma).log_prob(z) - N(0.0, 1.0).log_prob(z)).mean().item()


# %%
def draw_estimates(mu=1.0, sigma=0.5):
    exact = gaussian_kl(torch.tensor([[mu]]), 2 * torch.tensor([[sigma]]).log()).item()
    figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    sizes, rng = 2 ** np.arange(3, 15), np.random.default_rng(0)
    for n in sizes:
        values = [kl_monte_carlo(mu, sigma, n, rng) for _ in range(30)]
        ax.plot(np.full(30, n), values, ".", color=BLUE, alpha=0.5)
    ax.axhline(exact, color="black", ls="--", label=f"closed form (11): {exact:.4f}")
    ax.set(xscale="log", xlabel="samples n", ylabel="estimate of KL, nats")
    ax.legend(frameon=False)
    return figure


plots.show(
    draw_estimates(),
    "Thirty estimates for each number of samples from 8 to 16,384. They scatter around the closed "
    "form, less and less widely: four times the samples, half the spread.",
)

# %% [markdown]
# *Figure 5. Estimates of a divergence, thirty for each $n$, and the closed form. Four times the
# samples halve the spread.*
#
# ## E. A gradient through a random number
#
# ### E.1 Where the chain breaks
#
# The first term of (9) is an average over $q$ of the logarithm of the likelihood. For a network
# there is no closed form: we draw a code $z$ from $q$ and evaluate the decoder there. To train the
# encoder we need the gradient of this average with respect to $\mu$ and $\sigma$, which say *from
# where* $z$ is drawn. In a computational graph the draw is a node that rolls dice. What is the
# derivative of a die?
#
# Write $f(z)$ for what is averaged. There are two ways out.
#
# **The score function.** Differentiate the density and not the sample. With
# $\partial q / \partial \mu = q \cdot \partial \log q / \partial \mu$ and
# $\partial \log q / \partial \mu = (z - \mu) / \sigma^2$:
#
# $$
# \frac{\partial}{\partial \mu} \int q(z)\, f(z)\, dz = \int q(z)\, f(z)\, \frac{z - \mu}{\sigma^2}\, dz
# \tag{13}
# $$
#
# This is again an average over $q$: draw a $z$, and $f(z)\,(z - \mu)/\sigma^2$ is an estimate of
# the gradient. It works for any $f$, even one with no derivative. (In reinforcement learning it is
# called REINFORCE; Williams, 1992.)
#
# **The path.** Draw the dice *elsewhere*. If $\varepsilon$ is standard normal, then
#
# $$
# z = \mu + \sigma\, \varepsilon
# \tag{14}
# $$
#
# has exactly the distribution $q$. The random number $\varepsilon$ is now an input like any other,
# and from $\mu$ to $z$ leads an ordinary path with the derivative $\partial z / \partial \mu = 1$:
#
# $$
# \frac{\partial}{\partial \mu}\, f(\mu + \sigma \varepsilon) = f'(\mu + \sigma \varepsilon)
# \tag{15}
# $$
#
# This is the **reparameterisation trick** (Kingma and Welling, 2014; Rezende, Mohamed and Wierstra,
# 2014).
#
# ### Exercise 12.14: the two estimates
#
# Write `gradient_samples(f, slope, mu, sigma, noise)`. It returns a pair, `return score, path`, of
# two arrays of shape (n,): for each $\varepsilon$ in `noise`, of shape (n,), the score-function
# estimate of (13) and the path estimate of (15). In both $z$ is that of (14). `f` and `slope`, which
# is $f'$, are functions of an array; `mu` and `sigma` are numbers.

# %% hint gradient_samples [markdown]
# Which of the two estimates needs f, and which needs its derivative?

# %% hint gradient_samples [markdown]
# Compute z for all ε first. (z − μ) / σ² is the same as ε / σ.

# %% hint gradient_samples [markdown]
# z ← mu + sigma · noise; return f(z) · (z − mu) / sigma², slope(z)


# %% solve gradient_samples
def gradient_samples(f, slope, mu, sigma, noise):
    """Return the estimates of the gradient for mu by (13) and by (15), both of shape (n,).

    >>> score, path = gradient_samples(np.square, lambda z: 2 * z, 1.0, 0.5, np.array([2.0, -2.0]))
    >>> score.tolist(), path.tolist()
    ([16.0, -0.0], [4.0, 0.0])
    """
    ### BEGIN SOLUTION
    z = mu + sigma * noise
    return f(z) * noise / sigma, slope(z)
    ### END SOLUTION


# %% given landscapes
def constant(z):
    return 1 + 0 * z


def constant_slope(z):
    return 0 * z


def wave(z):
    return np.sin(z)


def wave_slope(z):
    return np.cos(z)


def square(z):
    return z**2


def square_slope(z):
    return 2 * z


# %% check gradient_samples points=2
with check("gradient_samples") as probe:
    noise = np.array([0.3, -1.2, 2.0, 0.0])
    probe.call("f = 1, sigma 0.5", gradient_samples, constant, constant_slope, 0.7, 0.5, noise)
    probe.call("f = z², mu 0, sigma 1", gradient_samples, square, square_slope, 0.0, 1.0, noise)
    probe.call("f = z², mu 2, sigma 0.5", gradient_samples, square, square_slope, 2.0, 0.5, noise)
    probe.call("f = sin z", gradient_samples, wave, wave_slope, -1.0, 3.0, noise)
### BEGIN HIDDEN TESTS
with check.hidden("gradient_samples") as probe:
    rng = np.random.default_rng(1214)
    for mu, sigma, n in ((1.0, 0.1, 5), (-2.0, 4.0, 50), (0.0, 1.0, 1), (0.3, 2.5, 0)):
        noise = rng.normal(size=n)
        z = sigma * noise + mu
        right = (np.exp(-np.abs(z)) * (z - mu) / sigma**2, -np.sign(z) * np.exp(-np.abs(z)))
        probe.call(f"f = exp(-|z|), mu {mu}, sigma {sigma}, {n} samples", gradient_samples,
                   lambda z: np.exp(-np.abs(z)), lambda z: -np.sign(z) * np.exp(-np.abs(z)),
                   mu, sigma, noise, expected=right)
### END HIDDEN TESTS


# %% mistake gradient_samples "not divided by sigma"
# Your score-function estimate is not divided by sigma: (z - mu) / sigma² is noise / sigma.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return f(z) * noise, slope(z)


# %% mistake gradient_samples "divided by sigma once too often"
# Your score-function estimate is divided by sigma once too often: noise is (z - mu) / sigma already.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return f(z) * noise / sigma**2, slope(z)


# %% mistake gradient_samples "z is not centred"
# Your score has z where z - mu belongs: see (13).
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return f(z) * z / sigma**2, slope(z)


# %% mistake gradient_samples "the derivative in the score-function estimate"
# Your score-function estimate uses the derivative of f. (13) has f itself.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return slope(z) * noise / sigma, slope(z)


# %% mistake gradient_samples "the slope at mu"
# Your path estimate takes the slope at mu. It is the slope at the sample z.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return f(z) * noise / sigma, slope(mu + 0 * noise)


# %% mistake gradient_samples "the gradient for sigma"
# Your path estimate is that of the gradient for sigma: for mu the derivative of z is 1, not noise.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return f(z) * noise / sigma, slope(z) * noise


# %% mistake gradient_samples "noise in place of z"
# Your functions are evaluated at the noise. The sample is z = mu + sigma * noise.
def gradient_samples(f, slope, mu, sigma, noise):
    return f(noise) * noise / sigma, slope(noise)


# %% mistake gradient_samples "the variance in place of the standard deviation"
# Your z is mu + sigma² * noise. In (14) it is sigma.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma**2 * noise
    return f(z) * (z - mu) / sigma**2, slope(z)


# %% mistake gradient_samples "the two are exchanged"
# Your function returns the path estimate first. The score-function estimate comes first.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return slope(z), f(z) * noise / sigma


# %% mistake gradient_samples "the means in place of the samples"
# Your function returns two means. Return the estimate of each single sample: two arrays.
def gradient_samples(f, slope, mu, sigma, noise):
    z = mu + sigma * noise
    return np.mean(f(z) * noise / sigma), np.mean(slope(z))


# %% alternative gradient_samples
def gradient_samples(f, slope, mu, sigma, noise):
    z = noise * sigma + mu
    log_q_slope = (z - mu) / sigma**2
    return [np.multiply(log_q_slope, f(z)), np.multiply(1.0, slope(z))]


# %% alternative gradient_samples
def gradient_samples(f, slope, mu, sigma, noise):
    score, path = [], []
    for e in noise:
        z = np.array([mu + sigma * e])
        score.append(float(f(z)[0] * (z[0] - mu) / sigma**2))
        path.append(float(slope(z)[0]))
    return np.array(score), np.array(path)


# %% [markdown]
# ### E.2 Measure the two
#
# Both estimates are right on average. But training uses one sample or a few for each picture, and
# then the spread decides.
#
# ### Exercise 12.15: variances, measured
#
# Take $f(z) = z^2$ (`square` and `square_slope` are there), $\mu = 2$, $\sigma = 0.5$, and 200,000
# numbers of noise from a generator of yours. Set
#
# - `score_variance`, `path_variance`: the variances of the single estimates, measured
# - `path_exact`: the variance of the path estimate, worked out on paper (what is the variance of
#   $2z$?)
# - `as_many`: of how many independent score-function samples must you take the mean, so that it is
#   as accurate as a single path sample? Measured; it need not be whole.
#
# (The check is statistical: measured variances may be off by five standard errors, and a right
# answer fails fewer than one time in 100,000.)

# %% hint variances [markdown]
# The mean of m independent samples has a variance that is smaller by which factor?

# %% hint variances [markdown]
# `gradient_samples` gives both arrays of estimates; `np.var` of each is the variance. The variance
# of a · z is a² times that of z.

# %% hint variances [markdown]
# noise ← default_rng(0).normal(size=200000); score, path ← gradient_samples(square, square_slope,
# 2, 0.5, noise); take var of both; as_many is their quotient; the factor 2 comes out squared

# %% solve variances
# Set score_variance, path_variance, path_exact and as_many.
### BEGIN SOLUTION
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance = score.var(), path.var()
path_exact = 4 * 0.5**2
as_many = score_variance / path_variance
### END SOLUTION

# %% check variances points=2
# With 200,000 samples the standard error of a measured variance is 0.77 % of it for the score
# function and 0.32 % for the path, and of their quotient at most 0.84 %; five of them are let pass: a
# right answer fails fewer than one time in 100,000.
with check("variances") as probe:
    known = {"the variance": 123.75, "the mean square": 139.75, "the standard deviation": 11.124,
             "the variance of the path": 1.0, "the variance of a mean": 123.75 / 200_000}
    probe.values("the score-function estimates: you measured", by_ratio(score_variance, 0.0077, known))
    known = {"the variance": 1.0, "the mean square": 17.0, "the variance of the score": 123.75,
             "the variance of a mean": 1 / 200_000}
    probe.values("the path estimates: you measured", by_ratio(path_variance, 0.0032, known))
    probe.number("the variance of the path estimate on paper", path_exact, decimals=3)
    known = {"as many": 123.75, "the inverse": 1 / 123.75, "the root": 11.124}
    probe.values("as many score-function samples as are needed", by_ratio(as_many, 0.0084, known))

# %% mistake variances "standard deviations"
# Your numbers are standard deviations. The variance is the square.
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.std(), path.std(), 1.0
as_many = score_variance / path_variance

# %% mistake variances "mean squares"
# Your numbers are mean squares. Subtract the square of the mean, or use np.var.
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = np.mean(score**2), np.mean(path**2), 1.0
as_many = score_variance / path_variance

# %% mistake variances "the variance of the mean"
# Your variances are those of the mean of all samples. Asked is the variance of a single one.
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.var() / 200_000, path.var() / 200_000, 1.0
as_many = score_variance / path_variance

# %% mistake variances "the two are exchanged"
# Your two variances are exchanged. gradient_samples returns the score-function estimates first.
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = path.var(), score.var(), 1.0
as_many = score_variance / path_variance

# %% mistake variances "the quotient is upside down"
# Your as_many is less than 1. How many of the worse samples are worth one of the better?
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.var(), path.var(), 1.0
as_many = path_variance / score_variance

# %% mistake variances "the quotient of the standard deviations"
# Your as_many is the quotient of standard deviations. The variance of a mean of m samples is 1/m of
# the variance of one: it falls with m, not with its root.
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.var(), path.var(), 1.0
as_many = np.sqrt(score_variance / path_variance)

# %% mistake variances "the factor is not squared"
# Your path_exact has the factor 2 once. The variance of 2z is 2² times the variance of z, which is
# sigma².
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.var(), path.var(), 0.5
as_many = score_variance / path_variance

# %% mistake variances "the factor alone"
# Your path_exact is the factor squared. Multiply it by the variance of z, which is sigma².
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.var(), path.var(), 4.0
as_many = score_variance / path_variance

# %% mistake variances "the variance of z"
# Your path_exact is the variance of z. The path estimate is the slope there, 2z.
noise = np.random.default_rng(0).normal(size=200_000)
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance, path_exact = score.var(), path.var(), 0.25
as_many = score_variance / path_variance

# %% alternative variances
samples = gradient_samples(square, square_slope, 2, 0.5, np.random.default_rng(99).normal(size=200_000))
score_variance, path_variance = (np.var(s, ddof=1) for s in samples)
path_exact, as_many = 1, score_variance / path_variance

# %% alternative variances
noise = torch.randn(200_000, generator=torch.Generator().manual_seed(5), dtype=torch.float64).numpy()
score, path = gradient_samples(square, square_slope, 2.0, 0.5, noise)
score_variance, path_variance = np.mean((score - 4) ** 2), np.mean((path - 4) ** 2)
path_exact, as_many = 1.0, score_variance / path_variance

# %% [markdown]
# A hundred and more samples to match a single one. And it is not always the same factor. For $f(z) =
# z^2$ the variance of the score-function estimate is $\mu^4/\sigma^2 + 14\mu^2 + 15\sigma^2$. What
# happens to it, and to the variance of the path estimate, when the encoder becomes surer and
# $\sigma$ goes to 0?


# %%
def draw_variances(mu=2.0):
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    sigmas = np.geomspace(0.02, 3, 200)
    measured, rng = np.geomspace(0.02, 3, 12), np.random.default_rng(0)
    pairs = [gradient_samples(square, square_slope, mu, s, rng.normal(size=20_000)) for s in measured]
    score, path = np.var(pairs, axis=2).T
    ax.loglog(sigmas, mu**4 / sigmas**2 + 14 * mu**2 + 15 * sigmas**2, color=VERMILLION)
    ax.loglog(sigmas, 4 * sigmas**2, color=BLUE, ls="--")
    ax.loglog(measured, score, "s", color=VERMILLION, label="score function")
    ax.loglog(measured, path, "o", color=BLUE, label="path")
    ax.set(xlabel="sigma", ylabel="variance of one estimate")
    ax.legend(frameon=False)
    return figure


plots.show(
    draw_variances(),
    "Variance of one estimate against sigma, both on logarithmic scales, measured points on computed "
    "lines. That of the path falls with sigma squared. That of the score function never falls below "
    "about 87 and grows without bound as sigma goes to 0.",
)

# %% [markdown]
# *Figure 6. Variances for $f(z) = z^2$ at $\mu = 2$: measured (marks) and computed (lines). As
# $\sigma \to 0$ one vanishes and the other explodes.*
#
# The score function multiplies the *value* of $f$ by a random direction and hopes that the
# directions cancel; subtracting a constant from $f$ helps (a "baseline"), as does averaging. The
# path knows the *slope* of $f$. The decoder is a network, whose slope back-propagation gives us for
# nothing. So we take the path.
#
# ## F. A variational autoencoder of digits
#
# ### F.1 The parts
#
# Everything is ready:
#
# - The **encoder** turns a picture into $2d$ numbers: the means $\mu$ of its cloud, and the
#   logarithms $\log \sigma^2$ of the variances.
# - A code is **drawn** from the cloud by (14).
# - The **decoder** turns the code into logits; the logistic function makes them pixels $\hat x_i$,
#   the probabilities of ink.
# - The **loss** is $-L$ of (9), with one sample in place of the average in the first term:
#
# $$
# -L \approx \underbrace{-\sum_{i\,\in\,\text{pixels}} \big( x_i \log \hat x_i + (1 - x_i) \log (1 -
# \hat x_i) \big)}_{\text{reconstruction}} \; + \; \underbrace{\tfrac12 \sum_{j=1}^{d} \left( \mu_j^2 +
# \sigma_j^2 - 1 - \log \sigma_j^2 \right)}_{\text{divergence}}
# \tag{16}
# $$
#
# The reconstruction term is $-\log p(x \mid z)$ if every pixel is a coin that shows ink with the
# probability $\hat x_i$. (Our pixels are grey. The formula is used all the same: it takes $x_i$ for
# the share of ink. It is smallest for $\hat x_i = x_i$, but not 0 there.) Both terms are sums, over
# pixels and over codes, in nats; a mean over the pixels would change the balance that (9) fixes.
#
# ### Exercise 12.16: draw a code
#
# Write `draw(mu, log_var, noise)`: equation (14) in torch. All three arguments and the result have
# the shape (batch, d); gradients must pass to `mu` and to `log_var`.

# %% hint draw [markdown]
# (14) has σ in it. What do you have?

# %% hint draw [markdown]
# log_var is log σ², twice the logarithm of σ. So σ is the exponential of half of it.

# %% hint draw [markdown]
# return mu + exp(log_var / 2) · noise


# %% solve draw
def draw(mu, log_var, noise):
    """Return the codes z of (14), of shape (batch, d).

    >>> draw(torch.tensor([[1.0]]), torch.tensor([[0.0]]), torch.tensor([[-0.5]]))
    tensor([[0.5000]])
    """
    ### BEGIN SOLUTION
    return mu + (log_var / 2).exp() * noise
    ### END SOLUTION


# %% given try_draw
def try_draw(mu, log_var, noise):
    """Return the codes, and the gradients of the sum of their squares."""
    mu, log_var = (tensor.clone().requires_grad_() for tensor in (mu, log_var))
    codes = draw(mu, log_var, noise)
    codes.square().sum().backward()
    return codes.detach(), gradient_of(mu), gradient_of(log_var)


# %% check draw points=1
with check("draw") as probe:
    mu = torch.tensor([[0.5, -1.0], [2.0, 0.3]], dtype=torch.float64)
    log_var = torch.tensor([[0.4, -1.2], [1.0, -3.0]], dtype=torch.float64)
    noise = torch.tensor([[1.0, -0.5], [0.2, 2.0]], dtype=torch.float64)
    probe.call("no noise", draw, mu, log_var, 0 * noise)
    probe.call("variance 1", draw, mu, 0 * log_var, noise)
    probe.call("mean 0", draw, 0 * mu, log_var, noise)
    probe.values("codes and gradients", try_draw(mu, log_var, noise))
### BEGIN HIDDEN TESTS
with check.hidden("draw") as probe:
    generator = torch.Generator().manual_seed(1216)
    for batch, d in ((1, 1), (7, 3), (0, 2)):
        mu, log_var, noise = torch.randn(3, batch, d, generator=generator).unbind()
        right = mu + noise * torch.sqrt(torch.exp(log_var))
        probe.call(f"{batch} pictures, codes of {d}", draw, mu, log_var, noise, expected=right)
### END HIDDEN TESTS


# %% mistake draw "the variance in place of the standard deviation"
# Your noise is multiplied by the variance. exp(log_var) is sigma²; take the root.
def draw(mu, log_var, noise):
    return mu + log_var.exp() * noise


# %% mistake draw "log_var is taken for sigma"
# Your noise is multiplied by log_var itself. sigma is exp(log_var / 2).
def draw(mu, log_var, noise):
    return mu + log_var * noise


# %% mistake draw "the noise is not scaled"
# Your noise is added as it is. Multiply it by sigma.
def draw(mu, log_var, noise):
    return mu + noise


# %% mistake draw "the mean is forgotten"
# Your codes lie around 0. Add mu.
def draw(mu, log_var, noise):
    return (log_var / 2).exp() * noise


# %% mistake draw "half of the variance"
# Your factor is half of exp(log_var). The root of exp(log_var) is exp(log_var / 2).
def draw(mu, log_var, noise):
    return mu + log_var.exp() / 2 * noise


# %% mistake draw "the mean is multiplied too"
# Your mean is multiplied by sigma. In (14) only the noise is.
def draw(mu, log_var, noise):
    return (log_var / 2).exp() * (mu + noise)


# %% mistake draw "no gradient passes to log_var"
# Your codes are right, but no gradient passes to log_var. Leave out .detach(), .data and no_grad().
def draw(mu, log_var, noise):
    return mu + (log_var / 2).exp().detach() * noise


# %% mistake draw "no gradient passes to mu"
# Your codes are right, but no gradient passes to mu. Leave out .detach(), .data and no_grad().
def draw(mu, log_var, noise):
    return mu.detach() + (log_var / 2).exp() * noise


# %% mistake draw "no gradient passes"
# Your codes are right, but no gradient passes through them. Leave out .detach(), .data, no_grad() and
# torch.tensor(...).
def draw(mu, log_var, noise):
    with torch.no_grad():
        return mu + (log_var / 2).exp() * noise


# %% alternative draw
def draw(mu, log_var, noise):
    return torch.addcmul(mu, torch.exp(0.5 * log_var), noise)


# %% alternative draw
def draw(mu, log_var, noise):
    return noise * torch.sqrt(torch.exp(log_var)) + mu


# %% [markdown]
# ### Exercise 12.17: the loss
#
# Write `vae_terms(networks, x, noise)`, which returns the two terms of (16) as a pair, each a
# **mean over the batch** (a tensor of shape (), as `.mean()` gives it).
#
# - `networks` is a pair of encoder and decoder. The encoder takes the pictures and returns (batch,
#   2d): the first d columns are $\mu$, the others $\log \sigma^2$. The decoder takes codes (batch,
#   d) and returns **logits** (batch, pixels).
# - `x` holds pictures (batch, 1, height, width) with values from 0 to 1, `noise` is (batch, d).
#
# Use your `draw` and `gaussian_kl`, and for the first term
# `torch.nn.functional.binary_cross_entropy_with_logits`: it takes logits and targets of the same
# shape; `reduction="none"` gives a number for each pixel, `reduction="sum"` their sum.

# %% hint vae_terms [markdown]
# Follow one picture: through the encoder, into two halves, to a code, through the decoder, beside
# the picture. Which shape does it have at each place?

# %% hint vae_terms [markdown]
# `encoder(x).chunk(2, dim=1)` gives the two halves. `x.flatten(1)` has the shape of the logits. Sum
# over pixels, divide by the number of pictures, len(x); the divergences of the batch are averaged.

# %% hint vae_terms [markdown]
# mu, log_var ← encoder(x).chunk(2, dim=1); logits ← decoder(draw(mu, log_var, noise));
# reconstruction ← binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum") / len(x);
# return reconstruction, mean of gaussian_kl(mu, log_var)


# %% solve vae_terms
def vae_terms(networks, x, noise):
    """Return the reconstruction term and the divergence of (16), means over the batch, in nats.

    >>> networks = two_networks(64, 16, codes=4, latent=2)
    >>> terms = vae_terms(networks, torch.zeros(5, 1, 8, 8), torch.zeros(5, 2))
    >>> [term.shape for term in terms]
    [torch.Size([]), torch.Size([])]
    """
    encoder, decoder = networks
    # 1. from the pictures to the codes
    # 2. from the codes to the logits, and the two terms
    ### BEGIN SOLUTION
    mu, log_var = encoder(x).chunk(2, dim=1)
    logits = decoder(draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    reconstruction = loss(logits, x.flatten(1), reduction="sum") / len(x)
    return reconstruction, gaussian_kl(mu, log_var).mean()
    ### END SOLUTION


# %% given try_vae_terms
def waves(shape, number, scale=1.0):
    """Return a tensor of known numbers between -scale and scale."""
    steps = torch.arange(float(np.prod(shape)), dtype=torch.float64)
    return scale * torch.sin(number + 1.7 * steps).reshape(shape)


def known_networks(side, latent):
    """Return an encoder and a decoder with known weights, for pictures of side by side pixels."""
    nn, pixels = torch.nn, side * side
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 2 * latent)).double()
    decoder = nn.Sequential(nn.Linear(latent, pixels)).double()
    with torch.no_grad():
        for number, each in enumerate([*encoder.parameters(), *decoder.parameters()]):
            each.copy_(waves(each.shape, number))
    return encoder, decoder


def try_vae_terms(batch, side, latent, noisy=1.0, ink=1.0):
    """Return both terms for known networks, pictures and noise, and gradients of their sum."""
    networks = encoder, decoder = known_networks(side, latent)
    x = ink * waves((batch, 1, side, side), 3).square()
    noise = waves((batch, latent), 5, noisy)
    terms = vae_terms(networks, x, noise)
    sum(terms).backward()
    ends = [gradient_of(network[-1].bias) for network in (encoder, decoder)]
    return [term.detach().clone() for term in terms], ends


# %% check vae_terms points=3
with check("vae_terms") as probe:
    probe.values("one picture, no noise", try_vae_terms(1, 2, 1, noisy=0.0))
    probe.values("one picture, with noise", try_vae_terms(1, 2, 1))
    probe.values("three empty pictures, codes of 2", try_vae_terms(3, 3, 2, ink=0.0))
    probe.values("four pictures, codes of 3", try_vae_terms(4, 4, 3))
### BEGIN HIDDEN TESTS
def right_terms(batch, side, latent):
    (encoder, decoder), noise = known_networks(side, latent), waves((batch, latent), 5)
    x = waves((batch, 1, side, side), 3).square()
    codes = encoder(x)
    mu, sigma = codes[:, :latent], torch.sqrt(torch.exp(codes[:, latent:]))
    shown = torch.sigmoid(decoder(mu + sigma * noise))
    flat = x.reshape(batch, -1)
    first = -(flat * shown.log() + (1 - flat) * (1 - shown).log()).sum() / batch
    N = torch.distributions.Normal
    second = torch.distributions.kl_divergence(N(mu, sigma), N(0.0, 1.0)).sum() / batch
    (first + second).backward()
    return [first.detach(), second.detach()], [encoder[-1].bias.grad, decoder[-1].bias.grad]


with check.hidden("vae_terms") as probe:
    for batch, side, latent in ((1, 1, 1), (5, 3, 2), (2, 5, 6)):
        label = f"{batch} pictures of {side} by {side}, codes of {latent}"
        probe.values(label, try_vae_terms(batch, side, latent), right_terms(batch, side, latent))
### END HIDDEN TESTS


# %% mistake vae_terms "the mean over the pixels"
# Your first term is a mean over the pixels. (16) sums over them; the mean is over the batch only.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1)), gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "the sum over the batch"
# Your terms are sums over the batch. Divide by the number of pictures.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1), reduction="sum"), gaussian_kl(mu, log_var).sum()


# %% mistake vae_terms "only the first term is divided by the batch"
# Your divergence is a sum over the batch. Take the mean.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1), reduction="sum") / len(x), gaussian_kl(mu, log_var).sum()


# %% mistake vae_terms "the two halves are exchanged"
# Your means come from the second half of the encoder's answer. The first d columns are the means.
def vae_terms(networks, x, noise):
    log_var, mu = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1), reduction="sum") / len(x), gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "the noise is not used"
# Your decoder is given the means. It must cope with a code that is drawn: use the noise.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](mu)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1), reduction="sum") / len(x), gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "the logistic function twice"
# Your logits go through the logistic function before the loss, which has one of its own.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    shown = torch.sigmoid(networks[1](draw(mu, log_var, noise)))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(shown, x.flatten(1), reduction="sum") / len(x), gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "the squared error"
# Your first term is a squared error. (16) has the cross-entropy of each pixel.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    shown = torch.sigmoid(networks[1](draw(mu, log_var, noise)))
    return (shown - x.flatten(1)).square().sum() / len(x), gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "the divergence is subtracted"
# Your divergence has a minus in front. In the loss (16) both terms are added, for it is -L.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1), reduction="sum") / len(x), -gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "no gradient passes from the decoder to the encoder"
# Your values are right, but no gradient of the reconstruction reaches the encoder. Leave out
# .detach() and .data.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise).detach())
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(logits, x.flatten(1), reduction="sum") / len(x), gaussian_kl(mu, log_var).mean()


# %% mistake vae_terms "numbers in place of tensors"
# Your terms are plain numbers, through which no gradient passes. Leave out .item() and float().
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    reconstruction = loss(logits, x.flatten(1), reduction="sum") / len(x)
    return reconstruction.item(), gaussian_kl(mu, log_var).mean().item()


# %% mistake vae_terms "the two terms are exchanged"
# Your function returns the divergence first. The reconstruction comes first.
def vae_terms(networks, x, noise):
    mu, log_var = networks[0](x).chunk(2, dim=1)
    logits = networks[1](draw(mu, log_var, noise))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return gaussian_kl(mu, log_var).mean(), loss(logits, x.flatten(1), reduction="sum") / len(x)


# %% mistake vae_terms "no gradient passes"
# Your values are right, but no gradient passes through them. Leave out .detach(), .data and no_grad().
def vae_terms(networks, x, noise):
    with torch.no_grad():
        mu, log_var = networks[0](x).chunk(2, dim=1)
        logits = networks[1](draw(mu, log_var, noise))
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        return loss(logits, x.flatten(1), reduction="sum") / len(x), gaussian_kl(mu, log_var).mean()


# %% alternative vae_terms
def vae_terms(networks, x, noise):
    encoder, decoder = networks
    d = noise.shape[1]
    both = encoder(x)
    mu, log_var = both[:, :d], both[:, d:]
    logits, flat = decoder(draw(mu, log_var, noise)), x.reshape(len(x), -1)
    ink = torch.nn.functional.logsigmoid(logits)
    paper = torch.nn.functional.logsigmoid(-logits)
    return -(flat * ink + (1 - flat) * paper).sum(dim=1).mean(), gaussian_kl(mu, log_var).mean()


# %% alternative vae_terms
def vae_terms(networks, x, noise):
    encoder, decoder = networks
    mu, log_var = torch.split(encoder(x), noise.shape[1], dim=1)
    shown = decoder(draw(mu, log_var, noise)).sigmoid()
    terms = torch.nn.functional.binary_cross_entropy(shown, x.flatten(1), reduction="none")
    return terms.sum(1).mean(), gaussian_kl(mu, log_var).sum() / len(x)


# %% [markdown]
# ### F.2 One term, the other, both
#
# The loss has two terms, and each wants something else of the plane of codes. Before you look: what
# becomes of the clouds if only one of them is there?
#
# ### Exercise 12.18: three latent spaces
#
# Three networks with codes of two numbers are trained on the digits: one with the reconstruction
# term only, one with the divergence only, one with both. Which is which? Set `reconstruction_only`,
# `divergence_only` and `both_terms` to the letters of these descriptions of the codes drawn for the
# test digits:
#
# - `'a'` one round heap around 0 with a radius of 2 or 3; the classes lie side by side in it
# - `'b'` one round heap around 0 with a radius of 2 or 3; all classes are mixed up
# - `'c'` no round heap: the codes lie two or three times as far apart, many classes in places of
#   their own, with empty places between them

# %% hint panels [markdown]
# If the divergence costs nothing, what does the decoder wish: overlapping clouds or separate ones?

# %% hint panels [markdown]
# Without the reconstruction term nothing in the loss knows which picture it is. For which μ and σ
# is (11) smallest?

# %% hint panels [markdown]
# Small σ and large distances make codes unambiguous; (11) alone is 0 for μ = 0, σ = 1, the same for
# every picture; with both the clouds crowd around 0 but keep apart what differs.

# %% solve panels
# Set reconstruction_only, divergence_only and both_terms, each to a letter.
### BEGIN SOLUTION
reconstruction_only = "c"
divergence_only = "b"
both_terms = "a"
### END SOLUTION

# %% check panels points=1
with check("panels") as probe:
    probe.choice("the reconstruction term only", reconstruction_only)
    probe.choice("the divergence only", divergence_only)
    probe.choice("both terms", both_terms)

# %% mistake panels "reconstruction alone stays near 0"
# Your first letter says that the codes stay near 0. What would keep them there? The reconstruction
# term does not ask where a code lies.
reconstruction_only, divergence_only, both_terms = "a", "b", "a"

# %% mistake panels "reconstruction alone mixes the classes"
# Your first letter says that the classes are mixed up. Could the decoder then draw the right one?
reconstruction_only, divergence_only, both_terms = "b", "b", "a"

# %% mistake panels "the divergence alone keeps classes apart"
# Your second letter says that the divergence separates classes. Look for the picture in (11): it is
# not there.
reconstruction_only, divergence_only, both_terms = "c", "a", "a"

# %% mistake panels "the divergence alone drives codes apart"
# Your second letter says that the divergence drives the codes far from 0. For which mean and variance
# is (11) smallest?
reconstruction_only, divergence_only, both_terms = "c", "c", "a"

# %% mistake panels "both terms mix the classes"
# Your third letter says that the classes are mixed up. The reconstruction term is still there.
reconstruction_only, divergence_only, both_terms = "c", "b", "b"

# %% mistake panels "both terms drive codes apart"
# Your third letter says that the codes lie far apart. The divergence is there now, and puts a price
# on that.
reconstruction_only, divergence_only, both_terms = "c", "b", "c"

# %% [markdown]
# Train the three, and keep the codes of the test digits after each epoch. It takes some seconds
# each.


# %%
@cache
def trained(name, latent=2, hidden=256, epochs=40, drawn=1.0, away=1.0, batch_size=64):
    """Return networks trained with drawn * reconstruction + away * divergence, and their past."""
    training.seed(0)
    pictures = SETS[name]()
    x, shown, past = pictures.x_train, pictures.x_test[:300].to(training.device()), []
    networks = two_networks(x[0].numel(), hidden, codes=2 * latent, latent=latent)
    optimizer = torch.optim.Adam(networks.parameters())
    steps = epochs * -(-len(x) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)

    def step(batch):
        noise = torch.randn(len(batch), latent, device=batch.device)
        return descend(vae_terms(networks, batch, noise), (drawn, away), optimizer)

    def look():
        past.append(encode(networks, shown))
        return {}

    training.loop(step, x, epochs, batch_size=batch_size, schedule=schedule, evaluate=look)
    return networks, past


# %%
def descend(terms, weights, optimizer):
    """One step of the optimizer; return the two terms for the record."""
    loss = weights[0] * terms[0] + weights[1] * terms[1]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"reconstruction": terms[0].detach(), "divergence": terms[1].detach()}


def encode(networks, x):
    """Return the means and standard deviations of the clouds of pictures, (n, d) each."""
    with torch.no_grad():
        mu, log_var = networks[0](x.to(training.device())).cpu().chunk(2, dim=1)
    return mu, (log_var / 2).exp()


@cache
def clothes():
    """All 60,000 pictures for a GPU, where they are on this machine; else 8,000."""
    try:
        return data.fashion(full=training.device().type == "cuda")
    except Exception as error:
        print(error)
        return data.fashion()


SETS = {"digits": cache(data.digits), "clothes": clothes}
LOSSES = {"reconstruction only": {"away": 0.0}, "divergence only": {"drawn": 0.0}, "both": {}}
for weights in LOSSES.values():
    trained("digits", **weights)

# %% [markdown]
# Now watch them grow: move the epoch from the first to the last. With `points` on "means" you see
# the centres of the clouds only. The dashed circles have the radii 1, 2 and 3; the prior has 39 %,
# 86 % and 99 % of its weight inside of them. Mind the scales: they differ from panel to panel.


# %%
CLASS_COLOURS = (BLUE, VERMILLION, GREEN, "black", "#CC79A7", ORANGE, "#56B4E9") * 2


def draw_panels(figure, epoch=40, points="drawn"):
    labels = SETS["digits"]().y_test[:300].numpy()
    noise = np.random.default_rng(0).normal(size=(300, 2))
    sentence = []
    for ax, (name, weights) in zip(figure.subplots(1, 3), LOSSES.items(), strict=True):
        _, past = trained("digits", **weights)
        mu, sigma = (part.numpy() for part in past[epoch - 1])
        z = mu + sigma * noise * (points == "drawn")
        draw_codes(ax, z, labels)
        ax.set_title(name)
        sentence.append(f"{name}: median sigma {np.median(sigma):.2f}")
    return "; ".join(sentence)


def draw_codes(ax, z, labels, circles=True, least=3.2):
    """Write each digit at its code; the digits beside one another differ in colour too."""
    for label in range(10):
        x, y = z[labels == label].T
        ax.plot(x, y, ls="", marker=f"${label}$", ms=5, mew=0.3, color=CLASS_COLOURS[label])
    size = max(least, 1.05 * np.percentile(np.abs(z), 99.5))
    for radius in (1, 2, 3) if circles else ():
        ax.add_patch(plt.Circle((0, 0), radius, fill=False, ls="--", lw=0.8, color="black"))
    ax.set(xlim=(-size, size), ylim=(-size, size), xlabel="code 1", aspect="equal")
    ax.set_ylabel("code 2", labelpad=0)


# %%
explore.live(
    draw_panels,
    title="What each term does to the latent space",
    description="Three panels with the codes of 300 test digits, written as the digit they belong to. "
    "Reconstruction only: spread two or three times as wide as the circles, most classes in places "
    "of their own, some on top of one another. Divergence only: one heap within the circles, classes "
    "mixed up. Both: one heap within the circles, most classes side by side.",
    figure_size=(10.0, 3.9),
    epoch=(1, 40),
    points=["drawn", "means"],
)

# %% [markdown]
# *Figure 7. Codes of 300 test digits, each written as the digit it is, under three losses.*
#
# Were your letters right? Explain what you see, in your own words: for the reconstruction term
# alone and for the divergence alone, what is the best that the encoder can do, and why can one draw
# new digits from neither of them? Why from the third? (Three or four sentences.)

# %% answer panels [markdown] points=2
# *Your explanation:*
#
# <!-- BEGIN SOLUTION -->
# **Model answer.** With the reconstruction term alone, noise only hurts: the encoder makes σ small
# and the distances between clouds large, so that the decoder can tell the codes apart; it is a
# plain autoencoder again, with holes, and nothing says where to draw from. With the divergence
# alone the best is μ = 0 and σ = 1 for every picture, where (11) is 0: the codes are pure noise
# that knows nothing of the picture, and the decoder was never trained. With both, clouds overlap
# near 0 as closely as the reconstruction allows, so that neighbours must look alike, there are
# hardly any holes, and all the codes together fill the prior: a code drawn from it falls where the
# decoder has learned to draw.
#
# **Rubric.**
# - 1 point: what each term alone leads to (small σ, large distances; μ = 0, σ = 1 whatever the
#   picture), with the reason.
# - 1 point: why one cannot draw from either (holes and unknown region; an untrained decoder), and
#   why from the third: the codes fill the prior without holes, neighbours alike.
# <!-- END SOLUTION -->

# %% [markdown]
# ### F.3 New digits
#
# The decoder of the third network has learned what to do with codes from everywhere in the prior.
# So draw from the prior.
#
# ### Exercise 12.19: sample
#
# Write `sample(decoder, n, d, generator)`: `n` pictures, of shape (n, pixels), with values between
# 0 and 1 and without gradients. The codes, of shape (n, d), are drawn from the prior with the
# `generator`, a `torch.Generator` (`torch.randn` takes it as `generator=`). The decoder returns
# logits.
#
# (The check looks at many samples of a known decoder. It is statistical: five standard errors are
# let pass, and a right answer fails fewer than one time in 10,000.)

# %% hint sample [markdown]
# Which distribution is the prior? And what stands between the decoder's answer and a pixel?

# %% hint sample [markdown]
# Standard normal codes with torch.randn, through the decoder, through the logistic function. All
# under torch.no_grad().

# %% hint sample [markdown]
# with no_grad: z ← randn(n, d, generator=generator); return sigmoid(decoder(z))


# %% solve sample
def sample(decoder, n, d, generator):
    """Return n new pictures (n, pixels), drawn from the prior with the generator.

    >>> decoder = torch.nn.Linear(2, 64)
    >>> sample(decoder, 5, 2, torch.Generator().manual_seed(0)).shape
    torch.Size([5, 64])
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        z = torch.randn(n, d, generator=generator)
        return torch.sigmoid(decoder(z))
    ### END SOLUTION


# %% given try_sample
def known_decoder(d, gain=1.0, shift=0.0):
    """Return a decoder whose logits are gain times the code, plus shift."""
    decoder = torch.nn.Linear(d, d)
    with torch.no_grad():
        decoder.weight.copy_(gain * torch.eye(d))
        decoder.bias.copy_(torch.as_tensor(shift).expand(d))
    return decoder


def try_sample(n, d, generator, **known):
    """Return samples of a known decoder, and whether gradients could flow through them."""
    if isinstance(generator, int):
        generator = torch.Generator().manual_seed(generator)
    pictures = sample(known_decoder(d, **known), n, d, generator)
    if not isinstance(pictures, torch.Tensor):
        raise TypeError(f"a tensor is due, and sample returned {type(pictures).__name__}")
    return pictures.detach().clone(), bool(pictures.requires_grad)


def codes_behind(pictures, gain):
    """Return the codes of these samples, where they are between 0 and 1."""
    p = pictures.double().clamp(1e-9, 1 - 1e-9)
    return (p.log() - (1 - p).log()).numpy() / gain


def kind_of_pixels(pictures):
    """Return what the pixels are like, in words."""
    if not bool((pictures >= 0).all() and (pictures <= 1).all()):
        return "some outside of 0 to 1"
    shades = len(pictures.unique())
    return "shades from 0 to 1" if shades > 2 else f"{shades} shade{'s' * (shades > 1)} only"


def kind_of_codes(codes):
    """Return which usual distribution 18,000 codes have by their first moments, in words."""
    m, v, k = codes.mean(), codes.var(), (codes**4).mean()
    if (codes == codes[0]).all():
        return "the same for all pictures"
    if abs(m) < 0.0373 and abs(v - 1) < 0.0528 and abs(k - 3) < 0.366:
        return "standard normal"
    if abs(m - 1 / 2) < 0.01 and abs(v - 1 / 12) < 0.005:
        return "uniform from 0 to 1"
    if abs(m) < 0.1 and abs(k / v**2 - 9 / 5) < 0.1:
        return "uniform around 0"
    return "none of the usual ones"


# %% check sample points=2
# 18,000 codes: the standard error of their mean is 0.0075, of their variance 0.0105, of their fourth
# moment 0.073 (it is 3 for the normal distribution), of a correlation 0.013. Five times that is let
# pass: below 1 in 100,000 each, so a right answer fails fewer than one time in 10,000.
with check("sample") as probe:
    pictures, with_gradient = try_sample(6_000, 3, 1, gain=2.0)
    probe.values("the shape for n = 6,000 and d = 3", list(pictures.shape))
    logits = torch.tensor([-2.0, 0.5, 3.0])
    pixels = try_sample(1, 3, 1, gain=0.0, shift=logits)[0]
    probe.values("the pixels where the logits are always -2, 0.5 and 3", pixels)
    probe.values("the pixels", kind_of_pixels(pictures))
    codes = codes_behind(pictures, gain=2.0)
    m, v, k = codes.mean(), codes.var(), (codes**4).mean()
    probe.true("mean 0 of the codes behind them", abs(m) < 0.0373, "Draw codes with mean 0.")
    probe.true("variance 1", abs(v - 1) < 0.0528, "Draw codes with standard deviation 1.")
    probe.true("a normal distribution: fourth moment 3", abs(k - 3) < 0.366, "Draw with torch.randn.")
    probe.values("the distribution of the codes, in all", kind_of_codes(codes))
    apart = np.corrcoef(codes.T)[~np.eye(codes.shape[1], dtype=bool)] if v else np.ones(1)
    probe.true("the numbers of a code independent", np.abs(apart).max() < 0.065,
               "Draw every number of every code anew.")
    again, other = try_sample(4, 3, 1)[0], try_sample(4, 3, 2)[0]
    same_seed = torch.equal(again, try_sample(4, 3, 1)[0])
    probe.true("the generator is used", same_seed and not torch.equal(again, other),
               "Pass generator=generator to torch.randn.")
    generator = torch.Generator().manual_seed(1)
    fives = [try_sample(5, 1, generator)[0] for _ in range(200)]
    probe.true("a second call with the same generator: other pictures",
               not torch.equal(fives[0], fives[1]),
               "Draw from the generator itself, which moves on; do not set its seed.")
    # the means of five codes have the deviation 0.447; that of 200 of them is 0.022 off
    spread = np.std([codes_behind(five, 1.0).mean() for five in fives])
    probe.true("the means of five codes scatter", 0.3 < spread < 0.6,
               "Draw each code by itself; do not shift or scale codes by their mean or deviation.")
    probe.true("no gradients", not with_gradient, "Work under torch.no_grad().")
### BEGIN HIDDEN TESTS
with check.hidden("sample") as probe:  # the same moments, five standard errors, other seeds
    for n, d, gain, seed in ((8_000, 2, 1.0, 7), (3_000, 6, 0.5, 8)):
        pictures, with_gradient = try_sample(n, d, seed, gain=gain)
        codes, root = codes_behind(pictures, gain), np.sqrt(n * d)
        found = (codes.mean(), codes.var() - 1, (codes**4).mean() - 3)
        limits = (5 / root, 5 * np.sqrt(2) / root, 5 * np.sqrt(96) / root)
        right = all(abs(a) < b for a, b in zip(found, limits, strict=True))
        probe.true(f"moments of {n} codes of {d} numbers", right and not with_gradient,
                   "Codes are standard normal; pixels are logistic functions of logits.")
    probe.shape("a single picture", try_sample(1, 5, 9)[0], (1, 5))
### END HIDDEN TESTS


# %% mistake sample "uniform codes"
# Your codes are drawn uniformly between 0 and 1 (torch.rand). The prior is the standard normal
# distribution: torch.randn.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return torch.sigmoid(decoder(torch.rand(n, d, generator=generator)))


# %% mistake sample "uniform codes around 0"
# Your codes are drawn uniformly around 0. The prior is the standard normal distribution.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        z = (2 * torch.rand(n, d, generator=generator) - 1) * 3**0.5
        return torch.sigmoid(decoder(z))


# %% mistake sample "logits in place of pixels"
# Your pixels are not between 0 and 1: the decoder returns logits. Use torch.sigmoid on what it
# returns.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return decoder(torch.randn(n, d, generator=generator))


# %% mistake sample "one code for all pictures"
# Your pictures are all alike: one code was drawn, and n are due.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return torch.sigmoid(decoder(torch.randn(1, d, generator=generator).expand(n, d)))


# %% mistake sample "one number for the whole code"
# Your codes have the same number in all places. Draw (n, d) numbers.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        z = torch.randn(n, 1, generator=generator).expand(n, d)
        return torch.sigmoid(decoder(z))


# %% mistake sample "the generator is not used"
# Your codes do not come from the generator. Pass it on: generator=generator.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return torch.sigmoid(decoder(torch.randn(n, d)))


# %% mistake sample "gradients are kept"
# Your pictures carry a graph for gradients along. Work under torch.no_grad().
def sample(decoder, n, d, generator):
    return torch.sigmoid(decoder(torch.randn(n, d, generator=generator)))


# %% mistake sample "coins are thrown for the pixels"
# Your pixels are only 0 or 1. Return the probabilities of ink.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        p = torch.sigmoid(decoder(torch.randn(n, d, generator=generator)))
        return torch.bernoulli(p, generator=generator)


# %% mistake sample "the logits are cut off"
# Your pixels are logits that were cut off at 0 and 1. Use the logistic function, torch.sigmoid.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return decoder(torch.randn(n, d, generator=generator)).clamp(0, 1)


# %% mistake sample "softmax in place of the logistic function"
# Your pixels sum to 1 over the picture. Each is a coin of its own: use torch.sigmoid.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return torch.softmax(decoder(torch.randn(n, d, generator=generator)), dim=1)


# %% mistake sample "codes of 0"
# Your codes are all 0: every picture is the same one. Draw them with torch.randn.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        return torch.sigmoid(decoder(torch.zeros(n, d)))


# %% mistake sample "the generator is set back"
# Your function sets the seed, so that each call draws the same codes again. Leave the generator as it
# comes.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        generator.manual_seed(generator.initial_seed())
        return torch.sigmoid(decoder(torch.randn(n, d, generator=generator)))


# %% mistake sample "the codes are standardised"
# Your codes are shifted and scaled until their mean is 0 and their deviation 1, so they depend on one
# another. Draw each by itself.
def sample(decoder, n, d, generator):
    with torch.no_grad():
        z = torch.randn(n, d, generator=generator)
        return torch.sigmoid(decoder((z - z.mean()) / z.std()))


# %% mistake sample "nothing is returned"
# Your function returns nothing: is a `return` missing?
def sample(decoder, n, d, generator):
    with torch.no_grad():
        torch.sigmoid(decoder(torch.randn(n, d, generator=generator)))


# %% alternative sample
@torch.no_grad()
def sample(decoder, n, d, generator):
    return decoder(torch.randn((n, d), generator=generator)).sigmoid()


# %% alternative sample
def sample(decoder, n, d, generator):
    rows = []
    for _ in range(n):
        z = torch.empty(1, d).normal_(generator=generator)
        rows.append(1 / (1 + torch.exp(-decoder(z).detach())))
    return torch.cat(rows)


# %% alternative sample
def sample(decoder, n, d, generator):
    z = torch.randn(d, n, generator=generator).T
    with torch.no_grad():
        return torch.sigmoid(decoder(z.contiguous()))


# %%
def invented(name, n=24, **settings):
    """Return n new pictures of a trained network; it is moved to where the codes are drawn."""
    networks, _ = trained(name, **settings)
    decoder = networks[1].cpu()
    pictures = sample(decoder, n, decoder[0].in_features, torch.Generator().manual_seed(1))
    networks.to(training.device())
    return pictures


def draw_invented():
    rows = [invented("digits", 12, **weights) for weights in LOSSES.values()]
    axes = plots.images(torch.cat(rows), columns=12)
    for ax, name in zip(axes[:, 0], LOSSES, strict=True):
        ax.set_title(name, loc="left", fontsize=9)
    return axes


plots.show(
    draw_invented(),
    "Twelve pictures from each of the three decoders, from the same codes of the prior. Reconstruction "
    "only: sharp, but few kinds, and some mixtures of two digits. Divergence only: grey noise. Both: "
    "more kinds of digits, some of them blurred.",
)

# %% [markdown]
# *Figure 8. Pictures from codes of the prior, for each of the three losses.*
#
# The last row holds digits that nobody wrote. They are blurred where the decoder is unsure: a pixel
# that is ink in half of the pictures with such a code is best drawn grey. The first row is sharper,
# but look at what is *not* in it. In the left panel of Figure 7 the circles of the prior cover only a
# part of the land; kinds of digits that live elsewhere are never drawn.
#
# Where in the plane is which digit? Walk. Left you see the codes of the test digits, and where you
# are; right is what the decoder draws there. Find a way from a 1 to a 0 on which every picture is a
# digit. Then leave the circles: what does the decoder do beyond 3? And choose the plain autoencoder
# of part A, whose plane has another scale: can you find such a way there?


# %%
def plane(network):
    """Return the decoder, the codes of the test digits, and the length of one step."""
    if network == "variational":
        networks, past = trained("digits")
        return networks[1], past[-1][0].numpy(), 1.0
    return plain_autoencoder()[1], plain_codes[:300], np.percentile(np.abs(plain_codes), 98) / 3


def draw_walk(figure, right=0.0, up=0.0, network="variational"):
    decoder, z, length = plane(network)
    at = np.array([right, up]) * length
    map_axes, picture = figure.subplots(1, 2, width_ratios=[1.2, 1])
    labels = SETS["digits"]().y_test[:300].numpy()
    draw_codes(map_axes, z, labels, circles=network == "variational", least=4.2 * length)
    map_axes.plot(*at, "P", ms=13, mfc="white", mec="black", mew=1.6)
    here = torch.tensor(at[None], dtype=torch.float32, device=training.device())
    with torch.no_grad():
        pixels = torch.sigmoid(decoder(here)).cpu().reshape(8, 8)
    picture.imshow(pixels, cmap="gray_r", vmin=0, vmax=1)
    picture.set(xticks=[], yticks=[], title="the decoder's picture")
    away = np.linalg.norm(z - at, axis=1).min()
    return f"Code ({at[0]:.2f}, {at[1]:.2f}); the nearest code of a test digit is {away:.2f} away."


# %%
explore.live(
    draw_walk,
    title="A walk in the latent plane",
    description="Left: the plane with the codes of test digits and a white cross at the chosen code. "
    "Right: the picture that the decoder draws for this code.",
    figure_size=(8.4, 4.2),
    right=(-4.0, 4.0, 0.1),
    up=(-4.0, 4.0, 0.1),
    network=["variational", "plain"],
)

# %% [markdown]
# *Figure 9. The plane of codes, and the picture at the cross.*
#
# All of it at once: what the decoder draws at the places of a grid. Each step of the grid has the
# same share of the prior's weight.


# %%
def draw_map(side=15):
    places = torch.distributions.Normal(0, 1).icdf((torch.arange(side) + 0.5) / side)
    grid = torch.stack(torch.meshgrid(places, places.flip(0), indexing="xy"), dim=2).reshape(-1, 2)
    with torch.no_grad():
        drawn = torch.sigmoid(trained("digits")[0][1](grid.to(training.device()))).cpu()
    drawn = torch.nn.functional.pad(drawn.reshape(side, side, 8, 8), (0, 2, 0, 2))  # a gap
    rows = drawn.permute(0, 2, 1, 3).reshape(side * 10, side * 10)
    figure, ax = plt.subplots(figsize=(6, 6), layout="constrained")
    ax.imshow(rows, cmap="gray_r", vmin=0, vmax=1)
    ticks = np.arange(side) * 10 + 3.5
    ax.set_xticks(ticks[::2], [f"{x:.1f}" for x in places[::2]])
    ax.set_yticks(ticks[::2], [f"{y:.1f}" for y in places.flip(0)[::2]])
    ax.set(xlabel="code 1", ylabel="code 2")
    return figure


plots.show(
    draw_map(),
    "A map of 15 by 15 pictures: towards the rim regions of one digit each, which pass into one another "
    "without a gap; in the middle, where several digits meet, the pictures are blurred.",
)

# %% [markdown]
# *Figure 10. A map of the plane: neighbours look alike, and there is no empty place. In the middle,
# where the clouds of several digits overlap, the pictures blur.*
#
# ### F.4 Is the bound a bound?
#
# With two numbers the forbidden integral can still be done: on a grid that reaches from −6 to 6 and
# has 121 by 121 codes. So for once look behind the bound: for some test digits, compare the average
# $L$ over 2,000 drawn codes with $\log p(x)$. By (7) they differ by the divergence of the encoder's
# cloud from the true posterior.


# %%
def log_likelihood(decoder, z, x):
    """Return log p(x|z) of one picture for codes (n, 2)."""
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    with torch.no_grad():
        logits = decoder(z)
        return -loss(logits, x.flatten().expand_as(logits), reduction="none").sum(dim=1)


def bound_and_evidence(networks, x):
    axis = torch.linspace(-6, 6, 121, device=x.device)
    grid = torch.cartesian_prod(axis, axis)
    log_prior = -0.5 * grid.square().sum(dim=1) - np.log(2 * np.pi) + 2 * np.log(0.1)
    evidence = torch.logsumexp(log_prior + log_likelihood(networks[1], grid, x), 0)
    with torch.no_grad():
        mu, log_var = networks[0](x[None]).chunk(2, dim=1)
    noise = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0)).to(x.device)
    drawn = log_likelihood(networks[1], draw(mu, log_var, noise), x).mean()
    return (drawn - gaussian_kl(mu, log_var)[0]).item(), evidence.item()


# %%
def draw_evidence():
    networks, _ = trained("digits")
    shown = SETS["digits"]().x_test[:20].to(training.device())
    pairs = np.array([bound_and_evidence(networks, x) for x in shown])
    L, evidence = pairs[np.argsort(pairs[:, 1])].T
    print("bound at most 0.1 nats (its error) above the evidence:", bool((evidence - L).min() > -0.1))
    print("the gap is less than 3 nats on average:", bool((evidence - L).mean() < 3))
    figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    ax.vlines(range(20), L, evidence, color=ORANGE, lw=5, label="gap: KL(q‖posterior)")
    ax.plot(evidence, "_", color="black", ms=12, mew=2, label="log p(x)")
    ax.plot(L, "o", color=BLUE, ms=5, label="bound L")
    ax.set(xlabel="test digit, in the order of its evidence", ylabel="nats", xticks=[])
    ax.legend(frameon=False)
    return figure


plots.show(
    draw_evidence(),
    "For twenty test digits the evidence and, below it, the bound. The gap is small for most of them.",
)

# %% [markdown]
# *Figure 11. Bound and evidence of twenty test digits.*
#
# A gap can have two causes. The encoder may answer a picture that it has never seen with a bell that
# is not the best one. Or the true posterior is no bell along the axes at all: it may be tilted or
# bent, or the digit could come from two places of the plane. Here the large gaps are mostly of the
# first kind: whoever searches for the best $\mu$ and $\log \sigma^2$ of such a digit, by gradient
# descent on its own $-L$, closes most of its gap.
#
# ## G. Clothes, and a knob
#
# ### G.1 Fashion
#
# The same program, unchanged, on pictures of clothes with 784 pixels, and with codes of 5 numbers
# in place of 2. It takes some ten seconds on a processor.

# %%
CLOTHES = {"latent": 5, "hidden": 400, "epochs": 16, "batch_size": 128}
networks, _ = trained("clothes", **CLOTHES)
x = SETS["clothes"]().x_test[:12]
with torch.no_grad():
    again = torch.sigmoid(networks[1](encode(networks, x)[0].to(training.device()))).cpu()
plots.show(
    plots.images(torch.cat([x.flatten(1), again]), columns=12),
    "Twelve test pictures of clothes above, and their reconstructions below: the kind, the shape and "
    "the shade are kept, patterns and prints are lost.",
)

# %% [markdown]
# *Figure 12. Above: clothes that the network has never seen. Below: what comes back through a code
# of five numbers. What is it that gets lost?*

# %%
plots.show(
    plots.images(invented("clothes", 36, **CLOTHES), columns=12),
    "Thirty-six invented pictures: pullovers, T-shirts, trousers, dresses, shoes, boots and bags can be "
    "recognised, all blurred; some are mixtures of two kinds.",
)

# %% [markdown]
# *Figure 13. Clothes that nobody sewed. Most can be named; some lie between two kinds: codes from a
# thin place between the clouds.*
#
# ### G.2 From one to the other
#
# Two pictures can be blended pixel by pixel: then one fades out over the other. Or their *codes*
# can be blended, and the decoder draws what lies between.
#
# ### Exercise 12.20: interpolate
#
# Write `interpolate(a, b, steps)` for two codes, tensors of shape (d,). It returns a tensor of
# shape (steps, d): the codes on the straight line from `a` to `b`, equally spaced, `a` itself first
# and `b` itself last. `steps` is at least 2.

# %% hint interpolate [markdown]
# How far along the line is the k-th of the codes, as a share of the whole way, if the first is 0
# and the last is 1?

# %% hint interpolate [markdown]
# With the shares t = 0, …, 1 the codes are (1 − t) · a + t · b. `torch.linspace` gives the shares;
# give them the shape (steps, 1).

# %% hint interpolate [markdown]
# t ← linspace(0, 1, steps)[:, None]; return (1 − t) · a + t · b


# %% solve interpolate
def interpolate(a, b, steps):
    """Return codes (steps, d) on the line from a to b, both of shape (d,).

    >>> interpolate(torch.tensor([0.0]), torch.tensor([1.0]), 3).tolist()
    [[0.0], [0.5], [1.0]]
    """
    ### BEGIN SOLUTION
    t = torch.linspace(0, 1, steps)[:, None]
    return (1 - t) * a + t * b
    ### END SOLUTION


# %% check interpolate points=1
with check("interpolate") as probe:
    a, b = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([3.0, 2.0, 0.5])
    probe.call("three steps", interpolate, a, b, 3)
    probe.call("five steps", interpolate, a, b, 5)
    probe.call("the ends alone", interpolate, a, b, 2)
    probe.call("one number", interpolate, torch.tensor([4.0]), torch.tensor([-4.0]), 9)
### BEGIN HIDDEN TESTS
with check.hidden("interpolate") as probe:
    for d, steps in ((1, 2), (2, 12), (16, 4)):
        a, b = torch.randn(2, d, generator=torch.Generator().manual_seed(d)).unbind()
        right = torch.stack([a + (b - a) * k / (steps - 1) for k in range(steps)])
        probe.call(f"codes of {d}, {steps} steps", interpolate, a, b, steps, expected=right)
### END HIDDEN TESTS


# %% mistake interpolate "the last code is missing"
# Your last code is not b: the shares must run from 0 to 1, both included.
def interpolate(a, b, steps):
    t = torch.arange(steps)[:, None] / steps
    return (1 - t) * a + t * b


# %% mistake interpolate "from b to a"
# Your codes run from b to a. The share t = 0 must give a.
def interpolate(a, b, steps):
    t = torch.linspace(0, 1, steps)[:, None]
    return t * a + (1 - t) * b


# %% mistake interpolate "one code more"
# Your result has a code too many: `steps` counts the codes, both ends included.
def interpolate(a, b, steps):
    t = torch.linspace(0, 1, steps + 1)[:, None]
    return (1 - t) * a + t * b


# %% mistake interpolate "b is added in full"
# Your codes start at a and go on by b. Go towards b: the step is b - a.
def interpolate(a, b, steps):
    t = torch.linspace(0, 1, steps)[:, None]
    return a + t * b


# %% mistake interpolate "away from b"
# Your codes start at a and move away from b: the step is b - a, not a - b.
def interpolate(a, b, steps):
    t = torch.linspace(0, 1, steps)[:, None]
    return a + t * (a - b)


# %% mistake interpolate "the shares are no column"
# Your shares have the shape (steps,) and meet the numbers of a code one to one. Give them the shape
# (steps, 1): [:, None].
def interpolate(a, b, steps):
    t = torch.linspace(0, 1, steps)
    return (1 - t) * a + t * b


# %% mistake interpolate "the axes are exchanged"
# Your result has the shape (d, steps). A row is a code.
def interpolate(a, b, steps):
    t = torch.linspace(0, 1, steps)
    return (1 - t) * a[:, None] + t * b[:, None]


# %% alternative interpolate
def interpolate(a, b, steps):
    return torch.stack([a + (b - a) * k / (steps - 1) for k in range(steps)])


# %% alternative interpolate
def interpolate(a, b, steps):
    return torch.lerp(a, b, torch.linspace(0, 1, steps).reshape(-1, 1))


# %%
def draw_ways(pairs=((0, 1), (4, 3)), steps=10):
    networks, _ = trained("clothes", **CLOTHES)
    x, rows = SETS["clothes"]().x_test, []
    for start, end in pairs:
        a, b = encode(networks, x[[start, end]])[0]
        with torch.no_grad():
            way = networks[1](interpolate(a, b, steps).to(training.device()))
        rows += [torch.sigmoid(way).cpu()]
        rows += [interpolate(x[start].flatten(), x[end].flatten(), steps)]
    return plots.images(torch.cat(rows), columns=steps)


plots.show(
    draw_ways(),
    "Four rows of ten pictures. Rows 1 and 3: codes are interpolated, and the picture turns step by step "
    "into another one. Rows 2 and 4: pixels are interpolated, and one picture fades over the other.",
)

# %% [markdown]
# *Figure 14. Two ways from one picture to another, each through the codes (rows 1 and 3) and
# through the pixels (rows 2 and 4).*
#
# ### G.3 A knob between the two terms
#
# Multiply the divergence by a number $\beta$ (Higgins and others, 2017):
#
# $$
# \text{loss} = \text{reconstruction} + \beta \cdot \text{divergence}
# \tag{17}
# $$
#
# Part F.2 had the extremes. What lies between? Train on the digits with codes of 8 numbers, from
# $\beta = 0.1$ to $\beta = 4$.

# %%
BETAS = (0.1, 0.3, 1.0, 2.0, 4.0)
BETA = {"latent": 8, "hidden": 128, "epochs": 20}


def both_terms_at(beta):
    networks, _ = trained("digits", away=beta, **BETA)
    x = SETS["digits"]().x_test.to(training.device())
    noise = torch.randn(len(x), 8, generator=torch.Generator().manual_seed(0)).to(x.device)
    with torch.no_grad():
        return [term.item() for term in vae_terms(networks, x, noise)]


def draw_beta():
    terms = np.array([both_terms_at(beta) for beta in BETAS]).T
    print("the reconstruction term rises with beta:", bool((np.diff(terms[0]) > -0.3).all()))
    print("the divergence falls with beta:", bool((np.diff(terms[1]) < 0.1).all()))
    figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    ax.plot(BETAS, terms[0], "o-", color=BLUE, label="reconstruction")
    ax.plot(BETAS, terms[1], "s--", color=VERMILLION, label="divergence")
    ax.set(xscale="log", xlabel="beta", ylabel="nats for a test digit", ylim=(0, None))
    ax.set_xticks(BETAS, [str(beta) for beta in BETAS])
    ax.legend(frameon=False)
    return figure


# %%
plots.show(
    draw_beta(),
    "The two terms for test digits against beta: the divergence falls from above 10 nats to 0, the "
    "reconstruction term rises from about 18 to 27 nats.",
)

# %%
def draw_beta_pictures():
    x = SETS["digits"]().x_test[:6]
    rows = []
    for beta in BETAS:
        networks, _ = trained("digits", away=beta, **BETA)
        with torch.no_grad():
            back = networks[1](encode(networks, x)[0].to(training.device())).sigmoid().cpu()
        rows += [back, invented("digits", 6, away=beta, **BETA)]
    axes = plots.images(torch.cat(rows), columns=12)
    for ax, beta in zip(axes[:, 0], BETAS, strict=True):
        ax.set_title(f"beta = {beta}: reconstructions", loc="left", fontsize=9)
    axes[0, 6].set_title("new pictures", loc="left", fontsize=9)
    return axes


plots.show(
    draw_beta_pictures(),
    "A row for each beta: six reconstructions and six new pictures. With beta 0.1 reconstructions are "
    "sharp, and some of the new pictures are no digits. With beta 4 all pictures are the same blur.",
)

# %% [markdown]
# *Figures 15 and 16. The two terms, and reconstructions and new pictures, for five values of β.*
#
# ### Exercise 12.21: which β, and why
#
# - `bound_at`: the β for which (17) is exactly $-L$, the negative of the bound (9)
# - `collapsed`: the value of the divergence at $\beta = 4$ in the figure, in nats, to one decimal
# - `too_small`: what goes wrong first when β becomes much smaller than 1? `'a'` the reconstructions
#   get worse, `'b'` the new pictures get worse, `'c'` both, `'d'` the divergence becomes negative

# %% hint beta [markdown]
# Compare (17) with (9). And what does a code tell about its picture if its cloud is the prior
# itself?

# %% hint beta [markdown]
# Read the last point of the lower curve. For the letter, compare the row of β = 1 with that of β =
# 0.1, on the left side and on the right side.

# %% hint beta [markdown]
# (9) has the divergence once; at β = 4 all clouds are the prior, and (11) is smallest there; look
# at the six pictures on the right for β = 0.1

# %% solve beta
# Set bound_at, collapsed and too_small.
### BEGIN SOLUTION
bound_at = 1
collapsed = 0
too_small = "b"
### END SOLUTION

# %% check beta points=1
with check("beta") as probe:
    probe.number("the beta of the bound", bound_at, decimals=2)
    probe.number("the divergence at beta = 4", collapsed, decimals=1)
    probe.choice("what a small beta spoils", too_small)

# %% mistake beta "no divergence at all"
# Your bound_at leaves the divergence out. In (9) it stands once.
bound_at, collapsed, too_small = 0, 0, "b"

# %% mistake beta "the largest beta is taken for the bound"
# Your bound_at is the largest beta of the figure. The question is not at which beta a term is large
# or small: look how often the divergence stands in (9).
bound_at, collapsed, too_small = 4, 0, "b"

# %% mistake beta "the divergence counts half"
# Your bound_at takes the half of (11) for beta. That half is part of the divergence itself.
bound_at, collapsed, too_small = 0.5, 0, "b"

# %% mistake beta "the wrong curve"
# Your collapsed is the value of the other curve. The divergence is the lower one.
bound_at, collapsed, too_small = 1, 27, "b"

# %% mistake beta "reconstructions are blamed"
# Your letter says that reconstructions suffer. A small beta takes weight from the other term: look at
# the left half of Figure 16.
bound_at, collapsed, too_small = 1, 0, "a"

# %% mistake beta "both are blamed"
# Your letter says that reconstructions suffer too. Compare the rows of beta 1 and of beta 0.1 in the
# left half of Figure 16.
bound_at, collapsed, too_small = 1, 0, "c"

# %% mistake beta "a negative divergence"
# Your letter says that the divergence becomes negative. See (2).
bound_at, collapsed, too_small = 1, 0, "d"

# %% [markdown]
# Explain the two ends. Why do new pictures get worse with a small β although reconstructions get
# better? And why does the network with β = 4 stop using its codes at all, although this costs
# reconstruction: what would one nat of divergence have to buy to be worth its price?

# %% answer beta [markdown] points=2
# *Your explanation:*
#
# <!-- BEGIN SOLUTION -->
# **Model answer.** With a small β a cloud may differ much from the prior at little cost: clouds
# become small and far apart, codes tell more about their pictures (a larger divergence is more
# information), and reconstructions get better. But the prior, from which we draw, then has much of
# its weight in places between the clouds or without any, which the decoder has never seen. With β =
# 4 a nat of divergence costs 4 nats of loss: it is worth it only if it lowers the reconstruction
# term by more than 4 nats. In these small pictures the first nat of information buys less than
# that, so that no use of the code is the best there is: q is the prior for every picture, the
# decoder draws the mean digit. This is called posterior collapse.
#
# **Rubric.**
# - 1 point: small β: the clouds no longer fill the prior, so that samples fall where the decoder
#   was not trained.
# - 1 point: large β: a nat of divergence costs β nats and must buy at least as much reconstruction;
#   else μ = 0, σ = 1 for all pictures is the optimum (collapse).
# <!-- END SOLUTION -->

# %% [markdown]
# ## Summary
#
# **What you built.** A measure of how far two distributions are apart, with a proof that it has a
# floor, and an eye for its two directions. The evidence lower bound from the definition in five
# lines, each of which you have seen hold for a hundred random distributions. The price of a
# Gaussian cloud in closed form, and measured. Two estimates of a gradient through a random number,
# one a hundred times as good as the other. From these a network that invents digits and clothes, a
# plane to walk in, and a knob that trades one term for the other.
#
# **Where it breaks.**
# - *Blur.* Pixels are taken for independent coins, given the code. What the code leaves open comes
#   out as grey. Chapter 13 draws pixels one after the other and need not blur; chapter 14 changes
#   the loss.
# - *A bound, not the value.* Where the posterior is no bell along the axes, the gap of (7) stays,
#   and two models cannot be compared exactly.
# - *Collapse.* A decoder that can do without codes, or a large β, leaves them unused.
# - *A prior that does not fit.* All the clouds together should be the prior, and they are so only
#   nearly. Codes drawn where clouds are thin give mixtures.
#
# **What to read.**
# - Kullback and Leibler (1951), *On information and sufficiency*.
# - Jordan, Ghahramani, Jaakkola and Saul (1999), *An introduction to variational methods for
#   graphical models*: the bound before it met networks.
# - Williams (1992), *Simple statistical gradient-following algorithms*: the score function.
# - Kingma and Welling (2014), *Auto-encoding variational Bayes*; Rezende, Mohamed and Wierstra
#   (2014), *Stochastic backpropagation and approximate inference in deep generative models*.
# - Burda, Grosse and Salakhutdinov (2016), *Importance weighted autoencoders*: a tighter bound.
# - Higgins and others (2017), *beta-VAE*; Alemi and others (2018), *Fixing a broken ELBO*: what the
#   knob trades.
# - van den Oord, Vinyals and Kavukcuoglu (2017), *Neural discrete representation learning*: codes
#   that are symbols.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 12.3, 12.4, 12.12, 12.18 and 12.21 are not in it: a person reads them.

# %%
check.summary()
