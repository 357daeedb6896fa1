"""What `course export CHAPTER` does: the grades as a file that a learning system imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from helpers.grading.reporting.exports import FORMATS
from helpers.grading.reporting.reading import gradebook
from helpers.grading.reporting.records import Points, Question, people, points, questions
from helpers.grading.reporting.sheets import whole, write_rows
from helpers.grading.settings import settings

__all__ = ["export_command"]

MOODLES_MOST = 100.0


def export_command(
    chapter: str, kind: str, output: Path | None = None, course: Path = Path(".")
) -> int:
    """Write the grades of a chapter in one of the formats; `-` is standard output."""
    found = settings(course)
    chapter = found.chapter(chapter)
    path = output or found.reports / f"{chapter}-{kind}.csv"
    ungraded = [0]
    with gradebook(found) as connection:
        asked = questions(connection, chapter)
        known = people(connection) if kind != "csv" else {}
        given = _counting(points(connection, chapter), ungraded)
        rows = FORMATS[kind](chapter, asked, given, known)
        with whole(path) as file:
            write_rows(rows, file)
    if str(path) != "-":
        print(path)
    for note in _notes(kind, asked, ungraded[0]):
        print(note, file=sys.stderr)
    return 0


def _counting(rows: Iterator[Points], ungraded: list[int]) -> Iterator[Points]:
    for row in rows:
        ungraded[0] += row.points is None
        yield row


def _notes(kind: str, asked: list[Question], ungraded: int) -> Iterator[str]:
    if ungraded:
        what = "1 answer is" if ungraded == 1 else f"{ungraded:,} answers are"
        yield f"{what} not graded by hand yet: no points stand there"
    if kind == "moodle" and sum(question.most for question in asked) > MOODLES_MOST:
        yield (
            "The total is over 100 points: Moodle refuses it unless its site setting "
            "unlimitedgrades is on"
        )
