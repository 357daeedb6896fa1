"""What the drawing says: the wording, letter by letter."""

import json

import pytest

from helpers.explore.graph_examples import network, square
from helpers.explore.graph_words import describe, layout, letters, number

NETWORK = {item.name: item.start for item in network().graph.inputs}


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1.00"), (-2.5, "−2.50"), (-0.004, "0.00"), (0.005001, "0.01")]
)
def test_numbers_have_fixed_decimals_and_a_true_minus(value: float, text: str) -> None:
    assert number(value, 2) == text


def test_digits_of_a_name_stand_below_the_line() -> None:
    assert letters("w12") == "w₁₂"


def test_an_input_says_that_it_is_one() -> None:
    assert describe(square(), {"x": -1})["nodes"]["x"]["forward"] == "x = −1.00, an input"


def test_the_forward_sentence_has_symbols_then_numbers_then_the_value() -> None:
    texts = describe(square(), {"x": -1})["nodes"]
    assert texts["f"]["forward"] == "f = y · z = (−2.00) · (−2.00) = 4.00"


def test_the_backward_sentence_sums_over_paths() -> None:
    texts = describe(square(), {"x": -1})["nodes"]
    assert texts["x"]["backward"] == (
        "df/dx = df/dy · ∂y/∂x + df/dz · ∂z/∂x = (−2.00) · 1.00 + (−2.00) · 1.00 = −4.00"
    )
    assert texts["x"]["total"] == "df/dx = −4.00"
    assert texts["x"]["paths"] == "= −2.00 − 2.00"


def test_a_node_on_one_path_shows_no_sum() -> None:
    assert describe(square(), {"x": -1})["nodes"]["y"]["paths"] == ""


def test_the_backward_pass_starts_with_one() -> None:
    texts = describe(square(), {"x": 3})["nodes"]
    assert texts["f"]["backward"] == "df/df = 1: the backward pass starts here"


def test_a_local_field_names_its_local_gradient_with_the_opposite_sign() -> None:
    texts = describe(network(), NETWORK)
    assert texts["nodes"]["v3"]["backward"].endswith("; δ₃ = −∂E/∂v₃ = 0.083")
    assert texts["nodes"]["v3"]["total"] == "∂E/∂v₃ = −0.083"
    assert texts["summary"].startswith("Local gradients: δ₁ = −∂E/∂v₁ = ")


def test_weights_have_gradients_though_they_are_not_drawn() -> None:
    texts = describe(network(), NETWORK)
    assert texts["inputs"]["w31"] == {"value": "1.400", "gradient": "∂E/∂w₃₁ = −0.061"}
    assert "w31" not in texts["nodes"]


def test_the_edges_of_plan_and_texts_are_the_same_in_number() -> None:
    for drawing in (square(), network()):
        inputs = {item.name: item.start for item in drawing.graph.inputs}
        assert len(layout(drawing)["edges"]) == len(describe(drawing, inputs)["edges"])


def test_everything_can_be_sent_to_a_browser() -> None:
    json.dumps([layout(network()), describe(network(), NETWORK)], allow_nan=False)


def test_the_order_of_the_plan_is_an_order_of_computation() -> None:
    plan = layout(network())
    place = {node["name"]: at for at, node in enumerate(plan["nodes"])}
    assert all(place[edge["parent"]] < place[edge["child"]] for edge in plan["edges"])
