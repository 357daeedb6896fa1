# %% [markdown]
# # 9. Recurrent networks
#
# After this chapter you can build a network that reads a sequence of any length, one step at a time,
# and remembers. You derive and write back-propagation through time and compare it with autograd. You
# measure how fast a gradient vanishes or explodes on its way back, find out what decides it, and
# write the usual remedy. At the end one network names the language of a surname, and another one
# writes text, letter by letter. You look into its memory and find a cell that knows something that
# nobody told it.
#
# | | |
# |---|---|
# | **Time** | about 240 minutes: C, D and G are the long parts |
# | **Points** | 46, of which 12 are for derivations and reasons that a person reads |
# | **Builds on** | chapters 1 and 2: back-propagation and tanh, as ideas; none of their code is needed |
#
# **How to work.** Run the cells from top to bottom (Shift+Enter). A cell that raises
# `NotImplementedError` is an exercise: write your code in place of that line. The cell after it
# checks your work, as often as you like. When an answer is wrong, the check says what it tried,
# what it expected and what it got; there `[1][0]` means entry 0 of entry 1 of what you returned.
# Three hints are folded under each task; open them one at a time. Cells that a check relies on are
# locked; functions there whose names begin with `try_` belong to the checks, and you need not read
# them. All other cells are yours to change and to play with. Write parts A to E with NumPy only;
# torch comes in parts F and G.
#
# **The parts.** A: recurrence. B: "hello". C: back-propagation through time. D: gradients that
# vanish and explode. E: both directions, and more layers. F: names. G: a network that writes.

# %% given setup
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import Checks, data, explore, plots, training

torch.set_num_threads(1)  # one step is too small to be shared out among cores
check = Checks("09_recurrent")
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# %% [markdown]
# ## A. Recurrence
#
# ### A.1 A network with a memory
#
# All networks so far take an input of a fixed size and forget it when the next one comes. Text,
# speech and measurements are different: they are **sequences** $x_1, x_2, \dots, x_T$, each of its
# own length $T$, and what comes next depends on what came before. How can one network with a fixed
# number of weights read sequences of any length?
#
# Let it read one element at a time and keep notes. The notes are a vector $h_t$, the **hidden
# state**. At each **time step** $t$ the network makes the new state from the old state and from the
# new element:
#
# $$
# h_t = \tanh(W_{xh}\, x_t + W_{hh}\, h_{t-1} + b_h)
# \tag{1}
# $$
#
# This is a **recurrent network**, RNN for short. The **recurrent weights** $W_{hh}$ are what is new:
# without them (1) is an ordinary layer. The first state $h_0$ is given, most often as zeros. Where an
# output is wanted, one more layer reads it off the state:
#
# $$
# y_t = W_{hy}\, h_t + b_y
# \tag{2}
# $$
#
# The weights have no index $t$. **The same weights are used at every step**, as the same kernel is
# used at every place of a picture in chapter 6. So their number does not depend on $T$, and what was
# learnt about the third letter helps with the thirtieth.
#
# | sign | shape | name |
# |---|---|---|
# | $x_t$ | inputs | element of the sequence at step $t$ |
# | $h_t$ | hidden | hidden state after step $t$; its entries are the **cells** |
# | $y_t$ | outputs | output, or scores, at step $t$ |
# | $W_{xh}$, $W_{hh}$, $W_{hy}$ | hidden × inputs, hidden × hidden, outputs × hidden | weights: read $W_{xh}$ as "from x to h" |
# | $b_h$, $b_y$ | hidden, outputs | biases |
#
# One can draw the loop, or draw every step for itself. The second is called **unrolling**:


# %%
def box(ax, x, y, text, colour):
    frame = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": colour, "lw": 1.8}
    ax.text(x, y, text, ha="center", va="center", fontsize=12, bbox=frame)


def arrow(ax, start, end, label="", side=0.12, bend=0.0):
    style = {"arrowstyle": "-|>", "shrinkA": 15, "shrinkB": 15, "lw": 1.4}
    style["connectionstyle"] = f"arc3,rad={bend}"
    ax.annotate("", end, start, arrowprops=style)
    middle = (np.array(start) + np.array(end)) / 2
    ax.text(middle[0] + side, middle[1] + 0.13, label, fontsize=10, ha="left")


# %%
def draw_unrolled():
    figure, ax = plt.subplots(figsize=(8.5, 3.2), layout="constrained")
    columns = [(0, "t", "t"), (3, "0", None), *((3 + 1.5 * t, str(t), str(t)) for t in (1, 2, 3))]
    for x, state, step in columns:
        box(ax, x, 1, f"$h_{state}$", BLUE)
        if step:
            box(ax, x, 0, f"$x_{step}$", GREEN)
            box(ax, x, 2, f"$y_{step}$", VERMILLION)
            arrow(ax, (x, 0), (x, 1), "$W_{xh}$", side=0.06)
            arrow(ax, (x, 1), (x, 2), "$W_{hy}$", side=0.06)
        if x > 3:
            arrow(ax, (x - 1.5, 1), (x, 1), "$W_{hh}$", side=-0.28)
    loop = {"arrowstyle": "-|>", "lw": 1.4, "connectionstyle": "arc3,rad=-1.9"}
    ax.annotate("", (0.22, 0.8), (0.22, 1.2), arrowprops=loop)
    ax.text(0.72, 0.93, "$W_{hh}$", fontsize=10)
    ax.text(1.75, 1, "=", fontsize=22, ha="center", va="center")
    ax.set(xlim=(-0.6, 8.5), ylim=(-0.4, 2.4))
    ax.axis("off")
    return figure


plots.show(
    draw_unrolled(),
    "Left: the input x at step t goes into the state h, which goes into the output y; an arrow leads "
    "from h back to h. Right: the same network unrolled over three steps, from the state h 0 through "
    "h 1 and h 2 to h 3, each with its own input below and its own output above. The three kinds of "
    "weights are the same at every step.",
)

# %% [markdown]
# *Figure 1. The loop (left), and the same network unrolled over three steps (right). Each arrow of
# one name has the same weights.*
#
# **Worked example.** One input, one cell, $W_{xh} = 1$, $W_{hh} = 0.5$, $b_h = 0$ and $h_0 = 0$. A
# pulse comes in: $x = 1, 0, 0$.
#
# | step | $W_{xh} x_t + W_{hh} h_{t-1}$ | $h_t$ |
# |---|---|---|
# | 1 | $1 \cdot 1 + 0.5 \cdot 0 = 1$ | $\tanh 1 = 0.762$ |
# | 2 | $1 \cdot 0 + 0.5 \cdot 0.762 = 0.381$ | $\tanh 0.381 = 0.363$ |
# | 3 | $1 \cdot 0 + 0.5 \cdot 0.363 = 0.182$ | $\tanh 0.182 = 0.180$ |
#
# Two steps later the pulse is still there, but less and less of it. Keep this in mind for part D.
#
# ### Exercise 9.1: one step
#
# Write `rnn_step(x, h, W_xh, W_hh, b)`: equation (1) for a whole batch of sequences at once. `x` has
# shape (batch, inputs), `h` is the state before the step, of shape (batch, hidden), and `b` has shape
# (hidden,). Return the state after the step, of shape (batch, hidden). Rows are examples, so $W x$
# becomes `x @ W.T`.

# %% hint rnn_step [markdown]
# Which two things does the new state depend on, and which weights belong to which?

# %% hint rnn_step [markdown]
# Add the three terms inside of the brackets of (1), the bias as well, and take tanh of the sum.

# %% hint rnn_step [markdown]
# return tanh(x @ W_xh transposed + h @ W_hh transposed + b)


# %% solve rnn_step
def rnn_step(x, h, W_xh, W_hh, b):
    """Return the state (batch, hidden) after one step of equation (1).

    >>> W_xh, W_hh = np.array([[1.0]]), np.array([[0.5]])
    >>> rnn_step(np.array([[1.0]]), np.zeros((1, 1)), W_xh, W_hh, np.zeros(1)).round(3).tolist()
    [[0.762]]
    """
    ### BEGIN SOLUTION
    return np.tanh(x @ W_xh.T + h @ W_hh.T + b)
    ### END SOLUTION


# %% check rnn_step points=2
with check("rnn_step") as probe:
    rng = np.random.default_rng(91)
    x, h = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    W_xh, W_hh, b = rng.normal(size=(2, 3)), rng.normal(size=(2, 2)), rng.normal(size=2)
    probe.call("only the input: W_hh = 0 and b = 0", rnn_step, x, h, W_xh, 0 * W_hh, 0 * b)
    probe.call("only the old state: W_xh = 0 and b = 0", rnn_step, x, h, 0 * W_xh, W_hh, 0 * b)
    probe.call("only the bias", rnn_step, x, h, 0 * W_xh, 0 * W_hh, b)
    probe.call("all three terms", rnn_step, x, h, W_xh, W_hh, b)
    probe.call("a batch of one", rnn_step, x[:1], h[:1], W_xh, W_hh, b)
### BEGIN HIDDEN TESTS
with check.hidden("rnn_step") as probe:
    rng = np.random.default_rng(910)
    torch.manual_seed(910)  # of the layer's weights
    for batch, inputs, hidden in ((1, 1, 1), (4, 2, 5), (3, 6, 2)):
        x, h = rng.normal(size=(batch, inputs)), rng.normal(size=(batch, hidden))
        cell = torch.nn.RNNCell(inputs, hidden).double()
        W_xh, W_hh = (W.detach().numpy() for W in (cell.weight_ih, cell.weight_hh))
        b = (cell.bias_ih + cell.bias_hh).detach().numpy()  # torch has two, which add up
        right = cell(torch.tensor(x), torch.tensor(h)).detach().numpy()
        label = f"batch {batch}, {inputs} inputs, {hidden} hidden"
        probe.call(label, rnn_step, x, h, W_xh, W_hh, b, expected=right)
### END HIDDEN TESTS


# %% mistake rnn_step "no tanh"
# Your state is the sum inside of the brackets. Equation (1) takes tanh of it.
def rnn_step(x, h, W_xh, W_hh, b):
    return x @ W_xh.T + h @ W_hh.T + b


# %% mistake rnn_step "the logistic function in place of tanh"
# Your state lies between 0 and 1: that is the logistic function. Equation (1) has tanh.
def rnn_step(x, h, W_xh, W_hh, b):
    return 1 / (1 + np.exp(-(x @ W_xh.T + h @ W_hh.T + b)))


# %% mistake rnn_step "the recurrent weights are transposed"
# Your old state meets the columns of W_hh. Row i of W_hh belongs to the new cell i: h @ W_hh.T.
def rnn_step(x, h, W_xh, W_hh, b):
    return np.tanh(x @ W_xh.T + h @ W_hh + b)


# %% mistake rnn_step "the old state is forgotten"
# Your new state does not depend on the old one. The term with W_hh is what makes a network
# recurrent.
def rnn_step(x, h, W_xh, W_hh, b):
    return np.tanh(x @ W_xh.T + b)


# %% mistake rnn_step "the bias is forgotten"
# Your state has no bias. Add b inside of the brackets.
def rnn_step(x, h, W_xh, W_hh, b):
    return np.tanh(x @ W_xh.T + h @ W_hh.T)


# %% mistake rnn_step "tanh of each term"
# You take tanh of each term and add up. Add up first: equation (1) has one tanh around the sum.
def rnn_step(x, h, W_xh, W_hh, b):
    return np.tanh(x @ W_xh.T) + np.tanh(h @ W_hh.T) + np.tanh(b)


# %% mistake rnn_step "the bias is outside of tanh"
# Your bias is added after tanh. It stands inside of the brackets.
def rnn_step(x, h, W_xh, W_hh, b):
    return np.tanh(x @ W_xh.T + h @ W_hh.T) + b


# %% alternative rnn_step
def rnn_step(x, h, W_xh, W_hh, b):
    together = np.concatenate([x, h], axis=1)  # one product with both kinds of weights
    return np.tanh(together @ np.concatenate([W_xh, W_hh], axis=1).T + b)


# %% alternative rnn_step
def rnn_step(x, h, W_xh, W_hh, b):
    rows = [np.tanh(W_xh @ x_n + W_hh @ h_n + b) for x_n, h_n in zip(x, h, strict=True)]
    return np.array(rows)


# %% [markdown]
# ### Exercise 9.2: the whole sequence
#
# Write `rnn_forward(X, h0, W_xh, W_hh, b)`. `X` has shape (batch, time, inputs) and `h0` has shape
# (batch, hidden). Return all states $h_1, \dots, h_T$ in one array of shape (batch, time, hidden):
# entry `[:, 0]` is $h_1$.

# %% hint rnn_forward [markdown]
# What does step 2 need from step 1? In which variable does it wait?

# %% hint rnn_forward [markdown]
# Begin with h = h0. At each step replace h by what `rnn_step` returns for `X[:, t]` and `h`, and keep
# a copy in the result.

# %% hint rnn_forward [markdown]
# h ← h0; for each t: h ← rnn_step(X[:, t], h, …), append h; return the states stacked along axis 1


# %% solve rnn_forward
def rnn_forward(X, h0, W_xh, W_hh, b):
    """Return the states h_1 to h_T, (batch, time, hidden), of a batch of sequences.

    >>> X, one = np.array([[[1.0], [0.0]]]), np.array([[1.0]])
    >>> rnn_forward(X, np.zeros((1, 1)), one, 0.5 * one, np.zeros(1)).round(3).tolist()
    [[[0.762], [0.363]]]
    """
    ### BEGIN SOLUTION
    h, states = h0, []
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, W_xh, W_hh, b)
        states.append(h)
    return np.stack(states, axis=1)
    ### END SOLUTION


# %% check rnn_forward points=2
with check("rnn_forward") as probe:
    one = np.array([[1.0]])
    pulse = np.array([[[1.0], [0.0], [0.0]]])
    probe.call("the worked example", rnn_forward, pulse, 0 * one, one, 0.5 * one, np.zeros(1))
    rng = np.random.default_rng(92)
    X, h0 = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 2))
    W_xh, W_hh, b = rng.normal(size=(2, 3)), rng.normal(size=(2, 2)), rng.normal(size=2)
    probe.call("no input: only h0 and W_hh", rnn_forward, 0 * X, h0, W_xh, W_hh, 0 * b)
    probe.call("two sequences of four steps", rnn_forward, X, h0, W_xh, W_hh, b)
### BEGIN HIDDEN TESTS
with check.hidden("rnn_forward") as probe:
    rng = np.random.default_rng(920)
    torch.manual_seed(920)  # of the layer's weights
    for batch, time, inputs, hidden in ((1, 1, 2, 3), (3, 7, 1, 2), (2, 30, 4, 5)):
        net = torch.nn.RNN(inputs, hidden, batch_first=True).double()
        X, h0 = rng.normal(size=(batch, time, inputs)), rng.normal(size=(batch, hidden))
        W_xh, W_hh, b, other = (p.detach().numpy() for p in net.parameters())
        right = net(torch.tensor(X), torch.tensor(h0)[None])[0].detach().numpy()
        label = f"batch {batch}, {time} steps, {inputs} inputs, {hidden} hidden"
        probe.call(label, rnn_forward, X, h0, W_xh, W_hh, b + other, expected=right)
### END HIDDEN TESTS


# %% mistake rnn_forward "the state is not carried on"
# Every step begins with h0 again: your network has no memory. Replace h by the new state.
def rnn_forward(X, h0, W_xh, W_hh, b):
    states = [rnn_step(X[:, t], h0, W_xh, W_hh, b) for t in range(X.shape[1])]
    return np.stack(states, axis=1)


# %% mistake rnn_forward "the first state is not used"
# Your first step begins with zeros whatever h0 is. Begin with h = h0.
def rnn_forward(X, h0, W_xh, W_hh, b):
    h, states = np.zeros_like(h0), []
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, W_xh, W_hh, b)
        states.append(h)
    return np.stack(states, axis=1)


# %% mistake rnn_forward "h0 is among the states"
# Your result begins with h0. The first entry is h_1, the state after the first element.
def rnn_forward(X, h0, W_xh, W_hh, b):
    h, states = h0, [h0]
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, W_xh, W_hh, b)
        states.append(h)
    return np.stack(states, axis=1)


# %% mistake rnn_forward "the states before each step"
# Your states are one step late: h_0 to h_(T-1). Append h after it was replaced.
def rnn_forward(X, h0, W_xh, W_hh, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        states.append(h)
        h = rnn_step(X[:, t], h, W_xh, W_hh, b)
    return np.stack(states, axis=1)


# %% mistake rnn_forward "only the last state"
# You return the last state only. All of them are due: (batch, time, hidden).
def rnn_forward(X, h0, W_xh, W_hh, b):
    h = h0
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, W_xh, W_hh, b)
    return h


# %% mistake rnn_forward "time is the first axis"
# Your axes are (time, batch, hidden). Stack along axis 1.
def rnn_forward(X, h0, W_xh, W_hh, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, W_xh, W_hh, b)
        states.append(h)
    return np.stack(states)


# %% alternative rnn_forward
def rnn_forward(X, h0, W_xh, W_hh, b):
    from_inputs = X @ W_xh.T + b  # all steps at once: only the recurrence must wait
    H = np.zeros(from_inputs.shape)
    for t in range(X.shape[1]):
        H[:, t] = np.tanh(from_inputs[:, t] + (H[:, t - 1] if t else h0) @ W_hh.T)
    return H


# %% [markdown]
# ### A.2 Which task, which arrows
#
# A recurrent network need not have an input and an output at every step. Leave some out, and
# different tasks fit:
#
# | letter | kind | inputs | outputs |
# |---|---|---|---|
# | a | one to one | one | one: an ordinary network, no sequence |
# | b | one to many | one, at the first step | one at each step |
# | c | many to one | one at each step | one, after the last step |
# | d | many to many, in step | one at each step | one at each step |
# | e | many to many, one after the other | one at each step | they begin when the input has ended, and may be more or fewer |
#
# ### Exercise 9.3: kinds of tasks
#
# Set each name to the letter of the kind that fits best, in quotes, such as `"a"`.
#
# - `caption`: a picture goes in, a sentence that describes it comes out.
# - `sentiment`: a review of a film goes in, out comes whether the writer liked it.
# - `translation`: an English sentence goes in, a French one comes out.
# - `tagging`: a sentence goes in, out comes for each word whether it is a noun, a verb, …
# - `digit`: a picture of a digit goes in, out comes which digit it is.

