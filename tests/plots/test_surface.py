"""Contour lines of a loss and the path on it."""

from typing import Any

import numpy as np
import pytest

from helpers import plots


def bowl(x: Any, y: Any) -> Any:
    return x**2 / 2 + 4 * y**2 + 1


def test_the_lines_run_where_the_loss_has_their_level() -> None:
    ax = plots.loss_surface(bowl, (-3, 3), (-2, 2))
    lines = ax.collections[1]
    for level, path in list(zip(lines.levels, lines.get_paths(), strict=True))[1:-1]:
        np.testing.assert_allclose(bowl(*path.vertices.T), level, atol=0.02)


def test_lines_are_closer_together_near_the_lowest_point() -> None:
    levels = plots.loss_surface(bowl, (-3, 3), (-2, 2)).collections[1].levels
    assert levels[0] == 1.0
    assert (np.diff(levels, 2) > 0).all()


def test_the_path_runs_from_its_start_to_its_end() -> None:
    path = np.array([[2.0, 1.0], [1.0, -0.5], [0.5, 0.25]])
    ax = plots.loss_surface(bowl, (-3, 3), (-2, 2), path)
    line, start, end = ax.lines
    np.testing.assert_array_equal(np.transpose(line.get_data()), path)
    np.testing.assert_array_equal(np.transpose(start.get_data()), path[:1])
    np.testing.assert_array_equal(np.transpose(end.get_data()), path[-1:])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["path", "start", "end"]


def test_ranges_and_labels_are_those_that_were_asked_for() -> None:
    ax = plots.loss_surface(bowl, (-3, 2), (-1, 4), [[9.0, 9.0]], x_label="w", y_label="b")
    assert (ax.get_xlim(), ax.get_ylim()) == ((-3, 2), (-1, 4))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")
    assert ax.figure.axes[1].get_ylabel() == "loss"


@pytest.mark.parametrize(
    ("function", "path", "words"),
    [
        (
            lambda x, y: 1.0,
            None,
            r"the function got arrays of shape \(101, 101\) and returned \(\)",
        ),
        (lambda x, y: 0 * x**2, None, "the loss is 0 everywhere"),
        (lambda x, y: x / 0, None, "the loss is not finite everywhere; take smaller ranges"),
        (bowl, [1.0, 2.0], r"path must have shape \(steps, 2\), got \(2,\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_what_does_not_fit_is_refused_in_words(function: Any, path: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^loss_surface: {words}"):
        plots.loss_surface(function, (-1, 1), (-1, 1), path)
