"""What the convolution explorer says: every number and sentence on it, as text.

The drawing in the browser and the static figure both show exactly these texts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.explore.convolution_model import Settings, convolve, padded, untouched, weights

__all__ = ["SYMBOLS", "describe", "formula", "remarks"]

SYMBOLS = "output size = ⌊(N + 2P − D(F − 1) − 1) / S⌋ + 1"


def describe(settings: Settings) -> dict[str, Any]:
    """Return all that is drawn: tables of texts, a text for each output cell, and sentences.

    `output`, `shades` and `cells` have one entry an output cell, row by row. A shade is the
    value as a share of the largest, from -1 to 1.

    >>> describe(Settings(size=4, kernel_size=3, padding=0, kernel="copy"))["output"]
    ['7']
    """
    kernel, divisor = weights(settings.kernel, settings.kernel_size)
    sums = convolve(settings).ravel()
    values = sums / divisor
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    missed = np.pad(untouched(settings) & (settings.room >= 0), settings.padding)
    return {
        "side": settings.side,
        "padding": settings.padding,
        "stride": settings.stride,
        "dilation": settings.dilation,
        "picture": padded(settings).tolist(),
        "untouched": missed.tolist(),
        "kernel": [[_signed(weight) for weight in row] for row in kernel.tolist()],
        "output_size": settings.output_size,
        "output": [_decimals(value, 0 if divisor == 1 else 1) for value in values],
        "shades": [round(float(value) / largest, 3) for value in values],
        "cells": _cells(settings),
        "titles": _titles(settings, divisor),
        "symbols": SYMBOLS,
        "formula": formula(settings),
        "remarks": remarks(settings),
    }


def formula(settings: Settings) -> str:
    """Return the formula of the output size with its numbers filled in.

    >>> formula(Settings(size=7, kernel_size=3, stride=3, padding=0))
    '= ⌊(7 + 2·0 − 1·(3 − 1) − 1) / 3⌋ + 1 = ⌊4 / 3⌋ + 1 = 2'
    """
    n, f, s = settings.size, settings.kernel_size, settings.stride
    filled = f"= ⌊({n} + 2·{settings.padding} − {settings.dilation}·({f} − 1) − 1) / {s}⌋ + 1"
    if settings.room < 0:
        return f"{filled} = ⌊{_signed(settings.room)} / {s}⌋ + 1: no window fits"
    return f"{filled} = ⌊{settings.room} / {s}⌋ + 1 = {settings.output_size}"


def remarks(settings: Settings) -> list[str]:
    """Return sentences on what the division leaves out, or that the kernel does not fit.

    >>> remarks(Settings(size=7, kernel_size=3, stride=3, padding=0))[0]
    '4 / 3 = 1.33 is floored to 1: the last row and column are left over.'
    """
    if settings.room < 0:
        span, side, dilation = settings.span, settings.side, settings.dilation
        spread = f", with dilation {dilation}," if dilation > 1 and settings.kernel_size > 1 else ""
        return [
            f"The kernel{spread} spans {_count(span, 'row')} and the padded input has only {side}: "
            "take a smaller kernel or dilation, or more padding."
        ]
    said = [_division(settings), _missed(settings)]
    if settings.kernel_size == 1 and "edge" in settings.kernel:
        said.append("A kernel of one cell has no two sides to compare: its weight is 0.")
    return said


def _division(settings: Settings) -> str:
    room, stride = settings.room, settings.stride
    if stride == 1:
        return "With stride 1 nothing is left over."
    quotient, left = divmod(room, stride)
    if left == 0:
        return f"{room} / {stride} = {quotient} is whole: the last window ends at the edge."
    rows = "row and column are" if left == 1 else f"{left} rows and columns are"
    kind = " (only padding)" if left <= settings.padding else ""
    exact = _decimals(room / stride, 2).rstrip("0")
    return f"{room} / {stride} = {exact} is floored to {quotient}: the last {rows} left over{kind}."


def _missed(settings: Settings) -> str:
    count, total = int(untouched(settings).sum()), settings.size**2
    if count == 0:
        return "Every input cell is in a window."
    verb = "is" if count == 1 else "are"
    return f"{count} of the {total} input cells {verb} in no window (hatched)."


def _titles(settings: Settings, divisor: int) -> dict[str, str]:
    n, side, f, out = settings.size, settings.side, settings.kernel_size, settings.output_size
    rim = f", padded to {side} × {side}" if settings.padding else ""
    part = "" if divisor == 1 else f", ÷ {divisor}"
    return {
        "input": f"input {n} × {n}{rim}",
        "kernel": f"kernel {f} × {f}{part}",
        "output": f"output {out} × {out}" if out else "no output",
    }


def _cells(settings: Settings) -> list[dict[str, Any]]:
    """For each output cell: where its window is, its products a row a line, and their sum."""
    picture = padded(settings).tolist()
    kernel, divisor = weights(settings.kernel, settings.kernel_size)
    factors = [[_factor(weight) for weight in row] for row in kernel.tolist()]
    places, sums = range(settings.output_size), convolve(settings).tolist()
    cells = []
    for i in places:
        for j in places:
            rows, columns = settings.rows(i), settings.rows(j)
            lines = [
                [f"{picture[row][columns[b]]}·{factor}" for b, factor in enumerate(line)]
                for row, line in zip(rows, factors, strict=True)
            ]
            where = f"output[{i}, {j}]: {_listed('row', rows)}, {_listed('column', columns)}"
            cells.append({"where": where, "lines": lines, "total": _total(sums[i][j], divisor)})
    return cells


def _total(value: int, divisor: int) -> str:
    if divisor == 1:
        return f"= {_signed(value)}"
    return f"{_signed(value)} / {divisor} = {_decimals(value / divisor, 2)}"


def _listed(word: str, places: list[int]) -> str:
    plural = word if len(places) == 1 else f"{word}s"
    return f"{plural} {', '.join(map(str, places))}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _factor(weight: int) -> str:
    return f"({_signed(weight)})" if weight < 0 else str(weight)


def _signed(value: int) -> str:
    return str(value).replace("-", "−")


def _decimals(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")
