"""`nbgrader autograde` and formgrader's button: the same engine, in the same sandbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from helpers.grading.settings import settings

from .small_course import CHAPTER, ESSAY, SmallCourse, nbgrader

if sys.platform != "linux":
    pytest.skip("the sandbox needs Linux", allow_module_level=True)

ALL = {"scale_check": 2.0, "norm_check": 2.0, "layer_check": 2.0, ESSAY: None}
# its /tmp is the sandbox's, not the machine's
UNTOUCHED = "import glob\nassert glob.glob('/tmp/home') and not glob.glob('/tmp/pytest-of-*')"


@pytest.fixture
def course(tmp_path: Path) -> SmallCourse:
    course = SmallCourse(tmp_path / "course").with_gradebook()
    course.hand_in("ada", scale=f"{UNTOUCHED}\ndef scale(x):\n    return 2 * x")
    course.hand_in("bob", norm="import os\nos._exit(0)")
    return course


@pytest.fixture
def button(course: SmallCourse, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What formgrader's button calls, with the repository's settings."""
    monkeypatch.setattr(Autograde, "convert_notebooks", Autograde.convert_notebooks)  # put back
    monkeypatch.chdir(course.folder)
    config = settings(course.folder).config
    api = NbGraderAPI(CourseDirectory(config=config), config=config)

    def press(student: str) -> dict[str, Any]:
        return dict(api.autograde(CHAPTER, student))

    return press


def test_the_command_grades_with_the_engine(course: SmallCourse) -> None:
    done = nbgrader(course.folder, "autograde", CHAPTER)
    assert done.returncode == 0, done.stderr
    assert "graded: 1" in done.stderr
    assert "died: 1" in done.stderr
    look_at = course.folder / f"grading/reports/{CHAPTER}-look-at.csv"
    assert f"These need a person's eye: {look_at}" in done.stderr
    rows = course.verdicts()
    assert {student: row.state for student, row in rows.items()} == {"ada": "graded", "bob": "died"}
    assert {row.isolated for row in rows.values()} == {True}
    assert course.points("ada") == ALL

    # Again: nothing has changed.
    assert nbgrader(course.folder, "autograde", CHAPTER).returncode == 0
    assert {s: r.written for s, r in course.verdicts().items()} == {
        student: row.written for student, row in rows.items()
    }


def test_the_button_grades_the_one_that_it_stands_beside(course: SmallCourse, button: Any) -> None:
    assert button("ada")["success"]
    rows = course.verdicts()
    assert rows.keys() == {"ada"}
    assert button("ada")["success"]  # the button always grades anew
    assert course.verdicts()["ada"].written > rows["ada"].written
    assert course.points("ada") == ALL


def test_without_a_sandbox_both_refuse(
    course: SmallCourse, button: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    sentence = "bubblewrap is not installed: on Debian and Ubuntu, apt install bubblewrap."
    told = button("ada")
    assert not told["success"]
    assert sentence in told["log"]
    done = nbgrader(course.folder, "autograde", CHAPTER)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert course.verdicts() == {}
