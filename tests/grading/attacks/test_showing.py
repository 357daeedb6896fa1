"""No check tells an answer what it is held against, however the check is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from helpers.grading.engine.engine import Engine
from helpers.grading.submission.paper import Paper, make_paper

# Every sum with it is 0, every comparison true; it is a number, a row and a box at once.
LIAR = """
class Liar:
    def _nothing(self, *others, **named): return 0.0
    def _yes(self, *others, **named): return True
    __sub__ = __rsub__ = __isub__ = __add__ = __radd__ = __iadd__ = _nothing
    __mul__ = __rmul__ = __imul__ = __truediv__ = __rtruediv__ = __itruediv__ = _nothing
    __pow__ = __rpow__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = _nothing
    __matmul__ = __rmatmul__ = __lshift__ = __rshift__ = __neg__ = __abs__ = _nothing
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = _yes
    equal = allclose = isclose = eq = equals = _yes
    sub = subtract = dist = sum = item = _nothing
    __hash__ = None
"""
ANSWERS = {
    "a liar": "Liar()",
    "a list of liars": "[Liar() for _ in range(3)]",
    "an array of liars": "np.array([Liar() for _ in range(3)] + [None], dtype=object)[:3]",
    "one liar in an array": "np.array(Liar(), dtype=object)",
}
# Each is how somebody would write the check of `def answer(x): return 2 * x`.
CHECKS = {
    "allclose": "assert np.allclose(answer(x), 2 * x)",
    "isclose": "assert np.isclose(answer(x), 2 * x).all()",
    "the difference": "assert abs(answer(1.5) - 3.0) < 1e-9",
    "the difference, turned": "assert abs(3.0 - answer(1.5)) < 1e-9",
    "the largest difference": "assert np.abs(answer(x) - 2 * x).max() < 1e-9",
    "the sum of squares": "assert ((answer(x) - 2 * x) ** 2).sum() < 1e-9",
    "the quotient": "assert abs(answer(1.5) / 3.0 - 1) < 1e-9",
    "numpy's testing": "np.testing.assert_allclose(answer(x), 2 * x)",
    "numpy's array testing": "np.testing.assert_array_equal(answer(x), 2 * x)",
    "numpy's older testing": "np.testing.assert_almost_equal(answer(x), 2 * x)",
    "equal": "assert answer(1.5) == 3.0",
    "not unequal": "assert not answer(1.5) != 3.0",
    "not below nor above": "assert 2.999 < answer(1.5) < 3.001",
    "torch's difference": "assert (answer(t) - 2 * t).abs().max() < 1e-9",
    "torch's allclose": "assert torch.allclose(answer(t), 2 * t)",
    "the answer's own method": "assert answer(t).allclose(2 * t)",
    "the answer's own equal": "assert answer(t).equal(2 * t)",
    "the answer's own distance": "assert answer(t).dist(2 * t) < 1e-9",
    "the answer's own sub": "assert answer(t).sub(2 * t).sum() == 0",
    "in": "assert 3.0 in (answer(1.5),)",
    "in the answer": "assert all(each in answer(x) for each in 2 * x)",
    "math": "import math\nassert math.isclose(answer(1.5), 3.0)",
    "all of map": "assert all(map(lambda y: y == 3.0, map(answer, [1.5])))",
    "each in turn": "for each in [1.5, 2.5]:\n    assert answer(each) - 2 * each == 0",
}
SETUP = """\
import numpy as np
import torch
x = np.array([1.0, 2.0, 3.0])
t = torch.tensor([1.0, 2.0, 3.0])
"""
RIGHT = "def answer(x):\n    return 2 * x"
OTHER = """
class Vector:
    def __init__(self, x): self.x = x
    def __add__(self, other): return Vector(self.x + other.x)
    def __contains__(self, x): return x == self.x
    def equal(self, other): return self.x == other.x
