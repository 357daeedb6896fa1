"""Which functions of the notebook a function calls, found without calling it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

__all__ = ["uses"]


def uses(functions: Iterable[Callable[..., Any]]) -> set[str]:
    """The global names that functions read, and those of the functions that they name in turn.

    >>> def inner(): return outer
    >>> sorted(uses([inner]))
    ['outer']
    """
    found: set[str] = set()
    waiting, seen = list(functions), set()
    while waiting:
        function = waiting.pop()
        code = getattr(function, "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        names = _names(code)
        found |= names
        scope = getattr(function, "__globals__", {})
        waiting += [scope[name] for name in names if callable(scope.get(name))]
    return found


def _names(code: CodeType) -> set[str]:
    """The names in a function and in the functions that are written inside it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names, inner))
