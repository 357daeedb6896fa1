"""What `course report CHAPTER` does: a page and three tables of what a class understood."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from helpers.errors import GradingError
from helpers.grading.reporting import tables
from helpers.grading.reporting.page import page
from helpers.grading.reporting.reading import gradebook, link
from helpers.grading.reporting.records import points, questions, standings
from helpers.grading.reporting.results import ClassResult
from helpers.grading.reporting.sheets import whole, write_rows
from helpers.grading.reporting.since import not_graded_yet
from helpers.grading.reporting.statistics import class_result
from helpers.grading.settings import Settings, settings

__all__ = ["report", "report_command"]

TABLES = {
    "exercises": tables.exercises,
    "mistakes": tables.mistakes,
    "students": tables.students,
}


def report_command(chapter: str, course: Path = Path(".")) -> int:
    """Write grading/reports/CHAPTER.html with its tables, and say what is in it."""
    found = settings(course)
    chapter = found.chapter(chapter)
    result = report(found, chapter)
    count = len(result.pupils)
    print(found.reports / f"{chapter}.html")
    print(
        f"{count} submission{'' if count == 1 else 's'}, {len(result.stuck)} may be stuck, ", end=""
    )
    print(f"{result.waiting} answer{'' if result.waiting == 1 else 's'} to grade by hand")
    if result.since:
        print(result.since)
    if result.open_air:
        print(f"NOT ISOLATED: {len(result.open_air)} of them; the page says which")
    return 0


def report(settings: Settings, chapter: str) -> ClassResult:
    """Write the page and the tables of a chapter; returns the numbers in them.

    Raises GradingError where nothing of it has been graded.
    """
    with gradebook(settings) as rows:
        result = class_result(
            chapter,
            questions(rows, chapter),
            points(rows, chapter),
            standings(rows, chapter),
        )
        result.since = not_graded_yet(settings, rows, chapter)
    if not result.pupils:
        raise GradingError(
            f"The gradebook has no submission of {chapter}: grade it first, with: "
            f"course grade {chapter}"
        )
    for name, table in TABLES.items():
        with whole(settings.reports / f"{chapter}-{name}.csv") as file:
            write_rows(table(result), file)
    with whole(settings.reports / f"{chapter}.html") as file:
        file.write(page(result, partial(link, settings, chapter), datetime.now()))
    return result
