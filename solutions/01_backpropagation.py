# %% [markdown]
# # 1. Back-propagation
#
# After this chapter you can take any formula apart into a graph, get all its derivatives in one
# sweep through that graph, and use them to train a neural network. You derive the algorithm by
# hand, neuron by neuron. You write it again with matrices. You write it a third time as a small
# engine that differentiates whatever you build from it. At the end a network of your own, written
# in NumPy only, reads handwritten digits.
#
# | | |
# |---|---|
# | **Time** | about 330 minutes: B and D are the long parts |
# | **Points** | 46, of which 10 are for derivations and reasons that a person reads |
# | **Builds on** | no other chapter; Python functions, NumPy arrays, the chain rule |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. When an answer is wrong, the check says what it tried,
# what it expected and what it got; there `[1][0]` means entry 0 of entry 1 of what you returned.
# Three hints are folded under each task; open them one at a time. Cells that a check relies on are
# locked; functions there whose names begin with `try_` belong to the checks, and you need not read
# them. All other cells are yours to change and to play with.
#
# **The parts.** A: a formula is a graph. B: one neuron, then a hidden one. C: the same with
# matrices. D: an engine that differentiates for you. E: training on digits.

# %% given setup
import matplotlib.pyplot as plt
import numpy as np

from helpers import Checks, data, explore, plots, progress

check = Checks("01_backpropagation")
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# %% [markdown]
# ## A. A formula is a graph
#
# ### A.1 Forward
#
# How does a computer evaluate $f(x) = (x-1)^2$? Step by step. Each step takes numbers that are
# already there and makes one new number. Give every number a name and draw an arrow from each
# number to those that are made from it. The drawing is the **computational graph** of the
# formula. Its **nodes** are the numbers, its arrows say what is computed from what:
#
# ```
#              ┌──▶  y = x − 1  ──┐
#        x  ───┤                  ├──▶  f = y · z
#              └──▶  z = x − 1  ──┘
# ```
#
# The square is written as a product of two equal factors on purpose. That way $x$ reaches $f$
# along two paths. This is the case on which the whole chapter turns.
#
# Going through the graph from left to right is **forward propagation**. At $x = 2$ it gives
# $y = 1$, $z = 1$ and $f = 1$.
#
# ### A.2 Backward
#
# Now the other question: if $x$ changes a little, how much does $f$ change? Look at one arrow at a
# time. The derivative of the node at its tip with respect to the node at its tail, everything else
# held fixed, is the **local derivative** of the arrow:
#
# | arrow | local derivative | at $x = 2$ |
# |---|---|---|
# | $x \to y$ | $\partial y / \partial x = 1$ | 1 |
# | $x \to z$ | $\partial z / \partial x = 1$ | 1 |
# | $y \to f$ | $\partial f / \partial y = z$ | 1 |
# | $z \to f$ | $\partial f / \partial z = y$ | 1 |
#
# Push $x$ up by a small $h$. Then $y$ rises by $h$, and for that reason alone $f$ rises by
# $z \cdot h$. Also $z$ rises by $h$, and for that reason alone $f$ rises by $y \cdot h$. For small
# $h$ the two effects add up:
#
# $$
# \frac{df}{dx} = \frac{\partial f}{\partial y}\,\frac{\partial y}{\partial x}
#               + \frac{\partial f}{\partial z}\,\frac{\partial z}{\partial x}
# \tag{A1}
# $$
#
# **Multiply along a path, add over the paths.** That is the chain rule on a graph.
#
# A large graph has far too many paths to list. Ten diamonds like this one in a row have only 40
# arrows, but $2^{10} = 1024$ paths. So go backwards, node by node, and reuse what is known. Let a
# node $u$ have arrows to the nodes $c_1, c_2, \dots$, its **children**. Then
#
# $$
# \frac{\partial f}{\partial u} = \sum_{c \,\in\, \text{children of } u}
#     \frac{\partial f}{\partial c}\,\frac{\partial c}{\partial u},
# \qquad\text{starting with } \frac{\partial f}{\partial f} = 1 .
# \tag{A2}
# $$
#
# Each arrow is used exactly once. This sweep from right to left is **back-propagation**, and
# $\partial f / \partial u$ is called the **gradient** at $u$.
#
# **Worked example,** at $x = 2$. Forward from top to bottom, then backward from bottom to top:
#
# | node | forward: its value | backward: its gradient |
# |---|---|---|
# | $x$ | $2$ | $1 \cdot 1 + 1 \cdot 1 = 2$ |
# | $y$ | $2 - 1 = 1$ | $1 \cdot z = 1$ |
# | $z$ | $2 - 1 = 1$ | $1 \cdot y = 1$ |
# | $f$ | $1 \cdot 1 = 1$ | $1$ |
#
# Is the 2 right? Measure the slope: go a little to the right, a little to the left, and divide.

# %%
print(f"slope of f at x = 2, measured: {((2.001 - 1) ** 2 - (1.999 - 1) ** 2) / 0.002:.4f}")

# %% [markdown]
# Do the two paths always bring the same share? Drag $x$ in the next cell, or step through the
# graph node by node. Look for three things: the place where the two shares meet, the side of 1 on
# which both are negative, and the $x$ at which there is nothing to send back.

# %%
explore.graph("square")

# %% [markdown]
# *Figure 1. The graph of $f = y \cdot z$ with $y = z = x - 1$. Values flow forward, gradients flow
# back. At $x$ the shares of the two paths are added.*

# %% [markdown]
# ### Exercise 1.1: the same graph at another point
#
# Work through the graph of $f(x) = (x-1)^2$ at $x = -1$, on paper. Then set three numbers: the
# value of $y$ (`y_value`), the value of $f$ (`f_value`) and the derivative $df/dx$ (`df_dx`).

# %% hint two_paths [markdown]
# Which of the three numbers must be negative, and which cannot be?

# %% hint two_paths [markdown]
# Forward: subtract one from $x$, twice; then multiply the two results. Backward: the gradient that
# reaches $y$ is the value of $z$, the gradient that reaches $z$ is the value of $y$. Both come back
# to $x$.

# %% hint two_paths [markdown]
# `y_value` is −1 − 1; `f_value` is y · z; `df_dx` is z · 1 + y · 1.

# %% solve two_paths
# Set y_value, f_value and df_dx for x = -1.
### BEGIN SOLUTION
y_value = -2.0
f_value = 4.0
df_dx = -4.0
### END SOLUTION

# %% check two_paths points=1
with check("two_paths") as probe:
    probe.number("the value of y at x = -1", y_value)
    probe.number("the value of f at x = -1", f_value)
    probe.number("df/dx at x = -1", df_dx)

# %% mistake two_paths "one path only"
# Your df_dx is the share of a single path. x reaches f through y and through z: add the two
# shares. See equation (A1).
y_value = -2.0
f_value = 4.0
df_dx = -2.0

# %% mistake two_paths "the two shares are multiplied"
# Your df_dx is the product of the two shares. Multiply along a path, but add over the paths. See
# equation (A1).
y_value = -2.0
f_value = 4.0
df_dx = 4.0

# %% mistake two_paths "x + 1 in place of x - 1"
# Your y_value is x + 1. The node is y = x - 1, and x is negative here.
y_value = 0.0
f_value = 0.0
df_dx = 0.0

# %% mistake two_paths "1 - x in place of x - 1"
# Your y_value is 1 - x. The square hides that sign, but the derivative does not: y = x - 1.
y_value = 2.0
f_value = 4.0
df_dx = 4.0

# %% mistake two_paths "f has the wrong sign"
# Your f_value is negative. f is the product of two equal numbers.
y_value = -2.0
f_value = -4.0
df_dx = -4.0

# %% [markdown]
# ### A.3 The same by program
#
# Here are both sweeps for $(x-1)^2$ as code. Every line of the second half is equation (A2) for one
# node. Read them from the last node to the first.


# %% given square_graph
def square_graph(x):
    y = x - 1.0  # forward
    z = x - 1.0
    f = y * z
    df_df = 1.0  # backward
    df_dy = df_df * z
    df_dz = df_df * y
    df_dx = df_dy * 1.0 + df_dz * 1.0
    return {"y": y, "z": z, "f": f, "df_dy": df_dy, "df_dz": df_dz, "df_dx": df_dx}


# %%
print(square_graph(2.0))

# %% [markdown]
# ### Exercise 1.2: a graph with two different factors
#
# Write `graph_gradients(x)` for $f(x) = (x-1)(x+2)$, with the nodes $y = x - 1$, $z = x + 2$ and
# $f = y \cdot z$. Return a dictionary like the one above, with the keys `y`, `z`, `f`, `df_dy`,
# `df_dz` and `df_dx`. Use the graph: do not multiply the brackets out.

# %% hint graph_gradients [markdown]
# How much does $f = y \cdot z$ change when only $y$ changes? Does that depend on $y$?

# %% hint graph_gradients [markdown]
# The gradient at one factor is the value of the other factor. The gradient at $x$ is the sum of
# what comes back through $y$ and what comes back through $z$.

# %% hint graph_gradients [markdown]
# `df_dy` ← z; `df_dz` ← y; `df_dx` ← df_dy · 1 + df_dz · 1


# %% solve graph_gradients
def graph_gradients(x):
    """Return the values and gradients of f = (x - 1)(x + 2) at the number x.

    The result is a dictionary with the keys y, z, f, df_dy, df_dz and df_dx.

    >>> graph_gradients(3.0)["f"]
    10.0
    """
    # 1. forward: y, z, f
    # 2. backward: the gradients at y and z, then the gradient at x
    ### BEGIN SOLUTION
    y = x - 1.0
    z = x + 2.0
    f = y * z
    df_dy = z
    df_dz = y
    df_dx = df_dy * 1.0 + df_dz * 1.0
    return {"y": y, "z": z, "f": f, "df_dy": df_dy, "df_dz": df_dz, "df_dx": df_dx}
    ### END SOLUTION


# %% check graph_gradients points=2
with check("graph_gradients") as probe:
    probe.call("x = 3", graph_gradients, 3.0)
    probe.call("x = 1, where y is zero", graph_gradients, 1.0)
    probe.call("x = -2, where z is zero", graph_gradients, -2.0)
### BEGIN HIDDEN TESTS
with check.hidden("graph_gradients") as probe:
    for x in (0.0, -7.25, 0.5, 1000.0, -1000.0):
        right = {"y": x - 1, "z": x + 2, "f": x**2 + x - 2, "df_dy": x + 2, "df_dz": x - 1}
        probe.call(f"x = {x}", graph_gradients, x, expected={**right, "df_dx": 2 * x + 1})
### END HIDDEN TESTS


# %% mistake graph_gradients "one path only"
# Your df_dx equals df_dy: only the path through y is counted. Add the share that comes back
# through z. See equation (A1).
def graph_gradients(x):
    y, z = x - 1.0, x + 2.0
    return {"y": y, "z": z, "f": y * z, "df_dy": z, "df_dz": y, "df_dx": z}


# %% mistake graph_gradients "the gradients of the two factors are swapped"
# Your df_dy equals y and your df_dz equals z. In f = y * z the factor next to y is z: if y rises by
# a little h, f rises by z * h.
def graph_gradients(x):
    y, z = x - 1.0, x + 2.0
    return {"y": y, "z": z, "f": y * z, "df_dy": y, "df_dz": z, "df_dx": y + z}


# %% mistake graph_gradients "the shares of the paths are multiplied"
# Your df_dx equals df_dy * df_dz. Multiply along a path, but add over the paths. See equation (A1).
def graph_gradients(x):
    y, z = x - 1.0, x + 2.0
    return {"y": y, "z": z, "f": y * z, "df_dy": z, "df_dz": y, "df_dx": z * y}


# %% mistake graph_gradients "z is the z of the example"
# Your z equals x - 1, as in the worked example. In this exercise z = x + 2.
def graph_gradients(x):
    y, z = x - 1.0, x - 1.0
    return {"y": y, "z": z, "f": y * z, "df_dy": z, "df_dz": y, "df_dx": z + y}


# %% alternative graph_gradients
def graph_gradients(x):
    y, z = x - 1, x + 2
    gradients = {"df_dx": 0}
    gradients["df_dy"], gradients["df_dz"] = z, y
    for gradient in (gradients["df_dy"], gradients["df_dz"]):
        gradients["df_dx"] += gradient
    return {"y": y, "z": z, "f": y * z, **gradients}


# %% [markdown]
# ### A.4 Downhill
#
# What is a derivative good for? It says which way is down. Where $df/dx$ is positive, $f$ falls to
# the left; where it is negative, $f$ falls to the right. So step against it:
#
# $$
# x_{k+1} = x_k - \eta \, \frac{df}{dx}(x_k), \qquad k = 0, 1, 2, \dots
# \tag{A3}
# $$
#
# The number $\eta > 0$ (eta) is the **learning rate**, and the procedure is **gradient descent**.
# The derivative is computed afresh at every point.
#
# ### Exercise 1.3: descend
#
# Write `descend(x, eta, steps)` for $f(x) = (x-1)^2$. It starts at the number `x`, takes `steps`
# steps by equation (A3) and returns an array with all the positions: the start first, so
# `steps + 1` numbers.

# %% hint descend [markdown]
# What is $df/dx$ at a point $x$ of this graph, and does it stay the same after a step?

# %% hint descend [markdown]
# The two shares add up to $2(x-1)$. The next position is the present one, less eta times that.
# Keep every position.

# %% hint descend [markdown]
# positions ← [x]; repeat `steps` times: x ← x − eta · 2 · (x − 1), append x; return them as an array


# %% solve descend
def descend(x, eta, steps):
    """Return the positions of gradient descent on f = (x - 1)**2, shape (steps + 1,).

    >>> descend(2.0, 0.25, 2)
    array([2.  , 1.5 , 1.25])
    """
    ### BEGIN SOLUTION
    positions = [x]
    for _ in range(steps):
        x = x - eta * square_graph(x)["df_dx"]
        positions.append(x)
    return np.array(positions)
    ### END SOLUTION


# %% check descend points=2
with check("descend") as probe:
    probe.call("one small step from x = 4", descend, 4.0, 0.1, 1)
    probe.call("three steps from x = -1", descend, -1.0, 0.3, 3)
    probe.call("a start at the minimum", descend, 1.0, 0.1, 2)
    probe.call("no step at all", descend, 0.0, 0.1, 0)
### BEGIN HIDDEN TESTS
with check.hidden("descend") as probe:
    for x, eta, steps in ((0.0, 0.5, 4), (-3.5, 0.05, 40), (1000.0, 0.9, 12), (2.0, 1.25, 9)):
        right = 1.0 + (x - 1.0) * (1.0 - 2.0 * eta) ** np.arange(steps + 1)
        probe.call(f"from x = {x}, eta = {eta}", descend, x, eta, steps, expected=right)
### END HIDDEN TESTS


# %% mistake descend "uphill"
# Your steps follow the derivative, so f grows. Subtract it: see the minus sign in equation (A3).
def descend(x, eta, steps):
    positions = [x]
    for _ in range(steps):
        positions.append(positions[-1] + eta * 2 * (positions[-1] - 1))
    return np.array(positions)


# %% mistake descend "the start is left out"
# Your array has one position for each step. The start belongs in it too: steps + 1 numbers.
def descend(x, eta, steps):
    positions = []
    for _ in range(steps):
        x = x - eta * 2 * (x - 1)
        positions.append(x)
    return np.array(positions)


# %% mistake descend "the gradient is computed only once"
# All your steps are equally long: the derivative is taken at the start and kept. Compute it again
# at every new position.
def descend(x, eta, steps):
    slope = 2 * (x - 1)
    return np.array([x - k * eta * slope for k in range(steps + 1)])


# %% mistake descend "eta is not used"
# Your steps are the bare derivative. Multiply it by eta: see equation (A3).
def descend(x, eta, steps):
    positions = [x]
    for _ in range(steps):
        positions.append(positions[-1] - 2 * (positions[-1] - 1))
    return np.array(positions)


# %% mistake descend "f in place of its derivative"
# Your steps are eta times f(x) itself. Equation (A3) has the derivative of f: it has a sign, and it
# tells which way is down.
def descend(x, eta, steps):
    positions = [x]
    for _ in range(steps):
        positions.append(positions[-1] - eta * (positions[-1] - 1) ** 2)
    return np.array(positions)


# %% mistake descend "half the derivative"
# Your steps are half as long as they should be: the derivative has only one of the two paths. It is
# 2 (x - 1). See equation (A1).
def descend(x, eta, steps):
    positions = [x]
    for _ in range(steps):
        positions.append(positions[-1] - eta * (positions[-1] - 1))
    return np.array(positions)


# %% alternative descend
def descend(x, eta, steps):
    positions = np.empty(steps + 1)
    positions[0] = x
    for k in range(steps):
        positions[k + 1] = positions[k] - eta * (2 * positions[k] - 2)
    return positions


# %% [markdown]
# How large may $\eta$ be? Try three.


# %%
def draw_descents():
    rates, colors = (0.1, 0.9, 1.05), (BLUE, GREEN, VERMILLION)
    paths = [descend(2.0, eta, 8) for eta in rates]
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
    x = np.linspace(-1.5, 3.5, 200)
    for ax, eta, path, color in zip(axes, rates, paths, colors, strict=True):
        ax.plot(x, (x - 1) ** 2, color="0.7")
        ax.plot(path, (path - 1) ** 2, "o-", color=color)
        ax.set(title=f"eta = {eta}", xlabel="x")
    axes[0].set_ylabel("f(x)")
    return figure


plots.show(
    draw_descents(),
    "Eight steps of descent on a parabola from x = 2, in three panels. With eta = 0.1 the points "
    "creep down one side. With 0.9 they jump from side to side and come lower. With 1.05 they "
    "jump from side to side and come higher.",
)

