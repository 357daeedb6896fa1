"""The static picture shows the same texts as the live one."""

import pytest

from helpers.explore.base import png
from helpers.explore.convolution_figure import draw_convolution
from helpers.explore.convolution_model import Settings
from helpers.explore.convolution_words import describe


def test_the_tables_hold_picture_kernel_and_the_output_so_far() -> None:
    sweep = describe(Settings())
    drawn = [[t.get_text() for t in ax.texts] for ax in draw_convolution(Settings()).axes]
    assert [t for t in drawn[0] if t] == [str(v) for row in sweep["picture"] for v in row]
    assert drawn[1] == [text for row in sweep["kernel"] for text in row]
    assert [t for t in drawn[2] if t] == sweep["output"][:10]


def test_formula_remarks_and_the_current_sum_stand_below() -> None:
    sweep, figure = describe(Settings()), draw_convolution(Settings())
    said = "\n".join(text.get_text() for text in figure.texts)
    assert sweep["formula"] in said and " ".join(sweep["remarks"]) in said
    assert "output[2, 1] = 2·(−1) + 8·0 + 7·1 + 0·(−1)" in said


@pytest.mark.parametrize(
    "chosen",
    [
        Settings(size=4, kernel_size=5, padding=0, dilation=3),
        Settings(size=4, kernel_size=4, padding=0),
        Settings(size=10, kernel_size=5, padding=3, stride=1, kernel="blur"),
    ],
    ids=["no output", "one cell", "largest"],
)
def test_it_is_drawn_at_the_ends_of_the_sliders(chosen: Settings) -> None:
    assert png(draw_convolution(chosen)).startswith(b"\x89PNG")
