"""What all figures share: colours, dashes, shapes, white axes, and numbers from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "COLOURS",
    "DASHES",
    "MARKERS",
    "Array",
    "new_axes",
    "new_grid",
    "numbers",
    "whole_steps",
]

Array = np.ndarray[Any, Any]
COLOURS: Mapping[str, str] = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "black": "#000000",
}
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
MARKERS = "os^DvPX<>*"  # ten shapes that differ when small


def numbers(values: Any) -> Array:
    """Return an array of what a list, an array or a tensor holds; a tensor's gradient stays.

    >>> numbers([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if hasattr(values, "detach"):  # a tensor: also one that needs gradients, is on a GPU, is bf16
        tensor = values.detach().cpu()
        return np.asarray((tensor.double() if tensor.is_floating_point() else tensor).numpy())
    if isinstance(values, list | tuple):
        return np.asarray([numbers(value) for value in values])
    return np.asarray(values)


def new_axes(width: float, height: float) -> Axes:
    """Return axes in a new white figure of `width` by `height` inches.

    >>> new_axes(6, 3).figure.get_facecolor()
    (1.0, 1.0, 1.0, 1.0)
    """
    ax: Axes = new_grid(1, 1, width, height)[0, 0]
    return ax


def new_grid(rows: int, columns: int, width: float, height: float) -> Array:
    """Return axes `(rows, columns)` in a new white figure of `width` by `height` inches.

    >>> new_grid(2, 3, 6, 4).shape
    (2, 3)
    """
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(
        rows, columns, figsize=(width, height), squeeze=False, layout="constrained"
    )
    figure.set_facecolor("white")
    return np.asarray(grid)


def whole_steps(ax: Axes) -> None:
    """Mark no halves on the x axis, which counts epochs or steps."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
