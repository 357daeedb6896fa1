"""Gradient descent on a surface with two parameters: the mathematics of the explorer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["SURFACES", "Path", "Surface", "descend"]

FAR = 1e6  # a parameter beyond this has diverged


@dataclass(frozen=True)
class Surface:
    """A loss over two parameters, its gradient, and the largest curvature at its minimum."""

    name: str
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    curvature: float
    start: tuple[float, float]

    @property
    def limit(self) -> float:
        """The learning rate above which steps near the minimum grow: 2 / curvature."""
        return 2 / self.curvature


def _valley(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray((a**2 - 1) ** 2 / 4 + 0.25 * a + (b - 0.3 * a) ** 2 + 0.3)


def _valley_gradient(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return a * (a**2 - 1) + 0.25 - 0.6 * (b - 0.3 * a), 2 * (b - 0.3 * a)


SURFACES = {
    surface.name: surface
    for surface in (
        Surface(
            "round bowl", lambda a, b: (a**2 + b**2) / 2, lambda a, b: (a, b), 1.0, (-1.6, 1.0)
        ),
        Surface(
            "long bowl", lambda a, b: (0.2 * a**2 + 4 * b**2) / 2, lambda a, b: (0.2 * a, 4 * b),
            4.0, (-1.8, 0.9),
        ),
        Surface("two valleys", _valley, _valley_gradient, 3.166, (1.7, -1.0)),
    )
}  # fmt: skip


class Path(NamedTuple):
    """The points of a descent, (steps + 1, 2), their losses, and what became of it in a word."""

    points: np.ndarray
    losses: np.ndarray
    verdict: str


def descend(surface: Surface, start: tuple[float, float], rate: float, steps: int) -> Path:
    """Gradient descent with a fixed learning rate; stops early where it leaves for infinity.

    >>> descend(SURFACES["round bowl"], (1.0, 0.0), 0.5, 2).points[:, 0].tolist()
    [1.0, 0.5, 0.25]
    """
    point = np.array(start, dtype=float)
    points = [point]
    for _ in range(steps):
        point = point - rate * np.array(surface.gradient(point[0], point[1]))
        points.append(point)
        if np.abs(point).max() > FAR:
            break
    track = np.array(points)
    losses = surface.loss(track[:, 0], track[:, 1])
    return Path(track, losses, _verdict(track, losses))


def _verdict(points: np.ndarray, losses: np.ndarray) -> str:
    if np.abs(points[-1]).max() > FAR or losses[-1] > max(losses[0], 1e-9) * 1.001:
        return "diverges"
    if len(points) < 3:
        return "descends"
    steps = np.diff(points, axis=0)
    turns = (steps[1:] * steps[:-1]).sum(axis=1) < 0
    if turns.mean() > 0.5 and np.abs(steps[-1]).max() > 1e-6:
        return "swings from side to side"
    return "converges" if np.abs(steps[-1]).max() < 2e-3 else "creeps"
