"""How large a gradient is at each step back in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.plots.style import COLOURS, DASHES, MARKERS, Array, new_axes, numbers, whole_steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gradients"]


def gradients(
    norms: Any,
    ax: Axes | None = None,
    *,
    x_label: str = "time step",
    y_label: str = "norm of the gradient",
) -> Axes:
    """Return axes with the norm of a gradient at each time step, counted from 1, on a log scale.

    `norms` has one number a step, or is a mapping from names to such series.  A norm of exactly
    0 has no place on the scale: a triangle at the lower edge; one that is not finite: a triangle
    at the upper edge.

    >>> gradients({"tanh": [1.0, 0.1, 0.01], "LSTM": [1.0, 0.9, 0.8]}).get_yscale()
    'log'
    """
    given = norms if isinstance(norms, Mapping) else {"": norms}
    named = {str(name): _norms(values, str(name)) for name, values in given.items()}
    if not named:
        raise ValueError("gradients: there is no series; give at least one.")
    ax = new_axes(6.0, 3.4) if ax is None else ax
    for place, (name, values) in enumerate(named.items()):
        _draw(ax, place, name, values)
    longest = max(map(len, named.values()))
    ax.set(xlabel=x_label, ylabel=y_label, yscale="log", xlim=(0.5, longest + 0.5))
    whole_steps(ax)
    ax.grid(alpha=0.25)
    handles = ax.get_legend_handles_labels()[0] + _edge_signs(ax)
    if handles:
        ax.legend(handles=handles, framealpha=0.9)
    ax.figure.set_facecolor("white")
    return ax


def _edge_signs(ax: Axes) -> list[Any]:
    """Entries of the legend for the triangles that are there."""
    from matplotlib.lines import Line2D

    words = {"v": "exactly 0", "^": "not finite"}
    there = {line.get_marker() for line in ax.lines if line.get_linestyle() == "None"}
    look: dict[str, Any] = {"ls": "none", "color": "0.4", "ms": 7}
    return [Line2D([], [], marker=m, label=words[m], **look) for m in "v^" if m in there]


def _norms(values: Any, name: str) -> Array:
    series = numbers(values).astype(float)
    what = f" of {name}" if name else ""
    if series.ndim != 1 or not len(series):
        raise ValueError(
            f"gradients: the norms{what} must be one number a step, got shape {series.shape}."
        )
    if (series < 0).any():
        raise ValueError(f"gradients: a norm{what} is negative; give sizes, not gradients.")
    return series


def _draw(ax: Axes, place: int, name: str, norms: Array) -> None:
    colour = list(COLOURS.values())[place % len(COLOURS)]
    steps = np.arange(1, len(norms) + 1)
    shown = np.isfinite(norms) & (norms > 0)
    line = np.where(shown, norms, np.nan)
    look: dict[str, Any] = {"ls": DASHES[place % 4], "lw": 2, "marker": MARKERS[place % 10]}
    every = max(1, len(norms) // 10)
    ax.plot(steps, line, color=colour, ms=5, markevery=every, label=name or None, **look)
    at_the_edge = ax.get_xaxis_transform()
    for marker, height, where in (("v", 0.0, norms == 0), ("^", 1.0, ~np.isfinite(norms))):
        if where.any():
            look = {"ls": "none", "ms": 7, "clip_on": False, "transform": at_the_edge}
            ax.plot(steps[where], np.full(where.sum(), height), marker, color=colour, **look)
