"""What only the syllabus of chapter 12 asks for; the rest is in test_syllabus.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "12_variational.py"
LINES = ("line_1", "line_2", "line_3", "elbo", "elbo_terms")  # of the bound's derivation
STATISTICAL = ("kl_monte_carlo", "sample", "variances")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


@pytest.mark.parametrize("name", ["gibbs", "gaussian_kl"])
def test_chapter_12_asks_for_two_derivations(lesson: Lesson, name: str) -> None:
    assert lesson.exercises[name].one("answer")


@pytest.mark.parametrize("name", LINES)
def test_each_line_of_the_bound_is_tried_on_random_distributions(lesson: Lesson, name: str) -> None:
    check = lesson.exercises[name].one("check")
    assert check
    visible = check.source.partition("### BEGIN HIDDEN")[0]
    assert "random_models(100" in visible


@pytest.mark.parametrize("name", STATISTICAL)
def test_a_check_of_a_random_result_tells_how_often_it_errs(lesson: Lesson, name: str) -> None:
    check = lesson.exercises[name].one("check")
    assert check
    assert "standard error" in check.source and "right answer fails" in check.source


def test_the_closed_form_stands_after_its_check(lesson: Lesson) -> None:
    check = lesson.exercises["gaussian_kl"].one("check")
    assert check
    formula = next(cell for cell in lesson.cells if r"\tag{11}" in cell.source)
    assert formula.line > check.line
