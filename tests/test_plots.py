"""The chapters' figures: labelled, told apart without colour, white behind."""

import itertools

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from helpers import plots
from helpers.plots import COLOURS


@pytest.fixture(autouse=True)
def _close_figures() -> object:
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def test_a_curve_has_one_point_an_epoch_counted_from_one() -> None:
    ax = plots.learning_curves({"training": [0.9, 0.5, 0.4]})
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0.9, 0.5, 0.4])


def test_both_axes_are_labelled_and_the_legend_names_each_series() -> None:
    ax = plots.learning_curves({"training": [1, 2], "test": [2, 3]}, y_label="energy")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "energy")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "test"]


def test_series_differ_in_dashes_and_not_in_colour_alone() -> None:
    ax = plots.learning_curves({"a": [1], "b": [1], "c": [1]})
    assert len({str(line._unscaled_dash_pattern) for line in ax.lines}) == 3


def test_accuracies_get_a_scale_of_their_own_from_zero_to_one() -> None:
    ax = plots.learning_curves({"loss": [2.0, 1.0], "test accuracy": [0.5, 0.9]})
    left, right = ax.figure.axes
    assert left is ax
    assert right.get_ylabel() == "accuracy"
    assert right.get_ylim() == (0, 1.02)
    assert ax.get_ylabel() == "loss"


def test_accuracies_alone_need_no_second_scale() -> None:
    ax = plots.learning_curves({"accuracy": [0.5, 0.9]})
    assert ax.figure.axes == [ax]
    assert ax.get_ylabel() == "accuracy"


def test_a_curve_goes_into_the_axes_that_are_given() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plots.learning_curves({"training": [1.0]}, ax) is ax
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)


def test_an_empty_history_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="give at least one series"):
        plots.learning_curves({})


def test_rows_of_pixels_become_square_pictures_in_a_grid() -> None:
    grid = plots.images(np.zeros((5, 64)), columns=3)
    assert grid.shape == (2, 3)
    assert grid[0, 0].images[0].get_array().shape == (8, 8)
    assert not grid[1, 2].images  # five pictures in six places


def test_pictures_carry_their_titles_in_order() -> None:
    grid = plots.images(np.zeros((2, 4, 6)), titles=[7, "eight"])
    assert [ax.get_title() for ax in grid.flat] == ["7", "eight"]


@pytest.mark.parametrize(
    ("pictures", "options", "words"),
    [
        (np.zeros((2, 64)), {"titles": ["a"]}, "2 pictures but 1 titles"),
        (np.zeros((2, 60)), {}, "60 pixels do not fill 8 x 8"),
        (np.zeros(64), {}, r"got \(64,\)"),
    ],
)
def test_pictures_that_do_not_fit_are_refused_in_words(
    pictures: np.ndarray, options: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        plots.images(pictures, **options)


def test_the_colours_can_be_told_apart_in_grey() -> None:
    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.3 * red + 0.59 * green + 0.11 * blue

    first = [grey(COLOURS[name]) for name in ("blue", "vermillion")]
    assert all(abs(a - b) > 20 for a, b in itertools.combinations(first, 2))
