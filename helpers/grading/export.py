"""What `course export CHAPTER` does: the grades as a file that a learning system imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from helpers.grading.reporting.exports import FORMATS
from helpers.grading.reporting.reading import gradebook
from helpers.grading.reporting.records import Points, Question, people, points, questions
from helpers.grading.reporting.sheets import whole, write_rows
from helpers.grading.reporting.since import not_graded_yet
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
    seen = _Seen()
    with gradebook(found) as connection:
        asked = questions(connection, chapter)
        known = people(connection) if kind != "csv" else {}
        given = seen.watch(points(connection, chapter))
        rows = FORMATS[kind](chapter, asked, given, known)
        with whole(path) as file:
            write_rows(rows, file)
        since = not_graded_yet(found, connection, chapter)
    if str(path) != "-":
        print(path)
    nothing = "" if seen.rows else f"No submission of {chapter} is graded: the table is empty"
    for note in filter(None, (nothing, since, *_notes(kind, asked, seen))):
        print(note, file=sys.stderr)
    return 0


@dataclass
class _Seen:
    """What an export does not show of the rows that go into it."""

    rows: int = 0
    ungraded: int = 0
    again: int = 0  # graded by hand, and to be looked at again
    late: set[str] = field(default_factory=set)

    def watch(self, rows: Iterator[Points]) -> Iterator[Points]:
        """The rows as they are, counted on their way."""
        for row in rows:
            self.rows += 1
            self.ungraded += row.points is None
            self.again += row.waiting and row.points is not None
            if row.penalty:
                self.late.add(row.student)
            yield row


def _notes(kind: str, asked: list[Question], seen: _Seen) -> Iterator[str]:
    if seen.ungraded:
        what = "1 answer is" if seen.ungraded == 1 else f"{seen.ungraded:,} answers are"
        yield f"{what} not graded by hand yet: no points stand there"
    if seen.again:
        one = seen.again == 1
        what = "1 question was" if one else f"{seen.again:,} questions were"
        yield (
            f"{what} graded by hand before the last run: the old points stand there until a person "
            "looks again, in Formgrader > Manual Grading"
        )
    if seen.late and kind != "moodle":
        who = "1 submission was" if len(seen.late) == 1 else f"{len(seen.late):,} submissions were"
        yield f"{who} late: the penalty is not taken off here, where only questions stand"
    if kind == "moodle" and sum(question.most for question in asked) > MOODLES_MOST:
        yield (
            "The total is over 100 points: Moodle refuses it unless its site setting "
            "unlimitedgrades is on"
        )
