"""Where in a notebook an error was raised."""

from __future__ import annotations

import linecache
import traceback

__all__ = ["where"]

INNER = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # parts of a function, as a loop is


def where(error: BaseException) -> str:
    """The last line of the notebook on the way to an error, in brackets; empty if there is none.

    >>> where(ValueError("raised nowhere"))
    ''
    """
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is the caller's own
    mine = [frame for frame in frames if _is_of_a_notebook(frame.filename)]
    if not mine:
        return ""
    last = mine[-1]
    text = linecache.getline(last.filename, last.lineno or 0).strip()
    name = next((frame.name for frame in reversed(mine) if frame.name not in INNER), "<module>")
    place = "your cell" if name.startswith("<") else name
    return f" (in {place}, line {last.lineno}{': ' + text if text else ''})"


def _is_of_a_notebook(filename: str) -> bool:
    """Whether code of this file's name stands in a cell, or was typed or handed to exec.

    >>> _is_of_a_notebook("<frozen importlib._bootstrap>")
    False
    """
    return "ipykernel" in filename or (
        filename.startswith("<") and not filename.startswith("<frozen ")
    )
