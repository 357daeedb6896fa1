# %% [markdown]
# # 2. Activation functions
#
# After this chapter you can write every activation function in common use, with its derivative, so
# that it survives inputs of a thousand. You know which of them let a gradient through ten layers
# and which choke it, and you have measured it. You make a neuron walk in zig-zags, you kill one and
# bring it back to life, and you choose an activation function for a given layer and say why.
#
# | | |
# |---|---|
# | **Time** | about 270 minutes: C and E are the long parts |
# | **Points** | 50, of which 14 are for derivations and reasons that a person reads |
# | **Builds on** | the chain rule and gradient descent, as in chapter 1; no code of it |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. When an answer is wrong, the check says what it tried,
# what it expected and what it got; there `[1][0]` means entry 0 of entry 1 of what you returned.
# Three hints are folded under each task; open them one at a time. Cells that a check relies on are
# locked; functions there whose names begin with `try_` belong to the checks, and you need not read
# them. All other cells are yours to change and to play with.
#
# **The parts.** A: what an activation function is for. B: the S-shaped ones. C: the ones with a
# corner. D: functions of several numbers. E: depth. F: inputs of one sign. G: death and revival.
# H: which to choose.

# %% given setup
import matplotlib.pyplot as plt
import numpy as np

from helpers import Checks, data, explore, plots

check = Checks("02_activations")
STYLES = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", ":"), ("#E69F00", "-."))


