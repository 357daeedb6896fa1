"""Larger sets that are loaded once from OpenML, with scikit-learn's fetch_openml, and kept."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from helpers.data import storage
from helpers.data.dataset import Array, Dataset
from helpers.errors import DataError

CLOTHES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
THINGS = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"
)  # fmt: skip
SECONDS = 30  # without a byte from the server


@dataclass(frozen=True)
class Source:
    """A set of OpenML: bytes of pixels in rows, the training part first."""

    title: str
    name: str  # OpenML's
    version: int
    shape: tuple[int, int, int]  # (channels, height, width)
    counts: tuple[int, int]  # training, test
    class_names: tuple[str, ...]
    megabytes: int  # to load, about
    instead: str  # what needs no network


SOURCES = {
    "mnist": Source(
        "MNIST", "mnist_784", 1, (1, 28, 28), (60_000, 10_000), tuple("0123456789"), 15, "digits()"
    ),
    "fashion": Source(
        "Fashion-MNIST", "Fashion-MNIST", 1, (1, 28, 28), (60_000, 10_000), CLOTHES, 35, "fashion()"
    ),
    "cifar10": Source(
        "CIFAR-10", "CIFAR_10", 1, (3, 32, 32), (50_000, 10_000), THINGS, 250, "fashion()"
    ),
}
OTHER_NAMES = {"mnist784": "mnist", "fashionmnist": "fashion"}


def openml(name: str) -> Dataset:
    """Return "mnist", "cifar10" or "fashion" in full, in its usual split.

    The first call loads it over the network and takes minutes, CIFAR-10 also 4 GB of memory;
    it is then kept in a cache, whose folder COURSE_CACHE can name.  Sources: LeCun, Cortes and
    Burges (1998); Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).

    >>> openml("imagenet")
    Traceback (most recent call last):
        ...
    helpers.errors.DataError: openml knows "mnist", "fashion" and "cifar10", not 'imagenet'.
    """
    key = known(name)
    parts, source = arrays(key), SOURCES[key]
    return Dataset(
        key,
        (parts["x_train"], parts["y_train"]),
        (parts["x_test"], parts["y_test"]),
        source.class_names,
        scale=255,
    )


def known(name: str) -> str:
    """Return the key in SOURCES of what a person may call a set, such as "CIFAR_10"."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    key = OTHER_NAMES.get(plain, plain)
    if key not in SOURCES:
        *others, last = (f'"{source}"' for source in SOURCES)
        raise DataError(f"openml knows {', '.join(others)} and {last}, not {name!r}.")
    return key


def cached(key: str) -> Path:
    """Return the path of the cache's file for a key of SOURCES."""
    return storage.cache_folder() / f"{key}.npz"


def arrays(key: str) -> dict[str, Array]:
    """Return the arrays of a key of SOURCES: from the cache if they are whole there."""
    path, source = cached(key), SOURCES[key]
    if path.exists():
        try:
            return storage.read(path)
        except DataError:
            print(f"{path} is damaged and is loaded again.")
    print(
        f"Loading {source.title} from OpenML, about {source.megabytes} MB; "
        f"it is kept in {path.parent}."
    )
    parts = _fetch(source)
    try:
        storage.save(path, parts)
    except OSError as error:
        print(f"{source.title} could not be kept in {path.parent}: {error}.")
    return parts


def _fetch(source: Source) -> dict[str, Array]:
    """x uint8 `(n, channels, height, width)` and y uint8 `(n,)`, whole or not at all."""
    try:
        x, y = _from_openml(source)
    except MemoryError:
        raise
    except OSError as error:
        raise DataError(
            f"{source.title} cannot be loaded, for OpenML cannot be reached ({_reason(error)}): "
            f"connect to the network and try again, or use {source.instead}, which needs none."
        ) from error
    except Exception as error:  # whatever a parser makes of half a file
        raise DataError(
            f"{source.title} cannot be loaded, for what OpenML sent is damaged or cut off "
            f"({type(error).__name__}): try again later, or use {source.instead}."
        ) from error
    return _split(source, x, y)


def _split(source: Source, x: Array, y: Array) -> dict[str, Array]:
    """The rows of OpenML, checked and cut into the two parts."""
    train, test = source.counts
    pixels = int(np.prod(source.shape))
    if x.shape != (train + test, pixels) or y.shape != (train + test,):
        raise DataError(
            f"{source.title} of OpenML has the shape {x.shape} and not {(train + test, pixels)}: "
            f"use {source.instead}, and tell the authors of the course."
        )
    x = x.astype(np.uint8).reshape(-1, *source.shape)
    y = y.astype(np.float64).astype(np.uint8)  # they come as text, "7" or "7.0"
    return {"x_train": x[:train], "y_train": y[:train], "x_test": x[train:], "y_test": y[train:]}


def _from_openml(source: Source) -> tuple[Array, Array]:
    """What fetch_openml returns, without pandas; it compares the MD5 that OpenML states."""
    from sklearn.datasets import fetch_openml

    with TemporaryDirectory() as folder, _patience(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on retries: ours is the one sentence at the end
        x, y = fetch_openml(
            source.name,
            version=source.version,
            data_home=folder,
            return_X_y=True,
            as_frame=False,
            parser="liac-arff",
            n_retries=1,
        )
    return x, y


@contextmanager
def _patience() -> Iterator[None]:
    """A server that is silent for `SECONDS` is given up; scikit-learn would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _reason(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error or type(error).__name__).rstrip(".")
