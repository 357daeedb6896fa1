"""Whether a notebook's output, run again, says what the stored one says: words to the letter,
whole numbers exactly, decimals nearly.
"""

from __future__ import annotations

import math
import re
from typing import Any

RELATIVE, ABSOLUTE = 1e-3, 1e-9  # of two decimals; below ABSOLUTE lies only rounding noise
# A number with the white space that aligns it. A digit inside a word ("float64", "x1") is text.
NUMBER = re.compile(
    r"\s*(?<![\w.])((?:(?<![\w)\]])[-+])?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?!\.?\d)\s*"
)


def agree(stored: Any, now: Any) -> bool:
    """Whether two outputs say the same.

    >>> agree("loss 0.25, epoch 3", "loss 0.250005, epoch 3"), agree("epoch 3", "epoch 4")
    (True, False)
    """
    if not (isinstance(stored, str) and isinstance(now, str)):
        return bool(stored == now)
    words, numbers = _parts(stored)
    other_words, other_numbers = _parts(now)
    return words == other_words and all(map(_near, numbers, other_numbers))


def first_difference(stored: Any, now: Any) -> str:
    """The first line where two outputs differ, as two lines to read one above the other.

    >>> print(first_difference("a 1\\nb 2", "a 1\\nb 3"))
    stored: b 2
    now:    b 3
    """
    lines, other = str(stored).splitlines(), str(now).splitlines()
    for line, new in zip(lines, other, strict=False):
        if not agree(line, new):
            return f"stored: {line}\nnow:    {new}"
    if len(lines) == len(other):
        return f"stored: {stored}\nnow:    {now}"
    return f"stored: {len(lines)} lines\nnow:    {len(other)} lines"


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The words around the numbers, and the numbers."""
    pieces = NUMBER.split(text)
    return pieces[::2], pieces[1::2]


def _near(stored: str, now: str) -> bool:
    kinds = {_kind(stored), _kind(now)}
    if len(kinds) == 1 and kinds != {"decimal"}:
        return int(stored.rstrip(".")) == int(now.rstrip("."))
    if "whole" in kinds:
        return False
    return math.isclose(float(stored), float(now), rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _kind(number: str) -> str:
    """3 is whole, 3.1 a decimal; "3." is NumPy's 3.0, or a whole number that ends a sentence."""
    if number.lstrip("+-").isdecimal():
        return "whole"
    return "pointed" if number.endswith(".") else "decimal"