def draw_functions(functions, z):
    """Draw {name: function} over the array z: activations at the left, slopes at the right."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    for (name, function), (color, dash) in zip(functions.items(), STYLES, strict=False):
        for ax, values in zip(axes, function(z), strict=True):
            ax.plot(z, values, dash, color=color, label=name)
    axes[0].set(xlabel="z", ylabel="activation a")
    axes[1].set(xlabel="z", ylabel="slope of a")
    axes[0].legend()
    return figure


def drawable(values):
    """Return values with those that are too large for a drawing cut off, and 0 for nan."""
    return np.clip(np.nan_to_num(values), -100, 100)


# %% [markdown]
# ## A. Why bend the sum?
#
# ### A.1 Without bending, layers are wasted
#
# A neuron weighs its inputs $x_i$, adds them up with a bias, and applies a function $\varphi$ to
# the sum:
#
# $$ z = \sum_i w_i\, x_i + b, \qquad a = \varphi(z) \tag{1} $$
#
# We call $z$ the **field** of the neuron, $\varphi$ its **activation function** and $a$ its
# **activation**. What would be lost with $\varphi(z) = z$? Put one such layer on top of another:
#
# $$ W_2\,(W_1\, x + b_1) + b_2 = (W_2 W_1)\, x + (W_2\, b_1 + b_2) \tag{2} $$
#
# The right side is a single layer. A hundred layers would still be one. Is it so? Compare.

# %%
rng = np.random.default_rng(0)
W1, W2, b1, b2 = (rng.normal(size=shape) for shape in ((5, 3), (2, 5), 5, 2))
x = rng.normal(size=3)
two_layers = W2 @ (W1 @ x + b1) + b2
print("one layer gives the same:", np.allclose(two_layers, W2 @ W1 @ x + W2 @ b1 + b2))
bent = W2 @ np.tanh(W1 @ x + b1) + b2
print("the same with a tanh between:", np.allclose(bent, W2 @ W1 @ x + W2 @ b1 + b2))

# %% [markdown]
# So $\varphi$ must bend. And something else is asked of it. Let $E$ be what the network is trained
# to make small. On the way back, the gradient has to pass the neuron, and the chain rule charges a
# toll:
#
# $$ \frac{\partial E}{\partial z} = \varphi'(z)\, \frac{\partial E}{\partial a} \tag{3} $$
#
# The toll is the slope $\varphi'(z)$. Where it is 0, nothing passes. Most of this chapter is about
# that factor.
#
# ### A.2 One function, two results
#
# Forward we need $\varphi(z)$ and backward $\varphi'(z)$, at the same $z$. So in this chapter an
# activation function in Python **returns a tuple of two: the activation and the slope**. For all of
# them the same rules hold:
#
# - $z$ is a number or an array of any shape, even an empty one; both results have the shape of $z$;
# - both are numbers, not `True` or `False`, in arrays too: a comparison becomes numbers with
#   `np.where(z > 0, 1.0, 0.0)` or `1.0 * (z > 0)`;
# - entries of $z$ may be as large as $\pm 1000$, and no result is `nan` or infinite;
# - the argument is not changed.
#
# **Worked example.** The arc tangent bends every field into the interval from $-\pi/2$ to $\pi/2$:
#
# $$ \varphi(z) = \arctan z, \qquad \varphi'(z) = \frac{1}{1 + z^2} \tag{4} $$
#
# NumPy works entry by entry, so that a single expression serves numbers and arrays alike.
# `identity` is the function that does not bend. Its slope is 1 everywhere, in the shape of $z$.


# %% given arctan
def arctan(z):
    return np.arctan(z), 1.0 / (1.0 + np.square(z))


def identity(z):
    return +z, np.ones_like(z)


# %% [markdown]
# How do you know that a slope is right? Measure it: go a little to the right, a little to the left,
# and divide. This function does it for every activation function of the chapter.


# %% given measured_slope
def measured_slope(function, z, h=1e-4):
    """Return the slope of function at z, measured: (a(z + h) - a(z - h)) / 2h."""
    above, _ = function(z + h)
    below, _ = function(z - h)
    return (above - below) / (2 * h)


# %%
z = np.array([-1000.0, -1.0, 0.0, 2.0])
print("slope by formula (4):", arctan(z)[1].round(4))
print("slope measured:      ", measured_slope(arctan, z).round(4))

# %%
plots.show(
    draw_functions({"identity": identity, "arctan": arctan}, np.linspace(-6, 6, 201)),
    "Left: the identity is a straight line; the arc tangent is an S that levels off near -1.5 and "
    "1.5. Right: the slope of the identity is 1; that of the arc tangent is a bump of height 1 at 0.",
)

# %% [markdown]
# *Figure 1. Left: the activation. Right: its slope, the factor of equation (3). Far from 0 the arc
# tangent is flat: it lets hardly any gradient pass.*
#
# ### A.3 The hard ones
#
# The oldest activation functions decide, or nearly so. The **step** (Heaviside) says no or yes, the
# **sign** says minus or plus, and the **piecewise linear** function goes from 0 to 1 on a ramp:
#
# $$ \text{step}(z) = \begin{cases} 0 & z < 0 \\ \tfrac12 & z = 0 \\ 1 & z > 0 \end{cases} \qquad
#    \text{sign}(z) = \begin{cases} -1 & z < 0 \\ 0 & z = 0 \\ 1 & z > 0 \end{cases} \qquad
#    \text{ramp}(z) = \begin{cases} 0 & z \le -\tfrac12 \\
#    z + \tfrac12 & -\tfrac12 < z < \tfrac12 \\ 1 & z \ge \tfrac12 \end{cases} \tag{5} $$
#
# A word on slopes. At a jump or a corner the derivative does not exist. A program has to return
# something there, and nobody is hurt as long as it is agreed upon. We agree: the slope of step and
# sign is 0 everywhere, at $z = 0$ too. The slope of the ramp is 1 for $-\frac12 < z < \frac12$, and
# 0 for all other $z$, the two corners included.
#
# ### Exercise 2.1: step, sign and ramp
#
# Write `step(z)`, `sign(z)` and `piecewise_linear(z)` by equation (5). Each returns the tuple
# (activation, slope) by the rules of A.2.

# %% hint hard [markdown]
# What is the slope of a function that is constant to the left of a point and constant to the right
# of it? And which shape must the slope have when $z$ is an array?

# %% hint hard [markdown]
# NumPy has the step as `np.heaviside(z, value_at_zero)` and the sign as `np.sign(z)`. The ramp is
# the line $z + \frac12$, cut off below 0 and above 1. Its slope is 1 where $|z|$ is below one half.

# %% hint hard [markdown]
# step: heaviside(z, 0.5), zeros like z; sign: sign(z), zeros like z; ramp: clip(z + 0.5, 0, 1),
# where(|z| < 0.5, 1.0, 0.0)


# %% solve hard
def step(z):
    """Return (activation, slope) of the Heaviside step, in the shape of z.

    >>> float(step(0.0)[0])
    0.5
    """
    ### BEGIN SOLUTION
    return np.heaviside(z, 0.5), np.zeros_like(z)
    ### END SOLUTION


def sign(z):
    """Return (activation, slope) of the sign, in the shape of z.

    >>> float(sign(-3.0)[0])
    -1.0
    """
    ### BEGIN SOLUTION
    return np.sign(z), np.zeros_like(z)
    ### END SOLUTION


def piecewise_linear(z):
    """Return (activation, slope) of the ramp from 0 at z = -1/2 to 1 at z = 1/2.

    >>> float(piecewise_linear(0.25)[0])
    0.75
    """
    ### BEGIN SOLUTION
    return np.clip(z + 0.5, 0.0, 1.0), np.where(np.abs(z) < 0.5, 1.0, 0.0)
    ### END SOLUTION


# %% check hard points=2
with check("hard") as probe:
    z = np.array([-2.0, -0.25, 0.0, 3.0])
    probe.call("four fields", step, z)
    probe.call("the sign of four fields", sign, z)
    probe.call("the ramp, left, inside, right", piecewise_linear, np.array([-2.0, 0.25, 3.0]))
    probe.call("the corners of the ramp", piecewise_linear, np.array([[-0.5], [0.5]]))
    probe.call("a single number", piecewise_linear, -0.25)
    probe.call("far out", piecewise_linear, np.array([-1000.0, 1000.0]))
    for name, function in (("step", step), ("sign", sign), ("ramp", piecewise_linear)):
        probe.call(f"{name} of an empty array", function, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
with check.hidden("hard") as probe:
    rng = np.random.default_rng(21)
    z = np.concatenate([rng.normal(size=20), [0.0, -1000.0, 1000.0, 0.5, -0.5, 0.0]])
    for shape in ((26,), (2, 13), (13, 2)):
        rows = [-1.0 if v < 0 else 1.0 if v > 0 else 0.0 for v in z]
        signs = np.array(rows).reshape(shape)
        ramp = np.array([min(max(v + 0.5, 0.0), 1.0) for v in z]).reshape(shape)
        inside = np.array([float(-0.5 < v < 0.5) for v in z]).reshape(shape)
        fields, none = z.reshape(shape), np.zeros(shape)
        probe.call(f"step, shape {shape}", step, fields, expected=((signs + 1) / 2, none))
        probe.call(f"sign, shape {shape}", sign, fields, expected=(signs, none))
        probe.call(f"ramp, shape {shape}", piecewise_linear, fields, expected=(ramp, inside))
    empty = np.zeros((0, 2))
    probe.call("step, empty", step, empty, expected=(empty, empty))
    probe.call("sign, empty", sign, empty, expected=(empty, empty))
    probe.call("ramp, empty", piecewise_linear, empty, expected=(empty, empty))
### END HIDDEN TESTS


# %% mistake hard "the step is 1 at 0"
# Your step says 1 at z = 0. In equation (5) it is one half there.
def step(z):
    return np.where(np.asarray(z) >= 0, 1.0, 0.0), np.zeros_like(z)


def sign(z):
    return np.sign(z), np.zeros_like(z)


def piecewise_linear(z):
    return np.clip(z + 0.5, 0.0, 1.0), np.where(np.abs(z) < 0.5, 1.0, 0.0)


# %% mistake hard "the step is 0 at 0"
# Your step says 0 at z = 0. In equation (5) it is one half there.
def step(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.0), np.zeros_like(z)


def sign(z):
    return np.sign(z), np.zeros_like(z)


def piecewise_linear(z):
    return np.clip(z + 0.5, 0.0, 1.0), np.where(np.abs(z) < 0.5, 1.0, 0.0)


# %% mistake hard "the sign is never 0"
# Your sign says 1 at z = 0. In equation (5) it is 0 there.
def step(z):
    return np.heaviside(z, 0.5), np.zeros_like(z)


def sign(z):
    return np.where(np.asarray(z) >= 0, 1.0, -1.0), np.zeros_like(z)


def piecewise_linear(z):
    return np.clip(z + 0.5, 0.0, 1.0), np.where(np.abs(z) < 0.5, 1.0, 0.0)


# %% mistake hard "the slope is a single 0"
# Your slopes of step and sign are one number for a whole array. They need the shape of z: build
# them with np.zeros_like(z).
def step(z):
    return np.heaviside(z, 0.5), 0.0


def sign(z):
    return np.sign(z), 0.0


def piecewise_linear(z):
    return np.clip(z + 0.5, 0.0, 1.0), np.where(np.abs(z) < 0.5, 1.0, 0.0)


# %% mistake hard "the ramp starts at 0"
# Your ramp goes up from z = 0 to z = 1. In equation (5) it goes from -1/2 to 1/2: shift z by one
# half before you cut it off.
def step(z):
    return np.heaviside(z, 0.5), np.zeros_like(z)


def sign(z):
    return np.sign(z), np.zeros_like(z)


def piecewise_linear(z):
    z = np.asarray(z)
    return np.clip(z, 0.0, 1.0), np.where((z > 0) & (z < 1), 1.0, 0.0)


# %% mistake hard "the corners have slope 1"
# Your ramp has slope 1 at z = -1/2 and z = 1/2. We agreed on 0 at the two corners: compare with <,
# not with <=.
def step(z):
    return np.heaviside(z, 0.5), np.zeros_like(z)


def sign(z):
    return np.sign(z), np.zeros_like(z)


def piecewise_linear(z):
    return np.clip(z + 0.5, 0.0, 1.0), np.where(np.abs(z) <= 0.5, 1.0, 0.0)


# %% mistake hard "the ramp has slope 1 everywhere"
# Your ramp has slope 1 even where it is flat. Outside of (-1/2, 1/2) it is constant.
def step(z):
    return np.heaviside(z, 0.5), np.zeros_like(z)


def sign(z):
    return np.sign(z), np.zeros_like(z)


def piecewise_linear(z):
    return np.clip(z + 0.5, 0.0, 1.0), np.ones_like(z)


# %% alternative hard
def step(z):
    return (np.sign(z) + 1) / 2, z * 0.0


def sign(z):
    z = np.asarray(z)
    return 1.0 * (z > 0) - 1.0 * (z < 0), z * 0.0


def piecewise_linear(z):
    a = np.minimum(np.maximum(z + 0.5, 0), 1)
    return a, 1.0 * ((a > 0) & (a < 1))


# %% [markdown]
# Can gradient descent train a neuron with a step? By equation (3) the gradient at $z$ is the slope
# times something, and the slope is 0. Nothing ever comes through. The perceptron of the 1950s was
# trained by a rule that needs no slope, and that rule worked for one layer only. To train more
# layers, a function with a slope is needed.
#
# ## B. The S-shaped ones
#
# ### B.1 A soft step
#
# The **logistic function** rounds the step off:
#
# $$ \sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma'(z) = \sigma(z)\,\big(1 - \sigma(z)\big) \tag{6} $$
#
# Check the slope: the derivative of $1/(1+e^{-z})$ is $e^{-z}/(1+e^{-z})^2$. That is the product of
# $1/(1+e^{-z}) = \sigma(z)$ and $e^{-z}/(1+e^{-z}) = 1 - \sigma(z)$.
#
# On paper several forms of $\sigma$ are equal. In a computer they are not: the largest number that
# it holds is about $1.8 \cdot 10^{308}$, and $e^{1000}$ is more than that. Here are two forms of
# $\sigma$ and the unsimplified slope. Which of them survive at $-1000$, and which at $1000$?
# Predict, then run. (The cell mutes the warnings that NumPy would give.)

# %%
with np.errstate(all="ignore"):
    for z in (-1000.0, 1000.0):
        e = np.exp(-z)
        print(f"at {z:6.0f}:  1/(1 + exp(-z)) = {1 / (1 + e):.1f}", end="   ")
        print(f"exp(z)/(1 + exp(z)) = {np.exp(z) / (1 + np.exp(z)):.1f}", end="   ")
        print(f"exp(-z)/(1 + exp(-z))^2 = {e / (1 + e) ** 2:.1f}")

# %% [markdown]
# A fraction goes wrong where numerator *and* denominator are infinite: `nan`, "not a number". Where
# only the denominator is infinite, the result is 0, and that is right, though NumPy warns.
#
# ### Exercise 2.2: the logistic function
#
# Write `logistic(z)`, which returns the tuple $(\sigma(z), \sigma'(z))$ of equation (6) by the
# rules of A.2. Can you do it without any warning?

# %% hint logistic [markdown]
# Which sign must an exponent have so that the exponential cannot overflow? And how can you get the
# slope without any further exponential?

# %% hint logistic [markdown]
# With $e^{-|z|}$ nothing overflows: σ is $1/(1+e^{-|z|})$ for positive $z$, and one less that for
# negative $z$. Or use `np.tanh`, which never overflows: σ is one half of $1 + \tanh(z/2)$. The
# slope is σ times what σ lacks to one.

# %% hint logistic [markdown]
# a ← 0.5 · (1 + tanh(z / 2)); return a, a · (1 − a)


# %% solve logistic
def logistic(z):
    """Return (activation, slope) of the logistic function, in the shape of z.

    >>> a, slope = logistic(0.0)
    >>> float(a), float(slope)
    (0.5, 0.25)
    """
    ### BEGIN SOLUTION
    a = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z)))
    return a, a * (1.0 - a)
    ### END SOLUTION


# %% check logistic points=2
with check("logistic") as probe:
    probe.call("z = 0", logistic, 0.0)
    probe.call("three fields", logistic, np.array([-2.0, 0.5, 3.0]))
    probe.call("far out", logistic, np.array([[-1000.0], [1000.0]]))
    probe.call("an empty array", logistic, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
with check.hidden("logistic") as probe:
    rng = np.random.default_rng(22)
    for shape in ((), (7,), (2, 3, 4), (0, 3)):
        z = 4 * rng.normal(size=shape)
        fall = np.exp(-np.abs(z))
        right = (np.where(z > 0, 1.0, fall) / (1 + fall), 0.25 / np.cosh(z / 2) ** 2)
        probe.call(f"shape {shape}", logistic, z, expected=right)
    z = np.array([[-1000.0, -30.0, 30.0], [1000.0, 5.0, -5.0]]).T
    fall = np.exp(-np.abs(z))
    right = (np.where(z > 0, 1.0, fall) / (1 + fall), fall / (1 + fall) ** 2)
    probe.call("a transposed array with large entries", logistic, z, expected=right)
    z = np.array([-3.0, 0.0, 4.0])
    right = (1 / (1 + np.exp(-z)), 0.25 / np.cosh(z / 2) ** 2)
    probe.call("float32", logistic, z.astype(np.float32), expected=right)
### END HIDDEN TESTS


# %% mistake logistic "the slope has a plus"
# Your slope is a * (1 + a). What a lacks to one is 1 - a.
def logistic(z):
    a = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z)))
    return a, a * (1.0 + a)


# %% mistake logistic "the slope is taken at a"
# Your slope applies sigma a second time. In equation (6) the slope is made of a itself:
# a * (1 - a).
def logistic(z):
    a = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z)))
    again = 0.5 * (1.0 + np.tanh(0.5 * a))
    return a, again * (1.0 - again)


# %% mistake logistic "z is taken for a"
# Your slope is z * (1 - z). Equation (6) multiplies the activation a by 1 - a.
def logistic(z):
    z = np.asarray(z)
    return 0.5 * (1.0 + np.tanh(0.5 * z)), z * (1.0 - z)


# %% mistake logistic "the slope of tanh"
# Your slope is 1 - a**2. That is the rule for tanh; for the logistic function it is a * (1 - a).
def logistic(z):
    a = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z)))
    return a, 1.0 - a**2


# %% mistake logistic "the exponent has the wrong sign"
# Your function falls as z grows: it is 1 / (1 + exp(z)). The exponent in equation (6) is -z.
def logistic(z):
    a = 0.5 * (1.0 - np.tanh(0.5 * np.asarray(z)))
    return a, a * (1.0 - a)


# %% mistake logistic "the slope is nan at -1000"
# Your slope is infinite over infinite at z = -1000. Build it from the activation: a * (1 - a).
def logistic(z):
    with np.errstate(all="ignore"):
        e = np.exp(-np.asarray(z))
        return 1 / (1 + e), e / (1 + e) ** 2


# %% mistake logistic "the activation is nan at 1000"
# Your exp(z) / (1 + exp(z)) is infinite over infinite at z = 1000. Use exp(-abs(z)), or np.tanh.
def logistic(z):
    with np.errstate(all="ignore"):
        a = np.exp(np.asarray(z)) / (1 + np.exp(np.asarray(z)))
    return a, a * (1 - a)


# %% alternative logistic
def logistic(z):
    with np.errstate(over="ignore"):
        a = 1 / (1 + np.exp(-np.asarray(z)))
    return a, a * (1 - a)


# %% alternative logistic
def logistic(z):
    fall = np.exp(-np.abs(z))
    a = np.where(np.asarray(z) >= 0, 1 / (1 + fall), fall / (1 + fall))
    return a, fall / (1 + fall) ** 2


# %% alternative logistic
def logistic(z):
    from scipy.special import expit

    return expit(z), expit(z) * expit(-np.asarray(z))


# %% [markdown]
# ### B.2 The same S, centred
#
# The logistic function answers between 0 and 1, with $\frac12$ in the middle. The hyperbolic
# tangent answers between $-1$ and 1, with 0 in the middle:
#
# $$ \tanh z = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}} = 2\,\sigma(2z) - 1 \tag{7} $$
#
# The second form says that it is the same S: stretched to twice the height, squeezed to half the
# width, and pulled down by 1. To see it, divide numerator and denominator of the first form by
# $e^z$: it becomes $(1 - e^{-2z})/(1 + e^{-2z}) = 2/(1 + e^{-2z}) - 1$.
#
# ### Exercise 2.3: tanh
#
# Write `tanh(z)`, which returns the activation and the slope by the rules of A.2. Derive the slope
# on paper first: differentiate $2\,\sigma(2z) - 1$, or the quotient. There is a form that uses
# nothing but the activation.

# %% hint tanh [markdown]
# Differentiate the quotient $s/c$ with $s = e^z - e^{-z}$ and $c = e^z + e^{-z}$. What are $s'$ and
# $c'$?

# %% hint tanh [markdown]
# Since $s' = c$ and $c' = s$, the derivative of $s/c$ is $(c^2 - s^2)/c^2$: one, less the square of
# tanh. By the other way it is four times the slope of σ at $2z$: one 2 for the height, one 2 for
# the inner derivative.

# %% hint tanh [markdown]
# a ← np.tanh(z), or 2 · logistic(2z)[0] − 1; return a, 1 − a²


# %% solve tanh
def tanh(z):
    """Return (activation, slope) of the hyperbolic tangent, in the shape of z.

    >>> a, slope = tanh(0.0)
    >>> float(a), float(slope)
    (0.0, 1.0)
    """
    ### BEGIN SOLUTION
    a = np.tanh(z)
    return a, 1.0 - a**2
    ### END SOLUTION


# %% check tanh points=2
with check("tanh") as probe:
    probe.call("z = 0", tanh, 0.0)
    probe.call("three fields", tanh, np.array([-1.0, 0.3, 2.0]))
    probe.call("far out", tanh, np.array([[-1000.0], [1000.0]]))
    probe.call("an empty array", tanh, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
with check.hidden("tanh") as probe:
    rng = np.random.default_rng(23)
    for shape in ((), (9,), (3, 2, 2), (2, 0)):
        z = 2 * rng.normal(size=shape)
        rise, fall = np.exp(z), np.exp(-z)
        right = ((rise - fall) / (rise + fall), 4 / (rise + fall) ** 2)
        probe.call(f"shape {shape}", tanh, z, expected=right)
    z = np.array([[-1000.0, 0.0, 1000.0], [500.0, -500.0, 0.0]]).T
    right = (np.sign(z), 1.0 * (z == 0))
    probe.call("a transposed array with large entries", tanh, z, expected=right)
    z = np.array([-2.0, 0.0, 1.5])
    right = (np.sinh(z) / np.cosh(z), 1 / np.cosh(z) ** 2)
    probe.call("float32", tanh, z.astype(np.float32), expected=right)
### END HIDDEN TESTS


# %% mistake tanh "the slope of the logistic function"
# Your slope is a * (1 - a). That is the rule for the logistic function; for tanh it is 1 - a**2.
def tanh(z):
    a = np.tanh(z)
    return a, a * (1 - a)


# %% mistake tanh "the slope is 1 - a"
# Your slope is 1 - a. The activation is squared: 1 - a**2.
def tanh(z):
    a = np.tanh(z)
    return a, 1.0 - a


# %% mistake tanh "z in place of 2z"
# Your activation is 2 sigma(z) - 1, which is too flat. Equation (7) has sigma at 2z.
def tanh(z):
    a = np.tanh(0.5 * np.asarray(z))
    return a, 0.5 * (1 - a**2)


# %% mistake tanh "the inner derivative is forgotten"
# Your slope is 2 sigma'(2z). The chain rule brings a second factor 2, from 2z.
def tanh(z):
    a = np.tanh(z)
    return a, 0.5 * (1 - a**2)


# %% mistake tanh "the slope of the logistic function at 2z"
# Your slope is sigma'(2z). Two factors 2 are missing: one for the height, one for the inner
# derivative of 2z.
def tanh(z):
    a = np.tanh(z)
    return a, 0.25 * (1 - a**2)


# %% mistake tanh "the slope is taken at a"
# Your slope is the slope of tanh at a, not at z. It is made of the activation itself: 1 - a**2.
def tanh(z):
    a = np.tanh(z)
    return a, 1.0 - np.tanh(a) ** 2


# %% mistake tanh "nan far out"
# Your quotient is infinite over infinite at 1000. Use np.tanh(z), or 2 sigma(2z) - 1 with your
# logistic function.
def tanh(z):
    with np.errstate(all="ignore"):
        rise, fall = np.exp(z), np.exp(-np.asarray(z))
        a = (rise - fall) / (rise + fall)
    return a, 1.0 - a**2


# %% alternative tanh
def tanh(z):
    a, slope = logistic(2 * np.asarray(z))
    return 2 * a - 1, 4 * slope


# %% [markdown]
# How steep can the two get? And does your pair obey equation (7)?

# %%
z = np.linspace(-8, 8, 1601)
print(f"largest slope: logistic {logistic(z)[1].max():.2f}, tanh {tanh(z)[1].max():.2f}")
print("tanh(z) = 2 sigma(2z) - 1:", np.allclose(tanh(z)[0], 2 * logistic(2 * z)[0] - 1))
print("slope of logistic as measured:", np.allclose(logistic(z)[1], measured_slope(logistic, z)))
print("slope of tanh as measured:", np.allclose(tanh(z)[1], measured_slope(tanh, z)))

# %%
plots.show(
    draw_functions({"logistic": logistic, "tanh": tanh, "arctan": arctan}, np.linspace(-6, 6, 201)),
    "Left: three S-shaped curves; logistic from 0 to 1, tanh from -1 to 1, arc tangent from -1.4 to "
    "1.4. Right: their slopes are bumps at 0, of height 1/4 for logistic and 1 for the other two. "
    "Beyond 3 the slope of tanh is near 0; that of the arc tangent falls off more slowly.",
)

# %% [markdown]
# *Figure 2. Three S-shaped functions and their slopes. $\sigma' \le \frac14$ and $\tanh' \le 1$;
# both are largest at $z = 0$.*
#
# Why is a quarter the most? $\sigma(1 - \sigma)$ is the product of two numbers that add up to 1,
# and such a product is largest when both are $\frac12$. A neuron whose slope is nearly 0, because
# its field is far from 0, is called **saturated**: it answers firmly and learns nothing.
#
# ## C. The ones with a corner
#
# ### C.1 ReLU, leaky ReLU
#
# An S must level off at both ends. What if the function just goes on rising? The **rectified linear
# unit**, or **ReLU**, does so on one side:
#
# $$ \text{ReLU}(z) = \max(0, z), \qquad \text{slope } \begin{cases} 0 & z \le 0 \\ 1 & z > 0
#    \end{cases} \tag{8} $$
#
# It never saturates for positive $z$, and it costs one comparison. For negative $z$ it lets nothing
# pass. The **leaky ReLU** leaves a small slope $\alpha$ there:
#
# $$ \text{leaky}(z) = \begin{cases} \alpha z & z \le 0 \\ z & z > 0 \end{cases}, \qquad
#    \text{slope } \begin{cases} \alpha & z \le 0 \\ 1 & z > 0 \end{cases} \tag{9} $$
#
# In both we agree to take the slope of the left piece at the corner $z = 0$.
#
# ### Exercise 2.4: two rectifiers
#
# Write `relu(z)` and `leaky_relu(z, alpha=0.01)` by equations (8) and (9) and the rules of A.2.
# `alpha` is any number, not necessarily below 1.

# %% hint rectifiers [markdown]
# The function is made of two pieces. Which NumPy function picks, entry by entry, from one of two?

# %% hint rectifiers [markdown]
# `np.where(condition, first, second)` takes from the first where the condition holds. The condition
# for the right piece is that $z$ is above 0. ReLU is the leaky ReLU with a slope of 0.

# %% hint rectifiers [markdown]
# leaky: where(z > 0, z, alpha · z), where(z > 0, 1.0, alpha); relu: where(z > 0, z, 0.0),
# where(z > 0, 1.0, 0.0)


# %% solve rectifiers
def relu(z):
    """Return (activation, slope) of the rectified linear unit, in the shape of z.

    >>> a, slope = relu(-2.0)
    >>> float(a), float(slope)
    (0.0, 0.0)
    """
    ### BEGIN SOLUTION
    return leaky_relu(z, 0.0)
    ### END SOLUTION


def leaky_relu(z, alpha=0.01):
    """Return (activation, slope) of the leaky ReLU, in the shape of z.

    >>> a, slope = leaky_relu(-2.0, alpha=0.1)
    >>> float(a), float(slope)
    (-0.2, 0.1)
    """
    ### BEGIN SOLUTION
    right = np.asarray(z) > 0
    return np.where(right, z, alpha * np.asarray(z)), np.where(right, 1.0, alpha)
    ### END SOLUTION


# %% check rectifiers points=2
with check("rectifiers") as probe:
    z = np.array([-3.0, -0.5, 0.5, 2.0])
    probe.call("ReLU of four fields", relu, z)
    probe.call("ReLU at its corner", relu, 0.0)
    probe.call("leaky ReLU, the usual alpha", leaky_relu, z)
    probe.call("leaky ReLU, alpha = 0.2", leaky_relu, z, alpha=0.2)
    probe.call("leaky ReLU, alpha = 1.5", leaky_relu, z, alpha=1.5)
    probe.call("leaky ReLU at its corner", leaky_relu, 0.0, alpha=0.2)
    probe.call("far out", leaky_relu, np.array([[-1000.0], [1000.0]]))
    probe.call("ReLU of an empty array", relu, np.zeros((0, 2)))
    probe.call("leaky ReLU of an empty array", leaky_relu, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
import torch

with check.hidden("rectifiers") as probe:
    rng = np.random.default_rng(24)
    for shape in ((), (11,), (2, 3, 2), (0,)):
        z = 3 * rng.normal(size=shape)
        for alpha in (0.0, 0.3, 1.0, 2.5):
            t = torch.tensor(z, requires_grad=True)
            a = torch.nn.functional.leaky_relu(t, alpha)
            a.sum().backward()
            right = (a.detach().numpy(), t.grad.numpy())
            label = f"leaky ReLU, shape {shape}, alpha = {alpha}"
            probe.call(label, leaky_relu, z, alpha=alpha, expected=right)
            if alpha == 0.0:
                probe.call(f"ReLU, shape {shape}", relu, z, expected=right)
    z = np.array([[-1000.0, 0.0, 1000.0], [1.0, -1.0, 0.0]]).T
    right = (np.array([[0, 0, 1000.0], [1.0, 0, 0]]).T, np.array([[0, 0, 1.0], [1.0, 0, 0]]).T)
    probe.call("ReLU of a transposed array", relu, z, expected=right)
    probe.call("ReLU in float32", relu, z.astype(np.float32), expected=right)
### END HIDDEN TESTS


# %% mistake rectifiers "max(alpha z, z)"
# Your leaky ReLU is max(alpha * z, z). That agrees with equation (9) for alpha up to 1 only: with a
# larger alpha it takes the wrong piece on both sides. Ask for the sign of z.
def relu(z):
    return np.maximum(z, 0.0), np.where(np.asarray(z) > 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.maximum(alpha * z, z), np.where(z > 0, 1.0, alpha)


# %% mistake rectifiers "the slope at the corner is 1"
# Your slope at z = 0 is 1. We agreed on the slope of the left piece there: ask for z > 0, not for
# z >= 0.
def relu(z):
    return np.maximum(z, 0.0), np.where(np.asarray(z) >= 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z >= 0, 1.0, alpha)


# %% mistake rectifiers "the slope of ReLU at the corner is 1"
# Your slope of ReLU at z = 0 is 1. We agreed on the slope of the left piece there: ask for z > 0,
# not for z >= 0.
def relu(z):
    return np.maximum(z, 0.0), np.where(np.asarray(z) >= 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, alpha)


# %% mistake rectifiers "the slope of leaky ReLU at the corner is 1"
# Your slope of leaky ReLU at z = 0 is 1. We agreed on the slope of the left piece there, alpha: ask
# for z > 0, not for z >= 0.
def relu(z):
    return np.maximum(z, 0.0), np.where(np.asarray(z) > 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z >= 0, 1.0, alpha)


# %% mistake rectifiers "alpha is ignored"
# Your leaky ReLU has 0.01 for every alpha. Use the argument.
def relu(z):
    return np.maximum(z, 0.0), np.where(np.asarray(z) > 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, 0.01 * z), np.where(z > 0, 1.0, 0.01)


# %% mistake rectifiers "the leak has no slope"
# Your leaky ReLU leaks forward, but its slope is 0 for negative z. There the function is alpha * z,
# so the slope is alpha: that is what the leak is for.
def relu(z):
    return np.maximum(z, 0.0), np.where(np.asarray(z) > 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, 0.0)


# %% mistake rectifiers "the sign in place of the slope"
# Your ReLU has the slope -1 for negative z. It is constant there: the slope is 0.
def relu(z):
    return np.maximum(z, 0.0), np.sign(z)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, alpha)


# %% mistake rectifiers "the absolute value"
# Your ReLU gives |z| for negative z. It gives 0 there.
def relu(z):
    return np.abs(z), np.sign(z)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, alpha)


# %% mistake rectifiers "the activation in place of the slope"
# Your ReLU returns the activation twice. The slope for positive z is 1, however large z is.
def relu(z):
    return np.maximum(z, 0.0), np.maximum(z, 0.0)


def leaky_relu(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, alpha)


# %% alternative rectifiers
def relu(z):
    return np.maximum(z, 0.0), 1.0 * (np.asarray(z) > 0)


def leaky_relu(z, alpha=0.01):
    a = np.maximum(z, 0.0) + alpha * np.minimum(z, 0.0)
    return a, np.heaviside(z, 0.0) * (1 - alpha) + alpha


# %% [markdown]
# > **Often printed: "leaky ReLU is max(0.01 z, z)", and elsewhere "max(0.1 z, z)".** Which is right?
# > Send a gradient of 1 back through six layers in which every field is negative, and see what each
# > of the two leaves of it.

# %%
for alpha in (0.0, 0.01, 0.1):
    left = leaky_relu(-1.0, alpha)[1] ** 6
    print(f"alpha = {alpha:4.2f}: {left:g} is left")

# %% [markdown]
# > Both are right, and they are very different functions: after six layers one leaves a million times
# > as much as the other. The leak is a number that a person chooses, a **hyperparameter**. And the
# > `max` is right only for a leak of at most 1: put $\alpha = 1.5$ and $z = 1$ into it.
#
# ### C.2 A leak that is learnt
#
# Why choose at all, if a network can learn? The **parametric ReLU**, or **PReLU**, is the leaky
# ReLU (9) with $\alpha$ as a parameter: gradient descent moves it along with the weights. For that
# it needs $\partial E / \partial \alpha$. Let $z_1, z_2, \dots$ be all the fields that share one
# $\alpha$ (of all neurons of a layer and of all examples), $a_k$ their activations, and
# $g_k = \partial E / \partial a_k$ the gradients that arrive there. One $\alpha$ acts through all
# the $a_k$, so the shares of all paths are added:
#
# $$ \frac{\partial E}{\partial \alpha} = \sum_k g_k\, \frac{\partial a_k}{\partial \alpha}, \qquad
#    \frac{\partial a_k}{\partial \alpha} = \begin{cases} z_k & z_k \le 0 \\ 0 & z_k > 0 \end{cases}
#    \tag{10} $$
#
# $$ \frac{\partial E}{\partial z_k} = g_k \cdot \begin{cases} \alpha & z_k \le 0 \\ 1 & z_k > 0
#    \end{cases} \tag{11} $$
#
# ### Exercise 2.5: the gradients of PReLU
#
# Write `prelu_backward(z, alpha, g)`. `z` and `g` are arrays of one shape, any shape, even empty;
# `alpha` is a number. It returns the tuple $(\partial E/\partial z,\ \partial E/\partial \alpha)$:
# an array of the shape of `z`, and one number.

# %% hint prelu_backward [markdown]
# If $\alpha$ grows by a little $h$, by how much does the activation of a neuron with field $-3$
# change? And of one with field $+3$?

# %% hint prelu_backward [markdown]
# The gradient at $z$ is the gradient that arrives, times the slope of the leaky ReLU. For the
# gradient at alpha, multiply the arriving gradients by the negative fields (0 in place of the
# positive ones), and add everything up.

# %% hint prelu_backward [markdown]
# dz ← g · leaky_relu(z, alpha)[1]; dalpha ← sum(g · minimum(z, 0)); return dz, dalpha


# %% solve prelu_backward
def prelu_backward(z, alpha, g):
    """Return (dE/dz, dE/dalpha) of a PReLU at the fields z, where the gradient g arrives.

    >>> dz, dalpha = prelu_backward(np.array([-3.0, 2.0]), 0.1, np.array([1.0, 1.0]))
    >>> dz.tolist(), float(dalpha)
    ([0.1, 1.0], -3.0)
    """
    # 1. equation (11): one gradient for each field
    # 2. equation (10): one number for alpha
    ### BEGIN SOLUTION
    dz = g * leaky_relu(z, alpha)[1]
    dalpha = np.sum(g * np.minimum(z, 0.0))
    return dz, dalpha
    ### END SOLUTION


# %% check prelu_backward points=3
with check("prelu_backward") as probe:
    one, two = np.array([-3.0]), np.array([-3.0, -1.0])
    probe.call("one negative field", prelu_backward, one, 0.25, np.array([2.0]))
    probe.call("one positive field", prelu_backward, -one, 0.25, np.array([2.0]))
    probe.call("two negative fields", prelu_backward, two, 0.5, np.array([1.0, -4.0]))
    z = np.array([[0.0, 4.0, -2.0], [1.5, -0.5, -1000.0]])
    probe.call("two rows", prelu_backward, z, 0.1, np.array([[3.0, 5.0, 7.0], [1.0, -1.0, 0.5]]))
    probe.call("empty arrays", prelu_backward, np.zeros((0, 2)), 0.1, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
import torch

with check.hidden("prelu_backward") as probe:
    rng = np.random.default_rng(25)
    for shape in ((6,), (4, 3), (2, 3, 4), (0, 2)):
        z, g, alpha = rng.normal(size=shape), rng.normal(size=shape), float(rng.uniform())
        t = torch.tensor(z, requires_grad=True)
        s = torch.tensor([alpha], dtype=torch.float64, requires_grad=True)
        torch.where(t > 0, t, s * t).backward(torch.tensor(g))
        right = (t.grad.numpy(), s.grad.item())
        probe.call(f"shape {shape}", prelu_backward, z, alpha, g, expected=right)
    z, g = np.array([[-1000.0, 1000.0], [0.0, -1.0]]).T, np.array([[1.0, 2.0], [3.0, 4.0]]).T
    right = (np.array([[0.5, 2.0], [1.5, 2.0]]).T, -1004.0)
    probe.call("transposed, large entries", prelu_backward, z, 0.5, g, expected=right)
### END HIDDEN TESTS


# %% mistake prelu_backward "the sum is forgotten"
# Your gradient of alpha has one entry for each field. All of them share one alpha: add up. See
# equation (10).
def prelu_backward(z, alpha, g):
    return g * np.where(z > 0, 1.0, alpha), g * np.minimum(z, 0.0)


# %% mistake prelu_backward "the mean in place of the sum"
# Your gradient of alpha is a mean. The shares of the paths are added; whether E is a mean over
# examples is already in g.
def prelu_backward(z, alpha, g):
    return g * np.where(z > 0, 1.0, alpha), np.mean(g * np.minimum(z, 0.0))


# %% mistake prelu_backward "g is left out of the gradient of alpha"
# Your gradient of alpha is the sum of the negative fields. Each of them is multiplied by the
# gradient g that arrives there. See equation (10).
def prelu_backward(z, alpha, g):
    return g * np.where(z > 0, 1.0, alpha), np.sum(np.minimum(z, 0.0))


# %% mistake prelu_backward "z is left out of the gradient of alpha"
# Your gradient of alpha adds up g where z is negative. The derivative of alpha * z with respect to
# alpha is z: multiply by it.
def prelu_backward(z, alpha, g):
    return g * np.where(z > 0, 1.0, alpha), np.sum(g * (z <= 0))


# %% mistake prelu_backward "positive fields count too"
# Your gradient of alpha is the sum of g * z over all fields. On the positive side the activation
# does not depend on alpha. See equation (10).
def prelu_backward(z, alpha, g):
    return g * np.where(z > 0, 1.0, alpha), np.sum(g * z)


# %% mistake prelu_backward "alpha is left in its own derivative"
# Your gradient of alpha has alpha as a factor. The derivative of alpha * z with respect to alpha is
# z alone.
def prelu_backward(z, alpha, g):
    return g * np.where(z > 0, 1.0, alpha), np.sum(g * alpha * np.minimum(z, 0.0))


# %% mistake prelu_backward "the slope of the plain ReLU"
# Your dE/dz is 0 for negative fields. PReLU has the slope alpha there. See equation (11).
def prelu_backward(z, alpha, g):
    return g * (z > 0), np.sum(g * np.minimum(z, 0.0))


# %% mistake prelu_backward "the slope at the corner is 1"
# Your slope at z = 0 is 1. We agreed on that of the left piece, alpha: ask for z > 0, not for
# z >= 0. See equation (11).
def prelu_backward(z, alpha, g):
    return g * np.where(z >= 0, 1.0, alpha), np.sum(g * np.minimum(z, 0.0))


# %% mistake prelu_backward "g is left out of the gradient of z"
# Your dE/dz is the slope alone. Multiply it by the gradient g that arrives. See equation (11).
def prelu_backward(z, alpha, g):
    return np.where(z > 0, 1.0, alpha), np.sum(g * np.minimum(z, 0.0))


# %% alternative prelu_backward
def prelu_backward(z, alpha, g):
    left = z <= 0
    dz = g.copy()
    dz[left] *= alpha
    return dz, float((g[left] * z[left]).sum())


# %% [markdown]
# ### C.3 Rounding the corner
#
# Two more functions follow ReLU on the right and do something smooth on the left. The **exponential
# linear unit** (ELU) levels off at $-\alpha$. **Softplus** has no corner at all:
#
# $$ \text{ELU}(z) = \begin{cases} \alpha\,(e^{z} - 1) & z \le 0 \\ z & z > 0 \end{cases}, \qquad
#    \text{slope } \begin{cases} \alpha\, e^{z} & z \le 0 \\ 1 & z > 0 \end{cases} \tag{12} $$
#
# $$ \text{softplus}(z) = \ln\big(1 + e^{z}\big), \qquad
#    \text{softplus}'(z) = \frac{e^z}{1 + e^z} = \sigma(z) \tag{13} $$
#
# Typed as it stands, softplus is infinite at $z = 1000$, where it should be 1000. Pull the large
# part out of the logarithm: $1 + e^{z} = e^{z}\,(1 + e^{-z})$, and so
# $\ln(1 + e^{z}) = z + \ln(1 + e^{-z})$. For positive $z$ use the right side, for negative $z$ the
# left one. ELU has a trap of the same kind: `np.where` computes *both* pieces for every entry, and
# $e^{1000}$ overflows although nobody wants it.
#
# ### Exercise 2.6: ELU and softplus
#
# Write `elu(z, alpha=1.0)` and `softplus(z)` by the rules of A.2. At $z = 0$ the slope of ELU is
# that of the left piece, $\alpha$. `alpha` is a positive number.

# %% hint elu_softplus [markdown]
# How can you keep large positive numbers away from the exponential, where only the negative ones
# are wanted?

# %% hint elu_softplus [markdown]
# Take the exponential of the smaller of $z$ and 0: it never overflows. Softplus in one formula for
# both signs is the larger of $z$ and 0, plus the logarithm of 1 + $e^{-|z|}$. NumPy also has
# `np.logaddexp(0, z)`, which is the logarithm of $e^0 + e^z$. You have written the slope of
# softplus already.

# %% hint elu_softplus [markdown]
# e ← exp(minimum(z, 0)); elu: where(z > 0, z, alpha · (e − 1)), where(z > 0, 1.0, alpha · e);
# softplus: logaddexp(0, z), logistic(z)[0]


# %% solve elu_softplus
def elu(z, alpha=1.0):
    """Return (activation, slope) of the exponential linear unit, in the shape of z.

    >>> a, slope = elu(-1000.0, alpha=2.0)
    >>> float(a), float(slope)
    (-2.0, 0.0)
    """
    ### BEGIN SOLUTION
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.exp(low))
    ### END SOLUTION


def softplus(z):
    """Return (activation, slope) of softplus, in the shape of z.

    >>> a, slope = softplus(1000.0)
    >>> float(a), float(slope)
    (1000.0, 1.0)
    """
    ### BEGIN SOLUTION
    return np.logaddexp(0.0, z), logistic(z)[0]
    ### END SOLUTION


# %% check elu_softplus points=3
with check("elu_softplus") as probe:
    z = np.array([-2.0, -0.5, 0.5, 3.0])
    probe.call("ELU, alpha = 1", elu, z)
    probe.call("ELU, alpha = 2", elu, z, alpha=2.0)
    probe.call("ELU at its corner, alpha = 0.5", elu, 0.0, alpha=0.5)
    probe.call("ELU far out", elu, np.array([[-1000.0], [1000.0]]))
    probe.call("softplus at 0", softplus, 0.0)
    probe.call("softplus of four fields", softplus, z)
    probe.call("softplus of 10.5", softplus, 10.5)
    probe.call("softplus far out", softplus, np.array([[-1000.0], [1000.0]]))
    probe.call("ELU of an empty array", elu, np.zeros((0, 2)))
    probe.call("softplus of an empty array", softplus, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
import torch

with check.hidden("elu_softplus") as probe:
    rng = np.random.default_rng(26)
    far = np.array([[-1000.0, 0.0, 1000.0], [-20.0, 20.0, -1.0]]).T
    for z in (np.array(0.7), 3 * rng.normal(size=8), rng.normal(size=(2, 2, 3)), np.zeros(0), far):
        for alpha in (0.3, 1.0, 2.5):
            t = torch.tensor(z, requires_grad=True)
            a = torch.nn.functional.elu(t, alpha)
            a.sum().backward()
            right = (a.detach().numpy(), t.grad.numpy())
            label = f"ELU, {z.size} fields in shape {z.shape}, alpha = {alpha}"
            probe.call(label, elu, z, alpha=alpha, expected=right)
        t = torch.tensor(z, requires_grad=True)
        a = torch.nn.functional.softplus(t)
        a.sum().backward()
        right = (a.detach().numpy(), t.grad.numpy())
        probe.call(f"softplus, {z.size} fields in shape {z.shape}", softplus, z, expected=right)
    z = np.array([-3.0, 0.0, 4.0])
    right = (np.log(1 + np.exp(z)), 1 / (1 + np.exp(-z)))
    probe.call("softplus in float32", softplus, z.astype(np.float32), expected=right)
### END HIDDEN TESTS


# %% mistake elu_softplus "softplus is infinite at 1000"
# exp(1000) overflows. (And sigma(-1000), if you take its logarithm, is rounded to 0.) Pull the
# large part out of the logarithm, as in the text above, or use np.logaddexp(0, z).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    with np.errstate(all="ignore"):
        return np.log(1 + np.exp(z)), logistic(z)[0]


# %% mistake elu_softplus "softplus becomes z too early"
# Your softplus is z itself above 10 or so. There ln(1 + exp(-z)) is small but not nothing: 3e-5 at
# z = 10.5. Keep it for every z, or at least up to 20.
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    a = np.log1p(np.exp(np.minimum(z, 10.0)))
    return np.where(np.asarray(z) > 10, z, a), logistic(z)[0]


# %% mistake elu_softplus "the slope of softplus is nan at 1000"
# Your slope of softplus is infinite over infinite at z = 1000. It is the logistic function, which
# you have written so that it survives.
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    with np.errstate(all="ignore"):
        return np.logaddexp(0.0, z), np.exp(z) / (1 + np.exp(z))


# %% mistake elu_softplus "the slope of softplus is sigma'"
# Your slope of softplus is the second result of logistic(z), which is sigma'. It is sigma itself:
# the first.
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[1]


# %% mistake elu_softplus "the slope of softplus falls"
# Your slope of softplus is sigma(-z): it falls where it should rise. See equation (13).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), 1 - logistic(z)[0]


# %% mistake elu_softplus "alpha is left out of the slope of ELU"
# Your slope of ELU is exp(z) on the left. The factor alpha stays when you differentiate. See
# equation (12).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% mistake elu_softplus "the -1 of ELU is outside the brackets"
# Your ELU is alpha * exp(z) - 1 on the left. The factor alpha stands before the whole bracket: see
# equation (12).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.exp(low) - 1), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% mistake elu_softplus "the -1 of ELU is forgotten"
# Your ELU is alpha * exp(z) on the left, so that it jumps at 0. See the bracket in equation (12).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.exp(low)), np.where(right, 1.0, alpha * np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% mistake elu_softplus "alpha is ignored"
# Your ELU is that of alpha = 1 for every alpha. Use the argument: it is a factor of both results on
# the left. See equation (12).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, np.expm1(low)), np.where(right, 1.0, np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% mistake elu_softplus "the activation of ELU in place of its slope"
# Your slope of ELU on the left is the activation, which is negative. Differentiating takes the -1
# away: alpha * exp(z).
def elu(z, alpha=1.0):
    right, low = np.asarray(z) > 0, np.minimum(z, 0.0)
    return np.where(right, z, alpha * np.expm1(low)), np.where(right, 1.0, alpha * np.expm1(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% mistake elu_softplus "the slope at the corner of ELU is 1"
# Your slope of ELU at z = 0 is 1. We agreed on that of the left piece, alpha: ask for z > 0, not
# for z >= 0.
def elu(z, alpha=1.0):
    low = np.minimum(z, 0.0)
    a = np.where(np.asarray(z) > 0, z, alpha * np.expm1(low))
    return a, np.where(np.asarray(z) >= 0, 1.0, alpha * np.exp(low))


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% mistake elu_softplus "ELU is nan at 1000"
# Your ELU adds two pieces, one of them 0 times infinity at z = 1000, and that is not 0 but nan.
# Pick the piece with np.where, and take the exponential of the smaller of z and 0.
def elu(z, alpha=1.0):
    z = np.asarray(z)
    with np.errstate(all="ignore"):
        left, right = z <= 0, z > 0
        return right * z + left * alpha * (np.exp(z) - 1), right + left * alpha * np.exp(z)


def softplus(z):
    return np.logaddexp(0.0, z), logistic(z)[0]


# %% alternative elu_softplus
def elu(z, alpha=1.0):
    z = np.asarray(z)
    with np.errstate(over="ignore"):
        a = np.where(z > 0, z, alpha * (np.exp(z) - 1))
    return a, np.where(z > 0, 1.0, a + alpha)


def softplus(z):
    fall = np.exp(-np.abs(z))
    return np.maximum(z, 0) + np.log1p(fall), np.where(np.asarray(z) > 0, 1, fall) / (1 + fall)


# %% [markdown]
# Measure the slope of softplus, and compare it with the logistic function: do they agree?

# %%
z = np.linspace(-10, 10, 2001)
print("softplus' = sigma:", np.allclose(measured_slope(softplus, z), logistic(z)[0], atol=1e-7))

# %% [markdown]
# > **Often printed: "unlike ReLU, ELU is smooth at 0".** Is it? Measure the slope just left and just
# > right of 0, for three values of $\alpha$.

# %%
for alpha in (0.5, 1.0, 2.0):
    left, right = (elu(z, alpha)[1] for z in (-1e-6, 1e-6))
    print(f"alpha = {alpha}: slope {left:.3f} on the left of 0, {right:.3f} on the right")

# %% [markdown]
# > On the left the slope comes in at $\alpha e^0 = \alpha$, on the right it is 1. It is continuous for
# > $\alpha = 1$ only; with any other $\alpha$, ELU has a corner too.

# %%
rectifiers = {"ReLU": relu, "leaky, 0.1": lambda z: leaky_relu(z, 0.1)}
plots.show(
    draw_functions({**rectifiers, "ELU": elu, "softplus": softplus}, np.linspace(-4, 4, 201)),
    "Left: four curves that rise along the diagonal for positive z. For negative z, ReLU is 0, leaky "
    "ReLU falls slowly, ELU levels off at -1, softplus comes down to 0 smoothly. Right: the slopes "
    "of ReLU and leaky ReLU jump to 1 at 0, that of ELU rises to 1 and stays, that of softplus is "
    "an S from 0 to 1.",
)

# %% [markdown]
# *Figure 3. Four rectifiers and their slopes. On the right all four let the gradient through. On
# the left they differ.*
#
# ### C.4 A sentence put to the test
#
# Here are all functions so far under their names. The rest of the chapter calls them by name. Each
# entry looks its function up when it is called: if you mend one of them later, the mended one is
# used at once.


# %% given activations
ACTIVATIONS = {
    "identity": lambda z: identity(z),
    "step": lambda z: step(z),
    "sign": lambda z: sign(z),
    "piecewise linear": lambda z: piecewise_linear(z),
    "logistic": lambda z: logistic(z),
    "tanh": lambda z: tanh(z),
    "arctan": lambda z: arctan(z),
    "ReLU": lambda z: relu(z),
    "leaky ReLU": lambda z: leaky_relu(z),  # alpha = 0.01
    "ELU": lambda z: elu(z),  # alpha = 1
    "softplus": lambda z: softplus(z),
}
NAMES = tuple(ACTIVATIONS)  # these eleven

# %% [markdown]
# > **Often printed: "the derivatives of all activation functions except ReLU are less than 1; that is
# > why gradients vanish".**

# %%
z = np.linspace(-5, 5, 1001)
for name in NAMES:
    print(f"{name:17} largest slope {ACTIVATIONS[name](z)[1].max():.3f}")

# %% [markdown]
# ### Exercise 2.7: how many exceptions?
#
# Go through the eleven functions of the table, ReLU left out: ten. Do not trust the largest slope
# alone: ask where it is reached. Draw a slope, or count the $z$ at which it is 1. Set
#
# - `at_one_point`: how many of these ten functions have a slope of exactly 1 at a single $z$ and
#   less everywhere else;
# - `on_a_stretch`: how many of these ten have a slope of exactly 1 on a whole interval.

# %% hint slope_one [markdown]
# For which $z$ is $1 - \tanh^2 z$ equal to 1? For which $z$ is $e^z/(1 + e^z)$ equal to 1?

# %% hint slope_one [markdown]
# Three groups: S-shaped functions reach their largest slope at 0 only. Functions with a straight
# piece of slope 1 have it on a stretch. Softplus comes as close to 1 as you like and never gets
# there (a computer rounds it to 1 from about $z = 37$ on).

# %% hint slope_one [markdown]
# count the S-shaped ones with 1.000 in the table; count the ones whose formula contains the piece
# z, or z plus a constant

# %% solve slope_one
# Set at_one_point and on_a_stretch.
### BEGIN SOLUTION
at_one_point = 2  # tanh, arctan
on_a_stretch = 4  # identity, piecewise linear, leaky ReLU, ELU
### END SOLUTION

# %% check slope_one points=1
with check("slope_one") as probe:
    probe.number("functions with slope 1 at a single z", at_one_point, decimals=0)
    probe.number("functions with slope 1 on a stretch", on_a_stretch, decimals=0)

# %% mistake slope_one "the logistic function counts as well"
# You counted three S-shaped functions. The slope of the logistic function is at most 1/4: see the
# table.
at_one_point = 3
on_a_stretch = 4

# %% mistake slope_one "only tanh reaches 1"
# The arc tangent reaches a slope of 1 too: put z = 0 into equation (4).
at_one_point = 1
on_a_stretch = 4

# %% mistake slope_one "none is steep enough"
# Look at the table: several functions besides ReLU reach 1.000. Put z = 0 into 1 - tanh(z)**2.
at_one_point = 0
on_a_stretch = 4

# %% mistake slope_one "one too many on a stretch"
# One too many. ReLU was to be left out, and softplus never quite reaches 1: its slope is the
# logistic function.
at_one_point = 2
on_a_stretch = 5

# %% mistake slope_one "two too many on a stretch"
# Two too many. ReLU was to be left out, and softplus never quite reaches 1: its slope is the
# logistic function.
at_one_point = 2
on_a_stretch = 6

# %% mistake slope_one "one with a straight piece is missing"
# You missed one with a straight piece of slope 1. It may be the piece in the middle (piecewise
# linear), or the right half (leaky ReLU, ELU), or all of it (identity).
at_one_point = 2
on_a_stretch = 3

# %% mistake slope_one "the two groups are counted together"
# You counted all functions that reach a slope of 1. How many of them reach it at a single z, and
# how many on a stretch?
at_one_point = 6
on_a_stretch = 4

# %% mistake slope_one "the two groups are counted together, with ReLU"
# You counted all functions that reach a slope of 1. ReLU was to be left out; then ask how many of
# the others reach it at a single z, and how many on a stretch.
at_one_point = 7
on_a_stretch = 4

# %% answer slope_one [markdown] points=2
# Rewrite the sentence so that it is true of logistic and tanh. Then say why a slope that *reaches*
# 1 at $z = 0$ does not save a deep network of tanh neurons.
#
# <!-- BEGIN SOLUTION -->
# For example: "The slope of the logistic function is at most 1/4 everywhere. That of tanh is at
# most 1, and 1 at $z = 0$ only. ReLU, leaky ReLU, ELU, the identity and the ramp have slope exactly
# 1 on a whole interval."
#
# A neuron's field is not 0 for every example. As soon as $z \ne 0$, tanh has a slope below 1, and a
# gradient on its way back is multiplied by such a factor in each layer: a product of many numbers
# below 1 goes to 0. With ReLU or ELU the factor is exactly 1 for every positive field, and a
# product of ones stays 1. (The weights are factors as well, and can make up for it or spoil it.)
#
# **Rubric**
# - 1 point: a true sentence that keeps at most 1/4 (logistic) and at most 1, only at 0 (tanh)
#   apart.
# - 1 point: the slope is below 1 for every field other than 0, and the slopes of the layers are
#   multiplied.
# <!-- END SOLUTION -->

# %% [markdown]
# ## D. Functions of several numbers
#
# ### D.1 Maxout
#
# All functions so far look at one field. A **maxout** unit has several, its **pieces**: one
# weighted sum for each, with weights and a bias of its own. It answers with the largest:
#
# $$ a = \max(z_1, z_2, \dots, z_k), \qquad \frac{\partial a}{\partial z_j} =
#    \begin{cases} 1 & \text{if piece } j \text{ is the winner} \\ 0 & \text{otherwise} \end{cases}
#    \tag{14} $$
#
# So the whole gradient goes to the winning piece, and the others learn nothing from this example.
# If several pieces are equally large, the first of them is the winner. With the pieces 0 and $z$,
# maxout is ReLU. With learnt pieces it shapes its own activation function.
#
# ### Exercise 2.8: maxout
#
# Write `maxout(z)`. The **last axis** of `z` runs over the pieces, so its shape is (pieces,), or
# (batch, pieces), or longer. There is at least one piece; the batch may be empty. Return the tuple
# (activation, slope): the activation has the shape of `z` without the last axis, the slope has the
# shape of `z`, with 1 at the winners and 0 elsewhere. Both are numbers, as in A.2.

# %% hint maxout [markdown]
# How do you find out *which* entry along an axis is the largest? If there are two, which one does
# that NumPy function report?

# %% hint maxout [markdown]
# `np.argmax` along the last axis gives the number of the winner, the first one if several are
# equal. Compare this number, with an axis added at its end, with the numbers 0, 1, 2, ... of the
# pieces.

# %% hint maxout [markdown]
# winner ← argmax(z, axis=-1); slope ← (arange(pieces) == winner[..., None]) as floats;
# return max(z, axis=-1), slope


# %% solve maxout
def maxout(z):
    """Return (activation, slope) of maxout over the last axis of z, shape (..., pieces).

    >>> a, slope = maxout(np.array([[1.0, 5.0, 2.0]]))
    >>> a.tolist(), slope.tolist()
    ([5.0], [[0.0, 1.0, 0.0]])
    """
    ### BEGIN SOLUTION
    winner = np.argmax(z, axis=-1)
    slope = np.arange(z.shape[-1]) == winner[..., None]
    return np.max(z, axis=-1), slope.astype(float)
    ### END SOLUTION


# %% check maxout points=2
with check("maxout") as probe:
    probe.call("one unit of three pieces", maxout, np.array([1.0, -2.0, 4.0]))
    probe.call("one unit of one piece", maxout, np.array([-1.5]))
    z = np.array([[1.0, 5.0, 2.0], [-3.0, -4.0, -2.0], [-1.0, -5.0, -7.0], [0.5, 2.0, 1.0]])
    probe.call("four examples of three pieces", maxout, z)
    probe.call("equal pieces", maxout, np.array([[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]]))
    units = np.array([[[1.0, 2.0], [-1.0, -3.0]], [[0.0, 4.0], [6.0, 5.0]]])
    probe.call("two examples, two units, two pieces", maxout, units)
    probe.call("far out", maxout, np.array([[-1000.0, 1000.0]]))
    probe.call("no example", maxout, np.zeros((0, 2)))
### BEGIN HIDDEN TESTS
with check.hidden("maxout") as probe:
    rng = np.random.default_rng(28)
    for shape in ((1,), (5,), (6, 2), (3, 4, 3), (0, 2)):
        z = rng.integers(-3, 4, size=shape).astype(float)  # many ties
        a, slope = np.zeros(shape[:-1]), np.zeros(shape)
        for index in np.ndindex(shape[:-1]):
            pieces = z[index].tolist()
            a[index] = max(pieces)
            slope[index][pieces.index(max(pieces))] = 1.0
        probe.call(f"shape {shape}", maxout, z, expected=(a, slope))
    z = np.array([[1.0, -1000.0], [0.0, 1000.0], [2.0, 2.0]]).T  # (2, 3), not contiguous
    right = (np.array([2.0, 1000.0]), np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    probe.call("a transposed array", maxout, z, expected=right)
### END HIDDEN TESTS


# %% mistake maxout "all equal pieces win"
# Where pieces are equal, your slope has several ones. Only the first of them is the winner: use
# argmax, not a comparison with the maximum.
def maxout(z):
    a = z.max(axis=-1)
    return a, 1.0 * (z == a[..., None])


# %% mistake maxout "the last of equal pieces wins"
# Where pieces are equal, your winner is the last of them. It is the first one.
def maxout(z):
    winner = z.shape[-1] - 1 - np.argmax(z[..., ::-1], axis=-1)
    return z.max(axis=-1), 1.0 * (np.arange(z.shape[-1]) == winner[..., None])


# %% mistake maxout "the number of the winner"
# Your second result is the number of the winning piece. The slope has the shape of z: 1 at the
# winner, 0 elsewhere.
def maxout(z):
    return z.max(axis=-1), np.argmax(z, axis=-1)


# %% mistake maxout "the first axis"
# Your maximum runs over the first axis. The pieces are on the last one: axis=-1.
def maxout(z):
    winner = np.argmax(z, axis=0)
    slope = np.zeros_like(z)
    np.put_along_axis(slope, np.expand_dims(winner, 0), 1.0, axis=0)
    return z.max(axis=0), slope


# %% mistake maxout "one maximum for everything"
# Your maximum is taken over the whole array. Each example and each unit has its own: axis=-1.
def maxout(z):
    return z.max(), 1.0 * (z == z.max())


# %% mistake maxout "the gradient is shared out"
# Your gradient is shared among all the pieces. All of it goes to the winner. See equation (14).
def maxout(z):
    return z.max(axis=-1), np.ones_like(z) / z.shape[-1]


# %% mistake maxout "the value in place of the slope"
# Your second result holds the largest value at the winner's place. If the winner grows by h, the
# activation grows by h: the slope is 1.
def maxout(z):
    winner = np.argmax(z, axis=-1)
    chosen = np.arange(z.shape[-1]) == winner[..., None]
    return z.max(axis=-1), np.where(chosen, z, 0.0)


# %% alternative maxout
def maxout(z):
    winner = np.argmax(z, axis=-1)
    a = np.take_along_axis(z, np.expand_dims(winner, -1), axis=-1)[..., 0]
    return a, np.eye(z.shape[-1])[winner]


# %% alternative maxout
def maxout(z):
    slope = np.zeros_like(z)
    for index in np.ndindex(z.shape[:-1]):
        slope[index][np.argmax(z[index])] = 1.0
    return (z * slope).sum(axis=-1), slope


# %% [markdown]
# What can a maxout unit of a few straight pieces look like? Give it the tangents of $x^2$ at
# $-1, 0$ and 1: the lines $-2x - 1$, $0$ and $2x - 1$.


# %%
def draw_maxout():
    x = np.linspace(-2, 2, 201)
    pieces = np.stack([-2 * x - 1, 0 * x, 2 * x - 1], axis=-1)  # (201, 3)
    a, slope = maxout(pieces)
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.plot(x, x**2, color="0.7", lw=4, label="x squared")
    for j, (color, dash) in enumerate(STYLES[:3]):
        won = slope[:, j] == 1
        ax.plot(x[won], a[won], dash, color=color, lw=2, label=f"piece {j + 1} wins")
    ax.set(xlabel="input x", ylabel="activation a")
    ax.legend()
    return figure


plots.show(
    draw_maxout(),
    "A parabola in grey and below it three straight pieces that touch it: the first wins left of "
    "-1/2, the second between -1/2 and 1/2, the third to the right.",
)

# %% [markdown]
# *Figure 4. A maxout unit with three pieces, and which piece wins where. A maximum of straight
# lines never bends downwards; with enough pieces it comes close to any curve that bends upwards.*
#
# ### D.2 Softmax
#
# The last layer of a network that chooses between $n$ classes has $n$ fields. They shall become
# probabilities: positive, and adding up to 1. **Softmax** makes all of them positive with an
# exponential and divides by the sum:
#
# $$ p_i = \frac{e^{z_i}}{\sum_{m=1}^{n} e^{z_m}} \tag{15} $$
#
# At $z_i = 1000$ this is infinite over infinite. But nothing changes if the same number $c$ is
# taken off all fields, because the factor $e^{-c}$ cancels. With $c = \max_m z_m$ the largest
# exponent is 0.
#
# ### Exercise 2.9: softmax
#
# Write `softmax(z)`. The last axis of `z` runs over the classes: its shape is (classes,) or
# (batch, classes), or longer. There is at least one class; the batch may be empty. Return one array
# of the shape of `z`, the probabilities (no slope this time). Fields may be $\pm 1000$.

# %% hint softmax [markdown]
# Which number must be taken off the fields of *one* example? What shape must the row of maxima have
# so that NumPy takes each one off its own row?

# %% hint softmax [markdown]
# Take the maximum and the sum along the last axis, and keep that axis (`keepdims=True`), so that it
# broadcasts. Exponentiate the shifted fields once, and divide by their sum.

# %% hint softmax [markdown]
# e ← exp(z − max(z, axis=-1, keepdims)); return e / sum(e, axis=-1, keepdims)


# %% solve softmax
def softmax(z):
    """Return the probabilities of softmax over the last axis of z, in the shape of z.

    >>> softmax(np.array([1000.0, 1000.0])).tolist()
    [0.5, 0.5]
    """
    ### BEGIN SOLUTION
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
    ### END SOLUTION


# %% check softmax points=2
with check("softmax") as probe:
    probe.call("three classes", softmax, np.array([0.0, 1.0, -2.0]))
    probe.call("two examples, not alike", softmax, np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 4.0]]))
    cube = np.array([[[0.0, 1.0], [2.0, 0.0]], [[3.0, 3.0], [0.0, -1.0]]])
    probe.call("an array of shape (2, 2, 2)", softmax, cube)
    far = np.array([[1000.0, -1000.0, 1000.0], [-1000.0, -1000.0, -1001.0]])
    probe.call("far out", softmax, far)
    apart = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]])
    probe.call("far out and far apart", softmax, apart)
    probe.call("no example", softmax, np.zeros((0, 3)))
### BEGIN HIDDEN TESTS
import torch

with check.hidden("softmax") as probe:
    rng = np.random.default_rng(29)
    for shape in ((1,), (10,), (5, 3), (2, 3, 4), (0, 2)):
        z = 5 * rng.normal(size=shape)
        right = torch.softmax(torch.tensor(z), dim=-1).numpy()
        probe.call(f"shape {shape}", softmax, z, expected=right)
    z = np.array([[1000.0, 0.0, 999.0], [-1000.0, -1000.0, -999.0], [3.0, 2.0, 1.0]]).T
    right = torch.softmax(torch.tensor(z), dim=-1).numpy()
    probe.call("a transposed array with large entries", softmax, z, expected=right)
    z = np.array([[1.0, 2.0, -1.0], [0.0, 0.5, 3.0]])
    right = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    probe.call("float32", softmax, z.astype(np.float32), expected=right)
### END HIDDEN TESTS


# %% mistake softmax "the maximum is not taken off"
# Your exponentials overflow at 1000, and infinite over infinite is nan. Take the maximum off first:
# the probabilities stay the same.
def softmax(z):
    with np.errstate(all="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


# %% mistake softmax "one maximum for all examples"
# You take the largest field of the whole array off. In a row that lies far below it, all
# exponentials are 0, and 0 / 0 is nan. Each example has its own maximum: axis=-1, keepdims=True.
def softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        return e / e.sum(axis=-1, keepdims=True)


# %% mistake softmax "keepdims is missing"
# Your maxima have one axis less than z, so that NumPy cannot take each off its own row. Keep the
# axis: keepdims=True.
def softmax(z):
    e = np.exp(z - z.max(axis=-1))
    return e / e.sum(axis=-1)


# %% mistake softmax "the mean is taken off"
# You take the mean of the fields off. Between 1000 and -1000 it is 0, and exp(1000) overflows. Take
# the largest field off: then no exponent is above 0.
def softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.mean(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


# %% mistake softmax "the first field is taken off"
# You take the first field off. Where it is not the largest, an exponent may be as large as 2000.
# Take the largest field off: then no exponent is above 0.
def softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z[..., :1])
        return e / e.sum(axis=-1, keepdims=True)


# %% mistake softmax "a slope is returned as well"
# You return two arrays. Softmax returns the probabilities alone, no slope: that is a matrix, and
# comes next.
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p * (1 - p)


# %% mistake softmax "no exponential"
# You divide the fields by their sum. They may be negative; the exponential makes all of them
# positive first. See equation (15).
def softmax(z):
    with np.errstate(all="ignore"):
        return z / z.sum(axis=-1, keepdims=True)


# %% mistake softmax "the sum runs over all examples"
# Your sum runs over the whole array, so that all probabilities together give 1. Each example has
# its own sum: axis=-1, keepdims=True.
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


# %% mistake softmax "the first axis"
# Your sums run over the first axis. The classes are on the last one: axis=-1.
def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


# %% mistake softmax "the exponentials are not divided"
# Your numbers do not add up to 1. Divide the exponentials by their sum.
def softmax(z):
    return np.exp(z - z.max(axis=-1, keepdims=True))


# %% mistake softmax "the logarithm of the probabilities"
# Your values are the logarithms of the probabilities. Equation (15) has no logarithm.
def softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


# %% mistake softmax "a logistic function for each"
# You put each field into the logistic function alone. Softmax divides by the sum over the classes.
def softmax(z):
    return logistic(z)[0]


# %% alternative softmax
def softmax(z):
    z = np.asarray(z)
    top = np.expand_dims(z.max(axis=-1), -1)
    return np.exp(z - top - np.log(np.expand_dims(np.exp(z - top).sum(axis=-1), -1)))


# %% [markdown]
# With two classes, is softmax something new? Compare it with the logistic function of the
# difference.

# %%
pair = np.array([0.3, 1.7])
print(f"softmax of 0.3 and 1.7: {softmax(pair)[1]:.4f}")
print(f"logistic of 1.7 - 0.3:  {logistic(1.7 - 0.3)[0]:.4f}")

# %% [markdown]
# It is the same: divide numerator and denominator of (15) by $e^{z_2}$. Softmax is the logistic
# function for more than two.
#
# Each probability depends on every field, because every field is in the sum. So the derivative is
# not a slope but a matrix, the **Jacobian**, with one entry for each pair:
#
# $$ J_{ij} = \frac{\partial p_i}{\partial z_j} = p_i\,(\delta_{ij} - p_j), \qquad
#    \delta_{ij} = \begin{cases} 1 & i = j \\ 0 & i \ne j \end{cases} \tag{16} $$
#
# ### Exercise 2.10: the Jacobian of softmax
#
# Write `softmax_jacobian(z)` for the fields `z` of one example, shape (n,) with $n \ge 1$. The
# result has shape (n, n): row $i$ belongs to $p_i$, column $j$ to $z_j$. Then derive equation (16).

# %% hint softmax_jacobian [markdown]
# For the program: what stands on the diagonal of $J$, and what beside it? For the derivation: in
# which of its two parts does the quotient (15) contain $z_j$ when $i \ne j$? And when $i = j$?

# %% hint softmax_jacobian [markdown]
# $J$ is the matrix with the probabilities on its diagonal and 0 elsewhere, less the outer product
# of the probabilities with themselves. To derive it, call the sum $s$ and differentiate $e^{z_i}/s$
# by the quotient rule; the derivative of $s$ with respect to $z_j$ is $e^{z_j}$.

# %% hint softmax_jacobian [markdown]
# p ← softmax(z); return diag(p) − outer(p, p)


# %% solve softmax_jacobian
def softmax_jacobian(z):
    """Return the derivatives of softmax at z, shape (n, n): entry [i, j] is dp_i / dz_j.

    >>> softmax_jacobian(np.zeros(2)).tolist()
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    ### BEGIN SOLUTION
    p = softmax(z)
    return np.diag(p) - np.outer(p, p)
    ### END SOLUTION


