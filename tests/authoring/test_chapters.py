"""The proof of every chapter: right answers get the points, each named mistake is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.authoring.lesson import read
from helpers.authoring.proof import prove
from helpers.authoring.record import record
from helpers.check import record as records
from helpers.check.compare import difference

LESSONS = sorted((Path(__file__).parents[2] / "solutions").glob("[0-9][0-9]_*.py"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_proof_of_a_chapter(path: Path) -> None:
    assert list(prove(read(path))) == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_record_is_what_the_lesson_gives(path: Path) -> None:
    kept = json.loads((records.FOLDER / f"{path.stem}.json").read_text(encoding="utf-8"))
    again = json.loads(record(read(path)))
    again["seal"] = kept["seal"]  # of digits, the last of which may differ from machine to machine
    assert difference(kept, again) is None


def test_chapter_01_is_as_large_as_promised() -> None:
    lesson = read(LESSONS[0])
    checked = [e for e in lesson.exercises.values() if e.one("check")]
    by_hand = [e for e in lesson.exercises.values() if e.one("answer") and not e.one("check")]
    mistakes = [cell for cell in lesson.cells if cell.kind == "mistake"]
    assert len(checked) >= 12 and len(by_hand) >= 2 and len(mistakes) >= 36
