"""Is it told what an export does not hold yet: new submissions, and files that were replaced?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.grading.export import export_command
from helpers.grading.feedback import feedback_command
from helpers.grading.report import report_command

from ..small_course import CHAPTER, SmallCourse


def told(course: SmallCourse, capsys: pytest.CaptureFixture[str]) -> str:
    """What the export says besides the file's place and the answers that wait."""
    export_command(CHAPTER, "csv", None, course.folder)
    return "".join(
        line for line in capsys.readouterr().err.splitlines(True) if "by hand" not in line
    )


def test_what_has_come_in_since_the_grading_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = SmallCourse(tmp_path / "course").with_gradebook()
    for student in ("ada", "bob", "cyd"):
        course.hand_in(student)
    course.grade()
    assert told(course, capsys) == ""

    course.hand_in("ada", norm="def norm(x): return 0")
    waiting = f"come in since the grading, and wait for: course grade {CHAPTER}\n"
    assert told(course, capsys) == f"1 submission has {waiting}"
    course.hand_in("dan")
    assert told(course, capsys) == f"2 submissions have {waiting}"
    feedback_command(CHAPTER, [], course.folder)
    report_command(CHAPTER, course.folder)
    printed = capsys.readouterr()
    assert waiting in printed.err and waiting in printed.out
    page = course.folder / f"grading/reports/{CHAPTER}.html"
    assert "2 submissions have come in since the grading" in page.read_text("utf-8")

    course.grade()
    assert told(course, capsys) == ""


def test_a_file_that_was_only_touched_has_not_come_in_since(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = SmallCourse(tmp_path / "course").with_gradebook()
    path = course.hand_in("ada")
    course.grade()
    os.utime(path)
    path.chmod(0o600)
    assert told(course, capsys) == ""
