"""What only the syllabus of chapter 06 asks for; the rest is in test_syllabus.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "06_convolution.py"


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_the_formula_of_the_transposed_size_stands_after_its_check(lesson: Lesson) -> None:
    check = lesson.exercises["transposed_size"].one("check")
    assert check
    (formula,) = (cell for cell in lesson.cells if r"\tag{19}" in cell.source)
    assert formula.line > check.line
