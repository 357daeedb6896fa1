"""Decides whether answers are right, and if not, which known mistake they look like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from helpers.check.answers import RECORDED, Answer, candidates, decode
from helpers.check.arrays import is_number, to_array
from helpers.check.compare import Difference, difference
from helpers.check.fingerprint import Fingerprint, salted, same
from helpers.check.outcomes import BrokenCheck
from helpers.check.record import Exercise, Mistake
from helpers.check.show import kind
from helpers.check.where import where

OUTSIDE = "the check's own lines"  # label of what was raised between two probes
STOPPED = "Your code stopped with this error; call it yourself on these arguments."
PARAMETERS = "Give your function the parameters that the task names, in number and order."
IN_BETWEEN = "Compare what your code sets or returns with what is asked for; is a `return` missing?"
SALTED = "Read the task again; the hints go step by step."
LETTER = "Read the letters that the task lists again; the hints go step by step."
WHOLE = "It counts something: decide whether to round up or down."
NO_ADVICE = "Compare the two values and read the task again; the hints go step by step."
GIVEN = "try_"  # with it begin the names of a notebook's functions that belong to its checks
# what Python says of a call that does not fit: "f() takes 1 positional argument but 2 were given"
MISFIT = re.compile(r"[\w.<>]+\(\) (takes|missing|got an unexpected|got multiple)")


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
    wrong = [answer for answer, _ in faults]
    named = not hidden and faults[0][1].try_this != WHOLE
    return Fault(*faults[0], recognise(exercise, answers, wrong) if named else None)


def recognise(
    exercise: Exercise, answers: Sequence[Answer], wrong: Sequence[Answer]
) -> Mistake | None:
    """The known mistake that gives the same answers to all probes, or None.

    One answer alike is no proof: another mistake may give it too. Only where every probe asks for
    another number or letter does the first wrong one decide.
    """
    values = [answer for answer in answers if answer.kind != "fact"]
    alike = values if any(answer.kind != "fact" for answer in wrong) else answers
    if wrong[0].kind in ("number", "choice"):
        alike = wrong[:1]
    for mistake in exercise.mistakes:
        if all(_shows(exercise, mistake, answer) for answer in alike):
            return mistake
    return None


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
        place = _where(answer.error)
        return Difference("a value", what + place, _advice(answer, place))
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


def _advice(answer: Answer, place: str) -> str:
    """What to do about an error, which was raised by the answer itself or by what uses it."""
    if place and not place.startswith(f" (in {GIVEN}"):
        return STOPPED
    if isinstance(answer.error, TypeError) and MISFIT.match(str(answer.error)):
        return PARAMETERS
    return IN_BETWEEN if place or answer.label == OUTSIDE else STOPPED


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
        wanted = "a number" if answer.kind == "number" else "one letter in quotes, such as 'a'"
        finite = not is_number(answer.got) or np.isfinite(to_array(answer.got)).all()
        advice = f"Set it to {wanted}." if finite else "It is not finite: was divided by zero?"
        return Difference(wanted, kind(answer.got), advice)
    if answer.options.get("decimals") == 0 and float(answer.got) % 1:
        return Difference("a whole number", f"the number {float(answer.got)!r}", WHOLE)
    if any([salted(exercise.name + answer.label, key), 0.0, 0.0] == right for key in keys):
        return None
    advice = SALTED if answer.kind == "number" else LETTER
    return Difference("another answer", kind(answer.got), advice)


def _where(error: BaseException) -> str:
    """The line of the student's code that raised, if it can be shown."""
    return str(getattr(error, "where", "")) or where(error)  # it may come from another process
