"""Chapter 09 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "09_recurrent.py"
FUNCTIONS = (
    "bidirectional", "bptt", "clip", "generate", "jacobian", "multilayer", "rnn_forward",
    "rnn_step", "soften", "step_backward", "strongest_cell", "windows",
)  # fmt: skip
USED = (
    "explore.live",
    "plots.confusion_matrix",
    "plots.gradients",
    "training.fit",
    "training.loop",
)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_09_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    checked = [each for each in exercises if each.one("check")]
    by_hand = [each for each in exercises if each.one("answer")]
    assert len(checked) >= 11 and len(by_hand) >= 4


def test_chapter_09_mixes_the_kinds_of_its_exercises(lesson: Lesson) -> None:
    checks = [cell.source for cell in lesson.cells if cell.kind == "check"]
    for kind in ("call", "number", "choice"):
        assert any(f"probe.{kind}(" in source for source in checks), kind


def test_the_backward_pass_through_time_is_derived_by_hand(lesson: Lesson) -> None:
    answer = lesson.exercises["derive_bptt"].one("answer")
    assert answer
    assert "**Rubric**" in answer.source and answer.points == 4


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_09_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "solve"]
    assert any(f"def {name}(" in source for source in sources)


@pytest.mark.parametrize("name", USED)
def test_chapter_09_uses_what_the_table_of_names_says(lesson: Lesson, name: str) -> None:
    assert any(f"{name}(" in cell.source for cell in lesson.cells if cell.kind == "code")
