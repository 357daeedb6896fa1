"""A class's result in one chapter, as plain numbers: all that the report shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from helpers.grading.reporting.records import Question

__all__ = ["ClassResult", "Exercise", "Mistake", "Pupil"]


@dataclass(frozen=True)
class Exercise:
    """How a class did in one graded cell."""

    question: Question
    full: int  # submissions with all its points, with some, with none
    part: int
    wrong: int  # no points, though something was written
    untouched: int  # no points, left as it was handed out
    waiting: int  # for a person
    mean: float | None  # share of its points; None where nothing is graded, or answers wait
    discrimination: float | None  # None where it cannot be said
    unsaid: str  # why not
    unnamed: int  # wrong answers to which the check gave no name


@dataclass(frozen=True)
class Mistake:
    """A mistake that the checks call by a name."""

    exercise: str
    name: str
    count: int  # of submissions
    examples: tuple[str, ...]  # a few students who made it


@dataclass(frozen=True)
class Pupil:
    """One student's submission."""

    student: str
    state: str
    reason: str
    isolated: bool
    points: float
    by_checks: float  # of these, given by the checks
    untouched: int  # checked exercises left as they were handed out
    waiting: int  # answers for a person
    stuck: str  # why this student may be stuck; empty for most


@dataclass
class ClassResult:
    """A chapter's result: everything that the report shows, as plain numbers."""

    chapter: str
    most: float = 0.0
    by_checks: float = 0.0  # of these, given by the checks
    exercises: list[Exercise] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    pupils: list[Pupil] = field(default_factory=list)
    since: str = ""  # what has come in since it was graded, in a sentence

    @property
    def states(self) -> dict[str, int]:
        """How many submissions ended in each state, the most frequent first."""
        return dict(Counter(pupil.state for pupil in self.pupils).most_common())

    @property
    def open_air(self) -> list[str]:
        """The students whose submission was not isolated from the machine."""
        return [pupil.student for pupil in self.pupils if not pupil.isolated]

    @property
    def stuck(self) -> list[Pupil]:
        """Who may be stuck, the fewest points first."""
        found = [pupil for pupil in self.pupils if pupil.stuck]
        return sorted(found, key=lambda pupil: (pupil.by_checks, pupil.student))

    @property
    def waiting(self) -> int:
        """Answers that wait for a person."""
        return sum(pupil.waiting for pupil in self.pupils)
