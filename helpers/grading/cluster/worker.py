"""Grading on one machine of a Dask cluster: an engine beside a worker, and the task that uses it.

What comes here are a student's name and bytes; what goes back is JSON. The engine ends with the
worker, with the run, or when nothing has come for a while: then the run was killed.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module

from distributed import Worker, WorkerPlugin

import helpers
from helpers.errors import GradingError
from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits
from helpers.grading.showing.shown import shown
from helpers.grading.submission.paper import Paper, sealed

__all__ = ["Desk", "fault", "grade", "version"]

IDLE = 300.0  # seconds without work after which a warm process is not kept
STOPPED = "The grading was stopped."
DESKS: dict[str, Desk] = {}  # of this process, by name


class Desk(WorkerPlugin):
    """An engine beside a worker, with the paper of the chapter; several threads may grade at it.

    It travels to each worker once, as plain data.
    """

    def __init__(
        self, name: str, paper: Paper, limits: Limits, *, unsafe: bool, idle: float = IDLE
    ) -> None:
        self.name = name
        self.text, self.limits = paper.text, asdict(limits)
        self.unsafe, self.idle = unsafe, idle

    async def setup(self, worker: Worker) -> None:
        """Start the engine; `fault` says afterwards whether it is fit to grade."""
        self.lock, self.busy, self.used = threading.Lock(), 0, time.monotonic()
        self.engine: Engine | None = None
        self.fault = ""
        # In a thread that stays: the warm process ends with the thread that has started it.
        await asyncio.to_thread(self._get_ready)
        self.watch = asyncio.create_task(self._end_when_idle())
        DESKS[self.name] = self

    def teardown(self, worker: Worker) -> None:
        """End the engine, whatever it is grading."""
        DESKS.pop(self.name, None)
        self.watch.cancel()
        with self.lock:
            self.fault = STOPPED
            self._end()

    def grade(self, chunk: Sequence[tuple[str, bytes]]) -> bytes:
        """The verdicts on a chunk of submissions, as JSON."""
        with self._at_work() as engine:
            graded = [shown(engine.grade(self.paper, student, data)) for student, data in chunk]
        return json.dumps([verdict.to_json() for verdict in graded]).encode()

    def _get_ready(self) -> None:
        try:
            self.paper = Paper.from_json(json.loads(self.text))
            if sealed(self.paper).fingerprint != self.paper.fingerprint:
                raise GradingError(
                    f"Its checks of {self.paper.chapter} are not those of this course: "
                    "install the same one there."
                )
            with self._at_work() as engine:
                # This takes a while, as the warm process does.
                import_module("helpers.grading.showing.inert")
                engine.warm_for(self.paper)
        except GradingError as error:
            self.fault = str(error)
        except Exception as error:
            self.fault = f"{type(error).__name__}: {error}"

    @contextmanager
    def _at_work(self) -> Iterator[Engine]:
        """The engine, which is not ended as idle meanwhile."""
        with self.lock:
            if self.fault:
                raise GradingError(self.fault)
            if self.engine is None:
                self.engine = Engine(Limits(**self.limits), unsafe=self.unsafe)
            engine = self.engine
            self.busy += 1
        try:
            yield engine
        finally:
            with self.lock:
                self.busy -= 1
                self.used = time.monotonic()

    async def _end_when_idle(self) -> None:
        while True:
            await asyncio.sleep(self.idle / 4)
            with self.lock:
                if not self.busy and time.monotonic() - self.used > self.idle:
                    self._end()

    def _end(self) -> None:
        if self.engine:
            self.engine.close()
        self.engine = None


def version() -> str:
    """The version of the course on this worker."""
    return helpers.__version__


def fault(desk: str) -> str:
    """Why this worker cannot grade; empty where it can."""
    return _at(desk).fault


def grade(desk: str, chunk: Sequence[tuple[str, bytes]]) -> bytes:
    """Grade a chunk of submissions, each a student and bytes; the verdicts as JSON.

    Raises nothing but GradingError: others cannot all travel.
    """
    try:
        return _at(desk).grade(chunk)
    except GradingError:
        raise
    except Exception as error:
        raise GradingError(f"{type(error).__name__}: {error}") from None


def _at(desk: str) -> Desk:
    if desk not in DESKS:
        raise GradingError(STOPPED)
    return DESKS[desk]
