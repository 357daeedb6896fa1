"""A few numbers that tell one answer from another, so that a known mistake is recognised.

A fingerprint is ``[structure, projection, size]``: the shape of the answer in words, the inner
product of its numbers with fixed weights, and their norm. Two answers count as the same when the
structures are equal and the projections agree to a millionth of the size.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.check.arrays import is_number, to_array

Fingerprint = list[Any]
AGREE = 1e-6  # relative to the norm of the numbers
ROUNDS = 500  # of key stretching for a salted answer, about 0.2 ms


def fingerprint(value: Any) -> Fingerprint:
    """The fingerprint of a nested value; objects that are no data count by their type only.

    >>> fingerprint((1.0, [2.0]))[0]
    '[(),[(),],]'
    """
    numbers: list[np.ndarray] = []
    structure = _structure(value, numbers)
    flat = np.concatenate([np.zeros(0), *numbers])
    flat = np.nan_to_num(flat, nan=0.5772, posinf=31.7, neginf=-31.3)
    weights = np.cos(12.9898 * np.arange(1, flat.size + 1))
    return [structure, _short(float(weights @ flat)), _short(float(np.linalg.norm(flat)))]


def of_error(error: BaseException) -> Fingerprint:
    """The fingerprint of an exception: its type and the first line of its text."""
    first = (str(error).splitlines() or [""])[0]
    return [f"{type(error).__name__}: {first}", 0.0, 0.0]


def same(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two fingerprints belong to the same answer."""
    close = abs(one[1] - other[1]) <= AGREE * max(one[2], other[2]) + 1e-12
    return one[0] == other[0] and close and math.isclose(one[2], other[2], rel_tol=AGREE)


def salted(salt: str, answer: str) -> str:
    """A hash that tells whether an answer is the right one without telling which one is."""
    digest = hashlib.pbkdf2_hmac("sha256", answer.encode(), salt.encode(), ROUNDS, 12)
    return digest.hex()


def _structure(value: Any, numbers: list[np.ndarray]) -> str:
    if is_number(value):
        array = to_array(value)
        parts = [array.real, array.imag] if array.dtype.kind == "c" else [array]
        numbers.extend(np.asarray(part, dtype=float).ravel() for part in parts)
        shape = "(" + ",".join(map(str, array.shape)) + ")"
        finite = np.isfinite(array).all() if array.dtype.kind in "fc" else True
        return shape if finite else shape + "!"
    if isinstance(value, Mapping):
        keys = sorted(value, key=repr)  # their order is nobody's mistake
        inner = "".join(f"{key!r}:{_structure(value[key], numbers)}," for key in keys)
        return "{" + inner + "}"
    if isinstance(value, list | tuple):
        inner = "".join(_structure(item, numbers) + "," for item in value)
        return f"[{inner}]"  # a list or a tuple: checks take one for the other
    if value is None or isinstance(value, str):
        return repr(value)
    return f"<{type(value).__name__}>"


def _short(number: float) -> float:
    return float(f"{number:.9g}")
