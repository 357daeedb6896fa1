"""Do the numbers of the report follow from the points, and words stand where there are none?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import pointbiserialr

from helpers.grading.reporting.records import Points, Question, Standing
from helpers.grading.reporting.results import ClassResult
from helpers.grading.reporting.statistics import class_result

NAMES = ("a", "b", "c")
QUESTIONS = [Question(f"{name}_check", f"1.{n} {name}", 2.0) for n, name in enumerate(NAMES, 1)]


def result(
    table: dict[str, list[float | None]], questions: list[Question] = QUESTIONS, **facts: Any
) -> ClassResult:
    """The result of a class from a table of points, a row a student."""
    rows = [
        Points(student, question.cell, given, question.most, given is None, "graded", 0.0)
        for student, row in table.items()
        for question, given in zip(questions, row, strict=True)
    ]
    standings = [standing(student, **facts) for student in table]
    return class_result("01_mini", questions, rows, standings)


def standing(student: str, **facts: Any) -> Standing:
    known = {"state": "graded", "reason": "", "isolated": True, "scores": []} | facts
    return Standing(student=student, **known)


def score(cell: str, **facts: Any) -> dict[str, Any]:
    name = cell.removesuffix("_check")
    exercise = f"1.{NAMES.index(name) + 1}: {name}"
    known = {"points": 0.0, "most": 2.0, "mistake": "", "answered": True}
    return {"cell": cell, "exercise": exercise, **known, **facts}


def class_of(count: int) -> dict[str, list[float | None]]:
    random = np.random.default_rng(0)
    return {f"s{n:02}": [2.0 * bit for bit in random.integers(0, 2, 3)] for n in range(count)}


def test_discrimination_is_the_point_biserial_correlation_with_all_other_exercises() -> None:
    table = class_of(30)
    points = np.array(list(table.values()), dtype=float)
    for place, exercise in enumerate(result(table).exercises):
        rest = points.sum(axis=1) - points[:, place]
        expected = pointbiserialr(points[:, place] > 0, rest).statistic
        assert exercise.discrimination == pytest.approx(expected)


def test_the_share_is_that_of_all_who_have_points() -> None:
    found = result({"ada": [2, 1, None], "bob": [0, 1, None]}).exercises
    assert [each.mean for each in found] == [0.5, 0.5, None]
    assert [(each.full, each.part, each.wrong, each.waiting) for each in found] == [
        (1, 0, 1, 0), (0, 2, 0, 0), (0, 0, 0, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        ({}, 0, "fewer than 10 submissions are graded"),
        (class_of(9), 0, "fewer than 10 submissions are graded"),
        ({f"s{n}": [2, n % 2, 0] for n in range(12)}, 0, "all have the same points here"),
        ({f"s{n}": [n % 2, 1, 1] for n in range(12)}, 0, "all have the same points elsewhere"),
    ],
    ids=["none", "few", "no variance here", "no variance elsewhere"],
)
def test_where_there_is_no_correlation_there_are_words(
    table: dict[str, list[float | None]], place: int, words: str
) -> None:
    exercise = result(table).exercises[place]
    assert (exercise.discrimination, exercise.unsaid) == (None, words)


def test_a_chapter_with_one_exercise_has_nothing_to_compare_with() -> None:
    table: dict[str, list[float | None]] = {f"s{n}": [n % 3] for n in range(12)}
    (exercise,) = result(table, QUESTIONS[:1]).exercises
    assert exercise.unsaid == "there is no other exercise to compare with"


def test_the_answer_by_hand_is_not_compared_with_its_own_check() -> None:
    questions = [Question("a_check", "1.1 a", 2.0), Question("a_answer", "1.1 a", 2.0)]
    table: dict[str, list[float | None]] = {f"s{n}": [n % 3, n % 3] for n in range(12)}
    assert {each.unsaid for each in result(table, questions).exercises} == {
        "there is no other exercise to compare with"
    }


def test_named_mistakes_are_counted_with_a_few_examples() -> None:
    table: dict[str, list[float | None]] = {f"s{n}": [0, 2, 2] for n in range(5)}
    found = result(table, scores=[score("a_check", mistake="bias forgotten")])
    (mistake,) = found.mistakes
    assert (mistake.exercise, mistake.name, mistake.count) == ("1.1 a", "bias forgotten", 5)
    assert mistake.examples == ("s0", "s1", "s2")
    assert found.exercises[0].unnamed == 0


def test_wrong_answers_without_a_name_are_counted_for_their_exercise() -> None:
    found = result({"ada": [0, 2, 2]}, scores=[score("a_check")])
    assert [each.unnamed for each in found.exercises] == [1, 0, 0]
    assert found.mistakes == []


def test_what_was_left_as_it_was_is_no_wrong_answer() -> None:
    found = result({"ada": [0, 2, 2]}, scores=[score("a_check", answered=False)])
    first = found.exercises[0]
    assert (first.untouched, first.wrong, first.unnamed) == (1, 0, 0)


@pytest.mark.parametrize(
    ("row", "facts", "words"),
    [
        ([2, 2, 0], {}, ""),
        ([0, 1, 0], {}, "1 of the checks' 6 points"),
        (
            [2, 2, 0],
            {"state": "timed out", "reason": "A cell ran for 180 seconds."},
            "timed out: A cell ran for 180 seconds.",
        ),
        (
            [2, 0, 0],
            {"scores": [score(f"{n}_check", answered=False) for n in "bc"]},
            "2 of 3 exercises were not begun",
        ),
        (
            [0, 0, 0],
            {"scores": [score(f"{n}_check", answered=False) for n in NAMES]},
            "no exercise was begun; 0 of the checks' 6 points",
        ),
    ],
    ids=["well", "few points", "ended early", "half not begun", "nothing"],
)
def test_who_may_be_stuck_is_named_with_the_reason(
    row: list[float | None], facts: dict[str, Any], words: str
) -> None:
    (pupil,) = result({"ada": row}, **facts).pupils
    assert pupil.stuck == words


def test_a_refused_submission_says_nothing_of_an_exercise() -> None:
    found = result({"ada": [0, 0, 0]}, state="refused", reason="It is no notebook.")
    assert [each.mean for each in found.exercises] == [None] * 3
    assert found.stuck[0].stuck == ("refused: It is no notebook.; 0 of the checks' 6 points")


def test_a_submission_without_a_verdict_was_not_isolated() -> None:
    rows = [Points("ada", "a_check", 2.0, 2.0, False, "graded by nbgrader", 0.0)]
    found = class_result("01_mini", QUESTIONS[:1], rows, [])
    assert found.open_air == ["ada"]
    assert found.states == {"graded by nbgrader": 1}


def test_an_empty_class_has_an_empty_result() -> None:
    found = result({})
    assert (found.pupils, found.mistakes, found.states, found.waiting) == ([], [], {}, 0)
