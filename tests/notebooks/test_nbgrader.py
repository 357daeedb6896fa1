"""nbgrader's own commands on a chapter, from release to feedback."""

from __future__ import annotations

import ast
import copy
import html
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbgrader.api import Gradebook

from helpers.authoring.build import Chapter
from helpers.authoring.lesson import Exercise, Lesson
from helpers.authoring.proof import SYNTAX_ERROR

if TYPE_CHECKING:
    from conftest import Course, Secrets

Notebook = nbformat.NotebookNode
ALWAYS_TRUE = "print('passed')"
# A check that agrees with everything, put in place of the given cells.
FAKE_CHECKS = "from unittest.mock import MagicMock\ncheck = MagicMock()"


@dataclass
class Grades:
    """What the gradebook holds of one submission, by grade_id."""

    scores: dict[str, float] = field(default_factory=dict)
    most: dict[str, float] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)


@dataclass
class Graded:
    """A course after autograde, a grade by hand and generate_feedback."""

    course: Course
    grades: dict[str, Grades]
    flaws: dict[str, str]  # the answers of the student called flawed, by exercise

    def submitted(self, student: str) -> str:
        """All that a student handed in."""
        place = self.course.place("grading", "submitted", student)
        return "\n".join(cell.source for cell in nbformat.read(place, as_version=4).cells)

    def feedback(self, student: str) -> str:
        """The words of a student's feedback page."""
        page = self.course.place("grading", "feedback", student, suffix="html").read_text("utf-8")
        return words(page)


# ---------------------------------------------------------------- release


@pytest.fixture(scope="module")
def release(course: Course, chapter: Chapter) -> bytes:
    """The students' notebook as nbgrader makes it; the gradebook knows the chapter from then on."""
    course.nbgrader("generate_assignment", chapter.name, "--force")
    return course.place("course").read_bytes()


def test_release_gives_the_students_notebook_byte_for_byte(
    release: bytes, chapter: Chapter
) -> None:
    assert release == chapter.students.read_bytes()


# ---------------------------------------------------------------- submissions


def fill(notebook: Notebook, answers: dict[str, str]) -> Notebook:
    """A copy of the notebook with other sources, by grade_id."""
    filled = copy.deepcopy(notebook)
    for cell in filled.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(grade_id, cell.source)
    return filled


def perfect(lesson: Lesson) -> dict[str, str]:
    """The reference's answer to every exercise."""
    answers = {}
    for exercise in lesson.exercises.values():
        for cell in exercise.of("solve"):
            marks = ("### BEGIN SOLUTION", "### END SOLUTION")
            lines = [x for x in cell.source.splitlines() if x.strip() not in marks]
            answers[exercise.name] = "\n".join(lines)
        if exercise.of("answer"):
            answers[f"{exercise.name}_answer"] = f"My reasons about {exercise.name}."
    return answers


def bare(notebook: Notebook) -> Notebook:
    """A copy without the cells that are no part of an exercise: they train networks and draw, a
    student may delete them, and no check needs them."""
    kept = copy.deepcopy(notebook)
    kept.cells = [
        cell for cell in kept.cells if cell.cell_type != "code" or "nbgrader" in cell.metadata
    ]
    return kept


def flaws(lesson: Lesson) -> dict[str, str]:
    """A wrong answer to every exercise on which no other is built: first a syntax error, then an
    empty cell, then mistakes."""
    alone = [exercise for exercise in lesson.exercises.values() if stands_alone(exercise, lesson)]
    wrong = {}
    for number, exercise in enumerate(alone):
        mistakes = exercise.of("mistake")
        wrong[exercise.name] = mistakes[number % len(mistakes)].source
    return wrong | dict(zip(wrong, (SYNTAX_ERROR, ""), strict=False))


def stands_alone(exercise: Exercise, lesson: Lesson) -> bool:
    """Whether no cell of another exercise, and no given cell, uses what this one defines."""
    solve = exercise.one("solve")
    if not solve:
        return False
    defined = set()
    for node in ast.parse(solve.source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        defined |= {getattr(target, "name", getattr(target, "id", "")) for target in targets}
    others = "\n".join(
        cell.source
        for cell in lesson.cells
        if cell.kind in ("given", "solve", "check") and cell.name != exercise.name
    )
    return not any(re.search(rf"\b{name}\b", others) for name in defined - {""})


def delete(cells: list[Notebook], at: int) -> None:
    del cells[at]


def duplicate(cells: list[Notebook], at: int) -> None:
    cells.insert(at + 1, copy.deepcopy(cells[at]))
    cells[at + 1].update(source=ALWAYS_TRUE, id=f"copy-{at}")


def retype(cells: list[Notebook], at: int) -> None:
    cells[at].cell_type = "markdown"
    for key in ("outputs", "execution_count"):
        cells[at].pop(key, None)


def repoint(cells: list[Notebook], at: int) -> None:
    cells[at].metadata.nbgrader.points = 100


def empty(cells: list[Notebook], at: int) -> None:
    cells[at].source = ""


def always_true(cells: list[Notebook], at: int) -> None:
    cells[at].source = ALWAYS_TRUE
    cells[at].metadata.nbgrader.update(locked=False, points=100, checksum="0")


def rename(cells: list[Notebook], at: int) -> None:
    cells[at].source = ALWAYS_TRUE
    cells[at].metadata.nbgrader.grade_id += "_of_mine"


TAMPERINGS: list[Callable[[list[Notebook], int], None]] = [
    delete,
    duplicate,
    retype,
    repoint,
    empty,
    always_true,
    rename,
]


def tampered(notebook: Notebook) -> Notebook:
    """Untouched stubs, with another kind of tampering at each check and a fake `check`."""
    notebook = copy.deepcopy(notebook)
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in notebook.cells]
    for number, grade_id in enumerate(x for x in ids if x.endswith("_check")):
        now = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in notebook.cells]
        TAMPERINGS[number % len(TAMPERINGS)](notebook.cells, now.index(grade_id))
    return fill(notebook, {x: FAKE_CHECKS for x in ids if x.startswith("given_")})


