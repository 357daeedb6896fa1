"""Writes verdicts into nbgrader's gradebook, in batches: one process, one transaction a batch.

The tables are nbgrader's own, filled as its autograde fills them, and one more (verdicts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from nbgrader import api
from sqlalchemy import Select, select

from helpers.grading.gradebook.autograded import Autograded
from helpers.grading.gradebook.chapter import register
from helpers.grading.gradebook.database import open_database, persistently, to_write
from helpers.grading.gradebook.lateness import Lateness
from helpers.grading.gradebook.rows import write_rows
from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.settings import Settings
from helpers.grading.verdict import Verdict

__all__ = ["Writer"]


class Writer:
    """The one that writes; a context manager.

    `submitted` is where the submissions lie, with the times at which they were handed in; the
    course's own folder by default. Raises GradingError where there is no database to be had.
    """

    def __init__(self, place: Settings, submitted: Path | None = None) -> None:
        self.place = place
        self.autograded = Autograded(place, submitted or place.folder("submitted"))
        self.lateness = Lateness(place)
        self.engine = open_database(place)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.engine.dispose()

    def register(self, chapter: str) -> None:
        """Begin with a chapter: enter it as nbgrader's generate_assignment does, if need be."""
        self.autograded.tidy(chapter)
        register(self.place, self.engine, chapter)

    def done(self, chapter: str) -> dict[str, str]:
        """The fingerprint of each verdict whose grades and notebook are still there, by student."""
        assignment, handed_in = api.Assignment.__table__, api.SubmittedAssignment.__table__
        wanted = select(verdicts.c.student, verdicts.c.fingerprint).where(
            verdicts.c.chapter == chapter,
            assignment.c.name == chapter,
            handed_in.c.assignment_id == assignment.c.id,
            handed_in.c.student_id == verdicts.c.student,
        )
        there = self.autograded.notebook
        rows = [row for row in self._read(wanted) if there(row.student, chapter).is_file()]
        return {row.student: row.fingerprint for row in rows}

    def not_graded(self, chapter: str) -> list[tuple[str, str, str]]:
        """Student, state and reason of each submission that did not run to its end."""
        wanted = select(verdicts.c.student, verdicts.c.state, verdicts.c.reason).where(
            verdicts.c.chapter == chapter, verdicts.c.state != "graded"
        )
        rows = self._read(wanted.order_by(verdicts.c.student))
        return [(row.student, row.state, row.reason) for row in rows]

    def write(self, batch: Sequence[Verdict]) -> None:
        """Write a batch, all or nothing; the notebooks before the rows that say they are there.

        Of two verdicts on the same submission the later counts.
        """
        chosen = {(verdict.chapter, verdict.student): verdict for verdict in batch}
        times = [self.autograded.write(verdict) for verdict in chosen.values()]

        def save() -> None:
            with to_write(self.engine).begin() as connection:
                write_rows(
                    connection, list(zip(chosen.values(), times, strict=True)), self.lateness
                )

        persistently(save, self.place)

    def _read(self, wanted: Select[Any]) -> Sequence[Any]:
        def rows() -> Sequence[Any]:
            with self.engine.connect() as connection:
                return connection.execute(wanted).all()

        return persistently(rows, self.place)
