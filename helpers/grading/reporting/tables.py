"""The report's numbers as tables for a spreadsheet: exercises, mistakes, students."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.grading.reporting.results import ClassResult
from helpers.grading.reporting.sheets import number

__all__ = ["exercises", "mistakes", "students"]

Rows = Iterator[list[str]]


def exercises(result: ClassResult) -> Rows:
    """A row for each graded cell."""
    yield [
        "exercise", "cell", "most", "all points", "some points", "no points", "not begun",
        "waits for a person", "mean share", "discrimination", "wrong without a name",
    ]  # fmt: skip
    for each in result.exercises:
        counts = (each.full, each.part, each.wrong, each.untouched, each.waiting)
        yield [
            each.question.exercise, each.question.cell, number(each.question.most),
            *map(str, counts), number(each.mean), number(each.discrimination), str(each.unnamed),
        ]  # fmt: skip


def mistakes(result: ClassResult) -> Rows:
    """A row for each mistake that the checks know by name, the most frequent first."""
    yield ["exercise", "mistake", "students", "for example"]
    for each in result.mistakes:
        yield [each.exercise, each.name, str(each.count), " ".join(each.examples)]


def students(result: ClassResult) -> Rows:
    """A row for each submission."""
    yield [
        "student", "state", "reason", "isolated", "points", "most", "points by checks",
        "not begun", "waits for a person", "may be stuck",
    ]  # fmt: skip
    for each in result.pupils:
        yield [
            each.student, each.state, each.reason, "yes" if each.isolated else "no",
            number(each.points), number(result.most), number(each.by_checks),
            str(each.untouched), str(each.waiting), each.stuck,
        ]  # fmt: skip
