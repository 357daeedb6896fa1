"""Codes in the plane: where a network puts the samples of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.plots.style import COLOURS, MARKERS, new_axes, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["latent_space"]


def latent_space(
    codes: Any,
    labels: Any = None,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Return axes with a point for each code, in the colour and the shape of its class.

    `codes` is `(n, 2)`; `labels` has `n` class numbers from 0, up to ten classes.

    >>> latent_space([[0.0, 1.0], [2.0, 3.0]], [0, 1], ["cat", "dog"]).get_xlabel()
    'code 1'
    """
    points = numbers(codes)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"latent_space: codes must have shape (n, 2), got {points.shape}.")
    classes = np.zeros(len(points), dtype=int) if labels is None else numbers(labels)
    if classes.shape != (len(points),):
        raise ValueError(f"latent_space: {len(points)} codes but labels of shape {classes.shape}.")
    present = np.unique(classes)
    _refuse(present, class_names)
    ax = new_axes(6.0, 4.6) if ax is None else ax
    for number in present:
        name = str(number) if class_names is None else str(class_names[int(number)])
        where = points[classes == number]
        ax.scatter(*where.T, label=name, **_look(int(number)))
    ax.set(xlabel="code 1", ylabel="code 2")
    ax.grid(alpha=0.25)
    if labels is not None:
        ax.legend(title="class", loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    ax.figure.set_facecolor("white")
    return ax


def _look(number: int) -> dict[str, Any]:
    """Colour and shape of a class; from the eighth on the points are hollow."""
    colour = list(COLOURS.values())[number % len(COLOURS)]
    face = colour if number < len(COLOURS) else "white"
    edge = "white" if number < len(COLOURS) else colour
    wide = 0.4 if number < len(COLOURS) else 1.1
    return {"marker": MARKERS[number], "s": 30, "fc": face, "ec": edge, "lw": wide, "alpha": 0.85}


def _refuse(present: Any, class_names: Sequence[str] | None) -> None:
    if not len(present):
        raise ValueError("latent_space: there is no code; give at least one.")
    if (
        (present < 0).any()
        or (present >= len(MARKERS)).any()
        or (present != present.astype(int)).any()
    ):
        raise ValueError("latent_space: labels must be class numbers from 0 to 9.")
    if class_names is not None and len(class_names) <= present.max():
        raise ValueError(
            f"latent_space: label {int(present.max())} but {len(class_names)} class names."
        )