# %% check softmax_jacobian points=2
with check("softmax_jacobian") as probe:
    probe.call("two classes", softmax_jacobian, np.array([0.0, 1.0]))
    probe.call("a single class", softmax_jacobian, np.array([2.0]))
    probe.call("three classes", softmax_jacobian, np.array([1.0, -1.0, 0.5]))
    probe.call("far out", softmax_jacobian, np.array([1000.0, -1000.0, 999.0]))
### BEGIN HIDDEN TESTS
import torch

with check.hidden("softmax_jacobian") as probe:
    rng = np.random.default_rng(210)
    rows = {f"{n} classes": 3 * rng.normal(size=n) for n in (1, 2, 5, 12)}
    rows["large fields"] = np.array([-1000.0, 1000.0, 1000.0, 0.0])
    rows["every other entry of an array"] = rng.normal(size=8)[::2]
    for label, z in rows.items():
        fields = torch.tensor(z.copy())
        right = torch.autograd.functional.jacobian(lambda t: torch.softmax(t, dim=0), fields)
        probe.call(label, softmax_jacobian, z, expected=right.numpy())
### END HIDDEN TESTS


# %% mistake softmax_jacobian "only the diagonal"
# Your matrix is 0 beside the diagonal. Every probability depends on every field, through the sum:
# entry [i, j] is -p_i * p_j there.
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p * (1 - p))


