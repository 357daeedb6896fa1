"""Pictures in rows: grey or in colour, from a data set or from a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpers.plots.style import Array, new_grid, numbers

__all__ = ["images"]


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
