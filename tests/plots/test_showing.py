"""A figure is shown with its words, once, and closed."""

import base64
from typing import Any

import numpy as np
import pytest

from helpers import plots


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is handed to the page."""
    handed: list[Any] = []
    monkeypatch.setattr("IPython.display.display", handed.append)
    return handed


def figures() -> list[Any]:
    curve = plots.learning_curves({"training": [1.0, 0.5]})
    return [curve, curve.figure, plots.images(np.zeros((3, 4, 4))), [curve]]


@pytest.mark.parametrize("kind", range(4), ids=["axes", "figure", "array", "list"])
def test_the_page_gets_a_picture_and_its_words(kind: int, shown: list[Any]) -> None:
    plots.show(figures()[kind], "The loss falls.")
    data, metadata = shown[0]._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == "The loss falls."
    assert metadata == {"image/png": {"alt": "The loss falls."}}


def test_a_figure_that_was_shown_is_closed(shown: list[Any]) -> None:
    from matplotlib import pyplot

    plots.show(plots.learning_curves({"training": [1.0]}), "A point.")
    assert pyplot.get_fignums() == []


def test_a_terminal_prints_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    plots.show(plots.learning_curves({"training": [1.0]}), "A point.")
    assert capsys.readouterr().out == "A point.\n"


def test_what_is_no_figure_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="show: expected a figure or axes, got str"):
        plots.show("figure", "words")
