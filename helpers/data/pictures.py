"""Small pictures that need no network: handwritten digits, and clothes of Fashion-MNIST.

Fashion-MNIST: Xiao, Rasul and Vollgraf, arXiv:1708.07747 (2017), MIT licence, kept beside the
file.  The course carries `PER_CLASS` pictures of each class: the first of each in the order of
the original, made by `tools/make-fashion` from Debian's package `dataset-fashion-mnist`.
"""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from helpers.data import loading, storage
from helpers.data.dataset import Array, Dataset
from helpers.data.loading import CLOTHES
from helpers.errors import DataError

TEST_DIGITS = 360  # a fifth of 1,797
SPLIT_SEED = 0
PER_CLASS = {"train": 800, "test": 100}
BUNDLED = Path(__file__).with_name("fashion.npz")
BUNDLED_SHA256 = "29ba405967c470c82314842c393fdd1b4c475a20995fb019eb9628dc309a5961"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def digits() -> Dataset:
    """Return handwritten digits, `(n, 1, 8, 8)` from 0, paper, to 1, ink; a fifth for testing.

    Each class has the same share of both parts.  Source: Alpaydin and Kaynak, "Optical
    Recognition of Handwritten Digits" (UCI, 1998), the part that scikit-learn ships.

    >>> digits()
    Dataset('digits', 1437 for training, 360 for testing, 1 x 8 x 8)
    """
    x_train, x_test, y_train, y_test = _digits()
    return Dataset("digits", (x_train, y_train), (x_test, y_test), "0123456789", scale=16)


@lru_cache(maxsize=1)
def _digits() -> tuple[Array, ...]:
    """Ink from 0 to 16; read-only, for every Dataset shares it."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    parts = train_test_split(
        x.astype(np.uint8).reshape(-1, 1, 8, 8),
        y.astype(np.int64),
        test_size=TEST_DIGITS,
        stratify=y,
        random_state=SPLIT_SEED,
    )
    return tuple(map(_shared, parts))


def fashion(full: bool = False) -> Dataset:
    """Return pictures of clothes, `(n, 1, 28, 28)` from 0, background, to 1; ten classes.

    8,000 for training and 1,000 for testing come with the course.  `full=True` gives all
    60,000 and 10,000 where Debian's package dataset-fashion-mnist is installed or where
    `openml("fashion")` has loaded them once; elsewhere it raises DataError.

    >>> fashion()
    Dataset('fashion', 8000 for training, 1000 for testing, 1 x 28 x 28)
    """
    parts = _all_clothes() if full else _bundled()
    return Dataset(
        "fashion",
        (parts["x_train"], parts["y_train"]),
        (parts["x_test"], parts["y_test"]),
        CLOTHES,
        scale=255,
    )


@lru_cache(maxsize=1)
def _bundled() -> dict[str, Array]:
    """The arrays of the file beside this one; made again where it is damaged and can be."""
    remedy = (
        "get it back with `git checkout -- helpers/data/fashion.npz`, or install the course again"
    )
    try:
        return _read_only(storage.read(BUNDLED, BUNDLED_SHA256, remedy))
    except DataError:
        if not DEBIAN.exists():
            raise
        print(f"{BUNDLED} is damaged and is made again from {DEBIAN}.")
    parts = first_of_each_class(debian())
    with suppress(OSError):  # an installed course may not be ours to mend
        storage.write(BUNDLED, bundle(parts))
    return _read_only(parts)


def bundle(parts: dict[str, Array]) -> bytes:
    """Return the content of `BUNDLED`: as small as zlib can make it."""
    return storage.pack(parts, level=9)


def _all_clothes() -> dict[str, Array]:
    if DEBIAN.exists():
        return debian()
    if loading.cached("fashion").exists():
        return loading.arrays("fashion")
    raise DataError(
        "The 70,000 pictures of Fashion-MNIST are not on this machine: run `sudo apt install "
        'dataset-fashion-mnist` on Debian or Ubuntu, call data.openml("fashion") where there is '
        "a network, or use fashion(), the 9,000 that come with the course."
    )


def debian() -> dict[str, Array]:
    """Return all of Fashion-MNIST from Debian's package: x uint8 `(n, 1, 28, 28)`, y uint8."""
    parts = {}
    for part, prefix in (("train", "train"), ("test", "t10k")):
        pixels, labels = (
            _idx(DEBIAN / f"{prefix}-{name}-ubyte.gz") for name in ("images-idx3", "labels-idx1")
        )
        parts[f"x_{part}"], parts[f"y_{part}"] = pixels[:, None], labels
    return parts


def first_of_each_class(parts: dict[str, Array]) -> dict[str, Array]:
    """Return the first `PER_CLASS` pictures of each class, in the order they have."""
    chosen: dict[str, Array] = {}
    for part, count in PER_CLASS.items():
        labels = parts[f"y_{part}"]
        rows = [np.flatnonzero(labels == label)[:count] for label in range(len(CLOTHES))]
        order = np.sort(np.concatenate(rows))
        chosen |= {key: parts[key][order] for key in (f"x_{part}", f"y_{part}")}
    return chosen


def _idx(path: Path) -> Array:
    """The array of an IDX file: its fourth byte counts the axes, then their lengths follow."""
    try:
        raw = gzip.decompress(path.read_bytes())
        axes = raw[3]
        shape = np.frombuffer(raw, ">i4", count=axes, offset=4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise DataError(
            f"{path} is damaged: run `sudo apt install --reinstall dataset-fashion-mnist`."
        ) from error


def _shared(array: Array) -> Array:
    array.setflags(write=False)
    return array


def _read_only(parts: dict[str, Array]) -> dict[str, Array]:
    return {name: _shared(array) for name, array in parts.items()}
