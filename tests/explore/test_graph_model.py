"""A graph's backward pass: equal to central differences, and sums over paths."""

import math

import pytest

from helpers.explore.graph_model import Graph, Input, Node, evaluate

X = Input("x", 1.0, -2.0, 2.0, 0.1)


def node(name: str, *parents: str) -> Node:
    """A node that adds its parents."""
    return Node(name, parents, "sum", lambda *a: math.fsum(a), lambda *a: (1.0,) * len(a))


def test_the_gradient_is_the_sum_over_all_paths() -> None:
    graph = Graph((X,), (node("a", "x"), node("b", "x"), node("f", "a", "b", "x")))
    found = evaluate(graph, {"x": 2.0})
    assert found.values["f"] == 6.0
    assert found.gradients["x"] == 3.0
    assert found.shares[("a", "f")] == 1.0


def test_a_share_is_the_upstream_gradient_times_the_local_derivative() -> None:
    cube = Node("f", ("a",), "a³", lambda a: a**3, lambda a: (3 * a * a,))
    double = Node("a", ("x",), "2x", lambda x: 2 * x, lambda x: (2.0,))
    found = evaluate(Graph((X,), (double, cube)), {"x": 1.0})
    assert found.local == {("x", "a"): 2.0, ("a", "f"): 12.0}
    assert found.shares[("x", "a")] == 24.0 == found.gradients["x"]


def test_what_does_not_reach_the_output_has_gradient_zero() -> None:
    other = Input("u", 1.0, -1.0, 1.0, 0.1)
    graph = Graph((X, other), (node("dead", "u"), node("f", "x")))
    found = evaluate(graph, {"x": 1.0, "u": 1.0})
    assert found.gradients["dead"] == found.gradients["u"] == 0.0


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ((node("x", "x"),), "two nodes called x"),
        ((node("f", "x", "x"),), "names a parent twice"),
        ((node("f", "g"), node("g", "x")), "needs g, which does not stand before it"),
    ],
)
def test_a_graph_that_cannot_be_computed_is_refused_in_words(
    nodes: tuple[Node, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Graph((X,), nodes)


def test_a_node_with_the_wrong_number_of_local_derivatives_is_refused() -> None:
    wrong = Node("f", ("x",), "x", lambda x: x, lambda x: (1.0, 1.0))
    with pytest.raises(ValueError, match="zip"):
        evaluate(Graph((X,), (wrong,)), {"x": 1.0})
