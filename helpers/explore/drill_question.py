"""A question of a drill, and how its numbers are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Kind", "Question", "draw", "named", "pick"]


@dataclass(frozen=True)
class Question:
    """A question, its answer, and how one comes to it.

    `formula` has the symbols and `working` the numbers; `mistakes` maps wrong answers to advice.
    `numbers` are the values in the question, by name.
    """

    kind: str
    text: str
    answer: int
    formula: str
    working: str
    numbers: Mapping[str, int]
    mistakes: Mapping[int, str] = field(default_factory=dict)


Kind = Callable[[np.random.Generator], Question]


def named(answer: int, mistakes: Sequence[tuple[int, str]]) -> dict[int, str]:
    """Return the wrong answers that exactly one mistake gives, each with its advice.

    >>> named(5, [(4, "add 1"), (5, "round down"), (3, "divide"), (3, "pad")])
    {4: 'add 1'}
    """
    values = [value for value, _ in mistakes]
    return {
        value: advice for value, advice in mistakes if value != answer and values.count(value) == 1
    }


def draw(rng: np.random.Generator, low: int, high: int) -> int:
    """Return a whole number from low to high, both included.

    >>> draw(np.random.default_rng(0), 3, 3)
    3
    """
    return int(rng.integers(low, high + 1))


def pick(rng: np.random.Generator, *values: int) -> int:
    """Return one of the values; one that stands twice comes twice as often.

    >>> pick(np.random.default_rng(0), 7)
    7
    """
    return int(rng.choice(values))
