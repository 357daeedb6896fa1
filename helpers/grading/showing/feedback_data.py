"""What a feedback page says besides the notebook: points, comments, and how the grading went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, Select, func, select

from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.reporting.records import has_verdicts, points

__all__ = ["Marks", "graded_students", "marks"]

assignment, cell, comment, handed_in, copy = (
    each.__table__
    for each in (Assignment, BaseCell, Comment, SubmittedAssignment, SubmittedNotebook)
)


@dataclass
class Marks:
    """All that the gradebook says of one submission."""

    student: str
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)  # points and most, by cell
    comments: dict[str, str] = field(default_factory=dict)  # by cell
    penalty: float = 0.0  # for being late
    notices: list[str] = field(default_factory=list)  # why it ended, what was off with its cells
    waiting: int = 0  # answers that a person has not read yet, or not again

    @property
    def score(self) -> float:
        """The points of the submission, less the penalty.

        >>> Marks("ada", {"a": (2.0, 3.0), "b": (1.0, 1.0)}, penalty=0.5).score
        2.5
        """
        return sum(given for given, _ in self.scores.values()) - self.penalty

    def to_json(self) -> dict[str, Any]:
        """As plain data, to tell whether a page is up to date."""
        return asdict(self)


def graded_students(connection: Connection, chapter: str) -> list[str]:
    """The students with a submission of a chapter in the gradebook, in order."""
    return list(connection.execute(_of_chapter(handed_in.c.student_id, chapter)).scalars())


def marks(connection: Connection, chapter: str, students: Sequence[str]) -> list[Marks]:
    """What the gradebook says of each of these students' submissions."""
    found = {student: Marks(student) for student in students}
    for row in points(connection, chapter, students):
        found[row.student].scores[row.cell] = (row.points or 0.0, row.most)
        found[row.student].penalty = row.penalty
        found[row.student].waiting += row.waiting
    for student, name, text in connection.execute(_comments(chapter, students)):
        found[student].comments[name] = text
    for student, notices in _notices(connection, chapter, students).items():
        found[student].notices = notices
    for each in found.values():
        if each.waiting:
            answers = "One answer waits" if each.waiting == 1 else f"{each.waiting} answers wait"
            each.notices.append(f"{answers} for a person: the points may still change.")
    return list(found.values())


def _of_chapter(column: Any, chapter: str) -> Select[Any]:
    joined = handed_in.join(assignment, assignment.c.id == handed_in.c.assignment_id)
    chosen = select(column).select_from(joined).where(assignment.c.name == chapter)
    return chosen.order_by(handed_in.c.student_id)


def _comments(chapter: str, students: Sequence[str]) -> Select[Any]:
    """Those of a person, or else those that nbgrader made."""
    joined = (
        comment.join(cell, cell.c.id == comment.c.cell_id)
        .join(copy, copy.c.id == comment.c.notebook_id)
        .join(handed_in, handed_in.c.id == copy.c.assignment_id)
        .join(assignment, assignment.c.id == handed_in.c.assignment_id)
    )
    text = func.coalesce(comment.c.manual_comment, comment.c.auto_comment)
    return (
        select(handed_in.c.student_id, cell.c.name, text)
        .select_from(joined)
        .where(assignment.c.name == chapter, handed_in.c.student_id.in_(students))
        .where(text.is_not(None))
    )


def _notices(connection: Connection, chapter: str, students: Sequence[str]) -> dict[str, list[str]]:
    if not has_verdicts(connection):
        return {}
    row = verdicts.c
    statement = select(row.student, row.state, row.reason, row.remarks).where(
        row.chapter == chapter, row.student.in_(students)
    )
    said: dict[str, list[str]] = defaultdict(list)
    for student, state, reason, remarks in connection.execute(statement):
        if state != "graded":
            how = "Not all of it ran to its end" if state == "timed out" else "It ended early"
            said[student].append(f"{how} ({state}). {reason}".strip())
        said[student] += remarks
    return said
