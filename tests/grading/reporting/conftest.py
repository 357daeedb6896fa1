"""An empty class for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from .classes import ClassOfStudents

CONFIG = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.db_url = "sqlite:///{root}/gradebook.db"
"""


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook without students, made once."""
    return ClassOfStudents.blank(tmp_path_factory.mktemp("blank") / "gradebook.db")


@pytest.fixture
def students(tmp_path: Path, blank: Path) -> ClassOfStudents:
    """A class in which nobody has handed in anything."""
    return ClassOfStudents(tmp_path, CONFIG.format(root=str(tmp_path)), blank)