# %% mistake softmax_jacobian "plus in place of minus"
# Your matrix is diag(p) + outer(p, p). The outer product is subtracted: if one field grows, the
# others lose.
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p) + np.outer(p, p)


# %% mistake softmax_jacobian "the identity in place of diag(p)"
# Your diagonal is 1 - p_i * p_i. In equation (16) the whole bracket is multiplied by p_i: the
# diagonal is p_i - p_i * p_i.
def softmax_jacobian(z):
    p = softmax(z)
    return np.eye(len(p)) - np.outer(p, p)


# %% mistake softmax_jacobian "the inner product"
# You took p @ p off, one number, from every entry. The outer product, np.outer(p, p), is a matrix.
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p) - p @ p


# %% mistake softmax_jacobian "a slope, not a matrix"
# You returned p * (1 - p), which is the diagonal only, as a row. The result has shape (n, n).
def softmax_jacobian(z):
    p = softmax(z)
    return p * (1 - p)


# %% mistake softmax_jacobian "p_i is missing"
# Your entry [i, j] is the bracket of equation (16) alone. Multiply row i by p_i.
def softmax_jacobian(z):
    p = softmax(z)
    return np.eye(len(p)) - p


# %% mistake softmax_jacobian "the squares of p in every row"
# Your entry [i, j] is p_j * (delta_ij - p_j). An array of one axis runs along the columns, and p.T
# is the same array. Use np.outer(p, p), or p[:, None] for p_i.
def softmax_jacobian(z):
    p = softmax(z)
    return p * (np.eye(len(p)) - p)


