"""Pictures in a grid: grey or in colour, from lists, arrays and tensors."""

import numpy as np
import pytest
import torch

from helpers import plots


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
        (np.zeros((2, 4, 8, 8)), {}, r"\(n, 1 or 3, height, width\) .* got \(2, 4, 8, 8\)"),
        (np.zeros((0, 8, 8)), {}, "give at least one"),
    ],
)
def test_pictures_that_do_not_fit_are_refused_in_words(
    pictures: np.ndarray, options: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        plots.images(pictures, **options)


def test_grey_is_white_at_zero_and_black_at_one() -> None:
    picture = plots.images(np.eye(4)[None])[0, 0].images[0]
    assert picture.get_clim() == (0, 1)
    assert picture.get_cmap()(0.0)[:3] == (1, 1, 1)
    assert picture.get_cmap()(1.0)[:3] == (0, 0, 0)


def test_one_channel_of_a_tensor_is_a_grey_picture() -> None:
    pictures = torch.rand(2, 1, 5, 4, requires_grad=True)
    grid = plots.images(pictures, titles=torch.tensor([3, 7]))
    np.testing.assert_allclose(grid[0, 1].images[0].get_array(), pictures[1, 0].detach())
    assert [ax.get_title() for ax in grid.flat] == ["3", "7"]


def test_three_channels_are_red_green_blue_and_clipped() -> None:
    pictures = np.zeros((1, 3, 4, 6))
    pictures[:, 0], pictures[:, 2] = 2.0, -1.0
    shown = plots.images(pictures)[0, 0].images[0].get_array()
    assert shown.shape == (4, 6, 3)
    np.testing.assert_array_equal(shown[0, 0], [1, 0, 0])


def test_pictures_of_half_precision_are_shown() -> None:
    grid = plots.images(torch.ones(1, 2, 2, dtype=torch.bfloat16))
    np.testing.assert_array_equal(grid[0, 0].images[0].get_array(), np.ones((2, 2)))


def test_filters_show_the_weights_on_one_scale_symmetric_about_zero() -> None:
    weights = torch.linspace(-1, 3, 2 * 9).reshape(2, 1, 3, 3).requires_grad_()
    grid = plots.filters(weights)
    assert grid.shape == (1, 2)
    for picture, ax in zip(weights.detach()[:, 0], grid.flat, strict=True):
        np.testing.assert_allclose(ax.images[0].get_array(), picture)
        assert ax.images[0].get_clim() == (-3, 3)
    assert grid[0, 0].figure.axes[-1].get_ylabel() == "weight"


def test_zero_is_white_and_signs_differ_in_colour() -> None:
    colours = plots.filters(np.eye(3)[None])[0, 0].images[0].get_cmap()
    assert min(colours(0.5)[:3]) > 0.95
    assert colours(0.0)[2] > colours(0.0)[0] and colours(1.0)[0] > colours(1.0)[2]


def test_filters_of_several_channels_have_a_row_each() -> None:
    weights = np.random.default_rng(0).normal(size=(4, 3, 5, 5))
    grid = plots.filters(weights)
    assert grid.shape == (4, 3)
    np.testing.assert_array_equal(grid[2, 1].images[0].get_array(), weights[2, 1])
    assert [ax.get_title() for ax in grid[0]] == ["channel 0", "channel 1", "channel 2"]
    assert grid[3, 0].get_ylabel() == "filter 3"


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.zeros((3, 3)), r"expected \(filters, height, width\) or .* got \(3, 3\)"),
        (np.zeros((32, 16, 3, 3)), r"32 filters of 16 channels .* such as weights\[:8, :8\]"),
        (np.full((1, 2, 2), np.nan), "a weight is not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused_in_words(weights: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=f"^filters: {words}"):
        plots.filters(weights)
