"""The table of verdicts, beside nbgrader's own tables in the gradebook's database.

A row is written in the same transaction as the grades it belongs to, so it says for certain that
they are there: a run that was interrupted goes on with the submissions that have none.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, MetaData, String, Table, Text

__all__ = ["verdicts"]

verdicts = Table(
    "course_verdict",
    MetaData(),
    Column("chapter", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("isolated", Boolean, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("own_seconds", Float, nullable=False),
    Column("remarks", JSON, nullable=False),  # a list of sentences
    Column("scores", JSON, nullable=False),  # a list of Score as dictionaries
    Column("written", DateTime, nullable=False),
)
