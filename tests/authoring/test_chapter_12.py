"""Chapter 12 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "12_variational.py"
LINES = ("line_1", "line_2", "line_3", "elbo", "elbo_terms")  # of the bound's derivation
FUNCTIONS = (
    "bayes", "draw", "gaussian_kl", "gradient_samples", "interpolate", "kl", "kl_monte_carlo",
    "sample", "vae_terms", *LINES,
)  # fmt: skip
STATISTICAL = ("kl_monte_carlo", "sample", "variances")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_12_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    checked = [each for each in exercises if each.one("check")]
    derivations = [
        name for name in ("gibbs", "gaussian_kl") if lesson.exercises[name].one("answer")
    ]
    assert len(checked) >= 11 and len(derivations) == 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_12_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "solve"]
    assert any(f"def {name}(" in source for source in sources)


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
