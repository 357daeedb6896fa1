"""Chapter 02 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "02_activations.py"
FUNCTIONS = (
    "arctan", "elu", "identity", "leaky_relu", "logistic", "maxout", "piecewise_linear",
    "prelu_backward", "relu", "sign", "softmax", "softmax_jacobian", "softplus", "step", "tanh",
)  # fmt: skip


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_02_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    checked = [each for each in exercises if each.one("check")]
    by_hand = [each for each in exercises if each.one("answer")]
    assert len(checked) >= 12 and len(by_hand) >= 4


def test_chapter_02_mixes_the_kinds_of_its_exercises(lesson: Lesson) -> None:
    checks = [cell.source for cell in lesson.cells if cell.kind == "check"]
    for kind in ("call", "number", "choice", "true"):
        assert any(f"probe.{kind}(" in source for source in checks), kind


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_02_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind in ("given", "solve")]
    assert any(f"def {name}(" in source for source in sources)


def test_the_first_page_tells_the_points(lesson: Lesson) -> None:
    points = sum(each.points for each in lesson.exercises.values())
    read_by_hand = sum(cell.points or 0 for cell in lesson.cells if cell.kind == "answer")
    assert f"| **Points** | {points}, of which {read_by_hand} are" in lesson.cells[0].source
