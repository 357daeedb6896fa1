"""Reads NumPy arrays, torch tensors and Python numbers alike, without importing torch."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np


def is_tensor(value: object) -> bool:
    """Whether value is a torch tensor; torch is never imported to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_number(value: object) -> bool:
    """Whether value is a number, an array or a tensor."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind in "biufc")
    return isinstance(value, bool | int | float | complex | np.number | np.bool_) or is_tensor(
        value
    )


def to_array(value: Any) -> np.ndarray:
    """value as a NumPy array on the CPU (bfloat16 becomes float32)."""
    if is_tensor(value):
        value = value.detach().cpu().resolve_conj().resolve_neg()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
        return np.asarray(value.numpy())
    return np.asarray(value)


def dtype_name(value: Any) -> str:
    """The name of the element type: 'float64', 'int64', 'bfloat16'.

    >>> dtype_name(1.5)
    'float64'
    """
    return (
        str(value.dtype).removeprefix("torch.") if is_tensor(value) else str(to_array(value).dtype)
    )


def changed(before: Any, after: Any) -> bool:
    """Whether an argument differs from its copy taken before the call, bit for bit."""
    if is_tensor(after) or isinstance(after, np.ndarray):
        old, new = to_array(before), to_array(after)
        return old.shape != new.shape or old.dtype != new.dtype or old.tobytes() != new.tobytes()
    if isinstance(after, Mapping):
        return list(before) != list(after) or any(changed(before[key], after[key]) for key in after)
    if isinstance(after, list | tuple):
        return len(before) != len(after) or any(map(changed, before, after))
    return False


def snapshot(value: Any) -> Any:
    """A copy of the arrays, tensors and containers in value; other objects stay themselves."""
    if is_tensor(value):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) is dict:
        return {key: snapshot(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(snapshot(item) for item in value)
    return copy.copy(value) if isinstance(value, Mapping) else value


def restore(before: Any, after: Any) -> None:
    """Puts the contents of before back into the mutable object after."""
    if is_tensor(after):
        after.data.copy_(before)
    elif isinstance(after, np.ndarray):
        if after.shape == before.shape and after.flags.writeable:
            after[...] = before
    elif type(after) is dict:
        for key in before.keys() & after.keys():
            restore(before[key], after[key])
        after.update({key: before[key] for key in before.keys() - after.keys()})
        for key in after.keys() - before.keys():
            del after[key]
    elif isinstance(after, list | tuple):
        for old, new in zip(before, after, strict=False):
            restore(old, new)
        if isinstance(after, list) and len(after) != len(before):
            after[:] = before
