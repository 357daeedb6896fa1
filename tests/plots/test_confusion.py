"""Counts of classes that are taken for others."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics

from helpers import plots

RNG = np.random.default_rng(0)
TRUE, PREDICTED = RNG.integers(0, 4, 60), RNG.integers(0, 4, 60)


def written(ax: Any) -> dict[tuple[int, int], int]:
    """The number in each cell, by row and column."""
    places = ((text.get_position(), text.get_text()) for text in ax.texts)
    return {(row, column): int(number) for (column, row), number in places}


def test_each_cell_has_the_count_of_its_true_row_and_predicted_column() -> None:
    counts = metrics.confusion_matrix(TRUE, PREDICTED)
    cells = written(plots.confusion_matrix(TRUE, PREDICTED))
    assert cells == {place: counts[place] for place in np.ndindex(4, 4)}


def test_the_shade_is_the_share_of_the_row() -> None:
    counts = metrics.confusion_matrix(TRUE, PREDICTED)
    shades = plots.confusion_matrix(TRUE, PREDICTED).images[0].get_array()
    np.testing.assert_allclose(shades, counts / counts.sum(axis=1, keepdims=True))


def test_tensors_and_class_names() -> None:
    ax = plots.confusion_matrix(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), ["cat", "dog"])
    assert written(ax) == {(0, 0): 1, (0, 1): 0, (1, 0): 1, (1, 1): 1}
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["cat", "dog"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_a_class_that_never_occurs_has_a_row_of_zeros() -> None:
    cells = written(plots.confusion_matrix([0, 2], [0, 2]))
    assert [cells[1, column] for column in range(3)] == [0, 0, 0]


def test_it_goes_into_the_axes_that_are_given() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plots.confusion_matrix([0, 1], [0, 1], ax=ax) is ax
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("true", "predicted", "names", "words"),
    [
        ([0, 1], [0], None, "2 true classes but 1 predicted ones"),
        ([0, 1], np.zeros((2, 3)), None, r"y_pred must have shape \(n,\), got \(2, 3\); take arg"),
        ([0, 0.5], [0, 1], None, "y_true must be class numbers from 0"),
        ([0, -1], [0, 1], None, "y_true must be class numbers from 0"),
        ([], [], None, "y_true must be class numbers from 0"),
        ([0, 2], [0, 1], ["cat", "dog"], "3 classes but 2 class names"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    true: Any, predicted: Any, names: list[str] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^confusion_matrix: {words}"):
        plots.confusion_matrix(true, predicted, names)
