"""The look that all figures share, and numbers from wherever they come."""

import itertools
import subprocess
import sys

import numpy as np
import torch

from helpers import plots
from helpers.plots.style import COLOURS, MARKERS, numbers


def test_the_colours_can_be_told_apart_in_grey() -> None:
    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.3 * red + 0.59 * green + 0.11 * blue

    first = [grey(COLOURS[name]) for name in ("blue", "vermillion")]
    assert all(abs(a - b) > 20 for a, b in itertools.combinations(first, 2))


def test_the_public_names_are_sorted_and_there() -> None:
    assert plots.__all__ == sorted(plots.__all__)
    assert all(getattr(plots, name).__doc__ for name in plots.__all__)


def test_ten_classes_have_ten_shapes() -> None:
    assert len(set(MARKERS)) == 10


def test_numbers_come_from_lists_arrays_and_tensors() -> None:
    weights = torch.ones(2, requires_grad=True)
    for values in ([1, 1], np.ones(2), weights, [weights[0], 1.0], weights.to(torch.bfloat16)):
        np.testing.assert_array_equal(numbers(values), [1, 1])
    assert weights.requires_grad


def test_labels_stay_whole_numbers() -> None:
    assert numbers(torch.tensor([1, 2])).dtype == np.int64


def test_importing_plots_loads_neither_matplotlib_nor_torch() -> None:
    code = "import sys, helpers.plots; print([m for m in ('matplotlib', 'torch', 'IPython') "
    code += "if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
