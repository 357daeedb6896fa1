"""What only the syllabus of chapter 11 asks for; the rest is in test_syllabus.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "11_autoencoders.py"
STATISTICAL = ("corrupt", "few_labels")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


@pytest.mark.parametrize("name", STATISTICAL)
def test_a_check_of_a_random_result_tells_how_often_it_errs(lesson: Lesson, name: str) -> None:
    check = lesson.exercises[name].one("check")
    assert check
    assert "a right answer fails" in check.source.lower()


def test_pre_training_is_measured_with_three_counts_of_labels_over_seeds(lesson: Lesson) -> None:
    code = "\n".join(cell.source for cell in lesson.cells if cell.kind == "code")
    assert "LABEL_COUNTS, SEEDS = (10, 50, 200), 8" in code
    assert 'paired_gain(found["scratch", count], shares)' in code
