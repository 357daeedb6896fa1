"""What has been handed in since a chapter was graded, and so is in no export or report."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from sqlalchemy import Connection, select

from helpers.errors import GradingError
from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.reporting.records import has_verdicts
from helpers.grading.settings import Settings
from helpers.grading.submission.intake import submissions

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
    count, paper = 0, None
    for each in found:
        print_, when = graded.get(each.student, ("", None))
        file = each.folder / f"{chapter}.ipynb"
        if when and not (file.exists() and _changed(file) > when.replace(tzinfo=UTC).timestamp()):
            continue
        paper = paper or settings.paper(chapter)
        count += each.fingerprint(paper) != print_
    if not count:
        return ""
    they = "1 submission has" if count == 1 else f"{count:,} submissions have"
    return f"{they} come in since the grading, and wait for: course grade {chapter}"


def _changed(file: Path) -> float:
    """When a file, or what it is called, last changed; a copied time does not hide it."""
    return file.lstat().st_ctime
