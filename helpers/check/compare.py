"""Compares a student's value with the expected one: kind, then shape, then dtype, then numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from helpers.check.arrays import dtype_name, is_number, is_tensor, to_array
from helpers.check.show import count, kind, show, show_index

TOLERANCE = {"float16": 1e-2, "bfloat16": 2e-2, "float32": 1e-4, "complex64": 1e-4}
FINE = 1e-6  # relative, for float64 and exact numbers
ALL_SHOWN = 6  # arrays up to this many numbers are shown whole
NEARLY = "Nearly right: is a small number added, one rounded, or all done in float32?"


class Difference(NamedTuple):
    """What was expected and what was got, as words, and what to try if that is plain."""

    expected: str
    got: str
    try_this: str = ""


def difference(
    expected: Any, got: Any, *, tolerance: float | None = None, same_dtype: bool = False
) -> Difference | None:
    """The first difference between two nested values, or None when they agree.

    tolerance is relative; left out, it follows the coarser of the two dtypes. same_dtype asks for
    the very dtype and device of expected.

    >>> difference(1.0, -1.0).try_this
    'Only the sign is wrong.'
    """
    return _differs("", expected, got, tolerance, same_dtype)


def _differs(
    at: str, expected: Any, got: Any, tolerance: float | None, same_dtype: bool
) -> Difference | None:
    where = f"{at}: " if at else ""
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return _kinds(where, expected, got)
        return _keys(where, expected, got) or _first(
            _differs(f"{at}[{key!r}]", expected[key], got[key], tolerance, same_dtype)
            for key in expected
        )
    if isinstance(expected, list | tuple):
        return _sequences(at, expected, got, tolerance, same_dtype)
    if not is_number(expected):
        if is_number(got) or type(got) is not type(expected):
            return _kinds(where, expected, got)
        return None if got == expected else Difference(where + show(expected), where + show(got))
    if not is_number(got) or not _alike(expected, got):
        return _kinds(where, expected, got)
    return _numbers(where, expected, got, tolerance, same_dtype)


def _sequences(
    at: str, expected: Any, got: Any, tolerance: float | None, same_dtype: bool
) -> Difference | None:
    """Lists and tuples count as the same; arrays of one shape may come stacked in one."""
    where = f"{at}: " if at else ""
    stacked = to_array(got).ndim if is_number(got) else 0
    if stacked and all(is_number(each) and to_array(each).ndim == stacked - 1 for each in expected):
        got = list(got)
    if not isinstance(got, list | tuple):
        return _kinds(where, expected, got)
    if len(got) != len(expected):
        right, mine = (f"{where}{count(len(value), 'item')}" for value in (expected, got))
        advice = "Compare how many items are returned with what the task says."
        return Difference(right, mine, advice)
    return _first(
        _differs(f"{at}[{index}]", *pair, tolerance, same_dtype)
        for index, pair in enumerate(zip(expected, got, strict=True))
    )


def _first(differences: Any) -> Difference | None:
    return next((found for found in differences if found), None)


def _alike(expected: Any, got: Any) -> bool:
    """Numbers of a kind: truth is no number; arrays and tensors are not mixed, but for 0-d."""
    if (dtype_name(expected) == "bool") != (dtype_name(got) == "bool"):
        return False
    return to_array(expected).ndim == 0 or is_tensor(expected) == is_tensor(got)


def _kinds(where: str, expected: Any, got: Any) -> Difference:
    if got is None:
        advice = "Your function returned nothing: is a `return` missing?"
    elif isinstance(expected, np.ndarray) and isinstance(got, tuple):
        advice = "One array is due, and several values came: return only the one."
    elif isinstance(expected, np.ndarray) and isinstance(got, list):
        advice = "Return a NumPy array: np.array(...)."
    elif is_number(got) and dtype_name(got) == "bool":
        advice = "Numbers are due, not True or False: multiply the comparison by 1.0."
    elif isinstance(got, np.ndarray) and got.dtype == object:
        advice = "The array holds Python objects: build it from numbers, with dtype=float."
    elif isinstance(expected, np.ndarray) and is_tensor(got):
        advice = "Return a NumPy array: .detach().numpy() makes one of a tensor."
    elif isinstance(expected, tuple):
        advice = "Return several values together: return first, second."
    else:
        advice = "Compare what kind of thing is returned with what the task says."
    return Difference(where + kind(expected), where + kind(got), advice)


def _keys(where: str, expected: Mapping[Any, Any], got: Mapping[Any, Any]) -> Difference | None:
    if set(expected) == set(got):
        return None
    names = [", ".join(map(repr, keys)) for keys in (expected, got)]
    right, mine = (f"{where}the keys {name or '(none)'}" for name in names)
    return Difference(right, mine, "Return a dictionary with exactly these keys.")


def _numbers(
    where: str, expected: Any, got: Any, tolerance: float | None, same_dtype: bool
) -> Difference | None:
    right, mine = to_array(expected), to_array(got)
    if right.shape != mine.shape:
        turned = mine.T.shape == right.shape and mine.ndim > 1
        advice = "The shape is the transposed one." if turned else _of_shapes(right, mine)
        return Difference(f"{where}shape {right.shape}", f"{where}shape {mine.shape}", advice)
    if same_dtype:
        if dtype_name(expected) != dtype_name(got):
            return _other(where, "dtype", dtype_name(expected), dtype_name(got))
        if is_tensor(expected) and expected.device != got.device:
            return _other(where, "device", str(expected.device), str(got.device))
    if tolerance is None:
        tolerance = max(_tolerance(expected, right), _tolerance(got, mine))
    bad = ~agree(right, mine, tolerance)
    return _values(where, right, mine, bad, tolerance) if bad.any() else None


def _tolerance(value: Any, array: np.ndarray) -> float:
    """The relative tolerance that the dtype of a value allows."""
    if array.dtype.char == "d":
        return FINE
    return TOLERANCE.get(dtype_name(value), FINE)


def agree(right: np.ndarray, mine: np.ndarray, tolerance: float) -> np.ndarray:
    """Element by element: close, or both the same infinity, or both not a number."""
    if right.dtype.kind in "biu" and mine.dtype.kind in "biu":
        return np.asarray(right == mine)
    size = np.abs(right)
    finite = size[np.isfinite(size)]
    scale = float(finite.max()) if finite.size else 0.0
    small = 1e-2 * tolerance * scale + 1e-12
    with np.errstate(invalid="ignore", over="ignore"):  # several times faster than np.isclose
        close = (np.abs(mine - right) <= small + tolerance * size) & np.isfinite(size)
    return np.asarray(close | (mine == right) | ((mine != mine) & (right != right)))


def _of_shapes(right: np.ndarray, mine: np.ndarray) -> str:
    if right.ndim == 0:
        return "The result is one number: is a sum missing, or an index?"
    if mine.ndim == 0:
        return "One number came where an array is due: is there a sum too many?"
    return "Compare the shapes axis by axis: which was added, summed or exchanged?"


def _other(where: str, what: str, right: str, mine: str) -> Difference:
    advice = f"Keep the {what} of the input: make new arrays like the input's."
    return Difference(f"{where}{what} {right}", f"{where}{what} {mine}", advice)


def _values(
    where: str, right: np.ndarray, mine: np.ndarray, bad: np.ndarray, tolerance: float
) -> Difference:
    advice = _pattern(right, mine, tolerance)
    if right.size <= ALL_SHOWN:
        due, came, nearly = _apart(right, mine)
        return Difference(where + due, where + came, advice or nearly)
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    many = f"({int(bad.sum())} of {bad.size} values differ; this is the first)"
    due, came, nearly = _apart(right[index], mine[index])
    return Difference(
        f"{where}{due} at {show_index(index)}",
        f"{where}{came} at {show_index(index)} {many}",
        advice or nearly,
    )


def _apart(right: np.ndarray, mine: np.ndarray) -> tuple[str, str, str]:
    """Two values with as many digits as tell them apart, and what to try if that takes many."""
    if (due := show(right)) != (came := show(mine)):
        return due, came, ""
    digits = next((n for n in (9, 12) if show(right, n) != show(mine, n)), 17)
    return show(right, digits), show(mine, digits), NEARLY


def _pattern(right: np.ndarray, mine: np.ndarray, tolerance: float) -> str:
    """What the wrong numbers have to do with the right ones, where that is plain."""
    if right.dtype == bool or mine.dtype == bool:
        return ""
    if not np.isfinite(mine).all():
        bad = "nan" if np.isnan(mine).any() else "infinite"
        return f"A value is {bad}: look for a division by zero, an overflow or a logarithm of zero."
    if not np.isfinite(right).all():
        return ""
    if agree(right, -mine, tolerance).all():
        return "Only the sign is wrong."
    if (
        right.ndim == 2
        and right.shape[0] == right.shape[1]
        and agree(right, mine.T, tolerance).all()
    ):
        return "Your matrix is the transposed one."
    size = float(np.vdot(right, right).real)
    factor = float(np.vdot(right, mine).real) / size if size else 0.0
    if (
        right.size > 1
        and f"{factor:.4g}" not in ("0", "1")
        and agree(right * factor, mine, 10 * tolerance).all()
    ):
        return f"Every value is {factor:.4g} times the expected one."
    return ""
