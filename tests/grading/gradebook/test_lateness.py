"""Penalties for being late: none by default, else what the plugin of nbgrader's settings says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from helpers.errors import GradingError
from helpers.grading.gradebook.writer import Writer
from helpers.grading.settings import Settings, settings

from ..a_class import CHAPTER, a_course, a_verdict, a_writer

PLUGIN = """
from nbgrader.plugins import BasePlugin

class AnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {penalty}

c.AssignLatePenalties.plugin_class = AnHour
"""
ZERO = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
POINTS = 6.0  # of a_verdict


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A course with a chapter that was due at noon, and a submission of one o'clock."""
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    place = a_course(tmp_path, url)
    with a_writer(place), Gradebook(place.db_url, "small") as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate="2026-01-02 12:00 UTC")
    handed_in(place, "2026-01-02 13:00:00 UTC")
    return tmp_path


def handed_in(place: Settings, text: str) -> None:
    path = place.folder("submitted") / "ada" / CHAPTER / "timestamp.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def configured(folder: Path, text: str) -> Settings:
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(text)
    return settings(folder)


def penalty(place: Settings) -> float | None:
    """What being late costs ada, written anew."""
    with Writer(place) as writer:
        writer.write([a_verdict()])
    with Gradebook(place.db_url, "small") as gradebook:
        notebook = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "ada")
        found: float | None = notebook.late_submission_penalty
    return found


def test_being_late_costs_nothing_by_default(folder: Path) -> None:
    assert penalty(settings(folder)) is None


def test_it_costs_everything_where_the_settings_say_so(folder: Path) -> None:
    assert penalty(configured(folder, ZERO)) == POINTS


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ("total_seconds_late / 3600", 1.0),
        ("score / 2", POINTS / 2),
        ("score + 1", POINTS),
        ("-1", 0.0),
        ("None", None),
    ],
)
def test_a_plugin_is_asked_and_kept_within_the_score(
    folder: Path, given: str, due: float | None
) -> None:
    assert penalty(configured(folder, PLUGIN.format(penalty=given))) == due


def test_an_extension_counts(folder: Path) -> None:
    place = configured(folder, PLUGIN.format(penalty="total_seconds_late / 3600"))
    assert penalty(place) == 1.0
    for minutes, due in ((45, 0.25), (60, None)):
        with Gradebook(place.db_url, "small") as gradebook:
            gradebook.find_submission(CHAPTER, "ada").extension = timedelta(minutes=minutes)
            gradebook.db.commit()
        assert penalty(place) == due


def test_a_penalty_goes_with_its_reason(folder: Path) -> None:
    place = configured(folder, ZERO)
    assert penalty(place) == POINTS
    handed_in(place, "2026-01-02 11:59:59 UTC")
    assert penalty(place) is None


def test_a_plugin_that_fails_is_told(folder: Path) -> None:
    place = configured(folder, PLUGIN.format(penalty="1 / 0"))
    with pytest.raises(GradingError) as error:
        penalty(place)
    assert str(error.value) == (
        "The plugin for late penalties failed for ada (ZeroDivisionError: division by zero): "
        "see AssignLatePenalties in nbgrader_config.py."
    )


def test_without_nbgraders_step_a_penalty_stays_as_it_is(folder: Path) -> None:
    assert penalty(configured(folder, ZERO)) == POINTS
    place = configured(folder, "c.Autograde.autograde_preprocessors = []\n")
    assert penalty(place) == POINTS
