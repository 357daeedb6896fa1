# %% [markdown]
# # 10. LSTM, GRU and time-delay networks
#
# After this chapter you can say why a plain recurrent network forgets, and you have built what
# helps: the LSTM, gate by gate, forward and backward, with its variants, and the GRU in the two
# forms that are in use. You load your own weights into torch's layers and get the same numbers. You
# stack layers and let them read in both directions. You train on tasks where something has to be
# kept for long, and watch one network fail and another succeed. At the end you meet a network that
# looks along time without any state.
#
# | | |
# |---|---|
# | **Time** | about 330 minutes: C, F and H are the long parts |
# | **Points** | 64, of which 14 are for reasons that a person reads |
# | **Builds on** | the chain rule, as in chapter 1; what is needed of plain recurrent networks stands in A |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. When an answer is wrong, the check says what it tried,
# what it expected and what it got; there `[1][0]` means entry 0 of entry 1 of what you returned.
# Three hints are folded under each task; open them one at a time. Cells that a check relies on are
# locked; functions there whose names begin with `try_` belong to the checks, and you need not read
# them. All other cells are yours to change and to play with. Write with NumPy unless the task names
# torch.
#
# **The parts.** A: why plain networks forget. B: the LSTM, forward. C: the LSTM, backward. D: three
# variants. E: the same numbers as torch. F: the GRU. G: both directions and several layers. H: two
# tasks for a long memory. I: time-delay networks.

# %% given setup
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import Checks, data, explore, plots, training

torch.set_num_threads(1)  # one step is too small to be shared out among cores
check = Checks("10_lstm")
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# %% [markdown]
# ## A. Why plain networks forget
#
# ### A.1 A recapitulation
#
# A sequence is a list of vectors $x_1, x_2, \dots, x_T$, one for each **time step**. A **recurrent
# network** reads them in order and keeps a vector $h_t$, its **state**, in which it notes what it
# has seen so far. The plain recurrent network computes
#
# $$ h_t = \tanh(W x_t + R\, h_{t-1} + b) \tag{1} $$
#
# | sign | name | shape |
# |---|---|---|
# | $x_t$ | input at time $t$ | ($M$,) |
# | $h_t$ | state at time $t$; $h_0$ is given, mostly 0 | ($N$,) |
# | $W$ | input weights | ($N$, $M$) |
# | $R$ | recurrent weights | ($N$, $N$) |
# | $b$ | bias | ($N$,) |
#
# The same $W$, $R$ and $b$ serve at all time steps. To find gradients, think of the network as
# rolled out in time: a deep network with one layer for each step, and the chain rule as ever. This
# is called **back-propagation through time**.
#
# Suppose the loss $L$ depends on the last state. What does it tell the network about a state long
# before? Each step back multiplies by one Jacobian matrix:
#
# $$
# \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2)\, R, \qquad
# \frac{\partial h_T}{\partial h_{T-k}} = \text{a product of } k \text{ such matrices}
# \tag{2}
# $$
#
# A product of many numbers below 1 is nearly 0. It is the same with these matrices: the slopes
# $1 - h_t^2$ are at most 1, and if $R$ makes vectors shorter, the gradient **vanishes**. If $R$
# makes them much longer, it can **explode**. The scale of $R$ would have to be just right, at every
# step, for all inputs. What does "vanishes" mean in numbers? We measure it. The *spectral radius*
# of $R$ is the largest size of its eigenvalues, its factor per step in the long run.


# %%
def gradient_sizes(radius, steps=60, N=32):
    """Return the size of a gradient of length 1 after 0, 1, ..., steps steps back, as in (2)."""
    rng = np.random.default_rng(0)
    R = rng.normal(size=(N, N))
    R *= radius / np.abs(np.linalg.eigvals(R)).max()
    states, h = [], np.zeros(N)
    for _ in range(steps):
        h = np.tanh(0.5 * rng.normal(size=N) + R @ h)
        states.append(h)
    d = rng.normal(size=N)
    sizes = [np.linalg.norm(d)]
    for h in reversed(states):
        d = R.T @ ((1 - h**2) * d)
        sizes.append(np.linalg.norm(d))
    return np.array(sizes) / sizes[0]


def draw_vanishing():
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    styles = ((0.7, BLUE, "-"), (1.0, ORANGE, "--"), (1.3, GREEN, "-."), (3.0, VERMILLION, ":"))
    for radius, color, dash in styles:
        label = f"spectral radius {radius}"
        ax.semilogy(gradient_sizes(radius), dash, color=color, label=label, lw=2)
    ax.set(xlabel="steps back in time", ylabel="size of the gradient", xlim=(0, 60))
    ax.legend(loc="lower left")
    return figure


plots.show(
    draw_vanishing(),
    "Size of the gradient against the steps back in time, on a logarithmic scale, for four spectral "
    "radii. In 60 steps it falls by more than fifteen powers of ten for 0.7, by eight for 1.0 and "
    "by four for 1.3. For 3.0 it grows by more than six.",
)

# %% [markdown]
# *Figure 1. How much of a gradient is left after $k$ steps back through a plain network with 32
# units and random weights. A straight line on this scale means: multiplied by the same factor at
# every step.*
#
# With a spectral radius of 1 a gradient of $10^{-8}$ is left after 60 steps. It drowns in those that
# come from the recent steps, and training never learns that the early input mattered.
#
# ### A.2 The idea
#
# The trouble in (1) is that the whole state is **rewritten at every step**. Suppose a number shall
# be kept. Then the network must compute the same number anew, sixty times, through weights and a
# tanh.
#
# A computer does not keep numbers that way. It has memory cells. They keep what they hold until
# somebody writes. So give the network a second state, the **cell** $c_t$, which by itself stays as
# it is, and to which the network *adds*:
#
# $$ c_t = c_{t-1} + \text{(what is to be written now)} \tag{3} $$
#
# Along (3), $\partial c_t / \partial c_{t-1} = 1$. The gradient goes back a hundred steps and is
# still what it was. Hochreiter and Schmidhuber (1997) built a network around this line and called
# it **long short-term memory**, LSTM. What is left to decide is when to write, when to erase and
# when to read. The network decides by itself, with gates.
#
# ## B. The LSTM, forward
#
# ### B.1 Four small networks
#
# A **gate** is a vector of numbers between 0 (closed) and 1 (open), by which another vector is
# multiplied, entry by entry. It is computed from the input and the last output by weights of its
# own, with the logistic function $\sigma(a) = 1 / (1 + e^{-a})$ at the end, whose values lie
# between 0 and 1. An LSTM layer of $N$ cells computes at each step
#
# $$
# \begin{aligned}
# z_t &= \tanh(W^z x_t + R^z h_{t-1} + b^z) && \text{block input: what could be written} &
# \text{(4)} \\
# i_t &= \sigma(W^i x_t + R^i h_{t-1} + b^i) && \text{input gate: how much of it is written} &
# \text{(5)} \\
# f_t &= \sigma(W^f x_t + R^f h_{t-1} + b^f) && \text{forget gate: how much is kept} &
# \text{(6)} \\
# o_t &= \sigma(W^o x_t + R^o h_{t-1} + b^o) && \text{output gate: how much is shown} &
# \text{(7)}
# \end{aligned}
# $$
#
# Mind the name: a forget gate of 1 *keeps* everything. (And mind the letters: some notes print $f_t$
# at the left of (7) as well, by a slip. Two different gates need two names.) All four have the same form, each with its
# own $W$ of shape $(N, M)$, $R$ of shape $(N, N)$ and $b$ of shape $(N,)$. From them follow the new
# cell state and the new output, where $\odot$ is the product entry by entry:
#
# $$ c_t = f_t \odot c_{t-1} + i_t \odot z_t \tag{8} $$
# $$ h_t = o_t \odot \tanh(c_t) \tag{9} $$
#
# The next cell draws this. Follow the thick line: it is the way of the cell state through time.


# %%
BOXES = {"f": 2.0, "i": 3.6, "z": 4.9, "o": 6.6}  # where they stand
NODES = {(2, 4.2): r"$\odot$", (4.25, 4.2): "$+$", (4.25, 2.9): r"$\odot$", (7.6, 2.9): r"$\odot$"}
THICK = [((0.9, 4.2), (1.7, 4.2)), ((2.3, 4.2), (3.95, 4.2)), ((4.55, 4.2), (9.2, 4.2))]
THIN = [
    *(((x, 0.6), (x, 1.22)) for x in BOXES.values()),
    ((2, 1.98), (2, 3.9)), ((3.6, 1.98), (4.05, 2.65)), ((4.9, 1.98), (4.45, 2.65)),
    ((4.25, 3.2), (4.25, 3.9)), ((7.6, 4.2), (7.6, 3.2)), ((6.6, 1.98), (7.38, 2.65)),
    ((7.9, 2.9), (9.2, 2.9)),
]  # fmt: skip
WORDS = {
    (0.3, 4.2): "$c_{t-1}$", (9.3, 4.2): "$c_t$", (9.3, 2.9): "$h_t$", (7.7, 3.55): r"$\tanh$",
    (-0.1, 0.6): r"$x_t,\ h_{t-1}$",
}  # fmt: skip


# %%
def draw_cell():
    figure, ax = plt.subplots(figsize=(8, 3.9), layout="constrained")
    ax.set(xlim=(-0.3, 10), ylim=(0, 5))
    ax.axis("off")
    ax.plot([0.9, 6.6], [0.6, 0.6], color="black", lw=1.2)
    for ways, color, width in ((THIN, "black", 1.2), (THICK, BLUE, 3.5)):
        arrow = {"arrowstyle": "-|>", "color": color, "lw": width, "shrinkA": 0, "shrinkB": 0}
        for begin, end in ways:
            ax.annotate("", end, begin, arrowprops=arrow)
    for name, x in BOXES.items():
        color, sign = (GREEN, r"\tanh") if name == "z" else (VERMILLION, r"\sigma")
        box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": color, "lw": 2}
        ax.text(x, 1.6, f"${sign}$: ${name}_t$", ha="center", va="center", bbox=box)
    for (x, y), sign in NODES.items():
        circle = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "black"}
        ax.text(x, y, sign, ha="center", va="center", bbox=circle, zorder=3)
    for (x, y), text in WORDS.items():
        ax.text(x, y, text, va="center")
    return figure


# %%
plots.show(
    draw_cell(),
    "Diagram of an LSTM cell. The old cell state comes in at the upper left, is multiplied by the "
    "forget gate, is added to the product of input gate and block input, and leaves at the upper "
    "right as the new cell state. A branch goes through tanh, is multiplied by the output gate and "
    "leaves as the output. All gates and the block input are computed from the input and the last "
    "output.",
)

# %% [markdown]
# *Figure 2. One step of an LSTM. On the thick line from $c_{t-1}$ to $c_t$ there is one product
# entry by entry and one sum: no weights and no tanh.*
#
# **Worked example.** One cell, one input ($N = M = 1$). Its last output and cell are $h = 0$ and
# $c = 2$, the input is $x = 1$, and all weights are 0 but $W^z = 1$. The biases are $b^f = 3$ and 0
# else. Then
#
# | | |
# |---|---|
# | block input | $z = \tanh 1 = 0.762$ |
# | gates | $i = \sigma(0) = 0.5, \quad f = \sigma(3) = 0.953, \quad o = \sigma(0) = 0.5$ |
# | cell | $c = 0.953 \cdot 2 + 0.5 \cdot 0.762 = 2.286$ |
# | output | $h = 0.5 \cdot \tanh 2.286 = 0.490$ |
#
# **How arrays are laid out.** From here on a whole batch is computed at once: `x` has shape (batch,
# M), `h` and `c` have shape (batch, N), and each row is an example. The parameters are a dictionary
# `p` of arrays with the keys `"Wz"`, `"Rz"`, `"bz"`, and the same with `i`, `f` and `o`. The shapes
# are (N, M), (N, N) and (N,). With examples in rows, $W x$ for all of them is `x @ W.T`.


