"""Decides whether answers are right, and if not, which known mistake they look like."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Sequence
from typing import NamedTuple

from helpers.check.answers import RECORDED, Answer, candidates, decode
from helpers.check.compare import Difference, difference
from helpers.check.fingerprint import Fingerprint, salted, same
from helpers.check.outcomes import BrokenCheck
from helpers.check.record import Exercise, Mistake
from helpers.check.show import kind

OUTSIDE = "the check's own lines"  # label of what was raised between two probes
NO_ADVICE = "Compare the two values and read the task again; the hints go step by step."


class Fault(NamedTuple):
    """The first wrong answer of a check, and the known mistake behind it, if recognised."""

    answer: Answer
    difference: Difference
    mistake: Mistake | None


def judge(exercise: Exercise, answers: Sequence[Answer], hidden: bool) -> Fault | None:
    """The first fault in the answers, or None when all are right."""
    faults = []
    for answer in answers:
        if found := _examine(exercise, answer, hidden):
            faults.append((answer, found))
    if not faults:
        return None
    mistake = None if hidden else recognise(exercise, answers, [answer for answer, _ in faults])
    if mistake:
        faults.sort(key=lambda fault: not _shows(exercise, mistake, fault[0]))
    return Fault(*faults[0], mistake)


def recognise(
    exercise: Exercise, answers: Sequence[Answer], wrong: Sequence[Answer]
) -> Mistake | None:
    """The known mistake that answers most like these; it must explain a wrong value."""
    best, most = None, 0
    for mistake in exercise.mistakes:
        agree = {answer.label for answer in answers if _shows(exercise, mistake, answer)}
        if len(agree) == len(answers):
            return mistake
        explained = sum(answer.label in agree for answer in wrong if answer.kind != "fact")
        if explained > most:
            best, most = mistake, explained
    return best


def _shows(exercise: Exercise, mistake: Mistake, answer: Answer) -> bool:
    known = mistake.answers.get(answer.label)
    if known is None:
        return False
    if answer.kind in ("number", "choice") and not answer.error:
        return known[0] in [salted(exercise.name + answer.label, key) for key in candidates(answer)]
    return same(known, answer.print(exercise.name))


def _examine(exercise: Exercise, answer: Answer, hidden: bool) -> Difference | None:
    if answer.error is not None:
        what = f"{type(answer.error).__name__}: {answer.error}".rstrip(": ")
        return Difference("a value", what + _where(answer.error), "")
    if answer.changed:
        copy = "Work on a copy, or build a new array."
        return Difference(
            "the arguments as they were", f"{answer.changed} was changed in place", copy
        )
    if answer.kind == "fact":
        return None if answer.got else Difference("yes", "no", answer.options["try_this"])
    if hidden and answer.expected is RECORDED:
        raise BrokenCheck(
            f"{exercise.title}: the hidden probe {answer.label!r} does not say what it expects; "
            "add expected=..."
        )
    recorded = {} if hidden else _recorded(exercise, answer)
    if answer.kind in ("number", "choice"):
        return _examine_salted(exercise, answer, recorded["expected"])
    expected = decode(recorded["expected"]) if answer.expected is RECORDED else answer.expected
    return difference(expected, answer.got, **answer.options)


def _recorded(exercise: Exercise, answer: Answer) -> dict[str, Fingerprint]:
    """The record of a probe, after making sure that it is a record of the same question."""
    entry = exercise.probes.get(answer.label)
    if entry is None or bool(entry["asked"]) != bool(answer.asked):
        raise BrokenCheck(
            f"{exercise.title}: this notebook and the installed helpers are not of the same "
            f"version (probe {answer.label!r}); run: course doctor"
        )
    if answer.asked and not same(entry["asked"], answer.asked):
        raise BrokenCheck(
            f"{exercise.title}: the check asked with other numbers than when it was built (probe "
            f"{answer.label!r}). Is an earlier exercise unfinished, or a given cell changed? Run "
            "all cells from the top; if that does not help, run: course doctor"
        )
    return entry


def _examine_salted(exercise: Exercise, answer: Answer, right: Fingerprint) -> Difference | None:
    keys = candidates(answer)
    if not keys:
        wanted = "a number" if answer.kind == "number" else "a letter in quotes, such as 'a'"
        return Difference(wanted, kind(answer.got), f"Set it to {wanted}.")
    if any([salted(exercise.name + answer.label, key), 0.0, 0.0] == right for key in keys):
        return None
    return Difference("another answer", kind(answer.got), "")


def _where(error: BaseException) -> str:
    """The line of the student's code that raised, if it can be shown."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [f for f in frames[1:] if "ipykernel" in f.filename or f.filename.startswith("<")]
    if not mine:
        return ""
    text = linecache.getline(mine[-1].filename, mine[-1].lineno or 0).strip()
    return f" (line {mine[-1].lineno} of the cell{': ' + text if text else ''})"
