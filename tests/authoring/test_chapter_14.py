"""Chapter 14 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "14_adversarial.py"
FUNCTIONS = (
    "algorithm_1", "best_discriminator", "best_value", "climb", "conditioned", "count_modes",
    "dc_generator", "discriminator_step", "game_value", "gan_losses", "generator_slopes",
    "generator_step", "jsd", "push_forward", "reader_score", "report", "sample_ring",
    "seen_distance", "with_spread",
)  # fmt: skip


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_14_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    checked = [each for each in exercises if each.one("check")]
    by_hand = [each for each in exercises if each.one("answer")]
    assert len(checked) >= 12 and len(by_hand) >= 3


def test_chapter_14_mixes_the_kinds_of_its_exercises(lesson: Lesson) -> None:
    checks = [cell.source for cell in lesson.cells if cell.kind == "check"]
    for kind in ("call", "number", "choice", "true"):
        assert any(f"probe.{kind}(" in source for source in checks), kind


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_14_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "solve"]
    assert any(f"def {name}(" in source for source in sources)


def test_chapter_14_has_an_explorer_for_the_climb_the_density_the_ring_and_the_digits(
    lesson: Lesson,
) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "code"]
    assert sum(source.count("explore.live(") for source in sources) == 4


@pytest.mark.parametrize("mistake", ["the graph is not cut", "D is not frozen"])
def test_chapter_14_catches_a_side_that_is_not_frozen(lesson: Lesson, mistake: str) -> None:
    assert any(cell.kind == "mistake" and cell.text == mistake for cell in lesson.cells)
