"""The gradebook's database, opened for the one that writes; nbgrader makes it where there is none.

SQLite writes ahead (WAL), so that formgrader reads while grades are written. Whatever holds a
database for a while (formgrader saving a grade, another grading, a server that is started anew)
is waited for.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from nbgrader import api
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from helpers.errors import GradingError
from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.settings import Settings

__all__ = ["is_missing", "name_of", "nbgraders_url", "open_database", "persistently", "to_write"]

BUSY = 5  # seconds that SQLite itself waits for another program; Ctrl-C waits as long
TRIES, PAUSE = 20, 1.0  # so a database may be locked for two minutes
SPOKEN = ("sqlite", "postgresql")
LOCKED = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED
Outcome = TypeVar("Outcome")


def open_database(place: Settings) -> Engine:
    """An engine on the gradebook, with nbgrader's tables and ours; GradingError if that fails."""
    try:
        url = make_url(place.db_url)
        if url.get_backend_name() not in SPOKEN:
            raise GradingError(
                f"The gradebook {name_of(place)} is neither SQLite nor PostgreSQL: "
                "set db_url in nbgrader_config.py to one of these."
            )
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(nbgraders_url(place))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _write_ahead)
            event.listen(engine, "begin", _begin)
        persistently(lambda: _make_tables(place, engine), place)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise GradingError(
            f"The gradebook {name_of(place)} cannot be opened ({_first_line(error)}): "
            "see to db_url in nbgrader_config.py."
        ) from error
    return engine


def is_missing(place: Settings) -> bool:
    """Whether the gradebook is a file of SQLite's that is not there yet."""
    try:
        url = make_url(place.db_url)
    except ArgumentError:
        return False  # who opens it is told
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()


def nbgraders_url(place: Settings) -> str:
    """The database's address for nbgrader, which shall wait for others as we do."""
    url = make_url(place.db_url)
    if url.get_backend_name() == "sqlite":
        url = url.update_query_dict({"timeout": str(BUSY)})
    return url.render_as_string(hide_password=False)


def name_of(place: Settings) -> str:
    """The database as a person may read it: without a password."""
    try:
        return make_url(place.db_url).render_as_string()
    except ArgumentError:
        return repr(place.db_url)


def to_write(engine: Engine) -> Engine:
    """The engine, its transactions with the right to write from their beginning."""
    return engine.execution_options(writes=True)


def persistently(action: Callable[[], Outcome], place: Settings) -> Outcome:
    """What an action on the database comes to, tried again while others are in its way.

    Raises GradingError where it fails for another reason, or for too long.
    """
    for again in range(TRIES):
        try:
            return action()
        except (SQLAlchemyError, api.InvalidEntry) as error:
            if again + 1 == TRIES or not _passes(error):
                raise GradingError(
                    f"The gradebook {name_of(place)} cannot be used ({_first_line(error)}): "
                    "what was graded before is kept; see to the database, and run this again."
                ) from error
        time.sleep(PAUSE)
    raise AssertionError("not reached")


def _passes(error: Exception) -> bool:
    """Whether it may work a little later."""
    if not isinstance(error, DBAPIError):
        return "database is locked" in str(error)  # nbgrader gives others' errors as its own
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in LOCKED
    return isinstance(error, OperationalError)  # PostgreSQL: no connection, a deadlock


def _make_tables(place: Settings, engine: Engine) -> None:
    beside = str(Path(sys.executable).parent)
    paths = os.environ.get("PATH", "").split(os.pathsep)
    if beside not in paths:  # nbgrader asks the program `alembic` for the version of its tables
        os.environ["PATH"] = os.pathsep.join([beside, *paths])
    api.Gradebook(nbgraders_url(place), place.course.course_id).close()
    with to_write(engine).begin() as connection:
        _stamp(connection)
        verdicts.metadata.create_all(connection)


def _stamp(connection: Connection) -> None:
    """Write down the version of nbgrader's tables, if it was stopped before it could."""
    if not inspect(connection).has_table("alembic_version"):
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    elif connection.execute(text("SELECT 1 FROM alembic_version")).first():
        return
    version = {"version": api.get_alembic_version()}
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), version)


def _write_ahead(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say (_begin)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin(connection: Connection) -> None:
    """Begin: to write, at once with the lock, so that what was read before stays true."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _first_line(error: Exception) -> str:
    what = getattr(error, "orig", None) or error
    return (str(what).strip() or type(what).__name__).splitlines()[0]