# %% given random_parameters
def sigmoid(a):
    """Return the logistic function of a, for any size of a."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(a)))


def random_parameters(M, N, seed=0, gates="zifo", only="ziforn", parts="WRb"):
    """Return random parameters; those of gates not in `only`, or of parts not in `parts`, are 0."""
    rng = np.random.default_rng(seed)
    shapes = {"W": (N, M), "R": (N, N), "b": (N,)}
    p = {part + gate: rng.normal(size=shapes[part]) for gate in gates for part in "WRb"}
    return {key: p[key] * (key[0] in parts and key[1] in only) + 0.0 for key in p}


# %% [markdown]
# ### Exercise 10.1: the four gates
#
# Write `lstm_gates(x, h, p)`: equations (4) to (7), where `h` is the last output $h_{t-1}$. Return
# the tuple `(z, i, f, o)` of arrays of shape (batch, N). Use the locked `sigmoid`.

# %% hint lstm_gates [markdown]
# What differs between the four equations, besides the letter? In how many lines can you write them?

# %% hint lstm_gates [markdown]
# For each letter add three terms: the input times the transposed W, the last output times the
# transposed R, and b. Then tanh for z, and sigmoid for the others.

# %% hint lstm_gates [markdown]
# a(g) = x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]; return tanh(a("z")), sigmoid(a("i")), …


# %% solve lstm_gates
def lstm_gates(x, h, p):
    """Return (z, i, f, o) of equations (4) to (7), each of shape (batch, N).

    >>> p = random_parameters(1, 1, only="")  # all parameters are 0
    >>> [float(g[0, 0]) for g in lstm_gates(np.ones((1, 1)), np.ones((1, 1)), p)]
    [0.0, 0.5, 0.5, 0.5]
    """

    ### BEGIN SOLUTION
    def field(g):
        return x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]

    return np.tanh(field("z")), sigmoid(field("i")), sigmoid(field("f")), sigmoid(field("o"))
    ### END SOLUTION


# %% check lstm_gates points=2
with check("lstm_gates") as probe:
    rng = np.random.default_rng(101)
    x, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    for parts, what in (("b", "biases"), ("W", "input weights"), ("R", "recurrent weights")):
        p = random_parameters(3, 4, parts=parts)
        probe.call(f"only the {what} are not 0", lstm_gates, x, h, p)
    for gate, name in zip("zifo", ("block input", "input gate", "forget gate", "output gate"), strict=True):
        p = random_parameters(3, 4, only=gate)
        probe.call(f"only the parameters of the {name} are not 0", lstm_gates, x, h, p)
    probe.call("all parameters", lstm_gates, x, h, random_parameters(3, 4), same_dtype=True)
    probe.call("a batch of one", lstm_gates, x[:1], h[:1], random_parameters(3, 4))
### BEGIN HIDDEN TESTS
with check.hidden("lstm_gates") as probe:
    rng = np.random.default_rng(1010)
    for batch, M, N in ((1, 1, 1), (5, 2, 3), (3, 4, 2)):
        x, h = 3 * rng.normal(size=(batch, M)), rng.normal(size=(batch, N))
        p = random_parameters(M, N, seed=batch)
        t = {key: torch.tensor(value) for key, value in p.items()}
        fields = [
            torch.nn.functional.linear(torch.tensor(x), t["W" + g], t["b" + g])
            + torch.nn.functional.linear(torch.tensor(h), t["R" + g])
            for g in "zifo"
        ]
        right = tuple(a.numpy() for a in (fields[0].tanh(), *(a.sigmoid() for a in fields[1:])))
        probe.call(f"batch {batch}, M = {M}, N = {N}", lstm_gates, x, h, p, expected=right)
### END HIDDEN TESTS


# %% mistake lstm_gates "the block input has a logistic function"
# Your z lies between 0 and 1. What is written may be negative: (4) has a tanh. Only the gates have
# the logistic function.
def lstm_gates(x, h, p):
    return tuple(sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "zifo")


# %% mistake lstm_gates "the gates have a tanh"
# Your gates can be negative. A gate lies between 0 and 1: sigmoid in (5) to (7).
def lstm_gates(x, h, p):
    return tuple(np.tanh(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "zifo")


# %% mistake lstm_gates "the last output is not used"
# Your gates do not look at h. Each has recurrent weights R beside its input weights W.
def lstm_gates(x, h, p):
    z, i, f, o = (x @ p["W" + g].T + h @ (0 * p["R" + g]) + p["b" + g] for g in "zifo")
    return np.tanh(z), sigmoid(i), sigmoid(f), sigmoid(o)


# %% mistake lstm_gates "the recurrent weights are not transposed"
# You multiply by R where its transpose is due. Examples stand in rows: h @ R.T, as x @ W.T. Here no
# shape warns you, because R is square.
def lstm_gates(x, h, p):
    z, i, f, o = (x @ p["W" + g].T + h @ p["R" + g] + p["b" + g] for g in "zifo")
    return np.tanh(z), sigmoid(i), sigmoid(f), sigmoid(o)


# %% mistake lstm_gates "the biases are missing"
# Your gates lack their biases. With all weights 0, a gate is sigmoid(b).
def lstm_gates(x, h, p):
    z, i, f, o = (x @ p["W" + g].T + h @ p["R" + g].T for g in "zifo")
    return np.tanh(z), sigmoid(i), sigmoid(f), sigmoid(o)


# %% mistake lstm_gates "another order"
# Your four arrays are right, but in another order. The task asks for (z, i, f, o).
def lstm_gates(x, h, p):
    z, i, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo")
    return sigmoid(i), sigmoid(f), np.tanh(z), sigmoid(o)


# %% mistake lstm_gates "input gate and forget gate are exchanged"
# Your i has the parameters of the forget gate, and your f those of the input gate.
def lstm_gates(x, h, p):
    z, i, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfio")
    return np.tanh(z), sigmoid(i), sigmoid(f), sigmoid(o)


# %% alternative lstm_gates
def lstm_gates(x, h, p):
    W, R, b = (np.concatenate([p[part + g] for g in "zifo"]) for part in "WRb")
    z, i, f, o = np.split(x @ W.T + h @ R.T + b, 4, axis=1)
    return [np.tanh(z), *(1 / (1 + np.exp(-a)) for a in (i, f, o))]


# %% alternative lstm_gates
def lstm_gates(x, h, p):
    gates = []
    for g in "zifo":
        rows = [p["W" + g] @ row + p["R" + g] @ old + p["b" + g] for row, old in zip(x, h, strict=True)]
        a = np.array(rows).reshape(len(x), len(p["b" + g]))
        gates.append(np.tanh(a) if g == "z" else sigmoid(a))
    return tuple(gates)


# %% [markdown]
# ### Exercise 10.2: one step
#
# Write `lstm_step(x, h, c, p)`: equations (8) and (9). The arguments `h` and `c` are $h_{t-1}$ and
# $c_{t-1}$. Return the tuple `(h_new, c_new)` of arrays of shape (batch, N).

# %% hint lstm_step [markdown]
# Which of the two results needs the other one?

# %% hint lstm_step [markdown]
# Ask lstm_gates for the four arrays. The new cell is the old one times f, and z times i. The output
# is made from the *new* cell.

# %% hint lstm_step [markdown]
# c_new ← f · c + i · z; h_new ← o · tanh(c_new)


# %% solve lstm_step
def lstm_step(x, h, c, p):
    """Return (h_new, c_new), the output and the cell after one step.

    >>> p = random_parameters(1, 1, only="")  # all gates are 1/2, nothing is written
    >>> float(lstm_step(np.ones((1, 1)), np.zeros((1, 1)), np.full((1, 1), 2.0), p)[1][0, 0])
    1.0
    """
    ### BEGIN SOLUTION
    z, i, f, o = lstm_gates(x, h, p)
    c_new = f * c + i * z
    return o * np.tanh(c_new), c_new
    ### END SOLUTION


# %% check lstm_step points=2
with check("lstm_step") as probe:
    example = {key: 0 * value for key, value in random_parameters(1, 1).items()}
    example["Wz"], example["bf"] = np.array([[1.0]]), np.array([3.0])
    one = np.ones((1, 1))
    probe.call("the worked example", lstm_step, one, 0 * one, 2 * one, example)
    rng = np.random.default_rng(102)
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    for gate in "zifo":
        p = random_parameters(3, 4, only=gate)
        probe.call(f"only the parameters of {gate} are not 0", lstm_step, x, h, c, p)
    probe.call("all parameters", lstm_step, x, h, c, random_parameters(3, 4))
    probe.call("an empty cell, c = 0", lstm_step, x, h, 0 * c, random_parameters(3, 4))
### BEGIN HIDDEN TESTS
with check.hidden("lstm_step") as probe:
    rng = np.random.default_rng(1020)
    for batch, M, N in ((1, 1, 1), (5, 2, 3), (3, 4, 2)):
        x, h, c = (2 * rng.normal(size=(batch, n)) for n in (M, N, N))
        p = random_parameters(M, N, seed=batch)
        cell = torch.nn.LSTMCell(M, N).double()
        W, R, b = (torch.tensor(np.concatenate([p[part + g] for g in "ifzo"])) for part in "WRb")
        cell.load_state_dict({"weight_ih": W, "weight_hh": R, "bias_ih": b, "bias_hh": 0 * b})
        right = cell(torch.tensor(x), (torch.tensor(h), torch.tensor(c)))
        right = tuple(part.detach().numpy() for part in right)
        probe.call(f"batch {batch}, M = {M}, N = {N}", lstm_step, x, h, c, p, expected=right)
### END HIDDEN TESTS


# %% mistake lstm_step "the output is not squashed"
# Your h is o times the cell itself. (9) has a tanh around the cell, which may be large.
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = f * c + i * z
    return o * c_new, c_new


# %% mistake lstm_step "the output shows the old cell"
# Your h is made from the old cell: it comes one step late. (9) has the new cell.
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    return o * np.tanh(c), f * c + i * z


# %% mistake lstm_step "the input gate is missing"
# You write z in full. (8) multiplies it by the input gate.
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = f * c + z
    return o * np.tanh(c_new), c_new


# %% mistake lstm_step "the forget gate is missing"
# Your cell keeps all that it held. (8) multiplies the old cell by the forget gate.
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = c + i * z
    return o * np.tanh(c_new), c_new


# %% mistake lstm_step "a forget gate that forgets"
# You keep the share 1 - f. In spite of its name, a forget gate of 1 keeps everything.
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = (1 - f) * c + i * z
    return o * np.tanh(c_new), c_new


# %% mistake lstm_step "input gate and forget gate are exchanged"
# You multiply the old cell by i and the block input by f. It is the other way round in (8).
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = i * c + f * z
    return o * np.tanh(c_new), c_new


# %% mistake lstm_step "cell and output are exchanged"
# Your two results are right, but in the other order. Return (h_new, c_new).
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = f * c + i * z
    return c_new, o * np.tanh(c_new)


# %% alternative lstm_step
def lstm_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c = np.add(np.multiply(f, c), np.multiply(i, z))
    return [np.tanh(c) * o, c]


# %% [markdown]
# ### B.2 Drive a cell by hand
#
# In a trained network the gates are opened and closed by weights. Before that, do it yourself. A
# single cell is empty at first, and is offered a value $z_t$ at each of 40 steps: small random values,
# and at step 8 the one that matters, $z_8 = 0.9$. You have the three gates. At the last step the output $h_{40}$
# shall be as close as possible to what went in at step 8, and at the steps before nothing of it
# shall be seen.
#
# Try it first with gates that stay the same all the time: can you keep $0.9$ and keep out the rest?
# Then let the gates move: one box opens the input gate at step 8 only, the other one opens the
# output gate at the last step only. Which values of the three gates do it now?


# %%
def drive(input_gate, forget_gate, output_gate, write_only_at_8, read_only_at_the_end):
    """Return (z, i, c, h) over 40 steps from an empty cell, from (8) and (9)."""
    z = 0.5 * np.random.default_rng(3).uniform(-1, 1, 41)
    z[8] = 0.9
    time = np.arange(41)
    i = np.where(write_only_at_8 & (time != 8), 0.0, input_gate)
    o = np.where(read_only_at_the_end & (time != 40), 0.0, output_gate)
    c = np.zeros(41)
    for t in range(1, 41):
        c[t] = forget_gate * c[t - 1] + i[t] * z[t]
    return z, i, c, o * np.tanh(c)


# %%
def draw_drive(
    figure, input_gate=0.5, forget_gate=0.9, output_gate=0.5,
    write_only_at_8=False, read_only_at_the_end=False,
):  # fmt: skip
    gates = input_gate, forget_gate, output_gate
    z, i, c, h = drive(*gates, write_only_at_8, read_only_at_the_end)
    figure.set_layout_engine("none")  # fixed margins are drawn faster
    place = {"left": 0.1, "right": 0.98, "bottom": 0.11, "top": 0.97, "hspace": 0.18}
    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw=place)
    above.bar(np.arange(1, 41), z[1:], color="0.75", label="offered, z")
    above.bar(np.arange(1, 41), (i * z)[1:], color=GREEN, width=0.45, label="written, i z")
    above.set(ylabel="block input", ylim=(-0.7, 1.05))
    below.plot(c, "o-", color=BLUE, ms=3, label="cell c")
    below.plot(h, "s--", color=VERMILLION, ms=3, label="output h")
    reach = max(1.05, 1.1 * np.abs(c).max())
    below.set(xlabel="time step", ylabel="state", xlim=(-0.6, 40.6), ylim=(-reach, reach))
    for ax in (above, below):
        ax.axvline(8, color="0.5", lw=1, ls=":")
        ax.legend(loc="upper right", ncols=2, fontsize=9)
    share = input_gate * 0.9 * forget_gate**32
    return f"At step 40: c = {c[40]:.3f}, of which {share:.3f} is from step 8; h = {h[40]:.3f}."


# %%
explore.live(
    draw_drive,
    title="One LSTM cell, driven by hand",
    description="Above: the values offered at 40 steps, and what is written of them. Below: the cell "
    "and the output. With a forget gate below 1 the cell forgets step 8 and follows the latest "
    "values.",
    figure_size=(8.0, 4.4),
    input_gate=(0.0, 1.0, 0.05),
    forget_gate=(0.0, 1.0, 0.01),
    output_gate=(0.0, 1.0, 0.05),
    write_only_at_8=False,
    read_only_at_the_end=False,
)

# %% [markdown]
# *Figure 3. One cell and its three gates. Grey: what is offered; green: what is written. Below, the
# cell (blue) and the output (red). The dotted line marks step 8.*
#
# <details>
# <summary>What can be seen here</summary>
#
# With gates that do not move it cannot be done. A forget gate of 0.9 keeps $0.9^{32} = 3\,\%$ of
# step 8, and a forget gate of 1 keeps everything else too. With input gate 1 at step 8 only,
# forget gate 1 and output gate 1 at the end only, the cell holds 0.9 exactly, and the output is
# $\tanh 0.9 = 0.716$. So it is not the cell alone that makes the memory. It is the cell and gates
# that **depend on the input**.
#
# </details>
#
# How far from 1 may a forget gate be? Without input a cell keeps the share $f^k$ after $k$ steps.
# If all weights of the forget gate are 0 then $f = \sigma(b^f)$, so its bias decides.
#
# ### Exercise 10.3: how long does a cell keep?
#
# The weights of the forget gate are 0, and the input gate is closed. Work out, to two decimals or
# more (a pocket calculator, or Python as one, is fine):
#
# - `kept_0`: the share of the cell that is left after 5 steps with $b^f = 0$
# - `kept_1`: the same with $b^f = 1$
# - `below_half`: with $b^f = 2$, after how many steps is *less than half* left for the first time?
# - `bias_100`: the bias with which exactly half is left after 100 steps

# %% hint keeping [markdown]
# What is $\sigma(0)$? What does one step do to the cell when nothing is written?

# %% hint keeping [markdown]
# $f = 1 / (1 + e^{-b})$, and after $k$ steps $f^k$ is left. For the last one, first find the $f$
# with $f^{100} = \frac12$. Then turn the logistic function around: $b = \log \frac{f}{1 - f}$.

# %% hint keeping [markdown]
# kept ← (1 / (1 + exp(−b)))⁵; below_half: try k = 1, 2, …; f ← 0.5^(1/100), then bias ← log(f) −
# log(1 − f), with the natural logarithm

# %% solve keeping
# Set kept_0, kept_1, below_half and bias_100.
### BEGIN SOLUTION
kept_0 = 0.5**5
kept_1 = float(sigmoid(1.0)) ** 5
below_half = 6
f = 0.5 ** (1 / 100)
bias_100 = np.log(f / (1 - f))
### END SOLUTION

# %% check keeping points=2
with check("keeping") as probe:
    probe.number("bias 0, after 5 steps", kept_0, decimals=2)
    probe.number("bias 1, after 5 steps", kept_1, decimals=2)
    probe.number("bias 2, the first step with less than half", below_half, decimals=0)
    probe.number("half is left after 100 steps", bias_100, decimals=2)

# %% mistake keeping "the bias itself in place of the gate"
# The forget gate is not its bias. It is the logistic function of it: 0.5 for a bias of 0.
kept_0, kept_1, below_half, bias_100 = 0.0, 1.0, 6, 4.968

# %% mistake keeping "one step only"
# Your share is that after one step. Each of the five steps multiplies by f: the fifth power.
kept_0, kept_1, below_half, bias_100 = 0.5, 0.731, 1, 4.968

# %% mistake keeping "per cent"
# Your share is in per cent. A share of 1 is the whole cell: divide by 100.
kept_0, kept_1, below_half, bias_100 = 3.125, 20.865, 6, 4.968

# %% mistake keeping "the steps are added"
# Five steps multiply by f five times: it is a power of f, not five times f.
kept_0, kept_1, below_half, bias_100 = 2.5, 3.655, 1, 4.968

# %% mistake keeping "the last step with more than half"
# After your `below_half` steps more than half is still left. The question is for the first step
# after which it is less.
kept_0, kept_1, below_half, bias_100 = 0.03125, 0.20865, 5, 4.968

# %% mistake keeping "the gate in place of its bias"
# Your `bias_100` is the forget gate, 0.993. The bias is what the logistic function turns into it.
kept_0, kept_1, below_half, bias_100 = 0.03125, 0.20865, 6, 0.99309

# %% mistake keeping "the logarithm to base 10"
# Your `bias_100` uses the logarithm to base 10. The logistic function has e in it: np.log.
kept_0, kept_1, below_half, bias_100 = 0.03125, 0.20865, 6, 2.158

# %% mistake keeping "the sign of the bias"
# Your `bias_100` has the wrong sign. A positive bias opens a gate.
kept_0, kept_1, below_half, bias_100 = 0.03125, 0.20865, 6, -4.968

# %% mistake keeping "the share with a bias of 0"
# Your `kept_1` is that with a bias of 0. With 1 the gate is 1 / (1 + exp(-1)).
kept_0, kept_1, below_half, bias_100 = 0.03125, 0.03125, 6, 4.968

# %% mistake keeping "the step with a bias of 0"
# Your `below_half` belongs to a gate of one half. With a bias of 2 it is 1 / (1 + exp(-2)).
kept_0, kept_1, below_half, bias_100 = 0.03125, 0.20865, 2, 4.968

# %% alternative keeping
kept_0, kept_1, below_half, bias_100 = 0.03, 0.21, 6, 4.97

# %% alternative keeping
kept_0, kept_1, below_half, bias_100 = 0.031, 0.209, 6.0, 4.97

# %% [markdown]
# Remember these numbers. Random small weights and a bias of 0 make a forget gate near one half, and
# a fresh LSTM then forgets within five steps. Part E sets the bias.
#
# ### Exercise 10.4: a whole sequence
#
# Write `lstm_forward(X, h0, c0, p)`. `X` has shape (T, batch, M): time comes first, as in torch.
# `h0` and `c0`, of shape (batch, N), are the states before the first step. Return the tuple `(H,
# C)` of arrays of shape (T, batch, N): the outputs and the cells after each step, without `h0` and
# `c0`. There is at least one step.

# %% hint lstm_forward [markdown]
# What does the second step need from the first one?

# %% hint lstm_forward [markdown]
# Go through the steps in a loop. Each one takes the h and c that the last one returned. Collect
# both in lists, and make arrays of them at the end.

# %% hint lstm_forward [markdown]
# h, c ← h0, c0; for each x in X: h, c ← lstm_step(x, h, c, p), and append both; np.stack at the end


# %% solve lstm_forward
def lstm_forward(X, h0, c0, p):
    """Return (H, C), the outputs and the cells after each step, both (T, batch, N).

    >>> zeros = np.zeros((5, 3))
    >>> lstm_forward(np.ones((7, 5, 2)), zeros, zeros, random_parameters(2, 3))[0].shape
    (7, 5, 3)
    """
    ### BEGIN SOLUTION
    h, c, H, C = h0, c0, [], []
    for x in X:
        h, c = lstm_step(x, h, c, p)
        H.append(h)
        C.append(c)
    return np.stack(H), np.stack(C)
    ### END SOLUTION


# %% check lstm_forward points=2
with check("lstm_forward") as probe:
    rng = np.random.default_rng(104)
    X, h0, c0 = rng.normal(size=(4, 3, 2)), rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    p = random_parameters(2, 5)
    probe.call("one step", lstm_forward, X[:1], h0, c0, p)
    probe.call("two steps, no recurrent weights", lstm_forward, X[:2], h0, c0, {
        key: value * (key[0] != "R") + 0.0 for key, value in p.items()
    })  # fmt: skip
    probe.call("four steps", lstm_forward, X, h0, c0, p, same_dtype=True)
    probe.call("four steps from states of 0", lstm_forward, X, 0 * h0, 0 * c0, p)
### BEGIN HIDDEN TESTS
with check.hidden("lstm_forward") as probe:
    rng = np.random.default_rng(1040)
    for T, batch, M, N in ((1, 1, 1, 1), (6, 3, 2, 4), (30, 2, 3, 2)):
        X, h, c = (rng.normal(size=size) for size in ((T, batch, M), (batch, N), (batch, N)))
        p = random_parameters(M, N, seed=T)
        cell = torch.nn.LSTMCell(M, N).double()
        W, R, b = (torch.tensor(np.concatenate([p[part + g] for g in "ifzo"])) for part in "WRb")
        cell.load_state_dict({"weight_ih": W, "weight_hh": R, "bias_ih": 0 * b, "bias_hh": b})
        state, states = (torch.tensor(h), torch.tensor(c)), []
        for x in torch.tensor(X):
            state = cell(x, state)
            states.append(state)
        right = tuple(torch.stack(part).detach().numpy() for part in zip(*states, strict=True))
        label = f"T = {T}, batch {batch}, M = {M}, N = {N}"
        probe.call(label, lstm_forward, X, h, c, p, expected=right)
### END HIDDEN TESTS


# %% mistake lstm_forward "the given states are not used"
# You begin with states of 0. The first step takes h0 and c0.
def lstm_forward(X, h0, c0, p):
    h, c, H, C = 0 * h0, 0 * c0, [], []
    for x in X:
        h, c = lstm_step(x, h, c, p)
        H.append(h)
        C.append(c)
    return np.stack(H), np.stack(C)


# %% mistake lstm_forward "the state is not carried on"
# Each of your steps begins at h0 and c0 again: the network remembers nothing. Hand on the h and c
# of the step before.
def lstm_forward(X, h0, c0, p):
    steps = [lstm_step(x, h0, c0, p) for x in X]
    return np.stack([h for h, c in steps]), np.stack([c for h, c in steps])


# %% mistake lstm_forward "only the cell is carried on"
# Your gates look at h0 at every step. They look at the output of the step before.
def lstm_forward(X, h0, c0, p):
    c, H, C = c0, [], []
    for x in X:
        h, c = lstm_step(x, h0, c, p)
        H.append(h)
        C.append(c)
    return np.stack(H), np.stack(C)


# %% mistake lstm_forward "only the output is carried on"
# Your cell begins at c0 again at every step. Hand on c as well as h.
def lstm_forward(X, h0, c0, p):
    h, H, C = h0, [], []
    for x in X:
        h, c = lstm_step(x, h, c0, p)
        H.append(h)
        C.append(c)
    return np.stack(H), np.stack(C)


# %% mistake lstm_forward "the states before the first step are returned too"
# Your arrays are one step too long: they begin with h0 and c0. Return the states after the steps.
def lstm_forward(X, h0, c0, p):
    H, C = [h0], [c0]
    for x in X:
        h, c = lstm_step(x, H[-1], C[-1], p)
        H.append(h)
        C.append(c)
    return np.stack(H), np.stack(C)


# %% mistake lstm_forward "only the last states are returned"
# You return the states after the last step. All T of them are asked for.
def lstm_forward(X, h0, c0, p):
    h, c = h0, c0
    for x in X:
        h, c = lstm_step(x, h, c, p)
    return h, c


# %% alternative lstm_forward
def lstm_forward(X, h0, c0, p):
    H = np.zeros((len(X), *h0.shape))
    C = np.zeros((len(X), *h0.shape))
    for t in range(len(X)):
        before = (H[t - 1], C[t - 1]) if t else (h0, c0)
        H[t], C[t] = lstm_step(X[t], *before, p)
    return H, C


# %% alternative lstm_forward
def lstm_forward(X, h0, c0, p):
    fields = {g: X @ p["W" + g].T + p["b" + g] for g in "zifo"}  # for all steps at once
    h, c, H, C = h0, c0, [], []
    for t in range(len(X)):
        a = {g: fields[g][t] + h @ p["R" + g].T for g in "zifo"}
        c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["z"])
        h = sigmoid(a["o"]) * np.tanh(c)
        H.append(h)
        C.append(c)
    return np.array(H), np.array(C)


# %% [markdown]
# ## C. The LSTM, backward
#
# ### C.1 One step back
#
# At the end of the sequence stands a loss $L$. For any array $a$, write $da$ for the gradient
# $\partial L / \partial a$, of the shape of $a$. Going back through step $t$, two gradients arrive
# from the later steps: $dh_t$ and $dc_t$. We want four things: $dx_t$, $dh_{t-1}$, $dc_{t-1}$, and
# the gradients of the parameters. Read the equations (4) to (9) from the last to the first.
#
# **(9)** From $h_t = o_t \odot \tanh(c_t)$:
#
# $$
# do_t = dh_t \odot \tanh(c_t), \qquad
# \overline{dc}_t = dc_t + dh_t \odot o_t \odot (1 - \tanh^2 c_t)
# \tag{10}
# $$
#
# The cell $c_t$ is used twice, by $h_t$ and by the next step; so its gradient $\overline{dc}_t$ is
# a sum of two.
#
# **(8)** From $c_t = f_t \odot c_{t-1} + i_t \odot z_t$, four products entry by entry:
#
# $$
# dz_t = \overline{dc}_t \odot i_t, \quad di_t = \overline{dc}_t \odot z_t, \quad
# df_t = \overline{dc}_t \odot c_{t-1}, \quad dc_{t-1} = \overline{dc}_t \odot f_t
# \tag{11}
# $$
#
# **(4)–(7)** Write $a^g$ for the sum inside of the tanh or the $\sigma$ of gate $g$. The slopes are
# $\tanh' = 1 - \tanh^2$ and $\sigma' = \sigma (1 - \sigma)$:
#
# $$
# da^z = dz \odot (1 - z^2), \qquad da^g = dg \odot g \odot (1 - g) \quad
# \text{for } g = i, f, o
# \tag{12}
# $$
#
# Each $a^g = W^g x_t + R^g h_{t-1} + b^g$ is a linear layer. For one example
#
# $$
# dW^g = da^g\, x_t^\top, \quad dR^g = da^g\, h_{t-1}^\top, \quad db^g = da^g, \quad
# dx_t = \sum_g {W^g}^\top da^g, \quad dh_{t-1} = \sum_g {R^g}^\top da^g
# \tag{13}
# $$
#
# and the gradients of parameters add up over the batch. With examples in rows, this is `dW = da.T @
# x`, `db = da.sum(axis=0)` and `dx += da @ W`. No mean is taken: whoever wants one has it in $L$.
#
# ### Exercise 10.5: one step, backward
#
# Write `lstm_step_backward(dh, dc, x, h, c, p)`. The first two arguments are the gradients $dh_t$
# and $dc_t$ that arrive, (batch, N). The others are those of the forward step, so `h` and `c` are
# the *old* states. Return the tuple `(dx, dh_old, dc_old, dp)`; `dp` is a dictionary with the keys
# and shapes of `p`. Compute the gates again with `lstm_gates`.

# %% hint lstm_step_backward [markdown]
# Which arrays of the forward step do (10) to (13) ask for? Compute them all first.

# %% hint lstm_step_backward [markdown]
# In this order: the new cell; the whole gradient of the cell, from both sources; the gradients of
# o, z, i, f and the old cell; times the slopes; then one and the same block of lines for each of
# the four letters.

# %% hint lstm_step_backward [markdown]
# s ← tanh(f·c + i·z); dc ← dc + dh·o·(1 − s²); da ← {z: dc·i·(1 − z²), i: dc·z·i·(1 − i), f: dc·c·
# f·(1 − f), o: dh·s·o·(1 − o)}; dc_old ← dc·f; dx ← sum of da[g] @ p["W" + g]; …


# %% solve lstm_step_backward
def lstm_step_backward(dh, dc, x, h, c, p):
    """Return (dx, dh_old, dc_old, dp), going back through lstm_step(x, h, c, p).

    >>> p, one = random_parameters(1, 1, only=""), np.ones((1, 1))  # all gates are 1/2
    >>> float(lstm_step_backward(0 * one, one, one, one, one, p)[2][0, 0])
    0.5
    """
    # 1. forward again: gates, new cell
    # 2. equations (10) and (11): through the output and the cell
    # 3. equation (12): through tanh and sigmoid
    # 4. equation (13): through the four linear layers
    ### BEGIN SOLUTION
    z, i, f, o = lstm_gates(x, h, p)
    shown = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - shown**2)
    da = {
        "z": dc * i * (1 - z**2),
        "i": dc * z * i * (1 - i),
        "f": dc * c * f * (1 - f),
        "o": dh * shown * o * (1 - o),
    }
    dp = {}
    for g in da:
        dp["W" + g] = da[g].T @ x
        dp["R" + g] = da[g].T @ h
        dp["b" + g] = da[g].sum(axis=0)
    dx = sum(da[g] @ p["W" + g] for g in da)
    dh_old = sum(da[g] @ p["R" + g] for g in da)
    return dx, dh_old, dc * f, dp
    ### END SOLUTION


# %% check lstm_step_backward points=4
with check("lstm_step_backward") as probe:
    rng = np.random.default_rng(105)
    dh, dc, h, c = (rng.normal(size=(2, 3)) for _ in range(4))
    x = rng.normal(size=(2, 2))
    p = random_parameters(2, 3)
    nothing = random_parameters(2, 3, only="")
    probe.call("all parameters 0, dh = 0", lstm_step_backward, 0 * dh, dc, x, h, c, nothing)
    probe.call("all parameters 0, dc = 0", lstm_step_backward, dh, 0 * dc, x, h, c, nothing)
    for gate in "zifo":
        only = random_parameters(2, 3, only=gate)
        label = f"only the parameters of {gate} are not 0"
        probe.call(label, lstm_step_backward, dh, dc, x, h, c, only)
    probe.call("all parameters, dh = 0", lstm_step_backward, 0 * dh, dc, x, h, c, p)
    probe.call("all parameters", lstm_step_backward, dh, dc, x, h, c, p)
    one = [a[:1] for a in (dh, dc, x, h, c)]
    probe.call("a batch of one", lstm_step_backward, *one, p)
### BEGIN HIDDEN TESTS
with check.hidden("lstm_step_backward") as probe:
    rng = np.random.default_rng(1050)
    for batch, M, N in ((1, 1, 1), (4, 3, 2), (2, 2, 5)):
        dh, dc, h, c = (rng.normal(size=(batch, N)) for _ in range(4))
        x, p = rng.normal(size=(batch, M)), random_parameters(M, N, seed=M)
        t = {key: torch.tensor(value, requires_grad=True) for key, value in p.items()}
        tx, th, tc = (torch.tensor(a, requires_grad=True) for a in (x, h, c))
        a = {g: tx @ t["W" + g].T + th @ t["R" + g].T + t["b" + g] for g in "zifo"}
        cell = a["f"].sigmoid() * tc + a["i"].sigmoid() * a["z"].tanh()
        L = (torch.tensor(dh) * a["o"].sigmoid() * cell.tanh() + torch.tensor(dc) * cell).sum()
        L.backward()
        right = (*(a.grad.numpy() for a in (tx, th, tc)), {k: t[k].grad.numpy() for k in t})
        label = f"batch {batch}, M = {M}, N = {N}"
        probe.call(label, lstm_step_backward, dh, dc, x, h, c, p, expected=right)
### END HIDDEN TESTS


# %% mistake lstm_step_backward "the way from the output into the cell is missing"
# Your gradient of the cell is dc alone. The cell is also shown through h: add dh * o * (1 -
# tanh(c_new)**2). See equation (10).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the slope of the tanh around the cell is missing"
# On the way from h into the cell you leave out the slope of tanh: 1 - tanh(c_new)**2. See (10).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the forget gate meets the new cell"
# Your gradient of f has the new cell in it. In (8) f multiplies the old cell. See (11).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    new = f * c + i * z
    s = np.tanh(new)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * new * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the old cell gets everything"
# Your dc_old is the whole gradient of the new cell. Only the share f of the old cell was kept, and
# the same share of the gradient goes back. See (11).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc, dp


# %% mistake lstm_step_backward "the old cell hears of the later steps only"
# Your dc_old is dc * f, with the dc that arrived. The part that comes through h belongs to it too:
# use the sum of (10).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    whole = dc + dh * o * (1 - s**2)
    da = {"z": whole * i * (1 - z**2), "i": whole * z * i * (1 - i),
          "f": whole * c * f * (1 - f), "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the slopes of the gates are missing"
# Your gradients stop at the gates. Go on through tanh and sigmoid: multiply by 1 - z**2 and by g *
# (1 - g). See (12).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i, "i": dc * z, "f": dc * c, "o": dh * s}
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the slope of tanh at the gates"
# You use 1 - g**2 for the gates. That is the slope of tanh. The logistic function has g * (1 - g).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * (1 - i**2), "f": dc * c * (1 - f**2),
          "o": dh * s * (1 - o**2)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the recurrent weights are transposed"
# Your dh_old is multiplied by the transpose of R. With examples in rows it is da @ R, as dx is da @
# W. Here no shape warns you, because R is square.
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx = sum(da[g] @ p["W" + g] for g in da)
    return dx, sum(da[g] @ p["R" + g].T for g in da), dc * f, dp


# %% mistake lstm_step_backward "a mean over the batch"
# Your gradients of the parameters are divided by the size of the batch. Equation (13) is summed.
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dp = {key: value / len(x) for key, value in dp.items()}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the slope of the logistic function at the block input"
# You use z * (1 - z) for the block input. That is the slope of the logistic function. z has a tanh:
# 1 - z**2.
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * z * (1 - z), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "dx and dh_old hear of the last gate only"
# Your dx and your dh_old come from one gate alone: each gate replaces what was there. They are sums
# over all four: += in place of =.
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = da["o"] @ p["Wo"], da["o"] @ p["Ro"]
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "dx hears of the last gate only"
# Your dx comes from one gate alone: each gate replaces what was there. It is a sum over all four: +=
# in place of =.
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = da["o"] @ p["Wo"], sum(da[g] @ p["R" + g] for g in da)
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the tanh of the old cell"
# You compute tanh from the old cell. (9) shows the new one: f * c + i * z.
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(c)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "the output gate meets the cell without tanh"
# Your gradient of o has the cell itself in it. In (9) o multiplies tanh of the cell. See (10).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * (f * c + i * z) * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].sum(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% mistake lstm_step_backward "a mean over the batch in the biases"
# Your gradients of the biases are means over the batch. Equation (13) is summed: da.sum(axis=0).
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = {"z": dc * i * (1 - z**2), "i": dc * z * i * (1 - i), "f": dc * c * f * (1 - f),
          "o": dh * s * o * (1 - o)}  # fmt: skip
    dp = {}
    for g in da:
        dp |= {"W" + g: da[g].T @ x, "R" + g: da[g].T @ h, "b" + g: da[g].mean(axis=0)}
    dx, dh_old = (sum(da[g] @ p[part + g] for g in da) for part in "WR")
    return dx, dh_old, dc * f, dp


# %% alternative lstm_step_backward
def lstm_step_backward(dh, dc, x, h, c, p):
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in p.items()}
    tx, th, tc = (torch.tensor(a, requires_grad=True) for a in (x, h, c))
    a = {g: tx @ leaves["W" + g].T + th @ leaves["R" + g].T + leaves["b" + g] for g in "zifo"}
    new = a["f"].sigmoid() * tc + a["i"].sigmoid() * a["z"].tanh()
    shown = a["o"].sigmoid() * new.tanh()
    torch.autograd.backward([shown, new], [torch.tensor(dh), torch.tensor(dc)])
    gradients = {key: leaf.grad.numpy() for key, leaf in leaves.items()}
    return tx.grad.numpy(), th.grad.numpy(), tc.grad.numpy(), gradients


# %% alternative lstm_step_backward
def lstm_step_backward(dh, dc, x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    s = np.tanh(f * c + i * z)
    dc = dc + dh * o * (1 - s**2)
    da = np.hstack([dc * i * (1 - z**2), dc * z * i * (1 - i), dc * c * f * (1 - f),
                    dh * s * o * (1 - o)])  # fmt: skip
    W, R = (np.concatenate([p[part + g] for g in "zifo"]) for part in "WR")
    dp = {}
    for part, whole in (("W", da.T @ x), ("R", da.T @ h), ("b", da.sum(axis=0))):
        dp.update({part + g: rows for g, rows in zip("zifo", np.split(whole, 4), strict=True)})
    return da @ W, da @ R, dc * f, dp


# %% [markdown]
# ### C.2 Back through time
#
# For the whole sequence, go through the steps from the last to the first. The loss may look at
# every output. Let $dH_t$ be the gradient that reaches $h_t$ *directly* from the loss. Through step
# $t + 1$ a second gradient reaches the same $h_t$: the $dh$ that the step behind it returned. Both
# are added before the step is gone through. The parameters are the same at all steps, so their
# gradients are summed over time.
#
# ### Exercise 10.6: the whole sequence, backward
#
# Write `lstm_backward(dH, X, h0, c0, p)`. `dH`, of shape (T, batch, N), has the direct gradients;
# the loss does not look at the cells. Return the tuple `(dX, dp)`: the gradient for the inputs, (T,
# batch, M), and the dictionary of the gradients for the parameters. (3 of the 7 points are for this;
# 4 are for the text at the end of part C.)

# %% hint lstm_backward [markdown]
# To go back through step t you need $h_{t-1}$ and $c_{t-1}$. Where are they for t = 0?

# %% hint lstm_backward [markdown]
# Run lstm_forward first. Begin with dh = dc = 0 behind the last step. At each step, from the last
# to the first: add dH[t] to dh, call lstm_step_backward, keep dx, and add dp to the sums.

# %% hint lstm_backward [markdown]
# for t in reversed(range(T)): old ← (H[t−1], C[t−1]) if t > 0 else (h0, c0); dX[t], dh, dc, step ←
# lstm_step_backward(dh + dH[t], dc, X[t], *old, p); dp[key] += step[key]


# %% solve lstm_backward
def lstm_backward(dH, X, h0, c0, p):
    """Return (dX, dp): back-propagation through time.

    >>> X, zeros = np.ones((4, 2, 3)), np.zeros((2, 5))
    >>> dX, dp = lstm_backward(np.ones((4, 2, 5)), X, zeros, zeros, random_parameters(3, 5))
    >>> dX.shape, dp["Rf"].shape
    ((4, 2, 3), (5, 5))
    """
    ### BEGIN SOLUTION
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: np.zeros(value.shape) for key, value in p.items()}
    dh, dc = np.zeros(h0.shape), np.zeros(c0.shape)
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], dh, dc, step = lstm_step_backward(dh + dH[t], dc, X[t], h, c, p)
        for key in dp:
            dp[key] += step[key]
    return dX, dp
    ### END SOLUTION


# %% check lstm_backward points=3
with check("lstm_backward") as probe:
    rng = np.random.default_rng(106)
    X, dH = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3, 5))
    h0, c0 = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    p = random_parameters(2, 5)
    last = dH * (np.arange(4) == 3)[:, None, None]
    no_loop = random_parameters(2, 5, parts="Wb")
    probe.call("one step", lstm_backward, dH[:1], X[:1], h0, c0, p)
    probe.call("the loss looks at the last output only", lstm_backward, last, X, h0, c0, p)
    probe.call("no recurrent weights: only the cells are carried", lstm_backward, dH, X, h0, c0,
               no_loop)  # fmt: skip
    probe.call("four steps", lstm_backward, dH, X, h0, c0, p)
### BEGIN HIDDEN TESTS
with check.hidden("lstm_backward") as probe:
    rng = np.random.default_rng(1060)
    for T, batch, M, N in ((1, 2, 1, 1), (5, 3, 2, 4), (12, 1, 3, 2)):
        X, dH = rng.normal(size=(T, batch, M)), rng.normal(size=(T, batch, N))
        h0, c0 = rng.normal(size=(batch, N)), rng.normal(size=(batch, N))
        p = random_parameters(M, N, seed=T)
        t = {key: torch.tensor(value, requires_grad=True) for key, value in p.items()}
        tX, h, c, L = torch.tensor(X, requires_grad=True), torch.tensor(h0), torch.tensor(c0), 0
        for x, d in zip(tX, torch.tensor(dH), strict=True):
            a = {g: x @ t["W" + g].T + h @ t["R" + g].T + t["b" + g] for g in "zifo"}
            c = a["f"].sigmoid() * c + a["i"].sigmoid() * a["z"].tanh()
            h = a["o"].sigmoid() * c.tanh()
            L = L + (d * h).sum()
        L.backward()
        right = (tX.grad.numpy(), {key: value.grad.numpy() for key, value in t.items()})
        label = f"T = {T}, batch {batch}, M = {M}, N = {N}"
        probe.call(label, lstm_backward, dH, X, h0, c0, p, expected=right)
### END HIDDEN TESTS


# %% mistake lstm_backward "the gradient of the output is not carried"
# You hand on dc but not dh: the gates of the next step looked at h too, and this way is lost. Add
# the dh that the step behind returned to dH[t].
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp, dc = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}, 0 * c0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], _, dc, step = lstm_step_backward(dH[t], dc, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "the gradient of the cell is not carried"
# You hand on dh but not dc. The cell is the long way back: give the dc that the step behind
# returned to the step before.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp, dh = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}, 0 * h0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], dh, _, step = lstm_step_backward(dh + dH[t], 0 * c0, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "nothing is carried from step to step"
# Each of your steps hears only of its own output. Hand dh and dc on from each step to the one
# before it.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], _, _, step = lstm_step_backward(dH[t], 0 * c0, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "the gradients are not summed over time"
# Your dp is that of the first step alone: each step replaces what was there. The parameters are
# used at all steps: += in place of =.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dh, dc = np.zeros(X.shape), 0 * h0, 0 * c0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], dh, dc, dp = lstm_step_backward(dh + dH[t], dc, X[t], h, c, p)
    return dX, dp


# %% mistake lstm_backward "the states after the step in place of those before"
# You go back through step t with h and c from after it. The step began at H[t - 1] and C[t - 1],
# and the first one at h0 and c0.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    dh, dc = 0 * h0, 0 * c0
    for t in reversed(range(len(X))):
        dX[t], dh, dc, step = lstm_step_backward(dh + dH[t], dc, X[t], H[t], C[t], p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "the first step begins at 0"
# At the first step you take 0 for the old states. They are h0 and c0.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    dh, dc = 0 * h0, 0 * c0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (0 * h0, 0 * c0)
        dX[t], dh, dc, step = lstm_step_backward(dh + dH[t], dc, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "the direct gradient of the last output only"
# Your loss looks at the last output only. dH has a gradient for each step: add dH[t] at every step.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    dh, dc = dH[-1], 0 * c0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], dh, dc, step = lstm_step_backward(dh, dc, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "the first step begins at the last states"
# At the first step, t = 0, your H[t - 1] is H[-1], the *last* output. There take h0 and c0.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    dh, dc = 0 * h0, 0 * c0
    for t in reversed(range(len(X))):
        h, c = H[t - 1], C[t - 1]
        dX[t], dh, dc, step = lstm_step_backward(dh + dH[t], dc, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, dp


# %% mistake lstm_backward "a mean over time"
# Your gradients of the parameters are divided by the number of steps. They are summed over time.
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    dh, dc = 0 * h0, 0 * c0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], dh, dc, step = lstm_step_backward(dh + dH[t], dc, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX, {key: value / len(X) for key, value in dp.items()}


# %% mistake lstm_backward "the gradients of the inputs are turned around"
# Your dX begins with the last time step. You go from the last step to the first: dX[t] belongs to X[t].
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    dX, dp = np.zeros(X.shape), {key: 0 * value for key, value in p.items()}
    dh, dc = 0 * h0, 0 * c0
    for t in reversed(range(len(X))):
        h, c = (H[t - 1], C[t - 1]) if t > 0 else (h0, c0)
        dX[t], dh, dc, step = lstm_step_backward(dh + dH[t], dc, X[t], h, c, p)
        dp = {key: dp[key] + step[key] for key in dp}
    return dX[::-1], dp


# %% alternative lstm_backward
def lstm_backward(dH, X, h0, c0, p):
    H, C = lstm_forward(X, h0, c0, p)
    H, C = np.concatenate([h0[None], H]), np.concatenate([c0[None], C])
    d, dX, dp = (np.zeros_like(h0), np.zeros_like(c0)), [], None
    for t in range(len(X) - 1, -1, -1):
        dx, *d, step = lstm_step_backward(d[0] + dH[t], d[1], X[t], H[t], C[t], p)
        dX.insert(0, dx)
        dp = step if dp is None else {key: dp[key] + step[key] for key in step}
    return np.array(dX), dp


# %% alternative lstm_backward
def lstm_backward(dH, X, h0, c0, p):
    t = {key: torch.tensor(value, requires_grad=True) for key, value in p.items()}
    inputs, h, c, L = torch.tensor(X, requires_grad=True), torch.tensor(h0), torch.tensor(c0), 0
    for x, d in zip(inputs, torch.tensor(dH), strict=True):
        a = {g: x @ t["W" + g].T + h @ t["R" + g].T + t["b" + g] for g in "zifo"}
        c = a["f"].sigmoid() * c + a["i"].sigmoid() * a["z"].tanh()
        h = a["o"].sigmoid() * c.tanh()
        L = L + (d * h).sum()
    L.backward()
    return inputs.grad.numpy(), {key: value.grad.numpy() for key, value in t.items()}


# %% [markdown]
# Never trust a backward pass that you have not measured. The loss here is the sum of all outputs,
# each times a fixed random number. Move each parameter a little up and a little down, and compare.


# %%
def measured_differences():
    rng = np.random.default_rng(0)
    X, d = rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 2, 2))
    zeros, p = np.zeros((2, 2)), random_parameters(3, 2)
    _, dp = lstm_backward(d, X, zeros, zeros, p)
    for key, array in p.items():
        measured = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            kept, losses = array[index], []
            for array[index] in (kept + 1e-5, kept - 1e-5):
                losses.append(np.sum(d * lstm_forward(X, zeros, zeros, p)[0]))
            array[index] = kept
            measured[index] = (losses[0] - losses[1]) / 2e-5
        yield key, np.abs(measured - dp[key]).max()


print("largest difference below 1e-8:", all(gap < 1e-8 for _, gap in measured_differences()))

# %% [markdown]
# ### C.3 What carries the gradient
#
# Follow only the cells in (11). What comes back after $k$ steps on this way is
#
# $$
# dc_{t-k} = \left( f_{t-k+1} \odot \dots \odot f_{t-1} \odot f_t \right) \odot dc_t
# \tag{14}
# $$
#
# (There are other ways, through $h$ and the gates. What comes back on them is added.) Compare with
# (2). Your `lstm_step_backward` can measure it, on an LSTM with 32 cells, small random weights and
# four biases of the forget gate. Guess the slopes before you look: what does exercise 10.3 say about
# a bias of 0?


# %%
def cell_gradient_sizes(bias, steps=60, N=32):
    """Return the size of a gradient that starts at the last cell, after 0, 1, ... steps back."""
    p = random_parameters(N, N)
    p = {key: value / np.sqrt(N) * 0.25 for key, value in p.items()}
    p["bf"] = np.full(N, float(bias))
    X = np.random.default_rng(1).normal(size=(steps, 1, N))
    zeros = np.zeros((1, N))
    H, C = lstm_forward(X, zeros, zeros, p)
    dh, dc = zeros, np.random.default_rng(2).normal(size=(1, N))
    sizes = [np.linalg.norm(dc)]
    for t in reversed(range(1, steps)):
        _, dh, dc, _ = lstm_step_backward(dh, dc, X[t], H[t - 1], C[t - 1], p)
        sizes.append(np.linalg.norm(dc))
    return np.array(sizes) / sizes[0]


def draw_cell_gradients():
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for bias, color, dash in ((0, BLUE, "-"), (1, ORANGE, "--"), (3, GREEN, "-."), (5, VERMILLION, ":")):
        label = f"forget bias {bias}"
        ax.semilogy(cell_gradient_sizes(bias), dash, color=color, lw=2, label=label)
    ax.semilogy(gradient_sizes(1.0, 59), color="0.6", lw=1, label="plain network, radius 1.0")
    ax.set(xlabel="steps back in time", ylabel="size of the gradient", xlim=(0, 60))
    ax.legend(loc="lower left", fontsize=9)
    return figure


plots.show(
    draw_cell_gradients(),
    "Size of the gradient of the cell against the steps back in time, on a logarithmic scale. With "
    "a forget bias of 0 it falls by fifteen powers of ten in 60 steps, with 1 by between six and "
    "seven, with 3 it hardly falls, and with 5 it even grows a little.",
)

# %% [markdown]
# *Figure 4. What is left of a gradient on its way back through the cells, for four forget biases. In
# grey, the plain network of radius 1 from Figure 1. The LSTM is no cure by itself: its forget gate
# decides. With a bias of 5 the gradient even grows a little. On the way (14) alone, about
# $0.9933^{59} = 67\,\%$ would be left: the rest came back through $h$ and the gates.*

# %% answer lstm_backward [markdown] points=4
# **The second part of exercise 10.6 (4 points).** Why does the cell state carry gradients over long times when
# the state of a plain network does not? Compare (14) with (2): say what the factors are, what they
# depend on, and how each can stay near 1. Then answer: can a gradient in an LSTM still vanish, and
# can it still explode?
#
# <!-- BEGIN SOLUTION -->
# In the plain network each step multiplies by $\operatorname{diag}(1 - h^2) R$. That is one fixed
# matrix, times slopes that are below 1 wherever the unit is not at 0. For the product to keep its
# size, $R$ would have to preserve lengths and the tanh would have to work near 0; both for all
# inputs. In general the product shrinks or grows geometrically.
#
# Along the cells each step multiplies entry by entry by the forget gate $f_t$: no matrix and no
# slope of a tanh. A factor is computed anew at every step from the input and the last output. The
# network can set it near 1, for each cell and for each time (a saturated gate is a stable way to do
# that), and so keep the gradient exactly as long as it keeps the content. It is the same $f$ that
# keeps the content forward: what is remembered can be learnt from.
#
# It can vanish: where $f < 1$ for long, as with a forget bias of 0 at the start; this is intended,
# since what has been forgotten should get no gradient. Along the cells alone it cannot explode, as
# $f \le 1$. But through $h$ and the gates there are ways that multiply by the matrices $R$, and
# these can explode; therefore gradients are clipped in LSTMs too.
#
# **Rubric**
# - 1 point: the factors: a fixed matrix and the slope of tanh, against the forget gate entry by
#   entry.
# - 1 point: the gate is computed anew at each step and can be held near 1.
# - 1 point: it can vanish, with a case.
# - 1 point: it can explode, through the gates and R, not along the cells.
# <!-- END SOLUTION -->

# %% [markdown]
# ## D. Three variants
#
# ### D.1 Peepholes
#
# The gates look at $x_t$ and $h_{t-1}$, and not at the cell itself. But $h_{t-1} = o \odot
# \tanh(c)$ hides the cell whenever the output gate is closed. A network that shall do something
# *when the cell has reached some value* (count to ten, say) then cannot see how far it is. Gers and
# Schmidhuber (2000) let the gates look through the wall: each gate also gets its own cell, with a
# weight per cell, the **peephole** $p$ of shape $(N,)$:
#
# $$
# \begin{aligned}
# i_t &= \sigma(W^i x_t + R^i h_{t-1} + p^i \odot c_{t-1} + b^i) \\
# f_t &= \sigma(W^f x_t + R^f h_{t-1} + p^f \odot c_{t-1} + b^f) \\
# o_t &= \sigma(W^o x_t + R^o h_{t-1} + p^o \odot c_t + b^o)
# \end{aligned}
# \tag{15}
# $$
#
# Look at the indices. Input and forget gate decide what the new cell will be, so they can only see
# the old one. The output gate decides what of the new cell is shown, and sees the new one. The
# block input (4) stays as it is, and so do (8) and (9).
#
# ### Exercise 10.7: peepholes
#
# Write `peephole_step(x, h, c, p)`, which returns `(h_new, c_new)` as `lstm_step` does, with the
# gates (15). In `p` the peepholes have the keys `"pi"`, `"pf"` and `"po"`.

# %% hint peephole_step [markdown]
# In which order do you have to compute the gates and the cell?

# %% hint peephole_step [markdown]
# First z, i and f, then the new cell, then o from the new cell, then the output. lstm_gates does
# not know of peepholes: write the sums out.

# %% hint peephole_step [markdown]
# a(g) = x @ W.T + h @ R.T + b; i ← σ(a("i") + p["pi"]·c); f likewise; c_new ← f·c + i·z; o ←
# σ(a("o") + p["po"]·c_new)


# %% solve peephole_step
def peephole_step(x, h, c, p):
    """Return (h_new, c_new) of an LSTM whose gates see the cell, equation (15).

    >>> p = random_parameters(1, 1, only="") | {"pi": np.ones(1), "pf": np.ones(1), "po": np.ones(1)}
    >>> one = np.ones((1, 1))
    >>> round(float(peephole_step(one, one, one, p)[1][0, 0]), 3)  # sigmoid(1) is kept
    0.731
    """
    ### BEGIN SOLUTION

    def field(g):
        return x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]

    i, f = (sigmoid(field(g) + p["p" + g] * c) for g in "if")
    c_new = f * c + i * np.tanh(field("z"))
    o = sigmoid(field("o") + p["po"] * c_new)
    return o * np.tanh(c_new), c_new
    ### END SOLUTION


# %% check peephole_step points=2
with check("peephole_step") as probe:
    rng = np.random.default_rng(107)
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    p, nothing = random_parameters(3, 4), {"p" + g: np.zeros(4) for g in "ifo"}
    probe.call("all peepholes 0: as lstm_step", peephole_step, x, h, c, p | nothing)
    for number, gate in enumerate("ifo", 1):
        only = nothing | {"p" + gate: np.array([1.0, -2.0, 0.5, 3.0]) * number}
        probe.call(f"only the peephole of {gate} is not 0", peephole_step, x, h, c, p | only)
    every = {"p" + g: rng.normal(size=4) for g in "ifo"}
    probe.call("all peepholes", peephole_step, x, h, c, p | every)
    probe.call("a batch of one", peephole_step, x[:1], h[:1], c[:1], p | every)
### BEGIN HIDDEN TESTS
with check.hidden("peephole_step") as probe:
    rng = np.random.default_rng(1070)
    for batch, M, N in ((1, 1, 1), (5, 2, 3), (3, 4, 2)):
        x, h, c = (2 * rng.normal(size=(batch, n)) for n in (M, N, N))
        p = random_parameters(M, N, seed=M) | {"p" + g: rng.normal(size=N) for g in "ifo"}
        t = {key: torch.tensor(value) for key, value in p.items()}
        tx, th, tc = torch.tensor(x), torch.tensor(h), torch.tensor(c)
        a = {g: tx @ t["W" + g].T + th @ t["R" + g].T + t["b" + g] for g in "zifo"}
        new = (a["f"] + t["pf"] * tc).sigmoid() * tc
        new = new + (a["i"] + t["pi"] * tc).sigmoid() * a["z"].tanh()
        shown = (a["o"] + t["po"] * new).sigmoid() * new.tanh()
        right = (shown.numpy(), new.numpy())
        probe.call(f"batch {batch}, M = {M}, N = {N}", peephole_step, x, h, c, p, expected=right)
### END HIDDEN TESTS


# %% mistake peephole_step "the output gate sees the old cell"
# Your output gate looks at the old cell. In (15) it sees the new one: compute c_new first.
def peephole_step(x, h, c, p):
    a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
    i, f, o = (sigmoid(a[g] + p["p" + g] * c) for g in "ifo")
    c_new = f * c + i * np.tanh(a["z"])
    return o * np.tanh(c_new), c_new


# %% mistake peephole_step "no peephole at the output gate"
# Your output gate has no peephole. (15) gives it one, at the new cell.
def peephole_step(x, h, c, p):
    a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
    i, f = (sigmoid(a[g] + p["p" + g] * c) for g in "if")
    c_new = f * c + i * np.tanh(a["z"])
    return sigmoid(a["o"]) * np.tanh(c_new), c_new


# %% mistake peephole_step "the peepholes are not used"
# This is the LSTM without peepholes. Each gate adds its peephole times the cell.
def peephole_step(x, h, c, p):
    return lstm_step(x, h, c, p)


# %% mistake peephole_step "a peephole looks at the output"
# Your peepholes look at h, which the gates know already. They look at the cell c.
def peephole_step(x, h, c, p):
    a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
    i, f = (sigmoid(a[g] + p["p" + g] * h) for g in "if")
    c_new = f * c + i * np.tanh(a["z"])
    o = sigmoid(a["o"] + p["po"] * h)
    return o * np.tanh(c_new), c_new


# %% mistake peephole_step "the cell is squashed before the gates see it"
# Your peepholes look at tanh(c). (15) has the cell itself: only so can a gate tell 2 from 20.
def peephole_step(x, h, c, p):
    a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
    i, f = (sigmoid(a[g] + p["p" + g] * np.tanh(c)) for g in "if")
    c_new = f * c + i * np.tanh(a["z"])
    o = sigmoid(a["o"] + p["po"] * np.tanh(c_new))
    return o * np.tanh(c_new), c_new


# %% mistake peephole_step "the peephole is outside of the sigmoid"
# You add the peephole behind the logistic function, and your gates leave the range from 0 to 1. It
# belongs into the sum inside.
def peephole_step(x, h, c, p):
    a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
    i, f = (sigmoid(a[g]) + p["p" + g] * c for g in "if")
    c_new = f * c + i * np.tanh(a["z"])
    o = sigmoid(a["o"]) + p["po"] * c_new
    return o * np.tanh(c_new), c_new


# %% mistake peephole_step "a peephole at the block input"
# Your code asks for p["pz"]. The block input has no peephole: (4) stays as it is.
def peephole_step(x, h, c, p):
    a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
    z, i, f = (a[g] + p["p" + g] * c for g in "zif")
    c_new = sigmoid(f) * c + sigmoid(i) * np.tanh(z)
    o = sigmoid(a["o"] + p["po"] * c_new)
    return o * np.tanh(c_new), c_new


# %% alternative peephole_step
def peephole_step(x, h, c, p):
    def gate(g, seen):
        return sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + seen @ np.diag(p["p" + g]) + p["b" + g])

    z = lstm_gates(x, h, p)[0]
    c_new = gate("f", c) * c + gate("i", c) * z
    return gate("o", c_new) * np.tanh(c_new), c_new


# %% [markdown]
# ### D.2 Coupled gates
#
# Must forgetting and writing be two decisions? If a cell holds the gender of a noun, then it should
# forget the old one exactly when a new noun comes. **Coupled gates** save the input gate:
#
# $$ i_t = 1 - f_t, \qquad\text{so}\qquad c_t = f_t \odot c_{t-1} + (1 - f_t) \odot z_t \tag{16} $$
#
# The new cell is then a weighted mean of the old one and of $z_t$. It cannot grow beyond $\pm 1$
# once it is inside, and so it cannot count. And it needs fewer parameters.
#
# ### Exercise 10.8: coupled gates
#
# Write `coupled_step(x, h, c, p)`, which returns `(h_new, c_new)`, with (16) in place of (5) and
# (8). There are no parameters for `i` in `p`.

# %% hint coupled_step [markdown]
# What must come out if the forget gate is 1? And if it is 0?

# %% hint coupled_step [markdown]
# lstm_gates would ask for the parameters of i, which are not there. Compute z, f and o, then (16),
# then (9).

# %% hint coupled_step [markdown]
# c_new ← f·c + (1 − f)·z; h_new ← o·tanh(c_new)


# %% solve coupled_step
def coupled_step(x, h, c, p):
    """Return (h_new, c_new) of an LSTM with i = 1 - f, equation (16).

    >>> p, one = random_parameters(1, 1, gates="zfo", only=""), np.ones((1, 1))
    >>> float(coupled_step(one, one, one, p)[1][0, 0])
    0.5
    """
    ### BEGIN SOLUTION
    z, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    c_new = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(z)
    return sigmoid(o) * np.tanh(c_new), c_new
    ### END SOLUTION


# %% check coupled_step points=1
with check("coupled_step") as probe:
    rng = np.random.default_rng(108)
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    for gate in "zfo":
        p = random_parameters(3, 4, gates="zfo", only=gate)
        probe.call(f"only the parameters of {gate} are not 0", coupled_step, x, h, c, p)
    p = random_parameters(3, 4, gates="zfo")
    probe.call("all parameters", coupled_step, x, h, c, p)
    probe.call("an empty cell, c = 0", coupled_step, x, h, 0 * c, p)
    probe.call("a batch of one", coupled_step, x[:1], h[:1], c[:1], p)
### BEGIN HIDDEN TESTS
with check.hidden("coupled_step") as probe:
    rng = np.random.default_rng(1080)
    for batch, M, N in ((1, 1, 1), (5, 2, 3), (3, 4, 2)):
        x, h, c = (2 * rng.normal(size=(batch, n)) for n in (M, N, N))
        p = random_parameters(M, N, seed=M, gates="zfo")
        t = {key: torch.tensor(value) for key, value in p.items()}
        a = {g: torch.tensor(x) @ t["W" + g].T + torch.tensor(h) @ t["R" + g].T for g in "zfo"}
        keep, z = (a["f"] + t["bf"]).sigmoid(), (a["z"] + t["bz"]).tanh()
        new = torch.lerp(z, torch.tensor(c), keep)
        right = (((a["o"] + t["bo"]).sigmoid() * new.tanh()).numpy(), new.numpy())
        probe.call(f"batch {batch}, M = {M}, N = {N}", coupled_step, x, h, c, p, expected=right)
### END HIDDEN TESTS


# %% mistake coupled_step "f and 1 - f are exchanged"
# Your cell keeps the share 1 - f and writes the share f. A forget gate of 1 keeps everything, in
# the coupled form too.
def coupled_step(x, h, c, p):
    z, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    c_new = (1 - sigmoid(f)) * c + sigmoid(f) * np.tanh(z)
    return sigmoid(o) * np.tanh(c_new), c_new


# %% mistake coupled_step "the block input is written in full"
# You write z whatever the gate says. Its share is 1 - f.
def coupled_step(x, h, c, p):
    z, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    c_new = sigmoid(f) * c + np.tanh(z)
    return sigmoid(o) * np.tanh(c_new), c_new


# %% mistake coupled_step "the same gate twice"
# You multiply both terms by f. What is kept and what is written add up to 1: f and 1 - f.
def coupled_step(x, h, c, p):
    z, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    c_new = sigmoid(f) * (c + np.tanh(z))
    return sigmoid(o) * np.tanh(c_new), c_new


# %% mistake coupled_step "the output is not squashed"
# Your h is o times the cell itself. (9) has a tanh around the cell.
def coupled_step(x, h, c, p):
    z, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    c_new = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(z)
    return sigmoid(o) * c_new, c_new


# %% mistake coupled_step "the output gate is missing"
# Your h shows the whole cell. The output gate is still there: (9).
def coupled_step(x, h, c, p):
    z, f, _ = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    c_new = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(z)
    return np.tanh(c_new), c_new


# %% mistake coupled_step "the input gate is asked for"
# Your code asks for parameters of the input gate, as lstm_gates does. There are none in `p`: 1 - f
# stands in its place.
def coupled_step(x, h, c, p):
    z, i, f, o = lstm_gates(x, h, p)
    c_new = f * c + (1 - f) * z
    return o * np.tanh(c_new), c_new


# %% alternative coupled_step
def coupled_step(x, h, c, p):
    opposite = {part + "i": -p[part + "f"] for part in "WRb"}  # sigmoid(-a) = 1 - sigmoid(a)
    return lstm_step(x, h, c, p | opposite)


# %% alternative coupled_step
def coupled_step(x, h, c, p):
    z, f, o = (x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zfo")
    z = np.tanh(z)
    c_new = z + sigmoid(f) * (c - z)
    return sigmoid(o) * np.tanh(c_new), c_new


# %% [markdown]
# ### D.3 What does it cost?
#
# In programs the four matrices $W^z, W^i, W^f, W^o$ are put on top of one another, so that one
# product serves all gates.
#
# > **A common error.** Notes print that the stacked matrix of an LSTM "has size $n \times h$", for
# > $n$ inputs and $h$ cells. Count its rows yourself in the next exercise.
#
# ### Exercise 10.9: count
#
# A layer has $M = 10$ inputs and $N = 20$ cells. How many numbers does training adjust in it? Set
#
# - `rows`: the number of rows of the four stacked input matrices
# - `plain`: the parameters of the plain network (1)
# - `lstm`: those of the LSTM, (4) to (7)
# - `peephole`: those of the LSTM with peepholes (15)
# - `coupled`: those with coupled gates (16), without peepholes
# - `in_torch`: those of the LSTM in torch, which adds *two* biases in each gate

# %% hint counts [markdown]
# How many numbers are in one W, one R, one b?

# %% hint counts [markdown]
# One block is N·M + N·N + N. Count how often each layer has it. A peephole is one number per cell,
# and three gates have them.

# %% hint counts [markdown]
# block ← 20 · 10 + 20 · 20 + 20; lstm ← 4 · block; peephole ← lstm + 3 · 20; coupled has one block
# less; in_torch has 4 · 20 more than lstm

# %% solve counts
# Set rows, plain, lstm, peephole, coupled and in_torch.
### BEGIN SOLUTION
rows = 80
plain = 620
lstm = 2480
peephole = 2540
coupled = 1860
in_torch = 2560
### END SOLUTION

# %% check counts points=2
with check("counts") as probe:
    probe.number("rows of the stacked matrix", rows)
    probe.number("the plain network", plain)
    probe.number("the LSTM", lstm)
    probe.number("with peepholes", peephole)
    probe.number("with coupled gates", coupled)
    probe.number("in torch", in_torch)

# %% mistake counts "the printed size"
# Your `rows` is the size of one gate's matrix. Four of them with N rows each are put on top of one
# another.
rows, plain, lstm, peephole, coupled, in_torch = 20, 620, 2480, 2540, 1860, 2560

# %% mistake counts "inputs and cells are exchanged"
# Your `rows` counts inputs. W has shape (N, M): a row for each cell.
rows, plain, lstm, peephole, coupled, in_torch = 40, 620, 2480, 2540, 1860, 2560

# %% mistake counts "the biases are forgotten"
# Your count has no biases. A plain network has one for each of the N units, and so has every gate.
rows, plain, lstm, peephole, coupled, in_torch = 80, 600, 2400, 2460, 1800, 2480

# %% mistake counts "the recurrent weights are forgotten"
# Your count has no recurrent weights: N by N, in the plain network and in every gate.
rows, plain, lstm, peephole, coupled, in_torch = 80, 220, 880, 940, 660, 960

# %% mistake counts "three gates only"
# Your count is one block short. The block input z has weights of its own: four blocks in the LSTM,
# three with coupled gates.
rows, plain, lstm, peephole, coupled, in_torch = 80, 620, 1860, 1920, 1240, 1940

# %% mistake counts "a peephole in all four"
# Your `peephole` counts four. The block input has none: three gates.
rows, plain, lstm, peephole, coupled, in_torch = 80, 620, 2480, 2560, 1860, 2560

# %% mistake counts "peepholes as matrices"
# Your `peephole` has matrices of N by N. A peephole looks at its own cell only: N numbers.
rows, plain, lstm, peephole, coupled, in_torch = 80, 620, 2480, 3680, 1860, 2560

# %% mistake counts "two bias vectors, once"
# Your `in_torch` has the second bias once. Each of the four gates has it.
rows, plain, lstm, peephole, coupled, in_torch = 80, 620, 2480, 2540, 1860, 2500

# %% alternative counts
M, N = 10, 20
rows, plain = 4 * N, N * (M + N + 1)
lstm, peephole, coupled, in_torch = 4 * plain, 4 * plain + 3 * N, 3 * plain, 4 * (plain + N)

# %% [markdown]
# ## E. The same numbers as torch
#
# ### E.1 One order for four gates
#
# `torch.nn.LSTM(M, N)` computes what your `lstm_forward` computes, many times faster. It keeps its
# parameters in four tensors:
#
# | name in torch | shape | content |
# |---|---|---|
# | `weight_ih_l0` | (4N, M) | the $W$ of all gates, on top of one another |
# | `weight_hh_l0` | (4N, N) | the $R$ of all gates |
# | `bias_ih_l0`, `bias_hh_l0` | (4N,) each | two biases, which are **added** |
#
# The four blocks stand in the order **input gate, forget gate, block input, output gate**. (torch's
# manual calls the block input $g$.) One bias would do. There are two because the library cuDNN, for
# GPUs, has two.
#
# ### Exercise 10.10: into torch
#
# Write `lstm_to_torch(p)`, which returns the tuple of the four arrays `(weight_ih, weight_hh,
# bias_ih, bias_hh)` in the order and the shapes of the table. The check puts them into a
# `torch.nn.LSTM` and compares what that layer computes with (4) to (9). How you divide the bias
# between the two is up to you.


# %% given try_lstm_to_torch
def try_load(layer, parameters):
    """Load the parameters, or say which of them has a wrong shape."""
    for name, old in layer.state_dict().items():
        if (got := tuple(parameters[name].shape)) != tuple(old.shape):
            raise ValueError(f"{name} has shape {got}; torch's layer has {tuple(old.shape)}")
    layer.load_state_dict(parameters)


def try_tensors(arrays):
    """Return the four arrays as tensors, or say what came in their place."""
    if not isinstance(arrays, tuple | list) or len(arrays) != 4:
        came = f"{len(arrays)} items" if isinstance(arrays, tuple | list) else type(arrays).__name__
        raise TypeError(f"a tuple of four arrays is due; what came: {came}")
    return [torch.as_tensor(np.array(array), dtype=torch.float64) for array in arrays]


def try_lstm_to_torch(p, X, h0, c0):
    """Return the outputs of torch's LSTM with the parameters that lstm_to_torch returns."""
    N, M = p["Wi"].shape
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    layer = torch.nn.LSTM(M, N).double()
    tensors = try_tensors(lstm_to_torch(p))
    try_load(layer, dict(zip(names, tensors, strict=True)))
    H, _ = layer(torch.tensor(X), (torch.tensor(h0)[None], torch.tensor(c0)[None]))
    return H.detach().numpy()