"""
OTHERS_CHECK = """\
three = Vector(1.0) + Vector(2.0)
assert three.x == 3.0 and 3.0 in three and three.equal(Vector(3.0))
"""


def a_chapter(solution: str, checks: list[str]) -> Paper:
    """A chapter of one answer and many checks of it, a point each."""
    body = f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    cells = [_cell("given", SETUP, locked=True), _cell("answer", body, solution=True)]
    for number, check in enumerate(checks):
        cells.append(_cell(f"check{number}", check, grade=True, locked=True, points=1))
    notebook = nbformat.v4.new_notebook(cells=cells)
    return make_paper("01_shown", notebook, [], [ClearSolutions(), ClearHiddenTests()])


def _cell(name: str, source: str, **marks: object) -> Any:
    cell = nbformat.v4.new_code_cell(source, id=name)
    usual = {"grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {**usual, "grade_id": name, "schema_version": 3, **marks}
    return cell


def handed_in(paper: Paper, answer: str) -> bytes:
    """The chapter's notebook with an answer."""
    sources = {"answer": answer}
    cells = [
        {
            "cell_type": "code", "id": cell.id, "metadata": {"nbgrader": cell.marks},
            "source": sources.get(cell.id, cell.released), "outputs": [], "execution_count": None,
        }
        for cell in paper.cells
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


Points = Callable[[str, list[str], str], list[float | None]]


@pytest.fixture(scope="module")
def points(engine: Engine) -> Points:
    """What an answer gets from checks, in a chapter with a solution."""

    def grade(solution: str, checks: list[str], answer: str) -> list[float | None]:
        paper = a_chapter(solution, checks)
        verdict = engine.grade(paper, "mallory", handed_in(paper, answer))
        assert verdict.state == "graded", verdict.reason
        return [score.points for score in verdict.scores]

    return grade


def in_one_process(check: str, answer: str) -> bool:
    """Whether the check passes beside the answer, as in a notebook."""
    space: dict[str, object] = {}
    exec(f"{SETUP}\n{answer}", space)
    try:
        exec(check, space)
    except Exception:
        return False
    return True


def test_a_right_answer_passes(points: Points) -> None:
    """The control: the points can be had."""
    found = dict(zip(CHECKS, points(RIGHT, [*CHECKS.values()], RIGHT), strict=True))
    assert found == dict.fromkeys(CHECKS, 1.0)


@pytest.mark.parametrize("kind", ANSWERS)
def test_no_liar_passes(kind: str, points: Points) -> None:
    answer = f"{LIAR}\ndef answer(x):\n    return {ANSWERS[kind]}"
    found = dict(zip(CHECKS, points(RIGHT, [*CHECKS.values()], answer), strict=True))
    assert found == dict.fromkeys(CHECKS, 0.0)


def test_beside_the_check_most_liars_pass() -> None:
    """The control: the liars do what they are made for."""
    liar = f"{LIAR}\ndef answer(x):\n    return Liar()"
    fooled = {way for way in CHECKS if in_one_process(CHECKS[way], liar)}
    assert len(fooled) > len(CHECKS) // 2
    assert {"allclose", "the difference", "the answer's own method"} <= fooled


def test_a_chapter_whose_classes_compute_can_check_them(points: Points) -> None:
    assert points(OTHER, [OTHERS_CHECK], OTHER) == [1.0]
    wrong = OTHER.replace("self.x + other.x", "self.x - other.x")
    assert points(OTHER, [OTHERS_CHECK], wrong) == [0.0]


def test_an_end_of_iteration_ends_no_loop_of_the_check(points: Points) -> None:
    check = "assert all(map(answer, [1, 2, 3]))"
    right, stop = "def answer(x): return x > 0", "def answer(x): raise StopIteration"
    assert in_one_process(check, stop), "the control"
    assert points(right, [check], stop) == [0.0]
    assert points(right, [check], right) == [1.0]
