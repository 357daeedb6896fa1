"""The data sets of the course.  Nothing is downloaded: they ship with well-kept packages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Digits", "digits"]

TEST_PICTURES = 360  # a fifth of 1,797
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class Digits:
    """Handwritten digits of 8 x 8 pixels, split once and for all.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits" (UCI, 1998), the
    part of it that scikit-learn ships.
    """

    x_train: NDArray[np.float64]  # (1437, 64), 0 is paper and 1 is ink
    y_train: NDArray[np.int64]  # (1437,), the digit
    x_test: NDArray[np.float64]  # (360, 64)
    y_test: NDArray[np.int64]  # (360,)
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Digits({len(self.x_train)} for training, {len(self.x_test)} for testing, 8 x 8)"


def digits() -> Digits:
    """Return the handwritten digits, the same split on each call, in arrays of your own.

    Each class has the same share of both parts.  Changing an array changes nobody else's.

    >>> digits().x_train.shape, digits().x_test.shape
    ((1437, 64), (360, 64))
    """
    x_train, x_test, y_train, y_test = (part.copy() for part in _split())
    return Digits(x_train, y_train, x_test, y_test, tuple("0123456789"))


@lru_cache(maxsize=1)
def _split() -> tuple[NDArray[Any], ...]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    parts = train_test_split(
        x / 16.0,  # the file counts ink from 0 to 16
        y.astype(np.int64),
        test_size=TEST_PICTURES,
        stratify=y,
        random_state=SPLIT_SEED,
    )
    return tuple(np.ascontiguousarray(part) for part in parts)
