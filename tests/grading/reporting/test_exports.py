"""Are the exports what the learning systems read? Columns, one row a student, nothing invented."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from helpers.grading.reporting.exports import canvas, long, moodle
from helpers.grading.reporting.records import Points, Question

QUESTIONS = [
    Question("a_check", "1.1 a", 2.0),
    Question("b_check", "1.2 b", 1.5),
    Question("b_answer", "1.2 b", 3.0),
]
PEOPLE = {"ada": ("Lovelace, Ada", "ada@example.org", "4711")}


def points(students: dict[str, tuple[float | None, ...]], penalty: float = 0.0) -> Iterator[Points]:
    for student, row in students.items():
        for question, given in zip(QUESTIONS, row, strict=False):
            yield Points(
                student, question.cell, given, question.most, given is None, "graded", penalty
            )


def test_csv_has_a_row_for_each_student_and_question() -> None:
    rows = list(long("01_mini", QUESTIONS, points({"ada": (2, 0.75, None)}), {}))
    assert rows == [
        ["student", "chapter", "question", "points", "most", "by hand", "state"],
        ["ada", "01_mini", "1.1 a", "2", "2", "no", "graded"],
        ["ada", "01_mini", "1.2 b", "0.75", "1.5", "no", "graded"],
        ["ada", "01_mini", "1.2 b (by hand)", "", "3", "yes", "graded"],
    ]


def test_canvas_has_its_five_columns_then_the_questions_with_their_points() -> None:
    given = points({"ada": (2, 0.75, None), "bob": (0, 1, 3)})
    assert list(canvas("01_mini", QUESTIONS, given, PEOPLE)) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section",
         "01_mini 1.1 a", "01_mini 1.2 b", "01_mini 1.2 b (by hand)"],
        ["    Points Possible", "", "", "", "", "2", "1.5", "3"],
        ["Lovelace, Ada", "4711", "", "ada", "", "2", "0.75", ""],
        ["bob", "", "", "bob", "", "0", "1", "3"],
    ]  # fmt: skip


def test_moodle_has_who_it_is_the_questions_and_a_total() -> None:
    given = points({"ada": (2, 0.75, 1), "2001": (0, 1, None)})
    assert list(moodle("01_mini", QUESTIONS, given, PEOPLE)) == [
        ["Identifier", "Username", "Email address", "01_mini 1.1 a", "01_mini 1.2 b",
         "01_mini 1.2 b (by hand)", "Grade", "Last modified (grade)"],
        ["", "ada", "ada@example.org", "2", "0.75", "1", "3.75", ""],
        ["Participant 2001", "2001", "", "0", "1", "-", "-", ""],
    ]  # fmt: skip


def test_a_penalty_for_being_late_is_taken_off_the_total() -> None:
    rows = list(moodle("01_mini", QUESTIONS, points({"ada": (2, 1, 0), "eve": (0, 0, 0)}, 0.5), {}))
    assert [row[-2] for row in rows[1:]] == ["2.5", "0"]


def test_a_class_of_any_size_takes_the_same_memory() -> None:
    def many(count: int) -> Iterator[Points]:
        for number in range(count):
            yield from points({f"s{number}": (1, 1, 1)})

    def peak(count: int) -> int:
        rows = moodle("01_mini", QUESTIONS, many(count), {})
        tracemalloc.start()
        for _ in rows:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(5_000) < 2 * peak(100)
