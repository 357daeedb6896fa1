"""Functions and classes of libraries, which cross to the student's side by their names.

Only in that direction: a function that the student's process names is never looked up here.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["called", "find"]

MODULES = (
    "builtins", "math", "operator", "numpy", "torch", "torch.nn.functional", "torch.nn",
    "torch.optim", "scipy.special",
)  # fmt: skip


def called(value: Any) -> list[str] | None:
    """Module and name of a library's function or class; None of anything else.

    >>> called(len)
    ['builtins', 'len']
    """
    name = getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    for module in MODULES:
        if getattr(sys.modules.get(module), name, None) is value:
            return [module, name]
    return None


def find(module: str, name: str) -> Any:
    """The function or class of that name."""
    return getattr(import_module(module), name)
