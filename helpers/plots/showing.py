"""A figure in the page, with words for those who do not see it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["show"]


class Picture:
    """What the page shows (a picture with its alternative text) and a terminal prints (words)."""

    def __init__(self, png: str, description: str) -> None:
        self.png, self.description = png, description

    def __repr__(self) -> str:
        return self.description

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"image/png": self.png, "text/plain": self.description}
        return data, {"image/png": {"alt": self.description}}


def show(figure: Any, description: str) -> None:
    """Show a figure and close it; `description` is its text for a reader who cannot see it.

    `figure` is a figure, axes of it, or an array of axes: what the other functions return.

    >>> from helpers import plots
    >>> plots.show(plots.learning_curves({"training": [0.9, 0.4]}), "The loss falls.")
    The loss falls.
    """
    from IPython.core.pylabtools import print_figure
    from IPython.display import display

    if isinstance(figure, np.ndarray | list | tuple):
        figure = np.asarray(figure, dtype=object).flat[0]
    figure = getattr(figure, "figure", None) or figure
    if not hasattr(figure, "savefig"):
        raise ValueError(f"show: expected a figure or axes, got {type(figure).__name__}.")
    picture = print_figure(figure, base64=True)  # type: ignore[no-untyped-call]
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    display(Picture(picture, description))  # type: ignore[no-untyped-call]
