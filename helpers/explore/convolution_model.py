"""How a kernel sweeps over a picture: sizes, the cells of each window, and the sums.

What deep learning calls convolution is a cross-correlation: the kernel is not turned over.
Positions are counted from 0, in the picture with its padding around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helpers.errors import CourseError

__all__ = ["KERNELS", "RANGES", "Settings", "convolve", "image", "padded", "untouched", "weights"]

Integers = NDArray[np.int64]

# Lowest and highest value of each slider.
RANGES: Mapping[str, tuple[int, int]] = {
    "size": (4, 10),
    "kernel_size": (1, 5),
    "stride": (1, 4),
    "padding": (0, 3),
    "dilation": (1, 3),
}
KERNELS = ("vertical edge", "horizontal edge", "blur", "copy", "ones")


@dataclass(frozen=True)
class Settings:
    """What the sliders say: N, F, S, P, D of the formula, and the kernel's name.

    Raises CourseError for a value that no slider has.

    >>> Settings(size=7, kernel_size=3, stride=3, padding=0).output_size
    2
    """

    size: int = 7
    kernel_size: int = 3
    stride: int = 2
    padding: int = 1
    dilation: int = 1
    kernel: str = "vertical edge"

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                words = f"{name} is a whole number from {low} to {high}, not {value!r}."
                raise CourseError(words)
        if self.kernel not in KERNELS:
            known = ", ".join(map(repr, KERNELS))
            raise CourseError(f"There is no kernel called {self.kernel!r}; take one of {known}.")

    @property
    def side(self) -> int:
        """The rows of the padded input."""
        return self.size + 2 * self.padding

    @property
    def span(self) -> int:
        """The rows from the first to the last cell of a window."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def room(self) -> int:
        """How many rows a window can move down; negative where the kernel does not fit."""
        return self.side - self.span

    @property
    def output_size(self) -> int:
        """The rows of the output, 0 where the kernel does not fit."""
        return max(0, self.room // self.stride + 1)

    def rows(self, place: int) -> list[int]:
        """The rows (or columns) of the padded input under output row (or column) `place`.

        >>> Settings(stride=2, dilation=3).rows(1)
        [2, 5, 8]
        """
        start = place * self.stride
        return [start + step * self.dilation for step in range(self.kernel_size)]

    def changed(self, **values: Any) -> Settings:
        """Return these settings with some replaced; raises CourseError for an unknown name."""
        now = {field.name: getattr(self, field.name) for field in fields(self)}
        unknown = sorted(set(values) - set(now))
        if unknown:
            known = ", ".join(now)
            raise CourseError(f"There is no setting called {unknown[0]!r}; take one of {known}.")
        return Settings(**{**now, **values})


def image(size: int) -> Integers:
    """Return a picture `(size, size)` of digits: a bright block, 7 to 9, on ground of 0 to 2.

    >>> image(4)
    array([[0, 2, 1, 0],
           [1, 7, 9, 1],
           [2, 8, 7, 2],
           [0, 2, 1, 0]])
    """
    row, column = np.mgrid[:size, :size]
    top, left = size // 4, round(size / 3)
    high, wide = max(2, size // 2), max(2, round(size / 2.2))
    block = (row >= top) & (row < top + high) & (column >= left) & (column < left + wide)
    return np.asarray((row + 2 * column) % 3 + 7 * block, dtype=np.int64)


def padded(settings: Settings) -> Integers:
    """Return the picture with its rim of zeros, `(side, side)`."""
    return np.pad(image(settings.size), settings.padding)


def weights(name: str, size: int) -> tuple[Integers, int]:
    """Return the whole numbers `(size, size)` of a kernel, and what their sum is divided by.

    >>> weights("blur", 2)
    (array([[1, 1],
           [1, 1]]), 4)
    """
    one_sided = np.sign(np.arange(size) * 2 - (size - 1))
    if name == "vertical edge":
        return np.tile(one_sided, (size, 1)), 1
    if name == "horizontal edge":
        return np.tile(one_sided[:, None], (1, size)), 1
    if name == "blur":
        row = np.array([1])
        for _ in range(size - 1):
            row = np.convolve(row, [1, 1])  # a row of Pascal's triangle
        return np.outer(row, row), int(row.sum()) ** 2
    kernel = np.ones((size, size), dtype=np.int64)
    if name == "copy":
        kernel[:] = 0
        kernel[(size - 1) // 2, (size - 1) // 2] = 1
    return kernel, 1


def convolve(settings: Settings) -> Integers:
    """Return the sums `(output_size, output_size)`, not yet divided by the kernel's divisor.

    >>> convolve(Settings(size=4, kernel_size=4, padding=0, kernel="ones"))
    array([[43]])
    """
    picture, (kernel, _) = padded(settings), weights(settings.kernel, settings.kernel_size)
    places = range(settings.output_size)
    sums = [
        [(picture[np.ix_(settings.rows(i), settings.rows(j))] * kernel).sum() for j in places]
        for i in places
    ]
    return np.array(sums, dtype=np.int64).reshape(len(places), len(places))


def untouched(settings: Settings) -> NDArray[np.bool_]:
    """Return which cells of the input, `(size, size)`, are in no window.

    >>> int(untouched(Settings(size=4, kernel_size=3, padding=0)).sum())
    7
    """
    seen = np.zeros(settings.side, dtype=bool)
    for place in range(settings.output_size):
        seen[settings.rows(place)] = True
    inner = seen[settings.padding : settings.padding + settings.size]
    return ~np.logical_and.outer(inner, inner)
