"""Runs a lesson's graded cells in this process, one exercise and one answer after another."""

from __future__ import annotations

import contextlib
import io
import linecache
import os
from collections.abc import Iterator
from typing import Any

from helpers.authoring.lesson import Cell, Exercise, Lesson, visible
from helpers.errors import LessonError

Namespace = dict[str, Any]


class Trial:
    """An exercise at the point of its check: any cell can be tried in place of the solution.

    `attempt` raises whatever the check raises, and puts the namespace back as it was.
    """

    def __init__(
        self, lesson: Lesson, exercise: Exercise, before: Namespace, space: Namespace
    ) -> None:
        self.lesson, self.exercise = lesson, exercise
        self.before, self.space = before, space
        solve, check = exercise.one("solve"), exercise.one("check")
        assert solve and check
        self.check = check
        first, last = lesson.cells.index(solve), lesson.cells.index(check)
        self.between = [cell for cell in lesson.cells[first:last] if cell.kind == "given"]

    def attempt(self, source: str, *, hidden: bool) -> None:
        """Runs source as the student's cell, then the check, with or without its hidden part."""
        after = dict(self.space)
        try:
            _become(self.space, self.before)
            with contextlib.suppress(Exception):  # a cell that fails leaves the check to judge
                execute(source, self.space, f"<answer to {self.exercise.name}>")
            for cell in self.between:
                execute(cell.source, self.space, f"<{_place(self.lesson, cell)}>")
            part = self.check if hidden else visible(self.check)
            execute(part.source, self.space, f"<{_place(self.lesson, part)}>")
        finally:
            _become(self.space, after)


def trials(lesson: Lesson) -> Iterator[Trial]:
    """Walks through given and solve cells; stops at each check with a Trial of its exercise."""
    os.environ.setdefault("MPLBACKEND", "agg")
    space: Namespace = {"__name__": "__lesson__"}
    before: dict[str, Namespace] = {}
    for cell in lesson.cells:
        if cell.kind == "solve":
            before[cell.name] = dict(space)
        if cell.kind in ("given", "solve"):
            try:
                execute(cell.source, space, f"<{_place(lesson, cell)}>")
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
                raise LessonError(
                    f"{_place(lesson, cell)}: {cell.kind} {cell.name} raised {what}"
                ) from error
        elif cell.kind == "check":
            yield Trial(lesson, lesson.exercises[cell.name], before[cell.name], space)


def execute(source: str, space: Namespace, place: str) -> None:
    """Runs source in a namespace, silently; place names it in tracebacks.

    A place in <> is a cell's for messages, which tell the line of the notebook that raised.
    """
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(source, place, "exec", dont_inherit=True), space)


def _become(space: Namespace, other: Namespace) -> None:
    space.clear()
    space.update(other)


def _place(lesson: Lesson, cell: Cell) -> str:
    return f"{lesson.path}:{cell.line}"
