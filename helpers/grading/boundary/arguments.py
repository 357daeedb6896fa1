"""What a call over there did to its arguments, done to the checker's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from helpers.check.arrays import is_tensor, restore

__all__ = ["update"]


def update(
    ours: tuple[Sequence[Any], Mapping[str, Any]], theirs: tuple[Sequence[Any], Mapping[str, Any]]
) -> None:
    """Give our arguments the contents that they have over there now.

    >>> ours = [1, 2]
    >>> update(((ours,), {}), (([3, 4, 5],), {}))
    >>> ours
    [3, 4, 5]
    """
    for old, new in zip(ours[0], theirs[0], strict=True):
        _update_one(old, new)
    for key in ours[1].keys() & theirs[1].keys():
        _update_one(ours[1][key], theirs[1][key])


def _update_one(ours: Any, theirs: Any) -> None:
    if isinstance(ours, np.random.Generator) and isinstance(theirs, np.random.Generator):
        ours.bit_generator.state = theirs.bit_generator.state
    elif _is_generator(ours) and _is_generator(theirs):
        ours.set_state(theirs.get_state())
    elif type(ours) is type(theirs) or (is_tensor(ours) and is_tensor(theirs)):
        restore(theirs, ours)
        if is_tensor(ours) and ours.is_leaf and ours.requires_grad:
            ours.grad = theirs.grad


def _is_generator(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and type(value) is torch.Generator