# %% hint lstm_to_torch [markdown]
# What does `np.concatenate` do with a list of four arrays of shape (N, M)?

# %% hint lstm_to_torch [markdown]
# Go through the letters in torch's order. Concatenate along the first axis, three times. One of the
# two biases may be 0.

# %% hint lstm_to_torch [markdown]
# W, R, b ← concatenate([p[part + g] for g in "ifzo"]), once for each of the parts "W", "R" and "b";
# return W, R, b, zeros in the shape of b


# %% solve lstm_to_torch
def lstm_to_torch(p):
    """Return (weight_ih, weight_hh, bias_ih, bias_hh) for torch.nn.LSTM.

    >>> [array.shape for array in lstm_to_torch(random_parameters(3, 2))]
    [(8, 3), (8, 2), (8,), (8,)]
    """
    ### BEGIN SOLUTION
    W, R, b = (np.concatenate([p[part + g] for g in "ifzo"]) for part in "WRb")
    return W, R, b, np.zeros_like(b)
    ### END SOLUTION


# %% check lstm_to_torch points=2
with check("lstm_to_torch") as probe:
    rng = np.random.default_rng(110)
    X, h0, c0 = rng.normal(size=(3, 2, 3)), rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    for parts, what in (("b", "biases"), ("W", "input weights"), ("R", "recurrent weights")):
        p = random_parameters(3, 2, parts=parts)
        probe.call(f"only the {what} are not 0", try_lstm_to_torch, p, X, h0, c0, tolerance=1e-4)
    for gate in "zifo":
        p = random_parameters(3, 2, only=gate)
        label = f"only the parameters of {gate} are not 0"
        probe.call(label, try_lstm_to_torch, p, X, h0, c0, tolerance=1e-4)
    probe.call("all parameters", try_lstm_to_torch, random_parameters(3, 2), X, h0, c0, tolerance=1e-4)