# %% hint kinds [markdown]
# How many elements go in, and how many come out? If both are many: can the first output be given
# before the last input is known?

# %% hint kinds [markdown]
# A picture counts as one input, and a sentence as many. Does the number of outputs equal the number
# of inputs?

# %% hint kinds [markdown]
# for each task write "one" or "many" for the input and for the output, then read the table; two of
# the five have many on both sides, and only one of these has as many outputs as inputs

# %% solve kinds
# Set caption, sentiment, translation, tagging and digit to letters.
### BEGIN SOLUTION
caption, sentiment, translation, tagging, digit = "b", "c", "e", "d", "a"
### END SOLUTION

# %% check kinds points=2
with check("kinds") as probe:
    probe.choice("describing a picture", caption)
    probe.choice("whether a review is favourable", sentiment)
    probe.choice("translating a sentence", translation)
    probe.choice("the kind of each word", tagging)
    probe.choice("reading a digit", digit)

# %% mistake kinds "translation in step"
# `translation`: the French sentence may be longer or shorter, and its first word can depend on the
# last English one. So the outputs wait until the input has ended.
caption, sentiment, translation, tagging, digit = "b", "c", "d", "d", "a"

# %% mistake kinds "tags after the sentence"
# `tagging`: there is exactly one tag for each word: the outputs go in step with the inputs (part E
# has more).
caption, sentiment, translation, tagging, digit = "b", "c", "e", "e", "a"

# %% mistake kinds "a caption from many inputs"
# `caption`: there is only one input, the picture; the words are the outputs.
caption, sentiment, translation, tagging, digit = "c", "c", "e", "d", "a"

# %% mistake kinds "a review has many outputs"
# `sentiment`: the words are the inputs; there is only one output, the judgement.
caption, sentiment, translation, tagging, digit = "b", "b", "e", "d", "a"

# %% mistake kinds "a judgement on each word"
# `sentiment`: one judgement on the whole review is asked for, not one for each word.
caption, sentiment, translation, tagging, digit = "b", "d", "e", "d", "a"

# %% mistake kinds "a digit as a sequence"
# `digit`: one picture goes in and one class comes out: no sequence at all.
caption, sentiment, translation, tagging, digit = "b", "c", "e", "d", "c"

# %% [markdown]
# ## B. "hello"
#
# ### B.1 Predict the next letter
#
# Here is the smallest task that needs a memory: read the word "hello" letter by letter, and predict
# at each step the letter that comes next. A task of kind d. There are four different letters; give
# each its own input, which is 1 for this letter and 0 for the others (**one-hot**):
#
# | letter | h | e | l | o |
# |---|---|---|---|---|
# | code | 0 | 1 | 2 | 3 |
# | one-hot | 1, 0, 0, 0 | 0, 1, 0, 0 | 0, 0, 1, 0 | 0, 0, 0, 1 |
#
# | step | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|
# | read | h | e | l | l |
# | predict | e | l | l | **o** |
#
# The outputs $y_t$ of (2) are four scores. The softmax $p_k = e^{y_k} / \sum_j e^{y_j}$ makes
# probabilities of them, and the loss is the mean over the four steps of $-\ln p_{\text{right}}$, the
# **cross-entropy**. (Chapter 3 has more about it.)
#
# Look at steps 3 and 4. The input is the same, "l", and the right answers differ.
#
# ### Exercise 9.4: without a memory
#
# Suppose that $W_{hh} = 0$. The network then sees the present letter only, and gives the same
# probabilities each time it reads "l". What is the lowest mean loss, in natural logarithms, that it
# can come arbitrarily close to? Set `memoryless` to this number, with three decimals or more.

# %% hint memoryless [markdown]
# At which steps can such a network be certain? Which probabilities are best where it can't?

# %% hint memoryless [markdown]
# After "h" and after "e" nothing is in doubt: the loss goes to 0 there. After "l" there are two
# right answers, equally often. Minimise $-\ln p - \ln(1 - p)$.

# %% hint memoryless [markdown]
# add the losses of the four steps, two of which are 0, and divide by the number of steps

# %% solve memoryless
# Set memoryless.
### BEGIN SOLUTION
memoryless = 2 * np.log(2) / 4
### END SOLUTION

# %% check memoryless points=1
with check("memoryless") as probe:
    probe.number("the lowest loss without a memory", memoryless)

# %% mistake memoryless "the sum in place of the mean"
# This is the sum over the four steps, where the loss is the mean; or it is ln 4, the loss of somebody
# who knows nothing at all. After "h" and "e" there is no doubt.
memoryless = 2 * np.log(2)

# %% mistake memoryless "the loss of one step"
# This is the loss of a step at which "l" is read. There are four steps, and at two of them the loss
# can go to 0.
memoryless = np.log(2)

# %% mistake memoryless "logarithms to base 2"
# Your number is in bits: the logarithm to base 2. Take the natural logarithm.
memoryless = 0.5

# %% mistake memoryless "nothing is in doubt"
# A loss of 0 asks for probability 1 for "l" and for "o" after the same input. Without a memory both
# get the same probabilities each time.
memoryless = 0.0

# %% answer memoryless [markdown] points=2
# A friend builds an ordinary network, without recurrence, that reads the last *two* letters at once.
# Does that solve "hello"? Does it solve the problem? Answer in three or four sentences, with an
# example.
#
# <!-- BEGIN SOLUTION -->
#
# It solves this word: "el" is followed by "l", and "ll" by "o", so no two steps have the same input
# and different answers. It does not solve the problem: a window of $n$ letters forgets what lies
# further back. In "aaab" with three equal letters before the "b" two letters no longer tell where we
# are, and a bracket, a quote or the subject of a sentence may stand hundreds of letters back. A
# longer window needs more weights, one set for each place, and has to learn the same fact at each
# place anew. A recurrent network has no fixed window and the same weights at every step.
#
# **Rubric**
# - 1 point: it solves "hello", because the pairs differ.
# - 1 point: any fixed window forgets what is further back, with an example; or the number of weights
#   grows with the window.
# <!-- END SOLUTION -->

# %% [markdown]
# ### Exercise 9.5: counting
#
# Take 4 inputs, 3 cells, 4 outputs, and the biases $b_h$ and $b_y$. Set
#
# - `parameters`: how many numbers does this recurrent network learn?
# - `parameters_100`: how many, if the sequences have 100 letters in place of 4?
# - `window_100`: how many does an ordinary network have that reads 100 letters at once, one-hot, with
#   one hidden layer of 3 neurons, 4 outputs, and biases in both layers?
# - `kept`: how many numbers are the states $h_1, \dots, h_{100}$ of a batch of 32 sequences? They
#   must be kept for the way back.

# %% hint counting [markdown]
# Which of the arrays in equations (1) and (2) have an index $t$, and which have not?

# %% hint counting [markdown]
# There are three matrices and two biases in (1) and (2). The ordinary network has $100 \cdot 4$
# inputs.

# %% hint counting [markdown]
# add up: hidden · inputs, hidden · hidden, hidden, outputs · hidden, outputs

# %% solve counting
# Set parameters, parameters_100, window_100 and kept.
### BEGIN SOLUTION
parameters = 3 * 4 + 3 * 3 + 3 + 4 * 3 + 4
parameters_100 = parameters
window_100 = 3 * 400 + 3 + 4 * 3 + 4
kept = 32 * 100 * 3
### END SOLUTION

# %% check counting points=2
with check("counting") as probe:
    probe.number("the parameters of the recurrent network", parameters)
    probe.number("with sequences of 100 letters", parameters_100)
    probe.number("a window of 100 letters", window_100)
    probe.number("the states that are kept", kept)

# %% mistake counting "the biases are left out"
# Your `parameters` has no biases: b_h has one number for each cell, and b_y one for each output.
parameters, parameters_100, window_100, kept = 33, 33, 1212, 9600

# %% mistake counting "no recurrent weights"
# Your `parameters` lacks W_hh, which leads from each cell to each cell.
parameters, parameters_100, window_100, kept = 31, 31, 1219, 9600

# %% mistake counting "weights for each of four steps"
# Your `parameters` counts the weights once for each of four steps. They are the same at every step:
# see Figure 1.
parameters, parameters_100, window_100, kept = 160, 160, 1219, 9600

# %% mistake counting "weights for each step"
# Your `parameters_100` has weights for each step. They are the same at every step: see Figure 1.
parameters, parameters_100, window_100, kept = 40, 4000, 1219, 9600

# %% mistake counting "the window has one letter"
# Your `window_100` reads a single letter. One hundred letters of four inputs each go in.
parameters, parameters_100, window_100, kept = 40, 40, 31, 9600

# %% mistake counting "a letter is one input"
# Your `window_100` has one input for each letter. One-hot, a letter takes four.
parameters, parameters_100, window_100, kept = 40, 40, 319, 9600

# %% mistake counting "the states of one sequence"
# Your `kept` is for one sequence. There are 32 in the batch.
parameters, parameters_100, window_100, kept = 40, 40, 1219, 300

# %% mistake counting "the last state only"
# Your `kept` holds one state for each sequence. The way back needs the states of all 100 steps.
parameters, parameters_100, window_100, kept = 40, 40, 1219, 96

# %% [markdown]
# ## C. Back-propagation through time
#
# ### C.1 The unrolled network is a graph like any other
#
# How does such a network learn? Unroll it, and it is an ordinary network with $T$ layers, except that
# all layers share their weights. Chapter 1 has all that is needed: a quantity that reaches the loss
# along several paths gets the **sum** over these paths. This use of the chain rule has a name of its
# own, **back-propagation through time** (BPTT).
#
# Call $a_t$ the sum inside of the brackets of (1), so that $h_t = \tanh a_t$. As everywhere in this
# course, write $dh_t$ for the gradient $\partial L / \partial h_t$ of the loss, and in the same way
# for all other quantities. The loss is a sum over the outputs, $L = \sum_t L_t$. (A mean only adds
# a factor.)
#
# The state $h_t$ reaches the loss in two ways: through its own output $y_t$, and through the next
# state $h_{t+1}$, with all that follows. Call the first part $g_t$; with (2) it is $g_t =
# W_{hy}^\top\, \partial L_t / \partial y_t$. It is 0 at steps that have no output. Then
#
# $$
# dh_t = g_t + W_{hh}^\top\, da_{t+1}, \qquad dh_T = g_T
# \tag{3}
# $$
#
# $$
# da_t = (1 - h_t^2) \odot dh_t
# \tag{4}
# $$
#
# $$
# dW_{hh} = \sum_{t=1}^{T} da_t\, h_{t-1}^\top, \qquad
# dW_{xh} = \sum_{t=1}^{T} da_t\, x_t^\top, \qquad
# db_h = \sum_{t=1}^{T} da_t
# \tag{5}
# $$
#
# where $\odot$ multiplies entry by entry. Equations (3) and (4) are a recurrence that runs
# **backwards**: from $dh_T$ to $da_T$, from there to $dh_{T-1}$, and so on. At the end it leaves
# $dx_t = W_{xh}^\top da_t$ and $dh_0 = W_{hh}^\top da_1$.


# %%
def draw_backward():
    figure, ax = plt.subplots(figsize=(8.5, 3.1), layout="constrained")
    for x, step in ((0, "t-1"), (3, "t"), (6, "t+1")):
        box(ax, x, 0, f"$h_{{{step}}}$", BLUE)
        box(ax, x, 1.3, f"$L_{{{step}}}$", VERMILLION)
        arrow(ax, (x, 0), (x, 1.3))
        style = {"arrowstyle": "-|>", "shrinkA": 15, "shrinkB": 15, "lw": 2, "color": ORANGE}
        style["connectionstyle"] = "arc3,rad=-0.35"
        ax.annotate("", (x, 0), (x, 1.3), arrowprops=style | {"ls": "--"})
        ax.text(x + 0.33, 0.62, f"$g_{{{step}}}$", fontsize=11)
    for x, step in ((-1.7, "t-1"), (0, "t"), (3, "t+1"), (6, "")):
        end = x + (3 if 0 <= x < 6 else 1.7)
        arrow(ax, (x, 0), (end, 0))
        style["connectionstyle"] = "arc3,rad=-0.3"
        ax.annotate("", (x, -0.08), (end, -0.08), arrowprops=style | {"ls": "--"})
        if step and x >= 0:
            ax.text(x + 1.5, -0.78, f"$W_{{hh}}^T\\,da_{{{step}}}$", fontsize=11, ha="center")
    ax.set(xlim=(-1.8, 7.8), ylim=(-1, 1.7))
    ax.axis("off")
    return figure


plots.show(
    draw_backward(),
    "Three states in a row, each with its loss above it. Black arrows lead forward, from state to "
    "state and from each state to its loss. Dashed orange arrows lead back: into each state comes one "
    "gradient from its own loss, g, and one from the next state, W h h transposed times d a.",
)

# %% [markdown]
# *Figure 2. Forward in black, backward dashed. Two gradients arrive at each state, one from its own
# loss and one from the future, and they add up.*
#
# ### Exercise 9.6: derive it
#
# Derive (3), (4) and the formula for $dW_{hh}$ in (5) from equations (1) and (2). Name the paths. Say
# where the sum over $t$ in (5) comes from although $W_{hh}$ is one matrix, and why (3) must be
# computed from the end.

# %% hint derive_bptt [markdown]
# In Figure 2: along which arrows can a change of $h_t$ leave? And in how many places of the unrolled
# network does $W_{hh}$ stand?

# %% hint derive_bptt [markdown]
# Write (1) for step $t + 1$ entry by entry: $a_{t+1,i} = \sum_j W_{hh,ij}\, h_{t,j} + \dots$ What is
# the derivative with respect to $h_{t,j}$? With respect to $W_{hh,ij}$? For the weights, give each
# step its own copy $W^{(t)}$ first, and ask what a change of all the copies together does.

# %% hint derive_bptt [markdown]
# ∂L/∂h_{t,j} = g_{t,j} + Σ_i ∂L/∂a_{t+1,i} · ∂a_{t+1,i}/∂h_{t,j}; da_t = dh_t · tanh′(a_t); the copy
# of step t gets da_{t,i} · h_{t−1,j}; all copies are equal, so add over t

# %% answer derive_bptt [markdown] points=4
# Write your derivation here. Formulas stand between dollar signs: `$dh_t = g_t + \dots$`.
#
# <!-- BEGIN SOLUTION -->
#
# *States.* Two arrows leave $h_t$: to $y_t$, and to $a_{t+1}$. Everything later is reached through
# $a_{t+1}$ only. The chain rule adds the two paths:
#
# $$ \frac{\partial L}{\partial h_{t,j}} = g_{t,j} + \sum_i \frac{\partial L}{\partial a_{t+1,i}}\,
#    \frac{\partial a_{t+1,i}}{\partial h_{t,j}} = g_{t,j} + \sum_i da_{t+1,i}\, W_{hh,ij} $$
#
# The sum runs over the first index of $W_{hh}$, so it is $W_{hh}^\top da_{t+1}$. This is (3). From
# (2), $g_{t,j} = \sum_k \partial L_t / \partial y_{t,k}\; W_{hy,kj}$. After the last step there is no
# next state, so $dh_T = g_T$.
#
# *Through tanh.* $h_{t,i} = \tanh a_{t,i}$ depends on $a_{t,i}$ only, and $\tanh' = 1 - \tanh^2$. So
# $da_{t,i} = (1 - h_{t,i}^2)\, dh_{t,i}$, which is (4).
#
# *Weights.* Give each step a copy $W^{(t)}$ of $W_{hh}$. The copy stands in $a_t$ only, and $\partial
# a_{t,i} / \partial W^{(t)}_{ij} = h_{t-1,j}$. So its gradient is $da_{t,i}\, h_{t-1,j}$, entry
# $(i, j)$ of $da_t\, h_{t-1}^\top$. All copies are the same matrix: a change of $W_{hh}$ changes them
# all, there is one path through each of them, and the sum over the paths is (5). $da_t$ already
# holds all that happens after step $t$.
#
# *Order.* (3) needs $da_{t+1}$, and that needs $dh_{t+1}$: the last state is the only one whose
# gradient does not ask for a later one.
#
# **Rubric**
# - 1 point: the two paths out of $h_t$ and their sum, with $W_{hh}^\top$ (the sum over the first
#   index) justified.
# - 1 point: (4) with the derivative of tanh, written with $h_t$.
# - 1 point: $da_t\, h_{t-1}^\top$ for one step, with the state *before* the step.
# - 1 point: the sum over $t$ from the shared weights, and the order from the end.
#
# Take one point off, once, for a formula without reason; take nothing off for other names.
# <!-- END SOLUTION -->

# %% [markdown]
# ### Exercise 9.7: one step back
#
# Write `step_backward(dh, x, h_before, h, W_xh, W_hh)`: the way back through one step. `dh` is the
# whole gradient of $h_t$, of shape (batch, hidden); `h_before` is $h_{t-1}$, `h` is $h_t$, and `x` is
# $x_t$. Return the tuple `(dx, dh_before, dW_xh, dW_hh, db)`, where `dh_before` is what goes to
# $h_{t-1}$ along the recurrent weights, and the last three are this step's terms of (5), added up
# over the batch.

# %% hint step_backward [markdown]
# All five results begin with the same array. Which one?

# %% hint step_backward [markdown]
# First equation (4). Then each factor of (1) gets da times its partner: the weights get da and what
# they multiply, what they multiply gets da and the weights. Shapes tell you which to transpose.

# %% hint step_backward [markdown]
# da ← dh · (1 − h²); dx ← da @ W_xh; dh_before ← da @ W_hh; dW_xh ← daᵀ @ x; dW_hh ← daᵀ @ h_before;
# db ← sum of da over the batch


# %% solve step_backward
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    """Return (dx, dh_before, dW_xh, dW_hh, db) of one step.

    >>> one = np.array([[1.0]])
    >>> [d.item() for d in step_backward(one, 3 * one, 2 * one, 0.5 * one, 10 * one, 4 * one)]
    [7.5, 3.0, 2.25, 1.5, 0.75]
    """
    ### BEGIN SOLUTION
    da = dh * (1 - h**2)  # (batch, hidden)
    return da @ W_xh, da @ W_hh, da.T @ x, da.T @ h_before, da.sum(axis=0)
    ### END SOLUTION


