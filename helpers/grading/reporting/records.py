"""The rows that reports and exports are made of, read in a constant number of queries.

nbgrader's own objects ask the database again for every student and cell; here each question to the
database is one statement over the tables, and its rows are read as they come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Connection, Select, inspect, literal, select

from helpers.errors import GradingError
from helpers.grading.gradebook.verdicts import verdicts

__all__ = [
    "Points",
    "Question",
    "Standing",
    "has_verdicts",
    "people",
    "points",
    "questions",
    "standings",
]

BATCH = 2_000  # rows fetched at a time
BY_HAND = "_answer"  # the cells with this ending are graded by a person
UNKNOWN = "graded by nbgrader"  # the state of a submission that has no verdict

assignment, notebook, cell, most = (
    each.__table__ for each in (Assignment, Notebook, BaseCell, GradeCell)
)
handed_in, copy, grade, student = (
    each.__table__ for each in (SubmittedAssignment, SubmittedNotebook, Grade, Student)
)


@dataclass(frozen=True)
class Question:
    """A graded cell of a chapter."""

    cell: str  # nbgrader's grade_id: "output_delta_check"
    exercise: str  # "1.7 output_delta"
    most: float

    @property
    def by_hand(self) -> bool:
        """Whether a person grades it.

        >>> Question("delta_rule_answer", "1.9 delta_rule", 4.0).by_hand
        True
        """
        return self.cell.endswith(BY_HAND)

    @property
    def label(self) -> str:
        """What it is called in tables; an exercise may have a check and an answer by hand.

        >>> Question("delta_rule_answer", "1.9 delta_rule", 4.0).label
        '1.9 delta_rule (by hand)'
        """
        return f"{self.exercise} (by hand)" if self.by_hand else self.exercise


@dataclass(frozen=True, slots=True)
class Points:
    """A student's points for a cell: None as long as they are for a person to give."""

    student: str
    cell: str
    points: float | None
    most: float
    waiting: bool  # for a person's eye, the first time or again
    state: str  # of the submission
    penalty: float  # of the submission, for being late


@dataclass(frozen=True, slots=True)
class Standing:
    """How a submission ended, and what the checks said of each of its cells."""

    student: str
    state: str
    reason: str
    isolated: bool
    scores: list[dict[str, Any]]  # of helpers.grading.verdict.Score


def questions(connection: Connection, chapter: str) -> list[Question]:
    """The graded cells of a chapter in the order of its exercises; raises GradingError."""
    cells: dict[str, float] = {
        row.name: row.max_score for row in connection.execute(_cells(chapter))
    }
    if not cells:
        raise GradingError(
            f"The gradebook has no chapter {chapter}: "
            f"{_known(connection)}, or enter it with: nbgrader generate_assignment {chapter}"
        )
    names = _exercises(connection, chapter)
    order = {name: place for place, name in enumerate(names)}
    found = [
        Question(name, names.get(name, name.rpartition("_")[0] or name), top)
        for name, top in cells.items()
    ]
    return sorted(found, key=lambda each: (order.get(each.cell, len(order)), each.cell))


def points(
    connection: Connection, chapter: str, students: Sequence[str] | None = None
) -> Iterator[Points]:
    """Every student's points for every cell, student after student; memory stays flat."""
    statement = _grades(chapter, has_verdicts(connection))
    if students is not None:
        statement = statement.where(handed_in.c.student_id.in_(students))
    rows = connection.execute(statement.execution_options(yield_per=BATCH))
    for who, name, auto, manual, extra, waiting, top, state, penalty in rows:
        base = manual if manual is not None else auto
        given = None if base is None and waiting else (base or 0.0) + (extra or 0.0)
        yield Points(who, name, given, top, bool(waiting), state or UNKNOWN, penalty or 0.0)


def standings(connection: Connection, chapter: str) -> Iterator[Standing]:
    """How each submission of a chapter ended, student after student."""
    if not has_verdicts(connection):
        return
    row = verdicts.c
    statement = (
        select(row.student, row.state, row.reason, row.isolated, row.scores)
        .where(row.chapter == chapter)
        .order_by(row.student)
    )
    for found in connection.execute(statement.execution_options(yield_per=BATCH)):
        yield Standing(*found)


def people(connection: Connection) -> dict[str, tuple[str, str, str]]:
    """Of each student: "Family, First" or an empty text, the e-mail address, the LMS's own id."""
    row = student.c
    statement = select(row.id, row.last_name, row.first_name, row.email, row.lms_user_id)
    return {
        who: (", ".join(filter(None, (last, first))), email or "", own or "")
        for who, last, first, email, own in connection.execute(statement)
    }


def _cells(chapter: str) -> Select[Any]:
    of_chapter = notebook.c.assignment_id == assignment.c.id
    joined = (
        cell.join(most, most.c.id == cell.c.id)
        .join(notebook, notebook.c.id == cell.c.notebook_id)
        .join(assignment, of_chapter)
    )
    columns = (cell.c.name, most.c.max_score)
    return select(*columns).select_from(joined).where(assignment.c.name == chapter)


def _grades(chapter: str, with_verdicts: bool) -> Select[Any]:
    joined = (
        grade.join(cell, cell.c.id == grade.c.cell_id)
        .join(most, most.c.id == cell.c.id)
        .join(copy, copy.c.id == grade.c.notebook_id)
        .join(handed_in, handed_in.c.id == copy.c.assignment_id)
        .join(assignment, assignment.c.id == handed_in.c.assignment_id)
    )
    state: Any = literal("")
    if with_verdicts:
        same = verdicts.c.student == handed_in.c.student_id
        joined = joined.outerjoin(verdicts, same & (verdicts.c.chapter == chapter))
        state = verdicts.c.state
    scores = (grade.c.auto_score, grade.c.manual_score, grade.c.extra_credit)
    return (
        select(
            handed_in.c.student_id, cell.c.name, *scores, grade.c.needs_manual_grade,
            most.c.max_score, state, copy.c.late_submission_penalty,
        )
        .select_from(joined)
        .where(assignment.c.name == chapter)
        .order_by(handed_in.c.student_id, cell.c.name)
    )  # fmt: skip


def _exercises(connection: Connection, chapter: str) -> dict[str, str]:
    """From a verdict: which exercise each cell belongs to, in the chapter's order."""
    if not has_verdicts(connection):
        return {}
    of_chapter = (verdicts.c.chapter == chapter) & (verdicts.c.state != "refused")
    scores = connection.execute(select(verdicts.c.scores).where(of_chapter).limit(1)).scalar()
    named = {score["cell"]: score["exercise"].replace(": ", " ", 1) for score in scores or []}
    return dict(sorted(named.items(), key=lambda item: (_number(item[1]), BY_HAND in item[0])))


def _number(exercise: str) -> list[int]:
    """The number of an exercise, for sorting: 1.10 comes after 1.9."""
    return [int(part) for part in re.findall(r"\d+", exercise.partition(" ")[0])]


def has_verdicts(connection: Connection) -> bool:
    """Whether `course grade` has ever written into this gradebook."""
    return inspect(connection).has_table(verdicts.name)


def _known(connection: Connection) -> str:
    names = (
        connection.execute(select(assignment.c.name).order_by(assignment.c.name)).scalars().all()
    )
    return f"it has {', '.join(names)}" if names else "it is empty"
