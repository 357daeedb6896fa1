"""Exceptions that cross: told in words on the side that raised them, revived on the other."""

from __future__ import annotations

import builtins
from typing import Any, cast

from helpers.check.where import where
from helpers.grading.boundary.frames import WireError

__all__ = ["revived", "told"]

LONGEST = 20_000  # characters of a text


def told(error: BaseException) -> dict[str, Any]:
    """An exception in words: its type and the built-in ones that it derives from, text, place.

    >>> told(KeyError("a"))["text"]
    "'a'"
    """
    if isinstance(error, WireError):
        error = ValueError(f"your value: {error}")
    try:
        text, name = str(error), str(getattr(error, "name", "") or "")
    except BaseException:  # a student's exception may do anything
        text = name = ""
    bases = [each.__name__ for each in type(error).__mro__ if each.__module__ == "builtins"]
    return {
        "type": type(error).__name__,
        "bases": bases,
        "text": text[:LONGEST],
        "name": name[:500],
        "where": where(error)[:500],
    }


def revived(words: dict[str, Any], operation: str = "call") -> Exception:
    """An exception from over there: of its type's name, derived from the same built-in one.

    An end of iteration is one only where the next item was asked for: raised by a function, it
    would end a loop of the check's over `map(function, ...)` as if all were done.

    >>> revived(told(ZeroDivisionError("division by zero")))
    ZeroDivisionError('division by zero')
    """
    name, text = str(words.get("type", "")), str(words.get("text", ""))[:LONGEST]
    bases = words.get("bases")
    found = (_built_in(str(each)) for each in bases) if isinstance(bases, list) else ()
    base = next((each for each in found if each), Exception)
    base = RuntimeError if operation != "next" and issubclass(base, StopIteration) else base
    name = name[:100] if name.isidentifier() else "Exception"
    made: Any = type(name, (base,), {"__str__": lambda self: text, "__module__": "student"})
    error: Any = made.__new__(made, text)
    error.where = str(words.get("where", ""))[:500]
    if isinstance(error, NameError | AttributeError):
        error.name = str(words.get("name", ""))
    return cast(Exception, error)


def _built_in(name: str) -> type[BaseException] | None:
    found = getattr(builtins, name, None)
    if not isinstance(found, type) or not issubclass(found, Exception | SystemExit):
        return None
    return None if issubclass(found, BaseExceptionGroup) else found