# %% [markdown]
# *Figure 2. Eight steps from $x = 2$. A small rate creeps towards the minimum at 1. A larger one
# jumps across it and still arrives. A rate above 1 lands farther away with every jump.*
#
# Where is the limit? Put $df/dx = 2(x-1)$ into (A3) and look at the distance from the minimum:
#
# $$
# x_{k+1} - 1 = (1 - 2\eta)\,(x_k - 1)
# \tag{A4}
# $$
#
# Every step multiplies the distance by $1 - 2\eta$. It shrinks as long as $|1 - 2\eta| < 1$, that
# is for $0 < \eta < 1$. In general a bowl with second derivative $c$ (its **curvature**, here 2)
# allows $\eta < 2/c$. Before you run the next cell, say what its three lines will print.

# %%
for eta in (0.5, 1.0, 1.1):
    distance = abs(descend(2.0, eta, 20)[-1] - 1)
    print(f"eta = {eta}: distance from the minimum after 20 steps {distance:.3f}")

# %% [markdown]
# With two parameters a bowl may be steep in one direction and flat in the other. Which of the two
# curvatures sets the limit for $\eta$, and what becomes of the other direction then? Find out: raise
# the learning rate until the path starts to swing, then until it leaves the picture.

# %%
explore.descent()

# %% [markdown]
# *Figure 3. Gradient descent on a surface with two parameters. Left: its path. Right: how far above
# the lowest point it is after each step. Below: which learning rates converge, swing and diverge.*
#
# The steep direction sets the limit: $\eta < 2/c_{\max}$. In the flat direction the same $\eta$ is
# far too careful, and progress there is slow. This is the reason why networks are given inputs and
# weights of similar size, and one reason why better step rules than (A3) exist.

# %% [markdown]
# ## B. A neuron
#
# ### B.1 Forward
#
# Take the same idea to the smallest piece of a neural network. **Neuron** $j$ receives numbers
# $y_i$, weighs each one, adds its own bias and bends the sum:
#
# $$ v_j = \sum_i w_{ji}\, y_i + b_j \tag{1} $$
#
# $$ y_j = \varphi(v_j) \tag{2} $$
#
# The names in this chapter are those of Haykin's textbook:
#
# | sign | name | in code |
# |---|---|---|
# | $y_i$ | input of the neuron: the output of neuron $i$ before it | `y_in`, shape (inputs,) |
# | $w_{ji}$ | weight of the connection **to** $j$ **from** $i$ (read the index from right to left) | `w`, shape (inputs,) |
# | $b_j$ | bias | `b` |
# | $v_j$ | **induced local field**: the weighted sum with the bias | `v` |
# | $\varphi$ | **activation function** | `phi` |
# | $y_j$ | output of the neuron | `y` |
#
# Here $\varphi$ is the **logistic function**, $\varphi(v) = 1/(1 + e^{-v})$. It turns any number into
# one between 0 and 1. Typed as it stands, it overflows at $v = -1000$, because $e^{1000}$ is too
# large for the computer. The next cell writes the same function with a hyperbolic tangent, which
# never overflows.


# %% given phi
def phi(v):
    """Return the logistic function 1 / (1 + exp(-v)), entry by entry, for any size of v.

    >>> float(phi(0.0))
    0.5
    """
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(v)))


# %% [markdown]
# ### Exercise 1.4: one neuron
#
# Write `neuron(w, b, y_in)`. It returns the tuple `(v, y)` of equations (1) and (2). `w` and `y_in`
# are arrays of shape (inputs,), `b` is a number.

# %% hint neuron [markdown]
# Which NumPy operation multiplies two arrays entry by entry and adds everything up?

# %% hint neuron [markdown]
# The field is the inner product of weights and inputs, and then the bias. The output is phi of the
# field, with the bias already in it.

# %% hint neuron [markdown]
# v ← w @ y_in + b; y ← phi(v); return both


# %% solve neuron
def neuron(w, b, y_in):
    """Return (v, y), the field and the output of one neuron.

    w and y_in have shape (inputs,), b is a number.

    >>> v, y = neuron(np.array([1.0, 2.0]), -3.0, np.array([1.0, 1.0]))
    >>> float(v), float(y)
    (0.0, 0.5)
    """
    ### BEGIN SOLUTION
    v = w @ y_in + b
    return v, phi(v)
    ### END SOLUTION


# %% check neuron points=2
with check("neuron") as probe:
    probe.call("bias only", neuron, np.array([0.0, 0.0]), 0.5, np.array([1.0, 2.0]))
    probe.call("no bias", neuron, np.array([1.0, -2.0]), 0.0, np.array([3.0, 0.5]))
    probe.call("three inputs and a bias", neuron, np.array([0.2, -0.4, 0.1]), -0.3, np.ones(3))
### BEGIN HIDDEN TESTS
with check.hidden("neuron") as probe:
    rng = np.random.default_rng(4)
    for inputs in (1, 4, 50):
        w, y_in, b = rng.normal(size=inputs), rng.normal(size=inputs), rng.normal()
        v = sum(w[i] * y_in[i] for i in range(inputs)) + b
        right = (v, 1 / (1 + np.exp(-v)))
        probe.call(f"{inputs} inputs", neuron, w, b, y_in, expected=right)
    for b in (-1000.0, 0.0, 1000.0):
        right = (b, float(np.sign(b) + 1) / 2)
        probe.call(f"bias {b}, nothing else", neuron, np.zeros(2), b, np.ones(2), expected=right)
### END HIDDEN TESTS


# %% mistake neuron "the bias is forgotten"
# Your v is the weighted sum alone. Add the bias b. See equation (1).
def neuron(w, b, y_in):
    v = w @ y_in
    return v, phi(v)


# %% mistake neuron "phi is forgotten"
# Your y equals v. The output is phi(v). See equation (2).
def neuron(w, b, y_in):
    v = w @ y_in + b
    return v, v


# %% mistake neuron "the bias is added after phi"
# Your bias is added to the output. It belongs to the field v, inside phi. See equation (1).
def neuron(w, b, y_in):
    v = w @ y_in
    return v, phi(v) + b


# %% mistake neuron "the bias is subtracted"
# Your v is the weighted sum less b. In equation (1) the bias is added.
def neuron(w, b, y_in):
    v = w @ y_in - b
    return v, phi(v)


# %% alternative neuron
def neuron(w, b, y_in):
    v = np.sum(np.asarray(w) * np.asarray(y_in)) + b
    return float(v), float(phi(v))


# %% alternative neuron
def neuron(w, b, y_in):
    v = b
    for weight, number in zip(w, y_in, strict=True):
        v += weight * number
    return v, phi(v)


# %% [markdown]
# ### B.2 How steep is phi?
#
# To send a gradient back through the neuron we need the local derivative of the arrow $v \to y$,
# which is $\varphi'(v)$. Differentiating $1/(1+e^{-v})$ gives $e^{-v}/(1+e^{-v})^2$, and that
# overflows just as the plain formula did. There is a better form: it uses nothing but the value
# $\varphi(v)$, which the forward sweep has already computed.
#
# ### Exercise 1.5: the derivative of the logistic function
#
# Find that form on paper. (Write the fraction as a product of two fractions, and compare each of
# them with $\varphi(v)$.) Then write `phi_prime(v)`. Its argument is the field $v$, a number or an
# array of any shape. It must be correct for $v = \pm 1000$ too.

# %% hint phi_prime [markdown]
# What is $1 - \varphi(v)$, written as one fraction?

# %% hint phi_prime [markdown]
# The derivative is the value of phi, times what phi lacks to one.

# %% hint phi_prime [markdown]
# y ← phi(v); return y · (1 − y)


# %% solve phi_prime
def phi_prime(v):
    """Return the derivative of phi at the field v, entry by entry.

    >>> float(phi_prime(0.0))
    0.25
    """
    ### BEGIN SOLUTION
    y = phi(v)
    return y * (1.0 - y)
    ### END SOLUTION


# %% check phi_prime points=1
with check("phi_prime") as probe:
    probe.call("v = 0, where phi is 1/2", phi_prime, 0.0)
    probe.call("three fields", phi_prime, np.array([-3.0, 0.5, 2.0]))
    probe.call("far out", phi_prime, np.array([[-1000.0], [1000.0]]))
### BEGIN HIDDEN TESTS
with check.hidden("phi_prime") as probe:
    rng = np.random.default_rng(5)
    for shape in ((7,), (2, 3), (0,), ()):
        v = 4 * rng.normal(size=shape)
        fall = np.exp(-np.abs(v))
        probe.call(f"shape {shape}", phi_prime, v, expected=fall / (1 + fall) ** 2)
    v = np.arange(-6.0, 6.0).reshape(3, 4).T
    right = 0.25 / np.cosh(v / 2) ** 2
    probe.call("a transposed array", phi_prime, v, expected=right)
    probe.call("float32", phi_prime, v.astype(np.float32), expected=right)
### END HIDDEN TESTS


# %% mistake phi_prime "the derivative is taken at y in place of v"
# Your values are phi'(phi(v)). The argument v is the field, not the output, so phi must be applied
# to it only once.
def phi_prime(v):
    y = phi(phi(v))
    return y * (1 - y)


# %% mistake phi_prime "v is taken for phi(v)"
# Your values are v * (1 - v). The formula is right for the output y = phi(v); compute y first.
def phi_prime(v):
    return v * (1 - v)


# %% mistake phi_prime "a plus in place of a minus"
# Your values are phi(v) * (1 + phi(v)). What phi lacks to one is 1 - phi(v).
def phi_prime(v):
    return phi(v) * (1 + phi(v))


# %% mistake phi_prime "phi squared"
# Your values are phi(v) squared. The second fraction is exp(-v) / (1 + exp(-v)); that is not
# phi(v), but what phi(v) lacks to one.
def phi_prime(v):
    return phi(v) ** 2


# %% mistake phi_prime "the derivative of tanh"
# Your values are 1 - phi(v)**2. That is the rule for tanh; the logistic function has another one.
def phi_prime(v):
    return 1 - phi(v) ** 2


# %% alternative phi_prime
def phi_prime(v):
    return phi(v) * phi(-np.asarray(v))


# %% [markdown]
# Where is the neuron sensitive, and where does it hardly react? Draw both functions.


# %%
def draw_phi():
    v = np.linspace(-8, 8, 200)
    slope = phi_prime(v)
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.plot(v, phi(v), color=BLUE, label="phi(v)")
    ax.plot(v, slope, "--", color=VERMILLION, label="phi'(v)")
    ax.set(xlabel="field v", ylabel="value")
    ax.legend()
    return figure


plots.show(
    draw_phi(),
    "Two curves against the field v from -8 to 8: phi rises from 0 to 1 in the shape of an S; its "
    "derivative is a bump around v = 0, of height 1/4.",
)

# %% [markdown]
# *Figure 4. The logistic function and its derivative. The derivative is at most 1/4, at $v = 0$.
# Beyond $|v| = 6$ it is nearly zero: the neuron is **saturated**.*
#
# ### B.3 Case 1: an output neuron
#
# Now the neuron is to learn. For its inputs somebody wants the output $d_j$, the **desired
# response**. Its **error** and its **error energy** are
#
# $$ e_j = d_j - y_j \tag{3} $$
#
# $$ E_j = \tfrac{1}{2} e_j^2 \tag{4} $$
#
# and over all output neurons of a network the energies add up to
#
# $$ E = \sum_j E_j = \tfrac{1}{2} \sum_j e_j^2 . \tag{5} $$
#
# To make $E$ smaller, move every weight against its derivative, as in (A3). The step is the
# **correction** $\Delta w_{ji}$, and this is the **delta rule**:
#
# $$ \Delta w_{ji} = -\eta\, \frac{\partial E}{\partial w_{ji}} \tag{6} $$
#
# So we need one derivative. The graph from the weight to the energy is a chain without a fork, so
# there is one path and nothing to add:
#
# ```
#       w_ji  ───▶  v_j  ───▶  y_j  ───▶  e_j  ───▶  E
# ```
#
# ### Exercise 1.6: derive the delta rule
#
# Show, step by step, that
#
# $$ \frac{\partial E}{\partial w_{ji}} = -\,e_j\, \varphi'(v_j)\, y_i \tag{12} $$
#
# $$ \delta_j = -\frac{\partial E}{\partial v_j} = e_j\, \varphi'(v_j) \tag{13} $$
#
# $$ \Delta w_{ji} = \eta\, \delta_j\, y_i \tag{14} $$
#
# The quantity $\delta_j$ is defined by the first half of (13). It is called the **local gradient**
# of neuron $j$. Number your steps: (7) is the chain rule for the four arrows above, (8) to (11) are
# the four local derivatives.

# %% hint delta_rule [markdown]
# Read the chain from right to left. What does one small change at the tail of each arrow do at its
# tip?

# %% hint delta_rule [markdown]
# The derivative along the chain is the product of the four local derivatives. One of the four is
# $-1$, one is an input, one is the error itself and one is the slope of phi. The local gradient
# stops one arrow before the weight.

# %% hint delta_rule [markdown]
# (7) ∂E/∂w = ∂E/∂e · ∂e/∂y · ∂y/∂v · ∂v/∂w; (8) to (11): differentiate equations (5), where only
# the term of neuron j contains e_j, then (3), (2) and (1); multiply all four for (12), the first
# three and a minus sign for (13); put (12) into (6) for (14).

# %% answer delta_rule [markdown] points=4
# Write your derivation here. Formulas stand between dollar signs: `$\delta_j = e_j$`.
#
# <!-- BEGIN SOLUTION -->
# The energy depends on $w_{ji}$ through $v_j$, $y_j$ and $e_j$, one after the other:
#
# $$ \frac{\partial E}{\partial w_{ji}} = \frac{\partial E}{\partial e_j}\,
#    \frac{\partial e_j}{\partial y_j}\, \frac{\partial y_j}{\partial v_j}\,
#    \frac{\partial v_j}{\partial w_{ji}} \tag{7} $$
#
# From (5), only the term of neuron $j$ holds $e_j$:
# $\;\partial E / \partial e_j = e_j \quad (8)$.
#
# From (3): $\;\partial e_j / \partial y_j = -1 \quad (9)$.
#
# From (2): $\;\partial y_j / \partial v_j = \varphi'(v_j) \quad (10)$.
#
# From (1), only the term of input $i$ holds $w_{ji}$:
# $\;\partial v_j / \partial w_{ji} = y_i \quad (11)$.
#
# The product of the four is $-e_j\, \varphi'(v_j)\, y_i$, which is (12). The product of the first
# three is $\partial E / \partial v_j = -e_j\, \varphi'(v_j)$, so
# $\delta_j = -\partial E / \partial v_j = e_j\, \varphi'(v_j)$, which is (13). Therefore (12) reads
# $\partial E / \partial w_{ji} = -\delta_j\, y_i$. Put into (6), the two minus signs cancel:
# $\Delta w_{ji} = \eta\, \delta_j\, y_i$, which is (14).
#
# **Rubric**
# - 1 point: the chain (7) with its four factors.
# - 1 point: the four local derivatives, with the sign of (9) and with $\varphi'$ at $v_j$ in (10).
# - 1 point: (12) as their product, and (13) as the first three with the minus sign of the
#   definition.
# - 1 point: (14) from (6), and why the minus signs cancel.
#
# Take one point off, once, for a formula without reason; take nothing off for other names.
# <!-- END SOLUTION -->

# %% [markdown]
# Equations (13) and (14) are all that a program for an output neuron needs: first the local
# gradient, then the corrections.
#
# ### Exercise 1.7: the local gradient of an output neuron
#
# Write `output_delta(d, v)`: equation (13) for the desired responses `d` and the fields `v`, two
# numbers or two arrays of one shape. The error is $e = d - \varphi(v)$.

# %% hint output_delta [markdown]
# The function gets $d$ and $v$, not $y$. What else does equation (13) need, and how do you get it?

# %% hint output_delta [markdown]
# The error is the desired response less phi of the field. The local gradient is this error times
# the slope of phi at the field.

# %% hint output_delta [markdown]
# e ← d − phi(v); return e · phi_prime(v)


# %% solve output_delta
def output_delta(d, v):
    """Return the local gradients of output neurons with fields v and desired responses d.

    >>> float(output_delta(1.0, 0.0))
    0.125
    """
    ### BEGIN SOLUTION
    e = d - phi(v)
    return e * phi_prime(v)
    ### END SOLUTION


# %% check output_delta points=2
with check("output_delta") as probe:
    probe.call("y below d", output_delta, 0.7, -1.0)
    probe.call("y above d", output_delta, 0.2, 1.0)
    probe.call("d is y, so that there is no error", output_delta, 0.6224593312018546, 0.5)
    d, v = np.array([0.0, 1.0, 0.9]), np.array([-2.0, -1.0, 3.0])
    probe.call("three neurons", output_delta, d, v)
### BEGIN HIDDEN TESTS
with check.hidden("output_delta") as probe:
    rng = np.random.default_rng(7)
    h = 1e-5
    for shape in ((), (5,), (4, 3), (0, 3)):
        d, v = rng.uniform(size=shape), 3 * rng.normal(size=shape)
        right = (d - 1 / (1 + np.exp(-v + h))) ** 2 - (d - 1 / (1 + np.exp(-v - h))) ** 2
        right = right / (4 * h)  # minus the central difference of the energy
        probe.call(f"shape {shape}", output_delta, d, v, expected=right, tolerance=1e-5)
    far = np.array([-1000.0, 1000.0])
    probe.call("saturated", output_delta, np.array([1.0, 0.0]), far, expected=np.zeros(2))
### END HIDDEN TESTS


# %% mistake output_delta "the error has the wrong sign"
# Your value has the right size and the wrong sign: the error is d - y, not y - d. See equation (3).
def output_delta(d, v):
    return (phi(v) - d) * phi_prime(v)


# %% mistake output_delta "phi' is forgotten"
# Your value equals the error e. The local gradient is e times the slope phi'(v). See equation (13).
def output_delta(d, v):
    return d - phi(v)


# %% mistake output_delta "phi in place of phi'"
# Your value equals e * phi(v). The local gradient needs the derivative phi'(v). See equation (13).
def output_delta(d, v):
    return (d - phi(v)) * phi(v)


# %% mistake output_delta "phi' is taken at y in place of v"
# Your value equals e * phi'(y). The slope of phi is needed at the field v: use phi_prime(v). See
# equation (13).
def output_delta(d, v):
    return (d - phi(v)) * phi_prime(phi(v))


