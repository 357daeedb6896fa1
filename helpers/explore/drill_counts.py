"""Questions about what a convolution costs and how far it sees.

Parameters, multiply-adds, and the receptive field of a stack.  Pictures and kernels are square.
"""

from __future__ import annotations

import numpy as np

from helpers.explore.drill_question import Question, draw, named, pick

__all__ = ["multiply_adds", "parameters", "receptive_field"]

CHANNELS = "A filter reaches through all channels: times D₁."
FILTERS = "That is one filter: there are K of them."
Mistakes = list[tuple[int, str]]


def parameters(rng: np.random.Generator) -> Question:
    """Return a question about the number of parameters of a convolution.

    >>> parameters(np.random.default_rng(0)).kind
    'parameters'
    """
    f, depth, filters = pick(rng, 1, 3, 3, 5, 7), pick(rng, 1, 3, 8, 16, 32), draw(rng, 2, 12)
    n, bias = pick(rng, 28, 32, 64), int(rng.random() < 0.75)
    answer = (f * f * depth + bias) * filters
    return Question(
        kind="parameters",
        text=f"A convolution has {filters} filters of {f} × {f}, "
        f"{'each with a bias' if bias else 'without biases'}; its input is {n} × {n} with "
        f"{_channels(depth)}. How many parameters does it have?",
        answer=answer,
        formula=f"(F·F·D₁)·K{' + K' if bias else ''}, with D₁ input channels and K filters",
        working=f"({f}·{f}·{depth})·{filters}{f' + {filters}' if bias else ''} = {answer}",
        numbers={"kernel_size": f, "in_channels": depth, "out_channels": filters, "bias": bias},
        mistakes=named(answer, _parameter_mistakes(f, depth, filters, bias)),
    )


def _parameter_mistakes(f: int, depth: int, filters: int, bias: int) -> Mistakes:
    weights = f * f * depth
    found = [
        ((f * f + bias) * filters, CHANNELS),
        (weights + bias, FILTERS),
        ((f * depth + bias) * filters, "A kernel has F·F weights, not F."),
    ]
    if bias:
        found.append((weights * filters, "The biases are missing: one for each filter."))
        found.append((weights * filters + 1, "Each filter has a bias of its own: K of them."))
    else:
        found.append(((weights + 1) * filters, "There are no biases here."))
    return found


def multiply_adds(rng: np.random.Generator) -> Question:
    """Return a question about the multiply-adds of a convolution on one picture.

    >>> multiply_adds(np.random.default_rng(0)).kind
    'multiply-adds'
    """
    f, n = pick(rng, 1, 3, 3, 5), pick(rng, 8, 10, 12, 16, 20, 32)
    s, p = pick(rng, 1, 1, 2), pick(rng, 0, f // 2)
    depth, filters = pick(rng, 1, 3, 4, 8, 10), pick(rng, 2, 4, 8, 10, 16)
    out = (n + 2 * p - f) // s + 1
    answer = out * out * filters * f * f * depth
    return Question(
        kind="multiply-adds",
        text=f"{filters} filters of {f} × {f}, stride {s}, padding {p}, go over one picture of "
        f"{n} × {n} with {_channels(depth)}. How many multiply-adds does it take?",
        answer=answer,
        formula="side² · K · (F·F·D₁), where side = ⌊(N + 2P − F) / S⌋ + 1",
        working=f"side = ⌊({n} + 2·{p} − {f}) / {s}⌋ + 1 = {out}; "
        f"{out}² · {filters} · ({f}·{f}·{depth}) = {answer}",
        numbers={"size": n, "kernel_size": f, "stride": s, "padding": p,
                 "in_channels": depth, "out_channels": filters},
        mistakes=named(answer, _multiply_add_mistakes(n, out, f, depth, filters)),
    )  # fmt: skip


def _multiply_add_mistakes(n: int, out: int, f: int, depth: int, filters: int) -> Mistakes:
    one = f * f * depth
    return [
        (one * filters, "That is for one place: a kernel is used at every place of the output."),
        (out * out * one, FILTERS),
        (out * out * filters * f * f, CHANNELS),
        (n * n * filters * one, "Count the places of the output, not of the input."),
        (out * filters * one, "The output has side · side places."),
        (2 * out * out * filters * one, "A product and its addition count once, together."),
    ]


def receptive_field(rng: np.random.Generator) -> Question:
    """Return a question about the receptive field of a stack of two to four layers.

    >>> receptive_field(np.random.default_rng(0)).kind
    'receptive field'
    """
    layers = [_layer(rng, number) for number in range(draw(rng, 2, 4))]
    jumps = [int(np.prod([s for _, _, s, _ in layers[:place]])) for place in range(len(layers))]
    shares = [d * (f - 1) * j for (_, f, _, d), j in zip(layers, jumps, strict=True)]
    answer = 1 + sum(shares)
    terms = [
        f"{f'{d}·' if d > 1 else ''}({f} − 1)·{j}"
        for (_, f, _, d), j in zip(layers, jumps, strict=True)
    ]
    numbers = {"layers": len(layers)}
    for number, (_, f, s, d) in enumerate(layers, 1):
        numbers |= {f"F{number}": f, f"S{number}": s, f"D{number}": d}
    return Question(
        kind="receptive field",
        text=f"A stack of layers, from the input on: {'; '.join(map(_layer_words, layers))}. "
        "What is the side of the receptive field of one output value?",
        answer=answer,
        formula="1 + Σ D(F − 1) · (the product of the strides of all layers before)",
        working=f"1 + {' + '.join(terms)} = {answer}",
        numbers=numbers,
        mistakes=named(answer, [
            (1 + sum(d * (f - 1) for _, f, _, d in layers),
             "After a stride, later layers take wider steps: multiply by the strides before."),
            (1 + sum((f - 1) * j for (_, f, _, _), j in zip(layers, jumps, strict=True)),
             "With dilation a kernel spans D(F − 1) + 1 cells."),
            (answer - 1, "Begin with 1, the output value itself."),
        ]),
    )  # fmt: skip


def _layer(rng: np.random.Generator, number: int) -> tuple[str, int, int, int]:
    """A layer's name, F, S and D: some of those after the first pool by 2."""
    if number > 0 and rng.random() < 0.35:
        return "pooling", 2, 2, 1
    stride = pick(rng, 1, 1, 2)
    return "convolution", pick(rng, 3, 3, 5, 7), stride, pick(rng, 1, 1, 2) if stride == 1 else 1


def _layer_words(layer: tuple[str, int, int, int]) -> str:
    name, f, s, d = layer
    return f"{name} {f} × {f}, stride {s}{f', dilation {d}' if d > 1 else ''}"


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"
