"""How far an output may drift before it counts as another output."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.authoring.tolerance import agree, first_difference

SAME = {
    "a drift of 2e-5": ("loss 0.5", "loss 0.50001"),
    "a drift within an array": ("array([0.5, 0.25])", "array([0.50002, 0.25   ])"),
    "another count of decimals": ("accuracy 0.95", "accuracy 0.9500"),
    "another way to write it": ("1e-05", "0.00001"),
    "negative zero": ("array([-0., 0.])", "array([0., 0.])"),
    "negative zero with decimals": ("-0.00", "0.00"),
    "rounding noise around zero": ("error 3.1e-17", "error -1.2e-16"),
    "NumPy's 1. beside 0.99999": ("[1.  0.5]", "[0.99999 0.5    ]"),
    "an array broken at another place": ("[0.1 0.2\n 0.3]", "[0.1 0.2 0.3]"),
    "a cell of a table": ("<td>0.5</td>", "<td>0.50001</td>"),
    "a unit behind the number": ("1.25ms", "1.2501ms"),
    "nan on both sides": ("nan", "nan"),
}
OTHER = {
    "a drift of 2 %": ("loss 0.5", "loss 0.51"),
    "an integer off by one": ("1797 digits", "1798 digits"),
    "an integer off by one at a sentence's end": ("Read 1797.", "Read 1798."),
    "an integer that became a decimal": ("3", "3.0"),
    "a sign": ("slope -0.5", "slope 0.5"),
    "nan for a number": ("loss 0.5", "loss nan"),
    "infinity for a number": ("loss 0.5", "loss inf"),
    "a changed word": ("loss 0.5", "cost 0.5"),
    "a changed word without numbers": ("passed", "failed"),
    "a number more": ("[0.5]", "[0.5 0.5]"),
    "a number less": ("[0.5 0.5]", "[0.5]"),
    "a line more": ("0.5", "0.5\nand more"),
    "nothing": ("0.5", ""),
    "two numbers become one": ("1 2", "12"),
    "a digit within a name": ("float64", "float32"),
    "an address": ("<object at 0x7f3a>", "<object at 0x7f3b>"),
    "a version": ("2.13.0", "2.13.1"),
    "a chapter in a path": ("01_mini", "02_mini"),
}


@pytest.mark.parametrize(("stored", "now"), SAME.values(), ids=SAME)
def test_outputs_that_say_the_same(stored: str, now: str) -> None:
    assert agree(stored, now)
    assert agree(now, stored)


@pytest.mark.parametrize(("stored", "now"), OTHER.values(), ids=OTHER)
def test_outputs_that_differ(stored: str, now: str) -> None:
    assert not agree(stored, now)
    assert not agree(now, stored)


@given(st.text(alphabet="0123456789.eE+- ,[]()\nxnai", max_size=40))
def test_every_text_agrees_with_itself(text: str) -> None:
    assert agree(text, text)


@given(st.integers(), st.integers())
def test_integers_agree_only_when_equal(one: int, other: int) -> None:
    assert agree(f"n = {one}", f"n = {other}") == (one == other)


@given(st.floats(1e-4, 1e6), st.floats(0.98, 1.02))
def test_decimals_agree_within_one_in_a_thousand(value: float, factor: float) -> None:
    one, other = f"{value:.12e}", f"{value * factor:.12e}"
    if not math.isclose(abs(factor - 1), 1e-3, rel_tol=0.01):
        assert agree(one, other) == (abs(factor - 1) < 1e-3)


@given(st.lists(st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3), max_size=30))
def test_a_printed_array_may_drift_in_every_entry(values: list[float]) -> None:
    drifted = np.array(values) * (1 + 1e-5)
    assert agree(repr(np.array(values) + 1e-7), repr(drifted + 1e-7))


def test_data_that_is_no_text_must_be_equal() -> None:
    assert agree({"a": [1]}, {"a": [1]})
    assert not agree({"a": [1]}, {"a": [2]})


def test_the_first_difference_is_a_line_of_each() -> None:
    assert first_difference("a 1\nb 2\nc 3", "a 1\nb 4\nc 5") == "stored: b 2\nnow:    b 4"
    assert first_difference("a", "a\nb") == "stored: 1 lines\nnow:    2 lines"
