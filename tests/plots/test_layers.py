"""Distributions by layer, with the numbers that tell whether a layer still learns."""

from typing import Any

import numpy as np
import pytest
import torch

from helpers import plots

TANH = [np.tanh(scale * np.linspace(-2, 2, 1001)) for scale in (0.5, 5.0)]


def column(ax: Any, head: str) -> list[str]:
    """The texts below a head, from the top."""
    right = next(text.xyann[0] for text in ax.texts if text.get_text() == head)
    below = [text for text in ax.texts if text.xyann[0] == right and text.get_text() != head]
    return [text.get_text() for text in sorted(below, key=lambda text: text.xy[1])]


def heights(ax: Any, row: int) -> np.ndarray:
    """The bars of a row, upwards from its line."""
    values, _, baseline = ax.patches[row].get_data()
    assert baseline == row
    return row - values


def test_each_row_is_the_histogram_of_its_layer() -> None:
    ax = plots.activations(TANH, bounds=(-1, 1))
    for row, values in enumerate(TANH):
        _, edges, _ = ax.patches[row].get_data()
        bars = np.histogram(values[values != 0], edges)[0]
        np.testing.assert_allclose(heights(ax, row), 0.85 * bars / bars.max())
        assert bars.sum() == 1000  # all but the one zero


def test_the_first_layer_is_on_top_and_layers_count_from_one() -> None:
    ax = plots.activations(TANH)
    bottom, top = ax.get_ylim()
    assert bottom > 1 > 0 > top
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("activation", "layer")


def test_mean_and_deviation_stand_beside_the_row() -> None:
    ax = plots.activations([[1.0, 3.0], [0.0, 2e-5]])
    assert column(ax, "mean") == ["2.00", "1e-05"]
    assert column(ax, "std") == ["1.00", "1e-05"]


def test_the_share_of_zeros_tells_dead_units() -> None:
    layers = [torch.relu(torch.linspace(-3, 1, 401)), torch.zeros(5)]
    ax = plots.activations({"relu": layers[0], "dead": layers[1]})
    assert column(ax, "zero") == ["75%", "100%"]
    assert heights(ax, 1).max() == 0
    assert [label.get_text() for label in ax.get_yticklabels()] == ["relu", "dead"]


def test_saturated_is_nearer_to_a_bound_than_a_hundredth_of_the_range() -> None:
    ax = plots.activations([[-1.0, -0.985, 0.5, 0.97], [0.1, 0.2, 0.3, 0.4]], bounds=(-1, 1))
    assert column(ax, "saturated") == ["50%", "0%"]


def test_without_bounds_nothing_is_said_of_saturation() -> None:
    assert "saturated" not in [text.get_text() for text in plots.activations(TANH).texts]


def test_the_scale_holds_every_value_and_the_bounds() -> None:
    low, high = plots.activations([[0.2, 5.0]], bounds=(0, 1)).get_xlim()
    assert low <= 0 and high >= 5


def test_what_is_not_finite_shows_in_the_numbers_and_has_no_bar() -> None:
    ax = plots.activations([[1.0, 2.0, np.inf], [np.nan, np.nan]])
    assert column(ax, "mean") == ["inf", "nan"]
    assert heights(ax, 1).max() == 0


@pytest.mark.parametrize(
    ("layers", "words"),
    [([], "there is no layer; give at least one"), ([[1.0], []], "layer 2 has no values")],
)
def test_what_does_not_fit_is_refused_in_words(layers: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^activations: {words}"):
        plots.activations(layers)
