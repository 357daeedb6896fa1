"""Every check of every chapter judges across the boundary as it does in the notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from helpers.authoring import notebooks, proof
from helpers.authoring.lesson import Lesson, read
from helpers.authoring.trial import Trial, trials
from helpers.grading.engine.forking import WarmProcess
from helpers.grading.verdict import Score

from .two_sides import Walk, connected, paper_of

LESSONS = sorted((Path(__file__).parents[2] / "solutions").glob("[0-9][0-9]_*.py"))
EXERCISES = [
    (path, name)
    for path in LESSONS
    for name in re.findall(r"(?m)^# %% check (\w+)", path.read_text(encoding="utf-8"))
]


class Chapter:
    """A chapter on its way through its cells, in this process and across the boundary."""

    def __init__(self, lesson: Lesson, walk: Walk) -> None:
        self.stubs = stubs(lesson)
        self.walk, self.steps = walk, zip(trials(lesson), walk.checks(), strict=True)

    def at(self, name: str) -> tuple[Trial, int]:
        """Go on to the check of an exercise."""
        return next((trial, at) for trial, (exercise, at) in self.steps if exercise == name)

    def variants(self, trial: Trial) -> Iterator[tuple[str, str]]:
        """Everything that is tried in place of a solution."""
        exercise = trial.exercise
        for kind in ("solve", "alternative", "mistake"):
            for cell in exercise.of(kind):
                yield f"{kind} {cell.text} in line {cell.line}", cell.source
        yield "untouched stub", self.stubs[exercise.name]
        yield "empty cell", ""
        yield "syntax error", proof.SYNTAX_ERROR


def stubs(lesson: Lesson) -> dict[str, str]:
    """What stands in the cells that students fill in."""
    released = notebooks.students(notebooks.instructors(lesson))
    marks = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in released.cells]
    return {mark["grade_id"]: source for mark, source in marks if mark.get("solution")}


@pytest.fixture(scope="module")
def chapter_at(warm: WarmProcess) -> Iterator[Callable[[Path], Chapter]]:
    """A chapter that goes on from test to test; another one begins anew."""
    with threadpool_limits(1), ExitStack() as stack:  # small matrices wait for one another

        @lru_cache(maxsize=1)
        def begin(path: Path) -> Chapter:
            stack.close()
            lesson = read(path)
            paper = paper_of(lesson)
            client = stack.enter_context(connected(warm, modules=paper.modules))
            return Chapter(lesson, Walk(paper, lesson, client))

        yield begin


@pytest.mark.parametrize(
    ("path", "name"), EXERCISES, ids=[f"{path.stem}-{name}" for path, name in EXERCISES]
)
def test_a_check_judges_across_the_boundary_as_in_the_notebook(
    chapter_at: Callable[[Path], Chapter], path: Path, name: str
) -> None:
    chapter = chapter_at(path)
    trial, at = chapter.at(name)
    for label, source in chapter.variants(trial):
        here = proof.verdict(trial, source)
        there = chapter.walk.attempt(name, at, source)
        assert as_told(there) == (here.passed, here.mistake or "", plain(here.message)), label
    assert chapter.walk.grading.remarks == []


def as_told(score: Score) -> tuple[bool, str, str]:
    return score.points == score.most, score.mistake, plain(score.reason)


def plain(message: str) -> str:
    """A message without the addresses of objects."""
    return re.sub(r"0x[0-9a-f]+", "0x", message)
