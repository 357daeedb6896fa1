"""`course export`: a file or the terminal, and what is said besides."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from helpers.errors import GradingError
from helpers.grading.export import export_command
from helpers.grading.reporting.exports import FORMATS

from .classes import CHAPTER, ClassOfStudents


@pytest.mark.parametrize("kind", FORMATS)
def test_the_file_lies_with_the_reports(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    students.hand_in("ada", 2, 4, None)
    assert export_command(CHAPTER, kind, None, students.root) == 0
    path = students.settings.reports / f"{CHAPTER}-{kind}.csv"
    printed = capsys.readouterr()
    assert printed.out == f"{path}\n"
    assert printed.err == "1 answer is not graded by hand yet: no points stand there\n"
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert any("ada" in row for row in rows)


def test_a_dash_prints_the_rows_and_nothing_else(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 1.5, None)
    students.by_hand("ada", "rule_answer", 3)
    export_command(CHAPTER, "moodle", Path("-"), students.root)
    printed = capsys.readouterr()
    assert printed.out == (
        "Identifier,Username,Email address,01_mini 1.2 slope,01_mini 1.10 rule,"
        "01_mini 1.10 rule (by hand),Grade,Last modified (grade)\n"
        ",ada,,2,1.5,3,6.5,\n"
    )
    assert printed.err == ""
    assert not students.settings.reports.exists()


def test_points_that_a_person_is_to_look_at_again_are_told(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str]
) -> None:
    students.hand_in("ada", 2, 4, None)
    students.by_hand("ada", "rule_answer", 3)
    students.hand_in("ada", 2, 4, None)
    export_command(CHAPTER, "csv", None, students.root)
    assert capsys.readouterr().err == (
        "1 question was graded by hand before the last run: the old points stand there until a "
        "person looks again, in Formgrader > Manual Grading\n"
    )


def test_a_students_name_is_no_formula(students: ClassOfStudents, tmp_path: Path) -> None:
    students.hand_in("=HYPERLINK(1)", 2, 4, None)
    for kind in FORMATS:
        export_command(CHAPTER, kind, tmp_path / kind, students.root)
        assert "'=HYPERLINK(1)" in (tmp_path / kind).read_text("utf-8")


def test_a_total_that_moodle_refuses_is_told(
    students: ClassOfStudents, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.grading.export.MOODLES_MOST", 8.0)
    export_command(CHAPTER, "moodle", None, students.root)
    assert capsys.readouterr().err == (
        "No submission of 01_mini is graded: the table is empty\n"
        "The total is over 100 points: Moodle refuses it unless its site setting "
        "unlimitedgrades is on\n"
    )


def test_an_unknown_chapter_writes_nothing(students: ClassOfStudents) -> None:
    with pytest.raises(GradingError, match="The gradebook has no chapter 99_none"):
        export_command("99_none", "csv", None, students.root)
    assert not students.settings.reports.exists()
