"""No wrong answer gets a point, whatever its code does to its own process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Attack
from .forgeries import FORGERIES, WRONG

Honest = Callable[[], dict[str, float | None]]


def test_a_right_answer_gets_the_points(honest: Honest) -> None:
    """The control: what the forgeries are after can be had."""
    assert honest() == {"double_check": 2.0, "last_check": 1.0}


def test_a_wrong_answer_gets_none_and_the_next_exercise_its_own(attack: Attack) -> None:
    result = attack(WRONG)
    assert result.points == {"double_check": 0.0, "last_check": 1.0}
    assert result.verdict.state == "graded"


@pytest.mark.parametrize("way", FORGERIES)
def test_forging_gains_nothing(way: str, attack: Attack) -> None:
    assert len(FORGERIES) >= 40
    assert attack(FORGERIES[way]).points["double_check"] == 0.0


def test_after_all_of_them_an_honest_submission_has_its_points(honest: Honest) -> None:
    assert honest() == {"double_check": 2.0, "last_check": 1.0}


IN_ONE_PROCESS = [
    "numpy says that all is equal",
    "arguments made zero in place",
    "given names defined anew",
    "the expected value looked up in the stack",
]


@pytest.mark.parametrize("way", IN_ONE_PROCESS)
def test_in_one_process_these_would_gain(way: str) -> None:
    """The control: the same code beside the check, as stock nbgrader runs it."""
    import numpy as np

    kept = {name: getattr(np, name) for name in ("array_equal", "allclose", "all")}
    space: dict[str, object] = {"np": np}
    simple = "x = np.arange(5.0)\nexpected = FACTOR * x\nassert np.array_equal(double(x), {})"
    wanted = "FACTOR * x" if way == "arguments made zero in place" else "expected"
    try:
        exec("FACTOR = 2.0", space)
        exec(FORGERIES[way], space)
        exec(simple.format(wanted), space)
    finally:
        for name, function in kept.items():
            setattr(np, name, function)