# %% mistake output_delta "the field is taken for the output"
# Your error is d - v. The output of the neuron is y = phi(v). See equations (2) and (3).
def output_delta(d, v):
    return (d - v) * phi_prime(v)


# %% mistake output_delta "the output is left out of the error"
# Your value equals d * phi'(v). The error is the difference e = d - phi(v). See equation (3).
def output_delta(d, v):
    return d * phi_prime(v)


# %% alternative output_delta
def output_delta(d, v):
    y = phi(v)
    return y * (1 - y) * (d - y)


# %% [markdown]
# ### Exercise 1.8: the corrections of a layer
#
# A **layer** is a row of neurons with the same inputs. Write `weight_correction(eta, delta, y_in)`:
# all the corrections $\Delta w_{ji}$ of equation (14) in one array. `delta` has shape (neurons,) and
# `y_in` has shape (inputs,). The result has shape (neurons, inputs): row $j$ belongs to neuron $j$.

# %% hint weight_correction [markdown]
# The result has one entry for every pair of a neuron and an input. What stands in row 0, and how
# does row 1 differ from it?

# %% hint weight_correction [markdown]
# It is an outer product: a column of the deltas times a row of the inputs, times eta.

# %% hint weight_correction [markdown]
# return eta · outer(delta, y_in)


# %% solve weight_correction
def weight_correction(eta, delta, y_in):
    """Return the corrections of a layer's weights, shape (neurons, inputs).

    >>> weight_correction(0.5, np.array([1.0, -2.0]), np.array([3.0])).tolist()
    [[1.5], [-3.0]]
    """
    ### BEGIN SOLUTION
    return eta * np.outer(delta, y_in)
    ### END SOLUTION


# %% check weight_correction points=1
with check("weight_correction") as probe:
    delta, y_in = np.array([1.0, -2.0]), np.array([3.0, 5.0])
    probe.call("eta = 1, two neurons, two inputs", weight_correction, 1.0, delta, y_in)
    probe.call("eta = 0.1", weight_correction, 0.1, delta, y_in)
    y_in = np.array([1.0, 2.0, 4.0])
    probe.call("two neurons, three inputs", weight_correction, 0.5, delta, y_in)
### BEGIN HIDDEN TESTS
with check.hidden("weight_correction") as probe:
    rng = np.random.default_rng(8)
    for neurons, inputs in ((1, 1), (4, 2), (3, 6)):
        delta, y_in = rng.normal(size=neurons), rng.normal(size=inputs)
        right = np.zeros((neurons, inputs))
        for j, i in np.ndindex(neurons, inputs):
            right[j, i] = 0.3 * delta[j] * y_in[i]
        label = f"{neurons} neurons, {inputs} inputs"
        probe.call(label, weight_correction, 0.3, delta, y_in, expected=right)
### END HIDDEN TESTS


# %% mistake weight_correction "the matrix is transposed"
# Your row i belongs to input i. Rows belong to neurons: the shape is (neurons, inputs), and delta
# runs down the rows.
def weight_correction(eta, delta, y_in):
    return eta * np.outer(y_in, delta)


# %% mistake weight_correction "a minus sign too many"
# Your corrections point uphill. The minus sign of equation (6) is already inside delta: see
# equations (13) and (14).
def weight_correction(eta, delta, y_in):
    return -eta * np.outer(delta, y_in)


# %% mistake weight_correction "eta is forgotten"
# Your corrections are delta * y. Multiply by the learning rate eta. See equation (14).
def weight_correction(eta, delta, y_in):
    return np.outer(delta, y_in)


# %% mistake weight_correction "entry by entry in place of every pair"
# Your code multiplies delta and y_in entry by entry. Every neuron meets every input: make delta a
# column first.
def weight_correction(eta, delta, y_in):
    return eta * delta * y_in


# %% alternative weight_correction
def weight_correction(eta, delta, y_in):
    return eta * delta[:, None] * y_in[None, :]


# %% alternative weight_correction
def weight_correction(eta, delta, y_in):
    correction = np.zeros((len(delta), len(y_in)))
    for j in range(len(delta)):
        for i in range(len(y_in)):
            correction[j, i] = eta * delta[j] * y_in[i]
    return correction


# %% [markdown]
# And the bias? Look at (1): $b_j$ is added without a factor, so it acts like the weight of an input
# that is always 1. Its correction is $\Delta b_j = \eta\, \delta_j$. (Many books write the bias as
# $w_{j0}$ with $y_0 = 1$ and start the sum at $i = 0$. It is the same thing.)
#
# Does it work? Let one neuron learn to answer 0.9.


# %%
def learn(steps, eta=1.0):
    w, b, y_in, d = np.array([0.4, -0.2]), 0.1, np.array([1.0, 2.0]), 0.9
    for _ in range(steps):
        v, _ = neuron(w, b, y_in)
        delta = output_delta(d, v)
        w = w + weight_correction(eta, np.array([delta]), y_in)[0]
        b = b + eta * delta
    return neuron(w, b, y_in)[1]


for steps in (0, 1, 10, 100):
    print(f"after {steps:3d} corrections: y = {learn(steps):.3f}, wanted 0.900")

# %% [markdown]
# > **Common errors**
# > - *Which sign?* With $e = d - y$ the correction is $+\eta\,\delta\,y$. A book that takes
# >   $e = y - d$ has a minus there. Each is right; a mixture of the two goes uphill.
# > - *Which argument?* $\varphi'$ is always taken at the field $v$. The short form $y(1-y)$ is
# >   $\varphi'(v)$ already: whoever feeds $y$ to `phi_prime` bends the number twice.
# > - *Which index first?* $w_{ji}$ leads to $j$ from $i$, so the row of `W` is the neuron and the
# >   column is the input. Some libraries store the transpose.
#
# ### B.4 Case 2: a hidden neuron
#
# In a network with two layers nobody says what a neuron of the first layer should answer. It has no
# $d_j$, so it has no error. It is a **hidden neuron**. Still, changing its output changes $E$. How
# much?
#
# Hidden neuron $j$ sends its output to all the neurons $k$ of the next layer. So its graph forks:
#
# ```
#                           ┌──▶  v_1  ──▶  y_1  ──▶  e_1  ──┐
#       v_j  ──▶  y_j  ─────┼──▶  v_2  ──▶  y_2  ──▶  e_2  ──┼──▶  E
#                           └──▶  v_3  ──▶  y_3  ──▶  e_3  ──┘
# ```
#
# The definition of the local gradient, the first half of (13), needs no error. Keep it, and split off
# the first arrow, $v_j \to y_j$:
#
# $$ \delta_j = -\frac{\partial E}{\partial v_j}
#             = -\frac{\partial E}{\partial y_j}\, \varphi'(v_j),
#    \qquad \text{neuron } j \text{ is hidden} \tag{15} $$
#
# with
#
# $$ E = \tfrac12 \sum_k e_k^2, \qquad \text{the } k \text{ are the output neurons.} \tag{16} $$
#
# What comes out is the **back-propagation formula**:
#
# $$ \delta_j = \varphi'(v_j) \sum_k \delta_k\, w_{kj}, \qquad \text{neuron } j \text{ is hidden.}
#    \tag{24} $$
#
# In words: a hidden neuron is to blame for what it did to every neuron after it, each time weighted
# by the connection between them. First write it, then derive it.
#
# ### Exercise 1.9: the local gradient of a hidden neuron
#
# Write `hidden_delta(v, delta_next, W_next)`: equation (24) for a whole hidden layer. `v` holds its
# fields, shape (hidden,). `delta_next` holds the $\delta_k$ of the next layer, shape (next,).
# `W_next` holds the $w_{kj}$, shape (next, hidden). The result has the shape of `v`.

# %% hint hidden_delta [markdown]
# In $\sum_k \delta_k w_{kj}$, which index of `W_next` is summed, the row or the column?

# %% hint hidden_delta [markdown]
# For hidden neuron $j$ go down column $j$ of the matrix, multiply each entry by the delta of its
# row, and add up. For all $j$ at once this is the transposed matrix times the vector of deltas.
# Then multiply entry by entry by the slope of phi at the hidden fields.

# %% hint hidden_delta [markdown]
# blame ← transpose(W_next) @ delta_next; return phi_prime(v) · blame


# %% solve hidden_delta
def hidden_delta(v, delta_next, W_next):
    """Return the local gradients of a hidden layer, shape (hidden,).

    v: (hidden,), delta_next: (next,), W_next: (next, hidden).

    >>> hidden_delta(np.array([0.0]), np.array([1.0]), np.array([[2.0]])).tolist()
    [0.5]
    """
    ### BEGIN SOLUTION
    return phi_prime(v) * (W_next.T @ delta_next)
    ### END SOLUTION


# %% check hidden_delta points=2
with check("hidden_delta") as probe:
    W_next = np.array([[1.0, 2.0], [3.0, -4.0]])
    v, first, both = np.array([0.5, -2.0]), np.array([1.0, 0.0]), np.array([0.5, -1.0])
    probe.call("only the first delta is not zero", hidden_delta, v, first, W_next)
    probe.call("two neurons feed two", hidden_delta, v, both, W_next)
    W_next = np.array([[0.5, -1.0, 2.0]])
    probe.call("three feed one", hidden_delta, np.array([0.0, 1.0, 3.0]), np.array([0.2]), W_next)
### BEGIN HIDDEN TESTS
with check.hidden("hidden_delta") as probe:
    rng = np.random.default_rng(9)
    for hidden, following in ((3, 3), (5, 2), (1, 4)):
        v, delta_next = rng.normal(size=hidden), rng.normal(size=following)
        W_next = rng.normal(size=(following, hidden))
        right = np.zeros(hidden)
        for j in range(hidden):
            for k in range(following):
                right[j] += delta_next[k] * W_next[k, j] * 0.25 / np.cosh(v[j] / 2) ** 2
        label = f"{hidden} neurons feed {following}"
        probe.call(label, hidden_delta, v, delta_next, W_next, expected=right)
    far = np.array([-1000.0, 1000.0])
    probe.call("saturated", hidden_delta, far, np.ones(2), np.ones((2, 2)), expected=np.zeros(2))
### END HIDDEN TESTS


# %% mistake hidden_delta "the sum runs over the wrong index"
# You multiply W_next by the deltas: that sums over the columns. Equation (24) sums over k, the rows
# of W_next, so its transpose is needed.
def hidden_delta(v, delta_next, W_next):
    return phi_prime(v) * (W_next @ delta_next)


# %% mistake hidden_delta "phi' is forgotten"
# Your value is the weighted sum of the deltas alone. Multiply by the slope phi'(v) of the hidden
# neuron. See equation (24).
def hidden_delta(v, delta_next, W_next):
    return W_next.T @ delta_next


# %% mistake hidden_delta "the weights are forgotten"
# Your value is phi'(v) times the plain sum of the deltas. Each delta_k counts with the weight w_kj
# of its connection. See equation (24).
def hidden_delta(v, delta_next, W_next):
    return phi_prime(v) * delta_next.sum()


# %% mistake hidden_delta "phi in place of phi'"
# Your value has the factor phi(v). Equation (24) has its derivative, phi'(v).
def hidden_delta(v, delta_next, W_next):
    return phi(v) * (W_next.T @ delta_next)


# %% mistake hidden_delta "phi' is taken at y in place of v"
# Your slope is phi'(phi(v)). The slope of phi is needed at the field v: use phi_prime(v).
def hidden_delta(v, delta_next, W_next):
    return phi_prime(phi(v)) * (W_next.T @ delta_next)


# %% alternative hidden_delta
def hidden_delta(v, delta_next, W_next):
    return np.einsum("k,kj->j", delta_next, W_next) * phi_prime(v)


# %% alternative hidden_delta
def hidden_delta(v, delta_next, W_next):
    return delta_next @ W_next * phi(v) * (1 - phi(v))


# %% [markdown]
# ### Exercise 1.10: where the sum comes from
#
# Derive equation (24) from (15) and (16). Here $j$ is the sender, so equation (1) for neuron $k$
# reads $v_k = \sum_j w_{kj}\, y_j + b_k$. Number your steps from (17) on; (23) is the last in the
# model answer, and fewer are fine. End with one or two sentences: why is there a sum in (24) but
# none in (13), and why over the first index of $w_{kj}$?

# %% hint hidden_sum [markdown]
# In the drawing with the fork: along how many paths does $y_j$ reach $E$? What does equation (A2)
# say about that?

# %% hint hidden_sum [markdown]
# Differentiate (16): each $e_k$ gives a term. In each term go back along its path: from the error
# $e_k$ to the field $v_k$, and from the field to $y_j$. You know the first part from case 1. For the
# second part write down equation (1) for neuron $k$.

# %% hint hidden_sum [markdown]
# ∂E/∂y_j = Σ_k e_k · ∂e_k/∂v_k · ∂v_k/∂y_j; the second factor is −phi'(v_k), the third is w_kj;
# recognise δ_k = e_k · phi'(v_k); put the result into (15).

# %% answer hidden_sum [markdown] points=4
# Write your derivation here.
#
# <!-- BEGIN SOLUTION -->
# $y_j$ enters every error $e_k$ of the next layer. Differentiating (16) gives one term for each:
#
# $$ \frac{\partial E}{\partial y_j} = \sum_k e_k\, \frac{\partial e_k}{\partial y_j} \tag{17} $$
#
# On its way to $e_k$ it passes through the field $v_k$:
#
# $$ \frac{\partial E}{\partial y_j}
#    = \sum_k e_k\, \frac{\partial e_k}{\partial v_k}\, \frac{\partial v_k}{\partial y_j} \tag{18} $$
#
# Neuron $k$ is an output neuron, so
#
# $$ e_k = d_k - \varphi(v_k), \tag{19} $$
#
# $$ \frac{\partial e_k}{\partial v_k} = -\varphi'(v_k). \tag{20} $$
#
# Equation (1) for neuron $k$, whose inputs are the outputs of the hidden layer, is
#
# $$ v_k = \sum_j w_{kj}\, y_j + b_k, \tag{21} $$
#
# $$ \frac{\partial v_k}{\partial y_j} = w_{kj}. \tag{22} $$
#
# Together, with $\delta_k = e_k\, \varphi'(v_k)$ from (13),
#
# $$ \frac{\partial E}{\partial y_j} = -\sum_k e_k\, \varphi'(v_k)\, w_{kj}
#    = -\sum_k \delta_k\, w_{kj} . \tag{23} $$
#
# Put into (15), the minus signs cancel and (24) stands there.
#
# The sum has one term for each path from $y_j$ to $E$: equation (A2) adds over paths. An output
# neuron reaches $E$ along one path only, so (13) has none. The paths that leave $j$ lead to the
# neurons $k$, and $w_{kj}$ leads to $k$ from $j$: all weights with the same second index $j$ take
# part. That is a column of the matrix, so the vector of deltas is multiplied by the transposed
# matrix.
#
# **Rubric**
# - 1 point: the chain rule over all $k$, (17) and (18), with the sum there from the start.
# - 1 point: (19) and (20), with the minus sign and with $\varphi'$ at $v_k$.
# - 1 point: (21) and (22), and with them (23) with $\delta_k$ recognised.
# - 1 point: (24) from (15), and the sentences: one term for each path; $j$ is fixed, so the sum
#   runs down a column of the matrix.
# <!-- END SOLUTION -->

# %% [markdown]
# Look at it happen. In the network below, neurons 1 and 2 are hidden and neuron 3 is the output.
# Under each field stands $\partial E/\partial v$; $\delta$ is that number with the other sign. At the
# start $\delta_1$ is positive and $\delta_2$ negative. Make both positive by moving a single number.
# (The weights are folded away under the inputs.) And which one number must be zero for $\delta_1$ to
# vanish, although the output is wrong?

# %%
explore.graph("network")

# %% [markdown]
# *Figure 5. Two inputs, two hidden neurons, one output neuron. Values flow forward to the energy
# $E$; gradients flow back.*
#
# Both answers are in equation (24): the sign of $\delta_2$ follows the sign of $w_{32}$, and
# $\delta_1$ vanishes with $w_{31}$. What a hidden neuron is told depends on the weights after it.
#
# ### B.5 Wrong, and yet it does not learn
#
# An output neuron should answer $d = 1$. The more negative its field, the worse its answer. Is the
# correction larger then? With $\eta = 1$ the correction of the bias is $\delta$ itself:

# %%
for v in (0.0, -2.0, -4.0, -8.0):
    correction = output_delta(1.0, v)
    print(f"v = {v:4.1f}   y = {phi(v):.4f}   e = {1 - phi(v):.4f}   correction {correction:.5f}")

# %% [markdown]
# ### Exercise 1.11: saturated
#
# At $v = -8$ the answer is as wrong as it can be, and the neuron hardly moves. Why? Set `saturated`
# to the letter of the right reason.
#
# - `"a"`: the energy $\frac12 e^2$ is flat where $e$ is near 1, so there is no slope to descend.
# - `"b"`: the inputs $y_i$ shrink together with the field, so the product $\eta\,\delta\,y_i$ shrinks.
# - `"c"`: $\varphi'(v)$ is nearly zero at $v = -8$, and $\delta = e\,\varphi'(v)$ has it as a factor.
# - `"d"`: $y$ is below $d$, so the correction has the wrong sign and the neuron is held back.

# %% hint saturated [markdown]
# Equation (13) has two factors. Which of them is small in the last line of the table?

# %% hint saturated [markdown]
# The correction is error times slope. The error in the table grows. Look for the slope at −8 in
# Figure 4.

# %% hint saturated [markdown]
# compare 1 − phi(−8) with phi_prime(−8); choose the letter that speaks of the smaller one

# %% solve saturated
# Set saturated to "a", "b", "c" or "d".
### BEGIN SOLUTION
saturated = "c"
### END SOLUTION

# %% check saturated points=1
with check("saturated") as probe:
    probe.choice("the reason why the neuron hardly learns", saturated)

# %% mistake saturated "the energy is not flat there"
# The derivative of the energy with respect to e is e itself, and e is nearly 1: the energy is steep
# there. Look at the other factor of equation (13).
saturated = "a"

