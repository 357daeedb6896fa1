"""The class that the benchmark of grading grades: one small assignment, right, wrong and broken."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

__all__ = ["CHAPTER", "hand_in", "write_source"]

CHAPTER = "01_small"
SETUP = "import numpy as np\nimport torch\nimport matplotlib.pyplot as plt"
# name, the solution's last line, the check; as in any nbgrader course, checks are assertions
EXERCISES = (
    ("scale", "x", "2 * x", "x = np.arange(5.0)\nassert np.allclose(scale(x), [0, 2, 4, 6, 8])"),
    (
        "norm",
        "x",
        "float(np.sqrt((x**2).sum()))",
        "assert abs(norm(np.array([3.0, 4.0])) - 5) < 1e-9",
    ),
    ("layer", "x", "torch.relu(x @ x.T)", "x = torch.eye(3)\nassert torch.equal(layer(x), x)"),
)
WRONG = {"scale": "3 * x", "norm": "x.sum()", "layer": "x"}
BROKEN = ("def {name}(x:\n    return", "", "def {name}(x):\n    return x.nothing", "1 / 0")


def write_source(course: Path, *, figure: bool = True) -> NotebookNode:
    """Write the instructor's notebook, seven cells and a figure, into a course's folder."""
    cells = [_cell(SETUP, "setup", locked=True)]
    for name, argument, solution, check in EXERCISES:
        region = f"    ### BEGIN SOLUTION\n    return {solution}\n    ### END SOLUTION"
        source = f"def {name}({argument}):\n{region}"
        cells.append(_cell(source, name, solution=True))
        hidden = f"{check}\n### BEGIN HIDDEN TESTS\n{check}\n### END HIDDEN TESTS"
        cells.append(_cell(hidden, f"{name}_check", locked=True, grade=True, points=2))
    if figure:
        cells.append(nbformat.v4.new_code_cell("plt.plot(np.arange(9.0) ** 2);", id="figure"))
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    place = course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    place.parent.mkdir(parents=True)
    nbformat.write(notebook, place)
    return notebook


def hand_in(notebook: NotebookNode, submitted: Path, students: int) -> Iterator[str]:
    """Write so many submissions: of four, two are right, one is wrong, one is broken."""
    for number in range(students):
        student = f"student{number:05}"
        place = submitted / student / CHAPTER / f"{CHAPTER}.ipynb"
        place.parent.mkdir(parents=True)
        nbformat.write(_answered(notebook, number), place)
        yield student


def _answered(notebook: NotebookNode, number: int) -> NotebookNode:
    answered = copy.deepcopy(notebook)
    for name, _, solution, _ in EXERCISES:
        cell = next(c for c in answered.cells if c.id == name)
        right = f"def {name}(x):\n    return {solution}"
        wrong = f"def {name}(x):\n    return {WRONG[name]}"
        broken = BROKEN[number // 4 % len(BROKEN)].format(name=name)
        cell.source = (right, wrong, right, broken)[number % 4]
    return answered


def _cell(source: str, name: str, **marks: bool | int) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source, id=name)
    facts = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
    cell.metadata["nbgrader"] = {**facts, "grade_id": name, "schema_version": 3}
    return cell
