"""Are the sets of points what their names say?"""

from __future__ import annotations

import numpy as np
import pytest

from helpers.explore.toys import REACH, SETS, points


@pytest.mark.parametrize("name", SETS)
def test_shapes_labels_and_seed(name: str) -> None:
    x, label = points(name, noise=0.3, count=100, seed=4)
    assert x.shape == (100, 2) and label.shape == (100,)
    assert set(label.tolist()) == {-1.0, 1.0} and abs(label.sum()) <= 30
    assert np.abs(x).max() < REACH + 2
    again, _ = points(name, noise=0.3, count=100, seed=4)
    other, _ = points(name, noise=0.3, count=100, seed=5)
    assert np.array_equal(x, again) and not np.array_equal(x, other)


def test_each_set_is_what_it_is_called() -> None:
    x, label = points("circle")
    assert np.all((np.hypot(*x.T) < 2.8) == (label > 0))
    x, label = points("xor")
    assert np.all((x[:, 0] * x[:, 1] > 0) == (label > 0))
    x, label = points("two clouds")
    assert ((x.sum(axis=1) > 0) == (label > 0)).mean() > 0.98
    x, label = points("spiral")
    angle = np.hypot(*x.T) / 5.0 * 1.75 * 2 * np.pi + np.where(label > 0, 0, np.pi)
    assert np.allclose(np.sin(angle) * np.hypot(*x.T), x[:, 0])


def test_noise_moves_points_and_keeps_labels() -> None:
    x, label = points("circle", noise=0.0)
    noisy, same = points("circle", noise=1.0)
    assert np.array_equal(label, same)
    assert 0.8 < (noisy - x).std() < 1.2