@pytest.fixture(scope="module")
def graded(
    course: Course,
    chapter: Chapter,
    lesson: Lesson,
    released: Notebook,
    release: bytes,
) -> Graded:
    """Four submissions through nbgrader: autograde, a grade by hand, feedback."""
    if sys.platform != "linux":
        pytest.skip("nbgrader's autograde runs in our sandbox, which needs Linux")
    wrong = flaws(lesson)
    handed_in = {
        "perfect": fill(released, perfect(lesson)),
        "untouched": released,
        "flawed": bare(fill(released, perfect(lesson) | wrong)),
        "tampered": tampered(bare(released)),
    }
    for student, notebook in handed_in.items():
        place = course.place("grading", "submitted", student)
        place.parent.mkdir(parents=True)
        nbformat.write(notebook, place)
    course.nbgrader("autograde", chapter.name)
    with Gradebook(course.database) as gradebook:
        grades = {student: read_grades(gradebook, chapter, student) for student in handed_in}
        grade_by_hand(gradebook, chapter, grades["perfect"].by_hand)
    course.nbgrader("generate_feedback", chapter.name)
    return Graded(course, grades, wrong)


def read_grades(gradebook: Gradebook, chapter: Chapter, student: str) -> Grades:
    grades = Grades()
    for grade in gradebook.find_submission(chapter.name, student).notebooks[0].grades:
        grades.scores[grade.name] = grade.score
        grades.most[grade.name] = grade.max_score
        if grade.needs_manual_grade:
            grades.by_hand.add(grade.name)
    return grades


def grade_by_hand(gradebook: Gradebook, chapter: Chapter, cells: set[str]) -> None:
    for name in cells:
        place = (name, chapter.name, chapter.name, "perfect")
        gradebook.find_grade(*place).manual_score = 0.75
        gradebook.find_comment(*place).manual_comment = f"Remember the chain rule in {name}."
    gradebook.db.commit()


def words(page: str) -> str:
    """The text of a page, without markup."""
    page = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", page)
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def points(lesson: Lesson, kind: str) -> dict[str, int]:
    """The points of each check, or of each answer graded by hand, by grade_id."""
    return {f"{c.name}_{kind}": c.points or 0 for c in lesson.cells if c.kind == kind}


# ---------------------------------------------------------------- grades


def test_a_perfect_submission_gets_all_points_of_the_checks(graded: Graded, lesson: Lesson) -> None:
    grades = graded.grades["perfect"]
    checks = points(lesson, "check")
    assert {name: grades.scores[name] for name in checks} == checks
    assert grades.by_hand == set(points(lesson, "answer"))


def test_an_untouched_notebook_gets_nothing(graded: Graded, lesson: Lesson) -> None:
    grades = graded.grades["untouched"]
    everything = points(lesson, "check") | points(lesson, "answer")
    assert grades.most == everything
    assert grades.scores == dict.fromkeys(everything, 0)


def test_a_wrong_answer_costs_its_own_points_and_no_others(graded: Graded, lesson: Lesson) -> None:
    """A syntax error and an empty cell are such answers too; cells of no exercise cost nothing."""
    assert {SYNTAX_ERROR, ""} <= set(graded.flaws.values())
    assert len(graded.flaws) >= 3
    checks = points(lesson, "check")
    due = {x: 0 if x.removesuffix("_check") in graded.flaws else checks[x] for x in checks}
    scores = graded.grades["flawed"].scores
    assert {name: scores[name] for name in checks} == due


def test_tampering_with_checks_gains_nothing(graded: Graded, lesson: Lesson) -> None:
    grades = graded.grades["tampered"]
    checks = points(lesson, "check")
    assert len(checks) >= len(TAMPERINGS), "some tampering was not tried"
    assert {x: grades.most[x] for x in checks} == checks
    assert {x: grades.scores[x] for x in checks} == dict.fromkeys(checks, 0)
    assert set(grades.most) == set(checks | points(lesson, "answer"))


# ---------------------------------------------------------------- feedback


def test_feedback_names_the_mistake(graded: Graded, lesson: Lesson) -> None:
    text = graded.feedback("flawed")
    for name, source in graded.flaws.items():
        for mistake in lesson.exercises[name].of("mistake"):
            if mistake.source == source:
                assert f"{lesson.exercises[name].number} {name}: {mistake.text}" in text


def test_feedback_shows_the_score_and_comment_given_by_hand(graded: Graded, lesson: Lesson) -> None:
    text = graded.feedback("perfect")
    for name, most in points(lesson, "answer").items():
        assert f"Remember the chain rule in {name}." in text
        assert f"0.75 / {most:.1f}" in text


@pytest.mark.parametrize("student", ["perfect", "untouched", "flawed", "tampered"])
def test_feedback_shows_no_hidden_check(graded: Graded, secrets: Secrets, student: str) -> None:
    text, own = graded.feedback(student), graded.submitted(student)
    assert "with check(" in text, "the visible part is there to read"
    assert [line for line in secrets.hidden if line in text and line not in own] == []
    assert "HIDDEN TESTS" not in text


@pytest.mark.parametrize("student", ["untouched", "tampered"])
def test_feedback_shows_no_solution(graded: Graded, secrets: Secrets, student: str) -> None:
    text = graded.feedback(student)
    assert [line for line in secrets.solutions if line in text] == []