# %% mistake saturated "the inputs do not follow the field"
# The inputs come from outside the neuron and stay as they are. Besides, the table shows the
# correction of the bias, which has no input as a factor.
saturated = "b"

# %% mistake saturated "the sign is right"
# Every correction in the table is positive: it raises v, and that is the right direction. Ask why
# it is so small.
saturated = "d"

# %% answer saturated [markdown] points=2
# Give the reason in numbers (the two factors of $\delta$ at $v = -8$), and name one thing that you
# could change so that such a neuron learns again. (Think of either factor, or of how $v$ came to be
# $-8$.)
#
# <!-- BEGIN SOLUTION -->
# At $v = -8$ and $d = 1$ the error is $e \approx 0.9997$, but the slope is
# $\varphi'(-8) = y(1-y) \approx 0.00034$. Their product is $\delta \approx 0.00034$, some 370 times
# less than at $v = 0$ ($0.5 \cdot 0.25 = 0.125$), although the error is twice as large.
#
# Remedies: start with small weights, so that fields begin near 0; scale the inputs; desired
# responses of 0.1 and 0.9 in place of 0 and 1 (they keep the fields from growing); another energy,
# such as cross-entropy, in which $\varphi'$ cancels; another activation function.
#
# **Rubric**
# - 1 point: both factors with their sizes; the slope is the small one.
# - 1 point: one remedy that acts on the slope or removes it. A larger $\eta$ alone counts half: it
#   would have to be hundreds of times larger, and the neuron would then overshoot near $v = 0$.
# <!-- END SOLUTION -->

# %% [markdown]
# ## C. The same with matrices
#
# ### C.1 A batch goes forward
#
# One neuron and one example at a time is slow: Python spends its time on loops. How little must
# change to send a whole **batch** of examples through a whole layer at once? Give every example a
# row. From here on
#
# | name | shape | meaning |
# |---|---|---|
# | `X` | (batch, inputs) | one example a row |
# | `D` | (batch, outputs) | the desired responses |
# | `W` | (neurons, inputs) | row $j$ holds the weights of neuron $j$ |
# | `b` | (neurons,) | the biases |
# | `v`, `y` | (batch, neurons) | fields and outputs of a layer |
# | `layers` | a list of tuples `(W, b)` | the network, first layer first |
#
# In the field (1) of neuron $j$ for example $n$, the sum over $i$ pairs row $n$ of the input with
# row $j$ of $W$. So the second factor stands transposed. With $y^{(0)} = X$, layer
# $l = 1, \dots, L$ computes
#
# $$ v^{(l)} = y^{(l-1)}\, W^{(l)\top} + b^{(l)} \tag{25} $$
#
# $$ y^{(l)} = \varphi\big(v^{(l)}\big) \tag{26} $$
#
# In (25) NumPy adds the row $b^{(l)}$ to every row: it **broadcasts** it.
#
# ### Exercise 1.12: forward
#
# Write `forward(X, layers)`. It returns a list with one tuple `(v, y)` for each layer, first layer
# first, each of the two with shape (batch, neurons). Every layer has the logistic function, the
# last one too. A batch may have any number of examples, even none.

# %% hint forward [markdown]
# Layer 2 does the same as layer 1. Only one thing is different: what is its input?

# %% hint forward [markdown]
# Keep one variable for the output of the layer below, at first the examples. Each layer turns it
# into a field (matrix product with the transposed weights, and the biases), then into an output,
# which is the next layer's input.

# %% hint forward [markdown]
# y ← X; for each (W, b): v ← y @ transpose(W) + b, y ← phi(v), append (v, y); return the list


# %% solve forward
def forward(X, layers):
    """Return [(v, y), ...], the fields and outputs of each layer, each (batch, neurons).

    X: (batch, inputs), layers: [(W, b), ...] with W: (neurons, inputs) and b: (neurons,).

    >>> forward(np.ones((5, 2)), [(np.zeros((3, 2)), np.zeros(3))])[0][1].shape
    (5, 3)
    """
    # 1. start with the examples as the output of "layer 0"
    # 2. for each layer: equation (25), equation (26), keep both
    ### BEGIN SOLUTION
    states = []
    y = X
    for W, b in layers:
        v = y @ W.T + b
        y = phi(v)
        states.append((v, y))
    return states
    ### END SOLUTION


# %% check forward points=2
with check("forward") as probe:
    X = np.array([[1.0, 2.0], [0.0, -1.0], [0.5, 0.5]])
    turn, zero = np.array([[1.0, 2.0], [-3.0, 0.5]]), np.zeros(2)
    probe.call("one layer, no biases", forward, X, [(turn, zero)])
    probe.call("one layer, biases only", forward, X, [(np.zeros((2, 2)), np.array([1.0, -2.0]))])
    probe.call("two layers, no biases", forward, X, [(turn, zero), (turn.T, zero)])
    wide = (np.array([[1.0, 0.0], [0.5, -0.5], [2.0, 1.0]]), np.array([0.1, 0.2, 0.3]))
    probe.call("2, then 3, then 1 neuron", forward, X, [wide, (np.ones((1, 3)), np.array([-1.0]))])
### BEGIN HIDDEN TESTS
with check.hidden("forward") as probe:
    rng = np.random.default_rng(12)
    for batch, sizes in ((1, (1, 1)), (4, (3, 5, 2)), (0, (2, 3)), (6, (2, 4, 4, 3))):
        pairs = list(zip(sizes[1:], sizes[:-1], strict=True))
        layers = [(rng.normal(size=pair), rng.normal(size=pair[0])) for pair in pairs]
        X = rng.normal(size=(2 * batch, sizes[0]))[::2]  # every other row: not contiguous
        right, y = [], X
        for W, b in layers:  # neuron by neuron
            v = np.zeros((batch, len(b)))
            for n in range(batch):
                for j in range(len(b)):
                    v[n, j] = sum(W[j, i] * y[n, i] for i in range(W.shape[1])) + b[j]
            y = 1 / (1 + np.exp(-v))
            right.append((v, y))
        probe.call(f"sizes {sizes}, {batch} examples", forward, X, layers, expected=right)
    far = [(np.array([[1000.0], [-1000.0]]), np.zeros(2))]
    right = [(np.array([[1000.0, -1000.0]]), np.array([[1.0, 0.0]]))]
    probe.call("fields of 1000 and -1000", forward, np.ones((1, 1)), far, expected=right)
### END HIDDEN TESTS


# %% mistake forward "the biases are forgotten"
# Your fields are the weighted sums alone. Add the bias of each neuron. See equation (25).
def forward(X, layers):
    states, y = [], X
    for W, _ in layers:
        v = y @ W.T
        y = phi(v)
        states.append((v, y))
    return states


# %% mistake forward "the last layer has no phi"
# The output of your last layer equals its field. Every layer has phi, the last one too. See
# equation (26).
def forward(X, layers):
    states, y = [], X
    for index, (W, b) in enumerate(layers):
        v = y @ W.T + b
        y = phi(v) if index < len(layers) - 1 else v
        states.append((v, y))
    return states


# %% mistake forward "the field is fed to the next layer"
# The second layer gets the fields v of the first. It must get the outputs y. See equation (25).
def forward(X, layers):
    states, v = [], X
    for W, b in layers:
        v = v @ W.T + b
        states.append((v, phi(v)))
    return states


# %% mistake forward "every layer gets the examples"
# Each of your layers is fed with X. Only the first one is: the others get the outputs y of the layer
# below. See equation (25).
def forward(X, layers):
    return [(X @ W.T + b, phi(X @ W.T + b)) for W, b in layers]


# %% mistake forward "v and y are swapped"
# Your tuples hold (y, v). The field comes first: (v, y).
def forward(X, layers):
    states, y = [], X
    for W, b in layers:
        v = y @ W.T + b
        y = phi(v)
        states.append((y, v))
    return states


# %% mistake forward "W is not transposed"
# You compute y @ W. Row j of W belongs to neuron j, so the product needs the transposed matrix. See
# equation (25).
def forward(X, layers):
    states, y = [], X
    for W, b in layers:
        v = y @ W + b
        y = phi(v)
        states.append((v, y))
    return states


# %% alternative forward
def forward(X, layers):
    outputs, states = [X], []
    for W, b in layers:
        field = np.einsum("ni,ji->nj", outputs[-1], W) + b
        outputs.append(phi(field))
        states.append((field, outputs[-1]))
    return states


# %% [markdown]
# ### C.2 A batch goes backward
#
# For a batch of $B$ examples take the **mean** of the energies (5), so that the size of the batch
# does not change the size of the steps:
#
# $$ E = \frac{1}{B} \sum_{n=1}^{B} \; \frac12 \sum_k (d_{nk} - y_{nk})^2 \tag{27} $$
#
# The local gradients get one row for each example too. Keep them *without* the $1/B$, exactly as in
# (13) and (24): $\delta$ here is that of each example's own energy (5), not of the mean (27). Bring
# the mean in at the end. With $\odot$ for "entry by entry":
#
# $$ \delta^{(L)} = \big(D - y^{(L)}\big) \odot \varphi'\big(v^{(L)}\big) \tag{28} $$
#
# $$ \delta^{(l)} = \big(\delta^{(l+1)}\, W^{(l+1)}\big) \odot \varphi'\big(v^{(l)}\big) \tag{29} $$
#
# As a matrix product (24) was $W^\top \delta$, with the deltas in a column; here each example's deltas
# are a row on its left. The gradients of the mean energy follow from (12). The matrix product adds
# over the examples:
#
# $$ \frac{\partial E}{\partial W^{(l)}} = -\frac{1}{B}\; \delta^{(l)\top}\, y^{(l-1)} \tag{30} $$
#
# $$ \frac{\partial E}{\partial b^{(l)}} = -\frac{1}{B}\; \sum_{n=1}^{B} \delta^{(l)}_n \tag{31} $$
#
# Look at the minus signs: (30) and (31) are *gradients*. The correction is $-\eta$ times the
# gradient. Check the shapes before you write: what is (neurons, batch) times (batch, inputs)?
#
# ### Exercise 1.13: backward
#
# Write `backward(X, D, layers)`. It returns a list with one tuple `(dW, db)` for each layer, first
# layer first: the gradients (30) and (31), with the shapes of `W` and `b`. Use your `forward` and
# `phi_prime`.

# %% hint backward [markdown]
# You go through the layers from the last to the first. What must be at hand at each layer, and what
# must you hand down to the layer below?

# %% hint backward [markdown]
# Begin with error times slope at the last layer. At each layer: the gradient of the weights is minus
# the transposed deltas times the output of the layer below (the examples, for the first layer),
# over the size of the batch; the gradient of the biases is minus the mean of the deltas. Then turn
# the deltas into those of the layer below: times the weights, entry by entry times the slope there.

# %% hint backward [markdown]
# (v, y) ← last state; delta ← (D − y) · phi_prime(v); for l from last to first: below ← output of
# layer l − 1, or X; gradients[l] ← (−transpose(delta) @ below / B, −sum of the rows of delta / B);
# unless l is the first: delta ← (delta @ W of layer l) · phi_prime(v of layer l − 1)


# %% solve backward
def backward(X, D, layers):
    """Return [(dW, db), ...], the gradients of the mean energy, with the shapes of W and b.

    X: (batch, inputs), D: (batch, outputs), layers: [(W, b), ...].

    >>> backward(np.ones((1, 1)), np.ones((1, 1)), [(np.zeros((1, 1)), np.zeros(1))])[0][1].tolist()
    [-0.125]
    """
    # 1. forward
    # 2. the deltas of the last layer: equation (28)
    # 3. from the last layer to the first: equations (30) and (31), then (29) for the layer below
    ### BEGIN SOLUTION
    states = forward(X, layers)
    v, y = states[-1]
    delta = (D - y) * phi_prime(v)
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.sum(axis=0) / len(X)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients
    ### END SOLUTION


# %% check backward points=3
with check("backward") as probe:
    X = np.array([[1.0, 2.0], [0.0, -1.0], [0.5, 1.0], [-1.0, 3.0]])
    D = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.2, 0.9]])
    W, b = np.array([[1.0, -0.5], [0.3, 2.0]]), np.array([0.1, -0.2])
    last = (np.array([[0.5, -1.5], [2.0, 1.0]]), np.array([0.0, 0.3]))
    probe.call("one layer, one example", backward, X[:1], D[:1], [(W, b)])
    probe.call("one layer, four examples", backward, X, D, [(W, b)])
    probe.call("two layers, one example", backward, X[:1], D[:1], [(W, b), last])
    probe.call("two layers, four examples", backward, X, D, [(W, b), last])
    wide = (np.array([[1.0, 0.0], [0.5, -0.5], [-1.0, 1.0]]), np.array([0.1, 0.2, 0.3]))
    thin = (np.array([[1.0, -2.0, 0.5]]), np.array([-1.0]))
    probe.call("2, then 3, then 1 neuron", backward, X, D[:, :1], [wide, thin])
### BEGIN HIDDEN TESTS
with check.hidden("backward") as probe:
    rng = np.random.default_rng(13)

    def tilted_energy(X, D, layers, which, part, index, tilt):
        layers = [[np.array(array, dtype=complex) for array in layer] for layer in layers]
        layers[which][part][index] += tilt
        y = X
        for W, b in layers:
            y = 1 / (1 + np.exp(-(y @ W.T + b)))
        return (0.5 * (D - y) ** 2).sum(axis=1).mean()

    for batch, sizes in ((1, (2, 2)), (5, (3, 4, 2)), (7, (2, 3, 3, 1)), (3, (1, 6, 1))):
        pairs = list(zip(sizes[1:], sizes[:-1], strict=True))
        layers = [(rng.normal(size=pair), rng.normal(size=pair[0])) for pair in pairs]
        X, D = rng.normal(size=(batch, sizes[0])), rng.uniform(size=(batch, sizes[-1]))
        right = [tuple(np.zeros_like(array) for array in layer) for layer in layers]
        for which, layer in enumerate(layers):
            for part in (0, 1):
                for index in np.ndindex(layer[part].shape):  # the derivative by a complex step
                    energy_there = tilted_energy(X, D, layers, which, part, index, 1e-20j)
                    right[which][part][index] = energy_there.imag / 1e-20
        probe.call(f"sizes {sizes}, {batch} examples", backward, X, D, layers, expected=right)
### END HIDDEN TESTS


