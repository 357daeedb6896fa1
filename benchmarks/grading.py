"""Grading against stock nbgrader: the same class, the same two cores, in one run; JSON lines.

Usage: python benchmarks/grading.py [--students 40] [--of-chapter 8] [--many 5000]

Both sides write the gradebook and the autograded notebooks, then the feedback pages; each side is
its command, started anew. `nbgrader` here is nbgrader as it is installed, with only its folders
set; it grades without any sandbox.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from grading_class import CHAPTER, hand_in, write_source
from sqlalchemy import create_engine, select

from helpers.grading.gradebook.verdicts import verdicts
from helpers.grading.sandbox.walls import environment

ROOT = Path(__file__).resolve().parents[1]
STOCK = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = "sqlite:///{root}/grading/gradebook.db"
c.Execute.timeout = 180
"""

# Runs a solved notebook, checks and figures included, in one process that has imported all it
# needs: what any way of grading must spend. Forked, as the engine's are; prints seconds.
CODE_ALONE = """
import os, sys, time
import nbformat
from helpers.grading.engine import shell, warm
chapter = sys.argv[1]
notebook = nbformat.read(f"solutions/{chapter}/{chapter}.ipynb", as_version=4)
out, made = sys.stdout, shell.make_shell()
warm._import((*warm.MODULES, "helpers", "helpers.data", "helpers.explore", "helpers.plots"))
for _ in range(3):
    if os.fork():
        os.wait()
        continue
    began = time.perf_counter()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shell.run(made, cell.source)
    print(time.perf_counter() - began, file=out, flush=True)
    os._exit(0)
"""


class Side:
    """A course's folder, graded by one of the two."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        (folder / "grading").mkdir(parents=True)
        if name == "stock":
            (folder / "nbgrader_config.py").write_text(STOCK.format(root=str(folder)))
        else:
            shutil.copy(ROOT / "nbgrader_config.py", folder)

    def run(self, *words: str) -> float:
        """Run a command of the environment there; its seconds."""
        program = Path(sys.executable).parent / words[0]
        env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
        began = time.perf_counter()
        ran = subprocess.run(
            [program, *words[1:]], cwd=self.folder, env=env, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
        if ran.returncode not in (0, 1):
            raise SystemExit(f"{self.name}: {' '.join(words)}:\n{ran.stdout}{ran.stderr}")
        return seconds

    def grade(self, chapter: str) -> float:
        """Grade everything there; its seconds."""
        if self.name == "stock":
            return self.run("nbgrader", "autograde", chapter)
        return self.run("course", "grade", chapter, "--workers", "2")

    def feedback(self, chapter: str) -> float:
        """Write the feedback; its seconds."""
        if self.name == "stock":
            return self.run("nbgrader", "generate_feedback", chapter)
        return self.run("course", "feedback", chapter)


def told(**facts: object) -> None:
    """Print a line."""
    print(json.dumps(facts), flush=True)


def against_stock(students: int, folder: Path, *, figure: bool) -> None:
    """A class through both, with and without feedback.

    A figure takes three times as long as all else that a student's code does here.
    """
    seconds: dict[str, tuple[float, float]] = {}
    for name in ("stock", "ours"):
        side = Side(name, folder / f"{name}-{figure}")
        notebook = write_source(side.folder, figure=figure)
        list(hand_in(notebook, side.folder / "grading/submitted", students))
        side.run("nbgrader", "generate_assignment", CHAPTER, "--force")
        graded = side.grade(CHAPTER)
        seconds[name] = (graded, graded + side.feedback(CHAPTER))
        for step, taken in zip(("grading", "with feedback"), seconds[name], strict=True):
            each = round(taken / students, 4)
            told(side=name, step=step, figure=figure, students=students, s_each=each)
    for step, at in (("grading", 0), ("with feedback", 1)):
        ratio = round(seconds["stock"][at] / seconds["ours"][at], 1)
        told(step=step, figure=figure, ratio=ratio)


def of_chapter(students: int, folder: Path) -> None:
    """Chapter 01's own solved notebook through both: what is added to the time of its code."""
    chapter = "01_backpropagation"
    seconds = {}
    for name in ("stock", "ours"):
        side = Side(name, folder / f"chapter-{name}")
        shutil.copytree(ROOT / "solutions" / chapter, side.folder / "solutions" / chapter)
        side.run("nbgrader", "generate_assignment", chapter, "--force")
        solved = nbformat.read(ROOT / "solutions" / chapter / f"{chapter}.ipynb", as_version=4)
        for number in range(students):
            place = side.folder / f"grading/submitted/s{number}/{chapter}/{chapter}.ipynb"
            place.parent.mkdir(parents=True)
            nbformat.write(solved, place)
        seconds[name] = side.grade(chapter) / students
        told(side=name, step=chapter, students=students, s_each=round(seconds[name], 3))
        if name == "ours":
            beyond_the_code(side, chapter)
    told(step=chapter, ratio=round(seconds["stock"] / seconds["ours"], 1))