### BEGIN HIDDEN TESTS
with check.hidden("lstm_to_torch") as probe:
    rng = np.random.default_rng(1100)
    for T, batch, M, N in ((1, 1, 1, 1), (6, 3, 2, 4), (20, 2, 4, 3)):
        X, h0, c0 = (rng.normal(size=size) for size in ((T, batch, M), (batch, N), (batch, N)))
        p, h, c, right = random_parameters(M, N, seed=T), h0, c0, []
        for x in X:
            a = {g: x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g] for g in "zifo"}
            i, f, o = (1 / (1 + np.exp(-a[g])) for g in "ifo")
            c = f * c + i * np.tanh(a["z"])
            h = o * np.tanh(c)
            right.append(h)
        label = f"T = {T}, batch {batch}, M = {M}, N = {N}"
        probe.call(label, try_lstm_to_torch, p, X, h0, c0, tolerance=1e-4, expected=np.array(right))
### END HIDDEN TESTS


# %% mistake lstm_to_torch "the order of the equations"
# You stack the gates as this chapter lists them: z, i, f, o. torch's order is input gate, forget
# gate, block input, output gate.
def lstm_to_torch(p):
    W, R, b = (np.concatenate([p[part + g] for g in "zifo"]) for part in "WRb")
    return W, R, b, np.zeros_like(b)


# %% mistake lstm_to_torch "the block input comes last"
# You stack i, f, o and then z. In torch the block input is the third of the four. (The other order
# is that of some other libraries.)
def lstm_to_torch(p):
    W, R, b = (np.concatenate([p[part + g] for g in "ifoz"]) for part in "WRb")
    return W, R, b, np.zeros_like(b)


# %% mistake lstm_to_torch "forget gate first"
# You stack f, i, z, o. torch has the input gate first, then the forget gate.
def lstm_to_torch(p):
    W, R, b = (np.concatenate([p[part + g] for g in "fizo"]) for part in "WRb")
    return W, R, b, np.zeros_like(b)


# %% mistake lstm_to_torch "the bias counts twice"
# Both of your biases hold the whole bias. torch adds them, so it counts twice: let one be 0.
def lstm_to_torch(p):
    W, R, b = (np.concatenate([p[part + g] for g in "ifzo"]) for part in "WRb")
    return W, R, b, b


# %% mistake lstm_to_torch "the recurrent weights are transposed"
# Your recurrent blocks are transposed. torch multiplies as you do, x @ W.T and h @ R.T: the blocks
# stay as they are.
def lstm_to_torch(p):
    W, R, b = (np.concatenate([p[part + g] for g in "ifzo"]) for part in "WRb")
    return W, np.concatenate([p["R" + g].T for g in "ifzo"]), b, np.zeros_like(b)


# %% mistake lstm_to_torch "side by side in place of on top of one another"
# Your blocks stand side by side. They are put on top of one another: the first axis becomes 4N.
def lstm_to_torch(p):
    W, R = (np.hstack([p[part + g] for g in "ifzo"]) for part in "WR")
    b = np.concatenate([p["b" + g] for g in "ifzo"])
    return W, R, b, np.zeros_like(b)


# %% mistake lstm_to_torch "W and R are exchanged"
# Your W and R are exchanged: weight_ih, which meets the input, is made of the W, and it comes first.
def lstm_to_torch(p):
    W, R, b = (np.concatenate([p[part + g] for g in "ifzo"]) for part in "WRb")
    return R, W, b, np.zeros_like(b)


# %% alternative lstm_to_torch
def lstm_to_torch(p):
    b = np.hstack([p["b" + g] for g in "ifzo"])
    W, R = (np.vstack([p[part + g] for g in "ifzo"]) for part in "WR")
    return [W, R, b / 2, b / 2]


# %% alternative lstm_to_torch
def lstm_to_torch(p):
    def stacked(part):
        return torch.cat([torch.tensor(p[part + g]) for g in "ifzo"])

    return stacked("W"), stacked("R"), 0 * stacked("b"), stacked("b")


# %% [markdown]
# So the long way was worth it: what torch computes is no secret. On a larger example,

# %%
rng = np.random.default_rng(0)
X, h0, c0 = rng.normal(size=(50, 8, 10)), rng.normal(size=(8, 20)), rng.normal(size=(8, 20))
p = random_parameters(10, 20)
gap = np.abs(try_lstm_to_torch(p, X, h0, c0) - lstm_forward(X, h0, c0, p)[0]).max()
print("after 50 steps torch and lstm_forward differ by less than 1e-6:", bool(gap < 1e-6))

# %% [markdown]
# ### E.2 A good start for the forget gate
#
# torch starts with small random biases around 0. You have computed in 10.3 what that means: forget
# gates near one half, and a memory of five steps. Gers, Schmidhuber and Cummins (2000) set the
# forget bias to a positive number before training, and Jozefowicz and others (2015) found that this
# one line matters more than most changes to the architecture.
#
# ### Exercise 10.11: the forget bias
#
# Write `set_forget_bias(layer, value)` for a `torch.nn.LSTM`. Afterwards the *sum* of the two
# biases of each forget gate is `value`, in all layers (`_l0`, `_l1`, …) and in both directions (the
# names of the backward direction end in `_reverse`). All other parameters stay as they are. The
# function returns nothing. Parameters are changed inside of `with torch.no_grad():`.


# %% given try_set_forget_bias
def try_set_forget_bias(layers, bidirectional, value, N=2):
    """Return, for each layer and direction, the sum of the forget biases, and what else changed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        layer = torch.nn.LSTM(3, N, num_layers=layers, bidirectional=bidirectional).double()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    set_forget_bias(layer, value)
    after, forget, others = layer.state_dict(), {}, {}
    for name in after:
        if name.startswith("bias_ih"):
            other = name.replace("_ih", "_hh")
            forget[name[7:]] = (after[name] + after[other])[N : 2 * N].numpy()
            change = after[name] + after[other] - before[name] - before[other]
            others[name[7:]] = torch.cat([change[:N], change[2 * N :]]).numpy()
        elif name.startswith("weight"):
            others[name] = (after[name] - before[name]).numpy()
    others["parameters that can learn"] = sum(each.requires_grad for each in layer.parameters())
    return forget, others


# %% hint set_forget_bias [markdown]
# Which of the 4N entries of a bias belong to the forget gate? And which biases are there? Print
# `[name for name, _ in layer.named_parameters()]` for a layer with two directions.

# %% hint set_forget_bias [markdown]
# Go through `layer.named_parameters()`. Names that begin with `bias_ih` get `value` in the second
# quarter, and those that begin with `bias_hh` get 0 there.

# %% hint set_forget_bias [markdown]
# N ← layer.hidden_size; for name, b in named_parameters: if "bias_ih" in name: b[N : 2N] ← value;
# if "bias_hh" in name: b[N : 2N] ← 0


# %% solve set_forget_bias
def set_forget_bias(layer, value):
    """Set the forget bias of a torch.nn.LSTM to value, in all layers and directions.

    >>> layer = torch.nn.LSTM(1, 2)
    >>> set_forget_bias(layer, 3.0)
    >>> (layer.bias_ih_l0 + layer.bias_hh_l0)[2:4].tolist()
    [3.0, 3.0]
    """
    ### BEGIN SOLUTION
    N = layer.hidden_size
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[N : 2 * N] = value if name.startswith("bias_ih") else 0.0
    ### END SOLUTION


# %% check set_forget_bias points=2
with check("set_forget_bias") as probe:
    probe.call("one layer, value 1", try_set_forget_bias, 1, False, 1.0)
    probe.call("one layer of three cells, value -2.5", try_set_forget_bias, 1, False, -2.5, 3)
    probe.call("two layers", try_set_forget_bias, 2, False, 3.0)
    probe.call("both directions", try_set_forget_bias, 1, True, 3.0)
    probe.call("two layers, both directions", try_set_forget_bias, 2, True, 0.5)
### BEGIN HIDDEN TESTS
with check.hidden("set_forget_bias") as probe:
    for layers, bidirectional, value, N in ((3, True, 0.5, 3), (1, False, 0.0, 1), (2, True, 5, 4)):
        names = [f"_l{k}{end}" for k in range(layers) for end in ("", "_reverse")[: 1 + bidirectional]]
        shapes = {name: torch.nn.LSTM(3, N, num_layers=layers, bidirectional=bidirectional)
                  .state_dict()["weight_ih" + name].shape for name in names}  # fmt: skip
        forget = {name: np.full(N, float(value)) for name in names}
        others = {name: np.zeros(3 * N) for name in names}
        for name in names:
            others["weight_ih" + name] = np.zeros(shapes[name])
            others["weight_hh" + name] = np.zeros((4 * N, N))
        others["parameters that can learn"] = 4 * len(names)
        label = f"{layers} layers of {N} cells, both directions: {bidirectional}, value {value}"
        right = (forget, others)
        probe.call(label, try_set_forget_bias, layers, bidirectional, value, N, expected=right)
### END HIDDEN TESTS


# %% mistake set_forget_bias "the parameters can no longer learn"
# Afterwards some parameters have requires_grad = False, and training would leave them as they are.
# Change them inside of `with torch.no_grad():` and leave requires_grad alone.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    for parameter in layer.parameters():
        parameter.requires_grad_(False)
    for name, parameter in layer.named_parameters():
        if name.startswith("bias"):
            parameter[N : 2 * N] = value if name.startswith("bias_ih") else 0.0


# %% mistake set_forget_bias "the value counts twice"
# Both biases hold the value, so their sum is twice the value. Set one of them to 0.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[N : 2 * N] = value


# %% mistake set_forget_bias "the second bias stays random"
# You set one bias and leave the other one as it was. Their sum counts: set the other one to 0.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias_ih"):
                parameter[N : 2 * N] = value


# %% mistake set_forget_bias "the first quarter"
# You set the biases of the input gate. The forget gate has the second quarter.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[:N] = value if name.startswith("bias_ih") else 0.0


# %% mistake set_forget_bias "all four gates"
# You set the biases of all gates. Only the second quarter belongs to the forget gate.
def set_forget_bias(layer, value):
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[:] = value if name.startswith("bias_ih") else 0.0


# %% mistake set_forget_bias "the first layer only"
# You set the biases that end in _l0 and no others. Go through all of layer.named_parameters().
def set_forget_bias(layer, value):
    N = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[N : 2 * N] = value
        layer.bias_hh_l0[N : 2 * N] = 0.0


# %% mistake set_forget_bias "one direction only"
# The backward direction keeps its random bias. Its names end in _reverse.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias") and not name.endswith("_reverse"):
                parameter[N : 2 * N] = value if name.startswith("bias_ih") else 0.0


# %% mistake set_forget_bias "the backward direction gets no value"
# In the backward direction you set one of the two biases only. Its names end in _reverse; they begin
# with bias_ih and bias_hh like the others.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias_hh"):
                parameter[N : 2 * N] = 0.0
            elif name.startswith("bias_ih") and not name.endswith("_reverse"):
                parameter[N : 2 * N] = value


# %% mistake set_forget_bias "a fixed number of cells"
# Your slice is right for two cells only. Take N from the layer: layer.hidden_size.
def set_forget_bias(layer, value):
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[2:4] = value if name.startswith("bias_ih") else 0.0


# %% mistake set_forget_bias "torch would follow the change"
# torch refuses to change parameters whose gradients it follows. Put the lines that change them into
# `with torch.no_grad():`.
def set_forget_bias(layer, value):
    N = layer.hidden_size
    for name, parameter in layer.named_parameters():
        if name.startswith("bias"):
            parameter[N : 2 * N] = value if name.startswith("bias_ih") else 0.0


# %% alternative set_forget_bias
def set_forget_bias(layer, value):
    for name, parameter in layer.named_parameters():
        if "bias" in name:
            forget = parameter.data.chunk(4)[1]
            forget.fill_(value / 2)


# %% alternative set_forget_bias
def set_forget_bias(layer, value):
    N, state = layer.hidden_size, layer.state_dict()
    for name in state:
        if name.startswith("bias_hh"):
            state[name][N : 2 * N] = value - state[name.replace("hh", "ih")][N : 2 * N]
    layer.load_state_dict(state)


# %% [markdown]
# ## F. The GRU
#
# ### F.1 Two gates are enough?
#
# Cho and others (2014) asked whether a simpler unit would do: without a second state, and with two
# gates. In their **gated recurrent unit**, GRU, the state $h$ itself is the memory. In the form of
# Chung and others (2014):
#
# $$
# \begin{aligned}
# r_t &= \sigma(W^r x_t + R^r h_{t-1} + b^r) && \text{reset gate} & \text{(17)} \\
# z_t &= \sigma(W^z x_t + R^z h_{t-1} + b^z) && \text{update gate} & \text{(18)} \\
# n_t &= \tanh(W^n x_t + R^n (r_t \odot h_{t-1}) + b^n) && \text{candidate} & \text{(19)} \\
# h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot n_t && \text{new state} & \text{(20)}
# \end{aligned}
# $$
#
# The letter $z$ is now a gate; this is what everybody calls it. The **update gate** is a pair of
# coupled gates as in (16): it says which share of the state is replaced. The **reset gate** says
# how much of the old state the candidate may see: with $r = 0$ it is computed as if the sequence
# began here. There is no output gate: all of the memory is shown, always.
#
# ### Exercise 10.12: the GRU
#
# Write `gru_step(x, h, p)`: equations (17) to (20). Return the new state, (batch, N). The keys of
# `p` are `"Wr"`, `"Rr"`, `"br"`, and the same with `z` and `n`.

# %% hint gru_step [markdown]
# What is multiplied by the reset gate, and before or after which product?

# %% hint gru_step [markdown]
# First both gates. Then multiply the old state by r, entry by entry, and only then by the
# transposed R of the candidate. Mix the old state and the candidate.

# %% hint gru_step [markdown]
# r, z ← σ(x @ W.T + h @ R.T + b); n ← tanh(x @ p["Wn"].T + (r·h) @ p["Rn"].T + p["bn"]); return (1
# − z)·h + z·n


# %% solve gru_step
def gru_step(x, h, p):
    """Return the new state of a GRU, equations (17) to (20).

    >>> p = random_parameters(1, 1, gates="rzn", only="")
    >>> float(gru_step(np.ones((1, 1)), np.ones((1, 1)), p)[0, 0])  # half of it is replaced by 0
    0.5
    """
    ### BEGIN SOLUTION
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + (r * h) @ p["Rn"].T + p["bn"])
    return (1 - z) * h + z * n
    ### END SOLUTION


# %% check gru_step points=2
with check("gru_step") as probe:
    rng = np.random.default_rng(112)
    x, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    for gate, name in zip("rzn", ("reset gate", "update gate", "candidate"), strict=True):
        p = random_parameters(3, 4, gates="rzn", only=gate)
        probe.call(f"only the parameters of the {name} are not 0", gru_step, x, h, p)
    p = random_parameters(3, 4, gates="rzn", parts="WR")
    probe.call("no biases", gru_step, x, h, p)
    probe.call("all parameters", gru_step, x, h, random_parameters(3, 4, gates="rzn"))
    probe.call("a batch of one", gru_step, x[:1], h[:1], random_parameters(3, 4, gates="rzn"))
### BEGIN HIDDEN TESTS
with check.hidden("gru_step") as probe:
    rng = np.random.default_rng(1120)
    for batch, M, N in ((1, 1, 1), (5, 2, 3), (3, 4, 2)):
        x, h = 2 * rng.normal(size=(batch, M)), rng.normal(size=(batch, N))
        p = random_parameters(M, N, seed=M, gates="rzn")
        t = {key: torch.tensor(value) for key, value in p.items()}
        tx, th = torch.tensor(x), torch.tensor(h)
        r, z = ((tx @ t["W" + g].T + th @ t["R" + g].T + t["b" + g]).sigmoid() for g in "rz")
        n = (tx @ t["Wn"].T + (r * th) @ t["Rn"].T + t["bn"]).tanh()
        right = torch.lerp(th, n, z).numpy()
        probe.call(f"batch {batch}, M = {M}, N = {N}", gru_step, x, h, p, expected=right)
### END HIDDEN TESTS


# %% mistake gru_step "the reset gate comes after the product"
# You multiply R h by the reset gate. In (19) the state is multiplied first and goes through R then.
# (Your form exists too: it is the next exercise.)
def gru_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + r * (h @ p["Rn"].T) + p["bn"])
    return (1 - z) * h + z * n


# %% mistake gru_step "z and 1 - z are exchanged"
# You keep the share z. In (20) z is the share that is replaced, and 1 - z is kept.
def gru_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + (r * h) @ p["Rn"].T + p["bn"])
    return z * h + (1 - z) * n


# %% mistake gru_step "the reset gate is not used"
# Your candidate sees the whole old state. (19) multiplies it by r.
def gru_step(x, h, p):
    z = sigmoid(x @ p["Wz"].T + h @ p["Rz"].T + p["bz"])
    n = np.tanh(x @ p["Wn"].T + h @ p["Rn"].T + p["bn"])
    return (1 - z) * h + z * n


# %% mistake gru_step "the reset gate acts on the memory"
# Your new state keeps r h in place of h. The reset gate acts inside of the candidate only.
def gru_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + (r * h) @ p["Rn"].T + p["bn"])
    return (1 - z) * r * h + z * n


# %% mistake gru_step "the two gates are exchanged"
# You mix with the reset gate and reset with the update gate.
def gru_step(x, h, p):
    z, r = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + (r * h) @ p["Rn"].T + p["bn"])
    return (1 - z) * h + z * n


# %% mistake gru_step "the candidate is a gate"
# Your candidate lies between 0 and 1. It has a tanh: what is written may be negative.
def gru_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = sigmoid(x @ p["Wn"].T + (r * h) @ p["Rn"].T + p["bn"])
    return (1 - z) * h + z * n


# %% mistake gru_step "the reset gate multiplies the whole sum"
# You multiply the whole sum of the candidate by r. In (19) r multiplies the old state only.
def gru_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(r * (x @ p["Wn"].T + h @ p["Rn"].T + p["bn"]))
    return (1 - z) * h + z * n


# %% alternative gru_step
def gru_step(x, h, p):
    W, R, b = (np.concatenate([p[part + g] for g in "rz"]) for part in "WRb")
    r, z = np.split(1 / (1 + np.exp(-(x @ W.T + h @ R.T + b))), 2, axis=1)
    n = np.tanh(np.hstack([x, r * h]) @ np.hstack([p["Wn"], p["Rn"]]).T + p["bn"])
    return h + z * (n - h)


# %% alternative gru_step
def gru_step(x, h, p):
    rows = []
    for row, old in zip(x, h, strict=True):
        r = sigmoid(p["Wr"] @ row + p["Rr"] @ old + p["br"])
        z = sigmoid(p["Wz"] @ row + p["Rz"] @ old + p["bz"])
        n = np.tanh(p["Wn"] @ row + p["Rn"] @ (r * old) + p["bn"])
        rows.append((1 - z) * old + z * n)
    return np.array(rows).reshape(h.shape)


# %% [markdown]
# ### F.2 The other convention
#
# What torch and cuDNN compute under the same name differs in two places:
#
# $$
# \begin{aligned}
# n_t &= \tanh(W^n x_t + b^n + r_t \odot (R^n h_{t-1} + d^n)) && & \text{(21)} \\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot n_t && & \text{(22)}
# \end{aligned}
# $$
#
# In (21) the reset gate comes **after** the recurrent product. There it also meets a second bias,
# $d^n$, which no longer can be merged with $b^n$. And in (22) the roles of $z$ and $1 - z$ are
# **exchanged**: here $z = 1$ keeps everything. This is how Cho and others wrote it; Chung and
# others turned it around. Whoever moves weights between the forms without knowing this gets a
# network that runs, raises no error, and computes something else.
#
# The second difference is only a name. So take (20) for the state, together with (21) for the
# candidate, and let the next but one exercise deal with the names.
#
# ### Exercise 10.13: reset after the product
#
# Write `gru_after_step(x, h, p)`: equations (17), (18), (21) and (20). In `p` there is a further
# key `"dn"`, of shape (N,).

# %% hint gru_after_step [markdown]
# What does (21) compute if the reset gate is 1? And if it is 0?

# %% hint gru_after_step [markdown]
# As in gru_step, but the recurrent part of the candidate is h @ R.T + d, and the whole of that is
# multiplied by r.

# %% hint gru_after_step [markdown]
# n ← tanh(x @ p["Wn"].T + p["bn"] + r·(h @ p["Rn"].T + p["dn"])); return (1 − z)·h + z·n


# %% solve gru_after_step
def gru_after_step(x, h, p):
    """Return the new state of a GRU whose reset gate comes after the product, (21) and (20).

    >>> p = random_parameters(1, 1, gates="rzn", only="") | {"dn": np.full(1, 100.0)}
    >>> float(gru_after_step(np.ones((1, 1)), np.zeros((1, 1)), p)[0, 0])  # tanh(50) / 2
    0.5
    """
    ### BEGIN SOLUTION
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + p["bn"] + r * (h @ p["Rn"].T + p["dn"]))
    return (1 - z) * h + z * n
    ### END SOLUTION


# %% check gru_after_step points=2
with check("gru_after_step") as probe:
    rng = np.random.default_rng(113)
    x, h, dn = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), {"dn": rng.normal(size=4)}
    nothing = random_parameters(3, 4, gates="rzn", only="")
    probe.call("only dn is not 0", gru_after_step, x, h, nothing | dn)
    for gate, name in zip("rzn", ("reset gate", "update gate", "candidate"), strict=True):
        p = random_parameters(3, 4, gates="rzn", only=gate) | {"dn": np.zeros(4)}
        probe.call(f"only the parameters of the {name} are not 0", gru_after_step, x, h, p)
    p = random_parameters(3, 4, gates="rzn")
    probe.call("dn = 0", gru_after_step, x, h, p | {"dn": np.zeros(4)})
    probe.call("all parameters", gru_after_step, x, h, p | dn)
    probe.call("a batch of one", gru_after_step, x[:1], h[:1], p | dn)
### BEGIN HIDDEN TESTS
with check.hidden("gru_after_step") as probe:
    rng = np.random.default_rng(1130)
    for batch, M, N in ((1, 1, 1), (5, 2, 3), (3, 4, 2)):
        x, h = 2 * rng.normal(size=(batch, M)), rng.normal(size=(batch, N))
        p = random_parameters(M, N, seed=M, gates="rzn") | {"dn": rng.normal(size=N)}
        cell = torch.nn.GRUCell(M, N).double()
        signs = {"r": 1, "z": -1, "n": 1}
        W, R, b = (np.concatenate([s * p[k + g] for g, s in signs.items()]) for k in "WRb")
        d = np.concatenate([np.zeros(2 * N), p["dn"]])
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        cell.load_state_dict(dict(zip(names, map(torch.tensor, (W, R, b, d)), strict=True)))
        right = cell(torch.tensor(x), torch.tensor(h)).detach().numpy()
        probe.call(f"batch {batch}, M = {M}, N = {N}", gru_after_step, x, h, p, expected=right)
### END HIDDEN TESTS


# %% mistake gru_after_step "the reset gate comes before the product"
# You multiply the state by r before it goes through R. In (21) the reset gate comes after the
# product, and it multiplies d as well.
def gru_after_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + p["bn"] + (r * h) @ p["Rn"].T + r * p["dn"])
    return (1 - z) * h + z * n


# %% mistake gru_after_step "the second bias is outside of the reset gate"
# You add dn outside of the brackets. In (21) the reset gate multiplies it too.
def gru_after_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + p["bn"] + r * (h @ p["Rn"].T) + p["dn"])
    return (1 - z) * h + z * n


# %% mistake gru_after_step "the second bias is missing"
# Your candidate lacks dn, the bias inside of the brackets.
def gru_after_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + p["bn"] + r * (h @ p["Rn"].T))
    return (1 - z) * h + z * n


# %% mistake gru_after_step "both biases are inside of the brackets"
# You multiply bn by the reset gate as well. In (21) only dn is inside of the brackets.
def gru_after_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + r * (h @ p["Rn"].T + p["dn"] + p["bn"]))
    return (1 - z) * h + z * n


# %% mistake gru_after_step "the input is reset too"
# You multiply the input's part by the reset gate as well. It acts on the recurrent part only.
def gru_after_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(r * (x @ p["Wn"].T + h @ p["Rn"].T + p["dn"]) + p["bn"])
    return (1 - z) * h + z * n


# %% mistake gru_after_step "z keeps"
# You mix as in (22), where z keeps. This exercise asks for (20): z is the share that is replaced.
def gru_after_step(x, h, p):
    r, z = (sigmoid(x @ p["W" + g].T + h @ p["R" + g].T + p["b" + g]) for g in "rz")
    n = np.tanh(x @ p["Wn"].T + p["bn"] + r * (h @ p["Rn"].T + p["dn"]))
    return z * h + (1 - z) * n


# %% alternative gru_after_step
def gru_after_step(x, h, p):
    R = np.concatenate([p["R" + g] for g in "rzn"])
    r, z, n = np.split(h @ R.T, 3, axis=1)  # one product for all three
    r = sigmoid(r + x @ p["Wr"].T + p["br"])
    z = sigmoid(z + x @ p["Wz"].T + p["bz"])
    n = np.tanh(x @ p["Wn"].T + p["bn"] + r * (n + p["dn"]))
    return h - z * (h - n)


# %% [markdown]
# ### Exercise 10.14: the GRU into torch
#
# Write `gru_to_torch(p)` for the parameters of your `gru_after_step`. It returns the tuple
# `(weight_ih, weight_hh, bias_ih, bias_hh)`, of shapes (3N, M), (3N, N), (3N,), (3N,), with which
# `torch.nn.GRU` computes the same states. torch's order is **reset, update, candidate**. The bias
# $b^n$ of (21) is in `bias_ih`, and $d^n$ is in `bias_hh`. And remember that torch computes (22).
# Which weights turn its $z$ into your $1 - z$?


# %% given try_gru_to_torch
def try_gru_to_torch(p, X, h0):
    """Return the states of torch's GRU with the parameters that gru_to_torch returns."""
    N, M = p["Wr"].shape
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    layer = torch.nn.GRU(M, N).double()
    tensors = try_tensors(gru_to_torch(p))
    try_load(layer, dict(zip(names, tensors, strict=True)))
    return layer(torch.tensor(X), torch.tensor(h0)[None])[0].detach().numpy()


