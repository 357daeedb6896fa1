"""A course in a folder with a gradebook, filled by the writer that fills a real one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from sqlalchemy import Connection, create_engine, event

from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.gradebook.writer import Writer
from helpers.grading.settings import Settings, settings
from helpers.grading.verdict import Score, Verdict

CHAPTER = "01_mini"
CELLS = {"slope_check": 2.0, "rule_check": 4.0, "rule_answer": 3.0}
EXERCISES = {"slope": "1.2: slope", "rule": "1.10: rule"}
MISTAKE = "squares instead of doubling"


class ClassOfStudents:
    """Students with their points; each `hand_in` is what `course grade` writes for one."""

    def __init__(self, root: Path, config: str, blank: Path) -> None:
        self.root = root
        (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
        self.settings: Settings = settings(root)
        shutil.copy(blank, root / "gradebook.db")
        self.engine = create_engine(self.settings.db_url)

    @staticmethod
    def blank(path: Path) -> Path:
        """A gradebook that knows the chapter and no student; nbgrader takes a second to make it."""
        with Gradebook(url := f"sqlite:///{path}", "course") as gradebook:
            gradebook.add_assignment(CHAPTER)
            gradebook.add_notebook(CHAPTER, CHAPTER)
            for name, most in CELLS.items():
                kind = "markdown" if name.endswith("_answer") else "code"
                gradebook.add_grade_cell(name, CHAPTER, CHAPTER, max_score=most, cell_type=kind)
            gradebook.add_solution_cell("slope", CHAPTER, CHAPTER)
        engine = create_engine(url)
        verdicts.metadata.create_all(engine)
        engine.dispose()
        return path

    def hand_in(self, student: str, *points: float | None, **facts: Any) -> Verdict:
        """A graded submission with points in the order of the cells; facts are a Verdict's.

        `mistake` and `answered` go to every cell with less than all points.
        """
        kinds = {key: facts.pop(key) for key in ("mistake", "answered") if key in facts}
        scores = [
            Score(name, EXERCISES.get(name.rpartition("_")[0], name), given, most,
                  **({} if given is None or given >= most else kinds))
            for (name, most), given in zip(CELLS.items(), points, strict=False)
        ]  # fmt: skip
        facts = {"state": "graded", "scores": scores, "notebook": notebook()} | facts
        verdict = Verdict(CHAPTER, student, fingerprint="0", **facts)
        self.write(verdict)
        return verdict

    def write(self, verdict: Verdict) -> None:
        """What the writer does with a verdict."""
        with Writer(self.settings) as writer:
            writer.write([verdict])

    def by_hand(self, student: str, cell: str, points: float) -> None:
        """A person gives points."""
        with Gradebook(self.settings.db_url, "course") as gradebook:
            grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()

    def comment(self, student: str, text: str) -> None:
        """A person writes a comment to the answer to `slope`."""
        with Gradebook(self.settings.db_url, "course") as gradebook:
            found = gradebook.find_comment("slope", CHAPTER, CHAPTER, student)
            found.manual_comment = text
            gradebook.db.commit()

    def connect(self) -> Connection:
        """The gradebook, to read."""
        return self.engine.connect()

    def statements(self) -> list[str]:
        """What is asked of the database from now on."""
        seen: list[str] = []
        event.listen(
            self.engine, "before_cursor_execute", lambda *given: seen.append(str(given[2]))
        )
        return seen


def notebook(*more: Any) -> Any:
    """A graded notebook as the engine leaves it."""
    shared = {"schema_version": 3, "locked": False, "task": False}
    answer = {**shared, "grade": False, "grade_id": "slope", "solution": True}
    cells = [new_code_cell("def slope(x):\n    return x * x", metadata={"nbgrader": answer})]
    for name, most in CELLS.items():
        marks = {**shared, "grade": True, "grade_id": name, "points": most,
                 "solution": name.endswith("_answer")}  # fmt: skip
        make = new_markdown_cell if name.endswith("_answer") else new_code_cell
        cells.append(make(f"# {name}\n", metadata={"nbgrader": marks}))
    cells[1].source += "### BEGIN HIDDEN TESTS\nsecret = 271828\n### END HIDDEN TESTS"
    said = f"Exercise 1.2 slope: {MISTAKE}"
    cells[1].outputs = [new_output("error", ename="StudentMistake", evalue=said, traceback=[said])]
    return new_notebook(cells=[*cells, *more])