def beyond_the_code(side: Side, chapter: str) -> None:
    """What grading adds to the time of a notebook's own code, one submission after another."""
    side.run("course", "grade", chapter, "--again", "--workers", "1")
    columns = select(verdicts.c.seconds).where(verdicts.c.chapter == chapter)
    with create_engine(f"sqlite:///{side.folder}/grading/gradebook.db").connect() as connection:
        graded = min(connection.execute(columns).scalars())
    ran = subprocess.run(
        [sys.executable, "-c", CODE_ALONE, chapter], cwd=ROOT, capture_output=True, text=True,
        check=True, env=environment(),
    )  # fmt: skip
    code = min(map(float, ran.stdout.split()))
    told(step=chapter, graded_s=round(graded, 3), code_s=round(code, 3),
         beyond_code_s=round(graded - code, 3))  # fmt: skip


def growth(few: int, many: int, folder: Path) -> None:
    """The cost of a submission in a small class and in a large one, the start apart."""
    taken = {}
    for students in (1, few, many):
        side = Side("ours", folder / f"class-{students}")
        notebook = write_source(side.folder)
        list(hand_in(notebook, side.folder / "grading/submitted", students))
        taken[students] = side.grade(CHAPTER)
        further = (taken[students] - taken[1]) / max(students - 1, 1)
        told(step="growth", students=students, s_each=round(taken[students] / students, 4),
             s_each_further=round(further, 4))  # fmt: skip
        if students == many:
            exports(side, many * 3)
        shutil.rmtree(side.folder)
    ratios = [
        (taken[many] - start) / (many - ones) / ((taken[few] - start) / (few - ones))
        for start, ones in ((0.0, 0), (taken[1], 1))
    ]
    told(step="growth", ratio=round(ratios[0], 3), ratio_further=round(ratios[1], 3))


def exports(side: Side, rows: int) -> None:
    """The export of a large gradebook, ours against nbgrader's."""
    ours = side.run("course", "export", CHAPTER, "--format", "csv")
    told(step="export", side="ours", rows=rows, s=round(ours, 2))
    stock = side.run("nbgrader", "export")
    told(step="export", side="stock", s=round(stock, 2), ratio=round(stock / ours, 1))


def main(words: Sequence[str] | None = None) -> None:
    """Run all parts, or those asked for by their numbers."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=40)
    options.add_argument("--of-chapter", type=int, default=8)
    options.add_argument("--many", type=int, default=0, help="also a class of so many")
    asked = options.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        for figure in (False, True):
            against_stock(asked.students, Path(folder), figure=figure)
        if asked.of_chapter:
            of_chapter(asked.of_chapter, Path(folder))
        if asked.many:
            growth(100, asked.many, Path(folder))


if __name__ == "__main__":
    main()
