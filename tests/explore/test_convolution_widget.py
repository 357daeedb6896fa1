"""The convolution explorer: what a slider sends is computed in Python and sent back."""

import pytest

from helpers import explore
from helpers.errors import CourseError
from helpers.explore.convolution_model import KERNELS, RANGES


def test_a_moved_slider_changes_the_sweep() -> None:
    explorer = explore.convolution()
    explorer.view.settings = {**explorer.view.settings, "stride": 3}  # as the browser does
    assert explorer.view.sweep["output_size"] == 3
    assert explorer.view.sweep["formula"].endswith("= ⌊6 / 3⌋ + 1 = 3")


def test_a_slider_can_be_moved_from_code() -> None:
    explorer = explore.convolution()
    explorer.set(size=10, kernel="blur")
    assert explorer.view.sweep["titles"] == {
        "input": "input 10 × 10, padded to 12 × 12",
        "kernel": "kernel 3 × 3, ÷ 16",
        "output": "output 5 × 5",
    }


def test_an_unknown_setting_is_refused_and_changes_nothing() -> None:
    explorer = explore.convolution()
    before = dict(explorer.view.settings)
    with pytest.raises(CourseError, match="no setting called 'filter'"):
        explorer.set(filter=3)
    assert explorer.view.settings == before


def test_the_current_cell_stays_within_a_smaller_output() -> None:
    explorer = explore.convolution()
    explorer.view.cell = 15
    explorer.set(stride=4)
    assert explorer.view.cell == 3
    explorer.set(size=4, kernel_size=5, padding=0)
    assert explorer.view.cell == 0


def test_there_is_a_slider_for_each_number_and_a_name_for_each_kernel() -> None:
    plan = explore.convolution().view.plan
    assert {s["name"]: (s["low"], s["high"]) for s in plan["sliders"]} == dict(RANGES)
    assert plan["kernels"] == list(KERNELS)


def test_the_words_for_those_who_do_not_see_say_how_the_size_comes_about() -> None:
    assert explore.convolution().alternative == (
        "A window moves over the input 7 × 7, padded to 9 × 9, with stride 2; each place gives one "
        "cell of the output 4 × 4. output size = ⌊(N + 2P − D(F − 1) − 1) / S⌋ + 1 "
        "= ⌊(7 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = ⌊6 / 2⌋ + 1 = 4. 6 / 2 = 3 is whole: the last "
        "window ends at the edge. Every input cell is in a window."
    )


def test_the_drawing_comes_with_its_script_and_style() -> None:
    view = explore.convolution().view
    assert "export default" in str(view._esm)
    assert "prefers-reduced-motion" in str(view._css)
