"""Which functions of the notebook a function calls, found without calling it."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

__all__ = ["uses"]


def uses(functions: Iterable[Callable[..., Any]]) -> set[str]:
    """The global names that functions read, and those of the functions beside them in turn.

    Beside are those of the same notebook: a library's functions are not looked into.

    >>> def inner(): return outer
    >>> sorted(uses([inner]))
    ['outer']
    """
    found: set[str] = set()
    waiting, seen = list(functions), set()
    while waiting:
        function = waiting.pop()
        if far := getattr(type(function), "__global_names__", None):
            found |= far(function)  # it lies in another process, which says what it finds there
            continue
        code = getattr(function, "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        names = _names(code)
        found |= names
        scope = getattr(function, "__globals__", {})
        beside = (each for each in map(scope.get, names) if hasattr(each, "__globals__"))
        waiting += [each for each in beside if each.__globals__ is scope]
    return found


def _names(code: CodeType) -> set[str]:
    """The globals read in a function and in the functions that are written inside it."""
    read = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return read.union(*map(_names, inner))
