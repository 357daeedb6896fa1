"""The side of the checker: runs a submission's cells in order, and judges what its checks find.

A judge is forked from the warm process before it is told anything. It is sent the chapter with
its hidden checks and the submission's bytes, runs the student's cells over there (see
boundary/client.py) and the checks here, and says after each graded cell what it is worth, so that
nothing earned is lost if it should itself be ended.
"""

from __future__ import annotations

import ast
import json
import linecache
import math
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from types import ModuleType
from typing import Any

from IPython import get_ipython

from helpers.check.outcomes import BrokenCheck, StudentMistake
from helpers.grading.boundary.client import HASTE, Client, Ended, Lost
from helpers.grading.boundary.frames import Frames, WireError
from helpers.grading.boundary.outputs import OUTPUTS
from helpers.grading.limits import Limits
from helpers.grading.submission import names
from helpers.grading.submission.paper import Cell, Paper
from helpers.grading.submission.rebuild import Rebuilt, Refused, rebuild, to_notebook
from helpers.grading.verdict import Score, State

__all__ = ["judge"]

LONGEST = 20_000  # characters of a reason
Event = dict[str, Any]


def judge(
    grader: socket.socket, channel: socket.socket, reports: socket.socket, limits: Limits
) -> None:
    """Read the job from the grader, grade it, and send scores and the end as frames."""
    OUTPUTS.limits = limits
    frames = Frames(grader)
    header, data = frames.receive(60)
    paper = Paper.from_json(json.loads(bytes(data[: header["paper"]])))
    submission = bytes(data[header["paper"] :])
    for event in grade(paper, submission, Client(channel, reports, limits)):
        frames.send(event)


def grade(paper: Paper, submission: bytes, client: Client) -> Iterator[Event]:
    """The events of grading one submission: scores as they come, then the end."""
    try:
        rebuilt = rebuild(paper, submission)
    except Refused as error:
        client.close()
        yield {"end": "refused", "reason": str(error)}
        return
    yield from Grading(paper, rebuilt, client).events()