# %% mistake backward "the mean is never taken"
# Your gradients are sums over the examples. Equation (27) is a mean: divide by the size of the
# batch. See equations (30) and (31).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below, -delta.sum(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the mean is taken twice"
# Your gradients are divided by the size of the batch twice: perhaps once in delta and once in the
# gradient. Divide once, in equations (30) and (31).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0]) / len(X)
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the mean also runs over the outputs"
# Your gradients are divided by the number of outputs as well, as if the mean ran over all entries
# of D. Equation (27) adds over the outputs and takes the mean over the examples only.
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0]) / D.shape[1]
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the list is in reverse order"
# Your list begins with the last layer: the order in which you found the gradients. Turn it round
# before you return it, or insert each tuple at the front.
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.append((-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the field below in place of the output below"
# Your weight gradients hold the fields v of the layer below. Equation (30) has its outputs y.
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][0] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the wrong index of W on the way back"
# Your hidden deltas use the transposed W. The rows of delta belong to examples, so here it is
# delta @ W without a transpose: the sum runs over the neurons k of the next layer. See equation
# (29).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0].T * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "phi' is forgotten in the hidden layer"
# Your hidden deltas lack the slope phi'(v) of the hidden neurons. See equation (29).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0]
    return gradients


# %% mistake backward "phi' is forgotten in the last layer"
# Your deltas of the last layer are the bare errors. Multiply them by the slope phi'(v). See
# equation (28).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = D - states[-1][1]
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "phi' is taken at y in place of v"
# Your slopes are phi'(y). The slope of phi is needed at the fields: the first entry of each tuple
# from forward. See equations (28) and (29).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][1])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][1])
    return gradients


# %% mistake backward "the correction in place of the gradient"
# Your values have the wrong sign: they point downhill, as a correction does. A gradient points
# uphill. See the minus signs in equations (30) and (31).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (delta.T @ below / len(X), delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the biases get no mean"
# Your gradients of the weights are right. Those of the biases are sums over the examples: divide
# them by the size of the batch too. See equation (31).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.sum(axis=0)))
        if index > 0:
            delta = delta @ layers[index][0] * phi_prime(states[index - 1][0])
    return gradients


# %% mistake backward "the weights of the wrong layer"
# Your deltas go down through the weights of the layer below. They come down through those of layer
# l + 1: that is the W in equation (29).
def backward(X, D, layers):
    states = forward(X, layers)
    delta = (D - states[-1][1]) * phi_prime(states[-1][0])
    gradients = []
    for index in reversed(range(len(layers))):
        below = states[index - 1][1] if index > 0 else X
        gradients.insert(0, (-delta.T @ below / len(X), -delta.mean(axis=0)))
        if index > 0:
            delta = delta @ layers[index - 1][0] * phi_prime(states[index - 1][0])
    return gradients


# %% alternative backward
def backward(X, D, layers):
    # example by example, with the functions of part B
    total = [[np.zeros_like(W), np.zeros_like(b)] for W, b in layers]
    for x, d in zip(X, D, strict=True):
        states = forward(x[None, :], layers)
        delta = output_delta(d, states[-1][0][0])
        for index in range(len(layers) - 1, -1, -1):
            below = states[index - 1][1][0] if index else x
            total[index][0] -= weight_correction(1.0, delta, below) / len(X)
            total[index][1] -= delta / len(X)
            if index:
                delta = hidden_delta(states[index - 1][0][0], delta, layers[index][0])
    return [tuple(pair) for pair in total]


# %% alternative backward
def backward(X, D, layers):
    states = forward(X, layers)
    outputs = [X] + [y for _, y in states]
    gradient = (outputs[-1] - D) / len(X)  # of the energy with respect to y
    gradients = []
    for (W, _), y, below in zip(layers[::-1], outputs[:0:-1], outputs[-2::-1], strict=True):
        gradient = gradient * y * (1 - y)
        gradients.append((gradient.T @ below, gradient.sum(axis=0)))
        gradient = gradient @ W
    return gradients[::-1]


# %% [markdown]
# ### C.3 How do you know that it is right?
#
# A wrong gradient often still learns, only worse. So never believe a gradient: measure it. Push one
# weight up by a small $h$ and down by the same $h$, and see how much the energy differs. For a
# function $f$ of one number, the **central difference** is
#
# $$ \frac{f(w + h) - f(w - h)}{2h} = f'(w) + \frac{h^2}{6} f'''(w) + \dots \tag{32} $$
#
# The first error term has $h^2$ in it. The one-sided difference $(f(w + h) - f(w))/h$ has an error
# of size $h$, which is far worse. For a function of an array, move one entry at a time and hold all
# others.
#
# ### Exercise 1.14: a gradient by measuring
#
# Write `numerical_gradient(f, w, h=1e-5)`. `f` is a function that takes an array shaped like `w` and
# returns a number; `w` is an array of any shape, of floats. The result has the shape of `w`. When
# the function is done, `w` must be exactly what it was before. (Adding $h$ and taking it off again
# need not restore a number: the computer rounds. Work on a copy, or keep the old number.)
#
# The locked cell holds two functions of an array to try it on. The check uses a large $h$ on
# purpose, so that it can see which difference you took.

# %% given trial_functions
TRIAL_FUNCTIONS = {
    "cubes": lambda w: np.sum(w**3),
    "product": lambda w: np.prod(w),
}


def try_numerical_gradient(name, w, h):
    """Return numerical_gradient for the trial function of that name."""
    return numerical_gradient(TRIAL_FUNCTIONS[name], w, h)


# %% hint numerical_gradient [markdown]
# The result has one entry for each entry of `w`. How many times must `f` be called for one entry?

# %% hint numerical_gradient [markdown]
# For each index: one copy of the array with that entry raised by h, one copy with it lowered by h.
# The entry of the gradient is the difference of the two values of f, over twice h.

# %% hint numerical_gradient [markdown]
# gradient ← zeros like w; for index in np.ndindex(w.shape): up, down ← two copies of w;
# up[index] += h; down[index] −= h; gradient[index] ← (f(up) − f(down)) / (2h)


# %% solve numerical_gradient
def numerical_gradient(f, w, h=1e-5):
    """Return the gradient of f at w by central differences, in the shape of w.

    >>> numerical_gradient(np.sum, np.array([1.0, 2.0]), 0.5).tolist()
    [1.0, 1.0]
    """
    ### BEGIN SOLUTION
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[index] += h
        down[index] -= h
        gradient[index] = (f(up) - f(down)) / (2 * h)
    return gradient
    ### END SOLUTION


# %% check numerical_gradient points=2
with check("numerical_gradient") as probe:
    w = np.array([1.0, -2.0, 0.5])
    probe.call("the sum of cubes, h = 0.5", try_numerical_gradient, "cubes", w, 0.5)
    w = np.array([1.0, -2.0, 0.3])
    probe.call("the product of all entries", try_numerical_gradient, "product", w, 0.1)
    w = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    probe.call("an array of shape (3, 2)", try_numerical_gradient, "product", w, 0.1)
### BEGIN HIDDEN TESTS
with check.hidden("numerical_gradient") as probe:
    rng = np.random.default_rng(14)
    for shape in ((1,), (4,), (2, 3), (2, 2, 2), (0,)):
        w, h = 1 + rng.uniform(size=shape), 0.25
        right = 3 * w**2 + h**2  # the central difference of a cube, exactly
        probe.call(f"cubes, {shape}", try_numerical_gradient, "cubes", w, h, expected=right)
        right = np.prod(w) / w
        probe.call(f"product, {shape}", try_numerical_gradient, "product", w, h, expected=right)
    w = np.arange(1.0, 7.0).reshape(2, 3).T
    right = np.prod(w) / w
    probe.call("a transposed array", try_numerical_gradient, "product", w, 0.01, expected=right)
### END HIDDEN TESTS


# %% mistake numerical_gradient "a one-sided difference"
# Your value is (f(w + h) - f(w)) / h. Go to both sides: (f(w + h) - f(w - h)) / 2h. See equation
# (32).
def numerical_gradient(f, w, h=1e-5):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        up = w.copy()
        up[index] += h
        gradient[index] = (f(up) - f(w)) / h
    return gradient


# %% mistake numerical_gradient "divided by h in place of 2h"
# Your value is twice the gradient. From w - h to w + h it is 2h. See equation (32).
def numerical_gradient(f, w, h=1e-5):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[index] += h
        down[index] -= h
        gradient[index] = (f(up) - f(down)) / h
    return gradient


# %% mistake numerical_gradient "the entries are not put back"
# Your code moves the entries of w itself and leaves them moved. Work on a copy, or put each entry
# back before you go on to the next.
def numerical_gradient(f, w, h=1e-5):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        w[index] += h
        above = f(w)
        w[index] -= 2 * h
        gradient[index] = (above - f(w)) / (2 * h)
    return gradient


# %% mistake numerical_gradient "w comes back with a rounding error"
# Your gradient is right, but w is not exactly what it was: += h and -= h round, so that a number
# may come back changed in its last digit. Keep the old number and put it back, or work on a copy.
def numerical_gradient(f, w, h=1e-5):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        w[index] += h
        above = f(w)
        w[index] -= 2 * h
        gradient[index] = (above - f(w)) / (2 * h)
        w[index] += h
    return gradient


# %% mistake numerical_gradient "all entries are moved at once"
# Your code moves the whole array by h, so every entry of the result is the sum of all the partial
# derivatives. Move one entry at a time.
def numerical_gradient(f, w, h=1e-5):
    return np.full_like(w, (f(w + h) - f(w - h)) / (2 * h))


# %% mistake numerical_gradient "h on one side, divided by 2h"
# Your value is half of a one-sided difference: you go from w to w + h and divide by 2h. Go to w - h
# as well. See equation (32).
def numerical_gradient(f, w, h=1e-5):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        up = w.copy()
        up[index] += h
        gradient[index] = (f(up) - f(w)) / (2 * h)
    return gradient


# %% alternative numerical_gradient
def numerical_gradient(f, w, h=1e-5):
    w = np.array(w)
    gradient = np.empty(w.shape)
    for index in np.ndindex(*w.shape):
        kept = w[index]
        w[index] = kept + h
        above = f(w)
        w[index] = kept - h
        below = f(w)
        w[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient


# %% alternative numerical_gradient
def numerical_gradient(f, w, h=1e-5):
    steps = h * np.eye(w.size).reshape((w.size, *w.shape))
    slopes = [(f(w + step) - f(w - step)) / (2 * h) for step in steps]
    return np.array(slopes, dtype=float).reshape(w.shape)


# %% [markdown]
# Now measure your own `backward`. The locked cell has the energy (27) and a way to start a network:
# small random weights, zero biases. The cell after it moves every weight and every bias of a 3-4-2
# network, one at a time, and compares.


# %% given energy
def energy(X, D, layers):
    """Return the mean energy (27) of a batch."""
    y = forward(X, layers)[-1][1]
    return 0.5 * np.sum((D - y) ** 2) / len(X)


def initial_layers(sizes, rng):
    """Return [(W, b), ...] for layers of these sizes: small random weights, zero biases.

    >>> [W.shape for W, b in initial_layers((3, 4, 2), np.random.default_rng(0))]
    [(4, 3), (2, 4)]
    """
    pairs = zip(sizes[:-1], sizes[1:], strict=True)  # (inputs, neurons) of each layer
    return [(rng.normal(size=(m, n)) / np.sqrt(n), np.zeros(m)) for n, m in pairs]


# %%
def largest_difference(sizes, batch):
    rng = np.random.default_rng(0)
    X, D = rng.normal(size=(batch, sizes[0])), rng.uniform(size=(batch, sizes[-1]))
    layers = initial_layers(sizes, rng)
    differences = []
    for index, gradients in enumerate(backward(X, D, layers)):
        for part in (0, 1):  # the weights, then the biases

            def energy_of(array, index=index, part=part):
                moved = [list(layer) for layer in layers]
                moved[index][part] = array
                return energy(X, D, moved)

            measured = numerical_gradient(energy_of, layers[index][part])
            differences.append(np.abs(gradients[part] - measured).max())
    return max(differences)


print("largest difference below 1e-8:", bool(largest_difference((3, 4, 2), 5) < 1e-8))

# %% [markdown]
# Why not measure always, and forget about back-propagation? Count. Each weight costs two forward
# sweeps. A network with a million weights needs two million of them for one gradient.
# Back-propagation gets all of it for the price of a few. That is the whole point.
#
# And how small should $h$ be? The smaller the better, says (32). Try it on $f(w) = w^3$ at $w = 1$,
# where the derivative is 3.


# %%
def draw_errors():
    steps = 10.0 ** np.arange(-13, 0.1, 0.25)
    central = [abs(try_numerical_gradient("cubes", np.ones(1), h)[0] - 3) for h in steps]
    one_sided = [abs(((1 + h) ** 3 - 1) / h - 3) for h in steps]
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.loglog(steps, one_sided, "s-", ms=3, color=ORANGE, label="one-sided")
    ax.loglog(steps, central, "o-", ms=3, color=BLUE, label="central")
    ax.set(xlabel="step h", ylabel="error")
    ax.legend()
    return figure


plots.show(
    draw_errors(),
    "Two errors against the step h, on logarithmic axes. As h shrinks, both fall and then rise "
    "again. The central difference falls twice as steeply and reaches 1e-11 near h = 1e-5; the "
    "one-sided one reaches 1e-8 near h = 1e-8.",
)

# %% [markdown]
# *Figure 6. The error of two differences against $h$. From the right, both fall as (32) says: one
# with slope 1, one with slope 2. Then rounding takes over, because two nearly equal numbers are
# subtracted. The best $h$ for central differences is near $10^{-5}$, and that is why it is the
# default.*

# %% [markdown]
# ## D. An engine that differentiates for you
#
# ### D.1 The idea
#
# Part C is correct, and it is rigid. Another activation, another energy, one more connection, and
# the derivation starts anew. Must it? Equation (A2) knows nothing about neurons. It needs a graph
# and the local derivative of each arrow. So let the program **write down the graph while it
# computes**. Every operation makes a node that remembers
#
# - its `data`, an array,
# - its `parents`, the nodes from which it was computed,
# - `push`, a function that does one line of back-propagation: it takes the gradient that has arrived
#   at this node and pushes each parent's share into that parent's `grad`.
#
# Then going backward is a loop: call `push` on every node, from the last to the first. (A node
# without parents is a **leaf**. Its `push` does nothing.) This is **reverse-mode automatic
# differentiation**. PyTorch, JAX and TensorFlow do the same.
#
# In formulas: let $r$ be the result of an operation, $a$ one of its parents, $E$ the end of the
# graph, and write $\bar r = \partial E/\partial r$ for `r.grad`. Pushing means
#
# $$ \bar a \;\leftarrow\; \bar a + \bar r\, \frac{\partial r}{\partial a} . \tag{33} $$
#
# Note the plus. A node that is used twice gets two shares, and (A2) adds them up. So it is `+=` and
# never `=`. And each share is a product of *what has arrived* and the *local derivative*.


# %% given Value
class Value:
    """An array in a graph: its data, its gradient, and the nodes it was computed from."""

    __array_ufunc__ = None  # array * value is left to Value

    def __init__(self, data, parents=(), push=lambda: None):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros_like(self.data)  # the derivative of the end with respect to data
        self.parents = parents
        self.push = push  # adds this node's shares to the grad of its parents

    def __repr__(self):
        return f"Value({self.data.tolist()}, grad={self.grad.tolist()})"


# %% [markdown]
# **Worked example:** the rectifier, $\mathrm{relu}(a) = \max(a, 0)$, entry by entry. Its local
# derivative is 1 where $a > 0$ and 0 elsewhere. The inner function `push` is made anew at each call
# and remembers its own `a` and `result`.


# %% given relu
def relu(a):
    """Return max(a, 0), entry by entry, as a new Value."""
    result = Value(np.maximum(a.data, 0.0), parents=(a,))

    def push():
        a.grad += result.grad * (a.data > 0.0)

    result.push = push
    return result


# %%
a = Value([-1.0, 2.0, 3.0])
r = relu(a)
r.grad += np.array([10.0, 20.0, 30.0])  # pretend that this has arrived from the right
r.push()
print(r.data, a.grad)

# %% [markdown]
# ### D.2 What broadcasting does to gradients
#
# NumPy adds an array of shape (4, 3) and one of shape (3,): it uses the row four times. On the way
# back the gradient has shape (4, 3), and the row needs one of shape (3,). What is to be done with
# the four? The row reached the result along four paths. Paths are added.
#
# The rule: **sum the gradient over every axis that broadcasting has added or stretched.** NumPy adds
# axes on the left only, and it stretches axes of length 1.
#
# ### Exercise 1.15: unbroadcast
#
# Write `unbroadcast(grad, shape)`. `grad` is an array that has the shape of a result, `shape` the
# shape that one of the two operands had. Return the gradient summed to that shape.
#
# | `grad.shape` | `shape` | sum over |
# |---|---|---|
# | (4, 3) | (4, 3) | nothing |
# | (4, 3) | (3,) | axis 0, which was added |
# | (4, 3) | (4, 1) | axis 1, which was stretched; it stays, with length 1 |
# | (4, 3) | () | both axes |

# %% hint unbroadcast [markdown]
# How many axes were added on the left? Once they are gone, which of the remaining ones were
# stretched?

# %% hint unbroadcast [markdown]
# Two sums. First over as many leading axes as the gradient has too many; these axes disappear. Then
# over each axis that has length 1 in the wanted shape; these axes stay: `keepdims=True`.

# %% hint unbroadcast [markdown]
# while grad.ndim > len(shape): grad ← grad.sum(axis=0); then for axis, size in enumerate(shape):
# if size = 1: grad ← grad.sum(axis=axis, keepdims=True); return grad


# %% solve unbroadcast
def unbroadcast(grad, shape):
    """Return grad summed over the axes that broadcasting added or stretched.

    >>> unbroadcast(np.ones((4, 3)), (3,)).tolist()
    [4.0, 4.0, 4.0]
    """
    # 1. axes added on the left: sum them away
    # 2. axes of length 1 in shape: sum them, and keep them
    ### BEGIN SOLUTION
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad
    ### END SOLUTION


# %% check unbroadcast points=2
with check("unbroadcast") as probe:
    grad = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    probe.call("the same shape", unbroadcast, grad, (2, 3))
    probe.call("an axis was added", unbroadcast, grad, (3,))
    probe.call("an axis was stretched", unbroadcast, grad, (2, 1))
    probe.call("one of each", unbroadcast, np.stack([grad, -3 * grad]), (1, 3))
    probe.call("a single number", unbroadcast, grad, ())
### BEGIN HIDDEN TESTS
with check.hidden("unbroadcast") as probe:
    rng = np.random.default_rng(15)
    small = (((), ()), ((5, 2), (5, 2)), ((5, 2), (1, 2)), ((3, 1), (1,)), ((2, 2), (1, 1)))
    for full, shape in (*small, ((2, 3, 4), (3, 1)), ((2, 3, 4), (1, 1, 4)), ((0, 3), (3,))):
        grad, right = rng.normal(size=full), np.zeros(shape)
        places = np.broadcast_to(np.arange(right.size).reshape(shape), full)
        np.add.at(right.reshape(-1), places.ravel(), grad.ravel())  # each entry to its own place
        probe.call(f"{full} to {shape}", unbroadcast, grad, shape, expected=right)
### END HIDDEN TESTS


# %% mistake unbroadcast "stretched axes are not summed"
# Added axes are summed away, but an axis of length 1 in `shape` was stretched: sum over it too, with
# keepdims=True.
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad


# %% mistake unbroadcast "stretched axes are lost"
# You sum over the stretched axis and lose it. It must stay with length 1: use keepdims=True.
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad.sum(axis=stretched)


# %% mistake unbroadcast "the mean in place of the sum"
# Your gradients are means. Each use of the entry is a path of its own, and paths are added: take the
# sum.
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.mean(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.mean(axis=axis, keepdims=True)
    return grad


# %% mistake unbroadcast "only the first copy counts"
# You keep the first of the copies and drop the others. Each use of the entry is a path of its own:
# add them all up.
def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad[0]
    for axis, size in enumerate(shape):
        if size == 1:
            grad = np.take(grad, [0], axis=axis)
    return grad


# %% mistake unbroadcast "everything is summed into every entry"
# Every entry of your result is the sum of the whole gradient. Sum only over the axes that were added
# or stretched.
def unbroadcast(grad, shape):
    return np.full(shape, grad.sum())


# %% alternative unbroadcast
def unbroadcast(grad, shape):
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(axis for axis, size in enumerate(padded) if size == 1)
    return np.sum(grad, axis=axes, keepdims=True).reshape(shape)


# %% [markdown]
# With it, addition is as short as the rectifier. Both local derivatives are 1:


# %% given add
def add(a, b):
    """Return a + b as a new Value; the shapes may be broadcast."""
    result = Value(a.data + b.data, parents=(a, b))

    def push():
        a.grad += unbroadcast(result.grad, a.data.shape)
        b.grad += unbroadcast(result.grad, b.data.shape)

    result.push = push
    return result


# %% [markdown]
# How can a single operation be tried out, before there is a whole graph? The function `after_push`
# makes the operands, puts a gradient at the result and pushes once. The checks of this part use it.


# %% given after_push
def after_push(operation, *arrays, arrived=1.0, already=0.0):
    """Return the result of an operation, then the gradient of each operand after one push.

    arrived is the gradient at the result, already is what stood in the operands' grad before.
    """
    operands = [Value(array) for array in arrays]
    for operand in operands:
        operand.grad += already
    result = operation(*operands)
    assert isinstance(result, Value), "the operation must return a Value: is a `return` missing?"
    known = [any(parent is operand for parent in result.parents) for operand in operands]
    assert all(known), "the operands are missing from the parents of the result"
    assert result.push is not Value(0.0).push, "result.push is still the empty one"
    result.grad += arrived
    result.push()
    return (result.data, *[operand.grad for operand in operands])


# %% [markdown]
# Here 2 is added to each of three numbers, and the gradients 1, 10, 100 arrive. What does the 2 get,
# and why? (The cell raises `NotImplementedError` until Exercise 1.15 is done.)

# %%
print(after_push(add, [5.0, 6.0, 7.0], 2.0, arrived=np.array([1.0, 10.0, 100.0])))

# %% [markdown]
# The 2 gets $1 + 10 + 100 = 111$. It was used three times, and the shares of three paths are added.
# Each of the three numbers was used once and gets its own share.

# %% given try_mul
def try_mul(a, b, arrived=1.0, already=0.0):
    """Return the product and both gradients after one push."""
    return after_push(mul, a, b, arrived=arrived, already=already)


def try_mul_twice(a):
    """Return a * a and the gradient at a, where both operands are one and the same node."""
    return after_push(lambda node: mul(node, node), a)


# %% [markdown]
# ### Exercise 1.16: multiplication
#
# Write `mul(a, b)`: the product of two Values, entry by entry. Their shapes may be broadcast. You
# found both local derivatives in part A.

# %% hint mul [markdown]
# In `add`, what would have to change if the local derivatives were not 1?

# %% hint mul [markdown]
# Each operand gets what has arrived, times the data of the *other* operand, brought to its own
# shape, on top of what it has already.

# %% hint mul [markdown]
# result ← Value(a.data · b.data, parents=(a, b)); in push: a.grad += unbroadcast(result.grad ·
# b.data, shape of a.data), and the same for b with a.data; set result.push; return result


# %% solve mul
def mul(a, b):
    """Return a * b, entry by entry, as a new Value; the shapes may be broadcast.

    >>> float(mul(Value(2.0), Value(3.0)).data)
    6.0
    """
    ### BEGIN SOLUTION
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad += unbroadcast(result.grad * b.data, a.data.shape)
        b.grad += unbroadcast(result.grad * a.data, b.data.shape)

    result.push = push
    return result
    ### END SOLUTION


# %% check mul points=2
with check("mul") as probe:
    probe.call("two numbers", try_mul, 2.0, 5.0)
    probe.call("two numbers, where 10 arrives", try_mul, 2.0, 5.0, arrived=10.0)
    probe.call("gradients that stand there already", try_mul, 2.0, 5.0, already=100.0)
    probe.call("a node times itself", try_mul_twice, 3.0)
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    probe.call("a row is broadcast", try_mul, rows, np.array([1.0, -1.0]))
### BEGIN HIDDEN TESTS
with check.hidden("mul") as probe:
    rng = np.random.default_rng(16)
    for one, other in (((), ()), ((3,), (3,)), ((2, 1), (3,)), ((4, 3), ()), ((2, 3), (2, 1))):
        a, b = rng.normal(size=one), rng.normal(size=other)
        arrived = rng.normal(size=(a * b).shape)
        right_a, right_b = np.zeros(one), np.zeros(other)
        for right, factor in ((right_a, b), (right_b, a)):
            places = np.broadcast_to(np.arange(right.size).reshape(right.shape), arrived.shape)
            np.add.at(right.reshape(-1), places.ravel(), (arrived * factor).ravel())
        right = (a * b, right_a + 0.5, right_b + 0.5)
        label = f"shapes {one} and {other}"
        probe.call(label, try_mul, a, b, arrived=arrived, already=0.5, expected=right)
    probe.call("a node times itself", try_mul_twice, -4.0, expected=(16.0, -8.0))
### END HIDDEN TESTS


# %% mistake mul "= in place of +="
# Your push overwrites the gradients. A node may be used twice, and its shares are added: a.grad +=
# ... See equation (33).
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad = unbroadcast(result.grad * b.data, a.data.shape)
        b.grad = unbroadcast(result.grad * a.data, b.data.shape)

    result.push = push
    return result


# %% mistake mul "the factors are swapped"
# The share of a has a.data as its factor. The derivative of a * b with respect to a is b.
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad += unbroadcast(result.grad * a.data, a.data.shape)
        b.grad += unbroadcast(result.grad * b.data, b.data.shape)

    result.push = push
    return result


# %% mistake mul "what has arrived is forgotten"
# Your push adds the local derivative alone. Multiply it by result.grad, which has arrived from the
# right. See equation (33).
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad += unbroadcast(np.ones_like(result.data) * b.data, a.data.shape)
        b.grad += unbroadcast(np.ones_like(result.data) * a.data, b.data.shape)

    result.push = push
    return result


# %% mistake mul "a share does not have the shape of its operand"
# Your gradients are right for equal shapes. When an operand was broadcast, its share must come back
# to that operand's own shape: unbroadcast the product, to the shape of the operand's data.
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad += result.grad * b.data
        b.grad += result.grad * a.data

    result.push = push
    return result


# %% mistake mul "the gradient has the shape of the result"
# Your gradients are right for equal shapes. When an operand was broadcast, its gradient must have
# the operand's shape, not that of the result: bring it back with unbroadcast.
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad = a.grad + result.grad * b.data
        b.grad = b.grad + result.grad * a.data

    result.push = push
    return result


# %% mistake mul "the parents are forgotten"
# Your result does not know its operands, so nothing flows back beyond it. Make it with
# parents=(a, b).
def mul(a, b):
    result = Value(a.data * b.data)

    def push():
        a.grad += unbroadcast(result.grad * b.data, a.data.shape)
        b.grad += unbroadcast(result.grad * a.data, b.data.shape)

    result.push = push
    return result


# %% mistake mul "push is not set"
# Nothing reaches the operands: the result keeps its empty push. Set result.push = push before you
# return the result.
def mul(a, b):
    return Value(a.data * b.data, parents=(a, b))


# %% mistake mul "the other operand's grad in place of its data"
# Your shares hold the grad of the other operand. The derivative of a * b with respect to a is the
# value of b: b.data.
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad += unbroadcast(result.grad * b.grad, a.data.shape)
        b.grad += unbroadcast(result.grad * a.grad, b.data.shape)

    result.push = push
    return result


# %% mistake mul "*= in place of +="
# You multiply the grad that stands there by the share. Shares are added: a.grad += ... See equation
# (33).
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad *= unbroadcast(result.grad * b.data, a.data.shape)
        b.grad *= unbroadcast(result.grad * a.data, b.data.shape)

    result.push = push
    return result


# %% mistake mul "the grad is multiplied by the other factor"
# Your push multiplies a.grad by b.data. The share is what has arrived, result.grad, times b.data,
# and it is added. See equation (33).
def mul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad = a.grad * b.data
        b.grad = b.grad * a.data

    result.push = push
    return result


# %% alternative mul
def mul(a, b):
    def push():
        for node, other in ((a, b), (b, a)):
            node.grad = node.grad + unbroadcast(other.data * result.grad, node.data.shape)

    result = Value(a.data * b.data, (a, b), push)
    return result


# %% given try_tanh
def try_tanh(a, arrived=1.0, already=0.0):
    """Return tanh(a) and the gradient at a after one push."""
    return after_push(tanh, a, arrived=arrived, already=already)


# %% [markdown]
# ### Exercise 1.17: tanh
#
# Write `tanh(a)` as a Value operation, entry by entry. Use $\tanh'(a) = 1 - \tanh^2(a)$: the result's
# own data is all that you need.

# %% hint tanh [markdown]
# Which of the two arrays holds $\tanh(a)$: `a.data` or `result.data`?

# %% hint tanh [markdown]
# The share is what has arrived, times one minus the square of the result.

# %% hint tanh [markdown]
# as in relu, with result ← Value(np.tanh(a.data), parents=(a,)) and, in push,
# a.grad += result.grad · (1 − result.data²)


# %% solve tanh
def tanh(a):
    """Return tanh(a), entry by entry, as a new Value.

    >>> float(tanh(Value(0.0)).data)
    0.0
    """
    ### BEGIN SOLUTION
    result = Value(np.tanh(a.data), parents=(a,))

    def push():
        a.grad += result.grad * (1.0 - result.data**2)

    result.push = push
    return result
    ### END SOLUTION


# %% check tanh points=1
with check("tanh") as probe:
    probe.call("a = 0, where the slope is 1", try_tanh, 0.0)
    probe.call("two numbers", try_tanh, np.array([0.5, -1.5]))
    probe.call("two numbers, where 10 arrives", try_tanh, np.array([0.5, -1.5]), arrived=10.0)
    probe.call("gradients that stand there already", try_tanh, np.array([[2.0]]), already=100.0)
### BEGIN HIDDEN TESTS
with check.hidden("tanh") as probe:
    rng = np.random.default_rng(17)
    for shape in ((), (5,), (3, 2), (0,)):
        a, arrived = rng.normal(size=shape), rng.normal(size=shape)
        right = (1 - 2 / (np.exp(2 * a) + 1), 0.25 + arrived / np.cosh(a) ** 2)
        probe.call(f"shape {shape}", try_tanh, a, arrived=arrived, already=0.25, expected=right)
    far = np.array([-1000.0, 1000.0])
    probe.call("far out", try_tanh, far, expected=(np.array([-1.0, 1.0]), np.zeros(2)))
### END HIDDEN TESTS


# %% mistake tanh "the derivative is taken at the wrong argument"
# Your slope is 1 - a**2. The square in the rule is that of tanh(a), which is result.data.
def tanh(a):
    result = Value(np.tanh(a.data), parents=(a,))

    def push():
        a.grad += result.grad * (1.0 - a.data**2)

    result.push = push
    return result


# %% mistake tanh "the parents are forgotten"
# Your result does not know its operand, so nothing flows back beyond it. Make it with
# parents=(a,).
def tanh(a):
    result = Value(np.tanh(a.data))

    def push():
        a.grad += result.grad * (1 - result.data**2)

    result.push = push
    return result


# %% mistake tanh "tanh is applied twice"
# Your slope is 1 - tanh(tanh(a))**2. result.data is tanh(a) already: square it as it is.
def tanh(a):
    result = Value(np.tanh(a.data), parents=(a,))

    def push():
        a.grad += result.grad * (1.0 - np.tanh(result.data) ** 2)

    result.push = push
    return result


# %% mistake tanh "what has arrived is forgotten"
# Your push adds the slope alone. Multiply it by result.grad, which has arrived from the right. See
# equation (33).
def tanh(a):
    result = Value(np.tanh(a.data), parents=(a,))

    def push():
        a.grad += 1.0 - result.data**2

    result.push = push
    return result


# %% mistake tanh "= in place of +="
# Your push overwrites the gradient that stands there already. Add to it: a.grad += ... See equation
# (33).
def tanh(a):
    result = Value(np.tanh(a.data), parents=(a,))

    def push():
        a.grad = result.grad * (1.0 - result.data**2)

    result.push = push
    return result


# %% mistake tanh "the rule of the logistic function"
# Your slope is y * (1 - y). That is the rule of the logistic function; for tanh it is 1 - y**2.
def tanh(a):
    result = Value(np.tanh(a.data), parents=(a,))

    def push():
        a.grad += result.grad * result.data * (1.0 - result.data)

    result.push = push
    return result


# %% alternative tanh
def tanh(a):
    y = np.tanh(a.data)
    result = Value(y, (a,))

    def push():
        a.grad = a.grad + (1 + y) * (1 - y) * result.grad

    result.push = push
    return result


# %% given try_matmul
def try_matmul(a, b, arrived=1.0, already=0.0):
    """Return the matrix product and both gradients after one push."""
    return after_push(matmul, a, b, arrived=arrived, already=already)


# %% [markdown]
# ### Exercise 1.18: the matrix product
#
# Let $R = A B$, with $A$ of shape $(n, m)$ and $B$ of shape $(m, p)$, that is
# $R_{ij} = \sum_k A_{ik} B_{kj}$. The entry $A_{ik}$ is used in the whole row $i$ of $R$, each time
# with another factor; the entry $B_{kj}$ in the whole column $j$. Add over the paths:
#
# $$ \bar A_{ik} \leftarrow \bar A_{ik} + \sum_j \bar R_{ij}\, B_{kj}, \qquad
#    \bar B_{kj} \leftarrow \bar B_{kj} + \sum_i A_{ik}\, \bar R_{ij} \tag{34} $$
#
# Read both sums as matrix products. Then write `matmul(a, b)` for two Values with two axes each. No
# broadcasting here.

# %% hint matmul [markdown]
# Which products of $\bar R$, of shape $(n, p)$, with $A$ or $B$ or their transposes have the shape
# of $A$? There is only one.

# %% hint matmul [markdown]
# In the first sum $j$ is the second index of both factors, so the second factor stands transposed.
# In the second sum $i$ is the first index of both, so the first factor stands transposed.

# %% hint matmul [markdown]
# in push: a.grad += result.grad @ transpose(b.data); b.grad += transpose(a.data) @ result.grad


# %% solve matmul
def matmul(a, b):
    """Return the matrix product a @ b as a new Value; a: (n, m), b: (m, p).

    >>> matmul(Value([[1.0, 2.0]]), Value([[3.0], [4.0]])).data.tolist()
    [[11.0]]
    """
    ### BEGIN SOLUTION
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad += result.grad @ b.data.T
        b.grad += a.data.T @ result.grad

    result.push = push
    return result
    ### END SOLUTION


# %% check matmul points=2
with check("matmul") as probe:
    a, b = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[0.5, -2.0], [4.0, 1.0]])
    corner, every = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 10.0], [3.0, 5.0]])
    probe.call("two by two, where one entry arrives", try_matmul, a, b, arrived=corner)
    probe.call("two by two, where all arrive", try_matmul, a, b, arrived=every)
    probe.call("gradients that stand there already", try_matmul, a, b, already=100.0)
    probe.call("(3, 2) times (2, 1)", try_matmul, np.ones((3, 2)), np.array([[2.0], [5.0]]))
