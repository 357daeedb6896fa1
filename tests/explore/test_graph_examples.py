"""The two graphs of chapter 01 against central differences, NumPy and the chapter's numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import CourseError
from helpers.explore.graph_examples import EXAMPLES, Drawing, example, network, square
from helpers.explore.graph_model import evaluate


@st.composite
def inputs_of(draw: st.DrawFn, drawing: Drawing) -> dict[str, float]:
    return {item.name: draw(st.floats(item.low, item.high)) for item in drawing.graph.inputs}


def central_difference(drawing: Drawing, inputs: dict[str, float], name: str) -> float:
    h = 1e-5
    ends = [
        evaluate(drawing.graph, {**inputs, name: inputs[name] + side}).values[drawing.graph.output]
        for side in (h, -h)
    ]
    return (ends[0] - ends[1]) / (2 * h)


def test_the_square_has_the_numbers_of_the_chapter_at_two() -> None:
    found = evaluate(square().graph, {"x": 2.0})
    assert found.values == {"x": 2.0, "y": 1.0, "z": 1.0, "f": 1.0}
    assert found.gradients["x"] == 2.0


@pytest.mark.parametrize("name", sorted(EXAMPLES))
@settings(max_examples=40)
@given(data=st.data())
def test_every_gradient_equals_the_central_difference(name: str, data: st.DataObject) -> None:
    drawing = example(name)
    inputs = data.draw(inputs_of(drawing))
    found = evaluate(drawing.graph, inputs)
    for each in inputs:
        expected = central_difference(drawing, inputs, each)
        assert found.gradients[each] == pytest.approx(expected, abs=1e-7, rel=1e-5)


def test_the_network_computes_what_matrices_compute() -> None:
    drawing = network()
    p = {item.name: item.start for item in drawing.graph.inputs}
    W1 = np.array([[p["w11"], p["w12"]], [p["w21"], p["w22"]]])
    y = 1 / (1 + np.exp(-(W1 @ [p["x1"], p["x2"]] + [p["b1"], p["b2"]])))
    out = 1 / (1 + np.exp(-(np.array([p["w31"], p["w32"]]) @ y + p["b3"])))
    found = evaluate(drawing.graph, p)
    assert found.values["E"] == pytest.approx((p["d"] - out) ** 2 / 2)
    delta = (p["d"] - out) * out * (1 - out)
    assert found.gradients["v3"] == pytest.approx(-delta)
    assert found.gradients["v1"] == pytest.approx(-delta * p["w31"] * y[0] * (1 - y[0]))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_starts_lie_within_their_ranges_and_on_a_step(name: str) -> None:
    for item in example(name).graph.inputs:
        assert item.low <= item.start <= item.high
        steps = (item.start - item.low) / item.step
        assert steps == pytest.approx(round(steps))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_node_but_the_folded_inputs_has_a_place_in_the_picture(name: str) -> None:
    drawing = example(name)
    assert set(drawing.places) == set(drawing.graph.names) - set(drawing.folded)


def test_an_unknown_graph_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(CourseError, match='\'cube\'; the graphs are "network" and "square"'):
        example("cube")
