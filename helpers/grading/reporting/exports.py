"""The grades of a chapter in the formats that learning management systems import.

All are generators of rows, student after student: a class of any size takes the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from helpers.grading.reporting.records import Points, Question
from helpers.grading.reporting.sheets import number

__all__ = ["FORMATS", "canvas", "long", "moodle"]

Rows = Iterator[list[str]]
People = dict[str, tuple[str, str, str]]  # name, e-mail address, the LMS's own id
Export = Callable[[str, Sequence[Question], Iterable[Points], People], Rows]


def long(
    chapter: str, questions: Sequence[Question], points: Iterable[Points], people: People
) -> Rows:
    """A row for each student and question, in the order of the exercises."""
    yield ["student", "chapter", "question", "points", "most", "by hand", "state"]
    for student, given in _students(points):
        for question in questions:
            if row := given.get(question.cell):
                by_hand = "yes" if question.by_hand else "no"
                top = number(question.most)
                yield [
                    student, chapter, question.label, number(row.points), top, by_hand, row.state
                ]  # fmt: skip


def canvas(
    chapter: str, questions: Sequence[Question], points: Iterable[Points], people: People
) -> Rows:
    """Canvas' gradebook: a column for each question, and a row with the points possible.

    Canvas finds a student by its own id, else by the SIS login, else by the name. The folder's name
    stands as the login and, where it is a number (as in Canvas' archives), as the id. A question
    that nobody has graded yet is empty: Canvas leaves it ungraded. No penalty is taken off.
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *_titles(chapter, questions)]
    yield ["    Points Possible", "", "", "", "", *(number(each.most) for each in questions)]
    for student, given in _students(points):
        name, _, own = people.get(student, ("", "", ""))
        grades = (number(given[q.cell].points) if q.cell in given else "" for q in questions)
        own = own or (student if student.isdecimal() else "")
        yield [name or student, own, "", student, "", *grades]


def moodle(
    chapter: str, questions: Sequence[Question], points: Iterable[Points], people: People
) -> Rows:
    """For Moodle's gradebook, and for an assignment's grading worksheet: who, questions, total.

    The folder's name stands as the username. Where it is a number, as in Moodle's archives, it is
    the participant's, by which a worksheet finds the student. A worksheet also wants the column of
    the last change. A dash is Moodle's word for no grade: a question that nobody has graded yet
    has one, and so has the total until all are graded.
    """
    yield ["Identifier", "Username", "Email address", *_titles(chapter, questions), "Grade",
           "Last modified (grade)"]  # fmt: skip
    for student, given in _students(points):
        grades = [given[q.cell].points if q.cell in given else None for q in questions]
        penalty = next(iter(given.values())).penalty
        known = [grade for grade in grades if grade is not None]
        total = max(0.0, sum(known) - penalty) if len(known) == len(grades) else None
        address = people.get(student, ("", "", ""))[1]
        participant = f"Participant {student}" if student.isdecimal() else ""
        by_question = (number(grade, "-") for grade in grades)
        yield [participant, student, address, *by_question, number(total, "-"), ""]


FORMATS: dict[str, Export] = {"csv": long, "canvas": canvas, "moodle": moodle}


def _students(points: Iterable[Points]) -> Iterator[tuple[str, dict[str, Points]]]:
    for student, rows in groupby(points, attrgetter("student")):
        yield student, {row.cell: row for row in rows}


def _titles(chapter: str, questions: Sequence[Question]) -> list[str]:
    return [f"{chapter} {question.label}" for question in questions]
