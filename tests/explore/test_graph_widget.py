"""The live graph: what a slider sends is computed in Python and sent back."""

import pytest

from helpers import explore
from helpers.errors import CourseError
from helpers.explore.graph_examples import network
from helpers.explore.graph_figure import draw_graph


def test_a_moved_slider_changes_every_text() -> None:
    explorer = explore.graph("square")
    explorer.view.inputs = {"x": 3}  # as the browser does
    assert explorer.view.texts["nodes"]["f"]["value"] == "f = 4.00"
    assert explorer.view.texts["inputs"]["x"]["gradient"] == "df/dx = 4.00"


def test_a_slider_can_be_moved_from_code() -> None:
    explorer = explore.graph("network")
    explorer.set(x1=0.0, d=0.0)
    assert explorer.view.texts["nodes"]["x1"]["value"] == "x₁ = 0.000"


def test_an_unknown_input_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="no input called u"):
        explore.graph("square").set(u=1.0)


def test_an_unknown_graph_is_refused() -> None:
    with pytest.raises(CourseError, match="There is no graph called 'circle'"):
        explore.graph("circle")


def test_the_static_figure_has_the_numbers_of_the_live_one() -> None:
    explorer = explore.graph("network")
    explorer.set(x1=-2.0)
    drawn = {text.get_text() for text in draw_graph(network(), explorer.view.inputs).axes[0].texts}
    for node in explorer.view.texts["nodes"].values():
        assert node["value"] in drawn
        assert any(text.startswith(node["total"]) for text in drawn)
    for edge in explorer.view.texts["edges"]:
        assert {edge["value"], edge["local"], edge["share"]} <= drawn


def test_the_words_for_those_who_do_not_see_hold_all_numbers() -> None:
    words = explore.graph("square").alternative
    assert words == (
        "Values flow forward: x = 2.00, y = 1.00, z = 1.00, f = 1.00. "
        "Gradients flow back: df/dx = 2.00, df/dy = 1.00, df/dz = 1.00, df/df = 1.00."
    )


def test_the_drawing_comes_with_its_script_and_style() -> None:
    view = explore.graph("square").view
    assert "export default" in str(view._esm)
    assert ".course-graph" in str(view._css)
