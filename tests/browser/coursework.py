"""What a student hands in: a chapter's notebook with answers in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import dropwhile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.authoring import lesson

REPOSITORY = Path(__file__).parents[2]
MARK = re.compile(r"\s*### (BEGIN|END) SOLUTION\s*")
DERIVATION = "By the chain rule, one factor after the other."


def copy_of_course(folder: Path, *names: str) -> Path:
    """A course of its own in `folder`: the parts of the repository called `names`."""
    for name in names:
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def put(notebook: NotebookNode, name: str, source: str) -> None:
    """Write `source` into the cell with the id `name`."""
    next(cell for cell in notebook.cells if cell.id == name).source = source


@dataclass(frozen=True)
class Chapter:
    """A chapter by the name of its folder, and what one needs to work through it.

    `shorter` has pieces of the text that stand in one cell only, and what the solved notebook has
    in their place: fewer epochs, where a test is not about what they give.
    """

    name: str
    shorter: Mapping[str, str] = field(default_factory=dict)

    @property
    def notebook(self) -> str:
        """The students' notebook, below course/."""
        return f"{self.name}/{self.name}.ipynb"

    @property
    def solved_notebook(self) -> str:
        """Where a solved one stands beside it, in a copy of the course."""
        return f"{self.name}/solved.ipynb"

    def released(self) -> NotebookNode:
        """The chapter as students get it."""
        return nbformat.read(REPOSITORY / "course" / self.notebook, as_version=4)

    @cached_property
    def instructors(self) -> NotebookNode:
        """The chapter with solutions, hidden checks and rubrics."""
        return nbformat.read(REPOSITORY / "solutions" / self.notebook, as_version=4)

    def solved(self) -> NotebookNode:
        """The students' notebook with every exercise solved and a sentence for each derivation."""
        notebook = self.released()
        for cell in notebook.cells:
            graded = cell.metadata.get("nbgrader", {})
            if graded.get("solution"):
                cell.source = self.answer(cell.id) if cell.cell_type == "code" else DERIVATION
        for long, short in self.shorter.items():
            (cell,) = [cell for cell in notebook.cells if long in cell.source]
            cell.source = cell.source.replace(long, short)
        return notebook

    def answer(self, name: str) -> str:
        """The lesson's code for the cell with the id `name`, less the marks around the solution."""
        code = next(cell.source for cell in self.instructors.cells if cell.id == name)
        return "\n".join(line for line in code.splitlines() if not MARK.fullmatch(line))

    def mistake(self, exercise: str) -> tuple[str, str]:
        """The lesson's first named mistake in an exercise: its name and its code."""
        cell = self._lesson.exercises[exercise].of("mistake")[0]
        # the first lines are the advice of the check
        lines = dropwhile(lambda line: line.startswith("# "), cell.source.splitlines())
        return cell.text, "\n".join(lines)

    def points(self, *kinds: str, exercise: str = "") -> int:
        """The points for the chapter's cells of some kinds, or for those of one exercise."""
        exercises = self._lesson.exercises
        asked = [exercises[exercise]] if exercise else list(exercises.values())
        return sum(cell.points or 0 for each in asked for kind in kinds for cell in each.of(kind))

    @cached_property
    def _lesson(self) -> lesson.Lesson:
        return lesson.read(REPOSITORY / "solutions" / f"{self.name}.py")
