"""`course report`: the page, its tables, and what is said in the terminal."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from helpers.errors import GradingError
from helpers.grading.report import report_command
from helpers.grading.reporting.reading import link

from .classes import CHAPTER, MISTAKE, ClassOfStudents


def table(students: ClassOfStudents, name: str) -> list[dict[str, str]]:
    path = students.settings.reports / f"{CHAPTER}-{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_page_and_its_tables_lie_beside_the_feedback(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 4, None)
    students.hand_in("bob", 0, 1, None, mistake=MISTAKE, state="timed out", reason="A cell hung.")
    assert report_command(CHAPTER, students.root) == 0
    page = students.root / "grading" / "reports" / f"{CHAPTER}.html"
    assert capsys.readouterr().out == (
        f"{page}\n2 submissions, 1 may be stuck, 2 answers to grade by hand\n"
    )
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "01_mini-exercises.csv", "01_mini-mistakes.csv", "01_mini-students.csv", "01_mini.html",
    ]  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert f"../autograded/bob/{CHAPTER}/{CHAPTER}.ipynb" in text
    assert MISTAKE in text


def test_the_tables_hold_the_pages_numbers(students: ClassOfStudents) -> None:
    students.hand_in("ada", 2, 4, None)
    students.hand_in("=cmd()", 0, 1, None, mistake=MISTAKE, isolated=False)
    report_command(CHAPTER, students.root)
    assert [row["mean share"] for row in table(students, "exercises")] == ["0.5", "0.625", ""]
    assert table(students, "mistakes")[0] == {
        "exercise": "1.10 rule", "mistake": MISTAKE, "students": "1", "for example": "'=cmd()",
    }  # fmt: skip
    rows = {row["student"]: row for row in table(students, "students")}
    assert (rows["ada"]["points"], rows["ada"]["isolated"]) == ("6", "yes")
    assert (rows["'=cmd()"]["points"], rows["'=cmd()"]["isolated"]) == ("1", "no")


def test_a_chapter_that_nobody_handed_in_is_told(students: ClassOfStudents) -> None:
    with pytest.raises(GradingError) as told:
        report_command(CHAPTER, students.root)
    assert str(told.value) == (
        "The gradebook has no submission of 01_mini: grade it first, with: course grade 01_mini"
    )
    assert not students.settings.reports.exists()


def test_what_was_not_isolated_is_said_in_the_terminal_too(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 4, None, isolated=False)
    report_command(CHAPTER, students.root)
    assert capsys.readouterr().out.endswith("NOT ISOLATED: 1 of them; the page says which\n")


def test_feedback_is_linked_before_the_notebook(students: ClassOfStudents) -> None:
    students.hand_in("ada b", 2, 4, None)
    place = f"ada%20b/{CHAPTER}/{CHAPTER}"
    assert link(students.settings, CHAPTER, "ada b") == f"../autograded/{place}.ipynb"
    page = students.settings.folder("feedback") / "ada b" / CHAPTER / f"{CHAPTER}.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert link(students.settings, CHAPTER, "ada b") == f"../feedback/{place}.html"
    assert link(students.settings, CHAPTER, "bob") is None


def test_without_a_gradebook_it_says_what_to_do(students: ClassOfStudents) -> None:
    (students.root / "gradebook.db").unlink()
    with pytest.raises(GradingError) as told:
        report_command(CHAPTER, students.root)
    assert str(told.value) == (
        f"There is no gradebook at {students.root}/gradebook.db: "
        "grade first, with: course grade CHAPTER"
    )


def test_a_gradebook_that_is_none_is_told(students: ClassOfStudents) -> None:
    (students.root / "gradebook.db").write_bytes(b"not a database, whatever its name says" * 30)
    with pytest.raises(GradingError) as told:
        report_command(CHAPTER, students.root)
    assert str(told.value) == (
        f"The gradebook sqlite:///{students.root}/gradebook.db cannot be read "
        "(file is not a database): see to the database, or to db_url in nbgrader_config.py"
    )


def test_outside_a_course_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(GradingError, match=r"There is no nbgrader_config\.py in"):
        report_command(CHAPTER, tmp_path)
