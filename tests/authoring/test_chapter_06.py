"""Chapter 06 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "06_convolution.py"
FUNCTIONS = (
    "average_pool", "average_pool_backward", "cnn_gradients", "conv_backward", "conv_fft",
    "conv_im2col", "conv_loop", "conv_size", "convolve", "correlate", "im2col", "max_pool",
    "max_pool_backward", "receptive_field", "small_cnn", "transposed_size", "unpool",
    "unpool_backward",
)  # fmt: skip
BY_HAND = ("sizes", "counts", "two_sizes", "there_and_back")
USED = (
    "explore.convolution",
    "explore.drill",
    "plots.confusion_matrix",
    "plots.filters",
    "progress",
)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_06_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    checked = [each for each in exercises if each.one("check")]
    by_hand = [each for each in exercises if each.one("answer")]
    assert len(checked) >= 12 and len(by_hand) >= 4


def test_chapter_06_mixes_the_kinds_of_its_exercises(lesson: Lesson) -> None:
    checks = [cell.source for cell in lesson.cells if cell.kind == "check"]
    for kind in ("call", "number", "choice", "true"):
        assert any(f"probe.{kind}(" in source for source in checks), kind


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_06_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "solve"]
    assert any(f"def {name}(" in source for source in sources)


@pytest.mark.parametrize("name", USED)
def test_chapter_06_uses_what_the_table_of_names_says(lesson: Lesson, name: str) -> None:
    assert any(f"{name}(" in cell.source for cell in lesson.cells if cell.kind == "code")


@pytest.mark.parametrize("name", BY_HAND)
def test_the_last_hint_of_an_exercise_by_hand_leaves_the_result(lesson: Lesson, name: str) -> None:
    last = [cell for cell in lesson.cells if cell.kind == "hint" and cell.name == name][-1]
    solved = lesson.exercises[name].one("solve")
    assert solved
    terms = [line.split(" = ")[1] for line in solved.source.splitlines() if " = " in line]
    assert not any(term in last.source for term in terms if len(term) > 1)


def test_the_formula_of_the_transposed_size_stands_after_its_check(lesson: Lesson) -> None:
    check = lesson.exercises["transposed_size"].one("check")
    assert check
    (formula,) = (cell for cell in lesson.cells if r"\tag{19}" in cell.source)
    assert formula.line > check.line
