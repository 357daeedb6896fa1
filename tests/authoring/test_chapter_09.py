"""What only the syllabus of chapter 09 asks for; the rest is in test_syllabus.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "09_recurrent.py"


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_the_backward_pass_through_time_is_derived_by_hand(lesson: Lesson) -> None:
    answer = lesson.exercises["derive_bptt"].one("answer")
    assert answer
    assert "**Rubric**" in answer.source and answer.points == 4