# %% mistake softmax_jacobian "the squares of p in every column"
# Your entry [i, j] is p_i * (delta_ij - p_i). In the bracket of equation (16) stands p_j, which
# runs along the columns: p, or p[None, :].
def softmax_jacobian(z):
    p = softmax(z)
    return p[:, None] * (np.eye(len(p)) - p[:, None])


# %% mistake softmax_jacobian "fields in place of probabilities"
# Your matrix is made of the fields z. Compute p = softmax(z) first.
def softmax_jacobian(z):
    return np.diag(z) - np.outer(z, z)


# %% alternative softmax_jacobian
def softmax_jacobian(z):
    p = softmax(z)
    return p[:, None] * (np.eye(len(p)) - p[None, :])


# %% answer softmax_jacobian [markdown] points=3
# Derive equation (16) from (15). Then say why every row of $J$ adds up to 0, without computing it.
#
# <!-- BEGIN SOLUTION -->
# Call the sum $s = \sum_m e^{z_m}$. Then $\partial s / \partial z_j = e^{z_j}$, because only the
# term $m = j$ contains $z_j$. Also $\partial e^{z_i} / \partial z_j = \delta_{ij}\, e^{z_i}$. By
# the quotient rule
#
# $$ \frac{\partial p_i}{\partial z_j} = \frac{\delta_{ij}\, e^{z_i}\, s - e^{z_i}\, e^{z_j}}{s^2}
#    = \frac{e^{z_i}}{s}\Big(\delta_{ij} - \frac{e^{z_j}}{s}\Big) = p_i\,(\delta_{ij} - p_j) . $$
#
# The sum of row $i$ is the rate at which $p_i$ changes when all fields grow by the same amount.
# That changes nothing, because the common factor cancels in (15). So it is 0. (The sum of a column
# is 0 as well: the probabilities always add up to 1.)
#
# **Rubric**
# - 1 point: the derivatives of numerator and sum, with the two cases $i = j$ and $i \ne j$.
# - 1 point: the quotient rule carried through to (16).
# - 1 point: rows add up to 0 because a common shift of the fields changes no probability. Half a
#   point for a correct calculation $p_i(1 - \sum_j p_j) = 0$ without the reason.
# <!-- END SOLUTION -->

# %% [markdown]
# ## E. Depth
#
# ### E.1 A chain of neurons
#
# What becomes of a gradient on its way through many layers? Take the simplest deep network: $L$
# layers of one neuron each, all with the same weight $w$ and no bias.
#
# $$ z_l = w\, a_{l-1}, \qquad a_l = \varphi(z_l), \qquad l = 1, \dots, L \tag{17} $$
#
# From $a_0$ to $a_L$ there is one path, so the derivative is a product with two factors for each
# layer:
#
# $$ \frac{\partial a_L}{\partial a_0} = \prod_{l=1}^{L} w\, \varphi'(z_l) \tag{18} $$
#
# ### Exercise 2.11: how fast does it vanish?
#
# Use $\sigma' \le \frac14$ and $\tanh' \le 1$ to find out, on paper:
#
# - `layers_needed`: with the logistic function and $w = 1$, the smallest number of layers $L$ for
#   which $|\partial a_L / \partial a_0|$ is *certain* to be below $1/1000$, whatever $a_0$ is;
# - `weight_needed`: with the logistic function, how large $|w|$ must be for the bound not to shrink
#   from layer to layer (the smallest such $|w|$);
# - `tanh_bound`: with tanh and $w = 1$, the bound on $|\partial a_L / \partial a_0|$ for $L = 10$.

# %% hint vanish [markdown]
# How large can one factor $w\,\varphi'(z_l)$ be at most? And a product of $L$ such factors?

# %% hint vanish [markdown]
# With the logistic function each factor is at most a quarter of $|w|$, with tanh at most $|w|$. The
# product of $L$ factors is at most the $L$-th power. Which power of 4 is the first above 1000?

# %% hint vanish [markdown]
# smallest L with (1/4)^L < 1/1000; |w| / 4 = 1 solved for |w|; (1 · 1)^10

# %% solve vanish
# Set layers_needed, weight_needed and tanh_bound.
### BEGIN SOLUTION
layers_needed = 5
weight_needed = 4.0
tanh_bound = 1.0
### END SOLUTION

# %% check vanish points=2
with check("vanish") as probe:
    probe.number("the number of logistic layers", layers_needed, decimals=0)
    probe.number("the weight at which the bound stays", weight_needed)
    probe.number("the bound for ten tanh layers", tanh_bound)

# %% mistake vanish "one layer too few"
# Four layers leave (1/4)**4 = 1/256 at most, and that may be more than 1/1000.
layers_needed = 4
weight_needed = 4.0
tanh_bound = 1.0

# %% mistake vanish "one half in place of a quarter"
# Ten layers would be needed if the slope could be 1/2. That is the activation at 0; the slope is at
# most 1/4.
layers_needed = 10
weight_needed = 4.0
tanh_bound = 1.0

# %% mistake vanish "one tenth in place of a quarter"
# Three or so layers would do if the slope were at most 1/10. It is at most 1/4.
layers_needed = 3
weight_needed = 4.0
tanh_bound = 1.0

# %% mistake vanish "the weight is the inverse of it"
# A weight of 1/4 makes the factor smaller still. The largest factor is |w| / 4: set it to 1.
layers_needed = 5
weight_needed = 0.25
tanh_bound = 1.0

# %% mistake vanish "the weight alone"
# With |w| = 1 each factor is at most 1/4, and the bound shrinks. The slope is a factor as well.
layers_needed = 5
weight_needed = 1.0
tanh_bound = 1.0

# %% mistake vanish "the bound for tanh is not 0"
# Your last bound is 0 or nearly so. (1/4)**10 would be that of the logistic function. The slope of
# tanh can be as large as 1: what is the product of ten such factors?
layers_needed = 5
weight_needed = 4.0
tanh_bound = 0.25**10

# %% answer vanish [markdown] points=3
# Derive (18) from (17), and from it the bound $|\partial a_L / \partial a_0| \le (|w|/4)^L$ for the
# logistic function. Then: a friend proposes $w = 8$, so that the bound grows. Why will the gradient
# most likely vanish all the same? (What does a large $|w|$ do to the fields?)
#
# <!-- BEGIN SOLUTION -->
# By the chain rule for one layer, $\partial a_l / \partial a_{l-1} = \varphi'(z_l)\, w$: the outer
# derivative at $z_l$, times the inner one. There is one path from $a_0$ to $a_L$, so the
# derivatives of the layers are multiplied, which is (18). Each factor has the size
# $|w|\,\sigma'(z_l) \le |w|/4$, so the product of $L$ of them is at most $(|w|/4)^L$.
#
# A bound from above does not say that the gradient is large. The factor $w\,\sigma'(w\,a)$ has $w$
# twice: the activations of the logistic function lie between 0 and 1 and are mostly far from 0, so
# that fields $z = w\,a$ become large with $w$, and there $\sigma'$ is tiny: it falls exponentially.
# With $w = 8$ and $a = 0.9$, for example, $\sigma'(7.2) \approx 0.0007$ and the factor is 0.006.
#
# **Rubric**
# - 1 point: one factor $w\,\varphi'(z_l)$ for each layer by the chain rule; multiplied along the
#   path.
# - 1 point: each factor bounded by $|w|/4$, and the power $L$.
# - 1 point: large weights mean large fields, and there the neurons are saturated: the slope falls
#   faster than $w$ grows.
# <!-- END SOLUTION -->