### BEGIN HIDDEN TESTS
with check.hidden("matmul") as probe:
    rng = np.random.default_rng(18)
    for n, m, p in ((1, 1, 1), (2, 3, 4), (5, 2, 2), (3, 3, 3), (0, 2, 3)):
        a, b, arrived = rng.normal(size=(n, m)), rng.normal(size=(m, p)), rng.normal(size=(n, p))
        right_a, right_b = np.full((n, m), 0.5), np.full((m, p), 0.5)
        for i, k, j in np.ndindex(n, m, p):
            right_a[i, k] += arrived[i, j] * b[k, j]
            right_b[k, j] += arrived[i, j] * a[i, k]
        right, label = (a @ b, right_a, right_b), f"({n}, {m}) times ({m}, {p})"
        probe.call(label, try_matmul, a, b, arrived=arrived, already=0.5, expected=right)
### END HIDDEN TESTS


# %% mistake matmul "b is not transposed"
# The share of a is result.grad @ b.data without the transpose. In the first sum of (34) the index j
# is the second of both factors, so b stands transposed.
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad += result.grad @ b.data
        b.grad += a.data.T @ result.grad

    result.push = push
    return result


# %% mistake matmul "the parents are forgotten"
# Your result does not know its operands, so nothing flows back beyond it. Make it with
# parents=(a, b).
def matmul(a, b):
    result = Value(a.data @ b.data)

    def push():
        a.grad += result.grad @ b.data.T
        b.grad += a.data.T @ result.grad

    result.push = push
    return result


# %% mistake matmul "a is not transposed"
# The share of b is a.data @ result.grad without the transpose. In the second sum of (34) the index i
# is the first of both factors, so a stands transposed.
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad += result.grad @ b.data.T
        b.grad += a.data @ result.grad

    result.push = push
    return result


# %% mistake matmul "the factors are in the wrong order"
# Your shares are products in the wrong order: result.grad stands on the left for a and on the right
# for b. See equation (34), and compare the shapes.
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad += b.data.T @ result.grad
        b.grad += result.grad @ a.data.T

    result.push = push
    return result


# %% mistake matmul "the shares are swapped"
# The gradient of a gets the share of b, and the other way round. The share of a holds b, and the
# share of b holds a. See equation (34).
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        b.grad += result.grad @ b.data.T
        a.grad += a.data.T @ result.grad

    result.push = push
    return result


# %% mistake matmul "= in place of +="
# Your push overwrites the gradients that stand there already. Add to them: a.grad += ... See
# equation (33).
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad = result.grad @ b.data.T
        b.grad = a.data.T @ result.grad

    result.push = push
    return result


# %% mistake matmul "what has arrived is transposed"
# You transpose result.grad. It has the shape of the result and stays as it is; the other factor is
# transposed.
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad += result.grad.T @ b.data.T
        b.grad += a.data.T @ result.grad.T

    result.push = push
    return result


# %% mistake matmul "what has arrived is forgotten"
# Your push adds the other factor, transposed, and nothing else. It belongs into a matrix product
# with result.grad, which has arrived from the right. See equation (34).
def matmul(a, b):
    result = Value(a.data @ b.data, parents=(a, b))

    def push():
        a.grad += b.data.T
        b.grad += a.data.T

    result.push = push
    return result


# %% mistake matmul "multiplied entry by entry"
# Your result is the product entry by entry. The matrix product is written a.data @ b.data.
def matmul(a, b):
    result = Value(a.data * b.data, parents=(a, b))

    def push():
        a.grad += result.grad * b.data
        b.grad += result.grad * a.data

    result.push = push
    return result


# %% alternative matmul
def matmul(a, b):
    result = Value(np.dot(a.data, b.data), (a, b))

    def push():
        a.grad += np.einsum("ij,kj->ik", result.grad, b.data)
        b.grad += np.einsum("ik,ij->kj", a.data, result.grad)

    result.push = push
    return result


