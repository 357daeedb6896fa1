"""A loss over two parameters, as contour lines, and the path of an optimiser on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.plots.style import COLOURS, Array, new_axes, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["loss_surface"]

POINTS = 101  # on each side of the grid


def loss_surface(
    function: Callable[[Any, Any], Any],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    path: Any = None,
    ax: Axes | None = None,
    *,
    x_label: str = "x",
    y_label: str = "y",
) -> Axes:
    """Return axes with contour lines of `function`, closer together towards its lowest point.

    `function(x, y)` takes two NumPy arrays of one shape and returns the losses in that shape.
    `path` is `(steps, 2)`: a line from a square, where it starts, to a diamond, where it ends.

    >>> loss_surface(lambda x, y: x**2 + y**2, (-1, 1), (-2, 2)).get_ylabel()
    'y'
    """
    x, y = np.meshgrid(np.linspace(*x_range, POINTS), np.linspace(*y_range, POINTS))
    heights = _heights(function, x, y)
    ax = new_axes(5.6, 4.2) if ax is None else ax
    levels = heights.min() + np.ptp(heights) * np.linspace(0, 1, 16) ** 2
    filled = ax.contourf(x, y, heights, levels, cmap="Greys", alpha=0.6)
    ax.contour(x, y, heights, levels, colors="0.45", linewidths=0.6)
    ax.figure.colorbar(filled, ax=ax, label="loss", format="%.4g")
    if path is not None:
        _draw_path(ax, numbers(path).astype(float))
    ax.set(xlabel=x_label, ylabel=y_label, xlim=x_range, ylim=y_range)
    ax.figure.set_facecolor("white")
    return ax


def _heights(function: Callable[[Any, Any], Any], x: Array, y: Array) -> Array:
    heights = numbers(function(x, y)).astype(float)
    if heights.shape != x.shape:
        raise ValueError(
            f"loss_surface: the function got arrays of shape {x.shape} and returned "
            f"{heights.shape}; if it takes single numbers, pass numpy.vectorize(function)."
        )
    if not np.isfinite(heights).all():
        raise ValueError("loss_surface: the loss is not finite everywhere; take smaller ranges.")
    if not np.ptp(heights):
        raise ValueError(f"loss_surface: the loss is {heights.flat[0]:.3g} everywhere.")
    return heights


def _draw_path(ax: Axes, path: Array) -> None:
    if path.ndim != 2 or path.shape[1] != 2 or not len(path):
        raise ValueError(f"loss_surface: path must have shape (steps, 2), got {path.shape}.")
    edge: dict[str, Any] = {"mec": "white", "mew": 1, "ls": "none"}
    ax.plot(*path.T, color=COLOURS["blue"], lw=1.5, marker="o", ms=3.5, label="path")
    ax.plot(*path[:1].T, "s", ms=9, color=COLOURS["black"], label="start", **edge)
    ax.plot(*path[-1:].T, "D", ms=8, color=COLOURS["vermillion"], label="end", **edge)
    ax.legend(loc="best", framealpha=0.9)
