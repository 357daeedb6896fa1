"""Are the gradebook's rows read right, and with few questions to the database?"""

from __future__ import annotations

import pytest

from helpers.errors import GradingError
from helpers.grading.reporting.records import points, questions, standings

from .classes import CHAPTER, ClassOfStudents


def test_questions_stand_in_the_order_of_the_exercises(students: ClassOfStudents) -> None:
    students.hand_in("ada", 2, 4, None)
    with students.connect() as connection:
        found = questions(connection, CHAPTER)
    assert [(each.label, each.most) for each in found] == [
        ("1.2 slope", 2), ("1.10 rule", 4), ("1.10 rule (by hand)", 3),
    ]  # fmt: skip


def test_without_a_verdict_questions_have_the_names_of_their_cells(
    students: ClassOfStudents,
) -> None:
    with students.connect() as connection:
        found = questions(connection, CHAPTER)
    assert [each.label for each in found] == ["rule (by hand)", "rule", "slope"]


def test_an_unknown_chapter_is_told_with_those_that_there_are(students: ClassOfStudents) -> None:
    with students.connect() as connection, pytest.raises(GradingError) as told:
        questions(connection, "99_none")
    assert str(told.value) == (
        "The gradebook has no chapter 99_none: it has 01_mini, "
        "or enter it with: nbgrader generate_assignment 99_none"
    )


def test_points_are_nbgraders(students: ClassOfStudents) -> None:
    """A person's points before the machine's; none where a person has yet to give them."""
    students.hand_in("ada", 2, 1.5, None)
    students.hand_in("bob", 0, 4, None)
    students.by_hand("bob", "rule_answer", 2.5)
    students.by_hand("bob", "slope_check", 1)
    with students.connect() as connection:
        found = {(row.student, row.cell): row.points for row in points(connection, CHAPTER)}
    assert found == {
        ("ada", "slope_check"): 2, ("ada", "rule_check"): 1.5, ("ada", "rule_answer"): None,
        ("bob", "slope_check"): 1, ("bob", "rule_check"): 4, ("bob", "rule_answer"): 2.5,
    }  # fmt: skip


def test_a_grade_by_hand_that_is_to_be_looked_at_again_counts_meanwhile(
    students: ClassOfStudents,
) -> None:
    students.hand_in("ada", 2, 4, None)
    students.by_hand("ada", "rule_answer", 3)
    students.hand_in("ada", 2, 4, None)
    with students.connect() as connection:
        (row,) = (r for r in points(connection, CHAPTER) if r.cell == "rule_answer")
    assert (row.points, row.waiting) == (3, True)


def test_the_number_of_statements_is_that_of_an_empty_class(students: ClassOfStudents) -> None:
    def asked() -> int:
        seen = students.statements()
        with students.connect() as connection:
            questions(connection, CHAPTER)
            list(points(connection, CHAPTER))
            list(standings(connection, CHAPTER))
        return len(seen)

    students.hand_in("ada", 2, 4, None)
    few = asked()
    for number in range(20):
        students.hand_in(f"s{number}", 2, 4, None)
    assert asked() == few
