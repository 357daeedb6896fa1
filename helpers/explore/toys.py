"""Sets of points in the plane, in two classes, in the manner of TensorFlow Playground."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["SETS", "points"]

Points = tuple[np.ndarray, np.ndarray]  # (points, 2) in about -6 to 6, and (points,) of -1 and 1
REACH = 6.0  # half the side of the square that the points are drawn in


def circle(count: int, rng: np.random.Generator) -> Points:
    """A disc inside a ring."""
    label = _labels(count)
    radius = np.where(label > 0, rng.uniform(0.0, 2.2, count), rng.uniform(3.4, 5.0, count))
    angle = rng.uniform(0.0, 2 * np.pi, count)
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), label


def xor(count: int, rng: np.random.Generator) -> Points:
    """Four squares; opposite ones are of one class."""
    x = rng.uniform(0.3, 5.0, (count, 2)) * rng.choice([-1.0, 1.0], (count, 2))
    return x, np.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0)


def clouds(count: int, rng: np.random.Generator) -> Points:
    """Two clouds that a straight line parts."""
    label = _labels(count)
    return label[:, None] * 2.2 + rng.normal(0.0, 0.9, (count, 2)), label


def spiral(count: int, rng: np.random.Generator) -> Points:
    """Two arms wound around each other."""
    label = _labels(count)
    way = rng.uniform(0.08, 1.0, count)
    angle = 1.75 * way * 2 * np.pi + np.where(label > 0, 0.0, np.pi)
    return 5.0 * way[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), label


SETS: dict[str, Callable[[int, np.random.Generator], Points]] = {
    "circle": circle,
    "xor": xor,
    "two clouds": clouds,
    "spiral": spiral,
}


def points(name: str, noise: float = 0.0, count: int = 200, seed: int = 0) -> Points:
    """Points of shape (count, 2) and labels of shape (count,), each -1 or 1.

    noise is the standard deviation of what is added to each coordinate; the labels are those
    before it. Raises KeyError for an unknown name.

    >>> x, label = points("xor", count=4)
    >>> x.shape, sorted(set(label.tolist()))
    ((4, 2), [-1.0, 1.0])
    """
    rng = np.random.default_rng(seed)
    x, label = SETS[name](count, rng)
    return x + rng.normal(0.0, 1.0, x.shape) * noise, label


def _labels(count: int) -> np.ndarray:
    return np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
