"""The proof of every chapter: right answers get the points, each named mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import read
from helpers.authoring.proof import prove

LESSONS = sorted((Path(__file__).parents[2] / "solutions").glob("[0-9][0-9]_*.py"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_proof_of_a_chapter(path: Path) -> None:
    assert list(prove(read(path))) == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_first_page_of_a_chapter_tells_the_points(path: Path) -> None:
    lesson = read(path)
    points = sum(each.points for each in lesson.exercises.values())
    read_by_hand = sum(cell.points or 0 for cell in lesson.cells if cell.kind == "answer")
    assert f"| **Points** | {points}, of which {read_by_hand} are" in lesson.cells[0].source


def test_chapter_01_is_as_large_as_promised() -> None:
    lesson = read(LESSONS[0])
    checked = [e for e in lesson.exercises.values() if e.one("check")]
    by_hand = [e for e in lesson.exercises.values() if e.one("answer") and not e.one("check")]
    mistakes = [cell for cell in lesson.cells if cell.kind == "mistake"]
    assert len(checked) >= 12 and len(by_hand) >= 2 and len(mistakes) >= 36
