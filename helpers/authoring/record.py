"""Writes down what a lesson's visible checks compare with: the reference's answers, the mistakes'.

A mistake that the visible check does not catch, or cannot tell from another, is a LessonError.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from helpers.authoring import faults
from helpers.authoring.lesson import Cell, Exercise, Lesson
from helpers.authoring.trial import Trial, trials
from helpers.check import answers as keeping_answers
from helpers.check import fingerprint as keeping_prints
from helpers.check.answers import Answer, encode
from helpers.check.checks import recorder
from helpers.check.fingerprint import Fingerprint, same
from helpers.check.judge import OUTSIDE
from helpers.check.outcomes import BrokenCheck
from helpers.errors import LessonError


class Tape:
    """Takes the answers of the check that runs."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def take(self, exercise: str, answers: Sequence[Answer]) -> None:
        """Called by a visible check in place of the judge."""
        self.answers = list(answers)


def record(lesson: Lesson) -> str:
    """The record of a lesson as JSON text; see helpers.check.record."""
    found: list[str] = []
    exercises = {}
    with _taping() as tape:
        for trial in trials(lesson):
            exercises[trial.exercise.name] = _exercise(lesson, trial, tape, found)
    if found:
        raise LessonError("\n".join(found))
    hashes = {"code": code_hash(lesson), "seal": seal(exercises)}
    data = {"chapter": lesson.name, **hashes, "exercises": exercises}
    return _pretty(data) + "\n"


def _pretty(value: Any, indent: str = "") -> str:
    """JSON with a line for each key and each mistake, and lists of numbers on one line."""
    deeper, ends = indent + " ", "{}"
    if isinstance(value, dict):
        lines = [
            f"{json.dumps(key, ensure_ascii=False)}: {_pretty(item, deeper)}"
            for key, item in value.items()
        ]
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        lines, ends = [_pretty(item, deeper) for item in value], "[]"
    else:
        return json.dumps(value, ensure_ascii=False)
    inner = ",\n".join(deeper + line for line in lines)
    return f"{ends[0]}\n{inner}\n{indent}{ends[1]}" if lines else ends


def code_hash(lesson: Lesson) -> str:
    """A hash of all that a record depends on: the lesson's code, and how answers are kept."""
    code = [
        (c.kind, c.name, c.text, c.source)
        for c in lesson.cells
        if not c.markdown and c.kind != "code"
    ]
    kept = [inspect.getsource(module) for module in (keeping_answers, keeping_prints)]
    return hashlib.sha256(json.dumps([code, kept]).encode()).hexdigest()[:16]


def seal(exercises: dict[str, Any]) -> str:
    """A hash of what was recorded, which shows when the record was edited."""
    text = json.dumps(exercises, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def _taping() -> Iterator[Tape]:
    tape = Tape()
    token = recorder.set(tape)
    try:
        yield tape
    finally:
        recorder.reset(token)


def _exercise(lesson: Lesson, trial: Trial, tape: Tape, found: list[str]) -> dict[str, Any]:
    exercise = trial.exercise
    solve = exercise.one("solve")
    assert solve
    right = _answers(lesson, trial, tape, solve)
    probes: dict[str, dict[str, Any]] = {}
    prints = {}
    for answer in right:
        if answer.label == OUTSIDE or answer.error or answer.changed:
            what = answer.error or f"it changed {answer.changed}"
            raise LessonError(
                f"{lesson.path}:{solve.line}: the reference of {exercise.name} fails "
                f"at {answer.label!r}: {what}"
            )
        prints[answer.label] = answer.print(exercise.name)
        probes[answer.label] = {
            "asked": answer.asked,
            "expected": _expected(lesson, solve, answer, prints),
        }
    mistakes = [
        {
            "name": cell.text,
            "advice": faults.advice(cell),
            "answers": _prints(lesson, trial, tape, cell),
        }
        for cell in exercise.of("mistake")
    ]
    found += _faults(lesson, exercise, prints, mistakes)
    return {
        "number": exercise.number,
        "hidden": trial.check.hidden,
        "probes": probes,
        "mistakes": mistakes,
    }


def _answers(lesson: Lesson, trial: Trial, tape: Tape, cell: Cell) -> list[Answer]:
    tape.answers = []
    try:
        trial.attempt(cell.source, hidden=False)
    except BrokenCheck as error:
        raise LessonError(f"{lesson.path}:{trial.check.line}: {error}") from error
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise LessonError(
            f"{lesson.path}:{cell.line}: {cell.kind} {cell.name}: the check raised {what}"
        ) from error
    if not tape.answers:
        raise LessonError(f"{lesson.path}:{trial.check.line}: check {cell.name} asks nothing")
    return tape.answers


def _expected(lesson: Lesson, solve: Cell, answer: Answer, prints: dict[str, Fingerprint]) -> Any:
    if answer.kind in ("number", "choice"):
        return prints[answer.label]
    try:
        return encode(answer.got)
    except BrokenCheck as error:
        raise LessonError(
            f"{lesson.path}:{solve.line}: probe {answer.label!r} of {solve.name}: {error}"
        ) from None


def _prints(lesson: Lesson, trial: Trial, tape: Tape, cell: Cell) -> dict[str, Fingerprint]:
    answers = _answers(lesson, trial, tape, cell)
    return {answer.label: answer.print(trial.exercise.name) for answer in answers}


def _faults(
    lesson: Lesson,
    exercise: Exercise,
    right: dict[str, Fingerprint],
    mistakes: list[dict[str, Any]],
) -> Iterator[str]:
    """Mistakes that answer like the reference, or like one another."""
    known: list[tuple[str, dict[str, Fingerprint]]] = [("the reference", right)]
    for cell, mistake in zip(exercise.of("mistake"), mistakes, strict=True):
        for name, answers in known:
            if _alike(answers, mistake["answers"]):
                yield (
                    f"{lesson.path}:{cell.line}: mistake {exercise.name} {cell.text!r}: on every "
                    f"visible probe it answers like {name}; add a probe that tells them apart"
                )
        known.append((repr(cell.text), mistake["answers"]))


def _alike(one: dict[str, Fingerprint], other: dict[str, Fingerprint]) -> bool:
    return one.keys() == other.keys() and all(same(one[label], other[label]) for label in one)
