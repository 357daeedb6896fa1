"""Is the descent that is drawn the descent that is meant, and are its words true?"""

from __future__ import annotations

import numpy as np
import pytest

from helpers.check.probe import central_differences
from helpers.explore import descent
from helpers.explore.descent_model import SURFACES, descend

BOWLS = ["round bowl", "long bowl"]


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_are_those_of_the_losses(name: str) -> None:
    surface = SURFACES[name]
    for point in np.random.default_rng(0).normal(size=(5, 2)):
        measured = central_differences(lambda w: surface.loss(w[0], w[1]), point)
        assert np.allclose(surface.gradient(*point), measured, atol=1e-7)


@pytest.mark.parametrize("name", SURFACES)
def test_the_curvature_is_the_largest_at_the_minimum(name: str) -> None:
    surface = SURFACES[name]
    low = descend(surface, (-1.0, -0.3), 0.05, 5000).points[-1]
    hessian = [
        central_differences(lambda w, n=n: surface.gradient(w[0], w[1])[n], low) for n in (0, 1)
    ]
    assert np.linalg.eigvalsh(np.array(hessian)).max() == pytest.approx(surface.curvature, rel=0.02)


@pytest.mark.parametrize("name", BOWLS)
def test_the_limit_parts_converging_from_diverging(name: str) -> None:
    surface = SURFACES[name]
    below = descend(surface, surface.start, 0.98 * surface.limit, 4000)
    above = descend(surface, surface.start, 1.02 * surface.limit, 4000)
    assert below.losses[-1] < 1e-6 and above.verdict == "diverges"


@pytest.mark.parametrize(
    ("rate", "steps", "verdict"),
    [
        (0.01, 25, "creeps"),
        (0.2, 100, "converges"),
        (0.48, 25, "swings from side to side"),
        (0.6, 25, "diverges"),
        (3.0, 100, "diverges"),
        (0.1, 1, "descends"),
    ],
)
def test_the_verdict(rate: float, steps: int, verdict: str) -> None:
    surface = SURFACES["long bowl"]
    assert descend(surface, surface.start, rate, steps).verdict == verdict


def test_divergence_stops_before_it_overflows() -> None:
    with np.errstate(all="raise"):
        path = descend(SURFACES["two valleys"], (2.0, 1.0), 3.0, 100)
    assert path.verdict == "diverges" and len(path.points) < 100


def test_moving_a_slider_redraws_path_words_and_picture() -> None:
    shown = descent()
    before, picture = shown.path.points, shown.picture.value
    shown.learning_rate.value = 0.6
    assert shown.path.verdict == "diverges" and not np.array_equal(shown.path.points, before)
    assert shown.picture.value != picture and bytes(shown.picture.value).startswith(b"\x89PNG")
    assert (
        "the path diverges" in shown.message.value
        and "this rate is above it" in shown.message.value
    )
    shown.surface.value = "round bowl"
    assert (shown.first.value, shown.second.value) == SURFACES["round bowl"].start
    assert shown.path.points[0].tolist() == list(SURFACES["round bowl"].start)


def test_the_figure_draws_the_path() -> None:
    shown = descent()
    assert np.allclose(np.array(shown.drawing.path.get_data()).T, shown.path.points)
    assert np.allclose(shown.drawing.losses.get_ydata(), shown.path.losses)
    assert shown.drawing.plane.get_title() == "learning rate 0.1: creeps"


def test_the_stored_picture_and_words() -> None:
    data, metadata = descent()._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"].startswith("Gradient descent on a surface. Left: contours")
    assert metadata["image/png"]["alt"] in data["text/plain"]