# %% [markdown]
# ### D.3 In which order?
#
# All that is missing is the loop that calls `push` on every node. In which order? A node must not
# push before *all* of its children have pushed into it. Otherwise it hands on a part of its
# gradient. Take $u = x^2$ and $f = u \cdot (u + 1)$:
#
# ```
#                  ┌─────────────────────┐
#       x ──▶  u ──┤                     ├──▶  f = u · s
#                  └──▶  s = u + 1  ─────┘
# ```
#
# Node $u$ is the child of $x$, and it has two children itself: $s$ and $f$. If $f$ pushes and then
# $u$ pushes at once, the share that comes through $s$ arrives too late.
#
# A **topological order** is a list of the nodes in which every node stands after all its parents:
# here $x, u, s, f$. To make one, visit the end of the graph, where visiting a node means: if it was
# visited before, do nothing; else visit its parents first, then append the node itself to the list.
# Going through that list from its end, no node pushes too early, and each pushes once.
#
# ### Exercise 1.19: run backward
#
# Write `run_backward(f)`. `f` is the last node of a graph. The function puts ones into `f.grad`,
# because $\partial f / \partial f = 1$, and then calls `push` on every node of the graph, each
# exactly once, in the reverse of a topological order. It returns nothing.
#
# The locked cell builds four graphs to try it on: a chain without forks, the graph of part A, the
# graph above, and ten doublings in a row, each node added to itself.


# %% given graphs
def meeting(x):
    y, z = add(x, Value(-1.0)), add(x, Value(-1.0))
    return [x, y, z, mul(y, z)]


def short_and_long(x):
    u = mul(x, x)
    s = add(u, Value(1.0))
    return [x, u, s, mul(u, s)]


def doublings(x):
    nodes = [x]
    for _ in range(10):
        nodes.append(add(nodes[-1], nodes[-1]))
    return nodes


# %% given try_run_backward
def chain(x):
    u = mul(x, Value(3.0))
    return [x, u, relu(u)]


def try_run_backward(graph, x):
    """Build one of the graphs on x, run backward from its end, return every node's gradient."""
    builders = (chain, meeting, short_and_long, doublings)
    nodes = {builder.__name__: builder for builder in builders}[graph](Value(x))
    run_backward(nodes[-1])
    return [node.grad for node in nodes]


# %% hint run_backward [markdown]
# How do you find all nodes, if all that you have is the last one? And how do you notice that you
# have been at a node before?

# %% hint run_backward [markdown]
# An inner function that calls itself: it leaves at once for a node that is in a set of visited
# nodes; else it puts the node there, calls itself for each parent, and appends the node to a list.
# Then ones into the last node's gradient, and `push` along the list from its end.

# %% hint run_backward [markdown]
# order ← [], seen ← empty set; visit(node): if node in seen, return; add it; for parent in
# node.parents: visit(parent); append node to order. Then visit(f); f.grad ← ones like f.data; for
# node in reversed(order): node.push()


# %% solve run_backward
def run_backward(f):
    """Put ones into f.grad and push every node of the graph once, children before parents.

    >>> x = Value(2.0); run_backward(mul(x, x)); float(x.grad)
    4.0
    """
    # 1. a topological order of all nodes that f was computed from
    # 2. the gradient of f with respect to itself
    # 3. push in the reverse of that order
    ### BEGIN SOLUTION
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(f)
    f.grad = np.ones_like(f.data)
    for node in reversed(order):
        node.push()
    ### END SOLUTION


# %% check run_backward points=3
with check("run_backward") as probe:
    probe.call("a chain without forks", try_run_backward, "chain", 2.0)
    probe.call("part A: two paths meet", try_run_backward, "meeting", 2.0)
    probe.call("a short and a long path", try_run_backward, "short_and_long", 2.0)
    probe.call("ten doublings", try_run_backward, "doublings", 2.0)
    probe.call("an array of three", try_run_backward, "meeting", np.array([0.0, 1.0, 3.0]))
### BEGIN HIDDEN TESTS
with check.hidden("run_backward") as probe:
    rng = np.random.default_rng(19)
    for shape in ((), (4,), (2, 3)):
        x = rng.normal(size=shape)
        one, u = np.ones(shape), x**2
        right = {
            "chain": [3.0 * (x > 0), 1.0 * (x > 0), one],
            "meeting": [2 * (x - 1), x - 1, x - 1, one],
            "short_and_long": [4 * x**3 + 2 * x, 2 * u + 1, u, one],
            "doublings": [one * 2.0 ** (10 - k) for k in range(11)],
        }
        for graph, gradients in right.items():
            label = f"{graph}, shape {shape}"
            probe.call(label, try_run_backward, graph, x, expected=gradients)
### END HIDDEN TESTS


# %% mistake run_backward "a node pushes once for every path"
# Your code follows every path from the end and pushes each time it meets a node. What has been
# pushed once is then pushed again. Make the list of nodes first, each node once.
def run_backward(f):
    def follow(node):
        node.push()
        for parent in node.parents:
            follow(parent)

    f.grad = np.ones_like(f.data)
    follow(f)


# %% mistake run_backward "a node pushes before all its children have"
# Some node pushes too early: a child of it has not pushed yet, since a short path from the end
# overtakes a long one. Append a node to the order only after its parents, and go through the order
# in reverse.
def run_backward(f):
    f.grad = np.ones_like(f.data)
    waiting, seen = [f], {f}
    while waiting:
        node = waiting.pop(0)
        node.push()
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)


# %% mistake run_backward "the end of the graph gets no gradient"
# All gradients are zero: nothing was put into f.grad. Begin with ones there, because df/df = 1. See
# equation (A2).
def run_backward(f):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(f)
    for node in reversed(order):
        node.push()


# %% mistake run_backward "every node begins with ones"
# Your code puts ones into the gradient of every node that it meets, and what had arrived there is
# lost. Only the last node gets ones: see equation (A2).
def run_backward(f):
    f.grad = np.ones_like(f.data)
    f.push()
    for parent in f.parents:
        run_backward(parent)


# %% mistake run_backward "nodes push before anything has arrived"
# The gradient reaches the parents of f and stops there: every other node pushed while its own
# gradient was still zero, or not at all. Go from the last node to the first: a topological order, in
# reverse.
def run_backward(f):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(f)
    f.grad = np.ones_like(f.data)
    for node in order:
        node.push()


# %% mistake run_backward "f itself is left out"
# The gradient stays at f: the node f never pushes. It belongs into the order too, at its end, since
# it stands after its parents.
def run_backward(f):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    for parent in f.parents:
        visit(parent)
    f.grad = np.ones_like(f.data)
    for node in reversed(order):
        node.push()


# %% alternative run_backward
def run_backward(f):
    # without recursion, and with the number of children that have not pushed yet
    missing, waiting = {}, [f]
    found = {id(f)}
    while waiting:
        node = waiting.pop()
        for parent in node.parents:
            missing[id(parent)] = missing.get(id(parent), 0) + 1
            if id(parent) not in found:
                found.add(id(parent))
                waiting.append(parent)
    f.grad = np.ones_like(f.data)
    ready = [f]
    while ready:
        node = ready.pop()
        node.push()
        for parent in node.parents:
            missing[id(parent)] -= 1
            if missing[id(parent)] == 0:
                ready.append(parent)


# %% [markdown]
# ### D.4 The engine runs
#
# One operation is missing: the sum of all entries, whose local derivatives are all 1. Then the
# operations get their usual signs, and the engine is complete. A class, six operations and one loop:
# about 60 lines.


# %% given total
def total(a):
    """Return the sum of all entries of a as a new Value."""
    result = Value(a.data.sum(), parents=(a,))

    def push():
        a.grad += result.grad

    result.push = push
    return result


# %% given operators
def as_value(x):
    return x if isinstance(x, Value) else Value(x)


Value.__add__ = Value.__radd__ = lambda a, b: add(a, as_value(b))
Value.__mul__ = Value.__rmul__ = lambda a, b: mul(a, as_value(b))
Value.__neg__ = lambda a: mul(a, Value(-1.0))
Value.__sub__ = lambda a, b: add(a, -as_value(b))
Value.__rsub__ = lambda a, b: add(as_value(b), -a)
Value.__matmul__ = lambda a, b: matmul(a, as_value(b))
Value.__rmatmul__ = lambda a, b: matmul(as_value(b), a)
Value.tanh, Value.relu = lambda a: tanh(a), lambda a: relu(a)
Value.sum, Value.backward = lambda a: total(a), lambda f: run_backward(f)


# %% [markdown]
# Back to the very first graph:

# %%
x = Value(2.0)
f = (x - 1) * (x - 1)
f.backward()
print(f.data, x.grad)

# %% [markdown]
# And the network of part C? The logistic function is a tanh in disguise, as the cell with `phi`
# shows. Here is its energy (27) as a formula, without a single derivative. The engine does the rest.
# Does it agree with your `backward`?


# %%
def engine_gradients(X, D, layers):
    nodes = [(Value(W.T), Value(b)) for W, b in layers]
    y = Value(X)
    for W_transposed, b in nodes:
        v = y @ W_transposed + b
        y = (0.5 * v).tanh() * 0.5 + 0.5
    e = D - y
    E = (e * e).sum() * (0.5 / len(X))
    E.backward()
    return [(W_transposed.grad.T, b.grad) for W_transposed, b in nodes]


# %%
def compare_gradients(sizes=(3, 4, 4, 2), batch=5):
    rng = np.random.default_rng(1)
    X, D = rng.normal(size=(batch, sizes[0])), rng.uniform(size=(batch, sizes[-1]))
    layers = initial_layers(sizes, rng)
    pairs = zip(backward(X, D, layers), engine_gradients(X, D, layers), strict=True)
    for number, (by_hand, by_engine) in enumerate(pairs, 1):
        print(f"layer {number}: dW {by_hand[0].shape}, db {by_hand[1].shape}, equal:", end=" ")
        print(all(np.allclose(a, b, atol=1e-12) for a, b in zip(by_hand, by_engine, strict=True)))


compare_gradients()

# %% [markdown]
# What can a network do that has no hidden layer? And what does each hidden unit add? The playground
# runs on *your* `Value`: it builds the graph, calls `backward` and follows the gradient downhill,
# step after step. Take all hidden layers away first, and try the circle and the two clouds. Then add
# one layer, and find the smallest number of units that can close a border around the inner points.
# Then try the spiral.

# %%
explore.playground(Value)

# %% [markdown]
# *Figure 7. Left: the weights, positive ones solid, negative ones dashed. Middle: points of two
# classes, and what the network answers everywhere else. Right: the loss on the points that it learns
# from and on points that it never sees.*
#
# Without a hidden layer the border is a straight line, whatever the activation: good enough for the
# two clouds, hopeless for the circle. Two tanh units leave a gap; three can close the border.

# %% [markdown]
# ## E. Training
#
# Time to put part C to work, on real data: 1797 handwritten digits of 8 by 8 pixels, 1437 of them
# for training and 360 for the test. Each picture is a row of 64 numbers from 0 (paper) to 1 (ink).
# The network is to have ten output neurons, one for each digit. The desired response is 1 for the
# right one and 0 for the nine others.

# %% given digits
digits = data.digits().numpy(flat=True)
D_train = np.eye(10)[digits.y_train]  # (1437, 10), a single 1 in each row

# %%
first = plots.images(digits.x_train[:12], titles=digits.y_train[:12], columns=12)
plots.show(
    first,
    f"Twelve handwritten digits of 8 by 8 grey pixels: {digits.y_train[:12].tolist()}.",
)

# %% [markdown]
# *Figure 8. Twelve of the training pictures, each with its digit.*
#
# ### Exercise 1.20: how many parameters?
#
# The network gets 64 inputs, one hidden layer of 32 neurons and 10 output neurons. Every neuron is
# connected to all the neurons (or inputs) before it and has a bias. How many numbers does training
# have to find? Set `parameters`.

# %% hint parameters [markdown]
# What are the shapes of `W` and `b` in each of the two layers?

# %% hint parameters [markdown]
# A layer has one weight for each pair of a neuron and an input, and one bias for each neuron. The
# 64 inputs are no neurons. Add the two layers.

# %% hint parameters [markdown]
# neurons · inputs + neurons, once with 32 and 64, once with 10 and 32; the sum of both

# %% solve parameters
# Set parameters to the number of weights and biases of the 64-32-10 network.
### BEGIN SOLUTION
parameters = 32 * 64 + 32 + 10 * 32 + 10
### END SOLUTION

# %% check parameters points=1
with check("parameters") as probe:
    probe.number("the number of parameters", parameters, decimals=0)

# %% mistake parameters "the biases are forgotten"
# You counted the weights only. Each of the 32 + 10 neurons has a bias too.
parameters = 32 * 64 + 10 * 32

# %% mistake parameters "the inputs have no bias"
# You gave each of the 64 inputs a bias. Inputs are no neurons: biases belong to the 32 and the 10.
parameters = 32 * 64 + 10 * 32 + 64 + 32 + 10

# %% mistake parameters "one bias for a layer"
# You counted one bias for each layer. Each neuron has its own.
parameters = 32 * 64 + 1 + 10 * 32 + 1

# %% mistake parameters "the neurons are counted"
# You counted inputs and neurons. The parameters are the numbers on the connections, and the biases.
parameters = 64 + 32 + 10

# %% mistake parameters "the second layer is missing"
# You counted the hidden layer only. The ten output neurons have weights and biases too.
parameters = 32 * 64 + 32

# %% alternative parameters
parameters = sum(W.size + b.size for W, b in initial_layers((64, 32, 10), np.random.default_rng(0)))

# %% [markdown]
# ### E.1 Minibatches
#
# The gradient (27) of all 1437 examples is exact and slow: one step for each pass through the data.
# A single example gives a quick and rough step. Between the two lies the **minibatch**: take a few
# examples, follow their mean gradient, take the next few. A pass through all the examples is an
# **epoch**. This is **stochastic gradient descent**; stochastic, because the examples are shuffled
# anew for each epoch. Without shuffling, neighbours in the file would always pull together.
#
# ### Exercise 1.21: minibatches
#
# Write `minibatches(X, D, size, rng)`. It returns a list of tuples `(X_batch, D_batch)` for one
# epoch: all examples once, in an order drawn from the random generator `rng`, `size` of them in each
# batch. The last batch is smaller if the examples don't come out even. Rows of `X` and `D` that
# belong together stay together, and `X` and `D` themselves stay as they are. (A generator that
# yields the tuples is fine too.)


# %% given try_minibatches
def try_shapes(examples, size):
    """Return the shapes of X_batch and D_batch in each batch, for X of two columns, D of three."""
    X, D, rng = np.zeros((examples, 2)), np.zeros((examples, 3)), np.random.default_rng(0)
    return [(x.shape, d.shape) for x, d in minibatches(X, D, size, rng)]


def try_minibatches(examples, size, seed, epochs=1):
    """Return, for each epoch, the rows of X and of D that each batch holds, by number."""
    X = np.arange(float(examples))[:, None] * [1.0, 0.5]
    D = np.arange(float(examples))[:, None] * [1.0, -1.0, 2.0]
    rng = np.random.default_rng(seed)

    def numbers(array):
        return array[:, 0].astype(int).tolist()

    drawn = [list(minibatches(X, D, size, rng)) for _ in range(epochs)]
    return [[(numbers(x), numbers(d)) for x, d in pairs] for pairs in drawn], numbers(X)


# %% hint minibatches [markdown]
# How can you shuffle two arrays in the same way? Think of the numbers of the rows.

# %% hint minibatches [markdown]
# Draw one random order of the row numbers. Cut it into pieces of `size`. Index both arrays with each
# piece. A slice that goes beyond the end is simply shorter.

# %% hint minibatches [markdown]
# order ← rng.permutation(len(X)); for start in range(0, len(X), size): rows ←
# order[start : start + size], append (X[rows], D[rows]); return the list


