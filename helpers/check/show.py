"""Values as words in a message: short, exact enough, and never cut without saying so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from helpers.check.arrays import is_number, is_tensor, to_array

LONGEST = 60  # characters of an argument in a message


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "item"), count(3, "item")
    ('1 item', '3 items')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def kind(value: Any) -> str:
    """What kind of thing a value is, in words.

    >>> kind(np.zeros((2, 3))), kind(None), kind([1])
    ('an array of shape (2, 3)', 'None', 'a list of 1 item')
    """
    if value is None or isinstance(value, str | bool):
        return show(value)
    if is_tensor(value):
        return f"a torch tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray) and value.ndim:
        of = {"b": "of True and False, ", "U": "of text, ", "O": "of objects, "}
        return f"an array {of.get(value.dtype.kind, 'of ')}shape {value.shape}"
    if is_number(value):
        return f"the number {show(value)}"
    if isinstance(value, Mapping):
        return f"a dictionary of {count(len(value), 'item')}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {count(len(value), 'item')}"
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    return f"an object of type {type(value).__name__}"


def show(value: Any, digits: int = 6) -> str:
    """A value to read, numbers to six digits or as many as asked for.

    >>> show(1 / 3), show(np.array([[1.0, 2.5]]))
    ('0.333333', '[[1, 2.5]]')
    """
    if is_number(value):
        array = to_array(value)
        if not array.size:
            return f"np.zeros({array.shape})"
        if array.ndim:
            return "[" + ", ".join(show(item, digits) for item in array) + "]"
        item = array.item()
        return repr(item) if isinstance(item, bool | int) else f"{item:.{digits}g}"
    if isinstance(value, str):
        return repr(value)
    return str(value) if value is None else kind(value)


def show_index(index: Sequence[int]) -> str:
    """An index as the student would write it: [2, 0]."""
    return "[" + ", ".join(map(str, index)) + "]"


def show_call(function: Any, arguments: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    """A call to read; large arguments are told by kind, those in named stand with their names."""
    name = getattr(function, "__name__", "")
    if not name or name == "<lambda>":
        return ""
    shown = [
        f"{key}={_argument(value)}" if key in named else _argument(value)
        for key, value in arguments.items()
    ]
    return f"{name}({', '.join(shown)})"


def _argument(value: Any) -> str:
    if isinstance(value, list | tuple):
        inner = ", ".join(map(_argument, value))
        alone = "," if isinstance(value, tuple) and len(value) == 1 else ""
        text = f"[{inner}]" if isinstance(value, list) else f"({inner}{alone})"
    elif callable(value):
        text = getattr(value, "__name__", "a function")
    elif is_number(value) and to_array(value).size > 9:
        return kind(value)
    else:
        text = show(value)
    return text if len(text) <= LONGEST else kind(value)
