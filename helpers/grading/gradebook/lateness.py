"""Late penalties, as nbgrader's AssignLatePenalties gives them: by its plugin, none by default."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Connection, Select, Table, bindparam, func, select, update

from helpers.errors import GradingError
from helpers.grading.settings import Settings

__all__ = ["Lateness"]

notebooks: Table = SubmittedNotebook.__table__


class Lateness:
    """The penalties of a course, as its nbgrader_config.py sets them."""

    def __init__(self, place: Settings) -> None:
        steps = Autograde(config=place.config).autograde_preprocessors
        found = (step for step in steps if issubclass(step, AssignLatePenalties))
        self.step = next((step(config=place.config) for step in found), None)
        if self.step:
            self.step.init_plugin()

    def write(
        self, connection: Connection, identities: Collection[str], cells: Collection[str]
    ) -> None:
        """Write the penalties of submitted notebooks, by what the grades of their cells come to."""
        if not self.step:
            return
        chosen = notebooks.c.id.in_(identities)
        connection.execute(update(notebooks).where(chosen).values(late_submission_penalty=None))
        late = connection.execute(_late(identities)).all()
        if not late:
            return
        scores = {row[0]: row[1] for row in connection.execute(_scores(identities, cells))}
        change = update(notebooks).where(notebooks.c.id == bindparam("row"))
        change = change.values(late_submission_penalty=bindparam("penalty"))
        penalties = [
            {"row": row.id, "penalty": self._penalty(row, scores.get(row.id, 0.0))} for row in late
        ]
        connection.execute(change, penalties)

    def _penalty(self, row: Any, score: float) -> float | None:
        """Between nothing and the score; None where it is not late, or lateness costs nothing."""
        late = row.timestamp - row.duedate
        seconds = (late - row.extension if row.extension else late).total_seconds()
        if not self.step or seconds <= 0:
            return None
        try:
            plugin = self.step.plugin_inst
            penalty = plugin.late_submission_penalty(row.student_id, score, seconds)
        except Exception as error:
            raise GradingError(
                f"The plugin for late penalties failed for {row.student_id} "
                f"({type(error).__name__}: {error}): see AssignLatePenalties in nbgrader_config.py."
            ) from error
        return None if penalty is None else min(max(float(penalty), 0.0), score)


def _late(identities: Collection[str]) -> Select[Any]:
    """The submitted notebooks that are late, were it not for an extension."""
    handed_in, chapter = SubmittedAssignment, Assignment
    columns = (handed_in.student_id, handed_in.timestamp, handed_in.extension, chapter.duedate)
    return (
        select(SubmittedNotebook.id, *columns)
        .join(handed_in, handed_in.id == SubmittedNotebook.assignment_id)
        .join(chapter, chapter.id == handed_in.assignment_id)
        .where(SubmittedNotebook.id.in_(identities), handed_in.timestamp > chapter.duedate)
    )


def _scores(identities: Collection[str], cells: Collection[str]) -> Select[Any]:
    """The points of submitted notebooks; by cells too, since the tables are sorted by them."""
    return (
        select(Grade.notebook_id, func.sum(Grade.score))
        .where(Grade.cell_id.in_(cells), Grade.notebook_id.in_(identities))
        .group_by(Grade.notebook_id)
    )
