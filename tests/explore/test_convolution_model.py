"""The sweep's mathematics, against torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import CourseError
from helpers.explore.convolution_model import (
    KERNELS,
    RANGES,
    Settings,
    convolve,
    image,
    padded,
    untouched,
    weights,
)

any_settings = st.builds(
    Settings,
    kernel=st.sampled_from(KERNELS),
    **{name: st.integers(*ends) for name, ends in RANGES.items()},
)


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array).double()[None, None]


@settings(max_examples=200)
@given(any_settings)
def test_sums_and_sizes_are_those_of_torch(chosen: Settings) -> None:
    kernel, _ = weights(chosen.kernel, chosen.kernel_size)
    how = {"stride": chosen.stride, "padding": chosen.padding, "dilation": chosen.dilation}
    if chosen.room < 0:
        assert convolve(chosen).shape == (0, 0)
        with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
            torch.nn.functional.conv2d(tensor(image(chosen.size)), tensor(kernel), **how)
        return
    expected = torch.nn.functional.conv2d(tensor(image(chosen.size)), tensor(kernel), **how)[0, 0]
    assert convolve(chosen).shape == expected.shape == (chosen.output_size,) * 2
    np.testing.assert_array_equal(convolve(chosen), expected.numpy())


@settings(max_examples=100)
@given(any_settings)
def test_untouched_cells_are_those_that_get_no_gradient(chosen: Settings) -> None:
    if chosen.room < 0:
        assert untouched(chosen).all()
        return
    picture = tensor(image(chosen.size)).requires_grad_()
    ones = torch.ones(1, 1, chosen.kernel_size, chosen.kernel_size, dtype=torch.double)
    how = {"stride": chosen.stride, "padding": chosen.padding, "dilation": chosen.dilation}
    torch.nn.functional.conv2d(picture, ones, **how).sum().backward()
    np.testing.assert_array_equal(untouched(chosen), picture.grad[0, 0].numpy() == 0)


@settings(max_examples=100)
@given(any_settings)
def test_every_window_lies_within_the_padded_picture(chosen: Settings) -> None:
    for place in range(chosen.output_size):
        assert 0 <= min(chosen.rows(place)) <= max(chosen.rows(place)) < len(padded(chosen))


@pytest.mark.parametrize("size", range(4, 11))
def test_a_picture_is_a_bright_block_with_ground_on_all_sides(size: int) -> None:
    bright = image(size) >= 7
    assert image(size).shape == (size, size) and image(size).max() <= 9
    assert bright.any()
    assert not (bright[0].any() or bright[-1].any() or bright[:, 0].any() or bright[:, -1].any())


@pytest.mark.parametrize("size", range(1, 6))
def test_kernels_do_what_they_are_called(size: int) -> None:
    flat = np.full((size, size), 3)
    for name, expected in (("vertical edge", 0), ("horizontal edge", 0), ("blur", 3), ("copy", 3)):
        kernel, divisor = weights(name, size)
        assert (kernel * flat).sum() / divisor == expected, name
    vertical, horizontal = (weights(name, size)[0] for name in KERNELS[:2])
    np.testing.assert_array_equal(vertical, horizontal.T)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"stride": 0}, "stride is a whole number from 1 to 4, not 0."),
        ({"size": 7.5}, "size is a whole number from 4 to 10, not 7.5."),
        ({"kernel": "gauss"}, "There is no kernel called 'gauss'; take one of 'vertical edge', "
         "'horizontal edge', 'blur', 'copy', 'ones'."),
        ({"strides": 2}, "There is no setting called 'strides'; take one of size, kernel_size, "
         "stride, padding, dilation, kernel."),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_in_one_sentence(values: dict[str, object], words: str) -> None:
    with pytest.raises(CourseError) as caught:
        Settings().changed(**values)
    assert str(caught.value) == words