# %% hint gru_to_torch [markdown]
# What is $1 - \sigma(a)$, written as a value of $\sigma$?

# %% hint gru_to_torch [markdown]
# $1 - \sigma(a) = \sigma(-a)$: so change the sign of all that makes up $a$ of the update gate, its
# W, its R and its b. All other blocks stay as they are.

# %% hint gru_to_torch [markdown]
# weight_ih ← concatenate([Wr, −Wz, Wn]); weight_hh likewise; bias_ih ← concatenate([br, −bz, bn]);
# bias_hh ← concatenate([zeros, zeros, dn])


# %% solve gru_to_torch
def gru_to_torch(p):
    """Return (weight_ih, weight_hh, bias_ih, bias_hh) for torch.nn.GRU.

    >>> p = random_parameters(3, 2, gates="rzn") | {"dn": np.ones(2)}
    >>> [array.shape for array in gru_to_torch(p)]
    [(6, 3), (6, 2), (6,), (6,)]
    """
    ### BEGIN SOLUTION
    W, R, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])
    ### END SOLUTION


# %% check gru_to_torch points=3
with check("gru_to_torch") as probe:
    rng = np.random.default_rng(114)
    X, h0, dn = rng.normal(size=(3, 2, 3)), rng.normal(size=(2, 2)), {"dn": rng.normal(size=2)}
    for gate, name in zip("rzn", ("reset gate", "update gate", "candidate"), strict=True):
        p = random_parameters(3, 2, gates="rzn", only=gate) | {"dn": np.zeros(2)}
        label = f"only the parameters of the {name} are not 0"
        probe.call(label, try_gru_to_torch, p, X, h0, tolerance=1e-4)
    p = random_parameters(3, 2, gates="rzn", parts="b")
    probe.call("only the biases are not 0", try_gru_to_torch, p | dn, X, h0, tolerance=1e-4)
    p = random_parameters(3, 2, gates="rzn")
    probe.call("dn = 0", try_gru_to_torch, p | {"dn": np.zeros(2)}, X, h0, tolerance=1e-4)
    probe.call("all parameters", try_gru_to_torch, p | dn, X, h0, tolerance=1e-4)
### BEGIN HIDDEN TESTS
with check.hidden("gru_to_torch") as probe:
    rng = np.random.default_rng(1140)
    for T, batch, M, N in ((1, 1, 1, 1), (6, 3, 2, 4), (20, 2, 4, 3)):
        X, h0 = rng.normal(size=(T, batch, M)), rng.normal(size=(batch, N))
        p = random_parameters(M, N, seed=T, gates="rzn") | {"dn": rng.normal(size=N)}
        h, right = h0, []
        for x in X:
            a = {g: x @ p["W" + g].T + p["b" + g] for g in "rzn"}
            r, z = (1 / (1 + np.exp(-(a[g] + h @ p["R" + g].T))) for g in "rz")
            h = (1 - z) * h + z * np.tanh(a["n"] + r * (h @ p["Rn"].T + p["dn"]))
            right.append(h)
        label = f"T = {T}, batch {batch}, M = {M}, N = {N}"
        probe.call(label, try_gru_to_torch, p, X, h0, tolerance=1e-4, expected=np.array(right))
### END HIDDEN TESTS


# %% mistake gru_to_torch "the update gate keeps its sign"
# torch computes (22): its z keeps what yours replaces. Its update gate must be 1 minus yours, so
# change the sign of Wz, Rz and bz.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + g] for g in "rzn"]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])


# %% mistake gru_to_torch "only the weights change their sign"
# You changed the sign of Wz and Rz, and not that of bz. The whole sum inside of the logistic
# function changes its sign.
def gru_to_torch(p):
    W, R = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WR")
    b, nothing = np.concatenate([p["b" + g] for g in "rzn"]), np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])


# %% mistake gru_to_torch "the input weights only change their sign"
# You changed the sign of Wz and bz, and not that of Rz. The whole sum inside of the logistic
# function changes its sign.
def gru_to_torch(p):
    W, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "Wb")
    R, nothing = np.concatenate([p["R" + g] for g in "rzn"]), np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])


# %% mistake gru_to_torch "the update gate comes first"
# You stack update, reset, candidate. torch's order is reset, update, candidate.
def gru_to_torch(p):
    W, R, b = (np.concatenate([-p[k + "z"], p[k + "r"], p[k + "n"]]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])


# %% mistake gru_to_torch "1 minus the weights"
# You put 1 - Wz where -Wz is due: it is the gate that becomes 1 minus itself, and that takes the
# opposite sign in the sum inside.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + "r"], 1 - p[k + "z"], p[k + "n"]]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])


# %% mistake gru_to_torch "both biases of the candidate in one"
# You added dn to bn. They are not the same: the reset gate multiplies dn only. It belongs into
# bias_hh.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    return W, R, b + np.concatenate([nothing, nothing, p["dn"]]), np.zeros_like(b)


# %% mistake gru_to_torch "the two biases of the candidate are exchanged"
# Your bn is in bias_hh, where the reset gate multiplies it, and dn is in bias_ih. It is the other
# way round.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    b = np.concatenate([p["br"], -p["bz"], p["dn"]])
    return W, R, b, np.concatenate([nothing, nothing, p["bn"]])


# %% mistake gru_to_torch "only Wz changes its sign"
# You changed the sign of Wz only. The whole sum inside of the logistic function changes its sign: Wz,
# Rz and bz.
def gru_to_torch(p):
    R, b = (np.concatenate([p[k + g] for g in "rzn"]) for k in "Rb")
    W, nothing = np.concatenate([p["Wr"], -p["Wz"], p["Wn"]]), np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["dn"]])


# %% mistake gru_to_torch "the second bias is left out"
# Your bias_hh has no dn. It is the last third of bias_hh.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WRb")
    return W, R, b, np.zeros_like(b)


# %% mistake gru_to_torch "the first bias of the candidate twice"
# Your bias_hh has bn in it. bn belongs into bias_ih, and dn into bias_hh.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WRb")
    nothing = np.zeros_like(p["dn"])
    return W, R, b, np.concatenate([nothing, nothing, p["bn"]])


# %% mistake gru_to_torch "the biases count twice"
# Both of your bias vectors hold br and bz. torch adds them: let one of the two be 0 there.
def gru_to_torch(p):
    W, R, b = (np.concatenate([p[k + "r"], -p[k + "z"], p[k + "n"]]) for k in "WRb")
    return W, R, b, np.concatenate([p["br"], -p["bz"], p["dn"]])


# %% alternative gru_to_torch
def gru_to_torch(p):
    N, sign = len(p["br"]), np.repeat([1.0, -1.0, 1.0], len(p["br"]))
    W, R, b = (np.concatenate([p[k + g] for g in "rzn"]) for k in "WRb")
    b, d = b * sign, np.zeros(3 * N)
    b[: 2 * N], d[: 2 * N], d[2 * N :] = b[: 2 * N] / 2, b[: 2 * N] / 2, p["dn"]
    return [W * sign[:, None], (R.T * sign).T, b, d]


# %% alternative gru_to_torch
def gru_to_torch(p):
    def stacked(k):
        return torch.cat([torch.tensor(s * p[k + g]) for g, s in (("r", 1), ("z", -1), ("n", 1))])

    return stacked("W"), stacked("R"), stacked("b"), np.hstack([0 * p["br"], 0 * p["bz"], p["dn"]])


# %% [markdown]
# Your two steps and torch's layer on 50 steps:


# %%
def gru_states(step, X, h, p):
    H = []
    for x in X:
        h = step(x, h, p)
        H.append(h)
    return np.stack(H)


rng = np.random.default_rng(0)
X, h0 = rng.normal(size=(50, 8, 10)), rng.normal(size=(8, 20))
p = random_parameters(10, 20, gates="rzn") | {"dn": np.zeros(20)}
p = {key: value / 3 for key, value in p.items()}
torchs, after = try_gru_to_torch(p, X, h0), gru_states(gru_after_step, X, h0, p)
before = gru_states(gru_step, X, h0, p)
print("torch and gru_after_step differ by less than 1e-6:", bool(np.abs(torchs - after).max() < 1e-6))
print("torch and gru_step differ by more than 0.1:", bool(np.abs(torchs - before).max() > 0.1))

# %% [markdown]
# Here $d^n = 0$, so the two forms have the same parameters, and still they differ. Is there no
# mapping of weights from one to the other?
#
# ### Exercise 10.15: the place of the reset gate
#
# Compare $R\,(r \odot h)$ with $r \odot (R\, h)$. For which matrices $R$, of $N$ by $N$ with $N >
# 1$, are they equal, for *all* $r$ and $h$? Set `equal_for` to the letter of the right answer.
#
# - `"a"`: for all matrices, since products may be exchanged
# - `"b"`: for all symmetric matrices
# - `"c"`: for all diagonal matrices, and for no others
# - `"d"`: for all matrices that preserve lengths
# - `"e"`: for no matrix but 0
#
# (1 of the 5 points is for this; 4 are for the reasons below.)

# %% hint reset_place [markdown]
# Write down entry $j$ of both vectors as a sum over $k$. Which index does $r$ have in each?

# %% hint reset_place [markdown]
# Entry $j$ of the first is $\sum_k R_{jk}\, r_k\, h_k$, and of the second $r_j \sum_k R_{jk}\, h_k$.
# If they are equal for all $h$, what follows for each single $R_{jk}$?

# %% hint reset_place [markdown]
# compare the factors of h_k: R_jk · r_k against r_j · R_jk, for gates r that differ from cell to
# cell

# %% solve reset_place
# Set equal_for to "a", "b", "c", "d" or "e".
### BEGIN SOLUTION
equal_for = "c"
### END SOLUTION

# %% check reset_place points=1
with check("reset_place") as probe:
    probe.choice("where both conventions agree", equal_for)

# %% mistake reset_place "the two products are not of one kind"
# One product is entry by entry, the other one is a matrix times a vector. These two may not be
# exchanged: try R with ones everywhere, r = (1, 0) and h = (1, 1).
equal_for = "a"

# %% mistake reset_place "symmetric is not enough"
# Try the symmetric matrix with rows (0, 1) and (1, 0), r = (1, 0), h = (1, 2): (0, 1) on one side,
# (2, 0) on the other.
equal_for = "b"

# %% mistake reset_place "lengths do not matter"
# A rotation preserves lengths and mixes the entries. Try the one that exchanges two entries, with r
# = (1, 0).
equal_for = "d"

# %% mistake reset_place "some matrices do"
# Try the identity matrix. Which other matrices do not mix the entries?
equal_for = "e"

# %% answer reset_place [markdown] points=4
# **The second part of exercise 10.15 (4 points).** Explain why the place of the reset gate matters. (1) Derive
# your answer to the choice. (2) Say in words what the reset gate switches off in each of the two
# forms. (3) Why did the authors of fast libraries put it after the product? Count the matrix
# products of a step that have to wait for one another. (4) Somebody has trained a GRU with (19) and
# wants to load it into torch. What do you tell them?
#
# <!-- BEGIN SOLUTION -->
# (1) Entry $j$: $\sum_k R_{jk} r_k h_k$ against $\sum_k r_j R_{jk} h_k$. Equal for all $h$ means
# $R_{jk}(r_k - r_j) = 0$ for all $j, k$. Since $r_k$ and $r_j$ may differ, $R_{jk} = 0$ for $j \ne
# k$: $R$ is diagonal. Then both are $R_{jj} r_j h_j$.
#
# (2) Before the product, $r_k = 0$ hides cell $k$ *as a source* from all candidates. After the
# product, $r_j = 0$ makes candidate $j$ blind *as a receiver* to all old states (and to $d_j$).
#
# (3) Before: $R^n$ can be multiplied only when $r$ is known, and $r$ needs $R^r h$. So two products
# wait for one another. After: $R^r h$, $R^z h$ and $R^n h$ need $h$ only; they are one product with
# the stacked matrix of $3N$ rows, and the rest is entry by entry, which is much faster on a GPU.
#
# (4) There is no mapping of weights, unless $R^n$ is diagonal (or the reset gates are always 1). It
# does not help to change signs or the order. They need code that computes (19), or must train again
# (or at least fine-tune) in torch's form. No error will warn them.
#
# **Rubric**
# - 1 point: the derivation, both directions.
# - 1 point: source against receiver.
# - 1 point: one stacked product against two in sequence.
# - 1 point: no mapping exists; compute (19), or train anew.
# <!-- END SOLUTION -->

# %% [markdown]
# ## G. Both directions, several layers
#
# ### G.1 Read from both sides
#
# "The *bank* of the river", "the *bank* of England": what a word means is often settled by what
# comes after it. If the whole sequence is there before an answer is due, nothing forbids to read it
# backwards as well. A **bidirectional** layer has two independent LSTMs. One reads from left to
# right, and the other from right to left. At each time step their outputs are put side by side:
#
# $$
# H_t = \left( \overrightarrow{h}_t,\; \overleftarrow{h}_t \right), \qquad
# \overrightarrow{h}_t \text{ has seen } x_1, \dots, x_t, \qquad
# \overleftarrow{h}_t \text{ has seen } x_T, \dots, x_t
# \tag{23}
# $$
#
# ### Exercise 10.16: both directions
#
# Write `bidirectional(X, p, q)` for `X` of shape (T, batch, M), where `p` are the parameters of the
# LSTM that reads forwards and `q` those of the one that reads backwards. Both start from states of
# 0. Return one array of shape (T, batch, 2N), (23), the forward half first. Use `lstm_forward`.

# %% hint bidirectional [markdown]
# The second LSTM gets the sequence turned around. Where in its output is the state that belongs to
# time 0?

# %% hint bidirectional [markdown]
# Turn X around in time, run lstm_forward with q, and turn the result around again, so that both
# halves of a row speak of the same time. Concatenate along the last axis.

# %% hint bidirectional [markdown]
# zeros of shape (batch, N); F ← lstm_forward(X, zeros, zeros, p)[0]; B ← lstm_forward(X[::-1],
# zeros, zeros, q)[0][::-1]; concatenate([F, B], axis=2)


# %% solve bidirectional
def bidirectional(X, p, q):
    """Return the outputs (T, batch, 2N) of two LSTMs that read X in both directions.

    >>> bidirectional(np.ones((5, 3, 2)), random_parameters(2, 4), random_parameters(2, 4)).shape
    (5, 3, 8)
    """
    ### BEGIN SOLUTION
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    forwards = lstm_forward(X, zeros, zeros, p)[0]
    backwards = lstm_forward(X[::-1], zeros, zeros, q)[0][::-1]
    return np.concatenate([forwards, backwards], axis=2)
    ### END SOLUTION


# %% check bidirectional points=2
with check("bidirectional") as probe:
    rng = np.random.default_rng(116)
    X, p, q = rng.normal(size=(5, 4, 2)), random_parameters(2, 3), random_parameters(2, 3, seed=1)
    nothing = random_parameters(2, 3, only="")
    probe.call("the backward LSTM has parameters of 0", bidirectional, X, p, nothing)
    probe.call("the forward LSTM has parameters of 0", bidirectional, X, nothing, q)
    probe.call("both", bidirectional, X, p, q)
    probe.call("one step", bidirectional, X[:1], p, q)
### BEGIN HIDDEN TESTS
with check.hidden("bidirectional") as probe:
    rng = np.random.default_rng(1160)
    for T, batch, M, N in ((1, 1, 1, 1), (6, 3, 2, 4), (9, 2, 4, 3)):
        X, right = rng.normal(size=(T, batch, M)), []
        pair = [random_parameters(M, N, seed=T), random_parameters(M, N, seed=T + 50)]
        layer, state = torch.nn.LSTM(M, N, bidirectional=True).double(), {}
        for p, end in zip(pair, ("_l0", "_l0_reverse"), strict=True):
            W, R, b = (torch.tensor(np.concatenate([p[k + g] for g in "ifzo"])) for k in "WRb")
            state |= {"weight_ih" + end: W, "weight_hh" + end: R}
            state |= {"bias_ih" + end: b, "bias_hh" + end: 0 * b}
        layer.load_state_dict(state)
        right = layer(torch.tensor(X))[0].detach().numpy()
        label = f"T = {T}, batch {batch}, M = {M}, N = {N}"
        probe.call(label, bidirectional, X, *pair, expected=right)
### END HIDDEN TESTS