# %% [markdown]
# ### E.2 A whole network
#
# A bound is not a measurement. Let us measure. A layer of several neurons has a matrix of weights,
# $W_l$, with one row for each neuron. A batch of examples has one row for each example. Forward,
# with $a_0 = X$:
#
# $$ z_l = a_{l-1}\, W_l^\top, \qquad a_l = \varphi(z_l) \tag{19} $$
#
# Backward, write $\delta_l = \partial E / \partial z_l$ for the gradient at the fields of layer
# $l$. At the last layer it is made from the gradient $t = \partial E / \partial a_L$ that arrives
# from above ("top"), and then layer by layer, with the product $\odot$ taken entry by entry
# ($\delta$ with one index is a gradient; the $\delta_{ij}$ of (16) was 0 or 1):
#
# $$ \delta_L = t \odot \varphi'(z_L), \qquad
#    \delta_l = (\delta_{l+1}\, W_{l+1}) \odot \varphi'(z_l) \tag{20} $$
#
# ### Exercise 2.12: activations and gradients by layer
#
# Write `flow(name, X, weights, top)`. `name` is a name in `ACTIVATIONS`; `X` has shape (batch,
# inputs); `weights` is a list of at least one matrix of shape (neurons, neurons or inputs before);
# `top` has the shape of the last layer's activations. Return a tuple of two lists, first layer
# first: the activations $a_1, \dots, a_L$ and the gradients $\delta_1, \dots, \delta_L$, each array
# of shape (batch, neurons).

# %% hint flow [markdown]
# Going forward, each layer gives you an activation and a slope. Which of the two do you need on the
# way back?

# %% hint flow [markdown]
# Keep the slopes in a list while you go forward. Going backward, start with what arrives at the
# top; at each layer multiply it by the slope of *this* layer, keep the result, then send it down
# through the weights of this layer.

# %% hint flow [markdown]
# forward: a, slope ← ACTIVATIONS[name](a @ transpose(W)); backward, from the last layer:
# delta ← arrived · slope; put delta in front of the list; arrived ← delta @ W


# %% solve flow
def flow(name, X, weights, top):
    """Return ([a_1, ..., a_L], [delta_1, ..., delta_L]): activations and gradients at the fields.

    >>> activations, gradients = flow("ReLU", np.ones((4, 3)), [np.ones((2, 3))], np.ones((4, 2)))
    >>> activations[0].shape, gradients[0].shape
    ((4, 2), (4, 2))
    """
    # 1. forward, equation (19); keep the activations and the slopes
    # 2. backward, equation (20), from the last layer to the first
    ### BEGIN SOLUTION
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        delta = arrived * slope
        gradients.insert(0, delta)
        arrived = delta @ W
    return activations, gradients
    ### END SOLUTION


# %% check flow points=3
with check("flow") as probe:
    X, ones = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.2]]), np.ones((3, 2))
    turn = np.array([[1.0, 2.0], [-3.0, 0.5]])
    probe.call("one layer, identity", flow, "identity", X, [turn], ones)
    probe.call("one layer, tanh", flow, "tanh", X, [turn], 2 * ones)
    probe.call("two layers, identity", flow, "identity", X, [turn, turn + 1], ones)
    probe.call("two layers, logistic", flow, "logistic", X, [turn, turn.T], ones)
    wide = np.array([[1.0, 0.0], [0.5, -0.5], [2.0, 1.0]])
    row = np.array([[1.0, -1.0, 0.5]])
    top = np.array([[1.0], [-1.0], [3.0]])
    probe.call("2, then 3, then 1 neuron", flow, "arctan", X, [wide, row], top)
    probe.call("three layers", flow, "tanh", X, [turn / 2, wide, row], top)
### BEGIN HIDDEN TESTS
import torch

with check.hidden("flow") as probe:
    rng = np.random.default_rng(212)
    functions = {
        "tanh": torch.tanh,
        "logistic": torch.sigmoid,
        "softplus": torch.nn.functional.softplus,
        "ReLU": torch.relu,
        "arctan": torch.atan,
    }
    sizes = ((1, 1), (3, 5, 2), (4, 4, 4, 4, 4), (2, 6, 1), (3, 2, 2))
    for batch, (name, function), size in zip((1, 6, 5, 2, 3), functions.items(), sizes, strict=True):
        X = rng.normal(size=(2 * batch, size[0]))[::2]  # every other row: not contiguous
        weights = [rng.normal(size=pair) for pair in zip(size[1:], size[:-1], strict=True)]
        top = rng.normal(size=(batch, size[-1]))
        fields, outputs, a = [], [], torch.tensor(X.copy(), requires_grad=True)
        for W in weights:
            fields.append(a @ torch.tensor(W).T)
            fields[-1].retain_grad()
            a = function(fields[-1])
            outputs.append(a)
        a.backward(torch.tensor(top))
        right = ([a.detach().numpy() for a in outputs], [z.grad.numpy() for z in fields])
        label = f"{name}, sizes {size}, {batch} examples"
        probe.call(label, flow, name, X, weights, top, expected=right)
### END HIDDEN TESTS


# %% mistake flow "the slopes are left out on the way back"
# Your gradients pass the layers without a toll. At each layer multiply by the slope: see equation
# (20).
def flow(name, X, weights, top):
    activations, a = [], X
    for W in weights:
        a, _ = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
    gradients, g = [], top
    for W in reversed(weights):
        gradients.insert(0, g)
        g = g @ W
    return activations, gradients


# %% mistake flow "the gradients at the activations"
# Your gradients are those at the activations a_l. The task asks for those at the fields z_l: one
# more factor, the slope of that layer. See equation (20).
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.insert(0, arrived)
        arrived = (arrived * slope) @ W
    return activations, gradients


# %% mistake flow "the last slope is left out"
# Your last gradient is top itself. It too is multiplied by the slope of its layer: see the first
# half of equation (20).
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, g = [top], top
    for W, slope in zip(reversed(weights[1:]), reversed(slopes[:-1]), strict=True):
        g = (g @ W) * slope
        gradients.insert(0, g)
    return activations, gradients


# %% mistake flow "the lists start with the last layer"
# Your gradients are in the order in which you computed them, last layer first. Turn the list
# around.
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.append(arrived * slope)
        arrived = gradients[-1] @ W
    return activations, gradients


# %% mistake flow "the weights are not transposed going forward"
# Your fields are a @ W. Row j of W belongs to neuron j, so equation (19) has the transposed matrix.
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.insert(0, arrived * slope)
        arrived = gradients[0] @ W
    return activations, gradients


# %% mistake flow "the weights are transposed on the way back"
# On the way back you multiply by the transposed weights. Forward the matrix is transposed, backward
# it is not: compare equations (19) and (20).
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.insert(0, arrived * slope)
        arrived = gradients[0] @ W.T
    return activations, gradients


# %% mistake flow "the slope is taken at the activation"
# Your slopes are taken at a_l. They belong to the fields: phi'(z_l). See equation (20).
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, _ = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(ACTIVATIONS[name](a)[1])
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.insert(0, arrived * slope)
        arrived = gradients[0] @ W
    return activations, gradients


# %% mistake flow "the fields in place of the activations"
# Your activations are the fields: the function is used for its slope only. Both of its results are
# needed: a_l goes up to the next layer. See equation (19).
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = a @ W.T, ACTIVATIONS[name](a @ W.T)[1]
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.insert(0, arrived * slope)
        arrived = gradients[0] @ W
    return activations, gradients


# %% mistake flow "the weights are left out on the way back"
# On the way back you multiply by the slopes only. Between two layers the gradient also passes the
# weights: delta @ W. See equation (20).
def flow(name, X, weights, top):
    activations, slopes, a = [], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for slope in reversed(slopes):
        arrived = arrived * slope
        gradients.insert(0, arrived)
    return activations, gradients


# %% mistake flow "the input is among the activations"
# Your activations start with X. The list starts with a_1, the activations of the first layer.
def flow(name, X, weights, top):
    activations, slopes, a = [X], [], X
    for W in weights:
        a, slope = ACTIVATIONS[name](a @ W.T)
        activations.append(a)
        slopes.append(slope)
    gradients, arrived = [], top
    for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
        gradients.insert(0, arrived * slope)
        arrived = gradients[0] @ W
    return activations, gradients


# %% alternative flow
def flow(name, X, weights, top):
    phi = ACTIVATIONS[name]
    pairs = []
    for W in weights:
        pairs.append(phi(np.matmul(pairs[-1][0] if pairs else X, W.T)))
    gradients = [top * pairs[-1][1]]
    for layer in range(len(weights) - 1, 0, -1):
        gradients.append(gradients[-1] @ weights[layer] * pairs[layer - 1][1])
    return [a for a, _ in pairs], gradients[::-1]


# %% [markdown]
# Now play. The explorer builds layers of 40 neurons with random weights: normally distributed, with
# standard deviation `scale` divided by $\sqrt{40}$. It sends 100 random examples forward, and a
# random gradient back for each of them, through *your* `flow`. Find out, with ten layers or more:
#
# - Is there a scale at which the logistic function lets a tenth of the gradient reach layer 1?
# - At which scale does it keep its size through tanh, and at which through ReLU?
# - What happens to tanh, to its activations and its gradient, when the scale is 3? And to ReLU?


# %%
def random_network(function, layers, scale, width=40):
    """Return what flow gives for random weights, examples and gradients at the top."""
    rng = np.random.default_rng(0)
    X, top = rng.normal(size=(2, 100, width))
    sizes = [(width, width)] * layers
    weights = [scale * rng.normal(size=size) / np.sqrt(width) for size in sizes]
    return flow(function, X, weights, top)


def root_mean_square(array):
    return np.sqrt(np.mean(np.square(array)))


# %%
def draw_network(figure, function="logistic", layers=10, scale=1.0):
    activations, gradients = random_network(function, layers, scale)
    figure.set_layout_engine("none")  # fixed margins are drawn faster
    place = {"left": 0.12, "right": 0.98, "bottom": 0.15, "top": 0.95, "wspace": 0.35}
    left, right = figure.subplots(1, 2, gridspec_kw=place)
    numbers = np.arange(1, layers + 1)
    low, middle, high = (np.array([np.percentile(a, q) for a in activations]) for q in (5, 50, 95))
    left.vlines(numbers, low, high, color="#56B4E9", lw=8)
    left.plot(numbers, middle, "o", color="black", ms=4)
    left.set(xlabel="layer", ylabel="activations: median, 90 % of them")
    sizes = np.array([root_mean_square(delta) for delta in gradients])
    right.semilogy(numbers, sizes.clip(1e-9, 1e5), "o-", color="#D55E00")
    right.set(xlabel="layer", ylabel="size of the gradient", ylim=(1e-9, 1e5))
    right.set_yticks([1e-8, 1e-4, 1.0, 1e4])
    for ax in (left, right):
        ax.set(xlim=(0.4, 12.6), xticks=range(2, 13, 2))


# %%
explore.live(
    draw_network,
    title="Activations and gradients, layer by layer",
    description="Left: for each layer the range that holds 90 % of the activations. Right: the size "
    "of the gradient at each layer, on a logarithmic scale.",
    function=list(NAMES),
    layers=(1, 12),
    scale=(0.1, 3.0, 0.05),
)

# %% [markdown]
# *Figure 5. Left: the median of the activations and the range of nine tenths of them. Right: the
# size of the gradient (its root mean square); what lies outside of the scale is drawn at its edge.
# Read it from right to left, as the gradient travels.*
#
# Here are the same things in numbers: how many powers of ten does the gradient gain or lose from
# layer 10 to layer 1? Compare with your answers.

# %%
scales = (0.5, 1.0, 1.2, 1.4, 2.0, 3.0)
print("scale        " + "".join(f"{scale:7.1f}" for scale in scales))
for name in ("logistic", "tanh", "ReLU", "ELU"):
    print(f"{name:13}", end="")
    for scale in scales:
        _, gradients = random_network(name, 10, scale)
        kept = root_mean_square(gradients[0]) / root_mean_square(gradients[-1])
        print(f"{np.log10(kept):7.1f}", end="")
    print()

# %% [markdown]
# <details>
# <summary>The three answers in words</summary>
#
# The logistic function loses more than two powers of ten at any of these scales. Through tanh and
# through ReLU the gradient keeps its size at a scale near 1.4. Off it, tanh is forgiving and ReLU
# is not. At a scale of 3 tanh saturates: more than half of its activations lie beyond $\pm 0.9$,
# where the slope is below 0.2, and only the large weights keep the gradient up. ReLU does not
# saturate, and so nothing holds it back: the gradient gains almost three powers of ten, and the
# activations grow as well.
#
# </details>
#
# Numbers that are multiplied by more than 1 in each layer, and so grow without bound, are said to
# **explode**. How to find the right scale without trying is the subject of chapter 4.
#
# %% [markdown]
# ## F. Inputs of one sign
#
# ### F.1 The weights of one neuron move together
#
# The logistic function has a second fault, and it has nothing to do with slopes: all that it puts
# out is positive. Look at a neuron in the next layer. Its inputs $x_i$ are activations of the layer
# below. With $E = \frac12 (a - d)^2$, where $d$ is the answer that somebody wants,
#
# $$ \frac{\partial E}{\partial w_i} = \delta\, x_i, \qquad \delta = (a - d)\, \varphi'(z), \qquad
#    z = \sum_i w_i\, x_i \tag{21} $$
#
# The number $\delta$ is the same for all weights of the neuron. So how do the weights move when
# every $x_i$ is positive? The experiment: one neuron, one example at a time, gradient descent with
# the learning rate $\eta$ (eta):
#
# $$ w_i \leftarrow w_i - \eta\, \delta\, x_i \tag{22} $$
#
# ### Exercise 2.13: the path of the weights
#
# Write `weight_path(name, X, d, w, eta)`: gradient descent for one neuron with the activation
# function `name`, by equations (21) and (22). `X` has shape (examples, inputs), `d` shape
# (examples,), the starting weights `w` shape (inputs,). Take the examples one after the other, each
# of them once; there may be none. Return all positions of the weights in one array of shape
# (examples + 1, inputs), the start first. There is no bias. The second part of the exercise comes
# after the experiment.

# %% hint weight_path [markdown]
# After the first example the weights have changed. With which weights is the field of the second
# example computed?

# %% hint weight_path [markdown]
# For each example: the field is the inner product of weights and inputs; the function gives
# activation and slope; delta is the error times the slope; the new weights are the old ones less
# eta times delta times the inputs. Make a *new* array of weights at each step, and keep it.

# %% hint weight_path [markdown]
# path ← [w]; for x, target in zip(X, d): a, slope ← ACTIVATIONS[name](w @ x);
# w ← w − eta · (a − target) · slope · x; append w; return them as one array


# %% solve weight_path
def weight_path(name, X, d, w, eta):
    """Return the weights of one neuron before and after each example, (examples + 1, inputs).

    >>> weight_path("identity", np.array([[1.0, 2.0]]), np.array([1.0]), np.zeros(2), 0.5).tolist()
    [[0.0, 0.0], [0.5, 1.0]]
    """
    ### BEGIN SOLUTION
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](w @ x)
        w = w - eta * (a - target) * slope * x
        path.append(w)
    return np.array(path)
    ### END SOLUTION


# %% check weight_path points=3
with check("weight_path") as probe:
    X, d, w = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, -0.5]), np.array([0.5, 0.25])
    probe.call("one example, identity", weight_path, "identity", X[:1], d[:1], w, 0.1)
    probe.call("two examples, identity", weight_path, "identity", X, d, w, 0.1)
    probe.call("two examples, tanh", weight_path, "tanh", X, d, w, 0.5)
    probe.call("ReLU, field below 0", weight_path, "ReLU", X[:1], d[:1], -w, 0.1)
    probe.call("no example", weight_path, "tanh", X[:0], d[:0], w, 0.1)
    three = np.array([[1.0, 0.5, -1.0], [2.0, -0.5, 0.25]])
    probe.call("three inputs", weight_path, "arctan", three, d, np.array([0.5, -1.0, 0.25]), 0.2)
### BEGIN HIDDEN TESTS
import torch

with check.hidden("weight_path") as probe:
    rng = np.random.default_rng(213)
    cases = ((1, 1, "tanh"), (6, 3, "logistic"), (9, 2, "identity"), (0, 2, "tanh"), (8, 4, "ReLU"))
    functions = {"tanh": torch.tanh, "logistic": torch.sigmoid, "ReLU": torch.relu}
    for examples, inputs, name in cases:
        X, d = rng.normal(size=(examples, inputs)), rng.normal(size=examples)
        w = torch.tensor(rng.normal(size=inputs), requires_grad=True)
        right = [w.detach().numpy().copy()]
        for n in range(examples):
            a = functions.get(name, lambda z: z)(w @ torch.tensor(X[n]))
            (gradient,) = torch.autograd.grad(0.5 * (a - d[n]) ** 2, w)
            w = (w - 0.3 * gradient).detach().requires_grad_()
            right.append(w.detach().numpy().copy())
        label = f"{examples} examples, {inputs} inputs, {name}"
        probe.call(label, weight_path, name, X, d, right[0], 0.3, expected=np.array(right))
### END HIDDEN TESTS


