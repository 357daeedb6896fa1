"""The gradebook holds what stock nbgrader's commands would have put there, question by question."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text

from helpers.grading.gradebook.writer import Writer
from helpers.grading.settings import Settings, settings
from helpers.grading.verdict import Score, Verdict

from .a_class import CHAPTER, ESSAY, EXERCISES, MOST, POINTS, a_course, a_notebook, a_writer

LATE = "2026-03-02 10:00:00 UTC"
ANSWERS = {  # what each student writes, by cell; the rest stays as it was handed out
    "ada": {"scale": "def scale(x):\n    return x", ESSAY: "My reasons."},
    "bob": {"norm": "def norm(x):\n    return 2 * x", "layer": "def layer(x):\n    return x"},
    "cyd": {name: f"def {name}(x):\n    return x" for name in POINTS} | {ESSAY: "Mine."},
}
BY_HAND = {"cyd": {"scale_check": 0.5, ESSAY: 3.0}}  # before cyd handed in again, too late
COLUMNS = "auto_score, manual_score, extra_credit, needs_manual_grade"


class Side:
    """A course that is graded by stock nbgrader, or whose verdicts are written here."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.place = folder, self.configured(folder)

    @staticmethod
    def configured(folder: Path) -> Settings:
        a_course(folder)
        with (folder / "nbgrader_config.py").open("a") as file:
            file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
        (folder / "solutions" / CHAPTER / "data.csv").write_text("1,2\n")
        (folder / "grading").mkdir()
        return settings(folder)

    def nbgrader(self, *words: str) -> None:
        """Run a stock command, away from the settings of whoever runs the tests."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "IPYTHONDIR": str(self.folder / "ipython")}
        own |= {f"JUPYTER_{x}_DIR": str(self.folder / x) for x in ("CONFIG", "DATA", "RUNTIME")}
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words], cwd=self.folder, env=os.environ | own,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]

    def hand_in(self) -> None:
        for student, answers in ANSWERS.items():
            folder = self.place.folder("submitted") / student / CHAPTER
            folder.mkdir(parents=True)
            notebook = released(self.place)
            for cell in notebook.cells:
                cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
            nbformat.write(notebook, folder / f"{CHAPTER}.ipynb")
        (folder / "timestamp.txt").write_text(LATE)

    def grade_by_hand(self) -> None:
        with Gradebook(self.place.db_url, "small") as gradebook:
            gradebook.update_or_create_assignment(CHAPTER, duedate="2026-03-01 10:00:00 UTC")
            for student, points in BY_HAND.items():
                gradebook.update_or_create_student(student)
                gradebook.update_or_create_submission(CHAPTER, student)
                for cell, given in points.items():
                    grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
                    grade.manual_score, grade.needs_manual_grade = given, False
            gradebook.db.commit()

    def rows(self, query: str) -> list[Any]:
        engine = create_engine(self.place.db_url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return found


def released(place: Settings) -> Any:
    """What students get."""
    notebook = a_notebook()
    for step in [*place.until_saved(), *place.after_saved()]:
        notebook, _ = step.preprocess(notebook, {})
    return notebook


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    """Stock nbgrader's course and ours, with the same submissions."""
    folder = tmp_path_factory.mktemp("sides")
    stock, ours = Side(folder / "stock"), Side(folder / "ours")
    stock.nbgrader("generate_assignment", CHAPTER)
    with a_writer(ours.place):
        pass
    for side in (stock, ours):
        side.grade_by_hand()
        side.hand_in()
    stock.nbgrader("autograde", CHAPTER)
    with Writer(ours.place) as writer:
        writer.write([verdict(stock, student) for student in ANSWERS])
    return stock, ours


