"""What became of a file that was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

__all__ = ["STATES", "Found", "Outcome", "State"]

State = Literal["filed", "replaced", "already there", "refused", "left out"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Outcome:
    """What became of one file that was handed in.

    A notebook is filed, or replaced an earlier one, or is already there, or is refused for a
    reason. Left out is what systems add by themselves, and a timestamp.txt that was read.
    """

    archive: Path
    entry: str  # its name in the archive; empty where the archive itself is refused
    state: State
    reason: str = ""
    student: str = ""
    person: str = ""  # the name that the learning platform gave
    chapter: str = ""
    path: Path | None = None  # where the notebook is now


@dataclass(frozen=True)
class Found:
    """A notebook that can be taken, made ready aside."""

    outcome: Outcome
    made: Path  # the folder with the notebook in it; not made where it is filed already
    fingerprint: str
    evident: bool  # the notebook itself says of which chapter it is
    there: bool  # it is filed already