# %% mistake weight_path "uphill"
# Your steps make the error larger. The error in equation (21) is a - d, and the step is subtracted.
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](path[-1] @ x)
        path.append(path[-1] + eta * (a - target) * slope * x)
    return np.array(path)


# %% mistake weight_path "the slope is left out"
# Your steps have no slope in them. Equation (21) multiplies the error by phi'(z).
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, _ = ACTIVATIONS[name](path[-1] @ x)
        path.append(path[-1] - eta * (a - target) * x)
    return np.array(path)


# %% mistake weight_path "the field in place of the activation"
# Your error is z - d. It is the activation that is compared with d: a - d.
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        z = path[-1] @ x
        path.append(path[-1] - eta * (z - target) * ACTIVATIONS[name](z)[1] * x)
    return np.array(path)


# %% mistake weight_path "all steps are taken from the start"
# Your gradients are all computed with the starting weights. After each example, go on with the new
# weights.
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](w @ x)
        path.append(path[-1] - eta * (a - target) * slope * x)
    return np.array(path)


# %% mistake weight_path "the start is left out"
# Your array has one row for each example. The start belongs in it too: examples + 1 rows.
def weight_path(name, X, d, w, eta):
    path = []
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](w @ x)
        w = w - eta * (a - target) * slope * x
        path.append(w)
    return np.array(path)


# %% mistake weight_path "the inputs are left out"
# Your step is the same for all weights. Weight i is corrected by delta times its own input x_i.
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](path[-1] @ x)
        path.append(path[-1] - eta * (a - target) * slope)
    return np.array(path)


# %% mistake weight_path "eta is left out"
# Your steps are the bare gradient. Multiply it by eta: see equation (22).
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](path[-1] @ x)
        path.append(path[-1] - (a - target) * slope * x)
    return np.array(path)


# %% mistake weight_path "a step of twice the length"
# Your steps are twice as long as they should be. The square in E comes with a factor of one half,
# which cancels the 2 of its derivative.
def weight_path(name, X, d, w, eta):
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](path[-1] @ x)
        path.append(path[-1] - 2 * eta * (a - target) * slope * x)
    return np.array(path)


# %% mistake weight_path "one array kept many times"
# All your rows are the same, the last one: the list holds one array many times, and -= changes it
# in place. Write w = w - ..., which makes a new array.
def weight_path(name, X, d, w, eta):
    w = w.copy()
    path = [w]
    for x, target in zip(X, d, strict=True):
        a, slope = ACTIVATIONS[name](w @ x)
        w -= eta * (a - target) * slope * x
        path.append(w)
    return np.array(path)


# %% alternative weight_path
def weight_path(name, X, d, w, eta):
    path = np.empty((len(X) + 1, len(w)))
    path[0] = w
    for n in range(len(X)):
        a, slope = ACTIVATIONS[name](np.dot(X[n], path[n]))
        path[n + 1] = path[n] - eta * slope * (a - d[n]) * X[n]
    return path


# %% [markdown]
# The neuron is linear, has two weights, and ought to find $w = (1, -1)$; from the start at
# $(-1, 0.5)$ it must raise one weight and lower the other. It gets 40 examples. In one run the two
# inputs come from logistic functions, in the other from tanh, of the same fields. Before you run
# the cell, sketch both paths.


# %%
def two_paths(examples=40):
    """Return {name: path} for inputs that come from logistic functions and from tanh."""
    fields = 2 * np.random.default_rng(0).normal(size=(examples, 2))
    goal, start, paths = np.array([1.0, -1.0]), np.array([-1.0, 0.5]), {}
    for name in ("logistic", "tanh"):
        X = ACTIVATIONS[name](fields)[0]
        paths[name] = weight_path("identity", X, X @ goal, start, 0.5)
    return paths


# %%
def draw_paths(paths):
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True, sharey=True)
    for ax, (name, path), (color, _) in zip(axes, paths.items(), STYLES, strict=False):
        ax.plot(*drawable(path).T, "o-", color=color, ms=3, lw=1)
        ax.plot(*path[0], "s", color="black", label="start")
        ax.plot(1, -1, "*", color="black", ms=12, label="goal")
        ax.set(title=f"inputs from {name}", xlabel="weight 1", aspect="equal")
    axes[0].set_ylabel("weight 2")
    axes[0].legend()
    return figure


# %%
plots.show(
    draw_paths(two_paths()),
    "Two paths in the plane of the weights, from the start at upper left to the goal at lower right. "
    "With logistic inputs the path is a zig-zag of steps to the upper right and to the lower left "
    "that is still away from the goal at the end. With tanh inputs the steps go in all directions "
    "and the path ends at the goal.",
)

# %% [markdown]
# *Figure 6. The weights of one neuron after each of 40 examples. Left: all inputs positive. Right:
# inputs of both signs.*

# %%
for name, path in two_paths().items():
    steps = np.diff(path, axis=0)
    together = np.mean(steps[:, 0] * steps[:, 1] > 0)
    left_over = np.linalg.norm(path[-1] - [1.0, -1.0])
    print(f"{name:9}{together:4.0%} of the steps move both weights the same way;", end=" ")
    print(f"distance from the goal at the end {left_over:.2f}")

# %% [markdown]
# Two things tell against the logistic function here, then: what it does to gradients on their way
# down, and what its outputs do to the weights above. (The steps of a whole *batch* are sums of such
# steps, some up and some down, and can point anywhere. That softens the zig-zag but does not remove
# it.)

# %% answer weight_path [markdown] points=3
# **The second part of exercise 2.13.** Explain Figure 6 with equation (21). Which directions can a
# single step take when both inputs are positive, and why? Why does the path to $(1, -1)$ then have
# to zig-zag, and for which goals would it not have to? Is ReLU better in this respect than the
# logistic function?
#
# <!-- BEGIN SOLUTION -->
# The step is $-\eta\,\delta\,(x_1, x_2)$. With both inputs positive, both components have the sign
# of $-\delta$: the step goes to the upper right or to the lower left, into two of the four
# quadrants and never into the other two.
#
# The goal lies to the lower right of the start: weight 1 has to rise and weight 2 to fall. No
# single step does that. Only the sum of steps up and steps down in slightly different directions
# moves the weights that way, so the path is a zig-zag, and most of its length is wasted. If the
# goal lay to the upper right or lower left of the start, in a direction that the inputs have,
# single steps could lead there. With inputs of both signs, as from tanh, the two components may
# have different signs, and all four quadrants are open.
#
# The outputs of ReLU are never negative either, so the same holds. It is softened because many of
# them are 0, and a weight with input 0 does not move. ELU, leaky ReLU and normalised inputs are
# nearer to mean 0.
#
# **Rubric**
# - 1 point: one $\delta$ for all weights; its sign alone decides, so two quadrants.
# - 1 point: why the goal forces a zig-zag, and a goal that does not.
# - 1 point: ReLU has outputs of one sign as well (full point also with the remark on zeros).
# <!-- END SOLUTION -->

# %% [markdown]
# ## G. Death and revival of a ReLU
#
# ### G.1 Make one die
#
# A ReLU with a negative field answers 0, and its slope is 0. For *this* example it learns nothing.
# That alone is harmless: another example may give it a positive field. But if the field is not
# positive for **any** example of the training set, the gradient is 0 for all of them, in every
# epoch. The neuron is **dead**: it answers 0 to everything, and its own weights stay as they are.
# Only a change of its inputs can wake it (in a deep network the layers below may still learn), or
# help from outside.
#
# How does a neuron get there? It must have been alive once, so something has to push it over the
# edge. Here is a ReLU that learns the function $d = \max(0, x)$, which it could represent exactly.
# An input is the row $(x, 1)$, so that the second weight serves as a bias. The function
# `train_unit` runs your `weight_path` ten times over 40 examples, from the start $w = (0.5, 1)$.


# %% given train_unit
UNIT_X = np.stack([np.random.default_rng(3).uniform(-1, 1, 40), np.ones(40)], axis=1)  # (40, 2)
UNIT_D = np.maximum(UNIT_X[:, 0], 0.0)


def train_unit(name, eta, start=(0.5, 1.0), epochs=10):
    """Return the path of the weights, shape (40 * epochs + 1, 2)."""
    X, d = np.tile(UNIT_X, (epochs, 1)), np.tile(UNIT_D, epochs)
    return weight_path(name, X, d, np.array(start), eta)


def highest_field(path):
    """Return the largest field over the 40 examples, for each position of the path."""
    return (path @ UNIT_X.T).max(axis=1)


def try_rate(eta):
    """Say whether the unit is dead or alive after training with eta; None if eta is no rate."""
    if np.ndim(eta) != 0 or np.asarray(eta).dtype.kind not in "iuf" or not 0 < eta <= 10:
        return None
    return "dead" if highest_field(train_unit("ReLU", eta))[-1] <= 0 else "alive"


# %%
print(f"eta = 0.3: weights at the end {train_unit('ReLU', 0.3)[-1].round(2)}; wanted: [1, 0]")

# %% [markdown]
# ### Exercise 2.14: a deadly learning rate
#
# Now kill it. The unit is dead at the end if the last entry of
# `highest_field(train_unit("ReLU", eta))` is not positive. With `eta` of 0.3 it lives; with 10 it
# dies. Somewhere between lies the edge: find it. Set `deadly_eta` to a rate with which the unit is
# dead at the end, and `healthy_eta` to one with which it lives, two numbers above 0 and not above
# ten. They must be **at most 0.2 apart**.

# %% hint kill [markdown]
# Which length of a step sends the field from positive for all examples to negative for all of them?

# %% hint kill [markdown]
# The error at the start is between 0.5 and 1, and the second weight moves by eta times the error.
# Whether that kills depends on all the steps that follow, so try it. Begin with a living rate and a
# deadly one. Then halve the gap: try the rate in the middle, and let it take the place of the one
# that it agrees with.

# %% hint kill [markdown]
# alive, dead ← 0.3, 10; while dead − alive > 0.2: middle ← (alive + dead) / 2;
# if highest_field(train_unit("ReLU", middle))[-1] > 0: alive ← middle, else: dead ← middle

# %% solve kill
# Set deadly_eta and healthy_eta.
### BEGIN SOLUTION
deadly_eta = 1.7
healthy_eta = 1.5
### END SOLUTION

# %% check kill points=1
with check("kill") as probe:
    X, d, w = np.array([[1.0, 1.0], [1.0, 1.0], [-1.0, 1.0]]), np.array([-1.0, 1.0, 0.0]), [0.5, 1.0]
    probe.call("exercises 2.4 and 2.13, used here", weight_path, "ReLU", X, d, np.array(w), 0.5)
    deadly, healthy = try_rate(deadly_eta), try_rate(healthy_eta)
    advice = "Set it to a number above 0 and not above 10."
    probe.true("deadly_eta is a number above 0 and at most 10", deadly is not None, advice)
    probe.true("healthy_eta is a number above 0 and at most 10", healthy is not None, advice)
    advice = "The unit lives: its field is positive for some example. Take a larger rate."
    probe.true("the unit is dead after training with deadly_eta", deadly == "dead", advice)
    advice = "The unit is dead with it. Take a smaller rate."
    probe.true("it lives after training with healthy_eta", healthy == "alive", advice)
    near = (deadly, healthy) != ("dead", "alive") or abs(deadly_eta - healthy_eta) < 0.2 + 1e-9
    probe.true("the two rates are at most 0.2 apart", near, "Try the rate in the middle.")

# %% mistake kill "the two rates are exchanged"
# The large rate kills, the small one does not: exchange your two numbers.
deadly_eta = 1.5
healthy_eta = 1.7

# %% mistake kill "the rate is too small to kill"
# With your deadly_eta the unit lives. Small steps cannot throw it over the edge: take larger ones.
deadly_eta = 1.4
healthy_eta = 1.3

# %% mistake kill "both rates kill"
# With your healthy_eta the unit dies as well. The cell above the exercise shows a rate with which
# it lives: come from there.
deadly_eta = 1.8
healthy_eta = 1.7

# %% mistake kill "the edge is not found yet"
# One kills and the other does not, but they are more than 0.2 apart. Try the rate in the middle,
# and let it take the place of the one that it agrees with.
deadly_eta = 3.0
healthy_eta = 0.3

# %% mistake kill "the deadly rate is out of bounds"
# Set deadly_eta to a number above 0 and not above 10. (A rate above 10 kills too, but that is no
# art.)
deadly_eta = 100.0
healthy_eta = 1.5

# %% mistake kill "the healthy rate is out of bounds"
# Set healthy_eta to a number above 0 and not above 10. (With a rate of 0 the unit lives, but it
# learns nothing.)
deadly_eta = 1.7
healthy_eta = 0.0

# %% alternative kill
edge = [0.3, 10]
while edge[1] - edge[0] > 0.2:
    middle = sum(edge) / 2
    edge[int(highest_field(train_unit("ReLU", middle))[-1] <= 0)] = middle
healthy_eta, deadly_eta = edge

# %% alternative kill
deadly_eta = np.float32(1.6)
healthy_eta = np.array(1.45)

# %% [markdown]
# ### G.2 Bring it back
#
# Can it be saved? There are two ways. The first: let it leak. Take the dead weights as they are, go
# on with a leaky ReLU at a healthy rate of 0.3, and watch.


# %%
def draw_fields(ax, paths):
    """Draw the highest field over the examples seen, for each {name: path}."""
    for (name, path), (color, dash) in zip(paths.items(), STYLES, strict=False):
        ax.plot(drawable(highest_field(path)), dash, color=color, label=name)
    ax.axhline(0, color="0.6", lw=1)
    ax.set(xlabel="examples seen", ylabel="highest field")
    ax.legend(loc=(0.48, 0.12))


def draw_death_and_revival():
    figure, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    rates = (0.3, 3.0)
    draw_fields(axes[0], {f"ReLU, eta = {eta}": train_unit("ReLU", eta)[:80] for eta in rates})
    start = train_unit("ReLU", 3.0)[-1]  # dead
    names = ("ReLU", "leaky ReLU", "leaky ReLU, 0.1")
    draw_fields(axes[1], {name: train_unit(name, 0.3, start, epochs=50) for name in names})
    return figure


# %%
ACTIVATIONS["leaky ReLU, 0.1"] = lambda z: leaky_relu(z, 0.1)
plots.show(
    draw_death_and_revival(),
    "Left: with eta 0.3 the highest field stays near 1; with eta 3 it swings, falls below 0 after 18 "
    "examples and stays there. Right: from the dead weights, ReLU stays below 0 for ever; the leaky "
    "ReLU climbs and reaches 0 after about 1700 examples, with a leak of 0.1 after about 110.",
)

# %% [markdown]
# *Figure 7. The highest field over all 40 examples. Below the grey line the unit is dead. Left: a
# large rate throws it over the edge. Right: a ReLU stays where it is; a leak brings it back, a
# larger leak sooner.*
#
# The second way is a cure from outside: look for dead units now and then, and move their biases so
# that some examples reach them again. For a layer with the weights $W$, the biases $b$ and the
# examples $x_n$,
#
# $$ z_{nj} = \sum_i W_{ji}\, x_{ni} + b_j, \qquad \text{unit } j \text{ is dead if } z_{nj} \le 0
#    \text{ for all } n \tag{23} $$
#
# $$ b_j \leftarrow -\operatorname*{median}_n \Big( \sum_i W_{ji}\, x_{ni} \Big)
#    \quad\text{for every dead unit } j \tag{24} $$
#
# With this bias the median of the fields is 0, so about half of the examples get through.
#
# ### Exercise 2.15: find the dead and revive them
#
# Write `revive(X, W, b)`. `X` has shape (examples, inputs) with at least one example, `W` shape
# (units, inputs), `b` shape (units,). Return a tuple of two arrays: the indices $j$ of the dead
# units, in rising order (an empty array if none is dead), and the new biases, shape (units,). The
# biases of living units stay as they are.

# %% hint revive [markdown]
# In the array of fields, shape (examples, units): along which axis must *all* entries be checked?
# And which NumPy function gives the indices at which an array is `True`?

# %% hint revive [markdown]
# First the weighted sums without bias, examples times units. A unit is dead if sums plus bias are
# not positive in its whole column. Its new bias is minus the median of its column of sums. Pick,
# unit by unit, the new or the old bias. `np.flatnonzero` turns the row of true and false into
# indices.

# %% hint revive [markdown]
# sums ← X @ transpose(W); dead ← all(sums + b <= 0, axis=0);
# return flatnonzero(dead), where(dead, −median(sums, axis=0), b)


# %% solve revive
def revive(X, W, b):
    """Return (indices of the dead units, new biases) of a layer of ReLU units.

    >>> dead, new = revive(np.array([[1.0], [3.0]]), np.ones((2, 1)), np.array([-9.0, 0.0]))
    >>> dead.tolist(), new.tolist()
    ([0], [-2.0, 0.0])
    """
    ### BEGIN SOLUTION
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.median(sums, axis=0), b)
    ### END SOLUTION