# %% mistake bidirectional "the backward half is not turned around again"
# Your backward half begins with the state of the last time step. Turn it around again, so that both
# halves of a row belong to the same time.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, B = lstm_forward(X, zeros, zeros, p)[0], lstm_forward(X[::-1], zeros, zeros, q)[0]
    return np.concatenate([F, B], axis=2)


# %% mistake bidirectional "both read forwards"
# Both of your LSTMs read from left to right. The second one gets X turned around along its first
# axis, time.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    return np.concatenate([lstm_forward(X, zeros, zeros, each)[0] for each in (p, q)], axis=2)


# %% mistake bidirectional "the output is turned around, not the input"
# Your second LSTM reads forwards, and you turn its result around. Turn around both: what it reads,
# and what it returns.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, B = (lstm_forward(X, zeros, zeros, each)[0] for each in (p, q))
    return np.concatenate([F, B[::-1]], axis=2)


# %% mistake bidirectional "the same parameters in both directions"
# Both of your LSTMs have the parameters p. The one that reads backwards has its own, q.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, B = lstm_forward(X, zeros, zeros, p)[0], lstm_forward(X[::-1], zeros, zeros, p)[0][::-1]
    return np.concatenate([F, B], axis=2)


# %% mistake bidirectional "the halves are added"
# You add the two halves. They are put side by side, and the result has 2N numbers per step.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, B = lstm_forward(X, zeros, zeros, p)[0], lstm_forward(X[::-1], zeros, zeros, q)[0][::-1]
    return F + B


# %% mistake bidirectional "the backward half comes first"
# Your halves are exchanged. The forward half comes first.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, B = lstm_forward(X, zeros, zeros, p)[0], lstm_forward(X[::-1], zeros, zeros, q)[0][::-1]
    return np.concatenate([B, F], axis=2)


# %% mistake bidirectional "one goes on where the other one ends"
# Your backward LSTM starts from the last states of the forward one. Both start from states of 0.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, C = lstm_forward(X, zeros, zeros, p)
    B = lstm_forward(X[::-1], F[-1], C[-1], q)[0][::-1]
    return np.concatenate([F, B], axis=2)


# %% mistake bidirectional "side by side along the batch"
# You put the halves together along the batch. They stand side by side along the last axis: 2N numbers
# for each example.
def bidirectional(X, p, q):
    zeros = np.zeros((X.shape[1], len(p["bz"])))
    F, B = lstm_forward(X, zeros, zeros, p)[0], lstm_forward(X[::-1], zeros, zeros, q)[0][::-1]
    return np.concatenate([F, B], axis=1)


# %% alternative bidirectional
def bidirectional(X, p, q):
    T, batch, _ = X.shape
    N = p["Rz"].shape[0]
    H = np.zeros((T, batch, 2 * N))
    h, c = np.zeros((batch, N)), np.zeros((batch, N))
    for t in range(T):
        h, c = lstm_step(X[t], h, c, p)
        H[t, :, :N] = h
    h, c = np.zeros((batch, N)), np.zeros((batch, N))
    for t in range(T - 1, -1, -1):
        h, c = lstm_step(X[t], h, c, q)
        H[t, :, N:] = h
    return H


# %% [markdown]
# ### G.2 Layers on layers
#
# The outputs of a recurrent layer are a sequence again. So another layer can read it, and a third
# one can read that. A **stacked** network has depth in two directions: in time, and in layers.
#
# ### Exercise 10.17: stacked
#
# Write `stacked(X, layers)`. `layers` is a list of pairs `(p, q)`, one for each bidirectional
# layer, the lowest first. Each layer reads all the outputs of the one below. Return the outputs of
# the uppermost layer.

# %% hint stacked [markdown]
# What is the input of the second layer, and how many numbers does it have per step?

# %% hint stacked [markdown]
# Keep one array that is the input of the next layer. It begins as X.

# %% hint stacked [markdown]
# for each (p, q) in layers: X ← bidirectional(X, p, q); return X


# %% solve stacked
def stacked(X, layers):
    """Return the outputs of a stack of bidirectional layers, each given as a pair (p, q).

    >>> low = random_parameters(2, 4), random_parameters(2, 4)
    >>> high = random_parameters(8, 3), random_parameters(8, 3)
    >>> stacked(np.ones((5, 3, 2)), [low, high]).shape
    (5, 3, 6)
    """
    ### BEGIN SOLUTION
    for p, q in layers:
        X = bidirectional(X, p, q)
    return X
    ### END SOLUTION


# %% check stacked points=1
with check("stacked") as probe:
    rng = np.random.default_rng(117)
    X = rng.normal(size=(4, 3, 4))
    layers = [(random_parameters(4, 2, seed=k), random_parameters(4, 2, seed=k + 9)) for k in (1, 2, 3)]
    probe.call("one layer", stacked, X, layers[:1])
    probe.call("two layers", stacked, X, layers[:2])
    probe.call("three layers", stacked, X, layers)
### BEGIN HIDDEN TESTS
with check.hidden("stacked") as probe:
    rng = np.random.default_rng(1170)
    for T, batch, M, N, depth in ((3, 2, 2, 3, 2), (5, 1, 3, 1, 3)):
        X, layers, state = rng.normal(size=(T, batch, M)), [], {}
        for k in range(depth):
            inputs = M if k == 0 else 2 * N
            layers.append([random_parameters(inputs, N, seed=7 * k + j) for j in (0, 1)])
            for p, end in zip(layers[-1], (f"_l{k}", f"_l{k}_reverse"), strict=True):
                W, R, b = (torch.tensor(np.concatenate([p[j + g] for g in "ifzo"])) for j in "WRb")
                state |= {"weight_ih" + end: W, "weight_hh" + end: R}
                state |= {"bias_ih" + end: b, "bias_hh" + end: 0 * b}
        layer = torch.nn.LSTM(M, N, num_layers=depth, bidirectional=True).double()
        layer.load_state_dict(state)
        right = layer(torch.tensor(X))[0].detach().numpy()
        label = f"T = {T}, M = {M}, N = {N}, {depth} layers"
        probe.call(label, stacked, X, layers, expected=right)
### END HIDDEN TESTS


# %% mistake stacked "every layer reads the input"
# Each of your layers reads X. Only the lowest one does. The others read the outputs of the layer
# below.
def stacked(X, layers):
    for p, q in layers:
        H = bidirectional(X, p, q)
    return H


# %% mistake stacked "the uppermost layer comes first"
# You go through the layers from the last to the first. The lowest comes first in the list.
def stacked(X, layers):
    for p, q in reversed(layers):
        X = bidirectional(X, p, q)
    return X


# %% mistake stacked "the outputs are added to the input"
# You add each layer's outputs to its input. That is a shortcut which the task does not ask for.
def stacked(X, layers):
    for p, q in layers:
        X = X + bidirectional(X, p, q)
    return X


# %% mistake stacked "p and q are exchanged"
# The LSTM that reads forwards has the parameters q. They belong to the backward one.
def stacked(X, layers):
    for p, q in layers:
        X = bidirectional(X, q, p)
    return X


# %% mistake stacked "the lowest layer only"
# You return the outputs of the lowest layer. The others read on: the outputs of each are the input of
# the next.
def stacked(X, layers):
    return bidirectional(X, *layers[0])


# %% mistake stacked "the outputs of all layers"
# You return the outputs of all layers. Those of the uppermost are asked for.
def stacked(X, layers):
    outputs = []
    for p, q in layers:
        X = bidirectional(X, p, q)
        outputs.append(X)
    return outputs


# %% alternative stacked
def stacked(X, layers):
    return X if not layers else stacked(bidirectional(X, *layers[0]), layers[1:])


# %% [markdown]
# torch has both as options, and the names of 10.11. Your mapping of weights serves each layer and
# each direction:


# %%
def torchs_stack(X, layers):
    M, N = layers[0][0]["Wi"].shape[::-1]
    layer = torch.nn.LSTM(M, N, num_layers=len(layers), bidirectional=True).double()
    state = {}
    for k, pair in enumerate(layers):
        for p, end in zip(pair, (f"_l{k}", f"_l{k}_reverse"), strict=True):
            names = (f"{part}{end}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            state.update(zip(names, map(torch.as_tensor, lstm_to_torch(p)), strict=True))
    layer.load_state_dict(state)
    return layer(torch.tensor(X))[0].detach().numpy()


X = np.random.default_rng(0).normal(size=(30, 4, 10))
low = random_parameters(10, 20, seed=1), random_parameters(10, 20, seed=2)
high = random_parameters(40, 20, seed=3), random_parameters(40, 20, seed=4)
gap = np.abs(torchs_stack(X, [low, high]) - stacked(X, [low, high])).max()
print("two layers, both directions: less than 1e-6 from torch:", bool(gap < 1e-6))

# %% [markdown]
# ## H. Two tasks for a long memory
#
# ### H.1 Tasks that cannot be cheated
#
# Text is a poor test of memory: the last few letters already tell much about the next one. Two
# tasks, which Hochreiter and Schmidhuber (1997) used in similar forms, leave no way around
# remembering.
#
# **Adding.** The input has two numbers at each step: a *value* between 0 and 1, and a *mark*, which
# is 1 at two steps and 0 at all others. The first mark is in the first half, the second in the
# second half. After the last step the network shall say the sum of the two marked values.
#
# **Copying.** At first come a few symbols. Then nothing comes for a long while. Then a sign says
# "go", and the network shall repeat the symbols in order.
#
# ### Exercise 10.18: adding
#
# Write `adding_inputs(values, first, second)`. `values` has shape (batch, T). `first` and `second`
# are arrays of whole numbers, (batch,): the steps that are marked in each example. Return the tuple
# `(X, y)`: `X` of shape (batch, T, 2) has the values in `X[:, :, 0]` and the marks in `X[:, :, 1]`,
# and `y` of shape (batch,) has the sums. (The batch comes first in this part, as torch's layers
# take it with `batch_first=True`.)

# %% hint adding_inputs [markdown]
# How do you set entry `first[k]` of row `k`, for all rows `k`?

# %% hint adding_inputs [markdown]
# Make an array of zeros like the values. With `rows = np.arange(batch)`, the entries `[rows,
# first]` and `[rows, second]` become 1. The sum is the values times the marks, added over time.

# %% hint adding_inputs [markdown]
# marks ← zeros_like(values); marks[rows, first] ← 1; marks[rows, second] ← 1; X ← stack([values,
# marks], axis=2); y ← sum(values · marks, axis=1)


# %% solve adding_inputs
def adding_inputs(values, first, second):
    """Return (X, y) of the adding task, of shapes (batch, T, 2) and (batch,).

    >>> X, y = adding_inputs(np.array([[0.5, 0.25, 0.125]]), np.array([0]), np.array([2]))
    >>> X[0, :, 1].tolist(), y.tolist()
    ([1.0, 0.0, 1.0], [0.625])
    """
    ### BEGIN SOLUTION
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = 1.0
    marks[rows, second] = 1.0
    return np.stack([values, marks], axis=2), (values * marks).sum(axis=1)
    ### END SOLUTION


# %% check adding_inputs points=2
with check("adding_inputs") as probe:
    values = np.array([[0.5, 0.25, 0.125, 1.0], [0.2, 0.4, 0.6, 0.8]])
    first, second = np.array([0, 1]), np.array([2, 3])
    probe.call("one example", adding_inputs, values[:1], first[:1], second[:1])
    probe.call("two examples", adding_inputs, values, first, second)
    values = np.random.default_rng(118).uniform(size=(3, 7))
    first, second = np.array([2, 0, 1]), np.array([4, 6, 5])
    probe.call("three examples of seven steps", adding_inputs, values, first, second)
### BEGIN HIDDEN TESTS
with check.hidden("adding_inputs") as probe:
    rng = np.random.default_rng(1180)
    for batch, T in ((1, 2), (5, 10), (40, 31)):
        values = rng.uniform(size=(batch, T))
        first, second = rng.integers(0, T // 2, batch), rng.integers(T // 2, T, batch)
        X, y = np.zeros((batch, T, 2)), np.zeros(batch)
        for k in range(batch):
            X[k, :, 0] = values[k]
            X[k, first[k], 1] = X[k, second[k], 1] = 1
            y[k] = values[k, first[k]] + values[k, second[k]]
        label = f"{batch} examples of {T} steps"
        probe.call(label, adding_inputs, values, first, second, expected=(X, y))
### END HIDDEN TESTS


# %% mistake adding_inputs "all rows get all marks"
# Each of your examples has the marks of all the others too: marks[:, first] means all rows. Pair
# row k with first[k]: marks[np.arange(batch), first].
def adding_inputs(values, first, second):
    marks = np.zeros(values.shape)
    marks[:, first] = 1.0
    marks[:, second] = 1.0
    return np.stack([values, marks], axis=2), (values * marks).sum(axis=1)


# %% mistake adding_inputs "values and marks are exchanged"
# Your marks are in X[:, :, 0]. The values come first.
def adding_inputs(values, first, second):
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1.0
    return np.stack([marks, values], axis=2), (values * marks).sum(axis=1)


# %% mistake adding_inputs "the mean of the two"
# Your y is the mean of the two marked values. The task is their sum.
def adding_inputs(values, first, second):
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1.0
    return np.stack([values, marks], axis=2), (values * marks).sum(axis=1) / 2


# %% mistake adding_inputs "the sum of all values"
# Your y is the sum of all values. Only the two marked ones count.
def adding_inputs(values, first, second):
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1.0
    return np.stack([values, marks], axis=2), values.sum(axis=1)


# %% mistake adding_inputs "the other values are wiped out"
# Only the marked values are left in your X. All of them stay: to ignore the others is what the
# network has to learn.
def adding_inputs(values, first, second):
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1.0
    return np.stack([values * marks, marks], axis=2), (values * marks).sum(axis=1)


# %% mistake adding_inputs "time comes first"
# Your X has time as its first axis. Here the batch comes first: (batch, T, 2).
def adding_inputs(values, first, second):
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1.0
    return np.stack([values.T, marks.T], axis=2), (values * marks).sum(axis=1)


# %% alternative adding_inputs
def adding_inputs(values, first, second):
    X, y = np.zeros((*values.shape, 2)), []
    X[:, :, 0] = values
    for k, (a, b) in enumerate(zip(first, second, strict=True)):
        X[k, [a, b], 1] = 1
        y.append(values[k, a] + values[k, b])
    return X, np.array(y)


# %% alternative adding_inputs
def adding_inputs(values, first, second):
    eye = np.eye(values.shape[1])
    marks = eye[first] + eye[second]
    return np.concatenate([values[..., None], marks[..., None]], axis=-1), np.einsum("kt,kt->k", values, marks)


# %% [markdown]
# ### Exercise 10.19: copying
#
# Write `copy_inputs(symbols, delay, kinds)`. `symbols`, (batch, K), has whole numbers from 1 to
# `kinds`. An example has $K + \text{delay} + K$ steps:
#
# | steps | what comes |
# |---|---|
# | $0, \dots, K - 1$ | the K symbols |
# | the next `delay` steps | the blank, 0; but at the **last** of them the sign "go", `kinds + 1` |
# | the last $K$ | the blank, 0; here the network shall answer |
#
# Return the array `X` of shape (batch, K + delay + K, kinds + 2) in which each step is coded **one
# hot**: number $s$ becomes a vector with 1 at index $s$ and 0 elsewhere. The delay is at least 1.
# For example, with K = 1, delay 3 and one kind the symbol 1 gives the numbers 1, 0, 0, 2, 0.

# %% hint copy_inputs [markdown]
# Write the numbers first, as an array (batch, steps). At which index does the sign "go" stand?

# %% hint copy_inputs [markdown]
# Begin with zeros of whole numbers. Put the symbols into the first K columns, and `kinds + 1` into
# the column before the last K ones. For the code: the rows of a unit matrix are one hot.

# %% hint copy_inputs [markdown]
# numbers ← zeros((batch, K + delay + K), int); numbers[:, :K] ← symbols; numbers[:, K + delay − 1]
# ← kinds + 1; return eye(kinds + 2)[numbers]


# %% solve copy_inputs
def copy_inputs(symbols, delay, kinds):
    """Return the inputs of the copy task, (batch, K + delay + K, kinds + 2), one hot.

    >>> copy_inputs(np.array([[1]]), delay=3, kinds=1)[0].argmax(axis=1).tolist()
    [1, 0, 0, 2, 0]
    """
    ### BEGIN SOLUTION
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay - 1] = kinds + 1
    return np.eye(kinds + 2)[numbers]
    ### END SOLUTION


# %% check copy_inputs points=2
with check("copy_inputs") as probe:
    probe.call("the example", copy_inputs, np.array([[1]]), 3, 1)
    symbols = np.array([[2, 1], [3, 3], [1, 2]])
    probe.call("three examples of two symbols, delay 4", copy_inputs, symbols, 4, 3)
    probe.call("the shortest delay, 1", copy_inputs, symbols, 1, 3)
    probe.call("the symbols 1 and 2 of four kinds", copy_inputs, np.array([[1, 2]]), 2, 4)
### BEGIN HIDDEN TESTS
with check.hidden("copy_inputs") as probe:
    rng = np.random.default_rng(1190)
    sizes = (1, 1, 1, 1, 1), (4, 3, 7, 5, 5), (2, 5, 2, 2, 2), (3, 2, 4, 6, 3)
    for batch, K, delay, kinds, largest in sizes:
        symbols = rng.integers(1, largest + 1, (batch, K))
        right = np.zeros((batch, K + delay + K, kinds + 2))
        for k in range(batch):
            row = [*symbols[k], *[0] * (delay - 1), kinds + 1, *[0] * K]
            right[k, range(len(row)), row] = 1
        label = f"{batch} examples, {K} symbols of {kinds} kinds, delay {delay}"
        probe.call(label, copy_inputs, symbols, delay, kinds, expected=right)
### END HIDDEN TESTS


# %% mistake copy_inputs "the sign comes one step late"
# Your "go" stands at the first step of the answer. It stands at the last step of the delay, one
# before: K + delay - 1, counted from 0.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay] = kinds + 1
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "the sign is missing"
# Your inputs have no "go". Without it the network would have to count the steps.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "the answer is shown"
# At the end your inputs have the symbols again: the network could read the answer. The last K steps
# are blanks.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = numbers[:, -K:] = symbols
    numbers[:, K + delay - 1] = kinds + 1
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "the blank is a vector of zeros"
# Your blanks have no 1. The blank is the number 0, so its code has a 1 at index 0.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay - 1] = kinds + 1
    return np.eye(kinds + 2)[numbers] * (numbers > 0)[:, :, None]


# %% mistake copy_inputs "the numbers are not coded"
# You return the numbers themselves. Each becomes a vector of kinds + 2 entries: np.eye(kinds +
# 2)[numbers].
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay - 1] = kinds + 1
    return numbers


# %% mistake copy_inputs "the delay begins at the first symbol"
# Your sequence is too short: the delay comes after the K symbols, and K steps for the answer come
# after the delay.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, delay + K), dtype=int)
    numbers[:, : min(K, delay)] = symbols[:, : min(K, delay)]
    numbers[:, delay - 1] = kinds + 1
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "the kinds are counted in the symbols"
# You take the number of kinds from the symbols at hand. A batch need not have all of them: take the
# argument `kinds`.
def copy_inputs(symbols, delay, kinds):
    (batch, K), kinds = symbols.shape, symbols.max()
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay - 1] = kinds + 1
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "the sign comes at the first step of the delay"
# Your "go" comes right behind the symbols. It comes at the *last* step of the delay, K + delay - 1.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K] = kinds + 1
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "the sign has a step of its own"
# Your sequences are one step too long: "go" is the last step of the delay, not one more behind it.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + 1 + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay] = kinds + 1
    return np.eye(kinds + 2)[numbers]


# %% mistake copy_inputs "no index for the blank"
# Your code has kinds + 1 entries. The blank has an index too, 0: kinds + 2 entries.
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    numbers = np.zeros((batch, K + delay + K), dtype=int)
    numbers[:, :K] = symbols
    numbers[:, K + delay - 1] = kinds + 1
    return np.eye(kinds + 2)[numbers][:, :, 1:]


# %% alternative copy_inputs
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    X = np.zeros((batch, 2 * K + delay, kinds + 2))
    X[:, K:, 0] = 1
    X[:, -K - 1, 0], X[:, -K - 1, -1] = 0, 1
    for k in range(batch):
        X[k, range(K), symbols[k]] = 1
    return X


# %% alternative copy_inputs
def copy_inputs(symbols, delay, kinds):
    batch, K = symbols.shape
    blanks = np.zeros((batch, delay - 1), int)
    sign, end = np.full((batch, 1), kinds + 1), np.zeros((batch, K), int)
    numbers = torch.tensor(np.hstack([symbols, blanks, sign, end]))
    return torch.nn.functional.one_hot(numbers, kinds + 2).double().numpy()


# %% [markdown]
# ### H.2 What does ignorance cost?
#
# Before you train, know how well a network does that remembers *nothing*. Otherwise no number means
# anything.
#
# ### Exercise 10.20: the price of ignorance
#
# All values of the adding task are drawn evenly from 0 to 1, all symbols evenly from 4 kinds. (The
# variance of a number drawn evenly from 0 to 1 is 1/12.) Set, to two decimals or more,
#
# - `best_constant`: the answer of a network that always gives the same one, and errs least, in
#   adding
# - `blind_error`: its mean squared error
# - `half_blind_error`: the mean squared error of a network that remembers the second marked value
#   perfectly, and of the first one nothing
# - `blind_accuracy`: the share of right symbols, if a network guesses in the copy task
# - `blind_loss`: the cross-entropy (natural logarithm) of a network that gives each of the four
#   symbols the same probability
#
# (2 of the 5 points are for this; 3 are for the text at the end of part H.)

# %% hint blind [markdown]
# Which constant has the smallest mean squared distance from random numbers? And what is that
# distance called?

# %% hint blind [markdown]
# The best constant is the mean of the sum, and its error is the variance of the sum. Variances of
# independent numbers add up. The cross-entropy is minus the logarithm of the probability that was
# given to the right symbol.

# %% hint blind [markdown]
# mean ← ½ + ½; error ← 1/12 for each value that is not known; accuracy ← 1 / kinds; loss ←
# −log(accuracy)

# %% solve blind
# Set best_constant, blind_error, half_blind_error, blind_accuracy and blind_loss.
### BEGIN SOLUTION
best_constant = 1.0
blind_error = 1 / 6
half_blind_error = 1 / 12
blind_accuracy = 1 / 4
blind_loss = np.log(4)
### END SOLUTION

# %% check blind points=2
with check("blind") as probe:
    probe.number("adding: the best constant", best_constant, decimals=2)
    probe.number("adding: its error", blind_error, decimals=2)
    probe.number("adding: the error with one value known", half_blind_error, decimals=2)
    probe.number("copying: the share of lucky guesses", blind_accuracy, decimals=2)
    probe.number("copying: the loss of guessing", blind_loss, decimals=2)

# %% mistake blind "the mean of one value"
# Your `best_constant` is the mean of one value. The network says the sum of two.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 0.5, 0.1667, 0.0833, 0.25, 1.3863

# %% mistake blind "the variance of one value"
# Your `blind_error` is the variance of one value. Two unknown values add up to twice that.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.0833, 0.0833, 0.25, 1.3863

# %% mistake blind "the standard deviation"
# Your `blind_error` is a standard deviation. The mean squared error is its square, the variance.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.408, 0.289, 0.25, 1.3863

# %% mistake blind "the mean square of the values"
# Your `blind_error` has the mean of the squares, 1/3 for each value. The error is the distance from
# the mean: 1/12 for each.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.6667, 0.0833, 0.25, 1.3863

# %% mistake blind "the mean square of the sum"
# Your `blind_error` is the error of a network that always says 0. The best constant is nearer.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 1.1667, 0.0833, 0.25, 1.3863

# %% mistake blind "the error of one value alone"
# Your `half_blind_error` has the mean of the square of one value. What is left is its variance: the
# network says the mean of what it does not know.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.3333, 0.25, 1.3863

# %% mistake blind "nothing is known"
# Your `half_blind_error` is that of a network that knows neither value. This one knows the second.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.1667, 0.25, 1.3863

# %% mistake blind "the share of a quarter"
# Your `half_blind_error` is a quarter of the blind one. Variances add up: with one of two values
# known, half of it is left.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0417, 0.25, 1.3863

# %% mistake blind "all signs are counted"
# Your `blind_accuracy` counts the blank and the sign "go" among the symbols. There are four kinds
# to guess from.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 0.1667, 1.7918

# %% mistake blind "all symbols at once"
# Your `blind_accuracy` is the chance that three symbols are right at once. It counts symbols, each by
# itself.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 0.015625, 1.3863

# %% mistake blind "per cent"
# Your `blind_accuracy` is in per cent. Set the share, between 0 and 1.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 25, 1.3863

# %% mistake blind "the loss of three symbols"
# Your `blind_loss` is added up over three symbols. The cross-entropy is a mean over them.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 0.25, 4.1589

# %% mistake blind "the probability in place of its logarithm"
# Your `blind_loss` is a probability. The cross-entropy is minus its natural logarithm.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 0.25, 0.25

# %% mistake blind "the logarithm to base 2"
# Your `blind_loss` is in bits. torch's cross-entropy has the natural logarithm.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 0.25, 2.0

# %% mistake blind "the sign of the loss"
# Your `blind_loss` is negative. The cross-entropy is *minus* the logarithm.
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.1667, 0.0833, 0.25, -1.3863

# %% alternative blind
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.17, 0.08, 0.25, 1.39

# %% alternative blind
best_constant, blind_error, half_blind_error, blind_accuracy, blind_loss = 1, 0.167, 0.0833, 0.25, 1.386

