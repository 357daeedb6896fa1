"""The names that come with what was handed in: entered once, never over what a person entered."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from helpers.errors import GradingError
from helpers.grading.gradebook.people import name_students
from helpers.grading.settings import Settings

from ..a_class import a_course, a_writer


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A course whose gradebook is of one kind or the other."""
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    return a_course(tmp_path, url)


def names(place: Settings) -> dict[str, tuple[str | None, str | None]]:
    with Gradebook(place.db_url, place.course.course_id) as gradebook:
        return {each.id: (each.first_name, each.last_name) for each in gradebook.students}


def test_new_students_and_those_without_a_name_get_it(place: Settings) -> None:
    with a_writer(place), Gradebook(place.db_url, place.course.course_id) as gradebook:
        gradebook.add_student("2001")
        gradebook.add_student("2003", first_name="Cy", last_name="Young")
    name_students(place, {"2001": "Ada King Lovelace", "2002": "lovelaceada", "2003": "Cy Old"})
    named = {
        "2001": ("Ada King", "Lovelace"),
        "2002": (None, "lovelaceada"),
        "2003": ("Cy", "Young"),
    }
    assert names(place) == named
    name_students(place, {"2001": "Somebody Else"})
    name_students(place, {})
    assert names(place) == named


def test_without_a_gradebook_none_is_made(tmp_path: Path) -> None:
    place = a_course(tmp_path)
    name_students(place, {"2001": "Ada Lovelace"})
    assert not list(tmp_path.rglob("*.db"))


def test_a_gradebook_that_is_none_is_told(tmp_path: Path) -> None:
    place = a_course(tmp_path)
    Path(place.db_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    Path(place.db_url.removeprefix("sqlite:///")).write_text("no database " * 100)
    with pytest.raises(GradingError, match="cannot be"):
        name_students(place, {"2001": "Ada Lovelace"})
