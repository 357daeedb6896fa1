"""The gradebook, open to be read; and where a student's pages are, seen from the reports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from helpers.errors import GradingError
from helpers.grading.settings import Settings

__all__ = ["gradebook", "link"]


@contextmanager
def gradebook(settings: Settings) -> Iterator[Connection]:
    """A connection to the gradebook; raises GradingError where there is none."""
    url = make_url(settings.db_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise GradingError(
            f"There is no gradebook at {url.database}: grade first, with: course grade CHAPTER"
        )
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise GradingError(
            f"The gradebook {url.render_as_string()} cannot be read ({reason}): "
            "see to the database, or to db_url in nbgrader_config.py"
        ) from error
    finally:
        engine.dispose()


def link(settings: Settings, chapter: str, student: str) -> str | None:
    """The address of a student's feedback, else of the notebook, from the folder of reports."""
    for folder, ending in (("feedback", "html"), ("autograded", "ipynb")):
        file = settings.folder(folder) / student / chapter / f"{chapter}.{ending}"
        if file.is_file():
            return quote(os.path.relpath(file, settings.reports).replace(os.sep, "/"))
    return None
