"""Curves by epoch: labelled, told apart without colour."""

import numpy as np
import pytest
import torch

from helpers import plots


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


def test_the_legend_lies_above_the_lines_of_both_scales() -> None:
    ax = plots.learning_curves({"loss": [2.0, 1.0], "test accuracy": [0.5, 0.9]})
    left, right = ax.figure.axes
    assert left.get_zorder() > right.get_zorder()
    assert not left.patch.get_visible()  # or it would hide the other scale's lines


def test_epochs_are_whole_numbers() -> None:
    ax = plots.learning_curves({"training": [3.0, 2.0, 1.0]})
    ax.figure.canvas.draw()
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_a_series_may_be_a_tensor() -> None:
    ax = plots.learning_curves({"training": torch.tensor([2.0, 1.0], requires_grad=True)})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [2.0, 1.0])
