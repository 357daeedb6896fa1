"""The rows of a batch of verdicts in nbgrader's tables, and in the one beside them.

Each row is put in or changed by its key, in one statement a table. All reading goes by nbgrader's
own unique keys, so that a batch takes as long in a full gradebook as in an empty one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nbgrader import api
from sqlalchemy import Connection, Table, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from helpers.errors import GradingError
from helpers.grading.gradebook.autograded import HandedIn
from helpers.grading.gradebook.chapter import chapter_ids
from helpers.grading.gradebook.lateness import Lateness
from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.verdict import Verdict

__all__ = ["write_rows"]

students: Table = api.Student.__table__
submissions: Table = api.SubmittedAssignment.__table__
notebooks: Table = api.SubmittedNotebook.__table__
grades: Table = api.Grade.__table__
comments: Table = api.Comment.__table__
INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
Ids = Mapping[str, str]  # of rows, by what they belong to
Batch = Sequence[tuple[Verdict, HandedIn]]


def write_rows(connection: Connection, batch: Batch, lateness: Lateness) -> None:
    """All rows of a batch of verdicts, each with the time at which it was handed in."""
    _put(connection, students, "id", ({"id": verdict.student} for verdict, _ in batch))
    for chapter in dict.fromkeys(verdict.chapter for verdict, _ in batch):
        _write_chapter(connection, chapter, [x for x in batch if x[0].chapter == chapter], lateness)
    _put(connection, verdicts, "chapter student", (_row(*each) for each in batch), _all_of_them)


def _write_chapter(connection: Connection, chapter: str, batch: Batch, lateness: Lateness) -> None:
    ids = chapter_ids(connection, chapter)
    if ids is None:
        raise GradingError(f"The chapter {chapter} is not in the gradebook: register it first.")
    notebook, assignment = ids
    names = [verdict.student for verdict, _ in batch]
    handed_in = _made(connection, submissions, "student_id", names, "assignment_id", assignment)
    _timestamps(connection, handed_in, batch)
    papers = _made(
        connection, notebooks, "assignment_id", handed_in.values(), "notebook_id", notebook
    )
    of = {student: papers[identity] for student, identity in handed_in.items()}
    graded, told = _cells(connection, notebook)
    _put(connection, grades, "cell_id notebook_id", _grades(batch, of, graded), _kept_by_hand)
    _put(connection, comments, "cell_id notebook_id", _comments(batch, of, told), _all_of_them)
    lateness.write(connection, papers.values(), graded.values())


def _cells(connection: Connection, notebook: str) -> tuple[Ids, Ids]:
    """The cells that have points, and those that have a comment, by name."""
    cell = api.BaseCell.__table__
    wanted = select(cell.c.name, cell.c.id, cell.c.type).where(cell.c.notebook_id == notebook)
    rows = connection.execute(wanted).all()
    graded = {row.name: row.id for row in rows if row.type in ("GradeCell", "TaskCell")}
    return graded, {row.name: row.id for row in rows if row.type in ("SolutionCell", "TaskCell")}


def _made(
    connection: Connection, table: Table, key: str, values: Collection[str], of: str, whole: str
) -> dict[str, str]:
    """The ids of rows by their key, each made if it was not there; all of the same whole."""
    rows = ({"id": uuid4().hex, key: value, of: whole} for value in values)
    _put(connection, table, f"{key} {of}", rows)
    wanted = select(table.c[key], table.c.id).where(table.c[of] == whole, table.c[key].in_(values))
    return {row[0]: row[1] for row in connection.execute(wanted)}


def _timestamps(connection: Connection, handed_in: Ids, batch: Batch) -> None:
    rows = [
        {"row": handed_in[verdict.student], "when": time.when}
        for verdict, time in batch
        if time.when
    ]
    if rows:
        change = update(submissions).where(submissions.c.id == bindparam("row"))
        connection.execute(change.values(timestamp=bindparam("when")), rows)


def _grades(batch: Batch, of: Ids, cells: Ids) -> Iterable[dict[str, Any]]:
    """As nbgrader's SaveAutoGrades: no points from a check means that a person gives them."""
    for verdict, _ in batch:
        points = {score.cell: score.points for score in verdict.scores}
        for name, cell in cells.items():
            given = points.get(name, 0.0)
            yield {
                "id": uuid4().hex,
                "notebook_id": of[verdict.student],
                "cell_id": cell,
                "auto_score": _plain(given),
                "needs_manual_grade": given is None,
            }


def _kept_by_hand(new: Any) -> dict[str, Any]:
    """As nbgrader's SaveAutoGrades: points given by hand stay, and are to be looked at again."""
    by_hand = or_(new.needs_manual_grade, grades.c.manual_score.is_not(None))
    return {"auto_score": new.auto_score, "needs_manual_grade": by_hand}


def _comments(batch: Batch, of: Ids, cells: Ids) -> Iterable[dict[str, Any]]:
    for verdict, _ in batch:
        unanswered = set(verdict.unanswered)
        for name, cell in cells.items():
            yield {
                "id": uuid4().hex,
                "notebook_id": of[verdict.student],
                "cell_id": cell,
                "auto_comment": "No response." if name in unanswered else None,
            }


def _row(verdict: Verdict, handed_in: HandedIn) -> dict[str, Any]:
    remarks = [*verdict.remarks, *handed_in.remarks]
    return {
        "chapter": verdict.chapter,
        "student": verdict.student,
        "fingerprint": verdict.fingerprint,
        "state": verdict.state,
        "reason": _plain(verdict.reason),
        "isolated": verdict.isolated,
        "seconds": verdict.seconds,
        "own_seconds": verdict.own_seconds,
        "remarks": [_plain(remark) for remark in remarks],
        "scores": [
            {key: _plain(value) for key, value in asdict(score).items()} for score in verdict.scores
        ],
        "written": datetime.now(UTC).replace(tzinfo=None),
    }


def _plain(value: Any) -> Any:
    """Text and points as every database takes them: what a check found may be no character."""
    if isinstance(value, str):
        text = value.encode("utf-8", "replace").decode()
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return 0.0 if isinstance(value, float) and not math.isfinite(value) else value


def _all_of_them(new: Any) -> dict[str, Any]:
    """All columns but those that say which row it is."""
    fixed = {"id", "cell_id", "notebook_id", "chapter", "student", "manual_comment"}
    return {column.name: column for column in new if column.name not in fixed}


def _put(
    connection: Connection, table: Table, key: str, rows: Iterable[Mapping[str, Any]],
    changes: Any = None,
) -> None:  # fmt: skip
    """Insert rows; one whose key is there already is changed, or left as it is."""
    insert: Any = INSERT[connection.dialect.name](table)
    columns = key.split()
    if changes is None:
        insert = insert.on_conflict_do_nothing(index_elements=columns)
    else:
        change = changes(insert.excluded)
        insert = insert.on_conflict_do_update(index_elements=columns, set_=change)
    if listed := list(rows):
        connection.execute(insert, listed)
