"""An invented chapter, and a class that has handed it in: verdicts, and a gradebook full of them.

place = fill(tmp_path, 200)        # a course's folder with 200 students' grades
place.db_url                       # its gradebook
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import nbformat
from alembic.config import Config
from alembic.script import ScriptDirectory
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.dbutil import ALEMBIC_DIR

from helpers.grading.gradebook.writer import Writer
from helpers.grading.settings import Settings, settings
from helpers.grading.verdict import Score, State, Verdict

__all__ = ["CHAPTER", "a_course", "a_notebook", "a_verdict", "fill", "verdicts"]

CHAPTER = "01_small"
MISTAKES = {  # of each exercise, what its check may find
    "scale": ("triples instead of doubling", "squares instead of doubling"),
    "norm": ("the root is forgotten", "adds the entries"),
    "layer": ("the bias is forgotten", "the slope is taken at y instead of v"),
}
POINTS = {"scale": 1.0, "norm": 2.0, "layer": 3.0}
EXERCISES = {name: f"1.{number}: {name}" for number, name in enumerate(POINTS, 1)}
ESSAY, MOST = "scale_answer", 4.0  # what a person grades
ENDS: tuple[tuple[State, str], ...] = (
    ("timed out", "A cell ran longer than 30 s."),
    ("out of memory", "It asked for more than 3 GiB."),
    ("died", "The process ended with signal 11."),
    ("refused", "The file is no JSON, so it is no notebook."),
)
SETTINGS = """\
c = get_config()
c.CourseDirectory.course_id = "small"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = {db_url!r}
"""


def a_course(folder: Path, db_url: str = "") -> Settings:
    """A course's folder with the chapter and settings; no gradebook yet."""
    text = SETTINGS.format(db_url=db_url or f"sqlite:///{folder / 'grading' / 'gradebook.db'}")
    (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
    source = folder / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(a_notebook(), source)
    return settings(folder)


def a_notebook() -> NotebookNode:
    """The instructor's notebook: three exercises with checks, and a text that a person grades."""
    cells = []
    for name, points in POINTS.items():
        body = "    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
        cells.append(_cell("code", name, f"def {name}(x):\n{body}", solution=True))
        check = f"assert {name}(1) == 1"
        cells.append(_cell("code", f"{name}_check", check, grade=True, locked=True, points=points))
    answer = "<!-- BEGIN SOLUTION -->\nBecause.\n<!-- END SOLUTION -->"
    cells.append(_cell("markdown", ESSAY, answer, grade=True, solution=True, points=MOST))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _cell(kind: str, name: str, source: str, **marks: float) -> NotebookNode:
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    facts = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
    facts |= {"grade_id": name, "schema_version": 3, "cell_type": kind}
    return make(source, id=name.replace("_", "-"), metadata={"nbgrader": facts})


def a_verdict(student: str = "ada", chapter: str = CHAPTER, **facts: object) -> Verdict:
    """A perfect submission, but for what is said of it."""
    scores = [
        Score(f"{name}_check", EXERCISES[name], POINTS[name], POINTS[name]) for name in POINTS
    ]
    scores.append(Score(ESSAY, "1.1: scale", None, MOST))
    found = {"fingerprint": f"{student}-1", "state": "graded", "scores": scores}
    return Verdict(chapter, student, **{**found, "notebook": a_notebook(), **facts})  # type: ignore[arg-type]


def verdicts(students: int, seed: int = 0, chapter: str = CHAPTER) -> Iterator[Verdict]:
    """A class: the able make fewer mistakes; one in twelve did not run to the end."""
    draw = random.Random(seed)
    notebook = a_notebook()
    for number in range(students):
        state, reason = draw.choice(ENDS) if draw.random() < 1 / 12 else ("graded", "")
        scores, unanswered = _scores(draw, draw.random(), state, reason)
        yield Verdict(
            chapter,
            f"student{number:05}",
            f"{draw.getrandbits(256):064x}",
            state,
            reason,
            scores=scores,
            remarks=["Cells were moved: they were run in the order of the chapter."][
                : number % 9 == 0
            ],
            unanswered=unanswered,
            notebook=notebook,
            seconds=draw.uniform(0.1, 0.4),
            own_seconds=draw.uniform(0.01, 0.1),
        )


def _scores(
    draw: random.Random, ability: float, state: State, reason: str
) -> tuple[list[Score], list[str]]:
    """Harder exercises are solved less often; what ended early has only its first points."""
    reached = {"graded": 3, "refused": 0}.get(state, draw.randrange(3))
    scores, unanswered = [], []
    for place, (name, most) in enumerate(POINTS.items()):
        exercise = EXERCISES[name]
        points, mistake, told = most, "", ""
        if place >= reached:
            points, told = 0.0, f"Not reached: {reason}"
        elif draw.random() > 0.4 + ability - 0.25 * place:
            points, mistake = 0.0, draw.choices(("", *MISTAKES[name]), (1, 4, 2))[0]
            told = (
                f"Exercise {exercise.replace(':', '')}: {mistake or 'not yet right'}\n  expected  1"
            )
        scores.append(Score(f"{name}_check", exercise, points, most, mistake, told))
    answered = state != "refused" and draw.random() < 0.9
    if not answered and state != "refused":
        unanswered.append(ESSAY)
    by_hand = None if answered else 0.0
    scores.append(Score(ESSAY, "1.1: scale", by_hand, MOST, answered=answered))
    return scores, unanswered


@cache
def _version() -> str:
    """What nbgrader asks a program for, which takes seconds."""
    config = Config()
    config.set_main_option("script_location", ALEMBIC_DIR)
    return str(ScriptDirectory.from_config(config).get_current_head())


def a_writer(place: Settings) -> Writer:
    """A writer on a gradebook that knows the chapter."""
    with patch.object(api, "get_alembic_version", _version):
        writer = Writer(place)
    writer.register(CHAPTER)
    return writer


def fill(folder: Path, students: int, seed: int = 0, db_url: str = "") -> Settings:
    """A course's folder with a class's grades and notebooks."""
    place = a_course(folder, db_url)
    with a_writer(place) as writer:
        written = list(verdicts(students, seed))
        for start in range(0, students, 100):
            writer.write(written[start : start + 100])
    return place
