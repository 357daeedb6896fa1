"""The proof of an exercise: right answers get the points, wrong ones do not and are named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from helpers.authoring import notebooks
from helpers.authoring.lesson import Cell, Lesson
from helpers.authoring.trial import Trial, trials
from helpers.check.outcomes import StudentMistake

SYNTAX_ERROR = "def unfinished(:\n    return"


class Verdict(NamedTuple):
    """How a check judged an answer; mistake is the name it gave to a wrong one."""

    passed: bool
    mistake: str | None
    message: str


def prove(lesson: Lesson) -> Iterator[str]:
    """One line for each way in which a lesson's checks do not do what they promise."""
    stubs = _stubs(lesson)
    for trial in trials(lesson):
        for line, what in _of_exercise(trial, stubs[trial.exercise.name]):
            yield f"{lesson.path}:{line}: {what}"


def verdict(trial: Trial, source: str, *, hidden: bool = True) -> Verdict:
    """Judges source as the student's cell."""
    try:
        trial.attempt(source, hidden=hidden)
    except StudentMistake as error:
        return Verdict(False, error.mistake, str(error))
    except Exception as error:
        return Verdict(False, None, f"{type(error).__name__}: {error}")
    return Verdict(True, None, "")


def _of_exercise(trial: Trial, stub: str) -> Iterator[tuple[int, str]]:
    exercise, name = trial.exercise, trial.exercise.name
    for right in exercise.of("solve") + exercise.of("alternative"):
        judged = verdict(trial, right.source)
        if not judged.passed:
            yield right.line, f"the {_called(right)} of {name} does not pass:\n{judged.message}"
    for what, source in (
        ("untouched stub", stub),
        ("empty cell", ""),
        ("syntax error", SYNTAX_ERROR),
    ):
        if verdict(trial, source, hidden=False).passed:
            yield exercise.line, f"the check of {name} passes the {what}"
    for wrong in exercise.of("mistake"):
        judged = verdict(trial, wrong.source, hidden=False)
        if judged.passed:
            yield wrong.line, f"the visible check of {name} passes the mistake {wrong.text!r}"
        elif judged.mistake != wrong.text:
            yield (
                wrong.line,
                f"the visible check of {name} takes {wrong.text!r} for {judged.mistake!r}",
            )


def _called(cell: Cell) -> str:
    return "reference" if cell.kind == "solve" else "alternative"


def _stubs(lesson: Lesson) -> dict[str, str]:
    released = notebooks.students(notebooks.instructors(lesson))
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"
    }
