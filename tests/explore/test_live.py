"""Is what live() shows what `draw` draws, for each value, and does it survive what `draw` does?"""

from __future__ import annotations

import re
from typing import Any

import ipywidgets
import numpy as np
import pytest

from helpers import explore
from helpers.explore.live_controls import make_controls


def live(draw: Any, **controls: Any) -> Any:
    return explore.live(draw, title="A line", description="It rises.", **controls)


def line(figure: Any, slope: float = 1.0) -> str:
    figure.subplots().plot([0, 1], [0, slope])
    return f"The slope is {slope} < 9."


def test_the_figure_shows_the_value_of_the_control() -> None:
    shown = live(line, slope=(0.0, 4.0, 0.5))
    for slope in (1.0, 2.5):
        shown.controls["slope"].value = slope
        (drawn,) = shown.figure.axes[0].lines
        assert drawn.get_ydata()[1] == slope
    assert len(shown.figure.axes) == 1  # the figure was emptied in between


def test_a_control_that_moves_pushes_another_picture() -> None:
    shown = live(line, slope=(0.0, 4.0, 0.5))
    before = bytes(shown.picture.value)
    assert before.startswith(b"\x89PNG")
    shown.controls["slope"].value = 3.0
    assert bytes(shown.picture.value) != before


def test_the_picture_is_the_figure_pixel_by_pixel() -> None:
    import io

    from PIL import Image

    shown = live(line, slope=(0.0, 4.0, 0.5))
    pixels = np.asarray(Image.open(io.BytesIO(shown.picture.value)))
    np.testing.assert_array_equal(pixels, np.asarray(shown.figure.canvas.buffer_rgba())[..., :3])
    assert shown.picture.layout.width == f"{pixels.shape[1]}px"


def test_a_figure_that_is_not_cleared_keeps_its_axes() -> None:
    def draw(figure: Any, slope: float) -> None:
        if not figure.axes:
            figure.subplots().plot([0, 1], [0, 0])
        figure.axes[0].lines[0].set_ydata([0, slope])

    shown = live(draw, slope=(0.0, 4.0, 0.5), clear=False)
    axes = shown.figure.axes
    shown.set(slope=3.0)
    assert shown.figure.axes == axes
    assert axes[0].lines[0].get_ydata()[1] == 3.0


def test_what_draw_returns_is_the_line_below() -> None:
    shown = live(line, slope=(0.0, 4.0, 0.5))
    assert shown.message.value == '<span role="status">The slope is 1.0 &lt; 9.</span>'


def test_draw_may_return_nothing() -> None:
    shown = live(lambda figure, on: None, on=True)
    assert shown.message.value == '<span role="status"></span>'


def test_set_moves_controls_and_draws_once() -> None:
    drawn = []
    shown = live(lambda figure, **values: drawn.append(values), a=(0, 4), b=["x", "y"])
    shown.set(a=3, b="y")
    assert drawn == [{"a": 2, "b": "x"}, {"a": 3, "b": "y"}]
    assert shown.values == {"a": 3, "b": "y"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"c": 1}, "live: there is no control called c; there are: a, b."),
        ({"a": 9}, "live: the control a cannot be set to 9; it goes from 0 to 4."),
        ({"a": 2.5}, "live: the control a cannot be set to 2.5; it goes from 0 to 4."),
        ({"b": "z"}, "live: the control b cannot be set to 'z'; it has ['x', 'y']."),
    ],
)
def test_set_refuses_in_words(values: dict[str, Any], words: str) -> None:
    shown = live(lambda figure, a, b: None, a=(0, 4), b=["x", "y"])
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        shown.set(**values)
    shown.set(a=1, b="y")  # and goes on


def test_what_is_not_written_yet_is_passed_on() -> None:
    def draw(figure: Any, slope: float) -> None:
        raise NotImplementedError("Exercise 2.1: tanh")

    with pytest.raises(NotImplementedError, match=r"Exercise 2\.1: tanh"):
        live(draw, slope=(0, 4))


def below_two(figure: Any, slope: float = 1.0) -> None:
    figure.subplots().plot([0, 1], [0, slope])
    if slope > 2:
        raise ValueError("<too> steep\nby far")


