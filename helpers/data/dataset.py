"""What every data set of the course is: a training part and a test part, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from helpers.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

Array: TypeAlias = NDArray[Any]
Part: TypeAlias = tuple[Array, Array]  # x and y, one row an example


@dataclass(frozen=True, eq=False)
class Arrays:
    """A data set as NumPy arrays of your own: changing them changes nobody else's."""

    name: str
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    class_names: tuple[str, ...]
    alphabet: str = ""

    def __repr__(self) -> str:
        return _describe("Arrays", self.name, self.x_train, self.x_test)


class Dataset:
    """Examples for training and for testing, with their labels.

    - `x_train`, `x_test`: tensors, one row an example.  Pictures are float32 from 0 to 1,
      `(n, channels, height, width)`; signals float32, `(n, 1, time)`; text int64 codes,
      `(n, length)`.
    - `y_train`, `y_test`: tensors of int64.
    - `class_names`: what the labels mean, label 0 first.
    - `alphabet`: for text, the character of each code; else "".

    A tensor is made when it is first read; until then torch is not loaded.
    """

    def __init__(
        self,
        name: str,
        train: Part,
        test: Part,
        class_names: Iterable[str],
        *,
        scale: float | None = None,
        alphabet: str = "",
        padding: str = "",
    ) -> None:
        """`scale`: what x is divided by when it is read; `padding`: a character that is no text."""
        self.name = name
        self.class_names = tuple(class_names)
        self.alphabet = alphabet
        self._train, self._test = train, test
        self._scale, self._padding = scale, padding

    @cached_property
    def x_train(self) -> Tensor:
        """The training examples."""
        return _tensor(self._x(self._train, np.float32))

    @cached_property
    def y_train(self) -> Tensor:
        """Their labels."""
        return _tensor(self._train[1].astype(np.int64))

    @cached_property
    def x_test(self) -> Tensor:
        """The test examples."""
        return _tensor(self._x(self._test, np.float32))

    @cached_property
    def y_test(self) -> Tensor:
        """Their labels."""
        return _tensor(self._test[1].astype(np.int64))

    @property
    def train(self) -> tuple[Tensor, Tensor]:
        """The pair `(x_train, y_train)`."""
        return self.x_train, self.y_train

    @property
    def test(self) -> tuple[Tensor, Tensor]:
        """The pair `(x_test, y_test)`."""
        return self.x_test, self.y_test

    def numpy(self, flat: bool = False) -> Arrays:
        """Return the same fields as fresh NumPy arrays, float64 or int64; loads no torch.

        With `flat` an example is one row of numbers: pictures are `(n, pixels)`.

        >>> from helpers import data
        >>> data.digits().numpy(flat=True).x_train.shape
        (1437, 64)
        """
        x_train, x_test = (self._x(part, np.float64) for part in (self._train, self._test))
        if flat:
            x_train, x_test = (x.reshape(len(x), -1) for x in (x_train, x_test))
        y_train, y_test = (part[1].astype(np.int64) for part in (self._train, self._test))
        return Arrays(self.name, x_train, y_train, x_test, y_test, self.class_names, self.alphabet)

    def hold_out(self, share: float = 0.1, seed: int = 0) -> Dataset:
        """Return a set whose test part is taken out of this one's training part.

        For decisions during training, such as when to stop: the real test part stays unseen.
        Each class gives the same share; of running text it is the end.

        >>> from helpers import data
        >>> data.digits().hold_out(0.2)
        Dataset('digits', 1150 for training, 287 for testing, 1 x 8 x 8)
        """
        x, y = self._train
        held = stratified(y, share, seed) if y.ndim == 1 else np.arange(len(y)) >= _cut(y, share)
        if not 0 < held.sum() < len(held):
            raise DataError(
                f"hold_out takes a part of the {len(y)} training examples, and share={share} "
                "leaves none on one side: give a number between 0 and 1, such as 0.1."
            )
        return Dataset(
            self.name,
            (x[~held], y[~held]),
            (x[held], y[held]),
            self.class_names,
            scale=self._scale,
            alphabet=self.alphabet,
            padding=self._padding,
        )

    def encode(self, text: str) -> list[int]:
        """Return the code of each character of `text`.

        >>> from helpers import data
        >>> names = data.names()
        >>> names.decode(names.encode("rossi"))
        'rossi'
        """
        unknown = [character for character in text if character not in self._letters()]
        if unknown:
            raise DataError(
                f"{self.name}() has no code for {unknown[0]!r}: use only the characters of its "
                "`alphabet`."
            )
        return [self.alphabet.index(character) for character in text]

    def decode(self, row: Iterable[Any]) -> str:
        """Return the text of a row of codes, a tensor, array or list, without its padding."""
        letters = self._letters()
        text = "".join(letters[int(code)] for code in row)
        return text.rstrip(self._padding) if self._padding else text

    def __repr__(self) -> str:
        return _describe("Dataset", self.name, self._train[0], self._test[0])

    def _letters(self) -> str:
        if not self.alphabet:
            raise DataError(
                f"{self.name}() holds no text: encode and decode belong to names() and text()."
            )
        return self.alphabet

    def _x(self, part: Part, dtype: type[np.floating[Any]]) -> Array:
        """A fresh array of x: scaled, and of `dtype` unless it holds codes."""
        x = part[0]
        if self._scale is not None:
            return np.divide(x, self._scale, dtype=dtype)
        return x.astype(dtype if np.issubdtype(x.dtype, np.floating) else np.int64)


def stratified(labels: Array, share: float, seed: int) -> NDArray[np.bool_]:
    """Return which rows to put aside: `share` of each class, drawn with `seed`.

    >>> stratified(np.array([0, 0, 1, 1]), 0.5, seed=0).sum()
    np.int64(2)
    """
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        chosen[members[: max(0, round(share * len(members)))]] = True
    return chosen


def _cut(rows: Array, share: float) -> int:
    return len(rows) - round(share * len(rows))


def _tensor(array: Array) -> Tensor:
    """A tensor on the memory of `array`, which nobody else may hold."""
    import torch

    return torch.from_numpy(array)


def _describe(kind: str, name: str, x_train: Array, x_test: Array) -> str:
    shape = " x ".join(map(str, x_train.shape[1:]))
    return f"{kind}({name!r}, {len(x_train)} for training, {len(x_test)} for testing, {shape})"
