"""What the convolution explorer says, to the word."""

import re

import pytest
from hypothesis import given, settings

from helpers.explore.convolution_model import Settings, convolve, weights
from helpers.explore.convolution_words import describe, formula, remarks

from .test_convolution_model import any_settings

BARE = {"padding": 0, "dilation": 1}


def test_the_formula_is_filled_in_step_by_step() -> None:
    chosen = Settings(size=10, kernel_size=3, stride=2, padding=1, dilation=2)
    assert formula(chosen) == "= ⌊(10 + 2·1 − 2·(3 − 1) − 1) / 2⌋ + 1 = ⌊7 / 2⌋ + 1 = 4"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"size": 7, "kernel_size": 3, "stride": 2, **BARE},
            ["4 / 2 = 2 is whole: the last window ends at the edge.",
             "Every input cell is in a window."],
        ),
        (
            {"size": 7, "kernel_size": 3, "stride": 3, **BARE},
            ["4 / 3 = 1.33 is floored to 1: the last row and column are left over.",
             "13 of the 49 input cells are in no window (hatched)."],
        ),
        (
            {"size": 8, "kernel_size": 2, "stride": 4, **BARE},
            ["6 / 4 = 1.5 is floored to 1: the last 2 rows and columns are left over.",
             "48 of the 64 input cells are in no window (hatched)."],
        ),
        (
            {"size": 8, "kernel_size": 3, "stride": 2, "padding": 1},
            ["7 / 2 = 3.5 is floored to 3: the last row and column are left over (only padding).",
             "Every input cell is in a window."],
        ),
        (
            {"size": 7, "kernel_size": 1, "stride": 1, "padding": 0},
            ["With stride 1 nothing is left over.", "Every input cell is in a window.",
             "A kernel of one cell has no two sides to compare: its weight is 0."],
        ),
    ],
)  # fmt: skip
def test_what_the_division_leaves_out_is_said(values: dict[str, int], said: list[str]) -> None:
    assert remarks(Settings(**values)) == said


def test_a_kernel_that_does_not_fit_is_one_sentence() -> None:
    chosen = Settings(size=4, kernel_size=3, padding=0, dilation=3)
    assert remarks(chosen) == [
        "The kernel, with dilation 3, spans 7 rows and the padded input has only 4: "
        "take a smaller kernel or dilation, or more padding."
    ]
    assert formula(chosen) == "= ⌊(4 + 2·0 − 3·(3 − 1) − 1) / 2⌋ + 1 = ⌊−3 / 2⌋ + 1: no window fits"
    drawn = describe(chosen)
    assert (drawn["output"], drawn["cells"], drawn["titles"]["output"]) == ([], [], "no output")
    assert not any(map(any, drawn["untouched"]))


def test_a_sum_has_a_line_for_each_row_of_the_kernel() -> None:
    cell = describe(Settings(kernel_size=2, stride=3, dilation=2))["cells"][4]
    assert cell == {
        "where": "output[1, 1]: rows 3, 5, columns 3, 5",
        "lines": [["7·(−1)", "8·1"], ["2·(−1)", "0·1"]],
        "total": "= −1",
    }


def test_a_blurred_sum_is_divided() -> None:
    cell = describe(Settings(size=4, kernel_size=2, padding=0, kernel="blur"))["cells"][0]
    assert (cell["lines"], cell["total"]) == ([["0·1", "2·1"], ["1·1", "7·1"]], "10 / 4 = 2.50")


@settings(max_examples=100)
@given(any_settings)
def test_each_written_sum_comes_to_its_output_cell(chosen: Settings) -> None:
    drawn = describe(chosen)
    sums = convolve(chosen).ravel().tolist()
    divisor = weights(chosen.kernel, chosen.kernel_size)[1]
    for cell, value, text in zip(drawn["cells"], sums, drawn["output"], strict=True):
        products = [product for line in cell["lines"] for product in line]
        plain = " + ".join(products).replace("·", "*").replace("−", "-")
        assert eval(plain) == value
        assert float(text.replace("−", "-")) == pytest.approx(value / divisor, abs=0.0501)
        assert int(re.findall(r"−?\d+", cell["total"])[0].replace("−", "-")) == value


@settings(max_examples=100)
@given(any_settings)
def test_every_table_has_a_text_for_each_cell(chosen: Settings) -> None:
    drawn = describe(chosen)
    assert len(drawn["picture"]) == len(drawn["untouched"]) == drawn["side"]
    assert len(drawn["kernel"]) == chosen.kernel_size
    count = drawn["output_size"] ** 2
    assert len(drawn["output"]) == len(drawn["shades"]) == len(drawn["cells"]) == count
    assert all(-1 <= shade <= 1 for shade in drawn["shades"])
