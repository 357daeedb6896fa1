"""Questions about the side of what a layer gives: convolution, pooling, transposed convolution.

Pictures, maps and kernels are square.
"""

from __future__ import annotations

import numpy as np

from helpers.explore.drill_question import Question, draw, named, pick

__all__ = ["convolution", "pooling", "transposed"]

ASKED = "What is the side of the output?"
ROUND = "Round down: a window that does not fit gives no output."
FIRST = "The first window counts too: add 1 after the division."
BOTH = "Padding is added on both sides: 2P, not P."
STRIDE = "The stride is missing: divide by S before you add 1."
Mistakes = list[tuple[int, str]]


def convolution(rng: np.random.Generator) -> Question:
    """Return a question about the output of a convolution.

    >>> convolution(np.random.default_rng(0)).formula
    '⌊(N + 2P − D(F − 1) − 1) / S⌋ + 1'
    """
    room = -1
    while room < 0:
        n, f, s = draw(rng, 5, 64), pick(rng, 2, 3, 3, 4, 5, 7), pick(rng, 1, 2, 2, 3, 4)
        p, d = draw(rng, 0, 3), pick(rng, 1, 1, 2, 3)
        room = n + 2 * p - d * (f - 1) - 1
    answer = room // s + 1
    spread = f", dilation {d}" if d > 1 else ""
    return Question(
        kind="convolution",
        text=f"A picture of {n} × {n} is convolved with a kernel of {f} × {f}: stride {s}, "
        f"padding {p}{spread}. {ASKED}",
        answer=answer,
        formula="⌊(N + 2P − D(F − 1) − 1) / S⌋ + 1",
        working=f"⌊({n} + 2·{p} − {d}·({f} − 1) − 1) / {s}⌋ + 1 = ⌊{room} / {s}⌋ + 1 = {answer}",
        numbers={"size": n, "kernel_size": f, "stride": s, "padding": p, "dilation": d},
        mistakes=named(answer, _convolution_mistakes(n, f, s, p, d)),
    )


def _convolution_mistakes(n: int, f: int, s: int, p: int, d: int) -> Mistakes:
    room = n + 2 * p - d * (f - 1) - 1
    return [
        ((room - p) // s + 1, BOTH),
        ((room - 2 * p) // s + 1, "The padding is missing: the input grows by 2P."),
        ((n + 2 * p - f) // s + 1, "With dilation a kernel spans D(F − 1) + 1 cells, not F."),
        (room // s, FIRST),
        (-(-room // s) + 1, ROUND),
        (room + 1, STRIDE),
        ((room + 1) // s, "Divide first, then add 1."),
    ]


def pooling(rng: np.random.Generator) -> Question:
    """Return a question about the output of a pooling layer.

    >>> pooling(np.random.default_rng(0)).kind
    'pooling'
    """
    n, f, s = draw(rng, 6, 64), pick(rng, 2, 2, 3, 4), pick(rng, 1, 2, 2, 3, 4)
    p = draw(rng, 0, 1) if f > 2 else 0
    room = n + 2 * p - f
    answer = room // s + 1
    edge = f", padding {p}" if p else ""
    return Question(
        kind="pooling",
        text=f"{rng.choice(['Max', 'Average'])} pooling with windows of {f} × {f}, stride {s}"
        f"{edge}, over a map of {n} × {n}. {ASKED}",
        answer=answer,
        formula="⌊(N + 2P − F) / S⌋ + 1",
        working=f"⌊({n} + 2·{p} − {f}) / {s}⌋ + 1 = ⌊{room} / {s}⌋ + 1 = {answer}",
        numbers={"size": n, "kernel_size": f, "stride": s, "padding": p},
        mistakes=named(answer, _pooling_mistakes(n, f, s, p)),
    )


def _pooling_mistakes(n: int, f: int, s: int, p: int) -> Mistakes:
    room = n + 2 * p - f
    return [
        (-(-room // s) + 1, ROUND),
        (room // s, FIRST),
        (n // f, "The stride need not be the size of the window: divide by S."),
        ((room - p) // s + 1, BOTH),
        (room + 1, STRIDE),
    ]


def transposed(rng: np.random.Generator) -> Question:
    """Return a question about the output of a transposed convolution.

    >>> transposed(np.random.default_rng(0)).formula
    '(N − 1)S − 2P + F + output padding'
    """
    n, f, s = draw(rng, 3, 32), pick(rng, 2, 3, 4, 5), pick(rng, 1, 2, 2, 3, 4)
    p, extra = draw(rng, 0, min(2, f - 1)), draw(rng, 0, s - 1)
    answer = (n - 1) * s - 2 * p + f + extra
    return Question(
        kind="transposed convolution",
        text=f"A transposed convolution takes a map of {n} × {n}: kernel {f} × {f}, stride {s}, "
        f"padding {p}, output padding {extra}. {ASKED}",
        answer=answer,
        formula="(N − 1)S − 2P + F + output padding",
        working=f"({n} − 1)·{s} − 2·{p} + {f} + {extra} = {answer}",
        numbers={"size": n, "kernel_size": f, "stride": s, "padding": p, "output_padding": extra},
        mistakes=named(answer, _transposed_mistakes(n, f, s, p, extra)),
    )


def _transposed_mistakes(n: int, f: int, s: int, p: int, extra: int) -> Mistakes:
    answer = (n - 1) * s - 2 * p + f + extra
    return [
        (answer + 4 * p, "Here padding takes away from the output: − 2P."),
        (answer + p, "Padding is taken from both sides: 2P, not P."),
        (answer + 2 * p, "The padding is missing: − 2P."),
        (answer - extra, "The output padding is missing: it is added once."),
        (answer + extra, "The output padding is added on one side only: once."),
        (answer + s, "From the first window to the last there are N − 1 steps of S, not N."),
        ((n + 2 * p - f) // s + 1, "That is the forward convolution: here the map grows."),
    ]
