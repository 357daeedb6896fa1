"""A small course in a folder, to be graded as a whole: submissions in, gradebook out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from grading_class import CHAPTER, write_source
from hostile import answered
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, select

from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.gradebook.writer import Writer
from helpers.grading.run import Summary, grade
from helpers.grading.settings import settings

__all__ = ["CHAPTER", "ESSAY", "ESSAY_POINTS", "ROOT", "SmallCourse", "nbgrader"]

ROOT = Path(__file__).parents[2]
ESSAY, ESSAY_POINTS = "norm_answer", 3.0  # what a person grades


class SmallCourse:
    """A folder with the course's settings and the small chapter, which has an essay besides.

    course = SmallCourse(tmp_path)
    course.hand_in("ada", norm="def norm(x): return 0")
    course.grade()
    course.points("ada")
    """

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder = folder
        (folder / "grading").mkdir(parents=True)
        text = settings or (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
        (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
        self.notebook = write_source(folder)
        self.notebook.cells.append(_essay())
        self.source = folder / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
        nbformat.write(self.notebook, self.source)
        self.gradebook = folder / "grading" / "gradebook.db"
        self.db_url = f"sqlite:///{self.gradebook}"

    def with_gradebook(self) -> SmallCourse:
        """Spare the seconds that nbgrader needs to make its tables."""
        self.gradebook.write_bytes(_empty_gradebook())
        return self

    def submission(self, student: str) -> Path:
        """Where a student's notebook is handed in."""
        return self.folder / "grading/submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"

    def autograded(self, student: str) -> Path:
        """Where it lies when it is graded."""
        return self.folder / "grading/autograded" / student / CHAPTER / f"{CHAPTER}.ipynb"

    def hand_in(self, student: str, essay: str = "Because.", **answers: str) -> Path:
        """Right answers, but for those that are given."""
        notebook = answered(self.notebook, **answers)
        notebook.cells[-1].source = essay
        path = self.submission(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    def grade(self, **options: Any) -> Summary:
        """`course grade` as a function."""
        return grade(CHAPTER, self.folder, **{"workers": 2, **options})

    def command(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """A `course` command in the folder."""
        return subprocess.run(
            [sys.executable, "-m", "helpers.cli", *words], cwd=self.folder, capture_output=True,
            text=True, timeout=300, **{"env": self.environment(), **options},
        )  # fmt: skip

    @staticmethod
    def environment() -> dict[str, str]:
        """The variables with which commands find this repository and this environment."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}

    def verdicts(self) -> dict[str, Any]:
        """The rows of course_verdict, by student."""
        engine = create_engine(self.db_url)
        with engine.connect() as connection:
            rows = connection.execute(select(verdicts)).all()
        engine.dispose()
        return {row.student: row for row in rows}

    def points(self, student: str) -> dict[str, float | None]:
        """What the checks gave, by cell, as nbgrader reads it."""
        with Gradebook(self.db_url) as gradebook:
            found = gradebook.find_submission_notebook(CHAPTER, CHAPTER, student)
            return {grade.name: grade.auto_score for grade in found.grades}


def _essay() -> NotebookNode:
    marks = {"grade": True, "solution": True, "locked": False, "task": False}
    marks |= {"grade_id": ESSAY, "points": ESSAY_POINTS, "schema_version": 3}
    text = "<!-- BEGIN SOLUTION -->\nThe root undoes the square.\n<!-- END SOLUTION -->"
    return nbformat.v4.new_markdown_cell(text, id="norm-answer", metadata={"nbgrader": marks})


@cache
def _empty_gradebook() -> bytes:
    folder = Path(tempfile.mkdtemp())
    try:
        made = SmallCourse(folder / "course")
        with Writer(settings(made.folder)) as writer:
            writer.register(CHAPTER)
        return made.gradebook.read_bytes()
    finally:
        shutil.rmtree(folder)


def nbgrader(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One of nbgrader's commands, away from the settings of whoever runs the tests."""
    own = {f"JUPYTER_{x}_DIR": str(folder / "jupyter" / x) for x in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(folder / "jupyter"), "MPLBACKEND": "agg"}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=folder, capture_output=True, text=True,
        timeout=300, env=SmallCourse.environment() | own,
    )  # fmt: skip
