"""`course feedback`: what a page says, and which pages are made."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_output

from helpers.errors import GradingError
from helpers.grading.feedback import Pages, feedback_command
from helpers.grading.showing.feedback_data import marks
from helpers.grading.showing.hiding import HideHiddenTests
from helpers.grading.showing.inert import MakeInert

from .classes import CHAPTER, MISTAKE, ClassOfStudents, notebook

PAGES = """
from nbgrader.preprocessors import GetGrades
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from helpers.grading.showing.hiding import HideHiddenTests
from helpers.grading.showing.feedback_page import FeedbackPage
from helpers.grading.showing.inert import MakeInert
c.GenerateFeedback.preprocessors = [
    GetGrades, HideHiddenTests, MakeInert, CSSHTMLHeaderPreprocessor
]
c.GenerateFeedback.exporter_class = FeedbackPage
"""


@pytest.fixture(autouse=True)
def _pages(students: ClassOfStudents) -> None:
    """The settings for feedback are the course's own."""
    with (students.root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(PAGES)


def page(students: ClassOfStudents, student: str = "ada") -> Path:
    return students.root / "grading" / "feedback" / student / CHAPTER / f"{CHAPTER}.html"


def words(path: Path) -> str:
    text = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", path.read_text("utf-8"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


def made(students: ClassOfStudents, capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    assert feedback_command(CHAPTER, asked, students.root) == 0
    return capsys.readouterr().out.partition(", in")[0]


def test_a_page_has_points_reason_and_comment_and_no_hidden_test(
    students: ClassOfStudents,
) -> None:
    students.hand_in("ada", 0.5, 4, None)
    students.by_hand("ada", "rule_answer", 2)
    students.comment("ada", "See equation (3).")
    feedback_command(CHAPTER, [], students.root)
    text = words(page(students))
    assert f"{CHAPTER} (Score: 6.5 / 9.0)" in text
    assert "Score: 0.5 / 2.0" in text and "Score: 2.0 / 3.0" in text
    assert f"Exercise 1.2 slope: {MISTAKE}" in text
    assert "See equation (3)." in text
    assert "271828" not in text and "HIDDEN TESTS" not in text


def test_why_it_ended_and_what_was_off_stand_at_the_top(students: ClassOfStudents) -> None:
    remarks = ["The cell slope was deleted: a fresh one was put in its place."]
    facts = {"state": "timed out", "reason": "A <b>cell</b> ran *too* long.", "remarks": remarks}
    students.hand_in("ada", 0, 0, None, **facts)
    feedback_command(CHAPTER, [], students.root)
    text = words(page(students))
    assert "Not all of it ran to its end (timed out). A < b>cell< /b> ran *too* long." in text
    assert remarks[0] in text
    assert text.index("Not all of it ran") < text.index("def slope")


def test_answers_that_wait_for_a_person_are_told(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 4, None)
    feedback_command(CHAPTER, [], students.root)
    waiting = "One answer waits for a person: the points may still change."
    assert waiting in words(page(students))
    assert capsys.readouterr().err == "1 answer waits for a person, and the pages say so\n"
    students.by_hand("ada", "rule_answer", 3)
    feedback_command(CHAPTER, [], students.root)
    assert waiting not in words(page(students))
    assert capsys.readouterr().err == ""


def test_what_a_student_displays_does_not_run(students: ClassOfStudents) -> None:
    shown = new_code_cell("show()")
    shown.outputs = [new_output("display_data", {"text/html": "<b>x</b><script>evil()</script>"})]
    students.hand_in("ada", 2, 4, None, notebook=notebook(shown))
    feedback_command(CHAPTER, [], students.root)
    text = page(students).read_text("utf-8")
    assert "<b>x</b>" in text
    assert "evil()" not in text
    assert text.index("Content-Security-Policy") < text.index("<title>")


def test_only_pages_that_are_out_of_date_are_made(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 4, None)
    students.hand_in("bob", 0, 4, None)
    assert made(students, capsys) == "2 pages made, 0 were up to date"
    assert made(students, capsys) == "0 pages made, 2 were up to date"
    students.comment("ada", "Well explained.")
    assert made(students, capsys) == "1 page made, 1 was up to date"
    students.by_hand("bob", "rule_answer", 1)
    assert made(students, capsys) == "1 page made, 1 was up to date"
    students.hand_in("bob", 2, 4, None)
    assert made(students, capsys) == "1 page made, 1 was up to date"
    page(students, "bob").unlink()
    assert made(students, capsys) == "1 page made, 1 was up to date"


def test_a_clock_that_is_wrong_changes_nothing(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 4, None)
    made(students, capsys)
    os.utime(page(students), (0, 0))
    assert made(students, capsys) == "0 pages made, 1 was up to date"


def test_one_student_may_be_asked_for(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    for student in ("ada", "bob", "eve"):
        students.hand_in(student, 2, 4, None)
    assert made(students, capsys, "bob", "eve", "bob") == "2 pages made, 0 were up to date"
    assert not page(students).exists()


def test_a_student_who_is_not_there_is_told(students: ClassOfStudents) -> None:
    students.hand_in("ada", 2, 4, None)
    with pytest.raises(GradingError) as told:
        feedback_command(CHAPTER, ["ada", "adda"], students.root)
    assert str(told.value) == (
        "The gradebook has no submission of 01_mini by adda: "
        "names are those of the folders in submitted/"
    )
    assert not page(students).exists()


def test_a_chapter_nobody_handed_in_is_told(students: ClassOfStudents) -> None:
    with pytest.raises(GradingError) as told:
        feedback_command(CHAPTER, [], students.root)
    assert str(told.value) == (
        "The gradebook has no submission of 01_mini: grade it first, with: course grade 01_mini"
    )


def test_one_notebook_that_cannot_be_shown_stops_no_other(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    for student in ("ada", "bob", "eve"):
        students.hand_in(student, 2, 4, None)
    graded = students.settings.folder("autograded")
    broken = graded / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    broken.unlink()  # nbgrader lets nobody write in it
    broken.write_text("{", encoding="utf-8")
    (graded / "bob" / CHAPTER / f"{CHAPTER}.ipynb").unlink()
    assert feedback_command(CHAPTER, [], students.root) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("1 page made, 0 were up to date")
    _, ada, bob = printed.err.splitlines()
    assert re.match(r"ada: .*01_mini\.ipynb cannot be shown \(NotJSONError: .*stays$", ada)
    assert re.match(r"bob: there is no graded notebook .*01_mini\.ipynb: grade it again$", bob)
    assert page(students, "eve").exists()


def test_a_cell_without_points_in_the_gradebook_is_told(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = notebook()
    changed.cells[1].metadata.nbgrader["grade_id"] = "other_check"
    students.hand_in("ada", 2, 4, None, notebook=changed)
    students.by_hand("ada", "rule_answer", 3)
    assert feedback_command(CHAPTER, [], students.root) == 1
    assert capsys.readouterr().err == (
        "ada: the gradebook has no points for the cell other_check: grade it again\n"
    )


def test_the_time_of_handing_in_goes_along_as_with_nbgrader(students: ClassOfStudents) -> None:
    students.hand_in("ada", 2, 4, None)
    graded = students.settings.folder("autograded") / "ada" / CHAPTER
    (graded / "timestamp.txt").write_text("2026-01-05 12:00:00 UTC", encoding="utf-8")
    feedback_command(CHAPTER, [], students.root)
    copied = page(students).with_name("timestamp.txt")
    assert copied.read_text("utf-8") == "2026-01-05 12:00:00 UTC"


def test_a_page_is_nbgraders_but_for_what_is_locked(students: ClassOfStudents) -> None:
    """The same words in the same order as from nbconvert's own exporter."""
    students.hand_in("ada", 2, 4, None)
    feedback_command(CHAPTER, [], students.root)
    ours = words(page(students))
    pages = Pages(students.settings, CHAPTER)
    stock = HTMLExporter(parent=pages.exporter.parent, config=pages.exporter.config)
    for step in (HideHiddenTests, MakeInert):
        stock.register_preprocessor(step, enabled=True)
    pages.exporter = stock
    graded = students.settings.folder("autograded") / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    with students.connect() as connection:
        (of_ada,) = marks(connection, CHAPTER, ["ada"])
    path = students.root / "stock.html"
    path.write_text(pages.page(nbformat.read(graded, as_version=4), of_ada), encoding="utf-8")
    assert words(path).replace("¶", "") == ours  # a sign to point at headings with
