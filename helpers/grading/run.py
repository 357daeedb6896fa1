"""Grades the submissions of a chapter: reads, has them graded, writes; what `course grade` does.

submitted/ → intake → engines (threads here, or a cluster) → one writer → gradebook, autograded/.
A submission that has a verdict on the same bytes and the same chapter is left alone, so a run
that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import csv
import os
import time
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.grading.engine.engine import Engine, refused
from helpers.grading.showing.shown import shown
from helpers.grading.submission.intake import Submission, submissions
from helpers.grading.submission.paper import Paper
from helpers.grading.submission.rebuild import Refused
from helpers.grading.verdict import STATES, State, Verdict
from helpers.progress import bar

if TYPE_CHECKING:
    from helpers.grading.gradebook.writer import Writer
    from helpers.grading.settings import Settings

__all__ = ["Summary", "grade", "grade_command"]

BATCH, SECONDS = 50, 2.0  # verdicts, or the time since the last batch, until one is written


@dataclass
class Summary:
    """What a run came to."""

    chapter: str
    states: Counter[State] = field(default_factory=Counter)
    left_alone: int = 0  # had their verdicts already
    seconds: float = 0.0
    isolated: bool = True
    look_at: Path | None = None  # lists what needs a person's eye
    points: list[float] = field(default_factory=list)  # that the checks gave, but to the refused
    most: float = 0.0  # that they can give
    by_hand: int = 0  # answers that a person grades

    def count(self, verdict: Verdict) -> None:
        """Add a verdict."""
        self.states[verdict.state] += 1
        if verdict.state != "refused":
            self.points.append(verdict.points)
            self.by_hand += sum(score.points is None for score in verdict.scores)


def grade(
    chapter: str,
    course: Path = Path("."),
    *,
    submitted: Path | None = None,
    students: Collection[str] = (),
    workers: int | None = None,
    scheduler: str | None = None,
    again: bool = False,
    unsafe: bool = False,
) -> Summary:
    """Grade a chapter's submissions, and write grades and autograded notebooks.

    submitted is a folder in nbgrader's layout, the course's own by default. again also grades
    what has been graded already. Raises GradingError; whatever was written before stays.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        # It gets ready while we do.
        engine = None if scheduler else stack.enter_context(Engine(unsafe=unsafe))
        from helpers.grading.gradebook.writer import Writer
        from helpers.grading.settings import settings

        place = settings(course)
        chapter = place.chapter(chapter)
        paper = place.paper(chapter)
        where = submitted or place.folder("submitted")
        found = submissions(where, chapter, students)
        most = sum(cell.points for cell in paper.cells if cell.kind == "check")
        summary = Summary(chapter, isolated=not unsafe, most=most)
        writer = stack.enter_context(Writer(place, where))
        writer.register(chapter)
        done = {} if again else writer.done(chapter)
        waiting = [each for each in found if done.get(each.student) != each.fingerprint(paper)]
        summary.left_alone = len(found) - len(waiting)
        if engine:
            engine.limits = place.limits
            stream = local(engine, paper, waiting, workers or os.cpu_count() or 1)
        else:
            from helpers.grading.cluster.chunks import spread

            stream = spread(paper, waiting, place.limits, str(scheduler), unsafe)
        stack.enter_context(closing(stream))
        _write_all(writer, stream, len(waiting), summary)
        summary.look_at = _list_for_a_person(place, writer, chapter)
    summary.seconds = time.monotonic() - began
    return summary


def _write_all(writer: Writer, stream: Iterator[Verdict], total: int, summary: Summary) -> None:
    """Write verdicts in batches as they come; what has come is written, whatever happens."""
    shown = bar(total=total, description=f"grading {summary.chapter}")
    batch: list[Verdict] = []
    written = time.monotonic()
    try:
        for verdict in stream:
            batch.append(verdict)
            summary.count(verdict)
            counts = (f"{n} {state}" for state in STATES if (n := summary.states[state]))
            shown.set_postfix_str(", ".join(counts))
            shown.update(1)
            if len(batch) >= BATCH or time.monotonic() - written > SECONDS:
                ready, batch = batch, []
                writer.write(ready)
                written = time.monotonic()
    finally:
        if batch:
            writer.write(batch)
        shown.close()


def _list_for_a_person(place: Settings, writer: Writer, chapter: str) -> Path | None:
    """Write down the submissions that did not run to their end; None where all did."""
    rows = writer.not_graded(chapter)
    path = place.reports / f"{chapter}-look-at.csv"
    if not rows:
        path.unlink(missing_ok=True)
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("student", "state", "reason"), *rows])
    return path


def local(
    engine: Engine, paper: Paper, waiting: Sequence[Submission], workers: int
) -> Generator[Verdict, None, None]:
    """Verdicts from this machine's cores, in the order in which they come.

    No more submissions are held in memory than are being graded, and as many again.
    """
    with ThreadPoolExecutor(workers) as threads:
        todo = iter(waiting)
        running: set[Future[Verdict]] = set()
        try:
            while True:
                for each in todo:
                    running.add(threads.submit(one, engine, paper, each))
                    if len(running) >= 2 * workers:
                        break
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:  # nobody waits any more for what is being graded
            engine.close()
            raise
        finally:
            for future in running:
                future.cancel()


def one(engine: Engine, paper: Paper, submission: Submission) -> Verdict:
    """The verdict on one submission, its notebook harmless to look at."""
    try:
        data = submission.read()
    except Refused as error:
        return shown(refused(paper, submission.student, str(error), isolated=not engine.unsafe))
    return shown(engine.grade(paper, submission.student, data))


def grade_command(chapter: str, **options: Any) -> int:
    """What `course grade` does: grades, then says by state how it ended."""
    try:
        summary = grade(chapter, **options)
    except KeyboardInterrupt:
        print("Stopped; what was graded is written. The same command goes on from there.")
        raise
    for state in STATES:
        if count := summary.states[state]:
            print(f"{count:>7,}  {state}")
    if summary.left_alone:
        print(f"{summary.left_alone:>7,}  graded before, and unchanged since (--again grades them)")
    if summary.points:
        mean = sum(summary.points) / len(summary.points)
        these = " these" if summary.left_alone else ""
        print(f"The checks gave{these} {mean:.1f} of {summary.most:g} points on average.")
    if summary.by_hand:
        answers = "answer" if summary.by_hand == 1 else "answers"
        these = " of these" if summary.left_alone else ""
        wait = "waits" if summary.by_hand == 1 else "wait"
        print(f"{summary.by_hand:,} {answers}{these} {wait} for a person: ", end="")
        print("Formgrader > Manual Grading.")
    if not summary.isolated:
        print("Graded without a sandbox: every result is marked as such.")
    if summary.look_at:
        print(f"These need a person's eye: {summary.look_at}")
    return 0
