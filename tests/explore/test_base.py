"""What all explorers share: a widget for the page, a picture and constant words for the file."""

import io

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from helpers.explore.base import Explorer, Message, Picture, new_figure, png


def explorer() -> Explorer:
    return Explorer(
        [ipywidgets.Label("moves")],
        title="A square",
        alternative="Four equal sides.",
        draw=lambda: new_figure(2, 1),
    )


def test_a_cell_stores_a_widget_a_picture_and_words() -> None:
    data, metadata = explorer()._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["text/plain"] == "A square. Four equal sides."
    assert metadata == {"image/png": {"alt": "Four equal sides."}}


def test_picture_and_words_are_the_same_on_each_run() -> None:
    first, second = (explorer()._repr_mimebundle_()[0] for _ in range(2))
    assert first["image/png"] == second["image/png"]
    assert first["text/plain"] == second["text/plain"] == repr(explorer())


def test_the_frame_tells_the_page_title_and_alternative() -> None:
    frame = explorer().children[-1]
    assert (frame.title, frame.alternative) == ("A square", "Four equal sides.")


def test_a_figure_is_white_and_unknown_to_pyplot() -> None:
    from matplotlib import pyplot

    figure = new_figure(2, 1, dpi=50)
    assert figure.get_facecolor() == (1, 1, 1, 1)
    assert figure not in [pyplot.figure(number) for number in pyplot.get_fignums()]
    assert png(figure).startswith(b"\x89PNG")


def test_a_pushed_picture_is_the_canvas_as_it_was_drawn_last() -> None:
    figure = new_figure(2, 1)
    picture = Picture(figure)
    figure.canvas.draw()
    picture.push()
    white = bytes(picture.value)
    figure.text(0.5, 0.5, "moves")
    picture.push()
    assert picture.value == white
    figure.canvas.draw()
    picture.push()
    assert picture.value != white
    shown = np.asarray(Image.open(io.BytesIO(picture.value)))
    np.testing.assert_array_equal(shown, np.asarray(figure.canvas.buffer_rgba())[..., :3])


def test_a_picture_is_as_wide_as_its_pixels() -> None:
    assert Picture(new_figure(2, 1, dpi=90)).layout.width == "180px"


def test_a_message_is_read_out_and_cannot_break_the_page() -> None:
    message = Message()
    message.say("epoch <b>3</b>")
    assert message.value == '<span role="status">epoch <b>3</b></span>'
    message.complain("x < y")
    assert message.value == '<span role="alert"><b>Error.</b> x &lt; y</span>'


@pytest.mark.parametrize("name", ["descent", "graph", "live", "playground"])
def test_every_explorer_has_a_docstring_and_is_public(name: str) -> None:
    from helpers import explore

    assert name in explore.__all__
    assert getattr(explore, name).__doc__


def test_importing_explore_loads_no_widget_library() -> None:
    import subprocess
    import sys

    code = "import sys, helpers.explore; print([m for m in sys.modules if m in "
    code += "('ipywidgets', 'matplotlib', 'anywidget', 'torch', 'numpy')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
