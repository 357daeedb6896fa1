"""The checks of a chapter, as its notebook uses them."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol

from helpers.check.answers import Answer
from helpers.check.judge import NO_ADVICE, OUTSIDE, Fault, judge
from helpers.check.outcomes import BrokenCheck, StudentMistake
from helpers.check.probe import Probe
from helpers.check.record import Exercise, load
from helpers.check.uses import uses

WIDTH = 92  # characters of a message; a longer line is wrapped


class Recorder(Protocol):
    """Takes the answers of a visible check in place of the judge, while a chapter is built."""

    def take(self, exercise: str, answers: Sequence[Answer]) -> None: ...


recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


class Checks:
    """The checks of one chapter.

    Usage in a notebook::

        check = Checks("01_backpropagation")
        with check("output_delta") as probe:
            probe.call("one neuron", output_delta, 1.0, 0.2)

    Raises StudentMistake where an answer is wrong, BrokenCheck where the check cannot tell.
    """

    def __init__(self, chapter: str) -> None:
        self.exercises = load(chapter) if recorder.get() is None else {}
        self.passed: set[str] = set()
        self.failed: dict[str, set[str]] = {}  # exercise: the functions that its check calls

    def __call__(self, name: str) -> Part:
        """The visible part of an exercise's check."""
        return Part(self, self._exercise(name), hidden=False)

    def hidden(self, name: str) -> Part:
        """The part that runs after the notebook is handed in; its probes say what they expect."""
        return Part(self, self._exercise(name), hidden=True)

    def summary(self) -> None:
        """Prints which exercises passed their visible checks since the kernel started."""
        print(f"{len(self.passed)} of {len(self.exercises)} exercises pass their visible checks")
        for exercise in self.exercises.values():
            state = "passed" if exercise.name in self.passed else "not yet"
            print(f"  {exercise.number:<6}{exercise.name:<24}{state}")

    def failed_below(self, name: str, functions: Sequence[Callable[..., Any]]) -> list[str]:
        """The titles of other exercises that these functions use and whose last check failed."""
        used = uses(functions) - {getattr(function, "__name__", "") for function in functions}
        others = (each for each in self.failed if each != name and self.failed[each] & used)
        return [self.exercises[each].title for each in others]

    def _exercise(self, name: str) -> Exercise:
        if recorder.get() is not None:
            return Exercise(name, "0.0", False, {}, [])
        if name not in self.exercises:
            raise BrokenCheck(f"this chapter has no exercise {name!r}; run: course doctor")
        return self.exercises[name]


class Part:
    """One part of a check: collects the answers of its block, then judges them all."""

    def __init__(self, checks: Checks, exercise: Exercise, hidden: bool) -> None:
        self.checks, self.exercise, self.hidden = checks, exercise, hidden
        self.probe = Probe()
        self.catching = warnings.catch_warnings(record=True)

    def __enter__(self) -> Probe:
        self.warned = self.catching.__enter__()
        warnings.simplefilter("always")
        return self.probe

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.catching.__exit__(kind, error, trace)
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
            raise NotImplementedError(
                f"{self.exercise.title}: {error.name} is not defined yet; "
                "finish and run its cell first"
            ) from None
        if isinstance(error, NotImplementedError | BrokenCheck) or not isinstance(
            error, Exception | None
        ):
            return False
        answers = list(self.probe.answers)
        if error is not None:
            answers.append(Answer(OUTSIDE, "value", error=error))
        if not self.hidden and (tape := recorder.get()):
            tape.take(self.exercise.name, answers)
            return True
        self._finish(judge(self.exercise, answers, self.hidden))
        told = (f"{w.category.__name__}: {w.message}" for w in self.warned or ())
        for text in dict.fromkeys(told):
            print(f"  note      your code warned: {text}")  # a warning is no mistake
        return True

    def _finish(self, fault: Fault | None) -> None:
        title, name = self.exercise.title, self.exercise.name
        if fault:
            self.checks.passed.discard(name)
            functions = self.probe.functions
            text = message(title, fault, self.hidden, self.checks.failed_below(name, functions))
            if not self.hidden:
                self.checks.failed[name] = {getattr(f, "__name__", "") for f in functions}
            raise StudentMistake(text, fault.mistake.name if fault.mistake else None) from None
        if self.hidden:
            print(f"{title}: hidden checks passed")
            return
        self.checks.passed.add(name)
        self.checks.failed.pop(name, None)
        more = "visible checks passed; hidden checks run after you submit"
        print(f"{title}: {more if self.exercise.hidden else 'passed'}")


def message(title: str, fault: Fault, hidden: bool, failed: Sequence[str] = ()) -> str:
    """What was checked, what was expected, what came, what to try: four lines under a headline.

    The cause may lie in other exercises that `failed` and that the answer uses.
    """
    answer, differs, mistake = fault
    headline = mistake.name if mistake else "not right yet"
    call = answer.shown()
    checked = f"{answer.label}: {call}" if call else answer.label
    lines = [
        f"{title}: {'a hidden check: ' if hidden else ''}{headline}",
        f"  checked   {checked}",
        f"  expected  {differs.expected}",
        f"  got       {differs.got}",
        f"  try this  {mistake.advice if mistake else differs.try_this or NO_ADVICE}",
    ]
    if failed:
        names = ", ".join(failed)
        lines.append(f"  first     your code uses {names}, which did not pass when last checked")
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent=12 * " ", break_long_words=False)
        for line in lines
    )