class Grading:
    """One submission on its way through the cells."""

    def __init__(self, paper: Paper, rebuilt: Rebuilt, client: Client) -> None:
        self.paper, self.rebuilt, self.client = paper, rebuilt, client
        client.methods = frozenset(paper.methods)
        self.space: dict[str, Any] = {"__name__": "__check__", "get_ipython": get_ipython}
        self.outputs: dict[int, tuple[list[Any], int | None]] = {}
        self.remarks = list(rebuilt.remarks)
        self.later = [names.words(c.source) if c.kind != "check" else set() for c in rebuilt.cells]

    def events(self) -> Iterator[Event]:
        """Run all cells; a process that ends before them ends the grading, not the points."""
        state: State = "graded"
        reason = ""
        try:
            for at, cell in enumerate(self.rebuilt.cells):
                self.client.begin_cell()
                if cell.kind == "check":
                    yield {"score": vars(self._check(at, cell))}
                elif cell.code:
                    self.outputs[at] = self.client.run(cell.source)
                if cell.trusted:
                    self._prepare(cell)
        except Lost:
            raise  # the engine has it graded again
        except Ended as end:
            state, reason = end.state, end.reason
        self.client.close()
        if state == "graded" and self.client.interrupted:
            state = "timed out"
            reason = _stopped(self.client)
        yield {
            "end": state,
            "reason": reason,
            "remarks": self.remarks,
            "unanswered": sorted(self.rebuilt.unanswered),
            "own_seconds": self.client.report.get("seconds", 0.0),
            "waited": self.client.report.get("waited"),
            "notebook": to_notebook(self.paper, self.rebuilt, self.outputs),
        }

    def _prepare(self, cell: Cell) -> None:
        """Make the trusted part of a given cell here too."""
        OUTPUTS.begin()
        try:
            exec(_compiled(cell.trusted, f"<{cell.name or cell.id}>"), self.space)
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            self.remarks.append(f"The cell {cell.name or cell.id} failed at the checker: {what}")
        OUTPUTS.done()

    def _check(self, at: int, cell: Cell) -> Score:
        """Run a check here; the score, and what the cell shows."""
        OUTPUTS.begin()
        score = self._run(at, cell)
        shown = [
            {**each, "name": "stdout"} if each["output_type"] == "stream" else each
            for each in OUTPUTS.done()  # nbgrader takes anything on stderr for a failed check
        ]
        self.outputs[at] = (shown, None)
        return score

    def _fetch(self, cell: Cell) -> None:
        """Bring the student's objects that a check asks about."""
        for name in cell.remote:
            found, value = self.client.name(name)
            if found:
                self.space[name] = value
            else:
                self.space.pop(name, None)

    def _run(self, at: int, cell: Cell) -> Score:
        points, mistake, reason = cell.points, "", ""
        try:
            with _at_most(self.client.limits.cell + 2 * self.client.limits.grace):
                self._fetch(cell)
                value = self._both_parts(at, cell)
            if _is_partial(value):
                points = min(max(float(value), 0.0), cell.points)
                OUTPUTS.show(
                    "execute_result", {"text/plain": repr(value)}, {}, execution_count=None
                )
        except Ended:
            raise
        except StudentMistake as error:
            points, mistake, reason = 0.0, error.mistake or "", str(error)
            OUTPUTS.error("StudentMistake", reason, reason.splitlines())
        except BaseException as error:
            points, reason = 0.0, f"{type(error).__name__}: {error}"
            OUTPUTS.error(type(error).__name__, str(error), [reason])
            if isinstance(error, BrokenCheck | WireError):
                self.remarks.append(
                    f"The check of {cell.exercise or cell.name} could not judge: {error}"
                )
        return Score(cell.name, cell.exercise, points, cell.points, mistake, reason[:LONGEST])

    def _both_parts(self, at: int, cell: Cell) -> Any:
        """Run the visible part, share what it made, and run the hidden part."""
        visible, hidden = _parts(cell)
        try:
            value = _execute(cell, visible, self.space)
        except Exception:
            self._share(at, cell)
            raise
        self._share(at, cell)
        return _execute(cell, hidden, self.space) if hidden else value

    def _share(self, at: int, cell: Cell) -> None:
        """Names that the visible check made, for later cells of the student's that use them."""
        if time.monotonic() >= self.client.until:
            self.client.begin_cell()
        used: set[str] = set().union(*self.later[at + 1 :])
        for name in used.intersection(cell.shared) & self.space.keys():
            value = self.space[name]
            if isinstance(value, ModuleType):
                self.client.import_module(value.__name__, name)
                continue
            try:
                self.client.define(name, value)
            except (WireError, BrokenCheck):
                continue  # an object of the checker's has no place over there


class _Slow(BaseException):
    """A check takes too long here, whatever it was given to look at."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Stop what runs in this process after so many seconds."""

    def stop(number: int, frame: Any) -> None:
        raise _Slow(f"the check did not come to an end within {seconds:g} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _parts(cell: Cell) -> tuple[list[names.Statement], list[names.Statement]]:
    """A check's statements: those that the student sees, and from the first hidden one on."""
    whole, released = ast.parse(names.plain_python(cell.source)).body, cell.released
    seen = [ast.dump(statement) for statement in names.statements(released)]
    alike = (ast.dump(one) == other for one, other in zip(whole, seen, strict=False))
    visible = sum(1 for _ in takewhile(bool, alike))
    return whole[:visible], whole[visible:]


def _execute(cell: Cell, body: list[names.Statement], space: dict[str, Any]) -> Any:
    """Run some of a check's statements; the value of the last one, where it is an expression."""
    place = f"<check {cell.name}>"
    source = names.plain_python(cell.source)
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr):
        exec(_compiled(ast.Module(body, []), place), space)
        return None
    exec(_compiled(ast.Module(body[:-1], []), place), space)
    return eval(_compiled(ast.Expression(last.value), place, "eval"), space)


def _stopped(client: Client) -> str:
    """How often cells were stopped for their time, and what time they had."""
    reason = f"A cell was stopped after {client.limits.cell:g} s."
    if more := client.interrupted - 1:
        cells = "one more was" if more == 1 else f"{more} more were"
        reason += f" After that {cells} stopped after {client.limits.cell / HASTE:g} s."
    return reason


def _compiled(source: Any, place: str, mode: str = "exec") -> Any:
    """Code as a notebook compiles it, without this module's `from __future__`."""
    return compile(source, place, mode, dont_inherit=True)


def _is_partial(value: Any) -> bool:
    """Whether a check's last value is a number of points (nbgrader's partial credit)."""
    return type(value) in (int, float) and math.isfinite(value)
