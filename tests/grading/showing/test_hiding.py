"""Feedback: does any line of a hidden check reach the student, and does the reason?"""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_output

from helpers.grading.showing.hiding import HideHiddenTests

SOURCE = """\
with check("neuron") as probe:
    probe.call("one input", neuron, 1.0)
### BEGIN HIDDEN TESTS
secret = 271828
assert neuron(secret) == secret
### END HIDDEN TESTS"""


def check_cell(*outputs: Any, source: str = SOURCE) -> Any:
    graded = {"grade": True, "grade_id": "neuron", "locked": True, "points": 1, "solution": False}
    return new_code_cell(source, outputs=list(outputs), metadata={"nbgrader": graded})


def error(name: str, text: str, *traceback: str) -> Any:
    return new_output("error", ename=name, evalue=text, traceback=list(traceback))


def cleaned(cell: Any) -> Any:
    return HideHiddenTests().preprocess_cell(cell, {}, 0)[0]


def test_the_hidden_region_is_gone_from_the_source() -> None:
    """Is the visible part all that is left of a check cell?"""
    assert cleaned(check_cell()).source == "\n".join(SOURCE.split("\n")[:2])


@pytest.mark.parametrize(
    "lines",
    [
        ("Traceback (most recent call last)", "----> 5 assert neuron(secret) == secret"),
        # a syntax error in the cell has no headline; colours stand between the words
        ("  Cell In[3], line 5", "    \x1b[38;5;28;01massert\x1b[39;00m neuron(secret) == secret"),
    ],
)
def test_a_traceback_is_cut_to_its_last_line(lines: tuple[str, str]) -> None:
    """Does an unforeseen error print the hidden lines around it?"""
    cell = cleaned(check_cell(error("NameError", "name 'neuron' is not defined", *lines)))
    assert cell.outputs[0].traceback == ["NameError: name 'neuron' is not defined"]


def test_the_words_of_a_check_stay() -> None:
    """Does the student read why the answer is wrong?"""
    words = ["Exercise 1.4: bias forgotten", "  try this  add b"]
    cell = cleaned(check_cell(error("StudentMistake", "\n".join(words), *words)))
    assert cell.outputs[0].traceback == words


def test_a_message_that_repeats_a_hidden_line_is_cut() -> None:
    """Can an error that only calls itself a student's mistake carry the lines out?"""
    cell = cleaned(check_cell(error("StudentMistake", "wrong", "secret = 271828")))
    assert cell.outputs[0].traceback == ["StudentMistake: wrong"]


def test_a_cell_without_a_hidden_region_is_left_alone() -> None:
    """Is the student's own traceback still there?"""
    shown = ["Traceback (most recent call last)", "----> 1 neuron(1.0)"]
    cell = cleaned(check_cell(error("ValueError", "shapes", *shown), source="neuron(1.0)"))
    assert cell.outputs[0].traceback == shown


def test_other_outputs_stay() -> None:
    """Does a passed check still say so?"""
    passed = new_output("stream", name="stdout", text="Exercise 1.4: visible checks passed")
    assert cleaned(check_cell(passed)).outputs == [passed]


def test_what_a_student_prints_while_hidden_checks_call_his_code_is_gone() -> None:
    """Does a print in the student's function show the arguments of the hidden checks?"""
    printed = (
        "neuron(1.0)\n"
        "Exercise 1.3 neuron: visible checks passed; hidden checks run after you submit\n"
        "neuron(271828)\n"
        "Exercise 1.3 neuron: hidden checks passed\n"
    )
    (shown,) = cleaned(check_cell(new_output("stream", name="stdout", text=printed))).outputs
    assert shown.text == printed.replace("neuron(271828)\n", "")


def test_what_is_printed_while_visible_checks_call_it_stays() -> None:
    """Does a student still see what his code printed where the visible check failed?"""
    (shown,) = cleaned(
        check_cell(new_output("stream", name="stdout", text="neuron(1.0)\n"))
    ).outputs
    assert shown.text == "neuron(1.0)\n"
