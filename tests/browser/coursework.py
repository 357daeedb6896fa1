"""What a student hands in: the students' notebook with answers in it."""

from __future__ import annotations

import re
import shutil
from functools import cache
from itertools import dropwhile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.authoring import lesson

REPOSITORY = Path(__file__).parents[2]
CHAPTER = "01_backpropagation"
SOURCE = REPOSITORY / "solutions" / f"{CHAPTER}.py"
STUDENTS = Path("course", CHAPTER, f"{CHAPTER}.ipynb")
MARK = re.compile(r"\s*### (BEGIN|END) SOLUTION\s*")
DERIVATION = "By the chain rule, one factor after the other."
INSTRUCTORS = Path("solutions", CHAPTER, f"{CHAPTER}.ipynb")


def copy_of_course(folder: Path, *names: str) -> Path:
    """A course of its own in `folder`: the parts of the repository called `names`."""
    for name in names:
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def released() -> NotebookNode:
    """The chapter as students get it."""
    return nbformat.read(REPOSITORY / STUDENTS, as_version=4)


@cache
def instructors() -> NotebookNode:
    """The chapter with solutions, hidden checks and rubrics."""
    return nbformat.read(REPOSITORY / INSTRUCTORS, as_version=4)


def solved() -> NotebookNode:
    """The students' notebook with every exercise solved and a sentence for each derivation."""
    notebook = released()
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader", {})
        if graded.get("solution"):
            cell.source = answer(cell.id) if cell.cell_type == "code" else DERIVATION
    return notebook


def answer(name: str) -> str:
    """The lesson's own code for the cell with the id `name`, less the marks around the solution."""
    code = next(cell.source for cell in instructors().cells if cell.id == name)
    return "\n".join(line for line in code.splitlines() if not MARK.fullmatch(line))


def put(notebook: NotebookNode, name: str, source: str) -> None:
    """Write `source` into the cell with the id `name`."""
    next(cell for cell in notebook.cells if cell.id == name).source = source


def mistake(exercise: str) -> tuple[str, str]:
    """The lesson's first named mistake in an exercise: its name and its code."""
    cell = lesson.read(SOURCE).exercises[exercise].of("mistake")[0]
    # the first lines are the advice of the check
    lines = dropwhile(lambda line: line.startswith("# "), cell.source.splitlines())
    return cell.text, "\n".join(lines)


def points(*kinds: str, exercise: str = "") -> int:
    """The points for the chapter's cells of some kinds, or for those of one exercise."""
    exercises = lesson.read(SOURCE).exercises
    asked = [exercises[exercise]] if exercise else list(exercises.values())
    return sum(cell.points or 0 for each in asked for kind in kinds for cell in each.of(kind))
