"""What grading a submission comes to: plain data, the same on every machine.

A verdict travels as JSON from where a submission is graded to the one process that writes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

__all__ = ["STATES", "Score", "State", "Verdict"]

State = Literal["graded", "timed out", "out of memory", "died", "refused"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Score:
    """One graded cell.

    `points` is None where a person grades. `mistake` is the name that the check gave to a wrong
    answer, `reason` all that it said; both are empty where the check passed.
    """

    cell: str  # nbgrader's grade_id: "output_delta_check"
    exercise: str  # "1.7: output_delta"
    points: float | None
    most: float
    mistake: str = ""
    reason: str = ""
    answered: bool = True  # False where the student left the cell as it was handed out


@dataclass(frozen=True)
class Verdict:
    """The one state in which a submission ends, its points, and the notebook to show.

    Points earned before the end are kept in every state. A submission that is refused was never
    run: it has no points, and a notebook that says why.
    """

    chapter: str
    student: str
    fingerprint: str  # of the submission's bytes and of the chapter they were graded with
    state: State
    reason: str = ""  # in a sentence; empty where the state is "graded"
    scores: list[Score] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # what was off with the cells, a sentence each
    unanswered: list[str] = field(default_factory=list)  # cells left as they were handed out
    notebook: dict[str, Any] = field(default_factory=dict)  # with outputs, in nbgrader's format
    seconds: float = 0.0  # from intake to verdict
    own_seconds: float = 0.0  # of these, in the student's code
    isolated: bool = True  # False where it was graded with --unsafe

    @property
    def points(self) -> float:
        """The points that the checks gave."""
        return sum(score.points or 0.0 for score in self.scores)

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data.

        >>> verdict = Verdict("01_mini", "ada", "0", "graded", scores=[Score("a", "1.1: a", 1, 2)])
        >>> Verdict.from_json(verdict.to_json()) == verdict
        True
        """
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """The verdict that to_json wrote down."""
        return cls(**{**data, "scores": [Score(**score) for score in data["scores"]]})
