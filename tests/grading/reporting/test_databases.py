"""Is what is read from PostgreSQL the same as from SQLite, to the byte?"""

from __future__ import annotations

from pathlib import Path

from helpers.grading.export import export_command
from helpers.grading.report import report_command
from helpers.grading.reporting.exports import FORMATS
from helpers.grading.reporting.reading import gradebook
from helpers.grading.settings import settings
from helpers.grading.showing.feedback_data import graded_students, marks

from ..a_class import CHAPTER, fill
from ..postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]  # pytest finds them here


def read(folder: Path) -> dict[str, str]:
    """All that is made of a gradebook, by name."""
    report_command(CHAPTER, folder)
    for kind in FORMATS:
        export_command(CHAPTER, kind, None, folder)
    reports = settings(folder).reports
    found = {path.name: path.read_text("utf-8") for path in reports.glob("*.csv")}
    with gradebook(settings(folder)) as connection:
        students = graded_students(connection, CHAPTER)
        found["marks"] = str(sorted(map(str, marks(connection, CHAPTER, students))))
    return found


def test_reports_and_exports_are_those_of_sqlite(postgres: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    fill(tmp_path / "one", 40)
    fill(tmp_path / "other", 40, db_url=postgres)
    found = read(tmp_path / "one")
    assert len(found) == 7
    assert read(tmp_path / "other") == found
