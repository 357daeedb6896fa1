"""How a student's process came to its end, in a state and a sentence."""

from __future__ import annotations

import signal
from typing import Any

from helpers.grading.limits import Limits
from helpers.grading.verdict import State

__all__ = ["Ended", "Lost", "how_it_ended"]


class Ended(BaseException):
    """The student's process is no more; no Exception, so that no check takes it for an answer."""

    def __init__(self, state: State, reason: str) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


class Lost(Ended):
    """What watched over the student's process is gone, which is no fault of the submission's."""


def how_it_ended(told: dict[str, Any], lost: bool, limits: Limits) -> Ended:
    """The end that a keeper has told of, or whose keeper is lost."""
    if told.get("memory"):
        most = limits.memory / 2**30
        return Ended("out of memory", f"The processes used more than {most:.3g} GiB together.")
    if told.get("seconds", 0) >= limits.whole:
        return Ended("timed out", f"It computed longer than {limits.whole:g} s.")
    if told.get("signal") == signal.SIGKILL:  # of no limit, and none can send it to himself
        return Lost("died", "The process was killed from outside.")
    if told.get("signal"):
        return Ended("died", f"The process was ended by signal {told['signal']}.")
    if told:
        return Ended("died", f"The process ended itself with code {told.get('code')}.")
    if lost:
        return Lost("died", "What watched over the process is gone.")
    return Ended("died", "The process closed its line to the checker.")
