"""What only the syllabus of chapter 14 asks for; the rest is in test_syllabus.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "14_adversarial.py"


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_14_has_an_explorer_for_the_climb_the_density_the_ring_and_the_digits(
    lesson: Lesson,
) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "code"]
    assert sum(source.count("explore.live(") for source in sources) == 4


@pytest.mark.parametrize("mistake", ["the graph is not cut", "D is not frozen"])
def test_chapter_14_catches_a_side_that_is_not_frozen(lesson: Lesson, mistake: str) -> None:
    assert any(cell.kind == "mistake" and cell.text == mistake for cell in lesson.cells)
