"""Chapter 10 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "10_lstm.py"
FUNCTIONS = (
    "adding_inputs", "bidirectional", "copy_inputs", "coupled_step", "delay_layer",
    "gru_after_step", "gru_step", "gru_to_torch", "lstm_backward", "lstm_forward", "lstm_gates",
    "lstm_step", "lstm_step_backward", "lstm_to_torch", "peephole_step", "set_forget_bias",
    "shift_gap", "stacked", "tdnn",
)  # fmt: skip
BY_HAND = ("blind", "contexts", "counts", "keeping")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_10_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    checked = [each for each in exercises if each.one("check")]
    by_hand = [each for each in exercises if each.one("answer")]
    assert len(checked) >= 13 and len(by_hand) >= 4


def test_chapter_10_mixes_the_kinds_of_its_exercises(lesson: Lesson) -> None:
    checks = [cell.source for cell in lesson.cells if cell.kind == "check"]
    for kind in ("call", "number", "choice"):
        assert any(f"probe.{kind}(" in source for source in checks), kind


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_10_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "solve"]
    assert any(f"def {name}(" in source for source in sources)


def test_chapter_10_trains_with_both_ways_of_the_helpers(lesson: Lesson) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "code"]
    for name in ("training.loop(", "training.fit(", "explore.live("):
        assert any(name in source for source in sources), name


@pytest.mark.parametrize("name", BY_HAND)
def test_the_last_hint_of_an_exercise_by_hand_leaves_the_result(lesson: Lesson, name: str) -> None:
    last = [cell for cell in lesson.cells if cell.kind == "hint" and cell.name == name][-1]
    solved = lesson.exercises[name].one("solve")
    assert solved
    terms = [line.split(" = ")[1] for line in solved.source.splitlines() if " = " in line]
    assert not any(term in last.source for term in terms if len(term) > 1)
