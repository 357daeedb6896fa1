"""Chapter 02 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def test_the_table_of_functions_follows_a_function_that_is_mended(lesson: Lesson) -> None:
    (given,) = (c for c in lesson.cells if c.kind == "given" and c.name == "activations")
    space: dict[str, Any] = {}
    exec(given.source, space)
    for answer in ("wrong", "right"):
        space["relu"] = lambda z, answer=answer: answer
        assert space["ACTIVATIONS"]["ReLU"](0.0) == answer
