"""Norms of gradients by time step, on a logarithmic scale that shows what it cannot hold."""

from typing import Any

import numpy as np
import pytest
import torch

from helpers import plots


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_series_has_one_point_a_step_counted_from_one() -> None:
    ax = plots.gradients(torch.tensor([1.0, 0.1, 0.01], dtype=torch.float64))
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1.0, 0.1, 0.01])
    assert ax.get_yscale() == "log"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time step", "norm of the gradient")
    assert ax.get_legend() is None


def test_several_series_differ_in_dashes_and_shapes_and_are_named() -> None:
    ax = plots.gradients({"tanh": [1.0, 0.1], "LSTM": [1.0, 0.9]})
    assert legend(ax) == ["tanh", "LSTM"]
    first, second = ax.lines
    assert first.get_marker() != second.get_marker()
    assert first._unscaled_dash_pattern != second._unscaled_dash_pattern


def test_zeros_are_marked_at_the_lower_edge_and_infinities_at_the_upper() -> None:
    ax = plots.gradients({"tanh": [1.0, 0.0, np.inf, 2.0]})
    line, zeros, infinite = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), [1.0, np.nan, np.nan, 2.0])
    assert (zeros.get_xdata().tolist(), zeros.get_ydata().tolist()) == ([2], [0.0])
    assert (infinite.get_xdata().tolist(), infinite.get_ydata().tolist()) == ([3], [1.0])
    assert zeros.get_transform() == infinite.get_transform() == ax.get_xaxis_transform()
    assert legend(ax) == ["tanh", "exactly 0", "not finite"]


@pytest.mark.parametrize(
    ("norms", "words"),
    [
        ({}, "there is no series; give at least one"),
        ([], r"the norms must be one number a step, got shape \(0,\)"),
        ({"tanh": [[1.0]]}, r"the norms of tanh must be one number a step, got shape \(1, 1\)"),
        ([1.0, -1.0], "a norm is negative; give sizes, not gradients"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(norms: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^gradients: {words}"):
        plots.gradients(norms)
