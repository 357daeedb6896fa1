"""The record of a chapter: what its visible checks compare with, written when it is built.

A JSON file in the folder beside this module (or in $COURSE_RECORDED, for chapters of one's own).
For each exercise: its number, the reference's answer to every
visible probe (salted where it is a secret), and for every named mistake its advice and the
fingerprints of its answers.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from helpers.check.fingerprint import Fingerprint
from helpers.check.outcomes import BrokenCheck

FOLDER = Path(os.environ.get("COURSE_RECORDED") or Path(__file__).parent / "recorded")


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its name, what to tell, and its fingerprint on each probe."""

    name: str
    advice: str
    answers: dict[str, Fingerprint]


@dataclass(frozen=True)
class Exercise:
    """What the visible check of one exercise compares with."""

    name: str
    number: str
    hidden: bool  # whether hidden checks follow
    probes: dict[str, dict[str, Any]]
    mistakes: list[Mistake]

    @property
    def title(self) -> str:
        """The exercise as messages call it: 'Exercise 1.7 output_delta'."""
        return f"Exercise {self.number} {self.name}"


@cache
def load(chapter: str) -> dict[str, Exercise]:
    """The exercises of a chapter by name, in order; BrokenCheck if there is no such record."""
    path = FOLDER / f"{chapter}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.json"))) or "none"
        raise BrokenCheck(
            f"there is no chapter {chapter!r} in helpers; there is: {known}."
        ) from None
    except ValueError as error:
        raise BrokenCheck(f"{path.name} is damaged ({error}): install helpers again.") from None
    return {name: _exercise(name, entry) for name, entry in data["exercises"].items()}


def _exercise(name: str, entry: dict[str, Any]) -> Exercise:
    mistakes = [Mistake(**mistake) for mistake in entry["mistakes"]]
    return Exercise(name, entry["number"], entry["hidden"], entry["probes"], mistakes)
