"""A chapter's cells, one after another, with the student's code in another process."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from helpers.authoring import notebooks
from helpers.authoring.lesson import Lesson
from helpers.grading.boundary.client import Client
from helpers.grading.engine.forking import WarmProcess
from helpers.grading.engine.judge import Grading
from helpers.grading.limits import Limits
from helpers.grading.submission.paper import Cell, Paper, make_paper
from helpers.grading.submission.rebuild import Rebuilt
from helpers.grading.verdict import Score

KEEP = "__import__('builtins').kept_{0} = globals().copy()"
BACK = """
(lambda space, kept: (space.clear(), space.update(kept)))(
    globals(), __import__('builtins').kept_{0}
)
"""


def paper_of(lesson: Lesson) -> Paper:
    """The paper of a lesson, without nbgrader's database."""
    steps = [step() for step in notebooks.RELEASE]
    return make_paper(lesson.name, notebooks.instructors(lesson), steps[:5], steps[5:])


@contextmanager
def connected(
    warm: WarmProcess, limits: Limits | None = None, modules: Sequence[str] = ()
) -> Iterator[Client]:
    """A line to a new student's process, which has imported some modules."""
    limits = limits or Limits()
    warm.prepare(modules)
    (asks, answers), (commands, reports) = socket.socketpair(), socket.socketpair()
    with asks, answers, commands, reports:
        warm.fork("student", limits, [answers, reports])
        answers.close()
        reports.close()
        client = Client(asks, commands, limits)
        yield client
        client.close()


class Walk:
    """Walks through given and solve cells, and stops at each check.

    `attempt` judges another text in place of a solve cell.
    """

    def __init__(self, paper: Paper, lesson: Lesson, client: Client) -> None:
        self.paper, self.lesson, self.client = paper, lesson, client
        self.grading = Grading(paper, Rebuilt(list(paper.cells)), client)
        self.before: dict[str, tuple[int, dict[str, Any]]] = {}

    def checks(self) -> Iterator[tuple[str, int]]:
        """Each check's exercise, and its place."""
        for at, cell in enumerate(self.paper.cells):
            if cell.kind == "solve":
                solution = self.lesson.exercises[cell.name].one("solve")
                assert solution
                self.before[cell.name] = at, dict(self.grading.space)
                self._run(KEEP.format(cell.name))
                self._cell(replace(cell, source=solution.source))
            elif cell.kind == "given":
                self._cell(cell)
            elif cell.kind == "check":
                yield cell.name.removesuffix("_check"), at

    def attempt(self, name: str, at: int, source: str) -> Score:
        """Judge a text as the student's cell; then all is as it was."""
        first, before = self.before[name]
        after, self.grading.space = self.grading.space, dict(before)
        self._run(KEEP.format("now"))
        self._run(BACK.format(name))
        try:
            self._cell(replace(self.paper.cells[first], source=source))
            for cell in self.paper.cells[first:at]:
                if cell.kind == "given":
                    self._cell(cell)
            return self.grading._check(at, self.paper.cells[at])
        finally:
            self._run(BACK.format("now"))
            self.grading.space = after

    def _cell(self, cell: Cell) -> None:
        self._run(cell.source)
        if cell.trusted:
            self.grading._prepare(cell)

    def _run(self, source: str) -> None:
        self.client.begin_cell()
        self.client.run(source)