def verdict(stock: Side, student: str) -> Verdict:
    """What a grading would have found; the notebook is the one that stock nbgrader wrote."""
    answers = ANSWERS[student]
    scores = []
    for name, most in POINTS.items():
        right = answers.get(name, "").endswith("return x")
        scores.append(Score(f"{name}_check", EXERCISES[name], most if right else 0.0, most))
    scores.append(Score(ESSAY, "", None if ESSAY in answers else 0.0, MOST))
    left = [name for name in (*POINTS, ESSAY) if name not in answers]
    path = stock.place.folder("autograded") / student / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    return Verdict(
        CHAPTER, student, "1", "graded", scores=scores, unanswered=left, notebook=notebook
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, first_name, last_name, email FROM student ORDER BY id",
        "SELECT name, duedate, course_id FROM assignment",
        "SELECT name, kernelspec FROM notebook",
        "SELECT name, cell_type, locked, source, checksum FROM source_cell ORDER BY name",
        "SELECT name, type, max_score, cell_type FROM base_cell LEFT JOIN grade_cells"
        " ON grade_cells.id = base_cell.id ORDER BY name, type",
        "SELECT student_id, timestamp, extension FROM submitted_assignment ORDER BY student_id",
        "SELECT student_id, flagged, late_submission_penalty FROM submitted_notebook n"
        " JOIN submitted_assignment a ON a.id = n.assignment_id ORDER BY student_id",
        f"SELECT student_id, name, {COLUMNS} FROM grade g JOIN base_cell c ON c.id = g.cell_id"
        " JOIN submitted_notebook n ON n.id = g.notebook_id"
        " JOIN submitted_assignment a ON a.id = n.assignment_id ORDER BY student_id, name",
        "SELECT student_id, name, auto_comment, manual_comment FROM comment g"
        " JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id"
        " JOIN submitted_assignment a ON a.id = n.assignment_id ORDER BY student_id, name",
        "SELECT version_num FROM alembic_version",
        "SELECT id FROM course ORDER BY id",
    ],
    ids=lambda query: query.partition("FROM ")[2].split()[0],
)
def test_a_table_is_as_stock_nbgrader_leaves_it(sides: tuple[Side, Side], query: str) -> None:
    stock, ours = (side.rows(query) for side in sides)
    assert stock, "there is something to compare"
    assert ours == stock


def test_what_is_compared_has_every_kind_of_grade(sides: tuple[Side, Side]) -> None:
    found = sides[0].rows(f"SELECT {COLUMNS} FROM grade")
    assert (0.0, None, None, 0) in found, "wrong"
    assert (1.0, None, None, 0) in found, "right"
    assert (1.0, 0.5, None, 1) in found, "right, and graded by hand before"
    assert (None, None, None, 1) in found, "for a person"
    assert sides[0].rows("SELECT 1 FROM comment WHERE auto_comment = 'No response.'")
    penalty = sides[0].rows("SELECT late_submission_penalty FROM submitted_notebook")
    assert sorted(penalty, key=str) == [(8.5,), (None,), (None,)]


def test_files_are_as_stock_nbgrader_leaves_them(sides: tuple[Side, Side]) -> None:
    """Bytes and permissions."""
    stock, ours = (_files(side.place.folder("autograded")) for side in sides)
    assert len(stock) == 3 * 2 + 1
    assert ours == stock


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_stock_nbgrader_can_grade_again_what_was_written_here(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    """A side that was graded here, then by stock nbgrader."""
    shutil.copytree(sides[1].folder, tmp_path / "again")
    again = Side.__new__(Side)
    again.folder = tmp_path / "again"
    config = (again.folder / "nbgrader_config.py").read_text()
    changed = config.replace(str(sides[1].folder), str(again.folder))
    (again.folder / "nbgrader_config.py").write_text(changed)
    again.place = settings(again.folder)
    again.nbgrader("autograde", CHAPTER, "--force", "--student", "bob")
    query = f"SELECT {COLUMNS} FROM grade ORDER BY 1, 2"
    assert again.rows(query) == sides[1].rows(query)


def test_a_time_is_utc(sides: tuple[Side, Side]) -> None:
    with Gradebook(sides[1].place.db_url, "small") as gradebook:
        handed_in = gradebook.find_submission(CHAPTER, "cyd")
        assert handed_in.timestamp == datetime(2026, 3, 2, 10)
        assert handed_in.total_seconds_late == 24 * 3600