# %% check revive points=3
with check("revive") as probe:
    X = np.array([[1.0, 2.0], [-3.0, 0.5], [2.0, -4.0], [1.5, -1.0]])
    W = np.array([[1.0, 1.0], [2.0, -1.0], [-1.0, 0.5]])
    probe.call("all three alive", revive, X, W, np.array([0.5, -1.0, 1.0]))
    probe.call("only the first is dead", revive, X, W, np.array([-20.0, -1.0, 1.0]))
    probe.call("two are dead", revive, X, W, np.array([-20.0, -1.0, -30.0]))
    probe.call("the highest field is exactly 0", revive, X, W[:2], np.array([-3.0, 1.0]))
    probe.call("three examples", revive, X[:3], W, np.array([-20.0, -1.0, -30.0]))
    probe.call("one example", revive, X[1:2], W, np.array([-1.0, -1.0, -1.0]))
### BEGIN HIDDEN TESTS
with check.hidden("revive") as probe:
    rng = np.random.default_rng(215)
    for examples, inputs, units in ((1, 1, 1), (7, 3, 5), (20, 4, 12), (8, 2, 6)):
        X = rng.normal(size=(2 * examples, inputs))[::2]  # every other row: not contiguous
        W, b = rng.normal(size=(units, inputs)), 3 * rng.normal(size=units) - 3
        dead, new = np.zeros(units, dtype=bool), b.copy()
        for j in range(units):
            column = [sum(W[j, i] * X[n, i] for i in range(inputs)) for n in range(examples)]
            if max(column) + b[j] <= 0:
                column, middle = sorted(column), (examples - 1) // 2
                dead[j], new[j] = True, -(column[middle] + column[examples // 2]) / 2
        label = f"{examples} examples, {inputs} inputs, {units} units"
        probe.call(label, revive, X, W, b, expected=(np.flatnonzero(dead), new))
### END HIDDEN TESTS


# %% mistake revive "dead for one example is dead"
# You call a unit dead as soon as one example gives it no positive field. It is dead only if none
# does: np.all, not np.any.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.any(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "true and false in place of indices"
# Your first result says true or false for each unit. The task asks for the indices of the dead
# ones: np.flatnonzero turns the one into the other.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return dead, np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "a highest field of 0 counts as alive"
# Your comparison is < 0. With a field of exactly 0 the slope of ReLU is 0 too: <= 0.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b < 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "the biases of living units change too"
# You moved all the biases. Those of living units stay as they are.
def revive(X, W, b):
    sums = X @ W.T
    return np.flatnonzero(np.all(sums + b <= 0, axis=0)), -np.median(sums, axis=0)


# %% mistake revive "the minus sign of the median"
# Your new bias is the median itself. It has to cancel the median: see the minus sign in equation
# (24).
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, np.median(sums, axis=0), b)


# %% mistake revive "the mean in place of the median"
# Your new bias is minus the mean of the sums. Equation (24) has the median: half of the examples
# lie above it, whatever the outliers are.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -sums.mean(axis=0), b)


# %% mistake revive "the old bias is in the median"
# Your median is taken of the fields, with the old bias in them. Equation (24) has the sums without
# bias.
def revive(X, W, b):
    z = X @ W.T + b
    dead = np.all(z <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.median(z, axis=0), b)


# %% mistake revive "the bias is forgotten when looking for the dead"
# You look for dead units in the sums without bias. The field has the bias in it: see equation (23).
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "np.where without [0]"
# np.where of one argument returns a tuple with one array for each axis. Take the array out of it:
# np.where(dead)[0]. Or use np.flatnonzero.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.where(dead), np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "a column of indices"
# np.argwhere returns a column, of shape (dead units, 1). A single axis is due: np.flatnonzero.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.argwhere(dead), np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "all units of an example in place of all examples of a unit"
# Your array of true and false has one entry for each example. A unit is dead if *all examples* fail
# it: in an array of shape (examples, units) that is axis=0.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=1)
    return np.flatnonzero(dead), np.where(dead, -np.median(sums, axis=0), b)


# %% mistake revive "the upper middle in place of the median"
# With an even number of examples two sums are in the middle. The median lies halfway between them:
# np.median does that.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.sort(sums, axis=0)[len(X) // 2], b)


# %% mistake revive "the lower middle in place of the median"
# With an even number of examples two sums are in the middle. The median lies halfway between them:
# np.median does that.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.sort(sums, axis=0)[(len(X) - 1) // 2], b)


# %% mistake revive "one median for all units"
# You took a single median over the whole array. Each unit has its own: axis=0.
def revive(X, W, b):
    sums = X @ W.T
    dead = np.all(sums + b <= 0, axis=0)
    return np.flatnonzero(dead), np.where(dead, -np.median(sums), b)


# %% alternative revive
def revive(X, W, b):
    new, dead = b.copy(), []
    for j, row in enumerate(W):
        sums = X @ row
        if (sums + b[j]).max() <= 0:
            new[j] = -np.median(sums)
            dead.append(j)
    return np.array(dead, dtype=int), new


# %% [markdown]
# Operate on the dead unit: give it a new bias, then train it again at the healthy rate of 0.3.

# %%
path = train_unit("ReLU", 3.0)
w, b = path[-1]
print(f"before: w = {w:.2f}, b = {b:.2f}, highest field {highest_field(path)[-1]:.2f}")
dead, new = revive(UNIT_X[:, :1], np.array([[w]]), np.array([b]))
path = train_unit("ReLU", 0.3, start=(w, new[0]), epochs=20)
print(f"indices of the dead units: {dead}; new bias {new[0]:.2f}")
print(f"distance from w = 1, b = 0 after training: {np.linalg.norm(path[-1] - [1.0, 0.0]):.2f}")

# %% [markdown]
# ## H. Which to choose
#
# ### H.1 A race
#
# Does all this matter on real data? A network with five hidden layers of 32 neurons and a softmax
# at the end is to read the 1437 small pictures of handwritten digits. Everything is equal but the
# activation function. The gradient at the fields of the output layer is `p - target`, the
# probabilities less the right answers; chapter 3 derives it. Everything else is your code: `flow`
# and `softmax`. `race` returns the accuracy (the share of the 360 test pictures read correctly)
# after each epoch.


# %%
digits = data.digits().numpy(flat=True)
MEAN = digits.x_train.mean(axis=0)


def update(name, X, target, weights, output, eta):
    """Return the weights and the output layer's weights after one step on a batch."""
    nothing = np.zeros((len(X), len(weights[-1])))
    activations, _ = flow(name, X, weights, nothing)
    error = (softmax(activations[-1] @ output.T) - target) / len(X)
    _, gradients = flow(name, X, weights, error @ output)
    inputs = [X, *activations[:-1]]
    triples = zip(weights, gradients, inputs, strict=True)
    new = [W - eta * g.T @ below for W, g, below in triples]
    return new, output - eta * error.T @ activations[-1]


def accuracy(name, weights, output):
    activations, _ = flow(name, digits.x_test - MEAN, weights, np.zeros((360, 32)))
    return np.mean((activations[-1] @ output.T).argmax(axis=1) == digits.y_test)


# %%
def race(name, epochs=10, eta=0.1, scale=1.4):
    rng, targets, history = np.random.default_rng(0), np.eye(10)[digits.y_train], []
    sizes = [(32, 64)] + 4 * [(32, 32)]
    weights = [scale * rng.normal(size=size) / np.sqrt(size[1]) for size in sizes]
    output = rng.normal(size=(10, 32)) / np.sqrt(32)
    for _ in range(epochs):
        for batch in np.array_split(rng.permutation(len(targets)), 45):
            X = digits.x_train[batch] - MEAN
            weights, output = update(name, X, targets[batch], weights, output, eta)
        history.append(accuracy(name, weights, output))
    return history


# %%
results = {name: race(name) for name in ("logistic", "softplus", "ReLU", "tanh")}
plots.show(
    plots.learning_curves(results, y_label="share of test pictures read correctly"),
    "Four curves over ten epochs. Tanh is above 0.8 after one epoch; ReLU catches up with it after "
    "five or so; softplus rises more slowly and ends near 0.9; the logistic function stays at 0.1.",
)

# %% [markdown]
# *Figure 8. One network, one start, four activation functions. With five layers, the logistic
# function does no better than guessing: hardly any gradient reaches the lower layers. Softplus
# learns, but slowly.*
#
# Is the logistic function beaten for good? The race had one scale of the weights, 1.4, and one
# learning rate. By exercise 2.11 the logistic function needs larger weights for its gradient to
# pass. Give it these, and give ReLU the same. Who reads more than four in five pictures? Predict,
# then run.

# %%
with np.errstate(all="ignore"):  # one of them overflows
    for name in ("logistic", "ReLU"):
        for scale, eta in ((1.4, 0.1), (5.0, 2.0)):
            enough = race(name, eta=eta, scale=scale)[-1] > 0.8
            print(f"{name:9} scale {scale}, eta {eta}: more than four in five: {enough}")

# %% [markdown]
# With large weights and large steps the logistic network learns after all, and the ReLU network
# blows up. (In the chain of exercise 2.11 large weights did not help. What is different here? Compare
# your text with a layer whose weights have both signs.) There is no best function on its own:
# **function, scale of the weights and learning rate are chosen together.** What makes ReLU and
# tanh the usual choice is that they need no such extreme values. (Put `"ELU"` and other names into
# the race, too.)
#
# ### H.2 Rules of thumb
#
# - **Hidden layers**: begin with ReLU. It is cheap, and it lets the gradient pass. If units die,
#   lower the learning rate first; then take leaky ReLU or ELU.
# - **Tanh** for states that must stay bounded and centred (recurrent networks, chapter 9), and the
#   **logistic function** for gates that open and close.
# - **Output layer**: the task decides, not the gradient. What may the answer be?
#
# ### Exercise 2.16: choose
#
# Choose for each of six layers. The functions: `"a"` identity, `"b"` step, `"c"` logistic,
# `"d"` softmax, `"e"` ReLU, `"f"` leaky ReLU, `"g"` softplus.
#
# - `one_of_ten`: the output layer of a network that says which of ten digits is in a picture, with
#   a probability for each;
# - `several_labels`: the output layer of a network that says for each of ten things, with a
#   probability, whether it is in a photograph; several may be;
# - `any_number`: the output neuron that predicts by how many euros a price goes up or down;
# - `a_spread`: the output neuron that predicts a standard deviation: always above 0, without an
#   upper limit, and its slope should never be 0 (on paper: at $-1000$ a computer may round both);
# - `first_try`: the hidden layers of a new, deep network, as cheap as can be;
# - `many_dead`: the hidden layers of the same network, of whose ReLU units a third is dead after an
#   hour of training; the change should be small.

# %% hint choose [markdown]
# For an output layer: which numbers may it answer with, and must they add up to something? For a
# hidden layer: what does the slope look like where most fields are?

# %% hint choose [markdown]
# Probabilities of things that exclude each other add up to 1; probabilities of things that do not,
# need not. A number without bounds must not be bent. A number above 0 needs a function that is
# always above 0.

# %% hint choose [markdown]
# look up the range of each function in Figures 2 and 3: (0, 1) and adding up to 1; (0, 1) each; all
# numbers; above 0; then, for hidden layers, slope 0 or a small slope on the left

# %% solve choose
# Set each of the six to a letter from "a" to "g".
### BEGIN SOLUTION
one_of_ten = "d"
several_labels = "c"
any_number = "a"
a_spread = "g"
first_try = "e"
many_dead = "f"
### END SOLUTION

# %% check choose points=3
with check("choose") as probe:
    probe.choice("one of ten digits", one_of_ten)
    probe.choice("several labels at once", several_labels)
    probe.choice("up or down by any number", any_number)
    probe.choice("a standard deviation", a_spread)
    probe.choice("hidden layers, the first try", first_try)
    probe.choice("hidden layers with dead units", many_dead)

# %% mistake choose "ten logistic functions for one of ten"
# Ten logistic functions give ten probabilities that do not add up to 1. Only one of the digits is
# in the picture.
one_of_ten, several_labels, any_number = "c", "c", "a"
a_spread, first_try, many_dead = "g", "e", "f"

# %% mistake choose "softmax for several labels"
# Softmax makes the labels compete: their probabilities add up to 1, so two things in one photograph
# cannot both be certain.
one_of_ten, several_labels, any_number = "d", "d", "a"
a_spread, first_try, many_dead = "g", "e", "f"

# %% mistake choose "a ReLU that should say minus"
# ReLU never answers with a negative number, but the price may fall.
one_of_ten, several_labels, any_number = "d", "c", "e"
a_spread, first_try, many_dead = "g", "e", "f"

# %% mistake choose "a logistic function for any number"
# The logistic function answers between 0 and 1. A change of price may be any number.
one_of_ten, several_labels, any_number = "d", "c", "c"
a_spread, first_try, many_dead = "g", "e", "f"

# %% mistake choose "a ReLU for a positive number"
# ReLU can answer exactly 0, and there its slope is 0, so that the neuron may die. Another rectifier
# is always above 0.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "e", "e", "f"

# %% mistake choose "a logistic function for a number without limit"
# The logistic function never answers more than 1. A standard deviation may be larger.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "c", "e", "f"

# %% mistake choose "logistic functions in a deep network"
# Look at Figure 8: in a deep network with ordinary weights the logistic function lets hardly any
# gradient through to the lower layers.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "g", "c", "f"

# %% mistake choose "a step in a hidden layer"
# The slope of the step is 0 everywhere: nothing below it would ever learn.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "g", "b", "f"

# %% mistake choose "the identity in a hidden layer"
# Without bending, all the layers are worth no more than one: equation (2).
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "g", "a", "f"

# %% mistake choose "a leak before it is needed"
# A leaky ReLU would work as well. But the first try should be as cheap as can be, and without
# another number to choose.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "g", "f", "f"

# %% mistake choose "a softplus in place of a small change"
# Softplus has a slope on the left, but it is another function: at z = 0 it answers 0.7, and it
# costs an exponential. A smaller change gives dead units a slope.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "g", "e", "g"

# %% mistake choose "more of what killed them"
# With ReLU the dead units stay dead. A small change gives them a slope on the left.
one_of_ten, several_labels, any_number = "d", "c", "a"
a_spread, first_try, many_dead = "g", "e", "e"

# %% answer choose [markdown] points=3
# Give the reason for `several_labels`, for `a_spread` and for `many_dead`, in a sentence or two
# each. For the last one, say also what speaks against it, or what else you would try first.
#
# <!-- BEGIN SOLUTION -->
# `several_labels`: logistic, one for each label. The labels do not exclude each other, so each is a
# question of its own with an answer between 0 and 1, and the answers need not add up to 1.
#
# `a_spread`: softplus. It is above 0 everywhere and has no upper limit, as a standard deviation,
# and its slope $\sigma(z)$ is above 0 everywhere, so that the neuron can always be corrected. (The
# exponential would do as well, but it explodes for large fields.)
#
# `many_dead`: leaky ReLU. It has a slope on the left, so that dead units get a gradient again;
# forward it is almost the same function, so that what has been learnt stays valid. Against it: one
# more number to choose, and no exact zeros any more. First to be tried: a smaller learning rate,
# since that is what kills; smaller or normalised inputs; biases that are revived as in
# exercise 2.15.
#
# **Rubric**
# - 1 point: labels do not exclude each other; each probability stands alone.
# - 1 point: the range of softplus, and its slope, which is never 0.
# - 1 point: the slope on the left, and one thing against it or one other remedy.
# <!-- END SOLUTION -->

# %% [markdown]
# ## Summary
#
# **What you built.** Ten activation functions with their slopes, all of them safe at $\pm 1000$;
# the gradients of PReLU with respect to its leak and of maxout with respect to its pieces; softmax
# and its Jacobian. A network of any depth that shows where its gradient is lost. A neuron that
# walks in zig-zags, one that dies, and two ways to bring it back.
#
# **Where it breaks.**
# - *Saturation.* An S-shaped neuron with a large field learns nothing. Stacked, logistic functions
#   divide the gradient by 4 or more in each layer, and only large weights make up for it.
# - *One sign.* Outputs that are all positive force the weights above to move together.
# - *Death.* A ReLU whose field is positive for no example does not learn any more. A leak, a new
#   bias, or inputs that change can wake it.
# - *Explosion.* What does not saturate does not hold back either. With large weights, ReLU networks
#   explode; the right scale is the subject of chapter 4.
# - *Printed rules.* "Slopes below 1", "smooth at 0", "the slope is 0.01": three lines of code
#   showed what is true of each.
#
# **What to read.**
# - LeCun, Bottou, Orr and Müller (1998), *Efficient BackProp*: why centred activations, and which
#   tanh.
# - Hochreiter (1991), diploma thesis, TU Munich: gradients that vanish, for the first time.
# - Nair and Hinton (2010), *Rectified linear units improve restricted Boltzmann machines*; Glorot,
#   Bordes and Bengio (2011), *Deep sparse rectifier neural networks*: ReLU.
# - Maas, Hannun and Ng (2013), *Rectifier nonlinearities improve neural network acoustic models*:
#   the leak, with 0.01.
# - Goodfellow, Warde-Farley, Mirza, Courville and Bengio (2013), *Maxout networks*.
# - He, Zhang, Ren and Sun (2015), *Delving deep into rectifiers*: PReLU, and the scale for ReLU.
# - Clevert, Unterthiner and Hochreiter (2016), *Fast and accurate deep network learning by
#   exponential linear units*: ELU, and the case for a mean near 0.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 2.7, 2.10, 2.11, 2.13 and 2.16 are not in it: a person reads them.

# %%
check.summary()
