"""Grades submissions: a function from bytes to a verdict, with a warm process behind it.

The engine keeps one warm process behind the outer wall. For each submission it has it fork a
student and a judge, joins the two, and collects what the judge finds. Several threads may grade
at once. A warm process that dies is started anew, and what it was grading is graded again; a
submission that ends it again and again is said to have died.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, cast

from helpers.errors import GradingError
from helpers.grading.boundary.frames import Closed, Frames, WireError
from helpers.grading.engine.forking import UNSAFE, WarmProcess
from helpers.grading.engine.turns import Turns
from helpers.grading.limits import Limits
from helpers.grading.sandbox import walls
from helpers.grading.submission.paper import Paper, fingerprint
from helpers.grading.submission.rebuild import Rebuilt, Refused, rebuild, to_notebook
from helpers.grading.verdict import Score, State, Verdict

__all__ = ["Engine", "lost", "refused"]

TRIES = 3  # of a submission whose warm process died
MOST_HERE = 2**21  # bytes of a submission that the grader's own process reads


def refused(paper: Paper, student: str, reason: str, *, isolated: bool = True) -> Verdict:
    """The verdict on what could not even be read."""
    return _not_run(paper, student, reason.encode(), "refused", reason, isolated)


def lost(
    paper: Paper, student: str, submission: bytes, reason: str, *, isolated: bool = True
) -> Verdict:
    """The verdict on what took down every machine that graded it; here nobody parses it again."""
    return _not_run(paper, student, submission, "died", reason, isolated)


def _not_run(
    paper: Paper, student: str, data: bytes, state: State, reason: str, isolated: bool
) -> Verdict:
    nothing = list(_all_scores(paper, [], set(), state, reason))
    return Verdict(
        paper.chapter, student, fingerprint(paper, data), state, reason,
        scores=nothing, notebook=_bare(paper, b"", state, reason), isolated=isolated,
    )  # fmt: skip


class Engine:
    """Grades submissions of any chapter; a context manager.

    Raises GradingError where the machine has no sandbox and `unsafe` is not set.
    """

    def __init__(self, limits: Limits | None = None, *, unsafe: bool = False) -> None:
        self.limits, self.unsafe = limits or Limits(), unsafe
        self.lock, self.turns = threading.Lock(), Turns()
        if not unsafe and (lacks := walls.not_installed()):
            raise GradingError(" ".join([*lacks, UNSAFE]))
        self.warm, self.closed = WarmProcess(unsafe=unsafe), False

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process, and with it all that is being graded."""
        with self.lock:
            self.closed = True
            self.warm.close()

    def grade(self, paper: Paper, student: str, submission: bytes) -> Verdict:
        """The verdict on one submission; whatever the submission does, there is one."""
        began = time.monotonic()
        end: dict[str, Any] | None = None
        deaths = Counter[str]()
        crowded = False  # then it is tried again with nothing beside it
        while end is None and max(deaths.values(), default=0) < TRIES:
            warm = self.warm_for(paper)
            scores: list[Score] = []
            with self.turns.alone() if crowded else self.turns.shared():
                end = self._try(warm, paper, submission, scores)
                if end is None and warm.alive():
                    deaths["judge"] += 1
                elif end is None:
                    deaths["warm"] += 1
                    self._renew(warm)
                    crowded = True
                elif not crowded and self._starved(end):
                    end, crowded = None, True
        if end is None:
            end = {"end": "died", "reason": f"The process that graded it died {TRIES} times."}
        return self._verdict(paper, student, submission, scores, end, time.monotonic() - began)

    def _starved(self, end: dict[str, Any]) -> bool:
        """Whether it ran out of time without a core of its own: others may have taken them all.

        One that sleeps waits for no core, and would hold up all others a second time.
        """
        own, waited = end.get("own_seconds", self.limits.cell), end.get("waited")
        idle = waited is not None and waited < self.limits.cell / 4
        return bool(end["end"] == "timed out" and own < self.limits.cell / 2 and not idle)

    def warm_for(self, paper: Paper) -> WarmProcess:
        """The warm process, with what the chapter imports; GradingError where it cannot be had."""
        for _ in range(TRIES):
            warm = self.warm
            try:
                warm.prepare(paper.modules)
                return warm
            except Closed as error:
                stopped = error
                self._renew(warm)
        raise GradingError(f"The process that grades stops again and again: {stopped}.")

    def _try(
        self, warm: WarmProcess, paper: Paper, submission: bytes, scores: list[Score]
    ) -> dict[str, Any] | None:
        """Have a submission judged; None where the machinery failed, and not the submission."""
        with ExitStack() as stack:

            def pair() -> tuple[socket.socket, socket.socket]:
                ends = socket.socketpair()
                for each in ends:
                    stack.callback(each.close)
                return ends

            (ours, judges), (asks, answers), (commands, reports) = pair(), pair(), pair()
            try:
                warm.fork("student", self.limits, [answers, reports])
                judge = warm.fork("judge", self.limits, [judges, asks, commands])
                stack.callback(warm.end, judge)
                for each in (judges, asks, answers, commands, reports):
                    each.close()
                return self._listen(Frames(ours), paper, submission, scores)
            except Closed:
                return None

    def _listen(
        self, frames: Frames, paper: Paper, submission: bytes, scores: list[Score]
    ) -> dict[str, Any]:
        """What the judge says, until it says how it ended."""
        limits = self.limits
        until = time.monotonic() + limits.whole + 2 * limits.cell + 30
        frames.send({"paper": len(paper.text)}, [paper.text, submission])
        try:
            while True:
                event, _ = frames.receive(until - time.monotonic())
                if "end" in event:
                    return cast(dict[str, Any], event)
                scores.append(Score(**event["score"]))
        except TimeoutError:
            reason = f"It was not graded within {limits.whole:g} s."
            return {"end": "timed out", "reason": reason}
        except WireError as error:
            return {"end": "died", "reason": f"Its results could not be read: {error}."}

    def _renew(self, dead: WarmProcess) -> None:
        """Start another warm process, unless another thread has."""
        with self.lock:
            if self.closed:
                raise GradingError("The grading was stopped.")
            if self.warm is dead:
                dead.close()
                self.warm = WarmProcess(unsafe=self.unsafe)

    def _verdict(
        self, paper: Paper, student: str, submission: bytes,
        scores: list[Score], end: dict[str, Any], seconds: float,
    ) -> Verdict:  # fmt: skip
        state = cast(State, end["end"])
        reason = str(end.get("reason", ""))
        unanswered = set(end.get("unanswered", ()))
        return Verdict(
            chapter=paper.chapter,
            student=student,
            fingerprint=fingerprint(paper, submission),
            state=state,
            reason=reason,
            scores=list(_all_scores(paper, scores, unanswered, state, reason)),
            remarks=[str(remark) for remark in end.get("remarks", ())],
            unanswered=sorted(unanswered),
            notebook=end.get("notebook")
            or _bare(paper, b"" if state == "refused" else submission, state, reason),
            seconds=seconds,
            own_seconds=float(end.get("own_seconds", 0.0)),
            isolated=not self.unsafe,
        )