# %% check step_backward points=2
with check("step_backward") as probe:
    rng = np.random.default_rng(97)
    dh, x = rng.normal(size=(3, 2)), rng.normal(size=(3, 4))
    h_before, h = np.tanh(rng.normal(size=(2, 3, 2)))
    W_xh, W_hh = rng.normal(size=(2, 4)), rng.normal(size=(2, 2))
    one = slice(0, 1)
    probe.call(
        "one sequence, h = 0", step_backward, dh[one], x[one], h_before[one], 0 * h[one], W_xh, W_hh
    )
    probe.call("one sequence", step_backward, dh[one], x[one], h_before[one], h[one], W_xh, W_hh)
    probe.call("a batch of three", step_backward, dh, x, h_before, h, W_xh, W_hh)
### BEGIN HIDDEN TESTS
with check.hidden("step_backward") as probe:
    rng = np.random.default_rng(970)
    for batch, inputs, hidden in ((1, 1, 1), (4, 2, 3), (2, 5, 4)):
        sizes = ((batch, inputs), (batch, hidden), (hidden, inputs), (hidden, hidden), hidden)
        T = [torch.tensor(rng.normal(size=size), requires_grad=True) for size in sizes]
        state = torch.tanh(T[0] @ T[2].T + T[1] @ T[3].T + T[4])
        dh = rng.normal(size=(batch, hidden))
        right = tuple(d.numpy() for d in torch.autograd.grad(state, T, torch.tensor(dh)))
        x, h_before, W_xh, W_hh, _ = (tensor.detach().numpy() for tensor in T)
        probe.call(
            f"batch {batch}, {inputs} inputs, {hidden} hidden", step_backward, dh, x, h_before,
            state.detach().numpy(), W_xh, W_hh, expected=right,
        )  # fmt: skip
### END HIDDEN TESTS


# %% mistake step_backward "tanh is forgotten on the way back"
# Your gradients lack the slope of tanh: multiply dh by 1 - h ** 2 first. See equation (4).
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    return dh @ W_xh, dh @ W_hh, dh.T @ x, dh.T @ h_before, dh.sum(axis=0)


# %% mistake step_backward "the slope at the old state"
# You take the slope of tanh at h_before. The tanh of this step made h: 1 - h ** 2.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - h_before**2)
    return da @ W_xh, da @ W_hh, da.T @ x, da.T @ h_before, da.sum(axis=0)


# %% mistake step_backward "tanh of the state"
# You take tanh of h once more. h is tanh(a) already: the slope is 1 - h ** 2.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - np.tanh(h) ** 2)
    return da @ W_xh, da @ W_hh, da.T @ x, da.T @ h_before, da.sum(axis=0)


# %% mistake step_backward "the recurrent weights are transposed"
# Your dh_before uses W_hh as on the way forward. On the way back rows and columns change places: da
# @ W_hh for a batch.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - h**2)
    return da @ W_xh, da @ W_hh.T, da.T @ x, da.T @ h_before, da.sum(axis=0)


# %% mistake step_backward "the new state in dW_hh"
# Your dW_hh has the state after the step. W_hh multiplied the state before it.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - h**2)
    return da @ W_xh, da @ W_hh, da.T @ x, da.T @ h, da.sum(axis=0)


# %% mistake step_backward "dW_hh is transposed"
# Your dW_hh has its rows for columns: da is first in equation (5).
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - h**2)
    return da @ W_xh, da @ W_hh, da.T @ x, h_before.T @ da, da.sum(axis=0)


# %% mistake step_backward "the mean over the batch"
# Your gradients of the weights are means over the batch. Add up: if the loss is a mean, dh has that
# factor already.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - h**2)
    n = len(dh)
    return da @ W_xh, da @ W_hh, da.T @ x / n, da.T @ h_before / n, da.mean(axis=0)


# %% mistake step_backward "the slope of the logistic function"
# Your slope is h (1 - h): that is the logistic function's. The slope of tanh is 1 - h ** 2.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * h * (1 - h)
    return da @ W_xh, da @ W_hh, da.T @ x, da.T @ h_before, da.sum(axis=0)


# %% mistake step_backward "the biases are not added up"
# Your db has a row for each example. All examples share the bias: add up over the batch.
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = dh * (1 - h**2)
    return da @ W_xh, da @ W_hh, da.T @ x, da.T @ h_before, da


# %% alternative step_backward
def step_backward(dh, x, h_before, h, W_xh, W_hh):
    da = (1 - h) * (1 + h) * dh
    dW_xh = np.einsum("ni,nj->ij", da, x)
    dW_hh = sum(np.outer(da_n, h_n) for da_n, h_n in zip(da, h_before, strict=True))
    return (W_xh.T @ da.T).T, (W_hh.T @ da.T).T, dW_xh, dW_hh, np.ones(len(da)) @ da


# %% [markdown]
# ### Exercise 9.8: all the way back
#
# Write `bptt(G, X, H, h0, W_xh, W_hh)`. `G` has shape (batch, time, hidden) and holds the $g_t$:
# `G[:, t]` is the gradient of `H[:, t]` through its own output only. `X` and `h0` are what
# `rnn_forward` was given, and `H` is what it returned. Return the tuple `(dX, dh0, dW_xh, dW_hh, db)`;
# each has the shape of what it is the gradient of.

# %% hint bptt [markdown]
# At which step do you begin? What do you know there about the gradient from the future?

# %% hint bptt [markdown]
# Carry one array from step to step: what the future sends. At each step, from the last to the first,
# add `G[:, t]` to it, call `step_backward`, keep its first result in `dX[:, t]`, its second as the new
# carried array, and add the others up. Before the first step the state is h0.

# %% hint bptt [markdown]
# carried ← 0; for t from T − 1 down to 0: before ← H[:, t − 1] if t > 0 else h0; dX[:, t], carried, A,
# B, c ← step_backward(G[:, t] + carried, X[:, t], before, H[:, t], …); dW_xh += A; dW_hh += B; db += c


# %% solve bptt
def bptt(G, X, H, h0, W_xh, W_hh):
    """Return (dX, dh0, dW_xh, dW_hh, db), back-propagated through all steps.

    >>> one = np.array([[1.0]])
    >>> G, zeros = np.ones((1, 2, 1)), np.zeros((1, 2, 1))
    >>> [d.tolist() for d in bptt(G, zeros, zeros, one, one, 0.5 * one)][:2]
    [[[[1.5], [1.0]]], [[0.75]]]
    """
    ### BEGIN SOLUTION
    dX, carried = np.zeros(X.shape), np.zeros(h0.shape)
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in reversed(range(X.shape[1])):
        before = H[:, t - 1] if t > 0 else h0
        dX[:, t], carried, A, B, c = step_backward(
            G[:, t] + carried, X[:, t], before, H[:, t], W_xh, W_hh
        )
        dW_xh, dW_hh, db = dW_xh + A, dW_hh + B, db + c
    return dX, carried, dW_xh, dW_hh, db
    ### END SOLUTION


# %% check bptt points=3
with check("bptt") as probe:
    rng = np.random.default_rng(98)
    X, h0 = rng.normal(size=(2, 4, 3)), np.tanh(rng.normal(size=(2, 2)))
    W_xh, W_hh = rng.normal(size=(2, 3)), rng.normal(size=(2, 2))
    H, G = np.tanh(rng.normal(size=(2, 4, 2))), rng.normal(size=(2, 4, 2))
    last, first = G.copy(), G.copy()
    last[:, :-1], first[:, 1:] = 0, 0
    probe.call("one step", bptt, G[:, :1], X[:, :1], H[:, :1], h0, W_xh, W_hh)
    probe.call("an output after the first of four steps", bptt, first, X, H, h0, W_xh, W_hh)
    probe.call("an output after the last step only", bptt, last, X, H, h0, W_xh, W_hh)
    probe.call("an output at each step", bptt, G, X, H, h0, W_xh, W_hh)
### BEGIN HIDDEN TESTS
with check.hidden("bptt") as probe:
    rng = np.random.default_rng(980)
    for batch, time, inputs, hidden in ((1, 1, 1, 2), (3, 5, 2, 4), (2, 20, 3, 3)):
        sizes = (
            (batch, time, inputs), (batch, hidden), (hidden, inputs), (hidden, hidden), hidden
        )  # fmt: skip
        T = [torch.tensor(rng.normal(size=size), requires_grad=True) for size in sizes]
        state, states = T[1], []
        for t in range(time):
            state = torch.tanh(T[0][:, t] @ T[2].T + state @ T[3].T + T[4])
            states.append(state)
        H, G = torch.stack(states, dim=1), rng.normal(size=(batch, time, hidden))
        right = tuple(d.numpy() for d in torch.autograd.grad(H, T, torch.tensor(G)))
        X, h0, W_xh, W_hh, _ = (tensor.detach().numpy() for tensor in T)
        label = f"batch {batch}, {time} steps, {inputs} inputs, {hidden} hidden"
        probe.call(label, bptt, G, X, H.detach().numpy(), h0, W_xh, W_hh, expected=right)
### END HIDDEN TESTS


# %% mistake bptt "nothing comes from the future"
# At each step you use G alone: the gradient does not travel back in time. Add what the next step
# sends: equation (3).
def bptt(G, X, H, h0, W_xh, W_hh):
    dX = np.zeros(X.shape)
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in reversed(range(X.shape[1])):
        before = H[:, t - 1] if t > 0 else h0
        dX[:, t], carried, A, B, c = step_backward(G[:, t], X[:, t], before, H[:, t], W_xh, W_hh)
        dW_xh, dW_hh, db = dW_xh + A, dW_hh + B, db + c
    return dX, carried, dW_xh, dW_hh, db


# %% mistake bptt "only the last output counts"
# You use G at the last step only. Every step has its own output: add G[:, t] to what comes from the
# future.
def bptt(G, X, H, h0, W_xh, W_hh):
    dX, carried = np.zeros(X.shape), G[:, -1]
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in reversed(range(X.shape[1])):
        before = H[:, t - 1] if t > 0 else h0
        dX[:, t], carried, A, B, c = step_backward(carried, X[:, t], before, H[:, t], W_xh, W_hh)
        dW_xh, dW_hh, db = dW_xh + A, dW_hh + B, db + c
    return dX, carried, dW_xh, dW_hh, db


# %% mistake bptt "the weights keep one step only"
# Your gradients of the weights hold one step, the first. The same weights are used at every step:
# add the steps up, += in place of =.
def bptt(G, X, H, h0, W_xh, W_hh):
    dX, carried = np.zeros(X.shape), np.zeros(h0.shape)
    for t in reversed(range(X.shape[1])):
        before = H[:, t - 1] if t > 0 else h0
        dX[:, t], carried, dW_xh, dW_hh, db = step_backward(
            G[:, t] + carried, X[:, t], before, H[:, t], W_xh, W_hh
        )
    return dX, carried, dW_xh, dW_hh, db


# %% mistake bptt "the state before the first step is not h0"
# Before the first step you take zeros, or the last state (a negative index counts from the end). The
# state there is h0.
def bptt(G, X, H, h0, W_xh, W_hh):
    dX, carried = np.zeros(X.shape), np.zeros(h0.shape)
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in reversed(range(X.shape[1])):
        before = H[:, t - 1] if t > 0 else 0 * h0
        dX[:, t], carried, A, B, c = step_backward(
            G[:, t] + carried, X[:, t], before, H[:, t], W_xh, W_hh
        )
        dW_xh, dW_hh, db = dW_xh + A, dW_hh + B, db + c
    return dX, carried, dW_xh, dW_hh, db


# %% mistake bptt "the index before the first step wraps around"
# Before the first step you take H[:, -1], which is the last state: a negative index counts from the
# end. The state there is h0.
def bptt(G, X, H, h0, W_xh, W_hh):
    dX, carried = np.zeros(X.shape), np.zeros(h0.shape)
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in reversed(range(X.shape[1])):
        dX[:, t], carried, A, B, c = step_backward(
            G[:, t] + carried, X[:, t], H[:, t - 1], H[:, t], W_xh, W_hh
        )
        dW_xh, dW_hh, db = dW_xh + A, dW_hh + B, db + c
    return dX, carried, dW_xh, dW_hh, db


# %% mistake bptt "from the first step to the last"
# You go through the steps from the first to the last. The gradient comes from the future: begin at
# the end.
def bptt(G, X, H, h0, W_xh, W_hh):
    dX, carried = np.zeros(X.shape), np.zeros(h0.shape)
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in range(X.shape[1]):
        before = H[:, t - 1] if t > 0 else h0
        dX[:, t], carried, A, B, c = step_backward(
            G[:, t] + carried, X[:, t], before, H[:, t], W_xh, W_hh
        )
        dW_xh, dW_hh, db = dW_xh + A, dW_hh + B, db + c
    return dX, carried, dW_xh, dW_hh, db


# %% mistake bptt "the mean over the steps"
# Your gradients of the weights are divided by the number of steps. Equation (5) is a sum; if the loss
# is a mean, G has that factor already.
def bptt(G, X, H, h0, W_xh, W_hh):
    dX, carried, T = np.zeros(X.shape), np.zeros(h0.shape), X.shape[1]
    dW_xh, dW_hh, db = np.zeros(W_xh.shape), np.zeros(W_hh.shape), np.zeros(len(W_hh))
    for t in reversed(range(T)):
        before = H[:, t - 1] if t > 0 else h0
        dX[:, t], carried, A, B, c = step_backward(
            G[:, t] + carried, X[:, t], before, H[:, t], W_xh, W_hh
        )
        dW_xh, dW_hh, db = dW_xh + A / T, dW_hh + B / T, db + c / T
    return dX, carried, dW_xh, dW_hh, db


# %% alternative bptt
def bptt(G, X, H, h0, W_xh, W_hh):
    dA, carried = np.zeros(H.shape), 0.0
    for t in range(X.shape[1] - 1, -1, -1):
        dA[:, t] = (1 - H[:, t] ** 2) * (G[:, t] + carried)
        carried = dA[:, t] @ W_hh
    before = np.concatenate([h0[:, None], H[:, :-1]], axis=1)
    dW_xh, dW_hh = (np.einsum("nti,ntj->ij", dA, Z) for Z in (X, before))
    return dA @ W_xh, carried, dW_xh, dW_hh, dA.sum(axis=(0, 1))


# %% alternative bptt
def bptt(G, X, H, h0, W_xh, W_hh):
    T = X.shape[1]
    states = [h0] + [H[:, t] for t in range(T)]
    dh, found = G[:, T - 1], []
    for t in range(T - 1, -1, -1):
        found.insert(0, step_backward(dh, X[:, t], states[t], states[t + 1], W_xh, W_hh))
        dh = found[0][1] + G[:, t - 1]  # at t = 0 not used any more
    dX, dh_before, *weights = zip(*found, strict=True)
    return (np.stack(dX, axis=1), dh_before[0], *(sum(each) for each in weights))


# %% [markdown]
# Is it right? Let torch unroll the same network and differentiate it, in double precision. The loss
# is $\sum R \cdot H$ with fixed random numbers $R$, so that $g_t$ is $R_t$. Sequences of 50 steps
# leave room for mistakes to add up.


# %%
def autograd_differences(batch=3, time=50, inputs=4, hidden=8):
    """Return by name the largest difference between bptt and torch's autograd."""
    rng = np.random.default_rng(0)
    sizes = {"X": (batch, time, inputs), "h0": (batch, hidden), "W_xh": (hidden, inputs)}
    sizes |= {"W_hh": (hidden, hidden), "b": (hidden,)}
    arrays = {name: rng.normal(size=size) / size[-1] ** 0.5 for name, size in sizes.items()}
    R = rng.normal(size=(batch, time, hidden))
    T = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
    h, L = T["h0"], 0.0
    for t in range(time):
        h = torch.tanh(T["X"][:, t] @ T["W_xh"].T + h @ T["W_hh"].T + T["b"])
        L = L + (torch.tensor(R[:, t]) * h).sum()
    L.backward()
    X, h0, W_xh, W_hh, b = arrays.values()
    mine = bptt(R, X, rnn_forward(X, h0, W_xh, W_hh, b), h0, W_xh, W_hh)
    return {n: np.abs(d - T[n].grad.numpy()).max() for n, d in zip(T, mine, strict=True)}


for name, difference in autograd_differences().items():
    print(f"d{name}: difference below 1e-6: {bool(difference < 1e-6)}")

# %% [markdown]
# ### C.2 Learn "hello"
#
# Now the network of part B can learn. The next cell has the forward pass, the softmax with its
# cross-entropy (whose gradient with respect to the scores is the probabilities less the right
# answers; chapter 3 derives it), your `bptt`, and plain gradient descent. To see what memory is
# worth, it trains a second network whose recurrent weights stay 0.


# %%
LETTERS, WORD = "helo", "hello"
codes = np.array([LETTERS.index(letter) for letter in WORD])
hello_x, hello_y = np.eye(4)[codes[:-1]][None], codes[1:]  # (1, 4, 4), (4,)


def start(inputs, hidden, outputs, seed=0):
    rng = np.random.default_rng(seed)
    W_xh, W_hh = rng.normal(size=(hidden, inputs)), 0.5 * rng.normal(size=(hidden, hidden))
    return [W_xh, W_hh, np.zeros(hidden), rng.normal(size=(outputs, hidden)), np.zeros(outputs)]


