"""Which classes are taken for which: counts in a square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.plots.style import Array, new_axes, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion_matrix"]


def confusion_matrix(
    y_true: Any, y_pred: Any, class_names: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Return axes with a row for each true class, a column for each predicted one, and counts.

    `y_true` and `y_pred` are class numbers from 0, one a sample.  The shade of a cell is its
    share of the row.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], ["cat", "dog"]).get_ylabel()
    'true class'
    """
    true, predicted = _classes(y_true, "y_true"), _classes(y_pred, "y_pred")
    if true.shape != predicted.shape:
        raise ValueError(
            f"confusion_matrix: {len(true)} true classes but {len(predicted)} predicted ones."
        )
    names = _names(class_names, int(max(true.max(), predicted.max())) + 1)
    counts = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(counts, (true, predicted), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1.6 + 0.42 * len(names)
    ax = new_axes(side + 0.3, side) if ax is None else ax
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        dark = "white" if shares[row, column] > 0.55 else "black" if counts[row, column] else "0.6"
        text = f"{counts[row, column]}"
        ax.text(column, row, text, ha="center", va="center", color=dark, fontsize=9)
    places = np.arange(len(names))
    long = max(map(len, names)) > 3
    ax.set_xticks(places, names, rotation=45 if long else 0, ha="right" if long else "center")
    ax.set_yticks(places, names)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.figure.set_facecolor("white")
    return ax


def _classes(labels: Any, name: str) -> Array:
    """The labels `(n,)` as whole numbers from 0."""
    array = numbers(labels)
    if array.ndim != 1:
        hint = "; take argmax over the classes" if array.ndim == 2 else ""
        raise ValueError(f"confusion_matrix: {name} must have shape (n,), got {array.shape}{hint}.")
    whole = array.astype(int)
    if not len(whole) or (whole != array).any() or whole.min() < 0:
        raise ValueError(f"confusion_matrix: {name} must be class numbers from 0, one a sample.")
    return whole


def _names(given: Sequence[str] | None, classes: int) -> list[str]:
    if given is None:
        return [str(number) for number in range(classes)]
    if len(given) < classes:
        raise ValueError(f"confusion_matrix: {classes} classes but {len(given)} class names.")
    return [str(name) for name in given]
