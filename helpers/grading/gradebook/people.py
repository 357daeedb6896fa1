"""The names of students, as a learning platform gives them with what they handed in."""

from __future__ import annotations

from collections.abc import Mapping

from nbgrader import api
from sqlalchemy import bindparam, select, update

from helpers.grading.gradebook.database import is_missing, open_database, persistently, to_write
from helpers.grading.settings import Settings

__all__ = ["name_students"]

students = api.Student.__table__


def name_students(place: Settings, names: Mapping[str, str]) -> None:
    """Enter students with their names; who has one keeps it.

    Does nothing while there is no gradebook: it comes with the release of a chapter. Raises
    GradingError where there is one that cannot be used.
    """
    if is_missing(place):
        return
    engine = open_database(place)

    def save() -> None:
        with to_write(engine).begin() as connection:
            known = {
                row.id: bool(row.first_name or row.last_name)
                for row in connection.execute(
                    select(students.c.id, students.c.first_name, students.c.last_name)
                )
            }
            rows = [
                {"who": who, "first": first.strip() or None, "last": last}
                for who, (first, _, last) in ((w, n.rpartition(" ")) for w, n in names.items())
                if not known.get(who)
            ]
            if new := [{"id": row["who"]} for row in rows if row["who"] not in known]:
                connection.execute(students.insert(), new)
            if rows:
                change = update(students).where(students.c.id == bindparam("who"))
                named = change.values(first_name=bindparam("first"), last_name=bindparam("last"))
                connection.execute(named, rows)

    try:
        persistently(save, place)
    finally:
        engine.dispose()