def hello_gradients(X, y, network):
    """Return the mean cross-entropy, its gradients, and the probabilities (time, letters)."""
    W_xh, W_hh, b, W_hy, b_y = network
    h0 = np.zeros((1, len(b)))
    H = rnn_forward(X, h0, W_xh, W_hh, b)
    Y = H[0] @ W_hy.T + b_y
    P = np.exp(Y - Y.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    L = -np.log(P[np.arange(len(y)), y]).mean()
    dY = (P - np.eye(P.shape[1])[y]) / len(y)
    _, _, dW_xh, dW_hh, db = bptt((dY @ W_hy)[None], X, H, h0, W_xh, W_hh)
    return L, [dW_xh, dW_hh, db, dY.T @ H[0], dY.sum(axis=0)], P


# %%
@cache
def learn_hello(memory, steps=400, rate=0.3):
    """Return the losses and the last probabilities of a network with or without a memory."""
    network, losses = start(4, 3, 4), []
    network[1] *= memory
    for _ in range(steps):
        L, gradients, P = hello_gradients(hello_x, hello_y, network)
        gradients[1] *= memory
        network = [w - rate * d for w, d in zip(network, gradients, strict=True)]
        losses.append(L)
    return losses, P


(with_memory, P), (without, _) = learn_hello(memory=1), learn_hello(memory=0)
print("h ->", " ".join(LETTERS[k] for k in P.argmax(axis=1)))
print("loss with a memory below 0.05:", bool(with_memory[-1] < 0.05))
print("loss without a memory above ln 2 / 2:", bool(without[-1] > np.log(2) / 2))


# %%
def draw_hello():
    (with_memory, P), (without, _) = learn_hello(memory=1), learn_hello(memory=0)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3), layout="constrained")
    left.plot(without, color=ORANGE, ls="--", label="$W_{hh} = 0$")
    left.plot(with_memory, color=BLUE, label="with $W_{hh}$")
    left.axhline(np.log(2) / 2, color="0.5", lw=1, ls=":")
    left.set(xlabel="step of gradient descent", ylabel="loss", ylim=(0, None))
    left.legend()
    picture = right.imshow(P.T, cmap="Blues", vmin=0, vmax=1)
    right.set(xlabel="letter that is read", ylabel="letter that follows")
    right.set_xticks(range(4), WORD[:-1])
    right.set_yticks(range(4), LETTERS)
    figure.colorbar(picture, label="probability")
    return figure


plots.show(
    draw_hello(),
    "Left: the loss against the step. With recurrent weights it falls nearly to 0, without them it "
    "stays above a dotted line at ln 2 / 2. Right: the probabilities of the letter that follows, with "
    "a memory: e after h, l after e, l after the first l and o after the second.",
)

# %% [markdown]
# *Figure 3. Left: the loss with and without a memory; the dotted line is $\frac12 \ln 2$, your
# answer to 9.4. Right: what the network with a memory predicts. After the first "l" it says "l", and
# after the second "o": its state tells the first "l" from the second.*
#
# ## D. Gradients that vanish and explode
#
# ### D.1 A product of Jacobians
#
# "hello" has four steps. How far back can a gradient reach? Ask how a change of the state $h_k$
# changes a later state $h_t$. One step does it through (1), and the matrix of its derivatives, the
# **Jacobian**, is
#
# $$
# \frac{\partial h_t}{\partial h_{t-1}} = D_t\, W_{hh}, \qquad
# D_t = \mathrm{diag}(1 - h_t^2)
# \tag{6}
# $$
#
# where $D_t$ is the diagonal matrix of the slopes of tanh. Many steps multiply their Jacobians:
#
# $$
# \frac{\partial h_t}{\partial h_k} = D_t W_{hh} \cdot D_{t-1} W_{hh} \cdots D_{k+1} W_{hh}
# \tag{7}
# $$
#
# The gradient goes through the same product, transposed: without other outputs, $dh_k = (\partial h_t
# / \partial h_k)^\top dh_t$. So the question is what happens to a product of many nearly equal
# matrices. For plain powers $W^n$ the answer is known: they grow or shrink like $\rho^n$, where the
# **spectral radius** $\rho(W)$ is the largest absolute value of the eigenvalues of $W$.
#
# ### Exercise 9.9: the product
#
# Write `jacobian(H, W_hh)`. `H` of shape (time, hidden) holds the states $h_1, \dots, h_T$ of one
# sequence. Return $\partial h_T / \partial h_0$, equation (7) with $k = 0$, of shape (hidden, hidden).

# %% hint jacobian [markdown]
# Which factor stands on the left end of (7): that of the first step or that of the last?

# %% hint jacobian [markdown]
# Begin with the unit matrix. For each state from the first to the last, multiply *from the left* by
# $D_t W_{hh}$. A diagonal matrix times a matrix multiplies its rows.

# %% hint jacobian [markdown]
# J ← unit matrix; for each h in H: J ← diag(1 − h²) @ W_hh @ J


# %% solve jacobian
def jacobian(H, W_hh):
    """Return dh_T / dh_0, (hidden, hidden), for the states H, (time, hidden).

    >>> jacobian(np.array([[0.5], [0.0]]), np.array([[2.0]])).tolist()
    [[3.0]]
    """
    ### BEGIN SOLUTION
    J = np.eye(len(W_hh))
    for h in H:
        J = (1 - h**2)[:, None] * (W_hh @ J)
    return J
    ### END SOLUTION


# %% check jacobian points=2
with check("jacobian") as probe:
    rng = np.random.default_rng(99)
    H, W_hh = np.tanh(rng.normal(size=(4, 3))), rng.normal(size=(3, 3))
    probe.call("one step, h = 0", jacobian, 0 * H[:1], W_hh)
    probe.call("one step", jacobian, H[:1], W_hh)
    probe.call("two steps", jacobian, H[:2], W_hh)
    probe.call("four steps", jacobian, H, W_hh)
### BEGIN HIDDEN TESTS
with check.hidden("jacobian") as probe:
    rng = np.random.default_rng(990)
    for time, hidden in ((1, 1), (3, 2), (12, 5)):
        W, drive = rng.normal(size=(hidden, hidden)), rng.normal(size=(time, hidden))
        h0 = torch.tensor(rng.normal(size=hidden), requires_grad=True)
        h, states = h0, []
        for x in torch.tensor(drive):
            h = torch.tanh(x + torch.tensor(W) @ h)
            states.append(h.detach().numpy())
        rows = [torch.autograd.grad(cell, h0, retain_graph=True)[0] for cell in h]
        right = torch.stack(rows).numpy()
        label = f"{time} steps, {hidden} hidden"
        probe.call(label, jacobian, np.array(states), W, expected=right)
### END HIDDEN TESTS


# %% mistake jacobian "the slopes are forgotten"
# Your product has no slopes: it is a power of W_hh. Each factor is diag(1 - h ** 2) @ W_hh.
def jacobian(H, W_hh):
    return np.linalg.matrix_power(W_hh, len(H))


# %% mistake jacobian "the factors in the wrong order"
# Your factors stand in the reverse order. The last step is on the left: multiply from the left as you
# go from the first state to the last.
def jacobian(H, W_hh):
    J = np.eye(len(W_hh))
    for h in H:
        J = J @ np.diag(1 - h**2) @ W_hh
    return J


# %% mistake jacobian "the slopes on the other side"
# Your slopes multiply the columns of W_hh. tanh comes after the weights: D stands on the left and
# multiplies the rows.
def jacobian(H, W_hh):
    J = np.eye(len(W_hh))
    for h in H:
        J = W_hh @ np.diag(1 - h**2) @ J
    return J


# %% mistake jacobian "the weights are transposed"
# Your factors have W_hh transposed. That is the way of the gradient; the Jacobian itself has W_hh.
def jacobian(H, W_hh):
    J = np.eye(len(W_hh))
    for h in H:
        J = np.diag(1 - h**2) @ W_hh.T @ J
    return J


# %% mistake jacobian "the way of the gradient"
# You return the transposed matrix. Row i, column j of the Jacobian is the derivative of the late cell
# i with respect to the early cell j.
def jacobian(H, W_hh):
    J = np.eye(len(W_hh))
    for h in H:
        J = np.diag(1 - h**2) @ W_hh @ J
    return J.T


# %% mistake jacobian "tanh of the state"
# You take tanh of h once more. h is tanh(a) already: the slope is 1 - h ** 2.
def jacobian(H, W_hh):
    J = np.eye(len(W_hh))
    for h in H:
        J = np.diag(1 - np.tanh(h) ** 2) @ W_hh @ J
    return J


# %% mistake jacobian "entry by entry in place of a matrix product"
# You multiply entry by entry. Jacobians of a chain are multiplied as matrices: @.
def jacobian(H, W_hh):
    J = np.ones(W_hh.shape)
    for h in H:
        J = (1 - h**2)[:, None] * W_hh * J
    return J


# %% alternative jacobian
def jacobian(H, W_hh):
    factors = [np.diag(1 - h**2) @ W_hh for h in H]
    return np.linalg.multi_dot(factors[::-1]) if len(H) > 1 else factors[0]


# %% alternative jacobian
def jacobian(H, W_hh):
    columns = []
    for unit in np.eye(len(W_hh)):  # move each early cell by one, follow the change
        change = unit
        for h in H:
            change = (1 - h**2) * (W_hh @ change)
        columns.append(change)
    return np.stack(columns, axis=1)


# %% [markdown]
# Now measure it. The explorer builds a network of 50 cells with random recurrent weights, scaled so
# that their spectral radius is what the slider says. It sends random inputs of a given size through
# your `rnn_forward`, and draws the size (the largest singular value) of $\partial h_t / \partial
# h_{t-n}$, by your `jacobian`, for all distances $n$ up to 60. The dashed line is $\rho^n$. Find out:
#
# - With `input_size` 0: how far does a gradient of size 1 reach before it is below 0.01, when the
#   radius is 0.8? When it is 0.95?
# - When the radius is 1.5, the gradient grows. Does it follow the dashed line? Where is it parallel?
# - Leave the radius at 1.2 and make the inputs larger. What happens, and why?


# %%
def radius_of(W):
    return np.abs(np.linalg.eigvals(W)).max()


def states_for(radius, input_size, seed=0, hidden=50, time=60):
    """Return states (time, hidden) of a random network with this spectral radius, and W_hh."""
    rng = np.random.default_rng(seed)
    W_hh = rng.normal(size=(hidden, hidden))
    W_hh *= radius / radius_of(W_hh)
    X, h0 = rng.normal(size=(1, time, hidden)), 0.01 * rng.normal(size=(1, hidden))
    return rnn_forward(X, h0, input_size * np.eye(hidden), W_hh, np.zeros(hidden))[0], W_hh


def sizes_of_gradients(H, W_hh):
    """Return the largest singular value of dh_T / dh_(T-n) for n = 1, 2, ..., T."""
    return np.array([np.linalg.norm(jacobian(H[-n:], W_hh), 2) for n in range(1, len(H) + 1)])


# %%
def draw_flow(figure, radius=0.9, input_size=0.0, seed=0):
    sizes = sizes_of_gradients(*states_for(radius, input_size, seed))
    ax = figure.subplots()
    n = np.arange(1, len(sizes) + 1)
    ax.semilogy(n, radius**n, "--", color=ORANGE, lw=2, label="$\\rho^n$")
    ax.semilogy(n, np.maximum(sizes, 1e-12), "o-", color=BLUE, ms=4, label="measured")
    ax.axhline(1, color="0.6", lw=1)
    ax.set(xlabel="steps back in time, n", ylabel="size of the Jacobian", ylim=(1e-10, 1e10))
    ax.legend(loc="lower left")
    slope = np.exp(np.polyfit(n[20:], np.log(np.maximum(sizes[20:], 1e-300)), 1)[0])
    return f"From step 20 on the gradient is multiplied by {slope:.3f} a step; radius {radius:.2f}."


# %%
explore.live(
    draw_flow,
    title="How far a gradient reaches",
    description="The size of the Jacobian over 1 to 60 time steps, on a logarithmic scale, beside the "
    "spectral radius to the power of the number of steps.",
    radius=(0.1, 2.0, 0.05),
    input_size=(0.0, 2.0, 0.1),
    seed=(0, 9),
)

# %% [markdown]
# *Figure 4. The size of $\partial h_t / \partial h_{t-n}$ against $n$. Small random states, no inputs:
# the measured line is parallel to $\rho^n$. It lies above it, because a matrix can stretch more in
# one step than its eigenvalues say.*
#
# Here are four radii side by side, with inputs of size 0.1.

# %%
RADII = (0.5, 0.9, 1.1, 1.5)
plots.show(
    plots.gradients(
        {f"radius {r}": sizes_of_gradients(*states_for(r, 0.1)) for r in RADII},
        x_label="steps back in time",
        y_label="size of the Jacobian",
    ),
    "Size of the Jacobian against the steps back in time, on a logarithmic scale, for the spectral "
    "radii 0.5, 0.9, 1.1 and 1.5. The first two fall in straight lines, steeply and less steeply. The "
    "other two stay higher, and the last one rises.",
)

# %% [markdown]
# *Figure 5. Four spectral radii. At 0.5 a gradient is a billionth after thirty steps: nothing that
# far back can be learnt.*
#
# <details>
# <summary>The three answers in words</summary>
#
# With radius 0.8 some 25 steps; with 0.95 more than 100, so that the figure ends before. At 1.5 the
# gradient grows more slowly than $1.5^n$: the states grow too, until tanh holds them, and the slopes
# $1 - h^2$ make the factors smaller. Only at the far right, which is the beginning of the sequence
# with its small states, is it parallel to the dashed line. Larger inputs do the same as the states. They drive the cells
# into saturation, and the gradient vanishes although the radius is above 1.
#
# </details>
#
# > **A common error.** Notes say: "because the derivatives of activation functions are below 1, the
# > product of Jacobians goes to 0." You have just seen it explode with tanh, whose slope is at most 1.
# > Each factor of (7) has $W_{hh}$ in it, and that can be as large as it likes.
#
# ### Exercise 9.10: what makes sure?
#
# Which condition makes sure that $\partial h_t / \partial h_k$ goes to 0 as $t - k$ grows, whatever
# the inputs and the biases are? Set `sure` to the letter.
#
# - `"a"`: None is needed, since the slope of tanh is at most 1.
# - `"b"`: All entries of $W_{hh}$ lie between −1 and 1.
# - `"c"`: The spectral radius of $W_{hh}$ is below 1.
# - `"d"`: The largest singular value of $W_{hh}$ is below 1. (This is the largest factor by which
#   $W_{hh}$ stretches any vector; write $\|W_{hh}\|$ for it.)

# %% hint sure [markdown]
# By which factor can *one* step $D_t W_{hh}$ at most stretch a vector?

# %% hint sure [markdown]
# Try `W = np.array([[2.0, -2.0], [2.0, -2.0]])`. What is its spectral radius, and what is W @ W? And
# now let the second cell be saturated: `D = np.diag([1.0, 0.0])`. What are the powers of D @ W?

# %% hint sure [markdown]
# go through the options: for a, b and c look for a matrix W and slopes between 0 and 1 with which the
# product does not shrink; one option is left

# %% solve sure
# Set sure to "a", "b", "c" or "d".
### BEGIN SOLUTION
sure = "d"
### END SOLUTION

# %% check sure points=1
with check("sure") as probe:
    probe.choice("what makes sure that the gradient vanishes", sure)

# %% mistake sure "the slopes alone"
# The slopes are at most 1, but W_hh can stretch by more than they shrink: move the radius in Figure 4
# to 1.5.
sure = "a"

# %% mistake sure "small entries"
# Many small entries add up: 50 cells with all weights 0.5 turn a state of equal entries into one that
# is 25 times as large.
sure = "b"

# %% mistake sure "the radius is about powers"
# The spectral radius tells how plain powers of W_hh behave. In (7) there is another matrix of slopes
# between any two factors. See the second hint for an example.
sure = "c"

# %% answer sure [markdown] points=2
# Prove your choice in two or three lines. Then say why "spectral radius above 1" does not mean that
# the gradient explodes.
#
# <!-- BEGIN SOLUTION -->
#
# A product stretches at most by the product of what its factors stretch: $\|\partial h_t / \partial
# h_k\| \le \prod \|D_i\|\, \|W_{hh}\|$. The slopes lie between 0 and 1, so $\|D_i\| \le 1$, and the
# bound is $\|W_{hh}\|^{t-k}$, which goes to 0 if $\|W_{hh}\| < 1$. (The radius does not suffice: with
# $W = \begin{pmatrix} 2 & -2 \\ 2 & -2 \end{pmatrix}$ it is 0, but if inputs hold the slopes near 1
# and 0, then $D\,W \approx \begin{pmatrix} 2 & -2 \\ 0 & 0 \end{pmatrix}$, whose powers grow like
# $2^n$.)
#
# A radius above 1 means that $W_{hh}^n$ grows. But the factors are $D_t W_{hh}$, and where cells are
# saturated, $1 - h^2$ is far below 1. Large inputs, or the growing states themselves, saturate them.
#
# **Rubric**
# - 1 point: norm of the product at most the product of the norms, with $\|D\| \le 1$.
# - 1 point: saturation (slopes below 1) can make the factors small although $\rho > 1$.
# <!-- END SOLUTION -->

# %% [markdown]
# ### D.2 Clipping
#
# A gradient that vanishes needs another architecture: chapter 10. A gradient that explodes has a
# simple remedy. How bad is it? Take the smallest example: one cell, no tanh, no input: $h_T = w^T
# h_0$ with $h_0 = 1$ and $T = 20$. The target is 0.5, so $L = (w^{20} - 0.5)^2$. Begin at $w = 1.2$:

# %%
w = 1.2
print(f"loss {(w**20 - 0.5) ** 2:.0f}, gradient {2 * (w**20 - 0.5) * 20 * w**19:.0f}")

# %% [markdown]
# The right $w$ is near 0.97. But a step with the learning rate 0.01 leads from 1.2 to −482. The
# gradient points the right way; only its length is absurd. So keep the direction and limit the
# length. With $g$ for all gradients together, as one long vector, and a threshold $\tau$:
#
# $$
# g \leftarrow g \cdot \min\!\left(1,\; \frac{\tau}{\lVert g \rVert}\right)
# \tag{8}
# $$
#
# > **A common error.** Notes and slides often print $g \leftarrow g \cdot \tau / \lVert g \rVert$, which
# > is (8) without the minimum. Then a gradient of length 0.001 is made $\tau$ long as well: near a
# > minimum, where gradients are small, the steps would never get smaller.
#
# ### Exercise 9.11: clip
#
# Write `clip(gradients, threshold)`. `gradients` is a list of arrays of any shapes. Return the tuple
# `(clipped, norm)`: a new list of arrays by equation (8), and the norm $\lVert g \rVert$ before
# clipping, one number for all the arrays together. Gradients that are all 0 stay 0.

# %% hint clip [markdown]
# What is the length of a vector whose entries are spread over several arrays?

# %% hint clip [markdown]
# Add up the squares of all entries of all arrays, and take the root. One factor, at most 1, multiplies
# everything. Where the norm is 0 there is nothing to divide by.

