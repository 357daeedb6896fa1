"""Grading on several machines: submissions go to a Dask cluster in chunks, verdicts come back.

No shared file system is needed, and no course where the scheduler runs. What a lost worker was
grading is graded again by another one. What loses its workers again and again is tried at the
end, one submission at a time with nothing beside it, so that only the culprit has died.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress

from helpers.errors import GradingError
from helpers.grading.engine.engine import lost, refused
from helpers.grading.limits import Limits
from helpers.grading.showing.shown import shown
from helpers.grading.submission.intake import Submission
from helpers.grading.submission.paper import Paper
from helpers.grading.submission.rebuild import Refused
from helpers.grading.verdict import Verdict

try:
    import dask.config
    from distributed import CancelledError, Client, Future, KilledWorker, wait

    from helpers.grading.cluster.link import by_name, connected, desks
except ModuleNotFoundError as error:
    raise GradingError(
        f'--scheduler needs Dask ({error}): pip install -c requirements.lock -e ".[cluster]".'
    ) from None

__all__ = ["Run", "spread"]

WAITING = 60.0  # seconds without any worker after which nobody waits for one
SECONDS = 4.0  # that a chunk should take
MOST, BYTES = 64, 8 * 2**20  # submissions in a chunk, and about how large it may be
AHEAD = 2  # chunks under way for each thread of a worker

Chunk = list[tuple[Submission, bytes]]


def spread(
    paper: Paper, waiting: Sequence[Submission], limits: Limits, scheduler: str, unsafe: bool
) -> Generator[Verdict, None, None]:
    """Verdicts from the workers of a scheduler, in the order in which they come.

    Raises GradingError where the cluster cannot grade; what came before that stays good.
    """
    with connected(scheduler) as client:
        try:
            with desks(client, paper, limits, unsafe=unsafe) as desk:
                run = Run(client, desk, paper, isolated=not unsafe)
                yield from run.verdicts(deque(waiting))
                yield from run.verdicts(run.suspects, alone=True)
        except (CancelledError, OSError) as error:
            raise GradingError(
                f"The scheduler at {scheduler} was lost ({error}): what has been graded is kept; "
                "start it and its workers, then run this again."
            ) from None


class Run:
    """The submissions of one run, on their way to the workers and back."""

    def __init__(self, client: Client, desk: str, paper: Paper, *, isolated: bool) -> None:
        self.client, self.desk, self.paper, self.isolated = client, desk, paper, isolated
        self.running: dict[Future[bytes], Chunk] = {}
        self.suspects: deque[Submission] = deque()  # were there when workers were lost
        self.graded, self.seconds = 1, 1.0  # a guess, soon outweighed
        self.grade = by_name("grade")

    def verdicts(self, todo: deque[Submission], *, alone: bool = False) -> Iterator[Verdict]:
        """Have submissions graded; only so many are in memory as keep the workers busy."""
        while todo or self.running:
            threads = max(1, sum(self.client.nthreads().values()))
            while todo and len(self.running) < (1 if alone else AHEAD * threads):
                yield from self._send(todo, 1 if alone else self._size(len(todo), threads))
            for future in self._finished():
                yield from self._come_back(future, alone)

    def _size(self, left: int, threads: int) -> int:
        """As many submissions as take some seconds, and leave work for all at the end."""
        in_time = int(SECONDS * self.graded / self.seconds)
        return max(1, min(in_time, MOST, math.ceil(left / (AHEAD * threads))))

    def _send(self, todo: deque[Submission], size: int) -> Iterator[Verdict]:
        """Send the next chunk; the verdicts on what cannot be read on the way."""
        chunk: Chunk = []
        length = 0
        while todo and len(chunk) < size and length < BYTES:
            submission = todo.popleft()
            try:
                chunk.append((submission, submission.read()))
                length += len(chunk[-1][1])
            except Refused as error:
                reason, student = str(error), submission.student
                yield shown(refused(self.paper, student, reason, isolated=self.isolated))
        if chunk:
            sent = [(submission.student, data) for submission, data in chunk]
            # Dask warns of what is large here; scattered, it would be lost with its worker.
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):
                future = self.client.submit(self.grade, self.desk, sent, pure=False, retries=3)
            self.running[future] = chunk

    def _finished(self) -> list[Future[bytes]]:
        """Chunks that are done; waits for one."""
        while self.running:
            with suppress(TimeoutError), self.client.as_current():
                return list(wait(list(self.running), WAITING, "FIRST_COMPLETED").done)
            if not self.client.nthreads():
                raise GradingError(
                    "All workers are gone: what has been graded is kept; start workers, then run "
                    "this again."
                )
        return []

    def _come_back(self, future: Future[bytes], alone: bool) -> Iterator[Verdict]:
        """The verdicts on a chunk that is done."""
        try:
            told = future.result(timeout=WAITING)
        except Exception as error:
            if future.status == "pending":
                return  # lost with its worker, and graded again
            if future.status != "error":
                raise
            yield from self._failed(self.running.pop(future), error, alone)
            return
        del self.running[future]
        for data in json.loads(told):
            verdict = Verdict.from_json(data)
            self.graded, self.seconds = self.graded + 1, self.seconds + verdict.seconds
            yield verdict

    def _failed(self, chunk: Chunk, error: Exception, alone: bool) -> Iterator[Verdict]:
        """A chunk that was not graded: its workers were lost, or could not."""
        if not isinstance(error, KilledWorker):
            raise GradingError(f"A worker cannot grade: {error}") from None
        if not alone:
            self.suspects += [submission for submission, _ in chunk]
            return
        reason = f"Every worker that graded it was lost ({error.allowed_failures + 1} in a row)."
        for submission, data in chunk:
            student = submission.student
            yield shown(lost(self.paper, student, data, reason, isolated=self.isolated))
