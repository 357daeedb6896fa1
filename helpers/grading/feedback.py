"""What `course feedback CHAPTER` does: nbgrader's feedback pages, those that are out of date.

A page holds a fingerprint of what it was made from: the notebook as it was graded, the points and
comments, and the programs that made it.  So a page is up to date by what is in it, whatever the
clock says, and a new comment makes a new page.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades
from nbgrader.utils import is_grade, is_solution, is_task

from helpers.errors import GradingError
from helpers.grading.reporting.reading import gradebook
from helpers.grading.reporting.sheets import whole
from helpers.grading.reporting.since import not_graded_yet
from helpers.grading.settings import Settings, settings
from helpers.grading.showing import feedback_page, harmless, hiding, inert
from helpers.grading.showing.feedback_data import Marks, graded_students, marks
from helpers.progress import bar

__all__ = ["Pages", "feedback_command"]

BATCH = 100  # students whose grades are read at a time: the gradebook is free in between
TIMESTAMP = "timestamp.txt"
HEAD = 2_000  # bytes of a page in which its fingerprint stands
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+.!|~&-])")


def feedback_command(chapter: str, students: Sequence[str] = (), course: Path = Path(".")) -> int:
    """Write the pages that are missing or out of date; 1 if one could not be made."""
    place = settings(course)
    chapter = place.chapter(chapter)
    pages = Pages(place, chapter)
    with gradebook(pages.settings) as connection:
        asked = _asked(graded_students(connection, chapter), students, chapter)
        progress = bar(total=len(asked), description="feedback")
        for start in range(0, len(asked), BATCH):
            for each in marks(connection, chapter, asked[start : start + BATCH]):
                pages.write(each)
                progress.update(1)
        progress.close()
        since = not_graded_yet(place, connection, chapter)
    print(
        f"{pages.made} page{'' if pages.made == 1 else 's'} made, "
        f"{pages.fresh} {'was' if pages.fresh == 1 else 'were'} up to date, "
        f"in {pages.settings.folder('feedback')}"
    )
    if pages.waiting:
        answers = "1 answer waits" if pages.waiting == 1 else f"{pages.waiting:,} answers wait"
        print(f"{answers} for a person, and the pages say so", file=sys.stderr)
    if since:
        print(since, file=sys.stderr)
    for student, reason in pages.failed.items():
        print(f"{student}: {reason}", file=sys.stderr)
    return int(bool(pages.failed))


class Pages:
    """Makes the feedback pages of a chapter with one exporter, nbgrader's settings in it."""

    def __init__(self, settings: Settings, chapter: str) -> None:
        self.settings, self.chapter = settings, chapter
        self.made = self.fresh = self.waiting = 0
        self.failed: dict[str, str] = {}
        converter = GenerateFeedback(coursedir=settings.course, config=settings.config)
        self.exporter = converter.exporter_class(parent=converter, config=converter.config)
        for step in converter.preprocessors:
            if step is not GetGrades:  # the grades come from here, for many students at once
                self.exporter.register_preprocessor(step, enabled=True)

    def write(self, marks: Marks) -> None:
        """Write a student's page unless it is up to date; what fails is kept with its reason."""
        graded = self._folder("autograded", marks.student) / f"{self.chapter}.ipynb"
        page = self._folder("feedback", marks.student) / f"{self.chapter}.html"
        self.waiting += marks.waiting
        try:
            notebook = graded.read_bytes()
            stamp = _fingerprint(notebook, marks)
            if _stamp_of(page) == stamp:
                self.fresh += 1
                return
            text = self.page(nbformat.reads(notebook.decode("utf-8"), as_version=4), marks)
            if (handed_in := graded.with_name(TIMESTAMP)).is_file():  # nbgrader takes it along
                with whole(page.with_name(TIMESTAMP)) as file:
                    file.write(handed_in.read_text(encoding="utf-8"))
            with whole(page) as file:
                file.write(text.replace("<head>", f"<head>\n{_meta(stamp)}", 1))
            self.made += 1
        except FileNotFoundError:
            self.failed[marks.student] = f"there is no graded notebook {graded}: grade it again"
        except GradingError as error:
            self.failed[marks.student] = str(error)
        except Exception as error:  # one student's notebook must not stop the others
            self.failed[marks.student] = (
                f"{graded} cannot be shown ({type(error).__name__}: {error}); "
                "what page there is stays"
            )

    def page(self, notebook: Any, marks: Marks) -> str:
        """A student's page, as HTML."""
        for cell in notebook.cells:
            _mark(cell, marks)
        if marks.notices:
            notebook.cells.insert(0, _notice(marks.notices))
        resources = {
            "metadata": {"name": self.chapter, "path": ""},
            "nbgrader": {
                "notebook": self.chapter,
                "assignment": self.chapter,
                "student": marks.student,
                "score": marks.score,
                "max_score": sum(most for _, most in marks.scores.values()),
                "late_penalty": marks.penalty,
            },
        }
        return str(self.exporter.from_notebook_node(notebook, resources)[0])

    def _folder(self, which: str, student: str) -> Path:
        return self.settings.folder(which) / student / self.chapter


def _asked(known: Sequence[str], students: Sequence[str], chapter: str) -> Sequence[str]:
    if not known:
        raise GradingError(
            f"The gradebook has no submission of {chapter}: grade it first, "
            f"with: course grade {chapter}"
        )
    for student in students:
        if student not in known:
            raise GradingError(
                f"The gradebook has no submission of {chapter} by {student}: "
                "names are those of the folders in submitted/"
            )
    return list(dict.fromkeys(students)) or known


def _mark(cell: Any, marks: Marks) -> None:
    """What nbgrader's GetGrades does, without asking the database for each cell."""
    if not (is_grade(cell) or is_solution(cell) or is_task(cell)):
        return
    facts = cell.metadata.nbgrader
    if is_grade(cell) or is_task(cell):
        if facts.grade_id not in marks.scores:
            raise GradingError(
                f"the gradebook has no points for the cell {facts.grade_id}: grade it again"
            )
        facts["score"], facts["points"] = marks.scores[facts.grade_id]
    if is_solution(cell) or is_task(cell):
        facts["comment"] = marks.comments.get(facts.grade_id)


def _notice(sentences: Sequence[str]) -> Any:
    """A cell at the top that says how the grading went."""
    plain = (MARKDOWN.sub(r"\\\1", " ".join(sentence.split())) for sentence in sentences)
    lines = "\n".join(f"- {sentence}" for sentence in plain)
    return nbformat.v4.new_markdown_cell(
        f"**Noticed when this was graded**\n\n{lines}", id="notice"
    )


def _fingerprint(notebook: bytes, marks: Marks) -> str:
    facts = json.dumps(marks.to_json(), sort_keys=True)
    return hashlib.sha256(b"\0".join([notebook, facts.encode(), _programs()])).hexdigest()


@cache
def _programs() -> bytes:
    """The programs that make a page: another version of them makes all pages new."""
    texts = [
        Path(module.__file__ or "").read_bytes()
        for module in (hiding, feedback_page, harmless, inert)
    ]
    versions = [version(name).encode() for name in ("nbgrader", "nbconvert", "nh3")]
    return b"\0".join(texts + versions)


def _meta(stamp: str) -> str:
    return f'<meta name="made-from" content="{stamp}" />'


def _stamp_of(page: Path) -> str:
    try:
        with page.open("rb") as file:
            head = file.read(HEAD).decode("utf-8", "replace")
    except OSError:
        return ""
    found = re.search(_meta(r"(\w+)"), head)
    return found[1] if found else ""
