"""What the points of a class say: how hard each exercise was, what went wrong, who is stuck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from helpers.grading.reporting.records import UNKNOWN, Points, Question, Standing
from helpers.grading.reporting.results import ClassResult, Exercise, Mistake, Pupil

__all__ = ["class_result"]

ENOUGH = 10  # submissions; a correlation over fewer says nothing
EXAMPLES = 3  # students named for a mistake
FEW_POINTS = 1 / 3  # of the checks' points: who has fewer may be stuck
Numbers = NDArray[np.float64]


def class_result(
    chapter: str,
    questions: Sequence[Question],
    points: Iterable[Points],
    standings: Iterable[Standing],
) -> ClassResult:
    """The result of a class, from the gradebook's rows."""
    table = _Table(questions)
    for row in points:
        table.add(row)
    for standing in standings:
        table.judge(standing)
    return ClassResult(
        chapter,
        sum(question.most for question in questions),
        sum(question.most for question in questions if not question.by_hand),
        _exercises(table),
        _mistakes(table),
        _pupils(table),
    )


class _Table:
    """Students in rows, graded cells in columns, filled as rows of the gradebook come."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.column = {question.cell: place for place, question in enumerate(questions)}
        self.points: dict[str, Numbers] = {}
        self.waiting: dict[str, Numbers] = {}
        self.untouched: dict[str, set[str]] = defaultdict(set)
        self.standing: dict[str, Standing] = {}
        self.named: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.unnamed: Counter[str] = Counter()

    def _row(self, student: str) -> Numbers:
        if student not in self.points:
            self.points[student] = np.full(len(self.questions), np.nan)
            self.waiting[student] = np.zeros(len(self.questions))
        return self.points[student]

    def add(self, row: Points) -> None:
        """Take in a student's points for a cell."""
        place = self.column[row.cell]
        self._row(row.student)[place] = np.nan if row.points is None else row.points
        self.waiting[row.student][place] = row.waiting

    def judge(self, standing: Standing) -> None:
        """Take in how a submission ended and what was said of its cells."""
        row = self._row(standing.student)
        if standing.state == "refused":
            row[:] = np.nan  # it was never run: it says nothing of how hard an exercise is
        self.standing[standing.student] = Standing(
            standing.student, standing.state, standing.reason, standing.isolated, []
        )
        for score in standing.scores:
            cell, exercise = score["cell"], score["exercise"].replace(": ", " ", 1)
            if not score["answered"]:
                self.untouched[standing.student].add(cell)
            elif score["mistake"]:
                self.named[exercise, score["mistake"]].append(standing.student)
            elif score["points"] is not None and score["points"] < score["most"]:
                self.unnamed[cell] += 1


def _exercises(table: _Table) -> list[Exercise]:
    if not table.questions:
        return []
    points = np.array(list(table.points.values())).reshape(-1, len(table.questions))
    waiting = np.array(list(table.waiting.values())).reshape(points.shape)
    untouched = Counter(
        cell
        for student, cells in table.untouched.items()
        for cell in cells
        if cell in table.column and table.points[student][table.column[cell]] == 0
    )
    found = []
    for place, question in enumerate(table.questions):
        column = points[:, place]
        given = column[~np.isnan(column)]
        none, full = int((given <= 0).sum()), int((given >= max(question.most, 1e-9)).sum())
        waits = int(waiting[:, place].sum())
        said = len(given) and question.most and not waits
        value, unsaid = _discrimination(points, place, table.questions)
        found.append(
            Exercise(
                question=question,
                full=full,
                part=len(given) - full - none,
                wrong=none - untouched[question.cell],
                untouched=untouched[question.cell],
                waiting=waits,
                mean=float(given.mean() / question.most) if said else None,
                discrimination=value,
                unsaid=unsaid,
                unnamed=table.unnamed[question.cell],
            )
        )
    return found


def _discrimination(
    points: Numbers, place: int, questions: Sequence[Question]
) -> tuple[float | None, str]:
    """The correlation of a cell's points with those for the checks of all other exercises.

    Where points are all or nothing, this is the point-biserial correlation.
    """
    question = questions[place]
    others = [
        column
        for column, other in enumerate(questions)
        if not other.by_hand and other.exercise != question.exercise
    ]
    if not others:
        return None, "there is no other exercise to compare with"
    here, rest = points[:, place], np.nansum(points[:, others], axis=1)
    graded = ~np.isnan(here)
    here, rest = here[graded], rest[graded]
    if len(here) < ENOUGH:
        return None, f"fewer than {ENOUGH} submissions are graded"
    if np.ptp(here) == 0:
        return None, "all have the same points here"
    if np.ptp(rest) == 0:
        return None, "all have the same points elsewhere"
    return float(np.corrcoef(here, rest)[0, 1]), ""


def _mistakes(table: _Table) -> list[Mistake]:
    found = [
        Mistake(exercise, name, len(students), tuple(students[:EXAMPLES]))
        for (exercise, name), students in table.named.items()
    ]
    return sorted(found, key=lambda each: (-each.count, each.exercise, each.name))


def _pupils(table: _Table) -> list[Pupil]:
    checks = [not question.by_hand for question in table.questions]
    most = sum(question.most for question in table.questions if not question.by_hand)
    checked = {question.cell for question in table.questions if not question.by_hand}
    found = []
    for student in sorted(table.points):
        standing = table.standing.get(student) or Standing(student, UNKNOWN, "", False, [])
        by_checks = float(np.nansum(table.points[student][checks]))
        untouched = len(table.untouched[student] & checked)
        found.append(
            Pupil(
                student=student,
                state=standing.state,
                reason=standing.reason,
                isolated=standing.isolated,
                points=float(np.nansum(table.points[student])),
                by_checks=by_checks,
                untouched=untouched,
                waiting=int(table.waiting[student].sum()),
                stuck=_stuck(standing, by_checks, most, untouched, len(checked)),
            )
        )
    return found


def _stuck(standing: Standing, points: float, most: float, untouched: int, exercises: int) -> str:
    reasons = []
    if standing.state not in ("graded", UNKNOWN):
        reasons.append(
            f"{standing.state}: {standing.reason}" if standing.reason else standing.state
        )
    if exercises and untouched == exercises:
        reasons.append("no exercise was begun")
    elif exercises and untouched >= exercises / 2:
        reasons.append(f"{untouched} of {exercises} exercises were not begun")
    if most and points < most * FEW_POINTS:
        reasons.append(f"{points:g} of the checks' {most:g} points")
    return "; ".join(reasons)
