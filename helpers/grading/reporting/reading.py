"""The gradebook, open to be read; and where a student's pages are, seen from the reports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from helpers.errors import GradingError
from helpers.grading.gradebook.database import is_missing, name_of
from helpers.grading.settings import Settings

__all__ = ["gradebook", "link"]


@contextmanager
def gradebook(settings: Settings) -> Iterator[Connection]:
    """A connection to the gradebook; raises GradingError where there is none."""
    if is_missing(settings):
        place = make_url(settings.db_url).database
        raise GradingError(
            f"There is no gradebook at {place}: grade first, with: course grade CHAPTER"
        )
    try:
        engine = create_engine(settings.db_url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise GradingError(
            f"The gradebook {name_of(settings)} cannot be read ({reason}): "
            "see to the database, or to db_url in nbgrader_config.py"
        ) from error


def link(settings: Settings, chapter: str, student: str) -> str | None:
    """The address of a student's feedback, else of the notebook, from the folder of reports."""
    for folder, ending in (("feedback", "html"), ("autograded", "ipynb")):
        file = settings.folder(folder) / student / chapter / f"{chapter}.{ending}"
        if file.is_file():
            return quote(os.path.relpath(file, settings.reports).replace(os.sep, "/"))
    return None
