"""The course's settings: read as nbgrader reads them, and what is wrong with them told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from helpers.errors import GradingError
from helpers.grading.settings import settings

FILE = "nbgrader_config.py"


def configured(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(f"c = get_config()\n{text}\n")
    return folder


def test_folders_are_those_of_the_settings(tmp_path: Path) -> None:
    text = "c.CourseDirectory.source_directory = 'solutions'"
    place = settings(configured(tmp_path, text))
    assert place.folder("source") == tmp_path / "solutions"
    assert place.folder("autograded") == tmp_path / "autograded"
    assert place.reports == tmp_path / "reports"


def test_a_root_elsewhere_is_the_root(tmp_path: Path) -> None:
    there = tmp_path / "there"
    place = settings(configured(tmp_path, f"c.CourseDirectory.root = {str(there)!r}"))
    assert place.folder("submitted") == there / "submitted"


def test_the_gradebook_is_nbgraders(tmp_path: Path) -> None:
    place = settings(configured(tmp_path, ""))
    assert place.db_url == CourseDirectory(root=str(tmp_path)).db_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///grading/grades.db", "sqlite:///{root}/grading/grades.db"),
        ("sqlite:////var/grades.db", "sqlite:////var/grades.db"),
        ("postgresql+psycopg://host/db", "postgresql+psycopg://host/db"),
    ],
)
def test_a_gradebook_is_sought_from_the_courses_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    """Wherever the command was called."""
    folder = configured(tmp_path, f"c.CourseDirectory.db_url = {url!r}")
    monkeypatch.chdir("/")
    relative = Path(os.path.relpath(folder))
    assert settings(relative).db_url == expected.format(root=tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 / 0", "cannot be read (ZeroDivisionError: division by zero)."),
        ("c.CourseDirectory.db_url = 5", "has a setting of the wrong kind: The 'db_url' trait of a "
         "CourseDirectory instance expected a unicode string, not the int 5."),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(GradingError) as error:
        settings(configured(tmp_path, text))
    assert str(error.value) == f"{tmp_path / FILE} {told}"


def test_a_folder_without_settings_is_told(tmp_path: Path) -> None:
    with pytest.raises(GradingError) as error:
        settings(tmp_path)
    assert str(error.value) == f"There is no {FILE} in {tmp_path}: run this in the course's folder."


def test_a_chapter_may_be_asked_for_by_its_number() -> None:
    place = settings(Path(__file__).parents[2])
    asked = ("1", "01", "01_backpropagation", "99", "nothing")
    named = ("01_backpropagation",) * 3 + ("99", "nothing")
    assert tuple(map(place.chapter, asked)) == named
