"""The drills by name, and the kinds of question that each one asks.

A chapter adds a drill with one line in `DRILLS`, and its kinds of question to `KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from helpers.errors import CourseError
from helpers.explore.drill_counts import multiply_adds, parameters, receptive_field
from helpers.explore.drill_question import Kind, Question
from helpers.explore.drill_sizes import convolution, pooling, transposed

__all__ = ["DRILLS", "KINDS", "DrillError", "kinds_of", "question"]

KINDS: Mapping[str, Kind] = {
    "convolution": convolution,
    "pooling": pooling,
    "transposed convolution": transposed,
    "parameters": parameters,
    "multiply-adds": multiply_adds,
    "receptive field": receptive_field,
}
DRILLS: Mapping[str, tuple[str, ...]] = {
    "output size": (
        "convolution", "pooling", "transposed convolution", "parameters", "multiply-adds",
        "receptive field",
    ),
}  # fmt: skip


class DrillError(CourseError, ValueError):
    """There is no drill, or no kind of question, of that name."""


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the kinds of question of a drill; raises DrillError for an unknown name.

    >>> kinds_of("output size")[:2]
    ('convolution', 'pooling')
    """
    if name not in DRILLS:
        known = ", ".join(map(repr, DRILLS))
        raise DrillError(f"There is no drill called {name!r}; take one of {known}.")
    return DRILLS[name]


def question(kind: str, rng: np.random.Generator) -> Question:
    """Return a question with fresh numbers; raises DrillError for an unknown kind.

    >>> question("parameters", np.random.default_rng(0)).answer > 0
    True
    """
    if kind not in KINDS:
        known = ", ".join(map(repr, KINDS))
        raise DrillError(f"There is no kind of question called {kind!r}; take one of {known}.")
    return KINDS[kind](rng)
