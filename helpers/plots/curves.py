"""Curves: a loss or an accuracy by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.plots.style import COLOURS, DASHES, new_axes, numbers, whole_steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["learning_curves"]


def learning_curves(
    history: Mapping[str, Any],
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
    ax = new_axes(6.0, 3.4) if ax is None else ax
    right = _right_axes(ax, history)
    lines = []
    for place, (name, series) in enumerate(history.items()):
        target = right if right is not None and _is_accuracy(name) else ax
        series = numbers(series)
        epochs = np.arange(1, len(series) + 1)
        colour = list(COLOURS.values())[place % len(COLOURS)]
        lines += target.plot(epochs, series, color=colour, ls=DASHES[place % 4], lw=2, label=name)
    ax.set(xlabel=x_label, ylabel="accuracy" if ax is right else y_label)
    whole_steps(ax)
    ax.grid(alpha=0.25)
    if right is not None and right is not ax:  # the legend lies above the lines of both scales
        ax.set_zorder(right.get_zorder() + 1)
        ax.patch.set_visible(False)
    ax.legend(handles=lines, frameon=True, framealpha=0.9, loc="center right")
    ax.figure.set_facecolor("white")
    return ax


def _is_accuracy(name: str) -> bool:
    return "accuracy" in name.lower()


def _right_axes(ax: Axes, history: Mapping[str, Any]) -> Axes | None:
    """The axes for accuracies: a second scale, `ax` itself if all are accuracies, or none."""
    accuracies = [name for name in history if _is_accuracy(name)]
    if not accuracies:
        return None
    right = ax if len(accuracies) == len(history) else ax.twinx()
    right.set(ylim=(0, 1.02), ylabel="accuracy")
    return right
