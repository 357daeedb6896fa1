"""What only the syllabus of chapter 02 asks for; the rest is in test_syllabus.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "02_activations.py"


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_the_table_of_functions_follows_a_function_that_is_mended(lesson: Lesson) -> None:
    (given,) = (c for c in lesson.cells if c.kind == "given" and c.name == "activations")
    space: dict[str, Any] = {}
    exec(given.source, space)
    for answer in ("wrong", "right"):
        space["relu"] = lambda z, answer=answer: answer
        assert space["ACTIVATIONS"]["ReLU"](0.0) == answer
