"""A chapter in the gradebook, as nbgrader's generate_assignment puts it there."""

from __future__ import annotations

from typing import Any

import nbformat
from nbgrader import api
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from sqlalchemy import Connection, Engine, select

from helpers.errors import GradingError
from helpers.grading.gradebook.database import name_of, nbgraders_url, persistently
from helpers.grading.settings import Settings

__all__ = ["chapter_ids", "register"]

Checksums = dict[str, str | None]  # of cells by name; type, points and marks are part of it


def register(place: Settings, engine: Engine, chapter: str) -> None:
    """Enter the chapter, or what has changed in its cells; grades stay.

    Raises GradingError where nbgrader refuses: cells were added or removed, and there are grades.
    """
    notebook = nbformat.read(place.instructors(chapter), as_version=4)
    marks = {"notebook": chapter, "assignment": chapter, "db_url": nbgraders_url(place)}
    resources: dict[str, Any] = {"nbgrader": marks, "unique_key": chapter}
    for step in place.until_saved():
        notebook, resources = step.preprocess(notebook, resources)
    wanted = _checksums(notebook)
    known = persistently(lambda: _known(engine, chapter), place)
    if known == wanted:
        return

    def save() -> None:
        with api.Gradebook(nbgraders_url(place), place.course.course_id) as gradebook:
            gradebook.update_or_create_assignment(chapter)
        SaveCells(config=place.config).preprocess(notebook, resources)

    try:
        persistently(save, place)
    except RuntimeError:
        raise GradingError(_refused(place, chapter, known or {}, wanted)) from None


def chapter_ids(connection: Connection, chapter: str) -> tuple[str, str] | None:
    """The ids of a chapter's notebook and of its assignment, if it is in the gradebook."""
    assignment, notebook = api.Assignment.__table__, api.Notebook.__table__
    wanted = select(notebook.c.id, assignment.c.id).where(
        notebook.c.assignment_id == assignment.c.id,
        assignment.c.name == chapter,
        notebook.c.name == chapter,
    )
    found = connection.execute(wanted).first()
    return (found[0], found[1]) if found else None


def _checksums(notebook: Any) -> Checksums:
    """Of the cells that SaveCells saves."""
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.get("checksum")
        for cell in notebook.cells
        if is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)
    }


def _known(engine: Engine, chapter: str) -> Checksums | None:
    with engine.connect() as connection:
        ids = chapter_ids(connection, chapter)
        if ids is None:
            return None
        cells = api.SourceCell.__table__
        wanted = select(cells.c.name, cells.c.checksum).where(cells.c.notebook_id == ids[0])
        return {row.name: row.checksum for row in connection.execute(wanted)}


def _refused(place: Settings, chapter: str, known: Checksums, wanted: Checksums) -> str:
    changes = {"added": wanted.keys() - known.keys(), "removed": known.keys() - wanted.keys()}
    told = "; ".join(
        f"{how}: {', '.join(sorted(which))}" for how, which in changes.items() if which
    )
    return (
        f"The cells of {chapter} are no longer those of the gradebook {name_of(place)} "
        f"({told or 'cells of another kind'}), and it has grades for them: take the change back, "
        "or delete the chapter with all its grades by: "
        f"nbgrader db assignment remove {chapter} --force"
    )
