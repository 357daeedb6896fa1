"""A small chapter to attack, and an engine with short limits to attack it on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits
from helpers.grading.sandbox import walls
from helpers.grading.submission.paper import Cell, Paper
from helpers.grading.verdict import Verdict

CANARY = "a-secret-of-the-hidden-check-5f1c"
OF_THE_GRADER = "a-secret-in-the-graders-environment-77ab"
SETUP = "import numpy as np\nFACTOR = 2.0"
RIGHT = "def double(x):\n    return FACTOR * x"
LAST = "def last():\n    return 7"
DOUBLE_CHECK = f"""\
x = np.arange(5.0)
expected = FACTOR * x
assert np.array_equal(double(x), expected)
y = np.linspace(3.0, 4.0, 7)  # {CANARY}
expected = FACTOR * y
assert np.allclose(double(y), expected)
"""
SHORT = Limits(cell=3.0, grace=2.0, whole=9.0, memory=2**30, address_space=3 * 2**30)
UNHURRIED = 20.0  # seconds for what is no question of time, on a busy machine too


def _marks(name: str, **facts: object) -> dict[str, object]:
    usual = {"grade": False, "solution": False, "locked": False, "task": False}
    return {**usual, "grade_id": name, "schema_version": 3, **facts}


PAPER = Paper(
    "01_attacked",
    [
        Cell("given", "setup", SETUP, SETUP, "given_setup",
             marks=_marks("given_setup", locked=True), trusted=SETUP),
        Cell("solve", "double", "", "", "double", marks=_marks("double", solution=True)),
        Cell("check", "double-check", DOUBLE_CHECK, "", "double_check", "1.1: double", 2.0,
             _marks("double_check", grade=True, locked=True, points=2), remote=["double"]),
        Cell("solve", "last", "", "", "last", marks=_marks("last", solution=True)),
        Cell("check", "last-check", "assert last() == 7", "", "last_check", "1.2: last", 1.0,
             _marks("last_check", grade=True, locked=True, points=1), remote=["last"]),
    ],
    {},
    ["numpy", "torch"],
    "attacked",
)  # fmt: skip


def submission(double: str = RIGHT, last: str = LAST) -> bytes:
    """A notebook with these answers."""
    sources = {"given_setup": SETUP, "double": double, "last": last}
    cells = [
        {
            "cell_type": "code", "id": cell.id, "metadata": {"nbgrader": cell.marks},
            "source": sources.get(cell.name, cell.source), "outputs": [], "execution_count": None,
        }
        for cell in PAPER.cells
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


@dataclass
class Result:
    """What became of an attack."""

    verdict: Verdict

    @property
    def points(self) -> dict[str, float | None]:
        """The points of each check."""
        return {score.cell: score.points for score in self.verdict.scores}

    @property
    def text(self) -> str:
        """All that the notebook shows, as one text."""
        return json.dumps(self.verdict.notebook) + repr(self.verdict.scores)

    @property
    def printed(self) -> str:
        """What the student's cells printed."""
        streams = (
            output["text"]
            for cell in self.verdict.notebook["cells"]
            for output in cell.get("outputs", ())
            if output["output_type"] == "stream"
        )
        return "".join(streams)


Attack = Callable[..., Result]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for all attacks; a secret lies in the environment that it is started from."""
    if lacks := walls.missing():
        pytest.skip(" ".join(lacks))
    os.environ["COURSE_ATTACK_CANARY"] = OF_THE_GRADER
    with Engine(SHORT) as made:
        yield made
    del os.environ["COURSE_ATTACK_CANARY"]


@pytest.fixture
def attack(engine: Engine) -> Attack:
    """Grades a submission with these answers; afterwards an honest one still gets its points."""

    def grade(double: str = RIGHT, last: str = LAST, seconds: float = SHORT.cell) -> Result:
        engine.limits = replace(SHORT, cell=seconds, whole=3 * seconds)
        try:
            return Result(engine.grade(PAPER, "mallory", submission(double, last)))
        finally:
            engine.limits = SHORT

    return grade


@pytest.fixture
def honest(engine: Engine) -> Callable[[], dict[str, float | None]]:
    """The points of an honest submission, graded now."""

    def grade() -> dict[str, float | None]:
        return Result(engine.grade(PAPER, "ada", submission())).points

    return grade
