"""Is the descent that is drawn the descent that is meant, and are its words true?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.explore import descent
from helpers.explore.descent_math import SURFACES, descend, floor, judge, limit

BOWL, VALLEYS = SURFACES["bowl"], SURFACES["two valleys"]
ON_THE_WAY = "Converges: it is still on its way; more steps or a larger rate would bring it nearer."


def slope(function: object, point: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """Central differences of a function of two numbers."""
    sides = [(point + h * unit, point - h * unit) for unit in np.eye(2)]
    return np.array([(function(*a) - function(*b)) / (2 * h) for a, b in sides])  # type: ignore[operator]


@pytest.mark.parametrize("name", SURFACES)
@settings(max_examples=25)
@given(x=st.floats(-3, 3), y=st.floats(-2, 2))
def test_gradients_are_those_of_the_losses(name: str, x: float, y: float) -> None:
    surface = SURFACES[name]
    measured = slope(surface.loss, np.array([x, y]))
    np.testing.assert_allclose(surface.gradient(x, y), measured, atol=1e-6)


@pytest.mark.parametrize("name", SURFACES)
def test_every_minimum_is_flat_and_curves_up(name: str) -> None:
    surface = SURFACES[name]
    for place in surface.minima.values():
        np.testing.assert_allclose(surface.gradient(*place), 0, atol=1e-6)
        around = [surface.loss(place[0] + dx, place[1] + dy) for dx, dy in ((0.1, 0), (0, 0.1))]
        assert min(around) > surface.loss(*place)


@pytest.mark.parametrize("name", SURFACES)
def test_the_curvature_is_the_largest_at_the_lowest_point(name: str) -> None:
    surface = SURFACES[name]
    lowest = np.array(min(surface.minima.values(), key=lambda place: surface.loss(*place)))
    hessian = [slope(lambda x, y, n=n: surface.gradient(x, y)[n], lowest) for n in (0, 1)]
    assert np.linalg.eigvalsh(np.array(hessian)).max() == pytest.approx(surface.curvature, rel=1e-4)
    assert surface.loss(*lowest) == pytest.approx(floor(surface))


@settings(max_examples=25)
@given(rate=st.floats(0.01, 0.6))
def test_on_the_bowl_each_step_multiplies_by_one_minus_rate_times_curvature(rate: float) -> None:
    path, _ = descend(BOWL, (1.0, 1.0), rate, 8)
    k = np.arange(len(path))
    np.testing.assert_allclose(path[:, 0], (1 - rate) ** k, rtol=1e-9)
    np.testing.assert_allclose(path[:, 1], (1 - 8 * rate) ** k, rtol=1e-9)


@pytest.mark.parametrize("start", [(-2.5, 1.2), (1.0, 0.1), (0.0, -2.0)])
def test_the_limit_parts_converging_from_diverging(start: tuple[float, float]) -> None:
    below = descend(BOWL, start, 0.98 * limit(BOWL), 4000)
    above = descend(BOWL, start, 1.02 * limit(BOWL), 4000)
    assert below[1][-1] < 1e-6
    assert judge(BOWL, *above).word == "diverges"


@pytest.mark.parametrize(
    ("rate", "steps", "sentence"),
    [
        (0.01, 30, ON_THE_WAY),
        (0.1, 60, "Converges: it has arrived in the minimum."),
        (0.2, 30, "Oscillates: each step overshoots the bottom, but lands nearer to it."),
        (0.25, 30, "Oscillates: each step overshoots the bottom, and comes no nearer."),
        (0.3, 30, "Diverges: the loss grows, each step lands further out."),
        (1.0, 60, "Diverges: after 8 steps it is a million away."),
        (0.3, 1, "Diverges: the loss grows, each step lands further out."),
        (0.05, 1, ON_THE_WAY),
    ],
)  # fmt: skip
def test_the_verdict_in_words(rate: float, steps: int, sentence: str) -> None:
    verdict = judge(BOWL, *descend(BOWL, BOWL.start, rate, steps))
    assert verdict.sentence == sentence
    assert verdict.sentence.lower().startswith(verdict.word)


def test_a_start_along_the_flat_direction_does_not_feel_the_steep_one() -> None:
    verdict = judge(BOWL, *descend(BOWL, (2.0, 0.0), 0.5, 30))
    assert verdict.word == "converges"  # though 0.5 is above 2/c


@pytest.mark.parametrize(("x", "valley"), [(2.4, "right, shallower"), (-2.4, "left, deeper")])
def test_the_verdict_says_in_which_valley_a_path_ends(x: float, valley: str) -> None:
    verdict = judge(VALLEYS, *descend(VALLEYS, (x, 0.5), 0.05, 60))
    assert verdict.sentence == f"Converges: it has arrived in the {valley} valley."


def test_a_path_on_the_ridge_is_told_from_a_minimum() -> None:
    ridge = (0.12600019, 0.0)
    verdict = judge(VALLEYS, *descend(VALLEYS, ridge, 0.01, 5))
    assert verdict.sentence == "Converges: it rests where the slope is zero, yet not in a minimum."


def test_divergence_stops_before_it_overflows() -> None:
    with np.errstate(all="raise"):
        path, losses = descend(VALLEYS, (2.9, 1.0), 3.0, 60)
    assert len(path) == len(losses) < 60


def test_moving_a_slider_redraws_path_words_and_picture() -> None:
    shown = descent()
    before = shown.picture.value
    assert shown.verdict.word == "converges"
    shown.learning_rate.value = 0.5
    assert shown.verdict.word == "diverges"
    assert shown.picture.value != before
    assert bytes(shown.picture.value).startswith(b"\x89PNG")
    assert shown.message.value == (
        '<span role="status"><b>Diverges: after 13 steps it is a million away.</b> '
        "η = 0.500 ≥ 2/c = 0.250</span>"
    )


def test_each_slider_changes_the_picture() -> None:
    shown = descent()
    for slider, value in ((shown.steps, 3), (shown.start_x, 1.0), (shown.start_y, -1.0)):
        before = shown.picture.value
        slider.value = value
        assert shown.picture.value != before


def test_another_surface_comes_with_a_start_of_its_own() -> None:
    shown = descent()
    shown.surface_name.value = "two valleys"
    assert (shown.start_x.value, shown.start_y.value) == VALLEYS.start
    assert shown.drawing.plane.get_title() == "f(x, y) = ½ (x² − 2)² + ½ x + y²"


def test_the_figure_draws_the_path_and_the_mark() -> None:
    shown = descent()
    shown.learning_rate.value = 0.1
    path, losses = descend(BOWL, BOWL.start, shown.learning_rate.value, shown.steps.value)
    line, _, _, curve, mark = shown.drawing.moving
    np.testing.assert_allclose(np.array(line.get_data()).T, path)
    np.testing.assert_allclose(curve.get_ydata(), losses)
    assert mark.get_xdata()[0] == pytest.approx(0.1)


def test_the_quick_picture_is_the_one_that_a_full_drawing_gives() -> None:
    shown = descent()
    shown.learning_rate.value = 0.2
    quick = np.asarray(shown.drawing.canvas.buffer_rgba()).astype(int)
    figure = shown._still()
    figure.canvas.draw()
    full = np.asarray(figure.canvas.buffer_rgba()).astype(int)
    # The path lies above the axes' frame in one and below it in the other: a few pixels.
    assert (np.abs(quick - full).max(axis=2) > 40).mean() < 0.002


def test_the_stored_picture_and_words() -> None:
    data, metadata = descent()._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"].startswith("Gradient descent on a surface with two parameters. Left,")
    assert metadata["image/png"]["alt"] in data["text/plain"]
