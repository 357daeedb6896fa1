"""What a check costs beyond the student's own code: one JSON line an exercise, then the worst.

Usage: python benchmarks/checks.py [CHAPTER]

Each visible check runs on the reference solution; the time inside the functions of the exercises'
cells is the student's, the rest is the check's. Smallest of several
runs. `ratio` is check
to student.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import sys
import time
from pathlib import Path
from types import FunctionType
from typing import Any

from helpers.authoring.lesson import read, visible
from helpers.authoring.trial import Trial, trials

ROUNDS = 20
SLOW = 0.5  # seconds; a check over this is run once, not twenty times


class Watch:
    """Counts the seconds spent in watched functions, the outermost call only."""

    def __init__(self) -> None:
        self.seconds, self.depth = 0.0, 0

    def watch(self, function: FunctionType) -> Any:
        """The function, with its time counted."""

        @functools.wraps(function)
        def watched(*arguments: Any, **named: Any) -> Any:
            start, self.depth = time.perf_counter(), self.depth + 1
            try:
                return function(*arguments, **named)
            finally:
                self.depth -= 1
                self.seconds += 0.0 if self.depth else time.perf_counter() - start

        return watched


def measure(trial: Trial) -> tuple[float, float]:
    """Seconds of the check and of the student's code, from the run with the cheapest check."""
    code, watch = compile(visible(trial.check).source, "<check>", "exec"), Watch()
    places = {f"{trial.lesson.path}:{c.line}" for c in trial.lesson.cells if c.kind == "solve"}
    for name, value in list(trial.space.items()):
        if isinstance(value, FunctionType) and value.__code__.co_filename in places:
            trial.space[name] = watch.watch(value)
    best = (float("inf"), 0.0)
    for _ in range(ROUNDS):
        watch.seconds, start = 0.0, time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, trial.space)
        total = time.perf_counter() - start
        best = min(best, (total - watch.seconds, watch.seconds))
        if total > SLOW:
            break
    return best


def main(chapter: str) -> None:
    """Print the costs of a chapter's checks."""
    lesson = read(next(Path("solutions").glob(f"{chapter}*.py")))
    worst = ("", 0.0)
    for trial in trials(lesson):
        check, student = measure(trial)
        line = {
            "exercise": trial.exercise.name,
            "check_ms": check * 1e3,
            "student_ms": student * 1e3,
        }
        line["ratio"] = check / student if student else None  # answers that are values cost nothing
        print(json.dumps(line))
        worst = max(worst, (trial.exercise.name, check), key=lambda pair: pair[1])
    print(json.dumps({"worst": worst[0], "check_ms": worst[1] * 1e3}))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "01")
