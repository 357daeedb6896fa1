"""What has been handed in since a chapter was graded, and so is in no export or report."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from helpers.errors import GradingError
from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.reporting.records import has_verdicts
from helpers.grading.settings import Settings
from helpers.grading.submission.intake import Submission, submissions

__all__ = ["not_graded_yet"]


def not_graded_yet(settings: Settings, connection: Connection, chapter: str) -> str:
    """A sentence about submissions without a grade, or with that of an earlier file; or nothing."""
    try:
        found = submissions(settings.folder("submitted"), chapter, ())
    except GradingError:
        return ""  # they lie elsewhere, and were graded with --submitted
    if not has_verdicts(connection):
        return ""
    row = verdicts.c
    wanted = select(row.student, row.fingerprint, row.written).where(row.chapter == chapter)
    graded = {who: (print_, when) for who, print_, when in connection.execute(wanted)}
    count = sum(each.student not in graded for each in found)
    touched = [
        each
        for each in found
        if each.student in graded and _is_newer(each, graded[each.student][1])
    ]
    if touched:
        paper = settings.paper(chapter)
        count += sum(each.fingerprint(paper) != graded[each.student][0] for each in touched)
    if not count:
        return ""
    they = "1 submission has" if count == 1 else f"{count:,} submissions have"
    return f"{they} come in since the grading, and wait for: course grade {chapter}"


def _is_newer(submission: Submission, graded: datetime) -> bool:
    """Whether the file may be another one than was graded; a copied time does not hide it."""
    try:
        changed = (submission.folder / f"{submission.chapter}.ipynb").lstat().st_ctime
    except OSError:
        return False
    return changed > graded.replace(tzinfo=UTC).timestamp()
