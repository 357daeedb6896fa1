"""Pictures in rows: what a data set holds, and what a network has learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.plots.style import Array, new_grid, numbers

__all__ = ["filters", "images"]

MOST = 256  # pictures of weights in one figure; more could not be told apart


def images(
    pictures: Any,
    titles: Sequence[object] | None = None,
    columns: int = 8,
    *,
    shape: tuple[int, int] | None = None,
) -> Array:
    """Return an array of axes `(rows, columns)` that show pictures with values from 0 to 1.

    `pictures` is `(n, 1, height, width)` or `(n, height, width)`: grey, 0 white and 1 black;
    `(n, 3, height, width)`: red, green, blue; or `(n, pixels)`: grey, square or of a `shape`.
    Values outside are shown as the nearest of 0 and 1.  `titles` has one entry a picture.

    >>> images([[0.0, 0.5, 0.5, 1.0]], titles=["a"], columns=1).shape
    (1, 1)
    """
    stack = _as_pictures(numbers(pictures).astype(float), shape)
    if titles is not None and len(titles) != len(stack):
        raise ValueError(f"images: {len(stack)} pictures but {len(titles)} titles.")
    columns = max(1, min(columns, len(stack)))
    rows = -(-len(stack) // columns)
    grid = new_grid(rows, columns, columns, rows * (1.0 if titles is None else 1.3))
    for place, ax in enumerate(grid.flat):
        ax.axis("off")
        if place < len(stack):
            ax.imshow(stack[place], cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
            if titles is not None:
                ax.set_title(_word(titles[place]), fontsize=9)
    return grid


def filters(weights: Any, columns: int = 8) -> Array:
    """Return an array of axes that show weights: blue below 0, white at 0, red above.

    `weights` is `(filters, height, width)` or `(filters, channels, height, width)`; with several
    channels there is a row for each filter and a column for each channel.  One scale, symmetric
    about 0, serves all.

    >>> filters([[[-1.0, 0.0], [0.0, 1.0]]]).shape
    (1, 1)
    """
    stack = _as_filters(numbers(weights).astype(float))
    many, channels, height, width = stack.shape
    columns = channels if channels > 1 else max(1, min(columns, many))
    rows = many if channels > 1 else -(-many // columns)
    size = (max(columns, 2) + 0.9, max(rows * height / width, 1.0) + 0.2 * (channels > 1))
    grid = new_grid(rows, columns, *size)
    largest = float(np.abs(stack).max()) or 1.0
    for place, ax in enumerate(grid.flat):
        ax.set(xticks=[], yticks=[])
        if place >= many * channels:
            ax.axis("off")
            continue
        picture = stack.reshape(-1, height, width)[place]
        drawn = ax.imshow(picture, cmap="RdBu_r", vmin=-largest, vmax=largest)
    if channels > 1:
        _name_edges(grid)
    grid[0, 0].figure.colorbar(drawn, ax=grid, label="weight", shrink=0.9, format="%.2g")
    return grid


def _name_edges(grid: Array) -> None:
    for number, ax in enumerate(grid[0]):
        ax.set_title(f"channel {number}", fontsize=9)
    for number, ax in enumerate(grid[:, 0]):
        ax.set_ylabel(f"filter {number}", fontsize=9)


def _as_filters(stack: Array) -> Array:
    """The weights as `(filters, channels, height, width)`, finite and not too many."""
    if stack.ndim == 3:
        stack = stack[:, None]
    if stack.ndim != 4 or not stack.size:
        raise ValueError(
            "filters: expected (filters, height, width) or (filters, channels, height, width), "
            f"got {stack.shape}."
        )
    if len(stack) * stack.shape[1] > MOST:
        raise ValueError(
            f"filters: {len(stack)} filters of {stack.shape[1]} channels are more than {MOST} "
            "pictures; pass some of them, such as weights[:8, :8]."
        )
    if not np.isfinite(stack).all():
        raise ValueError("filters: a weight is not finite.")
    return stack


def _word(title: Any) -> str:
    return str(title.item() if hasattr(title, "detach") else title)


def _as_pictures(stack: Array, shape: tuple[int, int] | None) -> Array:
    """The pictures as `(n, height, width)`, or `(n, height, width, 3)` with values in [0, 1]."""
    if not len(stack):
        raise ValueError("images: there is no picture; give at least one.")
    if stack.ndim == 4 and stack.shape[1] == 3:
        return stack.transpose(0, 2, 3, 1).clip(0, 1)
    if stack.ndim == 4 and stack.shape[1] == 1:
        return stack[:, 0]
    if stack.ndim == 3 and shape is None:
        return stack
    if stack.ndim != 2:
        raise ValueError(
            "images: expected (n, height, width), (n, 1 or 3, height, width) or (n, pixels), "
            f"got {stack.shape}."
        )
    side = round(stack.shape[1] ** 0.5)
    height, width = shape or (side, side)
    if height * width != stack.shape[1]:
        raise ValueError(f"images: {stack.shape[1]} pixels do not fill {height} x {width}.")
    return stack.reshape(-1, height, width)
