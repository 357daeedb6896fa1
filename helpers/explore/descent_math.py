"""Gradient descent on surfaces with two parameters, and what becomes of it, in words.

On a bowl with curvature c each step multiplies the distance from the minimum by 1 - ηc.  It
shrinks while η < 2/c, and its sign changes at each step when η > 1/c.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SURFACES", "Surface", "Verdict", "descend", "floor", "judge", "limit"]

Array = NDArray[np.float64]
FAR = 1e6  # a path this far out is not followed further


@dataclass(frozen=True)
class Surface:
    """A loss f(x, y) with its gradient, the names of its minima and where to look at it.

    `curvature` is the largest second derivative at the deepest minimum.
    """

    formula: str
    loss: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], tuple[Any, Any]]
    minima: Mapping[str, tuple[float, float]]
    curvature: float
    start: tuple[float, float]
    x_range: tuple[float, float] = (-3.0, 3.0)
    y_range: tuple[float, float] = (-2.0, 2.0)


@dataclass(frozen=True)
class Verdict:
    """What a path does: one word, and one sentence that explains it."""

    word: Literal["converges", "oscillates", "diverges"]
    sentence: str


SURFACES: Mapping[str, Surface] = {
    "bowl": Surface(
        formula="½ x² + 4 y²",
        loss=lambda x, y: x * x / 2 + 4 * y * y,
        gradient=lambda x, y: (x, 8 * y),
        minima={"the minimum": (0.0, 0.0)},
        curvature=8.0,
        start=(-2.5, 1.2),
    ),
    "two valleys": Surface(
        formula="½ (x² − 2)² + ½ x + y²",
        loss=lambda x, y: (x * x - 2) ** 2 / 2 + x / 2 + y * y,
        gradient=lambda x, y: (2 * x * (x * x - 2) + 0.5, 2 * y),
        minima={
            "the left, deeper valley": (-1.4729976, 0.0),
            "the right, shallower valley": (1.3469974, 0.0),
        },
        curvature=9.0183316,  # 6 x² - 4 in the left valley
        start=(2.4, 1.2),
    ),
}


def limit(surface: Surface) -> float:
    """Return 2/c, the learning rate above which the deepest minimum throws a path out.

    >>> limit(SURFACES["bowl"])
    0.25
    """
    return 2.0 / surface.curvature


def descend(
    surface: Surface, start: tuple[float, float], learning_rate: float, steps: int
) -> tuple[Array, Array]:
    """Return the path `(steps + 1, 2)` and its losses `(steps + 1,)`.

    A path that runs away is cut short at the first point further out than a million.

    >>> path, losses = descend(SURFACES["bowl"], (1.0, 0.0), 0.5, 2)
    >>> path[:, 0].tolist(), losses.tolist()
    ([1.0, 0.5, 0.25], [0.5, 0.125, 0.03125])
    """
    point = np.array(start, dtype=np.float64)
    path = [point]
    for _ in range(steps):
        point = point - learning_rate * np.array(surface.gradient(*point))
        path.append(point)
        if not np.abs(point).max() < FAR:
            break
    points = np.array(path)
    return points, np.asarray(surface.loss(points[:, 0], points[:, 1]), dtype=np.float64)


def floor(surface: Surface) -> float:
    """Return the lowest loss of a surface.

    >>> floor(SURFACES["bowl"])
    0.0
    """
    return min(float(surface.loss(*place)) for place in surface.minima.values())


def judge(surface: Surface, path: Array, losses: Array) -> Verdict:
    """Return whether a path converges, oscillates or diverges, seen from the path alone.

    >>> judge(SURFACES["bowl"], *descend(SURFACES["bowl"], (1.0, 1.0), 0.3, 20)).word
    'diverges'
    """
    steps = len(losses) - 1
    if not np.abs(path[-1]).max() < FAR:
        return Verdict("diverges", f"Diverges: after {steps} steps it is a million away.")
    late = losses[steps // 2 :] - floor(surface)
    if (np.diff(late) > 1e-9 * late[:-1] + 1e-15).all():
        return Verdict("diverges", "Diverges: the loss grows, each step lands further out.")
    if _overshoots(path) >= min(3, max(1, steps // 2)):
        falls = late[-1] < 0.99 * late[0]
        rest = "but lands nearer to it" if falls else "and comes no nearer"
        return Verdict("oscillates", f"Oscillates: each step overshoots the bottom, {rest}.")
    return Verdict("converges", f"Converges: {_whereabouts(surface, path[-1])}.")


def _overshoots(path: Array) -> int:
    """How often a coordinate steps back across where it came from, by more than a hair."""
    moves = np.diff(path, axis=0)
    turned = moves[1:] * moves[:-1] < 0
    visible = np.minimum(np.abs(moves[1:]), np.abs(moves[:-1])) > 1e-3
    return int((turned & visible).any(axis=1).sum())


def _whereabouts(surface: Surface, point: Array) -> str:
    for name, place in surface.minima.items():
        if np.hypot(*(point - place)) < 0.05:
            return f"it has arrived in {name}"
    slope = float(np.hypot(*surface.gradient(*point)))
    if slope < 1e-3:
        return "it rests where the slope is zero, yet not in a minimum"
    return "it is still on its way; more steps or a larger rate would bring it nearer"