# %% [markdown]
# ### H.3 The race
#
# Now let them run: a plain network and an LSTM, with as many units, the same data, the same
# optimiser (Adam, a step rule) and the same number of steps. Gradients that are longer than 1 are
# cut to length 1, so that none explodes. A linear layer reads the answer from the last output
# (adding), or from the last K (copying). The first cell makes the data with your functions. On a
# GPU the sequences are longer, and there are more steps. (A GRU can run too: put
# `("GRU", torch.nn.GRU)` into `adding_race` and guess first how it will do.)


# %%
LARGE = training.device().type == "cuda"
STEPS, DELAY, EPOCHS = (100, 60, 30) if LARGE else (60, 40, 10)
SYMBOLS, KINDS, BATCH = 3, 4, 64


def adding_data(count, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, STEPS // 2, count), rng.integers(STEPS // 2, STEPS, count)
    X, y = adding_inputs(rng.uniform(size=(count, STEPS)), first, second)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None, None]


def copy_data(count, seed):
    symbols = np.random.default_rng(seed).integers(1, KINDS + 1, (count, SYMBOLS))
    X = copy_inputs(symbols, DELAY, KINDS)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(symbols - 1)  # classes 0 to 3


class Reader(torch.nn.Module):
    """A recurrent layer, and a linear one that reads its last outputs."""

    def __init__(self, layer, outputs, last):
        super().__init__()
        self.layer, self.last = layer, last
        self.readout = torch.nn.Linear(layer.hidden_size, outputs)

    def forward(self, X):  # (batch, steps, inputs) -> (batch, last, outputs)
        H, _ = self.layer(X)
        return self.readout(H[:, -self.last :])


# %% [markdown]
# `training.loop` calls `step` for each batch, and `evaluate` after each epoch of 100 batches.


# %%
def train(model, make_data, loss_of, measure, description):
    """Train a Reader, and return what `measure` says of it on test data, epoch by epoch."""
    model.to(training.device())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    X_test, y_test = (part.to(training.device()) for part in make_data(1000, seed=1))

    def step(batch):
        X, y = batch
        loss = loss_of(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    def evaluate():
        with torch.no_grad():
            return {"test": measure(model(X_test), y_test).item()}

    train_data = make_data(100 * BATCH, seed=0)
    history = training.loop(step, train_data, EPOCHS, batch_size=BATCH, evaluate=evaluate,
                            description=description)  # fmt: skip
    return history["test"]


# %%
@cache
def adding_race():
    """Return {name: (network, test errors)} of the adding task."""
    race = {}
    for name, kind in (("plain", torch.nn.RNN), ("LSTM", torch.nn.LSTM)):
        training.seed(0)
        layer = kind(2, 32, batch_first=True)
        if name == "LSTM":
            set_forget_bias(layer, 1.0)
        model = Reader(layer, 1, last=1)
        loss = torch.nn.functional.mse_loss
        errors = train(model, adding_data, loss, loss, f"adding, {name}")
        race[name] = model.cpu(), errors
    return race


errors = {name: errors for name, (_, errors) in adding_race().items()}
print("adding: the LSTM errs by less than 0.02:", errors["LSTM"][-1] < 0.02)
print("adding: the plain network does no better than a constant:", errors["plain"][-1] > 0.14)

# %% [markdown]
# For copying there are two LSTMs. One has a forget bias of 0, the other one 5, with which half of a
# cell is left after 100 steps, as you have found in 10.3.


# %%
def symbol_loss(scores, y):
    return torch.nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten())


def symbol_accuracy(scores, y):
    return (scores.argmax(2) == y).float().mean()


@cache
def copy_race():
    """Return {name: test accuracies} of the copy task."""
    race = {}
    for name, bias in (("plain", None), ("LSTM, forget bias 0", 0.0), ("LSTM, forget bias 5", 5.0)):
        training.seed(0)
        kind = torch.nn.RNN if bias is None else torch.nn.LSTM
        layer = kind(KINDS + 2, 48, batch_first=True)
        if bias is not None:
            set_forget_bias(layer, bias)
        model = Reader(layer, KINDS, last=SYMBOLS)
        title = f"copying, {name}"
        race[name] = train(model, copy_data, symbol_loss, symbol_accuracy, title)
    return race


shares = copy_race()
print("copying: the LSTM with bias 5 repeats 90 % or more:", shares["LSTM, forget bias 5"][-1] > 0.9)
print("copying: the plain network less than 75 %:", shares["plain"][-1] < 0.75)


# %%
def draw_races():
    figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
    plain, other, lstm = (VERMILLION, "s:"), (ORANGE, "^-."), (BLUE, "o-")
    epochs = np.arange(1, EPOCHS + 1)
    styles = (plain, lstm, other)  # the third is for a network of yours
    for (name, (_, errors)), (color, style) in zip(adding_race().items(), styles, strict=False):
        axes[0].semilogy(epochs, errors, style, color=color, label=name, ms=5)
    axes[0].axhline(blind_error, color="0.5", lw=1, ls="--", label="a constant")
    axes[0].set(xlabel="epoch", ylabel="test error", title=f"adding over {STEPS} steps")
    styles = (plain, other, lstm)
    for (name, shares), (color, style) in zip(copy_race().items(), styles, strict=True):
        axes[1].plot(epochs, shares, style, color=color, label=name, ms=5)
    axes[1].axhline(blind_accuracy, color="0.5", lw=1, ls="--", label="guessing")
    axes[1].set(xlabel="epoch", ylabel="share of right symbols", ylim=(0, 1.5))
    axes[1].set_title(f"copying after {DELAY} steps")
    axes[0].legend(loc="lower left", fontsize=9)
    axes[1].set_yticks(np.arange(0, 1.01, 0.25))
    axes[1].legend(loc="upper left", fontsize=9)
    return figure


plots.show(
    draw_races(),
    "Left: the test error of the adding task against the epoch, on a logarithmic scale. The plain "
    "network stays at the error of a constant. The LSTM stays there at first as well, then falls by "
    "more than a factor of ten. Right: the share of right symbols in the copy task. The LSTM with "
    "forget bias 0 stays near one quarter; the plain network does, too, or gets up to a third. The LSTM "
    "with forget bias 5 is soon above one half, stays there for some epochs and then rises to nearly 1.",
)

# %% [markdown]
# *Figure 5. Left: adding, error on a logarithmic scale. Right: copying. Dashed: what ignorance
# costs. The networks see the same examples in the same order.*
#
# What does the network do that can add? Nobody has told it to have an answer ready before the end.
# But you can read one from its output at *any* step. In the next figure you set the two marked
# values and the places of the marks. All other values are random.


# %%
def draw_adding(figure, first=STEPS // 5, second=3 * STEPS // 4, value_1=0.95, value_2=0.9):
    values = np.random.default_rng(5).uniform(size=(1, STEPS))
    values[0, [first, second]] = value_1, value_2
    X, y = adding_inputs(values, np.array([first]), np.array([second]))
    figure.set_layout_engine("none")  # fixed margins are drawn faster
    ax = figure.subplots(gridspec_kw={"left": 0.1, "right": 0.98, "bottom": 0.15, "top": 0.96})
    ax.bar(np.arange(STEPS), values[0], color="0.85", label="values")
    ax.bar([first, second], [value_1, value_2], color="0.45", label="marked values")
    words = []
    for name, color, style in (("LSTM", BLUE, "-"), ("plain", VERMILLION, ":")):
        model = adding_race()[name][0]
        with torch.no_grad():
            H, _ = model.layer(torch.tensor(X, dtype=torch.float32))
            answers = model.readout(H)[0, :, 0].numpy()
        ax.plot(answers, style, color=color, lw=2, label=f"answer read, {name}")
        words.append(f"{name} {answers[-1]:.2f}")
    ax.axhline(y[0], color="black", lw=1, ls="--", label="right answer")
    ax.set(xlabel="time step", ylabel="value, answer", xlim=(-1, STEPS), ylim=(-0.3, 2.5))
    ax.legend(loc="upper left", ncols=3, fontsize=9)
    return f"Right answer {y[0]:.2f}; at the end: {', '.join(words)}."


# %%
explore.live(
    draw_adding,
    title="A network that has learnt to add",
    description="The values of one example as bars, the two marked ones dark, and the answer that "
    "can be read from two networks at each step. The LSTM's answer moves at the marks and ends near "
    "the right one. The plain network's ends near 1.",
    figure_size=(8.0, 3.6),
    first=(0, STEPS // 2 - 1),
    second=(STEPS // 2, STEPS - 1),
    value_1=(0.0, 1.0, 0.05),
    value_2=(0.0, 1.0, 0.05),
)

# %% [markdown]
# *Figure 6. What could be read from the output at each step. The LSTM's answer (blue) jumps at a
# mark if the value there is a surprise, and drifts in between. The plain network (red) says
# something near the constant that you have computed, whatever the values are.*

# %% answer blind [markdown] points=3
# **The second part of exercise 10.20 (3 points).** Explain Figure 5. (1) Why does the plain network stay at
# the dashed line (or near it) in both tasks, although it *could* represent a solution? (2) Why does the forget
# bias decide in the copy task? (3) The curves of the networks that learn stay flat for a while,
# and then move fast. Give a reason.
#
# <!-- BEGIN SOLUTION -->
# (1) To learn what the early inputs are good for, a gradient has to come back over 30 to 60 steps.
# In the plain network it is multiplied by $\operatorname{diag}(1 - h^2) R$ each time and vanishes
# (2). What is left is drowned by the gradients of recent steps, so the network learns only what
# needs no memory: the constant, or guessing. The task is not beyond its functions, but beyond its
# gradients.
#
# (2) With a bias of 0 the forget gate is near 1/2; after 40 steps $2^{-40}$ of the content and of
# the gradient is left. With 5 it is 0.993, and more than two thirds are left. In the copy task *all* of the
# information comes at the beginning, and no shorter example shows the network that keeping is worth
# while.
#
# (3) The gradient is weak at first, and it is useful only when several things fit: a cell that
# keeps, an input gate that writes what matters, a readout that uses the cell. As soon as a little
# of each is there, each makes the gradient of the others larger. So it accelerates itself: the
# plateau, then the fall. (Adding has examples whose marks are close to the end; with these it
# begins. In the copy task the plateau lies above guessing: a part of what is kept is read at once.)
#
# **Rubric**
# - 1 point: gradients vanish on the way, so only what needs no memory is learnt.
# - 1 point: the forget gate from its bias, with a number for about 40 steps.
# - 1 point: a reason for the plateau (weak gradients at first; parts that need one another).
# <!-- END SOLUTION -->

# %% [markdown]
# ## I. Time-delay networks
#
# ### I.1 Memory without a state
#
# A recurrent network has to go through a sequence step by step: step 100 waits for step 99. Is
# there another way to look back? Waibel and others (1989) let each neuron see not only the present
# input but also the delayed ones, those of the steps $t - 1, t - 2, \dots$, as far as a fixed
# number. In such a **time-delay neural network**, TDNN, a layer with $M$ input channels computes,
# for every output channel,
#
# $$
# a_t = b + \sum_{k=0}^{K-1} W_k\, x_{t - kD}
# \tag{24}
# $$
#
# and then a nonlinear function. Here $x_t$ has $M$ entries, $a_t$ has $N$, each $W_k$ has shape
# $(N, M)$, and $D$ is the **dilation**: with $D = 1$ the delays are $0, 1, 2, \dots$, with $D = 4$
# they are $0, 4, 8, \dots$ The weights are the same at every time $t$. So this is a **convolution
# along time**. It has no loop: all time steps can be computed at once, and the way of a gradient is
# as short as the network is deep.
#
# The same weights at every time have another consequence. If the input comes $s$ steps later, all
# the outputs come $s$ steps later, and else nothing changes. (This is called *equivariance*.) If
# the maximum over all times is taken at the end, then not even the delay is left: the result is
# **shift invariant**. Speech needs this. Nobody knows in advance at which millisecond a vowel will
# begin.
#
# ### Exercise 10.21: a layer with delays
#
# Write `delay_layer(X, W, b, D=1)`: equation (24). `X` has shape (batch, M, T), time last, as in
# torch's convolutions. `W` has shape (N, M, K), and $W_k$ is `W[:, :, k]`; `b` has shape (N,). The
# first output is at the first $t$ for which all delayed inputs exist, $t = (K - 1) D$, and the last
# one at $t = T - 1$. So the result has shape (batch, N, T − (K − 1) D). There is no nonlinear
# function.

# %% hint delay_layer [markdown]
# Which inputs does the first output see, and with which weight each? Which piece of X, along time,
# does $W_k$ meet for all the outputs together?

# %% hint delay_layer [markdown]
# For each k, the piece begins at $(K - 1) D - kD$ and is as long as the output. Multiply it by
# `W[:, :, k]` over the channels, `np.einsum("nm,bmt->bnt", …)`, and add all up. Or use
# `torch.nn.functional.conv1d` on tensors; mind in which order it takes the weights, and return an
# array, `.numpy()`.

# %% hint delay_layer [markdown]
# L ← T − (K − 1)·D; Y ← b as a column; for each k: s ← (K − 1 − k)·D; Y ← Y + W[:, :, k] @ X[:, :, s
# : s + L]


# %% solve delay_layer
def delay_layer(X, W, b, D=1):
    """Return (24) for all times, shape (batch, N, T - (K - 1) D).

    >>> X = np.array([[[1.0, 2.0, 4.0]]])  # one example, one channel, three steps
    >>> delay_layer(X, np.array([[[10.0, 1.0]]]), np.zeros(1)).tolist()  # 10 x_t + x_(t-1)
    [[[21.0, 42.0]]]
    """
    ### BEGIN SOLUTION
    K = W.shape[2]
    L = X.shape[2] - (K - 1) * D
    Y = b[:, None]
    for k in range(K):
        start = (K - 1 - k) * D
        Y = Y + W[:, :, k] @ X[:, :, start : start + L]
    return Y
    ### END SOLUTION


# %% check delay_layer points=3
with check("delay_layer") as probe:
    X = np.array([[[1.0, 2.0, 4.0, -8.0, 16.0]]])
    W, b = np.array([[[10.0, 1.0]]]), np.zeros(1)
    probe.call("one channel, delays 0 and 1", delay_layer, X, W, b)
    probe.call("one channel, delays 0 and 2", delay_layer, X, W, b, 2)
    probe.call("only the bias", delay_layer, X, 0 * W, np.array([3.0]))
    rng = np.random.default_rng(121)
    X, W, b = rng.normal(size=(2, 3, 9)), rng.normal(size=(4, 3, 3)), rng.normal(size=4)
    probe.call("three channels to four, three delays", delay_layer, X, W, b)
    probe.call("the same with D = 3", delay_layer, X, W, b, 3)
    probe.call("a single delay, K = 1", delay_layer, X, W[:, :, :1], b, 2)
### BEGIN HIDDEN TESTS
with check.hidden("delay_layer") as probe:
    rng = np.random.default_rng(1210)
    for batch, M, N, T, K, D in ((1, 1, 1, 1, 1, 1), (3, 2, 5, 20, 4, 2), (2, 4, 3, 17, 5, 4)):
        X, W, b = rng.normal(size=(batch, M, T)), rng.normal(size=(N, M, K)), rng.normal(size=N)
        flipped = torch.tensor(W[:, :, ::-1].copy())
        right = torch.nn.functional.conv1d(torch.tensor(X), flipped, torch.tensor(b), dilation=D)
        label = f"input {(batch, M, T)}, weights {(N, M, K)}, D = {D}"
        probe.call(label, delay_layer, X, W, b, D, expected=right.numpy())
### END HIDDEN TESTS


# %% mistake delay_layer "the weights are in torch's order"
# Your last weight meets the present input: this is what torch.nn.functional.conv1d computes. In
# (24) it is the other way round, W_0 meets x_t. Turn the weights around along k.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1) * D
    return b[:, None] + sum(W[:, :, k] @ X[:, :, k * D : k * D + L] for k in range(K))


# %% mistake delay_layer "the dilation is not used"
# Your delays are 0, 1, 2, … whatever D is. They are 0, D, 2D, …
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1)
    return b[:, None] + sum(W[:, :, k] @ X[:, :, K - 1 - k : K - 1 - k + L] for k in range(K))


# %% mistake delay_layer "the bias is missing"
# Your outputs lack the bias b.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1) * D
    starts = [(K - 1 - k) * D for k in range(K)]
    return sum(W[:, :, k] @ X[:, :, s : s + L] for k, s in enumerate(starts))


# %% mistake delay_layer "the bias is added for each delay"
# You add the bias K times, once for each delay. (24) has it once.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1) * D
    starts = [(K - 1 - k) * D for k in range(K)]
    return sum(W[:, :, k] @ X[:, :, s : s + L] + b[:, None] for k, s in enumerate(starts))


# %% mistake delay_layer "outputs before the first whole one"
# Your result is as long as the input: the first outputs would need inputs from before the
# beginning. Begin at t = (K - 1) D.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    X, T = np.pad(X, ((0, 0), (0, 0), ((K - 1) * D, 0))), X.shape[2]
    starts = [(K - 1 - k) * D for k in range(K)]
    return b[:, None] + sum(W[:, :, k] @ X[:, :, s : s + T] for k, s in enumerate(starts))


# %% mistake delay_layer "the last output is missing"
# Your result lacks the last time step. With the first at (K - 1) D and the last at T - 1 there are
# T - (K - 1) D outputs.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1) * D - 1
    starts = [(K - 1 - k) * D for k in range(K)]
    return b[:, None] + sum(W[:, :, k] @ X[:, :, s : s + L] for k, s in enumerate(starts))


# %% mistake delay_layer "a ReLU at the end"
# Your outputs are never negative. (24) is the sum alone, without a nonlinear function.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1) * D
    starts = [(K - 1 - k) * D for k in range(K)]
    Y = b[:, None] + sum(W[:, :, k] @ X[:, :, s : s + L] for k, s in enumerate(starts))
    return np.maximum(Y, 0)


# %% mistake delay_layer "a stride in place of a dilation"
# You leave out outputs: that is a stride. A dilation leaves out inputs; there is an output at every
# time step.
def delay_layer(X, W, b, D=1):
    K = W.shape[2]
    L = X.shape[2] - (K - 1)
    starts = [K - 1 - k for k in range(K)]
    Y = b[:, None] + sum(W[:, :, k] @ X[:, :, s : s + L] for k, s in enumerate(starts))
    return Y[:, :, ::D]


# %% alternative delay_layer
def delay_layer(X, W, b, D=1):
    W = torch.tensor(np.flip(W, axis=2).copy())
    return torch.nn.functional.conv1d(torch.tensor(X), W, torch.tensor(b), dilation=D).numpy()


# %% alternative delay_layer
def delay_layer(X, W, b, D=1):
    (batch, _, T), (N, _, K) = X.shape, W.shape
    Y = np.zeros((batch, N, T - (K - 1) * D))
    for t in range((K - 1) * D, T):
        Y[:, :, t - (K - 1) * D] = b + sum(X[:, :, t - k * D] @ W[:, :, k].T for k in range(K))
    return Y


# %% [markdown]
# So a delay layer *is* `conv1d` with `dilation=D`, but for the direction in which the weights are
# counted. When they are learnt, the direction makes no difference.
#
# ### I.2 How far back?
#
# One layer sees $(K - 1) D$ steps back, and the present one. On top of it, another layer sees that
# much further. With layers $l = 1, 2, \dots$ of $K_l$ delays and dilation $D_l$, an output depends
# on
#
# $$ \text{context} = 1 + \sum_l (K_l - 1)\, D_l \quad \text{time steps of the input} \tag{25} $$
#
# If the dilation doubles from layer to layer, the context grows exponentially with the depth. Is an
# input in between left out? Look.


# %%
def draw_context(dilations=(1, 2, 4), delays=3):
    figure, ax = plt.subplots(figsize=(8, 2.5), layout="constrained")
    times, seen = np.arange(-18, 1), {0}
    for level in range(len(dilations), -1, -1):
        ax.plot(times, np.full(times.shape, level), "o", color="0.85", ms=6)
        ax.plot(sorted(seen), [level] * len(seen), "o", color=BLUE, ms=7)
        if level > 0:
            steps = dilations[level - 1] * np.arange(delays)
            for time in seen:
                for step in steps:
                    ax.plot([time, time - step], [level, level - 1], color=BLUE, lw=1)
            seen = {time - step for time in seen for step in steps}
    names = ["input", *(f"D = {D}" for D in dilations)]
    ax.set_yticks(range(len(names)), labels=names)
    ax.set(xlabel="time step, 0 is now", ylim=(-0.4, len(dilations) + 0.4), xticks=times[::2])
    return figure


plots.show(
    draw_context(),
    "A tree of lines from one output of the third layer down to the input. The layer of dilation 4 "
    "sees three outputs of the layer below, that one seven of the next, and together they see 15 "
    "inputs without a gap.",
)

# %% [markdown]
# *Figure 7. What one output of three layers with $K = 3$ depends on (blue). The widths of the layers
# fit together: no input in between is left out, and 15 are seen.*
#
# ### Exercise 10.22: contexts by hand
#
# Work these out with (25):
#
# - `three_layers`: the context of three layers, $K = 2$, with dilations 1, 3, 9
# - `four_layers`: of the layers of Figure 7 and a fourth one, $K = 3$ with dilation 8
# - `undilated`: how many layers of $K = 3$ with dilation 1 have the context of `four_layers`?
# - `doubling`: layers of $K = 2$ with dilations 1, 2, 4, …: how many are needed to see at least 128
#   steps?
# - `outputs`: a signal of 128 steps goes through the layers of `four_layers`, without padding: how
#   many time steps are left?

# %% hint contexts [markdown]
# By how much does each layer lengthen the context?

# %% hint contexts [markdown]
# Add up (K − 1)·D over the layers, and 1. For doubling dilations with K = 2 the sum is 1 + 2 + 4 +
# … + $2^{L-1}$. Each layer shortens the signal by as much as it lengthens the context.

# %% hint contexts [markdown]
# three_layers ← 1 + (1 + 3 + 9); four_layers ← 1 + 2·(1 + 2 + 4 + 8); undilated ← (four_layers − 1) / 2;
# doubling: the smallest L with 2^L ≥ 128; outputs ← 128 − (four_layers − 1)

# %% solve contexts
# Set three_layers, four_layers, undilated, doubling and outputs.
### BEGIN SOLUTION
three_layers = 14
four_layers = 31
undilated = 15
doubling = 7
outputs = 98
### END SOLUTION

# %% check contexts points=2
with check("contexts") as probe:
    probe.number("three layers with dilations 1, 3, 9", three_layers)
    probe.number("four layers with dilations 1, 2, 4, 8", four_layers)
    probe.number("layers without dilation", undilated)
    probe.number("doubling dilations", doubling)
    probe.number("time steps that are left", outputs)

# %% mistake contexts "the present step is not counted"
# Your context is one too small: the present input is seen too. Add 1.
three_layers, four_layers, undilated, doubling, outputs = 13, 30, 15, 7, 98

# %% mistake contexts "K in place of K - 1"
# You add K D for each layer. The K delays begin at 0, so the longest is (K - 1) D.
three_layers, four_layers, undilated, doubling, outputs = 27, 46, 15, 7, 82

# %% mistake contexts "the dilations are not used"
# Your context is that of layers without dilation. Each one adds (K - 1) times its D.
three_layers, four_layers, undilated, doubling, outputs = 4, 9, 4, 127, 120

# %% mistake contexts "the contexts are multiplied"
# You multiply. Each layer adds to the context of the one below.
three_layers, four_layers, undilated, doubling, outputs = 8, 81, 40, 7, 48

# %% mistake contexts "one layer too many without dilation"
# Your `undilated` has one layer too many, or the 1 in it. Each such layer adds 2 to a context that
# begins at 1.
three_layers, four_layers, undilated, doubling, outputs = 14, 31, 16, 7, 98

# %% mistake contexts "one layer too many"
# Your `doubling` sees more than is asked for: one layer less is enough, since 1 + 1 + 2 + 4 + … +
# 64 is 128.
three_layers, four_layers, undilated, doubling, outputs = 14, 31, 15, 8, 98

# %% mistake contexts "one layer too few"
# Your `doubling` sees 64 steps only. 1 + 1 + 2 + 4 + … has to reach 128.
three_layers, four_layers, undilated, doubling, outputs = 14, 31, 15, 6, 98

# %% mistake contexts "one step too few is left"
# Your `outputs` takes the whole context off. A signal as long as the context gives one output: take
# off one less.
three_layers, four_layers, undilated, doubling, outputs = 14, 31, 15, 7, 97

# %% mistake contexts "as if there were padding"
# Your `outputs` is as long as the signal. Without padding each layer shortens it.
three_layers, four_layers, undilated, doubling, outputs = 14, 31, 15, 7, 128

# %% alternative contexts
three_layers = 1 + sum((1, 3, 9))
four_layers = 1 + 2 * sum((1, 2, 4, 8))
undilated, doubling, outputs = (four_layers - 1) / 2, np.log2(128), 128 - four_layers + 1

# %% [markdown]
# ### I.3 Find a motif, wherever it is
#
# `data.signals(shifted=True)` makes noisy signals of 128 samples. In each one a short motif of 16
# samples is hidden, one of four; two of them are the others played backwards. And here is the
# trap: in the training signals the motif lies in the *first half*, in the test signals in the
# *second half*.


# %%
signals = data.signals(shifted=True)


def draw_signals():
    figure, axes = plt.subplots(2, 4, figsize=(9.5, 3.2), layout="constrained", sharex=True, sharey=True)
    for row, (x, y, name) in enumerate(
        ((signals.x_train, signals.y_train, "training"), (signals.x_test, signals.y_test, "test"))
    ):
        for motif, ax in enumerate(axes[row]):
            ax.plot(x[y == motif][0, 0], color=(BLUE, VERMILLION)[row], lw=0.9)
            ax.axvline(64, color="0.6", lw=1, ls=":")
            if row == 0:
                ax.set_title(signals.class_names[motif], fontsize=10)
        axes[row, 0].set_ylabel(name)
    for ax in axes[1]:
        ax.set_xlabel("sample")
    return figure


plots.show(
    draw_signals(),
    "Eight noisy signals of 128 samples, for each of four motifs one for training and one for "
    "testing. The motif, a short oscillation, is in the first half of the training signals and in "
    "the second half of the test signals.",
)

# %% [markdown]
# *Figure 8. One signal for each motif. Dotted: the middle. What is learnt in the first half shall be
# used in the second.*
#
# ### Exercise 10.23: a time-delay network
#
# Write `tdnn(width, classes)`. It returns a `torch.nn.Sequential` of these layers, for inputs of
# shape (batch, 1, T) with any T:
#
# | layer | in torch |
# |---|---|
# | delays, $K = 3$, $D = 1$, from 1 channel to `width` | `torch.nn.Conv1d(…, dilation=1, padding=1)` |
# | ReLU, $\max(a, 0)$ | `torch.nn.ReLU()` |
# | the same from `width` to `width` channels, $D = 2$, and ReLU | `dilation=2, padding=2` |
# | the same with $D = 4$, and ReLU | `dilation=4, padding=4` |
# | the same with $D = 8$, and ReLU | `dilation=8, padding=8` |
# | the maximum over all times, of each channel | `torch.nn.AdaptiveMaxPool1d(1)`, then `torch.nn.Flatten()` |
# | fully connected from `width` to `classes` scores | `torch.nn.Linear(width, classes)` |
#
# (The padding puts $D$ zeros before and behind, so that the number of time steps stays the same and
# a motif at the very end is still seen.) The check sets all parameters to known numbers and
# compares the scores.


# %% given try_tdnn
def try_tdnn(width, classes, T):
    """Return the shapes of the parameters and the scores for two signals, all numbers known."""
    model = tdnn(width, classes).double()
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters(), 1):
            wave = torch.sin(number + torch.arange(parameter.numel(), dtype=torch.float64))
            parameter.copy_(wave.reshape(parameter.shape) / parameter[0].numel() ** 0.5)
        time = torch.arange(T, dtype=torch.float64)
        X = torch.stack([torch.cos(time), torch.sin(time**2 / 9)])[:, None]
        scores = model(X)
    return [list(parameter.shape) for parameter in model.parameters()], scores.numpy()


# %% hint tdnn [markdown]
# What differs between the four delay layers?

# %% hint tdnn [markdown]
# Build a list of layers in a loop over the dilations 1, 2, 4, 8. Only the first one has 1 input
# channel. Hand the list to Sequential with a star: `torch.nn.Sequential(*layers)`.

# %% hint tdnn [markdown]
# channels ← 1; for D in (1, 2, 4, 8): layers += [Conv1d(channels, width, 3, dilation=D, padding=D),
# ReLU()]; channels ← width; then AdaptiveMaxPool1d(1), Flatten(), Linear(width, classes)


# %% solve tdnn
def tdnn(width, classes):
    """Return the time-delay network of the table.

    >>> tdnn(8, 4)(torch.zeros(5, 1, 100)).shape
    torch.Size([5, 4])
    """
    ### BEGIN SOLUTION
    layers, channels = [], 1
    for D in (1, 2, 4, 8):
        layers += [torch.nn.Conv1d(channels, width, 3, dilation=D, padding=D), torch.nn.ReLU()]
        channels = width
    layers += [torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(), torch.nn.Linear(width, classes)]
    return torch.nn.Sequential(*layers)
    ### END SOLUTION


# %% check tdnn points=2
with check("tdnn") as probe:
    probe.call("width 4, three classes, 40 steps", try_tdnn, 4, 3, 40)
    probe.call("width 3, two classes, 75 steps", try_tdnn, 3, 2, 75)
    probe.call("a signal shorter than the context: 9 steps", try_tdnn, 4, 3, 9)
### BEGIN HIDDEN TESTS
with check.hidden("tdnn") as probe:
    for width, classes, T in ((1, 2, 50), (6, 4, 128), (2, 5, 33)):
        shapes = []
        for channels in (1, width, width, width):
            shapes += [(width, channels, 3), (width,)]
        shapes += [(classes, width), (classes,)]
        known = []
        for number, shape in enumerate(shapes, 1):
            wave = np.sin(number + np.arange(np.prod(shape))).reshape(shape)
            known.append(wave / np.sqrt(np.prod(shape[1:])))
        time = np.arange(float(T))
        Y = np.stack([np.cos(time), np.sin(time**2 / 9)])[:, None]
        for k, D in enumerate((1, 2, 4, 8)):
            wide = np.pad(Y, ((0, 0), (0, 0), (D, D)))
            pieces = [known[2 * k][:, :, j] @ wide[:, :, j * D : j * D + T] for j in range(3)]
            Y = np.maximum(sum(pieces) + known[2 * k + 1][:, None], 0)
        right = ([list(s) for s in shapes], Y.max(axis=2) @ known[8].T + known[9])
        label = f"width {width}, {classes} classes, {T} steps"
        probe.call(label, try_tdnn, width, classes, T, expected=right)
### END HIDDEN TESTS


# %% mistake tdnn "no dilation"
# Your layers have no dilation: their context is 9, and a motif has 16 samples. The dilations are 1,
# 2, 4, 8.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for _ in range(4):
        layers += [nn.Conv1d(channels, width, 3, padding=1), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "no padding"
# Your layers shorten the signal. With padding=D in each the number of time steps stays the same.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "no nonlinear function"
# Your network has no ReLU. Without it, four layers of delays are worth no more than one.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "the mean over time"
# Your network averages over time. The table has the maximum.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "the last layer is missing"
# Your network stops after three layers of delays. The fourth has D = 8.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "a softmax at the end"
# Your network ends with a softmax. The loss takes the scores themselves and has a softmax of its
# own: leave it out.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D), nn.ReLU()]
        channels = width
    layers += [nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes), nn.Softmax(dim=1)]
    return nn.Sequential(*layers)


# %% mistake tdnn "the dilations in reverse"
# Your first layer has the largest dilation. The table begins with D = 1.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (8, 4, 2, 1):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "no ReLU behind the last delays"
# Your fourth layer of delays has no ReLU. Each of the four has one.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers[:-1], nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "zeros before the signal only"
# Your layers put all zeros before the signal. The table has padding=D: D zeros on both sides.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.ZeroPad1d((2 * D, 0)), nn.Conv1d(channels, width, 3, dilation=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "the padding does not grow"
# Your layers have a padding of 1, and the signal gets shorter. The padding is D: 1, 2, 4, 8.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=1), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes))


# %% mistake tdnn "no Flatten"
# Your network has no Flatten. Behind the maximum an axis of length 1 is left, which Linear takes for
# the channels.
def tdnn(width, classes):
    nn, layers, channels = torch.nn, [], 1
    for D in (1, 2, 4, 8):
        layers += [nn.Conv1d(channels, width, 3, dilation=D, padding=D), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Linear(width, classes))


# %% alternative tdnn
def tdnn(width, classes):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv1d(1, width, 3, padding="same"), nn.ReLU(),
        nn.Conv1d(width, width, 3, padding="same", dilation=2), nn.ReLU(),
        nn.Conv1d(width, width, 3, padding="same", dilation=4), nn.ReLU(),
        nn.Conv1d(width, width, 3, padding="same", dilation=8), nn.ReLU(),
        nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(width, classes),
    )  # fmt: skip


