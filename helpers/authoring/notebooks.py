"""A lesson as notebooks: the instructor's (without outputs yet) and, from it, the students'."""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader.nbgraderformat import write

from helpers.authoring.lesson import Cell, Lesson
from helpers.authoring.nbgrader_stubs import NamedStubs
from helpers.check.show import count

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python"},
}
# What `nbgrader generate_assignment` does, less its database: see nbgrader_config.py.
RELEASE = (
    nbgrader.LockCells,
    NamedStubs,
    nbgrader.ClearOutput,
    nbgrader.CheckCellMetadata,
    nbgrader.ComputeChecksums,
    nbgrader.ClearHiddenTests,
    nbgrader.ClearMarkScheme,
    nbgrader.ComputeChecksums,
    nbgrader.CheckCellMetadata,
)
GRADE_IDS = {"solve": "{}", "check": "{}_check", "answer": "{}_answer", "given": "given_{}"}


def instructors(lesson: Lesson) -> NotebookNode:
    """The instructor's notebook: solutions, hidden checks and rubrics, with nbgrader's metadata."""
    cells = list(_cells(lesson))
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=copy.deepcopy(METADATA))
    notebook.nbformat_minor = 5
    return notebook


def students(instructors_notebook: NotebookNode) -> NotebookNode:
    """The students' notebook: stubs for solutions, no hidden checks, no outputs."""
    notebook = copy.deepcopy(instructors_notebook)
    resources: dict[str, Any] = {}
    for step in RELEASE:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """A notebook as nbgrader writes it."""
    file = io.StringIO()
    write(notebook, file)
    return file.getvalue()


def _cells(lesson: Lesson) -> Iterator[NotebookNode]:
    """Notebook cells; successive hints of an exercise share one."""
    last, number = "start", 0
    hints: list[Cell] = []
    for cell in lesson.cells:
        if cell.kind in ("mistake", "alternative"):
            continue
        if hints and cell.kind != "hint":
            yield _hints(hints)
            hints = []
        if cell.kind == "hint":
            hints.append(cell)
        elif cell.kind in GRADE_IDS:
            last, number = f"{cell.name}-{cell.kind}", 0
            yield _graded(lesson, cell, last)
        else:
            number += 1
            yield _cell(_with_points(lesson, cell), f"{last}-{number}")
    if hints:
        yield _hints(hints)


def _with_points(lesson: Lesson, cell: Cell) -> Cell:
    """A text whose headings of exercises say what the exercises are worth."""
    source = cell.source
    for exercise in lesson.exercises.values() if cell.kind == "text" else ():
        heading = rf"(?m)^(#+ Exercise {re.escape(exercise.number)}\b.*)$"
        source = re.sub(heading, rf"\1 ({count(exercise.points, 'point')})", source)
    return replace(cell, source=source)


def _cell(cell: Cell, identity: str) -> NotebookNode:
    new: Any = nbformat.v4.new_markdown_cell if cell.markdown else nbformat.v4.new_code_cell
    made: NotebookNode = new(cell.source, id=re.sub(r"[^A-Za-z0-9_-]", "-", identity)[:64])
    return made


def _graded(lesson: Lesson, cell: Cell, identity: str) -> NotebookNode:
    made = _cell(cell, identity)
    facts: dict[str, Any] = {
        "grade": cell.kind in ("check", "answer"),
        "grade_id": GRADE_IDS[cell.kind].format(cell.name),
        "locked": cell.kind in ("check", "given"),
        "schema_version": 3,
        "solution": cell.kind in ("solve", "answer"),
        "task": False,
    }
    if cell.points is not None:
        facts["points"] = cell.points
    made.metadata["nbgrader"] = facts
    if cell.name in lesson.exercises:
        made.metadata["exercise"] = lesson.exercises[cell.name].title
    return made


def _hints(hints: list[Cell]) -> NotebookNode:
    folded = [
        f"<details>\n<summary>Hint {number}</summary>\n\n{hint.source}\n\n</details>"
        for number, hint in enumerate(hints, 1)
    ]
    return _cell(replace(hints[0], source="\n".join(folded)), f"{hints[0].name}-hints")