# %% solve minibatches
def minibatches(X, D, size, rng):
    """Return [(X_batch, D_batch), ...], all examples once in random order, size at a time.

    >>> batches = minibatches(np.ones((5, 2)), np.ones((5, 1)), 2, np.random.default_rng(0))
    >>> [x.shape for x, d in batches]
    [(2, 2), (2, 2), (1, 2)]
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    batches = []
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        batches.append((X[rows], D[rows]))
    return batches
    ### END SOLUTION


# %% check minibatches points=1
with check("minibatches") as probe:
    probe.call("the shapes of the batches", try_shapes, 10, 4)
    (one, two), left = try_minibatches(10, 4, seed=1, epochs=2)
    rows = [row for x_rows, _ in one for row in x_rows]
    again = [row for x_rows, _ in two for row in x_rows]
    probe.values("all rows of an epoch, sorted", sorted(rows))
    probe.values("batches whose rows of X and D differ", sum(x != d for x, d in one))
    probe.values("X after the call", left)
    advice = "Draw a new order from rng at each call."
    probe.true("the rows are not in their old order", rows != sorted(rows), advice)
    probe.true("the next epoch has another order", rows != again, advice)
    same = try_minibatches(10, 4, seed=1, epochs=2)[0][0] == one
    probe.true("rng of the same seed, same order", same, "Draw from rng, not from np.random.")
### BEGIN HIDDEN TESTS
with check.hidden("minibatches") as probe:
    for examples, size in ((12, 3), (7, 5), (20, 1), (9, 50)):
        (one, two), left = try_minibatches(examples, size, seed=2, epochs=2)
        full, rest = divmod(examples, size)
        for name, epoch in (("first", one), ("second", two)):
            label = f"{examples} examples by {size}, {name} epoch"
            sizes = [len(x_rows) for x_rows, _ in epoch]
            probe.values(f"{label}: sizes", sizes, expected=[size] * full + [rest] * (rest > 0))
            rows = sorted(row for x_rows, _ in epoch for row in x_rows)
            probe.values(f"{label}: rows", rows, expected=list(range(examples)))
            apart = sum(x != d for x, d in epoch)
            probe.values(f"{label}: rows of X and D that differ", apart, expected=0)
    (one, _), _ = try_minibatches(30, 4, seed=3, epochs=2)
    (other, _), _ = try_minibatches(30, 4, seed=4, epochs=2)
    probe.true("another seed gives another order", one != other, "Draw the order from rng.")
### END HIDDEN TESTS


# %% mistake minibatches "the examples are not shuffled"
# Your batches follow the order of the file. Draw an order of the rows from rng first.
def minibatches(X, D, size, rng):
    return [(X[at : at + size], D[at : at + size]) for at in range(0, len(X), size)]


# %% mistake minibatches "the order is not drawn from rng"
# Your order comes from np.random, so the same seed does not give the same batches. Use the generator
# rng that you are given.
def minibatches(X, D, size, rng):
    order = np.random.permutation(len(X))
    parts = [order[start : start + size] for start in range(0, len(X), size)]
    return [(X[part], D[part]) for part in parts]


# %% mistake minibatches "the last batch is dropped"
# Some examples are missing: the last batch, smaller than the others, is dropped. Start a batch at
# every multiple of size below len(X).
def minibatches(X, D, size, rng):
    order = rng.permutation(len(X))
    rows = [order[k * size : (k + 1) * size] for k in range(len(X) // size)]
    return [(X[row], D[row]) for row in rows]


# %% mistake minibatches "X and D are shuffled differently"
# The examples and their desired responses are no longer in the same order. Draw one order and use it
# for both.
def minibatches(X, D, size, rng):
    X, D = X[rng.permutation(len(X))], D[rng.permutation(len(D))]
    return [(X[at : at + size], D[at : at + size]) for at in range(0, len(X), size)]


# %% mistake minibatches "single rows in place of batches"
# Each of your batches holds one example, without the axis of the batch. Cut `size` row numbers out
# of the order at a time.
def minibatches(X, D, size, rng):
    order = rng.permutation(len(X))
    return [(X[row], D[row]) for row in order]


# %% mistake minibatches "examples are drawn with replacement"
# Some examples come twice and others not at all. An epoch holds each example once: draw a
# permutation.
def minibatches(X, D, size, rng):
    order = rng.integers(len(X), size=len(X))
    rows = [order[at : at + size] for at in range(0, len(X), size)]
    return [(X[row], D[row]) for row in rows]


# %% mistake minibatches "every epoch has the same order"
# Your order is the same for each epoch: it comes from a generator that you make anew, not from rng.
# Draw from rng.
def minibatches(X, D, size, rng):
    order = np.random.default_rng(0).permutation(len(X))
    rows = [order[at : at + size] for at in range(0, len(X), size)]
    return [(X[row], D[row]) for row in rows]


# %% mistake minibatches "X itself is shuffled"
# Your code shuffles X in place: whoever passed it finds it changed, and its rows no longer belong to
# those of D. Draw an order of the row numbers.
def minibatches(X, D, size, rng):
    rng.shuffle(X)
    return [(X[at : at + size], D[at : at + size]) for at in range(0, len(X), size)]


# %% alternative minibatches
def minibatches(X, D, size, rng):
    order = np.arange(len(X))
    rng.shuffle(order)
    while len(order):
        yield X[order[:size]], D[order[:size]]
        order = order[size:]


# %% alternative minibatches
def minibatches(X, D, size, rng):
    order = rng.permutation(len(X))
    pieces = np.split(order, range(size, len(X), size))
    return [(X[piece], D[piece]) for piece in pieces]


# %% [markdown]
# ### E.2 The loop
#
# For each minibatch take the gradients of its mean energy, and step against them:
#
# $$ W^{(l)} \leftarrow W^{(l)} - \eta\, \frac{\partial E}{\partial W^{(l)}}, \qquad
#    b^{(l)} \leftarrow b^{(l)} - \eta\, \frac{\partial E}{\partial b^{(l)}} \tag{35} $$
#
# ### Exercise 1.22: train
#
# Write `train(X, D, layers, eta, size, epochs, rng)`. `epochs` is not a number, but something to
# loop over, such as `range(20)`: write `for _ in epochs`. Each turn is one epoch: draw minibatches
# of `size` examples from `rng`, and for each of them take one step (35) in all layers. Return the
# tuple `(layers, history)`: the trained network, and a list with the energy (27) of *all* examples
# after each epoch. Leave the given list `layers` and its arrays as they are, since later cells start
# from them again.
#
# Use `backward`, `energy` and your `minibatches`, called once in each epoch as
# `minibatches(X, D, size, rng)`. The check relies on that: at times it puts a function of its own in
# the place of `minibatches`, one that cuts the examples in a known order.


# %% given try_train
def try_train(X, D, layers, eta, size, how_many, seed):
    """Return (layers, history) after so many epochs, with a generator of that seed."""
    return train(X, D, layers, eta, size, range(how_many), np.random.default_rng(seed))


def try_train_in_order(X, D, layers, eta, size, how_many):
    """Do the same with batches in a known order: each epoch begins one example later."""
    global minibatches
    yours, orders = minibatches, []

    def in_order(X, D, size, rng):
        orders.append(np.roll(np.arange(len(X)), -len(orders)))
        pieces = np.split(orders[-1], range(size, len(X), size))
        return [(X[piece], D[piece]) for piece in pieces]

    minibatches = in_order
    try:
        return try_train(X, D, layers, eta, size, how_many, seed=0)
    finally:
        minibatches = yours


# %% given accuracy
def accuracy(X, labels, layers):
    """Return the share of examples whose strongest output neuron is the right one."""
    return float(np.mean(forward(X, layers)[-1][1].argmax(axis=1) == labels))


def digits_accuracy(seed, epochs=40):
    """Train a 64-32-10 network on the digits and return its accuracy on the test pictures."""
    rng = np.random.default_rng(seed)
    start = initial_layers((64, 32, 10), rng)
    layers, _ = train(digits.x_train, D_train, start, 4.0, 16, range(epochs), rng)
    return accuracy(digits.x_test, digits.y_test, layers)


# %% hint train [markdown]
# Two loops, one in the other: what is the outer one over, and what the inner one? In which of them
# is the energy recorded?

# %% hint train [markdown]
# For each minibatch: the gradients of all layers, from the present network; then a new list of
# layers, each array less eta times its gradient. After the inner loop append the energy of all the
# examples to the history.

# %% hint train [markdown]
# for _ in epochs: for X_batch, D_batch in minibatches(X, D, size, rng): gradients ←
# backward(X_batch, D_batch, layers); layers ← [(W − eta · dW, b − eta · db) for each pair of a layer
# and its gradient]; then append energy(X, D, layers); at the end return layers, history


# %% solve train
def train(X, D, layers, eta, size, epochs, rng):
    """Return (layers, history): the trained network, and the energy after each epoch.

    X: (examples, inputs), D: (examples, outputs), layers: [(W, b), ...].
    epochs: something to loop over, such as range(20).

    >>> X, start = np.ones((6, 2)), [(np.zeros((1, 2)), np.zeros(1))]
    >>> len(train(X, np.ones((6, 1)), start, 0.5, 2, range(3), np.random.default_rng(0))[1])
    3
    """
    # for each epoch
    #     1. for each minibatch: its gradients, then one step in all layers
    #     2. the energy of all examples goes into the history
    ### BEGIN SOLUTION
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            gradients = backward(X_batch, D_batch, layers)
            layers = [
                (W - eta * dW, b - eta * db)
                for (W, b), (dW, db) in zip(layers, gradients, strict=True)
            ]
        history.append(energy(X, D, layers))
    return layers, history
    ### END SOLUTION


# %% check train points=3
with check("train") as probe:
    X, D = np.array([[1.0, 2.0], [0.0, -1.0], [0.5, 1.0]]), np.array([[1.0], [0.0], [0.5]])
    first = (np.array([[1.0, -0.5], [0.3, 2.0]]), np.array([0.1, -0.2]))
    layers = [first, (np.array([[0.5, -1.5]]), np.array([0.3]))]
    probe.call("one step, all examples in one batch", try_train, X, D, layers, 0.5, 3, 1, seed=0)
    probe.call("three epochs, eta = 2", try_train, X, D, layers, 2.0, 3, 3, seed=0)
    probe.call("eta = 0, two at a time", try_train, X, D, layers, 0.0, 2, 2, seed=0)
    same = np.repeat(X[:1], 4, axis=0), np.repeat(D[:1], 4, axis=0)
    probe.call("four equal examples, one at a time", try_train, *same, layers, 0.5, 1, 1, seed=0)
    X = np.array([[1.0, 2.0], [0.0, -1.0], [0.5, 1.0], [-2.0, 0.5], [1.5, -0.5]])
    D = np.array([[1.0], [0.0], [0.5], [0.9], [0.2]])
    probe.call("five examples, two at a time", try_train_in_order, X, D, layers, 0.5, 2, 3)
    advice = "Compare the energies in the history: do they fall from epoch to epoch?"
    probe.true("accuracy on the test digits is at least 0.95", digits_accuracy(0) >= 0.95, advice)
### BEGIN HIDDEN TESTS
with check.hidden("train") as probe:
    rng = np.random.default_rng(22)
    X, D = rng.normal(size=(1, 3)), rng.uniform(size=(1, 2))
    W, b = rng.normal(size=(2, 3)), rng.normal(size=2)
    layers, right = [(W, b)], []
    for _ in range(5):  # one example and one layer: the delta rule, (13) and (14)
        y = 1 / (1 + np.exp(-(W @ X[0] + b)))
        delta = (D[0] - y) * y * (1 - y)
        W, b = W + 0.7 * np.outer(delta, X[0]), b + 0.7 * delta
        right.append(0.5 * np.sum((D[0] - 1 / (1 + np.exp(-(W @ X[0] + b)))) ** 2))
    expected = ([(W, b)], right)
    probe.call("the delta rule", try_train, X, D, layers, 0.7, 1, 5, seed=0, expected=expected)
    probe.call("no epoch", try_train, X, D, layers, 0.7, 1, 0, seed=0, expected=(layers, []))
    good = digits_accuracy(1) >= 0.95
    probe.true("accuracy on the test digits, another seed", good, "Draw all randomness from rng.")
### END HIDDEN TESTS


# %% mistake train "uphill"
# Your energy grows: the step follows the gradient. Subtract eta times the gradient. See equation
# (35).
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W + eta * dW, b + eta * db) for (W, b), (dW, db) in pairs]
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "eta is not used"
# Your step is the bare gradient. Multiply it by eta. See equation (35).
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W - dW, b - db) for (W, b), (dW, db) in pairs]
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "the energy of the last batch"
# Your history holds the energy of a batch. The energy of all examples is asked for: energy(X, D,
# layers), after the last batch of each epoch.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in pairs]
        history.append(energy(X_batch, D_batch, layers))
    return layers, history


# %% mistake train "one energy for each batch"
# Your history has an entry for every batch. Append the energy once an epoch, after its last batch.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in pairs]
            history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "the network stays as it was"
# Your step changes the names W and b of the loop, and the network never learns of it. Build a new
# list of layers from the new arrays.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            for (W, b), (dW, db) in pairs:
                W = W - eta * dW
                b = b - eta * db
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "only the last layer learns"
# The first layer stays as it was. Take the step (35) in all layers.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            (W, b), (dW, db) = layers[-1], backward(X_batch, D_batch, layers)[-1]
            layers = [*layers[:-1], (W - eta * dW, b - eta * db)]
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "the biases stay"
# Your biases never change. They are parameters too, and their gradients are the second entry of each
# tuple. See equation (35).
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W - eta * dW, b) for (W, b), (dW, db) in pairs]
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "one step for a whole epoch"
# Each epoch takes a single step: for all the examples at once, or for the last batch only. Step
# after every minibatch.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            gradients = backward(X_batch, D_batch, layers)
        pairs = zip(layers, gradients, strict=True)
        layers = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in pairs]
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "the given arrays are changed"
# Your code changes the given list, or its arrays (-= works in place). Make new arrays, W - eta * dW,
# and put them into a new list.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            for (W, b), (dW, db) in zip(layers, backward(X_batch, D_batch, layers), strict=True):
                W -= eta * dW
                b -= eta * db
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "the energy is recorded before the epoch"
# Your history is one epoch late: each energy is taken before the steps of its epoch. Append it after
# them.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        history.append(energy(X, D, layers))
        for X_batch, D_batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in pairs]
    return layers, history


# %% mistake train "the gradient of the whole data in each batch"
# Each of your steps takes the gradient of all the examples. Pass X_batch and D_batch to backward.
def train(X, D, layers, eta, size, epochs, rng):
    history = []
    for _ in epochs:
        for _batch in minibatches(X, D, size, rng):
            pairs = zip(layers, backward(X, D, layers), strict=True)
            layers = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in pairs]
        history.append(energy(X, D, layers))
    return layers, history


# %% mistake train "the batches are drawn only once"
# Every epoch goes through the same batches, drawn before the first one. Draw new ones in each epoch.
def train(X, D, layers, eta, size, epochs, rng):
    history, batches = [], list(minibatches(X, D, size, rng))
    for _ in epochs:
        for X_batch, D_batch in batches:
            pairs = zip(layers, backward(X_batch, D_batch, layers), strict=True)
            layers = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in pairs]
        history.append(energy(X, D, layers))
    return layers, history


# %% alternative train
def train(X, D, layers, eta, size, epochs, rng):
    layers = [(W.copy(), b.copy()) for W, b in layers]
    history = []
    for _ in epochs:
        for X_batch, D_batch in minibatches(X, D, size, rng):
            for (W, b), (dW, db) in zip(layers, backward(X_batch, D_batch, layers), strict=True):
                W -= eta * dW
                b -= eta * db
        history.append(float(energy(X, D, layers)))
    return layers, history


# %% [markdown]
# Now the real thing, with a progress bar. How many of the 360 test pictures, which the network has
# never seen, does it read correctly?


# %%
def train_on_digits(eta, epochs):
    rng = np.random.default_rng(0)
    start = initial_layers((64, 32, 10), rng)
    return train(digits.x_train, D_train, start, eta, 16, epochs, rng)


trained, history = train_on_digits(4.0, progress(range(40), "training"))
print(f"energy after the first epoch {history[0]:.2f}, after the last {history[-1]:.2f}")
print(f"accuracy on the test pictures: {accuracy(digits.x_test, digits.y_test, trained):.2f}")

# %% [markdown]
# The learning rate was given to you. Was it a lucky one? Train again with others.


# %%
def draw_learning_curves():
    rates = (0.05, 0.5, 4.0, 100.0)
    histories = [train_on_digits(eta, range(20))[1] for eta in rates]
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    styles = ((ORANGE, ":"), (GREEN, "--"), (BLUE, "-"), (VERMILLION, "-."))
    for eta, energies, (color, style) in zip(rates, histories, styles, strict=True):
        ax.plot(range(1, 21), energies, style, color=color, label=f"eta = {eta:g}")
    ax.set(xlabel="epoch", ylabel="mean energy of the training set", xticks=range(2, 21, 2))
    ax.legend()
    return figure


plots.show(
    draw_learning_curves(),
    "Energy against epoch for four learning rates. 0.05 stays near 0.45; 0.5 falls to 0.09 in 20 "
    "epochs; 4 falls to 0.09 in 3 epochs and goes on; 100 stays at 0.5.",
)

# %% [markdown]
# *Figure 9. The energy after each epoch for four learning rates. The smallest creeps. The largest
# throws the output neurons into saturation in the first steps: all ten answer 0 to every picture,
# which costs $\frac12$ each time. There, as you found in part B, hardly any gradient is left to
# bring them back.*
#
# Which pictures does it get wrong? Look at them before you blame the network.


# %%
def draw_mistakes(most=12):
    trained, _ = train_on_digits(4.0, range(40))
    answers = forward(digits.x_test, trained)[-1][1].argmax(axis=1)
    wrong = np.flatnonzero(answers != digits.y_test)[:most]
    titles = [f"{digits.y_test[n]}, read {answers[n]}" for n in wrong]
    return plots.images(digits.x_test[wrong], titles=titles, columns=6)


plots.show(
    draw_mistakes(),
    "Test pictures that the network misreads, above each the digit and what was read. Several are "
    "hard for a person too.",
)

# %% [markdown]
# *Figure 10. Test pictures that the network misreads: the digit, and what was read.*
#
# One last question. The weights started at small random numbers. Why not simply at zero? Predict,
# then run.


# %%
def train_from_zero():
    rng = np.random.default_rng(0)
    start = [(np.zeros_like(W), b) for W, b in initial_layers((64, 32, 10), rng)]
    layers, _ = train(digits.x_train, D_train, start, 4.0, 16, range(5), rng)
    hidden = layers[0][0]
    print("all 32 hidden neurons have the same weights:", bool(np.allclose(hidden, hidden[0])))
    print("better than 0.9:", accuracy(digits.x_test, digits.y_test, layers) > 0.9)


train_from_zero()

# %% [markdown]
# Neurons that start equal get equal gradients and stay equal, by (24). Thirty-two of them are then
# worth no more than one. Random weights are there to break the symmetry.
#
# ## Summary
#
# **What you built.** The chain rule on a graph: multiply along a path, add over paths. The delta rule
# for an output neuron, the back-propagation formula for a hidden one, and their matrix form, checked
# against central differences. An engine that records a graph while it computes and then pushes
# gradients back through it. A network in plain NumPy that reads digits.
#
# **Where it breaks.**
# - *Saturation.* Where $\varphi'$ is nearly zero, nothing is learnt, however wrong the answer.
# - *Depth.* Each layer of logistic neurons multiplies $\delta$ by weights and by $\varphi' \le 1/4$.
#   Unless the weights make up for it, little is left after ten layers: the gradient vanishes.
# - *The learning rate.* Too small creeps, too large diverges or saturates, and in steep and flat
#   directions at once no single value suits both.
# - *The landscape.* At best, gradient descent finds a place from which it is uphill all around.
#   Nothing says that it is the lowest.
# - *Memory.* The backward sweep needs the values of the forward sweep, so all of them must be kept.
#
# **What to read.**
# - Linnainmaa (1970), master's thesis, University of Helsinki: reverse-mode differentiation, for
#   rounding errors.
# - Werbos (1974), *Beyond Regression*, PhD thesis, Harvard: gradients through ordered systems.
# - Rumelhart, Hinton and Williams (1986), *Learning representations by back-propagating errors*,
#   Nature: the four pages that made it known.
# - LeCun, Bottou, Orr and Müller (1998), *Efficient BackProp*: inputs, weights and rates in practice.
# - Haykin (2009), *Neural Networks and Learning Machines*, chapter 4: the derivation of part B at
#   length.
# - Baydin, Pearlmutter, Radul and Siskind (2018), *Automatic differentiation in machine learning: a
#   survey*: what part D grows into.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. 1.6, 1.10 and the text of 1.11 are not in it: a person reads them.

# %%
check.summary()