# %% alternative tdnn
def tdnn(width, classes):
    class Latest(torch.nn.Module):
        def forward(self, X):
            return X.amax(dim=2)

    nn, layers = torch.nn, []
    for D, channels in ((1, 1), (2, width), (4, width), (8, width)):
        layers += [nn.Conv1d(channels, width, 3, 1, D, D), nn.ReLU()]
    return nn.Sequential(*layers, Latest(), nn.Linear(width, classes))


# %% [markdown]
# Train it, and beside it a network of fully connected layers that has a weight for each sample. On
# a GPU the time-delay network is four times as wide.


# %%
@cache
def signal_networks():
    """Return {name: network}, trained on motifs in the first half."""
    width = 64 if LARGE else 16
    networks = {}
    for name in ("time-delay", "fully connected"):
        training.seed(0)
        if name == "time-delay":
            model, epochs = tdnn(width, 4), 12
        else:
            layers = torch.nn.Flatten(), torch.nn.Linear(128, 64), torch.nn.ReLU()
            model, epochs = torch.nn.Sequential(*layers, torch.nn.Linear(64, 4)), 30
        training.fit(model, (signals.x_train, signals.y_train), epochs=epochs, batch_size=64,
                     learning_rate=4e-3, description=name)  # fmt: skip
        networks[name] = model.cpu().eval()
    return networks


def right_share(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(1) == y).double().mean().item()


for name, model in signal_networks().items():
    first = right_share(model, signals.x_train, signals.y_train)
    second = right_share(model, signals.x_test, signals.y_test)
    print(f"{name}: first half above 95 %: {first > 0.95}; second half above 95 %: {second > 0.95}")
print("fully connected: second half below 35 %, where guessing gives 25 %:", second < 0.35)

# %% [markdown]
# Both have learnt their training signals, and the fully connected one is lost when the motif comes
# later. It is no better than guessing there, since its weights for the second half have seen
# nothing but noise.
#
# ### Exercise 10.24: measure the shift
#
# "Shift invariant" is a claim about numbers, so measure it. Write `shift_gap(scores, x, shift)`.
# `scores` is a function from signals (batch, 1, T) to scores (batch, classes), both NumPy arrays.
# Move all signals `x` by `shift` samples to the right (later), where `shift` is at least 0 and
# below T. What leaves at the end is lost, and zeros come in at the beginning. Return the largest
# absolute difference between the scores of the moved and of the original signals, as a number. (2 of
# the 5 points are for this; 3 are for the text at the end of part I.)

# %% hint shift_gap [markdown]
# Which samples of the moved signal are zeros, and which sample of `x` stands at index `shift`?

# %% hint shift_gap [markdown]
# Begin with zeros in the shape of x, and fill from `shift` on with the samples of x as far as they
# have room. (`np.roll` would bring the end back at the beginning.) With shift 0, mind that `x[...,
# :-0]` is empty.

# %% hint shift_gap [markdown]
# moved ← zeros_like(x); moved[:, :, shift:] ← x[:, :, : T − shift]; return max(|scores(moved) −
# scores(x)|)


# %% solve shift_gap
def shift_gap(scores, x, shift):
    """Return the largest change of the scores when the signals x come later by `shift` samples.

    >>> float(shift_gap(lambda x: x[:, 0, :1], np.array([[[5.0, 0.0, 0.0]]]), 1))  # 5 moves away
    5.0
    """
    ### BEGIN SOLUTION
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.abs(scores(moved) - scores(x)).max())
    ### END SOLUTION


# %% check shift_gap points=2
with check("shift_gap") as probe:
    def samples(x):
        return x[:, 0, :4]

    def largest(x):
        return x.max(axis=2)

    x = np.array([[[1.0, 2.0, 4.0, 8.0, 16.0]], [[0.0, -3.0, 1.0, 5.0, -2.0]]])
    probe.call("the scores are the first four samples, shift 1", shift_gap, samples, x, 1)
    probe.call("the same, shift 3", shift_gap, samples, x, 3)
    probe.call("shift 0", shift_gap, samples, x, 0)
    probe.call("the score is the largest sample, which leaves", shift_gap, largest, x, 2)
    inside = np.array([[[0.0, 7.0, -1.0, 0.0, 0.0, 0.0]]])
    probe.call("the score is the largest sample, which stays", shift_gap, largest, inside, 3)
    steps = np.array([[[0.0, 0.0, 9.0, 9.0, 0.0]]])
    probe.call("the largest score is as large as before", shift_gap, samples, steps, 1)
    probe.call("a score that only falls", shift_gap, lambda x: x[:, 0, :1], inside + 1, 1)
    pair = np.array([[[1.0, 0.0, 0.0, 0.0]], [[0.0, 7.0, 0.0, 0.0]]])
    probe.call("of two signals the second changes most", shift_gap, samples, pair, 1)
    probe.call("a score that only rises", shift_gap, lambda x: x[:, 0, 2:3], pair[1:] / 4, 1)
### BEGIN HIDDEN TESTS
with check.hidden("shift_gap") as probe:
    rng = np.random.default_rng(1240)
    for batch, T, shift in ((1, 4, 1), (3, 20, 7), (2, 11, 0), (4, 9, 8)):
        x, weights = rng.normal(size=(batch, 1, T)), rng.normal(size=(T, 3))
        moved = np.array([[[*np.zeros(shift), *row[0][: T - shift]]] for row in x])
        right = np.max(np.abs((moved - x)[:, 0] @ weights))
        label = f"{batch} signals of {T} samples, shift {shift}"
        scores = lambda x, weights=weights: x[:, 0] @ weights  # noqa: E731
        probe.call(label, shift_gap, scores, x, shift, expected=right)
### END HIDDEN TESTS


# %% mistake shift_gap "the signal goes round in a circle"
# What leaves at the end comes back at the beginning: this is np.roll. Zeros shall come in.
def shift_gap(scores, x, shift):
    return float(np.abs(scores(np.roll(x, shift, axis=2)) - scores(x)).max())


# %% mistake shift_gap "to the left"
# You move the signals to the left: they come earlier. They shall come later.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, : x.shape[2] - shift] = x[:, :, shift:]
    return float(np.abs(scores(moved) - scores(x)).max())


# %% mistake shift_gap "no absolute value"
# You take the largest difference with its sign: a score that falls by 5 counts as 0 or less. Take
# the absolute value first.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float((scores(moved) - scores(x)).max())


# %% mistake shift_gap "no absolute value of the other difference"
# You take the largest fall: a score that rises counts as 0 or less. Take the absolute value first.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float((scores(x) - scores(moved)).max())


# %% mistake shift_gap "whole numbers"
# You lose what stands behind the point: leave out int(...), and give the moved signals the dtype of x.
def shift_gap(scores, x, shift):
    moved = np.zeros(x.shape, dtype=int)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.abs(scores(moved) - scores(x)).max())


# %% mistake shift_gap "the mean difference"
# You return the mean of the differences. The largest one is asked for.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.abs(scores(moved) - scores(x)).mean())


# %% mistake shift_gap "the difference of the signals"
# You compare the signals. The scores are what shall stay the same.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.abs(moved - x).max())


# %% mistake shift_gap "the largest scores are compared"
# You compare the largest score before with the largest one after. Compare each score with itself,
# and take the largest of these differences.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.abs(scores(moved).max() - scores(x).max()))


# %% mistake shift_gap "an empty slice at shift 0"
# With shift 0 your slice x[:, :, :-0] is empty. Write the end as T - shift.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, :-shift]
    return float(np.abs(scores(moved) - scores(x)).max())


# %% mistake shift_gap "the first signal only"
# You look at the first signal only. Take the largest difference over all signals and all scores.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.abs(scores(moved) - scores(x))[0].max())


# %% mistake shift_gap "the norm of the differences"
# You return the root of the sum of squares. The largest single difference is asked for.
def shift_gap(scores, x, shift):
    moved = np.zeros_like(x)
    moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return float(np.linalg.norm(scores(moved) - scores(x)))


# %% mistake shift_gap "the moved signals are longer"
# Your moved signals are longer by `shift`: nothing is lost at the end. Cut them to the T samples of
# the original ones.
def shift_gap(scores, x, shift):
    moved = np.pad(x, ((0, 0), (0, 0), (shift, 0)))
    return float(np.abs(scores(moved) - scores(x)).max())


# %% alternative shift_gap
def shift_gap(scores, x, shift):
    moved = np.pad(x, ((0, 0), (0, 0), (shift, 0)))[:, :, : x.shape[-1]]
    return np.max(np.abs(np.asarray(scores(moved)) - np.asarray(scores(x))))


# %% alternative shift_gap
def shift_gap(scores, x, shift):
    begin = np.zeros((len(x), x.shape[1], shift))
    moved = np.concatenate([begin, x], axis=2)[:, :, : x.shape[2]]
    return abs(scores(moved) - scores(x)).max()


# %% alternative shift_gap
def shift_gap(scores, x, shift):
    moved = np.roll(x, shift, axis=-1)
    moved[..., :shift] = 0
    return np.linalg.norm((scores(moved) - scores(x)).ravel(), np.inf)


# %% [markdown]
# Now measure both networks, on motifs without noise. The padding is not a part of the signal, so
# the claim can hold only as long as no output sees the motif and the edge at once. With a context
# of 31 samples, 30 must lie between them: the motifs begin at sample 30 or later, and the shift is
# 34 at most.


# %%
def quiet_signals():
    quiet = data.signals(count=400, noise=0.0, shifted=True).x_train
    return quiet[(quiet[:, 0, :30] == 0).all(dim=1)].numpy()


def scores_of(model):
    def scores(x):
        with torch.no_grad():
            return model(torch.as_tensor(x, dtype=torch.float32)).numpy()

    return scores


SHIFTS = range(0, 35, 2)


@cache
def shift_gaps():
    """Return {name: gaps}, for all SHIFTS."""
    networks, quiet = signal_networks(), quiet_signals()
    return {
        name: [shift_gap(scores_of(model), quiet, shift) for shift in SHIFTS]
        for name, model in networks.items()
    }


gaps = shift_gaps()
print("time-delay: all gaps below 1e-4:", max(gaps["time-delay"]) < 1e-4)
print("fully connected: some gap above 1:", max(gaps["fully connected"]) > 1)


# %%
def draw_gaps():
    figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    styles = (BLUE, "o-"), (VERMILLION, "s:")
    for (name, values), (color, style) in zip(shift_gaps().items(), styles, strict=True):
        ax.plot(SHIFTS, values, style, color=color, label=name, ms=5)
    ax.set(xlabel="shift in samples", ylabel="largest change of a score")
    ax.legend()
    return figure


plots.show(
    draw_gaps(),
    "Largest change of a score against the shift. For the time-delay network it is 0 at every "
    "shift. For the fully connected network it is large from the first shift on.",
)

# %% [markdown]
# *Figure 9. How much do the scores change when the motif comes later? Shift invariance, measured.*
#
# It is exact, up to rounding, because it follows from (24) and the maximum, whatever the weights
# are; nothing of it was learnt. But it has limits. Move the motif with the sliders of the last
# figure. What happens when it leaves at the right edge? And with noise?


# %%
def draw_motif(figure, motif=2, begins=30, noise=0.0):
    wave = quiet_motif(motif)
    x = noise * np.random.default_rng(0).normal(size=128)
    room = min(16, 128 - begins)
    x[begins : begins + room] += wave[:room]
    figure.set_layout_engine("none")  # fixed margins are drawn faster
    place = {"left": 0.09, "right": 0.98, "bottom": 0.16, "top": 0.9, "wspace": 0.28}
    left, right = figure.subplots(1, 2, gridspec_kw={**place, "width_ratios": (3, 2)})
    left.plot(x, color="black", lw=1)
    left.axvline(64, color="0.6", lw=1, ls=":")
    left.set(xlabel="sample", ylabel="signal", ylim=(-2.5, 2.5))
    for k, (name, color) in enumerate((("time-delay", BLUE), ("fully connected", VERMILLION))):
        scores = scores_of(signal_networks()[name])(x.astype(np.float32)[None, None])[0]
        shares = np.exp(scores - scores.max())
        place = np.arange(4) + (k - 0.5) * 0.4
        right.bar(place, shares / shares.sum(), 0.38, color=color, label=name, hatch=("", "//")[k])
    right.set(ylabel="probability", ylim=(0, 1.3), xticks=range(4), xlabel="motif")
    right.legend(loc="upper center", fontsize=8, ncols=2)
    return f"Motif {motif} ({signals.class_names[motif]}) begins at sample {begins}."


def quiet_motif(motif):
    """Return the 16 samples of a motif, cut out of a signal without noise."""
    clean = data.signals(count=40, noise=0.0)
    x = clean.x_train[clean.y_train == motif][0, 0].numpy()
    begin = np.flatnonzero(x)[0]
    return np.pad(x, (0, 16))[begin : begin + 16]


# %%
explore.live(
    draw_motif,
    title="A motif on its way",
    description="Left: a signal with a motif. Right: the probabilities that two networks give to the "
    "four motifs. The time-delay network names the right one wherever the whole motif lies. The fully "
    "connected one is right about it in the first half, and wrong in the second.",
    figure_size=(8.5, 3.2),
    motif=[0, 1, 2, 3],
    begins=(0, 127),
    noise=(0.0, 0.6, 0.1),
)

# %% [markdown]
# *Figure 10. A motif that you can move, and what the two networks (plain blue: time-delay, hatched
# red: fully connected) say. They were trained on motifs left of the dotted line.*
#
# <details>
# <summary>What can be seen here</summary>
#
# *Shift.* The time-delay network gives the same answer on both sides of the dotted line. The fully
# connected one is right about motif 2 on the left only. Motifs 0 and 1 it often confuses even there,
# though it got all its training signals right: it has learnt these by heart, noise and all.
#
# *The edge.* From sample 113 on the end of the motif is cut off. The time-delay network then sees what
# it was never trained on. It names a motif all the same, soon a wrong one in most cases: nothing in it
# can say "none of them".
#
# *Noise.* Now the answer does change with the place, because the signal does not move as a whole: the
# noise stays. The maximum over all times also takes what the noise brings, from anywhere. With 0.3, as
# in training, the time-delay network is still right nearly everywhere, with 0.6 often not.
#
# </details>

# %% answer shift_gap [markdown] points=3
# **The second part of exercise 10.24 (3 points).** When would you take a time-delay network, and when an LSTM?
# Compare them in three respects: how far back they can look, how they are computed (training,
# and one new sample at a time in use), and what a shift in time does to them.
#
# <!-- BEGIN SOLUTION -->
# *How far back.* A TDNN sees exactly its context (25), and nothing before it, however it is
# trained. Doubling dilations make it long at little cost. An LSTM has no fixed limit; it can keep
# something for as long as its gates hold it, but must learn to, and its cells are a bottleneck.
#
# *Computing.* In a TDNN all time steps are computed in parallel, and gradients go through a few
# layers only: training is fast and stable. An LSTM goes step by step in training. In use, with one
# new sample at a time, the LSTM needs a constant amount of memory, its state. A TDNN needs its last
# inputs (a buffer as long as the context).
#
# *Shift.* A TDNN is equivariant by construction, and invariant after pooling over time. An LSTM has
# the same weights at every step, but its state depends on all that came before; after a shift it
# starts from another state, so it is invariant only as far as it has learnt to be.
#
# So: motifs of known length, much data, fast training: TDNN (speech, sensors). Dependence over
# unknown or very long times, or a stream that is processed sample by sample: LSTM.
#
# **Rubric**
# - 1 point: fixed context against a state without a fixed limit.
# - 1 point: parallel against step by step, with the remark on use or on gradients.
# - 1 point: invariant by construction against learnt.
# <!-- END SOLUTION -->

# %% [markdown]
# ## Summary
#
# **What you built.** The LSTM from six equations, forward over a sequence and backward through
# time, with gradients that you measured. Peepholes and coupled gates. The GRU in both forms.
# Mappings of weights with which torch's layers give your numbers, and a derivation of why one form
# of the GRU has none. Stacks in both directions. Two tasks that cannot be solved without memory,
# and networks that solve them. A network of delays, whose shift invariance you measured.
#
# **What to remember.**
# - A plain network multiplies a gradient by a matrix and a slope at each step, and so forgets. A
#   cell multiplies it by the forget gate, which can stay near 1.
# - The forget gate decides how long a cell keeps. Set its bias before you train.
# - Read the manual for the order of the gates, for the place of the reset gate, and for which of
#   $z$ and $1 - z$ keeps. Compare numbers after each move of weights.
# - Compare with what ignorance costs, or an error says nothing.
# - The same weights at each time make a network equivariant to shifts in time.
#
# **Where it breaks.**
# - *Step by step.* An LSTM cannot be computed for all time steps at once; long sequences take long.
# - *A bottleneck.* All that is remembered must fit into $N$ cells, whatever the length.
# - *A good start is luck.* With a bias that fits the delay the task is learnt in a minute, without
#   it not at all. One seldom knows the delay beforehand.
# - *Exploding.* Through $R$ gradients can still explode. Clip them.
# - *A fixed context.* What lies before the context of a TDNN does not exist for it.
#
# **What to read.**
# - Hochreiter and Schmidhuber (1997), *Long short-term memory*.
# - Gers, Schmidhuber and Cummins (2000), *Learning to forget*: the forget gate came three years
#   later. Gers and Schmidhuber (2000), *Recurrent nets that time and count*: peepholes.
# - Waibel, Hanazawa, Hinton, Shikano and Lang (1989), *Phoneme recognition using time-delay neural
#   networks*.
# - Cho and others (2014), *Learning phrase representations using RNN encoder–decoder*; Chung and
#   others (2014), *Empirical evaluation of gated recurrent neural networks*: the GRU in two forms.
# - Jozefowicz, Zaremba and Sutskever (2015), *An empirical exploration of recurrent network
#   architectures*.
# - Greff and others (2017), *LSTM: a search space odyssey*: which of the parts matter.
# - Tallec and Ollivier (2018), *Can recurrent neural networks warp time?*: how to choose the biases
#   when the range of delays is known.
#
# **What comes next.** Attention looks at all time steps at once, with neither a state nor a fixed
# context. And the coming chapter has networks that learn without labels: autoencoders.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 10.6, 10.15, 10.20 and 10.24 are not in it: a person reads them.

# %%
check.summary()
