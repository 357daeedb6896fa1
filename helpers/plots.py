"""Figures that the chapters draw: learning curves and rows of small pictures, in one style.

The colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart; lines
differ in their dashes as well.  The background is opaque white, so that a figure reads the same
in a light and in a dark notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

__all__ = ["COLOURS", "images", "learning_curves"]

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


def learning_curves(
    history: Mapping[str, Sequence[float]],
    ax: Axes | None = None,
    *,
    x_label: str = "epoch",
    y_label: str = "loss",
) -> Axes:
    """Return axes with one line for each series of `history`, counted from 1.

    `history` maps the name in the legend to one number an epoch.  Names that contain
    "accuracy" are drawn on a scale of their own from 0 to 1, at the right.

    >>> learning_curves({"training": [0.9, 0.4], "test": [1.0, 0.6]}).get_xlabel()
    'epoch'
    """
    if not history:
        raise ValueError("learning_curves: the history is empty; give at least one series.")
    ax = _new_axes((6.0, 3.4)) if ax is None else ax
    right = _right_axes(ax, history)
    lines = []
    for place, (name, series) in enumerate(history.items()):
        target = right if right is not None and _is_accuracy(name) else ax
        epochs = np.arange(1, len(series) + 1)
        colour = list(COLOURS.values())[place % len(COLOURS)]
        lines += target.plot(epochs, series, color=colour, ls=DASHES[place % 4], lw=2, label=name)
    ax.set(xlabel=x_label, ylabel="accuracy" if ax is right else y_label)
    ax.grid(alpha=0.25)
    ax.legend(handles=lines, frameon=True, framealpha=0.9, loc="center right")
    ax.figure.set_facecolor("white")
    return ax


def images(
    pictures: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int = 8,
    *,
    shape: tuple[int, int] | None = None,
) -> np.ndarray[Any, Any]:
    """Return an array of axes `(rows, columns)` that show grey pictures, 0 white and 1 black.

    `pictures` is `(n, height, width)`, or `(n, height * width)` with square pictures or a
    `shape`.  `titles` has one entry a picture, written above it.

    >>> images([[0.0, 0.5, 0.5, 1.0]], titles=["a"], columns=1).shape
    (1, 1)
    """
    from matplotlib import pyplot

    stack = _as_pictures(np.asarray(pictures, dtype=float), shape)
    if titles is not None and len(titles) != len(stack):
        raise ValueError(f"images: {len(stack)} pictures but {len(titles)} titles.")
    columns = max(1, min(columns, len(stack)))
    rows = -(-len(stack) // columns)
    high = 1.0 if titles is None else 1.3
    figure, grid = pyplot.subplots(
        rows, columns, figsize=(columns, rows * high), squeeze=False, layout="constrained"
    )
    figure.set_facecolor("white")
    for place, ax in enumerate(grid.flat):
        ax.axis("off")
        if place < len(stack):
            ax.imshow(stack[place], cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
            if titles is not None:
                ax.set_title(str(titles[place]), fontsize=9)
    return grid


def _new_axes(size: tuple[float, float]) -> Axes:
    from matplotlib import pyplot

    return pyplot.subplots(figsize=size, layout="constrained")[1]


def _is_accuracy(name: str) -> bool:
    return "accuracy" in name.lower()


def _right_axes(ax: Axes, history: Mapping[str, Sequence[float]]) -> Axes | None:
    """The axes for accuracies: a second scale, `ax` itself if all are accuracies, or none."""
    accuracies = [name for name in history if _is_accuracy(name)]
    if not accuracies:
        return None
    right = ax if len(accuracies) == len(history) else ax.twinx()
    right.set(ylim=(0, 1.02), ylabel="accuracy")
    return right


def _as_pictures(stack: np.ndarray[Any, Any], shape: tuple[int, int] | None) -> Any:
    """The pictures as `(n, height, width)`."""
    if stack.ndim == 3 and shape is None:
        return stack
    if stack.ndim != 2:
        raise ValueError(f"images: expected (n, height, width) or (n, pixels), got {stack.shape}.")
    side = round(stack.shape[1] ** 0.5)
    height, width = shape or (side, side)
    if height * width != stack.shape[1]:
        raise ValueError(f"images: {stack.shape[1]} pixels do not fill {height} x {width}.")
    return stack.reshape(-1, height, width)