# %% hint clip [markdown]
# norm ← root of the sum over all arrays of sum(array²); factor ← threshold / norm if norm > threshold
# else 1; return [factor · array for each], norm


# %% solve clip
def clip(gradients, threshold):
    """Return (clipped, norm): the list by equation (8), and the norm before.

    >>> clipped, norm = clip([np.array([3.0]), np.array([4.0])], 1.0)
    >>> [array.round(6).tolist() for array in clipped], float(norm)
    ([[0.6], [0.8]], 5.0)
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    factor = threshold / norm if norm > threshold else 1.0
    return [factor * array for array in gradients], norm
    ### END SOLUTION


# %% check clip points=2
with check("clip") as probe:
    long = [np.array([3.0, 0.0]), np.array([[4.0], [-12.0]])]  # of length 13
    probe.call("one array of length 5, threshold 2", clip, [np.array([[3.0, -4.0]])], 2.0)
    probe.call("two arrays of length 13 together, threshold 6.5", clip, long, 6.5)
    probe.call("the same, threshold 20", clip, long, 20.0)
    many = [np.array([[2.0, 1, -2], [0.5, -1.5, 2]]), np.array([1.0, 2]), np.array([[-2.0], [1]])]
    probe.call("three arrays, all entries below the threshold", clip, many, 3.0)
    probe.call("all zeros, threshold 1", clip, [np.zeros(2), np.zeros((1, 2))], 1.0)
### BEGIN HIDDEN TESTS
with check.hidden("clip") as probe:
    rng = np.random.default_rng(911)
    for size, threshold in ((1e-6, 1.0), (1e6, 5.0), (1.0, 0.1), (1.0, 100.0)):
        gradients = [size * rng.normal(size=shape) for shape in ((3, 2), (4,), (2, 1, 2))]
        T = [torch.nn.Parameter(torch.zeros(array.shape).double()) for array in gradients]
        for parameter, array in zip(T, gradients, strict=True):
            parameter.grad = torch.tensor(array)
        norm = np.linalg.norm(np.concatenate([array.ravel() for array in gradients]))
        torch.nn.utils.clip_grad_norm_(T, threshold)
        right = ([p.grad.numpy() for p in T] if norm > threshold else gradients, norm)
        label = f"entries near {size:g}, threshold {threshold:g}"
        probe.call(label, clip, gradients, threshold, expected=right, tolerance=1e-5)
### END HIDDEN TESTS


# %% mistake clip "small gradients are enlarged"
# A gradient shorter than the threshold comes back longer than it was. Equation (8) has a minimum:
# scale down, never up.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    factor = threshold / norm if norm > 0 else 1.0
    return [factor * array for array in gradients], norm


# %% mistake clip "small gradients are enlarged, and zeros become nan"
# A gradient shorter than the threshold comes back longer than it was, and zeros come back as nan.
# Equation (8) has a minimum: scale down, never up.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    with np.errstate(divide="ignore", invalid="ignore"):
        return [threshold / norm * array for array in gradients], norm


# %% mistake clip "each array for itself"
# You clip each array by its own norm, which changes the direction of the whole gradient. One norm and
# one factor for all of them.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    norms = [np.linalg.norm(array) for array in gradients]
    factors = [min(1.0, threshold / n) if n else 1.0 for n in norms]
    return [f * array for f, array in zip(factors, gradients, strict=True)], norm


# %% mistake clip "each entry for itself"
# You cut each entry at the threshold, which changes the direction. Equation (8) multiplies all entries
# by one factor.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    return [np.clip(array, -threshold, threshold) for array in gradients], norm


# %% mistake clip "the largest entry decides"
# You compare the largest entry with the threshold. Equation (8) compares the norm.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    largest = max(np.abs(array).max() for array in gradients)
    factor = threshold / norm if largest > threshold else 1.0
    return [factor * array for array in gradients], norm


# %% mistake clip "another norm of a matrix"
# Your norm of a matrix is not the root of the sum of its squares: np.linalg.norm(array, 2) is the
# largest singular value. Leave out the 2.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.linalg.norm(array, 2) ** 2 for array in gradients))
    factor = min(1.0, threshold / norm) if norm > 0 else 1.0
    return [factor * array for array in gradients], norm


# %% mistake clip "the square of the norm"
# Your norm is the sum of the squares. The root is missing.
def clip(gradients, threshold):
    norm = sum(np.sum(array**2) for array in gradients)
    return [min(1.0, threshold / norm) * array if norm else array for array in gradients], norm


# %% mistake clip "the norms are added"
# You add up the norms of the arrays. Add up the squares of all entries first, and take one root.
def clip(gradients, threshold):
    norm = sum(np.linalg.norm(array) for array in gradients)
    return [min(1.0, threshold / norm) * array if norm else array for array in gradients], norm


# %% mistake clip "the norm after clipping"
# Your second value is the norm after clipping. The norm before is due: it tells how often, and how
# much, was clipped.
def clip(gradients, threshold):
    norm = np.sqrt(sum(np.sum(array**2) for array in gradients))
    factor = threshold / norm if norm > threshold else 1.0
    return [factor * array for array in gradients], factor * norm


# %% alternative clip
def clip(gradients, threshold):
    everything = np.concatenate([np.ravel(array) for array in gradients])
    norm = np.linalg.norm(everything)
    return [array * threshold / max(norm, threshold) for array in gradients], norm


# %% alternative clip
def clip(gradients, threshold):
    norm = sum((array**2).sum() for array in gradients) ** 0.5
    if norm <= threshold:
        return [array.copy() for array in gradients], float(norm)
    return [array / norm * threshold for array in gradients], float(norm)


# %% [markdown]
# Now the small example with your function: 40 steps with the learning rate 0.01, each gradient
# clipped at length 1.


# %%
def descend(w, steps=40, rate=0.01, threshold=1.0):
    path = [w]
    for _ in range(steps):
        gradient = np.array([2 * (w**20 - 0.5) * 20 * w**19])
        (gradient,), _ = clip([gradient], threshold)
        w = w - rate * gradient.item()
        path.append(w)
    return np.array(path)


def draw_cliff():
    figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    line, path = np.linspace(0.6, 1.22, 400), descend(1.2)
    ax.semilogy(line, (line**20 - 0.5) ** 2, color="0.4")
    ax.semilogy(path, (path**20 - 0.5) ** 2, "o-", color=VERMILLION, ms=4)
    ax.set(xlabel="weight w", ylabel="loss", ylim=(1e-4, 1e4))
    return figure


last = descend(1.2)[-1]
print("after 40 clipped steps the loss is below 0.02:", bool((last**20 - 0.5) ** 2 < 0.02))
plots.show(
    draw_cliff(),
    "The loss against the weight, on a logarithmic scale: flat on the left, a narrow valley near 0.97, "
    "and a steep wall on the right. Points of gradient descent with clipping come down the wall in "
    "equal small steps from 1.2 into the valley.",
)

# %% [markdown]
# *Figure 6. Gradient descent with clipping comes down the wall in steps of equal length. Without
# clipping its first step leads to −482.*
#
# ## E. Both directions, and more layers
#
# ### E.1 From left and from right
#
# Tag the words of "time flies": is "flies" a verb or a noun? What follows would help, and the state
# after "flies" has not seen it. If the whole sequence is there before the first output is due, let a
# second network with weights of its own read it from the end, and put the two states of each step
# side by side:
#
# $$
# \overrightarrow{h}_t = \tanh(\overrightarrow{W}_{xh} x_t + \overrightarrow{W}_{hh}
# \overrightarrow{h}_{t-1} + \overrightarrow{b}), \qquad
# \overleftarrow{h}_t = \tanh(\overleftarrow{W}_{xh} x_t + \overleftarrow{W}_{hh}
# \overleftarrow{h}_{t+1} + \overleftarrow{b}), \qquad
# h_t = \begin{pmatrix} \overrightarrow{h}_t \\ \overleftarrow{h}_t \end{pmatrix}
# \tag{9}
# $$
#
# This is a **bidirectional** network. At each $t$ its state knows the whole sequence. (So it cannot
# be used where the future is what is asked for: a network that predicts the next letter from both
# sides would just read it.)
#
# ### Exercise 9.12: bidirectional
#
# Write `bidirectional(X, forward, backward)`. `forward` and `backward` are tuples `(W_xh, W_hh, b)`,
# one for each direction. `X` has shape (batch, time, inputs). Both begin with a state of zeros.
# Return $h_t$ of (9) for all $t$, in shape (batch, time, 2 · hidden), the forward half first.

# %% hint bidirectional [markdown]
# What would `rnn_forward` do with a sequence that you have turned around? In which order do its
# states come out?

# %% hint bidirectional [markdown]
# Turn X around along the time axis, run `rnn_forward` with the backward weights, and turn the states
# around again, so that entry t belongs to $x_t$. Then join both along the last axis.

# %% hint bidirectional [markdown]
# A ← rnn_forward(X, zeros, forward weights); B ← rnn_forward(X[:, ::-1], zeros, backward
# weights)[:, ::-1]; return A and B concatenated along axis 2


# %% solve bidirectional
def bidirectional(X, forward, backward):
    """Return the states (batch, time, 2 * hidden) of equation (9).

    >>> weights = (np.array([[1.0]]), np.array([[0.0]]), np.zeros(1))
    >>> bidirectional(np.zeros((1, 3, 1)), weights, weights).shape
    (1, 3, 2)
    """
    ### BEGIN SOLUTION
    h0 = np.zeros((len(X), len(forward[2])))
    A = rnn_forward(X, h0, *forward)
    B = rnn_forward(X[:, ::-1], h0, *backward)[:, ::-1]
    return np.concatenate([A, B], axis=2)
    ### END SOLUTION


# %% check bidirectional points=2
with check("bidirectional") as probe:
    rng = np.random.default_rng(12)
    X = rng.normal(size=(2, 4, 3))
    forward, backward = ([rng.normal(size=s) for s in ((5, 3), (5, 5), 5)] for _ in range(2))
    zeros = [0 * array for array in forward]
    pulse = np.zeros((1, 4, 3))
    pulse[0, 1] = 1.0
    probe.call("only forward, a pulse at step 2", bidirectional, pulse, forward, zeros)
    probe.call("only backward, a pulse at step 2", bidirectional, pulse, zeros, backward)
    probe.call("both, two sequences", bidirectional, X, forward, backward)
### BEGIN HIDDEN TESTS
with check.hidden("bidirectional") as probe:
    rng = np.random.default_rng(120)
    torch.manual_seed(120)  # of the layer's weights
    for batch, time, inputs, hidden in ((1, 1, 2, 3), (3, 6, 1, 2), (2, 9, 4, 4)):
        net = torch.nn.RNN(inputs, hidden, batch_first=True, bidirectional=True).double()
        X = rng.normal(size=(batch, time, inputs))
        p = [parameter.detach().numpy() for parameter in net.parameters()]
        forward, backward = (p[0], p[1], p[2] + p[3]), (p[4], p[5], p[6] + p[7])
        right = net(torch.tensor(X))[0].detach().numpy()
        label = f"batch {batch}, {time} steps, {inputs} inputs, {hidden} hidden"
        probe.call(label, bidirectional, X, forward, backward, expected=right)
### END HIDDEN TESTS


# %% mistake bidirectional "the backward states are not turned around again"
# Your backward states come in the order in which they were computed: the first belongs to the last
# element. Turn them around again.
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    A, B = rnn_forward(X, h0, *forward), rnn_forward(X[:, ::-1], h0, *backward)
    return np.concatenate([A, B], axis=2)


# %% mistake bidirectional "both read from the left"
# Your second network reads from the left as well. Turn X around for it, along the time axis: X[:, ::-1].
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    return np.concatenate([rnn_forward(X, h0, *forward), rnn_forward(X, h0, *backward)], axis=2)


# %% mistake bidirectional "the input is not turned around"
# You turn the states of the second network around, but not its input.
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    A, B = rnn_forward(X, h0, *forward), rnn_forward(X, h0, *backward)[:, ::-1]
    return np.concatenate([A, B], axis=2)


# %% mistake bidirectional "the batch is turned around"
# X[::-1] turns the batch around, so that each sequence meets another one. Turn the sequence along the
# time axis: X[:, ::-1].
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    A, B = rnn_forward(X, h0, *forward), rnn_forward(X[::-1], h0, *backward)
    return np.concatenate([A, B], axis=2)


# %% mistake bidirectional "the states are added"
# You add the two states. They stand side by side: (batch, time, 2 * hidden).
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    return rnn_forward(X, h0, *forward) + rnn_forward(X[:, ::-1], h0, *backward)[:, ::-1]


# %% mistake bidirectional "the backward half comes first"
# Your backward half comes first. The order is forward, backward.
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    A, B = rnn_forward(X, h0, *forward), rnn_forward(X[:, ::-1], h0, *backward)[:, ::-1]
    return np.concatenate([B, A], axis=2)


# %% mistake bidirectional "the same weights in both directions"
# Both of your networks use the forward weights. Each direction has its own.
def bidirectional(X, forward, backward):
    h0 = np.zeros((len(X), len(forward[2])))
    A, B = rnn_forward(X, h0, *forward), rnn_forward(X[:, ::-1], h0, *forward)[:, ::-1]
    return np.concatenate([A, B], axis=2)


# %% alternative bidirectional
def bidirectional(X, forward, backward):
    batch, time, _ = X.shape
    hidden = len(forward[2])
    H, a, b = np.zeros((batch, time, 2 * hidden)), *np.zeros((2, batch, hidden))
    for t in range(time):
        a = H[:, t, :hidden] = rnn_step(X[:, t], a, *forward)
        b = H[:, time - 1 - t, hidden:] = rnn_step(X[:, time - 1 - t], b, *backward)
    return H


# %% [markdown]
# ### E.2 Layers on layers
#
# The states $h_1, \dots, h_T$ are a sequence themselves. So a second recurrent layer can read them as
# its inputs, a third one can read the states of the second, and so on. In a **multilayer** network
# each layer has its own weights; with $h_t^{(0)} = x_t$
#
# $$
# h_t^{(l)} = \tanh(W_{xh}^{(l)}\, h_t^{(l-1)} + W_{hh}^{(l)}\, h_{t-1}^{(l)} + b^{(l)})
# \tag{10}
# $$
#
# ### Exercise 9.13: multilayer
#
# Write `multilayer(X, layers)`. `layers` is a list of tuples `(W_xh, W_hh, b)`, the lowest layer
# first; layers may differ in their number of cells. Every layer begins with a state of zeros. Return
# the states of the top layer, (batch, time, hidden of the top layer).

# %% hint multilayer [markdown]
# What does the second layer read in place of X?

# %% hint multilayer [markdown]
# Run the lowest layer over the whole sequence first. All of its states are the input of the next
# layer, which begins with zeros, one for each of its own cells.

# %% hint multilayer [markdown]
# H ← X; for each (W_xh, W_hh, b): H ← rnn_forward(H, zeros (batch, length of b), W_xh, W_hh, b);
# return H


# %% solve multilayer
def multilayer(X, layers):
    """Return the states (batch, time, hidden) of the top layer of equation (10).

    >>> weights = (np.array([[1.0]]), np.array([[0.0]]), np.zeros(1))
    >>> multilayer(np.ones((1, 1, 1)), [weights, weights]).round(3).tolist()
    [[[0.642]]]
    """
    ### BEGIN SOLUTION
    H = X
    for W_xh, W_hh, b in layers:
        H = rnn_forward(H, np.zeros((len(X), len(b))), W_xh, W_hh, b)
    return H
    ### END SOLUTION


# %% check multilayer points=2
with check("multilayer") as probe:
    rng = np.random.default_rng(13)
    X = rng.normal(size=(2, 4, 3))

    def random_layer(inputs, hidden):
        return tuple(rng.normal(size=size) for size in ((hidden, inputs), (hidden, hidden), hidden))

    square = [random_layer(3, 3), random_layer(3, 3), random_layer(3, 3)]
    probe.call("one layer", multilayer, X, square[:1])
    probe.call("two layers of 3 cells", multilayer, X, square[:2])
    probe.call("three layers of 3 cells", multilayer, X, square)
    probe.call("4 cells, then 2", multilayer, X, [random_layer(3, 4), random_layer(4, 2)])
### BEGIN HIDDEN TESTS
with check.hidden("multilayer") as probe:
    rng = np.random.default_rng(130)
    torch.manual_seed(130)  # of the layer's weights
    for batch, time, inputs, hidden, count in ((1, 1, 2, 3, 2), (3, 6, 1, 2, 3), (2, 5, 4, 4, 1)):
        net = torch.nn.RNN(inputs, hidden, count, batch_first=True).double()
        X = rng.normal(size=(batch, time, inputs))
        p = [parameter.detach().numpy() for parameter in net.parameters()]
        layers = [(p[4 * n], p[4 * n + 1], p[4 * n + 2] + p[4 * n + 3]) for n in range(count)]
        right = net(torch.tensor(X))[0].detach().numpy()
        label = f"batch {batch}, {time} steps, {inputs} inputs, {count} layers of {hidden}"
        probe.call(label, multilayer, X, layers, expected=right)
### END HIDDEN TESTS


# %% mistake multilayer "every layer reads the input"
# Each of your layers reads X. Layer l reads the states of layer l - 1.
def multilayer(X, layers):
    for W_xh, W_hh, b in layers:
        H = rnn_forward(X, np.zeros((len(X), len(b))), W_xh, W_hh, b)
    return H


# %% mistake multilayer "a layer begins where the lower one ended"
# Your second layer begins with the last state of the first. Every layer begins with zeros.
def multilayer(X, layers):
    H, h0 = X, np.zeros((len(X), len(layers[0][2])))
    for W_xh, W_hh, b in layers:
        H = rnn_forward(H, h0, W_xh, W_hh, b)
        h0 = H[:, -1]
    return H


# %% mistake multilayer "the lowest layer only"
# You return the states of the lowest layer. Pass them on to the next layer.
def multilayer(X, layers):
    W_xh, W_hh, b = layers[0]
    return rnn_forward(X, np.zeros((len(X), len(b))), W_xh, W_hh, b)


# %% mistake multilayer "the last state only"
# You return the last state of the top layer. The states of all steps are due.
def multilayer(X, layers):
    H = X
    for W_xh, W_hh, b in layers:
        H = rnn_forward(H, np.zeros((len(X), len(b))), W_xh, W_hh, b)
    return H[:, -1]


# %% mistake multilayer "the top layer comes first"
# Your layers run from the top to the bottom. The lowest one comes first in the list and reads X.
def multilayer(X, layers):
    H = X
    for W_xh, W_hh, b in reversed(layers):
        H = rnn_forward(H, np.zeros((len(X), len(b))), W_xh, W_hh, b)
    return H


# %% alternative multilayer
def multilayer(X, layers):
    states, top = [np.zeros((len(X), len(b))) for _, _, b in layers], []
    for t in range(X.shape[1]):  # all layers of one step, then the next step
        below = X[:, t]
        for number, weights in enumerate(layers):
            below = states[number] = rnn_step(below, states[number], *weights)
        top.append(below)
    return np.stack(top, axis=1)


# %% alternative multilayer
def multilayer(X, layers):
    if not layers:
        return X
    W_xh, W_hh, b = layers[0]
    return multilayer(rnn_forward(X, np.zeros((len(X), len(b))), W_xh, W_hh, b), layers[1:])


# %% [markdown]
# ## F. Names
#
# ### F.1 Which language?
#
# From here on torch computes the gradients: `torch.nn.RNN` is your `rnn_forward`, and autograd your
# `bptt`. The task is of kind c, many to one: read a surname letter by letter, and say from which of
# ten languages it comes.

# %%
names = data.names()
print(names)
for place in range(0, 60, 12):
    print(names.decode(names.x_train[place]), "is", names.class_names[names.y_train[place]])
print("the first name in codes:", names.x_train[0].tolist())

# %% [markdown]
# Names have different lengths, and a tensor has no ragged edge. So shorter names are filled up with
# the code 0 (**padding**), which is no letter. This is a trap: the state after the padding is *not*
# the state after the name. The network must read its answer where the name ends.
#
# ### Exercise 9.14: a network that reads names
#
# Complete `NameRNN`. Its parts are there: `self.rnn`, a `torch.nn.RNN` whose inputs are letters
# one-hot, and `self.head`, which makes scores of a state. Write `forward(x)`: `x` holds codes, int64
# of shape (batch, time), each row at least one letter and then zeros. Return the scores (batch,
# classes), read off the state after the **last letter** of each name.
#
# Useful: `torch.nn.functional.one_hot(x, self.letters).float()`; `self.rnn(...)` returns all states
# (batch, time, hidden) and the last one, of shape (1, batch, hidden); `(x != 0).sum(dim=1)` counts
# the letters.


# %% given try_name_rnn
def try_name_rnn(codes, letters, classes, hidden):
    """Return the scores of a NameRNN, all of whose numbers are known, for names in codes."""
    model = NameRNN(letters, classes, hidden)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters(), 1):
            wave = torch.sin(number + torch.arange(float(parameter.numel())))
            parameter.copy_(wave.reshape(parameter.shape))
        return model(torch.tensor(codes)).numpy()


def try_name_slopes(codes, letters, classes, hidden):
    """Return how many of the six parameters a slope of the scores reaches."""
    model = NameRNN(letters, classes, hidden)
    scores = model(torch.tensor(codes))
    if scores.requires_grad:
        scores.square().sum().backward()
    return sum(parameter.grad is not None for parameter in model.parameters())


# %% hint name_rnn [markdown]
# A name of three letters stands in a row of fourteen. After which step, counted from 0, is its last
# letter read?

# %% hint name_rnn [markdown]
# Count the letters of each row. Of the states (batch, time, hidden) take for row n the one at step
# length − 1: index with two arrays, the row numbers and the steps. Then the head.

# %% hint name_rnn [markdown]
# H, _ ← rnn(one-hot x); last ← number of codes that are not 0, less 1; return head(H[row numbers,
# last])


# %% solve name_rnn
class NameRNN(torch.nn.Module):
    """Scores of languages for names in codes.

    >>> NameRNN(50, 10)(torch.tensor([[5, 3, 0], [2, 2, 2]])).shape
    torch.Size([2, 10])
    """

    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        """Return the scores (batch, classes) for codes x (batch, time)."""
        ### BEGIN SOLUTION
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        last = (x != 0).sum(dim=1) - 1
        rows = torch.arange(len(x), device=x.device)
        return self.head(H[rows, last])
        ### END SOLUTION


# %% check name_rnn points=3
with check("name_rnn") as probe:
    full, padded = np.array([[1, 2, 3]]), np.array([[1, 2, 3, 0, 0, 0]])
    probe.call("one name without padding", try_name_rnn, full, 4, 3, 2)
    probe.call("the same name, filled up with 0", try_name_rnn, padded, 4, 3, 2)
    several = np.array([[3, 0, 0, 0], [2, 4, 1, 3], [1, 1, 0, 0]])
    probe.call("names of 1, 4 and 2 letters", try_name_rnn, several, 5, 3, 4)
    probe.call("an alphabet with more letters than the name", try_name_rnn, padded, 6, 3, 2)
    probe.call("the parameters that can learn", try_name_slopes, several, 5, 3, 4)
### BEGIN HIDDEN TESTS
with check.hidden("name_rnn") as probe:
    rng = np.random.default_rng(914)
    sizes = ((1, 1, 3, 2, 2), (6, 9, 7, 4, 5), (4, 14, 50, 10, 8))
    for batch, time, letters, classes, hidden in sizes:
        lengths = rng.integers(1, time + 1, size=batch)
        codes = rng.integers(1, letters, size=(batch, time)) * (np.arange(time) < lengths[:, None])
        shapes = ((hidden, letters), (hidden, hidden), hidden, hidden, (classes, hidden), classes)
        waves = [np.sin(n + np.arange(np.prod(s))).reshape(s) for n, s in enumerate(shapes, 1)]
        right = []
        for row, length in zip(codes, lengths, strict=True):
            h = np.zeros(hidden)
            for code in row[:length]:
                h = np.tanh(waves[0][:, code] + waves[1] @ h + waves[2] + waves[3])
            right.append(waves[4] @ h + waves[5])
        label = f"{batch} names of up to {time} letters, alphabet {letters}"
        probe.call(
            label, try_name_rnn, codes, letters, classes, hidden,
            expected=np.array(right), tolerance=1e-3,
        )  # fmt: skip
    probe.call("the parameters that can learn", try_name_slopes, codes, 50, 10, 8, expected=6)
### END HIDDEN TESTS


# %% mistake name_rnn "the states are cut off"
# No slope reaches the recurrent weights, so the network would train its head only. Leave out
# .detach(), .data and torch.no_grad().
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        last = (x != 0).sum(dim=1) - 1
        return self.head(H.detach()[torch.arange(len(x)), last])


# %% mistake name_rnn "the state after the padding"
# Your scores change when zeros are added behind the name: you read the state after the padding. Read
# the one after the last letter.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        return self.head(H[:, -1])


# %% mistake name_rnn "one step too late"
# You read the state one step after the last letter. Steps are counted from 0: length - 1.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        last = (x != 0).sum(dim=1).clamp(max=x.shape[1] - 1)
        return self.head(H[torch.arange(len(x)), last])


# %% mistake name_rnn "one step too late, past the end of a full row"
# You read the step after the last letter, and a full row has none. Steps are counted from 0: length - 1.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        return self.head(H[torch.arange(len(x)), (x != 0).sum(dim=1)])


# %% mistake name_rnn "as many inputs as the batch has letters"
# Your one-hot letters are too short where a batch lacks the last letters of the alphabet. Tell one_hot
# how many there are: self.letters.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x).float())
        return self.head(H[torch.arange(len(x)), (x != 0).sum(dim=1) - 1])


# %% mistake name_rnn "the mean over all steps"
# Your scores come from the mean of all states, those of the padding too. The state after the last
# letter alone is asked for.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        return self.head(H.mean(dim=1))


# %% mistake name_rnn "scores at every step"
# Your scores have one row for each step. One answer for each name is due: (batch, classes).
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        return self.head(H)


# %% mistake name_rnn "a softmax at the end"
# Your network returns probabilities. The loss takes the scores themselves and has a softmax of its
# own.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        last = (x != 0).sum(dim=1) - 1
        return self.head(H[torch.arange(len(x)), last]).softmax(dim=1)


# %% mistake name_rnn "the first state"
# You read the state after the first letter. The network has read the whole name only after the last.
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H, _ = self.rnn(torch.nn.functional.one_hot(x, self.letters).float())
        return self.head(H[:, 0])


# %% alternative name_rnn
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        lengths = (x != 0).sum(dim=1).cpu()
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.eye(self.letters, device=x.device)[x], lengths, batch_first=True,
            enforce_sorted=False,
        )  # fmt: skip
        _, h = self.rnn(packed)
        return self.head(h[-1])


# %% alternative name_rnn
class NameRNN(torch.nn.Module):
    def __init__(self, letters, classes, hidden=128):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        H = self.rnn(torch.nn.functional.one_hot(x, self.letters) * 1.0)[0]
        behind = torch.nn.functional.pad(x, (0, 1))[:, 1:]
        ends = (x != 0) & (behind == 0)  # True at the last letter
        return (self.head(H) * ends[:, :, None]).sum(dim=1)


# %% [markdown]
# Train it, with clipping (`clip=1.0` is your (8)). On a GPU the same cell trains a larger network.


# %%
@cache
def name_network():
    """Return a network that was trained on names, and the history of its training."""
    training.seed(0)
    large = training.device().type == "cuda"
    hidden, epochs = (512, 40) if large else (128, 20)
    model = NameRNN(len(names.alphabet), len(names.class_names), hidden)
    steps = epochs * -(-len(names.x_train) // 64)

    def schedule(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.005, total_steps=steps)

    history = training.fit(
        model, names, epochs=epochs, batch_size=64, schedule=schedule, clip=1.0,
        description="names",
    )  # fmt: skip
    return model, history


model, history = name_network()
print("more than half of the test names are named rightly:", history["test accuracy"][-1] > 0.5)


# %%
def draw_names():
    model, history = name_network()
    model.eval()
    with torch.no_grad():
        answers = model(names.x_test.to(training.device())).argmax(dim=1)
    figure, ax = plt.subplots(figsize=(6.4, 5.6), layout="constrained")
    plots.confusion_matrix(names.y_test, answers, names.class_names, ax=ax)
    return figure


plots.show(
    draw_names(),
    "Confusion matrix of ten languages with 60 test names each. Most counts lie on the diagonal. "
    "Finnish is rarely mistaken; English, Dutch, German and French are taken for one another.",
)

# %% [markdown]
# *Figure 7. True languages in rows, answers in columns; 60 names each. By guessing one would get 6 in
# each cell. Look for the language that is mistaken least: which letters give it away?*
#
# What does the network think while it reads? Its head can be asked after every letter, although it
# was trained on the last one only.


# %%
def draw_reading(name):
    model, _ = name_network()
    codes = torch.tensor(names.encode(name))
    starts = torch.stack([codes * (torch.arange(len(codes)) <= t) for t in range(len(codes))])
    with torch.no_grad():
        P = model(starts.to(training.device())).softmax(dim=1).cpu().numpy()
    figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    picture = ax.imshow(P.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set(xlabel="letters read so far, up to this one", ylabel="language")
    ax.set_xticks(range(len(name)), name)
    ax.set_yticks(range(len(names.class_names)), names.class_names)
    figure.colorbar(picture, label="probability")
    return figure


plots.show(
    draw_reading("rossinen"),
    "Probabilities of the ten languages after each letter of the invented name rossinen. At the i "
    "Italian is the likeliest, at the last n Finnish.",
)

# %% [markdown]
# *Figure 8. An invented name, "rossinen", letter by letter: it begins like a southern name and ends
# like a Finnish one. Try your own name: `draw_reading("...")`, with letters of `names.alphabet` only:
# small ones, many accents among them, but no spaces, hyphens or apostrophes.*
#
# ## G. A network that writes
#
# ### G.1 A language model
#
# What did "hello" do with five letters? Do the same with a long text: read it letter by letter and
# predict at each step the next one. Nothing has to be labelled, since the text is its own answer.
# Such a network is a **language model**: its probabilities multiply to the probability of a whole text,
#
# $$
# P(c_1, \dots, c_T) = \prod_t P(c_t \mid c_1, \dots, c_{t-1})
# \tag{11}
# $$
#
# where the state $h_{t-1}$ has to stand for all of $c_1, \dots, c_{t-1}$. The text of this chapter is
# a part of the source code of Python's own library: prose and program, with quotes, brackets and
# lines that are indented.

# %%
text = data.text()
characters = torch.cat([text.x_train.flatten(), text.y_train[-1, -1:]]).numpy()
print("more than 400,000 characters to train on:", len(characters) > 400_000)
print("a model that knows nothing has the loss ln 96 =", f"{np.log(len(text.alphabet)):.2f}")

# %% [markdown]
# One sequence of 450,000 steps cannot be back-propagated at once: all states would have to be kept.
# So cut. In **truncated** back-propagation through time the text is cut into windows of, say, 64
# characters, and the gradient stops at their edges. But the *state* need not stop: let the next
# window begin with the state that the last one ended with, and the network can remember for longer
# than it learns.
#
# For this to work in batches, row $b$ of a batch must go on exactly where row $b$ of the batch before
# ended. With the 13 characters from a to m, 2 rows and windows of 3 (the m is predicted only):
#
# | text | row | batch 0 | batch 1 |
# |---|---|---|---|
# | a b c d e f | 0 | a b c | d e f |
# | g h i j k l | 1 | g h i | j k l |
#
# ### Exercise 9.15: windows
#
# Write `windows(codes, batch, length)`. `codes` is an array (n,). Return the tuple `(X, Y)`, both of
# shape (count, batch, length): `X[k]` are the inputs of batch k, cut as in the table, and `Y[k]` the
# character that follows each of them, both with the dtype of `codes`. Take as many batches as there is text for, `count` = (n − 1) //
# (batch · length), and drop the rest at the end of the text. (A character at the end of its row is
# followed by what follows in the text: f by g.)

# %% hint windows [markdown]
# First cut the text into `batch` long rows. How long is one? Which part of a row is batch 0?

# %% hint windows [markdown]
# A row has count · length characters. Reshape to (batch, count, length), then bring the count to the
# front. Y is the same with the text shifted by one.

# %% hint windows [markdown]
# size ← batch · count · length; X ← codes[:size] reshaped to (batch, count, length), first two axes
# exchanged; Y ← the same with codes[1 : size + 1]


# %% solve windows
def windows(codes, batch, length):
    """Return inputs and next characters, both (count, batch, length).

    >>> X, Y = windows(np.arange(9), 2, 2)
    >>> X.tolist(), Y[0].tolist()
    ([[[0, 1], [4, 5]], [[2, 3], [6, 7]]], [[1, 2], [5, 6]])
    """
    ### BEGIN SOLUTION
    count = (len(codes) - 1) // (batch * length)
    size = batch * count * length
    X, Y = (codes[at : at + size].reshape(batch, count, length) for at in (0, 1))
    return X.swapaxes(0, 1), Y.swapaxes(0, 1)
    ### END SOLUTION


# %% check windows points=2
with check("windows") as probe:
    probe.call("13 characters, 2 rows, windows of 3", windows, np.arange(13), 2, 3, same_dtype=True)
    probe.call("one row, windows of 4", windows, np.arange(13), 1, 4, same_dtype=True)
    probe.call("a rest: 20 characters, 3 rows, windows of 2", windows, 100 - np.arange(20), 3, 2, same_dtype=True)
    probe.call("12 characters: no next one for the last", windows, np.arange(12), 2, 3, same_dtype=True)
### BEGIN HIDDEN TESTS
with check.hidden("windows") as probe:
    rng = np.random.default_rng(915)
    for n, batch, length in ((50, 4, 3), (101, 5, 10), (31, 1, 1), (64, 7, 4)):
        codes = rng.integers(96, size=n)
        count = (n - 1) // (batch * length)
        shape = (count, batch, length)
        places = np.zeros(shape, dtype=int)
        for k, b, t in np.ndindex(shape):
            places[k, b, t] = (b * count + k) * length + t
        label = f"{n} characters, {batch} rows, windows of {length}"
        right = (codes[places], codes[places + 1])
        probe.call(label, windows, codes, batch, length, expected=right, same_dtype=True)
### END HIDDEN TESTS


# %% mistake windows "neighbouring windows side by side"
# Your batch has neighbouring windows in its rows: row 1 goes on where row 0 ends. It is the *next
# batch* that must go on, in the same row.
def windows(codes, batch, length):
    count = (len(codes) - 1) // (batch * length)
    size = batch * count * length
    return tuple(codes[at : at + size].reshape(count, batch, length) for at in (0, 1))


# %% mistake windows "the batch is the first axis"
# Your axes are (batch, count, length). The number of the batch comes first.
def windows(codes, batch, length):
    count = (len(codes) - 1) // (batch * length)
    size = batch * count * length
    return tuple(codes[at : at + size].reshape(batch, count, length) for at in (0, 1))


# %% mistake windows "the target is the input"
# Your Y is X: the network would learn to repeat what it reads. Y holds the character after each.
def windows(codes, batch, length):
    count = (len(codes) - 1) // (batch * length)
    X = codes[: batch * count * length].reshape(batch, count, length).swapaxes(0, 1)
    return X, X.copy()


# %% mistake windows "the shift wraps around"
# The last target of each window is the window's own first character. It is the next one in the text:
# shift before you cut.
def windows(codes, batch, length):
    count = (len(codes) - 1) // (batch * length)
    X = codes[: batch * count * length].reshape(batch, count, length).swapaxes(0, 1)
    return X, np.roll(X, -1, axis=2)


# %% mistake windows "the shift goes the wrong way"
# Your Y holds the character before each of X. The one after it is to be predicted.
def windows(codes, batch, length):
    count = (len(codes) - 1) // (batch * length)
    size = batch * count * length
    Y, X = (codes[at : at + size].reshape(batch, count, length) for at in (0, 1))
    return X.swapaxes(0, 1), Y.swapaxes(0, 1)


# %% mistake windows "the last character has no next one"
# Where the text fills the windows exactly, the last character has no next one. So count is (n - 1) //
# (batch * length).
def windows(codes, batch, length):
    count = len(codes) // (batch * length)
    size = batch * count * length
    X, Y = (np.append(codes, 0)[at : at + size].reshape(batch, count, length) for at in (0, 1))
    return X.swapaxes(0, 1), Y.swapaxes(0, 1)


# %% alternative windows
def windows(codes, batch, length):
    count = (len(codes) - 1) // (batch * length)
    X, Y = np.zeros((2, count, batch, length), dtype=int)
    for k, b in np.ndindex(count, batch):
        begin = (b * count + k) * length
        X[k, b], Y[k, b] = codes[begin : begin + length], codes[begin + 1 : begin + length + 1]
    return X, Y


# %% alternative windows
def windows(codes, batch, length):
    row = (len(codes) - 1) // (batch * length) * length
    if row == 0:
        return np.zeros((0, batch, length), dtype=int), np.zeros((0, batch, length), dtype=int)
    X, Y = (np.stack([codes[b * row + at :][:row] for b in range(batch)]) for at in (0, 1))
    parts = range(0, row, length)
    return tuple(np.stack([Z[:, k : k + length] for k in parts]) for Z in (X, Y))


# %% [markdown]
# The network is equations (1) and (2), by torch. It takes the state of the window before and returns
# its own. `detach` cuts the gradient there. This is more than `training.fit` knows about, so write the
# step yourself and hand it to `training.loop`. On a processor the next cell trains for about half a
# minute; with a GPU it trains a network four times as wide for more epochs. (`cache` keeps the
# result: later cells do not train again.)


# %%
class CharRNN(torch.nn.Module):
    """Scores of the next character, and the states."""

    def __init__(self, letters, hidden):
        super().__init__()
        self.letters = letters
        self.rnn = torch.nn.RNN(letters, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, letters)

    def forward(self, x, h=None):
        H, h = self.rnn(torch.nn.functional.one_hot(x, self.letters).float(), h)
        return self.head(H), h, H  # (batch, time, letters), the last state, all states


# %%
def train_writer(hidden, epochs, batch=64, length=64):
    """Return a trained language model and the history of its training."""
    training.seed(0)
    X, Y = (torch.tensor(Z).to(training.device()) for Z in windows(characters, batch, length))
    model = CharRNN(len(text.alphabet), hidden).to(training.device())
    optimizer = torch.optim.Adam(model.parameters(), 0.004)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.004, total_steps=epochs * len(X))
    state = None

    def step(window):
        nonlocal state
        x, y = window
        scores, state, _ = model(x, state)
        state = state.detach()  # the next window goes on from here, without its gradient
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    pairs = list(zip(X, Y, strict=True))
    history = training.loop(step, pairs, epochs, schedule=schedule, description="writing")
    return model.cpu().eval(), history


@cache
def writer():
    large = training.device().type == "cuda"
    return train_writer(*((512, 30) if large else (128, 8)))


model, history = writer()
print("the loss is below 2, from 4.56:", history["loss"][-1] < 2)

# %% [markdown]
# ### G.2 Draw the next letter
#
# To write, let the network draw a letter from its own probabilities, read it, draw the next one, and
# so on. How bold shall it be? Divide the scores $s$ by a **temperature** $\tau$ before the softmax:
#
# $$
# p_k = \frac{e^{s_k / \tau}}{\sum_j e^{s_j / \tau}}
# \tag{12}
# $$
#
# At $\tau = 1$ these are the network's own probabilities. As $\tau \to 0$ only the likeliest letter is
# left; as $\tau \to \infty$ all become equally likely.
#
# ### Exercise 9.16: temperature
#
# Write `soften(scores, temperature)`: equation (12) for an array `scores` of shape (letters,). It must
# not overflow, also where a score is 1000 or the temperature 0.001.

# %% hint soften [markdown]
# What happens to the probabilities if you take the same number off all scores?

# %% hint soften [markdown]
# Divide by the temperature first. Then take the largest value off all of them: the largest exponent
# is then 0, and nothing can overflow. Then the exponential function, and divide by the sum.

# %% hint soften [markdown]
# z ← scores / temperature; e ← exp(z − max z); return e / sum of e


# %% solve soften
def soften(scores, temperature):
    """Return the probabilities (letters,) of equation (12).

    >>> soften(np.array([0.0, np.log(3.0)]), 1.0).round(3).tolist()
    [0.25, 0.75]
    """
    ### BEGIN SOLUTION
    z = np.asarray(scores) / temperature
    e = np.exp(z - z.max())
    return e / e.sum()
    ### END SOLUTION


# %% check soften points=1
with check("soften") as probe:
    scores = np.array([1.0, 2.0, 0.5, -1.0])
    probe.call("temperature 1", soften, scores, 1.0)
    probe.call("temperature 0.5: bolder to the likeliest", soften, scores, 0.5)
    probe.call("temperature 4: more even", soften, scores, 4.0)
    probe.call("scores of 1000", soften, 1000 + scores, 1.0)
    probe.call("scores of -1000 and below", soften, np.array([-1000.0, -2500.0, -1001.0]), 1.0)
    probe.call("a score of -1000 beside others", soften, np.array([-1000.0, 4.0, 5.0]), 1.0)
    probe.call("temperature 0.001", soften, scores, 0.001)
### BEGIN HIDDEN TESTS
with check.hidden("soften") as probe:
    rng = np.random.default_rng(916)
    for size, temperature in ((2, 1.0), (10, 0.3), (96, 2.5), (5, 0.002)):
        scores = 3 * rng.normal(size=size)
        right = torch.softmax(torch.tensor(scores) / temperature, dim=0).numpy()
        label = f"{size} letters, temperature {temperature}"
        probe.call(label, soften, scores, temperature, expected=right)
### END HIDDEN TESTS


# %% mistake soften "multiplied by the temperature"
# You multiply by the temperature: your low temperatures are even and your high ones bold. Divide.
def soften(scores, temperature):
    z = np.asarray(scores) * temperature
    e = np.exp(z - z.max())
    return e / e.sum()


# %% mistake soften "the temperature is not used"
# Your probabilities are the same at every temperature. Divide the scores by it first.
def soften(scores, temperature):
    e = np.exp(scores - np.max(scores))
    return e / e.sum()


# %% mistake soften "the temperature after the exponential function"
# You divide after the exponential function, where the division cancels or adds up to something other
# than 1. Divide the scores.
def soften(scores, temperature):
    e = np.exp(scores - np.max(scores))
    return e / e.sum() / temperature


# %% mistake soften "it overflows"
# A value is not finite: with large scores or a low temperature the exponential function overflows.
# Take the largest off first.
def soften(scores, temperature):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(np.asarray(scores) / temperature)
        return e / e.sum()


# %% mistake soften "the largest before the division is taken off"
# At a low temperature your exponential function overflows: you take off the largest score as it was
# before the division. Divide first, then take the largest off.
def soften(scores, temperature):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(np.asarray(scores) / temperature - np.max(scores))
        return e / e.sum()


# %% mistake soften "the sum is not 1"
# Your values do not add up to 1: divide by their sum.
def soften(scores, temperature):
    z = np.asarray(scores) / temperature
    return np.exp(z - z.max())


# %% alternative soften
def soften(scores, temperature):
    return torch.softmax(torch.tensor(scores) / temperature, dim=-1).numpy()


# %% alternative soften
def soften(scores, temperature):
    z = (scores - np.max(scores)) / temperature
    return np.exp(z - np.log(np.sum(np.exp(z))))


# %% [markdown]
# How does one draw from probabilities with one random number $u$ between 0 and 1? Lay the
# probabilities side by side on the line from 0 to 1, and see on which of them $u$ falls: the drawn
# letter is the smallest $k$ with $p_0 + \dots + p_k > u$. With $p = (0.2, 0.5, 0.3)$, $u = 0.1$ draws
# letter 0, $u = 0.65$ letter 1, and $u = 0.75$ letter 2.
#
# ### Exercise 9.17: write
#
# Write `generate(step, first, temperature, noise)`. `step(code, state)` reads one letter and returns
# the tuple `(scores, state)`: the scores (letters,) of the next letter and the new state; before the
# first letter the state is `None`. `first` is the code of the letter to begin with, and `noise` an
# array of random numbers between 0 and 1, one for each letter to write. Return the list of the codes
# that were drawn, without `first`. Use `soften`, and draw as just described.

# %% hint generate [markdown]
# Two things must be handed on from one letter to the next. Which?

# %% hint generate [markdown]
# For each u: call step with the last letter and the last state, soften the scores, draw with u. The
# drawn letter is the one that is read next. `np.cumsum` lays probabilities side by side.

# %% hint generate [markdown]
# code, state ← first, None; for u in noise: scores, state ← step(code, state); code ← number of
# cumulated probabilities that are ≤ u; append code


# %% solve generate
def generate(step, first, temperature, noise):
    """Return a list of len(noise) codes, drawn one after the other.

    >>> def count_up(code, state):
    ...     return 50.0 * np.eye(4)[(code + 1) % 4], state
    >>> generate(count_up, 0, 1.0, np.array([0.5, 0.5, 0.5, 0.5, 0.5]))
    [1, 2, 3, 0, 1]
    """
    ### BEGIN SOLUTION
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        code = int(np.sum(np.cumsum(soften(scores, temperature)) <= u))
        codes.append(code)
    return codes
    ### END SOLUTION


# %% check generate points=3
def same_scores(code, state):
    """Probabilities 0.2, 0.5 and 0.3, whatever is read."""
    return np.log([0.2, 0.5, 0.3]), state


def by_row(code, state):
    """Probabilities that depend on the letter that is read; the likeliest is not always drawn."""
    return np.log([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.3, 0.3, 0.4]][code]), state


def by_letter(code, state):
    """After letter k comes k + 1, nearly always."""
    return 30.0 * np.eye(5)[(code + 1) % 5], state


def by_state(code, state):
    """The state counts the steps, and the scores follow it."""
    state = 0 if state is None else state + 1
    return 30.0 * np.eye(5)[(2 * state) % 5], state


with check("generate") as probe:
    noise = np.array([0.1, 0.65, 0.75, 0.25, 0.15, 0.95])
    probe.call("always 0.2, 0.5, 0.3", generate, same_scores, 0, 1.0, noise)
    probe.call("the same, temperature 0.25", generate, same_scores, 0, 0.25, noise)
    probe.call("the next letter depends on the last one", generate, by_letter, 2, 1.0, noise)
    probe.call("the probabilities depend on the last letter", generate, by_row, 0, 1.0, noise[::-1])
    probe.call("the next letter depends on the state", generate, by_state, 2, 1.0, noise)
    nothing = np.array([0.0, 0.5])  # at this temperature letters 0 and 2 have the probability 0
    probe.call("u = 0, letter 0 impossible", generate, same_scores, 0, 0.001, nothing)
### BEGIN HIDDEN TESTS
with check.hidden("generate") as probe:
    rng = np.random.default_rng(917)
    table = 2 * rng.normal(size=(7, 3, 7))

    def by_both(code, state):
        state = 0 if state is None else (2 * state + code) % 3
        return table[code, state], state

    for first, temperature, count in ((0, 1.0, 12), (3, 0.5, 25), (6, 3.0, 25), (1, 1.0, 1)):
        noise, right, code, state = rng.random(count), [], first, None
        for u in noise:
            scores, state = by_both(code, state)
            p = torch.softmax(torch.tensor(scores) / temperature, dim=0).tolist()
            code = next(k for k in range(7) if sum(p[: k + 1]) > u)
            right.append(code)
        label = f"{count} letters from letter {first}, temperature {temperature}"
        probe.call(label, generate, by_both, first, temperature, noise, expected=right)
### END HIDDEN TESTS


# %% mistake generate "always the likeliest letter"
# You take the likeliest letter every time, and the noise is not used. Draw: the smallest k whose
# cumulated probability is above u.
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for _ in noise:
        scores, state = step(code, state)
        code = int(np.argmax(scores))
        codes.append(code)
    return codes


# %% mistake generate "the likeliest letter is read"
# You return what was drawn, but your network reads the likeliest letter. What was drawn is the letter
# to read next.
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        codes.append(int(np.sum(np.cumsum(soften(scores, temperature)) <= u)))
        code = int(np.argmax(scores))
    return codes


# %% mistake generate "the drawn letter is not read"
# Your network reads the first letter again and again. What was drawn is the letter to read next.
def generate(step, first, temperature, noise):
    state, codes = None, []
    for u in noise:
        scores, state = step(first, state)
        codes.append(int(np.sum(np.cumsum(soften(scores, temperature)) <= u)))
    return codes


# %% mistake generate "the state is not handed on"
# Every step begins with the state None: your network forgets at once. Hand the new state on.
def generate(step, first, temperature, noise):
    code, codes = first, []
    for u in noise:
        scores, _ = step(code, None)
        code = int(np.sum(np.cumsum(soften(scores, temperature)) <= u))
        codes.append(code)
    return codes


# %% mistake generate "the temperature is not used"
# Your letters are the same at every temperature: pass it to soften.
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        code = int(np.sum(np.cumsum(soften(scores, 1.0)) <= u))
        codes.append(code)
    return codes


# %% mistake generate "the first letter is in the result"
# Your list begins with the first letter. Only what was drawn is due.
def generate(step, first, temperature, noise):
    state, codes = None, [first]
    for u in noise:
        scores, state = step(codes[-1], state)
        codes.append(int(np.sum(np.cumsum(soften(scores, temperature)) <= u)))
    return codes


# %% mistake generate "one letter before"
# Your draws are one letter too early: the smallest k whose cumulated probability is *above* u. Count
# how many are not above it.
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        code = max(0, int(np.sum(np.cumsum(soften(scores, temperature)) <= u)) - 1)
        codes.append(code)
    return codes


# %% mistake generate "at u in place of above it"
# With u = 0 you draw a letter of probability 0. The cumulated probability must be *above* u, not equal
# to it: side="right" in searchsorted, > in a comparison.
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        code = int(np.searchsorted(np.cumsum(soften(scores, temperature)), u))
        codes.append(code)
    return codes


# %% mistake generate "the probabilities are not cumulated"
# You compare u with each probability for itself. Add them up first, from letter 0 on: np.cumsum.
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        code = int(np.argmax(soften(scores, temperature) > u))
        codes.append(code)
    return codes


# %% mistake generate "random numbers of its own"
# You draw with random numbers of your own, and the noise is not used. With the noise that is passed
# in, a run can be repeated.
def generate(step, first, temperature, noise):
    rng = np.random.default_rng(0)
    code, state, codes = first, None, []
    for _ in noise:
        scores, state = step(code, state)
        code = int(rng.choice(len(scores), p=soften(scores, temperature)))
        codes.append(code)
    return codes


# %% alternative generate
def generate(step, first, temperature, noise):
    codes, state = [first], None
    for u in noise:
        scores, state = step(codes[-1], state)
        places = np.cumsum(soften(scores, temperature))
        codes.append(int(np.searchsorted(places, u, side="right")))
    return codes[1:]


# %% alternative generate
def generate(step, first, temperature, noise):
    code, state, codes = first, None, []
    for u in noise:
        scores, state = step(code, state)
        total = 0.0
        for letter, p in enumerate(soften(scores, temperature)):
            total += p
            if total > u:
                code = letter
                break
        codes.append(code)
    return codes


# %% [markdown]
# Let it write. The next cell makes a `step` of the trained network; the explorer writes 1000 characters
# at the temperature that you choose. (`noise` is the seed of the random numbers.) Which words and
# which habits of programmers does it know at 0.8? What goes wrong first when you heat it? And what
# happens at 0.3, and why?


# %%
def step_of(model):
    def step(code, state):
        with torch.no_grad():
            scores, state, _ = model(torch.tensor([[code]]), state)
        return scores[0, -1].double().numpy(), state

    return step


def written(temperature, noise, count=1000):
    model, _ = writer()
    numbers = np.random.default_rng(noise).random(count)
    return text.decode(generate(step_of(model), text.encode("\n")[0], temperature, numbers))


def draw_text(figure, temperature=0.8, noise=0):
    output = written(temperature, noise)
    lines = []
    for line in output.split("\n"):
        pieces = [line[at : at + 76] for at in range(0, len(line), 76)]
        lines += [piece.rstrip() or "·" * len(piece) for piece in pieces]
    shown = "\n".join([line for line in lines if line][:15]).replace("$", r"\$")
    figure.text(0.02, 0.97, shown, family="monospace", fontsize=9, va="top", linespacing=1.3)
    return f"{output.count(' ') / len(output):.0%} of the characters are spaces."


# %%
explore.live(
    draw_text,
    title="Text from a recurrent network",
    description="Text that the network has written, in lines like those of a program: many words are "
    "right, others nearly. At high temperatures the characters are random.",
    figure_size=(7.0, 3.4),
    temperature=(0.1, 2.0, 0.1),
    noise=(0, 20),
)

# %% [markdown]
# *Figure 9. What the network writes after a line's end. Empty lines are left out, and a row of nothing
# but spaces is drawn as dots. It has never been told what a word is, or that lines begin with spaces.*
#
# <details>
# <summary>What happens at 0.3?</summary>
#
# Often it writes hundreds of spaces: rows of dots, and nothing else. After many spaces the likeliest
# character is one more space, and at a low temperature the others are hardly ever drawn. The state then
# stays where it is, and so do the probabilities. The likeliest next character, again and again, does
# not make a likely text.
#
# </details>
#
# ### G.3 What the cells know
#
# To predict well, it helps to know where one is: a line that is long already will soon end, and a
# quote that was opened will be closed. Does any *single* cell of the state keep such a thing? Take a
# **signal** that we can compute from the text, such as the position in the line, and look for the cell
# whose activity goes with it. "Goes with" shall be the **correlation** of the cell's activities
# $h_{t}$ with the signal $s_t$ over all steps:
#
# $$
# r = \frac{\sum_t (h_t - \bar h)(s_t - \bar s)}
#          {\sqrt{\sum_t (h_t - \bar h)^2 \; \sum_t (s_t - \bar s)^2}}
# \tag{13}
# $$
#
# where $\bar h$ and $\bar s$ are the means. It is 1 or −1 where one follows the other exactly, and 0
# where they have nothing to do with each other.
#
# ### Exercise 9.18: find a cell
#
# Write `strongest_cell(H, signal)`. `H` has shape (time, cells), `signal` has shape (time,). Return
# the tuple `(cell, r)`: the number of the cell whose correlation with the signal is furthest from 0,
# and that correlation, with its sign. A cell that never changes counts as uncorrelated, $r = 0$. The
# signal does change.

# %% hint strongest_cell [markdown]
# A cell with $r = -0.9$ knows more about the signal than one with 0.5. How do you compare them?

# %% hint strongest_cell [markdown]
# Take the means off the columns of H and off the signal. The numerators of all cells are then one
# product, `signal @ H`. Divide by the lengths of the columns and of the signal, but not by 0.

# %% hint strongest_cell [markdown]
# A ← H − column means; s ← signal − mean; lengths ← √(sum A² over time) · √(sum s²); r ← (s @ A) /
# lengths where lengths > 0, else 0; cell ← argmax |r|; return cell, r[cell]


# %% solve strongest_cell
def strongest_cell(H, signal):
    """Return (cell, r): the cell that goes best with the signal, and its correlation (13).

    >>> cell, r = strongest_cell(np.array([[0.0, 3], [1, 2], [0, 1]]), np.array([1.0, 2, 3]))
    >>> int(cell), round(float(r), 3)
    (1, -1.0)
    """
    ### BEGIN SOLUTION
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    lengths = np.sqrt(np.sum(A**2, axis=0) * np.sum(s**2))
    r = (s @ A) / np.where(lengths > 0, lengths, 1)
    cell = int(np.argmax(np.abs(r)))
    return cell, r[cell]
    ### END SOLUTION


# %% check strongest_cell points=2
with check("strongest_cell") as probe:
    rng = np.random.default_rng(918)
    s = rng.normal(size=40)
    H = rng.normal(size=(40, 4))
    mixed = H + np.array([0.0, 0.5, -2.0, 1.0]) * s[:, None]
    probe.call("one cell follows the signal", strongest_cell, H[:, :2] + [0, 1] * s[:, None], s)
    probe.call("the strongest one is negative", strongest_cell, mixed, s)
    probe.call("a cell far from 0", strongest_cell, mixed + [0.0, 0.0, 0.0, 9.0], s + 5)
    probe.call("a large cell that follows less", strongest_cell, mixed * [1, 1, 0.01, 50], s)
    probe.call("a cell that never changes", strongest_cell, mixed * [1, 0, 1, 1] + 0.5, s)
    tiny = mixed * [1, 1, 1e-6, 1]  # the tolerance lets pass a small number added to the lengths
    probe.call("the strongest cell is tiny", strongest_cell, tiny, s, tolerance=1e-3)
### BEGIN HIDDEN TESTS
with check.hidden("strongest_cell") as probe:
    rng = np.random.default_rng(9180)
    for time, cells in ((5, 1), (50, 8), (300, 30)):
        s, H = rng.normal(size=time), rng.normal(size=(time, cells))
        H[:, -1] -= 2 * s
        r = [np.corrcoef(column, s)[0, 1] for column in H.T]
        best = max(range(cells), key=lambda cell: abs(r[cell]))
        label = f"{time} steps, {cells} cells"
        probe.call(label, strongest_cell, H, s, expected=(best, r[best]))
    probe.call("0 and 1", strongest_cell, H, (s > 0) * 1.0, expected=(
        max(range(30), key=lambda cell: abs(np.corrcoef(H[:, cell], s > 0)[0, 1])),
        max((np.corrcoef(H[:, cell], s > 0)[0, 1] for cell in range(30)), key=abs),
    ))  # fmt: skip
### END HIDDEN TESTS


# %% mistake strongest_cell "the largest in place of the furthest from 0"
# You take the largest correlation, so that a negative one never wins. Compare absolute values.
def strongest_cell(H, signal):
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    lengths = np.sqrt(np.sum(A**2, axis=0) * np.sum(s**2))
    r = (s @ A) / np.where(lengths > 0, lengths, 1)
    cell = int(np.argmax(r))
    return cell, r[cell]


# %% mistake strongest_cell "the sign is lost"
# Your correlation has lost its sign. Compare absolute values, return the correlation itself.
def strongest_cell(H, signal):
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    lengths = np.sqrt(np.sum(A**2, axis=0) * np.sum(s**2))
    r = np.abs((s @ A) / np.where(lengths > 0, lengths, 1))
    cell = int(np.argmax(r))
    return cell, r[cell]


# %% mistake strongest_cell "the means are not taken off"
# Your means are still in: a cell that is always far from 0 then seems to follow anything. Take the
# means off both.
def strongest_cell(H, signal):
    lengths = np.sqrt(np.sum(H**2, axis=0) * np.sum(signal**2))
    r = (signal @ H) / np.where(lengths > 0, lengths, 1)
    cell = int(np.argmax(np.abs(r)))
    return cell, r[cell]


# %% mistake strongest_cell "a covariance in place of a correlation"
# Your number grows when a cell or the signal is multiplied by something: it is a covariance. Divide by
# the lengths of both.
def strongest_cell(H, signal):
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    r = (s @ A) / len(s)
    cell = int(np.argmax(np.abs(r)))
    return cell, r[cell]


# %% mistake strongest_cell "a plain product of the deviations"
# Your number grows when a cell or the signal is multiplied by something: the lengths of both are
# missing. Divide by them, as in (13).
def strongest_cell(H, signal):
    r = (signal - np.mean(signal)) @ (H - H.mean(axis=0))
    cell = int(np.argmax(np.abs(r)))
    return cell, r[cell]


# %% mistake strongest_cell "the two are exchanged"
# You return (r, cell). The number of the cell comes first.
def strongest_cell(H, signal):
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    lengths = np.sqrt(np.sum(A**2, axis=0) * np.sum(s**2))
    r = (s @ A) / np.where(lengths > 0, lengths, 1)
    cell = int(np.argmax(np.abs(r)))
    return r[cell], cell


# %% mistake strongest_cell "a tiny cell counts as one that never changes"
# You take a cell that changes little for one that never changes. A correlation does not depend on the
# size: only a length of exactly 0 has r = 0.
def strongest_cell(H, signal):
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    lengths = np.sqrt(np.sum(A**2, axis=0) * np.sum(s**2))
    r = np.where(lengths > 1e-3, s @ A, 0) / np.where(lengths > 1e-3, lengths, 1)
    cell = int(np.argmax(np.abs(r)))
    return cell, r[cell]


# %% mistake strongest_cell "a cell that never changes gives nan"
# For a cell that never changes you divide 0 by 0, and nan wins. Such a cell has r = 0.
def strongest_cell(H, signal):
    A, s = H - H.mean(axis=0), signal - np.mean(signal)
    with np.errstate(invalid="ignore"):
        r = (s @ A) / np.sqrt(np.sum(A**2, axis=0) * np.sum(s**2))
    cell = int(np.argmax(np.abs(r)))
    return cell, r[cell]


# %% alternative strongest_cell
def strongest_cell(H, signal):
    r = np.zeros(H.shape[1])
    for cell, column in enumerate(H.T):
        if column.std() > 1e-12:
            r[cell] = np.corrcoef(column, signal)[0, 1]
    best = np.abs(r).argmax()
    return best, r[best]


# %% alternative strongest_cell
def strongest_cell(H, signal):
    spread = H.std(axis=0)
    spread[spread < 1e-12] = np.inf
    s = (signal - signal.mean()) / signal.std()
    r = np.mean((H - H.mean(axis=0)) / spread * s[:, None], axis=0)
    return max(((k, float(r[k])) for k in range(len(r))), key=lambda pair: abs(pair[1]))


# %% [markdown]
# Three signals: the position in the line, counted up to 20 (an activity ends at 1, so a cell cannot
# count for ever); whether a character is inside quotes; and whether it is the end of a line or one of
# the spaces with which the next one begins. Let the trained network read a part of the text that it has not been trained
# on, and look for the cell that goes best with each.


# %%
@cache
def signals(shown):
    """Return signals by name, one number for each character of the text `shown`."""
    position, quoted, indented = np.zeros((3, len(shown)))
    column, quote, before = 0, "", "\n"
    for t, letter in enumerate(shown):
        column = 0 if letter == "\n" else column + 1
        if letter in (quote, "\n"):
            quote = ""
        elif letter in "'\"" and not quote and not before.isalnum():
            quote = letter
        position[t], quoted[t] = min(column, 20), bool(quote)
        indented[t] = letter == "\n" or (letter == " " and (t == 0 or indented[t - 1]))
        before = letter
    return {"position in the line": position, "inside quotes": quoted, "indentation": indented}


@cache
def reading(count=20_000):
    """Return a text that the network has read, and all of its states (count, cells)."""
    model, _ = writer()
    codes = text.x_test.flatten()[:count]
    with torch.no_grad():
        H = model(codes[None])[2][0]
    return text.decode(codes), H.double().numpy()


# %%
LIMITS = {"position in the line": 0.4, "indentation": 0.5}
shown, H = reading()
for name, limit in LIMITS.items():
    _, r = strongest_cell(H, signals(shown)[name])
    print(f"{name}: a cell with |r| above {limit}:", bool(abs(r) > limit))

# %% [markdown]
# A correlation is one number. Colour the text by the activity of a cell, and you see what it does:
# blue where the cell is near −1, red where it is near 1, white in between.


# %%
ROWS, COLUMNS = 14, 76


def grid_of(shown, activity, begin=0):
    """Return letters and activities (ROWS, COLUMNS), a line of the text in each row."""
    letters = np.full((ROWS, COLUMNS), " ")
    colours = np.zeros((ROWS, COLUMNS))
    row = column = 0
    for letter, value in zip(shown[begin:], activity[begin:], strict=True):
        if row == ROWS:
            break
        if column < COLUMNS:
            letters[row, column], colours[row, column] = "↵" if letter == "\n" else letter, value
        row, column = (row + 1, 0) if letter == "\n" else (row, column + 1)
    return letters, colours


def paint(ax, letters, colours):
    ax.imshow(colours, cmap="RdBu_r", vmin=-1.4, vmax=1.4, aspect="auto")
    for (row, column), letter in np.ndenumerate(letters):
        if letter != " ":
            ax.text(column, row, letter, ha="center", va="center", family="monospace", fontsize=8)
    ax.set(yticks=[], xlabel="position in the line", ylim=(ROWS - 0.5, -0.5))


# %%
def first_line(shown, least=2000):
    return shown.index("\n", least) + 1


def draw_signal(name):
    shown, H = reading()
    cell, r = strongest_cell(H, signals(shown)[name])
    figure, ax = plt.subplots(figsize=(9, 3.4), layout="constrained")
    paint(ax, *grid_of(shown, np.sign(r) * H[:, cell], first_line(shown)))
    return figure


plots.show(
    draw_signal("position in the line"),
    "Lines of Python source, each character on a coloured ground: blue along the indentation, mostly "
    "pale or red in the rest of the line, where the colour changes from letter to letter.",
)

# %% [markdown]
# *Figure 10. The cell that goes best with the position in the line (with its sign turned, if it falls
# where the position grows). Look closely: does it count, or does it only know that the indentation is
# over?*
#
# A line begins with its indentation, so the position and the indentation go together, and a cell that
# follows one of them seems to follow the other. To tell them apart, hold one fixed: leave out the
# indentation, and look for the position in the rest of the lines only. And how large is an $|r|$ that
# means something? The strongest of many cells is above 0 by chance. To see by how much, move the signal
# along the text by some thousand characters, so that it has nothing to do with the states any more, and
# search again.


# %%
def draw_findings(shifts=5):
    shown, H = reading()
    position, outside = signals(shown)["position in the line"], signals(shown)["indentation"] == 0
    searches = {name: (H, signal) for name, signal in signals(shown).items()}
    searches["position, outside\nthe indentation"] = H[outside], position[outside]
    first, _ = strongest_cell(H, position)
    figure, ax = plt.subplots(figsize=(8.5, 4), layout="constrained")
    for row, (states, signal) in enumerate(searches.values()):
        cell, r = strongest_cell(states, signal)
        _, again = strongest_cell(states[:, [first]], signal)
        moved = [np.roll(signal, n * len(signal) // (shifts + 1)) for n in range(1, shifts + 1)]
        chance = [strongest_cell(states, other)[1] for other in moved]
        bars = (r, f"cell {cell}", BLUE), (again, f"cell {first}", ORANGE)
        for place, (value, words, colour) in enumerate((*bars, (max(chance, key=abs), "", "0.6"))):
            ax.barh(row + 0.27 * (place - 1), abs(value), 0.25, color=colour)
            ax.text(abs(value) + 0.01, row + 0.27 * (place - 1), words, va="center", fontsize=9)
    ax.set_yticks(range(len(searches)), searches)
    ax.set(xlabel="|r|", xlim=(0, 1), ylim=(len(searches) - 0.5, -0.5))
    ax.legend(
        ax.patches[:3], ["the strongest cell", "the cell of Figure 10", "chance: signal moved"]
    )
    return figure


plots.show(
    draw_findings(),
    "Bars of the absolute correlation for four searches. Position and indentation have long bars, and "
    "quotes a short one, though longer than by chance. Outside the indentation the bars of the position "
    "are short as well.",
)

# %% [markdown]
# *Figure 11. The strongest cell for each signal (blue), the cell of Figure 10 for the same signal
# (orange), and the strongest cell for a signal that has been moved (grey). Which cell wins, and how
# often? Quotes leave a weak trace only. In the last row, without the indentation, little is left of
# the position in the cell of Figure 10.*
#
# Now look at any cell, or let your function choose one. The explorer draws the same lines, coloured
# by the cell that you set. Most cells do nothing that has a name, and several share one task. Can you
# find another one whose task you can name?


# %%
def draw_cell(figure, choose="indentation", cell=0):
    shown, H = reading()
    if choose != "the cell below":
        cell = strongest_cell(H, signals(shown)[choose])[0]
    letters, colours = grid_of(shown, H[:, cell], first_line(shown))
    if figure.axes:
        figure.axes[0].images[0].set_data(colours)
    else:
        paint(figure.subplots(), letters, colours)
    r = {name: strongest_cell(H[:, [cell]], s)[1] for name, s in signals(shown).items()}
    words = ", ".join(f"{name} {value:.2f}" for name, value in r.items())
    return f"Cell {int(cell)}. Its correlation with: {words}."


# %%
explore.live(
    draw_cell,
    title="What a cell does along the text",
    description="Lines of Python source, coloured by the activity of one cell: blue near -1, red near 1.",
    figure_size=(9.0, 3.6),
    clear=False,
    choose=["indentation", "inside quotes", "position in the line", "the cell below"],
    cell=(0, reading()[1].shape[1] - 1),
)

# %% [markdown]
# *Figure 12. One cell along the text. Choose "the cell below" to move through all cells with the
# slider.*

# %% answer strongest_cell [markdown] points=4
# Your function has found a cell whose activity goes with the position in the line. (a) Does that show
# that the network *uses* this cell to know when a line ends? Which experiment would tell? (b) You have
# searched all its cells for the largest $|r|$. Why is this a reason to measure it again on another part
# of the text? (c) One cell can win two signals. How does the last row of Figure 11 tell which of them
# the cell of Figure 10 follows, and what does it say?
#
# <!-- BEGIN SOLUTION -->
#
# (a) No. A correlation says that the position can be read off the cell, not that anything reads it. The
# cell may follow something else that goes with the position (the number of spaces, say), and its
# outgoing weights may be small. An experiment takes hold of the cell: hold it at a fixed value, or at
# the value of another position, while the network reads, and see whether the probability of a line's
# end changes, and changes more than when another cell is held.
#
# (b) The largest of many numbers is large by chance as well: even cells that have nothing to do with
# the signal scatter around 0, and we pick the one that scattered furthest. What was picked on one part
# must be measured on a part that took no part in the picking.
#
# (c) Position and indentation go together (they correlate with about −0.76), so a high correlation with
# both does not tell which is followed. Outside the indentation, the indentation is always 0 and can
# explain nothing: what is left of the correlation there belongs to the position. It falls from about
# 0.7 to about 0.15. So the cell tells the indentation from the rest of the line, and hardly counts. The
# strongest cell outside the indentation is another one, with some 0.25: above chance, but no counter.
#
# **Rubric**
# - 1 point: no, with a reason (correlated with something else, or not read by anything).
# - 1 point: an experiment that changes the cell and watches the output.
# - 1 point: the best of many is chosen by chance in part; measure on fresh text.
# - 1 point: with the indentation held fixed, most of the correlation with the position is gone (or what
#   the reader's own figure shows, read rightly).
# <!-- END SOLUTION -->

# %% [markdown]
# ## Summary
#
# **What you built.** The recurrent network from its one formula, with a loop over time. Its backward
# pass, equal to autograd's to six decimals, with the sum over time that shared weights bring. The
# product of Jacobians that decides how far a gradient reaches. Clipping that leaves small gradients
# alone. Both directions, and layers on layers. A network that names the language of a surname, and one
# that writes; and a cell that tells the indentation from the rest of the line.
#
# **Where it breaks.**
# - *Memory.* At every step the state passes through weights and a tanh. Where the product (7) shrinks,
#   what happened thirty steps ago has no influence on the gradient, and cannot be learnt.
# - *Speed.* Step $t$ waits for step $t - 1$: a GPU with thousands of cores works on one step at a time.
# - *A bottleneck.* All of the past must fit into one vector of a fixed size.
# - *Clipping* is no cure: it makes an exploding gradient harmless, not right; and nothing brings back
#   a gradient that has vanished.
#
# **What comes next.** Chapter 10 changes the cell itself: a second state that is added to, and not
# multiplied, carries gradients over hundreds of steps.
#
# **What to read.**
# - Elman (1990), *Finding structure in time*: the network of this chapter, and words found in letters.
# - Werbos (1990), *Backpropagation through time: what it does and how to do it*.
# - Bengio, Simard and Frasconi (1994), *Learning long-term dependencies with gradient descent is
#   difficult*: why the gradient vanishes.
# - Schuster and Paliwal (1997), *Bidirectional recurrent neural networks*.
# - Pascanu, Mikolov and Bengio (2013), *On the difficulty of training recurrent neural networks*:
#   radius, cliffs and clipping.
# - Karpathy, Johnson and Fei-Fei (2016), *Visualizing and understanding recurrent networks*: cells that
#   count and cells inside quotes.
#
# The last cell lists the exercises whose visible checks you have passed since the notebook was
# started. The texts of 9.4, 9.6, 9.10 and 9.18 are not in it: a person reads them.

# %%
check.summary()