def _all_scores(
    paper: Paper, scores: list[Score], unanswered: set[str], state: State, reason: str
) -> Any:
    """A score for every graded cell: as judged, nothing where not reached, or for a person."""
    judged = {score.cell: score for score in scores}
    for cell in paper.cells:
        if not cell.graded:
            continue
        if cell.name in judged:
            parts = [c.name for c in paper.cells if c.code and c.writable and c.name
                     and c.exercise == cell.exercise]  # fmt: skip
            begun = not cell.exercise or not parts or not unanswered.issuperset(parts)
            yield replace(judged[cell.name], answered=begun)
        elif cell.kind == "check":
            told = "" if state == "graded" else f"Not reached: {reason}"
            yield Score(cell.name, cell.exercise, 0.0, cell.points, reason=told)
        else:
            answered = cell.name not in unanswered and state != "refused"
            points = None if answered or cell.kind == "task" else 0.0
            yield Score(cell.name, cell.exercise, points, cell.points, answered=answered)


def _bare(paper: Paper, submission: bytes, state: State, reason: str) -> dict[str, Any]:
    """A notebook to show where no judge could make one; the reason stands at its top."""
    try:  # a large one may unfold to much more, and here no limit holds
        rebuilt = rebuild(paper, submission if len(submission) < MOST_HERE else b"")
    except Refused:
        rebuilt = Rebuilt(list(paper.cells))
    notebook = to_notebook(paper, rebuilt, {})
    text = f"**This submission was {state}.** {reason}"
    note = {"cell_type": "markdown", "id": "why", "metadata": {}, "source": text}
    notebook["cells"].insert(0, note)
    return notebook
