"""Is what the visible checks compare with complete, repeatable and free of secrets?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.authoring.lesson import read
from helpers.authoring.record import record
from helpers.errors import LessonError

Bend = Callable[[str, str], Path]


def test_two_records_of_a_lesson_are_equal(lesson_path: Path) -> None:
    assert record(read(lesson_path)) == record(read(lesson_path))


def test_the_answer_to_a_number_is_not_in_the_record(lesson_path: Path) -> None:
    entry = json.loads(record(read(lesson_path)))["exercises"]["slope"]
    kept = entry["probes"]["the slope at -1"]["expected"]
    assert kept[0] != "-4" and len(kept[0]) == 24
    assert "secret" not in record(read(lesson_path)) and "a batch" not in record(read(lesson_path))


def test_prose_does_not_make_a_record_stale_but_code_does(bend: Bend) -> None:
    first = json.loads(record(read(bend("# # A small chapter", "# # Another title"))))["code"]
    second = json.loads(record(read(bend("# # Another title", "# # A third title"))))["code"]
    third = json.loads(
        record(read(bend("d - y) * y * (1 - y)\n    ### END", "d - y) * y * phi(-v)\n    ### END")))
    )["code"]
    assert first == second != third


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "    return d - phi(v)\n",
            "    return (d - phi(v)) * phi(v) * phi(-v)\n",
            "answers like the reference",
        ),
        (
            "    return d - phi(v)\n",
            "    return (d - phi(v)) * phi(v)\n",
            "answers like 'the derivative is forgotten'",
        ),
        (
            "return (d - y) * y * (1 - y)\n    ### END",
            "return slop\n    ### END",
            "reference of output_delta fails",
        ),
        ('    probe.number("the slope at -1", slope)', "    pass", "check slope asks nothing"),
        ("import numpy as np", "import numpyy as np", "given imports raised ModuleNotFoundError"),
        ('"three neurons"', '"one neuron"', "two probes of one check are called 'one neuron'"),
    ],
)
def test_what_cannot_be_recorded_is_an_error(bend: Bend, old: str, new: str, says: str) -> None:
    with pytest.raises(LessonError, match=says):
        record(read(bend(old, new)))