def test_an_exception_is_told_in_a_sentence_and_the_picture_stays() -> None:
    shown = live(below_two, slope=(0.0, 4.0, 0.5))
    before = bytes(shown.picture.value)
    shown.controls["slope"].value = 3.0
    assert bytes(shown.picture.value) == before
    assert shown.message.value == (
        '<span role="alert"><b>Error.</b> The figure could not be drawn. '
        "ValueError: &lt;too&gt; steep. The figure is the last that could be drawn.</span>"
    )
    shown.controls["slope"].value = 1.5
    assert bytes(shown.picture.value) != before
    assert shown.message.value == '<span role="status"></span>'


def test_an_exception_at_the_start_is_told_too_and_the_stored_picture_is_empty() -> None:
    shown = live(lambda figure, slope: 1 / 0, slope=(0, 4))
    assert "ZeroDivisionError: division by zero." in shown.message.value
    assert "last that could be drawn" not in shown.message.value
    assert not shown.picture.value
    data, _ = shown._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")


def test_a_function_that_is_emptied_later_is_told() -> None:
    ready = [True]

    def draw(figure: Any, slope: int) -> None:
        if not ready:
            raise NotImplementedError("Exercise 2.1: tanh")

    shown = live(draw, slope=(0, 4))
    ready.clear()
    shown.controls["slope"].value = 1
    assert shown.message.value == '<span role="alert"><b>Error.</b> Exercise 2.1: tanh</span>'


def test_the_stored_picture_is_of_the_first_values_on_each_run() -> None:
    shown = live(line, slope=(0.0, 4.0, 0.5))
    first = shown._repr_mimebundle_()[0]
    shown.set(slope=4.0)
    again, metadata = shown._repr_mimebundle_()
    assert first["image/png"] == again["image/png"]
    assert first["text/plain"] == "A line. It rises."
    assert metadata == {"image/png": {"alt": "It rises."}}
    other = live(line, slope=(0.0, 4.0, 0.5))._repr_mimebundle_()[0]
    assert other["image/png"] == first["image/png"]


def draw(figure: Any, **values: Any) -> None: ...


@pytest.mark.parametrize(
    ("word", "kind", "value"),
    [
        ((0, 10), ipywidgets.IntSlider, 5),
        ((0.0, 1.0, 0.25), ipywidgets.FloatSlider, 0.5),
        ([0.01, 0.1, 1.0], ipywidgets.SelectionSlider, 0.1),
        (["tanh", "relu"], ipywidgets.Dropdown, "tanh"),
        ({"small": 1, "large": 9}, ipywidgets.Dropdown, 1),
        (True, ipywidgets.Checkbox, True),
        (3, ipywidgets.IntSlider, 3),
        ("words", ipywidgets.Text, "words"),
        (ipywidgets.FloatLogSlider(value=0.1, min=-3), ipywidgets.FloatLogSlider, 0.1),
    ],
)
def test_a_short_word_makes_a_control(word: Any, kind: type, value: Any) -> None:
    control = make_controls(draw, {"weight_scale": word})["weight_scale"]
    assert type(control) is kind
    assert control.value == value
    assert control.description == "weight scale"


@pytest.mark.parametrize(
    ("word", "value"),
    [((0, 10), 2), ([0.01, 0.1, 1.0], 1.0), (["tanh", "relu"], "relu"), ((0.0, 1.0), 0.3)],
)
def test_a_control_begins_at_the_default_of_the_argument(word: Any, value: Any) -> None:
    def draw(figure: Any, scale: Any = value) -> None: ...

    assert make_controls(draw, {"scale": word})["scale"].value == value


@pytest.mark.parametrize(("step", "readout"), [(0.001, ".3f"), (0.25, ".2f"), (0.1, ".1f")])
def test_a_slider_shows_as_many_decimals_as_its_step_has(step: float, readout: str) -> None:
    control = make_controls(draw, {"scale": (0.0, 1.0, step)})["scale"]
    assert control.readout_format == readout


@pytest.mark.parametrize("word", [None, (1, 2, 3, 4), (3, 1), object(), []])
def test_what_no_control_can_be_made_of_is_refused_in_words(word: Any) -> None:
    with pytest.raises(ValueError, match=r"^live: no control can be made of scale="):
        make_controls(draw, {"scale": word})


def test_names_that_draw_does_not_take_are_told_before_anything_is_drawn() -> None:
    words = "live: draw must take (figure, steepness), the figure and each control: "
    words += "got an unexpected keyword argument 'steepness'."
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        live(line, steepness=(0, 4))
